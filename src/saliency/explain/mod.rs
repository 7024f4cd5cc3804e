//! One explanation from end to end: picture -> preprocess -> gradients -> method -> map. The window
//! and the command line both come through here.

mod error;
mod export;
mod maps_file;
mod maps_table;
mod record;
mod saved;
#[cfg(test)]
pub(crate) mod testing;

use crate::threads::spawn;
use std::thread;
use std::time::Instant;

use image::RgbImage;
use ndarray::Array3;
use serde::{Deserialize, Serialize};

pub use error::ExplainError;
pub use export::{EXPLANATION_FILES, MAP_KEYWORD, RECORD_KEYWORD, carried_map};
pub use maps_file::{MapEntry, MapsFile, MapsFileError};
pub(crate) use record::check_map;
pub use record::{ExplanationRecord, MAP_FILE, ModelRecord, PictureRecord, Versions};
pub use saved::{Saved, carries_explanation};

use super::{
    Baseline, BlackWhite, Blank, Completeness, Method, MethodParams, SaliencyMap, StageSeconds,
    attribute,
};
use crate::classifier::{Classifier, Differentiable as _, Prediction, Preprocessed, Target};
use crate::picture::{Framing, Picture, Region};
use crate::progress::Observer;

/// How many predictions an explanation carries.
const PREDICTIONS: usize = 10;

/// Which class is explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassChoice {
    /// The class the network is surest of.
    #[default]
    Auto,
    /// This one.
    Class(usize),
}

impl std::str::FromStr for ClassChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        text.parse()
            .map(Self::Class)
            .map_err(|_| format!("{text:?} is not a class; give its number, or auto"))
    }
}

/// What to explain, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Which part of the picture the network sees.
    pub framing: Framing,
    /// Which class is explained.
    pub class: ClassChoice,
    /// A class to hold it against: the map then shows what speaks for one and not the other.
    pub against: Option<usize>,
    /// How the map is computed.
    pub method: Method,
    /// Settings of the method.
    pub params: MethodParams,
}

/// A picture, a classifier, a class, a method and its settings -> a map.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What was asked for, with every default filled in.
    pub request: Request,
    /// The surest predictions, best first.
    pub predictions: Vec<Prediction>,
    /// Probability of every class, 0-1, in the network's order.
    pub probabilities: Vec<f32>,
    /// The class that is explained.
    pub class: Prediction,
    /// The map, `[height, width]` of the network's input.
    pub map: SaliencyMap,
    /// `[height, width, 3]`, red first, where the method has values per channel.
    pub attribution: Option<Array3<f32>>,
    /// What the network saw, before normalisation.
    pub seen: RgbImage,
    /// Which part of the picture that was.
    pub region: Region,
    /// How well the attributions add up, where the method promises it.
    pub completeness: Option<Completeness>,
    /// Gradients or forward passes computed.
    pub steps_used: usize,
    /// Where the time went.
    pub seconds: Seconds,
}

impl Explanation {
    /// Memory that it takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let attribution = self.attribution.as_ref().map_or(0, Array3::len);
        let floats = self.map.values.len() + attribution + self.probabilities.len();
        (size_of::<f32>() * floats + self.seen.len()) as u64
    }

    /// One sentence where the map has nothing to show.
    #[must_use]
    pub fn remark(&self) -> Option<&'static str> {
        Some(match (self.map.blank()?, self.request.method.has_layer()) {
            (Blank::Constant, true) => {
                "nothing in this layer speaks for the class: what it saw is all against it, or no gradient reaches it, so the map is empty; try another layer or method"
            }
            (Blank::Constant, false) => {
                "the map has the same value everywhere: no part of the picture moves this score more than another"
            }
            (Blank::NothingFor, _) => {
                "no value of the map is above 0: nothing in the picture speaks for this class, and what looks important only speaks less against it"
            }
        })
    }
}

/// Wall time by stage, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Cutting, resizing and normalising the picture.
    pub preprocess: f64,
    /// The prediction.
    pub predict: f64,
    /// The method's own stages.
    #[serde(flatten)]
    pub method: StageSeconds,
    /// All of it.
    pub total: f64,
}

