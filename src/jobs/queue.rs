//! The queue of explanations and the thread that works it off.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use bevy::prelude::Message;
use ndarray::Array2;

use super::Wake;
use crate::classifier::{Classifier, Device, Labels, Prediction};
use crate::collection::Examiner;
use crate::picture::{Framing, Picture, Region};
use crate::progress::Observer;
use crate::saliency::SaliencyMap;
use crate::saliency::{Explanation, ModelRecord, Request};
use crate::stage::LayerData;

/// What a request is for, usually a pane. A slot has one request at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u64);

/// One request; news of older ones can be told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What to explain.
#[derive(Debug, Clone)]
pub struct ExplainJob {
    /// The picture.
    pub picture: Arc<Picture>,
    /// Identifier in the catalog, or the path of a model file.
    pub model: String,
    /// Class, method and its settings.
    pub request: Request,
    /// True where the map is for a pane: drafts of it are wanted, and its layer.
    pub on_stage: bool,
}

/// A worker's report.
#[derive(Message, Debug, Clone)]
pub struct JobNews {
    /// Which slot it is about.
    pub slot: Slot,
    /// Which request it is about.
    pub ticket: Ticket,
    /// What happened.
    pub what: What,
}

/// What happened to a request.
#[derive(Debug, Clone)]
pub enum What {
    /// The model is being opened, which takes a moment the first time.
    Opening,
    /// Something to know about how the network runs, in one line.
    Notice(String),
    /// The network has answered; the map is next.
    Predicted {
        /// The surest answers, best first.
        answers: Arc<[Prediction]>,
        /// The class that is explained.
        class: Prediction,
        /// The class it is held against, where there is one.
        against: Option<Prediction>,
        /// The layers that Grad-CAM can use, from the picture to the scores.
        layers: Arc<[String]>,
        /// How probable the network finds each of its classes, by number.
        probabilities: Arc<[f32]>,
        /// What its classes are called.
        labels: Labels,
        /// What the network saw, in the picture's pixels: the place of the map.
        region: Region,
    },
    /// Equal steps that are done, and all of them.
    Progress {
        /// Done.
        done: usize,
        /// All.
        total: usize,
    },
    /// The map as far as it is known, ready for its pane.
    Draft(Arc<LayerData>),
    /// The explanation, and its map ready for its pane where it has one.
    Done(Arc<Explanation>, Option<Arc<LayerData>>),
    /// What went wrong and what to do, in one line.
    Failed(String),
    /// Nobody wanted it any more.
    Cancelled,
}

/// Why work ended without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It was cancelled.
    Cancelled,
    /// It failed; one line that says what to do.
    Failed(String),
}

/// Whoever explains: the real thing is [`super::Explainer`].
pub trait Work: Send + Sync + 'static {
    /// Explains, reporting to `watch`.
    ///
    /// # Errors
    /// [`Stop`] when it was cancelled or failed.
    fn explain(&self, job: &ExplainJob, watch: &Watch) -> Result<Arc<Explanation>, Stop>;

    /// What saved explanations say of a model, which is opened where it is not open.
    ///
    /// # Errors
    /// One line that says why it cannot be opened.
    fn model(&self, model: &str) -> Result<ModelRecord, String>;

    /// The network itself, opened where it is not open: for questions that are no explanations.
    ///
    /// # Errors
    /// One line that says why it cannot be opened.
    fn classifier(&self, model: &str) -> Result<Arc<Classifier>, String>;

    /// A network that looks at every picture of a collection, and a note where that is made in another
    /// way than usual. It is opened for this alone: a run has sessions of its own.
    ///
    /// # Errors
    /// One line that says why it cannot be opened.
    fn examiner(
        &self,
        model: &str,
        framing: Framing,
    ) -> Result<(Box<dyn Examiner>, Option<String>), String>;

    /// From now on networks run there. What is being computed is finished where it was begun.
    fn use_device(&self, device: Device);
}

/// Carries reports from the worker to the window, and the wish to cancel the other way.
pub struct Watch {
    slot: Slot,
    ticket: Ticket,
    cancelled: Arc<AtomicBool>,
    news: mpsc::Sender<JobNews>,
    wake: Wake,
    last: Mutex<Option<Instant>>,
    /// The size of the picture, where the map is for a pane.
    on_stage: Option<[u32; 2]>,
    /// What the network saw of the picture, in its fractions.
    region: Mutex<[f32; 4]>,
}

/// Progress is reported no more often than a person can see.
const REPORT_EVERY: Duration = Duration::from_millis(33);

impl Watch {
    /// Reports `what`, unless the request was cancelled.
    pub fn say(&self, what: What) {
        if self.cancelled.load(Ordering::Relaxed) && !matches!(what, What::Cancelled) {
            return;
        }
        if let (What::Predicted { region, .. }, Some(size)) = (&what, self.on_stage) {
            let mut known = self.region.lock().unwrap_or_else(PoisonError::into_inner);
            *known = region.fractions(size);
        }
        // The window may be gone already; then there is nobody to tell.
        let _ = self.news.send(JobNews {
            slot: self.slot,
            ticket: self.ticket,
            what,
        });
        (self.wake)();
    }
}

