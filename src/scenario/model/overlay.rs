//! Two other kinds of topology: peers of a federation, and shards of a chain.

use serde::{Deserialize, Serialize};

/// Peers that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerGroup {
    /// Region.
    pub name: String,
    /// Peers of the group at the start.
    pub peers: u32,
    /// Messages one peer can handle, per second.
    pub capacity: f64,
    /// Seconds between two peers of this region.
    pub latency: f64,
    /// Mean seconds a peer stays until it leaves, exponential; `None` for the whole run.
    pub stays: Option<f64>,
    /// Megabytes of memory a peer needs, and per peer it knows.
    pub memory_mb: (f64, f64),
    /// Share of a core a peer uses at its full capacity, 0..
    pub cpu_at_capacity: f64,
    /// Mean seconds until another comes in the place of one that left, exponential; 0 for at once.
    pub away: f64,
}

impl Default for PeerGroup {
    fn default() -> Self {
        Self {
            name: "peers".to_owned(),
            peers: 1000,
            capacity: 1000.0,
            latency: 0.02,
            stays: None,
            memory_mb: (100.0, 0.01),
            cpu_at_capacity: 0.5,
            away: 0.0,
        }
    }
}

/// Peers that come during the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Joining {
    /// Seconds from the start.
    pub at: f64,
    /// The group they join.
    pub group: String,
    /// How many come.
    pub peers: u32,
    /// Seconds over which they come.
    pub over: f64,
}

/// Where messages go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// To peers of the sender's region only; what these cannot do waits there.
    Local,
    /// To peers of the sender's region first, and from a region that is full to those with room.
    #[default]
    Geographic,
    /// To all peers wherever they are, by what they can do.
    Capacity,
}

/// A federation: each peer adds capacity, and costs coordination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Federation {
    /// Regions.
    pub groups: Vec<PeerGroup>,
    /// Contention and coherency of the scalability law over peers, X(N) = N/(1+σ(N−1)+κN(N−1)).
    pub sigma: f64,
    /// Coherency, κ.
    pub kappa: f64,
    /// Peers a peer keeps in touch with.
    pub fanout: u32,
    /// Heartbeats per second and link.
    pub heartbeat: f64,
    /// Heartbeats missed until a peer counts as lost.
    pub missed: u32,
    /// Where messages go.
    pub routing: Routing,
    /// Seconds of a coordination round between regions.
    pub between_regions: f64,
    /// Peers that come during the run.
    pub joining: Vec<Joining>,
    /// Bytes of a message on the network, heartbeats and news included; 0 where its traffic is not counted.
    pub message_bytes: f64,
}

impl Default for Federation {
    fn default() -> Self {
        Self {
            groups: vec![PeerGroup::default()],
            sigma: 0.0,
            kappa: 0.0,
            fanout: 8,
            heartbeat: 1.0,
            missed: 3,
            routing: Routing::Geographic,
            between_regions: 0.08,
            joining: Vec::new(),
            message_bytes: 0.0,
        }
    }
}

/// A chain whose transactions are spread over shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShardedChain {
    /// At least 1.
    pub shards: u32,
    /// Transactions per second of one shard.
    pub capacity: f64,
    /// Share of the transactions that touch two shards, 0..1.
    pub cross_share: f64,
    /// Work of a transaction on two shards, relative to one on one.
    pub cross_work: f64,
    /// Share of the transactions that go to the hottest shard beyond its even part, 0..1.
    pub hot_share: f64,
    /// Seconds between two blocks.
    pub block_time: f64,
    /// Blocks until a transaction is final.
    pub confirmations: u32,
}

impl Default for ShardedChain {
    fn default() -> Self {
        Self {
            shards: 1,
            capacity: 1000.0,
            cross_share: 0.0,
            cross_work: 2.0,
            hot_share: 0.0,
            block_time: 1.0,
            confirmations: 1,
        }
    }
}
