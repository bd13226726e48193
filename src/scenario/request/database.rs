//! The database behind the instances: connections, and the servers of shards and replicas with their queues.

use std::collections::VecDeque;

use crate::scenario::model::{Database, Pool, Shards};

use super::random::Stream;
use super::rebalance::Rebalance;
use super::sample::Sampler;

/// Keys of a skewed distribution that are looked at one by one; the rest is even.
const MOST_KEYS: u64 = 200_000;

/// Connections, over all instances.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    settings: Pool,
    /// Bound of the moment.
    most: u32,
    pub used: u32,
    /// Free ones, longest unused first: since when, and when each was opened.
    idle: VecDeque<(f64, f64)>,
    /// Jobs that wait for one: place, generation, and until when.
    pub waiting: VecDeque<(u32, u32, f64)>,
}

impl Connections {
    fn new(settings: &Pool) -> Self {
        let least = settings.min_connections.min(settings.max_connections);
        let lifetime = settings.max_lifetime.max(0.0);
        Self {
            settings: *settings,
            most: settings.max_connections,
            used: 0,
            // Of even ages, so that they are not all renewed at one time.
            idle: (0..least)
                .map(|i| (0.0, -lifetime * f64::from(i) / f64::from(least)))
                .collect(),
            waiting: VecDeque::new(),
        }
    }

    /// Takes a connection: when it was opened, and seconds until it can be used; `None` where all are in use.
    pub(super) fn take(&mut self, now: f64) -> Option<(f64, f64)> {
        if self.used >= self.most {
            return None;
        }
        self.used += 1;
        while self.idle.len() as u64 + u64::from(self.used)
            > u64::from(self.settings.min_connections)
            && self
                .idle
                .front()
                .is_some_and(|(since, _)| now - since > self.settings.idle_timeout)
        {
            self.idle.pop_front();
        }
        let connect = self.settings.connect.max(0.0);
        Some(match self.idle.pop_back() {
            Some((_, opened)) if now - opened <= self.settings.max_lifetime => (opened, 0.0),
            _ => (now + connect, connect),
        })
    }

    /// A connection is free again.
    pub(super) fn give_back(&mut self, now: f64, opened: f64) {
        self.used = self.used.saturating_sub(1);
        if u64::from(self.used) + (self.idle.len() as u64) < u64::from(self.most) {
            self.idle.push_back((now, opened));
        }
    }

    /// Only so many from now on; `None` for as many as configured.
    pub(super) fn bound(&mut self, most: Option<u32>) {
        let configured = self.settings.max_connections;
        self.most = most.map_or(configured, |most| most.min(configured));
        let room = self.most.saturating_sub(self.used) as usize;
        self.idle.truncate(room);
    }

    /// Seconds a request waits for one before it fails.
    pub(super) fn patience(&self) -> f64 {
        self.settings.acquire_timeout.unwrap_or(f64::INFINITY)
    }
}

/// A server of a shard: the primary or a replica.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    pub busy: u32,
    pub queue: VecDeque<u32>,
}

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub connections: Connections,
    pub time: Sampler,
    queries: f64,
    /// Queries at once of one server; 0 without bound.
    pub parallel: u32,
    /// Share of the keys up to and with each shard.
    pub shards: Vec<f64>,
    /// Until keys were moved away from the fullest one.
    pub rebalance: Option<Rebalance>,
    /// Shard by shard: the primary and its replicas.
    pub servers: Vec<Server>,
    replicas: u32,
    /// Replicas that answer at the moment, of each shard.
    pub replicas_lost: u32,
    /// Too far behind to be read from.
    pub lagging: bool,
    /// No primary at the moment.
    pub headless: bool,
    /// Replicas that became primaries.
    pub promoted: u32,
}

