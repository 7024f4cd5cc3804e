//! The tour of "Explain".

use anyhow::ensure;
use bevy::prelude::World;
use bevy_egui::egui::{self, PointerButton, Pos2};

use super::driver::Tour;
use crate::guess::Band;
use crate::stage::{PaneId, StageFrame};
use crate::tabs::explain::{Ask, Asks, Explain, Game, Mode, Phase, Status};
use crate::ui::Tab;
use crate::ui::settings::ThemeChoice;
use crate::ui::theme::KIOSK_SCALE;

/// A game of two pictures: painted by dragging, then by tapping.
pub fn guess(tour: &mut Tour) -> anyhow::Result<()> {
    set(tour, |explain| {
        explain.setup.rounds = 2.0;
        "Ada".clone_into(&mut explain.setup.nickname);
    });
    tour.show(Tab::Explain);
    ready(tour)?;
    tour.frames(8);
    tour.shoot("explain-1-start")?;

    // Where people look first: the faces' places, roughly.
    for (band, size, stroke) in [
        (
            Band::Purple,
            26.0,
            [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)],
        ),
        (
            Band::Red,
            18.0,
            [(0.36, 0.35), (0.66, 0.35), (0.6, 0.6), (0.4, 0.6)],
        ),
        (
            Band::Orange,
            10.0,
            [(0.36, 0.4), (0.45, 0.38), (0.58, 0.38), (0.66, 0.4)],
        ),
        (
            Band::Yellow,
            8.0,
            [(0.4, 0.42), (0.44, 0.42), (0.6, 0.42), (0.62, 0.42)],
        ),
    ] {
        set(tour, |explain| {
            explain.tool.band = Some(band);
            explain.tool.size = size;
        });
        drag(tour, &stroke)?;
    }
    let painted = read(tour, |game| {
        let board = game.round().and_then(|round| round.board.as_ref());
        board.is_some_and(|board| !board.is_blank())
    });
    ensure!(painted, "the strokes of the tour left no paint");
    tour.shoot("explain-2-painted")?;
    ask(tour, Ask::Hint);
    tour.shoot("explain-3-hint")?;
    ask(tour, Ask::Reveal);
    wait(tour, "the cards of the first round", |game| {
        game.rounds.first().is_some_and(|round| {
            let outcome = round.outcome.as_ref();
            outcome.is_some_and(|o| o.cards.is_some() && o.rivals.iter().all(|r| r.score.is_some()))
        })
    })?;
    tour.frames(8);
    tour.shoot("explain-4-revealed")?;
    set(tour, |explain| (explain.wipe, explain.wiping) = (0.5, true));
    tour.shoot("explain-5-wipe")?;

    ask(tour, Ask::Next);
    ready(tour)?;
    tour.frames(8);
    set(tour, |explain| {
        explain.tool.mode = Mode::Tap;
        explain.tool.band = Some(Band::Orange);
    });
    for at in [(0.5, 0.5), (0.4, 0.6), (0.55, 0.35)] {
        tap(tour, at)?;
    }
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    tour.frames(4);
    tour.shoot("explain-6-dark-whole-parts")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Light);
    tour.settings(|settings| settings.scale = KIOSK_SCALE);
    tour.frames(4);
    tour.shoot("explain-7-kiosk")?;
    ask(tour, Ask::Reveal);
    tour.frames(8);
    tour.shoot("explain-8-kiosk-revealed")?;
    tour.settings(|settings| settings.scale = 1.0);
    wait(tour, "the cards of the second round", |game| {
        game.rounds.iter().all(|round| {
            let outcome = round.outcome.as_ref();
            outcome.is_some_and(|o| o.cards.is_some() && o.rivals.iter().all(|r| r.score.is_some()))
        })
    })?;
    ask(tour, Ask::Next);
    tour.frames(4);
    tour.shoot("explain-9-results")
}

fn game<T>(world: &World, read: impl FnOnce(&Game) -> T) -> Option<T> {
    world.resource::<Explain>().game.as_ref().map(read)
}

fn read(tour: &mut Tour, read: impl FnOnce(&Game) -> bool) -> bool {
    game(tour.world(), read).unwrap_or(false)
}

fn set<T>(tour: &mut Tour, change: impl FnOnce(&mut Explain) -> T) {
    change(&mut tour.world().resource_mut::<Explain>());
    tour.frames(2);
}

fn ask(tour: &mut Tour, ask: Ask) {
    tour.world().resource_mut::<Asks>().push(ask);
    tour.frames(3);
}

fn wait(tour: &mut Tour, what: &str, done: impl Fn(&Game) -> bool) -> anyhow::Result<()> {
    tour.wait(what, |world| {
        game(world, |game| {
            match game.round().map(|round| &round.status) {
                Some(Status::Failed(why)) => Err(why.clone()),
                _ => Ok(done(game)),
            }
        })
        .unwrap_or(Ok(false))
    })
}

fn ready(tour: &mut Tour) -> anyhow::Result<()> {
    wait(tour, "the answer", |game| {
        game.phase == Phase::Playing && game.can_paint()
    })
}

/// Where a place of the canvas is on screen.
fn point(tour: &mut Tour, (x, y): (f32, f32)) -> anyhow::Result<Pos2> {
    let region = game(tour.world(), |game| game.round().map(|round| round.region)).flatten();
    let [left, top, right, bottom] = region.unwrap_or([0.0, 0.0, 1.0, 1.0]);
    let place = bevy::math::Vec2::new(left + x * (right - left), top + y * (bottom - top));
    let frame = tour.world().resource::<StageFrame>();
    frame
        .point_of(PaneId(300), place)
        .ok_or_else(|| anyhow::anyhow!("the canvas is not on screen"))
}

fn press(tour: &mut Tour, at: Pos2, pressed: bool) {
    tour.send(egui::Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    });
}

/// Drags through places of the canvas, two reports a frame.
fn drag(tour: &mut Tour, through: &[(f32, f32)]) -> anyhow::Result<()> {
    let mut points = Vec::new();
    for place in through {
        points.push(point(tour, *place)?);
    }
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
        return Ok(());
    };
    tour.send(egui::Event::PointerMoved(first));
    tour.frames(1);
    press(tour, first, true);
    tour.frames(1);
    for two in points.chunks(2) {
        for at in two {
            tour.send(egui::Event::PointerMoved(*at));
        }
        tour.frames(1);
    }
    press(tour, last, false);
    tour.frames(2);
    Ok(())
}

fn tap(tour: &mut Tour, place: (f32, f32)) -> anyhow::Result<()> {
    let at = point(tour, place)?;
    tour.send(egui::Event::PointerMoved(at));
    tour.frames(1);
    press(tour, at, true);
    tour.frames(1);
    press(tour, at, false);
    tour.frames(2);
    Ok(())
}
