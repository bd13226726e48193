//! The frames of a run summary, from the maps in which it was added up; and text in the encodings that files come in.

use polars::prelude::*;

use super::intern::{FastMap, OTHER};
use super::keys::{bin_edge, bin_number, cell_key, cell_parts};
use super::sorted::compact;
use super::tally::Sums;
use crate::dataset::DatasetError;

/// A column that takes the values over; `df!` would copy them, and these are the largest things an import holds.
fn owned<T: PolarsNumericType>(name: &str, values: Vec<T::Native>) -> Column
where
    ChunkedArray<T>: IntoColumn,
{
    ChunkedArray::<T>::from_vec(name.into(), values).into_column()
}

fn frame(columns: Vec<Column>) -> Result<DataFrame, DatasetError> {
    Ok(DataFrame::new_infer_height(columns)?)
}

/// Histogram rows, and those of short durations that were counted in arrays.
pub(super) fn histogram_frame(
    mut rows: Vec<(u64, u64)>,
    dense: &[Vec<u64>],
    origin: i64,
) -> Result<DataFrame, DatasetError> {
    for (slot, counts) in dense.iter().enumerate() {
        let (label, failed) = (slot as u32 / 2, slot % 2 == 1);
        for (ticks, count) in counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let bin = bin_number(ticks as i64);
            rows.push((cell_key(0, label, failed, bin), *count));
        }
    }
    compact(&mut rows);
    let parts = |(key, _): &(u64, u64)| cell_parts(*key);
    let column = |f: &dyn Fn((u32, u32, bool, u64)) -> i64| -> Vec<i64> {
        rows.iter().map(|row| f(parts(row))).collect()
    };
    let labels: Vec<u16> = rows.iter().map(|r| parts(r).1 as u16).collect();
    let outcomes: Vec<u8> = rows.iter().map(|r| u8::from(parts(r).2)).collect();
    frame(vec![
        owned::<Int64Type>("bucket", column(&|(bucket, ..)| i64::from(bucket) + origin)),
        owned::<UInt16Type>("label", labels),
        owned::<UInt8Type>("outcome", outcomes),
        owned::<Int64Type>("value", column(&|(.., bin)| bin_edge(bin))),
        owned::<UInt64Type>("count", rows.iter().map(|(_, count)| *count).collect()),
    ])
}

/// Response codes by minute and label, in rows by key; the lower bits of a key number the code.
pub(super) fn codes_frame(
    rows: &[(u64, u64)],
    names: &[String],
    origin: i64,
) -> Result<DataFrame, DatasetError> {
    let minute = |key: u64| ((key >> 32) as i64 + origin).div_euclid(60) * 60;
    let code = |key: u64| {
        let id = key as usize & OTHER as usize;
        names.get(id).map_or("", String::as_str)
    };
    Ok(df![
        "minute" => rows.iter().map(|(key, _)| minute(*key)).collect::<Vec<i64>>(),
        "label" => rows.iter().map(|(key, _)| ((key >> 12) as u32 & OTHER) as u16).collect::<Vec<u16>>(),
        "code" => rows.iter().map(|(key, _)| code(*key)).collect::<Vec<&str>>(),
        "count" => rows.iter().map(|(_, count)| *count).collect::<Vec<u64>>(),
    ]?)
}

/// Counters by second, label and outcome, in rows by key.
pub(super) fn counters_frame(rows: &[(u64, Sums)], origin: i64) -> Result<DataFrame, DatasetError> {
    let column =
        |f: &dyn Fn(&Sums) -> i64| -> Vec<i64> { rows.iter().map(|(_, s)| f(s)).collect() };
    let second = |key: &u64| (key >> 32) as i64 + origin;
    let label = |key: &u64| (*key as u32 >> 1) as u16;
    frame(vec![
        owned::<Int64Type>("second", rows.iter().map(|(key, _)| second(key)).collect()),
        owned::<UInt16Type>("label", rows.iter().map(|(key, _)| label(key)).collect()),
        owned::<UInt8Type>(
            "outcome",
            rows.iter().map(|(key, _)| (key & 1) as u8).collect(),
        ),
        owned::<UInt64Type>("count", rows.iter().map(|(_, s)| s.count).collect()),
        owned::<Int64Type>("sum_ticks", column(&|s| s.sum_ticks)),
        owned::<Int64Type>("min_ticks", column(&|s| s.min_ticks)),
        owned::<Int64Type>("max_ticks", column(&|s| s.max_ticks)),
        owned::<Int64Type>("received", column(&|s| s.received)),
        owned::<Int64Type>("sent", column(&|s| s.sent)),
        owned::<Int64Type>("first_start", column(&|s| s.first_start)),
        owned::<Int64Type>("last_end", column(&|s| s.last_end)),
    ])
}

/// Active users by second and generator.
pub(super) fn active_frame(active: &FastMap<u64, i64>) -> Result<DataFrame, DatasetError> {
    let mut rows: Vec<(u64, i64)> = active.iter().map(|(k, n)| (*k, *n)).collect();
    rows.sort_unstable();
    Ok(df![
        "second" => rows.iter().map(|(key, _)| (key >> 32) as i64).collect::<Vec<i64>>(),
        "generator" => rows.iter().map(|(key, _)| *key as u16).collect::<Vec<u16>>(),
        "active" => rows.iter().map(|(_, active)| *active).collect::<Vec<i64>>(),
    ]?)
}
