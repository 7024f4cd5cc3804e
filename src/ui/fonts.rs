//! The typefaces: Inter for reading, Atkinson Hyperlegible for large type, the system's own for letters
//! that neither has.
//!
//! They are files that the set-up installs. Where one is missing, egui's own face is used: thinner, and
//! still readable. A face of the system is opened only when a letter that needs it is on screen, and then
//! for all letters like it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};

use ab_glyph::Font as _;
use bevy::prelude::*;
use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{self, FontData, FontDefinitions, FontFamily, FontId};
use bevy_egui::{EguiContext, EguiFullOutput, EguiPostUpdateSet};

use super::idle::Awake;
use crate::home::Home;
use crate::jobs::Wake;

/// From this size of the interface on the face is the one whose letters are hardest to confuse.
pub const LARGE: f32 = 1.5;
/// The largest face that is read, in bytes; those of all Chinese, Japanese and Korean have 20 MB.
const MAX_BYTES: u64 = 64 << 20;
/// So many faces of the system at most: each costs its file in memory.
const MOST_SYSTEM_FACES: usize = 8;
/// Of several faces with a letter, the first of these families is taken: they are made to go together.
const PREFERRED: [&str; 3] = ["Noto Sans", "DejaVu Sans", "Liberation Sans"];

/// The program's own faces, where they are installed.
#[derive(Default)]
struct Own {
    reading: Option<Arc<FontData>>,
    large: Option<Arc<FontData>>,
}

/// A face of the system.
#[derive(Clone)]
struct SystemFace {
    name: String,
    data: Arc<FontData>,
}

static OWN: OnceLock<Own> = OnceLock::new();
static OF_SYSTEM: Mutex<Vec<SystemFace>> = Mutex::new(Vec::new());

/// Reads the faces that are installed, once for the program.
pub fn load(home: &Home) {
    OWN.get_or_init(|| {
        let face = |name: &str| {
            let path = home.installed_assets().join("fonts").join(name);
            let bytes = crate::files::read(&path, MAX_BYTES).ok()?;
            // egui ends in a panic over a file that is no typeface.
            ab_glyph::FontRef::try_from_slice(&bytes).ok()?;
            Some(Arc::new(FontData::from_owned(bytes)))
        };
        Own {
            reading: face("Inter.ttf"),
            large: face("AtkinsonHyperlegible-Regular.ttf"),
        }
    });
}

/// Gives a context the faces for an interface of this size, with those of the system that were needed
/// so far. Nothing changes where it has them already.
pub fn install(ctx: &egui::Context, scale: f32) {
    let of_system = OF_SYSTEM.lock().unwrap_or_else(PoisonError::into_inner);
    ctx.set_fonts(definitions(OWN.get(), &of_system, scale));
}

fn definitions(own: Option<&Own>, of_system: &[SystemFace], scale: f32) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let Some(own) = own else {
        return fonts;
    };
    let mut ahead = Vec::new();
    let mut add = |name: &str, data: Option<&Arc<FontData>>| {
        if let Some(data) = data {
            fonts.font_data.insert(name.to_owned(), data.clone());
            ahead.push(name.to_owned());
        }
    };
    if scale >= LARGE {
        add("Atkinson Hyperlegible", own.large.as_ref());
    }
    // Greek and Cyrillic letters, which the other has not.
    add("Inter", own.reading.as_ref());
    let family = fonts.families.entry(FontFamily::Proportional).or_default();
    family.splice(0..0, ahead.iter().cloned());
    // Figures and paths keep their width; what is not in that face is as in a text.
    let family = fonts.families.entry(FontFamily::Monospace).or_default();
    let place = family.len().min(1);
    family.splice(place..place, ahead);
    for face in of_system {
        fonts.font_data.insert(face.name.clone(), face.data.clone());
        for family in fonts.families.values_mut() {
            family.push(face.name.clone());
        }
    }
    fonts
}

