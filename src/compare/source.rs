//! Maps as files: `map.npy`, an `explanation.json` with its map beside it, or a PNG that carries both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};
use serde::Deserialize;

use super::CompareError;
use super::arrays::{gray_map, plain_map};
use super::pair::check;
use crate::files::{named_in, read};
use crate::picture::{Region, read_png_text};
use crate::saliency::{ExplanationRecord, MAP_FILE, MAP_KEYWORD, carried_map, check_map};

/// Largest explanation file that is read, in bytes: they hold a few kilobytes.
const MAX_JSON_BYTES: u64 = 16 << 20;

/// A map with the name that messages call it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedMap {
    /// Usually its path.
    pub name: String,
    /// `[height, width]`, every value a finite number.
    pub values: Array2<f32>,
    /// Which part of which picture it covers, where an explanation says so.
    pub frame: Option<Frame>,
}

/// The part of a picture that a map covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Width of the picture, in pixels.
    pub width: u32,
    /// Height of the picture, in pixels.
    pub height: u32,
    /// The part that the network saw, in the picture's pixels.
    pub region: Region,
}

/// What is needed here of an explanation's file.
#[derive(Default, Deserialize)]
struct Explanation {
    map: Option<PathBuf>,
    region: Option<Region>,
    picture: Option<Size>,
    /// SHA-256 of the files beside it, by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

impl Explanation {
    fn map(&self) -> &Path {
        self.map.as_deref().unwrap_or(Path::new(MAP_FILE))
    }

    /// Checks that the map is the one that the explanation at `path` tells of.
    fn check(&self, path: &Path, map: ArrayView2<'_, f32>) -> Result<(), CompareError> {
        let name = self.map().to_string_lossy();
        check_map(&self.files, &name, map).map_err(|why| CompareError::Explanation {
            path: path.to_owned(),
            why,
        })
    }

    fn frame(&self) -> Option<Frame> {
        let (region, size) = (self.region?, self.picture.as_ref()?);
        let inside = |start: u32, length: u32, whole: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
        };
        (inside(region.x, region.width, size.width) && inside(region.y, region.height, size.height))
            .then_some(Frame {
                width: size.width,
                height: size.height,
                region,
            })
    }
}

/// Reads a map from a `.npy` or `.npz` file of two dimensions (or one that comes down to them), or
/// from a gray PNG, or from the `.json` file of an explanation,
/// which names its map's file (`"map"`, by default `map.npy` in the same folder) and the part of
/// the picture it covers, or from the folder in which an explanation lies, or from a PNG file that
/// carries an explanation (`overlay.png`).
///
/// # Errors
/// When a file is missing or not what it should be, or the map is empty or holds values that are
/// not finite (the error says where).
pub fn read_map(path: &Path) -> Result<NamedMap, CompareError> {
    let is_png = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    let (name, values, frame) = if is_png {
        let (values, frame) = match read_png_text(path, MAP_KEYWORD) {
            Ok(None) => (gray_map(path)?, None),
            _ => carried(path)?,
        };
        (path.display().to_string(), values, frame)
    } else {
        let (file, told) = locate(path)?;
        let values = plain_map(&file)?;
        let frame = match told {
            Some((record, explanation)) => {
                explanation.check(&record, values.view())?;
                explanation.frame()
            }
            None => None,
        };
        (file.display().to_string(), values, frame)
    };
    check(&name, values.view())?;
    Ok(NamedMap {
        name,
        values,
        frame,
    })
}

/// The map that a PNG file carries, and the part of its picture that it covers.
fn carried(path: &Path) -> Result<(Array2<f32>, Option<Frame>), CompareError> {
    let problem = |why: String| CompareError::Explanation {
        path: path.to_owned(),
        why,
    };
    let values = carried_map(path).map_err(problem)?;
    let text = ExplanationRecord::carried_by(path).ok().flatten();
    let explanation: Option<Explanation> = text.and_then(|text| serde_json::from_str(&text).ok());
    let Some(explanation) = explanation else {
        return Ok((values, None));
    };
    explanation.check(path, values.view())?;
    Ok((values, explanation.frame()))
}

