//! Picture, answers and map follow what is taken away.

use std::sync::Arc;

use bevy::prelude::*;
use image::RgbImage;

use super::state::{Edit, FillChoice, Search};
use super::work::{About, Answered, CELLS, EditWork, State};
use super::{PANE, SLOT, words};
use crate::jobs::{ExplainJob, Jobs, Task};
use crate::maps::source::Source;
use crate::picture::Picture;
use crate::saliency::colormap::Scale;
use crate::saliency::{ClassChoice, Request, SaliencyMap};
use crate::stage::{MapLayer, Pane, SAFE_SIDE, picture_image};
use crate::tabs::look::state::{Look, Status};
use crate::tabs::look::systems::Current;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::{Awake, Session, sentence};
use crate::what_if::{EditCanvas, EditMask, FlipRecord, changed};

/// Picture, answers and map follow what is taken away.
pub(in crate::tabs::look) fn follow(
    mut look: ResMut<Look>,
    mut work: ResMut<EditWork>,
    current: Res<Current>,
    session: Res<Session>,
    mut pictures: Pictures,
    mut panes: Query<&mut Pane>,
    mut awake: ResMut<Awake>,
) {
    let (work, look) = (&mut *work, &mut *look);
    if !look.editing {
        forget(look, work, &current);
        return;
    }
    if current.picture.is_none() {
        look.editing = false;
        return;
    }
    let chosen = session.picture.and_then(|at| pictures.library.get(at));
    look.edit.fills = fills(&pictures.library, chosen.map(|item| item.id));
    let told = look.edit.told();
    begin(look, work, &current, &pictures.jobs);
    if take_opened(&mut look.edit, work, &mut pictures.images) {
        awake.stay();
    }
    let source = match look.edit.fill {
        FillChoice::Picture(id) => {
            let at = pictures.library.position(id);
            at.and_then(|at| pictures.library.get(at)?.source())
        }
        _ => None,
    };
    fill(&mut look.edit, work, source, &pictures.jobs);
    look.edit.filled = work.filling.as_ref().map(|(now, _)| *now);
    if change(&look.edit, work, &current, &mut pictures.images) {
        awake.stay();
    }
    take_answer(look, work, &current);
    work.ask(&pictures.jobs);
    take_search(&mut look.edit, work);
    map(look, work, &current, &pictures.jobs);
    show(look, work, &current, &mut panes);
    let edit = &mut look.edit;
    let map = shown_map(edit, work, &current);
    let pointed = edit.pointed.filter(|_| !edit.is_drawing());
    edit.reading = map.zip(pointed).and_then(|(map, at)| value_at(map, at));
    // The panels of this frame are drawn already.
    if edit.told() != told {
        awake.stay();
    }
}

/// The finished map that lies over the picture.
fn shown_map<'a>(edit: &Edit, work: &'a EditWork, current: &'a Current) -> Option<&'a SaliencyMap> {
    if edit.before || edit.is_blank() {
        return current.explanation.as_ref().map(|e| &e.map);
    }
    let draft = work.draft.is_some();
    let after = work.after.as_ref().filter(|_| !draft)?;
    Some(&after.explanation.map)
}

/// What a map holds at a place of the picture that it covers, in its fractions.
fn value_at(map: &SaliencyMap, [x, y]: [f32; 2]) -> Option<f32> {
    let (rows, columns) = map.values.dim();
    let at = ((y * rows as f32) as usize, (x * columns as f32) as usize);
    map.values.get(at).copied()
}

/// What was taken away from another picture, or before another network, is over; neither is held.
fn forget(look: &mut Look, work: &mut EditWork, current: &Current) {
    let Some(about) = &work.about else { return };
    let picture = current.picture.as_ref().map(|picture| &picture.sha256);
    let model = current.asked.as_ref().map(|(model, _)| model);
    if picture != Some(&about.picture) || model != Some(&about.model) {
        *work = EditWork::default();
        look.edit.anew();
    }
}

/// What there is to fill with: plain colours, and every other picture of the list.
fn fills(library: &Library, shown: Option<u64>) -> Vec<(FillChoice, String)> {
    let plain = FillChoice::PLAIN.map(|(choice, name)| (choice, name.to_owned()));
    let others = library
        .items()
        .iter()
        .filter(|item| !item.gone && !item.broken && Some(item.id) != shown)
        .map(|item| (FillChoice::Picture(item.id), item.name.clone()));
    plain.into_iter().chain(others).collect()
}

