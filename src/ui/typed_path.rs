//! The path of a file typed in, where the system has no dialog to ask for one: a bare X server, a
//! kiosk, a container.

use std::collections::VecDeque;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};

use bevy::prelude::*;
use bevy::window::RequestRedraw;
use bevy_egui::egui::{
    self, Align, Button, Context, Id, Key, Modal, Modifiers, ScrollArea, TextEdit, Ui, vec2,
};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

use super::UiSet;
use super::help::dialog_width;
use super::theme::{self, UNIT};

/// Width of the dialog, in logical pixels.
const WIDTH: f32 = 76.0 * UNIT;
/// How many names of a folder are in sight at once; the others are scrolled to.
const IN_SIGHT: usize = 8;
/// Height of all but those names, in logical pixels.
const AROUND: f32 = 36.0 * UNIT;
/// How many names of a folder are looked at.
const LOOKED_AT: usize = 20_000;

/// What kind of path is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A file that is there, with one of these endings; any where there are none.
    File(Vec<&'static str>),
    /// A folder that is there.
    Folder,
    /// A file to write, called so unless another name is typed.
    Save(String),
}

/// A question that waits for its answer.
#[derive(Debug)]
struct Question {
    title: String,
    wanted: Wanted,
    answer: mpsc::Sender<PathBuf>,
}

/// Questions that no frame has taken up yet. Dialogs belong to the process, as the system's own do.
static QUESTIONS: Mutex<VecDeque<Question>> = Mutex::new(VecDeque::new());

/// Asks for a path in the window. Wait for the answer in a thread of its own: `None` when the person
/// let it be.
pub fn ask(title: &str, wanted: Wanted) -> impl Future<Output = Option<PathBuf>> + Send + 'static {
    let (answer, answered) = mpsc::channel();
    let question = Question {
        title: title.to_owned(),
        wanted,
        answer,
    };
    let mut questions = QUESTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    questions.push_back(question);
    async move { answered.recv().ok() }
}

/// The dialog.
#[derive(Resource, Debug, Default)]
pub struct TypedPath {
    question: Option<Question>,
    text: String,
    /// The folder that a path was given in last.
    folder: Option<PathBuf>,
    /// What `offers` was read for.
    read: Option<String>,
    /// How names go on that begin as what was typed.
    offers: Vec<String>,
    /// The folder holds more names than are looked at.
    more: bool,
    /// True once, to put the cursor into the field.
    fresh: bool,
    /// Escape was pressed in this frame.
    escaped: bool,
}

impl TypedPath {
    fn open(&mut self, question: Question) {
        let home = || dirs::home_dir().unwrap_or_else(|| PathBuf::from("/"));
        let folder = self.folder.clone().unwrap_or_else(home);
        let name = match &question.wanted {
            Wanted::Save(name) => name.as_str(),
            Wanted::File(_) | Wanted::Folder => "",
        };
        self.text = folder.join(name).display().to_string();
        self.question = Some(question);
        self.read = None;
        self.fresh = true;
    }

    /// The path that was typed; `~` is the person's own folder.
    fn path(&self) -> PathBuf {
        let text = self.text.trim();
        let text = text.strip_prefix("file://").unwrap_or(text);
        match (text.strip_prefix("~/"), dirs::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        }
    }

    /// What stands in the way of this path, in a sentence.
    fn problem(&self) -> Option<String> {
        let path = self.path();
        let question = self.question.as_ref()?;
        let words = match &question.wanted {
            Wanted::Folder if !path.is_dir() => "There is no such folder.",
            Wanted::File(_) if path.is_dir() => "This is a folder. Go on typing, or choose below.",
            Wanted::File(_) if !path.is_file() => "There is no such file.",
            Wanted::Save(_) if path.is_dir() => "This is a folder. Type a name for the file.",
            Wanted::Save(_) if !path.parent().is_some_and(Path::is_dir) => {
                "There is no such folder."
            }
            _ => return None,
        };
        Some(words.to_owned())
    }

    /// Whether a file that is there is asked for.
    fn opens_file(&self) -> bool {
        let wanted = self.question.as_ref().map(|question| &question.wanted);
        matches!(wanted, Some(Wanted::File(_)))
    }

