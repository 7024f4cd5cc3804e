//! `inference.yml` and `model.yml`, as the tools of `PaddlePaddle` write them.

use serde_json::Value;

use super::beside::Folder;
use super::label_text::{Names, decode};
use super::{Description, Scaling, yaml};
use crate::classifier::ScoreKind;
use crate::classifier::spec::Channels;
use crate::picture::Framing;

const FILES: [&str; 2] = ["inference.yml", "model.yml"];

pub(super) fn read(folder: &Folder) -> Option<Description> {
    FILES.iter().find_map(|file| {
        let (text, _) = decode(&folder.bytes(file)?);
        of_text(&text, file)
    })
}

pub(super) fn of_text(text: &str, file: &str) -> Option<Description> {
    let value = yaml::value(text)?;
    let mut found = Description::of(file);
    let before = value
        .get("PreProcess")
        .or_else(|| value.get("Preprocess"))
        .or_else(|| value.get("Transforms"))?;
    let steps = before.get("transform_ops").unwrap_or(before).as_array()?;
    let mut resized = None;
    for step in steps {
        let (name, step) = match step.get("type").and_then(Value::as_str) {
            Some(name) => (name.to_owned(), step),
            None => step
                .as_object()
                .and_then(|s| s.iter().next())
                .map(|(n, s)| (n.clone(), s))?,
        };
        let number = |key: &str| {
            step.get(key)
                .and_then(Value::as_u64)
                .and_then(|v| usize::try_from(v).ok())
        };
        let size = || {
            let keys = ["size", "crop_size", "target_size"];
            let value = keys.iter().find_map(|key| step.get(*key))?;
            let side = |v: &Value| v.as_u64().and_then(|v| usize::try_from(v).ok());
            match value.as_array().map(Vec::as_slice) {
                Some([w, h]) => Some([side(h)?, side(w)?]),
                _ => side(value).map(|s| [s, s]),
            }
        };
        match name.as_str() {
            "ResizeImage" | "ResizeByShort" | "Resize" => {
                resized = number("resize_short").or_else(|| number("short_size"));
                if let Some(size) = size() {
                    found.size = Some(size);
                    found.framing = Some(Framing::Whole);
                }
            }
            "CropImage" | "CenterCropImage" | "CenterCrop" => {
                found.size = size().or(found.size);
                if let (Some(short), Some([cut, _])) = (resized, found.size)
                    && short >= cut
                {
                    found.crop = Some(cut as f32 / short as f32);
                    found.framing = Some(Framing::Published);
                }
            }
            "NormalizeImage" | "Normalize" => {
                let three = |key: &str, usual: f32| {
                    let list = step.get(key).and_then(Value::as_array);
                    let values: Vec<f32> = list
                        .into_iter()
                        .flatten()
                        .filter_map(|v| v.as_f64().map(|v| v as f32))
                        .collect();
                    <[f32; 3]>::try_from(values).unwrap_or([usual; 3])
                };
                let scale = step.get("scale").map(|scale| match scale {
                    Value::String(text) => text
                        .split_once('/')
                        .and_then(|(a, b)| Some(number_of(a)? / number_of(b)?))
                        .or_else(|| number_of(text)),
                    other => other.as_f64(),
                });
                let scale = scale.flatten().unwrap_or(1.0 / 255.0);
                let unit = (1.0 / scale) as f32;
                found.scaling = Some(Scaling {
                    mean: three("mean", 0.0).map(|m| m * unit),
                    std: three("std", 1.0).map(|s| s * unit),
                });
                found.channels = Some(Channels::Rgb);
            }
            _ => {}
        }
    }
    if let Some(after) = value.get("PostProcess").and_then(Value::as_object) {
        for (name, step) in after {
            let names = step.get("label_list").or_else(|| step.get("class_id_map"));
            found.labels = names
                .and_then(Names::of_json)
                .map(|n| n.names)
                .or(found.labels);
            if name.contains("MultiLabel") {
                found.kind = Some(ScoreKind::Sigmoid);
            }
        }
    }
    if found.labels.is_none() {
        let inside = value.get("_Attributes").and_then(|a| a.get("labels"));
        let names = value.get("label_list").or(inside);
        found.labels = names.and_then(Names::of_json).map(|n| n.names);
    }
    Some(found)
}

fn number_of(text: &str) -> Option<f64> {
    text.trim().trim_end_matches('.').parse().ok()
}
