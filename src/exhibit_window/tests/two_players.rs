//! Two at one screen: side by side and in turn.

use super::*;

#[test]
fn two_paint_on_two_pictures_at_once() {
    let lines = "[play]\nmodes = [\"side-by-side\"]\nrounds = 1\n";
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        let mut table = Table::new(program_of(lines, &["en"]), size, width);
        table.tap(pos2(500.0, 500.0));
        table.tap_button("Skip");
        assert!(table.plan().picture.is_some());
        table.tap_button("Paint now");
        assert!(table.plan().fits, "{size:?}");
        let [left, right] = halves(table.plan().picture.unwrap());
        assert!(left.width() > 0.3 * size.0 && right.left() > left.right());
        let touch = |id: u64, phase, at| egui::Event::Touch {
            device_id: egui::TouchDeviceId(1),
            id: egui::TouchId(id),
            phase,
            pos: at,
            force: None,
        };
        let (a, b) = (left.center(), right.center());
        for (phase, off) in [
            (egui::TouchPhase::Start, 0.0),
            (egui::TouchPhase::Move, 60.0),
            (egui::TouchPhase::End, 90.0),
        ] {
            let off = vec2(off, off / 2.0);
            table.frame(vec![touch(3, phase, a + off), touch(8, phase, b + off)]);
        }
        let marks = |table: &Table| -> Vec<usize> {
            let round = table.visit().game.as_ref().unwrap().round().unwrap();
            round
                .guesses
                .iter()
                .map(|guess| guess.marks.len())
                .collect()
        };
        assert_eq!(marks(&table), [1, 1]);
        // A tap paints a part of the picture that was tapped.
        table.tap(right.min + right.size() * 0.9);
        assert_eq!(marks(&table), [1, 2]);
        table.tap_button("Player 1: done");
        table.tap_button("Player 2: done");
        assert!(matches!(
            table.visit().screen,
            Screen::Play(Phase::Reveal(_))
        ));
    }
}

#[test]
fn who_waits_for_their_turn_sees_nothing_of_the_first_guess() {
    let mut table = wide("[play]\nmodes = [\"duel\"]\n", &["en"]);
    table.tap(pos2(900.0, 500.0));
    table.tap_button("Skip");
    table.tap_button("Paint now");
    let at = table.plan().picture.unwrap().center();
    table.tap(at);
    table.tap_button("Show me");
    assert_eq!(table.visit().screen, Screen::Play(Phase::Pass));
    assert!(table.plan().picture.is_none());
    assert!(table.has("Nobody peeks!"));
}
