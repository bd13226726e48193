//! The instances of a run, and which of them the balancer chooses.

use std::collections::VecDeque;

use crate::scenario::model::Balancer;

use super::plan::Plan;
use super::pool::Pool;
use super::random::Stream;

/// Weight of the newest response time in the smoothed one of [`Balancer::ResponseTime`].
const SMOOTHING: f64 = 0.1;

/// What an instance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Takes traffic.
    Serving,
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub group: u16,
    pub state: State,
    /// Seconds of work it does in a second of a worker.
    pub speed: f64,
    pub busy: u32,
    pub queue: VecDeque<u32>,
    /// Smoothed response time, seconds.
    smoothed: f64,
    /// Pool and place where the balancer finds it.
    place: Option<(usize, usize)>,
}

impl Instance {
    fn in_flight(&self) -> u64 {
        u64::from(self.busy) + self.queue.len() as u64
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Fleet {
    pub instances: Vec<Instance>,
    balancer: Balancer,
    workers: u32,
    /// One for all, or one for each group.
    pools: Vec<Pool>,
    /// Smooth weighted turn of the groups (as in nginx): weight of an instance, and what it is owed.
    turns: Vec<(f64, f64)>,
    /// Waiting for any instance.
    pub shared: VecDeque<u32>,
}

impl Fleet {
    pub(super) fn new(plan: &Plan) -> Self {
        let by_group = matches!(
            plan.balancer,
            Balancer::WeightedRoundRobin | Balancer::Geographic
        );
        let mut fleet = Self {
            instances: Vec::new(),
            balancer: plan.balancer,
            workers: plan.workers,
            pools: vec![Pool::default(); if by_group { plan.groups.len() } else { 1 }],
            turns: plan.groups.iter().map(|g| (g.weight, 0.0)).collect(),
            shared: VecDeque::new(),
        };
        let speed = plan.scenario.service.speed();
        // Groups take turns, so that the first of the list are not all of one group.
        let most = plan.groups.iter().map(|g| g.instances).max().unwrap_or(0);
        for round in 0..most {
            for (group, of) in plan.groups.iter().enumerate() {
                if round < of.instances {
                    fleet.add(group as u16, State::Serving, of.speed * speed);
                }
            }
        }
        fleet
    }

    /// A further instance; its number.
    pub(super) fn add(&mut self, group: u16, state: State, speed: f64) -> u32 {
        let number = self.instances.len() as u32;
        self.instances.push(Instance {
            group,
            state,
            speed,
            busy: 0,
            queue: VecDeque::new(),
            smoothed: 0.0,
            place: None,
        });
        self.settle(number);
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

    /// Whether everybody waits in one queue.
    #[inline]
    pub(super) fn shares_queue(&self) -> bool {
        self.balancer == Balancer::SharedQueue
    }

    /// Whether the balancer may send to it.
    fn eligible(&self, instance: &Instance) -> bool {
        instance.state == State::Serving
            && (self.balancer != Balancer::SharedQueue || instance.busy < self.workers)
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
    pub(super) fn settle(&mut self, number: u32) {
        let Some(instance) = self.get(number) else {
            return;
        };
        let wanted = self.eligible(instance);
        let key = self.key(instance);
        let home = if self.pools.len() > 1 {
            instance.group as usize
        } else {
            0
        };
        match instance.place {
            None if wanted => {
                let place = self.pools.get_mut(home).map(|p| (home, p.add(number, key)));
                if let Some(instance) = self.get_mut(number) {
                    instance.place = place;
                }
            }
            Some((pool, place)) if !wanted => {
                let moved = self.pools.get_mut(pool).and_then(|p| p.remove(place));
                if let Some(moved) = moved.and_then(|m| self.get_mut(m)) {
                    moved.place = Some((pool, place));
                }
                if let Some(instance) = self.get_mut(number) {
                    instance.place = None;
                }
            }
            _ => {}
        }
    }

    /// After the number of requests at an instance has changed.
    #[inline]
    pub(super) fn touched(&mut self, number: u32) {
        match self.balancer {
            Balancer::SharedQueue => self.settle(number),
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

    /// The instance for a request of a user in a region; `None` where there is none.
    #[inline]
    pub(super) fn choose(&mut self, user: u32, region: u16, stream: &mut Stream) -> Option<u32> {
        let balancer = self.balancer;
        match balancer {
            Balancer::WeightedRoundRobin => return self.weighted(),
            Balancer::Geographic => return self.nearest(region),
            _ => {}
        }
        let pool = self.pools.first_mut()?;
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
            Balancer::IpHash => pool.hashed(u64::from(user).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            Balancer::SharedQueue => pool.members().last().copied(),
            _ => pool.smallest(),
        }
    }

    /// Groups by smooth weighted turn, instances of a group one after the other.
    fn weighted(&mut self) -> Option<u32> {
        let mut total = 0.0;
        let mut best: Option<(usize, f64)> = None;
        for (group, (pool, (weight, owed))) in self.pools.iter().zip(&mut self.turns).enumerate() {
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

    /// The least loaded of the sender's region; of another where none is there.
    fn nearest(&mut self, region: u16) -> Option<u32> {
        if let Some(here) = self.pools.get_mut(region as usize).and_then(Pool::smallest) {
            return Some(here);
        }
        let others: Vec<u32> = self.pools.iter_mut().filter_map(Pool::smallest).collect();
        others
            .into_iter()
            .min_by_key(|n| self.get(*n).map_or(u64::MAX, Instance::in_flight))
    }

    /// Instances in service.
    pub(super) fn serving(&self) -> u32 {
        let serving = self.instances.iter().filter(|i| i.state == State::Serving);
        serving.count() as u32
    }
}
