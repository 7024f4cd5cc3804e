//! What the device draws against what the processor computes, on software Vulkan.

use bevy::ecs::message::MessageCursor;
use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use image::{Rgb, RgbImage, RgbaImage};
use ndarray::Array2;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::compare::intersection;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Look, MapRect, Scale, overlay};
use crate::testing::{Headless, HeadlessSettings, root_ui};

const WHOLE: Rect = Rect {
    min: Vec2::ZERO,
    max: Vec2::ONE,
};

/// Where the test's interface puts panes.
#[derive(Resource, Clone, Default)]
struct Places(Vec<(PaneId, egui::Rect)>);

fn show_panes(
    mut contexts: EguiContexts,
    places: Res<Places>,
    mut frame: ResMut<StageFrame>,
) -> Result {
    let ui = root_ui(contexts.ctx_mut()?);
    for &(id, rect) in &places.0 {
        PaneArea::new(id, rect, "a test picture").show(&ui, &mut frame);
    }
    Ok(())
}

fn headless(width: u32, height: u32, scale_factor: f32) -> Headless {
    let settings = HeadlessSettings {
        scale_factor,
        ..HeadlessSettings::new(width, height)
    };
    Headless::new(settings, |app| {
        app.add_plugins(super::plugin)
            .init_resource::<Places>()
            .add_systems(EguiPrimaryContextPass, show_panes);
    })
    .unwrap()
}

fn place(headless: &mut Headless, id: u64, min: (f32, f32), size: (f32, f32)) {
    let rect = egui::Rect::from_min_size(min.into(), size.into());
    let mut places = headless.world().resource_mut::<Places>();
    places.0.push((PaneId(id), rect));
}

fn random_picture(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut random = StdRng::seed_from_u64(seed);
    RgbImage::from_fn(width, height, |_, _| Rgb(random.random()))
}

fn random_map(rows: usize, columns: usize, seed: u64) -> SaliencyMap {
    let mut random = StdRng::seed_from_u64(seed);
    SaliencyMap {
        values: Array2::from_shape_simple_fn((rows, columns), || random.random_range(-1.0..3.0)),
    }
}

fn spawn(headless: &mut Headless, id: u64, picture: &RgbImage) -> Entity {
    let world = headless.world();
    let texture = picture_image(picture, SAFE_SIDE);
    let texture = world.resource_mut::<Assets<Image>>().add(texture);
    let mut pane = Pane::new(PaneId(id));
    pane.picture = Some(texture);
    pane.picture_size = UVec2::new(picture.width(), picture.height());
    world.spawn(pane).id()
}

fn give_map(headless: &mut Headless, pane: Entity, map: &SaliencyMap, region: Rect) {
    let world = headless.world();
    let part = [region.min.x, region.min.y, region.max.x, region.max.y];
    let layer = LayerData::of(map, part).layer(&mut world.resource_mut::<Assets<Image>>());
    world.get_mut::<Pane>(pane).unwrap().map = Some(layer);
}

fn pane(headless: &mut Headless, entity: Entity) -> Mut<'_, Pane> {
    headless.world().get_mut::<Pane>(entity).unwrap()
}

fn view(headless: &mut Headless, entity: Entity) -> View {
    *headless.world().get::<View>(entity).unwrap()
}

/// Fails where a channel of `screen` at `at` is further than `tolerance` from `want`.
fn assert_close(screen: &RgbaImage, at: (u32, u32), want: &RgbImage, tolerance: u8) {
    for (x, y, pixel) in want.enumerate_pixels() {
        let got = screen.get_pixel(at.0 + x, at.1 + y).0;
        for (got, want) in got.iter().zip(pixel.0) {
            assert!(
                got.abs_diff(want) <= tolerance,
                "at {x}, {y}: {got:?} on screen, {want:?} computed"
            );
        }
    }
}

