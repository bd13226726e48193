//! The columns of the stored frames, and the checks a frame from an untrusted file has to pass before it is asked.

use polars::prelude::*;

use super::DatasetError;

/// Names and types, in order.
pub(super) type Columns = &'static [(&'static str, DataType)];

/// `RunSummary::counters`.
pub(super) const COUNTERS: Columns = &[
    ("second", DataType::Int64),
    ("label", DataType::UInt16),
    ("outcome", DataType::UInt8),
    ("count", DataType::UInt64),
    ("sum_ticks", DataType::Int64),
    ("min_ticks", DataType::Int64),
    ("max_ticks", DataType::Int64),
    ("received", DataType::Int64),
    ("sent", DataType::Int64),
    ("first_start", DataType::Int64),
    ("last_end", DataType::Int64),
];
/// `RunSummary::histogram`.
pub(super) const HISTOGRAM: Columns = &[
    ("bucket", DataType::Int64),
    ("label", DataType::UInt16),
    ("outcome", DataType::UInt8),
    ("value", DataType::Int64),
    ("count", DataType::UInt64),
];
/// `RunSummary::codes`.
pub(super) const CODES: Columns = &[
    ("minute", DataType::Int64),
    ("label", DataType::UInt16),
    ("code", DataType::String),
    ("count", DataType::UInt64),
];
/// `RunSummary::concurrency`.
pub(super) const CONCURRENCY: Columns = &[
    ("second", DataType::Int64),
    ("generator", DataType::UInt16),
    ("active", DataType::Int64),
];
/// `MetricTable::points`.
pub(super) const POINTS: Columns = &[
    ("series", DataType::UInt32),
    ("t", DataType::Int64),
    ("value", DataType::Float64),
];
/// `BucketSummary::cells`.
pub(super) const CELLS: Columns = &[
    ("t", DataType::Int64),
    ("label", DataType::UInt16),
    ("low_ns", DataType::Int64),
    ("high_ns", DataType::Int64),
    ("count", DataType::UInt64),
];

fn damaged(what: String) -> DatasetError {
    DatasetError::Damaged(what)
}

/// A frame with these columns and no rows.
pub(super) fn empty(columns: Columns) -> Result<DataFrame, DatasetError> {
    let columns = columns
        .iter()
        .map(|(name, dtype)| Column::new_empty(PlSmallStr::from_static(name), dtype))
        .collect();
    Ok(DataFrame::new(0, columns)?)
}

/// The columns in their order, once their names and types are right and no cell is missing.
pub(super) fn arrange(frame: &DataFrame, columns: Columns) -> Result<DataFrame, DatasetError> {
    if frame.width() != columns.len() {
        return Err(damaged(format!(
            "{} columns where {} were expected",
            frame.width(),
            columns.len()
        )));
    }
    for (name, dtype) in columns {
        let column = frame
            .column(name)
            .map_err(|_| damaged(format!("the column \"{name}\" is missing")))?;
        if column.dtype() != dtype {
            return Err(damaged(format!(
                "the column \"{name}\" is {} instead of {dtype}",
                column.dtype()
            )));
        }
        if column.null_count() > 0 {
            return Err(damaged(format!("the column \"{name}\" has empty cells")));
        }
    }
    Ok(frame.select(columns.iter().map(|(name, _)| *name))?)
}

/// All indexes of a column refer to one of `count` things.
pub(super) fn below(frame: &DataFrame, name: &str, count: usize) -> Result<(), DatasetError> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    match column.i64()?.max() {
        Some(largest) if largest >= count as i64 => Err(damaged(format!(
            "the column \"{name}\" refers to number {largest} of {count}"
        ))),
        _ => Ok(()),
    }
}

/// No value of a column is negative.
pub(super) fn not_negative(frame: &DataFrame, name: &str) -> Result<(), DatasetError> {
    match frame.column(name)?.i64()?.min() {
        Some(least) if least < 0 => Err(damaged(format!(
            "the column \"{name}\" has a negative value"
        ))),
        _ => Ok(()),
    }
}

/// Points rise by series and time, and their values are finite: lookups rely on it.
pub(super) fn sorted_points(points: &DataFrame) -> Result<(), DatasetError> {
    let series = points.column("series")?.u32()?.into_no_null_iter();
    let times = points.column("t")?.i64()?.into_no_null_iter();
    if !series.zip(times).is_sorted_by(|a, b| a < b) {
        return Err(damaged("its points are out of order".to_owned()));
    }
    let mut values = points.column("value")?.f64()?.into_no_null_iter();
    if !values.all(f64::is_finite) {
        return Err(damaged("some of its values are not numbers".to_owned()));
    }
    Ok(())
}
