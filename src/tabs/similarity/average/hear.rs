//! What the workers report becomes maps, averages and textures. These systems run while other tabs
//! are shown too: news come once.

use bevy::prelude::*;

use super::super::PANES;
use super::super::current::Current;
use super::super::state::{SimilarityState, Which};
use super::super::versions::Made;
use super::counting::News;
use super::state::{Source, VersionStatus};
use super::systems::{Averaging, set};
use super::{COLOURS, MEAN, SPREAD};
use crate::jobs::{JobNews, Jobs, What};
use crate::saliency::{ClassChoice, SaliencyMap};
use crate::stage::{Pane, map_layer};
use crate::tabs::save::MapSource;
use crate::ui::{Awake, NoticeBoard, sentence};

/// Takes what the queue reports about the versions.
pub(in super::super) fn hear_jobs(
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
            What::Done(explanation) => {
                let running = &averaging.explaining[place];
                let source = MapSource::asked(&running.model, &running.picture, explanation);
                let number = running.number;
                let map = std::sync::Arc::new(explanation.map.clone());
                averaging.maps.insert(number, map);
                averaging.sources.insert(number, source);
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

/// Takes what the view's own threads report.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(in super::super) fn hear_threads(
    mut state: ResMut<SimilarityState>,
    mut averaging: ResMut<Averaging>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    current: Res<Current>,
    jobs: Res<Jobs>,
) {
    let answers = averaging
        .versions
        .as_ref()
        .map(super::super::versions::Versions::news);
    for answer in answers.into_iter().flatten() {
        let defect = answer.number == u64::MAX;
        let number = match averaging.making {
            Some(number) if averaging.wish(number) == answer.number || defect => number,
            _ => continue,
        };
        averaging.making = None;
        match answer.made {
            Ok(Made::Picture { picture, small }) => {
                averaging.small.insert(number, small);
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
                averaging.explain(number, picture, class, &state, &jobs);
            }
            Ok(Made::Map(map)) => {
                let file = MapSource::File(std::path::PathBuf::from(&map.name));
                averaging.sources.insert(number, file);
                let map = SaliencyMap { values: map.values };
                averaging.maps.insert(number, std::sync::Arc::new(map));
                set(&mut state.average, number, VersionStatus::Done);
            }
            Err(why) => set(
                &mut state.average,
                number,
                VersionStatus::Failed(sentence(&why)),
            ),
        }
    }
    let news = averaging
        .counting
        .as_ref()
        .map(super::counting::Counting::news);
    for report in news.into_iter().flatten() {
        match report {
            News::Counted(counted, colours) if averaging.is_now(counted.stamp) => {
                state.average.summary = Some(counted.summary.clone());
                state.average.problem = None;
                show(
                    &mut panes,
                    &mut images,
                    &current,
                    &counted,
                    colours.map(|c| *c),
                );
                averaging.result = Some(counted);
                awake.stay();
            }
            News::Failed { stamp, why } if averaging.is_now(stamp) || stamp == u64::MAX => {
                state.average.problem = Some(sentence(&why));
            }
            News::Saved(Ok(folder)) => notices.info(format!("Saved in {}.", folder.display())),
            News::Saved(Err(why)) => notices.problem(sentence(&why)),
            News::Counted(..) | News::Failed { .. } => {}
        }
    }
}

/// Gives the panes the new average, over the picture of the original.
fn show(
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    current: &Current,
    counted: &super::counting::Counted,
    colours: Option<Image>,
) {
    let Some(region) = current.side(Which::A).map.as_ref().map(|map| map.region) else {
        return;
    };
    let original = panes.iter().find(|pane| pane.id == PANES[0]);
    let Some((picture, size)) = original.map(|pane| (pane.picture.clone(), pane.picture_size))
    else {
        return;
    };
    let colours = colours.map(|colours| images.add(colours));
    for mut pane in panes.iter_mut() {
        let values = match pane.id {
            MEAN => &counted.average.mean,
            SPREAD => &counted.average.spread,
            COLOURS => {
                if let (Some(texture), Some(picture)) = (&colours, &counted.colours) {
                    pane.picture = Some(texture.clone());
                    pane.picture_size = UVec2::new(picture.width(), picture.height());
                }
                continue;
            }
            _ => continue,
        };
        let map = SaliencyMap {
            values: values.clone(),
        };
        pane.picture.clone_from(&picture);
        pane.picture_size = size;
        pane.map = Some(map_layer(&map, region, images));
    }
}
