//! Several services as one.

use std::sync::Arc;

use headroom::analysis::sla::{ObjectiveResult, Verdict};
use headroom::dataset::{Dataset, OutageRow, Role, Scope, Source, State};

use crate::sla_fixture::{
    at, at_the_end_of, batch, incidents, near, one, params, report, row, run, source, uptime,
};

fn outage(service: &str, start: &str, secs: i64) -> OutageRow {
    OutageRow {
        service: service.to_owned(),
        ..row(at(start), secs, State::Down)
    }
}

fn rolled(dataset: &Dataset, rollup: &str) -> ObjectiveResult {
    one(
        dataset,
        &format!(
            "    kind: availability\n    target: 99%\n    period: day\n    scope: {{services: [a, b]}}\n    rollup: {rollup}\n"
        ),
        &at_the_end_of("2026-06-14"),
    )
}

/// B18: 715 of 720 parts up in each of two services, disjoint: 710 of 720 for both; the same minutes count once.
#[test]
fn outages_of_several_services_are_united() {
    let disjoint = incidents(vec![
        outage("a", "2026-06-14 01:00", 600),
        outage("b", "2026-06-14 05:00", 600),
        outage("c", "2026-06-14 06:00", 7_200),
    ]);
    let all_up = rolled(&disjoint, "all_up");
    near(all_up.achieved, 100.0 * 710.0 / 720.0);
    assert_eq!(all_up.achieved_text, "98.61 %");
    assert_eq!(all_up.verdict, Verdict::Breached);
    let parts: Vec<(&str, &str)> = all_up
        .parts
        .iter()
        .map(|p| (p.service.as_str(), p.achieved_text.as_str()))
        .collect();
    assert_eq!(parts, [("a", "99.30 %"), ("b", "99.30 %")]);
    let worst = rolled(&disjoint, "worst");
    near(worst.achieved, 100.0 * 715.0 / 720.0);
    assert_eq!(worst.verdict, Verdict::Met);
    let overlapping = incidents(vec![
        outage("a", "2026-06-14 01:00", 600),
        outage("b", "2026-06-14 01:05", 600),
    ]);
    assert_eq!(rolled(&overlapping, "all_up").bad, Some(900.0));
    let same = incidents(vec![
        outage("a", "2026-06-14 01:00", 600),
        outage("b", "2026-06-14 01:00", 600),
    ]);
    near(rolled(&same, "all_up").achieved, 100.0 * 715.0 / 720.0);
}

/// The lowest service decides, with its breaches named; a pattern takes all there are.
#[test]
fn the_worst_service_decides() {
    let dataset = incidents(vec![
        outage("cart", "2026-06-14 01:00", 300),
        outage("checkout", "2026-06-14 05:00", 1_800),
    ]);
    let yaml = "objectives:\n  - name: x\n    kind: availability\n    target: 99%\n    period: day\n    scope: {service: \"c*\"}\n";
    let judged = report(&dataset, yaml, &params("2026-06-14", "UTC"));
    let worst = &judged.objectives[0];
    assert_eq!(worst.verdict, Verdict::Breached);
    near(worst.achieved, 100.0 * (1.0 - 1_800.0 / 86_400.0));
    assert!(
        worst
            .reason
            .as_ref()
            .unwrap()
            .starts_with("Broken by checkout (97.91 %)")
    );
    assert_eq!(worst.scope, "2 services: cart, checkout");
    let notes: Vec<&str> = judged.breaches.iter().map(|b| b.note.as_str()).collect();
    assert_eq!(notes, ["cart", "checkout"]);
    let nobody = yaml.replace("c*", "x*");
    let nobody = report(&dataset, &nobody, &params("2026-06-14", "UTC"));
    assert_eq!(nobody.objectives[0].verdict, Verdict::NoData);
}

fn service_run(service: &str, count: u64, errors: u64) -> Arc<Source> {
    let run = run(&["x"], &[batch("2026-06-14 12:00", 0, 10, count, errors)]);
    let span = run.span().unwrap().unwrap();
    let mut source = source(Role::Production, span.start, span.end);
    source.info.source_id = service.to_owned();
    source.info.scope = Scope {
        service: service.to_owned(),
        ..Scope::default()
    };
    source.run = Some(run);
    Arc::new(source)
}

/// 900 requests of a service that was down for 2.5 % of the day, 9100 of one that was up: 99.775 %.
#[test]
fn services_are_weighted_by_their_requests() {
    let mut dataset = Dataset {
        sources: vec![
            uptime(
                vec![
                    outage("a", "2026-06-14 01:00", 2_160),
                    outage("b", "2026-06-13 05:00", 60),
                ],
                true,
            ),
            service_run("a", 900, 0),
            service_run("b", 9_100, 91),
        ],
    };
    let weighted = rolled(&dataset, "weighted");
    near(weighted.achieved, 99.775);
    assert_eq!(weighted.verdict, Verdict::Met);
    assert_eq!(rolled(&dataset, "worst").verdict, Verdict::Breached);
    // Of 10,000 requests 100 may fall into downtime; 2.5 % of the 900 would have.
    let budget = weighted.budget.unwrap();
    assert_eq!((budget.unit.as_str(), budget.total), ("requests", 100.0));
    near(Some(budget.used), 22.5);
    near(budget.burn_rate, 0.225);
    let requests: Vec<Option<u64>> = weighted.parts.iter().map(|p| p.requests).collect();
    assert_eq!(requests, [Some(900), Some(9_100)]);
    // Rates of requests are weighted by being counted together: 91 of 10,000.
    let errors = |rollup: &str| {
        one(
            &dataset,
            &format!(
                "    kind: error_rate\n    target: 0.95%\n    scope: {{services: [a, b]}}\n    rollup: {rollup}\n"
            ),
            &at_the_end_of("2026-06-14"),
        )
    };
    assert_eq!(errors("weighted").verdict, Verdict::Met);
    near(errors("weighted").achieved, 0.91);
    assert_eq!(errors("worst").verdict, Verdict::Breached);
    near(errors("worst").achieved, 1.0);
    dataset.sources.pop();
    let lacking = rolled(&dataset, "weighted");
    assert_eq!(lacking.verdict, Verdict::NotProven);
    assert!(
        lacking
            .reason
            .unwrap()
            .contains("no requests are known for b")
    );
}
