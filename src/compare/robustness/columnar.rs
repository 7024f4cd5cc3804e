//! Results as Apache Parquet, the format of data frames: the columns and figures of the CSV file, with
//! their types. (<https://parquet.apache.org/docs/file-format/>; written without compression.)
//!
//! Rows cannot be appended to such a file, so it is written when a run is finished; until then they
//! are kept as CSV beside it.

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};

use super::row::Row;
use crate::defects::quietly;
use crate::files::put_column;

/// Rows of one group: a reader holds a group's column at a time.
const GROUP: usize = 1 << 16;

/// What every Parquet file begins with.
pub const MAGIC: &[u8] = b"PAR1";

/// A column's values in the rows of a group.
enum Column {
    Text(fn(&Row) -> &str),
    Whole(fn(&Row) -> usize),
    Truth(fn(&Row) -> bool),
    Figure(fn(&Row) -> f64),
    Maybe(fn(&Row) -> Option<f64>),
}

/// The columns, in the order of [`Row::COLUMNS`].
const COLUMNS: [Column; 17] = [
    Column::Text(|row| &row.key.picture),
    Column::Text(|row| &row.key.model),
    Column::Text(|row| &row.key.shift),
    Column::Whole(|row| row.class),
    Column::Text(|row| &row.label),
    Column::Figure(|row| row.probability),
    Column::Whole(|row| row.original_class),
    Column::Figure(|row| row.original_probability),
    Column::Truth(Row::same),
    Column::Maybe(|row| row.of_maps(row.agree)),
    Column::Maybe(|row| row.of_maps(row.iou)),
    Column::Maybe(|row| row.spearman),
    Column::Maybe(|row| row.ssim),
    Column::Maybe(|row| row.of_maps(row.emd)),
    Column::Text(|row| &row.key.settings),
    Column::Text(|row| &row.key.picture_sha256),
    Column::Text(|row| &row.key.model_sha256),
];

impl Column {
    fn field(&self, name: &str) -> Result<TypePtr> {
        let (physical, converted) = match self {
            Self::Text(_) => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Self::Whole(_) => (Physical::INT64, ConvertedType::NONE),
            Self::Truth(_) => (Physical::BOOLEAN, ConvertedType::NONE),
            Self::Figure(_) | Self::Maybe(_) => (Physical::DOUBLE, ConvertedType::NONE),
        };
        let repetition = match self {
            Self::Maybe(_) => Repetition::OPTIONAL,
            _ => Repetition::REQUIRED,
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_converted_type(converted)
            .with_repetition(repetition)
            .build()?;
        Ok(Arc::new(field))
    }

    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
        rows: &[Row],
    ) -> Result<()> {
        match self {
            Self::Text(of) => {
                let text = |row| ByteArray::from(of(row));
                put_column::<ByteArrayType, W>(
                    group,
                    &rows.iter().map(text).collect::<Vec<_>>(),
                    None,
                )
            }
            Self::Whole(of) => {
                let whole = |row| i64::try_from(of(row)).unwrap_or(i64::MAX);
                put_column::<Int64Type, W>(group, &rows.iter().map(whole).collect::<Vec<_>>(), None)
            }
            Self::Truth(of) => {
                put_column::<BoolType, W>(group, &rows.iter().map(of).collect::<Vec<_>>(), None)
            }
            Self::Figure(of) => {
                put_column::<DoubleType, W>(group, &rows.iter().map(of).collect::<Vec<_>>(), None)
            }
            Self::Maybe(of) => {
                let there: Vec<i16> = rows.iter().map(|row| of(row).is_some().into()).collect();
                let values: Vec<f64> = rows.iter().filter_map(of).collect();
                put_column::<DoubleType, W>(group, &values, Some(&there))
            }
        }
    }
}

/// Writes `rows` in their order.
///
/// # Errors
/// When `out` cannot be written.
pub fn write<W: Write + Send>(out: W, rows: &[Row]) -> Result<()> {
    let fields = COLUMNS.iter().zip(Row::COLUMNS);
    let fields = fields
        .map(|(column, name)| column.field(name))
        .collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder("robustness")
        .with_fields(fields)
        .build()?;
    let properties = WriterProperties::builder().build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for rows in rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for column in &COLUMNS {
            column.write(&mut group, rows)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// Reads what [`write()`] wrote, also if another program has written it anew.
///
/// # Errors
/// In a few words: when the file is damaged, or holds something else.
pub fn read(bytes: Vec<u8>) -> std::result::Result<Vec<Row>, String> {
    // The reader trusts figures in the file's footer and in its pages, and ends in a panic where they
    // are wrong (bit_util.rs, metadata/mod.rs). They cannot be checked before without doing all
    // that it does: thrift, levels, dictionaries. So a panic is caught here; nothing of what it
    // was working on is looked at after.
    let read = AssertUnwindSafe(|| read_whole(bytes));
    match quietly(read) {
        Ok(rows) => rows,
        Err(_) => Err("it is damaged: its figures about itself are wrong".to_owned()),
    }
}

fn read_whole(bytes: Vec<u8>) -> std::result::Result<Vec<Row>, String> {
    let damaged = |error: ParquetError| format!("it is damaged: {error}");
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(damaged)?;
    let schema = reader.metadata().file_metadata().schema();
    let names = schema.get_fields().iter().map(|field| field.name());
    if !names.eq(Row::COLUMNS) {
        return Err("its columns are others".to_owned());
    }
    let mut rows = Vec::new();
    for (i, row) in reader.get_row_iter(None).map_err(damaged)?.enumerate() {
        let values = row.map_err(damaged)?.into_columns();
        let fields = values.into_iter().map(|(_, value)| words(value)).collect();
        rows.push(Row::from_fields(fields).map_err(|e| format!("in record {}, {e}", i + 1))?);
    }
    Ok(rows)
}

/// A value as a field of a CSV record.
fn words(value: Field) -> String {
    match value {
        Field::Null => String::new(),
        Field::Str(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    fn written(rows: &[Row]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, rows).unwrap();
        bytes
    }

    #[test]
    fn rows_come_back() {
        let mut rows: Vec<Row> = (0..5)
            .map(|i| example(&format!("\u{e9}, \"{i}\".png"), "m", "fog:3"))
            .collect();
        rows[1].ssim = Some(1e-6);
        rows[2] = rows[2].clone().blanked();
        rows[3].original_class = rows[3].class;
        let bytes = written(&rows);
        assert_eq!(read(bytes.clone()).unwrap(), rows);
        assert!(bytes.starts_with(MAGIC) && bytes.ends_with(MAGIC));
        assert_eq!(read(written(&[])).unwrap(), []);
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let rows = [example("a", "m", "none"), example("b", "m", "none")];
        let whole = written(&rows);
        for cut in [4, whole.len() / 2, whole.len() - 1] {
            assert!(read(whole[..cut].to_vec()).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn whatever_byte_is_wrong_nothing_panics() {
        let rows: Vec<Row> = (0..6)
            .map(|i| example(&format!("{i}"), "m", "fog:3"))
            .collect();
        let whole = written(&rows);
        let mut refused = 0;
        for place in 0..whole.len() {
            for flip in [0x01, 0x16, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= flip;
                match read(bytes) {
                    Ok(rows) => assert!(rows.iter().all(|row| row.check().is_ok())),
                    Err(why) => {
                        refused += 1;
                        assert!(!why.is_empty());
                    }
                }
            }
        }
        assert!(refused > whole.len());
    }
}
