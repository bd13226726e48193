//! How many peers each region has over time: those of the start, those that join, those that are lost, and those that
//! are lost without anybody knowing yet.

use crate::scenario::model::{FaultKind, Federation, Scenario};
use crate::scenario::outcome::Event;

use super::{overlap, share_of};

/// Peers of a region that go, and perhaps return.
#[derive(Clone, Debug, PartialEq)]
struct Loss {
    at: f64,
    until: f64,
    /// By region.
    peers: Vec<f64>,
}

/// A region that reaches no other for a while.
#[derive(Clone, Debug, PartialEq)]
struct Cut {
    group: usize,
    at: f64,
    until: f64,
}

/// A region in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Peers at work.
    pub alive: f64,
    /// Share of the messages that still go to peers that are gone, 0..1.
    pub dead: f64,
    /// Peers that came or went, per second.
    pub changes: f64,
    /// Reaches no other region.
    pub alone: bool,
    /// Share of the step in which that was so and nobody knew, 0..1.
    pub alone_unnoticed: f64,
}

/// The course of the peers of all regions.
#[derive(Clone, Debug)]
pub struct Peers<'a> {
    federation: &'a Federation,
    losses: Vec<Loss>,
    cuts: Vec<Cut>,
    /// For each region: (mean seconds to a failure, mean seconds to its repair).
    failures: Vec<Option<(f64, f64)>>,
    /// Seconds until a lost peer is noticed.
    pub notice: f64,
}

impl<'a> Peers<'a> {
    /// From the scenario's groups, joins, faults and failures.
    pub fn new(scenario: &Scenario, federation: &'a Federation) -> Self {
        let beat = federation.heartbeat;
        let missed = f64::from(federation.missed.max(1));
        let notice = if beat > 0.0 {
            missed / beat
        } else {
            f64::INFINITY
        };
        let mut out = Self {
            federation,
            losses: Vec::new(),
            cuts: Vec::new(),
            failures: vec![None; federation.groups.len()],
            notice,
        };
        for fault in &scenario.faults {
            let until = fault.lasts.map_or(f64::INFINITY, |secs| fault.at + secs);
            let peers = match &fault.kind {
                FaultKind::PeersLost { count } => out.spread(f64::from(*count)),
                FaultKind::Kill { instances, group } => match group {
                    Some(name) => out.only(name, f64::from(*instances)),
                    None => out.spread(f64::from(*instances)),
                },
                FaultKind::KillGroup { group } => out.only(group, f64::INFINITY),
                FaultKind::Partition { group } => {
                    let found = federation.groups.iter().position(|g| &g.name == group);
                    out.cuts.extend(found.map(|group| Cut {
                        group,
                        at: fault.at,
                        until,
                    }));
                    continue;
                }
                _ => continue,
            };
            out.losses.push(Loss {
                at: fault.at,
                until,
                peers,
            });
        }
        for random in &scenario.random_failures {
            for (group, slot) in federation.groups.iter().zip(&mut out.failures) {
                let all = ["instance", "peer"].contains(&random.what.as_str());
                if random.mtbf > 0.0 && (all || random.what == group.name) {
                    *slot = Some((random.mtbf, random.mttr.max(0.0)));
                }
            }
        }
        out
    }

    /// So many peers, by the regions' sizes.
    fn spread(&self, count: f64) -> Vec<f64> {
        let sizes = self.federation.groups.iter().map(|g| f64::from(g.peers));
        let all: f64 = sizes.clone().sum();
        sizes
            .map(|size| if all > 0.0 { size / all * count } else { 0.0 })
            .collect()
    }

    fn only(&self, name: &str, count: f64) -> Vec<f64> {
        self.federation
            .groups
            .iter()
            .map(|g| if g.name == name { count } else { 0.0 })
            .collect()
    }

    /// Peers of a region that have joined since the start, mean over a step.
    fn joined(&self, group: usize, at: f64) -> f64 {
        let name = self.federation.groups.get(group).map(|g| g.name.as_str());
        self.federation
            .joining
            .iter()
            .filter(|join| Some(join.group.as_str()) == name)
            .map(|join| {
                let share = if join.over > 0.0 {
                    ((at - join.at) / join.over).clamp(0.0, 1.0)
                } else {
                    f64::from(u8::from(at >= join.at))
                };
                share * f64::from(join.peers)
            })
            .sum()
    }

