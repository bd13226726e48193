//! Autoscalers at work in the request engine, and instances under the scalability law.

use headroom::scenario::Scenario;
use headroom::scenario::model::{
    Arrivals, Autoscaling, Contention, CpuModel, Dist, Pattern, ScaleMetric, VerticalScaling,
};

use super::fixture::{class, instances, run, scenario};

/// Two instances at half load; ten times the traffic from a minute on, for three minutes.
fn spiked() -> Scenario {
    let mut spiked = scenario(100.0, 900.0);
    spiked.run.step = 5.0;
    spiked.service.classes = vec![class(Dist::Deterministic { mean: 0.01 })];
    spiked.service.workers = 2;
    spiked.service.queue_limit = Some(500);
    spiked.topology.groups = instances(2);
    spiked.workload.pattern = Pattern::Spike {
        base: 100.0,
        peak: 1000.0,
        at: 60.0,
        lasts: 180.0,
    };
    spiked.autoscaling = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.5)],
        min: 2,
        max: 20,
        boot: 20.0,
        cpu: CpuModel {
            per_request: 0.01,
            request: 1.0,
            idle: 0.0,
        },
        ..Autoscaling::default()
    };
    spiked
}

/// Ten cores' worth of work at a target of half a core each wants twenty instances.
#[test]
fn instances_follow_the_load_out_and_in() {
    let outcome = run(&spiked());
    let kinds: Vec<&str> = outcome.events.iter().map(|e| e.kind.as_str()).collect();
    assert!(
        kinds.contains(&"scale_out") && kinds.contains(&"scale_in"),
        "{kinds:?}"
    );
    assert_eq!(outcome.summary.instances_max, 20);
    // Boot takes 20 s: in the first seconds of the spike there are two, and most fails.
    let at = |secs: usize| &outcome.steps[secs / 5];
    assert_eq!(at(70).instances, 2);
    assert!(at(75).errors > 400.0, "{:?}", at(75));
    assert!(
        at(220).errors == 0.0 && at(220).p95.unwrap() < 0.05,
        "{:?}",
        at(220)
    );
    assert!((at(220).cpu - 0.5).abs() < 0.05);
    // Five minutes of stabilisation after the spike, then back to the minimum.
    assert!(at(500).instances == 20, "{:?}", at(500));
    assert_eq!(at(895).instances, 2);
    let event = outcome
        .events
        .iter()
        .find(|e| e.kind == "scale_out")
        .unwrap();
    assert!(
        event.at >= 60.0 && event.at <= 90.0 && !event.why.is_empty(),
        "{event:?}"
    );
    assert!((outcome.summary.instance_hours - 2.0 * 900.0 / 3600.0) > 1.0);
}

/// A faster start loses fewer requests, and a slow beginning of each instance more.
#[test]
fn boot_and_warm_up_cost_answers() {
    let errors = |change: &dyn Fn(&mut Autoscaling)| {
        let mut scenario = spiked();
        change(&mut scenario.autoscaling);
        run(&scenario).summary.error_rate.value
    };
    let usual = errors(&|_| ());
    let fast = errors(&|a| a.boot = 1.0);
    let cold = errors(&|a| {
        a.warm_up = 60.0;
        a.warm_up_speed = 0.3;
    });
    assert!(
        fast < usual * 0.8 && cold > usual * 1.05,
        "{fast} {usual} {cold}"
    );
}

/// Scaling in lets instances finish: nothing fails when load only falls.
#[test]
fn draining_loses_nothing() {
    let mut falling = spiked();
    falling.workload.pattern = Pattern::Ramp {
        from: 900.0,
        to: 50.0,
        over: 100.0,
    };
    falling.topology.groups = instances(20);
    let outcome = run(&falling);
    assert!(outcome.summary.instances_min < 5);
    assert!(outcome.summary.error_rate.value.abs() < 1e-12);
}

