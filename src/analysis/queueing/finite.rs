//! Several servers with limited room: M/M/c/K (Gross and Harris, §2.5). What finds no room is turned away, so that
//! every load has a steady state, also one far above the servers.

use super::{MOST_SERVERS, QueueError, Steady, above_zero, at_least_zero, servers_in_range};

/// A station with limited room in the long run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Finite {
    /// Means over the requests that found room.
    pub steady: Steady,
    /// Share of the arrivals that found none, 0..=1.
    pub turned_away: f64,
    /// Requests per second that were served.
    pub throughput: f64,
}

/// Requests per second, seconds of service, servers, and room for so many requests, those in service included.
pub fn finite_room(
    arrivals: f64,
    service: f64,
    servers: u64,
    room: u64,
) -> Result<Finite, QueueError> {
    let arrivals = at_least_zero("the arrival rate", arrivals)?;
    let service = above_zero("the service time", service)?;
    let servers = servers_in_range(servers)?;
    if !(servers..=MOST_SERVERS).contains(&room) {
        return Err(super::bad(
            "the room",
            room as f64,
            "at least the servers and at most 10,000,000 places are possible",
        ));
    }
    let offered = arrivals * service;
    // Weights of the states up to a common factor, which is taken out whenever they grow large.
    let mut weight = 1.0;
    let (mut total, mut present, mut waiting) = (1.0, 0.0, 0.0);
    for n in 1..=room {
        weight *= offered / n.min(servers) as f64;
        total += weight;
        present += n as f64 * weight;
        waiting += n.saturating_sub(servers) as f64 * weight;
        if total > 1e200 {
            for sum in [&mut weight, &mut total, &mut present, &mut waiting] {
                *sum *= 1e-200;
            }
        }
    }
    let turned_away = weight / total;
    let throughput = arrivals * (1.0 - turned_away);
    let (in_system, queue) = (present / total, waiting / total);
    let per_request = |number: f64, otherwise: f64| {
        if throughput > 0.0 {
            number / throughput
        } else {
            otherwise
        }
    };
    Ok(Finite {
        steady: Steady {
            utilisation: throughput * service / servers as f64,
            wait: per_request(queue, 0.0),
            response: per_request(in_system, service),
            queue,
            in_system,
        },
        turned_away,
        throughput,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Markov, erlang_b};
    use super::*;

    #[test]
    fn without_a_queue_it_is_the_loss_formula() {
        let found = finite_room(25.0, 1.0, 30, 30).unwrap();
        assert!((found.turned_away - erlang_b(30, 25.0).unwrap()).abs() < 1e-14);
        assert_eq!(found.steady.queue, 0.0);
        assert!((found.steady.response - 1.0).abs() < 1e-12);
    }

    /// M/M/1/K: P(full) = (1 − ρ)ρ^K / (1 − ρ^{K+1}), and 1/(K + 1) at ρ = 1.
    #[test]
    fn one_server_with_room_has_the_closed_form() {
        let found = finite_room(0.5, 1.0, 1, 4).unwrap();
        assert!((found.turned_away - 0.5 * 0.0625 / (1.0 - 0.5_f64.powi(5))).abs() < 1e-15);
        let full = finite_room(1.0, 1.0, 1, 9).unwrap();
        assert!((full.turned_away - 0.1).abs() < 1e-15);
        assert!((full.steady.in_system - 4.5).abs() < 1e-12);
    }

    #[test]
    fn much_room_is_as_good_as_no_limit_and_overload_serves_what_it_can() {
        let wide = finite_room(2.0, 1.0, 3, 400).unwrap();
        let open = Markov::new(2.0, 1.0, 3).unwrap();
        assert!((wide.steady.response - open.steady.response).abs() < 1e-12);
        // Ten times the load of a hundred thousand places: the servers are busy, nine in ten are turned away.
        let over = finite_room(1_000.0, 1.0, 100, 100_000).unwrap();
        assert!((over.turned_away - 0.9).abs() < 1e-9);
        assert!((over.throughput - 100.0).abs() < 1e-6);
        assert!((over.steady.utilisation - 1.0).abs() < 1e-9);
        assert!(finite_room(1.0, 1.0, 5, 4).is_err());
        assert_eq!(finite_room(0.0, 1.0, 2, 4).unwrap().steady.response, 1.0);
    }
}
