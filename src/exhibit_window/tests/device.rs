//! The graphics device is lost in the middle of a round: the round goes on, on a new one.

use bevy::render::renderer::RenderDevice;

use super::*;
use crate::exhibit_window::{Windowed, add, press, shell};
use crate::home::Home;
use crate::testing::{Headless, HeadlessSettings};

#[test]
fn a_lost_device_is_replaced_in_the_same_round() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home {
        root: folder.path().join("root"),
        data: folder.path().join("data"),
        cache: folder.path().join("cache"),
    };
    let program = program_of("[play]\nrounds = 1\n", &["en"]);
    let room = room(
        Arc::new(program),
        598.0,
        Recorded::default(),
        Duration::ZERO,
    );
    let windowed = Windowed {
        wall: Some(NOON),
        ..Windowed::default()
    };
    let mut headless = Headless::new(HeadlessSettings::new(640, 360), |app| {
        add(app, room, windowed, &home, Arc::new(|| {})).unwrap();
    })
    .unwrap();
    headless.frames(3);
    for action in [
        Action::Wake,
        Action::SkipTutorial,
        Action::Next,
        Action::Part(5),
    ] {
        press(headless.world(), action);
        headless.frame();
    }
    headless.frames(4);
    let visit = |headless: &mut Headless| shell(headless.world(), |s| s.visit().clone()).unwrap();
    let (before, round) = (headless.screenshot().unwrap(), visit(&mut headless));
    assert_eq!(round.screen, Screen::Play(Phase::Paint));
    // There is something to be lost: words, buttons, the picture, the paint.
    let colours: std::collections::BTreeSet<[u8; 4]> = before.pixels().map(|p| p.0).collect();
    assert!(colours.len() > 20, "{}", colours.len());
    let device = headless.world().resource::<RenderDevice>().clone();
    device.wgpu_device().destroy();
    // A fifth of a second at sixty frames.
    headless.frames(12);
    let after = headless.screenshot().unwrap();
    let off = before.pixels().zip(after.pixels()).filter(|(a, b)| a != b);
    assert_eq!(off.count(), 0, "the screen is not what it was");
    assert_eq!(visit(&mut headless), round);
}
