//! The interface's side of the stage: a transparent egui area in which a pane is drawn.
//!
//! egui decides who gets the pointer, so that a menu over the picture, or a slider drag that
//! strays onto it, never moves the picture. The area is one accessible, focusable widget.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_egui::egui;

use super::pane::PaneId;
use super::view::{Space, View, ZOOM_STEP};

/// How far one arrow key press moves the picture, in points.
const KEY_PAN_POINTS: f32 = 48.0;

/// Wheel travel, in points, that zooms by a factor of e.
const WHEEL_POINTS_PER_E: f32 = 300.0;

/// What the interface asked of the stage in this frame, and what the stage last drew. The stage
/// clears the requests when a frame begins; what is not asked for again is not drawn.
#[derive(Resource, Debug, Default)]
pub struct StageFrame {
    placed: Vec<(PaneId, egui::Rect)>,
    gestures: Vec<(PaneId, Gesture)>,
    drawn: HashMap<PaneId, Drawn>,
    /// The pane that pointer or keyboard last used: the one that zoom commands act on.
    active: Option<PaneId>,
}

/// How a pane was drawn last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) rect: Rect,
    pub(super) view: View,
    pub(super) space: Space,
}

/// What a person does to a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gesture {
    /// The picture follows the pointer by this many points.
    Pan(Vec2),
    /// Closer (> 1) or further, holding the point `at` (points from the pane's top left).
    Zoom {
        /// Factor.
        factor: f32,
        /// What stays in place.
        at: Vec2,
    },
    /// The whole picture again.
    Fit,
}

impl StageFrame {
    /// Forgets the requests of the frame before.
    pub(super) fn begin(&mut self) {
        self.placed.clear();
        self.gestures.clear();
    }

    /// Where each pane goes; a pane asked for twice goes where it was asked for last.
    pub(crate) fn placed(&self) -> &[(PaneId, egui::Rect)] {
        &self.placed
    }

    pub(super) fn take_gestures(&mut self) -> Vec<(PaneId, Gesture)> {
        std::mem::take(&mut self.gestures)
    }

    pub(super) fn set_drawn(&mut self, drawn: HashMap<PaneId, Drawn>) {
        self.drawn = drawn;
    }

    /// Puts a pane at `rect` (points) without taking the pointer there.
    pub fn place(&mut self, id: PaneId, rect: egui::Rect) {
        self.placed.push((id, rect));
    }

    /// Pans or zooms a pane in this frame, as an own button or key might.
    pub fn gesture(&mut self, id: PaneId, gesture: Gesture) {
        self.active = Some(id);
        self.gestures.push((id, gesture));
    }

    /// The pane that zoom commands act on.
    #[must_use]
    pub fn active(&self) -> Option<PaneId> {
        self.active
    }

    /// The place in the pane's picture under `at`, in picture fractions, as last drawn; `None`
    /// outside the picture.
    #[must_use]
    pub fn place_under(&self, id: PaneId, at: egui::Pos2) -> Option<Vec2> {
        let drawn = self.drawn.get(&id)?;
        let at = Vec2::new(at.x, at.y);
        if !drawn.rect.contains(at) || !drawn.space.is_usable() {
            return None;
        }
        let place = drawn.view.picture_at(at - drawn.rect.min, drawn.space);
        let within = place.min_element() >= 0.0 && place.max_element() < 1.0;
        within.then_some(place)
    }

    /// The same for any point: outside the picture the fractions go on, below 0 and above 1.
    /// `None` when the pane was not drawn.
    #[must_use]
    pub fn place_at(&self, id: PaneId, at: egui::Pos2) -> Option<Vec2> {
        let drawn = self.drawn.get(&id)?;
        let at = Vec2::new(at.x, at.y) - drawn.rect.min;
        drawn
            .space
            .is_usable()
            .then(|| drawn.view.picture_at(at, drawn.space))
    }

    /// Where a place of the pane's picture (fractions) was last drawn, in points.
    #[must_use]
    pub fn point_of(&self, id: PaneId, place: Vec2) -> Option<egui::Pos2> {
        let drawn = self.drawn.get(&id)?;
        if !drawn.space.is_usable() {
            return None;
        }
        let at = drawn.rect.min + drawn.view.point_of(place, drawn.space);
        Some(egui::pos2(at.x, at.y))
    }

