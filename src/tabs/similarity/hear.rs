//! What the workers report becomes state and textures. These systems run while other tabs are shown
//! too: news come once.

use bevy::prelude::*;

use super::average::Averaging;
use super::current::{Current, Map, map_name};
use super::differ::next_answer;
use super::state::{SimilarityState, Status, Which};
use super::systems::VersionMaker;
use super::versions::Made;
use super::work::{Job, Named, News};
use super::{INTERSECTION, PANES, SAVING};
use crate::jobs::{BackgroundNews, JobNews, Jobs, What};
use crate::saliency::colormap::Scale;
use crate::saliency::{ClassChoice, SaliencyMap};
use crate::stage::{Intersection, Pane, map_layer};
use crate::tabs::save::MapSource;
use crate::ui::library::Library;
use crate::ui::widgets::Progress;
use crate::ui::{Awake, NoticeBoard, sentence};

/// Takes pictures that were read and textures that were made.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear_background(
    mut news: MessageReader<BackgroundNews>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    averaging: Res<Averaging>,
    library: Res<Library>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        match message {
            BackgroundNews::Picture { item, result } => {
                for which in Which::ALL {
                    if current.side(which).opening != Some(*item) {
                        continue;
                    }
                    current.side_mut(which).opening = None;
                    match result {
                        Ok(picture) => {
                            // The library's copy has the better name and text.
                            let named = library
                                .position(*item)
                                .and_then(|index| library.get(index)?.picture.clone());
                            let picture = named.unwrap_or_else(|| picture.clone());
                            current.show(&mut state, which, picture, &jobs);
                        }
                        Err(why) => {
                            // What is on the stage is not what is chosen: it would lie.
                            clear(&mut panes, which);
                            let work = current.side_mut(which);
                            (work.picture, work.map) = (None, None);
                            state.side_mut(which).status = Status::Failed(sentence(why));
                        }
                    }
                }
            }
            BackgroundNews::Texture { item, image } => {
                let Some(which) = Which::ALL
                    .into_iter()
                    .find(|which| current.side(*which).texture == Some(*item))
                else {
                    continue;
                };
                let Some(made) = image.lock().ok().and_then(|mut image| image.take()) else {
                    continue;
                };
                let work = current.side_mut(which);
                work.texture = None;
                let Some(picture) = work.picture.clone() else {
                    continue;
                };
                let handle = images.add(made);
                let from_file = state.side(which).from_file;
                for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
                    pane.picture = Some(handle.clone());
                    pane.picture_size = UVec2::from(picture.size());
                    pane.map = match (&current.side(which).map, from_file) {
                        (Some(map), true) => {
                            Some(map_layer(&map.named.map, map.region, &mut images))
                        }
                        _ => None,
                    };
                }
                if !from_file {
                    let work = current.side_mut(which);
                    (work.region, work.map) = (None, None);
                    current.explain(&mut state, which, &jobs);
                }
                awake.stay();
            }
            BackgroundNews::Where { item, path } if *item == SAVING => {
                if let (Some(parent), Some(of), Some(sources), Some(comparing)) =
                    (path, &current.ready, &current.sources, &current.comparing)
                {
                    let [a, b] = Which::ALL.map(|which| &state.side(which).name);
                    comparing.submit(Job::Save {
                        of: of.clone(),
                        sources: sources.clone(),
                        options: super::current::options(&state),
                        name: format!("{a} and {b}"),
                        parent: parent.clone(),
                        work: jobs.work().clone(),
                    });
                    notices.info("Saving...");
                }
            }
            BackgroundNews::Where {
                item,
                path: Some(folder),
            } if *item == super::average::SAVING => {
                super::average::save(&state, &averaging, folder.clone(), &jobs, &mut notices);
            }
            // The dialog is closed: what comes next was not asked for by a side.
            BackgroundNews::Picked(_) => current.target = Which::B,
            _ => {}
        }
    }
}

fn clear(panes: &mut Query<&mut Pane>, which: Which) {
    for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
        pane.picture = None;
        pane.map = None;
    }
}

/// Takes what the queue reports about A and B.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) {
    for which in Which::ALL {
        if std::mem::take(&mut current.side_mut(which).restore) {
            restore(&mut state, &current, &mut panes, &mut images, which);
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
                    explain_another(&mut state, &mut current, &jobs);
                }
            }
            What::Progress { done, total } => {
                state.side_mut(which).status = Status::Working {
                    what: "Looking for what mattered...".to_owned(),
                    progress: Progress::Share(*done as f32 / (*total).max(1) as f32),
                };
            }
            What::Draft(map) => {
                if let Some(region) = current.side(which).region {
                    lay(&mut panes, &mut images, which, map, region);
                    awake.stay();
                }
            }
            What::Done(explanation) => {
                let size = current.side(which).picture.as_ref().map(|p| p.size());
                let [left, top, right, bottom] =
                    explanation.region.fractions(size.unwrap_or([1, 1]));
                let region = Rect::new(left, top, right, bottom);
                lay(&mut panes, &mut images, which, &explanation.map, region);
                let side = state.side_mut(which);
                side.explained = Some(explanation.class.clone());
                side.range = Some(Scale::of(&explanation.map));
                side.status = Status::Done;
                let name = which.letter().to_owned();
                let work = current.side_mut(which);
                let Some(picture) = &work.picture else {
                    continue;
                };
                let source = MapSource::asked(&side.model, picture, explanation);
                work.region = Some(region);
                work.map = Some(Map {
                    named: Named {
                        name,
                        map: std::sync::Arc::new(explanation.map.clone()),
                        source,
                    },
                    region,
                    explained: Some(explanation.class.clone()),
                });
                current.maps_stamp += 1;
                awake.stay();
            }
            What::Failed(why) => state.side_mut(which).status = Status::Failed(sentence(why)),
            What::Cancelled => state.side_mut(which).status = Status::Stopped,
        }
    }
    // Also while another tab is shown: a pair that was asked for there gets ready.
    current.follow(&mut state);
}

