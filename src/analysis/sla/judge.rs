//! Judging a dataset by a set of objectives over one period. Each kind of objective has a file of its own; here is what
//! they share: which sources speak, what "now" is, and how verdicts add up.

use super::objective::{AvailabilitySource, Exclusion, Limit, Objective, Quantity};
use super::parts::clip;
use super::{
    Breach, Conflict, Escalation, JudgedPeriod, ObjectiveKind, ObjectiveResult, SlaFile, SlaReport,
    Verdict, availability, conflicts, durations, requests, series, throughput,
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
    }

    /// What of the period has passed.
    pub fn passed(&self) -> TimeRange {
        clip(self.range, self.now)
    }

    /// The windows that do not count for an objective.
    pub fn windows(&self, objective: &Objective, assumed: &mut Vec<String>) -> Vec<Exclusion> {
        if !objective.exclusions.is_empty() && objective.exclusion_windows.is_none() {
            assumed.push(format!(
                "Nothing was excluded by {}: the file was not read.",
                objective.exclusions.join(", ")
            ));
        }
        self.exclusions
            .iter()
            .chain(objective.exclusion_windows.iter().flatten())
            .cloned()
            .collect()
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
    }
}

/// Data that end less than this before a period does are taken to cover it.
const CLOSING_SLACK: Micros = Micros::HOUR;

/// The end of what production sources tell. Lists of incidents have no end: silence means up.
fn end_of_data(dataset: &Dataset, scope: &ScopeFilter) -> Option<Instant> {
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

/// Judges all objectives of a file over one period.
pub fn judge(
    dataset: &Dataset,
    file: &SlaFile,
    params: &JudgeParams,
) -> Result<SlaReport, SlaError> {
    let range = params.period.range(&params.zone);
    let mut warnings = Warnings::default();
    let now = params.as_of.unwrap_or_else(|| {
        match end_of_data(dataset, &params.scope) {
            Some(end) if end < range.end && end.plus(CLOSING_SLACK) >= range.end => {
                warnings.add(
                    WarningKind::Note,
                    format!("The data end at {end}, less than an hour before the period; it is taken as complete."),
                );
                range.end
            }
            Some(end) if end > range.start => end,
            _ => range.end,
        }
    });
    let open = range.start < now && now < range.end;
    let context = Context {
        dataset,
        file,
        scope: &params.scope,
        exclusions: &params.exclusions,
        zone: &params.zone,
        period: params.period,
        range,
        now,
        open,
        history: params.history,
    };
    let mut report = SlaReport {
        period: JudgedPeriod {
            name: params.period.to_string(),
            start: range.start,
            end: range.end,
            tz: params.zone.name().to_owned(),
            secs: range.length().0 / 1_000_000,
            open,
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
        let result = judge_one(&context, objective, &mut breaches, &mut conflicts)?;
        report.breaches.extend(breaches);
        report.conflicts.extend(conflicts);
        report.objectives.push(result);
    }
    if let Some(policy) = &file.degradation {
        report.warnings.add(
            WarningKind::Note,
            format!(
                "The policy on degradation by {} is kept, but not judged: it needs a baseline.",
                crate::units::percent(policy.threshold)
            ),
        );
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

fn judge_one(
    context: &Context<'_>,
    objective: &Objective,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = match objective.kind {
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
            let mut result = blank(context, objective);
            result.reason = Some(
                "This promise compares with a baseline, and none can be given yet.".to_owned(),
            );
            result
        }
    };
    result.escalation = escalation(objective, &result, breaches);
    Ok(result)
}

/// The level of escalation that a broken promise reaches: the first when it is broken, the second when a breach is
/// critical, the third when it is critical and the budget is used twice or half of the slices broke.
fn escalation(
    objective: &Objective,
    result: &ObjectiveResult,
    breaches: &[Breach],
) -> Option<Escalation> {
    if result.verdict != Verdict::Breached || objective.escalation.is_empty() {
        return None;
    }
    let critical = breaches.iter().any(|b| b.severity == "critical");
    let twice = result
        .budget
        .as_ref()
        .is_some_and(|b| b.total > 0.0 && b.used >= 2.0 * b.total);
    let half = result
        .slices
        .is_some_and(|s| s.breached > 0 && s.breached >= s.met);
    let level = match (critical, twice || half) {
        (true, true) => 3,
        (true, false) => 2,
        _ => 1,
    };
    let level = level.min(objective.escalation.len());
    Some(Escalation {
        level: u32::try_from(level).unwrap_or(1),
        name: objective.escalation.get(level - 1)?.clone(),
    })
}
