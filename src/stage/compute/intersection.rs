//! Counting where two maps agree, on the device: `shaders/intersection_count.wgsl`.

use image::RgbImage;
use ndarray::ArrayView2;
use wgpu::{Buffer, ComputePipeline};

use super::{ComputeError, Gpu, bytes_of, counting_grid, label_bytes};
use crate::compare::BandMap;
use crate::compare::intersection::{Count, Counts};
use crate::saliency::colormap::Scale;

/// The pipelines of the pass; make them once.
#[derive(Debug)]
pub struct IntersectionPass {
    colours: ComputePipeline,
    values: ComputePipeline,
}

/// Two maps on the device, ready to be counted at any delta.
#[derive(Debug)]
pub struct MapPair {
    a: Buffer,
    b: Buffer,
    labels: Buffer,
    has_labels: bool,
    by_value: bool,
    pixels: usize,
}

impl IntersectionPass {
    /// Compiles the shader.
    #[must_use]
    pub fn new(gpu: &Gpu) -> Self {
        let file = "intersection_count.wgsl";
        let wgsl = include_str!("../../../shaders/intersection_count.wgsl");
        Self {
            colours: gpu.pipeline(file, wgsl, "count_colours"),
            values: gpu.pipeline(file, wgsl, "count_values"),
        }
    }

    /// Uploads two coloured maps of one size, and the bands by which to count.
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`] and [`ComputeError::TooLarge`].
    pub fn colours(
        gpu: &Gpu,
        a: &RgbImage,
        b: &RgbImage,
        bands: Option<&BandMap>,
    ) -> Result<MapPair, ComputeError> {
        let words = |picture: &RgbImage| -> Vec<u32> {
            picture
                .pixels()
                .map(|pixel| {
                    let [r, g, b] = pixel.0;
                    u32::from_le_bytes([r, g, b, 0])
                })
                .collect()
        };
        MapPair::new(gpu, &words(a), &words(b), bands, false)
    }

    /// Uploads two maps of one size, each with the scale that puts its values on 0 to 1.
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`] and [`ComputeError::TooLarge`].
    pub fn values(
        gpu: &Gpu,
        a: (ArrayView2<'_, f32>, Scale),
        b: (ArrayView2<'_, f32>, Scale),
        bands: Option<&BandMap>,
    ) -> Result<MapPair, ComputeError> {
        // Scaled here, because devices may round a division differently.
        let words = |(values, scale): (ArrayView2<'_, f32>, Scale)| -> Vec<u32> {
            values
                .iter()
                .map(|&value| scale.share(value).to_bits())
                .collect()
        };
        MapPair::new(gpu, &words(a), &words(b), bands, true)
    }

    /// Counts the pixels that agree within `delta`: the same numbers as
    /// [`crate::compare::intersection::of_colours`] or `of_values`.
    ///
    /// # Errors
    /// [`ComputeError::Readback`] when the device was lost.
    pub fn count(&self, gpu: &Gpu, pair: &MapPair, delta: u8) -> Result<Counts, ComputeError> {
        let (groups, stride) = counting_grid(pair.pixels);
        let job = gpu.uniform(&[pair.pixels as u32, u32::from(delta), stride, 0]);
        let totals = gpu.zeros("intersection totals", 10)?;
        let pipeline = if pair.by_value {
            &self.values
        } else {
            &self.colours
        };
        let bound = gpu.bind(
            pipeline,
            &[
                job.as_entire_binding(),
                pair.a.as_entire_binding(),
                pair.b.as_entire_binding(),
                pair.labels.as_entire_binding(),
                totals.as_entire_binding(),
            ],
        );
        let words = gpu.run(&[(bound, groups)], &[&totals])?;
        let words = words.first().map_or(&[][..], Vec::as_slice);
        let (agree, pixels) = words.split_at(words.len() / 2);
        let mut counts = Counts::default();
        for ((count, &agree), &pixels) in counts.by_label.iter_mut().zip(agree).zip(pixels) {
            *count = Count {
                agree: u64::from(agree),
                pixels: u64::from(pixels),
            };
            counts.all.agree += count.agree;
            counts.all.pixels += count.pixels;
        }
        if !pair.has_labels {
            counts.by_label = Default::default();
        }
        Ok(counts)
    }
}

impl MapPair {
    fn new(
        gpu: &Gpu,
        a: &[u32],
        b: &[u32],
        bands: Option<&BandMap>,
        by_value: bool,
    ) -> Result<Self, ComputeError> {
        if a.len() != b.len() {
            return Err(ComputeError::SizesDiffer(a.len(), b.len()));
        }
        let labels = match bands {
            Some(bands) => label_bytes(bands.labels().iter().copied()),
            None => label_bytes(std::iter::repeat_n(0, a.len())),
        };
        if let Some(bands) = bands
            && bands.labels().len() != a.len()
        {
            return Err(ComputeError::SizesDiffer(a.len(), bands.labels().len()));
        }
        // A binding has at least one word, also for a map without pixels.
        let filled = |words: &[u32]| {
            let mut bytes = bytes_of(words);
            bytes.resize(bytes.len().max(4), 0);
            bytes
        };
        Ok(Self {
            a: gpu.storage("map a", &filled(a))?,
            b: gpu.storage("map b", &filled(b))?,
            labels: gpu.storage("bands", &labels)?,
            has_labels: bands.is_some(),
            by_value,
            pixels: a.len(),
        })
    }
}
