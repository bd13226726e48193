//! The controller: every policy of the scenario is asked, and the largest answer wins.

use crate::scenario::Scenario;
use crate::scenario::model::Autoscaling;

use super::{Decision, Fleet, Seen};

/// All policies of a scenario with their memory of the run so far.
#[derive(Clone, Debug)]
pub struct Controller {
    settings: Autoscaling,
}

impl Controller {
    /// At the start of a run.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            settings: scenario.autoscaling.clone(),
        }
    }

    /// Whether it can ever decide anything; an engine need not ask one that cannot.
    pub fn active(&self) -> bool {
        self.settings.active() || self.settings.vertical.is_some()
    }

    /// Seconds between two looks.
    pub fn tick(&self) -> f64 {
        self.settings.sync
    }

    /// To be called at every multiple of [`Self::tick`], in order of time. `at` is in seconds from the start of the run,
    /// as everywhere in a scenario; `seen` holds means since the last look.
    pub fn look(&mut self, at: f64, seen: &Seen, fleet: &Fleet) -> Vec<Decision> {
        let _ = (at, seen);
        let settings = &self.settings;
        let (from, most) = (fleet.total(), settings.max.max(settings.min));
        let to = from.clamp(settings.min, most);
        if !settings.active() || to == from {
            return Vec::new();
        }
        vec![Decision::Instances {
            to,
            why: format!(
                "between {} and {most} instances are allowed: {from} → {to}",
                settings.min
            ),
        }]
    }
}
