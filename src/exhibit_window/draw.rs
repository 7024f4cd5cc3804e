//! Draws a screen as it was planned, and tells the screen reader what is on it.

use bevy_egui::egui::epaint::CornerRadiusF32;
use bevy_egui::egui::{
    self, Color32, CornerRadius, Id, Mesh, Pos2, Rect, Sense, Shape, Stroke as Line, StrokeKind,
    Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::colours::{Colours, between, through};
use super::content::Drawing;
use super::measure::Measure;
use super::plan::{Button, Placed, Role};
use crate::exhibit::code_squares;
use crate::exhibit::shell::{Action, Offer, Warmth};

/// What all drawing goes by.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) colours: &'static Colours,
    pub(super) measure: Measure,
    /// How far the button that invites is lit, 0-1.
    pub(super) glow: f32,
}

impl Style {
    fn mm(self, mm: f32) -> f32 {
        self.measure.points(mm)
    }

    fn rounded(self, mm: f32) -> CornerRadius {
        CornerRadius::from(CornerRadiusF32::same(self.mm(mm)))
    }
}

/// The name of a button for the screen reader.
pub(super) fn id_of(offer: &Offer) -> Id {
    Id::new(("exhibit", format!("{:?}", offer.action)))
}

/// Words, and their announcement.
pub(super) fn line(ui: &Ui, number: usize, placed: &Placed, style: Style) {
    let Some(words) = &placed.words else {
        return;
    };
    let ink = match placed.role {
        Role::Quiet => style.colours.quiet,
        Role::Title | Role::Question | Role::Text => style.colours.text,
    };
    let x = if placed.middle {
        placed.rect.center().x
    } else {
        placed.rect.left()
    };
    ui.painter()
        .galley(pos2(x, placed.rect.top()), words.clone(), ink);
    let response = ui.interact(
        placed.rect,
        Id::new(("exhibit line", number)),
        Sense::hover(),
    );
    let text = words.text();
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_live(egui::accesskit::Live::Polite);
    });
}

/// A button.
pub(super) fn button(
    ui: &Ui,
    button: &Button,
    offer: &Offer,
    style: Style,
    (pressed, focused): (bool, bool),
) {
    let Style { colours, .. } = style;
    let painter = ui.painter();
    let chosen = offer.on == Some(true);
    let (ground, ink) = match (offer.main || chosen, pressed) {
        (true, false) => (colours.main, colours.on_main),
        (true, true) => (between(colours.main, colours.text, 0.5), colours.on_main),
        (false, false) => (colours.control, colours.text),
        (false, true) => (colours.pressed, colours.text),
    };
    let radius = style.rounded(3.5);
    if offer.action == Action::Wake {
        let around = button.rect.expand(style.mm(2.5) * style.glow);
        let light = through(colours.main, 0.35 * style.glow);
        painter.rect_filled(around, style.rounded(5.5), light);
    }
    painter.rect_filled(button.rect, radius, ground);
    let outline = Line::new(
        style.mm(0.5),
        if offer.main { ground } else { colours.outline },
    );
    painter.rect_stroke(button.rect, radius, outline, StrokeKind::Inside);
    let top = button.rect.center().y - button.words.size().y / 2.0;
    painter.galley(pos2(button.rect.center().x, top), button.words.clone(), ink);
    if chosen {
        // Not by colour alone.
        let at = button.rect.left_top() + vec2(style.mm(3.5), style.mm(3.5));
        painter.circle_filled(at, style.mm(1.2), ink);
    }
    if focused {
        frame(ui, button.rect, style);
    }
    tell(ui, button.rect, offer, focused);
}

/// A frame around what keys are at: two colours, so that it is seen on any ground.
fn frame(ui: &Ui, rect: Rect, style: Style) {
    let around = rect.expand(style.mm(1.2));
    let radius = style.rounded(4.5);
    let wide = Line::new(style.mm(1.6), style.colours.focus);
    ui.painter()
        .rect_stroke(around, radius, wide, StrokeKind::Middle);
    let thin = Line::new(style.mm(0.5), Color32::BLACK);
    ui.painter()
        .rect_stroke(around, radius, thin, StrokeKind::Middle);
}

/// Tells the screen reader of a button.
pub(super) fn tell(ui: &Ui, rect: Rect, offer: &Offer, focused: bool) {
    let response = ui.interact(rect, id_of(offer), Sense::click());
    response.widget_info(|| match offer.on {
        Some(on) => WidgetInfo::selected(WidgetType::Button, true, on, &offer.label),
        None => WidgetInfo::labeled(WidgetType::Button, true, &offer.label),
    });
    if focused && !response.has_focus() {
        response.request_focus();
    }
}

/// What is drawn between words.
pub(super) fn drawing(ui: &Ui, placed: &Placed, drawing: Drawing, style: Style) {
    let rect = placed.rect;
    match drawing {
        Drawing::Stars(stars, of, growing) => {
            draw_stars(ui, placed, (stars, of, growing), style);
        }
        Drawing::Change(before, now) => draw_change(ui, rect, [before, now], style),
        Drawing::Warmth(warmth) => draw_warmth(ui, rect, warmth, style),
        Drawing::Code(text) => draw_code(ui, placed, &text),
        // Pictures are drawn by who has them.
        Drawing::Rounds(_) | Drawing::Card(_) => {}
        Drawing::Left(share) => {
            let radius = style.rounded(2.0);
            ui.painter().rect_filled(rect, radius, style.colours.empty);
            let width = rect.width() * share.clamp(0.0, 1.0);
            let left = Rect::from_min_size(rect.min, vec2(width, rect.height()));
            ui.painter().rect_filled(left, radius, style.colours.main);
        }
    }
}

