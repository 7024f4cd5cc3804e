//! Small pictures of the built-in styles, painted once and kept in the cache.

use image::{Rgb, RgbImage};

use crate::files::write_png;
use crate::jobs::Reporter;
use crate::maps::painter::Painter;
use crate::progress::Observer as _;
use crate::stylize::style::BUILT_IN_STYLES;

/// Side of a swatch, in pixels.
const SIDE: u32 = 128;
/// Folder of the swatches in the cache; another sample gets another name.
const FOLDER: &str = "swatches-1";

/// Reports a swatch of each style, by its number: the one that was kept, else a new one.
///
/// # Errors
/// When the style networks are not installed, or nobody wants swatches any more.
pub(super) fn draw(
    painter: &Painter,
    reporter: &Reporter<'_, (usize, RgbImage)>,
) -> Result<(), String> {
    let styles = painter.networks()?;
    let sample = sample();
    for style in 0..BUILT_IN_STYLES {
        reporter.check().map_err(|error| error.to_string())?;
        let path = painter
            .home()
            .cache
            .join(FOLDER)
            .join(format!("{style:02}.png"));
        let kept = crate::picture::open(&path)
            .ok()
            .map(|kept| kept.pixels)
            .filter(|kept| kept.dimensions() == (SIDE, SIDE));
        let small = kept.or_else(|| {
            let mut weights = [0.0; BUILT_IN_STYLES];
            *weights.get_mut(style)? = 1.0;
            let painted = styles.built_in(&sample, &weights).ok()?;
            if let Err(error) = write_png(&path, &painted) {
                tracing::warn!("a swatch could not be kept: {error}");
            }
            Some(painted)
        });
        if let Some(small) = small {
            reporter.report((style, small));
        }
    }
    Ok(())
}

/// What is painted: a ball before a horizon, so that each style shows what it does to edges, to
/// slopes of light and to flat ground.
fn sample() -> RgbImage {
    let side = SIDE as f32;
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (x, y) = (x as f32 / side, y as f32 / side);
        let (dx, dy) = (x - 0.5, y - 0.48);
        let far = (dx * dx + dy * dy).sqrt();
        let grey = if far < 0.3 {
            let lit = 1.0 - ((dx + 0.1).powi(2) + (dy + 0.12).powi(2)).sqrt() / 0.55;
            [235.0 * lit, 150.0 * lit + 20.0, 90.0 * lit + 20.0]
        } else if y > 0.68 {
            // Stripes in the ground that run to the horizon.
            let stripe = ((x - 0.5) / (y - 0.55) * 6.0).sin() > 0.0;
            if stripe {
                [120.0, 130.0, 90.0]
            } else {
                [80.0, 95.0, 70.0]
            }
        } else {
            [150.0 + 60.0 * y, 190.0 + 40.0 * y, 225.0]
        };
        Rgb(grey.map(|value| value as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_edges_slopes_and_ground() {
        let sample = sample();
        let colours: std::collections::HashSet<_> = sample.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > 200, "{}", colours.len());
        assert_eq!(sample.dimensions(), (SIDE, SIDE));
    }
}
