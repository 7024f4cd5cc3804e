//! The backward pass of an ONNX graph, as ordinary ONNX nodes.
//!
//! Reverse-mode differentiation (Linnainmaa 1970) of the graph itself: [`differentiate`] walks
//! the nodes from the output back to the picture, and for each appends the nodes that turn the
//! gradient of its outputs into the gradient of its inputs. The result runs in plain ONNX
//! Runtime: no training framework, no finite differences. Only nodes between picture and output
//! are differentiated, and only in the direction of the picture: weights get no gradient.
//!
//! Sizes are all known (the graph is folded for one picture), so that shapes, masks' constants
//! and re-arranged weights are computed here, once.
//!
//! # Where a function has no derivative
//! We follow PyTorch, which the reference methods run on: `relu'(0) = 0`, `abs'(0) = 0`, a tie
//! in a maximum pool goes to its first element, ties of `Max`, `Min` and `ReduceMax` share
//! equally. `Clip(0, n)` (`ReLU6`) passes strictly inside, other clips pass at their bounds too.
//!
//! # Files
//! `sweep` walks, `emit` appends nodes, `rules` is the registry; then one file per family of
//! operators.

mod activation;
mod binary;
mod conv;
mod dynamic_kernel;
mod einsum;
mod emit;
mod error;
mod index;
mod linear_map;
mod masks;
mod matmul;
mod max_pool;
mod norm;
mod phased;
mod phases;
mod pool;
mod quantised;
mod reduce;
mod resize;
mod rules;
mod shape;
mod softmax;
mod sweep;
mod unary;
mod window;
mod windows;

pub use error::AutodiffError;
pub use rules::has_rule;
pub use sweep::{MissingRule, Names, differentiate, missing_rules};
