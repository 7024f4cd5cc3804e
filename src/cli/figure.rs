//! `saliscope figure`: panels in a grid for a paper.

mod plan;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use self::plan::{Plan, plan};
use super::class_arg::ClassArg;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Classifier;
use crate::figure::{Figure, Format, Panel, Range, missing_letters};
use crate::files::Output;
use crate::home::Home;
use crate::picture::{self, Framing, Picture};
use crate::progress::{Observer as _, Silent};
use crate::saliency::colormap::{Colormap, Look, Scale};
use crate::saliency::{Explanation, Method, MethodParams, Request, Steps, explain};

/// Most maps of a figure.
const MAX_PANELS: usize = 400;
/// Longest side of a panel's pixels.
const MAX_SIDE: u32 = 1200;

/// Arguments of `saliscope figure`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The pictures, a row each; or one file FIGURE.toml that says the same as the options: pictures,
    /// methods, models, classes, title, width, dpi, opacity, colormap, shared-scale, framing, steps
    #[arg(required = true, value_name = "PICTURE|FIGURE.toml")]
    pictures: Vec<PathBuf>,
    /// Columns of methods
    #[arg(long, value_delimiter = ',', value_name = "METHOD,...")]
    methods: Vec<Method>,
    /// Columns of networks: ids or ONNX files
    #[arg(long, value_delimiter = ',', value_name = "MODEL,...")]
    models: Vec<String>,
    /// Columns of classes: numbers or names, or auto for the surest
    #[arg(long, value_delimiter = ',', value_name = "CLASS,...")]
    classes: Vec<ClassArg>,
    /// Over all
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Width in centimetres
    #[arg(long, value_name = "CM")]
    width: Option<f32>,
    /// Dots per inch of a PNG
    #[arg(long, value_name = "N")]
    dpi: Option<f32>,
    /// How much of the map covers the picture, in percent
    #[arg(long, value_name = "PERCENT")]
    opacity: Option<f32>,
    /// The colours of the maps
    #[arg(long, value_name = "NAME")]
    colormap: Option<Colormap>,
    /// One scale for all maps, with numbers at the colour bar
    #[arg(long)]
    shared_scale: bool,
    /// Steps per baseline, samples or masks; auto takes as many as are needed
    #[arg(long, value_name = "N")]
    steps: Option<Steps>,
    /// What the networks see: square (centre), whole, published or padded; else as is usual for each
    #[arg(long, value_name = "PART")]
    framing: Option<Framing>,
    /// Leave out the column of bare pictures
    #[arg(long)]
    no_picture: bool,
    /// Leave out the answers under the panels
    #[arg(long)]
    no_captions: bool,
    /// The figure, by its ending an SVG, a PDF or a PNG
    #[arg(long, value_name = "FILE.svg|pdf|png")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// A column: which network, method and class.
struct Column {
    model: usize,
    method: Method,
    class: ClassArg,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let format = Format::of(&args.out).with_context(|| {
        format!(
            "{}: a figure is written as SVG, PDF or PNG; choose a name that ends in .svg, .pdf or .png",
            args.out.display()
        )
    })?;
    let plan = plan(args)?;
    let out = Output::new(&args.out)
        .reading(&args.pictures)
        .reading(&plan.pictures)
        .reading(&plan.models)
        .overwriting(args.overwrite);
    out.check_file()?;
    let mut columns = Vec::new();
    for model in 0..plan.models.len() {
        for &method in &plan.methods {
            for class in &plan.classes {
                columns.push(Column {
                    model,
                    method,
                    class: class.clone(),
                });
            }
        }
    }
    let count = columns.len() * plan.pictures.len();
    anyhow::ensure!(
        count <= MAX_PANELS,
        "a figure of {count} maps cannot be read; {MAX_PANELS} are the most"
    );
    let pictures = plan
        .pictures
        .iter()
        .map(|path| Ok(picture::open(path)?))
        .collect::<anyhow::Result<Vec<Picture>>>()?;
    let classifiers = plan
        .models
        .iter()
        .map(|model| ModelArgs::of(model).open(home))
        .collect::<anyhow::Result<Vec<Classifier>>>()?;
    let maps = maps(&plan, &pictures, &classifiers, &columns)?;
    let figure = figure(&plan, &pictures, &columns, &maps);
    let drawing = figure.drawing();
    match format {
        Format::Svg => {
            let svg = drawing.svg()?;
            out.write_file(|file| file.write_all(svg.as_bytes()))?;
        }
        Format::Pdf => {
            let pdf = drawing.pdf().context("the font of figures is damaged")?;
            out.write_file(|file| file.write_all(&pdf))?;
        }
        Format::Png => {
            let pixels = drawing.raster(plan.dpi).with_context(|| {
                format!(
                    "--dpi {} is no resolution for a figure of this size",
                    plan.dpi
                )
            })?;
            out.write_png(&pixels)?;
        }
    }
    let mut lines = Vec::new();
    for (map, path) in maps.iter().zip(
        plan.pictures
            .iter()
            .flat_map(|path| std::iter::repeat_n(path, columns.len().max(1))),
    ) {
        if let Some(remark) = map.remark() {
            lines.push(format!(
                "{}, {}: {remark}",
                path.display(),
                map.request.method.name()
            ));
        }
    }
    let missing = missing_letters(&texts(&figure));
    if format != Format::Svg && !missing.is_empty() {
        let letters: String = missing.into_iter().take(20).collect();
        lines.push(format!(
            "the figure's font lacks {letters}: they are boxes; an SVG has them"
        ));
    }
    lines.push(format!("written to {}", args.out.display()));
    output::lines(&lines)
}

