//! What stands on each screen: the words of the shell, the most important ones largest, and what is drawn
//! between them.

use std::time::Duration;

use super::card::{self, Wanted};
use super::plan::{Item, Role};
use super::view::attract_line;
use crate::exhibit::Fill;
use crate::exhibit::shell::{Phase, Room, Screen, Shell, Step, Warmth};

/// Pictures that were played and are shown, at most.
pub(super) const SHOWN: usize = 5;
/// Side of a code without a card, in millimetres: a square of it has eight tenths of one.
const CODE: f32 = 42.0;

/// What is drawn between words.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Drawing {
    /// Stars that were earned, of how many; the last one is still growing, 0-1.
    Stars(u32, u32, f32),
    /// How near the guess is.
    Warmth(Warmth),
    /// How sure the network was of an answer and how sure it is, 0-1.
    Change(f32, f32),
    /// What is left of the time, 0-1.
    Left(f32),
    /// A card to carry home.
    Card(Box<Wanted>),
    /// Its text alone.
    Code(String),
    /// Pictures that were played, each with its stars.
    Rounds(Vec<(usize, u32)>),
}

/// Height of what is drawn, in millimetres.
fn height(drawing: &Drawing) -> f32 {
    match drawing {
        Drawing::Stars(_, of, _) if *of > 3 => 11.0,
        Drawing::Stars(..) => 18.0,
        Drawing::Warmth(_) => 9.0,
        Drawing::Change(..) => 7.0,
        Drawing::Left(_) => 4.0,
        Drawing::Card(_) => card::HEIGHT,
        Drawing::Code(_) => CODE,
        Drawing::Rounds(_) => 36.0,
    }
}

/// The items of a screen and what is drawn, in their order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stands {
    /// From the top.
    pub(super) items: Vec<Item>,
    /// What stands aside of them.
    pub(super) aside: Vec<Item>,
    /// For each [`Item::Drawn`] what it is, those aside last.
    pub(super) drawings: Vec<Drawing>,
}

impl Stands {
    fn line(&mut self, text: impl Into<String>, role: Role) {
        let text = text.into();
        if !text.is_empty() {
            self.items.push(Item::Line(text, role));
        }
    }

    fn draw(&mut self, drawing: Drawing) {
        self.items.push(Item::Drawn(height(&drawing)));
        self.drawings.push(drawing);
    }

    /// The first line is asked, the others are read.
    fn asked(&mut self, lines: Vec<String>) {
        for (n, line) in lines.into_iter().enumerate() {
            let role = if n == 0 { Role::Question } else { Role::Text };
            self.line(line, role);
        }
    }
}

/// What a visitor carries home from the screen: the most that it has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keepsake {
    /// The card.
    Card,
    /// The code alone.
    Code,
    /// Nothing.
    Nothing,
}

impl Keepsake {
    /// From the most on.
    pub(super) const ALL: [Self; 3] = [Self::Card, Self::Code, Self::Nothing];
}

/// What stands on the screen now.
pub(super) fn stands(shell: &Shell, keepsake: Keepsake) -> Stands {
    let mut stands = Stands::default();
    let visit = shell.visit();
    if shell.is_dark() {
        for line in shell.says() {
            stands.line(line, Role::Quiet);
        }
        return stands;
    }
    match (&visit.over, visit.screen) {
        (None, Screen::Attract) => {
            for line in shell.says() {
                stands.line(line, Role::Title);
            }
            let line = attract_line(shell, shell.program());
            stands.line(line.unwrap_or_default(), Role::Question);
        }
        (None, Screen::Play(phase)) => playing(&mut stands, shell, phase),
        (None, Screen::Results) => results(&mut stands, shell, keepsake),
        (None, Screen::Room(Room::WhatIf)) => covering(&mut stands, shell),
        _ => stands.asked(shell.says()),
    }
    stands
}

/// What the network says, and of each answer how sure it was and is.
fn covering(stands: &mut Stands, shell: &Shell) {
    let (lines, chances) = (shell.says(), shell.chances());
    let first = lines.len().saturating_sub(chances.len());
    for (n, line) in lines.into_iter().enumerate() {
        let role = if n == 0 { Role::Question } else { Role::Text };
        stands.line(line, role);
        let chance = n.checked_sub(first).and_then(|n| chances.get(n));
        if let Some((before, now)) = chance {
            stands.draw(Drawing::Change(*before, *now));
        }
    }
}

