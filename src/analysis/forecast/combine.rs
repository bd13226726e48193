//! The combination of several models as a candidate of the forecast: what it says, what it was worth on the past, and
//! whether the best regression alone does better. The models and their weights come from `kernel::auto`.

use super::backtest::Past;
use super::bands::Calibration;
use super::kernel::Fit;
use super::kernel::auto::{Combination, FAMILIES, Held, Maker, Question};
use super::members::{self, Asking};
use super::metrics::{interval_score, mean, seasonal_naive_scale, smape};
use super::model::{Fitted, Kind};
use super::season::Seasonality;
use super::{Backtest, ForecastPoint, Origin, OriginStep};
use crate::calendar::Instant;

/// Most steps the models look at, and most of the longest season; older ones tell little and cost time.
const MAX_STEPS: usize = 1_500;
const MAX_SEASONS: usize = 8;
/// A regression alone has to have less than this share of the combination's error.
const CLEARLY: f64 = 0.97;
/// The name of the combination, as `--model` takes it.
pub const COMBINATION: &str = "combination";

/// Which models are asked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// All that suit the series, and this regression with them.
    All(Option<&'a Kind>),
    /// One family, by its name.
    Family(&'static str),
}

/// A combination with what it is compared by.
#[derive(Debug)]
pub struct Combined {
    /// The combination.
    pub combination: Combination,
    /// Mean absolute error of the regression alone on the same stretches of the past.
    regression_error: Option<f64>,
    /// Mean absolute error of the combination.
    error: Option<f64>,
    /// The scale of MASE and MSIS.
    scale: Option<f64>,
    /// Steps of the history before the first one that the models saw.
    first: usize,
    /// Places of the outliers that the models did not see as they were, rising.
    pub outliers: Vec<usize>,
    /// Whether it was asked for size and frequency apart, because most values are zero.
    pub mostly_zero: bool,
    /// The combination whose place a single model took.
    pub beaten: Option<Combination>,
}

/// The family or the combination that a name asks for: `ets`, `ETS(A,Ad,M)`, `combination`.
pub fn by_name(clean: &str) -> Option<Asked<'static>> {
    if clean == COMBINATION {
        return Some(Asked::All(None));
    }
    let aliases = [
        ("optimizedtheta", "theta"),
        ("dynamicoptimizedtheta", "theta"),
        ("mstl", "decomposition"),
        ("seasonal smoothing", "double seasonal"),
        ("recent profile", "profile"),
    ];
    let alias = aliases.iter().find(|(start, _)| clean.starts_with(start));
    let name = alias.map_or(clean, |(_, family)| *family);
    if clean.ends_with(members::SINCE) {
        return Some(Asked::Family(members::SINCE));
    }
    if clean.ends_with(" on logit") || clean.ends_with(" on log") {
        return Some(Asked::Family("bounded"));
    }
    let mut families = FAMILIES.iter().chain(&members::FAMILIES);
    let family = families.find(|family| name.starts_with(**family))?;
    Some(Asked::Family(family))
}

