//! The tour of "Models".

use anyhow::{Context as _, ensure};

use super::driver::Tour;
use crate::saliency::Method;
use crate::stylize::corruption::Corruption;
use crate::tabs::models::{Ask, Asks, Levels, Measure, Models, save};
use crate::ui::Tab;
use crate::ui::library::Library;
use crate::ui::settings::ThemeChoice;

/// The tab, state by state.
pub fn compare_models(tour: &mut Tour) -> anyhow::Result<()> {
    tour.show(Tab::Models);
    // The quickest that is smooth: the tour also runs in tests.
    tour.method(Method::GradCam);
    tour.frames(3);
    // The cat, three models, five textures.
    set(tour, |models| {
        models.ticked = ["efficientnet-lite0", "efficientnet-lite2", "squeezenet"]
            .map(str::to_owned)
            .into();
        models.corruptions.clear();
        models.levels = Levels::One;
    });
    let textures = ["Brick", "Grass", "Gravel", "Stars", "Marble"];
    let numbers: Vec<u64> = {
        let library = tour.world().resource::<Library>();
        let photos = library.items().iter();
        photos
            .filter(|item| textures.iter().any(|name| item.name.starts_with(name)))
            .map(|item| item.id)
            .collect()
    };
    set(tour, |models| {
        models.textures = numbers.into_iter().collect();
    });
    wait(tour, "the first cells", |models| {
        let (ended, all) = models.progress();
        ended >= 4 && ended < all || ended == all && all > 0
    })?;
    tour.shoot_moving("models-1-working")?;
    wait(tour, "the matrix", filled)?;
    ensure!(
        tour.world().resource::<Models>().columns.len() == 3,
        "three models are not installed; run: python3 models/install.py"
    );
    ask(tour, Ask::Select(2, 1));
    tour.shoot("models-2-textures")?;
    for ending in ["csv", "html", "png"] {
        let path = tour.path(&format!("models-saved.{ending}"));
        save(tour.world().resource::<Models>(), Method::GradCam, &path)
            .map_err(anyhow::Error::msg)?;
        crate::cli::output::lines(&[path.display().to_string()])?;
    }
    set(tour, |models| models.delta = 60.0);
    wait(tour, "the cells at another delta", |models| {
        (0..models.versions.len()).all(|row| {
            models
                .finding(row, 0)
                .is_some_and(|finding| finding.delta == 60)
        })
    })?;
    tour.shoot("models-3-delta-60")?;
    set(tour, |models| {
        models.delta = 10.0;
        models.textures.clear();
        models.corruptions = [Corruption::Fog, Corruption::GaussianNoise].into();
        models.levels = Levels::Three;
        models.measure = Measure::Answer;
    });
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    wait(tour, "fog and noise", filled)?;
    ask(tour, Ask::Select(3, 0));
    tour.shoot("models-4-dark-curves")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Light);
    let first = {
        let models = tour.world().resource::<Models>();
        let version = models
            .versions
            .get(3)
            .context("there is no third version")?;
        version.name.clone()
    };
    tour.keyboard_to(&first)?;
    tour.shoot("models-5-keyboard")
}

fn filled(models: &Models) -> bool {
    let (ended, all) = models.progress();
    ended == all && all > 3
}

fn set(tour: &mut Tour, change: impl FnOnce(&mut Models)) {
    change(&mut tour.world().resource_mut::<Models>());
    tour.frames(3);
}

fn ask(tour: &mut Tour, ask: Ask) {
    tour.world().resource_mut::<Asks>().push(ask);
    tour.frames(3);
}

fn wait(tour: &mut Tour, what: &str, done: impl Fn(&Models) -> bool) -> anyhow::Result<()> {
    tour.wait(what, |world| {
        let models = world.resource::<Models>();
        match &models.failed {
            Some(why) => Err(why.clone()),
            None => Ok(done(models)),
        }
    })
}
