//! What is told in words above and below the sheet: what is seen, what is done, what may be tried.

use super::indexing::Phase;
use super::state::{Collection, Status, Working};
use super::words;
use crate::collection::MOST_CELLS;
use crate::ui::format::percent;

/// What is seen, in one line.
#[must_use]
pub fn caption(collection: &Collection) -> String {
    let snapshot = &collection.snapshot;
    let (shown, all) = (collection.shown(), snapshot.rows.len());
    if collection.status != Status::Ready {
        return String::new();
    }
    let mut words = if shown == all {
        let count = words::counted(all, "picture", "pictures");
        if snapshot.title.starts_with(&words::number(all)) {
            snapshot.title.clone()
        } else {
            format!("{}: {count}", snapshot.title)
        }
    } else {
        let (shown, all) = (words::number(shown), words::number(all));
        format!("{}: {shown} of {all} pictures", snapshot.title)
    };
    let chosen = collection.selected.len();
    if chosen > 0 {
        words = format!("{words}, {} chosen", words::number(chosen));
    }
    words
}

/// What is done about likeness, and how much of it where that is known.
#[must_use]
pub fn likeness_words(collection: &Collection) -> Option<(String, Option<f32>)> {
    if let Some(looking) = &collection.looking {
        return Some((looking.clone(), None));
    }
    let near = collection.choices.shape.near()?;
    super::alike::Of::shown(&collection.snapshot, near)?;
    match &collection.laid_out {
        None => Some((
            "Looking for neighbours of every picture...".to_owned(),
            None,
        )),
        Some(laid_out) if laid_out.share < 1.0 => {
            let words = format!(
                "Pictures go where their like is: {}",
                percent(laid_out.share)
            );
            Some((words, Some(laid_out.share)))
        }
        Some(_) => None,
    }
}

/// How far the whole maps are of what is seen from near, while some are missing.
#[must_use]
pub fn closer_words(collection: &Collection) -> Option<(String, Option<f32>)> {
    let closer = collection
        .closer
        .filter(|closer| closer.done < closer.all)?;
    let (done, all) = (words::number(closer.done), words::number(closer.all));
    let words = format!(
        "{} of what is seen here: {done} of {all}",
        closer.method.name()
    );
    Some((words, Some(closer.done as f32 / closer.all as f32)))
}

/// What to try, or what was left out.
#[must_use]
pub fn hint(collection: &Collection) -> String {
    let changed = collection.changed.len();
    if changed > 0 {
        let files = match changed {
            1 => "1 file has changed; its old picture stands here.".to_owned(),
            _ => format!(
                "{} files have changed; their old pictures stand here.",
                words::number(changed)
            ),
        };
        let network = collection.network.as_deref().unwrap_or("a network");
        return format!("{files} Press \"Ask {network}\" to look at what is there now.");
    }
    if collection.arranged.as_ref().is_some_and(|a| a.is_too_many) {
        let most = words::number(MOST_CELLS);
        return format!(
            "These two columns would make more than {most} piles, so they stand in order; keep fewer of them first."
        );
    }
    let left_out = collection.snapshot.left_out();
    if left_out > 0 {
        let files = words::counted(left_out, "file", "files");
        return format!(
            "{files} cannot be read and stand as crossed squares; point at one to learn why."
        );
    }
    let without = collection.arranged.as_ref().map_or(0, |a| a.left_out);
    if without > 0 {
        let pictures = words::counted(without, "picture", "pictures");
        return format!("{pictures} cannot be placed: the network has not looked at them.");
    }
    if collection.snapshot.source.is_none() {
        return "Move with a drag, zoom with the wheel, press Enter on a picture to see why."
            .to_owned();
    }
    if collection.snapshot.maps() == 0 {
        return "These are the pictures; let a network look at them to see where.".to_owned();
    }
    "Drag with Shift to choose pictures; press Enter on one to see why.".to_owned()
}

/// What the work in the background does, and how far that is.
#[must_use]
pub fn working_words(working: &Working) -> String {
    let progress = words::progress(working.progress);
    let model = working.model.as_deref().unwrap_or("the network");
    let words = match working.phase {
        Phase::Listing => "Looking for pictures...".to_owned(),
        Phase::Thumbnails => format!("Making thumbnails: {progress}"),
        Phase::Opening => format!("Opening {model}..."),
        Phase::Asking => format!("{model} looks at the pictures: {progress}"),
    };
    if working.paused {
        format!("Paused. {words}")
    } else {
        words
    }
}
