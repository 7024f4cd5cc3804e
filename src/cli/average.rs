//! `saliscope average`: what many maps have in common.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::output;
use crate::compare::{
    AVERAGE_FILES, CompareError, Origin, RunningAverage, RunningColours, read_map,
};
use crate::files::Output;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};

/// Arguments of `saliscope average`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The maps: map.npy or explanation.json files, or the folders they lie in
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
    /// Mean over pixels of the mean, and of the standard deviation over maps.
    mean: f64,
    spread: f64,
}

/// Runs the subcommand. One map is in memory at a time.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (first, rest) = args
        .maps
        .split_first()
        .ok_or(CompareError::NothingToAverage)?;
    let mut out = Output::new(&args.out)
        .reading(&args.maps)
        .overwriting(args.overwrite);
    out.check_folder(&AVERAGE_FILES)?;
    let first = read_map(first)?;
    let mut names = vec![first.name.clone()];
    let (height, width) = first.values.dim();
    let mut average = RunningAverage::start(&first.name, first.values.view())?;
    let in_colour = |values| {
        let map = SaliencyMap { values };
        colour(&map, Scale::of(&map), args.colormap)
    };
    let mut colours = args
        .by_colour
        .then(|| RunningColours::start(&in_colour(first.values)));
    let mut resized = Vec::new();
    for path in rest {
        let map = read_map(path)?;
        names.push(map.name.clone());
        let values = if map.values.dim() == (height, width) {
            map.values
        } else {
            resized.push(map.name.clone());
            crate::compare::resample::resize(map.values.view(), height, width)
        };
        average.add(&map.name, values.view())?;
        if let Some(colours) = &mut colours {
            colours.add(&in_colour(values))?;
        }
    }
    let average = average.finish();
    let colours = colours.map(|colours| colours.finish());
    // Folders and explanations lead to maps in them.
    out = out.reading(&names);
    let origins = args.maps.iter().map(|path| Origin::of_file(path).ok());
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
        mean: over_pixels(&average.mean),
        spread: over_pixels(&average.spread),
    };
    if args.json {
        return output::json(&summary);
    }
    let mut text = format!(
        "{} maps of {width} x {height} pixels: mean {:.4}, spread {:.4}\n",
        summary.maps, summary.mean, summary.spread
    );
    for name in &summary.resized {
        let _ = writeln!(
            text,
            "note: {} was brought to the size of the first map.",
            crate::text::escaped(name)
        );
    }
    let out = args.out.display().to_string();
    let _ = writeln!(text, "written to {}", crate::text::escaped(&out));
    output::text(&text)
}
