//! The real laboratory: pictures of a folder, installed networks, the style networks.

use std::collections::HashMap;
use std::path::PathBuf;

use image::RgbImage;

use super::analysis::{Lab, Seen, Subject, Watcher};
use crate::classifier::Classifier;
use crate::picture::{self, Picture};
use crate::progress::Observer;
use crate::saliency::{Request, explain};
use crate::stylize::shift::{Easel, Shift};

/// Shifted pictures that are kept for the next network, in bytes at most: each is made once
/// instead of once a network where it fits.
const KEPT_BYTES: usize = 256 << 20;

/// Shifts the pictures of a folder and shows them to networks.
pub struct Workshop<'a> {
    /// The pictures, in the order of the plan.
    pub paths: Vec<PathBuf>,
    /// The networks, in the order of the plan.
    pub classifiers: Vec<Classifier>,
    /// How maps are computed.
    pub request: Request,
    /// What shifts the pictures.
    pub easel: Easel,
    /// Whoever may cancel in the middle of a map or a painting.
    pub observer: &'a dyn Observer,
    kept: HashMap<(String, String), Picture>,
}

impl<'a> Workshop<'a> {
    /// A workshop with nothing begun.
    #[must_use]
    pub fn new(
        paths: Vec<PathBuf>,
        classifiers: Vec<Classifier>,
        request: Request,
        easel: Easel,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            paths,
            classifiers,
            request,
            easel,
            observer,
            kept: HashMap::new(),
        }
    }
}

/// Name and content hash of the textures that `easel` paints in, as a [`Plan`](super::Plan) has them.
#[must_use]
pub fn textures(easel: &Easel) -> Vec<(String, String)> {
    let owned = |(name, hash): (&str, &str)| (name.to_owned(), hash.to_owned());
    easel.textures().map(owned).collect()
}

/// What else decides the rows beside pictures, networks and shifts: the settings of a
/// [`Plan`](super::Plan), as one line. How files are decoded is a part of it: rows of other pixels
/// are other rows.
#[must_use]
pub fn settings(request: &Request) -> String {
    let steps = request
        .params
        .steps
        .map_or_else(|| "default".to_owned(), |s| s.to_string());
    format!(
        "{} steps {steps} {:?} seed {}{DECODED}{}",
        request.method.id(),
        request.framing,
        request.params.seed,
        picture::DECODING,
    )
    .to_lowercase()
}

/// In settings, before how files were decoded.
const DECODED: &str = " decoding ";

/// Settings without how files were decoded.
pub(super) fn undecoded(settings: &str) -> String {
    let Some((before, rest)) = settings.split_once(DECODED) else {
        return settings.to_owned();
    };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}{digits}")
}

/// The pictures of a folder as a plan has them, with their files; what cannot be read is told and left
/// out.
pub fn subjects(paths: Vec<PathBuf>, watcher: &mut dyn Watcher) -> (Vec<PathBuf>, Vec<Subject>) {
    let mut found = (Vec::new(), Vec::new());
    for path in paths {
        let name = crate::text::file_name(path.file_name().unwrap_or_default());
        match crate::files::sha256_of_file(&path) {
            Ok(sha256) => {
                found.0.push(path);
                found.1.push(Subject { name, sha256 });
            }
            Err(error) => watcher.skipped(&name, &format!("it cannot be read: {error}")),
        }
    }
    found
}

impl Lab for Workshop<'_> {
    type Picture = Picture;

    fn open(&mut self, picture: usize) -> Result<Picture, String> {
        self.kept.clear();
        let path = self.paths.get(picture).ok_or("there is no such picture")?;
        picture::open(path).map_err(|e| e.to_string())
    }

    fn shifted(&mut self, picture: &Picture, shift: &str) -> Result<Picture, String> {
        let key = (picture.sha256.clone(), shift.to_owned());
        if let Some(known) = self.kept.get(&key) {
            return Ok(known.clone());
        }
        let parsed: Shift = shift.parse()?;
        let pixels = self
            .easel
            .shifted(&picture.pixels, &parsed, self.observer)
            .map_err(|e| e.to_string())?;
        let shifted = Picture::from_pixels(picture.name.clone(), pixels);
        let size = |pixels: &RgbImage| pixels.as_raw().len();
        let held: usize = self.kept.values().map(|p| size(&p.pixels)).sum();
        if self.classifiers.len() > 1 && held + size(&shifted.pixels) <= KEPT_BYTES {
            self.kept.insert(key, shifted.clone());
        }
        Ok(shifted)
    }

    fn explain(&mut self, model: usize, picture: &Picture) -> Result<Seen, String> {
        let classifier = self
            .classifiers
            .get(model)
            .ok_or("there is no such model")?;
        let seen = explain(classifier, picture, &self.request, self.observer)
            .map_err(|e| e.to_string())?;
        Ok(Seen {
            class: seen.class.class,
            label: seen.class.label,
            probabilities: seen.probabilities,
            map: seen.map,
        })
    }
}
