//! One cell of the matrix: its picture, its answer, its figures; where a click or a key leads.

use bevy_egui::egui::{
    self, Align2, Color32, CornerRadius, EventFilter, Id, Key, Pos2, Rect, Response, Sense, Stroke,
    StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::matrix::{PAD, Plan};
use super::state::{Ask, Cell, Finding, Models};
use super::words::{lines, text, width};
use crate::ui::theme::{self, RADIUS, UNIT};

/// Draws the cell of a row and a column at `at`, where `plan` says what lies in it where.
pub(super) fn cell_ui(
    ui: &mut Ui,
    plan: Plan,
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
    let inner = Rect::from_min_size(inner.min, vec2(plan.content, inner.height()));
    let picture = Rect::from_min_size(inner.min, Vec2::splat(plan.side));
    let line = ui.text_style_height(&TextStyle::Body);
    let words = Rect::from_min_max(pos2(inner.left(), picture.bottom()), inner.max);
    let beside = Rect::from_min_max(
        pos2(picture.right() + UNIT, picture.top()),
        pos2(inner.right(), picture.bottom()),
    );
    let places = Places {
        words,
        beside: plan.beside.then_some(beside),
    };
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
            finding_ui(ui, &places, line, finding, row == 0);
            told(finding, row == 0)
        }
        // Why a whole column or row cannot be is said once, at its head.
        (_, Some(why)) => refused_ui(ui, picture, (row == 0).then_some(words), why),
        (Some(Cell::Failed(why)), _) => refused_ui(ui, picture, Some(words), why.clone()),
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
    let name = format!("{version}, {model}: {spoken}");
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, chosen, name.clone()));
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
fn refused_ui(ui: &Ui, picture: Rect, words: Option<Rect>, why: String) -> String {
    let palette = theme::palette(ui);
    text(ui, picture, "!", palette.quiet, Align2::CENTER_CENTER);
    if let Some(words) = words {
        // The file's whole path would leave no room for what is wrong with it.
        let short = match why.split_once(": ") {
            Some((path, rest)) if path.contains(['/', '\\']) => rest,
            _ => &why,
        };
        lines(ui, words, short, palette.quiet, 3);
    }
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
    let walked = walked(ui, models);
    if walked != models.selected {
        asks.push(Ask::Select(walked.0, walked.1));
        ui.data_mut(|data| data.insert_temp(focus_id(), walked));
    }
}

/// While nothing has the focus the arrows belong to the matrix: the cell they lead to takes it.
pub(super) fn arrows_from_nowhere(ui: &Ui, models: &Models, asks: &mut Vec<Ask>) {
    let elsewhere =
        ui.memory(|memory| memory.focused().is_some() || memory.top_modal_layer().is_some());
    let arrows = [
        Key::ArrowUp,
        Key::ArrowDown,
        Key::ArrowLeft,
        Key::ArrowRight,
    ];
    let pressed = || ui.input(|input| arrows.iter().any(|key| input.key_pressed(*key)));
    if elsewhere || egui::Popup::is_any_open(ui.ctx()) || !pressed() {
        return;
    }
    let walked = walked(ui, models);
    asks.push(Ask::Select(walked.0, walked.1));
    ui.data_mut(|data| data.insert_temp(focus_id(), walked));
}

/// The cell that the keys of this frame lead to.
fn walked(ui: &Ui, models: &Models) -> (usize, usize) {
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
    (row, column)
}

/// Where a cell's words are.
struct Places {
    /// Under the picture.
    words: Rect,
    /// Beside it, where there is room.
    beside: Option<Rect>,
}

/// A tick where the answer is the one of the original, else a cross, around `c`.
pub(super) fn sign_ui(ui: &Ui, c: Pos2, same: bool) {
    let palette = theme::palette(ui);
    let stroke = Stroke::new(2.0, if same { palette.good } else { palette.bad });
    let lines: &[&[[f32; 2]]] = if same {
        &[&[[-4.5, 0.0], [-1.0, 3.5], [5.0, -4.0]]]
    } else {
        &[&[[-4.0, -4.0], [4.0, 4.0]], &[[-4.0, 4.0], [4.0, -4.0]]]
    };
    for line in lines {
        let points = line.iter().map(|[x, y]| c + vec2(*x, *y)).collect();
        ui.painter().line(points, stroke);
    }
}

