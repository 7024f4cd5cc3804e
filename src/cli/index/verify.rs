//! `saliscope index verify`: whether an index is whole.

use std::path::PathBuf;

use super::output;
use crate::collection::{Index, verify};

/// Arguments of `saliscope index verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The index
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// Read this share of the files again, in percent
    #[arg(long, default_value_t = 1.0, value_name = "PERCENT")]
    sample: f64,
    /// Print JSON: `{records, damaged: [[pack, places]], bad_thumbnails, sampled, changed: [path]}`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !(0.0..=100.0).contains(&args.sample) {
        anyhow::bail!("--sample is {}, but must be 0 to 100 percent", args.sample);
    }
    let found = verify(&Index::read(&args.index)?, args.sample / 100.0)?;
    if args.json {
        output::json(&found)?;
    } else {
        let mut lines = vec![format!("{} records are whole", found.records)];
        lines.push(match found.sampled {
            0 => "no file was read again".to_owned(),
            n => format!(
                "{n} files were read again, {} have changed",
                found.changed.len()
            ),
        });
        lines.extend(
            found
                .changed
                .iter()
                .take(20)
                .map(|path| format!("  {path}")),
        );
        output::lines(&lines)?;
    }
    if found.is_whole() {
        return Ok(());
    }
    let places: u64 = found.damaged.iter().map(|(_, places)| places).sum();
    let packs: Vec<&str> = found
        .damaged
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    anyhow::bail!(
        "{places} places in {} are damaged and {} thumbnails bad: run `saliscope index` again, which computes what is missing",
        packs.join(", "),
        found.bad_thumbnails
    )
}
