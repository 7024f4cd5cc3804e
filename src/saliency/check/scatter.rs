//! A picture from some of its pixels: the rest is interpolated linearly over the triangles
//! between them, as `scipy.interpolate.griddata(method='linear')` does.

use delaunator::{Point, triangulate};
use image::RgbImage;
use ndarray::Array2;

/// `picture` where `keep` (`[height, width]`) is true and in the four corners; elsewhere what the
/// kept pixels around suggest, rounded to 8 bits.
pub(super) fn interpolate(picture: &RgbImage, keep: &Array2<bool>) -> RgbImage {
    let (width, height) = picture.dimensions();
    let corner = |x: u32, y: u32| (x == 0 || x + 1 == width) && (y == 0 || y + 1 == height);
    let kept = |x: u32, y: u32| {
        corner(x, y) || keep.get((y as usize, x as usize)).copied().unwrap_or(false)
    };
    let places: Vec<(u32, u32)> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .filter(|&(x, y)| kept(x, y))
        .collect();
    let mut out = picture.clone();
    if places.len() == (width * height) as usize {
        return out;
    }
    let points: Vec<Point> = places
        .iter()
        .map(|&(x, y)| Point {
            x: f64::from(x),
            y: f64::from(y),
        })
        .collect();
    for corners in triangulate(&points).triangles.chunks_exact(3) {
        let [a, b, c] = [0, 1, 2].map(|i| places[corners[i]]);
        fill_triangle(picture, &mut out, [a, b, c], &kept);
    }
    out
}

/// Fills the pixels in a triangle (edges included) that are not kept.
fn fill_triangle(
    picture: &RgbImage,
    out: &mut RgbImage,
    corners: [(u32, u32); 3],
    kept: &impl Fn(u32, u32) -> bool,
) {
    let at = corners.map(|(x, y)| (i64::from(x), i64::from(y)));
    let twice_area = |a: (i64, i64), b: (i64, i64), c: (i64, i64)| {
        (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
    };
    let whole = twice_area(at[0], at[1], at[2]);
    if whole == 0 {
        return;
    }
    let colours = corners.map(|(x, y)| picture.get_pixel(x, y).0.map(f64::from));
    let range = |pick: fn((u32, u32)) -> u32| {
        let values = corners.map(pick);
        let min = values.iter().copied().min().unwrap_or(0);
        min..=values.iter().copied().max().unwrap_or(0)
    };
    for y in range(|corner| corner.1) {
        for x in range(|corner| corner.0) {
            if kept(x, y) {
                continue;
            }
            let here = (i64::from(x), i64::from(y));
            let shares = [
                twice_area(here, at[1], at[2]),
                twice_area(at[0], here, at[2]),
                twice_area(at[0], at[1], here),
            ];
            // Inside when all have the sign of the whole. Integers: no pixel falls in a gap.
            if shares.iter().any(|share| share * whole.signum() < 0) {
                continue;
            }
            let mix = |channel: usize| {
                let sum: f64 = shares
                    .iter()
                    .zip(&colours)
                    .map(|(&share, colour)| share as f64 * colour[channel])
                    .sum();
                // NumPy rounds halves to even.
                (sum / whole as f64).round_ties_even().clamp(0.0, 255.0) as u8
            };
            out.get_pixel_mut(x, y).0 = [mix(0), mix(1), mix(2)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_plane_comes_back_from_any_of_its_pixels() {
        let picture = RgbImage::from_fn(40, 30, |x, y| {
            Rgb([(3 * x + 2 * y) as u8, (200 - 2 * x) as u8, 7])
        });
        for keep in [
            Array2::from_elem((30, 40), false),
            Array2::from_shape_fn((30, 40), |(y, x)| (y * 7 + x * 13) % 50 == 0),
        ] {
            assert_eq!(interpolate(&picture, &keep), picture);
        }
    }

    #[test]
    fn kept_pixels_stay_and_the_rest_lies_between() {
        let picture = RgbImage::from_fn(9, 1, |x, _| Rgb([if x == 4 { 200 } else { 0 }; 3]));
        // A single row has no triangles: all stays.
        assert_eq!(
            interpolate(&picture, &Array2::from_elem((1, 9), false)),
            picture
        );
        let picture =
            RgbImage::from_fn(
                9,
                9,
                |x, y| Rgb([if (x, y) == (4, 4) { 200 } else { 0 }; 3]),
            );
        let keep = Array2::from_shape_fn((9, 9), |at| at == (4, 4));
        let out = interpolate(&picture, &keep);
        assert_eq!(out.get_pixel(4, 4).0, [200; 3]);
        assert_eq!(out.get_pixel(4, 2).0, [100; 3]);
        assert_eq!(out.get_pixel(0, 0).0, [0; 3]);
    }
}
