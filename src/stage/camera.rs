//! The one camera: it draws the panes and carries egui, which draws itself on top of them.

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy_egui::{EguiGlobalSettings, PrimaryEguiContext};

/// The camera that draws the panes and the interface.
#[derive(Component, Debug)]
pub struct StageCamera;

/// Where the stage is drawn. Absent: in the primary window. Insert it before the first frame.
#[derive(Resource, Debug, Clone)]
pub struct StageTarget(pub RenderTarget);

/// The colour behind panes and interface, set by the theme. Window clear colour, sRGB.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct StageGround(pub Color);

impl Default for StageGround {
    fn default() -> Self {
        Self(Color::WHITE)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<StageGround>()
        .add_systems(PreStartup, spawn_camera)
        .add_systems(
            Update,
            clear_with_ground.run_if(resource_changed::<StageGround>),
        );
}

fn spawn_camera(
    mut commands: Commands,
    mut egui: ResMut<EguiGlobalSettings>,
    target: Option<Res<StageTarget>>,
) {
    egui.auto_create_primary_context = false;
    let mut camera = commands.spawn((
        Name::new("stage camera"),
        StageCamera,
        Camera2d,
        PrimaryEguiContext,
        // Panes have straight edges on whole pixels: nothing to smooth.
        Msaa::Off,
    ));
    if let Some(target) = target {
        camera.insert(target.0.clone());
    }
}

fn clear_with_ground(ground: Res<StageGround>, mut clear: ResMut<ClearColor>) {
    clear.0 = ground.0;
}
