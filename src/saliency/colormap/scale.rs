//! Which value gets the lowest and which the highest colour.

use serde::{Deserialize, Serialize};

use crate::saliency::SaliencyMap;

/// The values at the two ends of a colour bar, in the unit of the map. Values outside get the
/// colour of the nearer end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Gets the first colour.
    pub min: f32,
    /// Gets the last colour.
    pub max: f32,
}

impl Scale {
    /// From the smallest to the largest finite value of one map. A constant map gets the first
    /// colour everywhere: nothing in it stands out.
    #[must_use]
    pub fn of(map: &SaliencyMap) -> Self {
        Self::shared([map])
    }

    /// One scale for several maps, so that equal colours mean equal values.
    #[must_use]
    pub fn shared<'a>(maps: impl IntoIterator<Item = &'a SaliencyMap>) -> Self {
        let (min, max) = maps
            .into_iter()
            .flat_map(|map| map.values.iter().copied())
            .filter(|value| value.is_finite())
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), value| {
                (min.min(value), max.max(value))
            });
        if min <= max {
            Self { min, max }
        } else {
            Self { min: 0.0, max: 0.0 }
        }
    }

    /// Where `value` lies between the ends, 0 to 1. NaN counts as `min`; so does every value on a
    /// scale whose ends are equal.
    #[must_use]
    pub fn share(self, value: f32) -> f32 {
        if self.max <= self.min || value.is_nan() {
            return 0.0;
        }
        // An infinity must not become infinity / infinity.
        let value = value.clamp(self.min, self.max);
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }

    /// The entry of a 256-entry table for `value`: `floor(share * 255 + 0.5)`.
    #[must_use]
    pub fn index(self, value: f32) -> u8 {
        (self.share(value) * 255.0 + 0.5).floor() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn map(values: &[f32]) -> SaliencyMap {
        SaliencyMap {
            values: Array2::from_shape_vec((1, values.len()), values.to_vec()).unwrap(),
        }
    }

    #[test]
    fn ends_get_the_end_colours_and_halves_round_up() {
        let scale = Scale {
            min: -1.0,
            max: 1.0,
        };
        for (value, index) in [
            (-1.0, 0),
            (1.0, 255),
            (0.0, 128),
            (-7.0, 0),
            (f32::INFINITY, 255),
            (f32::NEG_INFINITY, 0),
            (f32::NAN, 0),
        ] {
            assert_eq!(scale.index(value), index, "{value}");
        }
    }

    #[test]
    fn constants_nan_and_empty_maps_are_harmless() {
        assert_eq!(Scale::of(&map(&[3.0, 3.0])).index(3.0), 0);
        assert_eq!(
            Scale::of(&map(&[f32::NAN, 1.0, 2.0])),
            Scale { min: 1.0, max: 2.0 }
        );
        assert_eq!(Scale::of(&map(&[])), Scale { min: 0.0, max: 0.0 });
        assert_eq!(Scale::of(&map(&[f32::NAN])).index(f32::NAN), 0);
    }
}
