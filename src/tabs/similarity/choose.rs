//! The left column: what A and B are, and the quick ways to make B from A.

use bevy_egui::egui::{
    Align, Align2, Button, Layout, Popup, PopupCloseBehavior, Rect, Sense, Stroke, StrokeKind,
    TextStyle, TextWrapMode, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{Ask, Difference, SideState, SimilarityState, View, Which};
use super::words;
use crate::saliency::{ClassChoice, Method};
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, Thumb, chooser, segments, step_header, thumb_grid};

/// Draws the column.
pub fn choose_ui(
    ui: &mut Ui,
    state: &mut SimilarityState,
    thumbs: &[Thumb],
    items: &[u64],
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let views = [
        (
            View::TwoMaps,
            "Two maps",
            "Where two maps agree, and how alike they are",
        ),
        (
            View::Average,
            "Average",
            "What the maps of many versions have in common",
        ),
    ];
    segments(ui, "What is shown", &mut state.view, &views);
    ui.add_space(UNIT);
    if state.view == View::Average {
        step_header(ui, 1, "Choose a picture");
        side_ui(ui, state, Which::A, thumbs, items, models, asks);
        ui.add_space(2.0 * UNIT);
        super::average::choose_ui(ui, state, asks);
        return;
    }
    step_header(ui, 1, "Choose the first map");
    side_ui(ui, state, Which::A, thumbs, items, models, asks);
    ui.add_space(2.0 * UNIT);
    step_header(ui, 2, "Choose what differs in B");
    differences_ui(ui, asks);
    ui.add_space(UNIT / 2.0);
    side_ui(ui, state, Which::B, thumbs, items, models, asks);
    ui.add_space(UNIT);
    ui.label(theme::quiet(
        ui,
        "Drop a picture, or a map's file (npy, json), to make it B.",
    ));
}

/// The quick choices, three in a row where there is room.
fn differences_ui(ui: &mut Ui, asks: &mut Vec<Ask>) {
    ui.spacing_mut().item_spacing = vec2(UNIT / 2.0, UNIT / 2.0);
    let columns = if ui.available_width() < 29.0 * UNIT {
        2
    } else {
        3
    };
    let gaps = (columns - 1) as f32 * UNIT / 2.0;
    // Columns are as wide as their longest word asks for, so that none touches its border.
    let font = TextStyle::Button.resolve(ui.style());
    let mut widths = vec![0.0_f32; columns];
    for (place, difference) in Difference::ALL.iter().enumerate() {
        let words = ui.painter().layout_no_wrap(
            difference.label().to_owned(),
            font.clone(),
            theme::palette(ui).text,
        );
        if let Some(width) = widths.get_mut(place % columns) {
            *width = width.max(words.size().x);
        }
    }
    let spare = ui.available_width() - gaps - widths.iter().sum::<f32>();
    for row in Difference::ALL.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding.x = 2.0;
            for (difference, width) in row.iter().zip(&widths) {
                let width = width + spare / columns as f32;
                let button = Button::new(difference.label()).wrap_mode(TextWrapMode::Extend);
                let response = ui
                    .add_sized(vec2(width, theme::TARGET), button)
                    .on_hover_text(difference.help());
                response.widget_info(|| {
                    let words = format!("Another {}", difference.label().to_lowercase());
                    WidgetInfo::labeled(WidgetType::Button, true, words)
                });
                if response.clicked() {
                    asks.push(Ask::Differ(*difference));
                }
            }
        });
    }
    ui.spacing_mut().item_spacing = vec2(UNIT, UNIT);
}

fn side_ui(
    ui: &mut Ui,
    state: &SimilarityState,
    which: Which,
    thumbs: &[Thumb],
    items: &[u64],
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let side = state.side(which);
    ui.push_id(which, |ui| {
        ui.spacing_mut().item_spacing.y = UNIT / 2.0;
        picture_ui(ui, side, which, thumbs, items, asks);
        if side.from_file {
            ui.label(theme::quiet(ui, "A map from a file, as it is."));
            return;
        }
        let width = ui.available_width();
        answer_ui(ui, state, which, width, asks);
        method_ui(ui, side, which, width, asks);
        model_ui(ui, side, which, width, models, asks);
    });
}

