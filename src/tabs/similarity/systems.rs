//! The tab's systems of a frame: what is drawn, and what was asked for.

use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::average::Averaging;
use super::comparison;
use super::current::Current;
use super::middle::Answers;
use super::state::{Agreement, Arrangement, Ask, Reading, SimilarityState, Status, View, Which};
use super::{INTERSECTION, LINK, PANES, Props, tab_ui};
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::picture::Picture;
use crate::saliency::ClassChoice;
use crate::stage::{Intersection, LinkedView, Pane, StageFrame};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::{Asked, Body, Session, ShellState, WayBack, area};

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// Spawns the panes.
pub(super) fn start(mut commands: Commands) {
    for (which, id) in Which::ALL.into_iter().zip(PANES) {
        let name = Name::new(format!("picture {}", which.letter()));
        commands.spawn((name, Pane::new(id), LinkedView(LINK)));
    }
    super::average::spawn(&mut commands);
}

/// The first visit: what "See why" shows, beside the same picture with the next answer explained.
pub(super) fn enter(
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut pictures: Pictures,
    session: Res<Session>,
    shell: Res<ShellState>,
) {
    let model = shell.model().map(|model| model.id.clone());
    current.shell = model.clone().map(|model| (model, shell.method));
    if current.started {
        return;
    }
    for side in &mut state.sides {
        side.model = model.clone().unwrap_or_default();
        side.request = session.question(shell.method, ClassChoice::Auto);
    }
    let first = session
        .picture
        .or((!pictures.library.items().is_empty()).then_some(0));
    if let Some(first) = first {
        current.other_answer = true;
        current.choose(&mut state, Which::A, first, &mut pictures);
        let side = state.side_mut(Which::B);
        side.status = Status::working("Waiting for the answers of A...");
    }
}

/// Draws the tab and puts the panes where the pictures go.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut state: ResMut<SimilarityState>,
    mut library: ResMut<Library>,
    mut current: ResMut<Current>,
    mut averaging: ResMut<Averaging>,
    mut asks: ResMut<Asks>,
    mut frame: ResMut<StageFrame>,
    mut panes: Query<(&mut Pane, Option<&mut Intersection>)>,
    shell: Res<ShellState>,
    asked: Res<Asked>,
    back: Res<WayBack>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if state.way_back != back.0 {
        state.way_back = back.0;
    }
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    let thumbs = library.thumbs(ctx, |item| {
        item.kind == crate::classifier::PictureKind::Photo
    });
    let items: Vec<u64> = library.items().iter().map(|item| item.id).collect();
    if state.view == View::Average {
        super::average::list(ctx, &mut state, &mut averaging, &library, &thumbs);
    }
    let Current {
        work,
        ready,
        textures,
        ..
    } = &mut *current;
    let mut count = |delta, by_value| Agreement::of(ready.as_ref()?, delta, by_value);
    let work = &*work;
    let read = |which: Which, place: Vec2| reading(work, which, place);
    let mut root = area(ctx, "similarity", body.0);
    tab_ui(
        &mut root,
        &mut state,
        &Props {
            thumbs: &thumbs,
            items: &items,
            models: &shell.models,
        },
        &mut Answers {
            count: &mut count,
            read: &read,
            average: &|place| {
                super::average::reading(&work[Which::A.index()], Some(&averaging), place)
            },
        },
        &mut frame,
        &mut asks.0,
    );
    let rings = match state.view {
        View::TwoMaps => state
            .pointed
            .map_or([None; 2], |(which, place)| read(which, place).places),
        View::Average => [state.average.pointed; 2],
    };
    for (mut pane, intersection) in &mut panes {
        super::average::dress(&mut pane, &state);
        if let Some(which) = Which::ALL.into_iter().find(|w| PANES[w.index()] == pane.id) {
            dress(&mut pane, &state, which, rings[which.index()]);
        }
        if let (Some(mut shown), Some([_, shares])) = (intersection, &*textures)
            && pane.id == INTERSECTION
        {
            let values = state.by_value.then(|| shares.clone());
            if shown.delta != state.delta() || shown.values != values {
                shown.delta = state.delta();
                shown.values = values;
            }
        }
    }
    Ok(())
}

