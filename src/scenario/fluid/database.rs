//! The database in the long run: connections before the servers of shards and replicas.
//!
//! A connection is held while its queries wait and are worked on, so the two queues are one: with k connections in use
//! the servers do X(k) requests a second, by mean-value analysis (Reiser and Lavenberg 1980; several servers by Erlang
//! C), and requests for a connection are a birth-death chain that is left at X(k) (flow equivalence, Chandy, Herzog and
//! Woo 1975). A wait for a connection ends where patience does (Baccelli and Hebuterne 1981) or where no worker is left
//! to wait.

use std::collections::BTreeMap;

use statrs::function::gamma::gamma_lr;

use crate::analysis::queueing::erlang_c;
use crate::scenario::model::Dist;

use super::bins::Bins;
use super::work::share_within;

/// Connections that the analysis goes through one by one where servers bound what they do.
const MOST_STATES: usize = 4096;
/// Probabilities between which a time is taken as even.
const SHARES: [f64; 20] = [
    0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99,
    0.995, 0.999, 0.9999,
];
/// Sets of servers that are kept.
const MOST_KNOWN: usize = 200;
/// Servers with so much of the visits of the fullest of their group are taken as equal.
const ALIKE: f64 = 0.9;
/// A variation below it is none.
const STEADY: f64 = 1e-4;

/// Equal servers of the database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    pub count: f64,
    /// Queries of one request that go to each of them, on average.
    pub visits: f64,
    /// It answers reads, and writes.
    pub reads: bool,
    pub writes: bool,
}

/// Puts servers that are nearly alike together; the fullest stays exact, since it decides.
pub(super) fn grouped(mut servers: Vec<Server>) -> Vec<Server> {
    servers.sort_by(|a, b| b.visits.total_cmp(&a.visits));
    let mut out: Vec<(Server, f64)> = Vec::new();
    for server in servers {
        let first = out.first().map_or(0.0, |(s, _)| s.visits);
        let twin = out.iter_mut().find(|(group, fullest)| {
            let alike = server.visits >= ALIKE * *fullest && *fullest < first
                || server.visits.to_bits() == fullest.to_bits();
            alike && group.reads == server.reads && group.writes == server.writes
        });
        if let Some((group, _)) = twin {
            let count = group.count + server.count;
            group.visits = (group.visits * group.count + server.visits * server.count) / count;
            group.count = count;
        } else {
            out.push((server, server.visits));
        }
    }
    out.into_iter().map(|(server, _)| server).collect()
}

/// What requests meet there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load<'a> {
    /// Requests per second.
    pub per_sec: f64,
    /// Time of a query, and queries of a request.
    pub time: &'a Dist,
    pub queries: f64,
    pub servers: &'a [Server],
    /// Queries at once of a server; 0 without bound.
    pub parallel: u32,
    pub connections: f64,
    /// Requests there can be at all: the workers that hold them.
    pub most: f64,
    /// All of them are there: who waits for a connection holds back who would come.
    pub full: bool,
    /// Seconds a request waits for a connection.
    pub patience: f64,
}

/// A wait that some have: nothing for the others, exponential or cut off for these.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Wait {
    /// Share that waits, 0..1, and mean of those, seconds.
    pub share: f64,
    pub mean: f64,
    /// Longest wait in seconds, and rate of the exponential that is cut there.
    pub cut: Option<(f64, f64)>,
}

impl Wait {
    /// Mean, mean square and mean cube over all.
    pub(super) fn moments(&self) -> [f64; 3] {
        let Self { share, mean, cut } = *self;
        // A cut wait is nearly even from 0 to twice its mean.
        let (second, third) = if cut.is_some() {
            (4.0 / 3.0, 2.0)
        } else {
            (2.0, 6.0)
        };
        [
            share * mean,
            share * second * mean * mean,
            share * third * mean.powi(3),
        ]
    }
}

/// What the queries of a request meet at the servers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Queries {
    /// How many, on average; mean seconds that each of them waits, and share that waits at all.
    pub count: f64,
    pub wait: f64,
    pub waits: f64,
}

