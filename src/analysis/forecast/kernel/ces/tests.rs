//! Complex smoothing on a published series, and at its limits.

use super::super::golden::{AIR_PASSENGERS, smape};
use super::*;

#[test]
fn the_air_passengers_are_forecast_well() {
    let (train, test) = AIR_PASSENGERS.split_at(132);
    let fit = fit_ces(train, 12).unwrap();
    let found = smape(test, &fit.ahead(12));
    assert!(found < 4.0, "{}: {found}", fit.name());
}

#[test]
fn earlier_origins_repeat_the_one_step_forecasts() {
    for form in [Form::None, Form::Simple, Form::Partial, Form::Full] {
        let fit = fit_form(&AIR_PASSENGERS, 12, form).unwrap();
        for (origin, path) in [30, 143].into_iter().zip(fit.from_origins(&[30, 143], 2)) {
            assert!(
                (AIR_PASSENGERS[origin] - path[0] - fit.residuals()[origin]).abs() < 1e-6,
                "{form:?}"
            );
        }
        assert!(
            fit.spread(24)
                .windows(2)
                .all(|w| w[1] >= w[0] && w[0] > 0.0),
            "{form:?}"
        );
    }
}

#[test]
fn the_stable_region_is_that_of_the_paper() {
    assert!(
        Complex {
            real: 1.3,
            imaginary: 1.0
        }
        .is_stable()
    );
    assert!(
        !Complex {
            real: 0.5,
            imaginary: 1.0
        }
        .is_stable()
    );
    assert!(
        !Complex {
            real: 1.8,
            imaginary: 1.9
        }
        .is_stable()
    );
}

#[test]
fn gaps_constants_and_too_little() {
    let mut y = AIR_PASSENGERS.to_vec();
    y[70] = f64::NAN;
    assert!(
        fit_ces(&y, 12)
            .unwrap()
            .ahead(12)
            .iter()
            .all(|v| v.is_finite())
    );
    let flat = fit_ces(&[3.0; 30], 7).unwrap();
    assert!((flat.ahead(4)[3] - 3.0).abs() < 1e-6);
    assert!(fit_ces(&[1.0, 2.0, 3.0], 1).is_none());
    assert!(fit_form(&AIR_PASSENGERS[..20], 12, Form::Full).is_none());
}
