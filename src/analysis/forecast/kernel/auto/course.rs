//! How the error of one path goes on from step to step, told from the errors of the past.
//!
//! Ranges say how far off a step may be, not whether the steps of a path are off together. Three parts are told apart: what
//! differs from day to day (first-order autoregressive), what a whole path has in common (a wrong level or slope), and what
//! comes anew with every step, as in a random walk. The last two are one process on the clock of the growing ranges: its
//! correlation between two steps is the ratio of their ranges to the power `renewal`, which is 1 for a random walk (its
//! increments are independent) and 0 where one error lasts. Each step keeps exactly the size that its range has.
//!
//! The three numbers are those of the largest likelihood (Kalman filter, prediction error decomposition; Harvey 1989,
//! Forecasting, Structural Time Series Models and the Kalman Filter, 3.4), drawn a little towards what is usual.

use super::super::optimize::on_a_line;
use super::Ranges;

/// Most errors of the past that are looked at; stretches of the past overlap, so that more tell little more.
const MOST: usize = 1_200;
/// Errors beyond so many of their sizes count as that.
const FURTHEST: f64 = 4.0;
/// Added to each variance, so that a perfect fit stays finite.
const NUGGET: f64 = 1e-3;
/// Where the search looks: logarithm of the day-to-day part over the first range, hyperbolic arctangent of its
/// correlation, and renewal.
const LIMITS: [(f64, f64); 3] = [(-4.0, 2.5), (0.0, 2.3), (0.0, 2.0)];
/// What is usual, and how firmly.
const USUAL: [(f64, f64); 3] = [(0.0, 1.0), (0.3, 0.7), (0.5, 0.7)];
/// Rounds of the search, points of its grid and steps of its refinement.
const SEARCH: (usize, usize, usize) = (2, 7, 5);
/// The lasting part is drawn anew once so much of its variance is new.
const FRESH: f64 = 1e-3;

/// How errors of one path hang together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Standard deviation of what differs from day to day, in the unit of the series.
    pub short: f64,
    /// Correlation of that between neighbouring steps, 0..1.
    pub memory: f64,
    /// How fast the rest is renewed as the ranges grow: 0 never, 1 as in a random walk.
    pub renewal: f64,
}

/// One step of a path: a standard deviation each of the day-to-day part and of the rest, in units of the range's size, so
/// that their squares sum to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link {
    /// Of what differs from day to day.
    pub short: f64,
    /// Of the rest.
    pub lasting: f64,
    /// Correlation of the rest with that of the next step.
    pub keep: f64,
}

impl Course {
    /// From the errors of each fold by step, the ranges, and the number of steps that were tried.
    pub fn of(errors: &[Vec<f64>], ranges: &Ranges, tried: usize) -> Self {
        let expected = expected(ranges);
        let unit = expected.first().copied().unwrap_or(0.0);
        let scaled = scaled(errors, &expected);
        let seen: usize = scaled.iter().map(|f| cells(f)).sum();
        // Overlapping stretches say the same again.
        let trust = (tried as f64 / seen.max(1) as f64).min(1.0);
        let cost = |at: [f64; 3]| {
            let course = Self::at(at, unit);
            let (likelihood, _) = likelihood(&scaled, &links_of(&course, &expected), course.memory);
            let apart: f64 = at
                .iter()
                .zip(USUAL)
                .map(|(v, (usual, width))| 0.5 * ((v - usual) / width).powi(2))
                .sum();
            apart - trust * likelihood
        };
        let mut best = USUAL.map(|(usual, _)| usual);
        if seen > 0 && unit > 0.0 {
            for _ in 0..SEARCH.0 {
                for (place, (low, high)) in LIMITS.into_iter().enumerate() {
                    let with = |value: f64| {
                        let mut at = best;
                        if let Some(own) = at.get_mut(place) {
                            *own = value;
                        }
                        at
                    };
                    let value = on_a_line(low, high, SEARCH.1, SEARCH.2, |v| cost(with(v)));
                    best = with(value);
                }
            }
        }
        let found = Self::at(best, unit);
        let (_, size) = likelihood(&scaled, &links_of(&found, &expected), found.memory);
        Self {
            short: found.short * size.clamp(0.3, 3.0),
            ..found
        }
    }

