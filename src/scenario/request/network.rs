//! An open network of stations: requests enter, are routed by fixed shares from station to station, and leave (Jackson
//! 1957). Queues have no limit and nothing is lost; it is what the engine is checked with against
//! `analysis::queueing::open_network`, and takes any shape of service time.

use std::collections::VecDeque;

use crate::progress::Progress;
use crate::scenario::SimulateError;
use crate::scenario::model::Dist;

use super::events::{Events, Kind};
use super::histogram::Histogram;
use super::plan::{cumulative, place};
use super::random::{Purpose, Stream};
use super::sample::Sampler;

/// Requests in the network at once; beyond it nobody enters.
const MOST_INSIDE: usize = 5_000_000;
/// Events between two looks whether the run was stopped.
const CHECK: u32 = 4096;

/// A station of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkStation {
    /// Requests per second that enter here.
    pub arrivals: f64,
    /// Seconds of service for one visit.
    pub service: Dist,
    /// Servers behind one queue, at least one.
    pub servers: u32,
    /// Shares of the requests that go on to each station, in their order; what is missing to 1 leaves.
    pub routes: Vec<f64>,
}

/// What was seen of a station.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StationFigures {
    /// Visits per request that left the network.
    pub visits: f64,
    /// Mean seconds before service, for one visit.
    pub wait: f64,
    /// Mean seconds from arrival to the end of service, for one visit.
    pub response: f64,
    /// Busy share of the servers, 0..1.
    pub utilisation: f64,
}

/// What was seen of a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkFigures {
    /// In the order of the stations.
    pub stations: Vec<StationFigures>,
    /// Requests that left.
    pub left: u64,
    /// Requests that found the network full (five million inside).
    pub turned_away: u64,
    /// Mean seconds from entering to leaving.
    pub response: f64,
    /// 95 % of the requests needed at most so many seconds.
    pub p95: f64,
}

/// A request inside.
#[derive(Clone, Copy, Debug, Default)]
struct Guest {
    entered: f64,
    /// At its present station.
    arrived: f64,
    begun: f64,
    station: u32,
}

#[derive(Debug)]
struct Place {
    arrivals: f64,
    service: Sampler,
    servers: u32,
    /// Share of those that stay inside, and where they go.
    stays: f64,
    routes: Vec<f64>,
    busy: u32,
    queue: VecDeque<u32>,
    visits: u64,
    waited: f64,
    stayed: f64,
    /// Seconds of service that began after the warm-up.
    served: f64,
}

struct Network {
    clock: f64,
    warm_up: f64,
    places: Vec<Place>,
    guests: Vec<Guest>,
    free: Vec<u32>,
    events: Events,
    arrivals: Stream,
    service: Stream,
    routing: Stream,
    responses: Histogram,
    turned_away: u64,
}

/// Runs a network for `duration` seconds after a warm-up; the same seed gives the same figures.
pub fn run_network(
    stations: &[NetworkStation],
    duration: f64,
    warm_up: f64,
    seed: u64,
    progress: &Progress,
) -> Result<NetworkFigures, SimulateError> {
    let mut network = Network::new(stations, warm_up.max(0.0), seed)?;
    let end = network.warm_up + duration;
    let mut count = 0_u32;
    while network.events.next_at() <= end {
        count = count.wrapping_add(1);
        if count.is_multiple_of(CHECK) {
            progress.check().map_err(|_| SimulateError::Cancelled)?;
        }
        network.clock = network.events.next_at();
        match network.events.take() {
            Some((Kind::Ask, station)) => network.enters(station),
            Some((_, guest)) => network.served(guest),
            None => break,
        }
    }
    Ok(network.figures(duration))
}

