//! The scalability law fitted to measurements, with what is known about each parameter: standard errors from the
//! residuals, Student intervals with n − p degrees of freedom, and an interval of the peak.
//!
//! The peak's standard error is by the delta method (Seber and Wild, "Nonlinear Regression", 1989, 5.3); its interval
//! by the profile of the squares, which keeps to what is possible and may be open above.

use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::laws::{LawFit, laws};
use super::least_squares::{self, Found, Sample, gradient};
use super::profile;
use super::usl::Usl;
use super::usl_words;

/// Levels of concurrency that the law needs.
pub const FEWEST_LEVELS: usize = 3;
/// A parameter that changes the throughput by less than this share is rounding.
const NOTHING: f64 = 1e-6;

/// Why no law could be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UslError {
    /// No usable point.
    #[error("there is no measurement with a concurrency and a throughput above zero")]
    Nothing,
    /// Too few levels of concurrency.
    #[error("{}", usl_words::too_few(.0))]
    TooFewLevels(Vec<f64>),
    /// The search found nothing finite.
    #[error(
        "no scalability curve fits these points: check that the first figure is concurrency and the second throughput"
    )]
    NoFit,
}

/// One value for each parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PerParameter<T> {
    /// Of contention.
    pub sigma: T,
    /// Of coherency.
    pub kappa: T,
    /// Of the throughput of one.
    pub lambda: T,
}

/// A fitted law.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UslFit {
    /// The parameters.
    #[serde(flatten)]
    pub usl: Usl,
    /// Standard errors; `None` for a parameter that its bound holds at 0, and where no point is left over.
    pub se: PerParameter<Option<f64>>,
    /// 95 % intervals by Student's t with `df`; by the profile of the squares where the bound holds a parameter.
    pub ci95: PerParameter<Option<(f64, f64)>>,
    /// Share of the variation of throughput that the law explains.
    pub r2: f64,
    /// Points.
    pub n: usize,
    /// Points less fitted parameters.
    pub df: usize,
    /// Residual standard error, in units of throughput.
    pub residual_se: Option<f64>,
    /// Concurrency of the largest throughput, where the law has one.
    pub peak_concurrency: Option<f64>,
    /// Its standard error by the delta method.
    pub peak_concurrency_se: Option<f64>,
    /// 95 % interval of it by the profile of the squares; open above where throughput may never fall.
    pub peak_concurrency_ci95: Option<(f64, Option<f64>)>,
    /// Throughput there, per second.
    pub peak_throughput: Option<f64>,
    /// 95 % interval of it by the delta method.
    pub peak_throughput_ci95: Option<(f64, f64)>,
    /// λ/σ: what contention alone would allow, per second.
    pub limit: Option<f64>,
    /// Smallest and largest concurrency that was measured.
    pub measured_range: (f64, f64),
    /// Largest throughput that was measured, per second.
    pub largest_measured: f64,
    /// Covariance of σ, κ and λ, row by row; zero where a parameter is held.
    pub covariance: Option<[[f64; 3]; 3]>,
    /// σ, κ and λ that fit best where negative ones are let through; only where a bound holds one of them.
    pub unbounded: Option<Usl>,
    /// Amdahl's and Gustafson's law on the same points.
    pub laws: Vec<LawFit>,
    /// What the figures mean and how far they carry, in sentences.
    pub notes: Vec<String>,
}

/// The value that Student's t stays within either way with 95 %.
pub(super) fn t95(df: usize) -> Option<f64> {
    let t = StudentsT::new(0.0, 1.0, df as f64).ok()?;
    Some(t.inverse_cdf(0.975))
}

/// Sets to zero what changes the throughput at the highest concurrency by less than a millionth: it is rounding.
fn rounded(mut found: Found, highest: f64) -> Found {
    if found.usl.sigma * highest < NOTHING {
        found.usl.sigma = 0.0;
        found.free.sigma = false;
    }
    if found.usl.kappa * highest * highest < NOTHING {
        found.usl.kappa = 0.0;
        found.free.kappa = false;
    }
    found
}

/// Fits the law to (concurrency, throughput) pairs. Pairs that are not above zero are left out.
pub fn fit(samples: &[(f64, f64)]) -> Result<UslFit, UslError> {
    let mut samples: Vec<Sample> = samples
        .iter()
        .copied()
        .filter(|(n, x)| n.is_finite() && x.is_finite() && *n > 0.0 && *x > 0.0)
        .collect();
    samples.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut levels: Vec<f64> = samples.iter().map(|s| s.0).collect();
    levels.dedup();
    let (Some(lowest), Some(highest)) = (levels.first().copied(), levels.last().copied()) else {
        return Err(UslError::Nothing);
    };
    if levels.len() < FEWEST_LEVELS {
        return Err(UslError::TooFewLevels(levels));
    }
    let found = rounded(
        least_squares::bounded(&samples).ok_or(UslError::NoFit)?,
        highest,
    );
    let n = samples.len();
    let mean = samples.iter().map(|s| s.1).sum::<f64>() / n as f64;
    let total: f64 = samples.iter().map(|s| (s.1 - mean).powi(2)).sum();
    let df = n.saturating_sub(found.free.count());
    let mut fit = UslFit {
        usl: found.usl,
        r2: if total > 0.0 {
            1.0 - found.sse / total
        } else {
            0.0
        },
        n,
        df,
        residual_se: (df > 0).then(|| (found.sse / df as f64).sqrt()),
        peak_concurrency: found.usl.peak_concurrency(),
        peak_throughput: found.usl.peak_throughput(),
        limit: found.usl.limit(),
        measured_range: (lowest, highest),
        largest_measured: samples.iter().map(|s| s.1).fold(0.0, f64::max),
        unbounded: (found.free != least_squares::Free::BOTH)
            .then(|| least_squares::unbounded(&found, &samples))
            .filter(|u| u.sigma * highest < -NOTHING || u.kappa * highest * highest < -NOTHING),
        laws: laws(&samples, &found),
        ..UslFit::default()
    };
    fit.uncertainty(&found, &samples);
    fit.notes = usl_words::notes(&fit);
    Ok(fit)
}

