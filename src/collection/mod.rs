//! Collections of pictures: what networks say of every one, and where they look.
//!
//! An *index* is a folder of append-only packs. Its *rows* are files, by their paths in the collection;
//! its *facts* are known by content, network, preprocessing (and method), so that moved files cost
//! nothing and indexes of parts are merged as sets are.

pub mod arrange;
mod bits;
mod coarse_map;
mod columns;
pub mod demo;
mod embedding;
mod error;
mod evaluate;
mod examiner;
mod export;
mod facts;
mod filter;
mod groups;
mod index;
mod index_columns;
mod indexing;
mod jpeg_header;
mod key;
mod labels;
mod likeness;
mod looks;
mod manifest;
mod merge;
mod names;
mod pack;
mod parts;
mod plan;
mod queue;
mod renewal;
mod row;
mod rows;
mod selections;
mod shard;
pub mod sheet;
mod sort;
mod source;
mod status;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod thumbnail;
mod truths;
mod verify;
mod watch;
mod writer;

pub use bits::Bits;
pub use coarse_map::{CoarseMap, Figures, PLACES, SIDE, agreement, mean_map};
pub use columns::{Column, Columns, Counts, NO_WORD, Term, Values};
pub use embedding::EmbeddingForm;
pub use error::CollectionError;
pub use evaluate::{
    BINS, Bin, Cell, ClassScores, Confusion, Evaluation, LabelUse, WrongPicture, evaluate,
};
pub use examiner::{Maps, Network};
pub use export::Export;
pub use facts::{Answer, COLOURS, MapFact, NO_CLASS, PictureFact, TOP};
pub use filter::{FilterError, Selected, parse as parse_filter};
pub use groups::{Crossed, Group, MOST_CELLS};
pub use index::{Index, MapPlace, ModelFacts};
pub use index_columns::{agreement_column, columns_of, mean_map_of};
pub use indexing::{Examined, Examiner, Failure, index};
pub use key::{ByKey, Key, KeyHasher};
pub use labels::{ClassMatcher, GivenLabels, How, Labeller, Meant, Truth};
pub use likeness::{Likeness, LikenessOf};
pub use looks::Looks;
pub use manifest::{Manifest, MapMethod, ModelEntry, Preprocessing, SCHEMA};
pub use merge::{Merged, merge};
pub use names::Names;
pub use plan::{Plan, PlanOf, PlannedModel};
pub use row::{Row, State};
pub use rows::Rows;
pub use selections::{Combination, Selection, Selections};
pub use shard::{Shard, shards_in};
pub use source::{Entry, Listing, Source};
pub use status::Status;
pub use thumbnail::{THUMBNAIL_SIDE, TILE_SIDE, Thumbnail};
pub use truths::LABELS_FILE;
pub use verify::{Verification, verify};
pub use watch::{Progress, Summary, Unwatched, Watch};
pub use writer::Writer;
