//! A table with typed columns, written as CSV or as Apache Parquet (without compression).

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::compare::robustness::csv;
use crate::files::put_column;

/// Rows of one group: a column of so many is held at a time.
const GROUP: usize = 1 << 16;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    Truth,
    Figure,
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    None,
    Text(Cow<'a, str>),
    Whole(i64),
    Truth(bool),
    Figure(f32),
}

/// A table that is asked for its fields one by one.
pub(crate) trait Table: Sync {
    /// Names and kinds of the columns.
    fn columns(&self) -> &[(String, Kind)];

    /// Number of rows.
    fn rows(&self) -> usize;

    /// One field, of its column's kind or none.
    fn value(&self, row: usize, column: usize) -> Value<'_>;
}

/// Writes a table as CSV; texts that a spreadsheet would run are guarded, as everywhere here.
pub(crate) fn write_csv(file: &mut File, table: &dyn Table) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let header: Vec<String> = table
        .columns()
        .iter()
        .map(|(name, _)| csv::guarded(name))
        .collect();
    out.write_all(csv::record(&header).as_bytes())?;
    for row in 0..table.rows() {
        let fields: Vec<String> = (0..header.len())
            .map(|column| match table.value(row, column) {
                Value::None => String::new(),
                Value::Text(text) => csv::guarded(&text),
                Value::Whole(number) => number.to_string(),
                Value::Truth(truth) => truth.to_string(),
                Value::Figure(figure) => figure.to_string(),
            })
            .collect();
        out.write_all(csv::record(&fields).as_bytes())?;
    }
    out.flush()
}

/// Writes a table as Parquet.
pub(crate) fn write_parquet(file: &mut File, table: &dyn Table) -> io::Result<()> {
    parquet_of(file, table).map_err(io::Error::other)
}

fn parquet_of(file: &mut File, table: &dyn Table) -> Result<()> {
    let fields = table.columns().iter().map(|(name, kind)| {
        let (physical, converted) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Kind::Whole => (Physical::INT64, ConvertedType::NONE),
            Kind::Truth => (Physical::BOOLEAN, ConvertedType::NONE),
            Kind::Figure => (Physical::FLOAT, ConvertedType::NONE),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_converted_type(converted)
            .with_repetition(Repetition::OPTIONAL)
            .build()?;
        Ok(Arc::new(field))
    });
    let schema = Type::group_type_builder("collection")
        .with_fields(fields.collect::<Result<Vec<_>>>()?)
        .build()?;
    let properties = WriterProperties::builder().build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
    let mut start = 0;
    while start < table.rows() {
        let rows = start..(start + GROUP).min(table.rows());
        start = rows.end;
        let mut group = writer.next_row_group()?;
        for (column, (_, kind)) in table.columns().iter().enumerate() {
            let values = rows.clone().map(|row| table.value(row, column));
            match kind {
                Kind::Text => put::<ByteArrayType>(&mut group, values, |value| match value {
                    Value::Text(text) => Some(ByteArray::from(text.as_bytes().to_vec())),
                    _ => None,
                })?,
                Kind::Whole => put::<Int64Type>(&mut group, values, |value| match value {
                    Value::Whole(number) => Some(number),
                    _ => None,
                })?,
                Kind::Truth => put::<BoolType>(&mut group, values, |value| match value {
                    Value::Truth(truth) => Some(truth),
                    _ => None,
                })?,
                Kind::Figure => put::<FloatType>(&mut group, values, |value| match value {
                    Value::Figure(figure) => Some(figure),
                    _ => None,
                })?,
            }
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn put<'a, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut File>,
    values: impl Iterator<Item = Value<'a>>,
    of: impl Fn(Value<'a>) -> Option<T::T>,
) -> Result<()> {
    let values: Vec<Option<T::T>> = values.map(of).collect();
    let there: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    put_column::<T, _>(group, &values, Some(&there))
}
