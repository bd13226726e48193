//! Availability from uptime tables: seconds up, down and unknown, with and without what was excluded.
//!
//! Lengths are whole microseconds; sums that a degraded share may enter are kept in millionths of them.

use super::arith::{MILLION, between, compare, good_share_kept};
use super::availability_detail::{applied_exclusions, conflict, daily, outages};
use super::availability_words::{
    by_percent_only, note_checks, note_policies, reason_of, rule_words,
};
use super::excluded::Uncounted;
use super::judge::{Context, blank, service_of};
use super::objective::{
    AvailabilityRule, DegradedPolicy, ExcludeAs, Grain, MissingPolicy, Objective, Quantity,
};
use super::parts::{Part, clip, months, parts, thirteen_months};
use super::timeline::{Piece, ServicesTold, Sums, pieces_of, tables_of, uptime_sources};
use super::{Breach, Conflict, ErrorBudget, ObjectiveResult, SubPeriod, Verdict, dated};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::UptimeTable;
use crate::dataset::uptime::Bound;
use crate::units::{self, Direction, Micros, Ppm};

/// One part of a period under one reading of the exclusions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub verdict: Verdict,
    pub sums: Sums,
    /// What counts of the time that has passed.
    pub window: i128,
    /// Bad time so far, in millionths of a microsecond, by the policy for missing time.
    pub bad: i128,
    /// Unknown time that no policy decides.
    pub undecided: i128,
    /// The least bad time there may have been.
    pub least_bad: i128,
    /// The most: with what is undecided, and outages as long as the checks allow.
    pub most_bad: i128,
    /// Bad time allowed in the whole part, in millionths of a microsecond.
    pub allowed: i128,
    /// What the percentage alone allows in the whole part.
    pub allowed_by_percent: i128,
    /// What counts of the whole part, future included.
    pub full_window: i128,
}

impl Judged {
    /// Time of which something is known, in microseconds.
    pub fn known(&self) -> i128 {
        self.window - self.undecided
    }

    /// Percent of the known time in which it worked.
    pub fn achieved(&self) -> Option<f64> {
        percent_good(self.bad, self.known())
    }
}

