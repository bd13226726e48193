//! Time a worker is held by what lies behind it: cache lookups, a connection, the database's servers with their
//! queues. How much is done and how long it is held depend on each other; the balance is found anew when the load or
//! the backend has changed.
//!
//! Reads go to the replicas that keep up, writes to the primary, and the hottest shard decides. After a flush a cache
//! fills by the reads that reach it: of k keys a share (1 − 1/k)ⁿ has not been asked for after n, and a step sees the
//! mean of that over its reads.

use crate::scenario::model::{self, FaultKind};

use super::database::{self, Database, Known, Load, Server, Wait};
use super::plan::{ClassPlan, Plan};
use super::shards::{Rebalance, shard_shares};

/// The time workers are held is followed in steps of this share.
const GRAIN: f64 = 0.02;
/// The mix of reads and writes moves in steps of this share while a cache is cold.
const MIX_GRAIN: f64 = 0.05;
/// The balance is found anew when the load has changed by this share.
const MOVED: f64 = 0.01;

#[derive(Clone, Debug)]
struct Layer {
    name: String,
    hit_ratio: f64,
    latency: f64,
    keys: f64,
    /// Share of its keys that a flush has emptied and nobody asked for since: at the beginning of the step, at its end,
    /// and mean over it.
    begins: f64,
    ends: f64,
    cold: f64,
}

/// What becomes of a request behind its worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum After {
    /// A cache has it.
    Nothing,
    /// It needs a connection, for which it may have to wait.
    Connection,
    /// It gives up waiting for one, and fails.
    GivesUp,
}

/// Requests that spend some time behind their worker, even between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub share: f64,
    pub from: f64,
    pub to: f64,
    pub after: After,
}

/// What requests spend behind their workers.
pub(super) struct Later {
    /// By class.
    pub parts: Vec<Vec<Part>>,
    /// For a connection.
    pub wait: Wait,
}

/// What is asked of the workers and of what lies behind them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Asked {
    /// Requests per second.
    pub per_sec: f64,
    pub workers: f64,
    /// Mean time at a worker without what lies behind.
    pub secs: f64,
    /// Users who think for so long, where requests come from them.
    pub users: Option<(f64, f64)>,
}

/// Caches and database at the moment.
pub(super) struct Backend {
    layers: Vec<Layer>,
    database: Option<model::Database>,
    shards: Vec<f64>,
    rebalance: Option<Rebalance>,
    /// (until, what) of the faults that hold.
    holding: Vec<(f64, FaultKind)>,
    /// For what the balance was found, and without which it is to be found; and the most that can be done, where that is
    /// less than was asked for.
    settled_for: Option<Asked>,
    most: Option<f64>,
    /// What tells one balance from another: see [`Self::key`].
    balance: [i64; 4],
    known: Known,
    found: Database,
    /// Requests per second that go behind all caches, by one request per second; and shares of requests that fail there.
    misses: f64,
    pub fails: f64,
    /// Share of the reads that caches answered.
    pub hits: Option<f64>,
    /// Busy share of the connections or of the busiest server, whichever is more.
    pub busy: f64,
}

