//! The points of one line of a chart, prepared once: drawn from a min/max pyramid, read at the pointer by binary search.
//!
//! What was last drawn is kept, so that a frame in which nothing moved costs the same for a thousand points or ten
//! million.

use std::sync::{Arc, Mutex, PoisonError};

use egui_plot::PlotPoint;

use crate::calendar::Instant;
use crate::dataset::Series;
use crate::dataset::pyramid::Pyramid;

/// Neighbours further apart than this many usual steps are not joined: gaps are gaps.
const GAP_STEPS: f64 = 2.5;

/// What is drawn of a line in one window: its unbroken runs.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Runs of neighbouring points.
    pub runs: Vec<Vec<PlotPoint>>,
    /// Not every point is among them.
    pub aggregated: bool,
}

/// From, to (bits of the seconds) and width in pixels.
type WindowKey = (u64, u64, usize);

/// One line, ready to be drawn at any zoom.
#[derive(Debug, Default)]
pub struct LineData {
    pyramid: Pyramid,
    gap: f64,
    last: Mutex<Option<(WindowKey, Arc<Drawn>)>>,
}

impl LineData {
    /// From rising x values and their y values; neighbours further apart than `gap` are not joined.
    pub fn new(times: Vec<f64>, values: Vec<f64>, gap: f64) -> Self {
        Self {
            pyramid: Pyramid::new(times, values, gap),
            gap,
            last: Mutex::new(None),
        }
    }

    /// From (x, y) pairs in any order of a line without gaps.
    pub fn curve(mut points: Vec<(f64, f64)>) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (times, values) = points.into_iter().unzip();
        Self::new(times, values, f64::INFINITY)
    }

    /// From a metric series; its step says what a gap is.
    pub fn from_series(series: &Series) -> Self {
        let step = series.info.step_secs;
        Self::new(
            series.times.iter().map(|t| t.as_secs()).collect(),
            series.values.clone(),
            step.map_or(f64::INFINITY, |s| s * GAP_STEPS),
        )
    }

    /// From steps of equal length, of which some may have no value.
    pub fn from_steps(
        steps: impl IntoIterator<Item = (Instant, Option<f64>)>,
        step_secs: f64,
    ) -> Self {
        let (times, values) = steps
            .into_iter()
            .filter_map(|(t, v)| Some((t.as_secs(), v?)))
            .unzip();
        let gap = if step_secs > 0.0 {
            step_secs * GAP_STEPS
        } else {
            f64::INFINITY
        };
        Self::new(times, values, gap)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.pyramid.len()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.pyramid.is_empty()
    }

    /// First and last x.
    pub fn span(&self) -> Option<(f64, f64)> {
        self.pyramid.span()
    }

    /// Lowest and highest y within a window of x.
    pub fn bounds(&self, from: f64, to: f64) -> Option<(f64, f64)> {
        self.pyramid.window_bounds(from, to)
    }

    /// The points of a window of x, both ends included.
    pub fn points(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
        let (times, values) = (self.pyramid.times(), self.pyramid.values());
        let start = times.partition_point(|t| *t < from);
        let end = times.partition_point(|t| *t <= to).max(start);
        let times = times.get(start..end).unwrap_or_default();
        let values = values.get(start..end).unwrap_or_default();
        times.iter().copied().zip(values.iter().copied())
    }

    /// The point nearest to an x, no further away than a gap or `reach`.
    pub fn nearest(&self, x: f64, reach: f64) -> Option<(f64, f64)> {
        let (times, values) = (self.pyramid.times(), self.pyramid.values());
        let after = times.partition_point(|t| *t < x);
        let at = |index: usize| Some((*times.get(index)?, *values.get(index)?));
        let candidates = [after.checked_sub(1).and_then(at), at(after)];
        let reach = if self.gap.is_finite() {
            reach.max(self.gap / 2.0)
        } else if self.span().is_some_and(|(a, b)| a <= x && x <= b) {
            f64::INFINITY
        } else {
            reach
        };
        candidates
            .into_iter()
            .flatten()
            .filter(|(t, v)| v.is_finite() && (t - x).abs() <= reach)
            .min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()))
    }

    /// What to draw of a window on that many columns of pixels; the same as before while nothing moves.
    pub fn drawn(&self, from: f64, to: f64, pixels: usize) -> Arc<Drawn> {
        let key = (from.to_bits(), to.to_bits(), pixels);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, drawn)) = last.as_ref().filter(|(k, _)| *k == key) {
            return Arc::clone(drawn);
        }
        let found = self.pyramid.query(from, to, pixels);
        let mut runs: Vec<Vec<PlotPoint>> = vec![Vec::new()];
        for [x, y] in found.points {
            if y.is_nan() {
                runs.push(Vec::new());
            } else if let Some(run) = runs.last_mut() {
                run.push(PlotPoint::new(x, y));
            }
        }
        runs.retain(|run| !run.is_empty());
        let drawn = Arc::new(Drawn {
            runs,
            aggregated: found.aggregated,
        });
        *last = Some((key, Arc::clone(&drawn)));
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_split_a_line_and_hide_its_value() {
        let times = vec![0.0, 1.0, 2.0, 10.0, 11.0];
        let line = LineData::new(times, vec![5.0, 6.0, 7.0, 8.0, 9.0], 2.5);
        let drawn = line.drawn(0.0, 11.0, 100);
        assert_eq!(drawn.runs.len(), 2);
        assert!(!drawn.aggregated);
        assert_eq!(line.nearest(1.4, 0.1), Some((1.0, 6.0)));
        assert_eq!(line.nearest(6.0, 0.1), None);
        assert_eq!(line.bounds(0.0, 2.0), Some((5.0, 7.0)));
        assert_eq!(line.points(1.0, 10.0).count(), 3);
    }

    #[test]
    fn a_long_line_is_drawn_from_few_points_and_keeps_its_spike() {
        let n = 100_000;
        let times: Vec<f64> = (0..n).map(f64::from).collect();
        let mut values = vec![1.0; 100_000];
        values[70_123] = 99.0;
        let line = LineData::new(times, values, 2.5);
        let drawn = line.drawn(0.0, f64::from(n), 500);
        let points: usize = drawn.runs.iter().map(Vec::len).sum();
        assert!(drawn.aggregated);
        assert!(points <= 500 * 4 + 8, "{points}");
        assert!(drawn.runs.iter().flatten().any(|p| p.y > 98.0));
        assert!(Arc::ptr_eq(&drawn, &line.drawn(0.0, f64::from(n), 500)));
    }
}
