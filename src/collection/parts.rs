//! The files of an index.

use super::facts::{ANSWERS, MAPS, PICTURES, ROWS, TILES};
use super::index::Index;
use super::pack::Kind;

pub(crate) const ROWS_PACK: &str = "rows.pack";
pub(crate) const PICTURES_PACK: &str = "pictures.pack";
pub(crate) const TILES_PACK: &str = "tiles.pack";
pub(crate) const ANSWERS_PACK: &str = "answers.pack";
pub(crate) const EMBEDDINGS_PACK: &str = "embeddings.pack";
/// Where thumbnails lie.
pub(crate) const THUMBNAILS_FOLDER: &str = "thumbnails";
/// Where the facts of networks lie, a folder each.
pub(crate) const FACTS_FOLDER: &str = "facts";

/// Thumbnails lie in several packs.
pub(crate) fn thumbnails_pack(number: u32) -> String {
    format!("{THUMBNAILS_FOLDER}/{number:04}.pack")
}

/// A file of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its path in the index.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) what: What,
    /// Whether it is read when the index is opened; of others only their length matters.
    pub(crate) is_read: bool,
}

/// What the records of a part are; networks and methods by their places in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Rows,
    Pictures,
    Tiles,
    Answers(usize),
    Embeddings(usize),
    Maps(usize, usize),
}

impl Index {
    /// The file that holds these.
    pub(crate) fn part(&self, what: What) -> Option<Part> {
        self.parts().into_iter().find(|part| part.what == what)
    }

    /// What its files are, those that others refer to after those.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let part = |name: &str, kind, what, is_read| Part {
            name: name.to_owned(),
            kind,
            what,
            is_read,
        };
        let mut parts = vec![
            part(ROWS_PACK, ROWS, What::Rows, true),
            part(PICTURES_PACK, PICTURES, What::Pictures, true),
            part(TILES_PACK, TILES, What::Tiles, false),
        ];
        for (number, model) in self.manifest.models.iter().enumerate() {
            let folder = format!("{FACTS_FOLDER}/{}", model.key());
            let name = |file: &str| format!("{folder}/{file}");
            parts.push(part(
                &name(ANSWERS_PACK),
                ANSWERS,
                What::Answers(number),
                true,
            ));
            parts.push(part(
                &name(EMBEDDINGS_PACK),
                model.embeddings_kind(),
                What::Embeddings(number),
                false,
            ));
            for (at, method) in model.maps.iter().enumerate() {
                let file = name(&super::ModelEntry::map_file(method));
                parts.push(part(&file, MAPS, What::Maps(number, at), true));
            }
        }
        parts
    }
}
