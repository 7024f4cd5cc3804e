//! Where a network looked, 16 x 16 places in 8 bits: small enough for every picture of a collection.

use ndarray::Array2;

/// Places of a side.
pub const SIDE: usize = 16;
/// Places of a map.
pub const PLACES: usize = SIDE * SIDE;
/// So many places from the edge belong to the border: an eighth of the side.
const BORDER: usize = 2;

/// A map of 16 x 16 places, row after row, 255 where it is largest; over the part of the picture that
/// the network sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoarseMap(pub [u8; PLACES]);

impl Default for CoarseMap {
    fn default() -> Self {
        Self([0; PLACES])
    }
}

/// What a map comes to. All are NaN where it is zero everywhere, [`Self::blobs`] is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Centre of mass from the left, 0 to 1.
    pub centre_x: f32,
    /// Centre of mass from the top, 0 to 1.
    pub centre_y: f32,
    /// Root mean square distance from that centre, in sides of the map.
    pub spread: f32,
    /// Share of the sum that lies less than an eighth of the side from the edge, 0 to 1.
    pub border: f32,
    /// Number of separate regions of at least half of the largest value; places that touch at a
    /// corner belong together.
    pub blobs: f32,
}

impl Figures {
    pub(crate) fn to_array(self) -> [f32; 5] {
        [
            self.centre_x,
            self.centre_y,
            self.spread,
            self.border,
            self.blobs,
        ]
    }

    pub(crate) fn from_array([centre_x, centre_y, spread, border, blobs]: [f32; 5]) -> Self {
        Self {
            centre_x,
            centre_y,
            spread,
            border,
            blobs,
        }
    }
}

impl CoarseMap {
    /// The map of 16 x 16 values (other places count as zero), and the value that 255 stands for.
    /// What is below zero is cut off.
    #[must_use]
    pub fn of(values: &Array2<f32>) -> (Self, f32) {
        let most = values.iter().copied().fold(0.0, f32::max);
        let mut map = Self::default();
        if most > 0.0 {
            for (i, place) in map.0.iter_mut().enumerate() {
                let value = values.get((i / SIDE, i % SIDE)).copied().unwrap_or(0.0);
                *place = (value.max(0.0) / most * 255.0).round() as u8;
            }
        }
        (map, most)
    }

    /// Its figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let at = |i: usize| (i as f64 + 0.5) / SIDE as f64;
        let values = || {
            let value = |(i, &v): (usize, &u8)| (i % SIDE, i / SIDE, f64::from(v));
            self.0.iter().enumerate().map(value)
        };
        let sum: f64 = values().map(|(_, _, v)| v).sum();
        let mean = |of: &dyn Fn(usize, usize) -> f64| {
            values().map(|(x, y, v)| v * of(x, y)).sum::<f64>() / sum
        };
        let (cx, cy) = (mean(&|x, _| at(x)), mean(&|_, y| at(y)));
        let square = mean(&|x, y| (at(x) - cx).powi(2) + (at(y) - cy).powi(2));
        let inside = BORDER..SIDE - BORDER;
        let border = mean(&|x, y| f64::from(!(inside.contains(&x) && inside.contains(&y))));
        Figures {
            centre_x: cx as f32,
            centre_y: cy as f32,
            spread: square.sqrt() as f32,
            border: border as f32,
            blobs: self.blobs() as f32,
        }
    }

    fn blobs(&self) -> usize {
        let most = u16::from(self.0.iter().copied().max().unwrap_or(0));
        let mut open: Vec<bool> = self
            .0
            .iter()
            .map(|&v| most > 0 && 2 * u16::from(v) >= most)
            .collect();
        let mut blobs = 0;
        let mut reached = Vec::new();
        for start in 0..PLACES {
            if !open.get(start).copied().unwrap_or(false) {
                continue;
            }
            blobs += 1;
            reached.push(start);
            while let Some(place) = reached.pop() {
                let Some(there) = open.get_mut(place).filter(|there| **there) else {
                    continue;
                };
                *there = false;
                let (x, y) = (place % SIDE, place / SIDE);
                for ny in y.saturating_sub(1)..=(y + 1).min(SIDE - 1) {
                    for nx in x.saturating_sub(1)..=(x + 1).min(SIDE - 1) {
                        reached.push(ny * SIDE + nx);
                    }
                }
            }
        }
        blobs
    }
}

/// How far two maps agree: Spearman's correlation of their places, -1 to 1; NaN where one has one value
/// everywhere.
#[must_use]
pub fn agreement(a: &CoarseMap, b: &CoarseMap) -> f32 {
    let (a, b) = (ranks(a), ranks(b));
    // The mean of all ranks, ties among them, is the same.
    let mean = (PLACES as f64 - 1.0) / 2.0;
    let (mut both, mut own, mut other) = (0.0f64, 0.0f64, 0.0f64);
    for (a, b) in a.iter().zip(&b) {
        let (a, b) = (f64::from(*a) - mean, f64::from(*b) - mean);
        both += a * b;
        own += a * a;
        other += b * b;
    }
    (both / (own * other).sqrt()) as f32
}

