//! What people know from other programs.

use bevy_egui::EguiContext;
use bevy_egui::egui::FontId;

use super::harness::{Mood, Program, save};
use crate::store::OwnPictures;
use crate::tabs::bring::Bring;
use crate::tabs::collection::Collection;
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::settings::Settings;
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

#[test]
fn a_network_that_was_opened_can_be_opened_again() {
    let mut program = Program::start();
    program.rest();
    let network = program.file("mine.onnx");
    std::fs::write(&network, "no network").unwrap();
    let asked_about = |world: &bevy::prelude::World| {
        let form = world.resource::<Bring>().form.as_ref();
        form.is_some_and(|form| form.path.ends_with("mine.onnx"))
    };
    program.drop(std::slice::from_ref(&network));
    program.until("the form", |world| asked_about(world));
    let opened = [network.display().to_string()];
    assert_eq!(program.get::<Settings>().recent_models, opened);
    program.command(Command::Cancel);
    assert!(!asked_about(program.app.world()));
    program.command(Command::OpenAgain(0));
    program.until("the form again", |world| asked_about(world));
    assert_eq!(program.get::<Settings>().recent_models, opened, "once");
    // One that is gone is told, and forgotten.
    program.command(Command::Cancel);
    std::fs::remove_file(&network).unwrap();
    program.command(Command::OpenAgain(0));
    assert!(program.notices().contains("no longer there"));
    assert!(program.get::<Settings>().recent_models.is_empty());
    assert!(!asked_about(program.app.world()));
}

#[test]
fn a_folder_that_was_opened_is_offered_again() {
    let mut program = Program::start();
    program.rest();
    let folder = program.file("holiday");
    std::fs::create_dir(&folder).unwrap();
    save(&folder.join("beach.png"), 50);
    program.drop(std::slice::from_ref(&folder));
    let text = folder.display().to_string();
    program.until("the folder in the list", |world| {
        world.resource::<Collection>().recent.contains(&text)
    });
    program.show(Tab::Collection);
    let remembered = &program.get::<Settings>().recent_folders;
    assert_eq!(*remembered, [folder.display().to_string()]);
}
