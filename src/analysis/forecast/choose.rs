//! One forecast from end to end: what can be said at all, which model, with which ranges, and when the limit is crossed.

use super::backtest::{Past, Plan};
use super::bands::{Bounds, Calibration, Scale};
use super::crossing::{self, Limit};
use super::makeshift::{self, MIN_BACKTEST, MIN_POINTS};
use super::model::{Fitted, Kind, Reach};
use super::regression::Trend;
use super::remarks::{
    calibration_sentence, date, describe_changes, describe_outliers, describe_zeros, explain,
};
use super::season;
use super::steps::{Steps, too_few};
use super::terms::{check_horizon, limit};
use super::{
    Backtest, Candidate, CapacityCrossing, Forecast, ForecastError, ForecastParams, StepKind,
};
use crate::units::{self, Micros};
use crate::warning::{WarningKind, Warnings};

/// A simpler model is taken where its error is within this share of the best.
const SIMPLER: f64 = 0.01;
/// A regression on the recent past looks at so many of its longest seasons, but at least so many steps.
const RECENT_SEASONS: usize = 4;
const RECENT_STEPS: usize = 28;

/// What was decided about the model.
struct Decision {
    kind: Kind,
    fitted: Fitted,
    calibration: Calibration,
    backtest: Option<Backtest>,
    candidates: Vec<Candidate>,
    changes: Vec<usize>,
    why: String,
}

/// Forecasts a series on its grid.
pub fn forecast_steps(
    steps: &Steps,
    name: &str,
    unit: &str,
    params: &ForecastParams,
    mut warnings: Warnings,
) -> Result<Forecast, ForecastError> {
    let n = steps.observed();
    if n < MIN_POINTS {
        return Err(too_few(n));
    }
    let limit = params
        .capacity
        .map(|threshold| limit(threshold, unit, steps, params, &mut warnings))
        .transpose()?;
    check_horizon(steps, params, &mut warnings)?;
    describe_zeros(steps, &mut warnings);

    let mut result = Forecast {
        series: name.to_owned(),
        unit: unit.to_owned(),
        aggregate: steps.label.clone(),
        n,
        step_secs: steps.step.as_secs(),
        history: steps
            .values
            .iter()
            .enumerate()
            .filter_map(|(i, v)| Some((steps.time(i), (*v)?)))
            .collect(),
        ..Forecast::default()
    };
    if let Some(value) = constant(steps) {
        describe_constant(&mut result, steps, value, limit.as_ref(), &mut warnings);
        result.warnings = warnings;
        return Ok(result);
    }

    let window = limit.as_ref().map_or(1, |l| l.sustain.1 as usize);
    let total = steps.values.len() + steps.horizon + window;
    let seasonality = season::find(steps, 0, &params.seasons, total);
    let struck = steps.indices(&params.known.plan.struck);
    let past = Past {
        values: &steps.values,
        seasonality: &seasonality,
        bounds: Bounds::of(unit, &steps.values),
        struck: &struck,
    };
    let two_seasons = 2 * shortest_season(steps, params);
    let decision = if n < MIN_BACKTEST.max(two_seasons) {
        improvise(&past, n, two_seasons, params, &mut warnings)?
    } else {
        decide(&past, steps, params, &mut warnings)?
    };

    let scale = Scale::of(&decision.fitted, decision.calibration, past.bounds);
    let outlook = decision
        .fitted
        .outlook(steps.horizon)
        .ok_or_else(|| too_wild(&decision.kind))?;
    result.points = outlook
        .iter()
        .enumerate()
        .map(|(h, o)| scale.band(*o).at(steps.time(steps.values.len() + h)))
        .collect();
    let finite = |v: f64| v.is_finite() && v.abs() < 1e300;
    if !result
        .points
        .iter()
        .all(|p| finite(p.hi95) && finite(p.lo95))
    {
        return Err(too_wild(&decision.kind));
    }
    if let Some(limit) = &limit {
        let passages = crossing::simulate(
            &decision.fitted,
            &scale,
            &steps.values,
            steps.horizon,
            limit,
            params.seed,
        )
        .unwrap_or_default();
        result.capacity = Some(crossing::answer(steps, limit, &passages));
    }
    result.growth_per_month = growth(
        &decision.fitted,
        steps,
        result.points.first().map(|p| p.mean),
    );
    result.model = decision.kind.name(&seasonality);
    result.seasons = decision.kind.seasons(&seasonality);
    result.why = decision.why;
    result.backtest = decision.backtest;
    result.candidates = decision.candidates;
    result.changepoints = decision.changes.iter().map(|i| steps.time(*i)).collect();
    result.outliers = decision
        .fitted
        .outliers()
        .iter()
        .map(|i| steps.time(*i))
        .collect();
    describe_changes(steps, &result.changepoints, &mut warnings);
    describe_outliers(steps, &result.outliers, &mut warnings);
    result.warnings = warnings;
    Ok(result)
}

