//! What is compared or averaged as one page or one figure.

use std::path::Path;

use image::RgbImage;

use crate::compare::{Average, Options, Prepared, average_page, comparison_page};
use crate::figure::{Figure, Panel, Range};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};
use crate::tabs::save::{FIGURE_WIDTH, one_file};

/// Writes a comparison as the ending of `path` says.
///
/// # Errors
/// Why it could not be written, in one line.
pub(super) fn comparison(
    of: &Prepared,
    [a, b]: [&str; 2],
    options: &Options,
    path: &Path,
) -> Result<(), String> {
    let found = of.compare(options).map_err(|error| error.to_string())?;
    let agree = format!("{:.1} % agree", found.figures.agree * 100.0);
    let shared = Scale::shared(of.maps());
    one_file(
        path,
        None,
        || Ok(comparison_page(of, &found.figures, [a, b], options)),
        || {
            let panels = [
                (&found.a, String::new(), a),
                (&found.b, String::new(), b),
                (&found.intersection, agree.clone(), "Where they agree"),
            ];
            Some(figure(
                panels.map(|(pixels, caption, name)| (pixels.clone(), caption, name.to_owned())),
                options.colormap,
                if options.shared_scale {
                    Range::Shared {
                        min: shared.min,
                        max: shared.max,
                    }
                } else {
                    Range::Each
                },
            ))
        },
    )
}

/// Writes an average as the ending of `path` says; `names` are those of the versions.
///
/// # Errors
/// Why it could not be written, in one line.
pub(super) fn average(
    average: &Average,
    names: &[String],
    colormap: Colormap,
    path: &Path,
) -> Result<(), String> {
    one_file(
        path,
        None,
        || Ok(average_page(average, names, colormap)),
        || {
            let maps = [(&average.mean, "Mean"), (&average.spread, "Spread")];
            let panels = maps.map(|(values, name)| {
                let map = SaliencyMap {
                    values: values.clone(),
                };
                let pixels = colour(&map, Scale::of(&map), colormap);
                (pixels, format!("of {} maps", average.maps), name.to_owned())
            });
            Some(figure(panels, colormap, Range::Each))
        },
    )
}

/// Panels beside each other: pixels, what stands under them, their name.
fn figure<const N: usize>(
    panels: [(RgbImage, String, String); N],
    colormap: Colormap,
    range: Range,
) -> Figure {
    let columns = panels.iter().map(|(_, _, name)| name.clone()).collect();
    let panel = |(pixels, caption, name): (RgbImage, String, String)| {
        Some(Panel {
            pixels,
            caption,
            alt: name,
        })
    };
    Figure {
        title: String::new(),
        columns,
        rows: Vec::new(),
        panels: panels.map(panel).into(),
        colormap,
        range,
        width: FIGURE_WIDTH * N as f32,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn a_comparison_and_an_average_are_one_page_or_one_figure() {
        let wave = |shift: f32| {
            Array2::from_shape_fn((20, 30), |(y, x)| {
                (x as f32 * 0.3 + shift).sin() + y as f32 * 0.1
            })
        };
        let (a, b) = (wave(0.0), wave(0.8));
        let options = Options::default();
        let prepared = Prepared::new(("Cat", a.view()), ("Dog", b.view()), &options).unwrap();
        let mean = crate::compare::average(&[("Cat", a.view()), ("Dog", b.view())]).unwrap();
        let names = ["Cat".to_owned(), "Dog".to_owned()];
        let folder = tempfile::tempdir().unwrap();
        for ending in ["html", "svg", "pdf", "png"] {
            let at = |what: &str| folder.path().join(format!("{what}.{ending}"));
            comparison(&prepared, ["Cat", "Dog"], &options, &at("pair")).unwrap();
            average(&mean, &names, Colormap::default(), &at("mean")).unwrap();
            assert!(at("pair").metadata().unwrap().len() > 1000, "{ending}");
            assert!(at("mean").metadata().unwrap().len() > 1000, "{ending}");
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("pair.html").contains("How alike are Cat and Dog?"));
        assert!(read("pair.svg").contains("% agree"));
        assert!(read("mean.svg").contains("Spread"));
    }
}