impl UslFit {
    fn uncertainty(&mut self, found: &Found, samples: &[Sample]) {
        let (Some(t), true) = (t95(self.df), self.df > 0) else {
            return;
        };
        let variance = found.sse / self.df as f64;
        let Some(covariance) = least_squares::covariance(found, samples, variance) else {
            return;
        };
        let se = covariance.diagonal().map(f64::sqrt);
        let of = |free: bool, value: f64, se: f64| {
            free.then_some((se, (value - t * se, value + t * se)))
        };
        let sigma = of(found.free.sigma, self.usl.sigma, se.x);
        let kappa = of(found.free.kappa, self.usl.kappa, se.y);
        let lambda = of(true, self.usl.lambda, se.z);
        self.se = PerParameter {
            sigma: sigma.map(|s| s.0),
            kappa: kappa.map(|k| k.0),
            lambda: lambda.map(|l| l.0),
        };
        let allowed = found.sse * (1.0 + t * t / self.df as f64);
        let told = |value: f64, effect: f64| if effect < NOTHING { 0.0 } else { value };
        let highest = self.measured_range.1;
        self.ci95 = PerParameter {
            sigma: sigma.map(|s| s.1).or_else(|| {
                profile::largest_sigma(samples, allowed).map(|s| (0.0, told(s, s * highest)))
            }),
            kappa: kappa.map(|k| k.1).or_else(|| {
                profile::largest_kappa(samples, allowed)
                    .map(|k| (0.0, told(k, k * highest * highest)))
            }),
            lambda: lambda.map(|l| l.1),
        };
        if let (Some(peak), true) = (self.peak_concurrency, found.free.kappa) {
            let kappa = self.usl.kappa;
            let by = Vector3::new(-0.5 / (kappa * peak), -0.5 * peak / kappa, 0.0);
            self.peak_concurrency_se = Some(spread(&covariance, &by));
            let half = t * spread(&covariance, &gradient(&self.usl, peak));
            self.peak_throughput_ci95 = self.peak_throughput.map(|x| (x - half, x + half));
        }
        self.peak_concurrency_ci95 =
            profile::peak_interval(samples, allowed, self.peak_concurrency, self.measured_range);
        let mut rows = [[0.0; 3]; 3];
        for (row, values) in rows.iter_mut().zip(covariance.row_iter()) {
            for (cell, value) in row.iter_mut().zip(values.iter()) {
                *cell = *value;
            }
        }
        self.covariance = Some(rows);
    }

    /// The fitted throughput at a concurrency with its 95 % interval (of the curve, not of single measurements), by the
    /// delta method.
    pub fn band(&self, n: f64) -> Option<(f64, f64)> {
        let t = t95(self.df)?;
        let rows = self.covariance?;
        let covariance = Matrix3::from_fn(|r, c| {
            rows.get(r)
                .and_then(|row| row.get(c))
                .copied()
                .unwrap_or_default()
        });
        let half = t * spread(&covariance, &gradient(&self.usl, n));
        let x = self.usl.throughput(n);
        Some(((x - half).max(0.0), x + half))
    }

    /// Whether a peak is there that the measurements can speak of: above the smallest measured concurrency and within
    /// twice the largest.
    pub fn peak_within_reach(&self) -> Option<f64> {
        let (smallest, largest) = self.measured_range;
        self.peak_concurrency
            .filter(|n| *n > smallest && *n <= 2.0 * largest)
    }

    /// Whether throughput falls from the smallest measured concurrency on, so that nothing is known of where it peaks.
    pub fn falls_throughout(&self) -> bool {
        self.usl.falls_from(self.measured_range.0)
    }

    /// Whether throughput is the same at every measured concurrency, to a hundredth.
    pub fn stays_level(&self) -> bool {
        let (smallest, largest) = self.measured_range;
        let change = self.usl.throughput(largest) / self.usl.throughput(smallest) - 1.0;
        self.peak_within_reach().is_none() && change.abs() < 0.01
    }

    /// Whether coherency is told from zero.
    pub fn has_coherency(&self) -> bool {
        self.se.kappa.is_some() && self.ci95.kappa.is_some_and(|(low, _)| low > 0.0)
    }

    /// Whether contention is told from zero.
    pub fn has_contention(&self) -> bool {
        self.se.sigma.is_some() && self.ci95.sigma.is_some_and(|(low, _)| low > 0.0)
    }
}

/// The standard error of a combination of the parameters.
fn spread(covariance: &Matrix3<f64>, by: &Vector3<f64>) -> f64 {
    by.dot(&(covariance * by)).max(0.0).sqrt()
}
