//! What was asked for is done.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;

use super::alike;
use super::ask::{Act, Ask};
use super::export;
use super::hand_over;
use super::indexing::{Named, Run};
use super::middle::zoom_step;
use super::reading::{Original, Originals};
use super::select::Select;
use super::snapshot::{DEMO, Extent, Snapshot};
use super::state::{Collection, Status};
use super::systems::{Asks, Current};
use crate::collection::{Bits, Source};
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::stage::StageCommand;
use crate::tabs::actions::act_as_everywhere;
use crate::tabs::pair::{ComparePair, FromCollection, StepInCollection};
use crate::tabs::{explain, look, models};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::{HomeDir, NoticeBoard, Session, ShellState, Tab, sentence};

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a system names what it reads and writes; one arm for each thing asked"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    session: Res<Session>,
    shell: Res<ShellState>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
    mut library: ResMut<Library>,
    mut tabs: ToTabs,
    mut stage: MessageWriter<StageCommand>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    for ask in asks.take() {
        match ask {
            Ask::ChooseFolder => {
                let dialog = crate::ui::where_dialog("Choose a folder of pictures");
                if let Some(task) = jobs.background.ask(dialog) {
                    current.choosing = Some(task);
                }
            }
            Ask::Open(path) => match Named::at(&path, &home) {
                Ok(Named::Index(folder)) => {
                    collection.opened.push(path.clone());
                    current.run = None;
                    collection.working = None;
                    begin(&mut collection, &path);
                    current.open_index(&jobs, &folder, None, true);
                }
                Ok(Named::Pictures(source, folder)) => {
                    collection.opened.push(path.clone());
                    begin(&mut collection, &path);
                    let model = shell.model().filter(|model| model.installed);
                    let model = model.map(|model| (model.id.clone(), model.name.clone()));
                    if crate::collection::Manifest::is_in(&folder) {
                        current.open_index(&jobs, &folder, None, true);
                    } else {
                        current.opening = None;
                    }
                    start_run(
                        &mut collection,
                        &mut current,
                        &jobs,
                        &session,
                        folder,
                        source,
                        model,
                    );
                }
                Err(why) => notices.problem(sentence(&why)),
            },
            Ask::Again(path) => match Named::known(&path, &home) {
                Some(folder) => {
                    begin(&mut collection, &path);
                    current.open_index(&jobs, &folder, None, true);
                }
                None => show_made_up(&mut collection, &mut current, &jobs, &home),
            },
            Ask::Demo => show_made_up(&mut collection, &mut current, &jobs, &home),
            Ask::Look => {
                let Some(model) = shell.model().filter(|model| model.installed) else {
                    notices.problem(crate::ui::format::NO_NETWORK);
                    continue;
                };
                let model = Some((model.id.clone(), model.name.clone()));
                let source = match &collection.snapshot.source {
                    Some(path) => Source::open(path).map_err(|error| error.to_string()),
                    None => Ok(DEMO),
                };
                let source = match source {
                    Ok(source) => source,
                    Err(why) => {
                        notices.problem(sentence(&why));
                        continue;
                    }
                };
                let known = collection.snapshot.folder().map(Path::to_owned);
                let folder = known.unwrap_or_else(|| super::indexing::place_of(&home, &source));
                start_run(
                    &mut collection,
                    &mut current,
                    &jobs,
                    &session,
                    folder,
                    source,
                    model,
                );
            }
            Ask::Pause(paused) => {
                if let Some(run) = &current.run {
                    run.steering().pause(paused);
                }
                if let Some(working) = &mut collection.working {
                    working.paused = paused;
                }
            }
            Ask::Stop => {
                current.run = None;
                collection.working = None;
                refresh(&collection, &mut current, &jobs);
            }
            Ask::Arrange => {
                collection.note_choices();
                let shown = collection.snapshot.view.as_ref().map(|view| &view.name);
                let wanted = collection.choices.model.clone();
                if wanted.is_some() && wanted.as_ref() != shown {
                    refresh(&collection, &mut current, &jobs);
                }
                current.stale = true;
            }
            Ask::Select(select) => collection.select(select),
            // Of two that are chosen both are seen.
            Ask::SeeWhy(row)
                if collection.selected.len() == 2 && collection.selected.contains(row as usize) =>
            {
                let compare = Act::Compare;
                if let Err(why) =
                    hand_over::act(compare, &collection, &mut current, &jobs, &mut tabs)
                {
                    notices.problem(why);
                }
            }
            Ask::SeeWhy(row) => {
                let shown = (&mut *collection, &mut *current);
                if let Err(why) = see_why(row, shown, &jobs, &mut library, &mut tabs) {
                    notices.problem(why);
                }
            }
            Ask::Fit => {
                collection.remember();
                collection.fit();
            }
            Ask::CompareLooks => {
                current.extent = Extent::Agreement;
                refresh(&collection, &mut current, &jobs);
            }
            Ask::Seek(sought) => {
                collection.sought = Some(sought);
                collection.show_sought();
                current.stale = true;
            }
            Ask::Act(act) => {
                let done = hand_over::act(act, &collection, &mut current, &jobs, &mut tabs);
                match done {
                    Ok(Some(note)) => notices.info(note),
                    Ok(None) => {}
                    Err(why) => notices.problem(why),
                }
            }
            Ask::FindAlike(..)
            | Ask::FindDuplicates
            | Ask::Jump(_)
            | Ask::SaveSelection(_)
            | Ask::TakeSelection(..)
            | Ask::RemoveSelection(_) => {
                act_on_rows(ask, &mut collection, &mut current, &jobs, &mut notices);
            }
            Ask::Do(command) => match command {
                Command::ZoomIn => zoom_step(&mut collection, true),
                Command::ZoomOut => zoom_step(&mut collection, false),
                Command::ZoomFit => {
                    collection.remember();
                    collection.fit();
                }
                Command::Back => current.stale |= collection.go_back(),
                Command::ToggleOverlay => collection.overlay.shown = !collection.overlay.shown,
                Command::Cancel if !shell.dialog_open() => {
                    let drawn = !std::mem::take(&mut collection.lasso).is_empty();
                    let drawn = collection.frame.take().is_some() || drawn;
                    if !drawn && !collection.selected.is_empty() {
                        collection.select(Select::None);
                    }
                }
                Command::Save => {
                    if let Err(why) = export::ask(&collection, &jobs) {
                        notices.info(why);
                    }
                }
                _ => act_as_everywhere(command, &jobs, &mut stage),
            },
        }
    }
}

