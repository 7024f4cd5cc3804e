//! `saliscope tour`: each tab in several states, drawn to PNG files without a display.
//!
//! The real program runs: real pictures, real networks, real maps, drawn by the same plugins. The
//! tour only presses what a person would press, waits until it is done and takes a picture.

mod collection;
mod driver;
mod explain;
mod look;
mod models;
mod similarity;
mod sizes;
mod stylize;

use std::path::PathBuf;

use anyhow::Context as _;

use crate::home::Home;
use crate::program::Setup;
use crate::ui::Tab;
use driver::Tour;

/// The tour's options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the pictures; made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Width and height of the pictures, in pixels. Without it everything is drawn at 1280x800, and each
    /// tab once at 1920x1080, 3840x2160 and 1080x1920, in folders of these names
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<(u32, u32)>,

    /// Only this tab, by the first word of its name, such as "see"
    #[arg(long, value_name = "TAB", value_parser = tab)]
    tab: Option<Tab>,

    /// End the tour of a tab after the picture of this name, such as look-1-first-start
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    until: Vec<String>,

    /// Draw with the graphics card instead of in software
    #[arg(long)]
    hardware: bool,

    /// Write JPEG files, a quarter as large, instead of PNG
    #[arg(long)]
    jpeg: bool,
}

/// A size as it is written.
pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text:?} is not a size such as 1280x800");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let side = |side: &str| side.trim().parse::<u32>().map_err(|_| wrong());
    Ok((side(width)?, side(height)?))
}

fn tab(text: &str) -> Result<Tab, String> {
    let wanted = text.to_lowercase();
    let found = Tab::ALL
        .into_iter()
        .find(|tab| !wanted.is_empty() && tab.label().to_lowercase().starts_with(&wanted));
    found.ok_or_else(|| {
        let names: Vec<_> = Tab::ALL.iter().map(|tab| tab.label()).collect();
        format!("{text:?} is no tab; there are: {}", names.join(", "))
    })
}

impl Args {
    /// Whether the tour goes through this tab.
    fn tours(&self, tab: Tab) -> bool {
        Tab::ALL.contains(&tab) && self.tab.is_none_or(|only| only == tab)
    }
}

/// Draws the tour.
///
/// # Errors
/// Without a graphics driver, when nothing is installed, or when the folder cannot be written.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("{} cannot be made", args.out.display()))?;
    // Settings and results of the person stay as they are, and the tour starts as new.
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let home = Home {
        data: scratch.path().join("data"),
        cache: scratch.path().join("cache"),
        ..home.clone()
    };
    let size = args.size.unwrap_or(sizes::USUAL);
    let broken = scratch.path().join("holiday.png");
    std::fs::write(&broken, "This is not a picture.").context("no temporary folder")?;

    let start = |setup: Setup| Tour::start(args, size, setup);
    let toured = |tab: Tab, tour: &dyn Fn(&mut Tour) -> anyhow::Result<()>| {
        if !args.tours(tab) {
            return Ok(());
        }
        let mut started = start(Setup::read(home.clone())?)?;
        whole(tour(&mut started))
    };
    toured(Tab::Look, &|tour| {
        look::see_why(tour, &broken)?;
        let mut setup = Setup::read(home.clone())?;
        setup.catalog.pictures.clear();
        let mut empty = start(setup)?;
        empty.frames(4);
        empty.shoot("look-9-empty")?;
        drop(empty);
        let mut setup = Setup::read(home.clone())?;
        let network = look::network_of_many_scripts(scratch.path(), &home)?;
        setup.model = Some(network.display().to_string());
        look::scripts(&mut start(setup)?)
    })?;
    toured(Tab::Stylize, &stylize::stylize)?;
    toured(Tab::Similarity, &similarity::similarity)?;
    toured(Tab::Models, &models::compare_models)?;
    toured(Tab::Explain, &explain::guess)?;
    toured(Tab::Collection, &collection::collection)?;
    if args.size.is_none() {
        sizes::each_tab(args, &home)?;
    }
    Ok(())
}

/// A tour that ended where it was to end is whole.
fn whole(toured: anyhow::Result<()>) -> anyhow::Result<()> {
    match toured {
        Err(error) if error.is::<driver::Ended>() => Ok(()),
        toured => toured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_may_end_early_and_not_fail() {
        assert!(whole(Err(driver::Ended.into())).is_ok());
        assert!(whole(Err(anyhow::anyhow!("no driver"))).is_err());
        assert!(whole(Ok(())).is_ok());
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("1920x1080"), Ok((1920, 1080)));
        for wrong in ["1920", "x", "ax3", "-1x5", ""] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
