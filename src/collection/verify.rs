//! Whether an index is what was computed: every record against its checksum, and a sample of files
//! against what they are now.

use serde::Serialize;

use super::facts::THUMBNAILS;
use super::index::Index;
use super::manifest::Marks;
use super::pack::{open, read_at, scan};
use super::parts::thumbnails_pack;
use super::row::State;
use super::source::Source;
use super::{CollectionError, Key};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whole records in all packs.
    pub records: u64,
    /// Places where there is no whole record, by pack.
    pub damaged: Vec<(String, u64)>,
    /// Thumbnails that are not the record they should be.
    pub bad_thumbnails: u64,
    /// Files of the sample that were read again.
    pub sampled: usize,
    /// Of those, the ones that have another content now, or cannot be read any more.
    pub changed: Vec<String>,
}

impl Verification {
    /// Whether the index is whole. Files that changed are no damage.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.bad_thumbnails == 0
    }
}

/// Reads every record, and `share` (0 to 1) of the files again where the source is still there.
///
/// # Errors
/// When the index cannot be read.
pub fn verify(index: &Index, share: f64) -> Result<Verification, CollectionError> {
    let folder = index.folder();
    let marks = Marks::read(folder);
    let mut found = Verification::default();
    let thumbnails = (0..)
        .map(thumbnails_pack)
        .take_while(|name| folder.join(name).is_file())
        .map(|name| (name, THUMBNAILS));
    let parts = index.parts().into_iter().map(|part| (part.name, part.kind));
    for (name, kind) in parts.chain(thumbnails) {
        let path = folder.join(&name);
        let Some(file) = open(&path, kind)? else {
            continue;
        };
        let scanned = scan(&file, kind, 0, marks.of(&name), &mut |_| {});
        let scanned = scanned.map_err(CollectionError::io(&path))?;
        found.records += scanned.records;
        if scanned.damaged > 0 {
            found.damaged.push((name, scanned.damaged));
        }
    }
    found.bad_thumbnails = bad_thumbnails(index)?;
    if share > 0.0 {
        sample(index, share, &mut found);
    }
    Ok(found)
}

/// Whether a thumbnail lies where its picture says.
fn bad_thumbnails(index: &Index) -> Result<u64, CollectionError> {
    let mut bad = 0;
    let mut opened: Option<(u32, std::fs::File)> = None;
    for (number, content) in index.contents().iter().enumerate() {
        let Some(picture) = index.picture(number as u32) else {
            continue;
        };
        if opened
            .as_ref()
            .is_none_or(|(pack, _)| *pack != picture.pack)
        {
            let path = index.folder().join(thumbnails_pack(picture.pack));
            opened = open(&path, THUMBNAILS)?.map(|file| (picture.pack, file));
        }
        let read = opened
            .as_mut()
            .map(|(_, file)| read_at(file, THUMBNAILS, picture.offset, picture.length as usize));
        let is_there = matches!(read, Some(Ok((key, _))) if key == *content);
        bad += u64::from(!is_there);
    }
    Ok(bad)
}

/// A fixed sample: the same files each time.
fn sample(index: &Index, share: f64, found: &mut Verification) {
    let source = index.manifest.source.as_deref();
    let listing = source.and_then(|path| Source::open(path).ok()?.list().ok());
    let Some(listing) = listing else {
        return;
    };
    for entry in &listing.entries {
        let key = Key::of_path(&entry.path);
        // Another part of the hash than the shuffle and the shards use.
        let place = f64::from(key.shuffled().rotate_left(32) as u32) / f64::from(u32::MAX);
        let Some(row) = index.row(key).filter(|_| place < share) else {
            continue;
        };
        let State::Read(content) = row.state else {
            continue;
        };
        found.sampled += 1;
        let same = listing
            .read(entry)
            .is_ok_and(|bytes| Key::of_content(&bytes) == content);
        if !same {
            found.changed.push(row.name());
        }
    }
}
