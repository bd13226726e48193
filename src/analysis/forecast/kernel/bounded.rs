//! Series with physical bounds: a model is fitted on a scale without bounds and its forecasts are carried back, so that
//! neither points nor ranges leave 0–100 % or fall below 0.
//!
//! Two bounds: the logit of the share (Aitchison 1982); one: the logarithm of the distance. A value on its bound would
//! be infinitely far: distances are taken from half of the smallest one observed outside the bound.

use super::Fit;

/// A scale without bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    low: f64,
    high: Option<f64>,
    /// Added to a distance from a bound.
    slack: f64,
}

impl Bounds {
    /// The scale of a series with a lower bound and perhaps an upper one. `None` where a value lies outside, or nothing
    /// lies between.
    pub fn of(y: &[f64], low: f64, high: Option<f64>) -> Option<Self> {
        let inside = |v: f64| v >= low && high.is_none_or(|h| v <= h);
        let mut least = f64::INFINITY;
        for v in y.iter().copied().filter(|v| v.is_finite()) {
            if !inside(v) {
                return None;
            }
            let distance = high.map_or(v - low, |h| (v - low).min(h - v));
            if distance > 0.0 {
                least = least.min(distance);
            }
        }
        least.is_finite().then_some(Self {
            low,
            high,
            slack: least / 2.0,
        })
    }

    /// A value on the scale without bounds.
    pub fn open(self, v: f64) -> f64 {
        let below = v - self.low + self.slack;
        match self.high {
            Some(high) => (below / (high - v + self.slack)).ln(),
            None => below.ln(),
        }
    }

    /// Back from there, never outside the bounds.
    pub fn close(self, z: f64) -> f64 {
        match self.high {
            Some(high) => {
                let share = 1.0 / (1.0 + (-z).exp());
                let width = high - self.low + 2.0 * self.slack;
                (self.low - self.slack + width * share).clamp(self.low, high)
            }
            None => (z.exp() + self.low - self.slack).max(self.low),
        }
    }
}

/// Fits a model between bounds. The points are medians; the spread is half the width of the central 68 % carried back.
/// `None` where the series does not keep the bounds or the model has no answer.
pub fn fit_bounded(
    y: &[f64],
    low: f64,
    high: Option<f64>,
    fit: impl Fn(&[f64]) -> Option<Box<dyn Fit>>,
) -> Option<Box<dyn Fit>> {
    let bounds = Bounds::of(y, low, high)?;
    let open: Vec<f64> = y.iter().map(|v| bounds.open(*v)).collect();
    let inner = fit(&open)?;
    let errors = y
        .iter()
        .zip(open.iter().zip(inner.residuals()))
        .map(|(v, (z, e))| v - bounds.close(z - e))
        .collect();
    Some(Box::new(Bounded {
        bounds,
        inner,
        errors,
    }))
}

struct Bounded {
    bounds: Bounds,
    inner: Box<dyn Fit>,
    errors: Vec<f64>,
}

impl Fit for Bounded {
    fn name(&self) -> String {
        let scale = if self.bounds.high.is_some() {
            "logit"
        } else {
            "log"
        };
        format!("{} on {scale}", self.inner.name())
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        let ahead = self.inner.ahead(h);
        ahead.into_iter().map(|z| self.bounds.close(z)).collect()
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        let mut widest = 0.0;
        self.inner
            .ahead(h)
            .iter()
            .zip(self.inner.spread(h))
            .map(|(z, s)| {
                let width = (self.bounds.close(z + s) - self.bounds.close(z - s)) / 2.0;
                widest = f64::max(widest, width);
                widest
            })
            .collect()
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let close = |path: Vec<f64>| path.into_iter().map(|z| self.bounds.close(z)).collect();
        let paths = self.inner.from_origins(origins, h);
        paths.into_iter().map(close).collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.errors
    }
}

#[cfg(test)]
mod tests {
    use super::super::ets::fit_ets;
    use super::*;

    #[test]
    fn a_scale_there_and_back() {
        let y = [0.0, 12.5, 50.0, 99.0, 100.0, f64::NAN];
        let share = Bounds::of(&y, 0.0, Some(100.0)).unwrap();
        let above = Bounds::of(&y, 0.0, None).unwrap();
        for v in &y[..5] {
            assert!((share.close(share.open(*v)) - v).abs() < 1e-9);
            assert!((above.close(above.open(*v)) - v).abs() < 1e-9);
        }
        assert_eq!(share.close(900.0), 100.0);
        assert_eq!(share.close(-900.0), 0.0);
        assert_eq!(above.close(-900.0), 0.0);
        assert_eq!(Bounds::of(&[-1.0, 3.0], 0.0, None), None);
        assert_eq!(Bounds::of(&[0.0, 0.0], 0.0, Some(100.0)), None);
    }

    #[test]
    fn a_growing_percentage_never_passes_a_hundred() {
        let y: Vec<f64> = (0..60).map(|i| 40.0 + 0.9 * f64::from(i)).collect();
        let plain = fit_ets(&y, 1).unwrap().ahead(60);
        assert!(plain.iter().any(|v| *v > 100.0));
        let fit = fit_bounded(&y, 0.0, Some(100.0), |z| fit_ets(z, 1)).unwrap();
        let ahead = fit.ahead(60);
        assert!(ahead.iter().all(|v| (0.0..=100.0).contains(v)));
        assert!(ahead[59] > y[59]);
        let spread = fit.spread(60);
        assert!(spread.windows(2).all(|w| w[0] <= w[1]) && spread[0] >= 0.0);
        assert_eq!(fit.from_origins(&[30, 60], 5)[1], fit.ahead(5));
        assert!(fit.name().ends_with("on logit"));
        assert_eq!(fit.residuals().len(), 60);
    }
}
