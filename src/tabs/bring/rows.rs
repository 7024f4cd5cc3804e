//! The form's fields about what a network sees and what its scores mean.

use bevy_egui::egui::{DragValue, Ui, vec2};

use super::form::Form;
use super::state::Ask;
use crate::classifier::ScoreKind;
use crate::picture::Framing;
use crate::ui::theme;
use crate::ui::widgets::{Choice, chooser, segments};

/// Colours beside a padded picture.
const GROUNDS: [([u8; 3], &str); 3] = [([255; 3], "White"), ([0; 3], "Black"), ([114; 3], "Grey")];

/// What scores may be, and how that is called.
const KINDS: [(ScoreKind, &str); 5] = [
    (ScoreKind::Softmax, "One answer of several"),
    (ScoreKind::Sigmoid, "Independent answers"),
    (ScoreKind::Binary, "One number for yes and no"),
    (ScoreKind::Logits, "Plain numbers"),
    (ScoreKind::Regression, "One measured value"),
];

/// Draws the rows; `field` is the width of a field in logical pixels.
pub(super) fn rows_ui(ui: &mut Ui, form: &mut Form, field: f32, asks: &mut Vec<Ask>) {
    ui.label("It sees");
    framing_ui(ui, form, field, asks);
    ui.end_row();
    if form.framing == Some(Framing::Padded) {
        ui.label("Beside it");
        ground_ui(ui, form, field, asks);
        ui.end_row();
    }
    let Some(known) = &form.known else {
        // Room for what is not known yet, so that the form keeps its size.
        ui.label("They mean");
        ui.label(theme::quiet(ui, "..."));
        ui.end_row();
        return;
    };
    let (outputs, found, kind) = (
        known.found.outputs.clone(),
        known.found.output.clone(),
        known.found.kind,
    );
    if outputs.len() > 1 {
        ui.label("Its scores");
        let choices: Vec<Choice<'_>> = outputs
            .iter()
            .map(|name| Choice {
                name,
                help: "",
                enabled: true,
            })
            .collect();
        let shown = form.output.as_ref().unwrap_or(&found);
        let mut index = outputs.iter().position(|name| name == shown).unwrap_or(0);
        if chooser(
            ui,
            "Output with the scores",
            false,
            field,
            &mut index,
            &choices,
        )
        .changed()
        {
            form.output = outputs.get(index).cloned();
            form.kind = None;
            asks.push(Ask::Try);
        }
        ui.end_row();
    }
    ui.label("They mean");
    let choices = KINDS.map(|(kind, name)| Choice {
        name,
        help: kind.sentence(),
        enabled: true,
    });
    let shown = form.kind.unwrap_or(kind);
    let mut index = KINDS
        .iter()
        .position(|(kind, _)| *kind == shown)
        .unwrap_or(0);
    if chooser(
        ui,
        "What its scores mean",
        false,
        field,
        &mut index,
        &choices,
    )
    .changed()
    {
        form.kind = KINDS.get(index).map(|(kind, _)| *kind);
        asks.push(Ask::Try);
    }
    ui.end_row();
}

fn framing_ui(ui: &mut Ui, form: &mut Form, field: f32, asks: &mut Vec<Ask>) {
    let mut framing = form.framing.unwrap_or_default();
    let before = framing;
    ui.allocate_ui(vec2(field, theme::TARGET), |ui| {
        let choices = [
            (
                Framing::Square,
                "Square",
                "The largest square in the centre of the picture",
            ),
            (
                Framing::Whole,
                "Squeezed",
                "The whole picture, squeezed into its input",
            ),
            (
                Framing::Published,
                "Cropped",
                "The centre part that its makers measured with",
            ),
            (
                Framing::Padded,
                "Padded",
                "The whole picture, with a ground beside it",
            ),
        ];
        segments(ui, "What the network sees", &mut framing, &choices);
    });
    if framing != before {
        form.framing = Some(framing);
        asks.push(Ask::Try);
    }
}

fn ground_ui(ui: &mut Ui, form: &mut Form, field: f32, asks: &mut Vec<Ask>) {
    let mut ground = form.pad.unwrap_or(GROUNDS[0].0);
    let before = ground;
    ui.allocate_ui(vec2(field, theme::TARGET), |ui| {
        let choices = GROUNDS.map(|(colour, name)| (colour, name, "Colour beside the picture"));
        segments(ui, "Colour beside the picture", &mut ground, &choices);
    });
    if ground != before {
        form.pad = Some(ground);
        asks.push(Ask::Try);
    }
}

/// Draws the fields of mean and deviation.
pub(super) fn own_ui(ui: &mut Ui, form: &mut Form, asks: &mut Vec<Ask>) {
    let (mean, std) = &mut form.own;
    let rows = [
        ("Mean", mean, -1000.0..=1000.0),
        ("Deviation", std, 0.001..=1000.0),
    ];
    for (words, values, range) in rows {
        ui.horizontal(|ui| {
            let label = ui.label(words);
            for value in values.iter_mut() {
                let field = DragValue::new(value)
                    .range(range.clone())
                    .speed(0.5)
                    .max_decimals(3)
                    .update_while_editing(false);
                let response = ui
                    .add_sized(vec2(theme::UNIT * 9.0, theme::TARGET), field)
                    .labelled_by(label.id);
                if response.drag_stopped() || response.changed() && !response.dragged() {
                    asks.push(Ask::Try);
                }
            }
            ui.label(theme::quiet(ui, "of 0 to 255"));
        });
    }
}
