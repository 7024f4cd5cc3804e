//! The sheet's cells for the keyboard and for who listens.

use bevy::math::Vec2;
use bevy_egui::egui::{
    EventFilter, FocusDirection, Id, Key, Modifiers, Popup, Rect, Response, Sense, Ui, UiBuilder,
    WidgetInfo, WidgetType, accesskit, vec2,
};

use super::ask::Ask;
use super::select::Select;
use super::state::Collection;
use super::told::caption;
use super::words;
use crate::collection::arrange::Place;

/// Up to so many pictures in sight are told one by one; of more only the one with the keyboard is.
const MOST_TOLD: usize = 250;

/// The id of what has the keyboard in the sheet.
#[must_use]
pub fn cell_id() -> Id {
    Id::new("the picture of the sheet that has the keyboard")
}

/// Where a cell is on the screen.
fn on_screen(collection: &Collection, rect: Rect, cell: Place) -> Rect {
    let corner = |beyond: f32| {
        let at = Vec2::new(cell.x + beyond, cell.y + beyond);
        let point = collection.camera.point_of(at, collection.area);
        rect.min + vec2(point.x, point.y)
    };
    Rect::from_two_pos(corner(0.0), corner(cell.side)).intersect(rect)
}

/// What a screen reader is told: the sheet is a grid, and each picture in sight one of its cells, by name.
/// The one that has the keyboard is a control of its own.
pub fn cells_ui(
    ui: &mut Ui,
    rect: Rect,
    sheet: &Response,
    collection: &mut Collection,
    asks: &mut Vec<Ask>,
) {
    let Some(arranged) = collection.arranged.clone() else {
        return;
    };
    let arrangement = &arranged.arrangement;
    let listened = ui.ctx().accesskit_node_builder(sheet.id, |node| {
        let [columns, rows] = arrangement.size();
        node.set_role(accesskit::Role::Grid);
        node.set_label(caption(collection));
        node.set_row_count(rows as usize);
        node.set_column_count(columns as usize);
    });
    let inside = UiBuilder::new()
        .max_rect(rect)
        .accessibility_parent(sheet.id);
    let ui = ui.new_child(inside);
    focus_ui(&ui, rect, collection, asks);
    enter_by_arrow(&ui, collection);
    // With nobody who listens there is nobody to tell.
    if listened.is_none() {
        return;
    }
    let seen = collection.part(Vec2::ZERO, collection.area);
    let Some(places) = arrangement.within(seen, MOST_TOLD) else {
        return;
    };
    for place in places.into_iter().map(|place| place as usize) {
        let (Some(cell), Some(row)) = (collection.cell_of(place), collection.row_at(place)) else {
            continue;
        };
        if collection.focused.or_else(|| collection.row_at(0)) == Some(row) {
            continue;
        }
        let id = cell_id().with(row);
        let response = ui.interact(on_screen(collection, rect, cell), id, Sense::hover());
        tell(&ui, &response, collection, row, place);
        let asked = |action| ui.input(|input| input.has_accesskit_action_request(id, action));
        if asked(accesskit::Action::Focus) {
            collection.focus(place);
            ui.memory_mut(|memory| memory.request_focus(cell_id()));
        }
        if asked(accesskit::Action::Click) {
            asks.push(Ask::Select(Select::Only(row)));
        }
    }
}

/// A cell as it is read out.
fn tell(ui: &Ui, response: &Response, collection: &Collection, row: u32, place: usize) {
    let chosen = collection.selected.contains(row as usize);
    let all = collection.shown();
    let words = spoken(collection, row, place, all, chosen);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Other, true, chosen, &words));
    let cell = collection.cell_of(place);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(accesskit::Role::GridCell);
        if let Some(cell) = cell {
            node.set_row_index(cell.y as usize);
            node.set_column_index(cell.x as usize);
        }
        node.set_position_in_set(place + 1);
        node.set_size_of_set(all);
        node.add_action(accesskit::Action::Focus);
        node.add_action(accesskit::Action::Click);
    });
}

/// The picture that has the keyboard.
fn focus_ui(ui: &Ui, rect: Rect, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let row = collection
        .focused
        .filter(|&row| collection.place_of(row).is_some());
    let Some(row) = row.or_else(|| collection.row_at(0)) else {
        return;
    };
    let place = collection.place_of(row).unwrap_or(0);
    let Some(cell) = collection.cell_of(place) else {
        return;
    };
    let seen = on_screen(collection, rect, cell);
    // Out of sight it keeps the keyboard all the same.
    let seen = if seen.is_positive() {
        seen
    } else {
        Rect::from_min_size(rect.min, vec2(1.0, 1.0))
    };
    let response = ui.interact(seen, cell_id(), Sense::focusable_noninteractive());
    tell(ui, &response, collection, row, place);
    if response.gained_focus() {
        collection.focused = Some(row);
    }
    if response.has_focus() {
        keys(ui, &response, collection, place, asks);
    }
}

