//! A small explanation for tests of what is written and read.

use image::RgbImage;
use ndarray::Array2;

use super::{Explanation, ModelRecord, Request, Seconds};
use crate::classifier::Prediction;
use crate::picture::Region;
use crate::saliency::SaliencyMap;

/// A map of 5 x 6 over the square from (10, 0) to (40, 30) of a picture.
pub(crate) fn explanation() -> Explanation {
    let prediction = Prediction {
        class: 285,
        label: "Egyptian cat".to_owned(),
        probability: 0.385,
        logit: 8.5,
        measured: false,
    };
    Explanation {
        request: Request::default(),
        predictions: vec![prediction.clone()],
        probabilities: vec![1.0],
        class: prediction,
        map: SaliencyMap {
            values: Array2::from_shape_fn((5, 6), |(y, x)| (y as f32 * 0.37).sin() - x as f32),
        },
        attribution: None,
        seen: RgbImage::new(6, 5),
        region: Region {
            x: 10,
            y: 0,
            width: 30,
            height: 30,
        },
        completeness: None,
        steps_used: 12,
        seconds: Seconds::default(),
    }
}

/// A network that is nowhere.
pub(crate) fn model() -> ModelRecord {
    ModelRecord {
        id: "net".to_owned(),
        path: "net.onnx".to_owned(),
        sha256: "0".repeat(64),
        guesses: Vec::new(),
        notices: Vec::new(),
    }
}
