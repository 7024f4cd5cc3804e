//! Finding a graphics driver, and saying in words that there is none.

use bevy::tasks::block_on;
use wgpu::{Adapter, Backends, Instance, InstanceDescriptor, RequestAdapterOptions};

/// No Vulkan, Metal or Direct3D driver answered.
#[derive(Debug, thiserror::Error)]
#[error(
    "no graphics driver was found ({reason}); on Debian or Ubuntu install software Vulkan with: \
     apt-get install mesa-vulkan-drivers"
)]
pub struct NoAdapter {
    /// What the graphics library said.
    pub reason: String,
}

/// The interfaces to ask for a driver without a window: `WGPU_BACKEND` where it is set, else
/// Vulkan, Metal and Direct3D. OpenGL only draws where there is a display.
#[must_use]
pub fn headless_backends() -> Backends {
    Backends::from_env().unwrap_or(Backends::PRIMARY)
}

/// The driver to draw or compute with: a software one when `software`, else the best. The
/// environment variable `WGPU_FORCE_FALLBACK_ADAPTER` goes before `software`, as in Bevy.
///
/// # Errors
/// [`NoAdapter`] when there is none.
pub fn find(backends: Backends, software: bool) -> Result<Adapter, NoAdapter> {
    let force_fallback_adapter = std::env::var("WGPU_FORCE_FALLBACK_ADAPTER")
        .map_or(software, |v| !(v.is_empty() || v == "0" || v == "false"));
    let instance = Instance::new(InstanceDescriptor {
        backends,
        ..InstanceDescriptor::new_without_display_handle_from_env()
    });
    block_on(instance.request_adapter(&RequestAdapterOptions {
        force_fallback_adapter,
        ..Default::default()
    }))
    .map_err(|error| NoAdapter {
        reason: error.to_string(),
    })
}
