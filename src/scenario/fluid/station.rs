//! How long requests wait at a station in the long run, by its balancer: what the fluid's steps are read from.
//!
//! Everything is in units of the mean service time. One queue for all: Erlang C with the correction for the variability
//! of service by Kimura (1986, between M/M/c and M/D/c, the latter by Cosmetatos 1976). Arrivals in turn: Kraemer and
//! Langenbach-Belz (1976). Power of two: the fixed point of Mitzenmacher (2001). What has no formula (fewest in flight,
//! few instances under power of two, the share that waits at all) is fitted to simulated events of 1 to 50 workers, 2 to
//! 50 instances, coefficients of variation 0 to 2 and utilisations 0.5 to 0.9. Up to 0.85 the mean response is then
//! within 5 % of those (10 % for arrivals in turn or by chance with a coefficient of 2) and P95 within 10 % in 39 cases
//! of 40; `tests/scenarios.rs` holds it against the request engine.

use crate::analysis::capacity::Usl;
use crate::analysis::queueing::{erlang_b, erlang_c};

use super::chain::{Long, long_run};
use super::two_choices::two_choices;

/// Below this squared coefficient of variation arrivals in turn come to wait as in one queue.
const STEADY: f64 = 0.25;

/// Load up to which a queue without a limit is looked at.
const NEARLY_FULL: f64 = 0.999;

/// Load up to which requests that share an instance are taken as in the long run.
pub(super) const SHARED_TOP: f64 = 0.9;

/// Who chooses among the instances, as far as waiting is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rule {
    /// One queue for all.
    Shared,
    /// Each has its own, and where a request goes does not depend on them; squared coefficient of variation of the
    /// times between arrivals at one instance (1 by chance, 1/n in turn).
    Apart(f64),
    /// Fewest requests in flight, or shortest queue.
    Least,
    /// The better of two by chance.
    TwoChoices,
}

/// A group of equal instances before which requests wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Station {
    pub rule: Rule,
    pub instances: f64,
    /// Of one instance.
    pub workers: f64,
    /// Squared coefficient of variation of the service time.
    pub variation: f64,
    /// Squared coefficient of variation of what is left of a service that is met on its way: 4/3·E[S³]E[S]/E[S²]² − 1.
    pub residual: f64,
    /// Squared coefficient of variation of the times between arrivals at the balancer.
    pub arrivals: f64,
    /// Requests that may wait at one instance.
    pub room: f64,
    /// What the loads of the grid are.
    pub kind: Kind,
}

/// What makes requests wait, and what a load means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Arrivals whatever happens; offered work over workers.
    Open,
    /// Users who think, in mean service times; the load is their number over all instances.
    Closed(f64),
    /// The scalability law of an instance; offered requests over its peak.
    Shared(Law),
    /// The same with users who think, in seconds; the load is their number.
    SharedClosed(Law, f64),
}

/// X(N) = λN/(1 + σ(N − 1) + κN(N − 1)) of one instance, requests per second (Gunther 2007).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Law {
    pub usl: Usl,
    /// Requests in flight at the largest throughput, and that throughput.
    pub best: f64,
    pub peak: f64,
    /// Most in flight.
    pub most: f64,
    /// Mean time of a request at a worker and in the network, seconds.
    pub alone: f64,
    pub network: f64,
}

impl Law {
    pub(super) fn new(usl: Usl, most: f64, alone: f64, network: f64) -> Self {
        let best = usl
            .peak_concurrency()
            .unwrap_or(most)
            .clamp(1.0, most.max(1.0));
        Self {
            usl,
            best,
            peak: usl.throughput(best),
            most,
            alone,
            network,
        }
    }

    /// The larger number in flight at which a share of the peak is done.
    fn falls_to(&self, share: f64) -> f64 {
        let Usl {
            sigma,
            kappa,
            lambda,
        } = self.usl;
        let done = share.max(1e-6) * self.peak;
        if kappa <= 0.0 {
            return f64::INFINITY;
        }
        // κx·N² + (x(σ − κ) − λ)·N + x(1 − σ) = 0.
        let half = (lambda - done * (sigma - kappa)) / (2.0 * kappa * done);
        let square = half * half - (1.0 - sigma) / kappa;
        (half + square.max(0.0).sqrt()).max(self.best)
    }

    /// Requests per second with so many in flight, also less than one.
    fn throughput(&self, inside: f64) -> f64 {
        if inside < 1.0 {
            inside.max(0.0) * self.usl.lambda
        } else {
            self.usl.throughput(inside)
        }
    }
}

