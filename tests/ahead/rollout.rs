//! A canary and green beside blue on instances of their own, counted by hand.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Arrivals, Balancer, Class, Dist, Fault, FaultKind, InstanceGroup, Pattern, Rollout, ScaleMetric,
};
use headroom::scenario::{Outcome, Scenario, request};

/// `rate` requests a second of 10 ms on so many instances of one worker, for 300 s in steps of one.
fn service(rate: f64, instances: u32, rollout: Rollout) -> Scenario {
    let mut s = Scenario::default();
    s.workload.pattern = Pattern::Constant { level: rate };
    s.workload.arrivals = Arrivals::Even;
    s.service.workers = 1;
    s.service.queue_limit = None;
    s.service.classes = vec![Class {
        time: Dist::Deterministic { mean: 0.01 },
        ..Class::default()
    }];
    s.topology.groups = vec![InstanceGroup {
        instances,
        ..InstanceGroup::default()
    }];
    s.topology.rollout = Some(rollout);
    s.run.duration = 300.0;
    s.run.step = 1.0;
    s.run.seed = 7;
    s
}

fn rollout(share: f64) -> Rollout {
    Rollout {
        share,
        at: 100.0,
        watch: 100.0,
        time_factor: 1.0,
        ..Rollout::default()
    }
}

fn run(scenario: &Scenario) -> Outcome {
    request::run(scenario, &Progress::default()).unwrap()
}

fn told(outcome: &Outcome) -> Vec<(&str, f64)> {
    let events = outcome.events.iter();
    events.map(|e| (e.kind.as_str(), e.at)).collect()
}

fn instances(outcome: &Outcome, at: usize) -> u32 {
    outcome.steps[at].instances
}

/// Four instances and a canary of 10 %: one more for 100 s, then four again, of the new version.
#[test]
fn a_canary_stands_beside_the_old_version_and_takes_its_place() {
    let found = run(&service(100.0, 4, rollout(0.1)));
    assert_eq!(told(&found), [("rollout", 100.0), ("rollout", 200.0)]);
    assert_eq!(
        [50, 150, 250].map(|at| instances(&found, at)),
        [4, 5, 4],
        "{:?}",
        found.events
    );
    let changes: Vec<_> = found.events.iter().map(|e| (e.from, e.to)).collect();
    assert_eq!(changes, [(Some(4.0), Some(5.0)), (Some(5.0), Some(4.0))]);
    // 4 · 300 s + 100 s, in hours.
    let hours = found.summary.instance_hours;
    assert!((hours - 1_300.0 / 3_600.0).abs() < 1e-3, "{hours}");
    assert!(
        found.events[1]
            .why
            .contains("did well (10.00 ms on average, 0.00 % failed)")
    );
    let mut own = service(100.0, 4, rollout(0.1));
    own.topology.rollout.as_mut().unwrap().instances = Some(3);
    let own = run(&own);
    assert_eq!([150, 250].map(|at| instances(&own, at)), [7, 4]);
    assert_eq!(own.summary.error_rate.value, 0.0);
}

/// A fifth of 200/s at one instance whose requests take 30 ms: 40/s where 33.3/s can be answered. Its queue grows by 6.7
/// a second; after 100 s 667 wait, so the mean wait is about 10 s. The old version is as fast as before.
#[test]
fn a_canary_that_cannot_keep_up_is_taken_back_and_nobody_else_waits() {
    let mut slow = service(200.0, 4, rollout(0.2));
    let settings = slow.topology.rollout.as_mut().unwrap();
    settings.instances = Some(1);
    settings.time_factor = 3.0;
    settings.max_response = Some(0.5);
    let found = run(&slow);
    assert_eq!(told(&found), [("rollout", 100.0), ("rollback", 200.0)]);
    let why = &found.events[1].why;
    assert!(why.contains("on average; at most 500 ms may be"), "{why}");
    let p50 = found.steps[190].p50.unwrap();
    assert!((p50 - 0.01).abs() < 5e-4, "{p50}");
    // What waits at the canary is still answered before it goes; then all is as before.
    assert_eq!([150, 298].map(|at| instances(&found, at)), [5, 4]);
    // Of 40 · 100 requests 33.3 · 100 are answered in the watch.
    let behind = found.steps[199].queue;
    assert!((behind - 667.0).abs() < 120.0, "{behind}");
    // With a second instance it keeps up, at 60 % of both.
    slow.topology.rollout.as_mut().unwrap().instances = Some(2);
    let found = run(&slow);
    assert_eq!(told(&found), [("rollout", 100.0), ("rollout", 200.0)]);
}

