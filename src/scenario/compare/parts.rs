//! A scenario in named parts, so that one can be turned into another part by part.

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// Fields of a scenario that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What arrives.
    Workload,
    /// What an instance does with a request.
    Service,
    /// Instances and the balancer before them; peers and shards where those stand instead.
    Instances,
    /// Who changes their number.
    Autoscaling,
    /// Caches, database, work queue.
    Backend,
    /// Rate limits.
    Limits,
    /// What fails.
    Faults,
    /// Prices.
    Cost,
    /// Length, grain and seed of the run.
    Run,
}

/// The order in which a scenario is turned into another.
pub const ORDER: [Part; 9] = [
    Part::Workload,
    Part::Service,
    Part::Instances,
    Part::Autoscaling,
    Part::Backend,
    Part::Limits,
    Part::Faults,
    Part::Cost,
    Part::Run,
];

impl Part {
    /// As a person reads it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Service => "service",
            Self::Instances => "instances",
            Self::Autoscaling => "autoscaling",
            Self::Backend => "backend",
            Self::Limits => "rate limits",
            Self::Faults => "faults",
            Self::Cost => "prices",
            Self::Run => "run",
        }
    }

    /// Whether two scenarios differ in it.
    pub fn differs(self, a: &Scenario, b: &Scenario) -> bool {
        let mut with = a.clone();
        self.take(&mut with, b);
        with != *a
    }

    /// Puts this part of `from` into `into`.
    pub fn take(self, into: &mut Scenario, from: &Scenario) {
        match self {
            Self::Workload => into.workload = from.workload.clone(),
            Self::Service => into.service = from.service.clone(),
            Self::Instances => {
                into.topology = from.topology.clone();
                into.federation = from.federation.clone();
                into.chain = from.chain.clone();
            }
            Self::Autoscaling => into.autoscaling = from.autoscaling.clone(),
            Self::Backend => into.backend = from.backend.clone(),
            Self::Limits => into.rate_limits = from.rate_limits.clone(),
            Self::Faults => {
                into.faults = from.faults.clone();
                into.random_failures = from.random_failures.clone();
            }
            Self::Cost => into.cost = from.cost.clone(),
            Self::Run => into.run = from.run.clone(),
        }
    }
}

/// The parts in which two scenarios differ, in the order of [`ORDER`].
pub fn changed(a: &Scenario, b: &Scenario) -> Vec<Part> {
    ORDER.into_iter().filter(|p| p.differs(a, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{CacheLayer, Fault, FaultKind};

    /// Every field that changes a run belongs to a part: all parts of one make the other.
    #[test]
    fn all_parts_together_make_the_other_scenario() {
        let a = Scenario::default();
        let mut b = Scenario::default();
        b.workload.growth = 10.0;
        b.service.workers = 3;
        b.topology.groups.clear();
        b.federation = Some(crate::scenario::model::Federation::default());
        b.chain = Some(crate::scenario::model::ShardedChain::default());
        b.autoscaling.min = 7;
        b.backend.caches.push(CacheLayer::default());
        b.rate_limits.global = Some(crate::scenario::model::TokenBucket::default());
        b.faults.push(Fault {
            at: 1.0,
            lasts: None,
            kind: FaultKind::PrimaryLost,
        });
        b.random_failures
            .push(crate::scenario::model::RandomFailures::default());
        b.cost.reserved = 4;
        b.run.seed = 9;
        assert_eq!(changed(&a, &b), ORDER);
        let mut made = a.clone();
        for part in ORDER {
            part.take(&mut made, &b);
        }
        assert_eq!(made, b);
        assert_eq!(changed(&made, &b), []);
    }
}
