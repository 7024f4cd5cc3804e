//! A pane that shows where two maps agree: `shaders/intersection.wgsl`.

use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dPlugin};

use super::layout::PlacedPane;
use super::overlay::{OverlayMaterial, Quad, StageColours};
use super::pane::Pane;
use super::shaders;

/// Makes a [`Pane`] show the intersection of two maps of one size instead of a picture. The
/// pane's `picture_size` is the maps' size. Moving `delta` uploads nothing.
#[derive(Component, Debug, Clone)]
pub struct Intersection {
    /// The first map in colours, from [`super::colours_image`]: the colours that are shown.
    pub a: Handle<Image>,
    /// The second map in colours.
    pub b: Handle<Image>,
    /// Both maps on the scale 0 to 1 ([`super::map_image`] of the shares), to compare values
    /// instead of colours.
    pub values: Option<[Handle<Image>; 2]>,
    /// How far apart two pixels may be, in 255ths.
    pub delta: u8,
}

/// The material of such a pane.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub struct IntersectionMaterial {
    #[uniform(0)]
    look: Look,
    #[texture(1, filterable = false)]
    colours_a: Option<Handle<Image>>,
    #[texture(2, filterable = false)]
    colours_b: Option<Handle<Image>>,
    #[texture(3, filterable = false)]
    values_a: Option<Handle<Image>>,
    #[texture(4, filterable = false)]
    values_b: Option<Handle<Image>>,
}

impl Material2d for IntersectionMaterial {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(shaders::INTERSECTION)
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Opaque
    }
}

/// Field for field the struct `Look` in `shaders/intersection.wgsl`.
#[derive(ShaderType, Debug, Clone, Copy, PartialEq, Default)]
struct Look {
    map_scale: Vec2,
    map_offset: Vec2,
    ground: Vec4,
    delta: f32,
    by_value: u32,
    unused: Vec2,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(Material2dPlugin::<IntersectionMaterial>::default())
        .add_observer(give_material);
}

/// Gives a pane that became an intersection what it is drawn with, in place of the overlay.
fn give_material(
    added: On<Add, Intersection>,
    mut commands: Commands,
    mut materials: ResMut<Assets<IntersectionMaterial>>,
    quad: Res<Quad>,
) {
    let material = materials.add(IntersectionMaterial {
        look: Look::default(),
        colours_a: None,
        colours_b: None,
        values_a: None,
        values_b: None,
    });
    commands
        .entity(added.entity)
        .remove::<MeshMaterial2d<OverlayMaterial>>()
        .insert((Mesh2d(quad.0.clone()), MeshMaterial2d(material)));
}

/// Tells the shader about every intersection that is shown and looks different.
pub(super) fn update_materials(
    panes: Query<(
        &Pane,
        &Intersection,
        &PlacedPane,
        &MeshMaterial2d<IntersectionMaterial>,
    )>,
    mut materials: ResMut<Assets<IntersectionMaterial>>,
    colours: Res<StageColours>,
) {
    for (pane, shown, placed, handle) in &panes {
        let (map_scale, map_offset) = placed.view.picture_from_pane(pane.space(placed.points));
        let look = Look {
            map_scale,
            map_offset,
            ground: colours.ground.to_vec4(),
            delta: f32::from(shown.delta),
            by_value: u32::from(shown.values.is_some()),
            unused: Vec2::ZERO,
        };
        let [values_a, values_b] = match &shown.values {
            Some([a, b]) => [Some(a.clone()), Some(b.clone())],
            None => [None, None],
        };
        let want = IntersectionMaterial {
            look,
            colours_a: Some(shown.a.clone()),
            colours_b: Some(shown.b.clone()),
            values_a,
            values_b,
        };
        let is_new = materials.get(handle).is_some_and(|now| {
            now.look != want.look
                || now.colours_a != want.colours_a
                || now.colours_b != want.colours_b
                || now.values_a != want.values_a
                || now.values_b != want.values_b
        });
        if is_new && let Some(mut material) = materials.get_mut(handle) {
            *material = want;
        }
    }
}
