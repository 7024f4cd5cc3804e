//! What people know from other programs.

use bevy_egui::EguiContext;
use bevy_egui::egui::FontId;

use super::harness::{Mood, Program, save};
use crate::store::OwnPictures;
use crate::ui::commands::Command;
use crate::ui::{HomeDir, NoticeBoard, ShellState};

#[test]
fn escape_closes_what_is_open_one_after_the_other() {
    let mut program = Program::start();
    program.rest();
    program.command(Command::Settings);
    assert!(program.get::<ShellState>().settings);
    program.get_mut::<NoticeBoard>().problem("No such file");
    program.command(Command::Cancel);
    assert!(!program.get::<ShellState>().dialog_open());
    assert_eq!(program.notices(), "No such file", "the dialog was above it");
    program.command(Command::Cancel);
    assert_eq!(program.notices(), "");
}

#[test]
fn pictures_that_the_window_was_opened_with_are_there_in_the_next_run() {
    let mut program = Program::start_with(Mood::Quick, |setup, folder| {
        let path = folder.join("named.png");
        save(&path, 33);
        setup.pictures = vec![path];
    });
    let named = program.file("named.png");
    program.until("it is remembered", |world| {
        let (own, _) = OwnPictures::of(world.resource::<HomeDir>()).read();
        own.iter().any(|own| own.file == named)
    });
}

#[test]
fn a_folder_full_of_them_is_not() {
    let mut program = Program::start_with(Mood::Quick, |setup, folder| {
        setup.pictures = (0..13)
            .map(|number| folder.join(format!("{number}.png")))
            .collect();
        for (tone, path) in setup.pictures.iter().enumerate() {
            save(path, tone as u8);
        }
    });
    program.rest();
    program.frames(20);
    let (own, _) = OwnPictures::of(program.get::<HomeDir>()).read();
    assert!(own.is_empty());
}

#[test]
fn letters_that_no_face_has_bring_one_that_has_them() {
    let mut program = Program::start();
    program.rest();
    program.get_mut::<NoticeBoard>().info("\u{732b}");
    program.until("a face with the letter", |world| {
        let mut contexts = world.query::<&mut EguiContext>();
        let mut context = contexts.single_mut(world).unwrap();
        let font = FontId::proportional(15.0);
        context
            .get_mut()
            .fonts_mut(|fonts| fonts.has_glyph(&font, '\u{732b}'))
    });
}
