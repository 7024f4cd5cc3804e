//! Dealing out a game: its pictures, what is opened ahead, what happens when a round is over.

use std::time::SystemTime;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::prepare::card;
use super::requests::{AHEAD, drop_requests, judge, rivals};
use super::state::{Explain, Game, MAX_ROUNDS, Phase, Rival, Round, Status};
use super::table::{Seat, Table};
use crate::classifier::PictureKind;
use crate::guess::scores::{Played, ScoreBook, clean_name, timestamp};
use crate::guess::{BandShares, RULE};
use crate::jobs::{Jobs, Lane, Reporter, Urgency};
use crate::saliency::ClassChoice;
use crate::ui::library::Item;
use crate::ui::pictures::Pictures;
use crate::ui::shell::Shell;
use crate::ui::{HomeDir, Session};

/// Begins a game.
pub(super) fn begin(
    explain: &mut Explain,
    table: &mut Table,
    pictures: &mut Pictures,
    (shell, session): (&Shell, &Session),
    same: bool,
) {
    let Some(model) = shell.model() else {
        explain.game = None;
        return;
    };
    let library = &pictures.library;
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
        drop_requests(seat, &pictures.jobs);
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
        question: session.question(shell.method, ClassChoice::Auto),
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
    ahead(explain, table, pictures);
}

/// Opens the picture that is played and the next ones; what lies behind is let go.
pub(super) fn ahead(explain: &mut Explain, table: &mut Table, pictures: &mut Pictures) {
    let Some(game) = &mut explain.game else {
        return;
    };
    let at = game.at;
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
        let opening = pictures.open(state.item);
        let (Some(opening), Some(seat)) = (opening, table.seats.get_mut(&round)) else {
            state.status = Status::Failed("The picture is not there any more.".to_owned());
            continue;
        };
        state.status = Status::Opening;
        seat.opening = Some(opening);
    }
}

/// A round is over: its score is kept, the other networks' scores and the cards are made.
pub(super) fn over(explain: &mut Explain, table: &mut Table, home: &HomeDir, jobs: &Jobs) {
    let nickname = clean_name(&explain.setup.nickname);
    let Some(game) = &mut explain.game else {
        return;
    };
    let (at, of) = (game.at, game.rounds.len());
    let (Some(seat), Some(round)) = (table.seats.get_mut(&at), game.rounds.get_mut(at)) else {
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
        method: game.question.method.id().to_owned(),
        picture: round.name.clone(),
        sha256: picture.sha256.clone(),
        score: outcome.score.score,
        rule: RULE,
        found: outcome.score.bands.map(|band| band.recall.unwrap_or(0.0)),
        hints: round.hints,
        seconds: outcome.seconds,
        ..Played::default()
    };
    let (picture, painting, answer) = (
        picture.clone(),
        outcome.painting.clone(),
        board.answer().clone(),
    );
    let work = move |_: &Reporter<'_>| {
        let guess = card(&picture, region, &painting, None);
        let answer = card(&picture, region, &painting, Some(&answer.painting()));
        Ok::<_, String>([guess, answer])
    };
    seat.drawing = Some(jobs.run(Lane::Figures, Urgency::Now, work));
    for rival in 0..seat.rivals.len() {
        judge(game, seat, at, rival, jobs);
    }
    let book = explain.book.clone();
    table.keep(ScoreBook::path(home), book, played, jobs);
}
