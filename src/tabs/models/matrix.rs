//! The matrix: versions of one picture against models. The names and the original's row stay in view;
//! only the cells that are visible are drawn.

use std::ops::Range;

use bevy_egui::egui::{
    self, Align, Align2, Color32, CornerRadius, Id, Layout, Pos2, Rect, Response, ScrollArea,
    Sense, Stroke, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::cell::{arrows_from_nowhere, cell_ui};
use super::state::{Ask, Models, Version};
use super::words::{name_ui, text, wraps};
use crate::compare::robustness::Row;
use crate::ui::theme::{self, RADIUS, UNIT};

/// Width of the header column, in logical pixels.
const HEAD_WIDTH: f32 = 15.0 * UNIT;
/// Height of the header row: a name in one or two lines and a line below, in logical pixels.
const HEAD_HEIGHTS: (f32, f32) = (6.0 * UNIT, 8.5 * UNIT);
/// Space around a cell's picture, in logical pixels.
pub(super) const PAD: f32 = UNIT / 2.0;
/// Narrowest and widest a column is, so that its words can be read and belong to their picture, in
/// logical pixels.
const COLUMN: (f32, f32) = (17.0 * UNIT, 38.0 * UNIT);
/// Least and most room for a cell's figure beside its picture, in logical pixels.
const BESIDE: (f32, f32) = (7.0 * UNIT, 14.0 * UNIT);
/// So many rows there must be room for, that the original's stays in view while the others scroll.
const ROWS_TO_PIN: f32 = 2.5;
/// How much larger than asked for the pictures are where the window has room.
const GROWTH: f32 = 1.75;

/// Where everything lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// Size of a cell.
    cell: Vec2,
    /// Side of its picture.
    pub(super) side: f32,
    /// Whether its figure stands beside the picture rather than below.
    pub(super) beside: bool,
    /// Width of what is in it.
    pub(super) content: f32,
    /// Whether the original's row stays in view.
    pinned: bool,
    rows: usize,
    columns: usize,
}

impl Plan {
    /// `room` is what there is for the cells; `line` the height of a line of text.
    fn of(models: &Models, room: Vec2, line: f32) -> Self {
        let share = room.x / models.columns.len().max(1) as f32;
        let most = models.side * GROWTH;
        let side = (share - 3.0 * UNIT - BESIDE.1).clamp(models.side, most);
        let beside = share >= side + 3.0 * UNIT + BESIDE.0;
        let narrowest = (side + 2.0 * UNIT).max(COLUMN.0);
        let width = share.clamp(narrowest, COLUMN.1.max(narrowest));
        let content = (width - 2.0 * UNIT).min(side + UNIT + BESIDE.1);
        // An answer may take two lines where its figures are below it.
        let lines = if beside { 1.0 } else { 3.0 };
        let height = side + lines * line + 4.0 * PAD;
        Self {
            cell: vec2(width, height),
            side,
            beside,
            content,
            pinned: models.versions.len() > 1 && room.y >= ROWS_TO_PIN * height,
            rows: models.versions.len(),
            columns: models.columns.len(),
        }
    }

    fn size(self) -> Vec2 {
        vec2(
            self.cell.x * self.columns as f32,
            self.cell.y * self.rows as f32,
        )
    }

    fn rect(self, origin: Pos2, row: usize, column: usize) -> Rect {
        let min = origin + vec2(column as f32 * self.cell.x, row as f32 * self.cell.y);
        Rect::from_min_size(min, self.cell)
    }

    /// Height of the row that stays in view; 0 where none does.
    fn pin(self) -> f32 {
        if self.pinned { self.cell.y } else { 0.0 }
    }

    /// Rows and columns that a view shows, at least in part, beside the row that stays.
    fn within(self, view: Rect) -> (Range<usize>, Range<usize>) {
        let view = view.with_min_y(view.top() + self.pin());
        let range = |low: f32, high: f32, size: f32, count: usize| {
            let first = (low / size).floor().max(0.0) as usize;
            let end = (high / size).ceil().max(0.0) as usize;
            first.min(count)..end.min(count)
        };
        (
            range(view.top(), view.bottom(), self.cell.y, self.rows),
            range(view.left(), view.right(), self.cell.x, self.columns),
        )
    }
}

