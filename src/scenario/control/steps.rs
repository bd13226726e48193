//! Step scaling: an alarm over periods of a metric, and changes by how far it is beyond its threshold. Ranges,
//! percentages and their rounding as in the reference of AWS Application Auto Scaling (`StepAdjustment`,
//! `StepScalingPolicyConfiguration`).

use crate::scenario::model::{StepAdjustment, StepPolicy, StepRule};

use super::periods::Periods;
use super::reason::{Answer, Reason};
use super::{Seen, whole};

/// Distances from a threshold are compared to this many parts of one, so that 0.6 − 0.5 is 0.1.
const GRAIN: f64 = 1e9;

fn grained(value: f64) -> f64 {
    (value * GRAIN).round()
}

/// The step for a value, by its distance from the threshold. Above it a range includes its lower end, below it its
/// upper end.
pub fn step_for(policy: &StepPolicy, value: f64) -> Option<&StepAdjustment> {
    let distance = grained(value - policy.threshold);
    policy.steps.iter().find(|step| {
        let lower = step.lower.map_or(f64::NEG_INFINITY, grained);
        let upper = step.upper.map_or(f64::INFINITY, grained);
        if policy.above {
            lower <= distance && distance < upper
        } else {
            lower < distance && distance <= upper
        }
    })
}

/// A percentage of instances as a whole change: what is between −1 and 1 becomes a whole one, the rest goes towards
/// zero; then no smaller than `least`.
fn percent_change(change: f64, least: u32) -> f64 {
    let rounded = if change > 0.0 && change < 1.0 {
        1.0
    } else if change < 0.0 && change > -1.0 {
        -1.0
    } else {
        change.trunc()
    };
    let least = f64::from(least);
    if rounded > 0.0 {
        rounded.max(least)
    } else if rounded < 0.0 {
        rounded.min(-least)
    } else {
        0.0
    }
}

/// Instances after a step.
pub fn stepped(policy: &StepPolicy, step: &StepAdjustment, current: u32) -> u32 {
    let from = f64::from(current);
    whole(match policy.rule {
        StepRule::ExactCapacity => step.change.trunc(),
        StepRule::ChangeInCapacity => from + step.change.trunc(),
        StepRule::PercentChangeInCapacity => {
            from + percent_change(from * step.change / 100.0, policy.min_adjustment)
        }
    })
}

/// One policy with its alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    policy: StepPolicy,
    periods: Periods,
    /// When it last acted.
    acted: Option<f64>,
    /// What it answered at the last look.
    asked: Option<u32>,
}

impl Alarm {
    /// At the start of a run.
    pub fn new(policy: &StepPolicy) -> Self {
        Self {
            periods: Periods::new(policy.metric, policy.period, policy.evaluation_periods),
            policy: policy.clone(),
            acted: None,
            asked: None,
        }
    }

    /// What it wants; nothing while its alarm is silent, within its cooldown, or in the middle of a period.
    pub fn answer(&mut self, at: f64, seen: &Seen, tick: f64, current: u32) -> Option<Answer> {
        self.asked = None;
        if !self.periods.take(seen, tick) {
            return None;
        }
        let policy = &self.policy;
        let threshold = grained(policy.threshold);
        let beyond = |mean: f64| {
            if policy.above {
                grained(mean) >= threshold
            } else {
                grained(mean) <= threshold
            }
        };
        if !self.periods.all(policy.evaluation_periods, beyond)
            || self.acted.is_some_and(|then| at - then < policy.cooldown)
        {
            return None;
        }
        let value = self.periods.last()?;
        let to = stepped(policy, step_for(policy, value)?, current);
        self.asked = Some(to);
        Some(Answer {
            to,
            reason: Reason::Step {
                metric: policy.metric,
                value,
                threshold: policy.threshold,
                above: policy.above,
                periods: policy.evaluation_periods,
                period: policy.period,
            },
        })
    }

    /// Notes a change of the number of instances: the cooldown begins where this policy wanted that direction.
    pub fn changed(&mut self, at: f64, from: u32, to: u32) {
        if self
            .asked
            .is_some_and(|asked| (asked > from) == (to > from) && asked != from)
        {
            self.acted = Some(at);
        }
    }
}
