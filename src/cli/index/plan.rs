//! `saliscope index plan`: pins a run for many machines.

use std::path::PathBuf;

use anyhow::Context as _;

use super::output;
use crate::collection::{Examiner as _, Maps, ModelEntry, Plan, PlanOf, Source};
use crate::files::Output;
use crate::home::Home;
use crate::picture::Framing;

/// Arguments of `saliscope index plan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with all that is in it, a .tar archive, or a list of files, a path on each line
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Networks to ask, with commas between; none makes thumbnails only
    #[arg(long, value_delimiter = ',', default_value = crate::classifier::DEFAULT_MODEL, value_name = "MODELS")]
    models: Vec<String>,
    /// Where they look, 16 x 16 places: grad-cam, gradient or none
    #[arg(long, default_value = "grad-cam", value_name = "METHOD")]
    maps: Maps,
    /// What the networks see: square (centre, the default), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    framing: Framing,
    /// How many parts the work is meant for
    #[arg(long, default_value_t = 1, value_name = "N")]
    shards: u32,
    /// The plan: a .toml file; a list of the files is written beside it
    #[arg(long, value_name = "FILE.toml")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    if args.out.extension().is_none_or(|ending| ending != "toml") {
        anyhow::bail!("{} must end in .toml, as plans do", args.out.display());
    }
    let out = |path: &std::path::Path| {
        let is_plan = Plan::read(path).is_ok() || args.overwrite;
        Output::new(path)
            .reading([&args.source])
            .overwriting(is_plan)
    };
    out(&args.out).check_file()?;
    let files = args.out.with_extension("files.txt");
    // The list belongs to the plan beside it.
    let known = Plan::read(&args.out).is_ok() || args.overwrite;
    Output::new(&files)
        .reading([&args.source])
        .overwriting(known)
        .check_file()?;
    let source = Source::open(&args.source)?;
    let listing = source.list()?;
    let networks = super::open(&args.models, args.framing, args.maps, home)?;
    let names = super::named(&args.models);
    let models: Vec<(String, ModelEntry)> = names
        .into_iter()
        .map(str::to_owned)
        .zip(networks.iter().map(|network| network.entry().clone()))
        .collect();
    let framing = serde_json::to_value(args.framing).unwrap_or_default();
    let plan = Plan::write(
        &args.out,
        PlanOf {
            source: source.path().context("made-up pictures need no plan")?,
            listing: &listing,
            models: &models,
            maps: args.maps.id(),
            framing: framing.as_str().unwrap_or("square"),
            shards: args.shards.max(1),
        },
    )?;
    output::lines(&[
        format!(
            "{} files, {} networks, {} parts",
            plan.count,
            plan.models.len(),
            plan.shards
        ),
        format!("written to {} and {}", args.out.display(), files.display()),
    ])
}
