//! What a person chose or brought, kept between runs: settings and own pictures.
//!
//! Any number of windows may share one data folder. Each tells only what *it* changed; that is
//! merged into what lies on disk at that moment, one process after the other. What cannot be read
//! costs itself alone: it is told, and before anything takes its place the file is set aside as it
//! was. What a newer version wrote stays.

mod keeper;
mod lock;
mod pictures;
mod salvage;
mod settings;
mod toml_file;

pub use keeper::Keeper;
pub(crate) use lock::hold;
pub use pictures::{Changes, MOST_FILES, Own, OwnPictures};
pub use settings::{Settings, SettingsError, ThemeChoice};
