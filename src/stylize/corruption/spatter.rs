//! Spatter: drops of water on the lens (severity 1 to 3) or mud (4 and 5).
//!
//! The published water is shaded by a chain of OpenCV calls; each step here is named after the
//! one it stands for, with OpenCV 4.11's rounding.

use image::RgbImage;

use super::blur::normal_plane;
use super::edges::{canny, distance};
use super::level::Level;
use super::plane::{Border, Plane, picture_of, planes_of};
use super::random::Dice;

/// Drops of water or mud at random places.
pub(super) fn spatter(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    // Mean and deviation of the noise drops are made of, its blur, how strong it must be to be
    // a drop, and the strength of water or the blur of mud.
    let (mean, deviation, sigma, threshold, strength, mud) = level.of([
        (0.65, 0.3, 4.0, 0.69, 0.6, false),
        (0.65, 0.3, 3.0, 0.68, 0.6, false),
        (0.65, 0.3, 2.0, 0.68, 0.5, false),
        (0.65, 0.3, 1.0, 0.65, 1.5, true),
        (0.67, 0.4, 1.0, 0.65, 1.5, true),
    ]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let liquid = normal_plane(width, height, dice, mean, deviation)
        .gaussian(sigma, sigma, 4.0, Border::Nearest)
        .map(|v| if v < threshold { 0.0 } else { v });
    if mud {
        let cover = liquid
            .map(|v| if v > threshold { 1.0 } else { 0.0 })
            .gaussian(strength, strength, 4.0, Border::Nearest)
            .map(|v| if v < 0.8 { 0.0 } else { v });
        lay_over(picture, &cover, [63.0, 42.0, 20.0], true)
    } else {
        let cover = water(&liquid, strength as f32);
        lay_over(picture, &cover, [175.0, 238.0, 238.0], false)
    }
}

/// Adds `colour` (0 to 255) where `cover` is; what is below shows through or is hidden.
fn lay_over(picture: &RgbImage, cover: &Plane, colour: [f32; 3], hides: bool) -> RgbImage {
    let mut planes = planes_of(picture);
    for (plane, colour) in planes.iter_mut().zip(colour) {
        for (value, cover) in plane.values.iter_mut().zip(&cover.values) {
            let below = if hides { 1.0 - cover } else { 1.0 };
            *value = *value * below + colour / 255.0 * cover;
        }
    }
    picture_of(&planes)
}

/// How much light each place of the drops in `liquid` throws: brightest on one side of their rim,
/// `strength` at most.
fn water(liquid: &Plane, strength: f32) -> Plane {
    let bytes = liquid
        .clone()
        .map(|v| (v * 255.0).rem_euclid(256.0).floor());
    let far = distance(&canny(&bytes, 50, 150)).map(|v| v.min(20.0));
    let smooth = box_blur(&far).map(f32::floor);
    let even = equalize_histogram(&smooth);
    let emboss = Plane {
        width: 3,
        height: 3,
        values: vec![-2.0, -1.0, 0.0, -1.0, 1.0, 1.0, 0.0, 1.0, 2.0],
    };
    let lit = even.correlate(&emboss).map(|v| v.clamp(0.0, 255.0));
    let lit = box_blur(&lit).map(f32::round);
    let mut light = bytes;
    for (value, lit) in light.values.iter_mut().zip(&lit.values) {
        *value *= lit;
    }
    let most = light.values.iter().copied().fold(0.0, f32::max);
    // No drop at all: the published code divides by zero here.
    if most > 0.0 {
        light.map(|v| v / most * strength)
    } else {
        light
    }
}

/// `cv2.blur(plane, (3, 3))`.
fn box_blur(plane: &Plane) -> Plane {
    let thirds = [1.0_f32 / 3.0; 3];
    plane.separable(&thirds, &thirds, Border::Reflect101)
}

/// `cv2.equalizeHist` of a plane of whole numbers 0 to 255.
fn equalize_histogram(plane: &Plane) -> Plane {
    let mut counts = [0_u32; 256];
    for &value in &plane.values {
        counts[value as usize & 255] += 1;
    }
    let first = counts.iter().position(|&c| c > 0).unwrap_or(0);
    let rest = plane.values.len() as f32 - counts[first] as f32;
    if rest <= 0.0 {
        return plane.clone();
    }
    let mut table = [0.0_f32; 256];
    let mut sum = 0_u32;
    for (value, count) in counts.iter().enumerate().skip(first + 1) {
        sum += count;
        table[value] = (sum as f32 * (255.0 / rest)).round_ties_even().min(255.0);
    }
    plane.clone().map(|v| table[v as usize & 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_is_opencvs() {
        // Made with OpenCV 4.11.0 by the published chain on this formula's bumps, see the report
        // of `water` in the module's head: mean and deviation of the light, strength 0.6.
        let (width, height) = (97, 83);
        let liquid = Plane::from_rows(width, height, |y, row| {
            for (x, value) in row.iter_mut().enumerate() {
                let bump = (x as f32 * 0.31).sin() * (y as f32 * 0.23).cos() * 0.5 + 0.5;
                *value = if bump < 0.69 { 0.0 } else { bump };
            }
        });
        let light = water(&liquid, 0.6);
        for (row, want) in (0..height).step_by(9).zip(PUBLISHED_ROW_SUMS) {
            let sum: f32 = light.row(row).iter().sum();
            assert!(
                (sum - want).abs() < 0.02 * want.max(1.0),
                "row {row}: {sum}, not {want}"
            );
        }
    }

    const PUBLISHED_ROW_SUMS: [f32; 10] = [
        7.195, 1.579, 6.065, 9.365, 1.134, 3.75, 9.763, 0.0, 4.061, 10.027,
    ];
}
