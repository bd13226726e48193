//! What fails, by the clock or by chance, and what a new version does: changes of the fleet between two steps.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use crate::scenario::control::HealthState;
use crate::scenario::model::{
    Balancer, Fault, FaultKind, HealthCheck, RandomFailures, Rollout, Scenario,
};

use super::backend::Backend;
use super::fleet::Fleet;

/// Something that fails by itself.
struct Failing {
    settings: RandomFailures,
    /// A group; `None` for single instances.
    group: Option<usize>,
    next: f64,
}

/// Faults to come and a rollout on its way.
pub(super) struct Faults {
    /// By time.
    planned: Vec<Fault>,
    done: usize,
    failing: Vec<Failing>,
    random: Pcg64Mcg,
    health: Option<HealthCheck>,
    begins: f64,
    /// Failures in a row that open a breaker.
    breaker: Option<u32>,
    /// Requests per second that reach one instance.
    pub rate: f64,
    rollout: Option<Rollout>,
    version: Version,
    /// Regions answer their own senders first: one that is cut off keeps working for those.
    regional: bool,
    /// Regions that are cut off, and until when.
    cuts: Vec<(usize, f64, String)>,
}

/// What share of the requests a new version gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Version {
    share: f64,
    watched: bool,
    over: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Happened {
    pub kind: &'static str,
    pub from: u32,
    pub to: u32,
    pub why: String,
    /// Share of what is inside that is lost.
    pub lost: f64,
}

fn named(count: u32) -> String {
    if count == 1 {
        "1 instance".to_owned()
    } else {
        format!("{count} instances")
    }
}

/// A fault of the backend in words.
fn behind_words(kind: &FaultKind) -> String {
    match kind {
        FaultKind::CacheFlush { layer } => match layer {
            Some(name) => format!("cache {name} is emptied"),
            None => "all caches are emptied".to_owned(),
        },
        FaultKind::PoolLimit { connections } => format!("{connections} connections are left"),
        FaultKind::ReplicasLost { count } => format!("{count} replicas of each shard are away"),
        FaultKind::ReplicaLag { lag } => format!("replicas are {lag} s behind"),
        _ => "the primary database is away".to_owned(),
    }
}

