//! The canvas as the device draws it, against its twin.

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::guess::reveal::{Mark, PAINT};
use crate::guess::stamp::Shape;
use crate::guess::{Band, Capsule, Painting, Stamp};
use crate::testing::{Headless, HeadlessSettings, root_ui};

const WIDTH: usize = 120;
const HEIGHT: usize = 80;
const LEFT: usize = 20;
const TOP: usize = 10;

fn show(mut contexts: EguiContexts, mut frame: ResMut<StageFrame>) -> Result {
    let ui = root_ui(contexts.ctx_mut()?);
    let min = egui::pos2(LEFT as f32, TOP as f32);
    let rect = egui::Rect::from_min_size(min, egui::vec2(WIDTH as f32, HEIGHT as f32));
    PaneArea::new(PaneId(7), rect, "a canvas")
        .paints()
        .show(&ui, &mut frame);
    Ok(())
}

/// Strokes at random, and the painting they make.
fn strokes(random: &mut StdRng, painting: &mut Painting) -> Vec<Stamp> {
    (0..12)
        .filter_map(|_| {
            let mut place = || {
                (
                    random.random_range(0.0..WIDTH as f32),
                    random.random_range(0.0..HEIGHT as f32),
                )
            };
            let capsule = Capsule::new(place(), place(), 6.0)?;
            let band = Band::from_label(random.random_range(0..5));
            for (y, first, end) in capsule.rows(HEIGHT, WIDTH) {
                for x in first..end {
                    painting.set(y * WIDTH + x, band);
                }
            }
            Some(Stamp {
                shape: Shape::Brush(capsule),
                band,
            })
        })
        .collect()
}

fn mixed(under: Rgb<u8>, over: Option<(Band, f32)>) -> Rgb<u8> {
    let Some((band, share)) = over else {
        return under;
    };
    let mut out = under;
    for (out, over) in out.0.iter_mut().zip(band.rgb()) {
        *out = (f32::from(*out) * (1.0 - share) + f32::from(over) * share).round() as u8;
    }
    out
}

#[test]
fn paint_and_answer_are_drawn_as_their_twin_says() {
    let mut random = StdRng::seed_from_u64(21);
    let picture = RgbImage::from_fn(WIDTH as u32, HEIGHT as u32, |_, _| Rgb(random.random()));
    let mut stage = Headless::new(HeadlessSettings::new(160, 100), |app| {
        app.add_plugins(super::plugin)
            .add_systems(EguiPrimaryContextPass, show);
    })
    .unwrap();
    let (mut painting, mut answer) = (
        Painting::empty(HEIGHT, WIDTH),
        Painting::empty(HEIGHT, WIDTH),
    );
    let stamps = strokes(&mut random, &mut painting);
    strokes(&mut random, &mut answer);
    let labels: Vec<u8> = answer.labels().iter().copied().collect();
    let world = stage.world();
    let mut images = world.resource_mut::<Assets<Image>>();
    let texture = images.add(picture_image(&picture, SAFE_SIDE));
    let painted = images.add(canvas_image(HEIGHT, WIDTH));
    let right = images.add(labels_image(&labels, HEIGHT, WIDTH));
    let none = images.add(segments_image(std::iter::empty(), 1, 1));
    let mut pane = Pane::new(PaneId(7));
    pane.picture = Some(texture);
    pane.picture_size = UVec2::new(WIDTH as u32, HEIGHT as u32);
    let canvas = Canvas {
        painted: Some(painted.clone()),
        answer: Some(right),
        segments: Some(none),
        region: Rect::from_corners(Vec2::ZERO, Vec2::ONE),
        ..Canvas::default()
    };
    let entity = world.spawn((pane, canvas)).id();
    stage.frames(3);

    let check = |stage: &mut Headless, painting: &Painting, wipe: f32| {
        let screen = stage.screenshot().unwrap();
        for (x, y, under) in picture.enumerate_pixels() {
            let pixel = y as usize * WIDTH + x as usize;
            let (p, r) = (painting.get(pixel), answer.get(pixel));
            let at = (x + LEFT as u32, y + TOP as u32);
            let over = if (x as f32 + 0.5) / (WIDTH as f32) < wipe {
                Mark::of(p, r).map(|mark| mark.shade(at.0, at.1))
            } else {
                p.map(|band| (band, PAINT))
            };
            // The line of the wipe lies over both.
            let line = wipe * WIDTH as f32;
            if wipe > 0.0 && wipe < 1.0 && (x as f32 - line).abs() < 3.0 {
                continue;
            }
            let want = mixed(*under, over);
            let got = screen.get_pixel(at.0, at.1).0;
            for (got, want) in got.iter().zip(want.0) {
                assert!(
                    got.abs_diff(want) <= 1,
                    "{x} {y}: {got:?} for {want:?}, {p:?} {r:?}, wipe {wipe}"
                );
            }
        }
    };
    check(&mut stage, &Painting::empty(HEIGHT, WIDTH), 0.0);
    // One frame from the stroke to the screen.
    stage
        .world()
        .resource_mut::<Strokes>()
        .draw(&painted, stamps);
    stage.frame();
    check(&mut stage, &painting, 0.0);
    for wipe in [1.0, 0.5] {
        stage.world().get_mut::<Canvas>(entity).unwrap().wipe = wipe;
        stage.frame();
        check(&mut stage, &painting, wipe);
    }
}

