//! What the panels' state wants becomes work: it is compared with what was asked for last, and what
//! differs is asked of the workers.

use bevy::prelude::*;

use super::act::Others;
use super::current::{Current, Mix, recipe, source};
use super::recipe::Recipe;
use super::render::{finish, make, spoil_small};
use super::state::{Explaining, Making, Stylize, Texture, Way};
use super::{AFTER, SLOTS, words};
use crate::compare::shape_bias::Followed;
use crate::jobs::{ExplainJob, Lane, Reporter, Urgency};
use crate::maps::source::Source;
use crate::saliency::{ClassChoice, Method};
use crate::stage::{Pane, SAFE_SIDE, picture_image};
use crate::stylize::style::{BUILT_IN_NAMES, mix};
use crate::ui::library::Library;
use crate::ui::widgets::Progress;

/// Pictures of more pixels are not spoilt ahead of being asked for.
const AHEAD_PIXELS: u64 = 4_000_000;

/// Opens the shape where another one is chosen.
pub(super) fn want_shape(stylize: &mut Stylize, current: &mut Current, others: &mut Others) {
    let wanted = stylize
        .shape
        .and_then(|index| source(&others.pictures.library, index));
    if current.shape == wanted {
        return;
    }
    current.shape.clone_from(&wanted);
    current.opening = None;
    if let Some(source) = wanted {
        stylize.making = Making::Working(format!("Opening {}...", source.name));
        let item = stylize.shape.and_then(|index| {
            let item = others.pictures.library.get(index)?;
            Some(item.id)
        });
        current.opening = item.and_then(|item| others.pictures.open(item));
    }
}

/// Has the restyled picture made where something else is wanted.
pub(super) fn want_picture(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let Some(shape) = current.shape.clone() else {
        return;
    };
    let Some(recipe) = recipe(stylize, &others.pictures.library) else {
        return;
    };
    let wanted = (shape, recipe);
    let [before, ..] = &current.asking;
    // What is made waits for the shape.
    let Some(photo) = before.picture.clone().filter(|_| current.opening.is_none()) else {
        return;
    };
    if current.wanted.as_ref() == Some(&wanted) {
        return;
    }
    if current.recall(&wanted.0, &wanted.1).is_some() {
        current.making = None;
        stylize.making = Making::Idle;
    } else {
        let what = match &wanted.1 {
            Recipe::Paint { .. } => "Painting...".to_owned(),
            Recipe::Spoil { corruption, .. } => format!("{}...", corruption.name()),
        };
        stylize.making = Making::Working(what);
        let (shape, recipe) = wanted.clone();
        let painter = others.painter.clone();
        let work = move |reporter: &Reporter<'_>| make(&painter, (shape, photo), recipe, reporter);
        let jobs = &others.pictures.jobs;
        current.making = Some(jobs.run(Lane::Pictures, Urgency::Now, work));
    }
    current.wanted = Some(wanted);
}

/// Mixes what was made at the strength that is set, in this frame, and has it mixed at full size.
pub(super) fn show_mix(
    stylize: &mut Stylize,
    current: &mut Current,
    others: &mut Others,
    panes: &mut Query<&mut Pane>,
) {
    let Some((shape, recipe)) = &current.wanted else {
        return;
    };
    let Some(made) = current.recall(shape, recipe).cloned() else {
        return;
    };
    let wanted = Mix {
        percent: stylize.percent(),
        keep_colours: stylize.keep_colours && stylize.way == Way::Texture,
        made,
    };
    if current.shown.as_ref() == Some(&wanted) {
        return;
    }
    let made = &wanted.made;
    let (photo, painting) = match &made.preview {
        Some((photo, painting)) => (photo, painting),
        None => (&made.photo.pixels, &*made.painting),
    };
    let strength = f32::from(wanted.percent) / 100.0;
    let mixed = mix(photo, painting, strength, wanted.keep_colours);
    let texture = others.pictures.images.add(picture_image(&mixed, SAFE_SIDE));
    let other_picture = current
        .shown
        .as_ref()
        .is_none_or(|shown| !std::sync::Arc::ptr_eq(&shown.made, made));
    for mut pane in panes.iter_mut().filter(|pane| pane.id == AFTER) {
        pane.picture = Some(texture.clone());
        pane.picture_size = UVec2::from(made.photo.size());
        if other_picture {
            pane.map = None;
        }
    }
    let name = restyled_name(stylize, &others.pictures.library, &made.shape);
    // In the same frame as the pixels: the full size is some way behind a slider.
    stylize.after_name.clone_from(&name);
    let alternative = format!("{} Restyled: {name}", made.photo.alt);
    let mix = wanted.clone();
    let work = move |reporter: &Reporter<'_>| finish(&mix, name, alternative, reporter);
    let jobs = &others.pictures.jobs;
    current.finishing = Some(jobs.run(Lane::Pictures, Urgency::Now, work));
    others.awake.stay();
    current.shown = Some(wanted);
}

fn restyled_name(stylize: &Stylize, library: &Library, shape: &Source) -> String {
    let name = |texture: Texture| match texture {
        Texture::Picture(index) => library.get(index).map_or("", |item| item.name.as_str()),
        Texture::BuiltIn(style) => BUILT_IN_NAMES.get(style).copied().unwrap_or_default(),
    };
    let texture = stylize.texture.map_or("", name);
    words::restyled_name(stylize, &shape.name, texture, stylize.second.map(name))
}

