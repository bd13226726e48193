//! Questions asked of run summaries: counts, histograms and timelines over any slices of time, labels and outcomes.
//!
//! All answers are sums, so slices, labels and runs can be added afterwards. Histogram buckets belong to the slice in
//! which they start; a slice that is not a multiple of the bucket is therefore snapped.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::histogram::bin_end;
use super::{DatasetError, Outcome, OutcomeFilter, RunSummary, ValueCount, ValueCounts};
use crate::calendar::{Instant, TimeRange};

/// Sums over one slice of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SliceCounts {
    /// Requests.
    pub count: u64,
    /// Of these, failed ones.
    pub errors: u64,
    /// Sum of durations in nanoseconds, over all outcomes.
    pub sum_ns: f64,
    /// Shortest and longest duration in nanoseconds.
    pub min_ns: i64,
    /// Longest duration in nanoseconds.
    pub max_ns: i64,
    /// Bytes received.
    pub received: i64,
    /// Bytes sent.
    pub sent: i64,
    /// First start, µs since the epoch.
    pub first_start: i64,
    /// Last end, µs since the epoch.
    pub last_end: i64,
}

impl SliceCounts {
    fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        self.count += other.count;
        self.errors += other.errors;
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.received += other.received;
        self.sent += other.sent;
        self.first_start = self.first_start.min(other.first_start);
        self.last_end = self.last_end.max(other.last_end);
    }

    /// The time from the first start to the last end, in seconds.
    pub fn span_secs(&self) -> f64 {
        (self.last_end - self.first_start) as f64 / 1e6
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }
}

/// The slice (of rising, non-overlapping ones) that holds a second.
fn slice_of(slices: &[TimeRange], second: i64) -> Option<usize> {
    let at = Instant::from_secs(second);
    let after = slices.partition_point(|s| s.start <= at);
    let index = after.checked_sub(1)?;
    slices.get(index).filter(|s| s.contains(at)).map(|_| index)
}

/// The seconds that a range holds in part or as a whole.
fn seconds_of(range: TimeRange) -> RangeInclusive<i64> {
    range.start.secs()..=range.end.0.saturating_sub(1).div_euclid(1_000_000)
}

/// The rows of one numeric column as a vector.
fn column_i64(frame: &DataFrame, name: &str) -> Result<Vec<i64>, DatasetError> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.into_no_null_iter().collect())
}

/// One row of a histogram.
#[derive(Clone, Copy, Debug)]
struct Cell {
    bucket: i64,
    label: usize,
    failed: bool,
    /// In ticks.
    bin: i64,
    count: u64,
}

impl Cell {
    const fn value_count(self, tick_ns: i64) -> ValueCount {
        ValueCount {
            low_ns: self.bin.saturating_mul(tick_ns),
            high_ns: bin_end(self.bin).saturating_mul(tick_ns),
            count: self.count,
        }
    }
}

impl RunSummary {
    /// The first and the last second with a request.
    pub fn span(&self) -> Result<Option<TimeRange>, DatasetError> {
        let seconds = self.counters.column("second")?.i64()?;
        let last = self.counters.column("last_end")?.i64()?;
        Ok(seconds
            .min()
            .zip(last.max())
            .map(|(first, last)| TimeRange {
                start: Instant::from_secs(first),
                end: Instant(last),
            }))
    }

    /// Requests by the second (or the step of the counters) in which they began, rising, without controllers.
    pub fn requests_by_second(&self) -> Result<BTreeMap<i64, u64>, DatasetError> {
        let seconds = column_i64(&self.counters, "second")?;
        let labels = column_i64(&self.counters, "label")?;
        let counts = column_i64(&self.counters, "count")?;
        let mut sums = BTreeMap::new();
        for ((second, label), count) in seconds.into_iter().zip(labels).zip(counts) {
            let index = usize::try_from(label).unwrap_or(usize::MAX);
            if self.labels.get(index).is_some_and(|l| !l.controller) {
                *sums.entry(second).or_default() += u64::try_from(count).unwrap_or(0);
            }
        }
        Ok(sums)
    }

    /// Indexes of the labels that count in totals (no transaction controllers).
    pub fn counted_labels(&self) -> Vec<u16> {
        self.labels
            .iter()
            .enumerate()
            .filter(|(_, l)| !l.controller)
            .map(|(i, _)| i as u16)
            .collect()
    }

    /// Sums for each slice, over the given labels. Slices must be rising and must not overlap.
    pub fn counts(
        &self,
        labels: &[u16],
        slices: &[TimeRange],
    ) -> Result<Vec<SliceCounts>, DatasetError> {
        let by_label = self.counts_by_label(labels, slices)?;
        let mut sums = vec![SliceCounts::default(); slices.len()];
        for per_slice in by_label.values() {
            for (sum, add) in sums.iter_mut().zip(per_slice) {
                sum.add(add);
            }
        }
        Ok(sums)
    }

