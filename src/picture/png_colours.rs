//! What a PNG file says of its colours besides an ICC profile (PNG specification, third edition, 4.3):
//! code points, then a profile, then sRGB, then gamma and chromaticities.

use std::io::Cursor;

use super::decode::MAX_DECODER_BYTES;
use super::raster::Colours;

/// The curve that files for plain screens have: 1/2.2 in units of 1/100,000, as writers round it.
const PLAIN_GAMMA: std::ops::RangeInclusive<u32> = 45_000..=46_000;

/// What goes before or stands for a profile; `None` where a profile, or nothing, tells the colours.
pub(super) fn colours(bytes: &[u8]) -> Option<Colours> {
    let limits = png::Limits {
        bytes: MAX_DECODER_BYTES as usize,
    };
    let reader = png::Decoder::new_with_limits(Cursor::new(bytes), limits)
        .read_info()
        .ok()?;
    let info = reader.info();
    if let Some(points) = info.coding_independent_code_points {
        return Some(Colours::CodePoints(
            points.color_primaries,
            points.transfer_function,
        ));
    }
    if info.icc_profile.is_some() {
        return None;
    }
    if info.srgb.is_some() {
        return Some(Colours::Srgb);
    }
    let gamma = info
        .gama_chunk
        .map(png::ScaledFloat::into_scaled)
        .filter(|gamma| *gamma > 0 && !PLAIN_GAMMA.contains(gamma))
        .map(|gamma| 100_000.0 / gamma as f32);
    let chromaticities = info.chrm_chunk.map(|all| {
        let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| [x.into_value(), y.into_value()];
        [
            point(all.white),
            point(all.red),
            point(all.green),
            point(all.blue),
        ]
    });
    let sensible = chromaticities.filter(|points| {
        points
            .iter()
            .all(|[x, y]| *x >= 0.0 && *y > 0.0 && x + y <= 1.0)
    });
    if gamma.is_none() && sensible.is_none() {
        return None;
    }
    Some(Colours::Measured {
        gamma,
        chromaticities: sensible,
    })
}