    /// Reads how what was typed can go on, where it changed.
    fn look(&mut self) {
        if self.read.as_ref() == Some(&self.text) {
            return;
        }
        self.read = Some(self.text.clone());
        let path = self.path();
        let whole = self.text.trim().ends_with('/');
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (folder, begun) = match path.parent() {
            Some(parent) if !whole => (parent.to_owned(), name.to_lowercase()),
            _ => (path.clone(), String::new()),
        };
        let wanted = self.question.as_ref().map(|question| &question.wanted);
        let fits = |path: &Path| match wanted {
            Some(Wanted::File(endings)) => {
                let ending = path.extension().unwrap_or_default();
                endings.is_empty() || endings.iter().any(|e| ending.eq_ignore_ascii_case(e))
            }
            _ => false,
        };
        let mut listing = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut offers: Vec<String> = listing
            .by_ref()
            .take(LOOKED_AT)
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let hidden = name.starts_with('.') && !begun.starts_with('.');
                if hidden || !name.to_lowercase().starts_with(&begun) {
                    return None;
                }
                let path = folder.join(&name);
                if path.is_dir() {
                    Some(format!("{}/", path.display()))
                } else {
                    fits(&path).then(|| path.display().to_string())
                }
            })
            .filter(|offer| *offer != self.text.trim())
            .collect();
        offers.sort();
        self.offers = offers;
        self.more = listing.next().is_some();
    }

    /// How many folders and files are offered, in words.
    fn count(&self) -> String {
        let folders = self.offers.iter().filter(|offer| offer.ends_with('/'));
        let folders = folders.count();
        let files = self.offers.len() - folders;
        let several = |count: usize, one: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {one}s")),
        };
        let parts = [several(folders, "folder"), several(files, "file")];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        match (words.join(", "), self.more) {
            (words, _) if words.is_empty() => String::new(),
            (words, false) => words,
            (words, true) => format!("{words} of the first {LOOKED_AT} names in a larger folder"),
        }
    }

    /// Gives the answer.
    fn give(&mut self) {
        let path = self.path();
        let folder = if path.is_dir() {
            Some(path.clone())
        } else {
            path.parent().map(Path::to_owned)
        };
        self.folder = folder;
        if let Some(question) = self.question.take() {
            // The one who asked may have gone.
            let _ = question.answer.send(path);
        }
    }
}

/// Draws the dialog while a path is asked for.
fn typed_path_ui(ctx: &Context, typed: &mut TypedPath) {
    let Some(question) = &typed.question else {
        return;
    };
    let (title, saves) = (
        question.title.clone(),
        matches!(question.wanted, Wanted::Save(_)),
    );
    typed.look();
    let problem = typed.problem();
    let frame = theme::dialog(&ctx.global_style().visuals);
    let (mut give, mut close) = (false, std::mem::take(&mut typed.escaped));
    Modal::new(Id::new("typed path"))
        .frame(frame)
        .show(ctx, |ui| {
            let width = dialog_width(ctx, WIDTH);
            ui.set_width(width);
            ui.label(theme::title(title));
            let words = if typed.opens_file() {
                "Type or paste a path; a file can also be dropped onto the window."
            } else {
                "Type or paste a path."
            };
            let label = ui.label(theme::quiet(ui, words));
            let field = TextEdit::singleline(&mut typed.text).vertical_align(Align::Center);
            let field = ui
                .add_sized(vec2(width, theme::TARGET), field)
                .labelled_by(label.id);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            // Keys are for the field, never for what lies below.
            let idle = ui.memory(|memory| memory.focused().is_none());
            if std::mem::take(&mut typed.fresh) || idle {
                field.request_focus();
                cursor_to_end(ui, field.id, &typed.text);
            }
            let replaces = saves && problem.is_none() && typed.path().exists();
            let note =
                replaces.then(|| "This file is there already and will be replaced.".to_owned());
            ui.label(problem.clone().or(note).unwrap_or_default());
            let chosen = offers_ui(ui, typed, field.id);
            ui.add_space(UNIT);
            ui.horizontal(|ui| {
                let palette = theme::palette(ui);
                let size = vec2(12.0 * UNIT, theme::TARGET);
                let words = if saves { "Save" } else { "Open" };
                let words = egui::RichText::new(words).color(palette.on_action);
                let open = Button::new(words).fill(palette.action).min_size(size);
                let clicked = ui.add_enabled(problem.is_none(), open).clicked();
                give = chosen || problem.is_none() && (clicked || entered);
                if entered && !give {
                    field.request_focus();
                }
                let cancel = Button::new("Cancel").min_size(size);
                close |= ui.add(cancel).clicked();
            });
        });
    if give {
        typed.give();
    } else if close {
        typed.question = None;
    }
}

