//! Played by keys, and by what a screen reader presses.

use super::*;

#[test]
fn a_game_is_played_by_keys_alone() {
    let mut table = wide("[play]\nrounds = 1\n", &["en"]);
    table.key(egui::Key::Tab, egui::Modifiers::NONE);
    for _ in 0..600 {
        let shell = table.room.shell();
        let offers = shell.offers();
        let painted = || {
            let guess = table.visit().game.as_ref().and_then(|game| game.guess());
            guess.is_some_and(|guess| !guess.marks.is_empty())
        };
        let wanted = match table.visit().screen {
            Screen::Results => break,
            Screen::Play(Phase::Reveal(_)) => {
                table.wait(1);
                continue;
            }
            Screen::Play(Phase::Paint) if !painted() => Action::Part(5),
            Screen::Play(Phase::Paint) => Action::Reveal,
            _ => Action::Next,
        };
        let here = table.visit().focus.and_then(|at| offers.get(at));
        if here.is_some_and(|offer| offer.action == wanted) {
            // The screen reader follows.
            let focus = table.ctx.memory(bevy_egui::egui::Memory::focused);
            assert_eq!(
                focus,
                Some(crate::exhibit_window::draw::id_of(here.unwrap()))
            );
            table.key(egui::Key::Enter, egui::Modifiers::NONE);
        } else {
            table.key(egui::Key::ArrowRight, egui::Modifiers::NONE);
        }
    }
    assert_eq!(table.visit().screen, Screen::Results);
}

#[test]
fn a_screen_reader_presses_buttons_and_parts() {
    let mut table = wide("", &["en"]);
    let press = |table: &mut Table, name: &str| {
        let node = table
            .tree
            .iter()
            .find(|n| n.button && n.label.starts_with(name));
        let target_node = node.unwrap_or_else(|| panic!("no {name}")).id;
        let request = egui::accesskit::ActionRequest {
            action: egui::accesskit::Action::Click,
            target_tree: egui::accesskit::TreeId::ROOT,
            target_node,
            data: None,
        };
        table.frame(vec![egui::Event::AccessKitActionRequest(request)]);
    };
    for name in [
        "Touch to begin",
        "Skip",
        "Paint now",
        "Part 3 of 16",
        "Show me",
    ] {
        press(&mut table, name);
    }
    assert!(matches!(
        table.visit().screen,
        Screen::Play(Phase::Reveal(_))
    ));
    let guess = table.visit().game.as_ref().unwrap().guess().unwrap();
    assert_eq!(guess.marks.len(), 1);
}
