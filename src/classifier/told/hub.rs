//! `config.json` and `preprocessor_config.json`, as the tools of Hugging Face and timm write them.

use serde_json::Value;

use super::beside::Folder;
use super::label_text::Names;
use super::{Description, Scaling};
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

fn three(value: Option<&Value>) -> Option<[f32; 3]> {
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

fn preprocessor(value: &Value, source: &str) -> Option<Description> {
    let map = value.as_object()?;
    let yes = |key: &str| map.get(key).and_then(Value::as_bool);
    let mut found = Description::of(source);
    let resized = map.get("size").and_then(size);
    let cropped = map.get("crop_size").and_then(size);
    let crops = yes("do_center_crop").unwrap_or(cropped.is_some() && map.contains_key("crop_pct"));
    found.size = if crops {
        cropped.or(resized)
    } else {
        resized.or(cropped)
    };
    let shortest = map
        .get("size")
        .is_some_and(|s| s.get("shortest_edge").is_some());
    if let Some(share) = map.get("crop_pct").and_then(Value::as_f64) {
        found.crop = Some(share as f32).filter(|c| *c > 0.0 && *c <= 1.0);
        found.framing = Some(Framing::Published);
    } else if let (true, Some([cut, _]), Some([whole, _])) = (crops, cropped, resized) {
        found.crop = Some(cut as f32 / whole as f32).filter(|c| *c > 0.0 && *c <= 1.0);
        found.framing = Some(Framing::Published);
    } else if !crops && !shortest && resized.is_some() {
        found.framing = Some(Framing::Whole);
    }
    if yes("do_pad") == Some(true) {
        found.framing = Some(Framing::Padded);
    }
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
    let (mean, std) = if yes("do_normalize").unwrap_or(map.contains_key("image_mean")) {
        (
            three(map.get("image_mean")).unwrap_or([0.0; 3]),
            three(map.get("image_std")).unwrap_or([1.0; 3]),
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
    let timm = map.get("pretrained_cfg");
    let names = map
        .get("id2label")
        .or_else(|| map.get("label2id"))
        .or_else(|| map.get("label_names"))
        .or_else(|| timm?.get("label_names"));
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
        found.size = timm.get("input_size").and_then(size).or(found.size);
        if let (Some(mean), Some(std)) = (three(timm.get("mean")), three(timm.get("std"))) {
            found.scaling = Some(Scaling {
                mean: mean.map(|m| m * 255.0),
                std: std.map(|s| s * 255.0),
            });
            found.channels = Some(Channels::Rgb);
        }
        let share = timm.get("crop_pct").and_then(Value::as_f64);
        found.crop = share.map(|c| c as f32).filter(|c| *c > 0.0 && *c <= 1.0);
        found.framing = found.crop.map(|_| Framing::Published);
        found.resample = match timm.get("interpolation").and_then(Value::as_str) {
            Some("bilinear") => Some(Resample::Bilinear),
            Some("bicubic") => Some(Resample::Bicubic),
            Some("lanczos") => Some(Resample::Lanczos),
            Some("nearest") => Some(Resample::Nearest),
            _ => None,
        };
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
