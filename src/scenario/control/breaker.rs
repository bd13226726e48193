//! A circuit breaker at work: closed until failures follow each other, open for a while, then half open for a few trial
//! requests (M. Nygard, "Release It!", 2007).

use crate::scenario::model::CircuitBreaker;

/// What a breaker does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerPosition {
    /// Lets all pass.
    Closed,
    /// Turns all away.
    Open,
    /// Lets a few pass to see whether they succeed.
    HalfOpen,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Failures in a row.
    Closed(u32),
    /// Until this second.
    Open(f64),
    /// Trials let in, and trials that came back well.
    HalfOpen(u32, u32),
}

/// A breaker with what it remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerState {
    settings: CircuitBreaker,
    phase: Phase,
}

impl BreakerState {
    /// Closed.
    pub fn new(settings: &CircuitBreaker) -> Self {
        Self {
            settings: *settings,
            phase: Phase::Closed(0),
        }
    }

    fn trials(&self) -> u32 {
        self.settings.half_open_max_calls.max(1)
    }

    /// Where it stands at a second.
    pub fn position(&self, at: f64) -> BreakerPosition {
        match self.phase {
            Phase::Closed(_) => BreakerPosition::Closed,
            Phase::Open(until) if at < until => BreakerPosition::Open,
            Phase::Open(_) | Phase::HalfOpen(..) => BreakerPosition::HalfOpen,
        }
    }

    /// Whether a request may pass; a trial that may is counted.
    pub fn allows(&mut self, at: f64) -> bool {
        match self.phase {
            Phase::Closed(_) => true,
            Phase::Open(until) if at < until => false,
            Phase::Open(_) => {
                self.phase = Phase::HalfOpen(1, 0);
                true
            }
            Phase::HalfOpen(sent, good) => {
                let passes = sent < self.trials();
                if passes {
                    self.phase = Phase::HalfOpen(sent + 1, good);
                }
                passes
            }
        }
    }

    /// Whether a request would pass, without sending it.
    pub fn would_allow(&self, at: f64) -> bool {
        let mut copy = *self;
        copy.allows(at)
    }

    /// A request succeeded. Says whether that closed the breaker.
    pub fn succeeded(&mut self) -> bool {
        match self.phase {
            Phase::Closed(_) => {
                self.phase = Phase::Closed(0);
                false
            }
            Phase::HalfOpen(sent, good) => {
                let closes = good + 1 >= self.trials();
                self.phase = if closes {
                    Phase::Closed(0)
                } else {
                    Phase::HalfOpen(sent, good + 1)
                };
                closes
            }
            // It was sent before the breaker opened.
            Phase::Open(_) => false,
        }
    }

    /// A request failed. Says whether that opened the breaker.
    pub fn failed(&mut self, at: f64) -> bool {
        let opens = match self.phase {
            Phase::Closed(failures) => {
                self.phase = Phase::Closed(failures.saturating_add(1));
                failures.saturating_add(1) >= self.settings.failure_threshold.max(1)
            }
            Phase::HalfOpen(..) => true,
            Phase::Open(_) => false,
        };
        if opens {
            self.phase = Phase::Open(at + self.settings.recovery_timeout.max(0.0));
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five failures, thirty seconds, three trials.
    fn breaker() -> BreakerState {
        BreakerState::new(&CircuitBreaker::default())
    }

    fn opened(at: f64) -> BreakerState {
        let mut state = breaker();
        let opened: Vec<bool> = (0..5).map(|_| state.failed(at)).collect();
        assert_eq!(opened, [false, false, false, false, true]);
        state
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let mut state = breaker();
        for _ in 0..20 {
            for _ in 0..4 {
                assert!(!state.failed(0.0));
            }
            assert!(!state.succeeded());
        }
        assert_eq!(state.position(0.0), BreakerPosition::Closed);
    }

    #[test]
    fn open_for_its_timeout_then_as_many_trials_as_allowed() {
        let mut state = opened(100.0);
        assert_eq!(state.position(129.9), BreakerPosition::Open);
        assert!(!state.allows(129.9));
        assert_eq!(state.position(130.0), BreakerPosition::HalfOpen);
        let passed: Vec<bool> = (0..5).map(|_| state.allows(130.0)).collect();
        assert_eq!(passed, [true, true, true, false, false]);
        assert!(!state.would_allow(131.0));
    }

    #[test]
    fn all_trials_must_succeed_to_close_it() {
        let mut state = opened(0.0);
        for _ in 0..3 {
            assert!(state.allows(30.0));
        }
        assert_eq!(
            [state.succeeded(), state.succeeded(), state.succeeded()],
            [false, false, true]
        );
        assert_eq!(state.position(30.0), BreakerPosition::Closed);
        assert!(!state.failed(31.0), "the count began anew");
    }

    #[test]
    fn one_failed_trial_opens_it_again() {
        let mut state = opened(0.0);
        assert!(state.allows(30.0));
        assert!(!state.succeeded());
        assert!(state.allows(31.0));
        assert!(state.failed(32.0));
        assert_eq!(state.position(61.9), BreakerPosition::Open);
        assert!(!state.succeeded(), "an answer to an earlier request");
        assert_eq!(state.position(62.0), BreakerPosition::HalfOpen);
    }
}
