//! The middle of the view with two maps: both pictures, what acts on them, the intersection below.

use bevy::prelude::Vec2;
use bevy_egui::egui::{
    self, Align, Frame, Label, Layout, Margin, Panel, Rect, Sense, Ui, UiBuilder, pos2, vec2,
};

use super::arrange::{arrangement_ui, wipe_line, wipe_ui};
use super::captions::{captions_ui, side_message};
use super::state::{Agreement, Arrangement, Ask, Reading, SimilarityState, Status, Which};
use super::{PANES, strip, words};
use crate::stage::{PaneArea, StageFrame};
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{ColourBar, colour_bar, overlay_controls, overlay_height, segments};

/// Below this height of the middle the controls of the map stand in the left column, points.
pub(super) const COMPACT: f32 = 80.0 * UNIT;
/// Height of the names above the pictures, points.
const CAPTION: f32 = 7.0 * UNIT;
/// Height of the scale's switch and the colour bar, points.
pub(super) const SCALE: f32 = 5.0 * UNIT;
/// What [`overlay_height`] reserves for a colour bar of its own, points.
pub(super) const BAR: f32 = 7.0 * UNIT;
/// From this width on the pointer's reading stands beside the arrangement, points.
const READING_BESIDE: f32 = 70.0 * UNIT;
/// Width of that reading, points.
const READING: f32 = 22.0 * UNIT;

/// What the middle asks the program while it draws itself.
pub struct Answers<'a> {
    /// How many pixels agree within a delta, by values or by colours; none until both maps are
    /// there. Called once, after the slider has moved.
    pub count: &'a mut dyn FnMut(u8, bool) -> Option<Agreement>,
    /// What both maps hold under a place of one picture.
    pub read: &'a dyn Fn(Which, Vec2) -> Reading,
    /// What the original's map, the mean and the spread hold under a place of the picture.
    pub average: &'a dyn Fn(Vec2) -> super::average::Reading,
}

/// True where the middle has no room for the controls of the map.
#[must_use]
pub fn is_compact(root: &Ui) -> bool {
    root.available_height() < COMPACT
}

/// Draws the middle.
pub fn middle_ui(
    root: &mut Ui,
    state: &mut SimilarityState,
    models: &[ModelChoice],
    frame: &mut StageFrame,
    answers: &mut Answers<'_>,
    asks: &mut Vec<Ask>,
) {
    let compact = is_compact(root);
    let ground = Frame::new().fill(theme::palette(root).ground);
    let margin = ground.inner_margin(Margin::symmetric(16, 0));
    let width = root.available_width() - 4.0 * UNIT;
    let panel = |id: &'static str, height: f32| {
        Panel::bottom(id)
            .frame(margin)
            .resizable(false)
            .show_separator_line(false)
            .exact_size(height)
    };
    let strip_height = strip::height(root.available_height());
    panel("similarity strip", strip_height)
        .frame(Frame::new().inner_margin(Margin::symmetric(16, 0)))
        .show(root, |ui| strip::strip_ui(ui, state, frame, answers.count));
    // What the pointer reads stands beside the arrangement where there is room.
    let own_line = width < READING_BESIDE;
    let controls = theme::TARGET
        + 2.0 * UNIT
        + if own_line { 5.0 * UNIT } else { 0.0 }
        + if compact {
            0.0
        } else {
            overlay_height(width) - BAR + SCALE
        };
    let mut reading_line = Rect::NOTHING;
    panel("similarity controls", controls).show(root, |ui| {
        ui.add_space(UNIT);
        if own_line {
            let size = vec2(ui.available_width(), theme::TARGET);
            reading_line = ui.allocate_exact_size(size, Sense::empty()).0;
            if state.arrangement == Arrangement::Wipe {
                let mut ui = ui.new_child(UiBuilder::new().max_rect(reading_line));
                wipe_ui(&mut ui, &mut state.wipe);
                reading_line = Rect::NOTHING;
            }
            arrangement_ui(ui, state, 0.0, asks);
        } else {
            let spare = match state.arrangement {
                Arrangement::Wipe => 0.0,
                _ => READING,
            };
            reading_line = arrangement_ui(ui, state, spare, asks);
        }
        if !compact {
            display_ui(ui, state);
        }
    });
    Panel::top("similarity caption")
        .frame(margin)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| captions_ui(ui, state, models, asks));
    let rect = root.available_rect_before_wrap();
    panes_ui(root, rect, state, frame, asks);
    reading_ui(root, reading_line, state, answers.read);
}

