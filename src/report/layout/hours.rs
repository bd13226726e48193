//! A single day, hour by hour: latency of all requests with the line of the first limit.

use super::trend::axis_decimals;
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units;

/// Column of the P95 in the table of hours.
const P95: usize = 4;

/// The sheet of a day.
pub fn sheet(findings: &Findings) -> Sheet {
    let hours: Vec<_> = findings
        .daily
        .iter()
        .filter_map(|d| Some((d.hour?, d)))
        .collect();
    let mut grid = vec![17.0];
    grid.extend([12.0; 11]);
    let worst = hours
        .iter()
        .filter_map(|(at, d)| Some((*at, d.p95_ms?)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    let lead = worst.map_or_else(
        || "There are no latency data on this day.".to_owned(),
        |(at, p95)| {
            format!(
                "The slowest hour began at {}: P95 {}.",
                at.format(&findings.zone, "%H:%M"),
                units::millis(p95)
            )
        },
    );
    let mut sheet = Sheet::new("Latency by hour", lead, grid);
    if findings.daily_from_tests && !hours.is_empty() {
        sheet.add(Content::Remark(
            "There are no requests of production on this day: these hours are those of load tests."
                .to_owned(),
        ));
    }
    let limit = findings.latency_limits_ms.first().copied();
    let mut columns = vec![
        Column::centre("Hour", 1),
        Column::number("Successes", 1),
        Column::number("Failures", 1),
        Column::number("P50, ms", 1),
        Column::number("P95, ms", 1),
        Column::number("P99, ms", 1),
        Column::number("Longest, ms", 1),
        Column::number("Limit, ms", 1),
    ];
    let limits = findings.latency_limits_ms.iter().take(3);
    columns.extend(limits.map(|l| Column::number(format!("Within {}", units::millis(*l)), 1)));
    columns.push(Column::text("Few samples", 1));
    let shares = findings.latency_limits_ms.len().min(3);
    let rows: Vec<Vec<Cell>> = hours
        .iter()
        .map(|(at, hour)| {
            let ms = |value: Option<f64>| Cell::of(value, |v| Cell::number(v, 1));
            let mut row = vec![
                Cell::Time(*at),
                Cell::count(hour.n),
                Cell::count(hour.errors),
                ms(hour.p50_ms),
                ms(hour.p95_ms),
                ms(hour.p99_ms),
                ms(hour.max_ms),
                ms(limit),
            ];
            row.extend((0..shares).map(|i| {
                // Rounded down: a share that missed a target never reads as it.
                Cell::of(hour.within.get(i).copied().flatten(), |s| {
                    Cell::share((s * 1e5 + 1e-7).floor() / 1e5, 3)
                })
            }));
            row.push(Cell::text(hour.few_samples.join(", ")));
            row
        })
        .collect();
    let top = worst.map_or(0.0, |(_, p95)| p95);
    let mut chart = ChartSpec {
        title: "P95 of all requests, hour by hour".to_owned(),
        alt: "Line: P95 in milliseconds for each hour of the day. Dashed: the first latency limit."
            .to_owned(),
        kind: ChartKind::Line,
        x: ColumnRef::new("hours", 0),
        y_title: "P95 (ms)".to_owned(),
        y_format: NumberFormat::plain(axis_decimals(top)),
        y_min: Some(0.0),
        date_format: "hh:mm".to_owned(),
        x_steps_secs: 3_600.0,
        label_every: Some(3),
        height_rows: 15,
        ..ChartSpec::default()
    }
    .series("P95", P95, Role::Subject);
    if let Some(limit) = limit {
        chart = chart.series(&format!("Limit: {}", units::millis(limit)), 7, Role::Limit);
    }
    if rows.len() > 1 && worst.is_some() {
        sheet.add_charts(vec![chart]);
    }
    sheet.add_table(Table {
        id: "hours".to_owned(),
        columns,
        rows,
        empty: "Import load tests, access logs or latency metrics to see the hours here."
            .to_owned(),
        data: true,
        ..Table::default()
    });
    sheet
}
