//! The simplest models: what was last is what comes. Every other model has to beat them.
//!
//! Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., sections 5.2 and 5.5 (table 5.2 has the
//! standard deviations).

use super::Fit;

/// Which simple model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simple {
    /// The last value.
    Naive,
    /// The value one season (in steps) before.
    Seasonal(usize),
    /// The last value, carried on by the mean change.
    Drift,
    /// The mean of everything.
    Mean,
    /// The mean of the last so many values.
    Window(usize),
}

/// A simple model of one series.
#[derive(Clone, Debug)]
pub struct SimpleFit {
    kind: Simple,
    y: Vec<f64>,
    /// Sum and count of the known values before each place.
    before: Vec<(f64, usize)>,
    residuals: Vec<f64>,
    sigma: f64,
}

/// Fits a simple model. `None` for fewer than two values, a season or window of 0, or a history shorter than a season
/// and one value.
pub fn fit_simple(y: &[f64], kind: Simple) -> Option<SimpleFit> {
    let y: Vec<f64> = y
        .iter()
        .map(|v| if v.is_finite() { *v } else { f64::NAN })
        .collect();
    let mut before = Vec::with_capacity(y.len() + 1);
    let (mut sum, mut count) = (0.0, 0usize);
    before.push((sum, count));
    for value in &y {
        if !value.is_nan() {
            sum += value;
            count += 1;
        }
        before.push((sum, count));
    }
    let enough = match kind {
        Simple::Seasonal(period) => period > 0 && y.len() > period,
        Simple::Window(width) => width > 0,
        _ => true,
    };
    if count < 2 || !enough {
        return None;
    }
    let mut fit = SimpleFit {
        kind,
        y,
        before,
        residuals: Vec::new(),
        sigma: 0.0,
    };
    let residuals: Vec<f64> = fit
        .y
        .iter()
        .enumerate()
        .map(|(k, value)| value - fit.after(k, 1).first().unwrap_or(&f64::NAN))
        .collect();
    // The mean change of the whole history is that of the forecast; the early ones rest on too few values.
    let around = if kind == Simple::Drift {
        changes(&fit.y)
    } else {
        residuals.clone()
    };
    let known: Vec<f64> = around.into_iter().filter(|r| !r.is_nan()).collect();
    let free = usize::from(kind == Simple::Mean);
    fit.sigma = (known.iter().map(|r| r * r).sum::<f64>()
        / known.len().saturating_sub(free).max(1) as f64)
        .sqrt();
    fit.residuals = residuals;
    let sound = fit.sigma.is_finite() && fit.after(fit.y.len(), 1).iter().all(|v| v.is_finite());
    sound.then_some(fit)
}

/// The changes from one known value to the next, without their mean.
fn changes(y: &[f64]) -> Vec<f64> {
    let known: Vec<(f64, f64)> = y
        .iter()
        .enumerate()
        .filter(|(_, v)| !v.is_nan())
        .map(|(i, v)| (i as f64, *v))
        .collect();
    let (Some((i, a)), Some((j, b))) = (known.first(), known.last()) else {
        return Vec::new();
    };
    let slope = (b - a) / (j - i).max(1.0);
    known
        .iter()
        .zip(known.iter().skip(1))
        .map(|((at, before), (to, after))| (after - before) - slope * (to - at))
        .collect()
}

impl SimpleFit {
    fn last_known(&self, k: usize) -> Option<(usize, f64)> {
        self.y
            .iter()
            .take(k)
            .enumerate()
            .rev()
            .find(|(_, v)| !v.is_nan())
            .map(|(i, v)| (i, *v))
    }

    /// Same phase in the newest season that has a value.
    fn in_phase(&self, k: usize, step: usize, period: usize) -> Option<f64> {
        let mut at = (k + step % period).checked_sub(period)?;
        loop {
            match self.y.get(at).filter(|v| !v.is_nan()) {
                Some(value) => return Some(*value),
                None => at = at.checked_sub(period)?,
            }
        }
    }

    /// The `h` values after the first `k`; NaN where nothing is known.
    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let flat = |value: Option<f64>| vec![value.unwrap_or(f64::NAN); h];
        let mean_between = |from: usize, to: usize| -> Option<f64> {
            let ((old, few), (sum, many)) = (*self.before.get(from)?, *self.before.get(to)?);
            (many > few).then(|| (sum - old) / (many - few) as f64)
        };
        match self.kind {
            Simple::Naive => flat(self.last_known(k).map(|(_, v)| v)),
            Simple::Mean => flat(mean_between(0, k)),
            Simple::Window(width) => {
                let near = mean_between(k.saturating_sub(width), k);
                flat(near.or_else(|| self.last_known(k).map(|(_, v)| v)))
            }
            Simple::Seasonal(period) => {
                let fallback = self.last_known(k).map(|(_, v)| v).filter(|_| k >= period);
                (0..h)
                    .map(|step| {
                        self.in_phase(k, step, period)
                            .or(fallback)
                            .unwrap_or(f64::NAN)
                    })
                    .collect()
            }
            Simple::Drift => {
                let first = self.y.iter().enumerate().find(|(_, v)| !v.is_nan());
                let (Some((i, a)), Some((j, b))) = (first, self.last_known(k)) else {
                    return flat(None);
                };
                if j <= i {
                    return flat(if k > 1 { Some(*a) } else { None });
                }
                let slope = (b - a) / (j - i) as f64;
                (0..h)
                    .map(|step| b + slope * ((k - j) + step) as f64)
                    .collect()
            }
        }
    }
}