/// Combines models of a series, `horizon` steps ahead. `None` where none has an answer.
pub fn combine(past: &Past<'_>, horizon: usize, asked: Asked<'_>) -> Option<Combined> {
    let mut periods: Vec<usize> = past.seasonality.factors.iter().map(|f| f.period).collect();
    periods.sort_unstable();
    periods.dedup();
    let longest = periods.last().copied().unwrap_or(1);
    let first = past
        .values
        .len()
        .saturating_sub(MAX_STEPS.max(MAX_SEASONS * longest));
    let recent = past.values.get(first..)?;
    let values: Vec<f64> = recent.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
    let question = Question {
        values: &values,
        season: past.seasonality.main.max(1),
        horizon,
    };
    let asking = Asking::of(past, &values, &periods, first);
    let mut regression = None;
    let makers: Vec<Maker<'_>> = match asked {
        Asked::All(kind) => {
            let mut makers = asking.makers();
            if let Some(kind) = kind.filter(|_| !asking.is_mostly_zero()) {
                regression = Some(kind.name(past.seasonality));
                makers.push(Box::new(move |_: &[f64]| {
                    let fit = Tried::of(past, kind, first, horizon)?;
                    Some(Box::new(fit))
                }));
            }
            makers
        }
        Asked::Family(name) => vec![asking.family(name)?],
    };
    let mut combination = Combination::of(question, &makers)?;
    let regression_error = regression.and_then(|name| {
        let member = combination.members.iter().find(|m| m.name == name)?;
        Some(member.error).filter(|e| e.is_finite())
    });
    let better = match asked {
        Asked::All(_) => asking.better(question, &combination),
        Asked::Family(_) => None,
    };
    let beaten = better.map(|better| std::mem::replace(&mut combination, better));
    let errors: Vec<f64> = combination
        .held
        .iter()
        .map(|h| (h.actual - h.centre).abs())
        .collect();
    Some(Combined {
        regression_error,
        error: mean(&errors),
        scale: seasonal_naive_scale(past.values, past.seasonality.main),
        outliers: asking.outliers().iter().map(|i| first + i).collect(),
        mostly_zero: asking.is_mostly_zero(),
        first,
        beaten,
        combination,
    })
}

impl Combined {
    /// What it was worth on the past.
    pub fn backtest(&self) -> Backtest {
        let held = &self.combination.held;
        let each = |f: &dyn Fn(&Held) -> f64| mean(&held.iter().map(f).collect::<Vec<f64>>());
        let scaled = |value: Option<f64>| Some(value? / self.scale?);
        let inside = |h: &Held, half: f64| f64::from(u8::from((h.actual - h.centre).abs() <= half));
        let mut origins: Vec<usize> = held.iter().map(|h| h.origin).collect();
        origins.dedup();
        Backtest {
            folds: origins.len(),
            horizon: self.reach(),
            mase: scaled(self.error),
            smape: each(&|h| smape(h.actual, h.centre)),
            coverage80: each(&|h| inside(h, h.half.0)),
            coverage95: each(&|h| inside(h, h.half.1)),
            msis: scaled(each(&|h| {
                interval_score(h.actual, h.centre - h.half.1, h.centre + h.half.1, 0.05)
            })),
            seasonal_naive_mase: scaled(each(&|h| (h.actual - h.naive).abs())),
            origins: Vec::new(),
        }
    }

    /// What would have been said from each origin. Steps without a value are not among the held ones, so each is found
    /// again by its value.
    pub fn origins(&self, past: &Past<'_>, time: impl Fn(usize) -> Instant) -> Vec<Origin> {
        let mut found: Vec<Origin> = Vec::new();
        let (mut origin, mut index) = (usize::MAX, 0);
        for held in &self.combination.held {
            if held.origin != origin {
                origin = held.origin;
                index = self.first + origin;
                found.push(Origin {
                    made_at: time(index),
                    steps: Vec::new(),
                });
            }
            let is_it = |v: &Option<f64>| v.is_some_and(|v| v.total_cmp(&held.actual).is_eq());
            let Some(skipped) = past.values.iter().skip(index).position(is_it) else {
                continue;
            };
            index += skipped;
            let end = |half: f64| past.bounds.keep(held.centre + half);
            let said = ForecastPoint {
                t: time(index),
                mean: end(0.0),
                lo80: end(-held.half.0),
                hi80: end(held.half.0),
                lo95: end(-held.half.1),
                hi95: end(held.half.1),
            };
            index += 1;
            if let Some(current) = found.last_mut() {
                current.steps.push(OriginStep {
                    said,
                    came: held.actual,
                });
            }
        }
        found.sort_by_key(|o| o.made_at);
        found
    }

    /// Whether it did better on the past than the regression alone, where there is one that suits the series.
    pub fn beats_regression(&self) -> bool {
        match (self.regression_error, self.error) {
            (Some(regression), Some(own)) => own * CLEARLY < regression,
            _ => true,
        }
    }

