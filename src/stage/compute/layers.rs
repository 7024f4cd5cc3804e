//! Pictures of one size on the device, as the layers of texture arrays that grow.

use wgpu::{Texture, TextureFormat, TextureUsages, TextureView};

use super::{ComputeError, Gpu};

/// Layers of the first array of a stack that grows.
const FIRST: usize = 8;

/// Pictures of four bytes a pixel, in as many texture arrays as they need.
#[derive(Debug)]
pub(super) struct Layers {
    /// Columns and rows.
    pub(super) size: (u32, u32),
    format: TextureFormat,
    arrays: Vec<Texture>,
    /// Most layers of one array.
    most: usize,
    /// How many there will be at least, as far as is known.
    pub(super) room: usize,
    /// How many there are.
    pub(super) count: usize,
}

impl Layers {
    /// No pictures yet, of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`ComputeError::Nothing`] for empty pictures, [`ComputeError::TooLarge`] beyond the device's
    /// largest texture.
    pub(super) fn new(
        gpu: &Gpu,
        (rows, columns): (usize, usize),
        format: TextureFormat,
        most: usize,
    ) -> Result<Self, ComputeError> {
        if rows * columns == 0 {
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
        Ok(Self {
            size: (columns as u32, rows as u32),
            format,
            arrays: Vec::new(),
            most: most.clamp(1, limits.max_texture_array_layers as usize),
            room: 0,
            count: 0,
        })
    }

    /// Rows and columns.
    pub(super) fn dim(&self) -> (usize, usize) {
        (self.size.1 as usize, self.size.0 as usize)
    }

    fn held(&self) -> usize {
        let layers = self.arrays.iter().map(Texture::depth_or_array_layers);
        layers.map(|layers| layers as usize).sum()
    }

    /// Uploads one more: four bytes a pixel, row by row.
    pub(super) fn push(&mut self, gpu: &Gpu, bytes: &[u8]) {
        let (columns, rows) = self.size;
        let mut held = self.held();
        if self.count == held {
            // As many as are known to come, else as many again as there are.
            let wanted = match self.room.saturating_sub(held) {
                0 => held.max(FIRST),
                known => known,
            };
            let layers = wanted.min(self.most);
            self.arrays
                .push(gpu.device.create_texture(&wgpu::TextureDescriptor {
                    label: Some("maps"),
                    size: wgpu::Extent3d {
                        width: columns,
                        height: rows,
                        depth_or_array_layers: layers as u32,
                    },
                    mip_level_count: 1,
                    sample_count: 1,
                    dimension: wgpu::TextureDimension::D2,
                    format: self.format,
                    usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
                    view_formats: &[],
                }));
            held += layers;
        }
        let Some(texture) = self.arrays.last() else {
            return;
        };
        let layer = texture.depth_or_array_layers() - (held - self.count) as u32;
        let mut to = texture.as_image_copy();
        to.origin.z = layer;
        gpu.queue.write_texture(
            to,
            bytes,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(columns * 4),
                rows_per_image: Some(rows),
            },
            wgpu::Extent3d {
                width: columns,
                height: rows,
                depth_or_array_layers: 1,
            },
        );
        self.count += 1;
    }

    /// Each array with how many of its layers are filled.
    pub(super) fn filled(&self) -> impl Iterator<Item = (TextureView, u32)> {
        let mut left = self.count as u32;
        self.arrays.iter().map(move |array| {
            let view = array.create_view(&wgpu::TextureViewDescriptor {
                dimension: Some(wgpu::TextureViewDimension::D2Array),
                ..Default::default()
            });
            let layers = left.min(array.depth_or_array_layers());
            left -= layers;
            (view, layers)
        })
    }
}
