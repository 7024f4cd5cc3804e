//! Colour profiles: from the colours of a camera or screen to sRGB, in which networks are trained.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{
    Chromaticity, ColorPrimaries, ColorProfile, DataColorSpace, Layout, ToneReprCurve,
    TransformExecutor, TransformOptions,
};

/// Largest profile that is read, in bytes.
const MAX_PROFILE_BYTES: usize = 8 << 20;
/// Profiles that move no colour further than this are sRGB under another name.
const SAME_WITHIN: u8 = 2;
/// Pixels that are converted at a time; bounds the copy of them.
const PIECE: usize = 1 << 16;

/// A picture of 8 bits a sample in sRGB, and what was done to its colours.
///
/// A profile that cannot be read or does not fit the picture is left out, and that is said.
pub(super) fn to_srgb(image: DynamicImage, icc: &[u8]) -> (DynamicImage, Option<String>) {
    let profile = if icc.len() > MAX_PROFILE_BYTES {
        None
    } else {
        ColorProfile::new_from_slice(icc).ok()
    };
    let Some(profile) = profile else {
        let note = "its colour profile cannot be read: its colours were taken as sRGB";
        return (image, Some(note.to_owned()));
    };
    convert(image, &profile, name(&profile).as_deref())
}

/// As [`to_srgb`], for colours that are told by numbers (ITU-T H.273) in place of a profile.
pub(super) fn from_code_points(
    image: DynamicImage,
    primaries: u8,
    transfer: u8,
) -> (DynamicImage, Option<String>) {
    // 1: as sRGB. 2: not said. 13: sRGB's curve; the curves 1, 6, 14, 15 are those of cameras,
    // which browsers show as if they were sRGB's.
    let plain = matches!(transfer, 0..=2 | 6 | 13..=15);
    if matches!(primaries, 0..=2) && plain {
        return (image, None);
    }
    if matches!(transfer, 16 | 18) {
        let note = "it is an HDR picture: its light was taken as it is, without tone mapping";
        return (image, Some(note.to_owned()));
    }
    let (Ok(color_primaries), Ok(transfer_characteristics)) = (
        moxcms::CicpColorPrimaries::try_from(primaries),
        moxcms::TransferCharacteristics::try_from(if plain { 13 } else { transfer }),
    ) else {
        return (image, None);
    };
    let profile = ColorProfile::new_from_cicp(moxcms::CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: moxcms::MatrixCoefficients::Identity,
        full_range: true,
    });
    let name = match primaries {
        9 => Some("Rec. 2020"),
        11 | 12 => Some("Display P3"),
        _ => None,
    };
    convert(image, &profile, name)
}

/// As [`to_srgb`], for colours whose exponent and chromaticities (white, red, green, blue as CIE x
/// and y) are told by numbers.
pub(super) fn from_measures(
    image: DynamicImage,
    gamma: Option<f32>,
    chromaticities: Option<[[f32; 2]; 4]>,
) -> (DynamicImage, Option<String>) {
    let mut profile = ColorProfile::new_srgb();
    if let Some([white, red, green, blue]) = chromaticities {
        let point = |[x, y]: [f32; 2]| Chromaticity { x, y };
        let primaries = ColorPrimaries {
            red: point(red),
            green: point(green),
            blue: point(blue),
        };
        profile.update_rgb_colorimetry(point(white).to_xyyb(), primaries);
    }
    if let Some(gamma) = gamma {
        let curve = ToneReprCurve::Parametric(vec![gamma]);
        profile.cicp = None;
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    let (image, note) = convert(image, &profile, None);
    let note = note.map(|_| "its colours were converted to sRGB by its gamma and primaries");
    (image, note.map(str::to_owned))
}

fn convert(
    image: DynamicImage,
    profile: &ColorProfile,
    name: Option<&str>,
) -> (DynamicImage, Option<String>) {
    let target = ColorProfile::new_srgb();
    let transform = |from: Layout, to: Layout| {
        let options = TransformOptions::default();
        profile
            .create_transform_8bit(from, &target, to, options)
            .ok()
    };
    let said = name.map_or_else(
        || "its colours were converted to sRGB by its profile".to_owned(),
        |name| format!("its colours were converted from {name} to sRGB"),
    );
    let unfit = || Some("its colour profile does not fit it and was left out".to_owned());
    let gray = !image.color().has_color();
    match (profile.color_space, gray) {
        (DataColorSpace::Rgb, _) => {
            let Some(rgb) = transform(Layout::Rgb, Layout::Rgb) else {
                return (image, unfit());
            };
            if is_identity(&*rgb) {
                return (image, None);
            }
            if image.color().has_alpha() {
                let Some(rgba) = transform(Layout::Rgba, Layout::Rgba) else {
                    return (image, unfit());
                };
                let mut pixels = image.into_rgba8();
                return match in_place(&mut pixels, 4, &*rgba) {
                    Some(()) => (pixels.into(), Some(said)),
                    None => (pixels.into(), unfit()),
                };
            }
            let mut pixels = image.into_rgb8();
            match in_place(&mut pixels, 3, &*rgb) {
                Some(()) => (pixels.into(), Some(said)),
                None => (pixels.into(), unfit()),
            }
        }
        (DataColorSpace::Gray, true) => {
            let Some(curve) = transform(Layout::Gray, Layout::Rgb).and_then(|t| gray_curve(&*t))
            else {
                return (image, unfit());
            };
            let moved = (0..=255u8).zip(curve).map(|(from, to)| from.abs_diff(to));
            if moved.max().is_none_or(|most| most <= SAME_WITHIN) {
                return (image, None);
            }
            let bright = |value: u8| curve[usize::from(value)];
            let changed = if image.color().has_alpha() {
                let mut pixels: RgbaImage = image.into_rgba8();
                for pixel in pixels.pixels_mut() {
                    let [r, g, b, a] = pixel.0;
                    pixel.0 = [bright(r), bright(g), bright(b), a];
                }
                pixels.into()
            } else {
                let mut pixels: RgbImage = image.into_rgb8();
                pixels.iter_mut().for_each(|value| *value = bright(*value));
                pixels.into()
            };
            (changed, Some(said))
        }
        (DataColorSpace::Cmyk, _) => {
            let note = "it is CMYK: its colours were converted to sRGB without its profile";
            (image, Some(note.to_owned()))
        }
        _ => (image, unfit()),
    }
}

/// What 256 grays become; `None` where the transform fails.
fn gray_curve(transform: &(dyn TransformExecutor<u8> + Send + Sync)) -> Option<[u8; 256]> {
    let grays: Vec<u8> = (0..=255).collect();
    let mut rgb = vec![0; 3 * 256];
    transform.transform(&grays, &mut rgb).ok()?;
    let mut curve = [0; 256];
    for (to, [r, ..]) in curve.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *to = *r;
    }
    Some(curve)
}

