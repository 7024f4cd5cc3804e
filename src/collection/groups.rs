//! Rows in piles: by one column, by two, by the steps of a figure.

use std::collections::HashMap;

use super::columns::{Column, Columns, NO_WORD, Values};

/// Rows with the same word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The word's place; [`NO_WORD`] for those without.
    pub word: u16,
    /// The rows, in the order in which they were given.
    pub rows: Vec<u32>,
}

/// Rows by two columns: cells in rows and columns, each a pile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// The words down, the most first; [`NO_WORD`] last.
    pub down: Vec<u16>,
    /// The words across, the most first; [`NO_WORD`] last.
    pub across: Vec<u16>,
    /// Row after row; every pile in the order in which its rows were given.
    pub cells: Vec<Vec<u32>>,
}

impl Crossed {
    /// The pile of a cell; empty beyond the last.
    #[must_use]
    pub fn cell(&self, down: usize, across: usize) -> &[u32] {
        if across >= self.across.len() {
            return &[];
        }
        let at = down * self.across.len() + across;
        self.cells.get(at).map_or(&[], Vec::as_slice)
    }
}

/// Most cells of two columns crossed.
pub const MOST_CELLS: usize = 1 << 20;

impl Columns {
    /// Rows in groups of one word each, the most first; `rows` keep their order. One group of all where
    /// the column is not of words.
    #[must_use]
    pub fn group(&self, column: usize, rows: &[u32]) -> Vec<Group> {
        let column = self.columns().get(column);
        let Some(Values::Words(values)) = column.map(|column| &column.values) else {
            return vec![Group {
                word: NO_WORD,
                rows: rows.to_vec(),
            }];
        };
        let mut groups: Vec<Group> = Vec::new();
        let mut places = vec![usize::MAX; usize::from(NO_WORD) + 1];
        for &row in rows {
            let word = values.get(row as usize).copied().unwrap_or(NO_WORD);
            let place = &mut places[usize::from(word)];
            if *place == usize::MAX {
                *place = groups.len();
                groups.push(Group {
                    word,
                    rows: Vec::new(),
                });
            }
            if let Some(group) = groups.get_mut(*place) {
                group.rows.push(row);
            }
        }
        groups.sort_by(|a, b| {
            let none = (a.word == NO_WORD).cmp(&(b.word == NO_WORD));
            none.then(b.rows.len().cmp(&a.rows.len()))
                .then(a.word.cmp(&b.word))
        });
        groups
    }

    /// Rows by two columns; `None` where one of them is not of words, or where there would be more than
    /// [`MOST_CELLS`] cells.
    #[must_use]
    pub fn cross(&self, down: usize, across: usize, rows: &[u32]) -> Option<Crossed> {
        let words = |column: usize| match &self.columns().get(column)?.values {
            Values::Words(values) => Some(values.as_slice()),
            Values::Figures(_) => None,
        };
        let (down, across) = (words(down)?, words(across)?);
        let (down_order, down_places) = in_order(down, rows);
        let (across_order, across_places) = in_order(across, rows);
        let count = down_order.len().checked_mul(across_order.len())?;
        if count > MOST_CELLS {
            return None;
        }
        let mut cells = vec![Vec::new(); count];
        for &row in rows {
            let word = |values: &[u16]| values.get(row as usize).copied().unwrap_or(NO_WORD);
            let place = |places: &HashMap<u16, usize>, word| places.get(&word).copied();
            let at = place(&down_places, word(down)).zip(place(&across_places, word(across)));
            if let Some(cell) = at.and_then(|(d, a)| cells.get_mut(d * across_order.len() + a)) {
                cell.push(row);
            }
        }
        Some(Crossed {
            down: down_order,
            across: across_order,
            cells,
        })
    }

    /// A column of figures as one of words: equal steps between round numbers, at most `steps` and two.
    /// `None` where the column is not of figures or no row has one.
    #[must_use]
    pub fn in_steps(&self, column: usize, steps: u16) -> Option<Column> {
        let column = self.columns().get(column)?;
        let Values::Figures(values) = &column.values else {
            return None;
        };
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = finite().fold(None, |range, v| {
            let (low, high) = range.unwrap_or((v, v));
            Some((v.min(low), v.max(high)))
        })?;
        let (low, high) = (f64::from(low), f64::from(high));
        let step = round_step((high - low) / f64::from(steps.max(1)));
        let first = (low / step).floor();
        let last = ((high / step).floor() - first).clamp(0.0, 1000.0) as u16;
        let digits = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let edge = |i: u16| (first + f64::from(i)) * step;
        let words = (0..=last).map(|i| format!("{:.digits$} to {:.digits$}", edge(i), edge(i + 1)));
        let place = |v: f32| {
            if v.is_finite() {
                ((f64::from(v) / step).floor() - first).clamp(0.0, f64::from(last)) as u16
            } else {
                NO_WORD
            }
        };
        Some(Column {
            name: column.name.clone(),
            words: words.collect(),
            values: Values::Words(values.iter().map(|&v| place(v)).collect()),
        })
    }
}