    /// A region over the step that begins at `at`.
    pub fn count(&self, group: usize, at: f64, secs: f64) -> Count {
        let Some(settings) = self.federation.groups.get(group) else {
            return Count::default();
        };
        let step = (at, secs);
        let middle = at + secs / 2.0;
        let all = f64::from(settings.peers) + self.joined(group, middle);
        let joining = (self.joined(group, at + secs) - self.joined(group, at)) / secs;
        let (mut alive, mut dead, mut changes) = (all, 0.0, joining);
        for loss in &self.losses {
            let lost = loss.peers.get(group).copied().unwrap_or(0.0).min(alive);
            let gone = overlap(step, loss.at, loss.until);
            let known = loss.until.min(loss.at + self.notice);
            dead += share_of(lost, alive) * overlap(step, loss.at, known);
            alive -= lost * gone;
            let edges = [loss.at, loss.until]
                .into_iter()
                .filter(|edge| at <= *edge && *edge < at + secs);
            changes += lost * edges.count() as f64 / secs;
        }
        if let Some(Some((mtbf, mttr))) = self.failures.get(group) {
            let failing = alive / (mtbf + mttr);
            alive -= failing * mttr;
            dead += mttr.min(self.notice) / (mtbf + mttr);
            changes += 2.0 * failing;
        }
        if let Some(stays) = settings.stays.filter(|secs| *secs > 0.0) {
            let leaving = alive / stays;
            dead += self.notice / stays;
            changes += 2.0 * leaving;
        }
        Count {
            alive: alive.max(0.0),
            dead: dead.min(1.0),
            changes,
            alone: self
                .cuts
                .iter()
                .any(|cut| cut.group == group && overlap(step, cut.at, cut.until) >= 0.5),
            alone_unnoticed: self
                .cuts
                .iter()
                .filter(|cut| cut.group == group)
                .map(|cut| overlap(step, cut.at, cut.until.min(cut.at + self.notice)))
                .sum(),
        }
    }

    /// When peers were lost in one go, in order of time.
    pub fn losses(&self) -> Vec<f64> {
        let mut times: Vec<f64> = self.losses.iter().map(|loss| loss.at).collect();
        times.sort_by(f64::total_cmp);
        times
    }

    /// What happens to the peers, as sentences.
    pub fn events(&self, duration: f64) -> Vec<Event> {
        let mut out = Vec::new();
        let mut add = |at: f64, kind: &str, change: Option<(f64, f64)>, why: String| {
            if at < duration {
                out.push(Event {
                    at,
                    kind: kind.to_owned(),
                    from: change.map(|c| c.0.round()),
                    to: change.map(|c| c.1.round()),
                    why,
                });
            }
        };
        let total = |at: f64| -> f64 {
            (0..self.federation.groups.len())
                .map(|group| self.count(group, at, 1e-3).alive)
                .sum()
        };
        for join in &self.federation.joining {
            let change = (total(join.at - 0.01), total(join.at + join.over + 0.01));
            add(
                join.at,
                "join",
                Some(change),
                format!("{} peers join {}", join.peers, join.group),
            );
        }
        for loss in &self.losses {
            let change = (total(loss.at - 0.01), total(loss.at + 0.01));
            let lost = (change.0 - change.1).round();
            add(loss.at, "fault", Some(change), format!("{lost} peers lost"));
            add(
                loss.at + self.notice,
                "failover",
                None,
                format!(
                    "{} heartbeats missed: the {lost} lost peers get no more messages from those who watch them",
                    self.federation.missed.max(1)
                ),
            );
            let back = (total(loss.until - 0.01), total(loss.until + 0.01));
            add(
                loss.until,
                "recovery",
                Some(back),
                format!("{} peers are back", (back.1 - back.0).round()),
            );
        }
        for cut in &self.cuts {
            let name = self
                .federation
                .groups
                .get(cut.group)
                .map_or("", |g| g.name.as_str());
            add(
                cut.at,
                "fault",
                None,
                format!("{name} reaches no other region"),
            );
            add(
                cut.until,
                "recovery",
                None,
                format!("{name} reaches the others again"),
            );
        }
        out
    }
}
