//! A change as a page to hand over: before and after under a wipe.

use std::ops::Deref;

use super::{Scene, WhatIf, WhatIfRecord};
use crate::classifier::Classifier;
use crate::page::{Cell, Kind, Layer, Page, Table};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale};

/// The page; `maps` are those of the class that is asked about, before and after.
#[must_use]
pub fn what_if_page(
    record: &WhatIfRecord,
    scene: &Scene<impl Deref<Target = Classifier> + Sync>,
    what_if: &WhatIf,
    [before, after]: [&SaliencyMap; 2],
    method: &str,
) -> Page {
    let about = &record.before.class.label;
    // One scale, so that a map that has faded is seen to have.
    let scale = Scale::shared([before, after]);
    let layer = |picture: usize, when: &str, map: &SaliencyMap| Layer {
        name: when.to_owned(),
        alt: format!(
            "{} {when} the change, and over it what speaks for {about}, by {method}.",
            record.picture.name
        ),
        picture: Some(picture),
        map: map.clone(),
        scale,
        place: [0.0, 0.0, 1.0, 1.0],
    };
    let mut classes: Vec<&crate::classifier::Prediction> = Vec::new();
    let sides = [&record.before, &record.after];
    for p in sides.iter().flat_map(|side| &side.predictions) {
        if !classes.iter().any(|known| known.class == p.class) {
            classes.push(p);
        }
    }
    let at = |logits: &[f32], class: usize| Cell::sure(&scene.prediction(logits, class));
    let rows = classes.iter().map(|p| {
        vec![
            Cell::Text(p.label.clone()),
            at(&scene.logits, p.class),
            at(&what_if.logits, p.class),
        ]
    });
    let moved = match record.changed.moved {
        Some([right, down]) => format!(" and put down {right} pixels right and {down} down"),
        None => String::new(),
    };
    let answer = if record.answer_changed {
        "The answer is another one then."
    } else {
        "The answer stays."
    };
    let mut notes = vec![
        ("Taken away".to_owned(), record.changed.part.clone()),
        ("Filled with".to_owned(), record.changed.fill.clone()),
        ("Network".to_owned(), record.model.id.clone()),
        ("Method of the maps".to_owned(), method.to_owned()),
    ];
    if let Some(flip) = &record.flip {
        let proof = if flip.minimal {
            "no smaller set of cells changes the answer".to_owned()
        } else {
            format!(
                "no set of fewer than {} cells does; larger ones were not all tried",
                flip.at_least
            )
        };
        notes.push((
            "Search".to_owned(),
            format!("{proof}, {} questions", flip.questions),
        ));
    }
    Page {
        title: format!("What if a part of {} were gone?", record.picture.name),
        lead: vec![format!(
            "{:.1} % of what the network sees is filled with {}{moved}. {answer} {about}: {} before, {} after.",
            record.changed.share * 100.0,
            record.changed.fill,
            record.before.class.share(),
            record.after.class.share()
        )],
        kind: Kind::Wipe,
        pictures: vec![scene.seen.clone(), what_if.edited.clone()],
        layers: vec![layer(0, "before", before), layer(1, "after", after)],
        colormap: Colormap::default(),
        opacity: 0.35,
        tables: vec![Table {
            caption: "What the network says".to_owned(),
            head: ["Answer", "Before", "After"].map(str::to_owned).into(),
            rows: rows.collect(),
        }],
        trends: Vec::new(),
        about: notes,
    }
}
