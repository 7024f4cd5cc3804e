//! What is computed about two maps beside the frames: their common size and colours first, then the
//! figures. The thread knows nothing of the window; it gets maps and gives figures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::Image;

use crate::compare::metrics::overlap::Overlap;
use crate::compare::{CompareError, NamedMap, Options, Origin, Prepared, Similarity, TopColour};
use crate::compare::{metrics, read_map, top_colours};
use crate::jobs::{Desk, Slot, Wake, Work, Worker};
use crate::saliency::SaliencyMap;
use crate::stage::{colours_image, map_image};
use crate::tabs::save::{MapSource, made};

use super::state::Which;

/// A map with the name that messages call it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) map: Arc<SaliencyMap>,
    pub(super) source: MapSource,
}

/// What is asked of the thread. Each kind has a slot of its own: a newer one replaces the older.
pub(super) enum Job {
    /// Bring two maps to one size and colour them.
    Prepare {
        stamp: u64,
        maps: Box<[Named; 2]>,
        options: Options,
    },
    /// Top colours of both.
    Colours { of: Arc<Prepared>, count: usize },
    /// The figures of likeness; `known` spares those that do not depend on the top share.
    Figures {
        of: Arc<Prepared>,
        top_share: f64,
        known: Option<Similarity>,
    },
    /// Read a map's file.
    Read { which: Which, path: PathBuf },
    /// Write the comparison into a new folder inside `parent`.
    Save {
        of: Arc<Prepared>,
        sources: Box<[MapSource; 2]>,
        options: Options,
        name: String,
        parent: PathBuf,
        work: Arc<dyn Work>,
    },
}

impl Job {
    fn slot(&self) -> Slot {
        Slot(match self {
            Self::Prepare { .. } => 0,
            Self::Colours { .. } => 1,
            Self::Figures { .. } => 2,
            Self::Read { which, .. } => 3 + which.index() as u64,
            Self::Save { .. } => 5,
        })
    }
}

/// Two maps ready to be counted and drawn.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) stamp: u64,
    pub(super) prepared: Arc<Prepared>,
    /// What they were made from.
    pub(super) sources: Box<[MapSource; 2]>,
    /// Both in colours, as textures.
    pub(super) colours: [Image; 2],
    /// Both values on the scale 0 to 1, as textures.
    pub(super) shares: [Image; 2],
}

/// What the thread reports.
pub(super) enum News {
    /// The maps can be counted and drawn.
    Ready(Box<Ready>),
    /// The maps cannot be compared: why, and what to do.
    Unfit { stamp: u64, why: String },
    /// Top colours.
    Colours {
        of: Arc<Prepared>,
        colours: [Vec<TopColour>; 2],
    },
    /// Figures of likeness.
    Figures {
        of: Arc<Prepared>,
        similarity: Similarity,
    },
    /// A map's file, or why it cannot be read.
    Read {
        which: Which,
        path: PathBuf,
        result: Result<NamedMap, String>,
    },
    /// The comparison was written, or why not.
    Saved(Result<PathBuf, String>),
    /// A defect.
    Broken,
}

/// The thread.
pub(super) struct Comparing(Worker<Job, News>);

impl Comparing {
    pub(super) fn start(wake: &Wake) -> std::io::Result<Self> {
        Worker::start("comparing", wake, run, |_| News::Broken).map(Self)
    }

    pub(super) fn submit(&self, job: Job) {
        self.0.submit(job.slot(), job);
    }

    pub(super) fn news(&self) -> Vec<News> {
        self.0.news()
    }
}

fn run(job: Job, desk: &Desk<News>) {
    match job {
        Job::Prepare {
            stamp,
            maps,
            options,
        } => desk.say(match prepare(stamp, &maps, &options) {
            Ok(ready) => News::Ready(Box::new(ready)),
            Err(error) => News::Unfit {
                stamp,
                why: error.to_string(),
            },
        }),
        Job::Colours { of, count } => {
            let [a, b] = of.coloured();
            if let (Ok(a), Ok(b)) = (top_colours(a, count, 0), top_colours(b, count, 0)) {
                desk.say(News::Colours {
                    of,
                    colours: [a, b],
                });
            }
        }
        Job::Figures {
            of,
            top_share,
            known,
        } => {
            if let Ok(similarity) = similarity(&of, top_share, known) {
                desk.say(News::Figures { of, similarity });
            }
        }
        Job::Read { which, path } => {
            let result = read_map(&path).map_err(|error| error.to_string());
            desk.say(News::Read {
                which,
                path,
                result,
            });
        }
        Job::Save {
            of,
            sources,
            options,
            name,
            parent,
            work,
        } => {
            let save = || -> Result<PathBuf, String> {
                let [a, b] = &*sources;
                let origins = [a.origin(&*work)?, b.origin(&*work)?];
                let folder = made(&parent, &name)?;
                save(&of, origins, &options, &folder).map_err(|error| error.to_string())?;
                Ok(folder)
            };
            desk.say(News::Saved(save()));
        }
    }
}

fn prepare(stamp: u64, [a, b]: &[Named; 2], options: &Options) -> Result<Ready, CompareError> {
    let prepared = Prepared::new(
        (&a.name, a.map.values.view()),
        (&b.name, b.map.values.view()),
        options,
    )?;
    let shares = |index: usize| {
        let scale = prepared.scales()[index];
        map_image(&SaliencyMap {
            values: prepared.maps()[index]
                .values
                .mapv(|value| scale.share(value)),
        })
    };
    let [colours_a, colours_b] = prepared.coloured();
    Ok(Ready {
        stamp,
        colours: [colours_image(colours_a), colours_image(colours_b)],
        shares: [shares(0), shares(1)],
        sources: Box::new([a.source.clone(), b.source.clone()]),
        prepared: Arc::new(prepared),
    })
}

