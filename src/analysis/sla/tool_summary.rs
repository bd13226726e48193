//! Objectives judged by what a tool printed about a run of which it kept no samples.
//!
//! Such figures hold for the whole run and for what they name, and for nothing else: they are never merged. What an
//! objective asks beyond them (another percentile, days, several labels, another outcome) makes it "not proven".

use super::arith::{bad_share_kept, good_share_kept};
use super::durations::{judged_millis, percentile_name};
use super::judge::{Context, share_of};
use super::objective::{Limit, Objective, Quantity};
use super::select::Picker;
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::sources::words;
use super::{Breach, ObjectiveKind, ObjectiveResult, Verdict, dated};
use crate::calendar::TimeRange;
use crate::dataset::{OutcomeFilter, Role, Source, SummaryLine, ToolSummary, ValueCounts};
use crate::units::{self, Direction, MicroRate};

/// What one figure says about an objective, or why it says nothing.
type Said = Result<Figure, String>;

struct Figure {
    /// In the unit of the objective.
    value: f64,
    held: bool,
    n: u64,
    bad: u64,
    assumed: Option<String>,
}

/// The summaries that speak of a period: those of production where there are any. One without a date may belong to any.
fn candidates<'a>(
    context: &Context<'a>,
    objective: &Objective,
) -> Option<(Role, Vec<(&'a Source, &'a ToolSummary)>)> {
    [Role::Production, Role::Test].into_iter().find_map(|role| {
        let found: Vec<_> = context
            .sources(objective)
            .filter(|s| s.info.scope.role == role)
            .filter_map(|s| Some((s, s.summary.as_ref()?)))
            .filter(|(source, _)| {
                span_of(source).is_none_or(|span| {
                    let passed = context.passed();
                    span.start < passed.end && span.end >= passed.start
                })
            })
            .collect();
        (!found.is_empty()).then_some((role, found))
    })
}

fn span_of(source: &Source) -> Option<TimeRange> {
    Some(TimeRange {
        start: source.info.first?,
        end: source.info.last?,
    })
}

/// The one line of a summary that an objective is about.
fn line_of<'a>(
    summary: &'a ToolSummary,
    context: &Context<'_>,
    objective: &Objective,
    picker: &mut Picker,
) -> Result<&'a SummaryLine, String> {
    let everything = objective.scope.class.is_none() && objective.scope.label.is_none();
    if everything {
        let total = &summary.total;
        if total.count.is_some() || total.mean_ms.is_some() || !total.percentiles_ms.is_empty() {
            return Ok(total);
        }
    }
    let lines: Vec<&SummaryLine> = summary
        .labels
        .iter()
        .filter(|l| picker.takes(&l.label, &objective.scope, context.file))
        .collect();
    match lines.as_slice() {
        [one] => Ok(one),
        [] => Err(picker.nothing(objective)),
        many => Err(format!(
            "{} labels of the summary belong to it, and figures of several labels cannot be put together.",
            many.len()
        )),
    }
}

fn figure(line: &SummaryLine, objective: &Objective) -> Said {
    let count = line.count.unwrap_or_default();
    match objective.kind {
        ObjectiveKind::Latency => percentile(line, objective, count),
        ObjectiveKind::ShareUnder => share_under(line, objective, count),
        ObjectiveKind::ErrorRate => {
            let errors = line
                .errors
                .filter(|_| count > 0)
                .ok_or("The summary does not say how many requests failed.")?;
            let limit = objective.target;
            let (bad, all) = (i128::from(errors), i128::from(count));
            Ok(Figure {
                value: 100.0 * errors as f64 / count as f64,
                held: bad_share_kept(bad, all, share_of(limit), limit.strict),
                n: count,
                bad: errors,
                assumed: None,
            })
        }
        ObjectiveKind::Throughput => {
            let Quantity::Rate(target) = objective.target.value else {
                return Err("The target is not a rate.".to_owned());
            };
            let all = line
                .throughput_per_sec
                .ok_or("The summary does not say how many requests a second were made.")?;
            let errors = line.errors.unwrap_or(0).min(count);
            let good = if count > 0 {
                all * (count - errors) as f64 / count as f64
            } else {
                all
            };
            let rate = MicroRate((good * 1e6).floor() as i64);
            Ok(Figure {
                value: good,
                held: rate > target || (!objective.target.strict && rate == target),
                n: count,
                bad: errors,
                assumed: None,
            })
        }
        _ => Err("A tool's summary says nothing about it.".to_owned()),
    }
}

