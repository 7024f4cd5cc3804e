//! What was asked for becomes work: the panels' state is compared with what was asked for last.

use bevy::prelude::*;

use super::current::{Current, Mix, recipe, source};
use super::state::{Ask, Asks, Explaining, Making, Part, Stylize, Texture, Way};
use super::studio::{
    AHEAD, Extra, FINISH, Job, MAKE, OPEN, READ, Recipe, SPOILT, SWATCHES, Source, Studio,
};
use super::{AFTER, BEFORE, SLOTS, words};
use crate::classifier::PictureKind;
use crate::compare::shape_bias::Followed;
use crate::jobs::{ExplainJob, Jobs, Slot};
use crate::saliency::{ClassChoice, Method, Request};
use crate::stage::{Pane, SAFE_SIDE, StageCommand, picture_image};
use crate::stylize::style::{BUILT_IN_NAMES, mix};
use crate::tabs::look::Look;
use crate::tabs::{ComparePair, Side};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::widgets::Progress;
use crate::ui::{Awake, ShellState};

/// Pictures of more pixels are not spoilt ahead of being asked for.
const AHEAD_PIXELS: u64 = 4_000_000;

/// Chooses the first pair when the tab is first shown, and starts the small pictures.
pub(super) fn begin(
    mut current: ResMut<Current>,
    mut stylize: ResMut<Stylize>,
    look: Res<Look>,
    library: Res<Library>,
    studio: Res<Studio>,
) {
    if std::mem::replace(&mut current.started, true) {
        return;
    }
    stylize.overlay = look.overlay;
    let first = |kind| {
        let fits = |item: &crate::ui::library::Item| item.kind == kind && !item.gone;
        library.items().iter().position(fits)
    };
    stylize.shape = look.chosen.or_else(|| first(PictureKind::Photo));
    stylize.texture = first(PictureKind::Texture)
        .map(Texture::Picture)
        .or(Some(Texture::BuiltIn(0)));
    studio.second.submit(SWATCHES, Extra::Swatches);
}

/// What doing an ask reads and writes besides the tab's own state.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Others<'w> {
    library: ResMut<'w, Library>,
    shell: Res<'w, ShellState>,
    look: Res<'w, Look>,
    jobs: Res<'w, Jobs>,
    studio: Res<'w, Studio>,
    awake: ResMut<'w, Awake>,
    stage: MessageWriter<'w, StageCommand>,
    compare: MessageWriter<'w, ComparePair>,
}

/// Does what was asked for, then asks the workers for whatever is not there yet.
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut others: Others,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    for ask in asks.take() {
        obey(ask, &mut stylize, &mut current, &mut others);
    }
    let model = others.shell.model().map(|model| model.id.clone());
    if current.model != model {
        // Another network may have other classes.
        current.class = ClassChoice::Auto;
        current.model = model;
    }
    stylize.class_chosen = current.class != ClassChoice::Auto;
    want_shape(&mut stylize, &mut current, &others);
    want_picture(&mut stylize, &mut current, &others);
    show_mix(&stylize, &mut current, &mut others, &mut images, &mut panes);
    want_texture(&mut stylize, &mut current, &others);
    want_explanations(&mut stylize, &mut current, &others);
    want_small(&stylize, &mut current, &others);
    count(&mut stylize, &mut current);
}

fn obey(ask: Ask, stylize: &mut Stylize, current: &mut Current, others: &mut Others) {
    match ask {
        Ask::Shape(index) => {
            stylize.adding = Part::Shape;
            if stylize.shape != Some(index) {
                stylize.shape = Some(index);
                stylize.shape_cue = super::state::Cue::Guess;
                current.class = ClassChoice::Auto;
            }
        }
        Ask::Texture(texture) => {
            stylize.way = Way::Texture;
            stylize.adding = Part::Texture;
            if stylize.texture != Some(texture) {
                stylize.texture = Some(texture);
                stylize.texture_cue = super::state::Cue::Guess;
            }
        }
        Ask::Corruption(corruption) => stylize.corruption = corruption,
        Ask::Add(part, command) => {
            stylize.adding = part;
            add(command, others);
        }
        Ask::Remove(index) => {
            others.library.remove(index);
            if stylize.shape == Some(index) {
                stylize.shape = others.library.items().iter().position(|item| !item.gone);
            }
            if stylize.texture == Some(Texture::Picture(index)) {
                stylize.texture = Some(Texture::BuiltIn(0));
            }
            if stylize.second == Some(Texture::Picture(index)) {
                stylize.second = None;
            }
        }
        Ask::Explain(class) => current.class = ClassChoice::Class(class),
        Ask::ExplainBest => current.class = ClassChoice::Auto,
        Ask::Compare => compare(stylize, current, others),
        Ask::ClearTally => current.clear_tally(),
        Ask::Do(command) => obey_command(command, stylize, current, others),
    }
}

