//! Judging a dataset by a set of objectives over one period. Each kind of objective has a file of its own; here is what
//! they share: which sources speak, what "now" is, and how verdicts add up.

use super::exclusion::Exclusion;
use super::objective::{AvailabilitySource, Limit, Objective, Quantity};
use super::parts::clip;
use super::{
    Breach, Conflict, JudgedPeriod, ObjectiveKind, ObjectiveResult, SlaFile, SlaReport, Verdict,
    availability, baseline, budget, conflicts, dated, durations, improvement, interval, requests,
    rollup, series, settled, throughput,
};
use crate::calendar::{Instant, Period, TimeRange, Zone};
use crate::dataset::{Dataset, DatasetError, Role, ScopeFilter, Source};
use crate::units::{Micros, Ppm};
use crate::warning::{WarningKind, Warnings};

/// What to judge.
#[derive(Clone, Debug)]
pub struct JudgeParams {
    /// The period.
    pub period: Period,
    /// Calendar zone (`--tz`, then the SLA file, then the project, then UTC: decided by the caller).
    pub zone: Zone,
    /// "Now"; the end of the data where `None`.
    pub as_of: Option<Instant>,
    /// Which sources take part.
    pub scope: ScopeFilter,
    /// Windows that do not count.
    pub exclusions: Vec<Exclusion>,
    /// Also judge the 12 months before, for sparklines (`ObjectiveResult::history`).
    pub history: bool,
}

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub enum SlaError {
    /// A frame could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The objective does not fit, with the reason.
    #[error("{0}")]
    Refused(String),
}

/// What all objectives of one judgement share.
#[derive(Clone)]
pub(super) struct Context<'a> {
    pub dataset: &'a Dataset,
    pub file: &'a SlaFile,
    pub scope: &'a ScopeFilter,
    pub exclusions: &'a [Exclusion],
    pub zone: &'a Zone,
    pub period: Period,
    pub range: TimeRange,
    pub now: Instant,
    pub open: bool,
    pub history: bool,
}

impl<'a> Context<'a> {
    /// The sources that an objective may look at.
    pub fn sources<'s>(
        &'s self,
        objective: &'s Objective,
    ) -> impl Iterator<Item = &'a Source> + 's {
        let own = ScopeFilter {
            service: objective.scope.service.clone(),
            environment: objective.scope.environment.clone(),
        };
        self.dataset
            .sources
            .iter()
            .map(AsRef::as_ref)
            .filter(move |s| self.scope.admits(&s.info.scope) && own.admits(&s.info.scope))
            .filter(|s| objective.scope.covers(&s.info.scope.service))
    }

    /// What of the period has passed.
    pub fn passed(&self) -> TimeRange {
        clip(self.range, self.now)
    }
}

/// The share in a limit; all of it where the limit is not a share.
pub(super) fn share_of(limit: Limit) -> Ppm {
    match limit.value {
        Quantity::Share(ppm) => ppm,
        _ => Ppm::ONE,
    }
}

/// The service that is judged, where one is named.
pub(super) fn service_of<'a>(
    context: &'a Context<'_>,
    objective: &'a Objective,
) -> Option<&'a str> {
    objective
        .scope
        .service
        .as_deref()
        .or(context.scope.service.as_deref())
}

/// A result that says nothing yet.
pub(super) fn blank(context: &Context<'_>, objective: &Objective) -> ObjectiveResult {
    let mut scope: Vec<String> = Vec::new();
    scope.extend(service_of(context, objective).map(str::to_owned));
    scope.extend(objective.scope.environment.clone());
    scope.extend(objective.scope.class.clone());
    scope.extend(objective.scope.label.clone());
    scope.extend(objective.scope.metric.clone());
    if scope.is_empty() {
        scope.push("everything".to_owned());
    }
    ObjectiveResult {
        name: objective.name.clone(),
        kind: objective.kind,
        scope: scope.join(", "),
        rule: objective.target.text(),
        target: Some(objective.target.value.as_printed()),
        target_text: objective.target_text.clone(),
        achieved: None,
        achieved_text: "–".to_owned(),
        unit: objective.target.value.unit(""),
        direction: objective.target.direction,
        source: String::new(),
        source_ids: Vec::new(),
        assumed: Vec::new(),
        verdict: Verdict::NoData,
        verdict_without_exclusions: None,
        reason: None,
        good: None,
        bad: None,
        excluded: None,
        unknown: None,
        not_demanded: None,
        coverage: None,
        best: None,
        worst: None,
        budget: None,
        slices: None,
        slice_list: Vec::new(),
        escalation: None,
        periods: Vec::new(),
        history: Vec::new(),
        n: 0,
        exclusions: Vec::new(),
        parts: Vec::new(),
        low: None,
        high: None,
        baseline: None,
        alerts: None,
        burn_alerts: Vec::new(),
    }
}

