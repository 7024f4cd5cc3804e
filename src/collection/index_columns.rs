//! The columns of an index.

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

/// The columns of an index, a row each for `rows`: state, label, size, and of each network its class,
/// probability, margin, entropy, whether it is right and what its maps come to; of two networks, whether
/// they agree.
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
    let contents: Vec<Option<u32>> = rows
        .iter()
        .map(|row| row.content().and_then(|content| index.content(content)))
        .collect();
    let state = |row: &&Row| match row.state {
        State::Read(_) => 0,
        State::Listed => 1,
        State::Broken(_) => 2,
    };
    add(
        "state".to_owned(),
        ["seen", "waiting", "broken"].map(str::to_owned).to_vec(),
        Values::Words(rows.iter().map(state).collect()),
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
    }
    columns
}
