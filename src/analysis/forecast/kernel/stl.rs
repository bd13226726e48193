//! Seasonal-trend decomposition by loess: Cleveland, Cleveland, McRae and Terpenning (1990), "STL: A seasonal-trend
//! decomposition procedure based on loess", J. Official Statistics 6. Computed as their NETLIB program does, jumps and
//! robustness weights included, in `f64`; a missing value weighs nothing and gets the value of the pattern.

use super::decompose::filled;
use super::numbers::median;

/// How one loess of the decomposition smooths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smooth {
    /// Width in points; odd.
    pub window: usize,
    /// 0: local means, 1: local lines.
    pub degree: usize,
    /// Every so many points are smoothed, the others lie on straight lines between.
    pub jump: usize,
}

impl Smooth {
    /// A loess over a window (made odd, at least 3) that evaluates a tenth of the points of the window.
    pub fn over(window: usize, degree: usize) -> Self {
        let window = odd(window);
        Self {
            window,
            degree,
            jump: window.div_ceil(10),
        }
    }

    /// The same with every point evaluated.
    #[must_use]
    pub fn every(self) -> Self {
        Self { jump: 1, ..self }
    }
}

fn odd(window: usize) -> usize {
    window.max(3) | 1
}

/// The settings of a decomposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stl {
    /// Steps of one season, at least 2.
    pub period: usize,
    /// Smoothing of the values of one phase from season to season.
    pub seasonal: Smooth,
    /// Smoothing of the trend.
    pub trend: Smooth,
    /// Smoothing of what is taken out of the seasonal part so that it holds no level.
    pub low_pass: Smooth,
    /// Passes between trend and season.
    pub inner: usize,
    /// Rounds of robustness weights; 0 for none.
    pub outer: usize,
}

/// The parts of a series: value = seasonal + trend + remainder.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The repeating part.
    pub seasonal: Vec<f64>,
    /// The slow part.
    pub trend: Vec<f64>,
    /// Robustness weights in 0..=1; 0 for a missing value, 1 everywhere else without robust rounds.
    pub weights: Vec<f64>,
}

impl Stl {
    /// The usual settings for a period: the trend is as stiff as the seasonal window allows without taking part in the
    /// season (1.5 · period / (1 − 1.5 / window), section 3.7 of the paper); robust decompositions take one inner
    /// and fifteen outer rounds, others two and none.
    pub fn new(period: usize, seasonal_window: usize, robust: bool) -> Self {
        let seasonal = Smooth::over(seasonal_window, 0);
        let width = 1.5 * period as f64 / (1.0 - 1.5 / seasonal.window as f64);
        Self {
            period,
            seasonal,
            trend: Smooth::over(width.ceil() as usize, 1),
            low_pass: Smooth::over(period, 1),
            inner: if robust { 1 } else { 2 },
            outer: if robust { 15 } else { 0 },
        }
    }

    /// Takes a series apart. `None` for less than two seasons, or where nothing was observed.
    pub fn decompose(&self, y: &[f64]) -> Option<Parts> {
        let (n, period) = (y.len(), self.period);
        if period < 2 || n < 2 * period {
            return None;
        }
        let mut whole = filled(y)?;
        let missing: Vec<bool> = y.iter().map(|v| !v.is_finite()).collect();
        let gaps = missing.iter().any(|m| *m);
        let mut weights: Vec<f64> = missing.iter().map(|m| f64::from(u8::from(!m))).collect();
        let mut parts = Work::new(n, period);
        for round in 0..=self.outer {
            let weighted = gaps || round > 0;
            for _ in 0..self.inner.max(1) {
                parts.pass(self, &whole, weighted.then_some(weights.as_slice()));
                if gaps {
                    let pattern = parts.trend.iter().zip(&parts.seasonal);
                    for ((value, (t, s)), hole) in whole.iter_mut().zip(pattern).zip(&missing) {
                        if *hole {
                            *value = t + s;
                        }
                    }
                }
            }
            if round < self.outer {
                parts.robustness(&whole, &missing, &mut weights);
            }
        }
        let mut all = parts.trend.iter().chain(&parts.seasonal);
        all.all(|v| v.is_finite()).then_some(Parts {
            seasonal: parts.seasonal,
            trend: parts.trend,
            weights,
        })
    }
}

/// Everything a pass writes to, allocated once.
struct Work {
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    /// The seasonal smooths with one period more at either end.
    extended: Vec<f64>,
    passed: Vec<f64>,
    detrended: Vec<f64>,
    loess: Loess,
}

impl Work {
    fn new(n: usize, period: usize) -> Self {
        Self {
            seasonal: vec![0.0; n],
            trend: vec![0.0; n],
            extended: vec![0.0; n + 2 * period],
            passed: Vec::with_capacity(n),
            detrended: vec![0.0; n],
            loess: Loess::default(),
        }
    }

