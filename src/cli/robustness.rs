//! `saliscope robustness`: which network bears which shift, over a whole folder.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::html::HtmlArgs;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Classifier;
use crate::collection::GivenLabels;
use crate::compare::Options;
use crate::compare::robustness::{
    Journal, Mean, Pace, Plan, Rank, Row, Truths, Watcher, Workshop, analyse, rank_against,
    robustness_page, settings, subjects, textures,
};
use crate::home::Home;
use crate::picture::{self, Framing};
use crate::progress::Silent;
use crate::saliency::{Method, MethodParams, Request, Steps};
use crate::stylize::shift::{Easel, Shift};

/// Arguments of `saliscope robustness`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of pictures
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The models: ids or paths of ONNX files, with commas between
    #[arg(long, value_delimiter = ',', required = true, value_name = "MODEL,...")]
    models: Vec<String>,
    /// What is done to the pictures: corruptions and their severity, as fog:3, or textures to paint
    /// them in, installed ones by name or files, and how much in percent, as style:brick:60
    #[arg(long, value_delimiter = ',', required = true, value_name = "SHIFT,...")]
    shift: Vec<Shift>,
    /// How maps are computed
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    method: Method,
    /// Steps per baseline, samples or masks; auto takes as many as the map needs, as the window
    /// does: often a tenth of the published number
    #[arg(long, default_value = "auto", value_name = "N")]
    steps: Steps,
    /// What the network sees: square (centre), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    framing: Framing,
    /// Where random numbers start
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// How far colours may differ where maps agree, 0-255
    #[arg(long, default_value_t = 10, value_name = "D")]
    delta: u8,
    /// The result, by its ending a CSV or a Parquet file; a run that was broken off goes on where it
    /// was (from FILE.part, which is CSV in both cases)
    #[arg(long, value_name = "FILE.csv|FILE.parquet")]
    out: PathBuf,
    /// What the pictures are of, to rank networks by how often they are right, too: CSV with the columns
    /// path and label (default: labels.csv in the folder, where there is one)
    #[arg(long, value_name = "FILE.csv")]
    labels: Option<PathBuf>,
    #[command(flatten)]
    html: HtmlArgs,
    /// Drop rows of FILE that are of another picture or model file under the same name, or write over
    /// a FILE that holds something else; all other rows stay in any case
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.out
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("parquet")),
        "{}: results are written as CSV or Parquet; choose a name that ends in .csv or .parquet",
        args.out.display()
    );
    // Before hours of work rather than after them.
    let journal = Journal::open_over(&args.out, args.overwrite)?;
    let inputs = [&args.folder, &args.out].into_iter().chain(&args.labels);
    let page = args.html.output(inputs, args.overwrite)?;
    let labels = match &args.labels {
        Some(path) => Some(GivenLabels::read(path)?),
        None => GivenLabels::beside(&args.folder).map(|(given, _)| given),
    };
    let paths = picture::list_folder(&args.folder)?;
    anyhow::ensure!(
        !paths.is_empty(),
        "{} holds no pictures",
        args.folder.display()
    );
    let mut watcher = Terminal::new();
    let (paths, pictures) = subjects(paths, &mut watcher);
    anyhow::ensure!(
        !paths.is_empty(),
        "none of the pictures in {} can be read",
        args.folder.display()
    );
    let classifiers = opened(&args.models, home)?;
    let request = Request {
        framing: args.framing,
        method: args.method,
        params: MethodParams {
            steps: Some(args.steps),
            seed: args.seed,
            ..MethodParams::default()
        },
        ..Request::default()
    };
    let easel = Easel::for_shifts(&args.shift, args.seed, home)?;
    let plan = Plan {
        pictures,
        models: classifiers
            .iter()
            .map(|c| Ok((c.spec().id.clone(), c.identity()?)))
            .collect::<anyhow::Result<_>>()?,
        shifts: args.shift.iter().map(Shift::to_string).collect(),
        settings: settings(&request),
        textures: textures(&easel),
        compare: Options {
            delta: args.delta,
            ..Options::default()
        },
    };
    let truths = labels.map_or_else(Truths::default, |labels| {
        truths(&labels, &plan, &classifiers)
    });
    let mut lab = Workshop::new(paths, classifiers, request, easel, &Silent);
    let outcome = analyse(&plan, &mut lab, journal, &mut watcher)?;
    watcher.clear();
    let mut lines = vec![format!(
        "{} rows, {} of them computed now, {} left out",
        outcome.rows, outcome.computed, outcome.skipped
    )];
    let table = Journal::read(&args.out)?;
    for rank in rank_against(table.iter().filter(|row| plan.compares(row)), &truths) {
        lines.extend(lines_of(&rank));
    }
    if let Some(page) = &page {
        let rows: Vec<&Row> = table.iter().filter(|row| plan.compares(row)).collect();
        let agreement = format!("colours differ by at most {} of 255", args.delta);
        let about = [
            ("Pictures", args.folder.display().to_string()),
            ("Maps", plan.settings.clone()),
            ("Agreement", agreement),
        ];
        let about = about.map(|(what, was)| (what.to_owned(), was)).into();
        super::html::write(page, &robustness_page(&rows, &truths, about))?;
    }
    if outcome.table > outcome.rows {
        lines.push(format!(
            "the file holds {} rows of other models, pictures, shifts or settings beside them",
            outcome.table - outcome.rows
        ));
    }
    lines.push(format!("written to {}", args.out.display()));
    output::lines(&lines)
}

