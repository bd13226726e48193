//! What the load tests of the period say, and how much the service took while it kept to its latency limit.

use super::figures::counted;
use crate::analysis::compare::sentence::share_text;
use crate::analysis::compare::{CompareVerdict, ComparedRow, Metric};
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units;

/// The sheet with the load tests; `None` where there are none, which `none` then says on another sheet.
pub fn sheet(findings: &Findings) -> Option<Sheet> {
    if findings.runs.is_empty() {
        return None;
    }
    let mut grid = vec![34.0, 24.0, 17.0];
    grid.extend([11.0; 10]);
    let lead = capacity_sentence(findings).unwrap_or_else(|| {
        format!(
            "{} in this period.",
            counted(findings.runs.len() as u64, "load test", "load tests")
        )
    });
    let mut sheet = Sheet::new("Load tests", lead, grid);
    sheet.add_table(runs(findings));
    let compared = super::load_compared::table(findings);
    if !compared.rows.is_empty() {
        sheet.add_table(compared);
    }
    against_before(findings, &mut sheet);
    if findings.runs.iter().any(|r| r.closed_loop) {
        sheet.add(Content::Remark(
            "Runs marked \"closed loop\" wait for each response before they send the next request: while the service is slow they send less, so their percentiles look better than what users would have seen.".to_owned(),
        ));
    }
    if findings.runs.iter().any(|r| r.as_the_tool) {
        sheet.add(Content::Remark(
            "Runs marked \"tool's own figures\" were imported as a summary without samples: their percentiles are the tool's, over all outcomes, and cannot be recomputed.".to_owned(),
        ));
    }
    if let Some(reason) = &findings.capacity_refused {
        sheet.add(Content::Text(format!(
            "How much the service can take could not be measured: {reason}."
        )));
    }
    let Some(capacity) = findings.capacity.as_ref().filter(|c| !c.points.is_empty()) else {
        return Some(sheet);
    };
    let rows: Vec<Vec<Cell>> = capacity
        .points
        .iter()
        .map(|p| {
            vec![
                Cell::text(if capacity.max_passing.as_ref() == Some(p) {
                    "largest that kept to the limit"
                } else if capacity.next_failing.as_ref() == Some(p) {
                    "next, did not"
                } else {
                    ""
                }),
                Cell::number(p.concurrency, 0),
                Cell::number(p.throughput, 1),
                Cell::of(p.p95_ms, |v| Cell::number(v, 1)),
                Cell::share(p.error_rate, 2),
                Cell::number(p.secs, 0),
            ]
        })
        .collect();
    if rows.len() > 2 {
        let x = ColumnRef::new("levels", 1);
        let chart = |title: &str, y_title: &str, column: usize| {
            ChartSpec {
                title: title.to_owned(),
                alt: format!("Curve: {y_title} over the number of active users."),
                kind: ChartKind::Curve,
                x: x.clone(),
                x_title: "Active users".to_owned(),
                y_title: y_title.to_owned(),
                y_format: NumberFormat::plain(0),
                y_min: Some(0.0),
                height_rows: 14,
                ..ChartSpec::default()
            }
            .series(y_title, column, Role::Subject)
        };
        sheet.add_charts(vec![
            chart(
                "Throughput grows with users until it saturates",
                "Requests per second",
                2,
            ),
            chart("P95 rises with users", "P95, ms", 3),
        ]);
    }
    sheet.add_table(Table {
        id: "levels".to_owned(),
        title: format!("Levels of concurrency ({})", capacity.budget),
        columns: vec![
            Column::text("Remark", 1),
            Column::number("Active users", 1),
            Column::number("Requests/s", 1),
            Column::number("P95, ms", 1),
            Column::number("Errors", 1),
            Column::number("Seconds", 1),
        ],
        rows,
        data: true,
        ..Table::default()
    });
    Some(sheet)
}

/// That there was no load test, in place of a sheet that says nothing else.
pub fn none(sheet: &mut Sheet) {
    sheet.add(Content::Heading("Load tests".to_owned()));
    sheet.add(Content::Text(
        "No load test ran in this period. Import the results of one to see how much the service can take."
            .to_owned(),
    ));
}

fn capacity_sentence(findings: &Findings) -> Option<String> {
    let capacity = findings.capacity.as_ref()?;
    let best = capacity.max_passing.as_ref()?;
    Some(format!(
        "The service took {} requests per second with {} active users and kept to {}.",
        units::number(best.throughput),
        units::number(best.concurrency),
        capacity.budget
    ))
}

