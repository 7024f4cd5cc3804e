//! The paper's average of coloured maps on the device: `shaders/average_colours.wgsl`.

use image::RgbImage;
use wgpu::{ComputePipeline, TextureFormat};

use super::average::TILE;
use super::layers::Layers;
use super::{Bound, ComputeError, Gpu};

/// The pipelines of the pass; make them once.
#[derive(Debug)]
pub struct ColoursPass {
    add_colours: ComputePipeline,
    take_mean: ComputePipeline,
}

/// Coloured maps of one size on the device.
#[derive(Debug)]
pub struct ColourStack(Layers);

impl ColourStack {
    /// Uploads the first picture, with at most `layers` in one array (1 to the device's limit).
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] for an empty picture, [`ComputeError::TooLarge`] beyond the
    /// device's largest texture.
    pub fn start(gpu: &Gpu, picture: &RgbImage, layers: usize) -> Result<Self, ComputeError> {
        let dim = (picture.height() as usize, picture.width() as usize);
        let mut stack = Self(Layers::new(gpu, dim, TextureFormat::Rgba8Uint, layers)?);
        stack.push(gpu, picture)?;
        Ok(stack)
    }

    /// Uploads one more picture of the same size.
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`].
    pub fn push(&mut self, gpu: &Gpu, picture: &RgbImage) -> Result<(), ComputeError> {
        if picture.dimensions() != self.0.size {
            let (columns, rows) = self.0.size;
            let pixels = |columns: u32, rows: u32| columns as usize * rows as usize;
            return Err(ComputeError::SizesDiffer(
                pixels(columns, rows),
                pixels(picture.width(), picture.height()),
            ));
        }
        let bytes: Vec<u8> = picture
            .pixels()
            .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255])
            .collect();
        self.0.push(gpu, &bytes);
        Ok(())
    }
}

impl ColoursPass {
    /// Compiles the shader.
    #[must_use]
    pub fn new(gpu: &Gpu) -> Self {
        let wgsl = include_str!("../../../shaders/average_colours.wgsl");
        let pipeline = |entry| gpu.pipeline("average_colours.wgsl", wgsl, entry);
        Self {
            add_colours: pipeline("add_colours"),
            take_mean: pipeline("take_mean"),
        }
    }

    /// Averages the pictures whose tick is true (those without a tick count as not ticked): the
    /// same bytes as [`crate::compare::average_colours`].
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] when none is ticked, [`ComputeError::TooLarge`],
    /// [`ComputeError::Readback`].
    pub fn average(
        &self,
        gpu: &Gpu,
        stack: &ColourStack,
        ticks: &[bool],
    ) -> Result<RgbImage, ComputeError> {
        let ticked: Vec<u32> = (0..stack.0.count)
            .map(|picture| u32::from(ticks.get(picture).copied().unwrap_or(false)))
            .collect();
        let pictures = ticked.iter().sum::<u32>();
        if pictures == 0 {
            return Err(ComputeError::Nothing);
        }
        let (columns, rows) = stack.0.size;
        let ticked = gpu.storage("ticks", &super::bytes_of(&ticked))?;
        let sums = gpu.zeros("sums", 3 * u64::from(columns) * u64::from(rows))?;
        let groups = (columns.div_ceil(TILE), rows.div_ceil(TILE));
        let job = |layers, first| gpu.uniform(&[columns, rows, layers, first, pictures, 0, 0, 0]);
        let mut steps: Vec<(Bound, (u32, u32))> = Vec::new();
        let mut first = 0;
        for (view, layers) in stack.0.filled() {
            let job = job(layers, first);
            let entries = [
                (0, job.as_entire_binding()),
                (1, wgpu::BindingResource::TextureView(&view)),
                (2, ticked.as_entire_binding()),
                (3, sums.as_entire_binding()),
            ];
            steps.push((gpu.bind_at(&self.add_colours, &entries), groups));
            first += layers;
        }
        let last = job(0, 0);
        let entries = [(0, last.as_entire_binding()), (3, sums.as_entire_binding())];
        steps.push((gpu.bind_at(&self.take_mean, &entries), groups));
        let words = gpu.run(&steps, &[&sums])?.into_iter().next();
        let bytes = words.unwrap_or_default().into_iter();
        RgbImage::from_raw(columns, rows, bytes.map(|word| word as u8).collect())
            .ok_or(ComputeError::Nothing)
    }
}
