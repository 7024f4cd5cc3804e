//! The window of a screen that rests: one still picture, drawn when its size is known, and no network and
//! no journal, any of which may be what the screen died of.

use std::io::Read as _;
use std::panic::AssertUnwindSafe;

use anyhow::bail;
use bevy::app::AppExit;
use bevy::asset::RenderAssetUsages;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::winit::WinitSettings;
use image::DynamicImage;

use super::screen::add_window;
use crate::exhibit::Still;
use crate::exhibit_window::Windowed;

#[derive(Resource)]
struct Shown(Still);

/// Shows a still picture, full screen or in a window of `size` pixels, until standard input is closed.
/// Nothing that is pressed does anything.
///
/// # Errors
/// When there is no window system, or the picture cannot be drawn.
pub(super) fn rest(still: Still, size: Option<(u32, u32)>) -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(|| {
            // Whoever started it holds the other end, and whatever is written there means nothing.
            let mut buffer = [0; 64];
            while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
            std::process::exit(0);
        })?;
    let mut app = App::new();
    // Bevy ends in a panic where the window system cannot be reached.
    let started = crate::defects::quietly(AssertUnwindSafe(|| {
        add_window(&mut app, size, Windowed::default());
    }));
    if started.is_err() {
        bail!("the display could not be opened; check DISPLAY or WAYLAND_DISPLAY");
    }
    app.insert_resource(WinitSettings::desktop_app())
        .insert_resource(ClearColor(Color::BLACK))
        .insert_resource(Shown(still))
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn((Camera2d, Msaa::Off));
            commands.spawn(Sprite::default());
        })
        .add_systems(Update, draw);
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(code) => bail!("the screen ended with code {code}"),
    }
}

/// Draws the picture in the window's size, anew when that changes.
fn draw(
    windows: Query<&Window>,
    shown: Res<Shown>,
    mut sprites: Query<&mut Sprite>,
    mut images: ResMut<Assets<Image>>,
    mut exit: MessageWriter<AppExit>,
) {
    let (Ok(window), Ok(mut sprite)) = (windows.single(), sprites.single_mut()) else {
        return;
    };
    let (width, height) = (window.physical_width(), window.physical_height());
    if width == 0 || height == 0 || sprite.custom_size == Some(window.size()) {
        return;
    }
    let Ok(page) = shown.0.draw(width, height) else {
        exit.write(AppExit::error());
        return;
    };
    let size = Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let image = Image::new(
        size,
        TextureDimension::D2,
        DynamicImage::ImageRgb8(page).into_rgba8().into_raw(),
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    *sprite = Sprite {
        image: images.add(image),
        custom_size: Some(window.size()),
        ..default()
    };
}
