//! Small pictures for egui.

use bevy_egui::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::RgbImage;

/// `pixels` as a texture; `name` is for whoever debugs.
pub fn texture(ctx: &Context, name: impl Into<String>, pixels: &RgbImage) -> TextureHandle {
    let size = [pixels.width() as usize, pixels.height() as usize];
    let image = ColorImage::from_rgb(size, pixels.as_raw());
    ctx.load_texture(name, image, TextureOptions::LINEAR)
}
