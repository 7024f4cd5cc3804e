//! `saliscope exhibit tour`: every screen of an exhibit as visitors see it, drawn to PNG files without a
//! display. Somebody plays a whole game for it; nothing is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bevy::time::TimeUpdateStrategy;
use bevy_egui::egui;

use super::super::output;
use super::super::tour::size;
use crate::exhibit::shell::{
    Action, Aid, Offer, Over, Phase, Piece, Proof, Room, Screen, Shell, Step, Visit,
};
use crate::exhibit_window::{self, Opening, Windowed};
use crate::files::Output;
use crate::home::Home;
use crate::testing::{FRAME_TIME, Headless, HeadlessSettings};

/// Sizes that are drawn without `--size`, in pixels.
const SIZES: [(u32, u32); 3] = [(1920, 1080), (1080, 1920), (3840, 2160)];
/// Longest wait for the network.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest wait for a map.
const MAP: Duration = Duration::from_secs(10);
/// A Thursday at noon.
const NOON: i64 = 20_783 * 86_400 + 12 * 3600;

/// The tour's options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The exhibit's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Folder for the pictures; made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Width and height of the pictures, in pixels; else 1920x1080, 1080x1920 and 3840x2160, each in a
    /// folder of its name
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<(u32, u32)>,

    /// The language, by its place in exhibit.toml, from 1
    #[arg(long, default_value_t = 1, value_name = "N")]
    language: usize,

    /// As somebody sees it who switched this on
    #[arg(long, value_name = "AID", value_parser = ["large", "contrast", "reach"])]
    aid: Option<String>,
}

/// Draws the tour.
///
/// # Errors
/// Without a graphics driver, when the exhibit has faults or is not prepared, or when the folder cannot
/// be written.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let sizes = match args.size {
        Some(size) => vec![size],
        None => SIZES.to_vec(),
    };
    for (width, height) in sizes {
        let out = match args.size {
            Some(_) => args.out.clone(),
            None => args.out.join(format!("{width}x{height}")),
        };
        std::fs::create_dir_all(&out)
            .with_context(|| format!("{} cannot be made", out.display()))?;
        let mut tour = Tour::start(args, home, (width, height), out)?;
        tour.play(args)?;
    }
    Ok(())
}

struct Tour {
    headless: Headless,
    out: PathBuf,
    count: u32,
    _scratch: tempfile::TempDir,
}

impl Tour {
    fn start(
        args: &Args,
        home: &Home,
        (width, height): (u32, u32),
        out: PathBuf,
    ) -> anyhow::Result<Self> {
        let scratch = tempfile::tempdir().context("no temporary folder")?;
        let opening = Opening {
            journal: Some(scratch.path().join("journal")),
            always: true,
            wall: NOON,
            ..Opening::default()
        };
        let room = exhibit_window::open(&args.folder, home, opening)?;
        let windowed = Windowed {
            wall: Some(NOON),
            ..Windowed::default()
        };
        let mut added = Ok(());
        let headless = Headless::new(HeadlessSettings::new(width, height), |app| {
            added = exhibit_window::add(app, room, windowed, home, Arc::new(|| {}));
        })?;
        added.context("the threads could not be started")?;
        let mut tour = Self {
            headless,
            out,
            count: 0,
            _scratch: scratch,
        };
        // Pictures are opened on a thread.
        for _ in 0..8 {
            tour.headless.frame();
            std::thread::sleep(Duration::from_millis(60));
        }
        Ok(tour)
    }

    fn look<T>(&mut self, look: impl FnOnce(&Shell) -> T) -> anyhow::Result<T> {
        exhibit_window::shell(self.headless.world(), look).context("the screen is not there")
    }

    fn visit(&mut self) -> anyhow::Result<Visit> {
        self.look(|shell| shell.visit().clone())
    }

    fn shoot(&mut self, name: &str) -> anyhow::Result<()> {
        self.headless.frames(2);
        self.count += 1;
        let name = format!("{:02}-{name}.png", self.count);
        keep(&self.out.join(name), self.headless.screenshot()?)
    }