/// True where colours of the whole cube stay what they are.
fn is_identity(transform: &(dyn TransformExecutor<u8> + Send + Sync)) -> bool {
    const STEPS: [u8; 6] = [0, 51, 102, 153, 204, 255];
    let mut cube = Vec::with_capacity(3 * 216);
    for r in STEPS {
        for g in STEPS {
            for b in STEPS {
                cube.extend([r, g, b]);
            }
        }
    }
    let mut out = vec![0; cube.len()];
    transform.transform(&cube, &mut out).is_ok()
        && cube
            .iter()
            .zip(&out)
            .all(|(a, b)| a.abs_diff(*b) <= SAME_WITHIN)
}

/// Converts piece by piece; `None` where the transform fails.
fn in_place(
    samples: &mut [u8],
    channels: usize,
    transform: &(dyn TransformExecutor<u8> + Send + Sync),
) -> Option<()> {
    let mut from = Vec::with_capacity(PIECE * channels);
    for piece in samples.chunks_mut(PIECE * channels) {
        from.clear();
        from.extend_from_slice(piece);
        transform.transform(&from, piece).ok()?;
    }
    Some(())
}

/// The profile's own name, in one line.
fn name(profile: &ColorProfile) -> Option<String> {
    let text = match profile.description.as_ref()? {
        moxcms::ProfileText::PlainString(text) => text.clone(),
        moxcms::ProfileText::Localizable(texts) => texts.first()?.value.clone(),
        moxcms::ProfileText::Description(text) => text.ascii_string.clone(),
    };
    let letters = text.chars().filter(|c| !c.is_control()).take(60);
    let name = letters.collect::<String>().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_colours_are_brought_to_srgb_and_srgb_is_left_alone() {
        let pixels = RgbImage::from_pixel(1, 1, image::Rgb([200, 100, 50]));
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let (converted, note) = to_srgb(pixels.clone().into(), &p3);
        // The same colour by the matrices of SMPTE EG 432-1 and IEC 61966-2-1.
        let [r, g, b] = converted.into_rgb8().get_pixel(0, 0).0;
        assert!(
            r.abs_diff(215) <= 2 && g.abs_diff(93) <= 2 && b.abs_diff(31) <= 3,
            "{r} {g} {b}"
        );
        assert!(note.unwrap().contains("to sRGB"));
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        let (same, note) = to_srgb(pixels.clone().into(), &srgb);
        assert_eq!((same.into_rgb8(), note), (pixels.clone(), None));
        let (same, note) = to_srgb(pixels.clone().into(), b"nonsense");
        assert_eq!(same.into_rgb8(), pixels);
        assert!(note.unwrap().contains("cannot be read"));
    }
}
