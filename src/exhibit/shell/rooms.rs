//! The other rooms, in visitors' words: what the network looks at for another answer, and what it says of
//! a picture in the skin of another. Everything in them was prepared.

use ndarray::Array2;

use super::covering::Covering;
use super::input::Action;
use super::offers::Offer;
use super::piece::Piece;
use super::state::{Guess, Mark, Room, Round, Screen};
use super::turn::Shell;
use crate::exhibit::texts::Fill;
use crate::guess::PaintingGrid;

/// A picture in the skin of another: numbers of pieces of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Styled {
    /// Whose shapes it has.
    pub shape: usize,
    /// Whose skin it has.
    pub skin: usize,
    /// The picture itself.
    pub piece: usize,
}

impl Shell {
    /// The rooms that can be entered: those that are wanted and prepared.
    #[must_use]
    pub fn rooms(&self) -> Vec<Room> {
        let program = &self.program;
        let has = |room: &Room| match room {
            Room::Why => !program.answers.is_empty(),
            Room::Skins => !program.styles.is_empty(),
            Room::WhatIf => program.what_if,
            // It is entered from the results of a class.
            Room::Class => false,
        };
        [Room::Why, Room::WhatIf, Room::Skins]
            .into_iter()
            .filter(has)
            .collect()
    }

    /// The piece that is looked at in a room.
    #[must_use]
    pub fn looked_at(&self) -> Option<usize> {
        let at = self.visit.looking;
        match self.visit.screen {
            Screen::Room(Room::Why) => {
                let answers = self.program.answers.get(at.picture)?;
                answers.get(at.answer).copied()
            }
            Screen::Room(Room::Skins) => Some(self.program.styles.get(at.picture)?.piece),
            Screen::Room(Room::WhatIf) => Some(at.picture).filter(|n| *n < self.program.played),
            Screen::Room(Room::Class) => {
                let game = self.visit.game.as_ref()?;
                Some(game.rounds.get(at.picture)?.piece)
            }
            _ => None,
        }
    }

    fn name_of_piece(&self, number: usize) -> String {
        let piece = self.program.pieces.get(number);
        piece.map_or_else(String::new, |piece| self.label_of(piece))
    }

