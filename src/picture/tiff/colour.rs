//! What the samples of a TIFF mean, and the 8-bit picture they make.

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use tiff::decoder::DecodingResult;

use super::directory::Directory;
use super::{COLOUR_MAP, Failure, INK_SET, YCBCR_WEIGHTS};
use crate::picture::levels::Levels;

/// How samples become colours: the photometric interpretation with what it needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Gray {
        white_is_zero: bool,
    },
    Rgb,
    /// The colours of the indices.
    Palette(Vec<[u8; 3]>),
    Cmyk,
    /// The weights of red, green and blue in the brightness.
    YCbCr {
        weights: [f64; 3],
    },
    /// CIE L*a*b* with D50 as white; signed a and b (`CIELab`) or with 128 added (`ICCLab`).
    Lab {
        signed: bool,
    },
}

impl Kind {
    pub(super) fn of(photometric: Option<u64>, directory: &Directory) -> Result<Self, Failure> {
        Ok(match photometric {
            Some(0) => Self::Gray {
                white_is_zero: true,
            },
            // Writers that say nothing mean the plain kind.
            Some(1 | 4) | None => Self::Gray {
                white_is_zero: false,
            },
            Some(2) => Self::Rgb,
            Some(3) => Self::palette(&directory.all(COLOUR_MAP))?,
            Some(5) if matches!(directory.first(INK_SET), None | Some(1)) => Self::Cmyk,
            Some(5) => return Err(Failure::Unread("a TIFF of inks other than CMYK".to_owned())),
            Some(6) => Self::YCbCr {
                weights: directory
                    .rationals(YCBCR_WEIGHTS)
                    .unwrap_or([0.299, 0.587, 0.114]),
            },
            Some(8) => Self::Lab { signed: true },
            Some(9) => Self::Lab { signed: false },
            Some(10) => return Err(Failure::Unread("a TIFF of ITU L*a*b* colours".to_owned())),
            Some(32844 | 32845) => {
                return Err(Failure::Unread("a TIFF of SGI LogLuv colours".to_owned()));
            }
            Some(other) => {
                return Err(Failure::Unread(format!("a TIFF of colour kind {other}")));
            }
        })
    }

    /// The three tables of a colour map, put together.
    fn palette(map: &[u64]) -> Result<Self, Failure> {
        let count = map.len() / 3;
        if count == 0 {
            return Err(Failure::Damaged("its colour map is missing".to_owned()));
        }
        // 16 bits by the standard; some writers leave 8.
        let eight = map.iter().all(|value| *value < 256);
        let byte = |index: usize| {
            let value = map.get(index).copied().unwrap_or_default();
            if eight {
                value as u8
            } else {
                (value >> 8) as u8
            }
        };
        let colour = |i: usize| [byte(i), byte(count + i), byte(2 * count + i)];
        Ok(Self::Palette((0..count).map(colour).collect()))
    }

    /// Samples of a pixel that make its colour.
    pub(super) fn colours(&self) -> usize {
        match self {
            Self::Gray { .. } | Self::Palette(_) => 1,
            Self::Rgb | Self::YCbCr { .. } | Self::Lab { .. } => 3,
            Self::Cmyk => 4,
        }
    }

    pub(super) fn is_gray(&self) -> bool {
        matches!(self, Self::Gray { .. })
    }

    /// True where a profile speaks of the samples as they come out here.
    pub(super) fn takes_profile(&self) -> bool {
        !matches!(self, Self::Lab { .. })
    }
}

/// How samples lie in what the decoder gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel, with those that are not colours.
    pub(super) samples: usize,
    pub(super) bits: u32,
    /// One plane for each sample, one after the other.
    pub(super) planar: bool,
    /// The sample after the colours is opacity.
    pub(super) has_alpha: bool,
}

impl Layout {
    fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// Where sample `s` of pixel `p` lies.
    fn index(&self, p: usize, s: usize) -> usize {
        if self.planar {
            s * self.pixels() + p
        } else {
            p * self.samples + s
        }
    }
}

