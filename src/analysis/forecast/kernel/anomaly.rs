//! Unusual points and regimes of any series, as spans with a score and a direction.
//!
//! What is usual: the median of the same phase of other seasons and a running median of the level. What differs from it is
//! looked at as single values and as means over longer and longer windows, each in units of its own robust spread, so
//! that a short spike and a long plateau are both seen. The limit for a stated false-alarm rate comes from the tail of
//! these very values: a generalised Pareto distribution over a high quantile (Pickands 1975; Siffer et al. 2017),
//! by probability-weighted moments (Hosking and Wallis 1987).

use super::decompose::filled;
use super::numbers::{at, median, quantile, robust_spread};

/// The false-alarm rate to ask for where nobody said one: one usual step in ten thousand.
pub const RATE: f64 = 0.000_1;

/// Share of the values below the start of the tail.
const TAIL: f64 = 0.98;
/// No span is unusual below so many robust standard deviations, however thin the tail.
const LEAST: f64 = 5.0;
/// The tail is taken from all but so many of so many stretches of the series.
const BLOCKS: usize = 10;
const LEFT_OUT: usize = 2;
/// The level is the median of so many of the longest season: a plateau within it is not the level.
const LEVEL: usize = 3;
/// Each window is so many times as long as the one before.
const WIDER: usize = 4;

/// From so many spans on in a stretch of so many of the shortest season, those that are like each other are usual: what
/// fails once a month for years is not.
const REPEATED: usize = 6;
const STRETCH: usize = 30;
/// A span stands out among others when it is so many times as far or as long as they are in the middle.
const FARTHER: f64 = 1.5;
const LONGER: f64 = 3.0;

/// Which way a span lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Above what is usual.
    High,
    /// Below what is usual.
    Low,
}

/// Consecutive steps that are unusual together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// First step.
    pub from: usize,
    /// First step after it.
    pub to: usize,
    /// How far the farthest of it lies from what is usual, in robust standard deviations.
    pub score: f64,
    /// Score over the limit for the stated rate; at least 1.
    pub severity: f64,
    /// Which way it lies.
    pub direction: Direction,
}

/// Finds the unusual spans of a series. `periods` may be empty; `edges` are the steps with which another level begins
/// that is told of by itself; `rate` is the share of usual steps that may be called unusual by chance, such as 0.0001.
/// Empty for fewer than 20 values, or where nothing varies.
pub fn find(y: &[f64], periods: &[usize], edges: &[usize], rate: f64) -> Vec<Span> {
    let n = y.len();
    if y.iter().filter(|v| v.is_finite()).count() < 20 {
        return Vec::new();
    }
    let away = unusual(y, periods, edges);
    let longest = periods.iter().copied().filter(|p| 2 * p <= n).max();
    let widest = longest.map_or(n / 40, |p| p / 4).max(1);
    // What differs by rounding alone does not differ.
    let grain = 1e-9
        * y.iter()
            .filter(|v| v.is_finite())
            .fold(0.0_f64, |a, v| a.max(v.abs()));
    let mut spans: Vec<Span> = Vec::new();
    let mut window = 1;
    while window <= widest {
        let means = centred(&away, window);
        let spread = robust_spread(&means, 0.0);
        if spread > grain {
            let sizes: Vec<f64> = means.iter().map(|m| m / spread).collect();
            let limit = limit(&sizes, rate, window).max(LEAST);
            spans.extend(beyond(&sizes, limit, window));
        }
        window *= WIDER;
    }
    let shortest = periods
        .iter()
        .copied()
        .filter(|p| *p > 1 && 2 * p <= n)
        .min();
    singular(
        merge(spans, longest.map_or(n / 50, |p| p / 12).max(2)),
        edges.len(),
        shortest.map_or(1.0, |p| n as f64 / (STRETCH * p) as f64),
    )
}

/// What is usual at each step of a series, and how far single values usually lie from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    /// The usual value of each step; NaN where there is none to hold against it.
    pub values: Vec<f64>,
    /// Robust standard deviation of single values about it.
    pub spread: f64,
    /// So many of these deviations a single value may lie away at the stated rate.
    pub limit: f64,
}

