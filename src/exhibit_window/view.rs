//! What is to be seen of the picture at each moment of a game: its colours, the paint, the light, a hand
//! that shows how.

use std::time::Duration;

use super::paint::{BRUSH, MOST_PLACES, Over, Places};
use crate::exhibit::Fill;
use crate::exhibit::shell::{
    Action, Game, Mark, Phase, Piece, Program, Proof, Room, Screen, Shell, Step, Visit, Whose,
    shown,
};
use crate::journal::Stroke;

/// How much of the visitor's paint is left while the answer appears.
const FADED: f32 = 0.3;

/// A moment of the tutorial at which the hand has painted.
const STILL: Duration = Duration::from_millis(3500);

/// What is to be seen of a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct View {
    /// Which picture of the programme.
    pub(super) piece: usize,
    /// From 0, its own colours, to 1, grey and calm.
    pub(super) grey: f32,
    /// What each player painted, and what is being painted.
    pub(super) marks: Vec<Vec<Mark>>,
    /// What lies over it.
    pub(super) over: Over,
    /// Whether its strongest spot is covered.
    pub(super) covered: bool,
    /// Where a hand shows how, 0-1 from the upper left corner.
    pub(super) hand: Option<(f32, f32)>,
    /// Whether players' numbers stand at their paint.
    pub(super) numbers: bool,
}

/// What fingers do on the picture.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Strokes that are being painted.
    pub(super) strokes: Vec<Stroke>,
    /// Where one rests that does not paint yet.
    pub(super) resting: Option<(f32, f32)>,
    /// Strokes of the practice.
    pub(super) practice: Vec<Stroke>,
    /// Whose picture it is, where two paint at once.
    pub(super) player: Option<usize>,
    /// The number of the map of what is covered, where it is known.
    pub(super) lit: Option<u64>,
}

/// The picture that is on the screen; `None` where there is none.
pub(super) fn picture(shell: &Shell) -> Option<usize> {
    if shell.is_dark() || shell.visit().over.is_some() {
        return None;
    }
    match shell.visit().screen {
        Screen::Attract => Some(shell.attract().0),
        Screen::Tutorial(_) => Some(shell.practice()),
        // Whoever comes to the screen sees nothing before they are asked.
        Screen::Play(Phase::Pass) => None,
        Screen::Room(_) => shell.looked_at(),
        Screen::Play(_) => Some(shell.visit().game.as_ref()?.round()?.piece),
        _ => None,
    }
}

/// What is to be seen of the picture now.
pub(super) fn view(shell: &Shell, places: &Places, live: &Live) -> Option<View> {
    let piece = picture(shell)?;
    let view = View {
        piece,
        ..View::default()
    };
    Some(match shell.visit().screen {
        Screen::Attract => attract(view, shell.attract().1, places),
        Screen::Tutorial(step) => {
            let still = shell.visit().help.still;
            // Who wants nothing to move sees at once what the hand paints.
            let elapsed = if still { STILL } else { shell.elapsed() };
            tutorial(view, step, elapsed, places, live)
        }
        Screen::Play(phase) => play(view, shell, phase, places, live),
        Screen::Room(Room::WhatIf) => covered(view, shell, places, live),
        Screen::Room(room) => in_room(view, shell, room, places),
        _ => view,
    })
}

/// The first `share` (0-1) of the hand's stroke, and where it is then.
fn by_hand(places: &Places, share: f32) -> (Vec<Mark>, Option<(f32, f32)>) {
    let points = places.shown_by_hand();
    let count = (points.len() as f32 * share.clamp(0.0, 1.0)).ceil() as usize;
    let Some(painted) = points.get(..count).filter(|painted| !painted.is_empty()) else {
        return (Vec::new(), None);
    };
    let at = painted.last();
    let at = at.map(|(x, y)| (f32::from(*x) / 1000.0, f32::from(*y) / 1000.0));
    // Between two places the brush is lifted.
    let half = points.len().div_ceil(2).max(1);
    let strokes = if points.len() > 60 {
        half
    } else {
        points.len()
    };
    let marks = painted.chunks(strokes).map(|points| {
        Mark::Stroke(Stroke {
            b: 1,
            r: BRUSH,
            x: points.iter().map(|point| point.0).collect(),
            y: points.iter().map(|point| point.1).collect(),
            t: vec![0; points.len()],
        })
    });
    (marks.collect(), at)
}

/// 0 before `from`, 1 after `until`, in seconds.
fn ramp(time: Duration, from: f32, until: f32) -> f32 {
    ((time.as_secs_f32() - from) / (until - from).max(f32::EPSILON)).clamp(0.0, 1.0)
}

