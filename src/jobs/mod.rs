//! Work that must not stall a frame: a queue of explanations, background reading of pictures,
//! progress, cancel, and a cache of results.
//!
//! Workers are ordinary threads. They report through a channel; [`JobsSet`] turns the reports into
//! Bevy messages at the start of a frame and the workers wake the event loop, so that an idle
//! window sleeps. A newer request for a slot cancels the older one of that slot.

mod background;
mod cache;
mod disk;
mod explainer;
mod queue;
mod worker;

use std::sync::{Arc, Mutex, mpsc};

use bevy::prelude::*;

pub use background::{Background, BackgroundNews, thumbnail};
pub use cache::{Cache, cache_key};
pub use disk::DiskCache;
pub use explainer::{ANSWERS, Explainer};
pub use queue::{ExplainJob, JobNews, Queue, Slot, Stop, Ticket, Watch, What, Work};
pub use worker::{Desk, Worker};

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
    /// Small jobs: decoding pictures, thumbnails, dialogs.
    pub background: Background,
    /// Whoever explains.
    work: Arc<dyn Work>,
    wake: Wake,
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
        Ok(Self {
            explain: Queue::start(work.clone(), sender, wake.clone())?,
            background: Background::start(background_sender, wake.clone())?,
            work,
            wake: wake.clone(),
            news: Mutex::new(news),
            background_news: Mutex::new(background_news),
        })
    }

    /// Whoever explains: knows the models for files that are saved.
    #[must_use]
    pub fn work(&self) -> &Arc<dyn Work> {
        &self.work
    }

    /// Wakes the window: for a [`Worker`] of a tab's own.
    #[must_use]
    pub fn wake(&self) -> &Wake {
        &self.wake
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
