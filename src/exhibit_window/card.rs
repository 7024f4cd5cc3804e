//! The card to carry home, large enough to be photographed. It is drawn on a thread of its own as soon as
//! a game is over: no frame waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use bevy_egui::egui::{
    self, Color32, Id, Rect, Sense, TextureHandle, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::paint::{Mask, Over, Places, overlay};
use super::plan::Placed;
use super::show::{calm_light, coloured, load};
use crate::exhibit::shell::{Mark, Piece, Shared, Shell};
use crate::exhibit::{CARD_SIZE, Card, Fill};

/// Height on the screen, in millimetres: a square of the code has eight tenths of one then.
pub(super) const HEIGHT: f32 = 120.0;
/// Bytes of the code, at most: more would make its squares smaller than telephones read with ease.
const CODE_BYTES: usize = 106;
/// Longer side of the pictures on it, in pixels.
const SIDE: u32 = 465;
/// What is seen until it is drawn.
const PAPER: Color32 = Color32::from_rgb(0xff, 0xfd, 0xf7);

/// What a visitor carries home, in plain words: no address, no network. As many rounds as there is room
/// for; `None` where nothing is carried home.
pub(super) fn words(shell: &Shell) -> Option<String> {
    let visit = shell.visit();
    let game = visit.game.as_ref()?;
    if !shell.program().shares || visit.players > 1 {
        return None;
    }
    let (stars, of) = game.stars(0);
    let mut text = format!("{}: {stars}/{of}", shell.texts().get("card-title", &[]));
    for round in &game.rounds {
        let piece = shell.program().pieces.get(round.piece)?;
        let judged = round.guesses.first()?.judged.as_ref()?;
        let more = format!("\n{} {}/3", shell.label_of(piece), judged.stars);
        if text.len() + more.len() <= CODE_BYTES {
            text += &more;
        }
    }
    (text.len() <= CODE_BYTES).then_some(text)
}

/// What is to stand on a card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// The picture that went best, and what was painted on it.
    piece: usize,
    marks: Vec<Mark>,
    title: String,
    lines: Vec<String>,
    captions: [String; 2],
    stars: (u8, u8),
    code: String,
    scan: String,
}

impl Wanted {
    /// The card of the game that is over; `None` where nothing is carried home.
    pub(super) fn of(shell: &Shell) -> Option<Self> {
        let code = words(shell)?;
        let game = shell.visit().game.as_ref()?;
        let worth = |guess: &crate::exhibit::shell::Guess| {
            let judged = guess.judged.as_ref();
            judged.map_or(f64::NEG_INFINITY, |judged| judged.tolerant)
        };
        let guesses = game
            .rounds
            .iter()
            .filter_map(|round| Some((round.piece, round.guesses.first()?)));
        let (number, guess) = guesses.max_by(|a, b| worth(a.1).total_cmp(&worth(b.1)))?;
        let piece = shell.program().pieces.get(number)?;
        let texts = shell.texts();
        let text = |key: &str| texts.get(key, &[]);
        let label = shell.label_of(piece);
        let mut lines = vec![
            texts.get("why-says", &[("label", Fill::Text(&label))]),
            texts.looked(&piece.looked.fields),
        ];
        lines.extend(shell.visit().better_than.map(|percent| {
            let fill = [("percent", Fill::Number(percent.round()))];
            texts.get("better-than", &fill)
        }));
        let (stars, of) = game.stars(0);
        let small = |n: u32| u8::try_from(n).unwrap_or(u8::MAX);
        Some(Self {
            piece: number,
            marks: guess.marks.clone(),
            title: text("card-title"),
            lines,
            captions: [text("yours"), text("theirs")],
            stars: (small(stars), small(of)),
            code,
            scan: text("card-scan"),
        })
    }

    /// Which picture stands on it.
    pub(super) fn piece(&self) -> usize {
        self.piece
    }

    /// The card; `None` where it cannot be drawn.
    fn draw(&self, piece: &Piece, picture: &RgbImage) -> Option<RgbImage> {
        let places = Places::of(piece);
        let yours = Over {
            yours: 1.0,
            ..Over::default()
        };
        let theirs = Over {
            theirs: vec![1.0; places.count()],
            ..Over::default()
        };
        let seen = |over: &Over| painted_on(picture, piece, &places, &self.marks, over);
        let card = Card {
            title: self.title.clone(),
            lines: self.lines.clone(),
            yours: seen(&yours),
            theirs: seen(&theirs),
            captions: self.captions.clone(),
            stars: self.stars,
            code: self.code.clone(),
            scan: self.scan.clone(),
            alt: self.code.clone(),
        };
        card.draw().ok()
    }
}

