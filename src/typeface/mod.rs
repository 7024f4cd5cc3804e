//! Typefaces for letters that a text's own face has not: those that are installed with the program, then
//! the system's. One is opened when a letter needs it, and stays open for as long as the program runs.

mod line;
mod order;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use ab_glyph::Font as _;

pub use line::{Glyph, Line};
pub use order::{Visual, reads_from_right, runs_from_right, visual, visual_within};

/// The largest face that is read, in bytes; those of all Chinese, Japanese and Korean have 20 MB.
const MAX_BYTES: u64 = 64 << 20;
/// So many faces at most: each costs its file in memory.
const MOST_FACES: usize = 12;
/// Of several faces with a letter, the first of these families is taken: they are made to go together.
const PREFERRED: [&str; 3] = ["Noto Sans", "DejaVu Sans", "Liberation Sans"];

/// The weight of text. Some faces of many weights begin with their thinnest.
pub const REGULAR: (&str, f32) = ("wght", 400.0);

/// An open face.
#[derive(Debug, PartialEq, Eq)]
pub struct Face {
    /// Its name, with its file: no two are alike.
    pub name: String,
    /// The file.
    pub bytes: &'static [u8],
    /// Which face in the file.
    pub index: u32,
}

/// A face that may be opened.
#[derive(Debug)]
struct Candidate {
    family: String,
    path: PathBuf,
    index: u32,
    /// Lower is taken first.
    rank: usize,
}

/// The faces of the program.
#[derive(Debug, Default)]
struct Faces {
    /// Where faces are installed that belong to the program.
    folder: Option<PathBuf>,
    /// All that may be opened, in the order in which they are tried; looked for once.
    known: Option<Vec<Candidate>>,
    open: Vec<&'static Face>,
}

static FACES: Mutex<Faces> = Mutex::new(Faces {
    folder: None,
    known: None,
    open: Vec::new(),
});

/// Tells where faces are installed that belong to the program.
pub fn look_in(folder: &Path) {
    let mut faces = FACES.lock().unwrap_or_else(PoisonError::into_inner);
    if faces.folder.as_deref() != Some(folder) {
        faces.folder = Some(folder.to_owned());
        faces.known = None;
    }
}

/// The largest of the program's own faces that is read, in bytes.
const MAX_OWN_BYTES: u64 = 16 << 20;

/// The file of the face that the program reads in, Inter; the one that is built in where it is not installed.
/// What is found first stays for as long as the program runs.
#[must_use]
pub fn own() -> &'static [u8] {
    static OWN: OnceLock<&'static [u8]> = OnceLock::new();
    if let Some(known) = OWN.get() {
        return known;
    }
    let faces = FACES.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = faces.folder.clone();
    drop(faces);
    let read = |folder: PathBuf| {
        let bytes = crate::files::read(&folder.join("Inter.ttf"), MAX_OWN_BYTES).ok()?;
        ab_glyph::FontRef::try_from_slice(&bytes).ok()?;
        Some(bytes)
    };
    match folder.and_then(read) {
        Some(bytes) => OWN.get_or_init(|| bytes.leak()),
        // It may still be told where it is installed.
        None => epaint_default_fonts::UBUNTU_LIGHT,
    }
}

/// The faces that are open, in the order in which they were needed.
#[must_use]
pub fn opened() -> Vec<&'static Face> {
    let faces = FACES.lock().unwrap_or_else(PoisonError::into_inner);
    faces.open.clone()
}

/// The face that writes a letter, opened if need be; `None` where there is none. The first call looks
/// through the system's faces, which takes a tenth of a second.
#[must_use]
pub fn face_of(letter: char) -> Option<&'static Face> {
    let mut faces = FACES.lock().unwrap_or_else(PoisonError::into_inner);
    let has = |face: &&&Face| has_letter(face.bytes, face.index, letter);
    if let Some(face) = faces.open.iter().find(has) {
        return Some(*face);
    }
    if faces.open.len() >= MOST_FACES {
        return None;
    }
    if faces.known.is_none() {
        faces.known = Some(candidates(faces.folder.as_deref()));
    }
    let found = faces.known.as_ref()?.iter().find_map(|candidate| {
        let bytes = read_with(&candidate.path, candidate.index, letter)?;
        Some(Face {
            name: format!("{} ({})", candidate.family, candidate.path.display()),
            bytes: bytes.leak(),
            index: candidate.index,
        })
    })?;
    let face: &'static Face = Box::leak(Box::new(found));
    faces.open.push(face);
    Some(face)
}