impl Queries {
    /// Mean seconds of all of them.
    pub(super) fn mean(&self, time: &Dist) -> f64 {
        self.count * (time.mean() + self.wait)
    }
}

/// The long run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Database {
    /// Wait for a connection of those that get one.
    pub wait: Wait,
    /// Share that gave up waiting for one.
    pub lost: f64,
    /// Connections in use.
    pub used: f64,
    /// Busy share of the busiest server.
    pub busiest: f64,
    pub read: Queries,
    pub write: Queries,
}

/// What the servers do with 1, 2, … connections in use, by what tells it from another.
#[derive(Default)]
pub(super) struct Known {
    found: BTreeMap<Vec<u64>, Vec<Inside>>,
}

impl Known {
    /// Goes through the numbers of connections, unless that was done.
    fn look(&mut self, load: &Load, most: usize) -> &[Inside] {
        let mut key = vec![
            u64::from(load.parallel),
            most as u64,
            load.queries.to_bits(),
        ];
        for server in load.servers {
            key.extend([server.count.to_bits(), server.visits.to_bits()]);
        }
        if self.found.len() >= MOST_KNOWN && !self.found.contains_key(&key) {
            self.found.clear();
        }
        self.found.entry(key).or_insert_with(|| {
            let mut inside: Vec<Inside> = Vec::new();
            for connections in 1..=most {
                let more = next(load, inside.last(), connections as f64);
                inside.push(more);
            }
            inside
        })
    }
}

/// What the servers do with so many connections in use.
struct Inside {
    /// Requests per second.
    rate: f64,
    /// By server: mean wait before a query.
    waits: Vec<f64>,
    /// Mean wait before a query of a read and of a write, and share of them that waits.
    read: (f64, f64),
    write: (f64, f64),
}

/// One connection more than `before`.
fn next(load: &Load, before: Option<&Inside>, connections: f64) -> Inside {
    let secs = load.time.mean();
    let servers = f64::from(load.parallel);
    let alone = load.servers.iter().map(|s| s.count).sum::<f64>() <= 1.0;
    let waits: Vec<(f64, f64)> = load
        .servers
        .iter()
        .enumerate()
        .map(|(at, server)| match before {
            // The one server takes as many at once as it can.
            Some(_) if load.parallel > 0 && alone => {
                let queue = (connections - servers).max(0.0);
                (secs / servers * queue, f64::from(queue > 0.0))
            }
            Some(inside) if load.parallel > 0 && connections > servers => {
                let arrives = inside.rate * server.visits;
                let busy = (arrives * secs / servers).min(1.0);
                let waits = if busy < 1.0 {
                    erlang_c(u64::from(load.parallel), busy * servers).unwrap_or(1.0)
                } else {
                    1.0
                };
                let queue = arrives * inside.waits.get(at).copied().unwrap_or(0.0);
                (secs / servers * (queue + waits), waits)
            }
            _ => (0.0, 0.0),
        })
        .collect();
    let hold = load.queries * secs
        + load
            .servers
            .iter()
            .zip(&waits)
            .map(|(server, (wait, _))| server.count * server.visits * wait)
            .sum::<f64>();
    let over = |wanted: &dyn Fn(&Server) -> bool| {
        let mut sums = (0.0, 0.0, 0.0);
        for (server, (wait, share)) in load.servers.iter().zip(&waits) {
            if wanted(server) {
                let part = server.count * server.visits;
                sums = (sums.0 + part, sums.1 + part * wait, sums.2 + part * share);
            }
        }
        (sums.1 / sums.0.max(1e-300), sums.2 / sums.0.max(1e-300))
    };
    Inside {
        rate: connections / hold.max(1e-12),
        read: over(&|s| s.reads),
        write: over(&|s| s.writes),
        waits: waits.into_iter().map(|(wait, _)| wait).collect(),
    }
}

