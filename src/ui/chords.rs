//! Keys with the modifiers that were held when they were pressed.
//!
//! `bevy_egui` 0.42 gives every key of a frame the modifiers that are held at the frame's end: a quick
//! Ctrl+S within one slow frame would be a plain S, and the S would be typed. The keyboard's own messages
//! tell the order.

use std::collections::VecDeque;

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::helpers::{bevy_to_egui_key, bevy_to_egui_physical_key};
use bevy_egui::input::ModifierKeysState;
use bevy_egui::{EguiClipboard, EguiInput, EguiPreUpdateSet, egui};

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
    /// Where the key lies, by what is printed there on an American keyboard.
    place: Option<egui::Key>,
    pressed: bool,
    modifiers: egui::Modifiers,
    /// What it types, if anything.
    text: Option<String>,
    /// Whether it types that with the modifiers that were held.
    types: bool,
}

impl Stroke {
    fn new(message: &KeyboardInput, held: ModifierKeysState) -> Option<Self> {
        let place = bevy_to_egui_physical_key(&message.key_code);
        let key = bevy_to_egui_key(&message.logical_key).or(place)?;
        let pressed = message.state == ButtonState::Pressed;
        let text = match &message.logical_key {
            Key::Character(text) if !text.contains(char::is_control) => Some(text.to_string()),
            Key::Space => Some(" ".to_owned()),
            _ => None,
        };
        Some(Self {
            key,
            place,
            pressed,
            modifiers: held.to_egui_modifiers(),
            types: pressed && held.text_input_is_allowed(),
            text: text.filter(|_| pressed),
        })
    }

    /// The key that commands know it by. Where digits are typed with Shift, as on a French keyboard, the
    /// key that a digit is printed on is that digit, unless what it types alone is a command's key too.
    fn known_as(&self) -> egui::Key {
        use egui::Key as K;
        let digit = self.place.filter(|place| DIGITS.contains(place));
        match digit {
            Some(digit)
                if !self.modifiers.shift && !matches!(self.key, K::Minus | K::Plus | K::Equals) =>
            {
                digit
            }
            _ => self.key,
        }
    }
}

const DIGITS: [egui::Key; 10] = [
    egui::Key::Num0,
    egui::Key::Num1,
    egui::Key::Num2,
    egui::Key::Num3,
    egui::Key::Num4,
    egui::Key::Num5,
    egui::Key::Num6,
    egui::Key::Num7,
    egui::Key::Num8,
    egui::Key::Num9,
];

fn put_modifiers_in_order(
    mut keyboard: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    mut inputs: Query<&mut EguiInput>,
    mut clipboard: ResMut<EguiClipboard>,
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
            _ => strokes.extend(Stroke::new(message, *held)),
        }
    }
    if strokes.is_empty() {
        return;
    }
    for mut input in &mut inputs {
        let events = std::mem::take(&mut input.events);
        input.events = corrected(events, &strokes, &mut || clipboard.get_text());
    }
}

/// The events with the keys as they were struck: `strokes` are in the same order. `clipboard` gives the text
/// that would be pasted.
fn corrected(
    events: Vec<egui::Event>,
    strokes: &VecDeque<Stroke>,
    clipboard: &mut dyn FnMut() -> Option<String>,
) -> Vec<egui::Event> {
    let mut left = strokes.iter();
    let mut right = Vec::with_capacity(events.len());
    let mut events = events.into_iter().peekable();
    while let Some(mut event) = events.next() {
        let egui::Event::Key {
            key,
            pressed,
            modifiers,
            ..
        } = &mut event
        else {
            right.push(event);
            continue;
        };
        let same = |stroke: &&Stroke| stroke.key == *key && stroke.pressed == *pressed;
        let Some(stroke) = left.find(same) else {
            right.push(event);
            right.extend(events);
            break;
        };
        let as_told = *modifiers;
        (*modifiers, *key) = (stroke.modifiers, stroke.known_as());
        put_text(&mut right, stroke);
        right.push(event);
        if stroke.pressed && as_told.command != stroke.modifiers.command {
            edit(&mut right, stroke, &mut events, clipboard);
        }
    }
    right
}

/// What a stroke types stands before its key, and only there where it types.
fn put_text(right: &mut Vec<egui::Event>, stroke: &Stroke) {
    let Some(text) = &stroke.text else {
        return;
    };
    let typed = matches!(right.last(), Some(egui::Event::Text(told)) if told == text);
    match (stroke.types, typed) {
        (true, false) => right.push(egui::Event::Text(text.clone())),
        (false, true) => {
            right.pop();
        }
        _ => {}
    }
}

