//! `saliscope index find`: which pictures of an index are as a filter says, in an order, or like one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::output;
use crate::collection::{
    Bits, Columns, FilterError, GivenLabels, Index, Likeness, LikenessOf, Names, Row, Selections,
    Term, columns_of, parse_filter,
};

/// Arguments of `saliscope index find`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The index
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// What they are: a text of the path, label:cat, margin<0.2, "centre x"=0.6..1, in:SELECTION; a minus
    /// before a part turns it round, all parts hold
    #[arg(value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Sort by these columns, the first first, with commas between; a minus before one: the greatest first
    #[arg(
        long,
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_name = "COLUMNS"
    )]
    sort: Vec<String>,
    /// Sort by how like they are to the picture with this path in the index
    #[arg(long, value_name = "PATH", conflicts_with = "sort")]
    like: Option<String>,
    /// Compare where a network looks, instead of what it knows of a picture
    #[arg(long, requires = "like")]
    by_maps: bool,
    /// Which network compares (default: the first)
    #[arg(long, requires = "like", value_name = "MODEL")]
    model: Option<String>,
    /// What pictures are of: CSV with the columns path (or folder) and label; beats folder names
    #[arg(long, value_name = "FILE.csv")]
    labels: Option<PathBuf>,
    /// Tell so many at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    top: usize,
    /// Save all that were found as a selection of the index
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Print JSON: {found, pictures, paths, likeness, counts: {column: {word: n}}}
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Told {
    found: usize,
    pictures: usize,
    paths: Vec<String>,
    /// The cosine with the picture that was named, of each path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    likeness: Vec<f32>,
    /// Of each column of words, how many have each; without the filter's parts about itself.
    counts: BTreeMap<String, BTreeMap<String, u32>>,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let given = match &args.labels {
        Some(path) => GivenLabels::read(path)?,
        None => GivenLabels::default(),
    };
    let index = Index::read(&args.index)?;
    let rows = index.rows_in_order();
    let columns = columns_of(&index, &rows, &given);
    let selections = Selections::of(&args.index);
    let keys_of = || rows.iter().map(|row| row.keys()).collect::<Vec<_>>();
    let terms = terms(args.filter.as_deref(), &columns, &rows, &selections)?;
    let (found, counted) = columns.filter_and_count(&terms);
    let (order, likeness) = if let Some(path) = &args.like {
        alike(args, path, &index, &rows, &found)?
    } else {
        let keys = keys(&args.sort, &columns)?;
        (columns.sort_by(&keys, &found), Vec::new())
    };
    if let Some(name) = &args.save {
        selections.save(name, &keys_of(), &found)?;
    }
    let path = |row: &u32| rows.get(*row as usize).map(|row| row.name());
    let mut counts: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for count in counted {
        let Some(column) = columns.columns().get(count.column) else {
            continue;
        };
        let words = column.words.iter().cloned().zip(count.words);
        let words = words.filter(|(_, count)| *count > 0);
        let none = (count.none > 0).then(|| ("none".to_owned(), count.none));
        counts.insert(column.name.clone(), words.chain(none).collect());
    }
    let told = Told {
        found: found.len(),
        pictures: rows.len(),
        paths: order.iter().take(args.top).filter_map(path).collect(),
        likeness,
        counts,
    };
    if args.json {
        return output::json(&told);
    }
    let mut lines = vec![format!("{} of {} files", told.found, told.pictures)];
    for (at, path) in told.paths.iter().enumerate() {
        lines.push(match told.likeness.get(at) {
            Some(cosine) => format!("{cosine:.4}  {path}"),
            None => path.clone(),
        });
    }
    if let Some(name) = &args.save {
        lines.push(format!("saved as the selection {name:?}"));
    }
    output::lines(&lines)
}

fn terms(
    filter: Option<&str>,
    columns: &Columns,
    rows: &[&Row],
    selections: &Selections,
) -> anyhow::Result<Vec<Term>> {
    let Some(filter) = filter else {
        return Ok(Vec::new());
    };
    let names = Names::new(rows.iter().map(|row| row.name()));
    let selected = |name: &str| {
        let keys: Vec<_> = rows.iter().map(|row| row.keys()).collect();
        let selection = selections.load(name, &keys);
        selection
            .map(|selection| selection.rows)
            .map_err(|error| FilterError::Selection(error.to_string()))
    };
    Ok(parse_filter(filter, columns, &names, &selected)?)
}

/// Columns and whether they descend.
fn keys(sort: &[String], columns: &Columns) -> anyhow::Result<Vec<(usize, bool)>> {
    let key = |name: &String| {
        let plain = name.strip_prefix('-');
        let column = columns.meant(plain.unwrap_or(name))?;
        Ok((column, plain.is_some()))
    };
    sort.iter().map(key).collect()
}

/// The rows that are most like one, and how much.
fn alike(
    args: &Args,
    path: &str,
    index: &Index,
    rows: &[&Row],
    found: &Bits,
) -> anyhow::Result<(Vec<u32>, Vec<f32>)> {
    let manifest = &index.manifest;
    let model = match &args.model {
        Some(name) => manifest.find(name)?,
        None => 0,
    };
    let contents = index.contents_of(rows);
    let named = rows
        .iter()
        .zip(&contents)
        .find(|(row, _)| row.name() == path);
    let Some((row, content)) = named else {
        anyhow::bail!("there is no {path:?} in the index; paths are as `index find` tells them");
    };
    let Some(content) = *content else {
        let why = row
            .trouble()
            .unwrap_or("it waits for the next `saliscope index`");
        anyhow::bail!("{path} was not seen by any network: {why}");
    };
    let of = if args.by_maps {
        LikenessOf::Map(model, 0)
    } else {
        LikenessOf::Embedding(model)
    };
    let likeness = Likeness::of(index, of)?;
    let mut among = Bits::none(likeness.features().len());
    let mut row_of: BTreeMap<u32, u32> = BTreeMap::new();
    for row in found.iter() {
        if let Some(content) = contents.get(row).copied().flatten() {
            among.set(content as usize, true);
            // Of copies the first is told.
            row_of.entry(content).or_insert(row as u32);
        }
    }
    let alike = likeness.most_alike(index, content, &among, args.top)?;
    if alike.is_empty() {
        anyhow::bail!("nothing is known to compare {path} by: run `saliscope index` with --models");
    }
    let found = alike
        .iter()
        .filter_map(|a| Some((*row_of.get(&a.at)?, a.cosine)));
    Ok(found.unzip())
}
