//! Stretches of a series at another level: two jumps and what lies between, or one and the end of the data.
//!
//! A jump is where the median of the values after a place differs from that of the values before by more than such
//! medians usually differ in this series (a robust spread, and the tail of the differences, as in
//! [`anomaly`](super::anomaly)). Medians over a season do not see what is shorter than half of it, and a series that
//! wanders has a wide spread of its own. The exact place is the one that leaves the least absolute deviations from the
//! level before and the one after. A level ends where the medians go back past half of its step.

use super::anomaly::limit;
use super::numbers::{at, median, robust_spread};

/// A jump is so many robust standard deviations of the differences away, however thin their tail.
const LEAST: f64 = 6.0;
/// The tail is taken without so many of the largest jumps: what is looked for does not say what is usual.
const LEFT_OUT: usize = 5;
/// From so many levels on, those that are like each other are usual.
const REPEATED: usize = 6;
/// A level stands out among others when it is so many times as far or as long as they are in the middle.
const FARTHER: f64 = 1.5;
const LONGER: f64 = 3.0;
/// Places looked at in a window.
const PLACES: usize = 24;
/// The levels beside a jump are medians over up to so many windows.
const BESIDE: usize = 3;
/// A level ends where this share of its step is taken back.
const BACK: f64 = 0.5;
/// In the newest part of a series, a level this share of what is asked for away is followed, not told of.
const WEAK: f64 = 0.5;
/// Up to this share of the rest, what lies before the first jump is the unusual part.
const BEGINNING: usize = 4;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Steps of the medians on either side of a jump.
    pub window: usize,
    /// Fewest steps of a level, at least a window: what is shorter is left to others.
    pub shortest: usize,
    /// A level is at least so far from the one before, in the unit of the series.
    pub least: f64,
    /// Steps at the end of the data in which a jump is an edge even where the level is nearer than `least`.
    pub newest: usize,
    /// Share of usual places that may be called a jump by chance.
    pub rate: f64,
}

/// A stretch at another level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// First step.
    pub from: usize,
    /// First step after it; the number of steps where it lasts.
    pub to: usize,
    /// What is usual: the level before it, or after it where it began with the data.
    pub usual: f64,
    /// How far from that it lies, in the unit of the series.
    pub size: f64,
}

/// Levels, and the steps with which another one begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The levels, by their beginning.
    pub levels: Vec<Level>,
    /// Where the series jumps, rising; also where the level is too near to be told of.
    pub edges: Vec<usize>,
}

/// A place where the level jumps, with the difference of the medians.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Jump {
    at: usize,
    by: f64,
}

/// Finds the levels of a series whose season was taken out; gaps are NaN.
pub fn find(values: &[f64], wanted: &Wanted) -> Levels {
    let n = values.len();
    let stride = (wanted.window / PLACES).max(1);
    let window = wanted.window / stride * stride;
    if window < 2 || n < 3 * window {
        return Levels::default();
    }
    let search = Search {
        values,
        window,
        stride,
        medians: (0..=(n - window))
            .step_by(stride)
            .map(|from| half_there(values.get(from..from + window).unwrap_or(&[])))
            .collect(),
    };
    search.levels(&search.jumps(wanted.rate), wanted)
}

/// The median where at least half of the values are there, else NaN.
fn half_there(values: &[f64]) -> f64 {
    let there = values.iter().filter(|v| v.is_finite()).count();
    if 2 * there < values.len() {
        return f64::NAN;
    }
    median(values).unwrap_or(f64::NAN)
}

struct Search<'a> {
    values: &'a [f64],
    window: usize,
    stride: usize,
    /// Medians of the window from every `stride`-th step.
    medians: Vec<f64>,
}

