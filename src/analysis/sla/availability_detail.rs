//! What stands beside a verdict on availability: its days, the outages that used the budget, and rules that disagree.

use super::arith::MILLION;
use super::availability::{Judged, judge_part, spent_at};
use super::excluded::{ExcludedTime, Uncounted, applied, maintenance};
use super::judge::Context;
use super::objective::{AvailabilityRule, DegradedPolicy, Grain, Objective};
use super::parts::{Part, clip, slices};
use super::timeline::Piece;
use super::{AppliedExclusion, Breach, Conflict, Slice, dated};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{Source, State, UptimeTable};
use crate::units::{self, Direction, Micros};

/// Availability of each day, for the burn-down chart.
pub(super) fn daily(pieces: &[Piece], context: &Context<'_>, objective: &Objective) -> Vec<Slice> {
    slices(clip(context.range, context.now), Grain::Day, context.zone)
        .into_iter()
        .map(|range| {
            let mut plain = dated::at(context, objective, range.start).into_owned();
            plain.rule = AvailabilityRule::Percent;
            let one = judge_part(pieces, range, context.now, &plain, true, None);
            let whole_secs = |micros: i128| u64::try_from(micros.max(0) / MILLION).unwrap_or(0);
            Slice {
                range,
                achieved: one.achieved(),
                n: whole_secs(one.known()),
                bad: whole_secs(one.bad / MILLION),
                verdict: one.verdict,
                low: None,
                high: None,
                low_sample: false,
            }
        })
        .collect()
}

/// The stretches of downtime that used the budget.
pub(super) fn outages(
    pieces: &[Piece],
    tables: &[UptimeTable],
    whole: &Judged,
    range: TimeRange,
    context: &Context<'_>,
    objective: &Objective,
) -> Vec<Breach> {
    let passed = clip(range, context.now);
    let counts = |piece: &Piece| {
        piece.counts()
            && (piece.plain() == State::Down
                || piece.plain() == State::Degraded && objective.degraded == DegradedPolicy::Down)
    };
    let mut ranges: Vec<TimeRange> = Vec::new();
    for piece in pieces.iter().filter(|p| counts(p)) {
        let Some(inside) = piece.range.intersect(passed) else {
            continue;
        };
        match ranges.last_mut() {
            Some(last) if last.end == inside.start => last.end = inside.end,
            _ => ranges.push(inside),
        }
    }
    let spent =
        spent_at(pieces, passed, whole.allowed, objective).filter(|_| whole.bad > whole.allowed);
    ranges
        .into_iter()
        .map(|range| {
            let length = range.length();
            let critical = spent.is_some_and(|at| range.end > at);
            Breach {
                objective: objective.name.clone(),
                start: range.start,
                end: range.end,
                secs: length.0 / 1_000_000,
                worst: None,
                worst_text: format!("down {}", units::duration(length)),
                severity: if critical { "critical" } else { "warning" }.to_owned(),
                budget_share: (whole.allowed > 0)
                    .then(|| (i128::from(length.0) * MILLION) as f64 / whole.allowed as f64),
                note: notes(tables, range, context.now),
                escalation: None,
            }
        })
        .collect()
}

/// What the rows behind a stretch of downtime say, each once.
fn notes(tables: &[UptimeTable], range: TimeRange, now: Instant) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for row in tables.iter().flat_map(|t| &t.rows) {
        let row_range = TimeRange {
            start: row.start,
            end: row.end.unwrap_or(now),
        };
        let told = matches!(row.state, State::Down | State::Degraded);
        if told && !row.note.is_empty() && row_range.intersect(range).is_some() {
            let note = row.note.as_str();
            if !texts.contains(&note) {
                texts.push(note);
            }
        }
    }
    texts.join("; ")
}

/// The windows and the planned maintenance that were taken out of a range.
pub(super) fn applied_exclusions(
    none: &Uncounted,
    pieces: &[Piece],
    sources: &[&Source],
    service: Option<&str>,
    range: TimeRange,
) -> Vec<AppliedExclusion> {
    let mut claims = none.windows.clone();
    for source in sources {
        let rows = source.uptime.iter().flat_map(|table| &table.rows);
        let planned = rows.filter(|row| {
            row.state == State::Maintenance
                && service
                    .is_none_or(|s| row.service.is_empty() || row.service.eq_ignore_ascii_case(s))
        });
        claims.extend(planned.map(|row| {
            let end = row.end.unwrap_or(range.end);
            maintenance(
                TimeRange {
                    start: row.start,
                    end,
                },
                &row.note,
                &source.info.file_name,
            )
        }));
    }
    claims.sort_by_key(|claim| claim.range.start);
    let time: Vec<ExcludedTime> = pieces
        .iter()
        .filter(|piece| piece.excluded())
        .filter_map(|piece| {
            Some(ExcludedTime {
                range: piece.range.intersect(range)?,
                down: piece.told_down,
            })
        })
        .collect();
    applied(&claims, &time, range, true)
}

/// Says when the percentage and the fixed allowance disagree in a part: what each allows, and where the verdicts differ
/// what each says of the downtime there was.
pub(super) fn conflict(part: &Part, judged: &Judged, objective: &Objective) -> Option<Conflict> {
    let allowance = objective.allowance?;
    let fixed = i128::from(allowance.0) * MILLION;
    if fixed == judged.allowed_by_percent {
        return None;
    }
    let text =
        |bad: i128| units::duration(Micros(i64::try_from(bad / MILLION).unwrap_or(i64::MAX)));
    let stricter = if fixed < judged.allowed_by_percent {
        "the allowance"
    } else {
        "the percentage"
    };
    let used = match objective.rule {
        AvailabilityRule::Stricter => "and was used",
        AvailabilityRule::Percent => "but the rule is the percentage",
        AvailabilityRule::Fixed => "but the rule is the allowance",
    };
    let used = match (objective.rule, stricter) {
        (AvailabilityRule::Percent, "the percentage")
        | (AvailabilityRule::Fixed, "the allowance") => "and is the rule",
        _ => used,
    };
    let mut what = format!(
        "{} of {} allows {} of downtime, the allowance says {}; {stricter} is stricter {used}.",
        objective.target.value.text(),
        part.title,
        text(judged.allowed_by_percent),
        units::duration(allowance),
    );
    let word = |held: bool| if held { "kept" } else { "broken" };
    let (by_percent, by_allowance) = (judged.bad <= judged.allowed_by_percent, judged.bad <= fixed);
    if by_percent != by_allowance {
        let share = judged
            .achieved()
            .map(|v| {
                let target = objective.target.value.as_printed();
                units::judged_percent(v, target, Direction::AtLeast, by_percent)
            })
            .unwrap_or_default();
        what.push_str(&format!(
            " {} of downtime ({share}): by the percentage it was {}, by the allowance {}.",
            text(judged.bad),
            word(by_percent),
            word(by_allowance)
        ));
    }
    Some(Conflict {
        between: vec![
            format!("{}: target", objective.name),
            format!("{}: downtime allowance", objective.name),
        ],
        what,
    })
}
