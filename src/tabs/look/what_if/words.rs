//! Two answers of the network beside each other, in bars and in words.

use crate::classifier::{Classifier, Prediction};
use crate::tabs::look::words::{capitalised, percent};
use crate::ui::widgets::PairBar;
use crate::what_if::{Flip, WhatIfError};

/// Answers that are shown of each side.
const SHOWN: usize = 5;

/// The surest answers before and, where they are others, after; and the class that is explained.
pub(super) fn bars(
    classifier: &Classifier,
    [before, after]: [&[f32]; 2],
    explained: usize,
) -> Vec<(usize, PairBar)> {
    let mut classes: Vec<usize> = Vec::new();
    let first = classifier.rank(before, SHOWN);
    let best = classifier.rank(after, 2);
    let surest = first.iter().chain(&best).map(|p| p.class);
    for class in surest.chain([explained]) {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    let bar = |class: usize| {
        let sides = [before, after].map(|logits| classifier.prediction(logits, class));
        (class, pair(&sides, class == explained))
    };
    classes.into_iter().map(bar).collect()
}

fn pair([before, after]: &[Prediction; 2], marked: bool) -> PairBar {
    // A measured value is no share of anything.
    let share = |p: &Prediction| (!p.measured).then_some(p.probability);
    let value = |p: &Prediction| {
        if p.measured {
            p.share()
        } else {
            percent(p.probability)
        }
    };
    let logit = |p: &Prediction| format!("{:.3}", p.logit);
    PairBar {
        label: capitalised(&before.label),
        shares: [share(before), share(after)],
        values: [value(before), value(after)],
        marked,
        figures: vec![
            ("Before, score (logit)".to_owned(), logit(before)),
            ("After, score (logit)".to_owned(), logit(after)),
            ("Class".to_owned(), before.class.to_string()),
        ],
        hint: "Click or press Enter to see what speaks for it".to_owned(),
    }
}

/// What became of the answer when `share` (0 to 1) of what the network sees is gone, or stands elsewhere.
pub(super) fn sentence(
    classifier: &Classifier,
    [before, after]: [&[f32]; 2],
    share: f64,
    moved: bool,
) -> String {
    let best = |logits: &[f32]| classifier.rank(logits, 1).into_iter().next();
    let what = if moved { "stands elsewhere" } else { "is gone" };
    let gone = format!("{} of what the network sees {what}.", percent(share));
    match (best(before), best(after)) {
        (Some(before), Some(after)) if before.measured => format!(
            "{gone} {}: {} before, {} after.",
            capitalised(&before.label),
            before.share(),
            after.share()
        ),
        (Some(before), Some(after)) if before.class == after.class => {
            format!("{gone} The answer stays: {}.", after.label)
        }
        (Some(before), Some(after)) => format!(
            "{gone} The answer is another one now: {} instead of {}.",
            after.label, before.label
        ),
        _ => gone,
    }
}

/// What the search found in a grid of `cells` cells.
pub(super) fn found(flip: &Flip, cells: usize) -> String {
    let least = flip.at_least;
    match flip.parts.len() {
        0 => format!(
            "No part was found whose loss changes the answer ({} questions); none of fewer than \
             {least} cells does. Try another filling.",
            flip.questions
        ),
        n if flip.minimal => format!(
            "{n} of {cells} cells: without them the answer is another one. No smaller set of cells \
             does it ({} questions).",
            flip.questions
        ),
        n => format!(
            "{n} of {cells} cells: without them the answer is another one. Sets of fewer than {least} \
             do not do it; larger ones were not all tried ({} questions).",
            flip.questions
        ),
    }
}

/// Why it did not work, as a sentence of its own.
pub(super) fn trouble(error: &WhatIfError) -> String {
    crate::ui::sentence(&error.to_string())
}
