//! Two explanations that somebody wants side by side: what the other tabs hand to Similarity.

use std::sync::Arc;

use bevy::prelude::Message;

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
