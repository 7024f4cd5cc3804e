//! `saliscope corrupt`: a picture after one of ImageNet-C's corruptions.

use std::path::PathBuf;

use crate::files::{FileKind, Output};
use crate::picture;
use crate::stylize::corruption::{Corruption, corrupt};

/// Arguments of `saliscope corrupt`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture
    picture: PathBuf,
    /// Which corruption, such as fog or `gaussian_noise`; a wrong name is answered with all 19
    #[arg(long, value_name = "NAME")]
    name: Corruption,
    /// How strong, from 1 (slight) to 5 (severe)
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    severity: u8,
    /// The same seed gives the same picture
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to write the PNG
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .holding(FileKind::Picture)
        .reading([&args.picture])
        .overwriting(args.overwrite);
    out.check_file()?;
    let picture = picture::open(&args.picture)?;
    let corrupted = corrupt(&picture.pixels, args.name, args.severity, args.seed)?;
    Ok(out.write_png(&corrupted)?)
}
