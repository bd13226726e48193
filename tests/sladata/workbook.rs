//! The workbooks of the made data hold every promise with its verdict.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use calamine::{Reader as _, Xlsx};
use headroom::analysis::decisions::Decisions;
use headroom::analysis::sla::presets::PRESETS;
use headroom::calendar::{Period, Zone};
use headroom::dataset::ScopeFilter;
use headroom::progress::Progress;
use headroom::report::{ReportParams, build, render};

use super::expected::expected;
use super::judged::promises;
use super::made::{Made, dataset};

fn rows(workbook: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(workbook)).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect()
}

/// Also writes the workbooks where `HEADROOM_REPORT_OUT` says, for a look at them.
#[test]
fn workbooks_hold_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(&Made::new(), folder.path());
    for (period, broken) in [("2026-06", 28), ("2026-Q2", 42)] {
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
            committed: None,
        };
        let report = build(&dataset, &params, &Progress::default()).unwrap();
        let bytes = render(&report, "xlsx").unwrap();
        let summary = rows(&bytes, "Summary");
        let sentence = format!("{broken} of 101 promises were broken");
        assert!(
            summary.iter().flatten().any(|c| c.starts_with(&sentence)),
            "{period}"
        );
        // Peers are promised by the month.
        let held = |row: &Vec<String>| {
            row[0] == "Concurrent peers" && row.contains(&"0 of 1 month".to_owned())
        };
        assert_eq!(summary.iter().any(held), period == "2026-06");
        // Each stands in the list with what it was measured from.
        let list = rows(&bytes, "Promises");
        let place = |row: &Vec<String>, name: &str| row.iter().position(|c| c == name);
        let header = list
            .iter()
            .position(|r| place(r, "Target as written").is_some())
            .unwrap();
        let [name, source] =
            ["Promise", "Measured from"].map(|column| place(&list[header], column).unwrap());
        let named: Vec<&str> = list[header + 1..]
            .iter()
            .take_while(|row| !row[name].is_empty())
            .inspect(|row| assert!(!row[source].is_empty(), "{period}: {row:?}"))
            .map(|row| row[name].as_str())
            .collect();
        let known: Vec<&str> = expected()
            .iter()
            .flat_map(|(_, promises)| promises.iter().map(|p| p.0).collect::<Vec<_>>())
            .collect();
        assert_eq!(named, known, "{period}");
        if let Ok(folder) = std::env::var("HEADROOM_REPORT_OUT") {
            let path = Path::new(&folder).join(format!("five-{period}.xlsx"));
            std::fs::write(path, &bytes).unwrap();
        }
    }
}
