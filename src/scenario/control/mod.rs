//! Who decides how many instances there are, and what is turned away: autoscalers as an engine asks them at every
//! tick, and the small state machines of rate limits, circuit breakers and health checks.
//!
//! Nothing here knows an engine. Both ask [`Controller::look`] with what they saw, and carry out the decisions.

mod controller;
mod kinds;

pub use controller::Controller;
pub use kinds::{Decision, Fleet, Seen};