/// A code that telephones read: dark squares on white, with the margin that they need.
fn draw_code(ui: &Ui, placed: &Placed, text: &str) {
    let Ok((side, dark)) = code_squares(text) else {
        return;
    };
    let height = placed.rect.height();
    let left = if placed.middle {
        placed.rect.center().x - height / 2.0
    } else {
        placed.rect.left()
    };
    let page = Rect::from_min_size(pos2(left, placed.rect.top()), vec2(height, height));
    let square = height / (side + 8) as f32;
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(page, Color32::WHITE);
    for (number, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (y, x) = ((number / side.max(1)) as f32, (number % side.max(1)) as f32);
        let at = page.min + vec2(x + 4.0, y + 4.0) * square;
        mesh.add_colored_rect(
            Rect::from_min_size(at, vec2(square, square)),
            Color32::BLACK,
        );
    }
    ui.painter().add(Shape::mesh(mesh));
    let response = ui.interact(page, Id::new("exhibit code"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, text));
}

fn draw_stars(ui: &Ui, placed: &Placed, (stars, of, growing): (u32, u32, f32), style: Style) {
    let rect = placed.rect;
    let side = rect.height();
    let step = (side * 1.15).min(rect.width() / of.max(1) as f32);
    let start = if placed.middle {
        rect.center().x - step * of as f32 / 2.0
    } else {
        rect.left()
    };
    for number in 0..of {
        let at = pos2(start + (number as f32 + 0.5) * step, rect.center().y);
        let radius = side.min(step) / 2.0;
        star(ui.painter(), at, radius, style.colours.empty);
        if number < stars {
            let last = number + 1 == stars;
            let size = if last { pop(growing) } else { 1.0 };
            star(ui.painter(), at, radius * size, style.colours.star);
        }
    }
}

/// How large something is that grows, a little too far at first.
fn pop(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share + 0.35 * (share * std::f32::consts::PI).sin()
}

/// A star.
pub(super) fn star(painter: &egui::Painter, at: Pos2, radius: f32, colour: Color32) {
    let mut mesh = Mesh::default();
    mesh.colored_vertex(at, colour);
    for point in 0..10_u16 {
        let far = if point % 2 == 0 {
            radius
        } else {
            radius * 0.45
        };
        let turn = f32::from(point) * std::f32::consts::TAU / 10.0;
        mesh.colored_vertex(at + vec2(turn.sin(), -turn.cos()) * far, colour);
    }
    for point in 0..10 {
        mesh.add_triangle(0, 1 + point, 1 + (point + 1) % 10);
    }
    painter.add(Shape::mesh(mesh));
}

/// Two bars: how sure it was above, how sure it is below. The words beside them are told, they are not.
fn draw_change(ui: &Ui, rect: Rect, shares: [f32; 2], style: Style) {
    let colours = style.colours;
    let high = rect.height() / 2.0;
    let inks = [colours.quiet, colours.main];
    for (n, (share, ink)) in shares.into_iter().zip(inks).enumerate() {
        let top = rect.top() + n as f32 * high;
        let whole = vec2(rect.width(), 0.86 * high);
        let track = Rect::from_min_size(pos2(rect.left(), top), whole);
        ui.painter()
            .rect_filled(track, style.rounded(1.0), colours.empty);
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let bar = Rect::from_min_size(track.min, vec2(whole.x * share, whole.y));
        ui.painter().rect_filled(bar, style.rounded(1.0), ink);
    }
}

/// Steps that grow from cold to hot; too much is one that is crossed out.
fn draw_warmth(ui: &Ui, rect: Rect, warmth: Warmth, style: Style) {
    let steps = match warmth {
        Warmth::Empty => 0,
        Warmth::Cold => 1,
        Warmth::Warm => 2,
        Warmth::Hot | Warmth::TooMuch => 3,
    };
    let gap = style.mm(2.0);
    let width = (rect.width() - 2.0 * gap) / 3.0;
    for step in 0..3_u8 {
        let height = rect.height() * (0.4 + 0.3 * f32::from(step));
        let left = rect.left() + f32::from(step) * (width + gap);
        let bar = Rect::from_min_size(pos2(left, rect.bottom() - height), vec2(width, height));
        let colour = match warmth {
            Warmth::TooMuch => style.colours.quiet,
            _ if step < steps => between(
                style.colours.main,
                style.colours.star,
                f32::from(step) / 2.0,
            ),
            _ => style.colours.empty,
        };
        ui.painter().rect_filled(bar, style.rounded(1.5), colour);
        if warmth == Warmth::TooMuch {
            let line = Line::new(style.mm(1.0), style.colours.ground);
            ui.painter()
                .line_segment([bar.left_bottom(), bar.right_top()], line);
        }
    }
}
