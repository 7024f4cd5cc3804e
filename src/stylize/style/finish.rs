//! From the network's 384 x 384 pixels to the picture's own size.
//!
//! Compared on five pairs (cat, coffee, rocket, astronaut with brick, Hubble, tissue, grass;
//! 451 x 300 to 1024 x 1024): mean distance from the network's own painting after scaling back,
//! and gradient energy as a measure of sharpness, best first.
//!
//! | finish | distance | sharpness, Lanczos = 1 | network runs |
//! |---|---|---|---|
//! | Lanczos alone | 0.8 to 1.7 of 255 | 1 | 1 |
//! | [`Finish::Guided`]: Lanczos + the photo's fine detail | 0.9 to 1.7 | 1.02 to 1.27 | 1 |
//! | guided filter alone (He and Sun 2015) | 8 to 17 | 0.2 to 0.5: it rubs the texture out | 1 |
//! | [`Finish::Tiled`], overlap 96 | 13 to 26 | 1.0 to 4.6 | 2 to 16 |
//!
//! Tiles are crisper, show no seams, and paint a *different* picture: strokes become small beside
//! the shape, and each tile has its own statistics. Guided is the default: it is the network's
//! painting, in one run.

use super::{StyleError, StyleVector};
use crate::progress::Observer;
use crate::stylize::plane::{Border, Plane, add_scaled};
use crate::stylize::resample::{Kernel, resample};

/// Side of the square the painting network takes.
pub(super) const SIDE: usize = 384;

/// Pixels by which neighbouring tiles overlap, at least.
const OVERLAP: usize = 96;

/// How a painting gets the size of its photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Finish {
    /// Painted whole at 384 pixels, enlarged by Lanczos; the photo's detail that is too fine for
    /// 384 pixels is added as strongly as the painting follows the photo there.
    #[default]
    Guided,
    /// Painted in tiles of 384 pixels at full size, blended where they overlap. Slower by the
    /// number of tiles, with finer strokes.
    Tiled,
}

/// A function that paints `SIDE` x `SIDE` planes of 0 to 1.
pub(super) type Paint<'a> =
    dyn Fn(&[Plane; 3], &StyleVector) -> Result<[Plane; 3], StyleError> + 'a;

/// Paints `photo` (planes of 0 to 1) at its own size.
pub(super) fn finish(
    photo: &[Plane; 3],
    vector: &StyleVector,
    finish: Finish,
    paint: &Paint<'_>,
    observer: &dyn Observer,
) -> Result<[Plane; 3], StyleError> {
    match finish {
        Finish::Guided => {
            let (width, height) = fitted(photo[0].width, photo[0].height, SIDE);
            let small = at_size(photo, width, height);
            observer.check()?;
            let painted = paint(&small.each_ref().map(|p| padded(p, SIDE, SIDE)), vector)?;
            let painted = painted.map(|p| cut(&p, 0, 0, width, height));
            observer.progress(1, 1);
            Ok(enlarge(photo, &small, painted))
        }
        Finish::Tiled => tiled(photo, vector, paint, observer),
    }
}

/// Width and height scaled so that the longer side is `longest`.
pub(super) fn fitted(width: usize, height: usize, longest: usize) -> (usize, usize) {
    let scale = longest as f64 / width.max(height) as f64;
    let side = |length: usize| ((length as f64 * scale).round_ties_even() as usize).max(1);
    (side(width), side(height))
}

/// Planes of 0 to 1 at another size; unchanged where they have it.
pub(super) fn at_size(planes: &[Plane; 3], width: usize, height: usize) -> [Plane; 3] {
    planes.each_ref().map(|plane| {
        if (plane.width, plane.height) == (width, height) {
            plane.clone()
        } else {
            resample(plane, width, height, Kernel::Lanczos).map(|v| v.clamp(0.0, 1.0))
        }
    })
}

