//! How many peers each region has over time: those of the start, those that join, those that are lost at set times or
//! by chance, and those that are lost without anybody knowing yet.

use crate::scenario::model::{FaultKind, Federation, RandomFailures, Scenario};
use crate::scenario::outcome::Event;
use crate::units;

use super::chance::{Chance, Crowd, Moved, Single, Turns};
use super::{overlap, share_of};

/// Failures of whole regions that are drawn for one of them.
const MOST_OUTAGES: usize = 2000;

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

/// Peers that work slower for a while, by the regions' sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slower {
    at: f64,
    until: f64,
    peers: f64,
    /// Above 1.
    factor: f64,
}

/// A region in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Peers at work.
    pub alive: f64,
    /// Peers that belong to the region, at work or not.
    pub members: f64,
    /// Share of the messages that still go to peers that are gone, 0..1.
    pub dead: f64,
    /// Peers that are gone and still taken for present.
    pub unnoticed: f64,
    /// Peers that came or went, per second.
    pub changes: f64,
    /// What its peers can do of what they could, in the mean, 0..1.
    pub speed: f64,
    /// Reaches no other region.
    pub alone: bool,
    /// Share of the step in which that was so and nobody knew, 0..1.
    pub alone_unnoticed: f64,
}

/// Whether it is each peer that fails, and not a region as a whole.
fn is_each(random: &RandomFailures) -> bool {
    ["instance", "peer"].contains(&random.what.as_str())
}

/// The course of the peers of all regions.
#[derive(Clone, Debug)]
pub struct Peers<'a> {
    federation: &'a Federation,
    losses: Vec<Loss>,
    cuts: Vec<Cut>,
    slower: Vec<Slower>,
    /// Peers that come and go by themselves, by the region they are of.
    crowds: Vec<(usize, Crowd)>,
    /// What became of them in the step, by region.
    now: Vec<Moved>,
    chance: Chance,
    /// Seconds until a lost peer is noticed.
    pub notice: f64,
}

impl<'a> Peers<'a> {
    /// From the scenario's groups, joins, faults and failures, in one repetition that begins with its warm-up at `begins`.
    pub fn new(
        scenario: &Scenario,
        federation: &'a Federation,
        repetition: u32,
        begins: f64,
    ) -> Self {
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
            slower: Vec::new(),
            crowds: Vec::new(),
            now: vec![Moved::default(); federation.groups.len()],
            chance: Chance::new(scenario.run.seed, repetition, 0),
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
                FaultKind::Slow { instances, factor } => {
                    out.slower.push(Slower {
                        at: fault.at,
                        until,
                        peers: f64::from(*instances),
                        factor: factor.max(1.0),
                    });
                    continue;
                }
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
        out.draw(scenario, begins);
        out
    }

    /// What comes and goes by itself: peers that stay for a while, peers that fail, and regions that fail as a whole.
    fn draw(&mut self, scenario: &Scenario, begins: f64) {
        let federation = self.federation;
        for (index, group) in federation.groups.iter().enumerate() {
            let members = self.members(index, begins);
            if let Some(up) = group.stays.filter(|secs| *secs > 0.0) {
                let away = group.away.max(0.0);
                self.crowd(index, Turns { up, away }, true, (begins, members));
            }
            for random in scenario.random_failures.iter().filter(|r| r.mtbf > 0.0) {
                let turns = Turns {
                    up: random.mtbf,
                    away: random.mttr.max(0.0),
                };
                if is_each(random) {
                    self.crowd(index, turns, false, (begins, members));
                } else if random.what == group.name {
                    let duration = scenario.run.duration;
                    let peers = self.only(&group.name, f64::INFINITY);
                    let outages = Single::new(&mut self.chance, turns, begins).outages(
                        &mut self.chance,
                        (begins, duration),
                        MOST_OUTAGES,
                    );
                    self.losses
                        .extend(outages.into_iter().map(|(at, until)| Loss {
                            at,
                            until,
                            peers: peers.clone(),
                        }));
                }
            }
        }
    }

    fn crowd(&mut self, group: usize, turns: Turns, replaced: bool, start: (f64, f64)) {
        let notice = (self.notice, replaced);
        let crowd = Crowd::new(&mut self.chance, turns, notice, start);
        self.crowds.push((group, crowd));
    }

    /// Peers that belong to a region at a time, at work or not.
    fn members(&self, group: usize, at: f64) -> f64 {
        let peers = self.federation.groups.get(group).map_or(0, |g| g.peers);
        f64::from(peers) + self.joined(group, at)
    }