fn too_wild(kind: &Kind) -> ForecastError {
    ForecastError::Refused(format!(
        "the {} model leaves every sensible range within this horizon; use a shorter --horizon or another --model",
        kind.base()
    ))
}

/// The shortest season the calendar (or the caller) suggests; it decides what counts as a short history.
fn shortest_season(steps: &Steps, params: &ForecastParams) -> usize {
    if let Some(given) = params.seasons.iter().min() {
        return *given;
    }
    match steps.kind {
        StepKind::Index => 1,
        _ => steps.natural_seasons().first().copied().unwrap_or(1),
    }
}

fn constant(steps: &Steps) -> Option<f64> {
    let first = steps.values.iter().flatten().next().copied()?;
    steps
        .values
        .iter()
        .flatten()
        .all(|v| (v - first).abs() <= first.abs() * 1e-12)
        .then_some(first)
}

fn describe_constant(
    result: &mut Forecast,
    steps: &Steps,
    value: f64,
    limit: Option<&Limit>,
    warnings: &mut Warnings,
) {
    result.model = "constant".to_owned();
    result.why = format!(
        "all {} steps have the value {}; nothing suggests a change, and nothing says how likely one is",
        result.n,
        units::with_unit(value, &result.unit)
    );
    warnings.add(
        WarningKind::Assumed,
        "the series never changed; its range has no width because there is nothing to take one from",
    );
    result.points = (0..steps.horizon)
        .map(|h| super::ForecastPoint {
            t: steps.time(steps.values.len() + h),
            mean: value,
            lo80: value,
            hi80: value,
            lo95: value,
            hi95: value,
        })
        .collect();
    result.growth_per_month = Some(0.0);
    result.capacity = limit.map(|limit| {
        let passages = crossing::constant(value, &steps.values, steps.horizon, limit);
        crossing::answer(steps, limit, &passages)
    });
}

/// The models to try, simplest first.
fn kinds(past: &Past<'_>, changed: bool, wanted: Option<&str>) -> Result<Vec<Kind>, ForecastError> {
    let positive = past.values.iter().flatten().all(|v| *v > 0.0);
    let mut kinds = vec![
        Kind::Naive,
        Kind::Regression(Trend::Level, Vec::new(), Reach::All),
        Kind::Drift,
    ];
    let (main, longest) = (past.seasonality.main, past.seasonality.longest());
    kinds.extend(
        [main, longest]
            .into_iter()
            .filter(|p| *p > 1)
            .map(Kind::SeasonalNaive),
    );
    kinds.dedup();
    let trends = [Trend::Level, Trend::Linear, Trend::Exponential];
    for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
        for trend in trends {
            let plain_level = trend == Trend::Level && set.is_empty();
            if !plain_level && (positive || trend != Trend::Exponential) {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::All));
            }
        }
    }
    if changed {
        for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
            for trend in [Trend::Level, Trend::Linear] {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::Whole));
            }
        }
    }
    for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
        let longest = set
            .iter()
            .filter_map(|i| past.seasonality.factors.get(*i))
            .map(|f| f.period)
            .max()
            .unwrap_or(1);
        let recent = (RECENT_SEASONS * longest).max(RECENT_STEPS);
        if past.values.len() >= 3 * recent {
            for trend in [Trend::Level, Trend::Linear] {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::Recent(recent)));
            }
        }
    }
    let Some(wanted) = wanted else {
        return Ok(kinds);
    };
    let clean = wanted.trim().replace(['-', '_'], " ").to_ascii_lowercase();
    if clean == "exponential" && !positive {
        return Err(ForecastError::Refused(
            "an exponential trend needs values above zero; use --model linear".to_owned(),
        ));
    }
    if clean == "seasonal naive" && past.seasonality.main <= 1 {
        return Err(ForecastError::Refused(
            "there is no season for the seasonal naive model; give one with --season".to_owned(),
        ));
    }
    let name = |k: &Kind| k.name(past.seasonality);
    let exact: Vec<Kind> = kinds.iter().filter(|k| name(k) == clean).cloned().collect();
    let family: Vec<Kind> = kinds
        .iter()
        .filter(|k| k.base() == clean)
        .cloned()
        .collect();
    if !family.is_empty() {
        Ok(family)
    } else if !exact.is_empty() {
        Ok(exact)
    } else {
        let mut known = vec!["auto".to_owned()];
        known.extend(kinds.iter().map(name));
        Err(ForecastError::UnknownModel(
            wanted.to_owned(),
            known.join("; "),
        ))
    }
}

