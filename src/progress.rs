//! Progress and cancellation, as passed into anything long. Knows no threads: whoever runs the work shares a clone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The work was cancelled from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    total: AtomicU64,
}

/// A handle on how far a piece of work has come, and on whether it should stop. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    shared: Arc<Shared>,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
    /// Sets how much there is to do, in any unit (bytes, rows, series).
    pub fn set_total(&self, total: u64) {
        self.shared.total.store(total, Ordering::Relaxed);
    }

    /// Adds to what has been done.
    pub fn advance(&self, amount: u64) {
        self.shared.done.fetch_add(amount, Ordering::Relaxed);
    }

    /// Begins anew, with another total: the next of several files.
    pub fn restart(&self) {
        self.shared.done.store(0, Ordering::Relaxed);
        self.shared.total.store(0, Ordering::Relaxed);
    }

    /// A handle for a part of the work that counts on its own and stops with the whole.
    #[must_use]
    pub fn part(&self) -> Self {
        Self {
            shared: Arc::default(),
            cancelled: Arc::clone(&self.cancelled),
        }
    }

    /// What has been done, in the unit of the total.
    pub fn done(&self) -> u64 {
        self.shared.done.load(Ordering::Relaxed)
    }

    /// The share done, 0..=1, or `None` while the total is unknown.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.shared.total.load(Ordering::Relaxed);
        (total > 0).then(|| (self.done() as f64 / total as f64).min(1.0) as f32)
    }

    /// Asks the work to stop at its next check.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Ends the work with `Err(Cancelled)` where it was asked to stop; call it in every long loop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_progress_and_cancellation() {
        let progress = Progress::default();
        assert_eq!(progress.fraction(), None);
        let clone = progress.clone();
        clone.set_total(4);
        clone.advance(1);
        assert_eq!(progress.fraction(), Some(0.25));
        assert_eq!(progress.check(), Ok(()));
        clone.cancel();
        assert_eq!(progress.check(), Err(Cancelled));
    }

    #[test]
    fn a_part_counts_on_its_own_and_stops_with_the_whole() {
        let progress = Progress::default();
        let part = progress.part();
        part.set_total(2);
        part.advance(1);
        assert_eq!((progress.done(), progress.fraction()), (0, None));
        progress.cancel();
        assert!(part.is_cancelled());
    }
}
