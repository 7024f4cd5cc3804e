//! `saliscope score`: how good a painted guess is.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::output;
use crate::compare::read_map;
use crate::guess::{Answer, BandShares, Painting, Report, judge};

/// Arguments of `saliscope score`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The guess: a picture in the four colours, transparent where unpainted
    #[arg(value_name = "GUESS.png")]
    guess: PathBuf,
    /// The explanation: explanation.json, map.npy or the folder they lie in
    #[arg(value_name = "EXPLANATION")]
    explanation: PathBuf,
    /// Shares of the four bands in percent, most important first (default: 0.98,3.21,7.25,14.87)
    #[arg(long, value_name = "Y,O,R,P")]
    shares: Option<BandShares>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let map = read_map(&args.explanation)?;
    let guess = Painting::open(&args.guess)?;
    let answer = Answer::of(
        &map.name,
        map.values.view(),
        args.shares.unwrap_or_default(),
    )?;
    let report = judge(&guess, &answer, map.frame)?;
    if args.json {
        output::json(&report)
    } else {
        output::text(&text(&report))
    }
}

fn text(report: &Report) -> String {
    let score = &report.score;
    let mut text = format!(
        "score {:.1} of 100 (random scribbles {:.1}, a blob in the middle {:.1})\n",
        score.score, report.yardsticks.random, report.yardsticks.centre
    );
    let _ = writeln!(
        text,
        "{} = 100 x {:.3} x {:.3}",
        report.formula, score.overlap, score.restraint
    );
    let _ = writeln!(
        text,
        "{} of 3 stars: {:.1} where a shift is forgiven (stars from {:.1}, {:.1}, {:.1})",
        report.stars, report.tolerant, report.marks.first, report.marks.second, report.marks.third
    );
    let percent = |share: Option<f64>| share.map_or("-".into(), |s| format!("{:.1} %", s * 100.0));
    for band in &score.bands {
        let _ = writeln!(
            text,
            "  {:7} {:>7} found, {:>7} of its paint is right",
            band.colour.name(),
            percent(band.recall),
            percent(band.precision)
        );
    }
    let _ = writeln!(text, "place (IoU) {}", percent(Some(score.iou)));
    let _ = writeln!(text, "beyond chance (weighted kappa) {:.3}", score.kappa);
    if let Some(spearman) = score.spearman {
        let _ = writeln!(text, "order (Spearman) {spearman:.3}");
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", crate::text::escaped(note));
    }
    text
}