/// The picture, and what had to be guessed.
pub(super) fn to_image(
    read: DecodingResult,
    kind: &Kind,
    layout: Layout,
) -> Result<(DynamicImage, Vec<String>), Failure> {
    let mut notes = Vec::new();
    let bytes = match kind {
        Kind::Palette(_) => None,
        _ => Some(to_bytes(&read, kind, layout, &mut notes)?),
    };
    let pixels = layout.pixels();
    let keep = if layout.has_alpha {
        kind.colours() + 1
    } else {
        kind.colours()
    };
    let short = || Failure::Damaged("it holds fewer pixels than it says".to_owned());
    let mut pixel = [0u8; 5];
    let mut out = Vec::new();
    let gray = kind.is_gray();
    let channels = if gray { 1 } else { 3 } + usize::from(layout.has_alpha);
    out.try_reserve_exact(pixels * channels)
        .map_err(|_| Failure::TooLarge("there is not enough memory for it".to_owned()))?;
    for p in 0..pixels {
        if let (Kind::Palette(colours), None) = (kind, &bytes) {
            let index = index_at(&read, layout, p).ok_or_else(short)?;
            let colour = colours.get(index).copied().unwrap_or_default();
            out.extend(colour);
            if layout.has_alpha {
                out.push(255);
            }
            continue;
        }
        for (s, value) in pixel.iter_mut().enumerate().take(keep) {
            let bytes = bytes.as_deref().unwrap_or_default();
            *value = *bytes.get(layout.index(p, s)).ok_or_else(short)?;
        }
        let [a, b, c, d, e] = pixel;
        match kind {
            Kind::Gray { white_is_zero } => out.push(if *white_is_zero { !a } else { a }),
            Kind::Rgb | Kind::Palette(_) => out.extend([a, b, c]),
            Kind::Cmyk => {
                let ink = |ink: u8| ((u32::from(!ink) * u32::from(!d) + 127) / 255) as u8;
                out.extend([ink(a), ink(b), ink(c)]);
            }
            Kind::YCbCr { weights } => out.extend(from_ycbcr([a, b, c], *weights)),
            Kind::Lab { signed } => out.extend(from_lab([a, b, c], *signed)),
        }
        if layout.has_alpha {
            out.push([b, b, b, d, e][kind.colours().min(4)]);
        }
    }
    let (width, height) = (layout.width as u32, layout.height as u32);
    let image: Option<DynamicImage> = match channels {
        1 => GrayImage::from_raw(width, height, out).map(Into::into),
        2 => GrayAlphaImage::from_raw(width, height, out).map(Into::into),
        3 => RgbImage::from_raw(width, height, out).map(Into::into),
        _ => RgbaImage::from_raw(width, height, out).map(Into::into),
    };
    Ok((image.ok_or_else(short)?, notes))
}

/// The index of a pixel of a palette picture.
fn index_at(read: &DecodingResult, layout: Layout, p: usize) -> Option<usize> {
    match read {
        DecodingResult::U8(data) if layout.bits < 8 => packed(data, layout, p, 0).map(usize::from),
        DecodingResult::U8(data) => data.get(layout.index(p, 0)).map(|v| usize::from(*v)),
        DecodingResult::U16(data) => data.get(layout.index(p, 0)).map(|v| usize::from(*v)),
        _ => None,
    }
}

/// Sample `s` of pixel `p` of rows in which samples of fewer than 8 bits are packed.
fn packed(data: &[u8], layout: Layout, p: usize, s: usize) -> Option<u8> {
    let bits = layout.bits as usize;
    let in_row = if layout.planar {
        layout.width
    } else {
        layout.width * layout.samples
    };
    let row_bytes = (in_row * bits).div_ceil(8);
    let (x, y) = (p % layout.width, p / layout.width);
    let (row, column) = if layout.planar {
        (s * layout.height + y, x)
    } else {
        (y, x * layout.samples + s)
    };
    let bit = column * bits;
    let byte = *data.get(row * row_bytes + bit / 8)?;
    Some((byte >> (8 - bits - bit % 8)) & ((1u16 << bits) - 1) as u8)
}

