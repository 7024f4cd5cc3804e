//! The whole comparison of two maps.

use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use image::RgbImage;
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::agreement::AgreementTable;
use super::bands::{Band, BandMap, BandShares};
use super::intersection::{Counts, masked, of_colours, of_values};
use super::metrics::Similarity;
use super::origin::Origin;
use super::pair::is_constant;
use super::top_colours::{DEFAULT_COLOURS, TopColour, top_colours};
use super::{CompareError, Pair};
use crate::files::{Output, made_by, write_atomic, write_png};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};

/// How two maps are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How far two pixels may differ and still agree, 0-255.
    pub delta: u8,
    /// Compare values on 0-255 instead of the channels of the coloured maps (the paper's rule).
    pub by_value: bool,
    /// One scale for both maps instead of each its own.
    pub shared_scale: bool,
    /// The colours that the maps are compared and shown in.
    pub colormap: Colormap,
    /// The share of pixels, above 0 to 1, that `IoU` and Dice call the top.
    pub top_share: f64,
    /// Number of top colours, 2-10.
    pub colours: usize,
    /// Decides where the search for top colours starts.
    pub seed: u64,
    /// The bands by which agreement is counted.
    pub bands: BandShares,
}

impl Default for Options {
    /// The prototype's: delta 10 in inferno colours, each map on its own scale.
    fn default() -> Self {
        Self {
            delta: 10,
            by_value: false,
            shared_scale: false,
            colormap: Colormap::Inferno,
            top_share: 0.1,
            colours: DEFAULT_COLOURS,
            seed: 0,
            bands: BandShares::default(),
        }
    }
}

/// How much of one of the first map's bands agrees with the second map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandAgreement {
    /// The band.
    pub colour: Band,
    /// Its share of the picture, 0-1.
    pub share: f64,
    /// The share of its pixels that agree, 0-1; `None` when it has no pixels.
    pub agree: Option<f64>,
}

/// What `saliscope compare --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Width at which the maps were compared, in pixels.
    pub width: usize,
    /// Height at which the maps were compared, in pixels.
    pub height: usize,
    /// How far two pixels may differ and still agree, 0-255.
    pub delta: u8,
    /// The share of pixels that agree, 0-1.
    pub agree: f64,
    /// The same by the bands of the first map, most important first; empty when it has one value
    /// everywhere.
    pub agree_by_band: Vec<BandAgreement>,
    /// The share of pixels that `IoU` and Dice call the top, 0-1.
    pub top_share: f64,
    /// The six figures.
    #[serde(flatten)]
    pub similarity: Similarity,
    /// The first map's colours, dark to light.
    pub colours_a: Vec<TopColour>,
    /// The second map's colours, dark to light.
    pub colours_b: Vec<TopColour>,
    /// What to know before reading the figures: sentences for people.
    pub notes: Vec<String>,
}

/// Figures and pictures of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The figures.
    pub figures: Figures,
    /// The first map in colours.
    pub a: RgbImage,
    /// The second map in colours.
    pub b: RgbImage,
    /// Where they agree, in the first map's colours, else black.
    pub intersection: RgbImage,
    /// What the two maps were made from, where that is known.
    pub origins: Option<Box<[Origin; 2]>>,
}

impl Comparison {
    /// Writes `intersection.png`, `a.png`, `b.png` (the maps in colours) and, last,
    /// `comparison.json` into a folder, which is made if missing: see [`Output::write_folder`].
    ///
    /// # Errors
    /// [`CompareError::Output`] and [`CompareError::Write`].
    pub fn write(&self, folder: &Path) -> Result<(), CompareError> {
        self.write_to(&Output::new(folder))
    }

    /// As [`Self::write`], where a person named the folder.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_to(&self, folder: &Output) -> Result<(), CompareError> {
        folder.write_folder(&COMPARISON_FILES, |new| self.write_into(new, folder.path()))
    }

    fn write_into(&self, folder: &Path, told: &Path) -> Result<(), CompareError> {
        let failed = |name: &str, source| CompareError::Write {
            path: told.join(name),
            source,
        };
        for (name, picture) in [
            ("intersection.png", &self.intersection),
            ("a.png", &self.a),
            ("b.png", &self.b),
        ] {
            write_png(&folder.join(name), picture).map_err(|source| failed(name, source))?;
        }
        let name = "comparison.json";
        write_atomic(&folder.join(name), |file| {
            let origins = self.origins.as_deref();
            let record = Record {
                made_by: made_by(),
                a: origins.map(|[a, _]| a),
                b: origins.map(|[_, b]| b),
                figures: &self.figures,
            };
            serde_json::to_writer_pretty(&mut *file, &record)?;
            file.write_all(b"\n")
        })
        .map_err(|source| failed(name, source))
    }
}

