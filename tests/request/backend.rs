//! Caches, connections, replicas, shards and the work queue behind the instances.

use headroom::analysis::queueing::Markov;
use headroom::scenario::model::{
    Backend, CacheLayer, Class, Database, Dist, Fault, FaultKind, Pool, Replicas, Shards, WorkQueue,
};
use headroom::scenario::{Outcome, Scenario};

use super::fixture::{class, run, scenario};

/// Enough workers for everything, no time of their own: what is measured is behind them.
fn behind(rate: f64, duration: f64, database: &Database) -> Scenario {
    let mut behind = scenario(rate, duration);
    behind.service.workers = 5000;
    behind.service.classes = vec![class(Dist::Deterministic { mean: 0.0 })];
    behind.backend.database = Some(Database {
        queries: 1.0,
        time: Dist::Exponential { mean: 0.01 },
        ..database.clone()
    });
    behind
}

fn connections(most: u32) -> Pool {
    Pool {
        min_connections: most,
        max_connections: most,
        connect: 0.0,
        acquire_timeout: None,
        ..Pool::default()
    }
}

fn fault(at: f64, lasts: Option<f64>, kind: FaultKind) -> Fault {
    Fault { at, lasts, kind }
}

/// Steps between two seconds.
fn between(
    outcome: &Outcome,
    from: f64,
    to: f64,
) -> Vec<&headroom::scenario::outcome::StepFigures> {
    let steps = outcome.steps.iter();
    steps.filter(|s| s.at >= from && s.at < to).collect()
}

/// Exponential queries over five connections are M/M/5, and so are five at once in the server.
#[test]
fn waiting_for_connections_and_for_the_server_is_a_queue() {
    let theory = Markov::new(400.0, 0.01, 5).unwrap();
    let pool = behind(
        400.0,
        150.0,
        &Database {
            pool: connections(5),
            ..Database::default()
        },
    );
    let server = behind(
        400.0,
        150.0,
        &Database {
            pool: connections(5000),
            parallel: 5,
            ..Database::default()
        },
    );
    for scenario in [pool, server] {
        let outcome = run(&scenario);
        let got = outcome.summary;
        assert!(
            (got.mean.value / theory.steady.response - 1.0).abs() < 0.04,
            "{got:?}"
        );
        let p95 = theory.response_percentile(0.95).unwrap();
        assert!((got.p95.value / p95 - 1.0).abs() < 0.05, "{got:?} {p95}");
        assert!(outcome.steps.iter().all(|s| s.connections.is_some()));
    }
}

/// A request that waits too long for a connection fails, and its worker is free again.
#[test]
fn an_exhausted_pool_fails_requests_and_recovers() {
    let mut pool = behind(
        300.0,
        60.0,
        &Database {
            pool: Pool {
                acquire_timeout: Some(0.2),
                ..connections(10)
            },
            ..Database::default()
        },
    );
    pool.run.step = 1.0;
    pool.faults = vec![fault(
        20.0,
        Some(20.0),
        FaultKind::PoolLimit { connections: 1 },
    )];
    let outcome = run(&pool);
    // One connection does 100 a second of the 300.
    for step in between(&outcome, 22.0, 40.0) {
        assert!((step.errors - 200.0).abs() < 80.0, "{step:?}");
        assert!(step.connections.unwrap() <= 1.0 && step.p99.unwrap() < 0.3);
    }
    for step in between(&outcome, 42.0, 60.0)
        .into_iter()
        .chain(between(&outcome, 0.0, 20.0))
    {
        assert!(step.errors == 0.0 && step.p95.unwrap() < 0.06, "{step:?}");
    }
}

/// 85 % of the reads take 1 ms; the rest 1 ms and a query of 10 ms; writes only the query.
#[test]
fn caches_answer_reads_and_warm_up_again() {
    let mut cached = behind(
        200.0,
        100.0,
        &Database {
            pool: connections(200),
            ..Database::default()
        },
    );
    cached.run.step = 1.0;
    cached.service.classes[0].writes = 0.25;
    cached.backend.caches = vec![CacheLayer {
        hit_ratio: 0.85,
        latency: 0.001,
        keys: 1500.0,
        ..CacheLayer::default()
    }];
    if let Some(database) = &mut cached.backend.database {
        database.time = Dist::Deterministic { mean: 0.01 };
    }
    let warm = run(&cached).summary;
    let expected = 0.75 * (0.001 + 0.15 * 0.01) + 0.25 * 0.01;
    assert!((warm.mean.value / expected - 1.0).abs() < 0.03, "{warm:?}");
    assert!((warm.p50.value - 0.001).abs() < 1e-5 && (warm.p99.value - 0.011).abs() < 1e-4);

    cached.faults = vec![fault(50.0, None, FaultKind::CacheFlush { layer: None })];
    let outcome = run(&cached);
    let hits = |from, to| {
        let steps = between(&outcome, from, to);
        steps.iter().filter_map(|s| s.cache_hits).sum::<f64>() / steps.len() as f64
    };
    assert!((hits(30.0, 50.0) - 0.85).abs() < 0.02);
    // 150 reads a second of 1500 keys: after a second a tenth of them is back, after ten 63 %.
    assert!(hits(50.0, 51.0) < 0.1, "{}", hits(50.0, 51.0));
    assert!(
        (hits(59.0, 62.0) - 0.85 * 0.632).abs() < 0.08,
        "{}",
        hits(59.0, 62.0)
    );
    assert!((hits(90.0, 100.0) - 0.85).abs() < 0.03);
}