/// The long run at one load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Steady {
    /// Offered work over workers.
    pub load: f64,
    /// Busy share of the workers, 0..1.
    pub busy: f64,
    /// Share of those that got in which wait, 0..1.
    pub waits: f64,
    /// Mean wait of those that got in, in mean service times.
    pub wait: f64,
    /// Squared coefficient of variation of the wait of those that wait.
    pub spread: f64,
    /// Share that found no room.
    pub away: f64,
    /// Requests waiting, over all instances.
    pub queue: f64,
    /// How many times as long work takes because it is shared; 0 where it is not.
    pub stretch: f64,
    /// Time in the network that is not stretched, seconds.
    pub network: f64,
    /// Longest wait of those that wait, in mean service times, where the room cuts it off, and the rate of the
    /// exponential that is cut.
    pub cut: Option<(f64, f64)>,
}

/// Erlang C; 1 where it has no meaning.
fn delayed(servers: f64, load: f64) -> f64 {
    erlang_c(servers.max(1.0) as u64, servers * load).unwrap_or(1.0)
}

/// Share that waits and mean wait with one queue before `servers`, arrivals at random.
fn one_queue(servers: f64, load: f64, variation: f64) -> (f64, f64) {
    if load <= 0.0 {
        return (0.0, 0.0);
    }
    let waits = delayed(servers, load);
    let markov = waits / (servers * (1.0 - load));
    let constant = 0.5
        * markov
        * (1.0
            + (1.0 - load) * (servers - 1.0) * ((4.0 + 5.0 * servers).sqrt() - 2.0)
                / (16.0 * load * servers));
    let wait = if markov > 0.0 {
        (1.0 + variation) / (2.0 * variation / markov + (1.0 - variation) / constant)
    } else {
        0.0
    };
    // Fewer wait when service varies less, unless there is one server.
    let fewer = if servers > 1.0 {
        1.0 - (0.12 * (1.0 - variation)).max(-0.1) * (1.0 - waits)
    } else {
        1.0
    };
    (waits * fewer, wait.max(0.0))
}

/// Arrivals of another variability at one station.
fn regular(servers: f64, load: f64, variation: f64, arrivals: f64) -> (f64, f64) {
    let (waits, wait) = one_queue(servers, load, variation);
    if load <= 0.0 || (arrivals - 1.0).abs() < 1e-9 {
        return (waits, wait);
    }
    let less = (1.0 - arrivals).max(0.0);
    let sum = (arrivals + variation).max(1e-6);
    let mut factor =
        sum / (1.0 + variation) * (-2.0 * (1.0 - load) / (3.0 * load) * less * less / sum).exp();
    if variation > 1.0 {
        factor *= 1.0 + 0.1 * less * (1.0 - 1.0 / variation);
    }
    let power = 1.0
        + less * 0.78
            / (arrivals + 0.11 + 1.5 * variation / (1.4 + variation))
            / servers.powf(0.27);
    (waits.powf(power), wait * factor)
}

impl Station {
    /// Share that waits and mean wait without a limit of the queue, below full load.
    fn unlimited(&self, load: f64) -> (f64, f64) {
        let (n, c, variation) = (self.instances, self.workers, self.variation);
        match self.rule {
            Rule::Shared => regular(n * c, load, variation, self.arrivals),
            Rule::Apart(arrivals) => {
                let apart = regular(c, load, variation, arrivals);
                if variation >= STEADY || arrivals >= 0.9 {
                    return apart;
                }
                // In turn and with constant times, every request goes where one queue would have sent it.
                let one = one_queue((c / arrivals.max(1e-4)).round(), load, variation);
                let part = variation / STEADY;
                (
                    one.0 + (apart.0 - one.0) * part,
                    one.1 + (apart.1 - one.1) * part,
                )
            }
            _ if n <= 1.0 => regular(c, load, variation, self.arrivals),
            Rule::Least => least(n, c, load, variation),
            Rule::TwoChoices => {
                let (waits, wait) = two_choices(c, load);
                let spread = if variation > 1.0 {
                    1.0 + 0.23 * (variation - 1.0)
                } else {
                    f64::midpoint(1.0, variation)
                };
                let (two_waits, two_wait) = least(2.0, c, load, variation);
                let few = (2.0 / n).powf(1.3);
                (
                    waits + (two_waits - waits) * few,
                    wait * spread + (two_wait - wait * spread) * few,
                )
            }
        }
    }

    /// How much the wait of those that wait varies. It is a geometric number of rests of service (M/G/1): ρ + (1 − ρ)
    /// times the variation of one; the rest until one of several is free varies less, and where queues are kept short
    /// the number hardly varies.
    fn spread(&self, load: f64, waits: f64, wait: f64) -> f64 {
        let (servers, _) = self.queue_before();
        let rest = 1.0 + (self.residual - 1.0) / servers.sqrt();
        let long = load + (1.0 - load) * rest;
        if self.rule != Rule::TwoChoices || self.instances <= 2.0 {
            return long;
        }
        let one = f64::midpoint(1.0, self.variation) / self.workers;
        let number = (wait / waits.max(1e-12) / one).max(1.0);
        let short = rest / number + 0.1;
        short + (long - short) * (2.0 / self.instances).powf(1.3)
    }

