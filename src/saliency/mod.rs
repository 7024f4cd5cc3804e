//! Saliency: the map, its colours, segmentation, and one file per method.

mod map;

pub use map::SaliencyMap;
