//! Class names out of JSON, whatever key they stand under.

use serde_json::Value;

use super::label_text::{Names, ordered};

/// Keys of class names, as [`plain_key`] writes them, the surest first.
const KEYS: [&str; 28] = [
    "id2label",
    "classnames",
    "classes",
    "labels",
    "labelnames",
    "names",
    "categories",
    "label",
    "labellist",
    "classlist",
    "classlabels",
    "indextoname",
    "idxtoname",
    "idxtoclass",
    "indextoclass",
    "idx2class",
    "idx2label",
    "idxtolabel",
    "inttolabel",
    "classtoidx",
    "class2idx",
    "classindices",
    "label2id",
    "label2idx",
    "labelmap",
    "classmap",
    "targetnames",
    "vocab",
];

/// Keys of objects that hold a description with the names in it.
const AROUND: [&str; 4] = ["attributes", "modelinfo", "labelinfo", "config"];

/// A key as people write it: `class_names`, `classNames`, `Class Names`.
fn plain_key(key: &str) -> String {
    let letters = key.chars().filter(|c| c.is_alphanumeric());
    let key: String = letters.flat_map(char::to_lowercase).collect();
    key.strip_suffix("mapping")
        .map_or(key.clone(), |start| format!("{start}map"))
}

/// Whether a key says that class names stand under it.
pub(super) fn names_classes(key: &str) -> bool {
    // Alone, "label" may as well be one class's.
    let key = plain_key(key);
    key != "label" && KEYS.contains(&key.as_str())
}

impl Names {
    /// Names in JSON: a list, numbers to names, names to numbers, or one of these under a key that
    /// says so.
    pub(super) fn of_json(value: &Value) -> Option<Self> {
        let plain = |names: Vec<String>| Self {
            names,
            notes: Vec::new(),
        };
        match value {
            Value::Array(list) => {
                let names = list.iter().map(name_of).collect::<Option<Vec<_>>>()?;
                let ids: Vec<_> = list.iter().filter_map(id_of).collect();
                if ids.len() == names.len() && !ids.is_empty() {
                    return ordered(ids.into_iter().zip(names).collect()).map(plain);
                }
                (!names.is_empty()).then(|| plain(names))
            }
            Value::Object(map) => {
                if let Some(names) = geti(value) {
                    return Some(plain(names));
                }
                if let Some(found) = Self::of_description(value) {
                    return Some(found);
                }
                let number = |text: &str| text.trim().parse::<usize>().ok();
                let by_number: Option<Vec<(usize, String)>> = map
                    .iter()
                    .map(|(key, value)| Some((number(key)?, name_of(value)?)))
                    .collect();
                if let Some(pairs) = by_number.filter(|pairs| !pairs.is_empty()) {
                    return ordered(pairs).map(plain);
                }
                let to_number = |value: &Value| match value {
                    Value::Number(n) => n.as_u64().and_then(|n| usize::try_from(n).ok()),
                    Value::String(text) => number(text),
                    Value::Object(_) => id_of(value),
                    _ => None,
                };
                let by_name: Option<Vec<(usize, String)>> = map
                    .iter()
                    .map(|(name, value)| Some((to_number(value)?, name.clone())))
                    .collect();
                ordered(by_name.filter(|pairs| !pairs.is_empty())?).map(plain)
            }
            _ => None,
        }
    }
}

impl Names {
    /// Names in an object that holds other things too: only under a key that says so.
    pub(super) fn of_description(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        let under = |keys: &[&str]| {
            let find = |wanted: &&str| map.iter().find(|(key, _)| plain_key(key) == **wanted);
            let mut found = keys.iter().filter_map(find);
            found.find_map(|(_, value)| Self::of_json(value))
        };
        under(&KEYS).or_else(|| under(&AROUND))
    }
}

/// Geti's `label_schema.json`: one group of labels, each described apart.
fn geti(value: &Value) -> Option<Vec<String>> {
    let all = value.get("all_labels")?.as_object()?;
    let groups = value.get("label_groups")?.as_array()?;
    let ids = groups
        .iter()
        .map(|group| group.get("label_ids")?.as_array());
    let ids: Vec<&Value> = ids
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    let name = |id: &&Value| {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        name_of(all.get(&id)?)
    };
    let names: Vec<String> = ids.iter().map(name).collect::<Option<_>>()?;
    (!names.is_empty()).then_some(names)
}

/// A name of a list: itself, the last of several, or what an object calls its name.
fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        // YAML reads the names yes and no so.
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(list) => match list.as_slice() {
            // ["n01440764", "tench"]
            [Value::String(id), Value::String(name), ..] if super::label_lines::is_synset(id) => {
                Some(name.clone())
            }
            [Value::String(name), ..] => Some(name.clone()),
            _ => None,
        },
        Value::Object(map) => [
            "name",
            "label",
            "class_name",
            "className",
            "display_name",
            "displayName",
            "title",
        ]
        .iter()
        .find_map(|key| map.get(*key)?.as_str())
        .map(str::to_owned),
        Value::Null => None,
    }
}

fn id_of(value: &Value) -> Option<usize> {
    let map = value.as_object()?;
    let id = ["id", "index", "idx", "class_id", "classId"]
        .iter()
        .find_map(|key| map.get(*key))?;
    usize::try_from(id.as_u64()?).ok()
}
