//! Dead instances that the balancer has not noticed: what share of the requests they take, and lose at once.
//!
//! A dead one never has anything in flight, so that a balancer that looks for few prefers it to all that are not idle.
//! Fewest in flight: instances take a request only while idle, in turn with the dead, which is a loss system whose
//! arrivals depend on its state; like all of them it does not care for the shape of the service time.

use crate::analysis::queueing::erlang_b;
use crate::scenario::model::Balancer;

use super::chain::long_run;
use super::run::Simulation;

/// Rounds in which what is sent again and what is lost come to terms.
const AGAIN_ROUNDS: u32 = 12;
/// Rounds until the share and the load it leaves have come to terms.
const ROUNDS: u32 = 40;

/// What a balancer chooses among.
#[derive(Clone, Copy, Debug)]
pub(super) struct Among {
    pub dead: f64,
    pub alive: f64,
    /// Of one instance.
    pub workers: f64,
    /// Requests per second, and seconds that one holds a worker.
    pub per_sec: f64,
    pub secs: f64,
}

/// Share of the requests that go to the dead.
pub(super) fn share(balancer: Balancer, among: &Among) -> f64 {
    let Among {
        dead,
        alive,
        workers,
        ..
    } = *among;
    if dead <= 0.0 {
        return 0.0;
    }
    if alive <= 0.0 {
        return 1.0;
    }
    let all = dead + alive;
    match balancer {
        // Instances take from the queue; dead ones do not.
        Balancer::SharedQueue => 0.0,
        Balancer::LeastConnections | Balancer::Geographic | Balancer::ResponseTime => {
            among.by_turn_with_the_idle()
        }
        Balancer::JoinShortestQueue => among.settled(|busy| {
            let full = erlang_b(workers as u64, busy).unwrap_or(1.0);
            dead / (dead + alive * (1.0 - full))
        }),
        Balancer::PowerOfTwo => {
            let pairs = all * (all - 1.0);
            let (none, both) = (alive * (alive - 1.0) / pairs, dead * (dead - 1.0) / pairs);
            // Of one of each the dead one is taken, unless the other is idle and was drawn first.
            among.settled(|busy| {
                let idle = (1.0 - busy / workers).max(0.0).powf(workers);
                both + (1.0 - none - both) * (1.0 - idle / 2.0)
            })
        }
        Balancer::RoundRobin
        | Balancer::WeightedRoundRobin
        | Balancer::Random
        | Balancer::IpHash => dead / all,
    }
}

impl Among {
    fn by_turn_with_the_idle(&self) -> f64 {
        if self.per_sec <= 0.0 || self.secs <= 0.0 {
            return self.dead / (self.dead + self.alive);
        }
        let long = long_run(
            self.alive,
            f64::INFINITY,
            |busy| {
                let idle = self.alive - busy;
                self.per_sec * idle / (idle + self.dead)
            },
            |busy| busy / self.secs,
        );
        (1.0 - long.throughput / self.per_sec).clamp(0.0, 1.0)
    }

    /// A share that depends on the mean number in flight at an instance, which depends on the share.
    fn settled(&self, of: impl Fn(f64) -> f64) -> f64 {
        let mut share = self.dead / (self.dead + self.alive);
        for _ in 0..ROUNDS {
            let busy = self.per_sec * (1.0 - share) * self.secs / self.alive;
            share = f64::midpoint(share, of(busy.min(self.workers)));
        }
        share.clamp(0.0, 1.0)
    }
}

