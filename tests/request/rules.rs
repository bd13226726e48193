//! What must hold of any run: the same seed gives the same bytes, nothing is lost, overload ends, and what cannot be
//! run is refused in words.

use headroom::progress::Progress;
use headroom::scenario::model::{Arrivals, Class, Dist, Pattern, Retries};
use headroom::scenario::{SimulateError, request};

use super::fixture::{SERVICE, class, counted, instances, run, scenario};

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let mut repeated = scenario(300.0, 20.0);
    repeated.topology.groups = instances(4);
    repeated.run.replications = 5;
    repeated.service.timeout = Some(0.1);
    repeated.service.retries.max = 2;
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let outcome = pool.install(|| run(&repeated));
        serde_json::to_string(&outcome).unwrap()
    };
    let one = bytes(1);
    assert_eq!(one, bytes(4));
    repeated.run.seed += 1;
    assert_ne!(one, serde_json::to_string(&run(&repeated)).unwrap());
}

/// Offered = served + failed + still on their way.
#[test]
fn nothing_is_lost() {
    let mut busy = scenario(250.0, 40.0);
    busy.topology.groups = instances(2);
    busy.service.queue_limit = Some(30);
    busy.service.timeout = Some(0.12);
    busy.service.retries = Retries {
        max: 3,
        backoff: 0.05,
        ..Retries::default()
    };
    busy.service.classes = vec![Class {
        error_share: 0.02,
        ..class(Dist::Exponential { mean: SERVICE })
    }];
    let outcome = run(&busy);
    let (offered, served, failed) = counted(&outcome);
    let left = offered - served - failed;
    // On their way: 2 workers, 60 places, and those who wait to send again.
    assert!((0.0..=200.0).contains(&left), "{offered} {served} {failed}");
    assert!(failed > 500.0, "{failed}");
    // The load ends before the run does: then nobody is left.
    busy.workload.pattern = Pattern::Spike {
        base: 0.0,
        peak: 250.0,
        at: 0.0,
        lasts: 30.0,
    };
    let (offered, served, failed) = counted(&run(&busy));
    assert!(offered > 7000.0 && (offered - served - failed).abs() < 0.5);
}

/// Ten times what can be done: the run ends, the queue stays within its limit, and the rest fails.
#[test]
fn overload_is_a_result() {
    let mut flooded = scenario(1000.0, 30.0);
    flooded.service.queue_limit = Some(50);
    let got = run(&flooded).summary;
    assert!((got.served_per_sec.value - 100.0).abs() < 5.0, "{got:?}");
    assert!((got.error_rate.value - 0.9).abs() < 0.02);
    assert_eq!(got.queue_max, 50.0);
    assert!(got.utilisation_mean.value > 0.99);
    // About 50 before it: half a second.
    assert!((got.mean.value - 0.51).abs() < 0.03, "{got:?}");
    assert!(got.availability < 0.01);
}

/// Senders who give up and ask again make it worse: work is done in vain.
#[test]
fn timeouts_and_retries_cost_work() {
    let mut late = scenario(95.0, 100.0);
    let patient = run(&late).summary;
    late.service.timeout = Some(0.05);
    let impatient = run(&late).summary;
    assert!(impatient.error_rate.value > 0.05, "{impatient:?}");
    assert!(impatient.p99.value <= 0.0501);
    assert!(patient.error_rate.value.abs() < 1e-12 && patient.p99.value > 0.1);
    late.service.retries.max = 5;
    late.service.retries.backoff = 0.01;
    let stubborn = run(&late).summary;
    assert!(stubborn.utilisation_mean.value > impatient.utilisation_mean.value);
    assert!(stubborn.p99.value > 0.06, "{stubborn:?}");
}

/// The same arrivals and the same work when only the number of workers changes.
#[test]
fn scenarios_share_their_random_numbers() {
    let mut slow = scenario(80.0, 50.0);
    let one = run(&slow);
    slow.service.workers = 2;
    let two = run(&slow);
    assert_eq!(
        one.steps.iter().map(|s| s.offered).collect::<Vec<_>>(),
        two.steps.iter().map(|s| s.offered).collect::<Vec<_>>()
    );
    assert!(two.summary.mean.value < one.summary.mean.value);
}

#[test]
fn classes_come_by_weight_and_have_their_own_times() {
    let mut mixed = scenario(50.0, 200.0);
    mixed.service.workers = 10;
    mixed.service.classes = vec![
        Class {
            label: "read".to_owned(),
            weight: 3.0,
            ..class(Dist::Deterministic { mean: 0.01 })
        },
        Class {
            label: "write".to_owned(),
            weight: 1.0,
            ..class(Dist::Deterministic { mean: 0.04 })
        },
    ];
    let outcome = run(&mixed);
    let [read, write] = outcome.classes.as_slice() else {
        panic!("{:?}", outcome.classes);
    };
    assert_eq!(
        (read.label.as_str(), write.label.as_str()),
        ("read", "write")
    );
    assert!((read.offered / outcome.summary.offered - 0.75).abs() < 0.02);
    assert!((read.mean - 0.01).abs() < 1e-6 && (write.p99 - 0.04).abs() < 1e-6);
    // What verdicts read: every answer of every step, by label.
    let judged: f64 = outcome
        .times
        .iter()
        .filter(|t| t.label == "write")
        .flat_map(|t| &t.good)
        .map(|(edge, count)| {
            assert!((edge - 0.04).abs() < 1e-6, "{edge}");
            count
        })
        .sum();
    assert_eq!(judged, write.served);
}

