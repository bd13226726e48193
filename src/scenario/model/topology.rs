//! How many instances there are, how they differ, and who chooses among them.

use serde::{Deserialize, Serialize};

/// How the balancer chooses an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balancer {
    /// One after the other.
    RoundRobin,
    /// One after the other, in proportion to their weights.
    WeightedRoundRobin,
    /// Any, by chance.
    Random,
    /// Fewest requests in flight; ties by turn.
    #[default]
    LeastConnections,
    /// Shortest smoothed response time times requests in flight.
    ResponseTime,
    /// The better of two taken by chance.
    PowerOfTwo,
    /// Shortest queue of waiting requests.
    JoinShortestQueue,
    /// By the sender's address: always the same instance for the same user.
    IpHash,
    /// By region: those of the sender's region first, others when none is healthy.
    Geographic,
    /// One queue for all instances (no balancer in between), as in the formulas M/M/c.
    SharedQueue,
}

/// Instances that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceGroup {
    /// Region or zone.
    pub name: String,
    /// Instances at the start.
    pub instances: u32,
    /// Weight for weighted balancing, and share of the senders for geographic.
    pub weight: f64,
    /// Speed relative to the service's.
    pub speed: f64,
    /// Added to each answer for senders of another region, seconds.
    pub distance: f64,
}

impl Default for InstanceGroup {
    fn default() -> Self {
        Self {
            name: String::new(),
            instances: 1,
            weight: 1.0,
            speed: 1.0,
            distance: 0.0,
        }
    }
}

/// How a dead or sick instance is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheck {
    /// Seconds between two checks.
    pub interval: f64,
    /// Seconds after which a check has failed.
    pub timeout: f64,
    /// Good checks in a row until traffic returns.
    pub healthy_threshold: u32,
    /// Failed checks in a row until traffic stops.
    pub unhealthy_threshold: u32,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            interval: 30.0,
            timeout: 5.0,
            healthy_threshold: 2,
            unhealthy_threshold: 3,
        }
    }
}

/// Stops sending to an instance whose answers fail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CircuitBreaker {
    /// Failures in a row that open it.
    pub failure_threshold: u32,
    /// Seconds until it is half open.
    pub recovery_timeout: f64,
    /// Trial requests while half open; all must succeed to close it, one failure opens it again.
    pub half_open_max_calls: u32,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            failure_threshold: 5,
            recovery_timeout: 30.0,
            half_open_max_calls: 3,
        }
    }
}

/// A user stays with one instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StickySessions {
    /// Seconds a user stays.
    pub duration: f64,
}

/// A new version beside the old one, on instances of its own: a canary, or with a first share of 0 green beside blue,
/// which gets all requests after [`Self::watch`] and is then watched as long again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollout {
    /// Share of the traffic the new version gets at first, 0..1.
    pub share: f64,
    /// It starts at this second.
    pub at: f64,
    /// Seconds it is watched before it takes over or is taken back.
    pub watch: f64,
    /// Service times of the new version relative to the old.
    pub time_factor: f64,
    /// Its share of errors, 0..1.
    pub error_share: f64,
    /// It is taken back when more than this share of its answers fail in the watch, 0..1.
    pub max_error_share: Option<f64>,
    /// It is taken back when its mean response time is above this, seconds.
    pub max_response: Option<f64>,
    /// Instances of its own; `None` takes its share of those there are, at least one, and as many for green.
    pub instances: Option<u32>,
    /// It is taken back when its mean response time is above so many times that of the old version.
    pub max_slower: Option<f64>,
}

/// Instances and the balancer before them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Topology {
    /// Groups of instances; at least one.
    pub groups: Vec<InstanceGroup>,
    /// Who chooses.
    pub balancer: Balancer,
    /// How dead instances are found; `None`: at once.
    pub health_check: Option<HealthCheck>,
    /// For each instance.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// Users stay with an instance.
    pub sticky: Option<StickySessions>,
    /// A canary or a blue-green switch.
    pub rollout: Option<Rollout>,
}

impl Default for Topology {
    fn default() -> Self {
        Self {
            groups: vec![InstanceGroup::default()],
            balancer: Balancer::default(),
            health_check: None,
            circuit_breaker: None,
            sticky: None,
            rollout: None,
        }
    }
}

impl Topology {
    /// Instances at the start, over all groups.
    pub fn instances(&self) -> u32 {
        self.groups
            .iter()
            .fold(0, |sum, g| sum.saturating_add(g.instances))
    }
}
