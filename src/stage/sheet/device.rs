//! The sheet on the graphics device: its textures, what is uploaded to them, and the two draws.

use std::sync::Arc;

use bevy::math::URect;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::util::{BufferInitDescriptor, DeviceExt as _};
use wgpu::{
    BindGroup, BindGroupLayout, Buffer, BufferUsages, Device, Queue, RenderPass, RenderPipeline,
    Sampler, Texture, TextureFormat, TextureView, TextureViewDimension,
};

use crate::collection::sheet::{FULL_MAP_LEVELS, FULL_MAP_SIDE, Mosaic};
use crate::collection::{SIDE, THUMBNAIL_SIDE, TILE_SIDE};

use super::pipelines::{layout, pipelines};
use super::textures::{flat, place, put, tables, texture};
use super::uniforms::{Instance, Look};

/// Sides of the layers that tiles and maps lie in, in texels.
pub(super) const LAYER: u32 = 2048;
/// Tiles of a layer.
pub(super) const TILES: u32 = (LAYER / TILE_SIDE) * (LAYER / TILE_SIDE);
/// Maps of a layer.
pub(super) const MAPS: u32 = (LAYER / SIDE as u32) * (LAYER / SIDE as u32);
/// Copies of a thumbnail, each half as large as the one before, down to one texel.
pub const THUMBNAIL_LEVELS: u32 = THUMBNAIL_SIDE.ilog2() + 1;

/// Sides of pictures that are looked at from near, in texels.
pub const WHOLE_SIDE: u32 = 512;
/// Copies of one, as of a thumbnail.
pub const WHOLE_LEVELS: u32 = WHOLE_SIDE.ilog2() + 1;

/// How much of a sheet one device holds and draws at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Pictures that have a tile on the device; a multiple of 4096.
    pub tiles: u32,
    /// Pictures that have a thumbnail there.
    pub thumbnails: u32,
    /// Pictures that are there as large as [`WHOLE_SIDE`].
    pub wholes: u32,
    /// Pictures whose whole map is there.
    pub full_maps: u32,
    /// Pictures that are drawn one by one; above that the baked sheet is drawn alone.
    pub instances: u32,
    /// Largest side of a texture.
    pub side: u32,
    /// Whether tiles stay compressed.
    pub compressed: bool,
}

impl Capacity {
    /// For drawing in software, or where nothing is known of the device.
    pub const SMALL: Self = Self {
        tiles: 4 * TILES,
        thumbnails: 384,
        wholes: 16,
        full_maps: 96,
        instances: 16_000,
        side: 8192,
        compressed: false,
    };

    /// Of a device; `software` where the processor draws.
    #[must_use]
    pub fn of(device: &RenderDevice, software: bool) -> Self {
        let limits = device.wgpu_device().limits();
        let features = device.wgpu_device().features();
        let compressed = features.contains(wgpu::Features::TEXTURE_COMPRESSION_BC);
        let small = Self {
            thumbnails: Self::SMALL.thumbnails.min(limits.max_texture_array_layers),
            full_maps: Self::SMALL.full_maps.min(limits.max_texture_array_layers),
            side: limits.max_texture_dimension_2d.min(8192),
            compressed,
            ..Self::SMALL
        };
        if software || !compressed {
            return small;
        }
        Self {
            tiles: 16 * TILES,
            thumbnails: 1536.min(limits.max_texture_array_layers),
            wholes: 128.min(limits.max_texture_array_layers),
            full_maps: 256.min(limits.max_texture_array_layers),
            instances: 16 * TILES,
            ..small
        }
    }
}

/// A picture on its way to the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// 32 x 32 texels, BC1 (512 bytes) or RGBA as [`Capacity::compressed`] says, and the map of it:
    /// 16 x 16 places of two bytes; see [`crate::collection::sheet::shaded`].
    Tile {
        /// Its place.
        slot: u32,
        /// The texels.
        texels: Vec<u8>,
        /// The map, where there is one.
        map: Option<Vec<u8>>,
    },
    /// 128 x 128 texels RGBA and all smaller copies.
    Thumbnail {
        /// Its place.
        slot: u32,
        /// A level each.
        levels: Vec<Vec<u8>>,
    },
    /// [`WHOLE_SIDE`] squared and all smaller copies.
    Whole {
        /// Its place.
        slot: u32,
        /// A level each.
        levels: Vec<Vec<u8>>,
    },
    /// A whole map: see [`crate::collection::sheet::shaded_whole`].
    FullMap {
        /// Its place.
        slot: u32,
        /// A level each.
        levels: Vec<Vec<u8>>,
    },
}

