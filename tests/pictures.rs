//! Pictures of every kind people have. The files in `data/pictures` were made with Pillow 12: left
//! half red (220, 30, 30), right half blue (20, 60, 200), 64 x 32.

use saliscope::picture::{Picture, open};

use crate::support::root;

fn file(name: &str) -> Picture {
    open(&root().join("tests/data/pictures").join(name)).unwrap()
}

/// Asserts the colour of a pixel, with room for JPEG's losses.
fn assert_colour(picture: &Picture, x: u32, y: u32, colour: [u8; 3]) {
    let got = picture.pixels.get_pixel(x, y).0;
    let off = got.iter().zip(colour).map(|(&a, b)| a.abs_diff(b)).max();
    assert!(off <= Some(8), "{got:?} at {x}, {y} is not {colour:?}");
}

#[test]
fn a_cmyk_jpeg_keeps_its_colours() {
    // Pillow 12 reads (220, 30, 30) and (20, 60, 200) back from the same file.
    let picture = file("cmyk.jpg");
    assert_eq!(picture.size(), [64, 32]);
    assert_colour(&picture, 5, 5, [220, 30, 30]);
    assert_colour(&picture, 58, 26, [20, 60, 200]);
}

#[test]
fn orientation_6_is_turned_upright() {
    let picture = file("orientation6.jpg");
    assert_eq!(picture.size(), [32, 64]);
    assert_colour(&picture, 16, 5, [220, 30, 30]);
    assert_colour(&picture, 16, 58, [20, 60, 200]);
}

#[test]
fn a_palette_with_alpha_is_laid_on_white() {
    let picture = file("palette_alpha.png");
    assert_eq!(picture.size(), [64, 32]);
    let sides = [
        picture.pixels.get_pixel(5, 5).0,
        picture.pixels.get_pixel(58, 5).0,
    ];
    assert!(sides.contains(&[255, 255, 255]), "{sides:?}");
    assert!(
        sides.contains(&[220, 30, 30]) || sides.contains(&[20, 60, 200]),
        "{sides:?}"
    );
}

#[test]
fn gray_becomes_equal_channels() {
    let picture = file("gray.jpg");
    let [r, g, b] = picture.pixels.get_pixel(5, 5).0;
    assert!(r == g && g == b);
    // ITU-R 601 luma of (220, 30, 30).
    assert!(r.abs_diff(87) <= 4, "{r}");
}
