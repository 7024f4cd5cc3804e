//! The K colours that stand for a coloured map, and the share of the picture each takes.
//!
//! As in the paper: K-means on the map's RGB values. The paper runs scikit-learn's; here
//! `kmeans_colors` finds the centres (k-means++ and Lloyd's algorithm) from many seeds, each
//! result is brought to rest on the exact histogram of colours, and the one with the least
//! inertia is kept, which is what `sklearn.cluster.KMeans(n_init=...)` does too.

use std::collections::HashMap;

use image::RgbImage;
use kmeans_colors::get_kmeans;
use palette::Srgb;
use serde::Serialize;

use super::CompareError;
use super::colour_name::{colour_name, lightness};

/// Fewest colours that can be asked for.
pub const MIN_COLOURS: usize = 2;
/// Most colours that can be asked for.
pub const MAX_COLOURS: usize = 10;
/// Number of colours shown at first.
pub const DEFAULT_COLOURS: usize = 6;

/// Starts from different seeds; scikit-learn's examples take 10.
const STARTS: u64 = 16;
/// A map's colours come from a table of this many, see [`contiguous`].
const TABLE: usize = 256;
/// Pixels that stand for the picture while centres are looked for; [`settle`] then looks at all.
const SAMPLE: usize = 512;
/// Distinct colours up to which they are counted one by one. A coloured map has at most 256; a
/// photograph's are counted in steps of 8 per channel.
const EXACT_COLOURS: usize = 1 << 14;

/// One of the colours, and how much of the picture it stands for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopColour {
    /// The centre of its pixels, sRGB, rounded.
    pub rgb: [u8; 3],
    /// Share of the pixels that are nearer to this colour than to any other, above 0; all shares
    /// add up to 1.
    pub share: f64,
    /// What people call it, such as "dark purple".
    pub name: String,
}

/// The `k` colours of `picture`, dark to light. Fewer when it has fewer distinct colours; none
/// for a picture without pixels. The same `seed` gives the same colours.
///
/// # Errors
/// [`CompareError::ColourCount`] when `k` is not from [`MIN_COLOURS`] to [`MAX_COLOURS`].
pub fn top_colours(
    picture: &RgbImage,
    k: usize,
    seed: u64,
) -> Result<Vec<TopColour>, CompareError> {
    if !(MIN_COLOURS..=MAX_COLOURS).contains(&k) {
        return Err(CompareError::ColourCount { got: k });
    }
    let colours = histogram(picture);
    if colours.is_empty() {
        return Ok(Vec::new());
    }
    let sample = sample(&colours);
    let best = (0..STARTS)
        .map(|start| {
            let found = get_kmeans(k, 20, 1e-5, false, &sample, seed.wrapping_add(start));
            let centres = found.centroids.iter();
            centres
                .map(|c| [c.red, c.green, c.blue].map(f64::from))
                .collect()
        })
        .chain((colours.len() <= TABLE).then(|| contiguous(&colours, k)))
        .map(|centres| settle(&colours, centres))
        .min_by(|a, b| a.inertia.total_cmp(&b.inertia));
    let total: f64 = colours.iter().map(|c| c.weight).sum();
    let mut tops: Vec<TopColour> = best
        .map(|c| c.centres)
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, weight)| *weight > 0.0)
        .map(|(centre, weight)| {
            let rgb = centre.map(|c| (c * 255.0).round().clamp(0.0, 255.0) as u8);
            TopColour {
                rgb,
                share: weight / total,
                name: colour_name(rgb),
            }
        })
        .collect();
    tops.sort_by(|a, b| lightness(a.rgb).total_cmp(&lightness(b.rgb)));
    Ok(tops)
}

/// A colour, 0-1 a channel, and how many pixels have it.
struct Colour {
    rgb: [f64; 3],
    weight: f64,
}

impl Colour {
    fn bytes(&self) -> [u8; 3] {
        self.rgb
            .map(|c| (c * 255.0).round().clamp(0.0, 255.0) as u8)
    }
}

