//! A chart of a few lines. Each has a dash and a marker of its own, so that colour is not needed to
//! tell them apart; the figures are shown on hover and with the keyboard (arrows).

use bevy_egui::egui::{
    self, Align2, EventFilter, Id, Key, Pos2, Rect, Response, Sense, Shape, Stroke, TextStyle,
    Tooltip, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use crate::ui::theme::{self, UNIT};

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Height of each point, 0 to 1; `None` where there is none.
    pub values: Vec<Option<f64>>,
    /// The 95 % interval of each point, where it is known.
    pub intervals: Vec<Option<(f64, f64)>>,
}

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart<'a> {
    /// What it is about, read out.
    pub name: &'a str,
    /// Words under the points, from left to right.
    pub labels: &'a [String],
    /// What the words under the points are: "Severity".
    pub across: &'a str,
    /// The lines.
    pub series: &'a [Series],
}

/// Height of the plot without words, in logical pixels.
const HEIGHT: f32 = 20.0 * UNIT;
/// Room for the percentages on the left, in logical pixels.
const LEFT: f32 = 6.0 * UNIT;
/// Lengths of dash and gap by line, in logical pixels; the first is drawn through.
const DASHES: [(f32, f32); 6] = [
    (0.0, 0.0),
    (8.0, 4.0),
    (2.0, 4.0),
    (12.0, 4.0),
    (5.0, 2.0),
    (3.0, 7.0),
];

/// Draws the chart and its key over the width that is there.
pub fn line_chart(ui: &mut Ui, chart: &LineChart<'_>) {
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let line = ui.text_style_height(&TextStyle::Body);
    let size = vec2(ui.available_width(), HEIGHT + 2.0 * line + UNIT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let plot = Rect::from_min_max(
        pos2(rect.left() + LEFT, rect.top() + UNIT),
        pos2(rect.right() - UNIT, rect.top() + UNIT + HEIGHT - UNIT),
    );
    let place = |index: usize, value: f64| -> Pos2 {
        let last = chart.labels.len().saturating_sub(1);
        let share = if last == 0 {
            0.5
        } else {
            index as f32 / last as f32
        };
        let inset = plot.shrink2(vec2(1.5 * UNIT, 0.0));
        pos2(
            egui::lerp(inset.x_range(), share),
            egui::lerp(plot.bottom()..=plot.top(), value.clamp(0.0, 1.0) as f32),
        )
    };
    for percent in [0_u8, 50, 100] {
        let y = place(0, f64::from(percent) / 100.0).y;
        ui.painter()
            .hline(plot.x_range(), y, Stroke::new(1.0, palette.line));
        ui.painter().text(
            pos2(plot.left() - UNIT / 2.0, y),
            Align2::RIGHT_CENTER,
            format!("{percent} %"),
            font.clone(),
            palette.quiet,
        );
    }
    for (index, label) in chart.labels.iter().enumerate() {
        let at = pos2(place(index, 0.0).x, plot.bottom() + UNIT / 2.0);
        ui.painter()
            .text(at, Align2::CENTER_TOP, label, font.clone(), palette.text);
    }
    ui.painter().text(
        pos2(plot.center().x, plot.bottom() + UNIT / 2.0 + line),
        Align2::CENTER_TOP,
        chart.across,
        font,
        palette.quiet,
    );
    let chosen = follow(ui, &response, chart, &place);
    for (index, series) in chart.series.iter().enumerate() {
        let strong = chosen.is_some_and(|(line, _)| line == index);
        let stroke = Stroke::new(if strong { 3.0 } else { 1.75 }, ink(palette, index));
        let points: Vec<Option<Pos2>> = series
            .values
            .iter()
            .enumerate()
            .map(|(i, value)| value.map(|value| place(i, value)))
            .collect();
        for pair in points.windows(2) {
            if let [Some(a), Some(b)] = pair {
                draw_line(ui, &[*a, *b], stroke, index);
            }
        }
        for (i, interval) in series.intervals.iter().enumerate() {
            if let (Some((low, high)), Some(Some(_))) = (interval, points.get(i)) {
                let (bottom, top) = (place(i, *low), place(i, *high));
                let thin = Stroke::new(1.0, stroke.color);
                ui.painter().line_segment([bottom, top], thin);
                for end in [bottom, top] {
                    let x = end.x - 3.0..=end.x + 3.0;
                    ui.painter().hline(x, end.y, thin);
                }
            }
        }
        for point in points.into_iter().flatten() {
            marker(ui, point, index, stroke.color, palette.ground);
        }
    }
    if let Some((series, point)) = chosen {
        if let Some(value) = value_at(chart, series, point) {
            let at = place(point, value);
            ui.painter()
                .circle_stroke(at, 8.0, Stroke::new(2.0, palette.action));
        }
        let told = told(chart, series, point);
        let mut figures = Tooltip::for_widget(&response);
        figures.popup = figures.popup.gap(UNIT);
        figures.show(|ui| {
            ui.label(&told);
        });
    }
    let told = chosen.map_or_else(
        || chart.name.to_owned(),
        |(series, point)| format!("{}. {}", chart.name, told(chart, series, point)),
    );
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, told.clone()));
    key(ui, chart);
}

