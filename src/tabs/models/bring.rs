//! A model that came in: what was guessed about it, a trial on the picture, keep or let go.

use std::path::PathBuf;

use bevy_egui::egui::{self, Button, Grid, Id, Modal, TextEdit, Ui, vec2};

use super::state::{Ask, Models};
use crate::classifier::{Channels, InputSize, ModelEntry, Prediction};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, chooser, segments};

/// How a network wants its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalisation {
    /// Minus `ImageNet`'s mean, divided by its deviation.
    #[default]
    ImageNet,
    /// From 0 to 1.
    Unit,
    /// From -1 to 1.
    Signed,
    /// Minus 127, divided by 128, as `EfficientNet-Lite`.
    Lite,
    /// Minus the mean colour in units of 0-255, as Caffe's networks.
    Caffe,
    /// As they are, 0 to 255.
    Raw,
}

impl Normalisation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ImageNet,
        Self::Unit,
        Self::Signed,
        Self::Lite,
        Self::Caffe,
        Self::Raw,
    ];

    /// Words to show.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ImageNet => "ImageNet mean and deviation",
            Self::Unit => "0 to 1",
            Self::Signed => "-1 to 1",
            Self::Lite => "Minus 127, by 128",
            Self::Caffe => "Minus mean colour (Caffe)",
            Self::Raw => "0 to 255, as they are",
        }
    }

    /// Mean and deviation of each channel, in units of 0-255; the mean in the order of `channels`.
    #[must_use]
    pub fn figures(self, channels: Channels) -> ([f32; 3], [f32; 3]) {
        let ordered = |rgb: [f32; 3]| match channels {
            Channels::Rgb => rgb,
            Channels::Bgr => [rgb[2], rgb[1], rgb[0]],
        };
        match self {
            Self::ImageNet => (
                ordered([123.675, 116.28, 103.53]),
                ordered([58.395, 57.12, 57.375]),
            ),
            Self::Unit => ([0.0; 3], [255.0; 3]),
            Self::Signed => ([127.5; 3], [127.5; 3]),
            Self::Lite => ([127.0; 3], [128.0; 3]),
            Self::Caffe => (ordered([123.68, 116.779, 103.939]), [1.0; 3]),
            Self::Raw => ([0.0; 3], [1.0; 3]),
        }
    }

    /// The one with these figures, if one has them.
    #[must_use]
    pub fn with(mean: [f32; 3], std: [f32; 3], channels: Channels) -> Option<Self> {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.02);
        Self::ALL.into_iter().find(|kind| {
            let (m, s) = kind.figures(channels);
            near(m, mean) && near(s, std)
        })
    }
}

/// What the trial said.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// It runs.
    Working,
    /// It worked.
    Done {
        /// `[height, width, channels]` of the network's input.
        input: [usize; 3],
        /// Number of classes.
        classes: usize,
        /// What was guessed, in words.
        guesses: Vec<String>,
        /// What it says of the picture, best first; empty without a picture.
        answers: Vec<Prediction>,
    },
    /// It did not: why, in a sentence.
    Failed(String),
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The file.
    pub path: PathBuf,
    /// Name on screen.
    pub name: String,
    /// Side of the input in pixels, for files that leave it open; 0 takes the file's.
    pub side: u32,
    /// How it wants its colours.
    pub normalisation: Normalisation,
    /// Which channel is first.
    pub channels: Channels,
    /// A set of labels of the catalog, or numbers.
    pub named: bool,
    /// A file with one label a line, instead.
    pub labels: Option<PathBuf>,
    /// What the trial said.
    pub trial: Trial,
    /// True while it is being copied.
    pub keeping: bool,
}

impl Form {
    /// A form with nothing said yet.
    #[must_use]
    pub fn of(path: PathBuf) -> Self {
        Self {
            name: crate::picture::display_name(&path),
            path,
            side: 0,
            normalisation: Normalisation::default(),
            channels: Channels::default(),
            named: true,
            labels: None,
            trial: Trial::Working,
            keeping: false,
        }
    }

    /// What the form says, as the catalog has it.
    #[must_use]
    pub fn entry(&self) -> ModelEntry {
        let (mean, std) = self.normalisation.figures(self.channels);
        let labels = match (&self.labels, self.named) {
            (Some(path), _) => Some(path.display().to_string()),
            // With 1000 or 1001 classes these are ImageNet's; the trial tells.
            (None, true) if self.is_imagenet() => Some("imagenet".to_owned()),
            _ => None,
        };
        ModelEntry {
            id: crate::picture::display_name(&self.path),
            name: Some(self.name.trim().to_owned()),
            file: Some(self.path.clone()),
            input_size: (self.side > 0).then_some(InputSize::Square(self.side as usize)),
            channels: Some(self.channels),
            mean: Some(mean),
            std: Some(std),
            labels,
            ..ModelEntry::default()
        }
    }

    fn is_imagenet(&self) -> bool {
        matches!(
            self.trial,
            Trial::Done {
                classes: 1000 | 1001,
                ..
            }
        )
    }
}

/// Width of the form, in logical pixels.
const WIDTH: f32 = 60.0 * UNIT;

