//! One figure of a side of a comparison: a percentile, an error rate, the highest throughput, the most users, or a
//! statistic of a series, over all of a period or a load test. Taken by the same code on both sides.

use super::arith::billionths;
use super::durations::percentile_name;
use super::judge::{Context, blank, judge_kind};
use super::objective::{Grain, Limit, Objective, Quantity};
use super::select::fits;
use super::series::{Picked, all_names, name_of, pick, slice_values, statistic};
use super::sliced::Twice;
use super::sources::{ids, words};
use super::{Measure, ObjectiveKind, SlaError};
use crate::dataset::{OutcomeFilter, Role, Source};
use crate::units::{Direction, MicroRate, Micros, Ppm};

/// A figure with what it rests on.
#[derive(Clone, Debug, Default)]
pub(super) struct Figure {
    /// In `unit`.
    pub value: f64,
    /// The same as a fraction of integers, for comparisons.
    pub exact: (i128, i128),
    /// Where it is known to an interval only (buckets): the ends, in `unit`.
    pub bounds: Option<(f64, f64)>,
    /// Failed requests and all of them, for an error rate of counted requests.
    pub counts: Option<(u64, u64)>,
    /// Samples.
    pub n: u64,
    /// There are enough of them for the statistic.
    pub enough: bool,
    pub unit: String,
    pub source: String,
    pub source_ids: Vec<String>,
    /// What is compared, by the names of the series that were found for a pattern.
    pub subject: Option<String>,
}

/// What is compared, as the subject of a sentence.
pub(super) fn subject(objective: &Objective) -> String {
    match objective.measure {
        Measure::Latency => {
            let outcome = match objective.outcome {
                OutcomeFilter::Success => "successful requests",
                OutcomeFilter::All => "all requests",
            };
            format!("{} of {outcome}", percentile_name(objective.percentile))
        }
        Measure::ErrorRate => "the share of failed requests".to_owned(),
        Measure::Throughput => format!(
            "the load served in the busiest {}",
            objective.slice.words().0
        ),
        Measure::Concurrency => "the most users at once".to_owned(),
        Measure::Metric => format!(
            "the {} of {}",
            objective.statistic.word(),
            objective.scope.metric.as_deref().unwrap_or_default()
        ),
    }
}

/// The figure of the period of a context; nothing without data.
pub(super) fn figure(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
) -> Result<Option<Figure>, SlaError> {
    match objective.measure {
        Measure::Latency | Measure::ErrorRate | Measure::Throughput => judged(context, objective),
        Measure::Concurrency => users(context, objective, role),
        Measure::Metric => metric(context, objective, role),
    }
}

/// Asks the judge of the kind that knows the figure, with a target that does not matter.
fn judged(context: &Context<'_>, objective: &Objective) -> Result<Option<Figure>, SlaError> {
    let (kind, value, direction, slice) = match objective.measure {
        Measure::ErrorRate => (
            ObjectiveKind::ErrorRate,
            Quantity::Share(Ppm::ONE),
            Direction::AtMost,
            Grain::Day,
        ),
        Measure::Throughput => (
            ObjectiveKind::Throughput,
            Quantity::Rate(MicroRate(i64::MAX)),
            Direction::AtLeast,
            objective.slice,
        ),
        _ => (
            ObjectiveKind::Latency,
            Quantity::Duration(Micros::DAY),
            Direction::AtMost,
            Grain::Day,
        ),
    };
    let target = Limit {
        value,
        direction,
        strict: false,
    };
    let plain = Objective {
        kind,
        target,
        slice,
        min_samples: 0,
        dated: Vec::new(),
        baseline: None,
        critical: None,
        burst: None,
        ..objective.clone()
    };
    let result = judge_kind(context, &plain, &mut Vec::new(), &mut Vec::new())?;
    let Some(value) = result.achieved.filter(|v| v.is_finite() && v.abs() < 1e15) else {
        return Ok(None);
    };
    let mut figure = Figure {
        value,
        exact: (billionths(value), 1),
        n: result.n,
        enough: result.n >= objective.min_samples,
        unit: result.unit,
        source: result.source,
        source_ids: result.source_ids,
        ..Figure::default()
    };
    match objective.measure {
        Measure::Latency => {
            figure.bounds = result.best.zip(result.worst);
            // Fewer than ten beyond the percentile say little of it.
            let beyond = i128::from(result.n) * i128::from(1_000_000 - objective.percentile.0);
            figure.enough &= beyond >= 10_000_000;
        }
        Measure::ErrorRate => {
            if let Some(bad) = result.bad {
                let bad = bad.round() as u64;
                figure.counts = Some((bad, result.n));
                // In billionths of a percent of one request.
                figure.exact = (
                    i128::from(bad) * 100_000_000_000,
                    i128::from(result.n.max(1)),
                );
            }
        }
        _ => {}
    }
    Ok(Some(figure))
}

