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
}

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
        }
    }

    pub(super) fn active(&self) -> bool {
        self.global.is_some() || self.users.is_some() || !self.endpoints.is_empty()
    }

    /// How many of the requests of a step pass.
    pub(super) fn pass(&mut self, at: f64, secs: f64, sent: f64) -> f64 {
        let mut passed = sent;
        for (share, bucket) in &mut self.endpoints {
            let asked = sent * *share;
            passed -= asked - bucket.pass(at, secs, asked);
        }
        for bucket in [&mut self.users, &mut self.global].into_iter().flatten() {
            passed = bucket.pass(at, secs, passed);
        }
        passed.max(0.0)
    }
}
