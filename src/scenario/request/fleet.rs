//! The instances of a run, and which of them the balancer chooses.

use std::collections::VecDeque;

use crate::scenario::control::{BreakerState, HealthState};
use crate::scenario::model::Balancer;

use super::instance::{Instance, State};
use super::jobs::Job;
use super::plan::Plan;
use super::pool::Pool;
use super::random::Stream;

/// Weight of the newest response time in the smoothed one of [`Balancer::ResponseTime`].
const SMOOTHING: f64 = 0.1;

/// All of them.
#[derive(Debug)]
pub(super) struct Fleet {
    pub instances: Vec<Instance>,
    balancer: Balancer,
    workers: u32,
    /// One for all, or one for each group; those of a new version behind those of the old one.
    pools: Vec<Pool>,
    /// How many of them a version has.
    of_version: usize,
    /// Smooth weighted turn of the groups (as in nginx): weight of an instance, and what it is owed.
    turns: Vec<(f64, f64)>,
    /// Waiting for any instance of the old version, and of the new one.
    shared: (VecDeque<u32>, VecDeque<u32>),
    /// Groups that nobody outside reaches, and that reach nobody.
    pub cut_off: Vec<bool>,
}

impl Fleet {
    pub(super) fn new(plan: &Plan) -> Self {
        let by_group = matches!(
            plan.balancer,
            Balancer::WeightedRoundRobin | Balancer::Geographic
        );
        let of_version = if by_group { plan.groups.len() } else { 1 };
        let versions = 1 + usize::from(plan.scenario.topology.rollout.is_some());
        let turns = plan.groups.iter().map(|g| (g.weight, 0.0));
        let mut fleet = Self {
            instances: Vec::new(),
            balancer: plan.balancer,
            workers: plan.workers,
            pools: vec![Pool::default(); of_version * versions],
            of_version,
            turns: turns.clone().chain(turns).collect(),
            shared: (VecDeque::new(), VecDeque::new()),
            cut_off: vec![false; plan.groups.len()],
        };
        let cores = plan.scenario.service.cores;
        // Groups take turns, so that the first of the list are not all of one group.
        let most = plan.groups.iter().map(|g| g.instances).max().unwrap_or(0);
        for round in 0..most {
            for (group, of) in plan.groups.iter().enumerate() {
                if round < of.instances {
                    fleet.add(
                        plan,
                        Instance::new(group as u16, State::Serving, of.speed, cores),
                    );
                }
            }
        }
        fleet
    }

