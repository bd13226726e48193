//! Target tracking. AWS publishes what it does but not its arithmetic; this is an approximation and says so. Out: as
//! many instances as bring the metric to its target. In: only when the target still holds with fewer. Defaults of the
//! alarms: three periods of a minute out, fifteen in below 90 % of the target (as users report them).

use crate::scenario::model::{Autoscaling, ScaleMetric, TrackingAlarms};

use super::periods::Periods;
use super::reason::{Answer, Reason};
use super::{Seen, whole};

/// One metric that is kept at its target.
#[derive(Clone, Debug)]
pub struct Tracker {
    metric: ScaleMetric,
    target: f64,
    alarms: TrackingAlarms,
    /// Seconds after scaling out, and in.
    cooldown: (f64, f64),
    periods: Periods,
    /// When it last scaled out, and to how many.
    out: Option<(f64, u32)>,
    /// When anything last changed.
    changed: Option<f64>,
}

impl Tracker {
    /// One for each metric of the scenario.
    pub fn all(settings: &Autoscaling) -> Vec<Self> {
        let alarms = settings.tracking_alarms;
        settings
            .tracking
            .iter()
            .map(|(metric, target)| Self {
                metric: *metric,
                target: *target,
                alarms,
                cooldown: settings.tracking_cooldown,
                periods: Periods::new(
                    *metric,
                    alarms.period,
                    alarms.out_periods.max(alarms.in_periods),
                ),
                out: None,
                changed: None,
            })
            .collect()
    }

    /// What it wants. Unlike an alarm it always has an answer: to stay is one, and keeps others from scaling in.
    pub fn answer(&mut self, at: f64, seen: &Seen, tick: f64, ready: u32, current: u32) -> Answer {
        let hold = Answer {
            to: current,
            reason: Reason::Hold,
        };
        if !self.periods.take(seen, tick) || ready == 0 || self.target <= 0.0 {
            return hold;
        }
        let (target, alarms) = (self.target, self.alarms);
        let needed = |value: f64| whole((f64::from(ready) * value / target - 1e-9).ceil());
        let (value, to) = if self.periods.all(alarms.out_periods, |mean| mean > target) {
            let Some(value) = self.periods.last() else {
                return hold;
            };
            let to = needed(value);
            // Within the cooldown only a larger change than the one that began it counts.
            let larger = self
                .out
                .is_none_or(|(then, before)| at - then >= self.cooldown.0 || to > before);
            if to <= current || !larger {
                return hold;
            }
            self.out = Some((at, to));
            (value, to)
        } else if self
            .periods
            .all(alarms.in_periods, |mean| mean < alarms.in_share * target)
        {
            let Some(value) = self.periods.largest(alarms.in_periods) else {
                return hold;
            };
            let to = needed(value).max(1);
            let rested = self.changed.is_none_or(|then| at - then >= self.cooldown.1);
            if to >= current || !rested {
                return hold;
            }
            (value, to)
        } else {
            return hold;
        };
        Answer {
            to,
            reason: Reason::Tracking {
                metric: self.metric,
                value,
                target,
            },
        }
    }

    /// Notes a change of the number of instances, whoever made it.
    pub fn changed(&mut self, at: f64) {
        self.changed = Some(at);
    }
}
