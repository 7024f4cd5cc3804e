//! The other rooms, in visitors' words: what the network looks at for another answer, and what it says of
//! a picture in the skin of another. Everything in them was prepared.

use super::input::Action;
use super::offers::Offer;
use super::state::{Room, Screen};
use super::turn::Shell;
use crate::exhibit::texts::Fill;

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
        };
        [Room::Why, Room::Skins].into_iter().filter(has).collect()
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
        }
        offers.push(button(Action::Another, "next").main());
        offers.push(button(Action::Again, "room-play"));
        offers
    }

    /// Does what a button of a room does.
    pub(super) fn act_in_room(&mut self, action: &Action) {
        let Screen::Room(room) = self.visit.screen else {
            return;
        };
        let count = match room {
            Room::Why => self.program.answers.len(),
            Room::Skins => self.program.styles.len(),
        };
        let at = &mut self.visit.looking;
        match *action {
            Action::Answer(answer) => at.answer = answer,
            Action::Tell => at.shown = true,
            Action::Another => {
                at.picture = (at.picture + 1) % count.max(1);
                at.answer = 0;
                at.shown = false;
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
    use super::super::{Program, Visit};
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
}
