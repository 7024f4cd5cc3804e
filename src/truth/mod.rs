//! Where the thing is, said by people, held against where the network looked: masks, COCO's files and
//! Pascal VOC's boxes beside a picture, and three published figures of a map.
//!
//! | figure | question | source |
//! |---|---|---|
//! | pointing game | does the most important point lie on the thing? | Zhang et al. 2016, arXiv 1608.00507 |
//! | `IoU` | does the most important part cover it? | |
//! | energy | how much of the map lies on it? | Wang et al. 2020 (Score-CAM), arXiv 1910.01279 |

mod beside;
mod coco;
mod error;
mod figures;
mod outline;
mod shape;
mod source;
mod voc;

pub use beside::truth_beside;
pub use error::TruthError;
pub use figures::{Localisation, localise};
pub use outline::{Line, outline};
pub use source::{Truth, TruthOptions, Truths};
