//! Instances ahead of a load that is known: the highest rate of the next seconds, over what the instances can work off
//! at the planned utilisation.

use std::collections::VecDeque;

use crate::analysis::capacity::Usl;
use crate::calendar::{Instant, Zone};
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Contention, Interpolation, Pattern, RatePoint, Run};
use crate::units::Micros;

use super::reason::{Answer, Reason};
use super::whole;

/// Points looked at ahead at once, at most.
const MOST_AHEAD: f64 = 10_000.0;

/// A pattern of the load with the clock it follows.
#[derive(Clone, Debug)]
struct Level {
    pattern: Pattern,
    start: Instant,
    zone: Zone,
}

/// Linear between the middles of the hours, the last going over into the first.
fn by_hour(hours: &[f64], hour: f64) -> f64 {
    let count = hours.len().max(1);
    let middle = (hour - 0.5).rem_euclid(count as f64);
    let before = middle.floor();
    let value = |i: usize| hours.get(i % count).copied().unwrap_or(0.0);
    let low = value(before as usize);
    low + (value(before as usize + 1) - low) * (middle - before)
}

/// The level of points in rising order; before the first, the first.
fn by_points(points: &[RatePoint], interpolation: Interpolation, at: f64) -> f64 {
    let next = points.partition_point(|p| p.at <= at);
    let Some(before) = points.get(next.saturating_sub(1)) else {
        return 0.0;
    };
    match (interpolation, points.get(next)) {
        (Interpolation::Linear, Some(after)) if after.at > before.at && at > before.at => {
            before.level + (after.level - before.level) * (at - before.at) / (after.at - before.at)
        }
        _ => before.level,
    }
}

impl Level {
    fn new(pattern: &Pattern, run: &Run) -> Self {
        Self {
            pattern: pattern.clone(),
            start: Instant(run.start_micros),
            zone: Zone::named(&run.zone).unwrap_or_else(|_| Zone::utc()),
        }
    }

    /// Hours since midnight, and days since Monday.
    fn clock(&self, at: f64) -> (f64, f64) {
        let civil = self
            .start
            .plus(Micros((at * 1e6).round() as i64))
            .civil(&self.zone);
        let hour = f64::from(civil.hour())
            + f64::from(civil.minute()) / 60.0
            + f64::from(civil.second()) / 3600.0;
        (hour, f64::from(civil.weekday().to_monday_zero_offset()))
    }

    fn at(&self, at: f64) -> f64 {
        let level = match &self.pattern {
            Pattern::Constant { level } => *level,
            Pattern::Ramp { from, to, over } => {
                let share = if *over > 0.0 { at / over } else { 1.0 };
                from + (to - from) * share.clamp(0.0, 1.0)
            }
            Pattern::Spike {
                base,
                peak,
                at: begin,
                lasts,
            } => {
                if (*begin..begin + lasts).contains(&at) {
                    *peak
                } else {
                    *base
                }
            }
            Pattern::Steps {
                from,
                by,
                every,
                to,
            } => {
                let steps = if *every > 0.0 {
                    (at / every).floor().max(0.0)
                } else {
                    0.0
                };
                let level = from + by * steps;
                if *by > 0.0 {
                    level.min(*to)
                } else {
                    level.max(*to)
                }
            }
            Pattern::Daily { hours } => by_hour(hours, self.clock(at).0),
            Pattern::Weekly { hours } => {
                let (hour, day) = self.clock(at);
                by_hour(hours, day * 24.0 + hour)
            }
            Pattern::Points {
                points,
                interpolation,
            } => by_points(points, *interpolation, at),
            Pattern::Forecast { .. } | Pattern::Series { .. } | Pattern::Log { .. } => 0.0,
        };
        level.max(0.0)
    }
}

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
        let rate = each * scenario.workload.growth;
        (planned.is_finite() && planned > 0.0 && rate.is_finite()).then(|| Self {
            level: Level::new(&scenario.workload.pattern, &scenario.run),
            rate,
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
