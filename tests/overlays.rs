//! Federations and sharded chains against numbers worked out by hand.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Fault, FaultKind, Federation, Joining, Pattern, PeerGroup, RandomFailures, ShardedChain,
};
use headroom::scenario::{Outcome, Scenario, SimulateError, overlay};

fn near(left: f64, right: f64) {
    assert!(
        (left - right).abs() <= 1e-6 * right.abs().max(1e-9),
        "{left} is not {right}"
    );
}

fn run(scenario: &Scenario) -> Outcome {
    overlay::run(scenario, &Progress::default()).unwrap()
}

fn group(name: &str, peers: u32) -> PeerGroup {
    PeerGroup {
        name: name.to_owned(),
        peers,
        ..PeerGroup::default()
    }
}

/// Peers of 1000 messages a second, eight links, a heartbeat a second.
fn federation(groups: Vec<PeerGroup>, rate: f64) -> Scenario {
    let mut out = Scenario {
        federation: Some(Federation {
            groups,
            ..Federation::default()
        }),
        ..Scenario::default()
    };
    out.workload.pattern = Pattern::Constant { level: rate };
    out.run.duration = 1200.0;
    out
}

fn settings(scenario: &mut Scenario) -> &mut Federation {
    scenario.federation.as_mut().unwrap()
}

fn lost(count: u32) -> Fault {
    Fault {
        at: 600.0,
        lasts: Some(300.0),
        kind: FaultKind::PeersLost { count },
    }
}

#[test]
fn ten_thousand_peers_at_half_load() {
    let outcome = run(&federation(vec![group("all", 10_000)], 5e6));
    let figures = outcome.federation.unwrap();
    // 500 messages a second each, and 8 heartbeats.
    near(figures.messages_per_peer, 508.0);
    near(figures.coordination_per_peer, 8.0);
    near(figures.coordination_total, 80_000.0);
    near(figures.capacity_per_peer, 992.0);
    near(figures.cpu_share, 0.5 * 0.508);
    near(figures.memory_mb, 100.0 + 0.01 * 9999.0);
    // log(10,000)/log(9) = 4.2: five rounds of a heartbeat and 20 ms.
    near(figures.discovery_secs.unwrap(), 5.1);
    assert_eq!(figures.recovery_secs, None);
    assert_eq!(figures.largest_region, ("all".to_owned(), 10_000));
    near(outcome.summary.served_per_sec.value, 5e6);
    near(outcome.summary.utilisation_mean.value, 500.0 / 992.0);
    // 20 ms of network and a single server with 492 a second to spare.
    let p95 = outcome.steps.last().unwrap().p95.unwrap();
    assert!((p95 - (0.02 + 20.0_f64.ln() / 492.0)).abs() < 1e-6, "{p95}");
    assert!((outcome.summary.p95.value / p95 - 1.0).abs() < 2e-3);
    near(outcome.summary.mean.value, 0.02 + 1.0 / 492.0);
}

#[test]
fn contention_and_coherency_take_their_share() {
    let mut scenario = federation(vec![group("all", 1000)], 1e5);
    settings(&mut scenario).sigma = 0.0005;
    settings(&mut scenario).kappa = 1e-6;
    // 1/(1 + 0.0005·999 + 1e-6·1000·999) = 1/2.4985.
    let figures = run(&scenario).federation.unwrap();
    near(figures.efficiency, 1.0 / 2.4985);
    near(figures.capacity_per_peer, 1000.0 / 2.4985 - 8.0);
}

