//! `saliscope models`: what is known and installed, and whether a file can be explained.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::model_args::SaidArgs;
use super::output;
use crate::classifier::{Catalog, Classifier, Device, Network, NetworkOptions};
use crate::files::{FileKind, Output};
use crate::home::Home;
use crate::saliency::Method;

/// Arguments of `saliscope models`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models of the catalog and whether they are installed (the default)
    List,
    /// Tell input, output and operators of an ONNX file, and what stands in the way of explaining it
    Check {
        /// The ONNX file
        #[arg(value_name = "FILE.onnx")]
        file: PathBuf,
        /// Print JSON: {input: {name, layout, type, channels, size, range}, outputs: [{name, shape,
        /// type}], scores: {name, kind, classes}, labels: {count, source}, mean, std, order, layers,
        /// notes, guesses, gradient: {ok, missing}}
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        said: SaidArgs,
    },
    /// Write a model's forward and backward pass as one ONNX file, to use in other programs
    Differentiate {
        /// The ONNX file
        #[arg(value_name = "FILE.onnx")]
        file: PathBuf,
        /// The file to write: inputs are the picture and a weight for each logit, outputs the
        /// logits and the gradient of their weighted sum in the picture
        #[arg(long, value_name = "GRADIENT.onnx")]
        out: PathBuf,
        /// Write over a file that Saliscope did not make, too; inputs are never written over
        #[arg(long)]
        overwrite: bool,
    },
    /// List the methods that `explain` knows
    Methods,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    match &args.command {
        None | Some(Command::List) => list(home),
        Some(Command::Check { file, json, said }) => check(file, said, *json, home),
        Some(Command::Differentiate {
            file,
            out,
            overwrite,
        }) => {
            let out = Output::new(out)
                .holding(FileKind::Network)
                .reading([file])
                .overwriting(*overwrite);
            out.check_file()?;
            let bytes = open(file, home)?.gradient_file()?;
            Ok(out.write_file(|f| f.write_all(&bytes))?)
        }
        Some(Command::Methods) => {
            let lines: Vec<String> = Method::all()
                .map(|method| format!("{:18} {}", method.id(), method.sentence()))
                .collect();
            output::lines(&lines)
        }
    }
}

fn list(home: &Home) -> anyhow::Result<()> {
    let catalog = Catalog::load(home)?;
    if catalog.models.is_empty() {
        return output::text("no catalog was found; an ONNX file can be given by its path\n");
    }
    let mut lines = Vec::new();
    let mut missing = false;
    let cache = crate::caches::graphs(home);
    for model in &catalog.models {
        let path = catalog.model_path(home, model);
        let state = if !path.is_file() {
            "missing"
        } else if Catalog::verify(model, &path, &cache).is_err() {
            "altered"
        } else {
            "installed"
        };
        missing |= state != "installed" && model.shipped;
        let size = model.input_size.map_or_else(String::new, |size| {
            let [height, width] = size.sides();
            format!("{width} x {height}")
        });
        lines.push(format!(
            "{:20} {:9} {:10} {:24} {}",
            model.id,
            state,
            size,
            model.name.as_deref().unwrap_or_default(),
            model.licence.as_deref().unwrap_or_default(),
        ));
    }
    if missing {
        lines.push("install what is missing or altered with: python3 models/install.py".to_owned());
    }
    output::lines(&lines)
}

fn open(file: &Path, home: &Home) -> anyhow::Result<Network> {
    let options = NetworkOptions {
        device: Device::Cpu,
        workers: Some(1),
        cache: crate::caches::graphs(home),
        ..NetworkOptions::default()
    };
    Ok(Network::open(file, &options)?)
}

fn check(file: &Path, said: &SaidArgs, json: bool, home: &Home) -> anyhow::Result<()> {
    let catalog = Catalog::load(home)?;
    let options = NetworkOptions {
        device: Device::Cpu,
        workers: Some(1),
        cache: crate::caches::graphs(home),
        ..NetworkOptions::default()
    };
    let reference = file.display().to_string();
    let classifier = Classifier::open(home, &catalog, &reference, &said.overrides(), &options)?;
    let facts = classifier.facts()?;
    if json {
        return output::json(&facts);
    }
    let report = classifier.network().check()?;
    let [height, width] = facts.input.size;
    let operators: Vec<String> = report
        .operators
        .iter()
        .map(|(operator, count)| format!("{operator} x{count}"))
        .collect();
    let input = &facts.input;
    let mut lines = vec![format!(
        "input     {} ({}, {}, {} channels, {width} x {height} pixels)",
        input.name, input.layout, input.element, input.channels
    )];
    for output in &facts.outputs {
        let used = output.name == facts.scores.name;
        let dims: Vec<String> = output.shape.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "output    {} [{}] {}{}",
            output.name,
            dims.join(","),
            output.kind,
            if used { ", the scores" } else { "" }
        ));
    }
    lines.push(format!(
        "scores    {} ({} classes; {})",
        facts.scores.name,
        facts.scores.classes,
        facts.scores.kind.sentence()
    ));
    lines.push(match &facts.labels.source {
        Some(source) => format!("labels    {} from {source}", facts.labels.count),
        None => "labels    none: classes go by their numbers".to_owned(),
    });
    let numbers = |values: [f32; 3]| values.map(|v| format!("{v:.3}")).join(", ");
    lines.push(format!(
        "pictures  {}, mean {}, deviation {} (of 0..255), fed as {:.3} to {:.3}",
        facts.order,
        numbers(facts.mean),
        numbers(facts.std),
        input.range[0],
        input.range[1]
    ));
    lines.push(format!("opset     {}", report.opset));
    lines.extend(output::wrapped("ops       ", &operators));
    lines.extend(facts.notes.iter().map(|note| format!("note      {note}")));
    lines.extend(
        facts
            .guesses
            .iter()
            .map(|guess| format!("guessed   {guess}")),
    );
    if report.missing.is_empty() {
        lines.push("gradient  every operator has a rule: this model can be explained".to_owned());
    }
    for missing in &report.missing {
        lines.push(format!(
            "gradient  no rule for {} (in {})",
            missing.operator,
            missing.nodes.join(", ")
        ));
    }
    for layer in &report.layers {
        let usual = report.usual_layer.as_ref() == Some(layer);
        let usual = if usual {
            " (Grad-CAM's where none is named)"
        } else {
            ""
        };
        lines.push(format!("layer     {layer}{usual}"));
    }
    output::lines(&lines)
}
