//! Prometheus `_bucket` series to requests per step and bucket. They are cumulative twice: in time (counters) and in
//! `le` (each bucket holds all smaller ones). See the Prometheus documentation, "Histograms and summaries".

use std::collections::BTreeMap;

use super::bucket_cells::Cell;
use super::counter::increase;
use super::names::words;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::SeriesInfo;
use crate::dataset::metric::usual_step_secs;
use crate::warning::{WarningKind, Warnings};

/// More label sets than this are not told apart.
const MAX_LABELS: usize = u16::MAX as usize;

/// Readings beyond this are left out: all of them have to be held at once.
const MAX_READINGS: usize = 8_000_000;

/// One histogram: its buckets by upper bound in nanoseconds, each with what its counter showed.
type Histogram = BTreeMap<i64, BTreeMap<Instant, f64>>;

/// All `_bucket` series of a file while they are being read.
#[derive(Debug, Default)]
pub struct LeBuckets {
    histograms: BTreeMap<(String, BTreeMap<String, String>), Histogram>,
    readings: usize,
    left_out: u64,
}

/// What the readings come to.
#[derive(Debug, Default)]
pub struct Counted {
    /// Base metric with its labels without `le`.
    pub labels: Vec<String>,
    /// Counts per step and bucket, sorted.
    pub rows: Vec<Cell>,
    /// Seconds between readings.
    pub step_secs: f64,
}

/// Nanoseconds in one unit of `le`, by the name; `None` where the name speaks of sizes, not of durations.
pub fn le_unit_ns(base: &str) -> Option<f64> {
    let words = words(base);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if has(&["bytes", "size", "length", "ratio", "count"]) {
        None
    } else if has(&["milliseconds", "millis", "ms"]) {
        Some(1e6)
    } else if has(&["microseconds", "micros", "us"]) {
        Some(1e3)
    } else {
        Some(1e9)
    }
}

/// The upper bound of a bucket in nanoseconds; `i64::MAX` for `+Inf`.
pub fn bound_ns(le: &str, unit_ns: f64) -> Option<i64> {
    let bound: f64 = match le.trim() {
        "+Inf" | "Inf" | "inf" | "+inf" => return Some(i64::MAX),
        text => text.parse().ok()?,
    };
    let nanos = (bound * unit_ns).round();
    (nanos.is_finite() && nanos >= 0.0 && nanos < i64::MAX as f64).then_some(nanos as i64)
}

impl LeBuckets {
    /// Takes the readings of one bucket of one histogram.
    pub fn add(
        &mut self,
        base: &str,
        labels: &BTreeMap<String, String>,
        upper_ns: i64,
        points: impl IntoIterator<Item = (Instant, f64)>,
    ) {
        let bucket = self
            .histograms
            .entry((base.to_owned(), labels.clone()))
            .or_default()
            .entry(upper_ns)
            .or_default();
        for (at, value) in points {
            if self.readings >= MAX_READINGS {
                self.left_out += 1;
                continue;
            }
            self.readings += usize::from(bucket.insert(at, value).is_none());
        }
    }

    /// First and last reading.
    pub fn span(&self) -> Option<(Instant, Instant)> {
        let buckets = || self.histograms.values().flat_map(BTreeMap::values);
        let first = buckets().filter_map(|b| b.keys().next()).min()?;
        let last = buckets().filter_map(|b| b.keys().next_back()).max()?;
        Some((*first, *last))
    }

    /// Turns readings into counts per step and bucket, keeping steps that end inside `range`.
    pub fn settle(self, range: TimeRange, warnings: &mut Warnings) -> Counted {
        let mut rows: Vec<Cell> = Vec::new();
        let mut summary = Counted::default();
        if self.left_out > 0 {
            warnings.add_counted(
                WarningKind::Folded,
                "there are more readings of histogram buckets than can be held; the rest was left out: export a coarser step",
                self.left_out,
                None,
            );
        }
        let mut instants: Vec<Instant> = Vec::new();
        for ((base, labels), histogram) in self.histograms {
            if summary.labels.len() >= MAX_LABELS {
                warnings.add(
                    WarningKind::TooManyLabels,
                    "more histograms than are kept apart; the rest was left out",
                );
                continue;
            }
            if !histogram.contains_key(&i64::MAX) {
                warnings.add(
                    WarningKind::Note,
                    format!("{base} has no +Inf bucket: requests above its largest bound are not counted"),
                );
            }
            let label = summary.labels.len() as u16;
            let info = SeriesInfo {
                name: base,
                labels,
                ..SeriesInfo::default()
            };
            summary.labels.push(info.display_name());
            let read = Readings::of(&histogram);
            if read.incomplete > 0 {
                warnings.add_counted(
                    WarningKind::Note,
                    "instants at which not every bucket of a histogram has a value were left out",
                    read.incomplete,
                    None,
                );
            }
            let mut resets = 0;
            for pair in read.rows.windows(2) {
                let [(_, before), (to, after)] = pair else {
                    continue;
                };
                let (counts, reset) = step_counts(before, after);
                resets += u64::from(reset);
                if !range.contains(*to) {
                    continue;
                }
                let mut low = 0;
                for (high, count) in histogram.keys().zip(counts) {
                    if count > 0 {
                        rows.push((to.0, label, low, *high, count));
                    }
                    low = *high;
                }
            }
            if resets > 0 {
                warnings.add_counted(
                    WarningKind::CounterReset,
                    "a histogram went backwards and was taken as restarted from zero",
                    resets,
                    None,
                );
            }
            if read.rows.len() > instants.len() {
                instants = read.rows.iter().map(|(at, _)| *at).collect();
            }
        }
        rows.sort_unstable();
        summary.step_secs = usual_step_secs(&instants).unwrap_or_default();
        summary.rows = rows;
        summary
    }
}