#[test]
fn lost_peers_cost_their_messages_until_they_are_noticed() {
    let mut scenario = federation(vec![group("all", 10_000)], 5e6);
    scenario.faults = vec![lost(1000)];
    let outcome = run(&scenario);
    let figures = outcome.federation.clone().unwrap();
    // Three heartbeats to notice them, then five rounds.
    near(figures.recovery_secs.unwrap(), 3.0 + 5.1);
    assert_eq!(figures.unrecovered, 0);
    let at = |secs: f64| outcome.steps.iter().find(|s| s.at >= secs).unwrap();
    // A tenth of the messages for three of the five seconds.
    near(at(600.0).errors, 5e6 * 0.1 * 0.6);
    near(at(605.0).errors, 0.0);
    assert_eq!((at(600.0).instances, at(900.0).instances), (9000, 10_000));
    let kinds: Vec<(f64, &str)> = outcome
        .events
        .iter()
        .map(|e| (e.at, e.kind.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (600.0, "fault"),
            (603.0, "failover"),
            (608.1, "recovery"),
            (900.0, "recovery")
        ]
    );
}

#[test]
fn with_retries_only_messages_that_fail_twice_are_lost_and_the_others_are_late() {
    let mut scenario = federation(vec![group("all", 10_000)], 5e6);
    scenario.faults = vec![lost(1000)];
    scenario.service.retries.max = 1;
    scenario.service.timeout = Some(0.5);
    let outcome = run(&scenario);
    let hit = outcome.steps.iter().find(|s| s.at >= 600.0).unwrap();
    near(hit.errors, 5e6 * 0.06 * 0.06);
    let p99 = hit.p99.unwrap();
    assert!(p99 > 0.6 && p99 < 0.65, "timeout and back-off: {p99}");
}

#[test]
fn a_loss_that_leaves_too_few_is_not_overcome() {
    let mut scenario = federation(vec![group("all", 1000)], 9e5);
    scenario.faults = vec![Fault {
        lasts: None,
        ..lost(500)
    }];
    let figures = run(&scenario).federation.unwrap();
    assert_eq!((figures.recovery_secs, figures.unrecovered), (None, 1));
}

#[test]
fn peers_that_come_and_go_cost_news_and_messages() {
    let mut scenario = federation(vec![group("all", 10_000)], 5e6);
    for group in &mut settings(&mut scenario).groups {
        group.stays = Some(3600.0);
    }
    let outcome = run(&scenario);
    let figures = outcome.federation.unwrap();
    near(figures.coordination_per_peer, 8.0 + 2.0 * 10_000.0 / 3600.0);
    near(outcome.summary.error_rate.value, 3.0 / 3600.0);
    assert_eq!(
        outcome.summary.instances_min, 10_000,
        "others take their place"
    );
}

#[test]
fn failures_by_chance_take_their_mean() {
    let mut scenario = federation(vec![group("a", 500), group("b", 500)], 1e5);
    scenario.random_failures = vec![RandomFailures {
        what: "a".to_owned(),
        mtbf: 9000.0,
        mttr: 1000.0,
    }];
    let outcome = run(&scenario);
    assert_eq!(outcome.summary.instances_max, 950, "a tenth of a is away");
}

#[test]
fn what_a_region_cannot_do_goes_to_another_and_takes_longer() {
    let mut slow = group("a", 100);
    slow.capacity = 508.0;
    let mut scenario = federation(vec![slow, group("b", 100)], 120_000.0);
    let outcome = run(&scenario);
    // a has room for 50,000 of its 60,000 a second; b takes the rest.
    near(outcome.summary.served_per_sec.value, 120_000.0);
    near(
        outcome.summary.utilisation_mean.value,
        120_000.0 / (50_000.0 + 99_200.0),
    );
    let p99 = outcome.summary.p99.value;
    settings(&mut scenario).between_regions = 1.0;
    let further = run(&scenario).summary.p99.value;
    assert!(further > p99 + 0.4, "{p99} and {further}");
}

#[test]
fn without_geographic_routing_half_of_the_messages_cross() {
    let scenario = |geographic| {
        let mut out = federation(vec![group("a", 100), group("b", 100)], 10_000.0);
        settings(&mut out).geographic = geographic;
        out
    };
    let local = run(&scenario(true)).summary.mean.value;
    let across = run(&scenario(false)).summary.mean.value;
    near(across - local, 0.08 / 2.0);
}

