//! The tab played from start to end by keyboard alone, by tapping alone and by dragging, with the
//! real state and rules; only the networks are stood in for by maps made here.

use std::sync::Arc;

use bevy::math::Vec2;
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{self, Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use ndarray::Array2;

use super::chart::percent;
use super::rules::{Effect, obey, pass, ready};
use super::state::{Ask, Explain, Game, Mode, Phase, Round, Status};
use super::{PANE, Pickable, tab_ui};
use crate::guess::scores::{Played, ScoreBook, timestamp};
use crate::guess::{Answer, Band, BandShares, Direction, Regions, Yardsticks};
use crate::saliency::Method;
use crate::stage::StageFrame;
use crate::tabs::Tab;
use crate::ui::commands::{Command, pressed};
use crate::ui::theme;
use crate::ui::widgets::{Thumb, focus_ring};

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

fn game(rounds: usize) -> Game {
    Game {
        number: 1,
        version: 0,
        id: "1.0".to_owned(),
        phase: Phase::Playing,
        at: 0,
        rounds: (0..rounds).map(|n| round(n as u64, "Secret")).collect(),
        model: ("a".to_owned(), "Network A".to_owned()),
        method: Method::Xrai,
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
    theme::install(ui.ctx(), false);
    ui.reset_style();
    let ctx = ui.ctx().clone();
    program.commands.extend(pressed(&ctx));
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
    focus_ring(&ctx);
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
        found: [0.0; 4],
        hints: 0,
        seconds: 1.0,
    };
    program.explain.book.keep(&program.scores, played).unwrap();
}

fn window(program: Program, width: f32, height: f32) -> Harness<'static, Program> {
    let mut frame = StageFrame::default();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(width, height))
        .with_step_dt(0.2)
        .build_ui_state(
            move |ui, program: &mut Program| draw(ui, program, &mut frame),
            program,
        );
    harness.run_steps(4);
    harness
}

fn press(window: &mut Harness<'static, Program>, key: Key) {
    window.key_press(key);
    window.run_steps(2);
}

/// Presses Tab until the control whose name begins with `name` has the keyboard.
fn tab_to(window: &mut Harness<'static, Program>, name: &str) {
    for _ in 0..60 {
        press(window, Key::Tab);
        let reached = window.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.is_focused() && node.label().is_some_and(|label| label.starts_with(name))
        });
        if reached {
            return;
        }
    }
    panic!("Tab does not reach {name}");
}

/// A place of the canvas, in fractions of it.
fn at(window: &Harness<'static, Program>, x: f32, y: f32) -> Pos2 {
    let (middle, side) = window.state().canvas;
    middle + egui::vec2(x - 0.5, y - 0.5) * side
}

