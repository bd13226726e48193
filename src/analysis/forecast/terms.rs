//! The terms of a forecast: the limit it is held against, and how far it may look.

use super::crossing::Limit;
use super::plan::{Schedule, limits_ahead};
use super::steps::Steps;
use super::{ForecastError, ForecastParams, StepKind, Threshold};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// The limit in the unit of the series, in words, with the rule for what counts as crossing it.
pub fn limit(
    threshold: Threshold,
    unit: &str,
    steps: &Steps,
    params: &ForecastParams,
    warnings: &mut Warnings,
) -> Result<Limit, ForecastError> {
    let value = match threshold {
        Threshold::Value(value) => value,
        Threshold::Percent(percent) if unit == "%" => percent,
        Threshold::Percent(percent) => {
            let unit = if unit.is_empty() {
                "without a unit".to_owned()
            } else {
                format!("in {unit}")
            };
            return Err(ForecastError::Refused(format!(
                "{} % of what? This series is {unit} and has no natural limit; give the limit as a value, such as --capacity 500",
                units::number(percent)
            )));
        }
    };
    if !value.is_finite() {
        return Err(ForecastError::Refused(
            "the limit is not a number; give a value such as --capacity 500".to_owned(),
        ));
    }
    let (need, window) = params.sustain;
    if need == 0 || window == 0 || need > window || window > 366 {
        return Err(ForecastError::Refused(format!(
            "a limit cannot be crossed on {need} of {window} days; use --sustain such as 3/7 or 1/1"
        )));
    }
    let sustain = match steps.kind {
        StepKind::Hour | StepKind::Index => {
            warnings.add(
                WarningKind::Assumed,
                format!("over the limit means {need} of {window} consecutive steps here, because steps are not days"),
            );
            (need, window)
        }
        StepKind::Month | StepKind::Other if steps.step.as_days() > 1.5 => {
            warnings.add(
                WarningKind::Assumed,
                "one step over the limit counts as crossing it, because steps are longer than a day",
            );
            (1, 1)
        }
        StepKind::Day | StepKind::Month | StepKind::Other => (need, window),
    };
    let schedule = limits_ahead(
        steps,
        (value, unit),
        &params.known.additions,
        (&params.zone, params.lead_time),
    )?;
    let past = steps.values.len();
    let threshold = schedule
        .levels
        .get(past.saturating_sub(1))
        .copied()
        .unwrap_or(value);
    Ok(Limit {
        threshold,
        text: scheduled_text(threshold, unit, steps, &schedule),
        sustain,
        lead_time: params.lead_time,
        spread: params.limit_spread.clone(),
        bars: bars(threshold, unit, steps, &schedule),
        schedule,
    })
}

/// Share of a limit by which it is moved to see what that does.
const BESIDE: f64 = 1e-6;

/// The values above which each step of a path is over the limit in force, before known effects are put on; empty where
/// that is the limit itself. Beside each stands what it gains for a limit that is once more as high.
fn bars(threshold: f64, unit: &str, steps: &Steps, schedule: &Schedule) -> Vec<(f64, f64)> {
    if schedule.levels.is_empty() && steps.effects.is_none() {
        return Vec::new();
    }
    let bounds = steps.bounds(unit);
    let past = steps.values.len();
    let count = steps.effects.reach().max(schedule.levels.len());
    (past..count)
        .map(|index| {
            let level = schedule.levels.get(index).copied().unwrap_or(threshold);
            let bar = steps.effects.bar(index, level, bounds);
            // It is a straight line in the limit, within the bounds.
            let beside = steps.effects.bar(index, level * (1.0 + BESIDE), bounds);
            let slope = (beside - bar) / BESIDE;
            (bar, if slope.is_finite() { slope } else { 0.0 })
        })
        .collect()
}

/// The limit with what is planned: `500 GiB (700 GiB from 2027-01-01)`.
fn scheduled_text(threshold: f64, unit: &str, steps: &Steps, schedule: &Schedule) -> String {
    let now = limit_text(threshold, unit);
    let end = steps.time(steps.values.len() + steps.horizon.min(20_000));
    let mut ahead = schedule
        .additions
        .iter()
        .filter(|a| a.at > steps.now && a.at < end && a.limit.total_cmp(&threshold).is_ne());
    let Some(first) = ahead.next() else {
        return now;
    };
    let more = match ahead.count() {
        0 => String::new(),
        1 => ", and 1 more step".to_owned(),
        n => format!(", and {n} more steps"),
    };
    format!(
        "{now} ({} from {}{more})",
        limit_text(first.limit, unit),
        steps.printed_time(first.at)
    )
}

/// A limit as people say it: `80 %`, not `80.0 %`.
fn limit_text(value: f64, unit: &str) -> String {
    let whole = value.fract() == 0.0 && value.abs() < 1e15;
    match unit {
        "ms" | "s" | "bytes" | "B" => units::with_unit(value, unit),
        _ if !whole => units::with_unit(value, unit),
        "" => units::grouped(value, 0),
        _ => format!("{} {unit}", units::grouped(value, 0)),
    }
}

/// Refuses a horizon that the history cannot carry, and flags one that it hardly can.
pub fn check_horizon(
    steps: &Steps,
    params: &ForecastParams,
    warnings: &mut Warnings,
) -> Result<(), ForecastError> {
    let history = steps.values.len() + steps.thin_ends;
    let (ahead, behind) = (steps.stretch(steps.horizon), steps.stretch(history));
    if steps.horizon > history && !params.force {
        return Err(ForecastError::Refused(format!(
            "a forecast of {ahead} from {behind} of history is guessing; use --horizon up to the length of the history, or import more"
        )));
    }
    if steps.horizon > 20_000 {
        return Err(ForecastError::Refused(format!(
            "{} steps ahead are too many; use a shorter --horizon or --aggregate p95",
            units::count(steps.horizon as u64)
        )));
    }
    if 2 * steps.horizon > history {
        warnings.add(
            WarningKind::LongHorizon,
            format!("{ahead} ahead is more than half of the history ({behind}); the far end is uncertain beyond its range"),
        );
    }
    Ok(())
}
