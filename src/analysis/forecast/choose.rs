//! One forecast from end to end: what can be said at all, which model, with which ranges, and when the limit is crossed.

use super::backtest::{Past, Plan};
use super::bands::{Calibration, Scale};
use super::basis::{self, Basis};
use super::combine::{self, Asked, COMBINATION, Combined};
use super::crossing::{self, Limit};
use super::growth;
use super::kinds::{clean, kinds};
use super::makeshift::{self, MIN_BACKTEST, MIN_POINTS};
use super::model::{Fitted, Kind, Reach};
use super::remarks::{
    calibration_sentence, date, describe_changes, describe_outliers, describe_zeros, explain,
    explain_combination, short_backtest, worse_than_naive,
};
use super::steps::{Steps, too_few};
use super::terms::{check_horizon, limit};
use super::{
    Backtest, Candidate, CapacityCrossing, Forecast, ForecastError, ForecastParams, StepKind,
};
use crate::units::{self, Micros};
use crate::warning::{WarningKind, Warnings};

/// A simpler model is taken where its error is within this share of the best.
const SIMPLER: f64 = 0.01;
/// Regressions are compared with the combination on histories of so many steps; on shorter ones the comparison chose
/// straight lines and curves that did not go on (M3 competition).
const COMPARED: usize = 100;
/// They are compared where the horizon is at least the history over this: nearer steps follow from the newest values, and
/// monthly, hourly and half-hourly series were forecast worse with regressions among the models.
const FAR: usize = 4;
/// What was decided about the model.
struct Decision {
    kind: Kind,
    fitted: Fitted,
    calibration: Calibration,
    backtest: Option<Backtest>,
    candidates: Vec<Candidate>,
    changes: Vec<usize>,
    outliers: Vec<usize>,
    why: String,
}

