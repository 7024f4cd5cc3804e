//! Everything that can be reckoned before the doors open: maps, difficulty, marks, thumbnails. After
//! this nothing outside the exhibit's folder is needed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, resize};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::check::Checked;
use super::error::ExhibitError;
use crate::classifier::{Catalog, Classifier, ModelOverrides, NetworkOptions};
use crate::files::{Output, made_by, named_in, read_text, write_atomic, write_png};
use crate::guess::{Answer, BandShares, Colours, Looked, Marks, Tolerant, difficulty, prepare};
use crate::home::Home;
use crate::progress::Observer;
use crate::saliency::colormap::Look;
use crate::saliency::{ExplanationRecord, Method, ModelRecord, Request, SaliencyMap, explain};

/// The folder of what is prepared, as seen from the exhibit's.
pub const BAKE: &str = "bake";
const INDEX: &str = "index.json";
/// Longer side of a thumbnail, in pixels.
const THUMBNAIL: u32 = 480;
/// Largest index, in bytes.
const MAX_INDEX: u64 = 16 << 20;

/// What is prepared, one entry a picture and network.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Baked {
    /// The program that made it.
    pub made_by: String,
    /// The entries.
    pub entries: Vec<BakedPicture>,
    #[serde(skip)]
    folder: PathBuf,
}

/// One picture as one network sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BakedPicture {
    /// The picture's file, as seen from the exhibit's folder.
    pub file: String,
    /// SHA-256 of it.
    pub sha256: String,
    /// The network.
    pub model: String,
    /// The method.
    pub method: String,
    /// What the network says.
    pub label: String,
    /// How sure it is, 0-1.
    pub probability: f32,
    /// The explanation's folder in `bake/`.
    pub explanation: String,
    /// The thumbnail in `bake/`.
    pub thumbnail: String,
    /// The parts to tap in `bake/`: NPY, `f32 [height, width]` of the map, a whole number for each
    /// part.
    #[serde(default)]
    pub parts: String,
    /// How hard it is to guess, 0-1.
    pub difficulty: f64,
    /// In a word: `easy`, `medium`, `hard`.
    pub level: String,
    /// Where it looked: names of the nine fields, strongest first.
    pub looked: Vec<String>,
    /// Scores for one, two, three stars with one brush.
    pub one_colour: [f64; 3],
    /// And with four.
    pub four_colours: [f64; 3],
}

impl Baked {
    /// What is prepared in an exhibit's folder.
    ///
    /// # Errors
    /// [`ExhibitError::NotBaked`] when there is nothing that can be read.
    pub fn read(folder: &Path) -> Result<Self, ExhibitError> {
        let none = || ExhibitError::NotBaked(folder.to_owned());
        let bake = folder.join(BAKE);
        let text = read_text(&bake.join(INDEX), MAX_INDEX).map_err(|_| none())?;
        let mut baked: Self = serde_json::from_str(&text).map_err(|_| none())?;
        baked.folder = bake;
        Ok(baked)
    }

    /// The entry of a picture, network and method.
    #[must_use]
    pub fn find(&self, sha256: &str, model: &str, method: &str) -> Option<&BakedPicture> {
        self.entries
            .iter()
            .find(|e| e.sha256 == sha256 && e.model == model && e.method == method)
    }

    /// The map of an entry with its record. Nothing outside `bake/` is read.
    ///
    /// # Errors
    /// When it is missing, damaged or of something else.
    pub fn map(
        &self,
        entry: &BakedPicture,
    ) -> Result<(ExplanationRecord, SaliencyMap), ExhibitError> {
        let name = format!("{}/explanation.json", entry.explanation);
        let path = named_in(&self.folder.join(INDEX), Path::new(&name)).map_err(|source| {
            ExhibitError::Io {
                path: self.folder.join(&name),
                source,
            }
        })?;
        Ok(ExplanationRecord::read(&path)?)
    }
}

