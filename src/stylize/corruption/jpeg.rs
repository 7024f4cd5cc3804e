//! JPEG at low quality, without the file.
//!
//! Only four things in a JPEG lose anything: the change of colours, halving the colour's
//! resolution, and rounding the cosine coefficients to a table. Huffman coding loses nothing,
//! so a picture that goes straight back need not be coded. Tables, halving and doubling follow
//! libjpeg (IJG 6b, `jcparam.c`, `jcsample.c`, `jdsample.c`), which Pillow uses; the cosine
//! transform is exact where libjpeg's is in 13-bit integers, so bytes may differ by one or two.

use image::RgbImage;

use super::level::Level;
use super::plane::{Border, Plane};
use crate::stylize::rows::for_each_row;

/// Example tables of the standard (ITU-T T.81, annex K.1) that libjpeg scales, row by row.
const LUMINANCE: [u32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMINANCE: [u32; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The picture after being saved as JPEG at quality 25, 18, 15, 10 or 7 with 4:2:0 colour.
pub(super) fn jpeg_compression(picture: &RgbImage, level: Level) -> RgbImage {
    round_trip(picture, level.of([25, 18, 15, 10, 7]))
}

/// Saved at `quality` (1 to 49) and read again.
fn round_trip(picture: &RgbImage, quality: u32) -> RgbImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let [luma, blue, red] = to_ycc(picture);
    let scaled =
        |table: [u32; 64]| table.map(|v| ((v * (5000 / quality) + 50) / 100).clamp(1, 255) as f32);
    let (luma_table, colour_table) = (scaled(LUMINANCE), scaled(CHROMINANCE));
    let luma = through_blocks(luma, &luma_table);
    let [blue, red] = [blue, red]
        .map(|plane| double(&through_blocks(halve(&plane), &colour_table), width, height));
    let mut out = RgbImage::new(width as u32, height as u32);
    for_each_row(&mut out, width * 3, |y, row| {
        let planes = luma.row(y).iter().zip(blue.row(y)).zip(red.row(y));
        for (pixel, ((&luma, &blue), &red)) in row.chunks_exact_mut(3).zip(planes) {
            let (blue, red) = (blue - 128.0, red - 128.0);
            let green = luma - (0.344_136 * blue + 0.714_136 * red).round();
            let rgb = [
                luma + (1.402 * red).round(),
                green,
                luma + (1.772 * blue).round(),
            ];
            pixel.copy_from_slice(&rgb.map(|v| v.clamp(0.0, 255.0) as u8));
        }
    });
    out
}

/// Y, Cb, Cr of JFIF, whole numbers 0 to 255.
fn to_ycc(picture: &RgbImage) -> [Plane; 3] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let weights = [
        [0.299, 0.587, 0.114, 0.0],
        [-0.168_736, -0.331_264, 0.5, 128.0],
        [0.5, -0.418_688, -0.081_312, 128.0],
    ];
    weights.map(|[r, g, b, offset]: [f32; 4]| {
        Plane::from_rows(width, height, |y, row| {
            let source = &picture.as_raw()[y * width * 3..(y + 1) * width * 3];
            for (value, p) in row.iter_mut().zip(source.chunks_exact(3)) {
                let sum = r * f32::from(p[0]) + g * f32::from(p[1]) + b * f32::from(p[2]);
                *value = (sum + offset).round().clamp(0.0, 255.0);
            }
        })
    })
}

/// Half as wide and high: means of four, rounded down and up in turns so that no tint arises.
fn halve(plane: &Plane) -> Plane {
    let at = |y: usize| plane.row(y.min(plane.height - 1));
    Plane::from_rows(
        plane.width.div_ceil(2),
        plane.height.div_ceil(2),
        |y, row| {
            let (upper, lower) = (at(2 * y), at(2 * y + 1));
            for (x, value) in row.iter_mut().enumerate() {
                let (left, right) = (2 * x, (2 * x + 1).min(plane.width - 1));
                let bias = if x.is_multiple_of(2) { 1.0 } else { 2.0 };
                let sum = upper[left] + upper[right] + lower[left] + lower[right];
                *value = ((sum + bias) / 4.0).floor();
            }
        },
    )
}

/// Twice as wide and high: a quarter from the neighbour, three quarters from the nearest
/// ("fancy upsampling"), cut to `width` x `height`.
fn double(plane: &Plane, width: usize, height: usize) -> Plane {
    let nearest = |at: usize, length: usize| {
        let middle = at / 2;
        let beside = if at.is_multiple_of(2) {
            middle as isize - 1
        } else {
            middle as isize + 1
        };
        (middle, Border::Nearest.resolve(beside, length))
    };
    Plane::from_rows(width, height, |y, row| {
        let (near, far) = nearest(y, plane.height);
        let (near, far) = (plane.row(near), plane.row(far));
        for (x, value) in row.iter_mut().enumerate() {
            let (here, beside) = nearest(x, plane.width);
            let column = |x: usize| near[x] * 3.0 + far[x];
            let bias = if x.is_multiple_of(2) { 8.0 } else { 7.0 };
            *value = ((column(here) * 3.0 + column(beside) + bias) / 16.0).floor();
        }
    })
}

/// Each 8 x 8 block to cosine coefficients, these to whole multiples of `table`, and back.
/// Blocks that stick out see the edge repeated.
fn through_blocks(plane: Plane, table: &[f32; 64]) -> Plane {
    let basis = cosine_basis();
    let (width, height) = (plane.width, plane.height);
    let mut out = Plane::filled(width, height, 0.0);
    for_each_row(&mut out.values, width * 8, |band, rows| {
        for left in (0..width).step_by(8) {
            let mut block = [[0.0_f32; 8]; 8];
            for (dy, line) in block.iter_mut().enumerate() {
                let source = plane.row((band * 8 + dy).min(height - 1));
                for (dx, value) in line.iter_mut().enumerate() {
                    *value = source[(left + dx).min(width - 1)] - 128.0;
                }
            }
            let mut coefficients = product(&product(&basis, &block), &transposed(&basis));
            for (value, step) in coefficients.iter_mut().flatten().zip(table) {
                *value = (*value / step).round() * step;
            }
            let block = product(&product(&transposed(&basis), &coefficients), &basis);
            for (line, row) in block.iter().zip(rows.chunks_mut(width)) {
                for (value, out) in line.iter().zip(&mut row[left..]) {
                    *out = (value + 128.0).round().clamp(0.0, 255.0);
                }
            }
        }
    });
    out
}

/// Rows are the eight orthonormal cosines.
fn cosine_basis() -> [[f32; 8]; 8] {
    std::array::from_fn(|k| {
        let norm = if k == 0 { 0.125_f64.sqrt() } else { 0.5 };
        std::array::from_fn(|n| {
            let angle = (2 * n + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0;
            (norm * angle.cos()) as f32
        })
    })
}

fn transposed(a: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    std::array::from_fn(|i| std::array::from_fn(|j| a[j][i]))
}

fn product(a: &[[f32; 8]; 8], b: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    a.map(|row| {
        let mut out = [0.0; 8];
        for (weight, line) in row.iter().zip(b) {
            for (o, v) in out.iter_mut().zip(line) {
                *o += weight * v;
            }
        }
        out
    })
}
