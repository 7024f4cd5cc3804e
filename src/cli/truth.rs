//! `saliscope truth`: does the network look at the thing? Maps held against masks and boxes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::class_arg::ClassArg;
use super::map_args::MapArgs;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Classifier;
use crate::compare::read_map;
use crate::compare::robustness::csv;
use crate::files::Output;
use crate::home::Home;
use crate::picture::{self, Picture, Region};
use crate::progress::{Observer as _, Silent};
use crate::saliency::{SaliencyMap, explain};
use crate::truth::{Localisation, TruthOptions, Truths, localise};

/// Arguments of `saliscope truth`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture, or a folder of pictures
    #[arg(value_name = "PICTURE")]
    pictures: PathBuf,
    /// Where the thing is: a mask (any value above 0), COCO's JSON, Pascal VOC's XML, or a folder of
    /// masks or XML files named like their pictures
    #[arg(long, value_name = "FILE|FOLDER")]
    truth: PathBuf,
    /// Only things of this name, such as cat
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    /// COCO's boxes instead of its shapes
    #[arg(long)]
    boxes: bool,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    maps: MapArgs,
    /// The class that is explained: its number or name, or auto for the one the network is surest of
    #[arg(long, default_value = "auto", value_name = "CLASS")]
    class: ClassArg,
    /// A map made earlier, instead of computing one: an explanation's folder or overlay.png, or map.npy
    #[arg(long, value_name = "MAP")]
    map: Option<PathBuf>,
    /// The most important part that is held against the thing, in percent
    #[arg(long, default_value_t = 10.0, value_name = "PERCENT")]
    top: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A table of all pictures, one a row
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    /// Write over a file that Saliscope did not make, too
    #[arg(long)]
    overwrite: bool,
}

/// What came of one picture.
#[derive(Debug, Serialize)]
struct Found {
    picture: String,
    /// What the things are called, where that is known.
    things: Vec<String>,
    /// What was explained, where a network was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f32>,
    /// Why there are no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'static str>,
    #[serde(flatten)]
    figures: Option<Localisation>,
}

/// Means over pictures.
#[derive(Debug, Serialize)]
struct Summary {
    /// Pictures with figures.
    pictures: usize,
    /// Pictures whose map shows nothing, or whose thing the network did not see: in no mean.
    without_figures: usize,
    /// Pictures that were left out: no truth, or they could not be read.
    skipped: usize,
    pointing: Option<f64>,
    iou: Option<f64>,
    energy: Option<f64>,
    truth_share: Option<f64>,
}

#[derive(Debug, Serialize)]
struct All {
    summary: Summary,
    pictures: Vec<Found>,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.top > 0.0 && args.top <= 100.0,
        "--top is {}, but must be above 0 and at most 100",
        args.top
    );
    let out = args.out.as_deref().map(|file| {
        Output::new(file)
            .reading([&args.pictures, &args.truth])
            .reading(&args.map)
            .reading(args.model.files())
            .overwriting(args.overwrite)
    });
    if let Some(out) = &out {
        out.check_file()?;
    }
    let options = TruthOptions {
        category: args.category.clone(),
        boxes: args.boxes,
    };
    let folder = args.pictures.is_dir();
    let truths = Truths::open(&args.truth, options)?;
    anyhow::ensure!(
        !(folder && truths.is_of_one()),
        "{} tells of one picture, but {} is a folder; give a folder of masks, or COCO's JSON",
        args.truth.display(),
        args.pictures.display()
    );
    anyhow::ensure!(
        !(folder && args.map.is_some()),
        "--map is the map of one picture; leave it out for a folder"
    );
    let paths = if folder {
        let found = picture::list_folder(&args.pictures)?;
        anyhow::ensure!(
            !found.is_empty(),
            "{} holds no pictures",
            args.pictures.display()
        );
        found
    } else {
        vec![args.pictures.clone()]
    };
    let classifier = match args.map {
        Some(_) => None,
        None => Some(args.model.open(home)?),
    };
    let progress = output::ProgressLine::new("picture");
    let mut found = Vec::with_capacity(paths.len());
    let mut skipped = 0;
    for (i, path) in paths.iter().enumerate() {
        match one(args, path, &truths, classifier.as_ref()) {
            Ok(one) => found.push(one),
            Err(error) if folder => {
                skipped += 1;
                output::note(&format!("skipped: {}", super::whole(&error)));
            }
            Err(error) => return Err(error),
        }
        progress.progress(i + 1, paths.len());
    }
    drop(progress);
    anyhow::ensure!(
        !found.is_empty(),
        "none of the {skipped} pictures has a truth"
    );
    if let Some(out) = &out {
        let table = table(args, &found);
        out.write_file(|file| file.write_all(table.as_bytes()))?;
    }
    let all = All {
        summary: summary(&found, skipped),
        pictures: found,
    };
    if args.json {
        return output::json(&all);
    }
    output::lines(&lines(args, &all))
}

