//! Frost: the picture behind a frosted pane.
//!
//! The published code overlays one of five photographs of ice, which may not be passed on; two
//! of its five files are the same. In their stead stand four panes drawn by [`super::pane`], each
//! made to the measure of one photograph: its size, its light and dark regions, the strength of
//! its detail at every scale, its distribution of colours, and its gradient energy (each place
//! weighted by how often a random cut shows it). Everything after the choice of the photograph is
//! as published: fit, enlarge by a tenth, cut out a random part, add.

use std::sync::OnceLock;

use image::RgbImage;

use super::level::Level;
use super::pane::{Crystals, Pane};
use super::plane::{Border, Plane};
use super::random::{Dice, Stream};
use crate::stylize::rows::for_each_row;

/// Measures of the four photographs (`frost1.png`, `frost2.png`, `frost4.jpg`, `frost5.jpg` of
/// imagecorruptions 1.1.2), and what is drawn to meet them. Colours are red, green, blue at the
/// quantiles [`super::pane::QUANTILES`].
const PANES: [Pane; 4] = [
    Pane {
        width: 900,
        height: 600,
        detail: [8.27, 4.2, 2.82, 2.51, 3.69, 3.66, 4.89],
        layout: [
            [25.7, 3.2, 0.4, 14.6, -10.5],
            [13.1, -9.1, -7.0, 18.4, -1.9],
            [4.6, -13.5, -4.6, 5.4, -15.8],
            [-4.9, -2.8, -0.5, 10.0, -4.0],
        ],
        sharpness: 0.617,
        colours: [
            [15, 31, 40, 50, 61, 74, 90, 107, 127, 150, 201],
            [99, 116, 123, 132, 140, 148, 157, 167, 178, 190, 230],
            [115, 134, 141, 149, 157, 166, 174, 182, 191, 202, 235],
        ],
        crystals: Crystals {
            count: 9000,
            length: 30.0,
            branch_gap: 0.0,
            spread: 0.5,
            bend: 0.04,
        },
        gradient_energy: 263.0,
    },
    Pane {
        width: 560,
        height: 315,
        detail: [9.01, 6.76, 5.29, 4.62, 3.55, 3.32, 3.35],
        layout: [
            [38.2, 19.9, 20.2, 12.5, 19.6],
            [27.5, 10.0, 2.5, 3.6, 4.4],
            [17.2, 1.2, -16.9, -12.3, -12.4],
            [8.0, -14.7, -24.0, -31.8, -16.4],
        ],
        sharpness: 0.708,
        colours: [
            [55, 138, 162, 180, 193, 204, 213, 221, 230, 241, 253],
            [56, 140, 165, 183, 197, 209, 218, 227, 235, 245, 255],
            [60, 146, 172, 192, 206, 218, 228, 236, 244, 250, 255],
        ],
        crystals: Crystals {
            count: 5200,
            length: 60.0,
            branch_gap: 0.0,
            spread: 1.6,
            bend: 0.004,
        },
        gradient_energy: 283.5,
    },
    Pane {
        width: 527,
        height: 350,
        detail: [14.75, 8.8, 6.81, 5.16, 3.62, 2.91, 6.02],
        layout: [
            [-21.2, 19.8, 27.7, 11.6, -26.2],
            [-29.4, 4.1, 21.2, 6.0, -19.8],
            [-38.5, -8.3, 12.6, -4.8, -34.0],
            [-27.6, -2.3, 8.3, -6.0, -50.3],
        ],
        sharpness: 0.738,
        colours: [
            [15, 69, 91, 110, 124, 138, 151, 164, 183, 218, 251],
            [24, 84, 105, 125, 139, 153, 166, 179, 199, 234, 255],
            [31, 92, 115, 137, 151, 165, 179, 193, 214, 249, 255],
        ],
        crystals: Crystals {
            count: 7000,
            length: 16.0,
            branch_gap: 2.5,
            spread: 3.2,
            bend: 0.0,
        },
        gradient_energy: 773.7,
    },
    Pane {
        width: 660,
        height: 495,
        detail: [18.49, 13.33, 10.99, 10.31, 8.47, 6.29, 8.04],
        layout: [
            [38.8, 45.7, 63.3, 68.2, 98.7],
            [23.0, 5.6, -8.6, -2.6, 21.1],
            [1.8, -17.5, -24.7, -21.9, -18.7],
            [-29.0, -22.9, -27.6, -7.7, -15.4],
        ],
        sharpness: 1.061,
        colours: [
            [14, 34, 48, 66, 85, 107, 132, 159, 195, 233, 255],
            [25, 45, 60, 78, 97, 119, 144, 169, 203, 238, 255],
            [36, 57, 72, 91, 110, 131, 155, 179, 211, 243, 255],
        ],
        crystals: Crystals {
            count: 2600,
            length: 54.0,
            branch_gap: 3.5,
            spread: 3.2,
            bend: 0.006,
        },
        gradient_energy: 1344.2,
    },
];

/// Which pane each of the published five files became; the second and third are one photograph.
pub(super) const CHOICES: [usize; 5] = [0, 1, 1, 2, 3];

