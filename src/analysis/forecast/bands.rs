//! From a model's own scale to what is shown: calibrated ranges, back from logarithms, within physical bounds. Paths go
//! through the same map, so that crossing probabilities and ranges agree.

use super::ForecastPoint;
use super::model::{Fitted, Paths};
use super::noise::Noise;
use super::regression::Outlook;
use crate::calendar::Instant;

/// What no forecast leaves: 0 where the past never went below, 100 for a share in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Bounds {
    /// The bounds of a series by its unit and its past.
    pub fn of(unit: &str, values: &[Option<f64>]) -> Self {
        let within = |f: &dyn Fn(f64) -> bool| values.iter().flatten().all(|v| f(*v));
        Self {
            low: if within(&|v| v >= 0.0) {
                0.0
            } else {
                f64::NEG_INFINITY
            },
            high: if unit == "%" && within(&|v| v <= 100.0) {
                100.0
            } else {
                f64::INFINITY
            },
        }
    }

    /// The nearest value inside.
    pub fn keep(self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }
}

/// How much wider (or narrower) than the model says the ranges have to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Factor on the 80 % range.
    pub factor80: f64,
    /// Factor on the 95 % range.
    pub factor95: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            factor80: 1.0,
            factor95: 1.0,
        }
    }
}

/// The map from a fitted model's scale to what is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Half width of the model's 80 % range in standard deviations.
    pub quantile80: f64,
    /// The same for 95 %.
    pub quantile95: f64,
    /// Widening.
    pub calibration: Calibration,
    /// The model works on logarithms.
    pub logarithmic: bool,
    /// What no value leaves.
    pub bounds: Bounds,
}

/// One step on the scale that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// Expected value.
    pub mean: f64,
    /// 80 % range.
    pub range80: (f64, f64),
    /// 95 % range.
    pub range95: (f64, f64),
}

impl Scale {
    /// The scale of a fitted model.
    pub fn of(fitted: &Fitted, calibration: Calibration, bounds: Bounds) -> Self {
        Self {
            quantile80: fitted.standard_quantile(0.9),
            quantile95: fitted.standard_quantile(0.975),
            calibration,
            logarithmic: fitted.is_logarithmic(),
            bounds,
        }
    }

    /// Half widths of both ranges in standard deviations, calibrated, the outer one outside.
    fn half_widths(&self) -> (f64, f64) {
        let inner = self.quantile80 * self.calibration.factor80;
        let outer = (self.quantile95 * self.calibration.factor95).max(inner * 1.05);
        (inner, outer)
    }

    fn show(&self, value: f64) -> f64 {
        let raw = if self.logarithmic {
            value.min(600.0).exp()
        } else {
            value
        };
        self.bounds.keep(raw)
    }

    /// The ranges of one step.
    pub fn band(&self, outlook: Outlook) -> Band {
        let (inner, outer) = self.half_widths();
        let at = |z: f64| self.show(outlook.mu + z * outlook.sd);
        let range80 = (at(-inner), at(inner));
        // The mean of a lognormal lies above its median; a mean beyond the range says more about the variance than
        // about the future, so it stays inside.
        let mean = if self.logarithmic {
            self.show(outlook.mu + 0.5 * outlook.sd.powi(2))
                .min(range80.1)
        } else {
            self.show(outlook.mu)
        };
        Band {
            mean,
            range80,
            range95: (at(-outer), at(outer)),
        }
    }

    /// One simulated value: its deviation is stretched so that the ranges of many paths are the calibrated ranges.
    fn value(&self, outlook: Outlook, deviation: f64) -> f64 {
        if outlook.sd <= 0.0 || self.quantile80 <= 0.0 || self.quantile95 <= self.quantile80 {
            return self.show(outlook.mu);
        }
        let (inner, outer) = self.half_widths();
        let z = deviation / outlook.sd;
        let size = z.abs();
        let stretched = if size <= self.quantile80 {
            size / self.quantile80 * inner
        } else {
            let slope = (outer - inner) / (self.quantile95 - self.quantile80);
            inner + (size - self.quantile80) * slope
        };
        self.show(outlook.mu + stretched.copysign(z) * outlook.sd)
    }

    /// Draws one path into `values`.
    pub fn path(
        &self,
        outlook: &[Outlook],
        paths: &Paths<'_>,
        noise: &mut Noise,
        values: &mut Vec<f64>,
    ) {
        paths.draw(noise, values);
        for (value, outlook) in values.iter_mut().zip(outlook) {
            *value = self.value(*outlook, *value);
        }
    }
}

impl Band {
    /// As a point of the result.
    pub fn at(self, t: Instant) -> ForecastPoint {
        ForecastPoint {
            t,
            mean: self.mean,
            lo80: self.range80.0,
            hi80: self.range80.1,
            lo95: self.range95.0,
            hi95: self.range95.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::linear::quantile;
    use super::super::model::{Kind, Reach};
    use super::super::regression::Trend;
    use super::super::season::Seasonality;
    use super::*;

    fn line(n: u32) -> Vec<Option<f64>> {
        let mut noise = Noise::seeded(9);
        let mut error = 0.0;
        (0..n)
            .map(|i| {
                error = 0.5 * error + noise.normal();
                Some(60.0 + 0.2 * f64::from(i) + error)
            })
            .collect()
    }

    #[test]
    fn paths_and_ranges_agree() {
        let values = line(80);
        for trend in [Trend::Linear, Trend::Exponential] {
            let fitted = Kind::Regression(trend, Vec::new(), Reach::All)
                .fit(&Seasonality::default(), &values, 0)
                .unwrap();
            let outlook = fitted.outlook(40).unwrap();
            let scale = Scale::of(
                &fitted,
                Calibration {
                    factor80: 1.3,
                    factor95: 1.6,
                },
                Bounds::of("", &values),
            );
            let paths = fitted.paths(40).unwrap();
            let mut noise = Noise::seeded(1);
            let mut ends: Vec<Vec<f64>> = vec![Vec::new(); 2];
            let mut path = Vec::new();
            for _ in 0..20_000 {
                scale.path(&outlook, &paths, &mut noise, &mut path);
                ends[0].push(path[0]);
                ends[1].push(path[39]);
            }
            for (end, outlook) in ends.iter().zip([outlook[0], outlook[39]]) {
                let band = scale.band(outlook);
                let width = band.range95.1 - band.range95.0;
                for (p, expected) in [
                    (0.1, band.range80.0),
                    (0.9, band.range80.1),
                    (0.025, band.range95.0),
                    (0.975, band.range95.1),
                ] {
                    let found = quantile(end, p).unwrap();
                    assert!(
                        (found - expected).abs() < 0.03 * width,
                        "{p}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn bounds_follow_unit_and_past() {
        let values = [Some(20.0), Some(80.0)];
        assert_eq!(Bounds::of("%", &values).high, 100.0);
        assert_eq!(Bounds::of("ms", &values).high, f64::INFINITY);
        assert_eq!(Bounds::of("%", &[Some(350.0)]).high, f64::INFINITY);
        assert_eq!(Bounds::of("", &[Some(-1.0)]).low, f64::NEG_INFINITY);
    }
}
