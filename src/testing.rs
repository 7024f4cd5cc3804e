//! The program without a window: the same app, drawn into an image.
//!
//! `saliscope tour` and the tests of everything that draws use it. Nothing here is a stand-in:
//! the same plugins run, Bevy renders, egui is drawn on top, and the picture is read back from
//! the graphics device. Only the window and its event loop are missing; frames are stepped by
//! hand and time advances by a fixed amount each, so that a picture does not depend on the clock.

use std::time::Duration;

use bevy::app::{PluginsState, TerminalCtrlCHandlerPlugin};
use bevy::asset::RenderAssetUsages;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::settings::{Backends, RenderCreation, WgpuSettings};
use bevy::render::texture::GpuImage;
use bevy::render::{RenderApp, RenderPlugin};
use bevy::time::TimeUpdateStrategy;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_egui::input::{EguiInputEvent, FocusedNonWindowEguiContext};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, PrimaryEguiContext, egui};
use image::RgbaImage;

use crate::stage::adapter::{self, NoAdapter};
use crate::stage::readback::{self, ReadbackError};
use crate::stage::{DeviceSettings, StageTarget};

/// How much time passes from one headless frame to the next.
pub const FRAME_TIME: Duration = Duration::from_millis(50);

/// The largest side of a headless picture, in pixels: what every Vulkan driver can draw to.
pub const MAX_SIDE: u32 = 8192;

/// How to draw without a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadlessSettings {
    /// Width and height of the picture in physical pixels, each 1 to [`MAX_SIDE`].
    pub size: UVec2,
    /// Physical pixels per logical point, as a window's scale factor (1 = a common screen).
    pub scale_factor: f32,
    /// Draw with a software driver, so that pictures repeat from machine to machine. The
    /// environment variable `WGPU_FORCE_FALLBACK_ADAPTER` goes before this.
    pub software: bool,
}

impl HeadlessSettings {
    /// A picture of `width` x `height` pixels, drawn in software where that is to be had.
    ///
    /// macOS ships no software driver: there the graphics card draws.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            size: UVec2::new(width, height),
            scale_factor: 1.0,
            software: cfg!(not(target_os = "macos")),
        }
    }
}

/// Why nothing could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// No graphics driver is installed.
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// The picture has no pixels, or too many.
    #[error("cannot draw a picture of {0} x {1} pixels; each side must be 1 to {MAX_SIDE}")]
    Size(u32, u32),
    /// The app never got as far as drawing a frame.
    #[error("nothing was drawn: the graphics device gave no frame")]
    NoFrame,
    /// The frame could not be read back.
    #[error(transparent)]
    Readback(#[from] ReadbackError),
}

/// A running app that draws into an image instead of a window.
pub struct Headless {
    app: App,
    target: Handle<Image>,
}

impl Headless {
    /// Starts an app: Bevy without a window, then whatever `build` adds (usually
    /// [`crate::stage::plugin`] or the whole program), then its first frame.
    ///
    /// # Errors
    /// [`HeadlessError::NoAdapter`] when no graphics driver is installed; [`HeadlessError::Size`].
    pub fn new(
        settings: HeadlessSettings,
        build: impl FnOnce(&mut App),
    ) -> Result<Self, HeadlessError> {
        let UVec2 { x, y } = settings.size;
        if !(1..=MAX_SIDE).contains(&x) || !(1..=MAX_SIDE).contains(&y) {
            return Err(HeadlessError::Size(x, y));
        }
        // Asked for before Bevy does, because Bevy panics where there is no driver.
        let backends = adapter::headless_backends();
        adapter::find(backends, settings.software)?;

        let device = WgpuSettings {
            backends: Some(backends),
            force_fallback_adapter: settings.software,
            ..default()
        };
        let mut app = App::new();
        app.insert_resource(DeviceSettings(device.clone()));
        app.add_plugins(
            DefaultPlugins
                .set(WindowPlugin {
                    primary_window: None,
                    exit_condition: ExitCondition::DontExit,
                    ..default()
                })
                .set(RenderPlugin {
                    render_creation: RenderCreation::Automatic(Box::new(device)),
                    // Otherwise the first frames lack whatever is still being compiled.
                    synchronous_pipeline_compilation: true,
                    ..default()
                })
                .disable::<WinitPlugin>()
                .disable::<LogPlugin>()
                .disable::<TerminalCtrlCHandlerPlugin>()
                // The render world must have finished its frame when `update` returns.
                .disable::<PipelinedRenderingPlugin>(),
        );
        app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME_TIME));

        let target = app
            .world_mut()
            .resource_mut::<Assets<Image>>()
            .add(target_image(settings.size));
        app.insert_resource(StageTarget(RenderTarget::Image(ImageRenderTarget {
            handle: target.clone(),
            scale_factor: settings.scale_factor,
        })));
        build(&mut app);

        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        let mut headless = Self { app, target };
        headless.frame();
        headless.focus();
        Ok(headless)
    }

    /// The app, to look into its world or to add to it.
    pub fn app(&mut self) -> &mut App {
        &mut self.app
    }

    /// The app's world.
    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Steps one frame and waits until the device has drawn it.
    pub fn frame(&mut self) {
        self.app.update();
        if let Some(device) = self.app.world().get_resource::<RenderDevice>() {
            // An error here is a lost device, which the next screenshot reports.
            let _ = device.wgpu_device().poll(PollType::wait_indefinitely());
        }
    }

    /// Steps `count` frames. egui lays out anew what it did not know the size of, so a picture of
    /// an interface is settled after three.
    pub fn frames(&mut self, count: usize) {
        for _ in 0..count {
            self.frame();
        }
    }

    /// Tells egui that the picture has the keyboard, as a window in front has.
    fn focus(&mut self) {
        let world = self.app.world_mut();
        let mut contexts = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
        if let Ok(context) = contexts.single(world) {
            world.insert_resource(FocusedNonWindowEguiContext(context));
        }
    }

    /// Hands an input event (pointer, key, text) to egui in the next frame, as a window would.
    pub fn send(&mut self, event: egui::Event) {
        let world = self.app.world_mut();
        let mut contexts = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
        let found: Vec<Entity> = contexts.iter(world).collect();
        for context in found {
            world.write_message(EguiInputEvent {
                context,
                event: event.clone(),
            });
        }
    }

    /// Reads the last frame back: RGBA, 8 bits, sRGB encoded, top row first.
    ///
    /// # Errors
    /// [`HeadlessError::NoFrame`] and [`HeadlessError::Readback`] when the device drew nothing.
    pub fn screenshot(&mut self) -> Result<RgbaImage, HeadlessError> {
        let render_app = self
            .app
            .get_sub_app(RenderApp)
            .ok_or(HeadlessError::NoFrame)?;
        let world = render_app.world();
        let (Some(images), Some(device), Some(queue)) = (
            world.get_resource::<RenderAssets<GpuImage>>(),
            world.get_resource::<RenderDevice>(),
            world.get_resource::<RenderQueue>(),
        ) else {
            return Err(HeadlessError::NoFrame);
        };
        let target = images.get(&self.target).ok_or(HeadlessError::NoFrame)?;
        let bytes = readback::texture(device.wgpu_device(), &queue.0, &target.texture)?;
        let size = target.texture.size();
        RgbaImage::from_raw(size.width, size.height, bytes).ok_or(HeadlessError::NoFrame)
    }
}

