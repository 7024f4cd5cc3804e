//! The matrix: versions of one picture against models. Header row and column stay in view; only the
//! cells that are visible are drawn.

use std::ops::Range;

use bevy_egui::egui::{
    self, Align, Align2, Color32, CornerRadius, EventFilter, Id, Key, Layout, Pos2, Rect, Response,
    ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType,
    pos2, vec2,
};

use super::state::{Ask, Cell, Finding, Models, Version};
use crate::ui::theme::{self, RADIUS, UNIT};

/// Width of the header column, in logical pixels.
const HEAD_WIDTH: f32 = 15.0 * UNIT;
/// Height of the header row: two lines of a name and one below, in logical pixels.
const HEAD_HEIGHT: f32 = 8.5 * UNIT;
/// Space around a cell's picture, in logical pixels.
const PAD: f32 = UNIT / 2.0;
/// Narrowest and widest a column is, so that its words can be read and belong to their picture, in
/// logical pixels.
const COLUMN: (f32, f32) = (16.0 * UNIT, 26.0 * UNIT);

/// Where everything lies.
#[derive(Debug, Clone, Copy)]
struct Plan {
    cell: Vec2,
    rows: usize,
    columns: usize,
}

impl Plan {
    /// `room` is the width there is for the columns; `line` the height of a line of text.
    fn of(models: &Models, room: f32, line: f32) -> Self {
        let share = room / models.columns.len().max(1) as f32;
        let narrowest = (models.side + 2.0 * PAD).max(COLUMN.0);
        Self {
            cell: vec2(
                share.clamp(narrowest, COLUMN.1.max(narrowest)),
                models.side + 2.0 * line + 3.0 * PAD,
            ),
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

    /// Rows and columns that a view shows, at least in part.
    fn within(self, view: Rect) -> (Range<usize>, Range<usize>) {
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
    let body = Rect::from_min_max(rect.min + vec2(HEAD_WIDTH, HEAD_HEIGHT), rect.max);
    let plan = Plan::of(models, body.width() - UNIT, line);
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
        let shift = |low: f32, high: f32, offset: f32, room: f32| {
            if low < offset {
                low
            } else if high > offset + room {
                high - room
            } else {
                offset
            }
        };
        let x = shift(wanted.left(), wanted.right(), known.x, body.width());
        let y = shift(wanted.top(), wanted.bottom(), known.y, body.height());
        scroll = scroll.scroll_offset(vec2(x.max(0.0), y.max(0.0)));
    }
    let output = scroll.show_viewport(&mut ui, |ui, view| {
        ui.set_min_size(plan.size());
        let origin = ui.max_rect().min;
        let (rows, columns) = plan.within(view);
        for row in rows.clone() {
            for column in columns.clone() {
                let at = plan.rect(origin, row, column);
                cell_ui(ui, at, models, (row, column), asks);
            }
        }
        models.visible = (rows, columns);
    });
    let offset = output.state.offset;
    columns_ui(root, rect, plan, offset.x, models, asks);
    rows_ui(root, rect, plan, offset.y, models, asks);
    let palette = theme::palette(root);
    let thin = Stroke::new(1.0, palette.line);
    root.painter().hline(rect.x_range(), body.top() - 0.5, thin);
    root.painter()
        .vline(body.left() - 0.5, rect.y_range(), thin);
}

/// The names of the models, which stay on top.
fn columns_ui(
    root: &mut Ui,
    rect: Rect,
    plan: Plan,
    offset: f32,
    models: &Models,
    asks: &mut Vec<Ask>,
) {
    let head = Rect::from_min_max(
        pos2(rect.left() + HEAD_WIDTH, rect.top()),
        pos2(rect.right(), rect.top() + HEAD_HEIGHT),
    );
    let mut ui = root.new_child(UiBuilder::new().max_rect(head).id_salt("matrix models"));
    ui.set_clip_rect(head.intersect(root.clip_rect()));
    let palette = theme::palette(root);
    let (_, columns) = models.visible.clone();
    for index in columns {
        let Some(column) = models.columns.get(index) else {
            continue;
        };
        let left = head.left() + index as f32 * plan.cell.x - offset;
        let at = Rect::from_min_size(pos2(left, head.top()), vec2(plan.cell.x, HEAD_HEIGHT));
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
                let mine: Vec<f64> = (1..models.versions.len())
                    .filter_map(|row| models.finding(row, index))
                    .map(|finding| finding.row.agree)
                    .collect();
                let mean = mine.iter().sum::<f64>() / mine.len().max(1) as f64;
                let words = if mine.is_empty() {
                    String::new()
                } else {
                    format!("mean {:.0} %", mean * 100.0)
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
    rect: Rect,
    plan: Plan,
    offset: f32,
    models: &Models,
    asks: &mut Vec<Ask>,
) {
    let head = Rect::from_min_max(
        pos2(rect.left(), rect.top() + HEAD_HEIGHT),
        pos2(rect.left() + HEAD_WIDTH, rect.bottom()),
    );
    let mut ui = root.new_child(UiBuilder::new().max_rect(head).id_salt("matrix versions"));
    ui.set_clip_rect(head.intersect(root.clip_rect()));
    let (rows, _) = models.visible.clone();
    for index in rows {
        let Some(version) = models.versions.get(index) else {
            continue;
        };
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

fn cell_ui(
    ui: &mut Ui,
    at: Rect,
    models: &Models,
    (row, column): (usize, usize),
    asks: &mut Vec<Ask>,
) {
    let palette = theme::palette(ui);
    let chosen = models.selected == (row, column);
    // One cell at a time takes part in the round of the Tab key; arrows go to the others.
    let sense = if chosen { Sense::click() } else { Sense::CLICK };
    let response = ui.interact(
        at.shrink(PAD / 2.0),
        Id::new(("matrix cell", row, column)),
        sense,
    );
    let inner = at.shrink2(vec2(UNIT, PAD));
    let picture = Rect::from_min_size(inner.min, Vec2::splat(models.side));
    let line = ui.text_style_height(&TextStyle::Body);
    let words = Rect::from_min_max(pos2(inner.left(), picture.bottom()), inner.max);
    let broken = models.columns.get(column).and_then(|c| c.broken.clone());
    let failed = models.versions.get(row).and_then(|v| v.failed.clone());
    ui.painter().rect_filled(picture, 0.0, palette.track);
    let spoken = match (models.cell(row, column), broken.or(failed)) {
        (Some(Cell::Done(finding)), _) => {
            if let Some((texture, size)) = finding.picture {
                let scale = (picture.size() / size).min_elem();
                let place = Rect::from_center_size(picture.center(), size * scale);
                let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                ui.painter().image(texture, place, whole, Color32::WHITE);
            }
            finding_ui(ui, words, line, finding, row == 0);
            told(finding, row == 0)
        }
        (_, Some(why)) => refused_ui(ui, picture, words, why),
        (Some(Cell::Failed(why)), _) => refused_ui(ui, picture, words, why.clone()),
        (Some(Cell::Working(share)), _) => {
            let done = Rect::from_min_size(
                picture.left_bottom() - vec2(0.0, UNIT / 2.0),
                vec2(picture.width() * share.clamp(0.04, 1.0), UNIT / 2.0),
            );
            ui.painter().rect_filled(done, 0.0, palette.action);
            "Working".to_owned()
        }
        _ => "Waiting".to_owned(),
    };
    if chosen {
        let stroke = Stroke::new(2.0, palette.action);
        ui.painter().rect_stroke(
            at.shrink(PAD / 2.0),
            CornerRadius::same(RADIUS),
            stroke,
            StrokeKind::Inside,
        );
    } else if response.hovered() {
        let stroke = Stroke::new(1.0, palette.action);
        ui.painter().rect_stroke(
            at.shrink(PAD / 2.0),
            CornerRadius::same(RADIUS),
            stroke,
            StrokeKind::Inside,
        );
    }
    let version = models.versions.get(row).map_or("", |v| v.name.as_str());
    let model = models.columns.get(column).map_or("", |c| c.name.as_str());
    let spoken = format!("{version}, {model}: {spoken}");
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, chosen, spoken.clone()));
    if response.clicked() {
        asks.push(Ask::Open(row, column));
    }
    if chosen && response.has_focus() {
        arrows(ui, models, &response, asks);
    }
    // Asked for with an arrow in the frame before.
    let wanted: Option<(usize, usize)> = ui.data(|data| data.get_temp(focus_id()));
    if chosen && wanted == Some((row, column)) {
        response.request_focus();
        ui.data_mut(|data| data.remove::<(usize, usize)>(focus_id()));
    }
    response.on_hover_ui(|ui| {
        ui.label(theme::title(format!("{version}, {model}")));
        if let Some(finding) = models.finding(row, column) {
            figures_ui(ui, finding);
            ui.label(theme::quiet(
                ui,
                "Click or press Enter to compare the two maps",
            ));
        } else {
            ui.label(&spoken);
        }
    });
}

/// A cell that cannot be: a sign, and why.
fn refused_ui(ui: &Ui, picture: Rect, words: Rect, why: String) -> String {
    let palette = theme::palette(ui);
    text(ui, picture, "!", palette.quiet, Align2::CENTER_CENTER);
    text(ui, words, &why, palette.quiet, Align2::LEFT_TOP);
    why
}

fn focus_id() -> Id {
    Id::new("matrix cell that is to have the focus")
}

/// Moves the selection with the arrows.
fn arrows(ui: &Ui, models: &Models, response: &Response, asks: &mut Vec<Ask>) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let (mut row, mut column) = models.selected;
    let (last_row, last_column) = (
        models.versions.len().saturating_sub(1),
        models.columns.len().saturating_sub(1),
    );
    ui.input(|input| {
        if input.key_pressed(Key::ArrowDown) {
            row = (row + 1).min(last_row);
        }
        if input.key_pressed(Key::ArrowUp) {
            row = row.saturating_sub(1);
        }
        if input.key_pressed(Key::ArrowRight) {
            column = (column + 1).min(last_column);
        }
        if input.key_pressed(Key::ArrowLeft) {
            column = column.saturating_sub(1);
        }
        if input.key_pressed(Key::Home) {
            (row, column) = (0, 0);
        }
        if input.key_pressed(Key::End) {
            (row, column) = (last_row, last_column);
        }
    });
    if (row, column) != models.selected {
        asks.push(Ask::Select(row, column));
        ui.data_mut(|data| data.insert_temp(focus_id(), (row, column)));
    }
}

/// The answer with its tick or cross, and the share that agrees.
fn finding_ui(ui: &Ui, words: Rect, line: f32, finding: &Finding, original: bool) {
    let palette = theme::palette(ui);
    let first = Rect::from_min_size(words.min, vec2(words.width(), line));
    let same = finding.row.same();
    let sign = Rect::from_min_size(first.min, vec2(2.0 * UNIT, line));
    let stroke = Stroke::new(2.0, if same { palette.good } else { palette.bad });
    let c = sign.center() - vec2(UNIT / 4.0, 0.0);
    if original {
        ui.painter()
            .circle_stroke(c, 3.5, Stroke::new(1.5, palette.quiet));
    } else if same {
        ui.painter().line(
            vec![
                c + vec2(-4.5, 0.0),
                c + vec2(-1.0, 3.5),
                c + vec2(5.0, -4.0),
            ],
            stroke,
        );
    } else {
        ui.painter()
            .line_segment([c + vec2(-4.0, -4.0), c + vec2(4.0, 4.0)], stroke);
        ui.painter()
            .line_segment([c + vec2(-4.0, 4.0), c + vec2(4.0, -4.0)], stroke);
    }
    let label = first.with_min_x(sign.right());
    text(
        ui,
        label,
        &finding.row.label,
        palette.text,
        Align2::LEFT_CENTER,
    );
    let second = Rect::from_min_size(words.min + vec2(0.0, line), vec2(words.width(), line));
    let sure = format!("{:.0} %", finding.row.probability * 100.0);
    text(ui, second, &sure, palette.quiet, Align2::LEFT_CENTER);
    if !original {
        let agree = format!("agrees {:.0} %", finding.row.agree * 100.0);
        text(ui, second, &agree, palette.text, Align2::RIGHT_CENTER);
    }
}

fn told(finding: &Finding, original: bool) -> String {
    let row = &finding.row;
    let answer = format!("{}, {:.1} %", row.label, row.probability * 100.0);
    if original {
        return format!("{answer}, the original");
    }
    let same = if row.same() {
        "same answer"
    } else {
        "another answer"
    };
    format!("{answer}, {same}, map agrees {:.1} %", row.agree * 100.0)
}

/// The figures of a cell.
fn figures_ui(ui: &mut Ui, finding: &Finding) {
    let row = &finding.row;
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let maybe = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    let lines = [
        (
            "Answer",
            format!("{}, {}", row.label, percent(row.probability)),
        ),
        ("First answer now", percent(row.original_probability)),
        (
            "Map agrees",
            format!("{} within {}", percent(row.agree), finding.delta),
        ),
        ("IoU of the top 10 %", format!("{:.4}", row.iou)),
        ("Spearman", maybe(row.spearman)),
        ("SSIM", maybe(row.ssim)),
        ("EMD", format!("{:.4}", row.emd)),
    ];
    egui::Grid::new("cell figures")
        .num_columns(2)
        .min_row_height(3.0 * UNIT)
        .spacing(vec2(2.0 * UNIT, 0.0))
        .show(ui, |ui| {
            for (name, value) in lines {
                ui.label(theme::quiet(ui, name));
                ui.label(value);
                ui.end_row();
            }
        });
}

/// A name in two lines at most: names of one family differ at their end.
fn name_ui(ui: &Ui, room: Rect, name: &str, ink: Color32) {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job =
        egui::text::LayoutJob::single_section(name.to_owned(), egui::TextFormat::simple(font, ink));
    job.wrap = egui::text::TextWrapping {
        max_width: room.width().max(1.0),
        max_rows: 2,
        break_anywhere: false,
        ..egui::text::TextWrapping::default()
    };
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(room.min, galley, ink);
}

/// One line of text, cut where there is no room.
fn text(ui: &Ui, room: Rect, words: &str, ink: Color32, align: Align2) {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let at = align.align_size_within_rect(galley.size(), room).min;
    ui.painter().galley(at, galley, ink);
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
