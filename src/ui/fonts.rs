//! The typefaces: Inter for reading, Atkinson Hyperlegible for large type, others for letters that neither
//! has (see [`crate::typeface`]).
//!
//! They are files that the set-up installs. Where one is missing, egui's own face is used: thinner, and
//! still readable. Another face is opened only when a letter that needs it is on screen, and then for all
//! letters like it.

mod tabular;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, mpsc};

use bevy::prelude::*;
use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{self, FontData, FontDefinitions, FontFamily, FontId};
use bevy_egui::{EguiContext, EguiFullOutput, EguiPostUpdateSet};

use super::idle::Awake;
use crate::home::Home;
use crate::jobs::Wake;
use crate::typeface::{self, Face};

/// From this size of the interface on the face is the one whose letters are hardest to confuse.
pub const LARGE: f32 = 1.5;
/// The largest of the program's own faces that is read, in bytes.
const MAX_OWN_BYTES: u64 = 16 << 20;

/// The program's own faces, where they are installed.
#[derive(Default)]
struct Own {
    reading: Option<Arc<FontData>>,
    large: Option<Arc<FontData>>,
}

static OWN: OnceLock<Own> = OnceLock::new();

/// Reads the faces that are installed, once for the program.
pub fn load(home: &Home) {
    // Faces are the process's, and tests have many homes: theirs are the checkout's.
    let folder = if cfg!(test) {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/installed/fonts")
    } else {
        home.fonts()
    };
    typeface::look_in(&folder);
    OWN.get_or_init(|| {
        let face = |name: &str| {
            let path = folder.join(name);
            own_face(crate::files::read(&path, MAX_OWN_BYTES).ok()?)
        };
        Own {
            reading: face("Inter.ttf"),
            large: face("AtkinsonHyperlegible-Regular.ttf"),
        }
    });
}

/// A face of our own, with digits of one width.
fn own_face(bytes: Vec<u8>) -> Option<Arc<FontData>> {
    // egui ends in a panic over a file that is no typeface.
    ab_glyph::FontRef::try_from_slice(&bytes).ok()?;
    let bytes = tabular::aligned(&bytes).unwrap_or(bytes);
    Some(Arc::new(FontData::from_owned(bytes)))
}

/// Gives a context the faces for an interface of this size, with those of the system that were needed
/// so far. Nothing changes where it has them already.
pub fn install(ctx: &egui::Context, scale: f32) {
    ctx.set_fonts(definitions(OWN.get(), &typeface::opened(), scale));
}

fn definitions(own: Option<&Own>, others: &[&'static Face], scale: f32) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let none = Own::default();
    let own = own.unwrap_or(&none);
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
    for face in others {
        let mut data = FontData::from_static(face.bytes);
        data.index = face.index;
        let (axis, weight) = typeface::REGULAR;
        data.tweak.coords.push(axis, weight);
        fonts.font_data.insert(face.name.clone(), Arc::new(data));
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
    // Between the two there is something to be seen: before, nothing is laid out; after, it is gone.
    app.add_systems(
        PostUpdate,
        watch
            .after(EguiPostUpdateSet::EndPass)
            .before(EguiPostUpdateSet::ProcessOutput),
    );
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
        let found = typeface::opened().len();
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
                let unknown = |c: &char| !is_ours(*c) && !fonts.has_glyph(&font, *c);
                missing.extend(seen.into_iter().filter(unknown));
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
    while let Ok(missing) = hears.recv() {
        let before = typeface::opened().len();
        for letter in missing {
            // Where no face has it, it stays a box.
            let _ = typeface::face_of(letter);
        }
        if typeface::opened().len() != before {
            wake();
        }
    }
}

/// Opens the faces that the letters of `text` need: for who draws it once and cannot wait for a later frame.
pub fn open_for(text: &str) {
    for letter in text
        .chars()
        .filter(|letter| !letter.is_ascii() && !letter.is_control())
    {
        if !is_ours(letter) {
            let _ = typeface::face_of(letter);
        }
    }
}

/// Whether the face that is read has a letter. egui says no to the letters of whichever face has its box.
fn is_ours(letter: char) -> bool {
    let reading = OWN.get().and_then(|own| own.reading.as_ref());
    reading.is_some_and(|face| typeface::has_letter(&face.font, face.index, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        let bytes = |name: &str| {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            let path = root.join("assets/installed/fonts").join(name);
            own_face(crate::files::read(&path, MAX_OWN_BYTES).unwrap())
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
            assert!(typeface::has_letter(&face.font, 0, letter), "{letter}");
        }
        assert!(!typeface::has_letter(&face.font, 0, '猫'));
    }

    /// Widths of ten times each digit, at the sizes of the theme, plain and as headings.
    fn widths(own: &Own, scale: f32) -> Vec<Vec<f32>> {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions(Some(own), &[], scale));
        let mut found = Vec::new();
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            found.clear();
            for (size, heads) in [(15.0, false), (15.0, true), (18.0, true), (28.0, true)] {
                let width = |digit: char| {
                    let text = egui::RichText::new(digit.to_string().repeat(10)).size(size);
                    let text = if heads {
                        super::super::theme::heading(text)
                    } else {
                        text
                    };
                    let text = egui::WidgetText::from(text);
                    let extend = Some(egui::TextWrapMode::Extend);
                    let style = egui::TextStyle::Body;
                    text.into_galley(ui, extend, f32::INFINITY, style).size().x
                };
                found.push(('0'..='9').map(width).collect());
            }
        });
        found
    }

    #[test]
    fn figures_align() {
        let spread = |widths: &Vec<f32>| {
            let (least, most) = widths
                .iter()
                .fold((f32::MAX, 0.0_f32), |(least, most), width| {
                    (least.min(*width), most.max(*width))
                });
            most - least
        };
        let own = own();
        for scale in [1.0, LARGE] {
            let found = widths(&own, scale);
            assert!(found.iter().all(|widths| spread(widths) < 0.1), "{found:?}");
        }
        // Drawn as it is in its file, a 1 is far narrower.
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(root.join("assets/installed/fonts/Inter.ttf")).unwrap();
        let plain = Own {
            reading: Some(Arc::new(FontData::from_owned(bytes))),
            large: None,
        };
        assert!(
            widths(&plain, 1.0)
                .iter()
                .all(|widths| spread(widths) > 10.0)
        );
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
}
