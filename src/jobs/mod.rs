//! Work that must not stall a frame: a queue of explanations, background reading of pictures,
//! progress, cancel, and a cache of results.
//!
//! Explanations are computed by one thread, everything else is a `Task` on a named `Lane`, whose
//! thread starts when it is first needed. Reports wake the event loop, so that an idle window
//! sleeps. [`JobsSet`] turns those about explanations, and those that belong to no tab, into Bevy
//! messages at the start of a frame; a task is asked by whoever holds it. A newer request for a
//! slot cancels the older one of that slot, a task that is dropped is cancelled.

mod background;
mod cache;
mod disk;
mod explainer;
pub(crate) mod lane;
mod queue;
pub(crate) mod task;

use std::sync::{Arc, Mutex, mpsc};

use bevy::prelude::*;

pub use background::{Background, BackgroundNews, thumbnail};
pub use cache::{Cache, cache_key};
pub use disk::DiskCache;
pub use explainer::{ANSWERS, Explainer};
pub(crate) use lane::{Lane, Urgency};
pub use queue::{ExplainJob, JobNews, Queue, Slot, Stop, Ticket, Watch, What, Work};
pub(crate) use task::{Counting, Reporter, Task, TaskError, Tasks};

use lane::Lanes;

/// Calls the event loop awake; does nothing where frames are stepped by hand.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// When the reports of the workers become messages.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobsSet;

/// The queue of explanations and the background reader.
#[derive(Resource)]
pub struct Jobs {
    /// Explanations, one at a time: each uses all cores.
    pub explain: Queue,
    /// What belongs to no tab: thumbnails, dialogs, the clipboard.
    pub background: Background,
    lanes: Arc<Lanes>,
    /// Whoever explains.
    work: Arc<dyn Work>,
    news: Mutex<mpsc::Receiver<JobNews>>,
    background_news: Mutex<mpsc::Receiver<BackgroundNews>>,
}

impl Jobs {
    /// Starts the workers. `work` explains; `wake` is called after each report.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(work: Arc<dyn Work>, wake: &Wake) -> std::io::Result<Self> {
        let (sender, news) = mpsc::channel();
        let (background_sender, background_news) = mpsc::channel();
        let lanes = Arc::new(Lanes::new(wake.clone()));
        Ok(Self {
            explain: Queue::start(work.clone(), sender, wake.clone())?,
            background: Background::new(lanes.clone(), background_sender, wake.clone()),
            lanes,
            work,
            news: Mutex::new(news),
            background_news: Mutex::new(background_news),
        })
    }

    /// Whoever explains: knows the models for files that are saved.
    #[must_use]
    pub fn work(&self) -> &Arc<dyn Work> {
        &self.work
    }

    /// Wakes the window.
    pub(crate) fn wake(&self) -> &Wake {
        self.lanes.wake()
    }

    /// Has `work` done on a lane; whoever holds the task gets its answer.
    pub(crate) fn run<T, R, E>(
        &self,
        lane: Lane,
        urgency: Urgency,
        work: impl FnOnce(&Reporter<'_, R>) -> Result<T, E> + Send + 'static,
    ) -> Task<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
        E: ToString,
    {
        self.lanes.run(lane, urgency, work)
    }

    /// How many lanes have a thread.
    #[cfg(test)]
    pub(crate) fn lanes_started(&self) -> usize {
        self.lanes.threads()
    }
}

/// Turns the workers' reports into messages. Insert [`Jobs`] before the first frame.
pub fn plugin(app: &mut App) {
    app.add_message::<JobNews>()
        .add_message::<BackgroundNews>()
        .add_systems(
            PreUpdate,
            collect.in_set(JobsSet).run_if(resource_exists::<Jobs>),
        );
}

fn collect(
    jobs: Res<Jobs>,
    mut news: MessageWriter<JobNews>,
    mut background: MessageWriter<BackgroundNews>,
) {
    if let Ok(receiver) = jobs.news.lock() {
        news.write_batch(receiver.try_iter());
    }
    if let Ok(receiver) = jobs.background_news.lock() {
        background.write_batch(receiver.try_iter());
    }
}