/// Three times as long as the old version is beyond twice, four times is not.
#[test]
fn the_old_version_is_the_measure() {
    let mut slow = service(100.0, 4, rollout(0.1));
    let settings = slow.topology.rollout.as_mut().unwrap();
    (settings.time_factor, settings.max_slower) = (3.0, Some(2.0));
    let found = run(&slow);
    assert_eq!(told(&found), [("rollout", 100.0), ("rollback", 200.0)]);
    let why = &found.events[1].why;
    assert!(
        why.contains("and the old one 10.00 ms; at most 2.00 times as long may be"),
        "{why}"
    );
    slow.topology.rollout.as_mut().unwrap().max_slower = Some(4.0);
    assert_eq!(told(&run(&slow))[1].0, "rollout");
}

/// Green stands by from 100 s, answers from 150 s, and blue goes at 200 s, or gets the requests back.
#[test]
fn green_beside_blue_switches_and_switches_back() {
    let mut green = service(100.0, 2, rollout(0.0));
    let settings = green.topology.rollout.as_mut().unwrap();
    settings.watch = 50.0;
    settings.max_slower = Some(1.1);
    let found = run(&green);
    assert_eq!(
        told(&found),
        [("rollout", 100.0), ("rollout", 150.0), ("rollout", 200.0)]
    );
    assert_eq!(
        [99, 120, 180, 250].map(|at| instances(&found, at)),
        [2, 4, 4, 2]
    );
    assert_eq!(found.summary.error_rate.value, 0.0);
    green.topology.rollout.as_mut().unwrap().error_share = 0.2;
    green.topology.rollout.as_mut().unwrap().max_error_share = Some(0.01);
    let found = run(&green);
    assert_eq!(told(&found)[2], ("rollback", 200.0));
    let failed = |from: usize, to: usize| {
        let steps = &found.steps[from..to];
        steps.iter().map(|s| s.errors).sum::<f64>() / steps.len() as f64
    };
    assert_eq!(failed(0, 150), 0.0);
    assert!(
        (failed(150, 200) - 20.0).abs() < 4.0,
        "{}",
        failed(150, 200)
    );
    assert_eq!(failed(201, 300), 0.0);
    assert_eq!(instances(&found, 250), 2);
}

/// Green that is dead when its turn comes never gets the requests.
#[test]
fn green_without_an_instance_in_service_is_not_switched_to() {
    let mut dead = service(100.0, 2, rollout(0.0));
    dead.faults = vec![Fault {
        at: 110.0,
        lasts: None,
        kind: FaultKind::Kill {
            instances: 4,
            group: None,
        },
    }];
    let found = run(&dead);
    let back = found.events.iter().find(|e| e.kind == "rollback").unwrap();
    assert_eq!(back.at, 200.0);
    assert!(
        back.why.contains("no instance of the new version"),
        "{back:?}"
    );
}

/// Each way to choose an instance keeps to the version's own, and nothing is lost on the way over.
#[test]
fn every_balancer_keeps_the_versions_apart() {
    for balancer in [
        Balancer::RoundRobin,
        Balancer::WeightedRoundRobin,
        Balancer::Random,
        Balancer::LeastConnections,
        Balancer::ResponseTime,
        Balancer::PowerOfTwo,
        Balancer::JoinShortestQueue,
        Balancer::IpHash,
        Balancer::Geographic,
        Balancer::SharedQueue,
    ] {
        let mut s = service(100.0, 4, rollout(0.25));
        s.topology.balancer = balancer;
        s.topology.groups = ["east", "west"]
            .map(|name| InstanceGroup {
                name: name.to_owned(),
                instances: 2,
                ..InstanceGroup::default()
            })
            .to_vec();
        s.topology.rollout.as_mut().unwrap().instances = Some(2);
        s.topology.rollout.as_mut().unwrap().time_factor = 2.0;
        let found = run(&s);
        assert_eq!(told(&found).len(), 2, "{balancer:?} {:?}", found.events);
        assert_eq!(
            [50, 150, 250].map(|at| instances(&found, at)),
            [4, 6, 4],
            "{balancer:?}"
        );
        let summary = &found.summary;
        assert_eq!(summary.error_rate.value, 0.0, "{balancer:?}");
        // 20 ms of the new version at least, for all at the end.
        assert!(found.steps[290].p50.unwrap() > 0.0199, "{balancer:?}");
        let served = summary.served_per_sec.value;
        assert!((served - 100.0).abs() < 0.1, "{balancer:?} {served}");
    }
}

/// What stands beside is not the autoscaler's: two instances at half use keep to two, with four of green beside them.
#[test]
fn the_autoscaler_looks_at_the_version_that_serves() {
    let mut s = service(100.0, 2, rollout(0.0));
    s.topology.rollout.as_mut().unwrap().instances = Some(4);
    s.autoscaling.hpa = vec![(ScaleMetric::WorkerUtilization, 0.5)];
    s.autoscaling.min = 1;
    s.autoscaling.max = 10;
    let found = run(&s);
    let scaled: Vec<f64> = found
        .events
        .iter()
        .filter(|e| e.kind.starts_with("scale"))
        .map(|e| e.at)
        .collect();
    assert!(scaled.iter().all(|at| *at > 200.0), "{:?}", found.events);
}