impl Backend {
    /// `None` where nothing lies behind the workers.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let backend = &plan.scenario.backend;
        if backend.caches.is_empty() && backend.database.is_none() {
            return None;
        }
        let shards = backend
            .database
            .as_ref()
            .map_or_else(Vec::new, |d| shard_shares(&d.shards));
        let database = backend.database.as_ref();
        Some(Self {
            rebalance: database.and_then(|d| Rebalance::new(&d.shards, &shards)),
            shards,
            layers: backend
                .caches
                .iter()
                .map(|layer| Layer {
                    name: layer.name.clone(),
                    hit_ratio: layer.hit_ratio.clamp(0.0, 1.0),
                    latency: layer.latency.max(0.0),
                    keys: layer.keys.max(1.0),
                    begins: 0.0,
                    ends: 0.0,
                    cold: 0.0,
                })
                .collect(),
            database: backend.database.clone(),
            holding: Vec::new(),
            settled_for: None,
            most: None,
            balance: [i64::MIN; 4],
            known: Known::default(),
            found: Database::default(),
            misses: 0.0,
            fails: 0.0,
            hits: (!backend.caches.is_empty()).then_some(0.0),
            busy: 0.0,
        })
    }

    /// Which balance this is, for those that keep what follows from it: mean time held, hits of the caches, share that
    /// waits for a connection and how long, each in steps of about 2 %.
    pub(super) fn key(&self) -> [u64; 4] {
        self.balance.map(|part| part as u64)
    }

    /// A fault of the backend begins; whether it is one.
    pub(super) fn fault(&mut self, kind: &FaultKind, at: f64, until: f64) -> bool {
        match kind {
            FaultKind::CacheFlush { layer } => {
                for cache in &mut self.layers {
                    if layer.as_ref().is_none_or(|name| *name == cache.name) {
                        cache.ends = 1.0;
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

    /// Keys move away from a shard that was too full: why. Asked once a step, with the requests of the step before.
    pub(super) fn rebalance(&mut self, at: f64, requests: f64) -> Option<String> {
        let queries = self.database.as_ref().map_or(0.0, |d| d.queries);
        let watch = self.rebalance.as_mut()?;
        if !watch.due(at, requests * queries) {
            return None;
        }
        let fullest = self.shards.iter().copied().fold(0.0, f64::max);
        let most = watch.most;
        self.shards = watch.moved(&self.shards);
        self.rebalance = None;
        self.settled_for = None;
        Some(format!(
            "the fullest shard answered {:.1} % of the queries of a minute; keys are moved until none has more than {:.1} %",
            fullest * 100.0,
            most * 100.0
        ))
    }

    /// A step begins: faults end, and caches have what they had at the end of the last.
    pub(super) fn begin(&mut self, at: f64) {
        let held = self.holding.len();
        self.holding.retain(|(until, _)| *until > at);
        if self.holding.len() != held {
            self.settled_for = None;
        }
        for layer in &mut self.layers {
            layer.begins = layer.ends;
        }
    }

    /// Whether a cache was emptied and is not full again.
    pub(super) fn is_cold(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.begins > 0.0 || layer.cold > 0.0)
    }

    /// So many reads of the step fill what was empty at its beginning.
    pub(super) fn fill(&mut self, reads: f64) {
        let mut reaching = reads;
        for layer in &mut self.layers {
            let before = layer.cold;
            // By so much, as a logarithm.
            let filled = -reaching * (-1.0 / layer.keys).ln_1p();
            layer.ends = layer.begins * (-filled).exp();
            if layer.ends < 1e-6 {
                layer.ends = 0.0;
            }
            layer.cold = if filled > 1e-9 {
                layer.begins * -(-filled).exp_m1() / filled
            } else {
                layer.begins
            };
            if (before - layer.cold).abs() > 0.002 {
                self.settled_for = None;
            }
            reaching *= 1.0 - layer.hit_ratio * (1.0 - layer.cold);
        }
    }

    /// Requests per second that get done of those asked for.
    pub(super) fn done(&self, asked: &Asked) -> f64 {
        self.most
            .map_or(asked.per_sec, |most| most.min(asked.per_sec))
    }

    /// Finds the balance; whether the time held changed.
    pub(super) fn settle(&mut self, plan: &Plan, asked: &Asked) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= MOVED * b.max(1e-9);
        if let Some(before) = self.settled_for
            && near(asked.workers, before.workers)
            && near(asked.secs, before.secs)
            && (near(asked.per_sec, before.per_sec)
                || asked.users.is_none()
                    && self.most.is_some_and(|most| {
                        asked.per_sec.min(before.per_sec) > most * (1.0 + MOVED)
                    }))
        {
            return false;
        }
        self.settled_for = Some(*asked);
        self.most = None;
        let can = |this: &mut Self, done: f64, full: bool| {
            this.look(plan, done, asked, full);
            let held = (asked.secs + this.mean(plan)).max(1e-12);
            let able = asked.workers / held;
            asked
                .users
                .map_or(able, |(users, think)| able.min(users / (think + held)))
        };
        let able = can(self, asked.per_sec, false);
        if able < asked.per_sec || able.is_nan() {
            let (mut low, mut high) = (0.0, asked.per_sec);
            for _ in 0..30 {
                let middle = f64::midpoint(low, high);
                if can(self, middle, true) < middle {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            can(self, low, true);
            self.most = Some(low);
        }
        let wait = self.found.wait;
        let steps = |value: f64| (value / GRAIN).round() as i64;
        let balance = [
            steps((asked.secs + self.mean(plan)).max(1e-12).ln()),
            steps(self.hits.unwrap_or(0.0)),
            steps(wait.share),
            steps((wait.share * wait.mean).max(asked.secs * GRAIN).ln() / 2.0),
        ];
        let changed = balance != self.balance;
        self.balance = balance;
        changed
    }

    /// Mean time behind a worker over the mix.
    fn mean(&self, plan: &Plan) -> f64 {
        let (mut reach, mut lookups) = (1.0, 0.0);
        for layer in &self.layers {
            lookups += reach * layer.latency;
            reach *= 1.0 - layer.hit_ratio * (1.0 - layer.cold);
        }
        let Some(database) = &self.database else {
            return (1.0 - plan.writes) * lookups;
        };
        let found = &self.found;
        let waits = found.wait.share * found.wait.mean;
        let gone = found.lost * self.patience().unwrap_or(0.0);
        let with = |secs: f64| (1.0 - found.lost) * (secs + waits) + gone;
        (1.0 - plan.writes) * (lookups + reach * with(found.read.mean(&database.time)))
            + plan.writes * with(found.write.mean(&database.time))
    }

    /// What the database comes to with so many requests done per second; whether all workers are busy.
    fn look(&mut self, plan: &Plan, per_sec: f64, asked: &Asked, full: bool) {
        let reach: f64 = self
            .layers
            .iter()
            .map(|layer| 1.0 - layer.hit_ratio * (1.0 - layer.cold))
            .product();
        if self.hits.is_some() {
            self.hits = Some(1.0 - reach);
        }
        self.misses = plan.writes + (1.0 - plan.writes) * reach;
        let (reads, writes) = (per_sec * (1.0 - plan.writes) * reach, per_sec * plan.writes);
        let most = asked
            .users
            .map_or(asked.workers, |(users, _)| asked.workers.min(users));
        self.ask(reads, writes, most, full);
    }

    /// What requests spend behind their workers now.
    pub(super) fn later(&self, plan: &Plan) -> Later {
        let mut hits = Vec::with_capacity(self.layers.len());
        let (mut reach, mut passed) = (1.0, 0.0);
        for layer in &self.layers {
            passed += layer.latency;
            let hit = layer.hit_ratio * (1.0 - layer.cold);
            hits.push((reach * hit, passed));
            reach *= 1.0 - hit;
        }
        let found = &self.found;
        let of = |queries| {
            self.database.as_ref().map_or_else(
                || vec![(1.0, 0.0, 0.0)],
                |database| database::times(&database.time, queries),
            )
        };
        let (read, write) = (of(&found.read), of(&found.write));
        let part = |share, from, to, after| Part {
            share,
            from,
            to,
            after,
        };
        let parts = |class: &ClassPlan| {
            let reads = 1.0 - class.writes;
            let mut out: Vec<Part> = hits
                .iter()
                .map(|(share, secs)| part(reads * share, *secs, *secs, After::Nothing))
                .collect();
            for (share, times, before) in
                [(reads * reach, &read, passed), (class.writes, &write, 0.0)]
            {
                if share <= 0.0 {
                    continue;
                }
                let gets = share * (1.0 - found.lost);
                out.extend(times.iter().map(|(of, from, to)| {
                    part(gets * of, before + from, before + to, After::Connection)
                }));
                if found.lost > 0.0 {
                    let ends = before + self.patience().unwrap_or(0.0);
                    out.push(part(share * found.lost, ends, ends, After::GivesUp));
                }
            }
            out
        };
        Later {
            parts: plan.classes.iter().map(parts).collect(),
            wait: found.wait,
        }
    }

    /// Seconds a request waits for a connection; `None` for ever.
    fn patience(&self) -> Option<f64> {
        let pool = self.database.as_ref().map(|d| d.pool)?;
        pool.acquire_timeout.map(|secs| secs.max(0.0))
    }

    /// The database with so many reads and writes a second of at most so many requests; `full` where all of them are
    /// there.
    fn ask(&mut self, reads: f64, writes: f64, most: f64, full: bool) {
        let Some(database) = &self.database else {
            return;
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
        // While a cache is cold the mix of reads and writes moves from step to step; followed in steps of 5 %.
        let odds = if self.is_cold() && writes > 0.0 && reads > 0.0 {
            ((reads / writes).ln() / MIX_GRAIN).round() * MIX_GRAIN
        } else {
            (reads / writes.max(1e-300)).max(1e-300).ln()
        };
        let of_writes = 1.0 / (1.0 + odds.exp());
        let of_reads = 1.0 - of_writes;
        let apart = replicas > 0.0;
        let queries = database.queries.max(0.0);
        // Without a primary its queries fail as soon as they have a connection.
        let at_primary = match (headless, apart) {
            (true, _) => 0.0,
            (false, true) => of_writes,
            (false, false) => 1.0,
        };
        let mut servers: Vec<Server> = Vec::new();
        for share in &self.shards {
            let primary = Server {
                count: 1.0,
                visits: share * at_primary * queries,
                reads: !apart,
                writes: true,
            };
            let replica = Server {
                count: replicas,
                visits: share * of_reads * queries / replicas.max(1.0),
                reads: true,
                writes: false,
            };
            for server in [(!headless).then_some(primary), apart.then_some(replica)]
                .into_iter()
                .flatten()
            {
                servers.push(server);
            }
        }
        let servers = database::grouped(servers);
        let unserved = match (headless, apart) {
            (true, true) => of_writes,
            (true, false) => 1.0,
            (false, _) => 0.0,
        };
        let load = Load {
            per_sec: reads + writes,
            time: &database.time,
            queries: queries * (1.0 - unserved),
            servers: &servers,
            parallel: database.parallel,
            connections,
            most,
            full,
            patience: self.patience().unwrap_or(f64::INFINITY),
        };
        let found = Database::new(&load, &mut self.known);
        self.fails = self.misses * (unserved + (1.0 - unserved) * found.lost);
        let in_use = if connections > 0.0 {
            found.used / connections
        } else {
            1.0
        };
        self.busy = in_use.max(found.busiest);
        self.found = found;
    }

    /// Connections in use; `None` without a database.
    pub(super) fn connections(&self) -> Option<f64> {
        self.database.as_ref().map(|_| self.found.used)
    }
}
