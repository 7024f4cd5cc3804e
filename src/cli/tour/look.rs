//! The tour of "See why".

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, ensure};
use bevy::prelude::Entity;
use bevy::window::FileDragAndDrop;

use super::driver::Tour;
use crate::home::Home;
use crate::jobs::Jobs;
use crate::saliency::colormap::Colormap;
use crate::saliency::{Method, MethodParams, Steps};
use crate::tabs::look::{Ask, Asks, Current, EditWork, Look, Status, Trust};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::ThemeChoice;
use crate::ui::theme::KIOSK_SCALE;
use crate::ui::widgets::Progress;
use crate::ui::{Session, ShellState};

/// The first tab, state by state.
pub fn see_why(tour: &mut Tour, broken: &Path) -> anyhow::Result<()> {
    tour.show(Tab::Look);
    let mut tour = LookTour(tour);
    ensure!(
        tour.session(|session| session.picture.is_some()),
        "no pictures are installed; run: python3 models/install.py"
    );
    tour.wait("the first map", |look| look.status == Status::Done)?;
    tour.shoot("look-1-first-start")?;

    tour.tune(|session| {
        let params = MethodParams {
            steps: Some(Steps::Count(300)),
            ..MethodParams::default()
        };
        session.tuning.set(Method::Xrai, params);
    });
    tour.ask(Ask::Again);
    tour.wait("a draft of the map", |look| {
        let half = |p: &Progress| matches!(p, Progress::Share(share) if *share > 0.25);
        matches!(&look.status, Status::Working { progress, .. } if half(progress))
            || look.status == Status::Done
    })?;
    tour.shoot_moving("look-2-working")?;
    tour.command(Command::Cancel);
    tour.tune(|session| session.tuning.reset(Method::Xrai));

    let second = tour.look(|look| {
        let answer = look.answer.as_ref()?;
        answer.bars.get(2).map(|(class, _)| *class)
    });
    let second = second.context("the network gave fewer than three answers")?;
    tour.ask(Ask::Explain(second));
    tour.wait("another class", |look| look.status == Status::Done)?;
    tour.shoot("look-3-another-answer")?;

    tour.set(|look| {
        look.overlay.top = 15.0;
        look.overlay.opacity = 100.0;
        look.overlay.colormap = Colormap::Viridis;
    });
    tour.shoot("look-4-top-15-percent")?;
    tour.set(|look| look.overlay = crate::ui::widgets::Overlay::default());

    let first = tour.look(|look| {
        let answer = look.answer.as_ref()?;
        answer.bars.first().map(|(class, _)| *class)
    });
    tour.ask(Ask::Against(first));
    tour.wait("two answers held against each other", |look| {
        look.status == Status::Done
    })?;
    tour.shoot("look-c-one-against-another")?;
    tour.save_and_open_again()?;

    tour.set(|look| look.more = Some(true));
    tour.method(Method::SmoothGrad);
    tour.wait("noisy copies", |look| look.status == Status::Done)?;
    tour.shoot("look-d-more")?;
    tour.set(|look| look.more = Some(false));
    tour.method(Method::Xrai);

    tour.what_if()?;
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    tour.method(Method::Ig);
    tour.choose(1)?;
    tour.wait("the second picture", |look| look.status == Status::Done)?;
    tour.shoot("look-5-dark-integrated-gradients")?;
    tour.method(Method::Xrai);
    tour.settings(|settings| settings.theme = ThemeChoice::Light);

    tour.choose(2)?;
    tour.wait("the third picture", |look| look.status == Status::Done)?;
    tour.command(Command::Help);
    tour.shoot("look-6-help")?;
    tour.command(Command::Cancel);
    tour.command(Command::Settings);
    tour.shoot("look-7-settings")?;
    tour.command(Command::Cancel);
    tour.settings(|settings| settings.scale = KIOSK_SCALE);
    tour.shoot("look-8-kiosk")?;
    tour.settings(|settings| settings.scale = 1.0);

    // The keyboard alone: Tab walks to the first answer, which shows its figures.
    tour.keyboard_to_answers()?;
    tour.shoot("look-a-keyboard")?;

    let index = tour.world().resource_mut::<Library>().add_file(broken);
    tour.ask(Ask::Choose(index));
    tour.wait("the broken file", |look| {
        matches!(look.status, Status::Failed { .. })
    })?;
    tour.shoot("look-b-failed")
}

/// Names of classes in many scripts, by their numbers in ImageNet: those that the network gives to the cat.
const NAMES: [(usize, &str); 5] = [
    (285, "قطة مصرية"),
    (282, "猫 ねこ 고양이"),
    (281, "חתול מפוספס"),
    (287, "बिल्ली แมว"),
    (728, "γάτα кошка"),
];

/// A network in `folder` that gives these names, made of one that is installed; its file.
pub fn network_of_many_scripts(folder: &Path, home: &Home) -> anyhow::Result<PathBuf> {
    let installed = home.installed_models();
    let network = folder.join("names.onnx");
    std::fs::copy(installed.join("efficientnet-lite0.onnx"), &network)?;
    let names = std::fs::read_to_string(installed.join("imagenet-classes.txt"))?;
    let mut names: Vec<&str> = names.lines().collect();
    for (class, name) in NAMES {
        if let Some(known) = names.get_mut(class) {
            *known = name;
        }
    }
    std::fs::write(folder.join("names.txt"), names.join("\n"))?;
    let said =
        "mean = [127.0, 127.0, 127.0]\nstd = [128.0, 128.0, 128.0]\nlabels = \"names.txt\"\n";
    std::fs::write(network.with_extension("toml"), said)?;
    Ok(network)
}

