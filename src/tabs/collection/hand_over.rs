//! What is chosen goes to where something is done with it, and the way back leads to the same place.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;

use super::act::ToTabs;
use super::ask::Act;
use super::figure;
use super::reading::{Original, Originals};
use super::snapshot::Snapshot;
use super::state::Collection;
use super::systems::Current;
use super::words;
use crate::files::{file_name, new_folder, write_atomic};
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::picture::Picture;
use crate::progress::Observer as _;
use crate::saliency::ClassChoice;
use crate::tabs::pair::{ComparePair, Side};
use crate::tabs::{explain, models};
use crate::ui::library::Library;
use crate::ui::{NoticeBoard, Session, ShellState, Tab, sentence};

/// A picture on its way to another tab.
#[derive(Debug, Clone)]
pub enum Handed {
    /// It is a file.
    File(PathBuf),
    /// It was read.
    Picture(Arc<Picture>),
}

/// Does it with what is chosen, or begins to. Call it on the main thread, which dialogs ask for on macOS.
///
/// # Errors
/// In words, where it cannot be done.
pub fn act(
    act: Act,
    collection: &Collection,
    current: &mut Current,
    jobs: &Jobs,
    tabs: &mut ToTabs<'_>,
) -> Result<Option<String>, String> {
    let rows = collection.chosen();
    let snapshot = collection.snapshot.clone();
    match act {
        Act::Copy => {
            let dialog = crate::ui::where_dialog("Save the pictures in a new folder there");
            let write = move |folder: &Path| copy(&snapshot, &rows, folder);
            jobs.background.save(dialog, write);
        }
        Act::Figure => {
            let overlay = collection.overlay;
            let kinds: [(&str, &[&str]); 1] = [("Figures", &["svg", "pdf", "png"])];
            let dialog = crate::ui::save_dialog("Save a figure", "pictures.pdf", &kinds);
            let all = rows.len();
            let write = move |path: &Path| figure::write(&snapshot, &rows, &overlay, path);
            jobs.background.save(dialog, write);
            return Ok((all > figure::MOST)
                .then(|| format!("The first {} of these {all} stand in it.", figure::MOST)));
        }
        Act::Exhibit => {
            let dialog = crate::ui::where_dialog("Make an exhibit in a new or empty folder");
            let write = move |folder: &Path| exhibit(&snapshot, &rows, folder);
            jobs.background.save(dialog, write);
        }
        Act::Shift => {
            let files: Vec<PathBuf> = files(&snapshot, &rows);
            if files.is_empty() {
                return Err("Only pictures that are files can be tried so. \
                            Save the pictures first, and open that folder."
                    .to_owned());
            }
            let left = rows.len() - files.len();
            let folder = snapshot.source.clone().unwrap_or_default();
            tabs.models.push(models::Ask::RunOver(folder, files));
            tabs.go(Tab::Models);
            return Ok((left > 0).then(|| {
                let pictures = words::counted(left, "picture", "pictures");
                format!("Left out: {pictures} that are no files of their own.")
            }));
        }
        Act::Play | Act::Compare => {
            let most = if act == Act::Play {
                explain::MAX_ROUNDS
            } else {
                2
            };
            let all = rows.len();
            let decode = act == Act::Compare;
            let work = move |reporter: &Reporter<'_>| {
                let rows = rows
                    .into_iter()
                    .filter(|&row| snapshot.picture(row).is_some());
                let mut originals = Originals::default();
                let mut handed = Vec::new();
                for original in rows.filter_map(|row| snapshot.original(row)).take(most) {
                    reporter.check().map_err(|error| error.to_string())?;
                    handed.push(match original {
                        Original::File(path) if !decode => Handed::File(path),
                        original => Handed::Picture(Arc::new(originals.picture(&original)?)),
                    });
                }
                Ok::<_, String>(handed)
            };
            current.handing = Some((act, jobs.run(Lane::Files, Urgency::Now, work)));
            return Ok((act == Act::Play && all > most)
                .then(|| format!("The first {most} of these {all} are played with.")));
        }
    }
    Ok(None)
}

/// The files of rows that are files of their own.
fn files(snapshot: &Snapshot, rows: &[u32]) -> Vec<PathBuf> {
    let readable = rows.iter().filter(|&&row| snapshot.picture(row).is_some());
    let file = |&row: &u32| match snapshot.original(row)? {
        Original::File(path) => Some(path),
        Original::Within(..) => None,
    };
    readable.filter_map(file).collect()
}

/// Copies pictures, byte for byte, into a new folder in `folder`; gives that folder.
///
/// # Errors
/// In words, when one cannot be read or written; those before it are there.
pub fn copy(snapshot: &Snapshot, rows: &[u32], folder: &Path) -> Result<PathBuf, String> {
    let name = format!("{} from {}", rows.len(), snapshot.title);
    let into = new_folder(folder, &name).map_err(|e| format!("{}: {e}", folder.display()))?;
    copy_into(snapshot, rows, &into)?;
    Ok(into)
}

/// As [`copy`], into a folder that is there and empty; gives the files.
fn copy_into(snapshot: &Snapshot, rows: &[u32], into: &Path) -> Result<Vec<PathBuf>, String> {
    let mut originals = Originals::default();
    let mut taken = HashSet::new();
    let mut files = Vec::new();
    for &row in rows.iter().filter(|&&row| snapshot.picture(row).is_some()) {
        let name = words::file_name(snapshot, row);
        let original = snapshot
            .original(row)
            .ok_or_else(|| format!("{name} is not where it was; index the folder again"))?;
        let bytes = originals.bytes(&original)?;
        // Of the same name in two folders.
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let named = |number: u32| {
            let stem: String = file_name(stem).chars().take(60).collect();
            match number {
                1 => format!("{stem}.{ending}"),
                _ => format!("{stem} {number}.{ending}"),
            }
        };
        let mut names = (1..=u32::MAX).map(named);
        let name = names.find(|name| taken.insert(name.to_lowercase()));
        let name = name.unwrap_or_default();
        let path = into.join(name.trim_end_matches('.'));
        write_atomic(&path, |file| std::io::Write::write_all(file, &bytes))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        files.push(path);
    }
    Ok(files)
}

