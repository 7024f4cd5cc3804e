//! The columns beside the stage: what is chosen on the left, what the AI says on the right.

use bevy_egui::egui::{Panel, Rect, ScrollArea, Stroke, Ui, UiBuilder, vec2};

use super::theme::{self, UNIT};

/// What is left of a column for what scrolls, where its foot stays in view, in logical pixels.
const LEAST: f32 = 32.0 * UNIT;

/// Draws the three columns: `left` to choose, `right` for what the AI says, and returns the
/// rectangle in between, which belongs to the stage and the controls under it.
pub fn columns<R>(
    root: &mut Ui,
    state: &mut R,
    left: impl FnOnce(&mut Ui, &mut R),
    right: impl FnOnce(&mut Ui, &mut R),
) -> Rect {
    left_column(root, |ui| left(ui, state));
    right_column(root, |ui| right(ui, state));
    root.available_rect_before_wrap()
}

/// Draws the left column alone.
pub fn left_column(root: &mut Ui, left: impl FnOnce(&mut Ui)) {
    let frame = theme::column(root.visuals());
    let line = Stroke::new(1.0, theme::palette(root).line);
    let width = root.available_width();
    let rect = Panel::left("choose")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(theme::left_width(width))
        .show(root, |ui| {
            scroll_column(ui, left);
        })
        .response
        .rect;
    root.painter()
        .vline(rect.right() - 0.5, rect.y_range(), line);
}

/// Draws the right column alone.
pub fn right_column(root: &mut Ui, right: impl FnOnce(&mut Ui)) {
    let frame = theme::column(root.visuals());
    let line = Stroke::new(1.0, theme::palette(root).line);
    // As wide as in a window with all three columns.
    let width = theme::right_width(root.ctx().content_rect().width());
    let rect = Panel::right("answer")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(width)
        .show(root, |ui| {
            scroll_column(ui, right);
        })
        .response
        .rect;
    root.painter()
        .vline(rect.left() + 0.5, rect.y_range(), line);
}

/// Draws the right column with something below it that stays in view in windows that are high enough, and
/// else comes last: what is done with what stands above. `foot` has its height in logical pixels.
pub fn right_column_with_foot<S>(
    root: &mut Ui,
    state: &mut S,
    right: impl FnOnce(&mut Ui, &mut S),
    foot: (f32, impl FnOnce(&mut Ui, &mut S)),
) {
    let frame = theme::column(root.visuals());
    let line = Stroke::new(1.0, theme::palette(root).line);
    let width = theme::right_width(root.ctx().content_rect().width());
    let (foot_height, foot) = foot;
    let rect = Panel::right("answer")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(width)
        .show(root, |ui| {
            let height = foot_height + UNIT;
            if ui.available_height() < height + LEAST {
                scroll_column(ui, |ui| {
                    right(ui, state);
                    ui.add_space(2.0 * UNIT);
                    foot(ui, state);
                });
            } else {
                over_foot(ui, state, height, right, foot);
            }
        })
        .response
        .rect;
    root.painter()
        .vline(rect.left() + 0.5, rect.y_range(), line);
}

/// What scrolls above a line, and what stays below it, `height` logical pixels high.
fn over_foot<S>(
    ui: &mut Ui,
    state: &mut S,
    height: f32,
    upper: impl FnOnce(&mut Ui, &mut S),
    foot: impl FnOnce(&mut Ui, &mut S),
) {
    let inner = ui.available_width() - ui.spacing().scroll.allocated_width();
    let line = Stroke::new(1.0, theme::palette(ui).line);
    let room = ui.available_rect_before_wrap();
    let (above, below) = room.split_top_bottom_at_y(room.bottom() - height);
    ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
        scroll_column(ui, |ui| upper(ui, state));
    });
    ui.painter().hline(below.x_range(), below.top(), line);
    let below = Rect::from_min_size(
        below.min + vec2(0.0, UNIT),
        vec2(inner, below.height() - UNIT),
    );
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| foot(ui, state));
}

/// A column that scrolls where it is higher than the window. Its contents are as wide with the
/// bar as without: contents that wrap to a height near the window's would otherwise bring the bar
/// and chase it away in turn, and an idle window would never rest.
fn scroll_column(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let width = ui.available_width() - ui.spacing().scroll.allocated_width();
    // In a place of its own: a panel that held something wider would give its other side away.
    let room = ui.available_rect_before_wrap();
    let mut inner = ui.new_child(UiBuilder::new().max_rect(room));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut inner, |ui| {
            ui.set_width(width);
            contents(ui);
        });
    ui.advance_cursor_after_rect(room);
}

/// Draws the strip at the left edge, which has room for two small pictures beside each other: the stage is
/// to have the rest.
pub fn strip(root: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let frame = theme::strip(root.visuals());
    let line = Stroke::new(1.0, theme::palette(root).line);
    let rect = Panel::left("strip")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(theme::strip_width(root.ctx().content_rect().width()))
        .show(root, |ui| scroll_column(ui, contents))
        .response
        .rect;
    root.painter()
        .vline(rect.right() - 0.5, rect.y_range(), line);
}

/// The parts of the column at the right edge: what the AI says, the controls of the picture, and what is
/// looked up now and then.
pub struct Inspector<F, C, R> {
    /// What the AI says; it scrolls.
    pub first: F,
    /// The controls of the picture, which stay in view in windows that are high enough.
    pub foot: C,
    /// Height of those, in logical pixels, by the width that they have.
    pub foot_height: fn(f32) -> f32,
    /// What comes after `first`; it scrolls with it.
    pub rest: R,
}

/// Draws the column at the right edge that has the controls of the picture as well, so that nothing is
/// above or under the stage.
pub fn inspector<S, F, C, R>(root: &mut Ui, state: &mut S, parts: Inspector<F, C, R>)
where
    F: FnOnce(&mut Ui, &mut S),
    C: FnOnce(&mut Ui, &mut S),
    R: FnOnce(&mut Ui, &mut S),
{
    let frame = theme::inspector(root.visuals());
    let palette = theme::palette(root);
    let line = Stroke::new(1.0, palette.line);
    let Inspector {
        first,
        foot,
        foot_height,
        rest,
    } = parts;
    let width = theme::inspector_width(root.ctx().content_rect().width());
    let rect = Panel::right("inspector")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(width)
        .show(root, |ui| {
            let inner = ui.available_width() - ui.spacing().scroll.allocated_width();
            let height = foot_height(inner) + UNIT;
            if ui.available_height() < height + LEAST {
                scroll_column(ui, |ui| {
                    first(ui, state);
                    ui.add_space(2.0 * UNIT);
                    foot(ui, state);
                    rest(ui, state);
                });
                return;
            }
            // What the AI says comes first, for the Tab key as well.
            let upper = |ui: &mut Ui, state: &mut S| {
                first(ui, state);
                rest(ui, state);
            };
            over_foot(ui, state, height, upper, foot);
        })
        .response
        .rect;
    root.painter()
        .vline(rect.left() + 0.5, rect.y_range(), line);
}
