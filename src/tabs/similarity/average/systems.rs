//! What the view works with: versions on their way, their maps, the thread that averages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use bevy_egui::egui::TextureHandle;
use image::RgbImage;
use wgpu::DeviceType;

use super::super::current::Current;
use super::super::state::{SimilarityState, Status, View, Which};
use super::super::versions::{Change, Versions, Wish};
use super::super::work::Named;
use super::counting::{Counted, Counting, Job};
use super::state::{AverageState, Source, VersionStatus};
use super::{COLOURS, MEAN, SPREAD};
use crate::home::Home;
use crate::jobs::{ExplainJob, Jobs, Slot, Ticket, Wake};
use crate::picture::Picture;
use crate::saliency::colormap::Colormap;
use crate::saliency::{ClassChoice, SaliencyMap};
use crate::stage::compute::Gpu;
use crate::stage::{LinkedView, Pane};
use crate::tabs::save::MapSource;
use crate::ui::NoticeBoard;
use crate::ui::library::Library;

/// The slots of the maps that are computed: one runs, one waits.
const SLOTS: [Slot; 2] = [Slot(210), Slot(211)];

/// Longest side of a version, in pixels: networks see a few hundred.
const LONGEST: u32 = 1024;

/// What an average is of; another one is computed when this changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    round: u64,
    ticked: Vec<u64>,
    colormap: Option<Colormap>,
    top: f32,
}

/// A version whose map is computed.
pub(super) struct Running {
    pub(super) number: u64,
    pub(super) slot: Slot,
    pub(super) ticket: Ticket,
    pub(super) picture: Arc<Picture>,
    pub(super) model: String,
}

/// What the view works with.
#[derive(Resource, Default)]
pub struct Averaging {
    pub(super) versions: Option<Versions>,
    pub(super) counting: Option<Counting>,
    /// Grows with every other original: maps of the one before count no more.
    pub(super) round: u64,
    /// The map of the original.
    pub(super) original: Option<Arc<SaliencyMap>>,
    /// The maps by the number of their version.
    pub(super) maps: BTreeMap<u64, Arc<SaliencyMap>>,
    /// Small pictures that egui does not have yet.
    pub(super) small: HashMap<u64, RgbImage>,
    pub(super) textures: HashMap<u64, TextureHandle>,
    /// What the small pictures are of.
    pub(super) of: String,
    /// The version that is made.
    pub(super) making: Option<u64>,
    /// Versions whose maps are computed.
    pub(super) explaining: Vec<Running>,
    /// What the maps were made from, by the number of their version.
    pub(super) sources: BTreeMap<u64, MapSource>,
    asked: Option<Wanted>,
    stamp: u64,
    /// The average that is shown.
    pub(super) result: Option<Arc<Counted>>,
    gpu: Option<Gpu>,
}

/// Spawns the panes and starts the threads.
pub(in super::super) fn start(
    commands: &mut Commands,
    averaging: &mut Averaging,
    wake: &Wake,
    home: &Home,
) -> std::io::Result<()> {
    let link = LinkedView(super::super::LINK);
    commands.spawn((Name::new("mean"), Pane::new(MEAN), link));
    commands.spawn((Name::new("spread"), Pane::new(SPREAD), link));
    commands.spawn((Name::new("mean of colours"), Pane::new(COLOURS)));
    averaging.versions = Some(Versions::start(wake, home.clone())?);
    averaging.counting = Some(Counting::start(wake)?);
    Ok(())
}

impl Averaging {
    /// What is to be averaged now.
    fn wanted(&self, state: &SimilarityState) -> Wanted {
        let average = &state.average;
        let there = average
            .versions
            .iter()
            .filter(|version| average.counts(version) && self.maps.contains_key(&version.number));
        Wanted {
            round: self.round,
            ticked: there.map(|version| version.number).collect(),
            colormap: average.by_colour.then_some(state.overlay.colormap),
            top: state.top,
        }
    }

    /// True when every ticked version is done or failed, and the average is of all that are done.
    #[must_use]
    pub fn settled(&self, state: &SimilarityState) -> bool {
        let wanted = self.wanted(state);
        self.original.is_some()
            && !state.average.working()
            && self.asked.as_ref() == Some(&wanted)
            && (wanted.ticked.is_empty()
                || self
                    .result
                    .as_ref()
                    .is_some_and(|result| result.stamp == self.stamp))
    }