/// Names in many scripts, as they are read.
pub fn scripts(tour: &mut Tour) -> anyhow::Result<()> {
    tour.show(Tab::Look);
    let mut tour = LookTour(tour);
    tour.wait("the map", |look| look.status == Status::Done)?;
    // Typefaces are looked for beside the frames.
    tour.quiet()?;
    tour.shoot("look-h-many-scripts")
}

/// The tour with what this tab is asked for and knows.
struct LookTour<'a>(&'a mut Tour);

impl std::ops::Deref for LookTour<'_> {
    type Target = Tour;

    fn deref(&self) -> &Tour {
        self.0
    }
}

impl std::ops::DerefMut for LookTour<'_> {
    fn deref_mut(&mut self) -> &mut Tour {
        self.0
    }
}

impl LookTour<'_> {
    fn look<T>(&mut self, read: impl FnOnce(&Look) -> T) -> T {
        read(self.world().resource::<Look>())
    }

    fn set(&mut self, change: impl FnOnce(&mut Look)) {
        change(&mut self.world().resource_mut::<Look>());
        self.frames(2);
    }

    fn session<T>(&mut self, read: impl FnOnce(&Session) -> T) -> T {
        read(self.world().resource::<Session>())
    }

    fn tune(&mut self, change: impl FnOnce(&mut Session)) {
        change(&mut self.world().resource_mut::<Session>());
        self.frames(2);
    }

    fn ask(&mut self, ask: Ask) {
        self.world().resource_mut::<Asks>().push(ask);
        self.frames(2);
    }

    fn choose(&mut self, index: usize) -> anyhow::Result<()> {
        let there = self.world().resource::<Library>().items().len();
        ensure!(index < there, "only {there} pictures are installed");
        self.ask(Ask::Choose(index));
        Ok(())
    }

    /// Steps frames until `done`; a failure ends the tour.
    fn wait(&mut self, what: &str, done: impl Fn(&Look) -> bool) -> anyhow::Result<()> {
        self.0.wait(what, |world| {
            let look = world.resource::<Look>();
            match &look.status {
                _ if done(look) => Ok(true),
                Status::Failed { why } => Err(why.clone()),
                _ => Ok(false),
            }
        })
    }

    /// Takes the most important part away, then checks the map.
    fn what_if(&mut self) -> anyhow::Result<()> {
        self.method(Method::GradCam);
        self.wait("a map of a layer", |look| look.status == Status::Done)?;
        self.ask(Ask::WhatIf(true));
        self.wait("the picture as the network sees it", |look| {
            look.edit.canvas.is_some() && !look.edit.bars.is_empty()
        })?;
        self.shoot("look-e-what-if")?;
        self.ask(Ask::EraseTop);
        self.0.wait("the map without the part", |world| {
            let (look, session) = (world.resource::<Look>(), world.resource::<Session>());
            let (current, library) = (world.resource::<Current>(), world.resource::<Library>());
            let work = world.resource::<EditWork>();
            match &look.edit.trouble {
                Some(why) => Err(why.clone()),
                None => Ok(work.shot(look, current, session, library).is_some()),
            }
        })?;
        self.shoot("look-f-top-10-percent-gone")?;
        self.ask(Ask::WhatIf(false));
        self.ask(Ask::CheckMap);
        self.wait("the verdict about the map", |look| {
            matches!(look.trust, Trust::Checked(_) | Trust::Failed(_))
        })?;
        self.shoot("look-g-checked")?;
        self.method(Method::Xrai);
        self.wait("the map as before", |look| look.status == Status::Done)
    }

    /// Saves what is on the stage, looks at something else, and drops the saved folder onto the
    /// window: the same picture must be explained in the same way.
    fn save_and_open_again(&mut self) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let world = self.world();
        let (look, library) = (world.resource::<Look>(), world.resource::<Library>());
        let session = world.resource::<Session>();
        let shot = world.resource::<Current>().shot(look, session, library);
        let shot = shot.context("there is no finished map to save")?;
        let work = world.resource::<Jobs>().work().clone();
        let saved = shot.write(&*work, folder.path()).map_err(Error::msg)?;
        let before = (
            self.session(|s| s.picture),
            self.look(|look| look.answer.clone()),
        );

        self.method(Method::Ig);
        self.choose(1)?;
        self.wait("another picture", |look| look.status == Status::Done)?;
        self.world().write_message(FileDragAndDrop::DroppedFile {
            window: Entity::PLACEHOLDER,
            path_buf: saved,
        });
        self.frames(2);
        self.wait("what was saved", |look| look.status == Status::Done)?;
        let after = (
            self.session(|s| s.picture),
            self.look(|look| look.answer.clone()),
        );
        let method = self.world().resource::<ShellState>().method;
        ensure!(
            (after, method) == (before, Method::Xrai),
            "what was opened again is not what was saved"
        );
        Ok(())
    }

    /// Presses Tab until an answer has the focus.
    fn keyboard_to_answers(&mut self) -> anyhow::Result<()> {
        let first = self.look(|look| {
            let answer = look.answer.as_ref()?;
            answer.bars.get(1).map(|(_, bar)| bar.label.clone())
        });
        let first = first.context("there is no second answer")?;
        self.keyboard_to(&first)
    }
}
