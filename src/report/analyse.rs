//! Runs the analyses a report needs, over one dataset and one period, and gathers what they found.
//!
//! A report speaks as of the end of its period (or of the data, where they end earlier), so that data, notes and
//! decisions about later periods do not change the report of a past month. A closed period is over: it is judged to its
//! end.

use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::findings::{DailyLatency, Findings, JudgedMonth, JudgedSla};
use super::forecasting::{before_plan, forecast_limit, kept_before, look_back, plan_scorecard};
use super::load_runs::{production_peak, run_before, run_findings};
use super::{ReportError, ReportParams};
use crate::analysis::capacity::measure;
use crate::analysis::closing::scope_words;
use crate::analysis::sla::{
    JudgeParams, ObjectiveKind, Scorecard, conflicts, judge, now_of, replay_alerts,
};
use crate::calendar::{Instant, Period, TimeRange, Zone};
use crate::dataset::{
    Dataset, DatasetError, Estimator, OutcomeFilter, Role, RunSummary, Scope, Source, SourceInfo,
    ValueCounts,
};
use crate::progress::Progress;
use crate::units::{Micros, Ppm};

/// Quarters before a quarter, and years before a year, that a report looks back on.
const EARLIER_QUARTERS: i32 = 7;
const EARLIER_YEARS: i32 = 3;

