//! Averaging and painting on the graphics device, with the numbers back in the same call.
//!
//! These passes do not wait for a frame: the interface calls them while it draws itself, so that
//! the figure beside a slider is the one for where the slider is. They run on the device that
//! Bevy draws with, or on one of their own where there is no window (bench, tests).
//!
//! Each is the twin of a pure function and gives the same numbers; tests compare the two.

mod average;
mod average_colours;
mod layers;
mod stroke;
#[cfg(test)]
mod tests;

use bevy::prelude::*;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::tasks::block_on;
use wgpu::util::{BufferInitDescriptor, DeviceExt};
use wgpu::{Buffer, BufferUsages, ComputePipeline, Device, Queue};

pub use average::{AveragePass, MapStack};
pub use average_colours::{ColourStack, ColoursPass};
pub use stroke::{LABELS, StrokePass};

use super::adapter::{self, NoAdapter};
use super::readback::{self, ReadbackError};

/// Why a pass gave no numbers.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    /// No graphics driver is installed.
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// The driver is there and gives no device.
    #[error("the graphics driver gives no device: {0}")]
    NoDevice(#[from] wgpu::RequestDeviceError),
    /// The result could not be read back.
    #[error(transparent)]
    Readback(#[from] ReadbackError),
    /// More data than the device takes in one piece.
    #[error(
        "the graphics device holds at most {limit} bytes in one piece and this needs {needed}; \
         use a smaller picture"
    )]
    TooLarge {
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Two inputs that must have one size have two.
    #[error("the two differ in size ({0} and {1} pixels)")]
    SizesDiffer(usize, usize),
    /// Nothing to work on.
    #[error("there is no map to average; tick at least one")]
    Nothing,
}

/// The device that computes.
#[derive(Resource, Debug, Clone)]
pub struct Gpu {
    device: Device,
    queue: Queue,
}

impl Gpu {
    /// The device that Bevy draws with; take it anew when that was lost.
    #[must_use]
    pub fn of(device: &RenderDevice, queue: &RenderQueue) -> Self {
        let queue: &Queue = &queue.0;
        Self {
            device: device.wgpu_device().clone(),
            queue: queue.clone(),
        }
    }

    /// A device of its own, without a window; a software one when `software`.
    ///
    /// # Errors
    /// [`ComputeError::NoAdapter`], [`ComputeError::NoDevice`].
    pub fn alone(software: bool) -> Result<Self, ComputeError> {
        let adapter = adapter::find(adapter::headless_backends(), software)?;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let (device, queue) = block_on(request)?;
        Ok(Self { device, queue })
    }

    /// A pipeline with the layout that the shader's entry point asks for.
    fn pipeline(&self, file: &str, wgsl: &str, entry_point: &str) -> ComputePipeline {
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(file),
                source: wgpu::ShaderSource::Wgsl(wgsl.into()),
            });
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: None,
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
    }

    /// Uniform data, 32-bit words.
    fn uniform(&self, words: &[u32]) -> Buffer {
        self.device.create_buffer_init(&BufferInitDescriptor {
            label: Some("job"),
            contents: &bytes_of(words),
            usage: BufferUsages::UNIFORM,
        })
    }

    /// Data for shaders to read.
    fn storage(&self, label: &str, bytes: &[u8]) -> Result<Buffer, ComputeError> {
        self.check(bytes.len() as u64)?;
        Ok(self.device.create_buffer_init(&BufferInitDescriptor {
            label: Some(label),
            contents: bytes,
            usage: BufferUsages::STORAGE,
        }))
    }

    /// Zeros for shaders to write to, that can be read back.
    fn zeros(&self, label: &str, words: u64) -> Result<Buffer, ComputeError> {
        self.check(words * 4)?;
        // wgpu hands out buffers filled with zeros.
        Ok(self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: words * 4,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        }))
    }

    fn check(&self, needed: u64) -> Result<(), ComputeError> {
        let limits = self.device.limits();
        let limit = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        if needed > limit {
            return Err(ComputeError::TooLarge { needed, limit });
        }
        Ok(())
    }

    /// The buffers of one dispatch, with the number of each binding.
    fn bind_at(
        &self,
        pipeline: &ComputePipeline,
        resources: &[(u32, wgpu::BindingResource)],
    ) -> Bound {
        let entries: Vec<_> = resources
            .iter()
            .map(|(binding, resource)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: resource.clone(),
            })
            .collect();
        Bound {
            pipeline: pipeline.clone(),
            group: self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            }),
        }
    }

    /// Runs each step with its number of workgroups, one after the other, then copies `results`
    /// back. Waits for the device.
    fn run(
        &self,
        steps: &[(Bound, (u32, u32))],
        results: &[&Buffer],
    ) -> Result<Vec<Vec<u32>>, ComputeError> {
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (bound, (x, y)) in steps {
            // One pass each: what a step wrote is there for the next.
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&bound.pipeline);
            pass.set_bind_group(0, &bound.group, &[]);
            pass.dispatch_workgroups(*x, *y, 1);
        }
        let staging: Vec<Buffer> = results
            .iter()
            .map(|result| {
                let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("readback"),
                    size: result.size(),
                    usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
                    mapped_at_creation: false,
                });
                encoder.copy_buffer_to_buffer(result, 0, &staging, 0, result.size());
                staging
            })
            .collect();
        self.queue.submit([encoder.finish()]);
        staging
            .iter()
            .map(|staging| Ok(words_of(&readback::mapped(&self.device, staging)?)))
            .collect()
    }
}

/// A pipeline with its buffers.
struct Bound {
    pipeline: ComputePipeline,
    group: wgpu::BindGroup,
}

fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn words_of(bytes: &[u8]) -> Vec<u32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word))
        .collect()
}
