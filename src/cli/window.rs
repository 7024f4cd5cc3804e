//! `saliscope [PICTURE...]`: the window.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bevy::app::AppExit;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::WindowResolution;
use bevy::winit::{EventLoopProxyWrapper, WinitSettings, WinitUserEvent};

use crate::home::Home;
use crate::jobs::Wake;
use crate::program::{self, Setup};
use crate::ui::theme::KIOSK_SCALE;

/// What the window starts with.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Pictures to open, or a folder of them; an ONNX file is the model to start with
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,

    /// The model to start with: an id of the catalog, or an ONNX file
    #[arg(long = "with-model", value_name = "MODEL")]
    model: Option<String>,

    /// Full screen with large controls, for touch screens
    #[arg(long)]
    kiosk: bool,

    /// Write the longest frame and the textures to this file, a line a second
    #[arg(long, hide = true, value_name = "FILE")]
    watch: Option<PathBuf>,
}

impl Args {
    /// The picture that was named first.
    pub fn first_picture(&self) -> Option<&std::path::Path> {
        self.pictures.first().map(PathBuf::as_path)
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Without a display, without a graphics driver, or when the catalog cannot be read.
pub fn run(args: Args, home: Home) -> anyhow::Result<()> {
    check_display()?;
    crate::testing::check_adapter()?;
    let mut setup = Setup::read(home)?;
    // What cannot be opened is told in the window, where it can be put right.
    let given = args
        .pictures
        .into_iter()
        .map(|path| std::path::absolute(&path).unwrap_or(path));
    let (models, pictures): (Vec<_>, Vec<_>) = given.partition(|path| is_network(path));
    setup.pictures = pictures;
    let last = models.last().map(|path| path.display().to_string());
    setup.model = args.model.or(last);
    if args.kiosk {
        setup.settings.scale = KIOSK_SCALE;
    }

    let place = if args.kiosk {
        None
    } else {
        crate::ui::place::remembered(&setup.settings)
    };
    let mut app = App::new();
    // Bevy ends in a panic where the window system cannot be reached.
    let window = window(args.kiosk, place);
    let started = crate::defects::quietly(AssertUnwindSafe(|| add_window(&mut app, window)));
    if started.is_err() {
        bail!(
            "the display could not be opened; check DISPLAY or WAYLAND_DISPLAY. Where both are set and \
             DISPLAY does not answer, start it with SALISCOPE_WAYLAND=1. To see the program as pictures \
             run: saliscope tour --out DIR"
        );
    }
    app.insert_resource(WinitSettings::desktop_app());
    let wake = wake_of(&app)?;
    program::add(&mut app, setup, &wake).context("the workers could not be started")?;
    if let Some(file) = &args.watch {
        crate::ui::watch::add(&mut app, file)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(code) => bail!("the window ended with code {code}"),
    }
}

/// Whether a file that was opened with the program is a network, by its ending: its content says so only
/// to whom reads it whole.
fn is_network(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// The window: full screen, or where it was and as large as it was.
fn window(kiosk: bool, place: Option<(Option<[i32; 2]>, [u32; 2])>) -> Window {
    let (at, [width, height]) = place.unwrap_or((None, [1280, 800]));
    Window {
        title: "Saliscope".to_owned(),
        name: Some("saliscope".to_owned()),
        resolution: WindowResolution::new(width, height),
        position: at.map_or(WindowPosition::Automatic, |at| {
            WindowPosition::At(at.into())
        }),
        resize_constraints: WindowResizeConstraints {
            min_width: 960.0,
            min_height: 640.0,
            ..default()
        },
        mode: if kiosk {
            bevy::window::WindowMode::BorderlessFullscreen(MonitorSelection::Current)
        } else {
            bevy::window::WindowMode::Windowed
        },
        ..default()
    }
}

/// Bevy's own plugins, with one window.
fn add_window(app: &mut App, window: Window) {
    app.add_plugins(
        DefaultPlugins
            .set(WindowPlugin {
                primary_window: Some(window),
                ..default()
            })
            // The command line has set up what is logged.
            .disable::<LogPlugin>(),
    );
}

/// Whether a window is better opened through X11 where Wayland is there too: winit 0.30 hears of no file that
/// is dropped onto a window of Wayland's. `set` tells whether a variable of the environment is set.
#[must_use]
pub fn prefers_x11(set: impl Fn(&str) -> bool) -> bool {
    let wayland = set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET");
    wayland && set("DISPLAY") && !set("SALISCOPE_WAYLAND")
}

/// X11 and Wayland need a display; without one the event loop would end the program in a panic.
pub(super) fn check_display() -> anyhow::Result<()> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let needed = cfg!(all(unix, not(target_os = "macos")));
    if needed && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") && !is_set("WAYLAND_SOCKET") {
        bail!(
            "there is no display to open a window on; to see the program as pictures run: \
             saliscope tour --out DIR"
        );
    }
    Ok(())
}

/// What wakes the event loop of an app that has a window.
pub(super) fn wake_of(app: &App) -> anyhow::Result<Wake> {
    let Some(proxy) = app.world().get_resource::<EventLoopProxyWrapper>() else {
        bail!("the window system did not start");
    };
    let proxy = (**proxy).clone();
    Ok(Arc::new(move || {
        // The loop has ended when this fails; nobody waits for news then.
        let _ = proxy.send_event(WinitUserEvent::WakeUp);
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_files_are_worth_more_than_wayland() {
        for (set, expected) in [
            (&["DISPLAY"][..], false),
            (&["WAYLAND_DISPLAY"], false),
            (&["DISPLAY", "WAYLAND_DISPLAY"], true),
            (&["DISPLAY", "WAYLAND_SOCKET"], true),
            (&["DISPLAY", "WAYLAND_DISPLAY", "SALISCOPE_WAYLAND"], false),
            (&[], false),
        ] {
            assert_eq!(prefers_x11(|name| set.contains(&name)), expected, "{set:?}");
        }
    }

    #[test]
    fn the_window_opens_where_it_was() {
        let there = window(false, Some((Some([40, 50]), [1100, 760])));
        assert_eq!(there.position, WindowPosition::At(IVec2::new(40, 50)));
        assert_eq!(there.resolution.physical_size(), UVec2::new(1100, 760));
        let first = window(false, None);
        assert_eq!(first.position, WindowPosition::Automatic);
        assert_eq!(first.resolution.physical_size(), UVec2::new(1280, 800));
    }
}
