//! What is turned away before it reaches an instance: token buckets over all, per user and per endpoint, as flows.

use crate::scenario::control::TokenBucketState;
use crate::scenario::model::TokenBucket;

use super::plan::Plan;

/// The buckets with their filling.
pub(super) struct Limits {
    global: Option<TokenBucketState>,
    /// Of all users together: a fluid cannot tell them apart.
    users: Option<TokenBucketState>,
    /// Share of the requests, and bucket.
    endpoints: Vec<(f64, TokenBucketState)>,
    /// Share of the requests, and share of the places to wait from which they are shed.
    shed: Vec<(f64, f64)>,
}

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
                    state(&TokenBucket {
                        rate: bucket.rate * users,
                        burst: bucket.burst * users,
                    })
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
        for bucket in [&mut self.users, &mut self.global].into_iter().flatten() {
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
