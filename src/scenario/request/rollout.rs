//! A new version beside the old one, on instances of its own. A canary gets a share of the requests, is watched, and then
//! takes over or goes. Green beside blue (a share of 0) stands by, gets all requests, is watched, and then blue goes or
//! gets them back.

use crate::scenario::model::Rollout;
use crate::units;

use super::events::Kind;
use super::instance::{Instance, State};
use super::jobs::Job;
use super::sim::Sim;

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// The old version: not begun, or taken back.
    #[default]
    Old,
    /// The old version, and the new one stands by.
    Ready,
    /// Both.
    Shared,
    /// The new version, and the old one stands by.
    Switched,
    /// The new version.
    New,
}

/// Answers of a version while it was watched.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    good: u64,
    bad: u64,
    seconds: f64,
}

impl Seen {
    fn failing(&self) -> f64 {
        self.bad as f64 / ((self.good + self.bad) as f64).max(1.0)
    }

    fn mean(&self) -> f64 {
        self.seconds / (self.good as f64).max(1.0)
    }
}

/// What was seen of both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    phase: Phase,
    old: Seen,
    new: Seen,
}

fn millis(secs: f64) -> String {
    units::millis(secs * 1e3)
}

impl Watch {
    fn of(&mut self, new: bool) -> &mut Seen {
        if new { &mut self.new } else { &mut self.old }
    }

    fn watches(&self) -> bool {
        !matches!(self.phase, Phase::Old | Phase::New)
    }

    #[inline]
    pub(super) fn good(&mut self, new: bool, response: f64) {
        if self.watches() {
            let seen = self.of(new);
            seen.good += 1;
            seen.seconds += response;
        }
    }

    pub(super) fn bad(&mut self, new: bool) {
        if self.watches() {
            self.of(new).bad += 1;
        }
    }

    /// Whether new instances are those of the new version, and the autoscaler looks at it.
    pub(super) fn moved(&self) -> bool {
        matches!(self.phase, Phase::Switched | Phase::New)
    }

    /// What was seen of the new version, in words; or why it is taken back.
    fn verdict(&self, rollout: &Rollout) -> Result<String, String> {
        let (failing, mean) = (self.new.failing(), self.new.mean());
        if self.new.good + self.new.bad == 0 {
            return Err("no answer of the new version was seen".to_owned());
        }
        if let Some(most) = rollout.max_error_share.filter(|most| failing > *most) {
            return Err(format!(
                "{:.2} % of the new version's answers failed; at most {:.2} % may",
                failing * 100.0,
                most * 100.0
            ));
        }
        if let Some(most) = rollout.max_response.filter(|most| mean > *most) {
            return Err(format!(
                "the new version takes {} on average; at most {} may be",
                millis(mean),
                millis(most)
            ));
        }
        let old = self.old.mean();
        let slower = rollout.max_slower.filter(|_| self.old.good > 0);
        if let Some(most) = slower.filter(|most| mean > old * most) {
            return Err(format!(
                "the new version takes {} on average and the old one {}; at most {} times as long may be",
                millis(mean),
                millis(old),
                units::number(most)
            ));
        }
        Ok(format!(
            "{} on average, {:.2} % failed",
            millis(mean),
            failing * 100.0
        ))
    }
}