/// The largest canvas there is: its stroke is on screen in the next frame, too.
#[test]
fn a_stroke_on_4096_pixels_takes_one_frame_to_the_screen() {
    let side = crate::guess::stamp::MAX_SIDE;
    let picture = RgbImage::from_pixel(WIDTH as u32, HEIGHT as u32, Rgb([90, 120, 150]));
    let mut stage = Headless::new(HeadlessSettings::new(160, 100), |app| {
        app.add_plugins(super::plugin)
            .add_systems(EguiPrimaryContextPass, show);
    })
    .unwrap();
    let world = stage.world();
    let mut images = world.resource_mut::<Assets<Image>>();
    let texture = images.add(picture_image(&picture, SAFE_SIDE));
    let painted = images.add(canvas_image(side, side));
    let mut pane = Pane::new(PaneId(7));
    pane.picture = Some(texture);
    pane.picture_size = UVec2::new(WIDTH as u32, HEIGHT as u32);
    let canvas = Canvas {
        painted: Some(painted.clone()),
        region: Rect::from_corners(Vec2::ZERO, Vec2::ONE),
        ..Canvas::default()
    };
    world.spawn((pane, canvas));
    stage.frames(3);
    let end = side as f32;
    let capsule = Capsule::new((0.0, end / 2.0), (end, end / 2.0), end / 16.0).unwrap();
    let stamp = Stamp {
        shape: Shape::Brush(capsule),
        band: Some(Band::Red),
    };
    stage
        .world()
        .resource_mut::<Strokes>()
        .draw(&painted, vec![stamp]);
    stage.frame();
    let screen = stage.screenshot().unwrap();
    let pixel = |x: usize, y: usize| {
        let [r, g, b, _] = screen.get_pixel((x + LEFT) as u32, (y + TOP) as u32).0;
        Rgb([r, g, b])
    };
    let bare = Rgb([90, 120, 150]);
    for x in [2, WIDTH / 2, WIDTH - 3] {
        let paint = mixed(bare, Some((Band::Red, PAINT)));
        let got = pixel(x, HEIGHT / 2);
        for (got, want) in got.0.iter().zip(paint.0) {
            assert!(got.abs_diff(want) <= 1, "{got} for {want}");
        }
        assert_eq!(pixel(x, HEIGHT / 8), bare);
    }
}

#[test]
fn a_segment_under_the_cursor_is_outlined() {
    let picture = RgbImage::from_pixel(WIDTH as u32, HEIGHT as u32, Rgb([90, 120, 150]));
    let mut stage = Headless::new(HeadlessSettings::new(160, 100), |app| {
        app.add_plugins(super::plugin)
            .add_systems(EguiPrimaryContextPass, show);
    })
    .unwrap();
    let world = stage.world();
    let mut images = world.resource_mut::<Assets<Image>>();
    let texture = images.add(picture_image(&picture, SAFE_SIDE));
    // Two halves, the right one with a number beyond a byte.
    let numbers = (0..WIDTH * HEIGHT).map(|pixel| if pixel % WIDTH < WIDTH / 2 { 3 } else { 300 });
    let segments = images.add(segments_image(numbers, HEIGHT, WIDTH));
    let mut pane = Pane::new(PaneId(7));
    pane.picture = Some(texture);
    pane.picture_size = UVec2::new(WIDTH as u32, HEIGHT as u32);
    let canvas = Canvas {
        segments: Some(segments),
        region: Rect::from_corners(Vec2::ZERO, Vec2::ONE),
        cursor: Some(300),
        ..Canvas::default()
    };
    world.spawn((pane, canvas));
    stage.frames(3);
    let screen = stage.screenshot().unwrap();
    let pixel = |x: usize, y: usize| {
        let [r, g, b, _] = screen.get_pixel((x + LEFT) as u32, (y + TOP) as u32).0;
        [r, g, b]
    };
    assert_eq!(
        pixel(30, 40),
        [90, 120, 150],
        "the left half has no outline"
    );
    assert_eq!(
        pixel(90, 40),
        [90, 120, 150],
        "nor the middle of the right one"
    );
    let edge = pixel(WIDTH / 2, 40);
    assert_ne!(edge, [90, 120, 150]);
    assert_eq!(pixel(WIDTH / 2 - 1, 40), [90, 120, 150]);
    assert_ne!(edge, pixel(WIDTH / 2 + 2, 40), "dark beside light");
}
