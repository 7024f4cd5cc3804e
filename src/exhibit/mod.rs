//! The exhibit: a folder that a curator writes, checked, prepared and reported on. Its screens are the
//! window's; nothing here draws on one.
//!
//! | part | what it is |
//! |---|---|
//! | `exhibit.toml` | read with every fault at its line |
//! | `texts/LANGUAGE.ftl` | what visitors read, where it differs from what comes along |
//! | `bake/` | maps, difficulty, thumbnails; made by [`bake()`], deleting it loses nothing |
//! | `data/journal/` | what happened: see [`journal`](crate::journal) |

mod bake;
mod bake_rooms;
pub mod board;
mod card;
mod check;
pub mod daily;
mod doctor;
mod error;
mod fault;
pub mod hours;
mod lettering;
mod manifest;
pub mod names;
mod new;
mod pin;
mod report;
pub mod shell;
mod speech;
mod still;
pub mod supervisor;
mod texts;
mod unit;

pub use bake::{BAKE, Baked, BakedPicture, bake};
pub use bake_rooms::{BakedAnswer, BakedStyle};
pub use card::{CARD_SIZE, Card, MOST_BYTES, code_squares, write_card};
pub use check::{Checked, check};
pub use doctor::{Examined, Finding, Machine, examine};
pub use error::ExhibitError;
pub use fault::Fault;
pub use manifest::{Exhibit, MANIFEST, PictureEntry, Play, Screen, Times, Words};
pub use new::new;
pub use pin::{Lock, Pin, Verdict};
pub use report::{Usage, report};
pub use speech::{bake_speech, clips};
pub use still::Still;
pub use texts::{Fill, Texts, built_in, keys, name_of};
pub use unit::unit;

/// Folder of the journal, as seen from the exhibit's.
pub const JOURNAL: &str = "data/journal";
