//! Every corruption at every severity against the published implementation.
//!
//! The figures are those of `imagecorruptions` 1.1.2 (NumPy 1.26.4, SciPy 1.10.1, scikit-image
//! 0.20.0, OpenCV 4.11.0, Pillow 10.4.0; its removed keyword `multichannel=True` passed on as
//! `channel_axis=-1`) on scikit-image 0.26's chelsea, coffee and rocket at full size: mean,
//! standard deviation and gradient energy of the result's bytes, averaged over seeds where chance
//! is in it (snow 150, frost 800, spatter 20, elastic 5, noise 3, glass 2). Gradient energy is the mean square of the difference to the right
//! neighbour plus that to the neighbour below. Motion blur is
//! compared at fixed angles, frost with each of its five photographs equally often.
//! Fog is compared under one given cloud; `plasma` holds random clouds to the published ones.

use image::RgbImage;

use super::level::Level;
use super::plane::Plane;
use super::random::Dice;
use super::{Corruption, CorruptionError, blur, corrupt, frost, weather};
use crate::home::Home;

/// The three photos by their file names here.
const PHOTOS: [&str; 3] = ["cat.png", "espresso.png", "rocket.jpg"];

/// Angles in degrees at which motion blur is compared.
const ANGLES: [f64; 6] = [-45.0, -30.0, -10.0, 0.0, 20.0, 40.0];

fn photo(name: &str) -> RgbImage {
    let path = Home::find().installed_assets().join(name);
    // The figures were made from the stored numbers, whatever their colour profile.
    let picture = image::open(&path);
    let hint = "the photos come with `python3 models/install.py`";
    picture
        .unwrap_or_else(|e| panic!("{e}; {hint}"))
        .into_rgb8()
}

/// Mean, standard deviation and gradient energy of a picture's bytes.
fn figures(picture: &RgbImage) -> [f64; 3] {
    let bytes = picture.as_raw();
    let row = picture.width() as usize * 3;
    let n = bytes.len() as f64;
    let sum: u64 = bytes.iter().map(|&v| u64::from(v)).sum();
    let squares: u64 = bytes.iter().map(|&v| u64::from(v).pow(2)).sum();
    let mean = sum as f64 / n;
    let step = |a: &u8, b: &u8| i64::from(i32::from(*a) - i32::from(*b)).pow(2);
    let across: i64 = bytes
        .chunks(row)
        .flat_map(|r| r.iter().zip(&r[3..]))
        .map(|(a, b)| step(a, b))
        .sum();
    let down: i64 = bytes
        .iter()
        .zip(&bytes[row..])
        .map(|(a, b)| step(a, b))
        .sum();
    let (rows, columns) = (f64::from(picture.height()), f64::from(picture.width()));
    let energy =
        across as f64 / (n * (columns - 1.0) / columns) + down as f64 / (n * (rows - 1.0) / rows);
    [mean, (squares as f64 / n - mean * mean).sqrt(), energy]
}

fn mean_figures(pictures: impl Iterator<Item = RgbImage>) -> [f64; 3] {
    let mut sums = [0.0; 3];
    let mut count = 0.0;
    for picture in pictures {
        for (sum, figure) in sums.iter_mut().zip(figures(&picture)) {
            *sum += figure;
        }
        count += 1.0;
    }
    sums.map(|sum| sum / count)
}

/// The cloud that stood in for a random one when fog's figures were made.
fn cloud(decay: f64) -> Plane {
    Plane::from_rows(1024, 1024, |y, row| {
        for (x, value) in row.iter_mut().enumerate() {
            let wave = (x as f64 / 23.0).sin() * (y as f64 / 17.0).cos();
            *value = ((0.5 + wave / 2.0) * (decay / 2.0).min(1.0)) as f32;
        }
    })
}

