//! What only a federation and only a chain have: figures over the run without its warm-up, and what they were made of
//! over time. Beside the figures that every outcome has.

use serde::{Deserialize, Serialize};

use super::Figure;

/// What only a federation has. Of several repetitions it is the first; the availability is over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FederationFigures {
    /// Messages a peer handles per second, coordination included, mean over peers and time.
    pub messages_per_peer: f64,
    /// Messages per second one peer can handle beside its coordination, in the region where it is least, at the end.
    pub capacity_per_peer: f64,
    /// Messages per second and peer that only keep the federation together: heartbeats and news of who came and went.
    pub coordination_per_peer: f64,
    /// The same over the whole federation, most of all steps.
    pub coordination_total: f64,
    /// What a peer among all others gets done relative to one alone, by the scalability law, least of all steps, 0..1.
    pub efficiency: f64,
    /// Seconds until all know of a new peer.
    pub discovery_secs: Option<f64>,
    /// Seconds until all of its own region know of it, where that takes longest.
    pub local_discovery_secs: Option<f64>,
    /// Longest time in seconds from a loss until no message goes to a lost peer and no queue is left of it; `None`
    /// without a loss, or where that did not happen within the run.
    pub recovery_secs: Option<f64>,
    /// Losses that were not overcome within the run.
    pub unrecovered: u32,
    /// Megabytes of memory of the peer that needs most.
    pub memory_mb: f64,
    /// Share of a core a peer uses, mean over peers and time, 0..
    pub cpu_share: f64,
    /// The same in the busiest region and step.
    pub cpu_share_peak: f64,
    /// Region with the most peers, and how many.
    pub largest_region: (String, u32),
    /// Share of the time of all peers that belong to the federation in which they were there, 0..1, over the repetitions.
    pub availability: Figure,
    /// Megabits per second that a peer takes in, coordination included; `None` where the size of a message is not given.
    pub traffic_mbit: Option<f64>,
    /// In the order of the scenario.
    pub regions: Vec<RegionFigures>,
    /// One for each step of the outcome.
    pub steps: Vec<FederationStep>,
}

/// One region of a federation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionFigures {
    /// Its name.
    pub name: String,
    /// Fewest and most peers at work in a step.
    pub peers: (f64, f64),
    /// Messages it handles per second beside its coordination, mean over time.
    pub messages: f64,
    /// Messages it could handle per second beside its coordination, mean over time.
    pub capacity: f64,
    /// Share of its messages that come from other regions, 0..1.
    pub from_others: f64,
    /// Busiest step, 0..1.
    pub utilisation_peak: f64,
    /// Most messages that waited at the end of a step.
    pub queue_max: f64,
    /// Peers at work in each step.
    pub peers_over_time: Vec<f64>,
}

/// A federation in one step; rates are per second of the step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FederationStep {
    /// Peers at work.
    pub peers: f64,
    /// Peers that belong to it and are away.
    pub away: f64,
    /// Peers that are away and still get messages, because nobody has noticed.
    pub unnoticed: f64,
    /// Messages a peer handles, coordination included, mean over the peers.
    pub messages_per_peer: f64,
    /// Messages a peer could handle, coordination included, mean over the peers.
    pub capacity_per_peer: f64,
    /// Coordination of a peer, mean over the peers.
    pub coordination_per_peer: f64,
    /// Coordination of all peers together.
    pub coordination_total: f64,
    /// Share of a core that a peer of the busiest region uses, 0..
    pub cpu_share: f64,
    /// Megabytes of memory of the peer that needs most.
    pub memory_mb: f64,
    /// Losses that are still felt at the end of the step.
    pub felt: u32,
}