/// Draws one egui interface, with the stage under it, and gives the picture.
///
/// `build` gets the root [`egui::Ui`] over the whole picture, once a frame for three frames.
///
/// # Errors
/// As [`Headless::new`] and [`Headless::screenshot`].
pub fn render_ui_to_image(
    settings: HeadlessSettings,
    mut build: impl FnMut(&mut egui::Ui) + Send + Sync + 'static,
) -> Result<RgbaImage, HeadlessError> {
    let mut headless = Headless::new(settings, |app| {
        app.add_plugins(crate::stage::plugin);
        app.add_systems(
            EguiPrimaryContextPass,
            move |mut contexts: EguiContexts| -> Result {
                build(&mut root_ui(contexts.ctx_mut()?));
                Ok(())
            },
        );
    })?;
    headless.frames(3);
    headless.screenshot()
}

/// Checks that there is a graphics driver, because Bevy panics where there is none.
///
/// # Errors
/// [`HeadlessError::NoAdapter`] when none answers.
pub fn check_adapter() -> Result<(), HeadlessError> {
    adapter::find(Backends::from_env().unwrap_or(Backends::all()), false)?;
    Ok(())
}

/// The `Ui` that covers the whole viewport, behind every window and popup.
#[must_use]
pub fn root_ui(ctx: &egui::Context) -> egui::Ui {
    egui::Ui::new(
        ctx.clone(),
        "root".into(),
        egui::UiBuilder::new()
            .layer_id(egui::LayerId::background())
            .max_rect(ctx.viewport_rect()),
    )
}

/// An empty picture that cameras can draw to and that can be copied from.
fn target_image(size: UVec2) -> Image {
    let mut image = Image::new_uninit(
        Extent3d {
            width: size.x,
            height: size.y,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::default(),
    );
    image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn egui_is_drawn_into_an_image() {
        let picture = render_ui_to_image(HeadlessSettings::new(200, 100), |ui| {
            let rect = egui::Rect::from_min_max(egui::pos2(20.0, 10.0), egui::pos2(60.0, 50.0));
            let red = egui::Color32::from_rgb(200, 30, 40);
            ui.painter().rect_filled(rect, 0.0, red);
            let at = egui::pos2(100.0, 20.0);
            ui.put(
                egui::Rect::from_min_size(at, egui::vec2(90.0, 40.0)),
                egui::Label::new("Saliscope"),
            );
        })
        .unwrap();
        assert_eq!(picture.dimensions(), (200, 100));
        assert_eq!(picture.get_pixel(40, 30).0, [200, 30, 40, 255]);
        let ground = *picture.get_pixel(5, 90);
        assert_ne!(ground.0, [200, 30, 40, 255]);
        // The label's glyphs: without the font texture this area would be one flat colour.
        let inked = (100..190)
            .flat_map(|x| (20..60).map(move |y| (x, y)))
            .filter(|&(x, y)| *picture.get_pixel(x, y) != ground)
            .count();
        assert!(inked > 50, "the label left {inked} marks");
    }

    #[test]
    fn scale_factor_enlarges_the_interface() {
        let settings = HeadlessSettings {
            scale_factor: 2.0,
            ..HeadlessSettings::new(100, 100)
        };
        let picture = render_ui_to_image(settings, |ui| {
            let rect = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(20.0, 20.0));
            ui.painter().rect_filled(rect, 0.0, egui::Color32::BLACK);
        })
        .unwrap();
        assert_eq!(picture.get_pixel(38, 38).0, [0, 0, 0, 255]);
        assert_ne!(picture.get_pixel(42, 42).0, [0, 0, 0, 255]);
    }

    #[test]
    fn impossible_sizes_are_refused_in_words() {
        for (width, height) in [(0, 10), (10, 0), (MAX_SIDE + 1, 10)] {
            let error = Headless::new(HeadlessSettings::new(width, height), |_| {})
                .err()
                .expect("must be refused");
            assert!(error.to_string().contains("each side must be 1 to 8192"));
        }
    }
}