/// Holds one corruption to its published figures, all photos and severities, to 5 %.
fn hold(corruption: Corruption, seeds: u64) {
    let (_, published) = PUBLISHED
        .iter()
        .find(|(id, _)| *id == corruption.id())
        .unwrap_or_else(|| panic!("no figures for {corruption}"));
    let mut wrong = Vec::new();
    for (name, by_severity) in PHOTOS.iter().zip(published) {
        let picture = photo(name);
        for (severity, expected) in (1_u8..).zip(by_severity) {
            let level = Level::new(severity).unwrap();
            let got = if corruption == Corruption::MotionBlur {
                mean_figures(
                    ANGLES
                        .iter()
                        .map(|&a| blur::motion_blur_at(&picture, level, a)),
                )
            } else if corruption == Corruption::Fog {
                mean_figures(std::iter::once(weather::fog_with(&picture, level, cloud)))
            } else if corruption == Corruption::Frost {
                let dice = |seed| Dice { seed, purpose: 0 };
                let each = |choice| (0..seeds).map(move |seed| (choice, dice(seed).stream(&[])));
                mean_figures(
                    (0..frost::CHOICES.len())
                        .flat_map(each)
                        .map(|(choice, stream)| frost::frost_of(&picture, level, choice, stream)),
                )
            } else {
                mean_figures(
                    (0..seeds).map(|s| corrupt(&picture, corruption, severity, s).unwrap()),
                )
            };
            let off = |k: usize| got[k] / expected[k] - 1.0;
            if std::env::var_os("SHOW_FIGURES").is_some() {
                println!(
                    "{corruption} {name} {severity}: {:+.3} {:+.3} {:+.3}",
                    off(0),
                    off(1),
                    off(2)
                );
            }
            if (0..3).any(|k| off(k).abs() > 0.05) {
                wrong.push(format!(
                    "{name} at {severity}: {got:.2?}, not {expected:.2?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{corruption}: {wrong:#?}");
}

macro_rules! hold_each {
    ($($test:ident: $corruption:ident, $seeds:literal;)*) => {
        $(#[test] fn $test() { hold(Corruption::$corruption, $seeds); })*
    };
}

// As many seeds as it takes for chance to move the mean by less than about 1 %.
hold_each! {
    gaussian_noise: GaussianNoise, 1;
    shot_noise: ShotNoise, 1;
    impulse_noise: ImpulseNoise, 1;
    defocus_blur: DefocusBlur, 1;
    glass_blur: GlassBlur, 1;
    motion_blur: MotionBlur, 1;
    zoom_blur: ZoomBlur, 1;
    snow: Snow, 40;
    frost: Frost, 20;
    fog: Fog, 1;
    brightness: Brightness, 1;
    contrast: Contrast, 1;
    elastic_transform: ElasticTransform, 4;
    pixelate: Pixelate, 1;
    jpeg_compression: JpegCompression, 1;
    speckle_noise: SpeckleNoise, 1;
    gaussian_blur: GaussianBlur, 1;
    spatter: Spatter, 12;
    saturate: Saturate, 1;
}

#[test]
fn any_size_works_and_seeds_repeat() {
    for (width, height) in [(1, 1), (2, 1), (1, 7), (3, 2), (31, 40), (700, 3)] {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 37) as u8, (y * 53) as u8, (x * y * 11) as u8])
        });
        for corruption in Corruption::ALL {
            for severity in 1..=5 {
                let first = corrupt(&picture, corruption, severity, 9).unwrap();
                assert_eq!(first.dimensions(), (width, height), "{corruption}");
                assert!(first == corrupt(&picture, corruption, severity, 9).unwrap());
                let other = corrupt(&picture, corruption, severity, 10).unwrap();
                if !corruption.is_random() {
                    assert!(
                        first == other,
                        "{corruption} says that it has no chance in it"
                    );
                } else if width == 31 {
                    assert_ne!(first, other, "{corruption} at {severity} ignores its seed");
                }
            }
        }
    }
}

#[test]
fn severities_beyond_five_and_empty_pictures_are_refused() {
    let picture = RgbImage::new(2, 2);
    for severity in [0, 6, 255] {
        assert!(corrupt(&picture, Corruption::Fog, severity, 0).is_err());
    }
    assert!(corrupt(&RgbImage::new(0, 3), Corruption::Fog, 1, 0).is_err());
    // Pages that nobody writes to take no memory.
    let large = RgbImage::new(10_000, 10_000);
    for corruption in [Corruption::ZoomBlur, Corruption::GlassBlur] {
        let refused = corrupt(&large, corruption, 1, 0).unwrap_err();
        assert!(matches!(refused, CorruptionError::Memory(_)), "{refused}");
    }
}

