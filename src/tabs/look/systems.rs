//! The tab's systems: what was asked for becomes work, what the workers report becomes state.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::PANE;
use super::state::{Ask, Look, Status};
use super::tab_ui;
use super::words;
use crate::classifier::{PictureKind, Prediction};
use crate::jobs::{ANSWERS, BackgroundNews, ExplainJob, JobNews, Jobs, Slot, Ticket, What};
use crate::picture::{Picture, Region};
use crate::saliency::{ClassChoice, Explanation, Request};
use crate::saliency::{Method, SaliencyMap};
use crate::stage::{Pane, StageCommand, StageFrame, map_layer, picture_image};
use crate::tabs::save::Shot;
use crate::ui::commands::Command;
use crate::ui::intake::Arrived;
use crate::ui::library::Library;
use crate::ui::settings::Settings;
use crate::ui::shell::Shell;
use crate::ui::widgets::Progress;
use crate::ui::{Asked, Awake, Body, NoticeBoard, ShellState, area, sentence};

/// The tab's slot in the queue.
const SLOT: Slot = Slot(1);

/// Pictures named on the command line, opened when the window is there.
#[derive(Resource, Debug, Default, Clone)]
pub struct OpenAtStart(pub Vec<PathBuf>);

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Current {
    /// The picture on the stage.
    picture: Option<Arc<Picture>>,
    /// The picture that is being read, by its number in the library.
    opening: Option<u64>,
    /// Which class is asked for.
    class: ClassChoice,
    /// Which class it is held against.
    against: Option<usize>,
    /// The request that is running or ran last.
    ticket: Option<Ticket>,
    /// What the network saw of the picture.
    region: Option<Region>,
    /// What the last request was about, to see whether the choices moved on.
    asked: Option<(String, Method)>,
    /// The last finished explanation.
    explanation: Option<Arc<Explanation>>,
    /// True when a draft must give way to the last finished explanation.
    restore: bool,
}

impl Current {
    /// The last finished explanation.
    #[must_use]
    pub fn explanation(&self) -> Option<&Arc<Explanation>> {
        self.explanation.as_ref()
    }
}

/// What the panels asked for in this frame.
#[derive(Resource, Default)]
pub struct Asks(Vec<Ask>);

impl Asks {
    /// Asks for something as a panel would.
    pub fn push(&mut self, ask: Ask) {
        self.0.push(ask);
    }
}