    /// How a pane was last zoomed (1 = whole picture).
    #[must_use]
    pub fn zoom(&self, id: PaneId) -> Option<f32> {
        self.drawn.get(&id).map(|drawn| drawn.view.zoom)
    }
}

#[cfg(test)]
impl StageFrame {
    /// Takes the panes that were asked for as drawn, each with the whole of a picture of `picture`
    /// pixels, and begins the next frame: for tests of panels without a stage.
    pub(crate) fn pretend_drawn(&mut self, picture: Vec2) {
        let drawn = self.placed.iter().map(|(id, rect)| {
            let rect = Rect::new(rect.min.x, rect.min.y, rect.max.x, rect.max.y);
            let space = Space {
                pane: rect.size(),
                picture,
            };
            let view = View::FIT;
            (*id, Drawn { rect, view, space })
        });
        self.drawn = drawn.collect();
        self.begin();
    }
}

/// A transparent part of the interface through which a pane is seen, panned and zoomed.
#[derive(Debug, Clone, Copy)]
pub struct PaneArea<'a> {
    id: PaneId,
    rect: egui::Rect,
    label: &'a str,
    drag_pans: bool,
    paints: bool,
}

impl<'a> PaneArea<'a> {
    /// Shows the pane `id` at `rect` (points). `label` is what a screen reader says: the picture's
    /// alternative text.
    #[must_use]
    pub fn new(id: PaneId, rect: egui::Rect, label: &'a str) -> Self {
        Self {
            id,
            rect,
            label,
            drag_pans: true,
            paints: false,
        }
    }

    /// Leaves taps, drags with the first button and the arrow keys to the tab, which paints with
    /// them. The middle button, the wheel, two fingers and the zoom keys still move the picture.
    #[must_use]
    pub fn paints(mut self) -> Self {
        self.drag_pans = false;
        self.paints = true;
        self
    }

    /// Whether a drag with the first button moves the picture (it does at the start). Where a
    /// drag paints, the middle button and the keyboard still move it.
    #[must_use]
    pub fn drag_pans(mut self, drag_pans: bool) -> Self {
        self.drag_pans = drag_pans;
        self
    }

    /// Places the pane and collects what pointer, fingers and keys do to its view.
    pub fn show(self, ui: &egui::Ui, frame: &mut StageFrame) -> egui::Response {
        frame.place(self.id, self.rect);
        let response = ui.interact(
            self.rect,
            ui.id().with(("pane", self.id.0)),
            egui::Sense::click_and_drag(),
        );
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::Image, ui.is_enabled(), self.label)
        });
        if response.hovered() || response.has_focus() {
            frame.active = Some(self.id);
        }
        self.pan(&response, frame);
        self.zoom(ui, &response, frame);
        if !self.paints && response.double_clicked() {
            frame.gesture(self.id, Gesture::Fit);
        }
        if response.has_focus() {
            self.keys(ui, &response, frame);
            ui.painter().rect_stroke(
                self.rect.shrink(1.0),
                0.0,
                ui.visuals().selection.stroke,
                egui::StrokeKind::Inside,
            );
        }
        response
    }

    fn pan(self, response: &egui::Response, frame: &mut StageFrame) {
        let drags = response.dragged_by(egui::PointerButton::Middle)
            || (self.drag_pans && response.dragged_by(egui::PointerButton::Primary));
        let by = response.drag_delta();
        if drags && by != egui::Vec2::ZERO {
            frame.gesture(self.id, Gesture::Pan(Vec2::new(by.x, by.y)));
        }
    }

    fn zoom(self, ui: &egui::Ui, response: &egui::Response, frame: &mut StageFrame) {
        let Some(at) = response.hover_pos() else {
            return;
        };
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (wheel / WHEEL_POINTS_PER_E).exp();
        if (factor - 1.0).abs() > f32::EPSILON {
            let at = at - self.rect.min;
            let at = Vec2::new(at.x, at.y);
            frame.gesture(self.id, Gesture::Zoom { factor, at });
        }
    }

    /// Arrow keys move, plus and minus zoom, 0 fits: everything the pointer can do.
    fn keys(self, ui: &egui::Ui, response: &egui::Response, frame: &mut StageFrame) {
        // Arrow keys would otherwise move the focus to a neighbour.
        let id = response.id;
        ui.memory_mut(|memory| {
            memory.set_focus_lock_filter(
                id,
                egui::EventFilter {
                    horizontal_arrows: true,
                    vertical_arrows: true,
                    ..Default::default()
                },
            );
        });
        if self.paints {
            return;
        }
        let by = ui.input(|input| {
            let pressed = |key| input.num_presses(key) as f32;
            Vec2::new(
                pressed(egui::Key::ArrowLeft) - pressed(egui::Key::ArrowRight),
                pressed(egui::Key::ArrowUp) - pressed(egui::Key::ArrowDown),
            )
        });
        if by != Vec2::ZERO {
            frame.gesture(self.id, Gesture::Pan(by * KEY_PAN_POINTS));
        }
    }
}