/// All files of a comparison's folder, the record last.
pub const COMPARISON_FILES: [&str; 4] = ["intersection.png", "a.png", "b.png", "comparison.json"];

/// `comparison.json`.
#[derive(Serialize)]
struct Record<'a> {
    made_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<&'a Origin>,
    #[serde(flatten)]
    figures: &'a Figures,
}

/// Two maps brought to one size, with their colours and bands: everything about a comparison that
/// neither delta nor the number of colours changes. Made once; what sliders move is then counted
/// from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    names: [String; 2],
    maps: [SaliencyMap; 2],
    scales: [Scale; 2],
    coloured: [RgbImage; 2],
    bands: Option<BandMap>,
    notes: Vec<String>,
    /// Counted when first asked for: by colours, by values.
    agreement: [OnceLock<AgreementTable>; 2],
}

impl Prepared {
    /// Checks two maps `[height, width]`, called by name in errors, brings them to one size (the
    /// larger height and width) and colours them. Of the options the colours, the scale and the
    /// bands count here.
    ///
    /// # Errors
    /// When a map is empty or holds values that are not finite, or the sizes have nothing sensible
    /// in common.
    pub fn new(
        (a_name, a): (&str, ArrayView2<'_, f32>),
        (b_name, b): (&str, ArrayView2<'_, f32>),
        options: &Options,
    ) -> Result<Self, CompareError> {
        let pair = Pair::new(a_name, a, b_name, b)?;
        let maps = [saliency_map(&pair, pair.a()), saliency_map(&pair, pair.b())];
        let scales = if options.shared_scale {
            [Scale::shared(&maps); 2]
        } else {
            [Scale::of(&maps[0]), Scale::of(&maps[1])]
        };
        let coloured = [
            colour(&maps[0], scales[0], options.colormap),
            colour(&maps[1], scales[1], options.colormap),
        ];
        // A map with one value everywhere has no bands; the rest of the comparison still holds.
        let bands = BandMap::of(a_name, maps[0].values.view(), options.bands).ok();
        let notes = notes((a_name, a), (b_name, b), &pair);
        Ok(Self {
            names: [a_name.to_owned(), b_name.to_owned()],
            maps,
            scales,
            coloured,
            bands,
            notes,
            agreement: Default::default(),
        })
    }

    /// Height and width of both, in pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        self.maps[0].values.dim()
    }

    /// Both maps at their common size.
    #[must_use]
    pub fn maps(&self) -> &[SaliencyMap; 2] {
        &self.maps
    }

    /// The scale that each is coloured on: twice the same where it is shared.
    #[must_use]
    pub fn scales(&self) -> [Scale; 2] {
        self.scales
    }

    /// Both maps in colours.
    #[must_use]
    pub fn coloured(&self) -> &[RgbImage; 2] {
        &self.coloured
    }

    /// The bands of the first map; none when it has one value everywhere.
    #[must_use]
    pub fn bands(&self) -> Option<&BandMap> {
        self.bands.as_ref()
    }

    /// What to know before reading the figures: sentences for people.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The two as the metrics take them.
    ///
    /// # Errors
    /// None that [`Self::new`] has not found already.
    pub fn pair(&self) -> Result<Pair<'_>, CompareError> {
        let [a, b] = &self.maps;
        let [a_name, b_name] = &self.names;
        Pair::new(a_name, a.values.view(), b_name, b.values.view())
    }

    /// Where the two agree within `delta`, in the first map's colours, else black; and the counts.
    ///
    /// # Errors
    /// None for maps that [`Self::new`] took.
    pub fn intersection(
        &self,
        delta: u8,
        by_value: bool,
    ) -> Result<(RgbImage, Counts), CompareError> {
        let ([a, b], bands) = (&self.coloured, self.bands.as_ref());
        if !by_value {
            return of_colours(a, b, delta, bands);
        }
        let [map_a, map_b] = &self.maps;
        let [scale_a, scale_b] = self.scales;
        let (mask, counts) = of_values(
            (map_a.values.view(), scale_a),
            (map_b.values.view(), scale_b),
            delta,
            bands,
        )?;
        Ok((masked(a, mask.view()), counts))
    }

