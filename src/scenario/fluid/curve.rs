//! A group of instances as a fluid sees it: how many requests are inside at each load in the long run, and from that how
//! much leaves in a step.
//!
//! Pointwise stationary fluid flow (Rider 1976; Wang, Tipper and Banerjee 1996): what is inside says, through the long
//! run's relation, how busy the workers are; inside' = inside + arrivals − capacity·busy(inside') (backward Euler, so
//! that steps may be longer than the time a queue takes to settle). Beyond the last load of the grid the rest of the
//! queue is a backlog that is worked off at full capacity.

use std::cell::OnceCell;

use super::bins::Bins;
use super::row::{Held, Row};
use super::station::{Kind, SHARED_TOP, Station, Steady};

/// Loads of the grid below 0.9, evenly.
const EVEN: usize = 45;
/// Up to 0.995, each 0.88 times as far from full as the one before.
const CLOSE: usize = 24;
/// Above, ever wider apart up to 29 times what can be done, for short queues only.
const OVER: usize = 32;

/// Points between the best number in flight and the most, for requests that share an instance.
const BEYOND: usize = 40;
/// Points of a grid of users, evenly in their logarithm from one to the most.
const USERS: usize = 60;

/// Load of a point of the grid.
fn open_load(at: usize) -> f64 {
    if at <= EVEN {
        return 0.9 * at as f64 / EVEN as f64;
    }
    let beyond = at - EVEN;
    if beyond <= CLOSE {
        return 1.0 - 0.1 * 0.882_f64.powf(beyond as f64);
    }
    (0.0035 * ((beyond - CLOSE - 1) as f64).powi(2)).exp()
}

/// The point at or below a load.
fn place(load: f64) -> usize {
    if load <= 0.9 {
        return (load.max(0.0) / 0.9 * EVEN as f64) as usize;
    }
    let close = ((1.0 - load).max(0.004) / 0.1).ln() / 0.882_f64.ln();
    EVEN + (close as usize).min(CLOSE)
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moved {
    /// Requests that a worker finished.
    pub served: f64,
    /// That found no room.
    pub away: f64,
    /// That left the queue because it took too long.
    pub left: f64,
    /// Inside at the end, waiting or at a worker.
    pub inside: f64,
    /// Of them waiting.
    pub queue: f64,
    /// Busy share of the workers.
    pub busy: f64,
    /// Where on the grid the step stands: between `cell` and the next.
    pub cell: usize,
    pub part: f64,
    /// Time to work off what waits beyond what `cell` says, seconds.
    pub behind: f64,
    /// Share of the requests whose wait is rather that of a backlog, the same for all: `backlog` seconds.
    pub queued: f64,
    pub backlog: f64,
}

/// Answers that come in time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Answered {
    /// Of all answers.
    pub share: f64,
    /// Their mean response, seconds.
    pub mean: f64,
    /// By how much the mean of all is longer, seconds.
    pub too_long: f64,
}

#[derive(Debug, Default)]
struct Cell {
    steady: OnceCell<Steady>,
    row: OnceCell<Row>,
    /// Answers within the time limit: of all, and by class.
    in_time: OnceCell<Vec<OnceCell<Answered>>>,
}

/// A group of instances at their speeds.
pub(super) struct Curve {
    station: Station,
    /// Workers that hold requests which do not wait; none where all share an instance.
    workers: f64,
    /// What the busy share is of: workers, or instances.
    pub units: f64,
    /// Requests per second with all workers busy.
    pub capacity: f64,
    /// Mean time at a worker, seconds.
    pub service: f64,
    /// Most that may wait in the group.
    room: f64,
    /// Most users of a closed workload.
    users: f64,
    held: Vec<Held>,
    cells: Vec<Cell>,
}

impl Curve {
    /// `capacity` in requests per second; most users where there are any.
    pub(super) fn new(station: Station, capacity: f64, users: f64, held: Vec<Held>) -> Self {
        let instances = station.instances;
        let workers = instances * station.workers;
        let (points, shared) = match &station.kind {
            Kind::Open if station.is_tight() => (EVEN + CLOSE + OVER, false),
            Kind::Open => (EVEN + CLOSE, false),
            Kind::Shared(_) => (EVEN + BEYOND, true),
            Kind::Closed(_) => (USERS, false),
            Kind::SharedClosed(..) => (USERS, true),
        };
        Self {
            workers: if shared { 0.0 } else { workers },
            units: if shared { instances } else { workers },
            capacity,
            service: workers / capacity,
            room: station.room * instances,
            users: users.max(1.0),
            station,
            held,
            cells: (0..=points).map(|_| Cell::default()).collect(),
        }
    }

