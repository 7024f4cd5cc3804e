//! The columns of an index.

use super::coarse_map::{CoarseMap, Figures, agreement};
use super::columns::{Column, Columns, NO_WORD, Values};
use super::facts::{Answer, NO_CLASS};
use super::index::Index;
use super::labels::{GivenLabels, Labeller};
use super::row::{Row, State};

/// Words to their places.
#[derive(Default)]
struct WordList {
    words: Vec<String>,
    places: std::collections::HashMap<String, u16>,
}

impl WordList {
    /// The place of a word; none where there are too many.
    fn place(&mut self, word: &str) -> u16 {
        if let Some(&place) = self.places.get(word) {
            return place;
        }
        let place = self.words.len();
        if place >= usize::from(NO_WORD) {
            return NO_WORD;
        }
        self.words.push(word.to_owned());
        self.places.insert(word.to_owned(), place as u16);
        place as u16
    }
}

/// Where a map lies, in words, by thirds.
const WHERE: [&str; 9] = [
    "top left",
    "top",
    "top right",
    "left",
    "middle",
    "right",
    "bottom left",
    "bottom",
    "bottom right",
];

/// The part that a centre of mass lies in, by its place in [`WHERE`].
fn part_of(figures: &Figures) -> u16 {
    let third = |v: f32| (v * 3.0).floor().clamp(0.0, 2.0) as u16;
    if figures.centre_x.is_nan() || figures.centre_y.is_nan() {
        return NO_WORD;
    }
    third(figures.centre_y) * 3 + third(figures.centre_x)
}

