//! Maps of many pictures as Apache Parquet, the format of data frames: a row for each picture, its map as a
//! list of numbers, row by row from the upper left.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::maps_file::MapEntry;
use crate::files::put_column;

/// Maps of one group: a reader holds a group's column at a time.
const GROUP: usize = 64;

/// Writes the maps of `entries` in their order, all `[height, width]` large; `values` gives the map of each.
///
/// # Errors
/// When `out` cannot be written, or `values` fails.
pub(super) fn write<W: Write + Send>(
    out: W,
    entries: &[&MapEntry],
    [height, width]: [usize; 2],
    mut values: impl FnMut(usize) -> std::io::Result<Vec<f32>>,
) -> Result<()> {
    let schema = Type::group_type_builder("maps")
        .with_fields(fields()?)
        .build()?;
    // Numbers of maps repeat too seldom for a dictionary.
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for (number, some) in entries.chunks(GROUP).enumerate() {
        let mut group = writer.next_row_group()?;
        about(&mut group, some, [height, width])?;
        let column = group.next_column()?;
        let mut column =
            column.ok_or_else(|| ParquetError::General("a column is missing".into()))?;
        // All values are there, and each map's first one begins a row.
        let there = vec![1_i16; height * width];
        let mut begins = there.clone();
        if let Some(first) = begins.first_mut() {
            *first = 0;
        }
        for at in 0..some.len() {
            let map = values(number * GROUP + at)
                .map_err(|error| ParquetError::External(Box::new(error)))?;
            column
                .typed::<FloatType>()
                .write_batch(&map, Some(&there), Some(&begins))?;
        }
        column.close()?;
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn fields() -> Result<Vec<TypePtr>> {
    let field = |name: &str, physical, converted| -> Result<TypePtr> {
        let field = Type::primitive_type_builder(name, physical)
            .with_converted_type(converted)
            .with_repetition(Repetition::REQUIRED)
            .build()?;
        Ok(Arc::new(field))
    };
    let (text, plain) = (ConvertedType::UTF8, ConvertedType::NONE);
    let element = field("element", Physical::FLOAT, plain)?;
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![element])
        .build()?;
    let map = Type::group_type_builder("map")
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(list)])
        .build()?;
    Ok(vec![
        field("path", Physical::BYTE_ARRAY, text)?,
        field("sha256", Physical::BYTE_ARRAY, text)?,
        field("class", Physical::INT64, plain)?,
        field("label", Physical::BYTE_ARRAY, text)?,
        field("probability", Physical::FLOAT, plain)?,
        field("height", Physical::INT32, plain)?,
        field("width", Physical::INT32, plain)?,
        Arc::new(map),
    ])
}

/// All columns of a group but the maps.
fn about<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    entries: &[&MapEntry],
    [height, width]: [usize; 2],
) -> Result<()> {
    let texts = |of: fn(&MapEntry) -> &str| -> Vec<ByteArray> {
        entries
            .iter()
            .map(|entry| ByteArray::from(of(entry)))
            .collect()
    };
    let classes: Vec<i64> = entries.iter().map(|entry| entry.class as i64).collect();
    let sure: Vec<f32> = entries.iter().map(|entry| entry.probability).collect();
    let side = |side: usize| vec![i32::try_from(side).unwrap_or(i32::MAX); entries.len()];
    put_column::<ByteArrayType, W>(group, &texts(|entry| &entry.path), None)?;
    put_column::<ByteArrayType, W>(group, &texts(|entry| &entry.sha256), None)?;
    put_column::<Int64Type, W>(group, &classes, None)?;
    put_column::<ByteArrayType, W>(group, &texts(|entry| &entry.label), None)?;
    put_column::<FloatType, W>(group, &sure, None)?;
    put_column::<Int32Type, W>(group, &side(height), None)?;
    put_column::<Int32Type, W>(group, &side(width), None)
}
