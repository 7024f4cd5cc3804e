//! Saliscope: what does an image classifier look at, and why?
//!
//! # The map of this code
//!
//! Dependencies run one way, top to bottom. The modules above the line are pure: they never
//! import `bevy`, `egui` or `wgpu` (a test holds that), and they are all there is in a build
//! with `--no-default-features`.
//!
//! | module | what it is |
//! |---|---|
//! | [`progress`] | how long work reports, hands over drafts and is cancelled |
//! | [`files`] | files written whole or not at all, over nothing of others; content hashes |
//! | [`file_kind`] | what a file is, told by its first bytes |
//! | [`bounded`] | a folder of things that can be computed again, bounded in size |
//! | [`allocator`] | the system's allocator gives back what is free |
//! | [`memory`] | how much one piece of work may take |
//! | [`text`] | text from outside, made safe for terminals, messages and tables |
//! | [`home`] | where things lie: installed, made by the user, thrown away |
//! | [`npy`] | `NumPy` array files, read and written within limits |
//! | [`picture`] | decode within limits, orientation, crop, resize |
//! | [`onnx`] | an ONNX graph as data: read, write, build, fold constants |
//! | [`autodiff`] | the backward pass, as ordinary ONNX nodes: a reverse sweep and its rules |
//! | [`classifier`] | catalog, preprocessing, labels, ONNX Runtime sessions |
//! | [`saliency`] | the map, its colours, segmentation, one file per method, explanations |
//! | [`compare`] | intersection, average, top colours, similarity metrics |
//! | [`stylize`] | neural style, corruptions |
//! | [`journal`] | what happened, line by line: append-only, checked, synced |
//! | [`guess`] | bands and scoring of a painted guess |
//! | [`collection`] | an index of many pictures: packs, facts, columns, evaluation, shards |
//! | [`exhibit`] | a curator's folder: checked, prepared, reported on; boards, cards, the operator's PIN |
//! | [`store`] | settings and own pictures, shared by all windows of a person |
//! | [`caches`] | what is kept on disk to save time, its bounds, and how to be rid of it |
//! | [`cli`] | one file per subcommand |
//! |---|---|
//! | `jobs` | plugin: queue, workers, progress, cancel, result cache |
//! | `maps` | the one place that builds a question: session, settings of methods, class |
//! | `stage` | plugin: panes, materials, compute passes, readback, pan and zoom |
//! | `tabs` | a plugin each |
//! | `ui` | shell, theme, widgets, commands |
//! | `program` | all of them as one plugin, for the window and the tour |
//! | `testing` | the program without a window: the app drawn into an image |
//!
//! One explanation takes one road: picture -> preprocess -> gradient session -> method -> map
//! -> cache -> pane -> screen. The command line is the same road without the last two steps.

pub mod allocator;
pub mod autodiff;
pub mod bounded;
pub mod caches;
pub mod classifier;
pub mod cli;
pub mod collection;
pub mod compare;
mod defects;
pub mod exhibit;
pub mod file_kind;
pub mod files;
pub mod guess;
pub mod home;
pub mod journal;
pub mod memory;
pub mod npy;
pub mod onnx;
pub mod picture;
pub mod progress;
pub mod saliency;
pub mod store;
pub mod stylize;
pub mod text;
mod threads;

#[cfg(feature = "window")]
#[cfg(test)]
mod app_tests;
#[cfg(feature = "window")]
pub mod jobs;
#[cfg(feature = "window")]
pub mod maps;
#[cfg(feature = "window")]
pub mod program;
#[cfg(feature = "window")]
pub mod stage;
#[cfg(feature = "window")]
pub mod tabs;
#[cfg(feature = "window")]
pub mod testing;
#[cfg(feature = "window")]
pub mod ui;
