//! Pictures and networks that come in from outside: dropped, chosen in a dialog, pasted.
//!
//! Pictures are added to the library here, in every tab alike; the tab that is shown hears of it by a
//! message and does with them what it is for.

use std::path::{Path, PathBuf};

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use bevy_egui::EguiPrimaryContextPass;

use super::Tab;
use super::commands::Command;
use super::library::Library;
use super::settings::Settings;
use super::shell::Shell;
use super::{Asked, NoticeBoard, ShellState, UiSet};
use crate::file_kind::{advice, is_onnx_file};
use crate::files::link_to_blob;
use crate::jobs::{BackgroundNews, Jobs};
use crate::saliency::{Request, Saved, carries_explanation};

/// Whether files can be dropped onto the window: winit 0.30 hears of none under Wayland.
#[must_use]
pub fn takes_drops() -> bool {
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|value| !value.is_empty());
    !(cfg!(all(unix, not(target_os = "macos"))) && wayland)
}

/// What an empty stage asks for.
#[must_use]
pub fn invitation(drops: bool) -> &'static str {
    if drops {
        "Drop a picture here"
    } else {
        "Paste a picture (Ctrl+V)"
    }
}

/// What to do with a picture of one's own, as the end of a sentence, where files can be dropped and where
/// not.
#[must_use]
pub fn how_to_bring(drops: bool) -> &'static str {
    if drops {
        "drop a picture onto the window"
    } else {
        "copy a file and paste it (Ctrl+V)"
    }
}

/// Files of a folder among which a network is looked for.
const MOST_LOOKED_AT: usize = 1000;

/// When what came in is announced: before the tabs' own systems in `Update`.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntakeSet;

/// Something came in from outside, while this tab was shown.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Arrived {
    /// The tab that was shown. Readers always run, and leave alone what is not theirs: one that
    /// slept would read old messages when it wakes.
    pub tab: Tab,
    /// What came in.
    pub what: Arrival,
}

/// What came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// A picture: its index in the [`Library`].
    Picture(usize),
    /// A saliency map: its file.
    Map(PathBuf),
    /// An explanation that was saved, to be shown again in "See why": its picture's index in the
    /// [`Library`] and what was asked for. Its network and method are chosen by now.
    Saved(usize, Box<Request>),
    /// A network: its file. It is asked about over whatever tab is shown.
    Network(PathBuf),
    /// The names of a network's classes: their file, which came with a network or while one is
    /// asked about.
    Names(PathBuf),
    /// A folder of pictures, an archive of them, or an index. "Collection" opens it.
    Folder(PathBuf),
    /// A table of results: its file. Only "Models" opens it.
    Table(PathBuf),
}

/// True while a network is asked about: a text that comes in holds the names of its classes.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct NamesWanted(pub bool);

/// Endings of files that hold the names of classes.
const NAMES: [&str; 9] = [
    "txt", "names", "labels", "csv", "tsv", "json", "yaml", "yml", "pbtxt",
];

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default();
    endings
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<NamesWanted>();
    app.add_message::<Arrived>().add_systems(
        Update,
        (take_dropped, receive_background)
            .chain()
            .in_set(IntakeSet)
            .run_if(resource_exists::<Jobs>),
    );
    app.add_systems(
        EguiPrimaryContextPass,
        open_again.in_set(UiSet::Act).before(super::act),
    );
}

/// Opens a network's file again that was opened before. It goes the way of one that is chosen in a dialog.
fn open_again(
    mut asked: ResMut<Asked>,
    mut settings: ResMut<Settings>,
    mut news: MessageWriter<BackgroundNews>,
    mut notices: ResMut<NoticeBoard>,
) {
    if asked.commands().is_empty() {
        return;
    }
    asked.retain(|command| {
        let Command::OpenAgain(place) = command else {
            return true;
        };
        let Some(path) = settings.recent_models.get(usize::from(place)).cloned() else {
            return false;
        };
        if Path::new(&path).exists() {
            news.write(BackgroundNews::Picked(vec![PathBuf::from(path)]));
        } else {
            settings.recent_models.retain(|known| *known != path);
            notices.problem(format!("{path} is no longer there."));
        }
        false
    });
}

fn take_dropped(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut arrived: MessageWriter<Arrived>,
    mut notices: ResMut<NoticeBoard>,
    tab: Res<State<Tab>>,
    (jobs, wanted): (Res<Jobs>, Res<NamesWanted>),
) {
    let paths: Vec<PathBuf> = dropped
        .read()
        .filter_map(|message| match message {
            // winit follows links before it hands a file over.
            FileDragAndDrop::DroppedFile { path_buf, .. } => {
                Some(link_to_blob(path_buf).unwrap_or_else(|| path_buf.clone()))
            }
            _ => None,
        })
        .collect();
    // Dropped together with a network, a text belongs to it.
    let wanted = wanted.0 || paths.iter().any(|path| has_ending(path, &["onnx"]));
    for path in &paths {
        let to = (&mut *library, &mut shell.0, &mut *notices);
        if let Some(what) = take_in(to, &jobs, (**tab, wanted), path) {
            arrived.write(Arrived { tab: **tab, what });
        }
    }
}

