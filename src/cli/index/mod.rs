//! `saliscope index`: what networks say of every picture of a collection, and where they look.

mod export;
mod find;
mod merge;
mod plan;
mod status;
mod verify;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;

use super::model_args::ModelArgs;
use super::output;
use crate::collection::{
    Examiner, Listing, Maps, ModelEntry, Network, Plan, Progress, Shard, Source, Summary, Watch,
    Writer, index,
};
use crate::home::Home;
use crate::picture::Framing;

/// The word for no network.
const NO_MODELS: &str = "none";

/// Arguments of `saliscope index`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// How much of an index is there
    Status(status::Args),
    /// Write an index as a table, CSV or Parquet
    Export(export::Args),
    /// Which pictures are as a filter says, in an order, or like one
    Find(find::Args),
    /// Check every record, and a sample of the files
    Verify(verify::Args),
    /// Pin a run for many machines: files, networks, methods
    Plan(plan::Args),
    /// Make one index of the indexes of parts
    Merge(merge::Args),
}

/// What to index, and with what.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgs {
    /// A folder with all that is in it, a .tar archive, a list of files, a path on each line, or a
    /// plan
    #[arg(value_name = "SOURCE")]
    source: Option<PathBuf>,
    /// So many made-up pictures instead, the same each time
    #[arg(long, value_name = "N", conflicts_with = "source")]
    demo: Option<u32>,
    /// Makes other pictures for --demo
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Networks to ask, with commas between; none makes thumbnails only
    #[arg(long, value_delimiter = ',', default_value = crate::classifier::DEFAULT_MODEL, value_name = "MODELS")]
    models: Vec<String>,
    /// Where they look, 16 x 16 places: grad-cam, gradient or none
    #[arg(long, default_value = "grad-cam", value_name = "METHOD")]
    maps: Maps,
    /// What the networks see: square (centre, the default), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    framing: Framing,
    /// The index: a folder, made where it is not there; what it has already is not computed again
    #[arg(long, value_name = "INDEX")]
    out: Option<PathBuf>,
    /// Only part K of N, into a folder of its own in INDEX; all does everything also where
    /// `SLURM_ARRAY_TASK_ID` or RANK say which part it is
    #[arg(long, value_name = "K/N|all")]
    shard: Option<String>,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    match &args.command {
        Some(Command::Status(args)) => status::run(args),
        Some(Command::Export(args)) => export::run(args),
        Some(Command::Find(args)) => find::run(args),
        Some(Command::Verify(args)) => verify::run(args),
        Some(Command::Plan(args)) => plan::run(args, home),
        Some(Command::Merge(args)) => merge::run(args),
        None => run_index(&args.run, home),
    }
}

fn run_index(args: &RunArgs, home: &Home) -> anyhow::Result<()> {
    let out = args
        .out
        .as_deref()
        .context("say where the index goes, such as --out my-index")?;
    let shard = shard(args.shard.as_deref())?;
    let plan = args
        .source
        .as_deref()
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let plan = plan
        .map(|path| Plan::read(path).map(|plan| (path, plan)))
        .transpose()?;
    let source = match (&plan, &args.source, args.demo) {
        (Some((_, plan)), ..) => Source::open(&plan.source)?,
        (None, Some(source), _) => Source::open(source)?,
        (None, None, Some(count)) => Source::Demo {
            count,
            seed: args.seed,
        },
        (None, None, None) => {
            anyhow::bail!("say what to index: a folder, a .tar archive, a list or a plan")
        }
    };
    let mut listing = source.list()?;
    if listing.entries.is_empty() {
        anyhow::bail!(
            "{} holds no pictures",
            source.path().unwrap_or(Path::new("this")).display()
        );
    }
    let networks = if let Some((path, plan)) = &plan {
        plan.restrict(path, &mut listing)?;
        let names: Vec<String> = plan.models.iter().map(|model| model.name.clone()).collect();
        let said = |why: String| anyhow::anyhow!("{}: {why}", path.display());
        let framing = plan.framing.parse().map_err(said)?;
        let maps = plan.maps.parse().map_err(said)?;
        let networks = open(&names, framing, maps, home)?;
        let entries: Vec<ModelEntry> = networks.iter().map(|n| n.entry().clone()).collect();
        plan.check(&entries)?;
        networks
    } else {
        open(&args.models, args.framing, args.maps, home)?
    };
    let out = match shard {
        Some(shard) => {
            listing.keep_shard(shard.number, shard.of);
            shard.folder(out)
        }
        None => out.to_owned(),
    };
    let summary = write(&out, source.path(), &listing, &networks)?;
    tell(&out, summary)
}

