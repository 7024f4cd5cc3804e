//! The command line: one file per subcommand. The contract with other tools is exit code 0, or 2 with
//! one clear line on standard error.

mod answer;
mod average;
mod bench;
mod bench_collection;
#[cfg(feature = "window")]
mod bench_frames;
mod bench_index;
#[cfg(feature = "window")]
mod bench_million;
mod cache;
mod check_map;
mod class_arg;
mod compare;
mod completions;
mod corrupt;
mod evaluate;
mod exhibit;
mod explain;
mod explain_many;
mod figure;
mod gradient;
mod guesses;
mod guide;
mod html;
mod index;
mod inputs;
mod licences;
mod map_args;
mod model_args;
mod models;
mod output;
mod part_args;
mod picture_class;
mod predict;
mod robustness;
mod score;
mod stylize;
#[cfg(feature = "window")]
mod tour;
mod truth;
mod try_network;
mod version;
mod what_if;
#[cfg(feature = "window")]
mod window;

#[cfg(feature = "window")]
pub use window::prefers_x11;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::classifier::TRIAL_SUBCOMMAND;
use crate::home::Home;

/// What does an image classifier look at, and why? Opens the window; subcommands do the same work
/// without it.
#[derive(Debug, Parser)]
#[command(name = "saliscope", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// The ONNX Runtime library to use (else `ORT_DYLIB_PATH`, else the installed one)
    #[arg(long, global = true, value_name = "FILE")]
    runtime: Option<PathBuf>,

    #[cfg(feature = "window")]
    #[command(flatten)]
    window: window::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models, or check whether an ONNX file can be explained
    Models(models::Args),
    /// What a network sees in pictures
    Predict(predict::Args),
    /// Why: the saliency map of one prediction
    Explain(explain::Args),
    /// Is a map worth trusting? Checks it, with a verdict in plain words
    CheckMap(check_map::Args),
    /// Take a part of the picture away and read the answers again
    WhatIf(what_if::Args),
    /// Does the network look at the thing? Maps against masks and boxes
    Truth(truth::Args),
    /// Maps in a grid for a paper: SVG, PDF or PNG
    Figure(figure::Args),
    /// How alike two maps are
    Compare(compare::Args),
    /// Paint a picture in the texture of another
    Stylize(stylize::Args),
    /// Spoil a picture as the benchmark ImageNet-C does
    Corrupt(corrupt::Args),
    /// What many maps have in common: mean and spread
    Average(average::Args),
    /// What the network looked at, in the four colours people guess with
    Answer(answer::Args),
    /// How good a painted guess is
    Score(score::Args),
    /// A screen that nobody watches: make, check and prepare its folder
    Exhibit(exhibit::Args),
    /// What people painted in the game, as data
    Guesses(guesses::Args),
    /// What networks say of every picture of a collection, and where they look
    Index(index::Args),
    /// How good a network is on pictures that have labels
    Evaluate(evaluate::Args),
    /// Which network bears which shift, over a whole folder
    Robustness(robustness::Args),
    /// Raw scores and input gradients of an ONNX file
    Gradient(gradient::Args),
    /// What is kept on disk to save time: how much, its limits, clear it
    Cache(cache::Args),
    /// How fast this machine does the work
    Bench(bench::Args),
    /// Open the guide: the first ten minutes, each tab, your own models and pictures
    Guide(guide::Args),
    /// The licences of all that comes along
    Licences(licences::Args),
    /// Print the script that completes these commands in a shell
    Completions(completions::CompletionsArgs),
    /// Print a page of the manual, for packages
    #[command(hide = true)]
    Manual(completions::ManualArgs),
    /// Open a stranger's network under limits, for the program itself
    #[command(hide = true, name = TRIAL_SUBCOMMAND)]
    TryNetwork(try_network::Args),
    /// Draw the window in several states to PNG files, without a display
    #[cfg(feature = "window")]
    Tour(tour::Args),
}

/// Runs the program: `arguments` in (the program's name first), exit code out.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    start_log();
    crate::defects::keep_quiet();
    match crate::defects::caught(|| with(arguments)) {
        Ok(code) => code,
        Err(defect) => fail(&defect),
    }
}

