//! What the workers report becomes state. Heard while any tab is shown: news come once.

use bevy::prelude::*;

use super::current::{Current, Small};
use super::state::{Ask, Asks, Explaining, Making, Part, Shown, Stylize, Texture};
use super::{AFTER, BEFORE, SLOTS};
use crate::jobs::{JobNews, Jobs, Task, What};
use crate::stage::{LayerData, Pane, PaneId};
use crate::ui::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::pictures::{OnStage, Pictures};
use crate::ui::widgets::Progress;
use crate::ui::{Awake, NoticeBoard, sentence};

/// Takes up a picture that came in while this tab is shown.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    stylize: Res<Stylize>,
    mut asks: ResMut<Asks>,
) {
    for message in arrived.read() {
        if message.tab == Tab::Stylize
            && let Arrival::Picture(index) = &message.what
        {
            asks.push(match stylize.adding {
                Part::Shape => Ask::Shape(*index),
                Part::Texture => Ask::Texture(Texture::Picture(*index)),
            });
        }
    }
}

/// Takes pictures that were opened and made.
pub(super) fn receive_tasks(
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
) {
    if let Some(result) = pictures.take(&mut current.opening) {
        opened(result, &mut stylize, &mut current, &mut panes);
        awake.stay();
    }
    match Task::poll(&mut current.making) {
        Some(Ok(made)) => {
            current.remember(made);
            stylize.making = Making::Idle;
            awake.stay();
        }
        Some(Err(why)) => stylize.making = Making::Failed(sentence(&why.to_string())),
        None => {}
    }
    for (_, made) in current.ahead.finished() {
        // What cannot be made is told when it is asked for.
        if let Ok(made) = made {
            current.remember(made);
        }
    }
    match Task::poll(&mut current.finishing) {
        Some(Ok((picture, texture))) => {
            if let Some(texture) = texture {
                let texture = pictures.images.add(texture);
                for mut pane in panes.iter_mut().filter(|pane| pane.id == AFTER) {
                    pane.picture = Some(texture.clone());
                }
            }
            stylize.after.name.clone_from(&picture.name);
            stylize.after.alternative.clone_from(&picture.alt);
            stylize.after.size = picture.size();
            let [_, after, _] = &mut current.asking;
            after.answered = false;
            after.picture = Some(picture);
            awake.stay();
        }
        Some(Err(why)) => stylize.making = Making::Failed(sentence(&why.to_string())),
        None => {}
    }
    // A texture that cannot be opened is told by the task that paints with it.
    if let Some(Ok(picture)) = Task::poll(&mut current.reading) {
        current.asking[2].picture = Some(picture);
    }
    let current = &mut *current;
    for (style, small) in parts(&mut current.drawing) {
        current.swatches.insert(style, Small::new(small));
        awake.stay();
    }
    for (corruption, small) in parts(&mut current.spoiling) {
        current.spoilt.insert(corruption, Small::new(small));
        awake.stay();
    }
}

/// What a task handed over so far; its place is empty once it ended.
fn parts<R>(place: &mut Option<Task<(), R>>) -> Vec<R> {
    let Some(task) = place else {
        return Vec::new();
    };
    let ended = task.take().is_some();
    let parts = task.reports();
    if ended {
        *place = None;
    }
    parts
}

/// Takes the shape that was opened, or why it was not.
fn opened(
    result: Result<OnStage, String>,
    stylize: &mut Stylize,
    current: &mut Current,
    panes: &mut Query<&mut Pane>,
) {
    let [before, ..] = &mut current.asking;
    *before = super::current::Asking::default();
    let mut shown = Shown::default();
    let mut texture = None;
    match result {
        Ok(opened) => {
            shown = Shown {
                name: opened.picture.name.clone(),
                alternative: opened.picture.alt.clone(),
                size: opened.picture.size(),
                ..Shown::default()
            };
            texture = Some(opened.texture);
            before.picture = Some(opened.picture);
            if current.making.is_none() {
                stylize.making = Making::Idle;
            }
        }
        Err(why) => stylize.making = Making::Failed(sentence(&why)),
    }
    for mut pane in panes.iter_mut().filter(|pane| pane.id == BEFORE) {
        pane.picture.clone_from(&texture);
        pane.picture_size = UVec2::from(shown.size);
        pane.map = None;
    }
    stylize.before = shown;
}

/// Takes what the queue of explanations reports of the three pictures.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn receive_jobs(
    mut news: MessageReader<JobNews>,
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let Some(index) = SLOTS.iter().position(|slot| *slot == message.slot) else {
            continue;
        };
        let Some(asking) = current.asking.get_mut(index) else {
            continue;
        };
        if asking.ticket != Some(message.ticket) {
            continue;
        }
        if index == 2 {
            if let What::Predicted { answers, .. } = &message.what {
                stylize.texture_answers = answers.clone();
                asking.ticket = None;
                // The answer was all that is wanted of the texture.
                jobs.explain.cancel(message.slot);
            }
            continue;
        }
        let (shown, id) = match index {
            0 => (&mut stylize.before, BEFORE),
            _ => (&mut stylize.after, AFTER),
        };
        match &message.what {
            What::Notice(notice) => notices.info(sentence(notice)),
            What::Opening => shown.explaining = Explaining::Working(Progress::Running),
            What::Predicted {
                answers,
                class,
                probabilities,
                ..
            } => {
                shown.answers = answers.clone();
                shown.probabilities = probabilities.clone();
                shown.explained = Some(class.clone());
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                shown.explaining = Explaining::Working(Progress::Share(share));
            }
            What::Draft(layer) => {
                lay(&mut panes, &mut images, id, layer);
                awake.stay();
            }
            What::Done(explanation, layer) => {
                asking.explanation = Some(explanation.clone());
                asking.answered = true;
                if let Some(layer) = layer {
                    lay(&mut panes, &mut images, id, layer);
                    let ends = layer.scale();
                    shown.range = Some([ends.min, ends.max]);
                }
                shown.explaining = Explaining::Done;
                awake.stay();
            }
            What::Failed(why) => shown.explaining = Explaining::Failed(sentence(why)),
            What::Cancelled => shown.explaining = Explaining::Cancelled,
        }
    }
}

/// Lays a map over its picture.
fn lay(panes: &mut Query<&mut Pane>, images: &mut Assets<Image>, id: PaneId, layer: &LayerData) {
    for mut pane in panes.iter_mut().filter(|pane| pane.id == id) {
        pane.map = Some(layer.layer(images));
    }
}
