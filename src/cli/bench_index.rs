//! What `saliscope bench` times of large indexes: opening one of 100,000 rows and one of a million, as the
//! window opens it, and laying 100,000 pictures out by likeness.

use std::any::Any;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::bench::Bench;
use super::index::open;
use crate::collection::arrange::{Features, Layout, MOST_LAID_OUT, SomeVectors};
use crate::collection::{
    Answer, COLOURS, CoarseMap, Examiner as _, Key, MapFact, Maps, ModelEntry, Row, State,
    TILE_SIDE, Thumbnail, Writer,
};
#[cfg(not(feature = "window"))]
use crate::collection::{GivenLabels, Index, columns_of};
use crate::home::Home;
use crate::picture::Framing;
use crate::progress::Silent;

/// Rows of the indexes that are opened.
pub(super) const ROWS: [u32; 2] = [100_000, 1_000_000];
/// Pictures that are laid out.
const LAID_OUT: u32 = 100_000;
/// Lines that are followed between two looks at the clock, and how often a state is shown, as in the window.
const LAYOUT_LINES: usize = 20_000;
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Times opening them.
pub fn indexes(bench: &mut Bench, home: &Home) -> anyhow::Result<()> {
    for rows in ROWS {
        let folder = made_up(home, rows)?;
        let what = format!("Open an index of {rows} rows: read, columns, order, baked sheet");
        bench.time(format!("open {rows}"), what, 1, || {
            opened(folder.path()).map(drop)
        })?;
        crate::allocator::give_back();
        let before = resident();
        let kept = opened(folder.path())?;
        crate::allocator::give_back();
        if let (Some(before), Some(after)) = (before, resident()) {
            let what = format!("Memory of an index of {rows} rows as the window keeps it");
            let grown = after.saturating_sub(before) as f64 / 1e6;
            bench.figure(format!("memory {rows}"), what, grown, "MB");
        }
        drop(kept);
    }
    Ok(())
}

/// An index of made-up rows, as of Lite0.
pub(super) fn made_up(home: &Home, rows: u32) -> anyhow::Result<tempfile::TempDir> {
    let lite0 = ["efficientnet-lite0".to_owned()];
    let networks = open(&lite0, Framing::Square, Maps::GradCam, home)?;
    let network = networks.first().context("no network was opened")?;
    let folder = tempfile::tempdir().context("no temporary folder could be made")?;
    fill(folder.path(), network.entry(), rows)?;
    Ok(folder)
}

/// An index of rows about which a network has said something; their thumbnails are no pictures, and as long
/// as it takes to be read like ones.
fn fill(folder: &Path, entry: &ModelEntry, rows: u32) -> anyhow::Result<()> {
    let (mut writer, places) = Writer::open(folder, None, std::slice::from_ref(entry))?;
    let model = *places.first().context("the network has no place")?;
    let classes = entry.classes.len().max(2);
    let mut map = CoarseMap::default();
    for n in 0..rows {
        let number = n as usize;
        // In the order in which files are listed.
        let path = format!("folder {}/IMG_{n:07}.jpg", n / 1000).into_bytes();
        let content = Key::of_path(&path);
        let thumbnail = Thumbnail {
            jpeg: n.to_le_bytes().to_vec(),
            tile: vec![n as u8; (TILE_SIDE * TILE_SIDE / 2) as usize],
            colours: [[n as u8, (n >> 8) as u8, 90]; COLOURS * COLOURS],
        };
        writer.put_picture(content, [500, 375], &thumbnail)?;
        let mut probabilities = [0.0; 8];
        probabilities[number % 8] = 0.6;
        probabilities[(number + 1) % 8] = 0.4;
        let mut answer = Answer::of(&probabilities);
        for (class, _) in &mut answer.top {
            *class = ((*class as usize + number) % classes) as u32;
        }
        writer.put_answer(model, content, answer, None);
        map.0[number % map.0.len()] = 255;
        map.0[number * 7 % map.0.len()] = (number % 200) as u8;
        let fact = MapFact {
            class: answer.top[0].0,
            scale: 1.0,
            figures: map.figures(),
            map,
        };
        writer.put_map(model, 0, content, &fact);
        writer.put_row(Row {
            path: path.into(),
            size: 100_000,
            modified: 1,
            label: None,
            state: State::Read(content),
        });
        writer.write_if_due()?;
    }
    writer.sync()?;
    Ok(())
}

/// What of this process is in memory, in bytes; where the system tells.
pub(super) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// What is kept of an index that is open.
type Opened = Box<dyn Any>;

/// What the window does to show an index, and keeps of it.
#[cfg(feature = "window")]
fn opened(folder: &Path) -> anyhow::Result<Opened> {
    use crate::tabs::collection::{Choices, Snapshot, arrange};

    let snapshot = Snapshot::read(folder, None)?;
    let mut arranged = arrange(&snapshot, &Choices::default(), None, 1.2, 8192);
    // The device has it.
    arranged.mosaic = None;
    Ok(Box::new((snapshot, arranged)))
}

/// The index and its columns: nothing is drawn by this build.
#[cfg(not(feature = "window"))]
fn opened(folder: &Path) -> anyhow::Result<Opened> {
    let index = Index::read(folder)?;
    let columns = columns_of(&index, &index.rows_in_order(), &GivenLabels::default());
    Ok(Box::new((index, columns)))
}

/// Lays [`LAID_OUT`] pictures out, once: it takes minutes. How it stands is shown as often as in the window.
pub fn layout(bench: &mut Bench) -> anyhow::Result<()> {
    let mut state = 9u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as f32 / (1u64 << 31) as f32
    };
    let centres: Vec<Vec<f32>> = (0..50).map(|_| (0..64).map(|_| next()).collect()).collect();
    let vectors: Vec<Option<Vec<f32>>> = (0..LAID_OUT as usize)
        .map(|n| Some(centres[n % 50].iter().map(|c| c + 0.5 * next()).collect()))
        .collect();
    let features = Features::of(&SomeVectors(&vectors))?;
    drop(vectors);
    let things: Vec<u32> = (0..LAID_OUT).collect();
    let mut layout = None;
    let what = format!("{LAID_OUT} pictures: neighbours of each, once");
    bench.once(format!("neighbours {LAID_OUT}"), what, || {
        layout = Some(Layout::new(&features, &things, MOST_LAID_OUT, 1, &Silent)?);
        Ok(())
    })?;
    let mut layout = layout.context("nothing was laid out")?;
    let (mut shown, mut longest) = (Instant::now(), Duration::ZERO);
    let what = format!("{LAID_OUT} pictures: layout by likeness, once");
    bench.once(format!("umap {LAID_OUT}"), what, || {
        while !layout.advance(LAYOUT_LINES) {
            if shown.elapsed() >= SHOWN_EVERY {
                anyhow::ensure!(
                    layout.places().len() == things.len(),
                    "a picture has no place"
                );
                longest = longest.max(shown.elapsed());
                shown = Instant::now();
            }
        }
        Ok(())
    })?;
    bench.figure(
        format!("umap shown {LAID_OUT}"),
        format!("{LAID_OUT} pictures: longest time between two states of the layout"),
        longest.as_secs_f64() * 1e3,
        "ms",
    );
    Ok(())
}