/// How what was typed can go on: a click takes it. True when that was the file to open.
fn offers_ui(ui: &mut Ui, typed: &mut TypedPath, field: Id) -> bool {
    let mut taken = None;
    let count = typed.count();
    ui.label(theme::quiet(ui, count));
    // As much room whatever there is to offer, so that the buttons keep their place.
    let high = ui.ctx().content_rect().height() - AROUND;
    let rows = (high / theme::TARGET).floor().clamp(1.0, IN_SIGHT as f32);
    let room = vec2(ui.available_width(), rows * theme::TARGET);
    ui.allocate_ui(room, |ui| {
        ui.set_min_size(room);
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().max_height(room.y).auto_shrink(false);
        area.show_rows(ui, theme::TARGET, typed.offers.len(), |ui, rows| {
            for offer in typed.offers.get(rows).unwrap_or_default() {
                let end = offer.trim_end_matches('/').rsplit('/').next();
                let words = match end {
                    Some(name) if offer.ends_with('/') => format!("{name}/"),
                    Some(name) => name.to_owned(),
                    None => offer.clone(),
                };
                let row = Button::selectable(false, words)
                    .truncate()
                    .min_size(vec2(ui.available_width(), theme::TARGET));
                if ui.add(row).clicked() {
                    taken = Some(offer.clone());
                }
            }
        });
    });
    if let Some(offer) = taken {
        typed.text = offer;
        ui.memory_mut(|memory| memory.request_focus(field));
        cursor_to_end(ui, field, &typed.text);
        // A file that was chosen is meant; in a folder one goes on.
        return typed.opens_file() && typed.problem().is_none();
    }
    false
}

fn cursor_to_end(ui: &Ui, field: Id, text: &str) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), field).unwrap_or_default();
    let end = egui::text::CCursor::new(text.chars().count());
    state
        .cursor
        .set_char_range(Some(egui::text::CCursorRange::one(end)));
    state.store(ui.ctx(), field);
}

/// Escape closes the dialog, and nothing below it.
fn take_escape(mut contexts: EguiContexts, mut typed: ResMut<TypedPath>) -> Result {
    if typed.question.is_some() {
        let ctx = contexts.ctx_mut()?;
        typed.escaped = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    }
    Ok(())
}

fn draw(mut contexts: EguiContexts, mut typed: ResMut<TypedPath>) -> Result {
    if typed.question.is_some() {
        typed_path_ui(contexts.ctx_mut()?, &mut typed);
    }
    Ok(())
}

