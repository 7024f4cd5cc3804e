//! What an index says of itself: whose facts it holds and how they were computed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::CollectionError;
use super::embedding::EmbeddingForm;
use super::pack::Kind;
use crate::files::{self, made_by, sha256, write_atomic};
use crate::picture::DECODING;

/// The file in an index's folder.
pub(crate) const MANIFEST: &str = "index.json";
/// How much of each pack is known to be on disk.
const MARKS: &str = "marks.json";
/// The version of all that is written; older ones are read, newer ones are not. 2: embeddings say in which
/// form they are.
pub const SCHEMA: u32 = 2;
/// How thumbnails are made: others are made anew.
const THUMBNAILS: &str = "jpeg 128 q85 4:2:0, bc1 32, colours 4; 3";
/// The most numbers of an embedding: memory is taken for as many as the file says.
const WIDEST: usize = 1 << 20;
/// Largest manifest that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// How a network is shown pictures: a part of what identifies its facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// How a file's bytes become pixels: [`DECODING`] when the facts were computed; 0 where that was
    /// not written down yet.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub decoding: u32,
    /// `[height, width, channels]` of its input.
    pub input: [usize; 3],
    /// Which part of a picture it sees.
    pub framing: String,
    /// Fraction of the shorter side in the published crop.
    pub crop: f32,
    /// How the part is resized.
    pub resample: String,
    /// `RGB` or `BGR`.
    pub channels: String,
    /// Subtracted from each channel, of 0..=255.
    pub mean: [f32; 3],
    /// Each channel is divided by this.
    pub std: [f32; 3],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_unknown(decoding: &u32) -> bool {
    *decoding == 0
}

/// How the maps of a network are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapMethod {
    /// Its id, such as `grad-cam`.
    pub id: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Which class is explained.
    pub class: String,
}

/// A network whose facts are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Name on the command line.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// How it is shown pictures.
    pub preprocessing: Preprocessing,
    /// Where its embedding is read; none where it is the scores.
    pub embedding_layer: Option<String>,
    /// Numbers of an embedding.
    pub embedding_width: usize,
    /// How embeddings lie in their pack: no part of what identifies them.
    #[serde(default)]
    pub embeddings: EmbeddingForm,
    /// What its classes are called, by number.
    pub classes: Vec<String>,
    /// How its maps are made; empty without maps.
    pub maps: Vec<MapMethod>,
}

impl ModelEntry {
    /// Identifies the facts of this network, 16 digits: they depend on nothing else but the picture.
    #[must_use]
    pub fn key(&self) -> String {
        short_hash(&(&self.sha256, &self.preprocessing, &self.embedding_layer))
    }

    /// Records of its embeddings.
    pub(crate) fn embeddings_kind(&self) -> Kind {
        self.embeddings.kind(self.embedding_width)
    }

    /// The name of a map's pack.
    #[must_use]
    pub(crate) fn map_file(method: &MapMethod) -> String {
        format!("{}.pack", short_hash(method))
    }
}

/// The first 16 digits of the SHA-256 of a value as JSON.
fn short_hash(value: &impl Serialize) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    let mut hash = sha256(&json);
    hash.truncate(16);
    hash
}

/// What an index says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program and its version.
    pub made_by: String,
    /// See [`SCHEMA`].
    pub schema: u32,
    /// How thumbnails are made.
    pub thumbnails: String,
    /// How all its pictures were decoded: [`DECODING`] then; 0 where that was not written down yet.
    #[serde(default)]
    pub decoding: u32,
    /// Where the pictures were, for whoever looks for the originals.
    pub source: Option<PathBuf>,
    /// Networks in the order in which they came.
    pub models: Vec<ModelEntry>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            made_by: made_by(),
            schema: SCHEMA,
            thumbnails: THUMBNAILS.to_owned(),
            decoding: DECODING,
            source: None,
            models: Vec::new(),
        }
    }
}

impl Manifest {
    /// Whether there is an index in the folder.
    #[must_use]
    pub fn is_in(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    /// Of the index in a folder.
    ///
    /// # Errors
    /// When there is none or it is of another version.
    pub fn read(folder: &Path) -> Result<Self, CollectionError> {
        let refused = |why: String| CollectionError::NotAnIndex {
            path: folder.to_owned(),
            why,
        };
        let path = folder.join(MANIFEST);
        let bytes = match files::read(&path, MAX_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(refused(format!("there is no {MANIFEST} in it")));
            }
            read => read.map_err(CollectionError::io(&path))?,
        };
        let read: Self = serde_json::from_slice(&bytes)
            .map_err(|e| refused(format!("its {MANIFEST} cannot be read: {e}")))?;
        if let Some(model) = read.models.iter().find(|m| m.embedding_width > WIDEST) {
            let (width, name) = (model.embedding_width, crate::text::line(&model.id));
            return Err(refused(format!(
                "it says that embeddings of {name} have {width} numbers; {WIDEST} are the most"
            )));
        }
        if !(1..=SCHEMA).contains(&read.schema) {
            return Err(CollectionError::OtherVersion {
                path: folder.to_owned(),
                theirs: read.schema,
                ours: SCHEMA,
            });
        }
        Ok(read)
    }

