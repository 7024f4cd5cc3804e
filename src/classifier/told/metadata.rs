//! Keys and values inside the file: Ultralytics', ONNX's own, Azure Custom Vision's, and others.

use serde_json::Value;

use super::beside::Folder;
use super::label_json::names_classes;
use super::label_text::Names;
use super::{Description, Scaling, hub, python};
use crate::classifier::spec::Channels;
use crate::classifier::{MAX_INPUT_SIDE, ScoreKind};
use crate::picture::{Framing, Resample};

type Pairs = [(String, String)];

fn get<'a>(pairs: &'a Pairs, key: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
    found.map(|(_, value)| value.trim())
}

/// What the metadata says, the most trusted first.
pub(super) fn read(pairs: &Pairs) -> Vec<Description> {
    let mut found = Vec::new();
    if is_ultralytics(pairs) {
        found.push(ultralytics(pairs));
    }
    found.extend(image_keys(pairs, "the file's Image.* keys"));
    found.extend(geti(pairs));
    found.extend(others(pairs));
    found
}

/// Sizes of pictures that stand in the metadata, as `[height, width]`.
pub(in super::super) fn sizes_in_metadata(pairs: &Pairs) -> Vec<[usize; 2]> {
    read(pairs).into_iter().filter_map(|d| d.size).collect()
}

/// How many class names stand in the metadata.
pub(in super::super) fn label_counts_in_metadata(pairs: &Pairs) -> Vec<usize> {
    let labels = read(pairs).into_iter().filter_map(|d| d.labels);
    labels.map(|labels| labels.len()).collect()
}

/// Why the network is no classifier, where its metadata says so.
pub(in super::super) fn refused_in_metadata(pairs: &Pairs) -> Option<String> {
    read(pairs).into_iter().find_map(|d| d.refused)
}

fn is_ultralytics(pairs: &Pairs) -> bool {
    let named = ["author", "description"].iter();
    let named = named
        .filter_map(|key| get(pairs, key))
        .any(|v| v.contains("Ultralytics"));
    named || (get(pairs, "task").is_some() && get(pairs, "stride").is_some())
}

fn ultralytics(pairs: &Pairs) -> Description {
    let mut found = Description::of("the file's Ultralytics metadata");
    if let Some(task) = get(pairs, "task").filter(|task| !task.eq_ignore_ascii_case("classify")) {
        found.refused = Some(format!(
            "it is an Ultralytics network for the task {task:?}, no classifier; export one whose task is classify"
        ));
    }
    let names = get(pairs, "names").and_then(python::literal);
    found.labels = names.as_ref().and_then(Names::of_json).map(|n| n.names);
    found.size = get(pairs, "imgsz").and_then(python::literal).and_then(|v| {
        let side = |v: &Value| {
            let side = v.as_u64().and_then(|s| usize::try_from(s).ok());
            side.filter(|s| (1..=MAX_INPUT_SIDE).contains(s))
        };
        match &v {
            Value::Array(list) => match list.as_slice() {
                [one] => Some([side(one)?; 2]),
                [h, w] => Some([side(h)?, side(w)?]),
                _ => None,
            },
            one => Some([side(one)?; 2]),
        }
    });
    found.scaling = Some(Scaling::UNIT);
    found.channels = Some(Channels::Rgb);
    found.resample = Some(Resample::Bilinear);
    found.framing = Some(Framing::Square);
    found
}

