//! What came in, was chosen, read and reported becomes state.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::act::{ToTabs, refresh};
use super::ask::{Ask, Sought};
use super::indexing::{Phase, Told};
use super::state::{Collection, Status};
use super::systems::{Asks, Current};
use super::words;
use crate::jobs::{Jobs, Task};
use crate::tabs::bring::{OwnModelEvent, OwnModelNews};
use crate::tabs::pair::ShowPictures;
use crate::tabs::watch::{COLLECTION, Shown};
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
use crate::ui::{Awake, NoticeBoard, Tab, sentence};

/// While an index grows it is read again so often at most.
const REFRESH_EVERY: Duration = Duration::from_millis(1200);

/// So many times as long as reading it took is waited at least before it is read again.
const REFRESH_SHARE: u32 = 10;

/// Takes up pictures that another tab wants to be shown.
pub(super) fn take_shown(
    mut shown: MessageReader<ShowPictures>,
    mut asks: ResMut<Asks>,
    mut next: ResMut<NextState<Tab>>,
) {
    for ShowPictures {
        folder,
        title,
        names,
    } in shown.read()
    {
        asks.push(Ask::Open(folder.clone()));
        asks.push(Ask::Seek(Sought {
            title: title.clone(),
            names: names.clone(),
        }));
        NextState::set_if_neq(&mut next, Tab::Collection);
    }
}

/// Takes up a folder that came in, whichever tab is shown.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut asks: ResMut<Asks>,
    mut current: ResMut<Current>,
    mut next: ResMut<NextState<Tab>>,
) {
    for Arrived { what, .. } in arrived.read() {
        if let Arrival::Folder(path) = what {
            asks.push(Ask::Open(path.clone()));
            NextState::set_if_neq(&mut next, Tab::Collection);
        }
    }
    if let Some(Ok(Some(path))) = Task::poll(&mut current.choosing) {
        asks.push(Ask::Open(path));
    }
}

/// The network whose answers are shown was described anew, or is another one by now: they are kept, and it
/// is told that they are of the one before.
pub(super) fn receive_own_models(
    mut news: MessageReader<OwnModelNews>,
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut shown: ResMut<Shown>,
    jobs: Res<Jobs>,
) {
    let view = collection.snapshot.view.as_ref();
    let view = view.map(|view| (view.id.clone(), view.name.clone()));
    let id = view.as_ref().map(|(id, _)| id.as_str());
    shown.bypass_change_detection().by(COLLECTION, id);
    for message in news.read() {
        let Some((_, name)) = view.as_ref().filter(|(id, _)| *id == message.id) else {
            continue;
        };
        let same = match message.what {
            OwnModelEvent::Replaced => None,
            // The same file, fed or read in another way.
            OwnModelEvent::Changed => Some(false),
            OwnModelEvent::Kept | OwnModelEvent::Removed => continue,
        };
        current.full_maps.other_network(same, &jobs);
        collection.outdated = Some(name.clone());
    }
}

/// Takes a collection that was read.
pub(super) fn receive_opened(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut awake: ResMut<Awake>,
) {
    let Some((task, other)) = &current.opening else {
        return;
    };
    let (Some(answer), other) = (task.take(), *other) else {
        return;
    };
    current.opening = None;
    current.reading_took = current
        .refreshed
        .map_or(Duration::ZERO, |then| then.elapsed());
    match answer {
        Ok(snapshot) => {
            if other {
                collection.forget();
            }
            let name = |snapshot: &super::snapshot::Snapshot| {
                snapshot.view.as_ref().map(|view| view.name.clone())
            };
            let (seen, maps) = (
                name(&collection.snapshot),
                collection.snapshot.folder().is_some(),
            );
            if other || seen != name(&snapshot) || maps != snapshot.folder().is_some() {
                current.supply.other_maps();
            }
            if other {
                current.kept = super::alike::Kept::default();
            }
            collection.take(snapshot);
            if collection.arranged.is_none() {
                // What is on its way names rows by their numbers.
                current.arranging = None;
                current.laying = None;
                current.looking = None;
                collection.looking = None;
            }
            current.stale = true;
            // While an index grows it is read again and again.
            if other {
                awake.stay();
            } else {
                awake.stay_briefly();
            }
        }
        Err(why) if other || collection.status != Status::Ready => {
            collection.status = Status::Failed(sentence(&why.to_string()));
        }
        // What is shown stays; the next reading may succeed.
        Err(why) => tracing::warn!("the index was not read again: {why}"),
    }
}

/// Takes what the run in the background tells.
pub(super) fn receive_run(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut notices: ResMut<NoticeBoard>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
) {
    let (collection, current) = (&mut *collection, &mut *current);
    let Some(run) = &mut current.run else {
        return;
    };
    let (all, finished) = run.receive();
    for told in all {
        match told {
            Told::Phase(phase) => {
                if let Some(working) = &mut collection.working {
                    working.phase = phase;
                    working.progress = crate::collection::Progress::default();
                }
                current.more |= phase != Phase::Listing;
            }
            Told::Progress(progress) => {
                if let Some(working) = &mut collection.working {
                    current.more |= progress.done != working.progress.done;
                    working.progress = progress;
                }
            }
            Told::Note(words) => notices.info(sentence(words.trim_start_matches("note: "))),
        }
    }
    match finished {
        Some(Ok(summary)) => {
            current.more = true;
            current.refreshed = None;
            if summary.broken > 0 {
                let files = words::counted(summary.broken, "file", "files");
                notices.info(format!("Left out: {files} that cannot be read."));
            }
            refresh(collection, current, &jobs);
            current.run = None;
            collection.working = None;
            awake.stay();
        }
        Some(Err(why)) => {
            current.run = None;
            collection.working = None;
            if collection.status == Status::Ready {
                notices.problem(sentence(&why));
            } else {
                collection.status = Status::Failed(sentence(&why));
            }
        }
        None => {
            let wait = REFRESH_EVERY.max(current.reading_took * REFRESH_SHARE);
            let due = current
                .refreshed
                .is_none_or(|then: Instant| then.elapsed() >= wait);
            // Made-up pictures are all there before their index is.
            let snapshot = &collection.snapshot;
            let whole = snapshot.folder().is_none() && !snapshot.rows.is_empty();
            let asking = matches!(&collection.working, Some(w) if w.phase == Phase::Asking);
            if due && current.more && current.opening.is_none() && (asking || !whole) {
                refresh(collection, current, &jobs);
            }
        }
    }
}

/// Takes a picture that was read out of an archive, or drawn, for "See why".
pub(super) fn receive_picture(
    mut current: ResMut<Current>,
    mut library: ResMut<Library>,
    mut tabs: ToTabs,
    mut notices: ResMut<NoticeBoard>,
) {
    match Task::poll(&mut current.fetching) {
        Some(Ok(picture)) => {
            let index = library.add_picture(picture);
            tabs.see_why(&library, index);
        }
        Some(Err(why)) => notices.problem(sentence(&why.to_string())),
        None => {}
    }
}