/// Draws the form over the tab while it is open.
pub fn form_ui(ctx: &egui::Context, models: &mut Models, asks: &mut Vec<Ask>) {
    let picture = models.picture_name.clone();
    let Some(form) = &mut models.form else {
        return;
    };
    let frame = theme::dialog(&ctx.global_style().visuals);
    let modal = Modal::new(Id::new("bring a model"))
        .frame(frame)
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.label(theme::title("Add this model"));
            ui.label(theme::quiet(ui, form.path.display().to_string()));
            ui.add_space(UNIT);
            let before = form.clone();
            fields_ui(ui, form);
            let changed = (
                before.side,
                before.normalisation,
                before.channels,
                before.named,
            ) != (form.side, form.normalisation, form.channels, form.named);
            if changed {
                asks.push(Ask::Try);
            }
            ui.add_space(UNIT);
            trial_ui(ui, form, &picture);
            ui.add_space(UNIT);
            ui.horizontal(|ui| {
                let palette = theme::palette(ui);
                let ready = matches!(form.trial, Trial::Done { .. }) && !form.keeping;
                let words = egui::RichText::new("Keep").color(palette.on_action);
                let keep = Button::new(words)
                    .fill(palette.action)
                    .min_size(vec2(12.0 * UNIT, theme::TARGET));
                if ui.add_enabled(ready, keep).clicked() {
                    asks.push(Ask::Keep);
                }
                let discard = Button::new("Discard").min_size(vec2(12.0 * UNIT, theme::TARGET));
                if ui.add(discard).clicked() {
                    asks.push(Ask::Discard);
                }
                if form.keeping {
                    ui.label(theme::quiet(ui, "Copying..."));
                }
            });
        });
    if modal.should_close() && models.form.as_ref().is_some_and(|form| !form.keeping) {
        asks.push(Ask::Discard);
    }
}

fn fields_ui(ui: &mut Ui, form: &mut Form) {
    Grid::new("about the model")
        .num_columns(2)
        .min_row_height(theme::TARGET)
        .spacing(vec2(2.0 * UNIT, UNIT))
        .show(ui, |ui| {
            let field = 34.0 * UNIT;
            let label = ui.label("Name");
            ui.add_sized(
                vec2(field, theme::TARGET),
                TextEdit::singleline(&mut form.name)
                    .char_limit(80)
                    .vertical_align(egui::Align::Center),
            )
            .labelled_by(label.id);
            ui.end_row();

            let label = ui.label("Input side");
            ui.horizontal(|ui| {
                ui.add(
                    egui::DragValue::new(&mut form.side)
                        .range(0..=crate::classifier::MAX_INPUT_SIDE as u32)
                        .suffix(" px"),
                )
                .labelled_by(label.id);
                ui.label(theme::quiet(ui, "0 takes what the file says"));
            });
            ui.end_row();

            ui.label("Colours");
            let choices = Normalisation::ALL.map(|kind| Choice {
                name: kind.words(),
                help: "",
                enabled: true,
            });
            let mut index = Normalisation::ALL
                .iter()
                .position(|kind| *kind == form.normalisation)
                .unwrap_or(0);
            chooser(
                ui,
                "Colours of the input",
                false,
                field,
                &mut index,
                &choices,
            );
            if let Some(kind) = Normalisation::ALL.get(index) {
                form.normalisation = *kind;
            }
            ui.end_row();

            ui.label("Order");
            ui.allocate_ui(vec2(field, theme::TARGET), |ui| {
                segments(
                    ui,
                    "Order of the channels",
                    &mut form.channels,
                    &[
                        (Channels::Rgb, "Red, green, blue", "As nearly all networks"),
                        (Channels::Bgr, "Blue, green, red", "As Caffe's networks"),
                    ],
                );
            });
            ui.end_row();

            ui.label("Answers");
            match &form.labels {
                Some(path) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    ui.label(format!("from {name}"));
                }
                None => {
                    ui.checkbox(&mut form.named, "ImageNet's names, where the number fits")
                        .on_hover_text(
                            "A text file named as the model beside it (.txt), one name a line, \
                             goes before",
                        );
                }
            }
            ui.end_row();
        });
}

fn trial_ui(ui: &mut Ui, form: &Form, picture: &str) {
    match &form.trial {
        Trial::Working => {
            ui.label("Trying it on the picture...");
        }
        Trial::Failed(why) => {
            ui.label(theme::title("It cannot be used like this"));
            ui.label(why);
        }
        Trial::Done {
            input: [height, width, channels],
            classes,
            guesses,
            answers,
        } => {
            let colours = if *channels == 1 { "grey" } else { "colour" };
            ui.label(format!(
                "It takes {colours} pictures of {width} x {height} pixels and knows {classes} classes."
            ));
            if !guesses.is_empty() {
                ui.label(theme::quiet(
                    ui,
                    format!("Guessed: {}.", guesses.join(", ")),
                ));
            }
            if !answers.is_empty() {
                ui.label(format!("Of \"{picture}\" it says:"));
                for answer in answers.iter().take(3) {
                    ui.label(format!(
                        "    {} {:.1} %",
                        answer.label,
                        answer.probability * 100.0
                    ));
                }
                ui.label(theme::quiet(
                    ui,
                    "If that makes no sense, try other colours or another order.",
                ));
            }
        }
    }
}