impl Observer for Watch {
    fn progress(&self, done: usize, total: usize) {
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let soon = last.is_some_and(|at| now.duration_since(at) < REPORT_EVERY);
            if soon && done < total {
                return;
            }
            *last = Some(now);
        }
        self.say(What::Progress { done, total });
    }

    fn draft(&self, map: &Array2<f32>) {
        let region = *self.region.lock().unwrap_or_else(PoisonError::into_inner);
        let values = map.clone();
        let layer = LayerData::of(&SaliencyMap { values }, region);
        self.say(What::Draft(Arc::new(layer)));
    }

    fn wants_drafts(&self) -> bool {
        self.on_stage.is_some()
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

struct Waiting {
    slot: Slot,
    ticket: Ticket,
    cancelled: Arc<AtomicBool>,
    job: ExplainJob,
    /// True while nobody waits for it in front of the screen.
    later: bool,
}

struct Running {
    slot: Slot,
    cancelled: Arc<AtomicBool>,
    later: bool,
    /// It was stopped for something more urgent, and begins anew afterwards.
    displaced: bool,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    running: Option<Running>,
    closing: bool,
}

impl State {
    /// What is worked on next: what somebody waits for, else the rest in its order.
    fn next(&mut self) -> Option<Waiting> {
        let urgent = self.waiting.iter().position(|waiting| !waiting.later);
        self.waiting.remove(urgent.unwrap_or(0))
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Requests, oldest first, at most one per slot; one worker takes them in turn. What a person waits
/// for goes before what is computed ahead ([`Queue::submit_later`]), and displaces it.
pub struct Queue {
    shared: Arc<Shared>,
    next: AtomicU64,
}

impl Queue {
    pub(super) fn start(
        work: Arc<dyn Work>,
        news: mpsc::Sender<JobNews>,
        wake: Wake,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        });
        let theirs = shared.clone();
        std::thread::Builder::new()
            .name("explain".to_owned())
            .spawn(move || run(&theirs, &*work, &news, &wake))?;
        Ok(Self {
            shared,
            next: AtomicU64::new(1),
        })
    }

    /// Asks for an explanation. An older request of the same slot is cancelled.
    pub fn submit(&self, slot: Slot, job: ExplainJob) -> Ticket {
        self.add(slot, job, false)
    }

    /// Asks for an explanation that is computed when nobody waits for another one. It begins anew
    /// when it is displaced.
    pub fn submit_later(&self, slot: Slot, job: ExplainJob) -> Ticket {
        self.add(slot, job, true)
    }

    /// Moves the waiting requests of these slots to the front, in this order: what is visible goes
    /// first.
    pub fn bring_forward(&self, slots: &[Slot]) {
        let mut state = self.shared.lock();
        let rank = |slot: &Slot| slots.iter().position(|wanted| wanted == slot);
        // Stable: the others keep their order behind those that are named.
        state
            .waiting
            .make_contiguous()
            .sort_by_key(|waiting| rank(&waiting.slot).unwrap_or(slots.len()));
    }

    /// How many requests wait or run.
    #[must_use]
    pub fn pending(&self) -> usize {
        let state = self.shared.lock();
        state.waiting.len() + usize::from(state.running.is_some())
    }

    fn add(&self, slot: Slot, job: ExplainJob, later: bool) -> Ticket {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let mut state = self.shared.lock();
        drop_slot(&mut state, slot);
        state.waiting.push_back(Waiting {
            slot,
            ticket,
            cancelled: Arc::new(AtomicBool::new(false)),
            job,
            later,
        });
        if !later
            && let Some(running) = &mut state.running
            && running.later
        {
            running.displaced = true;
            running.cancelled.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.shared.changed.notify_one();
        ticket
    }

    /// Cancels the request of `slot`, waiting or running.
    pub fn cancel(&self, slot: Slot) {
        drop_slot(&mut self.shared.lock(), slot);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closing = true;
        state.waiting.clear();
        if let Some(running) = &state.running {
            running.cancelled.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

fn drop_slot(state: &mut State, slot: Slot) {
    state.waiting.retain(|waiting| waiting.slot != slot);
    if let Some(running) = &mut state.running
        && running.slot == slot
    {
        running.displaced = false;
        running.cancelled.store(true, Ordering::Relaxed);
    }
}

fn run(shared: &Shared, work: &dyn Work, news: &mpsc::Sender<JobNews>, wake: &Wake) {
    loop {
        let mut state = shared.lock();
        let next = loop {
            if state.closing {
                return;
            }
            if let Some(next) = state.next() {
                break next;
            }
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        };
        state.running = Some(Running {
            slot: next.slot,
            cancelled: next.cancelled.clone(),
            later: next.later,
            displaced: false,
        });
        drop(state);

        let watch = Watch {
            slot: next.slot,
            ticket: next.ticket,
            cancelled: next.cancelled.clone(),
            news: news.clone(),
            wake: wake.clone(),
            last: Mutex::new(None),
            on_stage: next.job.on_stage.then(|| next.job.picture.size()),
            region: Mutex::new([0.0, 0.0, 1.0, 1.0]),
        };
        // A defect in a method must not take the window's worker with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let explanation = work.explain(&next.job, &watch)?;
            let layer = watch.on_stage.map(|size| {
                let region = explanation.region.fractions(size);
                Arc::new(LayerData::of(&explanation.map, region))
            });
            Ok::<_, Stop>((explanation, layer))
        }));
        let mut state = shared.lock();
        let displaced = state.running.take().is_some_and(|r| r.displaced);
        if displaced && matches!(outcome, Ok(Err(Stop::Cancelled))) && !state.closing {
            state.waiting.push_front(Waiting {
                cancelled: Arc::new(AtomicBool::new(false)),
                ..next
            });
            continue;
        }
        drop(state);
        watch.say(match outcome {
            Ok(Ok((explanation, layer))) => What::Done(explanation, layer),
            Ok(Err(Stop::Cancelled)) => What::Cancelled,
            Ok(Err(Stop::Failed(why))) => What::Failed(why),
            Err(_) => What::Failed(
                "a defect in the program stopped this map; try another method or picture"
                    .to_owned(),
            ),
        });
    }
}

#[cfg(test)]
mod tests;