    /// Time goes by, in one frame.
    fn wait(&mut self, seconds: f64) {
        let steps = |time| TimeUpdateStrategy::ManualDuration(time);
        let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        self.headless.world().insert_resource(steps(time));
        self.headless.frame();
        self.headless.world().insert_resource(steps(FRAME_TIME));
    }

    /// Presses the first button that is wanted.
    fn press(&mut self, wanted: impl Fn(&Offer) -> bool) -> anyhow::Result<()> {
        let offers = self.look(Shell::offers)?;
        let action = offers.iter().find(|offer| wanted(offer));
        let action = action.map(|offer| offer.action.clone());
        let action = action.with_context(|| format!("there is no such button in {offers:?}"))?;
        exhibit_window::press(self.headless.world(), action);
        self.headless.frame();
        Ok(())
    }

    fn action(&mut self, action: &Action) -> anyhow::Result<()> {
        self.press(|offer| offer.action == *action)
    }

    fn play(&mut self, args: &Args) -> anyhow::Result<()> {
        self.wait(0.6);
        self.shoot("attract")?;
        self.wait(3.0);
        self.shoot("attract-hand")?;
        self.wait(5.5);
        self.shoot("attract-answer")?;
        self.action(&Action::Wake)?;
        if self.visit()?.screen == Screen::Language {
            self.shoot("language")?;
            self.action(&Action::Language(args.language.max(1) - 1))?;
        }
        self.helps(args)?;
        self.before_the_game()?;
        self.round()?;
        self.rest()?;
        self.over()
    }

    fn helps(&mut self, args: &Args) -> anyhow::Result<()> {
        self.action(&Action::Help)?;
        let aid = match args.aid.as_deref() {
            Some("large") => Some(Aid::Large),
            Some("contrast") => Some(Aid::Contrast),
            Some("reach") => Some(Aid::Reach),
            _ => None,
        };
        if let Some(aid) = aid {
            self.action(&Action::Toggle(aid))?;
        }
        self.shoot("help")?;
        self.action(&Action::Back)
    }

    fn before_the_game(&mut self) -> anyhow::Result<()> {
        for _ in 0..10 {
            let screen = self.visit()?.screen;
            if screen == Screen::Choose {
                self.rooms()?;
            }
            let name = match screen {
                Screen::Choose => "choose",
                Screen::Teams => "teams",
                Screen::Question => "question",
                Screen::Tutorial(0) => "tutorial-1",
                Screen::Tutorial(1) => "tutorial-2",
                Screen::Tutorial(_) => "tutorial-3",
                _ => return Ok(()),
            };
            self.wait(2.2);
            self.shoot(name)?;
            self.press(|offer| offer.main)?;
        }
        Ok(())
    }

    /// The rooms beside the game.
    fn rooms(&mut self) -> anyhow::Result<()> {
        for room in self.look(Shell::rooms)? {
            self.action(&Action::Room(room))?;
            // The picture is opened on a thread.
            self.headless.frame();
            std::thread::sleep(Duration::from_millis(300));
            self.wait(2.0);
            let name = match room {
                Room::Why => "see-why",
                Room::Skins => "skins",
                Room::WhatIf => "what-if",
                Room::Class => "teacher",
            };
            self.asked(room)?;
            self.shoot(name)?;
            let further = match room {
                Room::Why => Action::Answer(1),
                Room::Skins => Action::Tell,
                Room::WhatIf => Action::Strongest,
                Room::Class => Action::Another,
            };
            self.action(&further)?;
            self.wait(2.0);
            self.asked(room)?;
            self.shoot(&format!("{name}-further"))?;
            self.action(&Action::Again)?;
        }
        Ok(())
    }

    /// Waits until the network has answered what is covered, and looked at it.
    fn asked(&mut self, room: Room) -> anyhow::Result<()> {
        let start = Instant::now();
        while room == Room::WhatIf && !self.visit()?.covering.is_known() {
            let told = self.visit()?.covering.is_told();
            // A map that shows nothing does not come.
            if told && start.elapsed() > MAP {
                break;
            }
            ensure!(start.elapsed() < PATIENCE, "the network does not answer");
            std::thread::sleep(Duration::from_millis(50));
            self.headless.frame();
        }
        Ok(())
    }