/// A picture as it is seen in the game, calm and with what lies over it.
fn painted_on(
    picture: &RgbImage,
    piece: &Piece,
    places: &Places,
    marks: &[Mark],
    over: &Over,
) -> RgbImage {
    let (width, height) = picture.dimensions();
    let scale = f64::from(SIDE) / f64::from(width.max(height).max(1));
    let to = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let (width, height) = (to(width), to(height));
    let under = resize(picture, width, height, FilterType::Triangle);
    let masks = [Mask::of(piece, marks, false)];
    let light = overlay(piece, places, &masks, over);
    let [across, down] = light.size;
    let light = RgbaImage::from_fn(across as u32, down as u32, |x, y| {
        let pixel = light.pixels.get(y as usize * across + x as usize);
        Rgba(pixel.map_or([0; 4], Color32::to_array))
    });
    // Its colours are multiplied by how much of them is seen already.
    let light = resize(&light, width, height, FilterType::Triangle);
    RgbImage::from_fn(width, height, |x, y| {
        let [r, g, b, a] = light.get_pixel(x, y).0.map(u16::from);
        let calm = u16::from(calm_light(under.get_pixel(x, y).0));
        let rest = (calm * (255 - a) + 127) / 255;
        Rgb([r, g, b].map(|light| (light + rest).min(255) as u8))
    })
}

/// The card on the screen.
#[derive(Default)]
pub(super) struct OnScreen {
    made: Option<(Wanted, Option<TextureHandle>)>,
    making: Option<(Wanted, Receiver<Option<RgbImage>>)>,
}

