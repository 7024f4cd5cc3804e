//! A table of data, as CSV and as Parquet with the same columns; a long one part by part, so that it never
//! stands in memory as a whole.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::compare::robustness::csv;
use crate::files::put_column;

/// A column's values, one a row.
pub(super) enum Column {
    Text(Vec<String>),
    Whole(Vec<i64>),
    /// Some may be missing.
    Figure(Vec<Option<f64>>),
}

/// Columns of one length, by name.
#[derive(Default)]
pub(super) struct Table {
    columns: Vec<(&'static str, Column)>,
}

impl Table {
    pub(super) fn with(mut self, name: &'static str, column: Column) -> Self {
        self.columns.push((name, column));
        self
    }

    pub(super) fn write_csv(&self, mut out: impl Write) -> io::Result<()> {
        self.write_head(&mut out)?;
        self.write_rows(&mut out)
    }

    fn write_head(&self, mut out: impl Write) -> io::Result<()> {
        let names: Vec<String> = self.columns.iter().map(|(n, _)| (*n).to_owned()).collect();
        out.write_all(csv::record(&names).as_bytes())
    }

    fn write_rows(&self, mut out: impl Write) -> io::Result<()> {
        let rows = self.columns.first().map_or(0, |(_, column)| column.len());
        for row in 0..rows {
            let fields: Vec<String> = self.columns.iter().map(|(_, c)| c.field(row)).collect();
            out.write_all(csv::record(&fields).as_bytes())?;
        }
        Ok(())
    }

    /// What its columns are.
    fn schema(&self, name: &str) -> Result<Arc<Type>> {
        let mut fields = Vec::new();
        for (name, column) in &self.columns {
            let (physical, converted, repetition) = match column {
                Column::Text(_) => (
                    Physical::BYTE_ARRAY,
                    ConvertedType::UTF8,
                    Repetition::REQUIRED,
                ),
                Column::Whole(_) => (Physical::INT64, ConvertedType::NONE, Repetition::REQUIRED),
                Column::Figure(_) => (Physical::DOUBLE, ConvertedType::NONE, Repetition::OPTIONAL),
            };
            let field = Type::primitive_type_builder(name, physical)
                .with_converted_type(converted)
                .with_repetition(repetition)
                .build()?;
            fields.push(Arc::new(field));
        }
        let schema = Type::group_type_builder(name).with_fields(fields).build()?;
        Ok(Arc::new(schema))
    }

    /// Adds its rows as a group of their own.
    fn write_group<W: Write + Send>(&self, writer: &mut SerializedFileWriter<W>) -> Result<()> {
        let mut group = writer.next_row_group()?;
        for (_, column) in &self.columns {
            match column {
                Column::Text(values) => {
                    let values: Vec<ByteArray> =
                        values.iter().map(|v| ByteArray::from(v.as_str())).collect();
                    put_column::<ByteArrayType, W>(&mut group, &values, None)?;
                }
                Column::Whole(values) => put_column::<Int64Type, W>(&mut group, values, None)?,
                Column::Figure(values) => {
                    let there: Vec<i16> = values.iter().map(|v| v.is_some().into()).collect();
                    let values: Vec<f64> = values.iter().flatten().copied().collect();
                    put_column::<DoubleType, W>(&mut group, &values, Some(&there))?;
                }
            }
        }
        group.close()?;
        Ok(())
    }
}

/// Parts of one table, one after the other: each has the same columns.
pub(super) fn csv_of_parts(
    parts: impl Iterator<Item = Table>,
    mut out: impl Write,
) -> io::Result<()> {
    for (number, part) in parts.enumerate() {
        if number == 0 {
            part.write_head(&mut out)?;
        }
        part.write_rows(&mut out)?;
    }
    Ok(())
}

/// The same as a Parquet file; nothing where there is no part.
pub(super) fn parquet_of_parts<W: Write + Send>(
    name: &str,
    mut parts: impl Iterator<Item = Table>,
    out: W,
) -> Result<()> {
    let Some(first) = parts.next() else {
        return Ok(());
    };
    let properties = WriterProperties::builder().build();
    let mut writer = SerializedFileWriter::new(out, first.schema(name)?, Arc::new(properties))?;
    first.write_group(&mut writer)?;
    drop(first);
    for part in parts {
        part.write_group(&mut writer)?;
    }
    writer.close()?;
    Ok(())
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Figure(values) => values.len(),
        }
    }

    fn field(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values
                .get(row)
                .map_or_else(String::new, |v| csv::guarded(v)),
            Self::Whole(values) => values.get(row).map_or_else(String::new, i64::to_string),
            Self::Figure(values) => {
                let value = values.get(row).copied().flatten();
                value.map_or_else(String::new, |value| value.to_string())
            }
        }
    }
}
