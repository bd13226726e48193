//! A scenario made ready to run: what does not change during a run, computed once for all repetitions.

use crate::scenario::level::Level;
use crate::scenario::model::{Arrivals, Balancer, Contention, Retries, Scenario};
use crate::scenario::{SimulateError, model};
use crate::units;

use super::random::Stream;
use super::sample::Sampler;
use super::sharing::Law;

/// Requests of all repetitions together that are simulated one by one.
const MOST_REQUESTS: f64 = 200e6;
/// Requests on their way at once, over all repetitions, so that memory has a bound.
const MOST_JOBS: usize = 4_000_000;
/// Users of a closed workload that are simulated one by one.
const MOST_USERS: f64 = 2_000_000.0;
/// Instances at the start.
pub(super) const MOST_INSTANCES: u32 = 100_000;
/// Steps of the report, times repetitions or classes, so that memory has a bound.
const MOST_STEPS: f64 = 1_000_000.0;
/// Waiting at one instance where no limit is given.
pub(super) const QUEUE_BOUND: u32 = 100_000;
/// Bins of all steps and classes that are kept for verdicts.
const MOST_BINS: f64 = 5e5;

/// A kind of request.
#[derive(Clone, Debug)]
pub(super) struct ClassPlan {
    pub label: String,
    pub time: Sampler,
    /// Processor seconds.
    pub cpu: f64,
    pub priority: u8,
    pub error_share: f64,
    /// Share that changes data.
    pub writes: f64,
}

/// Who sends.
#[derive(Clone, Debug)]
pub(super) enum Senders {
    Open,
    Even,
    Closed(Sampler),
}

/// A group of instances.
#[derive(Clone, Debug)]
pub(super) struct GroupPlan {
    pub name: String,
    pub instances: u32,
    pub weight: f64,
    pub speed: f64,
    pub distance: f64,
}

/// All of it; times in seconds of the simulated clock, which starts with the warm-up.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub scenario: &'a Scenario,
    pub classes: Vec<ClassPlan>,
    /// Share of the requests up to and with each class.
    mix: Vec<f64>,
    pub senders: Senders,
    pub level: Level,
    /// Users that are told apart; 0 for none.
    pub users: u32,
    pub groups: Vec<GroupPlan>,
    /// Share of the senders up to and with each group; empty where regions make no difference.
    regions: Vec<f64>,
    pub balancer: Balancer,
    pub workers: u32,
    pub queue_limit: u32,
    /// Until the sender gives up, less the time in the network.
    pub timeout: Option<f64>,
    pub retries: Retries,
    /// Of an instance, in place of workers.
    pub law: Option<Law>,
    /// Seconds of a request on the measured instance, mean over the mix.
    pub mean_demand: f64,
    /// Most requests per second of the law.
    law_peak: f64,
    pub network: f64,
    pub warm_up: f64,
    pub duration: f64,
    pub step: f64,
    pub steps: u32,
    /// Jobs at once in one repetition.
    pub most_jobs: usize,
    /// Bins of a step and class.
    pub most_bins: usize,
}

/// Shares up to and with each of the weights.
pub(super) fn cumulative(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let sums: Vec<f64> = weights
        .map(|w| {
            sum += if w.is_finite() { w.max(0.0) } else { 0.0 };
            sum
        })
        .collect();
    if sum > 0.0 {
        sums.iter().map(|s| s / sum).collect()
    } else {
        let count = sums.len().max(1) as f64;
        (0..sums.len()).map(|i| (i + 1) as f64 / count).collect()
    }
}

/// Where a share between 0 and 1 falls.
pub(super) fn place(shares: &[f64], share: f64) -> usize {
    shares
        .iter()
        .position(|s| share < *s)
        .unwrap_or(shares.len().saturating_sub(1))
}

fn positive(key: &str, value: f64) -> Result<f64, SimulateError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(SimulateError::impossible(
            key,
            format!("{value} cannot be run; a number above 0 is needed"),
        ))
    }
}

