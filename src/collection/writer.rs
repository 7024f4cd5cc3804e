//! An index that is being written: facts are appended to packs, blobs before what refers to them.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::embedding::EmbeddingForm;
use super::facts::{Answer, MapFact, PictureFact, THUMBNAILS, TILES};
use super::index::{Index, MapPlace};
use super::jpeg_header::without_header;
use super::manifest::{MANIFEST, Manifest, Marks, ModelEntry, SCHEMA};
use super::pack::{HEADER, Pack, Record};
use super::parts::{Part, THUMBNAILS_FOLDER, What, thumbnails_pack};
use super::renewal::renew;
use super::row::{GONE, Row, State};
use super::source::Listing;
use super::thumbnail::Thumbnail;
use super::{CollectionError, Key};

/// Bytes of a pack of thumbnails after which the next begins.
const THUMBNAILS_EACH: u64 = 64 << 20;
/// How much work is lost at most when the program is killed.
const WRITE_EVERY: Duration = Duration::from_millis(250);
/// How much work is lost at most when the machine itself stops.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Bytes that wait at most.
const MOST_WAITING: u64 = 16 << 20;
/// Holds the lock of whoever writes.
const LOCK: &str = "lock";

/// An index and its packs. One process at a time writes an index.
#[derive(Debug)]
pub struct Writer {
    index: Index,
    parts: Vec<(Part, Pack)>,
    thumbnails: Pack,
    thumbnails_number: u32,
    marks: Marks,
    waiting: u64,
    written: Instant,
    synced: Instant,
    /// What had to be begun anew, in words.
    renewed: Option<String>,
    /// Released when it is closed.
    _lock: File,
}

impl Writer {
    /// Opens the index in a folder, made where there is none, for facts of `models` beside those
    /// that it has; gives it and the places of `models` in it. What a killed run left half written is
    /// cut off, what is damaged is forgotten, and what was made in another way than this program makes
    /// it begins anew (see [`Self::renewed`]).
    ///
    /// # Errors
    /// When the folder holds something else, another run writes it, or it cannot be read or written.
    pub fn open(
        folder: &Path,
        source: Option<&Path>,
        models: &[ModelEntry],
    ) -> Result<(Self, Vec<usize>), CollectionError> {
        let known = Manifest::is_in(folder);
        if !known && holds_something(folder)? {
            return Err(CollectionError::Foreign(folder.to_owned()));
        }
        fs::create_dir_all(folder).map_err(CollectionError::io(folder))?;
        let lock = lock(folder)?;
        let mut manifest = if known {
            Manifest::read(folder)?
        } else {
            Manifest::default()
        };
        let before = known.then(|| manifest.clone());
        let renewed = renew(folder, &mut manifest)?;
        if let Some(source) = source {
            manifest.source = Some(source.to_owned());
        }
        manifest.schema = SCHEMA;
        let places = models
            .iter()
            .map(|model| manifest.add_model(model.clone()))
            .collect();
        if before.as_ref() != Some(&manifest) {
            manifest.write(folder)?;
        }
        let mut index = Index::empty(folder, manifest);
        let marks = Marks::read(folder);
        let mut parts = Vec::new();
        for part in index.parts() {
            let path = folder.join(&part.name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(CollectionError::io(parent))?;
            }
            let mark = marks.of(&part.name);
            let each = part.kind.record(part.kind.payload.unwrap_or(0));
            let mut whole = Vec::new();
            let (pack, found) = Pack::open(&path, part.kind, 0, mark, &mut |record| {
                if !part.is_read {
                    let number = number_of(record.offset, each) as usize;
                    whole.resize(number, false);
                    whole.push(true);
                }
                index.take(part.what, record);
            })?;
            index.damaged += found.damaged;
            index.keep_whole(part.what, &whole);
            parts.push((part, pack));
        }
        let (thumbnails, whole) = open_thumbnails(folder, &marks, &mut index.damaged)?;
        index.keep_whole_thumbnails(&whole);
        let now = Instant::now();
        let writer = Self {
            index,
            parts,
            thumbnails,
            thumbnails_number: whole.len().saturating_sub(1) as u32,
            marks,
            waiting: 0,
            written: now,
            synced: now,
            renewed,
            _lock: lock,
        };
        Ok((writer, places))
    }

    /// What is known.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What had to be begun anew because another version of the program made it, in words; `None`
    /// where that is nothing.
    #[must_use]
    pub fn renewed(&self) -> Option<&str> {
        self.renewed.as_deref()
    }