/// The words that rows have, the most first, and the place of each among them.
fn in_order(values: &[u16], rows: &[u32]) -> (Vec<u16>, HashMap<u16, usize>) {
    let mut counts = vec![0u32; usize::from(NO_WORD) + 1];
    for &row in rows {
        let word = values.get(row as usize).copied().unwrap_or(NO_WORD);
        if let Some(count) = counts.get_mut(usize::from(word)) {
            *count += 1;
        }
    }
    let count = |word: u16| counts.get(usize::from(word)).copied().unwrap_or(0);
    let mut order: Vec<u16> = (0..=NO_WORD).filter(|&word| count(word) > 0).collect();
    order.sort_by_key(|&word| (word == NO_WORD, std::cmp::Reverse(count(word)), word));
    let places = order.iter().enumerate().map(|(at, &word)| (word, at));
    let places = places.collect();
    (order, places)
}

/// The least of 1, 2, 5, 10, 20 … (and parts of them) that is not less.
fn round_step(step: f64) -> f64 {
    if !step.is_finite() || step <= 1e-9 {
        return 1.0;
    }
    let ten = 10f64.powf(step.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|s| s * ten);
    // What is a hair less for rounding is not less.
    let enough = steps.into_iter().find(|s| *s >= step * (1.0 - 1e-9));
    enough.unwrap_or(ten * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &str, values: &[u16]) -> Column {
        Column {
            name: name.to_owned(),
            words: (0..3).map(|w| w.to_string()).collect(),
            values: Values::Words(values.to_vec()),
        }
    }

    #[test]
    fn crossed_columns_hold_every_row_in_its_cell() {
        let (a, b) = ([0u16, 1, 1, NO_WORD, 1, 0], [2u16, 2, 0, 2, 2, NO_WORD]);
        let mut columns = Columns::new(6);
        columns.add(words("a", &a)).unwrap();
        columns.add(words("b", &b)).unwrap();
        let rows = [5, 4, 3, 2, 1, 0];
        let crossed = columns.cross(0, 1, &rows).unwrap();
        assert_eq!(crossed.down, [1, 0, NO_WORD]);
        assert_eq!(crossed.across, [2, 0, NO_WORD]);
        for (d, &down) in crossed.down.iter().enumerate() {
            for (c, &across) in crossed.across.iter().enumerate() {
                let is_in = |row: &&u32| a[**row as usize] == down && b[**row as usize] == across;
                let want: Vec<u32> = rows.iter().filter(is_in).copied().collect();
                assert_eq!(crossed.cell(d, c), want);
            }
        }
        assert!(crossed.cell(0, 3).is_empty() && crossed.cell(9, 0).is_empty());
        assert!(columns.cross(0, 2, &rows).is_none());
    }

    #[test]
    fn figures_are_put_into_round_steps() {
        let values = vec![0.0, 0.05, 0.31, 0.999, f32::NAN, f32::INFINITY, 1.0, -0.01];
        let mut columns = Columns::new(values.len());
        let figures = Column {
            name: "f".to_owned(),
            words: Vec::new(),
            values: Values::Figures(values.clone()),
        };
        columns.add(figures).unwrap();
        columns.add(words("w", &[0; 8])).unwrap();
        let stepped = columns.in_steps(0, 6).unwrap();
        let Values::Words(places) = &stepped.values else {
            panic!("it holds words");
        };
        for (value, &place) in values.iter().zip(places) {
            if !value.is_finite() {
                assert_eq!(place, NO_WORD);
                continue;
            }
            let word = &stepped.words[usize::from(place)];
            let (low, high) = word.split_once(" to ").unwrap();
            let (low, high): (f32, f32) = (low.parse().unwrap(), high.parse().unwrap());
            assert!(low <= *value && *value < high, "{value} in {word}");
            assert!((high - low - 0.2).abs() < 1e-6, "{word}");
        }
        assert!(columns.in_steps(1, 6).is_none());
        let mut one = Columns::new(2);
        let same = Column {
            name: "f".to_owned(),
            words: Vec::new(),
            values: Values::Figures(vec![7.0; 2]),
        };
        one.add(same).unwrap();
        assert_eq!(one.in_steps(0, 4).unwrap().words, ["7 to 8"]);
    }
}
