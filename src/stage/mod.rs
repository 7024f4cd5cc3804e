//! The stage: where pictures and maps are drawn, by Bevy, under the interface.
//!
//! A [`Pane`] entity is one picture with its map. The interface gives it a place in each frame
//! through [`PaneArea`], which also collects what pointer and keys do to its [`View`]. After
//! egui's pass, still in the same frame, the stage moves the views, places the panes and tells
//! the shader. Nothing here asks for another frame: an untouched stage costs nothing.

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;
use bevy::transform::TransformSystems;
use bevy_egui::{EguiPlugin, EguiPostUpdateSet};

pub mod adapter;
mod area;
mod camera;
mod canvas;
#[cfg(test)]
mod canvas_tests;
pub mod compute;
mod intersection;
mod layout;
mod overlay;
mod pane;
pub mod readback;
mod recovery;
mod shaders;
pub mod sheet;
#[cfg(test)]
mod tests;
mod upload;
mod view;

pub use area::{Gesture, PaneArea, StageCommand, StageFrame};
pub use camera::{StageCamera, StageGround, StageTarget};
pub use canvas::{Canvas, CanvasMaterial, Strokes, canvas_image, labels_image, segments_image};
pub use intersection::{Intersection, IntersectionMaterial};
pub use overlay::{OverlayMaterial, StageColours};
pub use pane::{LinkedView, MapLayer, Overlay, Pane, PaneId, PaneRect, Ranks};
pub use recovery::{DeviceSettings, StageNotice};
pub use upload::{LayerData, SAFE_SIDE, colours_image, map_image, picture_image};
pub use view::{MAX_PIXEL_POINTS, Space, View, ZOOM_STEP};

/// The stage's work of a frame: after the interface has spoken, before Bevy collects what to draw.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StageSystems;

/// Adds the stage (and egui, unless it is there already).
pub fn plugin(app: &mut App) {
    if !app.is_plugin_added::<EguiPlugin>() {
        app.add_plugins(EguiPlugin::default());
    }
    app.init_resource::<StageFrame>()
        .add_message::<StageCommand>()
        .add_plugins((
            camera::plugin,
            shaders::plugin,
            overlay::plugin,
            intersection::plugin,
            canvas::plugin,
            recovery::plugin,
            sheet::plugin,
        ))
        .configure_sets(
            PostUpdate,
            StageSystems
                .after(EguiPostUpdateSet::ProcessOutput)
                // A change made after these would be drawn a frame late.
                .before(AssetEventSystems)
                .before(TransformSystems::Propagate),
        )
        .add_systems(First, layout::begin_frame)
        .add_systems(
            PostUpdate,
            (
                layout::take_places,
                layout::move_views,
                layout::place_panes,
                overlay::update_materials,
                intersection::update_materials,
                canvas::update_materials,
            )
                .chain()
                .in_set(StageSystems),
        );
}