/// The drawn pane `index`, red, green and blue in 0 to 255. Drawn once, at first use.
fn pane(index: usize) -> &'static [Plane; 3] {
    static DRAWN: [OnceLock<[Plane; 3]>; 4] = [const { OnceLock::new() }; 4];
    DRAWN[index].get_or_init(|| PANES[index].draw(index as u64))
}

/// A random part of a random pane, added to the darkened picture.
pub(super) fn frost(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let mut stream = dice.stream(&[]);
    let choice = stream.whole(0, CHOICES.len() as i64) as usize;
    frost_of(picture, level, choice, stream)
}

/// [`frost`] with the pane in place of the published file `choice`, 0 to 4.
pub(super) fn frost_of(
    picture: &RgbImage,
    level: Level,
    choice: usize,
    mut stream: Stream,
) -> RgbImage {
    let (keep, share): (f32, f32) =
        level.of([(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)]);
    let pane = pane(CHOICES[choice]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // Large enough for the picture, and a tenth more to cut a random part from.
    let fit = |ours: usize, its: usize| ours as f64 / its as f64;
    let scale = fit(width, pane[0].width)
        .max(fit(height, pane[0].height))
        .max(1.0)
        * 1.1;
    let spare = |ours: usize, its: usize| ((its as f64 * scale).ceil() as i64 - ours as i64).max(0);
    let top = stream.whole(0, spare(height, pane[0].height)) as usize;
    let left = stream.whole(0, spare(width, pane[0].width)) as usize;
    let columns: Vec<_> = (0..width)
        .map(|x| Cubic::new(left + x, pane[0].width, scale))
        .collect();
    let mut out = picture.clone();
    for_each_row(&mut out, width * 3, |y, row| {
        let rows = Cubic::new(top + y, pane[0].height, scale);
        for (channel, plane) in pane.iter().enumerate() {
            let mut mixed = vec![0.0; plane.width];
            for (from, weight) in rows.from.into_iter().zip(rows.weights) {
                super::plane::add_scaled(&mut mixed, plane.row(from), weight);
            }
            for (pixel, column) in row.chunks_exact_mut(3).zip(&columns) {
                let taps = column.from.iter().zip(column.weights);
                let frost: f32 = taps.map(|(&from, weight)| mixed[from] * weight).sum();
                // The enlarged photograph is bytes again before it is added.
                let frost = frost.round().clamp(0.0, 255.0);
                let value = keep * f32::from(pixel[channel]) + share * frost;
                pixel[channel] = value.clamp(0.0, 255.0) as u8;
            }
        }
    });
    out
}

/// The four places and weights one enlarged pixel is made of: OpenCV's `INTER_CUBIC` (Keys'
/// kernel with a = -0.75).
struct Cubic {
    from: [usize; 4],
    weights: [f32; 4],
}

impl Cubic {
    /// For pixel `at` of `length` pixels enlarged by `scale`.
    fn new(at: usize, length: usize, scale: f64) -> Self {
        // OpenCV divides by the rounded size, not by the scale asked for.
        let enlarged = (length as f64 * scale).ceil();
        let place = (at as f64 + 0.5) * length as f64 / enlarged - 0.5;
        let first = place.floor();
        let weight = |k: usize| {
            const A: f64 = -0.75;
            let d = (place - first - (k as f64 - 1.0)).abs();
            if d <= 1.0 {
                ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0
            } else {
                (((d - 5.0) * d + 8.0) * d - 4.0) * A
            }
        };
        Self {
            from: std::array::from_fn(|k| {
                Border::Nearest.resolve(first as isize + k as isize - 1, length)
            }),
            weights: std::array::from_fn(|k| weight(k) as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean square step to the right plus that downwards, mean over channels.
    fn gradient_energy(pane: &[Plane; 3]) -> f64 {
        let square = |a: &f32, b: &f32| f64::from(a - b).powi(2);
        let of = |plane: &Plane| {
            let (width, values) = (plane.width, &plane.values);
            let rows = values
                .chunks(width)
                .flat_map(|row| row.iter().zip(&row[1..]));
            let across: f64 = rows.map(|(a, b)| square(a, b)).sum();
            let down: f64 = values
                .iter()
                .zip(&values[width..])
                .map(|(a, b)| square(a, b))
                .sum();
            (across + down) / values.len() as f64
        };
        pane.iter().map(of).sum::<f64>() / 3.0
    }

    #[test]
    fn the_panes_are_to_measure() {
        for (index, wanted) in PANES.iter().enumerate() {
            let drawn = pane(index);
            for (plane, colours) in drawn.iter().zip(wanted.colours) {
                let mut sorted = plane.values.clone();
                sorted.sort_by(f32::total_cmp);
                for (quantile, colour) in super::super::pane::QUANTILES.iter().zip(colours) {
                    let at = (quantile * (sorted.len() - 1) as f32) as usize;
                    assert!(
                        (sorted[at] - f32::from(colour)).abs() <= 3.0,
                        "pane {index}"
                    );
                }
            }
            let ratio = gradient_energy(drawn) / wanted.gradient_energy;
            assert!(
                (ratio - 1.0).abs() < 0.03,
                "pane {index}: {ratio} of its energy"
            );
        }
    }
}
