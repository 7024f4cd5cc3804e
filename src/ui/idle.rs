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
use bevy_egui::{EguiFullOutput, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, egui};

/// How long frames go on after something changed that the graphics device needs time for:
/// pipelines are built and textures uploaded in the background, and nobody tells when they are
/// ready.
const SETTLES: Duration = Duration::from_millis(700);

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
    outputs: Query<&EguiFullOutput>,
    mut settings: Option<ResMut<WinitSettings>>,
) {
    let Some(settings) = settings.as_mut() else {
        return;
    };
    let wanted = outputs
        .iter()
        .filter_map(|output| output.0.as_ref())
        .flat_map(|output| output.viewport_output.values())
        .map(|viewport| viewport.repaint_delay)
        .min()
        .unwrap_or(Duration::MAX);
    let mode = UpdateMode::reactive_low_power(wanted);
    if settings.focused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}

fn redraw_while_awake(awake: Res<Awake>, mut redraw: MessageWriter<RequestRedraw>) {
    if Instant::now() < awake.until {
        redraw.write(RequestRedraw);
    }
}
