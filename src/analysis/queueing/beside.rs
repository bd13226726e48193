//! The queueing model beside the fitted scalability curve of a measured sweep: two explanations of one measurement.
//! Where they part by more than a stated tolerance, a sentence says what that means.

use serde::{Deserialize, Serialize};

use super::QueueError;
use super::closed::{ClosedStation, closed_network, throughput_bound};
use crate::units;

/// The models agree where they differ by no more than this share of the measured throughput.
pub const TOLERANCE: f64 = 0.10;
/// A step below this share of the highest throughput has next to no waiting in it.
const LIGHT: f64 = 0.2;
/// More users than this are not solved for.
const MOST: f64 = 20_000.0;

/// One measured step with what both models say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BesidePoint {
    /// Concurrency of the step.
    pub concurrency: f64,
    /// Requests per second as measured.
    pub measured: f64,
    /// By the queueing model.
    pub queueing: f64,
    /// By the scalability curve.
    pub curve: f64,
}

/// Both models over the measured range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beside {
    /// Milliseconds that the busiest resource works for one request.
    pub demand_ms: f64,
    /// Milliseconds of a round at light load that are no waiting: other resources, network, think time.
    pub delay_ms: f64,
    /// Highest throughput of the queueing model, requests per second.
    pub bound: f64,
    /// The steps.
    pub points: Vec<BesidePoint>,
    /// Largest difference between the models, as a share of the measured throughput.
    pub largest_difference: f64,
    /// Where that is.
    pub at_concurrency: f64,
    /// It is within the tolerance everywhere.
    pub agrees: bool,
    /// What it means, with how the model was calibrated.
    pub sentence: String,
}

/// Calibrates a closed network from a sweep, (concurrency, requests per second) rising by concurrency, and puts it
/// beside the fitted curve. `demands` are the known service demands of resources in seconds with their servers; where
/// there are none, the demand of the busiest resource is one over the highest measured throughput (utilisation law).
pub fn beside(
    steps: &[(f64, f64)],
    demands: &[ClosedStation],
    curve: impl Fn(f64) -> f64,
) -> Result<Option<Beside>, QueueError> {
    let steps: Vec<(f64, f64)> = steps
        .iter()
        .copied()
        .filter(|(n, x)| *n > 0.0 && *x > 0.0 && n.is_finite() && x.is_finite())
        .collect();
    let (Some((lowest, first)), Some((highest, _))) =
        (steps.first().copied(), steps.last().copied())
    else {
        return Ok(None);
    };
    if steps.len() < 3 || highest > MOST {
        return Ok(None);
    }
    let best = steps.iter().map(|s| s.1).fold(0.0, f64::max);
    let round = lowest / first;
    let mut stations = if demands.is_empty() {
        vec![ClosedStation::queue((1.0 / best).min(round))]
    } else {
        demands.to_vec()
    };
    let service: f64 = stations.iter().map(|s| s.demand).sum();
    let delay = (round - service).max(0.0);
    let busiest = stations.iter().map(|s| s.demand).fold(0.0, f64::max);
    let bound = throughput_bound(&stations).unwrap_or(f64::INFINITY);
    stations.push(ClosedStation::delay(delay));
    let solved = closed_network(&stations, 0.0, highest.ceil().max(1.0) as u64)?;
    let queueing = |n: f64| {
        let at = |users: usize| {
            users
                .checked_sub(1)
                .map_or(Some(0.0), |i| solved.get(i).map(|p| p.throughput))
        };
        let below = at(n.floor() as usize)?;
        let above = at(n.ceil() as usize)?;
        Some(below + (above - below) * n.fract())
    };
    let points: Vec<BesidePoint> = steps
        .iter()
        .filter_map(|(n, x)| {
            Some(BesidePoint {
                concurrency: *n,
                measured: *x,
                queueing: queueing(*n)?,
                curve: Some(curve(*n)).filter(|v| v.is_finite())?,
            })
        })
        .collect();
    let apart = |p: &BesidePoint| (p.queueing - p.curve).abs() / p.measured;
    let Some(worst) = points
        .iter()
        .copied()
        .max_by(|a, b| apart(a).total_cmp(&apart(b)))
    else {
        return Ok(None);
    };
    let mut result = Beside {
        demand_ms: busiest * 1e3,
        delay_ms: delay * 1e3,
        bound,
        largest_difference: apart(&worst),
        at_concurrency: worst.concurrency,
        agrees: apart(&worst) <= TOLERANCE,
        points,
        sentence: String::new(),
    };
    result.sentence = sentence(&result, &worst);
    if first > LIGHT * best {
        result.sentence.push_str(&format!(
            " The lowest step already reached {} of the highest throughput, so the time without waiting may be overstated.",
            units::percent_of(first / best)
        ));
    }
    Ok(Some(result))
}

