//! Series without a calendar are forecast with the seasons that they have, and a walk with none.

use headroom::analysis::forecast::{
    Forecast, ForecastParams, Horizon, Steps, forecast, forecast_steps,
};
use headroom::calendar::Instant;
use headroom::dataset::{Series, SeriesInfo};

use crate::forecast_coverage::noise;

fn wave(i: usize, period: usize) -> f64 {
    (std::f64::consts::TAU * i as f64 / period as f64).sin()
}

/// Forecasts all values but the last `ahead`; the second value is the mean absolute error, the third that of repeating
/// the values `season` steps before.
fn held_out(values: &[f64], ahead: usize, season: usize) -> (Forecast, f64, f64) {
    let known = values.len() - ahead;
    let past = values[..known].iter().copied().map(Some).collect();
    let steps = Steps::counted(1, 1, past, ahead);
    let result = forecast_steps(&steps, "series", "", &ForecastParams::default()).unwrap();
    let future = &values[known..];
    let mean = |errors: &mut dyn Iterator<Item = f64>| errors.sum::<f64>() / ahead as f64;
    let own = mean(
        &mut future
            .iter()
            .zip(&result.points)
            .map(|(v, p)| (v - p.mean).abs()),
    );
    let repeated = mean(
        &mut future
            .iter()
            .enumerate()
            .map(|(j, v)| (v - values[known - season + j % season]).abs()),
    );
    (result, own, repeated)
}

fn walk(seed: u64, n: usize, drift: f64) -> Vec<f64> {
    let mut level = 100.0;
    noise(seed, n)
        .iter()
        .map(|e| {
            level += drift + e;
            level
        })
        .collect()
}

#[test]
fn counted_hours_have_a_day_and_a_week() {
    let shocks = noise(21, 796);
    let values: Vec<f64> = (0..796)
        .map(|i| {
            let weekend = if (i / 24) % 7 > 4 { -20.0 } else { 0.0 };
            200.0 + 30.0 * wave(i, 24) + 15.0 * wave(i, 12) + weekend + 3.0 * shocks[i]
        })
        .collect();
    let (result, own, repeated) = held_out(&values, 48, 24);
    assert_eq!(result.seasons, [24, 168], "{}", result.why);
    assert!(own < 0.7 * repeated, "{own} {repeated}");
}

#[test]
fn counted_weeks_have_a_year_on_a_level_that_wanders() {
    let values: Vec<f64> = walk(22, 533, 0.05)
        .iter()
        .enumerate()
        .map(|(i, v)| v + 8.0 * wave(i, 52))
        .collect();
    let (result, own, repeated) = held_out(&values, 13, 1);
    assert_eq!(result.seasons, [52], "{}", result.why);
    assert!(own < 0.9 * repeated, "{own} {repeated}");
}

#[test]
fn dated_weeks_have_a_year_too() {
    let series = Series {
        info: SeriesInfo::default(),
        times: (0..260)
            .map(|i| Instant::from_secs(1_609_459_200 + 7 * 86_400 * i))
            .collect(),
        values: walk(23, 260, 0.0)
            .iter()
            .enumerate()
            .map(|(i, v)| v + 8.0 * wave(i, 52))
            .collect(),
    };
    let params = ForecastParams {
        horizon: Horizon::Steps(13),
        ..ForecastParams::default()
    };
    let result = forecast(&series, &params).unwrap();
    assert_eq!(result.seasons, [52], "{}", result.why);
}

#[test]
fn walks_have_no_season() {
    let seasons = (30..60).filter(|seed| {
        let (result, ..) = held_out(&walk(*seed, 320, 0.1), 13, 1);
        !result.seasons.is_empty()
    });
    let seasons = seasons.count();
    assert!(seasons <= 3, "{seasons} of 30");
}
