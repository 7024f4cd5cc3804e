//! The middle of the view with two maps: both pictures, what acts on them, the intersection below.

use bevy::prelude::Vec2;
use bevy_egui::egui::{
    self, Align, Button, CursorIcon, Frame, Label, Layout, Margin, Panel, Rect, Sense, Stroke, Ui,
    UiBuilder, pos2, vec2,
};

use super::choose::line;
use super::state::{Agreement, Arrangement, Ask, Reading, SimilarityState, Status, Which};
use super::{PANES, strip, words};
use crate::stage::{PaneArea, StageFrame};
use crate::ui::commands::Command;
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    ColourBar, Dial, Progress, colour_bar, labelled_slider, overlay_controls, overlay_height,
    progress_line, segments,
};

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
/// Width that the slider of the wipe takes at least, points.
const WIPE: f32 = 24.0 * UNIT;
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
    let choices = [
        (
            false,
            "Own scales",
            "The brightest colour is the highest value of each map",
        ),
        (
            true,
            "One scale",
            "Equal colours are equal values in both maps",
        ),
    ];
    let wide = ui.available_width() >= 50.0 * UNIT;
    let height = if wide { SCALE } else { 2.0 * SCALE };
    let size = vec2(ui.available_width(), height);
    let (low, high, figures) = words::bar(state);
    let bar = ColourBar {
        table: state.overlay.colormap.table(),
        low: &low,
        high: &high,
        figures: &figures,
    };
    if wide {
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
            ui.scope(|ui| {
                ui.set_width(26.0 * UNIT);
                segments(
                    ui,
                    "Scale of the colours",
                    &mut state.shared_scale,
                    &choices,
                );
            });
            ui.add_space(UNIT);
            colour_bar(ui, &bar);
        });
    } else {
        segments(
            ui,
            "Scale of the colours",
            &mut state.shared_scale,
            &choices,
        );
        colour_bar(ui, &bar);
    }
}

/// How the two lie, and what belongs to that. Keeps `spare` points free and returns the place.
fn arrangement_ui(
    ui: &mut Ui,
    state: &mut SimilarityState,
    spare: f32,
    asks: &mut Vec<Ask>,
) -> Rect {
    let mut free = Rect::NOTHING;
    line(ui, |ui| {
        let mut kind = match state.arrangement {
            Arrangement::Beside => 0,
            Arrangement::Flip(_) => 1,
            Arrangement::Wipe => 2,
        };
        let flip = format!(
            "One at a time, in one place ({})",
            Command::Flip.keys(ui.ctx())
        );
        let wipe = format!("Parted by a line ({})", Command::Wipe.keys(ui.ctx()));
        let changed = ui
            .scope(|ui| {
                ui.set_width(28.0 * UNIT);
                let choices = [
                    (0, "Side by side", "Both at once"),
                    (1, "Flip", flip.as_str()),
                    (2, "Wipe", wipe.as_str()),
                ];
                segments(ui, "How the two are shown", &mut kind, &choices).changed()
            })
            .inner;
        if changed {
            state.arrangement = match kind {
                0 => Arrangement::Beside,
                1 => Arrangement::Flip(Which::A),
                _ => Arrangement::Wipe,
            };
        }
        let swap = 9.0 * UNIT;
        // Nothing else stands there while the two lie side by side.
        let beside = state.arrangement == Arrangement::Beside;
        let whole = ui.available_width() - swap - UNIT;
        let spare = if beside && spare > 0.0 {
            whole - UNIT
        } else {
            spare
        };
        let room = whole - spare - UNIT;
        ui.allocate_ui_with_layout(
            vec2(room, theme::TARGET),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(room);
                match &mut state.arrangement {
                    Arrangement::Flip(shown) => {
                        ui.set_max_width(room.min(14.0 * UNIT));
                        let choices = [(Which::A, "A", ""), (Which::B, "B", "")];
                        segments(ui, "Which is shown", shown, &choices);
                    }
                    Arrangement::Wipe if room > WIPE => wipe_ui(ui, &mut state.wipe),
                    Arrangement::Beside | Arrangement::Wipe => {}
                }
            },
        );
        if spare > 0.0 {
            free = ui
                .allocate_exact_size(vec2(spare, theme::TARGET), Sense::empty())
                .0;
        }
        let button = Button::new(Command::Swap.label());
        let response = ui
            .add_sized(vec2(swap, theme::TARGET), button)
            .on_hover_text(format!(
                "B becomes A and A becomes B ({})",
                Command::Swap.keys(ui.ctx())
            ));
        if response.clicked() {
            asks.push(Ask::Swap);
        }
    });
    free
}

/// Where the line of the wipe is, as a slider.
fn wipe_ui(ui: &mut Ui, wipe: &mut f32) {
    let dial = Dial {
        label: "Line at",
        label_width: 0.0,
        min: 0.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "Left of the line is A, right of it is B",
    };
    labelled_slider(ui, &dial, wipe);
}

