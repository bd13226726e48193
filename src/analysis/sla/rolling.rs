//! Availability by requests over rolling windows: all requests of the days that end with the period, and in a quarter or
//! a year of those that end with each of its months.

use super::baseline::{Side, on_side};
use super::judge::Context;
use super::objective::{Grain, Objective};
use super::parts::{Part, months, parts, thirteen_months};
use super::requests::judge_availability;
use super::{Breach, ObjectiveResult, SlaError, SubPeriod, Verdict};
use crate::calendar::{Instant, Period};
use crate::units::{self, Micros};

/// The days of a rolling promise; nothing where it is no promise over whole days.
pub(super) fn days(grain: Grain) -> Option<u16> {
    match grain {
        Grain::Rolling(length) if length.0 % Micros::DAY.0 == 0 => {
            u16::try_from(length.0 / Micros::DAY.0).ok()
        }
        _ => None,
    }
}

/// Judges the windows of a period; nothing where the promise is not rolling, or where a window itself is asked for.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<Option<ObjectiveResult>, SlaError> {
    let window = matches!(context.period, Period::Rolling { .. });
    let Some(days) = days(objective.period).filter(|_| !window) else {
        return Ok(None);
    };
    let until = |end: Instant, out: &mut Vec<Breach>| {
        let end = Some(end.min(context.now));
        let side = Side::Period(Period::Rolling { days, end });
        on_side(context, &side, None, |there| {
            judge_availability(there, objective, out)
        })
    };
    let (windows, _) = parts(context.period, objective.period, context.zone, context.now);
    let mut judged = windows
        .iter()
        .map(|one| until(one.range.end, out))
        .collect::<Result<Vec<_>, _>>()?;
    let told = |name: String, result: &ObjectiveResult| SubPeriod {
        name,
        verdict: result.verdict,
        achieved: result.achieved,
    };
    let verdicts = judged
        .iter()
        .map(|r| r.verdict)
        .filter(|v| *v != Verdict::NoData);
    let verdict = Verdict::together(verdicts);
    let periods: Vec<SubPeriod> = months(context.period, context.zone)
        .into_iter()
        .zip(&judged)
        .map(|(month, result)| told(month.name, result))
        .collect();
    let Some(mut result) = judged.pop() else {
        return Ok(None);
    };
    result.verdict = verdict;
    let broke: Vec<&str> = periods
        .iter()
        .filter(|p| p.verdict == Verdict::Breached)
        .map(|p| p.name.as_str())
        .collect();
    if !broke.is_empty() {
        result.reason = Some(format!(
            "Broken in the window that ends with {}.",
            broke.join(", ")
        ));
    }
    result.periods = periods;
    if context.history {
        let past = |month: &Part| month.range.start < context.now;
        let list = thirteen_months(context.period, context.zone);
        result.history = list
            .into_iter()
            .filter(past)
            .map(|month| {
                let one = until(month.range.end, &mut Vec::new())?;
                Ok(told(month.name, &one))
            })
            .collect::<Result<Vec<_>, SlaError>>()?;
    }
    Ok(Some(result))
}

/// The rule in words: what has to succeed, and in which time.
pub(super) fn rule(objective: &Objective) -> String {
    let when = match objective.period {
        Grain::Rolling(length) => {
            format!("over the {} up to its end", units::duration(length))
        }
        calendar => format!("each {}", calendar.words().0),
    };
    format!("{} of requests succeed, {when}", objective.target.text())
}
