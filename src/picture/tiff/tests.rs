use image::RgbImage;

use super::super::decode::{PictureError, decode};

/// Tags of a classic little-endian TIFF with one strip, and its pixels.
struct Tiff {
    tags: Vec<(u16, Vec<u32>)>,
    strip: Vec<u8>,
}

impl Tiff {
    /// A picture of `width` x 1 pixels.
    fn row(width: u32, bits: u32, samples: u32, photometric: u32, strip: Vec<u8>) -> Self {
        let tags = vec![
            (256, vec![width]),
            (257, vec![1]),
            (258, vec![bits; samples as usize]),
            (259, vec![1]),
            (262, vec![photometric]),
            (273, vec![8]),
            (277, vec![samples]),
            (278, vec![1]),
            (279, vec![strip.len() as u32]),
        ];
        Self { tags, strip }
    }

    fn with(mut self, tag: u16, values: Vec<u32>) -> Self {
        self.tags.retain(|(known, _)| *known != tag);
        self.tags.push((tag, values));
        self.tags.sort();
        self
    }

    /// The file; every value is a short.
    fn bytes(&self) -> Vec<u8> {
        let mut strip = self.strip.clone();
        strip.resize(strip.len().next_multiple_of(2), 0);
        let directory = 8 + strip.len();
        let mut longer_at = directory + 2 + 12 * self.tags.len() + 4;
        let mut bytes = b"II*\0".to_vec();
        bytes.extend((directory as u32).to_le_bytes());
        bytes.extend(&strip);
        bytes.extend((self.tags.len() as u16).to_le_bytes());
        let mut longer = Vec::new();
        for (tag, values) in &self.tags {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(3u16.to_le_bytes());
            bytes.extend((values.len() as u32).to_le_bytes());
            let mut data: Vec<u8> = values
                .iter()
                .flat_map(|v| (*v as u16).to_le_bytes())
                .collect();
            if data.len() <= 4 {
                data.resize(4, 0);
                bytes.extend(data);
            } else {
                bytes.extend((longer_at as u32).to_le_bytes());
                longer_at += data.len();
                longer.extend(data);
            }
        }
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(longer);
        bytes
    }

    fn read(&self) -> RgbImage {
        decode(&self.bytes(), "t.tif").unwrap()
    }

    fn error(&self) -> PictureError {
        decode(&self.bytes(), "t.tif").unwrap_err()
    }
}

fn pixels(image: &RgbImage) -> Vec<[u8; 3]> {
    image.pixels().map(|p| p.0).collect()
}

fn grays(image: &RgbImage) -> Vec<u8> {
    image.pixels().map(|p| p.0[0]).collect()
}

#[test]
fn bits_that_run_the_other_way_are_turned() {
    let plain = [10, 20, 30, 200, 100, 50];
    let turned = plain.iter().map(|b: &u8| b.reverse_bits()).collect();
    let picture = Tiff::row(2, 8, 3, 2, turned).with(266, vec![2]).read();
    assert_eq!(pixels(&picture), [[10, 20, 30], [200, 100, 50]]);
}

#[test]
fn alpha_is_taken_as_the_file_means_it() {
    let row = |kind| {
        Tiff::row(1, 8, 4, 2, vec![100, 50, 0, 128])
            .with(338, vec![kind])
            .read()
    };
    assert_eq!(pixels(&row(1)), [[227, 177, 127]], "already multiplied");
    assert_eq!(pixels(&row(2)), [[177, 152, 127]], "straight");
    assert_eq!(pixels(&row(0)), [[100, 50, 0]], "no opacity");
    let gray = Tiff::row(1, 8, 2, 1, vec![100, 128])
        .with(338, vec![2])
        .read();
    assert_eq!(pixels(&gray), [[177; 3]]);
}

