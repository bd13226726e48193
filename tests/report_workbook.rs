//! The workbook read back: numbers as numbers, formulas with their results, the same bytes twice, one page first.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use headroom::import::{ImportOptions, import_bytes};
use headroom::progress::Progress;
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
fn a_report_is_not_taken_for_measurements() {
    let why = import_bytes(
        Path::new("june.xlsx"),
        workbook("2026-06"),
        None,
        &ImportOptions::default(),
        &Progress::default(),
    )
    .unwrap_err()
    .to_string();
    assert!(
        why.contains("june.xlsx") && why.contains("a report that Headroom wrote"),
        "{why}"
    );
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

fn text_of(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    book.worksheet_range(sheet)
        .unwrap()
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect()
}

fn column(rows: &[Vec<String>], header: &str) -> (usize, usize) {
    rows.iter()
        .enumerate()
        .find_map(|(r, row)| Some((r, row.iter().position(|c| c == header)?)))
        .unwrap()
}

/// The check is a formula over the counts; what is cached for it is the verdict, in the months and in the whole.
#[test]
fn checks_agree_with_verdicts() {
    for period in ["2026-06", "2026-Q2"] {
        let mut book = open(workbook(period));
        let rows = text_of(&mut book, "Promises");
        let mut compared = 0;
        let mut place: Option<(usize, usize)> = None;
        for row in &rows {
            if let Some(check) = row.iter().position(|c| c == "Check") {
                place = Some((check, check + 1));
                continue;
            }
            let Some((check, verdict)) = place else {
                continue;
            };
            if row[check].is_empty() {
                place = None;
                continue;
            }
            assert!(row[verdict].ends_with(&row[check]), "{row:?}");
            compared += 1;
        }
        let formulas = book.worksheet_formula("Promises").unwrap();
        let checks = formulas
            .used_cells()
            .filter(|(_, _, f)| f.starts_with("IF("))
            .count();
        assert_eq!(compared, checks);
        assert!(compared >= if period == "2026-Q2" { 20 } else { 5 });
    }
}

#[test]
fn totals_of_breaches_are_formulas_with_their_sum() {
    let mut book = open(workbook("2026-06"));
    let rows = text_of(&mut book, "Breaches");
    let (header, seconds) = column(&rows, "Seconds");
    let values: Vec<f64> = rows
        .iter()
        .skip(header + 1)
        .filter_map(|row| row[seconds].parse().ok())
        .collect();
    let (total, parts) = values.split_last().unwrap();
    assert!((parts.iter().sum::<f64>() - total).abs() < 1e-9);
    let formulas = book.worksheet_formula("Breaches").unwrap();
    assert!(formulas.used_cells().any(|(_, _, f)| f.starts_with("SUM(")));
}

/// 99.8999 must not read 99.9 beside a breach: the number in the cell is the one that was rounded to the worse side.
#[test]
fn a_figure_that_failed_never_reads_as_its_target() {
    let mut findings = findings("2026-06");
    let objective = &mut findings.slas[0].report.objectives[0];
    objective.achieved = Some(99.899_9);
    objective.verdict = headroom::analysis::sla::Verdict::Breached;
    let report = layout(&findings, &params("2026-06"));
    let mut book = open(render(&report, "xlsx").unwrap());
    let rows = text_of(&mut book, "Summary");
    let (header, achieved) = column(&rows, "Achieved");
    assert_eq!(rows[header + 1][achieved], "99.89");
}

#[test]
fn nothing_to_say_is_said() {
    let mut params = params("2026-06");
    params.slas.clear();
    params.limits.clear();
    let findings = Findings {
        period: "2026-06".to_owned(),
        scope: "all services".to_owned(),
        ..Findings::default()
    };
    let report = layout(&findings, &params);
    assert_eq!(report.sentence, "There is nothing to judge in June 2026.");
    assert_eq!(report.file_stem, "headroom_2026-06_all-services");
    let mut book = open(render(&report, "xlsx").unwrap());
    let all: String = book
        .sheet_names()
        .iter()
        .flat_map(|name| text_of(&mut book, name))
        .flatten()
        .collect::<Vec<_>>()
        .join("\n");
    for sentence in [
        "No promises have been set",
        "No capacity limits have been set",
        "No load test ran in this period.",
        "There are no latency data in this period.",
        "No promise is judged by the hour in this period.",
        "No source takes part.",
    ] {
        assert!(all.contains(sentence), "{sentence}");
    }
}

#[test]
fn an_open_period_says_so() {
    let mut findings = findings("2026-06");
    findings.open = true;
    findings.slas[0].report.period.open = true;
    let report = layout(&findings, &params("2026-06"));
    assert!(report.sentence.ends_with("so far."), "{}", report.sentence);
    assert!(report.subtitle.contains("still open"));
}

#[test]
fn a_page_means_what_names_say_not_what_they_do() {
    let mut findings = findings("2026-06");
    findings.slas[0].report.objectives[0].name = "<script>alert('x')</script> & \"co\"".to_owned();
    let page =
        String::from_utf8(render(&layout(&findings, &params("2026-06")), "html").unwrap()).unwrap();
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;co&quot;"));
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "self-contained"
    );
}

#[test]
fn a_formula_in_a_name_stays_text() {
    let mut findings = findings("2026-06");
    findings.slas[0].report.breaches[0].note = "=HYPERLINK(\"http://x\")".to_owned();
    let report = layout(&findings, &params("2026-06"));
    let csv = String::from_utf8(render(&report, "csv").unwrap()).unwrap();
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")\""));
    let mut book = open(render(&report, "xlsx").unwrap());
    let formulas = book.worksheet_formula("Breaches").unwrap();
    assert!(
        formulas
            .used_cells()
            .all(|(_, _, f)| !f.contains("HYPERLINK"))
    );
}

#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let report = layout(&findings("2026-06"), &params("2026-06"));
    let path = folder.path().join("report.xlsx");
    std::fs::write(&path, "older").unwrap();
    headroom::report::write(&report, &path).unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let failures = [
        (
            "report.docx",
            "a report is written as .xlsx, .html, .json or .csv",
        ),
        ("none/report.csv", "there is no such folder"),
    ];
    for (name, reason) in failures {
        let error = headroom::report::write(&report, &folder.path().join(name)).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}