fn sentence(result: &Beside, worst: &BesidePoint) -> String {
    let share = units::percent_of(result.largest_difference);
    let calibrated = format!(
        "Queueing model: {} of service a request at the busiest resource and {} without a queue",
        units::millis(result.demand_ms),
        units::millis(result.delay_ms)
    );
    let at = units::number(worst.concurrency);
    if result.agrees {
        return format!(
            "{calibrated}. It agrees with the scalability curve: they differ by at most {share} of the throughput (at concurrency {at}; up to {} counts as agreement).",
            units::percent_of(TOLERANCE)
        );
    }
    let meaning = if worst.curve < worst.queueing {
        "more is lost than waiting explains, such as locks, retries or coordination; waiting alone would be the better case"
    } else {
        "the curve promises more than the busiest resource can do; the smaller figure is the safe one"
    };
    format!(
        "{calibrated}. It disagrees with the scalability curve by {share} at concurrency {at} (over {}): queueing expects {} requests/s, the curve {}. Where they part, {meaning}.",
        units::percent_of(TOLERANCE),
        units::number(worst.queueing),
        units::number(worst.curve)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed network of one queue (10 ms) and 90 ms of other work, measured without noise.
    fn sweep() -> Vec<(f64, f64)> {
        let network = [ClosedStation::queue(0.01), ClosedStation::delay(0.09)];
        closed_network(&network, 0.0, 60)
            .unwrap()
            .into_iter()
            .filter(|p| [1, 2, 5, 10, 20, 40, 60].contains(&p.customers))
            .map(|p| (p.customers as f64, p.throughput))
            .collect()
    }

    #[test]
    fn a_sweep_that_only_queues_is_explained_by_queueing() {
        let measured = sweep();
        let same = measured.clone();
        let curve = move |n: f64| same.iter().find(|p| p.0 == n).unwrap().1;
        let found = beside(&measured, &[], curve).unwrap().unwrap();
        assert!(found.agrees && found.largest_difference < 0.01, "{found:?}");
        assert!((found.demand_ms - 10.0).abs() < 0.01 && (found.delay_ms - 90.0).abs() < 0.01);
        assert!((found.bound - 100.0).abs() < 0.1);
        assert!(
            found
                .sentence
                .contains("It agrees with the scalability curve")
        );
        assert!(!found.sentence.contains("overstated"));
    }

    #[test]
    fn a_curve_that_falls_is_more_than_queueing() {
        // Contention 2 %, coherency 0.5 %: the throughput falls beyond 14.
        let usl = |n: f64| 10.0 * n / (1.0 + 0.02 * (n - 1.0) + 0.005 * n * (n - 1.0));
        let measured: Vec<(f64, f64)> = [1.0, 4.0, 8.0, 14.0, 28.0, 56.0]
            .map(|n| (n, usl(n)))
            .into();
        let found = beside(&measured, &[], usl).unwrap().unwrap();
        assert!(!found.agrees && found.at_concurrency == 56.0);
        assert!(
            found
                .sentence
                .contains("disagrees with the scalability curve by")
        );
        assert!(
            found.sentence.contains("locks, retries or coordination"),
            "{}",
            found.sentence
        );
    }

    #[test]
    fn known_demands_are_taken_instead_of_the_highest_throughput() {
        let measured = sweep();
        let cpu = ClosedStation {
            demand: 0.02,
            servers: Some(4),
        };
        let found = beside(&measured, &[cpu], |n| 10.0 * n).unwrap().unwrap();
        assert!((found.bound - 200.0).abs() < 1e-9 && (found.demand_ms - 20.0).abs() < 1e-9);
        assert!(
            found
                .sentence
                .contains("the smaller figure is the safe one")
        );
    }

    #[test]
    fn a_late_beginning_is_said_and_too_little_gives_nothing() {
        let late: Vec<(f64, f64)> = sweep().into_iter().skip(3).collect();
        let found = beside(&late, &[], |n| 10.0 * n).unwrap().unwrap();
        assert!(found.sentence.contains("may be overstated"));
        assert_eq!(beside(&late[..2], &[], |n| n), Ok(None));
        assert_eq!(beside(&[(0.0, f64::NAN)], &[], |n| n), Ok(None));
    }
}
