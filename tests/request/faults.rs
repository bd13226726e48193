//! What breaks, what the balancer knows of it, and what protects against it.

use headroom::scenario::model::{
    Arrivals, Balancer, CircuitBreaker, Class, Dist, Fault, FaultKind, HealthCheck, InstanceGroup,
    RandomFailures, Rollout, StickySessions, TokenBucket,
};
use headroom::scenario::{Outcome, Scenario};

use super::fixture::{class, instances, run, scenario};

/// Four instances of four workers at 70 %, steps of a second, fixed times.
fn four() -> Scenario {
    let mut four = scenario(1120.0, 60.0);
    four.run.step = 1.0;
    four.service.workers = 4;
    four.service.queue_limit = Some(200);
    four.service.classes = vec![class(Dist::Deterministic { mean: 0.01 })];
    four.topology.groups = instances(4);
    four
}

fn kill(at: f64, lasts: Option<f64>, instances: u32) -> Fault {
    Fault {
        at,
        lasts,
        kind: FaultKind::Kill {
            instances,
            group: None,
        },
    }
}

fn kinds(outcome: &Outcome) -> Vec<&str> {
    outcome.events.iter().map(|e| e.kind.as_str()).collect()
}

/// Errors per second in the step that begins at a second.
fn errors(outcome: &Outcome, at: usize) -> f64 {
    outcome.steps[at].errors
}

/// Without a health check the balancer knows at once: only what was in hand is lost. With one it goes on sending until
/// the third failed check, and an instance that fails at once is always the least loaded.
#[test]
fn a_dead_instance_gets_traffic_until_it_is_noticed() {
    let mut lost = four();
    lost.faults = vec![kill(20.0, Some(20.0), 1)];
    let known = run(&lost);
    assert!(
        (1.0..=30.0).contains(&errors(&known, 20)),
        "{}",
        errors(&known, 20)
    );
    assert!(errors(&known, 22).abs() < 1e-9);
    assert_eq!(
        (known.steps[19].instances, known.steps[20].instances),
        (4, 3)
    );
    assert_eq!(
        (known.steps[39].instances, known.steps[40].instances),
        (3, 4)
    );
    assert_eq!(kinds(&known), ["fault", "recovery"]);
    assert_eq!(
        (known.events[0].from, known.events[0].to),
        (Some(4.0), Some(3.0))
    );
    // 93 % of what three can do.
    assert!((known.steps[30].utilisation - 0.933).abs() < 0.05);

    lost.topology.health_check = Some(HealthCheck {
        interval: 2.0,
        timeout: 1.0,
        healthy_threshold: 2,
        unhealthy_threshold: 3,
    });
    let late = run(&lost);
    // Checks at 22, 24 and 26; the last is known to have failed at 27.
    for at in 20..27 {
        assert!(errors(&late, at) > 500.0, "{at}: {}", errors(&late, at));
    }
    assert!(errors(&late, 28).abs() < 1e-9);
    // Good checks at 40 and 42: until then three do the work.
    assert!(late.steps[41].p95 > late.steps[46].p95);
    assert!((late.steps[46].utilisation - 0.7).abs() < 0.05);
    // By turn only every fourth request meets it, and sent again most find another.
    lost.topology.balancer = Balancer::RoundRobin;
    let turns = run(&lost);
    assert!((errors(&turns, 24) - 280.0).abs() < 60.0);
    lost.service.retries.max = 3;
    assert!(errors(&run(&lost), 24) < 20.0);
}