/// The names above the pictures, each with what its side is doing.
fn captions_ui(ui: &mut Ui, state: &SimilarityState, models: &[ModelChoice], asks: &mut Vec<Ask>) {
    let gap = 2.0 * UNIT;
    let width = (ui.available_width() - gap) / 2.0;
    let whole = ui.available_rect_before_wrap();
    for which in Which::ALL {
        let left = whole.left() + (width + gap) * which.index() as f32;
        let place = Rect::from_min_size(pos2(left, whole.top()), vec2(width, whole.height()));
        let mut ui = ui.new_child(UiBuilder::new().max_rect(place).id_salt(which));
        side_caption(&mut ui, state, which, models, asks);
    }
}

pub(super) fn side_caption(
    ui: &mut Ui,
    state: &SimilarityState,
    which: Which,
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let side = state.side(which);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(UNIT / 2.0);
    let about = words::about(side, models);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 3.0 * UNIT),
        Layout::left_to_right(Align::Center),
        |ui| {
            let stop = side.status.is_working();
            let room = ui.available_width() - if stop { 9.0 * UNIT } else { 0.0 };
            let name = theme::title(format!("{}  {}", which.letter(), side.name));
            ui.allocate_ui(vec2(room, 3.0 * UNIT), |ui| {
                ui.set_width(room);
                ui.add(Label::new(name).truncate());
            });
            if stop {
                let cancel = Button::new(Command::Cancel.label()).min_size(vec2(UNIT, 3.0 * UNIT));
                let tip = Command::Cancel.tooltip(ui.ctx());
                if ui.add(cancel).on_hover_text(tip).clicked() {
                    asks.push(Ask::Do(Command::Cancel));
                }
            }
        },
    );
    let second = words::doing(&side.status).unwrap_or(&about);
    ui.add(Label::new(theme::quiet(ui, second)).truncate())
        .on_hover_text(&about);
    ui.add_space(UNIT / 4.0);
    let (what, progress) = match &side.status {
        Status::Working { what, progress } => (what.as_str(), *progress),
        _ => ("", Progress::Idle),
    };
    progress_line(ui, &format!("{}: {what}", which.letter()), progress);
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

/// The line of the wipe with its handle; the slider under it does the same by keyboard.
fn wipe_line(root: &Ui, inner: Rect, x: f32, wipe: &mut f32) {
    let palette = theme::palette(root);
    let handle = Rect::from_center_size(
        pos2(x, inner.center().y),
        vec2(theme::TARGET, inner.height()),
    );
    let response = root
        .interact(handle, root.id().with("wipe"), Sense::drag())
        .on_hover_cursor(CursorIcon::ResizeHorizontal);
    if response.dragged() {
        let moved = response.drag_delta().x / inner.width().max(1.0) * 100.0;
        *wipe = (*wipe + moved).clamp(0.0, 100.0);
    }
    let painter = root.painter_at(inner);
    painter.vline(x, inner.y_range(), Stroke::new(4.0, palette.ground));
    painter.vline(x, inner.y_range(), Stroke::new(2.0, palette.action));
    let knob = pos2(x, inner.center().y);
    painter.circle(
        knob,
        1.75 * UNIT,
        palette.ground,
        Stroke::new(2.0, palette.action),
    );
    let arrow = Stroke::new(2.0, palette.action);
    for side in [-1.0, 1.0] {
        let tip = knob + vec2(side * UNIT, 0.0);
        let back = vec2(-side * 0.5 * UNIT, 0.5 * UNIT);
        painter.line(vec![tip + back, tip, tip + vec2(back.x, -back.y)], arrow);
    }
}

/// What is said where there is no picture, or where something failed.
pub(super) fn side_message(
    root: &mut Ui,
    place: Rect,
    state: &SimilarityState,
    which: Which,
    asks: &mut Vec<Ask>,
) {
    let (title, text, retry) = match &state.side(which).status {
        Status::Empty => (
            "No picture yet",
            "Drop a picture here, or choose one on the left.",
            false,
        ),
        Status::Failed(why) => ("That did not work", why.as_str(), true),
        _ => return,
    };
    let palette = theme::palette(root);
    let box_rect = Rect::from_center_size(
        place.center(),
        vec2(
            (place.width() - 2.0 * UNIT).min(44.0 * UNIT),
            place.height() * 0.6,
        ),
    );
    let mut ui = root.new_child(
        UiBuilder::new()
            .id_salt(("message", which))
            .max_rect(box_rect)
            .layout(Layout::top_down(Align::Center)),
    );
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(16))
        .show(&mut ui, |ui| {
            ui.label(theme::title(title));
            ui.label(text);
            if retry {
                let button =
                    Button::new(Command::Retry.label()).min_size(vec2(12.0 * UNIT, theme::TARGET));
                if ui.add(button).clicked() {
                    asks.push(Ask::Do(Command::Retry));
                }
            }
        });
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
