//! What the workers report becomes state. Heard while any tab is shown: news come once.

use std::sync::Arc;

use bevy::prelude::*;

use super::current::{Current, Small};
use super::orders::{News, Source};
use super::state::{Ask, Asks, Explaining, Making, Part, Shown, Stylize, Texture};
use super::studio::Studio;
use super::{AFTER, BEFORE, SLOTS};
use crate::jobs::{JobNews, Jobs, What};
use crate::picture::Picture;
use crate::saliency::SaliencyMap;
use crate::stage::{Pane, PaneId, map_layer};
use crate::tabs::Tab;
use crate::ui::intake::{Arrival, Arrived};
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

/// Takes what the tab's own threads report.
pub(super) fn hear_studio(
    studio: Res<Studio>,
    mut stylize: ResMut<Stylize>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
) {
    let mut news = studio.first.news();
    news.extend(studio.second.news());
    // Unchanged state must not look changed.
    if news.is_empty() {
        return;
    }
    awake.stay();
    for news in news {
        take(news, &mut stylize, &mut current, &mut images, &mut panes);
    }
}

fn take(
    news: News,
    stylize: &mut Stylize,
    current: &mut Current,
    images: &mut Assets<Image>,
    panes: &mut Query<&mut Pane>,
) {
    match news {
        News::Opened { source, result } => {
            opened(&source, result, stylize, current, images, panes);
        }
        News::Made {
            shape,
            recipe,
            result,
        } => {
            let wanted = current
                .wanted
                .as_ref()
                .is_some_and(|wanted| wanted.0 == shape && wanted.1 == recipe);
            match result {
                Ok(made) => {
                    current.remember(made);
                    if wanted {
                        stylize.making = Making::Idle;
                    }
                }
                Err(why) if wanted => stylize.making = Making::Failed(sentence(&why)),
                Err(_) => {}
            }
        }
        News::Finished {
            made,
            percent,
            keep_colours,
            picture,
            texture,
        } => {
            let finished = super::current::Mix {
                made,
                percent,
                keep_colours,
            };
            if current.shown.as_ref() != Some(&finished) {
                return;
            }
            if let Some(texture) = texture {
                let texture = images.add(texture);
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
        }
        News::Read { source, picture } => {
            if current.reading.as_ref() == Some(&source.key) {
                current.asking[2].picture = Some(picture);
            }
        }
        News::Swatch { style, small } => {
            current.swatches.insert(style, Small::new(small));
        }
        News::Spoilt {
            key,
            corruption,
            small,
        } => {
            if current.spoilt_of.as_ref() == Some(&key) {
                current.spoilt.insert(corruption, Small::new(small));
            }
        }
        News::Defect(slot) => {
            tracing::warn!("a defect stopped job {slot:?} of Stylize");
            stylize.making = Making::Failed(
                "A defect in the program stopped this. Try another picture or texture.".to_owned(),
            );
        }
    }
}

/// Takes the shape that was opened, or why it was not.
fn opened(
    source: &Source,
    result: Result<(Arc<Picture>, Image), String>,
    stylize: &mut Stylize,
    current: &mut Current,
    images: &mut Assets<Image>,
    panes: &mut Query<&mut Pane>,
) {
    if current.shape.as_ref() != Some(source) {
        return;
    }
    let [before, ..] = &mut current.asking;
    *before = super::current::Asking::default();
    let mut shown = Shown::default();
    let mut texture = None;
    match result {
        Ok((picture, image)) => {
            shown = Shown {
                name: source.name.clone(),
                alternative: picture.alt.clone(),
                size: picture.size(),
                ..Shown::default()
            };
            texture = Some(images.add(image));
            before.picture = Some(picture);
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
pub(super) fn hear_jobs(
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
                region,
                ..
            } => {
                shown.answers = answers.clone();
                shown.probabilities = probabilities.clone();
                shown.explained = Some(class.clone());
                asking.region = Some(*region);
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                shown.explaining = Explaining::Working(Progress::Share(share));
            }
            What::Draft(map) => {
                lay(&mut panes, &mut images, asking, id, map);
                awake.stay();
            }
            What::Done(explanation) => {
                asking.region = Some(explanation.region);
                asking.explanation = Some(explanation.clone());
                asking.answered = true;
                lay(&mut panes, &mut images, asking, id, &explanation.map);
                shown.range = range(&explanation.map);
                shown.explaining = Explaining::Done;
                awake.stay();
            }
            What::Failed(why) => shown.explaining = Explaining::Failed(sentence(why)),
            What::Cancelled => shown.explaining = Explaining::Cancelled,
        }
    }
}

/// Lays a map over its picture.
fn lay(
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    asking: &super::current::Asking,
    id: PaneId,
    map: &SaliencyMap,
) {
    let (Some(picture), Some(region)) = (&asking.picture, asking.region) else {
        return;
    };
    let [left, top, right, bottom] = region.fractions(picture.size());
    for mut pane in panes.iter_mut().filter(|pane| pane.id == id) {
        pane.map = Some(map_layer(map, Rect::new(left, top, right, bottom), images));
    }
}

/// The lowest and the highest value; `None` where no value is a number.
fn range(map: &SaliencyMap) -> Option<[f32; 2]> {
    let finite = map.values.iter().copied().filter(|v| v.is_finite());
    let ends = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    (ends.0 <= ends.1).then_some([ends.0, ends.1])
}
