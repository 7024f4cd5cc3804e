//! A sheet of pictures: what lies where, what of it is seen, as what it is drawn, and who has a place on
//! the device; nothing of it draws.

mod arrangement;
mod camera;
mod level;
mod mosaic;
mod slots;
mod visible;

pub use arrangement::{Arrangement, Lane, Pile};
pub use camera::{Camera, STEP};
pub use level::{Level, Regime};
pub use mosaic::{Mosaic, Patch, shaded};
pub use slots::Slots;
pub use visible::{Visibility, Visible};
