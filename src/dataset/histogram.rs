//! Counts of values, exactly mergeable, and the percentile rules applied to them afterwards.
//!
//! A value is an interval of nanoseconds: of length zero where the source's resolution is kept exactly, longer for
//! log-linear bins and for histogram buckets that a monitoring system exported. Percentile definitions: Hyndman and
//! Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), types 6 and 7; nearest rank.

use serde::{Deserialize, Serialize};

use crate::units::Ppm;

/// Values below this many ticks are kept exactly.
pub const EXACT_TICKS: i64 = 1 << 17;
/// Leading bits kept of larger ones: a bin is at most 2^-14 of its value wide, 0.0061 %.
const KEPT_BITS: u32 = 15;

/// The lower edge of the bin that holds `ticks`. Negative durations do not exist and count as zero.
pub const fn bin_of(ticks: i64) -> i64 {
    if ticks < EXACT_TICKS {
        return if ticks < 0 { 0 } else { ticks };
    }
    let shift = (64 - ticks.leading_zeros()).saturating_sub(KEPT_BITS);
    (ticks >> shift) << shift
}

/// The last tick that belongs to the bin whose lower edge is `bin`.
pub const fn bin_end(bin: i64) -> i64 {
    if bin < EXACT_TICKS {
        return bin;
    }
    let shift = (64 - bin.leading_zeros()).saturating_sub(KEPT_BITS);
    bin + (1 << shift) - 1
}

/// Which definition of a percentile is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Hyndman-Fan type 7, linear between closest ranks at p(n-1): numpy, k6, polars `linear`. The default.
    #[default]
    R7,
    /// Hyndman-Fan type 6, linear at p(n+1): JMeter's HTML report, Excel `PERCENTILE.EXC`.
    R6,
    /// The smallest value with at least p·n values at or below it.
    Nearest,
    /// The value at 0-based index floor(p·n): ApacheBench, oha, Locust.
    FloorIndex,
    /// The value at 0-based index ceil(p·n): hey.
    CeilIndex,
}

impl Estimator {
    /// The name used on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::R7 => "r7",
            Self::R6 => "r6",
            Self::Nearest => "nearest",
            Self::FloorIndex => "floor_index",
            Self::CeilIndex => "ceil_index",
        }
    }

    /// What a report prints about it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::R7 => "Hyndman-Fan type 7 (linear between closest ranks)",
            Self::R6 => "Hyndman-Fan type 6 (as in JMeter's HTML report)",
            Self::Nearest => "nearest rank",
            Self::FloorIndex => {
                "the value after floor(p·n) others (as in ApacheBench, oha and Locust)"
            }
            Self::CeilIndex => "the value after ceil(p·n) others (as in hey)",
        }
    }
}

/// A percentile with what stands behind it. Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// Lowest value it can have, given the width of the bins.
    pub low_ns: f64,
    /// Highest value it can have; equal to `low_ns` where values are exact; infinite in an open bucket.
    pub high_ns: f64,
    /// How many values it was taken from.
    pub n: u64,
    /// True where n(1-p) < 10: too few values beyond it to be relied on.
    pub few_samples: bool,
}

impl Quantile {
    /// Whether the value is known exactly (to the resolution of the source).
    fn is_exact(&self) -> bool {
        self.low_ns >= self.high_ns
    }

    /// The value in milliseconds; the middle of its bin where it is not exact, the lower edge of an open bucket.
    pub fn millis(&self) -> f64 {
        if self.is_exact() {
            self.low_ns / 1e6
        } else if self.high_ns.is_finite() {
            // The lower bound of a bucket lies a nanosecond above its edge.
            f64::midpoint(self.low_ns, self.high_ns).floor() / 1e6
        } else {
            self.lower_bound_millis()
        }
    }

    /// The lowest value it can have in milliseconds, down to the microsecond: the edge of a bucket as it was written.
    pub fn lower_bound_millis(&self) -> f64 {
        (self.low_ns / 1e3).floor() / 1e3
    }
}

/// How often the values of one interval occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCount {
    /// Lowest value, in nanoseconds.
    pub low_ns: i64,
    /// Highest value, in nanoseconds; `i64::MAX` for an open bucket.
    pub high_ns: i64,
    /// How often.
    pub count: u64,
}

/// Counts of values in rising order, without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueCounts {
    entries: Vec<ValueCount>,
    total: u64,
}

impl ValueCounts {
    /// From counts in any order; equal intervals are added up, empty ones dropped.
    pub fn new(mut entries: Vec<ValueCount>) -> Self {
        entries.retain(|e| e.count > 0);
        entries.sort_unstable_by_key(|e| (e.low_ns, e.high_ns));
        entries.dedup_by(|next, kept| {
            let same = next.low_ns == kept.low_ns && next.high_ns == kept.high_ns;
            if same {
                kept.count += next.count;
            }
            same
        });
        let total = entries.iter().map(|e| e.count).sum();
        Self { entries, total }
    }

