//! Compares a cell's map with the original's and draws the picture in the cell.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use super::state::{CellKey, Finding, ORIGINAL};
use crate::compare::robustness::{Key, Plan, Row};
use crate::compare::shape_bias::{CueClass, Cues, Verdict};
use crate::compare::{Agreement, ColouredMap, Options, likeness};
use crate::saliency::Explanation;
use crate::saliency::colormap::Colormap;
use crate::tabs::watch::{Stamp, stamp_of};

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

/// A cell that was drawn or counted anew.
pub struct Drawn {
    /// Which cell.
    pub key: CellKey,
    /// The delta that was asked for.
    pub delta: u8,
    /// The side that was asked for.
    pub side: Option<u32>,
    /// The share that agrees, 0-1.
    pub agree: f64,
    /// The intersection in colours, where it was wanted.
    pub picture: Option<RgbImage>,
}

/// What is kept from one cell to the next.
#[derive(Default)]
pub struct Kit {
    hashes: Hashes,
    /// What each delta needs: 64 kB each.
    tables: HashMap<u8, Agreement>,
}

/// What the networks are, as rows tell it, by their files and what those were like then.
#[derive(Default)]
struct Hashes(HashMap<PathBuf, (Stamp, String)>);

impl Hashes {
    fn of(&mut self, path: &PathBuf, identity: &dyn Fn() -> Option<String>) -> String {
        let now = stamp_of(path);
        if let Some((then, hash)) = self.0.get(path)
            && *then == now
        {
            return hash.clone();
        }
        // A file that has gone has no hash; its column says so.
        let hash = identity().unwrap_or_default();
        self.0.insert(path.clone(), (now, hash.clone()));
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
    // Two maps that show nothing are alike whatever the network does.
    let remark = version.remark().or_else(|| original.remark());
    let (shift, model) = materials.key.clone();
    let (picture, picture_sha256) = materials.picture.clone();
    let row = Row {
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
    };
    let blank = version.map.blank().or(original.map.blank()).is_some();
    Ok(Finding {
        row: if blank { row.blanked() } else { row },
        remark,
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
        if !self.row.is_blank() {
            self.row.agree = agree;
        }
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

impl Kit {
    /// A cell's figures, and its picture where it is in view. `identity` gives the SHA-256 of all that the
    /// network's answers depend on; it is asked once for each state of the network's file.
    ///
    /// # Errors
    /// When the maps cannot be compared, in one line.
    pub(super) fn compare(
        &mut self,
        materials: &Materials,
        identity: &dyn Fn() -> Option<String>,
    ) -> Result<(Box<Finding>, Option<Drawn>), String> {
        let hash = self.hashes.of(&materials.file, identity);
        let finding = Box::new(finding(materials, hash)?);
        let drawn = materials.side.and_then(|side| {
            self.draw(Sketch {
                key: materials.key.clone(),
                maps: [
                    finding.map.clone(),
                    Arc::new(ColouredMap::of(&materials.original.map)),
                ],
                delta: materials.delta,
                side: Some(side),
            })
        });
        Ok((finding, drawn))
    }

    /// Draws a cell, or counts its share anew.
    pub(super) fn draw(&mut self, wanted: Sketch) -> Option<Drawn> {
        // A slider leaves many behind.
        if self.tables.len() > 32 {
            self.tables.clear();
        }
        let agreement = self
            .tables
            .entry(wanted.delta)
            .or_insert_with(|| Agreement::new(COLOURS, wanted.delta));
        let (agree, picture) = sketch(&wanted, agreement)?;
        Some(Drawn {
            key: wanted.key,
            delta: wanted.delta,
            side: wanted.side,
            agree,
            picture,
        })
    }
}

/// The key of the original's cell in a model's column.
pub fn original_of(key: &CellKey) -> CellKey {
    (ORIGINAL.to_owned(), key.1.clone())
}
