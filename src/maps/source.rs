//! Where a picture comes from: opened once, whoever asks, under the name that the list has.

use std::path::PathBuf;
use std::sync::Arc;

use crate::picture::{self, Picture, PictureError};

/// A picture by what it is made from; equal when the key is. Cheap to copy.
#[derive(Debug, Clone)]
pub(crate) struct Source(Arc<Origin>);

/// What a picture is made from.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Its path, or the hash of its pixels.
    pub(crate) key: String,
    pub(crate) name: String,
    /// Alternative text; empty where the file's own will do.
    pub(crate) alternative: String,
    /// Where its file is.
    pub(crate) path: PathBuf,
    /// The pixels where they are in memory: the file is then not read.
    pub(crate) picture: Option<Arc<Picture>>,
}

impl Origin {
    /// A picture that is in memory.
    pub(crate) fn of(picture: &Arc<Picture>) -> Self {
        Self {
            key: picture.sha256.clone(),
            name: picture.name.clone(),
            alternative: picture.alt.clone(),
            path: PathBuf::new(),
            picture: Some(picture.clone()),
        }
    }
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Self {
        Self(Arc::new(origin))
    }
}

impl std::ops::Deref for Source {
    type Target = Origin;

    fn deref(&self) -> &Origin {
        &self.0
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Source {
    /// The file at `path`, under the name that its file has.
    #[cfg(test)]
    pub(crate) fn file(path: PathBuf) -> Self {
        Self::from(Origin {
            key: path.to_string_lossy().into_owned(),
            name: picture::display_name(&path),
            alternative: String::new(),
            path,
            picture: None,
        })
    }

    /// A picture that is in memory.
    pub(crate) fn memory(picture: &Arc<Picture>) -> Self {
        Self::from(Origin::of(picture))
    }

    /// The picture itself, with the name and the text of the list: they are better than the file's.
    /// Reads the file where the pixels are not in memory: call it on a lane.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn open(&self) -> Result<Arc<Picture>, PictureError> {
        if let Some(picture) = &self.picture {
            return Ok(picture.clone());
        }
        let mut opened = picture::open(&self.path)?;
        opened.name.clone_from(&self.name);
        if !self.alternative.is_empty() {
            opened.alt.clone_from(&self.alternative);
        }
        Ok(Arc::new(opened))
    }
}
