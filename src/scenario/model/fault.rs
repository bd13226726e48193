//! What fails, when, and for how long.

use serde::{Deserialize, Serialize};

/// A kind of fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FaultKind {
    /// So many instances die; requests on them are lost. `group` limits it to a region or zone.
    Kill {
        /// How many.
        instances: u32,
        /// Region or zone they are of; `None` for any.
        group: Option<String>,
    },
    /// All instances of a group die.
    KillGroup {
        /// Region or zone.
        group: String,
    },
    /// So many instances work `factor` times as long on a request.
    Slow {
        /// How many.
        instances: u32,
        /// Above 1 is slower.
        factor: f64,
    },
    /// Caches are empty at that moment (all, or the named one).
    CacheFlush {
        /// Name of the layer; `None` for all.
        layer: Option<String>,
    },
    /// Only so many connections are left in the pool.
    PoolLimit {
        /// How many.
        connections: u32,
    },
    /// So many replicas are away.
    ReplicasLost {
        /// How many.
        count: u32,
    },
    /// Replicas are so many seconds behind.
    ReplicaLag {
        /// Seconds.
        lag: f64,
    },
    /// The primary database is away until a replica takes over or it returns.
    PrimaryLost,
    /// A region cannot reach the others.
    Partition {
        /// Region or zone.
        group: String,
    },
    /// Peers of a federation leave.
    PeersLost {
        /// How many.
        count: u32,
    },
}

/// A fault at a set time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Seconds from the start.
    pub at: f64,
    /// Seconds it lasts; `None` to the end.
    pub lasts: Option<f64>,
    #[serde(flatten)]
    /// What happens.
    pub kind: FaultKind,
}

/// Failures that come by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RandomFailures {
    /// What fails: each `instance`, `peer` or `shard` by itself, or a group as a whole by its name.
    pub what: String,
    /// Mean seconds until one of them fails.
    pub mtbf: f64,
    /// Mean seconds until it is back.
    pub mttr: f64,
}

impl Default for RandomFailures {
    fn default() -> Self {
        Self {
            what: "instance".to_owned(),
            mtbf: 30.0 * 86_400.0,
            mttr: 600.0,
        }
    }
}
