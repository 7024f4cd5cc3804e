//! `saliscope check-map`: is a map worth trusting?

use std::path::PathBuf;

use anyhow::Context as _;
use ndarray::{ArrayView3, Ix2};
use serde::Serialize;

use super::class_arg::ClassArg;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::{Classifier, Network, NetworkOptions, Target};
use crate::home::Home;
use crate::onnx::Model;
use crate::picture;
use crate::progress::Observer;
use crate::saliency::check::{CheckParams, Report, check_map, shuffle_weights};
use crate::saliency::{
    BlackWhite, Method, MethodParams, Question, Request, SaliencyMap, Steps, attribute, explain,
};

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
    #[serde(flatten)]
    report: Report,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let picture = picture::open(&args.picture)?;
    let classifier = args.model.open(home)?;
    let spec = classifier.spec();
    let shape = classifier.input_shape();
    let colour = |level: f32| spec.flat(level, [1, 1, shape[2]]).into_iter().collect();
    let colours = BlackWhite {
        black: colour(0.0),
        white: colour(255.0),
    };
    let params = MethodParams {
        steps: Some(args.steps),
        seed: args.seed,
        black_white: Some(colours.clone()),
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
    let seen = spec.preprocess(&picture, shape, framing);
    let map = SaliencyMap {
        values: seen.with_ground(map.values),
    };
    let input = seen.input;
    let shuffled = if args.no_shuffle {
        None
    } else {
        let map = map_of_double(
            &classifier,
            args.method,
            input.view(),
            target,
            &params,
            &progress,
        );
        Some(map.context("the network with shuffled weights failed; try --no-shuffle")?)
    };
    let report = check_map(
        Question::new(classifier.network(), input.view(), target)?,
        &map,
        args.method,
        Some(&colours),
        shuffled.as_ref(),
        &CheckParams::default(),
        &progress,
    )?;
    drop(progress);
    let checked = Checked {
        method: args.method,
        class: class.class,
        label: class.label,
        probability: f64::from(class.probability),
        report,
    };
    if args.json {
        output::json(&checked)
    } else {
        output::lines(&lines(&checked))
    }
}

/// The map of the same question asked of a network with shuffled weights.
fn map_of_double(
    classifier: &Classifier,
    method: Method,
    input: ArrayView3<'_, f32>,
    target: Target,
    params: &MethodParams,
    observer: &dyn Observer,
) -> anyhow::Result<SaliencyMap> {
    let mut model = Model::read(classifier.network().path())?;
    shuffle_weights(&mut model, params.seed)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("shuffled.onnx");
    model.save(&path)?;
    let [height, width, _] = classifier.input_shape();
    let options = NetworkOptions {
        size: Some([height, width]),
        output: Some(classifier.network().output().to_owned()),
        kind: Some(classifier.network().kind()),
        device: classifier.network().device(),
        // Our own copy of a network that is open.
        trusted: true,
        ..NetworkOptions::default()
    };
    let double = Network::open(&path, &options)?;
    Ok(attribute(method, &double, input, target, params, observer)?.map)
}

fn lines(checked: &Checked) -> Vec<String> {
    let verdict = &checked.report.verdict;
    let mut lines = vec![
        format!(
            "{} of {} (class {}, {:.1} %)",
            checked.method.name(),
            checked.label,
            checked.class,
            checked.probability * 100.0
        ),
        verdict.summary.to_owned(),
    ];
    lines.extend(verdict.reasons.iter().map(|reason| format!("- {reason}")));
    lines.push(format!("Note: {}", verdict.caveat));
    lines
}
