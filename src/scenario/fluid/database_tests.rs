//! Connections and servers against formulas.

use super::*;
use crate::analysis::queueing::{ClosedStation, Markov, closed_network};

fn load<'a>(time: &'a Dist, servers: &'a [Server]) -> Load<'a> {
    Load {
        per_sec: 400.0,
        time,
        queries: 1.0,
        servers,
        parallel: 0,
        connections: 5.0,
        most: 5000.0,
        full: false,
        patience: f64::INFINITY,
    }
}

const ONE: Server = Server {
    count: 1.0,
    visits: 1.0,
    reads: true,
    writes: true,
};

fn solve(load: &Load) -> Database {
    Database::new(load, &mut Known::default())
}

/// Five connections without a bound of the server are M/M/5.
#[test]
fn connections_are_a_queue() {
    let time = Dist::Exponential { mean: 0.01 };
    let found = solve(&load(&time, &[ONE]));
    let exact = Markov::new(400.0, 0.01, 5).unwrap();
    assert!((found.wait.share - exact.waits).abs() < 1e-9, "{found:?}");
    let wait = found.wait.share * found.wait.mean;
    assert!((wait / exact.steady.wait - 1.0).abs() < 1e-9, "{found:?}");
    assert!((found.used - 4.0).abs() < 1e-6 && found.lost.abs() < 1e-12);
    assert!((found.read.mean(&time) - 0.01).abs() < 1e-9);
}

/// Enough connections before five servers of the database: the same queue, one place further.
#[test]
fn servers_are_a_queue_and_connections_before_them_add_nothing() {
    let time = Dist::Exponential { mean: 0.01 };
    let exact = Markov::new(400.0, 0.01, 5).unwrap();
    for connections in [5.0, 8.0, 40.0, 400.0] {
        let found = solve(&Load {
            parallel: 5,
            connections,
            ..load(&time, &[ONE])
        });
        let all = found.read.mean(&time) + found.wait.share * found.wait.mean;
        assert!(
            (all / exact.steady.response - 1.0).abs() < 0.03,
            "{connections}: {all} {}",
            exact.steady.response
        );
        assert!((found.busiest - 0.8).abs() < 1e-9);
    }
}

/// What servers do with k connections in use is what exact mean-value analysis says of k users.
#[test]
fn servers_do_what_mean_value_analysis_says() {
    let time = Dist::Exponential { mean: 0.01 };
    let servers = [
        Server { visits: 0.7, ..ONE },
        Server {
            count: 2.0,
            visits: 0.65,
            ..ONE
        },
    ];
    for parallel in [1_u32, 4] {
        let load = Load {
            queries: 2.0,
            parallel,
            ..load(&time, &servers)
        };
        let station = |demand| ClosedStation {
            demand,
            servers: Some(u64::from(parallel)),
        };
        let stations = [station(0.007), station(0.0065), station(0.0065)];
        let exact = closed_network(&stations, 0.0, 30).unwrap();
        let mut inside: Option<Inside> = None;
        for (users, exact) in (1..).zip(&exact) {
            let more = next(&load, inside.as_ref(), f64::from(users));
            let off = more.rate / exact.throughput - 1.0;
            assert!(
                off.abs() < if parallel == 1 { 1e-9 } else { 0.05 },
                "{users}: {off}"
            );
            inside = Some(more);
        }
    }
}

/// M/M/1 with patience, twice as much as can be done: half is lost, and those served wait just below what they bear.
#[test]
fn impatience_and_workers_end_the_wait() {
    let time = Dist::Exponential { mean: 0.01 };
    let found = solve(&Load {
        per_sec: 200.0,
        connections: 1.0,
        patience: 0.5,
        ..load(&time, &[ONE])
    });
    assert!((found.lost - 0.5).abs() < 1e-6, "{found:?}");
    assert!((found.wait.mean - 0.49).abs() < 0.001, "{found:?}");
    // Without patience the wait ends where all of 21 workers are there: 20 of them wait, a hundredth each.
    let held = solve(&Load {
        per_sec: 1e6,
        connections: 1.0,
        most: 21.0,
        ..load(&time, &[ONE])
    });
    assert!((held.wait.mean - 0.2).abs() < 0.001 && held.lost.abs() < 1e-12);
    let none = solve(&Load {
        connections: 0.0,
        ..load(&time, &[ONE])
    });
    assert!((none.lost - 1.0).abs() < 1e-12);
}

/// Two exponential queries are an Erlang time of two phases: its 95 % quantile is 4.744 times half the mean.
#[test]
fn queries_add_up() {
    let time = Dist::Exponential { mean: 0.01 };
    let two = Queries {
        count: 2.0,
        ..Queries::default()
    };
    let (mut below, mut at) = (0.0, 0.0);
    let pieces = times(&time, &two);
    for (share, _, to) in &pieces {
        below += share;
        if below < 0.950_1 {
            at = *to;
        }
    }
    assert!((at / 0.047_44 - 1.0).abs() < 0.02, "{at}");
    let mean = |pieces: &[(f64, f64, f64)]| -> f64 {
        let of = |(share, from, to): &(f64, f64, f64)| share * f64::midpoint(*from, *to);
        pieces.iter().map(of).sum()
    };
    assert!((mean(&pieces) - 0.02).abs() < 1e-9);
    // Half a query a request: half of them have none.
    let half = times(&time, &Queries { count: 0.5, ..two });
    assert!((mean(&half) - 0.005).abs() < 1e-9);
    assert!(half.contains(&(0.5, 0.0, 0.0)));
}

#[test]
fn servers_that_are_nearly_alike_go_together() {
    let of = |visits| Server { visits, ..ONE };
    let out = grouped(vec![of(0.3), of(1.0), of(0.31), of(0.95), of(1.0), of(0.2)]);
    let found: Vec<(f64, f64)> = out.iter().map(|s| (s.count, s.visits)).collect();
    assert_eq!(found, [(2.0, 1.0), (1.0, 0.95), (2.0, 0.305), (1.0, 0.2)]);
}

/// Twenty times what the servers can do, with patience for minutes: they do what they can, and the rest gives up.
#[test]
fn far_beyond_its_capacity_a_database_still_answers() {
    let time = Dist::Exponential { mean: 0.01 };
    for patience in [0.5, 30.0, 600.0] {
        let found = solve(&Load {
            per_sec: 10_000.0,
            parallel: 5,
            connections: 20.0,
            most: 1e6,
            patience,
            ..load(&time, &[ONE])
        });
        assert!((found.lost - 0.95).abs() < 1e-3, "{patience}: {found:?}");
        assert!((found.used - 20.0).abs() < 1e-3, "{patience}: {found:?}");
        // By then the wait of those who are served is all of their patience, nearly.
        assert!(
            found.wait.mean <= patience && found.wait.mean > 0.9 * patience,
            "{patience}: {found:?}"
        );
    }
}
