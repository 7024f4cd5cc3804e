use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::super::testing::{FakeNetwork, run};
use super::super::{
    GivenLabels, Index, Row, Source, Unwatched, agreement_column, columns_of, demo, mean_map_of,
};
use super::*;

fn sample(rows: usize) -> Columns {
    let mut random = StdRng::seed_from_u64(rows as u64);
    let mut columns = Columns::new(rows);
    for (name, words) in [("a", 5u16), ("b", 40), ("c", 3)] {
        let values = (0..rows).map(|_| {
            let word = random.random_range(0..=words);
            if word == words { NO_WORD } else { word }
        });
        let column = Column {
            name: name.to_owned(),
            words: (0..words).map(|w| w.to_string()).collect(),
            values: Values::Words(values.collect()),
        };
        columns.add(column).unwrap();
    }
    let values = (0..rows).map(|_| match random.random_range(0..20u8) {
        0 => f32::NAN,
        1 => -0.0,
        2 => 0.0,
        3 => f32::INFINITY,
        _ => random.random_range(-3.0f32..3.0),
    });
    let column = Column {
        name: "f".to_owned(),
        words: Vec::new(),
        values: Values::Figures(values.collect()),
    };
    columns.add(column).unwrap();
    columns
}

fn word(columns: &Columns, column: usize, row: usize) -> u16 {
    match &columns.columns()[column].values {
        Values::Words(values) => values[row],
        Values::Figures(_) => NO_WORD,
    }
}

fn figure(columns: &Columns, row: usize) -> f32 {
    match &columns.columns()[3].values {
        Values::Figures(values) => values[row],
        Values::Words(_) => f32::NAN,
    }
}

fn passes(columns: &Columns, term: &Term, row: usize) -> bool {
    match term {
        Term::Words {
            column,
            words,
            none,
        } => match word(columns, *column, row) {
            NO_WORD => *none,
            word => words.contains(&word),
        },
        Term::Range {
            low, high, none, ..
        } => {
            let value = figure(columns, row);
            if value.is_nan() {
                *none
            } else {
                value >= *low && value <= *high
            }
        }
        Term::Rows(rows) => rows.contains(row),
        Term::Not(term) => !passes(columns, term, row),
    }
}

fn random_term(random: &mut StdRng) -> Term {
    let none = random.random_range(0..2u8) == 1;
    match random.random_range(0..6usize) {
        5 => Term::Not(Box::new(random_term(random))),
        4 => {
            let by = random.random_range(2..5);
            Term::Rows(Bits::of(2_000, |row| !row.is_multiple_of(by)))
        }
        3 => {
            let low = random.random_range(-3.0f32..3.0);
            let high = low + random.random_range(0.0f32..3.0);
            Term::Range {
                column: 3,
                low,
                high,
                none,
            }
        }
        column => Term::Words {
            column,
            words: (0..random.random_range(1..6u16))
                .map(|_| random.random_range(0..40))
                .collect(),
            none,
        },
    }
}

#[test]
fn filters_and_counts_are_those_of_a_plain_loop() {
    let columns = sample(2_000);
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..200 {
        let terms: Vec<Term> = (0..random.random_range(0..4u8))
            .map(|_| random_term(&mut random))
            .collect();
        let (passing, counts) = columns.filter_and_count(&terms);
        assert_eq!(passing, columns.filter(&terms));
        let all = |row: usize| terms.iter().all(|term| passes(&columns, term, row));
        let want: Vec<usize> = (0..2_000).filter(|&row| all(row)).collect();
        assert_eq!(passing.iter().collect::<Vec<_>>(), want);
        assert_eq!(counts.len(), 3);
        for counted in counts {
            let others = terms
                .iter()
                .filter(|term| term.column() != Some(counted.column));
            let others: Vec<&Term> = others.collect();
            let mut want = vec![0; counted.words.len()];
            let mut none = 0;
            for row in (0..2_000).filter(|&r| others.iter().all(|term| passes(&columns, term, r))) {
                match word(&columns, counted.column, row) {
                    NO_WORD => none += 1,
                    word => want[usize::from(word)] += 1,
                }
            }
            assert_eq!((counted.words, counted.none), (want, none));
        }
    }
}

