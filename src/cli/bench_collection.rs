//! What `saliscope bench` times of collections: indexing pictures of 0.4 megapixels on all cores, and
//! a million rows in memory.

use std::path::Path;

use anyhow::Context as _;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};

use super::bench::{Bench, Part};
use super::index::{open, write};
use crate::collection::arrange::{
    Features, Neighbours, Placed, SomeVectors, Umap, gridded, most_alike,
};
use crate::collection::sheet::{Arrangement, Mosaic, Patch};
use crate::collection::{
    Bits, COLOURS, CoarseMap, Column, Columns, Maps, NO_WORD, Names, Source, Term, Values,
    agreement, mean_map,
};
use crate::home::Home;
use crate::picture::{Framing, Picture};
use crate::progress::Silent;

/// Pictures that are indexed.
const PICTURES: usize = 200;
/// Width and height of them.
const SIZE: [u32; 2] = [768, 576];
/// Rows that are filtered and sorted.
const ROWS: usize = 1_000_000;
/// Maps that are averaged.
const MAPS: usize = 50_000;
/// Pictures that are laid out by likeness.
const LAID_OUT: usize = 10_000;

/// Times all of it.
pub fn collections(bench: &mut Bench, home: &Home, picture: &Picture) -> anyhow::Result<()> {
    if bench.wants(Part::Index) {
        indexing(bench, home, picture)?;
    }
    if bench.wants(Part::Columns) {
        columns(bench)?;
    }
    if bench.wants(Part::Likeness) {
        likeness(bench)?;
    }
    if bench.wants(Part::Sheet) {
        sheet(bench)?;
    }
    if bench.wants(Part::Open) {
        super::bench_index::indexes(bench, home)?;
    }
    if bench.wants(Part::Layout) {
        super::bench_index::layout(bench)?;
    }
    #[cfg(feature = "window")]
    {
        if bench.wants(Part::Frames) {
            super::bench_frames::frames(bench, home)?;
        }
        if bench.wants(Part::Million) {
            super::bench_million::frames(bench, home)?;
        }
    }
    Ok(())
}

fn indexing(bench: &mut Bench, home: &Home, picture: &Picture) -> anyhow::Result<()> {
    let top = tempfile::tempdir().context("no temporary folder could be made")?;
    let folder = top.path().join("pictures");
    std::fs::create_dir(&folder)?;
    let large = resize(&picture.pixels, SIZE[0], SIZE[1], FilterType::Triangle);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&large)?;
    for n in 0..PICTURES {
        // What follows the end of a JPEG is not looked at, but makes it another content.
        let bytes = [jpeg.as_slice(), &n.to_le_bytes()].concat();
        std::fs::write(folder.join(format!("{n:04}.jpg")), bytes)?;
    }
    let listing = Source::open(&folder)?.list()?;
    for (id, what, model, maps) in [
        ("index thumbnail", "thumbnail and hash", "none", Maps::None),
        (
            "index predict",
            "and Lite0's answer and embedding",
            "efficientnet-lite0",
            Maps::None,
        ),
        (
            "index map",
            "and where it looks",
            "efficientnet-lite0",
            Maps::GradCam,
        ),
    ] {
        let networks = open(&[model.to_owned()], Framing::Square, maps, home)?;
        let mut run = 0;
        let what = format!("Index a picture of 0.4 megapixels: {what}");
        let done = bench.time(id, what, 1, || {
            run += 1;
            let out = top.path().join(format!("{id} {run}"));
            write(&out, None, &listing, &networks).map(drop)
        });
        done?;
        bench.divide_last(PICTURES);
        if maps == Maps::GradCam {
            disk(bench, &top.path().join(format!("{id} {run}")))?;
        }
    }
    Ok(())
}

