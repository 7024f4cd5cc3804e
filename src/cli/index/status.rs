//! `saliscope index status`: how much of an index is there.

use std::path::PathBuf;

use serde::Serialize;

use super::output;
use crate::collection::{Index, Manifest, Status, shards_in};

/// Arguments of `saliscope index status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The index, or a folder with the indexes of parts; another run may be writing it
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// Print JSON: {pictures, broken, waiting, thumbnails, models: {id: n}, maps: {id: n}, ...}
    #[arg(long)]
    json: bool,
}

/// An index of a part.
#[derive(Debug, Serialize)]
struct Part {
    shard: String,
    /// Seconds since it was written last.
    silent: Option<u64>,
    #[serde(flatten)]
    status: Status,
}

/// All parts, and what they come to together.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    status: Status,
    shards: Vec<Part>,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let parts = if Manifest::is_in(&args.index) {
        Vec::new()
    } else {
        shards_in(&args.index)
    };
    if parts.is_empty() {
        let status = Status::of(&Index::read(&args.index)?);
        if args.json {
            return output::json(&status);
        }
        return output::lines(&lines(&status));
    }
    let mut shards = Vec::new();
    for path in parts {
        // Marks are written about once a second.
        let about = std::fs::metadata(path.join("marks.json")).and_then(|about| about.modified());
        shards.push(Part {
            shard: crate::text::file_name(path.file_name().unwrap_or_default()),
            silent: about
                .ok()
                .and_then(|then| then.elapsed().ok())
                .map(|t| t.as_secs()),
            status: Status::of(&Index::read(&path)?),
        });
    }
    let status = shards
        .iter()
        .map(|part| &part.status)
        .fold(None, |all, part| {
            Some(match all {
                None => part.clone(),
                Some(all) => Status::together(all, part),
            })
        });
    let Some(status) = status else {
        return Ok(());
    };
    if args.json {
        return output::json(&Whole { status, shards });
    }
    let mut text = lines(&status);
    for part in &shards {
        let silent = part
            .silent
            .map_or_else(String::new, |s| format!(", written {s} s ago"));
        text.push(format!(
            "  {}: {} of {} files{silent}",
            part.shard,
            part.status.pictures - part.status.waiting,
            part.status.pictures
        ));
    }
    output::lines(&text)
}

fn lines(status: &Status) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{} files: {} broken, {} not looked at yet",
            status.pictures, status.broken, status.waiting
        ),
        format!(
            "{} with a thumbnail, {} different ones",
            status.thumbnails, status.contents
        ),
    ];
    for (name, count) in &status.models {
        lines.push(format!("{count} seen by {name}"));
    }
    for (name, count) in &status.maps {
        lines.push(format!("{count} with where {name} looks"));
    }
    if status.outdated {
        lines.push(
            "another version of this program made it in another way; the next run computes it anew"
                .to_owned(),
        );
    }
    if status.damaged > 0 {
        lines.push(format!(
            "{} places are damaged; what they held is computed again by the next run",
            status.damaged
        ));
    }
    lines
}
