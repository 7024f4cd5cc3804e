//! From values to colours: the CPU twin of `shaders/overlay.wgsl`.
//!
//! A value becomes a colour in three exact steps, the same here and on the GPU:
//! 1. [`Scale::index`]: `t = clamp((value - min) / (max - min), 0, 1)`, `index = floor(t * 255 + 0.5)`;
//! 2. the colour is entry `index` of the colormap's 256-entry [`Table`];
//! 3. [`Look::pixel`] lays it over the picture where `value >= cut` ([`SaliencyMap::cut_for_top`]).

mod overlay;
mod scale;
mod tables;

use std::fmt;
use std::str::FromStr;

use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

pub use overlay::{Look, MapRect, overlay};
pub use scale::Scale;
pub use tables::Table;

use super::{SaliencyError, SaliencyMap};

/// Which colours a map is shown in. All are ordered by lightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colormap {
    /// Black, purple, red, orange, yellow.
    #[default]
    Inferno,
    /// Dark violet, teal, green, yellow.
    Viridis,
    /// Blue, grey, yellow: alike to people with and without colour-blindness.
    Cividis,
    /// Black to white.
    Gray,
}

impl Colormap {
    /// Every colormap; the position in this list is the row of the texture that holds all tables.
    pub const ALL: [Self; 4] = [Self::Inferno, Self::Viridis, Self::Cividis, Self::Gray];

    /// The 256 colours, lowest value first.
    #[must_use]
    pub fn table(self) -> &'static Table {
        match self {
            Self::Inferno => &tables::INFERNO,
            Self::Viridis => &tables::VIRIDIS,
            Self::Cividis => &tables::CIVIDIS,
            Self::Gray => &tables::GRAY,
        }
    }

    /// The word used on the command line and in files, such as `inferno`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Inferno => "inferno",
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Gray => "gray",
        }
    }

    /// The name people read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inferno => "Inferno",
            Self::Viridis => "Viridis",
            Self::Cividis => "Cividis",
            Self::Gray => "Gray",
        }
    }

    /// The colour of `index`.
    #[must_use]
    pub fn colour(self, index: u8) -> [u8; 3] {
        // A table has an entry for each u8.
        self.table()[usize::from(index)]
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Colormap {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|colormap| colormap.id().eq_ignore_ascii_case(text))
            .ok_or_else(|| SaliencyError::UnknownWord {
                setting: "colormap",
                given: text.to_owned(),
                choices: "inferno, viridis, cividis or gray",
            })
    }
}

/// The map in colours, one pixel per value, without the picture.
#[must_use]
pub fn colour(map: &SaliencyMap, scale: Scale, colormap: Colormap) -> RgbImage {
    let (height, width) = map.values.dim();
    let mut image = RgbImage::new(width as u32, height as u32);
    for (pixel, &value) in image.pixels_mut().zip(map.values.iter()) {
        *pixel = Rgb(colormap.colour(scale.index(value)));
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn luma([r, g, b]: [u8; 3]) -> f32 {
        0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b)
    }

    #[test]
    fn tables_have_the_published_ends_and_grow_lighter() {
        // First, middle and last colour as matplotlib prints them with `to_hex`.
        for (colormap, first, middle, last) in [
            (Colormap::Inferno, 0x000004, 0xbc3754, 0xfcffa4),
            (Colormap::Viridis, 0x440154, 0x21918c, 0xfde725),
            (Colormap::Cividis, 0x00224e, 0x7d7c78, 0xfee838),
            (Colormap::Gray, 0x000000, 0x808080, 0xffffff),
        ] {
            let hex = |index| {
                let [r, g, b] = colormap.colour(index);
                u32::from_be_bytes([0, r, g, b])
            };
            assert_eq!(hex(0), first, "{colormap}");
            assert_eq!(hex(128), middle, "{colormap}");
            assert_eq!(hex(255), last, "{colormap}");
            for pair in colormap.table().windows(8) {
                assert!(luma(pair[7]) > luma(pair[0]), "{colormap}");
            }
            assert_eq!(colormap.id().parse::<Colormap>().unwrap(), colormap);
        }
    }

    #[test]
    fn a_map_is_coloured_row_by_row() {
        let map = SaliencyMap {
            values: Array2::from_shape_vec((2, 3), vec![0.0, 0.5, 1.0, 1.0, 0.0, 0.25]).unwrap(),
        };
        let image = colour(&map, Scale::of(&map), Colormap::Gray);
        assert_eq!(image.dimensions(), (3, 2));
        assert_eq!(image.get_pixel(2, 0).0, [255; 3]);
        assert_eq!(image.get_pixel(1, 0).0, [128; 3]);
        assert_eq!(image.get_pixel(2, 1).0, [64; 3]);
    }
}
