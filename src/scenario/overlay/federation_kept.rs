//! What is kept of the steps of a federation: sums for its figures, and its course over time.

use crate::scenario::model::{Federation, PeerGroup};
use crate::scenario::outcome::{FederationFigures, FederationStep, RegionFigures};

use super::federation::Region;
use super::share_of;
use super::tally::Step;

/// Bits of a byte, and of a megabit.
const BITS: f64 = 8.0;
const MEGA: f64 = 1e6;

/// Sums over the counted steps, all of one length.
#[derive(Debug, Default)]
pub struct Kept {
    peers: f64,
    members: f64,
    handled: f64,
    coordination: f64,
    coordination_most: f64,
    cpu: f64,
    cpu_most: f64,
    efficiency: Option<f64>,
    peers_most: f64,
    regions: Vec<RegionFigures>,
    foreign: Vec<f64>,
    steps: Vec<FederationStep>,
}

/// Megabytes of memory of the peer that needs most, where each knows so many others.
fn memory(groups: &[PeerGroup], known: f64) -> f64 {
    let needs = groups
        .iter()
        .map(|g| g.memory_mb.0 + g.memory_mb.1 * known.max(0.0));
    needs.fold(0.0, f64::max)
}

impl Kept {
    /// Before the first step.
    pub fn new(federation: &Federation) -> Self {
        let region = |group: &PeerGroup| RegionFigures {
            name: group.name.clone(),
            peers: (f64::INFINITY, 0.0),
            ..RegionFigures::default()
        };
        Self {
            regions: federation.groups.iter().map(region).collect(),
            foreign: vec![0.0; federation.groups.len()],
            ..Self::default()
        }
    }

    /// Takes a counted step in, after which so many losses are still felt.
    pub fn add(&mut self, federation: &Federation, regions: &[Region], step: &Step, felt: u32) {
        let over = |of: &dyn Fn(&Region) -> f64| -> f64 { regions.iter().map(of).sum() };
        let coordination = over(&|r| r.coordination * r.count.alive);
        let messages = over(&|r| r.done) + coordination;
        let members = over(&|r| r.count.members);
        let peers = step.instances;
        self.peers += peers;
        self.members += members;
        self.handled += messages;
        self.coordination += coordination;
        self.coordination_most = self.coordination_most.max(coordination);
        self.cpu += step.cpu * peers;
        self.cpu_most = self.cpu_most.max(step.cpu_peak);
        self.peers_most = self.peers_most.max(peers);
        let there = regions.iter().filter(|r| r.count.alive > 0.0);
        self.efficiency = there
            .map(|r| r.efficiency)
            .chain(self.efficiency)
            .reduce(f64::min);
        for ((kept, foreign), region) in self.regions.iter_mut().zip(&mut self.foreign).zip(regions)
        {
            let alive = region.count.alive;
            let capacity = region.capacity();
            kept.peers = (kept.peers.0.min(alive), kept.peers.1.max(alive));
            kept.messages += region.done;
            kept.capacity += capacity;
            kept.utilisation_peak = kept.utilisation_peak.max(share_of(region.done, capacity));
            kept.queue_max = kept.queue_max.max(region.backlog);
            kept.peers_over_time.push(alive);
            *foreign += region.done * share_of(region.foreign, region.own + region.foreign);
        }
        self.steps.push(FederationStep {
            peers,
            away: (members - peers).max(0.0),
            unnoticed: over(&|r| r.count.unnoticed),
            messages_per_peer: share_of(messages, peers),
            capacity_per_peer: share_of(over(&|r| r.pace * r.count.alive), peers),
            coordination_per_peer: share_of(coordination, peers),
            coordination_total: coordination,
            cpu_share: step.cpu_peak,
            memory_mb: memory(&federation.groups, peers - 1.0),
            felt,
        });
    }

    /// Most peers that were there in a step.
    pub const fn peers_most(&self) -> f64 {
        self.peers_most
    }

    /// The figures of it all, but for the recovery and the time until news have spread.
    pub fn figures(self, federation: &Federation, regions: &[Region]) -> FederationFigures {
        let steps = self.steps.len() as f64;
        let messages_per_peer = share_of(self.handled, self.peers);
        let each = regions.iter().filter(|r| r.count.alive > 0.0);
        let largest = federation.groups.iter().zip(regions);
        let regions = self.regions.into_iter().zip(self.foreign);
        FederationFigures {
            messages_per_peer,
            capacity_per_peer: each.map(Region::each).reduce(f64::min).unwrap_or(0.0),
            coordination_per_peer: share_of(self.coordination, self.peers),
            coordination_total: self.coordination_most,
            efficiency: self.efficiency.unwrap_or(1.0),
            memory_mb: memory(&federation.groups, self.peers_most - 1.0),
            cpu_share: share_of(self.cpu, self.peers),
            cpu_share_peak: self.cpu_most,
            largest_region: largest
                .map(|(g, r)| (g.name.clone(), r.count.alive.round() as u32))
                .fold((String::new(), 0), |most, next| {
                    if next.1 > most.1 { next } else { most }
                }),
            availability: share_of(self.peers, self.members).into(),
            traffic_mbit: (federation.message_bytes > 0.0)
                .then(|| messages_per_peer * federation.message_bytes * BITS / MEGA),
            regions: regions
                .map(|(kept, foreign)| RegionFigures {
                    peers: (kept.peers.0.min(kept.peers.1), kept.peers.1),
                    messages: share_of(kept.messages, steps),
                    capacity: share_of(kept.capacity, steps),
                    from_others: share_of(foreign, kept.messages),
                    ..kept
                })
                .collect(),
            steps: self.steps,
            ..FederationFigures::default()
        }
    }
}
