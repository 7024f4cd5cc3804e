//! YAML as JSON.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::Value;

/// The deepest nesting that is read.
const DEEPEST: usize = 32;

/// The first document of a text; `None` for what cannot be read.
pub(super) fn value(text: &str) -> Option<Value> {
    // Values that repeat each other by reference could grow without bound; nobody writes them here.
    if text
        .lines()
        .any(|line| line.contains(": &") || line.contains("- &"))
    {
        return None;
    }
    let documents = Yaml::load_from_str(text).ok()?;
    json(documents.first()?, 0)
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
