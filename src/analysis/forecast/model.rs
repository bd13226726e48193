//! The models that are tried: regressions, and the naive ones that any of them has to beat. All of them give a centre
//! with a standard deviation, and paths that agree with both.
//!
//! Naive, drift and seasonal naive with their variances: Hyndman and Athanasopoulos, Forecasting: Principles and
//! Practice, 3rd ed., 5.2 and table 5.2.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

use super::linear::Row;
use super::noise::Noise;
use super::regression::{Outlook, Regression, Trend};
use super::season::{Factor, Seasonality};

/// How much of the past a regression is fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything since the last change of level or trend.
    All,
    /// Everything, changes or not: some changes are only noise, and the backtest knows.
    Whole,
    /// The newest so many steps: for patterns that wander.
    Recent(usize),
}

/// A model that can be fitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The last value goes on.
    Naive,
    /// The last value, and the mean change so far.
    Drift,
    /// The value one season ago, by its length in steps.
    SeasonalNaive(usize),
    /// Trend and seasons, by the indices of the factors.
    Regression(Trend, Vec<usize>, Reach),
}

impl Kind {
    /// The name in results: `linear + weekday`.
    pub fn name(&self, seasonality: &Seasonality) -> String {
        match self {
            Self::Naive => "naive".to_owned(),
            Self::Drift => "drift".to_owned(),
            Self::SeasonalNaive(period) if *period == seasonality.main => {
                "seasonal naive".to_owned()
            }
            Self::SeasonalNaive(period) => format!("seasonal naive of {period}"),
            Self::Regression(_, set, reach) => {
                let mut name = self.base().to_owned();
                for factor in set.iter().filter_map(|i| seasonality.factors.get(*i)) {
                    name.push_str(" + ");
                    name.push_str(&factor.name);
                }
                name.push_str(match reach {
                    Reach::All => "",
                    Reach::Whole => ", across changes",
                    Reach::Recent(_) => ", recent",
                });
                name
            }
        }
    }

    /// The family, as `--model` takes it.
    pub const fn base(&self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Drift => "drift",
            Self::SeasonalNaive(_) => "seasonal naive",
            Self::Regression(Trend::Level, ..) => "level",
            Self::Regression(Trend::Linear, ..) => "linear",
            Self::Regression(Trend::Exponential, ..) => "exponential",
        }
    }

    /// The seasons it uses, in steps.
    pub fn seasons(&self, seasonality: &Seasonality) -> Vec<usize> {
        match self {
            Self::Naive | Self::Drift => Vec::new(),
            Self::SeasonalNaive(period) => vec![*period],
            Self::Regression(_, set, _) => {
                let mut seasons: Vec<usize> = set
                    .iter()
                    .filter_map(|i| seasonality.factors.get(*i))
                    .map(|f| f.period)
                    .collect();
                seasons.sort_unstable();
                seasons
            }
        }
    }

    /// Fits on `values[start..]`; the naive models look at all of it as well.
    pub fn fit(
        &self,
        seasonality: &Seasonality,
        values: &[Option<f64>],
        start: usize,
    ) -> Option<Fitted> {
        match self {
            Self::Regression(trend, set, reach) => {
                let start = match reach {
                    Reach::All => start,
                    Reach::Whole => 0,
                    Reach::Recent(steps) => start.max(values.len().saturating_sub(*steps)),
                };
                let factors: Vec<Factor> = set
                    .iter()
                    .map(|i| seasonality.factors.get(*i).cloned())
                    .collect::<Option<_>>()?;
                Regression::fit(*trend, &factors, values, start).map(|r| Fitted {
                    end: values.len(),
                    form: Form::Regression(Box::new(r)),
                })
            }
            Self::Naive => Walk::fit(values, start, 1, false),
            Self::Drift => Walk::fit(values, start, 1, true),
            // A few steps after a change are enough to go on from, but not to repeat a season from.
            Self::SeasonalNaive(period) => Walk::fit(values, start, *period, false)
                .or_else(|| Walk::fit(values, 0, *period, false)),
        }
    }
}

/// A random walk, by seasons or not, with or without drift.
#[derive(Clone, Debug)]
struct Walk {
    /// The last `season` values.
    last: Vec<f64>,
    drift: f64,
    /// Standard error of the drift in units of sigma.
    drift_error: f64,
    sigma: f64,
}

