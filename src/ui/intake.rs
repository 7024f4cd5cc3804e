//! Pictures and networks that come in from outside: dropped, chosen in a dialog, pasted.
//!
//! They are added to the library or to the list of networks here, in every tab alike; the tab that
//! is shown hears of it by a message and does with them what it is for.

use std::path::{Path, PathBuf};

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;

use super::library::Library;
use super::{NoticeBoard, ShellState};
use crate::jobs::{BackgroundNews, Jobs};

/// When what came in is announced: before the tabs' own systems in `Update`.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntakeSet;

/// Something came in from outside.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// A picture: its index in the [`Library`].
    Picture(usize),
    /// A saliency map: its file.
    Map(PathBuf),
    /// A network: its file, which is in the shell's list and chosen by now.
    Network(PathBuf),
    /// A table of results: its file. Only "Models" opens it.
    Table(PathBuf),
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Arrived>().add_systems(
        Update,
        (take_dropped, hear_background)
            .chain()
            .in_set(IntakeSet)
            .run_if(resource_exists::<Jobs>),
    );
}

fn take_dropped(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut arrived: MessageWriter<Arrived>,
    jobs: Res<Jobs>,
) {
    for message in dropped.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = message {
            arrived.write(add_file(&mut library, &mut shell, &jobs, path_buf));
        }
    }
}

fn hear_background(
    mut news: MessageReader<BackgroundNews>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut arrived: MessageWriter<Arrived>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        match message {
            BackgroundNews::Thumb { item, result } => library.set_thumb(*item, result),
            BackgroundNews::Picture { item, result } => match result {
                Ok(picture) => library.keep(*item, picture),
                Err(why) => library.set_thumb(*item, &Err(why.clone())),
            },
            BackgroundNews::Picked(paths) => {
                for path in paths {
                    arrived.write(add_file(&mut library, &mut shell, &jobs, path));
                }
            }
            BackgroundNews::Pasted(Ok(picture)) => {
                let index = library.add_picture(picture.clone());
                library.remember(index);
                arrived.write(Arrived::Picture(index));
            }
            BackgroundNews::Pasted(Err(why)) => notices.problem(super::sentence(why)),
            BackgroundNews::Saved(Ok(path)) => {
                notices.info(format!("Saved in {}", path.display()));
            }
            BackgroundNews::Saved(Err(why)) => {
                notices.problem(format!("Nothing was saved. {}", super::sentence(why)));
            }
            BackgroundNews::Texture { .. }
            | BackgroundNews::Where { .. }
            | BackgroundNews::Kept(_) => {}
        }
    }
}

/// Takes a picture, a network, a map or a table.
fn add_file(library: &mut Library, shell: &mut ShellState, jobs: &Jobs, path: &Path) -> Arrived {
    let ending = path.extension().unwrap_or_default();
    if ending.eq_ignore_ascii_case("onnx") {
        shell.add_model(path);
        return Arrived::Network(path.to_owned());
    }
    let is_map = ["npy", "json"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known));
    if is_map || path.join("explanation.json").is_file() {
        return Arrived::Map(path.to_owned());
    }
    if ending.eq_ignore_ascii_case("csv") || ending.eq_ignore_ascii_case("parquet") {
        return Arrived::Table(path.to_owned());
    }
    let before = library.items().len();
    let index = library.add_file(path);
    library.remember(index);
    if index == before
        && let Some(item) = library.get(index)
    {
        jobs.background.thumb(item.id, path.to_owned());
    }
    Arrived::Picture(index)
}
