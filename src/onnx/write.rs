//! To bytes or, atomically, to a file.

use std::io::Write as _;
use std::path::Path;

use prost::Message as _;

use crate::files::write_atomic;

use super::{Model, OnnxError};

impl Model {
    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn save(&self, path: &Path) -> Result<(), OnnxError> {
        write_atomic(path, |file| file.write_all(&self.to_bytes())).map_err(|error| OnnxError::Io {
            path: path.to_owned(),
            error,
        })
    }
}
