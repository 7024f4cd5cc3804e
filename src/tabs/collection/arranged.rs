//! What stands where, as it was chosen.

use std::sync::Arc;

use super::choices::{Choices, Shape};
use super::minimap::Small;
use super::snapshot::Snapshot;
use crate::collection::arrange::{Block, Placed, columns_for, gridded};
use crate::collection::sheet::{Arrangement, Lane, Mosaic, Pile};
use crate::collection::{Bits, Column, Counts, Group, NO_WORD, PLACES, Term, mean_map};

/// What lies where.
#[derive(Debug, Clone)]
pub struct Arranged {
    /// Where every picture lies.
    pub arrangement: Arrangement,
    /// What it looks like from far away; none once the device has it.
    pub mosaic: Option<Arc<Mosaic>>,
    /// The same, a few texels large.
    pub small: Small,
    /// How many there are of each word.
    pub counts: Vec<Counts>,
    /// The mean of the maps of each pile, each place 0 to 255; `None` where it has none.
    pub averages: Vec<Option<Box<[f32; PLACES]>>>,
    /// How they stand.
    pub shape: Shape,
    /// Pictures that pass and have no place, because nothing is known of them.
    pub left_out: usize,
    /// Whether two columns were to be crossed that make more than [`crate::collection::MOST_CELLS`] cells.
    pub is_too_many: bool,
}

/// Arranges a collection for an area about `aspect` times as wide as high; `side` is the largest side
/// of a texture. `places` are those of a layout by likeness, by rows; without them pictures stand in order.
#[must_use]
pub fn arrange(
    snapshot: &Snapshot,
    choices: &Choices,
    places: Option<&[[f32; 2]]>,
    aspect: f32,
    side: u32,
) -> Arranged {
    let columns = &snapshot.columns;
    let rows = snapshot.rows.len();
    let mut terms = choices.terms(columns);
    if let Some(found) = &choices.found {
        terms.push(Term::Rows(found.bits(rows)));
    }
    // Whoever typed it was told what is wrong with it.
    terms.extend(snapshot.typed(&choices.typed).unwrap_or_default());
    let (passing, counts) = columns.filter_and_count(&terms);
    let sort = choices.sort.as_ref().and_then(|name| columns.find(name));
    let found = choices.found.as_ref().filter(|_| sort.is_none());
    let order = if let Some(found) = found {
        let rows = found.piles.iter().flat_map(|(_, rows)| rows).copied();
        rows.filter(|&row| passing.contains(row as usize)).collect()
    } else {
        // Rows are in the order of their paths.
        let mut order = columns.sort(sort.unwrap_or(usize::MAX), choices.descending, &passing);
        if sort.is_none() && choices.descending {
            order.reverse();
        }
        order
    };
    let all = order.len();
    let placed = places.and_then(|places| by_likeness(&order, places, choices.shape, aspect));
    let shape = if placed.is_some() {
        choices.shape
    } else {
        Shape::Ordered
    };
    let arrangement = match placed {
        Some(placed) => Arrangement::of(placed, rows, |_| String::new()),
        None => in_order(snapshot, choices, order, aspect),
    };
    let is_there = |name: &Option<String>| name.as_ref().is_some_and(|n| columns.find(n).is_some());
    let crosses = shape == Shape::Ordered && is_there(&choices.group) && is_there(&choices.across);
    let is_too_many = crosses && all > 0 && arrangement.lanes().iter().all(Vec::is_empty);
    let mosaic = Mosaic::bake(&arrangement, side, |row| snapshot.patch(row));
    Arranged {
        averages: averages(snapshot, &arrangement),
        left_out: all - arrangement.order().len(),
        is_too_many,
        small: Small::of(&mosaic),
        mosaic: Some(Arc::new(mosaic)),
        arrangement,
        counts,
        shape,
    }
}

/// Rows where a layout has them; `None` where they are to stand in order.
fn by_likeness(order: &[u32], places: &[[f32; 2]], shape: Shape, aspect: f32) -> Option<Placed> {
    let place = |row: &u32| places.get(*row as usize).copied().unwrap_or([f32::NAN; 2]);
    let places: Vec<[f32; 2]> = order.iter().map(place).collect();
    match shape {
        Shape::Ordered => None,
        Shape::Plane(_) => Some(Placed::scattered(order, &places)),
        Shape::Grid(_) => {
            let columns = columns_for(order.len(), aspect);
            let cells = gridded(&places, columns);
            Some(Placed::in_cells(order, &cells, columns))
        }
    }
}

