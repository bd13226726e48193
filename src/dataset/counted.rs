//! Summaries from plain figures: what a simulation counted, in the form in which load tests and metrics are kept, so
//! that the same questions can be asked of it.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::frames::{CODES, CONCURRENCY, empty};
use super::histogram::bin_of;
use super::{DatasetError, LabelInfo, MetricTable, Outcome, RunSummary, Series};

/// Requests that began in one second (or the step that begins with it).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// Start, seconds since the epoch.
    pub second: i64,
    /// Seconds of the step.
    pub secs: i64,
    /// Index of the label.
    pub label: u16,
    /// They failed.
    pub failed: bool,
    /// (microseconds, how many), in any order.
    pub values: Vec<(i64, u64)>,
}

#[derive(Default)]
struct Sums {
    count: u64,
    sum: i64,
    least: Option<i64>,
    most: i64,
    end: i64,
}

impl RunSummary {
    /// A run from plain counts, in buckets of so many seconds.
    pub fn from_counted(
        labels: &[String],
        bucket_secs: i64,
        cells: impl IntoIterator<Item = Counted>,
    ) -> Result<Self, DatasetError> {
        let bucket_secs = bucket_secs.max(1);
        let mut counters: BTreeMap<(i64, u16, u8), Sums> = BTreeMap::new();
        let mut bins: BTreeMap<(i64, u16, u8, i64), u64> = BTreeMap::new();
        for cell in cells {
            let outcome = if cell.failed {
                Outcome::Failure
            } else {
                Outcome::Success
            } as u8;
            let bucket = cell.second.div_euclid(bucket_secs) * bucket_secs;
            let sums = counters
                .entry((cell.second, cell.label, outcome))
                .or_default();
            sums.end = sums.end.max(cell.second.saturating_add(cell.secs));
            for (micros, count) in cell.values.into_iter().filter(|(_, count)| *count > 0) {
                let micros = micros.max(0);
                sums.count += count;
                sums.sum = sums.sum.saturating_add(micros.saturating_mul(count as i64));
                sums.least = Some(sums.least.map_or(micros, |m| m.min(micros)));
                sums.most = sums.most.max(micros);
                *bins
                    .entry((bucket, cell.label, outcome, bin_of(micros)))
                    .or_default() += count;
            }
        }
        counters.retain(|_, sums| sums.count > 0);
        Ok(Self {
            // Microseconds.
            tick_ns: 1_000,
            bucket_secs,
            labels: labels
                .iter()
                .map(|name| LabelInfo {
                    name: name.clone(),
                    controller: false,
                })
                .collect(),
            counters: counters_frame(&counters)?,
            histogram: df![
                "bucket" => bins.keys().map(|k| k.0).collect::<Vec<i64>>(),
                "label" => bins.keys().map(|k| k.1).collect::<Vec<u16>>(),
                "outcome" => bins.keys().map(|k| k.2).collect::<Vec<u8>>(),
                "value" => bins.keys().map(|k| k.3).collect::<Vec<i64>>(),
                "count" => bins.values().copied().collect::<Vec<u64>>(),
            ]?,
            codes: empty(CODES)?,
            concurrency: empty(CONCURRENCY)?,
            ..Self::default()
        })
    }
}

fn counters_frame(rows: &BTreeMap<(i64, u16, u8), Sums>) -> Result<DataFrame, DatasetError> {
    let column = |f: &dyn Fn(&Sums) -> i64| -> Vec<i64> { rows.values().map(f).collect() };
    let micros = |secs: i64| secs.saturating_mul(1_000_000);
    let zeros = vec![0_i64; rows.len()];
    Ok(df![
        "second" => rows.keys().map(|k| k.0).collect::<Vec<i64>>(),
        "label" => rows.keys().map(|k| k.1).collect::<Vec<u16>>(),
        "outcome" => rows.keys().map(|k| k.2).collect::<Vec<u8>>(),
        "count" => rows.values().map(|s| s.count).collect::<Vec<u64>>(),
        "sum_ticks" => column(&|s| s.sum),
        "min_ticks" => column(&|s| s.least.unwrap_or_default()),
        "max_ticks" => column(&|s| s.most),
        "received" => &zeros,
        "sent" => &zeros,
        "first_start" => rows.keys().map(|k| micros(k.0)).collect::<Vec<i64>>(),
        "last_end" => column(&|s| micros(s.end)),
    ]?)
}

impl MetricTable {
    /// A table from plain series, whose times rise.
    pub fn from_series(series: &[Series]) -> Result<Self, DatasetError> {
        let keys: Vec<u32> = series
            .iter()
            .zip(0_u32..)
            .flat_map(|(s, index)| std::iter::repeat_n(index, s.times.len()))
            .collect();
        let times: Vec<i64> = series
            .iter()
            .flat_map(|s| s.times.iter().map(|t| t.0))
            .collect();
        let values: Vec<f64> = series
            .iter()
            .flat_map(|s| s.values.iter().copied())
            .collect();
        Ok(Self {
            series: series.iter().map(|s| s.info.clone()).collect(),
            points: df!["series" => keys, "t" => times, "value" => values]?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Instant, TimeRange};
    use crate::dataset::{Estimator, OutcomeFilter, SeriesInfo};
    use crate::units::Ppm;

    #[test]
    fn counts_and_percentiles_come_back() {
        let cell = |second, label, failed, values: &[(i64, u64)]| Counted {
            second,
            secs: 5,
            label,
            failed,
            values: values.to_vec(),
        };
        let run = RunSummary::from_counted(
            &["a".to_owned(), "b".to_owned()],
            60,
            [
                cell(5, 0, false, &[(30_000, 5), (10_000, 90)]),
                cell(0, 0, false, &[(20_000, 5)]),
                cell(0, 1, true, &[(1_000, 3)]),
                cell(0, 1, false, &[]),
            ],
        )
        .unwrap();
        let all = TimeRange {
            start: Instant::from_secs(0),
            end: Instant::from_secs(60),
        };
        let counts = run.counts(&[0, 1], &[all]).unwrap()[0];
        assert_eq!((counts.count, counts.errors), (103, 3));
        assert_eq!((counts.min_ns, counts.max_ns), (1_000_000, 30_000_000));
        assert_eq!(run.span().unwrap().unwrap().end, Instant::from_secs(10));
        let durations = run.durations(&[0], &[all], OutcomeFilter::Success).unwrap();
        let p95 = durations[0]
            .quantile(Ppm(950_000), Estimator::Nearest)
            .unwrap();
        assert_eq!((p95.n, p95.millis()), (100, 20.0));
    }

    #[test]
    fn series_come_back() {
        let series = |name: &str, values: &[f64]| Series {
            info: SeriesInfo {
                name: name.to_owned(),
                ..SeriesInfo::default()
            },
            times: (0..values.len() as i64).map(Instant::from_secs).collect(),
            values: values.to_vec(),
        };
        let all = [
            series("a", &[1.0, 2.0]),
            series("b", &[]),
            series("c", &[3.0]),
        ];
        let table = MetricTable::from_series(&all).unwrap();
        for (index, one) in all.iter().enumerate() {
            assert_eq!(table.series(index).unwrap(), *one);
        }
    }
}
