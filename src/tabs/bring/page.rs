//! The form about a model that came in: what was guessed, what it says of the picture, keep or not.

use bevy_egui::egui::{
    self, Align, Align2, Button, Grid, Id, Key, Label, Layout, Modal, ScrollArea, Sense, Stroke,
    TextEdit, TextStyle, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::form::{Form, Names, Trial};
use super::normalisation::Normalisation;
use super::state::{Ask, Bring};
use crate::classifier::{Channels, MAX_INPUT_SIDE};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, chooser, cut_text, segments};

/// Width of the form, in logical pixels.
const WIDTH: f32 = 76.0 * UNIT;
/// Width of a field, in logical pixels.
const FIELD: f32 = 48.0 * UNIT;
/// Where the answers begin in the list, in logical pixels.
const ANSWER: f32 = 33.0 * UNIT;
/// Height of the form beside its fields, and of what is seen around it, in logical pixels.
const AROUND: f32 = 25.0 * UNIT;
/// Lines that are kept free for what is said about the trial, so that the form keeps its size.
const LINES: f32 = 2.0;

/// How what is known of the colours begins among the notices.
const NORMALISATION: &str = "normalisation: ";

/// Draws the form over the tab while it is open. A click beside it does not close it: what was
/// filled in would be lost.
pub fn form_ui(ctx: &egui::Context, bring: &mut Bring, asks: &mut Vec<Ask>) {
    let picture = bring.picture_name.clone();
    let Some(form) = &mut bring.form else {
        return;
    };
    let frame = theme::dialog(&ctx.global_style().visuals);
    let modal = Modal::new(Id::new("bring a model"))
        .frame(frame)
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            if let Trial::Refused(why) = &form.trial {
                return refused_ui(ui, why, asks);
            }
            let title = if form.changes.is_some() {
                "Change this model"
            } else {
                "Add this model"
            };
            ui.label(theme::title(title));
            let path = form.path.display().to_string();
            ui.add(Label::new(theme::quiet(ui, &path)).truncate())
                .on_hover_text(&path);
            ui.add_space(UNIT / 2.0);
            // In a low window the buttons stay in view, and the rest is scrolled.
            let room = (ctx.content_rect().height() - AROUND).max(20.0 * UNIT);
            ScrollArea::vertical()
                .auto_shrink([false, true])
                .max_height(room)
                .min_scrolled_height(room)
                .show(ui, |ui| {
                    fields_ui(ui, form, asks);
                    ui.add_space(UNIT / 2.0);
                    colours_ui(ui, form, &picture, asks);
                    ui.add_space(UNIT / 2.0);
                    trial_ui(ui, form);
                });
            ui.add_space(UNIT / 2.0);
            buttons_ui(ui, form, asks);
        });
    let escaped = ctx.input(|input| input.key_pressed(Key::Escape));
    if escaped && modal.is_top_modal && !modal.any_popup_open && !form.keeping {
        asks.push(Ask::Discard);
    }
    // Its place follows its size one frame later.
    let size = modal.response.rect.size();
    let id = Id::new("size of the form about a model");
    let before = ctx.data_mut(|data| data.get_temp(id));
    if before != Some(size) {
        ctx.data_mut(|data| data.insert_temp(id, size));
        ctx.request_repaint();
    }
}

/// A file that no field of the form would make usable.
fn refused_ui(ui: &mut Ui, why: &str, asks: &mut Vec<Ask>) {
    ui.label(theme::title("This file cannot be added"));
    ui.label(why);
    let words = "What is needed is a network that names classes: one picture in, one score for each \
                 class out.";
    ui.label(theme::quiet(ui, words));
    ui.add_space(UNIT);
    let close = Button::new("Close").min_size(vec2(12.0 * UNIT, theme::TARGET));
    if ui.add(close).clicked() {
        asks.push(Ask::Discard);
    }
}

