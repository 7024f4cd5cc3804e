//! What the lanes and the queue report becomes state and textures. These systems run while other tabs
//! are shown too: news come once.

use bevy::prelude::*;

use super::average::Averaging;
use super::comparison::Named;
use super::current::{Current, Map};
use super::differ::next_answer;
use super::state::{SimilarityState, Status, Which};
use super::{INTERSECTION, PANES};
use crate::jobs::{BackgroundNews, JobNews, Jobs, Task, TaskError, What};
use crate::saliency::ClassChoice;
use crate::stage::{Intersection, MapLayer, Pane};
use crate::tabs::bring::{OwnModelEvent, OwnModelNews};
use crate::tabs::save::MapSource;
use crate::tabs::watch::Shown;
use crate::ui::pictures::{OnStage, Pictures};
use crate::ui::widgets::Progress;
use crate::ui::{Awake, NoticeBoard, sentence};

/// Takes pictures and maps that were read or made.
pub(super) fn receive_pictures(
    mut news: MessageReader<BackgroundNews>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
) {
    // The dialog is closed: what comes next was not asked for by a side.
    if news
        .read()
        .any(|news| matches!(news, BackgroundNews::Picked(_)))
    {
        current.target = Which::B;
    }
    for which in Which::ALL {
        match Task::poll(&mut current.side_mut(which).reading) {
            Some(Ok(read)) => current.show_map(&mut state, which, read, &mut pictures),
            Some(Err(why)) => {
                let side = state.side_mut(which);
                side.status = if side.range.is_some() {
                    Status::Done
                } else {
                    Status::Empty
                };
                notices.problem(sentence(&why.to_string()));
            }
            None => {}
        }
        match pictures.take(&mut current.side_mut(which).opening) {
            Some(Ok(opened)) => {
                put(&mut panes, &mut current, &state, which, opened);
                if !state.side(which).from_file {
                    current.explain(&mut state, which, &pictures.jobs);
                }
                awake.stay();
            }
            Some(Err(why)) => {
                // What is on the stage is not what is chosen: it would lie.
                clear(&mut panes, which);
                let work = current.side_mut(which);
                (work.picture, work.map) = (None, None);
                state.side_mut(which).status = Status::Failed(sentence(&why));
            }
            None => {}
        }
    }
    match Task::poll(&mut current.making) {
        Some(Ok(made)) => current.show(&mut state, Which::B, made.picture, &mut pictures),
        Some(Err(why)) => {
            state.side_mut(Which::B).status = Status::Failed(sentence(&why.to_string()));
        }
        None => {}
    }
}

/// Puts a picture on the stage; a map that was read from a file lies over it at once.
fn put(
    panes: &mut Query<&mut Pane>,
    current: &mut Current,
    state: &SimilarityState,
    which: Which,
    opened: OnStage,
) {
    let work = current.side_mut(which);
    if !state.side(which).from_file {
        (work.region, work.map) = (None, None);
    }
    for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
        pane.picture = Some(opened.texture.clone());
        pane.picture_size = UVec2::from(opened.picture.size());
        pane.map = work.map.as_ref().map(|map| map.layer.clone());
    }
    work.picture = Some(opened.picture);
}

fn clear(panes: &mut Query<&mut Pane>, which: Which) {
    for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
        pane.picture = None;
        pane.map = None;
    }
}

/// A network that made a map was described anew, or is another one by now: the map is not its own.
pub(super) fn receive_own_models(
    mut news: MessageReader<OwnModelNews>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut averaging: ResMut<Averaging>,
    mut shown: ResMut<Shown>,
    jobs: Res<Jobs>,
) {
    if current.started {
        let models = Which::ALL.map(|which| state.side(which).model.as_str());
        shown.bypass_change_detection().by("similarity", models);
    }
    for OwnModelNews { id, what } in news.read() {
        if ![OwnModelEvent::Changed, OwnModelEvent::Replaced].contains(what) {
            continue;
        }
        if state.side(Which::A).model == *id {
            averaging.begin_anew();
        }
        let asked = Which::ALL.map(|which| {
            let side = state.side(which);
            side.model == *id && !side.from_file && current.side(which).picture.is_some()
        });
        let pictures = Which::ALL.map(|which| {
            let picture = current.side(which).picture.as_ref();
            picture.map(|picture| picture.sha256.clone())
        });
        let methods = Which::ALL.map(|which| state.side(which).request.method);
        // Then they are two answers of one network, whatever those are now.
        let answers = asked == [true; 2] && pictures[0] == pictures[1] && methods[0] == methods[1];
        for (which, _) in Which::ALL
            .into_iter()
            .zip(asked)
            .filter(|(_, asked)| *asked)
        {
            current.stop(which, &jobs);
            current.side_mut(which).map = None;
            current.maps_stamp += 1;
            let side = state.side_mut(which);
            // It may have other classes.
            side.request.class = ClassChoice::Auto;
            (side.answers, side.explained) = (Vec::new(), None);
            if which == Which::B && answers {
                current.other_answer = true;
                side.status = Status::working("Waiting for the answers of A...");
            } else {
                current.explain(&mut state, which, &jobs);
            }
        }
    }
}

