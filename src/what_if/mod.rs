//! What would the network say if a part of the picture were gone? Erase, blur, fill or move a part and
//! read the answers again; and the smallest part whose loss changes the answer.
//!
//! Everything is done to the 8-bit pixels that the network sees, at its own size, after the picture
//! was cut and resized and before it is normalised. What was changed is then a picture like any other:
//! saved as PNG and opened again, the network sees exactly the same.

mod ask;
mod canvas;
mod error;
mod fill;
mod flip;
mod mask;
mod page;
mod record;

pub use ask::{Scene, WhatIf, region_of};
pub use canvas::EditCanvas;
pub use error::WhatIfError;
pub use fill::{Fill, blurred, changed, filled, moved};
pub use flip::{Flip, FlipParams, MAX_PARTS, smallest_flip};
pub use mask::EditMask;
pub use page::what_if_page;
pub use record::{Changed, FlipRecord, Side, WHAT_IF_FILES, WhatIfRecord, write};