    /// Sums for each label and slice.
    pub fn counts_by_label(
        &self,
        labels: &[u16],
        slices: &[TimeRange],
    ) -> Result<BTreeMap<u16, Vec<SliceCounts>>, DatasetError> {
        let frame = &self.counters;
        let [
            second,
            label,
            outcome,
            count,
            sum,
            min,
            max,
            received,
            sent,
            first,
            last,
        ] = [
            "second",
            "label",
            "outcome",
            "count",
            "sum_ticks",
            "min_ticks",
            "max_ticks",
            "received",
            "sent",
            "first_start",
            "last_end",
        ]
        .map(|name| column_i64(frame, name));
        let (second, label, outcome, count) = (second?, label?, outcome?, count?);
        let (sum, min, max, received, sent) = (sum?, min?, max?, received?, sent?);
        let (first, last) = (first?, last?);
        let mut sums: BTreeMap<u16, Vec<SliceCounts>> = labels
            .iter()
            .map(|l| (*l, vec![SliceCounts::default(); slices.len()]))
            .collect();
        let at = |values: &[i64], row: usize| values.get(row).copied().unwrap_or_default();
        for row in 0..second.len() {
            let Some(index) = slice_of(slices, at(&second, row)) else {
                continue;
            };
            let Some(slot) = sums
                .get_mut(&(at(&label, row) as u16))
                .and_then(|s| s.get_mut(index))
            else {
                continue;
            };
            let requests = at(&count, row) as u64;
            slot.add(&SliceCounts {
                count: requests,
                errors: if at(&outcome, row) == Outcome::Failure as i64 {
                    requests
                } else {
                    0
                },
                sum_ns: at(&sum, row) as f64 * self.tick_ns as f64,
                min_ns: at(&min, row) * self.tick_ns,
                max_ns: at(&max, row) * self.tick_ns,
                received: at(&received, row),
                sent: at(&sent, row),
                first_start: at(&first, row),
                last_end: at(&last, row),
            });
        }
        Ok(sums)
    }

    /// The durations of each slice, over the given labels and outcomes.
    pub fn durations(
        &self,
        labels: &[u16],
        slices: &[TimeRange],
        outcomes: OutcomeFilter,
    ) -> Result<Vec<ValueCounts>, DatasetError> {
        let mut wanted = vec![false; self.labels.len()];
        for label in labels {
            if let Some(flag) = wanted.get_mut(usize::from(*label)) {
                *flag = true;
            }
        }
        let mut values: Vec<Vec<ValueCount>> = vec![Vec::new(); slices.len()];
        self.each_cell(|cell| {
            if !wanted.get(cell.label).copied().unwrap_or_default()
                || (outcomes == OutcomeFilter::Success && cell.failed)
            {
                return;
            }
            let slice = slice_of(slices, cell.bucket);
            if let Some(list) = slice.and_then(|i| values.get_mut(i)) {
                list.push(cell.value_count(self.tick_ns));
            }
        })?;
        Ok(values.into_iter().map(ValueCounts::new).collect())
    }

    /// The durations of each label over one range.
    pub fn durations_by_label(
        &self,
        range: TimeRange,
        outcomes: OutcomeFilter,
    ) -> Result<Vec<ValueCounts>, DatasetError> {
        let seconds = seconds_of(range);
        let wanted = |cell: &Cell| {
            seconds.contains(&cell.bucket) && (outcomes == OutcomeFilter::All || !cell.failed)
        };
        let mut lengths = vec![0_usize; self.labels.len()];
        self.each_cell(|cell| {
            if let (true, Some(length)) = (wanted(&cell), lengths.get_mut(cell.label)) {
                *length += 1;
            }
        })?;
        let mut values: Vec<Vec<ValueCount>> =
            lengths.into_iter().map(Vec::with_capacity).collect();
        self.each_cell(|cell| {
            if let (true, Some(list)) = (wanted(&cell), values.get_mut(cell.label)) {
                list.push(cell.value_count(self.tick_ns));
            }
        })?;
        Ok(values.into_iter().map(ValueCounts::new).collect())
    }

