//! The tab's systems: it is drawn, and what was asked for becomes work.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::PANE;
use super::state::{Ask, Look, Status};
use super::walk::neighbour;
use super::{Props, tab_ui};
use crate::classifier::PictureKind;
use crate::jobs::{ExplainJob, Jobs, Slot, Ticket};
use crate::picture::Picture;
use crate::saliency::{ClassChoice, Explanation, Method, Request};
use crate::stage::{MapLayer, Pane, StageCommand, StageFrame};
use crate::tabs::actions::act_as_everywhere;
use crate::tabs::pair::{FromCollection, StepInCollection};
use crate::tabs::save::Shot;
use crate::ui::commands::Command;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
use crate::ui::pictures::{Opening, Pictures};
use crate::ui::settings::Settings;
use crate::ui::widgets::Progress;
use crate::ui::{Asked, Body, NoticeBoard, Session, ShellState, Tab, WayBack, area};

/// The tab's slot in the queue.
pub(super) const SLOT: Slot = Slot(1);

/// Pictures named on the command line, opened when the window is there.
#[derive(Resource, Debug, Default, Clone)]
pub struct OpenAtStart(pub Vec<PathBuf>);

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Current {
    /// The picture on the stage.
    pub(super) picture: Option<Arc<Picture>>,
    /// The picture that is on its way to the stage.
    pub(super) opening: Option<Opening>,
    /// The picture on the stage, by its number in the library.
    pub(super) shown: Option<u64>,
    /// Which class is asked for.
    pub(super) class: ClassChoice,
    /// Which class it is held against.
    pub(super) against: Option<usize>,
    /// The request that is running or ran last.
    pub(super) ticket: Option<Ticket>,
    /// What the last request was about, to see whether the choices moved on.
    pub(super) asked: Option<(String, Method)>,
    /// The last finished explanation.
    pub(super) explanation: Option<Arc<Explanation>>,
    /// Its map on the stage.
    pub(super) layer: Option<MapLayer>,
    /// True when a draft must give way to the last finished explanation.
    pub(super) restore: bool,
    /// Class and counter-class of the saved explanation that is being opened.
    pub(super) saved: Option<(ClassChoice, Option<usize>)>,
}

impl Current {
    /// The last finished explanation.
    #[must_use]
    pub fn explanation(&self) -> Option<&Arc<Explanation>> {
        self.explanation.as_ref()
    }

    /// What the map holds at a place of the picture (its fractions); `None` outside of what the
    /// network saw.
    fn value_at(&self, place: Vec2) -> Option<f32> {
        let (picture, explanation) = (self.picture.as_ref()?, self.explanation.as_ref()?);
        let [left, top, right, bottom] = explanation.region.fractions(picture.size());
        let (x, y) = (
            (place.x - left) / (right - left),
            (place.y - top) / (bottom - top),
        );
        if !(0.0..1.0).contains(&x) || !(0.0..1.0).contains(&y) {
            return None;
        }
        let values = &explanation.map.values;
        let (rows, columns) = values.dim();
        let at = ((y * rows as f32) as usize, (x * columns as f32) as usize);
        values.get(at).copied()
    }

    /// What is on the stage, to be saved; `None` until the map is finished.
    #[must_use]
    pub fn shot(&self, look: &Look, session: &Session, library: &Library) -> Option<Shot> {
        if look.status != Status::Done {
            return None;
        }
        let item = session.picture.and_then(|chosen| library.get(chosen));
        Some(Shot {
            picture: self.picture.clone()?,
            path: item.and_then(|item| item.path.clone()),
            explanation: self.explanation.clone()?,
            model: self.asked.as_ref()?.0.clone(),
            overlay: look.overlay,
        })
    }
}

/// Of so many pictures that the window was opened with, the next run knows too.
const MOST_REMEMBERED: usize = 12;

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// Spawns the pane, asks for thumbnails and opens the first picture: never an empty window.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn start(
    mut commands: Commands,
    mut library: ResMut<Library>,
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    settings: Res<Settings>,
    open: Option<Res<OpenAtStart>>,
    mut arrived: MessageWriter<Arrived>,
    jobs: Res<Jobs>,
) {
    commands.spawn((Name::new("picture"), Pane::new(PANE)));
    if let Some(colormap) = settings.colormap.as_deref().and_then(|id| id.parse().ok()) {
        look.overlay.colormap = colormap;
    }
    let paths: &[PathBuf] = open.as_ref().map_or(&[], |open| &open.0);
    let mut first = (!library.items().is_empty()).then_some(0);
    let (folders, paths): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.is_dir());
    for path in paths.iter().rev() {
        let index = library.add_file(path);
        // A whole folder's pictures, as a shell's `*` names them, are no list to find one in.
        if paths.len() <= MOST_REMEMBERED {
            library.remember(index);
        }
        first = Some(index);
    }
    arrived.write_batch(folders.into_iter().map(|folder| Arrived {
        tab: Tab::Look,
        what: Arrival::Folder(folder.clone()),
    }));
    if let Some(first) = first {
        asks.push(Ask::Choose(first));
    }
    look.newcomer = paths.is_empty();
    for item in library.items() {
        if let Some(path) = &item.path {
            jobs.background.thumb(item.id, path.clone());
        }
    }
}