/// Tells a pane how its map is shown; writes only what is new.
fn dress(pane: &mut Mut<Pane>, state: &SimilarityState, which: Which, ring: Option<Vec2>) {
    let side = state.side(which);
    let mut overlay = state.overlay.on_stage();
    let other = match state.view {
        View::TwoMaps => state.side(which.other()).range,
        View::Average => state.average.summary.as_ref().map(|summary| summary.mean),
    };
    if state.shared_scale
        && let (Some(a), Some(b)) = (side.range, other)
    {
        overlay.scale = Some(super::average::both(a, b));
    }
    if side.from_file {
        // There is no picture under it to be seen.
        overlay.opacity = 1.0;
    }
    let clip = match (state.arrangement, which) {
        _ if state.view == View::Average => (0.0, 1.0),
        (Arrangement::Wipe, Which::A) => (0.0, state.wipe / 100.0),
        (Arrangement::Wipe, Which::B) => (state.wipe / 100.0, 1.0),
        _ => (0.0, 1.0),
    };
    if pane.overlay != overlay || pane.clip != clip || pane.marker != ring {
        pane.overlay = overlay;
        pane.clip = clip;
        pane.marker = ring;
    }
}

/// What both maps hold at one place: the same place of what the networks saw.
fn reading(work: &[super::current::SideWork; 2], which: Which, place: Vec2) -> Reading {
    let region = |which: Which| {
        let work = &work[which.index()];
        work.map.as_ref().map(|map| map.region).or(work.region)
    };
    let Some(own) = region(which) else {
        return Reading::default();
    };
    let seen = (place - own.min) / own.size();
    let mut reading = Reading::default();
    for which in Which::ALL {
        let Some(region) = region(which) else {
            continue;
        };
        reading.places[which.index()] = Some(region.min + seen * region.size());
        let within = seen.min_element() >= 0.0 && seen.max_element() < 1.0;
        if let (true, Some(map)) = (within, &work[which.index()].map) {
            let values = &map.named.map.values;
            let (rows, columns) = values.dim();
            let at = (
                (seen.y * rows as f32) as usize,
                (seen.x * columns as f32) as usize,
            );
            reading.values[which.index()] = values.get(at).copied();
        }
    }
    reading
}

/// Puts what another tab handed over on the stage, and shows the tab.
pub(super) fn take_pairs(
    mut pairs: MessageReader<crate::tabs::ComparePair>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut asked: ResMut<Asked>,
    mut pictures: Pictures,
) {
    for pair in pairs.read() {
        current.other_answer = false;
        for (which, side) in Which::ALL.into_iter().zip([&pair.a, &pair.b]) {
            current.stop(which, &pictures.jobs);
            *state.side_mut(which) = super::state::SideState {
                name: side.name.clone(),
                alternative: alternative(&side.picture),
                model: side.model.clone(),
                request: side.request.clone(),
                ..Default::default()
            };
            current.show(&mut state, which, side.picture.clone(), &mut pictures);
        }
        state.view = View::TwoMaps;
        if let Some(delta) = pair.delta {
            // The share that was told where the pair was chosen is the one that is shown.
            state.delta = f32::from(delta);
            (state.by_value, state.shared_scale) = (false, false);
            state.overlay.colormap = crate::tabs::models::COLOURS;
        }
        asked.push(Command::Show(crate::ui::Tab::Similarity));
    }
}

fn alternative(picture: &Picture) -> String {
    picture.alt.clone()
}

/// Reads a map's file for one side.
pub(super) fn read_map(
    current: &mut Current,
    state: &mut SimilarityState,
    which: Which,
    path: &std::path::Path,
    jobs: &Jobs,
) {
    current.stop(which, jobs);
    current.started = true;
    state.side_mut(which).status = Status::working("Reading the map...");
    let path = path.to_owned();
    let work = move |_: &Reporter<'_>| comparison::read(&path);
    current.side_mut(which).reading = Some(jobs.run(Lane::Files, Urgency::Now, work));
}