#[test]
fn growth_and_network_and_warm_up() {
    let mut far = scenario(10.0, 60.0);
    far.service.classes = vec![class(Dist::Deterministic { mean: 0.001 })];
    far.service.network = 0.03;
    far.workload.growth = 5.0;
    far.run.warm_up = 20.0;
    let outcome = run(&far);
    assert!((outcome.summary.offered_per_sec.value - 50.0).abs() < 5.0);
    assert!((outcome.summary.p50.value - 0.031).abs() < 1e-4);
    assert_eq!(outcome.steps.len(), 10);
    assert_eq!(outcome.steps[0].at, 0.0);
    assert!((outcome.steps[0].offered - 50.0).abs() < 15.0);
}

#[test]
fn what_cannot_be_run_is_refused_in_words() {
    let refused = |change: &dyn Fn(&mut headroom::scenario::Scenario)| {
        let mut scenario = scenario(100.0, 60.0);
        change(&mut scenario);
        request::run(&scenario, &Progress::default())
            .unwrap_err()
            .to_string()
    };
    let many = refused(&|s| s.workload.growth = 1e6);
    assert!(
        many.starts_with("run.engine: ") && many.contains("fluid"),
        "{many}"
    );
    let users = refused(&|s| {
        s.workload.arrivals = Arrivals::Closed {
            think: Dist::Exponential { mean: 1e9 },
        };
        s.workload.pattern = Pattern::Constant { level: 3e6 };
    });
    assert!(users.contains("2 million"), "{users}");
    let none = refused(&|s| s.service.classes.clear());
    assert!(none.starts_with("service.classes"), "{none}");
    assert!(refused(&|s| s.run.duration = f64::NAN).starts_with("run.duration"));
    assert!(refused(&|s| s.run.step = 0.0).starts_with("run.step"));
    let steps = refused(&|s| {
        s.run.step = 1e-3;
        s.run.replications = 20;
    });
    assert!(steps.starts_with("run.step: 60,000 steps"), "{steps}");
    let fleet = refused(&|s| s.topology.groups = instances(4_000_000_000));
    assert!(
        fleet.starts_with("topology.groups: 4,000,000,000"),
        "{fleet}"
    );
    let pending = refused(&|s| {
        s.workload.pattern = Pattern::Series {
            series: "cpu".to_owned(),
        };
    });
    assert!(pending.contains("the series cpu"), "{pending}");
}

#[test]
fn a_stopped_run_ends() {
    let progress = Progress::default();
    progress.cancel();
    let result = request::run(&scenario(1000.0, 1000.0), &progress);
    assert_eq!(result, Err(SimulateError::Cancelled));
}

#[test]
fn progress_is_the_simulated_time() {
    let progress = Progress::default();
    request::run(&scenario(100.0, 60.0), &progress).unwrap();
    assert!(progress.fraction().unwrap() > 0.99);
}

/// Without any instance every request fails, and there is no division by nothing.
#[test]
fn no_instance_serves_nobody() {
    let mut nobody = scenario(100.0, 10.0);
    nobody.topology.groups = instances(0);
    let got = run(&nobody).summary;
    assert_eq!(got.error_rate.value, 1.0);
    assert_eq!(got.utilisation_mean.value, 0.0);
    assert_eq!((got.instances_min, got.availability), (0, 0.0));
}

/// Users who do not think, without anybody who answers: time goes on all the same.
#[test]
fn users_without_an_answer_do_not_stop_time() {
    let mut stuck = scenario(20.0, 60.0);
    stuck.workload.arrivals = Arrivals::Closed {
        think: Dist::Deterministic { mean: 0.0 },
    };
    stuck.topology.groups = instances(0);
    let got = run(&stuck).summary;
    assert_eq!(got.error_rate.value, 1.0);
    // Each of twenty asks again after the 10 ms that an answer would take.
    assert!((got.offered - 120_000.0).abs() < 100.0, "{}", got.offered);
}

/// Nobody waits in a queue without bounds, and the outcome says where one was reached.
#[test]
fn an_endless_queue_has_a_bound_and_says_so() {
    let mut endless = scenario(20_000.0, 10.0);
    endless.service.timeout = Some(1e9);
    let outcome = run(&endless);
    assert_eq!(outcome.summary.queue_max, 100_000.0);
    assert!(
        outcome.warnings[0].contains("100,000"),
        "{:?}",
        outcome.warnings
    );
    assert!((outcome.summary.served_per_sec.value - 100.0).abs() < 15.0);
}