fn receive_background(
    mut news: MessageReader<BackgroundNews>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut arrived: MessageWriter<Arrived>,
    mut notices: ResMut<NoticeBoard>,
    tab: Res<State<Tab>>,
    (jobs, wanted): (Res<Jobs>, Res<NamesWanted>),
) {
    for message in news.read() {
        match message {
            BackgroundNews::Thumb { item, result } => library.set_thumb(*item, result),
            BackgroundNews::Picked(paths) => {
                let network = |path: &PathBuf| has_ending(path, &["onnx"]);
                let wanted = wanted.0 || paths.iter().any(network);
                for path in paths {
                    let to = (&mut *library, &mut shell.0, &mut *notices);
                    if let Some(what) = take_in(to, &jobs, (**tab, wanted), path) {
                        arrived.write(Arrived { tab: **tab, what });
                    }
                }
            }
            BackgroundNews::Pasted(Ok(picture)) => {
                let index = library.add_picture(picture.clone());
                library.remember(index);
                arrived.write(Arrived {
                    tab: **tab,
                    what: Arrival::Picture(index),
                });
            }
            BackgroundNews::Pasted(Err(why)) => notices.problem(super::sentence(why)),
            BackgroundNews::Saved(Ok(path)) => {
                notices.info(format!("Saved in {}", path.display()));
            }
            BackgroundNews::Saved(Err(why)) => {
                notices.problem(format!("Nothing was saved. {}", super::sentence(why)));
            }
        }
    }
}

/// The one network that lies in a folder, as those who share one leave it.
fn network_in(folder: &Path) -> Option<PathBuf> {
    let listing = std::fs::read_dir(folder).ok()?.take(MOST_LOOKED_AT);
    let mut networks = listing.flatten().map(|entry| entry.path()).filter(|path| {
        let ending = path.extension().unwrap_or_default();
        ending.eq_ignore_ascii_case("onnx") && path.is_file()
    });
    let first = networks.next()?;
    networks.next().is_none().then_some(first)
}

/// Takes whatever is at `path` for the tab that is shown; `None` where that is nothing that can be
/// used, or not yet.
fn take_in(
    (library, shell, notices): (&mut Library, &mut Shell, &mut NoticeBoard),
    jobs: &Jobs,
    (tab, names_wanted): (Tab, bool),
    path: &Path,
) -> Option<Arrival> {
    if names_wanted && has_ending(path, &NAMES) {
        return Some(Arrival::Names(path.to_owned()));
    }
    // Elsewhere what was saved is a map like any other.
    if tab == Tab::Look
        && let Some(saved) = Saved::find(path)
    {
        return Some(open_saved(library, shell, notices, jobs, saved));
    }
    add_file((library, notices), jobs, path)
}

/// Chooses the network and the method that were saved, and adds the picture.
fn open_saved(
    library: &mut Library,
    shell: &mut Shell,
    notices: &mut NoticeBoard,
    jobs: &Jobs,
    saved: Saved,
) -> Arrival {
    let known = shell.models.iter().position(|model| {
        let same = model.id == saved.model || Path::new(&model.id) == saved.model_path;
        same && model.installed
    });
    if let Some(known) = known {
        shell.model = known;
    } else if saved.model_path.is_file() {
        shell.add_model(&saved.model_path);
    } else {
        let here = shell.model().map_or("another one", |model| &model.name);
        notices.info(format!(
            "The network {} that made this map is not here. You see what {here} makes of it.",
            saved.model
        ));
    }
    shell.method = saved.request.method;
    Arrival::Saved(
        add_picture(library, jobs, &saved.picture),
        Box::new(saved.request),
    )
}

/// Takes a picture, a network, a map, a table or the pictures of a folder. Of anything else it is told
/// what it is.
fn add_file(
    (library, notices): (&mut Library, &mut NoticeBoard),
    jobs: &Jobs,
    path: &Path,
) -> Option<Arrival> {
    let ending = path.extension().unwrap_or_default();
    if ending.eq_ignore_ascii_case("onnx") {
        return Some(Arrival::Network(path.to_owned()));
    }
    let is_map = ["npy", "npz", "json"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known));
    if is_map || path.join("explanation.json").is_file() || carries_explanation(path) {
        return Some(Arrival::Map(path.to_owned()));
    }
    if ending.eq_ignore_ascii_case("csv") || ending.eq_ignore_ascii_case("parquet") {
        return Some(Arrival::Table(path.to_owned()));
    }
    if ending.eq_ignore_ascii_case("tar") {
        return Some(Arrival::Folder(path.to_owned()));
    }
    if let Some(words) = advice(path) {
        notices.problem(words);
        return None;
    }
    if path.is_dir() {
        if let Some(network) = network_in(path) {
            return Some(Arrival::Network(network));
        }
        return Some(Arrival::Folder(path.to_owned()));
    }
    if is_onnx_file(path) {
        return Some(Arrival::Network(path.to_owned()));
    }
    Some(Arrival::Picture(add_picture(library, jobs, path)))
}

/// Adds a picture's file to the library, or finds it there, and returns its index.
fn add_picture(library: &mut Library, jobs: &Jobs, path: &Path) -> usize {
    let before = library.items().len();
    let index = library.add_file(path);
    library.remember(index);
    if index == before
        && let Some(item) = library.get(index)
    {
        jobs.background.thumb(item.id, path.to_owned());
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_drop_where_nothing_can_be_dropped() {
        assert!(how_to_bring(true).contains("drop"));
        assert!(!how_to_bring(false).contains("drop"));
        assert!(how_to_bring(false).contains("Ctrl+V"));
        assert_eq!(invitation(true), "Drop a picture here");
        assert!(!invitation(false).contains("rop"));
    }
}
