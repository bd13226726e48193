//! A token bucket at work: it fills at a steady rate up to its burst, and every request takes a token.

use crate::scenario::model::TokenBucket;

/// A bucket with its filling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucketState {
    rate: f64,
    /// Most tokens it holds; at least one, so that single requests can pass.
    room: f64,
    tokens: f64,
    /// Second up to which it is filled.
    filled: f64,
}

impl TokenBucketState {
    /// Full at second `at`.
    pub fn new(bucket: &TokenBucket, at: f64) -> Self {
        let room = bucket.burst.max(1.0);
        Self {
            rate: bucket.rate.max(0.0),
            room,
            tokens: room,
            filled: at,
        }
    }

    /// Tokens in it at a second.
    pub fn tokens(&self, at: f64) -> f64 {
        (self.tokens + (at - self.filled).max(0.0) * self.rate).min(self.room)
    }

    /// Takes one token, where there is one. Times do not go back.
    pub fn take(&mut self, at: f64) -> bool {
        self.tokens = self.tokens(at);
        self.filled = self.filled.max(at);
        // A token that is short by rounding only is there.
        let passes = self.tokens >= 1.0 - 1e-9;
        if passes {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        passes
    }

    /// How much of an even flow passes between `at` and `secs` later, and takes it: what was saved up, and what comes in.
    pub fn pass(&mut self, at: f64, secs: f64, offered: f64) -> f64 {
        let saved = self.tokens(at);
        let there = saved + secs.max(0.0) * self.rate;
        let passed = offered.clamp(0.0, there);
        self.tokens = (there - passed).min(self.room);
        self.filled = self.filled.max(at + secs.max(0.0));
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(rate: f64, burst: f64) -> TokenBucketState {
        TokenBucketState::new(&TokenBucket { rate, burst }, 0.0)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut limited = bucket(10.0, 5.0);
        let at_once = (0..20).filter(|_| limited.take(0.0)).count();
        assert_eq!(at_once, 5);
        // A hundred a second for ten seconds: ten a second pass.
        let passed = (0..1000)
            .filter(|i| limited.take(f64::from(*i) * 0.01))
            .count();
        assert_eq!(passed, 99, "the tenth of the last second is not there yet");
        assert!(
            (bucket(10.0, 5.0).tokens(100.0) - 5.0).abs() < 1e-12,
            "no more than the burst is saved up"
        );
    }

    #[test]
    fn a_bucket_without_burst_lets_single_requests_pass() {
        let mut limited = bucket(1.0, 0.0);
        assert!(limited.take(0.0));
        assert!(!limited.take(0.5));
        assert!(limited.take(1.0));
    }

    #[test]
    fn a_flow_passes_as_single_requests_do() {
        let mut limited = bucket(100.0, 50.0);
        assert!((limited.pass(0.0, 1.0, 500.0) - 150.0).abs() < 1e-9);
        assert!((limited.pass(1.0, 1.0, 500.0) - 100.0).abs() < 1e-9);
        assert!((limited.pass(2.0, 1.0, 70.0) - 70.0).abs() < 1e-9);
        assert!((limited.tokens(3.0) - 30.0).abs() < 1e-9);
        assert!((limited.pass(3.0, 10.0, 0.0)).abs() < 1e-9);
        assert!((limited.tokens(13.0) - 50.0).abs() < 1e-9);
    }
}
