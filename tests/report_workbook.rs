//! The workbook read back: numbers as numbers, formulas with their results, the same bytes twice, one page first.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use headroom::report::findings::Findings;
use headroom::report::{layout, render};

use crate::report_fixture::{findings, params};

fn workbook(period: &str) -> Vec<u8> {
    render(&layout(&findings(period), &params(period)), "xlsx").unwrap()
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

/// Writes the samples where `HEADROOM_REPORT_OUT` says, for a look with LibreOffice (tests/check/workbook).
#[test]
#[ignore = "writes files for tests/check/workbook"]
fn samples_for_the_eye() {
    let folder = std::path::PathBuf::from(std::env::var("HEADROOM_REPORT_OUT").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let empty = Findings {
        version: "0.1.0".to_owned(),
        project: "Empty".to_owned(),
        scope: "all services".to_owned(),
        ..Findings::default()
    };
    for (name, report) in [
        ("monthly", layout(&findings("2026-06"), &params("2026-06"))),
        (
            "quarterly",
            layout(&findings("2026-Q2"), &params("2026-Q2")),
        ),
        ("empty", layout(&empty, &params("2026-06"))),
    ] {
        for form in ["xlsx", "html", "csv", "json"] {
            let path = folder.join(format!("{name}.{form}"));
            headroom::report::write(&report, &path).unwrap();
        }
    }
}

#[test]
fn equal_findings_give_equal_bytes() {
    assert!(workbook("2026-06") == workbook("2026-06"));
}

#[test]
fn cells_hold_numbers_not_text() {
    for period in ["2026-06", "2026-Q2"] {
        let mut book = open(workbook(period));
        for name in book.sheet_names() {
            for row in book.worksheet_range(&name).unwrap().rows() {
                for cell in row {
                    if let Data::String(text) = cell {
                        assert!(text.parse::<f64>().is_err(), "{name}: {text}");
                        assert!(!["NAN", "INF", "-INF"].contains(&text.as_str()));
                    }
                    assert!(!matches!(cell, Data::Error(_)), "{name}: {cell:?}");
                }
            }
        }
    }
}
