//! A result file as a page to hand over: the ranking, and curves over strength.

use std::collections::BTreeMap;

use super::row::Row;
use super::summary::{Mean, rank, rank_against};
use super::truths::Truths;
use crate::page::{Cell, Kind, Page, Table, Trend};
use crate::saliency::colormap::Colormap;
use crate::stylize::shift::Shift;

/// The page of `rows`; `about` says how they were made, `truths` what the pictures are of, where that is
/// known.
#[must_use]
pub fn robustness_page(rows: &[&Row], truths: &Truths, about: Vec<(String, String)>) -> Page {
    let share = |mean: Mean| {
        let interval = mean.interval.map_or_else(String::new, |(low, high)| {
            format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
        });
        Cell::Text(format!("{:.1} %{interval}", mean.mean * 100.0))
    };
    let ranks = rank_against(rows.iter().copied(), truths);
    let pictures = ranks.iter().map(|rank| rank.pictures).max().unwrap_or(0);
    let lines = ranks.iter().map(|rank| {
        vec![
            Cell::Text(rank.model.clone()),
            if rank.has_maps() {
                share(rank.agree)
            } else {
                Cell::Text("nothing to compare".to_owned())
            },
            share(rank.same),
            share(rank.confidence),
            match rank.accuracy {
                Some(accuracy) => share(accuracy),
                None => Cell::Text("not known".to_owned()),
            },
            Cell::Text(rank.left_out().unwrap_or_default()),
        ]
    });
    let ranking = Table {
        caption: "Who bears it best".to_owned(),
        head: [
            "Network",
            "Map agrees",
            "Answer stays",
            "Still sure of the first answer",
            "Right about the originals",
            "Left out",
        ]
        .map(str::to_owned)
        .into(),
        rows: lines.collect(),
    };
    Page {
        title: "Which network bears which change?".to_owned(),
        lead: vec![format!(
            "How much the maps of changed pictures agree with those of the originals, over {pictures} pictures; in brackets 95 % intervals over pictures. A map that agrees is worth little where the answer is wrong: read the columns together."
        )],
        kind: Kind::Tables,
        pictures: Vec::new(),
        layers: Vec::new(),
        colormap: Colormap::default(),
        opacity: 1.0,
        tables: vec![ranking],
        trends: trends(rows),
        about,
    }
}

/// One curve for each network and each thing that is done to pictures.
fn trends(rows: &[&Row]) -> Vec<Trend> {
    let mut groups: BTreeMap<(String, &str), BTreeMap<u8, Vec<&Row>>> = BTreeMap::new();
    for row in rows {
        if let Ok(shift) = row.key.shift.parse::<Shift>() {
            let levels = groups.entry((shift.family(), &row.key.model)).or_default();
            levels.entry(shift.level()).or_default().push(row);
        }
    }
    let mut trends = Vec::new();
    for ((family, model), levels) in groups {
        let originals: Vec<&Row> = rows
            .iter()
            .copied()
            .filter(|row| row.key.shift == "none" && row.key.model == model)
            .collect();
        let mut points = Vec::new();
        if !originals.is_empty() {
            let sure: f64 = originals.iter().map(|row| row.probability).sum();
            let maps = originals.iter().any(|row| !row.is_blank());
            let sure = sure / originals.len() as f64;
            points.push((0, [maps.then_some(1.0), Some(1.0), Some(sure)]));
        }
        for (level, rows) in levels {
            // Rows of several ways of computing maps are one point only where there is one way.
            if let [rank] = rank(rows).as_slice() {
                let agree = rank.has_maps().then_some(rank.agree.mean);
                points.push((
                    level,
                    [agree, Some(rank.same.mean), Some(rank.confidence.mean)],
                ));
            }
        }
        trends.push(Trend {
            family,
            name: model.to_owned(),
            points,
        });
    }
    trends
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    #[test]
    fn curves_begin_at_the_original_and_a_dead_network_has_none_of_agreement() {
        let rows = [
            example("a", "one", "none"),
            example("a", "one", "fog:3"),
            example("a", "one", "fog:5"),
            example("a", "dead", "none").blanked(),
            example("a", "dead", "fog:3").blanked(),
        ];
        let rows: Vec<&Row> = rows.iter().collect();
        let mut truths = Truths::default();
        truths.add("one", "a", 0);
        let page = robustness_page(&rows, &truths, Vec::new());
        let [dead, one] = page.trends.as_slice() else {
            panic!("{:?}", page.trends);
        };
        assert_eq!((dead.name.as_str(), one.name.as_str()), ("dead", "one"));
        let levels: Vec<u8> = one.points.iter().map(|(level, _)| *level).collect();
        assert_eq!(levels, [0, 3, 5]);
        assert_eq!(one.points[1].1[0], Some(0.125));
        assert!(dead.points.iter().all(|(_, shares)| shares[0].is_none()));
        let html = page.html().unwrap();
        assert!(html.contains("nothing to compare") && html.contains("id=\"chart\""));
        assert!(html.contains("Right about the originals") && html.contains("not known"));
    }
}
