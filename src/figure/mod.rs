//! Figures for a paper: panels in a grid, each a picture with its map, with heads, a title and a colour
//! bar, as SVG, PDF or PNG. All three draw the same [`Item`]s: [`Drawing`] places them once, in points
//! (1/72 inch) from the top left corner.

mod drawing;
mod font;
mod grid;
mod pdf;
mod raster;
mod svg;

pub use drawing::{Align, Drawing, Item};
pub use font::missing_letters;
pub use grid::{Figure, Panel, Range};

/// What a figure is written as, by the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Document Format.
    Pdf,
    /// Portable Network Graphics.
    Png,
}

impl Format {
    /// The format of a file of this name.
    #[must_use]
    pub fn of(path: &std::path::Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "svg" => Self::Svg,
            "pdf" => Self::Pdf,
            "png" => Self::Png,
            _ => return None,
        })
    }
}

/// The ink of lines and letters.
const INK: [u8; 3] = [0x28, 0x30, 0x3a];