    /// What a point of the grid stands for.
    fn load(&self, at: usize) -> f64 {
        match &self.station.kind {
            Kind::Open => open_load(at),
            Kind::Shared(_) if at <= EVEN => SHARED_TOP * at as f64 / EVEN as f64,
            Kind::Shared(_) => SHARED_TOP + (1.0 - SHARED_TOP) * (at - EVEN) as f64 / BEYOND as f64,
            Kind::Closed(_) | Kind::SharedClosed(..) => {
                (self.users.ln_1p() * at as f64 / USERS as f64).exp_m1()
            }
        }
    }

    /// The long run at a point of the grid.
    pub(super) fn steady(&self, at: usize) -> Steady {
        self.cells.get(at).map_or_else(Steady::default, |cell| {
            *cell
                .steady
                .get_or_init(|| self.station.steady(self.load(at)))
        })
    }

    /// Response times at a point of the grid.
    pub(super) fn row(&self, bins: &Bins, at: usize) -> Option<&Row> {
        self.cells.get(at).map(|cell| {
            cell.row
                .get_or_init(|| Row::new(bins, &self.held, &self.steady(at), self.service))
        })
    }

    /// Answers of a class (of all: `None`) at a point of the grid that come within `limit` seconds, `behind` seconds of
    /// which pass before.
    pub(super) fn answered(
        &self,
        bins: &Bins,
        at: usize,
        behind: f64,
        class: Option<usize>,
        limit: Option<f64>,
    ) -> Answered {
        let (Some(cell), Some(row)) = (self.cells.get(at), self.row(bins, at)) else {
            return Answered::default();
        };
        let all = Answered {
            share: 1.0,
            mean: row.mean_of(class) + behind,
            too_long: 0.0,
        };
        let Some(limit) = limit else {
            return all;
        };
        let within = |secs: f64| {
            let (share, mean) = row.within(bins, class, secs);
            let mean = (mean + behind).min(all.mean);
            Answered {
                share,
                mean,
                too_long: all.mean - mean,
            }
        };
        if behind > 0.0 {
            return within(limit - behind);
        }
        let known = cell
            .in_time
            .get_or_init(|| (0..=row.classes.len()).map(|_| OnceCell::new()).collect());
        let place = class.map_or(0, |class| class + 1).min(row.classes.len());
        known
            .get(place)
            .map_or(all, |known| *known.get_or_init(|| within(limit)))
    }

    /// Mean wait at a point of the grid, seconds.
    pub(super) fn wait(&self, at: usize) -> f64 {
        self.steady(at).wait * self.service
    }

    pub(super) fn last(&self) -> usize {
        self.cells.len().saturating_sub(1)
    }

    /// One step with so many users, who settle within it.
    pub(super) fn with_users(&self, inside: f64, users: f64, secs: f64) -> Moved {
        if users <= 0.0 {
            return Moved {
                served: inside,
                ..Moved::default()
            };
        }
        let last = self.last();
        let place = users.min(self.users).ln_1p() / self.users.ln_1p() * last as f64;
        let low = (place as usize).min(last.saturating_sub(1));
        let (under, over) = (self.steady(low), self.steady(low + 1));
        let (from, to) = (self.load(low), self.load(low + 1));
        let part = ((users - from) / (to - from).max(1e-12)).clamp(0.0, 1.0);
        let between = |a: f64, b: f64| a + (b - a) * part;
        let busy = between(under.busy, over.busy);
        let served = busy * secs * self.capacity;
        let refused = between(under.away, over.away).min(1.0 - 1e-9);
        let queue = between(under.queue, over.queue);
        Moved {
            served,
            away: served * refused / (1.0 - refused),
            inside: queue + busy * self.workers,
            queue: if self.workers > 0.0 { queue } else { 0.0 },
            busy,
            cell: low,
            part,
            ..Moved::default()
        }
    }

