//! `saliscope try-network`, which the program itself calls: see [`crate::classifier::Trial`].

use std::path::PathBuf;

use crate::classifier::Trial;

/// Arguments of `saliscope try-network`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ONNX file; what to do with it comes on standard input
    #[arg(value_name = "FILE.onnx")]
    file: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    Ok(Trial::carry_out(&args.file)?)
}
