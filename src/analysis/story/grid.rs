//! Series brought to one value per step of a common grid, with short gaps bridged.

use crate::calendar::{Instant, TimeRange};
use crate::units::Micros;

/// Steps a grid may have, in seconds, rising.
const LADDER: [i64; 13] = [
    60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800,
];
/// No window has many more cells than this.
const MOST_CELLS: i64 = 720;
/// Share of the cells that need a value; the rest is bridged.
const FILLED: f64 = 0.8;

/// Cells of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub start: Instant,
    pub step: Micros,
    pub cells: usize,
}

/// The shortest step of the ladder that is at least so long.
pub(super) fn step_at_least(secs: f64) -> Micros {
    let found = LADDER.iter().find(|step| **step as f64 >= secs - 0.5);
    Micros::from_secs(found.copied().unwrap_or(604_800))
}

/// The shortest step that keeps a window within bounds.
pub(super) fn step_for(window: Micros, own_secs: f64) -> Micros {
    let least = window.0 as f64 / 1e6 / MOST_CELLS as f64;
    step_at_least(least.max(own_secs))
}

impl Grid {
    /// The cells that cover a range, aligned to multiples of the step.
    pub fn over(range: TimeRange, step: Micros) -> Self {
        let width = step.0.max(1);
        let first = range.start.0.div_euclid(width);
        let last = range.end.0.saturating_sub(1).div_euclid(width);
        Self {
            start: Instant(first.saturating_mul(width)),
            step: Micros(width),
            cells: usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0),
        }
    }

    /// With so many more cells on either side.
    pub fn widened(self, cells: usize) -> Self {
        let by = i64::try_from(cells).unwrap_or(0);
        Self {
            start: Instant(self.start.0.saturating_sub(self.step.0.saturating_mul(by))),
            cells: self.cells + 2 * cells,
            ..self
        }
    }

    /// The cells as ranges.
    pub fn slices(self) -> Vec<TimeRange> {
        (0..self.cells)
            .map(|cell| {
                let start = self
                    .start
                    .plus(Micros(self.step.0.saturating_mul(cell as i64)));
                TimeRange {
                    start,
                    end: start.plus(self.step),
                }
            })
            .collect()
    }

    /// All of it.
    pub fn range(self) -> TimeRange {
        TimeRange {
            start: self.start,
            end: self
                .start
                .plus(Micros(self.step.0.saturating_mul(self.cells as i64))),
        }
    }

    /// The mean of the points in each cell. Cells without one are bridged in a straight line; `None` where more than a
    /// fifth of them are.
    pub fn means(self, times: &[Instant], values: &[f64]) -> Option<Vec<f64>> {
        let range = self.range();
        let from = times.partition_point(|t| *t < range.start);
        let to = times.partition_point(|t| *t < range.end);
        let mut sums = vec![(0.0, 0_u32); self.cells];
        for (at, value) in times.get(from..to)?.iter().zip(values.get(from..to)?) {
            let cell = at.since(self.start).0.div_euclid(self.step.0);
            let slot = usize::try_from(cell).ok().and_then(|c| sums.get_mut(c));
            if let Some((sum, n)) = slot.filter(|_| value.is_finite()) {
                *sum += value;
                *n += 1;
            }
        }
        let cells: Vec<Option<f64>> = sums
            .into_iter()
            .map(|(sum, n)| (n > 0).then(|| sum / f64::from(n)))
            .collect();
        bridged(&cells)
    }
}

/// Cells without a value in a straight line between their neighbours; `None` where there are too many of them.
pub(super) fn bridged(cells: &[Option<f64>]) -> Option<Vec<f64>> {
    let known: Vec<(usize, f64)> = cells
        .iter()
        .enumerate()
        .filter_map(|(i, v)| Some((i, (*v)?)))
        .collect();
    if known.is_empty() || (known.len() as f64) < cells.len() as f64 * FILLED {
        return None;
    }
    let mut next = 0;
    let filled = (0..cells.len()).map(|i| {
        while known.get(next).is_some_and(|(at, _)| *at < i) {
            next += 1;
        }
        let after = known.get(next);
        let before = next.checked_sub(1).and_then(|b| known.get(b));
        match (before, after) {
            (_, Some((at, value))) if *at == i => *value,
            (Some((a, u)), Some((b, v))) => u + (v - u) * (i - a) as f64 / (b - a) as f64,
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        }
    });
    Some(filled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_means_and_gaps_are_bridged() {
        let grid = Grid::over(
            TimeRange {
                start: Instant::from_secs(30),
                end: Instant::from_secs(330),
            },
            Micros::from_secs(60),
        );
        assert_eq!((grid.start, grid.cells), (Instant(0), 6));
        let times: Vec<Instant> = [0, 30, 60, 120, 240, 300].map(Instant::from_secs).to_vec();
        let filled = grid
            .means(&times, &[1.0, 3.0, 4.0, 6.0, 10.0, 12.0])
            .unwrap();
        assert_eq!(filled, [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        // Two of six cells are missing: too many.
        assert_eq!(grid.means(&times[..5], &[1.0; 5]), None);
        assert_eq!(grid.widened(2).cells, 10);
        assert_eq!(grid.widened(2).start, Instant::from_secs(-120));
    }

    #[test]
    fn a_day_takes_a_quarter_of_an_hour() {
        let week = Micros(7 * Micros::DAY.0);
        assert_eq!(step_for(week, 60.0), Micros::from_secs(900));
        assert_eq!(step_for(Micros::HOUR, 60.0), Micros::MINUTE);
        assert_eq!(step_for(Micros::HOUR, 300.0), Micros::from_secs(300));
    }
}