#[test]
fn the_overlay_equals_its_twin() {
    let picture = random_picture(97, 61, 1);
    let map = random_map(61, 97, 2);
    let mut stage = headless(130, 80, 1.0);
    place(&mut stage, 1, (20.0, 10.0), (97.0, 61.0));
    let entity = spawn(&mut stage, 1, &picture);
    give_map(&mut stage, entity, &map, WHOLE);
    for (colormap, opacity, top_share, smooth, scale) in [
        (Colormap::Inferno, 0.4, 1.0, true, None),
        (Colormap::Viridis, 1.0, 1.0, false, None),
        (Colormap::Cividis, 0.0, 1.0, true, None),
        (Colormap::Gray, 0.73, 0.25, true, None),
        (Colormap::Inferno, 0.6, 0.0, true, None),
        (Colormap::Viridis, 0.5, 0.9, false, Some((0.0, 0.5))),
    ] {
        let scale = scale.map(|(min, max)| Scale { min, max });
        pane(&mut stage, entity).overlay = super::Overlay {
            shown: true,
            opacity,
            colormap,
            scale,
            top_share,
            smooth,
        };
        // One frame: a slider shows at once.
        stage.frame();
        let look = Look {
            colormap,
            scale: scale.unwrap_or(Scale::of(&map)),
            opacity,
            cut: map.cut_for_top(f64::from(top_share)),
        };
        let want = overlay(&picture, &map, MapRect::whole(&picture), &look);
        assert_close(&stage.screenshot().unwrap(), (20, 10), &want, 1);
    }
    pane(&mut stage, entity).overlay.shown = false;
    stage.frame();
    assert_close(&stage.screenshot().unwrap(), (20, 10), &picture, 0);
}

#[test]
fn a_plateau_at_the_threshold_is_shown_whole() {
    let picture = random_picture(64, 64, 3);
    let mut stage = headless(210, 210, 1.0);
    // 3.25 screen pixels to a pixel of the map: the places between them are interpolated.
    place(&mut stage, 1, (1.0, 1.0), (208.0, 208.0));
    let entity = spawn(&mut stage, 1, &picture);
    let mut random = StdRng::seed_from_u64(4);
    for _ in 0..12 {
        // The left half high, with a value that rounding may move.
        let high: f32 = random.random_range(0.001..1.0);
        let map = SaliencyMap {
            values: Array2::from_shape_fn((64, 64), |(_, x)| if x < 32 { high } else { 0.0 }),
        };
        give_map(&mut stage, entity, &map, WHOLE);
        pane(&mut stage, entity).overlay = Overlay {
            opacity: 1.0,
            top_share: 0.5,
            colormap: Colormap::Viridis,
            ..Overlay::default()
        };
        stage.frames(3);
        let screen = stage.screenshot().unwrap();
        let highest = Colormap::Viridis.colour(255);
        for y in 1..209 {
            for x in 1..(31 * 13 / 4) {
                let [r, g, b, _] = screen.get_pixel(x, y).0;
                assert_eq!([r, g, b], highest, "{high} at {x}, {y}");
            }
        }
    }
}

#[test]
fn a_map_covers_what_the_network_saw() {
    let picture = random_picture(64, 48, 3);
    let map = random_map(5, 7, 4);
    let mut stage = headless(64, 48, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (64.0, 48.0));
    let entity = spawn(&mut stage, 1, &picture);
    let region = Rect::new(0.125, 0.25, 0.75, 1.0);
    give_map(&mut stage, entity, &map, region);
    pane(&mut stage, entity).show_region = false;
    pane(&mut stage, entity).overlay.smooth = false;
    stage.frame();
    let rect = MapRect {
        x: 8.0,
        y: 12.0,
        width: 40.0,
        height: 36.0,
    };
    let want = overlay(&picture, &map, rect, &Look::of(&map));
    assert_close(&stage.screenshot().unwrap(), (0, 0), &want, 1);

    // Outlined, the outside is dimmed towards the ground and the inside stays.
    pane(&mut stage, entity).show_region = true;
    stage.frame();
    let screen = stage.screenshot().unwrap();
    for (x, y) in [(2, 2), (60, 30), (30, 5)] {
        let (seen, plain) = (screen.get_pixel(x, y).0, picture.get_pixel(x, y).0);
        for (seen, plain) in seen.into_iter().zip(plain) {
            // 45 % of white over it.
            let want = f32::from(plain) * 0.55 + 255.0 * 0.45;
            assert!((f32::from(seen) - want).abs() <= 1.0, "{seen} for {plain}");
        }
    }
    assert_eq!(
        screen.get_pixel(7, 30).0,
        [255; 4],
        "the outline's light line"
    );
    let want = want.get_pixel(9, 13).0;
    for (seen, want) in screen.get_pixel(9, 13).0.into_iter().zip(want) {
        assert!(seen.abs_diff(want) <= 1);
    }
}

