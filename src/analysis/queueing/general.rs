//! One server whose service times vary in any way: M/G/1 by Pollaczek and Khinchine (Kleinrock, Queueing Systems I,
//! §5.6). Only mean and variation of the service time matter for the mean wait.

use super::{QueueError, Steady, above_zero, at_least_zero};

/// M/G/1: requests per second, mean seconds of service, and the squared coefficient of variation of the service time
/// (variance over squared mean: 0 for a constant, 1 for an exponential one).
pub fn general_server(arrivals: f64, service: f64, variation: f64) -> Result<Steady, QueueError> {
    let arrivals = at_least_zero("the arrival rate", arrivals)?;
    let service = above_zero("the service time", service)?;
    let variation = at_least_zero("the variation of the service time", variation)?;
    let utilisation = arrivals * service;
    if utilisation >= 1.0 {
        return Err(QueueError::Saturated {
            station: "the server".to_owned(),
            utilisation,
        });
    }
    let wait = utilisation * service * (1.0 + variation) / (2.0 * (1.0 - utilisation));
    Ok(Steady::of(arrivals, service, 1, wait))
}

/// M/D/1: every request takes the same time.
pub fn deterministic_server(arrivals: f64, service: f64) -> Result<Steady, QueueError> {
    general_server(arrivals, service, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_variation_as_published() {
        for (variation, wait) in [(0.0, 2.0), (0.25, 2.5), (1.0, 4.0), (4.0, 10.0)] {
            let found = general_server(0.8, 1.0, variation).unwrap();
            assert!((found.wait - wait).abs() < 1e-12, "{}", found.wait);
            assert!((found.in_system - 0.8 * (wait + 1.0)).abs() < 1e-12);
        }
        assert_eq!(
            deterministic_server(0.8, 1.0),
            general_server(0.8, 1.0, 0.0)
        );
    }

    #[test]
    fn it_agrees_with_the_exponential_case_and_refuses_overload() {
        let exponential = super::super::one_server(75.0, 0.01).unwrap().steady;
        let general = general_server(75.0, 0.01, 1.0).unwrap();
        assert!((general.response - exponential.response).abs() < 1e-15);
        assert!(matches!(
            general_server(1.0, 1.0, 0.5),
            Err(QueueError::Saturated { .. })
        ));
        assert!(general_server(0.5, 1.0, -1.0).is_err());
    }
}
