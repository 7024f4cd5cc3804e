//! Where the network looks in the pictures that are seen from near: the whole map of each, by the method in
//! the bar on top and on the road of every other tab, so that "See why" knows it too. Until it comes the
//! coarse map of the index lies there.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use bevy::prelude::*;

use super::reading::{NotThere, SharedOriginals};
use super::snapshot::Snapshot;
use super::systems::Current;
use crate::collection::Key;
use crate::collection::sheet::{Slots, shaded_whole};
use crate::jobs::{
    ExplainJob, JobNews, Jobs, Lane, Reporter, Slot, Task, Tasks, Ticket, Urgency, What,
};
use crate::maps::question;
use crate::picture::Picture;
use crate::saliency::{ClassChoice, Explanation, Method, Request};
use crate::stage::sheet::{Sheet, Upload};
use crate::ui::{Session, ShellState};

/// Cells at least so large get one, in physical pixels.
pub const FULL_MAP_FROM: f32 = 96.0;
/// Requests that are in the queue: one is worked on, another waits, so that there is no pause between.
/// Their pictures are in memory.
const ASKED_AT_ONCE: usize = 2;
/// The first of the tab's slots, and how many there are.
const SLOTS: (u64, u64) = (200_000, 100_000);

/// What is asked of every picture.
#[derive(Debug, Clone, PartialEq)]
pub struct MapQuestion {
    model: String,
    /// SHA-256 of the file that it was when it looked at the pictures.
    sha256: String,
    request: Request,
}

impl MapQuestion {
    /// What the network that is shown is asked by the method in the bar on top; none where that network is
    /// not installed, or has made no maps.
    #[must_use]
    pub fn of(snapshot: &Snapshot, shell: &ShellState, session: &Session) -> Option<Self> {
        let view = snapshot.view.as_ref().filter(|_| snapshot.maps() > 0)?;
        let mut models = shell.models.iter();
        let model = models.find(|model| model.installed && model.id == view.id)?;
        Some(Self {
            model: model.id.clone(),
            sha256: view.sha256.clone(),
            // The picture is framed as the index has it: the two maps lie over the same part.
            request: question(
                view.framing,
                &session.tuning,
                shell.method,
                ClassChoice::Auto,
            ),
        })
    }

    /// By which method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.request.method
    }
}

/// A row's picture that is being read.
type Reading = (u32, Key, Task<Result<Arc<Picture>, Unasked>>);

/// Why nothing is asked about a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unasked {
    /// The file of the network is another one than looked at the pictures.
    OtherNetwork,
    /// The picture is not what was looked at, or cannot be read.
    Picture(NotThere),
}

/// A request in the queue.
struct Asked {
    slot: Slot,
    ticket: Ticket,
    key: Key,
}

/// How many of the pictures that are seen from near have their map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closer {
    /// The method.
    pub method: Method,
    /// Pictures that have it, or of which none can be made.
    pub done: usize,
    /// All that are seen.
    pub all: usize,
}

/// Whole maps: which are on the device, and which are on their way.
pub struct FullMaps {
    question: Option<MapQuestion>,
    /// Whether the network is still the one that looked at the pictures; found out once.
    same_network: Arc<OnceLock<bool>>,
    originals: SharedOriginals,
    places: Slots<Key>,
    epoch: u64,
    now: u64,
    reading: Option<Reading>,
    asked: Vec<Asked>,
    shading: Tasks<Key, Vec<Vec<u8>>>,
    /// Pictures of which no map is made.
    without: HashSet<Key>,
    next_slot: u64,
    /// Rows whose files are others now, with the content that was known.
    pub changed: Vec<(u32, Key)>,
    /// Why the first of a network's maps failed; told once.
    pub failed: Option<String>,
    has_failed: bool,
    /// Grows when the device was given something, or is to forget something.
    pub version: u64,
}

impl Default for FullMaps {
    fn default() -> Self {
        Self {
            question: None,
            same_network: Arc::default(),
            originals: SharedOriginals::default(),
            places: Slots::new(0),
            epoch: 0,
            now: 0,
            reading: None,
            asked: Vec::new(),
            shading: Tasks::default(),
            without: HashSet::new(),
            next_slot: 0,
            changed: Vec::new(),
            failed: None,
            has_failed: false,
            version: 0,
        }
    }
}

