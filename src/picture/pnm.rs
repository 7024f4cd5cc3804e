//! What a portable anymap says is white: its decoder takes the numbers as they are.

use image::DynamicImage;

use super::raster::Raster;

/// The raster with the largest value that the file names as white.
pub(super) fn with_white(bytes: &[u8], raster: Raster) -> Raster {
    let Some(white) = white(bytes).filter(|white| *white > 0) else {
        return raster;
    };
    let mut image = raster.image;
    let eight = |values: &mut [u8]| {
        for value in values.iter_mut().filter(|_| white < 255) {
            let scaled = (u32::from(*value) * 255 + white / 2) / white;
            *value = u8::try_from(scaled).unwrap_or(u8::MAX);
        }
    };
    let sixteen = |values: &mut [u16]| {
        for value in values.iter_mut().filter(|_| white < 65_535) {
            let scaled = (u64::from(*value) * 65_535 + u64::from(white / 2)) / u64::from(white);
            *value = u16::try_from(scaled).unwrap_or(u16::MAX);
        }
    };
    match &mut image {
        DynamicImage::ImageLuma8(image) => eight(image),
        DynamicImage::ImageLumaA8(image) => eight(image),
        DynamicImage::ImageRgb8(image) => eight(image),
        DynamicImage::ImageRgba8(image) => eight(image),
        DynamicImage::ImageLuma16(image) => sixteen(image),
        DynamicImage::ImageLumaA16(image) => sixteen(image),
        DynamicImage::ImageRgb16(image) => sixteen(image),
        DynamicImage::ImageRgba16(image) => sixteen(image),
        _ => {}
    }
    Raster { image, ..raster }
}

/// The largest value, after width and height; a bitmap of black and white names none.
fn white(bytes: &[u8]) -> Option<u32> {
    const HEADER: usize = 4096;
    let head = bytes.get(..HEADER).unwrap_or(bytes);
    let text: String = head.iter().map(|b| char::from(*b)).collect();
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut words = lines.flat_map(str::split_whitespace);
    match words.next()? {
        "P2" | "P3" | "P5" | "P6" => words.nth(2)?.parse().ok(),
        "P7" => {
            words.find(|word| *word == "MAXVAL" || *word == "ENDHDR")?;
            words.next()?.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::picture::decode;

    #[test]
    fn the_value_that_is_white_stands_in_the_header() {
        let gray = |bytes: &[u8]| -> Vec<u8> {
            let image = decode(bytes, "a").unwrap();
            image.pixels().map(|p| p.0[0]).collect()
        };
        assert_eq!(gray(b"P5 3 1 100\n\x00\x32\x64"), [0, 128, 255]);
        assert_eq!(
            gray(b"P5\n# 9 9 9\n3 # wide\n1\n15\n\x00\x05\x0f"),
            [0, 85, 255]
        );
        assert_eq!(gray(b"P2 3 1 9\n0 3 9\n"), [0, 85, 255]);
        assert_eq!(gray(b"P5 2 1 1000\n\x01\xf4\x03\xe8"), [128, 255]);
        assert_eq!(gray(b"P5 2 1 255\n\x01\xff"), [1, 255]);
        assert_eq!(gray(b"P5 2 1 65535\n\x80\x80\xff\xff"), [128, 255]);
        let pam =
            b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 50\nTUPLTYPE GRAYSCALE\nENDHDR\n\x19\x32";
        assert_eq!(gray(pam), [128, 255]);
        assert_eq!(gray(b"P4 8 1\n\x7f"), [255, 0, 0, 0, 0, 0, 0, 0]);
    }
}
