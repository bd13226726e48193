//! The requests of a step on their way, by lane and by the attempts behind them.

use super::again::Again;
use super::lanes::Lane;
use super::shed::Shed;

/// Requests of one step.
pub(super) struct Flow {
    /// Sent, by attempts behind them and within each by lane.
    pub sent: Vec<f64>,
    /// By lane: sent; of these on their way to an instance that is alive; failed in this attempt; failed for good.
    pub asked: Vec<f64>,
    pub reaching: Vec<f64>,
    pub failures: Vec<f64>,
    pub given_up: Vec<f64>,
    /// By lane: share of what is inside, which is what gets done.
    pub mix: Vec<f64>,
    /// Mean work of what is inside, relative to that of all requests.
    pub work: f64,
    /// By lane: work of what is on its way.
    pub works: Vec<f64>,
}

impl Flow {
    pub(super) fn new(lanes: &[Lane], attempts: usize) -> Self {
        let none = vec![0.0; lanes.len()];
        Self {
            sent: vec![0.0; lanes.len() * attempts],
            asked: none.clone(),
            reaching: none.clone(),
            failures: none.clone(),
            given_up: none.clone(),
            works: none,
            mix: lanes.iter().map(|l| l.share).collect(),
            work: lanes.iter().map(|l| l.share * l.work).sum(),
        }
    }

    /// A step begins with so many requests that are sent for the first time and those that are sent again; how many
    /// that is.
    pub(super) fn begin(&mut self, lanes: &[Lane], offered: f64, again: &mut Again) -> f64 {
        self.failures.fill(0.0);
        self.given_up.fill(0.0);
        self.sent.fill(0.0);
        again.due(&mut self.sent);
        for (sent, lane) in self.sent.iter_mut().zip(lanes) {
            *sent = offered * lane.share;
        }
        self.asked.fill(0.0);
        for attempt in self.sent.chunks(lanes.len().max(1)) {
            for (asked, sent) in self.asked.iter_mut().zip(attempt) {
                *asked += sent;
            }
        }
        self.reaching.clone_from(&self.asked);
        self.asked.iter().sum()
    }

    /// Counts what is inside and lost, in work of the mean request, as failed.
    pub(super) fn lose(&mut self, work: f64) {
        if work <= 0.0 {
            return;
        }
        let count = work / self.work.max(1e-9);
        for (failed, share) in self.failures.iter_mut().zip(&self.mix) {
            *failed += count * share;
        }
    }

    /// Fails what does not reach an instance that is alive: stopped on its way, or in the `dead` share. `gone` of all
    /// that was sent has no attempt left.
    pub(super) fn stop(&mut self, dead: f64, gone: f64) {
        let lanes = self.asked.iter().zip(&mut self.reaching);
        let failed = self.failures.iter_mut().zip(&mut self.given_up);
        for ((asked, reaching), (failed, given_up)) in lanes.zip(failed) {
            *reaching *= 1.0 - dead;
            *given_up += gone * asked;
            *failed += asked - *reaching - gone * asked;
        }
    }

    /// Nobody is there.
    pub(super) fn fail_all(&mut self) {
        for (failed, reaching) in self.failures.iter_mut().zip(&mut self.reaching) {
            *failed += std::mem::take(reaching);
        }
    }

    /// Finds the work of what is on its way; how much that is of all lanes.
    pub(super) fn weigh(&mut self, lanes: &[Lane]) -> f64 {
        let mut sum = 0.0;
        let each = self.works.iter_mut().zip(&self.reaching).zip(lanes);
        for ((work, count), lane) in each {
            *work = count * lane.work;
            sum += *work;
        }
        sum
    }

    /// What is on its way joins what is inside (`inside`, in work), but for `away`, which finds no place. The rest is
    /// what gets done, well mixed.
    pub(super) fn join(&mut self, lanes: &[Lane], inside: f64, away: f64, shed: &Shed) {
        if let [_] = lanes {
            self.lose(away);
            return;
        }
        let there = inside / self.work.max(1e-9);
        let mut rest = 0.0;
        if away > 0.0 {
            rest = shed.take(away, &mut self.works);
            let coming = self.reaching.iter_mut().zip(&mut self.failures);
            for (((reaching, failed), lane), stays) in coming.zip(lanes).zip(&self.works) {
                if lane.work > 0.0 {
                    let enters = (stays / lane.work).min(*reaching);
                    *failed += *reaching - enters;
                    *reaching = enters;
                }
            }
        }
        let entered: f64 = self.reaching.iter().sum();
        let all = there + entered;
        if all > 0.0 {
            for (share, entered) in self.mix.iter_mut().zip(&self.reaching) {
                *share = (*share * there + entered) / all;
            }
            let works = self.mix.iter().zip(lanes).map(|(s, l)| s * l.work);
            self.work = works.sum::<f64>().max(1e-9);
        }
        self.lose(rest);
    }

    /// Sends what failed again, each attempt in proportion to what was sent; the others have failed for good.
    pub(super) fn send_again(&mut self, again: &mut Again) {
        let lanes = self.asked.len().max(1);
        let each = self
            .failures
            .iter()
            .zip(&self.asked)
            .zip(&mut self.given_up);
        for (lane, ((failed, asked), given_up)) in each.enumerate() {
            if *asked <= 0.0 || *failed <= 0.0 {
                *given_up += failed.max(0.0);
                continue;
            }
            for (place, sent) in self.sent.iter().enumerate().skip(lane).step_by(lanes) {
                *given_up += again.fail(place, failed * sent / asked);
            }
        }
    }
}
