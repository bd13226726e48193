//! Federations and sharded chains against numbers worked out by hand.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Fault, FaultKind, Federation, Joining, Pattern, PeerGroup, RandomFailures, Routing,
    ShardedChain,
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
    near(figures.local_discovery_secs.unwrap(), 5.1);
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
    scenario.run.replications = 5;
    let outcome = run(&scenario);
    let figures = outcome.federation.unwrap();
    // 2.78 a second leave and as many come: 3,333 in the run, within 4 standard deviations.
    let news = figures.coordination_per_peer - 8.0;
    assert!(
        (news / (2.0 * 10_000.0 / 3600.0) - 1.0).abs() < 0.07,
        "{news}"
    );
    // Each is missed for three heartbeats.
    let errors = outcome.summary.error_rate;
    let (low, high) = errors.interval.unwrap();
    assert!(
        (errors.value / (3.0 / 3600.0) - 1.0).abs() < 0.03,
        "{errors:?}"
    );
    assert!(low < errors.value && errors.value < high);
    assert_eq!(
        outcome.summary.instances_min, 10_000,
        "others take their place"
    );
    assert_eq!(figures.availability.value, 1.0);
}

/// Half an hour here, ten minutes away: three quarters of 2,000 peers are there.
#[test]
fn where_others_take_a_while_to_come_some_are_missing() {
    let mut scenario = federation(vec![group("all", 2000)], 1e5);
    settings(&mut scenario).groups[0].stays = Some(1800.0);
    settings(&mut scenario).groups[0].away = 600.0;
    scenario.run.replications = 10;
    let outcome = run(&scenario);
    let availability = outcome.federation.unwrap().availability;
    let (low, high) = availability.interval.unwrap();
    assert!((availability.value - 0.75).abs() < 0.01, "{availability:?}");
    assert!(low < availability.value && high > availability.value && high - low < 0.02);
    assert!(outcome.summary.instances_max < 1600 && outcome.summary.instances_min > 1400);
}

#[test]
fn failures_by_chance_have_their_mean_and_an_interval() {
    let mut scenario = federation(vec![group("a", 500), group("b", 500)], 1e5);
    scenario.random_failures = vec![RandomFailures {
        what: "peer".to_owned(),
        mtbf: 9000.0,
        mttr: 1000.0,
    }];
    scenario.run.replications = 20;
    let outcome = run(&scenario);
    let availability = outcome.federation.clone().unwrap().availability;
    let (low, high) = availability.interval.unwrap();
    assert!(
        low < 0.9 && 0.9 < high && high - low < 0.02,
        "{availability:?}"
    );
    assert_eq!(outcome.replications, 20);
    // The same seed gives the same run, another one another.
    assert_eq!(run(&scenario), outcome);
    scenario.run.seed = 2;
    assert_ne!(
        run(&scenario).federation.unwrap().availability,
        availability
    );
}

/// A region of two is away for a quarter of the time, all of it at once: with all messages in their region, the others
/// go on, and half of the peers are missing for a quarter.
#[test]
fn a_region_fails_as_a_whole() {
    let mut scenario = federation(vec![group("a", 500), group("b", 500)], 1e5);
    scenario.random_failures = vec![RandomFailures {
        what: "a".to_owned(),
        mtbf: 3000.0,
        mttr: 1000.0,
    }];
    scenario.run.duration = 40_000.0;
    scenario.run.replications = 20;
    let outcome = run(&scenario);
    let figures = outcome.federation.unwrap();
    let (low, high) = figures.availability.interval.unwrap();
    assert!(low < 0.875 && 0.875 < high, "{:?}", figures.availability);
    assert_eq!(
        (outcome.summary.instances_min, outcome.summary.instances_max),
        (500, 1000)
    );
    let region = &figures.regions[0];
    assert_eq!((region.name.as_str(), region.peers), ("a", (0.0, 500.0)));
    assert!(outcome.events.iter().any(|e| e.why == "500 peers lost"));
    // Three heartbeats until it is noticed, and four rounds of a second and 20 ms until all know.
    near(figures.recovery_secs.unwrap(), 3.0 + 4.0 * 1.02 + 0.08);
}

