//! What known changes, events and holidays do to each step of the forecast: a factor and a summand.

use super::super::bands::Bounds;
use super::super::{ForecastPoint, Steps};
use crate::calendar::{Instant, TimeRange};

/// A factor and a summand for each step, over the past and the forecast.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    terms: Vec<(f64, f64)>,
}

/// The share of a step that lies in a range, 0..=1.
pub(super) fn share(steps: &Steps, index: usize, range: TimeRange) -> f64 {
    let step = TimeRange {
        start: steps.time(index),
        end: steps.time(index + 1),
    };
    let length = step.length().0;
    if length <= 0 {
        return f64::from(u8::from(range.contains(step.start)));
    }
    step.intersect(range)
        .map_or(0.0, |both| both.length().0 as f64 / length as f64)
}

/// Until the end of time.
pub(super) const fn from_on(start: Instant) -> TimeRange {
    TimeRange {
        start,
        end: Instant(i64::MAX),
    }
}

impl Effects {
    /// No step is changed.
    pub fn is_none(&self) -> bool {
        self.terms.iter().all(|t| *t == (1.0, 0.0))
    }

    /// Puts a factor and a summand on top of what a step has.
    pub fn add(&mut self, index: usize, (factor, summand): (f64, f64)) {
        if self.terms.len() <= index {
            self.terms.resize(index + 1, (1.0, 0.0));
        }
        if let Some((a, b)) = self.terms.get_mut(index) {
            *a *= factor;
            *b = *b * factor + summand;
        }
    }

    /// The step behind the last one that it says something about.
    pub fn reach(&self) -> usize {
        self.terms.len()
    }

    /// The same for steps of which the first `count` are gone.
    pub fn drop_first(&mut self, count: usize) {
        self.terms.drain(..count.min(self.terms.len()));
    }

    fn at(&self, index: usize) -> (f64, f64) {
        self.terms.get(index).copied().unwrap_or((1.0, 0.0))
    }

    /// A step of the forecast with its effects, within physical bounds.
    pub fn apply(&self, index: usize, point: &mut ForecastPoint, bounds: Bounds) {
        let (a, b) = self.at(index);
        if (a, b) == (1.0, 0.0) {
            return;
        }
        for value in [
            &mut point.mean,
            &mut point.lo80,
            &mut point.hi80,
            &mut point.lo95,
            &mut point.hi95,
        ] {
            *value = bounds.keep(a * *value + b);
        }
    }

    /// The value without effects above which a step with its effects is over `limit`; what stays within `bounds` is
    /// never over a limit at or above them.
    pub fn bar(&self, index: usize, limit: f64, bounds: Bounds) -> f64 {
        let (a, b) = self.at(index);
        if (a, b) == (1.0, 0.0) {
            limit
        } else if limit >= bounds.high {
            f64::INFINITY
        } else if limit < bounds.low {
            f64::NEG_INFINITY
        } else if a > 0.0 {
            (limit - b) / a
        } else if b > limit {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }
    }
}
