//! Where networks disagree: the pictures that are worth a look.

use std::collections::BTreeMap;

use super::row::Row;

/// What the networks made of one picture after one shift.
#[derive(Debug, Clone, PartialEq)]
pub struct Dissent {
    /// The picture.
    pub picture: String,
    /// What was done to it; "none" for the original.
    pub shift: String,
    /// Share of the pairs of networks that give different answers, 0-1. Answers are compared by
    /// their names, so that networks with other class numbers can be compared.
    pub split: f64,
    /// Difference between the largest and the smallest agreement of a network's map with its own
    /// map of the original, 0-1.
    pub spread: f64,
    /// Each network's id, answer, how sure it is of it (0-1), and whether it said so of the original.
    pub answers: Vec<(String, String, f64, bool)>,
}

/// Where the networks of `rows` disagree, most first: by the share of pairs that differ, then by
/// the spread of agreement, then by name. Pictures that fewer than two networks saw do not count.
#[must_use]
pub fn dissent<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Dissent> {
    let mut groups: BTreeMap<(&str, &str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups
            .entry((&row.key.picture, &row.key.shift, row.key.ground()))
            .or_default()
            .push(row);
    }
    let mut found: Vec<Dissent> = groups
        .into_iter()
        .filter(|(_, rows)| rows.len() > 1)
        .map(|((picture, shift, _), rows)| {
            let pairs = rows.len() * (rows.len() - 1) / 2;
            let differing = rows
                .iter()
                .enumerate()
                .flat_map(|(i, a)| rows.iter().skip(i + 1).map(move |b| a.label != b.label))
                .filter(|differs| *differs)
                .count();
            let agree = rows.iter().filter_map(|row| row.of_maps(row.agree));
            let high = agree.clone().fold(f64::NEG_INFINITY, f64::max);
            let low = agree.fold(f64::INFINITY, f64::min);
            Dissent {
                picture: picture.to_owned(),
                shift: shift.to_owned(),
                split: differing as f64 / pairs as f64,
                spread: (high - low).max(0.0),
                answers: rows
                    .iter()
                    .map(|row| {
                        let model = row.key.model.clone();
                        (model, row.label.clone(), row.probability, row.same())
                    })
                    .collect(),
            }
        })
        .collect();
    found.sort_by(|a, b| {
        b.split
            .total_cmp(&a.split)
            .then(b.spread.total_cmp(&a.spread))
            .then_with(|| (&a.picture, &a.shift).cmp(&(&b.picture, &b.shift)))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    #[test]
    fn pairs_that_differ_count_before_the_spread() {
        let row = |picture: &str, model: &str, label: &str, agree: f64| {
            let mut row = example(picture, model, "fog:3");
            row.label = label.into();
            row.agree = agree;
            row
        };
        let rows = [
            row("a", "one", "cat", 0.9),
            row("a", "two", "cat", 0.1),
            row("a", "three", "dog", 0.5),
            row("b", "one", "cat", 0.5),
            row("b", "two", "dog", 0.5),
            row("b", "three", "cup", 0.4),
            row("c", "one", "cat", 0.2),
            row("c", "two", "cat", 0.3),
            row("alone", "one", "cat", 0.2),
        ];
        let found = dissent(&rows);
        let names: Vec<&str> = found.iter().map(|d| d.picture.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(found[0].split, 1.0);
        assert!((found[1].split - 2.0 / 3.0).abs() < 1e-12);
        assert!((found[1].spread - 0.8).abs() < 1e-12);
        assert_eq!(found[1].answers.len(), 3);
        assert_eq!(found[2].split, 0.0);
    }
}