/// `painted` (of `small`, which is `photo` at a smaller size) at the size of `photo`.
///
/// `Lanczos(painted) + a (photo - Lanczos(small))` in luma, where `a` is the slope of painted over
/// small luma in a 5 x 5 window (the guided filter's linear coefficient, He et al. 2010, with
/// epsilon .001). Scaled back, the added detail vanishes: the painting stays the network's.
pub(super) fn enlarge(photo: &[Plane; 3], small: &[Plane; 3], painted: [Plane; 3]) -> [Plane; 3] {
    let (width, height) = (photo[0].width, photo[0].height);
    if (painted[0].width, painted[0].height) == (width, height) {
        return painted;
    }
    let small_luma = luma(small);
    let mut detail = luma(photo);
    let blurred = resample(&small_luma, width, height, Kernel::Lanczos);
    add_scaled(&mut detail.values, &blurred.values, -1.0);
    let mean = window_mean(&small_luma);
    let variance = difference(
        window_mean(&product(&small_luma, &small_luma)),
        &product(&mean, &mean),
    );
    painted.map(|channel| {
        let together = window_mean(&product(&small_luma, &channel));
        let mut slope = difference(together, &product(&mean, &window_mean(&channel)));
        for (value, variance) in slope.values.iter_mut().zip(&variance.values) {
            *value /= variance.max(0.0) + 1e-3;
        }
        let slope = resample(&window_mean(&slope), width, height, Kernel::Linear);
        let mut large = resample(&channel, width, height, Kernel::Lanczos);
        for ((value, slope), detail) in large
            .values
            .iter_mut()
            .zip(&slope.values)
            .zip(&detail.values)
        {
            *value = (*value + slope * detail).clamp(0.0, 1.0);
        }
        large
    })
}

/// Mean over 5 x 5 pixels, edge repeated.
fn window_mean(plane: &Plane) -> Plane {
    plane.separable(&[0.2; 5], &[0.2; 5], Border::Nearest)
}

fn product(a: &Plane, b: &Plane) -> Plane {
    let mut out = a.clone();
    for (value, b) in out.values.iter_mut().zip(&b.values) {
        *value *= b;
    }
    out
}

fn difference(mut a: Plane, b: &Plane) -> Plane {
    add_scaled(&mut a.values, &b.values, -1.0);
    a
}

/// Luma (BT.601) of planes of 0 to 1.
fn luma(planes: &[Plane; 3]) -> Plane {
    let mut out = Plane::filled(planes[0].width, planes[0].height, 0.0);
    for (plane, weight) in planes.iter().zip([0.299, 0.587, 0.114]) {
        add_scaled(&mut out.values, &plane.values, weight);
    }
    out
}

/// At least `width` x `height`: what is missing to the right and below is mirrored.
pub(super) fn padded(plane: &Plane, width: usize, height: usize) -> Plane {
    let (width, height) = (plane.width.max(width), plane.height.max(height));
    Plane::from_rows(width, height, |y, row| {
        let source = plane.row(Border::Reflect101.resolve(y as isize, plane.height));
        for (x, value) in row.iter_mut().enumerate() {
            *value = source[Border::Reflect101.resolve(x as isize, plane.width)];
        }
    })
}

/// The part of `plane` at (`left`, `top`).
pub(super) fn cut(plane: &Plane, left: usize, top: usize, width: usize, height: usize) -> Plane {
    Plane::from_rows(width, height, |y, row| {
        row.copy_from_slice(&plane.row(top + y)[left..left + width]);
    })
}

