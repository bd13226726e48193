//! Levels of concurrency of load tests with their throughput and latency, and the largest throughput that kept to a
//! latency budget.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, RunSummary, ValueCounts};
use crate::units::{self, Micros, Ppm};

/// More different levels than this are put together into this many steps of equal width.
const MAX_LEVELS: usize = 20;
/// A level at which more requests fail than this does not pass.
const MAX_FAILURES: Ppm = Ppm(10_000);
/// The percentile that is shown for each level.
const SHOWN: Ppm = Ppm(950_000);

/// One level of concurrency of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityPoint {
    /// Active users.
    pub concurrency: f64,
    /// Requests per second.
    pub throughput: f64,
    /// 95th percentile of successful requests.
    pub p95_ms: Option<f64>,
    /// 0..=1.
    pub error_rate: f64,
    /// Seconds spent at this level.
    pub secs: f64,
}

/// What one or several runs say about the limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasuredCapacity {
    /// Levels, rising by concurrency.
    pub points: Vec<CapacityPoint>,
    /// The level with the largest throughput that kept to the budget.
    pub max_passing: Option<CapacityPoint>,
    /// The lowest level above it that did not.
    pub next_failing: Option<CapacityPoint>,
    /// The budget in words: `P95 at most 200 ms`. It says so where concurrency is requests in flight, not users.
    pub budget: String,
}

/// What was seen at one level.
#[derive(Clone, Debug, Default)]
struct Level {
    micros: i64,
    /// Level times its time, for the mean of a step.
    weighted: f64,
    count: u64,
    errors: u64,
    durations: Vec<ValueCounts>,
}

/// Sums runs up by their number of active users; by requests in flight (Little's law) where no run tells its users.
pub fn measure(
    runs: &[&RunSummary],
    percentile: Ppm,
    budget: Micros,
) -> Result<MeasuredCapacity, DatasetError> {
    let mut users = Vec::new();
    let mut in_flight = Vec::new();
    for run in runs {
        for moment in moments(run)? {
            match moment.users {
                Some(active) if active > 0 => users.push((active as f64, moment)),
                Some(_) => {}
                None => in_flight.push((moment.in_flight.round().max(1.0), moment)),
            }
        }
    }
    let (seen, basis) = if users.is_empty() && !in_flight.is_empty() {
        (in_flight, " (users are not known: requests in flight)")
    } else {
        (users, "")
    };
    let levels = group(seen);
    let limit_ns = budget.0.saturating_mul(1_000);
    let mut measured = MeasuredCapacity {
        budget: format!(
            "P{} at most {}, at most {} failed{basis}",
            units::percent(percentile).trim_end_matches(" %"),
            units::millis(budget.as_millis()),
            units::percent(MAX_FAILURES)
        ),
        ..MeasuredCapacity::default()
    };
    let mut passes = Vec::new();
    for level in &levels {
        let secs = Micros(level.micros).as_secs();
        let durations = ValueCounts::merged(&level.durations);
        let latency = durations
            .keeps_to(percentile, Estimator::R7, limit_ns, false)
            .flatten();
        let failures = i128::from(level.errors) * 1_000_000
            <= i128::from(level.count) * i128::from(MAX_FAILURES.0);
        passes.push(latency == Some(true) && failures);
        measured.points.push(CapacityPoint {
            concurrency: level.weighted / level.micros as f64,
            throughput: level.count as f64 / secs,
            p95_ms: durations.quantile(SHOWN, Estimator::R7).map(|q| q.millis()),
            error_rate: level.errors as f64 / level.count as f64,
            secs,
        });
    }
    let passing = measured.points.iter().zip(&passes).filter(|(_, ok)| **ok);
    measured.max_passing = passing
        .max_by(|(a, _), (b, _)| a.throughput.total_cmp(&b.throughput))
        .map(|(point, _)| point.clone());
    let above = measured
        .max_passing
        .as_ref()
        .map_or(f64::NEG_INFINITY, |p| p.concurrency);
    measured.next_failing = measured
        .points
        .iter()
        .zip(&passes)
        .find(|(point, ok)| !**ok && point.concurrency > above)
        .map(|(point, _)| point.clone());
    Ok(measured)
}

/// One bucket of a run.
struct Moment {
    users: Option<i64>,
    in_flight: f64,
    micros: i64,
    count: u64,
    errors: u64,
    durations: ValueCounts,
}