/// More cores make a request faster by Amdahl's law; instances change one after the other.
#[test]
fn size_follows_use() {
    let mut vertical = scenario(160.0, 600.0);
    vertical.run.step = 5.0;
    vertical.service.workers = 2;
    vertical.service.serial_share = 0.2;
    vertical.service.cores = 2.0;
    vertical.service.measured_cores = 2.0;
    vertical.topology.groups = instances(2);
    vertical.service.classes = vec![class(Dist::Deterministic { mean: 0.01 })];
    vertical.autoscaling.cpu = CpuModel {
        per_request: 0.022,
        request: 2.0,
        idle: 0.0,
    };
    vertical.autoscaling.vertical = Some(VerticalScaling {
        min_cores: 2.0,
        max_cores: 4.0,
        threshold_up: 0.8,
        threshold_down: 0.1,
        evaluation_period: 60.0,
        restart: 20.0,
    });
    let outcome = run(&vertical);
    let event = outcome.events.iter().find(|e| e.kind == "resize").unwrap();
    assert!(event.to > event.from, "{event:?}");
    let away = outcome.steps.iter().filter(|s| s.instances == 1).count();
    // Two restarts of 20 s: eight steps of five.
    assert!((7..=9).contains(&away), "{away}");
    assert!(outcome.steps.last().unwrap().p50.unwrap() < 0.0095);
}

/// Closed users at one instance under a law: with N in flight the throughput is X(N).
#[test]
fn the_scalability_law_is_met_at_every_concurrency() {
    let (sigma, kappa, lambda) = (0.05, 0.001, 50.0);
    for users in [1.0, 8.0, 30.0, 60.0] {
        let mut law = scenario(users, 120.0);
        law.run.warm_up = 20.0;
        law.workload.arrivals = Arrivals::Closed {
            think: Dist::Deterministic { mean: 0.0 },
        };
        law.workload.pattern = Pattern::Constant { level: users };
        law.service.contention = Contention::Scalability {
            sigma,
            kappa,
            lambda,
        };
        law.service.classes = vec![class(Dist::Exponential { mean: 0.02 })];
        let expected =
            lambda * users / (1.0 + sigma * (users - 1.0) + kappa * users * (users - 1.0));
        let got = run(&law).summary;
        assert!(
            (got.served_per_sec.value / expected - 1.0).abs() < 0.05,
            "{users}: {} for {expected}",
            got.served_per_sec.value
        );
        assert!((got.mean.value / (users / expected) - 1.0).abs() < 0.05);
    }
}

/// Requests that share a worker evenly: the mean is that of M/M/1, whatever the shape of the work.
#[test]
fn sharing_does_not_care_for_the_shape() {
    for dist in [
        Dist::Deterministic { mean: 0.01 },
        Dist::HyperExponential {
            mean: 0.01,
            cv: 2.0,
        },
    ] {
        let mut shared = scenario(70.0, 2000.0);
        shared.service.contention = Contention::Scalability {
            sigma: 1.0,
            kappa: 0.0,
            lambda: 100.0,
        };
        shared.service.classes = vec![class(dist)];
        let got = run(&shared).summary;
        // 10 ms / (1 − 0.7).
        assert!(
            (got.mean.value / 0.033_333 - 1.0).abs() < 0.06,
            "{}",
            got.mean.value
        );
    }
}

/// Two instances for fifteen minutes at 0.60 an hour each, and what the spike adds; steps add up to the whole.
#[test]
fn instances_are_paid_from_their_start() {
    let mut priced = spiked();
    priced.cost.instance_hour = 0.6;
    let outcome = run(&priced);
    let summary = &outcome.summary;
    assert!(
        (summary.cost - 0.6 * summary.instance_hours).abs() < 1e-9,
        "{summary:?}"
    );
    let steps: f64 = outcome.steps.iter().map(|s| s.cost).sum();
    assert!((steps - summary.cost).abs() < 1e-9);
    assert!((summary.cost_per_month - summary.cost * 4.0 * 730.0).abs() < 1e-6);
    // They boot for 20 s before they take traffic, and are paid for already.
    let serving: f64 = outcome.steps.iter().map(|s| f64::from(s.instances)).sum();
    assert!(summary.instance_hours > serving * 5.0 / 3600.0);
}