    /// Into its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), CollectionError> {
        let path = folder.join(MANIFEST);
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        write_atomic(&path, |file| file.write_all(&json)).map_err(CollectionError::io(&path))
    }

    /// Whether this program would make the same thumbnails.
    #[must_use]
    pub fn thumbnails_are_current(&self) -> bool {
        self.thumbnails == THUMBNAILS && self.decodes_as_now()
    }

    /// Whether this program would decode its pictures to the same pixels; if not, all that it holds
    /// but its rows is computed anew by the next run.
    #[must_use]
    pub fn decodes_as_now(&self) -> bool {
        self.decoding == DECODING
    }

    /// Takes up a network and its maps; gives its place. What its classes are called may change; its
    /// embeddings stay in the form that they have.
    pub(crate) fn add_model(&mut self, model: ModelEntry) -> usize {
        let key = model.key();
        let Some(at) = self.models.iter().position(|known| known.key() == key) else {
            self.models.push(model);
            return self.models.len() - 1;
        };
        if let Some(known) = self.models.get_mut(at) {
            for map in model.maps {
                if !known.maps.contains(&map) {
                    known.maps.push(map);
                }
            }
            known.classes = model.classes;
        }
        at
    }

    /// Names by which the networks are told apart: their ids, with the beginning of their keys
    /// where two have the same.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |model: &ModelEntry| {
            let same = self.models.iter().filter(|other| other.id == model.id);
            if same.count() > 1 {
                let key: String = model.key().chars().take(6).collect();
                format!("{} {key}", model.id)
            } else {
                model.id.clone()
            }
        };
        self.models.iter().map(name).collect()
    }

    /// The place of the network that a person names, by its name or id.
    ///
    /// # Errors
    /// When none or several are meant, with those there are.
    pub fn find(&self, name: &str) -> Result<usize, CollectionError> {
        let names = self.names();
        if let Some(at) = names.iter().position(|known| known == name) {
            return Ok(at);
        }
        Err(CollectionError::Asked(if names.is_empty() {
            format!(
                "the index holds no answers of {name:?}, nor of any other network: run `saliscope index` with --models {name}"
            )
        } else {
            format!(
                "the index holds no answers of {name:?}; it has those of {}",
                names.join(", ")
            )
        }))
    }
}

/// How much of each pack is on disk, by the pack's path in the index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks(BTreeMap<String, u64>);

impl Marks {
    /// Of the index in a folder; none where nothing is known, so that every pack is checked whole.
    pub(crate) fn read(folder: &Path) -> Self {
        let bytes = files::read(&folder.join(MARKS), MAX_BYTES).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), CollectionError> {
        let path = folder.join(MARKS);
        let json = serde_json::to_vec(self).unwrap_or_default();
        write_atomic(&path, |file| file.write_all(&json)).map_err(CollectionError::io(&path))
    }

    pub(crate) fn of(&self, pack: &str) -> u64 {
        self.0.get(pack).copied().unwrap_or(0)
    }

    pub(crate) fn set(&mut self, pack: &str, length: u64) {
        self.0.insert(pack.to_owned(), length);
    }

    /// Forgets the packs that are not kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|pack, _| keep(pack));
    }
}

#[cfg(test)]
pub(crate) fn example(id: &str) -> ModelEntry {
    ModelEntry {
        id: id.to_owned(),
        sha256: sha256(id.as_bytes()),
        preprocessing: Preprocessing {
            decoding: DECODING,
            input: [2, 2, 3],
            framing: "square".to_owned(),
            crop: 0.875,
            resample: "Bicubic".to_owned(),
            channels: "Rgb".to_owned(),
            mean: [0.0; 3],
            std: [255.0; 3],
        },
        embedding_layer: Some("layer".to_owned()),
        embedding_width: 4,
        embeddings: EmbeddingForm::Byte,
        classes: super::demo::CLASSES.map(str::to_owned).to_vec(),
        maps: vec![MapMethod {
            id: "grad-cam".to_owned(),
            parameters: BTreeMap::new(),
            class: "predicted".to_owned(),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_comes_back_and_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is not an index"), "{error}");
        let mut manifest = Manifest::default();
        assert_eq!(manifest.add_model(example("a")), 0);
        assert_eq!(manifest.add_model(example("b")), 1);
        manifest.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), manifest);
        manifest.schema += 1;
        manifest.write(folder.path()).unwrap();
        let error = Manifest::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("in a new folder"), "{error}");
    }

    #[test]
    fn a_network_is_known_by_its_file_and_how_it_is_shown_pictures() {
        let mut manifest = Manifest::default();
        manifest.add_model(example("a"));
        let mut other = example("a");
        other.classes = vec!["cat".to_owned()];
        assert_eq!(manifest.add_model(other.clone()), 0);
        assert_eq!(manifest.models[0].classes, ["cat"]);
        let mut decoded = example("a");
        decoded.preprocessing.decoding += 1;
        assert_ne!(decoded.key(), example("a").key());
        // What was written before it was written down keeps its place.
        decoded.preprocessing.decoding = 0;
        let json = serde_json::to_string(&decoded.preprocessing).unwrap();
        assert!(!json.contains("decoding"), "{json}");
        assert_eq!(
            serde_json::from_str::<Preprocessing>(&json)
                .unwrap()
                .decoding,
            0
        );
        other.preprocessing.framing = "whole".to_owned();
        assert_eq!(manifest.add_model(other), 1);
        let names = manifest.names();
        assert!(names.iter().all(|name| name.starts_with("a ")) && names[0] != names[1]);
        assert!(manifest.find("a").is_err() && manifest.find(&names[1]).unwrap() == 1);
        let error = manifest.find("b").unwrap_err().to_string();
        assert!(error.contains(&names[0]), "{error}");
    }
}
