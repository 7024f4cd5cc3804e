//! Whom visitors play against, beside each other: the lazy middle, another network, all visitors so far.

use ndarray::{Array2, ArrayView2};

use super::piece::Piece;
use super::state::Game;
use super::turn::Shell;
use crate::exhibit::texts::Fill;
use crate::guess::{Answer, BandShares, ENOUGH_PEOPLE, GRID, Painting, PaintingGrid, smoothed};
use crate::picture::Region;

/// Somebody else who guesses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rival {
    /// A blob in the middle.
    Centre,
    /// What visitors painted, taken together.
    Crowd,
    /// What another network looked at: its name in the catalog.
    Network(String),
}

impl Rival {
    /// The rival of a word in `play.opponents`.
    #[must_use]
    pub fn named(word: &str) -> Self {
        match word {
            "centre" => Self::Centre,
            "crowd" => Self::Crowd,
            network => Self::Network(network.to_owned()),
        }
    }
}

/// What many people painted on a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Crowd {
    sums: Vec<u32>,
    guesses: usize,
}

impl Crowd {
    /// Adds a guess that is one.
    pub fn add(&mut self, guess: &PaintingGrid) {
        self.sums.resize(GRID * GRID, 0);
        for (sum, label) in self.sums.iter_mut().zip(guess.labels()) {
            *sum = sum.saturating_add(u32::from(*label != 0));
        }
        self.guesses += 1;
    }

    /// What most of them painted, as large as the answer; `None` for fewer than [`ENOUGH_PEOPLE`].
    #[must_use]
    pub fn painting(&self, answer: &Answer) -> Option<Painting> {
        if self.guesses < ENOUGH_PEOPLE {
            return None;
        }
        let sums = self.sums.iter().map(|sum| f64::from(*sum)).collect();
        // Blurred a little, so that places of as many people are told apart by those around them.
        let mean = smoothed(Array2::from_shape_vec((GRID, GRID), sums).ok()?);
        let map = sampled(mean.mapv(|v| v as f32).view(), answer, |x, y| (x, y));
        let most = Answer::of("crowd", map.view(), BandShares::default());
        most.ok().map(|most| most.painting())
    }
}

/// What another network looked at, as a painting on what the first one saw. `map` is over the part
/// `theirs` of the picture, the answer over `ours`.
#[must_use]
pub fn of_network(
    map: ArrayView2<'_, f32>,
    theirs: Region,
    answer: &Answer,
    ours: Region,
) -> Option<Painting> {
    let across = |x: f64, y: f64| {
        let share = |at: f64, from: u32, length: u32, to: u32, over: u32| {
            let pixel = f64::from(from) + at * f64::from(length);
            (pixel - f64::from(to)) / f64::from(over.max(1))
        };
        (
            share(x, ours.x, ours.width, theirs.x, theirs.width),
            share(y, ours.y, ours.height, theirs.y, theirs.height),
        )
    };
    let map = sampled(map, answer, across);
    let most = Answer::of("rival", map.view(), BandShares::default());
    most.ok().map(|most| most.painting())
}

/// A map at the answer's size; `place` says where on it, 0-1, a place of the answer lies. What lies
/// beside it is least important.
fn sampled(
    map: ArrayView2<'_, f32>,
    answer: &Answer,
    place: impl Fn(f64, f64) -> (f64, f64),
) -> Array2<f32> {
    let (height, width) = (answer.height(), answer.width());
    let least = map.iter().copied().fold(f32::INFINITY, f32::min);
    Array2::from_shape_fn((height, width), |(y, x)| {
        let share = |i: usize, n: usize| (i as f64 + 0.5) / n as f64;
        let (across, down) = place(share(x, width), share(y, height));
        let index = |share: f64, n: usize| {
            let index = (share * n as f64).floor();
            (index >= 0.0).then_some(index as usize)
        };
        let at = index(down, map.nrows()).zip(index(across, map.ncols()));
        at.and_then(|at| map.get(at)).copied().unwrap_or(least)
    })
}

impl Shell {
    /// The rivals on a picture and their forgiving scores, in the order of the exhibit's file. Who has
    /// no guess there, such as a crowd of too few, is not among them.
    #[must_use]
    pub fn rivals(&self, number: usize) -> Vec<(Rival, f64)> {
        let Some(piece) = self.program.pieces.get(number) else {
            return Vec::new();
        };
        let score = |rival: &Rival| match rival {
            Rival::Centre => Some(piece.marks.middle),
            Rival::Crowd => {
                let crowd = self.house.crowds.get(&(number, self.visit.prompt))?;
                Some(piece.worth(&crowd.painting(&piece.answer)?))
            }
            Rival::Network(name) => piece.networks.get(name).copied(),
        };
        let rivals = self.program.rivals.iter();
        rivals
            .filter_map(|rival| Some((rival.clone(), score(rival)?)))
            .collect()
    }