fn one(
    args: &Args,
    path: &Path,
    truths: &Truths,
    classifier: Option<&Classifier>,
) -> anyhow::Result<Found> {
    let picture = picture::open(path)?;
    let truth = truths.of(path, picture.size())?;
    let mut found = Found {
        picture: crate::text::file_name(path.file_name().unwrap_or_default()),
        things: truth.names,
        class: None,
        label: None,
        probability: None,
        remark: None,
        figures: None,
    };
    let (map, region) = match (classifier, &args.map) {
        (Some(classifier), _) => {
            let class = args.class.of(classifier.labels())?;
            let request = args.maps.request(args.model.framing(classifier), class);
            let explanation = explain(classifier, &picture, &request, &Silent)?;
            found.class = Some(explanation.class.class);
            found.label = Some(explanation.class.label.clone());
            found.probability = Some(explanation.class.probability);
            (explanation.map, explanation.region)
        }
        (None, map) => earlier(map.as_deref().context("no map was given")?, args, &picture)?,
    };
    found.figures = localise(&map, region, &truth.inside, args.top / 100.0);
    if found.figures.is_none() {
        found.remark = Some(match map.blank() {
            Some(blank) => blank.sentence(),
            None => "the network did not see the thing",
        });
    }
    Ok(found)
}

/// A map made earlier and the part of the picture that it covers.
fn earlier(path: &Path, args: &Args, picture: &Picture) -> anyhow::Result<(SaliencyMap, Region)> {
    let map = read_map(path)?;
    let size = picture.size();
    let region = if let Some(frame) = map.frame {
        anyhow::ensure!(
            [frame.width, frame.height] == size,
            "{} is the map of a picture of {} x {} pixels, but this one has {} x {}",
            map.name,
            frame.width,
            frame.height,
            size[0],
            size[1]
        );
        frame.region
    } else {
        let (height, width) = map.values.dim();
        let framing = args.model.said_framing().unwrap_or_default();
        Region::seen(size, [height, width], framing, 1.0)
    };
    Ok((SaliencyMap { values: map.values }, region))
}

fn summary(found: &[Found], skipped: usize) -> Summary {
    let figures: Vec<Localisation> = found.iter().filter_map(|one| one.figures).collect();
    let mean = |of: fn(&Localisation) -> f64| {
        let sum: f64 = figures.iter().map(of).sum();
        (!figures.is_empty()).then(|| sum / figures.len() as f64)
    };
    Summary {
        pictures: figures.len(),
        without_figures: found.len() - figures.len(),
        skipped,
        pointing: mean(|f| f64::from(u8::from(f.pointing))),
        iou: mean(|f| f.iou),
        energy: mean(|f| f.energy),
        truth_share: mean(|f| f.truth_share),
    }
}

/// The table: texts from outside do nothing in a spreadsheet.
fn table(args: &Args, found: &[Found]) -> String {
    let columns = [
        "picture",
        "things",
        "model",
        "method",
        "class",
        "label",
        "probability",
        "top",
        "pointing",
        "pointing_share",
        "iou",
        "energy",
        "truth_share",
        "truth_seen",
        "remark",
    ];
    let mut table = csv::record(&columns.map(str::to_owned));
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.6}"));
    for one in found {
        let of = |figure: fn(&Localisation) -> f64| number(one.figures.as_ref().map(figure));
        let (model, method) = match args.map {
            Some(_) => (String::new(), String::new()),
            None => (args.model.model.clone(), args.maps.method.id().to_owned()),
        };
        table += &csv::record(&[
            csv::guarded(&one.picture),
            csv::guarded(&one.things.join("; ")),
            csv::guarded(&model),
            method,
            one.class
                .map_or_else(String::new, |class| class.to_string()),
            csv::guarded(one.label.as_deref().unwrap_or_default()),
            number(one.probability.map(f64::from)),
            number(Some(args.top / 100.0)),
            one.figures
                .map_or_else(String::new, |f| f.pointing.to_string()),
            of(|f| f.pointing_share),
            of(|f| f.iou),
            of(|f| f.energy),
            of(|f| f.truth_share),
            of(|f| f.truth_seen),
            one.remark.unwrap_or_default().to_owned(),
        ]);
    }
    table
}

fn lines(args: &Args, all: &All) -> Vec<String> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut lines = Vec::new();
    for one in &all.pictures {
        let label = one.label.as_deref().unwrap_or("the given map");
        lines.push(match (&one.figures, one.remark) {
            (Some(f), _) => format!(
                "{}: {label}; the highest point is {} the thing, top {} % IoU {:.3}, {} of the map on it ({} of what was seen)",
                one.picture,
                if f.pointing { "on" } else { "beside" },
                args.top,
                f.iou,
                percent(f.energy),
                percent(f.truth_share),
            ),
            (None, remark) => {
                format!("{}: {label}; {}", one.picture, remark.unwrap_or("no figures"))
            }
        });
        if let Some(f) = one.figures.filter(|f| f.truth_seen < 0.995) {
            lines.push(format!(
                "  only {} of the thing lies in what the network saw",
                percent(f.truth_seen)
            ));
        }
    }
    let summary = &all.summary;
    if all.pictures.len() > 1
        && let (Some(pointing), Some(iou), Some(energy), Some(share)) = (
            summary.pointing,
            summary.iou,
            summary.energy,
            summary.truth_share,
        )
    {
        lines.push(format!(
            "over {} pictures: pointing game {}, top {} % IoU {iou:.3}, energy {} where chance is {}",
            summary.pictures,
            percent(pointing),
            args.top,
            percent(energy),
            percent(share)
        ));
    }
    if summary.without_figures > 0 && all.pictures.len() > 1 {
        lines.push(format!(
            "{} more have no figures and count in no mean",
            summary.without_figures
        ));
    }
    if let Some(out) = &args.out {
        lines.push(format!("written to {}", out.display()));
    }
    lines
}
