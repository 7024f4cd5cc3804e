//! `saliscope exhibit`: a folder for a screen that nobody watches, made, checked, prepared and reported
//! on.

#[cfg(feature = "window")]
mod rest;
#[cfg(feature = "window")]
mod screen;
#[cfg(feature = "window")]
mod screen_tour;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context as _;

use super::output;
use crate::exhibit::shell::{Program, lines};
use crate::exhibit::{
    Finding, JOURNAL, MANIFEST, Machine, Pin, Usage, bake, bake_speech, check, examine, new,
    report, unit,
};
use crate::files::Output;
use crate::home::Home;

/// Arguments of `saliscope exhibit`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[cfg(feature = "window")]
    #[command(flatten)]
    screen: screen::Args,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a folder with everything explained; pictures that are named are copied into it
    New {
        /// The new folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Pictures to begin with
        #[arg(value_name = "PICTURE")]
        pictures: Vec<PathBuf>,
    },
    /// Everything that is wrong with the folder, file and line, and what to do
    Check(Folder),
    /// Prepare maps, difficulty and thumbnails; only what is missing or has changed
    Bake {
        /// The exhibit's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Speak every line too, with espeak-ng where it is installed; what is there stays, so that a
        /// person may speak any of them (bake/speech/LANGUAGE/lines.tsv names the files)
        #[arg(long)]
        speech: bool,
    },
    /// How the exhibit was used, as a plain page
    Report {
        /// The exhibit's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The page to write
        #[arg(long, value_name = "FILE.html")]
        out: PathBuf,
        /// Write over a file that Saliscope did not make, too
        #[arg(long)]
        overwrite: bool,
    },
    /// Is this machine fit to stand alone? What is, what is not, and what cannot be known
    Doctor {
        /// The exhibit's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Print the systemd unit that shows it under cage instead, as the user USER
        #[arg(long, value_name = "USER", num_args = 0..=1, default_missing_value = "exhibit", value_parser = user)]
        unit: Option<String>,
    },
    /// Set the operator's PIN, which is read from standard input
    Pin(Folder),
    /// Play it in a window that can be closed; nothing is kept
    #[cfg(feature = "window")]
    Preview(screen::Preview),
    /// Draw every screen of it to PNG files, without a display
    #[cfg(feature = "window")]
    Tour(screen_tour::Args),
}

#[derive(Debug, clap::Args)]
struct Folder {
    /// The exhibit's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let Some(command) = &args.command else {
        #[cfg(feature = "window")]
        return screen::run(&args.screen, home);
        #[cfg(not(feature = "window"))]
        anyhow::bail!("this build has no window; see: saliscope exhibit --help");
    };
    match command {
        Command::New { folder, pictures } => output::lines(&new(folder, pictures)?),
        Command::Check(args) => run_check(&args.folder, home),
        Command::Bake { folder, speech } => {
            let progress = output::ProgressLine::new("maps");
            let (made, all) = bake(check(folder, home)?, home, &progress)?;
            drop(progress);
            output::lines(&[format!("{made} maps made, {all} there")])?;
            if *speech {
                run_speech(folder, home)?;
            }
            Ok(())
        }
        Command::Report {
            folder,
            out,
            overwrite,
        } => {
            let checked = check(folder, home)?;
            let out = Output::new(out)
                .reading([folder.join(MANIFEST)])
                .overwriting(*overwrite);
            let usage = Usage::read(&folder.join(JOURNAL), checked.exhibit.utc_offset)?;
            let first = checked.exhibit.languages.first();
            let title = first.and_then(|language| checked.exhibit.title.get(language));
            let page = report(title.map_or("Exhibit", String::as_str), &usage);
            out.write_file(|file| file.write_all(page.as_bytes()))?;
            output::lines(&[format!("written to {}", out.path().display())])
        }
        Command::Doctor { folder, unit: None } => run_doctor(folder, home),
        Command::Doctor {
            folder,
            unit: Some(user),
        } => {
            check(folder, home)?.good()?;
            let program = std::env::current_exe().context("the program does not find itself")?;
            let folder = folder
                .canonicalize()
                .with_context(|| format!("{} cannot be found", folder.display()))?;
            output::pass_on(&unit(&program, &folder, user))
        }
        Command::Pin(args) => run_pin(&args.folder, home),
        #[cfg(feature = "window")]
        Command::Preview(args) => screen::preview(args, home),
        #[cfg(feature = "window")]
        Command::Tour(args) => screen_tour::run(args, home),
    }
}

