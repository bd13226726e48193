//! What figures are compared with: an earlier period, a load test, or a figure that was written down; and the change
//! from it. Both sides are measured by the same statistic, over the same labels and with the same exclusions.

use std::collections::BTreeMap;

use super::judge::{Context, judge_kind};
use super::objective::Objective;
use super::read_targets::figure;
use super::{BaselineFigure, BaselineRef, ObjectiveKind, ObjectiveResult, SlaError};
use crate::calendar::{Instant, Period, TimeRange};
use crate::dataset::{Dataset, Role};
use crate::units::{self, Micros};

/// A load test, all files of its run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TestRun {
    /// Content id of its first source.
    pub id: String,
    /// Name of its first file.
    pub name: String,
    first: Instant,
    last: Instant,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The period that is judged.
    Now,
    /// Another period.
    Period(Period),
    /// A load test.
    Run(TestRun),
}

/// All load tests of the scope, in order of time.
fn test_runs(context: &Context<'_>, objective: &Objective) -> Vec<TestRun> {
    let mut runs: BTreeMap<&str, TestRun> = BTreeMap::new();
    for source in context.sources(objective) {
        let info = &source.info;
        let measured = source.run.is_some() || source.summary.is_some();
        let (Some(first), Some(last), true) = (info.first, info.last, measured) else {
            continue;
        };
        if info.scope.role != Role::Test {
            continue;
        }
        runs.entry(info.run_id())
            .and_modify(|run| {
                run.first = run.first.min(first);
                run.last = run.last.max(last);
            })
            .or_insert_with(|| TestRun {
                id: info.run_id().to_owned(),
                name: info.file_name.clone(),
                first,
                last,
            });
    }
    let mut runs: Vec<TestRun> = runs.into_values().collect();
    runs.sort_by(|a, b| (a.last, &a.id).cmp(&(b.last, &b.id)));
    runs
}

fn within(context: &Context<'_>, run: &TestRun) -> bool {
    run.first < context.range.end && run.last >= context.range.start
}

/// The latest load test of the period, other than the one it is compared with.
pub(super) fn latest_run(
    context: &Context<'_>,
    objective: &Objective,
    other: Option<&TestRun>,
) -> Option<TestRun> {
    test_runs(context, objective)
        .into_iter()
        .rev()
        .filter(|run| within(context, run))
        .find(|run| other.is_none_or(|other| other.id != run.id))
}

/// What a reference means, with its name in words; else why it means nothing.
pub(super) fn resolve(
    context: &Context<'_>,
    objective: &Objective,
    reference: &str,
) -> Result<(String, Side), String> {
    let runs = || test_runs(context, objective);
    match reference {
        "previous" => {
            let before = context.period.step(-1);
            return Ok((before.title(), Side::Period(before)));
        }
        "previous run" => {
            let latest = latest_run(context, objective, None)
                .ok_or_else(|| format!("There is no load test in {}.", context.period.title()))?;
            let before = runs()
                .into_iter()
                .rev()
                .skip_while(|run| run.id != latest.id)
                .nth(1)
                .ok_or_else(|| format!("There is no load test before {}.", latest.name))?;
            return Ok((format!("the load test {}", before.name), Side::Run(before)));
        }
        _ => {}
    }
    let named = context.file.baselines.iter().find(|b| b.name == reference);
    let (period, run) = named.map_or((reference, reference), |b| {
        (b.period.as_str(), b.run.as_str())
    });
    if let Some(baseline) = named.filter(|b| !b.value.is_empty()) {
        return Err(format!(
            "The baseline {} is \"{}\", which is no figure in the unit of what is compared.",
            baseline.name, baseline.value
        ));
    }
    let called = |what: String| match named {
        Some(baseline) => format!("{} ({what})", baseline.name),
        None => what,
    };
    if let Ok(period) = Period::parse(period) {
        return Ok((called(period.title()), Side::Period(period)));
    }
    runs()
        .into_iter()
        .find(|r| !run.is_empty() && (r.id == run || r.name.eq_ignore_ascii_case(run)))
        .map(|r| (called(format!("the load test {}", r.name)), Side::Run(r)))
        .ok_or_else(|| match named {
            Some(baseline) => format!(
                "The load test {run} of the baseline {} is not among the data.",
                baseline.name
            ),
            None => format!(
                "There is no baseline called \"{reference}\": write a period such as 2026-01, the file name of a load test, or a name under \"baselines:\"."
            ),
        })
}

