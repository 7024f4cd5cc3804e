//! A sheet of pictures: what lies where, what of it is seen, as what it is drawn, and who has a place on
//! the device; nothing of it draws.

mod arrangement;
mod camera;
mod full_map;
mod level;
mod mosaic;
mod slots;
mod visible;

pub use arrangement::{Arrangement, Lane, Pile};
pub use camera::{Camera, STEP};
pub use full_map::{FULL_MAP_LEVELS, FULL_MAP_SIDE, shaded_whole};
pub use level::{Level, Regime};
pub use mosaic::{Mosaic, Patch, shaded};
pub use slots::Slots;
pub use visible::{Visibility, Visible};