/// All samples as bytes, where they lie in `read`.
fn to_bytes(
    read: &DecodingResult,
    kind: &Kind,
    layout: Layout,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, Failure> {
    let guess = matches!(kind, Kind::Gray { .. } | Kind::Rgb);
    let full = Levels::between(0.0, 2f64.powi(layout.bits as i32) - 1.0);
    let too_deep = || {
        Failure::Unread(format!(
            "a TIFF of this colour kind with {} bits a sample",
            layout.bits
        ))
    };
    Ok(match read {
        DecodingResult::U8(data) if layout.bits == 8 => data.clone(),
        DecodingResult::U8(data) if matches!(layout.bits, 1 | 2 | 4) => {
            let all = layout.pixels() * layout.samples;
            let mut bytes = vec![0; all];
            for p in 0..layout.pixels() {
                for s in 0..layout.samples {
                    let value = packed(data, layout, p, s).unwrap_or_default();
                    if let Some(byte) = bytes.get_mut(layout.index(p, s)) {
                        *byte = full.byte(f64::from(value));
                    }
                }
            }
            bytes
        }
        DecodingResult::U16(data) => {
            let value = |v: &u16| f64::from(*v);
            unsigned(data, value, guess, full, layout, kind, notes)
        }
        DecodingResult::U32(data) => {
            let value = |v: &u32| f64::from(*v);
            unsigned(data, value, guess, full, layout, kind, notes)
        }
        DecodingResult::U64(data) => {
            let value = |v: &u64| *v as f64;
            unsigned(data, value, guess, full, layout, kind, notes)
        }
        _ if !guess => return Err(too_deep()),
        DecodingResult::I8(data) => ranged(data, |v| f64::from(*v), layout, kind, notes),
        DecodingResult::I16(data) => ranged(data, |v| f64::from(*v), layout, kind, notes),
        DecodingResult::I32(data) => ranged(data, |v| f64::from(*v), layout, kind, notes),
        DecodingResult::I64(data) => ranged(data, |v| *v as f64, layout, kind, notes),
        DecodingResult::F16(data) => {
            ranged(data, |v| f64::from(f32::from(*v)), layout, kind, notes)
        }
        DecodingResult::F32(data) => ranged(data, |v| f64::from(*v), layout, kind, notes),
        DecodingResult::F64(data) => ranged(data, |v| *v, layout, kind, notes),
        DecodingResult::U8(_) => return Err(too_deep()),
    })
}

/// The smallest and largest colour sample that is a number.
fn ends<T>(data: &[T], value: impl Fn(&T) -> f64, layout: Layout, kind: &Kind) -> (f64, f64) {
    let colours = kind.colours();
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    let is_colour = |i: usize| {
        if layout.planar {
            i / layout.pixels().max(1) < colours
        } else {
            i % layout.samples < colours
        }
    };
    let all_are_colours = colours == layout.samples;
    for (i, v) in data.iter().enumerate() {
        let v = value(v);
        if v.is_finite() && (all_are_colours || is_colour(i)) {
            ends = (ends.0.min(v), ends.1.max(v));
        }
    }
    ends
}

fn unsigned<T>(
    data: &[T],
    value: impl Fn(&T) -> f64,
    guess: bool,
    full: Levels,
    layout: Layout,
    kind: &Kind,
    notes: &mut Vec<String>,
) -> Vec<u8> {
    let levels = if guess {
        let (_, max) = ends(data, &value, layout, kind);
        let (levels, note) = Levels::of_unsigned(max, layout.bits);
        notes.extend(note);
        levels
    } else {
        full
    };
    each(data, value, levels, full, layout, kind)
}

fn ranged<T>(
    data: &[T],
    value: impl Fn(&T) -> f64,
    layout: Layout,
    kind: &Kind,
    notes: &mut Vec<String>,
) -> Vec<u8> {
    let (min, max) = ends(data, &value, layout, kind);
    if min > max {
        notes.push("it holds no numbers: all of it is black".to_owned());
        return vec![0; data.len()];
    }
    let (levels, note) = Levels::of_range(min, max);
    notes.extend(note);
    // Opacity has no other end than that of the colours that are taken as they are.
    let alpha = if max > 1.0 {
        Levels::between(0.0, 255.0)
    } else {
        Levels::between(0.0, 1.0)
    };
    each(data, value, levels, alpha, layout, kind)
}

fn each<T>(
    data: &[T],
    value: impl Fn(&T) -> f64,
    levels: Levels,
    others: Levels,
    layout: Layout,
    kind: &Kind,
) -> Vec<u8> {
    if kind.colours() == layout.samples {
        return data.iter().map(|v| levels.byte(value(v))).collect();
    }
    let pixels = layout.pixels().max(1);
    let sample = |i: usize| {
        if layout.planar {
            i / pixels
        } else {
            i % layout.samples
        }
    };
    data.iter()
        .enumerate()
        .map(|(i, v)| {
            let levels = if sample(i) < kind.colours() {
                levels
            } else {
                others
            };
            levels.byte(value(v))
        })
        .collect()
}

/// TIFF 6.0, section 21, with its usual reference black and white.
fn from_ycbcr([y, cb, cr]: [u8; 3], [red, green, blue]: [f64; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
    let r = y + cr * (2.0 - 2.0 * red);
    let b = y + cb * (2.0 - 2.0 * blue);
    let g = (y - blue * b - red * r) / green.max(1e-6);
    [r, g, b].map(|v| v.round() as u8)
}

/// CIE L*a*b* (D50) to sRGB, adapted to its white by the matrix of Bradford.
fn from_lab([l, a, b]: [u8; 3], signed: bool) -> [u8; 3] {
    let l = f64::from(l) * 100.0 / 255.0;
    let offset = |value: u8| {
        if signed {
            f64::from(value as i8)
        } else {
            f64::from(value) - 128.0
        }
    };
    let fy = (l + 16.0) / 116.0;
    let f = [fy + offset(a) / 500.0, fy, fy - offset(b) / 200.0];
    let unpack = |t: f64| {
        if t > 6.0 / 29.0 {
            t * t * t
        } else {
            (t - 16.0 / 116.0) * 108.0 / 841.0
        }
    };
    let white = [0.9642, 1.0, 0.8249];
    let [x, y, z] = [0, 1, 2].map(|i| unpack(f[i]) * white[i]);
    // From XYZ under D50 to linear sRGB (IEC 61966-2-1 through Bradford).
    let linear = [
        3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
        -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
        0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        let v = if v <= 0.0031308 {
            12.92 * v
        } else {
            1.055 * v.powf(1.0 / 2.4) - 0.055
        };
        (v * 255.0).round() as u8
    })
}
