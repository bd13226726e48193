//! Tests of the way from a capacity to a date.

use super::*;
use crate::dataset::SeriesInfo;

const START: i64 = 1_767_225_600; // 2026-01-01

fn day(n: i64) -> Instant {
    Instant::from_secs(START + n * 86_400)
}

fn carried(throughput: f64, ci95: Option<(f64, f64)>) -> Carried {
    Carried {
        throughput,
        ci95,
        nodes: 4,
        fail: 1,
        curve: NodeCurve::Linear,
        usable: throughput / 0.75,
    }
}

fn plan() -> Plan {
    Plan {
        demand: 100.0,
        demand_text: "P99 of requests".to_owned(),
        now: day(0),
        growth: 10.0,
        by: day(300),
        lead_time: Micros(14 * Micros::DAY.0),
        seed: 1,
        zone: Zone::utc(),
    }
}

/// Ten times in 300 days passes 10^0.5 = 316.2 times a hundredth on day 150.
#[test]
fn even_growth_passes_the_capacity_when_it_does() {
    let found = planned_chain(&plan(), &carried(1_000.0 * 0.1_f64.sqrt(), None)).unwrap();
    for date in [found.crossing.p10, found.crossing.p50, found.crossing.p90] {
        let off = date.unwrap().since(day(150)).as_days().abs();
        assert!(off < 1e-3, "{off}");
    }
    assert_eq!(
        found.order_by.unwrap().since(day(136)).as_days().round(),
        0.0
    );
    assert_eq!(found.probability_within_horizon, 1.0);
    let by = found.by.unwrap();
    // 1,000 over 105.4 a node, and one that may fail.
    assert_eq!((by.demand, by.nodes), (1_000.0, Some(11)));
    assert!(
        found.sentence.contains("around 2026-05-31"),
        "{}",
        found.sentence
    );
}

/// A capacity that is known to ±20 % moves the early date by ln(0.8)/ln(10) of the span, scaled to one in ten.
#[test]
fn an_uncertain_capacity_widens_the_dates() {
    let found = planned_chain(&plan(), &carried(400.0, Some((320.0, 480.0)))).unwrap();
    let at = |capacity: f64| 300.0 * (capacity / 100.0_f64).log10();
    let sd = 80.0 / 1.96;
    for (date, z) in [
        (found.crossing.p10, -1.281_55),
        (found.crossing.p50, 0.0),
        (found.crossing.p90, 1.281_55),
    ] {
        let days = date.unwrap().since(day(0)).as_days();
        let expected = at(400.0 + z * sd);
        assert!((days - expected).abs() < 1.5, "{days} {expected}");
    }
}

#[test]
fn plans_that_never_get_there_and_those_that_are_there() {
    let never = planned_chain(&plan(), &carried(1_200.0, None)).unwrap();
    assert_eq!(never.crossing.p10, None);
    assert!(
        never
            .sentence
            .starts_with("The demand stays below 1,200 requests/s until 2026-10-28"),
        "{}",
        never.sentence
    );
    let over = planned_chain(&plan(), &carried(90.0, None)).unwrap();
    assert!(over.already_over && over.crossing.p50 == Some(day(0)));
    let shrinking = Plan {
        growth: 0.5,
        ..plan()
    };
    assert_eq!(
        planned_chain(&shrinking, &carried(120.0, None))
            .unwrap()
            .probability_within_horizon,
        0.0
    );
    let past = Plan {
        by: day(-1),
        ..plan()
    };
    assert_eq!(planned_chain(&past, &carried(500.0, None)), None);
}

/// 200 days from 100 upwards by one a day, with noise of ±3: 400 is reached on day 300.
fn growing() -> Series {
    let values: Vec<f64> = (0..200_i32)
        .map(|i| 100.0 + f64::from(i) + f64::from(i * 7_919 % 101) / 101.0 * 6.0 - 3.0)
        .collect();
    Series {
        info: SeriesInfo {
            name: "requests".to_owned(),
            unit: "/s".to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..200).map(day).collect(),
        values,
    }
}

#[test]
fn a_forecast_carries_both_uncertainties_to_the_date() {
    let params = ForecastParams {
        horizon: crate::analysis::forecast::Horizon::Steps(150),
        ..ForecastParams::default()
    };
    let sure = forecast_chain(&growing(), &carried(400.0, None), Some(day(290)), &params).unwrap();
    let unsure = forecast_chain(
        &growing(),
        &carried(400.0, Some((380.0, 420.0))),
        Some(day(290)),
        &params,
    )
    .unwrap();
    let days = |t: Option<Instant>| t.unwrap().since(day(0)).as_days();
    assert!(
        (days(sure.crossing.p50) - 300.0).abs() < 4.0,
        "{}",
        sure.sentence
    );
    assert!(
        (days(unsure.crossing.p50) - 300.0).abs() < 4.0,
        "{}",
        unsure.sentence
    );
    let width = |chain: &Chain| days(chain.crossing.p90) - days(chain.crossing.p10);
    // ±20 at one a day: 10.2 days of standard deviation, 26 days from P10 to P90.
    assert!(width(&sure) < 12.0, "{}", width(&sure));
    assert!((20.0..36.0).contains(&width(&unsure)), "{}", width(&unsure));
    let by = unsure.by.clone().unwrap();
    // Day 290 stands at 390: Φ((390 − 400)/10.2) of the capacities are below it.
    assert!((0.08..0.30).contains(&by.probability), "{}", by.probability);
    assert!(sure.by.unwrap().probability < 0.05);
    assert!((by.demand - 389.0).abs() < 4.0 && by.demand_p90 > by.demand);
    assert_eq!(by.nodes, Some(4), "390 of 400 with one of four gone");
    let far = forecast_chain(&growing(), &carried(400.0, None), Some(day(900)), &params).unwrap();
    assert!(
        far.by.is_none()
            && far
                .notes
                .iter()
                .any(|n| n.contains("not within the forecast"))
    );
}
