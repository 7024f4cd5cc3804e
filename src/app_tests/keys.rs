//! Keys as a keyboard sends them.

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};

use super::harness::Program;
use crate::ui::{Tab, UiSet};

/// How many chords are struck.
const CHORDS: usize = 1000;
/// How many of them in one frame, as a slow frame collects them.
const IN_A_FRAME: usize = 20;

/// The keys that went down, with what was held then, and all that was typed.
#[derive(Resource, Default)]
struct Heard {
    keys: Vec<(egui::Key, egui::Modifiers)>,
    typed: String,
}

fn receive(mut contexts: EguiContexts, mut heard: ResMut<Heard>) -> Result {
    let events = contexts.ctx_mut()?.input(|input| input.raw.events.clone());
    for event in events {
        match event {
            egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => heard.keys.push((key, modifiers)),
            egui::Event::Text(text) => heard.typed += &text,
            _ => {}
        }
    }
    Ok(())
}

fn send(program: &mut Program, key_code: KeyCode, logical_key: &Key, state: ButtonState) {
    program.app.world_mut().write_message(KeyboardInput {
        key_code,
        logical_key: logical_key.clone(),
        state,
        text: None,
        repeat: false,
        window: Entity::PLACEHOLDER,
    });
}

/// Strikes a key while others are held, all of it before the next frame.
fn strike(program: &mut Program, held: &[(KeyCode, Key)], (key_code, key): (KeyCode, Key)) {
    for (code, key) in held {
        send(program, *code, key, ButtonState::Pressed);
    }
    send(program, key_code, &key, ButtonState::Pressed);
    send(program, key_code, &key, ButtonState::Released);
    for (code, key) in held.iter().rev() {
        send(program, *code, key, ButtonState::Released);
    }
}

fn ctrl() -> (KeyCode, Key) {
    if cfg!(target_os = "macos") {
        (KeyCode::SuperLeft, Key::Super)
    } else {
        (KeyCode::ControlLeft, Key::Control)
    }
}

#[test]
fn of_a_thousand_chords_within_frames_none_is_lost() {
    let mut program = Program::start();
    program.rest();
    program
        .app
        .init_resource::<Heard>()
        .add_systems(EguiPrimaryContextPass, receive.before(UiSet::Top));
    let shift = || (KeyCode::ShiftLeft, Key::Shift);
    // Letters that are no command: nothing opens and nothing ends.
    let letters = [
        (KeyCode::KeyG, "g", egui::Key::G),
        (KeyCode::KeyJ, "j", egui::Key::J),
        (KeyCode::KeyK, "k", egui::Key::K),
        (KeyCode::KeyU, "u", egui::Key::U),
    ];
    let mut struck = Vec::new();
    let mut typed = String::new();
    let mut random = 7_u32;
    while struck.len() < CHORDS {
        for _ in 0..IN_A_FRAME {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (code, letter, key) = letters[(random >> 16) as usize % letters.len()];
            let held = match (random >> 24) % 4 {
                0 => vec![],
                1 => vec![shift()],
                2 => vec![ctrl()],
                _ => vec![ctrl(), shift()],
            };
            let shifted = held.contains(&shift());
            let command = held.contains(&ctrl());
            let logical = if shifted {
                letter.to_uppercase()
            } else {
                letter.to_owned()
            };
            if !command {
                typed += &logical;
            }
            strike(
                &mut program,
                &held,
                (code, Key::Character(logical.as_str().into())),
            );
            struck.push((key, shifted, command));
        }
        program.frames(1);
    }
    program.frames(1);
    let heard = program.get::<Heard>();
    let keys: Vec<_> = heard
        .keys
        .iter()
        .map(|(key, modifiers)| (*key, modifiers.shift, modifiers.command))
        .collect();
    assert_eq!(keys, struck);
    assert_eq!(heard.typed, typed, "a chord types nothing, a letter itself");
}

#[test]
fn n_and_p_go_through_the_pictures_of_see_why_alone() {
    let mut program = Program::start();
    program.rest();
    let name = |program: &mut Program, code: KeyCode, letter: &str| {
        strike(program, &[], (code, Key::Character(letter.into())));
        program.frames(3);
        program.rest();
        program.backend.asked().last().unwrap().picture.name.clone()
    };
    assert_eq!(name(&mut program, KeyCode::KeyN, "n"), "Dog");
    assert_eq!(name(&mut program, KeyCode::KeyN, "n"), "Cat");
    assert_eq!(name(&mut program, KeyCode::KeyP, "p"), "Dog");
    // Another tab has no next picture.
    program.show(Tab::Models);
    let before = program.get::<crate::ui::Session>().picture;
    strike(
        &mut program,
        &[],
        (KeyCode::KeyN, Key::Character("n".into())),
    );
    program.frames(3);
    assert_eq!(program.get::<crate::ui::Session>().picture, before);
}

#[test]
fn a_quick_chord_does_what_it_says_and_the_plain_key_something_else() {
    let mut program = Program::start();
    program.rest();
    let control = (KeyCode::ControlLeft, Key::Control);
    strike(&mut program, &[control], (KeyCode::Tab, Key::Tab));
    program.frames(3);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Look.next());
    // The digit that is printed on a French key, which types an apostrophe.
    let four = (KeyCode::Digit4, Key::Character("'".into()));
    strike(&mut program, &[], four);
    program.frames(3);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Models);
}
