//! The plain grounds of the interface's panels, drawn as squares of one colour.
//!
//! egui's shader samples a texture and converts colours twice for each pixel. Panels cover more than half of
//! the window: without a graphics processor their grounds alone took most of a frame.

use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::AsBindGroup;
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dPlugin};
use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{self, Color32};
use bevy_egui::{EguiFullOutput, EguiOutput};

use super::area::StageFrame;
use super::camera::StageCamera;
use super::overlay::Quad;
use super::shaders;
use super::sheet::Sheet;

/// Smaller ones, in square points, cost less than a square of their own.
const LEAST: f32 = 64.0 * 64.0;

/// Under all panes, the first one lowest.
const DEPTH: f32 = -100.0;

/// What was taken from the interface in this frame, in points, from the lowest to the uppermost.
#[derive(Resource, Debug, Default)]
pub(super) struct Grounds(Vec<(egui::Rect, Color32)>);

#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub(super) struct GroundMaterial {
    #[uniform(0)]
    colour: LinearRgba,
}

impl Material2d for GroundMaterial {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(shaders::GROUND)
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Opaque
    }
}

/// The square of a ground. There are as many as were ever needed at a time.
#[derive(Component)]
pub(super) struct Ground;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(Material2dPlugin::<GroundMaterial>::default())
        .init_resource::<Grounds>();
}

/// Takes the grounds out of what egui is about to draw.
pub(super) fn take_grounds(
    mut outputs: Query<(&mut EguiFullOutput, &EguiOutput), With<StageCamera>>,
    frame: Res<StageFrame>,
    sheets: Query<&Sheet>,
    mut grounds: ResMut<Grounds>,
) {
    grounds.0.clear();
    let Ok((mut output, last)) = outputs.single_mut() else {
        return;
    };
    let Some(output) = &mut output.0 else {
        return;
    };
    // What is drawn between a ground and its new place: panes and the sheet.
    let mut above: Vec<egui::Rect> = frame.placed().iter().map(|(_, rect)| *rect).collect();
    for area in sheets.iter().filter_map(Sheet::area) {
        let corner =
            |at: UVec2| egui::pos2(at.x as f32, at.y as f32) / last.pixels_per_point.max(0.1);
        above.push(egui::Rect::from_min_max(corner(area.min), corner(area.max)));
    }
    take(&mut output.shapes, above, &mut grounds.0);
}

/// Moves each ground that nothing lies under, `above` included, to `grounds`.
fn take(
    shapes: &mut [ClippedShape],
    mut above: Vec<egui::Rect>,
    grounds: &mut Vec<(egui::Rect, Color32)>,
) {
    for ClippedShape { clip_rect, shape } in shapes {
        let covers = shape.visual_bounding_rect().intersect(*clip_rect);
        if !covers.is_positive() {
            continue;
        }
        let free = || {
            above
                .iter()
                .all(|rect| !rect.intersect(covers).is_positive())
        };
        match plain(shape) {
            Some(colour) if covers.area() >= LEAST && free() => {
                grounds.push((covers, colour));
                *shape = Shape::Noop;
            }
            _ => above.push(covers),
        }
    }
}

/// The colour of a rectangle that has nothing but an opaque one.
fn plain(shape: &Shape) -> Option<Color32> {
    let Shape::Rect(rect) = shape else {
        return None;
    };
    let sharp = rect.corner_radius == egui::CornerRadius::ZERO
        && rect.blur_width <= 0.0
        && rect.angle.abs() <= 0.0;
    let bare = rect.brush.is_none() && rect.stroke.is_empty();
    (sharp && bare && rect.fill.is_opaque()).then_some(rect.fill)
}

