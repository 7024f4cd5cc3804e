//! The middle: one line about what is seen, the sheet, and what acts on it.

use bevy::math::Vec2;
use bevy_egui::egui::{
    self, Align, Align2, Button, Color32, CursorIcon, Frame, Key, Layout, Margin, Panel,
    PointerButton, Rect, Sense, Stroke, StrokeKind, TextEdit, TextStyle, Ui, vec2,
};

use super::ask::Ask;
use super::cells::{cell_id, cells_ui};
use super::minimap::minimap_ui;
use super::piles::piles_ui;
use super::select::Select;
use super::state::{Collection, Drag, Status};
use super::told::{caption, closer_words, hint, likeness_words, working_words};
use crate::collection::sheet::STEP;
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Progress, command_button, message, overlay_controls, overlay_height, progress_line,
};

/// Height of the line above the sheet, in logical pixels.
const CAPTION: f32 = 5.0 * UNIT;
/// Wheel travel, in points, that zooms by a factor of e.
const WHEEL_POINTS_PER_E: f32 = 240.0;
/// Way of the pointer, in points, from one corner of a line around pictures to the next.
const LASSO_STEP: f32 = 4.0;
/// Cells at least so large, in points, get a card under the pointer.
const CARD_FROM: f32 = 8.0;

/// Draws the middle and returns the rectangle that belongs to the sheet.
pub fn middle_ui(root: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) -> Rect {
    let palette = theme::palette(root);
    let ground = Frame::new().fill(palette.ground);
    Panel::bottom("controls")
        .frame(ground.inner_margin(Margin::symmetric(16, 0)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(controls_height(root.available_width()))
        .show(root, |ui| controls_ui(ui, collection, asks));
    Panel::top("caption")
        .frame(ground.inner_margin(Margin::symmetric(16, 4)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| caption_ui(ui, collection, asks));
    let rect = root.available_rect_before_wrap();
    sheet_ui(root, rect, collection, asks);
    stage_messages(root, rect, &collection.status, asks);
    rect
}

fn caption_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let words = caption(collection);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let all = Button::new("Show all").min_size(vec2(0.0, theme::TARGET));
        if ui
            .add(all)
            .on_hover_text("The whole sheet (Home)")
            .clicked()
        {
            asks.push(Ask::Fit);
        }
        let back = collection.can_go_back();
        if command_button(ui, Command::Back, back, "Nothing to go back to yet").clicked() {
            asks.push(Ask::Do(Command::Back));
        }
        let chooses = collection.drag == Drag::Chooses;
        let button =
            Button::selectable(chooses, "Drag to choose").min_size(vec2(0.0, theme::TARGET));
        let help = "A drag draws a frame around what is to be chosen (a line, where pictures stand by likeness), as it always does with Shift";
        if ui.add(button).on_hover_text(help).clicked() {
            collection.drag = if chooses { Drag::Moves } else { Drag::Chooses };
        }
        jump_ui(ui, collection, asks);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(&words).truncate())
                .on_hover_text(words);
        });
    });
}

/// A field for a number or a name to go to.
fn jump_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let room = (ui.available_width() - UNIT).min(16.0 * UNIT);
    if room < 8.0 * UNIT {
        return;
    }
    let edit = TextEdit::singleline(&mut collection.fields.jump)
        .hint_text("name or number")
        .desired_width(room)
        .vertical_align(Align::Center)
        .min_size(vec2(0.0, theme::TARGET))
        .char_limit(200);
    let field = ui.add(edit);
    let ctx = field.ctx.clone();
    ctx.accesskit_node_builder(field.id, |node| node.set_label("Go to a picture"));
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    field.on_hover_text("Goes to that picture with Enter; once more to the next of the name");
    if entered && !collection.fields.jump.trim().is_empty() {
        asks.push(Ask::Jump(collection.fields.jump.clone()));
        ui.memory_mut(|memory| memory.request_focus(cell_id()));
    }
}

/// What is said in the middle when there is no sheet.
fn stage_messages(root: &mut Ui, rect: Rect, status: &Status, asks: &mut Vec<Ask>) {
    match status {
        Status::Ready => {}
        Status::Opening(what) => message(root, rect, |ui| {
            ui.label(theme::title(what));
        }),
        Status::Failed(why) => message(root, rect, |ui| {
            ui.label(theme::title("That did not work"));
            ui.label(why);
            ui.add_space(UNIT);
            let size = vec2(12.0 * UNIT, theme::TARGET);
            if ui
                .add(Button::new("Choose a folder...").min_size(size))
                .clicked()
            {
                asks.push(Ask::ChooseFolder);
            }
        }),
    }
}

