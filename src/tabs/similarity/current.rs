//! What the tab works with and the panels do not see: pictures, maps, requests that run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;

use super::comparison::{self, FromFile, Named, Ready};
use super::following::{Asked, Key};
use super::state::{SideState, SimilarityState, Status, Which};
use crate::classifier::Prediction;
use crate::compare::{Options, Prepared, Similarity, TopColour};
use crate::jobs::{ExplainJob, Jobs, Slot, Task, Ticket};
use crate::maps::painter::Version;
use crate::picture::Picture;
use crate::stage::MapLayer;
use crate::tabs::save::MapSource;
use crate::ui::pictures::{Opening, Pictures};

/// A finished map.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// What it is called in messages.
    pub(super) named: Named,
    /// The part of the picture that it covers, in the picture's fractions.
    pub(super) region: Rect,
    /// The class that it explains, where a network was asked.
    pub(super) explained: Option<Prediction>,
    /// How it lies on the stage.
    pub(super) layer: MapLayer,
}

/// The work of one of the two.
pub(super) struct SideWork {
    /// Its slot in the queue of explanations.
    pub(super) slot: Slot,
    /// The request that runs or ran last.
    pub(super) ticket: Option<Ticket>,
    /// The picture on the stage, or on its way there.
    pub(super) picture: Option<Arc<Picture>>,
    /// The picture that is on its way to the stage.
    pub(super) opening: Option<Opening>,
    /// The map's file that is being read.
    pub(super) reading: Option<Task<FromFile>>,
    /// The part of the picture that the network saw.
    pub(super) region: Option<Rect>,
    /// The finished map.
    pub(super) map: Option<Map>,
    /// True when a draft must give way to it.
    pub(super) restore: bool,
}

impl SideWork {
    fn new(slot: u64) -> Self {
        Self {
            slot: Slot(slot),
            ticket: None,
            picture: None,
            opening: None,
            reading: None,
            region: None,
            map: None,
            restore: false,
        }
    }
}

/// What the tab works with.
#[derive(Resource)]
pub struct Current {
    /// A and B.
    pub(super) work: [SideWork; 2],
    /// Counts the maps; grows when one of them becomes another.
    pub(super) maps_stamp: u64,
    /// What the last preparation was asked for.
    pub(super) wanted: Option<Key>,
    /// Both maps are brought to one size.
    pub(super) preparing: Option<Task<Ready>>,
    /// Their top colours are looked for.
    pub(super) colouring: Option<Task<[Vec<TopColour>; 2]>>,
    /// Their figures are computed.
    pub(super) measuring: Option<Task<Similarity>>,
    /// B's picture is made.
    pub(super) making: Option<Task<Version>>,
    /// The maps that `ready` is of, as [`Self::maps_stamp`] counts them.
    pub(super) ready_of: u64,
    /// Two maps ready to be counted.
    pub(super) ready: Option<Arc<Prepared>>,
    /// What they were made from.
    pub(super) sources: Option<Box<[MapSource; 2]>>,
    /// Their textures: colours, then shares.
    pub(super) textures: Option<[[Handle<Image>; 2]; 2]>,
    /// Figures that were asked for.
    pub(super) asked: Asked,
    /// B is to explain another answer than A as soon as A's are known.
    pub(super) other_answer: bool,
    /// How often any of the quick choices was pressed.
    pub(super) presses: usize,
    /// Who gets what is opened next.
    pub(super) target: Which,
    /// Network and method in the bar on top, as this tab saw them last.
    pub(super) shell: Option<(String, crate::saliency::Method)>,
    /// True once there was something to compare.
    pub(super) started: bool,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            work: [SideWork::new(200), SideWork::new(201)],
            maps_stamp: 0,
            wanted: None,
            preparing: None,
            colouring: None,
            measuring: None,
            making: None,
            ready_of: 0,
            ready: None,
            sources: None,
            textures: None,
            asked: Asked::default(),
            other_answer: false,
            presses: 0,
            target: Which::B,
            shell: None,
            started: false,
        }
    }
}

impl Current {
    /// One of the two.
    pub(super) fn side(&self, which: Which) -> &SideWork {
        &self.work[which.index()]
    }

    /// One of the two, to change it.
    pub(super) fn side_mut(&mut self, which: Which) -> &mut SideWork {
        &mut self.work[which.index()]
    }

    /// Whose request this is.
    pub(super) fn whose(&self, slot: Slot, ticket: Ticket) -> Option<Which> {
        Which::ALL.into_iter().find(|which| {
            let work = self.side(*which);
            work.slot == slot && work.ticket == Some(ticket)
        })
    }

    /// Takes a picture of the library.
    pub(super) fn choose(
        &mut self,
        state: &mut SimilarityState,
        which: Which,
        index: usize,
        pictures: &mut Pictures,
    ) {
        let Some(item) = pictures.library.get(index) else {
            return;
        };
        let side = state.side_mut(which);
        side.name.clone_from(&item.name);
        side.alternative.clone_from(&item.alternative);
        side.item = Some(item.id);
        side.from_file = false;
        side.status = Status::working("Opening the picture...");
        let (id, picture) = (item.id, item.picture.clone());
        self.stop(which, &pictures.jobs);
        match picture {
            Some(picture) => self.show(state, which, picture, pictures),
            None => self.side_mut(which).opening = pictures.open(id),
        }
    }