fn pointer(window: &mut Harness<'static, Program>, pos: Pos2, pressed: bool) {
    window.event(Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
}

fn tap(window: &mut Harness<'static, Program>, pos: Pos2) {
    window.event(Event::PointerMoved(pos));
    window.run_steps(1);
    pointer(window, pos, true);
    window.run_steps(1);
    pointer(window, pos, false);
    window.run_steps(2);
}

fn explain<'a>(window: &'a Harness<'static, Program>) -> &'a Explain {
    &window.state().explain
}

fn phase(window: &Harness<'static, Program>) -> Phase {
    explain(window).game.as_ref().unwrap().phase
}

/// Number of pixels painted with a band.
fn painted(window: &Harness<'static, Program>, band: Band) -> usize {
    let board = explain(window).board().unwrap();
    let labels = board.painting().labels();
    labels
        .iter()
        .filter(|&&label| label == band.label())
        .count()
}

fn at_the_end(window: &Harness<'static, Program>) {
    assert_eq!(phase(window), Phase::Results);
    window.get_by_label("All your pictures side by side");
    let book = ScoreBook::load(&window.state().scores).unwrap();
    assert_eq!(book.played().len(), 2, "each round is kept");
    assert_eq!(book.best(None).len(), 1);
}

#[test]
fn a_whole_game_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    // A digit is a colour from the beginning, and no tab.
    press(&mut window, Key::Num2);
    assert_eq!(explain(&window).tool.band, Some(Band::Orange));
    for place in 0..2 {
        // Arrows find the picture by themselves, unless something else has the keyboard.
        if place > 0 {
            tab_to(&mut window, "The picture to paint on");
        }
        // At first to the middle, then one up; the digits paint and do not change the tab.
        press(&mut window, Key::ArrowRight);
        press(&mut window, Key::Num1);
        press(&mut window, Key::ArrowUp);
        press(&mut window, Key::Num4);
        assert_eq!(painted(&window, Band::Yellow), 400);
        assert_eq!(painted(&window, Band::Purple), 400);
        assert!(
            window.state().effects.iter().all(|effect| {
                !matches!(effect, Effect::Do(Command::Show(_) | Command::ZoomFit))
            })
        );
        press(&mut window, Key::Num0);
        assert_eq!(painted(&window, Band::Purple), 0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run_steps(2);
        assert_eq!(painted(&window, Band::Purple), 400);
        assert!(explain(&window).board().unwrap().score().score > 0.0);
        assert!(window.query_by_label_contains("egyptian cat").is_none());
        if place == 0 {
            tab_to(&mut window, "Reveal");
            press(&mut window, Key::Enter);
            assert_eq!(phase(&window), Phase::Revealed);
            // The button that goes on has the keyboard already.
            press(&mut window, Key::Enter);
            assert_eq!(phase(&window), Phase::Playing);
        } else {
            tab_to(&mut window, "Reveal");
            press(&mut window, Key::Space);
            press(&mut window, Key::Enter);
        }
    }
    at_the_end(&window);
}

#[test]
fn a_whole_game_by_tapping_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    let label = |window: &mut Harness<'static, Program>, label: &str| {
        let pos = window.get_by_label(label).rect().center();
        tap(window, pos);
    };
    label(&mut window, "Whole parts");
    for _ in 0..2 {
        label(&mut window, "Yellow, most important");
        let middle = at(&window, 0.5, 0.5);
        tap(&mut window, middle);
        assert_eq!(painted(&window, Band::Yellow), 400);
        // Again takes it off, once more puts it on.
        tap(&mut window, middle);
        assert_eq!(painted(&window, Band::Yellow), 0);
        label(&mut window, "Undo");
        assert_eq!(painted(&window, Band::Yellow), 400);
        label(&mut window, "Red, important");
        let left = at(&window, 0.1, 0.5);
        tap(&mut window, left);
        assert_eq!(painted(&window, Band::Red), 400);
        label(&mut window, "Eraser, take paint off");
        tap(&mut window, left);
        assert_eq!(painted(&window, Band::Red), 0);
        label(&mut window, "Reveal");
        window.get_by_label_contains("The AI says: egyptian cat");
        // A tap on the picture moves the wipe.
        let right = at(&window, 0.75, 0.5);
        tap(&mut window, right);
        assert!((explain(&window).wipe - 0.75).abs() < 0.02);
        let next = if explain(&window).game.as_ref().unwrap().at == 0 {
            "Next picture"
        } else {
            "See all pictures"
        };
        label(&mut window, next);
    }
    at_the_end(&window);
    label(&mut window, "The same pictures again");
    assert!(
        window
            .state()
            .effects
            .contains(&Effect::Start { same: true })
    );
    assert_eq!(phase(&window), Phase::Playing);
}

#[test]
fn several_reports_in_one_frame_leave_no_gap_and_the_chart_follows_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(program(&folder), 1280.0, 800.0);
    let places = [(0.1, 0.2), (0.9, 0.2), (0.9, 0.8), (0.1, 0.8)].map(|(x, y)| at(&window, x, y));
    window.event(Event::PointerMoved(places[0]));
    window.run_steps(1);
    pointer(&mut window, places[0], true);
    for place in &places[1..] {
        window.event(Event::PointerMoved(*place));
    }
    window.step();
    // Three sides of a square, drawn in one frame, with its corners.
    let board = explain(&window).board().unwrap();
    let is_yellow = |x: usize, y: usize| board.painting().get(y * SIDE + x) == Some(Band::Yellow);
    assert!((7..53).all(|x| is_yellow(x, 12) && is_yellow(x, 48)));
    assert!((12..48).all(|y| is_yellow(54, y)));
    assert!(!is_yellow(30, 30));
    let shown = format!("Score {:.0} of 100.", board.score().score);
    window.get_by_label_contains(&shown);
    assert_eq!(board.steps(), (0, 0), "the stroke is not over");
    pointer(&mut window, places[3], false);
    window.run_steps(2);
    assert_eq!(explain(&window).board().unwrap().steps(), (1, 0));
}

