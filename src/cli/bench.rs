//! `saliscope bench`: how fast this machine does the work, in medians. `make bench` puts the same figures
//! beside other programs' (`tests/bench.py`).

use std::time::Instant;

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::model_args::ModelArgs;
use super::output;
use crate::classifier::{Classifier, Differentiable as _, Target};
use crate::compare::average;
use crate::compare::intersection::of_colours;
use crate::home::Home;
use crate::picture::{self, Framing, Picture};
use crate::progress::Silent;
use crate::saliency::colormap::{Colormap, Scale, colour};
use crate::saliency::xrai::{Ranking, Regions};
use crate::saliency::{Method, MethodParams, Request, SaliencyMap, Steps, explain};
use crate::what_if::{EditCanvas, Fill, Scene, WhatIfError, changed};

/// Arguments of `saliscope bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture to work on (default: the installed cat)
    #[arg(long, value_name = "PICTURE")]
    picture: Option<std::path::PathBuf>,
    /// Runs of each, after one that does not count
    #[arg(long, default_value_t = 5, value_name = "N")]
    runs: usize,
    /// Time a gradient out of 20 of this network instead (may be given several times)
    #[arg(long, value_name = "FILE")]
    network: Vec<std::path::PathBuf>,
    /// Only this part (may be given several times)
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Print JSON: a list of {id, what, unit, median, low, high}, in milliseconds where the unit is ms
    #[arg(long)]
    json: bool,
}

/// What is timed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Part {
    /// Networks, forward and with gradients
    Networks,
    /// Intersections and averages of maps
    Comparisons,
    /// Indexing pictures, and what an index takes of the disk
    Index,
    /// A million rows: filters, orders, piles; averages of maps
    Columns,
    /// What is like a picture, and layouts of 10,000
    Likeness,
    /// A million cells: arranged, baked, in view
    Sheet,
    /// Indexes of 100,000 and of a million rows: opened, and what they take of memory
    Open,
    /// The layout of 100,000 pictures
    Layout,
    /// Frames of the window with the made-up pictures
    Frames,
    /// Frames of the window with 100,000 and with a million pictures
    Million,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    what: String,
    /// Of the figures.
    unit: &'static str,
    median: f64,
    low: f64,
    high: f64,
}

/// The unit of times.
const TIME: &str = "ms";

/// Times pieces of work and keeps the rows.
pub(super) struct Bench {
    runs: usize,
    only: Vec<Part>,
    rows: Vec<Row>,
}