/// All six figures; those of `known` that the top share does not change are taken from there.
fn similarity(
    of: &Prepared,
    top_share: f64,
    known: Option<Similarity>,
) -> Result<Similarity, CompareError> {
    let pair = of.pair()?;
    let Some(known) = known else {
        return metrics::Similarity::of(&pair, top_share);
    };
    let overlap = Overlap::of(&pair, top_share);
    Ok(Similarity {
        iou: overlap.iou(),
        dice: overlap.dice(),
        ..known
    })
}

fn save(
    of: &Prepared,
    origins: [Origin; 2],
    options: &Options,
    folder: &Path,
) -> Result<(), CompareError> {
    let mut comparison = of.compare(options)?;
    comparison.origins = Some(Box::new(origins));
    comparison.write(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Device;
    use crate::jobs::{ExplainJob, Stop, Watch};
    use crate::saliency::{Explanation, ModelRecord};
    use ndarray::Array2;
    use std::time::{Duration, Instant};

    fn named(name: &str, phase: f32) -> Named {
        let values = Array2::from_shape_fn((40, 50), |(y, x)| {
            (x as f32 * 0.2 + phase).sin() + (y as f32 * 0.1).cos()
        });
        Named {
            name: name.to_owned(),
            map: Arc::new(SaliencyMap { values }),
            source: MapSource::File(PathBuf::from(name)),
        }
    }

    /// Knows no network; these maps come from files.
    struct Nobody;

    impl Work for Nobody {
        fn explain(&self, _: &ExplainJob, _: &Watch) -> Result<Arc<Explanation>, Stop> {
            Err(Stop::Cancelled)
        }

        fn model(&self, model: &str) -> Result<ModelRecord, String> {
            Err(format!("{model} is not known"))
        }

        fn use_device(&self, _: Device) {}
    }

    fn hear(thread: &Comparing) -> News {
        let start = Instant::now();
        loop {
            if let Some(news) = thread.news().pop() {
                return news;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "no answer");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn ready(thread: &Comparing, maps: [Named; 2]) -> Arc<Prepared> {
        thread.submit(Job::Prepare {
            stamp: 7,
            maps: Box::new(maps),
            options: Options::default(),
        });
        match hear(thread) {
            News::Ready(ready) if ready.stamp == 7 => ready.prepared,
            _ => panic!("the maps are fit"),
        }
    }

    #[test]
    fn figures_are_those_of_the_comparison_whatever_was_known() {
        let thread = Comparing::start(&(Arc::new(|| {}) as Wake)).unwrap();
        let of = ready(&thread, [named("a", 0.0), named("b", 0.7)]);
        let mut known = None;
        for top_share in [0.1, 0.3] {
            thread.submit(Job::Figures {
                of: of.clone(),
                top_share,
                known,
            });
            let News::Figures { similarity, .. } = hear(&thread) else {
                panic!("no figures");
            };
            let want = Similarity::of(&of.pair().unwrap(), top_share).unwrap();
            assert_eq!(similarity, want);
            known = Some(similarity);
        }
    }

    #[test]
    fn a_map_that_is_no_map_is_told_in_one_line() {
        let thread = Comparing::start(&(Arc::new(|| {}) as Wake)).unwrap();
        let mut broken = named("broken.npy", 0.0);
        if let Some(map) = Arc::get_mut(&mut broken.map) {
            map.values[[3, 4]] = f32::NAN;
        }
        thread.submit(Job::Prepare {
            stamp: 1,
            maps: Box::new([named("a", 0.0), broken]),
            options: Options::default(),
        });
        let News::Unfit { stamp: 1, why } = hear(&thread) else {
            panic!("NaN must be refused");
        };
        assert!(
            why.contains("broken.npy holds NaN at row 3, column 4"),
            "{why}"
        );
    }

    #[test]
    fn a_pair_is_saved_in_a_folder_of_its_own_and_tells_what_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let thread = Comparing::start(&(Arc::new(|| {}) as Wake)).unwrap();
        let of = ready(&thread, [named("a", 0.0), named("b", 0.7)]);
        let files = ["a.npy", "b.npy"].map(|name| folder.path().join(name));
        for (file, bytes) in files.iter().zip(["first", "second"]) {
            std::fs::write(file, bytes).unwrap();
        }
        let save = || {
            thread.submit(Job::Save {
                of: of.clone(),
                sources: Box::new(files.clone().map(MapSource::File)),
                options: Options::default(),
                name: "Cat and dog".to_owned(),
                parent: folder.path().join("new"),
                work: Arc::new(Nobody),
            });
            hear(&thread)
        };
        let News::Saved(Ok(written)) = save() else {
            panic!("not saved");
        };
        for file in ["intersection.png", "a.png", "b.png"] {
            assert!(written.join(file).is_file(), "{file}");
        }
        let record = std::fs::read_to_string(written.join("comparison.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["a"]["sha256"], crate::files::sha256(b"first"));
        assert_eq!(record["b"]["file"], files[1].to_str().unwrap());
        assert_eq!(record["delta"], 10);
        // Once more: nothing that is there is written over.
        let News::Saved(Ok(again)) = save() else {
            panic!("not saved");
        };
        assert_eq!(written, folder.path().join("new/Cat and dog"));
        assert_eq!(again, folder.path().join("new/Cat and dog 2"));
    }
}
