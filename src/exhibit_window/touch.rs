//! Fingers and a mouse become what they mean on the screen that was drawn last: a button that is pressed,
//! a stroke, a tap on a part. Each finger means something of its own, so that a hand which rests on the
//! glass takes nothing away from the finger that plays.

use std::collections::BTreeMap;
use std::time::Duration;

use bevy_egui::egui::{self, Pos2, Rect, pos2};

use super::measure::{GRACE, Measure};
use super::paint::BRUSH;
use crate::exhibit::shell::{Action, Device};
use crate::journal::Stroke;

/// The mouse is a finger with this number.
const MOUSE: u64 = u64::MAX;
/// Fingers that are followed, at most.
const MOST_FINGERS: usize = 20;
/// Points of a stroke, at most; what is longer goes on without new ones.
const MOST_POINTS: usize = 8000;
/// So far a finger may wander and still tap, in millimetres.
const TAP: f32 = 4.0;
/// So long it may rest and still tap.
const TAP_TIME: Duration = Duration::from_millis(600);

/// A button that was drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    /// Where.
    pub(super) rect: Rect,
    /// What it does.
    pub(super) action: Action,
}

/// What was drawn, as far as fingers can mean it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Drawn {
    /// The buttons.
    pub(super) spots: Vec<Spot>,
    /// The pictures that can be painted or tapped: one, or one for each of two players.
    pub(super) canvases: Vec<Canvas>,
}

/// A picture that can be painted or tapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Canvas {
    /// Where.
    pub(super) rect: Rect,
    /// Whether strokes are painted; else there are only fields to tap.
    pub(super) paints: bool,
    /// Whose it is, where two paint at once.
    pub(super) player: Option<usize>,
}

impl Drawn {
    /// The button at a place: the nearest within a finger's error.
    fn spot(&self, at: Pos2, measure: Measure) -> Option<&Spot> {
        let grace = measure.points(GRACE);
        let near = self
            .spots
            .iter()
            .map(|spot| (distance(spot.rect, at), spot));
        near.filter(|(off, _)| *off <= grace)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, spot)| spot)
    }
}

fn distance(rect: Rect, at: Pos2) -> f32 {
    rect.distance_to_pos(at)
}

/// What came of fingers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Touched {
    /// One came down, at a place of the window.
    Down(u64, Pos2),
    /// One was lifted.
    Up(u64),
    /// None is down any more.
    Lost,
    /// A button was pressed.
    Press(Action),
    /// What comes next is done by this player.
    Player(usize),
    /// The picture was tapped: 0-1 from its upper left corner.
    Tap(f32, f32),
    /// A stroke was painted on the picture.
    Stroke(Stroke, Device),
}

/// What a finger holds.
#[derive(Debug, Clone, PartialEq)]
enum Grip {
    Button(Spot),
    Picture(Canvas),
    Nothing,
}

#[derive(Debug, Clone, PartialEq)]
struct Finger {
    grip: Grip,
    at: Pos2,
    start: Pos2,
    since: Duration,
    wandered: bool,
    points: Vec<(i16, i16, u32)>,
}

/// The fingers that are down.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fingers {
    down: BTreeMap<u64, Finger>,
    /// Fingers of the touch screen that are down: then the pointer that the window system makes of one
    /// of them is no mouse.
    touching: usize,
}

impl Fingers {
    /// Follows what happened in a frame. `began` is when the round did.
    pub(super) fn follow(
        &mut self,
        events: &[egui::Event],
        drawn: &Drawn,
        measure: Measure,
        now: Duration,
        began: Duration,
    ) -> Vec<Touched> {
        let mut touched = Vec::new();
        let by_touch = self.touching > 0
            || events
                .iter()
                .any(|event| matches!(event, egui::Event::Touch { .. }));
        for event in events {
            match event {
                egui::Event::Touch { id, phase, pos, .. } => match phase {
                    egui::TouchPhase::Start => {
                        self.touching += 1;
                        self.press(id.0, *pos, drawn, measure, now, &mut touched);
                    }
                    egui::TouchPhase::Move => self.go(id.0, *pos, measure, now, began),
                    egui::TouchPhase::End => {
                        self.touching = self.touching.saturating_sub(1);
                        self.go(id.0, *pos, measure, now, began);
                        self.lift(id.0, measure, now, began, &mut touched);
                    }
                    egui::TouchPhase::Cancel => {
                        self.touching = self.touching.saturating_sub(1);
                        if self.down.remove(&id.0).is_some() {
                            touched.push(Touched::Up(id.0));
                        }
                    }
                },
                egui::Event::PointerMoved(pos) if !by_touch => {
                    self.go(MOUSE, *pos, measure, now, began);
                }
                egui::Event::PointerButton {
                    pos,
                    button: egui::PointerButton::Primary,
                    pressed,
                    ..
                } if !by_touch => {
                    if *pressed {
                        self.press(MOUSE, *pos, drawn, measure, now, &mut touched);
                    } else {
                        self.go(MOUSE, *pos, measure, now, began);
                        self.lift(MOUSE, measure, now, began, &mut touched);
                    }
                }
                egui::Event::WindowFocused(false) => {
                    *self = Self::default();
                    touched.push(Touched::Lost);
                }
                _ => {}
            }
        }
        touched
    }

