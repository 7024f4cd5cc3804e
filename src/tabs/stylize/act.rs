//! What was asked for changes the panels' state; what that wants is asked of the workers.

use bevy::prelude::*;

use super::current::Current;
use super::state::{Ask, Asks, Explaining, Making, Part, Stylize, Texture, Way};
use super::{AFTER, BEFORE, SLOTS, hand_over, swatches, want};
use crate::classifier::PictureKind;
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::maps::painter::Painter;
use crate::saliency::ClassChoice;
use crate::stage::{Pane, StageCommand};
use crate::tabs::ComparePair;
use crate::tabs::actions::act_as_everywhere;
use crate::tabs::look::Look;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::{Awake, NoticeBoard, Session, ShellState};

/// Chooses the first pair when the tab is first shown, and starts the small pictures.
pub(super) fn begin(
    mut current: ResMut<Current>,
    mut stylize: ResMut<Stylize>,
    look: Res<Look>,
    session: Res<Session>,
    library: Res<Library>,
    painter: Res<Painter>,
    jobs: Res<Jobs>,
) {
    if std::mem::replace(&mut current.started, true) {
        return;
    }
    stylize.overlay = look.overlay;
    let first = |kind| {
        let fits = |item: &crate::ui::library::Item| item.kind == kind && !item.gone;
        library.items().iter().position(fits)
    };
    stylize.shape = session.picture.or_else(|| first(PictureKind::Photo));
    stylize.texture = first(PictureKind::Texture)
        .map(Texture::Picture)
        .or(Some(Texture::BuiltIn(0)));
    let painter = painter.clone();
    // Without the networks the person is told when they choose a style.
    let work = move |reporter: &Reporter<'_, _>| swatches::draw(&painter, reporter);
    current.drawing = Some(jobs.run(Lane::Ahead, Urgency::Later, work));
}

/// What doing an ask reads and writes besides the tab's own state.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Others<'w> {
    pub(super) pictures: Pictures<'w>,
    pub(super) shell: Res<'w, ShellState>,
    pub(super) session: Res<'w, Session>,
    pub(super) painter: Res<'w, Painter>,
    pub(super) awake: ResMut<'w, Awake>,
    pub(super) notices: ResMut<'w, NoticeBoard>,
    pub(super) stage: MessageWriter<'w, StageCommand>,
    pub(super) compare: MessageWriter<'w, ComparePair>,
}

/// Does what was asked for, then asks the workers for whatever is not there yet.
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut others: Others,
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
    want::want_shape(&mut stylize, &mut current, &mut others);
    want::want_picture(&mut stylize, &mut current, &others);
    want::show_mix(&mut stylize, &mut current, &mut others, &mut panes);
    want::want_texture(&mut stylize, &mut current, &others);
    want::want_explanations(&mut stylize, &mut current, &others);
    want::want_small(&stylize, &mut current, &others);
    want::count(&mut stylize, &mut current);
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
            act_as_everywhere(command, &others.pictures.jobs, &mut others.stage);
        }
        Ask::Remove(index) => {
            others.pictures.library.remove(index);
            if stylize.shape == Some(index) {
                stylize.shape = others
                    .pictures
                    .library
                    .items()
                    .iter()
                    .position(|item| !item.gone);
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
        Ask::Compare => hand_over::compare(stylize, current, others),
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
        Command::Cancel if stylize.working() && !others.shell.dialog_open() => {
            current.making = None;
            if matches!(stylize.making, Making::Working(_)) {
                stylize.making = Making::Idle;
            }
            for (asking, slot) in current.asking.iter_mut().zip(SLOTS) {
                others.pictures.jobs.explain.cancel(slot);
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
        Command::Save => hand_over::save(stylize, current, others),
        Command::ToggleOverlay => stylize.overlay.shown = !stylize.overlay.shown,
        Command::Wipe => stylize.wipe = !stylize.wipe,
        _ => act_as_everywhere(command, &others.pictures.jobs, &mut others.stage),
    }
}

/// The panes belong to the tab from the start: a hidden pane costs nothing.
pub(super) fn spawn(mut commands: Commands) {
    use crate::stage::LinkedView;
    for (name, id) in [("before", BEFORE), ("after", AFTER)] {
        commands.spawn((Name::new(name), Pane::new(id), LinkedView(BEFORE.0)));
    }
}
