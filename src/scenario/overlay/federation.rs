//! A federation over time, by regions of like peers: what they can do together, what keeping together costs, where
//! messages go, and how long losses are felt.
//!
//! Capacity of many peers follows the scalability law (N. J. Gunther, 2007); news of who came and went spread like an
//! epidemic in log(N)/log(1 + fanout) rounds (Demers et al., "Epidemic algorithms for replicated database maintenance",
//! 1987), lost peers are found by missed heartbeats (as in SWIM, Das, Gupta and Motivala, 2002), and a peer answers like
//! a single server with random arrivals (M/M/1).

use crate::analysis::capacity::Usl;
use crate::progress::Progress;
use crate::scenario::SimulateError;
use crate::scenario::model::{Federation, Routing, Scenario};
use crate::scenario::outcome::{FederationFigures, Outcome};
use crate::scenario::repeated::figure;

use super::federation_kept::Kept;
use super::mixture::{Mixture, Part};
use super::peers::{Count, Peers};
use super::recovery::Recovery;
use super::repeat::repeated;
use super::tally::{Grid, Step, Tally};
use super::{Offered, left_out, share_of, work_off};

/// A peer's spare rate never counts as less than this share of its own: a longer wait is a queue and counted as one.
const LEAST_SPARE: f64 = 0.02;

/// A region with its queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Region {
    pub count: Count,
    /// Messages per second one peer does, coordination included, and how many of them are coordination.
    pub pace: f64,
    pub coordination: f64,
    /// What one peer does relative to one alone.
    pub efficiency: f64,
    /// Messages that wait.
    pub backlog: f64,
    /// Messages per second from its own senders, and from others.
    pub own: f64,
    pub foreign: f64,
    /// Messages per second that were done.
    pub done: f64,
}

impl Region {
    /// Messages per second of one peer beside its coordination.
    pub fn each(&self) -> f64 {
        (self.pace - self.coordination).max(0.0)
    }

    pub fn capacity(&self) -> f64 {
        self.count.alive * self.each()
    }

    /// Work of a step that goes nowhere else, over what can be done.
    fn over(&self) -> f64 {
        (self.own - self.capacity()).max(0.0)
    }

    fn room(&self, secs: f64) -> f64 {
        (self.capacity() - self.own - self.backlog / secs).max(0.0)
    }
}

struct Model<'a> {
    scenario: &'a Scenario,
    federation: &'a Federation,
    peers: Peers<'a>,
    regions: Vec<Region>,
    /// Mean response time of the step before, for users who wait.
    response: f64,
}

/// Rounds until all of `peers` have heard something, each telling `fanout` others in a round.
fn rounds(peers: f64, fanout: u32) -> f64 {
    if peers > 1.0 && fanout > 0 {
        (peers.ln() / (1.0 + f64::from(fanout)).ln() - 1e-9).ceil()
    } else {
        0.0
    }
}

impl<'a> Model<'a> {
    fn new(
        scenario: &'a Scenario,
        federation: &'a Federation,
        repetition: u32,
        begins: f64,
    ) -> Self {
        Self {
            scenario,
            federation,
            peers: Peers::new(scenario, federation, repetition, begins),
            regions: vec![Region::default(); federation.groups.len()],
            response: 0.0,
        }
    }

    fn alive(&self) -> f64 {
        self.regions.iter().map(|r| r.count.alive).sum()
    }

    fn backlog(&self) -> f64 {
        self.regions.iter().map(|r| r.backlog).sum()
    }

    /// Seconds until news have reached all.
    fn spread(&self) -> f64 {
        let settings = self.federation;
        let slowest = settings
            .groups
            .iter()
            .map(|g| g.latency)
            .fold(0.0, f64::max);
        let between = if settings.groups.len() > 1 {
            settings.between_regions
        } else {
            0.0
        };
        let beat = 1.0 / settings.heartbeat.max(0.0);
        rounds(self.alive(), settings.fanout) * (beat + slowest) + between
    }

    /// Seconds until news have reached all peers of the region where that takes longest.
    fn spread_within(&self) -> f64 {
        let settings = self.federation;
        let beat = 1.0 / settings.heartbeat.max(0.0);
        let regions = settings.groups.iter().zip(&self.regions);
        regions
            .map(|(g, r)| rounds(r.count.alive, settings.fanout) * (beat + g.latency))
            .fold(0.0, f64::max)
    }

    /// Who is there in a step, and what one of them can do.
    fn gather(&mut self, at: f64, secs: f64) {
        self.peers.advance(at, secs);
        for (index, region) in self.regions.iter_mut().enumerate() {
            region.count = self.peers.count(index, at, secs);
        }
        let settings = self.federation;
        let law = Usl {
            sigma: settings.sigma,
            kappa: settings.kappa,
            lambda: 1.0,
        };
        let together = |of: fn(&Count) -> f64| -> f64 {
            let reached = self.regions.iter().filter(|r| !r.count.alone);
            reached.map(|r| of(&r.count)).sum()
        };
        let (peers, changes) = (together(|c| c.alive), together(|c| c.changes));
        for (group, region) in settings.groups.iter().zip(&mut self.regions) {
            let (peers, changes) = if region.count.alone {
                (region.count.alive, region.count.changes)
            } else {
                (peers, changes)
            };
            let efficiency = if peers > 1.0 {
                law.efficiency(peers)
            } else {
                1.0
            };
            // Two peers cannot keep in touch with eight.
            let links = f64::from(settings.fanout).min((peers - 1.0).max(0.0));
            region.coordination = links * settings.heartbeat.max(0.0) + changes;
            region.pace = group.capacity * efficiency * region.count.speed;
            region.efficiency = efficiency;
        }
    }