/// Why there is nothing to judge.
fn nothing(context: &Context<'_>, objective: &Objective) -> &'static str {
    let only_totals = context
        .sources(objective)
        .filter_map(|s| s.uptime.as_ref())
        .any(|t| !t.totals.is_empty());
    if only_totals {
        "The totals say how long the service was down, but not when; import outages or checks with their times."
    } else {
        "There is no outage table or probe for this scope."
    }
}

/// Percent of `window` that is not `bad` (which is in millionths).
fn percent_good(bad: i128, window: i128) -> Option<f64> {
    (window > 0).then(|| 100.0 * (1.0 - bad as f64 / (window * MILLION) as f64))
}

fn target_of(objective: &Objective) -> Ppm {
    match objective.target.value {
        Quantity::Share(ppm) => ppm,
        _ => Ppm::ONE,
    }
}

/// What degraded time is worth in bad time, in millionths.
fn bad_of(sums: &Sums, objective: &Objective) -> i128 {
    let weight = match objective.degraded {
        DegradedPolicy::Up => 0,
        DegradedPolicy::Down => MILLION,
        DegradedPolicy::PartlyDown(share) => i128::from(share.0),
    };
    sums.down * MILLION + sums.degraded * weight
}

/// Judges one part. `allowances` is how many allowances it may use: one for a month, three for the quarter of a monthly promise.
pub(super) fn judge_part(
    pieces: &[Piece],
    range: TimeRange,
    now: Instant,
    objective: &Objective,
    with_exclusions: bool,
    allowances: Option<i128>,
) -> Judged {
    let passed = clip(range, now);
    let sums = Sums::of(pieces, passed, with_exclusions);
    let removes = with_exclusions && objective.exclude_as == ExcludeAs::Removed;
    let all = Sums::of(pieces, range, true);
    let served = |length: Micros, sums: &Sums| {
        let removed = if removes { sums.excluded } else { 0 };
        i128::from(length.0) - sums.outside - removed
    };
    let window = served(passed.length(), &sums);
    let full_window = served(range.length(), &all);
    let (extra, undecided) = match objective.missing {
        MissingPolicy::Unknown => (0, sums.unknown),
        MissingPolicy::Up => (0, 0),
        MissingPolicy::Down => (sums.unknown, 0),
    };
    let bad = bad_of(&sums, objective) + extra * MILLION;
    let allowed_by_percent = full_window * (MILLION - i128::from(target_of(objective).0));
    let fixed = objective
        .allowance
        .zip(allowances)
        .map(|(allowance, n)| i128::from(allowance.0) * n * MILLION);
    let allowed = match (objective.rule, fixed) {
        (AvailabilityRule::Fixed, Some(fixed)) => fixed,
        (AvailabilityRule::Stricter, Some(fixed)) => fixed.min(allowed_by_percent),
        _ => allowed_by_percent,
    };
    let holds = |bad: i128| {
        let strict_percent = objective.target.strict && objective.rule != AvailabilityRule::Fixed;
        compare(bad, allowed, false) && (!strict_percent || bad < allowed_by_percent)
    };
    let verdict = if window <= 0 || window == undecided {
        Verdict::NoData
    } else {
        between(holds(bad), holds(bad + undecided * MILLION))
    };
    Judged {
        verdict,
        sums,
        window,
        bad,
        undecided,
        least_bad: bad,
        most_bad: bad + undecided * MILLION,
        allowed,
        allowed_by_percent,
        full_window,
    }
}

/// What the tables say, and what they would say if outages between checks were as short or as long as they may be.
struct Told {
    likely: Vec<Piece>,
    bounds: Option<[Vec<Piece>; 2]>,
}

impl Told {
    /// Judges one part as [`judge_part`] does; a verdict that the bounds straddle is not proven.
    fn judge(
        &self,
        range: TimeRange,
        now: Instant,
        objective: &Objective,
        with_exclusions: bool,
        allowances: Option<i128>,
    ) -> Judged {
        let one = |pieces: &[Piece]| {
            judge_part(pieces, range, now, objective, with_exclusions, allowances)
        };
        let mut judged = one(&self.likely);
        if let Some([best, worst]) = &self.bounds {
            let (best, worst) = (one(best), one(worst));
            judged.least_bad = best.bad.min(judged.least_bad);
            judged.most_bad = worst.most_bad.max(judged.most_bad);
            if judged.verdict != Verdict::NoData {
                judged.verdict = between(
                    best.verdict != Verdict::Breached,
                    worst.verdict == Verdict::Met,
                );
            }
        }
        judged
    }
}

/// Judges an availability objective on uptime tables.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> ObjectiveResult {
    let mut result = blank(context, objective);
    let settled = by_percent_only(context, objective, &mut result.assumed);
    let objective = settled.as_ref().unwrap_or(objective);
    let (sources, from_tests) = uptime_sources(context, objective);
    let Some(first_source) = sources.first() else {
        result.reason = Some(if context.sources(objective).any(|s| s.run.is_some()) {
            "There is no outage table or probe; write \"source: requests\" to judge availability by failed requests.".to_owned()
        } else {
            nothing(context, objective).to_owned()
        });
        return result;
    };
    let service = service_of(context, objective);
    let tables = tables_of(&sources);
    let services = ServicesTold::of(context, objective, &tables);
    let incident_list = tables.iter().all(|t| t.incident_list);

    let (mut promise_parts, short) =
        parts(context.period, objective.period, context.zone, context.now);
    let promised = dated::promised_from(objective, context.zone);
    promise_parts.retain(|part| part.range.start >= promised);
    let history = if context.history {
        thirteen_months(context.period, context.zone)
    } else {
        Vec::new()
    };
    let overall = promise_parts
        .iter()
        .chain(&history)
        .map(|p| p.range)
        .fold(context.range, TimeRange::union);
    let none = Uncounted::of(context, objective, overall, &mut result.assumed);
    let pieces_told = |tables: &[UptimeTable]| {
        pieces_of(
            &services.states(tables, overall, context.now),
            &none,
            overall,
        )
    };
    let spacing = tables
        .iter()
        .flat_map(|t| t.probe_micros.values())
        .max()
        .map(|micros| Micros(*micros));
    let told = Told {
        likely: pieces_told(&tables),
        bounds: spacing.map(|_| {
            [Bound::Best, Bound::Worst].map(|bound| {
                let bounded: Vec<UptimeTable> = tables.iter().map(|t| t.at(bound)).collect();
                pieces_told(&bounded)
            })
        }),
    };
    let pieces = &told.likely;

    let monthly_allowance = Some(1);
    let judge_one = |part: &Part, with: bool| {
        let own = dated::at(context, objective, part.range.start);
        told.judge(part.range, context.now, &own, with, monthly_allowance)
    };
    let judged: Vec<Judged> = promise_parts.iter().map(|p| judge_one(p, true)).collect();
    let started = |part: &Part| part.range.start < context.now;
    let verdicts = |with: bool| {
        Verdict::together(
            promise_parts
                .iter()
                .filter(|p| started(p))
                .map(|p| judge_one(p, with).verdict),
        )
    };
    let allowances = i128::try_from(promise_parts.len()).unwrap_or(1);
    let whole_range = match promise_parts.as_slice() {
        [one] => one.range,
        _ => context.range,
    };
    let whole = told.judge(whole_range, context.now, objective, true, Some(allowances));
    let judged_range = clip(whole_range, context.now);

    // Words.
    let kind = if incident_list {
        "incident list"
    } else {
        "outage table"
    };
    result.source = if sources.len() == 1 {
        format!("{kind} {}", first_source.info.file_name)
    } else {
        format!("{} {kind}s", sources.len())
    };
    if from_tests {
        result.source.push_str(" (from a load test)");
    }
    result.source_ids = sources.iter().map(|s| s.info.source_id.clone()).collect();
    if incident_list {
        result.assumed.push(
            "Time that no row covers is taken as up: the table is a list of incidents.".to_owned(),
        );
    }
    if services.names.len() > 1 {
        let list: Vec<&str> = services.names.iter().map(String::as_str).collect();
        result.assumed.push(format!(
            "Down when any of {} services is down: {}.",
            list.len(),
            list.join(", ")
        ));
    }
    if short {
        result.assumed.push(format!(
            "The promise is for a {}; it was judged over {} only.",
            objective.period.words().0,
            context.period.title()
        ));
    }
    result.rule = rule_words(objective, &promise_parts, context.open);

    // Figures.
    let secs = |micros: i128| micros as f64 / 1e6;
    let sums = whole.sums;
    result.verdict = verdicts(true);
    result.verdict_without_exclusions = Some(verdicts(false));
    result.achieved = whole.achieved();
    result.bad = Some(whole.bad as f64 / 1e12);
    result.good = Some(secs(whole.known()) - whole.bad as f64 / 1e12);
    result.excluded = Some(secs(sums.excluded));
    result.unknown = Some(secs(sums.unknown));
    result.n = u64::try_from(whole.known().max(0) / MILLION).unwrap_or(u64::MAX);
    let measured = whole.window - sums.unknown;
    result.coverage = (whole.window > 0).then(|| measured as f64 / whole.window as f64);
    result.best = percent_good(whole.least_bad, whole.window);
    result.worst = percent_good(whole.most_bad, whole.window);
    let target = target_of(objective);
    let percent_holds = good_share_kept(
        whole.bad,
        whole.known() * MILLION,
        target,
        objective.target.strict,
    );
    if let Some(achieved) = result.achieved {
        result.achieved_text = units::judged_percent(
            achieved,
            target.as_percent(),
            Direction::AtLeast,
            percent_holds,
        );
    }
    let budget = budget_of(&whole, pieces, whole_range, context, objective);
    note_policies(&mut result, &whole, objective);
    if let Some(spacing) = spacing {
        note_checks(&mut result, &whole, spacing);
    }
    result.reason = reason_of(
        &result,
        &whole,
        &judged,
        &promise_parts,
        &budget,
        percent_holds,
        context,
        objective,
    );
    result.budget = Some(budget);

    // Detail.
    let sub = |part: &Part| {
        let one = judge_one(part, true);
        SubPeriod {
            name: part.name.clone(),
            verdict: if started(part) && part.range.start >= promised {
                one.verdict
            } else {
                Verdict::NoData
            },
            achieved: one.achieved(),
        }
    };
    result.periods = months(context.period, context.zone)
        .iter()
        .map(sub)
        .collect();
    result.history = history.iter().map(sub).collect();
    result.slice_list = daily(pieces, context, objective);
    result.exclusions = applied_exclusions(&none, pieces, &sources, service, judged_range);
    for (part, one) in promise_parts.iter().zip(&judged) {
        let mut told = outages(pieces, &tables, one, part.range, context, objective);
        if matches!(objective.period, Grain::Rolling(_)) {
            // Windows of a rolling promise overlap; an outage is told once.
            let known = |b: &Breach| {
                breaches
                    .iter()
                    .any(|k| (k.start, k.end) == (b.start, b.end))
            };
            told.retain(|b| !known(b));
        }
        breaches.extend(told);
        if started(part) {
            let own = dated::at(context, objective, part.range.start);
            conflicts.extend(conflict(part, one, &own));
        }
    }
    result
}

