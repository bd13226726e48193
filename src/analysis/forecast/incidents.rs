//! Short stretches far from the level before and after them, such as ten days at full load: they came and went, so that
//! they are neither single outliers nor two changes of level. Found on values without their season; the models see gaps
//! there.
//!
//! A stretch begins with a jump and ends with one back. Far is meant in robust standard deviations of the noise (Hampel's
//! identifier, Davies and Gather 1993), taken from differences at lag one and over a stretch, so that values that wander
//! have few.

use std::ops::Range;

use super::linear::{median, robust_scale};

/// Standard deviations that every step of a stretch is away from the line between its two sides.
const FAR: f64 = 8.0;
/// Fewest steps of a stretch; single outliers are another matter.
const FEWEST: usize = 3;
/// A stretch is at most this share of the history.
const SHARE: usize = 20;
/// Steps on each side that say what is usual, and how many of them have to be measured.
const SIDE: usize = 7;
const MEASURED: usize = 5;
/// The level after is that before where they differ by at most this share of the height.
const BACK: f64 = 0.25;
/// One in so many steps, two at most: what comes more often belongs to the series. So do more jumps.
const RARE: usize = 150;
const MANY: usize = 2;
const MANY_JUMPS: usize = 12;

/// The stretches of a series without its season, rising; each is shorter than `shortest` steps.
pub fn find(values: &[Option<f64>], shortest: usize) -> Vec<Range<usize>> {
    let longest = (values.len() / SHARE).min(shortest.saturating_sub(1));
    if longest < FEWEST {
        return Vec::new();
    }
    let noise = noise(values, 1).max(noise(values, longest));
    if noise <= 0.0 || !noise.is_finite() {
        return Vec::new();
    }
    let jumps = jumps(values, FAR * noise);
    if jumps.len() > MANY_JUMPS {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for (i, (start, _)) in jumps.iter().enumerate() {
        if found.last().is_some_and(|last| *start < last.end) {
            continue;
        }
        let mut ends = jumps.iter().skip(i + 1).map(|(end, _)| *end);
        let stretch = ends.find_map(|end| {
            let length = end - start;
            let fits = (FEWEST..=longest).contains(&length);
            (fits && stands_apart(values, *start..end, FAR * noise)).then_some(*start..end)
        });
        found.extend(stretch);
    }
    if found.len() > (values.len() / RARE).clamp(1, MANY) {
        return Vec::new();
    }
    found
}

/// Standard deviation of the noise by differences at a lag; 0 where there are none.
fn noise(values: &[Option<f64>], lag: usize) -> f64 {
    let differences: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(lag))
        .filter_map(|(a, b)| Some((*b)? - (*a)?))
        .collect();
    let trend = median(&differences).unwrap_or(0.0);
    let around: Vec<f64> = differences.iter().map(|d| d - trend).collect();
    robust_scale(&around) / std::f64::consts::SQRT_2
}

/// Steps that differ by more than `far` from the value before, with the difference.
fn jumps(values: &[Option<f64>], far: f64) -> Vec<(usize, f64)> {
    let mut before: Option<f64> = None;
    let mut found = Vec::new();
    for (i, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        if let Some(by) = before.map(|before| value - before)
            && by.abs() > far
        {
            found.push((i, by));
        }
        before = Some(value);
    }
    found
}

/// Whether every step of a stretch lies more than `far` to one side of the line between what was before and what came
/// after, and those two are much the same.
fn stands_apart(values: &[Option<f64>], stretch: Range<usize>, far: f64) -> bool {
    let side = |range: Range<usize>| -> Option<f64> {
        let known: Vec<f64> = values.get(range)?.iter().flatten().copied().collect();
        (known.len() >= MEASURED).then(|| median(&known))?
    };
    let width = stretch.len().max(SIDE);
    let begin = stretch.start.saturating_sub(width);
    let end = (stretch.end + width).min(values.len());
    let (Some(before), Some(after)) = (side(begin..stretch.start), side(stretch.end..end)) else {
        return false;
    };
    let middle = |a: usize, b: usize| (a + b) as f64 / 2.0;
    let (from, to) = (middle(begin, stretch.start), middle(stretch.end, end));
    let slope = (after - before) / (to - from);
    let heights: Vec<f64> = values
        .iter()
        .enumerate()
        .take(stretch.end)
        .skip(stretch.start)
        .filter_map(|(i, v)| Some((*v)? - before - slope * (i as f64 + 0.5 - from)))
        .collect();
    let Some(height) = median(&heights).filter(|_| heights.len() >= FEWEST) else {
        return false;
    };
    (after - before).abs() <= BACK * height.abs()
        && heights.iter().all(|h| h * height.signum() > far)
}

#[cfg(test)]
mod tests {
    use super::super::noise::Noise;
    use super::*;

    fn line(n: usize, slope: f64, seed: u64) -> Vec<Option<f64>> {
        let mut noise = Noise::seeded(seed);
        (0..n)
            .map(|i| Some(100.0 + slope * i as f64 + 5.0 * noise.normal()))
            .collect()
    }

    fn put(values: &mut [Option<f64>], stretch: Range<usize>, by: f64) {
        for value in values[stretch].iter_mut().flatten() {
            *value += by;
        }
    }

    #[test]
    fn a_stretch_that_came_and_went_is_found_exactly() {
        for slope in [0.0, 2.0, -1.0] {
            for by in [200.0, -300.0, 5_000.0] {
                let mut values = line(300, slope, 3);
                put(&mut values, 243..253, by);
                values[247] = None;
                assert_eq!(find(&values, 30), vec![243..253; 1], "{slope} {by}");
            }
        }
    }

    #[test]
    fn what_stays_or_comes_again_or_is_near_the_end_is_none() {
        let mut shift = line(300, 0.0, 4);
        put(&mut shift, 200..300, 200.0);
        assert!(find(&shift, 30).is_empty());
        let mut long = line(300, 0.0, 5);
        put(&mut long, 200..225, 200.0);
        assert!(find(&long, 30).is_empty());
        let mut again = line(300, 0.0, 6);
        for start in [50, 120, 190] {
            put(&mut again, start..start + 5, 200.0);
        }
        assert_eq!(find(&again[..180], 30).len(), 0);
        assert_eq!(find(&again[..110], 30), vec![50..55; 1]);
        assert!(find(&again, 30).is_empty());
        let mut newest = line(300, 0.0, 7);
        put(&mut newest, 290..297, 200.0);
        assert!(find(&newest, 30).is_empty());
        assert!(find(&[None; 100], 14).is_empty());
        assert!(find(&[Some(3.0); 100], 14).is_empty());
    }

    /// Noise, and values that wander, for many seeds.
    #[test]
    fn noise_and_random_walks_have_none() {
        for seed in 0..100 {
            assert!(find(&line(300, 0.0, seed), 30).is_empty(), "{seed}");
            let mut level = 100.0;
            let walk: Vec<Option<f64>> = line(300, 0.0, 1_000 + seed)
                .into_iter()
                .map(|v| {
                    level += v.unwrap_or(0.0) - 100.0;
                    Some(level)
                })
                .collect();
            assert!(find(&walk, 30).is_empty(), "{seed}");
        }
    }
}