/// Forecasts a series on its grid.
pub fn forecast_steps(
    whole: &Steps,
    name: &str,
    unit: &str,
    params: &ForecastParams,
    mut warnings: Warnings,
) -> Result<Forecast, ForecastError> {
    if whole.observed() < MIN_POINTS {
        return Err(too_few(whole.observed()));
    }
    let basis = Basis::of(whole, params, unit);
    let (steps, seasonality) = (&basis.steps, &basis.seasonality);
    let n = steps.observed();
    let limit = params
        .capacity
        .map(|threshold| limit(threshold, unit, steps, params, &mut warnings))
        .transpose()?;
    check_horizon(whole, params, &mut warnings)?;
    describe_zeros(steps, &mut warnings);
    basis::describe(&basis, whole, unit, &mut warnings);

    let mut result = Forecast {
        series: name.to_owned(),
        unit: unit.to_owned(),
        aggregate: steps.label.clone(),
        n,
        step_secs: steps.step.as_secs(),
        history: whole
            .values
            .iter()
            .enumerate()
            .filter_map(|(i, v)| Some((whole.time(i), (*v)?)))
            .collect(),
        ..Forecast::default()
    };
    if let Some(value) = constant(steps) {
        describe_constant(&mut result, steps, value, limit.as_ref(), &mut warnings);
        result.warnings = warnings;
        return Ok(result);
    }

    let window = limit.as_ref().map_or(1, |l| (l.sustain.1 as usize).max(1));
    let struck = steps.indices(&params.known.plan.struck);
    let past = Past {
        values: &steps.values,
        seasonality,
        bounds: steps.bounds(unit),
        struck: &struck,
    };
    let two_seasons = 2 * shortest_season(steps, params);
    let ahead = steps.horizon + window - 1;
    let asked = params
        .model
        .as_deref()
        .and_then(|name| combine::by_name(&clean(name)));
    let decision = if let Some(asked) = asked {
        decide_by_name(&past, &basis, params, asked, ahead, &mut warnings)?
    } else if n < MIN_BACKTEST.max(two_seasons) {
        improvise(&past, n, two_seasons, params, &mut warnings)?
    } else {
        decide(&past, &basis, params, ahead, &mut warnings)?
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
    let mut odd = [decision.outliers.as_slice(), &struck].concat();
    odd.sort_unstable();
    let question = growth::Question {
        steps,
        season: seasonality.longest(),
        since: decision.changes.last().copied().unwrap_or(0),
        odd: &odd,
        level: result.points.first().map(|p| p.mean),
    };
    result.growth_per_month = growth::growth(&decision.fitted, &question);
    result.model = decision.kind.name(seasonality);
    result.seasons = decision.kind.seasons(seasonality);
    result.why = decision.why;
    result.why.push_str(&basis::sentence(&basis, whole));
    result.backtest = decision.backtest;
    result.candidates = decision.candidates;
    let earlier = basis.earlier.iter().map(|i| whole.time(*i));
    let newer = decision.changes.iter().map(|i| steps.time(*i));
    result.changepoints = earlier.chain(newer).collect();
    result.outliers = decision.outliers.iter().map(|i| steps.time(*i)).collect();
    describe_changes(steps, &result.changepoints, &mut warnings);
    describe_outliers(steps, &result.outliers, &mut warnings);
    let apart = basis.incidents.iter().cloned().flatten();
    result.outliers.extend(
        apart
            .filter(|i| whole.values.get(*i).is_some_and(Option::is_some))
            .map(|i| whole.time(i)),
    );
    result.outliers.sort_unstable();
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
        // A year of weeks is long: those are forecast without their season rather than not at all.
        StepKind::Other if steps.step > Micros::DAY => 1,
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

/// The model by backtest.
fn decide(
    past: &Past<'_>,
    basis: &Basis,
    params: &ForecastParams,
    ahead: usize,
    warnings: &mut Warnings,
) -> Result<Decision, ForecastError> {
    let end = past.values.len();
    let steps = &basis.steps;
    let changes = basis.changes.clone();
    let start = changes.last().copied().unwrap_or(0);
    if params.model.is_none()
        && (end < COMPARED || ahead * FAR < end)
        && let Some(combined) = combine::combine(past, ahead, Asked::All(None))
    {
        return Ok(combined_decision(past, steps, combined, changes, warnings));
    }
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
    if params.model.is_none()
        && let Some(combined) = combine::combine(past, ahead, Asked::All(Some(&kind)))
        && combined.beats_regression()
    {
        let rare_demand = combined.mostly_zero;
        let mut decision = combined_decision(past, steps, combined, changes, warnings);
        if !rare_demand {
            // The regression tells an outlier at the very end, where the others cannot.
            decision.outliers.extend(fitted.outliers());
        }
        decision.outliers.sort_unstable();
        decision.outliers.dedup();
        return Ok(decision);
    }
    let (backtest, calibration) = past
        .judge(&kind, &plan, |index| steps.time(index))
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
    short_backtest(steps, plan.horizon, warnings);
    worse_than_naive(backtest.as_ref(), warnings);
    Ok(Decision {
        outliers: fitted.outliers().to_vec(),
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
        outliers: fitted.outliers().to_vec(),
        kind,
        fitted,
    })
}

/// A model of the kernel, or all of them, because it was asked for.
fn decide_by_name(
    past: &Past<'_>,
    basis: &Basis,
    params: &ForecastParams,
    asked: Asked<'_>,
    ahead: usize,
    warnings: &mut Warnings,
) -> Result<Decision, ForecastError> {
    let combined = combine::combine(past, ahead, asked).ok_or_else(|| {
        let needs = match asked {
            Asked::Family("decomposition" | "double seasonal" | "harmonic" | "profile")
                if past.seasonality.factors.is_empty() =>
            {
                "; it needs a season of which the history holds two, see --season"
            }
            _ => "",
        };
        ForecastError::Refused(format!(
            "the {} model cannot be fitted to this series{needs}; use --model auto",
            params.model.as_deref().unwrap_or(COMBINATION)
        ))
    })?;
    let changes = basis.changes.clone();
    Ok(combined_decision(
        past,
        &basis.steps,
        combined,
        changes,
        warnings,
    ))
}

/// The decision for a combination, or for a single model of it.
fn combined_decision(
    past: &Past<'_>,
    steps: &Steps,
    combined: Combined,
    changes: Vec<usize>,
    warnings: &mut Warnings,
) -> Decision {
    let mut backtest = combined.backtest();
    backtest.origins = combined.origins(past, |index| steps.time(index));
    short_backtest(steps, backtest.horizon, warnings);
    worse_than_naive(Some(&backtest), warnings);
    let members = &combined.combination.members;
    let name = match members.as_slice() {
        [only] => only.name.clone(),
        _ => COMBINATION.to_owned(),
    };
    let mut candidates = Vec::new();
    if members.len() > 1 {
        candidates.push(Candidate {
            model: name.clone(),
            mase: backtest.mase,
        });
    }
    candidates.extend(members.iter().map(|m| Candidate {
        model: m.name.clone(),
        mase: combined.mase(m.error),
    }));
    if let Some(beaten) = &combined.beaten {
        candidates.push(Candidate {
            model: COMBINATION.to_owned(),
            mase: combined.beaten_mase(),
        });
        candidates.extend(beaten.members.iter().map(|m| Candidate {
            model: m.name.clone(),
            mase: combined.mase(m.error),
        }));
    }
    Decision {
        why: explain_combination(past, steps, &combined, &backtest),
        calibration: combined.calibration(),
        kind: Kind::Combination(name),
        outliers: combined.outliers,
        fitted: Fitted::combined(combined.combination, past.values.len()),
        backtest: Some(backtest),
        candidates,
        changes,
    }
}

/// A capacity answer says something only when it was asked for; this names the rule of the exit code.
impl CapacityCrossing {
    /// Whether it counts as a finding: over the limit already, or more likely than not within the horizon (P50).
    pub fn is_finding(&self) -> bool {
        self.already_over || self.crossing.p50.is_some()
    }
}
