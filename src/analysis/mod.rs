//! Pure functions from data and parameters to plain results. No clock, no randomness, no I/O: seeds and "now" are parameters.

pub mod anomaly;
pub mod capacity;
pub mod closing;
pub mod compare;
pub mod decisions;
pub mod forecast;
pub mod free_space;
pub mod latency;
pub mod queueing;
pub mod sla;
pub mod story;
