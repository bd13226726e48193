//! The committed plan in a quarterly report: the plan, doing nothing and today, simulated, priced and judged.

use headroom::analysis::sla::{SlaFile, Verdict};
use headroom::dataset::Dataset;
use headroom::progress::Progress;
use headroom::report::committed::{Choice, CommittedFinding, weigh};
use headroom::report::model::{Cell, Content, Report};
use headroom::report::{Committed, ReportParams, layout, render};
use headroom::scenario::Scenario;
use headroom::scenario::model::Pattern;

use crate::report_fixture::{findings, params};
use crate::report_layout::{table, text};

/// 400 requests a second of 20 ms on four instances of four workers: half of what they can carry.
fn today() -> Scenario {
    let mut s = Scenario {
        name: "Today".to_owned(),
        ..Scenario::default()
    };
    s.workload.pattern = Pattern::Constant { level: 400.0 };
    s.service.workers = 4;
    s.topology.groups[0].instances = 4;
    s.cost.instance_hour = 0.17;
    s.run.duration = 600.0;
    s.run.warm_up = 60.0;
    s
}

/// Two and a half times the load on twelve instances.
fn plan() -> Scenario {
    let mut s = today();
    s.name = "Black Friday".to_owned();
    s.workload.growth = 2.5;
    s.topology.groups[0].instances = 12;
    s.assumptions = vec!["Service times stay as they are.".to_owned()];
    s
}

fn weighed(plan: Scenario, today: Option<Scenario>) -> CommittedFinding {
    let sla = "objectives:\n  - {name: API P95, kind: latency, percentile: 95, target: 100ms}\n";
    let params = ReportParams {
        slas: vec![("sla.yaml".to_owned(), SlaFile::parse(sla).unwrap())],
        committed: Some(Committed { plan, today }),
        ..params("2026-Q2")
    };
    weigh(&Dataset::default(), &params, &[], &Progress::default()).unwrap()
}

fn laid_out(finding: CommittedFinding) -> Report {
    let mut findings = findings("2026-Q2");
    findings.committed = Some(finding);
    layout(&findings, &params("2026-Q2"))
}

#[test]
fn the_plan_stands_beside_doing_nothing_and_today() {
    let finding = weighed(plan(), Some(today()));
    let choices: Vec<Choice> = finding.options.iter().map(|o| o.choice).collect();
    assert_eq!(choices, [Choice::Today, Choice::Nothing, Choice::Plan]);
    let of = |i: usize| finding.options[i].run.promises[0].verdict;
    assert_eq!(
        [of(0), of(1), of(2)],
        [Verdict::Met, Verdict::Breached, Verdict::Met]
    );
    // 1,000/s come, 800/s can be answered: a fifth of a month's 2.628 thousand million requests fails.
    let failed = finding.options[1].failed_per_month;
    assert!((4.5e8..=5.6e8).contains(&failed), "{failed}");
    let report = laid_out(finding);
    let rows = &table(&report, "plan").rows;
    assert_eq!(
        rows.iter().map(|r| text(&r[0])).collect::<Vec<_>>(),
        ["Today", "Do nothing", "The plan"]
    );
    // Twelve instances: 12 · 0.17 · 730 a month.
    let month = rows[2][6].as_number().unwrap();
    assert!((month - 1_489.2).abs() < 1e-6, "{month}");
    assert_eq!(text(&rows[1][8]), "enter a cost");
    assert_eq!(text(&rows[1][9]), "inputs missing");
    assert_eq!(text(&rows[1][10]), "API P95");
    let sheet = report
        .sheets
        .iter()
        .find(|s| s.name == "Options & cost")
        .unwrap();
    assert!(
        sheet.lead.starts_with(
            "The plan “Black Friday” keeps every promise that a simulation can judge; doing nothing breaks 1 promise."
        ),
        "{}",
        sheet.lead
    );
    let remarks = |says: &str| {
        let mut blocks = sheet.rows.iter().flatten();
        blocks.any(|b| matches!(&b.content, Content::Remark(text) if text.contains(says)))
    };
    assert!(remarks("scenario “Today” under the load of the plan"));
    assert!(remarks("Service times stay as they are."));
    // The options of the limits are still there, and every form can be written.
    assert!(!table(&report, "options").rows.is_empty());
    for form in ["xlsx", "html", "json", "csv"] {
        assert!(!render(&report, form).unwrap().is_empty(), "{form}");
    }
}

#[test]
fn a_plan_alone_and_one_that_cannot_be_run_say_so() {
    let alone = weighed(plan(), None);
    assert_eq!(alone.options.len(), 1);
    let report = laid_out(alone);
    assert_eq!(table(&report, "plan").rows[0][8], Cell::Empty);
    assert!(report.table("plan_inputs").is_none());
    let mut pending = plan();
    pending.service.from_run = Some("gone.jtl".to_owned());
    let refused = weighed(pending, Some(today()));
    assert!(refused.options.is_empty());
    assert!(
        refused.refused.as_ref().unwrap().contains("gone.jtl"),
        "{refused:?}"
    );
    assert!(laid_out(refused).table("plan").is_none());
}

#[test]
fn without_a_plan_nothing_is_added() {
    let report = layout(&findings("2026-Q2"), &params("2026-Q2"));
    assert!(report.table("plan").is_none());
    let none = weigh(
        &Dataset::default(),
        &params("2026-Q2"),
        &[],
        &Progress::default(),
    );
    assert_eq!(none, None);
}
