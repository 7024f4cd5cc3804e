//! When the graphics device is lost (driver update, undocked laptop, reset after a hang): take
//! it anew and draw on, instead of ending the program.

use std::time::{Duration, Instant};

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::render::error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::render_resource::SpecializedRenderPipelines;
use bevy::render::renderer::RenderDevice;
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::render::{GpuResourceAppExt, RenderApp};
use bevy::window::RequestRedraw;
use bevy_egui::render::EguiPipeline;
use bevy_egui::render::systems::{EguiRenderData, EguiTransforms};

use super::pane::Pane;

/// So many losses within [`PERIOD`] mean that the device does not stay: then the program ends.
const MAX_LOSSES: usize = 3;

/// See [`MAX_LOSSES`].
const PERIOD: Duration = Duration::from_mins(1);

/// How a lost device is asked for again. Insert what the render plugin was given, where that is
/// not the default.
#[derive(Resource, Clone, Default)]
pub struct DeviceSettings(pub WgpuSettings);

/// Something about the device that the person at the screen should be told, in one sentence.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct StageNotice(pub &'static str);

/// Frames after a new device arrived in which panes are prepared for it anew: Bevy first takes it
/// over, then brings back textures, then shaders.
const SETTLING_FRAMES: u32 = 6;

/// When the device was lost.
#[derive(Resource, Debug, Default)]
struct Losses(Vec<Instant>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<DeviceSettings>()
        .init_resource::<Losses>()
        .add_message::<StageNotice>()
        .insert_resource(RenderErrorHandler(handle))
        .add_systems(Update, draw_again.run_if(resource_exists::<RenderDevice>));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        // egui's own buffers and pipelines belong to the device that made them.
        render
            .init_gpu_resource::<EguiPipeline>()
            .init_gpu_resource::<EguiTransforms>()
            .init_gpu_resource::<EguiRenderData>()
            .init_gpu_resource::<SpecializedRenderPipelines<EguiPipeline>>();
    }
}

/// What to do about an error that has been logged already.
fn handle(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    match error.ty {
        ErrorType::DeviceLost => recover(main),
        ErrorType::OutOfMemory => {
            main.write_message(StageNotice(
                "The graphics memory is full. Close other programs or open smaller pictures.",
            ));
            RenderErrorPolicy::Ignore
        }
        // One thing was not drawn. The log says what; everything else goes on.
        ErrorType::Validation | ErrorType::Internal => RenderErrorPolicy::Ignore,
    }
}

fn recover(main: &mut World) -> RenderErrorPolicy {
    let mut losses = main.get_resource_or_init::<Losses>();
    losses.0.retain(|loss| loss.elapsed() < PERIOD);
    losses.0.push(Instant::now());
    if losses.0.len() > MAX_LOSSES {
        error!("the graphics device was lost again and again; ending the program");
        main.write_message(AppExit::error());
        return RenderErrorPolicy::StopRendering;
    }
    main.write_message(StageNotice(
        "The graphics driver was restarted. Nothing was lost.",
    ));
    let settings = main.get_resource_or_init::<DeviceSettings>().0.clone();
    RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::new(settings)))
}

/// Bevy prepares a 2D mesh for drawing when it changes, and does not count a new device as a
/// change. So every pane is marked as changed until all that it needs is back.
fn draw_again(
    device: Res<RenderDevice>,
    mut panes: Query<&mut Mesh2d, With<Pane>>,
    mut redraw: MessageWriter<RequestRedraw>,
    mut left: Local<u32>,
) {
    if device.is_changed() && !device.is_added() {
        *left = SETTLING_FRAMES;
    }
    if *left > 0 {
        *left -= 1;
        for mut mesh in &mut panes {
            mesh.set_changed();
        }
        redraw.write(RequestRedraw);
    }
}
