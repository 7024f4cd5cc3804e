//! `saliscope tour`: each tab in several states, drawn to PNG files without a display.
//!
//! The real program runs: real pictures, real networks, real maps, drawn by the same plugins. The
//! tour only presses what a person would press, waits until it is done and takes a picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bevy_egui::{
    EguiOutput,
    egui::{self, Key, Modifiers},
};

use crate::home::Home;
use crate::jobs::Wake;
use crate::program::{self, Setup};
use crate::saliency::Method;
use crate::saliency::colormap::Colormap;
use crate::tabs::look::{Ask, Asks, Look, Status};
use crate::testing::{Headless, HeadlessSettings};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::{Settings, ThemeChoice};
use crate::ui::theme::KIOSK_SCALE;
use crate::ui::widgets::Progress;
use crate::ui::{Asked, ShellState};

/// The tour's options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the pictures; made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Width and height of the pictures, in pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1280x800", value_parser = size)]
    size: (u32, u32),

    /// Draw with the graphics card instead of in software
    #[arg(long)]
    hardware: bool,
}

/// Longest wait for one state.
const PATIENCE: Duration = Duration::from_mins(3);

fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text:?} is not a size such as 1280x800");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let side = |side: &str| side.trim().parse::<u32>().map_err(|_| wrong());
    Ok((side(width)?, side(height)?))
}

/// Draws the tour.
///
/// # Errors
/// Without a graphics driver, when nothing is installed, or when the folder cannot be written.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("{} cannot be made", args.out.display()))?;
    // Settings and results of the person stay as they are, and the tour starts as new.
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let home = Home {
        data: scratch.path().join("data"),
        cache: scratch.path().join("cache"),
        ..home.clone()
    };
    let broken = scratch.path().join("holiday.png");
    std::fs::write(&broken, "This is not a picture.").context("no temporary folder")?;

    let mut tour = Tour::start(args, Setup::read(home.clone())?)?;
    ensure!(
        tour.look(|look| look.chosen.is_some()),
        "no pictures are installed; run: python3 models/install.py"
    );
    tour.wait("the first map", |look| look.status == Status::Done)?;
    tour.shoot("look-1-first-start")?;
    see_why(&mut tour, &broken)?;

    let mut setup = Setup::read(home)?;
    setup.catalog.pictures.clear();
    let mut tour = Tour::start(args, setup)?;
    tour.frames(4);
    tour.shoot("look-9-empty")
}

/// The first tab, state by state.
fn see_why(tour: &mut Tour, broken: &Path) -> anyhow::Result<()> {
    tour.set(|look| {
        look.auto_steps = false;
        look.steps = 300.0;
    });
    tour.ask(Ask::Again);
    tour.wait("a draft of the map", |look| {
        let half = |p: &Progress| matches!(p, Progress::Share(share) if *share > 0.25);
        matches!(&look.status, Status::Working { progress, .. } if half(progress))
            || look.status == Status::Done
    })?;
    tour.shoot("look-2-working")?;
    tour.command(Command::Cancel);
    tour.set(|look| look.auto_steps = true);

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
    tour.set(|look| look.overlay = crate::tabs::look::Overlay::default());

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

    let index = tour
        .headless
        .world()
        .resource_mut::<Library>()
        .add_file(broken);
    tour.ask(Ask::Choose(index));
    tour.wait("the broken file", |look| {
        matches!(look.status, Status::Failed { .. })
    })?;
    tour.shoot("look-b-failed")
}

struct Tour {
    headless: Headless,
    out: PathBuf,
}

impl Tour {
    fn start(args: &Args, setup: Setup) -> anyhow::Result<Self> {
        let (width, height) = args.size;
        let settings = HeadlessSettings {
            software: !args.hardware && HeadlessSettings::new(width, height).software,
            ..HeadlessSettings::new(width, height)
        };
        let wake: Wake = Arc::new(|| {});
        let mut added = Ok(());
        let headless = Headless::new(settings, |app| added = program::add(app, setup, &wake))?;
        added.context("the workers could not be started")?;
        Ok(Self {
            headless,
            out: args.out.clone(),
        })
    }

    fn frames(&mut self, count: usize) {
        self.headless.frames(count);
    }

    fn look<T>(&mut self, read: impl FnOnce(&Look) -> T) -> T {
        read(self.headless.world().resource::<Look>())
    }

    fn set(&mut self, change: impl FnOnce(&mut Look)) {
        change(&mut self.headless.world().resource_mut::<Look>());
        self.frames(2);
    }

    fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.headless.world().resource_mut::<Settings>());
        self.frames(3);
    }

    fn method(&mut self, method: Method) {
        self.headless.world().resource_mut::<ShellState>().method = method;
        self.frames(2);
    }

    fn ask(&mut self, ask: Ask) {
        self.headless.world().resource_mut::<Asks>().push(ask);
        self.frames(2);
    }

    fn command(&mut self, command: Command) {
        self.headless.world().resource_mut::<Asked>().push(command);
        self.frames(3);
    }

    fn choose(&mut self, index: usize) -> anyhow::Result<()> {
        let there = self.headless.world().resource::<Library>().items().len();
        ensure!(index < there, "only {there} pictures are installed");
        self.ask(Ask::Choose(index));
        Ok(())
    }

    /// Steps frames until `done`, then a few more so that everything has settled.
    fn wait(&mut self, what: &str, done: impl Fn(&Look) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !self.look(&done) {
            if let Some(why) = self.look(|look| match &look.status {
                Status::Failed { why } => Some(why.clone()),
                _ => None,
            }) {
                bail!("{what}: {why}");
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "{what} did not come within {} s",
                PATIENCE.as_secs()
            );
            self.headless.frame();
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Presses a key; gives the name of the control that the keyboard went to.
    fn key(&mut self, key: Key) -> Option<String> {
        for pressed in [true, false] {
            self.headless.send(egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            });
        }
        let mut reached = None;
        for _ in 0..2 {
            self.headless.frame();
            let world = self.headless.world();
            let mut outputs = world.query::<&EguiOutput>();
            for output in outputs.iter(world) {
                for event in &output.platform_output.events {
                    if let egui::output::OutputEvent::FocusGained(info) = event {
                        reached.clone_from(&info.label);
                    }
                }
            }
        }
        reached
    }

    /// Presses Tab until an answer has the focus.
    fn keyboard_to_answers(&mut self) -> anyhow::Result<()> {
        let first = self.look(|look| {
            let answer = look.answer.as_ref()?;
            answer.bars.get(1).map(|(_, bar)| bar.label.clone())
        });
        let first = first.context("there is no second answer")?;
        for _ in 0..80 {
            let reached = self.key(Key::Tab);
            if reached.is_some_and(|label| label.starts_with(&first)) {
                self.frames(4);
                return Ok(());
            }
        }
        bail!("the Tab key does not reach the answer {first:?}")
    }

    fn shoot(&mut self, name: &str) -> anyhow::Result<()> {
        self.frames(3);
        let picture = self.headless.screenshot()?;
        let path = self.out.join(format!("{name}.png"));
        let rgb = image::DynamicImage::from(picture).into_rgb8();
        let mut bytes = Vec::new();
        rgb.write_to(
            &mut std::io::Cursor::new(&mut bytes),
            image::ImageFormat::Png,
        )
        .context("the picture could not be encoded")?;
        crate::files::write_atomic(&path, |file| std::io::Write::write_all(file, &bytes))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("1920x1080"), Ok((1920, 1080)));
        for wrong in ["1920", "x", "ax3", "-1x5", ""] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
