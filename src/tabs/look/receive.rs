//! What came in, the picture that was opened and what the queue reports become state.

use bevy::prelude::*;

use super::PANE;
use super::state::{Ask, Classes, Look, Status};
use super::systems::{Asks, Current, SLOT};
use super::words;
use crate::classifier::Prediction;
use crate::jobs::{ANSWERS, JobNews, What};
use crate::saliency::{ClassChoice, Explanation};
use crate::stage::{MapLayer, Pane};
use crate::tabs::bring::{OwnModelEvent, OwnModelNews};
use crate::tabs::watch::Shown;
use crate::ui::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::pictures::Pictures;
use crate::ui::shell::Shell;
use crate::ui::widgets::Progress;
use crate::ui::{Awake, NoticeBoard, ShellState, sentence};

/// Takes up a picture that came in while this tab is shown.
pub(super) fn take_arrived(mut arrived: MessageReader<Arrived>, mut asks: ResMut<Asks>) {
    for Arrived { tab, what } in arrived.read() {
        if *tab != Tab::Look {
            continue;
        }
        match what {
            Arrival::Picture(index) => asks.push(Ask::Choose(*index)),
            Arrival::Saved(index, request) => asks.push(Ask::Reopen(*index, request.clone())),
            _ => {}
        }
    }
}

/// The network of the map was described anew, or is another one by now.
pub(super) fn receive_own_models(
    mut news: MessageReader<OwnModelNews>,
    mut current: ResMut<Current>,
    mut asks: ResMut<Asks>,
    mut shown: ResMut<Shown>,
) {
    let asked = current.asked.as_ref().map(|(model, _)| model.as_str());
    shown.bypass_change_detection().by("see why", asked);
    for OwnModelNews { id, what } in news.read() {
        if *what == OwnModelEvent::Changed {
            shown.restamp(id);
        }
        let asked = current.asked.as_ref().is_some_and(|(model, _)| model == id);
        let other = [OwnModelEvent::Changed, OwnModelEvent::Replaced].contains(what);
        if asked && other {
            // It may have other classes.
            (current.class, current.against) = (ClassChoice::Auto, None);
            asks.push(Ask::Again);
        }
    }
}

/// Takes the picture that was opened.
pub(super) fn receive_picture(
    mut look: ResMut<Look>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    mut asks: ResMut<Asks>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
) {
    let item = current.opening.as_ref().and_then(|opening| opening.item);
    let Some(result) = pictures.take(&mut current.opening) else {
        return;
    };
    current.shown = item;
    current.explanation = None;
    current.layer = None;
    look.answer = None;
    // What is on the stage is what is chosen, or nothing: anything else would lie.
    let (mut texture, mut size) = (None, UVec2::ONE);
    match result {
        Ok(opened) => {
            (current.class, current.against) = current.saved.take().unwrap_or_default();
            look.alternative.clone_from(&opened.picture.alt);
            look.notes.clone_from(&opened.picture.notes);
            (texture, size) = (Some(opened.texture), UVec2::from(opened.picture.size()));
            current.picture = Some(opened.picture);
            asks.push(Ask::Again);
            awake.stay();
        }
        Err(why) => {
            current.picture = None;
            "No picture".clone_into(&mut look.alternative);
            look.notes.clear();
            // The folder is known; the name says enough.
            let index = item.and_then(|item| pictures.library.position(item));
            let path = index.and_then(|index| pictures.library.get(index)?.path.as_ref());
            let short = path.and_then(|path| {
                let name = path.file_name()?.to_string_lossy();
                Some(why.replace(&*path.to_string_lossy(), &name))
            });
            look.status = Status::Failed {
                why: sentence(short.as_ref().unwrap_or(&why)),
            };
        }
    }
    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
        pane.picture.clone_from(&texture);
        pane.picture_size = size;
        pane.map = None;
    }
}

/// Takes what the worker reports about this tab's request.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn receive(
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
        restore(&mut look, &mut current, &mut panes, &shell);
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
                ..
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
                working(&mut look, "Looking for what mattered...", Progress::Running);
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                let words = "Looking for what mattered...";
                working(&mut look, words, Progress::Share(share));
            }
            What::Draft(layer) => {
                lay(&mut panes, Some(&layer.layer(&mut images)));
                awake.stay();
            }
            What::Done(explanation, layer) => {
                current.explanation = Some(explanation.clone());
                current.layer = layer.as_ref().map(|layer| layer.layer(&mut images));
                lay(&mut panes, current.layer.as_ref());
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
fn restore(look: &mut Look, current: &mut Current, panes: &mut Query<&mut Pane>, shell: &Shell) {
    lay(panes, current.layer.as_ref());
    let Some(explanation) = current.explanation.clone() else {
        return;
    };
    current.class = ClassChoice::Class(explanation.class.class);
    current.against = explanation.request.against;
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

/// Lays a map over the picture in the pane, or takes away what lies there.
fn lay(panes: &mut Query<&mut Pane>, layer: Option<&MapLayer>) {
    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
        pane.map = layer.cloned();
    }
}