/// Looks for faces of the system with letters that are on screen and in none of the faces.
#[derive(Resource)]
struct Fallback {
    asked: HashSet<char>,
    wanted: mpsc::Sender<Vec<char>>,
    /// How many faces of the system are installed in the context.
    installed: usize,
}

/// Adds what watches for letters that no face has.
///
/// # Errors
/// When the thread that looks for faces cannot be started.
pub fn add(app: &mut App, wake: Wake) -> std::io::Result<()> {
    let (wanted, hears) = mpsc::channel();
    std::thread::Builder::new()
        .name("typefaces".to_owned())
        .spawn(move || search(&hears, &wake))?;
    app.insert_resource(Fallback {
        asked: HashSet::new(),
        wanted,
        installed: 0,
    });
    app.add_systems(PostUpdate, watch.before(EguiPostUpdateSet::ProcessOutput));
    Ok(())
}

fn watch(
    mut fallback: ResMut<Fallback>,
    mut contexts: Query<(&mut EguiContext, &EguiFullOutput)>,
    settings: Res<super::settings::Settings>,
    mut awake: ResMut<Awake>,
) {
    let mut missing = Vec::new();
    for (mut context, output) in &mut contexts {
        let ctx = context.get_mut();
        let found = OF_SYSTEM
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len();
        if found != fallback.installed {
            fallback.installed = found;
            install(ctx, settings.scale);
            awake.stay();
        }
        let mut seen = HashSet::new();
        for ClippedShape { shape, .. } in output.0.iter().flat_map(|output| &output.shapes) {
            letters(shape, &mut seen);
        }
        seen.retain(|letter| fallback.asked.insert(*letter));
        if !seen.is_empty() {
            let font = FontId::proportional(15.0);
            ctx.fonts_mut(|fonts| {
                missing.extend(seen.into_iter().filter(|c| !fonts.has_glyph(&font, *c)));
            });
        }
    }
    if !missing.is_empty() {
        // Where the thread has ended the letters stay boxes.
        let _ = fallback.wanted.send(missing);
    }
}

/// The letters of a shape that egui's and our faces may not have.
fn letters(shape: &Shape, seen: &mut HashSet<char>) {
    match shape {
        Shape::Text(text) if !text.galley.text().is_ascii() => {
            let letters = text.galley.text().chars();
            seen.extend(letters.filter(|c| !c.is_ascii() && !c.is_whitespace() && !c.is_control()));
        }
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| letters(shape, seen)),
        _ => {}
    }
}

/// Waits for letters and finds faces for them, for as long as the program runs.
fn search(hears: &mpsc::Receiver<Vec<char>>, wake: &Wake) {
    let mut system: Option<Vec<Candidate>> = None;
    while let Ok(missing) = hears.recv() {
        let system = system.get_or_insert_with(candidates);
        let mut changed = false;
        for letter in missing {
            changed |= find(letter, system);
        }
        if changed {
            wake();
        }
    }
}

/// A face that may be opened.
struct Candidate {
    family: String,
    path: PathBuf,
    index: u32,
    /// Lower is taken first.
    rank: usize,
}

/// The upright faces of the system, in the order in which they are tried.
fn candidates() -> Vec<Candidate> {
    let mut database = fontdb::Database::new();
    database.load_system_fonts();
    let mut found = Vec::new();
    for face in database.faces() {
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
        found.push(Candidate {
            family: family.clone(),
            path: path.clone(),
            index: face.index,
            rank: known * 1000 + off,
        });
    }
    found.sort_by(|a, b| (a.rank, &a.family, &a.path).cmp(&(b.rank, &b.family, &b.path)));
    found
}