    /// Servers and room of what one queue stands before.
    pub(super) fn queue_before(&self) -> (f64, f64) {
        match self.rule {
            Rule::Apart(_) | Rule::TwoChoices => (self.workers, self.room),
            Rule::Shared | Rule::Least => {
                (self.workers * self.instances, self.room * self.instances)
            }
        }
    }

    /// Whether the queue is so short that it turns requests away long before the workers are all busy for good.
    pub(super) fn is_tight(&self) -> bool {
        let (_, room) = self.queue_before();
        room < 300.0 * f64::midpoint(self.arrivals, self.variation).max(0.2)
    }

    /// The long run at a load; below 1 unless the queue is tight.
    pub(super) fn steady(&self, load: f64) -> Steady {
        match &self.kind {
            Kind::Open => self.open(load),
            Kind::Closed(think) => self.closed(load, *think),
            Kind::Shared(law) => self.shared(law, load, None),
            Kind::SharedClosed(law, think) => self.shared(law, load, Some(*think)),
        }
    }

    /// Users who wait for their answer: one chain over all instances where the balancer looks at them, one for each
    /// where it does not.
    fn closed(&self, users: f64, think: f64) -> Steady {
        let (servers, room) = self.queue_before();
        let apart = self.instances * self.workers / servers;
        let users = users / apart;
        if users <= 0.0 {
            return Steady::default();
        }
        let long = long_run(
            users.min(servers + room),
            servers,
            |inside| (users - inside) / think.max(1e-6),
            |inside| inside.min(servers),
        );
        let busy = (long.throughput / servers).min(1.0);
        // Another variability of service changes the wait as it would with arrivals at random.
        let near = busy.min(0.98);
        let (_, markov) = one_queue(servers, near, 1.0);
        let (_, general) = one_queue(servers, near, self.variation);
        let factor = if markov > 1e-12 {
            general / markov
        } else {
            1.0
        };
        let factor = factor + (1.0 - factor) * busy.powi(8);
        let wait = long.behind / servers * factor;
        let mean = if long.waits > 1e-12 {
            long.behind / long.waits
        } else {
            1.0
        };
        let square = if long.waits > 1e-12 {
            long.behind_square / long.waits
        } else {
            2.0
        };
        // Behind so many, the wait is a sum of as many exponentials.
        let spread = (square / (mean * mean) - 1.0).max(0.0);
        Steady {
            load: users * apart,
            busy,
            waits: long.waits,
            wait,
            // Where the balancer does not look, users crowd at some instances.
            spread: if apart > 1.0 {
                spread.max(0.9)
            } else {
                spread * (1.0 + self.residual) / 2.0
            },
            away: long.away,
            queue: busy * servers * wait * apart,
            ..Steady::default()
        }
    }

    /// Requests that share an instance. One chain over all instances where the balancer keeps them even.
    fn shared(&self, law: &Law, load: f64, think: Option<f64>) -> Steady {
        let together = if matches!(self.rule, Rule::Apart(_)) {
            1.0
        } else {
            self.instances
        };
        let apart = self.instances / together;
        let serve = |inside: f64| together * law.throughput(inside / together);
        let long = if let Some(think) = think {
            let users = load / apart;
            let most = users.min(together * law.most);
            long_run(
                most,
                f64::INFINITY,
                |inside| (users - inside) / think.max(1e-6),
                serve,
            )
        } else if load <= SHARED_TOP {
            // Up to where the falling side of the law does no more than what comes: beyond it lies the collapse.
            let most = together * law.falls_to(load).min(law.most);
            long_run(most, f64::INFINITY, |_| load * together * law.peak, serve)
        } else {
            // Beyond, the number in flight alone says how much is done: the load counts it from there to the most.
            let from = self.shared(law, SHARED_TOP, None).queue / self.instances;
            let part = ((load - SHARED_TOP) / (1.0 - SHARED_TOP)).clamp(0.0, 1.0);
            let inside = from * (law.most / from.max(1e-9)).max(1.0).powf(part);
            Long {
                throughput: together * law.throughput(inside),
                inside: inside * together,
                ..Long::default()
            }
        };
        let response = if long.throughput > 0.0 {
            long.inside / long.throughput
        } else {
            law.alone
        };
        Steady {
            load,
            busy: long.throughput / (together * law.peak),
            away: if think.is_some() { long.away } else { 0.0 },
            queue: long.inside * apart,
            stretch: (response / law.alone).max(1e-9),
            network: law.network,
            ..Steady::default()
        }
    }

