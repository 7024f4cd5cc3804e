//! The right column: what the network says of both pictures, what it followed, and the tally.

use bevy_egui::egui::{
    Align, Button, CornerRadius, Layout, Rect, Sense, Stroke, StrokeKind, TextStyle, Ui,
    WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{Ask, Cue, Stylize, Way};
use super::words;
use crate::compare::shape_bias::{AGGREGATION, CueClass, PUBLISHED};
use crate::tabs::look::words::capitalised;
use crate::ui::spoken::say;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, chooser, pair_bar_row, pair_legend, step_header};

/// Draws what the AI says of both pictures.
pub fn answer_ui(ui: &mut Ui, stylize: &mut Stylize, asked: &mut Vec<Ask>) {
    step_header(ui, 3, "What the AI says");
    let rows = words::chart(stylize);
    if rows.is_empty() {
        let words = if stylize.shape.is_none() {
            "Choose a shape and a texture, and the AI says what it sees."
        } else {
            "One moment..."
        };
        ui.label(theme::quiet(ui, words));
        return;
    }
    let change = words::change(stylize);
    let followed = words::followed(stylize);
    let spoken = match &followed {
        _ if stylize.working() => String::new(),
        Some((_, sentence)) => format!("{change} {sentence}"),
        None => change.clone(),
    };
    say(ui.ctx(), "shape and texture", &spoken);
    if !change.is_empty() {
        ui.label(change);
    }
    if let Some((_, sentence)) = followed {
        ui.label(theme::title(sentence));
    }
    ui.add_space(UNIT / 2.0);
    pair_legend(ui);
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for (class, bar) in &rows {
        ui.push_id(class, |ui| {
            if pair_bar_row(ui, bar).clicked() {
                asked.push(Ask::Explain(*class));
            }
        });
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    if stylize.class_chosen {
        let back = ui
            .add_sized(
                vec2(ui.available_width(), theme::TARGET),
                Button::new("Explain each best guess"),
            )
            .on_hover_text("Each map shows again what speaks for that picture's surest answer");
        if back.clicked() {
            asked.push(Ask::ExplainBest);
        }
    } else {
        let words = "Click an answer to see what speaks for it on both pictures.";
        ui.label(theme::quiet(ui, words));
    }
}

/// Draws the test of shape against texture; `model` is the chosen network's name.
pub fn bias_ui(ui: &mut Ui, stylize: &mut Stylize, model: &str, asked: &mut Vec<Ask>) {
    if stylize.way == Way::Texture && !words::chart(stylize).is_empty() {
        ui.add_space(2.0 * UNIT);
        cues_ui(ui, stylize);
        ui.add_space(UNIT);
        tally_ui(ui, stylize, model, asked);
    }
}

/// What shape and texture are of the 16 classes: guessed, or set by the person.
fn cues_ui(ui: &mut Ui, stylize: &mut Stylize) {
    ui.label(theme::title("Shape against texture"));
    let classes = stylize.before.probabilities.len();
    if classes != 1000 {
        let words = format!(
            "This network knows {classes} classes. The test of shape against texture needs ImageNet's 1000."
        );
        ui.label(theme::quiet(ui, words));
        return;
    }
    let texture_answers = stylize.texture_answers.clone();
    let shape_answers = stylize.before.answers.clone();
    cue_ui(ui, "The shape is", &mut stylize.shape_cue, &shape_answers);
    cue_ui(
        ui,
        "The texture is",
        &mut stylize.texture_cue,
        &texture_answers,
    );
    let words = match words::verdict(stylize) {
        Some(_) if stylize.percent() < words::COUNTED_FROM => {
            "Counts at 100 % strength, as in the published test."
        }
        Some(_) if stylize.keep_colours => "Counts without kept colours, as in the published test.",
        Some(_) => "This pair counts below.",
        None => "Counts when both are of the 16, and not the same.",
    };
    ui.label(theme::quiet(ui, words)).on_hover_text(AGGREGATION);
}

fn cue_ui(ui: &mut Ui, label: &str, cue: &mut Cue, answers: &[crate::classifier::Prediction]) {
    let now = words::cue(*cue, answers);
    let none = "none of the 16";
    let names: Vec<String> = std::iter::once(none.to_owned())
        .chain(CueClass::ALL.iter().map(|class| class.name().to_owned()))
        .collect();
    let guess = *cue == Cue::Guess;
    let choices: Vec<Choice<'_>> = names
        .iter()
        .map(|name| Choice {
            name,
            help: if guess {
                "Guessed by the AI; choose what it really is"
            } else {
                "Said by you"
            },
            enabled: true,
        })
        .collect();
    let place = now.and_then(|class| CueClass::ALL.iter().position(|c| *c == class));
    let mut index = place.map_or(0, |place| place + 1);
    let taken = ui
        .horizontal(|ui| {
            let name = ui.label(theme::quiet(ui, label));
            ui.add_space((13.0 * UNIT - name.rect.width()).max(0.0));
            let width = ui.available_width();
            chooser(ui, label, false, width, &mut index, &choices).changed()
        })
        .inner;
    if taken {
        let class = index
            .checked_sub(1)
            .and_then(|place| CueClass::ALL.get(place));
        *cue = Cue::Said(class.copied());
    }
}

/// The session's shape bias beside the published figures.
fn tally_ui(ui: &mut Ui, stylize: &Stylize, model: &str, asked: &mut Vec<Ask>) {
    ui.label(theme::title("Shape bias"));
    let tally = stylize.tally;
    let all = tally.shape + tally.texture + tally.neither;
    let words = match (all, tally.interval()) {
        (0, _) => "No pair has counted yet in this session.".to_owned(),
        (_, Some((low, high))) => format!(
            "{} followed the shape, {} the texture, {} neither. With so few pairs it may lie anywhere from {:.0} to {:.0} %.",
            tally.shape,
            tally.texture,
            tally.neither,
            low * 100.0,
            high * 100.0
        ),
        (_, None) => format!("{} followed neither shape nor texture.", tally.neither),
    };
    ui.label(theme::quiet(ui, words)).on_hover_text(AGGREGATION);
    let mut rows: Vec<(String, f64, bool)> = PUBLISHED
        .iter()
        .map(|known| (capitalised(known.who), known.shape_bias, false))
        .collect();
    if let Some(bias) = tally.shape_bias() {
        let here = rows.iter().position(|(_, known, _)| *known < bias);
        let row = (format!("{model}, here"), bias, true);
        rows.insert(here.unwrap_or(rows.len()), row);
    }
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for (who, bias, ours) in rows {
        share_row(ui, &who, bias, ours);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.label(theme::quiet(
        ui,
        "Published on the same 1200 pictures. 100 % looks at shapes alone.",
    ));
    if all > 0 {
        let clear = ui.add_sized(
            vec2(ui.available_width(), theme::TARGET),
            Button::new("Begin the count anew"),
        );
        if clear.clicked() {
            asked.push(Ask::ClearTally);
        }
    }
}

/// A name, a thin bar from 0 to 1, and the figure.
fn share_row(ui: &mut Ui, who: &str, share: f64, ours: bool) {
    let palette = theme::palette(ui);
    let text = ui.text_style_height(&TextStyle::Body);
    let (rect, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), text + 1.25 * UNIT),
        Sense::hover(),
    );
    let words = format!("{:.1} %", share * 100.0);
    response.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Label,
            true,
            format!("{who}, shape bias {words}"),
        )
    });
    let mut line = ui.new_child(
        bevy_egui::egui::UiBuilder::new()
            .max_rect(Rect::from_min_size(rect.min, vec2(rect.width(), text)))
            .layout(Layout::right_to_left(Align::Center)),
    );
    let ink = if ours { palette.text } else { palette.quiet };
    line.label(bevy_egui::egui::RichText::new(&words).color(ink));
    line.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let mut name = bevy_egui::egui::RichText::new(who).color(ink);
        if ours {
            name = name.strong();
        }
        ui.add(bevy_egui::egui::Label::new(name).truncate());
    });
    let rail = Rect::from_min_size(
        pos2(rect.left(), rect.top() + text + 1.0),
        vec2(rect.width(), 0.5 * UNIT),
    );
    let round = CornerRadius::same(2);
    ui.painter().rect_filled(rail, round, palette.track);
    let width = (rail.width() * share.clamp(0.0, 1.0) as f32).max(2.0);
    let filled = Rect::from_min_size(rail.min, vec2(width, rail.height()));
    let fill = if ours {
        palette.action
    } else {
        palette.outline
    };
    ui.painter().rect_filled(filled, round, fill);
    if ours {
        let stroke = Stroke::new(1.0, palette.action);
        ui.painter()
            .rect_stroke(rail, round, stroke, StrokeKind::Outside);
    }
}