/// Draws the matrix into `rect`.
pub fn matrix_ui(root: &mut Ui, rect: Rect, models: &mut Models, asks: &mut Vec<Ask>) {
    let line = root.text_style_height(&TextStyle::Body);
    let room = rect.size() - vec2(HEAD_WIDTH + UNIT, HEAD_HEIGHTS.1);
    let plan = Plan::of(models, room, line);
    models.shown_side = plan.side;
    let long = |name: &str| wraps(root, name, plan.cell.x - 2.0 * UNIT);
    let head = if models.columns.iter().any(|column| long(&column.name)) {
        HEAD_HEIGHTS.1
    } else {
        HEAD_HEIGHTS.0
    };
    let body = Rect::from_min_max(rect.min + vec2(HEAD_WIDTH, head), rect.max);
    let mut ui = root.new_child(UiBuilder::new().max_rect(body).id_salt("matrix"));
    ui.set_clip_rect(body.intersect(root.clip_rect()));
    let mut scroll = ScrollArea::both()
        .id_salt("matrix")
        .auto_shrink(false)
        .max_width(body.width())
        .max_height(body.height());
    if std::mem::take(&mut models.reveal) {
        let id = ui.make_persistent_id(Id::new("matrix"));
        let known =
            egui::scroll_area::State::load(ui.ctx(), id).map_or(Vec2::ZERO, |state| state.offset);
        let (row, column) = models.selected;
        let wanted = plan.rect(Pos2::ZERO, row, column);
        // `pin` is what lies over the beginning of the room.
        let shift = |low: f32, high: f32, offset: f32, room: f32, pin: f32| {
            if low < offset + pin {
                low - pin
            } else if high > offset + room {
                high - room
            } else {
                offset
            }
        };
        let x = shift(wanted.left(), wanted.right(), known.x, body.width(), 0.0);
        let y = if row == 0 && plan.pinned {
            known.y
        } else {
            let (low, high) = (wanted.top(), wanted.bottom());
            shift(low, high, known.y, body.height(), plan.pin())
        };
        scroll = scroll.scroll_offset(vec2(x.max(0.0), y.max(0.0)));
    }
    let output = scroll.show_viewport(&mut ui, |ui, view| {
        ui.set_min_size(plan.size());
        let origin = ui.max_rect().min;
        let (rows, columns) = plan.within(view);
        if plan.pinned {
            let stays = origin + vec2(0.0, view.top());
            for column in columns.clone() {
                let at = plan.rect(stays, 0, column);
                cell_ui(ui, plan, at, models, (0, column), asks);
            }
            let below = ui.clip_rect().with_min_y(stays.y + plan.pin());
            ui.set_clip_rect(below.intersect(ui.clip_rect()));
        }
        for row in rows.clone() {
            for column in columns.clone() {
                let at = plan.rect(origin, row, column);
                cell_ui(ui, plan, at, models, (row, column), asks);
            }
        }
        models.visible = (rows, columns);
    });
    arrows_from_nowhere(root, models, asks);
    let offset = output.state.offset;
    let above = Rect::from_x_y_ranges(body.x_range(), rect.top()..=body.top());
    columns_ui(root, above, plan, offset.x, models, asks);
    let before = Rect::from_x_y_ranges(rect.left()..=body.left(), body.y_range());
    rows_ui(root, before, plan, offset.y, models, asks);
    let palette = theme::palette(root);
    let thin = Stroke::new(1.0, palette.line);
    root.painter().hline(rect.x_range(), body.top() - 0.5, thin);
    if plan.pinned {
        let under = body.top() + plan.pin() - 0.5;
        root.painter().hline(rect.x_range(), under, thin);
    }
    root.painter()
        .vline(body.left() - 0.5, rect.y_range(), thin);
}