fn users(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
) -> Result<Option<Figure>, SlaError> {
    let passed = context.passed();
    let mut sources: Vec<&Source> = Vec::new();
    let mut most: Option<f64> = None;
    let mut seconds = 0;
    // Generators of one run add up; runs that follow each other do not.
    let mut active = std::collections::BTreeMap::<i64, i64>::new();
    for source in context
        .sources(objective)
        .filter(|s| s.info.scope.role == role)
    {
        if let Some(run) = &source.run {
            let by_second = run.active_by_second(passed)?;
            if !by_second.is_empty() {
                sources.push(source);
            }
            for (second, users) in by_second {
                *active.entry(second).or_default() += users;
            }
        }
        let spoken = source.info.first.zip(source.info.last);
        let inside = spoken.is_some_and(|(a, b)| a < passed.end && b >= passed.start);
        let said = source.summary.as_ref().and_then(|s| s.concurrency_max);
        if let Some(said) = said.filter(|v| inside && v.is_finite() && v.abs() < 1e15) {
            most = Some(most.map_or(said, |m| m.max(said)));
            sources.push(source);
            seconds += 1;
        }
    }
    seconds += active.len() as u64;
    if let Some(users) = active.values().max() {
        let users = *users as f64;
        most = Some(most.map_or(users, |m| m.max(users)));
    }
    sources.dedup_by(|a, b| std::ptr::eq(*a, *b));
    Ok(most.map(|value| Figure {
        value,
        exact: (billionths(value), 1),
        n: seconds,
        enough: true,
        unit: "users".to_owned(),
        source: words("active users", &sources, role),
        source_ids: ids(&sources),
        ..Figure::default()
    }))
}

/// What is in other units is no part of the same figure: the first alternative of a pattern that names a series decides.
fn keep_one_unit(picked: &mut Vec<Picked<'_>>, pattern: &str) {
    let first = pattern.split('|').find_map(|one| {
        picked.iter().find(|p| {
            let info = &p.series.info;
            fits(one, &info.name) || fits(one, &info.display_name())
        })
    });
    if let Some(unit) = first.map(|p| p.series.info.unit.clone()) {
        picked.retain(|p| p.series.info.unit == unit);
    }
}

/// The statistic of each series that fits, over all its points of the period; the worst one counts.
fn metric(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
) -> Result<Option<Figure>, SlaError> {
    let pattern = objective.scope.metric.as_deref().unwrap_or_default();
    let mut picked = pick(context, objective, role, |info| {
        fits(pattern, &info.name) || fits(pattern, &info.display_name())
    })?;
    keep_one_unit(&mut picked, pattern);
    let daily = Objective {
        slice: Grain::Day,
        dated: Vec::new(),
        ..objective.clone()
    };
    let grids = Twice::grids(context, &daily, &mut blank(context, &daily));
    let mut n = 0;
    let worst = picked
        .iter()
        .filter_map(|p| {
            let values: Vec<f64> = grids
                .left
                .slices
                .iter()
                .zip(slice_values(&p.series, &grids.left))
                .filter(|(slice, _)| context.range.contains(slice.start))
                .flat_map(|(_, values)| values)
                .collect();
            n += values.len() as u64;
            statistic(&values, objective.statistic)
        })
        .filter(|v| v.is_finite() && v.abs() < 1e15)
        .reduce(|a, b| match objective.target.direction {
            Direction::AtMost => a.max(b),
            Direction::AtLeast => a.min(b),
        });
    let mut sources: Vec<&Source> = picked.iter().map(|p| p.source).collect();
    sources.dedup_by(|a, b| std::ptr::eq(*a, *b));
    Ok(worst.map(|value| Figure {
        value,
        exact: (billionths(value), 1),
        n,
        enough: n >= objective.min_samples.max(1),
        unit: picked
            .first()
            .map(|p| p.series.info.unit.clone())
            .unwrap_or_default(),
        source: words(&name_of(&picked), &sources, role),
        source_ids: ids(&sources),
        subject: Some(format!(
            "the {} of {}",
            objective.statistic.word(),
            all_names(&picked)
        )),
        ..Figure::default()
    }))
}
