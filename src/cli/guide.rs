//! `saliscope guide`: the guide, in the system's browser.

use std::path::PathBuf;

use anyhow::ensure;

use super::output;
use crate::home::Home;

/// Arguments of `saliscope guide`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print where the guide lies instead of opening it
    #[arg(long)]
    path: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let guide = guide(home);
    ensure!(
        guide.is_file(),
        "the guide is not installed: there is no {}",
        guide.display()
    );
    if args.path {
        return output::lines(&[guide.display().to_string()]);
    }
    match open::that_detached(&guide) {
        Ok(()) => output::lines(&[format!("opened {}", guide.display())]),
        Err(error) => anyhow::bail!(
            "no browser could be started ({error}); open this file in one: {}",
            guide.display()
        ),
    }
}

/// Where the guide lies, whether it is there or not.
fn guide(home: &Home) -> PathBuf {
    home.root.join("assets/guide/guide.html")
}