/// A run, bucket by bucket, as far as requests were sent.
fn moments(run: &RunSummary) -> Result<Vec<Moment>, DatasetError> {
    let Some(span) = run.span()? else {
        return Ok(Vec::new());
    };
    let width = run.bucket_secs.max(1);
    let first = span.start.secs().div_euclid(width);
    let last = Instant(span.end.0 - 1).secs().div_euclid(width);
    let slices: Vec<TimeRange> = (first..=last)
        .map(|bucket| TimeRange {
            start: Instant::from_secs(bucket * width),
            end: Instant::from_secs((bucket + 1) * width),
        })
        .collect();
    let labels = run.counted_labels();
    let counts = run.counts(&labels, &slices)?;
    let durations = run.durations(&labels, &slices, OutcomeFilter::Success)?;
    let users = run.active_users(&slices)?;
    let whole_secs = TimeRange {
        start: Instant::from_secs(span.start.secs()),
        end: Instant::from_secs(Instant(span.end.0 - 1).secs() + 1),
    };
    Ok(slices
        .iter()
        .zip(counts)
        .zip(durations)
        .zip(users)
        .filter_map(|(((slice, counts), durations), users)| {
            let micros = slice.intersect(whole_secs)?.length().0;
            (counts.count > 0 && micros > 0).then(|| Moment {
                users,
                in_flight: counts.sum_ns / (micros as f64 * 1e3),
                micros,
                count: counts.count,
                errors: counts.errors,
                durations,
            })
        })
        .collect())
}

/// Levels shorter than this share of the longest one are on the way from one step to the next.
const SHORTEST_SHARE: i64 = 5;

/// Leaves out what lies between the steps, where there are steps: at least three levels that lasted.
fn steady(seen: Vec<(f64, Moment)>) -> Vec<(f64, Moment)> {
    let mut lengths: BTreeMap<i64, i64> = BTreeMap::new();
    for (level, moment) in &seen {
        *lengths.entry(*level as i64).or_default() += moment.micros;
    }
    let longest = lengths.values().copied().max().unwrap_or_default();
    lengths.retain(|_, micros| micros.saturating_mul(SHORTEST_SHARE) >= longest);
    if lengths.len() < 3 {
        return seen;
    }
    seen.into_iter()
        .filter(|(level, _)| lengths.contains_key(&(*level as i64)))
        .collect()
}

