//! What timm writes into `config.json` of how its networks see pictures.

use serde_json::{Map, Value};

use super::hub::{size, three};
use super::{Description, Scaling};
use crate::classifier::spec::Channels;
use crate::picture::{Framing, Resample};

/// timm's settings in a `config.json`: under a key of their own, or, as older versions wrote them, among
/// the others.
pub(super) fn settings(config: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let own = config.get("pretrained_cfg").and_then(Value::as_object);
    own.or_else(|| {
        let older = ["architecture", "mean", "std"];
        older
            .iter()
            .all(|key| config.contains_key(*key))
            .then_some(config)
    })
}

/// Takes timm's settings into a description.
pub(super) fn describe(timm: &Map<String, Value>, found: &mut Description) {
    found.size = timm.get("input_size").and_then(size).or(found.size);
    let (mean, std) = (three(timm.get("mean")), three(timm.get("std")));
    if let (Some(mean), Some(std)) = (mean, std) {
        found.scaling = Some(Scaling {
            mean: mean.map(|m| m * 255.0),
            std: std.map(|s| s * 255.0),
        });
        found.channels = Some(Channels::Rgb);
    }
    let share = timm.get("crop_pct").and_then(Value::as_f64);
    let share = share.map(|c| c as f32).filter(|c| *c > 0.0 && *c <= 1.0);
    let mode = timm.get("crop_mode").and_then(Value::as_str);
    found.framing = match mode {
        Some("squash") => Some(Framing::Whole),
        Some("border") => Some(Framing::Padded),
        _ => share.map(|_| Framing::Published),
    };
    match (mode, share) {
        (Some("squash" | "border"), Some(share)) if share < 1.0 => {
            found.notes.push(format!(
                "its makers also cut the middle {:.1} % of each side out; here the edges are shown too",
                share * 100.0
            ));
        }
        (Some("squash" | "border"), _) => {}
        _ => found.crop = share,
    }
    if let (Some("border"), Some(mean)) = (mode, mean) {
        found.pad = Some(mean.map(|m| (m * 255.0).round().clamp(0.0, 255.0) as u8));
    }
    found.resample = match timm.get("interpolation").and_then(Value::as_str) {
        Some("bilinear") => Some(Resample::Bilinear),
        Some("bicubic") => Some(Resample::Bicubic),
        Some("lanczos") => Some(Resample::Lanczos),
        Some("nearest") => Some(Resample::Nearest),
        _ => None,
    };
}
