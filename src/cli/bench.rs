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
    /// Print JSON: a list of {id, what, unit, median, low, high}, in milliseconds where the unit is ms
    #[arg(long)]
    json: bool,
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
    rows: Vec<Row>,
}

impl Bench {
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
    for model in ["efficientnet-lite0", "squeezenet"] {
        let classifier = ModelArgs::of(model).open(home)?;
        networks(bench, &classifier, picture)?;
        if model == "efficientnet-lite0" {
            maps(bench, &classifier, picture)?;
        }
    }
    comparisons(bench)?;
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
    bench.time(
        format!("{id} gradient"),
        format!("{name}: forward and gradient"),
        10,
        || network.gradient(input.view(), Target::Class(285)).map(drop),
    )?;
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