fn fields_ui(ui: &mut Ui, form: &mut Form, asks: &mut Vec<Ask>) {
    Grid::new("about the model")
        .num_columns(2)
        .min_row_height(theme::TARGET)
        .spacing(vec2(2.0 * UNIT, UNIT / 2.0))
        .show(ui, |ui| {
            let label = ui.label("Name");
            ui.add_sized(
                vec2(FIELD, theme::TARGET),
                TextEdit::singleline(&mut form.name)
                    .char_limit(80)
                    .vertical_align(Align::Center),
            )
            .labelled_by(label.id);
            ui.end_row();

            let label = ui.label("Picture size");
            ui.horizontal(|ui| size_ui(ui, form, label.id, asks));
            ui.end_row();

            ui.label("Classes");
            ui.horizontal(|ui| names_ui(ui, form, asks));
            ui.end_row();

            ui.label("Order");
            let before = form.channels;
            ui.allocate_ui(vec2(FIELD, theme::TARGET), |ui| {
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
            if before != form.channels {
                asks.push(Ask::Try);
            }
            ui.end_row();

            super::rows::rows_ui(ui, form, FIELD, asks);
        });
}

/// The size that the file says, or a field where it leaves that open.
fn size_ui(ui: &mut Ui, form: &mut Form, label: Id, asks: &mut Vec<Ask>) {
    let input = form.known.as_ref().map(|known| (known.input, known.fixed));
    match input {
        Some(([height, width, channels], true)) => {
            let grey = if channels == 1 { ", grey" } else { "" };
            ui.label(format!("{width} x {height} pixels{grey}, as the file says"));
        }
        None if form.trial == Trial::Working => {
            ui.label(theme::quiet(ui, "..."));
        }
        _ => {
            let usual = input.map_or(224, |([height, ..], _)| height as u32);
            let mut side = if form.side > 0 { form.side } else { usual };
            let field = egui::DragValue::new(&mut side)
                .range(1..=MAX_INPUT_SIDE as u32)
                .update_while_editing(false)
                .suffix(" px");
            let response = ui.add(field).labelled_by(label);
            ui.label(theme::quiet(ui, "a side; the file leaves it open"));
            if side != usual || form.side > 0 {
                form.side = side;
            }
            if response.drag_stopped() || response.changed() && !response.dragged() {
                asks.push(Ask::Try);
            }
        }
    }
}

/// Where the names of the classes come from.
fn names_ui(ui: &mut Ui, form: &mut Form, asks: &mut Vec<Ask>) {
    let known = form.known.as_ref();
    let imagenet = known.is_none_or(super::known::Known::is_imagenet);
    let count = known.map_or(0, |known| known.classes);
    let help = format!("It has {count} classes, ImageNet has 1000");
    let mut offered = vec![(Names::ImageNet, "ImageNet's names".to_owned(), imagenet)];
    if let Some((source, _)) = known.and_then(|known| known.found.names.as_ref()) {
        offered.insert(0, (Names::Found, format!("From {source}"), true));
    }
    for file in &form.found {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        offered.push((Names::File(file.clone()), format!("From {name}"), true));
    }
    offered.push((Names::Numbers, "Numbers only".to_owned(), true));
    let choices: Vec<Choice<'_>> = offered
        .iter()
        .map(|(_, words, enabled)| Choice {
            name: words,
            help: if *enabled { "" } else { &help },
            enabled: *enabled,
        })
        .collect();
    let shown = if form.names == Names::ImageNet && !imagenet {
        &Names::Numbers
    } else {
        &form.names
    };
    let mut index = offered
        .iter()
        .position(|(names, ..)| names == shown)
        .unwrap_or(0);
    let button = 9.0 * UNIT;
    let room = FIELD - button - UNIT;
    if chooser(
        ui,
        "Names of the classes",
        false,
        room,
        &mut index,
        &choices,
    )
    .changed()
        && let Some((names, ..)) = offered.get(index)
    {
        form.names = names.clone();
        asks.push(Ask::Try);
    }
    let file = Button::new("File...").min_size(vec2(button, theme::TARGET));
    let file = ui
        .add(file)
        .on_hover_text("A text file with the name of one class a line");
    if file.clicked() {
        asks.push(Ask::ChooseNames);
    }
}

/// The ways of feeding it, and what it answers with each.
fn colours_ui(ui: &mut Ui, form: &mut Form, picture: &str, asks: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let width = ANSWER;
        ui.allocate_ui_with_layout(
            vec2(width, theme::TARGET),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_min_width(width);
                ui.label("Its colours are");
            },
        );
        let says = if picture.is_empty() {
            "choose a picture to see its answers".to_owned()
        } else {
            format!("and of \"{picture}\" it says")
        };
        ui.add(Label::new(says).truncate());
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    for kind in form.offered() {
        colour_row(ui, form, kind);
    }
    if form.normalisation == Normalisation::Own {
        super::rows::own_ui(ui, form, asks);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    let known = form.known.as_ref().and_then(super::known::Known::colours);
    let hint = known.unwrap_or_else(|| {
        "The right one is the one whose answer makes sense. Most are trained with the first."
            .to_owned()
    });
    ui.label(theme::quiet(ui, &hint));
}

fn colour_row(ui: &mut Ui, form: &mut Form, kind: Normalisation) {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), 3.5 * UNIT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let chosen = form.normalisation == kind;
    if response.clicked() && !chosen {
        form.normalisation = kind;
    }
    if response.hovered() || chosen {
        ui.painter()
            .rect_filled(rect, theme::RADIUS, palette.control_hot);
    }
    let centre = pos2(rect.left() + 1.5 * UNIT, rect.center().y);
    let ring = Stroke::new(
        1.5,
        if chosen {
            palette.action
        } else {
            palette.quiet
        },
    );
    ui.painter().circle_stroke(centre, 7.0, ring);
    if chosen {
        ui.painter().circle_filled(centre, 4.0, palette.action);
    }
    let words = rect.with_min_x(centre.x + 1.5 * UNIT);
    let split = rect.left() + ANSWER;
    let left = Align2::LEFT_CENTER;
    cut_text(
        ui,
        words.with_max_x(split),
        kind.words(),
        palette.text,
        left,
    );
    let answer = form.known.as_ref().and_then(|known| known.answer(kind));
    let mut told = kind.words().to_owned();
    if let Some(answer) = answer {
        let ink = if form.trial == Trial::Working {
            palette.quiet
        } else {
            palette.text
        };
        let sure = answer.share();
        let room = rect.with_min_x(split).with_max_x(rect.right() - UNIT);
        let used = cut_text(ui, room, &sure, ink, Align2::RIGHT_CENTER);
        let room = room.with_max_x(room.right() - used - UNIT);
        cut_text(ui, room, &answer.label, ink, left);
        told = format!("{told}: {}, {sure}", answer.label);
    }
    response
        .widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, true, chosen, told.clone()));
}