fn with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // Options of a mistyped subcommand are none of the window's.
            let word = arguments.get(1).map(std::path::Path::new);
            let unknown = error.kind() == ErrorKind::UnknownArgument;
            if let Some(wrong) = word.filter(|_| unknown).and_then(not_a_command) {
                return fail(&wrong);
            }
            return fail(&usage_line(&error.to_string()));
        }
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return match version::run(&Home::find()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&whole(&error)),
            };
        }
        Err(error) => {
            return match output::text(&error.to_string()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&whole(&error)),
            };
        }
    };
    match run(cli) {
        Ok(()) if output::all_said() => ExitCode::SUCCESS,
        // There is no place to say so.
        Ok(()) => ExitCode::from(2),
        Err(error) if error.is::<output::PipeClosed>() => ExitCode::SUCCESS,
        Err(error) => fail(&whole(&error)),
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let home = Home::find();
    crate::files::sweep_own(&home);
    crate::typeface::look_in(&home.fonts());
    if let Some(path) = cli.runtime {
        crate::classifier::use_library(path);
    }
    match cli.command {
        Some(Command::Models(args)) => models::run(&args, &home),
        Some(Command::Predict(args)) => predict::run(&args, &home),
        Some(Command::Explain(args)) => explain::run(&args, &home),
        Some(Command::CheckMap(args)) => check_map::run(&args, &home),
        Some(Command::WhatIf(args)) => what_if::run(&args, &home),
        Some(Command::Truth(args)) => truth::run(&args, &home),
        Some(Command::Figure(args)) => figure::run(&args, &home),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Stylize(args)) => stylize::run(&args, &home),
        Some(Command::Corrupt(args)) => corrupt::run(&args),
        Some(Command::Average(args)) => average::run(&args),
        Some(Command::Answer(args)) => answer::run(&args),
        Some(Command::Score(args)) => score::run(&args),
        Some(Command::Exhibit(args)) => exhibit::run(&args, &home),
        Some(Command::Guesses(args)) => guesses::run(&args),
        Some(Command::Robustness(args)) => robustness::run(&args, &home),
        Some(Command::Index(args)) => index::run(&args, &home),
        Some(Command::Evaluate(args)) => evaluate::run(&args, &home),
        Some(Command::Gradient(args)) => gradient::run(&args, &home),
        Some(Command::Cache(args)) => cache::run(&args, &home),
        Some(Command::Bench(args)) => bench::run(&args, &home),
        Some(Command::Guide(args)) => guide::run(&args, &home),
        Some(Command::Licences(args)) => licences::run(&args, &home),
        Some(Command::Completions(args)) => completions::completions(&args),
        Some(Command::Manual(args)) => completions::manual(&args),
        Some(Command::TryNetwork(args)) => try_network::run(&args),
        #[cfg(feature = "window")]
        Some(Command::Tour(args)) => tour::run(&args, &home),
        #[cfg(feature = "window")]
        None => {
            if let Some(wrong) = cli.window.first_picture().and_then(not_a_command) {
                anyhow::bail!(wrong);
            }
            window::run(cli.window, home)
        }
        #[cfg(not(feature = "window"))]
        None => anyhow::bail!(
            "this build has no window; build it with the `window` feature, or see: saliscope --help"
        ),
    }
}

/// What to say of a word that is neither a picture that exists nor a subcommand: without this a
/// mistyped subcommand would be taken for a picture.
fn not_a_command(word: &std::path::Path) -> Option<String> {
    use clap::CommandFactory as _;
    let text = word.to_str()?;
    let of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_word = text.chars().all(of_word) && !text.starts_with('-');
    let commands = Cli::command();
    if !is_word || word.exists() || commands.find_subcommand(text).is_some() {
        return None;
    }
    let names = commands.get_subcommands().filter(|c| !c.is_hide_set());
    let nearest = names
        .map(|command| (edits(text, command.get_name()), command.get_name()))
        .min()
        .filter(|(edits, _)| *edits <= 3);
    Some(match nearest {
        Some((_, name)) => {
            format!("there is no subcommand or picture {text}; did you mean {name}?")
        }
        None => format!("there is no subcommand or picture {text} (see: saliscope --help)"),
    })
}

/// Letters to add, leave out or change to make one word of the other (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (other, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = before + usize::from(letter != *other);
            before = *cell;
            left = changed.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// An error with its causes, each said once: many messages hold their cause already.