fn obey_command(
    command: Command,
    stylize: &mut Stylize,
    current: &mut Current,
    others: &mut Others,
) {
    match command {
        Command::Open | Command::Paste => add(command, others),
        Command::Cancel if stylize.working() && !others.shell.dialog_open() => {
            others.studio.first.cancel(MAKE);
            if matches!(stylize.making, Making::Working(_)) {
                stylize.making = Making::Idle;
            }
            for (asking, slot) in current.asking.iter_mut().zip(SLOTS) {
                others.jobs.explain.cancel(slot);
                asking.ticket = None;
            }
            for shown in [&mut stylize.before, &mut stylize.after] {
                if matches!(shown.explaining, Explaining::Working(_)) {
                    shown.explaining = Explaining::Cancelled;
                }
            }
        }
        Command::Retry => {
            stylize.making = Making::Idle;
            current.shape = None;
            current.wanted = None;
            for asking in &mut current.asking {
                asking.asked = None;
            }
        }
        Command::ToggleOverlay => stylize.overlay.shown = !stylize.overlay.shown,
        Command::Wipe => stylize.wipe = !stylize.wipe,
        Command::ZoomIn => {
            others.stage.write(StageCommand::ZoomIn);
        }
        Command::ZoomOut => {
            others.stage.write(StageCommand::ZoomOut);
        }
        Command::ZoomFit => {
            others.stage.write(StageCommand::Fit);
        }
        _ => {}
    }
}

fn add(command: Command, others: &Others) {
    match command {
        Command::Paste => others.jobs.background.paste(),
        _ => others.jobs.background.dialog(crate::ui::open_dialog()),
    }
}

/// Opens the shape where another one is chosen.
fn want_shape(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let wanted = stylize
        .shape
        .and_then(|index| source(&others.library, index));
    if current.shape == wanted {
        return;
    }
    current.shape.clone_from(&wanted);
    if let Some(source) = wanted {
        stylize.making = Making::Working(format!("Opening {}...", source.name));
        others.studio.first.submit(OPEN, Job::Open(source));
    }
}

/// Has the restyled picture made where something else is wanted.
fn want_picture(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let Some(shape) = current.shape.clone() else {
        return;
    };
    let Some(recipe) = recipe(stylize, &others.library) else {
        return;
    };
    let wanted = (shape, recipe);
    if current.wanted.as_ref() == Some(&wanted) {
        return;
    }
    if current.recall(&wanted.0, &wanted.1).is_some() {
        others.studio.first.cancel(MAKE);
        stylize.making = Making::Idle;
    } else {
        let what = match &wanted.1 {
            Recipe::Paint { .. } => "Painting...".to_owned(),
            Recipe::Spoil { corruption, .. } => format!("{}...", corruption.name()),
        };
        stylize.making = Making::Working(what);
        let job = Job::Make(wanted.0.clone(), wanted.1.clone());
        others.studio.first.submit(MAKE, job);
    }
    current.wanted = Some(wanted);
}

