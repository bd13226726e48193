//! Levels of concurrency of load tests with their throughput and latency, and the largest throughput that kept to a
//! latency budget.

use serde::{Deserialize, Serialize};

use super::levels::{Level, collect};
use super::moments::moments;
use crate::dataset::{DatasetError, Estimator, RunSummary};
use crate::units::{self, Micros, Ppm};

/// A level at which more requests fail than this does not pass.
pub(super) const MAX_FAILURES: Ppm = Ppm(10_000);
/// The percentile that is shown for each level.
pub(super) const SHOWN: Ppm = Ppm(950_000);

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
    /// Active users, where the files say them.
    #[serde(default)]
    pub users: Option<f64>,
    /// Requests in flight by Little's law.
    #[serde(default)]
    pub in_flight: Option<f64>,
    /// 95 % interval of throughput, from the spread between blocks of time.
    #[serde(default)]
    pub throughput_ci95: Option<(f64, f64)>,
    /// 95 % interval of `p95_ms`.
    #[serde(default)]
    pub p95_ci95_ms: Option<(f64, f64)>,
    /// Whether it kept to the budget; `None` without a budget.
    #[serde(default)]
    pub passes: Option<bool>,
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

/// A budget on latency and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Percentile of successful requests.
    pub percentile: Ppm,
    /// What it may reach.
    pub limit: Micros,
    /// Share of requests that may fail.
    pub errors: Ppm,
}

impl Budget {
    /// `P95 at most 200 ms, at most 1 % failed`.
    pub fn words(&self) -> String {
        format!(
            "{}, at most {} failed",
            self.latency_words(),
            units::percent(self.errors)
        )
    }

    /// `P95 at most 200 ms`.
    pub fn latency_words(&self) -> String {
        format!(
            "P{} at most {}",
            units::percent(self.percentile).trim_end_matches(" %"),
            units::millis(self.limit.as_millis())
        )
    }

    /// Whether a level kept to it, in integers.
    pub(super) fn holds(&self, level: &Level) -> bool {
        let limit_ns = self.limit.0.saturating_mul(1_000);
        let latency = level
            .durations
            .keeps_to(self.percentile, Estimator::R7, limit_ns, false)
            .flatten();
        latency == Some(true) && self.failures_hold(level.errors(), level.count())
    }

    /// Whether so many failures are within it, in integers.
    pub(super) fn failures_hold(&self, errors: u64, count: u64) -> bool {
        i128::from(errors) * 1_000_000 <= i128::from(count) * i128::from(self.errors.0)
    }
}

/// What a level says, as a point; its concurrency is the level's.
pub(super) fn point(level: &Level) -> CapacityPoint {
    CapacityPoint {
        concurrency: level.concurrency(),
        throughput: level.rate(),
        p95_ms: level.percentile_ms(SHOWN),
        error_rate: level.errors() as f64 / level.count().max(1) as f64,
        secs: level.secs(),
        ..CapacityPoint::default()
    }
}

/// Sums runs up by their number of active users; by requests in flight (Little's law) where no run tells its users.
pub fn measure(
    runs: &[&RunSummary],
    percentile: Ppm,
    limit: Micros,
) -> Result<MeasuredCapacity, DatasetError> {
    let budget = Budget {
        percentile,
        limit,
        errors: MAX_FAILURES,
    };
    let mut each = Vec::new();
    for run in runs {
        each.push((String::new(), moments(run)?));
    }
    let levels = collect(each);
    let basis = if levels.users {
        ""
    } else {
        " (users are not known: requests in flight)"
    };
    let mut measured = MeasuredCapacity {
        budget: format!("{}{basis}", budget.words()),
        points: levels.list.iter().map(point).collect(),
        ..MeasuredCapacity::default()
    };
    let passes: Vec<bool> = levels.list.iter().map(|l| budget.holds(l)).collect();
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