/// Whether the durations of a line are those that an objective asks for.
fn outcome_fits(line: &SummaryLine, objective: &Objective) -> Result<Option<String>, String> {
    match (objective.outcome, line.successes_only, line.errors) {
        (OutcomeFilter::Success, false, Some(errors)) if errors > 0 => Err(format!(
            "The tool's durations include {} failed requests, and the promise is about successful ones.",
            units::count(errors)
        )),
        (OutcomeFilter::Success, false, None) => Ok(Some(
            "The summary does not say which requests failed; its durations are taken as those of successful ones."
                .to_owned(),
        )),
        (OutcomeFilter::All, true, _) => {
            Err("The tool's durations leave failed requests out, and the promise is about all.".to_owned())
        }
        _ => Ok(None),
    }
}

fn nanos(limit: &Limit) -> Option<i64> {
    match limit.value {
        Quantity::Duration(micros) => Some(micros.0.saturating_mul(1_000)),
        _ => None,
    }
}

fn percentile(line: &SummaryLine, objective: &Objective, count: u64) -> Said {
    let assumed = outcome_fits(line, objective)?;
    let name = percentile_name(objective.percentile);
    let ms = line.percentile_ms(objective.percentile.0).ok_or_else(|| {
        format!("The summary has no {name}, and it cannot be taken from the others.")
    })?;
    let limit = nanos(&objective.target).ok_or("The target is not a duration.")?;
    let value = (ms * 1e6).round() as i64;
    Ok(Figure {
        value: ms,
        held: value < limit || (!objective.target.strict && value == limit),
        n: count,
        bad: 0,
        assumed,
    })
}

fn share_under(line: &SummaryLine, objective: &Objective, count: u64) -> Said {
    let assumed = outcome_fits(line, objective)?;
    if line.values.is_empty() {
        return Err(
            "The summary does not say how many requests took how long, which the share under a limit needs."
                .to_owned(),
        );
    }
    let limit = objective.threshold.unwrap_or(objective.target);
    let most = nanos(&limit).ok_or("The limit is not a duration.")?;
    let counts = ValueCounts::new(line.values.clone());
    let (certain, possible) = counts.at_most(most.saturating_sub(i64::from(limit.strict)));
    let total = counts.total();
    let kept = |good: u64| {
        good_share_kept(
            i128::from(total - good),
            i128::from(total),
            share_of(objective.target),
            objective.target.strict,
        )
    };
    if kept(certain) != kept(possible) {
        return Err(
            "The limit falls inside one of the steps that the tool rounds durations to.".to_owned(),
        );
    }
    Ok(Figure {
        value: 100.0 * certain as f64 / total.max(1) as f64,
        held: kept(certain),
        n: count.max(total),
        bad: total - certain,
        assumed,
    })
}

/// Fills in what summaries say; false where there is none.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    grids: &Twice<Grid>,
    picker: &mut Picker,
    result: &mut ObjectiveResult,
    out: &mut Vec<Breach>,
) -> bool {
    let Some((role, found)) = candidates(context, objective) else {
        return false;
    };
    let sources: Vec<&Source> = found.iter().map(|(source, _)| *source).collect();
    result.source = words("the tool's summary", &sources, role);
    result.source_ids = super::sources::ids(&sources);
    let said = match found.as_slice() {
        [(source, summary)] => match span_of(source) {
            None => Err("The summary says no date, so it belongs to no period.".to_owned()),
            Some(span) => line_of(summary, context, objective, picker)
                .and_then(|line| figure(line, &dated::at(context, objective, span.start)))
                .and_then(|figure| {
                    if covers(&grids.left, span).is_some() {
                        Ok((span, figure))
                    } else {
                        Err(format!(
                            "The run lasted longer than one {}, and its summary does not tell them apart.",
                            objective.slice.words().0
                        ))
                    }
                }),
        },
        many => Err(format!(
            "{} summaries speak of the period, and figures of several summaries cannot be put together.",
            many.len()
        )),
    };
    let (span, figure) = match said {
        Ok(said) => said,
        Err(reason) => {
            result.verdict = Verdict::NotProven;
            result.verdict_without_exclusions = Some(Verdict::NotProven);
            result.reason = Some(format!("Only a tool's summary speaks of it. {reason}"));
            return true;
        }
    };
    conclude(context, objective, grids, (span, &figure), result);
    let cuts = cuts(&grids.left, span, &figure);
    let text = |value: f64| text_of(value, objective);
    out.extend(breaches(context, objective, &cuts, &text, &|_| None));
    true
}

