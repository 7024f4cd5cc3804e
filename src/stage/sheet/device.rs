//! The sheet on the graphics device: its textures, what is uploaded to them, and the two draws.

use std::sync::Arc;

use bevy::math::{URect, Vec2};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::util::{BufferInitDescriptor, DeviceExt as _};
use wgpu::{
    BindGroup, BindGroupLayout, Buffer, BufferUsages, Device, Extent3d, Queue, RenderPass,
    RenderPipeline, Sampler, Texture, TextureFormat, TextureUsages, TextureView,
    TextureViewDimension,
};

use crate::collection::sheet::Mosaic;
use crate::collection::{SIDE, THUMBNAIL_SIDE, TILE_SIDE};
use crate::saliency::colormap::Colormap;

/// Sides of the layers that tiles and maps lie in, in texels.
const LAYER: u32 = 2048;
/// Tiles of a layer.
const TILES: u32 = (LAYER / TILE_SIDE) * (LAYER / TILE_SIDE);
/// Maps of a layer.
const MAPS: u32 = (LAYER / SIDE as u32) * (LAYER / SIDE as u32);
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
            instances: 16 * TILES,
            ..small
        }
    }
}

/// One picture of a sheet, as the shader takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instance {
    /// The top left of its cell.
    pub cell: Vec2,
    /// The side of it.
    pub side: f32,
    /// Where it was when a change began, in cells.
    pub from: Vec2,
    /// And how large.
    pub from_side: f32,
    /// Its place among the tiles.
    pub tile: Option<u32>,
    /// Its place among the thumbnails.
    pub thumbnail: Option<u32>,
    /// Its place among those that are large.
    pub whole: Option<u32>,
    /// What is marked on it: sums of the constants here.
    pub style: u32,
    /// Width by height.
    pub aspect: f32,
    /// The part of its width and height, around the middle, that its map covers.
    pub region: Vec2,
}

impl Instance {
    /// It is chosen.
    pub const SELECTED: u32 = 1;
    /// The keyboard is on it.
    pub const FOCUSED: u32 = 2;
    /// It cannot be read.
    pub const BROKEN: u32 = 4;
    /// There is a map of it.
    pub const HAS_MAP: u32 = 8;
    /// The network's answer is another one than the label.
    pub const WRONG: u32 = 16;

    /// Its place is one among those that are large.
    const WHOLE: u32 = 32;

    fn words(&self) -> [u32; 12] {
        let f = f32::to_bits;
        let style = self.style | self.whole.map_or(0, |_| Self::WHOLE);
        let slot = |slot: Option<u32>| slot.unwrap_or(u32::MAX);
        [
            f(self.cell.x),
            f(self.cell.y),
            f(self.from.x),
            f(self.from.y),
            slot(self.tile),
            slot(self.whole.or(self.thumbnail)),
            style,
            f(self.from_side),
            f(self.aspect),
            f(self.region.x),
            f(self.region.y),
            f(self.side),
        ]
    }
}

/// How a sheet is drawn in a frame: all that sliders and the camera change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The cell at the area's top left corner.
    pub origin: Vec2,
    /// Physical pixels a cell.
    pub scale: f32,
    /// Physical pixels of the area.
    pub area: Vec2,
    /// Cells across and down.
    pub cells: Vec2,
    /// Physical pixels around a picture in its cell.
    pub inset: f32,
    /// How far a change is, 0 to 1.
    pub change: f32,
    /// Physical pixels per point.
    pub points: f32,
    /// Opacity of the maps, 0 to 1.
    pub opacity: f32,
    /// How many of a map's 256 places are shown.
    pub places: u32,
    /// Colours of the maps.
    pub colormap: Colormap,
    /// Whether maps are shown.
    pub maps: bool,
    /// A light line beside a dark one is seen on any picture; encoded sRGB.
    pub light: [f32; 4],
    /// The dark line.
    pub dark: [f32; 4],
    /// What is chosen.
    pub accent: [f32; 4],
}

