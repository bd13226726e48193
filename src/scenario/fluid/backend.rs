//! Time a worker is held by what lies behind it: cache lookups, a connection, the database's servers with their
//! queues. How much is done and how long it is held depend on each other; the balance is found anew when the load or
//! the backend has changed.
//!
//! Waiting for a connection and at a server are M/M/c; reads go to the replicas that keep up, writes to the primary, and
//! the hottest shard decides. After a flush a cache fills by the reads that reach it: of k keys a share (1 − 1/k)ⁿ has
//! not been asked for after n.

use crate::analysis::queueing::erlang_c;
use crate::scenario::model::{Database, FaultKind, Shards};

use super::plan::Plan;
use super::work;

/// Keys of a skewed distribution that are looked at one by one.
const MOST_KEYS: u32 = 100_000;
/// Parts the time of a query is written in.
const PARTS: usize = 6;
/// Servers and pools are never fuller in the formulas.
const FULLEST: f64 = 0.9995;
/// The time workers are held is followed in steps of this share.
const GRAIN: f64 = 0.02;
/// The balance is found anew when the load has changed by this share.
const MOVED: f64 = 0.01;

#[derive(Clone, Debug)]
struct Layer {
    name: String,
    hit_ratio: f64,
    latency: f64,
    keys: f64,
    /// Share of its keys that a flush has emptied and nobody asked for since.
    cold: f64,
}

/// What a request spends behind its worker, by class: (share, seconds).
pub(super) type Later = Vec<Vec<(f64, f64)>>;

/// Caches and database at the moment.
pub(super) struct Backend {
    layers: Vec<Layer>,
    database: Option<Database>,
    shards: Vec<f64>,
    /// (until, what) of the faults that hold.
    holding: Vec<(f64, FaultKind)>,
    /// Requests per second for which the balance was found, and without which it is to be found.
    settled_for: Option<f64>,
    /// Steps of [`GRAIN`] of the time held.
    level: i64,
    pub later: Later,
    /// Requests per second that go behind all caches, by one request per second; and shares of requests that fail there.
    misses: f64,
    connection_secs: f64,
    pub fails: f64,
    /// Share of the reads that caches answered.
    pub hits: Option<f64>,
}

/// Share of the requests of each shard: Zipf keys by hash, no more than the share from which keys are moved away.
fn shard_shares(shards: &Shards) -> Vec<f64> {
    let count = shards.count.clamp(1, 100_000) as usize;
    let even = 1.0 / count as f64;
    let mut shares = vec![even; count];
    if shards.skew > 0.0 && count > 1 {
        shares = vec![0.0; count];
        let keys = shards.keys.clamp(1.0, f64::from(MOST_KEYS)) as u64;
        for key in 1..=keys {
            let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            if let Some(share) = shares.get_mut(hash as usize % count) {
                *share += (key as f64).powf(-shards.skew);
            }
        }
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
    }
    if let Some(times) = shards.rebalance_at {
        let most = (times.max(1.0) * even).min(1.0);
        let excess: f64 = shares.iter().map(|s| (s - most).max(0.0)).sum();
        let room: f64 = shares.iter().map(|s| (most - s).max(0.0)).sum();
        for share in &mut shares {
            *share = if *share > most || room <= 0.0 {
                share.min(most)
            } else {
                *share + (most - *share) * excess / room
            };
        }
    }
    shares
}

/// Mean wait at a station of `servers`, seconds, of so many requests per second that take `secs` each.
fn wait(servers: f64, per_sec: f64, secs: f64) -> f64 {
    if servers <= 0.0 || per_sec <= 0.0 || secs <= 0.0 {
        return 0.0;
    }
    let load = (per_sec * secs / servers).min(FULLEST);
    let delayed = erlang_c(servers as u64, load * servers).unwrap_or(1.0);
    delayed * secs / (servers * (1.0 - load))
}

