//! Steps of up to an hour by the clock of a zone: what repeats by the hour of the day goes on at the same hour after a
//! clock change. The forecast is made cell by cell and then read off at every step of absolute time, so that the hour that
//! comes twice is said twice and the one that is left out is not said.

use super::grid::Grid;
use super::steps::Steps;
use super::{Forecast, ForecastPoint};
use crate::calendar::Instant;
use crate::units::Micros;

impl Grid {
    /// Puts a value into its cell. What two instants have in common, as on the clock, is their mean.
    pub fn put(&self, values: &mut Vec<Option<f64>>, index: usize, value: f64) {
        if values.len() <= index {
            values.resize(index + 1, None);
        }
        let Some(cell) = values.get_mut(index) else {
            return;
        };
        let value = Some(value).filter(|v| v.is_finite());
        *cell = match (*cell, value) {
            (Some(before), Some(value)) if self.is_clock() => Some(f64::midpoint(before, value)),
            _ => value,
        };
    }

    /// Cells of the first `count` that no instant falls in, because the clock leaves them out.
    pub fn left_out(&self, count: usize) -> usize {
        if !self.is_clock() {
            return 0;
        }
        (0..count)
            .filter(|index| self.index(self.time(*index)) != Some(*index))
            .count()
    }

    /// The cells from `past` on that hold the next `steps` steps of absolute time.
    pub fn cells(&self, past: usize, steps: usize) -> usize {
        let Self::Clock { every, .. } = self else {
            return steps;
        };
        let last = ahead(self.time(past), *every, steps.saturating_sub(1));
        let index = self.index(last).unwrap_or(past).max(past);
        index + 1 - past
    }
}

/// An instant so many steps after another.
fn ahead(start: Instant, every: Micros, steps: usize) -> Instant {
    let steps = i64::try_from(steps).unwrap_or(i64::MAX);
    start.plus(Micros(every.0.saturating_mul(steps)))
}

impl Steps {
    /// A forecast cell by cell as one step by step; nothing changes where the two are the same.
    pub fn on_the_clock(&self, forecast: &mut Forecast) {
        if !self.grid.is_clock() {
            return;
        }
        forecast.points = self.read_off(&forecast.points);
        if let Some(plan) = &mut forecast.plan {
            plan.without.points = self.read_off(&plan.without.points);
        }
    }

    fn read_off(&self, cells: &[ForecastPoint]) -> Vec<ForecastPoint> {
        let past = self.values.len();
        let start = self.time(past);
        // An hour that comes twice adds a step.
        let at_most = 2 * cells.len();
        (0..at_most)
            .map_while(|k| {
                let t = ahead(start, self.step, k);
                let cell = self.grid.index(t)?.saturating_sub(past);
                Some(ForecastPoint {
                    t,
                    ..*cells.get(cell)?
                })
            })
            .collect()
    }
}
