//! The level of a load at any second, straight from its pattern.

use crate::calendar::{Instant, Zone};
use crate::scenario::model::{Interpolation, Pattern, RatePoint, Run};
use crate::units::Micros;

/// A pattern of the load with the clock it follows.
#[derive(Clone, Debug)]
pub struct Level {
    pattern: Pattern,
    start: Instant,
    zone: Zone,
}

/// Linear between the middles of the hours, the last going over into the first.
fn by_hour(hours: &[f64], hour: f64) -> f64 {
    let count = hours.len().max(1);
    let middle = (hour - 0.5).rem_euclid(count as f64);
    let before = middle.floor();
    let value = |i: usize| hours.get(i % count).copied().unwrap_or(0.0);
    let low = value(before as usize);
    low + (value(before as usize + 1) - low) * (middle - before)
}

/// The level of points in rising order; before the first, the first.
fn by_points(points: &[RatePoint], interpolation: Interpolation, at: f64) -> f64 {
    let next = points.partition_point(|p| p.at <= at);
    let Some(before) = points.get(next.saturating_sub(1)) else {
        return 0.0;
    };
    match (interpolation, points.get(next)) {
        (Interpolation::Linear, Some(after)) if after.at > before.at && at > before.at => {
            before.level + (after.level - before.level) * (at - before.at) / (after.at - before.at)
        }
        _ => before.level,
    }
}

impl Level {
    /// In the zone and from the start of a run.
    pub fn new(pattern: &Pattern, run: &Run) -> Self {
        Self {
            pattern: pattern.clone(),
            start: Instant(run.start_micros),
            zone: Zone::named(&run.zone).unwrap_or_else(|_| Zone::utc()),
        }
    }

    /// Hours since midnight, and days since Monday.
    fn clock(&self, at: f64) -> (f64, f64) {
        let civil = self
            .start
            .plus(Micros((at * 1e6).round() as i64))
            .civil(&self.zone);
        let hour = f64::from(civil.hour())
            + f64::from(civil.minute()) / 60.0
            + f64::from(civil.second()) / 3600.0;
        (hour, f64::from(civil.weekday().to_monday_zero_offset()))
    }

    /// At a second of the run; what lies outside the scenario counts as nothing.
    pub fn at(&self, at: f64) -> f64 {
        let level = match &self.pattern {
            Pattern::Constant { level } => *level,
            Pattern::Ramp { from, to, over } => {
                let share = if *over > 0.0 { at / over } else { 1.0 };
                from + (to - from) * share.clamp(0.0, 1.0)
            }
            Pattern::Spike {
                base,
                peak,
                at: begin,
                lasts,
            } => {
                if (*begin..begin + lasts).contains(&at) {
                    *peak
                } else {
                    *base
                }
            }
            Pattern::Steps {
                from,
                by,
                every,
                to,
            } => {
                let steps = if *every > 0.0 {
                    (at / every).floor().max(0.0)
                } else {
                    0.0
                };
                let level = from + by * steps;
                if *by > 0.0 {
                    level.min(*to)
                } else {
                    level.max(*to)
                }
            }
            Pattern::Daily { hours } => by_hour(hours, self.clock(at).0),
            Pattern::Weekly { hours } => {
                let (hour, day) = self.clock(at);
                by_hour(hours, day * 24.0 + hour)
            }
            Pattern::Points {
                points,
                interpolation,
            } => by_points(points, *interpolation, at),
            Pattern::Forecast { .. } | Pattern::Series { .. } | Pattern::Log { .. } => 0.0,
        };
        level.max(0.0)
    }
}
