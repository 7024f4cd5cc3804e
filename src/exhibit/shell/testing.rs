//! A programme of small pictures, for tests.

use std::sync::Arc;
use std::time::Duration;

use ndarray::Array2;

use super::input::{Effect, Input};
use super::piece::{About, Piece};
use super::program::Program;
use super::turn::Shell;
use crate::exhibit::fault::Faults;
use crate::exhibit::manifest::{self, MANIFEST};
use crate::exhibit::texts::Texts;
use crate::guess::Regions;

/// Side of the maps.
pub(crate) const SIDE: usize = 48;
/// 2026-11-26, a Thursday, at noon.
pub(crate) const NOON: i64 = 20_783 * 86_400 + 12 * 3600;

/// A picture whose map has one hill; its parts are squares of a 4 x 4 board.
pub(crate) fn piece(n: usize) -> Piece {
    piece_of(n, 6)
}

/// The same with so many fields to call along each side.
fn piece_of(n: usize, grid: usize) -> Piece {
    let places = [
        (0.5, 0.5),
        (0.2, 0.3),
        (0.8, 0.2),
        (0.15, 0.85),
        (0.7, 0.7),
        (0.4, 0.15),
        (0.85, 0.5),
    ];
    let (hx, hy) = places[n % places.len()];
    let map = Array2::from_shape_fn((SIDE, SIDE), |(y, x)| {
        let (x, y) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        -((x - hx).hypot(y - hy))
    });
    let squares = Array2::from_shape_fn((SIDE, SIDE), |(y, x)| {
        (y * 4 / SIDE * 4 + x * 4 / SIDE) as u32
    });
    let words = |text: String| [("en".to_owned(), text)].into();
    let about = About {
        file: format!("pictures/{n}.png"),
        sha256: crate::files::sha256(&[n as u8]),
        title: words(format!("Picture {n}")),
        alt: words(format!("What is to be seen on picture {n}.")),
        model: "m".to_owned(),
        method: "xrai".to_owned(),
        label: format!("thing {n}, object"),
        level: "auto".to_owned(),
        ..About::default()
    };
    let parts = Regions::new(squares.view()).unwrap();
    Piece::with_fields(about, map.view(), parts, grid).unwrap()
}

/// A programme from lines of `exhibit.toml`, in `languages`, with seven pictures and a PIN.
pub(crate) fn program_of(lines: &str, languages: &[&str]) -> Program {
    let titles: Vec<String> = languages.iter().map(|l| format!("{l} = \"T\"")).collect();
    let text = format!(
        "format = 1\nid = \"bonn\"\nlanguages = {languages:?}\ntitle = {{ {} }}\n{lines}",
        titles.join(", ")
    );
    let mut faults = Faults::of(MANIFEST);
    let exhibit = manifest::read(&text, &mut faults);
    let wrong: Vec<_> = faults
        .found
        .iter()
        .filter(|fault| !fault.what.contains("no picture"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let texts = languages.iter().map(|l| Texts::new(l, None)).collect();
    let grid = exhibit.play.grid as usize;
    let pieces = (0..7).map(|n| piece_of(n, grid)).collect();
    Program::of(&exhibit, texts, pieces, true)
}

pub(crate) fn program(languages: &[&str]) -> Program {
    program_of("", languages)
}

/// A shell with a clock that is turned by hand.
pub(crate) struct Stage {
    pub(crate) shell: Shell,
    pub(crate) now: Duration,
    pub(crate) wall: i64,
    /// Everything that was asked for.
    pub(crate) effects: Vec<Effect>,
}

impl Stage {
    pub(crate) fn new(program: Program) -> Self {
        let now = Duration::from_secs(100);
        Self {
            shell: Shell::new(Arc::new(program), now, NOON, 0),
            now,
            wall: NOON,
            effects: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.shell.take(self.now, input);
        self.effects.extend(effects.iter().cloned());
        effects
    }

    /// Time goes by in steps of a quarter of a second.
    pub(crate) fn wait(&mut self, seconds: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let steps = (seconds * 4.0).round() as u64;
        let start = self.now;
        for step in 1..=steps {
            self.now = start + Duration::from_millis(step * 250);
            let wall = self.wall + (step / 4) as i64;
            effects.extend(self.take(Input::Tick { wall }));
        }
        self.wall += (steps / 4) as i64;
        effects
    }

    /// A tap at a place in millimetres.
    pub(crate) fn tap(&mut self, x: f64, y: f64) -> Vec<Effect> {
        let mut effects = self.take(Input::Down { finger: 1, x, y });
        self.now += Duration::from_millis(80);
        effects.extend(self.take(Input::Up { finger: 1 }));
        effects
    }

    /// A tap on the button whose label holds `words`.
    pub(crate) fn press(&mut self, words: &str) -> Vec<Effect> {
        let offers = self.shell.offers();
        let found = offers.iter().find(|offer| offer.label.contains(words));
        let labels: Vec<&String> = offers.iter().map(|offer| &offer.label).collect();
        let action = found.unwrap_or_else(|| panic!("no {words:?} in {labels:?}"));
        let action = action.action.clone();
        let mut effects = self.tap(300.0, 200.0);
        effects.extend(self.take(Input::Press(action)));
        effects
    }

    pub(crate) fn has(&self, words: &str) -> bool {
        self.shell
            .offers()
            .iter()
            .any(|offer| offer.label.contains(words))
    }
}
