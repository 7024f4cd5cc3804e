//! What the tab works with beside its state: threads, requests, textures, the file of scores.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::prepare::{Job, News};
use crate::guess::scores::{Played, ScoreBook};
use crate::jobs::{Desk, Slot, Ticket, Worker};
use crate::picture::{Picture, Region};
use crate::saliency::Explanation;

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Table {
    pub(super) worker: Option<Worker<Job, News>>,
    pub(super) scores: Option<Worker<Keep, Kept>>,
    pub(super) games: u64,
    pub(super) kept: u64,
    /// Rounds that were given to be kept and are not known to be on disk.
    pub(super) keeping: u64,
    pub(super) seats: HashMap<usize, Seat>,
    /// When the tab was drawn last, in egui's seconds.
    pub(super) clock: Option<f64>,
    pub(super) lost: u32,
}

/// What belongs to a round.
#[derive(Default)]
pub(super) struct Seat {
    pub(super) picture: Option<Arc<Picture>>,
    pub(super) texture: Option<Handle<Image>>,
    pub(super) painted: Option<Handle<Image>>,
    pub(super) answer: Option<Handle<Image>>,
    pub(super) segments: Option<Handle<Image>>,
    pub(super) region: Option<Region>,
    pub(super) tickets: HashMap<Slot, Ticket>,
    /// Of the other networks, by their place in the list.
    pub(super) rivals: Vec<(String, String)>,
    pub(super) explanations: HashMap<usize, Result<Arc<Explanation>, String>>,
}

/// A round's score on its way to the disk, or the wish to read what is there.
pub(super) enum Keep {
    Load(PathBuf),
    Keep(PathBuf, Box<ScoreBook>, Box<Played>),
}

/// The book as it is now, and what went wrong.
pub(super) struct Kept(pub Option<ScoreBook>, pub Option<String>);

/// Longest time that closing the window waits for a score to be on disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// The window is closed: a round that was over a moment ago is kept all the same.
pub(super) fn finish(mut table: ResMut<Table>) {
    let until = Instant::now() + PATIENCE;
    while table.keeping > 0 && Instant::now() < until {
        let answers = table
            .scores
            .as_ref()
            .map_or(0, |scores| scores.news().len());
        table.keeping = table.keeping.saturating_sub(answers as u64);
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(super) fn keep(job: Keep, desk: &Desk<Kept>) {
    desk.say(match job {
        Keep::Load(path) => match ScoreBook::load(&path) {
            Ok(book) => {
                let trouble = book.trouble(&path);
                Kept(Some(book), trouble)
            }
            Err(error) => Kept(None, Some(error.to_string())),
        },
        Keep::Keep(path, mut book, played) => {
            let problem = book.keep(&path, *played).err();
            Kept(Some(*book), problem.map(|error| error.to_string()))
        }
    });
}