type Figures = [[[f64; 3]; 5]; 3];

/// Mean, deviation and gradient energy by photo and severity.
#[rustfmt::skip]
const PUBLISHED: [(&str, Figures); 19] = [
    ("gaussian_noise", [
        [[114.85, 46.70, 1805.4], [114.99, 51.48, 3802.8], [115.41, 60.00, 7969.7], [116.24, 71.15, 14648.9], [117.72, 84.26, 24236.2]],
        [[98.94, 75.05, 1926.8], [99.71, 76.29, 3541.3], [101.08, 78.81, 6754.0], [103.09, 82.94, 11998.0], [106.17, 89.67, 20446.3]],
        [[65.03, 39.66, 1900.9], [65.75, 44.30, 3657.1], [67.84, 52.07, 7061.3], [72.08, 62.69, 12520.6], [79.61, 76.85, 21215.0]],
    ]),
    ("shot_noise", [
        [[114.90, 47.65, 2114.5], [114.74, 53.95, 4728.6], [114.08, 62.88, 9170.7], [111.50, 78.38, 18766.2], [107.47, 90.08, 27403.5]],
        [[97.81, 75.85, 2008.7], [97.12, 77.90, 3902.4], [95.71, 80.98, 7002.7], [92.46, 87.83, 13959.3], [88.72, 94.17, 20558.2]],
        [[64.86, 38.32, 1423.1], [64.78, 42.81, 2937.7], [64.71, 49.89, 5689.8], [64.49, 64.34, 12582.5], [63.31, 75.69, 19313.4]],
    ]),
    ("impulse_noise", [
        [[115.67, 47.16, 2326.8], [116.04, 51.63, 4482.8], [116.41, 55.73, 6637.9], [117.34, 65.27, 12261.6], [118.67, 75.65, 19193.9]],
        [[99.49, 76.40, 3154.0], [100.39, 78.64, 5779.4], [101.24, 80.80, 8349.0], [103.56, 86.22, 14949.9], [106.45, 92.55, 22797.5]],
        [[67.16, 42.11, 2858.3], [68.99, 48.26, 5340.8], [70.89, 53.70, 7802.7], [75.87, 65.70, 14180.7], [82.05, 77.65, 21707.9]],
    ]),
    ("defocus_blur", [
        [[114.79, 40.79, 24.12], [114.80, 40.32, 17.56], [114.80, 39.40, 10.75], [116.30, 39.07, 7.52], [116.04, 38.16, 5.36]],
        [[98.10, 72.18, 42.85], [98.11, 71.72, 29.68], [98.11, 70.86, 18.32], [99.39, 70.97, 13.29], [99.18, 70.01, 9.67]],
        [[64.76, 32.50, 14.74], [64.77, 32.18, 8.81], [64.77, 31.66, 4.99], [65.62, 31.62, 3.49], [65.47, 31.11, 2.55]],
    ]),
    ("glass_blur", [
        [[114.19, 41.22, 40.03], [114.21, 40.74, 28.11], [114.01, 40.20, 24.78], [114.13, 39.66, 19.18], [114.10, 38.59, 10.58]],
        [[97.59, 72.56, 76.98], [97.60, 72.10, 49.83], [97.59, 71.52, 42.35], [97.59, 70.95, 32.98], [97.56, 69.99, 18.26]],
        [[64.20, 32.80, 31.04], [64.23, 32.42, 16.76], [64.17, 32.00, 13.22], [64.18, 31.65, 9.47], [64.22, 31.14, 4.96]],
    ]),
    ("motion_blur", [
        [[114.82, 41.12, 52.16], [114.82, 40.41, 35.92], [114.84, 39.45, 24.73], [114.85, 38.44, 17.80], [114.86, 37.69, 14.47]],
        [[98.23, 72.72, 140.1], [98.32, 72.06, 94.72], [98.44, 71.19, 63.21], [98.58, 70.26, 44.25], [98.69, 69.53, 35.59]],
        [[64.69, 32.91, 62.71], [64.64, 32.36, 40.03], [64.56, 31.74, 27.10], [64.46, 31.15, 19.89], [64.38, 30.73, 16.68]],
    ]),
    ("zoom_blur", [
        [[113.99, 39.49, 27.99], [113.69, 38.79, 22.17], [113.42, 37.96, 19.78], [113.21, 37.60, 17.03], [113.00, 37.11, 15.87]],
        [[97.96, 70.39, 41.36], [97.79, 69.73, 31.84], [97.52, 68.79, 37.12], [97.25, 68.34, 30.87], [96.86, 67.68, 33.05]],
        [[66.21, 31.09, 27.28], [66.78, 30.66, 21.07], [67.36, 30.27, 25.01], [67.88, 29.96, 20.89], [68.48, 29.62, 22.32]],
    ]),
    ("snow", [
        [[159.97, 44.31, 458.7], [189.54, 45.03, 837.4], [188.64, 45.60, 565.7], [203.76, 44.39, 547.1], [221.39, 37.37, 526.1]],
        [[139.79, 70.80, 757.0], [166.36, 66.93, 1103.1], [165.91, 67.51, 846.0], [180.73, 64.85, 825.8], [196.12, 57.72, 775.5]],
        [[102.47, 38.75, 634.4], [130.03, 42.03, 1206.2], [129.78, 45.11, 858.7], [147.16, 49.43, 932.0], [163.30, 41.98, 980.3]],
    ]),
    ("frost", [
        [[179.10, 39.76, 225.3], [188.08, 32.51, 249.8], [192.41, 29.94, 277.9], [187.06, 28.96, 272.3], [189.27, 28.19, 291.7]],
        [[158.65, 66.08, 457.0], [171.87, 53.14, 380.8], [178.20, 47.13, 362.3], [174.51, 45.50, 347.9], [177.67, 42.80, 345.6]],
        [[129.50, 36.14, 364.3], [148.98, 33.26, 324.0], [158.64, 32.58, 322.4], [155.44, 31.50, 304.3], [160.30, 31.44, 309.6]],
    ]),
    ("fog", [
        [[114.88, 38.36, 29.96], [114.88, 40.81, 24.29], [102.18, 36.79, 18.55], [93.71, 32.86, 17.04], [88.30, 31.73, 14.07]],
        [[115.40, 48.40, 85.75], [117.32, 49.09, 63.89], [105.04, 44.05, 47.92], [95.94, 40.14, 46.16], [91.05, 38.19, 36.62]],
        [[102.11, 40.75, 60.49], [106.26, 44.16, 46.34], [95.56, 40.07, 35.06], [86.45, 35.65, 33.27], [82.75, 34.67, 26.77]],
    ]),
    ("brightness", [
        [[134.47, 46.69, 178.9], [154.23, 51.38, 197.9], [172.48, 54.73, 202.3], [185.67, 55.35, 171.4], [192.30, 54.75, 130.0]],
        [[112.12, 80.13, 510.6], [124.21, 84.53, 478.6], [132.83, 86.98, 419.9], [138.08, 87.90, 376.1], [141.28, 88.19, 358.6]],
        [[83.50, 38.22, 388.6], [102.24, 41.96, 475.0], [120.51, 45.63, 580.2], [138.91, 49.74, 715.3], [156.63, 53.63, 859.1]],
    ]),
    ("contrast", [
        [[114.86, 28.51, 26.13], [114.81, 27.01, 14.85], [114.79, 25.88, 6.76], [114.85, 25.24, 1.91], [114.81, 25.05, 0.65]],
        [[98.11, 50.50, 77.89], [98.10, 48.02, 43.91], [98.13, 46.23, 19.67], [98.14, 45.06, 5.12], [98.11, 44.73, 1.47]],
        [[64.71, 18.06, 52.60], [64.77, 15.89, 29.70], [64.85, 14.14, 13.30], [64.78, 12.98, 3.43], [64.79, 12.68, 0.95]],
    ]),
    ("elastic_transform", [
        [[114.84, 41.95, 104.8], [114.85, 41.93, 107.2], [114.87, 41.92, 110.9], [114.88, 41.91, 114.3], [114.89, 41.90, 119.8]],
        [[98.14, 73.58, 268.3], [98.15, 73.57, 269.9], [98.15, 73.57, 274.6], [98.16, 73.57, 277.8], [98.17, 73.56, 283.5]],
        [[64.85, 33.95, 168.9], [64.84, 33.94, 169.6], [64.83, 33.94, 173.6], [64.82, 33.92, 175.4], [64.82, 33.91, 178.8]],
    ]),
    ("pixelate", [
        [[115.71, 41.91, 126.1], [115.80, 41.84, 119.4], [115.57, 41.64, 109.7], [115.41, 41.37, 102.5], [115.55, 41.19, 99.60]],
        [[99.01, 73.52, 317.4], [99.11, 73.40, 281.1], [98.92, 73.18, 240.2], [98.71, 72.80, 195.6], [98.86, 72.59, 178.9]],
        [[65.59, 33.87, 167.0], [65.67, 33.74, 134.9], [65.47, 33.50, 97.85], [65.37, 33.01, 66.30], [65.51, 32.83, 55.92]],
    ]),
    ("jpeg_compression", [
        [[115.46, 42.04, 119.2], [115.48, 42.11, 113.3], [115.32, 42.04, 111.5], [115.23, 41.83, 109.7], [115.39, 42.45, 110.7]],
        [[98.84, 73.62, 344.7], [98.85, 73.42, 318.7], [98.70, 73.48, 303.5], [98.98, 73.45, 287.3], [99.41, 72.43, 258.5]],
        [[65.32, 33.96, 192.3], [65.36, 34.37, 177.0], [65.44, 33.95, 164.6], [65.55, 34.22, 147.4], [64.89, 34.24, 136.9]],
    ]),
    ("speckle_noise", [
        [[114.76, 46.07, 1514.3], [114.71, 48.73, 2545.6], [114.17, 58.59, 7029.2], [113.53, 65.41, 10716.6], [112.67, 74.39, 16270.3]],
        [[97.60, 75.19, 1674.2], [97.20, 75.95, 2507.8], [95.33, 78.99, 5933.5], [93.82, 81.43, 8668.5], [91.78, 85.03, 12693.3]],
        [[64.72, 36.19, 800.1], [64.68, 37.31, 1163.5], [64.55, 42.12, 2835.4], [64.55, 46.10, 4339.3], [64.92, 52.18, 6856.9]],
    ]),
    ("gaussian_blur", [
        [[114.80, 41.34, 40.00], [114.81, 40.39, 18.74], [114.81, 39.50, 11.62], [114.81, 38.68, 7.95], [114.82, 37.25, 4.46]],
        [[98.12, 72.76, 79.98], [98.12, 71.79, 31.77], [98.12, 70.94, 19.52], [98.12, 70.16, 13.73], [98.12, 68.72, 8.00]],
        [[64.78, 32.99, 34.48], [64.78, 32.23, 9.60], [64.78, 31.71, 5.34], [64.79, 31.27, 3.64], [64.80, 30.50, 2.10]],
    ]),
    ("spatter", [
        [[115.95, 42.54, 178.9], [119.77, 44.61, 324.4], [123.22, 45.77, 511.5], [107.31, 45.45, 754.6], [102.40, 46.76, 971.9]],
        [[99.05, 74.12, 494.0], [102.82, 74.83, 632.3], [106.09, 75.14, 800.0], [92.50, 71.75, 1102.1], [88.65, 70.08, 1324.4]],
        [[65.69, 34.94, 336.9], [69.71, 37.98, 488.1], [73.09, 39.63, 668.4], [62.68, 33.64, 511.2], [61.08, 32.90, 570.6]],
    ]),
    ("saturate", [
        [[137.66, 33.01, 163.2], [144.13, 32.23, 166.0], [87.92, 57.75, 128.8], [69.34, 63.74, 83.17], [67.42, 64.81, 82.20]],
        [[140.30, 61.50, 397.9], [152.30, 62.02, 388.8], [77.66, 80.25, 360.4], [73.25, 78.76, 291.2], [71.74, 78.27, 398.8]],
        [[80.57, 33.01, 356.0], [85.01, 33.70, 389.8], [47.10, 42.26, 423.1], [40.50, 43.41, 539.4], [39.74, 43.46, 592.9]],
    ]),
];
