//! The middle: what to do, the picture that is painted on, and the colours and buttons under it.

use bevy_egui::egui::{
    self, Align, Button, Frame, Label, Layout, Margin, Panel, Rect, RichText, Ui, vec2,
};

use super::answer::legend_ui;
use super::chart::colour_button;
use super::rules::WARN_SECS;
use super::state::{Ask, Explain, Focus, Game, Mode, Phase, Round, Status};
use crate::guess::Band;
use crate::ui::commands::{Command, REVEAL};
use crate::ui::spoken::say;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, Progress, labelled_slider, message, progress_line, segments};

/// Height of the line above the stage, in logical pixels.
const CAPTION: f32 = 6.0 * UNIT;
/// Height of the buttons under the stage, in logical pixels: for fingers.
const BIG: f32 = 5.5 * UNIT;
/// Height of the patterns' legend in one line, in logical pixels.
const LEGEND: f32 = 3.5 * UNIT;
/// Height of the colour buttons, in logical pixels.
const COLOURS: f32 = 9.0 * UNIT;
/// Where there is less height than this for the whole tab, in logical pixels, the colours stand
/// beside the picture: it would be small above them.
const SHORT: f32 = 70.0 * UNIT;
/// Width of the column of colours there, in logical pixels.
const BESIDE: f32 = 19.0 * UNIT;

/// Draws the middle and returns the rectangle that belongs to the picture (or the results).
pub fn middle_ui(root: &mut Ui, explain: &mut Explain, narrow: bool, asked: &mut Vec<Ask>) -> Rect {
    let ground = Frame::new().fill(theme::palette(root).ground);
    let phase = explain.game.as_ref().map(|game| game.phase);
    let short = root.available_height() < SHORT;
    let height = match phase {
        Some(Phase::Results) | None => BIG + 2.0 * UNIT,
        Some(Phase::Playing) if short => theme::TARGET + BIG + 3.0 * UNIT,
        Some(Phase::Revealed) if short => LEGEND + theme::TARGET + BIG + 4.0 * UNIT,
        Some(_) => COLOURS + theme::TARGET + BIG + 4.0 * UNIT,
    };
    Panel::bottom("game controls")
        .frame(ground.inner_margin(Margin::symmetric(16, 0)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(height)
        .show(root, |ui| match phase {
            Some(Phase::Playing) => paint_ui(ui, explain, short, asked),
            Some(Phase::Revealed) => reveal_ui(ui, explain, short, asked),
            _ => again_ui(ui, explain, asked),
        });
    Panel::top("game caption")
        .frame(ground.inner_margin(Margin::symmetric(16, 4)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| caption_ui(ui, explain, narrow, asked));
    if short && phase == Some(Phase::Playing) {
        Panel::left("game colours")
            .frame(ground.inner_margin(Margin::symmetric(8, 0)))
            .resizable(false)
            .show_separator_line(false)
            .exact_size(BESIDE)
            .show(root, |ui| colour_column_ui(ui, explain));
    }
    root.available_rect_before_wrap()
}

fn caption_ui(ui: &mut Ui, explain: &mut Explain, narrow: bool, asked: &mut Vec<Ask>) {
    say(ui.ctx(), "game", &spoken(explain));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if narrow && ui.button("Choose...").clicked() {
            explain.setup_open = true;
        }
        let left = explain
            .game
            .as_ref()
            .filter(|game| game.phase == Phase::Playing)
            .and_then(Game::left);
        if let Some(left) = left {
            let soon = left <= WARN_SECS;
            let words = if soon { "The time is nearly up." } else { "" };
            say(ui.ctx(), "time", words);
            if soon && ui.button("A minute more").clicked() {
                asked.push(Ask::MoreTime);
            }
            let words = RichText::new(format!("{left:.0} s left"));
            ui.label(if soon { words.strong() } else { words });
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(theme::title(headline(explain))).truncate());
        });
    });
}

/// What to do now, in one line.
fn headline(explain: &Explain) -> String {
    let Some(game) = &explain.game else {
        return "Guess what the computer sees".to_owned();
    };
    let (round, of) = (game.at + 1, game.rounds.len());
    let place = if of > 1 {
        format!("Picture {round} of {of}. ")
    } else {
        String::new()
    };
    let words = match (game.phase, game.round()) {
        (Phase::Results, _) => return "All your pictures side by side".to_owned(),
        (Phase::Revealed, Some(round)) => match &round.outcome {
            Some(outcome) => format!("The AI says: {}", outcome.said),
            None => String::new(),
        },
        (Phase::Playing, Some(round)) if round.board.is_none() => match round.status {
            Status::Failed(_) => "This picture cannot be played.".to_owned(),
            _ => "The AI is looking...".to_owned(),
        },
        _ => match &explain.said {
            Some(said) => said.clone(),
            None if explain.tool.mode == Mode::Tap => {
                "Where did the AI look? Tap those parts.".to_owned()
            }
            None => "Where did the AI look? Paint it.".to_owned(),
        },
    };
    format!("{place}{words}")
}

