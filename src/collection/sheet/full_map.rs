//! A whole map as the shader of the sheet takes it, for pictures that are seen from near.

use ndarray::{Array2, ArrayView2};

use crate::compare::resample::resize;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::Scale;

/// Sides of a whole map on the device, in texels: those of most networks' inputs, and a little.
pub const FULL_MAP_SIDE: u32 = 256;
/// Copies of one, each half as large as the one before.
pub const FULL_MAP_LEVELS: u32 = 3;

/// A map as the shader takes it: of each texel the colour's place between the map's least and largest value,
/// and how many of 256 parts of the map lie above it. Two bytes a texel, row after row;
/// [`FULL_MAP_LEVELS`] levels, the first of [`FULL_MAP_SIDE`] squared. What is not finite counts as in
/// [`Scale::share`].
#[must_use]
pub fn shaded_whole(map: &SaliencyMap) -> Vec<Vec<u8>> {
    let scale = Scale::of(map);
    let side = FULL_MAP_SIDE as usize;
    let mut shares = map.values.mapv(|value| scale.share(value));
    while shares.dim().0.min(shares.dim().1) >= 2 * side {
        shares = halved(shares.view());
    }
    let shares = resize(shares.view(), side, side);
    let mut sorted: Vec<f32> = shares.iter().copied().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let texel = |&share: &f32| {
        let below = sorted.partition_point(|other| *other <= share);
        let above = (sorted.len() - below) * 256 / sorted.len().max(1);
        [(share * 255.0 + 0.5).floor() as u8, above.min(255) as u8]
    };
    let mut level: Vec<u8> = shares.iter().flat_map(texel).collect();
    let mut levels = Vec::with_capacity(FULL_MAP_LEVELS as usize);
    for step in 0..FULL_MAP_LEVELS {
        let next = smaller(&level, side >> step);
        levels.push(std::mem::replace(&mut level, next));
    }
    levels
}

/// The mean of each two by two.
fn halved(values: ArrayView2<'_, f32>) -> Array2<f32> {
    let (height, width) = values.dim();
    Array2::from_shape_fn((height / 2, width / 2), |(y, x)| {
        let block = values.slice(ndarray::s![2 * y..2 * y + 2, 2 * x..2 * x + 2]);
        block.sum() / 4.0
    })
}

/// As [`halved`], of two bytes a texel.
fn smaller(level: &[u8], side: usize) -> Vec<u8> {
    let at = |x: usize, y: usize, byte: usize| {
        let value = level.get((y * side + x) * 2 + byte);
        value.map_or(0, |&value| u32::from(value))
    };
    let half = side / 2;
    let mut out = Vec::with_capacity(half * half * 2);
    for y in 0..half {
        for x in 0..half {
            for byte in 0..2 {
                let [x, y] = [2 * x, 2 * y];
                let sum = at(x, y, byte)
                    + at(x + 1, y, byte)
                    + at(x, y + 1, byte)
                    + at(x + 1, y + 1, byte);
                out.push(((sum + 2) / 4) as u8);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaded(side: usize, of: impl Fn(usize, usize) -> f32) -> Vec<Vec<u8>> {
        let values = Array2::from_shape_fn((side, side), |(y, x)| of(x, y));
        shaded_whole(&SaliencyMap { values })
    }

    #[test]
    fn colours_go_from_the_least_to_the_largest_and_ranks_part_the_map() {
        let levels = shaded(256, |x, y| -3.0 + (y * 256 + x) as f32);
        let sides: Vec<usize> = levels.iter().map(|l| (l.len() / 2).isqrt()).collect();
        assert_eq!(sides, [256, 128, 64]);
        let whole = &levels[0];
        assert_eq!((whole[0], whole[1]), (0, 255));
        assert_eq!((whole[2 * 65_535], whole[2 * 65_535 + 1]), (255, 0));
        // The upper fourth of the places: those of the last 64 rows.
        let shown = whole.chunks_exact(2).filter(|texel| texel[1] < 64).count();
        assert_eq!(shown, 65_536 / 4);
        // The same at every size.
        for level in &levels {
            let shown = level.chunks_exact(2).filter(|texel| texel[1] < 64).count();
            assert!(
                shown.abs_diff(level.len() / 8) <= level.len() / 256,
                "{shown}"
            );
        }
    }

    #[test]
    fn other_sizes_are_brought_to_one_and_keep_their_places() {
        for side in [7, 224, 600, 1024] {
            let levels = shaded(side, |x, y| {
                f32::from(u8::from(2 * x >= side && 2 * y < side))
            });
            let texel = |x: usize, y: usize| levels[0][(y * 256 + x) * 2];
            assert_eq!(texel(200, 40), 255, "{side}");
            assert_eq!((texel(40, 40), texel(200, 200)), (0, 0), "{side}");
        }
    }

    #[test]
    fn a_map_without_values_is_even() {
        for of in [f32::NAN, 4.0] {
            let levels = shaded(16, |_, _| of);
            assert!(levels.iter().flatten().all(|&byte| byte == 0));
        }
        let values = Array2::zeros((0, 0));
        let levels = shaded_whole(&SaliencyMap { values });
        assert_eq!(levels[0].len(), 2 * 256 * 256);
    }
}
