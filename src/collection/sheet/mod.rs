//! What of a sheet of pictures is on screen, at which level, from which store, in which order it is
//! asked for; nothing of it draws.

mod baked;
mod camera;
mod mosaic;
mod pictures;
mod requests;
mod slots;
mod visible;

pub use baked::{BakedTiles, TILE_BYTES};
pub use camera::{Camera, Level, Regime};
pub use mosaic::{Mosaic, TILE, Tile, bake};
pub use pictures::{SmallPictures, Thumbnails};
pub use requests::{Request, Requests};
pub use slots::Slots;
pub use visible::{Visibility, Visible};