/// The light of each place when `share` of the time is over: the weakest first, the strongest last.
fn one_by_one(places: &Places, share: f32) -> Vec<f32> {
    let count = places.count();
    (0..count)
        .map(|place| (share * (count as f32 + 0.5) - place as f32).clamp(0.0, 1.0))
        .collect()
}

/// When something moves in the picture that plays by itself, in milliseconds from its start: a hand paints
/// and the answer comes, then all of it fades.
const MOVES: [[u64; 2]; 2] = [[800, 8800], [11_200, 12_000]];
/// A picture that plays by itself is drawn anew so often while something moves: ten times a second.
const STEP: Duration = Duration::from_millis(100);
/// And while nothing does: somebody must be able to tell that it is alive.
const ALIVE: Duration = Duration::from_secs(1);

/// How long the picture that plays by itself may stand as it is, so many milliseconds into it.
pub(super) fn attract_rests(into: Duration) -> Duration {
    let now = into.as_millis() as u64;
    if MOVES
        .iter()
        .any(|[from, until]| (*from..*until).contains(&now))
    {
        return STEP;
    }
    let next = MOVES.iter().find(|[from, _]| *from > now);
    let left = next.map_or(STEP, |[from, _]| Duration::from_millis(from - now));
    left.min(ALIVE)
}

/// How far the button that invites is lit, 0-1: it breathes while something moves, and stands lit while
/// nothing does.
pub(super) fn glow(into: Duration) -> f32 {
    let [[from, until], _] = MOVES;
    let now = into.as_millis() as u64;
    if !(from..until).contains(&now) {
        return 1.0;
    }
    // Whole turns, so that it is lit at both ends.
    let turn = (now - from) as f32 / 2000.0;
    0.5 + 0.5 * (turn * std::f32::consts::TAU).cos()
}

fn attract(mut view: View, into: Duration, places: &Places) -> View {
    let (marks, at) = by_hand(places, ramp(into, 1.6, 4.8));
    view.grey = ramp(into, 0.8, 1.6) * (1.0 - ramp(into, 11.4, 12.0));
    view.marks = vec![marks];
    view.hand = at.filter(|_| into < Duration::from_millis(5200));
    let gone = 1.0 - ramp(into, 11.2, 11.8);
    view.over.yours = (1.0 - (1.0 - FADED) * ramp(into, 5.2, 5.8)) * gone;
    view.over.theirs = one_by_one(places, ramp(into, 5.8, 8.4));
    for light in &mut view.over.theirs {
        *light *= gone;
    }
    view.over.matches = 0.6 * ramp(into, 8.4, 8.8) * gone;
    view
}

fn tutorial(mut view: View, step: u8, elapsed: Duration, places: &Places, live: &Live) -> View {
    let own: Vec<Mark> = live
        .practice
        .iter()
        .chain(&live.strokes)
        .cloned()
        .map(Mark::Stroke)
        .collect();
    view.grey = 1.0;
    view.over.yours = 1.0;
    if step < 2 {
        // The hand shows it again and again until somebody paints.
        let turn = Duration::from_millis(elapsed.as_millis() as u64 % 4000);
        let (shown, at) = by_hand(places, ramp(turn, 0.4, 3.0));
        let idle = live.strokes.is_empty() && (step == 1 || live.practice.is_empty());
        view.hand = at.filter(|_| idle);
        let shown = if idle && own.is_empty() {
            shown
        } else {
            Vec::new()
        };
        view.marks = vec![if own.is_empty() { shown } else { own }];
    } else {
        view.marks = vec![own];
        view.over.yours = FADED;
        view.over.theirs = one_by_one(places, ramp(elapsed, 0.3, 2.0));
    }
    view
}

/// The light for an answer comes place by place; a picture in another skin stays as it is until it was
/// told what the network says.
fn in_room(mut view: View, shell: &Shell, room: Room, places: &Places) -> View {
    let visit = shell.visit();
    let share = if visit.help.still {
        1.0
    } else {
        ramp(shell.elapsed(), 0.2, 1.8)
    };
    if room == Room::Class {
        view.grey = 1.0;
        view.marks = vec![shell.called_by_most()];
        view.over.called = true;
        view.over.edges = true;
        view.over.yours = 1.0;
        view.over.theirs = one_by_one(places, share);
        view.over.matches = 0.55 * share;
        return view;
    }
    let lit = room == Room::Why || visit.looking.shown;
    if lit {
        view.grey = if room == Room::Why { 1.0 } else { 0.6 * share };
        view.over.theirs = one_by_one(places, share);
    }
    view
}