/// Makes an exhibit of pictures.
///
/// # Errors
/// In words, when the folder is not empty, or something cannot be read or written.
pub fn exhibit(snapshot: &Snapshot, rows: &[u32], folder: &Path) -> Result<PathBuf, String> {
    let copies = tempfile::tempdir().map_err(|error| error.to_string())?;
    let files = copy_into(snapshot, rows, copies.path())?;
    crate::exhibit::new(folder, &files).map_err(|error| error.to_string())?;
    Ok(folder.to_owned())
}

/// Takes pictures that were read to the tab that they are for.
pub(super) fn receive_handed(
    mut current: ResMut<Current>,
    mut library: ResMut<Library>,
    mut tabs: ToTabs,
    mut notices: ResMut<NoticeBoard>,
    shell: Res<ShellState>,
    session: Res<Session>,
    jobs: Res<Jobs>,
) {
    let Some((act, task)) = &current.handing else {
        return;
    };
    let (act, Some(answer)) = (*act, task.take()) else {
        return;
    };
    current.handing = None;
    let handed = match answer {
        Ok(handed) => handed,
        Err(why) => {
            notices.problem(sentence(&why.to_string()));
            return;
        }
    };
    if act == Act::Compare {
        match pair(&handed, &shell, &session) {
            Some(pair) => {
                tabs.pairs.write(pair);
                tabs.back.0 = Some(Tab::Collection);
            }
            None => notices.problem(crate::ui::format::NO_NETWORK),
        }
        return;
    }
    let mut ticked = std::collections::BTreeSet::new();
    for handed in handed {
        let index = match handed {
            Handed::File(path) => {
                let index = library.add_file(&path);
                if let Some(item) = library.get(index) {
                    jobs.background.thumb(item.id, path);
                }
                index
            }
            Handed::Picture(picture) => library.add_picture(picture),
        };
        ticked.extend(library.get(index).map(|item| item.id));
    }
    if ticked.is_empty() {
        notices.problem("None of these pictures can be read.");
        return;
    }
    tabs.explain.setup.rounds = ticked.len() as f32;
    tabs.explain.setup.ticked = ticked;
    tabs.games.push(explain::Ask::NewGame);
    tabs.go(Tab::Explain);
}

/// Two pictures as the network on top sees them.
fn pair(handed: &[Handed], shell: &ShellState, session: &Session) -> Option<ComparePair> {
    let model = shell.model().filter(|model| model.installed)?;
    let side = |handed: &Handed| match handed {
        Handed::Picture(picture) => Some(Side {
            name: picture.name.clone(),
            picture: picture.clone(),
            model: model.id.clone(),
            request: session.question(shell.method, ClassChoice::Auto),
        }),
        Handed::File(_) => None,
    };
    let [a, b] = handed else {
        return None;
    };
    Some(ComparePair {
        a: side(a)?,
        b: side(b)?,
        delta: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::demo;

    #[test]
    fn pictures_are_copied_byte_for_byte_into_a_folder_of_their_own() {
        let top = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::demo(12, 7);
        let rows = [3, 0, 9];
        let into = copy(&snapshot, &rows, top.path()).unwrap();
        assert_eq!(into.parent(), Some(top.path()));
        for row in rows {
            let path = into.join(words::file_name(&snapshot, row));
            let number = snapshot.picture(row).unwrap().1.tile;
            assert_eq!(std::fs::read(path).unwrap(), demo::jpeg(7, number));
        }
        assert_eq!(std::fs::read_dir(&into).unwrap().count(), 3);
        // Once more it is another folder.
        assert_ne!(copy(&snapshot, &rows, top.path()).unwrap(), into);
    }

    #[test]
    fn pictures_of_one_name_do_not_take_each_others_place() {
        let top = tempfile::tempdir().unwrap();
        let pictures = top.path().join("pictures");
        for (folder, n) in [("a", 1), ("b", 2)] {
            let folder = pictures.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("same.jpg"), demo::jpeg(7, n)).unwrap();
        }
        let source = crate::collection::Source::open(&pictures).unwrap();
        let index = top.path().join("index");
        let (mut writer, _) = crate::collection::Writer::open(&index, source.path(), &[]).unwrap();
        let listing = source.list().unwrap();
        crate::collection::index(&mut writer, &listing, &[], &crate::collection::Unwatched)
            .unwrap();
        drop(writer);
        let snapshot = Snapshot::read(&index, None).unwrap();
        assert_eq!(files(&snapshot, &[0, 1]).len(), 2);
        let into = copy(&snapshot, &[0, 1], top.path()).unwrap();
        for (name, n) in [("same.jpg", 1), ("same 2.jpg", 2)] {
            let bytes = std::fs::read(into.join(name)).unwrap();
            assert_eq!(bytes, demo::jpeg(7, n));
        }
    }

    #[test]
    fn an_exhibit_holds_the_pictures_and_never_goes_over_what_is_there() {
        let top = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::demo(12, 7);
        let folder = top.path().join("exhibit");
        exhibit(&snapshot, &[1, 2], &folder).unwrap();
        assert_eq!(
            std::fs::read_dir(folder.join("pictures")).unwrap().count(),
            2
        );
        assert!(folder.join(crate::exhibit::MANIFEST).is_file());
        assert!(exhibit(&snapshot, &[1, 2], &folder).is_err());
    }
}