    /// What the picture is called by who made the exhibit.
    fn title_of(&self, number: usize) -> String {
        let title = self
            .program
            .pieces
            .get(number)
            .map(|piece| &piece.about.title);
        title
            .and_then(|title| self.words(title))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn says_room(&self, room: Room) -> Vec<String> {
        let at = self.visit.looking;
        match room {
            Room::Why => {
                let piece = self.looked_at().and_then(|n| self.program.pieces.get(n));
                let looked = piece.map(|piece| self.texts().looked(&piece.looked.fields));
                let first = self
                    .program
                    .answers
                    .get(at.picture)
                    .and_then(|all| all.first());
                let label = first.map_or_else(String::new, |first| self.name_of_piece(*first));
                let says = self.filled("why-says", &[("label", Fill::Text(&label))]);
                [says]
                    .into_iter()
                    .chain(looked)
                    .chain([self.text("why-ask")])
                    .collect()
            }
            Room::Skins => {
                let Some(style) = self.program.styles.get(at.picture) else {
                    return Vec::new();
                };
                let (shape, skin) = (self.title_of(style.shape), self.title_of(style.skin));
                let fill = [("label", Fill::Text(&shape)), ("name", Fill::Text(&skin))];
                let mut lines = vec![self.filled("skin-ask", &fill)];
                if at.shown {
                    lines.push(self.skin_said(style));
                }
                lines
            }
            Room::WhatIf => self.says_covering(),
            Room::Class => self.says_class(),
        }
    }

    /// What the network says of a picture in another skin, and which of the two it followed.
    fn skin_said(&self, style: &Styled) -> String {
        let label = |number: usize| {
            let piece = self.program.pieces.get(number);
            piece.map(|piece| piece.about.label.as_str())
        };
        let said = label(style.piece);
        let key = if said == label(style.shape) {
            "skin-shape"
        } else if said == label(style.skin) {
            "skin-skin"
        } else {
            "skin-neither"
        };
        let name = self.name_of_piece(style.piece);
        self.filled(key, &[("label", Fill::Text(&name))])
    }

    pub(super) fn offers_room(&self, room: Room) -> Vec<Offer> {
        let button = |action, key| Offer::new(action, self.text(key));
        let at = self.visit.looking;
        let mut offers = Vec::new();
        match room {
            Room::Why => {
                let answers = self.program.answers.get(at.picture);
                for (n, number) in answers.into_iter().flatten().enumerate() {
                    let chance = self
                        .program
                        .pieces
                        .get(*number)
                        .map_or(0.0, |p| p.about.chance);
                    let name = self.name_of_piece(*number);
                    let fill = [
                        ("label", Fill::Text(&name)),
                        ("percent", Fill::Number((100.0 * f64::from(chance)).round())),
                    ];
                    offers.push(Offer {
                        on: Some(n == at.answer),
                        ..Offer::new(Action::Answer(n), self.filled("why-answer", &fill))
                    });
                }
            }
            Room::Skins => {
                if !at.shown {
                    offers.push(button(Action::Tell, "skin-tell").main());
                }
            }
            Room::WhatIf => offers = self.offers_covering(),
            Room::Class => {}
        }
        offers.push(button(Action::Another, "next").main());
        offers.push(match room {
            Room::Why | Room::Skins | Room::WhatIf => button(Action::Again, "room-play"),
            Room::Class => button(Action::Results, "back"),
        });
        offers
    }

    /// The fields that at least half of the teams called on the picture that is looked at.
    #[must_use]
    pub fn called_by_most(&self) -> Vec<Mark> {
        let Some((round, piece)) = self.class_round() else {
            return Vec::new();
        };
        let painted = |guess: &Guess, field: usize| {
            let last = guess.marks.iter().rev().find_map(|mark| match mark {
                Mark::Part { part, on } if *part == field => Some(*on),
                _ => None,
            });
            last.unwrap_or(false)
        };
        let most = |field: &usize| {
            let teams = round.guesses.iter().filter(|guess| painted(guess, *field));
            2 * teams.count() >= round.guesses.len().max(1)
        };
        let fields = (0..piece.fields.len()).filter(most);
        fields.map(|part| Mark::Part { part, on: true }).collect()
    }

    fn class_round(&self) -> Option<(&Round, &Piece)> {
        let game = self.visit.game.as_ref()?;
        let round = game.rounds.get(self.visit.looking.picture)?;
        Some((round, self.program.pieces.get(round.piece)?))
    }

    /// The page of the class: what was asked, how well the teams agree with each other, and with the AI.
    fn says_class(&self) -> Vec<String> {
        let Some((round, piece)) = self.class_round() else {
            return Vec::new();
        };
        let label = self.label_of(piece);
        let says = self.filled("why-says", &[("label", Fill::Text(&label))]);
        let mut lines = vec![says, self.text("class-most")];
        let mut crowd = crate::guess::crowd::Crowd::default();
        for guess in &round.guesses {
            crowd.add(&PaintingGrid::of(&piece.painting(&guess.marks, true)));
        }
        let hundred = |share: f64| Fill::Number((100.0 * share).round());
        if let Some(ceiling) = crowd.ceiling() {
            lines.push(self.filled("class-agree", &[("n", hundred(ceiling.value))]));
        }
        let size = (piece.answer.height(), piece.answer.width());
        let ranks = piece
            .answer
            .ranks()
            .iter()
            .map(|rank| *rank as f32)
            .collect();
        let agreement = Array2::from_shape_vec(size, ranks)
            .ok()
            .and_then(|map| crowd.agreement(map.view()));
        if let Some(agreement) = agreement {
            lines.push(self.filled("class-ai", &[("n", hundred(agreement))]));
        }
        lines
    }

    /// Does what a button of a room does.
    pub(super) fn act_in_room(&mut self, action: &Action) {
        let Screen::Room(room) = self.visit.screen else {
            return;
        };
        let count = match room {
            Room::Why => self.program.answers.len(),
            Room::Skins => self.program.styles.len(),
            Room::WhatIf => self.program.played,
            Room::Class => self.visit.game.as_ref().map_or(0, |game| game.rounds.len()),
        };
        if room == Room::WhatIf {
            self.act_covering(action);
        }
        let at = &mut self.visit.looking;
        match *action {
            Action::Answer(answer) => at.answer = answer,
            Action::Tell => at.shown = true,
            Action::Another => {
                at.picture = (at.picture + 1) % count.max(1);
                at.answer = 0;
                at.shown = false;
                self.visit.covering = Covering::default();
            }
            _ => {}
        }
        // What moves begins anew.
        self.house.entered = self.house.now;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Stage, piece, program};
    use super::super::{Input, Program, Visit};
    use super::*;

    /// Two pictures with three and two answers, and one in the skin of the other.
    fn with_rooms() -> Program {
        let mut program = program(&["en"]);
        for (n, label, chance) in [(1, "stool", 0.2), (2, "bench", 0.1), (4, "lamp", 0.3)] {
            let mut more = piece(n);
            more.about.label = label.to_owned();
            more.about.chance = chance;
            program.pieces.push(more);
        }
        program.answers = vec![vec![0, 7, 8], vec![3, 9]];
        program.styles = vec![
            Styled {
                shape: 0,
                skin: 1,
                piece: 7,
            },
            Styled {
                shape: 2,
                skin: 0,
                piece: 2,
            },
            Styled {
                shape: 2,
                skin: 3,
                piece: 3,
            },
        ];
        program
    }

    #[test]
    fn rooms_are_offered_where_they_are_prepared_and_lead_back_to_the_game() {
        let mut stage = Stage::new(program(&["en"]));
        stage.tap(300.0, 200.0);
        assert!(!stage.has("See why"));
        let mut stage = Stage::new(with_rooms());
        stage.tap(300.0, 200.0);
        assert_eq!(stage.shell.visit().screen, Screen::Choose);
        stage.press("See why");
        assert_eq!(stage.shell.looked_at(), Some(0));
        let says = stage.shell.says().join(" ");
        assert!(says.contains("The AI says: thing 0"), "{says}");
        stage.press("bench: 10 %");
        assert_eq!(stage.shell.looked_at(), Some(8));
        stage.press("Next picture");
        assert_eq!(stage.shell.looked_at(), Some(3));
        assert!(stage.has("lamp: 30 %") && !stage.has("bench"));
        stage.press("Next picture");
        assert_eq!(stage.shell.looked_at(), Some(0));
        stage.press("Play the game");
        assert_eq!(stage.shell.visit().screen, Screen::Choose);
        // The game plays no picture of a room.
        for game in 0..60 {
            let dealt = stage
                .shell
                .program()
                .deal(super::super::Mode::Single, game, 0);
            assert!(dealt.iter().all(|piece| *piece < 7), "{dealt:?}");
        }
        assert!(stage.shell.practice() < 7);
    }

    #[test]
    fn a_skin_is_told_after_it_was_asked_and_truly() {
        let mut stage = Stage::new(with_rooms());
        stage.tap(300.0, 200.0);
        stage.press("another skin");
        let mut heard = Vec::new();
        for _ in 0..3 {
            assert_eq!(stage.shell.says().len(), 1);
            stage.press("What does it say?");
            heard.push(stage.shell.says()[1].clone());
            stage.press("Next picture");
        }
        for (said, words) in heard.iter().zip(["stool", "shape", "skin"]) {
            assert!(said.contains(words), "{heard:?}");
        }
        assert!(heard[0].contains("Neither"), "{heard:?}");
        // Who walks away is forgotten there too.
        stage.wait(60.0 + 31.0);
        assert_eq!(*stage.shell.visit(), Visit::default());
    }

    #[test]
    fn the_teachers_page_shows_what_most_teams_called_and_how_well_they_agree() {
        let lines = "[play]\nmodes = [\"class\"]\nrounds = 2\n";
        let mut stage = Stage::new(super::super::testing::program_of(lines, &["en"]));
        stage.tap(300.0, 200.0);
        stage.press("4 teams");
        stage.press("Skip");
        for _ in 0..2 {
            for team in 0..4 {
                // "Talk about it!"
                stage.press("Next");
                // Three teams call the field of the answer's top, all but one another one as well.
                let piece = stage.shell.piece().unwrap();
                let top = piece
                    .answer
                    .labels()
                    .iter()
                    .position(|label| *label == 1)
                    .unwrap();
                let side = super::super::testing::SIDE;
                let right = piece.fields.at(top % side, top / side).unwrap();
                let wrong = if right == 35 { 34 } else { 35 };
                if team < 3 {
                    stage.take(Input::Press(Action::Part(right)));
                }
                if team == 3 {
                    stage.take(Input::Press(Action::Part(wrong)));
                }
                stage.press("Show me");
            }
            stage.wait(8.0);
            stage.press("Next picture");
        }
        assert_eq!(stage.shell.visit().screen, Screen::Results);
        stage.press("For the teacher");
        let first = stage.shell.looked_at().unwrap();
        assert_eq!(stage.shell.called_by_most().len(), 1);
        let says = stage.shell.says().join(" ");
        assert!(
            says.contains("with the AI") && says.contains("each other"),
            "{says}"
        );
        stage.press("Next picture");
        assert_ne!(stage.shell.looked_at(), Some(first));
        stage.press("Back");
        assert_eq!(stage.shell.visit().screen, Screen::Results);
    }
}