    fn press(
        &mut self,
        id: u64,
        at: Pos2,
        drawn: &Drawn,
        measure: Measure,
        now: Duration,
        touched: &mut Vec<Touched>,
    ) {
        if !at.is_finite() || self.down.len() >= MOST_FINGERS {
            return;
        }
        touched.push(Touched::Down(id, at));
        let canvas = drawn
            .canvases
            .iter()
            .find(|canvas| canvas.rect.contains(at));
        let grip = match (drawn.spot(at, measure), canvas) {
            // A button beside the picture means the picture.
            (Some(spot), None) => Grip::Button(spot.clone()),
            (Some(spot), Some(_)) if spot.rect.contains(at) => Grip::Button(spot.clone()),
            (_, Some(canvas)) => Grip::Picture(*canvas),
            (None, None) => Grip::Nothing,
        };
        self.down.insert(
            id,
            Finger {
                grip,
                at,
                start: at,
                since: now,
                wandered: false,
                points: Vec::new(),
            },
        );
    }

    fn go(&mut self, id: u64, at: Pos2, measure: Measure, now: Duration, began: Duration) {
        let Some(finger) = self.down.get_mut(&id).filter(|_| at.is_finite()) else {
            return;
        };
        if finger.points.is_empty() {
            finger.mark(finger.start, finger.since, began);
        }
        let far = finger.at.distance(at) >= measure.points(0.5);
        if far {
            finger.at = at;
            finger.mark(at, now, began);
        }
        finger.wandered |= finger.start.distance(at) > measure.points(TAP);
    }

    fn lift(
        &mut self,
        id: u64,
        measure: Measure,
        now: Duration,
        began: Duration,
        touched: &mut Vec<Touched>,
    ) {
        let Some(mut finger) = self.down.remove(&id) else {
            return;
        };
        match &finger.grip {
            Grip::Button(spot) => {
                if distance(spot.rect, finger.at) <= measure.points(GRACE) {
                    touched.push(Touched::Press(spot.action.clone()));
                }
            }
            Grip::Picture(canvas) => {
                let Canvas {
                    rect,
                    paints,
                    player,
                } = *canvas;
                touched.extend(player.map(Touched::Player));
                let soon = now.saturating_sub(finger.since) <= TAP_TIME;
                if !finger.wandered && (soon || !paints) {
                    let (x, y) = share(rect, finger.start);
                    touched.push(Touched::Tap(x, y));
                } else if paints {
                    if finger.points.is_empty() {
                        finger.mark(finger.start, finger.since, began);
                    }
                    let device = if id == MOUSE {
                        Device::Mouse
                    } else {
                        Device::Touch
                    };
                    touched.push(Touched::Stroke(finger.stroke(), device));
                }
            }
            Grip::Nothing => {}
        }
        touched.push(Touched::Up(id));
    }

    /// Whether any finger is down.
    pub(super) fn are_down(&self) -> bool {
        !self.down.is_empty()
    }

    /// Strokes that are being painted, on the picture of a player where there are several.
    pub(super) fn strokes(&self, measure: Measure, player: Option<usize>) -> Vec<Stroke> {
        let painting = self.down.values().filter(|finger| {
            matches!(finger.grip, Grip::Picture(canvas) if canvas.paints && canvas.player == player)
                && (finger.wandered || finger.start.distance(finger.at) > measure.points(TAP))
        });
        painting.map(Finger::stroke).collect()
    }

    /// Where on the picture a finger rests that does not paint yet: 0-1 from its upper left corner.
    pub(super) fn resting(&self, player: Option<usize>) -> Option<(f32, f32)> {
        self.down.values().find_map(|finger| match finger.grip {
            Grip::Picture(canvas) if !finger.wandered && canvas.player == player => {
                Some(share(canvas.rect, finger.at))
            }
            _ => None,
        })
    }

    /// Whether a finger is on this button.
    pub(super) fn presses(&self, action: &Action) -> bool {
        self.down
            .values()
            .any(|finger| matches!(&finger.grip, Grip::Button(spot) if spot.action == *action))
    }
}

