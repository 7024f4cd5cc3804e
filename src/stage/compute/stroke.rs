//! Drawing strokes into a painting's texture: `shaders/stroke.wgsl`.

use wgpu::util::{BufferInitDescriptor, DeviceExt};
use wgpu::{
    BindGroup, Buffer, BufferUsages, Color, LoadOp, Operations, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPipeline, StoreOp, TextureFormat, TextureView, VertexAttribute,
    VertexBufferLayout, VertexFormat, VertexStepMode,
};

use super::Gpu;
use crate::guess::Stamp;

/// Format of a painting's texture: one byte a pixel, 0 unpainted, 1 yellow to 4 purple.
pub const LABELS: TextureFormat = TextureFormat::R8Unorm;

/// Bytes of a stamp on the device.
const STAMP_BYTES: u64 = 6 * 4;

/// Most stamps in one buffer (6 MB).
const MOST: usize = 1 << 18;

/// The pipeline of the pass; make it once.
#[derive(Debug)]
pub struct StrokePass {
    pipeline: RenderPipeline,
}

impl StrokePass {
    /// Compiles the shader.
    #[must_use]
    pub fn new(gpu: &Gpu) -> Self {
        let module = gpu
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some("stroke.wgsl"),
                source: wgpu::ShaderSource::Wgsl(
                    include_str!("../../../shaders/stroke.wgsl").into(),
                ),
            });
        let attributes = [
            VertexAttribute {
                format: VertexFormat::Sint32x4,
                offset: 0,
                shader_location: 0,
            },
            VertexAttribute {
                format: VertexFormat::Sint32x2,
                offset: 16,
                shader_location: 1,
            },
        ];
        let pipeline = gpu
            .device
            .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some("strokes"),
                layout: None,
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("stamp"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers: &[VertexBufferLayout {
                        array_stride: STAMP_BYTES,
                        step_mode: VertexStepMode::Instance,
                        attributes: &attributes,
                    }],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some("paint"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some(LABELS.into())],
                }),
                multiview_mask: None,
                cache: None,
            });
        Self { pipeline }
    }

    /// Draws `stamps`, in this order, into a painting of `size` (width, height) pixels. The
    /// texture behind `painting` is of the format [`LABELS`] and can be drawn to.
    pub fn draw(&self, gpu: &Gpu, painting: &TextureView, size: [u32; 2], stamps: &[Stamp]) {
        for some in stamps.chunks(MOST) {
            self.draw_some(gpu, painting, size, some);
        }
    }

    fn draw_some(&self, gpu: &Gpu, painting: &TextureView, size: [u32; 2], stamps: &[Stamp]) {
        let canvas = gpu.uniform(&[(size[0] as f32).to_bits(), (size[1] as f32).to_bits(), 0, 0]);
        let bytes: Vec<u8> = stamps
            .iter()
            .flat_map(Stamp::words)
            .flat_map(i32::to_le_bytes)
            .collect();
        let instances = gpu.device.create_buffer_init(&BufferInitDescriptor {
            label: Some("stamps"),
            contents: &bytes,
            usage: BufferUsages::VERTEX,
        });
        let group = self.bind(gpu, &canvas);
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&RenderPassDescriptor {
                label: Some("strokes"),
                color_attachments: &[Some(RenderPassColorAttachment {
                    view: painting,
                    depth_slice: None,
                    resolve_target: None,
                    ops: Operations {
                        load: LoadOp::<Color>::Load,
                        store: StoreOp::Store,
                    },
                })],
                depth_stencil_attachment: None,
                timestamp_writes: None,
                occlusion_query_set: None,
                multiview_mask: None,
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.set_vertex_buffer(0, instances.slice(..));
            pass.draw(0..6, 0..stamps.len() as u32);
        }
        gpu.queue.submit([encoder.finish()]);
    }

    fn bind(&self, gpu: &Gpu, canvas: &Buffer) -> BindGroup {
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: canvas.as_entire_binding(),
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::guess::stamp::Shape;
    use crate::guess::{Band, Capsule, Painting};
    use crate::stage::readback;

    /// The twin: the same stamps on the processor.
    fn paint(painting: &mut Painting, stamp: &Stamp) {
        let (height, width) = (painting.height(), painting.width());
        let rows = match stamp.shape {
            Shape::Brush(capsule) => capsule.rows(height, width),
            Shape::Block { from, to } => (from[1] as usize..(to[1] as usize).min(height))
                .map(|y| (y, from[0] as usize, (to[0] as usize).min(width)))
                .collect(),
        };
        for (y, first, end) in rows {
            for x in first..end {
                painting.set(y * width + x, stamp.band);
            }
        }
    }

    #[test]
    fn strokes_on_the_device_equal_their_twin_to_the_pixel() {
        let gpu = Gpu::alone(true).unwrap();
        let pass = StrokePass::new(&gpu);
        let mut random = StdRng::seed_from_u64(12);
        for (width, height, strokes) in [(224_u32, 224_u32, 400), (301, 77, 300), (1500, 900, 60)] {
            let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: None,
                size: wgpu::Extent3d {
                    width,
                    height,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: LABELS,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
                view_formats: &[],
            });
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            let mut painting = Painting::empty(height as usize, width as usize);
            // Two calls: what the first drew stays.
            for _ in 0..2 {
                let stamps: Vec<Stamp> = (0..strokes)
                    .map(|n| {
                        let mut place = || {
                            (
                                random.random_range(-20.0..width as f32 + 20.0),
                                random.random_range(-20.0..height as f32 + 20.0),
                            )
                        };
                        let (from, mut to) = (place(), place());
                        if n % 3 == 0 {
                            to = from;
                        }
                        let band = Band::from_label(random.random_range(0..5));
                        if n % 7 == 0 {
                            let y = random.random_range(0..height as usize);
                            return Stamp::row(y, 3, 40, band);
                        }
                        let radius = random.random_range(0.0..width as f32 / 12.0);
                        let capsule = Capsule::new(from, to, radius).unwrap();
                        let shape = Shape::Brush(capsule);
                        Stamp { shape, band }
                    })
                    .collect();
                pass.draw(&gpu, &view, [width, height], &stamps);
                for stamp in &stamps {
                    paint(&mut painting, stamp);
                }
            }
            let got = readback::texture(&gpu.device, &gpu.queue, &texture).unwrap();
            let want: Vec<u8> = painting.labels().iter().copied().collect();
            let off = got.iter().zip(&want).filter(|(a, b)| a != b).count();
            assert_eq!((got.len(), off), (want.len(), 0), "{width} x {height}");
            assert!(want.iter().any(|&label| label != 0));
        }
    }
}