#[test]
fn wipe_and_clip_cut_where_they_say() {
    let picture = RgbImage::from_pixel(40, 40, Rgb([10, 20, 30]));
    let other = RgbImage::from_pixel(40, 40, Rgb([200, 100, 50]));
    let map = random_map(40, 40, 5);
    let mut stage = headless(40, 40, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (40.0, 40.0));
    place(&mut stage, 2, (0.0, 0.0), (40.0, 40.0));
    let left = spawn(&mut stage, 1, &picture);
    let right = spawn(&mut stage, 2, &other);
    pane(&mut stage, left).clip = (0.0, 0.75);
    pane(&mut stage, right).clip = (0.75, 1.0);
    give_map(&mut stage, left, &map, WHOLE);
    pane(&mut stage, left).wipe = Some(0.5);
    pane(&mut stage, left).overlay.opacity = 1.0;
    stage.frame();
    let screen = stage.screenshot().unwrap();
    assert_ne!(screen.get_pixel(10, 10).0, [10, 20, 30, 255]);
    assert_eq!(screen.get_pixel(25, 10).0, [10, 20, 30, 255]);
    assert_eq!(screen.get_pixel(29, 10).0, [10, 20, 30, 255]);
    assert_eq!(screen.get_pixel(30, 10).0, [200, 100, 50, 255]);
}

#[test]
fn panes_sit_on_physical_pixels_at_any_scale() {
    let picture = random_picture(50, 40, 6);
    for scale_factor in [1.0_f32, 1.5, 2.0] {
        let mut stage = headless(200, 160, scale_factor);
        let points = |pixels: f32| pixels / scale_factor;
        let size = (points(50.0), points(40.0));
        place(&mut stage, 1, (points(31.0), points(17.0)), size);
        spawn(&mut stage, 1, &picture);
        // The scale reaches egui in the second frame.
        stage.frames(2);
        let screen = stage.screenshot().unwrap();
        assert_close(&screen, (31, 17), &picture, 0);
        assert_eq!(screen.get_pixel(29, 15).0, [255; 4]);
    }
}

#[test]
fn a_pane_is_gone_when_it_is_not_asked_for() {
    let picture = RgbImage::from_pixel(10, 10, Rgb([10, 20, 30]));
    let mut stage = headless(10, 10, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (10.0, 10.0));
    spawn(&mut stage, 1, &picture);
    stage.frame();
    let screen = stage.screenshot().unwrap();
    assert_eq!(screen.get_pixel(5, 5).0, [10, 20, 30, 255]);
    stage.world().resource_mut::<Places>().0.clear();
    stage.frame();
    let screen = stage.screenshot().unwrap();
    assert_eq!(screen.get_pixel(5, 5).0, [255; 4]);
}

