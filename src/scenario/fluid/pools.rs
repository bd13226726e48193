//! The fleet in service, cut into groups with a queue relation of their own, and how the balancer splits requests among
//! them.
//!
//! Balancers that look at the instances keep them equally busy, so that one relation holds for all, however fast each
//! is. Those that do not look (in turn, by weight, by chance, by address, by region) need one for each kind of
//! instance: a slow one that gets the same share fills up by itself.

use std::collections::BTreeMap;

use crate::analysis::capacity::Usl;
use crate::scenario::model::Balancer;

use super::backend::Backend;
use super::curve::{Curve, Moved};
use super::fleet::Kind;
use super::plan::Plan;
use super::regions::Regions;
use super::station::{self, Law, Rule, Station};
use super::users::{Spread, Stay, session};

/// A group with what is inside.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Live {
    pub curve: usize,
    /// Share of the arrivals.
    pub share: f64,
    pub inside: f64,
    pub moved: Moved,
}

/// What a step of all groups did, in requests of mean work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stepped {
    /// Finished by a worker, found no room, left the queue because it took too long.
    pub served: f64,
    pub away: f64,
    pub left: f64,
    pub arrived: f64,
}

/// Instances with a relation of their own, and what comes to them.
struct Group {
    members: Vec<Kind>,
    share: f64,
    rule: Rule,
    /// Part of the requests that comes from another region than its own.
    away: f64,
}

/// Groups in service, and every relation met so far.
#[derive(Default)]
pub(super) struct Pools {
    pub live: Vec<Live>,
    curves: Vec<Curve>,
    known: BTreeMap<Vec<u64>, usize>,
    spread: Spread,
}

impl Pools {
    pub(super) fn curve(&self, at: usize) -> Option<&Curve> {
        self.curves.get(at)
    }

    /// Requests inside.
    pub(super) fn inside(&self) -> f64 {
        self.live.iter().map(|pool| pool.inside).sum()
    }

    /// Work that can be done a second.
    pub(super) fn capacity(&self) -> f64 {
        let curves = self.live.iter().filter_map(|l| self.curves.get(l.curve));
        curves.map(|curve| curve.capacity).sum()
    }

    /// Takes a new fleet over, `speed` that of its cores and `room` the share of the places to wait that fill up; what
    /// is inside stays, spread by capacity. Without an instance all of it is handed back.
    pub(super) fn rebuild(
        &mut self,
        plan: &Plan,
        kinds: &[Kind],
        speed: f64,
        behind: Option<&Backend>,
        regions: &Regions,
        room: f64,
    ) -> f64 {
        let inside = self.inside();
        let total: f64 = kinds.iter().map(|k| f64::from(k.count)).sum();
        if total <= 0.0 {
            self.live.clear();
            return inside;
        }
        let mut live = Vec::new();
        for group in split(plan, kinds, total, regions, &mut self.spread) {
            let curve = self.curve_of(plan, &group, speed, behind, room);
            live.push(Live {
                curve,
                share: group.share,
                ..Live::default()
            });
        }
        let capacity: f64 = live
            .iter()
            .filter_map(|l| self.curves.get(l.curve))
            .map(|c| c.capacity)
            .sum();
        for pool in &mut live {
            let part = self.curves.get(pool.curve).map_or(0.0, |c| c.capacity);
            pool.inside = inside * part / capacity.max(1e-300);
        }
        self.live = live;
        0.0
    }

    fn curve_of(
        &mut self,
        plan: &Plan,
        group: &Group,
        speed: f64,
        behind: Option<&Backend>,
        room: f64,
    ) -> usize {
        let Group {
            members,
            rule,
            away,
            ..
        } = group;
        let mut key = vec![speed.to_bits(), room.to_bits()];
        let room = (plan.room * room).ceil();
        key.extend(behind.map_or([0; 4], Backend::key));
        let (tag, regular) = match *rule {
            Rule::Shared => (0, 0.0),
            Rule::Apart(arrivals) => (1, arrivals),
            Rule::Least => (2, 0.0),
            Rule::TwoChoices => (3, 0.0),
        };
        key.extend([tag, regular.to_bits(), away.to_bits()]);
        for kind in members {
            key.extend([
                kind.group as u64,
                u64::from(kind.count),
                kind.speed.to_bits(),
            ]);
        }
        if let Some(at) = self.known.get(&key) {
            return *at;
        }
        let instances: f64 = members.iter().map(|k| f64::from(k.count)).sum();
        let work = plan.work(
            members,
            *away,
            speed,
            behind.map(|b| b.later(plan)).as_ref(),
        );
        let service = instances * plan.workers / work.capacity;
        let law = plan.law.map(|usl| {
            let usl = Usl {
                lambda: usl.lambda * plan.mean_time() / service,
                ..usl
            };
            Law::new(usl, room + plan.workers, service, plan.network)
        });
        let kind = match (law, plan.think) {
            (None, None) => station::Kind::Open,
            (None, Some(think)) => station::Kind::Closed(think / service),
            (Some(law), None) => station::Kind::Shared(law),
            (Some(law), Some(think)) => station::Kind::SharedClosed(law, think),
        };
        let station = Station {
            rule: *rule,
            instances,
            workers: plan.workers,
            variation: work.variation,
            residual: work.residual,
            arrivals: plan.arrivals_variation,
            room,
            kind,
        };
        let capacity = law.map_or(work.capacity, |law| instances * law.peak);
        let curve = Curve::new(station, capacity, plan.most_users, work.held);
        self.curves.push(curve);
        let at = self.curves.len() - 1;
        self.known.insert(key, at);
        at
    }

