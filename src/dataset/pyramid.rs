//! Minimum and maximum of a long series at several levels, so that a plot costs the same for a thousand points or ten
//! million.
//!
//! For plots only: analysis never reads a pyramid. A cell of level k spans `4^k` neighbouring points and keeps the
//! places of its lowest and highest one, so every spike survives at every zoom, at its own time.

use super::Series;

/// Points to a cell of the first level, and cells to a cell of the next.
const FANOUT: usize = 4;
/// A level is only built where the one below it is longer than this.
const SHORTEST: usize = 256;

/// What a cell knows about the points it spans.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Index of the lowest point; `NONE` where there is no finite one.
    lowest: u32,
    /// Index of the highest point.
    highest: u32,
    /// There is a break inside, or between it and the next cell.
    broken: bool,
}

const NONE: u32 = u32::MAX;

/// A long series, ready to be drawn at any zoom.
#[derive(Clone, Debug, Default)]
pub struct Pyramid {
    times: Vec<f64>,
    values: Vec<f64>,
    gap_secs: f64,
    levels: Vec<Vec<Cell>>,
}

/// What is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// (seconds, value), rising in time. A value of NaN is a break in the line; all others are real points.
    pub points: Vec<[f64; 2]>,
    /// Not every point in the window is among them: the chart says "aggregated".
    pub aggregated: bool,
}

impl Pyramid {
    /// From rising times in seconds and their values, in O(n). Values that are not finite, and neighbours further apart
    /// than `gap_secs`, break the line. The longer of two inputs of different length is cut.
    pub fn new(mut times: Vec<f64>, mut values: Vec<f64>, gap_secs: f64) -> Self {
        let n = times.len().min(values.len()).min(NONE as usize);
        times.truncate(n);
        values.truncate(n);
        let mut pyramid = Self {
            times,
            values,
            gap_secs,
            levels: Vec::new(),
        };
        if n > SHORTEST {
            let first: Vec<Cell> = (0..n)
                .step_by(FANOUT)
                .map(|from| pyramid.cell(from, (from + FANOUT).min(n)))
                .collect();
            pyramid.levels.push(first);
            while let Some(below) = pyramid.levels.last().filter(|l| l.len() > SHORTEST) {
                let above = below
                    .chunks(FANOUT)
                    .map(|cells| pyramid.join(cells))
                    .collect();
                pyramid.levels.push(above);
            }
        }
        pyramid
    }

    /// Of a series; a distance of more than one and a half usual steps breaks the line.
    pub fn of(series: &Series) -> Self {
        Self::new(
            series.times.iter().map(|t| t.as_secs()).collect(),
            series.values.clone(),
            series.info.step_secs.map_or(f64::INFINITY, |s| s * 1.5),
        )
    }

    /// How many points it was made of.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The times it was made of, in seconds.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The values it was made of, one a time.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// First and last time in seconds.
    pub fn span(&self) -> Option<(f64, f64)> {
        Some((*self.times.first()?, *self.times.last()?))
    }

    /// Lowest and highest value of all points.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.window_bounds(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// Lowest and highest value within a window of seconds, both ends included. Exact.
    pub fn window_bounds(&self, from: f64, to: f64) -> Option<(f64, f64)> {
        let (start, end) = self.indexes(from, to);
        let mut bounds: Option<(f64, f64)> = None;
        self.cover(start, end, &mut |cell| {
            if let (Some(low), Some(high)) = (self.value(cell.lowest), self.value(cell.highest)) {
                let (a, b) = bounds.unwrap_or((low, high));
                bounds = Some((a.min(low), b.max(high)));
            }
        });
        bounds
    }

    fn value(&self, index: u32) -> Option<f64> {
        self.values.get(index as usize).copied()
    }

    fn time(&self, index: usize) -> f64 {
        self.times.get(index).copied().unwrap_or(f64::NAN)
    }

    fn gap_after(&self, index: usize) -> bool {
        self.times
            .get(index + 1)
            .is_some_and(|next| next - self.time(index) > self.gap_secs)
    }