/// Takes up the next question; nothing else would ask for a frame to show it in.
fn take_up(mut typed: ResMut<TypedPath>, mut redraw: MessageWriter<RequestRedraw>) {
    if typed.question.is_some() {
        return;
    }
    let mut questions = QUESTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(question) = questions.pop_front() {
        typed.open(question);
        redraw.write(RequestRedraw);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<TypedPath>()
        .add_systems(
            EguiPrimaryContextPass,
            (
                take_escape.before(UiSet::Top),
                draw.in_set(UiSet::Over).before(super::draw_over),
            ),
        )
        .add_systems(Last, take_up);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn asked(wanted: Wanted, folder: &Path) -> (TypedPath, mpsc::Receiver<PathBuf>) {
        let (answer, answered) = mpsc::channel();
        let mut typed = TypedPath {
            folder: Some(folder.to_owned()),
            ..TypedPath::default()
        };
        typed.open(Question {
            title: "Open a model".to_owned(),
            wanted,
            answer,
        });
        (typed, answered)
    }

    fn window(typed: TypedPath) -> Harness<'static, TypedPath> {
        let draw = |ui: &mut Ui, typed: &mut TypedPath| {
            theme::install(ui.ctx(), false);
            let ctx = ui.ctx().clone();
            typed_path_ui(&ctx, typed);
        };
        let mut harness = Harness::builder()
            .with_size(vec2(960.0, 640.0))
            .with_step_dt(0.2)
            .build_ui_state(draw, typed);
        harness.run_steps(4);
        harness
    }

    #[test]
    fn a_file_is_found_by_typing_and_by_what_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("networks");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("one.onnx"), "").unwrap();
        std::fs::write(inner.join("one.txt"), "").unwrap();
        let (typed, answered) = asked(Wanted::File(vec!["onnx"]), folder.path());
        let mut window = window(typed);
        // The cursor is in the field, at the end of the folder that was used last.
        window.event(egui::Event::Text("/net".to_owned()));
        window.run_steps(3);
        window.get_by_label("There is no such file.");
        window.get_by_label("networks/").click();
        window.run_steps(3);
        assert!(window.query_by_label("one.txt").is_none(), "another ending");
        // One click is enough: there is nothing to add to a file.
        window.get_by_label("one.onnx").click();
        window.run_steps(3);
        assert_eq!(answered.try_recv().unwrap(), inner.join("one.onnx"));
        assert!(window.state().question.is_none());
        assert_eq!(window.state().folder.as_deref(), Some(inner.as_path()));
    }

    #[test]
    fn a_large_folder_is_counted_and_can_be_scrolled_through() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("more")).unwrap();
        for number in 10..60 {
            std::fs::write(folder.path().join(format!("p{number}.png")), "").unwrap();
        }
        let (mut typed, _answered) = asked(Wanted::File(vec!["png"]), folder.path());
        typed.text += "/";
        let mut window = window(typed);
        window.get_by_label("1 folder, 50 files");
        window.get_by_label("p10.png");
        assert!(window.query_by_label("p59.png").is_none());
        let at = window.get_by_label("p12.png").rect().center();
        window.event(egui::Event::PointerMoved(at));
        for _ in 0..4 {
            window.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: vec2(0.0, -2000.0),
                phase: egui::TouchPhase::Move,
                modifiers: Modifiers::NONE,
            });
        }
        window.run_steps(8);
        window.get_by_label("p59.png");
        // Typing leaves fewer, and they are counted anew.
        window.state_mut().text += "p4";
        window.run_steps(2);
        window.get_by_label("10 files");
    }

    /// The smallest window at the largest type.
    #[test]
    fn it_fits_into_a_small_window() {
        let folder = tempfile::tempdir().unwrap();
        for number in 10..30 {
            std::fs::write(folder.path().join(format!("p{number}.png")), "").unwrap();
        }
        let (mut typed, answered) = asked(Wanted::File(vec!["png"]), folder.path());
        typed.text += "/";
        let mut window = window(typed);
        window.set_size(vec2(480.0, 320.0));
        window.run_steps(3);
        let whole = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(480.0, 320.0));
        for name in ["p10.png", "Open", "Cancel"] {
            let rect = window.get_by_label(name).rect();
            assert!(whole.contains_rect(rect), "{name}: {rect:?}");
        }
        window.get_by_label("p10.png").click();
        window.run_steps(3);
        assert_eq!(answered.try_recv().unwrap(), folder.path().join("p10.png"));
    }

    #[test]
    fn words_of_an_input_method_are_typed() {
        let folder = tempfile::tempdir().unwrap();
        let (typed, _answered) = asked(Wanted::Folder, folder.path());
        let mut window = window(typed);
        let commit = egui::ImeEvent::Commit("\u{732b}".to_owned());
        window.event(egui::Event::Ime(commit));
        window.run_steps(2);
        assert!(window.state().text.ends_with('\u{732b}'));
    }

    #[test]
    fn what_cannot_be_opened_is_said_and_cancel_gives_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (typed, answered) = asked(Wanted::Save("m.html".to_owned()), folder.path());
        assert_eq!(typed.problem(), None);
        let mut window = window(typed);
        assert!(window.state().text.ends_with("m.html"));
        window.state_mut().text = "/no/such/folder/m.html".to_owned();
        window.run_steps(2);
        window.get_by_label("There is no such folder.");
        window.key_press(Key::Enter);
        window.run_steps(2);
        assert!(window.state().question.is_some());
        window.get_by_label("Cancel").click();
        window.run_steps(3);
        assert!(answered.recv().is_err(), "the one who asked is told");
        let (typed, _answered) = asked(Wanted::Folder, folder.path());
        assert_eq!(typed.problem(), None);
    }
}
