//! The Bevy app around the screen: one window, its events, its frames.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::time::Real;
use bevy::winit::{UpdateMode, WinitSettings};
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass, egui};

use super::pace::Pace;
use super::room::Room;
use crate::exhibit::shell::{Action, Shell};
use crate::exhibit::supervisor::beat;
use crate::home::Home;
use crate::jobs::Wake;
use crate::stage::StageGround;
use crate::store;
use crate::ui::settings::Settings;
use crate::ui::{fonts, screen_reader};

/// Letters are large: the face is the one for it.
const FACE: f32 = 2.0;

/// While the game plays itself the event loop sleeps this long, unless it is woken.
const ASLEEP: Duration = Duration::from_secs(1);

/// The screen.
#[derive(Resource)]
struct Screen(Mutex<Room>);

/// What wakes the window for the next picture of the game that plays itself.
#[derive(Resource)]
struct Waking(Pace);

/// Events of this frame; egui itself sees none of them.
#[derive(Resource, Default)]
struct Happened(Vec<egui::Event>);

/// How the screen is run.
#[derive(Resource, Debug, Clone, Copy, Default)]
pub(crate) struct Windowed {
    /// Whether a supervisor hears of frames.
    pub(crate) supervised: bool,
    /// Whether the window can be closed without a PIN: a curator looks at it.
    pub(crate) preview: bool,
    /// The clock where it does not run, in seconds since 1970: for pictures of the screens.
    pub(crate) wall: Option<i64>,
}

/// Adds the screen to an app that has Bevy's own plugins already.
///
/// # Errors
/// When a thread cannot be started.
pub(crate) fn add(
    app: &mut App,
    room: Room,
    windowed: Windowed,
    home: &Home,
    wake: Wake,
) -> std::io::Result<()> {
    fonts::load(home);
    screen_reader::add(app, wake.clone());
    app.insert_resource(Waking(Pace::start(wake.clone())?))
        .insert_resource(Screen(Mutex::new(room)))
        .insert_resource(Happened::default())
        .insert_resource(windowed)
        .insert_resource(Settings(store::Settings {
            scale: FACE,
            ..store::Settings::default()
        }))
        .init_resource::<crate::ui::Awake>()
        .add_plugins(crate::stage::plugin)
        .add_systems(
            PreUpdate,
            take_events
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(EguiPrimaryContextPass, draw)
        .add_systems(Last, (tell_the_supervisor, leave));
    fonts::add(app, wake)
}

/// What the shell of a running app shows.
pub(crate) fn shell<T>(world: &World, look: impl FnOnce(&Shell) -> T) -> Option<T> {
    let screen = world.get_resource::<Screen>()?;
    let room = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
    Some(look(room.shell()))
}

/// Presses a button of a running app, as a screen reader does.
pub(crate) fn press(world: &mut World, action: Action) {
    let now = world.resource::<Time<Real>>().elapsed();
    if let Some(mut screen) = world.get_resource_mut::<Screen>() {
        let room = screen.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        room.by_proxy(action, now);
    }
}

/// Takes every event away from egui but what a screen reader asks for: no widget, no shortcut and no clipboard
/// of it ever acts.
fn take_events(mut inputs: Query<&mut EguiInput>, mut happened: ResMut<Happened>) {
    happened.0.clear();
    for mut input in &mut inputs {
        let events = std::mem::take(&mut input.events);
        let (kept, taken): (Vec<_>, Vec<_>) = events
            .into_iter()
            .partition(|event| matches!(event, egui::Event::AccessKitActionRequest(_)));
        input.events = kept;
        input.hovered_files.clear();
        input.dropped_files.clear();
        happened.0.extend(taken);
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
fn draw(
    mut contexts: EguiContexts,
    mut screen: ResMut<Screen>,
    mut ground: ResMut<StageGround>,
    mut clear: ResMut<ClearColor>,
    happened: Res<Happened>,
    waking: Res<Waking>,
    windowed: Res<Windowed>,
    time: Res<Time<Real>>,
    mut settings: Option<ResMut<WinitSettings>>,
    mut faces: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !*faces {
        *faces = true;
        fonts::install(ctx, FACE);
        ctx.set_theme(egui::ThemePreference::Dark);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
    }
    let room = screen.0.get_mut().unwrap_or_else(PoisonError::into_inner);
    let ui = crate::ui::area(ctx, "exhibit", ctx.viewport_rect());
    let wall = windowed.wall.unwrap_or_else(wall);
    room.frame(&ui, &happened.0, time.elapsed(), wall);
    let [r, g, b, _] = room.ground().to_array();
    let colour = Color::srgb_u8(r, g, b);
    ground.set_if_neq(StageGround(colour));
    // In this frame already: nothing else is drawn behind the words.
    clear.0 = colour;
    if let Some(settings) = &mut settings {
        let mut pause = room.pause();
        if room.plays_itself() {
            waking.0.ask(pause);
            pause = ASLEEP;
        }
        let mode = UpdateMode::reactive_low_power(pause);
        // Bevy draws once more when the mode changes.
        if settings.focused_mode != mode {
            settings.focused_mode = mode;
            settings.unfocused_mode = mode;
        }
    }
    Ok(())
}

/// The machine's clock, in seconds since 1970.
pub(crate) fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Once a second: frames go on.
fn tell_the_supervisor(
    mut screen: ResMut<Screen>,
    windowed: Res<Windowed>,
    time: Res<Time<Real>>,
    mut last: Local<Duration>,
    mut frames: Local<u32>,
) {
    *frames += 1;
    let now = time.elapsed();
    if now.saturating_sub(*last) < Duration::from_secs(1) {
        return;
    }
    *last = now;
    let room = screen.0.get_mut().unwrap_or_else(PoisonError::into_inner);
    room.second(std::mem::take(&mut *frames));
    if windowed.supervised {
        // Who does not listen any more has no need to know.
        let _ = beat();
    }
}

/// The program ends when the operator closed it, and a preview with its window; nothing else ends it.
fn leave(
    mut screen: ResMut<Screen>,
    windowed: Res<Windowed>,
    mut wishes: MessageReader<bevy::window::WindowCloseRequested>,
    mut exit: MessageWriter<AppExit>,
) {
    let closed = wishes.read().count() > 0;
    let room = screen.0.get_mut().unwrap_or_else(PoisonError::into_inner);
    if room.is_left() || windowed.preview && closed {
        exit.write(AppExit::Success);
    }
}
