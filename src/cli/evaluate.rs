//! `saliscope evaluate`: how good a network is on pictures that have labels.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{index, output};
use crate::collection::{
    Evaluation, Examiner as _, GivenLabels, Index, Manifest, Maps, Source, evaluate,
};
use crate::home::Home;
use crate::picture::Framing;

/// Arguments of `saliscope evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An index, or what one is made of: a folder, a .tar archive, a list of files
    #[arg(value_name = "INDEX|FOLDER")]
    source: PathBuf,
    /// The network; of an index with one only, that one
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// What pictures are of: CSV with the columns path (or folder) and label; beats folder names
    #[arg(long, value_name = "FILE.csv")]
    labels: Option<PathBuf>,
    /// What the network sees of a folder's pictures: square (centre), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    framing: Framing,
    /// How many of the worst errors to list
    #[arg(long, default_value_t = 20, value_name = "N")]
    worst: usize,
    /// Print JSON: {accuracy, top5, ece, bins, `per_class`, confusion, worst, labels, ...}
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let given = match &args.labels {
        Some(path) => GivenLabels::read(path)?,
        None => GivenLabels::default(),
    };
    let found = if Manifest::is_in(&args.source) {
        let index = Index::read(&args.source)?;
        let model = model_of(&index, args.model.as_deref())?;
        evaluate(&index, model, &given, args.worst)
    } else {
        of_pictures(args, &given, home)?
    };
    if found.pictures == 0 {
        anyhow::bail!(
            "no picture has both a label that means a class and an answer ({} without a class, {} without \
             an answer): put pictures into folders named as classes, or say --labels",
            found.without_class,
            found.without_answer
        );
    }
    if args.json {
        return output::json(&found);
    }
    output::lines(&lines(&found))
}

/// The network that is meant: by its name, its file, or because there is no other.
fn model_of(index: &Index, name: Option<&str>) -> anyhow::Result<usize> {
    let manifest = &index.manifest;
    match (name, manifest.models.as_slice()) {
        (Some(name), _) => {
            let stem = || crate::picture::display_name(std::path::Path::new(name));
            Ok(manifest
                .find(name)
                .or_else(|error| manifest.find(&stem()).map_err(|_| error))?)
        }
        (None, [_]) => Ok(0),
        (None, _) => anyhow::bail!(
            "say which network, with --model; the index has answers of {}",
            match manifest.names() {
                names if names.is_empty() => "none".to_owned(),
                names => names.join(", "),
            }
        ),
    }
}

/// Asks the network about all pictures, in an index that is thrown away.
fn of_pictures(args: &Args, given: &GivenLabels, home: &Home) -> anyhow::Result<Evaluation> {
    let source = Source::open(&args.source)?;
    let listing = source.list()?;
    if listing.entries.is_empty() {
        anyhow::bail!("{} holds no pictures", args.source.display());
    }
    let model = args
        .model
        .as_deref()
        .unwrap_or(crate::classifier::DEFAULT_MODEL);
    let networks = index::open(&[model.to_owned()], args.framing, Maps::None, home)?;
    let network = networks
        .first()
        .context("say which network, with --model")?;
    let folder = tempfile::tempdir().context("no temporary folder could be made")?;
    let out = folder.path().join("index");
    index::write(&out, source.path(), &listing, &networks)?;
    let read = Index::read(&out)?;
    let model = read.manifest.find(&network.entry().id)?;
    Ok(evaluate(&read, model, given, args.worst))
}

fn lines(found: &Evaluation) -> Vec<String> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut lines = vec![
        format!(
            "{}: {} right, {} among the five surest, of {} pictures",
            found.model,
            percent(found.accuracy),
            percent(found.top5),
            found.pictures
        ),
        format!(
            "calibration error (ECE, {} bins): {:.4}",
            found.bins.len(),
            found.ece
        ),
    ];
    if found.without_class + found.without_answer > 0 {
        lines.push(format!(
            "left out: {} files without a class, {} without an answer",
            found.without_class, found.without_answer
        ));
    }
    lines.push("labels:".to_owned());
    for label in found.labels.iter().take(20) {
        let means = label.class_label.as_deref().unwrap_or("no class");
        lines.push(format!(
            "  {} = {means} ({} pictures)",
            label.label, label.pictures
        ));
    }
    lines.push("taken for another, most often:".to_owned());
    let wrong = found
        .confusion
        .cells
        .iter()
        .filter(|cell| cell.actual != cell.predicted);
    let name = |class: u32| {
        let at = found
            .confusion
            .classes
            .iter()
            .position(|&known| known == class);
        at.and_then(|at| found.confusion.labels.get(at))
            .map_or("", String::as_str)
    };
    for cell in wrong.take(10) {
        let (actual, predicted) = (name(cell.actual), name(cell.predicted));
        lines.push(format!("  {} x {actual} as {predicted}", cell.pictures));
    }
    lines.push("surest errors:".to_owned());
    for wrong in &found.worst {
        let p = f64::from(wrong.probability);
        lines.push(format!(
            "  {}: {} {}, not {}",
            wrong.path,
            wrong.predicted_label,
            percent(p),
            wrong.label
        ));
    }
    lines
}
