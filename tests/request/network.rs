//! Networks of stations against the formulas for them.

use headroom::analysis::queueing::{OpenStation, Visited, open_network};
use headroom::progress::Progress;
use headroom::scenario::model::Dist;
use headroom::scenario::request::{NetworkStation, run_network};

/// The passport office of Gunther (Practical Performance Analyst §5.5.4), with half of its applicants: three of its four
/// desks would need months to settle with all of them.
#[test]
fn the_passport_office_settles_where_jackson_says() {
    let routes = [
        vec![0.0, 0.3, 0.7, 0.0],
        vec![0.0, 0.0, 0.2, 0.8],
        vec![0.0, 0.1, 0.0, 0.9],
        vec![],
    ];
    let service = [20.0, 600.0, 300.0, 60.0];
    let rate = 7.5 / 3600.0;
    let entering = |i: usize| if i == 0 { rate } else { 0.0 };
    let desks: Vec<NetworkStation> = routes
        .iter()
        .zip(service)
        .enumerate()
        .map(|(i, (routes, mean))| NetworkStation {
            arrivals: entering(i),
            service: Dist::Exponential { mean },
            servers: 1,
            routes: routes.clone(),
        })
        .collect();
    let formula: Vec<OpenStation> = routes
        .iter()
        .zip(service)
        .enumerate()
        .map(|(i, (routes, mean))| OpenStation {
            arrivals: entering(i),
            service: mean,
            servers: 1,
            routes: routes.clone(),
        })
        .collect();
    let theory = open_network(&formula).unwrap();
    let got = run_network(
        &desks,
        60_000.0 / rate,
        200.0 / rate,
        5,
        &Progress::default(),
    )
    .unwrap();
    for (seen, expected) in got.stations.iter().zip(&theory) {
        assert!(
            (seen.visits - expected.visits).abs() < 0.01,
            "{seen:?} {expected:?}"
        );
        let steady = expected.steady;
        assert!(
            (seen.utilisation - steady.utilisation).abs() < 0.012,
            "{seen:?} {steady:?}"
        );
        assert!(
            (seen.response / steady.response - 1.0).abs() < 0.04,
            "{seen:?} {steady:?}"
        );
    }
    let whole: f64 = theory.iter().map(Visited::residence).sum();
    assert!(
        (got.response / whole - 1.0).abs() < 0.03,
        "{} {whole}",
        got.response
    );
    assert!(got.p95 > 2.0 * got.response && got.turned_away == 0);
    assert!((got.left as f64 / 60_000.0 - 1.0).abs() < 0.02);
}

#[test]
fn what_is_no_network_is_refused() {
    let station = |servers, routes: &[f64]| NetworkStation {
        arrivals: 1.0,
        service: Dist::Exponential { mean: 0.1 },
        servers,
        routes: routes.to_vec(),
    };
    for wrong in [station(0, &[]), station(1, &[1.2]), station(1, &[0.1, 0.1])] {
        let error = run_network(&[wrong], 10.0, 0.0, 1, &Progress::default()).unwrap_err();
        assert!(error.to_string().starts_with("stations.1: "), "{error}");
    }
}