/// The controls of the maps over their pictures.
pub fn display_ui(ui: &mut Ui, state: &mut SimilarityState) {
    overlay_controls(ui, &mut state.overlay, None);
    ui.add_space(UNIT / 2.0);
    scale_ui(ui, state);
}

/// Which scale, and the colour bar that says so.
fn scale_ui(ui: &mut Ui, state: &mut SimilarityState) {
    let (low, high, figures) = words::bar(state);
    let bar = ColourBar {
        table: state.overlay.colormap.table(),
        low: &low,
        high: &high,
        figures: &figures,
    };
    let shared = "Equal colours are equal values in both maps";
    scale_row(ui, &mut state.shared_scale, shared, &bar);
}

/// Whether each map has its own scale (`false`) or all have one, beside the colour bar where there
/// is room, else above it. `shared` says what equal colours are then.
pub(super) fn scale_row(ui: &mut Ui, shared_scale: &mut bool, shared: &str, bar: &ColourBar<'_>) {
    let choices = [
        (
            false,
            "Own scales",
            "The brightest colour is the highest value of each map",
        ),
        (true, "One scale", shared),
    ];
    if ui.available_width() < 50.0 * UNIT {
        segments(ui, "Scale of the colours", shared_scale, &choices);
        colour_bar(ui, bar);
        return;
    }
    let size = vec2(ui.available_width(), SCALE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
        ui.scope(|ui| {
            ui.set_width(26.0 * UNIT);
            segments(ui, "Scale of the colours", shared_scale, &choices);
        });
        ui.add_space(UNIT);
        colour_bar(ui, bar);
    });
}

/// Places both pictures.
fn panes_ui(
    root: &mut Ui,
    rect: Rect,
    state: &mut SimilarityState,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let inner = rect.shrink2(vec2(2.0 * UNIT, 0.0));
    let gap = 2.0 * UNIT;
    let half = (inner.width() - gap) / 2.0;
    let texts = Which::ALL.map(|which| words::alternative(state, which));
    let text = |which: Which| texts[which.index()].as_str();
    state.pointed = None;
    match state.arrangement {
        Arrangement::Beside => {
            for which in Which::ALL {
                let left = inner.left() + (half + gap) * which.index() as f32;
                let place =
                    Rect::from_min_size(pos2(left, inner.top()), vec2(half, inner.height()));
                pane_ui(root, place, state, which, text(which), frame, asks);
            }
        }
        Arrangement::Flip(which) => {
            pane_ui(root, inner, state, which, text(which), frame, asks);
        }
        Arrangement::Wipe => {
            let both = format!("{}. {}", text(Which::A), text(Which::B));
            frame.place(PANES[1], inner);
            let area = PaneArea::new(PANES[0], inner, &both).show(root, frame);
            let x = inner.left() + inner.width() * state.wipe / 100.0;
            if let Some(at) = area.hover_pos() {
                let which = if at.x < x { Which::A } else { Which::B };
                point(state, frame, which, at);
            }
            wipe_line(root, inner, x, &mut state.wipe);
            for which in Which::ALL {
                side_message(root, inner, state, which, asks);
            }
        }
    }
}

fn pane_ui(
    root: &mut Ui,
    place: Rect,
    state: &mut SimilarityState,
    which: Which,
    text: &str,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    if state.side(which).status != Status::Empty {
        let area = PaneArea::new(PANES[which.index()], place, text).show(root, frame);
        if let Some(at) = area.hover_pos() {
            point(state, frame, which, at);
        }
    }
    side_message(root, place, state, which, asks);
}

fn point(state: &mut SimilarityState, frame: &StageFrame, which: Which, at: egui::Pos2) {
    let place = frame.place_under(PANES[which.index()], at);
    state.pointed = place.map(|place| (which, place));
}

/// Both values under the pointer.
fn reading_ui(
    root: &mut Ui,
    place: Rect,
    state: &SimilarityState,
    read: &dyn Fn(Which, Vec2) -> Reading,
) {
    if !place.is_positive() {
        return;
    }
    let mut ui = root.new_child(
        UiBuilder::new()
            .id_salt("reading")
            .max_rect(place)
            .layout(Layout::left_to_right(Align::Center)),
    );
    let Some((which, at)) = state.pointed else {
        let hint = if place.width() < 32.0 * UNIT {
            "Point to read values"
        } else {
            "Point at a picture to read both values there"
        };
        ui.add(Label::new(theme::quiet(&ui, hint)).truncate());
        return;
    };
    let reading = read(which, at);
    let value = |value: Option<f32>| value.map_or("not seen".to_owned(), words::value);
    let [a, b] = reading.values.map(value);
    ui.add(Label::new(format!("Here  A {a}  B {b}")).truncate());
}
