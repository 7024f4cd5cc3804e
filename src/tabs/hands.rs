//! What every tab's tests do with its window: open it, walk through it with Tab, and see that
//! whatever can be pressed has a name and room.

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{Key, Ui, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;

use crate::stage::StageFrame;
use crate::ui::theme;
use crate::ui::widgets::focus_ring;

/// A window with a tab in it and what the tab works with.
pub(super) type Window<P> = Harness<'static, P>;

/// Opens a window of this size in logical pixels; `draw` draws the tab.
pub(super) fn window<P: 'static>(
    program: P,
    width: f32,
    height: f32,
    draw: impl Fn(&mut Ui, &mut P, &mut StageFrame) + 'static,
) -> Window<P> {
    let mut frame = StageFrame::default();
    let mut harness = Harness::builder()
        .with_size(vec2(width, height))
        .with_step_dt(0.2)
        .build_ui_state(
            move |ui, program: &mut P| {
                theme::install(ui.ctx(), false);
                // The harness made this `Ui` before the styles were there.
                ui.reset_style();
                let ctx = ui.ctx().clone();
                draw(ui, program, &mut frame);
                focus_ring(&ctx);
            },
            program,
        );
    harness.run_steps(4);
    harness
}

/// Presses a key and lets the window take it up.
pub(super) fn press<P>(window: &mut Window<P>, key: Key) {
    window.key_press(key);
    window.run_steps(2);
}

/// Presses Tab until the control whose name begins with `name` has the keyboard.
pub(super) fn tab_to<P>(window: &mut Window<P>, name: &str) {
    for _ in 0..120 {
        press(window, Key::Tab);
        let reached = window.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.is_focused() && node.label().is_some_and(|label| label.starts_with(name))
        });
        if reached {
            return;
        }
    }
    panic!("Tab does not reach {name}");
}

/// Sees that everything that can be pressed has a name, is high enough to be hit and lies within
/// the window's `width`; returns how many there are. The headers of sections that open may be as
/// low as their text: `low` are the beginnings of their names.
pub(super) fn check_controls<P>(window: &Window<P>, width: f32, low: &[&str]) -> usize {
    let mut seen = 0;
    for node in window.root().children_recursive() {
        let role = node.accesskit_node().role();
        if !matches!(
            role,
            Role::Button
                | Role::CheckBox
                | Role::ComboBox
                | Role::RadioButton
                | Role::Slider
                | Role::SpinButton
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
                || low.iter().any(|low| name.starts_with(low)),
            "{name} is {:.0} high",
            rect.height()
        );
        assert!(
            rect.left() >= -0.5 && rect.right() <= width + 0.5,
            "{name} sticks out: {rect:?} at {width}"
        );
    }
    seen
}