/// The columns of an index, a row each for `rows`: state, folder, label, size, in how many rows the same
/// content lies; of each network its class, probability, margin, entropy, whether it is right, where its
/// maps lie and what they come to; of two networks, whether they agree, and how much surer the first is.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a list of columns")]
pub fn columns_of(index: &Index, rows: &[&Row], given: &GivenLabels) -> Columns {
    let mut columns = Columns::new(rows.len());
    let mut add = |name: String, words: Vec<String>, values: Values| {
        // They have a value a row.
        let _ = columns.add(Column {
            name,
            words,
            values,
        });
    };
    let contents = index.contents_of(rows);
    let state = |row: &&Row| match row.state {
        State::Read(_) => 0,
        State::Listed => 1,
        State::Broken(_) | State::Unread(_) => 2,
    };
    add(
        "state".to_owned(),
        ["seen", "waiting", "broken"].map(str::to_owned).to_vec(),
        Values::Words(rows.iter().map(state).collect()),
    );
    let mut folders = WordList::default();
    let of_rows = rows.iter().map(|row| folders.place(&row.folder()));
    let of_rows = Values::Words(of_rows.collect());
    add("folder".to_owned(), folders.words, of_rows);
    let mut counts = vec![0u32; index.contents().len()];
    for content in contents.iter().flatten() {
        if let Some(count) = counts.get_mut(*content as usize) {
            *count += 1;
        }
    }
    let copies = contents.iter().map(|content| {
        let count = content.and_then(|content| counts.get(content as usize));
        count.map_or(f32::NAN, |&count| count as f32)
    });
    add(
        "copies".to_owned(),
        Vec::new(),
        Values::Figures(copies.collect()),
    );
    let first = index.manifest.models.first();
    let mut labels = WordList::default();
    let mut labeller = Labeller::new(first.map_or(&[], |model| &model.classes), given);
    let own = rows.iter().map(|row| labeller.truth(row).label);
    let own = own.map(|label| label.map_or(NO_WORD, |label| labels.place(&label)));
    let own = Values::Words(own.collect());
    add("label".to_owned(), labels.words, own);
    for (name, side) in [("width", 0), ("height", 1)] {
        let of = |content: &Option<u32>| {
            let picture = content.and_then(|content| index.picture(content));
            picture.map_or(f32::NAN, |p| [p.width, p.height][side] as f32)
        };
        add(
            name.to_owned(),
            Vec::new(),
            Values::Figures(contents.iter().map(of).collect()),
        );
    }
    let names = index.manifest.names();
    let word = |class: u32| u16::try_from(class).unwrap_or(NO_WORD);
    let flags = || ["no", "yes"].map(str::to_owned).to_vec();
    for (m, (model, name)) in index.manifest.models.iter().zip(&names).enumerate() {
        let answer = |content: &Option<u32>| {
            let facts = index.models().get(m)?;
            facts
                .answer((*content)?)
                .filter(|answer| answer.class().is_some())
        };
        let classes: Vec<u16> = contents
            .iter()
            .map(|c| answer(c).and_then(Answer::class).map_or(NO_WORD, word))
            .collect();
        let mut labeller = Labeller::new(&model.classes, given);
        let correct = rows.iter().zip(&classes).map(|(row, &class)| {
            let truth = labeller.truth(row).meant.class.map(word);
            truth
                .filter(|_| class != NO_WORD)
                .map_or(NO_WORD, |truth| u16::from(truth == class))
        });
        let correct = Values::Words(correct.collect());
        add(
            format!("{name} class"),
            model.classes.clone(),
            Values::Words(classes),
        );
        add(format!("{name} correct"), flags(), correct);
        for (what, of) in [
            ("probability", (|a| a.probability()) as fn(&Answer) -> f32),
            ("margin", |a| a.margin),
            ("entropy", |a| a.entropy),
        ] {
            let figures = contents.iter().map(|c| answer(c).map_or(f32::NAN, of));
            add(
                format!("{name} {what}"),
                Vec::new(),
                Values::Figures(figures.collect()),
            );
        }
        for (at, method) in model.maps.iter().enumerate() {
            let places = contents.iter().map(|content| {
                let map = content.and_then(|content| index.models().get(m)?.map(at, content));
                map.map_or(NO_WORD, |map| part_of(&map.figures))
            });
            add(
                format!("{name} {} place", method.id),
                WHERE.map(str::to_owned).to_vec(),
                Values::Words(places.collect()),
            );
            for (i, what) in ["centre x", "centre y", "spread", "border", "blobs"]
                .iter()
                .enumerate()
            {
                let figure = |content: &Option<u32>| {
                    let map = index.models().get(m)?.map(at, (*content)?)?;
                    (map.class != NO_CLASS).then(|| map.figures.to_array()[i])
                };
                let figures = contents.iter().map(|c| figure(c).unwrap_or(f32::NAN));
                let name = format!("{name} {} {what}", method.id);
                add(name, Vec::new(), Values::Figures(figures.collect()));
            }
        }
    }
    for (a, b) in (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b))) {
        let class = |model: usize, content: &Option<u32>| {
            index.models().get(model)?.answer((*content)?)?.class()
        };
        let same = contents.iter().map(|c| {
            class(a, c)
                .zip(class(b, c))
                .map_or(NO_WORD, |(a, b)| u16::from(a == b))
        });
        let name = format!("{} as {}", names[a], names[b]);
        add(name, flags(), Values::Words(same.collect()));
        let sure = |model: usize, content: &Option<u32>| {
            let answer = index.models().get(model)?.answer((*content)?)?;
            answer.class().map(|_| answer.probability())
        };
        let surer = contents.iter().map(|c| {
            let both = sure(a, c).zip(sure(b, c));
            both.map_or(f32::NAN, |(a, b)| a - b)
        });
        let name = format!("{} surer than {}", names[a], names[b]);
        add(name, Vec::new(), Values::Figures(surer.collect()));
    }
    columns
}

/// How far the maps of two networks or methods agree, a row each: a column for [`Columns::add`]. `maps` are
/// as [`Index::read_maps`] gives them.
#[must_use]
pub fn agreement_column(name: &str, contents: &[Option<u32>], maps: [&[CoarseMap]; 2]) -> Column {
    let of = |content: &Option<u32>| {
        let at = content.map(|content| content as usize);
        let pair = at.and_then(|at| maps[0].get(at).zip(maps[1].get(at)));
        pair.map_or(f32::NAN, |(a, b)| agreement(a, b))
    };
    Column {
        name: name.to_owned(),
        words: Vec::new(),
        values: Values::Figures(contents.iter().map(of).collect()),
    }
}

/// The mean map of some rows, as [`super::mean_map`] gives it, and of how many it is: rows without a map
/// are left out.
#[must_use]
pub fn mean_map_of(
    rows: impl IntoIterator<Item = usize>,
    contents: &[Option<u32>],
    maps: &[CoarseMap],
) -> ([f32; super::PLACES], usize) {
    let mut count = 0;
    let there = rows.into_iter().filter_map(|row| {
        let content = contents.get(row).copied().flatten()?;
        let map = maps.get(content as usize)?;
        // All zero is none.
        map.0.iter().any(|&v| v > 0).then(|| {
            count += 1;
            map
        })
    });
    let mean = super::mean_map(there);
    (mean, count)
}
