//! What the other rooms show: maps of further answers, and pictures in the skin of another.

use std::path::Path;

use image::RgbImage;
use image::imageops::{FilterType, resize};
use serde::{Deserialize, Serialize};

use super::bake::{BAKE, Baked, BakedPicture};
use super::check::Checked;
use super::error::ExhibitError;
use crate::classifier::Classifier;
use crate::files::{Output, write_png};
use crate::guess::{Answer, BandShares};
use crate::home::Home;
use crate::picture::Picture;
use crate::progress::Observer;
use crate::saliency::colormap::Look;
use crate::saliency::{ClassChoice, Explanation, Method, ModelRecord, Request, explain};
use crate::stylize::style::{Finish, StyleNetworks, mix};

/// Answers of a picture that visitors can look at, the first included.
pub(super) const ANSWERS: usize = 3;
/// Longer side of a picture in another's skin, in pixels.
const SIDE: u32 = 640;

/// A further answer of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BakedAnswer {
    /// What it is called.
    pub label: String,
    /// How sure the network is, 0-1.
    pub probability: f32,
    /// The explanation's folder in `bake/`.
    pub explanation: String,
}

/// A picture in the skin of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BakedStyle {
    /// SHA-256 of the picture whose shapes are kept.
    pub shape: String,
    /// SHA-256 of the picture whose skin it has.
    pub skin: String,
    /// The network.
    pub model: String,
    /// The method of the map.
    pub method: String,
    /// The picture in `bake/`.
    pub picture: String,
    /// What the network says of it, and where it looked.
    pub answer: BakedAnswer,
}

/// A map of a picture, written into `folder` as `name`.
pub(super) fn write_map(
    (folder, name): (&Path, &str),
    explanation: &Explanation,
    picture: &Picture,
    classifier: &Classifier,
) -> Result<BakedAnswer, ExhibitError> {
    let name = crate::files::file_name(name);
    let record = explanation.record(ModelRecord::of(classifier)?, picture, None);
    let look = Look::of(&explanation.map);
    // Whatever is damaged there was ours.
    let place = Output::new(&folder.join(&name)).overwriting(true);
    explanation.write_to(&place, &record, picture, &look)?;
    Ok(BakedAnswer {
        label: explanation.class.label.clone(),
        probability: explanation.class.probability,
        explanation: name,
    })
}

/// The answers after the first, each with its map.
pub(super) fn answers(
    folder: &Path,
    name: &str,
    picture: &Picture,
    classifier: &Classifier,
    (first, observer): (&Explanation, &dyn Observer),
) -> Result<Vec<BakedAnswer>, ExhibitError> {
    let others = first.predictions.iter().skip(1).take(ANSWERS - 1);
    let mut answers = Vec::new();
    for other in others {
        let request = Request {
            class: ClassChoice::Class(other.class),
            ..first.request.clone()
        };
        let explanation = explain(classifier, picture, &request, observer)?;
        // A map that is the same everywhere shows nothing.
        let shown = Answer::of("", explanation.map.values.view(), BandShares::default());
        if shown.is_err() {
            continue;
        }
        let name = format!("{name}-{}", other.class);
        answers.push(write_map(
            (folder, name.as_str()),
            &explanation,
            picture,
            classifier,
        )?);
    }
    Ok(answers)
}

/// Each picture in the skin of the next one; what was made before and is whole stays.
pub(super) fn styles(
    checked: &Checked,
    home: &Home,
    (before, method): (&Baked, Method),
    classifier: &mut dyn FnMut() -> Result<Classifier, ExhibitError>,
    observer: &dyn Observer,
) -> Result<Vec<BakedStyle>, ExhibitError> {
    let folder = checked.folder.join(BAKE);
    let play = &checked.exhibit.play;
    let model = play.models.first().map_or("", String::as_str);
    let pictures: Vec<&Picture> = checked.pictures.iter().flatten().collect();
    let mut styles = Vec::new();
    let mut open: Option<(StyleNetworks, Classifier)> = None;
    for (shape, skin) in pictures.iter().zip(pictures.iter().cycle().skip(1)) {
        if shape.sha256 == skin.sha256 {
            continue;
        }
        let is_it = |style: &&BakedStyle| {
            style.shape == shape.sha256
                && style.skin == skin.sha256
                && style.model == model
                && style.method == method.id()
                && folder.join(&style.picture).is_file()
                && before.answer(&style.answer).is_ok()
        };
        if let Some(known) = before.styles.iter().find(is_it) {
            styles.push(known.clone());
            continue;
        }
        let (networks, classifier) = match &mut open {
            Some(open) => open,
            none => none.insert((StyleNetworks::open(home)?, classifier()?)),
        };
        let small = fitting(&shape.pixels);
        let style = networks.style_of(skin)?;
        let painting = networks.stylize(&small, &style, Finish::Guided, observer)?;
        let painted = Picture::from_pixels("in another skin", mix(&small, &painting, 1.0, false));
        let request = Request {
            method,
            ..Request::default()
        };
        let explanation = explain(classifier, &painted, &request, observer)?;
        let short = |sha256: &str| sha256.chars().take(16).collect::<String>();
        let name = format!("{}-in-{}", short(&shape.sha256), short(&skin.sha256));
        let map = format!("{name}-{model}-{}", method.id());
        let answer = write_map(
            (folder.as_path(), map.as_str()),
            &explanation,
            &painted,
            classifier,
        )?;
        let picture = crate::files::file_name(&format!("{name}.png"));
        let path = folder.join(&picture);
        write_png(&path, &painted.pixels).map_err(|source| ExhibitError::Io { path, source })?;
        styles.push(BakedStyle {
            shape: shape.sha256.clone(),
            skin: skin.sha256.clone(),
            model: model.to_owned(),
            method: method.id().to_owned(),
            picture,
            answer,
        });
    }
    Ok(styles)
}

fn fitting(pixels: &RgbImage) -> RgbImage {
    let (width, height) = pixels.dimensions();
    let scale = f64::from(SIDE) / f64::from(width.max(height).max(1));
    let side = |n: u32| ((f64::from(n) * scale.min(1.0)).round() as u32).max(1);
    resize(pixels, side(width), side(height), FilterType::Triangle)
}

impl BakedPicture {
    /// Whether the answers that a room shows are there.
    pub(super) fn has_answers(&self, baked: &Baked) -> bool {
        !self.answers.is_empty()
            && self
                .answers
                .iter()
                .all(|answer| baked.answer(answer).is_ok())
    }
}
