//! Pictures that were made become textures; those not seen for longest go.

use bevy_egui::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::RgbImage;

use super::cells::visible_keys;
use super::state::{Cell, CellKey, Models};
use super::work::Work;

/// Pictures of cells that are kept on the graphics device: those in view and those seen last. Each
/// takes at most a quarter of a megabyte.
pub const CELL_TEXTURES: usize = 160;

fn texture(ctx: &Context, name: String, pixels: &RgbImage) -> TextureHandle {
    let size = [pixels.width() as usize, pixels.height() as usize];
    let image = ColorImage::from_rgb(size, pixels.as_raw());
    ctx.load_texture(name, image, TextureOptions::LINEAR)
}

/// Turns fresh pictures into textures and lets go of the oldest; true when there were any.
pub(super) fn hang(ctx: &Context, models: &mut Models, work: &mut Work) -> bool {
    let mut any = false;
    for (key, pixels) in std::mem::take(&mut work.fresh_versions) {
        any = true;
        let handle = texture(ctx, format!("version {key}"), &pixels);
        if let Some(version) = models.versions.iter_mut().find(|v| v.key == key) {
            version.thumb = Some((handle.id(), handle.size_vec2()));
        }
        work.thumbs.insert(key, handle);
    }
    for (key, shows, pixels) in std::mem::take(&mut work.fresh_cells) {
        any = true;
        if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
            let handle = texture(ctx, format!("cell {} {}", key.0, key.1), &pixels);
            finding.picture = Some((handle.id(), handle.size_vec2()));
            work.drawn.retain(|(known, ..)| *known != key);
            work.drawn.push_back((key, shows, handle));
        }
    }
    if !work.fresh_results.is_empty()
        && let Some(results) = &mut models.results
    {
        any = true;
        for (name, pixels) in std::mem::take(&mut work.fresh_results) {
            let handle = texture(ctx, format!("result {name}"), &pixels);
            results
                .thumbs
                .insert(name, (handle.id(), handle.size_vec2()));
            work.result_thumbs.push(handle);
        }
    }
    let visible = visible_keys(models);
    while work.drawn.len() > CELL_TEXTURES.max(visible.len()) {
        let unseen = |(key, ..): &(CellKey, (u8, u32), TextureHandle)| !visible.contains(key);
        let Some(oldest) = work.drawn.iter().position(unseen) else {
            break;
        };
        if let Some((key, ..)) = work.drawn.remove(oldest)
            && let Some(Cell::Done(finding)) = models.cells.get_mut(&key)
        {
            finding.picture = None;
        }
    }
    any
}
