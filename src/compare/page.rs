//! Comparisons and averages as pages to hand over.

use super::{Average, Figures, Metric, Options, Prepared};
use crate::page::{Cell, Kind, Layer, Page, Table};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale};

/// A page of two maps and where they agree; `names` are what people call them.
#[must_use]
pub fn comparison_page(
    prepared: &Prepared,
    figures: &Figures,
    names: [&str; 2],
    options: &Options,
) -> Page {
    let scales = prepared.scales();
    let layers = prepared.maps().iter().zip(names).zip(scales);
    let layers = layers.map(|((map, name), scale)| Layer {
        name: name.to_owned(),
        alt: format!("The map {name}."),
        picture: None,
        map: map.clone(),
        scale,
        place: [0.0, 0.0, 1.0, 1.0],
    });
    let rows = Metric::ALL.into_iter().map(|metric| {
        let value = figures.similarity.get(metric);
        vec![
            Cell::Text(metric.name().to_owned()),
            Cell::Text(value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"))),
            Cell::Text(match metric.settings() {
                Some(settings) => format!("{} Computed over {settings}.", metric.meaning()),
                None => metric.meaning().to_owned(),
            }),
        ]
    });
    let mut lead = vec![format!(
        "{:.2} % of {} x {} pixels agree within {}; where they do, the third picture shows the first map, else black.",
        figures.agree * 100.0,
        figures.width,
        figures.height,
        figures.delta
    )];
    lead.extend(figures.notes.iter().cloned());
    let rule = if options.by_value {
        "values, of 255 steps"
    } else {
        "colours: each of red, green and blue"
    };
    let scale = if options.shared_scale {
        "both maps on one"
    } else {
        "each map on its own"
    };
    Page {
        title: format!("How alike are {} and {}?", names[0], names[1]),
        lead,
        kind: Kind::Agreement {
            delta: options.delta,
            by_value: options.by_value,
        },
        pictures: Vec::new(),
        layers: layers.collect(),
        colormap: options.colormap,
        opacity: 1.0,
        tables: vec![Table {
            caption: "Likeness in figures".to_owned(),
            head: ["Figure", "Value", "What it means"]
                .map(str::to_owned)
                .into(),
            rows: rows.collect(),
        }],
        trends: Vec::new(),
        about: vec![
            ("Compared by".to_owned(), rule.to_owned()),
            ("Scale".to_owned(), scale.to_owned()),
            (
                "Top share of IoU and Dice".to_owned(),
                format!("{} %", options.top_share * 100.0),
            ),
        ],
    }
}

/// A page of mean and spread; `names` are the maps that went in.
#[must_use]
pub fn average_page(average: &Average, names: &[String], colormap: Colormap) -> Page {
    let layer = |name: &str, what: &str, values: &ndarray::Array2<f32>| {
        let map = SaliencyMap {
            values: values.clone(),
        };
        Layer {
            name: name.to_owned(),
            alt: what.to_owned(),
            picture: None,
            scale: Scale::of(&map),
            map,
            place: [0.0, 0.0, 1.0, 1.0],
        }
    };
    let rows = names.iter().map(|name| vec![Cell::Text(name.clone())]);
    Page {
        title: format!("What {} maps have in common", average.maps),
        lead: vec![
            "The mean shows what matters in all of them; the spread where they differ.".to_owned(),
        ],
        kind: Kind::Look,
        pictures: Vec::new(),
        layers: vec![
            layer(
                "Mean",
                "The mean of the maps, pixel by pixel.",
                &average.mean,
            ),
            layer(
                "Spread (standard deviation)",
                "How far the maps differ, pixel by pixel.",
                &average.spread,
            ),
        ],
        colormap,
        opacity: 1.0,
        tables: vec![Table {
            caption: "The maps".to_owned(),
            head: vec!["Map".to_owned()],
            rows: rows.collect(),
        }],
        trends: Vec::new(),
        about: Vec::new(),
    }
}
