//! Dealing out a game: its pictures, the requests for its answers, what happens when a round is over.

use std::time::SystemTime;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::prepare::{self, Job, News, Place, Source};
use super::state::{Explain, Game, MAX_ROUNDS, Phase, Rival, Round, Status};
use super::table::{Keep, Seat, Table};
use crate::classifier::PictureKind;
use crate::guess::BandShares;
use crate::guess::scores::{Played, ScoreBook, clean_name, timestamp};
use crate::jobs::{ExplainJob, Jobs, Slot, Worker};
use crate::saliency::{MethodParams, Request, Steps};
use crate::tabs::{ComparePair, Side};
use crate::ui::HomeDir;
use crate::ui::library::{Item, Library};
use crate::ui::shell::Shell;

/// First slot of the tab in the queue of explanations: ten for each round.
pub(super) const SLOTS: u64 = 300;
/// Other networks that a round is played against, beside its own.
const MOST_RIVALS: usize = 9;
/// Rounds whose answers are computed ahead.
const AHEAD: usize = 2;

/// The model and the method can be changed in the bar on top: rounds that are not over get new
/// answers, and keep their paint.
pub(super) fn follow_the_bar(explain: &mut Explain, table: &mut Table, shell: &Shell, jobs: &Jobs) {
    let (Some(game), Some(model)) = (&mut explain.game, shell.model()) else {
        return;
    };
    if game.model.0 == model.id && game.method == shell.method {
        return;
    }
    game.model = (model.id.clone(), model.name.clone());
    game.method = shell.method;
    game.version += 1;
    for place in 0..game.rounds.len() {
        let open = game
            .rounds
            .get(place)
            .is_some_and(|round| round.outcome.is_none());
        let Some(seat) = table.seats.get_mut(&place).filter(|_| open) else {
            continue;
        };
        drop_requests(seat, jobs);
        seat.rivals = rivals(shell, &game.model.0);
        if seat.picture.is_some() {
            look(game, seat, place, jobs);
        }
    }
}

pub(super) fn drop_requests(seat: &mut Seat, jobs: &Jobs) {
    for slot in seat.tickets.keys() {
        jobs.explain.cancel(*slot);
    }
    seat.tickets.clear();
    seat.explanations.clear();
}

