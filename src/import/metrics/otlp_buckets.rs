//! Ranges of OTLP histograms in nanoseconds: explicit bounds in the metric's unit, or powers of a base.
//!
//! OpenTelemetry specification, "Metrics data model: Histogram, ExponentialHistogram": a bucket holds what is above its
//! lower and at most its upper bound; the base of an exponential one is 2^(2^-scale).

use super::names::words;
use super::otlp_model::{ExponentialPoint, HistogramPoint};
use crate::dataset::ValueCount;

/// How a unit of durations was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum UnitNs {
    /// The metric says so.
    Said(f64),
    /// Guessed from its name and the size of its bounds.
    Guessed(f64),
    /// It does not measure durations.
    None,
}

/// Nanoseconds in one unit of a histogram.
pub(super) fn unit_ns(name: &str, unit: &str, largest_bound: Option<f64>) -> UnitNs {
    match unit {
        "s" | "seconds" | "second" => UnitNs::Said(1e9),
        "ms" | "milliseconds" | "millisecond" => UnitNs::Said(1e6),
        "us" | "µs" | "microseconds" => UnitNs::Said(1e3),
        "ns" | "nanoseconds" => UnitNs::Said(1.0),
        "min" => UnitNs::Said(60e9),
        "h" => UnitNs::Said(3_600e9),
        "" => {
            let words = words(name);
            let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
            if has(&["seconds", "secs"]) {
                UnitNs::Guessed(1e9)
            } else if has(&["ms", "millis", "milliseconds"]) {
                UnitNs::Guessed(1e6)
            } else if has(&["duration", "latency", "time"]) {
                // The usual bounds reach 10 in seconds and 10,000 in milliseconds.
                let millis = largest_bound.is_some_and(|b| b > 120.0);
                UnitNs::Guessed(if millis { 1e6 } else { 1e9 })
            } else {
                UnitNs::None
            }
        }
        _ => UnitNs::None,
    }
}

fn nanos(value: f64, unit_ns: f64) -> i64 {
    // Casting saturates, and a bound beyond 292 years is as good as none.
    (value * unit_ns).round().max(0.0) as i64
}

/// The ranges of a histogram with explicit bounds; `None` where bounds and counts do not fit together.
pub(super) fn explicit(point: &HistogramPoint, unit_ns: f64) -> Option<Vec<ValueCount>> {
    let bounds = &point.explicit_bounds;
    let rising = bounds.windows(2).all(|w| matches!(w, [a, b] if a < b));
    if !rising || point.bucket_counts.len() != bounds.len() + 1 || bounds.iter().any(|b| b.is_nan())
    {
        return None;
    }
    let uppers = bounds.iter().map(|b| nanos(*b, unit_ns)).chain([i64::MAX]);
    Some(joined(
        uppers
            .zip(&point.bucket_counts)
            .map(|(upper, count)| (upper, count.0)),
    ))
}

/// Ranges by their upper bounds, each from the one before; those without width (negative durations) join the next.
fn joined(uppers: impl Iterator<Item = (i64, u64)>) -> Vec<ValueCount> {
    let mut ranges: Vec<ValueCount> = Vec::new();
    let (mut low_ns, mut carried) = (0, 0_u64);
    for (high_ns, count) in uppers {
        if high_ns <= low_ns {
            match ranges.last_mut() {
                Some(last) => last.count = last.count.saturating_add(count),
                None => carried = carried.saturating_add(count),
            }
            continue;
        }
        ranges.push(ValueCount {
            low_ns,
            high_ns,
            count: count.saturating_add(std::mem::take(&mut carried)),
        });
        low_ns = high_ns;
    }
    ranges
}

/// The ranges of an exponential histogram; those of zero and of negative values count as the lowest.
pub(super) fn exponential(point: &ExponentialPoint, unit_ns: f64) -> Option<Vec<ValueCount>> {
    if !(-20..=30).contains(&point.scale) {
        return None;
    }
    let per_octave = f64::from(-point.scale).exp2();
    let negative: u64 = point
        .negative
        .bucket_counts
        .iter()
        .fold(0, |sum, c| sum.saturating_add(c.0));
    let zero = point.zero_count.0.saturating_add(negative);
    let mut ranges = Vec::new();
    if zero > 0 {
        ranges.push(ValueCount {
            low_ns: 0,
            high_ns: nanos(point.zero_threshold, unit_ns).max(1),
            count: zero,
        });
    }
    for (i, count) in point.positive.bucket_counts.iter().enumerate() {
        if count.0 == 0 {
            continue;
        }
        let index = f64::from(point.positive.offset) + i as f64;
        let low_ns = nanos((index * per_octave).exp2(), unit_ns);
        let high_ns = nanos(((index + 1.0) * per_octave).exp2(), unit_ns);
        ranges.push(ValueCount {
            low_ns: low_ns.min(i64::MAX - 1),
            high_ns: high_ns.max(low_ns.saturating_add(1)),
            count: count.0,
        });
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::metrics::otlp_model::{Buckets, Int};

    fn triples(ranges: &[ValueCount]) -> Vec<(i64, i64, u64)> {
        ranges
            .iter()
            .map(|r| (r.low_ns, r.high_ns, r.count))
            .collect()
    }

    #[test]
    fn explicit_bounds_are_in_the_unit() {
        let mut point = HistogramPoint {
            explicit_bounds: vec![0.0, 5.0, 10.0],
            bucket_counts: [1, 2, 3, 4].map(Int).to_vec(),
            ..HistogramPoint::default()
        };
        assert_eq!(
            triples(&explicit(&point, 1e6).unwrap()),
            [
                (0, 5_000_000, 3),
                (5_000_000, 10_000_000, 3),
                (10_000_000, i64::MAX, 4)
            ]
        );
        point.bucket_counts.pop();
        assert!(explicit(&point, 1e6).is_none());
    }

    #[test]
    fn exponential_bounds_are_powers() {
        let point = ExponentialPoint {
            scale: 1,
            zero_count: Int(2),
            positive: Buckets {
                offset: 2,
                bucket_counts: [5, 0, 7].map(Int).to_vec(),
            },
            ..ExponentialPoint::default()
        };
        assert_eq!(
            triples(&exponential(&point, 1e9).unwrap()),
            [
                (0, 1, 2),
                (2_000_000_000, 2_828_427_125, 5),
                (4_000_000_000, 5_656_854_249, 7)
            ]
        );
        let wild = ExponentialPoint {
            scale: 31,
            ..ExponentialPoint::default()
        };
        assert!(exponential(&wild, 1.0).is_none());
    }

    #[test]
    fn units_are_said_or_guessed() {
        assert_eq!(
            unit_ns("http.server.request.duration", "s", None),
            UnitNs::Said(1e9)
        );
        assert_eq!(
            unit_ns("rpc.duration", "", Some(10_000.0)),
            UnitNs::Guessed(1e6)
        );
        assert_eq!(
            unit_ns("rpc.duration", "", Some(10.0)),
            UnitNs::Guessed(1e9)
        );
        assert_eq!(unit_ns("body.size", "By", Some(10.0)), UnitNs::None);
        assert_eq!(unit_ns("my.histogram", "1", Some(10.0)), UnitNs::None);
    }
}