    fn at([size, memory, renewal]: [f64; 3], unit: f64) -> Self {
        Self {
            short: unit * size.exp(),
            memory: memory.tanh(),
            renewal,
        }
    }

    /// The steps of a path.
    pub fn links(&self, ranges: &Ranges) -> Vec<Link> {
        let mut links = links_of(self, &expected(ranges));
        // Tiny renewals are saved up, because each costs a random number.
        let mut kept = 1.0;
        for link in &mut links {
            kept *= link.keep;
            if 1.0 - kept * kept < FRESH {
                link.keep = 1.0;
            } else {
                link.keep = kept;
                kept = 1.0;
            }
        }
        links
    }
}

/// Standard deviation of the error at each step, as the calibrated ranges have it.
fn expected(ranges: &Ranges) -> Vec<f64> {
    let factor = ranges.factor80;
    ranges.size.iter().map(|size| size * factor).collect()
}

/// Errors in units of the expected ones, of evenly spread folds where there are many.
fn scaled(errors: &[Vec<f64>], expected: &[f64]) -> Vec<Vec<f64>> {
    let all: usize = errors.iter().map(|f| cells(f)).sum();
    errors
        .iter()
        .step_by(all.div_ceil(MOST).max(1))
        .map(|fold| {
            fold.iter()
                .zip(expected)
                .map(|(error, size)| (error / size).clamp(-FURTHEST, FURTHEST))
                .collect()
        })
        .collect()
}

fn cells(fold: &[f64]) -> usize {
    fold.iter().filter(|e| e.is_finite()).count()
}

fn links_of(course: &Course, expected: &[f64]) -> Vec<Link> {
    let split = |size: f64| {
        let short = if size > 0.0 {
            (course.short / size).min(1.0)
        } else {
            1.0
        };
        (short, (1.0 - short * short).sqrt())
    };
    expected
        .iter()
        .zip(expected.iter().skip(1).chain(expected.last()))
        .map(|(size, next)| {
            let ((short, lasting), (_, then)) = (split(*size), split(*next));
            let (now, then) = (size * lasting, next * then);
            let keep = if now >= then {
                1.0
            } else {
                (now / then).powf(course.renewal)
            };
            Link {
                short,
                lasting,
                keep,
            }
        })
        .collect()
}

