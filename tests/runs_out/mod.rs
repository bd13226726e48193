//! What a series is decides how it is forecast: outliers are weighted down and changes followed by combinations too,
//! rare demand and values between bounds go through models that know them, and no figure leaves the bounds. On the
//! screens: all series in one table, and a question with a date, growth and a price.

pub mod screen;

use headroom::analysis::forecast::plan::{ForecastPlan, Known};
use headroom::analysis::forecast::{Forecast, ForecastParams, Horizon, Threshold, forecast};
use headroom::calendar::{Instant, Zone};
use headroom::dataset::{Series, SeriesInfo};
use headroom::units::Micros;
use jiff::civil::date;

use crate::forecast_coverage::noise;

fn at(index: usize) -> Instant {
    let first = Zone::utc().start_of_day(date(2026, 1, 1));
    first.plus(Micros(index as i64 * Micros::DAY.0))
}

fn daily(unit: &str, values: Vec<f64>) -> Series {
    Series {
        info: SeriesInfo {
            name: "load".to_owned(),
            unit: unit.to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..values.len()).map(at).collect(),
        values,
    }
}

fn days(days: i64) -> ForecastParams {
    ForecastParams {
        horizon: Horizon::Time(Micros(days * Micros::DAY.0)),
        ..ForecastParams::default()
    }
}

fn said(series: &Series, params: &ForecastParams) -> Forecast {
    forecast(series, params).unwrap()
}

fn by_combination() -> ForecastParams {
    ForecastParams {
        model: Some("combination".to_owned()),
        ..days(14)
    }
}

/// A spike two days before the end of a level series would lift every model that follows the last values.
#[test]
fn a_combination_lists_its_outliers_and_weighs_them_down() {
    let noise = noise(5, 90);
    let clean: Vec<f64> = noise.iter().map(|e| 200.0 + e).collect();
    let mut spiked = clean.clone();
    spiked[30] += 400.0;
    spiked[85] += 400.0;
    let without = said(&daily("", clean), &by_combination());
    let with = said(&daily("", spiked), &by_combination());
    assert!(without.outliers.is_empty(), "{:?}", without.outliers);
    assert_eq!(with.outliers, [at(30), at(85)]);
    let moved = with.points[6].mean - without.points[6].mean;
    assert!(moved.abs() < 4.0, "{moved}");
    let told = with
        .warnings
        .iter()
        .any(|w| w.message.contains("weighted down, not deleted") && w.count == 2);
    assert!(told, "{:?}", with.warnings);
    // They stay in the history that is shown.
    assert!(with.history.iter().any(|(t, v)| *t == at(85) && *v > 590.0));
}

/// Nothing repeats and the history is too short for regressions, so that a combination is the only candidate.
#[test]
fn a_change_that_is_struck_changes_what_a_combination_says() {
    let noise = noise(8, 95);
    let values: Vec<f64> = (0..95)
        .map(|i| noise[i] + 0.2 * i as f64 + if i < 60 { 50.0 } else { 90.0 })
        .collect();
    let series = daily("", values);
    let found = said(&series, &days(20));
    assert_eq!(found.model, "combination");
    let change = *found.changepoints.last().unwrap();
    let near = (change.since(at(60)).as_days()).abs() <= 3.0;
    assert!(near, "{:?}", found.changepoints);
    // What was before it takes no part.
    assert!((found.n as i64 - 35).abs() <= 3, "{}", found.n);
    assert_eq!(found.history.len(), 95);
    let struck = ForecastParams {
        known: Known {
            plan: ForecastPlan {
                struck: found.changepoints.clone(),
                ..ForecastPlan::default()
            },
            ..Known::default()
        },
        ..days(20)
    };
    let across = said(&series, &struck);
    assert!(across.changepoints.is_empty(), "{:?}", across.changepoints);
    assert_eq!(across.n, 95);
    let moved = (0..20).any(|h| (across.points[h].mean - found.points[h].mean).abs() > 0.01);
    assert!(moved);
}

