//! The systems that hear what came in and what the threads report.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy::window::WindowFocused;

use super::bring::{Names, Trial};
use super::counting::Counted;
use super::errands::{ErrandNews, FolderNews, Purpose};
use super::state::{Ask, Cell, Models, ORIGINAL, Results, View};
use super::systems::{Asks, forget_choice};
use super::versions::VersionNews;
use super::work::Work;
use crate::jobs::{BackgroundNews, JobNews, Jobs, What};
use crate::saliency::ClassChoice;
use crate::tabs::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
use crate::ui::{HomeDir, NoticeBoard, Session, ShellState, sentence};

/// Takes up what came in while this tab is shown.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut models: ResMut<Models>,
    mut asks: ResMut<Asks>,
) {
    for Arrived { tab, what } in arrived.read() {
        if *tab != Tab::Models {
            continue;
        }
        match what {
            Arrival::Picture(index) => asks.push(Ask::Choose(*index)),
            Arrival::Network(path) => {
                // Several at once are asked about one after the other.
                models.arriving.push_back(path.clone());
                asks.push(Ask::Next);
            }
            _ => {}
        }
    }
}

/// A table of results is opened here, whatever tab is shown when it comes in.
pub(super) fn take_tables(
    mut arrived: MessageReader<Arrived>,
    mut next: ResMut<NextState<Tab>>,
    work: Res<Work>,
) {
    for message in arrived.read() {
        if let Arrival::Table(path) = &message.what {
            work.read_results(path.clone());
            NextState::set_if_neq(&mut next, Tab::Models);
        }
    }
}

/// A model was replaced, or may have been while the window did not have the focus.
pub(super) fn come_back(mut focus: MessageReader<WindowFocused>, mut work: ResMut<Work>) {
    let focused = focus.read().any(|message| message.focused);
    if work.watcher.changed() || focused {
        work.entered = true;
    }
}

/// Takes the picture that the background reader opened.
pub(super) fn hear_background(
    mut news: MessageReader<BackgroundNews>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    library: Res<Library>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let BackgroundNews::Picture { item, result } = message else {
            continue;
        };
        if work.opening != Some(*item) {
            continue;
        }
        work.opening = None;
        match result {
            Ok(picture) => {
                // The library's copy has the better name and text.
                let named = library
                    .position(*item)
                    .and_then(|index| library.get(index))
                    .and_then(|item| item.picture.clone());
                let picture = named.unwrap_or_else(|| picture.clone());
                work.take_picture(&mut models, &jobs, picture);
            }
            Err(why) => models.failed = Some(sentence(why)),
        }
    }
}

/// Takes what the queue reports about the cells.
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let Some((key, ticket)) = work.slots.get(&message.slot).cloned() else {
            continue;
        };
        if ticket != message.ticket {
            continue;
        }
        match &message.what {
            What::Opening => {
                models.cells.insert(key, Cell::Working(0.0));
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                models.cells.insert(key, Cell::Working(share));
            }
            What::Done(explanation) => {
                work.slots.remove(&message.slot);
                models.cells.insert(key.clone(), Cell::Working(1.0));
                work.explained(&models, key, explanation);
            }
            What::Failed(why) => {
                work.slots.remove(&message.slot);
                let why = sentence(why);
                if key.0 == ORIGINAL {
                    // Without the original's map the column has nothing to compare with.
                    let model = key.1.clone();
                    work.forget(&mut models, &jobs, &|other| other.1 == model);
                    let column = models.columns.iter_mut().find(|c| c.model == model);
                    if let Some(column) = column {
                        column.broken = Some(why.clone());
                    }
                }
                models.cells.insert(key, Cell::Failed(why));
            }
            What::Cancelled => {
                work.slots.remove(&message.slot);
                models.cells.remove(&key);
            }
            _ => {}
        }
    }
}

