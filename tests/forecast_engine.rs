//! The forecast from outside: what it answers, what it refuses, and what it says about both.

use headroom::analysis::forecast::{
    Aggregate, Forecast, ForecastError, ForecastParams, Horizon, Threshold, forecast,
};
use headroom::calendar::{Instant, Zone};
use headroom::dataset::{Series, SeriesInfo};
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::forecast_coverage::noise;

const START: i64 = 1_767_225_600; // 2026-01-01

fn series(unit: &str, every_secs: i64, values: Vec<f64>) -> Series {
    Series {
        info: SeriesInfo {
            name: "cpu".to_owned(),
            unit: unit.to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..values.len() as i64)
            .map(|i| Instant::from_secs(START + every_secs * i))
            .collect(),
        values,
    }
}

/// 40 % and a tenth more each day, less at weekends, noise of one point.
fn growing(days: usize) -> Series {
    let noise = noise(42, days);
    let values = (0..days)
        .map(|i| 40.0 + 0.1 * i as f64 - if i % 7 >= 5 { 6.0 } else { 0.0 } + noise[i])
        .collect();
    series("%", 86_400, values)
}

fn refused(result: Result<Forecast, ForecastError>) -> String {
    match result {
        Err(ForecastError::Refused(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

fn kinds(result: &Forecast) -> Vec<WarningKind> {
    result.warnings.iter().map(|w| w.kind).collect()
}

fn day(at: Instant) -> i64 {
    (at.secs() - START) / 86_400
}

#[test]
fn a_growing_series_crosses_its_limit_when_it_does() {
    // On a weekday the line reaches 70 on day 300; noise puts three of seven days over it a little earlier.
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(70.0)),
        horizon: Horizon::Time(Micros(120 * Micros::DAY.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&growing(240), &params).unwrap();
    assert!(result.model.contains("weekday"), "{}", result.why);
    assert_eq!(result.points.len(), 120);
    assert_eq!(day(result.points[0].t), 240);
    let growth = result.growth_per_month.unwrap();
    assert!((growth - 3.0).abs() < 0.3, "{growth}");
    let capacity = result.capacity.as_ref().unwrap();
    let [p10, p50, p90] = [
        capacity.crossing.p10.unwrap(),
        capacity.crossing.p50.unwrap(),
        capacity.crossing.p90.unwrap(),
    ];
    assert!((288..=308).contains(&day(p50)), "{}", day(p50));
    assert!(p10 < p50 && p50 < p90);
    assert!(capacity.first_day_over.p50.unwrap() <= p50);
    assert!(capacity.probability_within_horizon > 0.95);
    assert!(capacity.is_finding() && !capacity.already_over);
    assert_eq!(
        capacity.order_by,
        Some(p10.plus(Micros(-14 * Micros::DAY.0)))
    );
    let backtest = result.backtest.as_ref().unwrap();
    assert!(backtest.mase.unwrap() < backtest.seasonal_naive_mase.unwrap());
    let sentence = result.sentence(&Zone::utc());
    assert!(
        sentence.starts_with("cpu crosses 70 % between ") && sentence.contains("; order by "),
        "{sentence}"
    );
    // The same seed gives the same answer; another one nearly the same.
    assert_eq!(forecast(&growing(240), &params).unwrap(), result);
    let other = ForecastParams { seed: 2, ..params };
    let other = forecast(&growing(240), &other).unwrap().capacity.unwrap();
    assert!((day(other.crossing.p50.unwrap()) - day(p50)).abs() <= 2);
}

#[test]
fn a_limit_far_away_is_not_within_the_horizon() {
    let params = ForecastParams {
        capacity: Some(Threshold::Value(99.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&growing(240), &params).unwrap();
    let capacity = result.capacity.as_ref().unwrap();
    assert_eq!(capacity.crossing.p10, None);
    assert_eq!(capacity.order_by, None);
    assert!(!capacity.is_finding());
    assert_eq!(
        result.sentence(&Zone::utc()),
        "cpu does not cross 99 % within 90 days (P = 0 %)"
    );
    assert!(result.points.iter().all(|p| p.hi95 <= 100.0));
}

#[test]
fn over_the_limit_already() {
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(50.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&growing(240), &params).unwrap();
    let capacity = result.capacity.as_ref().unwrap();
    assert!(capacity.already_over && capacity.is_finding());
    assert_eq!(capacity.days_remaining.p50, Some(0.0));
    assert!(
        result
            .sentence(&Zone::utc())
            .contains("is over 50 % already")
    );
}

#[test]
fn outliers_are_listed_and_hardly_move_the_line() {
    let clean = forecast(&growing(200), &ForecastParams::default()).unwrap();
    let mut odd = growing(200);
    odd.values[60] = 99.0;
    odd.values[150] = 2.0;
    odd.values[199] = 97.0;
    let result = forecast(&odd, &ForecastParams::default()).unwrap();
    for wanted in [60, 150, 199] {
        assert!(
            result.outliers.iter().any(|t| day(*t) == wanted),
            "{wanted}: {:?}",
            result.outliers
        );
    }
    assert!(kinds(&result).contains(&WarningKind::Outliers));
    assert_eq!(result.history.len(), 200);
    // The last value may as well be a change, so that it counts by a tenth.
    for i in [0, 40, 89] {
        let moved = (result.points[i].mean - clean.points[i].mean).abs();
        assert!(moved < 4.5, "{i}: {moved}");
    }
}

#[test]
fn a_level_shift_is_reported_and_the_fit_begins_after_it() {
    let mut shifted = growing(260);
    for value in shifted.values.iter_mut().skip(150) {
        *value -= 15.0;
    }
    let result = forecast(&shifted, &ForecastParams::default()).unwrap();
    assert_eq!(result.changepoints.len(), 1);
    assert!((day(result.changepoints[0]) - 150).abs() <= 2);
    assert!(kinds(&result).contains(&WarningKind::ChangePoint));
    let expected = 40.0 + 0.1 * 280.0 - 15.0;
    let weekday = result.points.iter().find(|p| day(p.t) == 280).unwrap();
    assert!((weekday.mean - expected).abs() < 3.0, "{}", weekday.mean);
}

#[test]
fn short_histories_are_refused_or_labelled() {
    let sentence = refused(forecast(&growing(3), &ForecastParams::default()));
    assert!(sentence.contains("too few"), "{sentence}");
    for days in [4, 8, 13] {
        let result = forecast(&growing(days), &ForecastParams::default()).unwrap();
        assert_eq!(result.backtest, None);
        assert!(kinds(&result).contains(&WarningKind::ShortHistory));
        assert!(result.why.starts_with("Makeshift"), "{}", result.why);
    }
    let result = forecast(&growing(60), &ForecastParams::default()).unwrap();
    assert!(result.backtest.is_some());
}

#[test]
fn horizons_beyond_the_history_are_flagged_and_refused() {
    let far = |days: i64, force: bool| ForecastParams {
        horizon: Horizon::Time(Micros(days * Micros::DAY.0)),
        force,
        ..ForecastParams::default()
    };
    let flagged = forecast(&growing(100), &far(60, false)).unwrap();
    assert!(kinds(&flagged).contains(&WarningKind::LongHorizon));
    let fine = forecast(&growing(100), &far(20, false)).unwrap();
    assert!(!kinds(&fine).contains(&WarningKind::LongHorizon));
    let sentence = refused(forecast(&growing(100), &far(150, false)));
    assert!(
        sentence.contains("150 days") && sentence.contains("100 days"),
        "{sentence}"
    );
    assert_eq!(
        forecast(&growing(100), &far(150, true))
            .unwrap()
            .points
            .len(),
        150
    );
}

#[test]
fn a_constant_series_says_so() {
    let flat = series("%", 86_400, vec![42.0; 90]);
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(80.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&flat, &params).unwrap();
    assert_eq!(result.model, "constant");
    assert!(
        result
            .points
            .iter()
            .all(|p| p.lo95 == 42.0 && p.hi95 == 42.0)
    );
    assert_eq!(
        result.sentence(&Zone::utc()),
        "cpu does not cross 80 % within 90 days (it never changed)"
    );
}

#[test]
fn gaps_zeros_and_negative_values_go_through() {
    let mut gappy = growing(120);
    let keep: Vec<usize> = (0..120)
        .filter(|i| !(40..52).contains(i) && i % 17 != 3)
        .collect();
    gappy.times = keep.iter().map(|i| gappy.times[*i]).collect();
    gappy.values = keep.iter().map(|i| gappy.values[*i]).collect();
    let result = forecast(&gappy, &ForecastParams::default()).unwrap();
    assert_eq!(result.n, keep.len());
    assert!((result.growth_per_month.unwrap() - 3.0).abs() < 1.0);
    let zeros = noise(5, 120)
        .iter()
        .map(|e| if *e > 0.5 { *e } else { 0.0 })
        .collect();
    let negative = noise(6, 120);
    for values in [zeros, negative] {
        let result = forecast(&series("", 86_400, values), &ForecastParams::default()).unwrap();
        let json = serde_json::to_value(&result.points).unwrap();
        for point in json.as_array().unwrap() {
            for key in ["mean", "lo80", "hi80", "lo95", "hi95"] {
                assert!(point[key].is_number(), "{point}");
            }
        }
    }
}

#[test]
fn now_cuts_the_data() {
    let all = growing(200);
    let params = ForecastParams {
        as_of: Some(all.times[149]),
        ..ForecastParams::default()
    };
    let cut = forecast(&all, &params).unwrap();
    let short = forecast(&growing(150), &ForecastParams::default()).unwrap();
    assert_eq!(cut.n, 150);
    // The weekday pattern and the noise are the same, so the forecasts are.
    assert_eq!(cut.points, short.points);
}

#[test]
fn percent_needs_a_natural_limit() {
    let bytes = series("bytes", 86_400, growing(60).values);
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(80.0)),
        ..ForecastParams::default()
    };
    let sentence = refused(forecast(&bytes, &params));
    assert!(sentence.contains("80.0 % of what?"), "{sentence}");
}

#[test]
fn models_by_name() {
    let with = |name: &str| ForecastParams {
        model: Some(name.to_owned()),
        ..ForecastParams::default()
    };
    for (name, expected) in [
        ("naive", "naive"),
        ("drift", "drift"),
        ("seasonal-naive", "seasonal naive"),
        ("Exponential", "exponential + weekday"),
        ("linear + weekday", "linear + weekday"),
    ] {
        let result = forecast(&growing(120), &with(name)).unwrap();
        assert_eq!(result.model, expected);
    }
    let error = forecast(&growing(120), &with("prophet")).unwrap_err();
    assert!(error.to_string().contains("linear + weekday"), "{error}");
}

#[test]
fn fine_series_become_days_or_hours() {
    let noise = noise(8, 288 * 30);
    let values: Vec<f64> = (0..288 * 30)
        .map(|i| 50.0 + 20.0 * (i as f64 / 288.0 * std::f64::consts::TAU).sin() + noise[i])
        .collect();
    let fine = series("%", 300, values);
    let days = forecast(&fine, &ForecastParams::default()).unwrap();
    assert_eq!((days.aggregate.as_str(), days.n), ("daily P95", 30));
    assert_eq!(days.points.len(), 30);
    let hours = ForecastParams {
        horizon: Horizon::Time(Micros(48 * Micros::HOUR.0)),
        aggregate: Aggregate::Mean,
        ..ForecastParams::default()
    };
    let hours = forecast(&fine, &hours).unwrap();
    assert_eq!((hours.aggregate.as_str(), hours.n), ("hourly mean", 720));
    assert_eq!(hours.seasons, [24]);
    for (i, point) in hours.points.iter().enumerate() {
        let expected = 50.0 + 20.0 * ((i as f64 + 0.5) / 24.0 * std::f64::consts::TAU).sin();
        assert!(
            (point.mean - expected).abs() < 2.0,
            "{i}: {} {expected}",
            point.mean
        );
    }
}

/// Days of the zone, so that a forecast made in Berlin starts at midnight there, clock changes included.
#[test]
fn steps_follow_the_zone() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let values: Vec<f64> = noise(3, 24 * 80).iter().map(|e| 50.0 + e).collect();
    let mut hourly = series("%", 3_600, values);
    for time in &mut hourly.times {
        *time = time.plus(Micros(-Micros::HOUR.0));
    }
    let params = ForecastParams {
        zone: berlin.clone(),
        horizon: Horizon::Time(Micros(30 * Micros::DAY.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&hourly, &params).unwrap();
    assert_eq!(result.n, 80);
    for point in &result.points {
        assert_eq!(point.t.format(&berlin, "%H:%M"), "00:00");
    }
}
