//! `saliscope compare`: how alike two maps are.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::output;
use crate::compare::{
    COMPARISON_FILES, Figures, Metric, MoreAlike, Options, Origin, TopColour, compare, read_map,
};
use crate::files::Output;
use crate::saliency::colormap::Colormap;

/// Arguments of `saliscope compare`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The first map: map.npy, explanation.json or the folder they lie in
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The second map
    #[arg(value_name = "B")]
    b: PathBuf,
    /// How far each of red, green and blue may differ where the maps agree, 0-255
    #[arg(long, default_value_t = 10, value_name = "D")]
    delta: u8,
    /// Let the values differ by delta (of 255) instead of the colours
    #[arg(long)]
    by_value: bool,
    /// Colour both maps on one scale instead of each on its own
    #[arg(long)]
    shared_scale: bool,
    /// The colours the maps are compared in
    #[arg(long, default_value = "inferno", value_name = "NAME")]
    colormap: Colormap,
    /// The share of pixels whose overlap is measured, the highest of each map, in percent
    #[arg(long, default_value_t = 10.0, value_name = "PERCENT")]
    top: f64,
    /// Number of top colours, 2-10
    #[arg(long, default_value_t = crate::compare::DEFAULT_COLOURS, value_name = "K")]
    colours: usize,
    /// Where the search for top colours starts; the same seed gives the same colours
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The folder for intersection.png, a.png, b.png and comparison.json
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let out = args.out.as_deref().map(|folder| {
        Output::new(folder)
            .reading([&args.a, &args.b])
            .overwriting(args.overwrite)
    });
    if let Some(out) = &out {
        out.check_folder(&COMPARISON_FILES)?;
    }
    let (a, b) = (read_map(&args.a)?, read_map(&args.b)?);
    let options = Options {
        delta: args.delta,
        by_value: args.by_value,
        shared_scale: args.shared_scale,
        colormap: args.colormap,
        top_share: args.top / 100.0,
        colours: args.colours,
        seed: args.seed,
        ..Options::default()
    };
    let mut comparison = compare(
        (&a.name, a.values.view()),
        (&b.name, b.values.view()),
        &options,
    )?;
    if let Some(out) = out {
        if let [Ok(a), Ok(b)] = [&args.a, &args.b].map(|path| Origin::of_file(path)) {
            comparison.origins = Some(Box::new([a, b]));
        }
        comparison.write_to(&out.reading([&a.name, &b.name]))?;
    }
    if args.json {
        output::json(&comparison.figures)
    } else {
        output::text(&text(&comparison.figures))
    }
}

fn text(figures: &Figures) -> String {
    let mut text = format!(
        "{:.2} % of {} x {} pixels agree within {}\n",
        figures.agree * 100.0,
        figures.width,
        figures.height,
        figures.delta
    );
    for band in &figures.agree_by_band {
        let agree = band
            .agree
            .map_or("-".into(), |a| format!("{:.1} %", a * 100.0));
        let _ = writeln!(text, "  {:7} {agree}", band.colour.name());
    }
    for metric in Metric::ALL {
        let value = figures
            .similarity
            .get(metric)
            .map_or("-".into(), |v| format!("{v:.4}"));
        let way = match metric.more_alike() {
            MoreAlike::Higher => "higher is more alike",
            MoreAlike::Lower => "lower is more alike",
        };
        let _ = writeln!(text, "{:9} {value:>8}  {way}", metric.name());
    }
    for (name, colours) in [("A", &figures.colours_a), ("B", &figures.colours_b)] {
        let _ = writeln!(text, "colours of {name}: {}", listed(colours));
    }
    for note in &figures.notes {
        let _ = writeln!(text, "note: {}", crate::text::escaped(note));
    }
    text
}

fn listed(colours: &[TopColour]) -> String {
    let one = |c: &TopColour| {
        let [r, g, b] = c.rgb;
        format!("{} #{r:02x}{g:02x}{b:02x} {:.1} %", c.name, c.share * 100.0)
    };
    colours.iter().map(one).collect::<Vec<_>>().join(", ")
}
