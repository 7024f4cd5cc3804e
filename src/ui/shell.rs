//! The frame around every tab: the bar on top.

use std::path::Path;

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{
    self, Align, Button, Layout, Panel, Sense, Stroke, TextStyle, Ui, WidgetInfo, WidgetType, vec2,
};

use super::Tab;
use super::commands::Command;
use super::theme::{self, TOP_HEIGHT, UNIT};
use super::widgets::{Choice, chooser};
use crate::saliency::Method;

/// A classifier that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChoice {
    /// Identifier in the catalog, or the path of a file.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// One sentence about it, or what to do when it is not installed.
    pub note: String,
    /// False when its file is missing.
    pub installed: bool,
}

impl ModelChoice {
    /// A model file that is in no catalog.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        Self {
            id: path.to_string_lossy().into_owned(),
            name: path.file_stem().map_or_else(
                || path.display().to_string(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
            note: path.display().to_string(),
            installed: true,
        }
    }
}

/// What every tab shares: the model, the method, what is open above the tabs.
#[derive(Debug, Clone, PartialEq)]
pub struct Shell {
    /// The tab that is shown.
    pub tab: Tab,
    /// The classifiers.
    pub models: Vec<ModelChoice>,
    /// Index of the chosen one; beyond the end when there is none.
    pub model: usize,
    /// The chosen method.
    pub method: Method,
    /// True while help is open.
    pub help: bool,
    /// True while the settings are open.
    pub settings: bool,
}

impl Shell {
    /// The chosen model.
    #[must_use]
    pub fn model(&self) -> Option<&ModelChoice> {
        self.models.get(self.model)
    }

    /// Adds the model file at `path`, or finds it where it is there already, and chooses it.
    pub fn add_model(&mut self, path: &Path) {
        let id = path.to_string_lossy().into_owned();
        let known = self.models.iter().position(|model| model.id == id);
        self.model = known.unwrap_or_else(|| {
            self.models.push(ModelChoice::of_file(path));
            self.models.len() - 1
        });
    }

    /// Adds a model, in place of what was known by its identifier, and chooses it.
    pub fn choose(&mut self, choice: ModelChoice) {
        let known = self.models.iter().position(|model| model.id == choice.id);
        if let Some(model) = known.and_then(|at| self.models.get_mut(at)) {
            *model = choice;
        } else {
            self.models.push(choice);
        }
        self.model = known.unwrap_or(self.models.len() - 1);
    }

    /// Takes a model out of the list; where it was chosen, the first that is installed is.
    pub fn forget(&mut self, id: &str) {
        let chosen = self.model().map(|model| model.id.clone());
        self.models.retain(|model| model.id != id);
        let still = chosen.and_then(|chosen| self.models.iter().position(|m| m.id == chosen));
        self.model = still
            .or_else(|| self.models.iter().position(|model| model.installed))
            .unwrap_or(usize::MAX);
    }

    /// True while something lies over the tab.
    #[must_use]
    pub fn dialog_open(&self) -> bool {
        self.help || self.settings
    }
}

/// Draws the bar on top and sets what is chosen in it; commands asked for go to `asked`. `recent` are the
/// files of networks that were opened last.
pub fn top_bar(root: &mut Ui, shell: &mut Shell, recent: &[String], asked: &mut Vec<Command>) {
    let frame = theme::bar(root.visuals());
    let line = theme::palette(root).line;
    let response = Panel::top("top bar")
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(TOP_HEIGHT)
        .show(root, |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                // A narrow window needs the room for what can be done; its title has the name.
                if !narrower(ui, NAME_FROM) {
                    let name = egui::RichText::new("Saliscope")
                        .text_style(TextStyle::Heading)
                        .color(theme::palette(ui).action);
                    ui.label(theme::heading(name));
                    ui.add_space(2.0 * UNIT);
                }
                tabs_ui(ui, shell.tab, asked);
                align_right(ui, |ui| top_right(ui, shell, recent, asked));
            });
        })
        .response;
    root.painter().hline(
        response.rect.x_range(),
        response.rect.bottom() - 0.5,
        Stroke::new(1.0, line),
    );
}

/// From this width on the list of methods fits into the bar, in logical pixels.
const METHOD_FROM: f32 = 133.0 * UNIT;

/// From this width on there is room in it for the program's name as well.
const NAME_FROM: f32 = 152.0 * UNIT;

/// From this width on there is room for what the lists are called.
const LABELS_FROM: f32 = 168.0 * UNIT;

fn narrower(ui: &Ui, width: f32) -> bool {
    ui.ctx().content_rect().width() < width
}

fn tabs_ui(ui: &mut Ui, here: Tab, asked: &mut Vec<Command>) {
    ui.scope(|ui| {
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_role(Role::TabList);
            node.set_label("Tabs");
        });
        for tab in Tab::ALL {
            if tab_button(ui, tab, tab == here).clicked() {
                asked.push(Command::Show(tab));
            }
        }
    });
}

fn tab_button(ui: &mut Ui, tab: Tab, here: bool) -> egui::Response {
    let palette = theme::palette(ui);
    let font = TextStyle::Button.resolve(ui.style());
    let ink = if here { palette.action } else { palette.text };
    let galley = ui
        .painter()
        .layout_no_wrap(tab.label().to_owned(), font, ink);
    let size = vec2(galley.size().x + 3.0 * UNIT, TOP_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if response.hovered() {
        ui.painter().rect_filled(
            rect.shrink2(vec2(0.0, UNIT)),
            theme::RADIUS,
            palette.control_hot,
        );
    }
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, ink);
    if here {
        let y = rect.bottom() - 2.0;
        ui.painter()
            .hline(rect.x_range(), y, Stroke::new(3.0, palette.action));
    }
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, here, tab.label()));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Tab);
        node.clear_toggled();
        node.set_selected(here);
    });
    response
}