impl Simulation<'_> {
    /// The share of the requests that nobody alive gets although they are sent again within the step, and the share for
    /// which these were all attempts there are.
    pub(super) fn unanswered_after_all(&self, at: f64, per_sec: f64) -> (f64, f64) {
        if self.fleet.unnoticed(at) == 0 && self.regions.lost <= 0.0 {
            return (0.0, 0.0);
        }
        let first = self.unanswered(at, per_sec).min(1.0);
        let mut waited = 0.0;
        let quick = self
            .again
            .delays
            .iter()
            .take_while(|(_, secs)| {
                waited += secs;
                waited <= self.plan.step
            })
            .count();
        if first <= 0.0 || quick == 0 || self.plan.think.is_some() {
            return (first, 0.0);
        }
        let mut share = first;
        for _ in 0..AGAIN_ROUNDS {
            let attempts: f64 = (0..=quick).map(|n| share.powi(n as i32)).sum();
            share = f64::midpoint(share, self.unanswered(at, per_sec * attempts).min(1.0));
        }
        let left = share.powi(quick as i32 + 1);
        let all = quick == self.again.delays.len();
        (left, if all { left } else { 0.0 })
    }

    /// Share of the requests that nobody alive gets: they go to dead instances the balancer has not noticed, or their
    /// region is cut off.
    fn unanswered(&self, at: f64, per_sec: f64) -> f64 {
        let plan = self.plan;
        let curves = || {
            let live = self.pools.live.iter();
            live.filter_map(|pool| Some((pool.share, self.pools.curve(pool.curve)?.service)))
        };
        let secs = if plan.law.is_some() {
            plan.mean_time() / self.speed.max(1e-9)
        } else {
            curves().map(|(share, secs)| share * secs).sum()
        };
        let among = |dead: u32, alive: u32, per_sec: f64| Among {
            dead: f64::from(dead),
            alive: f64::from(alive),
            workers: plan.workers,
            per_sec,
            secs,
        };
        let part = self.fleet.unnoticed_for(at, plan.step);
        if plan.balancer != Balancer::Geographic {
            let (dead, alive) = (self.fleet.unnoticed(at), self.fleet.ready());
            return part * share(plan.balancer, &among(dead, alive, per_sec));
        }
        let of_region = |group: usize| {
            let dead = self.fleet.unnoticed_in(group, at);
            let home = self.regions.home(group);
            home * share(
                plan.balancer,
                &among(dead, self.fleet.ready_in(group), per_sec * home),
            )
        };
        let regions = self.regions.dead.len();
        let dead: f64 = (0..regions).map(of_region).sum();
        part * (dead + self.regions.dead.iter().sum::<f64>()) + self.regions.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMONG: Among = Among {
        dead: 1.0,
        alive: 7.0,
        workers: 4.0,
        per_sec: 320.0,
        secs: 0.05,
    };

    /// One alive, one dead, one worker: idle, it takes every second request; busy, none. With a = λs it is idle for
    /// 1/(1 + a/2) of the time.
    #[test]
    fn fewest_in_flight_with_one_of_each() {
        let pair = Among {
            alive: 1.0,
            workers: 1.0,
            per_sec: 30.0,
            ..AMONG
        };
        let (a, share) = (1.5, share(Balancer::LeastConnections, &pair));
        let takes = 0.5 / (1.0 + a / 2.0);
        assert!((share - (1.0 - takes)).abs() < 1e-9, "{share}");
    }

    #[test]
    fn the_less_a_balancer_looks_the_less_it_loses() {
        let of = |balancer| share(balancer, &AMONG);
        assert!((of(Balancer::RoundRobin) - 0.125).abs() < 1e-12);
        assert!(of(Balancer::SharedQueue).abs() < 1e-12);
        let (turn, shortest) = (of(Balancer::RoundRobin), of(Balancer::JoinShortestQueue));
        let (two, least) = (of(Balancer::PowerOfTwo), of(Balancer::LeastConnections));
        assert!(
            turn < shortest && shortest < two && two < least,
            "{shortest} {two} {least}"
        );
        let none = Among {
            alive: 0.0,
            ..AMONG
        };
        assert!((share(Balancer::RoundRobin, &none) - 1.0).abs() < 1e-12);
        assert!((share(Balancer::RoundRobin, &Among { dead: 0.0, ..AMONG })).abs() < 1e-12);
    }
}
