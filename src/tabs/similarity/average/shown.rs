//! What the panels and the panes are given in each frame.

use bevy::prelude::*;
use bevy_egui::egui::Context;

use super::super::current::SideWork;
use super::super::state::{SimilarityState, Which};
use super::state::{Reading, SEVERITIES, Source};
use super::systems::Averaging;
use super::{MEAN, SPREAD};
use crate::classifier::PictureKind;
use crate::saliency::colormap::Scale;
use crate::stage::Pane;
use crate::stylize::corruption::Corruption;
use crate::ui::library::Library;
use crate::ui::widgets::{Thumb, texture};

/// Lists the versions that there can be, with their small pictures.
pub(in super::super) fn list(
    ctx: &Context,
    state: &mut SimilarityState,
    averaging: &mut Averaging,
    library: &Library,
    thumbs: &[Thumb],
) {
    state.average.only_files = state.side(Which::A).from_file;
    let a = state.side(Which::A).item;
    let of = state.side(Which::A).name.clone();
    let average = &mut state.average;
    let first = average.versions.is_empty();
    if first {
        average.add(Source::Original, "Original", true);
        for kind in Corruption::ALL {
            for severity in SEVERITIES {
                let name = format!("{} {severity}", kind.name());
                average.add(Source::Corruption(kind, severity), &name, false);
            }
        }
        // Numbers begin anew: what is known belongs to others.
        averaging.original = None;
    }
    for item in library.items() {
        let source = Source::Texture(item.id);
        let known = average.versions.iter().any(|v| v.source == source);
        let there = item.kind == PictureKind::Texture && !item.gone && !item.broken;
        if there && !known {
            average.add(source, &item.name, first);
        } else if known && !there {
            average.versions.retain(|version| version.source != source);
        }
    }
    if averaging.of != of {
        averaging.of = of;
        averaging.textures.clear();
    }
    for (number, small) in averaging.small.drain() {
        let texture = texture(ctx, format!("version {number}"), &small);
        averaging.textures.insert(number, texture);
    }
    for version in &mut average.versions {
        let own = averaging.textures.get(&version.number);
        let item = match version.source {
            Source::Original => a,
            Source::Texture(id) | Source::Picture(id) => Some(id),
            Source::Corruption(..) | Source::Map(_) => None,
        };
        let listed = item
            .and_then(|id| library.position(id))
            .and_then(|at| thumbs.get(at));
        version.small = own
            .map(|texture| (texture.id(), texture.size_vec2()))
            .or_else(|| listed.and_then(|thumb| thumb.texture));
    }
}

/// What the three maps hold at a place of the picture.
pub(in super::super) fn reading(a: &SideWork, result: Option<&Averaging>, place: Vec2) -> Reading {
    let Some(map) = &a.map else {
        return Reading::default();
    };
    let seen = (place - map.region.min) / map.region.size();
    if seen.min_element() < 0.0 || seen.max_element() >= 1.0 {
        return Reading::default();
    }
    let read = |values: &ndarray::Array2<f32>| {
        let (rows, columns) = values.dim();
        let at = (
            (seen.y * rows as f32) as usize,
            (seen.x * columns as f32) as usize,
        );
        values.get(at).copied()
    };
    let result = result.and_then(|averaging| averaging.result.as_ref());
    let average = result.map(|result| &result.average);
    [
        read(&map.named.map.values),
        average.and_then(|average| read(&average.mean)),
        average.and_then(|average| read(&average.spread)),
    ]
}

/// Tells the panes of the average how they are shown; writes only what is new.
pub(in super::super) fn dress(pane: &mut Mut<Pane>, state: &SimilarityState) {
    if ![MEAN, SPREAD].contains(&pane.id) {
        return;
    }
    let mut overlay = state.overlay.on_stage();
    let mean = state.average.summary.as_ref().map(|summary| summary.mean);
    if state.shared_scale
        && pane.id == MEAN
        && let (Some(a), Some(mean)) = (state.side(Which::A).range, mean)
    {
        overlay.scale = Some(both(a, mean));
    }
    if state.side(Which::A).from_file {
        // There is no picture under it to be seen.
        overlay.opacity = 1.0;
    }
    let marker = state.average.pointed;
    if pane.overlay != overlay || pane.marker != marker {
        pane.overlay = overlay;
        pane.marker = marker;
    }
}

/// One scale for both.
pub(in super::super) fn both(a: Scale, b: Scale) -> Scale {
    Scale {
        min: a.min.min(b.min),
        max: a.max.max(b.max),
    }
}