/// The breaker opens after five failures and keeps traffic away long before the health check does.
#[test]
fn a_breaker_is_faster_than_a_health_check() {
    let mut guarded = four();
    guarded.faults = vec![kill(20.0, Some(20.0), 1)];
    guarded.topology.health_check = Some(HealthCheck::default());
    guarded.topology.circuit_breaker = Some(CircuitBreaker {
        failure_threshold: 5,
        recovery_timeout: 10.0,
        half_open_max_calls: 3,
    });
    let outcome = run(&guarded);
    assert!(
        outcome.summary.error_rate.value < 0.002,
        "{:?}",
        outcome.summary.error_rate
    );
    let kinds = kinds(&outcome);
    // Open at once, again after the trial at 30 s, and closed after good trials from 40 s on.
    let opened = kinds.iter().filter(|k| **k == "breaker_open").count();
    let closed = kinds.iter().filter(|k| **k == "breaker_closed").count();
    assert!(opened >= 2 && closed == 1, "{:?}", outcome.events);
    assert_eq!(outcome.steps[55].instances, 4);
    assert!((outcome.steps[55].utilisation - 0.7).abs() < 0.05);
}

#[test]
fn slow_instances_are_avoided_by_who_looks() {
    let mut slow = four();
    slow.faults = vec![Fault {
        at: 20.0,
        lasts: Some(20.0),
        kind: FaultKind::Slow {
            instances: 1,
            factor: 5.0,
        },
    }];
    let outcome = run(&slow);
    assert!(outcome.steps[10].p95.unwrap() < 0.012);
    assert!(outcome.steps[30].p99.unwrap() > 0.045);
    assert!(outcome.steps[50].p99.unwrap() < 0.05);
    slow.topology.balancer = Balancer::RoundRobin;
    let blind = run(&slow);
    assert!(blind.steps[35].p95.unwrap() > 3.0 * outcome.steps[35].p95.unwrap());
}

#[test]
fn a_zone_is_lost_and_a_region_cut_off() {
    let mut zones = four();
    let group = |name: &str| InstanceGroup {
        name: name.to_owned(),
        instances: 2,
        ..InstanceGroup::default()
    };
    zones.topology.groups = vec![group("a"), group("b")];
    zones.workload.growth = 0.5;
    zones.faults = vec![Fault {
        at: 20.0,
        lasts: None,
        kind: FaultKind::KillGroup {
            group: "b".to_owned(),
        },
    }];
    let outcome = run(&zones);
    assert_eq!(outcome.steps[59].instances, 2);
    assert!((outcome.steps[50].utilisation - 0.7).abs() < 0.05);
    zones.faults[0].kind = FaultKind::Partition {
        group: "b".to_owned(),
    };
    assert_eq!(run(&zones).steps[59].instances, 2);
    // By region the senders of b are still served by b.
    zones.topology.balancer = Balancer::Geographic;
    let own = run(&zones);
    assert_eq!(own.steps[59].instances, 4);
    assert!(own.summary.error_rate.value.abs() < 1e-12);
}

/// One instance that breaks every 100 s on average and takes 25 s is there four fifths of the time.
#[test]
fn availability_comes_out_of_failures() {
    let mut fragile = scenario(2.0, 20_000.0);
    fragile.run.step = 1.0;
    fragile.run.replications = 10;
    fragile.random_failures = vec![RandomFailures {
        what: "instance".to_owned(),
        mtbf: 100.0,
        mttr: 25.0,
    }];
    let summary = run(&fragile).summary;
    let (low, high) = summary.availability_interval.unwrap();
    assert!((low - 0.02..high + 0.02).contains(&0.8), "{low} {high}");
    assert!(high - low < 0.06);
    assert!((summary.error_rate.value - 0.2).abs() < 0.03);
    // Two of them are seldom both away: 1 − 0.2².
    fragile.topology.groups = instances(2);
    let two = run(&fragile).summary;
    assert!(
        (two.availability - 0.96).abs() < 0.015,
        "{}",
        two.availability
    );
}