fn playing(stands: &mut Stands, shell: &Shell, phase: Phase) {
    let lines = shell.says();
    match phase {
        Phase::Ask | Phase::Talk => {
            let last = lines.len().saturating_sub(1);
            for (n, line) in lines.into_iter().enumerate() {
                stands.line(
                    line,
                    match n {
                        0 => Role::Question,
                        _ if n == last && phase == Phase::Ask => Role::Quiet,
                        _ => Role::Text,
                    },
                );
            }
        }
        Phase::Paint => {
            stands.asked(lines);
            if !shell.is_side_by_side() {
                stands.draw(Drawing::Warmth(shell.warmth()));
            }
            let all = shell.program().times.round;
            if let Some(left) = shell.left().filter(|_| !all.is_zero()) {
                stands.draw(Drawing::Left(left.as_secs_f32() / all.as_secs_f32()));
            }
        }
        // The sentence would tell what the light is about to show: the question stays until then.
        Phase::Reveal(Step::Freeze | Step::Map) => stands.line(shell.asked(), Role::Question),
        Phase::Reveal(step) => {
            stands.asked(lines);
            if step == Step::Score {
                score(stands, shell);
            }
        }
        Phase::Look(_) => {
            let mut lines = lines.into_iter();
            stands.line(lines.next().unwrap_or_default(), Role::Question);
            if let Some((stars, _)) = earned(shell) {
                stands.draw(Drawing::Stars(stars, 3, 1.0));
            }
            for line in lines {
                stands.line(line, Role::Text);
            }
        }
        Phase::TimeUp | Phase::Pass | Phase::Proof(_) => stands.asked(lines),
    }
}

/// Stars and points of the round, where one plays.
fn earned(shell: &Shell) -> Option<(u32, f64)> {
    let game = shell.visit().game.as_ref()?;
    match game.round()?.guesses.as_slice() {
        [only] => {
            let judged = only.judged.as_ref()?;
            Some((u32::from(judged.stars), judged.tolerant))
        }
        _ => None,
    }
}

/// Stars that appear one after the other, points that count up.
fn score(stands: &mut Stands, shell: &Shell) {
    let Some((stars, points)) = earned(shell) else {
        return;
    };
    let elapsed = shell.elapsed();
    let each = Duration::from_millis(350);
    let so_far = elapsed.as_secs_f32() / each.as_secs_f32();
    let whole = (so_far.floor() as u32).min(stars);
    let growing = if whole < stars { so_far.fract() } else { 1.0 };
    let shown = (whole + 1).min(stars);
    stands.draw(Drawing::Stars(shown, 3, growing));
    let share = f64::from((elapsed.as_secs_f32() / 1.2).min(1.0));
    let fill = [("n", Fill::Number((points * share).round()))];
    stands.line(shell.texts().get("points", &fill), Role::Question);
}

