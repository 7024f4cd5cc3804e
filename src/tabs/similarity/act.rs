//! What a person asked for, done.

use bevy::prelude::*;

use super::PANES;
use super::average::Averaging;
use super::current::Current;
use super::differ::differ;
use super::state::{Arrangement, Ask, SimilarityState, Status, View, Which};
use super::systems::Asks;
use crate::jobs::Jobs;
use crate::maps::painter::Painter;
use crate::saliency::ClassChoice;
use crate::stage::{Pane, StageCommand};
use crate::tabs::actions::act_as_everywhere;
use crate::ui::commands::Command;
use crate::ui::pictures::Pictures;
use crate::ui::{NoticeBoard, Session, ShellState, Tab, WayBack};

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a system names what it reads and writes; this one lists what can be asked for"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut averaging: ResMut<Averaging>,
    mut notices: ResMut<NoticeBoard>,
    mut stage: MessageWriter<StageCommand>,
    mut panes: Query<&mut Pane>,
    mut pictures: Pictures,
    painter: Res<Painter>,
    shell: Res<ShellState>,
    session: Res<Session>,
    mut back: ResMut<WayBack>,
    mut next: ResMut<NextState<Tab>>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    for ask in asks.take() {
        match ask {
            Ask::Picture(which, index) => {
                let side = state.side_mut(which);
                side.request.class = ClassChoice::Auto;
                side.answers.clear();
                side.explained = None;
                current.other_answer = false;
                current.choose(&mut state, which, index, &mut pictures);
            }
            Ask::Open(which) => {
                current.target = which;
                pictures.jobs.background.dialog(crate::ui::open_dialog());
            }
            Ask::AddFiles => {
                current.target = Which::B;
                pictures.jobs.background.dialog(crate::ui::open_dialog());
            }
            Ask::Class(which, class) => {
                state.side_mut(which).request.class = class;
                current.explain(&mut state, which, &pictures.jobs);
            }
            Ask::Method(which, method) => {
                let side = state.side_mut(which);
                side.request = session.question(method, side.request.class);
                current.explain(&mut state, which, &pictures.jobs);
            }
            Ask::Model(which, index) => {
                if let Some(model) = shell.models.get(index) {
                    change_model(&mut state, which, &model.id);
                    current.explain(&mut state, which, &pictures.jobs);
                }
            }
            Ask::Differ(what) => {
                let offer = (&shell.models[..], &*session);
                differ(
                    what,
                    &mut state,
                    &mut current,
                    offer,
                    &painter,
                    &mut pictures,
                );
            }
            Ask::Swap => swap(&mut state, &mut current, &mut panes),
            Ask::Do(Command::Swap | Command::Flip | Command::Wipe)
                if state.view == View::Average => {}
            Ask::Do(Command::Save) if state.view == View::Average => {
                if let Some(write) = averaging.saving(&state, &pictures.jobs) {
                    let folder = crate::ui::folder_dialog();
                    pictures.jobs.background.save(folder, write);
                } else {
                    notices.info("There is no average to save yet: tick some versions first.");
                }
            }
            Ask::Do(Command::Cancel)
                if state.view == View::Average
                    && state.average.working()
                    && !shell.dialog_open() =>
            {
                super::average::stop(&mut state, &mut averaging, &pictures.jobs);
            }
            Ask::Do(command) => match command {
                Command::Swap => swap(&mut state, &mut current, &mut panes),
                Command::Open | Command::Paste => {
                    current.target = Which::B;
                    act_as_everywhere(command, &pictures.jobs, &mut stage);
                }
                Command::Flip => {
                    state.arrangement = match state.arrangement {
                        Arrangement::Flip(which) => Arrangement::Flip(which.other()),
                        _ => Arrangement::Flip(Which::B),
                    };
                }
                Command::Wipe => {
                    state.arrangement = match state.arrangement {
                        Arrangement::Wipe => Arrangement::Beside,
                        _ => Arrangement::Wipe,
                    };
                }
                Command::Save => {
                    if let Some(write) = current.saving(&state, &pictures.jobs) {
                        let folder = crate::ui::folder_dialog();
                        pictures.jobs.background.save(folder, write);
                    } else {
                        notices.info("There is nothing to save yet: choose two maps first.");
                    }
                }
                Command::Cancel if state.working() && !shell.dialog_open() => {
                    for which in Which::ALL {
                        if state.side(which).status.is_working() {
                            current.stop(which, &pictures.jobs);
                            state.side_mut(which).status = Status::Stopped;
                            current.side_mut(which).restore = true;
                        }
                    }
                }
                Command::Retry => {
                    for which in Which::ALL {
                        if matches!(state.side(which).status, Status::Failed(_)) {
                            retry(&mut state, &mut current, which, &mut pictures);
                        }
                    }
                }
                Command::ToggleOverlay => state.overlay.shown = !state.overlay.shown,
                Command::Back => {
                    if let Some(tab) = back.0.take() {
                        NextState::set_if_neq(&mut next, tab);
                    }
                }
                _ => act_as_everywhere(command, &pictures.jobs, &mut stage),
            },
        }
    }
    let choices = (&*shell, &*session);
    follow_shell(&mut state, &mut current, choices, &pictures.jobs);
    current.follow(&mut state, &pictures.jobs);
}

/// Network and method in the bar on top also mean the sides that follow them: those that still have
/// what the bar had before.
fn follow_shell(
    state: &mut SimilarityState,
    current: &mut Current,
    (shell, session): (&ShellState, &Session),
    jobs: &Jobs,
) {
    let Some(model) = shell.model() else {
        return;
    };
    let now = (model.id.clone(), shell.method);
    let Some(before) = current.shell.replace(now.clone()) else {
        return;
    };
    if before == now {
        return;
    }
    for which in Which::ALL {
        let side = state.side_mut(which);
        let mut changed = false;
        if before.0 != now.0 && side.model == before.0 {
            change_model(state, which, &now.0);
            changed = true;
        }
        let side = state.side_mut(which);
        if before.1 != now.1 && side.request.method == before.1 {
            side.request = session.question(now.1, side.request.class);
            changed = true;
        }
        if changed {
            current.explain(state, which, jobs);
        }
    }
}

/// Asks another network. Those of the catalog share the classes of `ImageNet`; a file may have its
/// own, so there the surest answer is explained.
fn change_model(state: &mut SimilarityState, which: Which, model: &str) {
    let side = state.side_mut(which);
    let is_file = |id: &str| std::path::Path::new(id).extension().is_some();
    if is_file(model) || is_file(&side.model) {
        side.request.class = ClassChoice::Auto;
    }
    model.clone_into(&mut side.model);
}

fn swap(state: &mut SimilarityState, current: &mut Current, panes: &mut Query<&mut Pane>) {
    current.swap(state);
    let mut found: Vec<Mut<Pane>> = panes
        .iter_mut()
        .filter(|pane| PANES.contains(&pane.id))
        .collect();
    if let [a, b] = &mut found[..] {
        std::mem::swap(&mut a.picture, &mut b.picture);
        std::mem::swap(&mut a.picture_size, &mut b.picture_size);
        std::mem::swap(&mut a.map, &mut b.map);
    }
}

fn retry(
    state: &mut SimilarityState,
    current: &mut Current,
    which: Which,
    pictures: &mut Pictures,
) {
    let item = state.side(which).item;
    let lost = current.side(which).picture.is_none();
    match item.and_then(|id| pictures.library.position(id)) {
        Some(index) if lost => current.choose(state, which, index, pictures),
        _ => current.explain(state, which, &pictures.jobs),
    }
}