/// Data that end less than this before a period does are taken to cover it.
pub(super) const CLOSING_SLACK: Micros = Micros::HOUR;

/// The end of what production sources tell. Lists of incidents have no end: silence means up.
pub(super) fn end_of_data(dataset: &Dataset, scope: &ScopeFilter) -> Option<Instant> {
    let of_role = |role: Role| {
        dataset
            .within(scope)
            .filter(|s| s.info.scope.role == role)
            .filter(|s| {
                s.run.is_some()
                    || s.metrics.is_some()
                    || s.buckets.is_some()
                    || s.summary.is_some()
                    || s.uptime.as_ref().is_some_and(|t| !t.incident_list)
            })
            .filter_map(|s| {
                let step = s
                    .metrics
                    .iter()
                    .flat_map(|m| &m.series)
                    .filter(|series| series.last == s.info.last)
                    .filter_map(|series| series.step_secs)
                    .fold(0.0, f64::max);
                Some(s.info.last?.plus(Micros((step * 1e6) as i64)))
            })
            .max()
    };
    of_role(Role::Production)
}

/// "Now" where nobody says it: the end of the data, but the end of the period where the data reach it (to less than an
/// hour), do not touch it, or have no end themselves, as lists of incidents and load tests.
pub fn now_of(dataset: &Dataset, scope: &ScopeFilter, range: TimeRange) -> Instant {
    match end_of_data(dataset, scope) {
        Some(end) if end < range.end && end.plus(CLOSING_SLACK) >= range.end => range.end,
        Some(end) if end > range.start => end,
        _ => range.end,
    }
}

/// Why nothing can be said of a period: it begins after everything in the data, or ends before it. Where all there is
/// is a list of incidents, silence means up, and any period can be judged.
fn nothing_told(dataset: &Dataset, params: &JudgeParams, range: TimeRange) -> Option<String> {
    let lists_only = dataset
        .within(&params.scope)
        .filter(|s| s.info.scope.role == Role::Production)
        .all(|s| s.uptime.as_ref().is_some_and(|t| t.incident_list));
    if lists_only {
        return None;
    }
    let sources = || dataset.within(&params.scope);
    let first = sources().filter_map(|s| s.info.first).min()?;
    let last = sources().filter_map(|s| s.info.last).max()?;
    let goes_on = sources()
        .filter_map(|s| s.uptime.as_ref())
        .any(|t| t.rows.iter().any(|row| row.end.is_none()));
    let day = |at: Instant| at.format(&params.zone, "%-d %B %Y");
    let title = params.period.title();
    if range.end <= first {
        return Some(format!("The data begin on {}, after {title}.", day(first)));
    }
    // A person who says what time it is vouches for the silence up to then.
    (last < range.start && !goes_on && params.as_of.is_none())
        .then(|| format!("The data end on {}, before {title}.", day(last)))
}

/// What all objectives of a judgement share: "now" is what is asked for, or the end of the data.
pub(super) fn context_of<'a>(
    dataset: &'a Dataset,
    file: &'a SlaFile,
    params: &'a JudgeParams,
    warnings: &mut Warnings,
) -> Context<'a> {
    let period = settled(
        params.period,
        dataset,
        &params.scope,
        &params.zone,
        params.as_of,
    );
    let range = period.range(&params.zone);
    let now = params.as_of.unwrap_or_else(|| {
        let now = now_of(dataset, &params.scope, range);
        if let Some(end) = end_of_data(dataset, &params.scope)
            && end < now
            && end.plus(CLOSING_SLACK) >= range.end
        {
            warnings.add(
                WarningKind::Note,
                format!("The data end at {end}, less than an hour before the period; it is taken as complete."),
            );
        }
        now
    });
    let open = range.start < now && now < range.end;
    Context {
        dataset,
        file,
        scope: &params.scope,
        exclusions: &params.exclusions,
        zone: &params.zone,
        period,
        range,
        now,
        open,
        history: params.history,
    }
}

