//! An explanation as files: a folder that other tools read, with a picture in it that carries the
//! whole explanation by itself.

use crate::threads::spawn_or_do;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use image::RgbImage;
use ndarray::Ix2;

use super::record::{ATTRIBUTION_FILE, check_map};
use super::{ExplainError, Explanation, ExplanationRecord, MAP_FILE};
use crate::files::{Output, named_in, read_text, write_atomic, write_png};
use crate::picture::{Picture, PngText, read_png_text, write_png_with_texts};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Look, MapRect, colour, overlay};

/// The picture with its map over it, at the picture's own size; it carries the explanation.
const OVERLAY_FILE: &str = "overlay.png";
/// Records larger than this were not written by this program.
pub(super) const MAX_RECORD_BYTES: u64 = 1 << 20;
/// Keyword of the text in a PNG that is the same JSON as `explanation.json`.
pub const RECORD_KEYWORD: &str = "Saliscope explanation";
/// Keyword of the text in a PNG that is `map.npy`, byte for byte, as hexadecimal digits. Digits
/// rather than base64: packed they are no longer, and any language reads them.
pub const MAP_KEYWORD: &str = "Saliscope map";

/// All files of an explanation's folder, the record last.
pub const EXPLANATION_FILES: [&str; 6] = [
    "picture.png",
    OVERLAY_FILE,
    "map.png",
    MAP_FILE,
    ATTRIBUTION_FILE,
    "explanation.json",
];

impl Explanation {
    /// Writes a folder, made where it is missing: `picture.png` (what was explained, at its own size),
    /// `overlay.png` (the same with the map over it as `look` says), `map.png` (the map alone, in
    /// the colours of `look`), `map.npy`, `attribution.npy` (where there is one) and, last,
    /// `explanation.json`. The folder holds this explanation or what was there before, at any moment: see
    /// [`Output::write_folder`].
    ///
    /// `overlay.png` carries the record and the map as texts: [`ExplanationRecord::read`] reads
    /// it like the folder.
    ///
    /// # Errors
    /// When the folder cannot be written, or holds a file of one of these names that this program did
    /// not make.
    pub fn write(
        &self,
        folder: &Path,
        record: &ExplanationRecord,
        picture: &Picture,
        look: &Look,
    ) -> Result<(), ExplainError> {
        self.write_to(&Output::new(folder), record, picture, look)
    }

