//! All checks of a map of a picture: what the command line and the window run.

use ndarray::ArrayView3;

use super::{CheckParams, Report, check_map, shuffle_weights};
use crate::classifier::{Classifier, ClassifierError, Network, NetworkOptions, Target};
use crate::onnx::{Model, OnnxError};
use crate::picture::{Framing, Picture};
use crate::progress::Observer;
use crate::saliency::{
    BlackWhite, Explanation, Method, MethodParams, Question, SaliencyError, SaliencyMap, attribute,
};
use crate::saliency::{ClassChoice, Request};

/// A map, and the question that it answers.
#[derive(Debug, Clone)]
pub struct MadeMap<'a> {
    /// The map, of what the network saw without the ground beside it.
    pub map: &'a SaliencyMap,
    /// How it was computed.
    pub method: Method,
    /// Settings of that.
    pub params: MethodParams,
    /// The class, and what it is held against.
    pub target: Target,
    /// Which part of the picture the network saw.
    pub framing: Framing,
}

impl<'a> MadeMap<'a> {
    /// The map of an explanation.
    #[must_use]
    pub fn of(explanation: &'a Explanation) -> Self {
        let Request {
            framing,
            against,
            method,
            params,
            class,
        } = explanation.request.clone();
        let class = match class {
            ClassChoice::Class(class) => class,
            ClassChoice::Auto => explanation.class.class,
        };
        let target = match against {
            None => Target::Class(class),
            Some(against) => Target::Contrast { class, against },
        };
        Self {
            map: &explanation.map,
            method,
            params,
            target,
            framing,
        }
    }
}

/// Why a map was not checked. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A network could not be run or differentiated, or the work was cancelled.
    #[error(transparent)]
    Saliency(#[from] SaliencyError),
    /// There is no network with shuffled weights.
    #[error("the network with shuffled weights failed ({0}); leave that check out")]
    Shuffled(String),
}

impl CheckError {
    /// True when the work ended because nobody wants the result any more, which is no failure.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Saliency(error) if error.is_cancelled())
    }
}

/// Runs the checks of a map of `picture`; `shuffled` asks also a network with shuffled weights.
///
/// # Errors
/// When a network fails, the map is not of what the network sees, or `observer` cancels.
pub fn check_picture(
    classifier: &Classifier,
    picture: &Picture,
    made: &MadeMap<'_>,
    shuffled: bool,
    observer: &dyn Observer,
) -> Result<Report, CheckError> {
    let (spec, shape) = (classifier.spec(), classifier.input_shape());
    let colour = |level: f32| spec.flat(level, [1, 1, shape[2]]).into_iter().collect();
    let colours = BlackWhite {
        black: colour(0.0),
        white: colour(255.0),
    };
    let params = MethodParams {
        black_white: Some(colours.clone()),
        ..made.params.clone()
    };
    let seen = spec.preprocess(picture, shape, made.framing);
    let map = SaliencyMap {
        values: seen.with_ground(made.map.values.clone()),
    };
    let input = seen.input.view();
    let double = if shuffled {
        Some(map_of_double(classifier, made, input, &params, observer)?)
    } else {
        None
    };
    Ok(check_map(
        Question::new(classifier.network(), input, made.target)?,
        &map,
        made.method,
        Some(&colours),
        double.as_ref(),
        &CheckParams::default(),
        observer,
    )?)
}

/// The map of the same question asked of a network with shuffled weights.
fn map_of_double(
    classifier: &Classifier,
    made: &MadeMap<'_>,
    input: ArrayView3<'_, f32>,
    params: &MethodParams,
    observer: &dyn Observer,
) -> Result<SaliencyMap, CheckError> {
    let open = || -> Result<(Network, tempfile::TempDir), String> {
        let line = |error: &dyn std::fmt::Display| error.to_string();
        let mut model =
            Model::read(classifier.network().path()).map_err(|e: OnnxError| line(&e))?;
        shuffle_weights(&mut model, params.seed).map_err(|e| line(&e))?;
        let folder = tempfile::tempdir().map_err(|e| line(&e))?;
        let path = folder.path().join("shuffled.onnx");
        model.save(&path).map_err(|e| line(&e))?;
        let [height, width, _] = classifier.input_shape();
        let options = NetworkOptions {
            size: Some([height, width]),
            output: Some(classifier.network().output().to_owned()),
            kind: Some(classifier.network().kind()),
            device: classifier.network().device(),
            // Our own copy of a network that is open.
            trusted: true,
            ..NetworkOptions::default()
        };
        let double = Network::open(&path, &options).map_err(|e: ClassifierError| line(&e))?;
        Ok((double, folder))
    };
    let (double, _folder) = open().map_err(CheckError::Shuffled)?;
    let made = attribute(made.method, &double, input, made.target, params, observer);
    made.map(|made| made.map).map_err(|error| {
        if error.is_cancelled() {
            CheckError::Saliency(error)
        } else {
            CheckError::Shuffled(error.to_string())
        }
    })
}