/// The slice that a run lies in, if it is one.
fn covers(grid: &Grid, span: TimeRange) -> Option<usize> {
    grid.slices
        .iter()
        .position(|slice| slice.start <= span.start && span.end <= slice.end)
}

fn cuts(grid: &Grid, span: TimeRange, figure: &Figure) -> Vec<Cut> {
    let index = covers(grid, span);
    grid.slices
        .iter()
        .enumerate()
        .map(|(i, range)| {
            if Some(i) != index {
                return Cut::nothing(*range);
            }
            let fate = match (grid.taken_out(i), figure.held) {
                (true, _) => Fate::Excluded,
                (false, true) => Fate::Met,
                (false, false) => Fate::Breached,
            };
            Cut {
                range: *range,
                fate,
                achieved: Some(figure.value),
                n: figure.n,
                bad: figure.bad,
                critical: false,
            }
        })
        .collect()
}

fn text_of(value: f64, objective: &Objective) -> String {
    match objective.kind {
        ObjectiveKind::Latency => units::millis(value),
        ObjectiveKind::Throughput => format!("{}/s", units::number(value)),
        _ => format!("{} %", units::number(value)),
    }
}

fn conclude(
    context: &Context<'_>,
    objective: &Objective,
    grids: &Twice<Grid>,
    (span, figure): (TimeRange, &Figure),
    result: &mut ObjectiveResult,
) {
    let target = objective.target;
    result.n = figure.n;
    result.achieved = Some(figure.value);
    let percent = |direction| {
        units::judged_percent(
            figure.value,
            share_of(target).as_percent(),
            direction,
            figure.held,
        )
    };
    (result.rule, result.achieved_text) = match objective.kind {
        ObjectiveKind::Latency => (
            format!(
                "{} {} (as the tool prints it)",
                percentile_name(objective.percentile),
                target.text()
            ),
            judged_millis(figure.value, target.value.as_printed(), figure.held),
        ),
        ObjectiveKind::Throughput => {
            let text = units::judged(
                figure.value,
                target.value.as_printed(),
                Direction::AtLeast,
                figure.held,
                usize::from(figure.value < 100.0) * 2,
            );
            (target.text(), format!("{text}/s"))
        }
        ObjectiveKind::ErrorRate => (
            format!("{} of requests fail", target.text()),
            percent(Direction::AtMost),
        ),
        _ => (
            format!(
                "{} of requests {}",
                target.text(),
                objective.threshold.unwrap_or(target).text()
            ),
            percent(Direction::AtLeast),
        ),
    };
    if !matches!(
        objective.kind,
        ObjectiveKind::Latency | ObjectiveKind::Throughput
    ) {
        result.good = Some((figure.n - figure.bad.min(figure.n)) as f64);
        result.bad = Some(figure.bad as f64);
    }
    result.assumed.push(
        "The figure is the tool's own, over the whole run; it cannot be recomputed without the samples.".to_owned(),
    );
    result.assumed.extend(figure.assumed.clone());
    let twice = grids.map(|grid| cuts(grid, span, figure));
    let figure_of = |range: TimeRange| {
        (range.start <= span.start && span.end <= range.end).then_some(figure.value)
    };
    finish(context, objective, &grids.left, &twice, &figure_of, result);
}
