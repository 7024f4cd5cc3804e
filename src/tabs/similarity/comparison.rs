//! What is computed about two maps beside the frames: their common size and colours first, then the
//! figures. Knows nothing of the window: it gets maps and gives figures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::Image;
use image::{Rgb, RgbImage};

use crate::compare::metrics::overlap::Overlap;
use crate::compare::{CompareError, Options, Prepared, Similarity, TopColour};
use crate::compare::{metrics, read_map, top_colours};
use crate::jobs::Work;
use crate::picture::Picture;
use crate::saliency::SaliencyMap;
use crate::stage::{LayerData, colours_image, map_image};
use crate::tabs::save::{MapSource, made};

/// A map with the name that messages call it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) map: Arc<SaliencyMap>,
    pub(super) source: MapSource,
}

/// Two maps ready to be counted and drawn.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) prepared: Arc<Prepared>,
    /// What they were made from.
    pub(super) sources: Box<[MapSource; 2]>,
    /// Both in colours, as textures.
    pub(super) colours: [Image; 2],
    /// Both values on the scale 0 to 1, as textures.
    pub(super) shares: [Image; 2],
}

/// Brings two maps to one size and colours them.
pub(super) fn prepare([a, b]: &[Named; 2], options: &Options) -> Result<Ready, CompareError> {
    let prepared = Prepared::new(
        (&a.name, a.map.values.view()),
        (&b.name, b.map.values.view()),
        options,
    )?;
    // Counted here, so that no frame does.
    for by_value in [false, true] {
        prepared.agreement(0, by_value)?;
    }
    let shares = |index: usize| {
        let scale = prepared.scales()[index];
        map_image(&SaliencyMap {
            values: prepared.maps()[index]
                .values
                .mapv(|value| scale.share(value)),
        })
    };
    let [colours_a, colours_b] = prepared.coloured();
    Ok(Ready {
        colours: [colours_image(colours_a), colours_image(colours_b)],
        shares: [shares(0), shares(1)],
        sources: Box::new([a.source.clone(), b.source.clone()]),
        prepared: Arc::new(prepared),
    })
}

/// The top colours of both.
pub(super) fn colours(of: &Prepared, count: usize) -> Result<[Vec<TopColour>; 2], CompareError> {
    let [a, b] = of.coloured();
    Ok([top_colours(a, count, 0)?, top_colours(b, count, 0)?])
}

/// All six figures; those of `known` that the top share does not change are taken from there.
pub(super) fn similarity(
    of: &Prepared,
    top_share: f64,
    known: Option<Similarity>,
) -> Result<Similarity, CompareError> {
    let pair = of.pair()?;
    let Some(known) = known else {
        return metrics::Similarity::of(&pair, top_share);
    };
    let overlap = Overlap::of(&pair, top_share);
    Ok(Similarity {
        iou: overlap.iou(),
        dice: overlap.dice(),
        ..known
    })
}

/// Writes the comparison into a new folder inside `parent`, and what it is of; `work` knows networks.
pub(super) fn save(
    of: &Prepared,
    sources: &[MapSource; 2],
    options: &Options,
    (parent, name): (&Path, &str),
    work: &dyn Work,
) -> Result<PathBuf, String> {
    let [a, b] = sources;
    let origins = [a.origin(work)?, b.origin(work)?];
    let folder = made(parent, name)?;
    let mut comparison = of.compare(options).map_err(|error| error.to_string())?;
    comparison.origins = Some(Box::new(origins));
    comparison
        .write(&folder)
        .map_err(|error| error.to_string())?;
    Ok(folder)
}

/// A map's file, ready for the stage: it lies over a plain ground of its picture's shape.
pub(super) struct FromFile {
    pub(super) name: String,
    pub(super) map: Arc<SaliencyMap>,
    pub(super) source: MapSource,
    pub(super) layer: LayerData,
    pub(super) ground: Arc<Picture>,
}

/// Reads a map's file.
pub(super) fn read(path: &Path) -> Result<FromFile, CompareError> {
    let read = read_map(path)?;
    let name = map_name(path);
    let source = MapSource::File(PathBuf::from(&read.name));
    let (rows, columns) = read.values.dim();
    let (size, region) = match read.frame {
        Some(frame) => {
            let size = [frame.width, frame.height];
            (size, frame.region.fractions(size))
        }
        None => ([columns as u32, rows as u32], [0.0, 0.0, 1.0, 1.0]),
    };
    // Only its shape counts: the map covers it.
    let most = 1024.0 / f64::from(size[0].max(size[1]).max(1));
    let side = |n: u32| ((f64::from(n) * most.min(1.0)).round() as u32).max(1);
    let ground = RgbImage::from_pixel(side(size[0]), side(size[1]), Rgb([128, 128, 128]));
    let map = Arc::new(SaliencyMap {
        values: read.values,
    });
    Ok(FromFile {
        layer: LayerData::of(&map, region),
        ground: Arc::new(Picture::from_pixels(name.clone(), ground)),
        name,
        map,
        source,
    })
}

/// The name of a map's file for people: the folder too where the file is one of many of that name.
pub(super) fn map_name(path: &Path) -> String {
    let stem = crate::picture::display_name(path);
    let folder = path.parent().and_then(Path::file_name);
    match folder {
        Some(folder) if stem == "map" || stem == "explanation" => {
            folder.to_string_lossy().into_owned()
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn named(name: &str, phase: f32) -> Named {
        let values = Array2::from_shape_fn((40, 50), |(y, x)| {
            (x as f32 * 0.2 + phase).sin() + (y as f32 * 0.1).cos()
        });
        Named {
            name: name.to_owned(),
            map: Arc::new(SaliencyMap { values }),
            source: MapSource::File(PathBuf::from(name)),
        }
    }

    #[test]
    fn figures_are_those_of_the_comparison_whatever_was_known() {
        let pair = [named("a", 0.0), named("b", 0.7)];
        let of = prepare(&pair, &Options::default()).unwrap().prepared;
        let mut known = None;
        for top_share in [0.1, 0.3] {
            let got = similarity(&of, top_share, known).unwrap();
            let want = Similarity::of(&of.pair().unwrap(), top_share).unwrap();
            assert_eq!(got, want);
            known = Some(got);
        }
    }

    #[test]
    fn a_map_that_is_no_map_is_told_in_one_line() {
        let mut broken = named("broken.npy", 0.0);
        if let Some(map) = Arc::get_mut(&mut broken.map) {
            map.values[[3, 4]] = f32::NAN;
        }
        let refused = prepare(&[named("a", 0.0), broken], &Options::default());
        let why = refused.map(|_| ()).unwrap_err().to_string();
        assert!(
            why.contains("broken.npy holds NaN at row 3, column 4"),
            "{why}"
        );
    }

    #[test]
    fn maps_are_called_by_what_tells_them_apart() {
        assert_eq!(map_name(Path::new("out/cat/map.npy")), "cat");
        assert_eq!(map_name(Path::new("out/cat/explanation.json")), "cat");
        assert_eq!(map_name(Path::new("out/fog-3.npy")), "fog-3");
        assert_eq!(map_name(Path::new("map.npy")), "map");
    }
}
