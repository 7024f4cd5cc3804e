//! What `saliscope bench` times of large indexes: opening one of 100,000 rows and one of a million, as the
//! window opens it, and laying 100,000 pictures out by likeness.

use std::any::Any;
use std::path::Path;

use anyhow::Context as _;

use super::bench::Bench;
use super::index::open;
use crate::collection::arrange::{Features, Neighbours, Placed, SomeVectors, Umap, columns_for};
use crate::collection::sheet::{Arrangement, Mosaic, Patch};
use crate::collection::{
    Answer, COLOURS, CoarseMap, Examiner as _, GivenLabels, Index, Key, MapFact, Maps, ModelEntry,
    Row, State, TILE_SIDE, Thumbnail, Writer, columns_of,
};
use crate::home::Home;
use crate::picture::Framing;
use crate::progress::Silent;

/// Rows of the indexes that are opened.
const ROWS: [u32; 2] = [100_000, 1_000_000];
/// Pictures that are laid out.
const LAID_OUT: u32 = 100_000;

/// Times all of it.
pub fn indexes(bench: &mut Bench, home: &Home) -> anyhow::Result<()> {
    let lite0 = ["efficientnet-lite0".to_owned()];
    let networks = open(&lite0, Framing::Square, Maps::GradCam, home)?;
    let network = networks.first().context("no network was opened")?;
    for rows in ROWS {
        let folder = tempfile::tempdir().context("no temporary folder could be made")?;
        made_up(folder.path(), network.entry(), rows)?;
        let what = format!("Open an index of {rows} rows: read, columns, order, baked sheet");
        bench.time(format!("open {rows}"), what, 1, || {
            opened(folder.path()).map(|(opened, _)| drop(opened))
        })?;
        let before = resident();
        let kept = opened(folder.path())?;
        if let (Some(before), Some(after)) = (before, resident()) {
            let what = format!("Memory of an index of {rows} rows, with its baked sheet");
            let grown = after.saturating_sub(before) as f64 / 1e6;
            bench.figure(format!("memory {rows}"), what, grown, "MB");
        }
        anyhow::ensure!(kept.1 > 0, "nothing was opened");
    }
    layout(bench)
}

/// An index of rows about which a network has said something; their thumbnails are no pictures, and as long
/// as it takes to be read like ones.
fn made_up(folder: &Path, entry: &ModelEntry, rows: u32) -> anyhow::Result<()> {
    let (mut writer, places) = Writer::open(folder, None, std::slice::from_ref(entry))?;
    let model = *places.first().context("the network has no place")?;
    let classes = entry.classes.len().max(2);
    let mut map = CoarseMap::default();
    for n in 0..rows {
        let number = n as usize;
        let path = format!("folder {}/IMG_{n:07}.jpg", n % 1000).into_bytes();
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
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the window keeps of an index, and the bytes of the baked sheet.
type Opened = (Box<dyn Any>, usize);

/// What the window does to show an index.
fn opened(folder: &Path) -> anyhow::Result<Opened> {
    let index = Index::read(folder)?;
    let rows = index.rows_in_order();
    let contents = index.contents_of(&rows);
    let maps = index.read_maps(0, 0)?;
    let columns = columns_of(&index, &rows, &GivenLabels::default());
    let order: Vec<u32> = (0..rows.len() as u32).collect();
    let across = columns_for(order.len(), 1.2);
    let placed = Placed::grid(order, across);
    let arrangement = Arrangement::of(placed, rows.len(), |_| String::new());
    let mosaic = Mosaic::bake(&arrangement, 8192, |row| {
        let content = contents.get(row as usize).copied().flatten()?;
        let picture = index.picture(content)?;
        Some(Patch {
            colours: &picture.colours,
            aspect: picture.width as f32 / picture.height.max(1) as f32,
            map: maps.get(content as usize).map(|map| (map, [0.75, 1.0])),
        })
    });
    let pictures: Vec<_> = contents
        .iter()
        .map(|content| index.picture((*content)?).copied())
        .collect();
    let facts = index.models().first();
    let answers: Vec<Option<Answer>> = contents
        .iter()
        .map(|content| facts?.answer((*content)?).copied())
        .collect();
    let bytes = mosaic.bytes();
    let rows: Vec<Row> = rows.into_iter().cloned().collect();
    Ok((
        Box::new((rows, pictures, answers, maps, columns, arrangement, mosaic)),
        bytes,
    ))
}

/// Lays [`LAID_OUT`] pictures out, once: it takes minutes.
fn layout(bench: &mut Bench) -> anyhow::Result<()> {
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
    let what = format!("{LAID_OUT} pictures: neighbours and layout by likeness, once");
    bench.once(format!("umap {LAID_OUT}"), what, || {
        let neighbours = Neighbours::of(&features, &things, 15, &Silent)?;
        let mut umap = Umap::new(&features, &things, &neighbours, 1);
        while !umap.advance(1 << 20) {}
        anyhow::ensure!(
            umap.places().len() == things.len(),
            "a picture has no place"
        );
        Ok(())
    })
}
