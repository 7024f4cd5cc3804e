//! Bringing what the graphics device made back to the processor: buffers and textures as bytes.

use std::sync::mpsc;
use std::time::Duration;

use wgpu::{Buffer, Device, Queue, Texture};

/// Why something could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadbackError {
    /// The device is gone (driver reset, laptop undocked) or refused to hand over its memory.
    #[error("the graphics device stopped answering ({0}); close other programs that use it")]
    Device(String),
    /// Textures of this kind are not read by this program.
    #[error("cannot read back a texture of the format {0:?}")]
    Format(wgpu::TextureFormat),
}

/// The bytes of the first mip level of `texture`, all layers one after the other, rows top first
/// and without padding. The texture needs `COPY_SRC`. Waits for the device.
///
/// # Errors
/// [`ReadbackError`] when the device is lost or the format has no plain pixels.
pub fn texture(
    device: &Device,
    queue: &Queue,
    texture: &Texture,
) -> Result<Vec<u8>, ReadbackError> {
    let size = texture.size();
    let pixel_bytes = texture
        .format()
        .block_copy_size(None)
        .ok_or(ReadbackError::Format(texture.format()))?;
    let row_bytes = size.width * pixel_bytes;
    let padded = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let rows = size.height * size.depth_or_array_layers;
    let staging = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("texture readback"),
        size: u64::from(padded) * u64::from(rows),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &staging,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(padded),
                rows_per_image: Some(size.height),
            },
        },
        size,
    );
    queue.submit([encoder.finish()]);
    let bytes = mapped(device, &staging)?;
    if padded == row_bytes {
        return Ok(bytes);
    }
    Ok(bytes
        .chunks_exact(padded as usize)
        .flat_map(|row| row.iter().take(row_bytes as usize).copied())
        .collect())
}

/// Longest wait for a callback once the device is done.
const CALLBACK_PATIENCE: Duration = Duration::from_secs(30);

/// Maps a buffer that has `MAP_READ`, waits for the device and copies the bytes out.
///
/// # Errors
/// [`ReadbackError::Device`] when the device is lost.
pub fn mapped(device: &Device, buffer: &Buffer) -> Result<Vec<u8>, ReadbackError> {
    let (sender, receiver) = mpsc::channel();
    let slice = buffer.slice(..);
    slice.map_async(wgpu::MapMode::Read, move |outcome| {
        // The receiver only goes away when this function has already failed.
        let _ = sender.send(outcome);
    });
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| ReadbackError::Device(error.to_string()))?;
    // Another thread that polls the same device may have taken our callback along and be about to
    // call it: the answer can come a moment after our own poll.
    match receiver.recv_timeout(CALLBACK_PATIENCE) {
        Ok(Ok(())) => {
            let bytes = slice.get_mapped_range().to_vec();
            buffer.unmap();
            Ok(bytes)
        }
        Ok(Err(error)) => Err(ReadbackError::Device(error.to_string())),
        Err(error) => Err(ReadbackError::Device(error.to_string())),
    }
}