/// Takes what the queue reports about A and B.
pub(super) fn receive(
    mut news: MessageReader<JobNews>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
) {
    for which in Which::ALL {
        if std::mem::take(&mut current.side_mut(which).restore) {
            restore(&mut state, &current, &mut panes, which);
            awake.stay();
        }
    }
    for message in news.read() {
        let Some(which) = current.whose(message.slot, message.ticket) else {
            continue;
        };
        match &message.what {
            What::Notice(notice) => notices.info(sentence(notice)),
            What::Opening => {
                state.side_mut(which).status = Status::working("Opening the network...");
            }
            What::Predicted {
                answers,
                class,
                region,
                ..
            } => {
                let size = current.side(which).picture.as_ref().map(|p| p.size());
                if let Some(size) = size {
                    let [left, top, right, bottom] = region.fractions(size);
                    current.side_mut(which).region = Some(Rect::new(left, top, right, bottom));
                }
                let side = state.side_mut(which);
                side.answers = answers.to_vec();
                side.explained = Some(class.clone());
                side.status = Status::working("Looking for what mattered...");
                if which == Which::A && current.other_answer {
                    explain_another(&mut state, &mut current, &mut pictures);
                }
            }
            What::Progress { done, total } => {
                state.side_mut(which).status = Status::Working {
                    what: "Looking for what mattered...".to_owned(),
                    progress: Progress::Share(*done as f32 / (*total).max(1) as f32),
                };
            }
            What::Draft(layer) => {
                lay(&mut panes, which, &layer.layer(&mut pictures.images));
                awake.stay();
            }
            What::Done(explanation, layer) => {
                let Some(layer) = layer else {
                    continue;
                };
                let layer = layer.layer(&mut pictures.images);
                lay(&mut panes, which, &layer);
                let side = state.side_mut(which);
                side.explained = Some(explanation.class.clone());
                side.range = Some(layer.scale);
                side.status = Status::Done;
                let name = which.letter().to_owned();
                let work = current.side_mut(which);
                let Some(picture) = &work.picture else {
                    continue;
                };
                let source = MapSource::asked(&side.model, picture, explanation);
                work.region = Some(layer.region);
                work.map = Some(Map {
                    named: Named {
                        name,
                        map: std::sync::Arc::new(explanation.map.clone()),
                        source,
                    },
                    region: layer.region,
                    explained: Some(explanation.class.clone()),
                    layer,
                });
                current.maps_stamp += 1;
                awake.stay();
            }
            What::Failed(why) => state.side_mut(which).status = Status::Failed(sentence(why)),
            What::Cancelled => state.side_mut(which).status = Status::Stopped,
        }
    }
    // Also while another tab is shown: a pair that was asked for there gets ready.
    current.follow(&mut state, &pictures.jobs);
}

/// Shows the last finished map again, after another one was stopped half-way.
fn restore(
    state: &mut SimilarityState,
    current: &Current,
    panes: &mut Query<&mut Pane>,
    which: Which,
) {
    let Some(map) = &current.side(which).map else {
        return;
    };
    lay(panes, which, &map.layer);
    if let Some(explained) = &map.explained {
        let side = state.side_mut(which);
        side.request.class = ClassChoice::Class(explained.class);
        side.explained = Some(explained.clone());
    }
}

/// B becomes A's picture with the next answer explained.
fn explain_another(state: &mut SimilarityState, current: &mut Current, pictures: &mut Pictures) {
    current.other_answer = false;
    let class = next_answer(state, ClassChoice::Auto);
    let mut side = state.side(Which::A).clone();
    side.range = state.side(Which::B).range;
    if let Some(class) = class {
        side.request.class = ClassChoice::Class(class);
        let known = side.answers.iter().find(|answer| answer.class == class);
        side.explained = known.cloned();
    }
    *state.side_mut(Which::B) = side;
    if let Some(picture) = current.side(Which::A).picture.clone() {
        current.show(state, Which::B, picture, pictures);
    }
}

fn lay(panes: &mut Query<&mut Pane>, which: Which, layer: &MapLayer) {
    for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
        pane.map = Some(layer.clone());
    }
}

/// Takes what was computed about both maps.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn receive_figures(
    mut commands: Commands,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<(&mut Pane, Option<&mut Intersection>)>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) {
    match Task::poll(&mut current.preparing) {
        Some(Ok(ready)) => {
            let size = ready.prepared.size();
            current.take_ready(&mut state, ready, &mut images);
            if let Some([[a, b], _]) = &current.textures {
                let size = UVec2::new(size.1 as u32, size.0 as u32);
                show_intersection(&mut commands, &mut panes, [a, b], size);
            }
            current.follow(&mut state, &jobs);
            awake.stay();
        }
        Some(Err(why)) => {
            state.figures = super::state::Figures {
                problem: Some(sentence(&why.to_string())),
                ..Default::default()
            };
            (current.ready, current.textures) = (None, None);
        }
        None => {}
    }
    let mut told = |why: TaskError| notices.problem(sentence(&why.to_string()));
    match Task::poll(&mut current.colouring) {
        Some(Ok(colours)) => state.figures.colours = Some(colours),
        Some(Err(why)) => told(why),
        None => {}
    }
    match Task::poll(&mut current.measuring) {
        Some(Ok(similarity)) => state.figures.similarity = Some(similarity),
        Some(Err(why)) => told(why),
        None => {}
    }
}

/// Gives the intersection's pane new maps; spawns it with the first.
fn show_intersection(
    commands: &mut Commands,
    panes: &mut Query<(&mut Pane, Option<&mut Intersection>)>,
    [a, b]: [&Handle<Image>; 2],
    size: UVec2,
) {
    for (mut pane, intersection) in panes.iter_mut() {
        if let Some(mut shown) = intersection
            && pane.id == INTERSECTION
        {
            pane.picture_size = size;
            shown.a.clone_from(a);
            shown.b.clone_from(b);
            // Its shares follow when the frame is drawn.
            shown.values = None;
            return;
        }
    }
    let mut pane = Pane::new(INTERSECTION);
    pane.picture_size = size;
    commands.spawn((
        Name::new("intersection"),
        pane,
        Intersection {
            a: a.clone(),
            b: b.clone(),
            values: None,
            delta: 0,
        },
    ));
}