impl Database {
    pub(super) fn new(load: &Load, known: &mut Known) -> Self {
        let places = load.connections.min(load.most).floor();
        if places < 1.0 {
            return Self {
                lost: f64::from(load.per_sec > 0.0),
                ..Self::default()
            };
        }
        let one_by_one = if load.parallel > 0 {
            places as usize
        } else {
            1
        };
        let inside = known.look(load, one_by_one.min(MOST_STATES));
        let alone = inside.first().map_or(1.0, |i| i.rate);
        // Without a bound of the servers every connection does as much as one; beyond the states that were gone through
        // the servers are full.
        let rate = |n: usize| match inside.get(n - 1) {
            Some(inside) => inside.rate,
            None if load.parallel == 0 => n as f64 * alone,
            None => inside.last().map_or(alone, |i| i.rate),
        };
        let full = rate(places as usize);
        let (mut weight, mut total, mut used) = (1.0_f64, 1.0_f64, 0.0_f64);
        let (mut last, mut passing) = (1.0_f64, vec![0.0; inside.len()]);
        for n in 1..=places as usize {
            last = weight;
            weight *= load.per_sec / rate(n);
            if n < places as usize {
                total += weight;
                used += weight * n as f64;
            }
            let at = (n - 1).min(inside.len().saturating_sub(1));
            if let Some(slot) = passing.get_mut(at) {
                // Those who find one connection less in use.
                *slot += last;
            }
            if total > 1e150 {
                for sum in [&mut weight, &mut total, &mut used, &mut last] {
                    *sum *= 1e-150;
                }
                for slot in &mut passing {
                    *slot *= 1e-150;
                }
            }
        }
        // Beyond: all connections in use. The wait falls (or rises) exponentially and ends with patience, or when
        // every worker waits: before that, what waits in front of the workers and behind them is one queue.
        let spare = full - load.per_sec;
        let room = if load.full || spare <= 0.0 {
            (load.most - places).max(0.0) / full
        } else {
            f64::INFINITY
        };
        let most = room.min(load.patience);
        // Far beyond capacity those who wait outweigh all others by more than a number can hold: everything is counted
        // in units of the last of them.
        let beyond = Some(-spare * most).filter(|x| *x > 100.0);
        let unit = beyond.map_or(1.0, |x| (-x).exp());
        for sum in passing.iter_mut().chain([&mut total, &mut used]) {
            *sum *= unit;
        }
        let area = beyond.map_or_else(|| cut_area(spare, most), |_| (1.0 - unit) / -spare);
        let waiting = last * load.per_sec * area;
        let lost = if load.patience.is_finite() && load.patience <= room {
            let least = beyond.map_or_else(|| (-spare * most).exp(), |_| 1.0);
            last * load.per_sec * least / full
        } else {
            0.0
        };
        let all = total + waiting + lost;
        if let Some(slot) = passing.last_mut() {
            *slot += waiting;
        }
        let served = (total + waiting).max(1e-300);
        let spread = variation(load, full, places);
        let rate = spare / spread;
        let cut = (rate * most < 12.0).then_some((most, rate));
        let answers = Self {
            wait: Wait {
                share: waiting / served,
                mean: cut_mean(rate, most),
                cut,
            },
            lost: lost / all,
            used: (used + places * (waiting + lost)) / all,
            ..Self::default()
        };
        answers.with_times(load, inside, &passing)
    }

    /// Times of the queries, over all numbers of connections that requests find in use.
    fn with_times(mut self, load: &Load, inside: &[Inside], passing: &[f64]) -> Self {
        let all = passing.iter().sum::<f64>();
        let (mut read, mut write) = ((0.0, 0.0), (0.0, 0.0));
        for (inside, weight) in inside.iter().zip(passing) {
            let part = weight / all;
            read = (read.0 + part * inside.read.0, read.1 + part * inside.read.1);
            write = (
                write.0 + part * inside.write.0,
                write.1 + part * inside.write.1,
            );
        }
        let done = load.per_sec * (1.0 - self.lost);
        if load.parallel > 0 {
            self.busiest = load
                .servers
                .iter()
                .map(|s| done * s.visits * load.time.mean() / f64::from(load.parallel))
                .fold(0.0, f64::max)
                .min(1.0);
        }
        let served = |wanted: &dyn Fn(&Server) -> bool, (wait, waits): (f64, f64)| {
            if load.servers.iter().any(wanted) {
                Queries {
                    count: load.queries,
                    wait,
                    waits,
                }
            } else {
                Queries::default()
            }
        };
        self.read = served(&|s| s.reads, read);
        self.write = served(&|s| s.writes, write);
        self
    }
}

