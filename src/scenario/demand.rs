//! A forecast under other assumptions: demand times a factor, against a limit that is moved by what is added.
//!
//! The dates come from the forecast's own 80 % range: its upper edge is where one path in ten is, its lower edge where
//! nine in ten are. That is a reading of the ranges step by step, not a new simulation, and results say so.

use serde::{Deserialize, Serialize};

use crate::analysis::forecast::{Forecast, ForecastPoint, Percentiles};
use crate::calendar::Instant;
use crate::units;

/// How far demand is above and below the forecast in [`base_high_low`].
const SPREAD: f64 = 0.2;

/// Other assumptions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outlook {
    /// Name shown in reports.
    pub name: String,
    /// Demand is this many times the forecast, from now on; more than zero.
    pub growth_factor: f64,
    /// Added to the limit, in the unit of the series; negative takes away.
    pub added_capacity: f64,
}

impl Default for Outlook {
    fn default() -> Self {
        Self {
            name: "Base".to_owned(),
            growth_factor: 1.0,
            added_capacity: 0.0,
        }
    }
}

/// What becomes of a forecast under a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Projection {
    /// The assumptions.
    pub scenario: Outlook,
    /// Name of the series.
    pub series: String,
    /// Its unit.
    pub unit: String,
    /// The moved limit; `None` where the forecast has none.
    pub threshold: Option<f64>,
    /// The scaled forecast.
    pub points: Vec<ForecastPoint>,
    /// Sustained crossing of the moved limit; `None` where it does not happen within the horizon.
    pub crossing: Percentiles<Instant>,
    /// Days from the end of the history.
    pub days_remaining: Percentiles<f64>,
    /// The last steps of the history, scaled, are over the limit already.
    pub already_over: bool,
    /// Largest expected value within the horizon.
    pub peak: Option<f64>,
    /// What is left of the limit at that peak, in the unit of the series; negative where it is overdrawn.
    pub headroom_at_peak: Option<f64>,
    /// How it was made, in a sentence.
    pub method: String,
    /// The assumptions in sentences.
    pub assumptions: Vec<String>,
}

/// Applies a scenario to a forecast. A factor that is not a number above zero counts as one.
pub fn project(forecast: &Forecast, scenario: &Outlook) -> Projection {
    let factor = if scenario.growth_factor.is_finite() && scenario.growth_factor > 0.0 {
        scenario.growth_factor
    } else {
        1.0
    };
    let added = if scenario.added_capacity.is_finite() {
        scenario.added_capacity
    } else {
        0.0
    };
    let points: Vec<ForecastPoint> = forecast
        .points
        .iter()
        .map(|p| ForecastPoint {
            t: p.t,
            mean: p.mean * factor,
            lo80: p.lo80 * factor,
            hi80: p.hi80 * factor,
            lo95: p.lo95 * factor,
            hi95: p.hi95 * factor,
        })
        .collect();
    let peak = points.iter().map(|p| p.mean).reduce(f64::max);
    let mut projection = Projection {
        scenario: Outlook {
            growth_factor: factor,
            added_capacity: added,
            ..scenario.clone()
        },
        series: forecast.series.clone(),
        unit: forecast.unit.clone(),
        peak,
        method: "The forecast and its ranges times the factor, held against the moved limit step by step; P10 and P90 are the dates at which the upper and the lower edge of the 80 % range cross it."
            .to_owned(),
        assumptions: assumptions(forecast, factor, added),
        ..Projection::default()
    };
    if let Some(capacity) = &forecast.capacity {
        let threshold = capacity.threshold + added;
        let sustain = (capacity.sustain.0 as usize, capacity.sustain.1 as usize);
        let before: Vec<f64> = forecast
            .history
            .iter()
            .skip(forecast.history.len().saturating_sub(sustain.1.max(1)))
            .map(|(_, value)| value * factor)
            .collect();
        projection.already_over = passage(&[], &before, threshold, sustain).is_some();
        let cross = |edge: &dyn Fn(&ForecastPoint) -> f64| {
            let path: Vec<f64> = points.iter().map(edge).collect();
            points
                .get(passage(&before, &path, threshold, sustain)?)
                .map(|p| p.t)
        };
        projection.crossing = Percentiles {
            p10: cross(&|p| p.hi80),
            p50: cross(&|p| p.mean),
            p90: cross(&|p| p.lo80),
        };
        // Nothing changed: the simulated paths of the forecast know better than the edges of its ranges.
        if (factor - 1.0).abs() < 1e-9 && added.abs() < 1e-9 {
            projection.already_over = capacity.already_over;
            projection.crossing = capacity.crossing;
        }
        let end = forecast.history.last().map(|(t, _)| *t);
        let days = |at: Option<Instant>| Some(at?.since(end?).as_days());
        projection.days_remaining = Percentiles {
            p10: days(projection.crossing.p10),
            p50: days(projection.crossing.p50),
            p90: days(projection.crossing.p90),
        };
        projection.threshold = Some(threshold);
        projection.headroom_at_peak = peak.map(|p| threshold - p);
    }
    projection.points = points;
    projection
}

