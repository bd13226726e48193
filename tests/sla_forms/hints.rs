//! Prometheus alert rules as hints.

use std::collections::BTreeMap;

use headroom::analysis::sla::{ObjectiveKind, Quantity, prometheus_rules};
use headroom::units::{Micros, Ppm};

use super::parsed;

#[test]
fn alert_rules_become_hints() {
    let found = prometheus_rules::read(include_str!("../data/sla/alert_rules.yaml")).unwrap();
    let suggested = parsed(&found.yaml);
    let by_name = |name: &str| {
        suggested
            .objectives
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("{name}\n{}", found.yaml))
    };
    let latency = by_name("P95 latency");
    assert_eq!(latency.target.value, Quantity::Duration(Micros(200_000)));
    assert_eq!(
        latency.critical.unwrap().value,
        Quantity::Duration(Micros(500_000))
    );
    let errors = by_name("Error rate");
    assert_eq!(
        (errors.kind, errors.target.value),
        (ObjectiveKind::ErrorRate, Quantity::Share(Ppm(50_000)))
    );
    let cpu = by_name("cpu");
    assert_eq!(
        (cpu.kind, cpu.target.value),
        (ObjectiveKind::Utilisation, Quantity::Share(Ppm(800_000)))
    );
    let disk = by_name("node filesystem avail bytes");
    assert_eq!(disk.target.value, Quantity::Share(Ppm(100_000)));
    assert_eq!(disk.target.direction, headroom::units::Direction::AtLeast);
    let queue = by_name("queue depth");
    assert_eq!(
        (queue.target.value, queue.target.strict),
        (Quantity::Value(100_000_000), true)
    );
    assert_eq!(suggested.objectives.len(), 5, "{}", found.yaml);
    // How long a rule waits becomes the alert's; the two rules on latency wait differently, so there is none for them.
    let [alert] = suggested.alerts.as_slice() else {
        panic!("{}", found.yaml);
    };
    assert_eq!(alert.objective.as_deref(), Some("cpu"));
    assert_eq!(alert.hold, Micros(10 * Micros::MINUTE.0));
    let warning = alert.limits[1].unwrap();
    assert_eq!(
        (warning.value, warning.strict),
        (Quantity::Share(Ppm(800_000)), false)
    );
    let said: BTreeMap<&str, &str> = found
        .hints
        .iter()
        .map(|h| (h.rule.as_str(), h.what.as_str()))
        .collect();
    assert!(said["InstanceDown"].contains("equal"));
    assert!(said["Both"].contains("Several conditions"));
    assert!(said["NoData"].contains("missing"));
    assert_eq!(
        said["HighLatency"],
        "It fires when P95 latency is above 200 ms."
    );
    let high = found
        .hints
        .iter()
        .find(|h| h.rule == "HighLatency")
        .unwrap();
    assert_eq!(
        (high.line, high.severity.as_str(), high.suggests.as_deref()),
        (6, "warning", Some("P95 latency"))
    );
    assert_eq!(
        prometheus_rules::hint_words(high),
        "HighLatency (warning, for 5 min): It fires when P95 latency is above 200 ms."
    );
    assert!(prometheus_rules::read("objectives: []\n").is_err());
}

/// Expressions that are not simple thresholds, however long, are listed and suggest nothing.
#[test]
fn odd_alert_expressions_suggest_nothing() {
    for expr in [
        "a",
        "rate(a[5m]) - rate(b[5m]) > 3",
        "a / b > 0.5",
        "(((",
        "1 > 0",
        "histogram_quantile(1.5, x) > 1",
        "a > bool 1",
        "x * 0 > 1",
        &"1*".repeat(100_000),
        &format!("{}a > 1", "(".repeat(1_500)),
    ] {
        let quoted = serde_json::to_string(expr).unwrap();
        let yaml = format!("groups: [{{name: g, rules: [{{alert: A, expr: {quoted}}}]}}]\n");
        let found = prometheus_rules::read(&yaml).unwrap();
        assert_eq!(found.yaml, "", "{expr}");
        assert!(found.hints[0].what.ends_with('.'), "{expr}");
    }
    let promised = |expr: &str| {
        let yaml = format!("groups: [{{name: g, rules: [{{alert: A, expr: \"{expr}\"}}]}}]\n");
        let found = prometheus_rules::read(&yaml).unwrap();
        parsed(&found.yaml).objectives.remove(0).target.text()
    };
    // An alert fires outside of what is promised, so the promise is its opposite.
    assert_eq!(promised("queue_depth > 100"), "at most 100");
    assert_eq!(promised("queue_depth >= 100"), "less than 100");
    assert_eq!(promised("free_slots < 5"), "at least 5");
    assert_eq!(promised("5 >= free_slots"), "more than 5");
    assert_eq!(promised("memory_usage_ratio > 0.8"), "at most 80 %");
    assert_eq!(promised("disk_used_percent > 90"), "at most 90 %");
    assert_eq!(
        promised("avg(job_duration_seconds) > 1.5"),
        "at most 1.50 s"
    );
    assert_eq!(
        promised("histogram_quantile(0.99, rate(x_ms_bucket[1m])) > 300"),
        "at most 300 ms"
    );
    assert_eq!(
        promised("histogram_quantile(0.99, rate(x_seconds_bucket[1m])) * 1000 > 300"),
        "at most 300 ms"
    );
}
