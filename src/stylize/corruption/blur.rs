//! Blur: Gaussian, defocus, glass, motion, zoom.

use image::RgbImage;

use super::level::Level;
use super::plane::{Border, Plane, add_scaled, gaussian_kernel, picture_of, planes_of};
use super::random::Dice;
use super::zoom;

/// Blur by a Gaussian of growing width, edges repeated.
pub(super) fn gaussian_blur(picture: &RgbImage, level: Level) -> RgbImage {
    let sigma = level.of([1.0, 2.0, 3.0, 4.0, 6.0]);
    picture_of(&planes_of(picture).map(|plane| plane.gaussian(sigma, sigma, 4.0, Border::Nearest)))
}

/// A lens out of focus: every point becomes a disc.
pub(super) fn defocus_blur(picture: &RgbImage, level: Level) -> RgbImage {
    let (radius, softness) = level.of([(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]);
    let kernel = disc(radius, softness);
    picture_of(&planes_of(picture).map(|plane| plane.correlate(&kernel)))
}

/// A disc summing to about 1, its rim softened by a Gaussian of `softness` pixels. The size of
/// the grid and of the softening follow the published helper.
fn disc(radius: i32, softness: f64) -> Plane {
    let (half, soft_radius) = if radius <= 8 { (8, 1) } else { (radius, 2) };
    let side = (2 * half + 1) as usize;
    let inside = |at: usize| {
        let (x, y) = (
            at as i32 % (2 * half + 1) - half,
            at as i32 / (2 * half + 1) - half,
        );
        x * x + y * y <= radius * radius
    };
    let area = (0..side * side).filter(|&at| inside(at)).count() as f32;
    let values = (0..side * side)
        .map(|at| if inside(at) { 1.0 / area } else { 0.0 })
        .collect();
    let soft = gaussian_kernel(softness, soft_radius);
    let mut disc = Plane {
        width: side,
        height: side,
        values,
    }
    .separable(&soft, &soft, Border::Reflect101);
    // Weights no byte can show only cost time.
    for weight in &mut disc.values {
        if *weight < 1e-9 {
            *weight = 0.0;
        }
    }
    disc
}

/// Frosted glass: pixels near each other are shuffled between two small Gaussian blurs.
///
/// The published code means to swap two pixels, but its arrays alias, so the near pixel is
/// copied instead; this does what it does, not what it means to do.
pub(super) fn glass_blur(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    let (sigma, reach, rounds) = level.of([
        (0.7, 1, 2),
        (0.9, 2, 1),
        (1.0, 2, 3),
        (1.1, 3, 2),
        (1.5, 4, 2),
    ]);
    let blur = |picture: &RgbImage| {
        let planes = planes_of(picture);
        picture_of(&planes.map(|plane| plane.gaussian(sigma, sigma, 4.0, Border::Nearest)))
    };
    let mut shuffled = blur(picture);
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let mut stream = dice.stream(&[]);
    for _ in 0..rounds {
        // From the bottom right to the top left, each place reading what earlier ones wrote.
        for y in ((reach + 1)..=(height - reach)).rev() {
            for x in ((reach + 1)..=(width - reach)).rev() {
                // The bounds of the loops keep both places inside the picture.
                let near_x = x + stream.whole(-reach, reach);
                let near_y = y + stream.whole(-reach, reach);
                let pixel = *shuffled.get_pixel(near_x as u32, near_y as u32);
                shuffled.put_pixel(x as u32, y as u32, pixel);
            }
        }
    }
    blur(&shuffled)
}

/// The camera moves while the shutter is open, at a random angle within 45 degrees of level.
pub(super) fn motion_blur(picture: &RgbImage, level: Level, dice: Dice) -> RgbImage {
    motion_blur_at(picture, level, dice.stream(&[]).uniform(-45.0, 45.0))
}

/// [`motion_blur`] at a given angle in degrees; 0 is level.
pub(super) fn motion_blur_at(picture: &RgbImage, level: Level, degrees: f64) -> RgbImage {
    let (radius, sigma) = level.of([(10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)]);
    picture_of(&planes_of(picture).map(|plane| streak(&plane, radius, sigma, degrees)))
}

/// Drags a plane along a line of `2 * radius + 1` pixels whose weights fall off as half a
/// Gaussian of `sigma` pixels. Edges are repeated.
///
/// The published code stops where the line is longer than the picture, which darkens pictures
/// of less than 41 pixels (it refuses those below 32); here the edge goes on being repeated.
pub(super) fn streak(plane: &Plane, radius: usize, sigma: f64, degrees: f64) -> Plane {
    let length = 2 * radius + 1;
    let weight = |i: usize| (-0.5 * (i as f64 / sigma).powi(2)).exp();
    let sum: f64 = (0..length).map(weight).sum();
    let (sine, cosine) = degrees.to_radians().sin_cos();
    // Offsets are rounded half down, as the published `-ceil(d - 0.5)`.
    let taps: Vec<(isize, isize, f32)> = (0..length)
        .map(|i| {
            let offset = |direction: f64| (i as f64 * direction - 0.5).ceil() as isize;
            (offset(sine), offset(cosine), (weight(i) / sum) as f32)
        })
        .collect();
    let (width, height) = (plane.width, plane.height);
    let reach = length;
    Plane::from_rows(width, height, |y, out| {
        let mut padded = vec![0.0; width + 2 * reach];
        let mut held = usize::MAX;
        for &(dy, dx, weight) in &taps {
            let source = Border::Nearest.resolve(y as isize + dy, height);
            if source != held {
                padded[reach..reach + width].copy_from_slice(plane.row(source));
                super::plane::extend_row(&mut padded, reach, width, Border::Nearest);
                held = source;
            }
            let start = (reach as isize + dx) as usize;
            add_scaled(out, &padded[start..start + width], weight);
        }
    })
}

/// Zooming while the shutter is open: the mean of the picture at several magnifications.
pub(super) fn zoom_blur(picture: &RgbImage, level: Level) -> RgbImage {
    // Step and number of `numpy.arange(1, end, step)`, counted with NumPy 1.26: the first range
    // holds one value more than its end suggests.
    let (step, count) = level.of([(0.01, 12), (0.01, 16), (0.02, 11), (0.02, 13), (0.03, 11)]);
    picture_of(&planes_of(picture).map(|plane| {
        let mut sum = plane.values.clone();
        for k in 0..count {
            let layer = zoom::clipped_zoom(&plane, 1.0 + step * f64::from(k));
            add_scaled(&mut sum, &layer.values, 1.0);
        }
        let share = 1.0 / (count + 1) as f32;
        Plane {
            width: plane.width,
            height: plane.height,
            values: sum,
        }
        .map(|v| v * share)
    }))
}

/// Normal noise as a plane, each row from its own stream.
pub(super) fn normal_plane(
    width: usize,
    height: usize,
    dice: Dice,
    mean: f64,
    deviation: f64,
) -> Plane {
    Plane::from_rows(width, height, |y, row| {
        let mut stream = dice.stream(&[y as u64]);
        for value in row {
            *value = (mean + deviation * stream.normal()) as f32;
        }
    })
}