fn controls_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let line = collection.working.as_ref().map(|working| {
        let share = working.progress.done as f32 / working.progress.total.max(1) as f32;
        (working_words(working), share)
    });
    let likeness = likeness_words(collection).or_else(|| closer_words(collection));
    match (&line, &likeness) {
        (Some((words, share)), _) | (None, Some((words, Some(share)))) => {
            progress_line(ui, words, Progress::Share(*share))
        }
        (None, Some((words, None))) => progress_line(ui, words, Progress::Running),
        (None, None) => progress_line(ui, "", Progress::Idle),
    };
    ui.add_space(UNIT / 2.0);
    ui.horizontal(|ui| {
        ui.set_height(theme::TARGET);
        if let (Some((words, _)), Some(working)) = (&line, &collection.working) {
            let paused = working.paused;
            let pause = if paused { "Go on" } else { "Pause" };
            let size = vec2(0.0, theme::TARGET);
            if ui.add(Button::new(pause).min_size(size)).clicked() {
                asks.push(Ask::Pause(!paused));
            }
            let help = "What is finished stays; open the folder again to go on";
            if ui
                .add(Button::new("Stop").min_size(size))
                .on_hover_text(help)
                .clicked()
            {
                asks.push(Ask::Stop);
            }
            ui.add(egui::Label::new(words).truncate())
                .on_hover_text(words);
        } else {
            let words = likeness.map_or_else(|| hint(collection), |(words, _)| words);
            ui.add(egui::Label::new(words).truncate());
        }
    });
    ui.add_space(UNIT / 2.0);
    let has_maps = collection.snapshot.maps() > 0;
    ui.add_enabled_ui(has_maps, |ui| {
        overlay_controls(ui, &mut collection.overlay, None);
    })
    .response
    .on_disabled_hover_text("No network has looked at these pictures yet");
}

/// Height of the controls in a column of `width`, in logical pixels.
fn controls_height(width: f32) -> f32 {
    // The colour bar, which is left out here, is as high as the line of words.
    overlay_height(width - 4.0 * UNIT) + 1.5 * UNIT
}

fn vector(point: egui::Pos2, rect: Rect) -> Vec2 {
    let at = point - rect.min;
    Vec2::new(at.x, at.y)
}

/// The sheet: what pointer and keys do to it, names of piles, and its name for a screen reader. The
/// pictures are drawn by Bevy under the interface.
fn sheet_ui(ui: &mut Ui, rect: Rect, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let area = Vec2::new(rect.width(), rect.height());
    collection.set_area(area);
    collection.rect = Vec2::new(rect.min.x, rect.min.y);
    if collection.shown() == 0 {
        if collection.status == Status::Ready && collection.arranged.is_some() {
            let palette = theme::palette(ui);
            let font = TextStyle::Body.resolve(ui.style());
            let words = "Nothing passes all filters. Take one of them out on the left.";
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                words,
                font,
                palette.text,
            );
        }
        return;
    }
    // Not focusable itself: the keyboard is on a picture.
    let response = ui.interact(rect, ui.id().with("sheet"), Sense::CLICK | Sense::DRAG);
    pointer(ui, rect, &response, collection, asks);
    piles_ui(ui, rect, collection);
    frame_ui(ui, rect, collection);
    cells_ui(ui, rect, &response, collection, asks);
    minimap_ui(ui, rect, collection);
}

