//! The window of a screen that rests: one still picture, without Bevy and without a graphics device,
//! because that may be what the screen died of.

use std::io::Read as _;
use std::num::NonZeroU32;
use std::rc::Rc;

use anyhow::{Context as _, anyhow};
use winit::application::ApplicationHandler;
use winit::dpi::PhysicalSize;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::window::{Fullscreen, Window, WindowId};

use crate::exhibit::Still;

/// Nobody waits for the end of the rest any more.
struct Over;

/// Shows a still picture, full screen or in a window of `size` pixels, until standard input is closed.
/// Nothing that is pressed does anything.
///
/// # Errors
/// When there is no window system, or the picture cannot be drawn.
pub(crate) fn rest(still: &Still, size: Option<(u32, u32)>) -> anyhow::Result<()> {
    let events = EventLoop::<Over>::with_user_event()
        .build()
        .context("the display could not be opened")?;
    let over = events.create_proxy();
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            // Whoever started it holds the other end, and whatever is written there means nothing.
            let mut buffer = [0; 64];
            while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
            let _ = over.send_event(Over);
        })?;
    let mut resting = Resting {
        still,
        size,
        shown: None,
        failed: None,
    };
    events.run_app(&mut resting)?;
    resting.failed.map_or(Ok(()), Err)
}

struct Resting<'a> {
    still: &'a Still,
    size: Option<(u32, u32)>,
    shown: Option<Shown>,
    failed: Option<anyhow::Error>,
}

struct Shown {
    window: Rc<Window>,
    surface: softbuffer::Surface<Rc<Window>, Rc<Window>>,
}

impl Shown {
    fn open(events: &ActiveEventLoop, size: Option<(u32, u32)>) -> anyhow::Result<Self> {
        let attributes = Window::default_attributes()
            .with_title("Saliscope")
            .with_decorations(false);
        let attributes = match size {
            None => attributes.with_fullscreen(Some(Fullscreen::Borderless(None))),
            Some((width, height)) => {
                let size = PhysicalSize::new(width, height);
                attributes.with_inner_size(size).with_resizable(false)
            }
        };
        let window = Rc::new(events.create_window(attributes)?);
        window.set_cursor_visible(false);
        let context = softbuffer::Context::new(window.clone()).map_err(said)?;
        let surface = softbuffer::Surface::new(&context, window.clone()).map_err(said)?;
        Ok(Self { window, surface })
    }

    fn draw(&mut self, still: &Still) -> anyhow::Result<()> {
        let PhysicalSize { width, height } = self.window.inner_size();
        let (Some(w), Some(h)) = (NonZeroU32::new(width), NonZeroU32::new(height)) else {
            return Ok(());
        };
        self.surface.resize(w, h).map_err(said)?;
        let page = still.draw(width, height)?;
        let mut pixels = self.surface.buffer_mut().map_err(said)?;
        for (to, from) in pixels.iter_mut().zip(page.pixels()) {
            let [r, g, b] = from.0.map(u32::from);
            *to = r << 16 | g << 8 | b;
        }
        self.window.pre_present_notify();
        pixels.present().map_err(said)
    }
}

/// Its errors belong to one thread.
fn said(error: softbuffer::SoftBufferError) -> anyhow::Error {
    anyhow!("the picture could not be shown: {error}")
}

impl ApplicationHandler<Over> for Resting<'_> {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.shown.is_some() {
            return;
        }
        match Shown::open(events, self.size) {
            Ok(shown) => self.shown = Some(shown),
            Err(error) => {
                self.failed = Some(error);
                events.exit();
            }
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, Over: Over) {
        events.exit();
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(shown) = &mut self.shown else {
            return;
        };
        match event {
            WindowEvent::Resized(_) => shown.window.request_redraw(),
            WindowEvent::RedrawRequested => {
                if let Err(error) = shown.draw(self.still) {
                    self.failed = Some(error);
                    events.exit();
                }
            }
            // Not a wish to close it either.
            _ => {}
        }
    }
}
