//! What is chosen: the pictures in the strip on the left, and in the right column what is done to the shape.

use bevy_egui::egui::{Button, CollapsingHeader, Response, ScrollArea, Ui, vec2};

use super::state::{Ask, Part, Stylize, Texture, Way};
use crate::stylize::corruption::Corruption;
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Choice, Dial, Thumb, chooser, labelled_slider, segments, short_step_header, step_header,
    thumb_grid,
};

/// Cells of a grid beside each other.
const COLUMNS: usize = 2;
/// Height of everything in the strip but the two grids, in logical pixels.
const OTHERS: f32 = 44.0 * UNIT;

/// The small pictures of the three grids, and what each cell means.
#[derive(Debug, Default, Clone)]
pub struct Grids {
    /// Shapes: cell and index in the library.
    pub shapes: Vec<(Thumb, usize)>,
    /// Textures: cell and texture.
    pub textures: Vec<(Thumb, Texture)>,
    /// Corruptions, in the order of [`Corruption::ALL`].
    pub corruptions: Vec<(Thumb, Corruption)>,
    /// The library's pictures that a person added, which can be taken out again.
    pub own: Vec<usize>,
}

/// Draws the strip: the pictures of shape and texture, or of what spoils the picture.
pub fn pictures_ui(ui: &mut Ui, stylize: &mut Stylize, grids: &Grids, asked: &mut Vec<Ask>) {
    let room = ui.available_height();
    let grid_height = ((room - OTHERS) / 2.0).max(15.0 * UNIT);
    short_step_header(ui, 1, "Shape", "Choose a shape");
    let chosen = grids
        .shapes
        .iter()
        .position(|(_, index)| Some(*index) == stylize.shape);
    if let Some((_, index)) = grid(ui, "shapes", &grids.shapes, chosen, grid_height) {
        asked.push(Ask::Shape(*index));
    }
    add_ui(ui, Part::Shape, stylize.shape, grids, asked);
    ui.add_space(UNIT);
    match stylize.way {
        Way::Texture => {
            ui.label(theme::title("Texture"));
            textures_ui(ui, stylize, grids, grid_height, asked);
        }
        Way::Corruption => {
            ui.label(theme::title("Corruption"));
            let chosen = grids
                .corruptions
                .iter()
                .position(|(_, corruption)| *corruption == stylize.corruption);
            let taken = grid(ui, "corruptions", &grids.corruptions, chosen, f32::INFINITY);
            if let Some((_, corruption)) = taken {
                asked.push(Ask::Corruption(*corruption));
            }
        }
    }
}

/// Draws the second step: what is done to the shape.
pub fn way_ui(ui: &mut Ui, stylize: &mut Stylize, grids: &Grids) {
    step_header(ui, 2, "Choose what to do to it");
    segments(
        ui,
        "What to do to it",
        &mut stylize.way,
        &[
            (
                Way::Texture,
                "Texture",
                "Paint the shape in the texture of another picture",
            ),
            (
                Way::Corruption,
                "Corruption",
                "Spoil the picture as weather, lenses and files do",
            ),
        ],
    );
    match stylize.way {
        Way::Texture => strength_ui(ui, stylize, grids),
        Way::Corruption => severity_ui(ui, stylize),
    }
    ui.add_space(2.0 * UNIT);
}

/// A grid that scrolls within `height`; gives what its cell means when one was clicked.
fn grid<'a, T>(
    ui: &mut Ui,
    salt: &str,
    cells: &'a [(Thumb, T)],
    chosen: Option<usize>,
    height: f32,
) -> Option<&'a (Thumb, T)> {
    let thumbs: Vec<Thumb> = cells.iter().map(|(thumb, _)| thumb.clone()).collect();
    let clicked = ScrollArea::vertical()
        .id_salt(salt)
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| thumb_grid(ui, &thumbs, chosen, COLUMNS))
        .inner?;
    cells.get(clicked)
}

/// Buttons that add a picture to a part, and take an added one away.
fn add_ui(ui: &mut Ui, part: Part, chosen: Option<usize>, grids: &Grids, asked: &mut Vec<Ask>) {
    let what = match part {
        Part::Shape => "shape",
        Part::Texture => "texture",
    };
    let own = chosen.filter(|index| grids.own.contains(index));
    let size = vec2(ui.available_width(), theme::TARGET);
    for (command, words) in [(Command::Open, "Open..."), (Command::Paste, "Paste")] {
        let button = ui
            .add_sized(size, Button::new(words))
            .on_hover_text(format!("Use a picture of your own as {what}"));
        name_it(&button, format!("{words} as {what}"));
        if button.clicked() {
            asked.push(Ask::Add(part, command));
        }
    }
    if let Some(own) = own {
        let button = ui
            .add_sized(size, Button::new("Remove"))
            .on_hover_text("Take this picture out of the list. A file of yours stays where it is");
        name_it(&button, format!("Remove the {what} from the list"));
        if button.clicked() {
            asked.push(Ask::Remove(own));
        }
    }
}

