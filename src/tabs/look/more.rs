//! "More": the settings of the chosen method, the same that the command line takes.

use bevy_egui::egui::{Button, CollapsingHeader, DragValue, Ui, vec2};

use super::state::{Ask, Look};
use crate::maps::Tuning;
use crate::saliency::{Baseline, Integration, Method, MethodParams, Steps, View};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, Dial, chooser, labelled_slider, segments};

/// Room for the names before the sliders.
const NAMES: f32 = 8.5 * UNIT;

/// What the steps of a method are called, the most that the slider offers (the command line takes
/// more) and what they do.
fn steps_of(method: Method) -> (&'static str, f32, f32, &'static str) {
    match method {
        Method::SmoothGrad | Method::SmoothGradPlain => (
            "Samples",
            200.0,
            1.0,
            "Noisy copies of the picture: more make the map calmer and take longer",
        ),
        Method::Rise => (
            "Masks",
            10_000.0,
            100.0,
            "Random masks: more make the map calmer and take longer",
        ),
        _ => (
            "Steps",
            500.0,
            1.0,
            "Steps on the way from each baseline: more make the map more exact and take longer",
        ),
    }
}

/// Draws the section; what is changed there is computed anew.
pub fn more_ui(
    ui: &mut Ui,
    look: &mut Look,
    tuning: &mut Tuning,
    method: &mut Method,
    asked: &mut Vec<Ask>,
) {
    let before = (tuning.of(*method), *method);
    let changed = tuning.is_changed(*method);
    let title = if changed { "More (changed)" } else { "More" };
    let open = look.more.take();
    let section = CollapsingHeader::new(title)
        .id_salt("more")
        .open(open)
        .show_unindented(ui, |ui| {
            let mut params = before.0.clone();
            ui.spacing_mut().item_spacing.y = 0.75 * UNIT;
            settings_ui(ui, &look.layers, &mut params, method);
            if *method == before.1 && params != before.0 {
                tuning.set(*method, params);
            }
            ui.add_space(UNIT / 2.0);
            let size = vec2(ui.available_width(), theme::TARGET);
            let reset = ui
                .add_enabled_ui(changed, |ui| ui.add_sized(size, Button::new("Reset")))
                .inner
                .on_hover_text("Set this method as it was at first")
                .on_disabled_hover_text("This method is set as it was at first");
            if reset.clicked() {
                tuning.reset(*method);
            }
        });
    // What opens at the end of a full column would be out of sight.
    let moves = section.openness > 0.0 && section.openness < 1.0;
    if let Some(body) = &section.body_response
        && (moves || section.header_response.clicked())
    {
        ui.scroll_to_rect(body.rect, None);
    }
    if (tuning.of(*method), *method) != before {
        asked.push(Ask::Again);
    }
}

fn settings_ui(ui: &mut Ui, layers: &[String], params: &mut MethodParams, method: &mut Method) {
    if method.is_xrai() {
        ranking_ui(ui, method);
    }
    steps_ui(ui, params, *method);
    let full = params.filled(*method);
    if let Some(baseline) = full.baseline {
        baseline_ui(ui, params, baseline);
    }
    shares_ui(ui, params, &full);
    sizes_ui(ui, params, &full);
    if method.has_layer() {
        layer_ui(ui, params, layers);
    }
    if method.has_view() {
        view_ui(ui, params);
    }
    if method.has_seed() {
        seed_ui(ui, params);
    }
}

/// Between the two forms of XRAI.
fn ranking_ui(ui: &mut Ui, method: &mut Method) {
    ui.label("Regions are ranked");
    segments(
        ui,
        "Regions are ranked",
        method,
        &[
            (
                Method::Xrai,
                "Each round",
                "After each region the others are judged anew by what they would add (full)",
            ),
            (
                Method::XraiFast,
                "Once",
                "All regions are sorted once, so overlaps are judged more roughly (fast)",
            ),
        ],
    );
}

