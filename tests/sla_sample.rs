//! The user's promises on the sample: files as they are imported, judged over a month and a quarter. The expected
//! figures follow from the incidents that `tests/sample/generate.py` lists.

use std::path::PathBuf;
use std::sync::Arc;

use headroom::analysis::capacity::measure;
use headroom::analysis::sla::{JudgeParams, SlaFile, SlaReport, Verdict, judge};
use headroom::calendar::{Period, Zone};
use headroom::cli::sla::{SlaArgs, run};
use headroom::cli::{CommonArgs, Outcome};
use headroom::dataset::{Dataset, ScopeFilter};
use headroom::import::{ImportOptions, import_file};
use headroom::progress::Progress;
use headroom::units::{Micros, Ppm};

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("sample-data/checkout")
        .join(name)
}

fn dataset(files: &[&str]) -> Dataset {
    let mut dataset = Dataset::default();
    for file in files {
        let imported = import_file(
            &sample(file),
            &ImportOptions::default(),
            &Progress::default(),
        )
        .unwrap();
        dataset.sources.push(Arc::new(imported.source));
    }
    dataset
}

fn judged(dataset: &Dataset, period: &str) -> SlaReport {
    let yaml = std::fs::read_to_string(sample("sla.yaml")).unwrap();
    let params = JudgeParams {
        period: Period::parse(period).unwrap(),
        zone: Zone::utc(),
        as_of: None,
        scope: ScopeFilter::default(),
        exclusions: Vec::new(),
        history: true,
    };
    judge(dataset, &SlaFile::parse(&yaml).unwrap(), &params).unwrap()
}

#[test]
fn a_month_and_a_quarter_of_the_sample() {
    let dataset = dataset(&["outages.csv", "metrics.csv", "latency-buckets.json"]);
    let october = judged(&dataset, "2026-10");
    assert!(!october.period.open);
    let verdicts: Vec<Verdict> = october.objectives.iter().map(|o| o.verdict).collect();
    // 25 minutes down; two slow days; load above 10,000/s, all served; failures in the hours of the outage.
    assert_eq!(
        verdicts,
        [
            Verdict::Met,
            Verdict::Breached,
            Verdict::Met,
            Verdict::Met,
            Verdict::Breached
        ]
    );
    assert_eq!(october.objectives[0].bad, Some(1_500.0));
    let slow = october.objectives[1].slices.unwrap();
    assert_eq!((slow.met, slow.breached), (29, 2));
    assert_eq!(october.objectives[0].history.len(), 13);

    // September was down for 38 and 23 minutes: broken, though the quarter keeps to 99.9 %.
    let quarter = judged(&dataset, "2026-Q3");
    let availability = &quarter.objectives[0];
    assert_eq!(availability.verdict, Verdict::Breached);
    assert_eq!(availability.achieved_text, "99.93 %");
    let months: Vec<Verdict> = availability.periods.iter().map(|p| p.verdict).collect();
    assert_eq!(months, [Verdict::Met, Verdict::Met, Verdict::Breached]);
    assert_eq!(availability.excluded, Some(5_400.0));
    assert!(
        availability
            .assumed
            .iter()
            .all(|a| !a.contains("fell inside"))
    );
    // A month in which nobody asked for 10,000/s does not speak against one in which it was served.
    assert_eq!(quarter.objectives[3].verdict, Verdict::Met);
    let critical = quarter
        .breaches
        .iter()
        .filter(|b| b.objective == "Availability" && b.severity == "critical")
        .count();
    assert_eq!(critical, 1);

    // The data end within November: judged so far.
    assert!(judged(&dataset, "2026-11").period.open);
    // Before the first incident was recorded nothing is known of the past.
    assert_eq!(availability.history[0].name, "2025-09");
}

#[test]
fn the_command_ends_as_the_contract_says() {
    let ends = |files: &[&str], period: &str, json: bool| {
        let args = SlaArgs {
            files: files.iter().map(|f| sample(f)).collect(),
            sla: Some(sample("sla.yaml")),
            period: Some(period.to_owned()),
            json,
            ..SlaArgs::default()
        };
        let common = CommonArgs {
            quiet: true,
            ..CommonArgs::default()
        };
        run(&args, &common)
    };
    assert_eq!(
        ends(&["outages.csv"], "2026-09", true),
        Ok(Outcome::Finding)
    );
    // Availability is met, but four promises have no data: nobody can say that they were kept.
    assert_eq!(
        ends(&["outages.csv"], "2026-10", false),
        Ok(Outcome::NotProven)
    );
    assert_eq!(
        ends(&["metrics.csv"], "2020-01", false),
        Ok(Outcome::NotProven)
    );
    assert_eq!(
        ends(&["outages.csv"], "June", false).unwrap_err().kind,
        "usage"
    );
    let args = SlaArgs {
        files: vec![sample("outages.csv")],
        sla: Some(sample("outages.csv")),
        period: Some("2026-10".to_owned()),
        json: true,
        ..SlaArgs::default()
    };
    let error = run(&args, &CommonArgs::default()).unwrap_err();
    assert_eq!(error.kind, "sla-file");
    assert!(error.file.unwrap().ends_with("outages.csv"));
}

/// Load tests alone: judged, and said to be load tests; their hour does not ask for 10,000 requests a second.
#[test]
fn load_tests_of_the_sample() {
    let dataset = dataset(&["load-test-1.8.jtl", "load-test-1.9.jtl"]);
    let report = judged(&dataset, "2026-11-21");
    let verdicts: Vec<Verdict> = report.objectives.iter().map(|o| o.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::NoData,
            Verdict::Breached,
            Verdict::Met,
            Verdict::NotProven,
            Verdict::Breached
        ]
    );
    for objective in report.objectives.iter().skip(1) {
        assert!(
            objective.source.contains("from a load test"),
            "{}",
            objective.source
        );
    }
    assert!(report.objectives[1].assumed[0].contains("coordinated omission"));

    let run = dataset.sources[0].run.as_ref().unwrap();
    let capacity = measure(&[run], Ppm(950_000), Micros::from_millis(200)).unwrap();
    let users: Vec<f64> = capacity.points.iter().map(|p| p.concurrency).collect();
    // The steps of the test plan, without the seconds between them.
    assert_eq!(users, [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0]);
    assert_eq!(capacity.max_passing.unwrap().concurrency, 24.0);
    assert_eq!(capacity.next_failing.unwrap().concurrency, 32.0);
}
