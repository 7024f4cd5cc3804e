//! `saliscope compare`: how alike two maps are.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::html::HtmlArgs;
use super::output;
use crate::classifier::Prediction;
use crate::compare::{
    COMPARISON_FILES, Explained, Figures, Metric, MoreAlike, Options, Origin, Prepared, TopColour,
    comparison_page, read_map,
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
    /// The first map: a .npy or .npz file, a gray PNG, overlay.png, explanation.json or the folder it
    /// lies in; three channels become the sum of their magnitudes. SSIM has windows of 5 x 5 pixels over
    /// maps scaled to -1..1 each (scikit-image by default: 7 x 7, unscaled)
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
    #[command(flatten)]
    html: HtmlArgs,
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
    let page = args.html.output([&args.a, &args.b], args.overwrite)?;
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
    let prepared = Prepared::new(
        (&a.name, a.values.view()),
        (&b.name, b.values.view()),
        &options,
    )?;
    let mut comparison = prepared.compare(&options)?;
    if let Some(page) = &page {
        let names = [&args.a, &args.b].map(|path| name_of(path));
        let names = [names[0].as_str(), names[1].as_str()];
        let content = comparison_page(&prepared, &comparison.figures, names, &options);
        super::html::write(page, &content)?;
    }
    if let [Ok(a), Ok(b)] = [&args.a, &args.b].map(|path| Origin::of_file(path)) {
        comparison.origins = Some(Box::new([a, b]));
    }
    if let Some(out) = out {
        comparison.write_to(&out.reading([&a.name, &b.name]))?;
    }
    let explained = |at: usize| {
        let origin = comparison.origins.as_ref()?.get(at)?;
        origin.explained()
    };
    let explained = [explained(0), explained(1)];
    if args.json {
        let [said_a, said_b] = explained.map(|of| of.and_then(|of| of.said.as_ref()));
        output::json(&Printed {
            figures: &comparison.figures,
            said_a,
            said_b,
        })
    } else {
        output::text(&text(&comparison.figures, explained))
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    figures: &'a Figures,
    /// What the network said of the class that the first map explains, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    said_a: Option<&'a Prediction>,
    /// The same of the second map.
    #[serde(skip_serializing_if = "Option::is_none")]
    said_b: Option<&'a Prediction>,
}

/// What a map is called on a page: the folder of an explanation, else the file.
fn name_of(path: &std::path::Path) -> String {
    let name =
        |path: &std::path::Path| crate::text::file_name(path.file_name().unwrap_or_default());
    let own = name(path);
    let usual = ["map.npy", "explanation.json", "overlay.png"].contains(&own.as_str());
    match path.parent().map(name) {
        Some(folder) if usual && !folder.is_empty() => folder,
        _ => own,
    }
}

fn text(figures: &Figures, explained: [Option<&Explained>; 2]) -> String {
    let mut text = format!(
        "{:.2} % of {} x {} pixels agree within {}\n",
        figures.agree * 100.0,
        figures.width,
        figures.height,
        figures.delta
    );
    for (name, explained) in ["A", "B"].into_iter().zip(explained) {
        if let Some(explained) = explained {
            let _ = writeln!(text, "{name} explains {}", explained.sureness());
        }
    }
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
        let settings = metric.settings();
        let settings = settings.map_or_else(String::new, |settings| format!(" ({settings})"));
        let _ = writeln!(text, "{:9} {value:>8}  {way}{settings}", metric.name());
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