#[test]
fn few_bits_and_palettes_are_read() {
    let four = Tiff::row(3, 4, 1, 1, vec![0x0F, 0x70]).read();
    assert_eq!(grays(&four), [0, 255, 119]);
    let two = Tiff::row(3, 2, 1, 0, vec![0b0011_0100]).read();
    assert_eq!(grays(&two), [255, 0, 170], "white is zero");
    let map = [
        vec![0, 0xFFFF, 0x8000, 0],
        vec![0, 0, 0x4000, 0],
        vec![0; 4],
    ]
    .concat();
    let palette = Tiff::row(3, 2, 1, 3, vec![0b0110_0000])
        .with(320, map)
        .read();
    assert_eq!(pixels(&palette), [[255, 0, 0], [128, 64, 0], [0, 0, 0]]);
}

#[test]
fn deep_values_are_stretched_as_they_are_meant() {
    let words = |values: [u16; 2]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(
        grays(&Tiff::row(2, 16, 1, 1, words([0, 65_535])).read()),
        [0, 255]
    );
    assert_eq!(
        grays(&Tiff::row(2, 16, 1, 1, words([2048, 4095])).read()),
        [128, 255]
    );
    let floats = |values: [f32; 2]| {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Tiff::row(2, 32, 1, 1, bytes).with(339, vec![3]).read()
    };
    assert_eq!(grays(&floats([0.5, 1.0])), [128, 255]);
    assert_eq!(grays(&floats([38.0, 218.0])), [38, 218]);
    assert_eq!(grays(&floats([-1000.0, 3000.0])), [0, 255]);
}

#[test]
fn planes_inks_and_other_colours_become_rgb() {
    let planes = Tiff::row(2, 8, 3, 2, vec![1, 2, 3, 4, 5, 6])
        .with(284, vec![2])
        .with(273, vec![8, 10, 12])
        .with(279, vec![2, 2, 2]);
    assert_eq!(pixels(&planes.read()), [[1, 3, 5], [2, 4, 6]]);
    assert_eq!(
        pixels(&Tiff::row(1, 8, 4, 5, vec![0, 255, 0, 0]).read()),
        [[255, 0, 255]]
    );
    let ycbcr = Tiff::row(1, 8, 3, 6, vec![76, 85, 255]).with(530, vec![1, 1]);
    assert_eq!(pixels(&ycbcr.read()), [[254, 0, 0]]);
    assert_eq!(
        pixels(&Tiff::row(1, 8, 3, 8, vec![255, 0, 0]).read()),
        [[255, 255, 255]]
    );
}

#[test]
fn what_is_not_read_is_named() {
    let gray = || Tiff::row(1, 8, 1, 1, vec![5]);
    for (tiff, word) in [
        (gray().with(259, vec![50_000]), "Zstandard"),
        (gray().with(259, vec![6]), "old-style JPEG"),
        (gray().with(259, vec![3]), "group 3"),
        (gray().with(262, vec![32_803]), "camera's raw file"),
        (Tiff::row(1, 8, 4, 1, vec![0; 4]), "4 bands"),
        (Tiff::row(1, 12, 1, 1, vec![0; 2]), "rare kind"),
        (
            Tiff::row(1, 8, 3, 6, vec![0; 3]),
            "fewer samples for colour",
        ),
    ] {
        let error = tiff.error();
        assert!(matches!(error, PictureError::Unread { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_cut_or_lying_file_is_refused() {
    let whole = Tiff::row(64, 8, 3, 2, vec![7; 192]).bytes();
    for length in [8, 100, 200, 250, whole.len() - 20] {
        assert!(decode(&whole[..length.min(whole.len())], "cut.tif").is_err());
    }
    let huge = Tiff::row(60_000, 8, 3, 2, vec![7; 192]).with(257, vec![60_000]);
    assert!(matches!(huge.error(), PictureError::TooLarge { .. }));
    let wide = Tiff::row(60_000, 8, 3, 2, vec![7; 192]).with(257, vec![1000]);
    assert!(matches!(
        wide.error(),
        PictureError::Damaged { .. } | PictureError::TooLarge { .. }
    ));
}