/// What an index of [`PICTURES`] takes of the disk, of each picture.
fn disk(bench: &mut Bench, index: &Path) -> anyhow::Result<()> {
    let each = |names: &[&str]| -> anyhow::Result<f64> {
        let mut bytes = 0;
        for name in names {
            bytes += bytes_of(&index.join(name))?;
        }
        Ok(bytes as f64 / PICTURES as f64)
    };
    let looks = each(&["thumbnails", "tiles.pack", "pictures.pack"])?;
    let facts = each(&["facts", "rows.pack"])?;
    bench.figure(
        "disk looks",
        "On disk: thumbnail, tile and colours of a picture",
        looks,
        "bytes",
    );
    bench.figure(
        "disk facts",
        "On disk: row, answer, embedding and map of a picture",
        facts,
        "bytes",
    );
    Ok(())
}

fn bytes_of(path: &Path) -> anyhow::Result<u64> {
    if path.is_dir() {
        let mut bytes = 0;
        for entry in std::fs::read_dir(path)? {
            bytes += bytes_of(&entry?.path())?;
        }
        return Ok(bytes);
    }
    Ok(path.metadata()?.len())
}

/// Numbers that have nothing to do with each other.
fn numbers(seed: u64) -> impl FnMut() -> u32 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u32
    }
}

/// Columns of a million rows, and the place of one of figures.
fn million_rows() -> anyhow::Result<(Columns, usize)> {
    let mut next = numbers(1);
    let mut columns = Columns::new(ROWS);
    for (name, words) in [
        ("class", 1000u16),
        ("label", 1000),
        ("right", 2),
        ("agree", 2),
    ] {
        let column = Column {
            name: name.to_owned(),
            words: (0..words).map(|word| word.to_string()).collect(),
            values: Values::Words(
                (0..ROWS)
                    .map(|_| (next() % u32::from(words)) as u16)
                    .collect(),
            ),
        };
        columns
            .add(column)
            .ok()
            .context("a column has another length")?;
    }
    let figures = (0..ROWS).map(|_| next() as f32 / u32::MAX as f32).collect();
    let column = Column {
        name: "probability".to_owned(),
        words: Vec::new(),
        values: Values::Figures(figures),
    };
    let figure = columns
        .add(column)
        .ok()
        .context("a column has another length")?;
    Ok((columns, figure))
}

fn columns(bench: &mut Bench) -> anyhow::Result<()> {
    let (columns, figure) = million_rows()?;
    let terms = [
        Term::Words {
            column: 2,
            words: vec![0],
            none: false,
        },
        Term::Range {
            column: figure,
            low: 0.1,
            high: 0.4,
            none: false,
        },
    ];
    let done = |_: usize| Ok::<(), anyhow::Error>(());
    bench.time(
        "columns filter",
        "A million rows: two filters and all counts",
        1,
        || done(columns.filter_and_count(&terms).0.len()),
    )?;
    bench.time(
        "columns sort",
        "A million rows: sorted by a figure",
        1,
        || done(columns.sort(figure, true, &Bits::all(ROWS)).len()),
    )?;
    let sorted = columns.sort(figure, true, &Bits::all(ROWS));
    let keys = [(2, false), (0, false), (figure, true)];
    bench.time(
        "columns sort by three",
        "A million rows: sorted by three keys",
        1,
        || done(columns.sort_by(&keys, &Bits::all(ROWS)).len()),
    )?;
    let names = Names::new((0..ROWS).map(|n| format!("some folder {}/IMG_{n:07}.jpg", n % 1000)));
    bench.time(
        "columns text",
        "A million names: those that hold a text",
        1,
        || done(names.holding("g_00012").len() + names.holding("jpg").len()),
    )?;
    bench.time(
        "columns cross",
        "A million rows: in 1000 x 2 cells",
        1,
        || done(columns.cross(0, 2, &sorted).map_or(0, |c| c.cells.len())),
    )?;
    bench.time(
        "columns group",
        "A million rows: in groups of 1000 classes",
        1,
        || done(columns.group(0, &sorted).len().min(usize::from(NO_WORD))),
    )?;
    maps(bench)
}

