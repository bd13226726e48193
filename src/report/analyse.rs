//! Runs the analyses a report needs, over one dataset and one period, and gathers what they found.
//!
//! A report speaks as of the end of its period (or of the data, where they end earlier), so that data that arrive
//! later do not change the report of a past month.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::findings::{
    DailyLatency, Findings, ForecastFinding, JudgedMonth, JudgedSla, RunFinding,
};
use super::{ReportError, ReportLimit, ReportParams};
use crate::analysis::capacity::measure;
use crate::analysis::forecast::{ForecastParams, Horizon, forecast};
use crate::analysis::latency::{LabelStats, LatencyParams, RunStats, run_stats};
use crate::analysis::sla::{JudgeParams, ObjectiveKind, judge, settled};
use crate::calendar::{Instant, Period, TimeRange};
use crate::dataset::{
    Dataset, DatasetError, Estimator, OutcomeFilter, Role, RunSummary, Scope, Series, Source,
    SourceInfo, ValueCounts,
};
use crate::progress::Progress;
use crate::units::{Micros, Ppm};

/// Days ahead that a limit is watched.
const HORIZON_DAYS: i64 = 90;

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
    let data_end = sources
        .iter()
        .filter_map(|s| s.info.last)
        .max()
        .unwrap_or(range.end);
    let as_of = params.as_of.unwrap_or_else(|| match params.period {
        // A window up to the end of the data is complete: it was put there.
        Period::Rolling { days, .. }
            if settled(
                Period::Rolling { days, end: None },
                dataset,
                &params.scope,
                &params.zone,
                None,
            ) == params.period =>
        {
            range.end
        }
        _ => data_end.min(range.end),
    });
    if as_of <= range.start && params.as_of.is_none() {
        return Err(ReportError::Nothing(format!(
            "the data end before {} begins",
            params.period.title()
        )));
    }
    if let Some(first) = sources.iter().filter_map(|s| s.info.first).min()
        && first >= range.end
    {
        return Err(ReportError::Nothing(format!(
            "the data begin after {} ends",
            params.period.title()
        )));
    }
    let months: Vec<Period> = match params.period.months() {
        all if all.len() > 1 => all
            .into_iter()
            .filter(|m| m.range(&params.zone).start < as_of)
            .collect(),
        _ => Vec::new(),
    };
    let steps = params.slas.len() * (months.len() + 1) + params.limits.len() + 2;
    progress.set_total(steps as u64);

    let slas = judge_all(dataset, params, params.period, as_of, true, progress)?;
    let mut judged_months = Vec::new();
    for month in months {
        judged_months.push(JudgedMonth {
            name: month.to_string(),
            title: month.title(),
            slas: judge_all(dataset, params, month, as_of, false, progress)?,
        });
    }
    let mut forecasts = Vec::new();
    for limit in &params.limits {
        progress.check()?;
        forecasts.push(forecast_limit(&sources, limit, params, as_of)?);
        progress.advance(1);
    }
    let latency_limits_ms = latency_limits(&slas);
    let (daily, daily_from_tests) = daily_latency(&sources, params, range, &latency_limits_ms)?;
    progress.check()?;
    progress.advance(1);
    let tests: Vec<&Arc<Source>> = sources
        .iter()
        .copied()
        .filter(|s| s.info.scope.role == Role::Test && touches(&s.info, range))
        .filter(|s| s.run.is_some() || s.summary.is_some())
        .collect();
    let runs = run_findings(&tests)?;
    let summaries: Vec<&RunSummary> = tests.iter().filter_map(|s| s.run.as_ref()).collect();
    let measured = latency_limits_ms
        .first()
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
    Ok(Findings {
        project: params.project_name.clone(),
        period: params.period.to_string(),
        start: range.start,
        end: range.end,
        as_of,
        zone: params.zone.clone(),
        scope: scope_words(
            params.scope.service.as_deref(),
            params.scope.environment.as_deref(),
        ),
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
        notes: params.notes.clone(),
        decisions: params.decisions.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs_sha256: inputs_hash(&sources, params, as_of),
    })
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
        judged.push(JudgedSla {
            name: name.clone(),
            report: judge(dataset, file, &judge_params)?,
        });
        progress.advance(1);
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

fn find_series(sources: &[&Arc<Source>], name: &str) -> Result<Option<Series>, DatasetError> {
    let mut found: Option<Series> = None;
    for table in sources.iter().filter_map(|s| s.metrics.as_ref()) {
        for (index, info) in table.series.iter().enumerate() {
            if info.display_name() != name {
                continue;
            }
            let series = table.series(index)?;
            found = Some(match found {
                None => series,
                Some(first) => join(first, &series),
            });
        }
    }
    Ok(found)
}