impl Look {
    /// Word for word the struct `Look` in `shaders/sheet.wgsl`.
    fn words(&self, side: f32) -> [u32; 32] {
        let table = Colormap::ALL.iter().position(|&map| map == self.colormap);
        let f = f32::to_bits;
        let mut words = [0; 32];
        let rows: [[u32; 4]; 8] = [
            [f(self.origin.x), f(self.origin.y), f(self.scale), 0],
            [
                f(self.area.x),
                f(self.area.y),
                f(self.inset),
                f(self.change),
            ],
            [f(self.cells.x), f(self.cells.y), f(side), f(self.points)],
            [f(self.opacity), f(self.places as f32), 0, 0],
            self.light.map(f),
            self.dark.map(f),
            self.accent.map(f),
            [table.unwrap_or(0) as u32, u32::from(self.maps), 0, 0],
        ];
        for (to, from) in words.iter_mut().zip(rows.as_flattened()) {
            *to = *from;
        }
        words
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
}

impl Upload {
    /// Bytes that go to the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Tile { texels, map, .. } => texels.len() + map.as_ref().map_or(0, Vec::len),
            Self::Thumbnail { levels, .. } | Self::Whole { levels, .. } => {
                levels.iter().map(Vec::len).sum()
            }
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
        let tile_format = if capacity.compressed {
            TextureFormat::Bc1RgbaUnormSrgb
        } else {
            TextureFormat::Rgba8UnormSrgb
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
            TextureFormat::Rgba8UnormSrgb,
        );
        let wholes = layered(
            "wholes",
            WHOLE_SIDE,
            capacity.wholes.max(1),
            WHOLE_LEVELS,
            TextureFormat::Rgba8UnormSrgb,
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
            tables: tables(device, queue),
            mosaic: [TextureFormat::Rgba8UnormSrgb, TextureFormat::Rgba8Unorm]
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
            let srgb = TextureFormat::Rgba8UnormSrgb;
            let size = mosaic.size;
            self.mosaic = [
                flat(device, queue, "mosaic", size, &mosaic.colours, srgb),
                flat(
                    device,
                    queue,
                    "mosaic of maps",
                    size,
                    &mosaic.maps,
                    TextureFormat::Rgba8Unorm,
                ),
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
        let views = [&self.tiles, &self.maps, &self.thumbnails, &self.wholes].map(layered);
        let [tiles, maps, thumbnails, wholes] = &views;
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

/// Where the square of a slot lies: x, y and layer.
fn place(slot: u32, side: u32) -> [u32; 3] {
    let across = LAYER / side;
    let within = slot % (across * across);
    [
        within % across * side,
        within / across * side,
        slot / (across * across),
    ]
}

fn put(
    queue: &Queue,
    texture: &Texture,
    level: u32,
    [x, y, z]: [u32; 3],
    side: u32,
    bytes_per_row: u32,
    texels: &[u8],
) {
    let format = texture.format();
    let (_, block) = format.block_dimensions();
    let rows = side.div_ceil(block);
    if texels.len() < (bytes_per_row * rows) as usize || z >= texture.depth_or_array_layers() {
        return;
    }
    queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: level,
            origin: wgpu::Origin3d { x, y, z },
            aspect: wgpu::TextureAspect::All,
        },
        texels,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes_per_row),
            rows_per_image: Some(rows),
        },
        Extent3d {
            width: side,
            height: side,
            depth_or_array_layers: 1,
        },
    );
}

fn texture(
    device: &Device,
    label: &str,
    [width, height, layers]: [u32; 3],
    levels: u32,
    format: TextureFormat,
) -> Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: Extent3d {
            width,
            height,
            depth_or_array_layers: layers,
        },
        mip_level_count: levels,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// A texture of four bytes a texel with its levels.