/// What is covered has the colour that the network sees there. The light is that of the picture as it is, or
/// as it is now; while that is computed there is none.
fn covered(mut view: View, shell: &Shell, places: &Places, live: &Live) -> View {
    let visit = shell.visit();
    let Some((piece, mut marks)) = shell.covered() else {
        return view;
    };
    marks.extend(live.strokes.iter().cloned().map(Mark::Stroke));
    view.grey = 1.0;
    view.over.edges = true;
    view.over.yours = 1.0;
    view.over.cover = visit.covering.colour();
    let piece = shell.program().pieces.get(piece);
    let under = live.resting.zip(piece);
    view.over.under = under.and_then(|(at, piece)| part_at(piece, at, &view.over));
    view.over.focus = focused_part(shell, visit);
    if marks.is_empty() {
        let share = if visit.help.still {
            1.0
        } else {
            ramp(shell.elapsed(), 0.2, 1.8)
        };
        view.over.theirs = one_by_one(places, share);
    } else if live.lit.is_some() {
        view.over.light = live.lit;
        view.over.theirs = vec![1.0; MOST_PLACES];
    }
    view.marks = vec![marks];
    view
}

fn play(mut view: View, shell: &Shell, phase: Phase, places: &Places, live: &Live) -> View {
    let visit = shell.visit();
    let Some(game) = visit.game.as_ref() else {
        return view;
    };
    view.over.called = shell.calls_fields();
    view.numbers = visit.players > 1;
    let Some(piece) = shell.piece() else {
        return view;
    };
    match phase {
        Phase::Ask | Phase::Talk => {
            if !live.strokes.is_empty() {
                view.grey = 1.0;
                view.over.yours = 1.0;
                view.marks = own_marks(game, live);
            }
            view.over.edges = phase == Phase::Talk;
            view.numbers = false;
        }
        Phase::Paint | Phase::TimeUp => {
            view.grey = 1.0;
            view.over.yours = 1.0;
            view.marks = own_marks(game, live);
            view.over.edges = true;
            view.over.under = live.resting.and_then(|at| part_at(piece, at, &view.over));
            view.over.focus = focused_part(shell, visit);
            view.numbers = false;
        }
        Phase::Pass => {}
        Phase::Reveal(step) => {
            view.grey = 1.0;
            view.marks = all_marks(game);
            reveal(&mut view.over, step, shell.elapsed(), places);
        }
        Phase::Look(whose) => {
            let (yours, theirs) = shown(whose);
            view.grey = 1.0;
            view.marks = all_marks(game);
            view.over.yours = if yours { 1.0 } else { 0.0 };
            if theirs {
                view.over.theirs = vec![1.0; places.count()];
            }
            view.over.matches = if whose == Whose::Both { 0.55 } else { 0.0 };
            view.numbers &= yours;
        }
        Phase::Proof(proof) => {
            view.covered = true;
            view.numbers = false;
            view.grey = if proof == Proof::Waiting { 0.6 } else { 0.0 };
        }
    }
    view
}

/// What lies over the picture while the answer appears.
fn reveal(over: &mut Over, step: Step, elapsed: Duration, places: &Places) {
    let share = ramp(elapsed, 0.0, step.lasts().as_secs_f32());
    match step {
        Step::Freeze => over.yours = 1.0 - (1.0 - FADED) * share,
        Step::Map => {
            over.yours = FADED;
            over.theirs = one_by_one(places, share);
        }
        Step::Matches => {
            over.yours = FADED + (1.0 - FADED) * (share * 2.0).min(1.0);
            over.theirs = vec![1.0; places.count()];
            // Twice in two seconds: fewer than the three that may harm.
            let turn = (share * 2.0 * std::f32::consts::TAU).cos();
            over.matches = 0.55 * (1.0 - turn) / 2.0 + 0.35 * share;
        }
        Step::Score => {
            over.yours = 1.0;
            over.theirs = vec![1.0; places.count()];
            over.matches = 0.55;
        }
    }
}

fn own_marks(game: &Game, live: &Live) -> Vec<Vec<Mark>> {
    let guess = match live.player {
        Some(player) => game.round().and_then(|round| round.guesses.get(player)),
        None => game.guess(),
    };
    let mut marks = guess.map(|guess| guess.marks.clone()).unwrap_or_default();
    marks.extend(live.strokes.iter().cloned().map(Mark::Stroke));
    // Each player has a colour of their own.
    let mut all = vec![Vec::new(); live.player.unwrap_or(0)];
    all.push(marks);
    all
}