/// Paints tile after tile and blends them linearly where they overlap.
fn tiled(
    photo: &[Plane; 3],
    vector: &StyleVector,
    paint: &Paint<'_>,
    observer: &dyn Observer,
) -> Result<[Plane; 3], StyleError> {
    let (width, height) = (photo[0].width, photo[0].height);
    let large = photo.each_ref().map(|p| padded(p, SIDE, SIDE));
    let (rows, columns) = (tile_starts(large[0].height), tile_starts(large[0].width));
    let mut sum = large
        .each_ref()
        .map(|p| Plane::filled(p.width, p.height, 0.0));
    let mut total = sum[0].clone();
    let ramp: Vec<f32> = (0..SIDE)
        .map(|at| (at + 1).min(SIDE - at).min(OVERLAP) as f32 / OVERLAP as f32)
        .collect();
    let tiles = rows.len() * columns.len();
    for (done, (&top, &left)) in rows
        .iter()
        .flat_map(|top| columns.iter().map(move |left| (top, left)))
        .enumerate()
    {
        observer.check()?;
        let tile = large.each_ref().map(|p| cut(p, left, top, SIDE, SIDE));
        let painted = paint(&tile, vector)?;
        for y in 0..SIDE {
            let start = (top + y) * total.width + left;
            for x in 0..SIDE {
                let weight = ramp[y] * ramp[x];
                total.values[start + x] += weight;
                for (sum, painted) in sum.iter_mut().zip(&painted) {
                    sum.values[start + x] += weight * painted.row(y)[x];
                }
            }
        }
        observer.progress(done + 1, tiles);
    }
    Ok(sum.map(|mut plane| {
        for (value, total) in plane.values.iter_mut().zip(&total.values) {
            *value = (*value / total).clamp(0.0, 1.0);
        }
        cut(&plane, 0, 0, width, height)
    }))
}

/// Where tiles begin along `length` (at least `SIDE`) pixels: evenly, overlapping enough.
fn tile_starts(length: usize) -> Vec<usize> {
    let count = (length - OVERLAP).div_ceil(SIDE - OVERLAP).max(1);
    let gaps = (count - 1).max(1);
    (0..count)
        .map(|k| (k * (length - SIDE) + gaps / 2) / gaps)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn photo(width: usize, height: usize) -> [Plane; 3] {
        std::array::from_fn(|c| {
            Plane::from_rows(width, height, |y, row| {
                for (x, v) in row.iter_mut().enumerate() {
                    let wave = (x as f32 / (9.0 + c as f32)).sin() * (y as f32 / 13.0).cos();
                    *v = 0.5 + 0.4 * wave;
                }
            })
        })
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a painter may fail; this one does not"
    )]
    fn negative(planes: &[Plane; 3], _: &StyleVector) -> Result<[Plane; 3], StyleError> {
        assert_eq!((planes[0].width, planes[0].height), (SIDE, SIDE));
        Ok(planes.clone().map(|p| p.map(|v| 1.0 - v)))
    }

    /// A painter that works on each pixel alone must come out the same at any size, by any road.
    #[test]
    fn a_pixelwise_painter_is_finished_to_its_own_full_size_result() {
        let vector = StyleVector::zero();
        for (width, height) in [
            (384, 384),
            (700, 500),
            (300, 1100),
            (200, 90),
            (5, 1),
            (1, 1),
        ] {
            let photo = photo(width, height);
            for kind in [Finish::Guided, Finish::Tiled] {
                let out = finish(&photo, &vector, kind, &negative, &Silent).unwrap();
                for (out, photo) in out.iter().zip(&photo) {
                    assert_eq!((out.width, out.height), (width, height));
                    let worst = out.values.iter().zip(&photo.values);
                    let worst = worst
                        .map(|(o, p)| (o - (1.0 - p)).abs())
                        .fold(0.0, f32::max);
                    let allowed = if kind == Finish::Tiled { 1e-5 } else { 0.03 };
                    assert!(worst < allowed, "{kind:?} {width} x {height}: {worst}");
                }
            }
        }
    }

    #[test]
    fn tiles_cover_everything_and_overlap_enough() {
        for length in 384..3000 {
            let starts = tile_starts(length);
            assert_eq!((starts[0], starts[starts.len() - 1]), (0, length - SIDE));
            assert!(
                starts
                    .windows(2)
                    .all(|w| w[1] - w[0] <= SIDE - OVERLAP && w[1] > w[0]),
                "{length}"
            );
        }
    }
}