/// The names of the models, which stay on top.
fn columns_ui(
    root: &mut Ui,
    head: Rect,
    plan: Plan,
    offset: f32,
    models: &Models,
    asks: &mut Vec<Ask>,
) {
    let mut ui = root.new_child(UiBuilder::new().max_rect(head).id_salt("matrix models"));
    ui.set_clip_rect(head.intersect(root.clip_rect()));
    let palette = theme::palette(root);
    let (_, columns) = models.visible.clone();
    for index in columns {
        let Some(column) = models.columns.get(index) else {
            continue;
        };
        let left = head.left() + index as f32 * plan.cell.x - offset;
        let at = Rect::from_min_size(pos2(left, head.top()), vec2(plan.cell.x, head.height()));
        let response = ui.interact(at, Id::new(("matrix model", index)), Sense::CLICK);
        let chosen = models.selected.1 == index;
        let ink = if chosen { palette.action } else { palette.text };
        name_ui(&ui, at.shrink2(vec2(UNIT, PAD)), &column.name, ink);
        let (under, help) = match &column.broken {
            Some(why) => ("! cannot be used".to_owned(), why.clone()),
            None if models.own_deltas => (
                format!("delta {}", models.delta_of(&column.model)),
                column.name.clone(),
            ),
            None => {
                let rows: Vec<&Row> = (1..models.versions.len())
                    .filter_map(|row| models.finding(row, index))
                    .map(|finding| &finding.row)
                    .collect();
                // Empty maps agree with anything: they count in no mean.
                let whole = rows.iter().filter(|row| !row.is_blank());
                let mine: Vec<f64> = whole.map(|row| row.agree).collect();
                let mean = mine.iter().sum::<f64>() / mine.len().max(1) as f64;
                let words = match (rows.is_empty(), mine.is_empty()) {
                    (true, _) => String::new(),
                    (false, true) => "! empty maps".to_owned(),
                    (false, false) => format!("mean {:.0} %", mean * 100.0),
                };
                (words, column.name.clone())
            }
        };
        text(
            &ui,
            at.shrink2(vec2(UNIT, PAD)),
            &under,
            palette.quiet,
            Align2::LEFT_BOTTOM,
        );
        response.widget_info(|| {
            WidgetInfo::labeled(
                WidgetType::Label,
                true,
                format!("Model {}. {under}", column.name),
            )
        });
        if response.clicked() {
            asks.push(Ask::Select(models.selected.0, index));
        }
        response.on_hover_text(help);
    }
}

/// The names and small copies of the versions, which stay on the left.
fn rows_ui(
    root: &mut Ui,
    head: Rect,
    plan: Plan,
    offset: f32,
    models: &Models,
    asks: &mut Vec<Ask>,
) {
    let mut ui = root.new_child(UiBuilder::new().max_rect(head).id_salt("matrix versions"));
    let clip = head.intersect(root.clip_rect());
    let (rows, _) = models.visible.clone();
    let stays = plan.pinned.then_some(0);
    for index in stays.into_iter().chain(rows) {
        let Some(version) = models.versions.get(index) else {
            continue;
        };
        let pinned = plan.pinned && index == 0;
        let (offset, under) = if pinned {
            (0.0, 0.0)
        } else {
            (offset, plan.pin())
        };
        ui.set_clip_rect(clip.intersect(clip.with_min_y(head.top() + under)));
        let top = head.top() + index as f32 * plan.cell.y - offset;
        let at = Rect::from_min_size(pos2(head.left(), top), vec2(HEAD_WIDTH, plan.cell.y));
        let response = ui.interact(at, Id::new(("matrix version", index)), Sense::CLICK);
        version_ui(&ui, at, version, models.selected.0 == index, &response);
        if response.clicked() {
            asks.push(Ask::Select(index, models.selected.1));
        }
        let help = version
            .failed
            .clone()
            .unwrap_or_else(|| format!("{}. Click to see its curve and answers.", version.name));
        response.on_hover_text(help);
    }
}

fn version_ui(ui: &Ui, at: Rect, version: &Version, chosen: bool, response: &Response) {
    let palette = theme::palette(ui);
    let inner = at.shrink(PAD);
    if chosen || response.hovered() {
        ui.painter()
            .rect_filled(inner, CornerRadius::same(RADIUS), palette.control_hot);
    }
    let line = ui.text_style_height(&TextStyle::Body);
    let room =
        Rect::from_min_max(inner.min, pos2(inner.right(), inner.bottom() - 2.0 * line)).shrink(PAD);
    if let Some((texture, size)) = version.thumb {
        let scale = (room.size() / size).min_elem();
        let place = Rect::from_center_size(room.center(), size * scale);
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter().image(texture, place, whole, Color32::WHITE);
    } else {
        let sign = if version.failed.is_some() { "!" } else { "..." };
        text(ui, room, sign, palette.quiet, Align2::CENTER_CENTER);
    }
    let ink = if chosen { palette.action } else { palette.text };
    let words = Rect::from_min_max(pos2(inner.left(), room.bottom()), inner.max);
    name_ui(ui, words.shrink2(vec2(PAD, 0.0)), &version.name, ink);
    response.widget_info(|| {
        WidgetInfo::selected(
            WidgetType::Button,
            true,
            chosen,
            format!("Version {}", version.name),
        )
    });
}

/// What is said where the matrix has nothing to show.
pub fn empty_ui(root: &mut Ui, rect: Rect, title: &str, words: &str) {
    let place = Rect::from_center_size(rect.center(), vec2(rect.width() * 0.8, rect.height()))
        .with_min_y(rect.top() + rect.height() * 0.3);
    let mut ui = root.new_child(
        UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down(Align::Center)),
    );
    ui.label(theme::title(title));
    ui.label(words);
}
