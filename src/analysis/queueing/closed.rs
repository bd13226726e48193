//! A closed network: a fixed number of users who think, ask and wait. Exact mean-value analysis (Reiser and Lavenberg
//! 1980): what an arriving user finds is what the network with one user less has on average.
//!
//! Stations with several servers need the probabilities of few requests being there. Their usual recursion gets the
//! empty station by subtraction and loses its digits near saturation; here it comes from the normalisation constants of
//! the product form (Buzen 1973; Gordon and Newell 1967), summed in logarithms, where every term is positive.

use super::{QueueError, above_zero, at_least_zero, servers_in_range};

/// Most users of a network.
const MOST_CUSTOMERS: u64 = 100_000;
/// Users times stations and servers; beyond it the answer would take seconds.
const MOST_WORK: u64 = 50_000_000;

/// One station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosedStation {
    /// Seconds of service for one request over all its visits.
    pub demand: f64,
    /// Equal servers behind one queue; `None` delays without a queue.
    pub servers: Option<u64>,
}

impl ClosedStation {
    /// A queue before one server.
    pub const fn queue(demand: f64) -> Self {
        Self {
            demand,
            servers: Some(1),
        }
    }

    /// A delay: everybody is served at once.
    pub const fn delay(demand: f64) -> Self {
        Self {
            demand,
            servers: None,
        }
    }
}

/// A station at one number of users.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residence {
    /// Seconds of one request here, waiting included.
    pub secs: f64,
    /// Requests here on average.
    pub present: f64,
    /// Busy share of each server, 0..=1; `None` for a delay.
    pub utilisation: Option<f64>,
}

/// The network at one number of users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClosedPoint {
    /// Users.
    pub customers: u64,
    /// Requests per second.
    pub throughput: f64,
    /// Seconds from asking to the answer, think time excluded.
    pub response: f64,
    /// In the order of the stations.
    pub stations: Vec<Residence>,
}

/// The highest throughput, by the station that is busy first: the least of servers over demand. `None` where all delay.
pub fn throughput_bound(stations: &[ClosedStation]) -> Option<f64> {
    stations
        .iter()
        .filter(|s| s.demand > 0.0)
        .filter_map(|s| Some(s.servers? as f64 / s.demand))
        .reduce(f64::min)
}

/// Solves the network for 1, 2, … `customers` users who think `think` seconds between an answer and the next request.
pub fn closed_network(
    stations: &[ClosedStation],
    think: f64,
    customers: u64,
) -> Result<Vec<ClosedPoint>, QueueError> {
    check(stations, think, customers)?;
    let size = customers as usize;
    let mut states: Vec<State> = stations
        .iter()
        .enumerate()
        .map(|(index, station)| State::new(stations, index, *station, think, size))
        .collect();
    let mut points = Vec::with_capacity(size);
    // Logarithm of the normalisation constant: G(n) = G(n − 1) / X(n).
    let mut ln_all = 0.0;
    for n in 1..=customers {
        for state in &mut states {
            state.arrive();
        }
        let response: f64 = states.iter().map(|s| s.residence.secs).sum();
        let throughput = n as f64 / (think + response);
        ln_all -= throughput.ln();
        for state in &mut states {
            state.settle(n as usize, throughput, ln_all);
        }
        points.push(ClosedPoint {
            customers: n,
            throughput,
            response,
            stations: states.iter().map(|s| s.residence).collect(),
        });
    }
    Ok(points)
}

fn check(stations: &[ClosedStation], think: f64, customers: u64) -> Result<(), QueueError> {
    let mut cycle = at_least_zero("the think time", think)?;
    let mut width = 0_u64;
    for station in stations {
        cycle += at_least_zero("the service demand", station.demand)?;
        let servers = servers_in_range(station.servers.unwrap_or(1))?;
        width = width.saturating_add(servers.min(customers));
    }
    above_zero(
        "the time of one round, think time and service together,",
        cycle,
    )?;
    if !(1..=MOST_CUSTOMERS).contains(&customers) {
        return Err(super::bad(
            "the number of users",
            customers as f64,
            "1 to 100,000 are possible",
        ));
    }
    let several = stations.iter().filter(|s| s.servers > Some(1)).count() as u64;
    let work = customers.saturating_mul(width.saturating_mul(several + 1));
    if work > MOST_WORK {
        return Err(super::bad(
            "the number of users times the servers",
            work as f64,
            "at most 50,000,000 are computed; take fewer users or fewer servers",
        ));
    }
    Ok(())
}