    /// One step of `secs` with so many arrivals; `hint` is where the last one stood. Nobody
    /// waits longer than `patience`.
    pub(super) fn step(
        &self,
        inside: f64,
        arrivals: f64,
        secs: f64,
        patience: f64,
        hint: usize,
    ) -> Moved {
        let target = inside + arrivals;
        if target <= 0.0 {
            return Moved::default();
        }
        let can = secs * self.capacity;
        let need = |steady: &Steady| {
            steady.queue + steady.busy * (self.workers + can) + arrivals * steady.away
        };
        let last = self.last();
        let mut low = if hint > 0 {
            hint.min(last - 1)
        } else {
            place(target / (self.workers + can)).min(last - 1)
        };
        let mut under = self.steady(low);
        while low > 0 && need(&under) > target {
            low -= 1;
            under = self.steady(low);
        }
        let mut over = self.steady(low + 1);
        let bearable = patience * self.capacity;
        while low + 1 < last && need(&over) < target && over.queue <= bearable {
            low += 1;
            under = over;
            over = self.steady(low + 1);
        }
        let (from, to) = (need(&under), need(&over));
        if target <= to {
            let part = if to > from {
                ((target - from) / (to - from)).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let between = |a: f64, b: f64| a + (b - a) * part;
            let busy = between(under.busy, over.busy);
            let away = arrivals * between(under.away, over.away);
            let served = busy * can;
            return Moved {
                served,
                away,
                inside: target - served - away,
                queue: if self.workers > 0.0 {
                    between(under.queue, over.queue)
                } else {
                    0.0
                },
                busy,
                cell: low,
                part,
                ..Moved::default()
            };
        }
        if self.workers <= 0.0 {
            let served = over.busy * can;
            let inside = over.queue.min(target - served).max(0.0);
            return Moved {
                served: served.min(target),
                away: (target - served - inside).max(0.0),
                inside,
                busy: over.busy,
                cell: last,
                ..Moved::default()
            };
        }
        let moved = self.overloaded(target, can, &over);
        Moved {
            cell: low + 1,
            ..self.impatient(moved, &over, arrivals / secs, patience)
        }
    }

    /// Beyond the grid: busy = 1 − (1 − busy of the last point)·(its queue)/queue, so that it joins it smoothly.
    fn overloaded(&self, target: f64, can: f64, top: &Steady) -> Moved {
        let most = self.workers + can;
        let spare = (1.0 - top.busy).max(0.0) * top.queue;
        let half = (target - most) / 2.0;
        let root = half.hypot((most * spare).sqrt());
        let queue = if half > 0.0 {
            half + root
        } else {
            most * spare / (root - half).max(1e-300)
        }
        .max(top.queue);
        let busy = (1.0 - spare / queue.max(1e-300)).clamp(top.busy, 1.0);
        let served = busy * can;
        let left = (target - served).max(0.0);
        let allowed = self.room.max(top.queue) + busy * self.workers;
        let inside = left.min(allowed);
        Moved {
            served,
            away: left - inside,
            inside,
            queue: (inside - busy * self.workers).max(0.0),
            busy,
            ..Moved::default()
        }
    }

    /// Senders that have waited too long leave the queue. While they do, the wait stays just below what they bear: it
    /// falls short of it by an exponential time of the rate at which more comes than is done (M/M/c with patience).
    fn impatient(&self, moved: Moved, top: &Steady, per_sec: f64, patience: f64) -> Moved {
        let bearable = patience * self.capacity;
        let mut moved = moved;
        let mut backlog = moved.queue / self.capacity;
        if moved.queue > bearable {
            let gone = moved.queue - bearable;
            moved.queue = bearable;
            moved.inside -= gone;
            moved.left += gone;
            let lanes = self.workers / self.station.queue_before().0;
            let slack = lanes / (per_sec - self.capacity).max(1e-9);
            backlog = (patience - slack).max(0.0);
        }
        moved.queued = if moved.queue > top.queue {
            1.0 - top.queue / moved.queue
        } else {
            0.0
        };
        moved.backlog = backlog;
        moved.behind = (moved.queue - top.queue).max(0.0) / self.capacity;
        moved
    }
}

#[cfg(test)]
#[path = "curve_tests.rs"]
mod tests;
