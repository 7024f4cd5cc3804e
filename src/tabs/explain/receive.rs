//! What the workers and the rest of the program report becomes state.

use std::sync::Arc;

use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy_egui::EguiContexts;

use super::prepare::{Prepared, prepare};
use super::requests::{SLOTS, ask_anew, asked, judge, look, look_again, order};
use super::rules::ready;
use super::state::{Ask, Explain, Game, Phase, Status};
use super::systems::Asks;
use super::table::{Kept, Seat, Table};
use crate::guess::Board;
use crate::jobs::{JobNews, Jobs, Lane, Reporter, Task, Urgency, What};
use crate::stage::{Strokes, canvas_image};
use crate::tabs::bring::{OwnModelEvent, OwnModelNews};
use crate::tabs::watch::Shown;
use crate::ui::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::widgets::texture;
use crate::ui::{Awake, NoticeBoard, sentence};

/// Frames after the graphics device was lost until the paint is given to the new one.
const SETTLING_FRAMES: u32 = 10;

/// Takes up pictures that came in while this tab is shown: they are played with.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut explain: ResMut<Explain>,
    mut asks: ResMut<Asks>,
    library: Res<Library>,
) {
    let mut new = 0;
    for message in arrived.read() {
        if message.tab == Tab::Explain
            && let Arrival::Picture(index) = &message.what
            && let Some(item) = library.get(*index)
        {
            explain.setup.ticked.insert(item.id);
            new += 1;
        }
    }
    if new == 0 {
        return;
    }
    let untouched = explain.board().is_none_or(Board::is_blank);
    let playing = explain
        .game
        .as_ref()
        .is_some_and(|game| game.phase == Phase::Playing && (game.at > 0 || !untouched));
    if playing {
        explain.said = Some("Added. Begin a new game to play with it.".to_owned());
    } else {
        asks.push(Ask::NewGame);
    }
}

/// A network of this game was described anew, or is another one by now.
pub(super) fn receive_own_models(
    mut news: MessageReader<OwnModelNews>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut shown: ResMut<Shown>,
    jobs: Res<Jobs>,
) {
    let game = explain.game.as_ref();
    let asked = game.into_iter().flat_map(|game| asked(game, &table));
    shown.bypass_change_detection().by("explain", asked);
    for OwnModelNews { id, what } in news.read() {
        let other = [OwnModelEvent::Changed, OwnModelEvent::Replaced].contains(what);
        if let Some(game) = explain.game.as_mut().filter(|_| other) {
            ask_anew(game, &mut table, id, &jobs);
        }
    }
}

/// Takes what the queue reports about this tab's requests.
pub(super) fn receive(
    mut news: MessageReader<JobNews>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let Some(place) = message.slot.0.checked_sub(SLOTS).filter(|n| *n < 100) else {
            continue;
        };
        let (round, network) = ((place / 10) as usize, (place % 10) as usize);
        let (Some(game), Some(seat)) = (&mut explain.game, table.seats.get_mut(&round)) else {
            continue;
        };
        if seat.tickets.get(&message.slot) != Some(&message.ticket) {
            continue;
        }
        if network == 0 {
            receive_own(game, seat, round, &message.what, &jobs);
        } else {
            let result = match &message.what {
                What::Done(explanation, _) => Ok(explanation.clone()),
                What::Failed(why) => Err(why.clone()),
                _ => continue,
            };
            seat.explanations.insert(network - 1, result);
            judge(game, seat, round, network - 1, &jobs);
        }
    }
}