/// Runs all analyses.
pub fn analyse(
    dataset: &Dataset,
    params: &ReportParams,
    progress: &Progress,
) -> Result<Findings, ReportError> {
    let range = params.period.range(&params.zone);
    let sources: Vec<&Arc<Source>> = dataset.within(&params.scope).collect();
    if sources.is_empty() {
        return Err(ReportError::Nothing(
            "there are no data in this scope; import files or pick another scope".to_owned(),
        ));
    }
    let data_start = sources.iter().filter_map(|s| s.info.first).min();
    let data_end = sources
        .iter()
        .filter_map(|s| s.info.last)
        .max()
        .unwrap_or(range.end);
    let scope = scope_words(&params.scope);
    let is_closed = |period: Period| {
        let name = period.to_string();
        params.decisions.closed(&name, &scope).is_some()
    };
    let as_of = match params.as_of {
        Some(now) if is_closed(params.period) => now.min(range.end),
        Some(now) => now,
        None if is_closed(params.period) => range.end,
        None => now_of(dataset, &params.scope, range).min(range.end),
    };
    if data_end <= range.start && params.as_of.is_none() {
        return Err(ReportError::Nothing(format!(
            "the data end before {} begins",
            params.period.title()
        )));
    }
    if data_start.is_some_and(|first| first >= range.end) {
        return Err(ReportError::Nothing(format!(
            "the data begin after {} ends",
            params.period.title()
        )));
    }
    // What begins later has no part in it, and does not change its list of sources.
    let known_until = as_of.max(range.end);
    let begun = dataset.sources.iter();
    let begun = begun.filter(|s| s.info.first.is_none_or(|first| first < known_until));
    let dataset = &Dataset {
        sources: begun.cloned().collect(),
    };
    let sources: Vec<&Arc<Source>> = dataset.within(&params.scope).collect();
    let mut names = vec![params.period.to_string()];
    names.extend(params.period.months().iter().map(ToString::to_string));
    let notes = params
        .notes
        .iter()
        .filter(|(period, _)| names.contains(period))
        .map(|(period, note)| (period.clone(), note.clone()))
        .collect();
    let mut decisions = params.decisions.about(&names, &scope, known_until);
    kept_before(&mut decisions, &params.scope, range);
    let params = &ReportParams {
        notes,
        decisions,
        ..params.clone()
    };
    let months: Vec<Period> = match params.period.months() {
        all if all.len() > 1 => all
            .into_iter()
            .filter(|m| m.range(&params.zone).start < as_of)
            .collect(),
        _ => Vec::new(),
    };
    let before = earlier_periods(params.period, |period| {
        data_start.is_some_and(|first| first < period.range(&params.zone).end)
    });
    let steps = params.slas.len() * (months.len() + before.len() + 1) + params.limits.len() + 2;
    progress.set_total(steps as u64);

    let slas = judge_all(dataset, params, params.period, as_of, true, progress)?;
    let each = |periods: Vec<Period>| -> Result<Vec<JudgedMonth>, ReportError> {
        let judged = |period: Period| {
            let known = if is_closed(period) {
                as_of.max(period.range(&params.zone).end)
            } else {
                as_of
            };
            Ok(JudgedMonth {
                name: period.to_string(),
                title: period.title(),
                slas: judge_all(dataset, params, period, known, false, progress)?,
            })
        };
        periods.into_iter().map(judged).collect()
    };
    let judged_months = each(months)?;
    let mut earlier = each(before)?;
    for period in &mut earlier {
        for sla in &mut period.slas {
            // Their slices and breaches stand in their own reports.
            sla.report.breaches.clear();
            for objective in &mut sla.report.objectives {
                objective.slice_list.clear();
            }
        }
    }
    let mut forecasts = Vec::new();
    for limit in &params.limits {
        progress.check()?;
        forecasts.push(forecast_limit(&sources, limit, params, as_of)?);
        progress.advance(1);
    }
    let plan_scorecard = plan_scorecard(dataset, params, range, as_of)?;
    let looked_back = match params.period {
        Period::Day(_) | Period::Week(_) => Vec::new(),
        _ => look_back(&sources, params, range, &forecasts, plan_scorecard.as_ref())?,
    };
    let latency_limits_ms = latency_limits(&slas);
    let scorecard = Scorecard::of_results(
        slas.iter().flat_map(|s| &s.report.objectives),
        slas.iter().flat_map(|s| &s.report.policies),
    );
    let first_limit = latency_limits_ms.first().copied();
    let (daily, daily_from_tests) = daily_latency(&sources, params, range, &latency_limits_ms)?;
    progress.check()?;
    progress.advance(1);
    let tests: Vec<&Arc<Source>> = sources
        .iter()
        .copied()
        .filter(|s| s.info.scope.role == Role::Test && touches(&s.info, range))
        .filter(|s| s.run.is_some() || s.summary.is_some())
        .collect();
    let runs = run_findings(&tests, first_limit)?;
    let summaries: Vec<&RunSummary> = tests.iter().filter_map(|s| s.run.as_ref()).collect();
    let measured = first_limit
        .filter(|_| !summaries.is_empty())
        .map(|limit_ms| {
            let budget = Micros((limit_ms * 1_000.0).round() as i64);
            measure(&summaries, Ppm(950_000), budget).map_err(|e| e.to_string())
        })
        .transpose();
    let (capacity, capacity_refused) = match measured {
        Ok(capacity) => (capacity, None),
        Err(reason) => (None, Some(reason)),
    };
    progress.advance(1);
    let story = super::story::tell(
        dataset,
        params,
        &super::story::Basis {
            together: &super::findings::together(&slas),
            forecasts: &forecasts,
            capacity: capacity.as_ref(),
            as_of,
        },
        progress,
    )?;
    let run_before = run_before(&sources, range.start, first_limit)?;
    let production_peak = production_peak(&sources, &slas, range)?;
    let comparisons = super::compared::comparisons(&sources, range, progress)?;
    // A plan is for quarters and years, as the sheet it stands on.
    let committed = if params.period.has_months() {
        let made = before_plan(&sources, params, &forecasts, as_of)?;
        super::committed::weigh(dataset, params, &made, progress)
    } else {
        None
    };
    progress.check()?;
    let mut findings = Findings {
        project: params.project_name.clone(),
        period: params.period.to_string(),
        start: range.start,
        end: range.end,
        as_of,
        zone: params.zone.clone(),
        decisions: params.decisions.clone(),
        scope,
        open: as_of < range.end,
        slas,
        months: judged_months,
        latency_limits_ms,
        daily,
        daily_from_tests,
        forecasts,
        runs,
        capacity,
        capacity_refused,
        sources: sources.iter().map(|s| without_path(&s.info)).collect(),
        inputs_sha256: inputs_hash(&sources, params, as_of),
        notes: params.notes.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scorecard,
        closings: Vec::new(),
        earlier,
        look_back: looked_back,
        run_before,
        production_peak,
        settings_sha256: settings_hash(params),
        story,
        comparisons,
        plan_scorecard,
        committed,
    };
    findings.look_at_closings();
    Ok(findings)
}