/// Takes what the tab's own threads made.
pub(super) fn hear_workers(
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut shell: ResMut<ShellState>,
    mut notices: ResMut<NoticeBoard>,
    session: Res<Session>,
    home: Res<HomeDir>,
) {
    // Written only where something came, so that nothing looks changed.
    let news = work.versions.news();
    for VersionNews { round, key, made } in news {
        let row = models.versions.iter_mut().find(|v| v.key == key);
        if round != work.picture_round {
            continue;
        }
        if let Some(version) = row {
            match made {
                Ok((picture, small)) => {
                    version.picture = Some(picture);
                    work.fresh_versions.push((key, small));
                }
                Err(why) => version.failed = Some(sentence(&why)),
            }
        }
    }
    let news = work.counting.news();
    for counted in news {
        match counted {
            Counted::Cell(round, key, found) if round == work.round => {
                // A cell that was unticked meanwhile is not there any more.
                if let Some(cell) = models.cells.get_mut(&key) {
                    *cell = match found {
                        Ok(finding) => Cell::Done(finding),
                        Err(why) => Cell::Failed(sentence(&why)),
                    };
                }
            }
            Counted::Sketch {
                round,
                key,
                delta,
                side,
                agree,
                picture,
            } if round == work.round => {
                if work.sketching.get(&key) == Some(&(delta, side)) {
                    work.sketching.remove(&key);
                }
                if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
                    finding.count(agree, delta);
                }
                if let (Some(side), Some(picture)) = (side, picture) {
                    work.fresh_cells.push((key, (delta, side), picture));
                }
            }
            Counted::Defect => notices.problem("A defect in the program spoilt a cell."),
            _ => {}
        }
    }
    let news = work.errands.news();
    for errand in news {
        hear_errand(
            errand,
            &mut models,
            &mut work,
            &mut shell,
            &mut notices,
            &home,
        );
    }
    let news = work.runs.news();
    for report in news {
        hear_run(report, &mut models, &work, &mut notices);
    }
    let news = work.dialogs.news();
    for (purpose, path) in news {
        if let Some(path) = path {
            match purpose {
                Purpose::Results => work.read_results(path),
                Purpose::Folder => {
                    let request = session.question(shell.method, ClassChoice::Auto);
                    work.run_folder(&mut models, request, path);
                }
                Purpose::Save => work.save(&models, shell.method, path),
                Purpose::Names => {
                    if let Some(form) = &mut models.form {
                        form.found.retain(|known| *known != path);
                        form.found.insert(0, path.clone());
                        form.names = Names::File(path);
                        work.attempt(&mut models);
                    }
                }
            }
        }
    }
}

fn hear_errand(
    errand: ErrandNews,
    models: &mut Models,
    work: &mut Work,
    shell: &mut ShellState,
    notices: &mut NoticeBoard,
    home: &HomeDir,
) {
    match errand {
        ErrandNews::Tried(path, found) => {
            let again = match models.form.as_mut().filter(|form| form.path == path) {
                Some(form) => match found {
                    Ok(known) => form.learn(*known),
                    Err(trial) => {
                        form.trial = match trial {
                            Trial::Failed(why) => Trial::Failed(sentence(&why)),
                            Trial::Refused(why) => Trial::Refused(sentence(&why)),
                            trial => trial,
                        };
                        false
                    }
                },
                None => false,
            };
            if again {
                work.attempt(models);
            }
        }
        ErrandNews::Kept(Ok((id, name))) => {
            if let Some(form) = models.form.take() {
                let path = form.path.to_string_lossy().into_owned();
                forget_choice(shell, &path, work.chosen_before.as_deref());
            }
            let note = "Added by you.".to_owned();
            let choice = crate::ui::shell::ModelChoice {
                id: id.clone(),
                name: name.clone(),
                note,
                installed: true,
            };
            // Who keeps a model wants to work with it.
            shell.choose(choice);
            models.ticked.insert(id);
            let folder = home.data.join("models");
            notices.info(format!("{name} is kept in {}.", folder.display()));
            work.next_form(models);
        }
        ErrandNews::Kept(Err(why)) => {
            if let Some(form) = &mut models.form {
                form.keeping = false;
                form.trial = Trial::Failed(sentence(&why));
            }
        }
        ErrandNews::Read(Ok(read)) => {
            work.result_thumbs.clear();
            work.fresh_results = read.thumbs.into_iter().collect();
            models.family = 0;
            models.view = View::Folder;
            models.results = Some(Results {
                path: read.path,
                rows: Arc::new(read.rows),
                dissent: read.dissent,
                thumbs: HashMap::new(),
            });
        }
        ErrandNews::Written(Ok(said)) => notices.info(said),
        ErrandNews::Read(Err(why)) | ErrandNews::Written(Err(why)) => {
            notices.problem(sentence(&why));
        }
        ErrandNews::Defect => {
            notices.problem("A defect in the program stopped this; nothing was changed.");
            if let Some(form) = &mut models.form {
                form.keeping = false;
            }
        }
    }
}

fn hear_run(news: FolderNews, models: &mut Models, work: &Work, notices: &mut NoticeBoard) {
    match news {
        FolderNews::Progress(done, total, left) => {
            if let Some(run) = &mut models.run {
                (run.done, run.total, run.left) = (done, total, left);
            }
        }
        FolderNews::Skipped(what) => notices.problem(sentence(&format!("Left out {what}"))),
        FolderNews::Done(path) => {
            models.run = None;
            notices.info(format!("The results are in {}.", path.display()));
            work.read_results(path);
        }
        FolderNews::Ended(why) => {
            models.run = None;
            match why {
                Some(why) => notices.problem(sentence(&why)),
                None => notices
                    .info("Stopped. What was computed is kept: the same run goes on from there."),
            }
        }
    }
}
