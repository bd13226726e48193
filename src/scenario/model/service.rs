//! What one instance does with a request: how long it works on it, how many at once, and what happens when it is late.

use serde::{Deserialize, Serialize};

use super::Dist;

/// A kind of request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Class {
    /// Label, as in the run it comes from.
    pub label: String,
    /// Share of all requests, relative to the other classes.
    pub weight: f64,
    /// Time a worker is busy with it, on one core's speed; waiting is not part of it.
    pub time: Dist,
    /// Processor time in seconds; `None` takes [`super::CpuModel::per_request`].
    pub cpu: Option<f64>,
    /// Lower numbers are kept longer when load is shed; 0 is never shed.
    pub priority: u8,
    /// Share that fails by itself, 0..1.
    pub error_share: f64,
    /// Share that writes (goes past caches and replicas), 0..1.
    pub writes: f64,
}

impl Default for Class {
    fn default() -> Self {
        Self {
            label: "requests".to_owned(),
            weight: 1.0,
            time: Dist::default(),
            cpu: None,
            priority: 1,
            error_share: 0.0,
            writes: 0.0,
        }
    }
}

/// What makes requests slower when there are many: exactly one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "contention", rename_all = "snake_case")]
pub enum Contention {
    /// They wait for a free worker.
    #[default]
    Queueing,
    /// The fitted scalability law of one instance: X(N) = λN/(1+σ(N−1)+κN(N−1)) for N requests in flight.
    Scalability {
        /// Contention, 0..1.
        sigma: f64,
        /// Coherency, not below zero.
        kappa: f64,
        /// Requests per second of one request in flight.
        lambda: f64,
    },
}

/// Requests that failed or were late are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retries {
    /// Attempts after the first; 0 for none.
    pub max: u32,
    /// Seconds before the first of them.
    pub backoff: f64,
    /// Each further one waits this many times longer.
    pub factor: f64,
    /// No wait is longer, seconds.
    pub cap: f64,
    /// Waits vary evenly by this share around their value, 0..1.
    pub jitter: f64,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max: 0,
            backoff: 0.1,
            factor: 2.0,
            cap: 10.0,
            jitter: 0.5,
        }
    }
}

/// An instance at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Kinds of requests; at least one.
    pub classes: Vec<Class>,
    /// A load test the service times are taken from; they are filled in before the run.
    pub from_run: Option<String>,
    /// Requests an instance works on at once.
    pub workers: u32,
    /// Requests that may wait at one instance; `None` has a bound of 100,000 so that memory has one.
    pub queue_limit: Option<u32>,
    /// Seconds after which the sender gives up; the work already begun is finished in vain.
    pub timeout: Option<f64>,
    /// Sent again.
    pub retries: Retries,
    /// Queueing or scalability law.
    pub contention: Contention,
    /// Cores of an instance.
    pub cores: f64,
    /// Cores at which the service times were measured.
    pub measured_cores: f64,
    /// Share of the work that more cores cannot speed up, 0..1 (Amdahl); with 1 the size has no effect on a request.
    pub serial_share: f64,
    /// Added to each answer outside the instance (network), seconds.
    pub network: f64,
    /// Load is shed by priority once this share of the queue limit is taken, 0..1; `None` never.
    pub shed_at: Option<f64>,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            classes: vec![Class::default()],
            from_run: None,
            workers: 10,
            queue_limit: Some(1000),
            timeout: None,
            retries: Retries::default(),
            contention: Contention::Queueing,
            cores: 1.0,
            measured_cores: 1.0,
            serial_share: 1.0,
            network: 0.0,
            shed_at: None,
        }
    }
}

impl Service {
    /// How much faster an instance works than the measured one: 1/(serial + (1 − serial)·measured/cores), Amdahl's law.
    pub fn speed(&self) -> f64 {
        let serial = self.serial_share.clamp(0.0, 1.0);
        if self.cores > 0.0 && self.measured_cores > 0.0 {
            1.0 / (serial + (1.0 - serial) * self.measured_cores / self.cores)
        } else {
            1.0
        }
    }

    /// Mean time of a request at a worker over the mix, seconds, at the instance's speed.
    pub fn mean_time(&self) -> f64 {
        let weight: f64 = self.classes.iter().map(|c| c.weight).sum();
        let time: f64 = self.classes.iter().map(|c| c.weight * c.time.mean()).sum();
        if weight > 0.0 {
            time / weight / self.speed()
        } else {
            0.0
        }
    }
}
