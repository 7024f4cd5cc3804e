//! Pictures that were made become textures; those not seen for longest go.

use std::collections::HashSet;

use bevy_egui::egui::{Context, TextureHandle, TextureId, Vec2};
use image::RgbImage;

use super::cells::visible_keys;
use super::state::{Cell, CellKey, Models};
use super::work::Work;
use crate::ui::widgets::texture;

/// Most pictures of cells that are kept on the graphics device: those in view and those seen last.
pub const CELL_TEXTURES: usize = 160;
/// Most bytes that the pictures of cells take there, beside those in view: 64 MB.
pub const CELL_BYTES: usize = 64 << 20;
/// Longest side of a cell's picture in pixels, about twice a map's: larger ones are stretched.
pub const CELL_SIDE: u32 = 512;

/// A cell's picture on the graphics device.
struct Hung {
    key: CellKey,
    /// What it shows: delta, and its side as it was asked for, in pixels.
    shows: (u8, u32),
    texture: TextureHandle,
    /// The visit in which it was in view last.
    seen: u64,
}

/// The pictures of cells that are on the graphics device: all that are in view, and of the others
/// those seen last, at most [`CELL_TEXTURES`] and [`CELL_BYTES`] in all.
#[derive(Default)]
pub struct Gallery {
    hung: Vec<Hung>,
    /// Counts the looks at what is in view.
    visit: u64,
}

impl Gallery {
    /// What the picture of a cell shows, where it has one: delta and side.
    pub(super) fn shows(&self, key: &CellKey) -> Option<(u8, u32)> {
        let known = self.hung.iter().find(|hung| hung.key == *key);
        known.map(|hung| hung.shows)
    }

    /// How many pictures there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.hung.len()
    }

    /// Lets go of pictures.
    pub(super) fn forget(&mut self, which: &dyn Fn(&CellKey) -> bool) {
        self.hung.retain(|hung| !which(&hung.key));
    }

    /// Takes a cell's picture in place of the one it had.
    pub(super) fn hang(
        &mut self,
        ctx: &Context,
        key: CellKey,
        shows: (u8, u32),
        pixels: &RgbImage,
    ) -> (TextureId, Vec2) {
        let texture = texture(ctx, format!("cell {} {}", key.0, key.1), pixels);
        let hangs = (texture.id(), texture.size_vec2());
        self.forget(&|known| *known == key);
        self.hung.push(Hung {
            key,
            shows,
            texture,
            seen: self.visit,
        });
        hangs
    }

    /// Lets go of the pictures over the bounds, those not seen for longest first and none that is in
    /// view; gives the cells that have none any more.
    pub(super) fn thin(&mut self, visible: &HashSet<CellKey>) -> Vec<CellKey> {
        self.visit += 1;
        for hung in &mut self.hung {
            if visible.contains(&hung.key) {
                hung.seen = self.visit;
            }
        }
        let bytes = |hung: &Hung| hung.texture.byte_size();
        let mut all: usize = self.hung.iter().map(bytes).sum();
        let mut gone = Vec::new();
        while self.hung.len() > CELL_TEXTURES || all > CELL_BYTES {
            let unseen = self.hung.iter().enumerate();
            let unseen = unseen.filter(|(_, hung)| hung.seen < self.visit);
            let Some((oldest, _)) = unseen.min_by_key(|(_, hung)| hung.seen) else {
                break;
            };
            let hung = self.hung.swap_remove(oldest);
            all -= bytes(&hung);
            gone.push(hung.key);
        }
        gone
    }
}

/// A picture that a cell is to show: which cell, what it shows, its pixels.
pub type FreshCell = (CellKey, (u8, u32), RgbImage);

/// Gives cells their fresh pictures, and takes away those over the bounds; true when there were any
/// fresh ones.
pub(super) fn hang_cells(
    ctx: &Context,
    models: &mut Models,
    gallery: &mut Gallery,
    fresh: Vec<FreshCell>,
) -> bool {
    let any = !fresh.is_empty();
    for (key, shows, pixels) in fresh {
        if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
            finding.picture = Some(gallery.hang(ctx, key, shows, &pixels));
        }
    }
    for key in gallery.thin(&visible_keys(models)) {
        if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
            finding.picture = None;
        }
    }
    any
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
    let fresh = std::mem::take(&mut work.fresh_cells);
    any |= hang_cells(ctx, models, &mut work.gallery, fresh);
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
    any
}