impl Search<'_> {
    fn median(&self, from: usize, to: usize) -> f64 {
        let inside = self.values.get(from..to.min(self.values.len()));
        inside.and_then(median).unwrap_or(f64::NAN)
    }

    /// The jumps that stand out, rising, none nearer to another than a window.
    fn jumps(&self, rate: f64) -> Vec<Jump> {
        let apart = self.window / self.stride;
        let away: Vec<f64> = self
            .medians
            .iter()
            .zip(self.medians.iter().skip(apart))
            .map(|(before, after)| after - before)
            .collect();
        let centre = median(&away).unwrap_or(0.0);
        let spread = robust_spread(&away, centre);
        if spread <= 0.0 {
            return Vec::new();
        }
        let sizes: Vec<f64> = away.iter().map(|d| (d - centre) / spread).collect();
        let mut usual = sizes.clone();
        for _ in 0..LEFT_OUT {
            let farthest = (0..usual.len())
                .filter(|i| at(&usual, *i).is_finite())
                .max_by(|a, b| at(&usual, *a).abs().total_cmp(&at(&usual, *b).abs()));
            if let Some(place) = farthest {
                let beside = place.saturating_sub(apart)..=place + apart;
                beside.for_each(|i| {
                    if let Some(size) = usual.get_mut(i) {
                        *size = f64::NAN;
                    }
                });
            }
        }
        let limit = limit(&usual, rate, apart).max(LEAST);
        let mut jumps: Vec<Jump> = Vec::new();
        let mut groups: Vec<(usize, usize, f64)> = Vec::new();
        for (i, size) in sizes.iter().enumerate().filter(|(_, s)| s.abs() > limit) {
            match groups.last_mut() {
                Some((_, last, of)) if i - *last <= apart / 2 && *of * size > 0.0 => *last = i,
                _ => groups.push((i, i, *size)),
            }
        }
        for (first, last, _) in groups {
            let middle = usize::midpoint(first, last);
            let by = at(&away, middle);
            jumps.push(Jump {
                at: self.exact(middle * self.stride + self.window, self.window),
                by: if by.is_finite() { by } else { at(&away, first) },
            });
        }
        self.apart(jumps)
    }

    /// The place within `reach` that leaves the least absolute deviations from the medians on either side.
    fn exact(&self, near: usize, reach: usize) -> usize {
        let from = near.saturating_sub(reach);
        let to = (near + reach).min(self.values.len());
        let (before, after) = (self.median(from, near), self.median(near, to));
        let (mut least, mut best, mut saved) = (0.0, from, 0.0);
        for i in from..to {
            let value = at(self.values, i);
            if value.is_finite() {
                saved += (value - before).abs() - (value - after).abs();
            }
            if saved < least {
                (least, best) = (saved, i + 1);
            }
        }
        best
    }

    /// Without what is shorter than a window: a jump and the way back are no level, and a jump in two steps is one.
    fn apart(&self, mut jumps: Vec<Jump>) -> Vec<Jump> {
        jumps.retain(|j| j.at > 0 && j.at < self.values.len());
        while let Some(i) = jumps
            .windows(2)
            .position(|pair| matches!(pair, [a, b] if b.at < a.at + self.window))
        {
            let (Some(a), Some(b)) = (jumps.get(i).copied(), jumps.get(i + 1).copied()) else {
                break;
            };
            let back = a.by * b.by < 0.0;
            let alike = a.by.abs().min(b.by.abs()) >= BACK * a.by.abs().max(b.by.abs());
            if back && alike {
                jumps.drain(i..=i + 1);
            } else {
                jumps.remove(if a.by.abs() < b.by.abs() { i } else { i + 1 });
            }
        }
        jumps
    }

    /// What the jumps begin and end.
    fn levels(&self, jumps: &[Jump], wanted: &Wanted) -> Levels {
        let n = self.values.len();
        let mut found = Levels::default();
        // Where a level ended, and what was usual before it.
        let mut ended: Option<(usize, f64)> = None;
        for (i, jump) in jumps.iter().enumerate() {
            let near = BESIDE * self.window;
            let earlier = i.checked_sub(1).and_then(|p| jumps.get(p));
            let earlier = earlier
                .map_or(0, |j| j.at)
                .max(jump.at.saturating_sub(near));
            let later = jumps.get(i + 1).map_or(n, |j| j.at).min(jump.at + near);
            let here = self.median(jump.at, later);
            let back = ended.filter(|(at, _)| *at == jump.at);
            let usual = back.map_or_else(|| self.median(earlier, jump.at), |(_, usual)| usual);
            let size = here - usual;
            let another = if back.is_some() {
                size.abs() >= wanted.least
            } else {
                size * jump.by > 0.0
            };
            if !another {
                continue;
            }
            let (to, sharp) = self.end(jumps, jump.at, usual, size);
            let next = jumps.get(i + 1).map_or(to, |j| j.at.min(to));
            let size = self.median(jump.at, next) - usual;
            let first = i == 0 && BEGINNING * jump.at <= to - jump.at;
            let sharp = sharp && !first;
            if sharp {
                ended = Some((to, usual));
            }
            let level = if first {
                Level {
                    from: 0,
                    to: jump.at,
                    usual: usual + size,
                    size: -size,
                }
            } else {
                Level {
                    from: jump.at,
                    to,
                    usual,
                    size,
                }
            };
            if level.to - level.from < wanted.shortest.max(self.window) {
                continue;
            }
            if size.abs() >= wanted.least {
                found.levels.push(level);
            } else if to < n || jump.at + wanted.newest < n || size.abs() < WEAK * wanted.least {
                continue;
            }
            found.edges.push(jump.at);
            if sharp {
                found.edges.push(to);
            }
        }
        found.edges.sort_unstable();
        found.edges.dedup();
        found.levels = singular(found.levels);
        found
    }

    /// Where a level ends that begins at a step, and whether it jumps there; the end of the data where it lasts.
    fn end(&self, jumps: &[Jump], from: usize, usual: f64, size: f64) -> (usize, bool) {
        let n = self.values.len();
        let back = |level: f64| (level - usual) * size.signum() < (1.0 - BACK) * size.abs();
        let first = from.div_ceil(self.stride);
        let place = self
            .medians
            .iter()
            .enumerate()
            .skip(first)
            .find(|(_, m)| back(**m))
            .map(|(i, _)| i * self.stride);
        let Some(place) = place else {
            // What has just gone back is less than half of the last window.
            let tail = (self.window / 4).max(2);
            if back(self.median(n - tail, n)) && n - tail > from {
                let edge = self.exact(n - tail, (n - tail - from).min(self.window));
                return (edge.clamp(from + 1, n - 1), true);
            }
            return (n, false);
        };
        let middle = place + self.window / 2;
        let reach = self.window;
        let known = jumps
            .iter()
            .filter(|j| j.at > from && j.at.abs_diff(middle) <= reach && j.by * size < 0.0)
            .min_by_key(|j| j.at.abs_diff(middle));
        if let Some(jump) = known {
            return (jump.at, true);
        }
        let edge = self.exact(middle, self.window / 2).clamp(from + 1, n - 1);
        let beside = (self.window / 4).max(2);
        let step = self.median(edge.saturating_sub(beside).max(from), edge)
            - self.median(edge, edge + beside);
        (edge, step * size.signum() >= BACK * size.abs())
    }
}