/// Both series in order of time; where both have a point, the later file stands.
fn join(first: Series, second: &Series) -> Series {
    let mut points: BTreeMap<Instant, f64> = first.times.into_iter().zip(first.values).collect();
    points.extend(
        second
            .times
            .iter()
            .copied()
            .zip(second.values.iter().copied()),
    );
    Series {
        info: first.info,
        times: points.keys().copied().collect(),
        values: points.into_values().collect(),
    }
}

fn forecast_limit(
    sources: &[&Arc<Source>],
    limit: &ReportLimit,
    params: &ReportParams,
    as_of: Instant,
) -> Result<ForecastFinding, ReportError> {
    let mut finding = ForecastFinding {
        series: limit.series.clone(),
        lead_time_days: limit.lead_time_days,
        ..ForecastFinding::default()
    };
    let Some(series) = find_series(sources, &limit.series)? else {
        finding.refused = Some("there is no such series in this scope".to_owned());
        return Ok(finding);
    };
    let known = series.within(TimeRange {
        start: Instant(i64::MIN),
        end: as_of.plus(Micros(1)),
    });
    let span_days = known
        .times
        .first()
        .zip(known.times.last())
        .map_or(0, |(a, b)| b.since(*a).0 / Micros::DAY.0);
    let horizon = span_days.clamp(1, HORIZON_DAYS);
    let forecast_params = ForecastParams {
        zone: params.zone.clone(),
        horizon: Horizon::Time(Micros(horizon * Micros::DAY.0)),
        capacity: Some(limit.threshold),
        lead_time: Micros(i64::from(limit.lead_time_days) * Micros::DAY.0),
        as_of: Some(as_of),
        ..ForecastParams::default()
    };
    match forecast(&known, &forecast_params) {
        Ok(forecast) => finding.forecast = Some(forecast),
        Err(error) => finding.refused = Some(error.to_string()),
    }
    Ok(finding)
}

/// Percentiles of each day over all counted requests of production; of load tests where there is no production.
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
    let days = params.zone.days(range);
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
    for (((date, _), parts), errors) in days.iter().zip(&durations).zip(errors) {
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
        });
    }
    Ok((daily, from_tests))
}

/// The files of one run are one finding; a tool's summary is one by itself.
fn run_findings(tests: &[&Arc<Source>]) -> Result<Vec<RunFinding>, DatasetError> {
    let mut groups: BTreeMap<&str, Vec<&Arc<Source>>> = BTreeMap::new();
    for source in tests {
        groups.entry(source.info.run_id()).or_default().push(source);
    }
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::Success,
        estimator: Some(Estimator::R7),
        apdex: (Micros::from_millis(500), Micros::from_millis(1_500)),
        every: None,
    };
    let mut found = Vec::new();
    for sources in groups.values() {
        let Some(first) = sources.first() else {
            continue;
        };
        let runs: Vec<&RunSummary> = sources.iter().filter_map(|s| s.run.as_ref()).collect();
        let (stats, closed_loop, as_the_tool) = match &first.summary {
            Some(summary) if runs.is_empty() => {
                let stats = RunStats {
                    estimator: "tool".to_owned(),
                    total: LabelStats::of_summary(&summary.total),
                    labels: summary.labels.iter().map(LabelStats::of_summary).collect(),
                    ..RunStats::default()
                };
                (stats, summary.closed_loop, true)
            }
            _ => (
                run_stats(&runs, &params)?,
                runs.iter().any(|r| r.closed_loop),
                false,
            ),
        };
        found.push(RunFinding {
            file_name: match sources.len() {
                1 => first.info.file_name.clone(),
                n => format!("{} and {} more", first.info.file_name, n - 1),
            },
            scope: source_scope(&first.info.scope),
            first: sources.iter().filter_map(|s| s.info.first).min(),
            last: sources.iter().filter_map(|s| s.info.last).max(),
            closed_loop,
            as_the_tool,
            stats,
        });
    }
    found.sort_by_key(|r| (r.first, r.file_name.clone()));
    Ok(found)
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

/// `checkout, production`; `all services` where nothing is picked.
fn scope_words(service: Option<&str>, environment: Option<&str>) -> String {
    let words: Vec<&str> = [service, environment].into_iter().flatten().collect();
    if words.is_empty() {
        "all services".to_owned()
    } else {
        words.join(", ")
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
    for (period, note) in &params.notes {
        put(period);
        put(note);
    }
    super::hex(&hash.finalize())
}
