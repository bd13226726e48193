//! What breaks: at set times, or by itself with exponential times between failures and to repair. Requests at a dead
//! instance are lost, and the balancer sends to it until its health checks have noticed.

use crate::scenario::model::FaultKind;

use super::events::Kind;
use super::instance::State;
use super::jobs::{Job, Stage};
use super::plan::Plan;
use super::sim::Sim;

/// What breaks by itself.
#[derive(Clone, Copy, Debug)]
enum Target {
    Instance(u32),
    Group(u16),
}

/// One of them: mean seconds until it breaks and until it is back, and whom it took down.
#[derive(Clone, Debug)]
struct Unit {
    target: Target,
    mtbf: f64,
    mttr: f64,
    down: Vec<u32>,
}

/// Whom each fault holds down.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    /// By fault of the scenario.
    victims: Vec<Vec<u32>>,
    units: Vec<Unit>,
}

impl Faults {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut units = Vec::new();
        for failures in &plan.scenario.random_failures {
            for (group, of) in plan.groups.iter().enumerate() {
                if failures.what == of.name && failures.what != "instance" {
                    units.push(Unit {
                        target: Target::Group(group as u16),
                        mtbf: failures.mtbf,
                        mttr: failures.mttr,
                        down: Vec::new(),
                    });
                }
            }
        }
        Self {
            victims: vec![Vec::new(); plan.scenario.faults.len()],
            units,
        }
    }
}