fn all_marks(game: &Game) -> Vec<Vec<Mark>> {
    let guesses = game.round().into_iter().flat_map(|round| &round.guesses);
    guesses.map(|guess| guess.marks.clone()).collect()
}

/// The part, or field, at a place of the picture.
pub(super) fn part_at(piece: &Piece, (x, y): (f32, f32), over: &Over) -> Option<usize> {
    let regions = if over.called {
        &piece.fields
    } else {
        &piece.parts
    };
    let (height, width) = regions.size();
    let place = |share: f32, side: usize| {
        let place = (share * side as f32).floor();
        (place >= 0.0).then_some(place as usize)
    };
    regions.at(place(x, width)?, place(y, height)?)
}

fn focused_part(shell: &Shell, visit: &Visit) -> Option<usize> {
    let offers = shell.offers();
    match offers.get(visit.focus?)?.action {
        Action::Part(part) => Some(part),
        _ => None,
    }
}

/// What is said of the picture that plays by itself, at this moment of it: the question, then the answer.
pub(super) fn attract_line(shell: &Shell, program: &Program) -> Option<String> {
    let (piece, into) = shell.attract();
    let piece = program.pieces.get(piece)?;
    let texts = shell.texts();
    if into < Duration::from_millis(5400) {
        let label = shell.label_of(piece);
        let fill = [("label", Fill::Text(&label))];
        return Some(texts.get("ask-network", &fill));
    }
    Some(texts.looked(&piece.looked.fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::shell::testing::piece;

    #[test]
    fn the_strongest_place_lights_up_last() {
        for n in 0..7 {
            let places = Places::of(&piece(n));
            let mut lit = vec![None; places.count()];
            for tick in 0..=100 {
                let share = tick as f32 / 100.0;
                for (place, light) in one_by_one(&places, share).into_iter().enumerate() {
                    if light > 0.99 {
                        lit[place].get_or_insert(tick);
                    }
                }
            }
            assert!(lit.iter().all(Option::is_some), "{lit:?}");
            assert!(lit.is_sorted(), "{lit:?}");
        }
    }

    #[test]
    fn the_attract_loop_begins_and_ends_with_the_plain_picture() {
        let places = Places::of(&piece(1));
        let seen = |ms| attract(View::default(), Duration::from_millis(ms), &places);
        for ms in [0, 11_999] {
            let view = seen(ms);
            let painted = view.marks.iter().any(|marks| !marks.is_empty());
            assert!(view.grey < 0.02, "{view:?}");
            assert!(!painted || view.over.yours < 0.02, "{view:?}");
            assert!(view.over.theirs.iter().all(|light| *light < 0.02));
        }
        assert!(seen(3000).hand.is_some() && seen(7000).hand.is_none());
        assert!(seen(9000).over.theirs.iter().all(|light| *light > 0.98));
        assert!(seen(9000).over.yours < 0.5);
    }

    #[test]
    fn nothing_is_drawn_anew_while_nothing_moves() {
        let places = Places::of(&piece(1));
        let seen = |ms| {
            let into = Duration::from_millis(ms);
            (attract(View::default(), into, &places), glow(into))
        };
        let (mut now, mut drawn) = (0, 0);
        while now < 12_000 {
            let rests = attract_rests(Duration::from_millis(now)).as_millis() as u64;
            assert!((1..=1000).contains(&rests), "{now}: {rests}");
            // What is drawn at the start of a rest is what is to be seen at the end of it, but for a step
            // of what moves.
            if rests != 100 {
                assert_eq!(seen(now), seen(now + rests - 1), "{now}");
            }
            drawn += 1;
            now += rests;
        }
        // Ten a second for nearly nine seconds, and a few.
        assert!((85..100).contains(&drawn), "{drawn}");
        assert!(seen(800).1 > 0.99 && seen(8799).1 > 0.99 && seen(1800).1 < 0.01);
    }

    #[test]
    fn matches_flash_no_more_than_twice_in_two_seconds() {
        let places = Places::of(&piece(1));
        let light: Vec<f32> = (0..=200)
            .map(|tick| {
                let mut over = Over::default();
                let elapsed = Duration::from_millis(tick * 10);
                reveal(&mut over, Step::Matches, elapsed, &places);
                over.matches
            })
            .collect();
        let peaks = light.windows(3).filter(|w| w[0] < w[1] && w[1] >= w[2]);
        assert_eq!(peaks.count(), 2);
    }
}
