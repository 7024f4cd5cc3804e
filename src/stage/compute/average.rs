//! Mean and spread of many maps on the device: `shaders/average.wgsl`.

use ndarray::{Array2, ArrayView2};
use wgpu::{ComputePipeline, TextureFormat};

use super::layers::Layers;
use super::{Bound, ComputeError, Gpu};
use crate::compare::Average;

/// Side of a workgroup of the shader, pixels.
pub(super) const TILE: u32 = 16;

/// The pipelines of the pass; make them once.
#[derive(Debug)]
pub struct AveragePass {
    add_mean: ComputePipeline,
    add_variance: ComputePipeline,
    take_root: ComputePipeline,
}

/// Maps of one size on the device, as the layers of as many texture arrays as they need.
#[derive(Debug)]
pub struct MapStack(Layers);

impl MapStack {
    /// Uploads maps of one size. Ticking them on and off later uploads nothing.
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] without maps, [`ComputeError::SizesDiffer`] (resize them first),
    /// [`ComputeError::TooLarge`] beyond the device's largest texture.
    pub fn new(gpu: &Gpu, maps: &[ArrayView2<'_, f32>]) -> Result<Self, ComputeError> {
        let layers = gpu.device.limits().max_texture_array_layers;
        Self::with_layers(gpu, maps, layers as usize)
    }

    /// The same with at most `layers` maps in one array, from 1 to the device's limit.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_layers(
        gpu: &Gpu,
        maps: &[ArrayView2<'_, f32>],
        layers: usize,
    ) -> Result<Self, ComputeError> {
        let first = maps.first().ok_or(ComputeError::Nothing)?;
        let mut stack = Layers::new(gpu, first.dim(), TextureFormat::R32Float, layers)?;
        stack.room = maps.len();
        let mut stack = Self(stack);
        for map in maps {
            stack.push(gpu, *map)?;
        }
        Ok(stack)
    }

    /// Uploads one more map of the same size.
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`].
    pub fn push(&mut self, gpu: &Gpu, map: ArrayView2<'_, f32>) -> Result<(), ComputeError> {
        let (rows, columns) = self.0.dim();
        if map.dim() != (rows, columns) {
            return Err(ComputeError::SizesDiffer(rows * columns, map.len()));
        }
        let bytes: Vec<u8> = map.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.0.push(gpu, &bytes);
        Ok(())
    }

    /// How many maps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.count
    }

    /// True without maps, which [`Self::new`] refuses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.count == 0
    }
}

impl AveragePass {
    /// Compiles the shader.
    #[must_use]
    pub fn new(gpu: &Gpu) -> Self {
        let wgsl = include_str!("../../../shaders/average.wgsl");
        let pipeline = |entry| gpu.pipeline("average.wgsl", wgsl, entry);
        Self {
            add_mean: pipeline("add_mean"),
            add_variance: pipeline("add_variance"),
            take_root: pipeline("take_root"),
        }
    }

    /// Averages the maps whose tick is true (those without a tick count as not ticked): the same
    /// as [`crate::compare::average`] to about 1e-6 of the largest value.
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] when none is ticked, [`ComputeError::TooLarge`],
    /// [`ComputeError::Readback`].
    pub fn average(
        &self,
        gpu: &Gpu,
        stack: &MapStack,
        ticks: &[bool],
    ) -> Result<Average, ComputeError> {
        let ticked: Vec<u32> = (0..stack.len())
            .map(|map| u32::from(ticks.get(map).copied().unwrap_or(false)))
            .collect();
        let maps = ticked.iter().filter(|&&tick| tick != 0).count();
        if maps == 0 {
            return Err(ComputeError::Nothing);
        }
        let (columns, rows) = stack.0.size;
        let pixels = u64::from(columns) * u64::from(rows);
        let ticked = gpu.storage("ticks", &super::bytes_of(&ticked))?;
        let mean = gpu.zeros("mean", pixels)?;
        let spread = gpu.zeros("spread", pixels)?;
        let groups = (columns.div_ceil(TILE), rows.div_ceil(TILE));

        let job = |layers: u32, first: u32| {
            let maps = (maps as f32).to_bits();
            gpu.uniform(&[columns, rows, layers, first, maps, 0, 0, 0])
        };
        let mut parts = Vec::new();
        let mut first = 0;
        for (view, layers) in stack.0.filled() {
            parts.push((job(layers, first), view));
            first += layers;
        }
        let mut steps: Vec<(Bound, (u32, u32))> = Vec::with_capacity(parts.len() * 2 + 1);
        for (job, view) in &parts {
            // An entry point binds what it uses, no more.
            let entries = [
                (0, job.as_entire_binding()),
                (1, wgpu::BindingResource::TextureView(view)),
                (2, ticked.as_entire_binding()),
                (3, mean.as_entire_binding()),
            ];
            steps.push((gpu.bind_at(&self.add_mean, &entries), groups));
        }
        for (job, view) in &parts {
            let entries = [
                (0, job.as_entire_binding()),
                (1, wgpu::BindingResource::TextureView(view)),
                (2, ticked.as_entire_binding()),
                (3, mean.as_entire_binding()),
                (4, spread.as_entire_binding()),
            ];
            steps.push((gpu.bind_at(&self.add_variance, &entries), groups));
        }
        let last = job(0, 0);
        let entries = [
            (0, last.as_entire_binding()),
            (4, spread.as_entire_binding()),
        ];
        steps.push((gpu.bind_at(&self.take_root, &entries), groups));

        let size = (rows as usize, columns as usize);
        let mut results = gpu.run(&steps, &[&mean, &spread])?.into_iter();
        let mut next = || {
            let words = results.next().unwrap_or_default();
            let values = words.into_iter().map(f32::from_bits).collect();
            Array2::from_shape_vec(size, values).map_err(|_| ComputeError::Nothing)
        };
        Ok(Average {
            mean: next()?,
            spread: next()?,
            maps,
        })
    }
}
