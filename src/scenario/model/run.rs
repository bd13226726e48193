//! How a scenario is run.

use serde::{Deserialize, Serialize};

/// Which engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Chosen by the number of requests and by what the scenario holds.
    #[default]
    Auto,
    /// Every request on its own.
    Request,
    /// Rates over steps.
    Fluid,
}

/// Length, grain and randomness of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Which engine runs it.
    pub engine: Engine,
    /// Seconds simulated after the warm-up.
    pub duration: f64,
    /// Seconds at the beginning that are simulated but not counted.
    pub warm_up: f64,
    /// Seconds of a step of the fluid, and of the run over time that is reported.
    pub step: f64,
    /// The same seed gives the same run.
    pub seed: u64,
    /// Independent repetitions; from three on figures carry an interval.
    pub replications: u32,
    /// Start of the run in microseconds since 1970 UTC, for schedules and day shapes.
    pub start_micros: i64,
    /// Zone of day and week shapes, IANA name.
    pub zone: String,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            engine: Engine::Auto,
            duration: 3600.0,
            warm_up: 0.0,
            step: 5.0,
            seed: 1,
            replications: 1,
            start_micros: 0,
            zone: "UTC".to_owned(),
        }
    }
}
