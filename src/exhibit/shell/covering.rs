//! The room of "what if": a visitor covers parts of a picture and reads what the network says then. Here is
//! what is covered and what was told; who asks the network is the window.

use super::input::Action;
use super::offers::Offer;
use super::piece::Piece;
use super::says::short;
use super::state::{Mark, Room, Screen};
use super::turn::Shell;
use crate::exhibit::texts::Fill;
use crate::guess::Field;

/// Steps that are remembered, at most: more come from no hand.
const MOST_STEPS: usize = 500;
/// Answers that are shown: where there is room for more than what matters, and where there is not.
const ANSWERS: [usize; 2] = [3, 2];
/// So much of what the network looked at goes with one button.
const NEARLY_ALL: f64 = 0.75;
/// What the network looked at: these colours of the answer, the strongest being 1.
const STRONG: std::ops::RangeInclusive<u8> = 1..=3;

/// What a visitor covered, and what the network says then.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Covering {
    /// Each can be taken back.
    steps: Vec<Vec<Mark>>,
    told: Option<Told>,
    /// Where the network looks now, once that is known.
    looked: Vec<Field>,
    /// Whether the network cannot be asked.
    failed: bool,
}

/// What the network says of a picture of which something is covered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Which picture of the programme.
    pub piece: usize,
    /// The surest answer to the picture as it is first; the surest one now is among them.
    pub chances: Vec<Chance>,
    /// The colour that takes the place of what is covered: red, green, blue.
    pub colour: [u8; 3],
}

/// How sure the network is of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chance {
    /// The answer, in the network's words.
    pub label: String,
    /// Of the picture as it is, 0-1.
    pub before: f32,
    /// With something covered, 0-1.
    pub now: f32,
}

impl Told {
    /// What it says now.
    fn now(&self) -> Option<&Chance> {
        let chances = self.chances.iter();
        chances.fold(None, |best: Option<&Chance>, chance| match best {
            Some(surer) if surer.now >= chance.now => best,
            _ => Some(chance),
        })
    }

    /// The answers that are shown, in their order: what it said, what it says, and what else there is
    /// room for.
    fn shown(&self, most: usize) -> Vec<&Chance> {
        let label = |chance: Option<&Chance>| chance.map(|chance| chance.label.clone());
        let (first, now) = (label(self.chances.first()), label(self.now()));
        let matters = |chance: &Chance| {
            let name = Some(&chance.label);
            name == first.as_ref() || name == now.as_ref()
        };
        let needed = self.chances.iter().filter(|chance| matters(chance)).count();
        let mut more = most.saturating_sub(needed);
        let mut shown = Vec::new();
        for chance in &self.chances {
            let has_room = matters(chance) || more > 0;
            if has_room {
                more = more.saturating_sub(usize::from(!matters(chance)));
                shown.push(chance);
            }
        }
        shown
    }
}

impl Covering {
    /// Whether all of the picture is to be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is covered, in the order in which it was.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        self.steps.concat()
    }

    /// The colour that takes the place of what is covered, once it is known: red, green, blue.
    #[must_use]
    pub fn colour(&self) -> Option<[u8; 3]> {
        Some(self.told.as_ref()?.colour)
    }

    /// Whether the network has answered, or cannot.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.told.is_some() || self.failed
    }

    /// Whether all is known of what is covered now: the answers and where the network looks.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let lit = self.is_blank() || !self.looked.is_empty();
        self.failed || (self.told.is_some() && lit)
    }

    fn is_covered(&self, wanted: usize) -> bool {
        let mut marks = self.steps.iter().rev().flat_map(|step| step.iter().rev());
        let last = marks.find_map(|mark| match mark {
            Mark::Part { part, on } if *part == wanted => Some(*on),
            _ => None,
        });
        last.unwrap_or(false)
    }

    fn push(&mut self, step: Vec<Mark>) {
        if !step.is_empty() && self.steps.len() < MOST_STEPS {
            self.steps.push(step);
            self.looked.clear();
        }
    }

    /// Takes the last step back, or all of them.
    fn bring_back(&mut self, all: bool) {
        if all {
            self.steps.clear();
        } else {
            self.steps.pop();
        }
        self.looked.clear();
        if self.is_blank() {
            // What it says of the whole picture is known already.
            for chance in self.told.iter_mut().flat_map(|told| &mut told.chances) {
                chance.now = chance.before;
            }
        }
    }
}

impl Shell {
    /// Which picture is covered in the room of "what if", and what of it; `None` elsewhere.
    #[must_use]
    pub fn covered(&self) -> Option<(usize, Vec<Mark>)> {
        let here = self.visit.screen == Screen::Room(Room::WhatIf);
        let piece = self.looked_at().filter(|_| here)?;
        Some((piece, self.visit.covering.marks()))
    }

    fn covered_piece(&self) -> Option<&Piece> {
        let (piece, _) = self.covered()?;
        self.program.pieces.get(piece)
    }

    /// What the network says of any class, in the visitor's words where there are any.
    fn label_named(&self, label: &str) -> String {
        let words = self.program.labels.get(label);
        let own = words.and_then(|words| words.get(self.texts().language()));
        own.cloned().unwrap_or_else(|| short(label))
    }

    /// How sure the network was and is, 0-1, of the answers whose lines stand last on the screen.
    #[must_use]
    pub fn chances(&self) -> Vec<(f32, f32)> {
        let chances = self.shown_chances();
        chances.iter().map(|c| (c.before, c.now)).collect()
    }