/// Judges all objectives of a file over one period.
pub fn judge(
    dataset: &Dataset,
    file: &SlaFile,
    params: &JudgeParams,
) -> Result<SlaReport, SlaError> {
    let mut warnings = Warnings::default();
    let context = context_of(dataset, file, params, &mut warnings);
    let (range, open, period) = (context.range, context.open, context.period);
    let mut report = SlaReport {
        period: JudgedPeriod {
            name: period.to_string(),
            start: range.start,
            end: range.end,
            tz: params.zone.name().to_owned(),
            secs: range.length().0 / 1_000_000,
            open,
            as_of: context.now,
        },
        warnings,
        ..SlaReport::default()
    };
    let nothing = nothing_told(dataset, params, range);
    for objective in &file.objectives {
        if nothing.is_some() {
            let mut result = blank(&context, objective);
            result.reason.clone_from(&nothing);
            report.objectives.push(result);
            continue;
        }
        let mut breaches: Vec<Breach> = Vec::new();
        let mut conflicts: Vec<Conflict> = Vec::new();
        let mut result = judge_one(&context, objective, &mut breaches, &mut conflicts)?;
        if let Ok(in_force) = dated::headline(&context, objective) {
            budget::complete(&context, &in_force, &mut result)?;
            budget::grade(&context, &in_force, &mut result, &mut breaches);
        }
        report.breaches.extend(breaches);
        report.conflicts.extend(conflicts);
        report.objectives.push(result);
    }
    if let (Some(policy), None) = (&file.degradation, &nothing) {
        for objective in improvement::degradation(policy) {
            let result = improvement::judge_whole(&context, &objective)?;
            if let Some(told) = improvement::told(policy, &result) {
                report.warnings.add(WarningKind::Note, told);
            }
            report.policies.push(result);
        }
    }
    for kept in &file.kept {
        report.warnings.add(WarningKind::Note, kept.clone());
    }
    conflicts::add(&mut report.conflicts, conflicts::written(file));
    report
        .breaches
        .sort_by(|a, b| (a.start, &a.objective).cmp(&(b.start, &b.objective)));
    report.verdict = Verdict::together(report.objectives.iter().map(|o| o.verdict));
    Ok(report)
}

/// Judges one objective.
pub(super) fn judge_one(
    context: &Context<'_>,
    objective: &Objective,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> Result<ObjectiveResult, SlaError> {
    let objective = match dated::headline(context, objective) {
        Ok(objective) => objective,
        Err(why) => {
            let mut result = blank(context, objective);
            result.reason = Some(why);
            return Ok(result);
        }
    };
    let objective = objective.as_ref();
    let mut result = if objective.scope.services.is_empty() {
        judge_kind(context, objective, breaches, conflicts)?
    } else {
        rollup::judge(context, objective, breaches, conflicts)?
    };
    dated::note(context, objective, &mut result);
    interval::add(objective, &mut result);
    baseline::attach(context, objective, &mut result)?;
    if let Some(hours) = objective.service_hours.as_ref().filter(|h| !h.is_always()) {
        let words = hours.words(context.zone);
        result
            .rule
            .push_str(&format!(", in service hours: {words}"));
    }
    Ok(result)
}

/// Judges one objective by its kind, with the target that it holds.
pub(super) fn judge_kind(
    context: &Context<'_>,
    objective: &Objective,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> Result<ObjectiveResult, SlaError> {
    Ok(match objective.kind {
        ObjectiveKind::Availability => match objective.source {
            AvailabilitySource::Uptime => {
                availability::judge(context, objective, breaches, conflicts)
            }
            AvailabilitySource::Requests => {
                requests::judge_availability(context, objective, breaches)?
            }
        },
        ObjectiveKind::Latency | ObjectiveKind::ShareUnder => {
            durations::judge(context, objective, breaches)?
        }
        ObjectiveKind::ErrorRate => requests::judge_errors(context, objective, breaches)?,
        ObjectiveKind::Throughput => throughput::judge(context, objective, breaches)?,
        ObjectiveKind::Utilisation | ObjectiveKind::Metric => {
            series::judge_metric(context, objective, breaches)?
        }
        ObjectiveKind::Improvement | ObjectiveKind::Regression => {
            improvement::judge(context, objective)?
        }
    })
}
