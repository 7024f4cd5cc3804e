//! What is chosen as one figure: pictures in a grid, each with its map as it lies over it on the sheet.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::snapshot::Snapshot;
use super::words;
use crate::collection::sheet::shaded;
use crate::collection::{CoarseMap, PLACES, SIDE};
use crate::figure::{Figure, Format, Panel, Range};
use crate::files::Output;
use crate::ui::widgets::Overlay;

/// So many pictures stand in a figure at most: of more none could be seen.
pub const MOST: usize = 100;
/// Width of a figure, in points: a page with margins.
const WIDTH: f32 = 510.0;
/// Dots an inch of a PNG.
const DPI: f32 = 200.0;

/// Writes a figure of rows to `path`, as its ending says: SVG, PDF or PNG.
///
/// # Errors
/// In words, when it is another kind of file or cannot be written.
pub fn write(
    snapshot: &Snapshot,
    rows: &[u32],
    overlay: &Overlay,
    path: &Path,
) -> Result<PathBuf, String> {
    let format = Format::of(path).ok_or("name a figure .svg, .pdf or .png")?;
    let drawing = figure(snapshot, rows, overlay).drawing();
    let out = Output::new(path);
    let damaged = || "the figure is too large, or its font is damaged".to_owned();
    match format {
        Format::Svg => {
            let svg = drawing.svg().map_err(|error| error.to_string())?;
            out.write_file(|file| file.write_all(svg.as_bytes()))
        }
        Format::Pdf => {
            let pdf = drawing.pdf().ok_or_else(damaged)?;
            out.write_file(|file| file.write_all(&pdf))
        }
        Format::Png => out.write_png(&drawing.raster(DPI).ok_or_else(damaged)?),
    }
    .map_err(|error| error.to_string())?;
    Ok(path.to_owned())
}

fn figure(snapshot: &Snapshot, rows: &[u32], overlay: &Overlay) -> Figure {
    let mut reader = snapshot.reader();
    let readable = rows.iter().copied().filter_map(|row| {
        let (key, fact) = snapshot.picture(row)?;
        let pixels = reader.thumbnail(key, fact)?;
        let caption = match snapshot
            .answer(row)
            .and_then(crate::collection::Answer::class)
        {
            Some(class) => snapshot.class_name(class),
            None => snapshot.word("label", row).unwrap_or_default().to_owned(),
        };
        Some(Panel {
            pixels: with_map(pixels, snapshot.map(row), overlay),
            caption,
            alt: words::about(snapshot, row),
        })
    });
    let panels: Vec<Option<Panel>> = readable.take(MOST).map(Some).collect();
    let across = ((panels.len() as f32 * 1.3).sqrt().ceil() as usize).clamp(1, 10);
    Figure {
        title: snapshot.title.clone(),
        columns: vec![String::new(); across.min(panels.len().max(1))],
        rows: Vec::new(),
        panels,
        colormap: overlay.colormap,
        range: Range::Each,
        width: WIDTH,
    }
}

/// A picture with its map laid over the part that the network saw, as the sheet's shader lays it.
fn with_map(
    mut pixels: RgbImage,
    map: Option<(&CoarseMap, [f32; 2])>,
    overlay: &Overlay,
) -> RgbImage {
    let Some((map, region)) = map.filter(|_| overlay.shown) else {
        return pixels;
    };
    let side = SIDE as u32;
    let shaded = shaded(map);
    let values = RgbImage::from_fn(side, side, |x, y| {
        let place = shaded.get((y * side + x) as usize);
        let [value, rank] = place.copied().unwrap_or_default();
        image::Rgb([value, rank, 0])
    });
    let (width, height) = pixels.dimensions();
    let seen = [width, height]
        .iter()
        .zip(region)
        .map(|(&side, part)| ((side as f32 * part).round() as u32).clamp(1, side.max(1)))
        .collect::<Vec<_>>();
    let [wide, high] = seen[..] else {
        return pixels;
    };
    let (left, top) = ((width - wide) / 2, (height - high) / 2);
    let values = imageops::resize(&values, wide, high, FilterType::Triangle);
    let places = overlay.top / 100.0 * PLACES as f32;
    let opacity = overlay.opacity / 100.0;
    for (x, y, value) in values.enumerate_pixels() {
        if f32::from(value[1]) >= places - 0.5 {
            continue;
        }
        let colour = overlay.colormap.colour(value[0]);
        if let Some(pixel) = pixels.get_pixel_mut_checked(left + x, top + y) {
            for (below, above) in pixel.0.iter_mut().zip(colour) {
                let mixed = f32::from(*below) * (1.0 - opacity) + f32::from(above) * opacity;
                *below = mixed.round() as u8;
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched};

    #[test]
    fn a_map_lies_over_the_part_that_was_seen_as_the_sliders_say() {
        let gray = RgbImage::from_pixel(32, 16, image::Rgb([100; 3]));
        let mut map = CoarseMap::default();
        map.0[..PLACES / 2].fill(255);
        let mut overlay = Overlay {
            opacity: 100.0,
            top: 100.0,
            ..Overlay::default()
        };
        let laid = with_map(gray.clone(), Some((&map, [0.5, 1.0])), &overlay);
        let [low, high] = [0, 255].map(|value| overlay.colormap.colour(value));
        assert_eq!(laid.get_pixel(2, 3).0, [100; 3]);
        assert_eq!(laid.get_pixel(16, 2).0, high);
        assert_eq!(laid.get_pixel(16, 14).0, low);
        // Only the upper half is shown.
        overlay.top = 50.0;
        let laid = with_map(gray.clone(), Some((&map, [0.5, 1.0])), &overlay);
        assert_eq!(laid.get_pixel(16, 2).0, high);
        assert_eq!(laid.get_pixel(16, 14).0, [100; 3]);
        overlay.shown = false;
        assert_eq!(
            with_map(gray.clone(), Some((&map, [0.5, 1.0])), &overlay),
            gray
        );
    }

    #[test]
    fn a_figure_holds_every_picture_in_each_format() {
        let top = tempfile::tempdir().unwrap();
        let listing = Source::Demo { count: 9, seed: 7 }.list().unwrap();
        let index = top.path().join("index");
        run(&index, &listing, &[&FakeNetwork::new("a", 7)], &Unwatched).unwrap();
        let snapshot = Snapshot::read(&index, None).unwrap();
        let rows: Vec<u32> = (0..9).collect();
        let overlay = Overlay::default();
        let made = figure(&snapshot, &rows, &overlay);
        assert_eq!(made.panels.len(), 9);
        for (panel, row) in made.panels.iter().flatten().zip(&rows) {
            assert_eq!(Some(panel.caption.as_str()), snapshot.word("a class", *row));
        }
        for ending in ["svg", "pdf", "png"] {
            let path = top.path().join(format!("figure.{ending}"));
            write(&snapshot, &rows, &overlay, &path).unwrap();
            assert!(std::fs::metadata(path).unwrap().len() > 1000);
        }
        assert!(write(&snapshot, &rows, &overlay, &top.path().join("a.txt")).is_err());
    }
}
