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

    /// How it is computed, where others compute it otherwise by default: half a sentence.
    #[must_use]
    pub fn settings(self) -> Option<&'static str> {
        (self == Self::Ssim).then_some(
            "windows of 5 x 5 pixels, each map scaled to -1..1; scikit-image's default is 7 x 7, unscaled",
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// A smooth map, or one of plateaus with many equal values, that NumPy computes alike.
    fn wave(height: usize, width: usize, phase: f64, plateaus: bool) -> Array2<f32> {
        let stretch = if plateaus { 2.0 } else { 1.0 };
        Array2::from_shape_fn((height, width), |(y, x)| {
            let (y, x) = (y as f64, x as f64);
            let v = (0.11 * x + phase).sin()
                + (0.07 * y - phase).cos()
                + 0.5 * (0.013 * x * y / stretch + phase).sin();
            (if plateaus { (v * 8.0).floor() / 8.0 } else { v }) as f32
        })
    }

    fn of(a: &Array2<f32>, b: &Array2<f32>) -> Similarity {
        Similarity::of(&Pair::new("a", a.view(), "b", b.view()).unwrap(), 0.1).unwrap()
    }

    /// Figures by NumPy 2.4.6 (stable argsort of -map for the top 10 %), `scipy.stats.pearsonr`
    /// and `spearmanr` (SciPy 1.17.1), `skimage.metrics.structural_similarity(win_size=5,
    /// data_range=2)` of maps scaled to [-1, 1] (scikit-image 0.26.0), `ot.emd2` (POT 0.9) over
    /// the grid's cells, and for the last two also `scipy.stats.wasserstein_distance_nd`, which
    /// gives the same.
    #[test]
    fn as_the_reference_implementations() {
        let cases = [
            (
                (40, 60, 0.0, 0.7, false),
                [
                    0.3259669, 0.4916667, 0.8196214, 0.8045461, 0.3384697, 0.0288586,
                ],
            ),
            (
                (64, 64, 0.0, 0.4, true),
                [
                    0.6237624, 0.7682927, 0.9399114, 0.9341819, 0.6138712, 0.0174618,
                ],
            ),
            (
                (33, 21, 0.3, 2.0, true),
                [0.0, 0.0, -0.3252895, -0.3557262, -0.2822066, 0.1366558],
            ),
            (
                (7, 9, 0.0, 1.1, false),
                [
                    0.0909091, 0.1666667, 0.246226, 0.2436156, -0.040292, 0.1317075,
                ],
            ),
            (
                (5, 50, 0.0, 0.5, false),
                [0.25, 0.4, 0.8849283, 0.8711245, 0.5404092, 0.0507578],
            ),
        ];
        for ((h, w, p, q, plateaus), want) in cases {
            let got = of(&wave(h, w, p, plateaus), &wave(h, w, q, plateaus));
            for (metric, want) in Metric::ALL.into_iter().zip(want) {
                let got = got.get(metric).unwrap();
                assert!(
                    (got - want).abs() < 1e-6,
                    "{h} x {w} {}: {got} is not {want}",
                    metric.name()
                );
            }
        }
    }

    #[test]
    fn order_of_the_two_does_not_matter() {
        let (a, b) = (wave(30, 44, 0.1, false), wave(19, 50, 1.0, true));
        let (ab, ba) = (of(&a, &b), of(&b, &a));
        for metric in Metric::ALL {
            assert!(
                (ab.get(metric).unwrap() - ba.get(metric).unwrap()).abs() < 1e-9,
                "{}",
                metric.name()
            );
        }
    }

    #[test]
    fn large_offsets_and_tiny_scales_change_nothing_that_should_not() {
        let (a, b) = (wave(40, 40, 0.0, true), wave(40, 40, 0.9, true));
        let want = of(&a, &b);
        for (factor, offset) in [(1e-30f32, 0.0f32), (1e30, 0.0), (4.0, 64.0)] {
            let got = of(&(&a * factor + offset), &b);
            for metric in Metric::ALL {
                let (g, w) = (got.get(metric).unwrap(), want.get(metric).unwrap());
                assert!(
                    (g - w).abs() < 1e-5,
                    "{} x {factor}: {g} is not {w}",
                    metric.name()
                );
            }
        }
    }

    #[test]
    fn corner_to_corner_is_nearly_the_whole_diagonal() {
        let at = |y, x| {
            let mut map = Array2::zeros((160, 160));
            map[[y, x]] = 1.0f32;
            map
        };
        let far = of(&at(0, 0), &at(159, 159)).emd.unwrap();
        assert!((far - 15.0 / 16.0).abs() < 1e-9, "{far}");
        assert_eq!(of(&at(80, 80), &at(81, 85)).emd, Some(0.0));
    }

    #[test]
    fn constant_maps_have_no_correlation_but_a_distance() {
        let zero = Array2::zeros((20, 20));
        let got = of(&zero, &zero);
        assert_eq!((got.pearson, got.spearman), (None, None));
        assert_eq!(
            (got.iou, got.ssim, got.emd),
            (Some(1.0), Some(1.0), Some(0.0))
        );
        let got = of(&zero, &wave(20, 20, 0.0, false));
        assert_eq!((got.pearson, got.spearman), (None, None));
        assert!(got.emd.unwrap() > 0.0);
    }
}
