//! How alike two maps are, in six figures, each with one sentence of meaning.

pub mod correlation;
pub mod emd;
pub mod overlap;
pub mod ssim;
mod transport;

use serde::Serialize;

use super::CompareError;
use super::pair::Pair;

/// A figure for the likeness of two maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Intersection over union of the top shares.
    Iou,
    /// Dice coefficient of the top shares.
    Dice,
    /// Pearson's correlation.
    Pearson,
    /// Spearman's rank correlation.
    Spearman,
    /// Structural similarity.
    Ssim,
    /// Earth mover's distance.
    Emd,
}

/// Which way a figure goes when maps are more alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MoreAlike {
    /// A higher figure says more alike.
    Higher,
    /// A lower figure says more alike.
    Lower,
}

impl Metric {
    /// All metrics in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Iou,
        Self::Dice,
        Self::Pearson,
        Self::Spearman,
        Self::Ssim,
        Self::Emd,
    ];

    /// The name, as in the literature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Iou => "IoU",
            Self::Dice => "Dice",
            Self::Pearson => "Pearson",
            Self::Spearman => "Spearman",
            Self::Ssim => "SSIM",
            Self::Emd => "EMD",
        }
    }

    /// One sentence: what the figure means and which way is more alike.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Iou => {
                "Of all the pixels that matter most to either map, the share that matters most to both: 1 is the same place, 0 is nothing in common."
            }
            Self::Dice => {
                "How much of what matters most to one map also matters most to the other: 1 is all of it, 0 is none."
            }
            Self::Pearson => {
                "Whether the maps rise and fall together: 1 is in step, 0 is unrelated, -1 is opposite."
            }
            Self::Spearman => {
                "Whether the maps put the pixels in the same order of importance, whatever the values: 1 is the same order, 0 is unrelated, -1 is reversed."
            }
            Self::Ssim => {
                "Whether the maps look alike patch by patch, in brightness, contrast and pattern: 1 is identical, near 0 is not alike."
            }
            Self::Emd => {
                "How far importance has to be carried to turn one map into the other, as a share of the picture's diagonal: 0 is nowhere, so lower is more alike."
            }
        }
    }

    /// Which way is more alike.
    #[must_use]
    pub fn more_alike(self) -> MoreAlike {
        match self {
            Self::Emd => MoreAlike::Lower,
            _ => MoreAlike::Higher,
        }
    }

    /// The lowest and highest value it can take.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Pearson | Self::Spearman | Self::Ssim => (-1.0, 1.0),
            Self::Iou | Self::Dice | Self::Emd => (0.0, 1.0),
        }
    }
}

/// The six figures of two maps. `None` (`null` in JSON) where a figure has no meaning: see each
/// function, and [`Similarity::get`] to ask by [`Metric`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Similarity {
    /// Intersection over union of the top shares, 0-1.
    pub iou: Option<f64>,
    /// Dice coefficient of the top shares, 0-1.
    pub dice: Option<f64>,
    /// Pearson's correlation, -1 to 1.
    pub pearson: Option<f64>,
    /// Spearman's correlation, -1 to 1.
    pub spearman: Option<f64>,
    /// Structural similarity, up to 1.
    pub ssim: Option<f64>,
    /// Earth mover's distance as a share of the diagonal, 0-1; 0 is alike.
    pub emd: Option<f64>,
}

impl Similarity {
    /// All six figures; `IoU` and Dice over the `top_share` (0-1) highest pixels of each.
    ///
    /// # Errors
    /// [`CompareError::TopShare`] when the share is not above 0 and at most 1.
    pub fn of(pair: &Pair<'_>, top_share: f64) -> Result<Self, CompareError> {
        if !(top_share > 0.0 && top_share <= 1.0) {
            return Err(CompareError::TopShare(top_share * 100.0));
        }
        let overlap = overlap::Overlap::of(pair, top_share);
        Ok(Self {
            iou: overlap.iou(),
            dice: overlap.dice(),
            pearson: correlation::pearson(pair),
            spearman: correlation::spearman(pair),
            ssim: ssim::ssim(pair),
            emd: Some(emd::emd(pair)),
        })
    }

    /// The figure of one metric.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Iou => self.iou,
            Metric::Dice => self.dice,
            Metric::Pearson => self.pearson,
            Metric::Spearman => self.spearman,
            Metric::Ssim => self.ssim,
            Metric::Emd => self.emd,
        }
    }
}