/// Logarithm of the likelihood of the errors, all of them a common factor larger than the links say, and that factor.
fn likelihood(folds: &[Vec<f64>], links: &[Link], memory: f64) -> (f64, f64) {
    let (mut squares, mut logarithms, mut count) = (0.0, 0.0, 0.0);
    for fold in folds {
        // Means and variances of both parts, and their covariance.
        let (mut a, mut b) = (0.0, 0.0);
        let (mut aa, mut ab, mut bb) = (1.0, 0.0, 1.0);
        let mut product: f64 = 1.0;
        for (error, link) in fold.iter().zip(links) {
            if error.is_finite() {
                let (x, y) = (link.short, link.lasting);
                let (with_a, with_b) = (x * aa + y * ab, x * ab + y * bb);
                let variance = x * with_a + y * with_b + NUGGET;
                let surprise = error - x * a - y * b;
                squares += surprise * surprise / variance;
                product *= variance;
                if product < 1e-200 {
                    logarithms += product.ln();
                    product = 1.0;
                }
                count += 1.0;
                let (gain_a, gain_b) = (with_a / variance, with_b / variance);
                a += gain_a * surprise;
                b += gain_b * surprise;
                aa -= gain_a * with_a;
                ab -= gain_a * with_b;
                bb -= gain_b * with_b;
            }
            let keep = link.keep;
            a *= memory;
            b *= keep;
            aa = memory * memory * aa + 1.0 - memory * memory;
            ab *= memory * keep;
            bb = keep * keep * bb + 1.0 - keep * keep;
        }
        logarithms += product.ln();
    }
    if count < 1.0 {
        return (0.0, 1.0);
    }
    let size = (squares / count).max(1e-12);
    (-0.5 * (count * size.ln() + logarithms), size.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::super::super::noise::Noise;
    use super::*;

    const STEPS: usize = 60;

    fn ranges(size: impl Fn(f64) -> f64) -> Ranges {
        Ranges {
            size: (0..STEPS).map(|h| size((h + 1) as f64)).collect(),
            factor80: 1.0,
            factor95: 1.0,
        }
    }

    fn folds(mut draw: impl FnMut(&mut Noise) -> Vec<f64>) -> Vec<Vec<f64>> {
        let mut noise = Noise::seeded(11);
        (0..20).map(|_| draw(&mut noise)).collect()
    }

    /// A line that is not known exactly, with noise of size 3: the noise is new each day, the rest is one error.
    #[test]
    fn noise_and_a_wrong_slope_are_told_apart() {
        let errors = folds(|noise| {
            let (level, slope) = (0.6 * noise.normal(), 0.06 * noise.normal());
            (0..STEPS)
                .map(|h| level + slope * h as f64 + 3.0 * noise.normal())
                .collect()
        });
        let ranges = ranges(|h| (9.0 + 0.36 + (0.06 * h).powi(2)).sqrt());
        let found = Course::of(&errors, &ranges, 20 * STEPS);
        assert!((found.short - 3.0).abs() < 0.3, "{found:?}");
        assert!(found.memory < 0.15 && found.renewal < 0.35, "{found:?}");
    }

    #[test]
    fn a_random_walk_is_renewed_with_every_step() {
        let errors = folds(|noise| {
            let mut at = 0.0;
            (0..STEPS)
                .map(|_| {
                    at += 2.0 * noise.normal();
                    at
                })
                .collect()
        });
        let ranges = ranges(|h| 2.0 * h.sqrt());
        let found = Course::of(&errors, &ranges, 20 * STEPS);
        assert!((0.6..1.6).contains(&found.renewal), "{found:?}");
        assert!(found.short < 2.5, "{found:?}");
    }

    #[test]
    fn errors_that_hang_together_are_remembered() {
        let errors = folds(|noise| {
            let mut at = 0.0;
            (0..STEPS)
                .map(|_| {
                    at = 0.8 * at + 0.6 * noise.normal();
                    at
                })
                .collect()
        });
        let ranges = ranges(|h| (1.0 - 0.64_f64.powf(h)).sqrt());
        let found = Course::of(&errors, &ranges, 20 * STEPS);
        assert!((0.65..0.9).contains(&found.memory), "{found:?}");
        assert!((found.short - 1.0).abs() < 0.3, "{found:?}");
    }

    #[test]
    fn every_step_keeps_the_size_of_its_range() {
        let ranges = ranges(|h| 1.0 + 0.1 * h);
        let course = Course {
            short: 1.5,
            memory: 0.5,
            renewal: 0.7,
        };
        let links = course.links(&ranges);
        assert_eq!(links.len(), STEPS);
        for link in &links {
            let square = link.short.powi(2) + link.lasting.powi(2);
            assert!((square - 1.0).abs() < 1e-12 && link.keep <= 1.0, "{link:?}");
        }
        // Below the day-to-day size nothing lasts, and what saved-up renewals keep is what single ones would.
        assert!(links[0].lasting < 1e-12);
        let kept: f64 = links[9..STEPS - 1].iter().map(|l| l.keep).product();
        let part = |h: usize| (ranges.size[h].powi(2) - 1.5_f64.powi(2)).sqrt();
        let expected = (part(9) / part(STEPS - 1)).powf(0.7);
        assert!((kept - expected).abs() < 0.01, "{kept} {expected}");
    }

    #[test]
    fn nothing_known_is_what_is_usual() {
        let found = Course::of(&[], &ranges(f64::sqrt), 0);
        assert!((found.short - 1.0).abs() < 1e-12 && (found.renewal - 0.5).abs() < 1e-12);
        let none = Course::of(&[vec![1.0]], &ranges(|_| 0.0), 1);
        assert!(none.links(&ranges(|_| 0.0)).iter().all(|l| l.keep <= 1.0));
    }
}