    /// One step of all groups with so many arrivals, or users of a closed workload, all of mean work.
    pub(super) fn step(&mut self, plan: &Plan, offered: f64) -> Stepped {
        let secs = plan.step;
        let patience = plan
            .timeout
            .map_or(f64::INFINITY, |secs| (secs - plan.network).max(0.0));
        let mut all = Stepped::default();
        for pool in &mut self.live {
            if let Some(curve) = self.curves.get(pool.curve) {
                let part = offered * pool.share;
                pool.moved = if plan.think.is_some() {
                    curve.with_users(pool.inside, part, secs)
                } else {
                    curve.step(pool.inside, part, secs, patience, pool.moved.cell)
                };
                let Moved {
                    inside,
                    served,
                    away,
                    left,
                    ..
                } = pool.moved;
                all.arrived += inside - pool.inside + served + away + left;
                pool.inside = inside;
                all.served += served;
                all.away += away;
                all.left += left;
            }
        }
        all.arrived = all.arrived.max(0.0);
        all
    }

    /// Empties the same share of every group; how much that was.
    pub(super) fn lose(&mut self, share: f64) -> f64 {
        let mut lost = 0.0;
        for pool in &mut self.live {
            lost += pool.inside * share;
            pool.inside *= 1.0 - share;
        }
        lost
    }
}

/// How the balancer splits the requests among groups of instances.
fn split(
    plan: &Plan,
    kinds: &[Kind],
    total: f64,
    regions: &Regions,
    spread: &mut Spread,
) -> Vec<Group> {
    let group = |members, share, rule| Group {
        members,
        share,
        rule,
        away: 0.0,
    };
    let all = |rule| vec![group(kinds.to_vec(), 1.0, rule)];
    let regular = plan.arrivals_variation;
    // One in so many arrivals of a stream, taken in turn and by chance.
    let in_turn = |share: f64| Rule::Apart(regular * share);
    let by_chance = |share: f64| Rule::Apart(1.0 - share * (1.0 - regular));
    let part = |members: &[Kind]| members.iter().map(|k| f64::from(k.count)).sum::<f64>() / total;
    let mut staying = |kinds: &[Kind], stay: Stay| -> Vec<Group> {
        // Users are placed by what instances can do where the balancer looks at them.
        let able = |members: &[Kind]| -> f64 {
            let of = |k: &Kind| f64::from(k.count) * k.speed;
            members.iter().map(of).sum()
        };
        let can = able(kinds);
        by_speed(kinds)
            .into_iter()
            .flat_map(|members| {
                let count = members.iter().fold(0, |sum, k| k.count.saturating_add(sum));
                let share = if stay == Stay::Fewest {
                    able(&members) / can
                } else {
                    part(&members)
                };
                spread
                    .of(plan.users * share, count, stay)
                    .iter()
                    .map(|(some, of)| {
                        let rule = by_chance(share * of / f64::from(*some));
                        group(few(&members, *some), share * of, rule)
                    })
                    .collect::<Vec<Group>>()
            })
            .collect()
    };
    if let Some(stay) = session(plan) {
        return staying(kinds, stay);
    }
    match plan.balancer {
        Balancer::SharedQueue => all(Rule::Shared),
        Balancer::LeastConnections | Balancer::ResponseTime | Balancer::JoinShortestQueue => {
            all(Rule::Least)
        }
        Balancer::PowerOfTwo => all(Rule::TwoChoices),
        Balancer::RoundRobin => by_speed(kinds)
            .into_iter()
            .map(|members| {
                let share = part(&members);
                group(members, share, in_turn(1.0 / total))
            })
            .collect(),
        Balancer::Random => by_speed(kinds)
            .into_iter()
            .map(|members| {
                let share = part(&members);
                group(members, share, by_chance(1.0 / total))
            })
            .collect(),
        Balancer::IpHash => staying(kinds, Stay::Hash),
        Balancer::WeightedRoundRobin => {
            let weight = |k: &Kind| f64::from(k.count) * plan.weight(k.group);
            let sum: f64 = kinds.iter().map(weight).sum();
            if sum <= 0.0 {
                return all(in_turn(1.0 / total));
            }
            kinds
                .iter()
                .map(|k| {
                    let rule = in_turn(plan.weight(k.group) / sum);
                    group(vec![*k], weight(k) / sum, rule)
                })
                .collect()
        }
        Balancer::Geographic => regions
            .split(kinds)
            .into_iter()
            .map(|(members, share, away)| Group {
                members,
                share,
                rule: Rule::Least,
                away,
            })
            .collect(),
    }
}

/// So many instances of kinds of one speed.
fn few(kinds: &[Kind], count: u32) -> Vec<Kind> {
    let kind = kinds.first().copied();
    kind.map(|kind| Kind { count, ..kind })
        .into_iter()
        .collect()
}

/// Kinds of one speed together.
fn by_speed(kinds: &[Kind]) -> Vec<Vec<Kind>> {
    let mut out: Vec<Vec<Kind>> = Vec::new();
    for kind in kinds {
        let twin = out.iter_mut().find(|set| {
            set.first()
                .is_some_and(|k| k.speed.to_bits() == kind.speed.to_bits())
        });
        match twin {
            Some(set) => set.push(*kind),
            None => out.push(vec![*kind]),
        }
    }
    out
}