fn not_negative(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

impl<'a> Plan<'a> {
    /// Refuses what cannot be run request by request.
    pub(super) fn new(scenario: &'a Scenario) -> Result<Self, SimulateError> {
        if let Some(what) = scenario.pending().into_iter().next() {
            return Err(SimulateError::Pending { what });
        }
        let (service, run) = (&scenario.service, &scenario.run);
        let duration = positive("run.duration", run.duration)?;
        let step = positive("run.step", run.step)?.min(duration);
        let warm_up = not_negative(run.warm_up);
        let steps = (duration / step - 1e-9).ceil().max(1.0);
        let kept = steps * f64::from(run.replications.max(1)).max(service.classes.len() as f64);
        if kept > MOST_STEPS {
            return Err(SimulateError::impossible(
                "run.step",
                format!(
                    "{} steps are too many; at most 1,000,000 are kept over all repetitions, or over all classes, \
                     so take a longer step",
                    units::grouped(steps, 0)
                ),
            ));
        }
        if service.classes.is_empty() {
            return Err(SimulateError::impossible(
                "service.classes",
                "there is none; at least one kind of request is needed",
            ));
        }
        let groups: Vec<GroupPlan> = scenario
            .topology
            .groups
            .iter()
            .map(|g| GroupPlan {
                name: g.name.clone(),
                instances: g.instances,
                weight: not_negative(g.weight),
                speed: if g.speed.is_finite() && g.speed > 0.0 {
                    g.speed
                } else {
                    1.0
                },
                distance: not_negative(g.distance),
            })
            .collect();
        if groups.is_empty() {
            return Err(SimulateError::impossible(
                "topology.groups",
                "there is none; at least one group of instances is needed",
            ));
        }
        let instances = scenario.topology.instances();
        if instances > MOST_INSTANCES {
            return Err(SimulateError::impossible(
                "topology.groups",
                format!(
                    "{} instances are too many to simulate one by one; at most 100,000 are possible",
                    units::grouped(f64::from(instances), 0)
                ),
            ));
        }
        let level = Level::new(&scenario.workload, run, 0.0)?;
        let classes: Vec<ClassPlan> = service.classes.iter().map(|c| class(scenario, c)).collect();
        let regional = scenario.topology.balancer == Balancer::Geographic
            || groups.iter().any(|g| g.distance > 0.0);
        let repetitions = run.replications.max(1);
        let network = not_negative(service.network);
        let mut plan = Self {
            scenario,
            mix: cumulative(service.classes.iter().map(|c| c.weight)),
            regions: if regional {
                cumulative(groups.iter().map(|g| g.weight))
            } else {
                Vec::new()
            },
            senders: match &scenario.workload.arrivals {
                Arrivals::Open => Senders::Open,
                Arrivals::Even => Senders::Even,
                Arrivals::Closed { think } => Senders::Closed(Sampler::new(think)),
            },
            users: not_negative(scenario.workload.users).min(MOST_USERS) as u32,
            balancer: scenario.topology.balancer,
            workers: service.workers.max(1),
            queue_limit: service.queue_limit.unwrap_or(QUEUE_BOUND),
            timeout: service.timeout.map(|t| not_negative(t - network)),
            retries: service.retries,
            law: None,
            mean_demand: not_negative(service.mean_time() * service.speed()),
            law_peak: 1.0,
            network,
            warm_up,
            duration,
            step,
            steps: steps as u32,
            most_jobs: (MOST_JOBS / repetitions as usize).max(100_000),
            most_bins: (MOST_BINS / (steps * classes.len() as f64 * f64::from(repetitions)))
                .clamp(32.0, 2048.0) as usize,
            level,
            groups,
            classes,
        };
        plan.bounded(f64::from(repetitions))?;
        plan.take_law()?;
        Ok(plan)
    }

    /// Says so where there are more requests than can be simulated one by one.
    fn bounded(&self, repetitions: f64) -> Result<(), SimulateError> {
        let service = &self.scenario.service;
        let expected = match &self.scenario.workload.arrivals {
            Arrivals::Open | Arrivals::Even => self.level.total(),
            Arrivals::Closed { think } => {
                let cycle = think.mean() + service.mean_time() + service.network;
                self.level.total() / cycle.max(1e-6)
            }
        } * repetitions;
        let users = match self.senders {
            Senders::Closed(_) => self.level.peak(),
            Senders::Open | Senders::Even => 0.0,
        };
        if expected > MOST_REQUESTS || users > MOST_USERS {
            return Err(SimulateError::impossible(
                "run.engine",
                format!(
                    "about {:.0} million requests are too many to simulate one by one (at most 200 million, and 2 million \
                     users); use fluid, or a shorter run.duration",
                    expected / 1e6
                ),
            ));
        }
        Ok(())
    }

    /// Under the scalability law an instance takes all that its limit allows; nobody waits for a worker.
    fn take_law(&mut self) -> Result<(), SimulateError> {
        let service = &self.scenario.service;
        let Contention::Scalability {
            sigma,
            kappa,
            lambda,
        } = service.contention
        else {
            return Ok(());
        };
        if self.balancer == Balancer::SharedQueue {
            return Err(SimulateError::impossible(
                "topology.balancer",
                "shared_queue has requests wait for a worker, but under service.contention: scalability none waits; \
                 take another balancer, or contention: queueing",
            ));
        }
        let law = Law {
            sigma: not_negative(sigma),
            kappa: not_negative(kappa),
            lambda: positive("service.contention.lambda", lambda)?,
        };
        self.queue_limit = self.queue_limit.saturating_add(self.workers);
        self.law_peak = law.peak(f64::from(self.queue_limit));
        if self.mean_demand <= 0.0 {
            self.mean_demand = 1.0;
        }
        self.law = Some(law);
        Ok(())
    }

    /// What one instance can be busy with at most: its workers, or under the scalability law itself.
    pub(super) fn units(&self) -> f64 {
        if self.law.is_some() {
            1.0
        } else {
            f64::from(self.workers)
        }
    }

    /// How much of [`Self::units`] so many jobs make busy; under the scalability law their throughput as a share of
    /// the most there can be.
    pub(super) fn load(&self, jobs: u32) -> f64 {
        match &self.law {
            None => f64::from(jobs),
            Some(_) if jobs == 0 => 0.0,
            Some(law) => (law.peak(f64::from(jobs)) / self.law_peak).min(1.0),
        }
    }

    /// Class of the next request.
    #[inline]
    pub(super) fn class(&self, stream: &mut Stream) -> u16 {
        if self.mix.len() < 2 {
            return 0;
        }
        place(&self.mix, stream.share()) as u16
    }

    /// Region of the next sender.
    #[inline]
    pub(super) fn region(&self, stream: &mut Stream) -> u16 {
        if self.regions.len() < 2 {
            return 0;
        }
        place(&self.regions, stream.share()) as u16
    }

    /// How much faster than the measured instance one of so many cores is.
    pub(super) fn speed_of(&self, cores: f64) -> f64 {
        let service = &self.scenario.service;
        let serial = service.serial_share.clamp(0.0, 1.0);
        let speed = if cores > 0.0 && service.measured_cores > 0.0 {
            1.0 / (serial + (1.0 - serial) * service.measured_cores / cores)
        } else {
            1.0
        };
        if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        }
    }

    /// Extra way of an answer from a group to a region.
    #[inline]
    pub(super) fn distance(&self, group: u16, region: u16) -> f64 {
        if self.regions.is_empty() || group == region {
            return 0.0;
        }
        self.groups
            .get(group as usize)
            .map_or(0.0, |group| group.distance)
    }

    /// End of the simulated time.
    pub(super) fn end(&self) -> f64 {
        self.warm_up + self.duration
    }
}

fn class(scenario: &Scenario, class: &model::Class) -> ClassPlan {
    ClassPlan {
        label: class.label.clone(),
        time: Sampler::new(&class.time),
        cpu: not_negative(class.cpu.unwrap_or(scenario.autoscaling.cpu.per_request)),
        priority: class.priority,
        error_share: not_negative(class.error_share),
        writes: not_negative(class.writes),
    }
}
