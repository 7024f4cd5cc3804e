//! The tab's ears: what came in, what was read in the background, what the worker reports.

use std::sync::Arc;

use bevy::prelude::*;

use super::PANE;
use super::state::{Ask, Classes, Look, Status};
use super::systems::{Asks, Current, SLOT, show};
use super::words;
use crate::classifier::Prediction;
use crate::jobs::{ANSWERS, BackgroundNews, JobNews, Jobs, What};
use crate::picture::Picture;
use crate::saliency::{ClassChoice, Explanation, SaliencyMap};
use crate::stage::{Pane, map_layer};
use crate::tabs::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
use crate::ui::shell::Shell;
use crate::ui::widgets::Progress;
use crate::ui::{Awake, NoticeBoard, ShellState, sentence};

/// Takes up a picture that came in while this tab is shown.
pub(super) fn take_arrived(mut arrived: MessageReader<Arrived>, mut asks: ResMut<Asks>) {
    for Arrived { tab, what } in arrived.read() {
        if *tab != Tab::Look {
            continue;
        }
        // Of a network `act` sees that another one is chosen.
        match what {
            Arrival::Picture(index) => asks.push(Ask::Choose(*index)),
            Arrival::Saved(index, request) => asks.push(Ask::Reopen(*index, request.clone())),
            _ => {}
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
                    && let Some(picture) = current.coming.take()
                {
                    current.opening = None;
                    current.shown = Some(*item);
                    current.picture = Some(picture.clone());
                    (current.class, current.against) = current.saved.take().unwrap_or_default();
                    current.region = None;
                    current.explanation = None;
                    look.answer = None;
                    look.alternative.clone_from(&picture.alt);
                    look.notes.clone_from(&picture.notes);
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
            current.explanation = None;
            current.shown = Some(item);
            look.answer = None;
            "No picture".clone_into(&mut look.alternative);
            look.notes.clear();
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
                probabilities,
                labels,
                region,
            } => {
                let mut answer = words::first_answer(answers, class, against.as_ref());
                look.layers = layers.clone();
                look.classes = Some(Classes {
                    labels: labels.clone(),
                    probabilities: probabilities.clone(),
                });
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
        measured: explained.measured,
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
