//! Both engines on the same scenarios, and what must hold of the fluid one by itself.
//!
//! The bar: up to 85 % utilisation the fluid's P95 is within 10 % of the request engine's and its throughput within 5 %.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Arrivals, Balancer, CacheLayer, Class, Contention, Database, Dist, Engine, Fault, FaultKind,
    InstanceGroup, Pattern, RandomFailures, ScaleMetric, Scenario, TokenBucket,
};
use headroom::scenario::{Outcome, SimulateError, choose, fluid, request, simulate};

pub const EXPONENTIAL: Dist = Dist::Exponential { mean: 0.05 };

/// `instances` of `workers` under a constant load for twenty minutes.
pub fn constant(
    balancer: Balancer,
    instances: u32,
    workers: u32,
    time: Dist,
    load: f64,
) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.topology.balancer = balancer;
    scenario.topology.groups = vec![InstanceGroup {
        instances,
        ..InstanceGroup::default()
    }];
    scenario.service.workers = workers;
    scenario.workload.pattern = Pattern::Constant {
        level: load * f64::from(instances * workers) / time.mean(),
    };
    scenario.service.classes = vec![Class {
        time,
        ..Class::default()
    }];
    scenario.run.duration = 1200.0;
    scenario.run.warm_up = 60.0;
    scenario.run.seed = 7;
    scenario
}

pub fn run(scenario: &Scenario) -> Outcome {
    fluid::run(scenario, &Progress::default()).unwrap()
}

pub fn agree(name: &str, scenario: &Scenario) {
    let one = request::run(scenario, &Progress::default())
        .unwrap()
        .summary;
    let flow = run(scenario).summary;
    let off = |a: f64, b: f64| (b / a - 1.0).abs();
    let (p95, flow_p95) = (one.p95.value, flow.p95.value);
    assert!(off(p95, flow_p95) < 0.1, "{name}: P95 {p95} and {flow_p95}");
    let (served, flow_served) = (one.served_per_sec.value, flow.served_per_sec.value);
    assert!(
        off(served, flow_served) < 0.05,
        "{name}: {served} and {flow_served} a second"
    );
}

#[test]
fn engines_agree_under_every_balancer() {
    let skewed = Dist::LogNormal {
        mean: 0.05,
        cv: 1.0,
    };
    for balancer in [
        Balancer::LeastConnections,
        Balancer::RoundRobin,
        Balancer::PowerOfTwo,
        Balancer::Random,
        Balancer::SharedQueue,
        Balancer::ResponseTime,
        Balancer::JoinShortestQueue,
    ] {
        let mut scenario = constant(balancer, 6, 4, skewed.clone(), 0.8);
        scenario.run.duration = 600.0;
        agree(&format!("{balancer:?}"), &scenario);
    }
}

#[test]
fn engines_agree_on_users_who_wait_and_on_requests_that_share() {
    let mut users = constant(Balancer::LeastConnections, 4, 4, EXPONENTIAL, 0.5);
    users.workload.arrivals = Arrivals::Closed {
        think: Dist::Exponential { mean: 1.0 },
    };
    for level in [60.0, 200.0, 280.0] {
        users.workload.pattern = Pattern::Constant { level };
        agree(&format!("{level} users"), &users);
    }
    let mut shared = constant(Balancer::LeastConnections, 3, 10, EXPONENTIAL, 0.5);
    shared.run.duration = 600.0;
    shared.service.contention = Contention::Scalability {
        sigma: 0.05,
        kappa: 0.001,
        lambda: 20.0,
    };
    // The law peaks at 30.8 in flight with 180.8 a second for each instance.
    for level in [160.0, 320.0, 430.0] {
        shared.workload.pattern = Pattern::Constant { level };
        agree(&format!("{level} a second under the law"), &shared);
    }
}

