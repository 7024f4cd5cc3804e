//! `saliscope index merge`: indexes of parts become one.

use std::path::PathBuf;

use super::output;
use crate::collection::{Manifest, merge, shards_in};

/// Arguments of `saliscope index merge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The index that the others are added to, made where it is not there
    #[arg(value_name = "INTO")]
    into: PathBuf,
    /// Indexes, or folders with the indexes of parts; their order does not matter
    #[arg(value_name = "SHARD", required = true)]
    shards: Vec<PathBuf>,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut parts = Vec::new();
    for shard in &args.shards {
        let inside = if Manifest::is_in(shard) {
            Vec::new()
        } else {
            shards_in(shard)
        };
        if inside.is_empty() {
            parts.push(shard.clone());
        }
        parts.extend(inside);
    }
    let merged = merge(&args.into, &parts)?;
    let mut lines = vec![format!(
        "{} indexes: {} rows and {} facts came new",
        merged.parts, merged.rows, merged.facts
    )];
    if merged.different > 0 {
        lines.push(format!(
            "{} facts differ between them, a probability by {:.2e} at most; of each the same one stays \
             in any order:",
            merged.different, merged.greatest
        ));
        lines.extend(merged.told.iter().map(|what| format!("  {what}")));
    }
    if merged.damaged > 0 {
        lines.push(format!(
            "{} facts of them are damaged and were left out: run `saliscope index` on that part again",
            merged.damaged
        ));
    }
    lines.push(format!("written to {}", args.into.display()));
    output::lines(&lines)
}
