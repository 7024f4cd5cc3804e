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
                let seen = check_controls(&window, width, &["All figures", "How much"]);
                assert!(seen >= 2, "only {seen} controls");
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
