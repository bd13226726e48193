//! The terms of a forecast: the limit it is held against, and how far it may look.

use super::crossing::Limit;
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
    Ok(Limit {
        threshold: value,
        text: limit_text(value, unit),
        sustain,
        lead_time: params.lead_time,
        spread: params.limit_spread.clone(),
    })
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