/// The rank of each place, from 0; equal ones share the mean of theirs.
fn ranks(map: &CoarseMap) -> [f32; PLACES] {
    let mut counts = [0u16; 256];
    for &value in &map.0 {
        counts[usize::from(value)] += 1;
    }
    let mut before = 0u16;
    let of_value = counts.map(|count| {
        let rank = f32::from(before) + (f32::from(count) - 1.0) / 2.0;
        before += count;
        rank
    });
    map.0.map(|value| of_value[usize::from(value)])
}

/// The mean of many maps, each as it lies in 8 bits: 16 x 16 values of 0 to 255, row after row; zero
/// without any.
#[must_use]
pub fn mean_map<'a>(maps: impl IntoIterator<Item = &'a CoarseMap>) -> [f32; PLACES] {
    let mut sums = [0u64; PLACES];
    let mut count = 0u64;
    let mut maps = maps.into_iter().peekable();
    while maps.peek().is_some() {
        // So few that their sums fit 16 bits, which several places are added in at a time.
        let mut part = [0u16; PLACES];
        for map in maps.by_ref().take(257) {
            for (sum, &value) in part.iter_mut().zip(&map.0) {
                *sum += u16::from(value);
            }
            count += 1;
        }
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += u64::from(value);
        }
    }
    sums.map(|sum| (sum as f64 / count.max(1) as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few spots on noise, from numbers that are the same everywhere.
    fn sample(seed: u32) -> CoarseMap {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 24
        };
        let mut map = CoarseMap::default();
        for place in &mut map.0 {
            *place = (next() * 100 / 255) as u8;
        }
        for _ in 0..seed % 5 {
            let (x, y) = (next() as usize % 16, next() as usize % 16);
            map.0[y * 16 + x] = 200 + (next() % 56) as u8;
        }
        map
    }

    /// Of the same maps in NumPy and SciPy (`ndimage.label` with all eight neighbours).
    const WANT: [[f64; 5]; 5] = [
        [0.499944417, 0.513105618, 0.413520535, 0.458974557, 1.0],
        [0.498992533, 0.493600849, 0.401642543, 0.422589491, 2.0],
        [0.513957307, 0.503237423, 0.399038466, 0.392148082, 3.0],
        [0.497789066, 0.520734359, 0.411881517, 0.435243385, 4.0],
        [0.487709482, 0.506568201, 0.406719835, 0.431650403, 5.0],
    ];

    #[test]
    fn figures_are_those_of_numpy() {
        for (seed, want) in WANT.iter().enumerate() {
            let figures = sample(seed as u32 + 1).figures().to_array();
            for (ours, theirs) in figures.iter().zip(want) {
                let off = (f64::from(*ours) - theirs).abs();
                assert!(off < 1e-6, "map {seed}: {figures:?} for {want:?}");
            }
        }
    }

    #[test]
    fn a_map_of_nothing_has_no_centre() {
        let figures = CoarseMap::default().figures();
        assert!(figures.centre_x.is_nan() && figures.spread.is_nan() && figures.border.is_nan());
        assert_eq!(figures.blobs, 0.0);
    }

    #[test]
    fn values_are_scaled_to_the_largest() {
        let mut values = Array2::zeros((16, 16));
        values[[2, 3]] = 0.5;
        values[[2, 4]] = 0.25;
        values[[9, 9]] = -1.0;
        let (map, most) = CoarseMap::of(&values);
        assert_eq!(
            (map.0[35], map.0[36], map.0[9 * 16 + 9], most),
            (255, 128, 0, 0.5)
        );
        assert_eq!(
            CoarseMap::of(&Array2::zeros((16, 16))).0,
            CoarseMap::default()
        );
    }

    #[test]
    fn the_mean_is_that_of_every_place_however_many_there_are() {
        let maps: Vec<CoarseMap> = (0..1000).map(sample).collect();
        let mean = mean_map(&maps);
        for (i, &mean) in mean.iter().enumerate() {
            let want = maps.iter().map(|m| f64::from(m.0[i])).sum::<f64>() / 1000.0;
            assert!((f64::from(mean) - want).abs() < 1e-4);
        }
        let same = sample(3);
        assert!((agreement(&same, &same) - 1.0).abs() < 1e-6);
        let turned = CoarseMap(same.0.map(|v| 255 - v));
        assert!((agreement(&same, &turned) + 1.0).abs() < 1e-6);
        assert!(agreement(&same, &CoarseMap::default()).is_nan());
        let white = vec![CoarseMap([255; PLACES]); 600];
        assert_eq!(mean_map(&white), [255.0; PLACES]);
        assert_eq!(mean_map(&[]), [0.0; PLACES]);
    }
}
