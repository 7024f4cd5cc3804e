//! `saliscope cache`: what is kept on disk to save time, and how to be rid of it.

use anyhow::Context as _;
use clap::Subcommand;

use super::output;
use crate::caches::{CacheKind, Usage, megabytes, size_in_words};
use crate::home::Home;

/// Arguments of `saliscope cache`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell what is kept, where and how much (the default)
    Status {
        /// Print JSON: a list of {kind, folder, files, bytes, limit}
        #[arg(long)]
        json: bool,
    },
    /// Remove what is kept; it is computed again when it is needed
    Clear {
        /// results, graphs or previews; everything where none is named
        #[arg(value_name = "KIND")]
        kinds: Vec<CacheKind>,
    },
    /// Set the most that is kept; the longest unused goes first
    Limit {
        /// results or graphs
        #[arg(value_name = "KIND")]
        kind: CacheKind,
        /// Such as 500MB or 2GB
        #[arg(value_name = "SIZE")]
        size: String,
    },
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    match &args.command {
        None => status(home, false),
        Some(Command::Status { json }) => status(home, *json),
        Some(Command::Clear { kinds }) => {
            let kinds: &[CacheKind] = if kinds.is_empty() {
                &CacheKind::ALL
            } else {
                kinds
            };
            let mut lines = Vec::new();
            for kind in kinds {
                let freed = kind
                    .clear(home)
                    .with_context(|| format!("{kind} were not cleared"))?;
                lines.push(format!("{kind:9} {} freed", size_in_words(freed)));
            }
            output::lines(&lines)
        }
        Some(Command::Limit { kind, size }) => {
            kind.limit_to(home, megabytes(size)?)?;
            output::lines(&[line(&kind.usage(home))])
        }
    }
}

fn status(home: &Home, json: bool) -> anyhow::Result<()> {
    let kept: Vec<Usage> = CacheKind::ALL.iter().map(|kind| kind.usage(home)).collect();
    if json {
        return output::json(&kept);
    }
    output::lines(&kept.iter().map(line).collect::<Vec<_>>())
}

fn line(usage: &Usage) -> String {
    let limit = usage
        .limit
        .map_or_else(String::new, |bytes| format!(" of {}", size_in_words(bytes)));
    format!(
        "{:9} {:20} {:5} files in {}: {}",
        usage.kind.to_string(),
        format!("{}{limit}", size_in_words(usage.bytes)),
        usage.files,
        usage.folder.display(),
        usage.kind.about(),
    )
}