    /// Takes a picture; its map is asked for when it is on the stage.
    pub(super) fn show(
        &mut self,
        state: &mut SimilarityState,
        which: Which,
        picture: Arc<Picture>,
        pictures: &mut Pictures,
    ) {
        self.started = true;
        let from_file = state.side(which).from_file;
        let work = self.side_mut(which);
        // A map's ground is that of every map of its size.
        let same = !from_file
            && work.opening.is_none()
            && work
                .picture
                .as_ref()
                .is_some_and(|known| known.sha256 == picture.sha256);
        work.picture = Some(picture.clone());
        if same {
            self.explain(state, which, &pictures.jobs);
            return;
        }
        state.side_mut(which).status = Status::working("Opening the picture...");
        work.opening = Some(pictures.show(&picture, None));
    }

    /// Takes a map that was read from a file, over a plain ground of its size.
    pub(super) fn show_map(
        &mut self,
        state: &mut SimilarityState,
        which: Which,
        read: FromFile,
        pictures: &mut Pictures,
    ) {
        self.stop(which, &pictures.jobs);
        let layer = read.layer.layer(&mut pictures.images);
        let (name, range) = (read.name, layer.scale);
        let work = self.side_mut(which);
        work.region = Some(layer.region);
        work.map = Some(Map {
            named: Named {
                name: name.clone(),
                map: read.map,
                source: read.source,
            },
            region: layer.region,
            explained: None,
            layer,
        });
        self.maps_stamp += 1;
        let side = state.side_mut(which);
        *side = SideState {
            alternative: format!("the map {name}"),
            name,
            from_file: true,
            model: std::mem::take(&mut side.model),
            request: side.request.clone(),
            range: Some(range),
            ..SideState::default()
        };
        self.show(state, which, read.ground, pictures);
        state.side_mut(which).status = Status::Done;
    }

    /// Asks for the map of one side.
    pub(super) fn explain(&mut self, state: &mut SimilarityState, which: Which, jobs: &Jobs) {
        let side = state.side_mut(which);
        if side.from_file {
            return;
        }
        let work = self.side_mut(which);
        let Some(picture) = work.picture.clone() else {
            return;
        };
        if work.opening.is_some() {
            // It is asked for when the picture is on the stage.
            return;
        }
        if side.model.is_empty() {
            side.status = Status::Failed(crate::ui::format::NO_NETWORK.to_owned());
            return;
        }
        side.status = Status::working("Asking the network...");
        let job = ExplainJob {
            picture,
            model: side.model.clone(),
            request: side.request.clone(),
            on_stage: true,
        };
        work.ticket = Some(jobs.explain.submit(work.slot, job));
    }

    /// Stops what runs for one side.
    pub(super) fn stop(&mut self, which: Which, jobs: &Jobs) {
        let work = self.side_mut(which);
        jobs.explain.cancel(work.slot);
        work.ticket = None;
        work.opening = None;
        work.reading = None;
        if which == Which::B {
            self.making = None;
        }
    }

    /// Writes the comparison that is shown into a new folder inside the one that is given; none where
    /// there is nothing to write yet.
    pub fn saving(
        &self,
        state: &SimilarityState,
        jobs: &Jobs,
    ) -> Option<impl FnOnce(&Path) -> Result<PathBuf, String> + Send + use<>> {
        let (of, sources) = (self.ready.clone()?, self.sources.clone()?);
        let (options, work) = (options(state), jobs.work().clone());
        let [a, b] = Which::ALL.map(|which| &state.side(which).name);
        let name = format!("{a} and {b}");
        Some(move |parent: &Path| {
            comparison::save(&of, &sources, &options, (parent, &name), &*work)
        })
    }

    /// Exchanges A and B with everything that runs for them.
    pub(super) fn swap(&mut self, state: &mut SimilarityState) {
        self.work.swap(0, 1);
        state.sides.swap(0, 1);
        self.maps_stamp += 1;
    }
}

/// How the two are compared, as the command line has it.
pub(super) fn options(state: &SimilarityState) -> Options {
    Options {
        delta: state.delta(),
        by_value: state.by_value,
        shared_scale: state.shared_scale,
        colormap: state.overlay.colormap,
        top_share: state.top_share(),
        colours: state.colours(),
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapping_takes_requests_along() {
        let (mut current, mut state) = (Current::default(), SimilarityState::default());
        state.side_mut(Which::A).name = "first".to_owned();
        let slot = current.side(Which::A).slot;
        current.swap(&mut state);
        assert_eq!(state.side(Which::B).name, "first");
        assert_eq!(current.side(Which::B).slot, slot);
    }
}
