//! From what the interface asked for to where each pane is drawn, all in the frame of the asking.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_egui::EguiOutput;

use super::area::{Drawn, Gesture, StageCommand, StageFrame};
use super::camera::StageCamera;
use super::pane::{LinkedView, Pane, PaneId, PaneRect};
use super::view::View;

/// Where and how a pane is drawn in this frame. Absent while the pane is not shown.
#[derive(Component, Debug, Clone, Copy, PartialEq)]
pub(super) struct PlacedPane {
    /// Width and height, points.
    pub(super) points: Vec2,
    /// Width and height, physical pixels (whole numbers).
    pub(super) pixels: Vec2,
    /// Physical pixels per egui point.
    pub(super) pixels_per_point: f32,
    /// The view within its limits.
    pub(super) view: View,
}

/// Forgets the requests of the frame before.
pub(super) fn begin_frame(mut frame: ResMut<StageFrame>) {
    frame.begin();
}

/// Writes where the interface wants each pane; the others get no place.
pub(super) fn take_places(frame: Res<StageFrame>, mut panes: Query<(&Pane, &mut PaneRect)>) {
    for (pane, mut rect) in &mut panes {
        let place = frame
            .placed()
            .iter()
            .rfind(|(id, _)| *id == pane.id)
            .map_or(Rect::EMPTY, |(_, rect)| {
                Rect::new(rect.min.x, rect.min.y, rect.max.x, rect.max.y)
            });
        rect.set_if_neq(PaneRect(place));
    }
}

/// Pans and zooms as pointer, keys and commands asked, and keeps every view within its limits.
/// What happens to one linked pane happens to all panes of its group.
pub(super) fn move_views(
    mut frame: ResMut<StageFrame>,
    mut commands: MessageReader<StageCommand>,
    mut panes: Query<(&Pane, &PaneRect, &mut View, Option<&LinkedView>)>,
) {
    let mut gestures = frame.take_gestures();
    for command in commands.read() {
        // On the pane in use; where that is not on screen, on all that are.
        let shown = |(pane, rect): (&Pane, &PaneRect)| {
            (!rect.0.is_empty()).then(|| (pane.id, rect.0.size()))
        };
        let seen: Vec<_> = panes
            .iter()
            .filter_map(|(pane, rect, _, _)| shown((pane, rect)))
            .collect();
        let active = seen.iter().filter(|(id, _)| frame.active() == Some(*id));
        let mut targets: Vec<_> = active.copied().collect();
        if targets.is_empty() {
            targets = seen;
        }
        gestures.extend(
            targets
                .into_iter()
                .map(|(id, size)| (id, command.as_gesture(size))),
        );
    }
    for (id, gesture) in gestures {
        let target = panes.iter().find(|(pane, ..)| pane.id == id);
        let Some((pane, rect, view, link)) = target else {
            continue;
        };
        let space = pane.space(rect.0.size());
        let moved = match gesture {
            Gesture::Pan(by) => view.panned(by, space),
            Gesture::Zoom { factor, at } => view.zoomed(factor, at, space),
            Gesture::Fit => View::FIT,
        };
        let link = link.copied();
        for (pane, _, mut view, other) in &mut panes {
            if pane.id == id || (link.is_some() && other.copied() == link) {
                view.set_if_neq(moved);
            }
        }
    }
    for (pane, rect, mut view, _) in &mut panes {
        if !rect.0.is_empty() {
            let kept = view.clamped(pane.space(rect.0.size()));
            view.set_if_neq(kept);
        }
    }
}

/// What placing a pane reads and writes.
type Placing = (
    Entity,
    &'static Pane,
    &'static PaneRect,
    &'static View,
    &'static mut Transform,
    &'static mut Visibility,
    Has<PlacedPane>,
);

/// Puts each pane's square under its place in the interface, on whole physical pixels.
pub(super) fn place_panes(
    mut commands: Commands,
    mut frame: ResMut<StageFrame>,
    camera: Query<(&Camera, &EguiOutput), With<StageCamera>>,
    mut panes: Query<Placing>,
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
    let mut drawn: HashMap<PaneId, Drawn> = HashMap::new();
    for (entity, pane, rect, view, mut transform, mut visibility, was_placed) in &mut panes {
        let min = (rect.0.min * per_point).round();
        let max = (rect.0.max * per_point).round();
        let pixels = max - min;
        if rect.0.is_empty() || pixels.min_element() < 1.0 {
            visibility.set_if_neq(Visibility::Hidden);
            if was_placed {
                commands.entity(entity).remove::<PlacedPane>();
            }
            continue;
        }
        // The camera's world has its origin in the middle of the window and y upwards.
        let middle = (min + max) * 0.5 / factor - viewport * 0.5;
        let place = Transform {
            translation: Vec3::new(middle.x, -middle.y, 0.0),
            scale: (pixels / factor).extend(1.0),
            ..default()
        };
        transform.set_if_neq(place);
        visibility.set_if_neq(Visibility::Visible);
        let points = pixels / per_point;
        commands.entity(entity).insert(PlacedPane {
            points,
            pixels,
            pixels_per_point: per_point,
            view: *view,
        });
        drawn.insert(
            pane.id,
            Drawn {
                rect: Rect::from_corners(min / per_point, max / per_point),
                view: *view,
                space: pane.space(points),
            },
        );
    }
    frame.set_drawn(drawn);
}