#[test]
fn pointer_and_keys_move_linked_views_together() {
    let picture = random_picture(100, 100, 7);
    let mut stage = headless(200, 100, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (100.0, 100.0));
    place(&mut stage, 2, (100.0, 0.0), (100.0, 100.0));
    let a = spawn(&mut stage, 1, &picture);
    let b = spawn(&mut stage, 2, &picture);
    for entity in [a, b] {
        stage.world().entity_mut(entity).insert(LinkedView(7));
    }
    let at = egui::pos2(25.0, 50.0);
    stage.send(egui::Event::PointerMoved(at));
    stage.frames(2);
    let held = stage.world().resource::<StageFrame>();
    let held = held.place_under(PaneId(1), at).unwrap();
    stage.send(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 8.0),
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
    });
    stage.frames(20);
    let zoomed = view(&mut stage, a);
    assert!(zoomed.zoom > 1.5, "{zoomed:?}");
    assert_eq!(zoomed, view(&mut stage, b));
    let now = stage.world().resource::<StageFrame>();
    let now = now.place_under(PaneId(1), at).unwrap();
    assert!((now - held).length() < 1e-3, "{held} went to {now}");

    // A drag in the other pane moves both.
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let (from, to) = (egui::pos2(150.0, 50.0), egui::pos2(170.0, 60.0));
    stage.send(egui::Event::PointerMoved(from));
    stage.frame();
    stage.send(button(from, true));
    stage.frame();
    stage.send(egui::Event::PointerMoved(to));
    stage.frame();
    stage.send(button(to, false));
    stage.frame();
    let dragged = view(&mut stage, b);
    assert!(dragged.centre.x < zoomed.centre.x && dragged.centre.y < zoomed.centre.y);
    assert_eq!(dragged, view(&mut stage, a));

    stage.world().write_message(StageCommand::ZoomIn);
    stage.frame();
    let closer = view(&mut stage, a);
    assert!((closer.zoom / dragged.zoom - ZOOM_STEP).abs() < 1e-4);
    stage.world().write_message(StageCommand::Fit);
    stage.frame();
    assert_eq!([a, b].map(|pane| view(&mut stage, pane)), [View::FIT; 2]);
}

#[test]
fn arrow_keys_move_a_focused_pane() {
    let picture = random_picture(100, 100, 8);
    let mut stage = headless(100, 100, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (100.0, 100.0));
    let entity = spawn(&mut stage, 1, &picture);
    let key = |key| egui::Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    stage.frame();
    stage.send(key(egui::Key::Tab));
    stage.frames(2);
    let active = stage.world().resource::<StageFrame>().active();
    assert_eq!(
        active,
        Some(PaneId(1)),
        "the focused pane is the active one"
    );
    stage.world().write_message(StageCommand::ZoomIn);
    stage.frame();
    let before = view(&mut stage, entity);
    stage.send(key(egui::Key::ArrowRight));
    stage.frames(2);
    let after = view(&mut stage, entity);
    assert!(after.centre.x > before.centre.x, "{before:?} {after:?}");
}

#[test]
fn a_long_strip_and_a_single_pixel_are_drawn() {
    let strip = RgbImage::from_fn(40_000, 10, |x, _| {
        if x < 20_000 {
            Rgb([250, 0, 0])
        } else {
            Rgb([0, 0, 250])
        }
    });
    let dot = RgbImage::from_pixel(1, 1, Rgb([0, 200, 0]));
    let mut stage = headless(400, 100, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (200.0, 100.0));
    place(&mut stage, 2, (200.0, 0.0), (200.0, 100.0));
    let entity = spawn(&mut stage, 1, &strip);
    spawn(&mut stage, 2, &dot);
    stage.world().get_mut::<View>(entity).unwrap().zoom = 1e9;
    stage.frame();
    let screen = stage.screenshot().unwrap();
    // The strip's middle, where its colour changes, lies in the middle of its pane.
    assert_eq!(screen.get_pixel(20, 50).0, [250, 0, 0, 255]);
    assert_eq!(screen.get_pixel(180, 50).0, [0, 0, 250, 255]);
    assert_eq!(screen.get_pixel(300, 50).0, [0, 200, 0, 255]);
    assert_eq!(screen.get_pixel(210, 50).0, [255; 4]);
}

