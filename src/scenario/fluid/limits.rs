//! What is turned away before it reaches an instance: token buckets over all, per user and per endpoint, as flows.

use crate::scenario::control::TokenBucketState;
use crate::scenario::model::TokenBucket;

use super::plan::Plan;

/// The buckets with their filling.
pub(super) struct Limits {
    global: Option<TokenBucketState>,
    /// Of all users together, their number and the limit of one.
    users: Option<(TokenBucketState, f64, TokenBucket)>,
    /// Share of the requests, and bucket.
    endpoints: Vec<(f64, TokenBucketState)>,
    /// Share of the requests, and share of the places to wait from which they are shed.
    shed: Vec<(f64, f64)>,
}

/// Phases of a token, and of a bucket at most: one so large refuses hardly anything by chance.
const PHASES: f64 = 16.0;
const MOST_PHASES: f64 = 3200.0;

/// Shedding sets in over this share of the places, so that it finds its level.
const BAND: f64 = 0.1;

impl Limits {
    pub(super) fn new(plan: &Plan) -> Self {
        let limits = &plan.scenario.rate_limits;
        let begins = plan.at(0);
        let users = plan.scenario.workload.users;
        let state = |bucket: &TokenBucket| TokenBucketState::new(bucket, begins);
        Self {
            global: limits.global.as_ref().map(state),
            users: limits
                .per_user
                .as_ref()
                .filter(|_| users >= 1.0)
                .map(|bucket| {
                    let together = TokenBucket {
                        rate: bucket.rate * users,
                        burst: bucket.burst.max(1.0) * users,
                    };
                    (state(&together), users, *bucket)
                }),
            endpoints: limits
                .per_endpoint
                .iter()
                .map(|(label, bucket)| {
                    let share = plan
                        .classes
                        .iter()
                        .filter(|c| c.label == *label)
                        .map(|c| c.share)
                        .sum();
                    (share, state(bucket))
                })
                .collect(),
            shed: shed(plan),
        }
    }

    pub(super) fn active(&self) -> bool {
        self.global.is_some()
            || self.users.is_some()
            || !self.endpoints.is_empty()
            || !self.shed.is_empty()
    }

    /// How many of the requests of a step pass, with that share of the places to wait taken.
    pub(super) fn pass(&mut self, at: f64, secs: f64, sent: f64, filled: f64) -> f64 {
        let mut passed = sent;
        for (share, bucket) in &mut self.endpoints {
            let asked = sent * *share;
            passed -= asked - bucket.pass(at, secs, asked);
        }
        if let Some((bucket, users, one)) = &mut self.users {
            let uneven = refused_by_chance(passed / secs / *users, one);
            passed = bucket.pass(at, secs, passed * (1.0 - uneven));
        }
        if let Some(bucket) = &mut self.global {
            passed = bucket.pass(at, secs, passed);
        }
        let gone: f64 = self
            .shed
            .iter()
            .map(|(share, from)| share * ((filled - from) / BAND).clamp(0.0, 1.0))
            .sum();
        passed.max(0.0) * (1.0 - gone)
    }
}

/// Share of the requests of one user, `per_sec` at random, that a bucket refuses although it would pass them all, or more
/// of them, if they came evenly. What is missing in the bucket is the work of M/D/1 that turns away what has no room; a
/// token takes as many exponential phases, so that the chain is solved from the bottom up.
fn refused_by_chance(per_sec: f64, bucket: &TokenBucket) -> f64 {
    let room = (bucket.burst.max(1.0) * PHASES).floor();
    if per_sec <= 0.0 || bucket.rate <= 0.0 || room > MOST_PHASES {
        return 0.0;
    }
    let (up, token, full) = (
        per_sec / (bucket.rate * PHASES),
        PHASES as usize,
        room as usize,
    );
    // Weights of the phases that are missing; what comes in from below crosses upwards as often as one leaves downwards.
    let mut weights = vec![1.0_f64];
    let mut crossing = 1.0_f64;
    for at in 1..=full {
        let weight = up * crossing;
        weights.push(weight);
        if at + token <= full {
            crossing += weight;
        }
        if let Some(gone) = at.checked_sub(token).and_then(|i| weights.get(i)) {
            crossing -= *gone;
        }
        if weight > 1e100 {
            for value in &mut weights {
                *value *= 1e-100;
            }
            crossing *= 1e-100;
        }
    }
    let all: f64 = weights.iter().sum();
    let refused: f64 = weights.iter().skip(full + 1 - token).sum();
    let evenly = (1.0 - bucket.rate / per_sec).max(0.0);
    ((refused / all - evenly) / (1.0 - evenly)).clamp(0.0, 1.0)
}

/// The least important go first, at the configured share of the queue limit; the others at even distances up to the
/// limit; priority 0 never.
fn shed(plan: &Plan) -> Vec<(f64, f64)> {
    let Some(from) = plan.scenario.service.shed_at else {
        return Vec::new();
    };
    let classes = &plan.scenario.service.classes;
    let least = classes.iter().map(|c| c.priority).max().unwrap_or(0);
    classes
        .iter()
        .zip(&plan.classes)
        .filter(|(class, _)| class.priority > 0)
        .map(|(class, planned)| {
            let later = f64::from(least - class.priority) / f64::from(least);
            (planned.share, from.clamp(0.0, 1.0) * (1.0 - later) + later)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a burst of one a request passes when none has in the last 1/rate seconds: M/D/1/1, a/(1 + a) are refused.
    #[test]
    fn single_users_are_refused_though_all_together_would_pass() {
        let bucket = |burst| TokenBucket { rate: 2.0, burst };
        for per_sec in [0.2, 1.0, 1.8] {
            let a = per_sec / 2.0;
            let refused = refused_by_chance(per_sec, &bucket(1.0));
            assert!(
                (refused - a / (1.0 + a)).abs() < 1e-9,
                "{per_sec}: {refused}"
            );
        }
        // Larger bursts refuse less, and more than the rate is refused anyway.
        let at = |per_sec, burst| refused_by_chance(per_sec, &bucket(burst));
        assert!(at(1.0, 2.0) < at(1.0, 1.0) && at(1.0, 5.0) < 0.005 && at(1.9, 5.0) > 0.02);
        assert!(at(1.0, 1000.0).abs() < 1e-12);
        assert!(at(20.0, 20.0) < 0.02, "{}", at(20.0, 20.0));
    }
}
