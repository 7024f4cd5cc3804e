//! Networks ranked by how well they bear shifts, with confidence intervals over pictures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::row::Row;
use super::truths::Truths;

/// A mean and its 95 % confidence interval over pictures; `None` when fewer than two pictures
/// leave the interval open.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// The mean over pictures, each the mean over its shifts.
    pub mean: f64,
    /// The interval, from Student's t over pictures.
    pub interval: Option<(f64, f64)>,
}

/// How one network bears the shifts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rank {
    /// The network's id.
    pub model: String,
    /// How its maps were computed and compared ([`Key::ground`](super::Key::ground)): only ranks that have it in
    /// common tell who bears more.
    pub settings: String,
    /// Pictures that have a shifted row.
    pub pictures: usize,
    /// Share of pixels on which the map agrees with the original's, 0-1; over the rows that are not
    /// blank, 0 where all are.
    pub agree: Mean,
    /// Share of shifts under which the network still says what it said of the original, 0-1.
    pub same: Mean,
    /// How sure it still is of that class, 0-1.
    pub confidence: Mean,
    /// Share of the originals that it says the right thing of, 0-1, over the pictures of which somebody says
    /// what they are of; `None` where that is said of none.
    pub accuracy: Option<Mean>,
    /// Rows of shifted pictures.
    pub rows: usize,
    /// Rows among them whose maps show nothing ([`Row::is_blank`]): they count in no agreement.
    pub blank: usize,
}

impl Rank {
    /// False where there was no map to compare, so that nothing is known of its agreement.
    #[must_use]
    pub fn has_maps(&self) -> bool {
        self.blank < self.rows
    }

    /// What was left out of the agreement, in words; `None` where nothing was.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let (blank, rows) = (self.blank, self.rows);
        match (blank, self.has_maps()) {
            (0, _) => None,
            (_, true) => Some(format!(
                "{blank} of {rows} maps are empty and left out of the agreement"
            )),
            (_, false) => Some(format!(
                "all {rows} maps are empty: there is nothing to compare, so it is ranked last"
            )),
        }
    }
}

/// Sums of agreement, sameness and confidence, and how many there are of each.
#[derive(Default)]
struct Sums {
    figures: [f64; 3],
    rows: usize,
    blank: usize,
    right: Option<bool>,
}

impl Sums {
    /// The mean of figure `i`; `None` where nothing was added.
    fn mean(&self, i: usize) -> Option<f64> {
        let count = if i == AGREE {
            self.rows - self.blank
        } else {
            self.rows
        };
        (count > 0).then(|| self.figures[i] / count as f64)
    }
}

const AGREE: usize = 0;

/// The networks of `rows`, best mean agreement first, those without any map to compare last; once for
/// each way of computing the maps. Rows of originals do not count. Give rows of one shift for a point of a curve.
#[must_use]
pub fn rank<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Rank> {
    rank_against(rows, &Truths::default())
}

/// As [`rank`], and how often each network is right about the originals. A map that stays where it was is
/// worth little where the answer was wrong from the beginning.
#[must_use]
pub fn rank_against<'a>(rows: impl IntoIterator<Item = &'a Row>, truths: &Truths) -> Vec<Rank> {
    // By network, then picture.
    let mut models: BTreeMap<(&str, &str), BTreeMap<&str, Sums>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.key.shift != "none") {
        let sums = models
            .entry((&row.key.model, row.key.ground()))
            .or_default()
            .entry(&row.key.picture)
            .or_default();
        sums.rows += 1;
        sums.blank += usize::from(row.is_blank());
        sums.right = truths.right(row);
        let figures = [
            row.of_maps(row.agree).unwrap_or(0.0),
            f64::from(u8::from(row.same())),
            row.original_probability,
        ];
        for (sum, figure) in sums.figures.iter_mut().zip(figures) {
            *sum += figure;
        }
    }
    let mut ranks: Vec<Rank> = models
        .into_iter()
        .map(|((model, settings), pictures)| {
            let figure = |i: usize| {
                let means = pictures.values().filter_map(|sums| sums.mean(i));
                mean(&means.collect::<Vec<f64>>())
            };
            let right = pictures.values().filter_map(|sums| sums.right);
            let right: Vec<f64> = right.map(|right| f64::from(u8::from(right))).collect();
            Rank {
                accuracy: (!right.is_empty()).then(|| mean(&right)),
                model: model.to_owned(),
                settings: settings.to_owned(),
                pictures: pictures.len(),
                agree: figure(AGREE),
                same: figure(1),
                confidence: figure(2),
                rows: pictures.values().map(|sums| sums.rows).sum(),
                blank: pictures.values().map(|sums| sums.blank).sum(),
            }
        })
        .collect();
    ranks.sort_by(|a, b| {
        let maps = b.has_maps().cmp(&a.has_maps());
        maps.then(b.agree.mean.total_cmp(&a.agree.mean))
    });
    ranks
}

fn mean(values: &[f64]) -> Mean {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let interval = (values.len() > 1).then(|| {
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        let half = student(values.len() - 1) * (variance / n).sqrt();
        ((mean - half).max(0.0), (mean + half).min(1.0))
    });
    Mean { mean, interval }
}

