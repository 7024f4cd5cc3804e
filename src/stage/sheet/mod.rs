//! A sheet: many pictures at once, down to one, drawn by one pass of its own.
//!
//! One entity says what is seen ([`Sheet`]); a copy of it goes to the device in each frame. From far
//! away that is one baked picture ([`Mosaic`]), nearer a square a picture out of two levels of
//! textures with a bounded number of places. What lies where and who has a place is decided in
//! [`crate::collection::sheet`]. Sliders and the camera change a few words of
//! [`Look`] and upload nothing.
//!
//! # What a frame costs at 1,000,000 pictures
//!
//! From far away: one draw of four vertices, two samples a pixel, nothing uploaded; the baked sheet is two
//! textures of 4 bytes a texel, at most 8192 a side. Nearer: one draw of at most 65,536 squares (16,000 in
//! software) of 48 bytes each, 3 MB that are sent again when the camera has left a quarter of the area around
//! what was sent; a pixel takes one sample of a picture, one of a map and one of a table. Whatever the zoom that is two
//! draws and 65,536 instances at most, so that a graphics card which fills a hundred million pixels and takes a
//! hundred million vertices a second draws 1920 x 1080 pixels in 21 + 3 ms at its worst, and an ordinary one, ten
//! times as fast, in a seventh of a frame of 60 a second.

mod device;
mod pipelines;
#[cfg(test)]
mod tests;
mod textures;
mod uniforms;

use std::sync::Arc;

use bevy::core_pipeline::core_2d::main_transparent_pass_2d;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::renderer::{
    RenderAdapterInfo, RenderContext, RenderDevice, RenderQueue, ViewQuery,
};
use bevy::render::view::ViewTarget;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderSystems};

pub use device::{Capacity, THUMBNAIL_LEVELS, Upload, WHOLE_LEVELS, WHOLE_SIDE};
pub use uniforms::{Instance, Look};

use crate::collection::sheet::Mosaic;
use device::SheetDevice;

/// What is drawn of a sheet. The tab that it belongs to writes it in each frame in which it is seen.
#[derive(Component, Debug, Clone)]
pub struct Sheet {
    /// How it is seen in this frame; taken away when the frame was handed on.
    shown: Option<(URect, Look)>,
    /// Whether the baked sheet is drawn under the pictures.
    baked: bool,
    /// On its way to the device.
    mosaic: Option<Arc<Mosaic>>,
    mosaic_version: u64,
    instances: Arc<Vec<Instance>>,
    instances_version: u64,
    uploads: Vec<Upload>,
    capacity: Capacity,
    epoch: u64,
    counts: SheetCounts,
}

/// What went to the device since the sheet began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SheetCounts {
    /// Bytes of pictures and baked sheets.
    pub bytes: u64,
    /// Baked sheets.
    pub mosaics: u64,
    /// Lists of pictures.
    pub lists: u64,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            shown: None,
            baked: true,
            mosaic: None,
            mosaic_version: 0,
            instances: Arc::default(),
            instances_version: 0,
            uploads: Vec::new(),
            capacity: Capacity::SMALL,
            epoch: 1,
            counts: SheetCounts::default(),
        }
    }
}

impl Sheet {
    /// How much the device holds.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Grows when the device forgot everything: another one took its place. Whoever gave it pictures
    /// gives them again.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What went to the device.
    #[must_use]
    pub fn counts(&self) -> SheetCounts {
        self.counts
    }

    /// Shows it in this frame in `area` (physical pixels of the window).
    pub fn show(&mut self, area: URect, look: Look) {
        self.shown = Some((area, look));
    }

    /// Draws the baked sheet under the pictures, or the pictures alone.
    pub fn draw_baked(&mut self, baked: bool) {
        self.baked = baked;
    }

    /// Whether the baked sheet is drawn under the pictures.
    #[must_use]
    pub fn is_baked(&self) -> bool {
        self.baked
    }

    /// Replaces the baked sheet.
    pub fn set_mosaic(&mut self, mosaic: Arc<Mosaic>) {
        self.counts.bytes += mosaic.bytes() as u64;
        self.counts.mosaics += 1;
        self.mosaic = Some(mosaic);
        self.mosaic_version += 1;
    }

    /// Replaces the pictures that are drawn one by one.
    pub fn set_instances(&mut self, instances: Vec<Instance>) {
        self.counts.lists += 1;
        self.instances = Arc::new(instances);
        self.instances_version += 1;
    }

    /// The pictures that are drawn one by one.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Sends a picture to the device.
    pub fn upload(&mut self, upload: Upload) {
        self.counts.bytes += upload.bytes() as u64;
        self.uploads.push(upload);
    }

