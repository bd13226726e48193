//! A health check at work: so many bad checks in a row take an instance out of traffic, so many good ones bring it back.

use crate::scenario::model::HealthCheck;

/// What the checks of one instance came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthState {
    settings: HealthCheck,
    healthy: bool,
    /// Checks in a row that say otherwise.
    against: u32,
    /// Second of the next check.
    next: f64,
}

impl HealthState {
    /// Healthy; the first check is one interval after `at`.
    pub fn new(settings: &HealthCheck, at: f64) -> Self {
        Self {
            settings: *settings,
            healthy: true,
            against: 0,
            next: at + Self::interval(settings),
        }
    }

    /// An interval of nothing would check for ever.
    fn interval(settings: &HealthCheck) -> f64 {
        settings.interval.max(0.001)
    }

    /// Whether it gets traffic.
    pub fn healthy(&self) -> bool {
        self.healthy
    }

    /// Makes the checks that are due by second `at`; all come out as `good`. A bad one is known only when its timeout is
    /// over. Says to what the state changed.
    pub fn check(&mut self, at: f64, good: bool) -> Option<bool> {
        let late = if good {
            0.0
        } else {
            self.settings.timeout.max(0.0)
        };
        let mut changed = None;
        while self.next + late <= at {
            if good == self.healthy && self.against == 0 {
                // Nothing to count: go on to the first check after `at`.
                let interval = Self::interval(&self.settings);
                self.next += ((at - late - self.next) / interval).floor() * interval + interval;
                break;
            }
            self.next += Self::interval(&self.settings);
            if good == self.healthy {
                self.against = 0;
                continue;
            }
            self.against += 1;
            let enough = if good {
                self.settings.healthy_threshold
            } else {
                self.settings.unhealthy_threshold
            };
            if self.against >= enough.max(1) {
                (self.healthy, self.against) = (good, 0);
                changed = Some(good);
            }
        }
        changed
    }

    /// The second at which an instance whose checks come out as `good` from now on changes its state; `None` where it is
    /// already there.
    pub fn changes_at(&self, good: bool) -> Option<f64> {
        if good == self.healthy {
            return None;
        }
        let (threshold, late) = if good {
            (self.settings.healthy_threshold, 0.0)
        } else {
            (
                self.settings.unhealthy_threshold,
                self.settings.timeout.max(0.0),
            )
        };
        let left = threshold.max(1).saturating_sub(self.against).max(1);
        Some(self.next + f64::from(left - 1) * Self::interval(&self.settings) + late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 30 s, 5 s timeout, two good, three bad.
    fn health() -> HealthState {
        HealthState::new(&HealthCheck::default(), 0.0)
    }

    #[test]
    fn three_bad_checks_take_it_out_once_their_timeouts_are_over() {
        let mut state = health();
        assert_eq!(state.changes_at(false), Some(95.0));
        let changes: Vec<(u32, bool)> = (1..=120)
            .filter_map(|at| Some((at, state.check(f64::from(at), false)?)))
            .collect();
        assert_eq!(changes, [(95, false)]);
    }

    #[test]
    fn two_good_checks_bring_it_back() {
        let mut state = health();
        assert_eq!(state.check(95.0, false), Some(false));
        assert_eq!(state.changes_at(true), Some(150.0));
        assert_eq!(state.check(149.0, true), None);
        assert_eq!(state.check(150.0, true), Some(true));
        assert!(state.healthy());
    }

    #[test]
    fn a_good_check_between_bad_ones_begins_the_count_anew() {
        let mut state = health();
        assert_eq!(state.check(65.0, false), None, "checks at 30 and 60");
        assert_eq!(state.check(90.0, true), None);
        assert_eq!(state.check(155.0, false), None, "checks at 120 and 150");
        assert_eq!(state.check(185.0, false), Some(false));
    }

    #[test]
    fn a_long_time_without_a_change_is_one_step() {
        let mut state = health();
        assert_eq!(state.check(1e9, true), None);
        let late = state.changes_at(false).unwrap_or_default() - 1e9;
        assert!((65.0..=95.0 + 1e-3).contains(&late), "{late}");
    }
}
