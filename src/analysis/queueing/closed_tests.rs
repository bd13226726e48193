//! Tests of the closed network.

use super::*;

fn at(points: &[ClosedPoint], customers: u64) -> &ClosedPoint {
    points.iter().find(|p| p.customers == customers).unwrap()
}

/// The web shop of the PDQ demos: four queues, no think time.
#[test]
fn the_web_shop_as_published() {
    let shop = [9.8e-3, 2.5e-3, 0.72e-3, 9.8e-3].map(ClosedStation::queue);
    let points = closed_network(&shop, 0.0, 20).unwrap();
    for (customers, throughput) in [
        (1, 43.821_209),
        (2, 63.424_054),
        (4, 79.786_253),
        (7, 88.576_168),
        (10, 92.394_525),
        (20, 97.082_141),
    ] {
        let found = at(&points, customers).throughput;
        assert!(
            (found - throughput).abs() < 6e-7,
            "X({customers}) = {found}"
        );
    }
    assert!((throughput_bound(&shop).unwrap() - 102.040_8).abs() < 5e-5);
}

/// The web server of the PDQ demos: one busy station and sixteen light ones.
#[test]
fn the_web_server_as_published() {
    let mut stations = vec![ClosedStation::queue(10.9e-3)];
    stations.extend([ClosedStation::queue(0.275e-3); 16]);
    let points = closed_network(&stations, 0.0, 10).unwrap();
    for (customers, throughput) in [
        (1, 65.359),
        (2, 86.414),
        (3, 90.943),
        (4, 91.647),
        (5, 91.733),
        (6, 91.742),
        (10, 91.743),
    ] {
        let found = at(&points, customers).throughput;
        assert!(
            (found - throughput).abs() < 8e-4,
            "X({customers}) = {found}"
        );
    }
}

/// Machines that break and repairers: users who think, one station of c servers. The chances of n requests there are
/// N!/(N−n)! (S/Z)ⁿ / (n! or c! c^{n−c}), the classical machine-repair model.
#[test]
fn several_servers_agree_with_the_machine_repair_model() {
    for (users, servers, think, service) in [
        (6_u64, 2_u64, 10.0, 1.0),
        (40, 4, 5.0, 1.0),
        (200, 16, 3.0, 0.5),
        (12, 20, 1.0, 1.0),
    ] {
        let mut weights = vec![1.0];
        for n in 1..=users {
            let last: f64 = *weights.last().unwrap();
            weights.push(last * (users - n + 1) as f64 / n.min(servers) as f64 * service / think);
        }
        let total: f64 = weights.iter().sum();
        let present: f64 = (0_u64..)
            .zip(&weights)
            .map(|(n, w)| n as f64 * w)
            .sum::<f64>()
            / total;
        let throughput = (users as f64 - present) / think;
        let station = ClosedStation {
            demand: service,
            servers: Some(servers),
        };
        let points = closed_network(&[station], think, users).unwrap();
        let found = at(&points, users);
        assert!((found.throughput / throughput - 1.0).abs() < 1e-10);
        assert!((found.stations[0].present / present - 1.0).abs() < 1e-9);
        // A delay station beside it is the same as thinking.
        let beside = closed_network(
            &[ClosedStation::delay(think / 2.0), station],
            think / 2.0,
            users,
        )
        .unwrap();
        assert!((at(&beside, users).throughput / throughput - 1.0).abs() < 1e-10);
    }
}

/// Two stations of several servers and a queue, by adding up all states of the product form.
#[test]
fn several_such_stations_agree_with_all_states_added_up() {
    let stations = [
        ClosedStation {
            demand: 0.9,
            servers: Some(3),
        },
        ClosedStation {
            demand: 0.5,
            servers: Some(2),
        },
        ClosedStation::queue(0.2),
    ];
    let weight = |station: &ClosedStation, n: u64| -> f64 {
        (1..=n)
            .map(|i| station.demand / i.min(station.servers.unwrap()) as f64)
            .product()
    };
    let constant = |users: u64| -> f64 {
        let mut sum = 0.0;
        for a in 0..=users {
            for b in 0..=users - a {
                for c in 0..=users - a - b {
                    let thinking = users - a - b - c;
                    let thinks: f64 = (1..=thinking).map(|i| 0.7 / i as f64).product();
                    sum += weight(&stations[0], a)
                        * weight(&stations[1], b)
                        * weight(&stations[2], c)
                        * thinks;
                }
            }
        }
        sum
    };
    let points = closed_network(&stations, 0.7, 12).unwrap();
    for users in [1, 2, 5, 12] {
        let expected = constant(users - 1) / constant(users);
        let found = at(&points, users);
        assert!((found.throughput / expected - 1.0).abs() < 1e-12);
        let spread: f64 = found.stations.iter().map(|s| s.present).sum();
        assert!((spread + found.throughput * 0.7 - users as f64).abs() < 1e-9);
    }
}

/// Far beyond saturation nothing turns negative, and the servers are busy to the last digit.
#[test]
fn saturation_costs_no_digits() {
    let stations = [
        ClosedStation {
            demand: 0.064,
            servers: Some(64),
        },
        ClosedStation::queue(0.000_2),
    ];
    let points = closed_network(&stations, 1.0, 5_000).unwrap();
    assert!(
        points
            .windows(2)
            .all(|w| w[1].throughput >= w[0].throughput * (1.0 - 1e-12))
    );
    let last = points.last().unwrap();
    assert!(
        (last.throughput - 1_000.0).abs() < 1e-6,
        "{}",
        last.throughput
    );
    assert!((last.stations[0].utilisation.unwrap() - 1.0).abs() < 1e-9);
    assert!((last.response - 4.0).abs() < 1e-6, "{}", last.response);
}

#[test]
fn what_is_no_network_is_refused() {
    let refused = |stations: &[ClosedStation], think: f64, customers: u64| {
        closed_network(stations, think, customers)
            .unwrap_err()
            .to_string()
    };
    let one = [ClosedStation::queue(0.1)];
    assert!(refused(&one, 0.0, 0).contains("number of users cannot be 0"));
    assert!(refused(&one, -1.0, 5).contains("think time cannot be -1"));
    assert!(refused(&[ClosedStation::queue(0.0)], 0.0, 5).contains("cannot be 0"));
    assert!(
        refused(
            &[ClosedStation {
                demand: 1.0,
                servers: Some(0)
            }],
            0.0,
            5
        )
        .contains("servers")
    );
    let wide = ClosedStation {
        demand: 1.0,
        servers: Some(50_000),
    };
    assert!(refused(&[wide, wide], 0.0, 100_000).contains("fewer users"));
    assert_eq!(throughput_bound(&[ClosedStation::delay(1.0)]), None);
}
