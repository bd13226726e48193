//! Arrivals as they were, or as they are forecast: points of requests per second.

use super::{Inputs, ResolveError, Resolved, lookup};
use crate::analysis::capacity::demand_peak::as_rate;
use crate::analysis::forecast::ForecastPoint;
use crate::calendar::Instant;
use crate::dataset::{Series, SeriesInfo};
use crate::scenario::model::{Interpolation, Pattern, RatePoint};
use crate::units::{self, Micros};

/// More points than this are put together.
const MOST_POINTS: i64 = 2_000_000;

/// The arrivals of a run or an access log, counted by the steps of the scenario.
pub(super) fn log(out: &mut Resolved, file: &str, inputs: &Inputs<'_>) -> Result<(), ResolveError> {
    let key = "workload.log";
    let source = lookup::run(inputs, key, file)?;
    let counts = match &source.run {
        Some(run) => run.requests_by_second()?,
        None => return Ok(()),
    };
    let (Some((first, _)), Some((last, _))) = (counts.first_key_value(), counts.last_key_value())
    else {
        return Err(ResolveError::new(
            key,
            format!("\"{file}\" holds no request"),
        ));
    };
    let (first, length) = (*first, last - first + 1);
    let step = (out.scenario.run.step.ceil() as i64)
        .max(1)
        .max(length / MOST_POINTS + 1);
    let steps = length.div_euclid(step) + i64::from(length.rem_euclid(step) > 0);
    let mut levels = vec![0.0; usize::try_from(steps).unwrap_or_default()];
    for (second, count) in &counts {
        let slot = usize::try_from((second - first) / step).ok();
        if let Some(level) = slot.and_then(|index| levels.get_mut(index)) {
            *level += *count as f64 / step as f64;
        }
    }
    let points = levels
        .into_iter()
        .zip(0..)
        .map(|(level, index)| RatePoint {
            at: (index * step) as f64,
            level,
        })
        .collect();
    out.scenario.assumptions.push(format!(
        "Arrivals are those of {file}, counted every {}; requests come as they came, however fast they are answered.",
        units::duration(Micros::from_secs(step))
    ));
    place(
        out,
        points,
        Interpolation::Step,
        Instant::from_secs(first),
        (steps * step) as f64,
        file,
    );
    Ok(())
}

/// An imported series, in whatever unit of a rate it came.
pub(super) fn series(
    out: &mut Resolved,
    name: &str,
    inputs: &Inputs<'_>,
) -> Result<(), ResolveError> {
    let key = "workload.series";
    let found = lookup::series(inputs, key, name)?;
    let (rate, assumed) = as_rate(&found.series()?).map_err(|why| ResolveError::new(key, why))?;
    let Some(first) = rate.times.first().copied() else {
        return Err(ResolveError::new(key, format!("\"{name}\" has no points")));
    };
    let points: Vec<RatePoint> = rate
        .times
        .iter()
        .zip(&rate.values)
        .map(|(t, value)| RatePoint {
            at: t.since(first).as_secs(),
            level: *value,
        })
        .collect();
    out.scenario
        .assumptions
        .extend(assumed.map(|said| said + "."));
    let step = rate.info.step_secs.unwrap_or_default();
    let length = points.last().map_or(0.0, |p| p.at) + step;
    place(out, points, Interpolation::Linear, first, length, name);
    Ok(())
}

/// A forecast at a quantile of its ranges.
pub(super) fn forecast(
    out: &mut Resolved,
    name: &str,
    quantile: f64,
    inputs: &Inputs<'_>,
) -> Result<(), ResolveError> {
    let key = "workload.forecast";
    let found = lookup::forecast(inputs, key, name)?;
    let Some(first) = found.points.first().map(|p| p.t) else {
        return Err(ResolveError::new(
            key,
            format!("the forecast of \"{name}\" has no points"),
        ));
    };
    let as_series = Series {
        info: SeriesInfo {
            name: found.series.clone(),
            unit: found.unit.clone(),
            step_secs: Some(found.step_secs),
            ..SeriesInfo::default()
        },
        times: found.points.iter().map(|p| p.t).collect(),
        // A range may reach below zero, which no demand does.
        values: found
            .points
            .iter()
            .map(|p| at_quantile(p, quantile).max(0.0))
            .collect(),
    };
    let (rate, assumed) = as_rate(&as_series).map_err(|why| ResolveError::new(key, why))?;
    out.scenario
        .assumptions
        .extend(assumed.map(|said| said + "."));
    let points = rate
        .times
        .iter()
        .zip(&rate.values)
        .map(|(t, level)| RatePoint {
            at: t.since(first).as_secs(),
            level: *level,
        })
        .collect();
    out.scenario.assumptions.push(format!(
        "Demand is the forecast of {} at its P{} ({}); each step is simulated at that level throughout.",
        found.series,
        units::number(quantile * 100.0),
        found.aggregate
    ));
    let length = found.points.len() as f64 * found.step_secs;
    place(out, points, Interpolation::Step, first, length, name);
    Ok(())
}

/// Normal scores of P2.5, P10, P50, P90 and P97.5.
const SCORES: [f64; 5] = [
    -1.959_963_985,
    -1.281_551_566,
    0.0,
    1.281_551_566,
    1.959_963_985,
];

/// The value of a step at a quantile: linear in the normal score between the ranges that the forecast gives, and on in
/// the same direction beyond them.
pub(super) fn at_quantile(point: &ForecastPoint, quantile: f64) -> f64 {
    let values = [point.lo95, point.lo80, point.mean, point.hi80, point.hi95];
    let score = normal_score(quantile);
    let pieces = SCORES
        .iter()
        .zip(&values)
        .zip(SCORES.iter().skip(1).zip(values.iter().skip(1)));
    let mut found = point.mean;
    for (index, ((z0, v0), (z1, v1))) in pieces.enumerate() {
        if index == 0 || score > *z0 {
            found = v0 + (v1 - v0) * (score - z0) / (z1 - z0);
        }
    }
    found
}

/// The standard normal score of a share.
fn normal_score(share: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF as _, Normal};
    Normal::standard().inverse_cdf(share.clamp(1e-6, 1.0 - 1e-6))
}

/// Puts the points into the scenario. A run does not go on beyond its arrivals, and starts where they do.
fn place(
    out: &mut Resolved,
    points: Vec<RatePoint>,
    interpolation: Interpolation,
    first: Instant,
    length: f64,
    name: &str,
) {
    let run = &mut out.scenario.run;
    let there = Micros((length * 1e6) as i64);
    let asked = run.duration;
    if asked > length && length > 0.0 {
        run.duration = length;
        out.warnings.push(format!(
            "{name} holds {}: the run ends with it.",
            units::duration(there)
        ));
    } else if asked < length {
        out.scenario.assumptions.push(format!(
            "Of {name}, which goes on for {}, the first {} are simulated.",
            units::duration(there),
            units::duration(Micros((asked * 1e6) as i64))
        ));
    }
    if run.start_micros == 0 {
        run.start_micros = first.0;
    }
    out.scenario.workload.pattern = Pattern::Points {
        points,
        interpolation,
    };
}
