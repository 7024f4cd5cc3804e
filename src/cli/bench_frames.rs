//! What `saliscope bench` times of the sheet: a frame of the window with nothing in it, and with made-up
//! pictures at several zooms, drawn in software.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bevy::math::Vec2;

use super::bench::Bench;
use crate::home::Home;
use crate::jobs::Wake;
use crate::program::{self, Setup};
use crate::tabs::collection::{Ask, Asks, Collection, Phase, Status};
use crate::testing::{Headless, HeadlessSettings};
use crate::ui::Asked;
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::settings::Settings;

/// Sides of cells, in pixels; none for the whole sheet.
const SIDES: [Option<f32>; 6] = [
    None,
    Some(24.0),
    Some(48.0),
    Some(100.0),
    Some(200.0),
    Some(400.0),
];
/// Longest wait for pictures.
const PATIENCE: Duration = Duration::from_mins(1);
/// Frames of one time.
const FRAMES: usize = 10;
/// Camera moves of the script.
const MOVES: usize = 2_000;

/// Times all of it.
pub fn frames(bench: &mut Bench, home: &Home) -> anyhow::Result<()> {
    let Some((mut headless, _scratch)) = window(home)? else {
        return Ok(());
    };
    let show = Command::Show(Tab::Collection);
    headless.world().resource_mut::<Asked>().push(show);
    until(&mut headless, |collection| collection.arranged.is_some())?;
    headless.frames(5);
    let mut before_indexing = f64::NAN;
    for side in SIDES {
        look(&mut headless, side)?;
        let what = side.map_or_else(
            || "A frame: the whole sheet of 2,000 pictures".to_owned(),
            |side| format!("A frame: cells of {side:.0} pixels"),
        );
        let id = side.map_or_else(|| "frame all".to_owned(), |side| format!("frame {side:.0}"));
        let time = frame(bench, &mut headless, id, what)?;
        if side == Some(48.0) {
            before_indexing = time;
        }
    }
    moves(bench, &mut headless)?;
    let indexing = while_indexing(bench, &mut headless)?;
    bench.figure(
        "frame indexing ratio",
        "As many times as long is a frame while a network looks",
        indexing / before_indexing,
        "times",
    );
    // The same window, its panels and its ground, without a sheet.
    {
        let mut collection = headless.world().resource_mut::<Collection>();
        collection.status = Status::Opening("Nothing yet".to_owned());
        collection.arranged = None;
    }
    headless.frames(5);
    let what = "A frame: the window without a sheet";
    frame(
        bench,
        &mut headless,
        "frame empty".to_owned(),
        what.to_owned(),
    )?;
    Ok(())
}

/// The window, with a home of its own; none without a driver.
pub(super) fn window(home: &Home) -> anyhow::Result<Option<(Headless, tempfile::TempDir)>> {
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let home = Home {
        data: scratch.path().join("data"),
        cache: scratch.path().join("cache"),
        ..home.clone()
    };
    let setup = Setup::read(home)?;
    let wake: Wake = Arc::new(|| {});
    let mut added = Ok(());
    let started = Headless::new(HeadlessSettings::new(1280, 800), |app| {
        added = program::add(app, setup, &wake);
    });
    let Ok(mut headless) = started else {
        // There is nothing to time.
        return Ok(None);
    };
    added.context("the workers could not be started")?;
    headless.world().resource_mut::<Settings>().motion = false;
    Ok(Some((headless, scratch)))
}

/// Times a frame.
pub(super) fn frame(
    bench: &mut Bench,
    headless: &mut Headless,
    id: String,
    what: String,
) -> anyhow::Result<f64> {
    bench.time(id, what, FRAMES, || {
        headless.frame();
        Ok::<_, anyhow::Error>(())
    })
}

pub(super) fn until(
    headless: &mut Headless,
    done: impl Fn(&Collection) -> bool,
) -> anyhow::Result<()> {
    let start = Instant::now();
    while !done(headless.world().resource::<Collection>()) {
        ensure!(start.elapsed() < PATIENCE, "the pictures do not come");
        headless.frame();
    }
    Ok(())
}

/// Looks at the middle of the sheet, and waits for what is seen there.
pub(super) fn look(headless: &mut Headless, side: Option<f32>) -> anyhow::Result<()> {
    {
        let mut collection = headless.world().resource_mut::<Collection>();
        collection.fit();
        if let Some(side) = side {
            let (at, factor) = (collection.area * 0.5, side / collection.camera.scale);
            collection.zoom(factor, at);
        }
    }
    headless.frames(3);
    until(headless, |collection| !collection.reading)?;
    headless.frames(3);
    Ok(())
}

/// A frame while all cores look through the pictures.
fn while_indexing(bench: &mut Bench, headless: &mut Headless) -> anyhow::Result<f64> {
    look(headless, Some(48.0))?;
    headless.world().resource_mut::<Asks>().push(Ask::Look);
    let is_asking = |collection: &Collection| {
        let working = collection.working.as_ref();
        working.is_some_and(|working| working.phase == Phase::Asking)
    };
    until(headless, is_asking)?;
    let what = "A frame: cells of 48 pixels, while a network looks at all of them";
    let time = bench.time("frame indexing", what, FRAMES, || {
        headless.frame();
        ensure!(
            is_asking(headless.world().resource::<Collection>()),
            "the network was finished before this was timed"
        );
        Ok(())
    })?;
    headless.world().resource_mut::<Asks>().push(Ask::Stop);
    headless.frames(3);
    Ok(time)
}

/// The arithmetic of [`MOVES`] moves of the camera: a frame each, without waiting for pictures.
fn moves(bench: &mut Bench, headless: &mut Headless) -> anyhow::Result<()> {
    let mut state = 3u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let what = format!("A frame while the camera moves, the mean of {MOVES}");
    bench.once("frame moving", what, || {
        for _ in 0..MOVES {
            {
                let mut collection = headless.world().resource_mut::<Collection>();
                let area = collection.area;
                let at = Vec2::new(next(), next()) * area;
                let factor = (next() - 0.48) * 1.5;
                collection.zoom(factor.exp(), at);
                let by = (Vec2::new(next(), next()) - 0.5) * area;
                collection.pan(by);
            }
            headless.frame();
        }
        Ok(())
    })?;
    bench.divide_last(MOVES);
    Ok(())
}
