//! An index that another version of the program made: what that made in another way begins anew.

use std::fs;
use std::path::Path;

use super::CollectionError;
use super::facts::ROWS;
use super::index::Index;
use super::manifest::{Manifest, Marks};
use super::pack::Pack;
use super::parts::{FACTS_FOLDER, PICTURES_PACK, ROWS_PACK, THUMBNAILS_FOLDER, TILES_PACK, What};
use super::row::{Row, State};

/// Removes what this program would make in another way, so that it is made anew and never stands
/// beside what comes now; gives in words what that was.
pub(crate) fn renew(
    folder: &Path,
    manifest: &mut Manifest,
) -> Result<Option<String>, CollectionError> {
    if manifest.thumbnails_are_current() {
        return Ok(None);
    }
    let mut marks = Marks::read(folder);
    let now = Manifest::default();
    let told = if manifest.decodes_as_now() {
        marks.retain(|pack| pack == ROWS_PACK || pack.starts_with(FACTS_FOLDER));
        "its thumbnails were made in another way by another version of this program: they are made anew"
            .to_owned()
    } else {
        marks.retain(|pack| pack == ROWS_PACK);
        let names = manifest.names();
        manifest.models.clear();
        let of = if names.is_empty() {
            String::new()
        } else {
            format!(
                ", and the answers of {} for those networks that are named now",
                names.join(", ")
            )
        };
        format!(
            "another version of this program decoded its pictures in another way ({} then, {} now): \
             thumbnails are made anew{of}",
            manifest.decoding, now.decoding
        )
    };
    // The manifest goes last: a run that is killed here begins anew again.
    marks.write(folder)?;
    for name in [PICTURES_PACK, TILES_PACK, THUMBNAILS_FOLDER] {
        remove(&folder.join(name))?;
    }
    if !manifest.decodes_as_now() {
        remove(&folder.join(FACTS_FOLDER))?;
        look_at_broken_again(folder, &marks)?;
    }
    manifest.thumbnails = now.thumbnails;
    manifest.decoding = now.decoding;
    manifest.write(folder)?;
    Ok(Some(told))
}

fn remove(path: &Path) -> Result<(), CollectionError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(CollectionError::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Files that could not be decoded may be read now.
fn look_at_broken_again(folder: &Path, marks: &Marks) -> Result<(), CollectionError> {
    let mut index = Index::empty(folder, Manifest::default());
    let mark = marks.of(ROWS_PACK);
    let (mut pack, _) = Pack::open(&folder.join(ROWS_PACK), ROWS, 0, mark, &mut |record| {
        index.take(What::Rows, record);
    })?;
    for row in index.rows() {
        if matches!(row.state, State::Broken(_)) {
            let row = Row {
                state: State::Listed,
                ..row.clone()
            };
            pack.append(row.key(), &row.encode());
        }
    }
    pack.write()?;
    pack.sync().map(drop)
}
