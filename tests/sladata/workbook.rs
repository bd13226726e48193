//! The workbooks of the made data hold every promise with its verdict.

use std::collections::BTreeMap;
use std::path::Path;

use headroom::analysis::decisions::Decisions;
use headroom::analysis::sla::presets::PRESETS;
use headroom::calendar::{Period, Zone};
use headroom::dataset::ScopeFilter;
use headroom::progress::Progress;
use headroom::report::{ReportParams, build, render};

use super::judged::promises;
use super::made::{Made, dataset};

/// Also writes the workbooks where `HEADROOM_REPORT_OUT` says, for a look at them.
#[test]
fn workbooks_hold_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(&Made::new(), folder.path());
    for period in ["2026-06", "2026-Q2"] {
        let params = ReportParams {
            project_name: "Five documents".to_owned(),
            period: Period::parse(period).unwrap(),
            zone: Zone::utc(),
            as_of: None,
            scope: ScopeFilter::default(),
            slas: PRESETS
                .iter()
                .map(|p| (p.title.to_owned(), promises(p.name)))
                .collect(),
            limits: Vec::new(),
            notes: BTreeMap::new(),
            decisions: Decisions::default(),
        };
        let report = build(&dataset, &params, &Progress::default()).unwrap();
        let bytes = render(&report, "xlsx").unwrap();
        if let Ok(folder) = std::env::var("HEADROOM_REPORT_OUT") {
            let path = Path::new(&folder).join(format!("five-{period}.xlsx"));
            std::fs::write(path, &bytes).unwrap();
        }
    }
}
