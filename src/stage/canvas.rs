//! A pane that is painted on: `shaders/reveal.wgsl`, and the strokes' own texture.

use bevy::asset::RenderAssetUsages;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    AsBindGroup, Extent3d, ShaderType, TextureDimension, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::GpuImage;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderSystems};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dPlugin};

use super::compute::{Gpu, LABELS, StrokePass};
use super::layout::PlacedPane;
use super::overlay::{OverlayMaterial, Quad, SQUARES_FROM, StageColours};
use super::pane::Pane;
use super::shaders;
use crate::guess::{Band, Stamp, reveal};

/// Makes a [`Pane`] a canvas: paint over its picture, and the answer left of a wipe.
#[derive(Component, Debug, Clone, Default, PartialEq)]
pub struct Canvas {
    /// What is painted, from [`canvas_image`]; drawn to by [`Strokes`].
    pub painted: Option<Handle<Image>>,
    /// The answer's labels, from [`labels_image`]; seen only left of [`Self::wipe`].
    pub answer: Option<Handle<Image>>,
    /// The segments, from [`segments_image`].
    pub segments: Option<Handle<Image>>,
    /// The part of the picture that all three cover, in picture fractions.
    pub region: Rect,
    /// How much of the region, from its left side, shows guess against answer: 0 to 1.
    pub wipe: f32,
    /// The segment that is outlined.
    pub cursor: Option<usize>,
    /// The segment that a hint points at, and the colour it is about.
    pub hint: Option<(usize, Band)>,
}

/// The strokes of this frame, on their way to the device.
#[derive(Resource, Debug, Default)]
pub struct Strokes(Vec<(Handle<Image>, Vec<Stamp>)>);

impl Strokes {
    /// Draws `stamps` into a texture made by [`canvas_image`], in the frame that is being made.
    pub fn draw(&mut self, painted: &Handle<Image>, stamps: Vec<Stamp>) {
        if !stamps.is_empty() {
            self.0.push((painted.clone(), stamps));
        }
    }
}

/// An unpainted canvas of `height` x `width` pixels on the device.
#[must_use]
pub fn canvas_image(height: usize, width: usize) -> Image {
    let mut image = Image::new_uninit(
        extent(height, width),
        TextureDimension::D2,
        LABELS,
        RenderAssetUsages::default(),
    );
    image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    image
}

/// Labels (0 none, 1 yellow to 4 purple), row by row, as a texture of `height` x `width`.
#[must_use]
pub fn labels_image(labels: &[u8], height: usize, width: usize) -> Image {
    let mut data = labels.to_vec();
    data.resize(height.max(1) * width.max(1), 0);
    let mut image = Image::new_uninit(
        extent(height, width),
        TextureDimension::D2,
        LABELS,
        RenderAssetUsages::default(),
    );
    image.data = Some(data);
    image
}

/// The number of the segment of each pixel, row by row, as a texture of `height` x `width`.
/// Numbers from 65535 on are one segment.
#[must_use]
pub fn segments_image(numbers: impl Iterator<Item = usize>, height: usize, width: usize) -> Image {
    let mut data: Vec<u8> = numbers
        .flat_map(|number| (number.min(65_534) as u16).to_le_bytes())
        .collect();
    data.resize(2 * height.max(1) * width.max(1), 0);
    let mut image = Image::new_uninit(
        extent(height, width),
        TextureDimension::D2,
        TextureFormat::Rg8Unorm,
        RenderAssetUsages::default(),
    );
    image.data = Some(data);
    image
}

fn extent(height: usize, width: usize) -> Extent3d {
    Extent3d {
        width: width.max(1) as u32,
        height: height.max(1) as u32,
        depth_or_array_layers: 1,
    }
}

/// The material of such a pane.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub struct CanvasMaterial {
    #[uniform(0)]
    look: Look,
    #[texture(1)]
    #[sampler(2)]
    picture: Option<Handle<Image>>,
    #[texture(3, filterable = false)]
    painted: Option<Handle<Image>>,
    #[texture(4, filterable = false)]
    answer: Option<Handle<Image>>,
    #[texture(5, filterable = false)]
    segments: Option<Handle<Image>>,
}

impl Material2d for CanvasMaterial {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(shaders::REVEAL)
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Opaque
    }
}

/// Field for field the struct `Look` in `shaders/reveal.wgsl`.
#[derive(ShaderType, Debug, Clone, Copy, PartialEq, Default)]
struct Look {
    picture_scale: Vec2,
    picture_offset: Vec2,
    pane_pixels: Vec2,
    region_min: Vec2,
    region_size: Vec2,
    ground: Vec4,
    light: Vec4,
    dark: Vec4,
    bands: [Vec4; 4],
    paint: f32,
    full: f32,
    half: f32,
    faint: f32,
    wipe: f32,
    dim: f32,
    lod: f32,
    points: f32,
    cursor: u32,
    hint: u32,
    hint_band: u32,
    flags: u32,
}

impl Look {
    const HAS_PICTURE: u32 = 1;
    const PICTURE_PIXELS: u32 = 2;
    const SHOW_REGION: u32 = 4;
    const SHOW_WIPE_LINE: u32 = 8;
    const HAS_PAINT: u32 = 16;
    const HAS_ANSWER: u32 = 32;

