//! Mean and spread of many maps on the device: `shaders/average.wgsl`.

use ndarray::{Array2, ArrayView2};
use wgpu::{ComputePipeline, Texture, TextureFormat, TextureUsages};

use super::{Bound, ComputeError, Gpu};
use crate::compare::Average;

/// Side of a workgroup of the shader, pixels.
const TILE: u32 = 16;

/// The pipelines of the pass; make them once.
#[derive(Debug)]
pub struct AveragePass {
    add_mean: ComputePipeline,
    add_variance: ComputePipeline,
    take_root: ComputePipeline,
}

/// Maps of one size on the device, as the layers of as many texture arrays as they need.
#[derive(Debug)]
pub struct MapStack {
    /// Columns and rows.
    size: (u32, u32),
    arrays: Vec<Texture>,
    maps: usize,
}

impl MapStack {
    /// Uploads maps of one size. Ticking them on and off later uploads nothing.
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] without maps, [`ComputeError::SizesDiffer`] (resize them first),
    /// [`ComputeError::TooLarge`] beyond the device's largest texture.
    pub fn new(gpu: &Gpu, maps: &[ArrayView2<'_, f32>]) -> Result<Self, ComputeError> {
        let layers = gpu.device.limits().max_texture_array_layers as usize;
        Self::with_layers(gpu, maps, layers)
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
        let (rows, columns) = first.dim();
        if let Some(other) = maps.iter().find(|map| map.dim() != first.dim()) {
            return Err(ComputeError::SizesDiffer(first.len(), other.len()));
        }
        if first.is_empty() {
            return Err(ComputeError::Nothing);
        }
        let limits = gpu.device.limits();
        let side = rows.max(columns) as u64;
        let longest = u64::from(limits.max_texture_dimension_2d);
        if side > longest {
            return Err(ComputeError::TooLarge {
                needed: side * 4,
                limit: longest * 4,
            });
        }
        let size = (columns as u32, rows as u32);
        let layers = layers.clamp(1, limits.max_texture_array_layers as usize);
        let arrays = maps
            .chunks(layers)
            .map(|part| upload(gpu, size, part))
            .collect();
        Ok(Self {
            size,
            arrays,
            maps: maps.len(),
        })
    }

    /// How many maps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.maps
    }

    /// True without maps, which [`Self::new`] refuses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.maps == 0
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
        let ticked: Vec<u32> = (0..stack.maps)
            .map(|map| u32::from(ticks.get(map).copied().unwrap_or(false)))
            .collect();
        let maps = ticked.iter().filter(|&&tick| tick != 0).count();
        if maps == 0 {
            return Err(ComputeError::Nothing);
        }
        let (columns, rows) = stack.size;
        let pixels = u64::from(columns) * u64::from(rows);
        let ticked = gpu.storage("ticks", &super::bytes_of(&ticked))?;
        let mean = gpu.zeros("mean", pixels)?;
        let spread = gpu.zeros("spread", pixels)?;
        let groups = (columns.div_ceil(TILE), rows.div_ceil(TILE));

        let job = |layers: u32, first: u32| {
            let maps = (maps as f32).to_bits();
            gpu.uniform(&[columns, rows, layers, first, maps, 0, 0, 0])
        };
        let mut parts = Vec::with_capacity(stack.arrays.len());
        let mut first = 0;
        for array in &stack.arrays {
            let layers = array.depth_or_array_layers();
            let view = array.create_view(&wgpu::TextureViewDescriptor {
                dimension: Some(wgpu::TextureViewDimension::D2Array),
                ..Default::default()
            });
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

fn upload(gpu: &Gpu, (columns, rows): (u32, u32), maps: &[ArrayView2<'_, f32>]) -> Texture {
    let extent = wgpu::Extent3d {
        width: columns,
        height: rows,
        depth_or_array_layers: maps.len() as u32,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("maps"),
        size: extent,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: TextureFormat::R32Float,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (layer, map) in (0..).zip(maps) {
        let bytes: Vec<u8> = map.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut to = texture.as_image_copy();
        to.origin.z = layer;
        gpu.queue.write_texture(
            to,
            &bytes,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(columns * 4),
                rows_per_image: Some(rows),
            },
            wgpu::Extent3d {
                depth_or_array_layers: 1,
                ..extent
            },
        );
    }
    texture
}
