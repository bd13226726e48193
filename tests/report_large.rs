//! Reports of very many promises, hours and breaches: streamed, split, on one page all the same, in time and memory.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use headroom::report::findings::Findings;
use headroom::report::{render, xlsx};

use crate::report_fixture::findings;
use crate::report_layout::{report, table, text};

fn all_rows(bytes: Vec<u8>, starts: &str) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheets: Vec<String> = book
        .sheet_names()
        .into_iter()
        .filter(|n| n.starts_with(starts))
        .collect();
    let mut rows = Vec::new();
    for sheet in sheets {
        let range = book.worksheet_range(&sheet).unwrap();
        rows.extend(
            range
                .rows()
                .filter(|r| matches!(r[0], Data::Float(_) | Data::DateTime(_)))
                .map(<[Data]>::to_vec),
        );
    }
    rows
}

#[test]
fn long_sheets_stream_and_split_without_losing_a_row() {
    let report = report(&findings("2026-06"));
    let plain = all_rows(render(&report, "xlsx").unwrap(), "Hourly data");
    assert_eq!(plain.len(), 720);
    let streamed = xlsx::render_within(&report, xlsx::MAX_ROWS, 1_000).unwrap();
    assert_eq!(all_rows(streamed.clone(), "Hourly data"), plain);
    let split = xlsx::render_within(&report, 300, 1_000).unwrap();
    assert_eq!(all_rows(split, "Hourly data"), plain);
    assert_eq!(
        streamed,
        xlsx::render_within(&report, xlsx::MAX_ROWS, 1_000).unwrap(),
        "streamed sheets give the same bytes too"
    );
}

/// As many services, each with the five promises of the fixture.
fn services(n: usize, breaches: usize) -> Findings {
    let mut findings = findings("2026-06");
    let report = &mut findings.slas[0].report;
    let pattern = report.objectives.clone();
    report.objectives.clear();
    for service in 0..n {
        for objective in &pattern {
            let mut objective = objective.clone();
            objective.name = format!("service-{service:03}: {}", objective.name);
            report.objectives.push(objective);
        }
    }
    let few = report.breaches.clone();
    report.breaches.clear();
    for index in 0..breaches {
        let mut breach = few[index % few.len()].clone();
        breach.objective = format!("service-{:03}: {}", index % n, breach.objective);
        report.breaches.push(breach);
    }
    findings
}

#[test]
fn many_promises_keep_to_their_page() {
    let report = report(&services(5, 50));
    assert_eq!(table(&report, "promises").rows.len(), 15);
    let verdicts: Vec<String> = table(&report, "promises")
        .rows
        .iter()
        .map(|r| text(r.last().unwrap()))
        .collect();
    assert!(
        verdicts.is_sorted_by_key(|v| v != "breached"),
        "{verdicts:?}"
    );
    assert_eq!(table(&report, "trend").columns.len(), 5);
    assert_eq!(table(&report, "trend").rows.len(), 25 * 13);
    assert_eq!(table(&report, "all_hours").rows.len(), 10 * 720);
    assert!(render(&report, "xlsx").is_ok());
}

/// A header that is repeated above the rows of a table further down would name the wrong columns.
#[test]
fn printed_headers_stand_above_their_own_table() {
    let report = report(&services(30, 50));
    let bytes = render(&report, "xlsx").unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut book = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/workbook.xml").unwrap(), &mut book)
        .unwrap();
    let repeated: Vec<&str> = book
        .split("<definedName ")
        .filter(|part| part.contains("_xlnm.Print_Titles"))
        .collect();
    assert!(table(&report, "counts").rows.len() > 40);
    assert!(!repeated.is_empty());
    assert!(
        repeated.iter().all(|part| !part.contains(">Promises!")),
        "{repeated:?}"
    );
}

/// Ten thousand breaches, 200 services of five promises, 13 months. Prints what it took; the limits are 5 s and 500 MB in a
/// release build.
#[test]
#[ignore = "prints figures; run it with --release"]
fn a_large_report_in_time_and_memory() {
    let findings = services(200, 10_000);
    let begun = std::time::Instant::now();
    let report = report(&findings);
    let laid_out = begun.elapsed();
    let bytes = render(&report, "xlsx").unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or("");
    println!(
        "laid out in {:.2} s, written in {:.2} s, {} bytes, {peak}",
        laid_out.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
        bytes.len()
    );
    assert_eq!(table(&report, "breaches").rows.len(), 10_000);
}
