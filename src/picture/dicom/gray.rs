//! Gray values of DICOM in 0..=255, as the file itself says (PS3.3, C.11.2): by its window, by its
//! table, or as they are.

use dicom_pixeldata::{
    DecodedPixelData, PixelRepresentation, Rescale, VoiLutFunction, WindowLevel,
};

use crate::picture::levels::Levels;

/// How values of the modality, such as Hounsfield's, become gray.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scale {
    /// A straight line, and what is said of it.
    Line(Levels, Option<String>),
    /// A curve about a centre.
    Sigmoid { center: f64, width: f64 },
    /// A table: the value that its first entry stands for, its entries, and what white is in it.
    Table {
        first: f64,
        entries: Vec<u16>,
        white: f64,
    },
}

/// Values that fill what the scanner did not see, in the unit of the modality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Padding {
    low: f64,
    high: f64,
}

impl Padding {
    /// Of the stored value `one`, or of all up to `limit`.
    pub(super) fn of(
        decoded: &DecodedPixelData,
        one: Option<i64>,
        limit: Option<i64>,
    ) -> Option<Self> {
        let signed = decoded.pixel_representation() == PixelRepresentation::Signed;
        // Files that do not say the type of an element leave open whether it has a sign.
        let as_pixels = |value: i64| match value {
            32_768..=65_535 if signed => value - 65_536,
            -32_768..=-1 if !signed => value + 65_536,
            same => same,
        };
        let rescale = rescale(decoded)?;
        let value = |stored| rescale.apply(as_pixels(stored) as f64);
        let one = one?;
        let ends = [value(one), value(limit.unwrap_or(one))];
        Some(Self {
            low: ends[0].min(ends[1]),
            high: ends[0].max(ends[1]),
        })
    }

    fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// From what is stored to the unit of the modality.
fn rescale(decoded: &DecodedPixelData) -> Option<Rescale> {
    decoded.rescale().ok()?.first().copied()
}

impl Scale {
    /// The first that the file gives; without any, bytes as they are and other `values` stretched.
    pub(super) fn of(decoded: &DecodedPixelData, values: &[f32], padding: Option<Padding>) -> Self {
        let window = decoded.window().ok().flatten();
        let function = decoded.voi_lut_function().ok().flatten();
        let function = function.and_then(|all| all.first().copied());
        let window = window.and_then(|all| all.first().copied());
        window
            .and_then(|window| Self::in_window(window, function.unwrap_or_default()))
            .or_else(|| Self::by_table(decoded))
            .or_else(|| Self::as_it_is(decoded))
            .unwrap_or_else(|| Self::stretched(values, padding))
    }

    /// PS3.3, C.11.2.1.2 and C.11.2.1.3.
    fn in_window(window: WindowLevel, function: VoiLutFunction) -> Option<Self> {
        let WindowLevel { width, center } = window;
        let (low, span) = match function {
            VoiLutFunction::Sigmoid if width > 0.0 => {
                return Some(Self::Sigmoid { center, width });
            }
            VoiLutFunction::LinearExact if width > 0.0 => (center - width / 2.0, width),
            // Of one value's width: what lies above it is white.
            VoiLutFunction::Linear if width >= 1.0 => {
                (center - 0.5 - (width - 1.0) / 2.0, (width - 1.0).max(1e-9))
            }
            _ => return None,
        };
        let note = format!("it is shown in its own window: centre {center}, width {width}");
        Some(Self::Line(Levels::between(low, low + span), Some(note)))
    }

    fn by_table(decoded: &DecodedPixelData) -> Option<Self> {
        let table = decoded.voi_lut_sequence().ok().flatten()?.first()?;
        let most = table.data.iter().copied().max()?;
        // Some devices say more bits than their entries use.
        let used = u16::BITS - most.leading_zeros();
        let bits = u32::from(table.bits_stored).clamp(1, 16);
        let bits = if (1..bits).contains(&used) {
            used
        } else {
            bits
        };
        Some(Self::Table {
            first: f64::from(table.min_pixel_value),
            entries: table.data.clone(),
            white: 2f64.powi(bits as i32) - 1.0,
        })
    }

    /// Bytes that no unit is said of are gray values already.
    fn as_it_is(decoded: &DecodedPixelData) -> Option<Self> {
        let bits = decoded.bits_stored();
        let unsigned = decoded.pixel_representation() == PixelRepresentation::Unsigned;
        let same = rescale(decoded) == Some(Rescale::new(1.0, 0.0));
        (bits <= 8 && unsigned && same).then(|| {
            let white = 2f64.powi(i32::from(bits)) - 1.0;
            Self::Line(Levels::between(0.0, white), None)
        })
    }

    fn stretched(values: &[f32], padding: Option<Padding>) -> Self {
        let numbers = values
            .iter()
            .map(|v| f64::from(*v))
            .filter(|v| v.is_finite());
        let seen = numbers.filter(|v| padding.is_none_or(|padding| !padding.holds(*v)));
        let (low, high) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let note = format!("it gives no window: {low} became black, {high} white");
        Self::Line(Levels::between(low, high), Some(note))
    }

    /// The gray of a value in the unit of the modality.
    pub(super) fn byte(&self, value: f64) -> u8 {
        match self {
            Self::Line(levels, _) => levels.byte(value),
            Self::Sigmoid { center, width } => {
                let share = 1.0 / (1.0 + (-4.0 * (value - center) / width).exp());
                Levels::between(0.0, 1.0).byte(share)
            }
            Self::Table {
                first,
                entries,
                white,
            } => {
                // What lies beside the table has the gray of its end.
                let place = (value.round() - first).max(0.0) as usize;
                let entry = entries.get(place).or(entries.last());
                let entry = entry.copied().map_or(0.0, f64::from);
                Levels::between(0.0, *white).byte(entry)
            }
        }
    }

    /// What there is to say of it.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::Line(_, note) => note.clone(),
            Self::Sigmoid { center, width } => Some(format!(
                "it is shown in its own window: centre {center}, width {width}, along a curve"
            )),
            Self::Table { .. } => Some("it is shown by its own table of grays".to_owned()),
        }
    }
}