impl Walk {
    fn fit(
        values: &[Option<f64>],
        start: usize,
        season: usize,
        with_drift: bool,
    ) -> Option<Fitted> {
        let season = season.max(1);
        let used = values.get(start..)?;
        if used.len() <= season {
            return None;
        }
        // A gap carries the value of the season before.
        let mut filled: Vec<f64> = Vec::with_capacity(used.len());
        let first = used.iter().flatten().next().copied()?;
        for (i, value) in used.iter().enumerate() {
            let before = i.checked_sub(season).and_then(|b| filled.get(b)).copied();
            filled.push(value.or(before).unwrap_or(first));
        }
        let differences: Vec<f64> = used
            .iter()
            .zip(used.iter().skip(season))
            .filter_map(|(a, b)| Some((*b)? - (*a)?))
            .collect();
        let n = differences.len() as f64;
        if differences.is_empty() {
            return None;
        }
        let drift = if with_drift {
            differences.iter().sum::<f64>() / n
        } else {
            0.0
        };
        let square = differences.iter().map(|d| (d - drift).powi(2)).sum::<f64>() / n;
        Some(Fitted {
            end: values.len(),
            form: Form::Walk(Self {
                last: filled.split_off(filled.len().checked_sub(season)?),
                drift,
                drift_error: if with_drift { (1.0 / n).sqrt() } else { 0.0 },
                sigma: square.sqrt(),
            }),
        })
    }

    fn outlook(&self, horizon: usize) -> Vec<Outlook> {
        let season = self.last.len().max(1);
        (0..horizon)
            .map(|h| {
                let ahead = (h + 1) as f64;
                let rounds = (h / season + 1) as f64;
                let base = self.last.get(h % season).copied().unwrap_or(0.0);
                Outlook {
                    mu: base + self.drift * ahead,
                    sd: self.sigma * (rounds + (self.drift_error * ahead).powi(2)).sqrt(),
                }
            })
            .collect()
    }

    fn simulate(&self, horizon: usize, noise: &mut Noise, path: &mut Vec<f64>) {
        let season = self.last.len().max(1);
        let slope = self.drift_error * noise.normal();
        path.clear();
        for h in 0..horizon {
            let before = h
                .checked_sub(season)
                .and_then(|b| path.get(b))
                .copied()
                .unwrap_or(0.0);
            path.push(before + self.sigma * (noise.normal() + slope));
        }
    }
}

#[derive(Clone, Debug)]
enum Form {
    Regression(Box<Regression>),
    Walk(Walk),
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fitted {
    form: Form,
    /// Number of steps it has seen; the first one ahead has this index.
    end: usize,
}

impl Fitted {
    /// Centre and standard deviation of the next steps, on the model's own scale.
    pub fn outlook(&self, horizon: usize) -> Option<Vec<Outlook>> {
        let outlook = match &self.form {
            Form::Regression(r) => r.outlook(self.end, self.end + horizon)?,
            Form::Walk(w) => w.outlook(horizon),
        };
        outlook
            .iter()
            .all(|o| o.mu.is_finite() && o.sd.is_finite())
            .then_some(outlook)
    }

    /// Whether the model's own scale is the logarithm.
    pub fn is_logarithmic(&self) -> bool {
        matches!(&self.form, Form::Regression(r) if r.is_logarithmic())
    }

    /// The quantile of the standardised error: t for regressions, normal for walks.
    pub fn standard_quantile(&self, p: f64) -> f64 {
        match &self.form {
            Form::Regression(r) => {
                StudentsT::new(0.0, 1.0, r.freedom()).map_or(0.0, |d| d.inverse_cdf(p))
            }
            Form::Walk(_) => Normal::standard().inverse_cdf(p),
        }
    }

    /// Steps far outside the pattern.
    pub fn outliers(&self) -> &[usize] {
        match &self.form {
            Form::Regression(r) => &r.outliers,
            Form::Walk(_) => &[],
        }
    }

    /// Change each step on the model's own scale, where it has a trend.
    pub fn slope(&self) -> Option<f64> {
        match &self.form {
            Form::Regression(r) => r.slope(),
            Form::Walk(w) => (w.drift_error > 0.0).then_some(w.drift),
        }
    }

    /// A source of paths of deviations from the centre.
    pub fn paths(&self, horizon: usize) -> Option<Paths<'_>> {
        let rows = match &self.form {
            Form::Regression(r) => r.future_rows(self.end, self.end + horizon)?,
            Form::Walk(_) => Vec::new(),
        };
        Some(Paths {
            fitted: self,
            rows,
            horizon,
        })
    }
}

/// Draws paths of a fitted model.
#[derive(Debug)]
pub struct Paths<'a> {
    fitted: &'a Fitted,
    rows: Vec<Row>,
    horizon: usize,
}

impl Paths<'_> {
    /// Replaces `path` by the deviations of one path from the centre, on the model's own scale.
    pub fn draw(&self, noise: &mut Noise, path: &mut Vec<f64>) {
        match &self.fitted.form {
            Form::Regression(r) => r.simulate(&self.rows, noise, path),
            Form::Walk(w) => w.simulate(self.horizon, noise, path),
        }
    }
}

/// A random walk with a known drift, as in the closed form of the first passage; for tests of the paths.
#[cfg(test)]
pub fn known_walk(level: f64, drift: f64, sigma: f64) -> Fitted {
    Fitted {
        form: Form::Walk(Walk {
            last: vec![level],
            drift,
            drift_error: 0.0,
            sigma,
        }),
        end: 1,
    }
}