/// Ink of a line: the program's own colours in turn; dash and marker tell the lines apart.
fn ink(palette: &theme::Palette, index: usize) -> egui::Color32 {
    [palette.action, palette.text, palette.quiet, palette.good][index % 4]
}

fn value_at(chart: &LineChart<'_>, series: usize, point: usize) -> Option<f64> {
    *chart.series.get(series)?.values.get(point)?
}

/// The point that the pointer or the keyboard is at: line and index.
fn follow(
    ui: &Ui,
    response: &Response,
    chart: &LineChart<'_>,
    place: &dyn Fn(usize, f64) -> Pos2,
) -> Option<(usize, usize)> {
    let points = || {
        chart.series.iter().enumerate().flat_map(|(s, series)| {
            let values = series.values.iter().enumerate();
            values.filter_map(move |(p, value)| Some((s, p, (*value)?)))
        })
    };
    if let Some(pointer) = response.hover_pos() {
        let near = points()
            .map(|(s, p, value)| (place(p, value).distance(pointer), s, p))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        return near
            .filter(|(distance, ..)| *distance < 6.0 * UNIT)
            .map(|(_, s, p)| (s, p));
    }
    if !response.has_focus() {
        return None;
    }
    let arrows = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let id = Id::new(response.id).with("point");
    let (mut series, mut point): (usize, usize) =
        ui.data(|data| data.get_temp(id)).unwrap_or((0, 0));
    let lines = chart.series.len().max(1);
    let last = chart.labels.len().saturating_sub(1);
    ui.input(|input| {
        if input.key_pressed(Key::ArrowRight) {
            point = (point + 1).min(last);
        }
        if input.key_pressed(Key::ArrowLeft) {
            point = point.saturating_sub(1);
        }
        if input.key_pressed(Key::ArrowDown) {
            series = (series + 1) % lines;
        }
        if input.key_pressed(Key::ArrowUp) {
            series = (series + lines - 1) % lines;
        }
    });
    series = series.min(lines - 1);
    ui.data_mut(|data| data.insert_temp(id, (series, point.min(last))));
    Some((series, point.min(last)))
}

fn told(chart: &LineChart<'_>, series: usize, point: usize) -> String {
    let name = chart.series.get(series).map_or("", |s| s.name.as_str());
    let label = chart.labels.get(point).map_or("", String::as_str);
    let value = value_at(chart, series, point).map_or_else(
        || "no figure yet".to_owned(),
        |v| format!("{:.1} %", v * 100.0),
    );
    let interval = chart
        .series
        .get(series)
        .and_then(|s| *s.intervals.get(point)?)
        .map_or_else(String::new, |(low, high)| {
            format!(" (95 % interval {:.1} to {:.1})", low * 100.0, high * 100.0)
        });
    format!("{name}, {} {label}: {value}{interval}", chart.across)
}

fn draw_line(ui: &Ui, points: &[Pos2], stroke: Stroke, index: usize) {
    let (dash, gap) = DASHES[index % DASHES.len()];
    if dash > 0.0 {
        ui.painter()
            .extend(Shape::dashed_line(points, stroke, dash, gap));
    } else {
        ui.painter().line(points.to_vec(), stroke);
    }
}

/// Circle, square, triangle, diamond: filled, then hollow.
fn marker(ui: &Ui, at: Pos2, index: usize, ink: egui::Color32, ground: egui::Color32) {
    let r = 4.5;
    let fill = if index % 8 < 4 { ink } else { ground };
    let stroke = Stroke::new(1.5, ink);
    let corners = match index % 4 {
        0 => {
            ui.painter().circle(at, r, fill, stroke);
            return;
        }
        1 => vec![vec2(-r, -r), vec2(r, -r), vec2(r, r), vec2(-r, r)],
        2 => vec![vec2(0.0, -r - 1.0), vec2(r + 0.5, r), vec2(-r - 0.5, r)],
        _ => vec![
            vec2(0.0, -r - 1.5),
            vec2(r + 1.5, 0.0),
            vec2(0.0, r + 1.5),
            vec2(-r - 1.5, 0.0),
        ],
    };
    let points = corners.into_iter().map(|corner| at + corner).collect();
    ui.painter()
        .add(Shape::convex_polygon(points, fill, stroke));
}

/// The names of the lines with their dashes and markers, under each other.
fn key(ui: &mut Ui, chart: &LineChart<'_>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (index, series) in chart.series.iter().enumerate() {
        let size = vec2(ui.available_width(), 3.0 * UNIT);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let from = rect.left_center() + vec2(LEFT, 0.0);
        let to = from + vec2(5.0 * UNIT, 0.0);
        let stroke = Stroke::new(1.75, ink(palette, index));
        draw_line(ui, &[from, to], stroke, index);
        marker(
            ui,
            from + (to - from) / 2.0,
            index,
            stroke.color,
            palette.ground,
        );
        let font = TextStyle::Body.resolve(ui.style());
        let mut job =
            egui::text::LayoutJob::simple_singleline(series.name.clone(), font, palette.text);
        let room = rect.right() - to.x - UNIT;
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(UNIT));
        let galley = ui.painter().layout_job(job);
        let at = pos2(to.x + UNIT, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, palette.text);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
}
