//! `saliscope predict`: what a network sees in pictures.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::inputs::{Job, PictureArgs};
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::{Classifier, Differentiable as _, Prediction};
use crate::compare::robustness::{csv_record, csv_text};
use crate::home::Home;
use crate::picture;
use crate::progress::{Observer as _, Silent};
use crate::saliency::in_order;

/// Arguments of `saliscope predict`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pictures: PictureArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// How many classes to name
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,
    /// Print JSON: a list of {path, predictions: [{class, label, probability, logit}], notes}
    #[arg(long, group = "form")]
    json: bool,
    /// Print one JSON object a line, as each picture is done; those that cannot be opened as
    /// {path, error}
    #[arg(long, group = "form")]
    ndjson: bool,
    /// Print CSV, a row for each class that is named, as each picture is done
    #[arg(long, group = "form")]
    csv: bool,
}

/// What was predicted for one picture.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    predictions: Vec<Prediction>,
    /// What had to be guessed or changed when the picture was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A picture that was skipped.
#[derive(Debug, Serialize)]
struct Skipped {
    path: String,
    error: String,
}

/// Columns of `--csv`.
const COLUMNS: [&str; 7] = [
    "path",
    "rank",
    "class",
    "label",
    "probability",
    "logit",
    "error",
];

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let jobs = args.pictures.find()?;
    let classifier = args.model.open(home)?;
    let mut out = Printer::new(args)?;
    let progress = output::ProgressLine::new("picture");
    let (mut done, mut failed) = (0, 0);
    // Reading files goes on beside the network: one thread more than it can use.
    let threads = classifier.network().parallelism() + 1;
    in_order(
        jobs.len(),
        threads,
        &Silent,
        |i| Ok(predict(&classifier, jobs.get(i), args)),
        |i, result: anyhow::Result<Row>| -> anyhow::Result<()> {
            match (result, jobs.get(i)) {
                (Ok(row), _) => {
                    done += 1;
                    if out.is_text() {
                        for note in &row.notes {
                            output::note(&format!("{}: {note}", row.path));
                        }
                    }
                    out.row(row)?;
                }
                (Err(error), Some(job)) if job.from_many => {
                    failed += 1;
                    output::note(&format!("skipped: {}", super::whole(&error)));
                    out.skipped(&job.path, &error)?;
                }
                (Err(error), _) => return Err(error),
            }
            progress.progress(done + failed, jobs.len());
            Ok(())
        },
    )?;
    drop(progress);
    anyhow::ensure!(done > 0, "none of the {failed} pictures could be opened");
    if out.is_text() {
        output::pass_on_lines(&ModelArgs::remarks(&classifier)?)?;
    }
    out.finish()
}

fn predict(classifier: &Classifier, job: Option<&Job>, args: &Args) -> anyhow::Result<Row> {
    let job = job.context("there is no such picture")?;
    let picture = picture::open(&job.path)?;
    let predictions =
        classifier.predict(&picture, args.model.framing(classifier), args.top as usize)?;
    Ok(Row {
        path: crate::text::file_name(job.path.as_os_str()),
        predictions,
        notes: picture.notes,
    })
}

/// Rows on standard output, in the form that was asked for.
enum Printer {
    Text,
    /// All rows: a list is printed at its end, or not at all.
    Json(Vec<Row>),
    Lines,
    Csv,
}

impl Printer {
    fn new(args: &Args) -> anyhow::Result<Self> {
        Ok(if args.json {
            Self::Json(Vec::new())
        } else if args.ndjson {
            Self::Lines
        } else if args.csv {
            output::pass_on(&csv_record(&COLUMNS.map(str::to_owned)))?;
            Self::Csv
        } else {
            Self::Text
        })
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text)
    }

    fn row(&mut self, row: Row) -> anyhow::Result<()> {
        match self {
            Self::Json(rows) => {
                rows.push(row);
                Ok(())
            }
            Self::Lines => output::pass_on_json(&row),
            Self::Csv => {
                let mut lines = String::new();
                for (rank, p) in (1..).zip(&row.predictions) {
                    lines.push_str(&csv_record(&[
                        csv_text(&row.path),
                        format!("{rank}"),
                        p.class.to_string(),
                        csv_text(&p.label),
                        p.probability.to_string(),
                        p.logit.to_string(),
                        String::new(),
                    ]));
                }
                output::pass_on(&lines)
            }
            Self::Text => {
                let mut lines = vec![row.path];
                lines.extend(row.predictions.iter().map(|p| {
                    format!(
                        "  {:>7}  {}  (class {}, logit {:.3})",
                        p.share(),
                        p.label,
                        p.class,
                        p.logit
                    )
                }));
                output::pass_on_lines(&lines)
            }
        }
    }

    fn skipped(&mut self, path: &Path, error: &anyhow::Error) -> anyhow::Result<()> {
        let (path, error) = (
            crate::text::file_name(path.as_os_str()),
            super::whole(error),
        );
        match self {
            Self::Json(_) | Self::Text => Ok(()),
            Self::Lines => output::pass_on_json(&Skipped { path, error }),
            Self::Csv => {
                let mut fields = vec![String::new(); COLUMNS.len() - 2];
                fields.insert(0, csv_text(&path));
                fields.push(csv_text(&error));
                output::pass_on(&csv_record(&fields))
            }
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Json(rows) => output::json(&rows),
            _ => Ok(()),
        }
    }
}