/// Quarters before a quarter, years before a year, oldest first, as far as there are data.
fn earlier_periods(period: Period, has_data: impl Fn(Period) -> bool) -> Vec<Period> {
    let most = match period {
        Period::Quarter { .. } => EARLIER_QUARTERS,
        Period::Year(_) => EARLIER_YEARS,
        _ => 0,
    };
    (1..=most)
        .rev()
        .map(|by| period.step(-by))
        .filter(|p| has_data(*p))
        .collect()
}

fn judge_all(
    dataset: &Dataset,
    params: &ReportParams,
    period: Period,
    as_of: Instant,
    history: bool,
    progress: &Progress,
) -> Result<Vec<JudgedSla>, ReportError> {
    let mut judged = Vec::new();
    for (name, file) in &params.slas {
        progress.check()?;
        let judge_params = JudgeParams {
            period,
            zone: params.zone.clone(),
            as_of: Some(as_of),
            scope: params.scope.clone(),
            exclusions: Vec::new(),
            history,
        };
        let mut file = file.clone();
        file.add_baselines(&params.decisions.baselines);
        file.add_exclusions(&params.decisions.exclusions);
        let mut report = judge(dataset, &file, &judge_params)?;
        if history {
            // Of the months of a quarter only their verdicts are laid out.
            replay_alerts(dataset, &file, &judge_params, &[], &mut report)?;
        }
        judged.push(JudgedSla {
            name: name.clone(),
            report,
        });
        progress.advance(1);
    }
    // What only contradicts across sets stands with the last of them.
    if let Some(last) = judged.last_mut() {
        let sets = params.slas.iter().map(|(name, file)| (name.as_str(), file));
        conflicts::add(&mut last.report.conflicts, conflicts::across(sets));
    }
    Ok(judged)
}

fn latency_limits(slas: &[JudgedSla]) -> Vec<f64> {
    let mut limits: Vec<f64> = slas
        .iter()
        .flat_map(|s| &s.report.objectives)
        .filter(|o| o.kind == ObjectiveKind::Latency && o.unit == "ms")
        .filter_map(|o| o.target)
        .collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    limits
}

/// The days of a range; its hours where it is one day.
fn parts_of(period: Period, range: TimeRange, zone: &Zone) -> Vec<(Date, TimeRange)> {
    match period {
        Period::Day(date) => Zone::hours(range).into_iter().map(|r| (date, r)).collect(),
        _ => zone.days(range),
    }
}

/// Percentiles of each day (hour of a single day) over all counted requests of production; of load tests where there
/// is no production.
fn daily_latency(
    sources: &[&Arc<Source>],
    params: &ReportParams,
    range: TimeRange,
    limits_ms: &[f64],
) -> Result<(Vec<DailyLatency>, bool), DatasetError> {
    let of_role = |role: Role| -> Vec<&RunSummary> {
        sources
            .iter()
            .filter(|s| s.info.scope.role == role && touches(&s.info, range))
            .filter_map(|s| s.run.as_ref())
            .collect()
    };
    let production = of_role(Role::Production);
    let from_tests = production.is_empty();
    let runs = if from_tests {
        of_role(Role::Test)
    } else {
        production
    };
    let days = parts_of(params.period, range, &params.zone);
    let slices: Vec<TimeRange> = days.iter().map(|(_, slice)| *slice).collect();
    let mut durations: Vec<Vec<ValueCounts>> = vec![Vec::new(); days.len()];
    let mut errors = vec![0_u64; days.len()];
    for run in runs {
        let labels = run.counted_labels();
        let per_day = run.durations(&labels, &slices, OutcomeFilter::Success)?;
        for (slot, values) in durations.iter_mut().zip(per_day) {
            slot.push(values);
        }
        for (slot, counts) in errors.iter_mut().zip(run.counts(&labels, &slices)?) {
            *slot += counts.errors;
        }
    }
    let mut daily = Vec::new();
    for (((date, slice), parts), errors) in days.iter().zip(&durations).zip(errors) {
        let values = ValueCounts::merged(parts);
        let n = values.total();
        if n + errors == 0 {
            continue;
        }
        let mut few_samples = Vec::new();
        let mut at = |name: &str, p: i64| {
            let quantile = values.quantile(Ppm(p), Estimator::R7)?;
            if quantile.few_samples {
                few_samples.push(name.to_owned());
            }
            Some(quantile.millis())
        };
        let (p50_ms, p95_ms, p99_ms) = (at("p50", 500_000), at("p95", 950_000), at("p99", 990_000));
        daily.push(DailyLatency {
            date: *date,
            n,
            errors,
            p50_ms,
            p95_ms,
            p99_ms,
            max_ms: values.extremes().map(|(_, max)| max as f64 / 1e6),
            within: limits_ms
                .iter()
                .map(|limit| {
                    let (certain, _) = values.at_most((limit * 1e6) as i64);
                    (n > 0).then(|| certain as f64 / n as f64)
                })
                .collect(),
            few_samples,
            hour: matches!(params.period, Period::Day(_)).then_some(slice.start),
        });
    }
    Ok((daily, from_tests))
}

