//! `saliscope explain`: the saliency map of one prediction, as files.

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::thread;

use super::class_arg::ClassArg;
use super::html::HtmlArgs;
use super::model_args::ModelArgs;
use super::output;
use super::part_args::PartArgs;
use crate::classifier::{Classifier, runtime};
use crate::files::Output;
use crate::home::Home;
use crate::picture;
use crate::saliency::colormap::Look;
use crate::saliency::{
    Baseline, ClassChoice, EXPLANATION_FILES, Explanation, Integration, Method, MethodParams,
    ModelRecord, Request, Steps, View, explain, explanation_page,
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
    #[command(flatten)]
    part: PartArgs,
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
    /// Layer of Grad-CAM, or of --unit and --alike (default: the last before the classifier; `models check` lists all)
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
    #[command(flatten)]
    html: HtmlArgs,
    /// With --html: so many classes can be chosen on the page, the surest beside the explained one
    #[arg(long, default_value_t = 3, value_name = "N", requires = "html",
        value_parser = clap::value_parser!(u8).range(1..=8))]
    html_classes: u8,
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
        .reading(args.part.files())
        .reading(args.model.files())
        .overwriting(args.overwrite);
    out.check_folder(&EXPLANATION_FILES)?;
    let inputs = std::iter::once(args.picture.as_path()).chain(args.model.files());
    let page = args.html.output(inputs, args.overwrite)?;
    let picture = picture::open(&args.picture)?;
    // The process ends when the map is written; to take the network apart before would take as
    // long as a gradient.
    let classifier = ManuallyDrop::new(args.model.open(home)?);
    let layer = args.layer.as_deref();
    let framing = args.model.framing(&classifier);
    let part = args.part.of(&classifier, layer, framing)?;
    let classifier: &Classifier = match &part {
        Some(part) => &part.classifier,
        None => &classifier,
    };
    let request = Request {
        framing,
        class: match &part {
            Some(part) => ClassChoice::Class(part.class),
            None => args.class.of(classifier.labels())?,
        },
        against: ClassArg::against(args.against.as_ref(), classifier.labels())?,
        method: args.method,
        params: MethodParams {
            steps: args.steps,
            baseline: args.baseline,
            integration: args.integration,
            view: args.view,
            seed: args.seed,
            // Of a part it is the layer that is explained.
            layer: args.layer.clone().filter(|_| part.is_none()),
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
    let explanation = explain(classifier, &picture, &request, &progress)?;
    let mut others = Vec::new();
    if page.is_some() && part.is_none() {
        let classes = explanation.predictions.iter().map(|p| p.class);
        let classes = classes.filter(|class| *class != explanation.class.class);
        for class in classes.take(usize::from(args.html_classes) - 1) {
            let mut request = explanation.request.clone();
            request.class = ClassChoice::Class(class);
            request.against = None;
            others.push(explain(classifier, &picture, &request, &progress)?);
        }
    }
    drop(progress);
    let model = ModelRecord::of(classifier)?;
    let record = explanation.record(model, &picture, Some(&args.picture));
    explanation.write_to(&out, &record, &picture, &Look::of(&explanation.map))?;

    if let Some(page) = &page {
        let all: Vec<&Explanation> = std::iter::once(&explanation).chain(&others).collect();
        super::html::write(page, &explanation_page(&all, &record, &picture))?;
    }

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
    let first = match part {
        Some(_) => format!("{}: {:.4}", class.label, class.logit),
        None => format!(
            "{} (class {}): {}, logit {:.3}",
            class.label,
            class.class,
            class.share(),
            class.logit,
        ),
    };
    let mut lines = vec![first, summary];
    let picture_notes = picture.notes.iter();
    lines.extend(picture_notes.map(|note| format!("picture: {note}")));
    lines.extend(ModelArgs::remarks(classifier)?);
    lines.extend(explanation.remark().map(str::to_owned));
    lines.push(format!("written to {}", args.out.display()));
    output::lines(&lines)
}
