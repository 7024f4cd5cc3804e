//! A card to carry home: what was guessed and what the AI saw, as a picture with a code of plain text.
//! No address, no network: the code holds the words themselves.

use image::imageops::{FilterType, replace, resize};
use image::{Rgb, RgbImage};
use qrcode::{Color, EcLevel, QrCode};

use super::error::ExhibitError;
use super::lettering::{Lettering, Room, blend, write};
use crate::files::{Output, encode_png};

/// Size of a card in pixels.
pub const CARD_SIZE: [u32; 2] = [1080, 1350];
/// Most bytes of a code: a QR code of version 10, level M.
pub const MOST_BYTES: usize = 213;
const MARGIN: u32 = 60;
/// Pixels of the code with its margin, about: its squares are as large as fit.
const CODE: u32 = 441;
/// Pixels of a square of the code, at least.
const SQUARE: u32 = 6;
/// Height of the row of stars, in pixels.
const STARS: u32 = 110;
/// More stars are told as a number.
const MOST_STARS: u8 = 12;
const INK: [u8; 3] = [0x16, 0x1a, 0x2b];
const PAPER: [u8; 3] = [0xff, 0xfd, 0xf7];
const STAR: [u8; 3] = [0xe8, 0x9b, 0x00];
const NO_STAR: [u8; 3] = [0xd8, 0xd4, 0xc8];

/// What stands on a card.
#[derive(Debug, Clone)]
pub struct Card {
    /// The first line.
    pub title: String,
    /// What visitors are told about it, a sentence a line.
    pub lines: Vec<String>,
    /// The guess on the picture.
    pub yours: RgbImage,
    /// The answer on the picture.
    pub theirs: RgbImage,
    /// What the two are called.
    pub captions: [String; 2],
    /// Stars that were earned, and how many there could be.
    pub stars: (u8, u8),
    /// What the code holds, at most [`MOST_BYTES`] bytes.
    pub code: String,
    /// What stands beside the code.
    pub scan: String,
    /// Alternative text.
    pub alt: String,
}

/// Writes the card as PNG with its alternative text inside (`Description`).
///
/// # Errors
/// [`ExhibitError::Card`] when the code's text is too long, or when the file cannot be written.
pub fn write_card(card: &Card, out: &Output) -> Result<(), ExhibitError> {
    let picture = card.draw()?;
    let texts = [
        ("Title", card.title.as_str()),
        ("Description", card.alt.as_str()),
    ];
    Ok(out.write_file(|file| encode_png(file, &picture, texts))?)
}

impl Card {
    /// The card, [`CARD_SIZE`] pixels.
    ///
    /// # Errors
    /// [`ExhibitError::Card`] when the code's text is empty or too long.
    pub fn draw(&self) -> Result<RgbImage, ExhibitError> {
        let [width, height] = CARD_SIZE;
        let mut page = RgbImage::from_pixel(width, height, Rgb(PAPER));
        let code = code(&self.code)?;
        let inner = width - 2 * MARGIN;
        let bottom = height - MARGIN - code.height();
        let at = |x, y, width| Room { x, y, width };
        let words = |size, most| Lettering {
            size,
            most,
            ink: INK,
            middle: false,
        };
        let mut y = MARGIN;
        y += write(&mut page, &self.title, at(MARGIN, y, inner), words(60.0, 2))? + 24;
        y = self.pictures(&mut page, y, bottom.saturating_sub(STARS))?;
        self.stars(&mut page, y + STARS / 2)?;
        // Beside the code what is said of it, and below that how to keep it.
        let beside = MARGIN + code.width() + 30;
        let room = |y| at(beside, y, width - MARGIN - beside);
        replace(&mut page, &code, MARGIN.into(), bottom.into());
        let mut y = bottom + 10;
        let last = height - MARGIN - 2 * 46;
        for line in &self.lines {
            let left = last.saturating_sub(y) / 46;
            if left == 0 {
                break;
            }
            y += write(&mut page, line, room(y), words(38.0, left))? + 10;
        }
        write(&mut page, &self.scan, room(last), words(38.0, 2))?;
        Ok(page)
    }

    /// The two pictures with their captions beside each other, from `top` down to `bottom` at most; where
    /// they end.
    fn pictures(&self, page: &mut RgbImage, top: u32, bottom: u32) -> Result<u32, ExhibitError> {
        let side = (page.width() - 2 * MARGIN - 30) / 2;
        let mut lowest = top;
        for (i, (picture, caption)) in [&self.yours, &self.theirs]
            .into_iter()
            .zip(&self.captions)
            .enumerate()
        {
            let x = MARGIN + i as u32 * (side + 30);
            let room = Room {
                x,
                y: top,
                width: side,
            };
            let words = Lettering {
                size: 36.0,
                most: 1,
                ink: INK,
                middle: false,
            };
            let y = top + write(page, caption, room, words)? + 10;
            let (w, h) = picture.dimensions();
            if w == 0 || h == 0 {
                continue;
            }
            let scale = |to: u32, of: u32| f64::from(to) / f64::from(of);
            let scale = scale(side, w).min(scale(bottom.saturating_sub(y).max(1), h));
            let to = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
            let small = resize(picture, to(w), to(h), FilterType::Triangle);
            let left = x + (side - small.width().min(side)) / 2;
            replace(page, &small, left.into(), y.into());
            lowest = lowest.max(y + small.height());
        }
        Ok(lowest)
    }