    /// As [`Self::write`], where a person named the folder.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_to(
        &self,
        folder: &Output,
        record: &ExplanationRecord,
        picture: &Picture,
        look: &Look,
    ) -> Result<(), ExplainError> {
        folder.write_folder(&EXPLANATION_FILES, |new| {
            self.write_into(new, folder.path(), record, picture, look)
        })
    }

    /// Writes the files into `folder`, one after another; errors speak of `told`.
    pub(crate) fn write_into(
        &self,
        folder: &Path,
        told: &Path,
        record: &ExplanationRecord,
        picture: &Picture,
        look: &Look,
    ) -> Result<(), ExplainError> {
        let at = |name: &str| {
            let (path, told) = (folder.join(name), told.join(name));
            let failed = move |source: std::io::Error| ExplainError::File {
                path: told,
                why: source.to_string(),
            };
            (path, failed)
        };
        let (record_file, record_failed) = at("explanation.json");
        let mut json = match serde_json::to_string_pretty(record) {
            Ok(json) => json,
            Err(error) => return Err(record_failed(error.into())),
        };
        json.push('\n');
        let arrays = || {
            let (path, failed) = at(MAP_FILE);
            crate::npy::write_array(&path, self.map.values.view()).map_err(failed)?;
            if let Some(attribution) = &self.attribution {
                let (path, failed) = at(ATTRIBUTION_FILE);
                crate::npy::write_array(&path, attribution.view()).map_err(failed)?;
            }
            Ok::<(), ExplainError>(())
        };
        let pictures = || {
            let (path, failed) = at("map.png");
            write_png(&path, &colour(&self.map, look.scale, look.colormap)).map_err(failed)?;
            let (path, failed) = at("picture.png");
            write_png(&path, &picture.pixels).map_err(failed)
        };
        let laid_over = || {
            let (path, failed) = at(OVERLAY_FILE);
            write_png_with_texts(
                &path,
                &self.overlaid(picture, look),
                &self.texts(record, picture, &json),
            )
            .map_err(failed)
        };
        // Packing one and waiting for the disk with another go together.
        thread::scope(|scope| {
            let others = [spawn_or_do(scope, arrays), spawn_or_do(scope, pictures)];
            let own = laid_over();
            // A panic is passed on when the scope ends.
            let done = others.into_iter().filter_map(|other| other.join().ok());
            done.fold(own, Result::and)
        })?;
        write_atomic(&record_file, |file| file.write_all(json.as_bytes())).map_err(record_failed)
    }

    /// What a PNG of this explanation says about itself. The first two keywords are the PNG
    /// specification's own.
    fn texts(&self, record: &ExplanationRecord, picture: &Picture, json: &str) -> [PngText; 4] {
        let against = self.request.against.map_or_else(String::new, |class| {
            let known = self.predictions.iter().find(|p| p.class == class);
            match known {
                Some(known) => format!(" rather than {}", known.label),
                None => format!(" rather than class {class}"),
            }
        });
        let title = format!(
            "What speaks for {}{against}, by {}",
            record.label, record.method
        );
        let map = crate::files::hexadecimal(&crate::npy::encode(self.map.values.view()));
        [
            PngText::new("Title", title),
            PngText::new("Description", picture.alt.as_str()),
            PngText::new(RECORD_KEYWORD, json),
            PngText::new(MAP_KEYWORD, map),
        ]
    }

    /// The map over the part of the picture that the network saw.
    #[must_use]
    pub fn overlaid(&self, picture: &Picture, look: &Look) -> RgbImage {
        let [width, height] = picture.size();
        let [left, top, right, bottom] = self.region.fractions([width, height]);
        let (w, h) = (width as f32, height as f32);
        let place = MapRect {
            x: left * w,
            y: top * h,
            width: (right - left) * w,
            height: (bottom - top) * h,
        };
        overlay(&picture.pixels, &self.map, place, look)
    }
}

impl ExplanationRecord {
    /// Reads an explanation: from `explanation.json` and the map beside it, or from a PNG that
    /// carries both.
    ///
    /// # Errors
    /// When either is missing or cannot be understood, or the map is not the one that the record
    /// tells of.
    pub fn read(path: &Path) -> Result<(Self, SaliencyMap), ExplainError> {
        let failed = |why: String| ExplainError::File {
            path: path.to_owned(),
            why,
        };
        let is_png = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
        let text = if is_png {
            Self::carried_by(path)?.ok_or_else(|| failed("carries no explanation".to_owned()))?
        } else {
            read_text(path, MAX_RECORD_BYTES).map_err(|e| failed(e.to_string()))?
        };
        let record: Self = serde_json::from_str(&text)
            .map_err(|e| failed(format!("is not an explanation made by this program: {e}")))?;
        let values = if is_png {
            carried_map(path).map_err(failed)?
        } else {
            let map = named_in(path, Path::new(&record.map))
                .map_err(|e| failed(format!("its map {:?} {e}", record.map)))?;
            crate::npy::read_f32_axes::<Ix2>(&map, "[height, width]")?
        };
        check_map(&record.files, &record.map, values.view()).map_err(failed)?;
        Ok((record, SaliencyMap { values }))
    }

    /// The JSON that the PNG file at `path` carries; `None` where it carries none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn carried_by(path: &Path) -> Result<Option<String>, ExplainError> {
        read_png_text(path, RECORD_KEYWORD).map_err(|error| ExplainError::File {
            path: path.to_owned(),
            why: error.to_string(),
        })
    }
}