#[test]
fn a_partition_loses_what_crosses_it_until_it_is_noticed() {
    let cut = |geographic| {
        let mut out = federation(vec![group("a", 100), group("b", 300)], 10_000.0);
        settings(&mut out).geographic = geographic;
        out.faults = vec![Fault {
            at: 600.0,
            lasts: Some(60.0),
            kind: FaultKind::Partition {
                group: "a".to_owned(),
            },
        }];
        let outcome = run(&out);
        outcome
            .steps
            .iter()
            .map(|s| (s.at, s.errors))
            .filter(|s| s.1 > 1e-6)
            .collect::<Vec<_>>()
    };
    assert_eq!(cut(true), [], "messages stay in their region");
    let across = cut(false);
    assert_eq!(across.len(), 1);
    // A quarter sends three quarters away and the other way round, for three of five seconds.
    near(across[0].1, 10_000.0 * 2.0 * 0.25 * 0.75 * 0.6);
}

#[test]
fn peers_that_join_add_capacity() {
    let mut scenario = federation(vec![group("all", 100)], 150_000.0);
    settings(&mut scenario).joining = vec![Joining {
        at: 300.0,
        group: "all".to_owned(),
        peers: 100,
        over: 100.0,
    }];
    let outcome = run(&scenario);
    assert!(outcome.summary.error_rate.value > 0.05);
    let last = outcome.steps.last().unwrap();
    assert_eq!(last.instances, 200);
    near(last.served, 150_000.0);
    near(last.errors, 0.0);
    assert!(
        outcome
            .events
            .iter()
            .any(|e| e.kind == "join" && e.to == Some(200.0))
    );
}

#[test]
fn a_federation_without_peers_is_refused() {
    let error = overlay::run(
        &federation(vec![group("all", 0)], 1.0),
        &Progress::default(),
    );
    assert!(
        matches!(&error, Err(SimulateError::Impossible { key, .. }) if key == "federation.groups"),
        "{error:?}"
    );
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(
        overlay::run(&federation(vec![group("all", 1)], 1.0), &progress),
        Err(SimulateError::Cancelled)
    );
}

fn chain(chain: ShardedChain, rate: f64) -> Scenario {
    let mut out = Scenario {
        chain: Some(chain),
        ..Scenario::default()
    };
    out.workload.pattern = Pattern::Constant { level: rate };
    out.run.duration = 600.0;
    out
}

#[test]
fn a_transaction_waits_half_a_block_and_its_confirmations() {
    let outcome = run(&chain(
        ShardedChain {
            block_time: 0.04,
            confirmations: 1,
            ..ShardedChain::default()
        },
        100.0,
    ));
    near(outcome.summary.mean.value, 0.02 + 0.04);
    let last = outcome.steps.last().unwrap();
    assert!((last.p95.unwrap() - (0.04 + 0.95 * 0.04)).abs() < 1e-6);
    near(outcome.summary.served_per_sec.value, 100.0);
}

#[test]
fn crossing_shards_costs_work_and_a_second_confirmation() {
    let outcome = run(&chain(
        ShardedChain {
            shards: 16,
            capacity: 100.0,
            cross_share: 0.25,
            cross_work: 3.0,
            block_time: 0.1,
            confirmations: 2,
            ..ShardedChain::default()
        },
        400.0,
    ));
    // 1 + 0.25·2 = 1.5 of work each; 25 of 66.7 a second in each shard.
    near(outcome.summary.utilisation_mean.value, 400.0 * 1.5 / 1600.0);
    // 50 ms and 200 ms, for a quarter 400 ms; left over is next to nothing.
    assert!((outcome.summary.mean.value - (0.05 + 0.25)).abs() < 1e-3);
}

