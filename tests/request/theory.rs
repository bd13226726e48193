//! Means and percentiles of single stations against their formulas. A run's own interval says how near it must come.

use headroom::analysis::queueing::{
    ClosedStation, Markov, closed_network, finite_room, general_server,
};
use headroom::scenario::model::{Arrivals, Balancer, Dist, Pattern, Scenario};
use headroom::scenario::outcome::Figure;

use super::fixture::{SERVICE, class, instances, run, scenario};

/// Twelve repetitions of about 20,000 requests, with a warm-up.
fn repeated(mut scenario: Scenario) -> Scenario {
    scenario.run.replications = 12;
    scenario.run.warm_up = scenario.run.duration / 5.0;
    scenario
}

/// The expected value lies within one and a half times the 95 % interval, and that is narrow enough to mean something.
fn meets(what: &str, figure: Figure, expected: f64, widest: f64) {
    let (low, high) = figure.interval.unwrap();
    let half = (high - low) / 2.0;
    assert!(
        (figure.value - expected).abs() <= 1.5 * half,
        "{what}: {} ± {half} for {expected}",
        figure.value
    );
    assert!(
        half <= widest * expected,
        "{what}: ± {half} is too wide for {expected}"
    );
}

#[test]
fn one_worker_with_exponential_times() {
    for utilisation in [0.5, 0.8] {
        let outcome = run(&repeated(scenario(
            utilisation / SERVICE,
            20_000.0 * SERVICE / utilisation,
        )));
        let theory = Markov::new(utilisation / SERVICE, SERVICE, 1).unwrap();
        let got = outcome.summary;
        meets("wait", got.wait_mean, theory.steady.wait, 0.1);
        meets("response", got.mean, theory.steady.response, 0.1);
        meets(
            "p95",
            got.p95,
            theory.response_percentile(0.95).unwrap(),
            0.1,
        );
        meets(
            "p50",
            got.p50,
            theory.response_percentile(0.5).unwrap(),
            0.1,
        );
        meets("busy", got.utilisation_mean, utilisation, 0.02);
        meets("served", got.served_per_sec, utilisation / SERVICE, 0.02);
    }
}

/// Four instances of two workers behind one queue are M/M/8.
#[test]
fn many_workers_behind_one_queue() {
    let mut shared = repeated(scenario(720.0, 28.0));
    shared.topology.balancer = Balancer::SharedQueue;
    shared.topology.groups = instances(4);
    shared.service.workers = 2;
    let got = run(&shared).summary;
    let theory = Markov::new(720.0, SERVICE, 8).unwrap();
    meets("wait", got.wait_mean, theory.steady.wait, 0.2);
    meets(
        "p95",
        got.p95,
        theory.response_percentile(0.95).unwrap(),
        0.1,
    );
    meets("busy", got.utilisation_mean, 0.9, 0.02);
}

/// Pollaczek and Khinchine for other shapes of service times.
#[test]
fn one_worker_with_other_times() {
    for dist in [
        Dist::Deterministic { mean: SERVICE },
        Dist::Erlang {
            mean: SERVICE,
            phases: 4,
        },
        Dist::LogNormal {
            mean: SERVICE,
            cv: 0.7,
        },
        Dist::HyperExponential {
            mean: SERVICE,
            cv: 1.5,
        },
        Dist::Empirical {
            quantiles: vec![(0.0, 0.0), (0.8, 0.005), (1.0, 0.075)],
        },
    ] {
        let variation = dist.variation();
        let mean = dist.mean();
        let mut station = repeated(scenario(0.7 / mean, 20_000.0 * mean / 0.7));
        station.service.classes = vec![class(dist.clone())];
        let theory = general_server(0.7 / mean, mean, variation).unwrap();
        meets(
            &format!("{dist:?}"),
            run(&station).summary.wait_mean,
            theory.wait,
            0.15,
        );
    }
}

/// M/M/2/6 at one and a half times what it can do: what finds no room fails.
#[test]
fn limited_room_turns_away_as_many_as_the_formula_says() {
    let mut small = repeated(scenario(300.0, 70.0));
    small.topology.balancer = Balancer::SharedQueue;
    small.service.workers = 2;
    small.service.queue_limit = Some(4);
    let got = run(&small).summary;
    let theory = finite_room(300.0, SERVICE, 2, 6).unwrap();
    meets("turned away", got.error_rate, theory.turned_away, 0.05);
    meets("wait", got.wait_mean, theory.steady.wait, 0.05);
    meets("served", got.served_per_sec, theory.throughput, 0.02);
    assert!(got.queue_max <= 4.0);
}

/// Fifty users who think for half a second before one worker: exact mean value analysis.
#[test]
fn users_who_think() {
    let mut closed = repeated(scenario(50.0, 200.0));
    closed.workload.arrivals = Arrivals::Closed {
        think: Dist::Exponential { mean: 0.5 },
    };
    closed.workload.pattern = Pattern::Constant { level: 50.0 };
    let got = run(&closed).summary;
    let theory = closed_network(&[ClosedStation::queue(SERVICE)], 0.5, 50).unwrap();
    let last = theory.last().unwrap();
    meets("served", got.served_per_sec, last.throughput, 0.02);
    meets("response", got.mean, last.response, 0.1);
}

/// Even arrivals at nine tenths of a worker that always takes as long: nobody waits.
#[test]
fn a_metronome_never_waits() {
    let mut even = scenario(90.0, 100.0);
    even.workload.arrivals = Arrivals::Even;
    even.service.classes = vec![class(Dist::Deterministic { mean: SERVICE })];
    let got = run(&even).summary;
    assert!(got.wait_mean.value.abs() < 1e-12);
    assert!((got.p99.value - SERVICE).abs() < 1e-9);
    assert!((got.utilisation_mean.value - 0.9).abs() < 1e-3);
    assert!((got.offered - 9000.0).abs() <= 1.0);
}

/// The rate of a ramp is followed: step by step from 0 to 100 a second, within four standard deviations.
#[test]
fn arrivals_follow_the_pattern() {
    let mut ramp = scenario(0.0, 100.0);
    ramp.workload.pattern = Pattern::Ramp {
        from: 0.0,
        to: 100.0,
        over: 100.0,
    };
    ramp.service.classes = vec![class(Dist::Deterministic { mean: 0.001 })];
    let outcome = run(&ramp);
    for (i, step) in outcome.steps.iter().enumerate() {
        let expected = 10.0 * i as f64 + 5.0;
        // Standard deviation of a count over ten seconds: √(10·rate)/10.
        let allowed = 4.0 * (10.0 * expected).sqrt() / 10.0;
        assert!((step.offered - expected).abs() < allowed, "{step:?}");
    }
}
