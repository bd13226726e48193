//! Who decides how many instances there are, and what is turned away: autoscalers as an engine asks them at every
//! tick, and the small state machines of rate limits, circuit breakers and health checks.
//!
//! Nothing here knows an engine. Both ask [`Controller::look`] with what they saw, and carry out the decisions.

mod behavior;
mod breaker;
mod bucket;
#[cfg(test)]
mod clock_tests;
mod controller;
mod health;
mod hpa;
#[cfg(test)]
mod hpa_tests;
mod kinds;
mod periods;
mod pods;
#[cfg(test)]
mod policy_tests;
mod predictive;
mod reason;
mod schedule;
mod steps;
mod tracking;
mod vertical;
mod vpa;

pub use breaker::{BreakerPosition, BreakerState};
pub use bucket::TokenBucketState;
pub use controller::Controller;
pub use health::HealthState;
pub use kinds::{Decision, Fleet, Seen};
pub use vpa::{CoresRecommendation, lower_factor, recommend_cores, upper_factor};

/// A number of instances from a calculation; what is below zero or no number is none.
fn whole(value: f64) -> u32 {
    // A cast saturates at both ends and makes zero of what is no number.
    value as u32
}