/// Shows the last finished map again, after another one was stopped half-way.
fn restore(
    state: &mut SimilarityState,
    current: &Current,
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    which: Which,
) {
    let Some(map) = &current.side(which).map else {
        return;
    };
    lay(panes, images, which, &map.named.map, map.region);
    if let Some(explained) = &map.explained {
        let side = state.side_mut(which);
        side.request.class = ClassChoice::Class(explained.class);
        side.explained = Some(explained.clone());
    }
}

/// B becomes A's picture with the next answer explained.
fn explain_another(state: &mut SimilarityState, current: &mut Current, jobs: &Jobs) {
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
        current.show(state, Which::B, picture, jobs);
    }
}

fn lay(
    panes: &mut Query<&mut Pane>,
    images: &mut Assets<Image>,
    which: Which,
    map: &SaliencyMap,
    region: Rect,
) {
    for mut pane in panes.iter_mut().filter(|p| p.id == PANES[which.index()]) {
        pane.map = Some(map_layer(map, region, images));
    }
}

/// Takes what the tab's own threads report.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear_threads(
    mut commands: Commands,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<(&mut Pane, Option<&mut Intersection>)>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    maker: Res<VersionMaker>,
    jobs: Res<Jobs>,
) {
    let news = current.comparing.as_ref().map(super::work::Comparing::news);
    for report in news.into_iter().flatten() {
        match report {
            News::Ready(ready) => {
                let size = ready.prepared.size();
                current.take_ready(&mut state, *ready, &mut images);
                if let Some([[a, b], _]) = &current.textures {
                    let size = UVec2::new(size.1 as u32, size.0 as u32);
                    show_intersection(&mut commands, &mut panes, [a, b], size);
                }
                current.follow(&mut state);
                awake.stay();
            }
            News::Unfit { stamp, why } if stamp == current.stamp => {
                state.figures = super::state::Figures {
                    problem: Some(sentence(&why)),
                    ..Default::default()
                };
                (current.ready, current.textures) = (None, None);
            }
            News::Colours { of, colours } if is_now(&current, &of) => {
                current.asked.heard[0] = true;
                state.figures.colours = Some(colours);
            }
            News::Figures { of, similarity } if is_now(&current, &of) => {
                current.asked.heard[1] = true;
                state.figures.similarity = Some(similarity);
            }
            News::Read {
                which,
                path,
                result,
            } => match result {
                Ok(map) => {
                    let name = map_name(&path);
                    current.show_map(&mut state, which, name, map, &jobs);
                    current.follow(&mut state);
                }
                Err(why) => {
                    let side = state.side_mut(which);
                    side.status = if side.range.is_some() {
                        Status::Done
                    } else {
                        Status::Empty
                    };
                    notices.problem(sentence(&why));
                }
            },
            News::Saved(Ok(folder)) => notices.info(format!("Saved in {}.", folder.display())),
            News::Saved(Err(why)) => notices.problem(sentence(&why)),
            News::Broken => {
                broken(&mut state, &current);
                notices
                    .problem("A defect in the program stopped this comparison. Choose other maps.");
            }
            News::Unfit { .. } | News::Colours { .. } | News::Figures { .. } => {}
        }
    }
    for answer in maker.0.iter().flat_map(super::versions::Versions::news) {
        match answer.made {
            Ok(Made::Picture { picture, .. }) => current.show(&mut state, Which::B, picture, &jobs),
            // Only pictures are asked for here.
            Ok(Made::Map(_)) => {}
            Err(why) => state.side_mut(Which::B).status = Status::Failed(sentence(&why)),
        }
    }
}

/// The thread stopped at a defect: a map that it was reading does not come any more.
pub(super) fn broken(state: &mut SimilarityState, current: &Current) {
    for which in Which::ALL {
        let work = current.side(which);
        let waits = work.ticket.is_some() || work.opening.is_some() || work.texture.is_some();
        let side = state.side_mut(which);
        if side.status.is_working() && !waits {
            side.status = Status::Failed("This map cannot be read. Choose another one.".to_owned());
        }
    }
}

fn is_now(current: &Current, of: &std::sync::Arc<crate::compare::Prepared>) -> bool {
    let ready = current.ready.as_ref();
    ready.is_some_and(|ready| std::sync::Arc::ptr_eq(ready, of))
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