    /// The cell over the points `from..to`.
    fn cell(&self, from: usize, to: usize) -> Cell {
        let mut cell = Cell {
            lowest: NONE,
            highest: NONE,
            broken: false,
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (index, value) in self.values.iter().enumerate().take(to).skip(from) {
            cell.broken |= !value.is_finite() || self.gap_after(index);
            if value.is_finite() {
                if *value < low {
                    (low, cell.lowest) = (*value, index as u32);
                }
                if *value > high {
                    (high, cell.highest) = (*value, index as u32);
                }
            }
        }
        cell
    }

    fn join(&self, cells: &[Cell]) -> Cell {
        let of = |pick: fn(&Cell) -> u32| {
            cells
                .iter()
                .map(pick)
                .filter_map(move |index| Some((index, self.value(index)?)))
        };
        Cell {
            lowest: of(|c| c.lowest)
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .map_or(NONE, |(index, _)| index),
            highest: of(|c| c.highest)
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .map_or(NONE, |(index, _)| index),
            broken: cells.iter().any(|c| c.broken),
        }
    }

    /// Points from `from` to `to` seconds, both included.
    fn indexes(&self, from: f64, to: f64) -> (usize, usize) {
        let start = self.times.partition_point(|t| *t < from);
        let end = self.times.partition_point(|t| *t <= to);
        (start, end.max(start))
    }

    /// Hands out cells that together span exactly the points `start..end`, in order.
    fn cover(&self, start: usize, end: usize, take: &mut impl FnMut(Cell)) {
        let mut at = start;
        while at < end {
            let (mut width, mut cell) = (1, None);
            for level in &self.levels {
                let wider = width * FANOUT;
                if !at.is_multiple_of(wider) || at + wider > end {
                    break;
                }
                cell = level.get(at / wider).copied();
                width = wider;
            }
            take(cell.unwrap_or_else(|| self.cell(at, at + 1)));
            at += width;
        }
    }

    /// The widest cell that fits at least eight times into a column of so many points, in points.
    fn grain(&self, per_column: usize) -> usize {
        let mut grain = 1;
        for _ in &self.levels {
            if grain * FANOUT * 8 > per_column {
                break;
            }
            grain *= FANOUT;
        }
        grain
    }

    /// How many of the points `from..to` lie before a time, looked for near `guess` first.
    fn points_before(&self, time: f64, from: usize, to: usize, guess: usize) -> usize {
        let rest = self.times.get(from..to).unwrap_or_default();
        let mut near = (guess * 2).max(16);
        while near < rest.len() && rest.get(near).is_some_and(|t| *t < time) {
            near *= 2;
        }
        rest.get(..near.min(rest.len()))
            .unwrap_or_default()
            .partition_point(|t| *t < time)
    }

    /// What to draw of a window of seconds on `max_pixels` columns: all points where at most four fall on a column, else
    /// at most four for each, among them the lowest and the highest of every column. One point to either side of the
    /// window is added so that lines run on to the edge.
    pub fn query(&self, from: f64, to: f64, max_pixels: usize) -> Drawn {
        let (start, end) = self.indexes(from, to);
        let columns = max_pixels.max(1);
        let mut drawn = Drawn::default();
        let mut line = Line {
            pyramid: self,
            points: &mut drawn.points,
            last: None,
        };
        let lead = start.saturating_sub(1);
        for index in lead..start {
            line.point(index);
        }
        if end - start <= columns * 4 {
            for index in start..end {
                line.point(index);
            }
        } else {
            drawn.aggregated = true;
            // Columns stand at multiples of their width, so that the picture stays still while it is panned.
            let (first, last) = (self.time(start), self.time(end - 1));
            let window = if from.is_finite() && to.is_finite() {
                to - from
            } else {
                last - first
            };
            let width = (window / columns as f64).max(f64::MIN_POSITIVE);
            // A column ends with a whole cell of an eighth of its width, or less: that is not seen, and saves the walk
            // down to single points at both of its ends.
            let grain = self.grain((end - start) / columns);
            let (mut at, mut length) = (start, 1);
            while at < end {
                let edge = ((self.time(at) / width).floor() + 1.0) * width;
                length = self.points_before(edge, at, end, length).max(1);
                let whole = (at + length).next_multiple_of(grain).min(end);
                // Never across a gap.
                let next = if self.time(whole - 1) < edge + width / 2.0 {
                    whole
                } else {
                    at + length
                };
                line.column(at, next);
                at = next;
            }
        }
        if end < self.len() {
            line.point(end);
        }
        drawn
    }
}

/// The line as it grows, with breaks where the data have them.
struct Line<'a> {
    pyramid: &'a Pyramid,
    points: &'a mut Vec<[f64; 2]>,
    /// Index of the last point that was looked at.
    last: Option<usize>,
}

