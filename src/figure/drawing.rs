//! What is to be drawn, whatever draws it.

use image::RgbImage;

/// Where a text's place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At its beginning.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// One thing to draw. Lengths are points, y runs down.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A picture in a rectangle.
    Picture {
        /// Left, top, width, height.
        place: [f32; 4],
        /// Its pixels.
        pixels: RgbImage,
        /// What is to be seen.
        alt: String,
    },
    /// The outline of a rectangle.
    Frame {
        /// Left, top, width, height.
        place: [f32; 4],
        /// Width of the line.
        line: f32,
    },
    /// One line of text.
    Text {
        /// Where the letters stand: x by `align`, y of the base line.
        at: [f32; 2],
        /// Size of the letters.
        size: f32,
        /// What `at` is of the text.
        align: Align,
        /// Read from below, at the left of what it names.
        upright: bool,
        /// The words.
        text: String,
    },
}

/// A page of things.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width and height.
    pub size: [f32; 2],
    /// What it is, in words.
    pub title: String,
    /// From the lowest to the uppermost.
    pub items: Vec<Item>,
}
