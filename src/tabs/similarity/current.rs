//! What the tab works with and the panels do not see: pictures, maps, requests that run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;

use super::count::Counter;
use super::following::{Asked, Key};
use super::state::{SideState, SimilarityState, Status, Which};
use super::work::{Comparing, Named};
use crate::classifier::Prediction;
use crate::compare::{NamedMap, Options, Prepared};
use crate::jobs::{ExplainJob, Jobs, Slot, Ticket};
use crate::picture::Picture;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::Scale;
use crate::tabs::save::MapSource;
use crate::ui::library::Library;

/// Textures are asked for by numbers that no picture of the library has.
const TEXTURES: u64 = 1 << 40;

/// A finished map.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// What it is called in messages.
    pub(super) named: Named,
    /// The part of the picture that it covers, in the picture's fractions.
    pub(super) region: Rect,
    /// The class that it explains, where a network was asked.
    pub(super) explained: Option<Prediction>,
}

/// The work of one of the two.
#[derive(Debug)]
pub(super) struct SideWork {
    /// Its slot in the queue of explanations.
    pub(super) slot: Slot,
    /// The request that runs or ran last.
    pub(super) ticket: Option<Ticket>,
    /// The picture on the stage, or on its way there.
    pub(super) picture: Option<Arc<Picture>>,
    /// The picture of the library that is being read.
    pub(super) opening: Option<u64>,
    /// The texture that is being made.
    pub(super) texture: Option<u64>,
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
            texture: None,
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
    /// The thread that compares.
    pub(super) comparing: Option<Comparing>,
    /// Counts the maps; grows when one of them becomes another.
    pub(super) maps_stamp: u64,
    /// What the last preparation was asked for.
    pub(super) wanted: Option<Key>,
    /// Numbers the preparations.
    pub(super) stamp: u64,
    /// The preparation that `ready` is.
    pub(super) ready_stamp: u64,
    /// The maps that `ready` is of, as [`Self::maps_stamp`] counts them.
    pub(super) ready_of: u64,
    /// Two maps ready to be counted.
    pub(super) ready: Option<Arc<Prepared>>,
    /// What they were made from.
    pub(super) sources: Option<Box<[MapSource; 2]>>,
    /// Their textures: colours, then shares.
    pub(super) textures: Option<[[Handle<Image>; 2]; 2]>,
    /// Whoever counts.
    pub(super) counter: Option<Counter>,
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
    next_texture: u64,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            work: [SideWork::new(200), SideWork::new(201)],
            comparing: None,
            maps_stamp: 0,
            wanted: None,
            stamp: 0,
            ready_stamp: 0,
            ready_of: 0,
            ready: None,
            sources: None,
            textures: None,
            counter: None,
            asked: Asked::default(),
            other_answer: false,
            presses: 0,
            target: Which::B,
            shell: None,
            started: false,
            next_texture: TEXTURES,
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
        library: &Library,
        index: usize,
        jobs: &Jobs,
    ) {
        let Some(item) = library.get(index) else {
            return;
        };
        let side = state.side_mut(which);
        side.name.clone_from(&item.name);
        side.alternative.clone_from(&item.alternative);
        side.item = Some(item.id);
        side.from_file = false;
        side.status = Status::working("Opening the picture...");
        self.stop(which, jobs);
        if let Some(picture) = &item.picture {
            self.show(state, which, picture.clone(), jobs);
        } else if let Some(path) = &item.path {
            self.side_mut(which).opening = Some(item.id);
            jobs.background.open(item.id, path.clone());
        }
    }

    /// Takes a picture; its map is asked for when its texture is there.
    pub(super) fn show(
        &mut self,
        state: &mut SimilarityState,
        which: Which,
        picture: Arc<Picture>,
        jobs: &Jobs,
    ) {
        self.started = true;
        let same = self.side(which).texture.is_none()
            && self
                .side(which)
                .picture
                .as_ref()
                .is_some_and(|known| known.sha256 == picture.sha256);
        let number = self.next_texture;
        let work = self.side_mut(which);
        work.opening = None;
        work.picture = Some(picture.clone());
        if same {
            self.explain(state, which, jobs);
            return;
        }
        work.texture = Some(number);
        self.next_texture += 1;
        state.side_mut(which).status = Status::working("Opening the picture...");
        let limit = crate::stage::SAFE_SIDE;
        jobs.background.texture(number, move || {
            crate::stage::picture_image(&picture.pixels, limit)
        });
    }

    /// Takes a map that was read from a file, over a plain ground of its size.
    pub(super) fn show_map(
        &mut self,
        state: &mut SimilarityState,
        which: Which,
        name: String,
        map: NamedMap,
        jobs: &Jobs,
    ) {
        self.stop(which, jobs);
        self.started = true;
        let (rows, columns) = map.values.dim();
        let (size, region) = match map.frame {
            Some(frame) => {
                let size = [frame.width, frame.height];
                let [left, top, right, bottom] = frame.region.fractions(size);
                (size, Rect::new(left, top, right, bottom))
            }
            None => (
                [columns as u32, rows as u32],
                Rect::from_corners(Vec2::ZERO, Vec2::ONE),
            ),
        };
        // Only its shape counts: the map covers it.
        let most = 1024.0 / f64::from(size[0].max(size[1]).max(1));
        let side = |n: u32| ((f64::from(n) * most.min(1.0)).round() as u32).max(1);
        let ground =
            image::RgbImage::from_pixel(side(size[0]), side(size[1]), image::Rgb([128, 128, 128]));
        let picture = Arc::new(Picture::from_pixels(name.clone(), ground));
        let source = MapSource::File(PathBuf::from(&map.name));
        let map = Arc::new(SaliencyMap { values: map.values });
        let range = Scale::of(&map);
        let work = self.side_mut(which);
        work.region = Some(region);
        work.map = Some(Map {
            named: Named {
                name: name.clone(),
                map,
                source,
            },
            region,
            explained: None,
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
            status: Status::Done,
            ..SideState::default()
        };
        self.show(state, which, picture, jobs);
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
        if work.texture.is_some() {
            // It is asked for when the picture is on the stage.
            return;
        }
        if side.model.is_empty() {
            side.status = Status::Failed(
                "No network is installed. Run: python3 models/install.py".to_owned(),
            );
            return;
        }
        side.status = Status::working("Asking the network...");
        let job = ExplainJob {
            picture,
            model: side.model.clone(),
            request: side.request.clone(),
        };
        work.ticket = Some(jobs.explain.submit(work.slot, job));
    }

    /// Stops what runs for one side.
    pub(super) fn stop(&mut self, which: Which, jobs: &Jobs) {
        let work = self.side_mut(which);
        jobs.explain.cancel(work.slot);
        work.ticket = None;
        work.opening = None;
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

/// The name of a map's file for people: the folder too where the file is one of many of that name.
pub(super) fn map_name(path: &Path) -> String {
    let stem = crate::picture::display_name(path);
    let folder = path.parent().and_then(Path::file_name);
    match folder {
        Some(folder) if stem == "map" || stem == "explanation" => {
            folder.to_string_lossy().into_owned()
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_called_by_what_tells_them_apart() {
        assert_eq!(map_name(Path::new("out/cat/map.npy")), "cat");
        assert_eq!(map_name(Path::new("out/cat/explanation.json")), "cat");
        assert_eq!(map_name(Path::new("out/fog-3.npy")), "fog-3");
        assert_eq!(map_name(Path::new("map.npy")), "map");
    }

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