impl Fit for SimpleFit {
    fn name(&self) -> String {
        match self.kind {
            Simple::Naive => "Naive".to_owned(),
            Simple::Seasonal(period) => format!("SeasonalNaive({period})"),
            Simple::Drift => "Drift".to_owned(),
            Simple::Mean => "Mean".to_owned(),
            Simple::Window(width) => format!("WindowAverage({width})"),
        }
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.after(self.y.len(), h)
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        let n = self.before.last().map_or(1, |(_, count)| *count) as f64;
        (0..h)
            .map(|step| {
                let ahead = step as f64 + 1.0;
                let growth = match self.kind {
                    Simple::Naive => ahead,
                    Simple::Seasonal(period) => (step / period) as f64 + 1.0,
                    Simple::Drift => ahead * (1.0 + ahead / (n - 1.0)),
                    Simple::Mean => 1.0 + 1.0 / n,
                    Simple::Window(width) => 1.0 + 1.0 / width as f64,
                };
                self.sigma * growth.sqrt()
            })
            .collect()
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        origins
            .iter()
            .map(|origin| self.after(*origin, h))
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::AIR_PASSENGERS;
    use super::*;

    const Z95: f64 = 1.959_964;

    #[track_caller]
    fn check(kind: Simple, ends: (f64, f64), first: (f64, f64), last: (f64, f64)) {
        let fit = fit_simple(AIR_PASSENGERS.split_at(132).0, kind).unwrap();
        let (points, spread) = (fit.ahead(12), fit.spread(12));
        let near = |a: f64, b: f64, within: f64| {
            assert!((a - b).abs() < within, "{kind:?}: {a} is not {b}");
        };
        near(points[0], ends.0, 0.001);
        near(points[11], ends.1, 0.001);
        near(points[0] - Z95 * spread[0], first.0, 0.02);
        near(points[0] + Z95 * spread[0], first.1, 0.02);
        near(points[11] - Z95 * spread[11], last.0, 0.02);
        near(points[11] + Z95 * spread[11], last.1, 0.02);
    }

    #[test]
    fn points_and_intervals_of_statsforecast_on_the_air_passengers() {
        check(
            Simple::Naive,
            (405.0, 405.0),
            (343.59, 466.41),
            (192.27, 617.73),
        );
        check(
            Simple::Seasonal(12),
            (360.0, 405.0),
            (292.287, 427.713),
            (337.287, 472.713),
        );
        check(
            Simple::Drift,
            (407.237, 431.840),
            (345.75, 468.723),
            (210.147, 653.533),
        );
    }

    #[test]
    fn gaps_are_stepped_over() {
        let nan = f64::NAN;
        let y = [1.0, 2.0, 3.0, 4.0, nan, 6.0, nan];
        let points = |kind| fit_simple(&y, kind).unwrap().ahead(3);
        assert_eq!(points(Simple::Naive), [6.0, 6.0, 6.0]);
        assert_eq!(points(Simple::Seasonal(3)), [2.0, 6.0, 4.0]);
        assert_eq!(points(Simple::Drift), [8.0, 9.0, 10.0]);
        assert_eq!(points(Simple::Mean), [3.2, 3.2, 3.2]);
        assert_eq!(points(Simple::Window(2)), [6.0, 6.0, 6.0]);
    }

    #[test]
    fn earlier_origins_see_only_what_was_before_them() {
        let y = [1.0, 2.0, 4.0, 8.0, 16.0];
        let fit = fit_simple(&y, Simple::Naive).unwrap();
        assert_eq!(
            fit.from_origins(&[1, 3, 5], 2),
            [[1.0, 1.0], [4.0, 4.0], [16.0, 16.0]]
        );
        assert_eq!(&fit.residuals()[1..], [1.0, 2.0, 4.0, 8.0]);
        assert!(fit.residuals()[0].is_nan());
    }

    #[test]
    fn too_little_is_refused() {
        assert!(fit_simple(&[1.0], Simple::Naive).is_none());
        assert!(fit_simple(&[1.0, 2.0], Simple::Seasonal(2)).is_none());
        assert!(fit_simple(&[1.0, 2.0], Simple::Seasonal(0)).is_none());
        assert!(fit_simple(&[f64::NAN; 9], Simple::Mean).is_none());
    }
}