/// Integral of e^(−rate·t) from 0 to `most`.
fn cut_area(rate: f64, most: f64) -> f64 {
    let x = rate * most;
    if x.abs() < 1e-6 {
        most
    } else {
        -(-x.clamp(-600.0, 600.0)).exp_m1() / rate
    }
}

/// Mean of the exponential of this rate (it may rise) between 0 and `most`.
fn cut_mean(rate: f64, most: f64) -> f64 {
    let x = (rate * most).clamp(-600.0, 600.0);
    if most <= 0.0 {
        0.0
    } else if x >= 600.0 {
        1.0 / rate
    } else if x.abs() < 1e-4 {
        most * (0.5 - x / 12.0)
    } else {
        most * (1.0 / x - 1.0 / x.exp_m1())
    }
}

/// How much longer or shorter the wait for a connection is because of how times vary: half of one and the squared
/// coefficient of variation (M/G/c), of all queries where connections are the limit, of one where the servers are.
fn variation(load: &Load, full: f64, places: f64) -> f64 {
    let one = load.time.variation();
    let hold = load.queries * load.time.mean();
    let by_connections = (full * hold / places).clamp(0.0, 1.0);
    let all = one / load.queries.max(1.0);
    f64::midpoint(1.0, one + (all - one) * by_connections).max(0.05)
}

/// Time of all queries of a request, in pieces (share, from, to) within which it is even: mean and variance of the sum,
/// as a gamma distribution; a single query without a wait is what it is.
pub(super) fn times(time: &Dist, queries: &Queries) -> Vec<(f64, f64, f64)> {
    let Queries {
        count: queries,
        wait,
        waits: share,
    } = *queries;
    let secs = time.mean();
    if queries <= 0.0 || secs <= 0.0 {
        return vec![(1.0, 0.0, 0.0)];
    }
    let several = queries.max(1.0);
    let each = secs + wait;
    // Some wait, exponentially: variance of the wait is (2/share − 1)·mean².
    let varied =
        secs * secs * time.variation() + wait * wait * (2.0 / share.clamp(1e-9, 1.0) - 1.0);
    let more = several.fract();
    let mean = several * each;
    let square = (several * varied + more * (1.0 - more) * each * each) / (mean * mean);
    let mut out = if square < STEADY {
        vec![(1.0, mean, mean)]
    } else if several <= 1.0 && wait < 0.02 * secs {
        even(mean, |secs| share_within(time, secs))
    } else {
        let shape = 1.0 / square;
        even(mean, |secs| {
            if secs > 0.0 {
                gamma_lr(shape, secs * shape / mean)
            } else {
                0.0
            }
        })
    };
    // Less than one query a request: the rest have none.
    if queries < 1.0 {
        for piece in &mut out {
            piece.0 *= queries;
        }
        out.push((1.0 - queries, 0.0, 0.0));
    }
    out
}

/// A distribution in pieces within which it is even, with its mean.
fn even(mean: f64, cdf: impl Fn(f64) -> f64) -> Vec<(f64, f64, f64)> {
    let bins = Bins::new(mean * 1e-4, mean * 1e4);
    let mut edges: Vec<f64> = SHARES
        .iter()
        .map(|share| {
            if *share > 0.0 {
                bins.quantile(*share, |at| cdf(bins.edge(at)))
            } else {
                0.0
            }
        })
        .collect();
    edges.push(edges.last().map_or(mean, |last| last * 1.2));
    let shares = SHARES.iter().skip(1).chain(&[1.0]);
    let mut out: Vec<(f64, f64, f64)> = edges
        .iter()
        .zip(edges.iter().skip(1))
        .zip(SHARES.iter().zip(shares))
        .map(|((from, to), (below, above))| (above - below, *from, *to))
        .collect();
    let found: f64 = out
        .iter()
        .map(|(share, from, to)| share * f64::midpoint(*from, *to))
        .sum();
    let factor = if found > 0.0 { mean / found } else { 1.0 };
    for piece in &mut out {
        *piece = (piece.0, piece.1 * factor, piece.2 * factor);
    }
    out
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