/// What [`find`] holds single values against; all as there.
pub fn usual(y: &[f64], periods: &[usize], edges: &[usize], rate: f64) -> Usual {
    let away = unusual(y, periods, edges);
    let spread = robust_spread(&away, 0.0);
    let sizes: Vec<f64> = away.iter().map(|a| a / spread).collect();
    Usual {
        values: y.iter().zip(&away).map(|(v, a)| v - a).collect(),
        spread,
        limit: limit(&sizes, rate, 1).max(LEAST),
    }
}

/// Each value less what is usual at its place.
fn unusual(y: &[f64], periods: &[usize], edges: &[usize]) -> Vec<f64> {
    let (season, level) = season_and_level(y, periods, edges);
    let usual = season.iter().zip(&level).map(|(s, l)| s + l);
    let away: Vec<f64> = y.iter().zip(usual).map(|(v, u)| v - u).collect();
    let centre = median(&away).unwrap_or(0.0);
    away.iter().map(|a| a - centre).collect()
}

/// The part of each value that is its place in the seasons; about zero in the middle. All as in [`find`].
pub fn season(y: &[f64], periods: &[usize], edges: &[usize]) -> Vec<f64> {
    season_and_level(y, periods, edges).0
}

/// Width of the running median of the level.
pub fn level_width(n: usize, periods: &[usize]) -> usize {
    let longest = periods.iter().filter(|p| **p >= 2 && 3 * **p <= n).max();
    longest.map_or(n / 8, |p| LEVEL * p).max(9)
}

fn season_and_level(y: &[f64], periods: &[usize], edges: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let n = y.len();
    let mut fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p >= 2 && 3 * p <= n)
        .collect();
    fitting.sort_unstable();
    let width = level_width(n, periods);
    let mut season = vec![0.0; n];
    let without = |part: &[f64]| -> Vec<f64> { y.iter().zip(part).map(|(v, s)| v - s).collect() };
    let mut level = running_median(y, width, edges);
    for period in fitting {
        let mut away = without(&season);
        away.iter_mut().zip(&level).for_each(|(a, l)| *a -= l);
        let phases: Vec<f64> = (0..period)
            .map(|phase| {
                let values: Vec<f64> = away.iter().skip(phase).step_by(period).copied().collect();
                median(&values).unwrap_or(0.0)
            })
            .collect();
        let smooth = around(&phases, period / 48);
        season
            .iter_mut()
            .zip(smooth.iter().cycle())
            .for_each(|(all, s)| *all += s);
        level = running_median(&without(&season), width, edges);
    }
    (season, level)
}

/// Medians over `reach` phases on either side: the same minute of ten days is few values.
fn around(phases: &[f64], reach: usize) -> Vec<f64> {
    let n = phases.len();
    (0..n)
        .map(|i| {
            let near: Vec<f64> = (0..=2 * reach)
                .map(|j| at(phases, (i + n + j - reach.min(n)) % n.max(1)))
                .collect();
            median(&near).unwrap_or(0.0)
        })
        .collect()
}

/// Medians of the values around each place, computed on a grid of eight points per window with lines between. No window
/// and no line reaches over an edge.
fn running_median(y: &[f64], width: usize, edges: &[usize]) -> Vec<f64> {
    let n = y.len();
    let stride = (width / 8).max(1);
    let mut level = Vec::with_capacity(n);
    for to in edges.iter().copied().chain([n]) {
        let from = level.len();
        let Some(piece) = y.get(from..to) else {
            continue;
        };
        let mut grid = vec![f64::NAN; piece.len()];
        let places = (from.next_multiple_of(stride)..to).step_by(stride);
        for place in places.chain([from, to.saturating_sub(1)]) {
            let begin = place
                .saturating_sub(width / 2)
                .min(to.saturating_sub(width));
            let inside = y.get(begin.max(from)..(begin + width).min(to));
            let middle = inside.and_then(median);
            if let (Some(slot), Some(m)) = (grid.get_mut(place - from), middle) {
                *slot = m;
            }
        }
        level.extend(filled(&grid).unwrap_or_else(|| vec![0.0; piece.len()]));
    }
    level
}

