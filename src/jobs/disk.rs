//! Explanations on disk, bounded in size; the oldest used go first.
//!
//! One file each: a line of JSON with everything but the arrays, then the arrays as little-endian
//! `f32` (map, attribution, probabilities) and the seen picture as RGB bytes. A file that does not fit its own header is no result.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use image::RgbImage;
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

use crate::bounded::BoundedFolder;
use crate::classifier::Prediction;
use crate::files::write_atomic;
use crate::picture::Region;
use crate::saliency::{Completeness, SaliencyMap};
use crate::saliency::{Explanation, Request, Seconds};

/// Ending of the files.
const ENDING: &str = "explanation";
/// Larger files are not read.
const MAX_FILE: u64 = 512 << 20;

/// A folder of explanations.
#[derive(Debug, Clone)]
pub struct DiskCache(BoundedFolder);

#[derive(Serialize, Deserialize)]
struct Header {
    request: Request,
    predictions: Vec<Prediction>,
    class: Prediction,
    region: Region,
    completeness: Option<Completeness>,
    steps_used: usize,
    seconds: Seconds,
    /// Rows and columns of the map.
    map: [usize; 2],
    /// Shape of the attribution, where there is one.
    attribution: Option<[usize; 3]>,
    /// Number of classes.
    classes: usize,
    /// Width and height of what the network saw.
    seen: [u32; 2],
}

impl DiskCache {
    /// Keeps explanations in a folder of files that end in `explanation`.
    #[must_use]
    pub fn within(folder: BoundedFolder) -> Self {
        Self(folder)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.folder().join(key).with_extension(ENDING)
    }

    /// The explanation under `key`; `None` when there is none, or none that is whole.
    #[must_use]
    pub fn read(&self, key: &str) -> Option<Explanation> {
        let path = self.path(key);
        let explanation = decode(&crate::files::read(&path, MAX_FILE).ok()?);
        if explanation.is_some() {
            // Marks it as used; a read-only cache still works.
            let touched = File::options().append(true).open(&path);
            let _ = touched.and_then(|file| file.set_modified(SystemTime::now()));
        }
        explanation
    }

    /// Keeps `explanation` under `key` and drops the oldest ones beyond the bound.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, key: &str, explanation: &Explanation) -> io::Result<()> {
        let bytes = encode(explanation)?;
        write_atomic(&self.path(key), |file| file.write_all(&bytes))?;
        self.0.wrote(bytes.len() as u64);
        Ok(())
    }
}

fn encode(explanation: &Explanation) -> io::Result<Vec<u8>> {
    let (rows, columns) = explanation.map.values.dim();
    let header = Header {
        request: explanation.request.clone(),
        predictions: explanation.predictions.clone(),
        class: explanation.class.clone(),
        region: explanation.region,
        completeness: explanation.completeness,
        steps_used: explanation.steps_used,
        seconds: explanation.seconds,
        map: [rows, columns],
        attribution: explanation
            .attribution
            .as_ref()
            .map(|values| values.dim().into()),
        classes: explanation.probabilities.len(),
        seen: explanation.seen.dimensions().into(),
    };
    let mut bytes = serde_json::to_vec(&header).map_err(io::Error::other)?;
    bytes.push(b'\n');
    let floats = explanation
        .map
        .values
        .iter()
        .chain(explanation.attribution.iter().flatten())
        .chain(&explanation.probabilities);
    bytes.extend(floats.flat_map(|value| value.to_le_bytes()));
    bytes.extend_from_slice(explanation.seen.as_raw());
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<Explanation> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let header: Header = serde_json::from_slice(bytes.get(..end)?).ok()?;
    let mut rest = bytes.get(end + 1..)?;
    let map = floats(&mut rest, &header.map)?;
    let attribution = match &header.attribution {
        Some(shape) => Some(Array3::from_shape_vec(*shape, floats(&mut rest, shape)?).ok()?),
        None => None,
    };
    let probabilities = floats(&mut rest, &[header.classes])?;
    let [width, height] = header.seen;
    let pixels = usize::try_from(u64::from(width) * u64::from(height) * 3).ok()?;
    if rest.len() != pixels {
        return None;
    }
    Some(Explanation {
        request: header.request,
        predictions: header.predictions,
        probabilities,
        class: header.class,
        map: SaliencyMap {
            values: Array2::from_shape_vec(header.map, map).ok()?,
        },
        attribution,
        seen: RgbImage::from_raw(width, height, rest.to_vec())?,
        region: header.region,
        completeness: header.completeness,
        steps_used: header.steps_used,
        seconds: header.seconds,
    })
}

