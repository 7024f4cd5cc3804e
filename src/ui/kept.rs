//! What is kept on disk to save time, as the settings show it: counted and cleared in a thread, as a
//! folder may hold thousands of files.

use bevy::prelude::*;

use super::settings::Settings;
use super::{HomeDir, NoticeBoard, ShellState};
use crate::caches::{CacheKind, Usage, size_in_words};
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};

/// What can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAsk {
    /// Remove everything of a kind.
    Clear(CacheKind),
}

/// What was counted, and what became of what was asked for.
type News = (Vec<Usage>, Option<Result<String, String>>);

/// How much is kept.
#[derive(Resource, Default)]
pub struct Kept {
    usages: Option<Vec<Usage>>,
    counting: Option<Task<News>>,
    /// The limits that were counted with.
    limits: (u32, u32),
    asked: Vec<KeptAsk>,
}

impl Kept {
    /// What was counted last; `None` before.
    #[must_use]
    pub fn usages(&self) -> Option<&[Usage]> {
        self.usages.as_deref()
    }

    /// Shows these figures.
    #[must_use]
    pub fn showing(usages: Vec<Usage>) -> Self {
        Self {
            usages: Some(usages),
            ..Self::default()
        }
    }

    /// True while something is counted or removed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.counting.is_some()
    }

    /// Takes what was asked for.
    pub(super) fn ask(&mut self, asked: Vec<KeptAsk>) {
        self.asked.extend(asked);
    }
}

/// Counts when the settings are opened, after clearing, and when a limit is another.
pub(super) fn count(
    mut kept: ResMut<Kept>,
    mut notices: ResMut<NoticeBoard>,
    shell: Res<ShellState>,
    settings: Res<Settings>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
) {
    match Task::poll(&mut kept.counting) {
        Some(Ok((usages, told))) => {
            kept.usages = Some(usages);
            match told {
                Some(Ok(words)) => notices.info(words),
                Some(Err(why)) => notices.problem(super::sentence(&why)),
                None => {}
            }
        }
        Some(Err(why)) => notices.problem(super::sentence(&why.to_string())),
        None => {}
    }
    if !shell.settings && kept.asked.is_empty() {
        // The next time they are opened it is counted anew.
        if kept.counting.is_none() && kept.usages.is_some() {
            kept.usages = None;
        }
        return;
    }
    let limits = (settings.results_limit_mb, settings.graphs_limit_mb);
    let other_limits = kept.usages.is_some() && kept.limits != limits;
    let due = kept.usages.is_none() || other_limits || !kept.asked.is_empty();
    if kept.counting.is_some() || !due {
        return;
    }
    let limited = other_limits.then_some(limits);
    let asked = std::mem::take(&mut kept.asked);
    let home = home.0.clone();
    let work = move |_: &Reporter<'_>| {
        let told = work(&home, &asked, limited);
        let usages = CacheKind::ALL
            .iter()
            .map(|kind| kind.usage(&home))
            .collect();
        Ok::<_, String>((usages, told))
    };
    kept.limits = limits;
    kept.counting = Some(jobs.run(Lane::Ahead, Urgency::Now, work));
}

fn work(
    home: &Home,
    asked: &[KeptAsk],
    limits: Option<(u32, u32)>,
) -> Option<Result<String, String>> {
    if let Some((results, graphs)) = limits {
        for (kind, megabytes) in [(CacheKind::Results, results), (CacheKind::Graphs, graphs)] {
            kind.open_within(home, u64::from(megabytes) << 20).trim();
        }
    }
    let mut freed = 0;
    for KeptAsk::Clear(kind) in asked {
        match kind.clear(home) {
            Ok(bytes) => freed += bytes,
            Err(error) => return Some(Err(error.to_string())),
        }
    }
    (!asked.is_empty()).then(|| Ok(format!("{} freed.", size_in_words(freed))))
}