/// The answer with its tick or cross and how sure it is, and the share that agrees: large beside the
/// picture where there is room for it.
fn finding_ui(ui: &Ui, places: &Places, line: f32, finding: &Finding, original: bool) {
    let palette = theme::palette(ui);
    let words = places.words;
    let first = Rect::from_min_size(words.min, vec2(words.width(), line));
    let same = finding.row.same();
    let sign = Rect::from_min_size(first.min, vec2(2.0 * UNIT, line));
    let c = sign.center() - vec2(UNIT / 4.0, 0.0);
    if original {
        ui.painter()
            .circle_stroke(c, 3.5, Stroke::new(1.5, palette.quiet));
    } else {
        sign_ui(ui, c, same);
    }
    let sure = format!("{:.0} %", finding.row.probability * 100.0);
    let blank = finding.row.is_blank();
    let agree = if blank {
        "-".to_owned()
    } else {
        format!("{:.0} %", finding.row.agree * 100.0)
    };
    let label = first.with_min_x(sign.right());
    let answer = &finding.row.label;
    if let Some(beside) = places.beside {
        let width = text(ui, first, &sure, palette.quiet, Align2::RIGHT_CENTER);
        let label = label.with_max_x(first.right() - width - UNIT);
        text(ui, label, answer, palette.text, Align2::LEFT_CENTER);
        if !original {
            figure(
                ui,
                beside,
                &agree,
                if blank { "empty map" } else { "agrees" },
            );
        }
    } else {
        let agree = if blank {
            "empty map".to_owned()
        } else {
            format!("agrees {agree}")
        };
        // Both figures in one line leave two to the answer.
        let one = original || width(ui, &sure) + width(ui, &agree) + UNIT / 2.0 <= words.width();
        let taken = lines(ui, label, answer, palette.text, if one { 2 } else { 1 });
        let second = first.translate(vec2(0.0, line * taken as f32));
        text(ui, second, &sure, palette.quiet, Align2::LEFT_CENTER);
        if one && !original {
            text(ui, second, &agree, palette.text, Align2::RIGHT_CENTER);
        } else if !original {
            let third = second.translate(vec2(0.0, line));
            text(ui, third, &agree, palette.text, Align2::LEFT_CENTER);
        }
    }
}

/// The share that agrees, large, and what it is under it.
fn figure(ui: &Ui, room: Rect, agree: &str, what: &str) {
    let palette = theme::palette(ui);
    let font = TextStyle::Name(theme::TITLE.into()).resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(agree.to_owned(), font, palette.text);
    let under = room.with_min_y(room.top() + galley.size().y);
    ui.painter().galley(room.min, galley, palette.text);
    text(ui, under, what, palette.quiet, Align2::LEFT_TOP);
}

fn told(finding: &Finding, original: bool) -> String {
    let row = &finding.row;
    let answer = format!("{}, {:.1} %", row.label, row.probability * 100.0);
    let empty = match finding.remark {
        Some(_) => ", empty map",
        None => "",
    };
    if original {
        return format!("{answer}, the original{empty}");
    }
    let same = if row.same() {
        "same answer"
    } else {
        "another answer"
    };
    if row.is_blank() {
        return format!("{answer}, {same}{empty}");
    }
    format!("{answer}, {same}, map agrees {:.1} %", row.agree * 100.0)
}

/// The figures of a cell.
fn figures_ui(ui: &mut Ui, finding: &Finding) {
    let row = &finding.row;
    if let Some(remark) = finding.remark {
        ui.label(crate::ui::sentence(remark));
    }
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let of_maps = |words: String| {
        if row.is_blank() {
            "-".to_owned()
        } else {
            words
        }
    };
    let maybe = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    let lines = [
        (
            "Answer",
            format!("{}, {}", row.label, percent(row.probability)),
        ),
        ("First answer now", percent(row.original_probability)),
        (
            "Map agrees",
            of_maps(format!("{} within {}", percent(row.agree), finding.delta)),
        ),
        ("IoU of the top 10 %", of_maps(format!("{:.4}", row.iou))),
        ("Spearman", maybe(row.spearman)),
        ("SSIM", maybe(row.ssim)),
        ("EMD", of_maps(format!("{:.4}", row.emd))),
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
