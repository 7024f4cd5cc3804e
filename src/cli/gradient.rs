//! `saliscope gradient`: raw scores and input gradients of an ONNX file, for other tools to check.

use std::path::PathBuf;

use crate::classifier::{Device, GraphCache, NetworkOptions, batch_gradient};
use crate::home::Home;
use crate::npy;

/// Arguments of `saliscope gradient`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ONNX file
    #[arg(value_name = "FILE.onnx")]
    model: PathBuf,
    /// The pictures: f32 [N,C,H,W] (or [N,H,W,C], as the file wants it), in network units
    #[arg(long, value_name = "FILE.npy")]
    input: PathBuf,
    /// One class per picture; the gradient is that of the model's own output for it
    #[arg(long, value_delimiter = ',', required = true, value_name = "CLASSES")]
    targets: Vec<usize>,
    /// What computes: auto, cpu, cuda, coreml or directml
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
    /// The folder for scores.npy and grad.npy
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let input = npy::read_f32(&args.input)?;
    let options = NetworkOptions {
        size: None,
        device: args.device,
        workers: None,
        cache: GraphCache::at(home.cache.join("graphs")),
    };
    let made = batch_gradient(&args.model, &input.view(), &args.targets, &options)?;
    npy::write(&args.out.join("scores.npy"), made.scores.view())?;
    npy::write(&args.out.join("grad.npy"), made.gradient.view())?;
    Ok(())
}