/// What is reported about the answer that a round is played against.
pub(super) fn receive_own(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    what: &What,
    jobs: &Jobs,
) {
    let shares = game.shares;
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    match what {
        What::Progress { done, total } => {
            state.status = Status::Looking(Some(*done as f32 / (*total).max(1) as f32));
        }
        What::Done(explanation, _) => {
            let said = &explanation.class;
            state.said = if said.measured {
                format!("{}, {}", said.label, said.share())
            } else {
                format!("{}, {:.0} % sure", said.label, said.probability * 100.0)
            };
            let explanation = explanation.clone();
            let work = move |_: &Reporter<'_>| prepare(&explanation, shares);
            seat.preparing = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
        What::Failed(why) => state.status = Status::Failed(sentence(why)),
        _ => {}
    }
}

/// Takes pictures that were opened, answers that were cut, scores and cards.
pub(super) fn receive_tasks(
    mut contexts: EguiContexts,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut pictures: Pictures,
    mut strokes: ResMut<Strokes>,
    mut awake: ResMut<Awake>,
) -> Result {
    let mut any = false;
    let explain = explain.bypass_change_detection();
    let Some(game) = &mut explain.game else {
        return Ok(());
    };
    for round in 0..game.rounds.len() {
        let Some(seat) = table.seats.get_mut(&round) else {
            continue;
        };
        if let Some(result) = pictures.take(&mut seat.opening) {
            any = true;
            match result {
                Ok(opened) => {
                    seat.picture = Some(opened.picture);
                    seat.texture = Some(opened.texture);
                    look(game, seat, round, &pictures.jobs);
                }
                Err(why) => {
                    if let Some(round) = game.rounds.get_mut(round) {
                        round.status = Status::Failed(sentence(&why));
                    }
                }
            }
        }
        if let Some(result) = Task::poll(&mut seat.preparing) {
            any = true;
            let result = result.map_err(|why| why.to_string());
            let images = &mut pictures.images;
            prepared(game, seat, round, result, images, &mut strokes);
            look_again(game, seat, round, &pictures.jobs);
        }
        let outcome = game.rounds.get_mut(round);
        let Some(outcome) = outcome.and_then(|round| round.outcome.as_mut()) else {
            continue;
        };
        for (rival, result) in seat.judging.finished() {
            any = true;
            if let Some(rival) = outcome.rivals.get_mut(rival) {
                rival.score = Some(result.map_err(|why| why.to_string()));
            }
        }
        // Without its cards a round is told in words.
        if let Some(Ok([guess, answer])) = Task::poll(&mut seat.drawing) {
            any = true;
            let ctx = contexts.ctx_mut()?;
            outcome.cards = Some([
                texture(ctx, "guess", &guess),
                texture(ctx, "answer", &answer),
            ]);
            seat.cards = Some([guess, answer].map(Arc::new));
        }
    }
    if any {
        awake.stay();
        order(explain, &pictures.jobs);
    }
    Ok(())
}

pub(super) fn prepared(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    result: Result<Prepared, String>,
    images: &mut Assets<Image>,
    strokes: &mut Strokes,
) {
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    // A round that is over keeps the answer it was scored against.
    if state.outcome.is_some() {
        return;
    }
    let made = match result {
        Ok(made) => made,
        Err(why) => {
            state.status = Status::Failed(sentence(&why));
            return;
        }
    };
    let size = seat
        .picture
        .as_ref()
        .map_or([1; 2], |picture| picture.size());
    let (height, width) = (made.answer.height(), made.answer.width());
    let fractions = made.region.fractions(size);
    ready(state, made.answer, made.regions, made.yardsticks, fractions);
    seat.region = Some(made.region);
    seat.answer = Some(images.add(made.labels));
    seat.segments = Some(images.add(made.segments));
    let painted = images.add(canvas_image(height, width));
    if let Some(board) = &mut state.board {
        board.take_stamps();
        strokes.draw(&painted, board.all_stamps());
    }
    seat.painted = Some(painted);
}

/// Takes the book of scores as it is on disk now.
pub(super) fn receive_scores(
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut notices: ResMut<NoticeBoard>,
) {
    while let Some(kept) = table.kept() {
        match kept {
            Ok(Kept(book, problem)) => {
                if let Some(book) = book {
                    explain.book = book;
                    explain.ranked = None;
                }
                if let Some(problem) = problem {
                    notices.problem(sentence(&problem));
                }
            }
            Err(why) => notices.problem(sentence(&why.to_string())),
        }
    }
}

/// A graphics device that was lost took the paint with it: the new one gets it again.
pub(super) fn after_a_loss(
    device: Option<Res<RenderDevice>>,
    explain: Res<Explain>,
    mut table: ResMut<Table>,
    mut strokes: ResMut<Strokes>,
    mut awake: ResMut<Awake>,
) {
    if device.is_some_and(|device| device.is_changed() && !device.is_added()) {
        table.lost = SETTLING_FRAMES;
    }
    if table.lost == 0 {
        return;
    }
    table.lost -= 1;
    awake.stay();
    let Some(game) = explain.game.as_ref().filter(|_| table.lost == 0) else {
        return;
    };
    for (place, round) in game.rounds.iter().enumerate() {
        if let Some(board) = &round.board
            && let Some(painted) = table
                .seats
                .get(&place)
                .and_then(|seat| seat.painted.as_ref())
        {
            strokes.draw(painted, board.all_stamps());
        }
    }
}
