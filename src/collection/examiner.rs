//! A network as it is shown every picture of a collection.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView3};

use super::CollectionError;
use super::coarse_map::{CoarseMap, SIDE};
use super::embedding::EmbeddingForm;
use super::facts::{Answer, MapFact};
use super::indexing::{Examined, Examiner, Failure};
use super::manifest::{MapMethod, ModelEntry, Preprocessing};
use crate::classifier::{Classifier, ClassifierError, Differentiable as _, Target};
use crate::picture::{DECODING, Framing, Picture};
use crate::saliency::coarse_grad_cam;

/// How maps are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// None are.
    None,
    /// Grad-CAM at the layer's own size, in the same pass as the answer; of networks without a layer
    /// that has places, the gradient.
    GradCam,
    /// The gradient of the picture: the largest channel of each pixel, averaged.
    Gradient,
}

impl Maps {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::GradCam, Self::Gradient, Self::None];

    /// The word for it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::GradCam => "grad-cam",
            Self::Gradient => "gradient",
        }
    }
}

impl std::str::FromStr for Maps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|maps| maps.id() == text);
        found.ok_or_else(|| format!("{text:?} is not grad-cam, gradient or none"))
    }
}

/// A classifier that looks at every picture.
#[derive(Debug)]
pub struct Network {
    classifier: Classifier,
    framing: Framing,
    maps: Maps,
    entry: ModelEntry,
}

impl Network {
    /// Of an open classifier; its sessions are made now. The second value is a note where maps are
    /// made in another way than was asked for.
    ///
    /// # Errors
    /// When the network cannot be run, or cannot be differentiated and maps are asked for.
    pub fn new(
        classifier: Classifier,
        framing: Framing,
        maps: Maps,
    ) -> Result<(Self, Option<String>), CollectionError> {
        let network = classifier.network();
        let layer = network.usual_layer();
        let mut note = None;
        let made = match (maps, &layer) {
            (Maps::GradCam, None) => {
                note = Some(format!(
                    "{} has no layer with places: its maps are gradients",
                    classifier.spec().id
                ));
                Maps::Gradient
            }
            _ => maps,
        };
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        network.prepare_look(made == Maps::GradCam, workers)?;
        if made == Maps::Gradient {
            network.prepare_gradient()?;
        }
        let (embedding_layer, embedding_width) = network.embedding();
        let spec = classifier.spec();
        let parameters = match (made, layer) {
            (Maps::GradCam, Some(layer)) => vec![("layer".to_owned(), layer)],
            _ => Vec::new(),
        };
        let method = MapMethod {
            id: made.id().to_owned(),
            parameters: BTreeMap::from_iter(parameters),
            class: "predicted".to_owned(),
        };
        let entry = ModelEntry {
            id: spec.id.clone(),
            sha256: classifier.sha256()?.to_owned(),
            preprocessing: Preprocessing {
                decoding: DECODING,
                input: classifier.input_shape(),
                framing: word(&framing),
                crop: spec.crop,
                resample: word(&spec.resample),
                channels: word(&spec.channels),
                mean: spec.mean,
                std: spec.std,
            },
            embedding_layer,
            embedding_width,
            embeddings: EmbeddingForm::Byte,
            classes: (0..network.classes())
                .map(|c| classifier.labels().name(c))
                .collect(),
            maps: if made == Maps::None {
                Vec::new()
            } else {
                vec![method]
            },
        };
        let made = Self {
            classifier,
            framing,
            maps: made,
            entry,
        };
        Ok((made, note))
    }

    fn look(&self, picture: &Picture, map: bool) -> Result<Examined, ClassifierError> {
        let network = self.classifier.network();
        let shape = self.classifier.input_shape();
        let seen = self
            .classifier
            .spec()
            .preprocess(picture, shape, self.framing);
        let input = seen.input.view();
        let look = network.look(input, map && self.maps == Maps::GradCam)?;
        let answer = Answer::of(&network.probabilities(&look.logits));
        let class = answer.class().unwrap_or(0);
        let map = match (&look.layer, self.maps) {
            (Some(layer), _) => {
                let (values, most) = coarse_grad_cam(layer, [SIDE, SIDE])
                    .map_err(|e| ClassifierError::Run(e.to_string()))?;
                // The values are shares of the layer's largest.
                let (map, share) = CoarseMap::of(&values);
                Some((map, share * most))
            }
            (None, Maps::Gradient) if map => {
                let gradient = network.gradient(input, Target::Class(class as usize))?;
                Some(CoarseMap::of(&averaged(gradient.input.view())))
            }
            _ => None,
        };
        Ok(Examined {
            answer,
            embedding: look.embedding,
            map: map.map(|(map, scale)| MapFact {
                class,
                scale,
                figures: map.figures(),
                map,
            }),
        })
    }
}

impl Examiner for Network {
    fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    fn examine(&self, picture: &Picture, map: bool) -> Result<Examined, Failure> {
        self.look(picture, map).map_err(|error| {
            let why = crate::text::line(&error.to_string());
            match error {
                // The same pixels would give the same scores.
                ClassifierError::NotFinite { .. } => Failure::Picture(why),
                _ => Failure::Network(why),
            }
        })
    }
}

/// The word of a choice, as settings have it.
fn word(choice: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(choice).unwrap_or_default();
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

/// The largest magnitude of each pixel's channels, averaged over 16 x 16 parts; a pixel belongs to
/// the part that its centre lies in, and a part without a centre takes the nearest pixel.
fn averaged(gradient: ArrayView3<'_, f32>) -> Array2<f32> {
    let (height, width, _) = gradient.dim();
    let most = |y: usize, x: usize| {
        let channels = gradient.slice(ndarray::s![y, x, ..]);
        channels.iter().fold(0.0f32, |most, v| most.max(v.abs()))
    };
    let ends = |part: usize, size: usize| {
        let start = (part * size).div_ceil(SIDE).min(size.saturating_sub(1));
        let end = ((part + 1) * size)
            .div_ceil(SIDE)
            .clamp(start + 1, size.max(start + 1));
        (start, end)
    };
    Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        let ((top, bottom), (left, right)) = (ends(row, height), ends(column, width));
        let mut sum = 0.0f64;
        for y in top..bottom {
            for x in left..right {
                sum += f64::from(most(y, x));
            }
        }
        (sum / ((bottom - top) * (right - left)) as f64) as f32
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn a_gradient_is_averaged_over_its_parts() {
        let gradient = Array3::from_shape_fn((32, 48, 3), |(y, x, c)| {
            if c == 1 {
                -((y / 2 * 16 + x / 3) as f32)
            } else {
                0.0
            }
        });
        let small = averaged(gradient.view());
        assert!(
            small
                .indexed_iter()
                .all(|((y, x), &v)| v == (y * 16 + x) as f32)
        );
        // Fewer pixels than parts: every part has one.
        let small = averaged(Array3::ones((5, 1, 1)).view());
        assert!(small.iter().all(|&v| v == 1.0));
    }

    #[test]
    fn methods_have_words() {
        for maps in Maps::ALL {
            assert_eq!(maps.id().parse(), Ok(maps));
        }
        assert!("xrai".parse::<Maps>().is_err());
        assert_eq!(word(&Framing::Square), "square");
    }
}
