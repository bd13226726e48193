//! The models that are tried: regressions, and the naive ones that any of them has to beat. All of them give a centre
//! with a standard deviation, and paths that agree with both.
//!
//! Naive, drift and seasonal naive with their variances: Hyndman and Athanasopoulos, Forecasting: Principles and
//! Practice, 3rd ed., 5.2 and table 5.2.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

use super::kernel::auto::{Combination, Link};
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
    /// One or several of the models in `kernel`, by the name of the family or of all together.
    Combination(String),
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
            Self::Combination(name) => name.clone(),
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
            Self::Combination(_) => "combination",
        }
    }

    /// The seasons it uses, in steps.
    pub fn seasons(&self, seasonality: &Seasonality) -> Vec<usize> {
        match self {
            Self::Naive | Self::Drift => Vec::new(),
            Self::SeasonalNaive(period) => vec![*period],
            Self::Combination(_) => {
                let mut seasons: Vec<usize> =
                    seasonality.factors.iter().map(|f| f.period).collect();
                seasons.sort_unstable();
                seasons.dedup();
                seasons
            }
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
            // It is made from more than the values (`combine`).
            Self::Combination(_) => None,
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
    Combination(Box<Combination>),
}

/// How a model goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slope<'a> {
    /// So much more each step on the model's own scale; 0 where the model has no trend.
    Steady(f64),
    /// As these next steps do, seasons included.
    Curve(&'a [f64]),
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fitted {
    form: Form,
    /// Number of steps it has seen; the first one ahead has this index.
    end: usize,
}

impl Fitted {
    /// A combination of a series of `end` steps.
    pub fn combined(combination: Combination, end: usize) -> Self {
        Self {
            form: Form::Combination(Box::new(combination)),
            end,
        }
    }

    /// Centre and standard deviation of the next steps, on the model's own scale.
    pub fn outlook(&self, horizon: usize) -> Option<Vec<Outlook>> {
        let outlook = match &self.form {
            Form::Regression(r) => r.outlook(self.end, self.end + horizon)?,
            Form::Walk(w) => w.outlook(horizon),
            Form::Combination(c) => {
                let pairs = c.centre.iter().zip(&c.ranges.size).take(horizon);
                let outlook: Vec<Outlook> =
                    pairs.map(|(mu, sd)| Outlook { mu: *mu, sd: *sd }).collect();
                Some(outlook).filter(|o| o.len() == horizon)?
            }
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
            Form::Walk(_) | Form::Combination(_) => Normal::standard().inverse_cdf(p),
        }
    }

    /// Steps far outside the pattern.
    pub fn outliers(&self) -> &[usize] {
        match &self.form {
            Form::Regression(r) => &r.outliers,
            Form::Walk(_) | Form::Combination(_) => &[],
        }
    }

    /// Change each step on the model's own scale.
    pub fn slope(&self) -> Slope<'_> {
        match &self.form {
            Form::Regression(r) => Slope::Steady(r.slope().unwrap_or(0.0)),
            Form::Walk(w) => Slope::Steady(w.drift),
            Form::Combination(c) => Slope::Curve(&c.centre),
        }
    }

    /// A source of paths of deviations from the centre.
    pub fn paths(&self, horizon: usize) -> Option<Paths<'_>> {
        let source = match &self.form {
            Form::Regression(r) => {
                Source::Regression(r, r.future_rows(self.end, self.end + horizon)?)
            }
            Form::Walk(w) => Source::Walk(w, horizon),
            Form::Combination(c) => {
                let course = c.course();
                let mut links = course.links(&c.ranges);
                links.truncate(horizon);
                Source::Combination(c, course.memory, links)
            }
        };
        Some(Paths { source })
    }
}

/// Draws paths of a fitted model.
#[derive(Debug)]
pub struct Paths<'a> {
    source: Source<'a>,
}

