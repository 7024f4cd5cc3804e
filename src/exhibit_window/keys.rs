//! Keys that mean something, and nothing else: no combination does anything.

use bevy_egui::egui;

use crate::exhibit::shell::{Input, Key};

/// What a key of the keyboard, or a switch that acts as one, is to the shell; `None` for what is no key.
pub(super) fn input(event: &egui::Event) -> Option<Input> {
    let egui::Event::Key {
        key,
        pressed: true,
        modifiers,
        repeat,
        ..
    } = event
    else {
        return None;
    };
    if *repeat || modifiers.ctrl || modifiers.alt || modifiers.command || modifiers.mac_cmd {
        return Some(Input::Other);
    }
    let known = match key {
        egui::Key::Tab if modifiers.shift => Key::Previous,
        egui::Key::Tab | egui::Key::ArrowRight | egui::Key::ArrowDown => Key::Next,
        egui::Key::ArrowLeft | egui::Key::ArrowUp => Key::Previous,
        egui::Key::Enter | egui::Key::Space => Key::Choose,
        egui::Key::S => Key::Switch,
        other => match digit(*other) {
            Some(digit) => Key::Digit(digit),
            None => return Some(Input::Other),
        },
    };
    Some(Input::Key(known))
}

fn digit(key: egui::Key) -> Option<u8> {
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
    let place = DIGITS.iter().position(|known| *known == key)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(key: egui::Key, modifiers: egui::Modifiers) -> Option<Input> {
        input(&egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        })
    }

    #[test]
    fn a_dozen_keys_mean_something_and_no_combination_does() {
        use egui::Modifiers;
        let plain = |key| pressed(key, Modifiers::NONE);
        assert_eq!(plain(egui::Key::Tab), Some(Input::Key(Key::Next)));
        assert_eq!(
            pressed(egui::Key::Tab, Modifiers::SHIFT),
            Some(Input::Key(Key::Previous))
        );
        assert_eq!(plain(egui::Key::Space), Some(Input::Key(Key::Choose)));
        assert_eq!(plain(egui::Key::Num7), Some(Input::Key(Key::Digit(7))));
        let mut known = 0;
        for key in egui::Key::ALL {
            known += u32::from(plain(*key) != Some(Input::Other));
            for modifiers in [Modifiers::CTRL, Modifiers::ALT, Modifiers::COMMAND] {
                assert_eq!(pressed(*key, modifiers), Some(Input::Other), "{key:?}");
            }
        }
        assert_eq!(known, 18);
        assert_eq!(input(&egui::Event::Copy), None);
    }
}