/// Begins a game.
pub(super) fn begin(
    explain: &mut Explain,
    table: &mut Table,
    library: &Library,
    shell: &Shell,
    jobs: &Jobs,
    same: bool,
) {
    let Some(model) = shell.model() else {
        explain.game = None;
        return;
    };
    let playable = |item: &&Item| item.kind == PictureKind::Photo && !item.broken;
    let again: Vec<u64> = explain
        .game
        .as_ref()
        .filter(|_| same)
        .map(|game| game.rounds.iter().map(|round| round.item).collect())
        .unwrap_or_default();
    let mut items: Vec<&Item> = if again.is_empty() {
        let ticked = &explain.setup.ticked;
        let wanted = |item: &&Item| {
            if ticked.is_empty() {
                !item.own
            } else {
                ticked.contains(&item.id)
            }
        };
        library
            .items()
            .iter()
            .filter(playable)
            .filter(wanted)
            .collect()
    } else {
        let find = |id: &u64| library.items().iter().find(|item| item.id == *id);
        again.iter().filter_map(find).collect()
    };
    // The first game is the same for everybody; later ones surprise.
    if table.games > 0 && !same {
        let seed = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(table.games, |since| since.as_nanos() as u64);
        items.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    let count = (explain.setup.rounds as usize).clamp(1, MAX_ROUNDS);
    items.truncate(count);
    for seat in table.seats.values_mut() {
        drop_requests(seat, jobs);
    }
    table.seats.clear();
    table.clock = None;
    table.games += 1;
    explain.setup_open = false;
    explain.said = None;
    (explain.wipe, explain.wiping) = (0.0, false);
    if items.is_empty() {
        explain.game = None;
        return;
    }
    let percent = explain.setup.shares.map(|share| f64::from(share) / 100.0);
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    explain.game = Some(Game {
        number: table.games,
        version: 0,
        id: format!("{}.{:09}", since.as_secs(), since.subsec_nanos()),
        phase: Phase::Playing,
        at: 0,
        rounds: items
            .iter()
            .map(|item| {
                let alt = if item.alternative.is_empty() {
                    "a picture of your own"
                } else {
                    &item.alternative
                };
                Round::new(item.id, &item.name, alt)
            })
            .collect(),
        model: (model.id.clone(), model.name.clone()),
        method: shell.method,
        shares: BandShares::new(percent).unwrap_or_default(),
        limit: explain
            .setup
            .limited
            .then_some(f64::from(explain.setup.limit_secs)),
    });
    for place in 0..items.len() {
        let seat = Seat {
            rivals: rivals(shell, &model.id),
            ..Seat::default()
        };
        table.seats.insert(place, seat);
    }
    ahead(explain, table, library);
}

/// The other installed networks: identifier and name.
pub(super) fn rivals(shell: &Shell, model: &str) -> Vec<(String, String)> {
    shell
        .models
        .iter()
        .filter(|other| other.installed && other.id != model)
        .take(MOST_RIVALS)
        .map(|other| (other.id.clone(), other.name.clone()))
        .collect()
}

/// Opens the picture that is played and the next ones; what lies behind is let go.
pub(super) fn ahead(explain: &mut Explain, table: &mut Table, library: &Library) {
    let Some(game) = &mut explain.game else {
        return;
    };
    let (at, number, version) = (game.at, game.number, game.version);
    for (place, seat) in &mut table.seats {
        if *place < at {
            (seat.texture, seat.painted, seat.answer, seat.segments) = (None, None, None, None);
        }
    }
    let rounds = game.rounds.iter_mut().enumerate();
    for (round, state) in rounds.skip(at).take(AHEAD) {
        if state.status != Status::Ahead {
            continue;
        }
        let item = library
            .position(state.item)
            .and_then(|index| library.get(index));
        let source = item.and_then(|item| {
            let memory = item.picture.clone().map(Source::Memory);
            memory.or(item.path.clone().map(Source::File))
        });
        let (Some(source), Some(worker)) = (source, &table.worker) else {
            state.status = Status::Failed("The picture is not there any more.".to_owned());
            continue;
        };
        state.status = Status::Opening;
        let job = Job::Open {
            place: Place {
                game: number,
                version,
                round,
            },
            source,
            name: state.name.clone(),
            alt: state.alt.clone(),
        };
        worker.submit(prepare::slot(&job), job);
    }
}

/// Asks the round's own network.
pub(super) fn look(game: &mut Game, seat: &mut Seat, round: usize, jobs: &Jobs) {
    let Some(picture) = seat.picture.clone() else {
        return;
    };
    let slot = slot_of(round, 0);
    let job = ExplainJob {
        picture,
        model: game.model.0.clone(),
        request: request(game),
    };
    // Somebody waits for the picture on the stage; the next ones have time.
    let ticket = if round == game.at {
        jobs.explain.submit(slot, job)
    } else {
        jobs.explain.submit_later(slot, job)
    };
    seat.tickets.insert(slot, ticket);
    if let Some(round) = game.rounds.get_mut(round) {
        round.status = Status::Looking(None);
    }
}

/// A round came onto the stage: what was computed ahead for it is now waited for.
pub(super) fn hurry(explain: &mut Explain, table: &mut Table, jobs: &Jobs) {
    if let Some(game) = &mut explain.game
        && let at = game.at
        && let Some(seat) = table.seats.get_mut(&at)
        // One that is being computed is left to it.
        && game.round().map(|round| &round.status) == Some(&Status::Looking(None))
    {
        look(game, seat, at, jobs);
    }
    order(explain, jobs);
}

/// Answers that somebody plays against go first, those of the other networks after them: the next
/// picture is to be there at once, and whose eyes one has can wait a little.
pub(super) fn order(explain: &Explain, jobs: &Jobs) {
    let Some(game) = &explain.game else {
        return;
    };
    let open = game.at..game.rounds.len().min(game.at + AHEAD);
    let own = open.map(|round| slot_of(round, 0));
    let rivals = (1..=MOST_RIVALS).map(|network| slot_of(game.at, network));
    let slots: Vec<Slot> = own.chain(rivals).collect();
    jobs.explain.bring_forward(&slots);
}

/// Asks the other networks, when nobody waits for anything else.
pub(super) fn look_again(game: &Game, seat: &mut Seat, round: usize, jobs: &Jobs) {
    let Some(picture) = seat.picture.clone() else {
        return;
    };
    for (rival, (model, _)) in seat.rivals.iter().enumerate() {
        let slot = slot_of(round, rival + 1);
        let job = ExplainJob {
            picture: picture.clone(),
            model: model.clone(),
            request: request(game),
        };
        let ticket = jobs.explain.submit_later(slot, job);
        seat.tickets.insert(slot, ticket);
    }
}

pub(super) fn request(game: &Game) -> Request {
    // The same as in "See why", so that a map known there is known here.
    Request {
        method: game.method,
        params: MethodParams {
            steps: Some(Steps::Auto),
            ..MethodParams::default()
        },
        ..Request::default()
    }
}

pub(super) fn slot_of(round: usize, network: usize) -> Slot {
    Slot(SLOTS + 10 * round as u64 + network as u64)
}

/// A round is over: its score is kept, the other networks' scores and the cards are made.
pub(super) fn over(explain: &mut Explain, table: &mut Table, home: &HomeDir) {
    let nickname = clean_name(&explain.setup.nickname);
    let Some(game) = &mut explain.game else {
        return;
    };
    let (at, of) = (game.at, game.rounds.len());
    let place = Place {
        game: game.number,
        version: game.version,
        round: at,
    };
    let (Some(seat), Some(round)) = (table.seats.get(&at), game.rounds.get_mut(at)) else {
        return;
    };
    let (Some(outcome), Some(board), Some(picture), Some(region)) =
        (&mut round.outcome, &round.board, &seat.picture, seat.region)
    else {
        return;
    };
    outcome.rivals = seat
        .rivals
        .iter()
        .map(|(model, name)| Rival {
            model: model.clone(),
            name: name.clone(),
            score: None,
        })
        .collect();
    let played = Played {
        game: game.id.clone(),
        round: at as u32 + 1,
        of: of as u32,
        date: timestamp(SystemTime::now()),
        nickname,
        model: game.model.0.clone(),
        method: game.method.id().to_owned(),
        picture: round.name.clone(),
        sha256: picture.sha256.clone(),
        score: outcome.score.score,
        found: outcome.score.bands.map(|band| band.recall.unwrap_or(0.0)),
        hints: round.hints,
        seconds: outcome.seconds,
    };
    if let Some(scores) = &table.scores {
        table.kept += 1;
        table.keeping += 1;
        let book = Box::new(explain.book.clone());
        let job = Keep::Keep(ScoreBook::path(home), book, Box::new(played));
        scores.submit(Slot(table.kept), job);
    }
    let Some(worker) = &table.worker else {
        return;
    };
    let job = Job::Draw {
        place,
        picture: picture.clone(),
        region,
        painting: outcome.painting.clone(),
        answer: board.answer().clone(),
    };
    worker.submit(prepare::slot(&job), job);
    for rival in 0..seat.rivals.len() {
        judge(game, seat, at, rival, worker);
    }
}

/// Scores the painting of a round that is over against another network, as soon as both are there.
pub(super) fn judge(
    game: &mut Game,
    seat: &Seat,
    round: usize,
    rival: usize,
    worker: &Worker<Job, News>,
) {
    let (game_number, version, shares) = (game.number, game.version, game.shares);
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    let (Some(outcome), Some(region)) = (&mut state.outcome, seat.region) else {
        return;
    };
    match seat.explanations.get(&rival) {
        Some(Ok(explanation)) => {
            let job = Job::Judge {
                place: Place {
                    game: game_number,
                    version,
                    round,
                },
                rival,
                explanation: explanation.clone(),
                region,
                painting: outcome.painting.clone(),
                shares,
            };
            worker.submit(prepare::slot(&job), job);
        }
        Some(Err(why)) => {
            if let Some(rival) = outcome.rivals.get_mut(rival) {
                rival.score = Some(Err(why.clone()));
            }
        }
        None => {}
    }
}

/// The round's answer beside another network's.
pub(super) fn pair(explain: &Explain, table: &Table, model: &str) -> Option<ComparePair> {
    let game = explain.game.as_ref()?;
    let seat = table.seats.get(&game.at)?;
    let picture = seat.picture.clone()?;
    let (_, name) = seat.rivals.iter().find(|(id, _)| id == model)?;
    let side = |model: &str, name: &str| Side {
        name: name.to_owned(),
        picture: picture.clone(),
        model: model.to_owned(),
        request: request(game),
    };
    Some(ComparePair {
        a: side(&game.model.0, &game.model.1),
        b: side(model, name),
    })
}
