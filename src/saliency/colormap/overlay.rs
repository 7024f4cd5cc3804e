//! A map laid over its picture. Twin of the fragment shader in `shaders/overlay.wgsl`.

use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

use super::{Colormap, Scale};
use crate::saliency::SaliencyMap;

/// How a map is laid over its picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Colours of the map.
    pub colormap: Colormap,
    /// Values at the ends of the colours.
    pub scale: Scale,
    /// 0 shows the picture alone, 1 the map alone. Values outside are brought into this range.
    pub opacity: f32,
    /// Only pixels with `value >= cut` show the map, see [`SaliencyMap::cut_for_top`].
    pub cut: f32,
}

impl Look {
    /// The whole map at the opacity that the program starts with (40 %), on its own scale.
    #[must_use]
    pub fn of(map: &SaliencyMap) -> Self {
        Self {
            colormap: Colormap::default(),
            scale: Scale::of(map),
            opacity: 0.4,
            cut: f32::NEG_INFINITY,
        }
    }

    /// One pixel: the picture's colour, and the map's value on top of it. Mixes the 8-bit sRGB
    /// values as they are (as web pages do), each rounded to the nearest, halves up:
    /// `floor(picture + (colour - picture) * opacity + 0.5)`. A value that is not a number
    /// shows the picture alone unless `cut` is minus infinity.
    #[must_use]
    pub fn pixel(&self, picture: [u8; 3], value: f32) -> [u8; 3] {
        let shown = value >= self.cut || self.cut == f32::NEG_INFINITY;
        if !shown {
            return picture;
        }
        let opacity = self.opacity.clamp(0.0, 1.0);
        let [r, g, b] = self.colormap.colour(self.scale.index(value));
        let mix = |below: u8, above: u8| {
            let (below, above) = (f32::from(below), f32::from(above));
            (below + (above - below) * opacity + 0.5).floor() as u8
        };
        [mix(picture[0], r), mix(picture[1], g), mix(picture[2], b)]
    }
}

/// The part of a picture that a map covers (what the network saw), in picture pixels from the
/// top left corner. May be fractional and may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MapRect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, more than 0.
    pub width: f32,
    /// Height, more than 0.
    pub height: f32,
}

impl MapRect {
    /// A map that covers the whole picture.
    #[must_use]
    pub fn whole(picture: &RgbImage) -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            width: picture.width() as f32,
            height: picture.height() as f32,
        }
    }
}

/// The picture with the map over it. Each picture pixel takes the map's value at its centre
/// (nearest); pixels outside `rect` stay as they are.
#[must_use]
pub fn overlay(picture: &RgbImage, map: &SaliencyMap, rect: MapRect, look: &Look) -> RgbImage {
    let (rows, columns) = map.values.dim();
    let at = |pixel: u32, start: f32, extent: f32, count: usize| {
        let index = ((pixel as f32 + 0.5 - start) * count as f32 / extent).floor();
        (index >= 0.0 && index < count as f32).then_some(index as usize)
    };
    let mut out = picture.clone();
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let row = at(y, rect.y, rect.height, rows);
        let column = at(x, rect.x, rect.width, columns);
        if let (Some(row), Some(column)) = (row, column)
            && let Some(&value) = map.values.get((row, column))
        {
            *pixel = Rgb(look.pixel(pixel.0, value));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn ramp(height: usize, width: usize) -> SaliencyMap {
        SaliencyMap {
            values: Array2::from_shape_fn((height, width), |(y, x)| (y * width + x) as f32),
        }
    }

    #[test]
    fn opacity_mixes_bytes_and_rounds_halves_up() {
        let map = ramp(1, 2);
        let look = |opacity| Look {
            colormap: Colormap::Gray,
            opacity,
            ..Look::of(&map)
        };
        assert_eq!(look(0.0).pixel([10, 20, 30], 1.0), [10, 20, 30]);
        assert_eq!(look(1.0).pixel([10, 20, 30], 1.0), [255; 3]);
        // 10 + 245 / 2 = 132.5; 20 + 235 / 2 = 137.5; 30 + 225 / 2 = 142.5
        assert_eq!(look(0.5).pixel([10, 20, 30], 1.0), [133, 138, 143]);
        assert_eq!(look(7.0).pixel([10, 20, 30], 0.0), [0; 3]);
    }

    #[test]
    fn only_the_top_share_is_shown() {
        let map = ramp(10, 10);
        let picture = RgbImage::from_pixel(10, 10, Rgb([7, 7, 7]));
        let look = Look {
            cut: map.cut_for_top(0.3),
            opacity: 1.0,
            ..Look::of(&map)
        };
        let out = overlay(&picture, &map, MapRect::whole(&picture), &look);
        let changed = out.pixels().filter(|pixel| pixel.0 != [7, 7, 7]).count();
        assert_eq!(changed, 30);
        assert_eq!(out.get_pixel(0, 6).0, [7, 7, 7]);
        assert_ne!(out.get_pixel(0, 7).0, [7, 7, 7]);
    }

    #[test]
    fn the_map_covers_only_what_the_network_saw() {
        let map = ramp(2, 2);
        let picture = RgbImage::from_pixel(8, 4, Rgb([1, 2, 3]));
        let rect = MapRect {
            x: 2.0,
            y: 0.0,
            width: 4.0,
            height: 4.0,
        };
        let look = Look {
            colormap: Colormap::Gray,
            opacity: 1.0,
            ..Look::of(&map)
        };
        let out = overlay(&picture, &map, rect, &look);
        assert_eq!(out.get_pixel(1, 0).0, [1, 2, 3]);
        assert_eq!(out.get_pixel(6, 3).0, [1, 2, 3]);
        assert_eq!(out.get_pixel(2, 0).0, [0; 3]);
        assert_eq!(out.get_pixel(3, 1).0, [0; 3]);
        assert_eq!(out.get_pixel(4, 1).0, [85; 3]);
        assert_eq!(out.get_pixel(5, 3).0, [255; 3]);
    }
}
