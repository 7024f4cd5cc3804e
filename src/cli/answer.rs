//! `saliscope answer`: what the network looked at, in the four colours people guess with.

use std::path::PathBuf;

use super::output;
use crate::compare::read_map;
use crate::files::{FileKind, Output};
use crate::guess::{Answer, BandShares};

/// Arguments of `saliscope answer`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The explanation: explanation.json, map.npy or the folder they lie in
    #[arg(value_name = "EXPLANATION")]
    explanation: PathBuf,
    /// Shares of the four bands in percent, most important first (default: 0.98,3.21,7.25,14.87)
    #[arg(long, value_name = "Y,O,R,P")]
    shares: Option<BandShares>,
    /// The picture to write: RGBA, transparent where nothing is marked
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .holding(FileKind::Picture)
        .reading([&args.explanation])
        .overwriting(args.overwrite);
    out.check_file()?;
    let map = read_map(&args.explanation)?;
    // An explanation leads to the map beside it.
    let out = out.reading([&map.name]);
    let answer = Answer::of(
        &map.name,
        map.values.view(),
        args.shares.unwrap_or_default(),
    )?;
    out.write_png(&answer.painting().to_rgba())?;
    output::lines(&[format!("written to {}", args.out.display())])
}