    /// True when the average that came is the one that was asked for last.
    pub(super) fn is_now(&self, stamp: u64) -> bool {
        self.stamp == stamp
    }

    /// Another original: every map is computed anew.
    fn begin(&mut self, average: &mut AverageState, named: &Named, jobs: &Jobs) {
        self.stop(jobs);
        self.round += 1;
        let original = &named.map;
        self.original = Some(original.clone());
        self.maps.clear();
        self.sources.clear();
        for version in &mut average.versions {
            version.status = VersionStatus::Waiting;
            if version.source == Source::Original {
                version.status = VersionStatus::Done;
                self.maps.insert(version.number, original.clone());
                self.sources.insert(version.number, named.source.clone());
            }
        }
    }

    fn stop(&mut self, jobs: &Jobs) {
        if let Some(versions) = &self.versions {
            versions.cancel();
        }
        self.making = None;
        for running in self.explaining.drain(..) {
            jobs.explain.cancel(running.slot);
        }
    }

    /// The number of the wish for a version: answers of another round are not mistaken for it.
    pub(super) fn wish(&self, number: u64) -> u64 {
        self.round << 32 | number
    }

    /// Asks for the map of a picture.
    pub(super) fn explain(
        &mut self,
        number: u64,
        picture: Arc<Picture>,
        class: ClassChoice,
        state: &SimilarityState,
        jobs: &Jobs,
    ) {
        let used: HashSet<Slot> = self.explaining.iter().map(|running| running.slot).collect();
        let Some(slot) = SLOTS.into_iter().find(|slot| !used.contains(slot)) else {
            return;
        };
        let a = state.side(Which::A);
        let mut request = a.request.clone();
        request.class = class;
        let job = ExplainJob {
            picture: picture.clone(),
            model: a.model.clone(),
            request,
        };
        let ticket = jobs.explain.submit_later(slot, job);
        self.explaining.push(Running {
            number,
            slot,
            ticket,
            picture,
            model: a.model.clone(),
        });
    }

    /// Begins with the next version that has no map; true when there was one.
    fn next(
        &mut self,
        state: &mut SimilarityState,
        current: &Current,
        library: &Library,
        jobs: &Jobs,
    ) -> bool {
        if self.making.is_some() || self.explaining.len() >= SLOTS.len() {
            return false;
        }
        let average = &state.average;
        let next = average
            .versions
            .iter()
            .find(|version| average.counts(version) && version.status == VersionStatus::Waiting);
        let Some((number, source)) = next.map(|next| (next.number, next.source.clone())) else {
            return false;
        };
        let wish = match source {
            // Its map is there as soon as there is a round.
            Source::Original => return false,
            Source::Map(path) => Ok(Wish::Read(path)),
            Source::Picture(id) => {
                let item = library.position(id).and_then(|at| library.get(at));
                if let Some(picture) = item.and_then(|item| item.picture.clone()) {
                    self.explain(number, picture, ClassChoice::Auto, state, jobs);
                    set(&mut state.average, number, VersionStatus::Working);
                    return true;
                }
                item.and_then(|item| item.path.clone())
                    .map(Wish::Open)
                    .ok_or("the picture is no longer there; add it again")
            }
            Source::Texture(id) => {
                let item = library.position(id).and_then(|at| library.get(at));
                item.and_then(|item| Some(Change::painted(&item.name, item.path.clone()?)))
                    .ok_or("the texture is no longer there; add it again")
                    .and_then(|change| made_of(current, change))
            }
            Source::Corruption(kind, severity) => {
                made_of(current, Change::corrupted(kind, severity))
            }
        };
        let status = match (wish, &self.versions) {
            (Ok(wish), Some(versions)) => {
                versions.wish(self.wish(number), wish);
                self.making = Some(number);
                VersionStatus::Working
            }
            (Err(why), _) => VersionStatus::Failed(crate::ui::sentence(why)),
            (Ok(_), None) => VersionStatus::Failed("No thread could be started.".to_owned()),
        };
        set(&mut state.average, number, status);
        true
    }

