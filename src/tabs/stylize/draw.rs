//! Draws the tab: grids from the library, panels from the state, overlays on the panes.

use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

use super::choose::Grids;
use super::current::{Current, Small};
use super::state::{Ask, Asks, Stylize, Texture};
use super::{AFTER, BEFORE, tab_ui};
use crate::classifier::PictureKind;
use crate::stage::{Pane, StageFrame};
use crate::stylize::corruption::Corruption;
use crate::stylize::style::BUILT_IN_NAMES;
use crate::ui::library::Library;
use crate::ui::widgets::Thumb;
use crate::ui::{Asked, Body, ShellState, area};

/// Draws the tab and says where both pictures go.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut library: ResMut<Library>,
    shell: Res<ShellState>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    mut frame: ResMut<StageFrame>,
    mut panes: Query<&mut Pane>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    let grids = grids(ctx, &mut library, &mut current);
    let model = shell.model().map_or("", |model| model.name.as_str());
    let mut root = area(ctx, "stylize", body.0);
    tab_ui(
        &mut root,
        &mut stylize,
        &grids,
        model,
        &mut frame,
        &mut asks.0,
    );

    let overlay = stylize.overlay.on_stage();
    let line = stylize.divider / 100.0;
    let clips = if stylize.wipe {
        [(0.0, line), (line, 1.0)]
    } else {
        [(0.0, 1.0); 2]
    };
    for mut pane in &mut panes {
        let clip = match pane.id {
            BEFORE => clips[0],
            AFTER => clips[1],
            _ => continue,
        };
        if (pane.overlay, pane.clip) != (overlay, clip) {
            (pane.overlay, pane.clip) = (overlay, clip);
        }
    }
    Ok(())
}

/// The cells of the grids: the person's own pictures, then what is made for the part, then the
/// rest, since each can be used as the other.
fn grids(ctx: &egui::Context, library: &mut Library, current: &mut Current) -> Grids {
    let thumbs = library.thumbs(ctx, |_| true);
    let items = library.items();
    let ranked = |first: PictureKind| {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.retain(|index| items.get(*index).is_some_and(|item| !item.gone));
        order.sort_by_key(|index| match items.get(*index) {
            Some(item) if item.own => 0,
            Some(item) if item.kind == first => 1,
            _ => 3,
        });
        order
    };
    let cell = |index: usize, part: &str| {
        let mut thumb = thumbs.get(index)?.clone();
        thumb.name = format!("{} as {part}", thumb.name);
        Some(thumb)
    };
    let shapes = ranked(PictureKind::Photo)
        .into_iter()
        .filter_map(|index| Some((cell(index, "shape")?, index)))
        .collect();
    let (textures, photos): (Vec<usize>, Vec<usize>) =
        ranked(PictureKind::Texture).into_iter().partition(|index| {
            let item = items.get(*index);
            item.is_some_and(|item| item.own || item.kind == PictureKind::Texture)
        });
    let picture = |index: usize| Some((cell(index, "texture")?, Texture::Picture(index)));
    let styles = BUILT_IN_NAMES.iter().enumerate().map(|(style, name)| {
        let small = current.swatches.get_mut(&style);
        let words = format!("built-in style {}", style + 1);
        let thumb = small_thumb(ctx, &format!("{name} as texture"), &words, small);
        (thumb, Texture::BuiltIn(style))
    });
    let textures = textures
        .into_iter()
        .filter_map(picture)
        .chain(styles)
        .chain(photos.into_iter().filter_map(picture))
        .collect();
    let corruptions = Corruption::ALL
        .into_iter()
        .map(|corruption| {
            let small = current.spoilt.get_mut(&corruption);
            let thumb = small_thumb(ctx, corruption.name(), corruption.description(), small);
            (thumb, corruption)
        })
        .collect();
    Grids {
        shapes,
        textures,
        corruptions,
        own: items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.own && !item.gone)
            .map(|(index, _)| index)
            .collect(),
    }
}

fn small_thumb(
    ctx: &egui::Context,
    name: &str,
    alternative: &str,
    small: Option<&mut Small>,
) -> Thumb {
    let texture = small.map(|small| {
        let texture = small.texture(ctx, name);
        (texture.id(), texture.size_vec2())
    });
    Thumb {
        name: name.to_owned(),
        alternative: alternative.to_owned(),
        texture,
        broken: false,
        hidden: false,
    }
}