    /// Takes up which files there are now: new and changed ones are rows that were not read yet,
    /// those of files that have gone go.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn set_listing(&mut self, listing: &Listing) -> Result<(), CollectionError> {
        let places = listing.places();
        let gone: Vec<Key> = self
            .index
            .rows()
            .map(Row::key)
            .filter(|key| !places.contains_key(key))
            .collect();
        for key in gone {
            self.append(What::Rows, key, &GONE);
            self.index.forget_row(key);
        }
        for entry in &listing.entries {
            let known = self.index.row(Key::of_path(&entry.path));
            let state = match known {
                Some(row) if row.size == entry.size && row.modified == entry.modified => {
                    if row.label == entry.label {
                        continue;
                    }
                    row.state.clone()
                }
                _ => State::Listed,
            };
            self.put_row(Row {
                path: entry.path.clone(),
                size: entry.size,
                modified: entry.modified,
                label: entry.label.clone(),
                state,
            });
            self.write_if_due()?;
        }
        self.write()
    }

    /// Adds or replaces a row.
    pub fn put_row(&mut self, row: Row) {
        self.append(What::Rows, row.key(), &row.encode());
        self.index.set_row(row);
    }

    /// Adds how a content looks, unless that is known.
    ///
    /// # Errors
    /// When the next pack of thumbnails cannot be begun.
    pub fn put_picture(
        &mut self,
        content: Key,
        size: [u32; 2],
        thumbnail: &Thumbnail,
    ) -> Result<(), CollectionError> {
        let number = self.index.number(content);
        if self.index.picture(number).is_some() {
            return Ok(());
        }
        if self.thumbnails.len() > THUMBNAILS_EACH {
            self.next_thumbnails()?;
        }
        let jpeg = without_header(&thumbnail.jpeg);
        let offset = self.thumbnails.append(content, &jpeg);
        self.waiting += jpeg.len() as u64;
        let tile = self.append(What::Tiles, content, &thumbnail.tile);
        let fact = PictureFact {
            width: size[0],
            height: size[1],
            pack: self.thumbnails_number,
            length: jpeg.len() as u32,
            offset,
            tile: number_of(tile, TILES.record(thumbnail.tile.len())),
            colours: thumbnail.colours,
        };
        self.append(What::Pictures, content, &fact.encode());
        self.index.set_picture(content, fact);
        Ok(())
    }

    /// Adds what a network says of a content, unless that is known; without an embedding it could
    /// not be run.
    pub fn put_answer(
        &mut self,
        model: usize,
        content: Key,
        answer: Answer,
        embedding: Option<&[f32]>,
    ) {
        let number = self.index.number(content);
        let facts = self.index.models().get(model);
        if facts.is_none_or(|facts| facts.answer(number).is_none()) {
            let form = self.form_of(model);
            let embedding = embedding.map(|embedding| form.encode(embedding));
            self.replace_answer(model, content, answer, embedding.as_deref());
        }
    }

    /// The form of a network's embeddings.
    pub(crate) fn form_of(&self, model: usize) -> EmbeddingForm {
        let entry = self.index.manifest.models.get(model);
        entry.map_or_else(EmbeddingForm::default, |entry| entry.embeddings)
    }

    /// Adds what a network says of a content, which counts from now on; `embedding` is in the form of
    /// [`Self::form_of`].
    pub(crate) fn replace_answer(
        &mut self,
        model: usize,
        content: Key,
        mut answer: Answer,
        embedding: Option<&[u8]>,
    ) {
        answer.embedding = Answer::FAILED.embedding;
        let entry = self.index.manifest.models.get(model);
        let kind = entry.map(ModelEntry::embeddings_kind);
        if let Some((embedding, kind)) = embedding.zip(kind) {
            let offset = self.append(What::Embeddings(model), content, embedding);
            answer.embedding = number_of(offset, kind.record(embedding.len()));
        }
        self.append(What::Answers(model), content, &answer.encode());
        self.index.set_answer(model, content, answer);
    }

    /// Adds where a network looked, unless that is known.
    pub fn put_map(&mut self, model: usize, method: usize, content: Key, map: &MapFact) {
        let number = self.index.number(content);
        let facts = self.index.models().get(model);
        if facts.is_none_or(|facts| facts.map(method, number).is_none()) {
            self.replace_map(model, method, content, map);
        }
    }

    /// Adds where a network looked, which counts from now on.
    pub(crate) fn replace_map(&mut self, model: usize, method: usize, content: Key, map: &MapFact) {
        let offset = self.append(What::Maps(model, method), content, &map.encode());
        let place = MapPlace {
            class: map.class,
            figures: map.figures,
            offset,
        };
        self.index.set_map((model, method), content, place);
    }

    fn append(&mut self, what: What, key: Key, payload: &[u8]) -> u64 {
        self.waiting += payload.len() as u64;
        let mut parts = self.parts.iter_mut();
        let pack = parts.find(|(part, _)| part.what == what);
        pack.map_or(0, |(_, pack)| pack.append(key, payload))
    }

    fn next_thumbnails(&mut self) -> Result<(), CollectionError> {
        self.thumbnails.write()?;
        let name = thumbnails_pack(self.thumbnails_number);
        self.marks.set(&name, self.thumbnails.sync()?);
        self.thumbnails_number += 1;
        let path = self
            .index
            .folder()
            .join(thumbnails_pack(self.thumbnails_number));
        self.thumbnails = Pack::open(&path, THUMBNAILS, 0, 0, &mut |_| {})?.0;
        Ok(())
    }

    /// Writes what waits where that is due, and has it on disk about once a second.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_if_due(&mut self) -> Result<(), CollectionError> {
        if self.waiting >= MOST_WAITING || self.written.elapsed() >= WRITE_EVERY {
            self.write()?;
        }
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self) -> Result<(), CollectionError> {
        self.thumbnails.write()?;
        // Blobs, then what refers to them, then rows: whoever reads finds all that a row needs.
        for order in 0..3 {
            for (part, pack) in &mut self.parts {
                let own = match part.what {
                    What::Tiles | What::Embeddings(_) => 0,
                    What::Pictures | What::Answers(_) | What::Maps(..) => 1,
                    What::Rows => 2,
                };
                if own == order {
                    pack.write()?;
                }
            }
        }
        self.waiting = 0;
        self.written = Instant::now();
        Ok(())
    }

    /// Has all on disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sync(&mut self) -> Result<(), CollectionError> {
        self.write()?;
        let before = self.marks.clone();
        let name = thumbnails_pack(self.thumbnails_number);
        for (name, pack) in std::iter::once((name.as_str(), &self.thumbnails)).chain(
            self.parts
                .iter()
                .map(|(part, pack)| (part.name.as_str(), pack)),
        ) {
            if self.marks.of(name) != pack.len() {
                self.marks.set(name, pack.sync()?);
            }
        }
        if self.marks != before {
            self.marks.write(self.index.folder())?;
        }
        self.synced = Instant::now();
        Ok(())
    }
}

