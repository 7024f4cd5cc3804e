//! What the workers and the rest of the program report becomes state.

use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy_egui::{EguiContexts, egui};

use super::prepare::{self, Job, News, Opened, Place, Prepared};
use super::requests::{SLOTS, judge, look, look_again, order};
use super::rules::ready;
use super::state::{Ask, Explain, Game, Phase, Status};
use super::systems::Asks;
use super::table::{Kept, Seat, Table};
use crate::guess::Board;
use crate::jobs::{JobNews, Jobs, What, Worker};
use crate::stage::{Strokes, canvas_image};
use crate::tabs::Tab;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::library::Library;
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

/// Takes what the queue reports about this tab's requests.
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
) {
    for message in news.read() {
        let Some(place) = message.slot.0.checked_sub(SLOTS).filter(|n| *n < 100) else {
            continue;
        };
        let (round, network) = ((place / 10) as usize, (place % 10) as usize);
        let Table { seats, worker, .. } = &mut *table;
        let (Some(game), Some(seat), Some(worker)) =
            (&mut explain.game, seats.get_mut(&round), worker.as_ref())
        else {
            continue;
        };
        if seat.tickets.get(&message.slot) != Some(&message.ticket) {
            continue;
        }
        if network == 0 {
            hear_own(game, seat, round, &message.what, worker);
        } else {
            let result = match &message.what {
                What::Done(explanation) => Ok(explanation.clone()),
                What::Failed(why) => Err(why.clone()),
                _ => continue,
            };
            seat.explanations.insert(network - 1, result);
            judge(game, seat, round, network - 1, worker);
        }
    }
}

/// What is reported about the answer that a round is played against.
pub(super) fn hear_own(
    game: &mut Game,
    seat: &Seat,
    round: usize,
    what: &What,
    worker: &Worker<Job, News>,
) {
    let (number, version, shares) = (game.number, game.version, game.shares);
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    match what {
        What::Progress { done, total } => {
            state.status = Status::Looking(Some(*done as f32 / (*total).max(1) as f32));
        }
        What::Done(explanation) => {
            let said = &explanation.class;
            state.said = if said.measured {
                format!("{}, {}", said.label, said.share())
            } else {
                format!("{}, {:.0} % sure", said.label, said.probability * 100.0)
            };
            let job = Job::Prepare {
                place: Place {
                    game: number,
                    version,
                    round,
                },
                explanation: explanation.clone(),
                picture: seat.picture.as_ref().map_or([0; 2], |p| p.size()),
                shares,
            };
            worker.submit(prepare::slot(&job), job);
        }
        What::Failed(why) => state.status = Status::Failed(sentence(why)),
        _ => {}
    }
}

/// Takes what the tab's own thread made.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear_worker(
    mut contexts: EguiContexts,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut images: ResMut<Assets<Image>>,
    mut strokes: ResMut<Strokes>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) -> Result {
    let Table { worker, seats, .. } = &mut *table;
    let Some(worker) = worker else {
        return Ok(());
    };
    let all = worker.news();
    let any = !all.is_empty();
    for news in all {
        awake.stay();
        let Some(game) = &mut explain.game else {
            continue;
        };
        let number = game.number;
        let of_now = |place: Place| (place.game == number).then_some(place.round);
        match news {
            News::Opened { place, result } => {
                if let Some(round) = of_now(place)
                    && let Some(seat) = seats.get_mut(&round)
                {
                    opened(game, seat, round, result, &mut images, &jobs);
                }
            }
            News::Prepared { place, result } => {
                if let Some(round) = of_now(place).filter(|_| place.version == game.version)
                    && let Some(seat) = seats.get_mut(&round)
                {
                    prepared(game, seat, round, result, &mut images, &mut strokes);
                    look_again(game, seat, round, &jobs);
                }
            }
            News::Judged {
                place,
                rival,
                result,
            } => {
                if let Some(round) = of_now(place)
                    && let Some(round) = game.rounds.get_mut(round)
                    && let Some(outcome) = &mut round.outcome
                    && let Some(rival) = outcome.rivals.get_mut(rival)
                {
                    rival.score = Some(result);
                }
            }
            News::Drawn {
                place,
                guess,
                answer,
            } => {
                let ctx = contexts.ctx_mut()?;
                let texture = |what: &str, image: &image::RgbImage| {
                    let size = [image.width() as usize, image.height() as usize];
                    let pixels = egui::ColorImage::from_rgb(size, image.as_raw());
                    ctx.load_texture(what, pixels, egui::TextureOptions::LINEAR)
                };
                if let Some(round) = of_now(place)
                    && let Some(round) = game.rounds.get_mut(round)
                    && let Some(outcome) = &mut round.outcome
                {
                    outcome.cards = Some([texture("guess", &guess), texture("answer", &answer)]);
                }
            }
            News::Defect => {
                notices.problem("A defect in the program stopped this picture; try another one.");
            }
        }
    }
    if any {
        order(&explain, &jobs);
    }
    Ok(())
}

pub(super) fn opened(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    result: Result<Opened, String>,
    images: &mut Assets<Image>,
    jobs: &Jobs,
) {
    match result {
        Ok(Opened { picture, texture }) => {
            seat.picture = Some(picture);
            seat.texture = Some(images.add(texture));
            look(game, seat, round, jobs);
        }
        Err(why) => {
            if let Some(round) = game.rounds.get_mut(round) {
                round.status = Status::Failed(sentence(&why));
            }
        }
    }
}

pub(super) fn prepared(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    result: Result<Box<Prepared>, String>,
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
        Ok(made) => *made,
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
pub(super) fn hear_scores(
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut notices: ResMut<NoticeBoard>,
) {
    let Some(scores) = &table.scores else {
        return;
    };
    for Kept(book, problem) in scores.news() {
        table.keeping = table.keeping.saturating_sub(1);
        if let Some(book) = book {
            explain.book = book;
            explain.ranked = None;
        }
        if let Some(problem) = problem {
            notices.problem(sentence(&problem));
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