/// A station while users are added one by one.
struct State {
    station: ClosedStation,
    residence: Residence,
    /// For several servers: the chance of 0, 1, … servers − 1 requests here.
    chances: Vec<f64>,
    /// For several servers: logarithms of the normalisation constants of the network without this station.
    ln_without: Vec<f64>,
}

impl State {
    fn new(
        all: &[ClosedStation],
        index: usize,
        station: ClosedStation,
        think: f64,
        size: usize,
    ) -> Self {
        let several = station.servers.filter(|c| *c > 1 && station.demand > 0.0);
        let (chances, ln_without) = match several {
            Some(servers) => {
                let mut chances = vec![0.0; (servers as usize).min(size + 1)];
                if let Some(empty) = chances.first_mut() {
                    *empty = 1.0;
                }
                let others = all
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != index)
                    .map(|(_, s)| *s);
                (chances, ln_constants(others, think, size))
            }
            None => (Vec::new(), Vec::new()),
        };
        Self {
            station,
            residence: Residence::default(),
            chances,
            ln_without,
        }
    }

    /// Residence of a user who finds what the network with one user less has.
    fn arrive(&mut self) {
        let demand = self.station.demand;
        let found = self.residence.present;
        self.residence.secs = match self.station.servers {
            None => demand,
            Some(1) => demand * (1.0 + found),
            Some(servers) => {
                let idle: f64 = self
                    .chances
                    .iter()
                    .enumerate()
                    .map(|(j, chance)| (servers as f64 - 1.0 - j as f64).max(0.0) * chance)
                    .sum();
                demand / servers as f64 * (1.0 + found + idle)
            }
        };
    }

    fn settle(&mut self, n: usize, throughput: f64, ln_all: f64) {
        let busy = throughput * self.station.demand;
        self.residence.present = throughput * self.residence.secs;
        self.residence.utilisation = self.station.servers.map(|c| busy / c as f64);
        let mut below = None;
        for (j, chance) in self.chances.iter_mut().enumerate() {
            let before = *chance;
            *chance = match below {
                None => (self.ln_without.get(n).copied().unwrap_or(f64::NEG_INFINITY) - ln_all)
                    .exp()
                    .min(1.0),
                Some(below) => busy / j as f64 * below,
            };
            below = Some(before);
        }
    }
}

/// ln(eᵃ + eᵇ).
fn ln_add(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY {
        large
    } else {
        large + (small - large).exp().ln_1p()
    }
}

/// Logarithms of the normalisation constants of a network for 0 to `size` users, by convolution.
fn ln_constants(
    stations: impl Iterator<Item = ClosedStation>,
    think: f64,
    size: usize,
) -> Vec<f64> {
    let (delays, queues): (Vec<_>, Vec<_>) = stations
        .filter(|s| s.demand > 0.0)
        .partition(|s| s.servers.is_none());
    let delay = think + delays.iter().map(|s| s.demand).sum::<f64>();
    let mut term = 0.0;
    let mut constants = vec![0.0];
    for n in 1..=size {
        term += delay.ln() - (n as f64).ln();
        constants.push(term);
    }
    for station in queues {
        convolve(&mut constants, station.demand, station.servers.unwrap_or(1));
    }
    constants
}

/// Adds one station of so many servers: its weights are demandʲ/j! up to the servers, and geometric from there on.
fn convolve(constants: &mut [f64], demand: f64, servers: u64) {
    let ln_demand = demand.ln();
    let servers = (servers as usize).min(constants.len());
    let mut few = Vec::with_capacity(servers);
    let mut term = 0.0;
    for j in 0..servers {
        if j > 0 {
            term += ln_demand - (j as f64).ln();
        }
        few.push(term);
    }
    let last = term;
    let full = ln_demand - (servers as f64).ln();
    let without = constants.to_vec();
    let mut tail = f64::NEG_INFINITY;
    for (n, constant) in constants.iter_mut().enumerate() {
        if let Some(rest) = (n + 1).checked_sub(servers).and_then(|i| without.get(i)) {
            tail = ln_add(last + rest, full + tail);
        }
        *constant = few
            .iter()
            .take(servers - 1)
            .zip(without.iter().take(n + 1).rev())
            .fold(tail, |sum, (weight, rest)| ln_add(sum, weight + rest));
    }
}

#[cfg(test)]
#[path = "closed_tests.rs"]
mod tests;
