//! The strip below the pictures: where the maps agree, delta right under it, and how much.

use bevy_egui::egui::{
    Align, Label, Layout, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, WidgetType,
    pos2, vec2,
};

use super::state::{Agreement, SimilarityState};
use super::{INTERSECTION, words};
use crate::compare::BandAgreement;
use crate::stage::{PaneArea, StageFrame};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, labelled_slider, segments};

/// Height of the strip in a middle of `height` points.
pub(super) fn height(height: f32) -> f32 {
    (height * 0.36).clamp(24.0 * UNIT, 46.0 * UNIT)
}

/// Draws the strip. `count` tells how many pixels agree; it is asked after the slider has moved,
/// so that picture, figure and slider are of one frame.
pub(super) fn strip_ui(
    ui: &mut Ui,
    state: &mut SimilarityState,
    frame: &mut StageFrame,
    count: &mut dyn FnMut(u8, bool) -> Option<Agreement>,
) {
    let palette = theme::palette(ui);
    let whole = ui.available_rect_before_wrap();
    let inner = whole
        .with_min_y(whole.top() + UNIT)
        .with_max_y(whole.bottom() - UNIT);
    let gap = 2.0 * UNIT;
    let left_width = (inner.width() - gap) / 2.0;
    let slider_height = theme::TARGET;
    let picture = Rect::from_min_max(
        inner.min,
        pos2(
            inner.left() + left_width,
            inner.bottom() - slider_height - UNIT / 2.0,
        ),
    );
    let slider = Rect::from_min_max(
        pos2(inner.left(), inner.bottom() - slider_height),
        pos2(inner.left() + left_width, inner.bottom()),
    );
    let figures = inner.with_min_x(inner.left() + left_width + gap);

    // Bevy draws the picture under the interface: everything around it gets its ground here.
    let ground = palette.ground;
    let band = whole.expand2(vec2(2.0 * UNIT, 0.0));
    for part in [
        band.with_max_y(picture.top()),
        band.with_min_y(picture.bottom()),
        band.with_max_x(picture.left()),
        band.with_min_x(picture.right()),
    ] {
        ui.painter().rect_filled(part, 0.0, ground);
    }
    ui.painter().hline(
        whole.x_range().expand(2.0 * UNIT),
        whole.top() + 0.5,
        Stroke::new(1.0, palette.line),
    );

    // The slider first: what stands above and beside it shows where it is now.
    let mut under = ui.new_child(UiBuilder::new().max_rect(slider).id_salt("delta"));
    let dial = Dial {
        label: "Delta",
        label_width: 0.0,
        min: 0.0,
        max: 255.0,
        step: 1.0,
        unit: "",
        help: "How far apart two pixels may be and still count as equal, of 255 steps",
    };
    labelled_slider(&mut under, &dial, &mut state.delta);
    let mut beside = ui.new_child(UiBuilder::new().max_rect(figures).id_salt("agreement"));
    rule_ui(&mut beside, &mut state.by_value);
    state.agreement = if state.stale {
        None
    } else {
        count(state.delta(), state.by_value)
    };

    let words = match &state.agreement {
        Some(agreement) => format!(
            "Where the two maps agree: {} of the picture",
            words::percent(agreement.share)
        ),
        None => "Where the two maps agree".to_owned(),
    };
    if let Some(agreement) = &state.agreement {
        PaneArea::new(INTERSECTION, picture, &words).show(ui, frame);
        let sentence = words::agreement(agreement.share, state.delta(), state.by_value);
        figures_ui(&mut beside, agreement, &sentence, figures.height());
    } else {
        let why = state.figures.problem.clone().unwrap_or_else(|| {
            "Where the maps agree is shown here as soon as both are there.".to_owned()
        });
        let mut place = ui.new_child(
            UiBuilder::new()
                .max_rect(picture.shrink(UNIT))
                .layout(Layout::top_down(Align::Min)),
        );
        place.label(why);
    }
}

fn rule_ui(ui: &mut Ui, by_value: &mut bool) {
    segments(
        ui,
        "What is compared",
        by_value,
        &[
            (
                false,
                "Colours",
                "The paper's rule: red, green and blue each differ by at most delta",
            ),
            (
                true,
                "Values",
                "The maps' values, on a scale of 255 steps, differ by at most delta",
            ),
        ],
    );
}

fn figures_ui(ui: &mut Ui, agreement: &Agreement, sentence: &str, height: f32) {
    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
    let share = words::percent(agreement.share);
    let figure = ui
        .allocate_ui_with_layout(
            vec2(ui.available_width(), 4.5 * UNIT),
            Layout::left_to_right(Align::Center),
            |ui| {
                let figure = ui
                    .add(Label::new(theme::figure(&share)).sense(Sense::click()))
                    .on_hover_cursor(bevy_egui::egui::CursorIcon::Copy)
                    .on_hover_text(
                        "The share of the picture in which both maps agree. Click to copy.",
                    );
                ui.add(Label::new("agree").truncate());
                figure
            },
        )
        .inner;
    figure.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Button,
            true,
            format!("{share} of the pixels agree"),
        )
    });
    if figure.clicked() {
        ui.ctx().copy_text(share);
    }
    let room = height - 14.0 * UNIT;
    let row = 3.0 * UNIT;
    if room > 4.0 * row + 5.0 * UNIT {
        ui.label(theme::quiet(ui, sentence));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for band in &agreement.bands {
        band_ui(
            ui,
            band,
            row.min(room.max(0.0) / 4.0 + 0.5 * UNIT).max(2.25 * UNIT),
        );
    }
}

/// How much of one of A's bands agrees.
fn band_ui(ui: &mut Ui, band: &BandAgreement, height: f32) {
    let palette = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let [r, g, b] = band.colour.rgb();
    let swatch = Rect::from_center_size(
        pos2(rect.left() + UNIT, rect.center().y),
        vec2(2.0 * UNIT, 2.0 * UNIT),
    );
    ui.painter().rect(
        swatch,
        3.0,
        bevy_egui::egui::Color32::from_rgb(r, g, b),
        Stroke::new(1.0, palette.outline),
        StrokeKind::Inside,
    );
    let value = band.agree.map_or("none".to_owned(), words::percent);
    let narrow = rect.width() < 26.0 * UNIT;
    let name = words::capitalised(if narrow {
        band.colour.name()
    } else {
        band.colour.meaning()
    });
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(rect.with_min_x(swatch.right() + UNIT))
            .layout(Layout::right_to_left(Align::Center)),
    );
    ui.label(&value);
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(Label::new(&name).truncate());
    });
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetType::Label, true, format!("{name}: {value} agree"))
    });
    response.on_hover_text(format!(
        "Of the {} of the picture that is {} in A, so much agrees with B.",
        words::percent(band.share),
        band.colour.meaning()
    ));
}
