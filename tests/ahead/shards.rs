//! Keys of a hot shard are moved once a minute has shown it, by both engines.

use headroom::progress::Progress;
use headroom::scenario::model::{Class, Database, Dist, Pattern, Pool, Shards};
use headroom::scenario::{Outcome, Scenario, fluid, request};

/// 200 requests a second with one query of 10 ms each, on eight servers of one query at a time; the hot one has about a
/// third of them: 66/s, two thirds of what it can.
fn sharded(rebalance_at: Option<f64>) -> Scenario {
    let mut s = Scenario::default();
    s.workload.pattern = Pattern::Constant { level: 200.0 };
    s.service.workers = 1_000;
    s.service.classes = vec![Class {
        time: Dist::Deterministic { mean: 0.001 },
        ..Class::default()
    }];
    s.backend.database = Some(Database {
        time: Dist::Exponential { mean: 0.01 },
        queries: 1.0,
        parallel: 1,
        pool: Pool {
            min_connections: 500,
            max_connections: 500,
            connect: 0.0,
            ..Pool::default()
        },
        shards: Shards {
            count: 8,
            skew: 1.2,
            keys: 10_000.0,
            rebalance_at,
        },
        ..Database::default()
    });
    s.run.duration = 180.0;
    s.run.step = 5.0;
    s
}

fn moved(outcome: &Outcome) -> Vec<f64> {
    let events = outcome.events.iter();
    events
        .filter(|e| e.kind == "rebalance")
        .map(|e| e.at)
        .collect()
}

/// Mean of the P95 of the steps between two seconds.
fn p95(outcome: &Outcome, from: f64, to: f64) -> f64 {
    let steps = outcome.steps.iter().filter(|s| s.at >= from && s.at < to);
    let found: Vec<f64> = steps.filter_map(|s| s.p95).collect();
    found.iter().sum::<f64>() / found.len() as f64
}

#[test]
fn both_engines_move_keys_when_a_minute_has_shown_the_hot_shard() {
    let progress = Progress::default();
    let engines: [(&str, &dyn Fn(&Scenario) -> Outcome); 2] = [
        ("request", &|s| request::run(s, &progress).unwrap()),
        ("fluid", &|s| fluid::run(s, &progress).unwrap()),
    ];
    for (name, run) in engines {
        let found = run(&sharded(Some(1.2)));
        let at = moved(&found);
        assert!(
            at.len() == 1 && (60.0..=65.0).contains(&at[0]),
            "{name} {at:?}"
        );
        let (before, after) = (p95(&found, 20.0, 60.0), p95(&found, 80.0, 180.0));
        assert!(after < 0.85 * before, "{name} {before} {after}");
        let never = run(&sharded(None));
        assert_eq!(moved(&never), [0.0; 0], "{name}");
        // Twelve times its even share is more than all.
        assert_eq!(moved(&run(&sharded(Some(12.0)))), [0.0; 0], "{name}");
    }
}