fn results(stands: &mut Stands, shell: &Shell, keepsake: Keepsake) {
    let visit = shell.visit();
    let mut lines = shell.says().into_iter();
    stands.line(lines.next().unwrap_or_default(), Role::Title);
    if visit.players <= 1
        && !shell.chooses_letters()
        && let Some(game) = &visit.game
    {
        let played = game.rounds.iter().filter_map(|round| {
            let judged = round.guesses.first()?.judged.as_ref()?;
            Some((round.piece, u32::from(judged.stars)))
        });
        // The last ones: of a long game there is no room for all.
        let mut played: Vec<_> = played.collect();
        played.drain(..played.len().saturating_sub(SHOWN));
        stands.draw(Drawing::Rounds(played));
    }
    let letters = shell.letters();
    for line in lines {
        let role = if line == letters {
            Role::Title
        } else {
            Role::Text
        };
        stands.line(line, role);
    }
    if let Some((title, best)) = shell.best() {
        let mut aside = Stands::default();
        aside.line(title, Role::Question);
        for line in best {
            aside.line(line, Role::Text);
        }
        stands.aside = aside.items;
    }
    // While a name is chosen there is no room for it.
    let drawing = match keepsake {
        _ if shell.chooses_letters() => None,
        Keepsake::Card => Wanted::of(shell).map(|card| Drawing::Card(Box::new(card))),
        Keepsake::Code => card::words(shell).map(Drawing::Code),
        Keepsake::Nothing => None,
    };
    if let Some(drawing) = drawing {
        let key = match keepsake {
            Keepsake::Card => "card-keep",
            Keepsake::Code | Keepsake::Nothing => "card-scan",
        };
        stands.aside.push(Item::Drawn(height(&drawing)));
        stands.drawings.push(drawing);
        let scan = shell.texts().get(key, &[]);
        stands.aside.push(Item::Line(scan, Role::Quiet));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::shell::testing::{Stage, program};
    use crate::exhibit::shell::{Action, Input};

    fn words(stands: &Stands) -> String {
        let words = stands
            .items
            .iter()
            .chain(&stands.aside)
            .map(|item| match item {
                Item::Line(text, _) => text.as_str(),
                Item::Drawn(_) => "|",
            });
        words.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn everything_the_shell_says_stands_on_the_screen_but_what_would_spoil_the_reveal() {
        let mut stage = Stage::new(program(&["en"]));
        // The touch that wakes does nothing else; another one may.
        stage.tap(300.0, 200.0);
        stage.tap(300.0, 200.0);
        for _ in 0..600 {
            let offers = stage.shell.offers();
            let shown = words(&stands(&stage.shell, Keepsake::Card));
            let screen = stage.shell.visit().screen;
            if screen == Screen::Results {
                return;
            }
            let hidden = matches!(
                screen,
                Screen::Play(Phase::Reveal(Step::Freeze | Step::Map))
            );
            for line in stage.shell.says() {
                assert!(
                    hidden != shown.contains(&line),
                    "{screen:?}: {line}\n{shown}"
                );
            }
            let wanted = [Action::Part(5), Action::Reveal, Action::Next];
            let on = |action: &Action| {
                offers
                    .iter()
                    .any(|offer| offer.action == *action && offer.on != Some(true))
            };
            match wanted.into_iter().find(on) {
                Some(action) => {
                    stage.take(Input::Press(action));
                }
                None => {
                    stage.wait(0.5);
                }
            }
        }
        panic!("no end");
    }

    #[test]
    fn results_hold_the_card_or_its_code_or_nothing_to_carry_home() {
        let mut stage = Stage::new(program(&["en"]));
        stage.tap(300.0, 200.0);
        stage.press("Skip");
        while stage.shell.visit().screen != Screen::Results {
            let offers = stage.shell.offers();
            let lead = [Action::Reveal, Action::Skip, Action::Next];
            let on = |action: &Action| offers.iter().any(|offer| offer.action == *action);
            let action = lead.into_iter().find(on).unwrap();
            stage.take(Input::Press(action));
        }
        let code = card::words(&stage.shell).unwrap();
        let (side, dark) = crate::exhibit::code_squares(&code).unwrap();
        // With its margin of four squares on each side a square has eight tenths of a millimetre.
        assert!(CODE / (side + 8) as f32 >= 0.8, "{side}");
        assert_eq!(dark.len(), side * side);
        let wanted = Wanted::of(&stage.shell).unwrap();
        for (keepsake, drawing, aside) in [
            (Keepsake::Card, Some(Drawing::Card(Box::new(wanted))), 2),
            (Keepsake::Code, Some(Drawing::Code(code)), 2),
            (Keepsake::Nothing, None, 0),
        ] {
            let stands = stands(&stage.shell, keepsake);
            // The pictures that were played come first.
            assert_eq!(stands.drawings.get(1).cloned(), drawing, "{keepsake:?}");
            assert_eq!(stands.aside.len(), aside, "{keepsake:?}");
        }
    }

    #[test]
    fn stars_come_one_after_the_other() {
        let mut stage = Stage::new(program(&["en"]));
        stage.tap(300.0, 200.0);
        for words in ["Skip", "Paint now"] {
            stage.press(words);
        }
        let piece = stage.shell.piece().unwrap();
        let right: Vec<usize> = (0..piece.parts.len())
            .filter(|part| {
                let (x, y) = piece.parts.anchor(*part).unwrap();
                piece.answer.get(y * piece.answer.width() + x).is_some()
            })
            .collect();
        for part in right {
            stage.take(Input::Press(Action::Part(part)));
        }
        stage.press("Show me");
        stage.wait(4.75);
        let mut seen = Vec::new();
        for _ in 0..6 {
            let drawings = stands(&stage.shell, Keepsake::Card).drawings;
            seen.extend(drawings.iter().filter_map(|drawing| match drawing {
                Drawing::Stars(stars, ..) => Some(*stars),
                _ => None,
            }));
            stage.wait(0.25);
        }
        let game = stage.shell.visit().game.as_ref().unwrap();
        let judged = game.round().unwrap().guesses[0].judged.as_ref().unwrap();
        let stars = u32::from(judged.stars);
        assert!(stars >= 1 && seen.len() >= 4, "{seen:?}");
        assert!(seen.is_sorted() && seen[0] <= 1, "{seen:?}");
        assert_eq!(seen.last(), Some(&stars));
    }
}
