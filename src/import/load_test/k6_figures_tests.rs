//! What k6's figures at the end of a test turn into.

use super::*;

fn metric(name: &str, values: &[(&str, f64)]) -> K6Metric {
    K6Metric {
        name: name.to_owned(),
        values: values.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
        thresholds: Vec::new(),
    }
}

#[test]
fn rates_are_turned_the_way_their_share_says() {
    let rate = |values: &[(&str, f64)]| metric("http_req_failed", values).rate();
    assert_eq!(
        rate(&[("passes", 16.0), ("fails", 294.0), ("value", 16.0 / 310.0)]),
        Some((16, 294))
    );
    assert_eq!(
        rate(&[("passes", 1_470.0), ("fails", 30.0), ("rate", 0.02)]),
        Some((30, 1_470))
    );
    assert_eq!(
        rate(&[("matches", 3.0), ("total", 10.0), ("rate", 0.3)]),
        Some((3, 7))
    );
    assert_eq!(rate(&[("rate", 0.5)]), None);
}

#[test]
fn sub_metrics_become_labels() {
    let figures = K6Figures {
        metrics: vec![
            metric("http_reqs", &[("count", 10.0), ("rate", 2.0)]),
            metric(
                "http_req_failed",
                &[("passes", 4.0), ("fails", 6.0), ("rate", 0.4)],
            ),
            metric(
                "http_req_duration",
                &[
                    ("avg", 5.0),
                    ("p(90)", 9.0),
                    ("med", 4.0),
                    ("p(99.9)", 11.0),
                ],
            ),
            metric("http_req_duration{expected_response:true}", &[("avg", 3.0)]),
            metric(
                "http_req_duration{name:/a}",
                &[("count", 7.0), ("max", 8.0)],
            ),
            metric("http_reqs{name:/a}", &[("count", 7.0), ("rate", 1.4)]),
            metric("http_req_duration{group:::buy,name:/b}", &[("p(95)", 1.0)]),
        ],
        ..K6Figures::default()
    };
    let summary = figures.summary();
    let total = &summary.total;
    assert_eq!((total.count, total.errors), (Some(10), Some(4)));
    assert_eq!(
        total.percentiles_ms,
        [(500_000, 4.0), (900_000, 9.0), (999_000, 11.0)]
    );
    assert_eq!(summary.duration_secs, Some(5.0));
    let names: Vec<&str> = summary.labels.iter().map(|l| l.label.as_str()).collect();
    assert_eq!(
        names,
        ["{expected_response:true}", "/a", "{group:::buy,name:/b}"]
    );
    let [good, named, grouped] = &summary.labels[..] else {
        panic!("three labels");
    };
    assert!(good.successes_only && !named.successes_only);
    assert_eq!((good.count, good.errors), (Some(6), Some(0)));
    assert_eq!(
        (named.count, named.throughput_per_sec),
        (Some(7), Some(1.4))
    );
    assert_eq!((grouped.count, grouped.errors), (None, None));
}

#[test]
fn checks_are_found_in_groups_of_both_shapes() {
    let group: Value = serde_json::from_str(
        r#"{"checks":{"a":{"name":"a","passes":1,"fails":0}},
            "groups":[{"groups":{},"checks":[{"name":"b","passes":2,"fails":3},{"name":"c"}]}]}"#,
    )
    .unwrap();
    let mut list = Vec::new();
    checks(&group, &mut list);
    assert_eq!(list, [("a".to_owned(), 1, 0), ("b".to_owned(), 2, 3)]);
}
