//! What is chosen as a table, for other programs.

use std::collections::HashSet;
use std::path::Path;

use super::snapshot::NO_INDEX;
use super::state::Collection;
use crate::collection::{Export, GivenLabels, Index, Key};
use crate::files::Output;
use crate::jobs::Jobs;

/// Asks where the table goes and has it written: of what is chosen, else of all that is shown. Call it
/// on the main thread, which dialogs ask for on macOS.
///
/// # Errors
/// In words, when there is nothing to write.
pub fn ask(collection: &Collection, jobs: &Jobs) -> Result<(), &'static str> {
    let Some(folder) = collection.snapshot.folder() else {
        return Err(NO_INDEX);
    };
    let mut rows = collection.chosen();
    if rows.is_empty() {
        rows = (0..collection.shown())
            .filter_map(|place| collection.row_at(place))
            .collect();
    }
    let paths = rows
        .into_iter()
        .filter_map(|row| collection.snapshot.rows.path(row));
    let wanted: HashSet<Key> = paths.map(Key::of_path).collect();
    if wanted.is_empty() {
        return Err("There is no picture to write.");
    }
    let folder = folder.to_owned();
    let dialog = crate::ui::save_dialog(
        "Export as a table",
        "pictures.csv",
        &[("Tables", &["csv", "parquet"])],
    );
    jobs.background.save(dialog, move |path| {
        write(&folder, &wanted, path)?;
        Ok(path.to_owned())
    });
    Ok(())
}

/// Writes the rows of an index whose paths are `wanted`.
///
/// # Errors
/// In words, when the index cannot be read or the table cannot be written.
pub fn write(folder: &Path, wanted: &HashSet<Key>, path: &Path) -> Result<(), String> {
    let index = Index::read(folder).map_err(|error| error.to_string())?;
    let given = GivenLabels::of_source(index.manifest.source.as_deref()).unwrap_or_default();
    Export::of(&index, &given, |row| wanted.contains(&row.key()))
        .write(&Output::new(path))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched, demo};

    #[test]
    fn only_what_is_chosen_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let listing = Source::Demo { count: 30, seed: 7 }.list().unwrap();
        run(
            folder.path(),
            &listing,
            &[&FakeNetwork::new("a", 7)],
            &Unwatched,
        )
        .unwrap();
        let paths = [3, 17].map(|n| demo::path(7, n));
        let wanted = paths
            .iter()
            .map(|path| Key::of_path(path.as_bytes()))
            .collect();
        let table = folder.path().join("t.csv");
        write(folder.path(), &wanted, &table).unwrap();
        let text = std::fs::read_to_string(table).unwrap();
        let mut lines: Vec<&str> = text.lines().skip(1).collect();
        lines.sort_unstable();
        let mut want = paths.to_vec();
        want.sort();
        assert_eq!(lines.len(), 2);
        for (line, path) in lines.iter().zip(&want) {
            assert!(line.starts_with(path.as_str()), "{line}");
        }
    }
}