/// Begins anew where picture, network or framing are others than before.
fn begin(look: &mut Look, work: &mut EditWork, current: &Current, jobs: &Jobs) {
    let Some(picture) = &current.picture else {
        return;
    };
    let other = |about: &About| about.picture != picture.sha256;
    if work.about.as_ref().is_some_and(other) || current.opening.is_some() {
        jobs.explain.cancel(SLOT);
        *work = EditWork::default();
        look.edit.anew();
    }
    // Until the map is there, network and framing of the one before still hold.
    let (Status::Done, Some(explanation), Some((model, _))) =
        (&look.status, &current.explanation, &current.asked)
    else {
        return;
    };
    let about = About {
        picture: picture.sha256.clone(),
        model: model.clone(),
        framing: explanation.request.framing,
    };
    if work.about.as_ref() != Some(&about) {
        jobs.explain.cancel(SLOT);
        look.edit.anew();
        work.open(about, picture, jobs);
    }
}

/// Takes the picture as the network sees it; true when it has just come.
fn take_opened(edit: &mut Edit, work: &mut EditWork, images: &mut Assets<Image>) -> bool {
    match Task::poll(&mut work.opening) {
        Some(Ok(opened)) => {
            edit.canvas = Some(EditCanvas::new(opened.scene.shape()));
            edit.parts = Some(opened.parts.clone());
            work.textures[0] = Some(images.add(picture_image(&opened.scene.seen, SAFE_SIDE)));
            work.opened = Some(opened);
            true
        }
        Some(Err(why)) => {
            edit.trouble = Some(sentence(&why.to_string()));
            false
        }
        None => false,
    }
}

/// Sees that what takes the place of what is gone is what was chosen.
fn fill(edit: &mut Edit, work: &mut EditWork, source: Option<Source>, jobs: &Jobs) {
    if let Some((choice, task)) = &work.making
        && let Some(made) = task.take()
    {
        let choice = *choice;
        work.making = None;
        match made {
            Ok(filling) => work.filling = Some((choice, Arc::new(filling))),
            Err(why) => {
                edit.trouble = Some(sentence(&why.to_string()));
                // What is shown and what is chosen are the same.
                edit.fill = work
                    .filling
                    .as_ref()
                    .map_or(FillChoice::Blur, |(now, _)| *now);
            }
        }
    }
    if matches!(edit.fill, FillChoice::Picture(_)) && source.is_none() {
        edit.fill = FillChoice::Blur;
    }
    work.fill(edit.fill, source, jobs);
}

/// The state that the hand has made, where it can be shown.
fn state(edit: &Edit, work: &EditWork) -> Option<State> {
    let (filling, _) = work.filling.as_ref()?;
    Some((edit.canvas.as_ref()?.version(), *filling))
}

/// Makes the picture of the newest state; true when it is a new one.
fn change(edit: &Edit, work: &mut EditWork, current: &Current, images: &mut Assets<Image>) -> bool {
    let (Some(now), Some(opened), Some(canvas)) =
        (state(edit, work), &work.opened, edit.canvas.as_ref())
    else {
        return false;
    };
    if work.edited.as_ref().is_some_and(|(then, _)| *then == now) {
        return false;
    }
    let seen = &opened.scene.seen;
    let pixels: RgbImage = match (canvas.mask(), &work.filling) {
        (Ok(mask), Some((_, filling))) => changed(seen, filling, &mask, canvas.moved()),
        _ => seen.clone(),
    };
    work.textures[1] = Some(images.add(picture_image(&pixels, SAFE_SIDE)));
    let name = current.picture.as_ref().map_or("", |picture| &picture.name);
    let edited = Picture::from_pixels(format!("{name}, changed"), pixels);
    work.edited = Some((now, Arc::new(edited)));
    true
}

/// Takes the network's answer before the panels are drawn, so that it is seen in the frame that it wakes.
pub(in crate::tabs::look) fn take_first(
    mut look: ResMut<Look>,
    mut work: ResMut<EditWork>,
    current: Res<Current>,
) {
    if look.editing && work.asking.is_some() {
        take_answer(&mut look, &mut work, &current);
    }
}

/// Takes the network's answer; the bars show the newest that there is.
fn take_answer(look: &mut Look, work: &mut EditWork, current: &Current) {
    let Some(opened) = &work.opened else { return };
    let mut news = false;
    if look.edit.is_blank()
        && let Some((state, _)) = &work.edited
        && work.answered.as_ref().is_none_or(|a| a.state != *state)
    {
        let logits = opened.scene.logits.clone();
        work.answered = Some(Answered {
            state: *state,
            logits,
        });
        news = true;
    }
    if let Some((state, task)) = &work.asking
        && let Some(answer) = task.take()
    {
        let state = *state;
        work.asking = None;
        match answer {
            Ok(logits) if !look.edit.is_blank() => {
                work.answered = Some(Answered { state, logits });
                news = true;
            }
            Ok(_) => {}
            Err(why) => look.edit.trouble = Some(sentence(&why.to_string())),
        }
    }
    let explained = current.explanation.as_ref().map(|e| e.class.class);
    let marked = look.edit.bars.iter().find(|(_, bar)| bar.marked);
    let other = explained != marked.map(|(class, _)| *class);
    let (Some(answered), Some(explained)) = (&work.answered, explained) else {
        return;
    };
    if news || other {
        let classifier = opened.scene.classifier();
        let sides = [opened.scene.logits.as_slice(), answered.logits.as_slice()];
        let gone = look.edit.canvas.as_ref().and_then(|c| c.mask().ok());
        let moved = look.edit.moved().is_some();
        look.edit.bars = words::bars(classifier, sides, explained);
        look.edit.sentence = gone.map_or_else(String::new, |mask| {
            words::sentence(classifier, sides, mask.share(), moved)
        });
    }
}

