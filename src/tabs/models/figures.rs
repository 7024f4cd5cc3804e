//! From rows to what the charts show. The matrix and a folder's results come through here alike.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use super::state::{Measure, Models};
use crate::compare::robustness::{Mean, Rank, Row, Truths, rank, rank_against};
use crate::compare::shape_bias::{Followed, Tally};
use crate::stylize::corruption::Corruption;
use crate::stylize::shift::Shift;
use crate::ui::widgets::Series;

/// One bar of the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The model's name on screen.
    pub name: String,
    /// The share, 0-1; `None` where there is no figure.
    pub share: Option<f64>,
    /// Its 95 % interval over pictures, where there are two or more.
    pub interval: Option<(f64, f64)>,
    /// What it was counted over, in words.
    pub over: String,
    /// The other figures of the same versions, in words: a map that stays where it was is worth nothing
    /// where the answer does not.
    pub beside: String,
}

/// What the charts show of a folder's results: counted once, when the file is read. Models go by their
/// identifiers.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    /// How many rows and pictures, in words.
    pub summary: String,
    /// What the pictures are of, where somebody says so.
    pub truths: Truths,
    /// By agreement and by answer.
    standings: [Vec<Standing>; 2],
    /// The families of shifts, by name.
    pub families: Vec<String>,
    /// The curves of each family, by agreement and by answer.
    curves: Vec<[Curve; 2]>,
}

impl Digest {
    /// Counts `rows`, whose pictures `truths` say something of. Takes long where there are many: call it on a
    /// lane.
    #[must_use]
    pub fn of(rows: &[Row], truths: Truths) -> Self {
        let pictures: BTreeSet<&str> = rows.iter().map(|row| row.key.picture.as_str()).collect();
        let summary = format!("{} rows of {} pictures.", rows.len(), pictures.len());
        let rows: Vec<&Row> = rows.iter().collect();
        let own = |id: &str| id.to_owned();
        let both = [Measure::Agreement, Measure::Answer];
        let families = families(&rows);
        Self {
            summary,
            standings: both.map(|measure| standings_against(&rows, &truths, measure, &own)),
            curves: families
                .iter()
                .map(|family| both.map(|measure| curve(&rows, family, measure, &own)))
                .collect(),
            families,
            truths,
        }
    }

    /// The models, best first by `measure`; `name` says what they are called on screen.
    #[must_use]
    pub fn standings(&self, measure: Measure, name: &dyn Fn(&str) -> String) -> Vec<Standing> {
        let [agreement, answer] = &self.standings;
        let of = match measure {
            Measure::Agreement | Measure::Shape => agreement,
            Measure::Answer => answer,
        };
        let named = |standing: &Standing| Standing {
            name: name(&standing.name),
            ..standing.clone()
        };
        of.iter().map(named).collect()
    }

    /// The curve of the family at `index`.
    #[must_use]
    pub fn curve(
        &self,
        index: usize,
        measure: Measure,
        name: &dyn Fn(&str) -> String,
    ) -> Option<Curve> {
        let [agreement, answer] = self.curves.get(index)?;
        let mut curve = match measure {
            Measure::Agreement | Measure::Shape => agreement.clone(),
            Measure::Answer => answer.clone(),
        };
        for series in &mut curve.series {
            series.name = name(&series.name);
        }
        Some(curve)
    }
}

/// The models of `rows`, best first by `measure`; not for [`Measure::Shape`].
pub fn standings(rows: &[&Row], measure: Measure, name: &dyn Fn(&str) -> String) -> Vec<Standing> {
    standings_against(rows, &Truths::default(), measure, name)
}

