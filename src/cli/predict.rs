//! `saliscope predict`: what a network sees in pictures.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use serde::Serialize;

use super::model_args::ModelArgs;
use super::output;
use crate::classifier::{Classifier, Differentiable as _, Prediction};
use crate::home::Home;
use crate::picture::{self, Framing};
use crate::progress::Observer as _;
use crate::threads::spawn_or_do;

/// Pictures of a folder that are worked on between two lines of progress; bounds memory.
const BATCH: usize = 64;

/// Arguments of `saliscope predict`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Picture files, or folders of them
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// How many classes to name
    #[arg(long, default_value_t = 5, value_name = "K")]
    top: usize,
    /// Print JSON: a list of {path, predictions: [{class, label, probability, logit}]}
    #[arg(long)]
    json: bool,
}

/// What was predicted for one picture.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    predictions: Vec<Prediction>,
}

/// A picture to look at; those found in a folder may fail without ending the whole.
struct Job {
    path: PathBuf,
    from_folder: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let mut jobs = Vec::new();
    for path in &args.pictures {
        if path.is_dir() {
            let found = picture::list_folder(path)?;
            if found.is_empty() {
                anyhow::bail!("{} holds no pictures", path.display());
            }
            jobs.extend(found.into_iter().map(|path| Job {
                path,
                from_folder: true,
            }));
        } else {
            jobs.push(Job {
                path: path.clone(),
                from_folder: false,
            });
        }
    }
    let classifier = args.model.open(home)?;
    let progress = output::ProgressLine::new("picture");
    let mut rows = Vec::with_capacity(jobs.len());
    let mut failed = 0;
    for batch in jobs.chunks(BATCH) {
        let results = predict_batch(
            &classifier,
            batch,
            args.model.framing(&classifier),
            args.top,
        );
        for (job, result) in batch.iter().zip(results) {
            match result {
                Ok(predictions) => rows.push(Row {
                    path: crate::text::file_name(job.path.as_os_str()),
                    predictions,
                }),
                Err(error) if job.from_folder => {
                    failed += 1;
                    output::note(&format!("skipped: {}", super::whole(&error)));
                }
                Err(error) => return Err(error),
            }
        }
        progress.progress(rows.len() + failed, jobs.len());
    }
    drop(progress);
    if rows.is_empty() {
        anyhow::bail!("none of the {failed} pictures could be opened");
    }
    if args.json {
        return output::json(&rows);
    }
    let mut lines = Vec::new();
    for row in rows {
        lines.push(row.path);
        for p in row.predictions {
            lines.push(format!(
                "  {:>7}  {}  (class {}, logit {:.3})",
                p.share(),
                p.label,
                p.class,
                p.logit
            ));
        }
    }
    lines.extend(ModelArgs::remarks(&classifier)?);
    output::lines(&lines)
}

/// Predicts `jobs` on as many threads as the network can use; results in the order of the jobs.
fn predict_batch(
    classifier: &Classifier,
    jobs: &[Job],
    framing: Framing,
    top: usize,
) -> Vec<anyhow::Result<Vec<Prediction>>> {
    let one = |path: &Path| -> anyhow::Result<Vec<Prediction>> {
        let picture = picture::open(path)?;
        Ok(classifier.predict(&picture, framing, top)?)
    };
    let next = AtomicUsize::new(0);
    let workers = classifier.network().parallelism().min(jobs.len()).max(1);
    let mut results: Vec<Option<_>> = (0..jobs.len()).map(|_| None).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                spawn_or_do(scope, || {
                    let mut done = Vec::new();
                    while let Some((i, job)) = {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        jobs.get(i).map(|job| (i, job))
                    } {
                        done.push((i, one(&job.path)));
                    }
                    done
                })
            })
            .collect();
        for thread in threads {
            for (i, result) in thread.join().unwrap_or_default() {
                results[i] = Some(result);
            }
        }
    });
    results
        .into_iter()
        .map(|r| r.context("a worker thread failed").and_then(|r| r))
        .collect()
}