    fn of(
        pane: &Pane,
        canvas: &Canvas,
        placed: &PlacedPane,
        colours: &StageColours,
        texture: UVec2,
    ) -> Self {
        let space = pane.space(placed.points);
        let (picture_scale, picture_offset) = placed.view.picture_from_pane(space);
        let per_texel = placed.pixels / (picture_scale * texture.as_vec2());
        let number = |segment: Option<usize>| segment.map_or(0, |number| number as u32 + 1);
        let mut look = Self {
            picture_scale,
            picture_offset,
            pane_pixels: placed.pixels,
            region_min: canvas.region.min,
            region_size: canvas.region.size(),
            ground: colours.ground.to_vec4(),
            light: colours.light.to_vec4(),
            dark: colours.dark.to_vec4(),
            bands: Band::ALL.map(|band| {
                let [r, g, b] = band.rgb();
                Srgba::rgb_u8(r, g, b).to_vec4()
            }),
            paint: reveal::PAINT,
            full: reveal::FULL,
            half: reveal::HALF,
            faint: reveal::FAINT,
            wipe: canvas.wipe,
            dim: colours.dim,
            lod: (-per_texel.max_element().log2()).max(0.0),
            points: placed.pixels_per_point.max(1.0).round(),
            cursor: number(canvas.cursor),
            hint: number(canvas.hint.map(|(segment, _)| segment)),
            hint_band: canvas.hint.map_or(0, |(_, band)| u32::from(band.label())),
            flags: 0,
        };
        let whole = Rect::from_corners(Vec2::ZERO, Vec2::ONE);
        let mut set = |flag: u32, on: bool| look.flags |= if on { flag } else { 0 };
        set(Self::HAS_PICTURE, pane.picture.is_some());
        set(
            Self::PICTURE_PIXELS,
            per_texel.min_element() >= SQUARES_FROM,
        );
        let usable = !canvas.region.is_empty();
        set(Self::SHOW_REGION, usable && canvas.region != whole);
        let answered = canvas.answer.is_some() && canvas.wipe > 0.0;
        set(Self::SHOW_WIPE_LINE, answered && canvas.wipe < 1.0);
        set(Self::HAS_PAINT, canvas.painted.is_some());
        set(Self::HAS_ANSWER, answered);
        look
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(Material2dPlugin::<CanvasMaterial>::default())
        .init_resource::<Strokes>()
        .add_observer(give_material);
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .init_resource::<Waiting>()
            .add_systems(ExtractSchedule, take_strokes)
            .add_systems(Render, draw_strokes.in_set(RenderSystems::PrepareResources));
    }
}

/// Gives a pane that became a canvas what it is drawn with, in place of the overlay.
fn give_material(
    added: On<Add, Canvas>,
    mut commands: Commands,
    mut materials: ResMut<Assets<CanvasMaterial>>,
    quad: Res<Quad>,
) {
    let material = materials.add(CanvasMaterial {
        look: Look::default(),
        picture: None,
        painted: None,
        answer: None,
        segments: None,
    });
    commands
        .entity(added.entity)
        .remove::<MeshMaterial2d<OverlayMaterial>>()
        .insert((Mesh2d(quad.0.clone()), MeshMaterial2d(material)));
}

/// Tells the shader about every canvas that is shown and looks different.
pub(super) fn update_materials(
    panes: Query<(&Pane, &Canvas, &PlacedPane, &MeshMaterial2d<CanvasMaterial>)>,
    mut materials: ResMut<Assets<CanvasMaterial>>,
    images: Res<Assets<Image>>,
    colours: Res<StageColours>,
) {
    for (pane, canvas, placed, handle) in &panes {
        let texture = pane
            .picture
            .as_ref()
            .and_then(|picture| images.get(picture))
            .map_or(UVec2::ONE, Image::size);
        let want = CanvasMaterial {
            look: Look::of(pane, canvas, placed, &colours, texture),
            picture: pane.picture.clone(),
            painted: canvas.painted.clone(),
            answer: canvas.answer.clone(),
            segments: canvas.segments.clone(),
        };
        let is_new = materials.get(handle).is_some_and(|now| {
            now.look != want.look
                || now.picture != want.picture
                || now.painted != want.painted
                || now.answer != want.answer
                || now.segments != want.segments
        });
        if is_new && let Some(mut material) = materials.get_mut(handle) {
            *material = want;
        }
    }
}

/// Strokes whose texture is not on the device yet wait for it, in order.
#[derive(Resource, Default)]
struct Waiting(Vec<(Handle<Image>, Vec<Stamp>)>);

fn take_strokes(mut main: ResMut<MainWorld>, mut waiting: ResMut<Waiting>) {
    if let Some(mut strokes) = main.get_resource_mut::<Strokes>()
        && !strokes.0.is_empty()
    {
        waiting.0.append(&mut strokes.0);
    }
}

/// Draws what waits; before the frame itself is drawn, so that a stroke is seen at once.
fn draw_strokes(
    mut waiting: ResMut<Waiting>,
    mut pass: Local<Option<StrokePass>>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    if device.is_changed() && !device.is_added() {
        // The pipeline belonged to a device that was lost.
        *pass = None;
    }
    if waiting.0.is_empty() {
        return;
    }
    let gpu = Gpu::of(&device, &queue);
    let pass = pass.get_or_insert_with(|| StrokePass::new(&gpu));
    waiting.0.retain(|(handle, stamps)| {
        let Some(image) = images.get(handle) else {
            return true;
        };
        let size = image.texture.size();
        pass.draw(&gpu, &image.texture_view, [size.width, size.height], stamps);
        false
    });
}