impl Network {
    fn new(stations: &[NetworkStation], warm_up: f64, seed: u64) -> Result<Self, SimulateError> {
        let mut places = Vec::new();
        for (number, station) in stations.iter().enumerate() {
            let key = format!("stations.{}", number + 1);
            let stays: f64 = station.routes.iter().sum();
            if station.routes.len() > stations.len() || !(0.0..=1.0 + 1e-9).contains(&stays) {
                return Err(SimulateError::impossible(
                    &key,
                    "routes need one share for each station, together at most 1",
                ));
            }
            if station.servers == 0 || !station.arrivals.is_finite() {
                return Err(SimulateError::impossible(
                    &key,
                    "at least one server and a finite rate of arrivals are needed",
                ));
            }
            places.push(Place {
                arrivals: station.arrivals.max(0.0),
                service: Sampler::new(&station.service),
                servers: station.servers,
                stays,
                routes: cumulative(station.routes.iter().copied()),
                busy: 0,
                queue: VecDeque::new(),
                visits: 0,
                waited: 0.0,
                stayed: 0.0,
                served: 0.0,
            });
        }
        let mut network = Self {
            clock: 0.0,
            warm_up,
            places,
            guests: Vec::new(),
            free: Vec::new(),
            events: Events::default(),
            arrivals: Stream::new(seed, 0, Purpose::Arrivals),
            service: Stream::new(seed, 0, Purpose::Service),
            routing: Stream::new(seed, 0, Purpose::Choice),
            responses: Histogram::default(),
            turned_away: 0,
        };
        for station in 0..stations.len() as u32 {
            network.next_arrival(station);
        }
        Ok(network)
    }

    fn next_arrival(&mut self, station: u32) {
        if let Some(of) = self.places.get(station as usize)
            && of.arrivals > 0.0
        {
            let after = self.arrivals.exponential() / of.arrivals;
            self.events.plan(self.clock + after, Kind::Ask, station);
        }
    }

    fn enters(&mut self, station: u32) {
        self.next_arrival(station);
        let guest = Guest {
            entered: self.clock,
            ..Guest::default()
        };
        let number = if let Some(number) = self.free.pop() {
            number
        } else if self.guests.len() < MOST_INSIDE {
            self.guests.push(guest);
            self.guests.len() as u32 - 1
        } else {
            self.turned_away += 1;
            return;
        };
        if let Some(kept) = self.guests.get_mut(number as usize) {
            *kept = guest;
        }
        self.visits(number, station);
    }

    /// A request arrives at a station.
    fn visits(&mut self, number: u32, station: u32) {
        let (Some(guest), Some(of)) = (
            self.guests.get_mut(number as usize),
            self.places.get_mut(station as usize),
        ) else {
            return;
        };
        guest.arrived = self.clock;
        guest.station = station;
        if of.busy < of.servers {
            of.busy += 1;
            self.begins(number, station);
        } else {
            of.queue.push_back(number);
        }
    }

    fn begins(&mut self, number: u32, station: u32) {
        let (Some(guest), Some(of)) = (
            self.guests.get_mut(number as usize),
            self.places.get_mut(station as usize),
        ) else {
            return;
        };
        guest.begun = self.clock;
        let secs = of.service.draw(&mut self.service);
        if self.clock >= self.warm_up {
            of.served += secs;
        }
        self.events.plan(self.clock + secs, Kind::Done, number);
    }

    /// A visit is over: the server takes the next, and the request goes on or leaves.
    fn served(&mut self, number: u32) {
        let Some(guest) = self.guests.get(number as usize).copied() else {
            return;
        };
        let Some(of) = self.places.get_mut(guest.station as usize) else {
            return;
        };
        let counted = self.clock >= self.warm_up;
        if counted {
            of.visits += 1;
            of.waited += guest.begun - guest.arrived;
            of.stayed += self.clock - guest.arrived;
        }
        let next = of.queue.pop_front();
        if next.is_none() {
            of.busy = of.busy.saturating_sub(1);
        }
        let onward = self
            .routing
            .happens(of.stays)
            .then(|| place(&of.routes, self.routing.share()) as u32);
        if let Some(next) = next {
            self.begins(next, guest.station);
        }
        if let Some(station) = onward {
            self.visits(number, station);
        } else {
            if counted {
                self.responses.record(self.clock - guest.entered);
            }
            self.free.push(number);
        }
    }

    fn figures(&self, duration: f64) -> NetworkFigures {
        let left = self.responses.total();
        let per = |sum: f64, of: u64| if of > 0 { sum / of as f64 } else { 0.0 };
        NetworkFigures {
            stations: self
                .places
                .iter()
                .map(|of| StationFigures {
                    visits: per(of.visits as f64, left),
                    wait: per(of.waited, of.visits),
                    response: per(of.stayed, of.visits),
                    utilisation: of.served / (duration * f64::from(of.servers)),
                })
                .collect(),
            left,
            turned_away: self.turned_away,
            response: self.responses.mean(),
            p95: self.responses.percentiles([0.95]).map_or(0.0, |[p95]| p95),
        }
    }
}
