//! The tab played from start to end by keyboard alone, by tapping alone and by dragging, with the
//! real state and rules; only the networks are stood in for by maps made here.

mod controls;
mod frames;
mod play;
mod rules;

use std::sync::Arc;

use bevy::math::Vec2;
use bevy_egui::egui::{self, Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use ndarray::Array2;

use super::chart::{name as colour_name, percent};
use super::rules::{Effect, obey, pass, ready};
use super::state::{Ask, Explain, Game, Mode, Phase, Round, Status};
use super::{PANE, Pickable, tab_ui};
use crate::guess::scores::{Played, ScoreBook, timestamp};
use crate::guess::{Answer, Band, BandShares, Direction, RULE, Regions, Yardsticks};
use crate::stage::StageFrame;
use crate::tabs::hands::{self, Window, check_controls, press, tab_to};
use crate::ui::Tab;
use crate::ui::commands::{Command, pressed};
use crate::ui::widgets::Thumb;

/// Side of the pictures that are played with, in pixels: nine segments of 20 x 20.
const SIDE: usize = 60;

struct Program {
    explain: Explain,
    effects: Vec<Effect>,
    commands: Vec<Command>,
    thumbs: Vec<Thumb>,
    pickable: Vec<Pickable>,
    /// Where the score of each round is kept.
    scores: std::path::PathBuf,
    /// Where the middle of the canvas is, and its side, in points.
    canvas: (Pos2, f32),
}

/// A round whose answer has its most important part in the middle segment.
fn round(item: u64, name: &str) -> Round {
    let mut round = Round::new(item, name, "A test picture");
    let map = Array2::from_shape_fn((SIDE, SIDE), |(y, x)| {
        -((y as f32 - 29.6).hypot(x as f32 - 29.3))
    });
    let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
    let yard = Yardsticks::of(&answer).unwrap();
    let labels = Array2::from_shape_fn((SIDE, SIDE), |(y, x)| (y / 20 * 3 + x / 20) as u32);
    let regions = Arc::new(Regions::new(labels.view()).unwrap());
    "egyptian cat, 39 % sure".clone_into(&mut round.said);
    ready(
        &mut round,
        Arc::new(answer),
        regions,
        yard,
        [0.0, 0.0, 1.0, 1.0],
    );
    round
}

pub(super) fn game(rounds: usize) -> Game {
    Game {
        id: "1.0".to_owned(),
        phase: Phase::Playing,
        at: 0,
        rounds: (0..rounds).map(|n| round(n as u64, "Secret")).collect(),
        model: ("a".to_owned(), "Network A".to_owned()),
        question: crate::saliency::Request::default(),
        shares: BandShares::default(),
        limit: None,
    }
}

fn program(folder: &tempfile::TempDir) -> Program {
    let thumb = |name: &str| Thumb {
        name: name.to_owned(),
        alternative: String::new(),
        texture: None,
        broken: false,
        hidden: false,
    };
    Program {
        explain: Explain {
            game: Some(game(2)),
            ..Explain::default()
        },
        effects: Vec::new(),
        commands: Vec::new(),
        thumbs: vec![thumb("First"), thumb("Second")],
        pickable: (0..2).map(|id| Pickable { id, given: true }).collect(),
        scores: folder.path().join("scores.jsonl"),
        canvas: (Pos2::ZERO, 0.0),
    }
}

/// One frame as the systems make it, except that a new game and the score are made here.
fn draw(ui: &mut egui::Ui, program: &mut Program, frame: &mut StageFrame) {
    program.commands.extend(pressed(ui.ctx()));
    let mut asks: Vec<Ask> = program.commands.drain(..).map(Ask::Do).collect();
    let data = (&program.thumbs[..], &program.pickable[..]);
    tab_ui(ui, &mut program.explain, data, frame, &mut asks);
    for ask in asks {
        let Some(effect) = obey(&mut program.explain, &ask) else {
            continue;
        };
        if effect == Effect::Over {
            keep(program);
        }
        if let Effect::Start { .. } = effect {
            program.explain.game = Some(game(2));
        }
        program.effects.push(effect);
    }
    frame.pretend_drawn(Vec2::splat(SIDE as f32));
    if let (Some(low), Some(high)) = (
        frame.point_of(PANE, Vec2::ZERO),
        frame.point_of(PANE, Vec2::ONE),
    ) {
        program.canvas = (low.lerp(high, 0.5), high.x - low.x);
    }
}

fn keep(program: &mut Program) {
    let game = program.explain.game.as_ref().unwrap();
    let outcome = game.round().unwrap().outcome.as_ref().unwrap();
    let played = Played {
        game: game.id.clone(),
        round: game.at as u32 + 1,
        of: game.rounds.len() as u32,
        date: timestamp(std::time::SystemTime::now()),
        nickname: "Ada".to_owned(),
        model: game.model.0.clone(),
        method: "xrai".to_owned(),
        picture: "Secret".to_owned(),
        sha256: String::new(),
        score: outcome.score.score,
        rule: RULE,
        found: [0.0; 4],
        hints: 0,
        seconds: 1.0,
        ..Played::default()
    };
    program.explain.book.keep(&program.scores, played).unwrap();
}

fn window(program: Program, width: f32, height: f32) -> Window<Program> {
    hands::window(program, width, height, draw)
}

/// A place of the canvas, in fractions of it.
fn at(window: &Window<Program>, x: f32, y: f32) -> Pos2 {
    let (middle, side) = window.state().canvas;
    middle + egui::vec2(x - 0.5, y - 0.5) * side
}

fn pointer(window: &mut Window<Program>, pos: Pos2, pressed: bool) {
    window.event(Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
}

fn tap(window: &mut Window<Program>, pos: Pos2) {
    window.event(Event::PointerMoved(pos));
    window.run_steps(1);
    pointer(window, pos, true);
    window.run_steps(1);
    pointer(window, pos, false);
    window.run_steps(2);
}

fn explain(window: &Window<Program>) -> &Explain {
    &window.state().explain
}

fn phase(window: &Window<Program>) -> Phase {
    explain(window).game.as_ref().unwrap().phase
}

/// Number of pixels painted with a band.
fn painted(window: &Window<Program>, band: Band) -> usize {
    let board = explain(window).board().unwrap();
    let labels = board.painting().labels();
    labels
        .iter()
        .filter(|&&label| label == band.label())
        .count()
}

fn at_the_end(window: &Window<Program>) {
    assert_eq!(phase(window), Phase::Results);
    window.get_by_label("All your pictures side by side");
    let book = ScoreBook::load(&window.state().scores).unwrap();
    assert_eq!(book.played().len(), 2, "each round is kept");
    assert_eq!(book.best(None).len(), 1);
}
