//! Both engines on what the fluid knows by formulas of its own: full connection pools, caches after a flush, dead
//! instances that are not noticed, regions that are cut off, users who stay with an instance, limits of single users. The
//! bars are those of `scenarios.rs`.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Arrivals, Balancer, CacheLayer, Database, Dist, Fault, FaultKind, HealthCheck, InstanceGroup,
    Pattern, Scenario, StickySessions, TokenBucket,
};
use headroom::scenario::outcome::StepTimes;
use headroom::scenario::request;

use crate::scenarios::{EXPONENTIAL, agree, constant, run};

const QUERY: Dist = Dist::Exponential { mean: 0.02 };

fn constant_rate(scenario: &mut Scenario, level: f64) {
    scenario.workload.pattern = Pattern::Constant { level };
}

/// Eighty workers of 20 ms before a database.
fn stored(connections: u32, time: Dist, queries: f64, per_sec: f64) -> Scenario {
    let mut stored = constant(Balancer::LeastConnections, 4, 20, QUERY, 0.1);
    let mut database = Database {
        time,
        queries,
        ..Database::default()
    };
    database.pool.max_connections = connections;
    database.pool.min_connections = connections;
    stored.backend.database = Some(database);
    constant_rate(&mut stored, per_sec);
    stored
}

/// From half to 90 % of the connections in use; the fluid said a fifth too much when they were nearly full.
#[test]
fn connections_are_waited_for_as_one_by_one() {
    let constant_time = Dist::Deterministic { mean: 0.02 };
    for (name, scenario) in [
        ("half of four", stored(4, QUERY, 1.0, 100.0)),
        ("75 % of four, three queries", stored(4, QUERY, 3.0, 50.0)),
        (
            "85 % of four, constant",
            stored(4, constant_time, 1.0, 170.0),
        ),
        ("90 % of ten", stored(10, QUERY, 1.0, 450.0)),
        ("90 % of ten, three queries", stored(10, QUERY, 3.0, 150.0)),
    ] {
        agree(name, &scenario);
        let told = run(&scenario).warnings.join(" ");
        let flagged = told.contains("busier than 85 %");
        assert_eq!(flagged, name.starts_with("90"), "{name}: {told}");
    }
    // The server is what is full, before it few connections or many.
    for connections in [5, 8, 30] {
        let mut server = stored(connections, QUERY, 2.0, 75.0);
        if let Some(database) = &mut server.backend.database {
            database.parallel = 4;
        }
        agree(&format!("server behind {connections}"), &server);
    }
}

/// 600 requests a second of which 90 a second need the database, which can do 200. After a flush all of them do: queues
/// fill, requests are turned away, and the cache fills only as fast as the database lets requests through.
#[test]
fn a_flushed_cache_fills_by_what_gets_through() {
    let mut flushed = stored(100, QUERY, 2.0, 600.0);
    flushed.run.duration = 3600.0;
    flushed.backend.caches = vec![CacheLayer::default()];
    if let Some(database) = &mut flushed.backend.database {
        database.parallel = 8;
    }
    flushed.faults = vec![Fault {
        at: 1000.0,
        lasts: None,
        kind: FaultKind::CacheFlush { layer: None },
    }];
    agree("flush", &flushed);
    let one = request::run(&flushed, &Progress::default())
        .unwrap()
        .summary;
    let flow = run(&flushed).summary;
    let off = flow.mean.value / one.mean.value - 1.0;
    assert!(off.abs() < 0.1, "{} {}", one.mean.value, flow.mean.value);
    let (lost, lost_flow) = (one.error_rate.value, flow.error_rate.value);
    assert!(
        lost > 0.002 && (lost_flow / lost - 1.0).abs() < 0.3,
        "{lost} {lost_flow}"
    );
}

/// Two of eight die; checks notice after 22 s. Meanwhile balancers that look for few in flight prefer the dead.
#[test]
fn dead_instances_take_as_much_as_one_by_one() {
    let lost = |balancer, retries| {
        let mut dead = constant(balancer, 8, 4, EXPONENTIAL, 0.55);
        dead.run.duration = 900.0;
        dead.service.retries.max = retries;
        dead.faults = vec![Fault {
            at: 300.0,
            lasts: Some(300.0),
            kind: FaultKind::Kill {
                instances: 2,
                group: None,
            },
        }];
        dead.topology.health_check = Some(HealthCheck {
            interval: 10.0,
            timeout: 2.0,
            ..HealthCheck::default()
        });
        let one = request::run(&dead, &Progress::default()).unwrap();
        let flow = run(&dead);
        (one.summary.error_rate.value, flow.summary.error_rate.value)
    };
    for (balancer, retries) in [
        (Balancer::LeastConnections, 0),
        (Balancer::LeastConnections, 2),
        (Balancer::JoinShortestQueue, 0),
        (Balancer::PowerOfTwo, 0),
        (Balancer::RoundRobin, 0),
    ] {
        let (one, flow) = lost(balancer, retries);
        assert!(
            (flow / one - 1.0).abs() < 0.15,
            "{balancer:?} with {retries} retries: {one} and {flow} are lost"
        );
    }
    // Dead ones take nothing from one queue for all: lost is only what they had in hand.
    let (one, flow) = lost(Balancer::SharedQueue, 0);
    assert!(one < 1e-4 && flow < 1e-4, "{one} {flow}");
}