/// The file of a map, and the explanation that told of it, with its own path.
fn locate(path: &Path) -> Result<(PathBuf, Option<(PathBuf, Explanation)>), CompareError> {
    if path.is_dir() {
        let explanation = path.join("explanation.json");
        return if explanation.is_file() {
            locate(&explanation)
        } else {
            Ok((path.join("map.npy"), None))
        };
    }
    let is_json = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("json"));
    if !is_json {
        return Ok((path.to_owned(), None));
    }
    let problem = |why: String| CompareError::Explanation {
        path: path.to_owned(),
        why,
    };
    let text = read(path, MAX_JSON_BYTES).map_err(|e| problem(e.to_string()))?;
    let explanation: Explanation = serde_json::from_slice(&text)
        .map_err(|e| problem(format!("is not an explanation: {e}")))?;
    let named = explanation.map();
    let map =
        named_in(path, named).map_err(|e| problem(format!("its map {} {e}", named.display())))?;
    Ok((map, Some((path.to_owned(), explanation))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy;
    use ndarray::{Array1, array};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn an_explanation_leads_to_its_map() {
        let dir = folder();
        let map = array![[1.0f32, 2.0], [3.0, 4.0]];
        npy::write(&dir.path().join("map.npy"), map.view()).unwrap();
        npy::write(&dir.path().join("other.npy"), (&map + 1.0).view()).unwrap();
        let json = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).unwrap();
            read_map(&dir.path().join(name))
        };
        assert_eq!(
            json("explanation.json", r#"{"class": 3}"#).unwrap().values,
            map
        );
        assert_eq!(
            json("b.JSON", r#"{"map": "other.npy"}"#).unwrap().values,
            &map + 1.0
        );
        assert_eq!(read_map(&dir.path().join("map.npy")).unwrap().values, map);
        assert_eq!(read_map(dir.path()).unwrap().values, map);
        let framed = json(
            "d.json",
            r#"{"map": "map.npy", "region": {"x": 1, "y": 0, "width": 4, "height": 4}, "picture": {"name": "p", "width": 6, "height": 4}}"#,
        );
        let frame = framed.unwrap().frame.unwrap();
        assert_eq!((frame.width, frame.region.x, frame.region.width), (6, 1, 4));
        let beyond = json(
            "e.json",
            r#"{"map": "map.npy", "region": {"x": 3, "y": 0, "width": 4, "height": 4}, "picture": {"width": 6, "height": 4}}"#,
        );
        assert_eq!(beyond.unwrap().frame, None);
        let error = json("c.json", "[1, 2").unwrap_err().to_string();
        assert!(error.contains("c.json: is not an explanation"), "{error}");
        assert!(!error.contains('\n'));
    }

    #[test]
    fn what_is_no_map_is_said_in_one_line() {
        let dir = folder();
        let line = dir.path().join("line.npy");
        npy::write(&line, Array1::<f32>::zeros(9).view()).unwrap();
        let bad = dir.path().join("bad.npy");
        npy::write(&bad, array![[0.0f32, f32::INFINITY]].view()).unwrap();
        let bare = dir.path().join("bare.png");
        let coloured = image::RgbImage::from_pixel(3, 2, image::Rgb([9, 1, 0]));
        crate::files::write_png(&bare, &coloured).unwrap();
        for (path, says) in [
            (line, "expected [height, width]"),
            (bad, "bad.npy holds inf at row 0, column 1"),
            (dir.path().join("none.npy"), "none.npy"),
            (dir.path().join("none.json"), "none.json"),
            (dir.path().join("none.png"), "none.png"),
            (bare, "bare.png: carries no map"),
        ] {
            let error = read_map(&path).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains('\n'), "{error}");
        }
    }
}
