//! The controller: every policy of the scenario is asked, and the largest answer wins.
//!
//! Policies that follow a metric may ask for fewer instances; floors by the clock and by prediction only where there is
//! no such policy beside them.

use std::collections::VecDeque;

use crate::scenario::Scenario;
use crate::scenario::model::Autoscaling;

use super::hpa::Hpa;
use super::pods::Roll;
use super::predictive::Prediction;
use super::reason::{Answer, Reason};
use super::schedule::Schedule;
use super::steps::Alarm;
use super::tracking::Tracker;
use super::vertical::{Vertical, cores_words};
use super::{Decision, Fleet, Seen};

/// Seconds between two looks where the scenario has none.
const SYNC: f64 = 15.0;

/// All policies of a scenario with their memory of the run so far.
#[derive(Clone, Debug)]
pub struct Controller {
    settings: Autoscaling,
    tick: f64,
    /// Instances of the scenario at its start, and the cores of one: what a schedule returns to.
    at_start: (u32, f64),
    /// Cores the schedule asked for last.
    asked_cores: Option<f64>,
    hpa: Option<Hpa>,
    /// When the HPA looks next.
    sync: f64,
    alarms: Vec<Alarm>,
    trackers: Vec<Tracker>,
    schedule: Option<Schedule>,
    prediction: Option<Prediction>,
    vertical: Option<Vertical>,
    roll: Roll,
    /// What was seen and is not known yet, where metrics are late.
    late: VecDeque<(f64, Seen)>,
    /// The newest that is known.
    known: Option<Seen>,
}

/// The larger of two answers; of equal ones the first.
fn larger(one: Option<Answer>, other: Option<Answer>) -> Option<Answer> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.to > one.to { other } else { one }),
        (one, other) => one.or(other),
    }
}

impl Controller {
    /// At the start of a run.
    pub fn new(scenario: &Scenario) -> Self {
        let settings = scenario.autoscaling.clone();
        let sync = if settings.sync > 0.0 {
            settings.sync
        } else {
            SYNC
        };
        let tracked = (!settings.tracking.is_empty()).then_some(settings.tracking_alarms.period);
        let tick = settings
            .steps
            .iter()
            .map(|step| step.period)
            .chain(tracked)
            .filter(|period| *period > 0.0)
            .fold(sync, f64::min);
        Self {
            tick,
            at_start: (scenario.topology.instances(), scenario.service.cores),
            asked_cores: None,
            hpa: Hpa::new(&settings),
            sync: f64::NEG_INFINITY,
            alarms: settings.steps.iter().map(Alarm::new).collect(),
            trackers: Tracker::all(&settings),
            schedule: Schedule::new(&settings.schedule, &scenario.run),
            prediction: Prediction::new(scenario, tick),
            vertical: Vertical::new(&settings, scenario.service.cores),
            roll: Roll::default(),
            late: VecDeque::new(),
            known: None,
            settings,
        }
    }

    /// Whether it can ever decide anything; an engine need not ask one that cannot.
    pub fn active(&self) -> bool {
        self.settings.active() || self.vertical.is_some()
    }

    /// Seconds between two looks: those of the HPA, or the shortest period of an alarm.
    pub fn tick(&self) -> f64 {
        self.tick
    }

    /// To be called at every multiple of [`Self::tick`] from the first one on, in order of time. `at` is in seconds from
    /// the start of the run, as everywhere in a scenario; `seen` holds means since the last look.
    pub fn look(&mut self, at: f64, seen: &Seen, fleet: &Fleet) -> Vec<Decision> {
        self.roll.call(at, fleet, self.settings.boot);
        self.hear(at, seen);
        let mut decisions = Vec::new();
        if self.settings.active() {
            decisions.extend(self.instances(at, fleet));
        }
        decisions.extend(self.size(at, fleet.cores));
        decisions
    }

