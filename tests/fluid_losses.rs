//! Both engines where requests are lost: before short queues, by limits and shedding of some kinds of request, by errors
//! and time limits, at dead instances. A kind of request that loses nothing one by one loses nothing as a fluid.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Arrivals, Balancer, CircuitBreaker, Class, Dist, Fault, FaultKind, HealthCheck, Pattern,
    Scenario, TokenBucket,
};
use headroom::scenario::outcome::Outcome;
use headroom::scenario::{fluid, request};

use crate::scenarios::{EXPONENTIAL, agree, constant, run};

fn one_by_one(scenario: &Scenario) -> Outcome {
    request::run(scenario, &Progress::default()).unwrap()
}

/// Share of the requests that failed, and by label.
fn failed(outcome: &Outcome) -> (f64, Vec<f64>) {
    let of_class = outcome.classes.iter().map(|c| 1.0 - c.served / c.offered);
    (outcome.summary.error_rate.value, of_class.collect())
}

fn lose_alike(name: &str, scenario: &Scenario, bar: f64) {
    let (one, flow) = (failed(&one_by_one(scenario)), failed(&run(scenario)));
    assert!((one.0 - flow.0).abs() < bar, "{name}: {one:?} and {flow:?}");
    assert_eq!(one.1.len(), flow.1.len());
    for (label, (a, b)) in one.1.iter().zip(&flow.1).enumerate() {
        assert!(
            (a - b).abs() < bar,
            "{name}, label {label}: {one:?} and {flow:?}"
        );
    }
}

/// The fluid lost 2.4, 44.8, 38.7, 2.1 and 2.9 % of these, and the request engine none.
#[test]
fn instances_that_are_half_busy_lose_nothing_before_a_short_queue() {
    let constant_time = Dist::Deterministic { mean: 0.05 };
    for (balancer, instances, workers, time, room) in [
        (Balancer::RoundRobin, 4, 10, EXPONENTIAL, 100),
        (Balancer::PowerOfTwo, 4, 1, EXPONENTIAL, 50),
        (Balancer::RoundRobin, 2, 1, constant_time.clone(), 50),
        (Balancer::SharedQueue, 1, 4, constant_time, 50),
        (Balancer::LeastConnections, 4, 1, EXPONENTIAL, 50),
    ] {
        let mut scenario = constant(balancer, instances, workers, time, 0.5);
        scenario.service.queue_limit = Some(room);
        scenario.run.duration = 600.0;
        let lost = run(&scenario).summary.error_rate.value;
        assert!(lost < 1e-6, "{balancer:?}: {lost}");
        lose_alike(&format!("{balancer:?}"), &scenario, 1e-4);
    }
}

#[test]
fn short_queues_lose_as_much_as_one_by_one_near_full_load_and_above() {
    let skewed = Dist::LogNormal {
        mean: 0.05,
        cv: 1.5,
    };
    for (balancer, time, load, room, bar) in [
        (Balancer::RoundRobin, EXPONENTIAL, 0.8, 5, 0.01),
        (Balancer::PowerOfTwo, EXPONENTIAL, 0.8, 5, 0.01),
        (Balancer::LeastConnections, EXPONENTIAL, 0.95, 10, 0.01),
        (Balancer::Random, skewed, 0.8, 10, 0.01),
        (Balancer::RoundRobin, EXPONENTIAL, 1.05, 20, 0.015),
        (Balancer::PowerOfTwo, EXPONENTIAL, 1.3, 20, 0.015),
    ] {
        let mut scenario = constant(balancer, 4, 4, time, load);
        scenario.service.queue_limit = Some(room);
        lose_alike(&format!("{balancer:?} at {load}"), &scenario, bar);
    }
}

/// Kinds a and b, three of four requests a.
fn two_kinds(load: f64) -> Scenario {
    let mut scenario = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, load);
    let class = |label: &str, weight| Class {
        label: label.to_owned(),
        weight,
        time: EXPONENTIAL,
        ..Class::default()
    };
    scenario.service.classes = vec![class("a", 3.0), class("b", 1.0)];
    scenario
}

/// 15 % of both were lost where the limit of b turned 60 % of b away.
#[test]
fn what_takes_from_one_kind_of_request_leaves_the_other_alone() {
    let mut limited = two_kinds(0.5);
    limited.rate_limits.per_endpoint = vec![(
        "b".to_owned(),
        TokenBucket {
            rate: 8.0,
            burst: 10.0,
        },
    )];
    lose_alike("limit of b", &limited, 0.02);
    limited.service.retries.max = 2;
    lose_alike("limit of b, sent again", &limited, 0.02);
    let mut failing = two_kinds(0.5);
    failing.service.classes[1].error_share = 0.2;
    lose_alike("errors of b", &failing, 0.01);
    agree("errors of b", &failing);
    let mut late = two_kinds(0.5);
    late.service.classes[1].time = Dist::Deterministic { mean: 0.1 };
    late.service.timeout = Some(0.09);
    assert!(failed(&run(&late)).1[1] > 0.99);
    assert!(failed(&run(&late)).1[0] < 0.35);
    // What is judged is told apart as well.
    let outcome = run(&failing);
    let of = |label: &str| {
        let times = outcome.times.iter().filter(|t| t.label == label);
        times.fold((0.0, 0.0), |(failed, good), t| {
            let here: f64 = t.good.iter().map(|(_, count)| count).sum();
            (failed + t.failed, good + here)
        })
    };
    assert!(of("a").0 < 1e-6 && (of("b").0 / (of("b").0 + of("b").1) - 0.2).abs() < 1e-6);
}