    /// One inner pass: season from the detrended values, trend from the values without season.
    fn pass(&mut self, stl: &Stl, y: &[f64], weights: Option<&[f64]>) {
        for ((d, v), t) in self.detrended.iter_mut().zip(y).zip(&self.trend) {
            *d = v - t;
        }
        self.cycles(stl, weights);
        let low = averaged(
            &averaged(&averaged(&self.extended, stl.period), stl.period),
            3,
        );
        self.loess
            .smooth(&low, stl.low_pass, None, &mut self.passed);
        let cycles = self.extended.iter().skip(stl.period);
        for (((s, c), low), (d, v)) in self
            .seasonal
            .iter_mut()
            .zip(cycles)
            .zip(&self.passed)
            .zip(self.detrended.iter_mut().zip(y))
        {
            *s = c - low;
            *d = v - *s;
        }
        self.loess
            .smooth(&self.detrended, stl.trend, weights, &mut self.trend);
    }

    /// Smooths each phase over the seasons and continues it by one season either way.
    fn cycles(&mut self, stl: &Stl, weights: Option<&[f64]>) {
        let period = stl.period;
        let mut smooth = Vec::new();
        for phase in 0..period {
            let pick = |all: &[f64]| -> Vec<f64> {
                all.iter().skip(phase).step_by(period).copied().collect()
            };
            let values = pick(&self.detrended);
            let weights = weights.map(pick);
            let weights = weights.as_deref();
            self.loess
                .smooth(&values, stl.seasonal, weights, &mut smooth);
            let k = values.len();
            let window = stl.seasonal.window;
            let before = self
                .loess
                .at(&values, stl.seasonal, -1, 0, window.min(k), weights)
                .or(smooth.first().copied());
            let after = self
                .loess
                .at(
                    &values,
                    stl.seasonal,
                    k as i64,
                    k.saturating_sub(window),
                    k,
                    weights,
                )
                .or(smooth.last().copied());
            let whole = before
                .into_iter()
                .chain(smooth.iter().copied())
                .chain(after);
            let places = self.extended.iter_mut().skip(phase).step_by(period);
            for (place, value) in places.zip(whole) {
                *place = value;
            }
        }
    }

    /// Bisquare weights by the size of the remainder, in units of six median absolute ones (equation 7 ff.).
    fn robustness(&self, y: &[f64], missing: &[bool], weights: &mut [f64]) {
        let away: Vec<f64> = y
            .iter()
            .zip(self.trend.iter().zip(&self.seasonal))
            .zip(missing)
            .map(|((v, (t, s)), hole)| if *hole { f64::NAN } else { (v - t - s).abs() })
            .collect();
        let limit = 6.0 * median(&away).unwrap_or(0.0);
        for (w, r) in weights.iter_mut().zip(&away) {
            *w = if r.is_nan() {
                0.0
            } else if *r <= 0.001 * limit {
                1.0
            } else if *r <= 0.999 * limit {
                (1.0 - (r / limit).powi(2)).powi(2)
            } else {
                0.0
            };
        }
    }
}

/// Moving averages of a length, one for each full window.
fn averaged(values: &[f64], length: usize) -> Vec<f64> {
    let scale = 1.0 / length as f64;
    let mut sum: f64 = values.iter().take(length).sum();
    let mut out = Vec::with_capacity(values.len().saturating_sub(length) + 1);
    out.push(sum * scale);
    for (leaves, enters) in values.iter().zip(values.iter().skip(length)) {
        sum += enters - leaves;
        out.push(sum * scale);
    }
    out
}

/// Local regression on an even grid. The tricube weights depend on the reach alone and are kept between points.
#[derive(Default)]
pub(super) struct Loess {
    reach: Option<usize>,
    tricube: Vec<f64>,
}

impl Loess {
    fn prepare(&mut self, reach: usize) {
        if self.reach == Some(reach) {
            return;
        }
        self.reach = Some(reach);
        self.tricube.clear();
        let h = reach as f64;
        self.tricube.extend((0..=reach).map(|d| {
            let d = d as f64;
            if d <= 0.001 * h {
                1.0
            } else if d <= 0.999 * h {
                (1.0 - (d / h).powi(3)).powi(3)
            } else {
                0.0
            }
        }));
    }

    /// The fit at place `x` (which may lie outside) from the values `left..right`; `None` where nothing has weight.
    fn at(
        &mut self,
        y: &[f64],
        smooth: Smooth,
        x: i64,
        left: usize,
        right: usize,
        weights: Option<&[f64]>,
    ) -> Option<f64> {
        let n = y.len();
        let last = right as i64 - 1;
        let mut reach = (x - left as i64).max(last - x).max(0) as usize;
        if smooth.window > n {
            reach += (smooth.window - n) / 2;
        }
        self.prepare(reach);
        let inside = y.get(left..right)?;
        let mut sums = [0.0; 5];
        let mut add = |offset: i64, w: f64, v: f64| {
            let d = offset as f64;
            sums[0] += w;
            sums[1] += w * d;
            sums[2] += w * d * d;
            sums[3] += w * v;
            sums[4] += w * d * v;
        };
        let offsets = (left as i64 - x)..;
        let tricube = |offset: i64| {
            let place = offset.unsigned_abs() as usize;
            self.tricube.get(place).copied().unwrap_or(0.0)
        };
        match weights.and_then(|w| w.get(left..right)) {
            Some(weights) => {
                for ((offset, v), w) in offsets.zip(inside).zip(weights) {
                    add(offset, w * tricube(offset), *v);
                }
            }
            None => {
                for (offset, v) in offsets.zip(inside) {
                    add(offset, tricube(offset), *v);
                }
            }
        }
        let [w, wd, wdd, wv, wdv] = sums;
        if w <= 0.0 {
            return None;
        }
        let (centre, mean) = (wd / w, wv / w);
        let variance = wdd / w - centre * centre;
        if smooth.degree == 0 || variance.max(0.0).sqrt() <= 0.001 * (n as f64 - 1.0) {
            return Some(mean);
        }
        let slope = (wdv / w - centre * mean) / variance;
        Some(mean - centre * slope)
    }

