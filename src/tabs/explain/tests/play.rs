//! Whole games, by keyboard alone and by tapping alone.

use super::*;

#[test]
fn a_whole_game_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    // A digit is a colour from the beginning, and no tab.
    press(&mut window, Key::Num2);
    assert_eq!(explain(&window).tool.band, Some(Band::Orange));
    for place in 0..2 {
        // Arrows find the first picture by themselves; the next one has the keyboard.
        // At first to the middle, then one up; the digits paint and do not change the tab.
        press(&mut window, Key::ArrowRight);
        press(&mut window, Key::Num1);
        press(&mut window, Key::ArrowUp);
        press(&mut window, Key::Num4);
        assert_eq!(painted(&window, Band::Yellow), 400);
        assert_eq!(painted(&window, Band::Purple), 400);
        assert!(
            window.state().effects.iter().all(|effect| {
                !matches!(effect, Effect::Do(Command::Show(_) | Command::ZoomFit))
            })
        );
        press(&mut window, Key::Num0);
        assert_eq!(painted(&window, Band::Purple), 0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run_steps(2);
        assert_eq!(painted(&window, Band::Purple), 400);
        assert!(explain(&window).board().unwrap().score().score > 0.0);
        assert!(window.query_by_label_contains("egyptian cat").is_none());
        if place == 0 {
            tab_to(&mut window, "Reveal");
            press(&mut window, Key::Enter);
            assert_eq!(phase(&window), Phase::Revealed);
            // The button that goes on has the keyboard already.
            press(&mut window, Key::Enter);
            assert_eq!(phase(&window), Phase::Playing);
        } else {
            tab_to(&mut window, "Reveal");
            press(&mut window, Key::Space);
            press(&mut window, Key::Enter);
        }
    }
    at_the_end(&window);
}

#[test]
fn a_whole_game_by_tapping_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    let label = |window: &mut Window<Program>, label: &str| {
        let pos = window.get_by_label(label).rect().center();
        tap(window, pos);
    };
    label(&mut window, "Whole parts");
    for _ in 0..2 {
        label(&mut window, "Yellow, most important");
        let middle = at(&window, 0.5, 0.5);
        tap(&mut window, middle);
        assert_eq!(painted(&window, Band::Yellow), 400);
        // Again takes it off, once more puts it on.
        tap(&mut window, middle);
        assert_eq!(painted(&window, Band::Yellow), 0);
        label(&mut window, "Undo");
        assert_eq!(painted(&window, Band::Yellow), 400);
        label(&mut window, "Red, important");
        let left = at(&window, 0.1, 0.5);
        tap(&mut window, left);
        assert_eq!(painted(&window, Band::Red), 400);
        label(&mut window, "Eraser, take paint off");
        tap(&mut window, left);
        assert_eq!(painted(&window, Band::Red), 0);
        label(&mut window, "Reveal");
        window.get_by_label_contains("The AI says: egyptian cat");
        label(&mut window, "Save...");
        assert_eq!(
            window.state().effects.last(),
            Some(&Effect::Do(Command::Save))
        );
        // A tap on the picture moves the wipe.
        let right = at(&window, 0.75, 0.5);
        tap(&mut window, right);
        assert!((explain(&window).wipe - 0.75).abs() < 0.02);
        let next = if explain(&window).game.as_ref().unwrap().at == 0 {
            "Next picture"
        } else {
            "See all pictures"
        };
        label(&mut window, next);
    }
    at_the_end(&window);
    label(&mut window, "The same pictures again");
    assert!(
        window
            .state()
            .effects
            .contains(&Effect::Start { same: true })
    );
    assert_eq!(phase(&window), Phase::Playing);
}

#[test]
fn hint_and_answer_have_keys_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    press(&mut window, Key::H);
    let game = explain(&window).game.as_ref().unwrap();
    assert_eq!(game.rounds[0].hints, 1);
    window.get_by_label_contains("inside the outline");
    // Into a name it is a letter.
    let name = egui::accesskit::Role::TextInput;
    window.get_by_role(name).focus();
    window.run_steps(2);
    press(&mut window, Key::H);
    assert_eq!(explain(&window).game.as_ref().unwrap().rounds[0].hints, 1);
    press(&mut window, Key::Tab);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_steps(2);
    assert_eq!(phase(&window), Phase::Revealed);
}

#[test]
fn the_brush_is_moved_and_used_by_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    let shifted = |window: &mut Window<Program>, key: Key| {
        window.key_press_modifiers(Modifiers::SHIFT, key);
        window.run_steps(2);
    };
    press(&mut window, Key::ArrowRight);
    shifted(&mut window, Key::ArrowRight);
    assert_eq!(explain(&window).brush, Some([0.5, 0.5]));
    press(&mut window, Key::Num1);
    let dab = painted(&window, Band::Yellow);
    assert!(dab > 0 && dab < 400, "a dab and no part: {dab}");
    for _ in 0..3 {
        shifted(&mut window, Key::ArrowLeft);
        press(&mut window, Key::Enter);
    }
    assert!(painted(&window, Band::Yellow) > dab, "further to the left");
    window.get_by_label_contains("Brush at 38 % from the left, 50 % from the top");
    // Without Shift from part to part again.
    press(&mut window, Key::ArrowUp);
    assert_eq!(explain(&window).brush, None);
    press(&mut window, Key::Num4);
    assert_eq!(painted(&window, Band::Purple), 400);
}
