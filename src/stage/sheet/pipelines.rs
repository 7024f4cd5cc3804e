//! The two pipelines of a sheet, and what is bound to them.

use wgpu::{BindGroupLayout, Device, RenderPipeline, TextureFormat, TextureViewDimension};

pub(super) fn layout(device: &Device) -> BindGroupLayout {
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
pub(super) fn pipelines(
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