/// Zoom commands from menus, buttons and keys. They act on the active pane, else on every pane
/// that is shown.
#[derive(Message, Debug, Clone, Copy, PartialEq)]
pub enum StageCommand {
    /// One step closer.
    ZoomIn,
    /// One step away.
    ZoomOut,
    /// The whole picture.
    Fit,
    /// Move the picture by points.
    Pan(Vec2),
}

impl StageCommand {
    /// The same as a gesture in a pane of `size` points.
    pub(super) fn as_gesture(self, size: Vec2) -> Gesture {
        let at = size * 0.5;
        match self {
            Self::ZoomIn => Gesture::Zoom {
                factor: ZOOM_STEP,
                at,
            },
            Self::ZoomOut => Gesture::Zoom {
                factor: 1.0 / ZOOM_STEP,
                at,
            },
            Self::Fit => Gesture::Fit,
            Self::Pan(by) => Gesture::Pan(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Event, Modifiers, MouseWheelUnit, TouchPhase, pos2, vec2};
    use egui_kittest::Harness;

    use super::*;

    const PANE: PaneId = PaneId(7);

    /// A pane at (40, 30), and every gesture that was made on it.
    fn window() -> Harness<'static, (StageFrame, Vec<Gesture>)> {
        let draw = |ui: &mut egui::Ui, (frame, made): &mut (StageFrame, Vec<Gesture>)| {
            let rect = egui::Rect::from_min_size(pos2(40.0, 30.0), vec2(300.0, 200.0));
            PaneArea::new(PANE, rect, "a cat").show(ui, frame);
            made.extend(
                frame
                    .take_gestures()
                    .into_iter()
                    .map(|(_, gesture)| gesture),
            );
        };
        let mut window = Harness::builder()
            .with_size(vec2(400.0, 300.0))
            .with_step_dt(0.2)
            .build_ui_state(draw, (StageFrame::default(), Vec::new()));
        window.event(Event::PointerMoved(pos2(140.0, 80.0)));
        window.run_steps(3);
        window.state_mut().1.clear();
        window
    }

    fn wheel(unit: MouseWheelUnit, y: f32, modifiers: Modifiers) -> Event {
        Event::MouseWheel {
            unit,
            delta: vec2(0.0, y),
            phase: TouchPhase::Move,
            modifiers,
        }
    }

    #[test]
    fn wheel_trackpad_and_pinch_come_closer_to_the_place_under_the_pointer() {
        for event in [
            wheel(MouseWheelUnit::Line, 1.0, Modifiers::NONE),
            wheel(MouseWheelUnit::Point, 60.0, Modifiers::NONE),
            // A pinch as most trackpads' drivers tell it, and as those of macOS do.
            wheel(
                MouseWheelUnit::Point,
                40.0,
                Modifiers::COMMAND | Modifiers::CTRL,
            ),
            Event::Zoom(1.2),
        ] {
            let mut window = window();
            if let Event::MouseWheel { modifiers, .. } = &event {
                window.event_modifiers(event.clone(), *modifiers);
            } else {
                window.event(event.clone());
            }
            window.run_steps(6);
            let made = &window.state().1;
            assert!(!made.is_empty(), "{event:?}");
            let mut closer = 1.0;
            for gesture in made {
                let Gesture::Zoom { factor, at } = *gesture else {
                    panic!("{gesture:?} after {event:?}");
                };
                assert_eq!(at, Vec2::new(100.0, 50.0));
                closer *= factor;
            }
            assert!(closer > 1.05, "{closer} after {event:?}");
        }
    }
}
