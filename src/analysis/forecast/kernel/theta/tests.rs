//! The Theta models against published forecasts and closed forms.

use super::super::golden::{AIR_PASSENGERS, smape};
use super::*;

#[test]
fn the_air_passengers_are_forecast_as_by_statsforecast() {
    let (train, test) = AIR_PASSENGERS.split_at(132);
    for (variant, golden, first, last) in [
        (Variant::Standard, 5.4089, 411.370, 419.006),
        (Variant::DynamicOptimised, 3.9119, 412.698, 432.518),
    ] {
        let fit = fit_theta(train, 12, variant).unwrap();
        let points = fit.ahead(12);
        let found = smape(test, &points);
        assert!(
            (found - golden).abs() < 0.5,
            "{variant:?}: {found} against {golden}"
        );
        assert!(
            (points[0] / first - 1.0).abs() < 0.01 && (points[11] / last - 1.0).abs() < 0.01,
            "{points:?}"
        );
    }
}

#[test]
fn a_line_that_follows_is_the_line_through_the_values_so_far() {
    let values = [3.0, 7.0, 4.0, 9.0, 12.0, 8.0];
    let mut running = Line::default();
    for (i, value) in values.iter().enumerate() {
        running.push(*value);
        let (intercept, slope) = line(&values[..=i]);
        assert!(
            (running.intercept - intercept).abs() < 1e-12 && (running.slope - slope).abs() < 1e-12,
            "{i}"
        );
    }
}

#[test]
fn the_standard_method_carries_on_with_half_the_slope_of_the_line() {
    let y: Vec<f64> = (0..80u32)
        .map(|i| 10.0 + 2.0 * f64::from(i) + (f64::from(i) * 2.1).sin())
        .collect();
    let fit = fit_theta(&y, 1, Variant::Standard).unwrap();
    let points = fit.ahead(20);
    let slope = line(&y).1;
    assert!(
        ((points[19] - points[18]) - slope / 2.0).abs() < 1e-6,
        "{points:?}"
    );
}

#[test]
fn earlier_origins_repeat_the_one_step_forecasts() {
    let train = AIR_PASSENGERS.split_at(132).0;
    for variant in [Variant::Optimised, Variant::Dynamic] {
        let fit = fit_theta(train, 12, variant).unwrap();
        for (origin, path) in [40, 131].into_iter().zip(fit.from_origins(&[40, 131], 2)) {
            assert!(
                (train[origin] - path[0] - fit.residuals()[origin]).abs() < 1e-9,
                "{variant:?}"
            );
        }
    }
}

#[test]
fn spreads_never_fall_and_short_or_empty_series_are_refused() {
    let fit = fit_auto_theta(&AIR_PASSENGERS, 12).unwrap();
    assert!(
        fit.spread(36)
            .windows(2)
            .all(|w| w[1] >= w[0] && w[0] > 0.0)
    );
    assert!(fit_auto_theta(&[1.0, 2.0, 3.0], 1).is_none());
    assert!(fit_auto_theta(&[f64::NAN; 20], 4).is_none());
    let flat = fit_auto_theta(&[7.0; 20], 4).unwrap();
    assert!(
        flat.ahead(5).iter().all(|v| (v - 7.0).abs() < 1e-6),
        "{:?}",
        flat.ahead(5)
    );
}
