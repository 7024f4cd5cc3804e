//! From a picture to what a network is fed: cut, resized, normalised.

use image::RgbImage;
use ndarray::{Array, Array2, Array3, Axis, Dimension, Slice};

use super::spec::{Channels, ModelSpec};
use crate::picture::{Framing, Picture, Region, padded, resize};

/// A picture as a network sees it.
#[derive(Debug, Clone)]
pub struct Preprocessed {
    /// `[height, width, channels]` in network units and the network's channel order.
    pub input: Array3<f32>,
    /// The same before normalisation, red first: what to lay a map over.
    pub pixels: RgbImage,
    /// The part of the picture this is.
    pub region: Region,
    /// Where in the input that part lies: all of it, but for a padded picture.
    pub content: Region,
}

impl Preprocessed {
    /// The pixels without the ground that was added.
    #[must_use]
    pub fn shown(&self) -> RgbImage {
        let c = self.content;
        image::imageops::crop_imm(&self.pixels, c.x, c.y, c.width, c.height).to_image()
    }

    /// A map of the input (height, width first) without the ground that was added.
    #[must_use]
    pub fn without_ground<D: Dimension>(&self, map: Array<f32, D>) -> Array<f32, D> {
        let c = self.content;
        let mut part = map.view();
        for (axis, from, length) in [(0, c.y, c.height), (1, c.x, c.width)] {
            let end = (from + length) as usize;
            if axis < part.ndim() && end <= part.len_of(Axis(axis)) {
                part.slice_axis_inplace(Axis(axis), Slice::from(from as usize..end));
            }
        }
        if part.shape() == map.shape() {
            return map;
        }
        part.as_standard_layout().into_owned()
    }

    /// A map of what is shown, with the least of its values on the ground that was added.
    #[must_use]
    pub fn with_ground(&self, map: Array2<f32>) -> Array2<f32> {
        let c = self.content;
        let whole = (self.pixels.height() as usize, self.pixels.width() as usize);
        let fits = map.dim() == (c.height as usize, c.width as usize);
        if !fits || map.dim() == whole {
            return map;
        }
        let least = map.iter().copied().fold(f32::INFINITY, f32::min);
        let mut ground = Array2::from_elem(whole, least);
        let (x, y) = (c.x as usize, c.y as usize);
        for ((row, column), value) in map.indexed_iter() {
            if let Some(place) = ground.get_mut((row + y, column + x)) {
                *place = *value;
            }
        }
        ground
    }
}

impl ModelSpec {
    /// Cuts, resizes and normalises `picture` for an input of `shape` (`[height, width, channels]`;
    /// one channel gets the luma of ITU-R 601).
    #[must_use]
    pub fn preprocess(
        &self,
        picture: &Picture,
        shape: [usize; 3],
        framing: Framing,
    ) -> Preprocessed {
        let [height, width, _] = shape;
        let region = Region::seen(picture.size(), [height, width], framing, self.crop);
        let content = match framing {
            Framing::Padded => padded(picture.size(), [height, width]),
            _ => Region {
                x: 0,
                y: 0,
                width: width as u32,
                height: height as u32,
            },
        };
        let size = [content.width, content.height];
        let mut pixels = resize(picture, region, size, self.resample);
        if size != [width as u32, height as u32] {
            let mut ground =
                RgbImage::from_pixel(width as u32, height as u32, image::Rgb(self.pad));
            let (x, y) = (i64::from(content.x), i64::from(content.y));
            image::imageops::replace(&mut ground, &pixels, x, y);
            pixels = ground;
        }
        Preprocessed {
            input: self.normalise(&pixels, shape),
            pixels,
            region,
            content,
        }
    }

