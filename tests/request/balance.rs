//! Who chooses the instance: the order theory gives, and fairness.

use headroom::scenario::model::{Balancer, Class, InstanceGroup, Scenario};

use super::fixture::{instances, run, scenario};

/// Eight instances of one worker at 85 %.
fn eight(balancer: Balancer) -> Scenario {
    let mut eight = scenario(680.0, 120.0);
    eight.topology.groups = instances(8);
    eight.topology.balancer = balancer;
    eight.run.warm_up = 10.0;
    eight
}

/// Random (eight M/M/1) waits longest, then turns, two choices, the shortest queue, and one queue for all. All of them
/// see the same arrivals and the same work.
#[test]
fn better_information_waits_less() {
    let wait = |balancer| run(&eight(balancer)).summary.wait_mean.value;
    let order = [
        Balancer::Random,
        Balancer::RoundRobin,
        Balancer::PowerOfTwo,
        Balancer::LeastConnections,
        Balancer::SharedQueue,
    ];
    let waits: Vec<f64> = order.into_iter().map(wait).collect();
    assert!(waits.windows(2).all(|w| w[0] > w[1] * 1.1), "{waits:?}");
    // With one worker an instance, fewest in flight and shortest queue choose alike.
    let shortest = wait(Balancer::JoinShortestQueue);
    assert!(
        (shortest / waits[3] - 1.0).abs() < 0.1,
        "{shortest} {waits:?}"
    );
    // By chance each is an M/M/1 at 85 %: 56.7 ms.
    assert!((waits[0] / 0.0567 - 1.0).abs() < 0.15, "{waits:?}");
}

/// Hashing sends a user to one instance: with a single user only one instance works.
#[test]
fn a_user_stays_by_hash() {
    let mut one = eight(Balancer::IpHash);
    one.workload.pattern = headroom::scenario::model::Pattern::Constant { level: 50.0 };
    one.workload.users = 1.0;
    let alone = run(&one).summary;
    one.workload.users = 10_000.0;
    let spread = run(&one).summary;
    // One M/M/1 at half load waits as long as it works; eight of them hardly.
    assert!(
        (alone.wait_mean.value / 0.01 - 1.0).abs() < 0.25,
        "{alone:?}"
    );
    assert!(spread.wait_mean.value < 0.002, "{spread:?}");
}

/// A group of instances three times as fast takes three quarters by weight, and its queue stays as short.
#[test]
fn weights_fit_unequal_instances() {
    let group = |name: &str, weight, speed| InstanceGroup {
        name: name.to_owned(),
        instances: 2,
        weight,
        speed,
        ..InstanceGroup::default()
    };
    let mut unequal = scenario(560.0, 60.0);
    unequal.topology.groups = vec![group("small", 1.0, 1.0), group("large", 3.0, 3.0)];
    unequal.topology.balancer = Balancer::WeightedRoundRobin;
    let weighted = run(&unequal).summary;
    unequal.topology.balancer = Balancer::RoundRobin;
    let even = run(&unequal).summary;
    // By turn the small ones get 140 a second each and can do 100.
    assert!(weighted.served_per_sec.value > 540.0);
    assert!(even.queue_max > 1000.0 && weighted.queue_max < 100.0);
    unequal.topology.balancer = Balancer::ResponseTime;
    let timed = run(&unequal).summary;
    assert!(timed.mean.value < even.mean.value / 10.0, "{timed:?}");
}

/// Senders go to their own region as long as it has an instance, and the far one costs its distance.
#[test]
fn regions_answer_their_own() {
    let group = |name: &str, instances| InstanceGroup {
        name: name.to_owned(),
        instances,
        weight: 1.0,
        distance: 0.2,
        ..InstanceGroup::default()
    };
    let mut regions = scenario(100.0, 60.0);
    regions.service.classes = vec![Class {
        time: headroom::scenario::model::Dist::Deterministic { mean: 0.001 },
        ..Class::default()
    }];
    regions.topology.balancer = Balancer::Geographic;
    regions.topology.groups = vec![group("east", 1), group("west", 1)];
    let both = run(&regions).summary;
    assert!(both.p99.value < 0.01, "{both:?}");
    regions.topology.groups = vec![group("east", 2), group("west", 0)];
    let east = run(&regions).summary;
    assert!((east.mean.value - 0.101).abs() < 0.01, "{east:?}");
}
