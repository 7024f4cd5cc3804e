//! The thread that compares maps and draws the pictures in the cells.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use image::RgbImage;

use super::state::{CellKey, Finding, ORIGINAL};
use crate::compare::robustness::{Key, Plan, Row};
use crate::compare::shape_bias::{CueClass, Cues, Verdict};
use crate::compare::{Agreement, ColouredMap, Options, likeness};
use crate::files::sha256_of_file;
use crate::jobs::{Desk, Slot, Wake, Worker};
use crate::progress::Observer as _;
use crate::saliency::Explanation;
use crate::saliency::colormap::Colormap;

/// The colours that maps are compared and shown in: the paper's.
pub const COLOURS: Colormap = Colormap::Inferno;

/// What a cell is made from.
#[derive(Clone)]
pub struct Materials {
    /// Which cell.
    pub key: CellKey,
    /// The model's file.
    pub file: PathBuf,
    /// Name and SHA-256 of the original picture.
    pub picture: (String, String),
    /// What else decides the row.
    pub settings: String,
    /// The map of the original, for this model.
    pub original: Arc<Explanation>,
    /// The map of this version.
    pub version: Arc<Explanation>,
    /// How far colours may differ.
    pub delta: u8,
    /// The classes of shape and texture, where both are known.
    pub cues: Option<(CueClass, CueClass)>,
    /// Longer side of the picture that is wanted at once, in pixels; `None` where the cell is not in
    /// view.
    pub side: Option<u32>,
}

/// A picture to draw, or a share to count.
#[derive(Clone)]
pub struct Sketch {
    /// Which cell.
    pub key: CellKey,
    /// Its map and the original's.
    pub maps: [Arc<ColouredMap>; 2],
    /// How far colours may differ.
    pub delta: u8,
    /// Longer side of the picture in pixels; `None` where only the share is wanted.
    pub side: Option<u32>,
}

/// Work for the thread.
pub enum Count {
    /// Compare two maps.
    Cell(u64, Box<Materials>),
    /// Draw what is visible and count the rest.
    Draw(u64, Vec<Sketch>),
}

/// What the thread reports.
pub enum Counted {
    /// A cell's figures.
    Cell(u64, CellKey, Result<Box<Finding>, String>),
    /// A share of agreement, 0-1, and the picture where one was wanted.
    Sketch {
        /// As in the job.
        round: u64,
        /// Which cell.
        key: CellKey,
        /// What was asked for.
        delta: u8,
        /// What was asked for.
        side: Option<u32>,
        /// The share.
        agree: f64,
        /// The intersection in colours.
        picture: Option<RgbImage>,
    },
    /// A defect ended the job.
    Defect,
}

/// Hashes of model files by path, and what the file was like then.
#[derive(Default)]
struct Hashes(HashMap<PathBuf, (Option<SystemTime>, String)>);

impl Hashes {
    fn of(&mut self, path: &PathBuf) -> String {
        let written = std::fs::metadata(path).and_then(|m| m.modified()).ok();
        if let Some((then, hash)) = self.0.get(path)
            && *then == written
        {
            return hash.clone();
        }
        // A file that has gone has no hash; its column says so.
        let hash = sha256_of_file(path).unwrap_or_default();
        self.0.insert(path.clone(), (written, hash.clone()));
        hash
    }
}

/// How two maps are compared: the paper's rule at `delta`.
#[must_use]
pub fn options(delta: u8) -> Options {
    Options {
        delta,
        colormap: COLOURS,
        ..Options::default()
    }
}

