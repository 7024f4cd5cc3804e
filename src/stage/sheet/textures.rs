//! Textures of a sheet, and where the square of a slot lies in them.

use wgpu::{Device, Extent3d, Queue, Texture, TextureFormat, TextureUsages, TextureView};

use super::device::LAYER;
use crate::saliency::colormap::Colormap;

/// Where the square of a slot lies: x, y and layer.
pub(super) fn place(slot: u32, side: u32) -> [u32; 3] {
    let across = LAYER / side;
    let within = slot % (across * across);
    [
        within % across * side,
        within / across * side,
        slot / (across * across),
    ]
}

pub(super) fn put(
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

pub(super) fn texture(
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
pub(super) fn flat(
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
pub(super) fn tables(device: &Device, queue: &Queue) -> TextureView {
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

#[cfg(test)]
mod tests {
    use super::super::device::{MAPS, TILES};
    use super::*;

    #[test]
    fn slots_lie_side_by_side_and_fill_their_layers() {
        assert_eq!(place(0, 32), [0, 0, 0]);
        assert_eq!(place(65, 32), [32, 32, 0]);
        assert_eq!(place(TILES, 32), [0, 0, 1]);
        assert_eq!(place(MAPS - 1, 16), [2032, 2032, 0]);
    }
}
