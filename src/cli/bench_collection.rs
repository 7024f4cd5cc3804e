//! What `saliscope bench` times of collections: indexing pictures of 0.4 megapixels on all cores, and
//! a million rows in memory.

use anyhow::Context as _;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};

use super::bench::Bench;
use super::index::{open, write};
use crate::collection::{
    Bits, CoarseMap, Column, Columns, Maps, NO_WORD, Source, Term, Values, mean_map,
};
use crate::home::Home;
use crate::picture::{Framing, Picture};

/// Pictures that are indexed.
const PICTURES: usize = 200;
/// Width and height of them.
const SIZE: [u32; 2] = [768, 576];
/// Rows that are filtered and sorted.
const ROWS: usize = 1_000_000;
/// Maps that are averaged.
const MAPS: usize = 50_000;

/// Times all of it.
pub fn collections(bench: &mut Bench, home: &Home, picture: &Picture) -> anyhow::Result<()> {
    indexing(bench, home, picture)?;
    columns(bench)
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
    }
    Ok(())
}

fn columns(bench: &mut Bench) -> anyhow::Result<()> {
    let mut state = 1u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u32
    };
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
    bench.time(
        "columns group",
        "A million rows: in groups of 1000 classes",
        1,
        || done(columns.group(0, &sorted).len().min(usize::from(NO_WORD))),
    )?;
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
    Ok(())
}