    /// Asks for the average that is wanted, where nobody has yet.
    fn count(&mut self, state: &mut SimilarityState) {
        let wanted = self.wanted(state);
        let (Some(original), Some(counting)) = (&self.original, &self.counting) else {
            return;
        };
        if self.asked.as_ref() == Some(&wanted) {
            return;
        }
        self.stamp += 1;
        if wanted.ticked.is_empty() {
            // While the first map of another picture is on its way the old average stays.
            if !state.average.working() {
                state.average.summary = None;
                self.result = None;
            }
        } else {
            counting.submit(Job::Count {
                stamp: self.stamp,
                round: self.round,
                maps: self.maps.clone(),
                ticked: wanted.ticked.clone(),
                original: original.clone(),
                colormap: wanted.colormap,
                top_share: state.top_share(),
                gpu: self.gpu.clone(),
            });
        }
        self.asked = Some(wanted);
    }
}

fn made_of(current: &Current, change: Change) -> Result<Wish, &'static str> {
    let base = current.side(Which::A).picture.clone();
    base.map(|base| Wish::Make {
        base,
        change,
        longest: LONGEST,
    })
    .ok_or("there is no picture to change; choose one")
}

/// Sets how far a version is.
pub(super) fn set(average: &mut AverageState, number: u64, status: VersionStatus) {
    if let Some(version) = average.version_mut(number) {
        version.status = status;
    }
}

/// Keeps the work going: the next version, the next average. Also while another tab is shown.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(in super::super) fn advance(
    mut state: ResMut<SimilarityState>,
    mut averaging: ResMut<Averaging>,
    current: Res<Current>,
    library: Res<Library>,
    jobs: Res<Jobs>,
    device: Option<Res<RenderDevice>>,
    queue: Option<Res<RenderQueue>>,
    info: Option<Res<RenderAdapterInfo>>,
) {
    if state.view != View::Average || state.average.versions.is_empty() {
        return;
    }
    if averaging.gpu.is_none()
        && let (Some(device), Some(queue), Some(info)) = (device, queue, info)
        && info.device_type != DeviceType::Cpu
    {
        averaging.gpu = Some(Gpu::of(&device, &queue));
    }
    let status = &state.side(Which::A).status;
    let (Some(map), Status::Done | Status::Stopped) = (&current.side(Which::A).map, status) else {
        return;
    };
    let original = &map.named.map;
    let same = averaging.original.as_ref();
    if !same.is_some_and(|same| Arc::ptr_eq(same, original)) {
        averaging.begin(&mut state.average, &map.named, &jobs);
    }
    if !state.average.stopped {
        while averaging.next(&mut state, &current, &library, &jobs) {}
    }
    averaging.count(&mut state);
}

/// Stops the work; what is there stays.
pub(in super::super) fn stop(state: &mut SimilarityState, averaging: &mut Averaging, jobs: &Jobs) {
    averaging.stop(jobs);
    state.average.stopped = true;
    for version in &mut state.average.versions {
        if version.status == VersionStatus::Working {
            version.status = VersionStatus::Waiting;
        }
    }
}

/// Writes the average into a new folder inside `parent`, as the command line does, and what it is of.
pub(in super::super) fn save(
    state: &SimilarityState,
    averaging: &Averaging,
    parent: PathBuf,
    jobs: &Jobs,
    notices: &mut NoticeBoard,
) {
    if let (Some(result), Some(counting)) = (&averaging.result, &averaging.counting) {
        let versions = state.average.versions.iter();
        let versions = versions.filter(|version| result.ticked.contains(&version.number));
        let of = versions.filter_map(|version| {
            let source = averaging.sources.get(&version.number)?;
            Some((version.name.clone(), source.clone()))
        });
        counting.submit(Job::Save {
            result: result.clone(),
            of: of.collect(),
            colormap: state.overlay.colormap,
            name: format!("{}, average", state.side(Which::A).name),
            parent,
            work: jobs.work().clone(),
        });
        notices.info("Saving...");
    }
}

impl Averaging {
    /// True when there is something to save.
    pub(in super::super) fn has_result(&self) -> bool {
        self.result.is_some()
    }
}