    /// The stars in a row around a height; where there are too many, one and their number.
    fn stars(&self, page: &mut RgbImage, middle: u32) -> Result<(), ExhibitError> {
        let (earned, of) = self.stars;
        let left = MARGIN as f32 + 40.0;
        if of > MOST_STARS {
            star(page, (left, middle as f32), 38.0, STAR);
            let room = Room {
                x: MARGIN + 100,
                y: middle.saturating_sub(36),
                width: page.width() - 2 * MARGIN - 100,
            };
            let words = Lettering {
                size: 60.0,
                most: 1,
                ink: INK,
                middle: false,
            };
            write(page, &format!("{earned} / {of}"), room, words)?;
            return Ok(());
        }
        for i in 0..of {
            let colour = if i < earned { STAR } else { NO_STAR };
            let x = left + f32::from(i) * 84.0;
            star(page, (x, middle as f32), 38.0, colour);
        }
        Ok(())
    }
}

/// The squares of a text's code: how many there are along a side, and row by row which are dark. Readers
/// need a margin of four squares around them.
///
/// # Errors
/// [`ExhibitError::Card`] when the text is empty or longer than [`MOST_BYTES`].
pub fn code_squares(text: &str) -> Result<(usize, Vec<bool>), ExhibitError> {
    if text.is_empty() || text.len() > MOST_BYTES {
        let why = format!(
            "its text has {} bytes, a code holds 1 to {MOST_BYTES}: shorten it",
            text.len()
        );
        return Err(ExhibitError::Card(why));
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| ExhibitError::Card(error.to_string()))?;
    let dark = code.to_colors().into_iter();
    Ok((code.width(), dark.map(|c| c == Color::Dark).collect()))
}

/// The code of a text, dark on white with the quiet zone that readers need.
fn code(text: &str) -> Result<RgbImage, ExhibitError> {
    let (squares, dark) = code_squares(text)?;
    let modules = squares as u32;
    let square = (CODE / (modules + 8)).max(SQUARE);
    let side = (modules + 8) * square;
    Ok(RgbImage::from_fn(side, side, |x, y| {
        let at = |v: u32| (v / square).checked_sub(4).filter(|m| *m < modules);
        let is_dark = at(x)
            .zip(at(y))
            .is_some_and(|(x, y)| dark.get((y * modules + x) as usize) == Some(&true));
        Rgb(if is_dark { [0; 3] } else { [255; 3] })
    }))
}