/// Takes what the search found.
fn take_search(edit: &mut Edit, work: &mut EditWork) {
    let Some(task) = &work.searching else { return };
    if let Some(&(asked, most)) = task.reports().last() {
        edit.search = Search::Running(asked, most);
    }
    let Some(answer) = task.take() else { return };
    work.searching = None;
    let grid = [CELLS; 2];
    match answer {
        Ok(flip) => {
            edit.search = Search::Over(words::found(&flip, CELLS * CELLS));
            if let Some(canvas) = &mut edit.canvas
                && let Ok(mask) = EditMask::of_parts(&flip.parts, grid, canvas.shape())
            {
                let cells = format!("{} of {} cells", flip.parts.len(), CELLS * CELLS);
                canvas.replace(&mask, &cells);
                edit.before = false;
                work.found = Some((canvas.version(), FlipRecord::of(&flip, grid)));
            }
        }
        Err(why) => {
            edit.search = Search::Idle;
            edit.trouble = Some(sentence(&why.to_string()));
        }
    }
}

/// Asks for the map of the picture without the part, when the hand rests and the answer is there.
fn map(look: &mut Look, work: &mut EditWork, current: &Current, jobs: &Jobs) {
    let resting = !look.edit.is_drawing() && work.searching.is_none();
    let (Some(explanation), Some(answered), Some((state, edited)), Some(opened)) = (
        &current.explanation,
        &work.answered,
        &work.edited,
        &work.opened,
    ) else {
        return;
    };
    if !resting || look.edit.is_blank() || look.working() {
        // Whoever draws is to have the processor.
        if work.ticket.take().is_some() {
            jobs.explain.cancel(SLOT);
            work.mapped = None;
        }
        look.edit.mapping = false;
        return;
    }
    let request = Request {
        framing: opened.scene.framing_of_edited(),
        // The same class, whatever the network says now.
        class: ClassChoice::Class(explanation.class.class),
        ..explanation.request.clone()
    };
    let wanted = (*state, request);
    if answered.state != *state || work.mapped.as_ref() == Some(&wanted) {
        return;
    }
    let Some(about) = &work.about else { return };
    let job = ExplainJob {
        picture: edited.clone(),
        model: about.model.clone(),
        request: wanted.1.clone(),
        on_stage: true,
    };
    work.ticket = Some(jobs.explain.submit(SLOT, job));
    (work.mapped, work.draft) = (Some(wanted), None);
    look.edit.mapping = true;
}

/// Puts the picture and its map on the stage.
fn show(look: &mut Look, work: &EditWork, current: &Current, panes: &mut Query<&mut Pane>) {
    let blank = look.edit.is_blank();
    let before = look.edit.before || blank;
    let whole = Rect::from_corners(Vec2::ZERO, Vec2::ONE);
    // The network sees all of what is shown here.
    let old = current.layer.clone().map(|layer| MapLayer {
        region: whole,
        ..layer
    });
    let new = work.draft.clone();
    let new = new.or_else(|| work.after.as_ref().map(|after| after.layer.clone()));
    let layer = if before { old } else { new.or(old) };
    let [seen, edited] = &work.textures;
    let texture = if before { seen } else { edited };
    let size = work.opened.as_ref().map_or(UVec2::ONE, |opened| {
        UVec2::from(<[u32; 2]>::from(opened.scene.seen.dimensions()))
    });
    let mut overlay = look.overlay.on_stage();
    let after = work.after.as_ref().filter(|_| !blank);
    look.edit.range = None;
    // One scale, so that a map that has faded is seen to have.
    if let (Some(after), Some(explanation)) = (after, &current.explanation) {
        let scale = Scale::shared([&explanation.map, &after.explanation.map]);
        look.edit.range = Some([scale.min, scale.max]);
        overlay.scale = Some(scale);
    }
    for mut pane in panes.iter_mut().filter(|pane| pane.id == PANE) {
        pane.picture.clone_from(texture);
        pane.picture_size = size;
        pane.map.clone_from(&layer);
        if pane.overlay != overlay {
            pane.overlay = overlay;
        }
    }
}