impl Upload {
    /// Bytes that go to the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Tile { texels, map, .. } => texels.len() + map.as_ref().map_or(0, Vec::len),
            Self::Thumbnail { levels, .. }
            | Self::Whole { levels, .. }
            | Self::FullMap { levels, .. } => levels.iter().map(Vec::len).sum(),
        }
    }
}

/// What the device holds, and which version of it.
pub(super) struct SheetDevice {
    capacity: Capacity,
    pub(super) epoch: u64,
    format: TextureFormat,
    layout: BindGroupLayout,
    sheet: RenderPipeline,
    cells: RenderPipeline,
    look: Buffer,
    sampler: Sampler,
    tiles: Texture,
    maps: Texture,
    thumbnails: Texture,
    wholes: Texture,
    full_maps: Texture,
    tables: TextureView,
    mosaic: [TextureView; 2],
    mosaic_side: f32,
    mosaic_version: u64,
    instances: Buffer,
    instances_version: u64,
    count: u32,
    group: Option<BindGroup>,
}

impl SheetDevice {
    pub(super) fn new(
        device: &RenderDevice,
        queue: &RenderQueue,
        capacity: Capacity,
        format: TextureFormat,
        epoch: u64,
    ) -> Self {
        let queue: &Queue = &queue.0;
        let device = device.wgpu_device();
        let layout = layout(device);
        let [sheet, cells] = pipelines(device, &layout, format);
        let layered = |label, side, layers, levels, format| {
            texture(device, label, [side, side, layers], levels, format)
        };
        // No format is Srgb: the shader mixes encoded values.
        let tile_format = if capacity.compressed {
            TextureFormat::Bc1RgbaUnorm
        } else {
            TextureFormat::Rgba8Unorm
        };
        let tiles = layered(
            "tiles",
            LAYER,
            capacity.tiles.div_ceil(TILES),
            1,
            tile_format,
        );
        let maps = capacity.tiles.div_ceil(MAPS);
        let maps = layered("maps", LAYER, maps, 1, TextureFormat::Rg8Unorm);
        let thumbnails = layered(
            "thumbnails",
            THUMBNAIL_SIDE,
            capacity.thumbnails.max(1),
            THUMBNAIL_LEVELS,
            TextureFormat::Rgba8Unorm,
        );
        let wholes = layered(
            "wholes",
            WHOLE_SIDE,
            capacity.wholes.max(1),
            WHOLE_LEVELS,
            TextureFormat::Rgba8Unorm,
        );
        let full_maps = layered(
            "full maps",
            FULL_MAP_SIDE,
            capacity.full_maps.max(1),
            FULL_MAP_LEVELS,
            TextureFormat::Rg8Unorm,
        );
        let empty = [vec![0u8; 4]];
        Self {
            capacity,
            epoch,
            format,
            sheet,
            cells,
            look: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("sheet look"),
                size: 128,
                usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("sheet"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                // Mixing two levels costs twice as much in software.
                mipmap_filter: wgpu::MipmapFilterMode::Nearest,
                ..Default::default()
            }),
            tiles,
            maps,
            thumbnails,
            wholes,
            full_maps,
            tables: tables(device, queue),
            mosaic: [TextureFormat::Rgba8Unorm; 2]
                .map(|format| flat(device, queue, "no mosaic", [1, 1], &empty, format)),
            mosaic_side: 1.0,
            mosaic_version: 0,
            instances: instances(device, &[]),
            instances_version: 0,
            count: 0,
            group: None,
            layout,
        }
    }

    /// Whether this is still what a view asks for.
    pub(super) fn fits(&self, capacity: Capacity, format: TextureFormat, epoch: u64) -> bool {
        self.capacity == capacity && self.format == format && self.epoch == epoch
    }

    /// Puts a picture into its place.
    pub(super) fn upload(&self, queue: &RenderQueue, upload: &Upload) {
        let queue: &Queue = &queue.0;
        match upload {
            Upload::Tile { slot, texels, map } => {
                // Rows of blocks of 4 x 4 texels, 8 bytes each, or of texels.
                let row = if self.capacity.compressed {
                    TILE_SIDE / 4 * 8
                } else {
                    TILE_SIDE * 4
                };
                put(
                    queue,
                    &self.tiles,
                    0,
                    place(*slot, TILE_SIDE),
                    TILE_SIDE,
                    row,
                    texels,
                );
                if let Some(map) = map {
                    let side = SIDE as u32;
                    put(
                        queue,
                        &self.maps,
                        0,
                        place(*slot, side),
                        side,
                        2 * side,
                        map,
                    );
                }
            }
            Upload::Thumbnail { slot, levels } => {
                for (level, texels) in (0..THUMBNAIL_LEVELS).zip(levels) {
                    let side = THUMBNAIL_SIDE >> level;
                    let at = [0, 0, *slot];
                    put(queue, &self.thumbnails, level, at, side, side * 4, texels);
                }
            }
            Upload::Whole { slot, levels } => {
                for (level, texels) in (0..WHOLE_LEVELS).zip(levels) {
                    let side = WHOLE_SIDE >> level;
                    let at = [0, 0, *slot];
                    put(queue, &self.wholes, level, at, side, side * 4, texels);
                }
            }
            Upload::FullMap { slot, levels } => {
                for (level, texels) in (0..FULL_MAP_LEVELS).zip(levels) {
                    let side = FULL_MAP_SIDE >> level;
                    let at = [0, 0, *slot];
                    put(queue, &self.full_maps, level, at, side, side * 2, texels);
                }
            }
        }
    }

    /// Takes over what is drawn, where it is another one.
    pub(super) fn update(
        &mut self,
        device: &RenderDevice,
        queue: &RenderQueue,
        look: &Look,
        mosaic: Option<(&Arc<Mosaic>, u64)>,
        drawn: (&[Instance], u64),
    ) {
        let queue: &Queue = &queue.0;
        let device = device.wgpu_device();
        if let Some((mosaic, version)) = mosaic
            && version != self.mosaic_version
        {
            let format = TextureFormat::Rgba8Unorm;
            let size = mosaic.size;
            self.mosaic = [
                flat(device, queue, "mosaic", size, &mosaic.colours, format),
                flat(device, queue, "mosaic of maps", size, &mosaic.maps, format),
            ];
            (self.mosaic_side, self.mosaic_version) = (mosaic.side, version);
            self.group = None;
        }
        let (list, version) = drawn;
        if version != self.instances_version {
            let list = list.get(..self.capacity.instances as usize).unwrap_or(list);
            let words: Vec<u32> = list.iter().flat_map(Instance::words).collect();
            let bytes: &[u8] = bytemuck::cast_slice(&words);
            if bytes.len() as u64 <= self.instances.size() {
                queue.write_buffer(&self.instances, 0, bytes);
            } else {
                self.instances = instances(device, bytes);
                self.group = None;
            }
            self.count = list.len() as u32;
            self.instances_version = version;
        }
        let words = look.words(self.mosaic_side);
        queue.write_buffer(&self.look, 0, bytemuck::cast_slice(&words));
        if self.group.is_none() {
            self.group = Some(self.bind(device));
        }
    }

    fn bind(&self, device: &Device) -> BindGroup {
        let layered = |texture: &Texture| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                dimension: Some(TextureViewDimension::D2Array),
                ..Default::default()
            })
        };
        let views = [
            &self.tiles,
            &self.maps,
            &self.thumbnails,
            &self.wholes,
            &self.full_maps,
        ];
        let views = views.map(layered);
        let [tiles, maps, thumbnails, wholes, full_maps] = &views;
        let [mosaic, mosaic_maps] = &self.mosaic;
        let textures = [tiles, maps, thumbnails, &self.tables, mosaic, mosaic_maps];
        let resources = [
            self.look.as_entire_binding(),
            self.instances.as_entire_binding(),
        ]
        .into_iter()
        .chain(textures.map(wgpu::BindingResource::TextureView))
        .chain([
            wgpu::BindingResource::Sampler(&self.sampler),
            wgpu::BindingResource::TextureView(wholes),
            wgpu::BindingResource::TextureView(full_maps),
        ]);
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("sheet"),
            layout: &self.layout,
            entries: &entries,
        })
    }

    /// Draws into `area` (physical pixels) of a target of `size`; the baked sheet where `baked`.
    pub(super) fn draw(&self, pass: &mut RenderPass<'_>, area: URect, size: [u32; 2], baked: bool) {
        let area = area.intersect(URect::new(0, 0, size[0], size[1]));
        let Some(group) = self.group.as_ref().filter(|_| !area.is_empty()) else {
            return;
        };
        let (at, extent) = (area.min, area.size());
        pass.set_viewport(
            at.x as f32,
            at.y as f32,
            extent.x as f32,
            extent.y as f32,
            0.0,
            1.0,
        );
        pass.set_scissor_rect(at.x, at.y, extent.x, extent.y);
        pass.set_bind_group(0, group, &[]);
        if baked {
            pass.set_pipeline(&self.sheet);
            pass.draw(0..4, 0..1);
        }
        if self.count > 0 {
            pass.set_pipeline(&self.cells);
            pass.draw(0..4, 0..self.count);
        }
    }
}

fn instances(device: &Device, bytes: &[u8]) -> Buffer {
    // Room for one at least: a buffer without bytes cannot be bound.
    let mut contents = bytes.to_vec();
    contents.resize(bytes.len().max(1024).next_power_of_two(), 0);
    device.create_buffer_init(&BufferInitDescriptor {
        label: Some("pictures of a sheet"),
        contents: &contents,
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
    })
}
