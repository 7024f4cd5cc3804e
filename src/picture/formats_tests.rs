//! Small files of each format, made by other programs (Pillow, libheif, libjxl, pydicom), against the
//! pixels they were made from.

use image::RgbImage;

use super::decode::{PictureError, decode, decode_with_notes};

fn ramp(x: u32, y: u32) -> [u8; 3] {
    [(4 * x) as u8, (5 * y) as u8, 90]
}

/// The largest difference to the ramp that all samples show.
fn off(picture: &RgbImage) -> u8 {
    let each = picture.enumerate_pixels().flat_map(|(x, y, pixel)| {
        let wanted = ramp(x, y);
        (0..3).map(move |c| pixel.0[c].abs_diff(wanted[c]))
    });
    each.max().unwrap()
}

const HEIC: &[u8] = include_bytes!("samples/ramp.heic");
const EDGES: &[u8] = include_bytes!("samples/edges.heic");
const AVIF: &[u8] = include_bytes!("samples/ramp.avif");
const TURNED: &[u8] = include_bytes!("samples/ramp-turned.avif");
const JPEG_XL: &[u8] = include_bytes!("samples/ramp.jxl");
const DICOM: &[u8] = include_bytes!("samples/window.dcm");

#[test]
fn pictures_of_telephones_and_of_the_web_are_read() {
    for (bytes, name, within) in [(HEIC, "heic", 8), (AVIF, "avif", 8), (JPEG_XL, "jxl", 0)] {
        // The ending lies on purpose: the format is told by the content.
        let picture = decode(bytes, "picture.jpg").unwrap();
        assert_eq!(picture.dimensions(), (64, 48), "{name}");
        assert!(off(&picture) <= within, "{name}: {} off", off(&picture));
    }
}

/// Telephones keep colours at half the size; squares of eight pixels keep their edges all the same.
#[test]
fn colours_of_half_size_stay_where_they_are() {
    let picture = decode(EDGES, "edges.heic").unwrap();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let blue = if (x / 8 + y / 8) % 2 == 1 { 220 } else { 40 };
        for (found, wanted) in pixel.0.into_iter().zip([100, 100, blue]) {
            assert!(found.abs_diff(wanted) <= 24, "{x}, {y}: {:?}", pixel.0);
        }
    }
}

#[test]
fn a_turned_avif_stands_upright() {
    let picture = decode(TURNED, "turned.avif").unwrap();
    assert_eq!(picture.dimensions(), (48, 64));
    // A quarter turn clockwise: what was at the lower left is at the upper left.
    let [red, green, _] = picture.get_pixel(0, 0).0;
    assert!(red < 12 && green > 220, "{red} {green}");
}

#[test]
fn a_dicom_file_is_shown_in_its_window() {
    let (picture, notes) = decode_with_notes(DICOM, "window.dcm").unwrap();
    // Values rise by 50 a pixel from -1024; the window is -160 to 239.
    let grays: Vec<u8> = (0..32).map(|x| picture.get_pixel(x, 3).0[0]).collect();
    let byte = |x: u32| {
        let share = (f64::from(x * 50) - 1024.0 - 39.5) / 399.0 + 0.5;
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    assert_eq!(grays, (0..32).map(byte).collect::<Vec<_>>());
    assert_eq!(
        notes,
        ["it is shown in its own window: centre 40, width 400"]
    );
}

#[test]
fn a_cut_file_of_any_format_is_refused_by_its_name() {
    for (bytes, name) in [
        (HEIC, "HEIC"),
        (AVIF, "AVIF"),
        (JPEG_XL, "JPEG XL"),
        (DICOM, "DICOM"),
    ] {
        for share in [20, 50, 90] {
            let cut = &bytes[..bytes.len() * share / 100];
            let error = decode(cut, "cut").unwrap_err();
            assert!(matches!(error, PictureError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains(name), "{share} %: {error}");
        }
    }
}

#[test]
fn flipped_bytes_end_in_a_picture_or_an_error() {
    for bytes in [HEIC, AVIF, JPEG_XL, DICOM] {
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(60)) {
            let mut changed = bytes.to_vec();
            changed[at] ^= 0x5A;
            if let Err(error) = decode(&changed, "changed") {
                assert!(!error.to_string().contains('\n'));
            }
        }
    }
}

#[test]
fn what_is_no_picture_is_told_as_what_it_is() {
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x89HDF\r\n\x1a\n....", "HDF5"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\0\x18ftypheic\0\0\0\0\0\0\0\0", "HEIC"),
        (b"\xFF\x0A\0\0\0\0\0\0", "JPEG XL"),
    ] {
        let error = decode(bytes, "a.jpg").unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