/// A user's name, as useradd takes it.
fn user(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let good = text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if good && text.len() <= 32 && text != "root" {
        Ok(text.to_owned())
    } else {
        Err("name an ordinary user of this machine, such as exhibit".to_owned())
    }
}

fn run_check(folder: &Path, home: &Home) -> anyhow::Result<()> {
    let checked = check(folder, home)?;
    let mut lines: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    if checked.is_good() {
        lines.push(format!(
            "good: {} pictures, {}",
            checked.pictures.len(),
            checked.exhibit.languages.join(", ")
        ));
        return output::lines(&lines);
    }
    output::lines(&lines)?;
    let faults = checked.faults.iter().filter(|fault| !fault.advice).count();
    anyhow::bail!("{faults} faults in {}: mend them as said", folder.display())
}

/// Speaks every line of every language, as far as there is a voice.
fn run_speech(folder: &Path, home: &Home) -> anyhow::Result<()> {
    let program = Arc::new(Program::open(check(folder, home)?, false)?);
    for (place, texts) in program.texts.iter().enumerate() {
        let language = texts.language();
        let lines = lines(&program, place);
        let mut has_voice = true;
        let mut speak = |line: &str, path: &Path| -> std::io::Result<()> {
            if has_voice {
                has_voice = espeak(language, line, path)?;
            }
            Ok(())
        };
        let (made, there) = bake_speech(folder, language, &lines, &mut speak)?;
        let all = lines.len();
        let mut told = vec![format!(
            "{language}: {made} lines spoken, {there} of {all} there"
        )];
        if there < all {
            told.push(format!(
                "{language}: espeak-ng is not installed or has no such voice; speak the others yourself: {}",
                folder.join("bake/speech").join(language).join("lines.tsv").display()
            ));
        }
        output::lines(&told)?;
    }
    Ok(())
}

/// Lets espeak-ng speak a line into a file; whether it could.
fn espeak(language: &str, line: &str, path: &Path) -> std::io::Result<bool> {
    let spawned = std::process::Command::new("espeak-ng")
        .args(["-v", language, "--stdin", "-w"])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = spawned else {
        return Ok(false);
    };
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(line.as_bytes())?;
    }
    Ok(child.wait()?.success())
}

fn run_doctor(folder: &Path, home: &Home) -> anyhow::Result<()> {
    let checked = check(folder, home)?;
    let pin = Pin::path(home, &checked.exhibit.id).is_file();
    let found = examine(&Machine::here(folder, pin));
    let mut lines = Vec::new();
    for e in &found {
        let finding = match e.finding {
            Finding::Ok => "ok         ",
            Finding::NotOk => "NOT OK     ",
            Finding::CannotKnow => "cannot know",
        };
        lines.push(format!("{finding} {}: {}", e.what, e.seen));
        if !e.repair.is_empty() {
            lines.push(format!("            {}", e.repair));
        }
    }
    output::lines(&lines)?;
    let bad = found.iter().filter(|e| e.finding == Finding::NotOk).count();
    if bad > 0 {
        anyhow::bail!("{bad} things are not ok: repair them as said, or know why not");
    }
    Ok(())
}

fn run_pin(folder: &Path, home: &Home) -> anyhow::Result<()> {
    let checked = check(folder, home)?;
    if std::io::stdin().is_terminal() {
        output::note("type a PIN of at least 6 digits, then Enter and Ctrl+D");
    }
    let mut digits = String::new();
    std::io::stdin()
        .take(1 << 10)
        .read_to_string(&mut digits)
        .context("the PIN could not be read from standard input")?;
    let path = Pin::path(home, &checked.exhibit.id);
    Pin::new(digits.trim())?.write(&path)?;
    output::lines(&[format!("the PIN is kept in {}", path.display())])
}
