//! What became of the requests that workers finished in a step.

use super::mix::Entry;
use super::run::Simulation;
use super::tally::StepSums;

impl Simulation<'_> {
    /// Sorts what the workers finished, lane by lane: good, failed by itself, too late. How many failed, and the seconds
    /// that these took.
    pub(super) fn answers(&mut self, sums: &mut StepSums) -> (f64, f64) {
        let plan = self.plan;
        let (mut failed, mut failed_secs, mut response) = (0.0, 0.0, 0.0);
        let lanes = plan.lanes.len().max(1);
        let behind = self.backend.as_ref().map_or(0.0, |backend| backend.fails);
        let flow = &mut self.flow;
        for pool in &self.pools.live {
            let Some(curve) = self.pools.curve(pool.curve) else {
                continue;
            };
            let moved = &pool.moved;
            sums.workers += curve.units;
            sums.busy += moved.busy * curve.units;
            sums.queue += moved.queue / flow.work;
            if moved.served <= 0.0 {
                continue;
            }
            let next = (moved.cell + 1).min(curve.last());
            let steady = 1.0 - moved.queued;
            let places = [
                (moved.cell, steady * (1.0 - moved.part), moved.behind),
                (next, steady * moved.part, moved.behind),
                (0, moved.queued, moved.backlog),
            ];
            for (at, lane) in plan.lanes.iter().enumerate() {
                let share = flow.mix.get(at).copied().unwrap_or(0.0);
                let count = moved.served / flow.work * share;
                let asked = flow.asked.get(at).copied().unwrap_or(0.0);
                let first = flow.sent.get(at).copied().unwrap_or(0.0);
                let repeated = asked - first > 1e-6 * asked;
                let own = behind + (1.0 - behind) * self.faults.own_errors(lane.own_errors);
                let (errors, rest) = (count * own, count * (1.0 - own));
                let (mut good_here, mut bad_here, mut response_here) = (0.0, errors, 0.0);
                for (cell, part, behind) in places {
                    if part <= 0.0 || count <= 0.0 {
                        continue;
                    }
                    let limit = plan.timeout;
                    let answered = curve.answered(&plan.bins, cell, behind, lane.class, limit);
                    failed_secs += errors * part * (answered.mean + answered.too_long);
                    let weight = rest * part;
                    let good = weight * answered.share;
                    failed_secs += (weight - good) * limit.unwrap_or(0.0);
                    response += good * answered.mean;
                    // Those in time waited less by what the others took longer.
                    let wait = curve.wait(cell) + behind - answered.too_long;
                    sums.wait += good * wait.max(0.0);
                    good_here += good;
                    bad_here += weight - good;
                    let mut entry = Entry {
                        class: lane.class,
                        curve: pool.curve,
                        cell,
                        behind,
                        before: 0.0,
                        weight,
                        within: answered.share,
                    };
                    if let Some(control) = &mut self.control {
                        control.add(entry);
                    }
                    if !repeated {
                        response_here += good * answered.mean;
                        self.tally.add(entry);
                        continue;
                    }
                    let attempts = flow.sent.iter().skip(at).step_by(lanes);
                    for (attempt, sent) in attempts.enumerate() {
                        entry.weight = weight * sent / asked;
                        response_here += good * sent / asked * (answered.mean + entry.before);
                        self.tally.add(entry);
                        let wait = self.again.delays.get(attempt).map_or(0.0, |d| d.1);
                        entry.before += self.failing_secs + wait;
                    }
                }
                if let Some(failures) = flow.failures.get_mut(at) {
                    *failures += bad_here;
                }
                failed += bad_here;
                sums.good += good_here;
                sums.response += response_here;
                self.tally.good(at, good_here, response_here);
            }
        }
        if sums.workers > 0.0 {
            sums.busy /= sums.workers;
        }
        if sums.good > 0.0 {
            self.response = response / sums.good;
        }
        (failed, failed_secs)
    }
}
