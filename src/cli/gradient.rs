//! `saliscope gradient`: raw scores and input gradients of an ONNX file, for other tools to check.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::classifier::{Device, NetworkOptions, batch_gradient};
use crate::files::{Output, OutputError, made_by, sha256_of_file, write_atomic};
use crate::home::Home;
use crate::npy;

/// Arguments of `saliscope gradient`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ONNX file
    #[arg(value_name = "FILE.onnx")]
    model: PathBuf,
    /// The pictures: f32 `[N,C,H,W]` (or `[N,H,W,C]`, as the file wants it), in network units
    #[arg(long, value_name = "FILE.npy")]
    input: PathBuf,
    /// One class per picture; the gradient is that of the model's own output for it
    #[arg(long, value_delimiter = ',', required = true, value_name = "CLASSES")]
    targets: Vec<usize>,
    /// What computes: auto, cpu, cuda, coreml or directml
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
    /// The folder for scores.npy, grad.npy and gradient.json
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .reading([&args.model, &args.input])
        .overwriting(args.overwrite);
    out.check_folder(&FILES)?;
    let input = npy::read_f32(&args.input)?;
    let options = NetworkOptions {
        device: args.device,
        cache: crate::caches::graphs(home),
        ..NetworkOptions::default()
    };
    let made = batch_gradient(&args.model, &input.view(), &args.targets, &options)?;
    let fill = |folder: &Path| -> std::io::Result<()> {
        let [scores, gradient, record] = FILES.map(|name| folder.join(name));
        npy::write_array(&scores, made.scores.view())?;
        npy::write_array(&gradient, made.gradient.view())?;
        let told = serde_json::json!({
            "made_by": made_by(),
            "model": args.model.display().to_string(),
            "input": args.input.display().to_string(),
            "targets": args.targets,
            "files": {
                FILES[0]: sha256_of_file(&scores)?,
                FILES[1]: sha256_of_file(&gradient)?,
            },
        });
        write_atomic(&record, |file| {
            serde_json::to_writer_pretty(&mut *file, &told)?;
            file.write_all(b"\n")
        })
    };
    Ok(out.write_folder(&FILES, |folder| {
        fill(folder).map_err(|source| OutputError::Io {
            path: args.out.clone(),
            source,
        })
    })?)
}

/// All files of the folder, the record last.
const FILES: [&str; 3] = ["scores.npy", "grad.npy", "gradient.json"];