/// As [`standings`], and beside each how often it is right about the originals, where that is known.
fn standings_against(
    rows: &[&Row],
    truths: &Truths,
    measure: Measure,
    name: &dyn Fn(&str) -> String,
) -> Vec<Standing> {
    let of = |rank: &Rank| -> Mean {
        match measure {
            Measure::Agreement | Measure::Shape => rank.agree,
            Measure::Answer => rank.same,
        }
    };
    let mut ranks = rank_against(rows.iter().copied(), truths);
    // Who has no map to compare is never first.
    let known = |rank: &Rank| measure == Measure::Answer || rank.has_maps();
    ranks.sort_by(|a, b| {
        let maps = known(b).cmp(&known(a));
        maps.then(of(b).mean.total_cmp(&of(a).mean))
    });
    ranks
        .iter()
        .map(|rank| {
            let mean = of(rank);
            let versions = rows
                .iter()
                .filter(|row| row.key.model == rank.model && row.key.shift != "none")
                .count();
            let plural = if rank.pictures == 1 { "" } else { "s" };
            let over = format!("{versions} versions of {} picture{plural}", rank.pictures);
            let percent = |mean: Mean| format!("{:.0} %", mean.mean * 100.0);
            let sure = format!("{} sure", percent(rank.confidence));
            // First, since there is room for so much.
            let right = rank.accuracy.map_or_else(String::new, |accuracy| {
                format!("{} right, ", percent(accuracy))
            });
            let agrees = match (measure, rank.has_maps()) {
                (Measure::Answer, true) => format!("map agrees {}", percent(rank.agree)),
                (Measure::Answer, false) => "empty maps".to_owned(),
                (Measure::Agreement | Measure::Shape, true) => {
                    format!("answer stays {}", percent(rank.same))
                }
                (Measure::Agreement | Measure::Shape, false) => {
                    format!("empty maps; answer stays {}", percent(rank.same))
                }
            };
            Standing {
                name: name(&rank.model),
                share: known(rank).then_some(mean.mean),
                interval: mean.interval.filter(|_| known(rank)),
                over: match rank.left_out() {
                    Some(left_out) => format!("{over}; {left_out}"),
                    None => over,
                },
                beside: format!("{right}{agrees}, {sure}"),
            }
        })
        .collect()
}

/// The models of the matrix by shape bias, over the versions where shape and texture are both one
/// of the 16 classes.
pub fn shape_standings(models: &Models) -> Vec<Standing> {
    let mut standings: Vec<Standing> = (0..models.columns.len())
        .filter_map(|column| {
            let mut tally = Tally::default();
            for row in 0..models.versions.len() {
                if let Some(followed) = models.finding(row, column).and_then(|f| f.followed) {
                    tally.add(followed);
                }
            }
            let all = tally.shape + tally.texture + tally.neither;
            (all > 0).then(|| Standing {
                name: models.columns[column].name.clone(),
                share: tally.shape_bias(),
                interval: tally.interval(),
                over: format!(
                    "{} for the shape, {} for the texture, {} for neither; mean probability of \
                     the member classes; Wilson interval over versions",
                    tally.shape, tally.texture, tally.neither
                ),
                beside: format!(
                    "{} of {all} for shape or texture",
                    tally.shape + tally.texture
                ),
            })
        })
        .collect();
    standings.sort_by(|a, b| b.share.unwrap_or(-1.0).total_cmp(&a.share.unwrap_or(-1.0)));
    standings
}

/// Whether `followed` of any cell is known.
pub fn has_cues(models: &Models) -> bool {
    let known = |cell: &super::state::Cell| {
        matches!(cell, super::state::Cell::Done(finding)
            if matches!(finding.followed, Some(Followed::Shape | Followed::Texture | Followed::Neither)))
    };
    models.cells.values().any(known)
}

/// The families of shifts in `rows` (such as `fog`, `style:brick`), by name.
pub fn families(rows: &[&Row]) -> Vec<String> {
    let mut families: Vec<String> = rows
        .iter()
        .filter_map(|row| Shift::from_str(&row.key.shift).ok())
        .map(|shift| shift.family())
        .collect();
    families.sort();
    families.dedup();
    families
}