impl Bench {
    /// Whether a part is asked for.
    pub(super) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Runs `work` once to warm up, then `runs` times; each run does it `repeats` times.
    pub(super) fn time<E: Into<anyhow::Error>>(
        &mut self,
        id: impl Into<String>,
        what: impl Into<String>,
        repeats: usize,
        mut work: impl FnMut() -> Result<(), E>,
    ) -> anyhow::Result<f64> {
        work().map_err(Into::into)?;
        let mut times = Vec::with_capacity(self.runs);
        for _ in 0..self.runs.max(1) {
            let start = Instant::now();
            for _ in 0..repeats {
                work().map_err(Into::into)?;
            }
            times.push(start.elapsed().as_secs_f64() * 1e3 / repeats as f64);
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        self.rows.push(Row {
            id: id.into(),
            what: what.into(),
            unit: TIME,
            median,
            low: times[0],
            high: times[times.len() - 1],
        });
        Ok(median)
    }

    /// Runs long `work` once, without warming up.
    pub(super) fn once(
        &mut self,
        id: impl Into<String>,
        what: impl Into<String>,
        work: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        work()?;
        let time = start.elapsed().as_secs_f64() * 1e3;
        self.rows.push(Row {
            id: id.into(),
            what: what.into(),
            unit: TIME,
            median: time,
            low: time,
            high: time,
        });
        Ok(())
    }

    /// Adds what is counted and no time.
    pub(super) fn figure(
        &mut self,
        id: impl Into<String>,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) {
        self.rows.push(Row {
            id: id.into(),
            what: what.into(),
            unit,
            median: value,
            low: value,
            high: value,
        });
    }

    /// Makes the last time that of one of so many equal parts.
    pub(super) fn divide_last(&mut self, parts: usize) {
        if let Some(row) = self.rows.last_mut() {
            for time in [&mut row.median, &mut row.low, &mut row.high] {
                *time /= parts.max(1) as f64;
            }
        }
    }
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let path = args
        .picture
        .clone()
        .unwrap_or_else(|| home.installed_assets().join("cat.png"));
    let picture = picture::open(&path)?;
    let mut bench = Bench {
        runs: args.runs,
        only: args.only.clone(),
        rows: Vec::new(),
    };
    for path in &args.network {
        let classifier = ModelArgs::of(&path.to_string_lossy()).open(home)?;
        gradients(&mut bench, &classifier, &picture)?;
    }
    if args.network.is_empty() {
        everything(&mut bench, home, &picture)?;
    }
    if args.json {
        return output::json(&bench.rows);
    }
    let mut lines = vec![format!(
        "{:60} {:>10} {:>10} {:>10}",
        "", "median", "low", "high"
    )];
    for row in &bench.rows {
        lines.push(format!(
            "{:60} {:10.2} {:10.2} {:10.2} {}",
            row.what, row.median, row.low, row.high, row.unit
        ));
    }
    output::lines(&lines)
}

/// What there is to time with what is installed.
fn everything(bench: &mut Bench, home: &Home, picture: &Picture) -> anyhow::Result<()> {
    let models: &[&str] = if bench.wants(Part::Networks) {
        &["efficientnet-lite0", "squeezenet"]
    } else {
        &[]
    };
    for &model in models {
        let classifier = ModelArgs::of(model).open(home)?;
        networks(bench, &classifier, picture)?;
        if model == "efficientnet-lite0" {
            maps(bench, &classifier, picture)?;
        }
    }
    if bench.wants(Part::Comparisons) {
        comparisons(bench)?;
    }
    super::bench_collection::collections(bench, home, picture)
}

/// Gradients that a method asks for in one go, on all cores.
const GRADIENTS: usize = 20;

fn gradients(bench: &mut Bench, classifier: &Classifier, picture: &Picture) -> anyhow::Result<()> {
    let request = Request {
        method: Method::Ig,
        params: MethodParams {
            steps: Some(Steps::Count(GRADIENTS)),
            ..MethodParams::default()
        },
        ..Request::default()
    };
    let name = &classifier.spec().name;
    let (id, what) = (
        format!("{} gradients", classifier.spec().id),
        format!("{name}: a gradient out of {GRADIENTS}"),
    );
    bench.time(id, what, 1, || {
        explain(classifier, picture, &request, &Silent).map(drop)
    })?;
    bench.divide_last(GRADIENTS);
    Ok(())
}

/// Forward pass, and forward with gradient, on one thread each.
fn networks(bench: &mut Bench, classifier: &Classifier, picture: &Picture) -> anyhow::Result<()> {
    let id = &classifier.spec().id;
    let name = &classifier.spec().name;
    let network = classifier.network();
    let shape = classifier.input_shape();
    let input = classifier
        .spec()
        .preprocess(picture, shape, Framing::Square)
        .input;
    bench.time(
        format!("{id} forward"),
        format!("{name}: forward"),
        10,
        || network.logits(input.view()).map(drop),
    )?;
    stroke(bench, classifier, picture)?;
    bench.time(
        format!("{id} gradient"),
        format!("{name}: forward and gradient"),
        10,
        || network.gradient(input.view(), Target::Class(285)).map(drop),
    )?;
    Ok(())
}

/// All that lies between a step of a stroke and the bars beside it, but for the frame that shows them.
fn stroke(bench: &mut Bench, classifier: &Classifier, picture: &Picture) -> anyhow::Result<()> {
    let scene = Scene::of(classifier, picture, Framing::Square)?;
    let filling = Fill::Blur.pixels(&scene.seen, None)?;
    let [height, width] = scene.shape();
    let mut canvas = EditCanvas::new([height, width]);
    canvas.begin((0.0, height as f32 / 2.0), width as f32 / 16.0, true);
    let mut step = 0;
    let id = format!("{} stroke", classifier.spec().id);
    let what = format!("{}: a step of a stroke", classifier.spec().name);
    bench.time(id, what, 10, || {
        step += 1;
        canvas.line_to(((step * 7 % width) as f32, (step * 5 % height) as f32));
        let mask = canvas.mask()?;
        let edited = changed(&scene.seen, &filling, &mask, canvas.moved());
        #[cfg(feature = "window")]
        std::hint::black_box(crate::stage::picture_image(
            &edited,
            crate::stage::SAFE_SIDE,
        ));
        let edited = Picture::from_pixels("changed", edited);
        let logits = scene.answer(&edited.pixels)?;
        std::hint::black_box(classifier.rank(&logits, 5));
        Ok::<(), WhatIfError>(())
    })?;
    Ok(())
}

/// XRAI as the reference computes it, with steps chosen, and its own part alone.
fn maps(bench: &mut Bench, classifier: &Classifier, picture: &Picture) -> anyhow::Result<()> {
    for (id, what, steps) in [
        ("xrai 200", "XRAI: 200 gradients", Steps::Count(100)),
        ("xrai auto", "XRAI: steps chosen", Steps::Auto),
    ] {
        let request = Request {
            method: Method::Xrai,
            params: MethodParams {
                steps: Some(steps),
                ..MethodParams::default()
            },
            ..Request::default()
        };
        bench.time(id, what, 1, || {
            explain(classifier, picture, &request, &Silent).map(drop)
        })?;
    }
    let shape = classifier.input_shape();
    let input = classifier
        .spec()
        .preprocess(picture, shape, Framing::Square)
        .input;
    bench.time(
        "xrai own",
        "XRAI: segmentation, dilation and ranking",
        1,
        || {
            Regions::of(input.view()).map(|regions| {
                std::hint::black_box(regions.rank(&input, Ranking::Full));
            })
        },
    )?;
    Ok(())
}

/// Intersection and average on the processor, at three sizes.
fn comparisons(bench: &mut Bench) -> anyhow::Result<()> {
    for side in [224, 1024, 4096] {
        let map = |seed: usize| {
            Array2::from_shape_fn((side, side), |(y, x)| {
                ((y * 31 + x * 17 + seed * 7919) % 1009) as f32 / 1009.0
            })
        };
        let maps: Vec<Array2<f32>> = (0..5).map(map).collect();
        let coloured = [0, 1].map(|i: usize| {
            let map = SaliencyMap {
                values: maps[i].clone(),
            };
            colour(&map, Scale::of(&map), Colormap::Inferno)
        });
        bench.time(
            format!("intersection {side}"),
            format!("Intersection of two maps of {side} px"),
            1,
            || of_colours(&coloured[0], &coloured[1], 30, None).map(drop),
        )?;
        let views: Vec<(&str, ArrayView2<'_, f32>)> = maps.iter().map(|m| ("", m.view())).collect();
        bench.time(
            format!("average {side}"),
            format!("Mean and spread of five maps of {side} px"),
            1,
            || average(&views).map(drop),
        )?;
    }
    Ok(())
}