fn pointer(
    ui: &Ui,
    rect: Rect,
    response: &egui::Response,
    collection: &mut Collection,
    asks: &mut Vec<Ask>,
) {
    let modifiers = ui.input(|input| input.modifiers);
    let chooses = collection.drag == Drag::Chooses || modifiers.shift || modifiers.command;
    if response.drag_started_by(PointerButton::Primary)
        && chooses
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let from = vector(from, rect);
        let arranged = collection.arranged.as_ref();
        if arranged.is_some_and(|arranged| arranged.arrangement.is_scattered()) {
            collection.lasso = vec![from];
        } else {
            collection.frame = Some((from, from));
        }
    }
    if let Some(&last) = collection.lasso.last() {
        let now = response
            .interact_pointer_pos()
            .map_or(last, |at| vector(at, rect));
        if now.distance(last) >= LASSO_STEP {
            collection.lasso.push(now);
        }
        if response.drag_stopped() {
            let line = std::mem::take(&mut collection.lasso);
            let rows = collection.rows_inside(&line);
            asks.push(Ask::Select(Select::Rows(rows, modifiers.command)));
        }
    } else if let Some((from, to)) = collection.frame {
        let now = response
            .interact_pointer_pos()
            .map_or(to, |at| vector(at, rect));
        collection.frame = Some((from, now));
        if response.drag_stopped() {
            collection.frame = None;
            let rows = collection.rows_within(from, now);
            asks.push(Ask::Select(Select::Rows(rows, modifiers.command)));
        }
    } else if response.dragged_by(PointerButton::Primary)
        || response.dragged_by(PointerButton::Middle)
    {
        let by = response.drag_delta();
        collection.pan(Vec2::new(by.x, by.y));
        collection.fitted = false;
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    }
    if let Some(at) = response.hover_pos() {
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (wheel / WHEEL_POINTS_PER_E).exp();
        if (factor - 1.0).abs() > f32::EPSILON {
            collection.zoom(factor, vector(at, rect));
        }
        let row = collection.row_under(vector(at, rect));
        if let Some(row) = row.filter(|_| collection.camera.scale >= CARD_FROM) {
            let words = collection.about(row);
            response.clone().on_hover_text_at_pointer(words);
        }
    }
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    let row = collection.row_under(vector(at, rect));
    if response.clicked() || response.double_clicked() {
        if !response.double_clicked() {
            collection.pair = collection.chosen_pair();
        }
        ui.memory_mut(|memory| memory.request_focus(cell_id()));
        let select = match row {
            None => Select::None,
            Some(row) if response.double_clicked() => {
                // The first of the two clicks took one of a pair alone.
                if let Some(pair) = collection.pair.take().filter(|pair| pair.contains(&row)) {
                    asks.push(Ask::Select(Select::Rows(pair.to_vec(), false)));
                }
                asks.push(Ask::SeeWhy(row));
                return;
            }
            Some(row) if modifiers.command => Select::Toggle(row),
            Some(row) if modifiers.shift => Select::To(row),
            Some(row) => Select::Only(row),
        };
        asks.push(Ask::Select(select));
    }
}

/// The frame or line that is being drawn.
fn frame_ui(ui: &Ui, rect: Rect, collection: &Collection) {
    if collection.lasso.len() > 1 {
        let palette = theme::palette(ui);
        let at = |point: &Vec2| rect.min + vec2(point.x, point.y);
        let line = collection.lasso.iter().map(at).collect();
        let stroke = Stroke::new(2.0, palette.action);
        let painter = ui.painter_at(rect);
        painter.add(egui::Shape::closed_line(line, stroke));
    }
    let Some((from, to)) = collection.frame else {
        return;
    };
    let palette = theme::palette(ui);
    let at = |point: Vec2| rect.min + vec2(point.x, point.y);
    let frame = Rect::from_two_pos(at(from), at(to)).intersect(rect);
    ui.painter()
        .rect_filled(frame, 0.0, palette.action.gamma_multiply(0.2));
    let line = Stroke::new(2.0, palette.action);
    ui.painter()
        .rect_stroke(frame, 0.0, line, StrokeKind::Inside);
}

/// Zooms about the picture that has the keyboard where it is in sight, else about the middle.
pub fn zoom_step(collection: &mut Collection, closer: bool) {
    let factor = if closer { STEP } else { 1.0 / STEP };
    let middle = collection.area * 0.5;
    let place = collection.focused.and_then(|row| collection.place_of(row));
    let cell = place.and_then(|place| collection.cell_of(place));
    let at = cell.map(|cell| {
        let half = cell.side / 2.0;
        let middle = Vec2::new(cell.x + half, cell.y + half);
        collection.camera.point_of(middle, collection.area)
    });
    let inside = |at: &Vec2| at.min_element() >= 0.0 && at.cmple(collection.area).all();
    let at = at.filter(inside).unwrap_or(middle);
    collection.zoom(factor, at);
}

/// The colour of what is chosen, as the shader takes it.
#[must_use]
pub fn encoded(colour: Color32) -> [f32; 4] {
    colour.to_array().map(|byte| f32::from(byte) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Key;
    use crate::saliency::Method;
    use crate::tabs::collection::Closer;

    #[test]
    fn files_that_changed_and_maps_on_their_way_are_told() {
        let mut collection = Collection {
            network: Some("Lite0".to_owned()),
            ..Collection::default()
        };
        assert!(closer_words(&collection).is_none());
        collection.changed.insert(3, Key::of_path(b"a"));
        let told = hint(&collection);
        assert!(told.starts_with("1 file has changed"), "{told}");
        assert!(told.contains("\"Ask Lite0\""), "{told}");
        collection.changed.insert(4, Key::of_path(b"b"));
        assert!(hint(&collection).starts_with("2 files have changed"));
        let closer = |done| {
            Some(Closer {
                method: Method::Xrai,
                done,
                all: 9,
            })
        };
        collection.closer = closer(2);
        let (words, share) = closer_words(&collection).unwrap();
        assert_eq!(words, "XRAI of what is seen here: 2 of 9");
        assert!(share.is_some_and(|share| share > 0.2 && share < 0.23));
        collection.closer = closer(9);
        assert!(closer_words(&collection).is_none());
    }
}