/// Draws the tab and puts the pane where the picture goes.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut look: ResMut<Look>,
    mut session: ResMut<Session>,
    current: Res<Current>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    back: Res<WayBack>,
    mut frame: ResMut<StageFrame>,
    mut panes: Query<&mut Pane>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    // A surface is for restyling: there is nothing in it to ask for.
    let thumbs = library.thumbs(ctx, |item| item.kind == PictureKind::Photo);
    let chosen = session.picture.and_then(|index| library.get(index));
    look.own = chosen.is_some_and(|item| item.own && !item.gone);
    let mut root = area(ctx, "see why", body.0);
    tab_ui(
        &mut root,
        &mut look,
        &mut session,
        &Props {
            thumbs: &thumbs,
            read: &|place| current.value_at(place),
            back: back.0.is_some(),
        },
        &mut shell.method,
        &mut frame,
        &mut asks.0,
    );

    let overlay = look.overlay.on_stage();
    for mut pane in &mut panes {
        if pane.id == PANE && pane.overlay != overlay {
            pane.overlay = overlay;
        }
    }
    Ok(())
}

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a system names what it reads and writes; one arm for each thing asked"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    mut session: ResMut<Session>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    mut panes: Query<&mut Pane>,
    shell: Res<ShellState>,
    mut back: ResMut<WayBack>,
    mut next: ResMut<NextState<Tab>>,
    (mut stage, mut steps): (MessageWriter<StageCommand>, MessageWriter<StepInCollection>),
    from: Res<FromCollection>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    let mut again = false;
    for ask in asks.take() {
        match ask {
            Ask::Choose(index) => {
                choose(&mut look, &mut session, &mut current, &mut pictures, index);
            }
            Ask::Reopen(index, request) => {
                choose(&mut look, &mut session, &mut current, &mut pictures, index);
                look.newcomer = false;
                session.framing = request.framing;
                current.saved = Some((request.class, request.against));
                session.tuning.set(request.method, request.params);
                // Known to have been chosen: its layers are those that the request names.
                if let Some(model) = shell.model() {
                    current.asked = Some((model.id.clone(), shell.method));
                }
            }
            Ask::Remove(index) => {
                pictures.library.remove(index);
                let stays =
                    |item: &crate::ui::library::Item| !item.gone && item.kind == PictureKind::Photo;
                let first = pictures.library.items().iter().position(stays);
                match first {
                    Some(first) => {
                        choose(&mut look, &mut session, &mut current, &mut pictures, first);
                    }
                    None => session.picture = None,
                }
            }
            Ask::Explain(class) => {
                look.newcomer = false;
                current.class = ClassChoice::Class(class);
                current.against = None;
                again = true;
            }
            Ask::Against(class) => {
                look.newcomer = false;
                // The first of the two stays what it is, whatever the network is surest of next.
                let marked = look
                    .answer
                    .as_ref()
                    .and_then(|answer| answer.bars.iter().find(|(_, bar)| bar.marked));
                if let Some((marked, _)) = marked {
                    current.class = ClassChoice::Class(*marked);
                }
                current.against = class;
                again = true;
            }
            Ask::Again => again = true,
            // Done by the systems of what is taken away and of the checks.
            Ask::WhatIf(_)
            | Ask::EraseTop
            | Ask::SearchFlip
            | Ask::StopSearch
            | Ask::CheckMap
            | Ask::StopCheck => {}
            Ask::Do(command) => match command {
                Command::Cancel if look.working() && !shell.dialog_open() => {
                    pictures.jobs.explain.cancel(SLOT);
                    current.ticket = None;
                    current.restore = true;
                    look.status = Status::Cancelled;
                    // What is on the stage is what is chosen, again.
                    if current.opening.take().is_some() {
                        current.saved = None;
                        session.picture =
                            current.shown.and_then(|id| pictures.library.position(id));
                        if current.picture.is_none() {
                            look.status = Status::Empty;
                        }
                    }
                }
                Command::Retry if current.picture.is_some() => again = true,
                Command::Retry => {
                    if let Some(chosen) = session.picture {
                        choose(&mut look, &mut session, &mut current, &mut pictures, chosen);
                    }
                }
                Command::Save => save(&look, &session, &current, &pictures, &mut notices),
                Command::SaveAs => match current.shot(&look, &session, &pictures.library) {
                    Some(shot) => shot.save_as(&pictures.jobs),
                    None => notices.info(NOTHING),
                },
                Command::NextPicture | Command::PreviousPicture => {
                    let forward = command == Command::NextPicture;
                    let library = &pictures.library;
                    let shown = session.picture.and_then(|at| library.get(at));
                    if shown.is_some_and(|item| from.0 == Some(item.id)) {
                        steps.write(StepInCollection { forward });
                        continue;
                    }
                    let next = neighbour(&pictures.library, session.picture, forward);
                    if let Some(next) = next {
                        look.newcomer = false;
                        choose(&mut look, &mut session, &mut current, &mut pictures, next);
                    }
                }
                Command::ToggleOverlay => look.overlay.shown = !look.overlay.shown,
                Command::Back => {
                    if let Some(tab) = back.0.take() {
                        NextState::set_if_neq(&mut next, tab);
                    }
                }
                _ => act_as_everywhere(command, &pictures.jobs, &mut stage),
            },
        }
    }
    // The model and the method can also be changed in the bar on top, by any tab.
    let model = shell.model().map(|model| model.id.clone());
    if let (Some(model), Some(asked)) = (&model, &current.asked)
        && *asked != (model.clone(), shell.method)
    {
        if asked.0 != *model {
            // Another network may have other classes.
            current.class = ClassChoice::Auto;
            current.against = None;
            look.layers = Arc::default();
            session.tuning.forget_layer();
        }
        again = true;
    }
    // A picture that is being opened is explained when it is there.
    if again && current.opening.is_none() {
        explain(
            &mut look,
            &session,
            &mut current,
            model,
            shell.method,
            &pictures.jobs,
        );
    }
    // What the last picture's map says is not said of the one that is being opened.
    if current.opening.is_some() {
        for mut pane in &mut panes {
            if pane.id == PANE && pane.map.is_some() {
                pane.map = None;
            }
        }
    }
}

