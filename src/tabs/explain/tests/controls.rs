//! Names and room of everything that can be pressed.

use super::*;

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in [(1280.0, 800.0), (853.0, 533.0), (1920.0, 1080.0)] {
        for mode in [Mode::Brush, Mode::Tap] {
            let mut program = program(&folder);
            program.explain.tool.mode = mode;
            let mut window = window(program, width, height);
            for _ in 0..3 {
                check_controls(&window, width);
                let ask = match phase(&window) {
                    Phase::Playing => Ask::Reveal,
                    _ => Ask::Next,
                };
                let state = window.state_mut();
                obey(&mut state.explain, &ask);
                window.run_steps(3);
            }
        }
    }
}

fn check_controls(window: &Harness<'static, Program>, width: f32) {
    let mut seen = 0;
    for node in window.root().children_recursive() {
        let role = node.accesskit_node().role();
        if !matches!(
            role,
            Role::Button | Role::CheckBox | Role::RadioButton | Role::Slider | Role::SpinButton
        ) {
            continue;
        }
        seen += 1;
        let name = node.accesskit_node().label().unwrap_or_default();
        assert!(!name.is_empty(), "a {role:?} has no name");
        let rect = node.rect();
        assert!(
            rect.height() >= 23.5
                || role == Role::Slider
                || name.starts_with("All figures")
                || name.starts_with("How much"),
            "{name} is {:.0} high",
            rect.height()
        );
        assert!(
            rect.left() >= -0.5 && rect.right() <= width + 0.5,
            "{name} sticks out: {rect:?}"
        );
    }
    assert!(seen >= 2, "only {seen} controls");
}
