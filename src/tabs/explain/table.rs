//! What the tab works with beside its state: tasks, requests, textures, the file of scores.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use image::RgbImage;

use super::prepare::Prepared;
use crate::guess::scores::{Played, ScoreBook};
use crate::jobs::{Jobs, Lane, Reporter, Slot, Task, TaskError, Tasks, Ticket, Urgency};
use crate::journal::JournalError;
use crate::picture::{Picture, Region};
use crate::saliency::Explanation;
use crate::ui::pictures::Opening;

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Table {
    pub(super) games: u64,
    /// The book of scores is read, or rounds that are over are written down, oldest first.
    keeping: VecDeque<Task<Kept>>,
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
    pub(super) opening: Option<Opening>,
    pub(super) preparing: Option<Task<Prepared>>,
    /// Scores against the other networks, by their place in the list.
    pub(super) judging: Tasks<usize, f64>,
    /// The small pictures of guess and answer.
    pub(super) drawing: Option<Task<[RgbImage; 2]>>,
    /// The same once they are drawn: they can be saved.
    pub(super) cards: Option<[Arc<RgbImage>; 2]>,
}

/// The book as it is now, and what went wrong.
pub(super) struct Kept(pub Option<ScoreBook>, pub Option<String>);

/// Longest time that closing the window waits for a score to be on disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// The window is closed: a round that was over a moment ago is kept all the same.
pub(super) fn finish(mut table: ResMut<Table>) {
    let until = Instant::now() + PATIENCE;
    while !table.keeping.is_empty() && Instant::now() < until {
        table.kept();
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Table {
    /// Reads the book of scores.
    pub(super) fn load(&mut self, path: PathBuf, jobs: &Jobs) {
        let work = move |_: &Reporter<'_>| {
            let book = ScoreBook::load(&path)?;
            let trouble = book.trouble(&path);
            Ok::<_, JournalError>(Kept(Some(book), trouble))
        };
        let task = jobs.run(Lane::Files, Urgency::Now, work);
        self.keeping.push_back(task);
    }

    /// Writes a round's score into the book.
    pub(super) fn keep(&mut self, path: PathBuf, mut book: ScoreBook, played: Played, jobs: &Jobs) {
        let work = move |_: &Reporter<'_>| {
            let problem = book.keep(&path, played).err();
            let problem = problem.map(|error| error.to_string());
            Ok::<_, String>(Kept(Some(book), problem))
        };
        let task = jobs.run(Lane::Files, Urgency::Now, work);
        self.keeping.push_back(task);
    }

    /// What became of the book, where something did.
    pub(super) fn kept(&mut self) -> Option<Result<Kept, TaskError>> {
        let kept = self.keeping.front()?.take()?;
        self.keeping.pop_front();
        Some(kept)
    }
}
