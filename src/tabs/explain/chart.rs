//! What the panels of the game are drawn with: the four colours with their signs, the paper's
//! bars, the score, the patterns of the legend.

use bevy_egui::egui::{
    Align2, Color32, ColorImage, Context, CornerRadius, FontId, Id, Painter, Pos2, Rect, Response,
    Sense, Shape, Stroke, StrokeKind, TextStyle, TextureHandle, TextureOptions, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

use crate::guess::reveal::{Mark, PERIOD};
use crate::guess::{Band, BandScore, Yardsticks};
use crate::ui::theme::{self, RADIUS, UNIT};
use crate::ui::widgets::ends;

/// The colour of a band on screen.
pub(super) fn colour(band: Band) -> Color32 {
    let [r, g, b] = band.rgb();
    Color32::from_rgb(r, g, b)
}

/// The ink that can be read on a band's colour.
pub(super) fn ink_on(band: Band) -> Color32 {
    match band {
        Band::Yellow | Band::Orange => Color32::BLACK,
        Band::Red | Band::Purple => Color32::WHITE,
    }
}

/// A band's name with a capital.
pub(super) fn name(band: Band) -> &'static str {
    match band {
        Band::Yellow => "Yellow",
        Band::Orange => "Orange",
        Band::Red => "Red",
        Band::Purple => "Purple",
    }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if percent >= 99.95 || percent == 0.0 {
        format!("{percent:.0} %")
    } else if percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// Four dots for what matters most, one for what matters least: the sign beside each colour.
pub(super) fn pips(painter: &Painter, left: Pos2, band: Band, ink: Color32) {
    let radius = 2.5;
    for n in 0..4_u8 {
        let at = left + vec2(radius + f32::from(n) * 8.0, 0.0);
        if n < band.level() {
            painter.circle_filled(at, radius, ink);
        } else {
            painter.circle_stroke(at, radius - 0.5, Stroke::new(1.0, ink));
        }
    }
}

/// Radius of the tick on the colour in the hand, with a pixel around it.
const TICK: f32 = 1.125 * UNIT;
/// Width of [`pips`].
const PIPS: f32 = 29.0;

/// One of the big buttons that take a colour into the hand; `None` is the eraser.
pub(super) fn colour_button(
    ui: &mut Ui,
    width: f32,
    height: f32,
    band: Option<Band>,
    taken: bool,
) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let hot = response.hovered() || response.has_focus();
    let (fill, ink, title, words) = match band {
        Some(band) => (colour(band), ink_on(band), name(band), band.meaning()),
        None => (palette.control, palette.text, "Eraser", "take paint off"),
    };
    let round = CornerRadius::same(RADIUS);
    let painter = ui.painter_at(rect.expand(3.0));
    let body = rect.shrink(3.0);
    painter.rect_filled(body, round, fill);
    let line = if taken {
        Stroke::new(3.0, palette.action)
    } else if hot {
        Stroke::new(2.0, palette.action)
    } else {
        Stroke::new(1.0, palette.outline)
    };
    let ring = if taken { rect } else { body };
    painter.rect_stroke(ring, round, line, StrokeKind::Inside);
    let font = TextStyle::Body.resolve(ui.style());
    let inner = body.shrink2(vec2(UNIT, 0.75 * UNIT));
    let named = painter.text(inner.left_top(), Align2::LEFT_TOP, title, font.clone(), ink);
    if let Some(band) = band {
        let right = inner.right() - PIPS;
        if right > named.right() + 2.0 * TICK + UNIT / 2.0 {
            pips(&painter, pos2(right, inner.top() + UNIT), band, ink);
        }
    } else {
        // A line through a square: nothing in there.
        let sign = Rect::from_center_size(
            inner.right_top() + vec2(-UNIT, UNIT),
            vec2(1.75 * UNIT, 1.75 * UNIT),
        );
        painter.rect_stroke(sign, 2.0, Stroke::new(1.5, ink), StrokeKind::Inside);
        painter.line_segment(
            [sign.left_bottom(), sign.right_top()],
            Stroke::new(1.5, ink),
        );
    }
    let lay = |words: &str| painter.layout(words.to_owned(), font.clone(), ink, inner.width());
    let mut galley = lay(words);
    if named.bottom() + galley.size().y > inner.bottom() + 1.0 {
        // Where it has one line: "somewhat".
        galley = lay(words.strip_suffix(" important").unwrap_or(words));
    }
    painter.galley(named.left_bottom(), galley, ink);
    if taken {
        // A tick beside the name: the choice is not told by colour alone.
        let centre = pos2(named.right() + UNIT / 2.0 + TICK, named.center().y);
        painter.circle_filled(centre, TICK - 1.0, palette.action);
        painter.line(
            vec![
                centre + vec2(-3.5, 0.0),
                centre + vec2(-1.0, 3.0),
                centre + vec2(4.0, -3.0),
            ],
            Stroke::new(2.0, palette.on_action),
        );
    }
    let spoken = format!("{title}, {words}");
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::RadioButton, ui.is_enabled(), taken, &spoken)
    });
    response
}

