//! A forecast with what is known: the series prepared, the forecast changed, and the one without beside it.

use super::super::{
    CapacityCrossing, Forecast, ForecastError, ForecastParams, ForecastPoint, StepKind, Steps,
    choose,
};
use super::known::Known;
use super::outcome::{AppliedEffect, EffectKind, PlanOutcome, Without};
use super::prepare::prepare;
use crate::calendar::Instant;
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Forecasts a series on its grid with everything that is known.
pub fn forecast_planned(
    steps: &Steps,
    name: &str,
    unit: &str,
    params: &ForecastParams,
    mut warnings: Warnings,
) -> Result<Forecast, ForecastError> {
    let plan = &params.known.plan;
    if params.known.is_empty() {
        return Ok(finished(choose::forecast_steps(
            steps, name, unit, params, warnings,
        )?));
    }
    if steps.kind == StepKind::Index && !plan.is_empty() {
        warnings.add(
            WarningKind::Note,
            "the steps of this series are counted and have no dates; what is known by date is left aside",
        );
    }
    let prepared = prepare(steps, &params.known, &params.zone, unit);
    let mut result = choose::forecast_steps(&prepared.steps, name, unit, params, warnings)?;
    let bounds = steps.bounds(unit);
    let past = prepared.steps.values.len();
    for (ahead, point) in result.points.iter_mut().enumerate() {
        prepared.steps.effects.apply(past + ahead, point, bounds);
    }
    // What is left out of the fit was measured all the same.
    result.history = steps
        .values
        .iter()
        .enumerate()
        .filter_map(|(i, v)| Some((steps.time(i), (*v)?)))
        .collect();
    if !plan.is_empty() && steps.kind != StepKind::Index {
        let bare = ForecastParams {
            known: Known {
                additions: params.known.additions.clone(),
                ..Known::default()
            },
            ..params.clone()
        };
        let without = match forecast_planned(steps, name, unit, &bare, Warnings::default()) {
            Ok(forecast) => Without {
                model: forecast.model,
                points: forecast.points,
                capacity: forecast.capacity,
                refused: None,
            },
            Err(error) => Without {
                refused: Some(error.to_string()),
                ..Without::default()
            },
        };
        for effect in &prepared.applied {
            let name = match (effect.name.as_str(), effect.from) {
                ("", Some(at)) => {
                    format!("{} of {}", effect.kind.word(), steps.printed_time(at))
                }
                ("", None) => effect.kind.word().to_owned(),
                (name, _) => name.to_owned(),
            };
            let does = match effect.effect.as_str() {
                "" => String::new(),
                words => format!(" ({words})"),
            };
            result.warnings.add(
                WarningKind::Assumed,
                format!("{name}{does}: {}", effect.note),
            );
        }
        result.why.push_str(&followed(&prepared.applied));
        result.plan = Some(PlanOutcome {
            effects: prepared.applied,
            without,
        });
    }
    Ok(finished(result))
}

/// How much of what is known changes something, in a sentence.
fn followed(applied: &[AppliedEffect]) -> String {
    let counts =
        |e: &&AppliedEffect| e.past_steps + e.future_steps > 0 || e.kind == EffectKind::Struck;
    match applied.iter().filter(counts).count() {
        0 => " Nothing of what is known beside the data changes it.".to_owned(),
        1 => " 1 known fact beside the data is taken into account; the forecast without it stands beside it."
            .to_owned(),
        n => format!(
            " {} known facts beside the data are taken into account; the forecast without them stands beside it.",
            units::count(n as u64)
        ),
    }
}

/// Adds the readings by the range: when its upper end and when the expected value are over the limit in force.
fn finished(mut forecast: Forecast) -> Forecast {
    let Some(capacity) = &mut forecast.capacity else {
        return forecast;
    };
    if capacity.already_over {
        return forecast;
    }
    let limits: Vec<f64> = forecast
        .points
        .iter()
        .map(|p| capacity.limit_at(p.t))
        .collect();
    let first_over = |edge: fn(&ForecastPoint) -> f64| {
        let over: Vec<f64> = forecast
            .points
            .iter()
            .zip(&limits)
            .map(|(point, limit)| edge(point) - limit)
            .collect();
        let step = band_crossing(&over, 0.0)?.ceil() as usize;
        forecast.points.get(step).map(|p| p.t)
    };
    capacity.conservative = first_over(|p| p.hi80);
    capacity.expected = first_over(|p| p.mean);
    forecast
}

impl CapacityCrossing {
    /// The limit in force at a time.
    pub fn limit_at(&self, at: Instant) -> f64 {
        self.limits
            .iter()
            .rfind(|(from, _)| *from <= at)
            .map_or(self.threshold, |(_, limit)| *limit)
    }

    /// What all additions cost whose price is known.
    pub fn cost(&self) -> Option<f64> {
        self.additions
            .iter()
            .filter_map(|a| a.cost)
            .reduce(|sum, cost| sum + cost)
    }
}

/// Steps until a line that passes through `values`, the first of which is now, is over `limit`; by straight lines
/// between the steps. This is the reading by the edge of a range, as VMware Aria Operations takes it.
pub fn band_crossing(values: &[f64], limit: f64) -> Option<f64> {
    if values.first().is_some_and(|v| *v > limit) {
        return Some(0.0);
    }
    values.windows(2).enumerate().find_map(|(i, pair)| {
        let [before, after] = pair else { return None };
        (*after > limit).then(|| i as f64 + (limit - before) / (after - before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 to go, 2 a day, 5 for each root of a day: by the upper end of the 80 % range after 31.903 days, of the 95 %
    /// range after 25.336, by the middle after 50, by the lower ends after 78.363 and 98.674.
    #[test]
    fn readings_by_the_range() {
        for (z, expected) in [
            (1.281_552, 31.903),
            (1.959_964, 25.336),
            (0.0, 50.0),
            (-1.281_552, 78.363),
            (-1.959_964, 98.674),
        ] {
            let edge: Vec<f64> = (0..120)
                .map(|day| {
                    let day = f64::from(day);
                    2.0 * day + z * 5.0 * day.sqrt()
                })
                .collect();
            let found = band_crossing(&edge, 100.0).unwrap();
            assert!((found - expected).abs() < 0.002, "{z}: {found}");
        }
        assert_eq!(band_crossing(&[1.0, 2.0], 3.0), None);
        assert_eq!(band_crossing(&[4.0, 2.0], 3.0), Some(0.0));
    }
}
