//! A pane: one picture and its map on screen.

use std::sync::Arc;

use bevy::prelude::*;

use super::view::{Space, View};
use crate::saliency::colormap::{Colormap, Scale};

/// What the interface and the stage call a pane by. Tabs choose the numbers; two panes shown at
/// once must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaneId(pub u64);

/// One picture, its map, and how the map lies over it. Spawn it with nothing else: the stage adds
/// what drawing needs. It is seen in the frames in which the interface gives it a place
/// ([`super::PaneArea`]).
#[derive(Component, Debug, Clone)]
#[require(PaneRect, View, Transform, Visibility::Hidden)]
pub struct Pane {
    /// Which pane this is.
    pub id: PaneId,
    /// The picture, from [`super::picture_image`]. `None` shows the ground.
    pub picture: Option<Handle<Image>>,
    /// Width and height of the picture in its own pixels, even where the texture is smaller.
    pub picture_size: UVec2,
    /// The map, from [`super::LayerData`].
    pub map: Option<MapLayer>,
    /// How the map is shown.
    pub overlay: Overlay,
    /// Outlines what the network saw and dims the rest, where that is not the whole picture.
    pub show_region: bool,
    /// Shows the map only left of this line, in fractions of the pane's width.
    pub wipe: Option<f32>,
    /// Draws only this part of the pane's width (from, to; fractions). Two panes at the same place
    /// with `(0, x)` and `(x, 1)` make a wipe between two pictures.
    pub clip: (f32, f32),
    /// A ring at this place of the picture (fractions): where the pointer is in a linked pane.
    pub marker: Option<Vec2>,
}

impl Pane {
    /// An empty pane.
    #[must_use]
    pub fn new(id: PaneId) -> Self {
        Self {
            id,
            picture: None,
            picture_size: UVec2::ONE,
            map: None,
            overlay: Overlay::default(),
            show_region: true,
            wipe: None,
            clip: (0.0, 1.0),
            marker: None,
        }
    }

    /// What its view is seen in, for a pane of `size` points.
    #[must_use]
    pub fn space(&self, size: Vec2) -> Space {
        Space {
            pane: size,
            picture: self.picture_size.as_vec2(),
        }
    }
}

/// Where a pane is in this frame, in egui points from the window's top left. Empty: not shown.
/// Written by the stage from what the interface asks for.
#[derive(Component, Debug, Clone, Copy, PartialEq)]
pub struct PaneRect(pub Rect);

impl Default for PaneRect {
    fn default() -> Self {
        Self(Rect::EMPTY)
    }
}

/// Panes with the same number pan and zoom together.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedView(pub u64);

/// How a map is laid over its picture. The stage turns it into
/// [`crate::saliency::colormap::Look`], whose rules it follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlay {
    /// False shows the picture alone.
    pub shown: bool,
    /// 0 (picture alone) to 1 (map alone).
    pub opacity: f32,
    /// Colours of the map.
    pub colormap: Colormap,
    /// Values at the ends of the colours; `None` takes the map's own smallest and largest value.
    pub scale: Option<Scale>,
    /// Only this share of the map's pixels, the highest values, is shown: 0 to 1.
    pub top_share: f32,
    /// Interpolates between the map's pixels. False shows them as they are.
    pub smooth: bool,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            shown: true,
            opacity: 0.4,
            colormap: Colormap::default(),
            scale: None,
            top_share: 1.0,
            smooth: true,
        }
    }
}

/// A map on the graphics device, with what sliders need to know of its values.
#[derive(Debug, Clone)]
pub struct MapLayer {
    /// `R32Float`, one texel per value.
    pub texture: Handle<Image>,
    /// Columns and rows of the map.
    pub size: UVec2,
    /// The part of the picture the map covers, in picture fractions.
    pub region: Rect,
    /// The smallest and largest finite value.
    pub scale: Scale,
    /// The values in order, for the threshold.
    pub ranks: Arc<Ranks>,
}

/// A map's values from the largest to the smallest, so that the threshold slider finds its value
/// without looking at the map again.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    descending: Vec<f32>,
}

impl Ranks {
    /// Sorts `values`; what is not a number comes last.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f32>) -> Self {
        let mut descending: Vec<f32> = values
            .into_iter()
            .map(|value| {
                if value.is_nan() {
                    f32::NEG_INFINITY
                } else {
                    value
                }
            })
            .collect();
        descending.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { descending }
    }

    /// The value from which on a pixel belongs to the top `share` (0 to 1): the same number as
    /// [`crate::saliency::SaliencyMap::cut_for_top`] finds.
    #[must_use]
    pub fn cut_for_top(&self, share: f64) -> f32 {
        let count = self.descending.len();
        let k = (count as f64 * share.clamp(0.0, 1.0)).round() as usize;
        match k.checked_sub(1) {
            None => f32::INFINITY,
            Some(_) if k >= count => f32::NEG_INFINITY,
            Some(last) => self
                .descending
                .get(last)
                .copied()
                .unwrap_or(f32::NEG_INFINITY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::SaliencyMap;
    use ndarray::Array2;

    #[test]
    fn ranks_cut_where_the_map_cuts() {
        let values = Array2::from_shape_fn((13, 17), |(y, x)| {
            if (y, x) == (3, 3) {
                f32::NAN
            } else {
                ((y * 31 + x * 17) % 41) as f32 - 20.0
            }
        });
        let ranks = Ranks::of(values.iter().copied());
        let map = SaliencyMap { values };
        for percent in 0..=100 {
            let share = f64::from(percent) / 100.0;
            assert_eq!(
                ranks.cut_for_top(share).to_bits(),
                map.cut_for_top(share).to_bits(),
                "{percent} %"
            );
        }
    }
}