/// The upright faces of a folder and of the system, in the order in which they are tried.
fn candidates(folder: Option<&Path>) -> Vec<Candidate> {
    let mut database = fontdb::Database::new();
    if let Some(folder) = folder {
        database.load_fonts_dir(folder);
    }
    let ours = database.len();
    database.load_system_fonts();
    let mut found = Vec::new();
    for (place, face) in database.faces().enumerate() {
        let (fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _)) = &face.source
        else {
            continue;
        };
        let Some((family, _)) = face.families.first() else {
            continue;
        };
        if face.style != fontdb::Style::Normal || face.monospaced {
            continue;
        }
        let known = PREFERRED
            .iter()
            .position(|preferred| family.starts_with(preferred))
            .unwrap_or(PREFERRED.len());
        let off = usize::from(face.weight.0.abs_diff(fontdb::Weight::NORMAL.0));
        let others = usize::from(place >= ours);
        found.push(Candidate {
            family: family.clone(),
            path: path.clone(),
            index: face.index,
            rank: (known * 2 + others) * 1000 + off,
        });
    }
    found.sort_by(|a, b| (a.rank, &a.family, &a.path).cmp(&(b.rank, &b.family, &b.path)));
    found
}

/// The bytes of a face's file, where the face can be read and has the letter.
fn read_with(path: &Path, index: u32, letter: char) -> Option<Vec<u8>> {
    let bytes = crate::files::read(path, MAX_BYTES).ok()?;
    has_letter(&bytes, index, letter).then_some(bytes)
}

/// Whether a face can be read and has a letter.
#[must_use]
pub fn has_letter(bytes: &[u8], index: u32, letter: char) -> bool {
    let face = ab_glyph::FontRef::try_from_slice_and_index(bytes, index);
    face.is_ok_and(|face| face.glyph_id(letter).0 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/installed/fonts")
    }

    #[test]
    fn every_script_has_a_face() {
        look_in(&installed());
        for (script, letters) in [
            ("Greek", "γάτα"),
            ("Cyrillic", "кошка"),
            ("Chinese", "猫貓"),
            ("Japanese", "ねこネコ"),
            ("Korean", "고양이"),
            ("Thai", "แมว"),
            ("Hindi", "बिल्ली"),
            ("Arabic", "قطة"),
            ("Hebrew", "חתול"),
        ] {
            for letter in letters.chars() {
                let face = face_of(letter);
                let face = face.unwrap_or_else(|| panic!("{script}: no face has {letter:?}"));
                assert!(has_letter(face.bytes, face.index, letter));
                // Asked again it is the same one.
                assert_eq!(face_of(letter).map(|again| &again.name), Some(&face.name));
            }
        }
        assert!(opened().len() <= MOST_FACES);
    }

    #[test]
    fn our_own_faces_go_before_the_systems() {
        let all = candidates(Some(&installed()));
        let first = |start: &str| {
            let found = all
                .iter()
                .find(|candidate| candidate.family.starts_with(start));
            found.map(|candidate| candidate.path.starts_with(installed()))
        };
        assert_eq!(first("Noto Sans Arabic"), Some(true));
        assert!(all.windows(2).all(|two| two[0].rank <= two[1].rank));
    }

    #[test]
    fn a_file_that_is_no_typeface_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broken.ttf");
        std::fs::write(&path, b"\0\x01\0\0 not a face").unwrap();
        assert!(read_with(&path, 0, 'a').is_none());
        assert!(!has_letter(b"", 3, 'a'));
    }
}
