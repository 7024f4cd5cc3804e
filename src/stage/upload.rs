//! Pictures and maps on their way to the graphics device. Pure functions: call them on a worker
//! for large pictures and add the result to `Assets<Image>` in a system.

use std::sync::{Arc, OnceLock};

use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat, TextureUsages};
use image::{RgbImage, imageops};

use super::pane::{MapLayer, Ranks};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale};

/// The largest texture side every device of the last ten years takes.
pub const SAFE_SIDE: u32 = 8192;

/// The most pixels a picture keeps on the device (with its mip levels 340 MB).
const MAX_PIXELS: u64 = 64 << 20;

/// A picture as a texture: encoded sRGB bytes, which the shaders mix as they are, with a full chain of mip
/// levels, made in linear light, so that a large photograph neither shimmers nor costs when it is small on
/// screen. Pictures beyond `max_side` (the
/// device's largest texture) or 64 million pixels are made smaller; a pane's coordinates are
/// fractions of the picture, so nothing else changes.
#[must_use]
pub fn picture_image(picture: &RgbImage, max_side: u32) -> Image {
    let (width, height) = texture_size(picture.dimensions(), max_side);
    let shrunk = ((width, height) != picture.dimensions())
        .then(|| imageops::thumbnail(picture, width, height));
    let mut level = with_alpha(shrunk.as_ref().unwrap_or(picture));
    let (mut w, mut h) = (width as usize, height as usize);
    let mut data = level.clone();
    let mut levels = 1;
    while w.max(h) > 1 {
        level = halved(&level, w, h);
        (w, h) = ((w / 2).max(1), (h / 2).max(1));
        data.extend_from_slice(&level);
        levels += 1;
    }
    let mut image = Image::new_uninit(
        Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        // Not Srgb: the shaders mix encoded values.
        TextureFormat::Rgba8Unorm,
        // Kept in memory as well: a device that was lost gets it again.
        RenderAssetUsages::default(),
    );
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = levels;
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::ClampToEdge,
        address_mode_v: ImageAddressMode::ClampToEdge,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

/// The values of a map as an `R32Float` texture, one texel per value. What is not finite becomes
/// the nearest finite number (NaN the lowest), because WGSL promises nothing about it.
#[must_use]
pub fn map_image(map: &SaliencyMap) -> Image {
    let (rows, columns) = map.values.dim();
    let data = map
        .values
        .iter()
        .flat_map(|&value| finite(value).to_le_bytes())
        .collect();
    let mut image = Image::new_uninit(
        Extent3d {
            width: columns.max(1) as u32,
            height: rows.max(1) as u32,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        TextureFormat::R32Float,
        RenderAssetUsages::default(),
    );
    image.data = Some(if map.values.is_empty() {
        finite(f32::NAN).to_le_bytes().to_vec()
    } else {
        data
    });
    image.texture_descriptor.usage |= TextureUsages::COPY_DST;
    image
}

/// What a pane needs of a map, made where it does not hold a frame up: sorting a large map takes
/// longer than a frame.
#[derive(Debug, Clone)]
pub struct LayerData {
    image: Image,
    size: UVec2,
    region: Rect,
    scale: Scale,
    ranks: Arc<Ranks>,
}

impl LayerData {
    /// The layer of `map`. `region` is the part of the picture that the map covers: left, top, right
    /// and bottom in fractions of the picture, `[0, 0, 1, 1]` for the whole.
    #[must_use]
    pub fn of(map: &SaliencyMap, region: [f32; 4]) -> Self {
        let (rows, columns) = map.values.dim();
        let [left, top, right, bottom] = region;
        Self {
            image: map_image(map),
            size: UVec2::new(columns as u32, rows as u32),
            region: Rect::new(left, top, right, bottom),
            scale: Scale::of(map),
            ranks: Arc::new(Ranks::of(map.values.iter().copied())),
        }
    }

    /// The smallest and largest finite value.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The layer, its texture among `images`.
    #[must_use]
    pub fn layer(&self, images: &mut Assets<Image>) -> MapLayer {
        MapLayer {
            texture: images.add(self.image.clone()),
            size: self.size,
            region: self.region,
            scale: self.scale,
            ranks: self.ranks.clone(),
        }
    }
}

/// A map in colours ([`crate::saliency::colormap::colour`]) as it is: encoded bytes, one texel
/// per pixel, for shaders that compare or average colours.
#[must_use]
pub fn colours_image(colours: &RgbImage) -> Image {
    let mut image = Image::new_uninit(
        Extent3d {
            width: colours.width().max(1),
            height: colours.height().max(1),
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        TextureFormat::Rgba8Unorm,
        RenderAssetUsages::default(),
    );
    let mut data = with_alpha(colours);
    data.resize(data.len().max(4), 0);
    image.data = Some(data);
    image
}

/// All colour tables, one row each in the order of [`Colormap::ALL`], as encoded sRGB bytes.
#[must_use]
pub(super) fn tables_image() -> Image {
    let data = Colormap::ALL
        .iter()
        .flat_map(|colormap| colormap.table().iter())
        .flat_map(|&[r, g, b]| [r, g, b, 255])
        .collect();
    Image::new(
        Extent3d {
            width: 256,
            height: Colormap::ALL.len() as u32,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        data,
        // Not Srgb: the shader mixes encoded values.
        TextureFormat::Rgba8Unorm,
        RenderAssetUsages::default(),
    )
}

/// The nearest number that is finite; NaN counts as the lowest.
pub(super) fn finite(value: f32) -> f32 {
    if value.is_nan() {
        f32::MIN
    } else {
        value.clamp(f32::MIN, f32::MAX)
    }
}

/// The size of the texture for a picture: within `max_side` and [`MAX_PIXELS`], sides at least 1,
/// in proportion.
fn texture_size((width, height): (u32, u32), max_side: u32) -> (u32, u32) {
    let side = f64::from(max_side.max(1)) / f64::from(width.max(height).max(1));
    let pixels = u64::from(width) * u64::from(height);
    let area = (MAX_PIXELS as f64 / pixels.max(1) as f64).sqrt();
    let factor = side.min(area);
    if factor >= 1.0 {
        return (width, height);
    }
    let shrunk = |length: u32| ((f64::from(length) * factor) as u32).max(1);
    (shrunk(width), shrunk(height))
}

fn with_alpha(picture: &RgbImage) -> Vec<u8> {
    let mut out = Vec::with_capacity(picture.as_raw().len() / 3 * 4);
    for &[r, g, b] in picture.as_raw().as_chunks::<3>().0 {
        out.extend_from_slice(&[r, g, b, 255]);
    }
    out
}

/// Half the width and height (rounded down, at least 1) of RGBA bytes: the mean of 2 x 2 pixels in
/// linear light, as the device filters. `width` and `height` are at least 1.
fn halved(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let light = Light::get();
    let mut out = Vec::with_capacity((width / 2).max(1) * (height / 2).max(1) * 4);
    let mut rows = pixels.chunks_exact(width * 4);
    while let Some(top) = rows.next() {
        // An odd last row is left out, unless it is the only one.
        let bottom = match rows.next() {
            Some(bottom) => bottom,
            None if height == 1 => top,
            None => break,
        };
        if width == 1 {
            let (top, bottom) = (top.as_chunks::<4>().0, bottom.as_chunks::<4>().0);
            for (&a, &b) in top.iter().zip(bottom) {
                out.extend_from_slice(&light.mean([a, a, b, b]));
            }
            continue;
        }
        let (top, bottom) = (top.as_chunks::<8>().0, bottom.as_chunks::<8>().0);
        for (&[r, g, b, a, r2, g2, b2, a2], &[r3, g3, b3, a3, r4, g4, b4, a4]) in
            top.iter().zip(bottom)
        {
            out.extend_from_slice(&light.mean([
                [r, g, b, a],
                [r2, g2, b2, a2],
                [r3, g3, b3, a3],
                [r4, g4, b4, a4],
            ]));
        }
    }
    out
}

/// sRGB to linear light (16 bits) and back, from tables.
struct Light {
    linear: [u32; 256],
    encoded: Vec<u8>,
}

impl Light {
    fn get() -> &'static Self {
        static LIGHT: OnceLock<Light> = OnceLock::new();
        LIGHT.get_or_init(|| Self {
            linear: std::array::from_fn(|byte| {
                let srgb = byte as f32 / 255.0;
                let linear = if srgb <= 0.04045 {
                    srgb / 12.92
                } else {
                    ((srgb + 0.055) / 1.055).powf(2.4)
                };
                (linear * 65535.0).round() as u32
            }),
            encoded: (0..=u16::MAX)
                .map(|light| {
                    let linear = f32::from(light) / 65535.0;
                    let srgb = if linear <= 0.0031308 {
                        linear * 12.92
                    } else {
                        1.055 * linear.powf(1.0 / 2.4) - 0.055
                    };
                    (srgb * 255.0).round() as u8
                })
                .collect(),
        })
    }

    /// The mean of four opaque pixels.
    fn mean(&self, [a, b, c, d]: [[u8; 4]; 4]) -> [u8; 4] {
        let channel = |a: u8, b: u8, c: u8, d: u8| {
            // A table has an entry for each u8.
            let sum: u32 = [a, b, c, d]
                .iter()
                .map(|&byte| self.linear[usize::from(byte)])
                .sum();
            self.encoded
                .get((sum / 4) as usize)
                .copied()
                .unwrap_or(u8::MAX)
        };
        [
            channel(a[0], b[0], c[0], d[0]),
            channel(a[1], b[1], c[1], d[1]),
            channel(a[2], b[2], c[2], d[2]),
            255,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use ndarray::array;

    #[test]
    fn mip_levels_fill_the_texture() {
        let picture = RgbImage::from_fn(7, 3, |x, y| Rgb([x as u8 * 30, y as u8 * 80, 9]));
        let image = picture_image(&picture, SAFE_SIDE);
        // 7x3, 3x1, 1x1
        assert_eq!(image.texture_descriptor.mip_level_count, 3);
        assert_eq!(image.data.as_ref().unwrap().len(), (21 + 3 + 1) * 4);
    }

    #[test]
    fn halving_means_in_linear_light() {
        // Half black, half white is 0.5 in linear light: 188 encoded (0.7354 * 255 = 187.5).
        let pixels = [0, 0, 0, 255, 255, 255, 255, 255];
        assert_eq!(halved(&pixels, 2, 1), [188, 188, 188, 255]);
        assert_eq!(halved(&pixels, 1, 2), [188, 188, 188, 255]);
        // The third row and column are left out.
        let mut nine = [0, 0, 0, 255].repeat(9);
        for white in [0, 4, 2, 5, 6, 7, 8] {
            nine[white * 4..white * 4 + 3].fill(255);
        }
        assert_eq!(halved(&nine, 3, 3), [188, 188, 188, 255]);
        // A flat colour stays what it is, whatever byte it is.
        for byte in 0..=255 {
            let flat = [byte, byte, byte, 255].repeat(4);
            assert_eq!(halved(&flat, 2, 2), [byte, byte, byte, 255]);
        }
    }

    #[test]
    fn long_and_large_pictures_fit_the_device() {
        assert_eq!(texture_size((40_000, 10), 16_384), (16_384, 4));
        assert_eq!(texture_size((10, 40_000), 8_192), (2, 8_192));
        assert_eq!(texture_size((40_000, 1), 8_192), (8_192, 1));
        assert_eq!(texture_size((640, 480), 8_192), (640, 480));
        let (w, h) = texture_size((16_384, 16_384), 16_384);
        assert!(u64::from(w) * u64::from(h) <= MAX_PIXELS && w == h && w > 8000);
        let strip = RgbImage::new(40_000, 10);
        let image = picture_image(&strip, 8_192);
        assert_eq!(image.width(), 8_192);
        assert_eq!(image.height(), 2);
    }

    #[test]
    fn maps_hold_finite_numbers_only() {
        let map = SaliencyMap {
            values: array![[1.5, f32::NAN], [f32::INFINITY, f32::NEG_INFINITY]],
        };
        let image = map_image(&map);
        let values: Vec<f32> = image
            .data
            .as_ref()
            .unwrap()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        assert_eq!(values, [1.5, f32::MIN, f32::MAX, f32::MIN]);
    }
}