/// Shows the made-up pictures, with what is known of them.
fn show_made_up(collection: &mut Collection, current: &mut Current, jobs: &Jobs, home: &HomeDir) {
    current.run = None;
    collection.working = None;
    collection.forget();
    let folder = super::indexing::place_of(home, &DEMO);
    if crate::collection::Manifest::is_in(&folder) {
        current.open_index(jobs, &folder, None, true);
    } else if let Source::Demo { count, seed } = DEMO {
        current.open(jobs, true, move || Ok(Snapshot::demo(count, seed)));
    }
}

/// Shows a row's picture in "See why", or has it read first where it lies in no file of its own.
fn see_why(
    row: u32,
    (collection, current): (&mut Collection, &mut Current),
    jobs: &Jobs,
    library: &mut Library,
    tabs: &mut ToTabs<'_>,
) -> Result<(), &'static str> {
    collection.select(Select::Only(row));
    match collection.snapshot.original(row) {
        Some(Original::File(path)) => {
            let index = library.add_file(&path);
            if let Some(item) = library.get(index) {
                jobs.background.thumb(item.id, path);
            }
            tabs.see_why(library, index);
        }
        Some(original @ Original::Within(..)) => {
            let work =
                move |_: &Reporter<'_>| Originals::default().picture(&original).map(Arc::new);
            current.fetching = Some(jobs.run(Lane::Files, Urgency::Now, work));
        }
        None => return Err("This picture is not where it was; index the folder again."),
    }
    Ok(())
}

/// Goes on to the next picture that is shown, or to the previous one, while "See why" is there.
pub(super) fn step(
    mut steps: MessageReader<StepInCollection>,
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    jobs: Res<Jobs>,
    mut library: ResMut<Library>,
    mut tabs: ToTabs,
    mut notices: ResMut<NoticeBoard>,
) {
    for StepInCollection { forward } in steps.read() {
        let Some((place, row)) = collection.beside(*forward) else {
            continue;
        };
        // Who comes back finds it.
        collection.focus(place);
        let shown = (&mut *collection, &mut *current);
        if let Err(why) = see_why(row, shown, &jobs, &mut library, &mut tabs) {
            notices.problem(why);
        }
    }
}