/// The settings that are a share, 0 to 1; `full` has those that the method reads.
fn shares_ui(ui: &mut Ui, params: &mut MethodParams, full: &MethodParams) {
    let rows = [
        (
            "Noise",
            "How strong the noise is, as a share of the picture's own range",
            &mut params.noise,
            full.noise,
        ),
        (
            "At a time",
            "Share of the pixels that are moved in a step, the calmest first",
            &mut params.fraction,
            full.fraction,
        ),
        (
            "Straying",
            "How far the path may stray from the straight one, as a share of its length",
            &mut params.max_dist,
            full.max_dist,
        ),
        (
            "Visible",
            "Share of the picture that a mask leaves visible",
            &mut params.visible,
            full.visible,
        ),
    ];
    for (label, help, value, filled) in rows {
        let Some(filled) = filled else { continue };
        let dial = Dial {
            min: 0.01,
            step: 0.01,
            ..dial(label, help)
        };
        number(ui, &dial, filled as f32, |new| {
            // Two digits, as it is shown.
            *value = Some((f64::from(new) * 100.0).round() / 100.0);
        });
    }
}

/// The settings that are a whole number; `full` has those that the method reads.
fn sizes_ui(ui: &mut Ui, params: &mut MethodParams, full: &MethodParams) {
    let blur = full.max_sigma.map(|sigma| sigma.round() as usize);
    let mut new_blur = blur;
    let rows = [
        (
            ("Cells", 32.0, ""),
            "Cells along each side of a mask: more make finer masks",
            &mut params.cells,
            full.cells,
        ),
        (
            ("Patch", 100.0, " px"),
            "Side of the square that is covered, in pixels of what the network sees",
            &mut params.window,
            full.window,
        ),
        (
            ("Stride", 32.0, " px"),
            "Pixels between two places of the patch; the reference's 1 takes minutes",
            &mut params.stride,
            full.stride,
        ),
        (
            ("Blur", 200.0, " px"),
            "How strong the blur is at the start of the path",
            &mut new_blur,
            blur,
        ),
    ];
    for ((label, max, unit), help, value, filled) in rows {
        let Some(filled) = filled else { continue };
        let dial = Dial {
            max,
            unit,
            ..dial(label, help)
        };
        number(ui, &dial, filled as f32, |new| {
            *value = Some(new.round() as usize);
        });
    }
    if new_blur != blur {
        params.max_sigma = new_blur.map(|sigma| sigma as f64);
    }
}

fn view_ui(ui: &mut Ui, params: &mut MethodParams) {
    ui.label("A pixel counts");
    segments(
        ui,
        "A pixel counts",
        &mut params.view,
        &[
            (
                View::Magnitude,
                "Either way",
                "How much a pixel matters, for or against",
            ),
            (
                View::Signed,
                "For, against",
                "Above zero speaks for the answer, below zero against it",
            ),
        ],
    );
}

/// A slider from 1 to 1 in steps of 1, to be changed where that does not fit.
fn dial<'a>(label: &'a str, help: &'a str) -> Dial<'a> {
    Dial {
        label,
        label_width: NAMES,
        min: 1.0,
        max: 1.0,
        step: 1.0,
        unit: "",
        help,
    }
}

/// A slider that calls `take` with a new value, and leaves one that it cannot show as it is.
fn number(ui: &mut Ui, dial: &Dial<'_>, now: f32, take: impl FnOnce(f32)) {
    let mut value = now;
    labelled_slider(ui, dial, &mut value);
    // The slider rounds what it is given: that alone is no change.
    if (value - now).abs() > dial.step * 0.01 {
        take(value);
    }
}

