//! Files a user made are never lost. Everything the program writes goes through here: a file is written
//! beside its place, synced, then renamed into it; a folder of results is made beside its place and
//! swapped in as a whole; and what a person names for a result is written over only where it is a
//! plain file of this program's own making ([`Output`]).

mod blob_link;
mod extend;
mod folder;
mod hash;
mod made_here;
mod names;
mod output;
mod parquet_column;
mod png_file;
mod read;
mod temporary;
mod write;

pub use blob_link::link_to_blob;
pub(crate) use extend::extend;
pub(crate) use hash::Hasher;
pub use hash::{from_hexadecimal, hexadecimal, sha256, sha256_of_file};
pub use made_here::{FileKind, MADE_BY, made_by};
pub use names::{file_name, new_folder};
pub use output::{Output, OutputError};
pub(crate) use parquet_column::put_column;
pub(crate) use png_file::encode_png;
pub use png_file::write_png;
pub use read::{named_in, open_plain, read, read_open, read_text};
pub(crate) use temporary::{TemporaryFolder, sweep_own};
pub use write::write_atomic;

#[cfg(test)]
mod tests;
