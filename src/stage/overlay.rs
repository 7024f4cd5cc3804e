//! The material of a pane: what `shaders/overlay.wgsl` is told, from [`Pane`] and [`View`](super::view::View).
//!
//! Sliders change a few dozen bytes here. The picture and the map stay where they are on the
//! device, and the frame in which a slider moved shows the new look.

use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dPlugin};

use super::canvas::Canvas;
use super::intersection::Intersection;
use super::layout::PlacedPane;
use super::pane::Pane;
use super::shaders;
use super::upload::{finite, tables_image};
use crate::saliency::colormap::Colormap;

/// From this many physical pixels per picture pixel on, pixels are shown as squares: whoever
/// looks that close wants to see them.
pub(super) const SQUARES_FROM: f32 = 8.0;

/// How the stage looks where it shows no picture, and its lines. Set by the theme.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct StageColours {
    /// Where a pane has no picture, and what dims the parts the network did not see.
    pub ground: Srgba,
    /// The light line of outlines and wipe; a dark one runs beside it.
    pub light: Srgba,
    /// The dark line.
    pub dark: Srgba,
    /// How much of the ground lies over what the network did not see, 0 to 1.
    pub dim: f32,
}

impl Default for StageColours {
    fn default() -> Self {
        Self {
            ground: Srgba::WHITE,
            light: Srgba::WHITE,
            dark: Srgba::rgb(0.1, 0.12, 0.15),
            dim: 0.45,
        }
    }
}

/// The material of one pane.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub struct OverlayMaterial {
    #[uniform(0)]
    look: Look,
    #[texture(1)]
    #[sampler(2)]
    picture: Option<Handle<Image>>,
    #[texture(3, filterable = false)]
    map: Option<Handle<Image>>,
    #[texture(4, filterable = false)]
    tables: Handle<Image>,
}

impl Material2d for OverlayMaterial {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(shaders::OVERLAY)
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Opaque
    }
}

/// Field for field the struct `Look` in `shaders/overlay.wgsl`.
#[derive(ShaderType, Debug, Clone, Copy, PartialEq, Default)]
struct Look {
    picture_scale: Vec2,
    picture_offset: Vec2,
    pane_pixels: Vec2,
    region_min: Vec2,
    region_size: Vec2,
    scale: Vec2,
    clip: Vec2,
    marker: Vec2,
    ground: Vec4,
    light: Vec4,
    dark: Vec4,
    opacity: f32,
    cut: f32,
    wipe: f32,
    dim: f32,
    row: u32,
    flags: u32,
    lod: f32,
    points: f32,
}

impl Look {
    const HAS_PICTURE: u32 = 1;
    const HAS_MAP: u32 = 2;
    const SMOOTH_MAP: u32 = 4;
    const PICTURE_PIXELS: u32 = 8;
    const SHOW_REGION: u32 = 16;
    const SHOW_WIPE_LINE: u32 = 32;
    const SHOW_MARKER: u32 = 64;

    /// What the shader must know to draw `pane` where it was placed.
    fn of(pane: &Pane, placed: &PlacedPane, colours: &StageColours, texture: UVec2) -> Self {
        let space = pane.space(placed.points);
        let (picture_scale, picture_offset) = placed.view.picture_from_pane(space);
        // Physical pixels per texel: below 1 a smaller mip level fits, far above 1 squares do.
        let per_texel = placed.pixels / (picture_scale * texture.as_vec2());
        let mut look = Self {
            picture_scale,
            picture_offset,
            pane_pixels: placed.pixels,
            region_size: Vec2::ONE,
            clip: Vec2::new(pane.clip.0, pane.clip.1),
            marker: pane.marker.unwrap_or(Vec2::NEG_ONE),
            ground: colours.ground.to_vec4(),
            light: colours.light.to_vec4(),
            dark: colours.dark.to_vec4(),
            wipe: pane.wipe.unwrap_or(2.0),
            dim: colours.dim,
            lod: (-per_texel.max_element().log2()).max(0.0),
            points: placed.pixels_per_point.max(1.0).round(),
            ..default()
        };
        let mut set = |flag: u32, on: bool| look.flags |= if on { flag } else { 0 };
        set(Self::HAS_PICTURE, pane.picture.is_some());
        set(
            Self::PICTURE_PIXELS,
            per_texel.min_element() >= SQUARES_FROM,
        );
        set(Self::SHOW_WIPE_LINE, pane.wipe.is_some());
        set(Self::SHOW_MARKER, pane.marker.is_some());
        look.lay_over(pane);
        look
    }

