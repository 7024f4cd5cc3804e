//! Which way up a PNG file stands. Decoders look for that before the pixels only, but it may stand
//! behind them as well (PNG specification, third edition, 5.6), where some tools write it.

use image::metadata::Orientation;

/// What the chunk `eXIf` says, wherever it stands; `None` where it says nothing.
pub(super) fn orientation(bytes: &[u8]) -> Option<Orientation> {
    const SIGNATURE: usize = 8;
    let mut rest = bytes.get(SIGNATURE..)?;
    loop {
        let (&[a, b, c, d, ref kind @ ..], data) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        match kind {
            b"eXIf" => return Orientation::from_exif_chunk(data.get(..length)?),
            b"IEND" => return None,
            _ => {}
        }
        // A checksum follows.
        rest = data.get(length.checked_add(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbImage};

    use super::*;
    use crate::picture::decode::decode;

    /// The checksum of a chunk.
    fn checksum(bytes: &[u8]) -> u32 {
        let mut rest = u32::MAX;
        for byte in bytes {
            rest ^= u32::from(*byte);
            for _ in 0..8 {
                rest = (rest >> 1) ^ (0xedb8_8320 & (rest & 1).wrapping_neg());
            }
        }
        !rest
    }

    #[test]
    fn a_picture_that_says_so_behind_its_pixels_is_turned() {
        let mut plain = Vec::new();
        RgbImage::new(7, 4)
            .write_to(&mut Cursor::new(&mut plain), ImageFormat::Png)
            .unwrap();
        assert_eq!(orientation(&plain), None);
        let mut chunk =
            b"eXIfII*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        let length = (chunk.len() as u32 - 4).to_be_bytes();
        chunk.extend(checksum(&chunk).to_be_bytes());
        let end = plain.len() - 12;
        let turned = [&plain[..end], &length, &chunk, &plain[end..]].concat();
        assert_eq!(decode(&turned, "turned.png").unwrap().dimensions(), (4, 7));
        assert_eq!(decode(&plain, "plain.png").unwrap().dimensions(), (7, 4));
        for cut in 0..turned.len() {
            let _ = orientation(&turned[..cut]);
        }
    }
}