/// Two buttons with the same words are told apart by their spoken names.
fn name_it(button: &Response, name: String) {
    button
        .ctx
        .accesskit_node_builder(button.id, |node| node.set_label(name));
}

fn textures_ui(
    ui: &mut Ui,
    stylize: &mut Stylize,
    grids: &Grids,
    height: f32,
    asked: &mut Vec<Ask>,
) {
    let chosen = grids
        .textures
        .iter()
        .position(|(_, texture)| Some(*texture) == stylize.texture);
    if let Some((_, texture)) = grid(ui, "textures", &grids.textures, chosen, height) {
        asked.push(Ask::Texture(*texture));
    }
    let picture = match stylize.texture {
        Some(Texture::Picture(index)) => Some(index),
        _ => None,
    };
    add_ui(ui, Part::Texture, picture, grids, asked);
    let becomes = match stylize.adding {
        Part::Shape => "What you drop becomes the shape",
        Part::Texture => "What you drop becomes the texture",
    };
    ui.label(theme::quiet(ui, becomes)).on_hover_text(
        "It becomes what you chose last. Click one of the shapes or textures to change that",
    );
}

/// How much of the painting, and what goes with it.
fn strength_ui(ui: &mut Ui, stylize: &mut Stylize, grids: &Grids) {
    let dial = Dial {
        label: "Strength",
        label_width: 9.0 * UNIT,
        min: 0.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "0 % is the picture as it was, 100 % the whole painting",
    };
    labelled_slider(ui, &dial, &mut stylize.strength);
    let changed = stylize.keep_colours || stylize.second.is_some();
    CollapsingHeader::new(if changed { "More (changed)" } else { "More" })
        .id_salt("more of textures")
        .show_unindented(ui, |ui| {
            ui.checkbox(&mut stylize.keep_colours, "Keep the colours")
                .on_hover_text("Take only light and dark from the texture");
            second_ui(ui, stylize, grids);
        });
}

/// The second texture: of the same sort as the first, since only those blend in the network.
fn second_ui(ui: &mut Ui, stylize: &mut Stylize, grids: &Grids) {
    let built_in = |texture: &Texture| matches!(texture, Texture::BuiltIn(_));
    let Some(first) = stylize.texture else {
        return;
    };
    let fitting: Vec<&(Thumb, Texture)> = grids
        .textures
        .iter()
        .filter(|(_, texture)| built_in(texture) == built_in(&first) && *texture != first)
        .collect();
    let mut choices = vec![Choice {
        name: "nothing else",
        help: "",
        enabled: true,
    }];
    choices.extend(fitting.iter().map(|(thumb, _)| Choice {
        name: thumb.name.trim_end_matches(" as texture"),
        help: "",
        enabled: !thumb.broken,
    }));
    let place = |texture: Texture| fitting.iter().position(|(_, t)| *t == texture);
    let mut index = stylize.second.and_then(place).map_or(0, |place| place + 1);
    let before = index;
    ui.horizontal(|ui| {
        ui.label("Blend with");
        let width = ui.available_width();
        chooser(ui, "Blend with", false, width, &mut index, &choices);
    });
    if index != before {
        stylize.second = index
            .checked_sub(1)
            .and_then(|place| fitting.get(place))
            .map(|(_, texture)| *texture);
    }
    if index > 0 {
        let dial = Dial {
            label: "Its share",
            label_width: 9.0 * UNIT,
            min: 0.0,
            max: 100.0,
            step: 1.0,
            unit: " %",
            help: "How much of the second texture",
        };
        labelled_slider(ui, &dial, &mut stylize.share);
    }
}

/// How bad it is.
fn severity_ui(ui: &mut Ui, stylize: &mut Stylize) {
    let corruption = stylize.corruption;
    ui.label(theme::title(corruption.name()));
    ui.label(theme::quiet(ui, corruption.description()));
    let dial = Dial {
        label: "Severity",
        label_width: 9.0 * UNIT,
        min: 1.0,
        max: 5.0,
        step: 1.0,
        unit: "",
        help: "1 is slight, 5 is severe",
    };
    labelled_slider(ui, &dial, &mut stylize.severity);
    if corruption.is_random() {
        let dial = Dial {
            label: "Seed",
            label_width: 9.0 * UNIT,
            min: 0.0,
            max: 99.0,
            step: 1.0,
            unit: "",
            help: "Another number throws the dice again; the same one gives the same picture",
        };
        labelled_slider(ui, &dial, &mut stylize.seed);
    }
}