impl FullMaps {
    /// Where the whole map of a picture lies on the device.
    #[must_use]
    pub fn place(&self, key: Key) -> Option<u32> {
        self.places.get(key)
    }

    /// Begins a frame: takes up that another question is asked, or that the device forgot everything.
    pub fn begin(&mut self, sheet: &Sheet, question: Option<MapQuestion>, jobs: &Jobs) {
        self.now += 1;
        if self.question != question {
            self.stop(jobs);
            self.shading = Tasks::default();
            self.without.clear();
            self.has_failed = false;
            self.places.clear();
            self.version += 1;
            self.same_network = Arc::default();
            self.question = question;
        }
        if self.epoch != sheet.epoch() {
            self.epoch = sheet.epoch();
            self.places = Slots::new(sheet.capacity().full_maps);
            self.version += 1;
        }
    }

    /// The network may be another one by now: what it made is kept, and nothing of another is added. `same`
    /// where that is known already.
    pub(super) fn other_network(&mut self, same: Option<bool>, jobs: &Jobs) {
        self.stop(jobs);
        self.without.clear();
        self.has_failed = false;
        self.same_network = Arc::new(same.map_or_else(OnceLock::new, OnceLock::from));
    }

    /// Requests that are in the queue, and a picture that is being read for one.
    #[cfg(test)]
    pub(super) fn on_their_way(&self) -> usize {
        self.asked.len() + usize::from(self.reading.is_some())
    }

    /// Nothing is seen any more: what is asked for is taken back.
    pub fn stop(&mut self, jobs: &Jobs) {
        self.reading = None;
        for asked in self.asked.drain(..) {
            jobs.explain.cancel(asked.slot);
        }
    }

    /// Gives the device what came. True where anything did.
    pub fn deliver(&mut self, sheet: &mut Sheet) -> bool {
        let mut delivered = false;
        for (key, shaded) in self.shading.finished() {
            let Ok(levels) = shaded else {
                self.without.insert(key);
                continue;
            };
            if let Some(slot) = self.places.claim(key, self.now) {
                sheet.upload(Upload::FullMap { slot, levels });
                delivered = true;
            }
        }
        self.version += u64::from(delivered);
        delivered
    }

    /// Has the maps of `rows` made, which are those that are seen from near, nearest to the middle first;
    /// what is asked for others is taken back. Gives how far that is.
    pub fn ask(&mut self, snapshot: &Arc<Snapshot>, rows: &[u32], jobs: &Jobs) -> Option<Closer> {
        let rows = rows.get(..self.places.count()).unwrap_or(rows);
        let mapped = |row: &u32| {
            let (key, _) = snapshot.picture(*row)?;
            snapshot.map(*row).map(|_| (*row, key))
        };
        let seen: Vec<(u32, Key)> = rows.iter().filter_map(mapped).collect();
        let keys: HashSet<Key> = seen.iter().map(|(_, key)| *key).collect();
        self.asked.retain(|asked| {
            let stays = keys.contains(&asked.key);
            if !stays {
                jobs.explain.cancel(asked.slot);
            }
            stays
        });
        if self
            .reading
            .as_ref()
            .is_some_and(|(_, key, _)| !keys.contains(key))
        {
            self.reading = None;
        }
        let question = self.question.clone().filter(|_| !seen.is_empty())?;
        for (_, key) in &seen {
            self.places.see(*key, self.now);
        }
        self.take_read(&question, jobs);
        if self.reading.is_none() && self.asked.len() < ASKED_AT_ONCE {
            let next = seen.iter().find(|(_, key)| self.is_missing(*key));
            self.reading = next.map(|&(row, key)| {
                let task = self.read(&question, jobs, snapshot, (row, key));
                (row, key, task)
            });
        }
        let is_done =
            |(_, key): &&(u32, Key)| self.places.contains(*key) || self.without.contains(key);
        Some(Closer {
            method: question.method(),
            done: seen.iter().filter(is_done).count(),
            all: seen.len(),
        })
    }

