//! Queueing formulas in seconds and requests per second: what waiting to expect at a load, for one station, for closed
//! loops of users, and for networks that requests travel through. Pure kernels; capacity and scenarios ask them.

mod beside;
mod classes;
mod closed;
mod erlang;
mod finite;
mod general;
mod markov;
mod open;

pub use beside::{Beside, BesidePoint, TOLERANCE, beside};
pub use classes::{ClassPoint, ClassesSolved, ClosedClass, closed_classes};
pub use closed::{ClosedPoint, ClosedStation, Residence, closed_network, throughput_bound};
pub use erlang::{erlang_b, erlang_c};
pub use finite::{Finite, finite_room};
pub use general::{deterministic_server, general_server};
pub use markov::{Markov, Steady, one_server};
pub use open::{OpenStation, Visited, open_network};

/// More servers or places than this are not computed.
const MOST_SERVERS: u64 = 10_000_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueueError {
    /// A parameter that no formula takes.
    #[error("{what} cannot be {value}; {accepted}")]
    Parameter {
        /// Which.
        what: String,
        /// As given.
        value: String,
        /// What is taken.
        accepted: &'static str,
    },
    /// More arrives than can be served, so the queue has no end.
    #[error("{station} would be busy {percent} of the time; a queue settles only below 100 %", percent = crate::units::percent_of(*utilisation))]
    Saturated {
        /// Which.
        station: String,
        /// Offered load over servers, at least 1.
        utilisation: f64,
    },
    /// Requests that never leave the network.
    #[error("requests that reach station {0} never leave the network; its routes have to lead out")]
    Trapped(usize),
}

fn bad(what: &str, value: f64, accepted: &'static str) -> QueueError {
    QueueError::Parameter {
        what: what.to_owned(),
        value: format!("{value}"),
        accepted,
    }
}

/// A rate or a time that is finite and at least zero.
fn at_least_zero(what: &str, value: f64) -> Result<f64, QueueError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(bad(what, value, "a number of at least 0 is needed"))
    }
}

/// A rate or a time that is finite and above zero.
fn above_zero(what: &str, value: f64) -> Result<f64, QueueError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(bad(what, value, "a number above 0 is needed"))
    }
}

fn servers_in_range(servers: u64) -> Result<u64, QueueError> {
    if (1..=MOST_SERVERS).contains(&servers) {
        Ok(servers)
    } else {
        Err(bad(
            "the number of servers",
            servers as f64,
            "1 to 10,000,000 are possible",
        ))
    }
}
