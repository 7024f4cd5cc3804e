//! What the view works with: versions on their way, their maps, the thread that averages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bevy::prelude::*;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use bevy_egui::egui::TextureHandle;
use image::RgbImage;
use wgpu::DeviceType;

use super::super::comparison::Named;
use super::super::current::Current;
use super::super::one_file;
use super::super::state::{SimilarityState, Status, View, Which};
use super::averaging::{Averaged, Job, Table};
use super::state::{AverageState, Source, VersionStatus};
use super::{COLOURS, MEAN, SPREAD};
use crate::compare::read_map;
use crate::files::Output;
use crate::jobs::{ExplainJob, Jobs, Lane, Reporter, Slot, Task, TaskError, Ticket, Urgency};
use crate::maps::painter::{Change, Painter, Version};
use crate::maps::source::Source as PictureSource;
use crate::picture::Picture;
use crate::saliency::colormap::Colormap;
use crate::saliency::{ClassChoice, SaliencyMap};
use crate::stage::compute::Gpu;
use crate::stage::{LinkedView, Pane};
use crate::tabs::save::{KINDS, MapSource, SAVE_AS, made};
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

/// A version on its way.
enum Making {
    Picture(Task<Version>),
    Map(Task<(Arc<SaliencyMap>, MapSource)>),
}

/// A version that was made or read.
pub(super) enum Made {
    Picture(Version),
    Map(Arc<SaliencyMap>, MapSource),
}

/// What the view works with.
#[derive(Resource, Default)]
pub struct Averaging {
    table: Arc<Mutex<Table>>,
    /// The average that is computed.
    pub(super) counting: Option<Task<Averaged>>,
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
    making: Option<(u64, Making)>,
    /// Versions whose maps are computed.
    pub(super) explaining: Vec<Running>,
    /// What the maps were made from, by the number of their version.
    pub(super) sources: BTreeMap<u64, MapSource>,
    asked: Option<Wanted>,
    /// Round and versions of the average that is shown.
    shown: (u64, Vec<u64>),
    /// The average that is shown.
    pub(super) result: Option<Arc<Averaged>>,
    gpu: Option<Gpu>,
}

/// Spawns the panes.
pub(in super::super) fn spawn(commands: &mut Commands) {
    let link = LinkedView(super::super::LINK);
    commands.spawn((Name::new("mean"), Pane::new(MEAN), link));
    commands.spawn((Name::new("spread"), Pane::new(SPREAD), link));
    commands.spawn((Name::new("mean of colours"), Pane::new(COLOURS)));
}

impl Averaging {
    /// What is to be averaged now.
    fn wanted(&self, state: &SimilarityState) -> Wanted {
        let average = &state.average;
        let there = average
            .versions
            .iter()
            .filter(|version| average.counts(version) && version.blank.is_none())
            .filter(|version| self.maps.contains_key(&version.number));
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
            && self.counting.is_none()
            && (wanted.ticked.is_empty() || self.result.is_some())
    }

    /// Takes the average that was asked for last.
    pub(super) fn take(&mut self, averaged: Averaged) {
        if let Some(asked) = &self.asked {
            self.shown = (asked.round, asked.ticked.clone());
        }
        self.result = Some(Arc::new(averaged));
    }

    /// The version that was made, once, by its number.
    pub(super) fn made(&mut self) -> Option<(u64, Result<Made, TaskError>)> {
        let (number, making) = self.making.as_ref()?;
        let made = match making {
            Making::Picture(task) => task.take()?.map(Made::Picture),
            Making::Map(task) => task.take()?.map(|(map, source)| Made::Map(map, source)),
        };
        let number = *number;
        self.making = None;
        Some((number, made))
    }

    /// What made the maps is another network now: all of them are computed anew.
    pub(in super::super) fn begin_anew(&mut self) {
        self.original = None;
    }

    /// Another original: every map is computed anew.
    fn begin(&mut self, average: &mut AverageState, named: &Named, jobs: &Jobs) {
        self.stop(jobs);
        self.round += 1;
        let original = &named.map;
        self.original = Some(original.clone());
        self.maps.clear();
        self.sources.clear();
        let mut first = None;
        for version in &mut average.versions {
            (version.status, version.blank) = (VersionStatus::Waiting, None);
            if version.source == Source::Original {
                first = Some(version.number);
            }
        }
        if let Some(number) = first {
            self.put(average, number, original.clone(), named.source.clone());
        }
    }

    /// Takes the map of a version.
    pub(super) fn put(
        &mut self,
        average: &mut AverageState,
        number: u64,
        map: Arc<SaliencyMap>,
        source: MapSource,
    ) {
        if let Some(version) = average.version_mut(number) {
            (version.status, version.blank) = (VersionStatus::Done, map.blank());
        }
        self.maps.insert(number, map);
        self.sources.insert(number, source);
    }