    /// Smooths a series into `out`.
    pub(super) fn smooth(
        &mut self,
        y: &[f64],
        smooth: Smooth,
        weights: Option<&[f64]>,
        out: &mut Vec<f64>,
    ) {
        let n = y.len();
        out.clear();
        out.extend_from_slice(y);
        if n < 2 {
            return;
        }
        let jump = smooth.jump.clamp(1, n - 1);
        let width = smooth.window.min(n);
        let half = smooth.window.div_ceil(2);
        let mut previous: Option<(usize, f64)> = None;
        let mut place = 0_usize;
        loop {
            let left = if width == n {
                0
            } else {
                (place + 1).saturating_sub(half).min(n - width)
            };
            let value = self
                .at(y, smooth, place as i64, left, left + width, weights)
                .unwrap_or(super::numbers::at(y, place));
            if let Some((from, before)) = previous {
                let step = (value - before) / (place - from) as f64;
                for (j, between) in out.iter_mut().enumerate().take(place).skip(from + 1) {
                    *between = before + step * (j - from) as f64;
                }
            }
            if let Some(o) = out.get_mut(place) {
                *o = value;
            }
            if place + 1 >= n {
                return;
            }
            previous = Some((place, value));
            place = (place + jump).min(n - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let t = i as f64;
                10.0 + 0.05 * t
                    + 3.0 * (t * std::f64::consts::TAU / 12.0).sin()
                    + (t * 1.7).cos() * 0.3
            })
            .collect()
    }

    #[test]
    fn parts_add_up_to_a_line_and_a_wave() {
        let y = wave(144);
        let parts = Stl::new(12, 13, false).decompose(&y).unwrap();
        for (i, v) in y.iter().enumerate() {
            let line = 10.0 + 0.05 * i as f64;
            assert!((parts.trend[i] - line).abs() < 0.25, "{i}");
            assert!((v - parts.trend[i] - parts.seasonal[i]).abs() < 0.6, "{i}");
        }
    }

    /// Checked against the same settings of statsmodels 0.15 (period 4, seasonal window 7, degrees 0, 1 and 1, low-pass window 5, jumps of 1).
    #[test]
    fn a_short_series_agrees_with_another_program() {
        let y = [
            3.0, 7.0, 5.0, 1.0, 4.0, 8.0, 7.0, 2.0, 4.0, 10.0, 7.0, 3.0, 6.0, 11.0, 8.0, 3.0,
        ];
        let mut stl = Stl::new(4, 7, false);
        stl.trend = stl.trend.every();
        stl.low_pass = stl.low_pass.every();
        let parts = stl.decompose(&y).unwrap();
        let expected_trend = [
            3.62812, 3.89584, 4.16789, 4.43970, 4.74884, 5.06297, 5.27083, 5.49504, 5.72599,
            5.94571, 6.25370, 6.58910, 6.73890, 6.86490, 6.98197, 7.07738,
        ];
        let expected_season = [
            -0.95360, 3.34337, 1.12731, -3.52185, -1.00575, 3.43238, 1.10148, -3.57821, -1.06449,
            3.64031, 1.09481, -3.68959, -1.09574, 3.73853, 1.06719, -3.73115,
        ];
        for i in 0..16 {
            assert!((parts.trend[i] - expected_trend[i]).abs() < 1e-5, "{i}");
            assert!((parts.seasonal[i] - expected_season[i]).abs() < 1e-5, "{i}");
        }
    }

    #[test]
    fn a_wild_value_is_weighted_down_and_a_gap_is_bridged_by_the_pattern() {
        let mut y = wave(144);
        let truth = y[60];
        y[60] = 90.0;
        y[100] = f64::NAN;
        let parts = Stl::new(12, 13, true).decompose(&y).unwrap();
        assert!(parts.weights[60] < 1e-9);
        assert_eq!(parts.weights[100], 0.0);
        assert!((parts.trend[60] + parts.seasonal[60] - truth).abs() < 1.0);
        let there = wave(144)[100];
        assert!((parts.trend[100] + parts.seasonal[100] - there).abs() < 1.0);
    }

    #[test]
    fn too_little_is_refused() {
        assert!(Stl::new(12, 7, false).decompose(&wave(23)).is_none());
        assert!(Stl::new(12, 7, false).decompose(&[f64::NAN; 48]).is_none());
        assert!(Stl::new(1, 7, false).decompose(&wave(23)).is_none());
    }
}