/// One of the paper's bars: grey is the colour's share in the answer, coloured what was found of
/// it. `longest` is the share that fills the width.
pub(super) fn band_bar(ui: &mut Ui, band: &BandScore, longest: f64) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), 5.5 * UNIT),
        Sense::focusable_noninteractive() | Sense::hover(),
    );
    let painter = ui.painter_at(rect);
    let font = TextStyle::Body.resolve(ui.style());
    let top = rect.left_top();
    pips(
        &painter,
        top + vec2(0.0, 1.1 * UNIT),
        band.colour,
        palette.text,
    );
    let title = painter.text(
        top + vec2(PIPS + UNIT, 0.0),
        Align2::LEFT_TOP,
        name(band.colour),
        font.clone(),
        palette.text,
    );
    let recall = band.recall.unwrap_or(0.0);
    let found = format!("{} found", percent(recall));
    painter.text(
        pos2(rect.right(), title.top()),
        Align2::RIGHT_TOP,
        &found,
        font,
        palette.text,
    );
    let rail_top = rect.bottom() - 2.25 * UNIT;
    let length = |share: f64| (f64::from(rect.width()) * share / longest.max(1e-9)) as f32;
    let bar = |share: f64| {
        Rect::from_min_size(
            pos2(rect.left(), rail_top),
            vec2(length(share), 1.75 * UNIT),
        )
    };
    let grey = bar(band.share);
    painter.rect_filled(grey, 3.0, palette.line);
    if band.found > 0.0 {
        painter.rect_filled(bar(band.found), 3.0, colour(band.colour));
    }
    painter.rect_stroke(
        grey,
        3.0,
        Stroke::new(1.0, palette.outline),
        StrokeKind::Inside,
    );
    let figures = format!(
        "{} ({}): {} of the picture, {} of that found.",
        name(band.colour),
        band.colour.meaning(),
        percent(band.share),
        percent(recall),
    );
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ProgressIndicator, true, &figures);
        info.value = Some(recall);
        info
    });
    ends(&response, 1.0);
    response.on_hover_text(figures)
}