/// Explains one prediction.
///
/// # Errors
/// When the class does not exist, the network cannot be run or differentiated, or `observer`
/// cancels.
pub fn explain(
    classifier: &Classifier,
    picture: &Picture,
    request: &Request,
    observer: &dyn Observer,
) -> Result<Explanation, ExplainError> {
    explain_answered(classifier, picture, None, request, observer)
}

/// As [`explain`], where the network was asked already: `answered` is `picture` as it sees it with the
/// request's framing, and its scores.
///
/// # Errors
/// As [`explain`].
pub fn explain_answered(
    classifier: &Classifier,
    picture: &Picture,
    answered: Option<(Preprocessed, Vec<f32>)>,
    request: &Request,
    observer: &dyn Observer,
) -> Result<Explanation, ExplainError> {
    thread::scope(|scope| {
        if request.method.takes_many_gradients() {
            // Opening sessions takes as long as a gradient or two; whoever needs one first waits.
            // What goes wrong here goes wrong there again, and is told there.
            classifier.network().expect_gradients();
            spawn(scope, || {
                let _ = classifier.network().prepare_gradient();
            });
        }
        explain_now(classifier, picture, answered, request, observer)
    })
}

fn explain_now(
    classifier: &Classifier,
    picture: &Picture,
    answered: Option<(Preprocessed, Vec<f32>)>,
    request: &Request,
    observer: &dyn Observer,
) -> Result<Explanation, ExplainError> {
    let start = Instant::now();
    let network = classifier.network();
    let shape = classifier.input_shape();
    let spec = classifier.spec();
    let (seen, known) = match answered {
        Some((seen, logits)) => (seen, Some(logits)),
        None => (spec.preprocess(picture, shape, request.framing), None),
    };
    let preprocess = start.elapsed().as_secs_f64();
    observer.check().map_err(super::SaliencyError::from)?;

    // Where the class is said and a gradient at the picture will be computed, that tells the
    // logits too.
    let (class, logits) = match request.class {
        ClassChoice::Class(class) if known.is_some() || request.method.ends_at_input() => {
            (class, known)
        }
        ClassChoice::Class(class) => (class, Some(network.logits(seen.input.view())?)),
        ClassChoice::Auto => {
            let logits = match known {
                Some(known) => known,
                None => network.logits(seen.input.view())?,
            };
            let best = classifier.rank(&logits, 1);
            (best.first().map_or(0, |p| p.class), Some(logits))
        }
    };
    let predict = start.elapsed().as_secs_f64() - preprocess;
    for wanted in [Some(class), request.against].into_iter().flatten() {
        let classes = network.classes();
        if wanted >= classes {
            return Err(ExplainError::NoSuchClass {
                class: wanted,
                classes,
            });
        }
    }
    let target = match request.against {
        Some(against) => Target::Contrast { class, against },
        None => Target::Class(class),
    };

    let mut request = request.clone();
    request.class = ClassChoice::Class(class);
    request.params = request.params.filled(request.method);
    if matches!(
        request.params.baseline,
        Some(Baseline::Black | Baseline::White)
    ) {
        request.params.black_white = Some(BlackWhite {
            black: spec.flat(0.0, [1, 1, shape[2]]).into_iter().collect(),
            white: spec.flat(255.0, [1, 1, shape[2]]).into_iter().collect(),
        });
    }
    let made = attribute(
        request.method,
        network,
        seen.input.view(),
        target,
        &request.params,
        observer,
    )?;
    let logits = match logits.or(made.logits) {
        Some(logits) => logits,
        None => network.logits(seen.input.view())?,
    };
    Ok(Explanation {
        class: classifier.prediction(&logits, class),
        request,
        predictions: classifier.rank(&logits, PREDICTIONS),
        probabilities: network.probabilities(&logits),
        map: SaliencyMap {
            values: seen.without_ground(made.map.values),
        },
        attribution: made
            .pixels
            .map(|pixels| seen.without_ground(spec.to_rgb(pixels))),
        seen: seen.shown(),
        region: seen.region,
        completeness: made.completeness,
        steps_used: made.steps_used,
        seconds: Seconds {
            preprocess,
            predict,
            method: made.seconds,
            total: start.elapsed().as_secs_f64(),
        },
    })
}
