//! The controller: every policy of the scenario is asked, and the largest answer wins.

use std::collections::VecDeque;

use crate::scenario::Scenario;
use crate::scenario::model::Autoscaling;

use super::hpa::Hpa;
use super::pods::Roll;
use super::reason::{Answer, Reason};
use super::{Decision, Fleet, Seen};

/// All policies of a scenario with their memory of the run so far.
#[derive(Clone, Debug)]
pub struct Controller {
    settings: Autoscaling,
    hpa: Option<Hpa>,
    roll: Roll,
    /// What was seen and is not known yet, where metrics are late.
    late: VecDeque<(f64, Seen)>,
    /// The newest that is known.
    known: Option<Seen>,
}

impl Controller {
    /// At the start of a run.
    pub fn new(scenario: &Scenario) -> Self {
        let settings = scenario.autoscaling.clone();
        Self {
            hpa: Hpa::new(&settings),
            settings,
            roll: Roll::default(),
            late: VecDeque::new(),
            known: None,
        }
    }

    /// Whether it can ever decide anything; an engine need not ask one that cannot.
    pub fn active(&self) -> bool {
        self.settings.active() || self.settings.vertical.is_some()
    }

    /// Seconds between two looks.
    pub fn tick(&self) -> f64 {
        if self.settings.sync > 0.0 {
            self.settings.sync
        } else {
            15.0
        }
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
        decisions
    }

    /// Takes in what was seen; it is known once the metrics' delay is over.
    fn hear(&mut self, at: f64, seen: &Seen) {
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
        let mut best: Option<Answer> = None;
        let mut hear = |answer: Answer| {
            if best.is_none_or(|b| answer.to > b.to) {
                best = Some(answer);
            }
        };
        if let (Some(hpa), Some(seen)) = (&mut self.hpa, &self.known) {
            let (roll, delay, window) =
                (&self.roll, self.settings.metric_delay, self.settings.sync);
            hear(hpa.answer(
                at,
                seen,
                current,
                |metric| roll.pods(at, fleet, metric, delay, window),
                bounds,
            ));
        }
        let wanted = best.unwrap_or(Answer {
            to: current,
            reason: Reason::Hold,
        });
        let to = wanted.to.clamp(bounds.0, bounds.1);
        if to == current {
            return None;
        }
        if let Some(hpa) = &mut self.hpa {
            hpa.changed(at, current, to);
        }
        let reason = if to == wanted.to {
            wanted.reason
        } else {
            Reason::Bounds {
                least: bounds.0,
                most: bounds.1,
            }
        };
        Some(Decision::Instances {
            to,
            why: reason.words(current, to),
        })
    }
}
