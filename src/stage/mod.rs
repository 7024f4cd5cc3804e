//! The stage: where pictures and maps are drawn, by Bevy, under the interface.

use bevy::prelude::*;
use bevy_egui::EguiPlugin;

mod camera;
pub mod readback;

pub use camera::{StageCamera, StageGround, StageTarget};

/// Adds the stage (and egui, unless it is there already).
pub fn plugin(app: &mut App) {
    if !app.is_plugin_added::<EguiPlugin>() {
        app.add_plugins(EguiPlugin::default());
    }
    app.add_plugins(camera::plugin);
}
