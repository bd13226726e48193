//! Forecasts of the limited series for a report: the one that looks ahead, and the one that could have been made when
//! the period began, held against what came.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::findings::{CheckedPoint, ForecastCheck, ForecastFinding};
use super::{ReportError, ReportLimit, ReportParams};
use crate::analysis::decisions::{Decisions, KnownSpan};
use crate::analysis::forecast::plan::Known;
use crate::analysis::forecast::scorecard::{ForecastScore, PlanScorecard, score};
use crate::analysis::forecast::{Forecast, ForecastParams, Horizon, forecast};
use crate::analysis::free_space::{counts_what_is_free, no_limit_on};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{Dataset, DatasetError, ScopeFilter, Series, Source};
use crate::units::Micros;

/// Days ahead that a limit is watched.
const HORIZON_DAYS: i64 = 90;

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

fn has(source: &Source, name: &str) -> bool {
    let mut series = source.metrics.iter().flat_map(|m| &m.series);
    series.any(|info| info.display_name() == name)
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

/// The forecast of one limit as of the report's "now".
pub fn forecast_limit(
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
    let at = before_next(params, as_of);
    let known = foreseen(limit, params);
    match forecast_at(sources, (limit, known), params, at, HORIZON_DAYS)? {
        Ok(forecast) => finding.forecast = Some(forecast),
        Err(reason) => finding.refused = Some(reason),
    }
    Ok(finding)
}

/// What begins with the next period is not known at the end of this one.
fn before_next(params: &ReportParams, as_of: Instant) -> Instant {
    if as_of == params.period.range(&params.zone).end {
        Instant(as_of.0.saturating_sub(1))
    } else {
        as_of
    }
}

/// The forecasts that the committed plan itself stands on: of a series whose forecast it changes, the one without it.
pub fn before_plan(
    sources: &[&Arc<Source>],
    params: &ReportParams,
    found: &[ForecastFinding],
    as_of: Instant,
) -> Result<Vec<Forecast>, ReportError> {
    let mut made = Vec::new();
    for (limit, finding) in params.limits.iter().zip(found) {
        if foreseen(limit, params) == limit.known {
            made.extend(finding.forecast.clone());
            continue;
        }
        let at = before_next(params, as_of);
        let plain = (limit, limit.known.clone());
        made.extend(forecast_at(sources, plain, params, at, HORIZON_DAYS)?.ok());
    }
    Ok(made)
}

/// What is known about the series of a limit, with what the committed plan changes about it.
fn foreseen(limit: &ReportLimit, params: &ReportParams) -> Known {
    let mut known = limit.known.clone();
    if let Some(committed) = &params.committed {
        committed.add_to(&limit.series, &mut known);
    }
    known
}

/// The forecast of one limit as it could be made at a moment, from nothing later; or why there is none.
fn forecast_at(
    sources: &[&Arc<Source>],
    (limit, known): (&ReportLimit, Known),
    params: &ReportParams,
    at: Instant,
    most_days: i64,
) -> Result<Result<Forecast, String>, ReportError> {
    let Some(series) = find_series(sources, &limit.series)? else {
        return Ok(Err("there is no such series in this scope".to_owned()));
    };
    if counts_what_is_free(&limit.series) {
        return Ok(Err(no_limit_on(&limit.series)));
    }
    let measured = series.within(TimeRange {
        start: Instant(i64::MIN),
        end: at.plus(Micros(1)),
    });
    let span_days = measured
        .times
        .first()
        .zip(measured.times.last())
        .map_or(0, |(a, b)| b.since(*a).0 / Micros::DAY.0);
    let mut left_out: Vec<KnownSpan> = Vec::new();
    for source in sources.iter().filter(|s| has(s, &limit.series)) {
        left_out.extend(params.decisions.known_of(&limit.series, &source.info.scope));
    }
    left_out.sort_by_key(|span| (span.start, span.end));
    left_out.dedup();
    let forecast_params = ForecastParams {
        left_out,
        zone: params.zone.clone(),
        horizon: Horizon::Time(Micros(span_days.clamp(1, most_days) * Micros::DAY.0)),
        capacity: Some(limit.threshold),
        lead_time: Micros(i64::from(limit.lead_time_days) * Micros::DAY.0),
        as_of: Some(at),
        known,
        ..ForecastParams::default()
    };
    Ok(forecast(&measured, &forecast_params).map_err(|e| e.to_string()))
}

/// The forecasts that were kept before a period ended, in the scope of its report: those of its own closing are later.
pub fn kept_before(decisions: &mut Decisions, scope: &ScopeFilter, range: TimeRange) {
    decisions.forecasts.retain(|kept| {
        kept.scope == *scope && kept.made_at < range.end && kept.known_until < range.end
    });
}

/// All of these against what came in the period; `None` where there are none.
pub fn plan_scorecard(
    dataset: &Dataset,
    params: &ReportParams,
    range: TimeRange,
    as_of: Instant,
) -> Result<Option<PlanScorecard>, ReportError> {
    let kept = &params.decisions.forecasts;
    if kept.is_empty() {
        return Ok(None);
    }
    let known = as_of.plus(Micros(1)).min(range.end);
    Ok(Some(score(dataset, kept, Some(known))?))
}

/// The last forecast of a series that was kept when the period began, as far as it is about the period.
fn kept_check(card: &PlanScorecard, series: &str, params: &ReportParams) -> Option<ForecastCheck> {
    let range = params.period.range(&params.zone);
    let within = |score: &&ForecastScore| {
        let ahead = score.points.last().is_some_and(|p| p.said.t >= range.start);
        score.series == series && score.known_until <= range.start && ahead
    };
    // The latest stands first.
    let score = card.forecasts.iter().find(within)?;
    let points = score
        .points
        .iter()
        .filter(|p| range.contains(p.said.t))
        .map(|p| CheckedPoint {
            t: p.said.t,
            expected: p.said.mean,
            lo80: p.said.lo80,
            hi80: p.said.hi80,
            lo95: p.said.lo95,
            hi95: p.said.hi95,
            came: p.came,
        })
        .collect();
    let crossing = score.crossing.as_ref();
    Some(ForecastCheck {
        series: score.series.clone(),
        unit: score.unit.clone(),
        aggregate: score.aggregate.clone(),
        model: score.model.clone(),
        made_at: score.known_until,
        crossing: crossing.map(|c| c.said).unwrap_or_default(),
        limit: crossing.map(|c| c.threshold),
        points,
        refused: None,
        kept: Some(score.made_text(&params.zone)),
    })
}

/// Each limit as it was foreseen when the period began, beside what came: by the forecast that was kept, else by one
/// that is made again from nothing later.
pub fn look_back(
    sources: &[&Arc<Source>],
    params: &ReportParams,
    range: TimeRange,
    today: &[ForecastFinding],
    card: Option<&PlanScorecard>,
) -> Result<Vec<ForecastCheck>, ReportError> {
    let days = (range.length().0 / Micros::DAY.0).max(1);
    let mut checks = Vec::new();
    for (limit, now) in params.limits.iter().zip(today) {
        if let Some(kept) = card.and_then(|card| kept_check(card, &limit.series, params)) {
            checks.push(kept);
            continue;
        }
        let Some(now) = &now.forecast else {
            continue;
        };
        // Just before the period: its first step is the first that is foreseen.
        let at = Instant(range.start.0.saturating_sub(1));
        let known = foreseen(limit, params);
        let then = match forecast_at(sources, (limit, known), params, at, days)? {
            Ok(then) => then,
            Err(reason) => {
                checks.push(ForecastCheck {
                    series: limit.series.clone(),
                    made_at: range.start,
                    refused: Some(reason),
                    ..ForecastCheck::default()
                });
                continue;
            }
        };
        let came: BTreeMap<Instant, f64> = now.history.iter().copied().collect();
        let points = then
            .points
            .iter()
            .filter(|p| p.t >= range.start && p.t < range.end)
            .map(|p| CheckedPoint {
                t: p.t,
                expected: p.mean,
                lo80: p.lo80,
                hi80: p.hi80,
                lo95: p.lo95,
                hi95: p.hi95,
                came: came
                    .get(&p.t)
                    .copied()
                    .filter(|_| then.aggregate == now.aggregate),
            })
            .collect();
        checks.push(ForecastCheck {
            series: limit.series.clone(),
            unit: then.unit,
            aggregate: then.aggregate,
            model: then.model,
            made_at: range.start,
            crossing: then.capacity.map(|c| c.crossing).unwrap_or_default(),
            limit: now.capacity.as_ref().map(|c| c.threshold),
            points,
            refused: None,
            kept: None,
        });
    }
    Ok(checks)
}