/// Opens the first face of the system that has `letter`, unless one that is open has it; true when
/// there is one more now.
fn find(letter: char, system: &[Candidate]) -> bool {
    let open = |faces: &[SystemFace]| {
        let has = |face: &SystemFace| has_letter(&face.data.font, face.data.index, letter);
        faces.len() >= MOST_SYSTEM_FACES || faces.iter().any(has)
    };
    if open(&OF_SYSTEM.lock().unwrap_or_else(PoisonError::into_inner)) {
        return false;
    }
    for candidate in system {
        let Some(bytes) = read_with(&candidate.path, candidate.index, letter) else {
            continue;
        };
        let mut data = FontData::from_owned(bytes);
        data.index = candidate.index;
        let face = SystemFace {
            name: format!("{} ({})", candidate.family, candidate.path.display()),
            data: Arc::new(data),
        };
        OF_SYSTEM
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(face);
        return true;
    }
    false
}

/// The bytes of a face's file, where the face can be read and has the letter.
fn read_with(path: &Path, index: u32, letter: char) -> Option<Vec<u8>> {
    let bytes = crate::files::read(path, MAX_BYTES).ok()?;
    has_letter(&bytes, index, letter).then_some(bytes)
}

fn has_letter(bytes: &[u8], index: u32, letter: char) -> bool {
    let face = ab_glyph::FontRef::try_from_slice_and_index(bytes, index);
    face.is_ok_and(|face| face.glyph_id(letter).0 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        let bytes = |name: &str| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let path = root.join("assets/installed/fonts").join(name);
            let bytes = crate::files::read(&path, MAX_BYTES).unwrap();
            Some(Arc::new(FontData::from_owned(bytes)))
        };
        Own {
            reading: bytes("Inter.ttf"),
            large: bytes("AtkinsonHyperlegible-Regular.ttf"),
        }
    }

    fn first(fonts: &FontDefinitions, family: &FontFamily) -> String {
        fonts.families[family][0].clone()
    }

    #[test]
    fn large_type_has_a_face_of_its_own_and_figures_keep_theirs() {
        let own = own();
        let mono = first(&FontDefinitions::default(), &FontFamily::Monospace);
        for (scale, expected) in [
            (1.0, "Inter"),
            (1.25, "Inter"),
            (1.5, "Atkinson Hyperlegible"),
        ] {
            let fonts = definitions(Some(&own), &[], scale);
            assert_eq!(first(&fonts, &FontFamily::Proportional), expected);
            assert_eq!(first(&fonts, &FontFamily::Monospace), mono);
        }
    }

    #[test]
    fn without_installed_faces_it_is_as_egui_has_it() {
        let own = Own::default();
        assert_eq!(
            definitions(Some(&own), &[], 1.0),
            FontDefinitions::default()
        );
        assert_eq!(definitions(None, &[], 2.0), FontDefinitions::default());
    }

    #[test]
    fn the_face_can_be_made_bolder_and_knows_greek_and_cyrillic() {
        let face = own().reading.unwrap();
        let axes = face.variation_axes();
        let weight = axes.iter().find(|axis| axis.tag == "wght");
        let weight = weight.expect("headings need a weight to choose");
        assert!((weight.default - 400.0).abs() < 1.0 && weight.range.max >= 600.0);
        for letter in "aäß€ΩжЯ…".chars() {
            assert!(has_letter(&face.font, 0, letter), "{letter}");
        }
        assert!(!has_letter(&face.font, 0, '猫'));
    }

    #[test]
    fn letters_of_every_shape_on_screen_are_seen() {
        let ctx = egui::Context::default();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            ui.label("cat");
            ui.label("猫");
            ui.button("แมว").on_hover_text("न");
        });
        let mut seen = HashSet::new();
        for ClippedShape { shape, .. } in &output.shapes {
            letters(shape, &mut seen);
        }
        let mut seen: Vec<char> = seen.into_iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, ['ม', 'ว', 'แ', '猫']);
    }

    #[test]
    fn a_file_that_is_no_typeface_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broken.ttf");
        std::fs::write(&path, b"\0\x01\0\0 not a face").unwrap();
        assert!(read_with(&path, 0, 'a').is_none());
    }
}
