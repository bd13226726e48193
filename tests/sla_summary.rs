//! Promises judged by what a tool printed about a run: what it holds decides, what it lacks is "not proven".

use std::sync::Arc;

use headroom::analysis::sla::{ObjectiveResult, Verdict};
use headroom::dataset::{
    Dataset, Role, Scope, Source, SourceInfo, SummaryLine, Tool, ToolSummary, ValueCount,
};

use crate::sla_fixture::{at, at_the_end_of, one};

fn line(label: &str) -> SummaryLine {
    SummaryLine {
        label: label.to_owned(),
        count: Some(1_000),
        errors: Some(0),
        percentiles_ms: vec![(500_000, 90.0), (950_000, 200.0)],
        throughput_per_sec: Some(50.0),
        ..SummaryLine::default()
    }
}

fn source(total: SummaryLine, labels: &[SummaryLine], hours: &[&str; 2]) -> Arc<Source> {
    Arc::new(Source {
        info: SourceInfo {
            file_name: "summary.json".to_owned(),
            source_id: format!("{hours:?}"),
            first: Some(at(hours[0])),
            last: Some(at(hours[1])),
            scope: Scope {
                role: Role::Test,
                ..Scope::default()
            },
            ..SourceInfo::default()
        },
        summary: Some(ToolSummary {
            tool: Tool::K6,
            total,
            labels: labels.to_vec(),
            ..ToolSummary::default()
        }),
        ..Source::default()
    })
}

const HOUR: [&str; 2] = ["2026-06-14T10:00:00Z", "2026-06-14T10:20:00Z"];

fn judged(sources: &[Arc<Source>], body: &str) -> ObjectiveResult {
    let dataset = Dataset {
        sources: sources.to_vec(),
    };
    one(&dataset, body, &at_the_end_of("2026-06"))
}

const P95: &str = "    kind: latency\n    target: 200ms\n    percentile: 95\n    slice: 1d\n";

#[test]
fn a_percentile_that_it_holds_decides() {
    let result = judged(&[source(line("Total"), &[], &HOUR)], P95);
    assert_eq!(result.verdict, Verdict::Met, "{:?}", result.reason);
    assert_eq!((result.achieved, result.n), (Some(200.0), 1_000));
    assert!(
        result.source.contains("from a load test"),
        "{}",
        result.source
    );
    let strict = judged(
        &[source(line("Total"), &[], &HOUR)],
        &P95.replace("200ms", "<200ms"),
    );
    assert_eq!(strict.verdict, Verdict::Breached);
}

#[test]
fn what_it_lacks_is_not_proven_with_the_reason() {
    let mut failed = line("Total");
    failed.errors = Some(7);
    let other_day = ["2026-06-20T10:00:00Z", "2026-06-20T10:20:00Z"];
    let two_days = ["2026-06-14T10:00:00Z", "2026-06-15T10:20:00Z"];
    let p99 = P95.replace("95", "99");
    let share = "    kind: share_under\n    target: 95%\n    threshold: 200ms\n    slice: 1d\n";
    let total = || source(line("Total"), &[], &HOUR);
    for (sources, body, word) in [
        (vec![total()], p99.as_str(), "no P99"),
        (vec![source(failed, &[], &HOUR)], P95, "7 failed requests"),
        (
            vec![total(), source(line("Total"), &[], &other_day)],
            P95,
            "2 summaries",
        ),
        (
            vec![source(line("Total"), &[], &two_days)],
            P95,
            "longer than one day",
        ),
        (
            vec![source(
                SummaryLine::default(),
                &[line("a"), line("b")],
                &HOUR,
            )],
            P95,
            "2 labels",
        ),
        (vec![total()], share, "how many requests took how long"),
    ] {
        let result = judged(&sources, body);
        assert_eq!(result.verdict, Verdict::NotProven, "{body}");
        let reason = result.reason.unwrap();
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn counts_of_values_decide_a_share() {
    let mut total = line("Total");
    total.values = [(0, 100, 960), (150, 250, 40)]
        .map(|(low, high, count)| ValueCount {
            low_ns: low * 1_000_000,
            high_ns: high * 1_000_000,
            count,
        })
        .to_vec();
    let share = "    kind: share_under\n    target: 95%\n    threshold: 200ms\n    slice: 1d\n";
    let result = judged(&[source(total.clone(), &[], &HOUR)], share);
    assert_eq!(result.verdict, Verdict::Met, "{:?}", result.reason);
    let result = judged(&[source(total, &[], &HOUR)], &share.replace("95%", "97%"));
    assert_eq!(result.verdict, Verdict::NotProven);
}

#[test]
fn errors_and_throughput_are_the_tools_counts() {
    let mut total = line("Total");
    total.errors = Some(1);
    let errors = "    kind: error_rate\n    target: 0.1%\n    slice: 1d\n";
    let result = judged(&[source(total.clone(), &[], &HOUR)], errors);
    assert_eq!(result.verdict, Verdict::Met, "{:?}", result.reason);
    assert_eq!(result.bad, Some(1.0));
    let rate = "    kind: throughput\n    target: 50_rps\n    mode: capability\n    slice: 1d\n";
    let result = judged(&[source(line("Total"), &[], &HOUR)], rate);
    assert_eq!(result.verdict, Verdict::Met, "{:?}", result.reason);
    // One of a thousand failed: 49.95 were served.
    let result = judged(&[source(total, &[], &HOUR)], rate);
    assert_eq!(result.verdict, Verdict::Breached);
}