#[test]
fn sorting_is_that_of_the_standard_library() {
    let columns = sample(3_000);
    let some = Bits::of(3_000, |row| !row.is_multiple_of(7));
    for descending in [false, true] {
        let ours = columns.sort(3, descending, &some);
        let mut want: Vec<u32> = some.iter().map(|row| row as u32).collect();
        want.sort_by(|&a, &b| {
            let [a, b] = [a, b].map(|row| figure(&columns, row as usize));
            let order = (a.is_nan()).cmp(&b.is_nan());
            let values = a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal);
            order.then(if descending { values.reverse() } else { values })
        });
        assert_eq!(ours, want);
        let ours = columns.sort(1, descending, &some);
        let mut want: Vec<u32> = some.iter().map(|row| row as u32).collect();
        want.sort_by_key(|&row| match word(&columns, 1, row as usize) {
            NO_WORD => i64::MAX,
            word if descending => -i64::from(word),
            word => i64::from(word),
        });
        assert_eq!(ours, want);
    }
    assert_eq!(columns.sort(99, false, &Bits::of(9, |row| row > 6)), [7, 8]);
    let ours = columns.sort_by(&[(2, false), (0, true), (3, true)], &some);
    let mut want = columns.sort(3, true, &some);
    want.sort_by_key(|&row| {
        let [first, second] = [2, 0].map(|c| word(&columns, c, row as usize));
        let second = match second {
            NO_WORD => i64::MAX,
            word => -i64::from(word),
        };
        (first, second)
    });
    assert_eq!(ours, want);
    assert_eq!(columns.sort_by(&[], &Bits::of(9, |row| row > 6)), [7, 8]);
    assert!(columns.sort(3, false, &Bits::none(3_000)).is_empty());
}

#[test]
fn groups_hold_every_row_once_in_its_order() {
    let columns = sample(1_000);
    let rows = columns.sort(3, true, &Bits::all(1_000));
    let groups = columns.group(1, &rows);
    assert_eq!(groups.iter().map(|g| g.rows.len()).sum::<usize>(), 1_000);
    assert_eq!(groups.last().unwrap().word, NO_WORD);
    let sizes: Vec<usize> = groups.iter().map(|g| g.rows.len()).collect();
    assert!(sizes[..sizes.len() - 1].is_sorted_by(|a, b| a >= b));
    let place = |row: &u32| rows.iter().position(|r| r == row).unwrap();
    for group in &groups {
        assert!(
            group
                .rows
                .iter()
                .all(|&row| word(&columns, 1, row as usize) == group.word)
        );
        assert!(group.rows.is_sorted_by_key(place));
    }
    assert_eq!(columns.group(3, &rows).len(), 1);
}

#[test]
fn a_column_of_another_length_is_refused() {
    let mut columns = Columns::new(3);
    let column = Column {
        name: "x".to_owned(),
        words: Vec::new(),
        values: Values::Figures(vec![0.0; 2]),
    };
    assert!(columns.add(column).is_err() && columns.columns().is_empty());
}