    fn round(&mut self) -> anyhow::Result<()> {
        self.shoot("ask")?;
        self.action(&Action::Next)?;
        self.shoot("paint-empty")?;
        for (name, right) in [("paint-cold", false), ("paint-hot", true)] {
            let parts = self.look(|shell| shell.piece().map(|piece| parts(piece, right)))?;
            for part in parts.unwrap_or_default() {
                self.action(&Action::Part(part))?;
            }
            self.shoot(name)?;
        }
        self.action(&Action::Reveal)?;
        for step in Step::ALL {
            for _ in 0..100 {
                if self.visit()?.screen == Screen::Play(Phase::Reveal(step)) {
                    break;
                }
                self.headless.frame();
            }
            self.wait(step.lasts().as_secs_f64() * 0.6 - 0.1);
            self.shoot(&format!("reveal-{step:?}").to_lowercase())?;
        }
        self.wait(2.0);
        self.shoot("look")?;
        self.action(&Action::Cover)?;
        self.proof()?;
        self.shoot("proof")
    }

    /// Waits until the network has answered.
    fn proof(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        while self.visit()?.screen == Screen::Play(Phase::Proof(Proof::Waiting)) {
            ensure!(start.elapsed() < PATIENCE, "the network does not answer");
            // Its own time does not go by while the network thinks.
            std::thread::sleep(Duration::from_millis(100));
            self.headless.frame();
        }
        Ok(())
    }

    /// The other rounds, quickly, and the results.
    fn rest(&mut self) -> anyhow::Result<()> {
        for _ in 0..60 {
            let wanted = match self.visit()?.screen {
                Screen::Results => break,
                Screen::Play(Phase::Paint) => Action::Reveal,
                Screen::Play(Phase::Reveal(_)) => Action::Skip,
                _ => Action::Next,
            };
            self.action(&wanted)?;
        }
        // The board is read from the journal on a thread.
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(30));
            self.headless.frame();
        }
        self.shoot("results")
    }

    fn over(&mut self) -> anyhow::Result<()> {
        for _ in 0..700 {
            if self.visit()?.over == Some(Over::StillThere) {
                break;
            }
            self.wait(1.0);
        }
        self.shoot("still-there")?;
        self.pin()
    }

    /// Five taps in the corner, the last one held.
    fn pin(&mut self) -> anyhow::Result<()> {
        let touch = |phase| egui::Event::Touch {
            device_id: egui::TouchDeviceId(1),
            id: egui::TouchId(1),
            phase,
            pos: egui::pos2(10.0, 10.0),
            force: None,
        };
        for tap in 0..5 {
            self.headless.send(touch(egui::TouchPhase::Start));
            self.headless.frame();
            if tap < 4 {
                self.headless.send(touch(egui::TouchPhase::End));
                self.headless.frame();
            }
        }
        self.wait(2.5);
        self.headless.send(touch(egui::TouchPhase::End));
        // An exhibit without a PIN has no such screen.
        if matches!(self.visit()?.over, Some(Over::Pin { .. })) {
            self.shoot("pin")?;
        }
        Ok(())
    }
}

/// Some parts of a picture: right ones, or the two that are farthest from right.
fn parts(piece: &Piece, right: bool) -> Vec<usize> {
    let share = |part: &usize| {
        let (mut all, mut marked) = (0.0, 0.0);
        for pixel in piece.parts.pixels(*part) {
            all += 1.0;
            marked += f64::from(u8::from(piece.answer.get(pixel).is_some()));
        }
        marked / f64::max(all, 1.0)
    };
    let mut order: Vec<usize> = (0..piece.parts.len()).collect();
    order.sort_by(|a, b| share(b).total_cmp(&share(a)));
    if right {
        order
            .into_iter()
            .take_while(|p| share(p) > 0.4)
            .take(4)
            .collect()
    } else {
        order.into_iter().rev().take(1).collect()
    }
}

fn keep(path: &Path, picture: image::RgbaImage) -> anyhow::Result<()> {
    let rgb = image::DynamicImage::from(picture).into_rgb8();
    Output::new(path).write_png(&rgb)?;
    output::lines(&[path.display().to_string()])
}
