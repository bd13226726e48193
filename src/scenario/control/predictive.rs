//! Instances ahead of a load that is known: the highest rate of the next seconds, over what the instances can work off
//! at the planned utilisation.

use std::collections::VecDeque;

use crate::analysis::capacity::Usl;
use crate::scenario::Scenario;
use crate::scenario::level::Level;
use crate::scenario::model::{Arrivals, Contention};

use super::reason::{Answer, Reason};
use super::whole;

/// Points looked at ahead at once, at most.
const MOST_AHEAD: f64 = 10_000.0;

/// Mean seconds a request holds its worker: its own time, and what it waits for behind the instance without queueing.
fn hold(scenario: &Scenario) -> f64 {
    let classes = &scenario.service.classes;
    let weight: f64 = classes.iter().map(|c| c.weight).sum();
    let written: f64 = classes.iter().map(|c| c.weight * c.writes).sum();
    let writes = if weight > 0.0 { written / weight } else { 0.0 };
    let mut reads = 1.0 - writes;
    let mut behind = 0.0;
    for layer in &scenario.backend.caches {
        behind += reads * layer.latency;
        reads *= 1.0 - layer.hit_ratio;
    }
    if let Some(database) = &scenario.backend.database {
        behind += (reads + writes) * database.queries * database.time.mean();
    }
    scenario.service.mean_time() + behind
}

/// Requests per second one instance can work off.
fn capacity(scenario: &Scenario, hold: f64) -> f64 {
    let service = &scenario.service;
    match service.contention {
        Contention::Scalability {
            sigma,
            kappa,
            lambda,
        } => {
            let law = Usl {
                sigma,
                kappa,
                lambda,
            };
            let most = f64::from(service.workers.max(1));
            let at = law.peak_concurrency().map_or(most, |peak| peak.min(most));
            law.throughput(at) * service.speed()
        }
        Contention::Queueing => f64::from(service.workers) / hold,
    }
}

/// The prediction of a scenario.
#[derive(Clone, Debug)]
pub struct Prediction {
    level: Level,
    /// Requests per second for one of the level.
    rate: f64,
    /// Requests per second of one instance at the planned utilisation.
    planned: f64,
    target: f64,
    lead: f64,
    tick: f64,
    /// (second, level) still ahead of which none after is higher, in order of time.
    ahead: VecDeque<(f64, f64)>,
    /// Looked at until here.
    looked: f64,
}

impl Prediction {
    /// `None` where the scenario asks for none, or nothing can be planned from it.
    pub fn new(scenario: &Scenario, tick: f64) -> Option<Self> {
        let settings = &scenario.autoscaling;
        let lead = settings.predictive.filter(|lead| *lead >= 0.0)?;
        let hold = hold(scenario);
        let planned = capacity(scenario, hold) * settings.predictive_target;
        let each = match &scenario.workload.arrivals {
            Arrivals::Closed { think } => 1.0 / (think.mean() + hold + scenario.service.network),
            Arrivals::Open | Arrivals::Even => 1.0,
        };
        let level = Level::new(&scenario.workload, &scenario.run, lead).ok()?;
        (planned.is_finite() && planned > 0.0 && each.is_finite()).then(|| Self {
            level,
            rate: each,
            planned,
            target: settings.predictive_target,
            lead,
            tick: tick.max(lead / MOST_AHEAD),
            ahead: VecDeque::new(),
            looked: f64::NEG_INFINITY,
        })
    }

    /// What will be needed from now to the end of the lead.
    pub fn answer(&mut self, at: f64) -> Answer {
        if self.looked < at {
            self.ahead.clear();
            self.looked = at;
            self.look(at);
        }
        while self.looked + 1e-9 < at + self.lead {
            self.looked = (self.looked + self.tick).min(at + self.lead);
            self.look(self.looked);
        }
        while self.ahead.len() > 1 && self.ahead.front().is_some_and(|(then, _)| *then < at) {
            self.ahead.pop_front();
        }
        let level = self.ahead.front().map_or(0.0, |(_, level)| *level);
        let rate = level * self.rate;
        Answer {
            to: whole((rate / self.planned - 1e-9).ceil()),
            reason: Reason::Predicted {
                rate,
                lead: self.lead,
                target: self.target,
            },
        }
    }

    fn look(&mut self, at: f64) {
        let level = self.level.at(at);
        while self
            .ahead
            .back()
            .is_some_and(|(_, before)| *before <= level)
        {
            self.ahead.pop_back();
        }
        self.ahead.push_back((at, level));
    }
}