#[test]
fn an_index_has_columns_of_all_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (FakeNetwork::new("a", 2), FakeNetwork::new("b", 3));
    let listing = Source::Demo { count: 60, seed: 2 }.list().unwrap();
    run(folder.path(), &listing, &[&a, &b], &Unwatched).unwrap();
    let index = Index::read(folder.path()).unwrap();
    let mut rows: Vec<&Row> = index.rows().collect();
    rows.sort_by(|x, y| x.path.cmp(&y.path));
    let columns = columns_of(&index, &rows, &GivenLabels::default());
    let column = |name: &str| &columns.columns()[columns.find(name).unwrap()];
    let at = rows
        .iter()
        .position(|row| row.name().ends_with("0000007.jpg"))
        .unwrap();
    let word = |name: &str| match &column(name).values {
        Values::Words(values) => column(name).words.get(usize::from(values[at])).cloned(),
        Values::Figures(_) => None,
    };
    let figure = |name: &str| match &column(name).values {
        Values::Figures(values) => values[at],
        Values::Words(_) => f32::NAN,
    };
    let class = demo::CLASSES[demo::class(2, 7)];
    assert_eq!(word("label").as_deref(), Some(class));
    assert_eq!(word("a class").as_deref(), Some(class));
    assert_eq!(word("a correct").as_deref(), Some("yes"));
    assert_eq!(word("state").as_deref(), Some("seen"));
    assert_eq!((figure("width"), figure("a probability")), (96.0, 0.86));
    assert_eq!(figure("a grad-cam blobs"), 2.0);
    assert_eq!(figure("copies"), 1.0);
    assert_eq!(word("folder").as_deref(), Some(class));
    // Places 7 and 49 of 16 across: above, and left of the middle.
    let (x, y) = (figure("a grad-cam centre x"), figure("a grad-cam centre y"));
    assert!(x < 1.0 / 3.0 && y < 1.0 / 3.0, "{x} {y}");
    assert_eq!(word("a grad-cam place").as_deref(), Some("top left"));
    assert_eq!(figure("a surer than b"), 0.0);
    let same = demo::class(2, 7) == demo::class(3, 7);
    assert_eq!(
        word("a as b").as_deref(),
        Some(if same { "yes" } else { "no" })
    );
    // Number 49 is one of those that fail.
    let failed = rows
        .iter()
        .position(|row| row.name().ends_with("0000049.jpg"))
        .unwrap();
    let Values::Words(classes) = &column("a class").values else {
        panic!("it holds words");
    };
    assert_eq!(classes[failed], NO_WORD);
    let maps = index.read_maps(0, 0).unwrap();
    let content = index.content(rows[at].content().unwrap()).unwrap();
    assert_eq!(maps[content as usize].0[7], 255);
    let contents = index.contents_of(&rows);
    let others = index.read_maps(1, 0).unwrap();
    let agree = agreement_column("agree", &contents, [&maps, &others]);
    let Values::Figures(agree) = &agree.values else {
        panic!("it holds figures");
    };
    assert!(agree[failed].is_nan() && (agree[at] - 1.0).abs() < 1e-6);
    let (mean, count) = mean_map_of([at, failed, 999], &contents, &maps);
    assert_eq!((mean[7], mean[49], mean[8], count), (255.0, 200.0, 0.0, 1));
    // As people count, which is not as the bytes are.
    let ordered: Vec<String> = index.rows_in_order().iter().map(|row| row.name()).collect();
    assert_eq!(ordered.len(), 60);
    let expected: Vec<String> = rows.iter().map(|row| row.name()).collect();
    assert_eq!(ordered, expected);
}

#[test]
fn what_a_column_spans_is_known_from_the_beginning() {
    let mut columns = Columns::new(4);
    let mut add = |values: Values| {
        let column = Column {
            name: "x".to_owned(),
            words: Vec::new(),
            values,
        };
        columns.add(column).unwrap()
    };
    let some = add(Values::Figures(vec![f32::NAN, 2.0, -1.5, f32::INFINITY]));
    let same = add(Values::Figures(vec![2.0, f32::NAN, 2.0, 2.0]));
    let words = add(Values::Words(vec![NO_WORD, 3, 3, 1]));
    let one = add(Values::Words(vec![NO_WORD, 3, 3, NO_WORD]));
    assert_eq!(columns.range(some), Some((-1.5, 2.0)));
    assert_eq!((columns.range(same), columns.range(words)), (None, None));
    assert!(columns.is_various(words) && !columns.is_various(one));
    assert!(!columns.is_various(some) && !columns.is_various(99) && columns.range(99).is_none());
}
