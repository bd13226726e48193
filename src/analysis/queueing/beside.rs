//! The queueing model beside the fitted scalability curve of a measured sweep: two explanations of one measurement.
//! Where they part by more than a stated tolerance, a sentence says what that means.

use serde::{Deserialize, Serialize};

use super::QueueError;
use super::closed::{ClosedStation, closed_network, throughput_bound};
use crate::analysis::capacity::plain;
use crate::units;

/// The models agree where they differ by no more than this share of the measured throughput.
pub const TOLERANCE: f64 = 0.10;
/// A step below this share of the highest throughput has next to no waiting in it.
const LIGHT: f64 = 0.2;
/// More users than this are not solved for.
const MOST: f64 = 20_000.0;
/// Up to so many users every sensible number of servers is tried.
const FEW: f64 = 1_000.0;
/// From one number of servers to the next that is tried, where they are many.
const WIDER: f64 = 1.25;

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
    /// Milliseconds that one of the servers of the busiest resource works for one request.
    pub demand_ms: f64,
    /// Requests that it serves at once.
    pub servers: u64,
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

/// A calibrated network: stations and the throughput at 1, 2, … users.
struct Calibrated {
    busiest: ClosedStation,
    delay: f64,
    bound: f64,
    solved: Vec<f64>,
}

impl Calibrated {
    fn new(
        mut stations: Vec<ClosedStation>,
        round: f64,
        highest: f64,
    ) -> Result<Option<Self>, QueueError> {
        let full = |s: &ClosedStation| s.demand / s.servers.unwrap_or(u64::MAX) as f64;
        let Some(busiest) = stations
            .iter()
            .copied()
            .max_by(|a, b| full(a).total_cmp(&full(b)))
        else {
            return Ok(None);
        };
        let service: f64 = stations.iter().map(|s| s.demand).sum();
        let delay = (round - service).max(0.0);
        let bound = throughput_bound(&stations).unwrap_or(f64::INFINITY);
        stations.push(ClosedStation::delay(delay));
        let solved = closed_network(&stations, 0.0, highest.ceil().max(1.0) as u64)?;
        Ok(Some(Self {
            busiest,
            delay,
            bound,
            solved: solved.iter().map(|p| p.throughput).collect(),
        }))
    }

    /// Throughput at a concurrency, straight between whole numbers of users.
    fn at(&self, n: f64) -> Option<f64> {
        let whole = |users: usize| match users.checked_sub(1) {
            None => Some(0.0),
            Some(i) => self.solved.get(i).copied(),
        };
        let below = whole(n.floor() as usize)?;
        let above = whole(n.ceil() as usize)?;
        Some(below + (above - below) * n.fract())
    }

    /// Sum of the squared relative errors.
    fn error(&self, steps: &[(f64, f64)]) -> f64 {
        steps
            .iter()
            .map(|(n, x)| self.at(*n).map_or(1.0, |q| ((q - x) / x).powi(2)))
            .sum()
    }
}

/// The network whose busiest resource has as many servers as explain the sweep best: their number over the highest
/// throughput is what each works for a request (utilisation law), and that cannot be more than a round takes.
fn by_sweep(
    steps: &[(f64, f64)],
    best: f64,
    round: f64,
    highest: f64,
) -> Result<Option<Calibrated>, QueueError> {
    let most = (best * round).clamp(1.0, highest.max(1.0)).round();
    let mut found: Option<(f64, Calibrated)> = None;
    let mut servers = 1.0_f64;
    while servers <= most {
        let station = ClosedStation {
            demand: (servers / best).min(round.max(1.0 / best)),
            servers: Some(servers as u64),
        };
        if let Some(tried) = Calibrated::new(vec![station], round, highest)? {
            let error = tried.error(steps);
            if found.as_ref().is_none_or(|(least, _)| error < *least) {
                found = Some((error, tried));
            }
        }
        if highest > FEW {
            break;
        }
        servers = (servers + 1.0).max((servers * WIDER).floor());
    }
    Ok(found.map(|(_, calibrated)| calibrated))
}

/// Calibrates a closed network from a sweep, (concurrency, requests per second) rising by concurrency, and puts it
/// beside the fitted curve. `demands` are the known service demands of resources in seconds with their servers; where
/// there are none, the highest measured throughput says what the busiest one can do.
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
    let calibrated = if demands.is_empty() {
        by_sweep(&steps, best, round, highest)?
    } else {
        Calibrated::new(demands.to_vec(), round, highest)?
    };
    let Some(calibrated) = calibrated else {
        return Ok(None);
    };
    let points: Vec<BesidePoint> = steps
        .iter()
        .filter_map(|(n, x)| {
            Some(BesidePoint {
                concurrency: *n,
                measured: *x,
                queueing: calibrated.at(*n)?,
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
        demand_ms: calibrated.busiest.demand * 1e3,
        servers: calibrated.busiest.servers.unwrap_or(1),
        delay_ms: calibrated.delay * 1e3,
        bound: calibrated.bound,
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
    let served = if result.servers == 1 {
        "one request at a time".to_owned()
    } else {
        format!("{} requests at a time", units::count(result.servers))
    };
    let calibrated = format!(
        "Queueing model: the busiest resource serves {served}, {} each, and a request spends {} elsewhere",
        units::millis(result.demand_ms),
        units::millis(result.delay_ms)
    );
    let at = plain(worst.concurrency);
    let tolerance = units::percent_of(TOLERANCE);
    if result.agrees {
        return format!(
            "{calibrated}. It agrees with the scalability curve: they differ by at most {share} of the measured throughput (at concurrency {at}; up to {tolerance} counts as agreement)."
        );
    }
    let curve_is_nearer =
        (worst.curve - worst.measured).abs() < (worst.queueing - worst.measured).abs();
    let meaning = match (worst.curve < worst.queueing, curve_is_nearer) {
        (true, true) => {
            "the curve is nearer, so more is lost there than waiting explains, such as locks, retries or coordination"
        }
        (false, true) => {
            "the curve is nearer, so the service does more there than a queue of this size would"
        }
        (_, false) => "the queueing model is nearer, so do not rely on the curve there",
    };
    format!(
        "{calibrated}. It disagrees with the scalability curve by {share} of the measured throughput at concurrency {at} (more than {tolerance}): measured {} requests/s, queueing expects {}, the curve {}; {meaning}.",
        units::number(worst.measured),
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
        assert_eq!(found.servers, 1);
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

    /// Sixteen workers of 100 ms: nothing waits up to sixteen, and the number of workers is found.
    #[test]
    fn the_number_of_servers_is_found_from_the_sweep() {
        let pool = ClosedStation {
            demand: 0.1,
            servers: Some(16),
        };
        let measured: Vec<(f64, f64)> =
            closed_network(&[pool, ClosedStation::delay(0.005)], 0.0, 64)
                .unwrap()
                .into_iter()
                .filter(|p| [1, 2, 4, 8, 12, 16, 24, 64].contains(&p.customers))
                .map(|p| (p.customers as f64, p.throughput))
                .collect();
        let same = measured.clone();
        let curve = move |n: f64| same.iter().find(|p| p.0 == n).unwrap().1;
        let found = beside(&measured, &[], curve).unwrap().unwrap();
        assert!((15..=17).contains(&found.servers), "{found:?}");
        assert!(found.agrees && found.sentence.contains("requests at a time"));
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
            found.sentence.contains("queueing model is nearer"),
            "{}",
            found.sentence
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
