//! Pictures that are made up: picture n is a function of (seed, n) alone, so that a collection of any
//! size needs no disk. Its number stands in it as a code of bits, which proves on any screenshot
//! which picture is shown.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, Rgb, RgbImage};
use twox_hash::XxHash3_64;

/// Pixels across.
pub const WIDTH: u32 = 96;
/// Pixels down.
pub const HEIGHT: u32 = 72;
/// Sides of the code in bits: 32 of the number, 32 that check them.
const BITS: u32 = 8;
/// Sides of a bit in pixels: in a tile of 32 pixels it still has two.
const BIT: u32 = 6;
/// What the pictures show, in turn.
pub const CLASSES: [&str; 8] = [
    "red disc",
    "green disc",
    "blue disc",
    "yellow disc",
    "red ring",
    "green ring",
    "blue ring",
    "yellow ring",
];
const COLOURS: [[u8; 3]; 4] = [[214, 60, 52], [62, 160, 80], [56, 96, 200], [224, 186, 60]];

/// Numbers that follow from (seed, n).
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64, n: u32) -> Self {
        let mut bytes = [0; 12];
        let parts = seed.to_le_bytes().into_iter().chain(n.to_le_bytes());
        bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(to, from)| *to = from);
        Self(XxHash3_64::oneshot(&bytes))
    }

    /// One of `0..below`.
    fn next(&mut self, below: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 33) * u64::from(below)) >> 31) as u32
    }
}

/// Which of [`CLASSES`] picture `n` shows.
#[must_use]
pub fn class(seed: u64, n: u32) -> usize {
    Numbers::new(seed, n).next(CLASSES.len() as u32) as usize
}

/// Picture `n`.
#[must_use]
pub fn picture(seed: u64, n: u32) -> RgbImage {
    let mut numbers = Numbers::new(seed, n);
    let class = numbers.next(CLASSES.len() as u32) as usize;
    let ground = 70 + numbers.next(120) as i32;
    let (stripe, slope) = (3 + numbers.next(9), 1 + numbers.next(4));
    let mut spot = || {
        let radius = 8 + numbers.next(10) as i32;
        // Beside the code.
        let x = 56 + numbers.next(WIDTH - 64) as i32;
        let y = 10 + numbers.next(HEIGHT - 20) as i32;
        (x, y, radius)
    };
    let spots = [spot(), spot()];
    let colour = COLOURS[class % COLOURS.len()];
    let is_ring = class >= COLOURS.len();
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        for &(cx, cy, radius) in &spots {
            let (dx, dy) = (x as i32 - cx, y as i32 - cy);
            let square = dx * dx + dy * dy;
            let hole = if is_ring { radius - 5 } else { 0 };
            if square <= radius * radius && square >= hole * hole {
                return Rgb(colour);
            }
        }
        let light = if ((x + slope * y) / stripe).is_multiple_of(2) {
            12
        } else {
            -12
        };
        Rgb([(ground + light).clamp(0, 255) as u8; 3])
    });
    draw_code(&mut picture, n);
    picture
}

/// Picture `n` as the bytes of a JPEG file; no bytes where the encoder refuses, which it does not.
#[must_use]
pub fn jpeg(seed: u64, n: u32) -> Vec<u8> {
    let picture = picture(seed, n);
    let mut bytes = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut bytes, 90).write_image(
        picture.as_raw(),
        WIDTH,
        HEIGHT,
        image::ExtendedColorType::Rgb8,
    );
    if written.is_err() {
        bytes.clear();
    }
    bytes
}

/// The number and what checks it.
fn code(n: u32) -> u64 {
    let check = XxHash3_64::oneshot(&n.to_le_bytes()) as u32;
    u64::from(n) | (u64::from(check) << 32)
}

/// In the lower left corner, row after row from the lowest bit on, white for 1.
fn draw_code(picture: &mut RgbImage, n: u32) {
    let code = code(n);
    let top = HEIGHT - BITS * BIT;
    for y in 0..BITS * BIT {
        for x in 0..BITS * BIT {
            let bit = y / BIT * BITS + x / BIT;
            let level = if code >> bit & 1 == 1 { 245 } else { 10 };
            picture.put_pixel(x, top + y, Rgb([level; 3]));
        }
    }
}

/// The number that stands in a picture, which may be shown at any size from 2 pixels a bit on, also out of
/// its proportions; `None` where there is none.
#[must_use]
pub fn read_code(picture: &RgbImage) -> Option<u32> {
    let (width, height) = picture.dimensions();
    let mut code = 0u64;
    for bit in 0..BITS * BITS {
        let x = (bit % BITS * BIT + BIT / 2) as f32 / WIDTH as f32;
        let down = HEIGHT - BITS * BIT + bit / BITS * BIT + BIT / 2;
        let y = down as f32 / HEIGHT as f32;
        let pixel =
            picture.get_pixel_checked((x * width as f32) as u32, (y * height as f32) as u32)?;
        let light: u32 = pixel.0.iter().map(|&c| u32::from(c)).sum();
        code |= u64::from(light > 3 * 127) << bit;
    }
    let n = code as u32;
    (self::code(n) == code).then_some(n)
}

/// The path of picture `n` in its collection: the class as a folder.
#[must_use]
pub fn path(seed: u64, n: u32) -> String {
    format!("{}/{n:07}.jpg", CLASSES[class(seed, n)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::{FilterType, resize};

    #[test]
    fn a_picture_tells_its_number_at_any_size() {
        for n in [0, 1, 77, 123_456, u32::MAX] {
            let picture = picture(3, n);
            assert_eq!(read_code(&picture), Some(n));
            let jpeg = jpeg(3, n);
            let read = image::load_from_memory(&jpeg).unwrap().into_rgb8();
            assert_eq!(read_code(&read), Some(n));
            for (width, height) in [
                (32, 32),
                (33, 25),
                (48, 36),
                (64, 48),
                (200, 150),
                (960, 720),
            ] {
                let other = resize(&read, width, height, FilterType::Triangle);
                assert_eq!(read_code(&other), Some(n), "{width}");
            }
        }
        assert_eq!(read_code(&RgbImage::new(96, 72)), None);
        assert_eq!(read_code(&RgbImage::new(0, 0)), None);
    }

    #[test]
    fn pictures_are_functions_of_seed_and_number() {
        assert_eq!(jpeg(1, 5), jpeg(1, 5));
        assert_ne!(jpeg(1, 5), jpeg(1, 6));
        assert_ne!(jpeg(1, 5), jpeg(2, 5));
        let mut counts = [0; CLASSES.len()];
        for n in 0..4000 {
            counts[class(9, n)] += 1;
            assert!(path(9, n).starts_with(CLASSES[class(9, n)]));
        }
        assert!(
            counts.iter().all(|&count| (400..600).contains(&count)),
            "{counts:?}"
        );
    }
}