/// Prepares an exhibit; what is prepared already and has not changed stays. `observer` hears of whole
/// pictures. Gives how many maps were made and how many there are.
///
/// # Errors
/// [`ExhibitError`] when there are faults, or a map cannot be made or written.
pub fn bake(
    checked: Checked,
    home: &Home,
    observer: &dyn Observer,
) -> Result<(usize, usize), ExhibitError> {
    let checked = checked.good()?;
    let before = Baked::read(&checked.folder).unwrap_or_default();
    let method: Method = checked.exhibit.play.method.parse().map_err(|_| {
        // Checked above.
        ExhibitError::NotBaked(checked.folder.clone())
    })?;
    let folder = checked.folder.join(BAKE);
    std::fs::create_dir_all(&folder).map_err(|source| ExhibitError::Io {
        path: folder.clone(),
        source,
    })?;
    let catalog = Catalog::load(home)?;
    let mut baked = Baked {
        made_by: made_by(),
        ..Baked::default()
    };
    let models: Vec<&str> = checked.exhibit.play.networks().collect();
    let all = models.len() * checked.pictures.len();
    let mut made = 0;
    for model in models {
        let mut classifier = None;
        for (entry, picture) in checked.exhibit.pictures.iter().zip(&checked.pictures) {
            observer.progress(baked.entries.len(), all);
            let Some(picture) = picture else {
                continue;
            };
            if let Some(known) = before.find(&picture.sha256, model, method.id())
                && before.map(known).is_ok()
                && folder.join(&known.thumbnail).is_file()
                && folder.join(&known.parts).is_file()
            {
                baked.entries.push(BakedPicture {
                    file: entry.file.clone(),
                    ..known.clone()
                });
                continue;
            }
            let classifier = match &mut classifier {
                Some(open) => open,
                none => none.insert(open(&catalog, model, home)?),
            };
            baked.entries.push(one(
                &folder,
                &entry.file,
                picture,
                classifier,
                method,
                observer,
            )?);
            made += 1;
        }
    }
    observer.progress(all, all);
    let index = folder.join(INDEX);
    let mut text = serde_json::to_string_pretty(&baked).unwrap_or_default();
    text.push('\n');
    write_atomic(&index, |file| file.write_all(text.as_bytes())).map_err(|source| {
        ExhibitError::Io {
            path: index,
            source,
        }
    })?;
    Ok((made, baked.entries.len()))
}

fn open(catalog: &Catalog, model: &str, home: &Home) -> Result<Classifier, ExhibitError> {
    let options = NetworkOptions {
        cache: crate::caches::graphs(home),
        ..Default::default()
    };
    Ok(Classifier::open(
        home,
        catalog,
        model,
        &ModelOverrides::default(),
        &options,
    )?)
}

/// Cancelling is heard, progress within a picture is not told.
struct Within<'a>(&'a dyn Observer);

impl Observer for Within<'_> {
    fn progress(&self, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

fn one(
    folder: &Path,
    file: &str,
    picture: &crate::picture::Picture,
    classifier: &Classifier,
    method: Method,
    observer: &dyn Observer,
) -> Result<BakedPicture, ExhibitError> {
    let request = Request {
        method,
        ..Request::default()
    };
    let explanation = explain(classifier, picture, &request, &Within(observer))?;
    let model = classifier.spec().id.clone();
    let short: String = picture.sha256.chars().take(16).collect();
    let name = crate::files::file_name(&format!("{short}-{model}-{}", method.id()));
    let record = explanation.record(ModelRecord::of(classifier)?, picture, None);
    let look = Look::of(&explanation.map);
    // Whatever is damaged there was ours.
    let place = Output::new(&folder.join(&name)).overwriting(true);
    explanation.write_to(&place, &record, picture, &look)?;
    let parts = format!("{name}.parts.npy");
    let path = folder.join(&parts);
    let regions = crate::guess::parts::parts(&explanation.seen)?;
    let size = regions.size();
    let labels = Array2::from_shape_fn(size, |(y, x)| regions.at(x, y).unwrap_or(0) as f32);
    crate::npy::write_array(&path, labels.view())
        .map_err(|source| ExhibitError::Io { path, source })?;
    let thumbnail = format!("{short}.png");
    let [width, height] = picture.size();
    let scale = f64::from(THUMBNAIL) / f64::from(width.max(height).max(1));
    let side = |n: u32| ((f64::from(n) * scale.min(1.0)).round() as u32).max(1);
    let small = resize(
        &picture.pixels,
        side(width),
        side(height),
        FilterType::Triangle,
    );
    let path = folder.join(&thumbnail);
    write_png(&path, &small).map_err(|source| ExhibitError::Io { path, source })?;
    let answer = Answer::of(file, explanation.map.values.view(), BandShares::default())?;
    let one = Marks::with_parts(
        &answer,
        &Tolerant::new(&answer, Colours::One),
        Some(&regions),
    )?;
    let (_, four) = prepare(&answer, Colours::Four)?;
    let looked = Looked::of(&answer);
    let (hard, level) = difficulty(&four, &looked);
    Ok(BakedPicture {
        file: file.to_owned(),
        sha256: picture.sha256.clone(),
        model,
        method: method.id().to_owned(),
        label: explanation.class.label.clone(),
        probability: explanation.class.probability,
        explanation: name,
        thumbnail,
        parts,
        difficulty: hard,
        level: level.id().to_owned(),
        looked: looked
            .fields
            .iter()
            .map(|field| field.id().to_owned())
            .collect(),
        one_colour: [one.first, one.second, one.third],
        four_colours: [four.first, four.second, four.third],
    })
}
