//! `saliscope explain`: the saliency map of one prediction, as files.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::thread;

use super::class_arg::ClassArg;
use super::explain_many;
use super::html::HtmlArgs;
use super::inputs::PictureArgs;
use super::model_args::ModelArgs;
use super::output;
use super::part_args::{Part, PartArgs};
use super::picture_class::{ClassOf, PictureClass};
use crate::classifier::{Classifier, runtime};
use crate::files::Output;
use crate::home::Home;
use crate::page::explanation_page;
use crate::picture;
use crate::saliency::colormap::Look;
use crate::saliency::{
    Baseline, ClassChoice, EXPLANATION_FILES, Explanation, Integration, Method, MethodParams,
    ModelRecord, Request, Steps, View, explain,
};

/// Arguments of `saliscope explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pictures: PictureArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    /// How the map is computed (see: saliscope models methods)
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    method: Method,
    /// The class to explain: its number or name, auto for the one the network is surest of, or label
    /// for the true one, after which the folder of the picture is called
    #[arg(long, default_value = "auto", value_name = "CLASS")]
    pub class: PictureClass,
    /// A class to hold it against: the map shows what speaks for one and not the other
    #[arg(long, value_name = "CLASS")]
    against: Option<ClassArg>,
    #[command(flatten)]
    pub part: PartArgs,
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
    /// map.npy, attribution.npy and explanation.json. For several pictures: a folder for such a
    /// folder each, or a file that ends in .npz or .parquet for all maps; a line of JSON tells of each
    /// that is done, and what was interrupted goes on where it was
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    #[command(flatten)]
    html: HtmlArgs,
    /// With --html: so many classes can be chosen on the page, the surest beside the explained one
    #[arg(long, default_value_t = 3, value_name = "N", requires = "html",
        value_parser = clap::value_parser!(u8).range(1..=8))]
    html_classes: u8,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    pub overwrite: bool,
}

impl Args {
    /// What is asked for, but for the class, and which class that is of a picture.
    pub fn asked(
        &self,
        classifier: &Classifier,
        part: Option<&Part>,
    ) -> anyhow::Result<(Request, ClassOf)> {
        let labels = classifier.labels();
        let class = match part {
            Some(part) => ClassOf::Same(ClassChoice::Class(part.class)),
            None => self.class.settle(labels)?,
        };
        let request = Request {
            framing: self.model.framing(classifier),
            class: ClassChoice::Auto,
            against: ClassArg::against(self.against.as_ref(), labels)?,
            method: self.method,
            params: MethodParams {
                steps: self.steps,
                baseline: self.baseline,
                integration: self.integration,
                view: self.view,
                seed: self.seed,
                // Of a part it is the layer that is explained.
                layer: self.layer.clone().filter(|_| part.is_none()),
                window: self.window,
                stride: self.stride,
                noise: self.noise,
                fraction: self.fraction,
                max_dist: self.max_dist,
                max_sigma: self.max_sigma,
                cells: self.cells,
                visible: self.visible,
                black_white: None,
            },
        };
        Ok((request, class))
    }

    /// The part of the network that is explained instead of a class, where one is.
    pub fn part(&self, classifier: &Classifier) -> anyhow::Result<Option<Part>> {
        let framing = self.model.framing(classifier);
        self.part.of(classifier, self.layer.as_deref(), framing)
    }
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    thread::scope(|scope| {
        // Loading the library takes longer than all that can be done before it is needed. The scope
        // waits for it even where it is not: a process must not end in the middle of loading.
        crate::threads::spawn(scope, || {
            let _ = runtime();
        });
        match args.pictures.single() {
            Some(picture) if !explain_many::is_archive(&args.out) => {
                explain_to_files(args, picture, home)
            }
            _ => {
                anyhow::ensure!(
                    !args.html.is_asked(),
                    "--html makes a page of one picture; leave it out, or name one picture and a folder for --out"
                );
                explain_many::run(args, &args.pictures.find()?, home)
            }
        }
    })
}

fn explain_to_files(args: &Args, path: &Path, home: &Home) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .reading([path])
        .reading(args.part.files())
        .reading(args.model.files())
        .overwriting(args.overwrite);
    out.check_folder(&EXPLANATION_FILES)?;
    let inputs = std::iter::once(path).chain(args.model.files());
    let page = args.html.output(inputs, args.overwrite)?;
    let picture = picture::open(path)?;
    // The process ends when the map is written; to take the network apart before would take as
    // long as a gradient.
    let classifier = ManuallyDrop::new(args.model.open(home)?);
    let part = args.part(&classifier)?;
    let classifier = part.as_ref().map_or(&*classifier, |part| &part.classifier);
    let (request, class) = args.asked(classifier, part.as_ref())?;
    let request = Request {
        class: class.of(path)?,
        ..request
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
    let record = explanation.record(model, &picture, Some(path));
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
