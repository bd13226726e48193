//! What cannot all be meant is found, in one set of promises and across several.

use headroom::analysis::sla::{Conflict, conflicts};

use super::{parsed, preset};
use crate::cli_place::Place;

fn find<'a>(list: &'a [Conflict], words: &str) -> &'a Conflict {
    list.iter()
        .find(|c| c.what.contains(words))
        .unwrap_or_else(|| panic!("\"{words}\" not in {list:#?}"))
}

/// SEMANTICS.md: the three places where the documents disagree with themselves.
#[test]
fn the_conflicts_of_the_documents_are_found() {
    let benchmarks = preset("benchmarks");
    let list = conflicts::written(&benchmarks);
    let execute = find(&list, "/api/v1/agents/execute");
    assert_eq!(
        execute.between,
        [
            "POST /api/v1/agents/execute throughput: target",
            "rate limit of /api/v1/agents/execute"
        ]
    );
    assert_eq!(
        execute.what,
        "Requests to /api/v1/agents/execute are limited to 50/s, and 60/s with a burst of 10, which is below the target of 500/s: it cannot be met while the limit holds."
    );
    let run = find(&list, "/api/v1/workflows/run");
    assert!(
        run.what.contains("limited to 30/s") && run.what.contains("100/s"),
        "{}",
        run.what
    );
    // The 1,000/s of GET /api/v1/agents has no limit of its own and fits the global one.
    assert_eq!(list.len(), 2, "{list:#?}");

    let sla = preset("performance-sla");
    assert_eq!(conflicts::written(&sla), []);
    let across = conflicts::across([("performance-sla", &sla), ("benchmarks", &benchmarks)]);
    let [burst] = across.as_slice() else {
        panic!("{across:#?}");
    };
    assert_eq!(burst.between, ["Throughput: burst", "global rate limit"]);
    assert_eq!(
        burst.what,
        "All requests together are limited to 10,000/s, and 11,000/s with a burst of 1,000, which is below the burst of 15,000/s: it cannot be met while the limit holds."
    );

    let list = conflicts::written(&preset("optimisation-report"));
    let [memory] = list.as_slice() else {
        panic!("{list:#?}");
    };
    assert_eq!(
        memory.what,
        "620MB is stated and graded \"A+ (Exceeds All Targets)\", but it misses the target of less than 100 MB: it is graded as good."
    );
    for name in [
        "strategy-targets",
        "strategy-operations",
        "federation",
        "team",
        "programme",
    ] {
        assert_eq!(conflicts::written(&preset(name)), [], "{name}");
    }
}

#[test]
fn promises_that_contradict_each_other_are_found() {
    let of = |yaml: &str| conflicts::written(&parsed(yaml));
    let two = |a: &str, b: &str| {
        of(&format!(
            "objectives:\n  - {{name: A, {a}}}\n  - {{name: B, {b}}}\n"
        ))
    };
    let one = |body: &str| of(&format!("objectives:\n  - {{name: A, {body}}}\n"));
    let tighter = two(
        "kind: latency, target: 200ms",
        "kind: latency, target: 500ms",
    );
    assert!(
        tighter[0]
            .what
            .ends_with("Where \"A\" holds, \"B\" holds as well."),
        "{tighter:?}"
    );
    assert_eq!(tighter[0].between, ["A", "B"]);
    // Other percentiles, scopes, periods or services are other promises.
    for (a, b) in [
        (
            "kind: latency, target: 200ms",
            "kind: latency, target: 500ms, percentile: 99",
        ),
        (
            "kind: latency, target: 200ms",
            "kind: latency, target: 500ms, scope: {service: web}",
        ),
        (
            "kind: availability, target: 99.9%",
            "kind: availability, target: 99.5%, period: year",
        ),
        (
            "kind: error_rate, target: 1%",
            "kind: error_rate, target: 1%",
        ),
        (
            "kind: metric, series: q, target: 5",
            "kind: metric, series: q, target: \">=5\"",
        ),
        (
            "kind: metric, series: q, target: 5",
            "kind: metric, series: q, target: 6ms",
        ),
    ] {
        assert_eq!(two(a, b), [], "{a} {b}");
    }
    let impossible = two(
        "kind: metric, series: q, target: 5",
        "kind: metric, series: q, target: \">=6\"",
    );
    assert!(
        impossible[0].what.contains("both cannot hold"),
        "{impossible:?}"
    );
    assert!(
        one("kind: throughput, target: 100_rps, burst: 100_rps")[0]
            .what
            .contains("not above")
    );
    assert_eq!(one("kind: throughput, target: 100_rps, burst: 101_rps"), []);
    assert!(
        one("kind: error_rate, target: 1%, critical: 0.5%")[0]
            .what
            .contains("before the target")
    );
    assert_eq!(one("kind: error_rate, target: 1%, critical: 1%"), []);
    // 99.9 % of 28 to 31 days are 40.32 to 44.64 minutes.
    assert_eq!(
        one("kind: availability, target: 99.9%, allowance: 43.2min"),
        []
    );
    let never = one("kind: availability, target: 99.9%, allowance: 60min");
    assert!(
        never[0].what.contains("40 min 19 s to 44 min 38 s"),
        "{never:?}"
    );
    assert!(one("kind: availability, target: 99.9%, allowance: 86.4s, period: day").is_empty());
}

/// Conflicts reach the JSON of the command, with those between sets.
#[test]
fn conflicts_are_in_the_answer_of_the_command() {
    let place = Place::new();
    let ended = place
        .run("sla run.jtl --preset performance-sla --preset benchmarks --period 2026-06 --json");
    let list = ended.json()["conflicts"].clone();
    let all = list.to_string();
    assert!(
        all.contains("15,000/s") && all.contains("limited to 50/s"),
        "{all}"
    );
}
