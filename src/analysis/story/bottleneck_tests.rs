//! Lines that reach their limit, and those that prove nothing.

use super::*;

fn held(points: &[(f64, f64)], limit: f64) -> Option<Bottleneck> {
    judge(
        points,
        &below_full(points, &[]),
        &DemandLine::fit(points)?,
        limit,
    )
}

/// 5 % without load and 0.18 % for each request per second: 80 % is reached at 75 / 0.18 = 416.67 requests/s.
#[test]
fn a_straight_line_reaches_its_limit() {
    let points: Vec<(f64, f64)> = (1..=20)
        .map(|i| {
            let x = f64::from(i) * 15.0;
            (x, 5.0 + 0.18 * x + if i % 2 == 0 { 0.5 } else { -0.5 })
        })
        .collect();
    let found = held(&points, 80.0).unwrap();
    let at = found.saturation_per_sec.unwrap();
    assert!((at - 416.67).abs() < 2.0, "{at}");
    assert!((found.slope - 0.18).abs() < 2.0 * found.slope_se + 1e-3);
    assert!((found.demand_ms() - 1.8).abs() < 0.02);
    assert!(found.r2 > 0.99);
    let (low, high) = found.saturation_ci95.unwrap();
    assert!(low < at && at < high && high - low < 10.0);
    assert_eq!(found.at_per_sec, 292.5);
    let named = Bottleneck {
        resource: "CPU".to_owned(),
        owner: "checkout".to_owned(),
        saturation_per_sec: Some(412.0),
        now: 61.0,
        at_per_sec: 310.0,
        r2: 0.94,
        limit: 80.0,
        ..found
    };
    assert_eq!(
        named.sentence(),
        "CPU of checkout reaches 80 % at 412 requests/s (now 61 % at 310; R² 0.94)"
    );
}

#[test]
fn poor_fits_are_not_proven() {
    let flat: Vec<(f64, f64)> = (0..20)
        .map(|i| (f64::from(i) * 10.0, 40.0 + f64::from(i % 3)))
        .collect();
    let found = held(&flat, 80.0).unwrap();
    assert_eq!(found.saturation_per_sec, None);
    assert_eq!(
        found.reason.as_deref(),
        Some("it does not grow with the load")
    );
    let steady: Vec<(f64, f64)> = (0..20)
        .map(|i| (100.0 + f64::from(i % 5), 40.0 + f64::from(i % 5)))
        .collect();
    let found = held(&steady, 80.0).unwrap();
    assert_eq!(found.reason.as_deref(), Some("the load hardly changed"));
    let far: Vec<(f64, f64)> = (1..20)
        .map(|i| (f64::from(i), 1.0 + f64::from(i) * 0.1))
        .collect();
    let found = held(&far, 80.0).unwrap();
    assert!(
        found.sentence().contains("not proven"),
        "{}",
        found.sentence()
    );
}

#[test]
fn a_falling_share_and_a_sum_over_cores_say_what_they_are() {
    let falling: Vec<(f64, f64)> = (1..30)
        .map(|i| (f64::from(i), 90.0 - f64::from(i) + f64::from(i % 3) * 0.1))
        .collect();
    let reason = held(&falling, 80.0).unwrap().reason.unwrap();
    assert!(reason.starts_with("it falls as the load rises"), "{reason}");
    let cores: Vec<(f64, f64)> = (1..30)
        .map(|i| (f64::from(i), 10.0 * f64::from(i)))
        .collect();
    let reason = held(&cores, 80.0).unwrap().reason.unwrap();
    assert!(reason.contains("it goes up to 290 %"), "{reason}");
    assert_eq!(held(&cores, 400.0).unwrap().saturation_per_sec, Some(40.0));
}

#[test]
fn other_units_need_a_limit_as_a_value() {
    let info = SeriesInfo {
        name: "memory_used".to_owned(),
        unit: "bytes".to_owned(),
        ..SeriesInfo::default()
    };
    let limit = |threshold| {
        let params = BottleneckParams {
            limits: vec![("memory_used".to_owned(), threshold)],
            ..BottleneckParams::default()
        };
        limit_of(&info, &params)
    };
    assert!(limit_of(&info, &BottleneckParams::default()).is_none());
    assert!(limit(Threshold::Percent(80.0)).is_none());
    let found = limit(Threshold::Value(2_147_483_648.0)).unwrap();
    assert_eq!((found.percent, found.whole), (100.0, 2_147_483_648.0));
    assert_eq!(found.words.as_deref(), Some("2.00 GiB"));
}
