//! What is done beside the frames while somebody takes parts of a picture away: the network is asked
//! about each state that is the newest when it has answered the one before, so nothing queues up; the
//! map follows when the hand rests.

use std::sync::Arc;

use bevy::prelude::*;
use image::RgbImage;

use super::state::FillChoice;
use crate::classifier::Classifier;
use crate::guess::{Regions, parts};
use crate::jobs::{Counting, Jobs, Lane, Reporter, Task, Ticket, Urgency};
use crate::maps::source::Source;
use crate::picture::{Framing, Picture};
use crate::saliency::{Explanation, Request};
use crate::stage::MapLayer;
use crate::what_if::{Flip, FlipRecord, Scene, blurred};

/// Rows and columns of the cells that the search tries.
pub(super) const CELLS: usize = 8;
/// Most questions that it asks, as on the command line.
const QUESTIONS: usize = 4000;
/// Reports of its progress: one in so many questions.
const REPORT_EVERY: usize = 8;

/// The picture that parts are taken from, as the network sees it.
pub(super) type SharedScene = Scene<Arc<Classifier>>;

/// What all that is done here is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct About {
    /// Hash of the picture.
    pub(super) picture: String,
    pub(super) model: String,
    pub(super) framing: Framing,
}

/// What is needed before anything can be taken away.
pub(super) struct Opened {
    pub(super) scene: Arc<SharedScene>,
    pub(super) parts: Arc<Regions>,
    blurred: Arc<RgbImage>,
}

/// A state of what is taken away: the canvas' version, and what fills it.
pub(super) type State = (u64, FillChoice);

/// A picture without the part, and what the network says of it.
#[derive(Clone)]
pub(super) struct Answered {
    pub(super) state: State,
    pub(super) logits: Vec<f32>,
}

/// The map of a picture without the part.
#[derive(Clone)]
pub(super) struct After {
    pub(super) state: State,
    pub(super) explanation: Arc<Explanation>,
    pub(super) layer: MapLayer,
}

/// What the panels do not see.
#[derive(Resource, Default)]
pub struct EditWork {
    pub(super) about: Option<About>,
    pub(super) opening: Option<Task<Opened>>,
    pub(super) opened: Option<Opened>,
    /// What takes the place, as large as what the network sees.
    pub(super) filling: Option<(FillChoice, Arc<RgbImage>)>,
    pub(super) making: Option<(FillChoice, Task<RgbImage>)>,
    /// The picture without the part, as the stage has it.
    pub(super) edited: Option<(State, Arc<Picture>)>,
    pub(super) textures: [Option<Handle<Image>>; 2],
    pub(super) asking: Option<(State, Task<Vec<f32>>)>,
    pub(super) answered: Option<Answered>,
    /// The request for a map that runs or ran last, and what it is about.
    pub(super) ticket: Option<Ticket>,
    pub(super) mapped: Option<(State, Request)>,
    pub(super) draft: Option<MapLayer>,
    pub(super) after: Option<After>,
    pub(super) searching: Option<Task<Flip, (usize, usize)>>,
    /// What the search found, while what it found is what is taken away.
    pub(super) found: Option<(u64, FlipRecord)>,
}

impl EditWork {
    /// Begins to open what is needed for `picture`.
    pub(super) fn open(&mut self, about: About, picture: &Arc<Picture>, jobs: &Jobs) {
        let (work, picture) = (jobs.work().clone(), picture.clone());
        let (model, framing) = (about.model.clone(), about.framing);
        let open = move |_: &Reporter<'_>| -> Result<Opened, String> {
            let classifier = work.classifier(&model)?;
            let scene = Scene::of(classifier, &picture, framing).map_err(|e| e.to_string())?;
            let parts = parts::parts(&scene.seen).map_err(|e| e.to_string())?;
            Ok(Opened {
                parts: Arc::new(parts),
                blurred: Arc::new(blurred(&scene.seen)),
                scene: Arc::new(scene),
            })
        };
        *self = Self {
            about: Some(about),
            opening: Some(jobs.run(Lane::Strokes, Urgency::Now, open)),
            ..Self::default()
        };
    }

    /// Sees that the filling is the one that is chosen. `source` is the picture that it is made of, where
    /// it is made of one.
    pub(super) fn fill(&mut self, choice: FillChoice, source: Option<Source>, jobs: &Jobs) {
        let Some(opened) = &self.opened else { return };
        if self.filling.as_ref().is_some_and(|(now, _)| *now == choice)
            || self.making.as_ref().is_some_and(|(now, _)| *now == choice)
        {
            return;
        }
        self.making = None;
        if choice == FillChoice::Blur {
            self.filling = Some((choice, opened.blurred.clone()));
            return;
        }
        let scene = opened.scene.clone();
        let make = move |_: &Reporter<'_>| -> Result<RgbImage, String> {
            let texture = match &source {
                Some(source) => Some(source.open().map_err(|e| e.to_string())?),
                None => None,
            };
            let fill = choice.fill("texture");
            fill.pixels(&scene.seen, texture.as_deref())
                .map_err(|e| e.to_string())
        };
        self.making = Some((choice, jobs.run(Lane::Files, Urgency::Now, make)));
    }

    /// Asks the network about the newest state, unless it is still at another one.
    pub(super) fn ask(&mut self, jobs: &Jobs) {
        let (Some(opened), Some((state, edited))) = (&self.opened, &self.edited) else {
            return;
        };
        let known = self.answered.as_ref().is_some_and(|a| a.state == *state);
        if known || self.asking.is_some() {
            return;
        }
        let (scene, edited) = (opened.scene.clone(), edited.clone());
        let ask = move |_: &Reporter<'_>| scene.answer(&edited.pixels);
        self.asking = Some((*state, jobs.run(Lane::Strokes, Urgency::Now, ask)));
    }

    /// Begins the search for the smallest part whose loss changes the answer.
    pub(super) fn search(&mut self, jobs: &Jobs) {
        let (Some(opened), Some((_, filling))) = (&self.opened, &self.filling) else {
            return;
        };
        let (scene, filling) = (opened.scene.clone(), filling.clone());
        let search = move |reporter: &Reporter<'_, (usize, usize)>| {
            let class = scene.best().unwrap_or(0);
            let cells = [CELLS; 2];
            let watch = Counting::new(reporter, REPORT_EVERY);
            scene.smallest_flip(&filling, class, None, cells, QUESTIONS, &watch)
        };
        self.searching = Some(jobs.run(Lane::Figures, Urgency::Now, search));
    }
}