#[test]
fn the_intersection_equals_its_twin() {
    let a = random_picture(90, 50, 9);
    let mut b = a.clone();
    for (byte, noise) in b.iter_mut().zip(random_picture(90, 50, 10).iter()) {
        *byte = byte.saturating_add(noise / 4);
    }
    let (values_a, values_b) = (random_map(50, 90, 11), random_map(50, 90, 12));
    let scale = Scale {
        min: -1.0,
        max: 3.0,
    };
    let shares = |map: &SaliencyMap| SaliencyMap {
        values: map.values.mapv(|value| scale.share(value)),
    };
    let mut stage = headless(90, 50, 1.0);
    place(&mut stage, 1, (0.0, 0.0), (90.0, 50.0));
    let mut images = stage.world().resource_mut::<Assets<Image>>();
    let shown = Intersection {
        a: images.add(colours_image(&a)),
        b: images.add(colours_image(&b)),
        values: None,
        delta: 0,
    };
    let values = [&values_a, &values_b].map(|map| images.add(map_image(&shares(map))));
    let mut pane = Pane::new(PaneId(1));
    pane.picture_size = UVec2::new(90, 50);
    let entity = stage.world().spawn((pane, shown)).id();
    for delta in [0, 20, 40, 255] {
        let mut shown = stage.world().get_mut::<Intersection>(entity).unwrap();
        shown.delta = delta;
        shown.values = None;
        stage.frame();
        let (want, _) = intersection::of_colours(&a, &b, delta, None).unwrap();
        assert_close(&stage.screenshot().unwrap(), (0, 0), &want, 0);

        let mut shown = stage.world().get_mut::<Intersection>(entity).unwrap();
        shown.values = Some(values.clone());
        stage.frame();
        let pair = [&values_a, &values_b].map(|map| (map.values.view(), scale));
        let (mask, _) = intersection::of_values(pair[0], pair[1], delta, None).unwrap();
        let want = intersection::masked(&a, mask.view());
        assert_close(&stage.screenshot().unwrap(), (0, 0), &want, 0);
    }
}

/// A button of egui and a pane, to see that both come back.
fn show_button(mut contexts: EguiContexts) -> Result {
    let ui = root_ui(contexts.ctx_mut()?);
    let rect = egui::Rect::from_min_size(egui::pos2(50.0, 5.0), egui::vec2(30.0, 30.0));
    let colour = egui::Color32::from_rgb(1, 2, 200);
    ui.painter().rect_filled(rect, 0.0, colour);
    Ok(())
}

#[test]
fn a_lost_device_is_replaced() {
    let picture = random_picture(40, 40, 13);
    let map = random_map(40, 40, 14);
    let mut stage = headless(80, 40, 1.0);
    stage
        .app()
        .add_systems(EguiPrimaryContextPass, show_button.after(show_panes));
    place(&mut stage, 1, (0.0, 0.0), (40.0, 40.0));
    let entity = spawn(&mut stage, 1, &picture);
    give_map(&mut stage, entity, &map, WHOLE);
    stage.frames(2);
    let before = stage.screenshot().unwrap();
    assert_eq!(before.get_pixel(60, 20).0, [1, 2, 200, 255]);

    let device = stage.world().resource::<RenderDevice>().clone();
    device.wgpu_device().destroy();
    let mut told = MessageCursor::default();
    let mut notices = 0;
    for _ in 0..12 {
        stage.frame();
        let messages = stage.world().resource::<Messages<StageNotice>>();
        notices += told.read(messages).count();
    }
    let after = stage.screenshot().unwrap();
    for (what, x) in [("pane", 20), ("interface", 60), ("ground", 45)] {
        let (before, after) = (before.get_pixel(x, 20), after.get_pixel(x, 20));
        assert_eq!(before, after, "the {what} is not what it was");
    }
    assert!(before == after, "the picture is not what it was");
    assert_eq!(notices, 1, "the person is told once");
}
