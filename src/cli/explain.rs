//! `saliscope explain`: the saliency map of one prediction, as files.

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::thread;

use super::class_arg::ClassArg;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::runtime;
use crate::files::Output;
use crate::home::Home;
use crate::picture;
use crate::saliency::colormap::Look;
use crate::saliency::{
    Baseline, EXPLANATION_FILES, Integration, Method, MethodParams, ModelRecord, Request, Steps,
    View, explain,
};

/// Arguments of `saliscope explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture
    #[arg(value_name = "PICTURE")]
    picture: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    /// How the map is computed (see: saliscope models methods)
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    method: Method,
    /// The class to explain: its number or name, or auto for the one the network is surest of
    #[arg(long, default_value = "auto", value_name = "CLASS")]
    class: ClassArg,
    /// A class to hold it against: the map shows what speaks for one and not the other
    #[arg(long, value_name = "CLASS")]
    against: Option<ClassArg>,
    /// Steps per baseline, samples or masks; auto takes as many as are needed
    #[arg(long, value_name = "N")]
    steps: Option<Steps>,
    /// What the picture is compared with: zero, minmax, black, white or blur
    #[arg(long, value_name = "BASELINE")]
    baseline: Option<Baseline>,
    /// How integrated gradients add up: riemann or gauss-legendre
    #[arg(long, default_value = "riemann", value_name = "RULE")]
    integration: Integration,
    /// How channels become one number per pixel: magnitude or signed
    #[arg(long, default_value = "magnitude", value_name = "VIEW")]
    view: View,
    /// Where random numbers start; the same seed gives the same map
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Layer of Grad-CAM (default: the last before the classifier; `models check` lists all)
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Side of the square that occlusion covers, in pixels
    #[arg(long, value_name = "PIXELS")]
    window: Option<usize>,
    /// Pixels between two places of occlusion's square
    #[arg(long, value_name = "PIXELS")]
    stride: Option<usize>,
    /// Deviation of SmoothGrad's noise, as a share of the input's range
    #[arg(long, value_name = "SHARE")]
    noise: Option<f64>,
    /// Share of the pixels that guided integrated gradients moves at a time
    #[arg(long, value_name = "SHARE")]
    fraction: Option<f64>,
    /// How far guided integrated gradients may stray from the straight path, as a share of it
    #[arg(long, value_name = "SHARE")]
    max_dist: Option<f64>,
    /// Strongest blur of blur integrated gradients, in pixels
    #[arg(long, value_name = "PIXELS")]
    max_sigma: Option<f64>,
    /// Cells along each side of RISE's masks
    #[arg(long, value_name = "N")]
    cells: Option<usize>,
    /// Share of the cells that a mask of RISE leaves visible
    #[arg(long, value_name = "SHARE")]
    visible: Option<f64>,
    /// The folder for picture.png, overlay.png (which carries the map and the figures), map.png,
    /// map.npy, attribution.npy and explanation.json
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    thread::scope(|scope| {
        // Loading the library takes longer than all that can be done before it is needed. The scope
        // waits for it even where it is not: a process must not end in the middle of loading.
        crate::threads::spawn(scope, || {
            let _ = runtime();
        });
        explain_to_files(args, home)
    })
}

fn explain_to_files(args: &Args, home: &Home) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .reading([&args.picture])
        .reading(args.model.files())
        .overwriting(args.overwrite);
    out.check_folder(&EXPLANATION_FILES)?;
    let picture = picture::open(&args.picture)?;
    // The process ends when the map is written; to take the network apart before would take as
    // long as a gradient.
    let classifier = ManuallyDrop::new(args.model.open(home)?);
    let request = Request {
        framing: args.model.framing(&classifier),
        class: args.class.of(classifier.labels())?,
        against: ClassArg::against(args.against.as_ref(), classifier.labels())?,
        method: args.method,
        params: MethodParams {
            steps: args.steps,
            baseline: args.baseline,
            integration: args.integration,
            view: args.view,
            seed: args.seed,
            layer: args.layer.clone(),
            window: args.window,
            stride: args.stride,
            noise: args.noise,
            fraction: args.fraction,
            max_dist: args.max_dist,
            max_sigma: args.max_sigma,
            cells: args.cells,
            visible: args.visible,
            black_white: None,
        },
    };
    let progress = output::ProgressLine::new(request.method.name());
    let explanation = explain(&classifier, &picture, &request, &progress)?;
    drop(progress);
    let model = ModelRecord::of(&classifier)?;
    let record = explanation.record(model, &picture, Some(&args.picture));
    explanation.write_to(&out, &record, &picture, &Look::of(&explanation.map))?;

    let mut summary = format!(
        "{}: {} steps, {:.2} s",
        explanation.request.method.name(),
        explanation.steps_used,
        explanation.seconds.total,
    );
    if let Some(completeness) = explanation.completeness {
        summary = format!(
            "{summary}, completeness error {:.2} %",
            completeness.error * 100.0
        );
    }
    let class = &explanation.class;
    let mut lines = vec![
        format!(
            "{} (class {}): {}, logit {:.3}",
            class.label,
            class.class,
            class.share(),
            class.logit,
        ),
        summary,
    ];
    let picture_notes = picture.notes.iter();
    lines.extend(picture_notes.map(|note| format!("picture: {note}")));
    lines.extend(ModelArgs::remarks(&classifier)?);
    lines.extend(explanation.remark().map(str::to_owned));
    lines.push(format!("written to {}", args.out.display()));
    output::lines(&lines)
}
