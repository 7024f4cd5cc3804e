//! Shares of a whole in their own colours: a pie, or rows of bars, which are easier to compare.
//!
//! Either is one stop of the Tab key; arrow keys walk through the slices. Each slice is named for
//! screen readers and shows its figures under the pointer or the keyboard.

use std::f32::consts::TAU;

use bevy_egui::egui::{
    Align2, Color32, CornerRadius, EventFilter, Key, Mesh, Pos2, Rect, Response, Sense, Shape,
    Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::tooltip::tooltip_beside;
use crate::ui::theme::{self, UNIT};

/// One part of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Its colour, sRGB.
    pub rgb: [u8; 3],
    /// Its share, 0 to 1.
    pub share: f32,
    /// What it is called, such as `dark purple`.
    pub name: String,
    /// Its share in words, such as `23.4 %`.
    pub value: String,
}

impl Slice {
    fn colour(&self) -> Color32 {
        let [r, g, b] = self.rgb;
        Color32::from_rgb(r, g, b)
    }

    fn spoken(&self) -> String {
        format!("{}, {}", self.name, self.value)
    }
}

/// Steps of a full turn: the rim looks round.
const RIM_STEPS: f32 = 120.0;
/// Height of a row of the bar chart, in logical pixels.
const ROW: f32 = 3.0 * UNIT;

/// Draws a pie of `diameter` points, from the top clockwise in the order of `slices`.
pub fn pie_chart(ui: &mut Ui, label: &str, slices: &[Slice], diameter: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(diameter, diameter), Sense::click());
    let (centre, radius) = (rect.center(), diameter / 2.0 - 2.0);
    let bounds = bounds(slices);
    let hovered = response.hover_pos().and_then(|at| {
        let from = at - centre;
        if from.length() > radius {
            return None;
        }
        // Clockwise from the top, in turns.
        let turn = (from.x.atan2(-from.y) / TAU).rem_euclid(1.0);
        bounds
            .iter()
            .position(|(start, end)| (*start..*end).contains(&turn))
    });
    let chosen = choose(ui, &response, slices.len(), hovered);

    let palette = theme::palette(ui);
    let rim = |turn: f32, radius: f32| -> Pos2 {
        let angle = turn * TAU;
        centre + radius * vec2(angle.sin(), -angle.cos())
    };
    let arc = |(start, end): (f32, f32)| -> Vec<Pos2> {
        let steps = ((end - start) * RIM_STEPS).ceil().max(1.0);
        (0..=steps as usize)
            .map(|step| rim(start + (end - start) * step as f32 / steps, radius))
            .collect()
    };
    for (slice, of) in slices.iter().zip(&bounds) {
        let mut mesh = Mesh::default();
        mesh.colored_vertex(centre, slice.colour());
        for (index, point) in (1_u32..).zip(arc(*of)) {
            mesh.colored_vertex(point, slice.colour());
            if index > 1 {
                mesh.add_triangle(0, index - 1, index);
            }
        }
        ui.painter().add(mesh);
    }
    if slices.len() > 1 {
        let line = Stroke::new(1.5, palette.ground);
        for (start, _) in &bounds {
            ui.painter()
                .line_segment([centre, rim(*start, radius)], line);
        }
    }
    ui.painter()
        .circle_stroke(centre, radius, Stroke::new(1.0, palette.outline));
    if let Some(of) = chosen.and_then(|chosen| bounds.get(chosen)) {
        let mut outline = arc(*of);
        if slices.len() > 1 {
            outline.push(centre);
        }
        for stroke in [
            Stroke::new(5.0, palette.ground),
            Stroke::new(2.5, palette.action),
        ] {
            ui.painter()
                .add(Shape::closed_line(outline.clone(), stroke));
        }
    }
    for (index, (slice, (start, end))) in slices.iter().zip(&bounds).enumerate() {
        let middle = rim(f32::midpoint(*start, *end), radius * 0.6);
        speak(
            ui,
            &response,
            index,
            Rect::from_center_size(middle, vec2(UNIT, UNIT)),
            slice,
        );
    }
    finish(ui, response, label, slices, chosen)
}

