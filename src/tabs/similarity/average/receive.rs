//! What the workers report becomes maps, averages and textures. These systems run while other tabs
//! are shown too: news come once.

use std::sync::Arc;

use bevy::prelude::*;

use super::super::PANES;
use super::super::state::{SimilarityState, Which};
use super::averaging::Averaged;
use super::state::{Source, VersionStatus};
use super::systems::{Averaging, Made, set};
use super::{COLOURS, MEAN, SPREAD};
use crate::jobs::{JobNews, Jobs, Task, What};
use crate::saliency::ClassChoice;
use crate::stage::Pane;
use crate::tabs::save::MapSource;
use crate::ui::{Awake, sentence};

/// Takes what the queue reports about the versions.
pub(in super::super) fn receive_jobs(
    mut news: MessageReader<JobNews>,
    mut state: ResMut<SimilarityState>,
    mut averaging: ResMut<Averaging>,
) {
    for message in news.read() {
        let place = averaging
            .explaining
            .iter()
            .position(|running| running.slot == message.slot && running.ticket == message.ticket);
        let Some(place) = place else {
            continue;
        };
        let status = match &message.what {
            What::Done(explanation, _) => {
                let running = &averaging.explaining[place];
                let source = MapSource::asked(&running.model, &running.picture, explanation);
                let number = running.number;
                let map = Arc::new(explanation.map.clone());
                averaging.put(&mut state.average, number, map, source);
                VersionStatus::Done
            }
            What::Failed(why) => VersionStatus::Failed(sentence(why)),
            What::Cancelled => VersionStatus::Waiting,
            _ => continue,
        };
        let number = averaging.explaining.remove(place).number;
        set(&mut state.average, number, status);
    }
}

/// Takes versions that were made and averages that were computed.
pub(in super::super) fn receive_tasks(
    mut state: ResMut<SimilarityState>,
    mut averaging: ResMut<Averaging>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
) {
    if let Some((number, answer)) = averaging.made() {
        match answer {
            Ok(Made::Picture(version)) => {
                averaging.small.insert(number, version.small);
                let versions = &state.average.versions;
                let source = versions
                    .iter()
                    .find(|v| v.number == number)
                    .map(|v| &v.source);
                let explained = state.side(Which::A).explained.as_ref();
                // A version is asked what was seen in the original: is that still there?
                let class = match (source, explained) {
                    (Some(Source::Picture(_)), _) | (_, None) => ClassChoice::Auto,
                    (_, Some(explained)) => ClassChoice::Class(explained.class),
                };
                averaging.explain(number, version.picture, class, &state, &jobs);
            }
            Ok(Made::Map(map, source)) => {
                averaging.put(&mut state.average, number, map, source);
            }
            Err(why) => {
                let why = sentence(&why.to_string());
                set(&mut state.average, number, VersionStatus::Failed(why));
            }
        }
    }
    match Task::poll(&mut averaging.counting) {
        Some(Ok(averaged)) => {
            state.average.summary = Some(averaged.summary.clone());
            state.average.problem = None;
            show(&mut panes, &mut images, &averaged);
            averaging.take(averaged);
            awake.stay();
        }
        Some(Err(why)) => state.average.problem = Some(sentence(&why.to_string())),
        None => {}
    }
}

/// Gives the panes the new average, over the picture of the original.
fn show(panes: &mut Query<&mut Pane>, images: &mut Assets<Image>, averaged: &Averaged) {
    let original = panes.iter().find(|pane| pane.id == PANES[0]);
    let Some((picture, size)) = original.map(|pane| (pane.picture.clone(), pane.picture_size))
    else {
        return;
    };
    let colours = averaged.texture.clone().map(|colours| images.add(colours));
    let [mean, spread] = &averaged.layers;
    for mut pane in panes.iter_mut() {
        let layer = match pane.id {
            MEAN => mean,
            SPREAD => spread,
            COLOURS => {
                if let (Some(texture), Some(picture)) = (&colours, &averaged.colours) {
                    pane.picture = Some(texture.clone());
                    pane.picture_size = UVec2::new(picture.width(), picture.height());
                }
                continue;
            }
            _ => continue,
        };
        pane.picture.clone_from(&picture);
        pane.picture_size = size;
        pane.map = Some(layer.layer(images));
    }
}