/// Spawns the pane, asks for thumbnails and opens the first picture: never an empty window.
pub(super) fn start(
    mut commands: Commands,
    mut library: ResMut<Library>,
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    settings: Res<Settings>,
    open: Option<Res<OpenAtStart>>,
    jobs: Res<Jobs>,
) {
    commands.spawn((Name::new("picture"), Pane::new(PANE)));
    if let Some(colormap) = settings.colormap.as_deref().and_then(|id| id.parse().ok()) {
        look.overlay.colormap = colormap;
    }
    let paths: &[PathBuf] = open.as_ref().map_or(&[], |open| &open.0);
    let mut first = (!library.items().is_empty()).then_some(0);
    for path in paths.iter().rev() {
        first = Some(library.add_file(path));
    }
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
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    mut frame: ResMut<StageFrame>,
    mut panes: Query<&mut Pane>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    // A surface is for restyling: there is nothing in it to ask for.
    let thumbs = library.thumbs(ctx, |item| item.kind == PictureKind::Photo);
    let chosen = look.chosen.and_then(|index| library.get(index));
    look.own = chosen.is_some_and(|item| item.own && !item.gone);
    let mut root = area(ctx, "see why", body.0);
    tab_ui(
        &mut root,
        &mut look,
        &thumbs,
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
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    mut current: ResMut<Current>,
    mut library: ResMut<Library>,
    shell: Res<ShellState>,
    jobs: Res<Jobs>,
    mut stage: MessageWriter<StageCommand>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    let mut again = false;
    for ask in std::mem::take(&mut asks.0) {
        match ask {
            Ask::Choose(index) => choose(&mut look, &mut current, &mut library, &jobs, index),
            Ask::Remove(index) => {
                library.remove(index);
                let stays =
                    |item: &crate::ui::library::Item| !item.gone && item.kind == PictureKind::Photo;
                match library.items().iter().position(stays) {
                    Some(first) => choose(&mut look, &mut current, &mut library, &jobs, first),
                    None => look.chosen = None,
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
            Ask::Do(command) => match command {
                Command::Open => jobs.background.dialog(crate::ui::open_dialog()),
                Command::Paste => jobs.background.paste(),
                Command::Cancel if look.working() && !shell.dialog_open() => {
                    jobs.explain.cancel(SLOT);
                    current.ticket = None;
                    current.restore = true;
                    look.status = Status::Cancelled;
                }
                Command::Retry if current.picture.is_some() => again = true,
                Command::Retry => {
                    if let Some(chosen) = look.chosen {
                        choose(&mut look, &mut current, &mut library, &jobs, chosen);
                    }
                }
                Command::Save => save(&look, &current, &library, &jobs, &mut notices),
                Command::ToggleOverlay => look.overlay.shown = !look.overlay.shown,
                Command::ZoomIn => {
                    stage.write(StageCommand::ZoomIn);
                }
                Command::ZoomOut => {
                    stage.write(StageCommand::ZoomOut);
                }
                Command::ZoomFit => {
                    stage.write(StageCommand::Fit);
                }
                _ => {}
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
            look.tuning.forget_layer();
        }
        again = true;
    }
    if again {
        explain(&mut look, &mut current, model, shell.method, &jobs);
    }
}

/// Keeps what is on the stage in files.
fn save(look: &Look, current: &Current, library: &Library, jobs: &Jobs, notices: &mut NoticeBoard) {
    let (Some(picture), Some(explanation), Some((model, _)), Status::Done) = (
        &current.picture,
        &current.explanation,
        &current.asked,
        &look.status,
    ) else {
        notices.info("There is no finished map to save yet.");
        return;
    };
    let item = look.chosen.and_then(|chosen| library.get(chosen));
    Shot {
        picture: picture.clone(),
        path: item.and_then(|item| item.path.clone()),
        explanation: explanation.clone(),
        model: model.clone(),
        overlay: look.overlay,
    }
    .save(jobs);
}

fn choose(
    look: &mut Look,
    current: &mut Current,
    library: &mut Library,
    jobs: &Jobs,
    index: usize,
) {
    let Some(item) = library.get(index) else {
        return;
    };
    look.chosen = Some(index);
    look.status = Status::Working {
        what: format!("Opening {}...", item.name),
        progress: Progress::Running,
    };
    jobs.explain.cancel(SLOT);
    current.ticket = None;
    current.opening = Some(item.id);
    if let Some(picture) = &item.picture {
        show(current, picture.clone(), item.id, jobs);
    } else if let Some(path) = &item.path {
        jobs.background.open(item.id, path.clone());
    }
}

/// Hands the picture to the graphics device; [`hear`] goes on when its texture is there.
fn show(current: &mut Current, picture: Arc<Picture>, item: u64, jobs: &Jobs) {
    current.picture = Some(picture.clone());
    let limit = crate::stage::SAFE_SIDE;
    jobs.background
        .texture(item, move || picture_image(&picture.pixels, limit));
}

fn explain(
    look: &mut Look,
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
            why: "No network is installed. Run: python3 models/install.py".to_owned(),
        };
        return;
    };
    current.asked = Some((model.clone(), method));
    let request = Request {
        framing: look.framing,
        class: current.class,
        against: current.against,
        method,
        params: look.tuning.of(method),
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
        },
    ));
}

/// Takes up a picture that came in while this tab is shown.
pub(super) fn take_arrived(mut arrived: MessageReader<Arrived>, mut asks: ResMut<Asks>) {
    for message in arrived.read() {
        // Of a network `act` sees that another one is chosen.
        if let Arrived::Picture(index) = message {
            asks.push(Ask::Choose(*index));
        }
    }
}

/// Takes what the background reader found.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear_background(
    mut news: MessageReader<BackgroundNews>,
    mut look: ResMut<Look>,
    mut current: ResMut<Current>,
    mut library: ResMut<Library>,
    mut asks: ResMut<Asks>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        match message {
            BackgroundNews::Picture { item, result } => {
                if current.opening != Some(*item) {
                    continue;
                }
                if result.is_err() {
                    // What is on the stage is not what is chosen: it would lie.
                    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
                        pane.picture = None;
                        pane.map = None;
                    }
                }
                opened(&mut look, &mut current, &mut library, &jobs, *item, result);
            }
            BackgroundNews::Texture { item, image } => {
                // Whoever takes it has it: another tab's texture stays where it is.
                if current.opening != Some(*item) {
                    continue;
                }
                let made = image.lock().ok().and_then(|mut image| image.take());
                if let Some(made) = made
                    && let Some(picture) = current.picture.clone()
                {
                    current.opening = None;
                    current.class = ClassChoice::Auto;
                    current.against = None;
                    current.region = None;
                    current.explanation = None;
                    look.answer = None;
                    look.alternative.clone_from(&picture.alt);
                    let handle = images.add(made);
                    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
                        pane.picture = Some(handle.clone());
                        pane.picture_size = UVec2::from(picture.size());
                        pane.map = None;
                    }
                    asks.push(Ask::Again);
                }
                awake.stay();
            }
            _ => {}
        }
    }
}