/// Draws one row a slice: its colour, name, bar and share, over the width that is there.
pub fn share_rows(ui: &mut Ui, label: &str, slices: &[Slice]) -> Response {
    let height = ROW * slices.len() as f32;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let hovered = response
        .hover_pos()
        .map(|at| ((at.y - rect.top()) / ROW).max(0.0) as usize)
        .filter(|row| *row < slices.len());
    let chosen = choose(ui, &response, slices.len(), hovered);

    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let largest = slices
        .iter()
        .fold(0.0_f32, |most, slice| most.max(slice.share));
    let round = CornerRadius::same(3);
    let (swatch, figure) = (2.0 * UNIT, 7.0 * UNIT);
    for (index, slice) in slices.iter().enumerate() {
        let top = rect.top() + ROW * index as f32;
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
        if chosen == Some(index) {
            ui.painter().rect_filled(row, round, palette.control_hot);
        }
        let patch = Rect::from_center_size(
            pos2(row.left() + 0.75 * UNIT + swatch / 2.0, row.center().y),
            vec2(swatch, swatch),
        );
        ui.painter().rect(
            patch,
            round,
            slice.colour(),
            Stroke::new(1.0, palette.outline),
            StrokeKind::Inside,
        );
        let rail = Rect::from_min_max(
            pos2(patch.right() + UNIT, row.top() + 0.9 * UNIT),
            pos2(row.right() - figure, row.bottom() - 0.9 * UNIT),
        );
        ui.painter().rect_filled(rail, round, palette.track);
        let share = slice.share / largest.max(f32::MIN_POSITIVE);
        let filled = Rect::from_min_size(
            rail.min,
            vec2((rail.width() * share).max(2.0), rail.height()),
        );
        ui.painter().rect(
            filled,
            round,
            palette.bar,
            Stroke::new(1.0, palette.action),
            StrokeKind::Inside,
        );
        ui.painter().text(
            pos2(row.right() - UNIT / 2.0, row.center().y),
            Align2::RIGHT_CENTER,
            &slice.value,
            font.clone(),
            palette.text,
        );
        speak(ui, &response, index, row, slice);
    }
    finish(ui, response, label, slices, chosen)
}

/// Where each slice begins and ends, in turns.
fn bounds(slices: &[Slice]) -> Vec<(f32, f32)> {
    let mut end = 0.0;
    slices
        .iter()
        .map(|slice| {
            let start = end;
            end += slice.share;
            (start, end)
        })
        .collect()
}

/// The slice under the pointer, else the one that the arrow keys went to while the chart has the
/// keyboard.
fn choose(ui: &Ui, response: &Response, count: usize, hovered: Option<usize>) -> Option<usize> {
    if hovered.is_some() {
        return hovered;
    }
    if !response.has_focus() || count == 0 {
        return None;
    }
    // Arrow keys would otherwise move the focus to a neighbour.
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let known: usize = ui.data(|data| data.get_temp(response.id)).unwrap_or(0);
    let (on, back) = ui.input(|input| {
        let presses = |keys: [Key; 2]| keys.map(|key| input.num_presses(key)).iter().sum::<usize>();
        (
            presses([Key::ArrowRight, Key::ArrowDown]),
            presses([Key::ArrowLeft, Key::ArrowUp]),
        )
    });
    let now = (known + on + (count - 1) * back) % count;
    ui.data_mut(|data| data.insert_temp(response.id, now));
    Some(now)
}

/// Names one slice for screen readers.
fn speak(ui: &Ui, response: &Response, index: usize, rect: Rect, slice: &Slice) {
    let node = ui.interact(rect, response.id.with(index), Sense::hover());
    node.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, slice.spoken()));
}

/// Names the whole and shows the figures of the chosen slice.
fn finish(
    ui: &Ui,
    response: Response,
    label: &str,
    slices: &[Slice],
    chosen: Option<usize>,
) -> Response {
    let slice = chosen.and_then(|chosen| slices.get(chosen));
    response.widget_info(|| {
        let words = match slice {
            Some(slice) => format!("{label}. {}", slice.spoken()),
            None => format!(
                "{label}. {} colours; arrow keys walk through them",
                slices.len()
            ),
        };
        WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), words)
    });
    let Some(slice) = slice else {
        return response;
    };
    tooltip_beside(&response, |ui| {
        ui.horizontal(|ui| {
            let (patch, _) = ui.allocate_exact_size(vec2(2.0 * UNIT, 2.0 * UNIT), Sense::empty());
            ui.painter().rect(
                patch,
                3.0,
                slice.colour(),
                Stroke::new(1.0, theme::palette(ui).outline),
                StrokeKind::Inside,
            );
            ui.label(theme::title(&slice.name));
        });
        ui.label(format!("{} of the map", slice.value));
        let [r, g, b] = slice.rgb;
        ui.label(theme::quiet(ui, format!("Red {r}, green {g}, blue {b}")));
    });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_each_other_around_the_pie() {
        let slice = |share| Slice {
            rgb: [0; 3],
            share,
            name: String::new(),
            value: String::new(),
        };
        let got = bounds(&[slice(0.25), slice(0.5), slice(0.25)]);
        assert_eq!(got, [(0.0, 0.25), (0.25, 0.75), (0.75, 1.0)]);
    }
}
