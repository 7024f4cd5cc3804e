//! `signature.json`, as Lobe writes it.

use serde_json::Value;

use super::beside::Folder;
use super::{Description, Scaling};
use crate::classifier::spec::Channels;
use crate::picture::Framing;

pub(super) fn read(folder: &Folder, file_name: &str) -> Option<Description> {
    let value = folder.json("signature.json")?;
    // It names the file that it describes.
    let other = value.get("filename").and_then(Value::as_str);
    if other.is_some_and(|name| !name.eq_ignore_ascii_case(file_name)) {
        return None;
    }
    let mut found = Description::of("signature.json");
    let names = value.get("classes").and_then(|c| c.get("Label"))?;
    let names = names.as_array()?.iter();
    found.labels = names.map(|n| n.as_str().map(str::to_owned)).collect();
    let inputs = value.get("inputs").and_then(Value::as_object);
    let shape = inputs.and_then(|i| i.values().next()?.get("shape")?.as_array());
    if let Some([_, h, w, _]) = shape.map(Vec::as_slice) {
        let side = |v: &Value| v.as_u64().and_then(|s| usize::try_from(s).ok());
        found.size = side(h).and_then(|h| Some([h, side(w)?]));
    }
    found.scaling = Some(Scaling::UNIT);
    found.channels = Some(Channels::Rgb);
    found.framing = Some(Framing::Square);
    Some(found)
}