/// The map `[height, width]` that the PNG file at `path` carries.
///
/// # Errors
/// What is wrong with it, in words that follow the name of the file.
pub fn carried_map(path: &Path) -> Result<ndarray::Array2<f32>, String> {
    let digits = read_png_text(path, MAP_KEYWORD)
        .map_err(|error| error.to_string())?
        .ok_or("carries no map; save it in Saliscope, or give map.npy")?;
    let bytes = crate::files::from_hexadecimal(&digits).ok_or("carries a damaged map")?;
    crate::npy::parse(&bytes)
        .map_err(|why| format!("carries a map that {why}"))?
        .into_dimensionality::<Ix2>()
        .map_err(|error| format!("carries a map that is not [height, width]: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{explanation, model};
    use super::*;

    #[test]
    fn the_title_names_both_classes_of_a_contrast() {
        let mut explanation = explanation();
        let picture = Picture::from_pixels("p", RgbImage::new(50, 30));
        let title = |explanation: &Explanation| {
            let record = explanation.record(model(), &picture, None);
            let [title, ..] = explanation.texts(&record, &picture, "");
            title.text
        };
        assert_eq!(title(&explanation), "What speaks for Egyptian cat, by xrai");
        explanation.request.against = Some(7);
        assert!(title(&explanation).contains("Egyptian cat rather than class 7, by"));
        explanation.predictions[0].class = 7;
        explanation.predictions[0].label = "cock".to_owned();
        assert!(title(&explanation).contains("rather than cock"));
    }

    #[test]
    fn the_picture_alone_carries_the_same_numbers_as_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let explanation = explanation();
        let pixels = RgbImage::from_fn(50, 30, |x, y| image::Rgb([x as u8, y as u8, 99]));
        let picture = Picture::from_pixels("caf\u{e9}", pixels);
        let record = explanation.record(model(), &picture, None);
        let look = Look {
            opacity: 1.0,
            ..Look::of(&explanation.map)
        };
        let inside = folder.path().join("new");
        explanation
            .write(&inside, &record, &picture, &look)
            .unwrap();

        // The picture on its own, elsewhere.
        let alone = folder.path().join("alone.PNG");
        std::fs::rename(inside.join("overlay.png"), &alone).unwrap();
        let (carried, map) = ExplanationRecord::read(&alone).unwrap();
        let (beside, other) = ExplanationRecord::read(&inside.join("explanation.json")).unwrap();
        assert_eq!(map, explanation.map);
        assert_eq!(other, explanation.map);
        let json = |record: &ExplanationRecord| serde_json::to_value(record).unwrap();
        assert_eq!(json(&carried), json(&record));
        assert_eq!(json(&beside), json(&record));

        let plain = crate::picture::open(&inside.join("picture.png")).unwrap();
        assert_eq!(plain.pixels, picture.pixels);
        let laid = crate::picture::open(&alone).unwrap().pixels;
        assert_eq!(laid.dimensions(), (50, 30));
        // Outside of what the network saw the picture is untouched, inside the map hides it.
        assert_eq!(laid.get_pixel(5, 5), picture.pixels.get_pixel(5, 5));
        let [r, g, b] = look.pixel([0; 3], explanation.map.values[[4, 0]]);
        assert_eq!(laid.get_pixel(10, 29).0, [r, g, b]);
    }

    #[test]
    fn damage_is_told_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let one = RgbImage::new(1, 1);
        let npy =
            crate::files::hexadecimal(&crate::npy::encode(ndarray::Array1::<f32>::zeros(3).view()));
        for (map, says) in [
            ("12g4", "damaged"),
            ("1234", "not a .npy file"),
            (npy.as_str(), "not [height, width]"),
        ] {
            let texts = [PngText::new(MAP_KEYWORD, map)];
            write_png_with_texts(&path, &one, &texts).unwrap();
            let why = carried_map(&path).unwrap_err();
            assert!(why.contains(says) && !why.contains('\n'), "{why}");
        }
        let error = ExplanationRecord::read(&path).unwrap_err().to_string();
        assert!(error.contains("carries no explanation"), "{error}");
        let texts = [PngText::new(RECORD_KEYWORD, "{}")];
        write_png_with_texts(&path, &one, &texts).unwrap();
        let error = ExplanationRecord::read(&path).unwrap_err().to_string();
        assert!(error.contains("is not an explanation") && !error.contains('\n'));
    }
}