    /// Draws what comes and goes by itself in the step that begins at `at`; steps follow each other.
    pub fn advance(&mut self, at: f64, secs: f64) {
        let members: Vec<f64> = (0..self.now.len())
            .map(|group| self.members(group, at + secs))
            .collect();
        self.now.fill(Moved::default());
        for (group, crowd) in &mut self.crowds {
            let members = members.get(*group).copied().unwrap_or(0.0);
            let moved = crowd.step(&mut self.chance, (at, secs), members);
            if let Some(sum) = self.now.get_mut(*group) {
                // Of those that are away for one reason some are for another as well.
                sum.away += moved.away * (1.0 - share_of(sum.away, members));
                sum.unnoticed += moved.unnoticed;
                sum.changes += moved.changes;
            }
        }
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

    /// A region over the step that [`Peers::advance`] drew last.
    pub fn count(&self, group: usize, at: f64, secs: f64) -> Count {
        let mut out = self.planned(group, at, secs);
        let moved = self.now.get(group).copied().unwrap_or_default();
        let there = share_of(out.alive, out.members);
        out.alive *= 1.0 - share_of(moved.away, out.members).min(1.0);
        out.dead = (out.dead + share_of(moved.unnoticed, out.members)).min(1.0);
        out.unnoticed += moved.unnoticed * there;
        out.changes += moved.changes * there;
        out
    }

    /// A region without what comes and goes by itself.
    fn planned(&self, group: usize, at: f64, secs: f64) -> Count {
        let step = (at, secs);
        let members = self.members(group, at + secs / 2.0);
        let joining = (self.joined(group, at + secs) - self.joined(group, at)) / secs;
        let mut out = Count {
            alive: members,
            members,
            changes: joining,
            speed: self.speed(step),
            ..Count::default()
        };
        for loss in &self.losses {
            let lost = loss.peers.get(group).copied().unwrap_or(0.0).min(out.alive);
            if lost <= 0.0 || loss.at >= at + secs || loss.until < at {
                continue;
            }
            let known = overlap(step, loss.at, loss.until.min(loss.at + self.notice));
            out.dead += share_of(lost, out.alive) * known;
            out.unnoticed += lost * known;
            out.alive -= lost * overlap(step, loss.at, loss.until);
            let edges = [loss.at, loss.until]
                .into_iter()
                .filter(|edge| at <= *edge && *edge < at + secs);
            out.changes += lost * edges.count() as f64 / secs;
        }
        out.alive = out.alive.max(0.0);
        out.dead = out.dead.min(1.0);
        for cut in self.cuts.iter().filter(|cut| cut.group == group) {
            out.alone |= overlap(step, cut.at, cut.until) >= 0.5;
            out.alone_unnoticed += overlap(step, cut.at, cut.until.min(cut.at + self.notice));
        }
        out
    }

    /// What a peer can do of what it could, in the mean over all peers and a step.
    fn speed(&self, step: (f64, f64)) -> f64 {
        let all: f64 = (0..self.now.len())
            .map(|group| self.members(group, step.0))
            .sum();
        let slower = self.slower.iter().map(|slower| {
            let share = share_of(slower.peers, all).min(1.0);
            let part = overlap(step, slower.at, slower.until);
            1.0 - share * part * (1.0 - 1.0 / slower.factor)
        });
        slower.product()
    }

    /// Whether anything comes and goes by chance.
    pub fn is_drawn(scenario: &Scenario, federation: &Federation) -> bool {
        let moving = federation.groups.iter().any(|g| g.stays.is_some());
        moving || scenario.random_failures.iter().any(|r| r.mtbf > 0.0)
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
                .map(|group| self.planned(group, at, 1e-3).alive)
                .sum()
        };
        for join in &self.federation.joining {
            let change = (total(join.at - 0.01), total(join.at + join.over + 0.01));
            add(
                join.at,
                "join",
                Some(change),
                format!(
                    "{} peers join {}",
                    units::count(u64::from(join.peers)),
                    join.group
                ),
            );
        }
        for loss in &self.losses {
            let change = (total(loss.at - 0.01), total(loss.at + 0.01));
            let lost = units::grouped((change.0 - change.1).round(), 0);
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
                format!(
                    "{} peers are back",
                    units::grouped((back.1 - back.0).round(), 0)
                ),
            );
        }
        for slower in &self.slower {
            let (peers, factor) = (
                units::grouped(slower.peers, 0),
                units::number(slower.factor),
            );
            let why = format!("{peers} peers work {factor} times as long");
            add(slower.at, "fault", None, why);
            let why = format!("{peers} peers work as before");
            add(slower.until, "recovery", None, why);
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