fn in_order(snapshot: &Snapshot, choices: &Choices, order: Vec<u32>, aspect: f32) -> Arrangement {
    let columns = &snapshot.columns;
    let rows = snapshot.rows.len();
    let of = |name: &Option<String>| {
        let at = columns.find(name.as_ref()?)?;
        Some((at, columns.columns().get(at)?))
    };
    let piles = choices.found.as_ref().filter(|found| found.piles.len() > 1);
    match (of(&choices.group), of(&choices.across), piles) {
        (Some((down_at, down)), Some((across_at, across)), _) => {
            let Some(crossed) = columns.cross(down_at, across_at, &order) else {
                return plain(order, rows, aspect);
            };
            let largest = crossed.cells.iter().map(Vec::len).max().unwrap_or(0);
            let side = columns_for(largest, 1.0) as f32;
            let margin = Placed::margin(&crossed, side);
            let lanes = |words: &[u16], column: &Column, margin: f32| -> Vec<Lane> {
                let lane = |(number, &word): (usize, &u16)| {
                    let [from, to] = Placed::lane(number, side);
                    Lane {
                        name: word_of(column, word),
                        from: margin + from,
                        to: margin + to,
                    }
                };
                words.iter().enumerate().map(lane).collect()
            };
            let lanes = [
                lanes(&crossed.across, across, margin[0]),
                lanes(&crossed.down, down, margin[1]),
            ];
            let name = |block: &Block| {
                let [down, across] = [word_of(down, block.down), word_of(across, block.across)];
                format!("{down}, {across}")
            };
            Arrangement::of(Placed::crossed(&crossed, side), rows, name).with_lanes(lanes)
        }
        (Some((at, column)), None, _) => {
            let placed = Placed::piles(&columns.group(at, &order), aspect);
            Arrangement::of(placed, rows, |block| word_of(column, block.down))
        }
        (None, _, Some(found)) => {
            let mut is_shown = Bits::none(rows);
            for &row in &order {
                is_shown.set(row as usize, true);
            }
            let group = |(word, (_, rows)): (usize, &(String, Vec<u32>))| Group {
                word: u16::try_from(word).unwrap_or(NO_WORD),
                rows: rows
                    .iter()
                    .copied()
                    .filter(|&row| is_shown.contains(row as usize))
                    .collect(),
            };
            let groups = found.piles.iter().enumerate().map(group);
            let groups: Vec<Group> = groups.filter(|group| !group.rows.is_empty()).collect();
            let name = |block: &Block| {
                let pile = found.piles.get(usize::from(block.down));
                pile.map_or_else(String::new, |(name, _)| name.clone())
            };
            Arrangement::of(Placed::piles(&groups, aspect), rows, name)
        }
        (None, _, None) => plain(order, rows, aspect),
    }
}

fn plain(order: Vec<u32>, rows: usize, aspect: f32) -> Arrangement {
    let columns = columns_for(order.len(), aspect);
    Arrangement::of(Placed::grid(order, columns), rows, |_| String::new())
}

fn word_of(column: &Column, word: u16) -> String {
    match column.words.get(usize::from(word)) {
        Some(word) => word.clone(),
        None => "unknown".to_owned(),
    }
}

