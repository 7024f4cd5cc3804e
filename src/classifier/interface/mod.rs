//! What goes into a network and what comes out, as exporters write it.
//!
//! | file | what |
//! |---|---|
//! | `reading` | small questions about a graph: who makes a value, what a constant holds |
//! | `input` | the picture's input: name, layout, channels, batch |
//! | `sizes` | how large pictures may be where the file does not say |
//! | `switches` | inputs that are no picture: not read, or switches such as "training" |
//! | `whole_numbers` | pictures of whole numbers, computed in floats |
//! | `outputs` | all outputs; those that hold no numbers are left out and give class names |
//! | `adapt` | the graph with one float picture in and float outputs only |
//! | `scores` | which output holds the scores |
//! | `head` | what the scores are: the squashing at the end, and the value before it |
//! | `by_hand` | squashing that is spelled out in several operators |
//! | `ensemble` | the mean of several squashed heads |
//! | `joined` | squashed heads side by side, and shares taken off 1 |
//! | `bounds` | whether a value can leave 0..=1 at all |
//! | `inside` | normalisation that the network does itself |
//! | `parted` | channels that are taken apart and put together again |

mod adapt;
mod bounds;
mod by_hand;
mod ensemble;
mod head;
mod input;
mod inside;
mod joined;
mod outputs;
mod parted;
mod reading;
mod scores;
mod sizes;
mod switches;
#[cfg(test)]
mod tests;
mod whole_numbers;

pub(super) use adapt::adapt;
pub use head::ScoreKind;
pub use head::softmax;
pub(super) use input::ImageInput;
pub use input::{Layout, SizeSource};
pub use inside::Inside;
pub(super) use inside::inside;
pub(super) use outputs::FileOutputs;
pub use outputs::{OutputFact, Size};
pub(super) use scores::{Added, Evidence, Scores, can_be_scores, given};
pub(super) use sizes::{Candidates, candidates};