    /// Sees that the device is another one than before, or can hold another number.
    fn forget(&mut self, capacity: Capacity) {
        self.capacity = capacity;
        self.epoch += 1;
        self.uploads.clear();
    }
}

/// What is drawn in this frame.
#[derive(Resource, Default)]
struct Drawn {
    sheet: Option<Sheet>,
    uploads: Vec<Upload>,
    /// The baked sheet and its version, until the device has it.
    mosaic: Option<(Arc<Mosaic>, u64)>,
}

/// Larger baked sheets, in bytes, are not kept once the device has them.
const MOST_KEPT: usize = 16 << 20;

/// The sheet's textures.
#[derive(Resource, Default)]
struct Held(Option<SheetDevice>);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(First, see_device.run_if(resource_exists::<RenderDevice>));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .init_resource::<Drawn>()
            .init_resource::<Held>()
            .add_systems(ExtractSchedule, extract)
            .add_systems(Render, prepare.in_set(RenderSystems::PrepareResources))
            .add_systems(
                Core2d,
                draw.in_set(Core2dSystems::MainPass)
                    .after(main_transparent_pass_2d),
            );
    }
}

/// Tells new sheets what the device can do, and all when it is another one.
fn see_device(
    device: Res<RenderDevice>,
    adapter: Option<Res<RenderAdapterInfo>>,
    mut sheets: Query<&mut Sheet>,
) {
    let software = adapter.is_some_and(|info| info.device_type == wgpu::DeviceType::Cpu);
    let lost = device.is_changed() && !device.is_added();
    for mut sheet in &mut sheets {
        if lost || sheet.is_added() {
            sheet.forget(Capacity::of(&device, software));
        }
    }
}

fn extract(
    mut main: ResMut<MainWorld>,
    mut drawn: ResMut<Drawn>,
    mut query: Local<Option<QueryState<&'static mut Sheet>>>,
) {
    drawn.sheet = None;
    let query = query.get_or_insert_with(|| main.query());
    for mut sheet in query.iter_mut(&mut main) {
        let sheet = sheet.bypass_change_detection();
        drawn.uploads.append(&mut sheet.uploads);
        if let Some(mosaic) = sheet.mosaic.take() {
            drawn.mosaic = Some((mosaic, sheet.mosaic_version));
        }
        if sheet.shown.is_some() {
            drawn.sheet = Some(sheet.clone());
            sheet.shown = None;
        }
    }
}

fn prepare(
    mut drawn: ResMut<Drawn>,
    mut held: ResMut<Held>,
    views: Query<&ViewTarget>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    if device.is_changed() && !device.is_added() {
        // Its textures belonged to a device that was lost.
        held.0 = None;
    }
    let Drawn {
        sheet,
        uploads,
        mosaic,
    } = &mut *drawn;
    let (Some(sheet), Some(view)) = (sheet, views.iter().next()) else {
        return;
    };
    let (capacity, format) = (sheet.capacity, view.main_texture_format());
    if !held
        .0
        .as_ref()
        .is_some_and(|held| held.fits(capacity, format, sheet.epoch))
    {
        held.0 = Some(SheetDevice::new(
            &device,
            &queue,
            capacity,
            format,
            sheet.epoch,
        ));
    }
    let Some(held) = &mut held.0 else {
        return;
    };
    for upload in uploads.drain(..) {
        held.upload(&queue, &upload);
    }
    if let Some((_, look)) = &sheet.shown {
        let list = (sheet.instances.as_slice(), sheet.instances_version);
        let baked = mosaic.as_ref().map(|(mosaic, version)| (mosaic, *version));
        held.update(&device, &queue, look, baked, list);
        if mosaic
            .as_ref()
            .is_some_and(|(mosaic, _)| mosaic.bytes() > MOST_KEPT)
        {
            *mosaic = None;
        }
    }
}

fn draw(
    view: ViewQuery<(&ExtractedCamera, &ViewTarget)>,
    drawn: Res<Drawn>,
    held: Res<Held>,
    mut context: RenderContext,
) {
    let (camera, target) = view.into_inner();
    let (Some(sheet), Some(held), Some(size)) =
        (&drawn.sheet, &held.0, camera.physical_target_size)
    else {
        return;
    };
    let Some((area, _)) = sheet.shown else {
        return;
    };
    let attachments = [Some(target.get_color_attachment())];
    let mut pass = context
        .command_encoder()
        .begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("sheet"),
            color_attachments: &attachments,
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
    held.draw(&mut pass, area, size.to_array(), sheet.baked);
}