/// A round on a canvas of `side` x `side` pixels whose most important part is at the bottom.
fn large_round(side: usize) -> Round {
    let mut round = Round::new(0, "Large", "A test picture");
    let map = Array2::from_shape_fn((side, side), |(y, x)| (y * side + x) as f32);
    let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
    let small = Array2::from_shape_fn((9, 9), |(y, x)| (y * 9 + x) as f32);
    let small = Answer::of("s", small.view(), BandShares::default()).unwrap();
    let yard = Yardsticks::of(&small).unwrap();
    let regions = Regions::new(Array2::zeros((1, 1)).view()).unwrap();
    let whole = [0.0, 0.0, 1.0, 1.0];
    ready(&mut round, Arc::new(answer), Arc::new(regions), yard, whole);
    round
}

/// The issue asks for the same frame at 224 pixels and two frames at 4096.
#[test]
fn the_chart_shows_a_stroke_in_the_frame_of_its_events_at_224_and_4096_pixels() {
    for side in [224, 4096] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = program(&folder);
        let game = program.explain.game.as_mut().unwrap();
        game.rounds = vec![large_round(side)];
        let mut window = window(program, 1280.0, 800.0);
        let shown = |window: &Harness<'static, Program>| {
            let score = explain(window).board().unwrap().score();
            window.get_by_label_contains(&format!("Score {:.0} of 100.", score.score));
            for band in &score.bands {
                let found = percent(band.recall.unwrap());
                let name = super::chart::name(band.colour);
                let bar = format!("{name} ({})", band.colour.meaning());
                let bar = window.get_by_label_contains(&bar);
                let says = bar.accesskit_node().label().unwrap();
                assert!(says.contains(&format!("{found} of that found")), "{says}");
            }
            score
        };
        let before = shown(&window);
        assert_eq!(before.score, 0.0);
        let (from, to) = (at(&window, 0.2, 0.995), at(&window, 0.8, 0.995));
        window.event(Event::PointerMoved(from));
        window.run_steps(1);
        // All of a stroke in one frame, and one step of the program.
        pointer(&mut window, from, true);
        window.event(Event::PointerMoved(to));
        window.step();
        let stroke = shown(&window);
        assert!(stroke.score > before.score && stroke.bands[0].found > 0.0);
        pointer(&mut window, to, false);
        window.run_steps(1);
        // So does taking it back.
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.step();
        window.step();
        assert_eq!(shown(&window), before, "at {side} pixels");
    }
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in [(1280.0, 800.0), (853.0, 533.0), (1920.0, 1080.0)] {
        for mode in [Mode::Brush, Mode::Tap] {
            let mut program = program(&folder);
            program.explain.tool.mode = mode;
            let mut window = window(program, width, height);
            for _ in 0..3 {
                check_controls(&window, width);
                let ask = match phase(&window) {
                    Phase::Playing => Ask::Reveal,
                    _ => Ask::Next,
                };
                let state = window.state_mut();
                obey(&mut state.explain, &ask);
                window.run_steps(3);
            }
        }
    }
}

/// Contents that nearly fill a column must not bring its scroll bar and chase it away in turn.
#[test]
fn a_window_in_which_nothing_moves_draws_no_frames_at_any_height() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(&folder);
    let one = program.thumbs[0].clone();
    program.thumbs = vec![one; 14];
    program.pickable = (0..14).map(|id| Pickable { id, given: true }).collect();
    let mut window = window(program, 1280.0, 800.0);
    for phase in [Phase::Playing, Phase::Revealed, Phase::Results] {
        for height in (560..1000).step_by(8) {
            window.set_size(egui::vec2(1280.0, height as f32));
            window.run_steps(2);
            assert!(
                window.try_run().is_ok(),
                "{phase:?} at {height} never rests"
            );
        }
        let ask = if phase == Phase::Playing {
            Ask::Reveal
        } else {
            Ask::Next
        };
        obey(&mut window.state_mut().explain, &ask);
        if explain(&window).game.as_ref().unwrap().at == 1 {
            let game = window.state_mut().explain.game.as_mut().unwrap();
            game.phase = Phase::Results;
        }
        window.run_steps(2);
    }
}