/// All peers of both regions fail now and then: what is down is down, and comes with its interval.
#[test]
fn availability_of_the_whole_comes_with_its_interval() {
    let mut scenario = federation(vec![group("a", 500)], 1e5);
    scenario.random_failures = vec![RandomFailures {
        what: "a".to_owned(),
        mtbf: 900.0,
        mttr: 100.0,
    }];
    scenario.run.duration = 20_000.0;
    scenario.run.replications = 20;
    let summary = run(&scenario).summary;
    let (low, high) = summary.availability_interval.unwrap();
    assert!(
        low < 0.91 && 0.89 < high && high - low < 0.04,
        "{low} {high}"
    );
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
fn where_all_regions_serve_all_half_of_the_messages_cross() {
    let scenario = |routing| {
        let mut out = federation(vec![group("a", 100), group("b", 100)], 10_000.0);
        settings(&mut out).routing = routing;
        out
    };
    let local = run(&scenario(Routing::Geographic));
    let across = run(&scenario(Routing::Capacity));
    near(
        across.summary.mean.value - local.summary.mean.value,
        0.08 / 2.0,
    );
    assert_eq!(run(&scenario(Routing::Local)).summary, local.summary);
    let from_others = |outcome: Outcome| outcome.federation.unwrap().regions[1].from_others;
    near(from_others(across), 0.5);
    assert_eq!(from_others(local), 0.0);
}

#[test]
fn with_local_routing_a_full_region_keeps_its_messages() {
    let mut slow = group("a", 100);
    slow.capacity = 508.0;
    let mut scenario = federation(vec![slow, group("b", 100)], 120_000.0);
    settings(&mut scenario).routing = Routing::Local;
    let outcome = run(&scenario);
    // a can do 50,000 of its 60,000 a second; 10,000 wait, as many as may, and then are turned away.
    let last = outcome.steps.last().unwrap();
    near(last.errors, 10_000.0);
    near(last.served, 110_000.0);
    near(last.queue, 1000.0 * 100.0);
    let regions = outcome.federation.unwrap().regions;
    near(regions[0].utilisation_peak, 1.0);
    near(regions[1].messages, 60_000.0);
    near(regions[1].capacity, 99_200.0);
}

/// Nobody is left to send in a region that is lost; whoever writes to anywhere loses what goes there until it is noticed.
#[test]
fn a_lost_region_costs_those_who_write_to_it() {
    let scenario = |routing| {
        let mut out = federation(vec![group("a", 100), group("b", 300)], 10_000.0);
        settings(&mut out).routing = routing;
        out.faults = vec![Fault {
            at: 600.0,
            lasts: Some(60.0),
            kind: FaultKind::KillGroup {
                group: "a".to_owned(),
            },
        }];
        let outcome = run(&out);
        outcome.steps.iter().map(|s| s.errors).fold(0.0, f64::max)
    };
    assert!(scenario(Routing::Geographic) < 1e-6);
    // For three of five seconds a quarter of those who are taken for present are gone: 60 of 360 in the mean.
    near(scenario(Routing::Capacity), 10_000.0 * 60.0 / 360.0);
}

#[test]
fn a_partition_loses_what_crosses_it_until_it_is_noticed() {
    let cut = |routing| {
        let mut out = federation(vec![group("a", 100), group("b", 300)], 10_000.0);
        settings(&mut out).routing = routing;
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
    assert_eq!(
        cut(Routing::Geographic),
        [],
        "messages stay in their region"
    );
    let across = cut(Routing::Capacity);
    assert_eq!(across.len(), 1);
    // A quarter sends three quarters away and the other way round, for three of five seconds.
    near(across[0].1, 10_000.0 * 2.0 * 0.25 * 0.75 * 0.6);
}

#[test]
fn each_step_says_what_a_peer_does_and_needs() {
    let mut scenario = federation(vec![group("a", 6000), group("b", 4000)], 5e6);
    scenario.faults = vec![lost(1000)];
    settings(&mut scenario).message_bytes = 100.0;
    let outcome = run(&scenario);
    let figures = outcome.federation.unwrap();
    assert_eq!(figures.steps.len(), outcome.steps.len());
    let at = |secs: f64| figures.steps[(secs / 5.0) as usize];
    let before = at(0.0);
    near(before.messages_per_peer, 508.0);
    near(before.capacity_per_peer, 1000.0);
    near(before.coordination_total, 80_000.0);
    near(before.memory_mb, 100.0 + 0.01 * 9999.0);
    near(before.cpu_share, 0.254);
    assert_eq!((before.away, before.felt), (0.0, 0));
    let hit = at(600.0);
    near(hit.peers, 9000.0);
    near(hit.away, 1000.0);
    near(hit.unnoticed, 600.0);
    assert_eq!((hit.felt, at(605.0).felt, at(610.0).felt), (1, 0, 0));
    // By their sizes 600 of a are lost.
    assert_eq!(figures.regions[0].peers, (5400.0, 6000.0));
    assert_eq!(figures.regions[0].peers_over_time[121], 5400.0);
    // 100 bytes a message, 8 bits each.
    let traffic = figures.traffic_mbit.unwrap();
    near(traffic, figures.messages_per_peer * 800.0 / 1e6);
}

/// A tenth of the peers work four times as long: of 1000 a second 925 are left in the mean.
#[test]
fn slow_peers_take_from_what_all_can_do() {
    let mut scenario = federation(vec![group("all", 1000)], 5e5);
    scenario.faults = vec![Fault {
        at: 600.0,
        lasts: Some(60.0),
        kind: FaultKind::Slow {
            instances: 100,
            factor: 4.0,
        },
    }];
    let outcome = run(&scenario);
    let steps = outcome.federation.unwrap().steps;
    near(steps[119].capacity_per_peer, 1000.0);
    near(steps[120].capacity_per_peer, 925.0);
    near(steps[132].capacity_per_peer, 1000.0);
    let why = |at: f64| {
        outcome
            .events
            .iter()
            .find(|e| e.at == at)
            .map(|e| e.why.as_str())
    };
    assert_eq!(why(600.0), Some("100 peers work 4.00 times as long"));
    assert_eq!(why(660.0), Some("100 peers work as before"));
}

/// One peer keeps in touch with nobody, and does all that it can.
#[test]
fn a_single_peer_works_alone() {
    let outcome = run(&federation(vec![group("all", 1)], 500.0));
    let figures = outcome.federation.unwrap();
    near(figures.messages_per_peer, 500.0);
    near(figures.capacity_per_peer, 1000.0);
    assert_eq!(
        (figures.coordination_per_peer, figures.discovery_secs),
        (0.0, Some(0.0))
    );
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
    let figures = held.chain.clone().unwrap();
    near(figures.capacity, 400.0);
    near(figures.capacity_even, 1600.0);
    near(figures.hot.served, 90.0);
    near(figures.hot.utilisation, 0.9);
    // The other fifteen get three quarters.
    near(figures.others.unwrap().served, 360.0 * 0.75 / 15.0);
    near(figures.steps[3].hot_served, 90.0);
    near(figures.steps[3].other_utilisation, 0.18);
    assert!(
        held.warnings
            .iter()
            .any(|w| w.contains("400 transactions/s") && w.contains("1,600")),
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
    let figures = outcome.chain.unwrap();
    // Until it makes blocks again, and as long again until what waits is worked off.
    near(figures.recovery_secs.unwrap(), 20.0);
    assert_eq!(figures.unrecovered, 0);
    near(figures.availability.value, 1.0 - 10.0 / 600.0 / 4.0);
    near(figures.steps[21].shards, 3.0);
    near(figures.steps[21].other_queue, 500.0);
    let later = outcome.steps.iter().find(|s| s.at >= 125.0).unwrap();
    near(later.queue + 1.0, 1.0);
}

/// Each of four shards makes no blocks for a tenth of the time; the run says so with its interval.
#[test]
fn shards_that_fail_by_chance_have_an_availability() {
    let mut scenario = chain(
        ShardedChain {
            shards: 4,
            capacity: 100.0,
            ..ShardedChain::default()
        },
        200.0,
    );
    scenario.service.queue_limit = None;
    scenario.run.duration = 20_000.0;
    scenario.run.replications = 20;
    scenario.random_failures = vec![RandomFailures {
        what: "shard".to_owned(),
        mtbf: 90.0,
        mttr: 10.0,
    }];
    let outcome = run(&scenario);
    let availability = outcome.chain.clone().unwrap().availability;
    let (low, high) = availability.interval.unwrap();
    assert!(
        low < 0.9 && 0.9 < high && high - low < 0.01,
        "{availability:?}"
    );
    // Blocks that are not made are made up for: nothing is lost, but much is late.
    near(outcome.summary.error_rate.value, 0.0);
    assert!(outcome.summary.p95.value > 1.0);
    assert_eq!(run(&scenario), outcome);
}

#[test]
fn the_hot_shard_can_be_lost_by_its_name() {
    let mut scenario = chain(
        ShardedChain {
            shards: 4,
            capacity: 100.0,
            hot_share: 0.2,
            ..ShardedChain::default()
        },
        100.0,
    );
    scenario.faults = vec![Fault {
        at: 100.0,
        lasts: Some(10.0),
        kind: FaultKind::Kill {
            instances: 1,
            group: Some("hot".to_owned()),
        },
    }];
    headroom::scenario::check::check(&scenario).unwrap();
    let outcome = run(&scenario);
    // 0.2 + 0.8/4 = 0.4 of a hundred a second wait for ten seconds, and all others go on.
    let figures = outcome.chain.unwrap();
    near(figures.hot.queue_max, 400.0);
    near(figures.others.unwrap().queue_max, 0.0);
    assert!(
        outcome
            .events
            .iter()
            .any(|e| e.why == "the hot shard makes no blocks")
    );
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
