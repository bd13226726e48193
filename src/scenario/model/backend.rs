//! What a request needs behind the instance: caches, a database with its pool, replicas and shards, a work queue. The
//! worker is held while it waits for them.

use serde::{Deserialize, Serialize};

use super::Dist;

/// A cache layer, nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CacheLayer {
    /// `l1`, `l2`, `l3`, or a name.
    pub name: String,
    /// Share of the reads that reach it which it answers when warm, 0..1.
    pub hit_ratio: f64,
    /// Seconds of a lookup, hit or miss.
    pub latency: f64,
    /// Seconds an entry lives; `None` for ever.
    pub ttl: Option<f64>,
    /// Different keys asked for; with the rate they say how fast it warms up after a flush.
    pub keys: f64,
}

impl Default for CacheLayer {
    fn default() -> Self {
        Self {
            name: "l1".to_owned(),
            hit_ratio: 0.85,
            latency: 0.001,
            ttl: None,
            keys: 10_000.0,
        }
    }
}

/// Connections to the database, over all instances.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// Kept open even when unused.
    pub min_connections: u32,
    /// No more are opened.
    pub max_connections: u32,
    /// Seconds until an unused connection is closed.
    pub idle_timeout: f64,
    /// Seconds until a connection is renewed.
    pub max_lifetime: f64,
    /// Seconds to open one.
    pub connect: f64,
    /// Seconds a request waits for a connection before it fails; `None` for ever.
    pub acquire_timeout: Option<f64>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            min_connections: 10,
            max_connections: 100,
            idle_timeout: 300.0,
            max_lifetime: 3600.0,
            connect: 0.005,
            acquire_timeout: Some(30.0),
        }
    }
}

/// Copies that answer reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Replicas {
    /// Copies of each shard, without the primary.
    pub count: u32,
    /// Seconds they are behind the primary, as usual.
    pub lag: f64,
    /// A replica further behind is not read from, seconds.
    pub lag_threshold: f64,
    /// One of them takes over when the primary is lost.
    pub failover: bool,
    /// Seconds until it has.
    pub failover_time: f64,
}

/// The data are spread by hash of a key.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shards {
    /// At least 1, which is no sharding.
    pub count: u32,
    /// Zipf exponent of the keys; 0 is even, 1 is strongly skewed.
    pub skew: f64,
    /// Different keys.
    pub keys: f64,
    /// Moves keys from the fullest shard once it had this many times its even share of the queries of a minute; `None`
    /// never.
    pub rebalance_at: Option<f64>,
}

impl Shards {
    /// Seconds between two looks at how full the shards are, from the beginning of the warm-up on.
    pub const LOOK_SECS: f64 = 60.0;
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            count: 1,
            skew: 0.0,
            keys: 10_000.0,
            rebalance_at: None,
        }
    }
}

/// A database behind the instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    /// Time of a query at a connection; waiting is not part of it.
    pub time: Dist,
    /// Queries per request that missed all caches, one after the other.
    pub queries: f64,
    /// Queries one shard's server works on at once; 0 for as many as there are connections.
    pub parallel: u32,
    /// Connections.
    pub pool: Pool,
    /// Copies that answer reads.
    pub replicas: Replicas,
    /// How the data are spread.
    pub shards: Shards,
}

/// Work that is done after the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkQueue {
    /// Share of the requests that leave a job, 0..1.
    pub share: f64,
    /// Time of a job.
    pub time: Dist,
    /// Jobs worked on at once.
    pub concurrency: u32,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Backend {
    /// Nearest first.
    pub caches: Vec<CacheLayer>,
    /// `None` where requests end at the instance.
    pub database: Option<Database>,
    /// `None` where no job is left behind.
    pub work_queue: Option<WorkQueue>,
}