    /// The part that concerns the map.
    fn lay_over(&mut self, pane: &Pane) {
        let Some(map) = &pane.map else {
            return;
        };
        let overlay = &pane.overlay;
        let whole = Rect::from_corners(Vec2::ZERO, Vec2::ONE);
        let scale = overlay.scale.unwrap_or(map.scale);
        let cut = map.ranks.cut_for_top(f64::from(overlay.top_share));
        self.region_min = map.region.min;
        self.region_size = map.region.size();
        self.scale = Vec2::new(scale.min, scale.max);
        self.opacity = overlay.opacity.clamp(0.0, 1.0);
        self.cut = finite(cut);
        // The tables lie in the order of `ALL`.
        self.row = Colormap::ALL
            .iter()
            .position(|&colormap| colormap == overlay.colormap)
            .unwrap_or(0) as u32;
        if overlay.shown && cut < f32::INFINITY {
            self.flags |= Self::HAS_MAP;
        }
        if overlay.smooth {
            self.flags |= Self::SMOOTH_MAP;
        }
        if pane.show_region && map.region != whole {
            self.flags |= Self::SHOW_REGION;
        }
    }
}

/// The texture with all colour tables.
#[derive(Resource, Debug, Clone)]
struct Tables(Handle<Image>);

/// One square for all panes.
#[derive(Resource, Debug, Clone)]
pub(super) struct Quad(pub(super) Handle<Mesh>);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(Material2dPlugin::<OverlayMaterial>::default())
        .init_resource::<StageColours>()
        .add_observer(give_material);
    let tables = app
        .world_mut()
        .resource_mut::<Assets<Image>>()
        .add(tables_image());
    let quad = app
        .world_mut()
        .resource_mut::<Assets<Mesh>>()
        .add(Rectangle::default());
    app.insert_resource(Tables(tables))
        .insert_resource(Quad(quad));
}

/// Panes that are drawn with something else.
type DrawnOtherwise = Or<(With<Intersection>, With<Canvas>)>;

/// Gives each new pane what it is drawn with.
fn give_material(
    added: On<Add, Pane>,
    others: Query<(), DrawnOtherwise>,
    mut commands: Commands,
    mut materials: ResMut<Assets<OverlayMaterial>>,
    tables: Res<Tables>,
    quad: Res<Quad>,
) {
    if others.contains(added.entity) {
        return;
    }
    let material = materials.add(OverlayMaterial {
        look: Look::default(),
        picture: None,
        map: None,
        tables: tables.0.clone(),
    });
    commands
        .entity(added.entity)
        .insert((Mesh2d(quad.0.clone()), MeshMaterial2d(material)));
}

/// Tells the shader about every pane that is shown and looks different from the frame before.
pub(super) fn update_materials(
    panes: Query<(&Pane, &PlacedPane, &MeshMaterial2d<OverlayMaterial>)>,
    mut materials: ResMut<Assets<OverlayMaterial>>,
    images: Res<Assets<Image>>,
    colours: Res<StageColours>,
) {
    for (pane, placed, handle) in &panes {
        let texture = pane
            .picture
            .as_ref()
            .and_then(|picture| images.get(picture))
            .map_or(UVec2::ONE, Image::size);
        let look = Look::of(pane, placed, &colours, texture);
        let map = pane.map.as_ref().map(|map| map.texture.clone());
        let Some(material) = materials.get(handle) else {
            continue;
        };
        // Writing marks the asset as changed, which uploads it: only write what is new.
        if material.look == look && material.picture == pane.picture && material.map == map {
            continue;
        }
        if let Some(mut material) = materials.get_mut(handle) {
            material.look = look;
            material.picture.clone_from(&pane.picture);
            material.map = map;
        }
    }
}