    /// Sends the messages of a step to the regions; the senders are the peers that are there. Says how many per second
    /// go into a partition that nobody knows of yet.
    fn route(&mut self, offered: f64, secs: f64) -> f64 {
        let senders = self.alive();
        let share = |r: &Region| {
            if senders > 0.0 {
                r.count.alive / senders
            } else {
                0.0
            }
        };
        let capacity: f64 = self.regions.iter().map(Region::capacity).sum();
        let sum = |of: &dyn Fn(&Region) -> f64| -> f64 {
            let reached = self.regions.iter().filter(|r| !r.count.alone);
            reached.map(of).sum()
        };
        let (reachable, sent) = (sum(&Region::capacity), offered * sum(&share));
        let anywhere = self.federation.routing == Routing::Capacity;
        // Whoever writes to anywhere finds a lost peer as often as there are such.
        let unnoticed = sum(&|r| r.count.unnoticed * r.each());
        let dead = share_of(unnoticed, reachable + unnoticed);
        let mut lost = 0.0;
        for region in &mut self.regions {
            let own = offered * share(region);
            let room = region.capacity();
            if !anywhere || region.count.alone {
                (region.own, region.foreign) = (own, 0.0);
                if anywhere {
                    // Its senders write to all others, and all others to it.
                    let here = share_of(room, capacity);
                    let crossing = own * (1.0 - here) + (offered - own) * here;
                    lost += crossing * region.count.alone_unnoticed;
                }
            } else {
                let here = share_of(room, reachable);
                (region.own, region.foreign) = (own * here, (sent - own) * here);
                region.count.dead = dead;
            }
        }
        if self.federation.routing == Routing::Geographic {
            self.spill(secs);
        }
        let lost = lost.min(offered);
        let left = if offered > 0.0 {
            1.0 - lost / offered
        } else {
            1.0
        };
        for region in &mut self.regions {
            region.own *= left;
            region.foreign *= left;
        }
        lost
    }

    /// What a region cannot do goes to those that have room.
    fn spill(&mut self, secs: f64) {
        let sum = |of: &dyn Fn(&Region) -> f64| -> f64 {
            let reached = self.regions.iter().filter(|r| !r.count.alone);
            reached.map(of).sum()
        };
        let (excess, free) = (sum(&Region::over), sum(&|r| r.room(secs)));
        if excess <= 0.0 || free <= 0.0 {
            return;
        }
        let moved = excess.min(free);
        for region in self.regions.iter_mut().filter(|r| !r.count.alone) {
            let gives = region.over() / excess * moved;
            let takes = region.room(secs) / free * moved;
            region.own -= gives;
            region.foreign += takes;
        }
    }

    /// One step: its figures, and how long its messages took.
    fn step(&mut self, at: f64, secs: f64, offered: f64) -> (Step, Mixture) {
        self.gather(at, secs);
        let mut errors = self.route(offered, secs);
        let service = &self.scenario.service;
        let tries = i32::try_from(service.retries.max).unwrap_or(i32::MAX);
        let beat = 1.0 / self.federation.heartbeat.max(1e-9);
        // Who gets no answer tries again after the timeout, or after a heartbeat.
        let late = service.timeout.unwrap_or(beat) + service.retries.backoff;
        let failing: f64 = share_of(
            service
                .classes
                .iter()
                .map(|c| c.weight * c.error_share)
                .sum(),
            service.classes.iter().map(|c| c.weight).sum(),
        );
        let mut mixture = Mixture::default();
        let mut out = Step {
            at,
            secs,
            offered,
            instances: self.alive(),
            ..Step::default()
        };
        let (mut capacity, mut handled, mut waited, mut cpu) = (0.0, 0.0, 0.0, 0.0);
        for (group, region) in self.federation.groups.iter().zip(&mut self.regions) {
            let count = region.count;
            let dead = count.dead;
            let demand = region.own + region.foreign;
            let unanswered = demand * dead.powi(tries.saturating_add(1));
            let room = region.capacity();
            let (served, waiting, dropped) = work_off(
                region.backlog,
                demand - unanswered,
                room,
                secs,
                (
                    f64::from(service.queue_limit.unwrap_or(100_000)) * count.alive,
                    service.timeout,
                ),
            );
            let wait = share_of(f64::midpoint(region.backlog, waiting), room);
            region.backlog = waiting;
            region.done = served;
            errors += unanswered + dropped;
            let busy = share_of(served, room);
            let each = share_of(served, count.alive);
            let spare = (region.each() - each).max(LEAST_SPARE * region.pace);
            let again = dead - dead.powi(tries.saturating_add(1));
            for (from, distance) in [
                (region.own, 0.0),
                (region.foreign, self.federation.between_regions),
            ] {
                let weight = served * share_of(from, demand);
                let fixed = group.latency + distance + service.network + wait;
                let part = |weight: f64, fixed: f64| Part {
                    weight,
                    fixed,
                    even: 0.0,
                    tail: 1.0,
                    rate: spare,
                };
                mixture.add(part(weight * (1.0 - again), fixed));
                mixture.add(part(weight * again, fixed + late));
            }
            capacity += room;
            handled += served;
            waited += served * (wait + (1.0 / spare - 1.0 / region.pace.max(spare)).max(0.0));
            out.queue += waiting;
            out.utilisation_peak = out.utilisation_peak.max(busy);
            let used = share_of(each + region.coordination.min(region.pace), region.pace)
                * group.cpu_at_capacity;
            if count.alive > 0.0 {
                out.cpu_peak = out.cpu_peak.max(used);
            }
            cpu += used * count.alive;
        }
        out.served = handled * (1.0 - failing);
        out.errors = errors + handled * failing;
        out.wait = share_of(waited, handled);
        out.utilisation = share_of(handled, capacity);
        out.cpu = share_of(cpu, out.instances);
        self.response = mixture.mean();
        (out, mixture)
    }