/// Puts moments of one level together; levels into steps of equal width where there are too many of them.
fn group(seen: Vec<(f64, Moment)>) -> Vec<Level> {
    let seen = steady(seen);
    let mut distinct: Vec<i64> = seen.iter().map(|(level, _)| *level as i64).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lowest = distinct.first().copied().unwrap_or_default();
    let highest = distinct.last().copied().unwrap_or_default();
    let span = highest.saturating_sub(lowest).saturating_add(1);
    let width = if distinct.len() > MAX_LEVELS {
        span.saturating_add(MAX_LEVELS as i64 - 1) / MAX_LEVELS as i64
    } else {
        1
    };
    let mut levels: BTreeMap<i64, Level> = BTreeMap::new();
    for (concurrency, moment) in seen {
        let level = levels
            .entry((concurrency as i64).saturating_sub(lowest) / width)
            .or_default();
        level.micros += moment.micros;
        level.weighted += concurrency * moment.micros as f64;
        level.count += moment.count;
        level.errors += moment.errors;
        level.durations.push(moment.durations);
    }
    levels.into_values().collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, df};

    use super::*;
    use crate::dataset::LabelInfo;

    type Row = (i64, u32, i64, u64);

    /// Steps of ten seconds: (users, requests per second, duration in ms, failed per second).
    fn stepped(steps: &[(i64, u64, i64, u64)], with_users: bool) -> RunSummary {
        let mut rows: Vec<Row> = Vec::new();
        let mut users: Vec<(i64, i64)> = Vec::new();
        for (index, (active, rate, ms, failed)) in steps.iter().enumerate() {
            for second in 0..10 {
                let at = 1_000_000 + index as i64 * 10 + second;
                users.push((at, *active));
                rows.push((at, 0, *ms, rate - failed));
                if *failed > 0 {
                    rows.push((at, 1, *ms, *failed));
                }
            }
        }
        let column = |f: &dyn Fn(&Row) -> i64| -> Vec<i64> { rows.iter().map(f).collect() };
        let labels = vec![0_u32; rows.len()];
        let outcomes: Vec<u32> = rows.iter().map(|r| r.1).collect();
        let concurrency = df!(
            "second" => users.iter().map(|u| u.0).collect::<Vec<i64>>(),
            "generator" => vec![0_u32; users.len()],
            "active" => users.iter().map(|u| u.1).collect::<Vec<i64>>()
        )
        .unwrap();
        RunSummary {
            tick_ns: 1_000_000,
            bucket_secs: 1,
            labels: vec![LabelInfo::default()],
            counters: df!(
                "second" => column(&|r| r.0), "label" => &labels, "outcome" => &outcomes,
                "count" => column(&|r| r.3 as i64), "sum_ticks" => column(&|r| r.2 * r.3 as i64),
                "min_ticks" => column(&|r| r.2), "max_ticks" => column(&|r| r.2),
                "received" => column(&|_| 0), "sent" => column(&|_| 0),
                "first_start" => column(&|r| r.0 * 1_000_000),
                "last_end" => column(&|r| r.0 * 1_000_000 + r.2 * 1_000)
            )
            .unwrap(),
            histogram: df!(
                "bucket" => column(&|r| r.0), "label" => &labels, "outcome" => &outcomes,
                "value" => column(&|r| r.2), "count" => column(&|r| r.3 as i64)
            )
            .unwrap(),
            concurrency: if with_users {
                concurrency
            } else {
                DataFrame::default()
            },
            ..RunSummary::default()
        }
    }

    const P95: Ppm = Ppm(950_000);

    fn limit() -> Micros {
        Micros::from_millis(200)
    }

    #[test]
    fn steps_of_users() {
        let run = stepped(
            &[(10, 100, 20, 0), (20, 190, 50, 0), (40, 210, 250, 0)],
            true,
        );
        let measured = measure(&[&run], P95, limit()).unwrap();
        let points: Vec<(f64, f64, Option<f64>, f64)> = measured
            .points
            .iter()
            .map(|p| (p.concurrency, p.throughput, p.p95_ms, p.secs))
            .collect();
        assert_eq!(
            points,
            [
                (10.0, 100.0, Some(20.0), 10.0),
                (20.0, 190.0, Some(50.0), 10.0),
                (40.0, 210.0, Some(250.0), 10.0)
            ]
        );
        assert_eq!(measured.max_passing.unwrap().throughput, 190.0);
        assert_eq!(measured.next_failing.unwrap().concurrency, 40.0);
        assert_eq!(measured.budget, "P95 at most 200 ms, at most 1 % failed");
    }

    /// On the way from 20 to 40 users the run passes 30 for a second; that is not a step.
    #[test]
    fn the_way_between_steps_is_left_out() {
        let mut steps = vec![(10, 100, 20, 0); 2];
        steps.extend([(20, 190, 50, 0); 2]);
        steps.extend([(40, 210, 150, 0); 2]);
        let mut run = stepped(&steps, true);
        let users: Vec<i64> = (0..60)
            .map(|s| if s == 40 { 30 } else { [10, 20, 40][s / 20] })
            .collect();
        run.concurrency = df!(
            "second" => (1_000_000..1_000_060).collect::<Vec<i64>>(),
            "generator" => vec![0_u32; 60], "active" => users
        )
        .unwrap();
        let measured = measure(&[&run], P95, limit()).unwrap();
        let levels: Vec<f64> = measured.points.iter().map(|p| p.concurrency).collect();
        assert_eq!(levels, [10.0, 20.0, 40.0]);
    }

    #[test]
    fn fast_failures_do_not_pass() {
        let run = stepped(&[(10, 100, 20, 0), (20, 500, 20, 250)], true);
        let measured = measure(&[&run], P95, limit()).unwrap();
        assert_eq!(measured.max_passing.unwrap().throughput, 100.0);
        assert_eq!(measured.next_failing.unwrap().error_rate, 0.5);
        // Two runs add up at the same level.
        let both = measure(&[&run, &run], P95, limit()).unwrap();
        assert_eq!(both.points[0].throughput, 100.0);
        assert_eq!(both.points[0].secs, 20.0);
    }

    /// Little's law: 100 requests a second of 20 ms are two in flight.
    #[test]
    fn without_users_requests_in_flight_count() {
        let run = stepped(&[(0, 100, 20, 0), (0, 200, 100, 0)], false);
        let measured = measure(&[&run], P95, limit()).unwrap();
        assert!(measured.budget.ends_with("requests in flight)"));
        let levels: Vec<f64> = measured.points.iter().map(|p| p.concurrency).collect();
        assert_eq!(levels, [2.0, 20.0]);
        assert_eq!(measure(&[], P95, limit()).unwrap().points, []);
    }

    #[test]
    fn a_ramp_becomes_steps() {
        let ramp: Vec<(i64, u64, i64, u64)> =
            (1..=100).map(|u| (u, u as u64 * 10, 20, 0)).collect();
        let measured = measure(&[&stepped(&ramp, true)], P95, limit()).unwrap();
        assert_eq!(measured.points.len(), 20);
        assert_eq!(measured.points[0].concurrency, 3.0);
        assert!(measured.next_failing.is_none());
    }
}