/// Which part is asked for, here or by a job scheduler; `None` for all.
fn shard(said: Option<&str>) -> anyhow::Result<Option<Shard>> {
    match said {
        Some("all") => Ok(None),
        Some(text) => Ok(Some(text.parse().map_err(anyhow::Error::msg)?)),
        None => {
            let found = Shard::of_environment(|name| std::env::var(name).ok());
            Ok(found.map(|(shard, by)| {
                output::note(&format!(
                    "note: part {} of {} only, as {by} says; --shard all does everything",
                    shard.number, shard.of
                ));
                shard
            }))
        }
    }
}

/// Opens networks, each once.
pub fn open(
    models: &[String],
    framing: Framing,
    maps: Maps,
    home: &Home,
) -> anyhow::Result<Vec<Network>> {
    named(models)
        .into_iter()
        .map(|model| {
            let classifier = ModelArgs::of(model).open(home)?;
            let (network, note) = Network::new(classifier, framing, maps)
                .with_context(|| format!("{model} (--maps none leaves out where it looks)"))?;
            if let Some(note) = note {
                output::note(&format!("note: {note}"));
            }
            Ok(network)
        })
        .collect()
}

/// Networks by their names, each once.
fn named(models: &[String]) -> Vec<&str> {
    let mut named: Vec<&str> = Vec::new();
    for model in models.iter().map(|model| model.trim()) {
        if !model.is_empty() && model != NO_MODELS && !named.contains(&model) {
            named.push(model);
        }
    }
    named
}

/// Computes what is missing, with progress where somebody watches.
pub fn write(
    out: &Path,
    source: Option<&Path>,
    listing: &Listing,
    networks: &[Network],
) -> anyhow::Result<Summary> {
    let entries: Vec<ModelEntry> = networks.iter().map(|n| n.entry().clone()).collect();
    let (mut writer, places) = Writer::open(out, source, &entries)?;
    let examiners: Vec<(&dyn Examiner, usize)> = networks
        .iter()
        .map(|network| network as &dyn Examiner)
        .zip(places)
        .collect();
    let terminal = Terminal::new();
    let summary = index(&mut writer, listing, &examiners, &terminal)?;
    terminal.clear();
    Ok(summary)
}

fn tell(out: &Path, summary: Summary) -> anyhow::Result<()> {
    let rate = summary.read as f64 / summary.seconds.max(1e-3);
    let mut lines = vec![format!(
        "{} files, {} of them broken; {} read and {} decoded now, in {:.1} s ({rate:.0} a second)",
        summary.files, summary.broken, summary.read, summary.decoded, summary.seconds
    )];
    if summary.failed > 0 {
        lines.push(format!(
            "a network failed on {} of them: run this again, which asks it again",
            summary.failed
        ));
    }
    lines.push(format!("written to {}", out.display()));
    output::lines(&lines)
}

/// How far the work is, where somebody watches; notes always.
struct Terminal {
    shown: bool,
    /// Notes and progress do not meet in one line.
    line: Mutex<()>,
}

impl Terminal {
    fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            line: Mutex::new(()),
        }
    }

    fn clear(&self) {
        if self.shown {
            // Progress that cannot be shown is not worth failing for.
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Watch for Terminal {
    fn progress(&self, progress: Progress) {
        if !self.shown {
            return;
        }
        let _line = self.line.lock();
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", words(progress));
    }

    fn note(&self, words: &str) {
        let _line = self.line.lock();
        self.clear();
        output::note(words);
    }
}

/// One line about how far the work is.
fn words(progress: Progress) -> String {
    let rate = progress.now as f64 / progress.seconds.max(1e-3);
    let mut parts = vec![format!("{} of {} files", progress.done, progress.total)];
    if progress.now > 0 {
        parts.push(format!("{rate:.0} a second"));
        let left = progress.total.saturating_sub(progress.done) as f64 / rate.max(1e-6);
        let left = Duration::from_secs_f64(left.clamp(0.0, 1e9)).as_secs();
        parts.push(match left / 3600 {
            0 => format!("{} min {:02} s left", left / 60, left % 60),
            hours => format!("{hours} h {:02} min left", left / 60 % 60),
        });
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_what_this_run_did() {
        let progress = Progress {
            done: 41_200,
            total: 100_000,
            now: 1200,
            seconds: 10.0,
        };
        assert_eq!(
            words(progress),
            "41200 of 100000 files, 120 a second, 8 min 10 s left"
        );
        let progress = Progress { now: 0, ..progress };
        assert_eq!(words(progress), "41200 of 100000 files");
    }
}