/// Has the texture opened, so that the network can be asked what it sees in it alone.
pub(super) fn want_texture(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let texture = match (stylize.way, stylize.texture) {
        (Way::Texture, Some(Texture::Picture(index))) => source(&others.pictures.library, index),
        _ => None,
    };
    let key = texture.as_ref().map(|source| source.key.clone());
    if current.read == key {
        return;
    }
    current.read = key;
    current.asking[2] = super::current::Asking::default();
    stylize.texture_answers = std::sync::Arc::default();
    current.reading = texture.map(|texture| {
        let painter = others.painter.clone();
        let work = move |_: &Reporter<'_>| painter.open(&texture);
        let jobs = &others.pictures.jobs;
        jobs.run(Lane::Files, Urgency::Now, work)
    });
}

/// Asks the network about every picture it was not asked about yet.
pub(super) fn want_explanations(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let Some(model) = current.model.clone() else {
        let why = crate::ui::format::NO_NETWORK;
        stylize.before.explaining = Explaining::Failed(why.to_owned());
        return;
    };
    let class = current.class;
    for (index, (asking, slot)) in current.asking.iter_mut().zip(SLOTS).enumerate() {
        let Some(picture) = &asking.picture else {
            continue;
        };
        let request = match index {
            // Of the texture only the answer is wanted: the quickest map will do, and is stopped.
            2 => others.session.question(Method::Gradient, ClassChoice::Auto),
            _ => others.session.question(others.shell.method, class),
        };
        let wanted = (picture.sha256.clone(), model.clone(), request);
        if asking.asked.as_ref() == Some(&wanted) {
            continue;
        }
        let job = ExplainJob {
            picture: picture.clone(),
            model: model.clone(),
            request: wanted.2.clone(),
            on_stage: index < 2,
        };
        asking.ticket = Some(others.pictures.jobs.explain.submit(slot, job));
        asking.asked = Some(wanted);
        asking.answered = false;
        let working = Explaining::Working(Progress::Running);
        match index {
            0 => stylize.before.explaining = working,
            1 => stylize.after.explaining = working,
            _ => {}
        }
    }
}

/// Has the small pictures of the corruptions made, and other severities ahead of being asked for.
pub(super) fn want_small(stylize: &Stylize, current: &mut Current, others: &Others) {
    if stylize.way != Way::Corruption {
        return;
    }
    let Some((
        shape,
        Recipe::Spoil {
            corruption,
            severity,
            seed,
        },
    )) = &current.wanted
    else {
        return;
    };
    let (shape, corruption, severity, seed) = (shape.clone(), *corruption, *severity, *seed);
    let small = stylize
        .shape
        .and_then(|index| others.pictures.library.get(index))
        .and_then(crate::ui::library::Item::small);
    let key = format!("{}\n{severity}\n{seed}", shape.key);
    if let Some(small) = small.filter(|_| current.spoilt_of.as_ref() != Some(&key)) {
        let jobs = &others.pictures.jobs;
        current.spoiling = Some(spoil_small(jobs, small, severity, seed));
        current.spoilt_of = Some(key);
    }
    // The severity that is shown comes first: the others wait until it is there.
    let family = (shape.key.clone(), corruption, seed);
    if stylize.making == Making::Idle && current.ahead_of.as_ref() != Some(&family) {
        ahead(current, others, &shape, corruption, seed);
        current.ahead_of = Some(family);
    }
}

/// The other severities of a corruption, so that its slider finds them ready.
fn ahead(
    current: &mut Current,
    others: &Others,
    shape: &Source,
    corruption: crate::stylize::corruption::Corruption,
    seed: u64,
) {
    let [before, ..] = &current.asking;
    let small = before.picture.clone().filter(|picture| {
        let [width, height] = picture.size();
        u64::from(width) * u64::from(height) <= AHEAD_PIXELS
    });
    let Some(photo) = small else {
        return;
    };
    for severity in 1..=5_u8 {
        let recipe = Recipe::Spoil {
            corruption,
            severity,
            seed,
        };
        if current.recall(shape, &recipe).is_none() {
            let (painter, of) = (others.painter.clone(), (shape.clone(), photo.clone()));
            let work = move |reporter: &Reporter<'_>| make(&painter, of, recipe, reporter);
            let jobs = &others.pictures.jobs;
            let task = jobs.run(Lane::Ahead, Urgency::Later, work);
            current.ahead.insert(severity, task);
        }
    }
}

/// Counts the verdict of what is on the stage.
pub(super) fn count(stylize: &mut Stylize, current: &mut Current) {
    let whole = stylize.percent() >= words::COUNTED_FROM
        && !stylize.keep_colours
        && stylize.making == Making::Idle;
    let known = current.asking[1].answered && stylize.after.explaining == Explaining::Done;
    let followed: Option<Followed> = (whole && known)
        .then(|| words::verdict(stylize))
        .flatten()
        .map(|verdict| verdict.followed);
    let tally = current.count(followed);
    if stylize.tally != tally {
        stylize.tally = tally;
    }
}
