//! The networks are asked for answers: the round's own one, those of the next rounds ahead, the
//! other networks'. In which order, and what becomes of them.

use super::prepare;
use super::state::{Explain, Game, Status};
use super::table::{Seat, Table};
use crate::jobs::{ExplainJob, Jobs, Lane, Reporter, Slot, Tasks, Urgency};
use crate::saliency::ClassChoice;
use crate::tabs::{ComparePair, Side};
use crate::ui::Session;
use crate::ui::shell::Shell;

/// First slot of the tab in the queue of explanations: ten for each round.
pub(super) const SLOTS: u64 = 300;
/// Other networks that a round is played against, beside its own.
const MOST_RIVALS: usize = 9;
/// Rounds whose answers are computed ahead.
pub(super) const AHEAD: usize = 2;

/// The model and the method can be changed in the bar on top: rounds that are not over get new
/// answers, and keep their paint.
pub(super) fn follow_the_bar(
    explain: &mut Explain,
    table: &mut Table,
    (shell, session): (&Shell, &Session),
    jobs: &Jobs,
) {
    let (Some(game), Some(model)) = (&mut explain.game, shell.model()) else {
        return;
    };
    let question = session.question(shell.method, ClassChoice::Auto);
    if game.model.0 == model.id && game.question == question {
        return;
    }
    game.model = (model.id.clone(), model.name.clone());
    game.question = question;
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
    seat.preparing = None;
    seat.judging = Tasks::default();
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

/// Asks the round's own network.
pub(super) fn look(game: &mut Game, seat: &mut Seat, round: usize, jobs: &Jobs) {
    let Some(picture) = seat.picture.clone() else {
        return;
    };
    let slot = slot_of(round, 0);
    let job = ExplainJob {
        picture,
        model: game.model.0.clone(),
        request: game.question.clone(),
        on_stage: false,
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
    for rival in 0..seat.rivals.len() {
        ask_rival(game, seat, (round, rival), jobs);
    }
}

fn ask_rival(game: &Game, seat: &mut Seat, (round, rival): (usize, usize), jobs: &Jobs) {
    let (Some(picture), Some((model, _))) = (seat.picture.clone(), seat.rivals.get(rival)) else {
        return;
    };
    let slot = slot_of(round, rival + 1);
    let job = ExplainJob {
        picture,
        model: model.clone(),
        request: game.question.clone(),
        on_stage: false,
    };
    let ticket = jobs.explain.submit_later(slot, job);
    seat.tickets.insert(slot, ticket);
}

/// The networks that rounds which are not over are played against, their own first.
pub(super) fn asked<'a>(game: &'a Game, table: &'a Table) -> impl Iterator<Item = &'a str> {
    let seats = (0..game.rounds.len()).filter(move |place| is_open(game, *place));
    let rivals = seats.filter_map(move |place| table.seats.get(&place));
    let rivals = rivals.flat_map(|seat| seat.rivals.iter().map(|(id, _)| id.as_str()));
    let own = (0..game.rounds.len()).any(|place| is_open(game, place));
    own.then_some(game.model.0.as_str())
        .into_iter()
        .chain(rivals)
}

fn is_open(game: &Game, round: usize) -> bool {
    let round = game.rounds.get(round);
    round.is_some_and(|round| round.outcome.is_none())
}

/// A network is another one by now: rounds that are not over get its new answers and keep their paint. Those
/// that are over keep what they were scored against.
pub(super) fn ask_anew(game: &mut Game, table: &mut Table, model: &str, jobs: &Jobs) {
    for place in 0..game.rounds.len() {
        let open = is_open(game, place);
        let Some(seat) = table.seats.get_mut(&place).filter(|_| open) else {
            continue;
        };
        if game.model.0 == model {
            drop_requests(seat, jobs);
            if seat.picture.is_some() {
                look(game, seat, place, jobs);
            }
            continue;
        }
        let Some(rival) = seat.rivals.iter().position(|(id, _)| id == model) else {
            continue;
        };
        let slot = slot_of(place, rival + 1);
        // One that was not asked yet will be.
        if seat.tickets.remove(&slot).is_some() {
            jobs.explain.cancel(slot);
            seat.explanations.remove(&rival);
            ask_rival(game, seat, (place, rival), jobs);
        }
    }
}

pub(super) fn slot_of(round: usize, network: usize) -> Slot {
    Slot(SLOTS + 10 * round as u64 + network as u64)
}

/// Scores the painting of a round that is over against another network, as soon as both are there.
pub(super) fn judge(game: &mut Game, seat: &mut Seat, round: usize, rival: usize, jobs: &Jobs) {
    let shares = game.shares;
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    let (Some(outcome), Some(region)) = (&mut state.outcome, seat.region) else {
        return;
    };
    match seat.explanations.get(&rival) {
        Some(Ok(explanation)) => {
            let (explanation, painting) = (explanation.clone(), outcome.painting.clone());
            let work =
                move |_: &Reporter<'_>| prepare::judge(&explanation, region, &painting, shares);
            let task = jobs.run(Lane::Figures, Urgency::Later, work);
            seat.judging.insert(rival, task);
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
        request: game.question.clone(),
    };
    Some(ComparePair {
        a: side(&game.model.0, &game.model.1),
        b: side(model, name),
        delta: None,
    })
}
