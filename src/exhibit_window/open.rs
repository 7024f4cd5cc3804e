//! From an exhibit's folder to its screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::behind::{Network, Threads};
use super::pictures::{PictureFile, Pictures};
use super::room::{Room, Start};
use crate::exhibit::hours::Hours;
use crate::exhibit::shell::{Keeper, Program, Shell};
use crate::exhibit::supervisor::Past;
use crate::exhibit::{ExhibitError, JOURNAL, Pin, check};
use crate::home::Home;

/// How an exhibit is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opening {
    /// Where the journal is kept instead of in the exhibit's folder: for who only looks.
    pub(crate) journal: Option<PathBuf>,
    /// Whether it is open at all hours.
    pub(crate) always: bool,
    /// What the supervisor has seen.
    pub(crate) past: Past,
    /// The clock, in seconds since 1970.
    pub(crate) wall: i64,
}

/// Opens the exhibit in `folder`.
///
/// # Errors
/// When the folder has faults, nothing is prepared, the journal cannot be read, or there can be no
/// threads.
pub(crate) fn open(folder: &Path, home: &Home, opening: Opening) -> Result<Room, ExhibitError> {
    let checked = check(folder, home)?;
    let millimetres = checked.exhibit.screen;
    let utc_offset = checked.exhibit.utc_offset;
    let keep_days = checked.exhibit.keep_days as usize;
    let pin = Pin::path(home, &checked.exhibit.id);
    let mut program = Program::open(checked, pin.is_file())?;
    if opening.always {
        program.times.open = Hours::default();
    }
    let program = Arc::new(program);
    let files: Vec<PictureFile> = program
        .pieces
        .iter()
        .map(|piece| PictureFile {
            path: folder.join(&piece.about.file),
            region: piece.about.region,
        })
        .collect();
    let journal = opening.journal.unwrap_or_else(|| folder.join(JOURNAL));
    if keep_days > 0 {
        crate::journal::keep_days(&journal, keep_days)?;
    }
    let mut keeper = Keeper::open(&journal, &pin, utc_offset, Duration::ZERO)?;
    let games = keeper.games();
    let mut shell = Shell::new(program.clone(), Duration::ZERO, opening.wall, games);
    keeper.tell(&program, &mut shell);
    let failed = |source| ExhibitError::Io {
        path: folder.to_owned(),
        source,
    };
    let pictures = Pictures::of_files(files.clone()).map_err(failed)?;
    let network = Network {
        home: home.clone(),
        files,
        folder: folder.to_owned(),
        open: std::sync::Mutex::default(),
    };
    let threads = Threads::start(keeper, program.clone(), network, opening.past);
    Ok(Room::new(Start {
        program,
        millimetres,
        pictures,
        behind: Box::new(threads.map_err(failed)?),
        shell,
    }))
}