/// The mean map of each pile.
fn averages(snapshot: &Snapshot, arrangement: &Arrangement) -> Vec<Option<Box<[f32; PLACES]>>> {
    if snapshot.maps() == 0 {
        return Vec::new();
    }
    let average = |pile: &Pile| {
        let Block { first, count, .. } = pile.block;
        let rows = arrangement.order().get(first..first + count)?;
        let maps: Vec<_> = rows
            .iter()
            .filter_map(|&row| snapshot.map(row).map(|(map, _)| map))
            .collect();
        (!maps.is_empty()).then(|| Box::new(mean_map(maps)))
    };
    arrangement.piles().iter().map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::super::choices::{Found, Near};
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched, Values, demo};

    fn names(snapshot: &Snapshot, arranged: &Arranged) -> Vec<String> {
        let rows = arranged.arrangement.order().iter();
        rows.map(|&row| snapshot.rows.name(row)).collect()
    }

    #[test]
    fn words_pass_and_are_counted_beside_those_that_do_not() {
        let snapshot = Snapshot::demo(200, 1);
        let mut choices = Choices::default();
        let all = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert_eq!(all.arrangement.order().len(), 200);
        choices.toggle_word("label", "red disc");
        choices.toggle_word("label", "blue ring");
        let few = arrange(&snapshot, &choices, None, 1.5, 8192);
        let (red, blue) = (0..200).fold((0, 0), |(red, blue), n| match demo::class(1, n) {
            0 => (red + 1, blue),
            6 => (red, blue + 1),
            _ => (red, blue),
        });
        assert_eq!(few.arrangement.order().len(), red + blue);
        // The other words can still be chosen.
        assert_eq!(few.counts, all.counts);
        assert_eq!(few.counts[0].words[0] as usize, red);
        choices.toggle_word("label", "red disc");
        choices.toggle_word("label", "blue ring");
        assert_eq!(choices, Choices::default());
        // A column that is not there does not count.
        choices.set_range("margin", Some((0.0, 0.1)));
        let same = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert_eq!(same.arrangement, all.arrangement);
    }

    #[test]
    fn the_order_of_names_goes_both_ways() {
        let snapshot = Snapshot::demo(50, 1);
        let mut choices = Choices::default();
        let up = names(&snapshot, &arrange(&snapshot, &choices, None, 1.0, 8192));
        assert!(up.is_sorted());
        choices.descending = true;
        let down = names(&snapshot, &arrange(&snapshot, &choices, None, 1.0, 8192));
        assert!(down.iter().eq(up.iter().rev()));
    }

    #[test]
    fn piles_have_the_names_of_what_lies_in_them() {
        let snapshot = Snapshot::demo(300, 1);
        let choices = Choices {
            group: Some("label".to_owned()),
            ..Choices::default()
        };
        let arranged = arrange(&snapshot, &choices, None, 1.5, 8192);
        let arrangement = &arranged.arrangement;
        assert_eq!(arrangement.piles().len(), demo::CLASSES.len());
        for place in 0..300 {
            let pile = &arrangement.piles()[arrangement.pile_of(place).unwrap()];
            let row = arrangement.order()[place];
            assert_eq!(snapshot.word("label", row), Some(pile.name.as_str()));
        }
        assert!(snapshot.columns.is_various(0) && snapshot.columns.range(0).is_none());
    }

    #[test]
    fn two_columns_make_rows_and_columns_of_piles_with_names_beside_them() {
        let snapshot = Snapshot::demo(300, 1);
        let choices = Choices {
            group: Some("label".to_owned()),
            across: Some("label".to_owned()),
            ..Choices::default()
        };
        let arranged = arrange(&snapshot, &choices, None, 1.5, 8192);
        let arrangement = &arranged.arrangement;
        // Only the cells of the diagonal hold pictures.
        assert_eq!(arrangement.piles().len(), demo::CLASSES.len());
        let [columns, rows] = arrangement.lanes();
        assert_eq!((columns.len(), rows.len()), (8, 8));
        for place in 0..300 {
            let row = arrangement.order()[place];
            let label = snapshot.word("label", row).unwrap();
            let cell = arrangement.cell_of(place).unwrap();
            for (lanes, at) in [(columns, cell.x), (rows, cell.y)] {
                let lane = lanes.iter().find(|lane| lane.from <= at && at < lane.to);
                assert_eq!(lane.map(|lane| lane.name.as_str()), Some(label));
            }
        }
    }

    #[test]
    fn columns_that_make_too_many_cells_are_told_and_not_left_out_in_silence() {
        let mut snapshot = Snapshot::demo(2000, 1);
        let words = |name: &str| Column {
            name: name.to_owned(),
            words: (0..2000).map(|n| n.to_string()).collect(),
            values: Values::Words((0..2000).collect()),
        };
        for name in ["one", "other"] {
            snapshot.columns.add(words(name)).unwrap();
        }
        let mut choices = Choices {
            group: Some("one".to_owned()),
            across: Some("other".to_owned()),
            ..Choices::default()
        };
        let refused = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert!(refused.is_too_many && refused.arrangement.piles().len() <= 1);
        choices.across = Some("label".to_owned());
        assert!(!arrange(&snapshot, &choices, None, 1.5, 8192).is_too_many);
        choices.across = Some("none of that name".to_owned());
        assert!(!arrange(&snapshot, &choices, None, 1.5, 8192).is_too_many);
    }

    #[test]
    fn by_likeness_each_stands_where_the_layout_has_it() {
        let snapshot = Snapshot::demo(200, 1);
        // The one half far from the other; of every tenth nothing is known.
        let places: Vec<[f32; 2]> = (0..200)
            .map(|n: u32| match n % 10 {
                9 => [f32::NAN; 2],
                _ => [
                    (n % 2) as f32 * 50.0 + n as f32 * 0.01,
                    (n * 37 % 41) as f32,
                ],
            })
            .collect();
        let mut choices = Choices {
            shape: Shape::Plane(Near::Known),
            ..Choices::default()
        };
        let plane = arrange(&snapshot, &choices, Some(&places), 1.5, 8192);
        assert_eq!(plane.arrangement.order().len(), 180);
        assert!(plane.arrangement.is_scattered() && plane.left_out == 20);
        let x = |row: u32| {
            let place = plane.arrangement.place_of(row).unwrap();
            plane.arrangement.cell_of(place).unwrap().x
        };
        let most_even = (0..200).step_by(10).map(x).fold(f32::MIN, f32::max);
        let least_odd = (1..200).step_by(10).map(x).fold(f32::MAX, f32::min);
        assert!(most_even < least_odd);
        choices.shape = Shape::Grid(Near::Known);
        let grid = arrange(&snapshot, &choices, Some(&places), 1.5, 8192);
        assert_eq!(grid.arrangement.order().len(), 200);
        assert!(!grid.arrangement.is_scattered() && grid.left_out == 0);
        // Before there is a layout they stand in order.
        let before = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert!(before.arrangement.order().is_sorted());
    }

    #[test]
    fn what_was_found_is_shown_alone_in_its_own_order_and_piles() {
        let snapshot = Snapshot::demo(200, 1);
        let mut choices = Choices {
            found: Some(Arc::new(Found {
                title: "like one".to_owned(),
                piles: vec![(String::new(), vec![90, 3, 41])],
            })),
            ..Choices::default()
        };
        let one = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert_eq!(one.arrangement.order(), [90, 3, 41]);
        choices.found = Some(Arc::new(Found {
            title: "duplicates".to_owned(),
            piles: vec![
                ("a".to_owned(), vec![7, 150]),
                ("b".to_owned(), vec![2, 1, 0]),
            ],
        }));
        let two = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert_eq!(two.arrangement.order(), [7, 150, 2, 1, 0]);
        let names = two.arrangement.piles().iter().map(|pile| &pile.name);
        assert!(names.eq(["a", "b"]));
        // Filters hold among them too.
        choices.typed = "-0000".to_owned();
        let none = arrange(&snapshot, &choices, None, 1.5, 8192);
        assert!(none.arrangement.order().len() <= 5);
    }

    #[test]
    fn what_is_typed_keeps_what_it_says() {
        let snapshot = Snapshot::demo(200, 1);
        let choices = Choices {
            typed: "label:\"red disc\"".to_owned(),
            ..Choices::default()
        };
        let kept = arrange(&snapshot, &choices, None, 1.5, 8192);
        let count = (0..200).filter(|&n| demo::class(1, n) == 0).count();
        assert_eq!(kept.arrangement.order().len(), count);
        assert!(snapshot.typed("nothing:x").is_err() && snapshot.typed(" ").is_ok());
    }

    #[test]
    fn each_pile_has_the_average_of_its_own_maps() {
        let folder = tempfile::tempdir().unwrap();
        let listing = Source::Demo { count: 60, seed: 7 }.list().unwrap();
        let network = FakeNetwork::new("a", 7);
        run(folder.path(), &listing, &[&network], &Unwatched).unwrap();
        let snapshot = Snapshot::read(folder.path(), None).unwrap();
        let choices = Choices {
            group: Some("label".to_owned()),
            ..Choices::default()
        };
        let arranged = arrange(&snapshot, &choices, None, 1.5, 8192);
        let piles = arranged.arrangement.piles();
        assert_eq!(arranged.averages.len(), piles.len());
        for (number, average) in arranged.averages.iter().enumerate() {
            let rows = (0..60u32).filter(|&row| {
                let place = arranged.arrangement.place_of(row).unwrap();
                arranged.arrangement.pile_of(place) == Some(number)
            });
            let maps: Vec<_> = rows
                .filter_map(|row| snapshot.map(row).map(|(map, _)| map))
                .collect();
            let want = mean_map(maps);
            let got = average.as_ref().unwrap();
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }
}