/// The 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, else the expansion
/// of Cornish and Fisher (Abramowitz and Stegun 26.7.5), right to 1 % at 3 degrees and better above.
fn student(freedom: usize) -> f64 {
    match freedom {
        0 => f64::INFINITY,
        1 => 12.706204736174698,
        2 => 4.302652729749464,
        _ => {
            let (v, z) = (freedom as f64, 1.959963984540054f64);
            let (z3, z5, z7, z9) = (z.powi(3), z.powi(5), z.powi(7), z.powi(9));
            z + (z3 + z) / (4.0 * v)
                + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * v.powi(2))
                + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * v.powi(3))
                + (79.0 * z9 + 776.0 * z7 + 1482.0 * z5 - 1920.0 * z3 - 945.0 * z)
                    / (92160.0 * v.powi(4))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    #[test]
    fn maps_without_a_difference_win_nothing() {
        let row = |model: &str, shift: &str, agree: f64, dead: bool| {
            let mut row = example("a", model, shift);
            row.agree = agree;
            row.spearman = (!dead).then_some(0.5);
            row
        };
        let rows = [
            row("dead", "fog:1", 1.0, true),
            row("half", "fog:1", 1.0, true),
            row("half", "fog:5", 0.2, false),
            row("alive", "fog:1", 0.4, false),
        ];
        let ranks = rank(&rows);
        let found: Vec<_> = ranks.iter().map(|r| (&*r.model, r.agree.mean)).collect();
        assert_eq!(found, [("alive", 0.4), ("half", 0.2), ("dead", 0.0)]);
        // What the networks answer counts all the same.
        assert!((ranks[2].confidence.mean - 0.25).abs() < 1e-12);
    }

    #[test]
    fn networks_are_ranked_by_agreement() {
        let row = |picture: &str, model: &str, shift: &str, agree: f64, same: bool| {
            let mut row = example(picture, model, shift);
            row.agree = agree;
            row.original_class = if same { row.class } else { row.class + 1 };
            row
        };
        let rows = [
            row("a", "weak", "none", 1.0, true),
            row("a", "weak", "fog:1", 0.4, false),
            row("a", "weak", "fog:5", 0.2, false),
            row("b", "weak", "fog:1", 0.5, true),
            row("a", "strong", "fog:1", 0.9, true),
        ];
        let ranks = rank(&rows);
        assert_eq!(ranks[0].model, "strong");
        assert_eq!((ranks[0].pictures, ranks[0].agree.interval), (1, None));
        let weak = &ranks[1];
        // Pictures count alike: (.3 + .5) / 2, not the mean of three rows.
        assert!((weak.agree.mean - 0.4).abs() < 1e-12);
        assert!((weak.same.mean - 0.5).abs() < 1e-12);
        assert_eq!(weak.agree.interval, Some((0.0, 1.0)));
        assert!(rank(&rows[..1]).is_empty());
    }

    #[test]
    fn accuracy_stands_beside_agreement_and_counts_pictures_not_rows() {
        let row = |picture: &str, model: &str, shift: &str| example(picture, model, shift);
        let rows = [
            row("a", "one", "fog:1"),
            row("a", "one", "fog:3"),
            row("b", "one", "fog:1"),
            row("c", "one", "fog:1"),
            row("a", "two", "fog:1"),
        ];
        // All rows say 282 of the original.
        let mut truths = Truths::default();
        truths.add("one", "a", 282);
        truths.add("one", "b", 5);
        let ranks = rank_against(&rows, &truths);
        let of = |model: &str| ranks.iter().find(|rank| rank.model == model).unwrap();
        let accuracy = of("one").accuracy.unwrap();
        assert!((accuracy.mean - 0.5).abs() < 1e-12, "one of the two known");
        assert_eq!(accuracy.interval, Some((0.0, 1.0)));
        assert_eq!(of("two").accuracy, None);
        assert_eq!(rank(&rows)[0].accuracy, None);
    }

    #[test]
    fn a_dead_network_never_wins() {
        let row = |picture: &str, model: &str, agree: f64| {
            let mut row = example(picture, model, "fog:3");
            row.agree = agree;
            row
        };
        let rows = [
            row("a", "dead", 1.0).blanked(),
            row("b", "dead", 1.0).blanked(),
            row("a", "poor", 0.0),
            row("b", "poor", 0.0),
            row("a", "half", 0.4),
            row("b", "half", 1.0).blanked(),
        ];
        let ranks = rank(&rows);
        let order: Vec<&str> = ranks.iter().map(|rank| rank.model.as_str()).collect();
        assert_eq!(order, ["half", "poor", "dead"]);
        // Left out, not taken for 0.
        assert!((ranks[0].agree.mean - 0.4).abs() < 1e-12);
        assert_eq!(ranks[0].agree.interval, None);
        assert_eq!((ranks[0].blank, ranks[0].rows), (1, 2));
        assert!(
            ranks[0]
                .left_out()
                .unwrap()
                .contains("1 of 2 maps are empty")
        );
        assert!(!ranks[2].has_maps() && ranks[2].left_out().unwrap().contains("all 2"));
        assert_eq!(ranks[1].left_out(), None);
        // What it answers still counts.
        assert_eq!(ranks[2].same.mean, ranks[1].same.mean);
        assert!((ranks[0].confidence.mean - 0.25).abs() < 1e-12);
    }

    /// SciPy 1.17.1: t.interval(.95, 4, loc=mean, scale=sem) of .2 .3 .35 .5 .4; t.ppf(.975, v).
    #[test]
    fn intervals_as_scipy() {
        let got = mean(&[0.2, 0.3, 0.35, 0.5, 0.4]);
        let (low, high) = got.interval.unwrap();
        assert!((got.mean - 0.35).abs() < 1e-12);
        assert!(
            (low - 0.2111777).abs() < 1e-3 && (high - 0.4888223).abs() < 1e-3,
            "{low} {high}"
        );
        for (freedom, want) in [
            (1, 12.7062),
            (2, 4.30265),
            (3, 3.18245),
            (10, 2.22814),
            (100, 1.98397),
        ] {
            assert!((student(freedom) / want - 1.0).abs() < 0.01, "{freedom}");
        }
    }
}
