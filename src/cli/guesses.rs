//! `saliscope guesses export`: the guesses of an exhibit or of the window as data.

use std::path::PathBuf;

use super::output;
use crate::files::Output;
use crate::guess::{EXPORT_FILES, Export};

/// Arguments of `saliscope guesses`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Every guess as a table, per picture and prompt the mean map, how well people agree, and how
    /// well networks agree with them
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// An exhibit's folder, a data folder, or a journal
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder for guesses.csv, guesses.parquet, ceilings.csv, alignment.csv, maps.npy and
    /// guesses.json
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// A folder of explanations (see: saliscope explain) to compare with; an exhibit's own are taken
    #[arg(long, value_name = "DIR")]
    maps: Vec<PathBuf>,
    /// Take guesses with flags into the maps too
    #[arg(long)]
    flagged: bool,
    /// Write over files that Saliscope did not make, too
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let Command::Export(args) = &args.command;
    let out = Output::new(&args.out).overwriting(args.overwrite);
    out.check_folder(&EXPORT_FILES)?;
    let mut export = Export::read(&args.folder, args.flagged)?;
    let own = args.folder.join("bake");
    if own.is_dir() {
        export.add_maps(&own)?;
    }
    for folder in &args.maps {
        export.add_maps(folder)?;
    }
    let done = export.write(&out)?;
    output::lines(&[
        format!(
            "{} guesses, {} of them in {} maps; {} maps of networks compared",
            done.guesses, done.used, done.groups, done.maps
        ),
        format!("written to {}", args.out.display()),
    ])
}