/// Copying, cutting and pasting of a stroke whose Ctrl was told wrongly: done where it was left out, left
/// out where it was done.
fn edit(
    right: &mut Vec<egui::Event>,
    stroke: &Stroke,
    rest: &mut std::iter::Peekable<std::vec::IntoIter<egui::Event>>,
    clipboard: &mut dyn FnMut() -> Option<String>,
) {
    let wanted = match stroke.key {
        egui::Key::C => Some(egui::Event::Copy),
        egui::Key::X => Some(egui::Event::Cut),
        egui::Key::V => clipboard().map(egui::Event::Paste),
        _ => None,
    };
    let Some(wanted) = wanted else {
        return;
    };
    if stroke.modifiers.command {
        right.push(wanted);
        return;
    }
    let _ = rest.next_if(|told| match (&wanted, told) {
        (egui::Event::Paste(held), egui::Event::Text(text)) => held == text,
        (wanted, told) => wanted == told,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(key_code: KeyCode, logical: &str) -> KeyboardInput {
        KeyboardInput {
            key_code,
            logical_key: Key::Character(logical.into()),
            state: ButtonState::Pressed,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        }
    }

    fn held(command: bool) -> ModifierKeysState {
        let mut held = ModifierKeysState::default();
        if cfg!(target_os = "macos") {
            held.win = command;
        } else {
            held.ctrl = command;
        }
        held
    }

    fn stroke(key_code: KeyCode, logical: &str, command: bool) -> Stroke {
        Stroke::new(&message(key_code, logical), held(command)).unwrap()
    }

    fn key(key: egui::Key, command: bool) -> egui::Event {
        egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: held(command).to_egui_modifiers(),
        }
    }

    fn fixed(events: Vec<egui::Event>, stroke: Stroke) -> Vec<egui::Event> {
        let strokes = VecDeque::from([stroke]);
        corrected(events, &strokes, &mut || Some("copied".to_owned()))
    }

    #[test]
    fn a_chord_that_was_told_too_late_is_one_and_types_nothing() {
        let text = |text: &str| egui::Event::Text(text.to_owned());
        let told = vec![text("s"), key(egui::Key::S, false)];
        let right = fixed(told, stroke(KeyCode::KeyS, "s", true));
        assert_eq!(right, [key(egui::Key::S, true)]);

        let told = vec![text("c"), key(egui::Key::C, false)];
        let right = fixed(told, stroke(KeyCode::KeyC, "c", true));
        assert_eq!(right, [key(egui::Key::C, true), egui::Event::Copy]);

        let told = vec![text("v"), key(egui::Key::V, false)];
        let right = fixed(told, stroke(KeyCode::KeyV, "v", true));
        let pasted = egui::Event::Paste("copied".to_owned());
        assert_eq!(right, [key(egui::Key::V, true), pasted]);
    }

    #[test]
    fn a_letter_before_ctrl_is_typed_and_copies_nothing() {
        let text = |text: &str| egui::Event::Text(text.to_owned());
        let told = vec![key(egui::Key::X, true), egui::Event::Cut];
        let right = fixed(told, stroke(KeyCode::KeyX, "x", false));
        assert_eq!(right, [text("x"), key(egui::Key::X, false)]);

        let told = vec![key(egui::Key::V, true), text("copied"), text("other")];
        let right = fixed(told, stroke(KeyCode::KeyV, "v", false));
        assert_eq!(right, [text("v"), key(egui::Key::V, false), text("other")]);
    }

    /// What is printed on the key counts; where that is no command's key, the digit that is printed there
    /// too.
    #[test]
    fn other_keyboards_have_their_letters_and_digits() {
        use egui::Key as K;
        for (place, logical, expected) in [
            // German and Swiss: Z and Y change places, plus and minus lie elsewhere.
            (KeyCode::KeyY, "z", K::Z),
            (KeyCode::KeyZ, "y", K::Y),
            (KeyCode::BracketRight, "+", K::Plus),
            (KeyCode::Slash, "-", K::Minus),
            // French: digits are typed with Shift; minus lies on 6.
            (KeyCode::KeyZ, "w", K::W),
            (KeyCode::Digit1, "&", K::Num1),
            (KeyCode::Digit2, "\u{e9}", K::Num2),
            (KeyCode::Digit4, "'", K::Num4),
            (KeyCode::Digit5, "(", K::Num5),
            (KeyCode::Digit6, "-", K::Minus),
            (KeyCode::Digit6, "6", K::Num6),
            (KeyCode::Digit0, "\u{e0}", K::Num0),
            (KeyCode::Digit3, "3", K::Num3),
            // Russian and Greek: no Latin letter is printed alone, the place tells.
            (KeyCode::KeyS, "\u{44b}", K::S),
            (KeyCode::KeyF, "\u{3c6}", K::F),
        ] {
            let stroke = stroke(place, logical, false);
            assert_eq!(stroke.known_as(), expected, "{logical} on {place:?}");
        }
    }
}
