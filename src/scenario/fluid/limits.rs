//! What is turned away before it reaches an instance: token buckets over all, per user and per endpoint, as flows.

use crate::scenario::control::TokenBucketState;
use crate::scenario::model::TokenBucket;

use super::plan::Plan;

/// The buckets with their filling.
pub(super) struct Limits {
    global: Option<TokenBucketState>,
    /// Of all users together, their number and the limit of one.
    users: Option<(TokenBucketState, f64, TokenBucket)>,
    /// By lane.
    endpoints: Vec<Option<TokenBucketState>>,
}

/// Phases of a token, and of a bucket at most: one so large refuses hardly anything by chance.
const PHASES: f64 = 16.0;
const MOST_PHASES: f64 = 3200.0;

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
            // Endpoints with a limit have a lane each.
            endpoints: plan
                .lanes
                .iter()
                .zip(&plan.classes)
                .map(|(_, class)| {
                    let mut of_class = limits.per_endpoint.iter();
                    let found = of_class.find(|(label, _)| *label == class.label);
                    found.map(|(_, bucket)| state(bucket))
                })
                .collect(),
        }
    }

    pub(super) fn active(&self) -> bool {
        self.global.is_some() || self.users.is_some() || self.endpoints.iter().any(Option::is_some)
    }

    /// Leaves what passes of the requests of a step, by lane: the limit of single users comes first, then that of an
    /// endpoint, then that of all.
    pub(super) fn pass(&mut self, at: f64, secs: f64, sent: &mut [f64]) {
        let together = |sent: &mut [f64], pass: &mut dyn FnMut(f64) -> f64| {
            let asked: f64 = sent.iter().sum();
            let part = if asked > 0.0 {
                pass(asked) / asked
            } else {
                1.0
            };
            for of_lane in sent {
                *of_lane *= part;
            }
        };
        if let Some((bucket, users, one)) = &mut self.users {
            together(sent, &mut |asked| {
                let uneven = refused_by_chance(asked / secs / *users, one);
                bucket.pass(at, secs, asked * (1.0 - uneven))
            });
        }
        for (bucket, asked) in self.endpoints.iter_mut().zip(sent.iter_mut()) {
            if let Some(bucket) = bucket {
                *asked = bucket.pass(at, secs, *asked);
            }
        }
        if let Some(bucket) = &mut self.global {
            together(sent, &mut |asked| bucket.pass(at, secs, asked));
        }
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