    /// Steps ahead that the past was forecast at most.
    pub fn reach(&self) -> usize {
        let held = &self.combination.held;
        let mut longest = 0;
        let (mut origin, mut length) = (usize::MAX, 0);
        for h in held {
            length = if h.origin == origin { length + 1 } else { 1 };
            origin = h.origin;
            longest = longest.max(length);
        }
        longest
    }

    /// MASE of an error in the unit of the series.
    pub fn mase(&self, error: f64) -> Option<f64> {
        Some(error / self.scale?).filter(|m| m.is_finite())
    }

    /// MASE of the combination whose place was taken.
    pub fn beaten_mase(&self) -> Option<f64> {
        let held = self.beaten.iter().flat_map(|b| &b.held);
        let errors: Vec<f64> = held.map(|h| (h.actual - h.centre).abs()).collect();
        self.mase(mean(&errors)?)
    }

    /// How the ranges of the models were stretched.
    pub fn calibration(&self) -> Calibration {
        Calibration {
            factor80: self.combination.ranges.factor80,
            factor95: self.combination.ranges.factor95,
        }
    }

    /// The models in words: `ETS average, DynamicOptimizedTheta`.
    pub fn names(&self) -> String {
        let members = &self.combination.members;
        let names: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
        names.join(", ")
    }

    /// The heaviest models in words: `ETS(A,A,A) 23 %, CES(F) 15 %`.
    pub fn heaviest(&self, count: usize) -> String {
        let members = self.combination.members.iter().take(count);
        let words: Vec<String> = members
            .map(|m| format!("{} {:.0} %", m.name, m.weight * 100.0))
            .collect();
        words.join(", ")
    }
}

/// A regression as one of the models: its earlier forecasts are fitted afresh on what was known then.
struct Tried {
    name: String,
    ahead: Vec<f64>,
    spread: Vec<f64>,
    kind: Kind,
    values: Vec<Option<f64>>,
    seasonality: Seasonality,
    /// Steps before the first one that the other models see.
    first: usize,
    /// The last change that was known at each step where it became known: (step, start).
    starts: Vec<(usize, usize)>,
}

impl Tried {
    fn of(past: &Past<'_>, kind: &Kind, first: usize, horizon: usize) -> Option<Self> {
        let end = past.values.len();
        let fitted = kind.fit(past.seasonality, past.values, past.start(end))?;
        // A change is known when the next stretch as long as the shortest one has passed.
        let step = (end / 8).max(1);
        let starts = (1..=8)
            .map(|i| i * step)
            .map(|known| (known, past.start(known.min(end))));
        let (ahead, spread) = shown(&fitted, horizon)?;
        Some(Self {
            name: kind.name(past.seasonality),
            ahead,
            spread,
            kind: kind.clone(),
            values: past.values.to_vec(),
            seasonality: past.seasonality.clone(),
            first,
            starts: starts.collect(),
        })
    }
}

/// Centre and spread on the scale that is shown: a lognormal has its mean above its median.
fn shown(fitted: &Fitted, horizon: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let outlook = fitted.outlook(horizon)?;
    let pairs = outlook.iter().map(|o| {
        if fitted.is_logarithmic() {
            let centre = (o.mu + 0.5 * o.sd.powi(2)).exp();
            (centre, centre * o.sd.powi(2).exp_m1().sqrt())
        } else {
            (o.mu, o.sd)
        }
    });
    Some(pairs.unzip())
}

impl Fit for Tried {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.ahead.iter().copied().take(h).collect()
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        self.spread.iter().copied().take(h).collect()
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        origins
            .iter()
            .map(|origin| {
                let origin = origin + self.first;
                let known = self.values.get(..origin).unwrap_or_default();
                let start = self.starts.iter().rev().find(|(known, _)| *known <= origin);
                let start = start.map_or(0, |(_, start)| *start);
                self.kind
                    .fit(&self.seasonality, known, start)
                    .and_then(|fitted| Some(shown(&fitted, h)?.0))
                    .unwrap_or_default()
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &[]
    }
}
