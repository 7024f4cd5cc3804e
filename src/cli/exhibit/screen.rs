//! `saliscope exhibit DIR`: the screen that visitors see, and who starts it again.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use bevy::app::AppExit;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::{ExitCondition, WindowMode, WindowResolution};
use bevy::winit::WinitSettings;

use super::super::{output, window};
use crate::exhibit::shell::Program;
use crate::exhibit::supervisor::{Commands, Past, Patience, supervise};
use crate::exhibit::{Still, check};
use crate::exhibit_window::{self, Opening, Windowed};
use crate::home::Home;
use crate::testing::MAX_SIDE;

/// The screen of an exhibit.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The exhibit's folder: shows it full screen until the operator closes it
    #[arg(value_name = "DIR", required = true)]
    folder: Option<PathBuf>,

    /// In a window of this size instead, as if it were the whole screen
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = super::super::tour::size)]
    windowed: Option<(u32, u32)>,

    /// The screen itself, which the supervisor starts
    #[arg(long, hide = true)]
    screen: bool,

    /// What is shown while the screen rests, until standard input is closed
    #[arg(long, hide = true)]
    rest: bool,

    /// How often it was started again, how often it rested, and how often that was in the dark
    #[arg(long, hide = true, num_args = 3, value_names = ["RESTARTS", "RESTS", "DARK"])]
    past: Vec<u32>,

    /// Leave this empty file behind when the operator closed it, so that a service can tell it from any
    /// other end
    #[arg(long, value_name = "FILE")]
    closed_note: Option<PathBuf>,
}

impl Args {
    fn past(&self) -> Past {
        let at = |n: usize| self.past.get(n).copied().unwrap_or(0);
        Past {
            restarts: at(0),
            rests: at(1),
            dark: at(2),
        }
    }

    /// The program again, to do a part of the work in a process of its own.
    fn again(&self, program: &Path, folder: &Path, part: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("exhibit").arg(folder).arg(part);
        if let Some((width, height)) = self.windowed {
            command.args(["--windowed", &format!("{width}x{height}")]);
        }
        command
    }
}

/// What a curator looks at.
#[derive(Debug, clap::Args)]
pub struct Preview {
    /// The exhibit's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Size of the window, as if it were the whole screen
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = super::super::tour::size, default_value = "1280x720")]
    size: (u32, u32),
}

/// Shows the exhibit under its supervisor.
///
/// # Errors
/// Without a display or a graphics driver, and when the exhibit has faults or is not prepared.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let folder = args
        .folder
        .as_deref()
        .context("name the exhibit's folder, or see: saliscope exhibit --help")?;
    if args.screen {
        let opening = Opening {
            past: args.past(),
            wall: exhibit_window::wall(),
            ..Opening::default()
        };
        let windowed = Windowed {
            supervised: true,
            ..Windowed::default()
        };
        return show(folder, home, opening, windowed, args.windowed);
    }
    if args.rest {
        window::check_display()?;
        return super::rest::rest(Still::of(folder), args.windowed);
    }
    // What a curator has to mend is said once, before anything is started again and again.
    Program::open(check(folder, home)?, false)?;
    window::check_display()?;
    crate::testing::check_adapter()?;
    let program = std::env::current_exe().context("the program does not find itself")?;
    let mut screen = |past: Past| {
        let mut command = args.again(&program, folder, "--screen");
        let Past {
            restarts,
            rests,
            dark,
        } = past;
        command.arg("--past");
        command.args([restarts, rests, dark].map(|count| count.to_string()));
        command
    };
    let mut rest = || args.again(&program, folder, "--rest");
    let mut commands = Commands {
        screen: &mut screen,
        rest: &mut rest,
    };
    let status = supervise(&mut commands, Patience::default(), &mut |line, _| {
        output::note(line);
    })
    .context("the screen could not be started")?;
    if !status.success() {
        bail!("the screen ended ({status})");
    }
    if let Some(note) = &args.closed_note {
        std::fs::File::create_new(note)
            .with_context(|| format!("{} cannot be written", note.display()))?;
    }
    Ok(())
}

/// Shows the exhibit in a window that can be closed; its journal is thrown away.
///
/// # Errors
/// As [`run`].
pub fn preview(args: &Preview, home: &Home) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let opening = Opening {
        journal: Some(scratch.path().join("journal")),
        always: true,
        wall: exhibit_window::wall(),
        ..Opening::default()
    };
    let windowed = Windowed {
        preview: true,
        ..Windowed::default()
    };
    show(&args.folder, home, opening, windowed, Some(args.size))
}

fn show(
    folder: &Path,
    home: &Home,
    opening: Opening,
    windowed: Windowed,
    size: Option<(u32, u32)>,
) -> anyhow::Result<()> {
    if let Some((width, height)) = size {
        let side = 200..=MAX_SIDE;
        ensure!(
            side.contains(&width) && side.contains(&height),
            "a window of {width} x {height} pixels cannot be; each side must be 200 to {MAX_SIDE}"
        );
    }
    window::check_display()?;
    crate::testing::check_adapter()?;
    let room = exhibit_window::open(folder, home, opening)?;
    let mut app = App::new();
    // Bevy ends in a panic where the window system cannot be reached.
    let started =
        crate::defects::quietly(AssertUnwindSafe(|| add_window(&mut app, size, windowed)));
    if started.is_err() {
        bail!("the display could not be opened; check DISPLAY or WAYLAND_DISPLAY");
    }
    app.insert_resource(WinitSettings::desktop_app());
    let wake = window::wake_of(&app)?;
    exhibit_window::add(&mut app, room, windowed, home, wake)
        .context("the threads could not be started")?;
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(code) => bail!("the screen ended with code {code}"),
    }
}

/// Bevy's own plugins, with one window that nothing closes.
pub(super) fn add_window(app: &mut App, size: Option<(u32, u32)>, windowed: Windowed) {
    let (width, height) = size.unwrap_or((1920, 1080));
    app.add_plugins(
        DefaultPlugins
            .set(WindowPlugin {
                primary_window: Some(Window {
                    title: "Saliscope".to_owned(),
                    name: Some("saliscope-exhibit".to_owned()),
                    resolution: WindowResolution::new(width, height),
                    mode: match size {
                        None => WindowMode::BorderlessFullscreen(MonitorSelection::Current),
                        Some(_) => WindowMode::Windowed,
                    },
                    decorations: windowed.preview,
                    resizable: windowed.preview,
                    ..default()
                }),
                // Wishes to close it are heard, and come to nothing.
                close_when_requested: false,
                exit_condition: ExitCondition::DontExit,
                ..default()
            })
            // The command line has set up what is logged.
            .disable::<LogPlugin>(),
    );
}