fn touches(info: &SourceInfo, range: TimeRange) -> bool {
    info.first
        .zip(info.last)
        .is_some_and(|(first, last)| first < range.end && last >= range.start)
}

/// Where a file lay is no part of a report: it differs between computers.
fn without_path(info: &SourceInfo) -> SourceInfo {
    SourceInfo {
        path: None,
        imported_at: None,
        ..info.clone()
    }
}

/// A source's scope in words.
pub fn source_scope(scope: &Scope) -> String {
    [
        scope.service.as_str(),
        scope.region.as_str(),
        scope.environment.as_str(),
        scope.role.name(),
    ]
    .into_iter()
    .filter(|w| !w.is_empty())
    .fold(Vec::new(), |mut words, word| {
        if !words.contains(&word) {
            words.push(word);
        }
        words
    })
    .join(", ")
}

fn inputs_hash(sources: &[&Arc<Source>], params: &ReportParams, as_of: Instant) -> String {
    let mut hash = Sha256::new();
    let mut put = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    put(env!("CARGO_PKG_VERSION"));
    put(&params.project_name);
    put(&params.period.to_string());
    if let Some(start) = params.period.fiscal_start() {
        put(&start.name());
    }
    put(params.zone.name());
    put(&as_of.to_string());
    put(&serde_json::to_string(&params.scope).unwrap_or_default());
    for (name, file) in &params.slas {
        put(name);
        put(&serde_json::to_string(file).unwrap_or_default());
    }
    for limit in &params.limits {
        put(&format!(
            "{} {:?} {}",
            limit.series, limit.threshold, limit.lead_time_days
        ));
    }
    for source in sources {
        put(&source.info.source_id);
        put(&serde_json::to_string(&source.info.scope).unwrap_or_default());
    }
    for baseline in &params.decisions.baselines {
        put(&serde_json::to_string(baseline).unwrap_or_default());
    }
    for exclusion in &params.decisions.exclusions {
        put(&serde_json::to_string(exclusion).unwrap_or_default());
    }
    for kept in &params.decisions.forecasts {
        put(&serde_json::to_string(kept).unwrap_or_default());
    }
    for (period, note) in &params.notes {
        put(period);
        put(note);
    }
    if !params.decisions.breach_notes.is_empty() {
        put(&serde_json::to_string(&params.decisions.breach_notes).unwrap_or_default());
    }
    super::hex(&hash.finalize())
}

/// Closed periods are left out: closing one must not change what it closed.
fn settings_hash(params: &ReportParams) -> String {
    let mut decisions = params.decisions.clone();
    decisions.closed.clear();
    let limits: Vec<String> = params
        .limits
        .iter()
        .map(|l| format!("{} {:?} {}", l.series, l.threshold, l.lead_time_days))
        .collect();
    let parts = [
        params.project_name.clone(),
        params.period.to_string(),
        params.zone.name().to_owned(),
        serde_json::to_string(&params.scope).unwrap_or_default(),
        serde_json::to_string(&params.slas).unwrap_or_default(),
        limits.join("\n"),
        serde_json::to_string(&params.notes).unwrap_or_default(),
        serde_json::to_string(&decisions).unwrap_or_default(),
    ];
    // Without a plan the hashes of earlier reports stay as they were.
    let plan = params.committed.as_ref();
    let plan = plan.and_then(|plan| serde_json::to_string(plan).ok());
    let mut hash = Sha256::new();
    for part in parts.into_iter().chain(plan) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    super::hex(&hash.finalize())
}