impl OnScreen {
    /// Draws the card in its place. Until it is there, a sheet of paper is seen; `picture` is that of
    /// [`Wanted::piece`], as soon as it is open.
    pub(super) fn draw(
        &mut self,
        ui: &Ui,
        placed: &Placed,
        wanted: &Wanted,
        program: &Shared,
        picture: Option<Arc<RgbImage>>,
    ) {
        self.receive(ui.ctx());
        let known = |made: &Wanted| made == wanted;
        let is_there = self.made.as_ref().is_some_and(|(made, _)| known(made));
        if !is_there
            && self.making.is_none()
            && let Some(picture) = picture
        {
            self.make(wanted.clone(), program.clone(), picture);
        }
        let height = placed.rect.height();
        let [across, down] = CARD_SIZE.map(|side| side as f32);
        let size = vec2(height * across / down, height);
        let left = if placed.middle {
            placed.rect.center().x - size.x / 2.0
        } else {
            placed.rect.left()
        };
        let rect = Rect::from_min_size(pos2(left, placed.rect.top()), size);
        let texture = self.made.as_ref().filter(|(made, _)| known(made));
        match texture.and_then(|(_, texture)| texture.as_ref()) {
            Some(texture) => {
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                ui.painter()
                    .image(texture.id(), rect, whole, Color32::WHITE);
            }
            None => {
                ui.painter().rect_filled(rect, 0.0, PAPER);
            }
        }
        let response = ui.interact(rect, Id::new("exhibit card"), Sense::hover());
        let text = &wanted.code;
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, text));
    }

    fn make(&mut self, wanted: Wanted, program: Shared, picture: Arc<RgbImage>) {
        let (tells, found) = channel();
        let card = wanted.clone();
        let drawing = std::thread::Builder::new()
            .name("card".to_owned())
            .spawn(move || {
                let piece = program.pieces.get(card.piece);
                let drawn = piece.and_then(|piece| card.draw(piece, &picture));
                // The visitor may have gone meanwhile.
                let _ = tells.send(drawn);
            });
        if drawing.is_ok() {
            self.making = Some((wanted, found));
        }
    }

    fn receive(&mut self, ctx: &egui::Context) {
        let Some((wanted, found)) = &self.making else {
            return;
        };
        let card = match found.try_recv() {
            Ok(card) => card,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => None,
        };
        let texture = card.map(|card| load(ctx, coloured(&card)));
        self.made = Some((wanted.clone(), texture));
        self.making = None;
    }

    /// Whether it is on the screen, and not a sheet of paper.
    #[cfg(test)]
    pub(super) fn is_drawn(&self) -> bool {
        self.made
            .as_ref()
            .is_some_and(|(_, texture)| texture.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::shell::testing::{Stage, piece, program};
    use crate::exhibit::shell::{Action, Game, Input, Screen};

    /// A game that was played; on its second picture a part was painted.
    fn played(mut before: impl FnMut(&Stage)) -> Stage {
        let mut stage = Stage::new(program(&["en"]));
        stage.tap(300.0, 200.0);
        stage.press("Skip");
        while stage.shell.visit().screen != Screen::Results {
            before(&stage);
            let offers = stage.shell.offers();
            let at = stage.shell.visit().game.as_ref().map_or(0, |game| game.at);
            let painted = |stage: &Stage| {
                let guess = stage.shell.visit().game.as_ref().and_then(Game::guess);
                guess.is_some_and(|guess| !guess.marks.is_empty())
            };
            let part = (at == 1 && !painted(&stage)).then_some(Action::Part(5));
            let lead = [Action::Reveal, Action::Skip, Action::Next];
            let on = |action: &Action| offers.iter().any(|offer| offer.action == *action);
            let action = part.into_iter().chain(lead).find(on).unwrap();
            stage.take(Input::Press(action));
        }
        stage
    }

    #[test]
    fn what_is_carried_home_is_plain_words_that_fit_into_a_small_code() {
        let stage = played(|stage| {
            let game = stage.shell.visit().game.as_ref();
            let judged = |game: &Game| game.rounds.iter().all(|r| r.guesses[0].judged.is_some());
            // Before the last answer there is nothing to carry.
            assert_eq!(words(&stage.shell).is_some(), game.is_some_and(judged));
        });
        let code = words(&stage.shell).unwrap();
        assert!(code.starts_with("I guessed what the AI saw: "), "{code}");
        assert!(code.contains("/9\nthing "), "{code}");
        assert!(code.len() <= CODE_BYTES);
        // The code as wide as on a card with the longest text: each square has eight tenths of a
        // millimetre.
        let (side, _) = crate::exhibit::code_squares(&"x".repeat(CODE_BYTES)).unwrap();
        let [across, down] = CARD_SIZE.map(|side| side as f32);
        let pixel = HEIGHT / down;
        assert!(across * pixel > 90.0);
        let square = (441 / (side + 8)) as f32 * pixel;
        assert!(square >= 0.8 - 1e-4, "{square}");
    }

    #[test]
    fn the_card_shows_the_picture_that_went_best() {
        let stage = played(|_| {});
        let wanted = Wanted::of(&stage.shell).unwrap();
        let game = stage.shell.visit().game.as_ref().unwrap();
        let best = game.rounds.iter().max_by(|a, b| {
            let worth = |round: &crate::exhibit::shell::Round| {
                round.guesses[0].judged.as_ref().unwrap().tolerant
            };
            worth(a).total_cmp(&worth(b))
        });
        assert_eq!(wanted.piece(), best.unwrap().piece);
        assert_eq!(wanted.stars.1, 9);
        assert!(wanted.lines[1].starts_with("It looked most"), "{wanted:?}");
        let picture = RgbImage::from_pixel(60, 40, Rgb([200, 40, 40]));
        let piece = &stage.shell.program().pieces[wanted.piece()];
        let card = wanted.draw(piece, &picture).unwrap();
        assert_eq!([card.width(), card.height()], CARD_SIZE);
    }

    #[test]
    fn paint_and_light_lie_on_a_calm_picture() {
        let piece = piece(0);
        let places = Places::of(&piece);
        let marks = [Mark::Part { part: 5, on: true }];
        let picture = RgbImage::from_pixel(60, 40, Rgb([200, 40, 40]));
        let plain = painted_on(&picture, &piece, &places, &marks, &Over::default());
        // As wide as there is room, in the picture's own shape, grey.
        assert_eq!(plain.dimensions(), (465, 310));
        assert!(plain.pixels().all(|p| p.0[0] == p.0[1] && p.0[1] == p.0[2]));
        let yours = Over {
            yours: 1.0,
            ..Over::default()
        };
        let painted = painted_on(&picture, &piece, &places, &marks, &yours);
        let changed = painted.pixels().zip(plain.pixels()).filter(|(a, b)| a != b);
        let share = changed.count() as f64 / (465.0 * 310.0);
        // One part of sixteen.
        assert!((share - 1.0 / 16.0).abs() < 0.01, "{share}");
    }
}
