//! Profiles of the squares: how far a parameter, or the peak, can be moved before no choice of the others fits the
//! measurements any more (Bates and Watts, "Nonlinear Regression Analysis", 1988, 6.1). Unlike intervals from standard
//! errors these keep to what is possible, and they show when one end is open.

use super::least_squares::{Sample, sse, with_best_lambda};

/// Beyond this many times the largest measured concurrency a peak counts as "never".
const NEVER: f64 = 1_000.0;
/// More points than this are not profiled: each profile fits them some thousand times.
const MOST_POINTS: usize = 5_000;

/// The least of a function on `0..=1`: a grid first, then golden sections about its best point.
fn least(f: impl Fn(f64) -> f64) -> f64 {
    const GRID: usize = 24;
    const GOLDEN: f64 = 0.618_033_988_749_895;
    // Quadratic steps: what matters lies near zero.
    let place = |i: usize| (i as f64 / GRID as f64).powi(3);
    let best = (0..=GRID)
        .min_by(|a, b| f(place(*a)).total_cmp(&f(place(*b))))
        .unwrap_or_default();
    let (mut low, mut high) = (place(best.saturating_sub(1)), place((best + 1).min(GRID)));
    let mut inner = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    let mut values = inner.map(&f);
    for _ in 0..48 {
        if values[0] <= values[1] {
            high = inner[1];
            inner[1] = inner[0];
            values[1] = values[0];
            inner[0] = high - GOLDEN * (high - low);
            values[0] = f(inner[0]);
        } else {
            low = inner[0];
            inner[0] = inner[1];
            values[0] = values[1];
            inner[1] = low + GOLDEN * (high - low);
            values[1] = f(inner[1]);
        }
    }
    values[0].min(values[1]).min(f(place(best)))
}

/// The least squares with a peak held at `peak`.
fn with_peak(samples: &[Sample], peak: f64) -> f64 {
    least(|sigma| {
        let sigma = sigma * 0.999;
        let kappa = (1.0 - sigma) / (peak * peak);
        sse(&with_best_lambda(sigma, kappa, samples), samples)
    })
}

/// Goes from `inside` to `outside` (which does not fit) and halves to where fitting ends, on a scale of ratios.
fn edge(fits: impl Fn(f64) -> bool, mut inside: f64, mut outside: f64) -> f64 {
    for _ in 0..40 {
        let middle = (inside * outside).sqrt();
        if fits(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

/// The concurrencies at which the peak can lie; open above where even a peak far beyond fits.
pub(super) fn peak_interval(
    samples: &[Sample],
    allowed: f64,
    peak: Option<f64>,
    (lowest, highest): (f64, f64),
) -> Option<(f64, Option<f64>)> {
    if samples.len() > MOST_POINTS {
        return None;
    }
    let fits = |at: f64| with_peak(samples, at) <= allowed;
    let never = highest * NEVER;
    let start = peak.unwrap_or(never).min(never);
    if !fits(start) {
        return None;
    }
    let mut low = start;
    let floor = lowest.min(1.0) / 16.0;
    while low > floor && fits(low / 1.5) {
        low /= 1.5;
    }
    let low = if low > floor {
        edge(fits, low, low / 1.5)
    } else {
        floor
    };
    let mut high = start;
    while high < never && fits(high * 1.5) {
        high *= 1.5;
    }
    let high = (high < never).then(|| edge(fits, high, high * 1.5));
    Some((low, high))
}

/// How far a parameter that fits best at zero can be raised, starting from a value that surely does not fit.
fn largest(fits: impl Fn(f64) -> bool, beyond: f64) -> Option<f64> {
    let tiny = beyond * 1e-12;
    (fits(tiny) && !fits(beyond)).then(|| edge(fits, tiny, beyond))
}

/// The largest coherency that still fits.
pub(super) fn largest_kappa(samples: &[Sample], allowed: f64) -> Option<f64> {
    let fits = |kappa: f64| {
        let reached = least(|sigma| sse(&with_best_lambda(sigma, kappa, samples), samples));
        reached <= allowed
    };
    (samples.len() <= MOST_POINTS)
        .then(|| largest(fits, 10.0))
        .flatten()
}

/// The largest contention that still fits.
pub(super) fn largest_sigma(samples: &[Sample], allowed: f64) -> Option<f64> {
    let smallest = samples.iter().map(|s| s.0).fold(f64::INFINITY, f64::min);
    let fits = |sigma: f64| {
        let reached = least(|kappa| {
            let kappa = kappa * (1.0 - sigma) / (smallest * smallest);
            sse(&with_best_lambda(sigma, kappa, samples), samples)
        });
        reached <= allowed
    };
    (samples.len() <= MOST_POINTS)
        .then(|| largest(fits, 0.999))
        .flatten()
}