/// The name of a family on screen: "Fog", "Brick".
pub fn family_name(family: &str) -> String {
    if let Some(texture) = family.strip_prefix("style:") {
        let stem = std::path::Path::new(texture)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        let mut letters = stem.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        return format!("{}{}", first.unwrap_or_default(), letters.as_str());
    }
    Corruption::from_str(family).map_or_else(|_| family.to_owned(), |c| c.name().to_owned())
}

/// What a curve's chart needs: labels under the points, what they are, one line a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Under the points.
    pub labels: Vec<String>,
    /// What they are.
    pub across: &'static str,
    /// One a model.
    pub series: Vec<Series>,
}

/// The curve of a family: agreement, or how sure the models still are, against level. The original
/// is level 0.
pub fn curve(
    rows: &[&Row],
    family: &str,
    measure: Measure,
    name: &dyn Fn(&str) -> String,
) -> Curve {
    let painted = family.starts_with("style:");
    let mut levels: BTreeMap<u8, Vec<&Row>> = BTreeMap::new();
    let mut models: Vec<&str> = Vec::new();
    for row in rows {
        if !models.contains(&row.key.model.as_str()) {
            models.push(&row.key.model);
        }
        match Shift::from_str(&row.key.shift) {
            Ok(shift) if shift.family() == family => {
                levels.entry(shift.level()).or_default().push(row);
            }
            _ => {}
        }
    }
    // The original counts as level 0, with the figures it has of itself.
    let zero: Vec<Row> = rows
        .iter()
        .filter(|row| row.key.shift == "none")
        .map(|row| {
            let mut row = Row::clone(row);
            "level 0".clone_into(&mut row.key.shift);
            row
        })
        .collect();
    levels.insert(0, zero.iter().collect());
    let ranked: Vec<(u8, Vec<Rank>)> = levels
        .iter()
        .map(|(level, rows)| (*level, rank(rows.iter().copied())))
        .collect();
    let series = models
        .iter()
        .map(|model| {
            let means: Vec<Option<Mean>> = ranked
                .iter()
                .map(|(_, ranks)| {
                    let rank = ranks.iter().find(|rank| rank.model == *model)?;
                    match measure {
                        Measure::Agreement | Measure::Shape => {
                            rank.has_maps().then_some(rank.agree)
                        }
                        Measure::Answer => Some(rank.confidence),
                    }
                })
                .collect();
            Series {
                name: name(model),
                values: means.iter().map(|m| m.map(|m| m.mean)).collect(),
                intervals: means.iter().map(|m| m.and_then(|m| m.interval)).collect(),
            }
        })
        .collect();
    Curve {
        labels: ranked
            .iter()
            .map(|(level, _)| match (level, painted) {
                (0, _) => "0".to_owned(),
                (level, true) => format!("{level} %"),
                (level, false) => level.to_string(),
            })
            .collect(),
        across: if painted { "Strength" } else { "Severity" },
        series,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::robustness::Key;

    fn row(picture: &str, model: &str, shift: &str, agree: f64, sure: f64) -> Row {
        Row {
            key: Key {
                picture: picture.into(),
                picture_sha256: String::new(),
                model: model.into(),
                model_sha256: String::new(),
                shift: shift.into(),
                settings: String::new(),
            },
            class: 1,
            label: "cat".into(),
            probability: sure,
            original_class: 1,
            original_probability: sure,
            agree,
            iou: 0.0,
            spearman: Some(0.5),
            ssim: None,
            emd: 0.0,
        }
    }

    #[test]
    fn a_curve_begins_at_the_original_and_rises_in_level() {
        let rows = [
            row("a", "one", "none", 1.0, 0.9),
            row("a", "one", "fog:5", 0.2, 0.1),
            row("a", "one", "fog:1", 0.6, 0.7),
            row("b", "one", "fog:1", 0.8, 0.7),
            row("a", "two", "none", 1.0, 0.5),
            row("a", "two", "fog:1", 0.4, 0.4),
            row("a", "two", "style:brick:40", 0.3, 0.4),
        ];
        let rows: Vec<&Row> = rows.iter().collect();
        assert_eq!(families(&rows), ["fog", "style:brick"]);
        let name = |id: &str| id.to_uppercase();
        let fog = curve(&rows, "fog", Measure::Agreement, &name);
        assert_eq!(fog.labels, ["0", "1", "5"]);
        assert_eq!(fog.series[0].name, "ONE");
        assert_eq!(fog.series[0].values[0], Some(1.0));
        assert!((fog.series[0].values[1].unwrap() - 0.7).abs() < 1e-12);
        assert!(fog.series[0].intervals[1].is_some());
        assert_eq!(fog.series[1].values[2], None);
        let sure = curve(&rows, "fog", Measure::Answer, &name);
        assert_eq!(sure.series[0].values[2], Some(0.1));
        let brick = curve(&rows, "style:brick", Measure::Agreement, &name);
        assert_eq!(brick.labels, ["0", "40 %"]);
        assert_eq!(family_name("style:brick"), "Brick");
        assert_eq!(family_name("jpeg_compression"), "JPEG compression");
    }

    /// An untrained network whose maps are empty would lead with 100 % everywhere.
    #[test]
    fn a_network_without_maps_is_never_first_and_counts_in_no_mean() {
        let rows = [
            row("a", "dead", "fog:1", 1.0, 0.4).blanked(),
            row("a", "dead", "fog:3", 1.0, 0.4).blanked(),
            row("a", "good", "fog:1", 0.1, 0.9),
            row("a", "good", "fog:3", 1.0, 0.9).blanked(),
        ];
        let rows: Vec<&Row> = rows.iter().collect();
        let name = |id: &str| id.to_owned();
        let bars = standings(&rows, Measure::Agreement, &name);
        let names: Vec<&str> = bars.iter().map(|bar| bar.name.as_str()).collect();
        assert_eq!(names, ["good", "dead"]);
        assert_eq!(bars[0].share, Some(0.1));
        assert!(bars[0].over.contains("1 of 2 maps are empty"), "{bars:?}");
        assert_eq!(bars[0].beside, "answer stays 100 %, 90 % sure");
        assert_eq!((bars[1].share, bars[1].interval), (None, None));
        assert!(bars[1].over.contains("all 2 maps are empty"), "{bars:?}");
        assert!(bars[1].beside.starts_with("empty maps"), "{bars:?}");
        let curve = curve(&rows, "fog", Measure::Agreement, &name);
        let dead = curve.series.iter().find(|line| line.name == "dead");
        assert!(dead.unwrap().values.iter().all(Option::is_none));
    }

    #[test]
    fn how_often_a_network_is_right_stands_beside_what_it_bears() {
        let rows = [
            row("a", "one", "fog:1", 0.9, 0.1),
            row("b", "one", "fog:1", 0.9, 0.1),
            row("a", "two", "fog:1", 0.1, 0.9),
        ];
        // Every row says class 1 of the original.
        let mut truths = Truths::default();
        truths.add("one", "a", 1);
        truths.add("one", "b", 0);
        let digest = Digest::of(&rows, truths);
        let bars = digest.standings(Measure::Agreement, &|id: &str| id.to_owned());
        assert_eq!(bars[0].beside, "50 % right, answer stays 100 %, 10 % sure");
        assert_eq!(bars[1].beside, "answer stays 100 %, 90 % sure");
    }

    #[test]
    fn standings_are_ranked_by_what_is_asked() {
        let mut wrong = row("a", "one", "fog:1", 0.9, 0.1);
        wrong.class = 2;
        let rows = [wrong, row("a", "two", "fog:1", 0.1, 0.9)];
        let rows: Vec<&Row> = rows.iter().collect();
        let name = |id: &str| id.to_owned();
        let first = |measure| standings(&rows, measure, &name)[0].name.clone();
        assert_eq!(first(Measure::Agreement), "one");
        assert_eq!(first(Measure::Answer), "two");
    }
}
