//! Drives the program for the tour: commands, keys, waiting, pictures.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bevy::prelude::World;
use bevy_egui::{
    EguiOutput,
    egui::{self, Key, Modifiers},
};
use image::RgbaImage;
use image::codecs::jpeg::JpegEncoder;

use super::Args;
use crate::jobs::{Jobs, Wake};
use crate::program::{self, Setup};
use crate::saliency::Method;
use crate::testing::{Headless, HeadlessSettings};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::Settings;
use crate::ui::{Asked, ShellState};

/// Longest wait for one state.
const PATIENCE: Duration = Duration::from_mins(3);
/// A picture is taken when so many frames in a row showed the same.
const STILL_FRAMES: usize = 2;
/// Or after so many frames: work that goes on moves its progress for as long as it takes.
const MOST_FRAMES: usize = 40;
/// Nothing more is to come when nothing moved for so long and nobody explains.
const QUIET: Duration = Duration::from_millis(1500);
/// Of 100; text stays sharp.
const JPEG_QUALITY: u8 = 84;

/// The last picture that was asked for is taken.
#[derive(Debug, thiserror::Error)]
#[error("the tour ends here")]
pub struct Ended;

/// The running program, pressed as a person would press it.
pub struct Tour {
    headless: Headless,
    out: PathBuf,
    size: bevy::prelude::Vec2,
    jpeg: bool,
    until: Vec<String>,
}

impl Tour {
    /// Starts the program for a picture of `(width, height)` pixels, and waits until its list of pictures
    /// can be seen.
    pub fn start(args: &Args, (width, height): (u32, u32), setup: Setup) -> anyhow::Result<Self> {
        let settings = HeadlessSettings {
            software: !args.hardware && HeadlessSettings::new(width, height).software,
            ..HeadlessSettings::new(width, height)
        };
        let wake: Wake = Arc::new(|| {});
        let mut added = Ok(());
        let headless = Headless::new(settings, |app| added = program::add(app, setup, &wake))?;
        added.context("the workers could not be started")?;
        let mut tour = Self {
            headless,
            out: args.out.clone(),
            size: bevy::prelude::Vec2::new(width as f32, height as f32),
            jpeg: args.jpeg,
            until: args.until.clone(),
        };
        tour.wait("the small pictures", |world| {
            let items = world.resource::<Library>().items();
            Ok(items
                .iter()
                .all(|item| item.broken || item.path.is_none() || item.small().is_some()))
        })?;
        Ok(tour)
    }

    pub fn frames(&mut self, count: usize) {
        self.headless.frames(count);
    }

    pub fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.headless.world().resource_mut::<Settings>());
        self.frames(3);
    }

    pub fn method(&mut self, method: Method) {
        self.headless.world().resource_mut::<ShellState>().method = method;
        self.frames(2);
    }

    pub fn command(&mut self, command: Command) {
        self.headless.world().resource_mut::<Asked>().push(command);
        self.frames(3);
    }

    /// Hands an input event to the program.
    pub fn send(&mut self, event: egui::Event) {
        self.headless.send(event);
    }

    /// Width and height of the picture, in pixels.
    pub fn size(&self) -> bevy::prelude::Vec2 {
        self.size
    }

    /// The app's world.
    pub fn world(&mut self) -> &mut World {
        self.headless.world()
    }

    /// Goes to a tab, as its button does.
    pub fn show(&mut self, tab: Tab) {
        self.command(Command::Show(tab));
    }

    /// Steps frames until `done` says so; `done` gives what went wrong where something did.
    pub fn wait(
        &mut self,
        what: &str,
        mut done: impl FnMut(&mut World) -> Result<bool, String>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        while !done(self.headless.world()).map_err(|why| anyhow::anyhow!("{what}: {why}"))? {
            ensure!(
                start.elapsed() < PATIENCE,
                "{what} did not come within {} s",
                PATIENCE.as_secs()
            );
            self.headless.frame();
            // Frames that nobody looks at take the time of what is waited for.
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    /// Presses Tab until the control whose name begins with `label` has the keyboard.
    pub fn keyboard_to(&mut self, label: &str) -> anyhow::Result<()> {
        for _ in 0..200 {
            let reached = self.key(Key::Tab);
            if reached.is_some_and(|reached| reached.starts_with(label)) {
                self.frames(4);
                return Ok(());
            }
        }
        bail!("the Tab key does not reach {label:?}")
    }

    /// Presses a key; gives the name of the control that the keyboard went to.
    pub fn key(&mut self, key: Key) -> Option<String> {
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

    /// Where a file of this name goes: beside the pictures.
    pub fn path(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// Takes a picture of the window once its layout has settled.
    pub fn shoot(&mut self, name: &str) -> anyhow::Result<()> {
        let picture = self.settled_picture()?;
        self.keep(name, picture)
    }

    /// Takes a picture of work that goes on: it would be over when everything had settled.
    pub fn shoot_moving(&mut self, name: &str) -> anyhow::Result<()> {
        self.frames(3);
        let picture = self.headless.screenshot()?;
        self.keep(name, picture)
    }

    fn keep(&self, name: &str, picture: RgbaImage) -> anyhow::Result<()> {
        let rgb = image::DynamicImage::from(picture).into_rgb8();
        let path = self
            .out
            .join(format!("{name}.{}", if self.jpeg { "jpg" } else { "png" }));
        let output = crate::files::Output::new(&path);
        if self.jpeg {
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&rgb)?;
            output.write_file(|file| file.write_all(&bytes))?;
        } else {
            output.write_png(&rgb)?;
        }
        crate::cli::output::lines(&[path.display().to_string()])?;
        if self.until.iter().any(|last| last == name) {
            return Err(Ended.into());
        }
        Ok(())
    }

    /// The window after frames that show the same: egui lays out anew what it did not know the size of,
    /// short animations end, textures arrive.
    fn settled_picture(&mut self) -> anyhow::Result<RgbaImage> {
        self.frames(3);
        let mut last = self.headless.screenshot()?;
        let mut still = 0;
        for _ in 0..MOST_FRAMES {
            if still == STILL_FRAMES {
                break;
            }
            self.headless.frame();
            let now = self.headless.screenshot()?;
            still = if now == last { still + 1 } else { 0 };
            last = now;
        }
        Ok(last)
    }

    /// Waits until nobody explains and nothing on screen has moved for a while; a tab that works for
    /// longer than the tour is patient is left as it is then.
    pub fn quiet(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut last = self.headless.screenshot()?;
        let mut since = Instant::now();
        while since.elapsed() < QUIET && start.elapsed() < PATIENCE {
            self.headless.frame();
            std::thread::sleep(Duration::from_millis(20));
            let now = self.headless.screenshot()?;
            let busy = self.world().resource::<Jobs>().explain.pending() > 0;
            if busy || now != last {
                since = Instant::now();
            }
            last = now;
        }
        Ok(())
    }
}