    /// Another size: by the schedule where a window sets one, else by use.
    fn size(&mut self, at: f64, cores: f64) -> Option<Decision> {
        let sizes = self.schedule.as_ref().is_some_and(|s| s.sets().1);
        let set = self.schedule.as_mut().and_then(|s| s.cores(at));
        if let (None, Some(vertical)) = (set, &mut self.vertical) {
            let known = self.known.as_ref()?;
            return vertical.answer(at, known, self.tick, cores);
        }
        let to = set.unwrap_or(self.at_start.1);
        if !sizes || self.asked_cores.replace(to) == Some(to) || (to - cores).abs() < 1e-9 {
            return None;
        }
        let hours = if set.is_some() {
            "scheduled"
        } else {
            "outside the scheduled"
        };
        Some(Decision::Cores {
            to,
            why: format!(
                "{hours} hours: {} → {} cores",
                cores_words(cores),
                cores_words(to)
            ),
        })
    }

    /// Takes in what was seen; it is known once the metrics' delay is over. Before the run began there was nothing.
    fn hear(&mut self, at: f64, seen: &Seen) {
        if at <= 0.0 && self.known.is_none() && *seen == Seen::default() {
            return;
        }
        if self.settings.metric_delay <= 0.0 {
            self.known = Some(*seen);
            return;
        }
        self.late.push_back((at, *seen));
        while let Some((then, known)) = self.late.front()
            && *then <= at - self.settings.metric_delay
        {
            self.known = Some(*known);
            self.late.pop_front();
        }
    }

    /// The largest answer, within the bounds.
    fn instances(&mut self, at: f64, fleet: &Fleet) -> Option<Decision> {
        let current = fleet.total();
        let bounds = (self.settings.min, self.settings.max.max(self.settings.min));
        let by_metric = self.by_metric(at, fleet, bounds);
        let by_clock = self.by_clock(at, by_metric.is_none());
        let wanted = larger(by_metric, by_clock)?;
        let to = wanted.to.clamp(bounds.0, bounds.1);
        if to == current {
            return None;
        }
        if let Some(hpa) = &mut self.hpa {
            hpa.changed(at, current, to);
        }
        for alarm in &mut self.alarms {
            alarm.changed(at, current, to);
        }
        for tracker in &mut self.trackers {
            tracker.changed(at);
        }
        Some(Decision::Instances {
            to,
            why: wanted.words(current, to, bounds),
        })
    }

    /// What the policies that follow a metric want; where there are any, at least that nothing changes.
    fn by_metric(&mut self, at: f64, fleet: &Fleet, bounds: (u32, u32)) -> Option<Answer> {
        if self.hpa.is_none() && self.alarms.is_empty() && self.trackers.is_empty() {
            return None;
        }
        let current = fleet.total();
        let hold = Answer {
            to: current,
            reason: Reason::Hold,
        };
        let Some(seen) = &self.known else {
            return Some(hold);
        };
        let (tick, ready) = (self.tick, fleet.ready);
        let mut best = None;
        if let Some(hpa) = &mut self.hpa {
            let answer = if at + 1e-9 >= self.sync {
                self.sync = at + self.settings.sync;
                let (roll, delay) = (&self.roll, self.settings.metric_delay);
                let window = self.settings.sync;
                let pods = |metric| roll.pods(at, fleet, metric, delay, window);
                hpa.answer(at, seen, current, pods, bounds)
            } else {
                hold
            };
            best = larger(best, Some(answer));
        }
        for tracker in &mut self.trackers {
            best = larger(best, Some(tracker.answer(at, seen, tick, ready, current)));
        }
        for alarm in &mut self.alarms {
            best = larger(best, alarm.answer(at, seen, tick, current));
        }
        Some(best.unwrap_or(hold))
    }

    /// What the schedule and the prediction want. Alone, a schedule returns to the instances of the start.
    fn by_clock(&mut self, at: f64, alone: bool) -> Option<Answer> {
        let alone = alone && self.prediction.is_none();
        let scheduled = self.schedule.as_mut().and_then(|schedule| {
            if let Some(window) = schedule.floor(at) {
                return Some(Answer {
                    to: window.instances,
                    reason: Reason::Scheduled {
                        from: window.from,
                        to: window.to,
                        least: window.instances,
                    },
                });
            }
            (alone && schedule.sets().0).then_some(Answer {
                to: self.at_start.0,
                reason: Reason::OffSchedule,
            })
        });
        let predicted = self.prediction.as_mut().map(|p| p.answer(at));
        larger(scheduled, predicted)
    }
}