/// Mixes what was made at the strength that is set, in this frame, and has it mixed at full size.
fn show_mix(
    stylize: &Stylize,
    current: &mut Current,
    others: &mut Others,
    images: &mut Assets<Image>,
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
    let texture = images.add(picture_image(&mixed, SAFE_SIDE));
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
    let name = restyled_name(stylize, &others.library, &made.shape);
    let job = Job::Finish {
        made: made.clone(),
        percent: wanted.percent,
        keep_colours: wanted.keep_colours,
        alternative: format!("{} Restyled: {name}", made.photo.alt),
        name,
    };
    others.studio.first.submit(FINISH, job);
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
fn want_texture(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let texture = match (stylize.way, stylize.texture) {
        (Way::Texture, Some(Texture::Picture(index))) => source(&others.library, index),
        _ => None,
    };
    let key = texture.as_ref().map(|source| source.key.clone());
    if current.reading == key {
        return;
    }
    current.reading = key;
    current.asking[2] = super::current::Asking::default();
    stylize.texture_answers = std::sync::Arc::default();
    if let Some(texture) = texture {
        others.studio.first.submit(READ, Job::Read(texture));
    }
}

/// What is asked about a picture: as in "See why", so that known answers are found again.
fn request(look: &Look, class: ClassChoice, method: Method) -> Request {
    Request {
        framing: look.framing,
        class,
        method,
        params: look.tuning.of(method),
        ..Request::default()
    }
}

/// Asks the network about every picture it was not asked about yet.
fn want_explanations(stylize: &mut Stylize, current: &mut Current, others: &Others) {
    let Some(model) = current.model.clone() else {
        let why = "No network is installed. Run: python3 models/install.py";
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
            2 => request(&others.look, ClassChoice::Auto, Method::Gradient),
            _ => request(&others.look, class, others.shell.method),
        };
        let wanted = (picture.sha256.clone(), model.clone(), request);
        if asking.asked.as_ref() == Some(&wanted) {
            continue;
        }
        let job = ExplainJob {
            picture: picture.clone(),
            model: model.clone(),
            request: wanted.2.clone(),
        };
        asking.ticket = Some(others.jobs.explain.submit(slot, job));
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
fn want_small(stylize: &Stylize, current: &mut Current, others: &Others) {
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
    let small = stylize
        .shape
        .and_then(|index| others.library.get(index))
        .and_then(crate::ui::library::Item::small);
    let key = format!("{}\n{severity}\n{seed}", shape.key);
    let Some(small) = small.filter(|_| current.spoilt_of.as_ref() != Some(&key)) else {
        return;
    };
    let extra = Extra::Spoilt {
        of: small,
        key: key.clone(),
        severity: *severity,
        seed: *seed,
    };
    others.studio.second.submit(SPOILT, extra);
    let (corruption, seed, shape) = (*corruption, *seed, shape.clone());
    current.spoilt_of = Some(key);
    ahead(current, others, &shape, corruption, seed);
}

/// The other severities of a corruption, so that its slider finds them ready.
pub(super) fn ahead(
    current: &Current,
    others: &Others,
    shape: &Source,
    corruption: crate::stylize::corruption::Corruption,
    seed: u64,
) {
    let [before, ..] = &current.asking;
    let small = before.picture.as_ref().is_some_and(|picture| {
        let [width, height] = picture.size();
        u64::from(width) * u64::from(height) <= AHEAD_PIXELS
    });
    if !small {
        return;
    }
    for severity in 1..=5_u8 {
        let recipe = Recipe::Spoil {
            corruption,
            severity,
            seed,
        };
        if current.recall(shape, &recipe).is_none() {
            let slot = Slot(AHEAD + u64::from(severity));
            let extra = Extra::Ahead(shape.clone(), recipe);
            others.studio.second.submit(slot, extra);
        }
    }
}

/// Counts the verdict of what is on the stage.
fn count(stylize: &mut Stylize, current: &mut Current) {
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

/// Hands both pictures to Similarity.
fn compare(stylize: &Stylize, current: &Current, others: &mut Others) {
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
        request(&others.look, class, others.shell.method)
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
    };
    others.compare.write(pair);
}

/// The panes belong to the tab from the start: a hidden pane costs nothing.
pub(super) fn spawn(mut commands: Commands) {
    use crate::stage::LinkedView;
    for (name, id) in [("before", BEFORE), ("after", AFTER)] {
        commands.spawn((Name::new(name), Pane::new(id), LinkedView(BEFORE.0)));
    }
}