/// Kind of an event, and why it came.
type Told = (&'static str, String);

const ROLLOUT: &str = "rollout";

impl Sim<'_> {
    pub(super) fn plan_rollout(&mut self) {
        if let Some(rollout) = self.plan.scenario.topology.rollout {
            let begins = self.plan.warm_up + rollout.at.max(0.0);
            self.events.plan(begins, Kind::Rollout, 0);
            let judged = begins + rollout.watch.max(0.0);
            self.events.plan(judged, Kind::Rollout, 1);
        }
    }

    /// The new version begins (0), its first watch ends (1), or the second one of green beside blue does (2).
    pub(super) fn rollout(&mut self, index: u32) {
        let Some(rollout) = self.plan.scenario.topology.rollout else {
            return;
        };
        self.looks_anew();
        let before = f64::from(self.record.gauges.serving);
        let (kind, why) = match (index, self.watch.phase) {
            (0, _) => self.begins(&rollout),
            (_, Phase::Ready) => self.switches(&rollout),
            (_, Phase::Shared | Phase::Switched) => self.judges(&rollout),
            (_, Phase::Old | Phase::New) => return,
        };
        self.fleet_changed();
        let after = f64::from(self.record.gauges.serving);
        self.log.note(self.clock, kind, Some((before, after)), why);
    }

    /// Numbers of the instances of a version that are there and not on their way out.
    fn of_version(&self, new: bool) -> Vec<u32> {
        let there = |i: &Instance| !matches!(i.state, State::Gone | State::Draining);
        let instances = self.fleet.instances.iter().zip(0..);
        instances
            .filter(|(i, _)| i.new_version == new && there(i))
            .map(|(_, number)| number)
            .collect()
    }

    fn begins(&mut self, rollout: &Rollout) -> Told {
        let share = rollout.share.clamp(0.0, 1.0);
        let old = self.of_version(false).len() as u32;
        let in_proportion = if share > 0.0 {
            ((share * f64::from(old)).ceil() as u32).max(1)
        } else {
            old
        };
        let own = rollout.instances.unwrap_or(in_proportion);
        for _ in 0..own {
            self.add_instance(State::Serving, true);
        }
        self.watch = Watch::default();
        let watch = units::number(rollout.watch);
        let why = if share > 0.0 {
            self.watch.phase = Phase::Shared;
            format!(
                "a new version gets {:.1} % of the requests for {watch} s, on instances of its own: {own}",
                share * 100.0
            )
        } else {
            self.watch.phase = Phase::Ready;
            format!("a new version stands by for {watch} s, on instances of its own: {own}")
        };
        (ROLLOUT, why)
    }

    /// Green gets all requests, where it can answer; blue stays until it has been watched.
    fn switches(&mut self, rollout: &Rollout) -> Told {
        let serves = |i: &Instance| i.new_version && i.in_service();
        if !self.fleet.instances.iter().any(serves) {
            return self.back("no instance of the new version is in service".to_owned());
        }
        self.watch.phase = Phase::Switched;
        let secs = rollout.watch.max(0.0);
        self.events.plan(self.clock + secs, Kind::Rollout, 2);
        let why = format!(
            "all requests go to the new version; the old one stands by for {} s",
            units::number(secs)
        );
        (ROLLOUT, why)
    }

    fn judges(&mut self, rollout: &Rollout) -> Told {
        let switched = self.watch.phase == Phase::Switched;
        match self.watch.verdict(rollout) {
            Err(why) => self.back(why),
            Ok(seen) => {
                self.watch.phase = Phase::New;
                self.takes_over(switched);
                let next = if switched {
                    "the old one goes"
                } else {
                    "gets all requests"
                };
                (
                    ROLLOUT,
                    format!("the new version did well ({seen}) and {next}"),
                )
            }
        }
    }

    /// The old version gets all requests again, and the instances of the new one go.
    fn back(&mut self, why: String) -> Told {
        self.watch.phase = Phase::Old;
        for number in self.of_version(true) {
            self.drain(number);
        }
        self.waiting_moves(false);
        ("rollback", why)
    }

    /// Green stays as it stands. A canary takes the place of as many old instances, and the others are replaced: one by
    /// one in life, without loss of capacity, and at once here.
    fn takes_over(&mut self, green: bool) {
        let (old, new) = (self.of_version(false), self.of_version(true));
        let replaced = if green {
            0
        } else {
            for number in new.iter().skip(old.len()) {
                self.drain(*number);
            }
            old.len().saturating_sub(new.len())
        };
        for (place, number) in old.into_iter().enumerate() {
            if place < replaced {
                self.fleet.becomes_new(number, self.clock);
            } else {
                self.drain(number);
            }
        }
        self.waiting_moves(true);
    }

    /// Requests that wait for any instance of a version that goes wait for one of the other.
    fn waiting_moves(&mut self, to_new: bool) {
        let waiting = std::mem::take(self.fleet.shared(!to_new));
        for place in &waiting {
            if let Some(job) = self.jobs.get_mut(*place) {
                job.new_version = to_new;
            }
        }
        self.fleet.shared(to_new).extend(waiting);
        for number in self.of_version(to_new) {
            self.pulls(number);
        }
    }

    /// Chooses the version that a sending meets; a user who stays with an instance stays with its version.
    #[inline]
    pub(super) fn versioned(&mut self, job: &mut Job) {
        job.new_version = false;
        let Some(rollout) = &self.plan.scenario.topology.rollout else {
            return;
        };
        job.new_version = match self.watch.phase {
            Phase::Old | Phase::Ready => false,
            Phase::Shared => match self.home(job).and_then(|home| self.fleet.get(home)) {
                Some(home) => home.new_version,
                None => self.streams.versions.happens(rollout.share),
            },
            Phase::Switched | Phase::New => true,
        };
        if job.new_version && rollout.time_factor > 0.0 {
            job.demand *= rollout.time_factor;
        }
    }

    /// Shares of the instances and of the requests that the autoscaler looks at: of the version that had all requests.
    pub(super) fn scaled_part(&self) -> (f64, f64) {
        let Some(rollout) = &self.plan.scenario.topology.rollout else {
            return (1.0, 1.0);
        };
        let requests = match self.watch.phase {
            Phase::Shared => 1.0 - rollout.share.clamp(0.0, 1.0),
            _ => 1.0,
        };
        let (mut its, mut all) = (0_u32, 0_u32);
        for instance in self.fleet.instances.iter().filter(|i| i.in_service()) {
            all += 1;
            its += u32::from(instance.new_version == self.watch.moved());
        }
        (f64::from(its) / f64::from(all.max(1)), requests)
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
