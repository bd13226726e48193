//! What becomes of a wanted number of replicas: looking back over the stabilisation windows, then the policies'
//! limits. Kubernetes' horizontal pod autoscaler v2, `horizontal.go`; policies as proposed in KEP-853.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::scenario::model::{HpaBehavior, HpaDirection, HpaPolicy, HpaPolicyKind, Select};

use super::whole;

/// Seconds of recommendations looked back on before scaling in where there is no behaviour block
/// (`--horizontal-pod-autoscaler-downscale-stabilization`).
pub const LEGACY_WINDOW: f64 = 300.0;

/// Why fewer changes than wanted are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Held {
    /// Another recommendation of the last so many seconds counts.
    Window(f64),
    /// A policy allows no more in its period.
    Policy(HpaPolicy),
    /// The direction is switched off.
    Disabled,
    /// At most double, or four.
    Legacy,
    /// The bounds.
    Bounds,
}

/// A number of replicas, and what held it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settled {
    /// Replicas.
    pub to: u32,
    /// `None` where it is what the metric asked for.
    pub held: Option<Held>,
}

/// What was recommended and what was changed, as far back as any window or period reaches.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Recommendations before stabilisation, each with no higher one after it.
    high: VecDeque<(f64, u32)>,
    /// The same with no lower one after it.
    low: VecDeque<(f64, u32)>,
    added: VecDeque<(f64, u32)>,
    removed: VecDeque<(f64, u32)>,
}

fn longest_period(direction: &HpaDirection) -> f64 {
    direction
        .policies
        .iter()
        .fold(0.0, |longest, p| longest.max(p.period))
}

fn forget(events: &mut VecDeque<(f64, u32)>, until: f64) {
    while events.front().is_some_and(|(at, _)| *at <= until) {
        events.pop_front();
    }
}

fn sum_after(events: &VecDeque<(f64, u32)>, cut: f64) -> f64 {
    events
        .iter()
        .filter(|(at, _)| *at > cut)
        .map(|(_, change)| f64::from(*change))
        .sum()
}

impl Memory {
    /// Notes that the number of replicas was changed.
    pub fn changed(&mut self, at: f64, from: u32, to: u32) {
        if to > from {
            self.added.push_back((at, to - from));
        } else if to < from {
            self.removed.push_back((at, from - to));
        }
    }

    /// Notes what was recommended, in order of time.
    pub fn recommended(&mut self, at: f64, replicas: u32) {
        while self.high.back().is_some_and(|(_, r)| *r <= replicas) {
            self.high.pop_back();
        }
        self.high.push_back((at, replicas));
        while self.low.back().is_some_and(|(_, r)| *r >= replicas) {
            self.low.pop_back();
        }
        self.low.push_back((at, replicas));
    }

    /// What the wanted number becomes now, within `bounds` (least, most).
    pub fn settle(
        &mut self,
        at: f64,
        current: u32,
        wanted: u32,
        behavior: &HpaBehavior,
        bounds: (u32, u32),
    ) -> Settled {
        let period = longest_period(&behavior.up).max(longest_period(&behavior.down));
        forget(&mut self.added, at - period);
        forget(&mut self.removed, at - period);
        forget(&mut self.low, at - behavior.up.stabilization);
        forget(&mut self.high, at - behavior.down.stabilization);
        let up = self.low.front().map_or(wanted, |(_, r)| wanted.min(*r));
        let down = self.high.front().map_or(wanted, |(_, r)| wanted.max(*r));
        self.recommended(at, wanted);
        let to = current.max(up).min(down);
        let held = (to != wanted).then_some(Held::Window(if wanted > to {
            behavior.up.stabilization
        } else {
            behavior.down.stabilization
        }));
        self.limited(at, current, Settled { to, held }, behavior, bounds)
    }

    /// The policies' limits, which never turn the direction round, and the bounds.
    fn limited(
        &self,
        at: f64,
        current: u32,
        stable: Settled,
        behavior: &HpaBehavior,
        (least, most): (u32, u32),
    ) -> Settled {
        match stable.to.cmp(&current) {
            Ordering::Greater => {
                let (limit, held) = self.limit(at, current, &behavior.up, true);
                let limit = limit.max(current);
                let (limit, held) = if limit < most {
                    (limit, held)
                } else {
                    (most, Held::Bounds)
                };
                cut(stable, stable.to.min(limit), held)
            }
            Ordering::Less => {
                let (limit, held) = self.limit(at, current, &behavior.down, false);
                let limit = limit.min(current);
                let (limit, held) = if limit > least {
                    (limit, held)
                } else {
                    (least, Held::Bounds)
                };
                cut(stable, stable.to.max(limit), held)
            }
            Ordering::Equal => stable,
        }
    }

    /// The furthest one direction may go now.
    fn limit(&self, at: f64, current: u32, direction: &HpaDirection, up: bool) -> (u32, Held) {
        if direction.select == Select::Disabled {
            return (current, Held::Disabled);
        }
        let proposals = direction.policies.iter().map(|policy| {
            let cut = at - policy.period;
            let start =
                f64::from(current) - sum_after(&self.added, cut) + sum_after(&self.removed, cut);
            let value = f64::from(policy.value);
            // In floating point, as Kubernetes computes it: 10 × 1.1 and 10 × (1 − 0.9) carry its rounding.
            let proposed = match (policy.kind, up) {
                (HpaPolicyKind::Pods, true) => start + value,
                (HpaPolicyKind::Pods, false) => start - value,
                (HpaPolicyKind::Percent, true) => (start * (1.0 + value / 100.0)).ceil(),
                (HpaPolicyKind::Percent, false) => (start * (1.0 - value / 100.0)).trunc(),
            };
            (proposed, *policy)
        });
        let most = (direction.select == Select::Max) == up;
        proposals
            .reduce(|best, next| {
                let better = if most {
                    next.0 > best.0
                } else {
                    next.0 < best.0
                };
                if better { next } else { best }
            })
            .map_or((current, Held::Disabled), |(proposed, policy)| {
                (whole(proposed), Held::Policy(policy))
            })
    }

    /// As [`Self::settle`], for an autoscaler without a behaviour block: the highest recommendation of five minutes, at
    /// most double or four, and the bounds.
    pub fn settle_legacy(
        &mut self,
        at: f64,
        current: u32,
        wanted: u32,
        (least, most): (u32, u32),
    ) -> Settled {
        forget(&mut self.high, at - LEGACY_WINDOW);
        forget(&mut self.low, at);
        forget(&mut self.added, at);
        forget(&mut self.removed, at);
        let to = self.high.front().map_or(wanted, |(_, r)| wanted.max(*r));
        self.recommended(at, wanted);
        let stable = Settled {
            to,
            held: (to != wanted).then_some(Held::Window(LEGACY_WINDOW)),
        };
        let limit = current.saturating_mul(2).max(4);
        if to < least {
            cut(stable, least, Held::Bounds)
        } else if to > limit.min(most) {
            let held = if most > limit {
                Held::Legacy
            } else {
                Held::Bounds
            };
            cut(stable, limit.min(most), held)
        } else {
            stable
        }
    }
}

/// The same, or the limit and what it is.
fn cut(stable: Settled, to: u32, held: Held) -> Settled {
    if to == stable.to {
        stable
    } else {
        Settled {
            to,
            held: Some(held),
        }
    }
}
