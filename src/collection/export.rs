//! An index as a table for other programs: a row a file, in the order of the paths.

use std::borrow::Cow;

use super::facts::Answer;
use super::index::Index;
use super::labels::{GivenLabels, Labeller, Truth};
use super::row::Row;
use super::table::{Kind, Table, Value, write_csv, write_parquet};
use crate::files::{Output, OutputError};

/// What stands in a column.
#[derive(Debug, Clone, Copy)]
enum Field {
    Path,
    Width,
    Height,
    Label,
    Class(usize),
    ClassLabel(usize),
    Probability(usize),
    Margin(usize),
    Entropy(usize),
    Correct(usize),
    CentreX(usize, usize),
    CentreY(usize, usize),
    Spread(usize, usize),
    Border(usize, usize),
    Blobs(usize, usize),
    Broken,
    Content,
}

/// An index as a table.
pub struct Export<'a> {
    index: &'a Index,
    rows: Vec<&'a Row>,
    columns: Vec<(String, Kind)>,
    fields: Vec<Field>,
    /// By model, by row.
    truths: Vec<Vec<Truth>>,
}

impl<'a> Export<'a> {
    /// Of all rows; `given` are labels that are surer than folders.
    #[must_use]
    pub fn new(index: &'a Index, given: &GivenLabels) -> Self {
        Self::of(index, given, |_| true)
    }

    /// Of the rows that `keep` keeps.
    #[must_use]
    pub fn of(index: &'a Index, given: &GivenLabels, keep: impl Fn(&Row) -> bool) -> Self {
        let mut rows: Vec<&Row> = index.rows().filter(|row| keep(row)).collect();
        rows.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let truths_of = |classes: &[String]| {
            let mut labeller = Labeller::new(classes, given);
            rows.iter()
                .map(|row| labeller.truth(row))
                .collect::<Vec<_>>()
        };
        let models = &index.manifest.models;
        let mut truths: Vec<Vec<Truth>> = models.iter().map(|m| truths_of(&m.classes)).collect();
        if truths.is_empty() {
            truths.push(truths_of(&[]));
        }
        let mut export = Self {
            index,
            rows,
            columns: Vec::new(),
            fields: Vec::new(),
            truths,
        };
        export.add("path", Kind::Text, Field::Path);
        export.add("width", Kind::Whole, Field::Width);
        export.add("height", Kind::Whole, Field::Height);
        export.add("label", Kind::Text, Field::Label);
        for (m, name) in index.manifest.names().iter().enumerate() {
            let mut add =
                |what: &str, kind, field| export.add(&format!("{name}_{what}"), kind, field);
            add("class", Kind::Whole, Field::Class(m));
            add("label", Kind::Text, Field::ClassLabel(m));
            add("probability", Kind::Figure, Field::Probability(m));
            add("margin", Kind::Figure, Field::Margin(m));
            add("entropy", Kind::Figure, Field::Entropy(m));
            add("correct", Kind::Truth, Field::Correct(m));
            let maps = index
                .manifest
                .models
                .get(m)
                .map_or(&[][..], |model| &model.maps);
            for (at, method) in maps.iter().enumerate() {
                // Of one method, which is usual, its name would only be in the way.
                let of = if maps.len() > 1 {
                    format!("{} ", method.id)
                } else {
                    String::new()
                };
                add(
                    &format!("{of}centre_x"),
                    Kind::Figure,
                    Field::CentreX(m, at),
                );
                add(
                    &format!("{of}centre_y"),
                    Kind::Figure,
                    Field::CentreY(m, at),
                );
                add(&format!("{of}spread"), Kind::Figure, Field::Spread(m, at));
                add(&format!("{of}border"), Kind::Figure, Field::Border(m, at));
                add(&format!("{of}blobs"), Kind::Whole, Field::Blobs(m, at));
            }
        }
        export.add("broken", Kind::Text, Field::Broken);
        export.add("content", Kind::Text, Field::Content);
        export
    }

    fn add(&mut self, name: &str, kind: Kind, field: Field) {
        self.columns.push((name.to_owned(), kind));
        self.fields.push(field);
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes it: as Parquet where the name ends so, else as CSV.
    ///
    /// # Errors
    /// As [`Output::write_file`].
    pub fn write(&self, out: &Output) -> Result<(), OutputError> {
        let ending = out.path().extension();
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
            out.write_file(|file| write_parquet(file, self))
        } else {
            out.write_file(|file| write_csv(file, self))
        }
    }

    fn field(&self, at: usize, field: Field) -> Option<Value<'_>> {
        let row = self.rows.get(at)?;
        let content = || self.index.content(row.content()?);
        let answer = |model: usize| -> Option<&Answer> {
            let answer = self.index.models().get(model)?.answer(content()?)?;
            answer.class().map(|_| answer)
        };
        let truth = |model: usize| self.truths.get(model)?.get(at);
        let figure = |value: f32| Some(Value::Figure(value)).filter(|_| value.is_finite());
        let figures = |model: usize, method: usize| {
            let map = self.index.models().get(model)?.map(method, content()?)?;
            (map.class != super::NO_CLASS).then_some(map.figures)
        };
        match field {
            Field::Path => Some(Value::Text(Cow::Owned(row.name()))),
            Field::Width | Field::Height => {
                let picture = self.index.picture(content()?)?;
                let side = match field {
                    Field::Width => picture.width,
                    _ => picture.height,
                };
                Some(Value::Whole(i64::from(side)))
            }
            Field::Label => {
                // The one that a network knows, where any does.
                let mut of = self.truths.iter().filter_map(|truths| truths.get(at));
                let first = of.clone().next();
                let known = of.find(|truth| truth.meant.class.is_some()).or(first)?;
                Some(Value::Text(Cow::Borrowed(known.label.as_deref()?)))
            }
            Field::Class(model) => Some(Value::Whole(i64::from(answer(model)?.class()?))),
            Field::ClassLabel(model) => {
                let class = answer(model)?.class()? as usize;
                let name = self.index.manifest.models.get(model)?.classes.get(class)?;
                Some(Value::Text(Cow::Borrowed(name)))
            }
            Field::Probability(model) => figure(answer(model)?.probability()),
            Field::Margin(model) => figure(answer(model)?.margin),
            Field::Entropy(model) => figure(answer(model)?.entropy),
            Field::Correct(model) => {
                let class = truth(model)?.meant.class?;
                Some(Value::Truth(answer(model)?.class()? == class))
            }
            Field::CentreX(model, method) => figure(figures(model, method)?.centre_x),
            Field::CentreY(model, method) => figure(figures(model, method)?.centre_y),
            Field::Spread(model, method) => figure(figures(model, method)?.spread),
            Field::Border(model, method) => figure(figures(model, method)?.border),
            Field::Blobs(model, method) => Some(Value::Whole(figures(model, method)?.blobs as i64)),
            Field::Broken => Some(Value::Text(Cow::Borrowed(row.trouble()?))),
            Field::Content => Some(Value::Text(Cow::Owned(row.content()?.digits()))),
        }
    }
}

impl Table for Export<'_> {
    fn columns(&self) -> &[(String, Kind)] {
        &self.columns
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let field = self.fields.get(column);
        field
            .and_then(|&field| self.field(row, field))
            .unwrap_or(Value::None)
    }
}