/// The keys of the ONNX standard for pictures
/// (<https://onnx.ai/onnx/repo-docs/MetadataProps.html>), and those of Azure Custom Vision.
fn image_keys(pairs: &Pairs, source: &str) -> Option<Description> {
    let mut found = Description::of(source);
    found.channels = match get(pairs, "Image.BitmapPixelFormat")
        .map(str::to_lowercase)
        .as_deref()
    {
        Some("bgr8" | "bgra8") => Some(Channels::Bgr),
        Some("rgb8" | "rgba8") => Some(Channels::Rgb),
        _ => None,
    };
    found.scaling = match get(pairs, "Image.NominalPixelRange") {
        Some("NominalRange_0_255") => Some(Scaling::BYTES),
        Some("Normalized_0_1") => Some(Scaling::UNIT),
        Some("Normalized_1_1") => Some(Scaling::SIGNED),
        Some("NominalRange_16_235") => Some(Scaling {
            mean: [-16.0 * 255.0 / 219.0; 3],
            std: [255.0 / 219.0; 3],
        }),
        _ => None,
    };
    let own = |key: &str| get(pairs, &format!("CustomVision.{key}"));
    let numbers = |key: &str| {
        let value = python::literal(own(key)?)?;
        let list = value.as_array()?;
        let values: Vec<f32> = list
            .iter()
            .map(|v| v.as_f64().map(|v| v as f32))
            .collect::<Option<_>>()?;
        <[f32; 3]>::try_from(values).ok()
    };
    if let (Some(mean), Some(std)) = (
        numbers("Preprocess.NormalizeMean"),
        numbers("Preprocess.NormalizeStd"),
    ) && std.iter().all(|s| *s != 0.0)
    {
        let before = found.scaling.unwrap_or(Scaling::BYTES);
        // In the units of the pixel range.
        let [m, s] = [before.mean, before.std];
        let at = |c: usize| {
            (
                m.get(c).copied().unwrap_or(0.0),
                s.get(c).copied().unwrap_or(1.0),
            )
        };
        found.scaling = Some(Scaling {
            mean: std::array::from_fn(|c| at(c).0 + mean.get(c).copied().unwrap_or(0.0) * at(c).1),
            std: std::array::from_fn(|c| at(c).1 * std.get(c).copied().unwrap_or(1.0)),
        });
    }
    let side = |key| own(key).and_then(|v| v.parse::<usize>().ok());
    if let (Some(h), Some(w)) = (
        side("Preprocess.TargetHeight"),
        side("Preprocess.TargetWidth"),
    ) && (1..=MAX_INPUT_SIDE).contains(&h)
        && (1..=MAX_INPUT_SIDE).contains(&w)
    {
        found.size = Some([h, w]);
    }
    found.kind = match own("Postprocess.Method") {
        Some("ClassificationMultiLabel") => Some(ScoreKind::Sigmoid),
        Some("ClassificationMultiClass") => Some(ScoreKind::Softmax),
        _ => None,
    };
    if let Some(method) = own("Postprocess.Method").filter(|m| m.contains("Detection")) {
        found.refused = Some(format!(
            "it is a Custom Vision network for {method}, no classifier; export a classification project"
        ));
    }
    let crop = own("Preprocess.CropMethod");
    if crop == Some("NoCrop") && own("Preprocess.ResizeMethod") == Some("Stretch") {
        found.framing = Some(Framing::Whole);
    }
    let says = found.scaling.is_some() || found.channels.is_some() || found.kind.is_some();
    (says || found.size.is_some() || found.refused.is_some()).then_some(found)
}

/// `metadata_properties.json` in the folder that Azure Custom Vision exports.
pub(super) fn custom_vision_file(folder: &Folder) -> Option<Description> {
    let value = folder.json("metadata_properties.json")?;
    let pairs: Vec<(String, String)> = value
        .as_object()?
        .iter()
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect();
    image_keys(&pairs, "metadata_properties.json")
}

fn three(text: &str) -> Option<[f32; 3]> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace() || "[]()".contains(c));
    let values: Vec<f32> = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match values[..] {
        [one] => Some([one; 3]),
        [a, b, c] => Some([a, b, c]),
        _ => None,
    }
}

/// Keys that Intel's Geti and its model API write.
fn geti(pairs: &Pairs) -> Option<Description> {
    let info = |key: &str| get(pairs, &format!("model_info {key}"));
    let mut found = Description::of("the file's model_info metadata");
    found.labels = info("labels").map(|labels| {
        let names = labels.split_whitespace();
        names.map(|name| name.replace('_', " ")).collect()
    });
    let mean = info("mean_values").and_then(three);
    let std = info("scale_values").and_then(three);
    if mean.is_some() || std.is_some() {
        found.scaling = Some(Scaling {
            mean: mean.unwrap_or([0.0; 3]),
            std: std.unwrap_or([1.0; 3]),
        });
    }
    found.channels = info("reverse_input_channels").map(|turned| {
        if turned.eq_ignore_ascii_case("true") {
            Channels::Rgb
        } else {
            Channels::Bgr
        }
    });
    if info("multilabel").is_some_and(|m| m.eq_ignore_ascii_case("true")) {
        found.kind = Some(ScoreKind::Sigmoid);
    }
    match info("resize_type") {
        Some("fit_to_window_letterbox") => {
            found.framing = Some(Framing::Padded);
            let pad = info("pad_value").and_then(|v| v.parse::<u8>().ok());
            found.pad = Some([pad.unwrap_or(0); 3]);
        }
        Some("standard") => found.framing = Some(Framing::Whole),
        _ => {}
    }
    (found.labels.is_some() || found.scaling.is_some()).then_some(found)
}

