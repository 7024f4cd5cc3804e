//! What the tab works with; the panels do not see it. What is wanted follows from the panels'
//! state alone: a system compares it with what was asked for, and asks for what differs.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bevy::prelude::Resource;
use bevy_egui::egui::{Context, TextureHandle};
use image::RgbImage;

use super::recipe::{Ink, Made, Recipe};
use super::render::Finished;
use super::state::{Stylize, Texture, Way};
use crate::compare::shape_bias::{Followed, Tally};
use crate::jobs::{Task, Tasks, Ticket};
use crate::maps::source::Source;
use crate::picture::Picture;
use crate::saliency::{ClassChoice, Explanation, Request};
use crate::stylize::corruption::Corruption;
use crate::ui::library::Library;
use crate::ui::pictures::Opening;
use crate::ui::widgets::texture;

/// Restyled pictures that are remembered, at most.
const REMEMBERED: usize = 16;
/// Pixels that they may have together.
const REMEMBERED_PIXELS: u64 = 48_000_000;

/// One of the three pictures that the network is asked about: before, after, the texture alone.
#[derive(Default)]
pub(super) struct Asking {
    pub(super) picture: Option<Arc<Picture>>,
    /// Hash of the picture, network and request that were asked for last.
    pub(super) asked: Option<(String, String, Request)>,
    pub(super) ticket: Option<Ticket>,
    pub(super) explanation: Option<Arc<Explanation>>,
    /// True when `explanation` answers what was asked.
    pub(super) answered: bool,
}

/// A mix of a photo and its painting.
#[derive(Clone)]
pub(super) struct Mix {
    pub(super) made: Arc<Made>,
    pub(super) percent: u8,
    pub(super) keep_colours: bool,
}

impl PartialEq for Mix {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.made, &other.made)
            && (self.percent, self.keep_colours) == (other.percent, other.keep_colours)
    }
}

/// A small picture, and its texture once egui has it.
pub(super) struct Small {
    pixels: RgbImage,
    texture: Option<TextureHandle>,
}

impl Small {
    pub(super) fn new(pixels: RgbImage) -> Self {
        Self {
            pixels,
            texture: None,
        }
    }

    /// The texture; made now where it is not there yet.
    pub(super) fn texture(&mut self, ctx: &Context, name: &str) -> &TextureHandle {
        self.texture
            .get_or_insert_with(|| texture(ctx, name, &self.pixels))
    }
}

/// What the tab works with.
#[derive(Resource, Default)]
pub struct Current {
    /// True once the tab has been shown.
    pub(super) started: bool,
    /// The shape that was asked for.
    pub(super) shape: Option<Source>,
    /// It is on its way to the stage.
    pub(super) opening: Option<Opening>,
    /// The restyled picture is made.
    pub(super) making: Option<Task<Arc<Made>>>,
    /// It is mixed at full size.
    pub(super) finishing: Option<Task<Finished>>,
    /// The texture is opened.
    pub(super) reading: Option<Task<Arc<Picture>>>,
    /// Small pictures of the styles and of the corruptions are drawn.
    pub(super) drawing: Option<Task<(), (usize, RgbImage)>>,
    pub(super) spoiling: Option<Task<(), (Corruption, RgbImage)>>,
    /// Other severities are made ahead.
    pub(super) ahead: Tasks<u8, Arc<Made>>,
    /// What was asked to be made of it.
    pub(super) wanted: Option<(Source, Recipe)>,
    /// What was made, newest first.
    pub(super) made: VecDeque<Arc<Made>>,
    /// What is on the stage.
    pub(super) shown: Option<Mix>,
    /// Key of the texture that was asked to be opened.
    pub(super) read: Option<String>,
    /// Before, after, the texture alone.
    pub(super) asking: [Asking; 3],
    pub(super) class: ClassChoice,
    pub(super) model: Option<String>,
    pub(super) swatches: HashMap<usize, Small>,
    pub(super) spoilt: HashMap<Corruption, Small>,
    /// What the small corruptions were asked for: shape, severity, seed.
    pub(super) spoilt_of: Option<String>,
    /// What other severities were asked for ahead: shape, corruption, seed.
    pub(super) ahead_of: Option<(String, Corruption, u64)>,
    /// By network, shape and texture.
    verdicts: HashMap<[String; 3], Followed>,
    /// The pair that was shown when the count began anew: it does not count again at once.
    cleared: Option<[String; 3]>,
}

impl Current {
    /// The explanation of the restyled picture, once it is finished.
    #[must_use]
    pub fn explanation(&self) -> Option<&Arc<Explanation>> {
        let [_, after, _] = &self.asking;
        after.explanation.as_ref().filter(|_| after.answered)
    }

    /// The restyled picture at full size.
    #[must_use]
    pub fn restyled(&self) -> Option<&Arc<Picture>> {
        self.asking[1].picture.as_ref()
    }

    /// What was made of `shape` by `recipe`, if it is remembered.
    pub(super) fn recall(&self, shape: &Source, recipe: &Recipe) -> Option<&Arc<Made>> {
        self.made
            .iter()
            .find(|made| made.shape == *shape && made.recipe == *recipe)
    }

    /// Remembers what was made, and forgets the oldest where it is too much.
    pub(super) fn remember(&mut self, made: Arc<Made>) {
        self.made
            .retain(|old| (&old.shape, &old.recipe) != (&made.shape, &made.recipe));
        self.made.push_front(made);
        let mut pixels = 0;
        let mut kept = 0;
        self.made.retain(|made| {
            pixels += u64::from(made.painting.width()) * u64::from(made.painting.height());
            kept += 1;
            kept == 1 || (kept <= REMEMBERED && pixels <= REMEMBERED_PIXELS)
        });
    }