/// What all buckets of a histogram showed at the instants at which every one has a value.
struct Readings {
    rows: Vec<(Instant, Vec<f64>)>,
    incomplete: u64,
}

impl Readings {
    fn of(histogram: &Histogram) -> Self {
        let mut at: BTreeMap<Instant, Vec<f64>> = BTreeMap::new();
        for points in histogram.values() {
            for (instant, value) in points {
                at.entry(*instant).or_default().push(*value);
            }
        }
        let all = at.len();
        at.retain(|_, values| values.len() == histogram.len());
        Self {
            incomplete: (all - at.len()) as u64,
            rows: at.into_iter().collect(),
        }
    }
}

/// Requests in each bucket alone between two readings. Where any bucket went backwards, all of them restarted.
fn step_counts(before: &[f64], after: &[f64]) -> (Vec<u64>, bool) {
    let reset = before.iter().zip(after).any(|(b, a)| increase(*b, *a).1);
    let mut below = 0.0;
    let counts = before
        .iter()
        .zip(after)
        .map(|(b, a)| {
            let grown: f64 = if reset { *a } else { a - b };
            let alone = (grown - below).max(0.0);
            below = grown.max(below);
            alone.round() as u64
        })
        .collect();
    (counts, reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(values: &[(i64, f64)]) -> Vec<(Instant, f64)> {
        values
            .iter()
            .map(|(s, v)| (Instant::from_secs(*s), *v))
            .collect()
    }

    #[test]
    fn both_cumulations_are_undone() {
        let mut buckets = LeBuckets::default();
        let labels = BTreeMap::from([("handler".to_owned(), "/api".to_owned())]);
        for (le, points) in [
            ("0.1", [(0, 10.0), (15, 14.0), (30, 3.0)]),
            ("0.5", [(0, 12.0), (15, 18.0), (30, 5.0)]),
            ("+Inf", [(0, 12.0), (15, 19.0), (30, 5.0)]),
        ] {
            let bound = bound_ns(le, 1e9).unwrap();
            buckets.add(
                "http_request_duration_seconds",
                &labels,
                bound,
                secs(&points),
            );
        }
        let mut warnings = Warnings::default();
        let counted = buckets.settle(TimeRange::ALL, &mut warnings);
        assert_eq!(
            counted.labels,
            ["http_request_duration_seconds{handler=/api}"]
        );
        assert_eq!(counted.step_secs, 15.0);
        // 4 up to 0.1 s, 2 up to 0.5 s, 1 above; then a restart with 3 and 2.
        let counts: Vec<(i64, u64)> = counted.rows.iter().map(|r| (r.2, r.4)).collect();
        assert_eq!(
            counts,
            [
                (0, 4),
                (100_000_000, 2),
                (500_000_000, 1),
                (0, 3),
                (100_000_000, 2)
            ]
        );
        assert_eq!(warnings.count_of(WarningKind::CounterReset), 1);
    }

    #[test]
    fn bounds_are_durations_in_the_unit_of_the_name() {
        assert_eq!(le_unit_ns("http_request_duration_seconds"), Some(1e9));
        assert_eq!(le_unit_ns("grpc_latency_milliseconds"), Some(1e6));
        assert_eq!(le_unit_ns("rpc_ms"), Some(1e6));
        assert_eq!(le_unit_ns("http_response_size_bytes"), None);
        assert_eq!(bound_ns("0.005", 1e9), Some(5_000_000));
        assert_eq!(bound_ns("+Inf", 1e9), Some(i64::MAX));
        assert_eq!(bound_ns("abc", 1e9), None);
    }
}