fn assumptions(forecast: &Forecast, factor: f64, added: f64) -> Vec<String> {
    let mut list = vec![if (factor - 1.0).abs() < 1e-9 {
        "Demand grows as forecast.".to_owned()
    } else if (1.0..2.0).contains(&factor) {
        format!(
            "Demand is {} above the forecast from now on.",
            units::percent_of(factor - 1.0)
        )
    } else if factor < 1.0 {
        format!(
            "Demand is {} below the forecast from now on.",
            units::percent_of(1.0 - factor)
        )
    } else {
        format!(
            "Demand is {} times the forecast from now on.",
            units::number(factor)
        )
    }];
    if added.abs() > 0.0 {
        let verb = if added > 0.0 { "added" } else { "taken away" };
        list.push(format!(
            "{} {verb} at once.",
            units::with_unit(added.abs(), &forecast.unit)
        ));
    }
    list
}

/// The first step over the limit of the first window of `sustain.1` steps in which `sustain.0` are. `before` are the
/// last steps of the past: a window may begin there, but the passage is then counted from the first step.
fn passage(before: &[f64], path: &[f64], threshold: f64, sustain: (usize, usize)) -> Option<usize> {
    let window = sustain.1.max(1);
    let need = sustain.0.clamp(1, window);
    let known = before.len();
    let over: Vec<bool> = before.iter().chain(path).map(|v| *v > threshold).collect();
    for end in known..over.len() {
        let start = (end + 1).saturating_sub(window);
        let inside = over.get(start..=end).unwrap_or_default();
        if over.get(end) == Some(&true) && inside.iter().filter(|o| **o).count() >= need {
            let first = start + inside.iter().position(|o| *o).unwrap_or_default();
            return Some(first.saturating_sub(known));
        }
    }
    None
}

/// Demand as forecast, a fifth above it and a fifth below it.
pub fn base_high_low(forecast: &Forecast) -> Vec<Projection> {
    [("Base", 1.0), ("High", 1.0 + SPREAD), ("Low", 1.0 - SPREAD)]
        .into_iter()
        .map(|(name, growth_factor)| {
            let scenario = Outlook {
                name: name.to_owned(),
                growth_factor,
                added_capacity: 0.0,
            };
            project(forecast, &scenario)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::forecast::CapacityCrossing;
    use crate::units::Micros;

    /// Daily steps: 50 today, one more each day, ± 5 at 80 %, limit 80.
    fn forecast() -> Forecast {
        let day = |d: i64| Instant(d * Micros::DAY.0);
        Forecast {
            series: "disk".to_owned(),
            unit: "%".to_owned(),
            step_secs: 86_400.0,
            history: (-9..=0).map(|d| (day(d), 50.0 + d as f64)).collect(),
            points: (1..=90)
                .map(|d| {
                    let mean = 50.0 + d as f64;
                    ForecastPoint {
                        t: day(d),
                        mean,
                        lo80: mean - 5.0,
                        hi80: mean + 5.0,
                        lo95: mean - 8.0,
                        hi95: mean + 8.0,
                    }
                })
                .collect(),
            capacity: Some(CapacityCrossing {
                threshold: 80.0,
                sustain: (3, 7),
                crossing: Percentiles {
                    p10: Some(day(25)),
                    p50: Some(day(31)),
                    p90: Some(day(37)),
                },
                ..CapacityCrossing::default()
            }),
            ..Forecast::default()
        }
    }

    #[test]
    fn the_base_scenario_is_the_forecast_itself() {
        let base = project(&forecast(), &Outlook::default());
        assert_eq!(base.days_remaining.p50, Some(31.0));
        assert_eq!(base.days_remaining.p10, Some(25.0));
        assert_eq!(base.days_remaining.p90, Some(37.0));
        assert_eq!(base.peak, Some(140.0));
        assert_eq!(base.headroom_at_peak, Some(-60.0));
        assert!(!base.already_over);
    }

    #[test]
    fn growth_comes_sooner_and_capacity_later() {
        let scenario = |growth_factor, added_capacity| {
            project(
                &forecast(),
                &Outlook {
                    name: "x".to_owned(),
                    growth_factor,
                    added_capacity,
                },
            )
        };
        // 1.25 (50 + d) > 80 from day 15 on.
        assert_eq!(scenario(1.25, 0.0).days_remaining.p50, Some(15.0));
        // 50 + d > 100 from day 51 on; the edges five days sooner and later.
        let more = scenario(1.0, 20.0).days_remaining;
        assert_eq!(
            (more.p10, more.p50, more.p90),
            (Some(46.0), Some(51.0), Some(56.0))
        );
        let far = scenario(1.0, 200.0);
        assert_eq!((far.crossing.p10, far.crossing.p90), (None, None));
        let now = scenario(2.0, 0.0);
        assert!(now.already_over);
        assert_eq!(now.days_remaining.p50, Some(1.0));
        let nonsense = scenario(f64::NAN, f64::INFINITY);
        assert_eq!(nonsense.days_remaining.p50, Some(31.0));
    }

    #[test]
    fn three_scenarios_with_their_assumptions() {
        let all = base_high_low(&forecast());
        let names: Vec<&str> = all.iter().map(|p| p.scenario.name.as_str()).collect();
        assert_eq!(names, ["Base", "High", "Low"]);
        assert_eq!(
            all[1].assumptions,
            ["Demand is 20.0 % above the forecast from now on."]
        );
        assert_eq!(
            all[2].assumptions,
            ["Demand is 20.0 % below the forecast from now on."]
        );
        assert!(all[1].crossing.p50 < all[0].crossing.p50);
        assert!(all[2].crossing.p50 > all[0].crossing.p50);
        let mut without = forecast();
        without.capacity = None;
        assert_eq!(project(&without, &Outlook::default()).threshold, None);
    }
}
