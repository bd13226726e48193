//! How runs are cut into blocks of time.
//!
//! Both sides get the same number of blocks, and the blocks at the same place are drawn together: a ramp that both runs
//! followed is then no noise. Rule: blocks of about 10 s, at least 30 and at most 360 of them where the runs are long
//! enough; half as many while neighbours still resemble each other (autocorrelation over 0.2) and 30 remain. What
//! autocorrelation is left widens the intervals.

use super::CompareError;
use super::gather::RunInput;
use super::params::CompareParams;
use crate::calendar::{Instant, TimeRange};

/// Blocks that are wanted at least.
const WANTED: usize = 30;
/// Blocks that are drawn from at most.
const MOST: usize = 360;
/// Usual length in seconds.
const USUAL_SECS: i64 = 10;
/// Fewer blocks than this prove nothing.
pub(super) const FEWEST: usize = 10;
/// Neighbours that resemble each other by more than this are joined.
const RESEMBLING: f64 = 0.2;
/// Largest autocorrelation that is believed.
const MAX_RHO: f64 = 0.8;

/// The time of a run that counts, in whole buckets of its histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    start: i64,
    bucket_secs: i64,
    buckets: i64,
}

impl Window {
    /// From the first request (and what is skipped) to the last; `None` where nothing is left.
    pub fn of(run: &RunInput<'_>, params: &CompareParams) -> Result<Option<Self>, CompareError> {
        let (mut first, mut last, mut bucket_secs) = (i64::MAX, i64::MIN, 1);
        for part in &run.parts {
            let seconds = part.requests_by_second()?;
            if let (Some((a, _)), Some((b, _))) =
                (seconds.first_key_value(), seconds.last_key_value())
            {
                first = first.min(*a);
                last = last.max(*b);
                bucket_secs = bucket_secs.max(part.bucket_secs);
            }
        }
        if first > last {
            return Ok(None);
        }
        // A whole run kept as one bucket says nothing about blocks; it is one.
        let skip = params.skip.0.div_euclid(1_000_000);
        let from = first.saturating_add(skip);
        let start = if skip > 0 {
            from.div_euclid(bucket_secs) * bucket_secs
                + if from.rem_euclid(bucket_secs) > 0 {
                    bucket_secs
                } else {
                    0
                }
        } else {
            first.div_euclid(bucket_secs) * bucket_secs
        };
        let buckets = (last - start).div_euclid(bucket_secs) + 1;
        Ok((start <= last).then_some(Self {
            start,
            bucket_secs,
            buckets,
        }))
    }

    /// Seconds that count.
    pub const fn secs(&self) -> i64 {
        self.buckets * self.bucket_secs
    }

    /// `n` slices of as equal a number of buckets as can be.
    pub fn slices(&self, n: usize) -> Vec<TimeRange> {
        let n = n.max(1) as i64;
        let at = |i: i64| Instant::from_secs(self.start + self.buckets * i / n * self.bucket_secs);
        (0..n)
            .map(|i| TimeRange {
                start: at(i),
                end: at(i + 1),
            })
            .collect()
    }
}

/// Mean duration and number of requests in each block, over all runs of a side.
fn levels(runs: &[(&RunInput<'_>, Window)], n: usize) -> Result<Vec<(f64, f64)>, CompareError> {
    let mut sums = vec![(0.0, 0.0); n];
    for (run, window) in runs {
        let slices = window.slices(n);
        for part in &run.parts {
            let counts = part.counts(&part.counted_labels(), &slices)?;
            for (sum, counts) in sums.iter_mut().zip(counts) {
                sum.0 += counts.sum_ns;
                sum.1 += counts.count as f64;
            }
        }
    }
    Ok(sums)
}

/// Autocorrelation of neighbours, corrected for its bias of −1/n; 0 where it cannot be told.
fn neighbours(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < FEWEST as f64 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    let all: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let pairs: f64 = values
        .iter()
        .zip(values.iter().skip(1))
        .map(|(a, b)| (a - mean) * (b - mean))
        .sum();
    if all > 0.0 {
        pairs / all + 1.0 / n
    } else {
        0.0
    }
}

/// How much the ratio of both sides in one block resembles that in the next, by mean duration or by requests.
fn autocorrelation(base: &[(f64, f64)], candidate: &[(f64, f64)]) -> f64 {
    let ratios = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
        base.iter()
            .zip(candidate)
            .map(|(b, c)| (of(c) / of(b)).ln())
            .filter(|r| r.is_finite())
            .collect()
    };
    let by_mean = neighbours(&ratios(|(sum, count)| sum / count));
    let by_count = neighbours(&ratios(|(_, count)| *count));
    by_mean.max(by_count)
}

/// How both sides are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// Blocks a side.
    pub blocks: usize,
    /// Seconds of the shortest run's blocks.
    pub block_secs: f64,
    /// Factor on variances for what neighbouring blocks still share.
    pub inflation: f64,
}

/// Decides how to cut.
pub(super) fn plan(
    base: &[(&RunInput<'_>, Window)],
    candidate: &[(&RunInput<'_>, Window)],
) -> Result<Plan, CompareError> {
    let windows = || base.iter().chain(candidate).map(|(_, w)| *w);
    let most = windows().map(|w| w.buckets).min().unwrap_or(1).max(1) as usize;
    let shortest = windows().map(|w| w.secs()).min().unwrap_or(1);
    let usual = usize::try_from(shortest / USUAL_SECS).unwrap_or(1);
    let mut blocks = usual.clamp(WANTED, MOST).min(most);
    let rho_of = |n: usize| {
        Ok::<f64, CompareError>(autocorrelation(&levels(base, n)?, &levels(candidate, n)?))
    };
    let mut rho = rho_of(blocks)?;
    while rho > RESEMBLING && blocks / 2 >= WANTED {
        blocks /= 2;
        rho = rho_of(blocks)?;
    }
    let rho = rho.clamp(0.0, MAX_RHO);
    Ok(Plan {
        blocks,
        block_secs: shortest as f64 / blocks as f64,
        inflation: (1.0 + rho) / (1.0 - rho),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_the_window_without_overlap() {
        let window = Window {
            start: 1_000,
            bucket_secs: 10,
            buckets: 37,
        };
        let slices = window.slices(30);
        assert_eq!(slices.len(), 30);
        assert_eq!(slices[0].start, Instant::from_secs(1_000));
        assert_eq!(slices[29].end, Instant::from_secs(1_370));
        assert!(slices.windows(2).all(|w| w[0].end == w[1].start));
        assert!(slices.iter().all(|s| s.length().0 >= 10_000_000));
    }

    #[test]
    fn neighbours_that_resemble_each_other_are_noticed() {
        let slow: Vec<f64> = (0..60).map(|i| f64::from(i / 6 % 2)).collect();
        assert!(neighbours(&slow) > 0.6);
        let fast: Vec<f64> = (0..60).map(|i| f64::from(i % 2)).collect();
        assert!(neighbours(&fast) < -0.9);
        assert_eq!(neighbours(&[1.0; 60]), 0.0);
    }
}