/// The number of the record of fixed size that begins there.
fn number_of(offset: u64, record: usize) -> u32 {
    (offset.saturating_sub(HEADER) / record.max(1) as u64) as u32
}

/// Opens the packs of thumbnails; gives the last, and where the whole records of each begin.
fn open_thumbnails(
    folder: &Path,
    marks: &Marks,
    damaged: &mut u64,
) -> Result<(Pack, Vec<Vec<u64>>), CollectionError> {
    let parent = folder.join(THUMBNAILS_FOLDER);
    fs::create_dir_all(&parent).map_err(CollectionError::io(&parent))?;
    let mut all = Vec::new();
    loop {
        let name = thumbnails_pack(all.len() as u32);
        let mut whole = Vec::new();
        let visit = &mut |record: Record<'_>| whole.push(record.offset);
        let (pack, found) = Pack::open(&folder.join(&name), THUMBNAILS, 0, marks.of(&name), visit)?;
        *damaged += found.damaged;
        all.push(whole);
        if !folder.join(thumbnails_pack(all.len() as u32)).is_file() {
            return Ok((pack, all));
        }
    }
}

/// Whether there is anything in a folder that this program did not leave there.
fn holds_something(folder: &Path) -> Result<bool, CollectionError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        entries => entries.map_err(CollectionError::io(folder))?,
    };
    let others = entries.flatten().map(|entry| entry.file_name());
    let mut others = others.filter(|name| {
        let name = name.to_string_lossy();
        name != LOCK && name != MANIFEST && !name.starts_with(".saliscope-tmp-")
    });
    Ok(others.next().is_some())
}

fn lock(folder: &Path) -> Result<File, CollectionError> {
    let path = folder.join(LOCK);
    if path.exists() {
        crate::files::open_plain(&path).map_err(CollectionError::io(&path))?;
    }
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(CollectionError::io(&path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(CollectionError::Busy(folder.to_owned())),
        Err(TryLockError::Error(error)) => {
            tracing::debug!("{}: not locked: {error}", path.display());
            Ok(file)
        }
        Ok(()) => Ok(file),
    }
}