fn check_controls(window: &Harness<'static, Program>, width: f32) {
    let mut seen = 0;
    for node in window.root().children_recursive() {
        let role = node.accesskit_node().role();
        if !matches!(
            role,
            Role::Button | Role::CheckBox | Role::RadioButton | Role::Slider | Role::SpinButton
        ) {
            continue;
        }
        seen += 1;
        let name = node.accesskit_node().label().unwrap_or_default();
        assert!(!name.is_empty(), "a {role:?} has no name");
        let rect = node.rect();
        assert!(
            rect.height() >= 23.5
                || role == Role::Slider
                || name.starts_with("All figures")
                || name.starts_with("How much"),
            "{name} is {:.0} high",
            rect.height()
        );
        assert!(
            rect.left() >= -0.5 && rect.right() <= width + 0.5,
            "{name} sticks out: {rect:?}"
        );
    }
    assert!(seen >= 2, "only {seen} controls");
}

#[test]
fn hints_are_counted_and_leave_when_they_are_followed() {
    let mut explain = Explain {
        game: Some(game(1)),
        ..Explain::default()
    };
    obey(&mut explain, &Ask::Hint);
    let round = explain.game.as_ref().unwrap().round().unwrap();
    let (segment, band) = round.hint.unwrap();
    assert_eq!((round.hints, segment, band), (1, 4, Band::Yellow));
    assert!(explain.said.as_ref().unwrap().contains("yellow"));
    explain.tap(segment);
    let round = explain.game.as_ref().unwrap().round().unwrap();
    assert_eq!((round.hint, round.hints), (None, 1));
    // Yellow is found: the next hint is about the next colour, and takes it into the hand.
    obey(&mut explain, &Ask::Hint);
    assert_eq!(explain.tool.band, Some(Band::Orange));
}

#[test]
fn time_ends_a_round_only_where_there_is_a_limit_and_can_be_extended() {
    let mut explain = Explain {
        game: Some(game(1)),
        ..Explain::default()
    };
    let game = explain.game.as_mut().unwrap();
    assert!(!pass(game, 1e6) && game.left().is_none());
    game.rounds[0].played = 0.0;
    game.limit = Some(60.0);
    assert!(!pass(game, 45.0));
    assert_eq!(game.left(), Some(15.0));
    obey(&mut explain, &Ask::MoreTime);
    let game = explain.game.as_mut().unwrap();
    assert!(!pass(game, 50.0));
    assert!(pass(game, 30.0));
    obey(&mut explain, &Ask::Reveal);
    let game = explain.game.as_mut().unwrap();
    assert_eq!(game.phase, Phase::Revealed);
    assert!(
        !pass(game, 1e6),
        "the time of a round that is over stands still"
    );
}

#[test]
fn what_is_over_cannot_be_painted_and_what_is_not_over_cannot_be_skipped() {
    let mut explain = Explain {
        game: Some(game(2)),
        ..Explain::default()
    };
    assert_eq!(obey(&mut explain, &Ask::Next), None);
    assert_eq!(phase_of(&explain), Phase::Playing);
    explain.pen_down([0.5, 0.5]);
    explain.pen_to([0.9, 0.5]);
    assert_eq!(obey(&mut explain, &Ask::Reveal), Some(Effect::Over));
    let score = explain.game.as_ref().unwrap().mean().unwrap();
    let before = explain.board().unwrap().painting().clone();
    explain.pen_down([0.1, 0.1]);
    explain.tap(0);
    explain.step(Direction::Left);
    for ask in [Ask::Undo, Ask::Clear, Ask::Hint, Ask::Reveal] {
        assert_eq!(obey(&mut explain, &ask), None);
    }
    assert_eq!(explain.board().unwrap().painting(), &before);
    assert_eq!(explain.game.as_ref().unwrap().mean(), Some(score));
    assert_eq!(obey(&mut explain, &Ask::Next), Some(Effect::Moved));
    assert!(explain.board().unwrap().is_blank());
    // What the round before took is free; what it came to is not.
    let before = &explain.game.as_ref().unwrap().rounds[0];
    assert!(before.board.is_none() && before.regions.is_none());
    assert!(before.outcome.is_some());
}

fn phase_of(explain: &Explain) -> Phase {
    explain.game.as_ref().unwrap().phase
}

#[test]
fn a_round_without_an_answer_waits_and_a_failed_one_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(&folder);
    let round = program.explain.game.as_mut().unwrap().round_mut().unwrap();
    round.board = None;
    round.status = Status::Failed("The file is gone.".to_owned());
    let mut window = window(program, 1280.0, 800.0);
    window.get_by_label("The file is gone.");
    window.get_by_label("Try again").click();
    window.run_steps(3);
    assert!(window.state().effects.contains(&Effect::Again));
    assert_eq!(Tab::Explain.help().len(), 5);
}
