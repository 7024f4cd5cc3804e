//! The tour of "Collection".

use anyhow::ensure;
use bevy::math::Vec2;

use super::driver::Tour;
use crate::saliency::Method;
use crate::tabs::collection::{Ask, Asks, Collection, Near, Select, Shape, Status};
use crate::ui::Tab;
use crate::ui::settings::ThemeChoice;

/// The last tab, state by state.
pub fn collection(tour: &mut Tour) -> anyhow::Result<()> {
    // That of the index: from near the same maps are seen as from afar, only finer.
    tour.method(Method::GradCam);
    tour.show(Tab::Collection);
    tour.wait("the made-up pictures", |world| {
        let collection = world.resource::<Collection>();
        Ok(collection.status == Status::Ready && collection.arranged.is_some())
    })?;
    settle(tour);
    tour.shoot("collection-1-first-visit")?;

    ask(tour, Ask::Look);
    tour.wait("the network's answers", |world| {
        let collection = world.resource::<Collection>();
        match &collection.status {
            Status::Failed(why) => Err(why.clone()),
            _ => Ok(collection.working.is_none() && collection.snapshot.maps() > 0),
        }
    })?;
    settle(tour);
    tour.shoot("collection-2-maps-on-all")?;

    change(tour, |collection| {
        let at = collection.area * 0.45;
        collection.zoom(5.0, at);
    });
    tour.shoot("collection-3-closer")?;
    change(tour, |collection| {
        let at = collection.area * 0.45;
        collection.zoom(4.0, at);
        let row = collection.row_under(at);
        collection.select(row.map_or(Select::None, Select::Only));
    });
    tour.shoot("collection-4-one-picture")?;

    change(tour, |collection| {
        collection.select(Select::None);
        collection.choices.group = Some("label".to_owned());
        collection.fit();
    });
    ask(tour, Ask::Arrange);
    settle(tour);
    tour.shoot("collection-5-piles")?;

    change(tour, |collection| {
        let rows = collection.rows_within(Vec2::ZERO, collection.area * 0.5);
        collection.select(Select::Rows(rows, false));
    });
    ensure!(
        tour.world().resource::<Collection>().average.is_some(),
        "what is chosen has no average map"
    );
    tour.shoot("collection-6-chosen")?;

    change(tour, |collection| {
        collection.select(Select::None);
        collection.choices.across = Some("label".to_owned());
        if let Some(view) = &collection.snapshot.view {
            collection.choices.across = Some(format!("{} class", view.name));
        }
        collection.fit();
    });
    ask(tour, Ask::Arrange);
    settle(tour);
    tour.shoot("collection-7-rows-and-columns")?;

    change(tour, |collection| {
        collection.choices.group = None;
        collection.choices.across = None;
        collection.choices.shape = Shape::Plane(Near::Known);
    });
    laid_out(tour)?;
    tour.shoot("collection-8-alike")?;
    change(tour, |collection| {
        let at = collection.area * 0.45;
        collection.zoom(4.0, at);
    });
    tour.shoot("collection-9-alike-closer")?;
    change(tour, |collection| {
        collection.choices.shape = Shape::Grid(Near::Looks);
        collection.fit();
    });
    laid_out(tour)?;
    tour.shoot("collection-a-looked-at-alike")?;

    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    change(tour, |collection| {
        collection.select(Select::None);
        collection.choices.shape = Shape::Ordered;
        collection.choices.group = None;
        collection.choices.toggle_word("label", "red ring");
        collection.overlay.top = 20.0;
        collection.overlay.opacity = 100.0;
    });
    ask(tour, Ask::Arrange);
    settle(tour);
    tour.shoot("collection-b-dark-filtered")
}

/// Made-up pictures in piles, some of them chosen, and from nearer, at whatever size the tour has.
pub fn closer(tour: &mut Tour, name: &str) -> anyhow::Result<()> {
    change(tour, |collection| {
        collection.choices.group = Some("label".to_owned());
    });
    ask(tour, Ask::Arrange);
    settle(tour);
    tour.shoot(&format!("{name}-piles"))?;
    change(tour, |collection| {
        let at = collection.area * 0.4;
        collection.zoom(5.0, at);
        let rows = collection.rows_within(at, collection.area * 0.7);
        collection.select(Select::Rows(rows, false));
    });
    tour.shoot(&format!("{name}-chosen"))
}

/// Waits until all pictures are where their like is.
fn laid_out(tour: &mut Tour) -> anyhow::Result<()> {
    ask(tour, Ask::Arrange);
    tour.wait("the layout", |world| {
        let collection = world.resource::<Collection>();
        let laid_out = collection.laid_out.as_ref();
        Ok(laid_out.is_some_and(|laid_out| laid_out.share >= 1.0))
    })?;
    settle(tour);
    Ok(())
}

fn ask(tour: &mut Tour, ask: Ask) {
    tour.world().resource_mut::<Asks>().push(ask);
    tour.frames(2);
}

fn change(tour: &mut Tour, change: impl FnOnce(&mut Collection)) {
    change(&mut tour.world().resource_mut::<Collection>());
    settle(tour);
    // What does not come is missing in the picture, and told by the window itself.
    let _ = tour.wait("whole maps of what is seen", |world| {
        let closer = world.resource::<Collection>().closer;
        Ok(closer.is_none_or(|closer| closer.done == closer.all))
    });
}

/// Steps frames until pictures are at rest and read.
fn settle(tour: &mut Tour) {
    for _ in 0..40 {
        tour.frames(1);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