fn flat(
    device: &Device,
    queue: &Queue,
    label: &str,
    [width, height]: [u32; 2],
    levels: &[Vec<u8>],
    format: TextureFormat,
) -> TextureView {
    let made = texture(
        device,
        label,
        [width, height, 1],
        levels.len() as u32,
        format,
    );
    for (level, texels) in (0..).zip(levels) {
        let (w, h) = ((width >> level).max(1), (height >> level).max(1));
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture: &made,
                mip_level: level,
                origin: wgpu::Origin3d::ZERO,
                aspect: wgpu::TextureAspect::All,
            },
            texels,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(4 * w),
                rows_per_image: Some(h),
            },
            Extent3d {
                width: w,
                height: h,
                depth_or_array_layers: 1,
            },
        );
    }
    made.create_view(&wgpu::TextureViewDescriptor::default())
}

/// All colour tables, a row each; the shader mixes encoded values, so they are not decoded.
fn tables(device: &Device, queue: &Queue) -> TextureView {
    let rows = Colormap::ALL.iter().flat_map(|map| map.table().iter());
    let data = rows.flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    let size = [256, Colormap::ALL.len() as u32];
    flat(
        device,
        queue,
        "tables",
        size,
        &[data],
        TextureFormat::Rgba8Unorm,
    )
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

fn layout(device: &Device) -> BindGroupLayout {
    use wgpu::{BindingType, BufferBindingType, ShaderStages};
    let buffer = |ty| BindingType::Buffer {
        ty,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let texture = |dimension| BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: dimension,
        multisampled: false,
    };
    let (layers, flat) = (
        texture(TextureViewDimension::D2Array),
        texture(TextureViewDimension::D2),
    );
    let kinds = [
        buffer(BufferBindingType::Uniform),
        buffer(BufferBindingType::Storage { read_only: true }),
        layers,
        layers,
        layers,
        flat,
        flat,
        flat,
        BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        layers,
    ];
    let entries: Vec<_> = (0..)
        .zip(kinds)
        .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::VERTEX_FRAGMENT,
            ty,
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("sheet"),
        entries: &entries,
    })
}

/// The pipelines of the baked sheet and of its cells.
fn pipelines(
    device: &Device,
    layout: &BindGroupLayout,
    format: TextureFormat,
) -> [RenderPipeline; 2] {
    let shared = include_str!("../../../shaders/pane.wgsl");
    // It is a module for Bevy's own importer there.
    let shared = shared.replace("#define_import_path", "//");
    let own = include_str!("../../../shaders/sheet.wgsl");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("sheet.wgsl"),
        source: wgpu::ShaderSource::Wgsl(format!("{shared}\n{own}").into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("sheet"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    ["sheet", "cell"].map(|name| {
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(name),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some(&format!("{name}_vertex")),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some(&format!("{name}_fragment")),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_lie_side_by_side_and_fill_their_layers() {
        assert_eq!(place(0, 32), [0, 0, 0]);
        assert_eq!(place(65, 32), [32, 32, 0]);
        assert_eq!(place(TILES, 32), [0, 0, 1]);
        assert_eq!(place(MAPS - 1, 16), [2032, 2032, 0]);
    }

    #[test]
    fn an_instance_is_a_whole_number_of_vectors() {
        let instance = Instance {
            cell: Vec2::new(1.0, 2.0),
            side: 0.5,
            from: Vec2::ZERO,
            from_side: 2.0,
            tile: None,
            thumbnail: Some(7),
            whole: None,
            style: Instance::SELECTED,
            aspect: 1.5,
            region: Vec2::ONE,
        };
        let words = instance.words();
        assert_eq!(words.len() % 4, 0);
        assert_eq!(words[4..7], [u32::MAX, 7, 1]);
        let large = Instance {
            whole: Some(3),
            ..instance
        };
        assert_eq!(large.words()[4..7], [u32::MAX, 3, 33]);
        let floats = [7, 8, 11].map(|at| f32::from_bits(words[at]));
        assert_eq!(floats, [2.0, 1.5, 0.5]);
    }
}