/// A model with what its paths need, once for all of them.
#[derive(Debug)]
enum Source<'a> {
    /// With the rows of the steps ahead.
    Regression(&'a Regression, Vec<Row>),
    /// With the number of steps ahead.
    Walk(&'a Walk, usize),
    /// With the memory of the day-to-day errors and the steps of a path.
    Combination(&'a Combination, f64, Vec<Link>),
}

impl Paths<'_> {
    /// Replaces `path` by the deviations of one path from the centre, on the model's own scale.
    pub fn draw(&self, noise: &mut Noise, path: &mut Vec<f64>) {
        match &self.source {
            Source::Regression(r, rows) => r.simulate(rows, noise, path),
            Source::Walk(w, horizon) => w.simulate(*horizon, noise, path),
            Source::Combination(c, memory, links) => wander(c, *memory, links, noise, path),
        }
    }
}

/// Deviations of one path: each step scatters as its range says, and steps hang together as the errors of the past did.
fn wander(
    combination: &Combination,
    memory: f64,
    links: &[Link],
    noise: &mut Noise,
    path: &mut Vec<f64>,
) {
    let fresh = (1.0 - memory * memory).sqrt();
    let (mut daily, mut lasting) = (noise.normal(), noise.normal());
    path.clear();
    for (size, link) in combination.ranges.size.iter().zip(links) {
        path.push(size * (link.short * daily + link.lasting * lasting));
        daily = memory * daily + fresh * noise.normal();
        if link.keep < 1.0 {
            lasting = link.keep * lasting + (1.0 - link.keep * link.keep).sqrt() * noise.normal();
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

#[cfg(test)]
mod tests {
    use super::super::metrics::{mean, seasonal_naive_scale, smape};
    use super::*;

    /// Monthly airline passengers, 1949–1960 (Box and Jenkins, series G).
    const AIR_PASSENGERS: [f64; 144] = [
        112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0, 104.0, 118.0, 115.0,
        126.0, 141.0, 135.0, 125.0, 149.0, 170.0, 170.0, 158.0, 133.0, 114.0, 140.0, 145.0, 150.0,
        178.0, 163.0, 172.0, 178.0, 199.0, 199.0, 184.0, 162.0, 146.0, 166.0, 171.0, 180.0, 193.0,
        181.0, 183.0, 218.0, 230.0, 242.0, 209.0, 191.0, 172.0, 194.0, 196.0, 196.0, 236.0, 235.0,
        229.0, 243.0, 264.0, 272.0, 237.0, 211.0, 180.0, 201.0, 204.0, 188.0, 235.0, 227.0, 234.0,
        264.0, 302.0, 293.0, 259.0, 229.0, 203.0, 229.0, 242.0, 233.0, 267.0, 269.0, 270.0, 315.0,
        364.0, 347.0, 312.0, 274.0, 237.0, 278.0, 284.0, 277.0, 317.0, 313.0, 318.0, 374.0, 413.0,
        405.0, 355.0, 306.0, 271.0, 306.0, 315.0, 301.0, 356.0, 348.0, 355.0, 422.0, 465.0, 467.0,
        404.0, 347.0, 305.0, 336.0, 340.0, 318.0, 362.0, 348.0, 363.0, 435.0, 491.0, 505.0, 404.0,
        359.0, 310.0, 337.0, 360.0, 342.0, 406.0, 396.0, 420.0, 472.0, 548.0, 559.0, 463.0, 407.0,
        362.0, 405.0, 417.0, 391.0, 419.0, 461.0, 472.0, 535.0, 622.0, 606.0, 508.0, 461.0, 390.0,
        432.0,
    ];

    struct Golden {
        kind: Kind,
        smape: f64,
        mase: f64,
        first: f64,
        last: f64,
        at_1: (f64, f64),
        at_12: (f64, f64),
    }

    /// statsforecast on the first 132 months, 12 ahead: errors, points and 95 % ranges.
    #[test]
    fn naive_models_agree_with_statsforecast() {
        let golden = [
            Golden {
                kind: Kind::Naive,
                smape: 16.1208,
                mase: 2.4959,
                first: 405.0,
                last: 405.0,
                at_1: (343.59, 466.41),
                at_12: (192.27, 617.73),
            },
            Golden {
                kind: Kind::SeasonalNaive(12),
                smape: 10.5718,
                mase: 1.5709,
                first: 360.0,
                last: 405.0,
                at_1: (292.287, 427.713),
                at_12: (337.287, 472.713),
            },
            Golden {
                kind: Kind::Drift,
                smape: 13.8140,
                mase: 2.1776,
                first: 407.237,
                last: 431.840,
                at_1: (345.75, 468.723),
                at_12: (210.147, 653.533),
            },
        ];
        let (past, future) = AIR_PASSENGERS.split_at(132);
        let values: Vec<Option<f64>> = past.iter().copied().map(Some).collect();
        let scale = seasonal_naive_scale(&values, 12).unwrap();
        for g in golden {
            let fitted = g.kind.fit(&Seasonality::default(), &values, 0).unwrap();
            let outlook = fitted.outlook(12).unwrap();
            let z = fitted.standard_quantile(0.975);
            let near = |found: f64, expected: f64, by: f64| {
                assert!(
                    (found - expected).abs() <= by,
                    "{:?}: {found} {expected}",
                    g.kind
                );
            };
            near(outlook[0].mu, g.first, 6e-4);
            near(outlook[11].mu, g.last, 6e-4);
            for (o, (low, high)) in [(outlook[0], g.at_1), (outlook[11], g.at_12)] {
                near(o.mu - z * o.sd, low, 6e-3);
                near(o.mu + z * o.sd, high, 6e-3);
            }
            let each = |f: &dyn Fn(f64, f64) -> f64| {
                let list: Vec<f64> = future
                    .iter()
                    .zip(&outlook)
                    .map(|(actual, o)| f(*actual, o.mu))
                    .collect();
                mean(&list).unwrap()
            };
            near(each(&smape), g.smape, 6e-5);
            near(each(&|a, f| (a - f).abs() / scale), g.mase, 6e-5);
        }
    }
}