/// The headline for who hears it, with what others see beside it.
fn spoken(explain: &Explain) -> String {
    let words = headline(explain);
    let revealed = explain
        .game
        .as_ref()
        .filter(|game| game.phase == Phase::Revealed)
        .and_then(|game| game.round()?.outcome.as_ref());
    match revealed {
        Some(outcome) => format!("{words}. Your score is {:.0} of 100.", outcome.score.score),
        None => words,
    }
}

fn paint_ui(ui: &mut Ui, explain: &mut Explain, short: bool, asked: &mut Vec<Ask>) {
    let Some(game) = &explain.game else {
        return;
    };
    let progress = match game.round().map(|round| &round.status) {
        Some(Status::Opening | Status::Ahead | Status::Looking(None)) => Progress::Running,
        Some(Status::Looking(Some(share))) => Progress::Share(*share),
        _ => Progress::Idle,
    };
    progress_line(ui, "The AI looks at the picture", progress);
    let on = game.can_paint();
    let steps = explain.board().map_or((0, 0), crate::guess::Board::steps);
    let blank = explain.board().is_none_or(crate::guess::Board::is_blank);
    ui.add_enabled_ui(on, |ui| {
        if !short {
            colours_ui(ui, explain);
        }
        ui.horizontal(|ui| tool_ui(ui, explain));
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 5.0 * UNIT) / 6.0;
            let mut small = |ui: &mut Ui, words: &str, help: &str, on: bool, ask: Ask| {
                let button = Button::new(words).min_size(vec2(width, BIG));
                if ui.add_enabled(on, button).on_hover_text(help).clicked() {
                    asked.push(ask);
                }
            };
            let tip = |command: Command| command.tooltip(ui.ctx());
            let (undo, redo) = (tip(Command::Undo), tip(Command::Redo));
            small(ui, "Undo", &undo, steps.0 > 0, Ask::Undo);
            small(ui, "Redo", &redo, steps.1 > 0, Ask::Redo);
            small(ui, "Clear", "Take all paint off", !blank, Ask::Clear);
            let help =
                "Outlines a part where this colour is missing; costs nothing, but is counted (H)";
            small(ui, "Hint", help, true, Ask::Hint);
            let keys = ui.ctx().format_shortcut(&REVEAL);
            let help = format!("Ends this picture and shows where the AI looked ({keys})");
            if primary(ui, explain, "Reveal", &help) {
                asked.push(Ask::Reveal);
            }
        });
    });
}

/// The one button that goes on, over the width that is left. It keeps the keyboard from one phase
/// to the next.
fn primary(ui: &mut Ui, explain: &mut Explain, words: &str, help: &str) -> bool {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), BIG);
    let text = RichText::new(words)
        .color(palette.on_action)
        .text_style(egui::TextStyle::Name(theme::TITLE.into()));
    let response = ui
        .add_sized(size, Button::new(text).fill(palette.action))
        .on_hover_text(help);
    if explain.refocus == Some(Focus::Button) {
        explain.refocus = None;
        response.request_focus();
    }
    let clicked = response.clicked();
    if clicked {
        explain.refocus = response.has_focus().then_some(Focus::Button);
    }
    clicked
}

/// The colours beside each other, under the picture.
fn colours_ui(ui: &mut Ui, explain: &mut Explain) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.75 * UNIT;
        let width = (ui.available_width() - 3.0 * UNIT) / 5.0;
        colour_buttons(ui, explain, vec2(width, COLOURS));
    });
}

/// The colours above each other, beside the picture.
fn colour_column_ui(ui: &mut Ui, explain: &mut Explain) {
    let on = explain.game.as_ref().is_some_and(Game::can_paint);
    ui.add_enabled_ui(on, |ui| {
        ui.spacing_mut().item_spacing.y = 0.5 * UNIT;
        let height = (ui.available_height() - 2.0 * UNIT) / 5.0;
        let size = vec2(ui.available_width(), height.clamp(BIG, COLOURS));
        colour_buttons(ui, explain, size);
    });
}

