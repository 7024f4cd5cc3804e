//! Cutting a picture into regions, as XRAI wants them: several scales of
//! [Felzenszwalb's segmentation](PixelGraph), from hundreds of small regions to a few large ones.

mod felzenszwalb;
mod spline;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};

pub use felzenszwalb::PixelGraph;

use super::SaliencyError;
use super::ordered::map_parallel;
use super::question::check_finite;

/// XRAI's scales; larger means larger regions.
pub const XRAI_SCALES: [f64; 6] = [50.0, 100.0, 150.0, 250.0, 500.0, 1200.0];

/// Blur before segmenting, in pixels at [`XRAI_SIDE`].
pub const XRAI_SIGMA: f64 = 0.8;

/// Smallest region in pixels at [`XRAI_SIDE`].
pub const XRAI_MIN_SIZE: u32 = 150;

/// XRAI segments at this size, whatever the network takes, so that the scales mean the same.
pub const XRAI_SIDE: usize = 224;

/// The label maps of the six scales, each `[height, width]` as `input`, numbered from 0; computed
/// as `saliency.core.xrai` (PAIR-code/saliency 0.2.1) does: the input is scaled to [-1, 1] by its
/// smallest and largest value, resized to 224 x 224, segmented there, and the labels come back
/// by nearest neighbour. A constant picture, where the reference divides by zero, is one region.
///
/// # Errors
/// When `input` holds a value that is not finite.
pub fn xrai_label_maps(input: ArrayView3<'_, f32>) -> Result<Vec<Array2<u32>>, SaliencyError> {
    check_finite(input, "the input")?;
    Ok(at_xrai_scales(input, |labels| labels))
}

/// What `finish` makes of each of the [`xrai_label_maps`] of an input that is known to be finite,
/// several at the same time.
pub(super) fn at_xrai_scales<T: Send>(
    input: ArrayView3<'_, f32>,
    finish: impl Fn(Array2<u32>) -> T + Sync,
) -> Vec<T> {
    let (height, width, _) = input.dim();
    let scaled = spread_to_unit(input);
    let small = spline::resize(scaled.view(), [XRAI_SIDE; 2]);
    let graph = PixelGraph::new(small.view(), XRAI_SIGMA);
    map_parallel(XRAI_SCALES.len(), |i| {
        let labels = graph.segment(XRAI_SCALES[i], XRAI_MIN_SIZE);
        finish(if labels.dim() == (height, width) {
            labels
        } else {
            resize_nearest(labels.view(), [height, width])
        })
    })
}

/// Stretched so that the smallest value is -1 and the largest 1, in single precision as the
/// reference does; a constant becomes 0.
fn spread_to_unit(input: ArrayView3<'_, f32>) -> Array3<f64> {
    let (min, max) = input
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &value| {
            (min.min(value), max.max(value))
        });
    let spread = max - min;
    if spread > 0.0 && spread.is_finite() {
        input.mapv(|value| f64::from((value - min) / spread * 2.0 - 1.0))
    } else {
        Array3::zeros(input.raw_dim())
    }
}

fn resize_nearest(labels: ArrayView2<'_, u32>, [height, width]: [usize; 2]) -> Array2<u32> {
    let (from_height, from_width) = labels.dim();
    let at = |i: usize, from: usize, to: usize| {
        let at = ((i as f64 + 0.5) * (from as f64 / to as f64)).floor() as usize;
        at.min(from.saturating_sub(1))
    };
    Array2::from_shape_fn((height, width), |(y, x)| {
        let place = [at(y, from_height, height), at(x, from_width, width)];
        labels.get(place).copied().unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::testing::{network_input, read_golden};

    #[test]
    fn label_maps_are_those_of_scikit_image() {
        for name in ["cat", "espresso", "rocket"] {
            let (golden, step) = read_golden(&format!("{name}/felzenszwalb.npy"));
            let (input, step) = (network_input(name), step as isize);
            let maps = xrai_label_maps(input.view()).unwrap();
            for (scale, map) in maps.iter().enumerate() {
                let map = map.slice(ndarray::s![..;step, ..;step]);
                // Both number labels in the order of their first pixel.
                let same = map
                    .iter()
                    .zip(golden.index_axis(ndarray::Axis(0), scale).iter())
                    .filter(|&(&got, &want)| got as f32 == want)
                    .count();
                let share = same as f64 / map.len() as f64;
                println!("{name} scale {}: {share:.5} equal", XRAI_SCALES[scale]);
                assert!(share >= 0.999, "{name} {scale}: {share}");
            }
        }
    }

    #[test]
    fn constant_and_tiny_pictures_are_one_region_and_nan_is_refused() {
        for shape in [(30, 20, 3), (1, 1, 3), (5, 300, 1)] {
            let maps = xrai_label_maps(Array3::from_elem(shape, 0.25).view()).unwrap();
            assert_eq!(maps.len(), 6);
            for map in maps {
                assert_eq!(map.dim(), (shape.0, shape.1));
                assert!(map.iter().all(|&label| label == 0));
            }
        }
        let mut input = Array3::zeros((4, 4, 3));
        input[[1, 2, 0]] = f32::NAN;
        let message = xrai_label_maps(input.view()).unwrap_err().to_string();
        assert!(message.contains("row 1, column 2"), "{message}");
    }
}
