//! Magnifying the middle of a plane, as the published `clipped_zoom` over SciPy's `zoom` does.

use super::plane::{Plane, add_scaled};

/// Side of the middle part that, magnified by `factor`, covers `length` pixels.
pub(super) fn covered(length: usize, factor: f64) -> usize {
    ((length as f64 / factor).ceil() as usize).clamp(1, length)
}

/// The middle of `plane`, magnified by `factor` (>= 1) and cut to the size of `plane`.
pub(super) fn clipped_zoom(plane: &Plane, factor: f64) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let (part_width, part_height) = (covered(width, factor), covered(height, factor));
    let (left, top) = ((width - part_width) / 2, (height - part_height) / 2);
    let part = Plane {
        width: part_width,
        height: part_height,
        values: (top..top + part_height)
            .flat_map(|y| plane.row(y)[left..left + part_width].iter().copied())
            .collect(),
    };
    let mut zoomed = magnify(&part, factor);
    // Magnified sizes are rounded, so a pixel too many may stick out to the right and below.
    crop(&mut zoomed, width, height);
    zoomed
}

/// `scipy.ndimage.zoom(plane, factor, order=1)`.
pub(super) fn magnify(plane: &Plane, factor: f64) -> Plane {
    let size = |length: usize| ((length as f64 * factor).round_ties_even() as usize).max(1);
    stretch(plane, size(plane.width), size(plane.height))
}

/// `plane` at another size: the corners of both grids coincide, between them it is linear.
pub(super) fn stretch(plane: &Plane, width: usize, height: usize) -> Plane {
    let step = |from: usize, to: usize| {
        if to > 1 {
            (from - 1) as f64 / (to - 1) as f64
        } else {
            0.0
        }
    };
    let (step_x, step_y) = (step(plane.width, width), step(plane.height, height));
    let columns: Vec<(usize, f32)> = (0..width)
        .map(|x| {
            let at = x as f64 * step_x;
            let left = (at as usize).min(plane.width.saturating_sub(2));
            (left, (at - left as f64) as f32)
        })
        .collect();
    Plane::from_rows(width, height, |y, out| {
        let at = y as f64 * step_y;
        let upper = (at as usize).min(plane.height - 1);
        let lower = (upper + 1).min(plane.height - 1);
        let share = (at - upper as f64) as f32;
        let mut mixed = vec![0.0; plane.width + 1];
        add_scaled(&mut mixed, plane.row(upper), 1.0 - share);
        add_scaled(&mut mixed, plane.row(lower), share);
        mixed[plane.width] = mixed[plane.width - 1];
        for (value, &(left, share)) in out.iter_mut().zip(&columns) {
            *value = mixed[left] + (mixed[left + 1] - mixed[left]) * share;
        }
    })
}

/// Cuts what lies beyond `width` x `height`. Sides that are shorter are left as they are.
fn crop(plane: &mut Plane, width: usize, height: usize) {
    let (keep_width, keep_height) = (plane.width.min(width), plane.height.min(height));
    if keep_width < plane.width {
        plane.values = plane
            .values
            .chunks_exact(plane.width)
            .flat_map(|row| &row[..keep_width])
            .copied()
            .collect();
    }
    plane.values.truncate(keep_width * keep_height);
    (plane.width, plane.height) = (keep_width, keep_height);
}