fn steps_ui(ui: &mut Ui, params: &mut MethodParams, method: Method) {
    if !method.has_steps() {
        return;
    }
    // Where "auto" is unticked, the reference's number is the first.
    let reference = MethodParams::default().filled(method).steps;
    let mut auto = params.steps == Some(Steps::Auto);
    if method.has_integration() {
        let tick = ui
            .checkbox(&mut auto, "As many steps as needed")
            .on_hover_text("Stops as soon as the parts of the map add up to the score");
        if tick.changed() {
            params.steps = if auto { Some(Steps::Auto) } else { reference };
        }
    }
    if let (false, Some(Steps::Count(count))) = (auto, params.steps.or(reference)) {
        let (label, max, step, help) = steps_of(method);
        let dial = Dial {
            max,
            step,
            ..dial(label, help)
        };
        number(ui, &dial, count as f32, |new| {
            params.steps = Some(Steps::Count((new.round() as usize).max(1)));
        });
        if method.has_integration() {
            ui.label("Added up by");
            segments(
                ui,
                "Added up by",
                &mut params.integration,
                &[
                    (
                        Integration::Riemann,
                        "Riemann",
                        "Evenly spaced steps, as the reference does it",
                    ),
                    (
                        Integration::GaussLegendre,
                        "Gauss",
                        "Gauss-Legendre nodes: more exact for as many steps",
                    ),
                ],
            );
        }
    }
}

/// A list under its name, over the width that is there; the index of what was taken.
fn list(ui: &mut Ui, label: &str, now: usize, choices: &[Choice<'_>]) -> Option<usize> {
    ui.label(label);
    let mut chosen = now;
    let width = ui.available_width();
    let taken = chooser(ui, label, false, width, &mut chosen, choices).changed();
    taken.then_some(chosen)
}

fn baseline_ui(ui: &mut Ui, params: &mut MethodParams, now: Baseline) {
    let words = |baseline| match baseline {
        Baseline::Zero => ("Zero", "0 in the network's units: mid grey for most"),
        Baseline::Minmax => (
            "Darkest and brightest",
            "The smallest and the largest value of the picture; two maps are averaged",
        ),
        Baseline::Black => ("Black", "A black picture"),
        Baseline::White => ("White", "A white picture"),
        Baseline::Blur => ("Blurred", "The picture itself, strongly blurred"),
    };
    let choices = Baseline::ALL.map(|baseline| {
        let (name, help) = words(baseline);
        Choice {
            name,
            help,
            enabled: true,
        }
    });
    let at = Baseline::ALL.iter().position(|baseline| *baseline == now);
    let taken = list(ui, "Compared with", at.unwrap_or(0), &choices);
    if let Some(baseline) = taken.and_then(|index| Baseline::ALL.get(index)) {
        params.baseline = Some(*baseline);
    }
}

fn layer_ui(ui: &mut Ui, params: &mut MethodParams, layers: &[String]) {
    let last = Choice {
        name: "The layer before the classifier",
        help: "The layer that most papers show",
        enabled: true,
    };
    // From the scores back to the picture: the later layers are the interesting ones.
    let choices: Vec<Choice<'_>> = std::iter::once(last)
        .chain(layers.iter().rev().map(|layer| Choice {
            name: layer,
            help: "Earlier layers are finer and know less about the answer",
            enabled: true,
        }))
        .collect();
    let now = params.layer.as_ref();
    let at = now.and_then(|now| {
        choices
            .iter()
            .position(|choice| choice.name == now.as_str())
    });
    if let Some(index) = list(ui, "Layer", at.unwrap_or(0), &choices) {
        params.layer = layers.iter().rev().nth(index.wrapping_sub(1)).cloned();
    }
}

fn seed_ui(ui: &mut Ui, params: &mut MethodParams) {
    ui.horizontal(|ui| {
        let help = "Where random numbers start: the same seed gives the same map";
        let start = ui.cursor().left();
        let label = ui.label("Seed").on_hover_text(help);
        ui.add_space((start + NAMES - label.rect.right()).max(0.0));
        ui.add_sized(
            vec2(ui.available_width(), theme::TARGET),
            DragValue::new(&mut params.seed)
                .range(0..=999_999)
                .speed(0.1),
        )
        .labelled_by(label.id)
        .on_hover_text("Drag, or click and type");
    });
}