#[test]
fn the_change_points_of_a_model_that_was_asked_for_are_listed() {
    let noise = noise(8, 95);
    let values: Vec<f64> = (0..95)
        .map(|i| noise[i] + if i < 50 { 10.0 } else { 40.0 })
        .collect();
    let found = said(&daily("", values), &by_combination());
    assert_eq!(found.changepoints, [at(50)]);
}

/// One day in six has anything at all.
#[test]
fn rare_demand_is_forecast_by_its_size_and_its_chance() {
    let noise = noise(3, 150);
    let values: Vec<f64> = (0..150)
        .map(|i| {
            // No weekday is favoured.
            let busy = noise[(i * 37) % 150] > 0.95;
            if busy { 30.0 + noise[i] } else { 0.0 }
        })
        .collect();
    let share = values.iter().filter(|v| **v > 0.0).count() as f64 / 150.0;
    let found = said(&daily("requests", values), &days(28));
    assert!(found.why.contains("size and frequency"), "{}", found.why);
    for name in ["TSB", "CrostonSBA"] {
        assert!(found.candidates.iter().any(|c| c.model == name));
    }
    let level = found.points[0].mean;
    assert!(
        (level / (30.0 * share) - 1.0).abs() < 0.5,
        "{level} {share}"
    );
    assert!(
        found
            .points
            .iter()
            .all(|p| p.lo95 >= 0.0 && p.lo80 >= 0.0 && p.hi80 > p.mean)
    );
    assert!(found.outliers.is_empty());
}

/// A disk that fills towards 100 %, and one that empties: mean, ranges and paths stay between 0 and 100.
#[test]
fn nothing_leaves_the_bounds_of_a_share() {
    let noise = noise(9, 130);
    let rising: Vec<f64> = (0..130)
        .map(|i| 100.0 / (1.0 + (-0.06 * (f64::from(i) - 70.0)).exp()))
        .zip(&noise)
        .map(|(v, e): (f64, &f64)| (v + 0.3 * e).clamp(0.0, 100.0))
        .collect();
    let falling: Vec<f64> = rising.iter().map(|v| 100.0 - v).collect();
    for values in [rising, falling] {
        let last = values[129];
        let params = ForecastParams {
            capacity: Some(Threshold::Value(100.0)),
            ..days(60)
        };
        let found = said(&daily("%", values), &params);
        for p in &found.points {
            let all = [p.mean, p.lo80, p.hi80, p.lo95, p.hi95];
            assert!(all.iter().all(|v| (0.0..=100.0).contains(v)), "{p:?}");
        }
        assert!((found.points[59].mean - last).abs() < 12.0);
        // No path passes 100 %, so none crosses it.
        let capacity = found.capacity.unwrap();
        assert_eq!(capacity.probability_within_horizon, 0.0);
    }
}

/// A new service: its use bends towards a cap that the line through its newest weeks runs far beyond.
#[test]
fn growth_that_bends_is_forecast_to_its_cap() {
    let noise = noise(12, 95);
    let curve = |t: f64| 900.0 / (1.0 + (-0.08 * (t - 55.0)).exp());
    let values: Vec<f64> = (0..95).map(|i| curve(i as f64) + 3.0 * noise[i]).collect();
    let found = said(&daily("GiB", values), &days(40));
    assert_eq!(found.model, "Logistic growth", "{}", found.why);
    assert!(
        found.why.contains("in both halves of the past"),
        "{}",
        found.why
    );
    assert!((found.points[39].mean - curve(134.0)).abs() < 20.0);
    assert!(
        found
            .candidates
            .iter()
            .any(|c| c.model == "combination" && c.mase.is_some())
    );
    // By its name it is the same.
    let params = ForecastParams {
        model: Some(found.model.clone()),
        ..days(40)
    };
    let named = said(
        &daily("GiB", found.history.iter().map(|p| p.1).collect()),
        &params,
    );
    assert_eq!(named.points[39].mean, found.points[39].mean);
}