#[test]
fn engines_agree_on_a_ramp_faults_limits_and_what_lies_behind() {
    let mut ramp = constant(Balancer::LeastConnections, 4, 4, EXPONENTIAL, 0.5);
    ramp.workload.pattern = Pattern::Ramp {
        from: 50.0,
        to: 260.0,
        over: 1100.0,
    };
    agree("ramp", &ramp);
    let mut killed = constant(Balancer::RoundRobin, 8, 4, EXPONENTIAL, 0.5);
    killed.faults = vec![
        Fault {
            at: 200.0,
            lasts: Some(300.0),
            kind: FaultKind::Kill {
                instances: 2,
                group: None,
            },
        },
        Fault {
            at: 700.0,
            lasts: Some(300.0),
            kind: FaultKind::Slow {
                instances: 2,
                factor: 1.5,
            },
        },
    ];
    agree("two killed, two slow", &killed);
    let mut limited = constant(Balancer::LeastConnections, 4, 4, EXPONENTIAL, 0.5);
    limited.rate_limits.global = Some(TokenBucket {
        rate: 120.0,
        burst: 100.0,
    });
    agree("rate limit", &limited);
    let mut behind = constant(
        Balancer::LeastConnections,
        4,
        20,
        Dist::Exponential { mean: 0.02 },
        0.1,
    );
    behind.backend.caches = vec![CacheLayer::default()];
    behind.backend.database = Some(Database {
        time: Dist::Exponential { mean: 0.02 },
        queries: 2.0,
        parallel: 4,
        ..Database::default()
    });
    agree("cache and database", &behind);
    behind.service.classes.push(Class {
        label: "slow".to_owned(),
        weight: 0.1,
        time: Dist::Deterministic { mean: 0.2 },
        error_share: 0.02,
        ..Class::default()
    });
    behind.service.retries.max = 1;
    behind.service.network = 0.01;
    agree("two kinds, network and retries", &behind);
}

/// A spike of 30,000 requests over capacity is worked off; in the end everything has become something.
#[test]
fn every_request_is_answered_or_fails() {
    let mut scenario = constant(Balancer::LeastConnections, 4, 4, EXPONENTIAL, 0.5);
    scenario.workload.pattern = Pattern::Spike {
        base: 0.0,
        peak: 500.0,
        at: 100.0,
        lasts: 100.0,
    };
    scenario.run.warm_up = 0.0;
    for (timeout, retries) in [(None, 0), (Some(2.0), 0), (Some(2.0), 3)] {
        scenario.service.timeout = timeout;
        scenario.service.retries.max = retries;
        let outcome = run(&scenario);
        let sum = |value: fn(&headroom::scenario::outcome::StepFigures) -> f64| {
            outcome
                .steps
                .iter()
                .map(|s| value(s) * outcome.step)
                .sum::<f64>()
        };
        let (offered, served, failed) = (sum(|s| s.offered), sum(|s| s.served), sum(|s| s.errors));
        assert!((offered - 50_000.0).abs() < 1e-6, "{offered}");
        assert!(
            (offered - served - failed).abs() < 1.0,
            "{offered} {served} {failed}"
        );
        let judged: f64 = outcome
            .times
            .iter()
            .map(|t| t.failed + t.good.iter().map(|(_, n)| n).sum::<f64>())
            .sum();
        assert!((judged - served - failed).abs() < 1.0, "{judged}");
        assert!(outcome.times.iter().all(|t| t.good.len() <= 80));
    }
    // 500 a second for 100 s against 320 leave 18,000; the queue holds 4,000 of them.
    scenario.service.timeout = None;
    scenario.service.retries.max = 0;
    let summary = run(&scenario).summary;
    assert!((summary.queue_max - 4000.0).abs() < 1.0);
    assert!((summary.error_rate.value - 14_000.0 / 50_000.0).abs() < 0.003);
}

#[test]
fn autoscaling_follows_the_load_and_failures_by_chance_give_an_interval() {
    let mut scenario = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 0.5);
    scenario.autoscaling.hpa = vec![(ScaleMetric::CpuUtilization, 0.7)];
    scenario.autoscaling.cpu.per_request = 0.04;
    scenario.autoscaling.cpu.request = 4.0;
    scenario.autoscaling.max = 40;
    scenario.workload.pattern = Pattern::Ramp {
        from: 80.0,
        to: 800.0,
        over: 3000.0,
    };
    scenario.run.duration = 3600.0;
    scenario.cost.instance_hour = 0.5;
    let outcome = run(&scenario);
    // 800 a second at 0.04 s and 70 % of 4 cores want 11.4 instances.
    assert!(
        (11..=13).contains(&outcome.summary.instances_max),
        "{:?}",
        outcome.summary
    );
    assert!(
        outcome
            .events
            .iter()
            .any(|e| e.kind == "scale_out" && e.why.contains("CPU"))
    );
    let hours = outcome.summary.instance_hours;
    assert!((outcome.summary.cost - 0.5 * hours).abs() < 1e-9);
    scenario.random_failures = vec![RandomFailures {
        what: "instance".to_owned(),
        mtbf: 1800.0,
        mttr: 120.0,
    }];
    scenario.run.replications = 5;
    let failing = run(&scenario);
    assert_eq!(failing.replications, 5);
    assert!(failing.summary.p95.interval.is_some());
    assert!(failing.events.iter().any(|e| e.kind == "fault"));
    assert_eq!(run(&scenario), failing, "the same seed gives the same run");
    scenario.run.seed = 8;
    assert_ne!(run(&scenario).events, failing.events);
}