/// A limit of 50 a second with a burst of 100 lets 50·60 + 100 of 6000 pass.
#[test]
fn rate_limits_turn_away_the_rest() {
    let mut limited = scenario(100.0, 60.0);
    limited.workload.arrivals = Arrivals::Even;
    limited.service.workers = 4;
    let bucket = TokenBucket {
        rate: 50.0,
        burst: 100.0,
    };
    limited.rate_limits.global = Some(bucket);
    let passed = |s: &Scenario| {
        let summary = run(s).summary;
        (summary.offered * (1.0 - summary.error_rate.value)).round()
    };
    assert!(
        (passed(&limited) - 3100.0).abs() <= 3.0,
        "{}",
        passed(&limited)
    );
    limited.rate_limits.global = None;
    limited.rate_limits.per_endpoint = vec![("requests".to_owned(), bucket)];
    assert!((passed(&limited) - 3100.0).abs() <= 3.0);
    // Ten users of 10 a second each against 6 a second and a burst of 12 each.
    limited.rate_limits.per_endpoint.clear();
    limited.workload.users = 10.0;
    limited.rate_limits.per_user = Some(TokenBucket {
        rate: 6.0,
        burst: 12.0,
    });
    assert!(
        (passed(&limited) - 3720.0).abs() <= 30.0,
        "{}",
        passed(&limited)
    );
}

/// In overload what matters least is shed first, and priority 0 keeps nearly all.
#[test]
fn load_is_shed_by_priority() {
    let mut shed = scenario(150.0, 60.0);
    shed.service.queue_limit = Some(100);
    shed.service.shed_at = Some(0.2);
    shed.service.classes = [("pay", 0_u8), ("browse", 1), ("export", 2)]
        .into_iter()
        .map(|(label, priority)| Class {
            label: label.to_owned(),
            priority,
            ..Class::default()
        })
        .map(|c| Class {
            time: Dist::Exponential { mean: 0.01 },
            ..c
        })
        .collect();
    let outcome = run(&shed);
    let kept: Vec<f64> = outcome
        .classes
        .iter()
        .map(|c| c.served / c.offered)
        .collect();
    assert!(kept[0] > 0.97 && kept[1] > 0.9, "{kept:?}");
    assert!(kept[2] < 0.2, "{kept:?}");
}

/// A user comes back to the instance that has the session.
#[test]
fn sessions_stay() {
    let mut sticky = scenario(300.0, 30.0);
    sticky.topology.groups = instances(4);
    sticky.workload.users = 1.0;
    let spread = run(&sticky).summary;
    sticky.topology.sticky = Some(StickySessions { duration: 1000.0 });
    let one = run(&sticky).summary;
    // A single user keeps a single instance busy: a quarter of the workers, three times overloaded.
    assert!((one.utilisation_mean.value - 0.25).abs() < 0.01, "{one:?}");
    assert!((spread.utilisation_mean.value - 0.75).abs() < 0.05);
}

#[test]
fn a_bad_version_is_taken_back_and_a_good_one_moves_over() {
    let mut canary = scenario(100.0, 60.0);
    canary.run.step = 1.0;
    canary.service.workers = 10;
    canary.service.classes = vec![class(Dist::Deterministic { mean: 0.01 })];
    canary.topology.rollout = Some(Rollout {
        share: 0.1,
        at: 10.0,
        watch: 20.0,
        time_factor: 2.0,
        error_share: 0.3,
        max_error_share: Some(0.05),
        ..Rollout::default()
    });
    let bad = run(&canary);
    assert_eq!(kinds(&bad), ["rollout", "rollback"]);
    assert!((bad.steps[20].errors - 3.0).abs() < 6.0 && bad.summary.error_rate.value > 0.005);
    assert!(bad.steps[31..].iter().all(|s| s.errors == 0.0));
    if let Some(rollout) = &mut canary.topology.rollout {
        rollout.error_share = 0.0;
    }
    let good = run(&canary);
    assert_eq!(kinds(&good), ["rollout", "rollout"]);
    assert!((good.steps[50].p50.unwrap() - 0.02).abs() < 1e-4);
    if let Some(rollout) = &mut canary.topology.rollout {
        rollout.max_response = Some(0.015);
    }
    let slow = run(&canary);
    assert_eq!(kinds(&slow), ["rollout", "rollback"]);
    assert!((slow.steps[50].p50.unwrap() - 0.01).abs() < 1e-4);
}
