//! Noise: Gaussian, shot (photon), impulse (salt and pepper), speckle.

use image::RgbImage;

use super::level::Level;
use super::random::{Dice, Stream};
use crate::stylize::rows::for_each_row;

/// Changes every byte by `change(dice of the row, value in 0 to 1)`; results are cut to bytes.
fn per_value(
    picture: &RgbImage,
    dice: Dice,
    change: impl Fn(&mut Stream, u8) -> f64 + Sync,
) -> RgbImage {
    let mut out = picture.clone();
    let row_length = picture.width() as usize * 3;
    for_each_row(&mut out, row_length, |y, row| {
        let mut stream = dice.stream(&[y as u64]);
        for byte in row {
            let value = change(&mut stream, *byte);
            *byte = (value.clamp(0.0, 1.0) * 255.0 + 1e-9) as u8;
        }
    });
    out
}

/// Adds normal noise of one strength to every channel.
pub(super) fn gaussian_noise(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let scale = level.of([0.08, 0.12, 0.18, 0.26, 0.38]);
    per_value(picture, dice, |stream, byte| {
        f64::from(byte) / 255.0 + scale * stream.normal()
    })
}

/// Multiplies: bright places get noisier than dark ones.
pub(super) fn speckle_noise(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let scale = level.of([0.15, 0.2, 0.35, 0.45, 0.6]);
    per_value(picture, dice, |stream, byte| {
        let value = f64::from(byte) / 255.0;
        value + value * scale * stream.normal()
    })
}

/// Salt and pepper: each channel value is struck with a chance, then white or black at even odds.
pub(super) fn impulse_noise(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let amount = level.of([0.03, 0.06, 0.09, 0.17, 0.27]);
    per_value(picture, dice, |stream, byte| {
        // One draw decides both: the lower half of the struck range is salt.
        let draw = stream.unit();
        if draw >= amount {
            f64::from(byte) / 255.0
        } else if draw < amount / 2.0 {
            1.0
        } else {
            0.0
        }
    })
}

/// Photon counting: every value becomes a Poisson count with `photons` expected at white.
pub(super) fn shot_noise(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let photons = level.of([60.0, 25.0, 12.0, 5.0, 3.0]);
    // A byte has 256 values, so 256 tables of cumulated chances make every draw exact and fast.
    let tables: Vec<Vec<f64>> = (0..=255_u8)
        .map(|byte| poisson_table(f64::from(byte) / 255.0 * photons))
        .collect();
    per_value(picture, dice, |stream, byte| {
        let draw = stream.unit();
        let count = tables[usize::from(byte)].partition_point(|&cumulated| cumulated <= draw);
        count as f64 / photons
    })
}

/// Chances of a Poisson count being at most 0, 1, 2, ..., until they reach 1 in `f64`.
fn poisson_table(expected: f64) -> Vec<f64> {
    let mut chance = (-expected).exp();
    let mut cumulated = chance;
    let mut table = vec![cumulated];
    let mut count = 0.0;
    while cumulated < 1.0 - 1e-15 && count < expected + 200.0 {
        count += 1.0;
        chance *= expected / count;
        cumulated += chance;
        table.push(cumulated);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_tables_have_the_right_mean_and_variance() {
        for expected in [0.0, 0.3, 5.0, 60.0] {
            let table = poisson_table(expected);
            let (mut mean, mut square, mut before) = (0.0, 0.0, 0.0);
            for (count, cumulated) in table.iter().enumerate() {
                let chance = cumulated - before;
                before = *cumulated;
                mean += chance * count as f64;
                square += chance * (count * count) as f64;
            }
            assert!(
                (mean - expected).abs() < 1e-9 && (square - mean * mean - expected).abs() < 1e-7
            );
        }
    }
}
