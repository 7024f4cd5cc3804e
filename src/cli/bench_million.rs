//! What `saliscope bench` times of large collections in the window: how long one takes from the tab's opening to
//! the screen, what it takes of memory beside an empty window, and its frames from far away and from near.

use std::time::Instant;

use anyhow::Context as _;

use super::bench::Bench;
use super::bench_frames::{frame, look, until, window};
use super::bench_index::{ROWS, made_up, resident};
use crate::home::Home;
use crate::tabs::collection::{Ask, Asks, Collection};
use crate::ui::commands::Command;
use crate::ui::{Asked, Tab};

/// Sides of cells, in pixels; none for the whole sheet.
const SIDES: [Option<f32>; 6] = [
    None,
    Some(4.0),
    Some(9.0),
    Some(24.0),
    Some(48.0),
    Some(100.0),
];

/// Times all of it.
pub fn frames(bench: &mut Bench, home: &Home) -> anyhow::Result<()> {
    for rows in ROWS {
        let index = made_up(home, rows)?;
        let Some((mut headless, _scratch)) = window(home)? else {
            return Ok(());
        };
        // Another tab is shown, and everything that a window has is there.
        headless.frames(20);
        let what = format!("A frame: another tab, before {rows} pictures are opened");
        frame(bench, &mut headless, format!("frame before {rows}"), what)?;
        crate::allocator::give_back();
        let before = resident();
        let start = Instant::now();
        {
            let world = headless.world();
            let show = Command::Show(Tab::Collection);
            world.resource_mut::<Asked>().push(show);
            let open = Ask::Open(index.path().to_owned());
            world.resource_mut::<Asks>().push(open);
        }
        let all = rows as usize;
        let mut seconds = |what: &str, id: &str, since: Instant| {
            let time = since.elapsed().as_secs_f64() * 1e3;
            bench.figure(
                format!("{id} {rows}"),
                format!("{rows} pictures: {what}"),
                time,
                "ms",
            );
        };
        until(&mut headless, |collection| {
            collection.arranged.is_some() && collection.shown() == all
        })?;
        headless.frames(1);
        seconds("from the tab's opening to the screen", "tab shown", start);
        until(&mut headless, |collection| !collection.reading)?;
        seconds("until nothing is missing on it", "tab whole", start);
        headless.frames(10);
        crate::allocator::give_back();
        if let (Some(before), Some(after)) = (before, resident()) {
            let grown = after.saturating_sub(before) as f64 / 1e6;
            let what = format!(
                "Memory of {rows} pictures beside an empty window, the software driver's too"
            );
            bench.figure(format!("window memory {rows}"), what, grown, "MB");
        }
        for side in SIDES {
            look(&mut headless, side)?;
            let (id, what) = match side {
                None => (
                    format!("frame all {rows}"),
                    format!("A frame: the whole sheet of {rows}"),
                ),
                Some(side) => (
                    format!("frame {side:.0} {rows}"),
                    format!("A frame: cells of {side:.0} pixels of {rows}"),
                ),
            };
            frame(bench, &mut headless, id, what)?;
        }
        let shown = headless.world().resource::<Collection>().shown();
        anyhow::ensure!(shown == all, "pictures are missing");
        drop(headless);
        index.close().context("the temporary folder stays")?;
    }
    Ok(())
}