/// What comes again and again is not unusual: of many levels those that stand out among the others.
fn singular(levels: Vec<Level>) -> Vec<Level> {
    if levels.len() < REPEATED {
        return levels;
    }
    let sizes: Vec<f64> = levels.iter().map(|l| l.size.abs()).collect();
    let lengths: Vec<f64> = levels.iter().map(|l| (l.to - l.from) as f64).collect();
    let (Some(size), Some(length)) = (median(&sizes), median(&lengths)) else {
        return levels;
    };
    levels
        .into_iter()
        .filter(|l| l.size.abs() > FARTHER * size || (l.to - l.from) as f64 > LONGER * length)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wobble of about a third either way, by a small generator (Knuth, MMIX), and what is added to it.
    fn wobbling(n: usize, seed: u64, added: &[(usize, usize, f64)]) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|i| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let wobble = (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
                let here = added
                    .iter()
                    .filter(|(from, to, _)| (*from..*to).contains(&i));
                20.0 + wobble + here.map(|(_, _, by)| by).sum::<f64>()
            })
            .collect()
    }

    const WANTED: Wanted = Wanted {
        window: 24,
        shortest: 24,
        least: 1.0,
        newest: 72,
        rate: 0.001,
    };

    /// From, to and the size in halves.
    fn told(values: &[f64]) -> Vec<(usize, usize, f64)> {
        let found = find(values, &WANTED).levels;
        let halves = |l: &Level| (l.from, l.to, (l.size * 2.0).round() / 2.0);
        found.iter().map(halves).collect()
    }

    #[test]
    fn levels_begin_and_end_where_the_series_jumps() {
        let of = |added: &[(usize, usize, f64)]| told(&wobbling(1_000, 3, added));
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[(500, 572, 3.0)]), [(500, 572, 3.0)]);
        assert_eq!(of(&[(500, 1_000, -3.0)]), [(500, 1_000, -3.0)]);
        assert_eq!(of(&[(952, 1_000, 3.0)]), [(952, 1_000, 3.0)]);
        // One within another, each from the one before.
        assert_eq!(
            of(&[(300, 1_000, 3.0), (952, 1_000, 2.0)]),
            [(300, 1_000, 3.0), (952, 1_000, 2.0)]
        );
        // Beyond what was usual on the way back, and half of the way.
        assert_eq!(
            of(&[(400, 500, 3.0), (500, 600, -3.0)]),
            [(400, 500, 3.0), (500, 600, -3.0)]
        );
        // Shorter than a window: left to others, and so is the way back.
        assert_eq!(of(&[(500, 515, 3.0)]), []);
    }

    #[test]
    fn a_level_that_ended_a_moment_ago_has_ended() {
        for ago in [7, 10, 16, 30, 60] {
            let end = 1_000 - ago;
            let values = wobbling(1_000, 5, &[(end - 72, end, 3.0)]);
            assert_eq!(told(&values), [(end - 72, end, 3.0)], "{ago} steps ago");
        }
    }

    #[test]
    fn a_short_beginning_is_the_unusual_part() {
        assert_eq!(told(&wobbling(1_000, 6, &[(0, 48, 3.0)])), [(0, 48, 3.0)]);
        // The same level at the end is told too.
        assert_eq!(
            told(&wobbling(1_000, 6, &[(0, 48, 3.0), (900, 1_000, 3.0)])),
            [(0, 48, 3.0), (900, 1_000, 3.0)]
        );
    }

    #[test]
    fn a_level_that_wanes_ends_at_half_of_its_step() {
        let mut values = wobbling(1_000, 7, &[]);
        for (i, v) in values.iter_mut().enumerate().skip(400) {
            *v += 4.0 * (1.0 - (i as f64 - 400.0) / 200.0).max(0.0);
        }
        let found = find(&values, &WANTED);
        let [level] = found.levels.as_slice() else {
            panic!("{found:?}");
        };
        assert!(level.from.abs_diff(400) <= 3, "{level:?}");
        assert!(level.to.abs_diff(518) <= 12, "{level:?}");
        // It does not jump there.
        assert_eq!(found.edges, [level.from]);
    }

    #[test]
    fn what_comes_again_and_again_and_what_is_not_there_is_no_level() {
        let weekly: Vec<(usize, usize, f64)> =
            (1..13).map(|k| (k * 80, k * 80 + 40, 3.0)).collect();
        assert_eq!(told(&wobbling(1_000, 8, &weekly)), []);
        assert_eq!(find(&[f64::NAN; 500], &WANTED), Levels::default());
        assert_eq!(find(&[2.0; 500], &WANTED), Levels::default());
        assert_eq!(find(&[1.0, 2.0], &WANTED), Levels::default());
        let mut gap = wobbling(1_000, 9, &[(500, 572, 3.0)]);
        for v in &mut gap[520..530] {
            *v = f64::NAN;
        }
        assert_eq!(told(&gap), [(500, 572, 3.0)]);
    }
}
