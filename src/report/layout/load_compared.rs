//! Load tests against each other and against production: the largest load that passed, the last test before, the
//! busiest hour.

use crate::report::findings::{Findings, RunFinding};
use crate::report::model::{Cell, Column, Table};
use crate::units;

/// One row a load test of the period, the one before it first. The busiest hour of production is the same in each.
pub fn table(findings: &Findings) -> Table {
    let limit = findings
        .latency_limits_ms
        .first()
        .map_or_else(String::new, |l| {
            format!(" (P95 within {})", units::millis(*l))
        });
    let peak = findings.production_peak.map(|p| p.per_sec);
    let runs: Vec<&RunFinding> = findings.run_before.iter().chain(&findings.runs).collect();
    let before = std::iter::once(None).chain(runs.iter().map(|r| r.max_passing));
    let first = usize::from(findings.run_before.is_some());
    let rows = runs
        .iter()
        .zip(before)
        .enumerate()
        .map(|(index, (run, before))| {
            let rate = |v: f64| Cell::number(v, 1);
            let change = before
                .zip(run.max_passing)
                .filter(|(old, _)| *old > 0.0)
                .map(|(old, new)| new / old - 1.0);
            let factor = run
                .max_passing
                .zip(peak.filter(|p| *p > 0.0))
                .map(|(most, peak)| most / peak);
            vec![
                Cell::text(&run.file_name),
                Cell::text(if index < first {
                    "before the period"
                } else {
                    "in the period"
                }),
                Cell::of(run.first, Cell::Time),
                Cell::of(run.max_passing, rate),
                Cell::of(before, rate),
                Cell::of(change, |c| {
                    Cell::Formula("{3}/{4}-1".to_owned(), Box::new(Cell::share(c, 1)))
                }),
                Cell::of(peak, rate),
                Cell::of(factor, |f| {
                    Cell::Formula("{3}/{6}".to_owned(), Box::new(Cell::number(f, 2)))
                }),
                Cell::text(match factor {
                    None if run.max_passing.is_none() => "no level kept to the limit",
                    None => "no load of production is known",
                    Some(f) if f >= 1.0 => "more than production asked for",
                    Some(_) => "less than production asked for",
                }),
            ]
        })
        .collect();
    Table {
        id: "load_compared".to_owned(),
        title: format!("Largest load that passed{limit}, against the test before and production"),
        columns: vec![
            Column::text("File", 1),
            Column::text("When", 1),
            Column::centre("Began", 1),
            Column::number("Largest passing, requests/s", 1),
            Column::number("Test before, requests/s", 1),
            Column::number("Change", 1),
            Column::number("Busiest hour of production, requests/s", 1),
            Column::number("Passing over busiest hour", 1),
            Column::text("In words", 3),
        ],
        rows,
        ..Table::default()
    }
}
