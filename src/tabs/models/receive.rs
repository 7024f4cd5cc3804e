//! The systems that take what came in, what the queue reports, and what came of tasks.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy::window::WindowFocused;

use super::compare_cell::Drawn;
use super::runs::RunNews;
use super::state::{Ask, Cell, Models, ORIGINAL, Results, View};
use super::systems::Asks;
use super::work::{Purpose, Work};
use crate::home::Home;
use crate::jobs::{JobNews, Jobs, Task, TaskError, What};
use crate::saliency::ClassChoice;
use crate::tabs::bring::{OwnModelEvent, OwnModelNews};
use crate::ui::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::pictures::Pictures;
use crate::ui::{HomeDir, NoticeBoard, Session, ShellState, sentence};

/// Takes up what came in while this tab is shown.
pub(super) fn take_arrived(mut arrived: MessageReader<Arrived>, mut asks: ResMut<Asks>) {
    for Arrived { tab, what } in arrived.read() {
        if let (Tab::Models, Arrival::Picture(index)) = (tab, what) {
            asks.push(Ask::Choose(*index));
        }
    }
}

/// A model of the person's own was kept, changed or removed.
pub(super) fn receive_own_models(
    mut news: MessageReader<OwnModelNews>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    jobs: Res<Jobs>,
) {
    for OwnModelNews { id, what } in news.read() {
        match what {
            OwnModelEvent::Kept => {
                models.ticked.insert(id.clone());
            }
            OwnModelEvent::Changed => work.forget_model(&mut models, &jobs, id),
            OwnModelEvent::Removed => {
                models.ticked.remove(id);
            }
            // The matrix looks at the files itself, also at those of models that are not shown.
            OwnModelEvent::Replaced => {}
        }
    }
}

/// A table of results is opened here, whatever tab is shown when it comes in.
pub(super) fn take_tables(
    mut arrived: MessageReader<Arrived>,
    mut next: ResMut<NextState<Tab>>,
    mut work: ResMut<Work>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
) {
    for message in arrived.read() {
        if let Arrival::Table(path) = &message.what {
            work.read_results(path.clone(), None, &home, &jobs);
            NextState::set_if_neq(&mut next, Tab::Models);
        }
    }
}

/// A model was replaced, or may have been while the window did not have the focus.
pub(super) fn come_back(mut focus: MessageReader<WindowFocused>, mut work: ResMut<Work>) {
    let focused = focus.read().any(|message| message.focused);
    if work.files_changed() || focused {
        work.entered = true;
    }
}

/// Takes the picture that was opened, and the versions that were made of it.
pub(super) fn receive_pictures(
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut pictures: Pictures,
) {
    // Written only where something came, so that nothing looks changed.
    match pictures.take(&mut work.opening) {
        Some(Ok(opened)) => work.take_picture(&mut models, &pictures.jobs, opened.picture),
        Some(Err(why)) => models.failed = Some(sentence(&why)),
        None => {}
    }
    for (key, made) in work.versions.finished() {
        let Some(version) = models.versions.iter_mut().find(|v| v.key == key) else {
            continue;
        };
        match made {
            Ok(made) => {
                version.picture = Some(made.picture);
                work.fresh_versions.push((key, made.small));
            }
            Err(why) => version.failed = Some(sentence(&why.to_string())),
        }
    }
}

/// Takes what the queue reports about the cells.
pub(super) fn receive(
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
            What::Done(explanation, _) => {
                work.slots.remove(&message.slot);
                models.cells.insert(key.clone(), Cell::Working(1.0));
                work.explained(&models, key, explanation, &jobs);
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

/// Takes what was computed about the cells.
pub(super) fn receive_figures(mut models: ResMut<Models>, mut work: ResMut<Work>) {
    let mut drawn = Vec::new();
    for (key, found) in work.comparing.finished() {
        // A cell that was unticked meanwhile is not there any more.
        if let Some(cell) = models.cells.get_mut(&key) {
            *cell = match found {
                Ok((finding, picture)) => {
                    drawn.extend(picture);
                    Cell::Done(finding)
                }
                Err(why) => Cell::Failed(sentence(&why.to_string())),
            };
        }
    }
    if let Some(drawing) = &work.drawing {
        let ended = drawing.take().is_some();
        drawn.extend(drawing.reports());
        if ended {
            work.drawing = None;
        }
    }
    for Drawn {
        key,
        delta,
        side,
        agree,
        picture,
    } in drawn
    {
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
}

/// Takes what came of results and runs, and of dialogs.
pub(super) fn receive_tasks(
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    shell: Res<ShellState>,
    mut notices: ResMut<NoticeBoard>,
    session: Res<Session>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
) {
    match Task::poll(&mut work.reading) {
        Some(Ok(read)) => {
            work.result_thumbs.clear();
            work.fresh_results = read.thumbs.into_iter().collect();
            models.family = 0;
            models.view = View::Folder;
            models.results = Some(Results {
                path: read.path,
                folder: read.folder,
                rows: Arc::new(read.rows),
                digest: Arc::new(read.digest),
                dissent: read.dissent,
                files: read.files,
                thumbs: HashMap::new(),
            });
        }
        Some(Err(why)) => notices.problem(sentence(&why.to_string())),
        None => {}
    }
    receive_run(&mut models, &mut work, &mut notices, (&home, &jobs));
    let asked = work.asking.as_ref();
    let Some((purpose, answer)) = asked.and_then(|(purpose, task)| Some((*purpose, task.take()?)))
    else {
        return;
    };
    work.asking = None;
    let Ok(Some(path)) = answer else {
        return;
    };
    match purpose {
        Purpose::Results => work.read_results(path, None, &home, &jobs),
        Purpose::Pictures => super::cases::found(&models, &mut work, &path, &home, &jobs),
        Purpose::Folder => {
            let request = session.question(shell.method, ClassChoice::Auto);
            work.run_folder(&mut models, request, (path, None), (&home, &jobs));
        }
    }
}

/// Takes what a run over a folder reports.
fn receive_run(
    models: &mut Models,
    work: &mut Work,
    notices: &mut NoticeBoard,
    (home, jobs): (&Home, &Jobs),
) {
    let Some(running) = &work.running else {
        return;
    };
    let ended = running.take();
    for report in running.reports() {
        match report {
            RunNews::Progress(done, total, left) => {
                if let Some(run) = &mut models.run {
                    (run.done, run.total, run.left) = (done, total, left);
                }
            }
            RunNews::Skipped(what) => notices.problem(sentence(&format!("Left out {what}"))),
        }
    }
    let Some(ended) = ended else {
        return;
    };
    work.running = None;
    models.run = None;
    match ended {
        Ok(path) => {
            notices.info(format!("The results are in {}.", path.display()));
            work.read_results(path, None, home, jobs);
        }
        Err(TaskError::Defect) => {
            notices.problem("A defect in the program stopped this run; what was done is kept.");
        }
        Err(why) => notices.problem(sentence(&why.to_string())),
    }
}
