//! What a screen reader presses: `bevy_egui` 0.42 does not pass it on, and `bevy_winit` 0.19 does not wake a
//! window that sleeps.

use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use bevy::a11y::{AccessibilityRequested, ActionRequest};
use bevy::prelude::*;
use bevy::winit::accessibility::WinitActionRequestHandlers;
use bevy_egui::{EguiInput, EguiPreUpdateSet, egui};

use crate::jobs::Wake;

/// How often it is looked whether something was pressed.
const EVERY: Duration = Duration::from_millis(50);

/// Whoever looks, once a screen reader is there.
#[derive(Resource)]
struct Watch {
    wake: Wake,
    started: bool,
}

/// Lets presses reach egui.
pub fn add(app: &mut App, wake: Wake) {
    let started = false;
    app.add_message::<ActionRequest>()
        .insert_resource(Watch { wake, started })
        .add_systems(
            PreUpdate,
            pass_on
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(Last, watch);
}

fn pass_on(mut asked: MessageReader<ActionRequest>, mut inputs: Query<&mut EguiInput>) {
    for request in asked.read() {
        for mut input in &mut inputs {
            let event = egui::Event::AccessKitActionRequest(request.0.clone());
            input.events.push(event);
        }
    }
}

/// Looks beside the window for what was pressed while it sleeps, from when a screen reader is there.
fn watch(
    requested: Option<Res<AccessibilityRequested>>,
    handlers: Option<Res<WinitActionRequestHandlers>>,
    mut watch: ResMut<Watch>,
) {
    let (Some(requested), Some(handlers)) = (requested, handlers) else {
        return;
    };
    if watch.started || handlers.is_empty() || !requested.get() {
        return;
    }
    watch.started = true;
    for handler in handlers.values() {
        let (queue, wake) = (Arc::downgrade(handler), watch.wake.clone());
        let look = move || {
            // Until the window is gone.
            while let Some(queue) = queue.upgrade() {
                let waits = !queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .is_empty();
                drop(queue);
                if waits {
                    wake();
                }
                thread::sleep(EVERY);
            }
        };
        let name = "screen reader".to_owned();
        if let Err(error) = thread::Builder::new().name(name).spawn(look) {
            // A press then waits for the next frame.
            tracing::warn!("nobody looks for what a screen reader presses: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::accesskit;

    use super::*;

    #[test]
    fn what_is_pressed_is_an_event_of_egui_once() {
        let mut app = App::new();
        add(&mut app, Arc::new(|| {}));
        let input = app.world_mut().spawn(EguiInput::default()).id();
        let request = accesskit::ActionRequest {
            action: accesskit::Action::Click,
            target_tree: accesskit::TreeId::ROOT,
            target_node: accesskit::NodeId(7),
            data: None,
        };
        app.world_mut()
            .write_message(ActionRequest(request.clone()));
        app.update();
        app.update();
        let events = &app.world().get::<EguiInput>(input).unwrap().events;
        assert_eq!(events, &[egui::Event::AccessKitActionRequest(request)]);
    }
}