/// The score, 0 to 100, on a line with the two yardsticks.
pub(super) fn score_bar(ui: &mut Ui, score: f64, yardsticks: Option<Yardsticks>) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), 8.0 * UNIT),
        Sense::focusable_noninteractive() | Sense::hover(),
    );
    let painter = ui.painter_at(rect.expand(2.0));
    let font = TextStyle::Body.resolve(ui.style());
    let rail = Rect::from_min_size(rect.min + vec2(0.0, 1.0), vec2(rect.width(), 2.25 * UNIT));
    let round = CornerRadius::same(4);
    painter.rect_filled(rail, round, palette.track);
    let share = (score / 100.0).clamp(0.0, 1.0) as f32;
    if share > 0.0 {
        let filled = Rect::from_min_size(rail.min, vec2(rail.width() * share, rail.height()));
        painter.rect_filled(filled, round, palette.action);
    }
    painter.rect_stroke(
        rail,
        round,
        Stroke::new(1.0, palette.outline),
        StrokeKind::Inside,
    );
    let mut spoken = format!("Score {score:.0} of 100.");
    if let Some(Yardsticks { random, centre }) = yardsticks {
        let x = |value: f64| rail.left() + rail.width() * (value / 100.0).clamp(0.0, 1.0) as f32;
        let flag = |value: f64, row: f32, words: String| {
            let at = x(value);
            let text_y = rail.bottom() + row;
            let line = Stroke::new(2.0, palette.text);
            painter.vline(at, (rail.top() - 1.0)..=(text_y + UNIT), line);
            let galley = painter.layout_no_wrap(words, font.clone(), palette.quiet);
            // Beside its line, on the side where there is room.
            let left = if at + galley.size().x + UNIT < rect.right() {
                at + 0.75 * UNIT
            } else {
                (at - galley.size().x - 0.75 * UNIT).max(rect.left())
            };
            painter.galley(pos2(left, text_y), galley, palette.quiet);
        };
        flag(centre, 0.35 * UNIT, format!("{centre:.0} middle blob"));
        flag(random, 2.85 * UNIT, format!("{random:.0} scribbles"));
        spoken = format!(
            "{spoken} A blob in the middle reaches {centre:.0}, random scribbles {random:.0}."
        );
    }
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ProgressIndicator, true, &spoken);
        info.value = Some(score);
        info
    });
    ends(&response, 100.0);
    response.on_hover_text(spoken)
}

/// A mark's pattern as a small picture over a plain ground, as the stage draws it.
fn swatch(ctx: &Context, mark: Mark) -> TextureHandle {
    let id = Id::new(("swatch", mark));
    if let Some(known) = ctx.data(|data| data.get_temp::<TextureHandle>(id)) {
        return known;
    }
    let side = PERIOD * 3;
    let ground = f32::from(u8::MAX) * 0.8;
    let pixels = (0..side * side)
        .map(|i| {
            let (band, share) = mark.shade(i % side, i / side);
            let mix = |over: u8| (ground * (1.0 - share) + f32::from(over) * share).round() as u8;
            let [r, g, b] = band.rgb();
            Color32::from_rgb(mix(r), mix(g), mix(b))
        })
        .collect();
    let image = ColorImage::new([side as usize; 2], pixels);
    let made = ctx.load_texture("swatch", image, TextureOptions::NEAREST);
    ctx.data_mut(|data| data.insert_temp(id, made.clone()));
    made
}

/// One line of the legend: the pattern and what it means.
pub(super) fn legend(ui: &mut Ui, mark: Mark) {
    let palette = theme::palette(ui);
    let texture = swatch(ui.ctx(), mark);
    let font = TextStyle::Body.resolve(ui.style());
    let words = mark.name();
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, palette.text);
    let side = (PERIOD * 3) as f32;
    let size = vec2(side + UNIT + galley.size().x, side);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let square = Rect::from_min_size(rect.min, vec2(side, side));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(texture.id(), square, uv, Color32::WHITE);
    ui.painter().rect_stroke(
        square,
        0.0,
        Stroke::new(1.0, palette.outline),
        StrokeKind::Inside,
    );
    let at = pos2(
        square.right() + UNIT,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(at, galley, palette.text);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
}

/// The ring of the brush at the pointer: a light line beside a dark one, with the colour inside.
pub(super) fn brush_ring(painter: &Painter, at: Pos2, radius: f32, band: Option<Band>) {
    let palette = theme::of(bevy_egui::egui::Theme::Light);
    let radius = radius.max(2.0);
    painter.add(Shape::circle_stroke(
        at,
        radius + 1.0,
        Stroke::new(1.5, palette.text),
    ));
    painter.add(Shape::circle_stroke(
        at,
        radius - 0.5,
        Stroke::new(1.5, palette.ground),
    ));
    if let Some(band) = band {
        painter.circle_filled(at, 2.5, colour(band));
    } else {
        let font = FontId::proportional(15.0);
        painter.text(at, Align2::CENTER_CENTER, "x", font, palette.text);
    }
}
