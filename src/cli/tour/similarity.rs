//! The tour of "Similarity".

use anyhow::ensure;
use bevy::prelude::Vec2;
use bevy_egui::egui;

use super::driver::Tour;
use crate::tabs::similarity::{
    Arrangement, Ask, Asks, Chart, Difference, Group, SimilarityState, Status, VersionStatus, View,
    Which,
};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::settings::ThemeChoice;
use crate::ui::theme::KIOSK_SCALE;

/// The third tab, state by state.
pub fn similarity(tour: &mut Tour) -> anyhow::Result<()> {
    tour.show(Tab::Similarity);
    let mut tour = Pair(tour);
    tour.wait("the first two maps")?;
    tour.shoot("similarity-1-first-start")?;

    tour.set(|state| state.delta = 60.0);
    tour.shoot("similarity-2-delta-60")?;

    tour.ask(Ask::Differ(Difference::Texture));
    tour.wait("the picture in a texture")?;
    tour.set(|state| {
        state.chart = Chart::Bars;
        state.shared_scale = true;
        state.by_value = true;
        state.delta = 30.0;
    });
    tour.wait("one scale")?;
    tour.point(0.35, 0.35);
    tour.shoot("similarity-3-texture-one-scale")?;
    tour.point(-1.0, -1.0);
    tour.set(|state| {
        *state = SimilarityState {
            sides: state.sides.clone(),
            figures: state.figures.clone(),
            ..SimilarityState::default()
        };
    });

    tour.ask(Ask::Differ(Difference::Method));
    tour.wait("another method")?;
    tour.command(Command::Wipe);
    tour.shoot("similarity-4-wipe")?;
    tour.ask(Ask::Differ(Difference::Network));
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    tour.wait("another network")?;
    tour.command(Command::Flip);
    tour.shoot("similarity-5-dark-flip")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Light);
    tour.set(|state| state.arrangement = Arrangement::Beside);

    tour.ask(Ask::Differ(Difference::Picture));
    tour.wait("another picture")?;
    tour.0.keyboard_to("Colours of A")?;
    tour.0.key(egui::Key::ArrowRight);
    tour.shoot("similarity-6-keyboard")?;

    tour.settings(|settings| settings.scale = KIOSK_SCALE);
    tour.shoot("similarity-7-kiosk")?;
    tour.settings(|settings| settings.scale = 1.0);
    average(&mut tour)
}

/// The view of many maps.
fn average(tour: &mut Pair<'_>) -> anyhow::Result<()> {
    tour.set(|state| {
        state.view = View::Average;
        state.chart = Chart::Pies;
    });
    // The original and a few textures say as much as all of them.
    tour.set(|state| {
        let textures = state.average.versions.iter();
        let textures = textures.filter(|version| version.group() == Some(Group::Textures));
        let left_out: Vec<u64> = textures.skip(5).map(|version| version.number).collect();
        for number in left_out {
            state.average.tick(number, false);
        }
    });
    tour.wait_average("the average over textures")?;
    tour.shoot("similarity-8-average-of-textures")?;

    tour.set(|state| {
        let average = &mut state.average;
        average.tick_all(None, false);
        for name in ["Fog 3", "Pixelate 3", "Contrast 3", "Snow 3"] {
            let found = average.versions.iter().find(|version| version.name == name);
            if let Some(number) = found.map(|version| version.number) {
                average.tick(number, true);
            }
        }
        average.by_colour = true;
    });
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    tour.wait_average("the average over corruptions")?;
    tour.0.keyboard_to("Frost 3")?;
    tour.shoot("similarity-9-average-of-colours")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Light);
    tour.set(|state| state.view = View::TwoMaps);
    Ok(())
}

/// The tour with what this tab is asked for and knows.
struct Pair<'a>(&'a mut Tour);

impl std::ops::Deref for Pair<'_> {
    type Target = Tour;

    fn deref(&self) -> &Tour {
        self.0
    }
}

impl std::ops::DerefMut for Pair<'_> {
    fn deref_mut(&mut self) -> &mut Tour {
        self.0
    }
}

impl Pair<'_> {
    fn set(&mut self, change: impl FnOnce(&mut SimilarityState)) {
        change(&mut self.world().resource_mut::<SimilarityState>());
        self.frames(2);
    }

    fn ask(&mut self, ask: Ask) {
        self.world().resource_mut::<Asks>().push(ask);
        self.frames(2);
    }

    /// Moves the pointer to a place of the window, in fractions.
    fn point(&mut self, x: f32, y: f32) {
        let size = self.size();
        let at = Vec2::new(x, y) * size;
        self.send(egui::Event::PointerMoved(egui::pos2(at.x, at.y)));
        self.frames(2);
    }

    /// Steps frames until every ticked version is in the average; a failure ends the tour.
    fn wait_average(&mut self, what: &str) -> anyhow::Result<()> {
        // A tour's patience is for one map.
        let maps = self
            .world()
            .resource::<SimilarityState>()
            .average
            .progress()
            .1;
        for wanted in 1..=maps {
            self.0.wait(&format!("{what}, map {wanted}"), |world| {
                let average = &world.resource::<SimilarityState>().average;
                for version in &average.versions {
                    if let VersionStatus::Failed(why) = &version.status {
                        return Err(format!("{}: {why}", version.name));
                    }
                }
                Ok(average.progress().0 >= wanted)
            })?;
        }
        self.0
            .wait(what, |world| Ok(crate::tabs::similarity::settled(world)))?;
        let average = &self.world().resource::<SimilarityState>().average;
        let (done, ticked) = average.progress();
        let shown = average.summary.as_ref().map(|summary| summary.maps);
        ensure!(
            done == ticked && done > 1 && shown == Some(done),
            "{done} of {ticked} maps are done and {shown:?} averaged"
        );
        Ok(())
    }

    /// Steps frames until both maps are there with their figures; a failure ends the tour.
    fn wait(&mut self, what: &str) -> anyhow::Result<()> {
        self.0.wait(what, |world| {
            let state = world.resource::<SimilarityState>();
            for side in &state.sides {
                if let Status::Failed(why) = &side.status {
                    return Err(why.clone());
                }
            }
            let figures = &state.figures;
            Ok(state.sides.iter().all(|side| side.status == Status::Done)
                && crate::tabs::similarity::settled(world)
                && figures.similarity.is_some()
                && figures.colours.is_some())
        })?;
        let state = self.world().resource::<SimilarityState>();
        let share = state.agreement.as_ref().map(|agreement| agreement.share);
        let name = state.side(Which::B).name.clone();
        ensure!(
            share.is_some_and(|share| (0.0..=1.0).contains(&share)),
            "nothing was counted for {name}: {share:?}"
        );
        Ok(())
    }
}