    /// How it is computed, in a sentence.
    fn method(&self, peers_most: f64) -> String {
        let settings = self.federation;
        format!(
            "A federation runs in steps, by regions of like peers; each answers like a single server with random \
             arrivals. A heartbeat, and each peer's news of one that came or went, costs as much as a message; news \
             reach all in {} rounds of a heartbeat, each peer telling {} others.",
            rounds(peers_most, settings.fanout),
            settings.fanout
        )
    }

    /// What a reader must know, and what of the scenario was left out.
    fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.federation.heartbeat <= 0.0 {
            out.push("without heartbeats no lost peer is ever found".to_owned());
        }
        out.extend(left_out(self.scenario));
        out
    }
}

/// Runs the federation of a scenario.
pub fn run(
    scenario: &Scenario,
    federation: &Federation,
    progress: &Progress,
) -> Result<Outcome, SimulateError> {
    if federation.groups.iter().all(|g| g.peers == 0) && federation.joining.is_empty() {
        return Err(SimulateError::impossible(
            "federation.groups",
            "there is no peer; give at least one group a peer",
        ));
    }
    let grid = Grid::new(scenario);
    let drawn = Peers::is_drawn(scenario, federation);
    let mut out = repeated(scenario, grid, drawn, progress, |repetition| {
        one(scenario, federation, (grid, repetition), progress)
    })?;
    let found = out
        .repetitions()
        .iter()
        .filter_map(|r| r.federation.as_ref());
    let availability: Vec<f64> = found.map(|f| f.availability.value).collect();
    if let Some(first) = &mut out.federation {
        first.availability = figure(&availability);
    }
    Ok(out)
}

/// One repetition.
fn one(
    scenario: &Scenario,
    federation: &Federation,
    (grid, repetition): (Grid, u32),
    progress: &Progress,
) -> Result<Outcome, SimulateError> {
    let mut offered = Offered::new(scenario)?;
    let mut model = Model::new(scenario, federation, repetition, grid.begins());
    let mut tally = Tally::new(scenario);
    let mut kept = Kept::new(federation);
    let mut recovery = Recovery::new("all know of it, and no message waits because of it");
    let mut losses = model.peers.losses().into_iter().peekable();
    for index in -grid.warm_up..grid.steps {
        if progress.is_cancelled() {
            return Err(SimulateError::Cancelled);
        }
        progress.advance(1);
        let at = index as f64 * grid.step;
        let backlog = model.backlog();
        while let Some(loss) = losses.next_if(|loss| *loss < at + grid.step) {
            recovery.begin(loss, f64::INFINITY, backlog);
        }
        let arrives = offered.over(at, grid.step, model.response);
        let (step, mixture) = model.step(at, grid.step, arrives);
        recovery.known_after(model.peers.notice + model.spread());
        recovery.look(at + grid.step, model.backlog());
        if index >= 0 {
            kept.add(federation, &model.regions, &step, recovery.unrecovered());
            tally.add(scenario, &step, mixture);
        }
    }
    let mut events = model.peers.events(scenario.run.duration);
    events.append(&mut recovery.events);
    let (why, warnings) = (model.method(kept.peers_most()), model.warnings());
    let figures = FederationFigures {
        recovery_secs: recovery.longest,
        unrecovered: recovery.unrecovered(),
        local_discovery_secs: Some(model.spread_within()).filter(|secs| secs.is_finite()),
        discovery_secs: Some(model.spread()).filter(|secs| secs.is_finite()),
        ..kept.figures(federation, &model.regions)
    };
    Ok(Outcome {
        federation: Some(figures),
        ..tally.outcome(scenario, grid, why, events, warnings)
    })
}
