//! XRAI: better attributions through regions (Kapishnikov et al. 2019, arXiv 1906.02825), as
//! `saliency.core.xrai` (PAIR-code/saliency 0.2.1) computes it.
//!
//! Integrated gradients say which pixels matter; XRAI asks which *regions* do. The picture is cut
//! into regions at six scales, and regions are taken in the order of their mean attribution.

mod ranking;
mod region;

use crate::threads::spawn;
use std::sync::OnceLock;
use std::thread;

use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use super::integrated_gradients::{IgParams, integrate};
use super::question::{check_finite, timed};
use super::segmentation::at_xrai_scales;
use super::{
    Attribution, Integration, Question, SaliencyError, SaliencyMap, StageSeconds, Steps, View,
};
use crate::progress::Observer;
use region::Region;

/// Regions grow by this many pixels, so that they include the edges of things.
const DILATION: usize = 5;

/// How regions are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ranking {
    /// The best region first, then the best for what is left, and so on.
    #[default]
    Full,
    /// Sorted once, overlaps not considered.
    Fast,
}

/// Settings of [`xrai`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct XraiParams {
    /// Gradients per baseline.
    pub steps: Steps,
    /// How the gradients add up when their number is given.
    pub integration: Integration,
    /// How regions are ranked.
    pub ranking: Ranking,
}

impl Default for XraiParams {
    fn default() -> Self {
        Self {
            steps: Steps::Count(100),
            integration: Integration::Riemann,
            ranking: Ranking::Full,
        }
    }
}

/// The XRAI map and the integrated gradients under it, averaged over `baselines` (the reference's
/// are [`super::Baseline::Minmax`]). The sum of the map is the sum over pixels of the largest
/// channel of the attributions.
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn xrai(
    question: Question<'_>,
    baselines: &[Array3<f32>],
    params: &XraiParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    let ig = IgParams {
        steps: params.steps,
        integration: params.integration,
        view: View::Signed,
    };
    // Cutting needs no gradient: it goes on beside them, and whoever needs the regions first waits.
    let cut = OnceLock::new();
    let cut = || cut.get_or_init(|| timed(|| Regions::of_finite(question.input)));
    let rank = |pixels: &Array3<f32>| cut().1.rank(pixels, params.ranking);
    thread::scope(|scope| {
        // Without a thread whoever needs the regions first cuts.
        spawn(scope, || {
            cut();
        });
        let (gradients, integral) = timed(|| {
            integrate(question, baselines, &ig, observer, |pixels| {
                Ok(rank(&pixels))
            })
        });
        let integral = integral?;
        let segmentation = cut().0;
        let (ranking, map) = timed(|| rank(&integral.pixels));
        Ok(Attribution {
            pixels: Some(integral.pixels),
            map,
            completeness: Some(integral.completeness),
            steps_used: integral.steps_used,
            logits: integral.logits,
            seconds: StageSeconds {
                gradients,
                segmentation,
                ranking,
            },
        })
    })
}

/// The regions of a label map, dilated.
fn grown(labels: ArrayView2<'_, u32>, shape: [usize; 2]) -> Vec<Region> {
    Region::of_labels(labels)
        .iter()
        .map(|region| region.dilated(DILATION, shape))
        .collect()
}

/// The regions of a picture at all six scales, grown by five pixels; they overlap.
#[derive(Debug, Clone)]
pub struct Regions {
    regions: Vec<Region>,
    shape: [usize; 2],
}

impl Regions {
    /// Cuts a network input `[height, width, channels]` into regions.
    ///
    /// # Errors
    /// When it holds a value that is not finite.
    pub fn of(input: ArrayView3<'_, f32>) -> Result<Self, SaliencyError> {
        check_finite(input, "the input")?;
        Ok(Self::of_finite(input))
    }

    fn of_finite(input: ArrayView3<'_, f32>) -> Self {
        let (height, width, _) = input.dim();
        let shape = [height, width];
        let regions = at_xrai_scales(input, |labels| grown(labels.view(), shape));
        Self {
            regions: regions.into_iter().flatten().collect(),
            shape,
        }
    }

    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.regions.len()
    }

    /// True for a picture without pixels.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The map for attributions `[height, width, channels]` of the same picture: each pixel
    /// counts with its largest channel.
    #[must_use]
    pub fn rank(&self, attribution: &Array3<f32>, ranking: Ranking) -> SaliencyMap {
        let largest = attribution.map_axis(Axis(2), |channels| {
            channels.iter().copied().fold(f32::NEG_INFINITY, f32::max)
        });
        self.rank_pixels(largest.view(), ranking)
    }

    fn rank_pixels(&self, attribution: ArrayView2<'_, f32>, ranking: Ranking) -> SaliencyMap {
        debug_assert_eq!(attribution.shape(), self.shape);
        match ranking {
            Ranking::Full => ranking::rank_full(attribution, &self.regions),
            Ranking::Fast => ranking::rank_fast(attribution, &self.regions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::check::rank::spearman;
    use crate::saliency::testing::{network_input, read_golden};

    #[test]
    fn maps_are_those_of_the_reference() {
        for name in ["cat", "espresso", "rocket"] {
            let (ig, _) = read_golden(&format!("{name}/xrai_ig_mean.npy"));
            let input = network_input(name);
            let ig = ig.into_dimensionality::<ndarray::Ix3>().unwrap();
            let (cutting, regions) = timed(|| Regions::of(input.view()).unwrap());
            for (ranking, file) in [(Ranking::Full, "xrai_full"), (Ranking::Fast, "xrai_fast")] {
                let (want, step) = read_golden(&format!("{name}/{file}.npy"));
                let (seconds, map) = timed(|| regions.rank(&ig, ranking));
                let want: Vec<f32> = want.iter().copied().collect();
                let step = step as isize;
                let got = map.values.slice(ndarray::s![..;step, ..;step]);
                let got: Vec<f32> = got.iter().copied().collect();
                let rank = spearman(&got, &want).unwrap();
                let sum = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
                let off = (sum(&got) - sum(&want)).abs() / sum(&want).abs();
                println!(
                    "{name} {file}: {} regions, Spearman {rank:.6}, sum off {off:.1e}, \
                     regions {:.1} ms, ranking {:.1} ms",
                    regions.len(),
                    cutting * 1e3,
                    seconds * 1e3
                );
                assert!(rank >= 0.999 && off < 1e-4, "{name} {file}");
            }
        }
    }
}