/// The figures of a cell: those of `saliscope compare` and `saliscope robustness` on the same maps.
pub(super) fn finding(materials: &Materials, model_sha256: String) -> Result<Finding, String> {
    let (original, version) = (&materials.original, &materials.version);
    let options = options(materials.delta);
    let (agree, similarity) = likeness(
        ("the original's map", original.map.values.view()),
        ("this version's map", version.map.values.view()),
        &options,
    )
    .map_err(|error| error.to_string())?;
    let first = |explanation: &Explanation| {
        let first = explanation.predictions.first();
        first.cloned().unwrap_or_else(|| explanation.class.clone())
    };
    let (before, now) = (first(original), first(version));
    let followed = materials.cues.and_then(|(shape, texture)| {
        let cues = Cues::of_imagenet(&version.probabilities)?;
        Verdict::of(&cues, shape, texture).map(|verdict| verdict.followed)
    });
    let still = version.probabilities.get(before.class);
    let (shift, model) = materials.key.clone();
    let (picture, picture_sha256) = materials.picture.clone();
    Ok(Finding {
        row: Row {
            key: Key {
                picture,
                picture_sha256,
                model,
                model_sha256,
                shift,
                settings: Plan::settings_line(&materials.settings, &options),
            },
            class: now.class,
            label: now.label,
            probability: f64::from(now.probability),
            original_class: before.class,
            original_probability: still.copied().map_or(0.0, f64::from),
            agree,
            iou: similarity.iou.unwrap_or(0.0),
            spearman: similarity.spearman,
            ssim: similarity.ssim,
            emd: similarity.emd.unwrap_or(0.0),
        },
        settings: materials.settings.clone(),
        delta: materials.delta,
        answers: version.predictions.clone(),
        followed,
        map: Arc::new(ColouredMap::of(&version.map)),
        picture: None,
    })
}

impl Finding {
    /// Takes the share that agrees within another delta, 0-1.
    pub(super) fn count(&mut self, agree: f64, delta: u8) {
        self.row.agree = agree;
        self.row.key.settings = Plan::settings_line(&self.settings, &options(delta));
        self.delta = delta;
    }
}

fn sketch(sketch: &Sketch, agreement: &Agreement) -> Option<(f64, Option<RgbImage>)> {
    let [map, original] = &sketch.maps;
    // Two maps of one model have one size.
    let share = original.count(map, agreement).ok()?.share()?;
    let (width, height) = original.size();
    let picture = sketch.side.and_then(|side| {
        let longest = width.max(height).max(1) as u32;
        let scaled = |n: usize| (n as u32 * side / longest).max(1);
        original
            .intersection(map, agreement, scaled(width), scaled(height))
            .ok()
    });
    Some((share, picture))
}

/// Draws a sketch and reports it; `tables` keeps what each delta needs.
fn draw(round: u64, wanted: Sketch, tables: &mut HashMap<u8, Agreement>, desk: &Desk<Counted>) {
    // Each is 64 kB; a slider leaves many behind.
    if tables.len() > 32 {
        tables.clear();
    }
    let agreement = tables
        .entry(wanted.delta)
        .or_insert_with(|| Agreement::new(COLOURS, wanted.delta));
    if let Some((agree, picture)) = sketch(&wanted, agreement) {
        desk.say(Counted::Sketch {
            round,
            key: wanted.key,
            delta: wanted.delta,
            side: wanted.side,
            agree,
            picture,
        });
    }
}

/// Starts the thread.
///
/// # Errors
/// When the system cannot start one.
pub fn start(wake: &Wake) -> std::io::Result<Worker<Count, Counted>> {
    let mut hashes = Hashes::default();
    let mut tables: HashMap<u8, Agreement> = HashMap::new();
    let work = move |job: Count, desk: &Desk<Counted>| match job {
        Count::Cell(round, materials) => {
            let hash = hashes.of(&materials.file);
            let found = finding(&materials, hash).map(Box::new);
            // Not behind the cells that are waiting: a person looks at this one.
            let wanted = found.as_ref().ok().filter(|_| materials.side.is_some());
            let wanted = wanted.map(|finding| Sketch {
                key: materials.key.clone(),
                maps: [
                    finding.map.clone(),
                    Arc::new(ColouredMap::of(&materials.original.map)),
                ],
                delta: materials.delta,
                side: materials.side,
            });
            desk.say(Counted::Cell(round, materials.key, found));
            if let Some(wanted) = wanted {
                draw(round, wanted, &mut tables, desk);
            }
        }
        Count::Draw(round, sketches) => {
            for wanted in sketches {
                if desk.cancelled() {
                    return;
                }
                draw(round, wanted, &mut tables, desk);
            }
        }
    };
    Worker::start("matrix", wake, work, |_: Slot| Counted::Defect)
}

/// The key of the original's cell in a model's column.
pub fn original_of(key: &CellKey) -> CellKey {
    (ORIGINAL.to_owned(), key.1.clone())
}
