//! Exponential smoothing with a short season inside a long one and an autoregressive error: Taylor (2003), "Short-term
//! electricity demand forecasting using double seasonal exponential smoothing", J. Operational Research Society 54, in
//! the additive form of Taylor (2010), equations 2 to 6, without a trend.

use super::Fit;
use super::numbers::{at, mean, root_mean_square};
use super::optimize::on_a_line;
use super::standing::{Standing, finished, from_weights};

/// Rounds of the search over the four parameters.
const ROUNDS: usize = 3;
/// Largest value of each parameter: level, short season, long season, error.
const LIMITS: [f64; 4] = [1.0, 0.5, 0.5, 0.98];

/// Fits to the shortest and the longest of `periods` that fit twice and divide each other; the season of one period is
/// simple. `None` where no season fits.
pub fn fit_double_seasonal(y: &[f64], periods: &[usize]) -> Option<Box<dyn Fit>> {
    let n = y.len();
    let mut fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p >= 2 && 2 * p <= n)
        .collect();
    fitting.sort_unstable();
    let short = *fitting.first()?;
    let long = fitting
        .iter()
        .rev()
        .copied()
        .find(|p| *p > short && p % short == 0)
        .unwrap_or(1);
    let start = State::start(y, short, long)?;
    let mut weights = [0.05, 0.1, if long > 1 { 0.1 } else { 0.0 }, 0.5];
    let mut state = start.clone();
    // The first long season is where the start values come from: it is not scored.
    let warm = short.max(long).min(n / 2);
    for _ in 0..ROUNDS {
        for (which, limit) in LIMITS.iter().enumerate() {
            if which == 2 && long == 1 {
                continue;
            }
            let best = on_a_line(0.0, *limit, 7, 5, |value| {
                let mut trial = weights;
                if let Some(w) = trial.get_mut(which) {
                    *w = value;
                }
                state.clone_from(&start);
                let value = state.score(y, trial, warm);
                if value.is_finite() {
                    value
                } else {
                    f64::INFINITY
                }
            });
            if let Some(w) = weights.get_mut(which) {
                *w = best;
            }
        }
    }
    let mut errors = Vec::with_capacity(n);
    start.clone().run(y, weights, |_, e, _| errors.push(e));
    let sigma = root_mean_square(errors.get(warm..).unwrap_or(&errors));
    let model = DoubleSeasonal {
        y: y.to_vec(),
        start,
        weights,
        errors,
        sigma,
    };
    finished(model, short.max(long))
}

#[derive(Clone, Debug)]
struct State {
    level: f64,
    short: Vec<f64>,
    long: Vec<f64>,
    error: f64,
}

impl State {
    /// Level and patterns as means over the first long seasons (two, or four short ones).
    fn start(y: &[f64], short: usize, long: usize) -> Option<Self> {
        let span = (2 * long).max(4 * short).min(y.len());
        let head = y.get(..span)?;
        let level = mean(head)?;
        let pattern = |values: &[f64], period: usize| -> Vec<f64> {
            (0..period)
                .map(|phase| {
                    let picked: Vec<f64> =
                        values.iter().skip(phase).step_by(period).copied().collect();
                    mean(&picked).unwrap_or(0.0)
                })
                .collect()
        };
        let away: Vec<f64> = head.iter().map(|v| v - level).collect();
        let day = pattern(&away, short);
        let rest: Vec<f64> = away
            .iter()
            .enumerate()
            .map(|(i, v)| v - at(&day, i % short))
            .collect();
        let week = if long > 1 {
            pattern(&rest, long)
        } else {
            vec![0.0]
        };
        Some(Self {
            level,
            short: day,
            long: week,
            error: 0.0,
        })
    }

    /// Σ log of the mean squared error one step, half a short season, one and two short seasons ahead: errors of
    /// one step alone choose a level that follows every bump (Xia and Tong 2011 on fitting several steps ahead).
    fn score(&mut self, y: &[f64], weights: [f64; 4], warm: usize) -> f64 {
        let [.., phi] = weights;
        let (p, q) = (self.short.len(), self.long.len());
        let gaps = [p.div_ceil(2), p, 2 * p];
        let fades = gaps.map(|gap| phi.powi(gap.min(10_000) as i32));
        let mut squares = [0.0; 3];
        let mut counts = [0.0; 3];
        let (mut count, mut sum) = (0.0, 0.0);
        self.run(y, weights, |place, e, state| {
            if place < warm {
                return;
            }
            if e.is_finite() {
                sum += e * e;
                count += 1.0;
            }
            for (((gap, fade), square), n) in
                gaps.iter().zip(fades).zip(&mut squares).zip(&mut counts)
            {
                let t = place + gap;
                let error = at(y, t)
                    - state.level
                    - at(&state.short, t % p)
                    - at(&state.long, t % q)
                    - fade * state.error;
                if error.is_finite() {
                    *square += error * error;
                    *n += 1.0;
                }
            }
        });
        let ahead = squares.iter().zip(counts).filter(|(_, n)| *n > 0.0);
        (sum / f64::max(count, 1.0)).ln()
            + ahead.map(|(s, n): (&f64, f64)| (s / n).ln()).sum::<f64>()
    }

    /// Runs from the beginning of the series; a missing value changes nothing but lets the error fade.
    fn run(&mut self, y: &[f64], weights: [f64; 4], mut each: impl FnMut(usize, f64, &Self)) {
        let [alpha, delta, omega, phi] = weights;
        let (mut i, mut j) = (0, 0);
        let (p, q) = (self.short.len(), self.long.len());
        for (place, value) in y.iter().enumerate() {
            let (Some(day), Some(week)) = (self.short.get_mut(i), self.long.get_mut(j)) else {
                return;
            };
            let carried = phi * self.error;
            let e = value - (self.level + *day + *week + carried);
            if e.is_finite() {
                self.level += alpha * e;
                *day += delta * e;
                *week += omega * e;
                self.error = carried + e;
            } else {
                self.error = carried;
            }
            each(place, e, self);
            i = if i + 1 == p { 0 } else { i + 1 };
            j = if j + 1 == q { 0 } else { j + 1 };
        }
    }
}

struct DoubleSeasonal {
    y: Vec<f64>,
    start: State,
    weights: [f64; 4],
    errors: Vec<f64>,
    sigma: f64,
}

impl Standing for DoubleSeasonal {
    fn title(&self) -> String {
        if self.start.long.len() > 1 {
            "Double seasonal smoothing".to_owned()
        } else {
            "Seasonal smoothing with AR(1)".to_owned()
        }
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let mut state = self.start.clone();
        state.run(
            self.y.get(..k).unwrap_or(&self.y),
            self.weights,
            |_, _, _| {},
        );
        let [.., phi] = self.weights;
        let mut carried = state.error;
        (k..k + h)
            .map(|i| {
                carried *= phi;
                state.level
                    + at(&state.short, i % state.short.len())
                    + at(&state.long, i % state.long.len())
                    + carried
            })
            .collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        let [alpha, delta, omega, phi] = self.weights;
        let (short, long) = (self.start.short.len(), self.start.long.len());
        let psi: Vec<f64> = (1..h)
            .map(|j| {
                let day = if j % short == 0 { delta } else { 0.0 };
                let week = if long > 1 && j % long == 0 {
                    omega
                } else {
                    0.0
                };
                alpha + day + week + phi.powi(j.min(10_000) as i32)
            })
            .collect();
        from_weights(self.sigma, &psi, h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