impl Backend {
    /// `None` where nothing lies behind the workers.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let backend = &plan.scenario.backend;
        if backend.caches.is_empty() && backend.database.is_none() {
            return None;
        }
        Some(Self {
            layers: backend
                .caches
                .iter()
                .map(|layer| Layer {
                    name: layer.name.clone(),
                    hit_ratio: layer.hit_ratio.clamp(0.0, 1.0),
                    latency: layer.latency.max(0.0),
                    keys: layer.keys.max(1.0),
                    cold: 0.0,
                })
                .collect(),
            shards: backend.database.as_ref().map_or_else(Vec::new, |d| {
                shard_shares(&Shards {
                    rebalance_at: None,
                    ..d.shards
                })
            }),
            database: backend.database.clone(),
            holding: Vec::new(),
            settled_for: None,
            level: i64::MIN,
            later: Vec::new(),
            misses: 0.0,
            connection_secs: 0.0,
            fails: 0.0,
            hits: (!backend.caches.is_empty()).then_some(0.0),
        })
    }

    /// Keys move away from shards that are too full: the share of the fullest before and after, where it changes.
    pub(super) fn move_keys(&mut self, shards: &Shards) -> Option<(f64, f64)> {
        let fullest = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
        let before = fullest(&self.shards);
        self.shards = shard_shares(shards);
        self.settled_for = None;
        let after = fullest(&self.shards);
        (before > after + 1e-12).then_some((before, after))
    }

    /// Which time held this is, for those that keep what follows from it.
    pub(super) fn key(&self) -> u64 {
        self.level as u64
    }

    /// A fault of the backend begins; whether it is one.
    pub(super) fn fault(&mut self, kind: &FaultKind, at: f64, until: f64) -> bool {
        match kind {
            FaultKind::CacheFlush { layer } => {
                for cache in &mut self.layers {
                    if layer.as_ref().is_none_or(|name| *name == cache.name) {
                        cache.cold = 1.0;
                    }
                }
            }
            FaultKind::PrimaryLost => {
                let takes_over = self
                    .database
                    .as_ref()
                    .filter(|d| d.replicas.failover && d.replicas.count > 0)
                    .map_or(f64::INFINITY, |d| at + d.replicas.failover_time.max(0.0));
                self.holding.push((until.min(takes_over), kind.clone()));
            }
            FaultKind::PoolLimit { .. }
            | FaultKind::ReplicasLost { .. }
            | FaultKind::ReplicaLag { .. } => self.holding.push((until, kind.clone())),
            _ => return false,
        }
        self.settled_for = None;
        true
    }

    /// Reads of a step reach the caches, and faults end.
    pub(super) fn pass(&mut self, at: f64, reads: f64) {
        let held = self.holding.len();
        self.holding.retain(|(until, _)| *until > at);
        if self.holding.len() != held {
            self.settled_for = None;
        }
        let mut reaching = reads;
        for layer in &mut self.layers {
            if layer.cold > 0.0 {
                let before = layer.cold;
                layer.cold *= (reaching * (-1.0 / layer.keys).ln_1p()).exp();
                if layer.cold < 1e-6 {
                    layer.cold = 0.0;
                }
                if (before - layer.cold) > 0.005 || layer.cold <= 0.0 {
                    self.settled_for = None;
                }
            }
            reaching *= 1.0 - layer.hit_ratio * (1.0 - layer.cold);
        }
    }

    /// Finds the balance for so many requests per second, `workers` and the mean time at a worker; whether the time
    /// held changed.
    pub(super) fn settle(&mut self, plan: &Plan, per_sec: f64, workers: f64, secs: f64) -> bool {
        if let Some(before) = self.settled_for
            && (per_sec - before).abs() <= MOVED * before.max(1e-9)
        {
            return false;
        }
        self.settled_for = Some(per_sec);
        let can = |this: &mut Self, done: f64| {
            this.look(plan, done);
            workers / (secs + this.mean(plan)).max(1e-12)
        };
        if can(self, per_sec) < per_sec {
            let (mut low, mut high) = (0.0, per_sec);
            for _ in 0..30 {
                let middle = f64::midpoint(low, high);
                if can(self, middle) < middle {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            can(self, low);
        }
        let level = ((secs + self.mean(plan)).max(1e-12).ln() / GRAIN).round() as i64;
        let changed = level != self.level;
        self.level = level;
        changed
    }

    /// Mean time behind a worker over the mix.
    fn mean(&self, plan: &Plan) -> f64 {
        plan.classes
            .iter()
            .zip(&self.later)
            .map(|(class, later)| {
                class.share * later.iter().map(|(share, secs)| share * secs).sum::<f64>()
            })
            .sum()
    }

    /// Times behind the worker with so many requests done per second.
    fn look(&mut self, plan: &Plan, per_sec: f64) {
        let writes: f64 = plan.classes.iter().map(|c| c.share * c.writes).sum();
        let mut found = Vec::with_capacity(self.layers.len());
        let (mut reach, mut passed) = (1.0, 0.0);
        for layer in &self.layers {
            passed += layer.latency;
            let hit = layer.hit_ratio * (1.0 - layer.cold);
            found.push((reach * hit, passed));
            reach *= 1.0 - hit;
        }
        if self.hits.is_some() {
            self.hits = Some(1.0 - reach);
        }
        self.misses = writes + (1.0 - writes) * reach;
        let (read, write) = self.queries(per_sec * (1.0 - writes) * reach, per_sec * writes);
        let behind = |secs: f64, before: f64, parts: &[f64]| -> Vec<(f64, f64)> {
            parts
                .iter()
                .map(|part| (1.0 / parts.len() as f64, before + secs * part))
                .collect()
        };
        let parts = self
            .database
            .as_ref()
            .filter(|d| d.time.mean() > 0.0)
            .map_or_else(
                || vec![1.0],
                |d| {
                    let even = d.queries.max(1.0).sqrt();
                    work::points(&d.time, PARTS)
                        .into_iter()
                        .map(|secs| (1.0 + (secs / d.time.mean() - 1.0) / even).max(0.0))
                        .collect()
                },
            );
        self.later = plan
            .classes
            .iter()
            .map(|class| {
                let reads = 1.0 - class.writes;
                let mut out: Vec<(f64, f64)> = found
                    .iter()
                    .map(|(share, secs)| (reads * share, *secs))
                    .collect();
                for (share, secs, before) in
                    [(reads * reach, read, passed), (class.writes, write, 0.0)]
                {
                    if share > 0.0 {
                        out.extend(
                            behind(secs, before, &parts)
                                .into_iter()
                                .map(|(part, secs)| (share * part, secs)),
                        );
                    }
                }
                out
            })
            .collect();
    }

    /// Seconds of all queries of a read and of a write that go to the database so many times a second.
    fn queries(&mut self, reads: f64, writes: f64) -> (f64, f64) {
        let Some(database) = &self.database else {
            return (0.0, 0.0);
        };
        let mut connections = f64::from(database.pool.max_connections);
        let (mut lost, mut lag, mut headless) = (0, database.replicas.lag, false);
        for (_, fault) in &self.holding {
            match fault {
                FaultKind::PoolLimit { connections: left } => {
                    connections = connections.min(f64::from(*left));
                }
                FaultKind::ReplicasLost { count } => lost += count,
                FaultKind::ReplicaLag { lag: behind } => lag = behind.max(lag),
                FaultKind::PrimaryLost => headless = true,
                _ => {}
            }
        }
        let mut replicas = f64::from(database.replicas.count.saturating_sub(lost));
        if lag > database.replicas.lag_threshold {
            replicas = 0.0;
        }
        let (secs, parallel) = (database.time.mean(), f64::from(database.parallel));
        let (queries, mut read, mut write) = (database.queries.max(0.0), 0.0, 0.0);
        for share in &self.shards {
            let (reads, writes) = (reads * queries * share, writes * queries * share);
            let primary = writes + if replicas > 0.0 { 0.0 } else { reads };
            let at_primary = wait(parallel, primary, secs);
            write += share * (at_primary + secs);
            read += share
                * if replicas > 0.0 {
                    wait(parallel, reads / replicas, secs) + secs
                } else {
                    at_primary + secs
                };
        }
        let (read, write) = (read * queries, write * queries);
        let all = reads + writes;
        self.connection_secs = if all > 0.0 {
            (reads * read + writes * write) / all
        } else {
            read
        };
        let pool = wait(connections, all, self.connection_secs);
        let unserved = if headless && all > 0.0 {
            let reads_too = if replicas > 0.0 { 0.0 } else { reads };
            (writes + reads_too) / all
        } else {
            0.0
        };
        // Those that find no connection in time fail; waits are exponential.
        let patience = database.pool.acquire_timeout.unwrap_or(f64::INFINITY);
        let late = if connections <= 0.0 {
            1.0
        } else if pool > 0.0 {
            (-patience / pool).exp()
        } else {
            0.0
        };
        self.fails = self.misses * (unserved + (1.0 - unserved) * late);
        let pool = pool.min(patience);
        (read + pool, write + pool)
    }

    /// Connections in use with so many requests finished per second.
    pub(super) fn connections(&self, per_sec: f64) -> Option<f64> {
        self.database
            .as_ref()
            .map(|_| per_sec * self.misses * self.connection_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_fills_one_shard_and_rebalancing_empties_it() {
        let shards = |skew, rebalance_at| {
            shard_shares(&Shards {
                count: 8,
                skew,
                keys: 10_000.0,
                rebalance_at,
            })
        };
        let most = |shares: Vec<f64>| shares.into_iter().fold(0.0, f64::max);
        assert!((most(shards(0.0, None)) - 0.125).abs() < 1e-12);
        // The first of 10,000 Zipf keys alone has 1/H(10,000) = 10.2 % of the requests.
        assert!((0.17..0.4).contains(&most(shards(1.0, None))));
        let moved = shards(1.0, Some(1.2));
        assert!((moved.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((most(moved) - 0.15).abs() < 1e-9);
    }

    /// M/M/4 at 0.8 of its capacity: C = 0.5964, wait C·s/(4·0.2).
    #[test]
    fn waits_at_the_servers_are_those_of_the_formula() {
        assert!((wait(4.0, 32.0, 0.1) - 0.596_432_5 * 0.1 / 0.8).abs() < 1e-8);
        assert!(wait(0.0, 10.0, 0.1).abs() < 1e-12);
    }
}
