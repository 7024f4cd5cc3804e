//! `config.json` and `preprocessor_config.json`, as the tools of Hugging Face and timm write them.

use serde_json::{Map, Value};

use super::beside::Folder;
use super::label_text::Names;
use super::{Description, Scaling, timm};
use crate::classifier::ScoreKind;
use crate::classifier::spec::Channels;
use crate::picture::{Framing, Resample};

const CONFIG: &str = "config.json";
const PREPROCESSOR: &str = "preprocessor_config.json";
/// What newer tools write in place of it.
const PROCESSOR: &str = "processor_config.json";

/// Whether a source is one of these.
pub(super) fn is_hub(source: &str) -> bool {
    [CONFIG, PREPROCESSOR, PROCESSOR]
        .iter()
        .any(|name| source.rsplit('/').next() == Some(*name))
}

pub(super) fn read(folder: &Folder, prefix: &str) -> Vec<Description> {
    let mut found = Vec::new();
    for name in [PREPROCESSOR, PROCESSOR] {
        if let Some(value) = folder.json(name) {
            let inner = value.get("image_processor").unwrap_or(&value);
            found.extend(preprocessor(inner, &format!("{prefix}{name}")));
        }
    }
    if let Some(value) = folder.json(CONFIG) {
        found.extend(config(&value, &format!("{prefix}{CONFIG}")));
    }
    found
}

fn side(value: &Value) -> Option<usize> {
    let side = value.as_u64().and_then(|side| usize::try_from(side).ok());
    side.filter(|side| (1..=crate::classifier::MAX_INPUT_SIDE).contains(side))
}

/// A size as one number, two, or under names.
pub(super) fn size(value: &Value) -> Option<[usize; 2]> {
    match value {
        Value::Array(list) => match list.as_slice() {
            // With the channels before them, or without.
            [h, w] | [_, h, w] | [_, _, h, w] => Some([side(h)?, side(w)?]),
            _ => None,
        },
        Value::Object(map) => {
            if let (Some(h), Some(w)) = (map.get("height"), map.get("width")) {
                return Some([side(h)?, side(w)?]);
            }
            let edge = map
                .get("shortest_edge")
                .or_else(|| map.get("longest_edge"))?;
            side(edge).map(|side| [side, side])
        }
        one => side(one).map(|side| [side, side]),
    }
}