/// Looks for pictures, goes to one, and keeps and takes selections.
fn act_on_rows(
    ask: Ask,
    collection: &mut Collection,
    current: &mut Current,
    jobs: &Jobs,
    notices: &mut NoticeBoard,
) {
    let snapshot = collection.snapshot.clone();
    match ask {
        Ask::FindAlike(row, near) => {
            match alike::find_alike(jobs, &current.kept, snapshot, row, near) {
                Ok(task) => {
                    current.looking = Some(task);
                    collection.looking = Some("Looking for what is alike...".to_owned());
                }
                Err(why) => notices.info(why),
            }
        }
        Ask::FindDuplicates => {
            current.looking = Some(alike::find_duplicates(jobs, &current.kept, snapshot));
            collection.looking = Some("Looking for duplicates...".to_owned());
        }
        Ask::Jump(text) => match collection.place_to_jump(&text) {
            Some(place) => {
                collection.remember();
                collection.focus(place);
            }
            None => notices.info(format!(
                "No picture that is shown has {:?} in its name, and there is no such number.",
                text.trim()
            )),
        },
        Ask::SaveSelection(name) => {
            match snapshot.save_selection(name.trim(), &collection.selected) {
                Ok(()) => {
                    let name = name.trim().to_owned();
                    if !collection.saved.contains(&name) {
                        collection.saved.push(name);
                        collection.saved.sort_by_key(|name| name.to_lowercase());
                    }
                    collection.fields.name.clear();
                }
                Err(why) => notices.problem(sentence(&why)),
            }
        }
        Ask::TakeSelection(name, how) => match snapshot.selection(&name) {
            Ok(rows) => {
                let mut chosen = Bits::none(rows.rows());
                chosen.unite(&collection.selected);
                let rows = how.map_or_else(|| rows.clone(), |how| how.of(&chosen, &rows));
                let rows = rows.iter().map(|row| row as u32).collect();
                collection.select(Select::Rows(rows, false));
            }
            Err(why) => notices.problem(sentence(&why)),
        },
        Ask::RemoveSelection(name) => match snapshot.remove_selection(&name) {
            Ok(()) => collection.saved.retain(|known| *known != name),
            Err(why) => notices.problem(sentence(&why)),
        },
        _ => {}
    }
}

/// What it takes to do something in another tab and come back.
#[derive(bevy::ecs::system::SystemParam)]
pub struct ToTabs<'w> {
    next: ResMut<'w, NextState<Tab>>,
    pub(super) back: ResMut<'w, crate::ui::WayBack>,
    look: ResMut<'w, look::Asks>,
    pub(super) models: ResMut<'w, models::Asks>,
    pub(super) explain: ResMut<'w, explain::Explain>,
    pub(super) games: ResMut<'w, explain::Asks>,
    pub(super) pairs: MessageWriter<'w, ComparePair>,
    from: ResMut<'w, FromCollection>,
}

impl ToTabs<'_> {
    /// Shows a picture of the library in "See why".
    pub(super) fn see_why(&mut self, library: &Library, index: usize) {
        self.from.0 = library.get(index).map(|item| item.id);
        self.look.push(look::Ask::Choose(index));
        self.back.0 = Some(Tab::Collection);
        self.go(Tab::Look);
    }

    /// Goes to a tab.
    pub(super) fn go(&mut self, tab: Tab) {
        NextState::set_if_neq(&mut self.next, tab);
    }
}

/// Forgets what was shown: something else is being opened.
fn begin(collection: &mut Collection, path: &Path) {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    collection.forget();
    collection.snapshot = Arc::new(Snapshot::demo(0, 0));
    collection.saved.clear();
    collection.status = Status::Opening(format!("Looking for pictures in {name}..."));
}

fn start_run(
    collection: &mut Collection,
    current: &mut Current,
    jobs: &Jobs,
    session: &Session,
    folder: PathBuf,
    source: Source,
    model: Option<(String, String)>,
) {
    let (id, name) = model.unzip();
    collection.working = Some(super::state::Working {
        phase: super::indexing::Phase::Listing,
        progress: crate::collection::Progress::default(),
        paused: false,
        model: name,
    });
    // An older one is cancelled first: one at a time writes an index.
    current.run = None;
    current.run = Some(Run::start(jobs, folder, source, id, session.framing));
}

/// Reads the index that is shown again.
pub(super) fn refresh(collection: &Collection, current: &mut Current, jobs: &Jobs) {
    let folder = match &current.run {
        Some(run) => Some(run.folder.clone()),
        None => collection.snapshot.folder().map(Path::to_owned),
    };
    if let Some(folder) = folder.filter(|folder| crate::collection::Manifest::is_in(folder)) {
        current.open_index(jobs, &folder, collection.choices.model.clone(), false);
    }
}