/// Puts a square of its colour at the place of each ground, on whole physical pixels.
pub(super) fn place_grounds(
    mut commands: Commands,
    grounds: Res<Grounds>,
    camera: Query<(&Camera, &EguiOutput), With<StageCamera>>,
    mut squares: Query<
        (
            &mut Transform,
            &mut Visibility,
            &MeshMaterial2d<GroundMaterial>,
        ),
        With<Ground>,
    >,
    mut materials: ResMut<Assets<GroundMaterial>>,
    quad: Res<Quad>,
) {
    let Ok((camera, egui)) = camera.single() else {
        return;
    };
    let (Some(viewport), Some(factor)) = (
        camera.logical_viewport_size(),
        camera.target_scaling_factor(),
    ) else {
        return;
    };
    let per_point = egui.pixels_per_point;
    let mut depth = DEPTH;
    let mut wanted = grounds.0.iter().map(|(rect, colour)| {
        let corner = |at: egui::Pos2| (Vec2::new(at.x, at.y) * per_point).round();
        let (min, max) = (corner(rect.min), corner(rect.max));
        // The camera's world has its origin in the middle of the window and y upwards.
        let middle = (min + max) * 0.5 / factor - viewport * 0.5;
        depth += 0.01;
        let place = Transform {
            translation: Vec3::new(middle.x, -middle.y, depth),
            scale: ((max - min) / factor).extend(1.0),
            ..default()
        };
        let [r, g, b, _] = colour.to_array();
        (place, LinearRgba::from(Srgba::rgb_u8(r, g, b)))
    });
    for (mut transform, mut visibility, material) in &mut squares {
        let Some((place, colour)) = wanted.next() else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        transform.set_if_neq(place);
        visibility.set_if_neq(Visibility::Visible);
        // Writing marks the asset as changed, which uploads it: only write what is new.
        let same = materials
            .get(material)
            .is_some_and(|old| old.colour == colour);
        if !same && let Some(mut material) = materials.get_mut(material) {
            material.colour = colour;
        }
    }
    for (place, colour) in wanted {
        let material = materials.add(GroundMaterial { colour });
        commands.spawn((
            Name::new("ground"),
            Ground,
            Mesh2d(quad.0.clone()),
            MeshMaterial2d(material),
            place,
        ));
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{CornerRadius, Rect, Shape, pos2, vec2};

    use super::*;

    fn clipped(shape: impl Into<Shape>) -> ClippedShape {
        ClippedShape {
            clip_rect: Rect::EVERYTHING,
            shape: shape.into(),
        }
    }

    fn filled(x: f32, width: f32, colour: Color32) -> ClippedShape {
        let rect = Rect::from_min_size(pos2(x, 0.0), vec2(width, 400.0));
        clipped(egui::epaint::RectShape::filled(
            rect,
            CornerRadius::ZERO,
            colour,
        ))
    }

    fn taken(shapes: &mut [ClippedShape], above: Vec<Rect>) -> Vec<(Rect, Color32)> {
        let mut grounds = Vec::new();
        take(shapes, above, &mut grounds);
        grounds
    }

    #[test]
    fn panels_beside_one_another_are_grounds() {
        let mut shapes = [
            filled(0.0, 100.0, Color32::WHITE),
            filled(10.0, 5.0, Color32::BLACK),
            filled(100.0, 100.0, Color32::RED),
        ];
        let grounds = taken(&mut shapes, Vec::new());
        let colours: Vec<Color32> = grounds.iter().map(|(_, colour)| *colour).collect();
        assert_eq!(colours, [Color32::WHITE, Color32::RED]);
        let drawn: Vec<bool> = shapes.iter().map(|s| s.shape != Shape::Noop).collect();
        assert_eq!(drawn, [false, true, false]);
    }

    #[test]
    fn what_hides_something_stays_where_it_is() {
        // Over a small thing that is drawn before, over a pane, translucent, rounded.
        let mut shapes = [
            filled(10.0, 5.0, Color32::BLACK),
            filled(0.0, 100.0, Color32::WHITE),
        ];
        assert_eq!(taken(&mut shapes, Vec::new()), []);
        let pane = Rect::from_min_size(pos2(90.0, 390.0), vec2(50.0, 50.0));
        let mut shapes = [filled(0.0, 100.0, Color32::WHITE)];
        assert_eq!(taken(&mut shapes, vec![pane]), []);
        let mut shapes = [filled(0.0, 100.0, Color32::from_black_alpha(90))];
        assert_eq!(taken(&mut shapes, Vec::new()), []);
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 200.0));
        let round = egui::epaint::RectShape::filled(rect, 6.0, Color32::WHITE);
        assert_eq!(taken(&mut [clipped(round)], Vec::new()), []);
    }

    #[test]
    fn only_what_is_seen_of_it_is_drawn() {
        let clip = Rect::from_min_size(pos2(20.0, 0.0), vec2(70.0, 100.0));
        let mut shapes = [ClippedShape {
            clip_rect: clip,
            ..filled(0.0, 100.0, Color32::WHITE)
        }];
        assert_eq!(taken(&mut shapes, Vec::new()), [(clip, Color32::WHITE)]);
    }
}
