//! The whole way on the sample: files in, workbook out, and the same bytes when it is done again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headroom::analysis::decisions::Decisions;
use headroom::analysis::forecast::Threshold;
use headroom::analysis::forecast::plan::Known;
use headroom::analysis::sla::SlaFile;
use headroom::calendar::{Period, Zone};
use headroom::dataset::{Dataset, Role, ScopeFilter};
use headroom::import::{ImportOptions, import_file};
use headroom::progress::Progress;
use headroom::report::{Report, ReportLimit, ReportParams, build, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/checkout")
}

fn dataset() -> Dataset {
    let mut dataset = Dataset::default();
    let options = ImportOptions {
        hash: true,
        source_zone: Zone::named("Europe/Berlin").unwrap(),
        ..ImportOptions::default()
    };
    for (name, role) in [
        ("metrics.csv", Role::Production),
        ("outages.csv", Role::Production),
        ("latency-buckets.json", Role::Production),
        ("load-test-1.8.jtl", Role::Test),
        ("load-test-1.9.jtl", Role::Test),
    ] {
        let path = folder().join(name);
        let mut source = import_file(&path, &options, &Progress::default())
            .unwrap()
            .source;
        source.info.scope.service = "checkout".to_owned();
        source.info.scope.environment = match role {
            Role::Production => "production",
            Role::Test => "staging",
        }
        .to_owned();
        source.info.scope.role = role;
        dataset.sources.push(Arc::new(source));
    }
    dataset
}

fn report(dataset: &Dataset, period: &str) -> Report {
    let yaml = std::fs::read_to_string(folder().join("sla.yaml")).unwrap();
    let limits = ["disk_used_percent", "cpu_percent"].map(|series| ReportLimit {
        series: series.to_owned(),
        threshold: Threshold::Percent(80.0),
        lead_time_days: 14,
        known: Known::default(),
    });
    let params = ReportParams {
        project_name: "Checkout".to_owned(),
        period: Period::parse(period).unwrap(),
        zone: Zone::named("Europe/Berlin").unwrap(),
        as_of: None,
        scope: ScopeFilter {
            service: Some("checkout".to_owned()),
            environment: None,
        },
        slas: vec![("sla.yaml".to_owned(), SlaFile::parse(&yaml).unwrap())],
        limits: limits.to_vec(),
        notes: BTreeMap::new(),
        decisions: Decisions::default(),
        committed: None,
    };
    build(dataset, &params, &Progress::default()).unwrap()
}

/// Also writes the workbooks where `HEADROOM_REPORT_OUT` says, for a look at them.
#[test]
fn the_sample_gives_a_month_and_a_quarter() {
    let dataset = dataset();
    for period in ["2026-10", "2026-Q3", "2026-11"] {
        let report = report(&dataset, period);
        let bytes = render(&report, "xlsx").unwrap();
        if let Ok(folder) = std::env::var("HEADROOM_REPORT_OUT") {
            let path = Path::new(&folder).join(format!("sample-{period}.xlsx"));
            std::fs::write(path, &bytes).unwrap();
            let path = Path::new(&folder).join(format!("sample-{period}.html"));
            std::fs::write(path, render(&report, "html").unwrap()).unwrap();
        }
        let json = String::from_utf8(render(&report, "json").unwrap()).unwrap();
        assert!(!json.contains(env!("CARGO_MANIFEST_DIR")), "a path got in");
        assert!(
            report
                .findings
                .forecasts
                .iter()
                .any(|f| f.forecast.is_some())
        );
    }
    let month = || render(&report(&dataset, "2026-10"), "xlsx").unwrap();
    assert!(month() == month(), "the same inputs give the same bytes");
}
