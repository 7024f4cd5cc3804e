//! Where pictures stand: by likeness, in a grid, in piles.

mod features;
mod gridded;
mod layout;
mod near;
mod neighbours;
mod placed;
mod umap;

pub use features::{FEATURES, Features, SomeVectors, Vectors};
pub use gridded::gridded;
pub use layout::{Layout, MOST_LAID_OUT};
pub use near::{cosine, groups_of_near, most_alike};
pub use neighbours::{Alike, Neighbours};
pub use placed::{Block, Place, Placed, columns_for};
pub use umap::Umap;