/// Lays `contents` out from left to right against the right edge, in the order in which the Tab
/// key should visit them (a right-to-left layout would turn that round).
fn align_right(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let id = ui.id().with("right group");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let space = ui.available_width() - known.unwrap_or(0.0) - ui.spacing().item_spacing.x;
    ui.add_space(space.max(0.0));
    let width = ui
        .scope(|ui| ui.horizontal_centered(contents))
        .inner
        .response
        .rect
        .width();
    if known.is_none_or(|known| (known - width).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx()
            .request_discard("the group on the right changed its width");
    }
}

fn top_right(ui: &mut Ui, shell: &mut Shell, recent: &[String], asked: &mut Vec<Command>) {
    let again: Vec<String> = recent.iter().map(|path| again(path)).collect();
    let models: Vec<Choice<'_>> = shell
        .models
        .iter()
        .map(|model| Choice {
            name: &model.name,
            help: &model.note,
            enabled: model.installed,
        })
        .chain([
            Choice {
                name: "Open a model...",
                help: "An ONNX file of your own; it can be dropped onto the window too",
                enabled: true,
            },
            Choice {
                name: Command::OwnModels.label(),
                help: "Those that you kept: rename, change or remove them",
                enabled: true,
            },
        ])
        .chain(again.iter().zip(recent).map(|(name, help)| Choice {
            name,
            help,
            enabled: true,
        }))
        .collect();
    let narrow = narrower(ui, LABELS_FROM);
    let width = if narrow { 17.0 * UNIT } else { 22.0 * UNIT };
    let open = shell.models.len();
    let mut model = if shell.model < open {
        shell.model
    } else {
        usize::MAX
    };
    let chosen = chooser(ui, "Model", !narrow, width, &mut model, &models).changed();
    if model < open {
        shell.model = model;
    } else if chosen {
        asked.push(match model - open {
            0 => Command::Open,
            1 => Command::OwnModels,
            place => Command::OpenAgain(u8::try_from(place - 2).unwrap_or(u8::MAX)),
        });
    }
    ui.add_space(if narrow { 0.0 } else { UNIT });
    // Where it does not fit, it is chosen in the second step of "See why".
    if ui.ctx().content_rect().width() >= METHOD_FROM {
        method_chooser(ui, &mut shell.method, !narrow, width);
        ui.add_space(if narrow { 0.0 } else { UNIT });
    }
    for command in [Command::Help, Command::Settings] {
        let button = ui
            .add(Button::new(command.label()))
            .on_hover_text(command.tooltip(ui.ctx()));
        if button.clicked() {
            asked.push(command);
        }
    }
}

/// What the list says of a file that was opened before.
fn again(path: &str) -> String {
    let path = Path::new(path);
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("Again: {}", name.to_string_lossy())
}

/// The list of methods; used in the bar on top and in the step that explains the method.
pub fn method_chooser(
    ui: &mut Ui,
    method: &mut Method,
    labelled: bool,
    width: f32,
) -> egui::Response {
    let methods: Vec<Method> = Method::all().collect();
    let mut index = methods.iter().position(|m| m == method).unwrap_or(0);
    let choices: Vec<Choice<'_>> = methods
        .iter()
        .map(|m| Choice {
            name: m.name(),
            help: m.sentence(),
            enabled: true,
        })
        .collect();
    let response = chooser(ui, "Method", labelled, width, &mut index, &choices);
    if let Some(chosen) = methods.get(index) {
        *method = *chosen;
    }
    response
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn a_model_is_opened_from_the_list_of_models() {
        let shell = Shell {
            tab: Tab::Look,
            models: vec![ModelChoice::of_file(Path::new("first.onnx"))],
            model: 0,
            method: Method::Xrai,
            help: false,
            settings: false,
        };
        let draw = |ui: &mut Ui, (shell, asked): &mut (Shell, Vec<Command>)| {
            theme::install(ui.ctx(), false);
            ui.reset_style();
            top_bar(ui, shell, &["/nets/mine.onnx".to_owned()], asked);
        };
        let mut window = Harness::builder()
            .with_size(vec2(1280.0, 800.0))
            .with_step_dt(0.2)
            .build_ui_state(draw, (shell, Vec::new()));
        window.run_steps(4);
        window
            .get_by_role_and_label(Role::ComboBox, "Model")
            .click();
        window.run_steps(3);
        window
            .get_by_role_and_label(Role::Button, "Open a model...")
            .click();
        window.run_steps(3);
        let (shell, asked) = window.state();
        assert_eq!(asked, &[Command::Open]);
        assert_eq!(
            shell.model, 0,
            "the one that was chosen stays until another is there"
        );
        // And the one that was opened before.
        window
            .get_by_role_and_label(Role::ComboBox, "Model")
            .click();
        window.run_steps(3);
        window
            .get_by_role_and_label(Role::Button, "Again: mine.onnx")
            .click();
        window.run_steps(3);
        let (_, asked) = window.state();
        assert_eq!(asked.last(), Some(&Command::OpenAgain(0)));
    }
}
