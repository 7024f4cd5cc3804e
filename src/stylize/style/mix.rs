//! Strength and colours, without a network.

use image::RgbImage;

use crate::stylize::rows::for_each_row;

/// `photo` and `painting` (of the same size) blended: `strength` 0 gives the photo, 1 the
/// painting, each to the byte; values beyond are cut. With `keep_colours`, only the painting's
/// light and dark are taken: luma from the painting, both colour differences (BT.601, as in JPEG)
/// from the photo.
///
/// Where the sizes differ the photo's is taken, and the painting counts where both have pixels.
#[must_use]
pub fn mix(photo: &RgbImage, painting: &RgbImage, strength: f32, keep_colours: bool) -> RgbImage {
    let strength = if strength.is_nan() {
        1.0
    } else {
        strength.clamp(0.0, 1.0)
    };
    let mut out = photo.clone();
    let row_length = photo.width() as usize * 3;
    let painted_length = painting.width() as usize * 3;
    for_each_row(&mut out, row_length, |y, row| {
        let start = (y * painted_length).min(painting.len());
        let end = (start + painted_length).min(painting.len());
        let painted = &painting.as_raw()[start..end];
        for (pixel, paint) in row.chunks_exact_mut(3).zip(painted.chunks_exact(3)) {
            // With the colour differences kept, all three channels change by the same amount.
            let lighter = luma(paint) - luma(pixel);
            for (value, &paint) in pixel.iter_mut().zip(paint) {
                let photo = f32::from(*value);
                let paint = if keep_colours {
                    photo + lighter
                } else {
                    f32::from(paint)
                };
                let paint = paint.clamp(0.0, 255.0);
                *value = (photo + (paint - photo) * strength + 0.5) as u8;
            }
        }
    });
    out
}

/// Luma of an RGB pixel, 0 to 255.
fn luma(pixel: &[u8]) -> f32 {
    match *pixel {
        [r, g, b] => 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (RgbImage, RgbImage) {
        let photo = RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([(x * 6) as u8, (y * 8) as u8, ((x * y) % 256) as u8])
        });
        let painting = RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([255 - (x * 5) as u8, ((x + y) * 3) as u8, 90])
        });
        (photo, painting)
    }

    #[test]
    fn the_ends_are_exact_and_the_middle_is_between() {
        let (photo, painting) = pair();
        assert_eq!(mix(&photo, &painting, 0.0, false), photo);
        assert_eq!(mix(&photo, &painting, 0.0, true), photo);
        assert_eq!(mix(&photo, &painting, 1.0, false), painting);
        let half = mix(&photo, &painting, 0.5, false);
        for ((half, a), b) in half.iter().zip(photo.iter()).zip(painting.iter()) {
            let exact = f32::midpoint(f32::from(*a), f32::from(*b));
            assert!((f32::from(*half) - exact).abs() <= 0.5);
        }
    }

    #[test]
    fn kept_colours_take_only_light_and_dark() {
        let photo = RgbImage::from_pixel(8, 8, image::Rgb([120, 60, 80]));
        let painting = RgbImage::from_pixel(8, 8, image::Rgb([20, 130, 90]));
        let kept = mix(&photo, &painting, 1.0, true);
        let pixel = kept.get_pixel(3, 3).0.map(f32::from);
        assert!((luma(&kept.get_pixel(3, 3).0) - luma(&[20, 130, 90])).abs() < 1.0);
        assert!(
            (pixel[0] - pixel[1] - 60.0).abs() <= 1.0 && (pixel[2] - pixel[1] - 20.0).abs() <= 1.0
        );
    }

    #[test]
    fn a_painting_of_another_size_does_not_panic() {
        let (photo, painting) = pair();
        let small = RgbImage::new(3, 50);
        assert_eq!(mix(&photo, &small, 0.5, true).dimensions(), (40, 30));
        assert_eq!(mix(&small, &painting, 0.5, false).dimensions(), (3, 50));
    }
}