/// A star of five points around `middle`.
fn star(page: &mut RgbImage, middle: (f32, f32), radius: f32, colour: [u8; 3]) {
    let corner = |i: usize| {
        let angle = std::f32::consts::PI * (i as f32 / 5.0 - 0.5);
        let r = if i.is_multiple_of(2) {
            radius
        } else {
            radius * 0.45
        };
        (middle.0 + r * angle.cos(), middle.1 + r * angle.sin())
    };
    let corners: Vec<(f32, f32)> = (0..10).map(corner).collect();
    let reach = radius.ceil() as i64;
    for y in -reach..=reach {
        for x in -reach..=reach {
            let p = (middle.0 + x as f32, middle.1 + y as f32);
            // Even and odd crossings of a ray to the right.
            let mut inside = false;
            for (i, a) in corners.iter().enumerate() {
                let Some(b) = corners.get((i + 1) % corners.len()) else {
                    continue;
                };
                if (a.1 > p.1) != (b.1 > p.1) && p.0 < (b.0 - a.0) * (p.1 - a.1) / (b.1 - a.1) + a.0
                {
                    inside = !inside;
                }
            }
            if inside {
                blend(page, p.0 as i64, p.1 as i64, colour, 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface;

    fn card(code: &str) -> Card {
        let photo = RgbImage::from_fn(224, 168, |x, y| Rgb([x as u8, y as u8, 90]));
        Card {
            title: "J\u{2019}ai devin\u{e9} ce que l\u{2019}IA a vu".to_owned(),
            lines: vec![
                "Elle a surtout regard\u{e9} en haut \u{e0} gauche, et aussi au milieu et en bas."
                    .to_owned(),
                "Mieux que 70 % des visiteurs.".to_owned(),
            ],
            yours: photo.clone(),
            theirs: photo,
            captions: ["Toi".to_owned(), "L\u{2019}IA".to_owned()],
            stars: (7, 9),
            code: code.to_owned(),
            scan: "Scanne pour le garder".to_owned(),
            alt: "7 of 9 stars".to_owned(),
        }
    }

    fn read_code(page: &RgbImage) -> Option<String> {
        let (w, h) = page.dimensions();
        let grey = |x: usize, y: usize| {
            let [r, g, b] = page.get_pixel(x as u32, y as u32).0;
            ((u32::from(r) + u32::from(g) + u32::from(b)) / 3) as u8
        };
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(w as usize, h as usize, grey);
        let grids = prepared.detect_grids();
        grids.iter().find_map(|grid| Some(grid.decode().ok()?.1))
    }

    #[test]
    fn the_code_is_read_again_also_smaller_and_blurred() {
        let longest = "x\u{e9} ".repeat(MOST_BYTES / 4);
        // The smaller the squares of a code, the less smaller it may get.
        for (text, [w, h]) in [
            ("7 stars of 9. It looked at the towers too.", [540, 675]),
            (longest.as_str(), [810, 1012]),
        ] {
            let page = card(text).draw().unwrap();
            assert_eq!(page.dimensions(), (1080, 1350));
            assert_eq!(read_code(&page).as_deref(), Some(text));
            let smaller = resize(&page, w, h, FilterType::Triangle);
            assert_eq!(read_code(&smaller).as_deref(), Some(text), "{w} wide");
            let blurred = image::imageops::blur(&page, 2.0);
            assert_eq!(read_code(&blurred).as_deref(), Some(text), "blurred");
        }
        for bad in [String::new(), "x".repeat(MOST_BYTES + 1)] {
            assert!(card(&bad).draw().is_err());
        }
    }

    #[test]
    fn squares_of_a_code_are_large_where_its_text_is_short() {
        // What a card holds that is shown on a screen: nine pixels of 1080 are eight tenths of a millimetre
        // of 96.
        let page = code(&"x".repeat(106)).unwrap();
        assert!(
            page.width() <= CODE && page.width() >= 400,
            "{}",
            page.width()
        );
        assert_eq!(page.get_pixel(4 * 9, 4 * 9).0, [0; 3]);
        assert_eq!(page.get_pixel(4 * 9 - 1, 4 * 9).0, [255; 3]);
        let longest = code(&"x".repeat(MOST_BYTES)).unwrap();
        assert!(longest.width() <= CODE && longest.width() >= 390);
    }

    #[test]
    fn more_stars_than_have_room_are_a_number() {
        let of = |stars| {
            let mut card = card("words");
            card.stars = stars;
            let page = card.draw().unwrap();
            page.pixels().filter(|pixel| pixel.0 == STAR).count()
        };
        let one = of((31, 60));
        assert!(one > 1000 && of((12, 12)) > 11 * one, "{one}");
        assert_eq!(of((0, 9)), 0);
    }

    /// Pixels with ink between these lines of a page, left of the middle and right of it.
    fn ink(page: &RgbImage, from: u32, to: u32) -> [usize; 2] {
        let dark = |left: bool| {
            let pixels = page.enumerate_pixels();
            let inked = pixels.filter(|(x, y, pixel)| {
                (from..to).contains(y) && (*x < CARD_SIZE[0] / 2) == left && pixel.0[0] < 90
            });
            inked.count()
        };
        [dark(true), dark(false)]
    }

    #[test]
    fn titles_in_any_script_are_written_and_from_their_side() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        typeface::look_in(&folder.join("assets/installed/fonts"));
        let of = |title: &str| {
            let mut card = card("words");
            title.clone_into(&mut card.title);
            card.draw().unwrap()
        };
        // Boxes would be the same for all letters.
        let (cat, dog) = (of("猫"), of("狗"));
        assert!(ink(&cat, 60, 130)[0] > 200 && cat.as_raw() != dog.as_raw());
        // What has no spaces goes on in a second line.
        let long = of(&"猫".repeat(30));
        assert!(ink(&long, 135, 200)[0] > 1000);
        let [left, right] = ink(&of("قطة"), 60, 130);
        assert!(left == 0 && right > 100, "{left} {right}");
        let [left, right] = ink(&of("cat"), 60, 130);
        assert!(left > 100 && right == 0, "{left} {right}");
    }

    #[test]
    fn a_card_is_small_says_what_it_is_and_fits_anything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("card.png");
        write_card(&card("words"), &Output::new(&path)).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 400_000);
        let alt = crate::picture::read_png_text(&path, "Description").unwrap();
        assert_eq!(alt.as_deref(), Some("7 of 9 stars"));
        // Letters are there: dark pixels in the title, gold ones in the stars.
        let page = image::open(&path).unwrap().into_rgb8();
        let dark = page
            .enumerate_pixels()
            .filter(|(_, y, p)| *y < 140 && p.0[0] < 90)
            .count();
        let gold = page.pixels().filter(|p| p.0 == STAR).count();
        assert!(dark > 1000 && gold > 7 * 1000, "{dark} {gold}");
        let mut odd = card("words");
        odd.title = "w".repeat(500);
        odd.lines = vec!["many words ".repeat(300); 5];
        odd.yours = RgbImage::new(1, 900);
        odd.theirs = RgbImage::new(0, 0);
        odd.stars = (200, 250);
        assert_eq!(read_code(&odd.draw().unwrap()).as_deref(), Some("words"));
    }
}