    /// A picture that was read is asked about.
    fn take_read(&mut self, question: &MapQuestion, jobs: &Jobs) {
        let answer = self
            .reading
            .as_ref()
            .and_then(|(row, key, task)| Some((*row, *key, task.take()?)));
        let Some((row, key, answer)) = answer else {
            return;
        };
        self.reading = None;
        match answer {
            Ok(Ok(picture)) => {
                self.next_slot += 1;
                let slot = Slot(SLOTS.0 + self.next_slot % SLOTS.1);
                let job = ExplainJob {
                    picture,
                    model: question.model.clone(),
                    request: question.request.clone(),
                    on_stage: false,
                };
                let ticket = jobs.explain.submit_later(slot, job);
                self.asked.push(Asked { slot, ticket, key });
                // Before what other tabs compute that nobody sees now.
                let own: Vec<Slot> = self.asked.iter().map(|asked| asked.slot).collect();
                jobs.explain.bring_forward(&own);
            }
            Ok(Err(why)) => {
                self.without.insert(key);
                match why {
                    Unasked::OtherNetwork => self.fail(&format!(
                        "the file of {} is another one than looked at these pictures, so their maps \
                         stay coarse; ask it again to have it look at them as it is now",
                        question.model
                    )),
                    Unasked::Picture(NotThere::Changed) => self.changed.push((row, key)),
                    Unasked::Picture(NotThere::Unread(_)) => {}
                }
            }
            Err(_) => {
                self.without.insert(key);
            }
        }
    }

    /// Told once, however many pictures it is said of.
    fn fail(&mut self, why: &str) {
        if !std::mem::replace(&mut self.has_failed, true) {
            self.failed = Some(why.to_owned());
        }
    }

    fn read(
        &self,
        question: &MapQuestion,
        jobs: &Jobs,
        snapshot: &Arc<Snapshot>,
        (row, key): (u32, Key),
    ) -> Task<Result<Arc<Picture>, Unasked>> {
        let (originals, snapshot) = (self.originals.clone(), snapshot.clone());
        let (same, work) = (self.same_network.clone(), jobs.work().clone());
        let (model, sha256) = (question.model.clone(), question.sha256.clone());
        jobs.run(Lane::Pictures, Urgency::Later, move |_: &Reporter<'_>| {
            // Why a network cannot be opened is told by the question itself.
            let is_same = || {
                work.model(&model)
                    .map_or(true, |record| record.sha256 == sha256)
            };
            Ok::<_, String>(if *same.get_or_init(is_same) {
                let picture = originals.unchanged(&snapshot, row, key);
                picture.map_err(Unasked::Picture)
            } else {
                Err(Unasked::OtherNetwork)
            })
        })
    }

    fn is_missing(&self, key: Key) -> bool {
        let on_its_way = self.asked.iter().any(|asked| asked.key == key) || self.shading.has(&key);
        !on_its_way && !self.places.contains(key) && !self.without.contains(&key)
    }

    /// Takes what the queue tells of a request; false where it is not one of these.
    fn receive(&mut self, news: &JobNews, jobs: &Jobs) -> bool {
        let own = |asked: &Asked| asked.slot == news.slot && asked.ticket == news.ticket;
        let Some(at) = self.asked.iter().position(own) else {
            return false;
        };
        match &news.what {
            What::Done(explanation, _) => {
                let key = self.asked.remove(at).key;
                self.shading.insert(key, shade(jobs, explanation.clone()));
            }
            What::Failed(why) => {
                let key = self.asked.remove(at).key;
                self.without.insert(key);
                self.fail(why);
            }
            What::Cancelled => {
                self.asked.remove(at);
            }
            _ => {}
        }
        true
    }
}

fn shade(jobs: &Jobs, explanation: Arc<Explanation>) -> Task<Vec<Vec<u8>>> {
    jobs.run(Lane::Figures, Urgency::Now, move |_: &Reporter<'_>| {
        Ok::<_, String>(shaded_whole(&explanation.map))
    })
}

/// Takes what the queue tells of whole maps.
pub(super) fn receive_full_maps(
    mut news: MessageReader<JobNews>,
    mut current: ResMut<Current>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        // Written only where something came, so that nothing looks changed.
        let slots = SLOTS.0..SLOTS.0 + SLOTS.1;
        if slots.contains(&message.slot.0) {
            current.full_maps.receive(message, &jobs);
        }
    }
}

/// The tab is left: nothing of it is seen.
pub(super) fn leave(mut current: ResMut<Current>, jobs: Res<Jobs>) {
    current.full_maps.stop(&jobs);
}
