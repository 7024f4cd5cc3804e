//! Figures follow what is shown: what the state wants and nobody has asked for yet is asked for.

use bevy::prelude::*;

use super::comparison::{self, Ready};
use super::current::{Current, options};
use super::state::{SimilarityState, Status};
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::saliency::colormap::Colormap;

/// What the figures were asked for last.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Asked {
    /// Top colours.
    pub(super) colours: Option<usize>,
    /// Top share, in percent.
    pub(super) top: Option<f32>,
}

/// What a preparation was asked for: the maps, their colours, whether they share a scale.
pub(super) type Key = (u64, Colormap, bool);

impl Current {
    /// Asks for what the state wants and nobody has asked for yet: both maps at one size, then the
    /// figures.
    pub(super) fn follow(&mut self, state: &mut SimilarityState, jobs: &Jobs) {
        state.stale = self.is_stale(state);
        if let [Some(a), Some(b)] = &self.work.each_ref().map(|work| work.map.as_ref()) {
            let key = (self.maps_stamp, state.overlay.colormap, state.shared_scale);
            if self.wanted != Some(key) {
                self.wanted = Some(key);
                let (maps, options) = ([a.named.clone(), b.named.clone()], options(state));
                let work = move |_: &Reporter<'_>| comparison::prepare(&maps, &options);
                self.preparing = Some(jobs.run(Lane::Figures, Urgency::Now, work));
            }
        }
        let Some(ready) = &self.ready else {
            return;
        };
        if self.asked.colours != Some(state.colours()) {
            self.asked.colours = Some(state.colours());
            let (of, count) = (ready.clone(), state.colours());
            let work = move |_: &Reporter<'_>| comparison::colours(&of, count);
            self.colouring = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
        if self.asked.top != Some(state.top) {
            // The figures of another pair say nothing about this one.
            let known = self.asked.top.and(state.figures.similarity);
            self.asked.top = Some(state.top);
            let (of, top_share) = (ready.clone(), state.top_share());
            let work = move |_: &Reporter<'_>| comparison::similarity(&of, top_share, known);
            self.measuring = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
    }

    /// True while what is ready to be counted is another pair than the one that is chosen.
    fn is_stale(&self, state: &SimilarityState) -> bool {
        let shown = |status: &Status| matches!(status, Status::Done | Status::Stopped);
        self.ready_of != self.maps_stamp
            || self.work.iter().any(|work| work.map.is_none())
            || !state.sides.iter().all(|side| shown(&side.status))
    }

    /// True when nothing is on its way that the figures wait for.
    pub(super) fn settled(&self, state: &SimilarityState) -> bool {
        let key = (self.maps_stamp, state.overlay.colormap, state.shared_scale);
        self.work.iter().all(|work| work.opening.is_none())
            && self.wanted == Some(key)
            && self.asked.colours == Some(state.colours())
            && self.asked.top == Some(state.top)
            && self.preparing.is_none()
            && self.colouring.is_none()
            && self.measuring.is_none()
    }

    /// Takes two maps that are ready to be counted.
    pub(super) fn take_ready(
        &mut self,
        state: &mut SimilarityState,
        ready: Ready,
        images: &mut Assets<Image>,
    ) {
        state.figures.problem = None;
        state.figures.notes = ready.prepared.notes().to_vec();
        self.ready = Some(ready.prepared);
        self.sources = Some(ready.sources);
        let mut add = |pair: [Image; 2]| pair.map(|image| images.add(image));
        self.textures = Some([add(ready.colours), add(ready.shares)]);
        self.asked = Asked::default();
        self.ready_of = self.wanted.map_or(0, |(maps, ..)| maps);
    }
}