    fn open(&self, load: f64) -> Steady {
        let workers = self.instances * self.workers;
        if !self.is_tight() {
            let load = load.min(0.9999);
            let (waits, wait) = self.unlimited(load);
            return Steady {
                load,
                busy: load,
                waits,
                wait,
                spread: self.spread(load, waits, wait),
                queue: load * workers * wait,
                ..Steady::default()
            };
        }
        self.limited(load)
    }

    /// With a short queue of N places. Without a limit it would have k or more waiting for a share `waits`·rᵏ of the
    /// time, r being what the unlimited wait asks for; of these states all but the last keep their proportions (Tijms,
    /// "A First Course in Stochastic Models", 2003, §9.8), which for random arrivals and times is M/M/c/K. With
    /// e = (1 − load)/(1 − waits) and u = (1 − load)/(1 − r) the states without waiting, with k < N waiting and with N
    /// weigh 1, (load − 1 + e)/u·rᵏ and the rest, and the sum over k goes on beyond full load.
    fn limited(&self, load: f64) -> Steady {
        let (servers, room) = self.queue_before();
        if load <= 0.0 {
            return Steady::default();
        }
        let places = room.max(0.0).floor();
        let near = load.min(NEARLY_FULL);
        let (waits, wait) = self.unlimited(near);
        let waits = waits.clamp(0.0, 1.0 - 1e-9);
        let spread = if waits > 1e-12 {
            (wait * servers * (1.0 - near) / waits).max(0.02)
        } else {
            f64::midpoint(self.arrivals, self.variation).max(0.02)
        };
        let under = (1.0 - load + spread * load).max(1e-3);
        let ratio = (spread * load / under).clamp(1e-9, 1e6);
        let (free, first) = if load < NEARLY_FULL {
            let free = (1.0 - load) / (1.0 - waits);
            (free, waits * free)
        } else {
            // Beyond, as much less is free than with random arrivals and times as it is just below.
            let random = |load: f64| {
                let lost = erlang_b(servers.max(1.0) as u64, servers * load).unwrap_or(1.0);
                ((1.0 - load * (1.0 - lost)) / (1.0 - lost).max(1e-12)).max(0.0)
            };
            let free = random(load) * (1.0 - near) / (1.0 - waits) / random(near).max(1e-12);
            (free, load - 1.0 + free)
        };
        // Weights relative to the largest, so that none overflows.
        let up = ratio > 1.0;
        let mut weight = first / under;
        let one = if up { ratio.powf(-places) } else { 1.0 };
        if up {
            weight *= one;
        }
        let (mut short, mut waiting, mut place) = (0.0, 0.0, 0.0);
        while place < places {
            short += weight;
            waiting += place * weight;
            weight *= ratio;
            place += 1.0;
        }
        let below = one + short;
        let lost = weight * under / ((free + load) * one + load * short).max(1e-300);
        // Nobody works more than all the time.
        // Less work never loses more than full load, though the wait of the better of two grows slower than a geometric one.
        let most = if load < 1.0 {
            self.limited(1.0).away
        } else {
            1.0
        };
        let away = if lost < 1e-12 { 0.0 } else { lost.min(most) };
        let away = away.clamp((1.0 - 1.0 / load).max(0.0), 1.0);
        let busy = load * (1.0 - away);
        let queue_here = (1.0 - away) * waiting / below.max(1e-300) + away * places;
        let wait = queue_here / (servers * busy).max(1e-12);
        let waits = (short / below.max(1e-300)).clamp(0.0, 1.0);
        let decay = -ratio.ln() * servers;
        Steady {
            load,
            busy,
            waits,
            wait,
            away,
            spread: self.spread(near, waits, wait),
            stretch: 0.0,
            network: 0.0,
            queue: queue_here * self.instances * self.workers / servers,
            cut: Some((places.max(1.0) / servers, decay)),
        }
    }
}

/// Fewest in flight: nearly one queue, with the longer wait of those that stand behind one instance. The share that
/// waits and the addition are fitted.
fn least(instances: f64, workers: f64, load: f64, variation: f64) -> (f64, f64) {
    let (waits, wait) = one_queue(instances * workers, load, variation);
    let behind =
        0.56 * instances.powf(-0.15) * variation.powf(0.425) / workers.powf(0.4) * waits / workers;
    let fewer = 1.0 - (1.0 - waits) * (1.0 - (-instances / 22.0).exp());
    (waits * fewer, wait + behind * (1.0 - 1.0 / instances))
}

#[cfg(test)]
#[path = "station_tests.rs"]
mod tests;
