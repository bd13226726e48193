//! An open network of stations (Jackson 1957): requests enter, are routed by fixed shares, and leave. Each station
//! then behaves as an M/M/c by itself, at the rate that the traffic equations λ = γ + Pᵀλ give it.

use nalgebra::{DMatrix, DVector};

use super::markov::Markov;
use super::{QueueError, Steady, at_least_zero};

/// One station of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenStation {
    /// Requests per second that enter the network here.
    pub arrivals: f64,
    /// Seconds of service for one visit.
    pub service: f64,
    /// Equal servers behind one queue.
    pub servers: u64,
    /// Shares of the requests that go on to each station, in the order of the stations; what is missing to 1 leaves.
    pub routes: Vec<f64>,
}

/// A station in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visited {
    /// Visits of one request, on average.
    pub visits: f64,
    /// Means for one visit.
    pub steady: Steady,
}

impl Visited {
    /// Seconds that one request spends here over all its visits.
    pub fn residence(&self) -> f64 {
        self.visits * self.steady.response
    }
}

/// Solves the network. The response time of a request is the sum of the residences.
pub fn open_network(stations: &[OpenStation]) -> Result<Vec<Visited>, QueueError> {
    let count = stations.len();
    let mut entering = 0.0;
    let mut traffic = DMatrix::<f64>::identity(count, count);
    for (from, station) in stations.iter().enumerate() {
        entering += at_least_zero("the arrival rate", station.arrivals)?;
        let mut onward = 0.0;
        for (to, share) in station.routes.iter().enumerate() {
            onward += at_least_zero("a route's share", *share)?;
            match traffic.get_mut((to, from)) {
                Some(cell) => *cell -= share,
                None if *share > 0.0 => {
                    return Err(super::bad(
                        "the number of routes of a station",
                        station.routes.len() as f64,
                        "one share for each station is needed",
                    ));
                }
                None => {}
            }
        }
        if onward > 1.0 + 1e-9 {
            return Err(super::bad(
                "the sum of a station's routes",
                onward,
                "shares of at most 1 together are needed",
            ));
        }
    }
    if entering <= 0.0 {
        return Err(super::bad(
            "the arrival rate of all stations together",
            entering,
            "a number above 0 is needed",
        ));
    }
    for start in 0..count {
        if !leads_out(stations, start) {
            return Err(QueueError::Trapped(start + 1));
        }
    }
    let arrivals = DVector::from_iterator(count, stations.iter().map(|s| s.arrivals));
    let rates = traffic
        .lu()
        .solve(&arrivals)
        .ok_or(QueueError::Trapped(1))?;
    stations
        .iter()
        .zip(rates.iter())
        .enumerate()
        .map(|(index, (station, rate))| {
            // Rounding may leave a station that nothing reaches a hair below zero.
            let rate = rate.max(0.0);
            let alone =
                Markov::new(rate, station.service, station.servers).map_err(|e| match e {
                    QueueError::Saturated { utilisation, .. } => QueueError::Saturated {
                        station: format!("station {}", index + 1),
                        utilisation,
                    },
                    other => other,
                })?;
            Ok(Visited {
                visits: rate / entering,
                steady: alone.steady,
            })
        })
        .collect()
}

/// Whether some way leads from a station out of the network.
fn leads_out(stations: &[OpenStation], start: usize) -> bool {
    let mut seen = vec![false; stations.len()];
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        let Some(station) = stations.get(at) else {
            continue;
        };
        if station.routes.iter().sum::<f64>() < 1.0 - 1e-9 {
            return true;
        }
        for (to, share) in station.routes.iter().enumerate() {
            if let Some(known) = seen.get_mut(to).filter(|known| *share > 0.0 && !**known) {
                *known = true;
                next.push(to);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(arrivals: f64, service: f64, routes: &[f64]) -> OpenStation {
        OpenStation {
            arrivals,
            service,
            servers: 1,
            routes: routes.to_vec(),
        }
    }

    /// The passport office of Gunther (Practical Performance Analyst §5.5.4): fifteen applicants an hour.
    #[test]
    fn the_passport_office_as_published() {
        let office = [
            station(15.0 / 3_600.0, 20.0, &[0.0, 0.3, 0.7, 0.0]),
            station(0.0, 600.0, &[0.0, 0.0, 0.2, 0.8]),
            station(0.0, 300.0, &[0.0, 0.1, 0.0, 0.9]),
            station(0.0, 60.0, &[]),
        ];
        let found = open_network(&office).unwrap();
        let expected = [
            (1.0, 0.083_333_3, 21.818_18),
            (0.377_551_0, 0.943_877_6, 4_036.363_64),
            (0.775_510_2, 0.969_387_8, 7_600.0),
            (1.0, 0.25, 80.0),
        ];
        for (visited, (visits, utilisation, residence)) in found.iter().zip(expected) {
            assert!((visited.visits - visits).abs() < 6e-8, "{}", visited.visits);
            assert!((visited.steady.utilisation - utilisation).abs() < 6e-8);
            assert!(
                (visited.residence() - residence).abs() < 6e-6,
                "{}",
                visited.residence()
            );
        }
        let total: f64 = found.iter().map(Visited::residence).sum();
        assert!((total - 11_738.181_82).abs() < 6e-6, "{total}");
    }

    #[test]
    fn networks_without_an_answer_say_why() {
        let circle = [station(1.0, 0.1, &[0.0, 1.0]), station(0.0, 0.1, &[1.0])];
        assert_eq!(open_network(&circle), Err(QueueError::Trapped(1)));
        let full = [station(1.0, 0.1, &[0.0, 0.5]), station(0.0, 3.0, &[])];
        let error = open_network(&full).unwrap_err().to_string();
        assert!(
            error.starts_with("station 2 would be busy 150 %"),
            "{error}"
        );
        let over = [station(1.0, 0.1, &[0.7, 0.5]), station(0.0, 0.1, &[])];
        assert!(
            open_network(&over)
                .unwrap_err()
                .to_string()
                .contains("cannot be 1.2")
        );
        assert!(open_network(&[station(0.0, 1.0, &[])]).is_err());
        assert!(open_network(&[station(1.0, 0.1, &[0.0, 0.5])]).is_err());
    }
}
