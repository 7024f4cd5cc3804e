//! What the panels say, in words.

use super::state::{SideState, SimilarityState, Status, Which};
use crate::compare::TopColour;
use crate::saliency::colormap::Scale;
pub(super) use crate::ui::format::{capitalised, percent};
use crate::ui::shell::ModelChoice;
use crate::ui::widgets::Slice;

/// What the values of a map are.
pub(super) const UNIT_OF_VALUES: &str =
    "change of the answer's score (logit) per pixel of the network's input";

/// A value of a map: four digits that count.
pub(in crate::tabs) fn value(value: f32) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e5).contains(&size) {
        format!("{value:.2e}")
    } else {
        let digits = (3 - size.log10().floor() as i32).clamp(0, 7) as usize;
        format!("{value:.digits$}")
    }
}

/// The classes that can be explained for one side: its surest answers, what it explains now, and
/// what the other side explains.
pub(super) fn classes(side: &SideState, other: &SideState) -> Vec<(usize, String)> {
    let mut classes: Vec<(usize, String)> = Vec::new();
    let more = [side.explained.as_ref(), other.explained.as_ref()];
    for answer in side.answers.iter().chain(more.into_iter().flatten()) {
        if classes.iter().all(|(known, _)| *known != answer.class) {
            classes.push((answer.class, capitalised(&answer.label)));
        }
    }
    classes
}

/// What one side shows, in one line under its name.
pub(super) fn about(side: &SideState, models: &[ModelChoice]) -> String {
    if side.from_file {
        return "A map from a file".to_owned();
    }
    let mut parts = Vec::new();
    if let Some(explained) = &side.explained {
        parts.push(capitalised(&explained.label));
    }
    parts.push(side.request.method.name().to_owned());
    if let Some(model) = models.iter().find(|model| model.id == side.model) {
        parts.push(model.name.clone());
    }
    parts.join(", ")
}

/// What a side is doing, where that is worth a line.
pub(super) fn doing(status: &Status) -> Option<&str> {
    match status {
        Status::Working { what, .. } => Some(what),
        Status::Stopped => Some("Stopped. The map is the last whole one."),
        _ => None,
    }
}

/// What is on the stage, for who cannot see it.
pub(super) fn alternative(state: &SimilarityState, which: Which) -> String {
    let side = state.side(which);
    let what = if side.alternative.is_empty() {
        &side.name
    } else {
        &side.alternative
    };
    let letter = which.letter();
    match &side.explained {
        Some(class) if state.overlay.shown => {
            format!(
                "{letter}: {what}, with a map of what speaks for {}",
                class.label
            )
        }
        _ => format!("{letter}: {what}"),
    }
}

/// Words under both ends of the colour bar, and its tooltip.
pub(super) fn bar(state: &SimilarityState) -> (String, String, String) {
    let ranges: Vec<Scale> = state.sides.iter().filter_map(|side| side.range).collect();
    let unit = UNIT_OF_VALUES;
    match ranges[..] {
        [a, b] if state.shared_scale => {
            let (low, high) = (value(a.min.min(b.min)), value(a.max.max(b.max)));
            let figures = format!("One scale for both, from {low} to {high}: {unit}");
            (
                format!("{low}, in both"),
                format!("{high}, in both"),
                figures,
            )
        }
        [a, b] => {
            let figures = format!(
                "Each map on its own scale. A from {} to {}, B from {} to {}: {unit}",
                value(a.min),
                value(a.max),
                value(b.min),
                value(b.max)
            );
            (
                "lowest of each map".to_owned(),
                "highest of each map".to_owned(),
                figures,
            )
        }
        _ => (
            "mattered least".to_owned(),
            "mattered most".to_owned(),
            unit.to_owned(),
        ),
    }
}

/// Top colours as the slices of a chart.
pub(super) fn slices(colours: &[TopColour]) -> Vec<Slice> {
    colours
        .iter()
        .map(|colour| Slice {
            rgb: colour.rgb,
            share: colour.share as f32,
            name: colour.name.clone(),
            value: percent(colour.share),
        })
        .collect()
}

/// How much two maps agree, as a sentence.
pub(super) fn agreement(share: f64, delta: u8, by_value: bool) -> String {
    let how = match share {
        s if s >= 0.9 => "nearly everywhere",
        s if s >= 0.6 => "on most of the picture",
        s if s >= 0.3 => "on part of the picture",
        s if s > 0.02 => "in few places",
        _ => "almost nowhere",
    };
    let what = if by_value { "values" } else { "colours" };
    format!("The maps agree {how}, when {what} up to {delta} of 255 apart count as equal.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_four_digits() {
        for (given, want) in [
            (0.0, "0"),
            (1.0, "1.000"),
            (-12.345_678, "-12.35"),
            (0.012_345, "0.01235"),
            (123_456.0, "1.23e5"),
            (0.000_012, "1.20e-5"),
            (98_765.4, "98765"),
        ] {
            assert_eq!(value(given), want);
        }
    }

    #[test]
    fn shares_are_never_rounded_to_nothing_or_to_all() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.000_1), "< 0.1 %");
        assert_eq!(percent(0.999_99), "> 99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }
}
