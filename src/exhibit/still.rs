//! What is shown while the screen rests: the exhibit's name, and in each of its languages that it comes
//! back. It needs no picture, no network and no graphics device.

use std::path::Path;

use image::{Rgb, RgbImage};

use super::check::own_texts;
use super::error::ExhibitError;
use super::fault::Faults;
use super::lettering::{Lettering, Room, write};
use super::manifest::{self, MANIFEST, MAX_TEXT};
use super::texts::Texts;
use crate::files::read_text;

/// As dark as the screen of the game.
const GROUND: [u8; 3] = [0x12, 0x16, 0x24];
const INK: [u8; 3] = [0xf4, 0xf1, 0xe8];

/// The words of a screen that rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// The exhibit's name; may be empty.
    pub title: String,
    /// That it comes back, in each language.
    pub lines: Vec<String>,
}

impl Still {
    /// What the exhibit in `folder` says. Whatever is wrong with the folder is no reason to say nothing:
    /// then it is said in English.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let text = read_text(&folder.join(MANIFEST), MAX_TEXT).unwrap_or_default();
        let exhibit = manifest::read(&text, &mut Faults::of(MANIFEST));
        let mut lines: Vec<String> = Vec::new();
        for language in &exhibit.languages {
            let own = own_texts(folder, language).ok().flatten();
            let line = Texts::new(language, own.as_deref()).get("pause", &[]);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.is_empty() {
            lines.push(Texts::new("en", None).get("pause", &[]));
        }
        let first = exhibit.languages.first();
        let title = first.and_then(|language| exhibit.title.get(language));
        Self {
            title: title.cloned().unwrap_or_default(),
            lines,
        }
    }

    /// The whole screen, `width` by `height` pixels: large, in the middle.
    ///
    /// # Errors
    /// [`ExhibitError::Card`] when a typeface is damaged.
    pub fn draw(&self, width: u32, height: u32) -> Result<RgbImage, ExhibitError> {
        let mut page = RgbImage::from_pixel(width, height, Rgb(GROUND));
        let short = width.min(height);
        let margin = short / 12;
        let of = |share: f32, most| Lettering {
            size: short as f32 * share,
            most,
            ink: INK,
            middle: true,
        };
        let texts = std::iter::once((&self.title, of(0.05, 2)));
        let texts: Vec<_> = texts
            .chain(self.lines.iter().map(|line| (line, of(0.075, 3))))
            .filter(|(text, _)| !text.is_empty())
            .collect();
        let room = |y| Room {
            x: margin,
            y,
            width: width.saturating_sub(2 * margin),
        };
        // Once beside the page, to know how high it is.
        let gap = short / 24;
        let mut high = 0;
        for (text, how) in &texts {
            high += write(&mut RgbImage::new(0, 0), text, room(0), *how)? + gap;
        }
        let mut y = height.saturating_sub(high.saturating_sub(gap)) / 2;
        for (text, how) in &texts {
            y += write(&mut page, text, room(y), *how)? + gap;
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inked(page: &RgbImage) -> Vec<(u32, u32)> {
        let pixels = page.enumerate_pixels();
        let inked = pixels.filter(|(.., pixel)| pixel.0[0] > 200);
        inked.map(|(x, y, _)| (x, y)).collect()
    }

    #[test]
    fn a_screen_that_rests_says_so_in_each_language() {
        let folder = tempfile::tempdir().unwrap();
        let none = Still::of(folder.path());
        assert_eq!((none.title.as_str(), none.lines.len()), ("", 1));
        assert!(none.lines[0].contains("Back"), "{none:?}");
        let text = "format = 1\nid = \"bonn\"\nlanguages = [\"de\", \"nl\"]\n\
                    title = { de = \"Was?\", nl = \"Wat?\" }\nnonsense\n";
        std::fs::write(folder.path().join(MANIFEST), text).unwrap();
        std::fs::create_dir(folder.path().join("texts")).unwrap();
        let own = "pause = Pause bis gleich\n";
        std::fs::write(folder.path().join("texts/de.ftl"), own).unwrap();
        let still = Still::of(folder.path());
        assert_eq!(still.title, "Was?");
        assert_eq!(still.lines[0], "Pause bis gleich");
        assert!(still.lines.len() == 2 && still.lines[1] != still.lines[0]);
        for (width, height) in [(1920, 1080), (1080, 1920), (320, 200)] {
            let page = still.draw(width, height).unwrap();
            assert_eq!(page.dimensions(), (width, height));
            let inked = inked(&page);
            assert!(inked.len() as u32 > width * height / 400, "{}", inked.len());
            // In the middle, and away from the edges.
            let margin = width.min(height) / 13;
            let within = |at: u32, side: u32| at >= margin && at < side - margin;
            assert!(
                inked
                    .iter()
                    .all(|(x, y)| within(*x, width) && within(*y, height))
            );
            let mean = |of: fn(&(u32, u32)) -> u32| {
                inked.iter().map(|at| f64::from(of(at))).sum::<f64>() / inked.len() as f64
            };
            let off = mean(|at| at.0) / f64::from(width) - 0.5;
            assert!(off.abs() < 0.05, "{off}");
            let off = mean(|at| at.1) / f64::from(height) - 0.5;
            assert!(off.abs() < 0.1, "{off}");
        }
    }
}
