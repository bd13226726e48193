//! What is answered when these keys are written wrongly.

use headroom::analysis::sla::SlaFile;

/// Each mistake with its line and what to write instead.
#[test]
fn mistakes_in_these_keys_are_answered() {
    let file = |body: &str| format!("objectives:\n  - name: x\n{body}");
    for (body, line, says) in [
        (
            "    kind: latency\n    targets: 200ms\n",
            4,
            "must be a list",
        ),
        (
            "    kind: latency\n    targets: [{from: month 1, target: 1s}]\n",
            4,
            "start",
        ),
        (
            "    kind: latency\n    start: 2026-01\n    targets: [{from: soon, target: 1s}]\n",
            5,
            "month 3",
        ),
        (
            "    kind: latency\n    targets: [{from: 2026-01, target: 1s}, {from: 2026-01-01, target: 2s}]\n",
            4,
            "keep one",
        ),
        (
            "    kind: latency\n    targets: [{from: 2026-01, to: 1s}]\n",
            4,
            "target",
        ),
        (
            "    kind: latency\n    target: 1s\n    start: 2026-01\n",
            5,
            "targets",
        ),
        ("    kind: improvement\n    target: 30%\n", 2, "baseline"),
        (
            "    kind: improvement\n    target: +30%\n    baseline: 2026-01\n",
            4,
            "-30%",
        ),
        (
            "    kind: improvement\n    target: 100%\n    baseline: 2026-01\n",
            4,
            "reached",
        ),
        (
            "    kind: improvement\n    target: 30%\n    measure: speed\n    baseline: 2026-01\n",
            5,
            "throughput",
        ),
        (
            "    kind: regression\n    target: 5%\n    measure: metric\n    baseline: 2026-01\n",
            5,
            "series",
        ),
        (
            "    kind: latency\n    target: 1s\n    baseline: {period: June}\n",
            5,
            "2026-06",
        ),
        (
            "    kind: latency\n    target: 1s\n    baseline: {value: 3}\n",
            5,
            "unit",
        ),
        (
            "    kind: latency\n    target: 1s\n    measure: latency\n",
            5,
            "leave it out",
        ),
        (
            "    kind: latency\n    target: 1s\n    rollup: worst\n",
            5,
            "services",
        ),
        (
            "    kind: latency\n    target: 1s\n    scope: {services: [a]}\n    rollup: all_up\n",
            6,
            "availability",
        ),
        (
            "    kind: throughput\n    target: 9_rps\n    scope: {services: [a]}\n    rollup: weighted\n",
            6,
            "worst",
        ),
    ] {
        let error = SlaFile::parse(&file(body)).unwrap_err();
        assert_eq!(error.line, Some(line), "{body}\n{error}");
        assert!(error.message.contains(says), "{body}\n{error}");
    }
    let bad =
        "baselines: {previous: 2026-01}\nobjectives: [{name: x, kind: latency, target: 1s}]\n";
    assert_eq!(SlaFile::parse(bad).unwrap_err().line, Some(1));
    let bad =
        "baselines:\n  a: {period: June}\nobjectives: [{name: x, kind: latency, target: 1s}]\n";
    assert!(SlaFile::parse(bad).unwrap_err().message.contains("2026-06"));
}