impl Finger {
    fn mark(&mut self, at: Pos2, when: Duration, began: Duration) {
        if let Grip::Picture(canvas) = self.grip
            && canvas.paints
            && self.points.len() < MOST_POINTS
        {
            let (x, y) = share(canvas.rect, at);
            let thousandths = |share: f32| (share * 1000.0).round().clamp(-200.0, 1200.0) as i16;
            let millis = when.saturating_sub(began).as_millis();
            let millis = u32::try_from(millis).unwrap_or(u32::MAX);
            self.points.push((thousandths(x), thousandths(y), millis));
        }
    }

    fn stroke(&self) -> Stroke {
        Stroke {
            b: 1,
            r: BRUSH,
            x: self.points.iter().map(|point| point.0).collect(),
            y: self.points.iter().map(|point| point.1).collect(),
            t: self.points.iter().map(|point| point.2).collect(),
        }
    }
}

/// A place as shares of a rectangle.
fn share(rect: Rect, at: Pos2) -> (f32, f32) {
    let size = rect.size().max(egui::vec2(1.0, 1.0));
    let off = at - rect.min;
    let at = pos2(off.x / size.x, off.y / size.y);
    (at.x, at.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::Screen;
    use bevy_egui::egui::vec2;

    fn measure() -> Measure {
        let ctx = egui::Context::default();
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1000.0, 800.0))),
            ..Default::default()
        };
        let screen = Screen {
            width: 500.0,
            viewing: 600.0,
            bottom: 850.0,
        };
        let mut measure = None;
        let _ = ctx.run_ui(input, |ui| measure = Some(Measure::of(ui.ctx(), &screen)));
        measure.unwrap()
    }

    fn drawn() -> Drawn {
        let at = |x: f32, y: f32, w: f32, h: f32| Rect::from_min_size(pos2(x, y), vec2(w, h));
        Drawn {
            spots: vec![
                Spot {
                    rect: at(700.0, 600.0, 200.0, 40.0),
                    action: Action::Reveal,
                },
                Spot {
                    rect: at(700.0, 650.0, 200.0, 40.0),
                    action: Action::Undo,
                },
            ],
            canvases: vec![Canvas {
                rect: at(100.0, 100.0, 400.0, 400.0),
                paints: true,
                player: None,
            }],
        }
    }

    fn touch(id: u64, phase: egui::TouchPhase, x: f32, y: f32) -> egui::Event {
        egui::Event::Touch {
            device_id: egui::TouchDeviceId(1),
            id: egui::TouchId(id),
            phase,
            pos: pos2(x, y),
            force: None,
        }
    }

    fn follow(fingers: &mut Fingers, ms: u64, events: &[egui::Event]) -> Vec<Touched> {
        let now = Duration::from_millis(ms);
        fingers.follow(events, &drawn(), measure(), now, Duration::ZERO)
    }

    use egui::TouchPhase::{End, Move, Start};

    #[test]
    fn a_button_is_pressed_when_the_finger_leaves_it_and_not_when_it_slid_away() {
        let mut fingers = Fingers::default();
        // Eight points beside it: within a finger's error of five millimetres.
        let down = follow(&mut fingers, 0, &[touch(3, Start, 692.0, 610.0)]);
        assert_eq!(down, [Touched::Down(3, pos2(692.0, 610.0))]);
        assert!(fingers.presses(&Action::Reveal));
        let up = follow(&mut fingers, 90, &[touch(3, End, 700.0, 612.0)]);
        assert_eq!(up, [Touched::Press(Action::Reveal), Touched::Up(3)]);
        // Between two the nearer one is meant.
        follow(&mut fingers, 200, &[touch(3, Start, 750.0, 646.0)]);
        assert!(fingers.presses(&Action::Undo));
        let slid = [touch(3, Move, 500.0, 500.0), touch(3, End, 500.0, 500.0)];
        assert_eq!(follow(&mut fingers, 300, &slid), [Touched::Up(3)]);
        assert_eq!(fingers, Fingers::default());
    }

    #[test]
    fn several_fingers_paint_and_press_at_once() {
        let mut fingers = Fingers::default();
        let start = [
            touch(1, Start, 100.0, 100.0),
            touch(2, Start, 300.0, 300.0),
            touch(3, Start, 800.0, 620.0),
        ];
        follow(&mut fingers, 0, &start);
        let moves = [touch(1, Move, 300.0, 100.0), touch(2, Move, 300.0, 500.0)];
        follow(&mut fingers, 40, &moves);
        assert_eq!(fingers.strokes(measure(), None).len(), 2);
        let ends = [
            touch(3, End, 800.0, 620.0),
            touch(1, End, 300.0, 100.0),
            touch(2, End, 300.0, 500.0),
        ];
        let touched = follow(&mut fingers, 80, &ends);
        let strokes: Vec<&Stroke> = touched
            .iter()
            .filter_map(|touched| match touched {
                Touched::Stroke(stroke, Device::Touch) => Some(stroke),
                _ => None,
            })
            .collect();
        assert_eq!(strokes.len(), 2, "{touched:?}");
        assert_eq!(strokes[0].x, [0, 500]);
        assert_eq!(strokes[1].y, [500, 1000]);
        assert_eq!(strokes[1].t, [0, 40]);
        assert!(touched.contains(&Touched::Press(Action::Reveal)));
    }

    #[test]
    fn a_short_touch_taps_and_a_long_one_paints_a_dab() {
        let mut fingers = Fingers::default();
        follow(&mut fingers, 0, &[touch(1, Start, 200.0, 300.0)]);
        assert_eq!(fingers.resting(None), Some((0.25, 0.5)));
        let tapped = follow(&mut fingers, 200, &[touch(1, End, 201.0, 300.0)]);
        assert_eq!(tapped, [Touched::Tap(0.25, 0.5), Touched::Up(1)]);
        follow(&mut fingers, 1000, &[touch(1, Start, 200.0, 300.0)]);
        let held = follow(&mut fingers, 2000, &[touch(1, End, 200.0, 300.0)]);
        assert!(
            matches!(&held[..], [Touched::Stroke(stroke, _), Touched::Up(1)] if stroke.x == [250]),
            "{held:?}"
        );
    }

    #[test]
    fn two_paint_at_once_and_no_stroke_is_the_others() {
        let canvas = |player, x| Canvas {
            rect: Rect::from_min_size(pos2(x, 100.0), vec2(300.0, 300.0)),
            paints: true,
            player: Some(player),
        };
        let drawn = Drawn {
            spots: Vec::new(),
            canvases: vec![canvas(0, 100.0), canvas(1, 500.0)],
        };
        let mut fingers = Fingers::default();
        let mut follow = |ms, events: &[egui::Event]| {
            let now = Duration::from_millis(ms);
            fingers.follow(events, &drawn, measure(), now, Duration::ZERO)
        };
        // Five fingers of each; the first of each side slides over into the other's picture.
        let place = |id: u64| {
            (
                if id < 5 { 110.0 } else { 510.0 },
                150.0 + (id % 5) as f32 * 40.0,
            )
        };
        let each = |phase, off: f32| -> Vec<egui::Event> {
            let event = |id: u64| {
                let (x, y) = place(id);
                touch(id, phase, x + off, y)
            };
            (0..10).map(event).collect()
        };
        follow(0, &each(Start, 0.0));
        follow(16, &each(Move, 60.0));
        let across = [touch(0, Move, 640.0, 150.0), touch(5, Move, 160.0, 150.0)];
        follow(33, &across);
        let touched = follow(50, &each(End, 100.0));
        let mut player = None;
        let mut painted = [0, 0];
        for touched in touched {
            match touched {
                Touched::Player(who) => player = Some(who),
                Touched::Stroke(stroke, _) => {
                    painted[player.unwrap()] += 1;
                    // Where it left the picture it is beside it, not on the other one.
                    assert!(stroke.x.iter().all(|x| (-200..=1200).contains(x)));
                    assert!((0..=100).contains(&stroke.x[0]), "{stroke:?}");
                }
                Touched::Up(_) => player = None,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(painted, [5, 5]);
    }

    #[test]
    fn the_pointer_that_follows_a_finger_is_no_mouse() {
        let button = |pressed| egui::Event::PointerButton {
            pos: pos2(800.0, 620.0),
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        let mut fingers = Fingers::default();
        let events = [touch(1, Start, 800.0, 620.0), button(true)];
        assert_eq!(follow(&mut fingers, 0, &events).len(), 1);
        let events = [touch(1, End, 800.0, 620.0), button(false)];
        let touched = follow(&mut fingers, 50, &events);
        assert_eq!(touched, [Touched::Press(Action::Reveal), Touched::Up(1)]);
        // A mouse alone is one.
        follow(&mut fingers, 90, &[button(true)]);
        let touched = follow(&mut fingers, 99, &[button(false)]);
        assert_eq!(
            touched,
            [Touched::Press(Action::Reveal), Touched::Up(MOUSE)]
        );
        // A window that loses the input drops all fingers.
        follow(&mut fingers, 100, &[touch(1, Start, 800.0, 620.0)]);
        let lost = follow(&mut fingers, 110, &[egui::Event::WindowFocused(false)]);
        assert_eq!(lost, [Touched::Lost]);
        assert_eq!(fingers, Fingers::default());
    }
}
