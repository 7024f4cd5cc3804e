//! What tabs hand to each other: two explanations that somebody wants side by side, and pictures that
//! are to be seen together.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::{Message, Resource};

use crate::picture::Picture;
use crate::saliency::Request;

/// One side: what its map is computed from. A map that was computed before comes from the cache.
#[derive(Debug, Clone)]
pub struct Side {
    /// What to call it, a word or two: "Cat", "Cat in brick", "Fog 3".
    pub name: String,
    /// The picture.
    pub picture: Arc<Picture>,
    /// Identifier of the network in the catalog, or the path of its file.
    pub model: String,
    /// Class, method and its settings.
    pub request: Request,
}

/// Shows a pair in the Similarity tab and goes there.
#[derive(Message, Debug, Clone)]
pub struct ComparePair {
    /// The left one.
    pub a: Side,
    /// The right one.
    pub b: Side,
    /// How far colours may differ where the maps agree, 0-255, where a share was told for one.
    pub delta: Option<u8>,
}

/// Shows pictures of a folder in the Collection tab, alone and in this order, and goes there.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct ShowPictures {
    /// The folder.
    pub folder: PathBuf,
    /// What they are, as it is said there after "Only what is".
    pub title: String,
    /// The names of their files.
    pub names: Vec<String>,
}

/// The picture of the library that the Collection showed last in "See why", by its number: from there keys go
/// through what the Collection shows.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct FromCollection(pub Option<u64>);

/// The next of what the Collection shows is to be seen in "See why", or the previous one.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepInCollection {
    /// Whether it is the next one.
    pub forward: bool,
}