/// Where nothing else has the keyboard an arrow leads onto the sheet: to the picture that it was on last, else to
/// the one in the middle of what is seen. Else all that stands beside it had to be walked through.
fn enter_by_arrow(ui: &Ui, collection: &mut Collection) {
    const ARROWS: [Key; 4] = [
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowDown,
    ];
    let pressed = ui.input(|input| {
        let plain = !input.modifiers.any();
        plain && ARROWS.iter().any(|arrow| input.key_pressed(*arrow))
    });
    let free = ui.memory(|memory| memory.focused().is_none()) && !Popup::is_any_open(ui.ctx());
    if !pressed || !free || !ui.is_enabled() {
        return;
    }
    let is_shown = |row: &u32| collection.place_of(*row).is_some();
    let last = collection.focused.filter(is_shown);
    let middle = (!collection.fitted).then(|| collection.row_under(collection.area * 0.5));
    let row = last.or(middle.flatten()).or_else(|| collection.row_at(0));
    collection.focused = row;
    ui.memory_mut(|memory| {
        memory.request_focus(cell_id());
        // This press has led here; it leads no further.
        memory.move_focus(FocusDirection::None);
    });
}

/// What a screen reader says of the picture that has the keyboard.
fn spoken(collection: &Collection, row: u32, place: usize, all: usize, chosen: bool) -> String {
    let mut words = collection.about(row);
    let arrangement = collection.arranged.as_ref().map(|a| &a.arrangement);
    let pile = arrangement.and_then(|a| a.piles().get(a.pile_of(place)?));
    if let Some(pile) = pile {
        words = format!("{words}, pile {}", pile.name);
    }
    if let Some(looks) = looks_at(collection, row) {
        words = format!("{words}, looks {looks}");
    }
    if chosen {
        words.push_str(", chosen");
    }
    format!(
        "{words}, {} of {}",
        words::number(place + 1),
        words::number(all)
    )
}

/// Where the network looks in a row's picture, in words.
fn looks_at(collection: &Collection, row: u32) -> Option<&'static str> {
    let (map, _) = collection.snapshot.map(row)?;
    let figures = map.figures();
    let third = |centre: f32| ((centre * 3.0) as usize).min(2);
    if figures.centre_x.is_nan() {
        return None;
    }
    if figures.border > 0.6 {
        return Some("at the edge");
    }
    Some(match (third(figures.centre_y), third(figures.centre_x)) {
        (0, 0) => "at the upper left",
        (0, 1) => "at the top",
        (0, _) => "at the upper right",
        (1, 0) => "at the left",
        (1, 1) => "at the middle",
        (1, _) => "at the right",
        (_, 0) => "at the lower left",
        (_, 1) => "at the bottom",
        _ => "at the lower right",
    })
}

fn keys(
    ui: &Ui,
    response: &Response,
    collection: &mut Collection,
    place: usize,
    asks: &mut Vec<Ask>,
) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let Some(arranged) = collection.arranged.clone() else {
        return;
    };
    let arrangement = &arranged.arrangement;
    let page = (collection.area.y / collection.camera.scale)
        .floor()
        .max(1.0) as i64;
    let moves = ui.input(|input| {
        let pressed = |key| input.num_presses(key) as i64;
        (
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
                + page * (pressed(Key::PageDown) - pressed(Key::PageUp)),
            input.modifiers,
        )
    });
    let (right, down, modifiers) = moves;
    if (right, down) != (0, 0) && !modifiers.alt {
        let next = arrangement.step(place, right, down);
        let before = collection.focused.or_else(|| collection.row_at(place));
        collection.anchor = collection.anchor.or(before);
        collection.focus(next);
        if let Some(row) = collection.row_at(next).filter(|_| modifiers.shift) {
            asks.push(Ask::Select(Select::To(row)));
        }
    }
    let take = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let row = collection.row_at(place);
    if take(Modifiers::NONE, Key::Home) {
        asks.push(Ask::Fit);
    }
    if take(Modifiers::NONE, Key::End) {
        collection.focus(collection.shown().saturating_sub(1));
    }
    if take(Modifiers::COMMAND, Key::A) {
        asks.push(Ask::Select(Select::All));
    }
    if let Some(row) = row {
        if take(Modifiers::NONE, Key::Space) {
            asks.push(Ask::Select(Select::Toggle(row)));
        }
        if take(Modifiers::NONE, Key::Enter) {
            asks.push(Ask::SeeWhy(row));
        }
    }
}