    fn shown_chances(&self) -> Vec<&Chance> {
        let [roomy, few] = ANSWERS;
        let most = if self.has_room() { roomy } else { few };
        let told = self.visit.covering.told.as_ref();
        let told = told.filter(|_| self.covered().is_some() && !self.visit.covering.failed);
        told.map_or_else(Vec::new, |told| told.shown(most))
    }

    pub(super) fn says_covering(&self) -> Vec<String> {
        let covering = &self.visit.covering;
        if covering.failed {
            return vec![self.text("what-if-none")];
        }
        let ask = self.text("what-if-ask");
        let Some(told) = &covering.told else {
            return vec![ask, self.text("waiting")];
        };
        let (Some(first), Some(now)) = (told.chances.first(), told.now()) else {
            return vec![ask];
        };
        let label = self.label_named(&now.label);
        let says = |key: &str| self.filled(key, &[("label", Fill::Text(&label))]);
        let mut lines = Vec::new();
        if covering.is_blank() {
            lines.extend([says("why-says"), ask]);
        } else {
            let same = now.label == first.label;
            lines.push(says(if same { "cover-yes" } else { "cover-no" }));
            if !covering.looked.is_empty() && self.has_room() {
                lines.push(self.texts().looked(&covering.looked));
            }
        }
        for chance in self.shown_chances() {
            let name = self.label_named(&chance.label);
            let hundred = |share: f32| Fill::Number((100.0 * f64::from(share)).round());
            let (before, now) = (hundred(chance.before), hundred(chance.now));
            let name = ("label", Fill::Text(&name));
            lines.push(if covering.is_blank() {
                self.filled("why-answer", &[name, ("percent", before)])
            } else {
                self.filled("what-if-row", &[name, ("n", before), ("percent", now)])
            });
        }
        lines
    }

    pub(super) fn offers_covering(&self) -> Vec<Offer> {
        let button = |action, key| Offer::new(action, self.text(key));
        let Some(piece) = self.covered_piece() else {
            return Vec::new();
        };
        let covering = &self.visit.covering;
        let order = piece.parts_in_order();
        let of = order.len();
        let mut offers: Vec<Offer> = order
            .into_iter()
            .enumerate()
            .map(|(n, part)| {
                let name = self.part_name(piece, (n + 1, of), part);
                let on = covering.is_covered(part);
                let label = if on {
                    self.filled("what-if-covered", &[("name", Fill::Text(&name))])
                } else {
                    name
                };
                Offer {
                    on: Some(on),
                    ..Offer::new(Action::Part(part), label)
                }
            })
            .collect();
        if !self.strongest().is_empty() {
            offers.push(button(Action::Strongest, "what-if-most"));
        }
        if !covering.is_blank() {
            offers.push(button(Action::Undo, "undo"));
            offers.push(button(Action::Clear, "clear"));
        }
        offers
    }

    /// Parts that the network looked at most and that are not covered yet: those that lie for the most
    /// part on the strongest colours of its answer, until they hold nearly all of these.
    fn strongest(&self) -> Vec<usize> {
        let Some(piece) = self.covered_piece() else {
            return Vec::new();
        };
        let labels = piece.answer.labels();
        let strong = |label: &u8| STRONG.contains(label);
        let wanted = NEARLY_ALL * labels.iter().filter(|label| strong(label)).count() as f64;
        let mut parts: Vec<(usize, f64, f64)> = (0..piece.parts.len())
            .map(|part| {
                let (mut all, mut held) = (0.0_f64, 0.0_f64);
                for pixel in piece.parts.pixels(part) {
                    all += 1.0;
                    held += f64::from(u8::from(labels.get(pixel).is_some_and(strong)));
                }
                (part, held, held / all.max(1.0))
            })
            .collect();
        parts.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        let mut found = 0.0;
        let mut strongest = Vec::new();
        for (part, held, _) in parts {
            if found >= wanted {
                break;
            }
            found += held;
            if !self.visit.covering.is_covered(part) {
                strongest.push(part);
            }
        }
        strongest
    }

    /// Covers more of the picture, as one step.
    pub(super) fn cover_more(&mut self, step: Vec<Mark>) {
        if self.visit.screen == Screen::Room(Room::WhatIf) {
            self.visit.covering.push(step);
        }
    }

    /// Does what a button of this room does.
    pub(super) fn act_covering(&mut self, action: &Action) {
        match *action {
            Action::Part(part) => {
                let on = !self.visit.covering.is_covered(part);
                self.cover_more(vec![Mark::Part { part, on }]);
            }
            Action::Strongest => {
                let parts = self.strongest().into_iter();
                let step = parts.map(|part| Mark::Part { part, on: true });
                self.cover_more(step.collect());
            }
            Action::Undo => self.visit.covering.bring_back(false),
            Action::Clear => self.visit.covering.bring_back(true),
            _ => {}
        }
    }

    /// The network has answered, or cannot.
    pub(super) fn told(&mut self, told: Option<Box<Told>>) {
        let Some((piece, _)) = self.covered() else {
            return;
        };
        match told {
            None => self.visit.covering.failed = true,
            // An answer that comes late is of another picture.
            Some(told) if told.piece == piece => {
                self.visit.covering.told = Some(*told);
                self.visit.covering.failed = false;
            }
            Some(_) => {}
        }
    }

    /// Where it looks now is known.
    pub(super) fn lit(&mut self, piece: usize, looked: Vec<Field>) {
        if self.covered().is_some_and(|(covered, _)| covered == piece) {
            self.visit.covering.looked = looked;
        }
    }
}