    fn stop(&mut self, jobs: &Jobs) {
        self.making = None;
        for running in self.explaining.drain(..) {
            jobs.explain.cancel(running.slot);
        }
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
            on_stage: false,
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
        (painter, jobs): (&Painter, &Jobs),
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
        let listed = |id: u64| {
            let item = library.position(id).and_then(|at| library.get(at));
            item.and_then(crate::ui::library::Item::source)
        };
        let make = |change: Change| -> Result<Making, &'static str> {
            let base = current.side(Which::A).picture.clone();
            let base = base.ok_or("there is no picture to change; choose one")?;
            let task = painter.make(jobs, Urgency::Later, (base, LONGEST), Some(change));
            Ok(Making::Picture(task))
        };
        let making: Result<Making, &'static str> = match source {
            // Its map is there as soon as there is a round.
            Source::Original => return false,
            Source::Map(path) => Ok(Making::Map(jobs.run(
                Lane::Files,
                Urgency::Later,
                move |_: &Reporter<'_>| {
                    let read = read_map(&path)?;
                    let source = MapSource::File(PathBuf::from(&read.name));
                    let values = read.values;
                    Ok::<_, crate::compare::CompareError>((
                        Arc::new(SaliencyMap { values }),
                        source,
                    ))
                },
            ))),
            Source::Picture(id) => listed(id)
                .map(|source| Making::Picture(open(source, jobs)))
                .ok_or("the picture is no longer there; add it again"),
            Source::Texture(id) => listed(id)
                .ok_or("the texture is no longer there; add it again")
                .and_then(|texture| make(Change::painted(texture))),
            Source::Corruption(kind, severity) => make(Change::corrupted(kind, severity)),
        };
        let status = match making {
            Ok(making) => {
                self.making = Some((number, making));
                VersionStatus::Working
            }
            Err(why) => VersionStatus::Failed(crate::ui::sentence(why)),
        };
        set(&mut state.average, number, status);
        true
    }

    /// Asks for the average that is wanted, where nobody has yet.
    fn count(&mut self, state: &mut SimilarityState, region: Rect, jobs: &Jobs) {
        let wanted = self.wanted(state);
        let Some(original) = &self.original else {
            return;
        };
        let now = (wanted.round, &wanted.ticked);
        let empty = wanted.ticked.is_empty() && !state.average.working();
        state.average.stale = now != (self.shown.0, &self.shown.1) && !empty;
        if self.asked.as_ref() == Some(&wanted) {
            return;
        }
        self.counting = None;
        if wanted.ticked.is_empty() {
            // While the first map of another picture is on its way the old average stays.
            if !state.average.working() {
                state.average.summary = None;
                self.result = None;
            }
        } else {
            let job = Job {
                round: self.round,
                maps: self.maps.clone(),
                ticked: wanted.ticked.clone(),
                original: original.clone(),
                region: [region.min.x, region.min.y, region.max.x, region.max.y],
                colormap: wanted.colormap,
                top_share: state.top_share(),
                gpu: self.gpu.clone(),
            };
            let table = self.table.clone();
            let work = move |_: &Reporter<'_>| {
                let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
                table.count(job)
            };
            self.counting = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
        self.asked = Some(wanted);
    }
}

/// A picture that is averaged as it is.
fn open(source: PictureSource, jobs: &Jobs) -> Task<Version> {
    let work = move |_: &Reporter<'_>| source.open().map(Version::of);
    jobs.run(Lane::Files, Urgency::Later, work)
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
    painter: Res<Painter>,
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
        while averaging.next(&mut state, &current, &library, (&painter, &jobs)) {}
    }
    averaging.count(&mut state, map.region, &jobs);
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

impl Averaging {
    /// Writes the average into a new folder inside the one that is given, as the command line does, and
    /// what it is of; none where there is no average.
    pub fn saving(
        &self,
        state: &SimilarityState,
        jobs: &Jobs,
    ) -> Option<impl FnOnce(&Path) -> Result<PathBuf, String> + Send + use<>> {
        let result = self.result.clone()?;
        let versions = state.average.versions.iter();
        let versions = versions.filter(|version| result.ticked.contains(&version.number));
        let of = versions.filter_map(|version| {
            let source = self.sources.get(&version.number)?;
            Some((version.name.clone(), source.clone()))
        });
        let of: Vec<(String, MapSource)> = of.collect();
        let name = format!("{}, average", state.side(Which::A).name);
        let (colormap, work) = (state.overlay.colormap, jobs.work().clone());
        Some(move |parent: &Path| {
            let of = of
                .into_iter()
                .map(|(name, source)| Ok((name, Some(source.origin(&*work)?))))
                .collect::<Result<Vec<_>, String>>()?;
            let folder = made(parent, &name)?;
            let colours = result.colours.as_ref();
            let written = result
                .average
                .write_to(&Output::new(&folder), &of, colormap, colours);
            written.map_err(|error| error.to_string())?;
            Ok(folder)
        })
    }

    /// Asks for a file, and writes the average as its ending says; false where there is none yet.
    pub(in crate::tabs::similarity) fn save_as(
        &self,
        state: &SimilarityState,
        jobs: &Jobs,
    ) -> bool {
        let Some(result) = self.result.clone() else {
            return false;
        };
        let versions = state.average.versions.iter();
        let names = versions
            .filter(|version| result.ticked.contains(&version.number))
            .map(|version| version.name.clone());
        let names: Vec<String> = names.collect();
        let colormap = state.overlay.colormap;
        let name = format!("{}, average.html", state.side(Which::A).name);
        let dialog = crate::ui::save_dialog(SAVE_AS, &name, KINDS);
        jobs.background.save(dialog, move |path| {
            one_file::average(&result.average, &names, colormap, path)?;
            Ok(path.to_owned())
        });
        true
    }
}