    /// A further instance; its number.
    pub(super) fn add(&mut self, plan: &Plan, mut instance: Instance) -> u32 {
        let number = self.instances.len() as u32;
        instance.speed = instance.base * plan.speed_of(instance.cores);
        // Until it has answered; nothing would draw all requests to it.
        instance.smoothed = plan.mean_demand / instance.speed;
        let topology = &plan.scenario.topology;
        instance.health = topology
            .health_check
            .as_ref()
            .map(|check| HealthState::new(check, 0.0));
        instance.breaker = topology.circuit_breaker.as_ref().map(BreakerState::new);
        self.instances.push(instance);
        self.settle(number, 0.0);
        number
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Instance> {
        self.instances.get(number as usize)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Instance> {
        self.instances.get_mut(number as usize)
    }

    /// Those who wait for any instance of a version.
    #[inline]
    pub(super) fn shared(&mut self, new: bool) -> &mut VecDeque<u32> {
        if new {
            &mut self.shared.1
        } else {
            &mut self.shared.0
        }
    }

    /// An instance runs the new version from now on.
    pub(super) fn becomes_new(&mut self, number: u32, now: f64) {
        self.leaves_pool(number);
        if let Some(instance) = self.get_mut(number) {
            instance.new_version = true;
        }
        self.settle(number, now);
    }

    /// Whether everybody waits in one queue.
    #[inline]
    pub(super) fn shares_queue(&self) -> bool {
        self.balancer == Balancer::SharedQueue
    }

    /// Whether the balancer may send to it.
    fn eligible(&self, instance: &Instance, now: f64) -> bool {
        let pulls = self.balancer != Balancer::SharedQueue
            || (instance.busy < self.workers && instance.alive());
        pulls && instance.trusted(now)
    }

    fn key(&self, instance: &Instance) -> u64 {
        match self.balancer {
            Balancer::LeastConnections | Balancer::Geographic => instance.in_flight(),
            Balancer::JoinShortestQueue if instance.busy < self.workers => 0,
            Balancer::JoinShortestQueue => 1 + instance.queue.len() as u64,
            Balancer::ResponseTime => {
                (instance.smoothed * (instance.in_flight() + 1) as f64).to_bits()
            }
            _ => 0,
        }
    }

    /// Puts an instance where the balancer finds it, or takes it away: after a change of its state.
    pub(super) fn settle(&mut self, number: u32, now: f64) {
        let Some(instance) = self.get(number) else {
            return;
        };
        let wanted = self.eligible(instance, now);
        let key = self.key(instance);
        let group = if self.of_version > 1 {
            instance.group as usize
        } else {
            0
        };
        let home = group + self.first_of(instance.new_version);
        match instance.place {
            None if wanted => {
                let place = self.pools.get_mut(home).map(|p| (home, p.add(number, key)));
                if let Some(instance) = self.get_mut(number) {
                    instance.place = place;
                }
            }
            Some(_) if !wanted => self.leaves_pool(number),
            _ => {}
        }
    }

    /// The first pool of a version.
    #[inline]
    fn first_of(&self, new: bool) -> usize {
        if new { self.of_version } else { 0 }
    }

    fn leaves_pool(&mut self, number: u32) {
        let Some((pool, place)) = self.get_mut(number).and_then(|i| i.place.take()) else {
            return;
        };
        let moved = self.pools.get_mut(pool).and_then(|p| p.remove(place));
        if let Some(moved) = moved.and_then(|m| self.get_mut(m)) {
            moved.place = Some((pool, place));
        }
    }

    /// After the number of requests at an instance has changed.
    #[inline]
    pub(super) fn touched(&mut self, number: u32, now: f64) {
        match self.balancer {
            Balancer::SharedQueue => self.settle(number, now),
            Balancer::LeastConnections
            | Balancer::Geographic
            | Balancer::JoinShortestQueue
            | Balancer::ResponseTime => {
                if self.instances.len() < 2 {
                    return;
                }
                let Some((instance, (pool, place))) =
                    self.get(number).and_then(|i| Some((i, i.place?)))
                else {
                    return;
                };
                let key = self.key(instance);
                if let Some(pool) = self.pools.get_mut(pool) {
                    pool.set_key(place, key);
                }
            }
            _ => {}
        }
    }

    /// An answer came after so many seconds at the instance.
    #[inline]
    pub(super) fn observed(&mut self, number: u32, secs: f64) {
        if self.balancer == Balancer::ResponseTime
            && let Some(instance) = self.get_mut(number)
        {
            instance.smoothed += SMOOTHING * (secs - instance.smoothed);
        }
    }

    /// The instance for a request, by its user, region and version; `None` where there is none.
    #[inline]
    pub(super) fn choose(&mut self, job: &Job, stream: &mut Stream) -> Option<u32> {
        let balancer = self.balancer;
        let first = self.first_of(job.new_version);
        match balancer {
            Balancer::WeightedRoundRobin => return self.weighted(first),
            Balancer::Geographic => return self.nearest(first, job.region),
            _ => {}
        }
        let user = job.user;
        let pool = self.pools.get_mut(first)?;
        match balancer {
            Balancer::RoundRobin => pool.next(),
            Balancer::Random => {
                let members = pool.members();
                members.get(stream.below(members.len())).copied()
            }
            Balancer::PowerOfTwo => {
                let members = pool.members();
                let first = stream.below(members.len());
                let second = stream.below(members.len().saturating_sub(1));
                let second = second + usize::from(second >= first);
                let one = members.get(first).copied()?;
                let Some(other) = members.get(second).copied() else {
                    return Some(one);
                };
                let load = |n| self.get(n).map_or(u64::MAX, Instance::in_flight);
                Some(if load(other) < load(one) { other } else { one })
            }
            Balancer::IpHash => pool.hashed(u64::from(user)),
            Balancer::SharedQueue => pool.members().last().copied(),
            _ => pool.smallest(),
        }
    }

    /// Groups by smooth weighted turn, instances of a group one after the other.
    fn weighted(&mut self, first: usize) -> Option<u32> {
        let mut total = 0.0;
        let mut best: Option<(usize, f64)> = None;
        let pools = self.pools.iter().zip(&mut self.turns).enumerate();
        for (group, (pool, (weight, owed))) in pools.skip(first).take(self.of_version) {
            let mine = *weight * pool.members().len() as f64;
            if pool.members().is_empty() {
                continue;
            }
            total += mine;
            *owed += mine;
            if best.is_none_or(|(_, most)| *owed > most) {
                best = Some((group, *owed));
            }
        }
        let (group, _) = best?;
        if let Some((_, owed)) = self.turns.get_mut(group) {
            *owed -= total;
        }
        self.pools.get_mut(group)?.next()
    }

    /// The least loaded of the sender's region; of another where none is there and the way is open.
    fn nearest(&mut self, first: usize, region: u16) -> Option<u32> {
        let home = region as usize;
        if let Some(here) = self.pools.get_mut(first + home).and_then(Pool::smallest) {
            return Some(here);
        }
        let cut_off = |group: usize| self.cut_off.get(group) == Some(&true);
        if cut_off(home) {
            return None;
        }
        let others: Vec<u32> = self
            .pools
            .iter_mut()
            .skip(first)
            .zip(&self.cut_off)
            .filter(|(_, cut_off)| !**cut_off)
            .filter_map(|(pool, _)| pool.smallest())
            .collect();
        others
            .into_iter()
            .min_by_key(|n| self.get(*n).map_or(u64::MAX, Instance::in_flight))
    }

    /// Whether senders are told apart by region.
    pub(super) fn geographic(&self) -> bool {
        self.balancer == Balancer::Geographic
    }

    /// Instances in service, those that still finish something, and all that are paid for: dead ones are not, those that
    /// boot, finish or change their size are.
    pub(super) fn counts(&self) -> (u32, u32, u32) {
        let mut counts = (0, 0, 0);
        for instance in &self.instances {
            counts.0 += u32::from(instance.in_service());
            counts.1 += u32::from(instance.state == State::Draining && instance.alive());
            counts.2 += u32::from(instance.state != State::Gone && instance.alive());
        }
        counts
    }
}
