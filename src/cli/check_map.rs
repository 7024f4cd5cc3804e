//! `saliscope check-map`: is a map worth trusting?

use std::path::PathBuf;

use ndarray::Ix2;
use serde::Serialize;

use super::class_arg::ClassArg;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Target;
use crate::home::Home;
use crate::picture;
use crate::saliency::check::{CheckError, MadeMap, Report, check_picture};
use crate::saliency::{Blank, Method, MethodParams, Request, SaliencyMap, Steps, explain};

/// Arguments of `saliscope check-map`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture
    #[arg(value_name = "PICTURE")]
    picture: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    /// How the map is computed, or was
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    method: Method,
    /// A map.npy made earlier, at the network's input size (default: computed now)
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The class that is explained: its number or name, or auto for the one the network is surest of
    #[arg(long, default_value = "auto", value_name = "CLASS")]
    class: ClassArg,
    /// A class it is held against
    #[arg(long, value_name = "CLASS")]
    against: Option<ClassArg>,
    /// Steps per baseline, samples or masks
    #[arg(long, default_value = "auto", value_name = "N")]
    steps: Steps,
    /// Where random numbers start
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Leave out the check with shuffled weights
    #[arg(long)]
    no_shuffle: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Checked {
    method: Method,
    class: usize,
    label: String,
    probability: f64,
    /// Said where there is nothing to see in the map: the checks then judge an order of pixels that
    /// means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'static str>,
    #[serde(flatten)]
    report: Report,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let picture = picture::open(&args.picture)?;
    let classifier = args.model.open(home)?;
    let params = MethodParams {
        steps: Some(args.steps),
        seed: args.seed,
        ..MethodParams::default()
    };
    let progress = output::ProgressLine::new("Checking");
    let framing = args.model.framing(&classifier);
    let against = ClassArg::against(args.against.as_ref(), classifier.labels())?;
    let request = Request {
        framing,
        class: args.class.of(classifier.labels())?,
        against,
        // A map made earlier only needs the class, which the quickest method tells as well.
        method: if args.map.is_some() {
            Method::Gradient
        } else {
            args.method
        },
        params: params.clone(),
    };
    let explanation = explain(&classifier, &picture, &request, &progress)?;
    let map = match &args.map {
        None => explanation.map,
        Some(path) => SaliencyMap {
            values: crate::npy::read_f32_axes::<Ix2>(path, "[height, width]")?,
        },
    };
    let class = explanation.class;
    let target = match against {
        None => Target::Class(class.class),
        Some(against) => Target::Contrast {
            class: class.class,
            against,
        },
    };
    let made = MadeMap {
        map: &map,
        method: args.method,
        params,
        target,
        framing,
    };
    let report = check_picture(&classifier, &picture, &made, !args.no_shuffle, &progress);
    let report = report.map_err(|error| match error {
        CheckError::Shuffled(why) => {
            anyhow::anyhow!("the network with shuffled weights failed; try --no-shuffle: {why}")
        }
        other @ CheckError::Saliency(_) => other.into(),
    })?;
    drop(progress);
    let checked = Checked {
        method: args.method,
        class: class.class,
        label: class.label,
        probability: f64::from(class.probability),
        remark: map.blank().map(Blank::sentence),
        report,
    };
    if args.json {
        output::json(&checked)
    } else {
        output::lines(&lines(&checked))
    }
}

fn lines(checked: &Checked) -> Vec<String> {
    let verdict = &checked.report.verdict;
    let mut lines = vec![format!(
        "{} of {} (class {}, {:.1} %)",
        checked.method.name(),
        checked.label,
        checked.class,
        checked.probability * 100.0
    )];
    lines.extend(checked.remark.map(|remark| {
        format!("There is nothing to trust: {remark}. What follows judges the order of its pixels, which means nothing.")
    }));
    lines.push(verdict.summary.to_owned());
    lines.extend(verdict.reasons.iter().map(|reason| format!("- {reason}")));
    lines.push(format!("Note: {}", verdict.caveat));
    lines
}