/// A button with the picture and its name; it opens the grid of pictures.
fn picture_ui(
    ui: &mut Ui,
    side: &SideState,
    which: Which,
    thumbs: &[Thumb],
    items: &[u64],
    asks: &mut Vec<Ask>,
) {
    let palette = theme::palette(ui);
    let height = 6.0 * UNIT;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let hot = response.hovered() || response.has_focus();
    let fill = if hot {
        palette.control_hot
    } else {
        palette.control
    };
    let line = if hot { palette.action } else { palette.outline };
    ui.painter().rect(
        rect,
        theme::RADIUS,
        fill,
        Stroke::new(1.0, line),
        StrokeKind::Inside,
    );
    let place = side
        .item
        .and_then(|id| items.iter().position(|item| *item == id));
    let small = Rect::from_min_size(
        rect.min + vec2(UNIT / 2.0, UNIT / 2.0),
        vec2(height - UNIT, height - UNIT),
    );
    let mut left = rect.left() + UNIT;
    if let Some((texture, size)) = place.and_then(|at| thumbs.get(at)).and_then(|t| t.texture) {
        let side = size.min_elem().max(1.0);
        let half = vec2(side / size.x.max(1.0), side / size.y.max(1.0)) / 2.0;
        let middle = pos2(0.5, 0.5);
        let uv = Rect::from_min_max(middle - half, middle + half);
        let white = bevy_egui::egui::Color32::WHITE;
        ui.painter().image(texture, small, uv, white);
        left = small.right() + UNIT;
    }
    let font = TextStyle::Body.resolve(ui.style());
    let letter = format!("{}  ", which.letter());
    let title = TextStyle::Name(theme::TITLE.into()).resolve(ui.style());
    let at = ui.painter().text(
        pos2(left, rect.center().y),
        Align2::LEFT_CENTER,
        letter,
        title,
        palette.action,
    );
    let name = if side.name.is_empty() {
        "Choose a picture"
    } else {
        &side.name
    };
    let room = rect.right() - 3.0 * UNIT - at.right();
    let mut job =
        bevy_egui::egui::text::LayoutJob::simple_singleline(name.to_owned(), font, palette.text);
    job.wrap = bevy_egui::egui::text::TextWrapping::truncate_at_width(room.max(UNIT));
    let galley = ui.painter().layout_job(job);
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter()
        .galley(pos2(at.right(), y), galley, palette.text);
    // A list opens here.
    let tip = pos2(rect.right() - 1.75 * UNIT, rect.center().y);
    ui.painter().line(
        vec![
            tip + vec2(-5.0, -2.5),
            tip + vec2(0.0, 2.5),
            tip + vec2(5.0, -2.5),
        ],
        Stroke::new(1.5, palette.text),
    );
    response.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Button,
            ui.is_enabled(),
            format!("Picture of {}: {name}", which.letter()),
        )
    });
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClick)
        .width(rect.width())
        .show(|ui| {
            ui.set_width(rect.width() - 2.0 * UNIT);
            if let Some(index) = thumb_grid(ui, thumbs, place, 4) {
                asks.push(Ask::Picture(which, index));
            }
            ui.add_space(UNIT / 2.0);
            let open = Button::new("Open...").min_size(vec2(12.0 * UNIT, theme::TARGET));
            let tip = "A picture, or a map's file: map.npy or explanation.json";
            if ui.add(open).on_hover_text(tip).clicked() {
                asks.push(Ask::Open(which));
            }
        });
}

fn answer_ui(ui: &mut Ui, state: &SimilarityState, which: Which, width: f32, asks: &mut Vec<Ask>) {
    let side = state.side(which);
    let classes = words::classes(side, state.side(which.other()));
    let surest = side.answers.first().map_or_else(
        || "The surest answer".to_owned(),
        |best| format!("Surest: {}", best.label),
    );
    let names: Vec<String> = std::iter::once(surest)
        .chain(classes.iter().map(|(_, name)| name.clone()))
        .collect();
    let choices: Vec<Choice<'_>> = names
        .iter()
        .map(|name| Choice {
            name,
            help: "",
            enabled: true,
        })
        .collect();
    let mut index = match side.request.class {
        ClassChoice::Auto => 0,
        ClassChoice::Class(class) => classes
            .iter()
            .position(|(known, _)| *known == class)
            .map_or(usize::MAX, |at| at + 1),
    };
    let label = format!("Answer of {}", which.letter());
    if chooser(ui, &label, false, width, &mut index, &choices).changed() {
        let class = index
            .checked_sub(1)
            .and_then(|at| classes.get(at))
            .map_or(ClassChoice::Auto, |(class, _)| ClassChoice::Class(*class));
        asks.push(Ask::Class(which, class));
    }
}

fn method_ui(ui: &mut Ui, side: &SideState, which: Which, width: f32, asks: &mut Vec<Ask>) {
    let methods: Vec<Method> = Method::all().collect();
    let choices: Vec<Choice<'_>> = methods
        .iter()
        .map(|method| Choice {
            name: method.name(),
            help: method.sentence(),
            enabled: true,
        })
        .collect();
    let mut index = methods
        .iter()
        .position(|method| *method == side.request.method)
        .unwrap_or(0);
    let label = format!("Method of {}", which.letter());
    if chooser(ui, &label, false, width, &mut index, &choices).changed()
        && let Some(method) = methods.get(index)
    {
        asks.push(Ask::Method(which, *method));
    }
}

fn model_ui(
    ui: &mut Ui,
    side: &SideState,
    which: Which,
    width: f32,
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let choices: Vec<Choice<'_>> = models
        .iter()
        .map(|model| Choice {
            name: &model.name,
            help: &model.note,
            enabled: model.installed,
        })
        .collect();
    let mut index = models
        .iter()
        .position(|model| model.id == side.model)
        .unwrap_or(usize::MAX);
    let label = format!("Network of {}", which.letter());
    if chooser(ui, &label, false, width, &mut index, &choices).changed() {
        asks.push(Ask::Model(which, index));
    }
}

/// A row of controls of one height, from the left.
pub(super) fn line(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), theme::TARGET),
        Layout::left_to_right(Align::Center),
        contents,
    );
}
