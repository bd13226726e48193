//! What is said about a forecast: why this model, and what was noticed on the way.

use super::backtest::{Past, Plan};
use super::bands::Calibration;
use super::combine::Combined;
use super::model::Kind;
use super::steps::Steps;
use super::{Backtest, Candidate, ForecastParams, StepKind};
use crate::calendar::Instant;
use crate::units;
use crate::warning::{Example, WarningKind, Warnings};

/// Share of zeros from which a series is called zero-inflated.
const MANY_ZEROS: f64 = 0.3;
/// Models of a combination that are named.
const HEAVIEST: usize = 3;

/// The number of zeros, and whether they are many among the values.
fn zeros(values: &[Option<f64>]) -> (usize, bool) {
    let n = values.iter().flatten().count();
    let zeros = values.iter().flatten().filter(|v| **v == 0.0).count();
    (zeros, zeros < n && zeros as f64 > MANY_ZEROS * n as f64)
}

/// Whether so many values are zero that size and frequency of the others are two things.
pub fn is_mostly_zero(values: &[Option<f64>]) -> bool {
    zeros(values).1
}

/// Notes that many steps are zero.
pub fn describe_zeros(steps: &Steps, warnings: &mut Warnings) {
    let n = steps.observed();
    let (zeros, many) = zeros(&steps.values);
    if many {
        warnings.add_counted(
            WarningKind::Note,
            format!("{zeros} of {n} steps are zero; ranges are of the whole, not of the busy steps alone"),
            zeros as u64,
            None,
        );
    }
}

/// Why this model, in sentences.
pub fn explain(
    past: &Past<'_>,
    steps: &Steps,
    plan: &Plan,
    kind: &Kind,
    score: Option<f64>,
    candidates: &[Candidate],
    params: &ForecastParams,
) -> String {
    let name = kind.name(past.seasonality);
    let mut why = match (score, candidates.len()) {
        (Some(score), 2..) => format!(
            "The {name} model had the smallest error of {} models when forecasting {} ahead from {} points of the past (MASE {}).",
            candidates.len(),
            steps.stretch(plan.horizon),
            plan.choose.len(),
            units::number(score)
        ),
        (Some(score), _) => format!(
            "The {name} model was asked for; forecasting {} ahead from {} points of the past its MASE is {}.",
            steps.stretch(plan.horizon),
            plan.choose.len(),
            units::number(score)
        ),
        (None, _) if params.model.is_some() => {
            format!("The {name} model was asked for; it could not be tried on the past.")
        }
        (None, _) => {
            format!(
                "The {name} model is the simplest model that fits; none could be scored on the past."
            )
        }
    };
    if !past.seasonality.notes.is_empty() {
        why.push_str(&format!(" Seasons: {}.", past.seasonality.notes.join("; ")));
    }
    why
}

/// Why a combination, of what, and where its ranges come from.
pub fn explain_combination(
    past: &Past<'_>,
    steps: &Steps,
    combined: &Combined,
    backtest: &Backtest,
) -> String {
    let members = combined.combination.members.len();
    let tried = format!(
        "forecasting up to {} ahead from {} points of the past",
        steps.stretch(backtest.horizon),
        backtest.folds
    );
    let scores = match (backtest.mase, backtest.seasonal_naive_mase) {
        (Some(own), Some(naive)) => format!(
            " (MASE {}; repeating the past has {})",
            units::number(own),
            units::number(naive)
        ),
        _ => String::new(),
    };
    let mut why = if let Some(beaten) = &combined.beaten {
        format!(
            "The {} model knows the bounds of this series and in both halves of the past had clearly less error than \
             a combination of {} models (MASE {}): {tried}{scores}.",
            combined.names(),
            beaten.members.len(),
            combined
                .beaten_mase()
                .map_or_else(|| "unknown".to_owned(), units::number)
        )
    } else if members > 1 && combined.mostly_zero {
        format!(
            "Most steps are zero, so size and frequency of the others are smoothed apart; the median of {members} \
             models is taken: {tried}{scores}. They are: {}.",
            combined.names()
        )
    } else if members > 1 && combined.combination.season <= 1 {
        format!(
            "The median of {members} models, as nothing repeats: {tried}{scores}. They are: {}.",
            combined.names()
        )
    } else if members > 1 {
        format!(
            "A combination of {members} models: {tried}, each counts the more the smaller its error was{scores}. \
             Most weight: {}.",
            combined.heaviest(HEAVIEST)
        )
    } else {
        format!(
            "The {} model was asked for; its errors are those of {tried}{scores}.",
            combined.heaviest(1).trim_end_matches(" 100 %")
        )
    };
    if !past.seasonality.notes.is_empty() {
        why.push_str(&format!(" Seasons: {}.", past.seasonality.notes.join("; ")));
    }
    let calibration = combined.calibration();
    let weighed = if combined.combination.season > 1 {
        ", each with weights that the other half of the past gave"
    } else {
        ""
    };
    why.push_str(&format!(
        " The ranges follow the errors made there{weighed}: \
         the usual 80 % and 95 % widths times {:.2} and {:.2}.",
        calibration.factor80, calibration.factor95
    ));
    why
}

/// Notes that the past was forecast over a shorter stretch than the future is.
pub fn short_backtest(steps: &Steps, reach: usize, warnings: &mut Warnings) {
    if reach < steps.horizon {
        warnings.add(
            WarningKind::LongHorizon,
            format!(
                "the backtest looks {} ahead, because the history is short; the forecast looks {} ahead",
                steps.stretch(reach),
                steps.stretch(steps.horizon)
            ),
        );
    }
}

/// Notes that repeating the past would have done better.
pub fn worse_than_naive(backtest: Option<&Backtest>, warnings: &mut Warnings) {
    if let Some(Backtest {
        mase: Some(own),
        seasonal_naive_mase: Some(naive),
        ..
    }) = backtest
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
}

/// What was done to the ranges.
pub fn calibration_sentence(plan: &Plan, calibration: Calibration) -> String {
    if plan.calibrate.is_empty() {
        return " There is too little history to calibrate the ranges; they are the model's own."
            .to_owned();
    }
    format!(
        " The ranges are the model's own times {:.2} (80 %) and {:.2} (95 %), calibrated on {} newer points of the past that did not choose it.",
        calibration.factor80,
        calibration.factor95,
        plan.calibrate.len()
    )
}

/// A step as a person refers to it.
pub fn date(steps: &Steps, index: usize) -> String {
    if steps.kind == StepKind::Index {
        return format!("step {}", steps.time(index).secs());
    }
    steps.printed(index)
}

/// Notes where level or trend changed.
pub fn describe_changes(steps: &Steps, changes: &[Instant], warnings: &mut Warnings) {
    for at in changes {
        let what = if steps.kind == StepKind::Index {
            format!("step {}", at.secs())
        } else {
            steps.printed_time(*at)
        };
        warnings.add(
            WarningKind::ChangePoint,
            format!("level or trend changed at {what}"),
        );
    }
}

/// Notes which steps were weighted down.
pub fn describe_outliers(steps: &Steps, outliers: &[Instant], warnings: &mut Warnings) {
    for at in outliers {
        warnings.add_counted(
            WarningKind::Outliers,
            "steps far outside the pattern were weighted down, not deleted",
            1,
            Some(Example {
                text: Some(if steps.kind == StepKind::Index {
                    at.secs().to_string()
                } else {
                    steps.printed_time(*at)
                }),
                ..Example::default()
            }),
        );
    }
}
