//! The systems: what was asked for is done, and what the worker reports about the map is taken.

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;

use super::state::{Edit, Search};
use super::work::{After, EditWork};
use super::{PANE, SLOT, panel, words};
use crate::jobs::{JobNews, Jobs, What};
use crate::stage::Pane;
use crate::tabs::look::state::{Ask, Look};
use crate::tabs::look::systems::{Asks, Current};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::{Awake, NoticeBoard, Session, sentence};
use crate::what_if::EditMask;

/// Spawns the pane.
pub(in crate::tabs::look) fn start(mut commands: Commands) {
    commands.spawn((Name::new("what if"), Pane::new(PANE)));
}

/// Does what was asked for here, and leaves the rest to the tab.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(in crate::tabs::look) fn act(
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    mut work: ResMut<EditWork>,
    current: Res<Current>,
    session: Res<Session>,
    library: Res<Library>,
    jobs: Res<Jobs>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: NonSendMarker,
) {
    for ask in asks.take() {
        let editing = look.editing;
        match ask {
            Ask::WhatIf(on) => {
                look.editing = on;
                if !on {
                    jobs.explain.cancel(SLOT);
                    (work.ticket, work.mapped) = (None, None);
                    stop_search(&mut look.edit, &mut work);
                }
            }
            Ask::EraseTop => erase_top(&mut look.edit, &current),
            Ask::SearchFlip if look.edit.can_paint() => {
                work.search(&jobs);
                look.edit.search = Search::Running(0, 1);
                look.edit.trouble = None;
            }
            Ask::SearchFlip => {}
            Ask::StopSearch => stop_search(&mut look.edit, &mut work),
            Ask::Do(Command::Cancel) if editing && work.searching.is_some() => {
                stop_search(&mut look.edit, &mut work);
            }
            Ask::Do(Command::Cancel) if editing && look.edit.hand.corner.is_some() => {
                look.edit.abandon();
            }
            Ask::Do(Command::Undo) if editing => look.edit.undo(),
            Ask::Do(Command::Redo) if editing => look.edit.redo(),
            Ask::Do(Command::Save) if editing => {
                match work.shot(&look, &current, &session, &library) {
                    Some(shot) => shot.save(&jobs),
                    None => notices.info(unsaved(&look)),
                }
            }
            Ask::Do(Command::SaveAs) if editing => {
                match work.shot(&look, &current, &session, &library) {
                    Some(shot) => shot.save_as(look.overlay, &jobs),
                    None => notices.info(unsaved(&look)),
                }
            }
            other => asks.push(other),
        }
    }
}

/// Why there is nothing to save.
fn unsaved(look: &Look) -> &'static str {
    if look.edit.is_blank() {
        "Nothing is taken away yet: there is nothing to save."
    } else {
        "The map without the part is not finished yet: save when it is there."
    }
}

fn stop_search(edit: &mut Edit, work: &mut EditWork) {
    work.searching = None;
    if matches!(edit.search, Search::Running(..)) {
        edit.search = Search::Idle;
    }
}

/// Takes away what the map says mattered most.
fn erase_top(edit: &mut Edit, current: &Current) {
    let (Some(explanation), true) = (&current.explanation, edit.can_paint()) else {
        return;
    };
    let percent = panel::TOP_PERCENT;
    match EditMask::top(&explanation.map, percent / 100.0) {
        Ok(mask) => {
            let method = explanation.request.method.name();
            if let Some(canvas) = &mut edit.canvas {
                canvas.replace(&mask, &format!("top {percent} % of {method}"));
            }
            (edit.before, edit.trouble, edit.search) = (false, None, Search::Idle);
        }
        Err(error) => edit.trouble = Some(words::trouble(&error)),
    }
}

/// Takes what the worker reports about the map.
pub(in crate::tabs::look) fn receive(
    mut news: MessageReader<JobNews>,
    mut look: ResMut<Look>,
    mut work: ResMut<EditWork>,
    mut images: ResMut<Assets<Image>>,
    mut awake: ResMut<Awake>,
) {
    for message in news.read() {
        if message.slot != SLOT || Some(message.ticket) != work.ticket {
            continue;
        }
        match &message.what {
            What::Draft(layer) => work.draft = Some(layer.layer(&mut images)),
            What::Done(explanation, Some(layer)) => {
                let layer = layer.layer(&mut images);
                let Some((state, _)) = &work.mapped else {
                    continue;
                };
                work.after = Some(After {
                    state: *state,
                    explanation: explanation.clone(),
                    layer,
                });
                (work.ticket, work.draft) = (None, None);
                look.edit.mapping = false;
            }
            What::Failed(why) => {
                (work.ticket, work.after) = (None, None);
                look.edit.mapping = false;
                look.edit.trouble = Some(sentence(why));
            }
            What::Cancelled => look.edit.mapping = false,
            What::Opening
            | What::Notice(_)
            | What::Predicted { .. }
            | What::Progress { .. }
            | What::Done(_, None) => continue,
        }
        awake.stay();
    }
}