/// What is to be said about the trial, in as much room at least as that takes mostly.
fn trial_ui(ui: &mut Ui, form: &Form) {
    let line = ui.text_style_height(&TextStyle::Body) + ui.spacing().item_spacing.y;
    let (top, width) = (ui.cursor().top(), ui.available_width());
    match &form.trial {
        Trial::Working => {
            ui.label("Trying it...");
        }
        Trial::Failed(why) | Trial::Refused(why) => {
            ui.label(theme::title("It cannot be used like this"));
            ui.label(why);
        }
        Trial::Done => {
            if let Some(known) = &form.known {
                ui.label(format!("It knows {} classes.", known.classes));
                // How its colours are known stands below them.
                let rest = |notice: &&String| {
                    let colours = notice.starts_with(NORMALISATION);
                    !(colours && known.found.figures_source.is_some())
                };
                for notice in known.notices.iter().filter(rest) {
                    ui.label(theme::quiet(ui, crate::ui::sentence(notice)));
                }
            }
        }
    }
    let rest = LINES * line - (ui.cursor().top() - top);
    if rest > 0.0 {
        ui.allocate_space(vec2(width, rest));
    }
}

fn buttons_ui(ui: &mut Ui, form: &Form, asks: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        let ready = form.trial == Trial::Done && !form.keeping;
        let size = vec2(12.0 * UNIT, theme::TARGET);
        let (keep, discard) = match form.changes {
            Some(_) => ("Save changes", "Cancel"),
            None => ("Keep", "Discard"),
        };
        let words = egui::RichText::new(keep).color(palette.on_action);
        let keep = Button::new(words).fill(palette.action).min_size(size);
        if ui.add_enabled(ready, keep).clicked() {
            asks.push(Ask::Keep);
        }
        let discard = Button::new(discard).min_size(size);
        if ui.add_enabled(!form.keeping, discard).clicked() {
            asks.push(Ask::Discard);
        }
        if form.keeping {
            let words = if form.changes.is_some() {
                "Saving..."
            } else {
                "Copying..."
            };
            ui.label(theme::quiet(ui, words));
        }
    });
}