    /// From (bin in ticks, count) pairs of a source with this many nanoseconds to the tick.
    pub fn from_ticks(ticks: impl IntoIterator<Item = (i64, u64)>, tick_ns: i64) -> Self {
        Self::new(
            ticks
                .into_iter()
                .map(|(bin, count)| ValueCount {
                    low_ns: bin.saturating_mul(tick_ns),
                    high_ns: bin_end(bin).saturating_mul(tick_ns),
                    count,
                })
                .collect(),
        )
    }

    /// The counts of several lists together.
    pub fn merged<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::new(
            parts
                .into_iter()
                .flat_map(|p| p.entries.iter().copied())
                .collect(),
        )
    }

    /// How many values.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The intervals and their counts, rising.
    pub fn entries(&self) -> &[ValueCount] {
        &self.entries
    }

    /// The interval that holds the value of a 1-based rank.
    fn at_rank(&self, rank: u64) -> Option<ValueCount> {
        let mut before = 0;
        self.entries.iter().copied().find(|entry| {
            before += entry.count;
            before >= rank
        })
    }

    /// The 1-based position of a percentile in millionths of a rank, exactly.
    fn position(&self, p: Ppm, estimator: Estimator) -> i128 {
        let (n, p) = (i128::from(self.total), i128::from(p.0));
        let position = match estimator {
            Estimator::R7 => p * (n - 1) + 1_000_000,
            Estimator::R6 => p * (n + 1),
            Estimator::Nearest => (p * n + 999_999) / 1_000_000 * 1_000_000,
            Estimator::FloorIndex => (p * n / 1_000_000 + 1) * 1_000_000,
            Estimator::CeilIndex => ((p * n + 999_999) / 1_000_000 + 1) * 1_000_000,
        };
        position.clamp(1_000_000, (n * 1_000_000).max(1_000_000))
    }

    /// The two neighbours of a position, and the share of the way between them in millionths.
    fn neighbours(&self, p: Ppm, estimator: Estimator) -> Option<(ValueCount, ValueCount, i128)> {
        let position = self.position(p, estimator);
        let below = self.at_rank((position / 1_000_000) as u64)?;
        let share = position % 1_000_000;
        let above = if share == 0 {
            below
        } else {
            self.at_rank((position / 1_000_000 + 1) as u64)?
        };
        Some((below, above, share))
    }

    /// The value below which the share `p` of all values lies, by the given rule. `None` without values.
    pub fn quantile(&self, p: Ppm, estimator: Estimator) -> Option<Quantile> {
        let (below, above, share) = self.neighbours(p, estimator)?;
        let edge = |value: i64| {
            if value == i64::MAX {
                f64::INFINITY
            } else {
                value as f64
            }
        };
        let between = |a: f64, b: f64| {
            if a >= b {
                a
            } else {
                a + (b - a) * share as f64 / 1e6
            }
        };
        Some(Quantile {
            low_ns: between(edge(below.low_ns), edge(above.low_ns)),
            high_ns: between(edge(below.high_ns), edge(above.high_ns)),
            n: self.total,
            few_samples: i128::from(self.total) * (1_000_000 - i128::from(p.0)) < 10_000_000,
        })
    }

    /// Whether a percentile keeps to a limit, decided in integers: at most `limit_ns`, or strictly below it.
    /// `Some(None)` where the limit falls inside the bin that decides; `None` without values.
    pub fn keeps_to(
        &self,
        p: Ppm,
        estimator: Estimator,
        limit_ns: i64,
        strict: bool,
    ) -> Option<Option<bool>> {
        let (below, above, share) = self.neighbours(p, estimator)?;
        let holds = |a: i64, b: i64| {
            if a == i64::MAX || b == i64::MAX {
                return false;
            }
            let value = i128::from(a) * (1_000_000 - share) + i128::from(b) * share;
            let limit = i128::from(limit_ns) * 1_000_000;
            if strict {
                value < limit
            } else {
                value <= limit
            }
        };
        let best = holds(below.low_ns, above.low_ns);
        let worst = holds(below.high_ns, above.high_ns);
        Some((best == worst).then_some(best))
    }

    /// How many values certainly are at most `limit_ns`, and how many may be.
    pub fn at_most(&self, limit_ns: i64) -> (u64, u64) {
        let mut certain = 0;
        let mut possible = 0;
        for entry in &self.entries {
            if entry.high_ns <= limit_ns {
                certain += entry.count;
            }
            if entry.low_ns <= limit_ns {
                possible += entry.count;
            }
        }
        (certain, possible)
    }

    /// The smallest and the largest value, in nanoseconds.
    pub fn extremes(&self) -> Option<(i64, i64)> {
        Some((self.entries.first()?.low_ns, self.entries.last()?.high_ns))
    }

    /// The arithmetic mean, taking the middle of each interval; `None` when empty or open.
    pub fn mean_ns(&self) -> Option<f64> {
        let last = self.entries.last()?;
        if last.high_ns == i64::MAX {
            return None;
        }
        let sum: f64 = self
            .entries
            .iter()
            .map(|e| f64::midpoint(e.low_ns as f64, e.high_ns as f64) * e.count as f64)
            .sum();
        Some(sum / self.total as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(values: &[(i64, u64)]) -> ValueCounts {
        ValueCounts::from_ticks(values.iter().copied(), 1_000_000)
    }

    fn ms(values: &ValueCounts, p: f64, estimator: Estimator) -> f64 {
        values
            .quantile(Ppm((p * 1e6) as i64), estimator)
            .unwrap()
            .millis()
    }

    /// sla-and-reports.md, vector B14.
    #[test]
    fn the_definition_changes_the_number() {
        let twenty = counts(&(1..=20).map(|v| (v, 1)).collect::<Vec<_>>());
        assert!((ms(&twenty, 0.95, Estimator::Nearest) - 19.0).abs() < 1e-9);
        assert!((ms(&twenty, 0.95, Estimator::R7) - 19.05).abs() < 1e-9);
        assert!((ms(&twenty, 0.95, Estimator::R6) - 19.95).abs() < 1e-9);
        let skewed = counts(&[(100, 95), (500, 5)]);
        assert!((ms(&skewed, 0.95, Estimator::Nearest) - 100.0).abs() < 1e-9);
        assert!((ms(&skewed, 0.95, Estimator::R7) - 120.0).abs() < 1e-6);
        assert!((ms(&skewed, 0.95, Estimator::R6) - 480.0).abs() < 1e-6);
    }

    /// sla-and-reports.md, vector B13: percentiles of unions, never averages of percentiles.
    #[test]
    fn percentiles_come_from_merged_counts() {
        let a = counts(&(1..=100).map(|v| (v, 1)).collect::<Vec<_>>());
        let b = counts(&[(1000, 10)]);
        let union = ValueCounts::merged([&a, &b]);
        assert!((ms(&union, 0.95, Estimator::Nearest) - 1000.0).abs() < 1e-9);
        let f = counts(&[(50, 94), (300, 6)]);
        let g = counts(&[(50, 96), (300, 4)]);
        assert!((ms(&f, 0.95, Estimator::Nearest) - 300.0).abs() < 1e-9);
        assert!((ms(&g, 0.95, Estimator::Nearest) - 50.0).abs() < 1e-9);
        assert!((ms(&ValueCounts::merged([&f, &g]), 0.95, Estimator::Nearest) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn bins_are_exact_below_and_fine_above() {
        for ticks in [0, 1, 131_071] {
            assert_eq!((bin_of(ticks), bin_end(ticks)), (ticks, ticks));
        }
        for ticks in [131_072, 131_073, 1_000_003, 123_456_789_012] {
            let bin = bin_of(ticks);
            assert!(bin <= ticks && ticks <= bin_end(bin), "{ticks}");
            assert_eq!(bin_of(bin), bin);
            assert_eq!(bin_of(bin_end(bin)), bin);
            assert!((bin_end(bin) - bin) as f64 / bin as f64 <= 1e-4, "{ticks}");
        }
    }

    /// sla-and-reports.md, vector B20, and the rule that a limit inside the deciding bin proves nothing.
    #[test]
    fn limits_are_compared_in_integers() {
        let p95 = Ppm(950_000);
        let flat = counts(&[(200, 100)]);
        let limit = 200_000_000;
        assert_eq!(
            flat.keeps_to(p95, Estimator::R7, limit, false),
            Some(Some(true))
        );
        assert_eq!(
            flat.keeps_to(p95, Estimator::R7, limit, true),
            Some(Some(false))
        );
        let bucket = ValueCounts::new(vec![ValueCount {
            low_ns: 100_000_000,
            high_ns: 250_000_000,
            count: 100,
        }]);
        assert_eq!(
            bucket.keeps_to(p95, Estimator::R7, limit, false),
            Some(None)
        );
        assert_eq!(
            bucket.keeps_to(p95, Estimator::R7, 250_000_000, false),
            Some(Some(true))
        );
        assert_eq!(
            ValueCounts::default().keeps_to(p95, Estimator::R7, limit, false),
            None
        );
    }

    #[test]
    fn few_samples_are_marked() {
        let hundred = counts(&[(5, 100)]);
        assert!(
            !hundred
                .quantile(Ppm(900_000), Estimator::R7)
                .unwrap()
                .few_samples
        );
        assert!(
            hundred
                .quantile(Ppm(950_000), Estimator::R7)
                .unwrap()
                .few_samples
        );
        assert!(
            ValueCounts::default()
                .quantile(Ppm(500_000), Estimator::R7)
                .is_none()
        );
    }

    /// The middle of 150 to 200 ms read 175.0000005, and the workbook rounded it up to 176.
    #[test]
    fn the_middle_of_a_bucket_is_a_round_number() {
        let quantile = Quantile {
            low_ns: 150_000_001.0,
            high_ns: 200_000_000.0,
            n: 1_000,
            few_samples: false,
        };
        assert_eq!(quantile.millis(), 175.0);
        assert_eq!(quantile.lower_bound_millis(), 150.0);
    }
}
