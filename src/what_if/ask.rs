//! What the network says of a picture as it is, and as it would be.

use std::ops::Deref;

use image::RgbImage;

use super::flip::{FlipParams, smallest_flip};
use super::{EditMask, Flip, MAX_PARTS, WhatIfError, filled};
use crate::classifier::{Classifier, Differentiable as _, Prediction};
use crate::picture::{Framing, Picture, Region};
use crate::progress::Observer;
use crate::saliency::SaliencyError;

/// What a network sees of a picture, and what it says of it. Changes begin here; each costs one forward
/// pass. `C` holds the network: borrowed, or shared with others that use it.
#[derive(Debug)]
pub struct Scene<C> {
    classifier: C,
    framing: Framing,
    /// Where in the input that lies.
    content: Region,
    /// What the network sees, at its own size; of a padded picture without the ground beside it, which
    /// nothing changes.
    pub seen: RgbImage,
    /// The part of the picture that this is.
    pub region: Region,
    /// One number per class.
    pub logits: Vec<f32>,
}

/// A change, and what the network says then.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// What was changed.
    pub mask: EditMask,
    /// What the network sees now.
    pub edited: RgbImage,
    /// One number per class.
    pub logits: Vec<f32>,
}

impl<C: Deref<Target = Classifier> + Sync> Scene<C> {
    /// Shows the network the picture as it is.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn of(classifier: C, picture: &Picture, framing: Framing) -> Result<Self, WhatIfError> {
        let shape = classifier.input_shape();
        let seen = classifier.spec().preprocess(picture, shape, framing);
        Ok(Self {
            framing,
            content: seen.content,
            logits: classifier.network().logits(seen.input.view())?,
            seen: seen.shown(),
            region: seen.region,
            classifier,
        })
    }

    /// The network that is asked.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// `[height, width]` of [`Self::seen`].
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        [self.content.height, self.content.width].map(|side| side as usize)
    }

    /// The framing under which the network sees a picture of [`Self::shape`] as it is, pixel by pixel, and
    /// what is beside it as here.
    #[must_use]
    pub fn framing_of_edited(&self) -> Framing {
        match self.framing {
            Framing::Padded => Framing::Padded,
            _ => Framing::Whole,
        }
    }

    /// What the network says of other pixels of the same size.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn answer(&self, pixels: &RgbImage) -> Result<Vec<f32>, WhatIfError> {
        Ok(self.logits_of(pixels)?)
    }

    /// What the network says of the picture as it is.
    #[must_use]
    pub fn best(&self) -> Option<usize> {
        best(&self.logits)
    }

    /// What such numbers say of one class.
    #[must_use]
    pub fn prediction(&self, logits: &[f32], class: usize) -> Prediction {
        self.classifier.prediction(logits, class)
    }

    fn logits_of(&self, pixels: &RgbImage) -> Result<Vec<f32>, SaliencyError> {
        let shape = self.classifier.input_shape();
        let [height, width, _] = shape.map(|side| side as u32);
        let spec = self.classifier.spec();
        let input = if pixels.dimensions() == (width, height) {
            spec.normalise(pixels, shape)
        } else {
            let mut whole = RgbImage::from_pixel(width, height, image::Rgb(spec.pad));
            let (x, y) = (i64::from(self.content.x), i64::from(self.content.y));
            image::imageops::replace(&mut whole, pixels, x, y);
            spec.normalise(&whole, shape)
        };
        Ok(self.classifier.network().logits(input.view())?)
    }

    /// What the network says where `filling` takes the place of the part under the mask.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn without(&self, mask: EditMask, filling: &RgbImage) -> Result<WhatIf, WhatIfError> {
        let edited = filled(&self.seen, filling, &mask);
        self.with(mask, edited)
    }

    /// What the network says of `edited`, changed under the mask.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn with(&self, mask: EditMask, edited: RgbImage) -> Result<WhatIf, WhatIfError> {
        let logits = self.answer(&edited)?;
        Ok(WhatIf {
            mask,
            edited,
            logits,
        })
    }

    /// The fewest cells of a grid of `cells` rows and columns whose loss (to `filling`) makes the network
    /// say another class than `class`, or say `to` where that is given. At most `questions` are asked of
    /// the network.
    ///
    /// # Errors
    /// When there are too many cells, `to` is `class` or does not exist, the network cannot be run, or the
    /// work is cancelled.
    pub fn smallest_flip(
        &self,
        filling: &RgbImage,
        class: usize,
        to: Option<usize>,
        cells: [usize; 2],
        questions: usize,
        observer: &dyn Observer,
    ) -> Result<Flip, WhatIfError> {
        let [rows, columns] = cells;
        let shape = self.shape();
        let parts = rows.saturating_mul(columns);
        if parts == 0 || parts > MAX_PARTS || rows > shape[0] || columns > shape[1] {
            return Err(WhatIfError::Setting {
                setting: "the number of parts",
                got: format!("{rows} x {columns}"),
                must_be: format!("1 x 1 to 16 x 16, of pixels {} x {}", shape[1], shape[0]),
            });
        }
        let classes = self.logits.len();
        if classes < 2 {
            return Err(WhatIfError::OneAnswer);
        }
        for wanted in [Some(class), to].into_iter().flatten() {
            if wanted >= classes {
                return Err(WhatIfError::NoSuchClass {
                    class: wanted,
                    classes,
                });
            }
        }
        if to == best(&self.logits) {
            return Err(WhatIfError::Setting {
                setting: "the class to change to",
                got: "what the network says already".to_owned(),
                must_be: "another one".to_owned(),
            });
        }
        let params = FlipParams {
            parts,
            questions,
            threads: self.classifier.network().parallelism(),
        };
        let margin = |set: &[usize]| {
            let edited = match EditMask::of_parts(set, cells, shape) {
                Ok(mask) => filled(&self.seen, filling, &mask),
                // Where cells are smaller than a pixel some have none.
                Err(_) => self.seen.clone(),
            };
            Ok(lead(&self.logits_of(&edited)?, class, to))
        };
        Ok(smallest_flip(params, observer, margin)?)
    }
}

