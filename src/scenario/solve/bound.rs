//! What a promise is bound by where turning a knob does not help: one part after the other is taken out of the way, and
//! the first whose absence repairs the promise is named.

use super::Trials;
use crate::analysis::sla::Verdict;
use crate::scenario::judge::Promise;
use crate::scenario::model::RateLimits;
use crate::scenario::{Scenario, SimulateError};

/// Load that leaves no one waiting.
const HARDLY_ANY: f64 = 0.001;

/// A part and the scenario without it.
type Without = (String, Scenario);

/// The part that binds the promise of this name, in words after "bound by"; `None` where no single one does.
pub fn bound_by(
    scenario: &Scenario,
    promise: &str,
    trials: &Trials<'_>,
) -> Result<Option<String>, SimulateError> {
    let parts = parts(scenario);
    let without: Vec<Scenario> = parts.iter().map(|(_, s)| s.clone()).collect();
    let mut words = parts.into_iter().map(|(words, _)| words);
    for result in trials.each(&without) {
        let part = words.next();
        match result {
            Ok(run) => {
                let kept = |p: &Promise| p.name == promise && p.verdict == Verdict::Met;
                if run.promises.iter().any(kept) {
                    return Ok(part);
                }
            }
            Err(SimulateError::Cancelled) => return Err(SimulateError::Cancelled),
            // A scenario that cannot do without the part is no answer.
            Err(_) => {}
        }
    }
    let idle = trials.one(&changed(scenario, |s| s.workload.growth *= HARDLY_ANY));
    let broken_idle = idle.is_ok_and(|run| {
        run.promises
            .iter()
            .any(|p| p.name == promise && p.verdict == Verdict::Breached)
    });
    Ok(broken_idle.then(|| {
        "the time of a request itself, which breaks it under hardly any load too".to_owned()
    }))
}

fn changed(scenario: &Scenario, change: impl FnOnce(&mut Scenario)) -> Scenario {
    let mut out = scenario.clone();
    change(&mut out);
    out
}

fn parts(scenario: &Scenario) -> Vec<Without> {
    let mut list: Vec<Without> = Vec::new();
    let mut add = |present: bool, words: &str, change: &dyn Fn(&mut Scenario)| {
        if present {
            list.push((words.to_owned(), changed(scenario, change)));
        }
    };
    let s = scenario;
    add(
        !(s.faults.is_empty() && s.random_failures.is_empty()),
        "the failures",
        &|s| {
            s.faults.clear();
            s.random_failures.clear();
        },
    );
    add(
        s.rate_limits != RateLimits::default(),
        "the rate limits",
        &|s| s.rate_limits = RateLimits::default(),
    );
    add(s.backend.database.is_some(), "the database", &|s| {
        s.backend.database = None;
    });
    add(
        s.autoscaling.active(),
        &format!(
            "the autoscaler's maximum of {} instances",
            s.autoscaling.max
        ),
        &|s| {
            s.autoscaling.max = s.autoscaling.max.saturating_mul(10);
        },
    );
    add(
        s.autoscaling.active(),
        "the time until new instances take traffic",
        &|s| {
            s.autoscaling.boot = 0.0;
            s.autoscaling.warm_up = 0.0;
            s.autoscaling.metric_delay = 0.0;
        },
    );
    add(
        s.service.classes.iter().any(|c| c.error_share > 0.0),
        "the share of requests that fail by themselves",
        &|s| {
            s.service
                .classes
                .iter_mut()
                .for_each(|c| c.error_share = 0.0);
        },
    );
    let far = s.topology.groups.iter().any(|g| g.distance > 0.0);
    add(s.service.network > 0.0 || far, "the network", &|s| {
        s.service.network = 0.0;
        s.topology.groups.iter_mut().for_each(|g| g.distance = 0.0);
    });
    list
}