/// Every map of the figure, row by row.
fn maps(
    plan: &Plan,
    pictures: &[Picture],
    classifiers: &[Classifier],
    columns: &[Column],
) -> anyhow::Result<Vec<Explanation>> {
    let count = pictures.len() * columns.len();
    let progress = output::ProgressLine::new("map");
    let mut maps = Vec::with_capacity(count);
    for picture in pictures {
        for column in columns {
            let classifier = classifiers
                .get(column.model)
                .context("a model is missing")?;
            let request = Request {
                framing: plan
                    .framing
                    .unwrap_or_else(|| classifier.spec().usual_framing()),
                class: column.class.of(classifier.labels())?,
                against: None,
                method: column.method,
                params: MethodParams {
                    steps: plan.steps,
                    ..MethodParams::default()
                },
            };
            maps.push(explain(classifier, picture, &request, &Silent)?);
            progress.progress(maps.len(), count);
        }
    }
    drop(progress);
    Ok(maps)
}

fn figure(plan: &Plan, pictures: &[Picture], columns: &[Column], maps: &[Explanation]) -> Figure {
    let shared = Scale::shared(maps.iter().map(|one| &one.map));
    let mut heads: Vec<String> = Vec::new();
    if plan.bare {
        heads.push("Picture".to_owned());
    }
    heads.extend(columns.iter().enumerate().map(|(index, column)| {
        let model = plan.models.get(column.model);
        let model = model.map(|one| name_of(Path::new(one)));
        let class = match maps.get(index) {
            Some(map) if !column.class.is_auto() => map.class.label.clone(),
            _ => "surest".to_owned(),
        };
        // Only what differs between columns, but never nothing.
        let parts = [
            model.filter(|_| plan.models.len() > 1),
            (plan.methods.len() > 1 || columns.len() == 1).then(|| column.method.name().to_owned()),
            Some(class).filter(|_| plan.classes.len() > 1),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }));
    let mut panels = Vec::new();
    for (picture, maps) in pictures.iter().zip(maps.chunks(columns.len().max(1))) {
        if plan.bare {
            panels.push(Some(Panel {
                pixels: fitting(picture.pixels.clone()),
                caption: String::new(),
                alt: picture.alt.clone(),
            }));
        }
        for map in maps {
            let look = Look {
                colormap: plan.colormap,
                scale: if plan.shared_scale {
                    shared
                } else {
                    Scale::of(&map.map)
                },
                opacity: plan.opacity,
                cut: f32::NEG_INFINITY,
            };
            let answer = format!("{}, {}", map.class.label, map.class.share());
            panels.push(Some(Panel {
                pixels: fitting(map.overlaid(picture, &look)),
                alt: format!(
                    "{}, and what speaks for {} by {}",
                    picture.alt,
                    map.class.label,
                    map.request.method.name()
                ),
                caption: if plan.captions {
                    match map.map.blank() {
                        Some(_) => format!("{answer}: empty map"),
                        None => answer,
                    }
                } else {
                    String::new()
                },
            }));
        }
    }
    Figure {
        title: plan.title.clone(),
        columns: heads,
        rows: pictures
            .iter()
            .map(|picture| picture.name.clone())
            .collect(),
        panels,
        colormap: plan.colormap,
        range: if plan.shared_scale {
            Range::Shared {
                min: shared.min,
                max: shared.max,
            }
        } else {
            Range::Each
        },
        width: plan.width,
    }
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    crate::text::file_name(stem)
}

fn fitting(pixels: image::RgbImage) -> image::RgbImage {
    let (width, height) = pixels.dimensions();
    let longest = width.max(height);
    if longest <= MAX_SIDE {
        return pixels;
    }
    let side = |n: u32| ((u64::from(n) * u64::from(MAX_SIDE) / u64::from(longest)) as u32).max(1);
    let filter = image::imageops::FilterType::Triangle;
    image::imageops::resize(&pixels, side(width), side(height), filter)
}

/// Everything that is written in the figure.
fn texts(figure: &Figure) -> String {
    let captions = figure
        .panels
        .iter()
        .flatten()
        .map(|panel| panel.caption.as_str());
    let heads = figure
        .columns
        .iter()
        .chain(&figure.rows)
        .map(String::as_str);
    let all = std::iter::once(figure.title.as_str())
        .chain(heads)
        .chain(captions);
    all.collect()
}