impl Sim<'_> {
    /// Plans the faults of the scenario and the first failures of everything that can break.
    pub(super) fn plan_faults(&mut self) {
        let warm_up = self.plan.warm_up;
        for (number, fault) in self.plan.scenario.faults.iter().enumerate() {
            let begins = warm_up + fault.at;
            let index = number as u32 * 2;
            self.events.plan(begins, Kind::Fault, index);
            if let Some(lasts) = fault.lasts {
                self.events
                    .plan(begins + lasts.max(0.0), Kind::Fault, index + 1);
            }
        }
        for unit in 0..self.faults.units.len() as u32 {
            self.plan_break(unit);
        }
        for number in 0..self.fleet.instances.len() as u32 {
            self.can_break(number);
        }
    }

    /// An instance may break by itself from now on.
    pub(super) fn can_break(&mut self, number: u32) {
        for failures in &self.plan.scenario.random_failures {
            if failures.what == "instance" {
                self.faults.units.push(Unit {
                    target: Target::Instance(number),
                    mtbf: failures.mtbf,
                    mttr: failures.mttr,
                    down: Vec::new(),
                });
                self.plan_break(self.faults.units.len() as u32 - 1);
            }
        }
    }

    fn plan_break(&mut self, unit: u32) {
        let Some(of) = self.faults.units.get(unit as usize) else {
            return;
        };
        if of.mtbf > 0.0 {
            let after = of.mtbf * self.streams.failures.exponential();
            self.events
                .plan(self.clock + after.max(1e-3), Kind::Break, unit);
        }
    }

    /// Something breaks by itself.
    pub(super) fn breaks(&mut self, unit: u32) {
        let Some(of) = self.faults.units.get(unit as usize) else {
            return;
        };
        let (target, mttr) = (of.target, of.mttr.max(0.0));
        let chosen = match target {
            Target::Instance(number) => vec![number],
            Target::Group(group) => self.members(Some(group), u32::MAX),
        };
        if let Target::Instance(number) = target
            && self
                .fleet
                .get(number)
                .is_none_or(|i| i.state == State::Gone)
        {
            return;
        }
        let why = match target {
            Target::Instance(number) => format!("instance {} broke", number + 1),
            Target::Group(group) => format!("{} broke", self.group_name(group)),
        };
        self.note_change("fault", why, |sim| {
            for number in &chosen {
                sim.kill(*number);
            }
        });
        if let Some(of) = self.faults.units.get_mut(unit as usize) {
            of.down = chosen;
        }
        let after = mttr * self.streams.failures.exponential();
        self.events.plan(self.clock + after, Kind::Repair, unit);
    }

    /// What broke by itself is back.
    pub(super) fn repaired(&mut self, unit: u32) {
        let Some(of) = self.faults.units.get_mut(unit as usize) else {
            return;
        };
        let down = std::mem::take(&mut of.down);
        let why = match of.target {
            Target::Instance(number) => format!("instance {} is back", number + 1),
            Target::Group(group) => format!("{} is back", self.group_name(group)),
        };
        self.note_change("recovery", why, |sim| {
            for number in &down {
                sim.restore(*number);
            }
        });
        self.plan_break(unit);
    }

    fn group_name(&self, group: u16) -> String {
        let name = self
            .plan
            .groups
            .get(group as usize)
            .map(|g| g.name.as_str());
        match name {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("group {}", group + 1),
        }
    }

    fn group_named(&self, name: &str) -> Option<u16> {
        let found = self.plan.groups.iter().position(|g| g.name == name);
        found.map(|group| group as u16)
    }

    /// The first `count` instances that are there, of a group or of all.
    fn members(&self, group: Option<u16>, count: u32) -> Vec<u32> {
        let instances = self.fleet.instances.iter().enumerate();
        instances
            .filter(|(_, i)| i.in_service() && group.is_none_or(|g| i.group == g))
            .map(|(number, _)| number as u32)
            .take(count as usize)
            .collect()
    }

    /// Does it, and notes how many instances are in service before and after.
    fn note_change(&mut self, kind: &str, why: String, change: impl FnOnce(&mut Self)) {
        let before = f64::from(self.record.gauges.serving);
        change(self);
        self.fleet_changed();
        let after = f64::from(self.record.gauges.serving);
        self.log.note(self.clock, kind, Some((before, after)), why);
    }

    /// A fault of the scenario begins (even index) or ends (odd).
    pub(super) fn fault(&mut self, index: u32) {
        let number = index as usize / 2;
        let Some(fault) = self.plan.scenario.faults.get(number) else {
            return;
        };
        if index.is_multiple_of(2) {
            self.fault_begins(number, &fault.kind);
        } else {
            self.fault_ends(number, &fault.kind);
        }
    }

    fn fault_begins(&mut self, number: usize, kind: &FaultKind) {
        let (victims, why) = match kind {
            FaultKind::Kill { instances, group } => {
                let victims = match group.as_deref().map(|name| self.group_named(name)) {
                    Some(None) => Vec::new(),
                    Some(within) => self.members(within, *instances),
                    None => self.members(None, *instances),
                };
                let why = format!("instances lost: {}", victims.len());
                (victims, why)
            }
            FaultKind::KillGroup { group } => {
                let within = self.group_named(group);
                let victims = within.map_or_else(Vec::new, |g| self.members(Some(g), u32::MAX));
                (victims, format!("all of {group} lost"))
            }
            FaultKind::Slow { instances, factor } => {
                let victims = self.members(None, *instances);
                let why = format!("{} instances take {factor} times as long", victims.len());
                (victims, why)
            }
            FaultKind::Partition { group } => {
                let within = self.group_named(group);
                let inside = within.map_or_else(Vec::new, |g| self.members(Some(g), u32::MAX));
                let victims = if self.fleet.geographic() {
                    self.cut_off(within, true);
                    Vec::new()
                } else {
                    inside
                };
                (victims, format!("{group} is cut off"))
            }
            _ => return self.behind_begins(kind),
        };
        let slower = match kind {
            FaultKind::Slow { factor, .. } => Some(factor.max(1e-6)),
            _ => None,
        };
        self.note_change("fault", why, |sim| {
            for victim in &victims {
                match slower {
                    Some(factor) => sim.slow(*victim, factor),
                    None => sim.kill(*victim),
                }
            }
        });
        if let Some(held) = self.faults.victims.get_mut(number) {
            *held = victims;
        }
    }

    fn fault_ends(&mut self, number: usize, kind: &FaultKind) {
        let held = self.faults.victims.get_mut(number);
        let victims = held.map(std::mem::take).unwrap_or_default();
        let (slower, why) = match kind {
            FaultKind::Slow { factor, .. } => {
                (Some(factor.max(1e-6)), "full speed again".to_owned())
            }
            FaultKind::Kill { .. } => (None, format!("instances back: {}", victims.len())),
            FaultKind::KillGroup { group } => (None, format!("{group} is back")),
            FaultKind::Partition { group } => {
                self.cut_off(self.group_named(group), false);
                (None, format!("{group} is reached again"))
            }
            _ => return self.behind_ends(kind),
        };
        self.note_change("recovery", why, |sim| {
            for victim in &victims {
                match slower {
                    Some(factor) => sim.slow(*victim, 1.0 / factor),
                    None => sim.restore(*victim),
                }
            }
        });
    }

    fn cut_off(&mut self, group: Option<u16>, is: bool) {
        if let Some(cut_off) = group.and_then(|g| self.fleet.cut_off.get_mut(g as usize)) {
            *cut_off = is;
        }
    }

    fn slow(&mut self, number: u32, factor: f64) {
        if let Some(instance) = self.fleet.get_mut(number) {
            instance.slow *= factor;
        }
        self.retune(number);
    }

    /// An instance dies: what it had is lost, and its balancer finds out later.
    fn kill(&mut self, number: u32) {
        let now = self.clock;
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        instance.downs += 1;
        if instance.downs > 1 {
            return;
        }
        let waiting = std::mem::take(&mut instance.queue);
        let mut lost: Vec<u32> = waiting.into_iter().collect();
        let waited = lost.len();
        lost.extend(instance.sharing.clear());
        let busy = std::mem::take(&mut instance.busy);
        let noticed = instance.health.as_mut().and_then(|health| {
            health.check(now, true);
            health.changes_at(false)
        });
        if let Some(at) = noticed {
            self.events.plan(at, Kind::Notice, number);
        }
        self.fleet.settle(number, now);
        self.fleet.touched(number, now);
        let load = self.plan.load(busy);
        self.record.gauges.busier(now, -load);
        (0..waited).for_each(|_| self.record.gauges.waits(now, false));
        let mut unanswered: Vec<Job> = Vec::new();
        for place in lost {
            unanswered.extend(self.jobs.get(place).copied());
            self.jobs.free(place);
        }
        // What its workers had in hand: their end is planned already, and is then nobody's.
        let worked = |job: &&mut Job| job.stage == Stage::Working && job.instance == number;
        for job in self.jobs.all_mut().filter(worked) {
            unanswered.push(*job);
            job.stage = Stage::Lost;
            job.given_up = true;
        }
        for job in unanswered.into_iter().filter(|j| !j.given_up) {
            self.fails(job, true);
        }
        self.leaves_if_done(number);
    }

    /// An instance is alive again; traffic returns when its checks are good.
    fn restore(&mut self, number: u32) {
        let now = self.clock;
        let warm_up = self.plan.scenario.autoscaling.warm_up.max(0.0);
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        instance.downs = instance.downs.saturating_sub(1);
        if instance.downs > 0 {
            return;
        }
        instance.cold_until = now + warm_up;
        let noticed = instance.health.as_mut().and_then(|health| {
            health.check(now, false);
            health.changes_at(true)
        });
        if let Some(at) = noticed {
            self.events.plan(at, Kind::Notice, number);
        }
        if warm_up > 0.0 {
            self.events.plan(now + warm_up, Kind::Warm, number);
        }
        self.retune(number);
        self.fleet.settle(number, now);
        self.pulls(number);
    }

    /// The health checks of an instance have come to another result.
    pub(super) fn notice(&mut self, number: u32) {
        let now = self.clock;
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        let alive = instance.alive();
        if let Some(health) = &mut instance.health {
            // A microsecond of grace for sums of intervals.
            health.check(now + 1e-6, alive);
        }
        self.fleet.settle(number, now);
        self.pulls(number);
    }
}