/// Takes an array of `shape` off the front of `rest`.
fn floats(rest: &mut &[u8], shape: &[usize]) -> Option<Vec<f32>> {
    let count = shape
        .iter()
        .try_fold(4_usize, |product, side| product.checked_mul(*side))?;
    let (these, others) = rest.split_at_checked(count)?;
    *rest = others;
    let (values, _) = these.as_chunks::<4>();
    Some(
        values
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn cache(folder: &std::path::Path, max_bytes: u64) -> DiskCache {
        let limit = std::sync::Arc::new(move || max_bytes);
        DiskCache::within(BoundedFolder::new(folder.to_owned(), &[ENDING], limit))
    }

    fn explanation(side: usize) -> Explanation {
        let prediction = Prediction {
            class: 285,
            label: "Egyptian cat".to_owned(),
            probability: 0.385,
            logit: 8.5,
            measured: false,
        };
        Explanation {
            request: Request::default(),
            predictions: vec![prediction.clone()],
            probabilities: vec![0.25, 0.75],
            class: prediction,
            map: SaliencyMap {
                values: Array2::from_shape_fn((side, side + 1), |(y, x)| (y * 7 + x) as f32 - 3.5),
            },
            attribution: Some(Array3::from_elem((side, side + 1, 3), -0.25)),
            seen: RgbImage::from_pixel(4, 5, image::Rgb([1, 2, 10])),
            region: Region {
                x: 1,
                y: 2,
                width: 30,
                height: 30,
            },
            completeness: None,
            steps_used: 12,
            seconds: Seconds::default(),
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir.path().join("new"), 1 << 20);
        let kept = explanation(6);
        cache.write("k", &kept).unwrap();
        let back = cache.read("k").unwrap();
        assert_eq!(back.map, kept.map);
        assert_eq!(back.attribution, kept.attribution);
        assert_eq!(back.seen, kept.seen);
        assert_eq!(back.class, kept.class);
        assert_eq!(back.probabilities, kept.probabilities);
        assert_eq!(back.region, kept.region);
        assert!(cache.read("other").is_none());
    }

    #[test]
    fn a_damaged_file_is_no_result() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path(), 1 << 20);
        cache.write("k", &explanation(6)).unwrap();
        let path = cache.path("k");
        let whole = fs::read(&path).unwrap();
        for length in [0, 10, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(cache.read("k").is_none(), "{length} bytes");
        }
        let mut longer = whole.clone();
        longer.push(0);
        fs::write(&path, &longer).unwrap();
        assert!(cache.read("k").is_none());
    }

    #[test]
    fn the_least_used_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let one = encode(&explanation(6)).unwrap().len() as u64;
        let cache = cache(dir.path(), 2 * one + one / 2);
        for (key, age) in [("a", 300), ("b", 200)] {
            cache.write(key, &explanation(6)).unwrap();
            let file = File::options().append(true).open(cache.path(key)).unwrap();
            let then = SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).unwrap();
        }
        assert!(cache.read("a").is_some(), "reading makes it young again");
        cache.write("c", &explanation(6)).unwrap();
        assert!(cache.read("b").is_none());
        assert!(cache.read("a").is_some() && cache.read("c").is_some());
    }
}