    /// Pixels in network units; see [`Self::preprocess`].
    #[must_use]
    pub fn normalise(&self, pixels: &RgbImage, shape: [usize; 3]) -> Array3<f32> {
        let channels = shape[2];
        let source = self.sources();
        let [width, height] = [shape[1] as u32, shape[0] as u32];
        if channels == 3 && pixels.dimensions() == (width, height) {
            let unit =
                |pixel: &[u8; 3]| [0, 1, 2].map(|c| self.unit(f32::from(pixel[source[c]]), c));
            let (all, _) = pixels.as_raw().as_chunks::<3>();
            let values: Vec<f32> = all.iter().flat_map(unit).collect();
            if let Ok(values) = Array3::from_shape_vec(shape, values) {
                return values;
            }
        }
        Array3::from_shape_fn(shape, |(y, x, c)| {
            let pixel = pixels.get_pixel(x as u32, y as u32).0;
            let value = if channels == 3 {
                f32::from(pixel[source[c]])
            } else {
                0.299 * f32::from(pixel[0])
                    + 0.587 * f32::from(pixel[1])
                    + 0.114 * f32::from(pixel[2])
            };
            self.unit(value, c)
        })
    }

    /// A pure gray of `level` (0..=255) in network units, `[height, width, channels]`.
    #[must_use]
    pub fn flat(&self, level: f32, shape: [usize; 3]) -> Array3<f32> {
        Array3::from_shape_fn(shape, |(_, _, c)| self.unit(level, c))
    }

    /// Which of red, green, blue each network channel is.
    fn sources(&self) -> [usize; 3] {
        match self.channels {
            Channels::Rgb => [0, 1, 2],
            Channels::Bgr => [2, 1, 0],
        }
    }

    fn unit(&self, value: f32, channel: usize) -> f32 {
        let c = channel.min(2);
        (value - self.mean[c]) / self.std[c]
    }

    /// An attribution in the network's channel order, turned to red first.
    #[must_use]
    pub fn to_rgb(&self, pixels: Array3<f32>) -> Array3<f32> {
        match self.channels {
            Channels::Bgr if pixels.dim().2 == 3 => {
                let mut pixels = pixels;
                pixels.invert_axis(ndarray::Axis(2));
                pixels.as_standard_layout().into_owned()
            }
            _ => pixels,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::spec::{ModelEntry, ModelOverrides};
    use super::*;

    fn spec(channels: Channels) -> ModelSpec {
        let entry = ModelEntry {
            mean: Some([10.0, 20.0, 30.0]),
            std: Some([2.0, 4.0, 5.0]),
            channels: Some(channels),
            ..Default::default()
        };
        ModelSpec::settle(Path::new("n.onnx"), &entry, &ModelOverrides::default()).unwrap()
    }

    #[test]
    fn channels_are_ordered_before_they_are_normalised() {
        let picture =
            Picture::from_pixels("p", RgbImage::from_pixel(8, 8, image::Rgb([100, 60, 40])));
        let rgb = spec(Channels::Rgb).preprocess(&picture, [4, 4, 3], Framing::Square);
        assert_eq!(rgb.input.dim(), (4, 4, 3));
        assert_eq!(
            [
                rgb.input[[1, 2, 0]],
                rgb.input[[1, 2, 1]],
                rgb.input[[1, 2, 2]]
            ],
            [45.0, 10.0, 2.0]
        );
        let bgr = spec(Channels::Bgr).preprocess(&picture, [4, 4, 3], Framing::Square);
        assert_eq!(
            [
                bgr.input[[0, 0, 0]],
                bgr.input[[0, 0, 1]],
                bgr.input[[0, 0, 2]]
            ],
            [15.0, 10.0, 14.0]
        );
        let turned = spec(Channels::Bgr).to_rgb(bgr.input.clone());
        assert_eq!(turned[[0, 0, 0]], bgr.input[[0, 0, 2]]);
        assert_eq!(turned[[3, 3, 2]], bgr.input[[3, 3, 0]]);
    }

    #[test]
    fn a_gray_network_gets_luma() {
        let picture =
            Picture::from_pixels("p", RgbImage::from_pixel(4, 4, image::Rgb([255, 0, 0])));
        let gray = spec(Channels::Rgb).preprocess(&picture, [4, 4, 1], Framing::Square);
        assert!((gray.input[[0, 0, 0]] - (255.0 * 0.299 - 10.0) / 2.0).abs() < 1e-3);
    }
}
