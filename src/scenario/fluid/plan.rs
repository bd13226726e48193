//! A scenario made ready for the fluid: what does not change during a run.

use crate::analysis::capacity::Usl;
use crate::scenario::SimulateError;
use crate::scenario::level::Level;
use crate::scenario::model::{Arrivals, Balancer, Contention, Dist, Retries, Scenario};

use super::backend::{After, Later, Part};
use super::bins::Bins;
use super::database::Wait;
use super::fleet::Kind;
use super::lanes::{Lane, lanes};
use super::row::Held;
use super::work;

/// Waiting at one instance where no limit is given.
const QUEUE_BOUND: f64 = 100_000.0;
/// Steps of a run at most: a quarter at a second and more.
const MOST_STEPS: f64 = 10_000_000.0;

/// A kind of request.
pub(super) struct ClassPlan {
    pub label: String,
    /// Share of all requests.
    pub share: f64,
    pub time: Dist,
    /// Share that writes.
    pub writes: f64,
}

/// Time at the workers of a group of instances.
pub(super) struct Work {
    /// Requests per second with all workers busy.
    pub capacity: f64,
    /// Squared coefficients of variation of the time at a worker, and of what is left of it when it is met.
    pub variation: f64,
    pub residual: f64,
    pub held: Vec<Held>,
}

/// All of it, in seconds and requests per second.
pub(super) struct Plan<'a> {
    pub scenario: &'a Scenario,
    pub classes: Vec<ClassPlan>,
    pub lanes: Vec<Lane>,
    pub level: Level,
    /// Mean think time of a closed workload.
    pub think: Option<f64>,
    /// Most users of a closed workload.
    pub most_users: f64,
    /// Users who are told apart; 0 for none.
    pub users: f64,
    /// The scalability law of an instance where requests share it.
    pub law: Option<Usl>,
    pub network: f64,
    pub arrivals_variation: f64,
    pub balancer: Balancer,
    pub workers: f64,
    /// Requests that may wait at one instance.
    pub room: f64,
    /// Until the sender gives up, seconds from the sending.
    pub timeout: Option<f64>,
    pub retries: Retries,
    /// Mean share of requests that write.
    pub writes: f64,
    pub bins: Bins,
    pub duration: f64,
    pub step: f64,
    pub warm_up_steps: u32,
    pub steps: u32,
}