/// Averages and agreements of [`MAPS`].
fn maps(bench: &mut Bench) -> anyhow::Result<()> {
    let done = |_: usize| Ok::<(), anyhow::Error>(());
    let mut next = numbers(2);
    let maps: Vec<CoarseMap> = (0..MAPS)
        .map(|_| {
            let mut map = CoarseMap::default();
            map.0.iter_mut().for_each(|place| *place = next() as u8);
            map
        })
        .collect();
    bench.time("mean map", "Mean of 50000 maps of 16 x 16", 1, || {
        std::hint::black_box(mean_map(&maps));
        done(0)
    })?;
    bench.time(
        "map agreement",
        "Agreement of 50000 pairs of maps",
        1,
        || {
            let pairs = maps.iter().zip(maps.iter().skip(1));
            done(pairs.filter(|(a, b)| agreement(a, b) > 0.0).count())
        },
    )?;
    Ok(())
}

/// Finding what is like a picture among a million, and laying out [`LAID_OUT`].
fn likeness(bench: &mut Bench) -> anyhow::Result<()> {
    let mut numbers = numbers(3);
    let mut next = move || numbers() as f32 / (1u32 << 31) as f32;
    let centres: Vec<Vec<f32>> = (0..50).map(|_| (0..64).map(|_| next()).collect()).collect();
    let vectors: Vec<Option<Vec<f32>>> = (0..ROWS)
        .map(|n| Some(centres[n % 50].iter().map(|c| c + 0.5 * next()).collect()))
        .collect();
    let features = Features::of(&SomeVectors(&vectors))?;
    drop(vectors);
    let done = |_: usize| Ok::<(), anyhow::Error>(());
    let one = *features.get(7).context("a vector has no features")?;
    bench.time(
        "most alike",
        "A million pictures: the 200 most like one",
        1,
        || done(most_alike(&features, &one, &Bits::all(ROWS), 200).len()),
    )?;
    let things: Vec<u32> = (0..LAID_OUT as u32).collect();
    bench.time(
        "neighbours",
        "10000 pictures: 15 neighbours of each",
        1,
        || Neighbours::of(&features, &things, 15, &Silent).map(drop),
    )?;
    let neighbours = Neighbours::of(&features, &things, 15, &Silent)?;
    let mut places = Vec::new();
    bench.time("umap", "10000 pictures: laid out by likeness", 1, || {
        let mut umap = Umap::new(&features, &things, &neighbours, 1);
        while !umap.advance(1 << 20) {}
        places = umap.places().to_vec();
        done(0)
    })?;
    bench.time("gridded", "10000 pictures: the layout as a grid", 1, || {
        done(gridded(&places, 100).len())
    })?;
    Ok(())
}

/// Baking a million cells, and those on screen.
fn sheet(bench: &mut Bench) -> anyhow::Result<()> {
    let done = |_: usize| Ok::<(), anyhow::Error>(());
    let arrange = || {
        let placed = Placed::grid((0..ROWS as u32).collect(), 1250);
        Arrangement::of(placed, ROWS, |_| String::new())
    };
    bench.time("arrange", "A million cells: arranged", 1, || {
        done(arrange().order().len())
    })?;
    let arrangement = arrange();
    bench.time(
        "visible cells",
        "A million cells: those on screen",
        10,
        || {
            let seen = arrangement.within([500.0, 300.0, 580.0, 350.0], 16_000);
            done(seen.map_or(0, |seen| seen.len()))
        },
    )?;
    let colours = [[90; 3]; COLOURS * COLOURS];
    let patch = Patch {
        colours: &colours,
        aspect: 1.5,
        map: None,
    };
    bench.time("bake", "A million cells: baked", 1, || {
        done(Mosaic::bake(&arrangement, 8192, |_| Some(patch)).bytes())
    })?;
    Ok(())
}