/// The reference of a promise with what it is called, where that is more than a figure. The name of a baseline that is
/// a figure stands for the figure, as far as it has the unit of what is compared.
pub(super) fn reference(
    context: &Context<'_>,
    objective: &Objective,
) -> Option<(BaselineRef, Option<String>)> {
    let reference = objective.baseline.as_ref()?;
    if let BaselineRef::Named(name) = reference
        && let Some(named) = context.file.baselines.iter().find(|b| b.name == *name)
        && let Some(value) = figure(&named.value, objective)
    {
        let called = format!("{name} ({})", named.value);
        let text = named.value.clone();
        return Some((BaselineRef::Figure { value, text }, Some(called)));
    }
    Some((reference.clone(), None))
}

/// Does something as if another side were the one that is judged, with the sources of one role where one is given.
pub(super) fn on_side<T>(
    context: &Context<'_>,
    side: &Side,
    role: Option<Role>,
    act: impl FnOnce(&Context<'_>) -> T,
) -> T {
    let dataset = Dataset {
        sources: context
            .dataset
            .sources
            .iter()
            .filter(|s| role.is_none_or(|role| s.info.scope.role == role))
            .filter(|s| match side {
                Side::Run(run) => s.info.run_id() == run.id,
                _ => true,
            })
            .cloned()
            .collect(),
    };
    let (period, range, now) = match side {
        Side::Now => (context.period, context.range, context.now),
        Side::Period(period) => (*period, period.range(context.zone), context.now),
        Side::Run(run) => {
            // Whole days, so that slices of any grain lie inside.
            let span = TimeRange {
                start: run.first,
                end: run.last.plus(Micros(1)),
            };
            let days = context.zone.days(span);
            let range = days.iter().map(|d| d.1).reduce(TimeRange::union);
            let range = range.unwrap_or(span);
            (Period::Day(run.first.date(context.zone)), range, range.end)
        }
    };
    act(&Context {
        dataset: &dataset,
        period,
        range,
        now,
        open: false,
        history: false,
        ..*context
    })
}

/// A figure with its unit.
pub(super) fn text_of(value: f64, unit: &str) -> String {
    match unit {
        "/s" => format!("{}/s", units::number(value)),
        // Three digits would make 100 % of 99.97 %.
        "%" if value >= 90.0 => {
            let down = (value * 1e3 + 1e-6).floor() / 1e3;
            format!("{} %", units::grouped(down, 3))
        }
        unit => units::with_unit(value, unit),
    }
}

/// A change in percent, with its sign: `−35.7 %`.
pub(super) fn change_text(change: f64) -> String {
    let percent = (change * 1_000.0).round() / 10.0;
    let plus = if percent > 0.0 { "+" } else { "" };
    format!("{plus}{} %", units::grouped(percent, 1))
}

impl BaselineFigure {
    /// The change in percent, with its sign.
    pub fn change_text(&self) -> Option<String> {
        self.change.map(change_text)
    }
}

/// The change from one figure to another, as a fraction.
pub(super) fn change(from: Option<f64>, to: Option<f64>) -> Option<f64> {
    let (from, to) = (from?, to?);
    (from != 0.0).then(|| (to - from) / from.abs())
}

/// Adds the baseline to a result that was judged against a target of its own.
pub(super) fn attach(
    context: &Context<'_>,
    objective: &Objective,
    result: &mut ObjectiveResult,
) -> Result<(), SlaError> {
    let compares = matches!(
        objective.kind,
        ObjectiveKind::Improvement | ObjectiveKind::Regression
    );
    let Some((reference, called)) = reference(context, objective).filter(|_| !compares) else {
        return Ok(());
    };
    let mut figure = match &reference {
        BaselineRef::Figure { value, .. } => {
            let value = value.as_printed();
            BaselineFigure {
                name: called.unwrap_or_else(|| "as written in the promise".to_owned()),
                value: Some(value),
                text: text_of(value, &result.unit),
                ..BaselineFigure::default()
            }
        }
        BaselineRef::Named(name) => match resolve(context, objective, name) {
            Err(why) => {
                result.assumed.push(why);
                return Ok(());
            }
            Ok((name, side)) => {
                let there = on_side(context, &side, None, |there| {
                    judge_kind(there, objective, &mut Vec::new(), &mut Vec::new())
                })?;
                BaselineFigure {
                    name,
                    value: there.achieved,
                    text: there
                        .achieved
                        .map_or_else(|| "–".to_owned(), |v| text_of(v, &there.unit)),
                    n: there.n,
                    change: None,
                }
            }
        },
    };
    figure.change = change(figure.value, result.achieved);
    result.baseline = Some(figure);
    Ok(())
}
