//! Seasonal ARIMA against models whose answer is known.

use super::super::golden::{AIR_PASSENGERS, smape};
use super::squares::Squares;
use super::*;

const WHITE: Orders = Orders {
    p: 0,
    d: 0,
    q: 0,
    seasonal_p: 0,
    seasonal_d: 0,
    seasonal_q: 0,
    mean: false,
};

/// Nearly normal noise: sums of four steps of a linear congruential generator (Park and Miller 1988).
fn noise(n: u32) -> Vec<f64> {
    let mut state = 20_260_101_u64;
    let mut uniform = || {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0 - 0.5
    };
    (0..n)
        .map(|_| uniform() + uniform() + uniform() + uniform())
        .collect()
}

#[test]
fn the_gradient_agrees_with_differences() {
    let y = noise(60);
    let orders = Orders {
        p: 2,
        q: 2,
        seasonal_p: 1,
        seasonal_q: 1,
        mean: true,
        ..WHITE
    };
    let mut squares = Squares::new(orders, 4, &y);
    let x = vec![0.3, -0.2, 0.4, 0.25, 0.1, -0.3, 0.15];
    assert_eq!(x.len(), squares.width());
    let mut gradient = vec![0.0; x.len()];
    let mut unused = gradient.clone();
    squares.value(&x, &mut gradient);
    for (i, slope) in gradient.iter().enumerate() {
        let mut at = |by: f64| {
            let mut x = x.clone();
            x[i] += by;
            squares.value(&x, &mut unused)
        };
        let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!(
            (slope - expected).abs() < 1e-4 * expected.abs().max(1.0),
            "{i}: {slope} {expected}"
        );
    }
}

#[test]
fn an_autoregression_is_found_again() {
    let mut y = vec![0.0];
    for e in noise(300) {
        y.push(0.7 * y[y.len() - 1] + e);
    }
    let fit = fit_arima(&y, 1).unwrap();
    let points = fit.ahead(2);
    let last = y[y.len() - 1];
    assert!(
        (points[0] / last - 0.7).abs() < 0.15,
        "{} {points:?} after {last}",
        fit.name()
    );
}

#[test]
fn differences_are_multiplied_into_the_terms() {
    let orders = Orders {
        d: 1,
        seasonal_d: 1,
        ..WHITE
    };
    assert_eq!(
        difference::multiply_in(&[], orders, 4),
        [(1, 1.0), (4, 1.0), (5, -1.0)]
    );
    assert_eq!(
        difference::multiply_in(&[(1, 0.5)], Orders { d: 1, ..WHITE }, 1),
        [(1, 1.5), (2, -0.5)]
    );
}

#[test]
fn a_strong_season_is_differenced_and_noise_is_not() {
    assert_eq!(difference::seasonal_differences(&AIR_PASSENGERS, 12), 1);
    assert_eq!(difference::seasonal_differences(&noise(100), 12), 0);
    assert_eq!(difference::differences(&noise(100)), 0);
    assert_eq!(difference::differences(&AIR_PASSENGERS), 1);
}

#[test]
fn the_air_passengers_are_forecast_as_well_as_by_statsforecast() {
    let (train, test) = AIR_PASSENGERS.split_at(132);
    for fit in [
        fit_arima(train, 12).unwrap(),
        fit_arima_average(train, 12).unwrap(),
    ] {
        let found = smape(test, &fit.ahead(12));
        assert!(found < 4.0312 + 0.5, "{}: {found}", fit.name());
        assert!(
            fit.spread(24)
                .windows(2)
                .all(|w| w[1] >= w[0] && w[0] > 0.0)
        );
    }
}

#[test]
fn earlier_origins_repeat_the_one_step_forecasts() {
    let fit = fit_arima(&AIR_PASSENGERS, 12).unwrap();
    for (origin, path) in [40, 143].into_iter().zip(fit.from_origins(&[40, 143], 2)) {
        let residual = AIR_PASSENGERS[origin] - path[0];
        assert!(
            (residual - fit.residuals()[origin]).abs() < 1e-6,
            "{}",
            fit.name()
        );
    }
}

#[test]
fn gaps_constants_and_too_little() {
    let mut y = AIR_PASSENGERS.to_vec();
    y[70] = f64::NAN;
    let fit = fit_arima(&y, 12).unwrap();
    assert!(fit.ahead(12).iter().all(|v| v.is_finite()) && fit.residuals()[70].is_nan());
    let flat = fit_arima(&[3.0; 30], 7).unwrap();
    assert!(
        (flat.ahead(4)[3] - 3.0).abs() < 1e-6,
        "{} {:?}",
        flat.name(),
        flat.ahead(4)
    );
    assert!(fit_arima(&[1.0, 2.0, 3.0], 1).is_none());
}