/// A number for each of three channels, or one for all.
pub(super) fn three(value: Option<&Value>) -> Option<[f32; 3]> {
    match value? {
        Value::Number(n) => Some([n.as_f64()? as f32; 3]),
        Value::Array(list) => {
            let values: Vec<f32> = list
                .iter()
                .map(|v| v.as_f64().map(|v| v as f32))
                .collect::<Option<_>>()?;
            match values[..] {
                [one] => Some([one; 3]),
                [a, b, c] => Some([a, b, c]),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The part of the picture that a processor shows, and the size it brings it to.
fn show(map: &Map<String, Value>, found: &mut Description) {
    let yes = |key: &str| map.get(key).and_then(Value::as_bool);
    let of_kind = |word: &str| {
        let kinds = ["image_processor_type", "feature_extractor_type"];
        let mut kinds = kinds.iter().filter_map(|key| map.get(*key)?.as_str());
        kinds.any(|kind| kind.to_lowercase().contains(word))
    };
    let resized = map.get("size").and_then(size);
    let cropped = map.get("crop_size").and_then(size);
    let share = map.get("crop_pct").and_then(Value::as_f64);
    let crops = yes("do_center_crop").unwrap_or(cropped.is_some() && share.is_some());
    found.size = if crops {
        cropped.or(resized)
    } else {
        resized.or(cropped)
    };
    // Both sides are brought to their size, whatever the picture's shape.
    let squeezed = map.get("size").is_some_and(|size| {
        size.get("height").is_some() || (size.is_number() && (of_kind("deit") || of_kind("beit")))
    });
    let shortest = map
        .get("size")
        .is_some_and(|s| s.get("shortest_edge").is_some());
    let part = |of: f32| Some(of).filter(|c| *c > 0.0 && *c <= 1.0);
    if let Some(share) = share {
        // ConvNeXt's processor cuts nothing off pictures of 384 pixels and more.
        let large = resized.is_some_and(|[side, _]| side >= 384);
        if cropped.is_none() && large {
            found.framing = Some(Framing::Whole);
        } else {
            found.crop = part(share as f32);
            found.framing = Some(Framing::Published);
        }
    } else if let (true, Some([cut, _]), Some([whole, _])) = (crops, cropped, resized) {
        let (cut, whole) = if of_kind("levit") {
            // It resizes to more than its file says.
            (224, 256)
        } else if of_kind("perceiver") {
            // It cuts first and resizes then.
            (whole, cut)
        } else {
            (cut, whole)
        };
        if squeezed && cut < whole && !of_kind("perceiver") {
            found.framing = Some(Framing::Whole);
            found.notes.push(format!(
                "its makers squeeze pictures to {whole} pixels and cut the middle {cut} out; here the edges are shown too"
            ));
        } else {
            found.crop = part(cut as f32 / whole as f32);
            found.framing = Some(Framing::Published);
        }
    } else if !crops && !shortest && resized.is_some() {
        found.framing = Some(Framing::Whole);
    }
    if yes("do_pad") == Some(true) {
        found.framing = Some(Framing::Padded);
    }
}

fn preprocessor(value: &Value, source: &str) -> Option<Description> {
    let map = value.as_object()?;
    let yes = |key: &str| map.get(key).and_then(Value::as_bool);
    let mut found = Description::of(source);
    show(map, &mut found);
    // Pixels are first brought to 0..=1, where that is not switched off.
    let factor = map.get("rescale_factor").and_then(Value::as_f64);
    let factor = if yes("do_rescale").unwrap_or(true) {
        factor.unwrap_or(1.0 / 255.0)
    } else {
        1.0
    };
    let offset = if yes("rescale_offset") == Some(true) {
        1.0
    } else {
        0.0
    };
    let unit = (1.0 / factor) as f32;
    // Processors that turn the channels write figures that they do not use.
    let turns = map.contains_key("do_flip_channel_order");
    let normalises = yes("do_normalize").unwrap_or(!turns && map.contains_key("image_mean"));
    let (mean, std) = if normalises {
        let std = three(map.get("image_std")).unwrap_or([1.0; 3]);
        // EfficientNet's divides a second time for its layer of classes.
        let twice = yes("include_top") == Some(true);
        (
            three(map.get("image_mean")).unwrap_or([0.0; 3]),
            if twice { std.map(|s| s * s) } else { std },
        )
    } else {
        ([0.0; 3], [1.0; 3])
    };
    let says_scale = ["image_mean", "do_normalize", "do_rescale", "rescale_factor"];
    if says_scale.iter().any(|key| map.contains_key(*key)) && unit.is_finite() && unit > 0.0 {
        found.scaling = Some(Scaling {
            mean: mean.map(|m| (m + offset) * unit),
            std: std.map(|s| s * unit),
        });
    }
    if yes("do_flip_channel_order") == Some(true) {
        found.channels = Some(Channels::Bgr);
    } else if found.scaling.is_some() {
        found.channels = Some(Channels::Rgb);
    }
    found.resample = match map.get("resample").and_then(Value::as_u64) {
        Some(0) => Some(Resample::Nearest),
        Some(1) => Some(Resample::Lanczos),
        Some(2) => Some(Resample::Bilinear),
        Some(3) => Some(Resample::Bicubic),
        _ => None,
    };
    let says = found.size.is_some() || found.scaling.is_some();
    says.then_some(found)
}

fn config(value: &Value, source: &str) -> Option<Description> {
    let map = value.as_object()?;
    let mut found = Description::of(source);
    let timm = timm::settings(map);
    let names = map
        .get("id2label")
        .or_else(|| map.get("label2id"))
        .or_else(|| map.get("label_names"))
        .or_else(|| timm?.get("label_names"))
        .or_else(|| timm?.get("labels"));
    found.labels = names.and_then(Names::of_json).map(|names| names.names);
    // What transformers writes where nobody has named the classes.
    let nameless = |names: &Vec<String>| {
        let numbered = names.iter().enumerate();
        names.len() > 1
            && numbered
                .clone()
                .all(|(i, name)| *name == format!("LABEL_{i}"))
    };
    if found.labels.as_ref().is_some_and(nameless) {
        found.labels = None;
    }
    found.size = map.get("image_size").and_then(size);
    if let Some(timm) = timm {
        timm::describe(timm, &mut found);
    }
    found.kind = match map.get("problem_type").and_then(Value::as_str) {
        Some("multi_label_classification") => Some(ScoreKind::Sigmoid),
        Some("single_label_classification") => Some(ScoreKind::Softmax),
        Some("regression") => Some(ScoreKind::Regression),
        _ => None,
    };
    let says = found.labels.is_some()
        || found.size.is_some()
        || found.scaling.is_some()
        || found.kind.is_some();
    says.then_some(found)
}
