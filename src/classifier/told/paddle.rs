//! `inference.yml`, as the tools of `PaddlePaddle` write it.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::Value;

use super::beside::Folder;
use super::label_text::{Names, decode};
use super::{Description, Scaling};
use crate::classifier::ScoreKind;
use crate::classifier::spec::Channels;
use crate::picture::Framing;

const FILE: &str = "inference.yml";
/// The deepest nesting that is read.
const DEEPEST: usize = 32;

pub(super) fn read(folder: &Folder) -> Option<Description> {
    let (text, _) = decode(&folder.bytes(FILE)?);
    of_text(&text)
}

pub(super) fn of_text(text: &str) -> Option<Description> {
    // Values that repeat each other by reference could grow without bound; nobody writes them here.
    if text
        .lines()
        .any(|line| line.contains(": &") || line.contains("- &"))
    {
        return None;
    }
    let documents = Yaml::load_from_str(text).ok()?;
    let value = json(documents.first()?, 0)?;
    let mut found = Description::of(FILE);
    let before = value
        .get("PreProcess")
        .or_else(|| value.get("Preprocess"))?;
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
            let value = step.get("size")?;
            let side = |v: &Value| v.as_u64().and_then(|v| usize::try_from(v).ok());
            match value.as_array().map(Vec::as_slice) {
                Some([w, h]) => Some([side(h)?, side(w)?]),
                _ => side(value).map(|s| [s, s]),
            }
        };
        match name.as_str() {
            "ResizeImage" => {
                resized = number("resize_short");
                if let Some(size) = size() {
                    found.size = Some(size);
                    found.framing = Some(Framing::Whole);
                }
            }
            "CropImage" | "CenterCropImage" => {
                found.size = size().or(found.size);
                if let (Some(short), Some([cut, _])) = (resized, found.size)
                    && short >= cut
                {
                    found.crop = Some(cut as f32 / short as f32);
                    found.framing = Some(Framing::Published);
                }
            }
            "NormalizeImage" => {
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
        let names = value.get("label_list");
        found.labels = names.and_then(Names::of_json).map(|n| n.names);
    }
    Some(found)
}

fn number_of(text: &str) -> Option<f64> {
    text.trim().trim_end_matches('.').parse().ok()
}

/// The same as JSON, with its keys as texts.
fn json(yaml: &Yaml<'_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    Some(match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(text)) | Yaml::Representation(text, ..) => {
            Value::String(text.clone().into_owned())
        }
        Yaml::Sequence(list) => Value::Array(
            list.iter()
                .map(|v| json(v, depth + 1))
                .collect::<Option<_>>()?,
        ),
        Yaml::Mapping(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let key = match json(key, depth + 1)? {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    Some((key, json(value, depth + 1)?))
                })
                .collect::<Option<_>>()?,
        ),
        Yaml::Tagged(_, inner) => json(inner, depth + 1)?,
        _ => Value::Null,
    })
}