fn colour_buttons(ui: &mut Ui, explain: &mut Explain, size: egui::Vec2) {
    for band in Band::ALL.into_iter().map(Some).chain([None]) {
        let taken = explain.tool.band == band;
        if colour_button(ui, size.x, size.y, band, taken).clicked() {
            explain.tool.band = band;
        }
    }
}

fn tool_ui(ui: &mut Ui, explain: &mut Explain) {
    let room = ui.available_width();
    let choices = (room * 0.42).clamp(22.0 * UNIT, 34.0 * UNIT);
    ui.allocate_ui_with_layout(
        vec2(choices, theme::TARGET),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.set_width(choices);
            let modes = [
                (Mode::Brush, "Brush", "Paint by dragging"),
                (
                    Mode::Tap,
                    "Whole parts",
                    "Tap a part of the picture to fill it",
                ),
            ];
            segments(ui, "How to paint", &mut explain.tool.mode, &modes);
        },
    );
    match explain.tool.mode {
        Mode::Brush => {
            let dial = Dial {
                label: "Size",
                label_width: 0.0,
                min: 1.0,
                max: 40.0,
                step: 1.0,
                unit: " %",
                help: "Width of the brush, in percent of the picture",
            };
            labelled_slider(ui, &dial, &mut explain.tool.size);
        }
        Mode::Tap => {
            let words = theme::quiet(ui, "Tap again to take the colour off");
            ui.add(Label::new(words).truncate());
        }
    }
}

fn reveal_ui(ui: &mut Ui, explain: &mut Explain, short: bool, asked: &mut Vec<Ask>) {
    ui.add_space(UNIT / 2.0);
    let last = explain
        .game
        .as_ref()
        .is_some_and(|game| game.at + 1 >= game.rounds.len());
    let height = if short { LEGEND } else { COLOURS };
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), height),
        Layout::top_down(Align::Min),
        |ui| {
            ui.set_min_height(height);
            if !short {
                let words = "Left of the line, your paint against the answer";
                ui.label(theme::quiet(ui, words));
            }
            legend_ui(ui);
        },
    );
    let dial = Dial {
        label: "Show the answer",
        label_width: 0.0,
        min: 0.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "How much of the picture shows the answer; you can also drag on the picture",
    };
    let mut wipe = explain.wipe * 100.0;
    if labelled_slider(ui, &dial, &mut wipe).changed() {
        (explain.wipe, explain.wiping) = (wipe / 100.0, true);
    }
    ui.add_space(UNIT / 2.0);
    let words = if last {
        "See all pictures"
    } else {
        "Next picture"
    };
    if primary(ui, explain, words, "Goes on") {
        asked.push(Ask::Next);
        // The keyboard goes on to the next picture, so that a second Enter does not reveal it.
        let focus = explain.refocus.take();
        explain.refocus = focus.filter(|_| !last).map(|_| Focus::Picture);
    }
}

fn again_ui(ui: &mut Ui, explain: &mut Explain, asked: &mut Vec<Ask>) {
    let palette = theme::palette(ui);
    ui.add_space(UNIT);
    ui.horizontal(|ui| {
        let half = vec2((ui.available_width() - UNIT) / 2.0, BIG);
        let text = RichText::new("New game").color(palette.on_action);
        let new = ui.add_sized(half, Button::new(text).fill(palette.action));
        if new.clicked() {
            explain.refocus = new.has_focus().then_some(Focus::Picture);
            asked.push(Ask::NewGame);
        }
        let same = ui.add_sized(half, Button::new("The same pictures again"));
        if same.clicked() {
            explain.refocus = same.has_focus().then_some(Focus::Picture);
            asked.push(Ask::SameAgain);
        }
    });
}

/// What lies over the stage when there is nothing to paint on.
pub fn stage_messages(root: &mut Ui, rect: Rect, explain: &Explain, asked: &mut Vec<Ask>) {
    let round: Option<&Round> = explain.game.as_ref().and_then(Game::round);
    let Some(round) = round else {
        message(root, rect, |ui| {
            ui.label(theme::title("Guess what the computer sees"));
            ui.label("Choose pictures on the left and begin a game, or drop a picture here.");
        });
        return;
    };
    if let Status::Failed(why) = &round.status {
        message(root, rect, |ui| {
            ui.label(theme::title("That did not work"));
            ui.label(why);
            ui.add_space(UNIT);
            let retry = Button::new("Try again").min_size(vec2(12.0 * UNIT, theme::TARGET));
            if ui.add(retry).clicked() {
                asked.push(Ask::Retry);
            }
        });
    }
}