    /// How many successful requests of each label certainly took at most so long, for two limits in nanoseconds.
    pub fn successes_within(
        &self,
        range: TimeRange,
        limits_ns: [i64; 2],
    ) -> Result<Vec<[u64; 2]>, DatasetError> {
        let seconds = seconds_of(range);
        let mut sums = vec![[0; 2]; self.labels.len()];
        self.each_cell(|cell| {
            let Some(sums) = sums.get_mut(cell.label) else {
                return;
            };
            if cell.failed || !seconds.contains(&cell.bucket) {
                return;
            }
            let value = cell.value_count(self.tick_ns);
            for (sum, limit_ns) in sums.iter_mut().zip(limits_ns) {
                *sum += if value.high_ns <= limit_ns {
                    value.count
                } else {
                    0
                };
            }
        })?;
        Ok(sums)
    }

    /// Every row of the histogram, a piece of it at a time: no column is copied as a whole.
    fn each_cell(&self, mut take: impl FnMut(Cell)) -> Result<(), DatasetError> {
        const PIECE: usize = 1 << 16;
        let mut from = 0;
        while from < self.histogram.height() {
            let part = self.histogram.slice(from as i64, PIECE);
            let (bucket, label) = (column_i64(&part, "bucket")?, column_i64(&part, "label")?);
            let (outcome, value) = (column_i64(&part, "outcome")?, column_i64(&part, "value")?);
            let count = column_i64(&part, "count")?;
            let places = bucket.into_iter().zip(label).zip(outcome);
            for (((bucket, label), outcome), (value, count)) in
                places.zip(value.into_iter().zip(count))
            {
                take(Cell {
                    bucket,
                    label: usize::try_from(label).unwrap_or(usize::MAX),
                    failed: outcome != Outcome::Success as i64,
                    bin: value,
                    count: count as u64,
                });
            }
            from += PIECE;
        }
        Ok(())
    }

    /// The durations of each label in each slice, in one pass: `[label][slice]`.
    pub fn durations_by_label_and_slice(
        &self,
        slices: &[TimeRange],
        outcomes: OutcomeFilter,
    ) -> Result<Vec<Vec<ValueCounts>>, DatasetError> {
        let mut values: Vec<BTreeMap<usize, Vec<ValueCount>>> =
            vec![BTreeMap::new(); self.labels.len()];
        self.each_cell(|cell| {
            if outcomes == OutcomeFilter::Success && cell.failed {
                return;
            }
            if let Some((slot, index)) = values
                .get_mut(cell.label)
                .zip(slice_of(slices, cell.bucket))
            {
                let list = slot.entry(index).or_default();
                list.push(cell.value_count(self.tick_ns));
            }
        })?;
        Ok(values
            .into_iter()
            .map(|mut by_slice| {
                (0..slices.len())
                    .map(|index| ValueCounts::new(by_slice.remove(&index).unwrap_or_default()))
                    .collect()
            })
            .collect())
    }

    /// The largest number of active users in each slice, generators added up second by second; `None` where not known.
    pub fn active_users(&self, slices: &[TimeRange]) -> Result<Vec<Option<i64>>, DatasetError> {
        let mut most = vec![None; slices.len()];
        for (second, active) in self.active_by_second(TimeRange::ALL)? {
            if let Some(slot) = slice_of(slices, second).and_then(|i| most.get_mut(i)) {
                *slot = Some(slot.map_or(active, |m: i64| m.max(active)));
            }
        }
        Ok(most)
    }

    /// Active users by second over a range, generators added up, in order of time.
    pub fn active_by_second(&self, range: TimeRange) -> Result<Vec<(i64, i64)>, DatasetError> {
        if self.concurrency.height() == 0 {
            return Ok(Vec::new());
        }
        let per_second = self
            .concurrency
            .clone()
            .lazy()
            .group_by([col("second")])
            .agg([col("active").sum()])
            .sort(["second"], SortMultipleOptions::default())
            .collect()?;
        let seconds = column_i64(&per_second, "second")?;
        let active = column_i64(&per_second, "active")?;
        Ok(seconds
            .into_iter()
            .zip(active)
            .filter(|(second, _)| range.contains(Instant::from_secs(*second)))
            .collect())
    }

    /// Response codes over a range with their counts, most frequent first.
    pub fn codes(&self, range: TimeRange) -> Result<Vec<(String, u64)>, DatasetError> {
        let frame = self
            .codes
            .clone()
            .lazy()
            .filter(
                col("minute")
                    .gt_eq(lit(range.start.secs() / 60 * 60))
                    .and(col("minute").lt(lit(range.end.secs()))),
            )
            .group_by([col("code")])
            .agg([col("count").sum()])
            .collect()?;
        let codes = frame.column("code")?.str()?;
        let counts = column_i64(&frame, "count")?;
        let mut list: Vec<(String, u64)> = codes
            .iter()
            .zip(counts)
            .map(|(code, count)| (code.unwrap_or_default().to_owned(), count as u64))
            .collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(list)
    }
}