    fn rival_name(&self, rival: &Rival) -> String {
        self.text(match rival {
            Rival::Centre => "rival-centre",
            Rival::Crowd => "rival-crowd",
            Rival::Network(_) => "rival-network",
        })
    }

    /// What the rivals reached in the round that is played, in a line; `None` where nobody plays
    /// against them.
    pub(super) fn says_rivals(&self, game: &Game) -> Option<String> {
        let round = game.round().filter(|round| round.guesses.len() == 1)?;
        let rivals: Vec<String> = round
            .rivals
            .iter()
            .map(|(rival, score)| {
                let points = [("n", Fill::Number(score.round()))];
                let points = self.filled("points", &points);
                format!("{}: {points}", self.rival_name(rival))
            })
            .collect();
        (!rivals.is_empty()).then(|| rivals.join(". ") + ".")
    }

    /// In how many of its pictures the game was better than each rival, a line each.
    pub(super) fn says_beaten(&self, game: &Game) -> Vec<String> {
        if self.visit.players > 1 {
            return Vec::new();
        }
        let lines = self.program.rivals.iter().filter_map(|rival| {
            let (mut better, mut of) = (0_u32, 0_u32);
            for round in &game.rounds {
                let theirs = round.rivals.iter().find(|(other, _)| other == rival);
                let judged = round.guesses.first().and_then(|g| g.judged.as_ref());
                if let Some(((_, theirs), judged)) = theirs.zip(judged) {
                    of += 1;
                    better += u32::from(judged.tolerant > *theirs);
                }
            }
            let name = self.rival_name(rival);
            let fill = [
                ("name", Fill::Text(&name)),
                ("n", Fill::Number(better.into())),
                ("of", Fill::Number(of.into())),
            ];
            (of > 0).then(|| self.filled("rival-beaten", &fill))
        });
        lines.collect()
    }
}

impl Piece {
    /// The forgiving score, 0-100, of a painting of the answer's size.
    #[must_use]
    pub fn worth(&self, painting: &Painting) -> f64 {
        self.tolerant.score(painting).unwrap_or(0.0)
    }

    /// Adds another network: what it looked at, see [`of_network`].
    pub fn add_network(&mut self, name: &str, painting: &Painting) {
        let score = self.worth(painting);
        self.networks.insert(name.to_owned(), score);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Stage, piece, program_of};
    use super::super::{Action, Effect, Input, Record, Screen};
    use super::*;
    use crate::journal::Prompt;

    const ALL: &str = "[play]\nrounds = 2\nopponents = [\"centre\", \"other\", \"crowd\"]\n";

    /// A program whose other network looks at the right places of even pictures only.
    fn program() -> crate::exhibit::shell::Program {
        let mut program = program_of(ALL, &["en"]);
        for (number, piece) in program.pieces.iter_mut().enumerate() {
            let painting = if number % 2 == 0 {
                piece.answer.painting()
            } else {
                Painting::empty(piece.answer.height(), piece.answer.width())
            };
            piece.add_network("other", &painting);
        }
        program
    }

    fn play(stage: &mut Stage) -> Vec<String> {
        stage.tap(300.0, 200.0);
        stage.press("Skip");
        let mut said = Vec::new();
        for _ in 0..200 {
            if stage.shell.visit().screen == Screen::Results {
                said.extend(stage.shell.says());
                break;
            }
            said.extend(stage.shell.says());
            let offers = stage.shell.offers();
            let lead = [Action::Reveal, Action::Skip, Action::Next];
            let on = |action: &Action| offers.iter().any(|offer| offer.action == *action);
            let action = lead.into_iter().find(on).unwrap();
            stage.take(Input::Press(action));
        }
        said
    }

