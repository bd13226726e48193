//! What became of the requests that workers finished in a step.

use super::mix::Entry;
use super::run::Simulation;
use super::tally::StepSums;

impl Simulation<'_> {
    /// Sorts what the workers finished: good, failed by itself, too late; and seconds that failed ones took.
    pub(super) fn answers(&mut self, sums: &mut StepSums, sent: f64) -> (f64, f64, f64) {
        let plan = self.plan;
        let (mut own, mut late, mut late_secs, mut workers) = (0.0, 0.0, 0.0, 0.0);
        let again: f64 = self.sent.iter().skip(1).sum();
        let repeated = again > 1e-6 * sent;
        let behind = self.backend.as_ref().map_or(0.0, |backend| backend.fails);
        let own_errors = behind + (1.0 - behind) * self.faults.own_errors(plan.own_errors);
        for pool in &self.pools.live {
            let Some(curve) = self.pools.curve(pool.curve) else {
                continue;
            };
            let moved = &pool.moved;
            workers += curve.units;
            sums.busy += moved.busy * curve.units;
            sums.queue += moved.queue;
            if moved.served <= 0.0 {
                continue;
            }
            let errors = moved.served * own_errors;
            let rest = moved.served - errors;
            own += errors;
            let (response, wait) = curve.means(&plan.bins, moved);
            late_secs += errors * response;
            let mut good = 0.0;
            let next = (moved.cell + 1).min(curve.last());
            let steady = 1.0 - moved.queued;
            for (cell, part, behind) in [
                (moved.cell, steady * (1.0 - moved.part), moved.behind),
                (next, steady * moved.part, moved.behind),
                (0, moved.queued, moved.backlog),
            ] {
                if part <= 0.0 {
                    continue;
                }
                let within = plan.timeout.map_or(1.0, |limit| {
                    1.0 - curve.late(&plan.bins, cell, behind, limit)
                });
                let weight = rest * part;
                good += weight * within;
                let mut entry = Entry {
                    curve: pool.curve,
                    cell,
                    behind,
                    before: 0.0,
                    weight,
                    within,
                };
                if let Some(control) = &mut self.control {
                    control.add(entry);
                }
                if !repeated {
                    self.tally.add(entry);
                    continue;
                }
                for (attempt, count) in self.sent.iter().enumerate() {
                    entry.weight = weight * count / sent;
                    self.tally.add(entry);
                    let wait = self.again.delays.get(attempt).map_or(0.0, |d| d.1);
                    entry.before += self.failing_secs + wait;
                }
            }
            late += rest - good;
            late_secs += (rest - good) * plan.timeout.unwrap_or(0.0);
            sums.good += good;
            sums.response += good * response;
            sums.wait += good * wait;
        }
        if workers > 0.0 {
            sums.busy /= workers;
        }
        (own, late, late_secs)
    }
}
