//! `saliscope index export`: an index as a table.

use std::path::PathBuf;

use super::output;
use crate::collection::{Export, GivenLabels, Index};
use crate::files::Output;

/// Arguments of `saliscope index export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The index
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// What pictures are of: CSV with the columns path (or folder) and label; beats folder names
    #[arg(long, value_name = "FILE.csv")]
    labels: Option<PathBuf>,
    /// The table: Parquet where its name ends in .parquet, else CSV
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .reading(&args.labels)
        .overwriting(args.overwrite);
    out.check_file()?;
    let given = match &args.labels {
        Some(path) => GivenLabels::read(path)?,
        None => GivenLabels::default(),
    };
    let index = Index::read(&args.index)?;
    let export = Export::new(&index, &given);
    export.write(&out)?;
    output::lines(&[
        format!("{} rows", export.len()),
        format!("written to {}", args.out.display()),
    ])
}
