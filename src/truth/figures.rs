//! Three figures of a map and the truth.

use ndarray::Array2;
use serde::Serialize;

use crate::picture::Region;
use crate::saliency::SaliencyMap;

/// How well a map finds the thing. Everything is counted in the pixels of the picture that the network
/// saw; each takes the value of the map's pixel over its centre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Localisation {
    /// The pointing game: whether the map's highest value (the first of equal ones, row by row) lies on the
    /// thing, by the centre of its pixel.
    pub pointing: bool,
    /// The same over all pixels of the map that have the highest value, as a share, 0-1: many have it where
    /// the map is made of regions.
    pub pointing_share: f64,
    /// Intersection over union of the thing and the most important share of the map, 0-1.
    pub iou: f64,
    /// Share of the map's values above 0 that lies on the thing, 0-1.
    pub energy: f64,
    /// Share of what the network saw that is the thing, 0-1: what a map of chance reaches in `energy`.
    pub truth_share: f64,
    /// Share of the thing that lies in what the network saw, 0-1.
    pub truth_seen: f64,
}

/// The figures of `map`, which covers `region` of the picture, against `truth` (`[height, width]` of the
/// picture), with the top `share` (0-1) of the map by [`SaliencyMap::cut_for_top`]. `None` where there is
/// nothing to see in the map, or no part of the thing in the region.
#[must_use]
pub fn localise(
    map: &SaliencyMap,
    region: Region,
    truth: &Array2<bool>,
    share: f64,
) -> Option<Localisation> {
    if map.blank().is_some() {
        return None;
    }
    let (rows, columns) = map.values.dim();
    let part = region.cut(truth.view());
    let (height, width) = part.dim();
    let cut = map.cut_for_top(share);
    let at = |pixel: usize, count: usize, pixels: usize| (2 * pixel + 1) * count / (2 * pixels);
    let (mut both, mut either, mut thing) = (0u64, 0u64, 0u64);
    let (mut inside, mut all) = (0.0f64, 0.0f64);
    for ((y, x), &is_thing) in part.indexed_iter() {
        let place = [at(y, rows, height), at(x, columns, width)];
        let value = map.values.get(place).copied().unwrap_or(0.0);
        let top = value >= cut;
        both += u64::from(top && is_thing);
        either += u64::from(top || is_thing);
        thing += u64::from(is_thing);
        let energy = f64::from(value.max(0.0));
        all += energy;
        if is_thing {
            inside += energy;
        }
    }
    if thing == 0 || all <= 0.0 {
        return None;
    }
    let highest = map.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut hits, mut peaks, mut pointing) = (0u64, 0u64, None);
    for ((row, column), _) in map.values.indexed_iter().filter(|(_, v)| **v == highest) {
        let centre = [at(row, height, rows), at(column, width, columns)];
        let hit = part.get(centre).copied().unwrap_or(false);
        pointing = pointing.or(Some(hit));
        peaks += 1;
        hits += u64::from(hit);
    }
    let whole = truth.iter().filter(|inside| **inside).count();
    Some(Localisation {
        pointing: pointing.unwrap_or(false),
        pointing_share: hits as f64 / peaks.max(1) as f64,
        iou: both as f64 / either.max(1) as f64,
        energy: inside / all,
        truth_share: thing as f64 / part.len() as f64,
        truth_seen: thing as f64 / whole.max(1) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: Region = Region {
        x: 10,
        y: 0,
        width: 60,
        height: 60,
    };

    fn map() -> SaliencyMap {
        SaliencyMap {
            values: Array2::from_shape_fn((24, 24), |(y, x)| {
                ((x * 7 + y * 13) % 101) as f32 - 20.0 + ((x * y) % 17) as f32
            }),
        }
    }

    fn truth() -> Array2<bool> {
        Array2::from_shape_fn((60, 90), |(y, x)| {
            (y as i64 - 30).pow(2) + (x as i64 - 20).pow(2) < 400
        })
    }

    /// NumPy 2.4.6: `m = map[((2*y+1)*24)//120][:, ((2*x+1)*24)//120]`, `t = truth[:, 10:70]`,
    /// `top = m >= np.sort(map, None)[-58]`, `(top & t).sum() / (top | t).sum()`,
    /// `np.maximum(m, 0)[t].sum() / np.maximum(m, 0).sum()`, `t.mean()`, `t.sum() / truth.sum()`.
    #[test]
    fn figures_are_numpys() {
        let got = localise(&map(), REGION, &truth(), 0.1).unwrap();
        for (got, want) in [
            (got.iou, IOU),
            (got.energy, ENERGY),
            (got.truth_share, TRUTH_SHARE),
            (got.truth_seen, TRUTH_SEEN),
        ] {
            assert!((got - want).abs() < 1e-9, "{got} {want}");
        }
        assert_eq!(got.pointing, POINTING);
    }

    const IOU: f64 = 0.0950191570881226;
    const ENERGY: f64 = 0.29202452170822724;
    const TRUTH_SHARE: f64 = 0.2833333333333333;
    const TRUTH_SEEN: f64 = 0.8192771084337349;
    const POINTING: bool = false;

    #[test]
    fn equal_highest_values_share_the_hit() {
        let mut values = Array2::zeros((4, 4));
        values[[0, 0]] = 2.0;
        values[[3, 3]] = 2.0;
        let truth = Array2::from_shape_fn((8, 8), |(y, x)| y < 2 && x < 2);
        let region = Region {
            x: 0,
            y: 0,
            width: 8,
            height: 8,
        };
        let got = localise(&SaliencyMap { values }, region, &truth, 0.1).unwrap();
        assert!(got.pointing && got.pointing_share == 0.5 && got.energy == 0.5);
        // Top 10 % of 16 pixels is two of them; four pixels of the picture each.
        assert_eq!(got.iou, 4.0 / 8.0);
    }

    #[test]
    fn nothing_to_see_or_to_find_has_no_figures() {
        let blank = SaliencyMap {
            values: Array2::zeros((24, 24)),
        };
        assert_eq!(localise(&blank, REGION, &truth(), 0.1), None);
        let elsewhere = Array2::from_shape_fn((60, 90), |(_, x)| x > 80);
        assert_eq!(localise(&map(), REGION, &elsewhere, 0.1), None);
    }
}