/// Three regions; one dies and its senders go where the load is least, over a distance, unless it is cut off.
#[test]
fn regions_fail_over_and_are_cut_off() {
    let group = |name: &str, instances, weight| InstanceGroup {
        name: name.to_owned(),
        instances,
        weight,
        distance: 0.08,
        ..InstanceGroup::default()
    };
    let mut regions = constant(Balancer::Geographic, 1, 4, EXPONENTIAL, 0.5);
    regions.topology.groups = vec![
        group("east", 4, 2.0),
        group("north", 3, 1.0),
        group("west", 3, 1.0),
    ];
    constant_rate(&mut regions, 300.0);
    let fault = |kind| Fault {
        at: 200.0,
        lasts: Some(600.0),
        kind,
    };
    let north = || "north".to_owned();
    regions.faults = vec![fault(FaultKind::KillGroup { group: north() })];
    agree("north is dead", &regions);
    // Only what was on its instances is lost.
    assert!(run(&regions).summary.error_rate.value < 2e-4);
    regions
        .faults
        .push(fault(FaultKind::Partition { group: north() }));
    agree("north is dead and cut off", &regions);
    // A quarter of the senders for half of the time.
    let outcome = run(&regions);
    assert!((outcome.summary.error_rate.value - 0.125).abs() < 0.002);
    let told: Vec<&str> = outcome.events.iter().map(|e| e.why.as_str()).collect();
    assert!(
        told.contains(&"north is cut off") && told.contains(&"north is reached again"),
        "{told:?}"
    );
    // Alive and cut off it answers its own.
    regions.faults.remove(0);
    assert!(run(&regions).summary.error_rate.value.abs() < 1e-9);
    // Where any instance may answer, those that are cut off are lost.
    regions.topology.balancer = Balancer::LeastConnections;
    agree("cut off from one balancer", &regions);
    assert_eq!(run(&regions).steps[60].instances, 7);
}

#[test]
fn users_who_stay_fill_instances_as_unevenly() {
    for (users, load) in [(20.0, 0.3), (200.0, 0.7), (2000.0, 0.8)] {
        let mut hashed = constant(Balancer::IpHash, 8, 4, EXPONENTIAL, load);
        hashed.workload.users = users;
        agree(&format!("{users} users by address"), &hashed);
    }
    let mut waiting = constant(Balancer::IpHash, 8, 4, EXPONENTIAL, 0.5);
    waiting.workload.arrivals = Arrivals::Closed {
        think: Dist::Exponential { mean: 1.0 },
    };
    constant_rate(&mut waiting, 300.0);
    agree("users by address who wait", &waiting);
    for balancer in [
        Balancer::LeastConnections,
        Balancer::RoundRobin,
        Balancer::Random,
        Balancer::PowerOfTwo,
    ] {
        let mut sticky = constant(balancer, 8, 4, EXPONENTIAL, 0.6);
        sticky.workload.users = 200.0;
        sticky.topology.sticky = Some(StickySessions { duration: 300.0 });
        agree(&format!("sessions, {balancer:?}"), &sticky);
    }
}

#[test]
fn limits_of_single_users_refuse_by_chance() {
    for (rate, burst) in [(1.0, 1.0), (1.2, 3.0), (2.0, 2.0), (0.5, 10.0)] {
        let mut limited = constant(Balancer::LeastConnections, 8, 4, EXPONENTIAL, 0.5);
        limited.run.duration = 900.0;
        limited.workload.users = 300.0;
        constant_rate(&mut limited, 300.0);
        limited.rate_limits.per_user = Some(TokenBucket { rate, burst });
        agree(&format!("{rate} a second and {burst} at once"), &limited);
    }
}

/// Less is waited the more a balancer knows, in the fluid as in `request/balance.rs`.
#[test]
fn better_information_waits_less_in_the_fluid_too() {
    let waits: Vec<f64> = [
        Balancer::Random,
        Balancer::RoundRobin,
        Balancer::PowerOfTwo,
        Balancer::JoinShortestQueue,
        Balancer::SharedQueue,
    ]
    .into_iter()
    .map(|balancer| {
        let eight = constant(balancer, 8, 1, EXPONENTIAL, 0.85);
        run(&eight).summary.wait_mean.value
    })
    .collect();
    assert!(waits.windows(2).all(|w| w[0] > w[1] * 1.1), "{waits:?}");
}

/// The percentile that a verdict reads from the times of the steps is the one that the summary shows.
#[test]
fn verdicts_read_the_percentiles_of_the_summary() {
    let judged = |times: &[StepTimes], share: f64| {
        let mut all: Vec<(f64, f64)> = times.iter().flat_map(|t| t.good.clone()).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let wanted = share * all.iter().map(|(_, n)| n).sum::<f64>();
        let mut below = 0.0;
        let reached = all.iter().find(|(_, count)| {
            below += count;
            below >= wanted * (1.0 - 1e-9)
        });
        reached.map_or(0.0, |(edge, _)| *edge)
    };
    let steady = constant(Balancer::RoundRobin, 6, 4, EXPONENTIAL, 0.8);
    let mut rising = steady.clone();
    rising.workload.pattern = Pattern::Ramp {
        from: 100.0,
        to: 430.0,
        over: 1200.0,
    };
    for (scenario, allowed) in [(steady, 1e-4), (rising, 0.004)] {
        let outcome = run(&scenario);
        for (share, shown) in [(0.95, outcome.summary.p95), (0.99, outcome.summary.p99)] {
            let read = judged(&outcome.times, share);
            assert!(
                (read / shown.value - 1.0).abs() < allowed,
                "{share}: {read} is not {}",
                shown.value
            );
        }
    }
}
