//! A scenario as plain data, in seconds, requests per second and shares of one. It is what a file or the cards on
//! screen describe; the engines take it as it is, once nothing in it refers to data outside ([`Scenario::pending`]).

mod arrivals;
mod backend;
mod control;
mod cost;
mod dist;
mod fault;
mod overlay;
mod run;
mod service;
mod topology;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use arrivals::{Arrivals, Interpolation, Pattern, RatePoint, Workload};
pub use backend::{Backend, CacheLayer, Database, Pool, Replicas, Shards, WorkQueue};
pub use control::{
    Autoscaling, CpuModel, HpaBehavior, HpaDirection, HpaPolicy, HpaPolicyKind, RateLimits,
    ScaleMetric, ScheduleWindow, Select, StepAdjustment, StepPolicy, StepRule, TokenBucket,
    TrackingAlarms, VerticalScaling,
};
pub use cost::Cost;
pub use dist::Dist;
pub use fault::{Fault, FaultKind, RandomFailures};
pub use overlay::{Federation, Joining, PeerGroup, Routing, ShardedChain};
pub use run::{Engine, Run};
pub use service::{Class, Contention, Retries, Service};
pub use topology::{
    Balancer, CircuitBreaker, HealthCheck, InstanceGroup, Rollout, StickySessions, Topology,
};

/// What is simulated, and under which assumptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scenario {
    /// Name shown in tables and reports.
    pub name: String,
    /// One sentence on what is asked.
    pub about: String,
    /// What arrives.
    pub workload: Workload,
    /// What one instance does with a request.
    pub service: Service,
    /// How many instances there are, and who chooses among them.
    pub topology: Topology,
    /// What a request needs behind the instance: caches, a database, a work queue.
    pub backend: Backend,
    /// How the number and size of instances follow the load.
    pub autoscaling: Autoscaling,
    /// What is turned away before it reaches an instance.
    pub rate_limits: RateLimits,
    /// What fails, and when.
    pub faults: Vec<Fault>,
    /// Failures that come by themselves, by mean time between failures and to repair.
    pub random_failures: Vec<RandomFailures>,
    /// Peers that join and leave, instead of instances.
    pub federation: Option<Federation>,
    /// Shards of a chain, instead of instances.
    pub chain: Option<ShardedChain>,
    /// What it costs.
    pub cost: Cost,
    /// The promises it is judged by: text of an SLA file; `None` takes those of the project.
    pub sla: Option<String>,
    /// How it is run.
    pub run: Run,
    /// Assumptions in sentences: what was not measured, and where a figure comes from.
    pub assumptions: Vec<String>,
    /// First day on which it holds, where it is a plan with a date; forecasts follow the committed one from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
}

impl Scenario {
    /// Whether peers of a federation or shards of a chain do the work instead of instances.
    pub const fn is_overlay(&self) -> bool {
        self.federation.is_some() || self.chain.is_some()
    }

    /// What it has many of, in the singular: `instance`, `peer` or `shard`.
    pub const fn unit(&self) -> &'static str {
        if self.federation.is_some() {
            "peer"
        } else if self.chain.is_some() {
            "shard"
        } else {
            "instance"
        }
    }

    /// What its load is made of: `requests`, `messages` or `transactions`.
    pub const fn load_unit(&self) -> &'static str {
        if self.federation.is_some() {
            "messages"
        } else if self.chain.is_some() {
            "transactions"
        } else {
            "requests"
        }
    }

    /// What still refers to data outside the scenario, in words ("the forecast of cpu_percent"); the engines want none.
    pub fn pending(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.workload.pattern.pending());
        out.extend(
            self.service
                .from_run
                .as_ref()
                .map(|file| format!("the service times of {file}")),
        );
        out
    }
}