/// How far the wanted answer leads: above 0 it is the answer.
fn lead(logits: &[f32], class: usize, to: Option<usize>) -> f64 {
    let of = |class: usize| {
        logits
            .get(class)
            .copied()
            .map_or(f64::NEG_INFINITY, f64::from)
    };
    let others = |class: usize| {
        let others = logits.iter().enumerate().filter(|(i, _)| *i != class);
        others.fold(f64::NEG_INFINITY, |most, (_, &v)| most.max(f64::from(v)))
    };
    match to {
        Some(to) => of(to) - others(to),
        None => others(class) - of(class),
    }
}

/// The class with the largest number, the first of equal ones.
pub(super) fn best(logits: &[f32]) -> Option<usize> {
    let better = |best: Option<(usize, f32)>, (i, &v): (usize, &f32)| match best {
        Some((_, most)) if most >= v => best,
        _ => Some((i, v)),
    };
    logits.iter().enumerate().fold(None, better).map(|(i, _)| i)
}

/// A rectangle of what the network sees (`shape`, height and width), in the pixels of the picture of which
/// it sees `region`: the smallest that covers it.
#[must_use]
pub fn region_of(seen: Region, region: Region, shape: [usize; 2]) -> Region {
    let part = |start: u32, length: u32, from: u32, whole: u32, count: usize| {
        let count = (count as u64).max(1);
        let low = u64::from(start) * u64::from(whole) / count;
        let high = (u64::from(start + length) * u64::from(whole)).div_ceil(count);
        (from + low as u32, (high - low) as u32)
    };
    let (x, width) = part(seen.x, seen.width, region.x, region.width, shape[1]);
    let (y, height) = part(seen.y, seen.height, region.y, region.height, shape[0]);
    Region {
        x,
        y,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_above_zero_where_the_answer_is_another() {
        let logits = [1.0, 4.0, 3.5];
        assert_eq!(best(&logits), Some(1));
        assert_eq!(best(&[2.0, 2.0]), Some(0));
        assert_eq!(lead(&logits, 1, None), -0.5);
        assert_eq!(lead(&logits, 2, None), 0.5);
        assert_eq!(lead(&logits, 2, Some(0)), -3.0);
        assert_eq!(lead(&logits, 2, Some(1)), 0.5);
        assert_eq!(lead(&[f32::NAN, 1.0], 1, None), f64::NEG_INFINITY);
    }

    #[test]
    fn rectangles_come_back_to_the_picture() {
        let region = Region {
            x: 75,
            y: 0,
            width: 300,
            height: 300,
        };
        let whole = Region {
            x: 0,
            y: 0,
            width: 224,
            height: 224,
        };
        assert_eq!(region_of(whole, region, [224, 224]), region);
        let cell = Region {
            x: 28,
            y: 196,
            width: 28,
            height: 28,
        };
        let got = region_of(cell, region, [224, 224]);
        assert_eq!((got.x, got.y, got.width, got.height), (112, 262, 38, 38));
    }
}