/// Each run against the one before it.
fn against_before(findings: &Findings, sheet: &mut Sheet) {
    let Some(first) = findings.comparisons.first() else {
        return;
    };
    let value = |row: &ComparedRow, v: f64| match row.metric {
        Metric::ErrorRate => Cell::share(v, 2),
        Metric::Throughput => Cell::Number(v, NumberFormat::with_unit(1, "/s")),
        _ => Cell::Number(v, NumberFormat::with_unit(1, "ms")),
    };
    let change = |row: &ComparedRow, v: f64| {
        if row.metric == Metric::ErrorRate {
            Cell::Number(v * 100.0, NumberFormat::with_unit(2, "points"))
        } else {
            Cell::share(v, 1)
        }
    };
    let rows = findings
        .comparisons
        .iter()
        .flat_map(|c| c.labels.iter().map(move |row| (c, row)))
        .map(|(comparison, row)| {
            vec![
                Cell::text(&comparison.candidate.name),
                Cell::text(&comparison.base.name),
                Cell::text(row.metric.title()),
                Cell::of(row.base, |v| value(row, v)),
                Cell::of(row.candidate, |v| value(row, v)),
                Cell::of(row.change, |v| change(row, v)),
                Cell::of(row.ci, |(low, _)| change(row, low)),
                Cell::of(row.ci, |(_, high)| change(row, high)),
                Cell::text(match row.verdict {
                    CompareVerdict::Pass => "✔ pass",
                    CompareVerdict::Improvement => "✔ better",
                    CompareVerdict::NotProven => "? open",
                    CompareVerdict::Regression => "✘ worse",
                }),
            ]
        })
        .collect();
    sheet.add_table(Table {
        id: "against_before".to_owned(),
        title: "Against the run before".to_owned(),
        columns: vec![
            Column::text("Run", 1),
            Column::text("Run before", 1),
            Column::text("Figure", 1),
            Column::number("Before", 1),
            Column::number("Now", 1),
            Column::number("Change", 1),
            Column::number("From", 1),
            Column::number("To", 1),
            Column::text("Verdict", 1),
        ],
        rows,
        data: true,
        ..Table::default()
    });
    sheet.add(Content::Remark(format!(
        "Intervals of the change at {}, over all requests, from blocks of time. \"Worse\" where even the better end of the interval, corrected for the number of figures, is beyond {}; \"open\" where the data do not decide.",
        share_text(first.confidence),
        share_text(first.max_regression)
    )));
}

fn runs(findings: &Findings) -> Table {
    let rows = findings
        .runs
        .iter()
        .map(|run| {
            let total = &run.stats.total;
            let ms = |value: Option<f64>| Cell::of(value, |v| Cell::number(v, 1));
            let minutes = run
                .first
                .zip(run.last)
                .map(|(a, b)| b.since(a).as_secs() / 60.0);
            vec![
                Cell::text(&run.file_name),
                Cell::text(&run.scope),
                Cell::of(run.first, Cell::Time),
                Cell::of(minutes, |m| Cell::number(m, 1)),
                Cell::count(total.count),
                Cell::of(total.error_rate, |e| Cell::share(e, 2)),
                ms(total.p50_ms),
                ms(total.p95_ms),
                ms(total.p99_ms),
                ms(total.max_ms),
                Cell::of(total.throughput_per_sec, |v| Cell::number(v, 1)),
                Cell::of(run.stats.concurrency.max, |v| Cell::number(v, 0)),
                Cell::text(match (run.as_the_tool, run.closed_loop) {
                    (true, _) => "tool's own figures",
                    (false, true) => "closed loop",
                    (false, false) => "",
                }),
            ]
        })
        .collect();
    Table {
        id: "runs".to_owned(),
        columns: vec![
            Column::text("File", 1),
            Column::text("Scope", 1),
            Column::centre("Began", 1),
            Column::number("Minutes", 1),
            Column::number("Requests", 1),
            Column::number("Errors", 1),
            Column::number("P50, ms", 1),
            Column::number("P95, ms", 1),
            Column::number("P99, ms", 1),
            Column::number("Longest, ms", 1),
            Column::number("Requests/s", 1),
            Column::number("Most users", 1),
            Column::text("Remark", 1),
        ],
        rows,
        empty: "Import the results of a load test to see how much the service can take.".to_owned(),
        data: true,
        ..Table::default()
    }
}