#[test]
fn the_hottest_shard_bounds_the_chain() {
    let settings = ShardedChain {
        shards: 16,
        capacity: 100.0,
        hot_share: 0.2,
        ..ShardedChain::default()
    };
    // 0.2 + 0.8/16 = 0.25 of all in one shard of 100/s: 400 where sixteen could do 1600.
    let held = run(&chain(settings.clone(), 400.0 * 0.9));
    near(held.summary.served_per_sec.value, 360.0);
    near(held.summary.utilisation_peak, 0.9);
    assert!(
        held.warnings
            .iter()
            .any(|w| w.contains("400 transactions/s") && w.contains("1600")),
        "{:?}",
        held.warnings
    );
    let over = run(&chain(settings, 800.0));
    let last = over.steps.last().unwrap();
    // The hot shard's 200 a second find 100; all others are served.
    near(last.served, 700.0);
    near(last.errors, 100.0);
    near(last.queue, 1000.0);
    assert!(
        last.p95.unwrap() > 10.0,
        "a thousand wait before a shard of 100/s"
    );
}

#[test]
fn tenfold_shards_do_tenfold_work() {
    let highest = |shards: u32| {
        let served = |rate: f64| {
            let settings = ShardedChain {
                shards,
                capacity: 100.0,
                cross_share: 0.1,
                ..ShardedChain::default()
            };
            run(&chain(settings, rate)).steps.last().unwrap().served
        };
        served(1e6)
    };
    near(highest(40) / highest(4), 10.0);
}

#[test]
fn a_shard_that_makes_no_blocks_collects_what_comes() {
    let mut scenario = chain(
        ShardedChain {
            shards: 4,
            capacity: 100.0,
            ..ShardedChain::default()
        },
        200.0,
    );
    scenario.faults = vec![Fault {
        at: 100.0,
        lasts: Some(10.0),
        kind: FaultKind::Kill {
            instances: 1,
            group: None,
        },
    }];
    let outcome = run(&scenario);
    // 50 a second wait for ten seconds, and are worked off at 50 a second more than come.
    near(outcome.summary.queue_max, 500.0);
    near(outcome.summary.error_rate.value, 0.0);
    assert_eq!(outcome.summary.instances_min, 3);
    let later = outcome.steps.iter().find(|s| s.at >= 125.0).unwrap();
    near(later.queue + 1.0, 1.0);
}

#[test]
fn a_chain_needs_a_shard_and_is_no_federation() {
    let none = overlay::run(
        &chain(
            ShardedChain {
                shards: 0,
                ..ShardedChain::default()
            },
            1.0,
        ),
        &Progress::default(),
    );
    assert!(
        matches!(&none, Err(SimulateError::Impossible { key, .. }) if key == "chain.shards"),
        "{none:?}"
    );
    let mut both = chain(ShardedChain::default(), 1.0);
    both.federation = Some(Federation::default());
    assert!(overlay::run(&both, &Progress::default()).is_err());
    assert!(!overlay::wanted(&Scenario::default()));
}

#[test]
fn peers_and_shards_cost_what_instances_cost() {
    for (mut scenario, count) in [
        (federation(vec![group("all", 100)], 5e4), 100.0),
        (
            chain(
                ShardedChain {
                    shards: 4,
                    ..ShardedChain::default()
                },
                100.0,
            ),
            4.0,
        ),
    ] {
        scenario.cost.instance_hour = 0.1;
        let outcome = run(&scenario);
        near(outcome.summary.cost_per_month, count * 0.1 * 730.0);
        near(
            outcome.summary.cost,
            count * 0.1 * scenario.run.duration / 3600.0,
        );
    }
}

#[test]
fn response_times_for_the_promises_add_up_to_what_was_served() {
    for scenario in [
        federation(vec![group("all", 100)], 5e4),
        chain(ShardedChain::default(), 500.0),
    ] {
        let outcome = run(&scenario);
        let good: f64 = outcome
            .times
            .iter()
            .flat_map(|t| &t.good)
            .map(|b| b.1)
            .sum();
        near(
            good,
            outcome.summary.served_per_sec.value * scenario.run.duration,
        );
        for step in &outcome.times {
            assert!(step.good.is_sorted_by(|a, b| a.0 <= b.0));
        }
    }
}
