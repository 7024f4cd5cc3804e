//! Keys with the modifiers that were held when they were pressed.
//!
//! `bevy_egui` 0.42 gives every key of a frame the modifiers that are held at the frame's end: a quick
//! Ctrl+S within one slow frame would be a plain S. The keyboard's own messages tell the order.

use std::collections::VecDeque;

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::helpers::{bevy_to_egui_key, bevy_to_egui_physical_key};
use bevy_egui::input::ModifierKeysState;
use bevy_egui::{EguiInput, EguiPreUpdateSet, egui};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        put_modifiers_in_order
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass),
    );
}

/// A key that went down or up, and what was held then.
struct Stroke {
    key: egui::Key,
    pressed: bool,
    modifiers: egui::Modifiers,
}

fn put_modifiers_in_order(
    mut keyboard: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    mut inputs: Query<&mut EguiInput>,
    mut held: Local<ModifierKeysState>,
) {
    if lost.read().count() > 0 {
        *held = ModifierKeysState::default();
    }
    let mut strokes = VecDeque::new();
    for message in keyboard.read() {
        let down = message.state == ButtonState::Pressed;
        match &message.logical_key {
            Key::Shift => held.shift = down,
            Key::Control => held.ctrl = down,
            Key::Alt => held.alt = down,
            Key::Super | Key::Meta => held.win = down,
            logical => {
                let key = bevy_to_egui_key(logical)
                    .or_else(|| bevy_to_egui_physical_key(&message.key_code));
                if let Some(key) = key {
                    strokes.push_back(Stroke {
                        key,
                        pressed: down,
                        modifiers: held.to_egui_modifiers(),
                    });
                }
            }
        }
    }
    if strokes.is_empty() {
        return;
    }
    for mut input in &mut inputs {
        correct(&mut input.events, &strokes);
    }
}

/// Gives the keys among `events` the modifiers of their strokes, which are in the same order. A
/// letter that was part of a chord is no text.
fn correct(events: &mut Vec<egui::Event>, strokes: &VecDeque<Stroke>) {
    let mut left = strokes.iter();
    let mut no_text = Vec::new();
    for (place, event) in events.iter_mut().enumerate() {
        let egui::Event::Key {
            key,
            pressed,
            modifiers,
            ..
        } = event
        else {
            continue;
        };
        let same = |stroke: &&Stroke| stroke.key == *key && stroke.pressed == *pressed;
        let Some(stroke) = left.find(same) else {
            return;
        };
        *modifiers = stroke.modifiers;
        if *pressed && modifiers.command && !modifiers.alt {
            no_text.push(place);
        }
    }
    let mut place = 0;
    events.retain(|event| {
        let chord = matches!(event, egui::Event::Text(_)) && no_text.contains(&(place + 1));
        place += 1;
        !chord
    });
}