/// Share of the requests of each shard before keys are moved.
fn shard_shares(shards: &Shards) -> Vec<f64> {
    let count = shards.count.max(1) as usize;
    let even = 1.0 / count as f64;
    let mut shares = vec![even; count];
    if shards.skew > 0.0 && count > 1 {
        shares = vec![0.0; count];
        let keys = (shards.keys.max(1.0) as u64).max(1);
        let listed = keys.min(MOST_KEYS);
        let weight = |key: u64| (key as f64).powf(-shards.skew);
        for key in 1..=listed {
            let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            if let Some(share) = shares.get_mut(hash as usize % count) {
                *share += weight(key);
            }
        }
        // The tail by its integral, spread evenly: its keys are many and small.
        if keys > listed {
            let tail: f64 = if (shards.skew - 1.0).abs() < 1e-9 {
                (keys as f64 / listed as f64).ln()
            } else {
                let power = 1.0 - shards.skew;
                ((keys as f64).powf(power) - (listed as f64).powf(power)) / power
            };
            for share in &mut shares {
                *share += tail * even;
            }
        }
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// Share of the keys up to and with each shard.
pub(super) fn sums(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let added = shares.iter().map(|share| {
        sum += share;
        sum
    });
    added.collect()
}

impl Store {
    pub(super) fn new(database: &Database) -> Self {
        let shards = shard_shares(&database.shards);
        let nodes = shards.len() * (1 + database.replicas.count as usize);
        Self {
            connections: Connections::new(&database.pool),
            time: Sampler::new(&database.time),
            queries: if database.queries.is_finite() {
                database.queries.max(0.0)
            } else {
                0.0
            },
            parallel: database.parallel,
            shards: sums(&shards),
            rebalance: Rebalance::new(&database.shards, &shards),
            servers: vec![Server::default(); nodes],
            replicas: database.replicas.count,
            replicas_lost: 0,
            lagging: database.replicas.count > 0
                && database.replicas.lag > database.replicas.lag_threshold,
            headless: false,
            promoted: 0,
        }
    }

    /// Queries of a request; the fraction is that share of the requests with one more.
    pub(super) fn queries(&self, stream: &mut Stream) -> u16 {
        let whole = self.queries.floor();
        let more = stream.happens(self.queries - whole);
        (whole as u16).saturating_add(u16::from(more))
    }

    /// Replicas of each shard that are read from.
    fn readable(&self) -> u32 {
        let left = self
            .replicas
            .saturating_sub(self.replicas_lost)
            .saturating_sub(self.promoted);
        if self.lagging { 0 } else { left }
    }

    /// The server that answers the next query; `None` where none can.
    pub(super) fn server(&mut self, write: bool, stream: &mut Stream) -> Option<u32> {
        let share = stream.share();
        let shard = self.shards.iter().position(|s| share < *s);
        let shard = shard.unwrap_or(self.shards.len().saturating_sub(1));
        if let Some(rebalance) = &mut self.rebalance {
            rebalance.saw(shard);
        }
        let readable = self.readable();
        let node = if !write && readable > 0 {
            1 + stream.below(readable as usize)
        } else if self.headless {
            return None;
        } else {
            0
        };
        Some((shard * (1 + self.replicas as usize) + node) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    #[test]
    fn connections_are_opened_kept_renewed_and_bounded() {
        let mut pool = Connections::new(&Pool {
            min_connections: 1,
            max_connections: 3,
            idle_timeout: 10.0,
            max_lifetime: 100.0,
            connect: 0.5,
            acquire_timeout: None,
        });
        let (first, wait) = pool.take(1.0).unwrap();
        assert!(wait.abs() < 1e-12);
        let (second, wait) = pool.take(1.0).unwrap();
        assert!((wait - 0.5).abs() < 1e-12);
        assert!(pool.take(1.0).is_some() && pool.take(1.0).is_none());
        pool.give_back(2.0, second);
        pool.give_back(2.0, first);
        // Both unused for longer than ten seconds: one is in use already, so neither is kept.
        assert!((pool.take(20.0).unwrap().1 - 0.5).abs() < 1e-12);
        pool.give_back(21.0, 20.5);
        assert!(pool.take(22.0).unwrap().1.abs() < 1e-12);
        pool.give_back(25.0, -80.0);
        // Too old by now.
        assert!((pool.take(26.0).unwrap().1 - 0.5).abs() < 1e-12);
        pool.bound(Some(1));
        assert!(pool.take(27.0).is_none());
        pool.bound(None);
        assert!(pool.take(27.0).is_some());
    }

    #[test]
    fn skew_fills_one_shard() {
        let shares = |skew| {
            shard_shares(&Shards {
                count: 8,
                skew,
                keys: 10_000.0,
                rebalance_at: Some(1.2),
            })
        };
        let most = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
        assert!((most(&shares(0.0)) - 0.125).abs() < 1e-12);
        // The first of 10,000 Zipf keys alone has 1/H(10,000) = 10.2 %.
        let skewed = shares(1.0);
        assert!((0.17..0.4).contains(&most(&skewed)), "{skewed:?}");
        let sums = sums(&skewed);
        assert!((sums[7] - 1.0).abs() < 1e-9 && sums.is_sorted());
    }

    #[test]
    fn reads_go_to_replicas_that_keep_up() {
        let mut database = Database {
            queries: 2.5,
            ..Database::default()
        };
        database.replicas.count = 2;
        let mut store = Store::new(&database);
        let mut stream = Stream::new(1, 0, Purpose::Database);
        let mut nodes = |store: &mut Store, write| {
            let mut seen: Vec<Option<u32>> =
                (0..50).map(|_| store.server(write, &mut stream)).collect();
            seen.sort_unstable();
            seen.dedup();
            seen
        };
        assert_eq!(nodes(&mut store, false), [Some(1), Some(2)]);
        assert_eq!(nodes(&mut store, true), [Some(0)]);
        store.replicas_lost = 1;
        assert_eq!(nodes(&mut store, false), [Some(1)]);
        store.lagging = true;
        assert_eq!(nodes(&mut store, false), [Some(0)]);
        store.headless = true;
        assert_eq!(nodes(&mut store, false), [None]);
        let mut stream = Stream::new(1, 0, Purpose::Chores);
        let mean = (0..1000)
            .map(|_| f64::from(store.queries(&mut stream)))
            .sum::<f64>()
            / 1000.0;
        assert!((mean - 2.5).abs() < 0.08);
    }
}
