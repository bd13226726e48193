//! What a forecast makes of a history that is not one piece: a level that shifted, a stretch that came and went, usage
//! below zero, and clocks that changed. Seeded series of known make; the future is counted.

use headroom::analysis::forecast::{
    Aggregate, Forecast, ForecastParams, ForecastPoint, Horizon, forecast,
};
use headroom::calendar::{Instant, Zone, parse_time};
use headroom::dataset::{Series, SeriesInfo};
use rayon::prelude::*;

use crate::forecast_coverage::noise;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// 2026-01-01.
const START: i64 = 1_767_225_600;

fn series(info: SeriesInfo, start: i64, step: i64, values: &[f64]) -> Series {
    Series {
        info,
        times: (0..values.len() as i64)
            .map(|i| Instant::from_secs(start + step * i))
            .collect(),
        values: values.to_vec(),
    }
}

fn daily(values: &[f64]) -> Series {
    series(SeriesInfo::default(), START, DAY, values)
}

fn days(horizon: usize) -> ForecastParams {
    ForecastParams {
        horizon: Horizon::Steps(horizon),
        ..ForecastParams::default()
    }
}

fn messages(forecast: &Forecast) -> Vec<String> {
    let all = forecast.warnings.iter();
    all.map(|w| w.message.clone()).collect()
}

fn says(forecast: &Forecast, part: &str) -> bool {
    messages(forecast).iter().any(|m| m.contains(part))
}

fn half80(point: &ForecastPoint) -> f64 {
    (point.hi80 - point.lo80) / 2.0
}

/// Noise of 5 around a slow growth, 200 more from a day on.
fn shifted(seed: u64, at: usize, n: usize) -> Vec<f64> {
    let shocks = noise(seed, n);
    let level = |i: usize| if i < at { 100.0 } else { 300.0 };
    (0..n)
        .map(|i| level(i) + 0.2 * i as f64 + 5.0 * shocks[i])
        .collect()
}

/// Ranges were up to 60 times too wide: the errors of forecasts made before the shift counted.
#[test]
fn after_a_level_shift_ranges_are_those_of_the_new_level() {
    const SERIES: u64 = 12;
    const AHEAD: usize = 30;
    for at in [120, 180, 240] {
        let forecasts: Vec<(Forecast, Vec<f64>)> = (0..SERIES)
            .into_par_iter()
            .map(|k| {
                let values = shifted(100 * at as u64 + k, at, 300 + AHEAD);
                let made = forecast(&daily(&values[..300]), &days(AHEAD)).unwrap();
                (made, values[300..].to_vec())
            })
            .collect();
        let mut inside = 0;
        let mut halves = Vec::new();
        for (made, future) in &forecasts {
            assert_eq!(made.points.len(), AHEAD);
            for (point, came) in made.points.iter().zip(future) {
                inside += usize::from((point.lo80..=point.hi80).contains(came));
            }
            halves.push(half80(&made.points[AHEAD - 1]));
            assert!(says(made, "do not foresee another such jump"));
            assert_eq!(made.history.len(), 300, "what is set aside is still shown");
        }
        let share = inside as f64 / (SERIES as usize * AHEAD) as f64;
        assert!((0.70..=0.92).contains(&share), "{at}: {share}");
        halves.sort_by(f64::total_cmp);
        let middle = halves[halves.len() / 2];
        // 80 % of a normal of 5 lie within 6.4.
        assert!(middle <= 2.5 * 6.4, "{at}: {middle}");
    }
}

#[test]
fn a_struck_change_brings_the_whole_history_back() {
    let values = shifted(7, 180, 300);
    let mut params = days(30);
    let cut = forecast(&daily(&values), &params).unwrap();
    assert_eq!(cut.n, 120);
    assert!(
        cut.why.contains("120 days since the level shift"),
        "{}",
        cut.why
    );
    params.known.plan.struck = cut.changepoints.clone();
    let whole = forecast(&daily(&values), &params).unwrap();
    assert_eq!(whole.n, 300);
    assert!(!says(&whole, "do not foresee"));
    assert!(half80(&whole.points[29]) > 3.0 * half80(&cut.points[29]));
}

/// Levels that jump every few weeks will jump again: their ranges stay wide.
#[test]
fn a_series_that_jumps_again_and_again_keeps_its_ranges() {
    let shocks = noise(11, 300);
    let jumps = noise(12, 10);
    let values: Vec<f64> = (0..300)
        .map(|i| 500.0 + 80.0 * jumps[i / 40] + 5.0 * shocks[i])
        .collect();
    let made = forecast(&daily(&values), &days(30)).unwrap();
    assert!(!says(&made, "do not foresee"), "{:?}", messages(&made));
    assert!(half80(&made.points[29]) > 30.0);
}