/// With the entries of values that are objects in JSON, as `{"config": "{...}"}` has them.
fn flat(pairs: &Pairs) -> Vec<(String, String)> {
    let mut all = pairs.to_vec();
    for (key, value) in pairs {
        let is_object = value.trim_start().starts_with('{') && !names_classes(key);
        let value = is_object.then(|| serde_json::from_str::<Value>(value).ok());
        let inner = value.flatten().and_then(|v| v.as_object().cloned());
        all.extend(inner.into_iter().flatten().map(|(key, value)| match value {
            Value::String(text) => (key, text),
            other => (key, other.to_string()),
        }));
    }
    all
}

/// Class names as a text: JSON, as Python prints it, or with a mark between them.
fn names_in(text: &str) -> Option<Vec<String>> {
    let value = serde_json::from_str(text)
        .ok()
        .or_else(|| python::literal(text));
    if let Some(value) = value {
        return Names::of_json(&value).map(|names| names.names);
    }
    let by = ['\n', ';', '|', ',']
        .into_iter()
        .find(|by| text.contains(*by))?;
    let names: Vec<String> = text.split(by).map(|n| n.trim().to_owned()).collect();
    (names.len() > 1).then_some(names)
}

/// A size as people write it: `224`, `[224, 320]`, `[3, 224, 224]`, `224x224`.
fn size_in(text: &str) -> Option<[usize; 2]> {
    if let Some(value) = python::literal(text) {
        return hub::size(&value);
    }
    let parts = text.split(['x', 'X', '\u{d7}', ',', ' ']);
    let parts = parts.filter(|part| !part.is_empty());
    let numbers: Option<Vec<usize>> = parts.map(|part| part.parse().ok()).collect();
    let ([h, w] | [_, h, w] | [1, _, h, w]) = numbers?[..] else {
        return None;
    };
    let fits = |side| (1..=MAX_INPUT_SIDE).contains(&side);
    (fits(h) && fits(w)).then_some([h, w])
}

/// Names, mean and size under the keys that people choose.
fn others(pairs: &Pairs) -> Option<Description> {
    let pairs = &flat(pairs);
    let mut found = Description::of("the file's metadata");
    let mut named = pairs.iter().filter(|(key, _)| names_classes(key));
    found.labels = named.find_map(|(_, text)| names_in(text.trim()));
    let value = |keys: &[&str]| keys.iter().find_map(|key| three(get(pairs, key)?));
    let mean = value(&["mean", "image_mean", "standardization_mean", "norm_mean"]);
    let std = value(&["std", "image_std", "standardization_std", "norm_std"]);
    if let (Some(mean), Some(std)) = (mean, std)
        && std.iter().all(|s| *s > 0.0)
    {
        let unit = if mean.iter().chain(&std).all(|v| v.abs() <= 1.0) {
            255.0
        } else {
            1.0
        };
        found.scaling = Some(Scaling {
            mean: mean.map(|m| m * unit),
            std: std.map(|s| s * unit),
        });
    }
    let sizes = [
        "imgsz",
        "image_size",
        "input_size",
        "img_size",
        "crop_size",
        "input_shape",
        "resolution",
        "size",
    ];
    found.size = sizes.iter().find_map(|key| size_in(get(pairs, key)?));
    let orders = [
        "channel_order",
        "color_order",
        "color_format",
        "pixel_format",
    ];
    let order = orders.iter().find_map(|key| get(pairs, key));
    found.channels = match order.map(str::to_lowercase).as_deref() {
        Some("bgr") => Some(Channels::Bgr),
        Some("rgb") => Some(Channels::Rgb),
        _ => None,
    };
    let says = found.labels.is_some() || found.scaling.is_some() || found.size.is_some();
    (says || found.channels.is_some()).then_some(found)
}