/// The networks, each once.
fn opened(named: &[String], home: &Home) -> anyhow::Result<Vec<Classifier>> {
    let mut models: Vec<&String> = Vec::new();
    for model in named {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    let open = |model: &String| ModelArgs::of(model).open(home);
    models.into_iter().map(open).collect()
}

/// What the pictures are of to each network; tells which labels are no class of one.
fn truths(labels: &GivenLabels, plan: &Plan, classifiers: &[Classifier]) -> Truths {
    let classes = |classifier: &Classifier| {
        let labels = classifier.labels();
        let names = (0..labels.len()).map(|class| labels.name(class));
        (classifier.spec().id.clone(), names.collect())
    };
    let classes: Vec<(String, Vec<String>)> = classifiers.iter().map(classes).collect();
    let pictures = plan.pictures.iter().map(|picture| picture.name.as_str());
    let (truths, notes) = labels.truths(pictures, &classes);
    for note in &notes {
        output::note(&format!("note: {note}"));
    }
    truths
}

/// A network's figures, and what was left out of them.
fn lines_of(rank: &Rank) -> Vec<String> {
    let share = |mean: Mean| {
        let interval = mean.interval.map_or_else(String::new, |(low, high)| {
            format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
        });
        format!("{:.1} %{interval}", mean.mean * 100.0)
    };
    let agrees = if rank.has_maps() {
        share(rank.agree)
    } else {
        "with nothing".to_owned()
    };
    let right = rank.accuracy.map_or_else(String::new, |accuracy| {
        format!(", right about {} of the originals", share(accuracy))
    });
    let figures = format!(
        "{}: map agrees {agrees}, same answer {}, still sure of it {}{right}, over {} pictures",
        rank.model,
        share(rank.same),
        share(rank.confidence),
        rank.pictures
    );
    let left_out = rank.left_out();
    let left_out = left_out.map(|words| format!("  {}: {words}", rank.model));
    std::iter::once(figures).chain(left_out).collect()
}

/// Progress with the time left: always the same line where somebody watches, else a line a minute; what
/// was skipped, always.
struct Terminal {
    shown: bool,
    pace: Pace,
    last: Instant,
}

/// Whether to tell how far it is, so long after that was told last.
fn is_due(since: Duration, shown: bool) -> bool {
    since
        > if shown {
            Duration::from_millis(200)
        } else {
            output::UNWATCHED
        }
}

impl Terminal {
    fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            pace: Pace::start(),
            last: Instant::now(),
        }
    }

    fn clear(&self) {
        if self.shown {
            // Progress that cannot be shown is not worth failing for.
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Watcher for Terminal {
    fn progress(&mut self, done: usize, total: usize) {
        let left = self.pace.left(done, total);
        if !is_due(self.last.elapsed(), self.shown) {
            return;
        }
        self.last = Instant::now();
        let left = left.map_or_else(String::new, |left| format!(", {left} left"));
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K{done} of {total} rows{left}");
        } else {
            output::note(&format!("{done} of {total} rows{left}"));
        }
    }

    fn skipped(&mut self, what: &str, why: &str) {
        self.clear();
        output::note(&format!("skipped {what}: {why}"));
    }

    fn note(&mut self, words: &str) {
        self.clear();
        output::note(&format!("note: {words}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_a_line_a_minute_and_a_terminal_the_same_one() {
        for (seconds, shown, due) in [
            (1, true, true),
            (0, true, false),
            (30, false, false),
            (61, false, true),
        ] {
            assert_eq!(is_due(Duration::from_secs(seconds), shown), due);
        }
    }
}
