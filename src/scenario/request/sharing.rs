//! An instance under the fitted scalability law: N jobs in flight share it evenly, and together they get X(N).
//!
//! Each job needs as much as its demand is of the mean. The work done for one job since the beginning is the same for
//! all ("virtual time", as in fair queueing), so a job is done when that has grown by its need.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Gunther's law for one instance: sigma, kappa, lambda.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Law {
    pub sigma: f64,
    pub kappa: f64,
    /// Requests per second of a single job in flight.
    pub lambda: f64,
}

impl Law {
    /// Requests per second with `jobs` in flight.
    pub(super) fn throughput(&self, jobs: f64) -> f64 {
        let slower = 1.0 + self.sigma * (jobs - 1.0) + self.kappa * jobs * (jobs - 1.0);
        if slower > 0.0 {
            (self.lambda * jobs / slower).max(0.0)
        } else {
            0.0
        }
    }

    /// Most requests per second of any number in flight up to `most`.
    pub(super) fn peak(&self, most: f64) -> f64 {
        let best = if self.kappa > 0.0 {
            ((1.0 - self.sigma).max(0.0) / self.kappa).sqrt()
        } else {
            most
        };
        let best = best.clamp(1.0, most.max(1.0));
        self.throughput(best.floor())
            .max(self.throughput(best.ceil()))
    }
}

/// Jobs at one instance that share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sharing {
    /// (virtual time of its end, place of the job), soonest first.
    jobs: BinaryHeap<Reverse<(u64, u32)>>,
    /// Work done for each job so far, in means.
    virtual_time: f64,
    at: f64,
    rate: f64,
    /// When the next one ends, as it is planned; older plans are void.
    pub planned: f64,
}

impl Sharing {
    fn until(&mut self, now: f64) {
        self.virtual_time += (now - self.at).max(0.0) * self.rate;
        self.at = now;
    }

    /// After a change: the rate of each job, and when the next one ends.
    fn plan(&mut self, law: &Law, speed: f64) -> f64 {
        let jobs = self.jobs.len() as f64;
        self.rate = if jobs > 0.0 {
            law.throughput(jobs) * speed / jobs
        } else {
            // Nothing depends on it any more; small numbers stay exact.
            self.virtual_time = 0.0;
            0.0
        };
        self.planned = match self.jobs.peek() {
            Some(Reverse((end, _))) if self.rate > 0.0 => {
                let left = (f64::from_bits(*end) - self.virtual_time).max(0.0);
                self.at + left / self.rate
            }
            _ => f64::INFINITY,
        };
        self.planned
    }

    /// A job of so many means joins; when the next one ends.
    pub(super) fn join(&mut self, now: f64, job: u32, means: f64, law: &Law, speed: f64) -> f64 {
        self.until(now);
        let end = self.virtual_time + means.max(0.0);
        self.jobs.push(Reverse((end.to_bits(), job)));
        self.plan(law, speed)
    }

    /// The next job ends now: it, and when the one after it ends.
    pub(super) fn leave(&mut self, now: f64, law: &Law, speed: f64) -> Option<(u32, f64)> {
        self.until(now);
        let Reverse((_, job)) = self.jobs.pop()?;
        Some((job, self.plan(law, speed)))
    }

    /// The speed changed; when the next one ends.
    pub(super) fn retuned(&mut self, now: f64, law: &Law, speed: f64) -> f64 {
        self.until(now);
        self.plan(law, speed)
    }

    /// All jobs are lost.
    pub(super) fn clear(&mut self) -> Vec<u32> {
        self.rate = 0.0;
        self.virtual_time = 0.0;
        self.planned = f64::INFINITY;
        let lost = std::mem::take(&mut self.jobs).into_sorted_vec();
        lost.into_iter().map(|Reverse((_, job))| job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alone a job takes its mean; two at once of a law without scaling take twice as long.
    #[test]
    fn jobs_share_evenly() {
        let law = Law {
            sigma: 1.0,
            kappa: 0.0,
            lambda: 10.0,
        };
        let mut sharing = Sharing::default();
        assert!((sharing.join(0.0, 1, 1.0, &law, 1.0) - 0.1).abs() < 1e-12);
        // Half done; the second needs as much: the first ends after as long again at half the rate.
        assert!((sharing.join(0.05, 2, 1.0, &law, 1.0) - 0.15).abs() < 1e-12);
        let (first, next) = sharing.leave(0.15, &law, 1.0).unwrap();
        assert_eq!(first, 1);
        assert!((next - 0.2).abs() < 1e-12);
        // Twice as fast from here on.
        assert!((sharing.retuned(0.15, &law, 2.0) - 0.175).abs() < 1e-12);
        assert_eq!(sharing.clear(), [2]);
        assert!(sharing.leave(1.0, &law, 1.0).is_none());
    }

    /// The 32 points of Schwartz's book, as fitted: peak 12,343 near 35.6.
    #[test]
    fn the_law_has_its_published_peak() {
        let law = Law {
            sigma: 0.026_715_946,
            kappa: 0.000_769_093_91,
            lambda: 995.648_79,
        };
        assert!((law.throughput(20.0) - 11_063.633).abs() < 0.1);
        assert!((law.peak(1000.0) - 12_342.85).abs() < 1.0);
        assert!((law.peak(1.0) - 995.648_79).abs() < 1e-6);
    }
}
