//! The limits that matter: the highest throughput that still keeps to a budget, interpolated between the level that did
//! and the next one that did not; the plateau; and the concurrency at which requests begin to queue (Little's law).
//!
//! Between two levels latency and throughput are taken as straight lines. Latency bends upward in truth, so the line
//! lies above it and the figure on the careful side.

use serde::{Deserialize, Serialize};

use super::measure::{Budget, CapacityPoint};

/// Throughput within this share of the largest belongs to the plateau.
const PLATEAU: f64 = 0.05;

/// The highest throughput that keeps to the budget.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MaxPassing {
    /// Requests per second, interpolated to where the budget is reached; measured where no level failed.
    pub throughput: f64,
    /// Concurrency there.
    pub concurrency: f64,
    /// The budget in words.
    pub budget: String,
    /// The lowest level above it that did not keep to the budget.
    pub next_failing: Option<CapacityPoint>,
    /// 95 % interval of `throughput`, from the spread of latency and throughput between blocks of time.
    pub ci95: Option<(f64, f64)>,
    /// The level with the largest throughput that was measured to keep to the budget.
    pub measured: CapacityPoint,
    /// No higher level failed: it takes at least this.
    pub at_least: bool,
}

/// The largest throughput, held over several levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// The lowest concurrency that reaches it.
    pub from_concurrency: f64,
    /// Mean throughput of its levels, per second.
    pub throughput: f64,
}

/// Where queues begin by Little's law: `N_sat = X_max · R_min`. Beyond it more concurrency only waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saturation {
    /// Requests in flight.
    pub concurrency: f64,
    /// Largest throughput that was measured, per second.
    pub largest_throughput: f64,
    /// Shortest mean response time that was measured, in milliseconds.
    pub shortest_response_ms: f64,
}

/// A point with the percentile of the budget and its interval, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub point: CapacityPoint,
    pub passes: bool,
    pub latency_ms: Option<f64>,
    pub latency_ci95_ms: Option<(f64, f64)>,
}

/// The share of the way from a passing level to a failing one at which the budget is reached.
fn share_of_way(
    from_ms: Option<f64>,
    to_ms: Option<f64>,
    errors: (f64, f64),
    budget: &Budget,
) -> f64 {
    let crossing = |from: f64, to: f64, limit: f64| {
        if from >= limit {
            0.0
        } else if to <= limit {
            1.0
        } else {
            (limit - from) / (to - from)
        }
    };
    let latency = match (from_ms, to_ms) {
        (Some(from), Some(to)) => crossing(from, to, budget.limit.as_millis()),
        // Nothing succeeded: the failures decide.
        _ => 1.0,
    };
    latency.min(crossing(errors.0, errors.1, budget.errors.as_fraction()))
}

/// The highest throughput within the budget. Points rise by concurrency.
pub(super) fn max_passing(judged: &[Judged], budget: &Budget) -> Option<MaxPassing> {
    let (best, most) = judged
        .iter()
        .enumerate()
        .filter(|(_, j)| j.passes)
        .max_by(|a, b| a.1.point.throughput.total_cmp(&b.1.point.throughput))?;
    let failing = judged
        .iter()
        .enumerate()
        .skip(best + 1)
        .find(|(_, j)| !j.passes);
    let mut found = MaxPassing {
        throughput: most.point.throughput,
        concurrency: most.point.concurrency,
        budget: budget.words(),
        next_failing: failing.map(|(_, j)| j.point.clone()),
        ci95: most.point.throughput_ci95,
        measured: most.point.clone(),
        at_least: failing.is_none(),
    };
    let Some((last, next)) = failing.and_then(|(i, next)| Some((judged.get(i - 1)?, next))) else {
        return Some(found);
    };
    let (a, b) = (&last.point, &next.point);
    let errors = (a.error_rate, b.error_rate);
    let at = |share: f64| a.throughput + share * (b.throughput - a.throughput);
    // Where throughput falls on the way, the measured level stays the best.
    let best_at = |share: f64| at(share).max(most.point.throughput);
    let share = share_of_way(last.latency_ms, next.latency_ms, errors, budget);
    found.throughput = best_at(share);
    if at(share) >= most.point.throughput {
        found.concurrency = a.concurrency + share * (b.concurrency - a.concurrency);
    }
    if let (Some(near), Some(far)) = (last.latency_ci95_ms, next.latency_ci95_ms) {
        let careful = share_of_way(Some(near.1), Some(far.1), errors, budget);
        let hopeful = share_of_way(Some(near.0), Some(far.0), errors, budget);
        let half = |p: &CapacityPoint| {
            p.throughput_ci95
                .map_or(0.0, |(low, high)| (high - low) / 2.0)
        };
        let spread = half(a) + share * (half(b) - half(a));
        found.ci95 = Some((best_at(careful) - spread, best_at(hopeful) + spread));
    }
    Some(found)
}

/// The plateau of (concurrency, throughput) pairs, rising, each level once: at least two levels that stay near the
/// largest throughput.
pub(super) fn plateau(levels: &[(f64, f64)]) -> Option<Plateau> {
    let largest = levels.iter().map(|l| l.1).fold(0.0, f64::max);
    let near = |x: f64| x >= largest * (1.0 - PLATEAU);
    let first = levels.iter().position(|l| near(l.1))?;
    let on: Vec<f64> = levels
        .iter()
        .skip(first)
        .map(|l| l.1)
        .filter(|x| near(*x))
        .collect();
    (on.len() > 1 && levels.len() > 2).then(|| Plateau {
        from_concurrency: levels.get(first).map_or(0.0, |l| l.0),
        throughput: on.iter().sum::<f64>() / on.len().max(1) as f64,
    })
}