/// What only a chain has. Of several repetitions it is the first; the availability is over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChainFigures {
    /// Shards of the chain.
    pub shards: u32,
    /// Transactions per second at which the busiest shard is full.
    pub capacity: f64,
    /// Transactions per second it could do if they were spread evenly.
    pub capacity_even: f64,
    /// Share of the transactions that touch two shards, 0..1.
    pub cross_share: f64,
    /// Transactions per second that touch two shards, mean over time.
    pub cross_per_sec: f64,
    /// Work of a transaction in the mean, where 1 is one that touches a single shard.
    pub work: f64,
    /// Longest time in seconds from a fault of shards until nothing waits because of it; `None` without one, or where
    /// that did not happen within the run.
    pub recovery_secs: Option<f64>,
    /// Faults that were not overcome within the run.
    pub unrecovered: u32,
    /// Share of the time of all shards in which they made blocks, 0..1, over the repetitions.
    pub availability: Figure,
    /// The shard that gets most.
    pub hot: ShardFigures,
    /// Of all the others, in the mean; `None` where there is only one shard.
    pub others: Option<ShardFigures>,
    /// One for each step of the outcome.
    pub steps: Vec<ChainStep>,
}

/// One shard, or several in the mean; rates are transactions per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShardFigures {
    /// That come.
    pub arrives: f64,
    /// That are done.
    pub served: f64,
    /// That can be done while blocks are made.
    pub capacity: f64,
    /// Done of what could be done, mean over time, 0..1.
    pub utilisation: f64,
    /// Most of all steps.
    pub utilisation_peak: f64,
    /// Most transactions that waited at the end of a step.
    pub queue_max: f64,
}

/// A chain in one step; rates are transactions per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainStep {
    /// Shards that make blocks, mean over the step.
    pub shards: f64,
    /// Done by the shard that gets most.
    pub hot_served: f64,
    /// Share of what it could do, 0..1.
    pub hot_utilisation: f64,
    /// Transactions that wait there at the end.
    pub hot_queue: f64,
    /// Done by each of the others, in the mean.
    pub other_served: f64,
    /// Share of what they could do, 0..1.
    pub other_utilisation: f64,
    /// Transactions that wait there at the end, in all of them.
    pub other_queue: f64,
}

/// A series by which promises ask for a figure: its name, its unit, and a value for each step.
pub type FigureSeries = (&'static str, &'static str, Vec<f64>);

impl FederationFigures {
    /// What promises can ask for. A loss that was not overcome took at least as long as the run of `duration` seconds.
    pub fn series(&self, duration: f64) -> Vec<FigureSeries> {
        let steps = self.steps.len();
        let recovery = longest(self.recovery_secs, self.unrecovered, duration);
        let mut out = vec![
            ("peer_capacity", "/s", vec![self.capacity_per_peer; steps]),
            ("peer_memory", "MB", self.over(|s| s.memory_mb)),
            ("peer_cpu", "%", self.over(|s| s.cpu_share * 100.0)),
            ("peer_messages", "/s", self.over(|s| s.messages_per_peer)),
            ("coordination", "/s", self.over(|s| s.coordination_total)),
            ("peers", "", self.over(|s| s.peers)),
        ];
        for (name, unit, value) in [
            ("recovery_time", "s", recovery),
            ("discovery_time", "s", self.discovery_secs),
            ("local_discovery_time", "s", self.local_discovery_secs),
            ("peer_traffic", "Mbit/s", self.traffic_mbit),
        ] {
            out.extend(value.map(|value| (name, unit, vec![value; steps])));
        }
        out
    }

    fn over(&self, of: fn(&FederationStep) -> f64) -> Vec<f64> {
        self.steps.iter().map(of).collect()
    }
}

impl ChainFigures {
    /// What promises can ask for. A fault that was not overcome took at least as long as the run of `duration` seconds.
    pub fn series(&self, duration: f64) -> Vec<FigureSeries> {
        let over = |of: fn(&ChainStep) -> f64| self.steps.iter().map(of).collect::<Vec<f64>>();
        let mut out = vec![
            (
                "hot_shard_utilization",
                "%",
                over(|s| s.hot_utilisation * 100.0),
            ),
            ("hot_shard_queue", "", over(|s| s.hot_queue)),
            ("shards", "", over(|s| s.shards)),
        ];
        if let Some(secs) = longest(self.recovery_secs, self.unrecovered, duration) {
            out.push(("recovery_time", "s", vec![secs; self.steps.len()]));
        }
        out
    }
}

fn longest(found: Option<f64>, unrecovered: u32, duration: f64) -> Option<f64> {
    if unrecovered > 0 {
        Some(duration)
    } else {
        found
    }
}