fn whole(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// Prints one line and gives the exit code of every failure.
fn fail(message: &str) -> ExitCode {
    output::note(message);
    ExitCode::from(2)
}

/// Clap's message without its usage text: what is wrong, in one line.
fn usage_line(message: &str) -> String {
    let what: Vec<&str> = message
        .lines()
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let what = what.join(" ").replace(" tip: ", "; ");
    let what = what.strip_prefix("error: ").unwrap_or(&what);
    format!("{what} (see: saliscope --help)")
}

/// Nothing is logged unless `RUST_LOG` asks for it: standard error belongs to the contract.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    if std::env::var_os(EnvFilter::DEFAULT_ENV).is_some() {
        // A test that runs two commands in one process sets it twice; the first stays.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .log_internal_errors(false)
            .try_init();
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_that_is_shown_has_a_page_of_the_manual() {
        let pages = completions::pages();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["saliscope", "saliscope-predict", "saliscope-index-export"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(
            !names
                .iter()
                .any(|name| name.contains(TRIAL_SUBCOMMAND) || name.contains("help"))
        );
        for (name, command) in pages {
            let page = completions::page(&name, command).unwrap();
            assert!(page.contains(&format!(".TH {name} 1")), "{name}: {page}");
            assert!(page.contains(".SH OPTIONS"), "{name}");
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_mistyped_subcommand_is_told_as_such() {
        use std::path::Path;
        assert_eq!(
            (
                edits("explian", "explain"),
                edits("", "ab"),
                edits("abc", "abc")
            ),
            (2, 2, 0)
        );
        let told = not_a_command(Path::new("explian")).unwrap();
        assert!(told.ends_with("did you mean explain?"), "{told}");
        assert!(
            not_a_command(Path::new("zzzzzzzz"))
                .unwrap()
                .contains("--help")
        );
        let told = not_a_command(Path::new("what_if")).unwrap();
        assert!(told.contains("did you mean what-if?"), "{told}");
        assert_eq!(not_a_command(Path::new("cat.png")), None);
        assert_eq!(not_a_command(Path::new("explain")), None);
        assert_eq!(not_a_command(Path::new("--nosuch")), None);
        assert_eq!(not_a_command(Path::new("src")), None);
    }

    #[test]
    fn every_command_of_the_guide_is_understood() {
        let guide = include_str!("../../assets/guide/guide.html");
        let mut commands = Vec::new();
        let mut before = "";
        for piece in guide.split("<code>") {
            let (code, after) = piece.split_once("</code>").unwrap_or(("", piece));
            if before.ends_with("<pre>") {
                commands.extend(code.lines().map(str::to_owned));
            } else {
                commands.push(code.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            before = after;
        }
        let mut understood = 0;
        for command in commands {
            let words = command
                .split(' ')
                .skip_while(|word| word.starts_with("SALISCOPE_"));
            let words: Vec<&str> = words.collect();
            let window = ["tour", "--kiosk"].iter().any(|word| words.contains(word));
            if words.first() != Some(&"saliscope") || window && !cfg!(feature = "window") {
                continue;
            }
            match Cli::try_parse_from(&words) {
                Ok(_) => {}
                // A command is also named alone, without what it works on.
                Err(error) if words.len() == 2 => assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::DisplayVersion | ErrorKind::MissingRequiredArgument
                    ),
                    "{command}: {error}"
                ),
                Err(error) => panic!("{command}: {error}"),
            }
            understood += 1;
        }
        assert!(understood > 20, "only {understood} commands");
    }

    #[test]
    fn causes_are_said_once() {
        let missing = || std::io::Error::other("the file is gone");
        let error = anyhow::Error::new(missing()).context("map.npy: the file is gone");
        assert_eq!(whole(&error), "map.npy: the file is gone");
        let error = anyhow::Error::new(missing()).context("map.npy");
        assert_eq!(whole(&error), "map.npy: the file is gone");
    }

    #[test]
    fn a_usage_error_is_one_line() {
        let error = Cli::try_parse_from(["saliscope", "predict", "--top", "x"]).unwrap_err();
        let line = usage_line(&error.to_string());
        assert!(line.contains("--top") && !line.contains("Usage"), "{line}");
        let error = Cli::try_parse_from(["saliscope", "predict", "--nosuch"]).unwrap_err();
        let line = usage_line(&error.to_string());
        assert!(line.contains("found; to pass"), "{line}");
    }
}
