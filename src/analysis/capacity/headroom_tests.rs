//! Tests of headroom: published figures, what binds, and what is said.

use super::*;

fn ceiling(name: &str, throughput: f64, ci95: Option<(f64, f64)>) -> Ceiling {
    Ceiling {
        name: name.to_owned(),
        throughput,
        ci95,
        ..Ceiling::default()
    }
}

fn params(demand: f64) -> HeadroomParams {
    HeadroomParams {
        demand,
        demand_text: "a given rate".to_owned(),
        growth: 1.0,
        reserve: Ppm(0),
        nodes: None,
        fail: 0,
        curve: NodeCurve::Linear,
        promise: None,
        price: None,
        seed: 1,
    }
}

/// Five hosts of 128 GB, 70 % of them to be used, 400 GB in use, half a GB a machine: room for 96 machines. In
/// machines of half a GB the ceiling is 1,280 and the demand 800.
#[test]
fn the_published_room_for_96_machines() {
    let hosts = ceiling("memory", 640.0 / 0.5, None);
    let found = headroom(
        &[hosts],
        &HeadroomParams {
            reserve: Ppm(300_000),
            nodes: Some(5),
            ..params(400.0 / 0.5)
        },
    )
    .unwrap();
    assert_eq!(micro(found.value), 96_000_000);
    assert!(!found.short);
    assert_eq!(found.nodes_needed, Some(5));
}

/// Four nodes, one may fail, 80 % busy at most: the four may be used to 60 % of what they can.
#[test]
fn the_published_safe_share_of_four_nodes() {
    let found = headroom(
        &[ceiling("CPU", 1_000.0, None)],
        &HeadroomParams {
            reserve: Ppm(200_000),
            nodes: Some(4),
            fail: 1,
            ..params(599.0)
        },
    )
    .unwrap();
    assert_eq!(micro(found.after_failure.unwrap()), 600_000_000);
    assert_eq!(found.safe_share.map(|s| (s * 100.0).round()), Some(75.0));
    assert!(!found.short);
    assert_eq!(found.nodes_needed, Some(4));
    let more = HeadroomParams {
        reserve: Ppm(200_000),
        nodes: Some(4),
        fail: 1,
        ..params(600.5)
    };
    let found = headroom(&[ceiling("CPU", 1_000.0, None)], &more).unwrap();
    assert!(found.short && found.value > 0.0, "fits while all are there");
    assert_eq!(found.nodes_needed, Some(5));
    assert!(
        found
            .sentence
            .contains("With 1 node of 4 gone 600.0 requests/s remain"),
        "{}",
        found.sentence
    );
    assert!(
        found.sentence.contains("600.5 do not fit"),
        "{}",
        found.sentence
    );
}

#[test]
fn the_tightest_ceiling_binds_and_every_one_has_its_chance() {
    let ceilings = [
        ceiling("disk of api", 1_100.0, Some((900.0, 1_300.0))),
        ceiling("CPU of api", 1_000.0, Some((950.0, 1_050.0))),
        ceiling("memory of api", 9_000.0, Some((8_000.0, 10_000.0))),
    ];
    let found = headroom(&ceilings, &params(400.0)).unwrap();
    assert_eq!(found.binding_resource, "CPU of api");
    let chances: Vec<f64> = found.resources.iter().map(|r| r.binds_first).collect();
    assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // N(1000, 25.5) against N(1100, 102): the disk is lower with Φ(−100 / 105.2) = 0.171.
    assert!((chances[1] - 0.171).abs() < 0.03, "{chances:?}");
    assert_eq!(chances[2], 0.0);
    let (low, high) = found.usable_ci95.unwrap();
    assert!(low < 940.0 && high < 1_050.0 && low > 800.0, "{low} {high}");
    assert!((found.resources[0].used_share - 0.4).abs() < 1e-12);
    let again = headroom(&ceilings, &params(400.0)).unwrap();
    assert_eq!(found, again, "one seed, one answer");
}

#[test]
fn ten_times_the_demand_names_the_nodes_and_their_cost() {
    let promise = Ceiling {
        basis: CeilingBasis::Promise,
        ..ceiling("P95 ≤ 200 ms", 2_300.0, None)
    };
    let found = headroom(
        &[promise],
        &HeadroomParams {
            growth: 10.0,
            reserve: Ppm(200_000),
            nodes: Some(4),
            fail: 1,
            promise: Some("P95 ≤ 200 ms".to_owned()),
            price: Some(NodePrice {
                node_hour: 0.2,
                currency: "USD".to_owned(),
            }),
            ..params(460.0)
        },
    )
    .unwrap();
    assert!(found.short);
    assert_eq!(found.nodes_needed, Some(11));
    assert_eq!(
        found.sentence,
        "Short by 2,760 requests/s at P95 ≤ 200 ms, bound by the promise itself: the demand peaks at 4,600, 10 times 460, usable are 1,840. With 1 node of 4 gone 1,380 requests/s remain: 4,600 do not fit. Needed: 11 nodes, of which 1 may fail. They cost 1,606 USD a month, now 584 USD."
    );
    assert!(found.assumed.iter().any(|a| a.contains("linear, assumed")));
}

#[test]
fn the_highest_load_seen_stands_only_where_nothing_better_is_known() {
    let seen = Ceiling {
        basis: CeilingBasis::Measured,
        ..ceiling("the highest tested load", 500.0, None)
    };
    let both = headroom(&[seen.clone(), ceiling("CPU", 800.0, None)], &params(100.0)).unwrap();
    assert_eq!(both.binding_resource, "CPU");
    let alone = headroom(&[seen], &params(100.0)).unwrap();
    assert!(alone.assumed.iter().any(|a| a.contains("may be higher")));
    assert_eq!(headroom(&[], &params(100.0)), None);
    assert_eq!(
        headroom(&[ceiling("CPU", f64::NAN, None)], &params(1.0)),
        None
    );
    assert_eq!(
        headroom(&[ceiling("CPU", 5.0, None)], &params(f64::NAN)),
        None
    );
}

/// 80 % of a resource is a reserve already, and a second one on top of it has to be seen.
#[test]
fn the_target_utilisation_is_said_beside_the_reserve() {
    let cpu = Ceiling {
        target_percent: Some(80.0),
        full_per_sec: Some(277.0),
        ..ceiling("CPU", 220.0, None)
    };
    let plain = headroom(std::slice::from_ref(&cpu), &params(189.0)).unwrap();
    assert!(
        plain.sentence.contains("bound by CPU at 80 %:"),
        "{}",
        plain.sentence
    );
    assert!(
        plain.assumed.contains(
            &"CPU counts as used up at its target utilisation of 80 % (100 % would be 277 requests/s)"
                .to_owned()
        ),
        "{:?}",
        plain.assumed
    );
    assert!(
        plain
            .assumed
            .contains(&"nothing more is held in reserve".to_owned())
    );
    let held = HeadroomParams {
        reserve: Ppm(200_000),
        ..params(189.0)
    };
    let twice = headroom(std::slice::from_ref(&cpu), &held).unwrap();
    assert!(
        twice
            .assumed
            .contains(&"the reserve of 20 % comes off the throughput at that target".to_owned()),
        "{:?}",
        twice.assumed
    );
    assert_eq!(twice.usable, 176.0);
}
