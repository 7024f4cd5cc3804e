//! `saliscope average`: what many maps have in common.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::html::HtmlArgs;
use super::output;
use crate::compare::{
    AVERAGE_FILES, CompareError, Origin, RunningAverage, RunningColours, average_page, read_map,
};
use crate::files::Output;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};

/// Arguments of `saliscope average`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The maps: .npy or .npz files, gray PNGs, overlay.png, explanation.json or the folders they lie in
    #[arg(value_name = "MAP", required = true)]
    maps: Vec<PathBuf>,
    /// Also average the maps' colours, as the paper does: colours.png
    #[arg(long)]
    by_colour: bool,
    /// The colours of the pictures
    #[arg(long, default_value = "inferno", value_name = "NAME")]
    colormap: Colormap,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The folder for mean.npy, spread.npy, mean.png, spread.png and average.json
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    html: HtmlArgs,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    maps: usize,
    width: usize,
    height: usize,
    /// Maps that were brought to the size of the first.
    resized: Vec<String>,
    /// Maps with nothing to see in them, left out of the mean and not counted in `maps`.
    blank: Vec<String>,
    /// Mean over pixels of the mean, and of the standard deviation over maps.
    mean: f64,
    spread: f64,
}

/// Runs the subcommand. One map is in memory at a time.
pub fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::ensure!(!args.maps.is_empty(), CompareError::NothingToAverage);
    let mut out = Output::new(&args.out)
        .reading(&args.maps)
        .overwriting(args.overwrite);
    out.check_folder(&AVERAGE_FILES)?;
    let page = args.html.output(&args.maps, args.overwrite)?;
    let in_colour = |values| {
        let map = SaliencyMap { values };
        colour(&map, Scale::of(&map), args.colormap)
    };
    let (mut names, mut origins) = (Vec::new(), Vec::new());
    let (mut resized, mut blank) = (Vec::new(), Vec::new());
    let mut running: Option<(RunningAverage, Option<RunningColours>)> = None;
    for path in &args.maps {
        let map = read_map(path)?;
        let values = SaliencyMap { values: map.values };
        if values.blank().is_some() {
            blank.push(map.name);
            continue;
        }
        let values = values.values;
        match &mut running {
            None => {
                let average = RunningAverage::start(&map.name, values.view())?;
                let coloured = args
                    .by_colour
                    .then(|| RunningColours::start(&in_colour(values)));
                running = Some((average, coloured));
            }
            Some((average, colours)) => {
                let (height, width) = average.size();
                let values = if values.dim() == (height, width) {
                    values
                } else {
                    resized.push(map.name.clone());
                    crate::compare::resample::resize(values.view(), height, width)
                };
                average.add(&map.name, values.view())?;
                if let Some(colours) = colours {
                    colours.add(&in_colour(values))?;
                }
            }
        }
        names.push(map.name);
        origins.push(Origin::of_file(path).ok());
    }
    let Some((average, colours)) = running else {
        anyhow::bail!(
            "there is nothing to see in any of the {} maps: each has one value everywhere, or none above 0; choose others",
            blank.len()
        );
    };
    let (height, width) = average.size();
    let average = average.finish();
    let colours = colours.map(|colours| colours.finish());
    // Folders and explanations lead to maps in them.
    out = out.reading(&names);
    if let Some(page) = &page {
        super::html::write(page, &average_page(&average, &names, args.colormap))?;
    }
    let of: Vec<_> = names.into_iter().zip(origins).collect();
    average.write_to(&out, &of, args.colormap, colours.as_ref())?;
    let over_pixels = |map: &ndarray::Array2<f32>| {
        map.iter().map(|&v| f64::from(v)).sum::<f64>() / map.len() as f64
    };
    let summary = Summary {
        maps: average.maps,
        width,
        height,
        resized,
        blank,
        mean: over_pixels(&average.mean),
        spread: over_pixels(&average.spread),
    };
    if args.json {
        return output::json(&summary);
    }
    output::text(&words(&summary, args))
}

/// The summary for people.
fn words(summary: &Summary, args: &Args) -> String {
    let many = |count: usize| if count == 1 { "map" } else { "maps" };
    let (width, height) = (summary.width, summary.height);
    let mut text = format!(
        "{} {} of {width} x {height} pixels: mean {:.4}, spread {:.4}\n",
        summary.maps,
        many(summary.maps),
        summary.mean,
        summary.spread
    );
    if !summary.blank.is_empty() {
        let (blank, all) = (summary.blank.len(), args.maps.len());
        let are = if blank == 1 { "is" } else { "are" };
        let _ = writeln!(
            text,
            "note: {blank} of {all} {} {are} empty and left out of the mean.",
            many(all)
        );
    }
    for name in &summary.resized {
        let _ = writeln!(
            text,
            "note: {} was brought to the size of the first map.",
            crate::text::escaped(name)
        );
    }
    for name in &summary.blank {
        let _ = writeln!(
            text,
            "note: there is nothing to see in {}.",
            crate::text::escaped(name)
        );
    }
    let out = args.out.display().to_string();
    let _ = writeln!(text, "written to {}", crate::text::escaped(&out));
    text
}