    /// How many pixels agree within `delta`: the counts of [`Self::intersection`]. The first call by
    /// colours and the first by values go over all pixels, the others look up.
    ///
    /// # Errors
    /// None for maps that [`Self::new`] took.
    pub fn agreement(&self, delta: u8, by_value: bool) -> Result<Counts, CompareError> {
        let [by_colours, by_values] = &self.agreement;
        let table = if by_value { by_values } else { by_colours };
        if let Some(table) = table.get() {
            return Ok(table.within(delta));
        }
        let ([a, b], bands) = (&self.coloured, self.bands.as_ref());
        let counted = if by_value {
            let ([map_a, map_b], [scale_a, scale_b]) = (&self.maps, self.scales);
            let (a, b) = (map_a.values.view(), map_b.values.view());
            AgreementTable::of_values((a, scale_a), (b, scale_b), bands)?
        } else {
            AgreementTable::of_colours(a, b, bands)?
        };
        Ok(table.get_or_init(|| counted).within(delta))
    }

    /// Agreement by the bands of the first map, most important first; empty when it has none.
    #[must_use]
    pub fn by_band(&self, counts: &Counts) -> Vec<BandAgreement> {
        match self.bands {
            Some(_) => by_band(counts),
            None => Vec::new(),
        }
    }

    /// The whole comparison.
    ///
    /// # Errors
    /// When the top share or the number of colours is out of range.
    pub fn compare(&self, options: &Options) -> Result<Comparison, CompareError> {
        let similarity = Similarity::of(&self.pair()?, options.top_share)?;
        let (intersection, counts) = self.intersection(options.delta, options.by_value)?;
        let [a, b] = &self.coloured;
        let (height, width) = self.size();
        let figures = Figures {
            width,
            height,
            delta: options.delta,
            agree: counts.all.share().unwrap_or(0.0),
            agree_by_band: self.by_band(&counts),
            top_share: options.top_share,
            similarity,
            colours_a: top_colours(a, options.colours, options.seed)?,
            colours_b: top_colours(b, options.colours, options.seed)?,
            notes: self.notes.clone(),
        };
        Ok(Comparison {
            figures,
            a: a.clone(),
            b: b.clone(),
            intersection,
            origins: None,
        })
    }
}

/// Compares two maps `[height, width]`, called by name in errors. Maps of different sizes are
/// brought to the larger height and width first.
///
/// # Errors
/// When a map is empty or holds values that are not finite, the sizes have nothing sensible in
/// common, or an option is out of range.
pub fn compare(
    a: (&str, ArrayView2<'_, f32>),
    b: (&str, ArrayView2<'_, f32>),
    options: &Options,
) -> Result<Comparison, CompareError> {
    Prepared::new(a, b, options)?.compare(options)
}

/// The share of pixels that agree, 0-1, and the six figures: what [`compare`] says of the two maps,
/// without pictures and top colours.
///
/// # Errors
/// As [`compare`].
pub fn likeness(
    a: (&str, ArrayView2<'_, f32>),
    b: (&str, ArrayView2<'_, f32>),
    options: &Options,
) -> Result<(f64, Similarity), CompareError> {
    let prepared = Prepared::new(a, b, options)?;
    let similarity = Similarity::of(&prepared.pair()?, options.top_share)?;
    let (_, counts) = prepared.intersection(options.delta, options.by_value)?;
    Ok((counts.all.share().unwrap_or(0.0), similarity))
}

fn by_band(counts: &Counts) -> Vec<BandAgreement> {
    Band::ALL
        .map(|colour| {
            let count = counts.band(colour);
            BandAgreement {
                colour,
                share: count.pixels as f64 / counts.all.pixels as f64,
                agree: count.share(),
            }
        })
        .into()
}

fn saliency_map(pair: &Pair<'_>, values: &[f32]) -> SaliencyMap {
    let mut map = Array2::zeros((pair.height(), pair.width()));
    for (to, &from) in map.iter_mut().zip(values) {
        *to = from;
    }
    SaliencyMap { values: map }
}

fn notes(
    a: (&str, ArrayView2<'_, f32>),
    b: (&str, ArrayView2<'_, f32>),
    pair: &Pair<'_>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let size = (pair.height(), pair.width());
    for ((name, map), values) in [(a, pair.a()), (b, pair.b())] {
        if map.dim() != size {
            notes.push(format!(
                "{name} was enlarged from {} x {} to {} x {} pixels.",
                map.dim().1,
                map.dim().0,
                size.1,
                size.0
            ));
        }
        if is_constant(values) {
            notes.push(format!(
                "{name} has the same value everywhere: correlations have no meaning, and its top share is merely its first pixels."
            ));
        } else if values.iter().all(|&value| value <= 0.0) {
            notes.push(format!(
                "{name} has no value above 0: nothing in it speaks for its class."
            ));
        }
    }
    if pair.height() < 5 || pair.width() < 5 {
        notes.push("SSIM needs maps of at least 5 x 5 pixels.".into());
    }
    notes
}

#[cfg(test)]
mod tests;
