//! No frame without a reason: the window sleeps until somebody does something or a worker reports.
//!
//! `bevy_egui` 0.42 tells egui the state of the modifier keys in every frame, and egui asks for
//! another frame after any event: together they redraw for ever. The events that say nothing new
//! are dropped here. egui's wish for a frame later (a tooltip's delay) becomes the longest time
//! that the event loop may sleep.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::window::RequestRedraw;
use bevy::winit::{UpdateMode, WinitSettings};
use bevy_egui::{
    EguiContext, EguiFullOutput, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, egui,
};

/// How long frames go on after something changed that the graphics device needs time for:
/// pipelines are built and textures uploaded in the background, and nobody tells when they are
/// ready.
const SETTLES: Duration = Duration::from_millis(700);

/// How long frames go on after something was given to the device in a pass of our own, which draws it in the
/// same frame: the interface that follows from it is there in the next.
const FOLLOWS: Duration = Duration::from_millis(120);

/// The longest sleep. Not for ever: Bevy 0.19 keeps its last alarm then, and when that lay in the
/// past the loop spins.
const LONGEST: Duration = Duration::from_hours(1);

/// Keeps frames coming for a moment.
#[derive(Resource, Debug)]
pub struct Awake {
    until: Instant,
}

impl Default for Awake {
    fn default() -> Self {
        let mut awake = Self {
            until: Instant::now(),
        };
        awake.stay();
        awake
    }
}

impl Awake {
    /// Keeps frames coming until what was just given to the graphics device is on screen.
    pub fn stay(&mut self) {
        self.until = Instant::now() + SETTLES;
    }

    /// Keeps frames coming until what was just drawn by a pass of our own is followed by the interface.
    pub fn stay_briefly(&mut self) {
        self.until = self.until.max(Instant::now() + FOLLOWS);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Awake>()
        .add_systems(
            PreUpdate,
            drop_unchanged_modifiers
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(
            PostUpdate,
            (
                sleep_until_wanted.before(EguiPostUpdateSet::ProcessOutput),
                redraw_while_awake,
            ),
        );
}

fn drop_unchanged_modifiers(
    mut inputs: Query<(Entity, &mut EguiInput)>,
    mut last: Local<HashMap<Entity, egui::Modifiers>>,
) {
    for (entity, mut input) in &mut inputs {
        let known = last.entry(entity).or_default();
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(now) => {
                let news = now != known;
                *known = *now;
                news
            }
            _ => true,
        });
    }
}

fn sleep_until_wanted(
    mut outputs: Query<(&mut EguiContext, &EguiFullOutput)>,
    mut settings: Option<ResMut<WinitSettings>>,
    mut due: Local<Option<Instant>>,
) {
    let Some(settings) = settings.as_mut() else {
        return;
    };
    let mut wanted = Duration::MAX;
    for (mut context, output) in &mut outputs {
        let viewports = output
            .0
            .iter()
            .flat_map(|output| output.viewport_output.values());
        for viewport in viewports {
            wanted = wanted.min(viewport.repaint_delay);
        }
        if wanted.is_zero() {
            // Tells a developer who keeps the window awake.
            tracing::debug!("another frame: {:?}", context.get_mut().repaint_causes());
        }
    }
    let now = Instant::now();
    let (wait, when) = sleep(now, wanted, *due);
    *due = when;
    let mode = UpdateMode::reactive_low_power(wait.unwrap_or(LONGEST));
    // Bevy draws once more when the mode changes: it is only changed when the time does.
    if wait.is_some() || when.is_none() && settings.focused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}

/// How long to sleep when egui wants a frame in `wanted`, and when that is. `None` leaves the
/// alarm as it is: it is set for that time already, or none is wanted.
///
/// A frame wanted at once is asked for by `bevy_egui` itself, so it needs no alarm.
fn sleep(
    now: Instant,
    wanted: Duration,
    due: Option<Instant>,
) -> (Option<Duration>, Option<Instant>) {
    if wanted.is_zero() || wanted >= LONGEST {
        return (None, None);
    }
    let when = now + wanted;
    let same = due.is_some_and(|due| {
        let off = if due > when { due - when } else { when - due };
        off < Duration::from_millis(50)
    });
    if same {
        return (None, due);
    }
    (Some(wanted), Some(when))
}

fn redraw_while_awake(awake: Res<Awake>, mut redraw: MessageWriter<RequestRedraw>) {
    if Instant::now() < awake.until {
        redraw.write(RequestRedraw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_is_set_once_for_one_time() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let (wait, due) = sleep(start, 6 * second, None);
        assert_eq!(wait, Some(6 * second));
        // Two seconds later egui wants the same moment: in four seconds.
        let (wait, due) = sleep(start + 2 * second, 4 * second, due);
        assert_eq!(wait, None);
        assert!(due.is_some());
        let (wait, _) = sleep(start + 2 * second, second, due);
        assert_eq!(wait, Some(second));
        assert_eq!(sleep(start, Duration::ZERO, due), (None, None));
        assert_eq!(sleep(start, Duration::MAX, due), (None, None));
    }
}
