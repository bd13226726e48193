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
use super::station::{Station, Steady};

/// Loads of the grid below 0.9, evenly.
const EVEN: usize = 45;
/// Up to 0.995, each 0.88 times as far from full as the one before.
const CLOSE: usize = 24;
/// Above, each 1.12 times the one before, for short queues only.
const OVER: usize = 32;

/// Load of a point of the grid.
fn load(at: usize) -> f64 {
    if at <= EVEN {
        return 0.9 * at as f64 / EVEN as f64;
    }
    let beyond = at - EVEN;
    if beyond <= CLOSE {
        return 1.0 - 0.1 * 0.882_f64.powf(beyond as f64);
    }
    1.12_f64.powf((beyond - CLOSE - 1) as f64)
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
    /// Inside at the end, waiting or at a worker.
    pub inside: f64,
    /// Of them waiting.
    pub queue: f64,
    /// Busy share of the workers.
    pub busy: f64,
    /// Where on the grid the step stands: between `cell` and the next.
    pub cell: usize,
    pub part: f64,
    /// Time to work off what waits beyond the last point of the grid, seconds.
    pub behind: f64,
}

#[derive(Debug, Default)]
struct Cell {
    steady: OnceCell<Steady>,
    row: OnceCell<Row>,
    late: OnceCell<f64>,
}

/// A group of instances at their speeds.
pub(super) struct Curve {
    station: Station,
    /// Workers of the group.
    pub workers: f64,
    /// Requests per second with all workers busy.
    pub capacity: f64,
    /// Mean time at a worker, seconds.
    pub service: f64,
    /// Most that may wait in the group.
    room: f64,
    held: Vec<Held>,
    cells: Vec<Cell>,
}

impl Curve {
    /// `capacity` in requests per second.
    pub(super) fn new(station: Station, capacity: f64, held: Vec<Held>) -> Self {
        let instances = station.instances;
        let workers = instances * station.workers;
        let points = EVEN + CLOSE + 1 + if station.is_tight() { OVER } else { 0 };
        Self {
            workers,
            capacity,
            service: workers / capacity,
            room: station.room * instances,
            station,
            held,
            cells: (0..points).map(|_| Cell::default()).collect(),
        }
    }

    /// The long run at a point of the grid.
    pub(super) fn steady(&self, at: usize) -> Steady {
        self.cells.get(at).map_or_else(Steady::default, |cell| {
            *cell.steady.get_or_init(|| self.station.steady(load(at)))
        })
    }

    /// Response times at a point of the grid.
    pub(super) fn row(&self, bins: &Bins, at: usize) -> Option<&Row> {
        self.cells.get(at).map(|cell| {
            cell.row
                .get_or_init(|| Row::new(bins, &self.held, &self.steady(at), self.service))
        })
    }

    /// Share of the answers at a point of the grid that take longer than `limit` seconds, `behind` seconds of which
    /// pass before.
    pub(super) fn late(&self, bins: &Bins, at: usize, behind: f64, limit: f64) -> f64 {
        let Some(cell) = self.cells.get(at) else {
            return 0.0;
        };
        let share = |secs: f64| {
            self.row(bins, at)
                .map_or(0.0, |row| 1.0 - bins.value(&row.all, secs))
        };
        if behind > 0.0 {
            share(limit - behind)
        } else {
            *cell.late.get_or_init(|| share(limit))
        }
    }

    /// Mean response and mean wait at a place, seconds.
    pub(super) fn means(&self, bins: &Bins, moved: &Moved) -> (f64, f64) {
        let at = |cell: usize| {
            let wait = self.steady(cell).wait * self.service;
            let mean = self.row(bins, cell).map_or(0.0, |row| row.mean);
            (mean, wait)
        };
        let (low, high) = (at(moved.cell), at((moved.cell + 1).min(self.last())));
        (
            low.0 + (high.0 - low.0) * moved.part + moved.behind,
            low.1 + (high.1 - low.1) * moved.part + moved.behind,
        )
    }

    pub(super) fn last(&self) -> usize {
        self.cells.len().saturating_sub(1)
    }