/// The distinct colours in a fixed order.
fn histogram(picture: &RgbImage) -> Vec<Colour> {
    let mut counts: HashMap<[u8; 3], u64> = HashMap::new();
    let mut exact = true;
    // Neighbours are often equal: count a run, look the colour up once.
    let mut pixels = picture
        .as_raw()
        .chunks_exact(3)
        .map(|p| [p[0], p[1], p[2]])
        .peekable();
    while let Some(pixel) = pixels.next() {
        let mut run = 1;
        while pixels.next_if_eq(&pixel).is_some() {
            run += 1;
        }
        *counts.entry(pixel).or_default() += run;
        if counts.len() > EXACT_COLOURS {
            exact = false;
            break;
        }
    }
    let mut colours: Vec<([f64; 3], u64)> = if exact {
        counts
            .into_iter()
            .map(|(rgb, n)| (rgb.map(f64::from), n))
            .collect()
    } else {
        by_steps(picture)
    };
    colours.sort_by(|(a, _), (b, _)| {
        a.iter()
            .zip(b)
            .map(|(a, b)| a.total_cmp(b))
            .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    colours
        .into_iter()
        .map(|(rgb, n)| Colour {
            rgb: rgb.map(|c| c / 255.0),
            weight: n as f64,
        })
        .collect()
}

/// Colours counted in steps of 8 per channel, each step by the mean of its pixels.
fn by_steps(picture: &RgbImage) -> Vec<([f64; 3], u64)> {
    let mut steps = vec![([0u64; 3], 0u64); 1 << 15];
    for p in picture.as_raw().chunks_exact(3) {
        let step = p.iter().fold(0, |i, &c| i << 5 | usize::from(c >> 3));
        let (sum, n) = &mut steps[step];
        for (s, &c) in sum.iter_mut().zip(p) {
            *s += u64::from(c);
        }
        *n += 1;
    }
    steps
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(sum, n)| (sum.map(|s| s as f64 / n as f64), n))
        .collect()
}

/// Colours in proportion to their weight, about [`SAMPLE`] of them: those at equal steps through
/// the sorted pixels. Each distinct colour of a map with few is in it, however rare.
fn sample(colours: &[Colour]) -> Vec<Srgb<f32>> {
    let total: f64 = colours.iter().map(|c| c.weight).sum();
    let step = total / SAMPLE as f64;
    let mut sample = Vec::with_capacity(SAMPLE + colours.len().min(SAMPLE));
    let mut passed = 0.0;
    let mut taken = 0.0;
    for colour in colours {
        passed += colour.weight;
        let mut copies = ((passed / step).round() - taken).max(0.0);
        taken += copies;
        if copies == 0.0 && colours.len() <= SAMPLE {
            copies = 1.0;
        }
        let [red, green, blue] = colour.rgb.map(|c| c as f32);
        sample.extend(std::iter::repeat_n(
            Srgb::new(red, green, blue),
            copies as usize,
        ));
    }
    sample
}

/// The centres of the best clustering that cuts the colours, in order of lightness, into `k`
/// runs: dynamic programming (Fisher 1958).
///
/// A map's colours lie on a curve that grows lighter all along, so its clusters are runs, or
/// nearly so; many clusterings are almost as good, and this finds the one that random starts can
/// miss. Quadratic in the number of colours, so for maps only.
fn contiguous(colours: &[Colour], k: usize) -> Vec<[f64; 3]> {
    let mut ordered: Vec<&Colour> = colours.iter().collect();
    ordered.sort_by(|a, b| lightness(a.bytes()).total_cmp(&lightness(b.bytes())));
    let n = ordered.len();
    // Sums over the first i colours: weight, weighted colour, weighted square.
    let mut sums = vec![(0.0, [0.0; 3], 0.0)];
    for colour in &ordered {
        let (mut w, mut c, mut q) = *sums.last().unwrap_or(&(0.0, [0.0; 3], 0.0));
        w += colour.weight;
        for (c, v) in c.iter_mut().zip(colour.rgb) {
            *c += v * colour.weight;
            q += v * v * colour.weight;
        }
        sums.push((w, c, q));
    }
    let run = |i: usize, j: usize| {
        let ((w0, c0, q0), (w1, c1, q1)) = (sums[i], sums[j]);
        let (w, q) = (w1 - w0, q1 - q0);
        let mean: [f64; 3] = std::array::from_fn(|c| (c1[c] - c0[c]) / w);
        (mean, q - w * mean.iter().map(|m| m * m).sum::<f64>())
    };
    // least[j]: least inertia of the first j colours in as many runs as there were rounds.
    let mut least: Vec<f64> = (0..=n)
        .map(|j| if j == 0 { 0.0 } else { run(0, j).1 })
        .collect();
    let mut cuts: Vec<Vec<usize>> = vec![vec![0; n + 1]];
    for _ in 1..k.min(n) {
        let round: Vec<(f64, usize)> = (0..=n)
            .map(|j| {
                (0..j)
                    .map(|i| (least[i] + run(i, j).1, i))
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .unwrap_or((0.0, 0))
            })
            .collect();
        least = round.iter().map(|r| r.0).collect();
        cuts.push(round.into_iter().map(|r| r.1).collect());
    }
    let mut end = n;
    let mut centres = Vec::with_capacity(k);
    for cut in cuts.iter().rev() {
        if end > cut[end] {
            centres.push(run(cut[end], end).0);
        }
        end = cut[end];
    }
    centres
}

struct Clustering {
    /// Centre and the weight of the colours nearest to it.
    centres: Vec<([f64; 3], f64)>,
    /// Sum over pixels of the squared distance to their centre.
    inertia: f64,
}

/// Lloyd's algorithm on the weighted colours until no colour changes its centre.
fn settle(colours: &[Colour], start: Vec<[f64; 3]>) -> Clustering {
    let mut centres: Vec<([f64; 3], f64)> = start.into_iter().map(|c| (c, 0.0)).collect();
    let mut nearest = vec![usize::MAX; colours.len()];
    let mut inertia = f64::INFINITY;
    for _ in 0..300 {
        let mut sums = vec![([0.0; 3], 0.0); centres.len()];
        let mut moved = false;
        inertia = 0.0;
        for (colour, mine) in colours.iter().zip(&mut nearest) {
            let (mut best, mut least) = (0, f64::INFINITY);
            for (i, (centre, _)) in centres.iter().enumerate() {
                let d: f64 = centre
                    .iter()
                    .zip(colour.rgb)
                    .map(|(c, v)| (c - v) * (c - v))
                    .sum();
                if d < least {
                    (best, least) = (i, d);
                }
            }
            moved |= *mine != best;
            *mine = best;
            inertia += least * colour.weight;
            if let Some((sum, weight)) = sums.get_mut(best) {
                for (s, v) in sum.iter_mut().zip(colour.rgb) {
                    *s += v * colour.weight;
                }
                *weight += colour.weight;
            }
        }
        for (centre, (sum, weight)) in centres.iter_mut().zip(sums) {
            // A centre that lost all its colours stays; it ends with weight 0 and is left out.
            let at = if weight > 0.0 {
                sum.map(|s| s / weight)
            } else {
                centre.0
            };
            *centre = (at, weight);
        }
        if !moved {
            break;
        }
    }
    Clustering { centres, inertia }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::SaliencyMap;
    use crate::saliency::colormap::{Colormap, Scale, colour};
    use image::Rgb;

    #[test]
    fn clear_groups_are_found_dark_to_light() {
        let picture = RgbImage::from_fn(100, 10, |x, y| {
            let shade = (x + y) as u8 % 3;
            Rgb(match x {
                0..20 => [250 - shade, 240, 60],
                20..70 => [shade, 0, 4],
                _ => [180, 20 + shade, 70],
            })
        });
        let colours = top_colours(&picture, 3, 1).unwrap();
        let shares: Vec<f64> = colours.iter().map(|c| c.share).collect();
        assert_eq!(shares, [0.5, 0.3, 0.2]);
        assert_eq!(colours[2].name, "yellow");
        assert_eq!(colours[0].name, "black");
    }

    #[test]
    fn few_colours_give_few_slices() {
        let one = RgbImage::from_pixel(4, 4, Rgb([7, 8, 9]));
        let colours = top_colours(&one, 6, 0).unwrap();
        assert_eq!(colours.len(), 1);
        assert_eq!((colours[0].rgb, colours[0].share), ([7, 8, 9], 1.0));
        let two = RgbImage::from_fn(4, 1, |x, _| Rgb([if x == 0 { 0 } else { 200 }; 3]));
        let shares: Vec<f64> = top_colours(&two, 10, 0)
            .unwrap()
            .iter()
            .map(|c| c.share)
            .collect();
        assert_eq!(shares, [0.25, 0.75]);
        assert!(top_colours(&RgbImage::new(0, 0), 4, 0).unwrap().is_empty());
    }

    #[test]
    fn the_same_seed_gives_the_same_and_shares_add_up() {
        let picture = RgbImage::from_fn(24, 24, |x, y| {
            Rgb([(x * 10) as u8, (y * 10) as u8, (x * y) as u8])
        });
        for k in MIN_COLOURS..=MAX_COLOURS {
            let colours = top_colours(&picture, k, 9).unwrap();
            assert_eq!(colours, top_colours(&picture, k, 9).unwrap());
            assert_eq!(colours.len(), k);
            assert!((colours.iter().map(|c| c.share).sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(
                colours
                    .windows(2)
                    .all(|w| lightness(w[0].rgb) <= lightness(w[1].rgb))
            );
        }
    }

    #[test]
    fn a_photograph_of_very_many_colours_is_counted_in_steps() {
        let picture = RgbImage::from_fn(256, 256, |x, y| Rgb([x as u8, y as u8, (x ^ y) as u8]));
        let colours = top_colours(&picture, 4, 2).unwrap();
        assert!((colours.iter().map(|c| c.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// Shares by `sklearn.cluster.KMeans(6, n_init=50, random_state=0)` (scikit-learn 1.9.1) of the
    /// same maps in inferno colours, dark to light. On smooth maps such as the first and the last,
    /// its 50 starts end up to 1 % of the picture away from the best clustering, which ours finds.
    #[test]
    fn shares_are_those_of_scikit_learn() {
        let wave = |height: usize, width: usize, phase: f64, plateaus: bool| {
            let stretch = if plateaus { 2.0 } else { 1.0 };
            let values = ndarray::Array2::from_shape_fn((height, width), |(y, x)| {
                let (y, x) = (y as f64, x as f64);
                let v = (0.11 * x + phase).sin()
                    + (0.07 * y - phase).cos()
                    + 0.5 * (0.013 * x * y / stretch + phase).sin();
                (if plateaus { (v * 8.0).floor() / 8.0 } else { v }) as f32
            });
            SaliencyMap { values }
        };
        for (map, want) in [
            (
                wave(40, 60, 0.0, false),
                [0.05792, 0.2075, 0.23167, 0.26125, 0.14958, 0.09208],
            ),
            (
                wave(64, 64, 0.4, true),
                [0.06909, 0.12061, 0.32227, 0.23291, 0.16455, 0.09058],
            ),
            (
                wave(100, 120, 2.0, false),
                [0.07033, 0.19992, 0.25142, 0.23892, 0.18367, 0.05575],
            ),
        ] {
            let picture = colour(&map, Scale::of(&map), Colormap::Inferno);
            let got = top_colours(&picture, 6, 0).unwrap();
            for (got, want) in got.iter().zip(want) {
                assert!(
                    (got.share - want).abs() < 0.02,
                    "{} is not {want}: {got:?}",
                    got.share
                );
            }
        }
    }

    /// The least inertia of a clustering into runs along the table, by NumPy on the same map; the
    /// shares are those of its runs.
    #[test]
    fn the_best_clustering_of_a_map_is_found() {
        let values = ndarray::Array2::from_shape_fn((64, 64), |(y, x)| {
            let (y, x) = (y as f64, x as f64);
            let v = (0.11 * x + 0.4).sin()
                + (0.07 * y - 0.4).cos()
                + 0.5 * (0.0065 * x * y + 0.4).sin();
            ((v * 8.0).floor() / 8.0) as f32
        });
        let map = SaliencyMap { values };
        let picture = colour(&map, Scale::of(&map), Colormap::Inferno);
        let shares = [
            0.069091796875,
            0.12060546875,
            0.322265625,
            0.23291015625,
            0.16455078125,
            0.090576171875,
        ];
        for seed in 0..5 {
            let got = top_colours(&picture, 6, seed).unwrap();
            assert_eq!(got.iter().map(|c| c.share).collect::<Vec<_>>(), shares);
        }
    }

    #[test]
    fn only_two_to_ten_colours() {
        let picture = RgbImage::new(1, 1);
        for k in [0, 1, 11] {
            assert!(
                matches!(top_colours(&picture, k, 0), Err(CompareError::ColourCount { got }) if got == k)
            );
        }
    }
}
