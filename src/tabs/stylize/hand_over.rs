//! What is on the stage, handed on: to Similarity, to files.

use std::path::Path;

use super::act::Others;
use super::current::{Asking, Current};
use super::recipe::{Ink, Recipe};
use super::state::{Explaining, Making, Shown, Stylize};
use super::words;
use crate::compare::restyled::{Change, Half, Restyled};
use crate::saliency::ClassChoice;
use crate::stylize::style::BUILT_IN_NAMES;
use crate::tabs::save::{Shot, made};
use crate::tabs::{ComparePair, Side};

/// Hands both pictures to Similarity.
pub(super) fn compare(stylize: &Stylize, current: &Current, others: &mut Others) {
    let [before, after, _] = &current.asking;
    let (Some(a), Some(b), Some(model)) = (&before.picture, &after.picture, &current.model) else {
        return;
    };
    let request = |shown: &super::state::Shown| {
        // The class that the map on the stage is about, also where nobody chose it.
        let class = shown
            .explained
            .as_ref()
            .map_or(current.class, |e| ClassChoice::Class(e.class));
        others.session.question(others.shell.method, class)
    };
    let side = |name: &str, picture: &std::sync::Arc<crate::picture::Picture>, request| Side {
        name: name.to_owned(),
        picture: picture.clone(),
        model: model.clone(),
        request,
    };
    let pair = ComparePair {
        a: side(&stylize.before.name, a, request(&stylize.before)),
        b: side(&stylize.after.name, b, request(&stylize.after)),
        delta: None,
    };
    others.compare.write(pair);
}

/// Keeps both pictures, both maps, what the network says of both and the verdict in files.
pub(super) fn save(stylize: &Stylize, current: &Current, others: &mut Others) {
    let (Some([before, after]), Some(change)) = (shots(stylize, current, others), change(current))
    else {
        others
            .notices
            .info("Both maps must be finished before they can be saved.");
        return;
    };
    let name = after.name();
    let verdict = words::verdict(stylize);
    let sentence =
        words::followed(stylize).map_or_else(|| words::change(stylize), |(_, sentence)| sentence);
    let work = others.pictures.jobs.work().clone();
    let write = move |parent: &Path| {
        let folder = made(parent, &name)?;
        let [before_look, after_look] =
            [&before, &after].map(|shot| shot.overlay.on_file(&shot.explanation.map));
        let (before_record, after_record) = (before.record(&*work)?, after.record(&*work)?);
        Restyled {
            change,
            before: Half {
                explanation: &before.explanation,
                record: &before_record,
                picture: &before.picture,
                look: &before_look,
            },
            after: Half {
                explanation: &after.explanation,
                record: &after_record,
                picture: &after.picture,
                look: &after_look,
            },
            verdict,
            sentence,
        }
        .write(&folder)
        .map_err(|error| error.to_string())?;
        Ok(folder)
    };
    others
        .pictures
        .jobs
        .background
        .save(crate::ui::folder_dialog(), write);
}

/// True when there is something to save: both maps belong to what is shown.
pub(super) fn ready(stylize: &Stylize) -> bool {
    let done = |shown: &Shown| shown.explaining == Explaining::Done;
    stylize.making == Making::Idle && done(&stylize.before) && done(&stylize.after)
}

fn shots(stylize: &Stylize, current: &Current, others: &Others) -> Option<[Shot; 2]> {
    if !ready(stylize) {
        return None;
    }
    let shot = |asking: &Asking, path| {
        Some(Shot {
            picture: asking.picture.clone()?,
            path,
            explanation: asking.explanation.clone().filter(|_| asking.answered)?,
            model: current.model.clone()?,
            overlay: stylize.overlay,
        })
    };
    let [before, after, _] = &current.asking;
    let item = stylize
        .shape
        .and_then(|index| others.pictures.library.get(index));
    let path = item.and_then(|item| item.path.clone());
    Some([shot(before, path)?, shot(after, None)?])
}

/// What was done to the picture on the stage.
fn change(current: &Current) -> Option<Change> {
    let shown = current.shown.as_ref()?;
    let texture = |ink: &Ink| match ink {
        Ink::Picture(source) => source.name.clone(),
        Ink::BuiltIn(style) => BUILT_IN_NAMES
            .get(*style)
            .copied()
            .unwrap_or_default()
            .to_owned(),
    };
    Some(match &shown.made.recipe {
        Recipe::Paint { ink, second } => Change::Painted {
            texture: texture(ink),
            second: second.as_ref().map(|(ink, _)| texture(ink)),
            second_percent: second.as_ref().map(|(_, percent)| *percent),
            strength_percent: shown.percent,
            keep_colours: shown.keep_colours,
        },
        Recipe::Spoil {
            corruption,
            severity,
            seed,
        } => Change::Corrupted {
            corruption: corruption.id().to_owned(),
            severity: *severity,
            seed: *seed,
        },
    })
}