fn opened(
    look: &mut Look,
    current: &mut Current,
    library: &mut Library,
    jobs: &Jobs,
    item: u64,
    result: &Result<Arc<Picture>, String>,
) {
    match result {
        Ok(picture) => {
            // The library's copy has the better name and text.
            let named = library
                .position(item)
                .and_then(|index| library.get(index))
                .and_then(|item| item.picture.clone());
            show(
                current,
                named.unwrap_or_else(|| picture.clone()),
                item,
                jobs,
            );
        }
        Err(why) => {
            current.opening = None;
            current.picture = None;
            look.answer = None;
            "No picture".clone_into(&mut look.alternative);
            // The folder is known; the name says enough.
            let path = library
                .position(item)
                .and_then(|index| library.get(index))
                .and_then(|item| item.path.as_ref());
            let short = path.and_then(|path| {
                let name = path.file_name()?.to_string_lossy();
                Some(why.replace(&*path.to_string_lossy(), &name))
            });
            look.status = Status::Failed {
                why: sentence(short.as_ref().unwrap_or(why)),
            };
        }
    }
}

/// Takes what the worker reports about this tab's request.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut look: ResMut<Look>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    shell: Res<ShellState>,
) {
    if std::mem::take(&mut current.restore) {
        restore(&mut look, &mut current, &mut panes, &mut images, &shell);
        awake.stay();
    }
    for message in news.read() {
        if message.slot != SLOT || Some(message.ticket) != current.ticket {
            continue;
        }
        match &message.what {
            What::Notice(notice) => notices.info(sentence(notice)),
            What::Opening => working(&mut look, "Opening the network...", Progress::Running),
            What::Predicted {
                answers,
                class,
                against,
                layers,
                region,
                ..
            } => {
                let mut answer = words::first_answer(answers, class, against.as_ref());
                look.layers = layers.clone();
                if let Some(old) = &look.answer {
                    // The colour bar stays where it is until the new map moves its ends.
                    answer.range = old.range;
                }
                look.answer = Some(answer);
                current.region = Some(*region);
                working(&mut look, "Looking for what mattered...", Progress::Running);
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                let words = "Looking for what mattered...";
                working(&mut look, words, Progress::Share(share));
            }
            What::Draft(map) => {
                lay(&mut panes, &mut images, &current, map);
                awake.stay();
            }
            What::Done(explanation) => {
                current.region = Some(explanation.region);
                current.explanation = Some(explanation.clone());
                lay(&mut panes, &mut images, &current, &explanation.map);
                let model = shell.model().map_or("", |model| model.name.as_str());
                let shown = look.overlay.shown;
                if let Some(answer) = &mut look.answer {
                    words::finish(answer, explanation, model);
                    let picture = current.picture.as_ref().map_or("", |p| p.alt.as_str());
                    let mut what = answer.explained.clone();
                    if let Some(against) = &answer.against {
                        what = format!("{what} rather than {against}");
                    }
                    look.alternative = if shown {
                        format!("{picture}, with a map of what speaks for {what}")
                    } else {
                        picture.to_owned()
                    };
                }
                look.status = Status::Done;
                awake.stay();
            }
            What::Failed(why) => look.status = Status::Failed { why: sentence(why) },
            What::Cancelled => look.status = Status::Cancelled,
        }
    }
}

/// Shows the last finished explanation again, after a newer one was stopped half-way.
fn restore(
    look: &mut Look,
    current: &mut Current,
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    shell: &Shell,
) {
    let Some(explanation) = current.explanation.clone() else {
        for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
            pane.map = None;
        }
        return;
    };
    current.class = ClassChoice::Class(explanation.class.class);
    current.against = explanation.request.against;
    current.region = Some(explanation.region);
    lay(panes, images, current, &explanation.map);
    let first = explanation.predictions.get(..ANSWERS);
    let first = first.unwrap_or(&explanation.predictions);
    let against = current
        .against
        .map(|class| held_against(&explanation, class));
    let mut answer = words::first_answer(first, &explanation.class, against.as_ref());
    let model = shell.model().map_or("", |model| model.name.as_str());
    words::finish(&mut answer, &explanation, model);
    look.answer = Some(answer);
}

/// The prediction for a class that may be far down the list.
fn held_against(explanation: &Explanation, class: usize) -> Prediction {
    let mut known = explanation.predictions.iter();
    if let Some(known) = known.find(|prediction| prediction.class == class) {
        return known.clone();
    }
    let probability = explanation.probabilities.get(class).copied().unwrap_or(0.0);
    let explained = &explanation.class;
    Prediction {
        class,
        label: format!("class {class}"),
        probability,
        // Scores differ as the logarithms of the probabilities do.
        logit: explained.logit + (probability / explained.probability).ln(),
    }
}

fn working(look: &mut Look, what: &str, progress: Progress) {
    look.status = Status::Working {
        what: what.to_owned(),
        progress,
    };
}

/// Lays a map over the picture in the pane.
fn lay(
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    current: &Current,
    map: &SaliencyMap,
) {
    let (Some(picture), Some(region)) = (&current.picture, current.region) else {
        return;
    };
    let [left, top, right, bottom] = region.fractions(picture.size());
    let place = Rect::new(left, top, right, bottom);
    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
        pane.map = Some(map_layer(map, place, images));
    }
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