    #[test]
    fn rivals_are_told_after_each_round_and_counted_at_the_end() {
        let mut stage = Stage::new(program());
        let said = play(&mut stage);
        let has = |words: &str| said.iter().any(|line| line.contains(words));
        assert!(has("Just the middle: "), "{said:?}");
        assert!(has("Another AI: "), "{said:?}");
        // Nobody has played yet.
        assert!(!has("The visitors: "), "{said:?}");
        assert!(
            has("Just the middle: you were better in 0 of 2"),
            "{said:?}"
        );
        let game = stage.shell.visit().game.clone().unwrap();
        for round in &game.rounds {
            let other = round.rivals[1].1;
            let right = if round.piece % 2 == 0 { 100.0 } else { 0.0 };
            assert!((other - right).abs() < 1e-6, "{round:?}");
        }
    }

    #[test]
    fn ten_guesses_make_a_crowd_that_is_asked_like_with_like() {
        let piece = piece(1);
        let grid = PaintingGrid::of(&piece.answer.painting());
        let mut crowd = Crowd::default();
        for _ in 0..ENOUGH_PEOPLE - 1 {
            crowd.add(&grid);
        }
        assert_eq!(crowd.painting(&piece.answer), None);
        crowd.add(&grid);
        let mean = crowd.painting(&piece.answer).unwrap();
        let score = piece.worth(&mean);
        assert!(score > 80.0, "{score}");
        let mut stage = Stage::new(program());
        stage.shell.set_crowd(1, Prompt::Network, crowd);
        let asked = |stage: &Stage, n| {
            let rivals = stage.shell.rivals(n);
            rivals.iter().any(|(rival, _)| *rival == Rival::Crowd)
        };
        assert!(asked(&stage, 1) && !asked(&stage, 2));
        // What people need to see is another question.
        stage.shell.visit.prompt = Prompt::OwnEyes;
        assert!(!asked(&stage, 1));
    }

    #[test]
    fn who_plays_becomes_part_of_the_crowd() {
        let mut stage = Stage::new(program_of(
            "[play]\nrounds = 7\nopponents = [\"crowd\"]\n",
            &["en"],
        ));
        for visit in 0..=ENOUGH_PEOPLE {
            stage.tap(300.0, 200.0);
            stage.press("Skip");
            let mut kept = 0;
            while stage.shell.visit().screen != Screen::Results {
                let offers = stage.shell.offers();
                let on = |action: &Action| offers.iter().any(|offer| offer.action == *action);
                let none =
                    stage.shell.visit().game.as_ref().is_some_and(|game| {
                        game.guess().is_some_and(|guess| guess.marks.is_empty())
                    });
                if on(&Action::Part(5)) && none {
                    stage.wait(4.0);
                    stage.take(Input::Press(Action::Part(5)));
                    continue;
                }
                let lead = [Action::Reveal, Action::Skip, Action::Next];
                let action = lead.into_iter().find(on).unwrap();
                for effect in stage.take(Input::Press(action)) {
                    if let Effect::Keep(Record::Round(round)) = effect {
                        kept += u32::from(round.flags.is_empty());
                    }
                }
            }
            assert_eq!(kept, 7, "{visit}");
            let game = stage.shell.visit().game.clone().unwrap();
            let crowds = game.rounds.iter().filter(|round| !round.rivals.is_empty());
            let wanted = if visit < ENOUGH_PEOPLE { 0 } else { 7 };
            assert_eq!(crowds.count(), wanted, "{visit}");
            stage.press("To the start");
            stage.wait(1.0);
        }
    }

    #[test]
    fn another_networks_map_lies_where_it_looked_at_the_picture() {
        let piece = piece(1);
        let (side, answer) = (super::super::testing::SIDE, &piece.answer);
        let whole = |x, y, side| Region {
            x,
            y,
            width: side,
            height: side,
        };
        // Its map over the left upper quarter of what the first one saw: all of it lies there.
        let map = Array2::from_shape_fn((20, 20), |(y, x)| (x + y) as f32);
        let painting = of_network(map.view(), whole(0, 0, 50), answer, whole(0, 0, 100)).unwrap();
        for pixel in 0..side * side {
            let (y, x) = (pixel / side, pixel % side);
            // The strongest of it is its lower right corner.
            if x == side / 2 - 1 && y == side / 2 - 1 {
                assert!(painting.get(pixel).is_some());
            }
            if painting
                .get(pixel)
                .is_some_and(|band| band == crate::guess::Band::Yellow)
            {
                assert!(x < side / 2 && y < side / 2, "{x} {y}");
            }
        }
        let flat = Array2::<f32>::zeros((4, 4));
        assert!(of_network(flat.view(), whole(0, 0, 9), answer, whole(0, 0, 9)).is_none());
    }
}
