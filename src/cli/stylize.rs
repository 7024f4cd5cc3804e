//! `saliscope stylize`: a shape painted in a texture.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::output::ProgressLine;
use crate::files::{FileKind, Output};
use crate::home::Home;
use crate::picture;
use crate::stylize::style::{BUILT_IN_STYLES, Finish, StyleNetworks, mix};

/// Arguments of `saliscope stylize`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture whose shapes are kept
    content: PathBuf,
    /// The picture whose texture is taken, or built-in:0 to built-in:25
    style: String,
    /// How much of the painting, in percent; 0 is the picture itself
    #[arg(long, default_value_t = 100.0, value_parser = percent, value_name = "0-100")]
    strength: f32,
    /// Let strength blend the styles of both pictures in the network, instead of pixels
    #[arg(long)]
    blend_styles: bool,
    /// A second texture to blend with the first
    #[arg(long, value_name = "FILE")]
    second: Option<PathBuf>,
    /// How much of the second texture, in percent
    #[arg(long, default_value_t = 50.0, value_parser = percent, requires = "second", value_name = "0-100")]
    share: f32,
    /// The network's own 384x384 painting of the picture's middle square
    #[arg(long)]
    raw: bool,
    /// Take only light and dark from the painting
    #[arg(long)]
    keep_colours: bool,
    /// Paint in tiles at full size: finer strokes, slower
    #[arg(long, conflicts_with = "raw")]
    tiles: bool,
    /// Where to write the PNG
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let out = Output::new(&args.out)
        .holding(FileKind::Picture)
        .reading([args.content.as_path(), Path::new(&args.style)])
        .reading(&args.second)
        .overwriting(args.overwrite);
    out.check_file()?;
    let content = picture::open(&args.content)?;
    let networks = StyleNetworks::open(home)?;
    let strength = args.strength / 100.0;
    // What the strength does not do to the styles, it does to the pixels.
    let mut pixel_strength = strength;
    let painting = if let Some(number) = args.style.strip_prefix("built-in:") {
        anyhow::ensure!(
            !args.raw && !args.tiles && !args.blend_styles && args.second.is_none(),
            "built-in styles work at every size: leave out --raw, --tiles, --blend-styles and --second"
        );
        networks.built_in(&content.pixels, &one_style(number)?)?
    } else {
        let mut style = networks.style_of(&picture::open(args.style.as_ref())?)?;
        if let Some(second) = &args.second {
            let second = networks.style_of(&picture::open(second)?)?;
            style = style.blend(&second, args.share / 100.0);
        }
        if args.blend_styles || args.raw {
            // At full strength the picture's own style has no part.
            if strength < 1.0 {
                style = networks.style_of(&content)?.blend(&style, strength);
            }
            pixel_strength = 1.0;
        }
        if args.raw {
            networks.paint_raw(&content.pixels, &style)?
        } else {
            let finish = if args.tiles {
                Finish::Tiled
            } else {
                Finish::Guided
            };
            let line = ProgressLine::new("painting");
            networks.stylize(&content.pixels, &style, finish, &line)?
        }
    };
    let result = if args.raw && !args.keep_colours {
        painting
    } else if args.raw {
        let square = networks.middle_square(&content.pixels)?;
        mix(&square, &painting, 1.0, true)
    } else {
        mix(
            &content.pixels,
            &painting,
            pixel_strength,
            args.keep_colours,
        )
    };
    Ok(out.write_png(&result)?)
}

/// The weights that choose one built-in style.
fn one_style(number: &str) -> anyhow::Result<[f32; BUILT_IN_STYLES]> {
    let mut weights = [0.0; BUILT_IN_STYLES];
    let chosen = number
        .parse::<usize>()
        .ok()
        .and_then(|n| weights.get_mut(n));
    *chosen.context("built-in styles are numbered built-in:0 to built-in:25")? = 1.0;
    Ok(weights)
}

/// A number from 0 to 100.
fn percent(text: &str) -> Result<f32, String> {
    match text.trim().trim_end_matches('%').parse::<f32>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("give a percentage from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_style_numbers_are_checked() {
        assert_eq!(percent("35"), Ok(35.0));
        assert_eq!(percent("100%"), Ok(100.0));
        for bad in ["-1", "101", "nan", "", "half"] {
            assert!(percent(bad).is_err(), "{bad}");
        }
        assert!(one_style("25").unwrap()[25] > 0.9);
        assert!(one_style("26").is_err() && one_style("-1").is_err());
    }
}
