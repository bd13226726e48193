//! `traffic_management` of the strategy document: rate limits, canary and blue-green, routing by region.

use super::super::form::{Form, Read, wrong};
use super::super::quantity::{Kind, NUMBER, PERCENT, SECS, TEXT};
use super::super::settings::rate_limits;
use super::super::topology::usual_rollout;
use crate::scenario::Scenario;
use crate::scenario::model::{Balancer, InstanceGroup, Topology};
use crate::yaml::{Node, Value};

/// The parts, in the block or by themselves.
pub(super) fn describe(form: &mut Form<'_>, scenario: &mut Scenario) {
    form.part("rate_limiting", |f| {
        rate_limits(f, &mut scenario.rate_limits);
    });
    form.part("traffic_splitting", |f| {
        splitting(f, &mut scenario.topology);
    });
    form.part("geographic_routing", |f| {
        routing(f, &mut scenario.topology);
    });
}

/// A criterion such as `<1%`: what it is below.
fn below(node: &Node, place: &str, kind: Kind<f64>) -> Read<f64> {
    let Value::Scalar(text) = &node.value else {
        return Err(wrong(node, place, "must be a single value"));
    };
    let bare = text.trim().trim_start_matches(['<', '≤', '=']).trim();
    super::super::form::scalar(&Node::scalar(node.line, bare), place, kind)
}

fn criterion(form: &mut Form<'_>, key: &'static str, into: &mut Option<f64>, kind: Kind<f64>) {
    let mut found = 0.0;
    if form.own(
        key,
        &mut found,
        |node, place| below(node, place, kind),
        |_| Value::Null,
    ) {
        *into = Some(found);
    }
}

/// Times as long as blue that green may take and still maintain its performance.
const BASELINE: f64 = 1.1;

/// A canary, or a switch from blue to green. One rollout runs at a time: the canary where both are there.
fn splitting(form: &mut Form<'_>, topology: &mut Topology) {
    let mut canary = false;
    form.part("canary_deployment", |f| {
        canary = true;
        f.switch("enabled", &mut canary);
        let mut rollout = usual_rollout();
        f.value("traffic_percentage", &mut rollout.share, PERCENT);
        f.part("success_criteria", |f| {
            criterion(f, "error_rate", &mut rollout.max_error_share, PERCENT);
            criterion(f, "response_time", &mut rollout.max_response, SECS);
        });
        if canary {
            f.assume("The canary starts with the run, is watched for 10 min, and is as fast and as sound as the version before it.");
            topology.rollout = Some(rollout);
        }
    });
    form.part("blue_green_deployment", |f| {
        let mut green = true;
        f.switch("enabled", &mut green);
        let mut maintained = false;
        f.part("switch_criteria", |f| {
            // Green without an instance in service never gets the requests.
            let mut passing = true;
            f.word("health_check", &mut passing, &[("passing", true)]);
            f.word(
                "performance_baseline",
                &mut maintained,
                &[("maintained", true), ("ignored", false)],
            );
        });
        if green && canary {
            let place = f.place("enabled");
            let told = format!("{place} (a canary runs already)");
            f.remarks.not_simulated.push(told);
        } else if green {
            let mut rollout = usual_rollout();
            rollout.share = 0.0;
            f.assume("The switch from blue to green comes 10 min after the start of the run, and blue stands by for 10 min more.");
            if maintained {
                rollout.max_slower = Some(BASELINE);
                f.assume("Green goes back when it takes more than 1.1 times as long as blue did.");
            }
            topology.rollout = Some(rollout);
        }
    });
}

/// Regions with their share of the senders. Instances that are not spread yet are spread by it.
fn routing(form: &mut Form<'_>, topology: &mut Topology) {
    let base = InstanceGroup::default();
    let mut regions: Vec<InstanceGroup> = Vec::new();
    form.list("regions", &mut regions, &base, |f, region| {
        f.must("name", &mut region.name, TEXT);
        f.value("weight", &mut region.weight, NUMBER);
        f.not_simulated(&["latency_threshold"]);
    });
    if regions.is_empty() {
        form.lacks("regions", "[{name: us-east, weight: 40}]");
        return;
    }
    topology.balancer = Balancer::Geographic;
    let unnamed = topology.groups.iter().all(|g| g.name.is_empty());
    if !unnamed {
        for region in &regions {
            match topology.groups.iter_mut().find(|g| g.name == region.name) {
                Some(group) => group.weight = region.weight,
                None => form.fail_here(&format!(
                    "no group of the topology is called {}",
                    region.name
                )),
            }
        }
        return;
    }
    let weight: f64 = regions.iter().map(|r| r.weight).sum();
    let all = topology.instances();
    let mut left = all;
    let mut passed = 0.0;
    for region in &mut regions {
        // What is due so far less what is given: the parts add up to the whole.
        passed += region.weight;
        let due = if weight > 0.0 {
            (f64::from(all) * passed / weight).round() as u32
        } else {
            all
        };
        let given = all - left;
        region.instances = due.saturating_sub(given).min(left);
        left -= region.instances;
    }
    form.assume(format!(
        "The {all} instances are spread over the regions by their weights."
    ));
    topology.groups = regions;
}