fn budget_of(
    whole: &Judged,
    pieces: &[Piece],
    range: TimeRange,
    context: &Context<'_>,
    objective: &Objective,
) -> ErrorBudget {
    let total = whole.allowed as f64 / 1e12;
    let used = whole.bad as f64 / 1e12;
    let burn_rate = (whole.allowed > 0 && whole.window > 0 && whole.full_window > 0).then(|| {
        (whole.bad as f64 / whole.allowed as f64) / (whole.window as f64 / whole.full_window as f64)
    });
    let mut exhausted_at = spent_at(pieces, clip(range, context.now), whole.allowed, objective);
    let open = range.start < context.now && context.now < range.end;
    if let (None, true, Some(burn)) = (exhausted_at, open, burn_rate)
        && burn > 1.0
    {
        let after = range.length().0 as f64 / burn;
        exhausted_at = Some(
            range
                .start
                .plus(Micros(after.round() as i64))
                .max(context.now),
        );
    }
    ErrorBudget {
        unit: "secs".to_owned(),
        total,
        used,
        remaining: (whole.allowed - whole.bad) as f64 / 1e12,
        remaining_percent: if whole.allowed > 0 {
            100.0 * (whole.allowed - whole.bad) as f64 / whole.allowed as f64
        } else {
            0.0
        },
        burn_rate,
        exhausted_at,
        ..ErrorBudget::default()
    }
}

/// When the bad time first came to all that is allowed.
pub(super) fn spent_at(
    pieces: &[Piece],
    range: TimeRange,
    allowed: i128,
    objective: &Objective,
) -> Option<Instant> {
    let mut used = 0;
    for piece in pieces.iter().filter(|p| p.counts()) {
        let Some(inside) = piece.range.intersect(range) else {
            continue;
        };
        let mut sums = Sums::default();
        let length = i128::from(inside.length().0);
        sums.add(piece.plain(), length);
        let unknown_down = if objective.missing == MissingPolicy::Down {
            sums.unknown * MILLION
        } else {
            0
        };
        let bad = bad_of(&sums, objective) + unknown_down;
        if bad > 0 && used + bad >= allowed {
            let share = (allowed - used).max(0);
            let offset = share * length / bad;
            return Some(
                inside
                    .start
                    .plus(Micros(i64::try_from(offset).unwrap_or(0))),
            );
        }
        used += bad;
    }
    None
}
