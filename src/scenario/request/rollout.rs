//! A new version beside the old one: it gets a share of the traffic, is watched, and then gets all of it or none.

use crate::scenario::model::Rollout;

use super::events::Kind;
use super::jobs::Job;
use super::sim::Sim;

/// Which version answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Not begun, or taken back.
    #[default]
    Old,
    /// Shared.
    Watched,
    /// Moved over.
    New,
}

/// What was seen of the new version.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    phase: Phase,
    good: u64,
    bad: u64,
    seconds: f64,
}

impl Watch {
    pub(super) fn good(&mut self, response: f64) {
        self.good += 1;
        self.seconds += response;
    }

    pub(super) fn bad(&mut self) {
        self.bad += 1;
    }

    /// Why it is taken back, if it is.
    fn verdict(&self, rollout: &Rollout) -> Option<String> {
        let answers = (self.good + self.bad) as f64;
        let failing = if answers > 0.0 {
            self.bad as f64 / answers
        } else {
            0.0
        };
        if let Some(most) = rollout.max_error_share.filter(|most| failing > *most) {
            return Some(format!(
                "{:.2} % of the new version's answers failed; at most {:.2} % may",
                failing * 100.0,
                most * 100.0
            ));
        }
        let mean = self.seconds / (self.good as f64).max(1.0);
        let most = rollout.max_response.filter(|most| mean > *most)?;
        Some(format!(
            "the new version takes {:.1} ms on average; at most {:.1} ms may be",
            mean * 1000.0,
            most * 1000.0
        ))
    }
}

impl Sim<'_> {
    pub(super) fn plan_rollout(&mut self) {
        if let Some(rollout) = self.plan.scenario.topology.rollout {
            let begins = self.plan.warm_up + rollout.at.max(0.0);
            self.events.plan(begins, Kind::Rollout, 0);
            let judged = begins + rollout.watch.max(0.0);
            self.events.plan(judged, Kind::Rollout, 1);
        }
    }

    /// The new version begins (0), or is judged (1).
    pub(super) fn rollout(&mut self, index: u32) {
        let Some(rollout) = self.plan.scenario.topology.rollout else {
            return;
        };
        let share = rollout.share.clamp(0.0, 1.0);
        if index == 0 {
            self.watch.phase = Phase::Watched;
            let why = format!(
                "a new version gets {:.1} % of the requests for {} s",
                share * 100.0,
                rollout.watch
            );
            self.log
                .note(self.clock, "rollout", Some((0.0, share)), why);
        } else if let Some(why) = self.watch.verdict(&rollout) {
            self.watch.phase = Phase::Old;
            self.log
                .note(self.clock, "rollback", Some((share, 0.0)), why);
        } else {
            self.watch.phase = Phase::New;
            let why = "the new version did well and gets all requests";
            self.log
                .note(self.clock, "rollout", Some((share, 1.0)), why);
        }
    }

    /// Chooses the version that a sending meets.
    #[inline]
    pub(super) fn versioned(&mut self, job: &mut Job) {
        job.new_version = false;
        let Some(rollout) = &self.plan.scenario.topology.rollout else {
            return;
        };
        job.new_version = match self.watch.phase {
            Phase::Old => false,
            Phase::Watched => self.streams.versions.happens(rollout.share),
            Phase::New => true,
        };
        if job.new_version && rollout.time_factor > 0.0 {
            job.demand *= rollout.time_factor;
        }
    }

    /// Share of the answers that are errors: of the class, or of the new version.
    #[inline]
    pub(super) fn error_share(&self, job: &Job, of_class: f64) -> f64 {
        match &self.plan.scenario.topology.rollout {
            Some(rollout) if job.new_version => of_class.max(rollout.error_share),
            _ => of_class,
        }
    }
}