/// Where queues begin, from (requests in flight, throughput) pairs.
pub(super) fn saturation(levels: &[(f64, f64)]) -> Option<Saturation> {
    let usable = || levels.iter().filter(|(n, x)| *n > 0.0 && *x > 0.0);
    let shortest = usable().map(|(n, x)| n / x).fold(f64::INFINITY, f64::min);
    let largest = usable().map(|l| l.1).fold(0.0, f64::max);
    (shortest.is_finite() && largest > 0.0).then_some(Saturation {
        concurrency: largest * shortest,
        largest_throughput: largest,
        shortest_response_ms: shortest * 1e3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Micros, Ppm};

    const BUDGET: Budget = Budget {
        percentile: Ppm(950_000),
        limit: Micros(200_000),
        errors: Ppm(10_000),
    };

    /// Users, requests a second, P95, share of failures.
    fn judged(users: f64, rate: f64, ms: f64, failed: f64) -> Judged {
        Judged {
            point: CapacityPoint {
                concurrency: users,
                throughput: rate,
                p95_ms: Some(ms),
                error_rate: failed,
                throughput_ci95: Some((rate - 10.0, rate + 10.0)),
                ..CapacityPoint::default()
            },
            passes: ms <= 200.0 && failed <= 0.01,
            latency_ms: Some(ms),
            latency_ci95_ms: Some((ms * 0.9, ms * 1.1)),
        }
    }

    #[test]
    fn the_budget_is_reached_between_two_levels() {
        let levels = [
            judged(10.0, 500.0, 50.0, 0.0),
            judged(20.0, 900.0, 150.0, 0.0),
            judged(40.0, 1_000.0, 250.0, 0.0),
        ];
        let found = max_passing(&levels, &BUDGET).unwrap();
        assert_eq!((found.throughput, found.concurrency), (950.0, 30.0));
        assert_eq!(found.measured.throughput, 900.0);
        assert_eq!(found.next_failing.as_ref().unwrap().concurrency, 40.0);
        assert!(!found.at_least);
        // Latency 165..275 reaches 200 after 35/110, 135..225 after 65/90 of the way; each rate is known to ±10.
        let (low, high) = found.ci95.unwrap();
        assert!(
            (low - (900.0 + 100.0 * 35.0 / 110.0 - 10.0)).abs() < 1e-9,
            "{low}"
        );
        assert!(
            (high - (900.0 + 100.0 * 65.0 / 90.0 + 10.0)).abs() < 1e-9,
            "{high}"
        );
    }

    /// Failures reach their budget before latency does.
    #[test]
    fn failures_count_too() {
        let levels = [
            judged(10.0, 500.0, 50.0, 0.0),
            judged(20.0, 900.0, 60.0, 0.04),
        ];
        let found = max_passing(&levels, &BUDGET).unwrap();
        assert_eq!((found.throughput, found.concurrency), (600.0, 12.5));
    }

    #[test]
    fn no_higher_level_failed_or_none_passed() {
        let fine = [
            judged(10.0, 500.0, 50.0, 0.0),
            judged(20.0, 900.0, 60.0, 0.0),
        ];
        let found = max_passing(&fine, &BUDGET).unwrap();
        assert!(found.at_least && found.next_failing.is_none());
        assert_eq!(
            (found.throughput, found.ci95),
            (900.0, Some((890.0, 910.0)))
        );
        assert_eq!(
            max_passing(&[judged(10.0, 500.0, 300.0, 0.0)], &BUDGET),
            None
        );
        assert_eq!(max_passing(&[], &BUDGET), None);
    }

    /// Throughput that falls on the way to the failing level does not lower what was measured.
    #[test]
    fn a_falling_curve_keeps_what_was_measured() {
        let levels = [
            judged(10.0, 900.0, 100.0, 0.0),
            judged(20.0, 700.0, 300.0, 0.0),
        ];
        let found = max_passing(&levels, &BUDGET).unwrap();
        assert_eq!((found.throughput, found.concurrency), (900.0, 10.0));
    }

    #[test]
    fn plateau_and_saturation() {
        let levels = [
            (1.0, 100.0),
            (2.0, 200.0),
            (4.0, 390.0),
            (8.0, 400.0),
            (16.0, 380.0),
        ];
        let found = plateau(&levels).unwrap();
        assert_eq!((found.from_concurrency, found.throughput), (4.0, 390.0));
        assert_eq!(plateau(&levels[..3]), None, "still rising");
        let falling = [(1.0, 100.0), (2.0, 80.0), (4.0, 60.0), (8.0, 40.0)];
        assert_eq!(plateau(&falling), None, "one level is none");
        let queue = saturation(&levels).unwrap();
        assert!(
            (queue.concurrency - 4.0).abs() < 1e-12
                && (queue.shortest_response_ms - 10.0).abs() < 1e-12
        );
        assert_eq!(saturation(&[(0.0, 0.0)]), None);
    }
}
