//! What a person names for a result, and what must not be lost for it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use image::{ImageBuffer, Pixel, PixelWithColorType};

use super::folder::Stage;
use super::made_here::{FileKind, made_here};
use super::write::Place;
use super::{encode_png, write_atomic};

/// Why a result is not written where it was asked for. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// What would be written over is read by the same work.
    #[error("{path} is an input of this command: name another place for the result", path = .0.display())]
    Input(PathBuf),
    /// What would be written over is somebody else's, or something else than such a result.
    #[error("{path} was not made by Saliscope as a result of this kind: name another place for the result, or say --overwrite", path = .0.display())]
    Foreign(PathBuf),
    /// The system refused, or there is something that is no plain file.
    #[error("{path} could not be written: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A file or a folder that a person named for a result. Whoever writes it asks first, before the work
/// begins ([`Self::check_file`], [`Self::check_folder`]); writing asks again.
#[derive(Debug, Clone)]
pub struct Output {
    path: PathBuf,
    inputs: Vec<PathBuf>,
    overwrite: bool,
    kind: Option<FileKind>,
}

impl Output {
    /// A result at `path`, which takes the place of nothing but an earlier result of this program, of
    /// the same kind. The kind is what the file's name ends in, where nothing else is said.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            inputs: Vec::new(),
            overwrite: false,
            kind: None,
        }
    }

    /// What is written, whatever the file's name ends in.
    #[must_use]
    pub fn holding(mut self, kind: FileKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Files that the work reads: they are never written over. What is no file is passed over.
    #[must_use]
    pub fn reading<P: AsRef<Path>>(mut self, inputs: impl IntoIterator<Item = P>) -> Self {
        let inputs = inputs.into_iter().map(|input| input.as_ref().to_owned());
        self.inputs.extend(inputs);
        self
    }

    /// Whether a person said that files of others may be written over.
    #[must_use]
    pub fn overwriting(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Where it goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file may be written.
    ///
    /// # Errors
    /// When it is an input, somebody else's, no plain file or may only be read.
    pub fn check_file(&self) -> Result<(), OutputError> {
        self.check(&self.path)
    }

    /// Whether files of these names may be written into the folder, which need not exist.
    ///
    /// # Errors
    /// When one of them is an input, somebody else's, no plain file or may only be read, or the
    /// folder is none.
    pub fn check_folder(&self, names: &[&str]) -> Result<(), OutputError> {
        match fs::metadata(&self.path) {
            Ok(about) if !about.is_dir() => {
                let why = format!("it is {}, no folder", super::write::kind(&about));
                Err(self.failed(io::Error::new(io::ErrorKind::NotADirectory, why)))
            }
            _ => names
                .iter()
                .try_for_each(|name| self.check(&self.path.join(name))),
        }
    }

    fn check(&self, path: &Path) -> Result<(), OutputError> {
        let io = |source| OutputError::Io {
            path: path.to_owned(),
            source,
        };
        if Place::of(path).map_err(io)?.old.is_none() {
            return Ok(());
        }
        // By its place: a link leads to the file itself.
        let there = path.canonicalize().map_err(io)?;
        let is_input = |input: &PathBuf| is_same(input, &there);
        if self.inputs.iter().any(is_input) {
            return Err(OutputError::Input(path.to_owned()));
        }
        let kind = self.kind.or_else(|| FileKind::named(path));
        if !self.overwrite && !made_here(path, kind).map_err(io)? {
            return Err(OutputError::Foreign(path.to_owned()));
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Io {
            path: self.path.clone(),
            source,
        }
    }

    /// Writes the file; see [`write_atomic`].
    ///
    /// # Errors
    /// As [`Self::check_file`], and when `write` fails.
    pub fn write_file(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        self.check_file()?;
        write_atomic(&self.path, write).map_err(|error| self.failed(error))
    }

    /// Writes a picture as PNG.
    ///
    /// # Errors
    /// As [`Self::write_file`].
    pub fn write_png<P>(&self, picture: &ImageBuffer<P, Vec<u8>>) -> Result<(), OutputError>
    where
        P: Pixel<Subpixel = u8> + PixelWithColorType,
    {
        self.write_file(|file| encode_png(file, picture, []))
    }

    /// Writes the folder, made if missing, as a whole: `fill` is given another folder beside it and
    /// writes some of `names` into that, then the two are swapped. Whoever looks at the folder sees
    /// what was there before or all that is new, also when the program is killed or the disk is
    /// full; of `names` nothing older stays, and everything else that is in the folder does.
    ///
    /// Where a folder cannot be swapped (it is a mount point or the working directory, its owner cannot be
    /// kept, the file system has no such thing) the new files are moved in one by one; the last of
    /// `names`, the record that tells of the others, goes first and comes last.
    ///
    /// # Errors
    /// As [`Self::check_folder`], when `fill` fails, and when the folder cannot be made.
    pub fn write_folder<E: From<OutputError>>(
        &self,
        names: &[&str],
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check_folder(names)?;
        let stage = Stage::begin(&self.path, names).map_err(|error| self.failed(error))?;
        fill(stage.path())?;
        stage.commit().map_err(|error| self.failed(error))?;
        Ok(())
    }
}

#[cfg(unix)]
fn is_same(input: &Path, there: &Path) -> bool {
    match (fs::metadata(input), fs::metadata(there)) {
        (Ok(a), Ok(b)) => super::write::same_file(&a, &b),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same(input: &Path, there: &Path) -> bool {
    input.canonicalize().is_ok_and(|input| input == there)
}