/// Ten days at 5,000 were taken for two shifts beside the days: 645 were expected instead of 750, within 0 and 1,633.
#[test]
fn ten_days_that_came_and_went_are_bridged() {
    let shocks = noise(21, 330);
    let truth = |i: usize| 100.0 + 2.0 * i as f64;
    let values: Vec<f64> = (0..300)
        .map(|i| {
            if (243..253).contains(&i) {
                5_000.0
            } else {
                truth(i) + 8.0 * shocks[i]
            }
        })
        .collect();
    let made = forecast(&daily(&values), &days(30)).unwrap();
    let last = made.points[29];
    assert!((last.mean - truth(329)).abs() < 15.0, "{last:?}");
    assert!(half80(&last) < 2.5 * 10.3, "{last:?}");
    assert!(made.changepoints.is_empty(), "{:?}", made.changepoints);
    let out: Vec<i64> = made
        .outliers
        .iter()
        .map(|t| (t.secs() - START) / DAY)
        .collect();
    assert_eq!(out, (243..253).collect::<Vec<i64>>());
    assert!(
        says(&made, "10 days from 2026-09-01 stand far"),
        "{:?}",
        messages(&made)
    );
    assert_eq!(made.history.len(), 300);
}

fn percent(name: &str, values: &[f64]) -> Series {
    let info = SeriesInfo {
        name: name.to_owned(),
        unit: "%".to_owned(),
        ..SeriesInfo::default()
    };
    series(info, START, DAY, values)
}

/// A falling usage was forecast at −14 % without a word.
#[test]
fn usage_in_percent_stays_at_or_above_zero() {
    let shocks = noise(31, 200);
    let falling: Vec<f64> = (0..200)
        .map(|i| 20.0 - 0.15 * i as f64 + shocks[i])
        .collect();
    let count = falling.iter().filter(|v| **v < 0.0).count();
    let made = forecast(&percent("cpu_percent", &falling), &days(30)).unwrap();
    assert!(made.points.iter().all(|p| p.lo95 >= 0.0 && p.hi95 <= 100.0));
    let sentence = format!("{count} of 200 values are below 0 %, the first at 2026-0");
    assert!(says(&made, &sentence), "{:?}", messages(&made));
    let mut errors: Vec<f64> = (0..200).map(|i| 8.0 + shocks[i]).collect();
    errors[60] = -1.0;
    errors[130] = -1.0;
    let made = forecast(&percent("cpu_percent", &errors), &days(30)).unwrap();
    assert!(says(&made, "errors of measurement and left out"));
    assert_eq!((made.n, made.points[0].lo95 > 0.0), (198, true));
    let made = forecast(&percent("growth_percent", &falling), &days(30)).unwrap();
    assert!(made.points[29].mean < 0.0);
    assert!(!says(&made, "below 0 %"));
}

/// Load by the hour of a civil clock, with an office that opens at 8 and closes at 17.
fn office(at: Instant, zone: &Zone) -> f64 {
    if (8..17).contains(&at.civil(zone).hour()) {
        180.0
    } else {
        100.0
    }
}

/// Twelve weeks of hours that end two days before a change of the clock, and four days ahead.
fn across(zone: &str, end: &str, step: i64) -> (Forecast, Zone) {
    let zone = Zone::named(zone).unwrap();
    let end = parse_time(end, &Zone::utc()).unwrap().at;
    let n = 84 * DAY / step;
    let start = end.secs() - n * step;
    let shocks = noise(41, n as usize);
    let values: Vec<f64> = (0..n)
        .map(|i| office(Instant::from_secs(start + i * step), &zone) + 3.0 * shocks[i as usize])
        .collect();
    let params = ForecastParams {
        zone: zone.clone(),
        horizon: Horizon::Steps((4 * DAY / step) as usize),
        aggregate: Aggregate::None,
        ..ForecastParams::default()
    };
    let made = forecast(
        &series(SeriesInfo::default(), start, step, &values),
        &params,
    )
    .unwrap();
    (made, zone)
}

/// Office hours came an hour early in autumn and an hour late in spring. Clocks go back in Berlin on 2026-10-25 and in
/// Sydney on 2026-04-05, forward in New York on 2026-03-08 and in Sydney on 2026-10-04.
#[test]
fn hours_of_the_day_follow_the_clock_over_its_changes() {
    for (zone, end) in [
        ("Europe/Berlin", "2026-10-24T00:00:00Z"),
        ("America/New_York", "2026-03-07T00:00:00Z"),
        ("Australia/Sydney", "2026-04-03T12:00:00Z"),
        ("Australia/Sydney", "2026-10-02T12:00:00Z"),
    ] {
        let (made, zone) = across(zone, end, HOUR);
        let end = parse_time(end, &Zone::utc()).unwrap().at.secs();
        assert_eq!(made.points.len(), 96, "{zone:?} {end}");
        for (i, point) in (0..).zip(&made.points) {
            assert_eq!(point.t.secs(), end + i * HOUR, "{zone:?}");
            let expected = office(point.t, &zone);
            assert!(
                (point.mean - expected).abs() < 15.0,
                "{zone:?} {}: {} instead of {expected}",
                point.t.format(&zone, "%m-%d %H:%M"),
                point.mean
            );
        }
        assert!(!says(&made, "no data"), "{:?}", messages(&made));
    }
}

/// The doubled and the missing hour within the history, at steps of half an hour: no gap is reported, and the hours go on.
#[test]
fn a_change_of_the_clock_within_the_history_is_no_gap() {
    for end in ["2026-11-10T00:00:00Z", "2026-04-14T00:00:00Z"] {
        let (made, zone) = across("Europe/Berlin", end, HOUR / 2);
        assert_eq!(made.points.len(), 192);
        assert!(!says(&made, "no data"), "{:?}", messages(&made));
        for point in &made.points {
            assert!(
                (point.mean - office(point.t, &zone)).abs() < 15.0,
                "{point:?}"
            );
        }
    }
}