    /// Counts the verdict of the pair on the stage, or takes it back; gives the tally of the
    /// network.
    pub(super) fn count(&mut self, followed: Option<Followed>) -> Tally {
        if let (Some(model), Some((shape, Recipe::Paint { ink, .. }))) = (&self.model, &self.wanted)
        {
            let pair = [model.clone(), shape.key.clone(), ink.key()];
            if self.cleared.as_ref() != Some(&pair) {
                self.cleared = None;
                if let Some(followed) = followed {
                    self.verdicts.insert(pair, followed);
                }
            }
        }
        let mut tally = Tally::default();
        for ([model, ..], followed) in &self.verdicts {
            if Some(model) == self.model.as_ref() {
                tally.add(*followed);
            }
        }
        tally
    }

    /// Forgets every verdict; the pair on the stage counts again when another one was shown.
    pub(super) fn clear_tally(&mut self) {
        self.verdicts.clear();
        if let (Some(model), Some((shape, Recipe::Paint { ink, .. }))) = (&self.model, &self.wanted)
        {
            self.cleared = Some([model.clone(), shape.key.clone(), ink.key()]);
        }
    }
}

/// The picture at `index` of the library, to be opened elsewhere.
pub(super) fn source(library: &Library, index: usize) -> Option<Source> {
    library.get(index).filter(|item| !item.gone)?.source()
}

fn ink(library: &Library, texture: Texture) -> Option<Ink> {
    Some(match texture {
        Texture::Picture(index) => Ink::Picture(source(library, index)?),
        Texture::BuiltIn(style) => Ink::BuiltIn(style),
    })
}

/// What the panels ask to be made.
pub(super) fn recipe(stylize: &Stylize, library: &Library) -> Option<Recipe> {
    Some(match stylize.way {
        Way::Corruption => Recipe::Spoil {
            corruption: stylize.corruption,
            severity: stylize.severity(),
            seed: stylize.seed.max(0.0).round() as u64,
        },
        Way::Texture => {
            let first = ink(library, stylize.texture?)?;
            let second = stylize.second.and_then(|texture| ink(library, texture));
            let same_sort = |a: &Ink, b: &Ink| {
                matches!(a, Ink::BuiltIn(_)) == matches!(b, Ink::BuiltIn(_)) && a != b
            };
            let share = stylize.share.round().clamp(0.0, 100.0) as u8;
            let second = second
                .filter(|second| same_sort(&first, second) && share > 0)
                .map(|second| (second, share));
            Recipe::Paint { ink: first, second }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(style: usize) -> Recipe {
        Recipe::Paint {
            ink: Ink::BuiltIn(style),
            second: None,
        }
    }

    fn shape(key: &str) -> Source {
        Source::file(key.into())
    }

    fn made(key: &str, style: usize, side: u32) -> Arc<Made> {
        Arc::new(Made {
            shape: shape(key),
            recipe: paint(style),
            photo: Arc::new(Picture::from_pixels("p", RgbImage::new(1, 1))),
            painting: Arc::new(RgbImage::new(side, side)),
            preview: None,
        })
    }

    #[test]
    fn what_was_made_is_recalled_and_bounded() {
        let mut current = Current::default();
        for style in 0..26 {
            current.remember(made("cat", style, 2));
        }
        assert_eq!(current.made.len(), REMEMBERED);
        assert!(current.recall(&shape("cat"), &paint(25)).is_some());
        assert!(current.recall(&shape("cat"), &paint(0)).is_none());
        assert!(current.recall(&shape("dog"), &paint(25)).is_none());
        current.remember(made("large", 0, 6000));
        current.remember(made("large", 1, 6000));
        assert_eq!(current.made.len(), 1);
    }

    #[test]
    fn a_pair_counts_once_for_each_network() {
        let mut current = Current {
            model: Some("a".to_owned()),
            wanted: Some((shape("cat"), paint(1))),
            ..Current::default()
        };
        for _ in 0..5 {
            current.count(Some(Followed::Texture));
        }
        assert_eq!(current.count(None).texture, 1);
        // The person corrects what the picture is: the newest verdict counts.
        assert_eq!(current.count(Some(Followed::Shape)).shape, 1);
        current.wanted = Some((shape("cat"), paint(2)));
        assert_eq!(current.count(Some(Followed::Neither)).neither, 1);
        current.model = Some("b".to_owned());
        assert_eq!(current.count(None), Tally::default());
        current.model = Some("a".to_owned());
        current.clear_tally();
        assert_eq!(current.count(Some(Followed::Neither)), Tally::default());
        current.wanted = Some((shape("cat"), paint(1)));
        assert_eq!(current.count(Some(Followed::Shape)).shape, 1);
    }

    #[test]
    fn a_second_texture_is_blended_only_where_networks_can() {
        let mut library = Library::default();
        for name in ["a.png", "b.png"] {
            library.add_file(std::path::Path::new(name));
        }
        let mut stylize = Stylize {
            texture: Some(Texture::Picture(0)),
            second: Some(Texture::Picture(1)),
            ..Stylize::default()
        };
        let blended = |stylize: &Stylize| match recipe(stylize, &library) {
            Some(Recipe::Paint { second, .. }) => second.map(|(_, share)| share),
            _ => panic!("nothing is painted"),
        };
        assert_eq!(blended(&stylize), Some(50));
        stylize.second = Some(Texture::BuiltIn(3));
        assert_eq!(blended(&stylize), None);
        stylize.second = Some(Texture::Picture(0));
        assert_eq!(blended(&stylize), None);
        library.remove(0);
        assert_eq!(recipe(&stylize, &library), None);
    }
}
