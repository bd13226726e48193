//! Requests that failed and are sent again after their back-off.

use super::plan::Plan;

/// Steps a failed request waits at most until it is sent again.
const LONGEST_BACKOFF: usize = 100_000;

/// Requests to be sent again, by the step and, within it, by the number of attempts behind them and by lane.
pub(super) struct Again {
    ring: Vec<Vec<f64>>,
    at: usize,
    lanes: usize,
    /// Steps and seconds until the next attempt, by attempt.
    pub delays: Vec<(usize, f64)>,
}

impl Again {
    pub(super) fn new(plan: &Plan) -> Self {
        // Users who wait for their answer do not send again.
        let retries = if plan.think.is_some() {
            0
        } else {
            plan.retries.max
        };
        let most = retries.min(100) as usize;
        let delays: Vec<(usize, f64)> = (0..most)
            .map(|attempt| {
                let wait = plan.backoff(attempt);
                let steps = (wait / plan.step).round().max(1.0) as usize;
                (steps.min(LONGEST_BACKOFF), wait)
            })
            .collect();
        let longest = delays.iter().map(|(steps, _)| *steps).max().unwrap_or(0);
        let lanes = plan.lanes.len().max(1);
        Self {
            ring: vec![vec![0.0; most * lanes]; if most > 0 { longest + 1 } else { 0 }],
            at: 0,
            lanes,
            delays,
        }
    }

    /// Those that are due now, from the places of one attempt behind them on; they leave.
    pub(super) fn due(&mut self, into: &mut [f64]) {
        if let Some(slot) = self.ring.get_mut(self.at) {
            for (due, waiting) in into.iter_mut().skip(self.lanes).zip(slot.iter_mut()) {
                *due = std::mem::take(waiting);
            }
        }
    }

    /// Plans `count` that failed at a place, which counts attempts behind them and lanes; how many are given up.
    pub(super) fn fail(&mut self, place: usize, count: f64) -> f64 {
        let Some((steps, _)) = self.delays.get(place / self.lanes) else {
            return count;
        };
        let due = (self.at + steps) % self.ring.len().max(1);
        if let Some(slot) = self.ring.get_mut(due).and_then(|s| s.get_mut(place)) {
            *slot += count;
        }
        0.0
    }

    pub(super) fn next_step(&mut self) {
        if !self.ring.is_empty() {
            self.at = (self.at + 1) % self.ring.len();
        }
    }
}
