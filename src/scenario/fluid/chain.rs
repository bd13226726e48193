//! Requests at a station whose arrivals or speed depend on how many are there, state by state: users who wait for their
//! answer before they ask again (the machine repair model, Gross and Harris §2.7), and requests that share an instance
//! under the scalability law.

/// States of a chain that are taken one by one; beyond them one stands for a thousandth of those before it.
const MOST_STATES: f64 = 20_000.0;

/// What such a station comes to, in the time unit of its rates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Long {
    /// Requests finished per unit of time.
    pub throughput: f64,
    /// Mean number there.
    pub inside: f64,
    /// Share of arrivals that found no room.
    pub away: f64,
    /// Of the arrivals that got in: share that found `servers` or more there, mean of how many places behind a free
    /// server they stand, and mean of the square.
    pub waits: f64,
    pub behind: f64,
    pub behind_square: f64,
}

/// The long run of a chain from 0 to `most` requests. `arrive` and `serve` give the rates with so many there.
pub(super) fn long_run(
    most: f64,
    servers: f64,
    arrive: impl Fn(f64) -> f64,
    serve: impl Fn(f64) -> f64,
) -> Long {
    let (mut weight, mut total) = (1.0_f64, 0.0);
    let (mut inside, mut finished, mut asked, mut refused) = (0.0, 0.0, 0.0, 0.0);
    let (mut waits, mut behind, mut square) = (0.0, 0.0, 0.0);
    let mut there = 0.0;
    loop {
        let coming = arrive(there).max(0.0);
        let stride = if there < MOST_STATES {
            1.0
        } else {
            (there / 1000.0).ceil()
        };
        let here = weight * stride;
        total += here;
        inside += here * there;
        finished += here * serve(there);
        asked += here * coming;
        if there >= servers {
            let place = there - servers + 1.0;
            waits += here * coming;
            behind += here * coming * place;
            square += here * coming * place * (place + 1.0);
        }
        let next = there + stride;
        if next > most + 1e-9 {
            refused = weight * coming;
            if there >= servers {
                let place = there - servers + 1.0;
                waits -= refused;
                behind -= refused * place;
                square -= refused * place * (place + 1.0);
            }
        }
        let leaving = serve(next);
        if next > most + 1e-9 || coming <= 0.0 || leaving <= 0.0 {
            break;
        }
        weight *= (coming / leaving).powf(stride);
        there = next;
        if weight > 1e150 {
            for sum in [
                &mut weight,
                &mut total,
                &mut inside,
                &mut finished,
                &mut asked,
                &mut waits,
                &mut behind,
                &mut square,
            ] {
                *sum *= 1e-150;
            }
        }
        if weight < total * 1e-18 && coming < leaving {
            break;
        }
    }
    let got_in = (asked - refused).max(1e-300);
    Long {
        throughput: finished / total,
        inside: inside / total,
        away: if asked > 0.0 { refused / asked } else { 0.0 },
        waits: (waits / got_in).clamp(0.0, 1.0),
        behind: (behind / got_in).max(0.0),
        behind_square: (square / got_in).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::queueing::{ClosedStation, Markov, closed_network};

    /// ebiz.R of the PDQ package has other stations; here one with three servers and a think time, against exact MVA.
    #[test]
    fn users_of_one_station_come_to_what_exact_mean_value_analysis_says() {
        let station = ClosedStation {
            demand: 0.2,
            servers: Some(3),
        };
        let exact = closed_network(&[station], 1.0, 40).unwrap();
        for users in [1_u32, 5, 12, 20, 40] {
            let n = f64::from(users);
            let long = long_run(n, 3.0, |i| n - i, |i| i.min(3.0) / 0.2);
            let wanted = exact.get(users as usize - 1).unwrap();
            assert!(
                (long.throughput / wanted.throughput - 1.0).abs() < 1e-9,
                "{users}"
            );
            assert!((long.inside / long.throughput / wanted.response - 1.0).abs() < 1e-9);
            let wait = long.behind * 0.2 / 3.0;
            assert!(
                (wait + 0.2 - wanted.response).abs() < 1e-9,
                "{users}: {wait}"
            );
        }
    }

    #[test]
    fn arrivals_at_random_are_the_usual_formula() {
        let long = long_run(1e5, 4.0, |_| 3.2, |i| i.min(4.0));
        let exact = Markov::new(3.2, 1.0, 4).unwrap();
        assert!((long.inside / exact.steady.in_system - 1.0).abs() < 1e-9);
        assert!((long.waits / exact.waits - 1.0).abs() < 1e-9);
    }
}