/// Keeps what is on the stage in files.
fn save(
    look: &Look,
    session: &Session,
    current: &Current,
    pictures: &Pictures,
    notices: &mut NoticeBoard,
) {
    match current.shot(look, session, &pictures.library) {
        Some(shot) => shot.save(&pictures.jobs),
        None => notices.info(NOTHING),
    }
}

/// Told where there is nothing to save.
const NOTHING: &str = "There is no finished map to save yet.";

fn choose(
    look: &mut Look,
    session: &mut Session,
    current: &mut Current,
    pictures: &mut Pictures,
    index: usize,
) {
    let Some(item) = pictures.library.get(index) else {
        return;
    };
    session.picture = Some(index);
    current.saved = None;
    look.answer = None;
    look.classes = None;
    look.status = Status::Working {
        what: format!("Opening {}...", item.name),
        progress: Progress::Running,
    };
    let id = item.id;
    pictures.jobs.explain.cancel(SLOT);
    current.ticket = None;
    current.opening = pictures.open(id);
}

fn explain(
    look: &mut Look,
    session: &Session,
    current: &mut Current,
    model: Option<String>,
    method: Method,
    jobs: &Jobs,
) {
    let Some(picture) = &current.picture else {
        return;
    };
    let Some(model) = model else {
        look.status = Status::Failed {
            why: crate::ui::format::NO_NETWORK.to_owned(),
        };
        return;
    };
    current.asked = Some((model.clone(), method));
    let request = Request {
        against: current.against,
        ..session.question(method, current.class)
    };
    look.status = Status::Working {
        what: "Asking the network...".to_owned(),
        progress: Progress::Running,
    };
    current.ticket = Some(jobs.explain.submit(
        SLOT,
        ExplainJob {
            picture: picture.clone(),
            model,
            request,
            on_stage: true,
        },
    ));
}

/// Remembers the choices that outlive a run.
pub(super) fn remember(look: Res<Look>, shell: Res<ShellState>, mut settings: ResMut<Settings>) {
    let now = (
        shell.model().map(|model| model.id.clone()),
        Some(shell.method.id().to_owned()),
        Some(look.overlay.colormap.id().to_owned()),
    );
    let then = (&settings.model, &settings.method, &settings.colormap);
    if (&now.0, &now.1, &now.2) != then {
        (settings.model, settings.method, settings.colormap) = now;
    }
}