impl Line<'_> {
    fn break_here(&mut self, time: f64) {
        if self.points.last().is_some_and(|p| p[1].is_finite()) {
            self.points.push([time, f64::NAN]);
        }
    }

    /// A single point, as it is.
    fn point(&mut self, index: usize) {
        let (time, value) = (
            self.pyramid.time(index),
            self.pyramid.value(index as u32).unwrap_or(f64::NAN),
        );
        if let Some(last) = self.last.filter(|last| self.pyramid.gap_after(*last)) {
            self.break_here(self.pyramid.time(last));
        }
        if value.is_finite() {
            self.points.push([time, value]);
        } else {
            self.break_here(time);
        }
        self.last = Some(index);
    }

    /// The lowest and the highest of the points `from..to`, in order of time; first and last besides where the column
    /// has room, so that lines enter and leave where they should.
    fn column(&mut self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        if let Some(last) = self.last.filter(|last| self.pyramid.gap_after(*last)) {
            self.break_here(self.pyramid.time(last));
        }
        let pyramid = self.pyramid;
        let mut whole = Cell {
            lowest: NONE,
            highest: NONE,
            broken: false,
        };
        pyramid.cover(from, to, &mut |cell| {
            whole = pyramid.join(&[whole, cell]);
        });
        let mut picks = [from as u32, whole.lowest, whole.highest, (to - 1) as u32];
        picks.sort_unstable();
        let mut before = None;
        for index in picks {
            if before == Some(index) {
                continue;
            }
            before = Some(index);
            if let Some(value) = pyramid.value(index).filter(|v| v.is_finite()) {
                self.points.push([pyramid.time(index as usize), value]);
            }
        }
        if whole.broken {
            self.break_here(pyramid.time(to - 1));
        }
        self.last = Some(to - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repeatable sequence without a pattern (xorshift).
    fn noise(n: usize) -> Vec<f64> {
        let mut state = 88_172_645_463_325_252_u64;
        (0..n)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % 1_000_003) as f64
            })
            .collect()
    }

    fn seconds(n: usize) -> Vec<f64> {
        (0..n).map(|i| 1.7e9 + i as f64).collect()
    }

    fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
        values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            })
    }

    #[test]
    fn the_extremes_of_any_window_survive() {
        let n = 20_000;
        let (times, values) = (seconds(n), noise(n));
        let pyramid = Pyramid::new(times.clone(), values.clone(), 10.0);
        for (start, end) in [
            (0, n - 1),
            (1, 2),
            (777, 19_111),
            (5_000, 5_003),
            (4_095, 8_193),
        ] {
            let (from, to) = (times[start], times[end]);
            let expected = extremes(values[start..=end].iter().copied());
            assert_eq!(pyramid.window_bounds(from, to), Some(expected));
            for pixels in [1, 7, 100, 1_000] {
                let drawn = pyramid.query(from, to, pixels);
                let inside = drawn.points.iter().filter(|p| p[0] >= from && p[0] <= to);
                assert_eq!(extremes(inside.clone().map(|p| p[1])), expected);
                assert!(
                    inside.count() <= 4 * (pixels + 1),
                    "{start}..{end} on {pixels}"
                );
                assert_eq!(drawn.aggregated, end + 1 - start > 4 * pixels);
                assert!(drawn.points.windows(2).all(|p| p[0][0] <= p[1][0]));
            }
        }
    }

    #[test]
    fn every_column_keeps_its_own_extremes() {
        let n = 100_000;
        let (times, values) = (seconds(n), noise(n));
        let pyramid = Pyramid::new(times.clone(), values.clone(), 10.0);
        let drawn = pyramid.query(1.7e9, 1.7e9 + n as f64, 100);
        for column in 0..100_usize {
            // Columns of 1,000 points end with a whole cell of 64.
            let edge = |points: usize| points.next_multiple_of(64).min(n);
            let (start, end) = (edge(column * 1_000), edge((column + 1) * 1_000));
            let shown = drawn
                .points
                .iter()
                .filter(|p| p[0] >= times[start] && p[0] <= times[end - 1]);
            assert_eq!(
                extremes(shown.map(|p| p[1])),
                extremes(values[start..end].iter().copied())
            );
        }
    }

    /// Columns of thousands of points end at whole cells: nothing is lost between them.
    #[test]
    fn the_extremes_of_very_long_series_survive() {
        let n = 1_000_000;
        let (times, mut values) = (seconds(n), noise(n));
        for (index, value) in [(123_456, 5e6), (700_001, -5e6), (999_999, 6e6)] {
            values[index] = value;
        }
        let pyramid = Pyramid::new(times, values.clone(), 10.0);
        let drawn = pyramid.query(1.7e9 - 10.0, 1.7e9 + n as f64, 200);
        assert!(drawn.points.len() <= 210 * 4, "{}", drawn.points.len());
        assert!(drawn.points.windows(2).all(|w| w[0][0] <= w[1][0]));
        assert_eq!(
            extremes(drawn.points.iter().map(|p| p[1])),
            extremes(values.iter().copied())
        );
        assert!(drawn.points.iter().any(|p| p[1] > 4e6 && p[1] < 6e6));
    }

    #[test]
    fn few_points_are_drawn_as_they_are() {
        let pyramid = Pyramid::new(vec![1.0, 2.0, 3.0], vec![5.0, 6.0, 7.0], 10.0);
        let drawn = pyramid.query(1.5, 2.5, 100);
        assert!(!drawn.aggregated);
        assert_eq!(drawn.points, [[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]);
        assert_eq!(Pyramid::default().query(0.0, 1.0, 10), Drawn::default());
        assert_eq!(Pyramid::default().bounds(), None);
    }

    #[test]
    fn breaks_are_kept_at_every_zoom() {
        let n = 10_000;
        let mut times = seconds(n);
        for time in times.iter_mut().skip(5_000) {
            *time += 3_600.0;
        }
        let mut values = noise(n);
        values[2_500] = f64::NAN;
        let pyramid = Pyramid::new(times.clone(), values, 60.0);
        for pixels in [20, 1_000, 10_000] {
            let drawn = pyramid.query(times[0], times[n - 1], pixels);
            let breaks: Vec<f64> = drawn
                .points
                .iter()
                .filter(|p| p[1].is_nan())
                .map(|p| p[0])
                .collect();
            assert_eq!(breaks.len(), 2, "{pixels}");
            assert!((breaks[0] - times[2_500]).abs() <= 720.0);
            assert!(breaks[1] >= times[4_300] && breaks[1] < times[5_000]);
        }
        let all_nan = Pyramid::new(seconds(2_000), vec![f64::NAN; 2_000], 10.0);
        assert_eq!(all_nan.query(0.0, 2e9, 10).points, Vec::<[f64; 2]>::new());
    }

    #[test]
    fn the_picture_stays_still_while_panning() {
        let n = 50_000;
        let pyramid = Pyramid::new(seconds(n), noise(n), 10.0);
        let a = pyramid.query(1.7e9 + 10_000.0, 1.7e9 + 20_000.0, 100);
        let b = pyramid.query(1.7e9 + 10_300.0, 1.7e9 + 20_300.0, 100);
        let common = |drawn: &Drawn| -> Vec<[f64; 2]> {
            let within = |p: &&[f64; 2]| p[0] > 1.7e9 + 11_000.0 && p[0] < 1.7e9 + 19_000.0;
            drawn.points.iter().filter(within).copied().collect()
        };
        assert_eq!(common(&a), common(&b));
    }
}