pub(super) fn at_least_zero(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

fn positive(key: &str, value: f64) -> Result<f64, SimulateError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(SimulateError::impossible(
            key,
            format!("{value} seconds cannot be run; a number above 0 is needed"),
        ))
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(scenario: &'a Scenario) -> Result<Self, SimulateError> {
        if let Some(what) = scenario.pending().into_iter().next() {
            return Err(SimulateError::Pending { what });
        }
        let (service, run) = (&scenario.service, &scenario.run);
        let duration = positive("run.duration", run.duration)?;
        let step = positive("run.step", run.step)?.min(duration);
        let steps = (duration / step - 1e-9).ceil().max(1.0);
        let warm_up_steps = (at_least_zero(run.warm_up) / step - 1e-9).ceil().max(0.0);
        if steps + warm_up_steps > MOST_STEPS {
            return Err(SimulateError::impossible(
                "run.step",
                format!(
                    "{:.0} steps are too many; at most 10,000,000 are possible, so take a longer step",
                    steps + warm_up_steps
                ),
            ));
        }
        let weights: f64 = service
            .classes
            .iter()
            .map(|c| at_least_zero(c.weight))
            .sum();
        if service.classes.is_empty() || weights <= 0.0 {
            return Err(SimulateError::impossible(
                "service.classes",
                "at least one kind of request with a weight above 0 is needed",
            ));
        }
        if scenario.topology.groups.is_empty() {
            return Err(SimulateError::impossible(
                "topology.groups",
                "there is none; at least one group of instances is needed",
            ));
        }
        let classes: Vec<ClassPlan> = service
            .classes
            .iter()
            .map(|class| ClassPlan {
                label: class.label.clone(),
                share: at_least_zero(class.weight) / weights,
                time: class.time.clone(),
                writes: at_least_zero(class.writes).min(1.0),
            })
            .collect();
        let mean: f64 = classes.iter().map(|c| c.share * c.time.mean()).sum();
        if !(mean.is_finite() && mean > 0.0) {
            return Err(SimulateError::impossible(
                "service.time",
                "the mean time at a worker is 0; a number above 0 is needed",
            ));
        }
        let over = |value: &dyn Fn(&crate::scenario::model::Class) -> f64| -> f64 {
            service
                .classes
                .iter()
                .map(|c| at_least_zero(c.weight) / weights * value(c))
                .sum()
        };
        let shortest = classes
            .iter()
            .map(|c| c.time.mean())
            .filter(|m| *m > 0.0)
            .fold(mean, f64::min);
        let network = at_least_zero(service.network);
        let level = Level::new(&scenario.workload, run, 0.0)?;
        let closed = matches!(scenario.workload.arrivals, Arrivals::Closed { .. });
        Ok(Self {
            most_users: level.peak(),
            users: if closed {
                level.peak()
            } else {
                at_least_zero(scenario.workload.users)
            },
            level,
            law: match service.contention {
                Contention::Queueing => None,
                Contention::Scalability {
                    sigma,
                    kappa,
                    lambda,
                } => Some(Usl {
                    sigma: at_least_zero(sigma),
                    kappa: at_least_zero(kappa),
                    lambda: positive("service.contention.lambda", lambda)?,
                }),
            },
            network,
            think: match &scenario.workload.arrivals {
                Arrivals::Closed { think } => Some(at_least_zero(think.mean()) + network),
                Arrivals::Open | Arrivals::Even => None,
            },
            arrivals_variation: match scenario.workload.arrivals {
                Arrivals::Even => 0.0,
                Arrivals::Open | Arrivals::Closed { .. } => 1.0,
            },
            balancer: scenario.topology.balancer,
            workers: f64::from(service.workers.max(1)),
            room: service.queue_limit.map_or(QUEUE_BOUND, f64::from),
            timeout: service.timeout.map(at_least_zero),
            retries: service.retries,
            writes: over(&|c| at_least_zero(c.writes).min(1.0)),
            bins: Bins::new((shortest * 0.01).max(1e-7), (mean * 1e6).max(1e4)),
            duration,
            step,
            warm_up_steps: warm_up_steps as u32,
            steps: steps as u32,
            lanes: lanes(scenario, &classes),
            classes,
            scenario,
        })
    }

    /// Mean time at a worker over the mix on the measured instance, seconds.
    pub(super) fn mean_time(&self) -> f64 {
        self.classes.iter().map(|c| c.share * c.time.mean()).sum()
    }

    /// Weight of a group.
    pub(super) fn weight(&self, group: usize) -> f64 {
        self.scenario
            .topology
            .groups
            .get(group)
            .map_or(0.0, |g| at_least_zero(g.weight))
    }

    /// Network time of an answer of a group: (share of the senders, seconds). `away` is the part of its requests from
    /// other regions where those answer their own first.
    fn way(&self, group: usize, away: f64) -> Vec<(f64, f64)> {
        let network = at_least_zero(self.scenario.service.network);
        let groups = &self.scenario.topology.groups;
        let weights: f64 = (0..groups.len()).map(|g| self.weight(g)).sum();
        let distance = groups.get(group).map_or(0.0, |g| at_least_zero(g.distance));
        if distance <= 0.0 || groups.len() < 2 {
            return vec![(1.0, network)];
        }
        if self.balancer == Balancer::Geographic {
            return vec![(1.0 - away, network), (away, network + distance)];
        }
        let own = if weights > 0.0 {
            self.weight(group) / weights
        } else {
            1.0 / groups.len() as f64
        };
        vec![(own, network), (1.0 - own, network + distance)]
    }

    /// What the workers of some instances do, `speed` being that of their cores, when requests hold them for `later`
    /// beyond their own time.
    pub(super) fn work(
        &self,
        members: &[Kind],
        away: f64,
        speed: f64,
        later: Option<&Later>,
    ) -> Work {
        let nothing = [Part {
            share: 1.0,
            from: 0.0,
            to: 0.0,
            after: After::Nothing,
        }];
        let parts_of = |class: usize| {
            later
                .and_then(|later| later.parts.get(class))
                .map_or(nothing.as_slice(), Vec::as_slice)
        };
        let wait = later.map_or_else(Wait::default, |later| later.wait);
        let moments: Vec<[f64; 3]> = (0..self.classes.len())
            .map(|class| work::moments(parts_of(class), &wait))
            .collect();
        let classes = || self.classes.iter().zip(&moments);
        let mean_at = |rate: f64| -> f64 {
            classes()
                .map(|(c, [behind, ..])| c.share * (c.time.mean() / rate + behind))
                .sum()
        };
        let able = |kind: &Kind| f64::from(kind.count) * self.workers / mean_at(kind.speed * speed);
        let capacity: f64 = members.iter().map(able).sum();
        let mut sums = (0.0, 0.0, 0.0);
        let mut held: Vec<Held> = self
            .classes
            .iter()
            .map(|class| Held {
                weight: class.share,
                cdf: vec![0.0; self.bins.len()],
                mean: 0.0,
            })
            .collect();
        for kind in members {
            let rate = kind.speed * speed;
            // Faster ones get as much more as they can do.
            let part = able(kind) / capacity;
            let way = if self.law.is_some() {
                vec![(1.0, 0.0)]
            } else {
                self.way(kind.group, away)
            };
            for (index, ((class, [behind, square, cube]), sum)) in
                classes().zip(&mut held).enumerate()
            {
                let own = class.time.mean() / rate;
                let own_square = own * own * (1.0 + class.time.variation());
                let first = own + behind;
                let second = own_square + 2.0 * own * behind + square;
                let third = work::third_moment(&class.time) / rate.powi(3)
                    + 3.0 * own_square * behind
                    + 3.0 * own * square
                    + cube;
                sums.0 += part * class.share * first;
                sums.1 += part * class.share * second;
                sums.2 += part * class.share * third;
                sum.mean += part * (first + way.iter().map(|(w, secs)| w * secs).sum::<f64>());
                let cdf = work::held(&self.bins, &class.time, rate, &way, parts_of(index), &wait);
                for (total, value) in sum.cdf.iter_mut().zip(cdf) {
                    *total += part * value;
                }
            }
        }
        let (first, second, third) = sums;
        let variation = if first > 0.0 {
            (second / (first * first) - 1.0).max(0.0)
        } else {
            0.0
        };
        let residual = if second > 0.0 {
            (4.0 / 3.0 * third * first / (second * second) - 1.0).max(0.0)
        } else {
            1.0
        };
        Work {
            capacity,
            variation,
            residual,
            held,
        }
    }

    /// Seconds of the run at the start of a step; negative in the warm-up.
    pub(super) fn at(&self, step: u32) -> f64 {
        (f64::from(step) - f64::from(self.warm_up_steps)) * self.step
    }

    /// Wait before the attempt after `attempt`, seconds.
    pub(super) fn backoff(&self, attempt: usize) -> f64 {
        let retries = &self.retries;
        let exponent = attempt.min(1000) as i32;
        (at_least_zero(retries.backoff) * at_least_zero(retries.factor).powi(exponent))
            .min(at_least_zero(retries.cap))
    }
}