/// A fifth over what can be done: all of it was shed in one step and nothing in the next, also of what is never shed.
#[test]
fn the_least_important_are_shed_and_no_more_than_does_not_fit() {
    for (load, room) in [(0.9, 100), (1.2, 50), (1.6, 50)] {
        let mut scenario = two_kinds(load);
        scenario.service.queue_limit = Some(room);
        scenario.service.shed_at = Some(0.5);
        scenario.service.classes[1].priority = 5;
        lose_alike(&format!("shed at {load}"), &scenario, 0.03);
        if load < 1.3 {
            let kept = failed(&run(&scenario)).1[0];
            assert!(kept < 1e-6, "{load}: {kept} of priority 0 is shed");
        }
    }
}

/// 500 users can ask 500 times a second; with one dead instance that nobody had noticed they came to ask 361,001 times.
#[test]
fn users_who_wait_for_their_answer_ask_no_faster_than_they_think() {
    for (balancer, users) in [
        (Balancer::LeastConnections, 100.0),
        (Balancer::RoundRobin, 100.0),
        (Balancer::RoundRobin, 600.0),
    ] {
        let mut scenario = constant(balancer, 3, 4, EXPONENTIAL, 0.5);
        scenario.workload.arrivals = Arrivals::Closed {
            think: Dist::Exponential { mean: 1.0 },
        };
        scenario.workload.pattern = Pattern::Constant { level: users };
        scenario.topology.health_check = Some(HealthCheck {
            interval: 30.0,
            timeout: 2.0,
            unhealthy_threshold: 4,
            healthy_threshold: 2,
        });
        scenario.faults = vec![Fault {
            at: 300.0,
            lasts: Some(300.0),
            kind: FaultKind::Kill {
                instances: 1,
                group: None,
            },
        }];
        let (one, flow) = (one_by_one(&scenario).summary, run(&scenario));
        for step in &flow.steps {
            assert!(step.offered <= users * 1.01, "{balancer:?}: {step:?}");
        }
        let off = |a: f64, b: f64| (b / a - 1.0).abs();
        let flow = flow.summary;
        let (asked, answered) = (one.offered_per_sec.value, one.served_per_sec.value);
        assert!(
            off(asked, flow.offered_per_sec.value) < 0.03
                && off(answered, flow.served_per_sec.value) < 0.03,
            "{balancer:?} {users}: {asked}, {answered} and {:?}",
            (flow.offered_per_sec, flow.served_per_sec)
        );
    }
}

/// The mean left out earlier attempts, and held answers that came after their sender had gone.
#[test]
fn the_mean_is_that_of_the_answers_whose_percentiles_stand_beside_it() {
    let mut again = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 0.4);
    again.service.classes[0].error_share = 0.3;
    again.service.retries.max = 2;
    again.service.retries.backoff = 0.1;
    again.service.retries.jitter = 0.0;
    let (one, flow) = (one_by_one(&again), run(&again));
    let (a, b) = (one.summary.mean.value, flow.summary.mean.value);
    assert!((b / a - 1.0).abs() < 0.03, "{a} and {b}");
    assert!((one.classes[0].mean / flow.classes[0].mean - 1.0).abs() < 0.03);
    let mut late = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 1.2);
    late.service.timeout = Some(0.5);
    let summary = run(&late).summary;
    assert!(
        summary.mean.value < 0.5 && summary.wait_mean.value < summary.mean.value,
        "{summary:?}"
    );
}

/// Busy workers over workers: with five of eight away for half of the run it was a mean of shares.
#[test]
fn utilisation_is_work_done_over_the_workers_there_were() {
    let mut scenario = constant(Balancer::LeastConnections, 8, 4, EXPONENTIAL, 0.3);
    scenario.faults = vec![Fault {
        at: 300.0,
        lasts: Some(600.0),
        kind: FaultKind::Kill {
            instances: 5,
            group: None,
        },
    }];
    let outcome = run(&scenario);
    let workers: f64 = outcome
        .steps
        .iter()
        .map(|s| f64::from(s.instances) * 4.0 * outcome.step)
        .sum();
    let worked = outcome.summary.served_per_sec.value * outcome.duration * 0.05;
    let used = outcome.summary.utilisation_mean.value;
    assert!(
        (used - worked / workers).abs() < 0.005,
        "{used} is not {}",
        worked / workers
    );
    let one = one_by_one(&scenario).summary.utilisation_mean.value;
    assert!((used - one).abs() < 0.02, "{one} and {used}");
}

#[test]
fn circuit_breakers_that_open_on_failing_answers_are_said_to_be_left_out() {
    let mut scenario = constant(Balancer::LeastConnections, 2, 4, EXPONENTIAL, 0.5);
    scenario.topology.circuit_breaker = Some(CircuitBreaker::default());
    let told = |scenario: &Scenario| {
        let warnings = run(scenario).warnings;
        let count = warnings.iter().filter(|w| w.contains("Circuit breakers"));
        count.count()
    };
    assert!(!fluid::leaves_out(&scenario) && told(&scenario) == 0);
    scenario.service.classes[0].error_share = 0.001;
    assert!(!fluid::leaves_out(&scenario) && told(&scenario) == 0);
    scenario.service.classes[0].error_share = 0.3;
    assert!(fluid::leaves_out(&scenario) && told(&scenario) == 1);
    // In overload too, which only the run shows.
    scenario.service.classes[0].error_share = 0.0;
    scenario.service.queue_limit = Some(20);
    scenario.workload.pattern = Pattern::Constant { level: 300.0 };
    assert!(!fluid::leaves_out(&scenario) && told(&scenario) == 1);
}