#[test]
fn long_runs_are_folded_and_overload_is_a_result() {
    let mut scenario = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 0.5);
    scenario.run.duration = 10.0 * 86_400.0;
    scenario.workload.pattern = Pattern::Daily {
        hours: (0..24)
            .map(|h| if h == 12 { 200.0 } else { 60.0 })
            .collect(),
    };
    let outcome = run(&scenario);
    // 172,800 steps of 5 s are reported by the minute and judged by the hour.
    assert_eq!((outcome.steps.len(), outcome.times.len()), (14_400, 240));
    assert!((outcome.step - 60.0).abs() < 1e-9);
    assert!(
        outcome
            .times
            .iter()
            .enumerate()
            .all(|(i, t)| t.step as usize == i * 60)
    );
    let told = outcome.warnings.join(" ");
    assert!(
        told.contains("172,800 steps") && told.contains("busier than 85 %"),
        "{told}"
    );
    assert!(outcome.summary.utilisation_peak > 0.99 && outcome.summary.availability > 0.9);
}

#[test]
fn the_engine_is_chosen_by_the_number_of_requests() {
    let mut scenario = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 0.5);
    let (engine, why) = choose(&scenario).unwrap();
    assert_eq!(engine, Engine::Request);
    assert!(
        why.contains("one by one: about 100,800 are expected"),
        "{why}"
    );
    scenario.run.duration = 30.0 * 86_400.0;
    let (engine, why) = choose(&scenario).unwrap();
    assert_eq!(engine, Engine::Fluid);
    assert!(
        why.contains("about 207 million") && why.contains("up to 20 million"),
        "{why}"
    );
    scenario.run.duration = 60.0;
    scenario.run.engine = Engine::Fluid;
    let outcome = simulate(&scenario, &Progress::default()).unwrap();
    assert_eq!(outcome.engine, Engine::Fluid);
    assert!(outcome.engine_why.contains("as asked"));
    // What a fluid leaves out is rather simulated one by one: two minutes of 300,000 a second, users who send again.
    scenario.run.engine = Engine::Auto;
    scenario.workload.pattern = Pattern::Constant { level: 300_000.0 };
    scenario.workload.arrivals = Arrivals::Closed {
        think: Dist::Exponential { mean: 0.95 },
    };
    assert_eq!(choose(&scenario).unwrap().0, Engine::Fluid);
    scenario.service.retries.max = 2;
    let (engine, why) = choose(&scenario).unwrap();
    assert_eq!(engine, Engine::Request);
    assert!(
        why.contains("about 36 million") && why.contains("leave out"),
        "{why}"
    );
    let mut impossible = scenario.clone();
    impossible.run.step = -1.0;
    let refused = simulate(&impossible, &Progress::default()).unwrap_err();
    assert!(refused.to_string().starts_with("run.step"), "{refused}");
    let stopped = Progress::default();
    stopped.cancel();
    assert_eq!(simulate(&scenario, &stopped), Err(SimulateError::Cancelled));
}

/// A fault after the end, and one of more instances than there are.
#[test]
fn faults_that_do_less_than_they_say_are_named() {
    let mut scenario = constant(Balancer::LeastConnections, 3, 2, EXPONENTIAL, 0.3);
    let kill = |at: f64, instances: u32| Fault {
        at,
        lasts: Some(60.0),
        kind: FaultKind::Kill {
            instances,
            group: None,
        },
    };
    scenario.faults = vec![kill(60.0, 3), kill(7200.0, 1), kill(120.0, 10)];
    let warnings = simulate(&scenario, &Progress::default()).unwrap().warnings;
    let named: Vec<&String> = warnings.iter().filter(|w| w.contains("faults[")).collect();
    let [late, many] = named.as_slice() else {
        panic!("{warnings:?}");
    };
    assert!(late.contains("faults[1]") && late.contains("2 h") && late.contains("20 min"));
    assert!(many.contains("faults[2]") && many.contains("there are 3"));
}
