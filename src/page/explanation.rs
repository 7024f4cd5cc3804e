//! Explanations as a page to hand over.

use super::{Cell, Kind, Layer, Page, Table};
use crate::classifier::Prediction;
use crate::picture::Picture;
use crate::saliency::colormap::{Colormap, Scale};
use crate::saliency::{Explanation, ExplanationRecord};

/// A page of explanations of one picture by one network and method, of one class each; the first is what
/// it is about. `record` is of the first.
#[must_use]
pub fn explanation_page(
    explanations: &[&Explanation],
    record: &ExplanationRecord,
    picture: &Picture,
) -> Page {
    let method = explanations
        .first()
        .map_or("", |first| first.request.method.name());
    let layers = explanations
        .iter()
        .map(|one| layer_of(one, picture))
        .collect();
    let mut lead = vec![format!(
        "{} says \u{201c}{}\u{201d} of this picture ({}). The map shows what speaks for it, by {method}.",
        record.model.id,
        record
            .predictions
            .first()
            .map_or(record.label.as_str(), |first| first.label.as_str()),
        record
            .predictions
            .first()
            .map_or_else(String::new, Prediction::share),
    )];
    lead.extend(
        explanations
            .iter()
            .filter_map(|one| Some((one, one.remark()?)))
            .map(|(one, remark)| format!("{}: {remark}.", one.class.label)),
    );
    let answers = Table {
        caption: "What the network says".to_owned(),
        head: vec![
            "Answer".to_owned(),
            "How sure".to_owned(),
            "Logit".to_owned(),
        ],
        rows: record
            .predictions
            .iter()
            .map(|p| {
                vec![
                    Cell::Text(p.label.clone()),
                    Cell::sure(p),
                    Cell::Text(format!("{:.3}", p.logit)),
                ]
            })
            .collect(),
    };
    Page {
        title: format!("What speaks for {} in {}", record.label, picture.name),
        lead,
        kind: Kind::Look,
        pictures: vec![picture.pixels.clone()],
        layers,
        colormap: Colormap::default(),
        opacity: 0.5,
        tables: vec![answers],
        trends: Vec::new(),
        about: about(record, method),
    }
}

/// The map of an explanation over its picture, the first of a page's.
fn layer_of(one: &Explanation, picture: &Picture) -> Layer {
    let against = one.request.against.map_or_else(String::new, |class| {
        let known = one.predictions.iter().find(|p| p.class == class);
        match known {
            Some(known) => format!(" rather than {}", known.label),
            None => format!(" rather than class {class}"),
        }
    });
    Layer {
        name: format!("{}{against} ({})", one.class.label, one.class.share()),
        alt: format!(
            "{}, and over it what speaks for {}{against}, by {}.",
            picture.alt,
            one.class.label,
            one.request.method.name()
        ),
        picture: Some(0),
        scale: Scale::of(&one.map),
        map: one.map.clone(),
        place: one.region.fractions(picture.size()),
    }
}

/// What the page's end tells of a record.
fn about(record: &ExplanationRecord, method: &str) -> Vec<(String, String)> {
    let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
    let mut about = vec![
        (
            "Picture",
            format!(
                "{}, {} x {} pixels, SHA-256 {}...",
                record.picture.name,
                record.picture.width,
                record.picture.height,
                short(&record.picture.sha256)
            ),
        ),
        (
            "Network",
            format!(
                "{}, SHA-256 {}...",
                record.model.id,
                short(&record.model.sha256)
            ),
        ),
        ("Method", format!("{method}, {} steps", record.steps_used)),
        (
            "Seen by the network",
            format!(
                "{} x {} pixels from {}, {}, at {} x {}",
                record.region.width,
                record.region.height,
                record.region.x,
                record.region.y,
                record.size[1],
                record.size[0]
            ),
        ),
        ("ONNX Runtime", record.versions.onnxruntime.clone()),
    ];
    if let Some(error) = record.completeness_error {
        about.push(("Adds up to within", format!("{:.2} %", error * 100.0)));
    }
    for guess in &record.model.guesses {
        about.push(("Guessed", guess.clone()));
    }
    about
        .into_iter()
        .map(|(what, was)| (what.to_owned(), was))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::explain::testing::{explanation, model};
    use image::RgbImage;

    #[test]
    fn each_class_is_a_layer_over_what_the_network_saw() {
        let first = explanation();
        let mut second = explanation();
        second.class.label = "lynx".to_owned();
        second.request.against = Some(7);
        let picture = Picture::from_pixels("p", RgbImage::new(50, 30));
        let record = first.record(model(), &picture, None);
        let page = explanation_page(&[&first, &second], &record, &picture);
        assert_eq!(page.layers.len(), 2);
        assert!(page.layers[1].name.starts_with("lynx rather than class 7"));
        assert_eq!(page.layers[0].place, first.region.fractions([50, 30]));
        let html = page.html().unwrap();
        for id in ["layer", "opacity", "top", "wipe", "colours"] {
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
        assert!(html.contains("Egyptian cat in p"));
    }
}