/// Means over `window` values around each place, of what is there; NaN where less than half of it is.
fn centred(values: &[f64], window: usize) -> Vec<f64> {
    if window <= 1 {
        return values.to_vec();
    }
    let mut sums = vec![(0.0, 0_usize)];
    let (mut sum, mut count) = (0.0, 0);
    for v in values {
        if v.is_finite() {
            sum += v;
            count += 1;
        }
        sums.push((sum, count));
    }
    (0..values.len())
        .map(|i| {
            let from = i.saturating_sub(window / 2);
            let to = (from + window).min(values.len());
            let (Some(a), Some(b)) = (sums.get(from), sums.get(to)) else {
                return f64::NAN;
            };
            let inside = b.1 - a.1;
            if 2 * inside >= window {
                (b.0 - a.0) / inside as f64
            } else {
                f64::NAN
            }
        })
        .collect()
}

/// The size that usual values exceed at `rate`, from the tail of the sizes. Means over a window repeat their neighbours:
/// their tail is thinned to one a window.
pub(super) fn limit(sizes: &[f64], rate: f64, window: usize) -> f64 {
    let mut sorted: Vec<f64> = usual_blocks(sizes)
        .step_by(window.div_ceil(2))
        .filter(|s| s.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let Some(start) = quantile(&sorted, TAIL) else {
        return f64::INFINITY;
    };
    let excess: Vec<f64> = sorted
        .iter()
        .map(|s| s - start)
        .filter(|e| *e > 0.0)
        .collect();
    let k = excess.len() as f64;
    if k < 8.0 {
        return start + (1.0 / rate).ln();
    }
    let first = excess.iter().sum::<f64>() / k;
    let second = excess
        .iter()
        .enumerate()
        .map(|(i, e)| e * (k - 1.0 - i as f64) / (k - 1.0))
        .sum::<f64>()
        / k;
    let gap = first - 2.0 * second;
    if gap <= 0.0 {
        return start + first * (k / (n * rate)).max(1.0).ln();
    }
    let shape = (2.0 - first / gap).clamp(-0.5, 0.9);
    let scale = first * (1.0 - shape);
    let ratio = (n * rate / k).min(1.0);
    let reach = if shape.abs() < 1e-6 {
        -ratio.ln()
    } else {
        (ratio.powf(-shape) - 1.0) / shape
    };
    start + scale * reach
}

/// Absolute sizes without the blocks of the series that lie farthest out: what is looked for does not say what is usual.
fn usual_blocks(sizes: &[f64]) -> impl Iterator<Item = f64> {
    let mut blocks: Vec<&[f64]> = sizes.chunks(sizes.len().div_ceil(BLOCKS).max(1)).collect();
    let farthest = |block: &[f64]| {
        let squares = block.iter().filter(|s| s.is_finite()).map(|s| s * s);
        squares.sum::<f64>()
    };
    blocks.sort_by(|a, b| farthest(a).total_cmp(&farthest(b)));
    let kept = blocks.len() - (LEFT_OUT * blocks.len()).div_ceil(BLOCKS);
    blocks.into_iter().take(kept).flatten().map(|s| s.abs())
}

/// Runs of sizes beyond the limit, each widened by what the window reached over.
fn beyond(sizes: &[f64], limit: f64, window: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (i, size) in sizes.iter().enumerate().filter(|(_, s)| s.abs() > limit) {
        let direction = if *size > 0.0 {
            Direction::High
        } else {
            Direction::Low
        };
        let from = i.saturating_sub(window / 2);
        let to = (i + window.div_ceil(2)).min(sizes.len());
        match spans.last_mut() {
            Some(last) if last.to >= from && last.direction == direction => {
                last.to = to;
                last.score = last.score.max(size.abs());
                last.severity = last.severity.max(size.abs() / limit);
            }
            _ => spans.push(Span {
                from,
                to,
                score: size.abs(),
                severity: size.abs() / limit,
                direction,
            }),
        }
    }
    spans
}

/// Spans that touch or lie within `gap` steps become one, with the direction of the farther one.
fn merge(mut spans: Vec<Span>, gap: usize) -> Vec<Span> {
    spans.sort_by_key(|s| (s.from, s.to));
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to + gap => {
                last.to = last.to.max(span.to);
                if span.severity > last.severity {
                    last.severity = span.severity;
                    last.direction = span.direction;
                }
                last.score = last.score.max(span.score);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// What comes again and again is not unusual: of many spans, those that the edges tell of counted, the ones that stand
/// out among the others. `stretches` is how often the history holds the stretch that is looked at, at least once.
fn singular(spans: Vec<Span>, edges: usize, stretches: f64) -> Vec<Span> {
    let all = (spans.len() + edges.min(spans.len())) as f64;
    if all < REPEATED as f64 * stretches.max(1.0) {
        return spans;
    }
    let scores: Vec<f64> = spans.iter().map(|s| s.score).collect();
    let lengths: Vec<f64> = spans.iter().map(|s| (s.to - s.from) as f64).collect();
    let (Some(score), Some(length)) = (median(&scores), median(&lengths)) else {
        return spans;
    };
    spans
        .into_iter()
        .filter(|s| s.score > FARTHER * score || (s.to - s.from) as f64 > LONGER * length)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of 48 steps with a bump, and a wobble that a small generator (Knuth, MMIX) gives.
    fn days(n: usize) -> Vec<f64> {
        let mut state = 11_u64;
        (0..n)
            .map(|i| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let wobble = (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
                let phase = (i % 48) as f64 / 48.0 * std::f64::consts::TAU;
                100.0 - 40.0 * phase.cos() + 4.0 * wobble
            })
            .collect()
    }

    #[test]
    fn a_spike_and_a_plateau_are_found_with_their_direction() {
        let mut y = days(48 * 20);
        y[300] += 60.0;
        for v in &mut y[620..650] {
            *v -= 25.0;
        }
        let spans = find(&y, &[48], &[], RATE);
        assert_eq!(spans.len(), 2, "{spans:?}");
        assert!(spans[0].from <= 300 && spans[0].to > 300 && spans[0].to <= 304);
        assert_eq!(spans[0].direction, Direction::High);
        assert!(spans[0].score > 10.0 && spans[0].severity >= 1.0);
        assert!(
            spans[1].from.abs_diff(620) <= 6 && spans[1].to.abs_diff(650) <= 6,
            "{spans:?}"
        );
        assert_eq!(spans[1].direction, Direction::Low);
    }

    #[test]
    fn usual_days_gaps_and_constants_are_not_unusual() {
        let mut y = days(48 * 20);
        for v in &mut y[100..140] {
            *v = f64::NAN;
        }
        assert_eq!(find(&y, &[48], &[], RATE), []);
        assert!(find(&[3.0; 500], &[24], &[], 0.001).is_empty());
        assert!(find(&[1.0, 9.0], &[], &[], 0.001).is_empty());
        assert!(find(&[f64::NAN; 100], &[7], &[], 0.001).is_empty());
    }

    #[test]
    fn what_fails_once_a_month_is_told_however_long_the_history_is() {
        let mut y = days(48 * 360);
        let falls: Vec<usize> = (0..12)
            .map(|month| 1000 + month * 1440 + month % 5)
            .collect();
        for at in &falls {
            y[*at] -= 50.0;
        }
        let spans = find(&y, &[48], &[], RATE);
        let found: Vec<usize> = spans.iter().map(|s| s.from).collect();
        assert_eq!(found, falls);
    }

    #[test]
    fn a_peak_that_comes_back_is_usual() {
        let mut y = days(48 * 20);
        for i in (30..960).step_by(61) {
            y[i] += 50.0;
        }
        assert_eq!(find(&y, &[48], &[], RATE), []);
        y[500] += 200.0;
        let spans = find(&y, &[48], &[], RATE);
        assert_eq!(spans.len(), 1, "{spans:?}");
        assert!(spans[0].from <= 500 && spans[0].to > 500);
    }
}