impl Faults {
    /// `begins` is the start of the warm-up.
    pub(super) fn new(scenario: &Scenario, fleet: &Fleet, repetition: u32, begins: f64) -> Self {
        let mut planned = scenario.faults.clone();
        planned.sort_by(|a, b| a.at.total_cmp(&b.at));
        let seed = scenario
            .run
            .seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(u64::from(repetition) << 20);
        let mut faults = Self {
            planned,
            done: 0,
            failing: scenario
                .random_failures
                .iter()
                .filter(|f| f.mtbf > 0.0 && f.mtbf.is_finite())
                .map(|settings| Failing {
                    group: fleet.group(&settings.what),
                    settings: settings.clone(),
                    next: f64::INFINITY,
                })
                .collect(),
            random: Pcg64Mcg::seed_from_u64(seed),
            health: scenario.topology.health_check,
            begins,
            breaker: scenario
                .topology
                .circuit_breaker
                .map(|breaker| breaker.failure_threshold.max(1)),
            rate: 0.0,
            rollout: scenario.topology.rollout,
            version: Version::default(),
            regional: scenario.topology.balancer == Balancer::Geographic,
            cuts: Vec::new(),
        };
        faults.draw(begins, fleet);
        faults
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.random.random::<f64>()).ln()
    }

    /// When each kind fails next, with the instances there are now; without memory, so that it may be drawn anew.
    fn draw(&mut self, now: f64, fleet: &Fleet) {
        for index in 0..self.failing.len() {
            let Some((mtbf, group)) = self.failing.get(index).map(|f| (f.settings.mtbf, f.group))
            else {
                continue;
            };
            let units = if group.is_some() {
                1.0
            } else {
                f64::from(fleet.ready())
            };
            let next = if units > 0.0 {
                now + self.exponential(mtbf / units)
            } else {
                f64::INFINITY
            };
            if let Some(failing) = self.failing.get_mut(index) {
                failing.next = next;
            }
        }
    }

    /// After the number of instances changed.
    pub(super) fn fleet_changed(&mut self, now: f64, fleet: &Fleet) {
        if !self.failing.is_empty() {
            self.draw(now, fleet);
        }
    }

    /// Whether a region reaches no other and is not reached.
    pub(super) fn is_cut(&self, group: usize) -> bool {
        self.cuts.iter().any(|cut| cut.0 == group)
    }

    /// When the balancer notices that an instance is dead, or that it is back.
    fn noticed(&self, at: f64, good: bool) -> f64 {
        let Some(settings) = &self.health else {
            return at;
        };
        let mut state = HealthState::new(settings, self.begins);
        state.check(at, true);
        if good {
            // Dead long enough to be known, it needs so many good checks in a row from the next one on.
            let first = state.changes_at(false).unwrap_or(at)
                - settings.timeout.max(0.0)
                - f64::from(settings.unhealthy_threshold.max(1) - 1) * settings.interval;
            return first + f64::from(settings.healthy_threshold.max(1) - 1) * settings.interval;
        }
        let seen = state.changes_at(false).unwrap_or(at);
        // A breaker opens after so many requests that failed.
        match self.breaker {
            Some(failures) if self.rate > 0.0 => seen.min(at + f64::from(failures) / self.rate),
            _ => seen,
        }
    }

    /// Takes instances away; what happened.
    fn kill(
        &self,
        fleet: &mut Fleet,
        now: f64,
        count: u32,
        group: Option<usize>,
        back: f64,
        why: &str,
    ) -> Happened {
        let from = fleet.ready();
        let (seen, back) = (
            self.noticed(now, false),
            if back.is_finite() {
                self.noticed(back, true).max(back)
            } else {
                back
            },
        );
        let gone = fleet.kill(
            count,
            group,
            if seen > now { seen } else { f64::NEG_INFINITY },
            back,
        );
        Happened {
            kind: "fault",
            from,
            to: from - gone,
            why: format!("{} {why}", named(gone)),
            lost: f64::from(gone) / f64::from(from.max(1)),
        }
    }

    /// What is due at `now`.
    pub(super) fn due(
        &mut self,
        now: f64,
        fleet: &mut Fleet,
        mut backend: Option<&mut Backend>,
    ) -> Vec<Happened> {
        let mut out = Vec::new();
        let told = |kind, why| Happened {
            kind,
            from: 0,
            to: 0,
            why,
            lost: 0.0,
        };
        self.cuts.retain(|(_, until, name)| {
            let holds = *until > now;
            if !holds {
                out.push(told("recovery", format!("{name} is reached again")));
            }
            holds
        });
        while let Some(fault) = self.planned.get(self.done).filter(|f| f.at <= now).cloned() {
            self.done += 1;
            let until = fault
                .lasts
                .map_or(f64::INFINITY, |lasts| now + lasts.max(0.0));
            if let Some(backend) = backend.as_deref_mut()
                && backend.fault(&fault.kind, now, until)
            {
                out.push(told("fault", behind_words(&fault.kind)));
                continue;
            }
            if let (true, FaultKind::Partition { group }) = (self.regional, &fault.kind)
                && let Some(at) = fleet.group(group)
            {
                self.cuts.push((at, until, group.clone()));
                out.push(told("fault", format!("{group} is cut off")));
                continue;
            }
            out.extend(self.fault(&fault.kind, now, until, fleet));
        }
        for index in 0..self.failing.len() {
            let Some((group, mttr)) = self
                .failing
                .get(index)
                .filter(|f| f.next <= now)
                .map(|f| (f.group, f.settings.mttr))
            else {
                continue;
            };
            let back = now + self.exponential(mttr.max(0.0));
            let count = if group.is_some() { u32::MAX } else { 1 };
            out.push(self.kill(fleet, now, count, group, back, "failed by chance"));
            self.draw(now, fleet);
        }
        out
    }

    fn fault(&self, kind: &FaultKind, now: f64, until: f64, fleet: &mut Fleet) -> Option<Happened> {
        let for_good = if until.is_finite() {
            "killed"
        } else {
            "killed for good"
        };
        match kind {
            FaultKind::Kill { instances, group } => {
                let group = group.as_ref().and_then(|name| fleet.group(name));
                Some(self.kill(fleet, now, *instances, group, until, for_good))
            }
            FaultKind::KillGroup { group } => {
                let at = fleet.group(group);
                at.map(|at| {
                    self.kill(
                        fleet,
                        now,
                        u32::MAX,
                        Some(at),
                        until,
                        &format!("of {group} {for_good}"),
                    )
                })
            }
            // Where any instance may answer, those that are cut off are as good as dead.
            FaultKind::Partition { group } => {
                let at = fleet.group(group)?;
                let why = format!("of {group} cut off");
                Some(self.kill(fleet, now, u32::MAX, Some(at), until, &why))
            }
            FaultKind::Slow { instances, factor } => {
                let ready = fleet.ready();
                let slow = fleet.slow(*instances, *factor, until);
                Some(Happened {
                    kind: "fault",
                    from: ready,
                    to: ready,
                    why: format!("{} take {factor} times as long", named(slow)),
                    lost: 0.0,
                })
            }
            _ => None,
        }
    }

    /// Moves a rollout on; `response` is the mean response time of now. What happened.
    pub(super) fn roll(&mut self, now: f64, response: f64) -> Option<Happened> {
        let rollout = self.rollout?;
        let told = |kind, why: String| {
            Some(Happened {
                kind,
                from: 0,
                to: 0,
                why,
                lost: 0.0,
            })
        };
        let percent = |share: f64| crate::units::percent_of(share);
        if !self.version.watched && now >= rollout.at {
            self.version.watched = true;
            self.version.share = rollout.share.clamp(0.0, 1.0);
            let share = percent(self.version.share);
            return told(
                "rollout",
                format!("the new version gets {share} of the traffic"),
            );
        }
        if !self.version.watched || self.version.over || now < rollout.at + rollout.watch.max(0.0) {
            return None;
        }
        self.version.over = true;
        let old = 1.0 + self.version.share * (rollout.time_factor - 1.0);
        let new = response * rollout.time_factor / old.max(1e-9);
        let fails = rollout.error_share;
        if rollout.max_error_share.is_some_and(|most| fails > most) {
            self.version.share = 0.0;
            let why = format!(
                "the new version is taken back: {} of its answers fail",
                percent(fails)
            );
            return told("rollback", why);
        }
        let slower = rollout
            .max_slower
            .filter(|most| rollout.time_factor > *most);
        if let Some(most) = slower {
            self.version.share = 0.0;
            return told(
                "rollback",
                format!(
                    "the new version is taken back: it takes {} times as long, and at most {} times may be",
                    crate::units::number(rollout.time_factor),
                    crate::units::number(most)
                ),
            );
        }
        if rollout.max_response.is_some_and(|most| new > most) {
            self.version.share = 0.0;
            let mean = crate::units::duration(crate::units::Micros((new * 1e6) as i64));
            return told(
                "rollback",
                format!("the new version is taken back: its mean response is {mean}"),
            );
        }
        self.version.share = 1.0;
        told("rollout", "all traffic moves to the new version".to_owned())
    }

    /// How many times as long a request takes by the version's share.
    pub(super) fn slower(&self) -> f64 {
        self.rollout.map_or(1.0, |rollout| {
            1.0 + self.version.share * (rollout.time_factor.max(1e-6) - 1.0)
        })
    }

    /// Share of the answers that are errors: those of the classes, or of the new version.
    pub(super) fn own_errors(&self, classes: f64) -> f64 {
        self.rollout.map_or(classes, |rollout| {
            let share = self.version.share;
            classes * (1.0 - share) + rollout.error_share.clamp(0.0, 1.0) * share
        })
    }
}