/// Two replicas take the reads; when they are away or behind, the primary has them all.
#[test]
fn replicas_take_reads_and_one_takes_over() {
    let mut replicated = behind(
        150.0,
        100.0,
        &Database {
            pool: connections(1000),
            parallel: 1,
            replicas: Replicas {
                count: 2,
                lag: 0.1,
                lag_threshold: 1.0,
                failover: true,
                failover_time: 5.0,
            },
            ..Database::default()
        },
    );
    replicated.run.step = 1.0;
    // Two M/M/1 at 75 %: 40 ms.
    let both = run(&replicated).summary;
    assert!((both.mean.value / 0.04 - 1.0).abs() < 0.2, "{both:?}");
    replicated.faults = vec![fault(50.0, Some(10.0), FaultKind::ReplicaLag { lag: 30.0 })];
    let lagging = run(&replicated);
    // The primary alone does 100 of 150 a second.
    let served = |s: &&headroom::scenario::outcome::StepFigures| s.served;
    let late = between(&lagging, 52.0, 60.0);
    let mean = late.iter().map(served).sum::<f64>() / late.len() as f64;
    assert!((mean - 100.0).abs() < 15.0, "{mean}");

    replicated.service.classes[0].writes = 0.2;
    replicated.faults = vec![fault(50.0, None, FaultKind::PrimaryLost)];
    let lost = run(&replicated);
    let kinds: Vec<&str> = lost.events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["fault", "failover"]);
    assert!((lost.events[1].at - 55.0).abs() < 1e-9);
    for step in between(&lost, 51.0, 55.0) {
        // Writes fail, reads do not.
        assert!(
            (step.errors - 30.0).abs() < 25.0 && step.served > 80.0,
            "{step:?}"
        );
    }
    assert!(between(&lost, 56.0, 100.0).iter().all(|s| s.errors == 0.0));
}

/// Eight shards of one query at a time: even keys are eight M/M/1 at half load, skewed ones overload a shard.
#[test]
fn a_hot_shard_is_the_limit() {
    let sharded = |skew, rebalance_at, duration| {
        let mut sharded = behind(
            400.0,
            duration,
            &Database {
                pool: connections(5000),
                parallel: 1,
                shards: Shards {
                    count: 8,
                    skew,
                    keys: 10_000.0,
                    rebalance_at,
                },
                ..Database::default()
            },
        );
        sharded.service.timeout = Some(1.0);
        run(&sharded)
    };
    let even = sharded(0.0, None, 60.0).summary;
    assert!((even.mean.value / 0.02 - 1.0).abs() < 0.1, "{even:?}");
    let skewed = sharded(1.2, None, 60.0).summary;
    assert!(skewed.error_rate.value > 0.05, "{skewed:?}");
    // Keys are moved when a minute has shown the hot shard, not before; what had piled up there is then worked off.
    let moved = sharded(1.2, Some(1.2), 200.0);
    let events: Vec<(&str, f64)> = moved
        .events
        .iter()
        .map(|e| (e.kind.as_str(), e.at))
        .collect();
    assert_eq!(events, [("rebalance", 60.0)]);
    assert!(
        moved.events[0].why.contains("none has more than 15.0 %"),
        "{:?}",
        moved.events
    );
    let failed: Vec<f64> = moved.steps.iter().map(|s| s.errors / s.offered).collect();
    assert!(failed[1] > 0.05 && failed[2] > 0.05, "{failed:?}");
    assert!(failed[6..].iter().all(|f| *f < 1e-3), "{failed:?}");
}

/// The worker is held while the database answers: workers, not queries, are then the limit.
#[test]
fn workers_are_held() {
    let mut held = behind(
        300.0,
        60.0,
        &Database {
            pool: connections(1000),
            ..Database::default()
        },
    );
    held.service.workers = 2;
    held.service.queue_limit = Some(20);
    let got = run(&held).summary;
    // Two workers of 10 ms each: 200 a second.
    assert!((got.served_per_sec.value - 200.0).abs() < 6.0, "{got:?}");
    assert!(got.utilisation_mean.value > 0.99);
}

/// An instance that dies with requests in the database gives their connections back.
#[test]
fn connections_survive_their_instances() {
    let mut lost = behind(
        300.0,
        60.0,
        &Database {
            pool: connections(4),
            ..Database::default()
        },
    );
    lost.run.step = 1.0;
    lost.faults = vec![fault(
        20.0,
        Some(1.0),
        FaultKind::Kill {
            instances: 1,
            group: None,
        },
    )];
    let outcome = run(&lost);
    let end = between(&outcome, 40.0, 60.0);
    let mean = end.iter().map(|s| s.served).sum::<f64>() / end.len() as f64;
    assert!((mean - 300.0).abs() < 20.0, "{mean}");
    assert!(end.iter().all(|s| s.errors == 0.0));
}

#[test]
fn answers_leave_jobs() {
    let mut jobs = scenario(50.0, 100.0);
    jobs.backend = Backend {
        work_queue: Some(WorkQueue {
            share: 0.5,
            time: Dist::Deterministic { mean: 0.1 },
            concurrency: 2,
        }),
        ..Backend::default()
    };
    jobs.service.classes = vec![Class {
        time: Dist::Deterministic { mean: 0.001 },
        ..Class::default()
    }];
    let warnings = run(&jobs).warnings;
    // 25 a second come and 20 are done: about 500 are left.
    let [sentence] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    let left: f64 = sentence.split_whitespace().nth(5).unwrap().parse().unwrap();
    assert!((left - 500.0).abs() < 150.0, "{sentence}");
}
