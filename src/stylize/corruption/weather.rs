//! Weather: fog, snow, brightness. Frost and spatter have files of their own.

use image::RgbImage;

use super::blur::{normal_plane, streak};
use super::level::Level;
use super::plane::{Plane, picture_of, planes_of};
use super::plasma::plasma;
use super::random::Dice;
use super::zoom::{covered, magnify};
use crate::stylize::rows::for_each_row;

/// Fog: a cloud (plasma fractal) laid over the picture, which pales as a whole.
pub(super) fn fog(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let longest = picture.width().max(picture.height()) as usize;
    fog_with(picture, level, |decay| plasma(longest, decay, dice))
}

/// [`fog`] with the cloud that `cloud` makes for a decay of detail, repeated where the picture is
/// larger.
pub(super) fn fog_with(picture: &RgbImage, level: Level, cloud: impl Fn(f64) -> Plane) -> RgbImage {
    let (density, decay) = level.of([(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)]);
    let cloud = cloud(decay);
    let brightest = picture
        .iter()
        .copied()
        .max()
        .map_or(0.0, |v| f32::from(v) / 255.0);
    let pale = brightest / (brightest + density);
    picture_of(&planes_of(picture).map(|plane| {
        Plane::from_rows(plane.width, plane.height, |y, out| {
            let cloud = cloud.row(y % cloud.height).iter().cycle();
            for ((o, v), c) in out.iter_mut().zip(plane.row(y)).zip(cloud) {
                *o = (v + density * c) * pale;
            }
        })
    }))
}

/// Snow: streaks of flakes from both sides over a picture that whitens.
pub(super) fn snow(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    // Mean and deviation of the noise that makes flakes, size of a flake, how strong noise must
    // be to be one, length and fade of the streak, share of the picture left unwhitened.
    let (mean, deviation, size, threshold, radius, sigma, keep) = level.of([
        (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
        (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
        (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
    ]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // Only the middle of the published noise survives its zoom; noise is the same everywhere,
    // so only that much is made.
    let noise = normal_plane(
        covered(width, size),
        covered(height, size),
        dice,
        mean,
        deviation,
    );
    let flakes = magnify(&noise, size).map(|v| {
        if v < threshold {
            0.0
        } else {
            v.clamp(0.0, 1.0)
        }
    });
    let degrees = dice.again().stream(&[]).uniform(-135.0, -45.0);
    let flakes =
        streak(&flakes, radius, sigma, degrees).map(|v| (v * 255.0).round_ties_even() / 255.0);
    let mut out = picture.clone();
    for_each_row(&mut out, width * 3, |y, row| {
        let near = flakes.row(y).iter();
        let far = flakes.row(height - 1 - y)[..width].iter().rev();
        for ((pixel, near), far) in row.chunks_exact_mut(3).zip(near).zip(far) {
            let rgb = [pixel[0], pixel[1], pixel[2]].map(|v| f32::from(v) / 255.0);
            let grey = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
            for (byte, value) in pixel.iter_mut().zip(rgb) {
                let whitened = keep * value + (1.0 - keep) * value.max(grey * 1.5 + 0.5);
                *byte = super::plane::to_byte(whitened + near + far);
            }
        }
    });
    out
}

/// Over-exposure: the V of HSV grows by a constant.
///
/// With hue and saturation kept, red, green and blue are proportional to V, so the way through
/// HSV and back is one factor.
pub(super) fn brightness(picture: &RgbImage, level: Level) -> RgbImage {
    let more: f32 = level.of([0.1, 0.2, 0.3, 0.4, 0.5]);
    super::digital::per_pixel(picture, |rgb| {
        let value = rgb[0].max(rgb[1]).max(rgb[2]);
        let brighter = (value + more).min(1.0);
        if value > 0.0 {
            rgb.map(|v| v * brighter / value)
        } else {
            [brighter; 3]
        }
    })
}