/// The model by backtest.
fn decide(
    past: &Past<'_>,
    steps: &Steps,
    params: &ForecastParams,
    warnings: &mut Warnings,
) -> Result<Decision, ForecastError> {
    let end = past.values.len();
    let changes = past.changes(end);
    let start = changes.last().copied().unwrap_or(0);
    let plan = Plan::new(end, steps.horizon, past.seasonality.longest());
    let kinds = kinds(past, start > 0, params.model.as_deref())?;
    let scores = past.scores(&kinds, &plan);
    let best = scores
        .iter()
        .flatten()
        .copied()
        .fold(f64::INFINITY, f64::min);
    let fits = |kind: &Kind| kind.fit(past.seasonality, past.values, start);
    let chosen = kinds
        .iter()
        .zip(&scores)
        .filter(|(_, score)| score.is_some_and(|s| s <= best * (1.0 + SIMPLER)))
        .find_map(|(kind, score)| Some((kind.clone(), fits(kind)?, *score)))
        // No model could be tried on every stretch: the first that fits at all.
        .or_else(|| {
            kinds
                .iter()
                .find_map(|kind| Some((kind.clone(), fits(kind)?, None)))
        });
    let Some((kind, fitted, score)) = chosen else {
        return Err(ForecastError::Refused(format!(
            "the {} model cannot be fitted to this series; use --model auto",
            params.model.as_deref().unwrap_or("auto")
        )));
    };
    let (backtest, calibration) = past
        .judge(&kind, &plan)
        .map_or((None, Calibration::default()), |(b, c)| (Some(b), c));
    let candidates: Vec<Candidate> = kinds
        .iter()
        .zip(&scores)
        .map(|(kind, mase)| Candidate {
            model: kind.name(past.seasonality),
            mase: *mase,
        })
        .collect();
    let mut why = explain(past, steps, &plan, &kind, score, &candidates, params);
    let across = matches!(kind, Kind::Regression(_, _, Reach::Whole));
    if start > 0 && !across {
        why.push_str(&format!(
            " It is fitted on the {} since the change of {}.",
            steps.stretch(end - start),
            date(steps, start)
        ));
    }
    why.push_str(&calibration_sentence(&plan, calibration));
    if plan.horizon < steps.horizon {
        warnings.add(
            WarningKind::LongHorizon,
            format!(
                "the backtest looks {} ahead, because the history is short; the forecast looks {} ahead",
                steps.stretch(plan.horizon),
                steps.stretch(steps.horizon)
            ),
        );
    }
    if let Some(Backtest {
        mase: Some(own),
        seasonal_naive_mase: Some(naive),
        ..
    }) = &backtest
        && own > naive
    {
        warnings.add(
            WarningKind::Note,
            format!(
                "on the newest stretches repeating the past (MASE {}) did better than this model ({})",
                units::number(*naive),
                units::number(*own)
            ),
        );
    }
    Ok(Decision {
        kind,
        fitted,
        calibration,
        backtest,
        candidates,
        changes,
        why,
    })
}

/// A labelled range for a short history.
fn improvise(
    past: &Past<'_>,
    n: usize,
    two_seasons: usize,
    params: &ForecastParams,
    warnings: &mut Warnings,
) -> Result<Decision, ForecastError> {
    let (kind, reason) = match params.model.as_deref() {
        None => makeshift::choose(past.values),
        Some(_) => kinds(past, false, params.model.as_deref())?
            .into_iter()
            .next()
            .map_or((Kind::Naive, "no other model fits"), |k| {
                (k, "it was asked for")
            }),
    };
    let fit = |kind: &Kind| kind.fit(past.seasonality, past.values, 0);
    let (kind, fitted) = match fit(&kind) {
        Some(fitted) => (kind, fitted),
        None => (Kind::Naive, fit(&Kind::Naive).ok_or_else(|| too_few(n))?),
    };
    let needed = MIN_BACKTEST.max(two_seasons);
    warnings.add(
        WarningKind::ShortHistory,
        format!("{n} steps are too few for a backtest ({needed} are needed); this is a makeshift range, not a forecast that was tried on the past"),
    );
    Ok(Decision {
        why: format!(
            "Makeshift: with {n} steps no model can be compared with the past ({needed} are needed); {} was taken because {reason}.",
            kind.name(past.seasonality)
        ),
        calibration: makeshift::widening(&kind, n),
        candidates: Vec::new(),
        backtest: None,
        changes: Vec::new(),
        kind,
        fitted,
    })
}

/// Growth per 30 days in the unit of the series.
fn growth(fitted: &Fitted, steps: &Steps, level: Option<f64>) -> Option<f64> {
    if steps.kind == StepKind::Index {
        return None;
    }
    let per_month = 30.0 * Micros::DAY.0 as f64 / steps.step.0.max(1) as f64;
    let slope = fitted.slope()? * per_month;
    let growth = if fitted.is_logarithmic() {
        level? * slope.exp_m1()
    } else {
        slope
    };
    growth.is_finite().then_some(growth)
}

/// A capacity answer says something only when it was asked for; this names the rule of the exit code.
impl CapacityCrossing {
    /// Whether it counts as a finding: over the limit already, or more likely than not within the horizon (P50).
    pub fn is_finding(&self) -> bool {
        self.already_over || self.crossing.p50.is_some()
    }
}
