//! Digital: contrast, saturation, pixelation, elastic stretching. JPEG has a file of its own.

use image::RgbImage;

use super::level::Level;
use super::plane::{Border, Plane, picture_of, planes_of, to_byte};
use super::random::Dice;
use crate::stylize::rows::for_each_row;

/// Changes every pixel by `change`, from and to 0 to 1.
pub(super) fn per_pixel(
    picture: &RgbImage,
    change: impl Fn([f32; 3]) -> [f32; 3] + Sync,
) -> RgbImage {
    let mut out = picture.clone();
    for_each_row(&mut out, picture.width() as usize * 3, |_, row| {
        for pixel in row.chunks_exact_mut(3) {
            let rgb = [pixel[0], pixel[1], pixel[2]].map(|v| f32::from(v) / 255.0);
            pixel.copy_from_slice(&change(rgb).map(to_byte));
        }
    });
    out
}

/// Pulls every channel towards its mean over the picture.
pub(super) fn contrast(picture: &RgbImage, level: Level) -> RgbImage {
    let keep: f32 = level.of([0.4, 0.3, 0.2, 0.1, 0.05]);
    let mut sums = [0_u64; 3];
    for pixel in picture.pixels() {
        for (sum, value) in sums.iter_mut().zip(pixel.0) {
            *sum += u64::from(value);
        }
    }
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    let means = sums.map(|sum| (sum as f64 / pixels / 255.0) as f32);
    per_pixel(picture, |rgb| {
        std::array::from_fn(|c| (rgb[c] - means[c]) * keep + means[c])
    })
}

/// Scales and shifts the S of HSV: paler at severities 1 and 2, more colourful from 3 on.
///
/// With V kept, each channel is `V (1 - S k)` where `k` says where it lies between V and the
/// smallest channel. A grey pixel has no hue; scikit-image calls it red, which shows where the
/// shift is above 0.
pub(super) fn saturate(picture: &RgbImage, level: Level) -> RgbImage {
    let (scale, shift) = level.of([(0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2)]);
    per_pixel(picture, |rgb| {
        let value = rgb[0].max(rgb[1]).max(rgb[2]);
        let span = value - rgb[0].min(rgb[1]).min(rgb[2]);
        let before = if value > 0.0 { span / value } else { 0.0 };
        let after: f32 = (before * scale + shift).clamp(0.0, 1.0);
        if span > 0.0 {
            rgb.map(|v| value * (1.0 - after * (value - v) / span))
        } else {
            [value, value * (1.0 - after), value * (1.0 - after)]
        }
    })
}

/// Large pixels: shrunk by block means, enlarged again without smoothing (Pillow's `BOX` and
/// `NEAREST`).
pub(super) fn pixelate(picture: &RgbImage, level: Level) -> RgbImage {
    let scale = level.of([0.6, 0.5, 0.4, 0.3, 0.25]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let shrunk = |length: usize| ((length as f64 * scale) as usize).max(1);
    let (small_width, small_height) = (shrunk(width), shrunk(height));
    let (columns, rows) = (
        box_windows(width, small_width),
        box_windows(height, small_height),
    );
    // Pillow rounds to bytes between the passes; so does this.
    let mut narrow = RgbImage::new(small_width as u32, height as u32);
    for_each_row(&mut narrow, small_width * 3, |y, out| {
        let source = &picture.as_raw()[y * width * 3..(y + 1) * width * 3];
        for (pixel, window) in out.chunks_exact_mut(3).zip(&columns) {
            for (channel, byte) in pixel.iter_mut().enumerate() {
                let values = window.clone().map(|x| source[x * 3 + channel]);
                *byte = rounded_mean(values, window.len());
            }
        }
    });
    let mut small = RgbImage::new(small_width as u32, small_height as u32);
    for_each_row(&mut small, small_width * 3, |y, out| {
        let window = &rows[y];
        for (at, byte) in out.iter_mut().enumerate() {
            let values = window
                .clone()
                .map(|y| narrow.as_raw()[y * small_width * 3 + at]);
            *byte = rounded_mean(values, window.len());
        }
    });
    let nearest = |at: usize, from: usize, to: usize| {
        (((at as f64 + 0.5) * from as f64 / to as f64) as usize).min(from - 1) as u32
    };
    let mut out = picture.clone();
    for_each_row(&mut out, width * 3, |y, row| {
        let source = nearest(y, small_height, height);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&small.get_pixel(nearest(x, small_width, width), source).0);
        }
    });
    out
}

/// The source pixels each of `to` pixels is the mean of: those whose centre lies in its share.
fn box_windows(from: usize, to: usize) -> Vec<std::ops::Range<usize>> {
    let scale = from as f64 / to as f64;
    let window = |at: usize| {
        let centre = (at as f64 + 0.5) * scale;
        let first = (centre - scale / 2.0 + 0.5) as usize;
        let end = ((centre + scale / 2.0 + 0.5) as usize).min(from);
        let inside = |x: &usize| {
            let place = (*x as f64 - centre + 0.5) / scale;
            place > -0.5 && place <= 0.5
        };
        let first = (first..end).find(inside).unwrap_or(first.min(from - 1));
        let end = (first + 1..=end)
            .rev()
            .find(|&e| inside(&(e - 1)))
            .unwrap_or(first + 1);
        first..end
    };
    (0..to).map(window).collect()
}

fn rounded_mean(values: impl Iterator<Item = u8>, count: usize) -> u8 {
    let sum: f64 = values.map(f64::from).sum();
    (sum / count as f64 + 0.5) as u8
}

/// Stretched rubber: every pixel is read from a place nearby, displaced by a smooth random field.
pub(super) fn elastic_transform(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let strength: f64 = level.of([12.5, 16.25, 21.25, 25.0, 30.0]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // Both displacements take their range from the height, as published.
    let range = height as f64 * 0.005;
    let field = |dice: Dice| {
        let noise = Plane::from_rows(width, height, |y, row| {
            let mut stream = dice.stream(&[y as u64]);
            for value in row {
                *value = stream.uniform(-range, range) as f32;
            }
        });
        noise
            .gaussian(
                height as f64 * 0.01,
                width as f64 * 0.01,
                3.0,
                Border::Reflect,
            )
            .map(|v| v * strength as f32)
    };
    let (across, down) = (field(dice), field(dice.again()));
    picture_of(&planes_of(picture).map(|plane| {
        Plane::from_rows(width, height, |y, out| {
            for (x, value) in out.iter_mut().enumerate() {
                let at_y = y as f32 + down.row(y)[x];
                let at_x = x as f32 + across.row(y)[x];
                *value = plane.sample_linear(at_y, at_x, Border::Reflect);
            }
        })
    }))
}