    /// One step of `secs` with so many arrivals; `hint` is where the last one stood.
    pub(super) fn step(&self, inside: f64, arrivals: f64, secs: f64, hint: usize) -> Moved {
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
        while low + 1 < last && need(&over) < target {
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
                queue: between(under.queue, over.queue),
                busy,
                cell: low,
                part,
                behind: 0.0,
            };
        }
        self.overloaded(target, can, &over)
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
        let queue = (inside - busy * self.workers).max(0.0);
        Moved {
            served,
            away: left - inside,
            inside,
            queue,
            busy,
            cell: self.last(),
            part: 0.0,
            behind: (queue - top.queue).max(0.0) / self.capacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::station::Rule;
    use super::*;

    fn curve(workers: f64, room: f64) -> Curve {
        let station = Station {
            rule: Rule::Shared,
            instances: 1.0,
            workers,
            variation: 1.0,
            residual: 1.0,
            arrivals: 1.0,
            room,
        };
        Curve::new(station, workers / 0.1, Vec::new())
    }

    #[test]
    fn a_constant_load_settles_where_the_formula_says() {
        let curve = curve(4.0, 1e5);
        let (mut inside, mut hint) = (0.0, 0);
        let mut moved = Moved::default();
        for _ in 0..100 {
            moved = curve.step(inside, 32.0 * 5.0, 5.0, hint);
            (inside, hint) = (moved.inside, moved.cell);
        }
        let exact = crate::analysis::queueing::Markov::new(32.0, 0.1, 4).unwrap();
        assert!((moved.busy - 0.8).abs() < 1e-9);
        assert!((moved.served - 160.0).abs() < 1e-6);
        assert!(
            (moved.queue / exact.steady.queue - 1.0).abs() < 0.01,
            "{}",
            moved.queue
        );
    }

    /// Capacity 40 a second. Ten steps of 5 s at 60 a second leave 1,000 behind, and 20 a second work them off in 50 s.
    #[test]
    fn a_backlog_is_carried_over_and_worked_off() {
        let curve = curve(4.0, 1e5);
        let (mut inside, mut hint, mut served) = (0.0, 0, 0.0);
        let mut queue = Vec::new();
        for step in 0..30 {
            let arrivals = if step < 10 { 300.0 } else { 100.0 };
            let moved = curve.step(inside, arrivals, 5.0, hint);
            assert!((inside + arrivals - moved.served - moved.away - moved.inside).abs() < 1e-9);
            (inside, hint, served) = (moved.inside, moved.cell, served + moved.served);
            queue.push(moved.queue);
        }
        assert!((queue[9] - 1000.0).abs() < 10.0, "{}", queue[9]);
        assert!((queue[14] - 500.0).abs() < 15.0, "{}", queue[14]);
        assert!(queue[19] > 5.0 && queue[19] < 60.0, "{}", queue[19]);
        assert!(queue[22] < 3.0, "{}", queue[22]);
        assert!((served + inside - 5000.0).abs() < 1e-6);
    }

    #[test]
    fn a_full_queue_turns_the_rest_away() {
        let curve = curve(4.0, 1000.0);
        let (mut inside, mut hint) = (0.0, 0);
        let mut moved = Moved::default();
        for _ in 0..50 {
            moved = curve.step(inside, 500.0, 5.0, hint);
            (inside, hint) = (moved.inside, moved.cell);
        }
        assert!((moved.served - 200.0).abs() < 1.0, "{moved:?}");
        assert!((moved.away - 300.0).abs() < 1.0);
        assert!((moved.queue - 1000.0).abs() < 1e-6);
        assert!((moved.behind - 25.0).abs() < 5.5);
    }

    /// M/M/c/K has a closed form at every load.
    #[test]
    fn a_short_queue_is_the_finite_station() {
        for (per_sec, room) in [(20.0, 3.0), (38.0, 10.0), (80.0, 5.0), (60.0, 0.0)] {
            let curve = curve(4.0, room);
            let (mut inside, mut hint) = (0.0, 0);
            let mut moved = Moved::default();
            for _ in 0..100 {
                moved = curve.step(inside, per_sec * 5.0, 5.0, hint);
                (inside, hint) = (moved.inside, moved.cell);
            }
            let exact =
                crate::analysis::queueing::finite_room(per_sec, 0.1, 4, 4 + room as u64).unwrap();
            let away = moved.away / (per_sec * 5.0);
            assert!(
                (away - exact.turned_away).abs() < 0.005,
                "{per_sec}: {away} {}",
                exact.turned_away
            );
            assert!(
                (moved.queue - exact.steady.queue).abs() < 0.05,
                "{per_sec}: {}",
                moved.queue
            );
        }
    }
}
