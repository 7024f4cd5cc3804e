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
//! | [`page`] | results as one page that opens anywhere |
//! | [`compare`] | intersection, average, top colours, similarity metrics |
//! | [`stylize`] | neural style, corruptions |
//! | [`what_if`] | erase, blur, fill; the smallest part whose loss changes the answer |
//! | [`truth`] | masks and boxes of the thing, and how well a map finds it |
//! | [`figure`] | panels in a grid as SVG, PDF or PNG |
//! | [`journal`] | what happened, line by line: append-only, checked, synced |
//! | [`guess`] | bands and scoring of a painted guess |
//! | [`collection`] | an index of many pictures: packs, facts, columns, evaluation, shards |
//! | [`exhibit`] | a curator's folder: checked, prepared, reported on; boards, cards, the operator's PIN |
//! | [`store`] | settings and own pictures, shared by all windows of a person |
//! | [`licences`] | what comes along, and under which licences |
//! | [`caches`] | what is kept on disk to save time, its bounds, and how to be rid of it |
//! | [`cli`] | one file per subcommand |
//!
//! What only a build with a window has:
//!
//! | module | what it is |
//! |---|---|
//! | `jobs` | plugin: queue of explanations, tasks on lanes, progress, cancel, result cache |
//! | `maps` | what is asked (the one place that builds a question) and of what (pictures, versions) |
//! | `stage` | plugin: panes, materials, compute passes, readback, pan and zoom |
//! | `tabs` | a plugin each |
//! | `ui` | shell, library of pictures, theme, widgets, commands |
//! | `exhibit_window` | the visitor's screen of an exhibit: a window of its own |
//! | `program` | all of them as one plugin, for the window and the tour |
//! | `testing` | the program without a window: the app drawn into an image |
//!
//! One explanation takes one road: picture -> preprocess -> gradient session -> method -> map
//! -> cache -> pane -> screen. The command line is the same road without the last two steps.
//!
//! # A frame of the window
//!
//! 1. `PreUpdate`: `jobs::JobsSet` turns what was reported into messages; keys get the modifiers that
//!    were held with them.
//! 2. `Update`: `ui::intake::IntakeSet` takes what was dropped or pasted; then each tab, shown or not,
//!    takes what its tasks and the queue have for it.
//! 3. egui's pass, in the order of `ui::UiSet`: `Top` draws the bar and reads keys, `Tab` the tab that
//!    is shown, `Over` what lies above it; `Act` does what was asked for.
//! 4. `PostUpdate`: `stage::StageSystems` moves the views and tells the shaders. Then Bevy draws.
//!
//! # Threads
//!
//! One explains (`jobs::Queue`: each explanation uses all cores), one writes settings and own pictures
//! ([`store::Keeper`]), one closes networks that nobody uses, one looks for typefaces with letters that
//! the program's own have not (`ui::fonts`). Everything else is a task on one of the lanes of `jobs`
//! (files, thumbnails, pictures, ahead, figures, networks, runs, indexing), whose threads start
//! when they are first needed; an open dialog has a thread of its own, and so have the files of models
//! in a matrix, which are looked at every two seconds.
//!
//! # What is kept, and how much of it
//!
//! | where | what | bound |
//! |---|---|---|
//! | `jobs::Cache` | explanations in memory, then on disk | 64; see [`caches`] |
//! | `jobs::Explainer` | open classifiers | 3 |
//! | `maps` | style networks, opened pictures, the last painting | once; 4; 1 |
//! | [`typeface`] | typefaces for other scripts | 12, none above 64 MB |
//! | `ui::library` | thumbnails; pixels of what was opened last | 160 pixels each; one file |
//! | `ui::pictures` | one texture for each picture that is shown | as long as a pane shows it |
//! | `tabs::models` | pictures of cells on the device | 160 and 64 MB beside those in view |
//! | `tabs::collection` | facts of a collection, what of one network is compared; on the device 16,384 tiles, 384 thumbnails, 16 whole pictures and 96 whole maps (65,536, 1,536, 128 and 256 with a graphics card); requests for maps: two in the queue | one collection; the longest unseen go |
//! | `tabs::stylize` | restyled pictures | 16 and 48 million pixels |
//!
//! # Who owns which state
//!
//! The picture, the settings of methods and the framing belong to `ui::Session`, the network and the
//! method to `ui::shell::Shell`: no tab owns what all go by. A tab owns what was chosen in it, and
//! the tasks it waits for: dropping one cancels it.

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
pub mod figure;
pub mod file_kind;
pub mod files;
pub mod guess;
pub mod home;
pub mod journal;
pub mod licences;
pub mod memory;
pub mod npy;
pub mod onnx;
pub mod page;
pub mod picture;
pub mod progress;
pub mod saliency;
pub mod store;
pub mod stylize;
pub mod text;
mod threads;
pub mod truth;
pub mod typeface;
pub mod what_if;

#[cfg(feature = "window")]
#[cfg(test)]
mod app_tests;
#[cfg(feature = "window")]
mod exhibit_window;
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
