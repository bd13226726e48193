//! Latency day by day and throughput and error rate hour by hour, with the verdict on each slice.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::figures::{counted, judged_cell};
use super::summary::target_cell;
use super::trend::axis_decimals;
use crate::analysis::sla::{ObjectiveKind, ObjectiveResult, SlaReport, Slice, Verdict};
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units;

/// Objectives that get columns and a chart of their own on one sheet.
const MOST: usize = 4;
const DAY_SECS: i64 = 86_400;

fn slice_secs(objective: &ObjectiveResult) -> i64 {
    objective
        .slice_list
        .first()
        .map_or(0, |s| s.range.length().0 / 1_000_000)
}

fn without_unit(cell: Cell) -> Cell {
    match cell {
        Cell::Number(value, format) => Cell::Number(value, NumberFormat::plain(format.decimals)),
        other => other,
    }
}

fn slice_value(objective: &ObjectiveResult, slice: &Slice) -> Cell {
    without_unit(judged_cell(
        slice.achieved,
        objective.target,
        objective.direction,
        slice.verdict,
        &objective.unit,
    ))
}

/// `P95 of API endpoints missed its target on 3 of 30 days`, in words that fit any objective.
fn tally(objective: &ObjectiveResult, one: &str, many: &str) -> String {
    let of = |verdict: Verdict| {
        objective
            .slice_list
            .iter()
            .filter(|s| s.verdict == verdict)
            .count() as u64
    };
    let (met, broken) = (of(Verdict::Met), of(Verdict::Breached));
    let judged = counted(met + broken, one, many);
    if met + broken == 0 {
        format!("{}: nothing could be judged", objective.name)
    } else if broken == 0 {
        format!(
            "{}: kept to {} on all {judged}",
            objective.name, objective.target_text
        )
    } else {
        format!(
            "{}: missed {} on {broken} of {judged}",
            objective.name, objective.target_text
        )
    }
}

fn slices_chart(
    objective: &ObjectiveResult,
    x: ColumnRef,
    column: usize,
    title: String,
    date_format: &str,
) -> ChartSpec {
    let top = objective
        .slice_list
        .iter()
        .filter_map(|s| s.achieved)
        .chain(objective.target)
        .fold(0.0_f64, f64::max);
    ChartSpec {
        title,
        alt: format!(
            "Line: {} over the period in {}. Dashed: the target, {}.",
            objective.name, objective.unit, objective.target_text
        ),
        kind: ChartKind::Line,
        x,
        y_title: format!("{} ({})", objective.name, objective.unit),
        y_format: NumberFormat::plain(axis_decimals(top)),
        y_min: Some(0.0),
        date_format: date_format.to_owned(),
        x_steps_secs: slice_secs(objective) as f64,
        label_every: hours_between_labels(objective),
        height_rows: if slice_secs(objective) >= DAY_SECS - 7_200 {
            11
        } else {
            15
        },
        ..ChartSpec::default()
    }
    .series(&objective.name, column, Role::Subject)
    .series(
        &format!("Target: {}", objective.target_text),
        column + 1,
        Role::Limit,
    )
}

/// Labels below a chart of hours: one a day for a week, every few days for longer.
fn hours_between_labels(objective: &ObjectiveResult) -> Option<u16> {
    let slice = slice_secs(objective);
    if slice == 0 || slice >= DAY_SECS - 7_200 {
        return None;
    }
    let a_day = usize::try_from(DAY_SECS / slice).ok()?;
    let days = objective.slice_list.len() / a_day.max(1);
    u16::try_from(a_day * (days / 8).max(1)).ok()
}

/// The sheet with one row a day.
pub fn daily(findings: &Findings, together: &SlaReport) -> Sheet {
    let objectives: Vec<&ObjectiveResult> = together
        .objectives
        .iter()
        .filter(|o| {
            matches!(o.kind, ObjectiveKind::Latency | ObjectiveKind::ShareUnder)
                && slice_secs(o) >= DAY_SECS - 7_200
        })
        .take(MOST)
        .collect();
    let mut dates: Vec<Date> = findings.daily.iter().map(|d| d.date).collect();
    for objective in &objectives {
        dates.extend(
            objective
                .slice_list
                .iter()
                .map(|s| s.range.start.date(&findings.zone)),
        );
    }
    dates.sort();
    dates.dedup();

    let with_requests = !findings.daily.is_empty();
    let mut columns = vec![Column::centre("Day", 1)];
    let mut grid = vec![12.0];
    for objective in &objectives {
        columns.push(Column::number(
            format!("{}, {}", objective.name, objective.unit),
            1,
        ));
        columns.push(Column::number(format!("{}: target", objective.name), 1));
        columns.push(Column::number(format!("{}: samples", objective.name), 1));
        columns.push(Column::centre(format!("{}: verdict", objective.name), 1));
        grid.extend([13.0, 11.0, 12.0, 13.0]);
    }
    if with_requests {
        for header in [
            "All requests: successes",
            "All requests: failures",
            "P50, ms",
            "P95, ms",
            "P99, ms",
            "Longest, ms",
        ] {
            columns.push(Column::number(header, 1));
            grid.push(11.0);
        }
        for limit in findings.latency_limits_ms.iter().take(3) {
            columns.push(Column::number(
                format!("Within {}", units::millis(*limit)),
                1,
            ));
            grid.push(11.0);
        }
        columns.push(Column::text("Few samples", 1));
        grid.push(12.0);
    }
    let rows: Vec<Vec<Cell>> = dates
        .iter()
        .map(|date| day_row(findings, &objectives, *date, with_requests))
        .collect();
    while grid.len() < 8 {
        grid.push(12.0);
    }
    let lead = match (objectives.is_empty(), rows.is_empty()) {
        (_, true) => "There are no latency data in this period.".to_owned(),
        (true, false) => {
            "No promise on daily latency has been set; the days as they were measured.".to_owned()
        }
        (false, false) => {
            objectives
                .iter()
                .map(|o| tally(o, "day", "days"))
                .collect::<Vec<_>>()
                .join(". ")
                + "."
        }
    };
    let mut sheet = Sheet::new("Daily latency", lead, grid);
    if findings.daily_from_tests && with_requests {
        sheet.add(Content::Remark(
            "There are no requests of production in this period: these days are those of load tests.".to_owned(),
        ));
    }
    let charts: Vec<ChartSpec> = objectives
        .iter()
        .enumerate()
        .filter(|(_, o)| o.slice_list.iter().filter(|s| s.achieved.is_some()).count() > 1)
        .map(|(i, o)| {
            slices_chart(
                o,
                ColumnRef::new("daily", 0),
                1 + i * 4,
                tally(o, "day", "days"),
                "d mmm",
            )
        })
        .collect();
    if with_requests {
        sheet.add(Content::Remark(
            "Percentiles over all successful requests of the day, exact merges of counts (Hyndman-Fan type 7), never averages of percentiles.".to_owned(),
        ));
    }
    let table = Table {
        id: "daily".to_owned(),
        columns,
        rows,
        empty: "Import load tests, access logs or latency metrics to see the days here.".to_owned(),
        data: true,
        ..Table::default()
    };
    let width = table.columns.len();
    if width <= 10 && !table.rows.is_empty() && !charts.is_empty() {
        sheet.grid.truncate(width);
        sheet.grid.push(2.0);
        sheet.grid.extend([14.0; 6]);
        sheet.add_beside(vec![
            (0, width, Content::Table(table)),
            (width + 1, 6, Content::Stack(taller(charts))),
        ]);
    } else {
        sheet.add_table(table);
        sheet.add_charts(charts);
    }
    sheet
}

/// Charts that stand below each other have room.
fn taller(mut charts: Vec<ChartSpec>) -> Vec<ChartSpec> {
    for chart in &mut charts {
        chart.height_rows += 3;
    }
    charts
}

fn day_row(
    findings: &Findings,
    objectives: &[&ObjectiveResult],
    date: Date,
    with_requests: bool,
) -> Vec<Cell> {
    let mut row = vec![Cell::Day(date)];
    for objective in objectives {
        let slice = objective
            .slice_list
            .iter()
            .find(|s| s.range.start.date(&findings.zone) == date);
        row.push(slice.map_or(Cell::Empty, |s| slice_value(objective, s)));
        row.push(without_unit(target_cell(objective)));
        row.push(slice.map_or(Cell::Empty, |s| Cell::count(s.n)));
        row.push(slice.map_or(Cell::Empty, |s| Cell::Verdict(s.verdict)));
    }
    if with_requests {
        let limits = findings.latency_limits_ms.len().min(3);
        if let Some(day) = findings.daily.iter().find(|d| d.date == date) {
            let ms = |value: Option<f64>| Cell::of(value, |v| Cell::number(v, 1));
            row.extend([
                Cell::count(day.n),
                Cell::count(day.errors),
                ms(day.p50_ms),
                ms(day.p95_ms),
                ms(day.p99_ms),
                ms(day.max_ms),
            ]);
            row.extend((0..limits).map(|i| {
                let share = day.within.get(i).copied().flatten();
                // Rounded down: a share that missed a target never reads as it.
                Cell::of(share, |s| Cell::share((s * 1e5 + 1e-7).floor() / 1e5, 3))
            }));
            row.push(Cell::text(day.few_samples.join(", ")));
        } else {
            row.extend(std::iter::repeat_n(Cell::Empty, 7 + limits));
        }
    }
    row
}

fn hourly_objectives(together: &SlaReport) -> Vec<&ObjectiveResult> {
    together
        .objectives
        .iter()
        .filter(|o| {
            o.slices.is_some() && !o.slice_list.is_empty() && slice_secs(o) < DAY_SECS - 7_200
        })
        .take(MOST)
        .collect()
}

/// The sheet about the hours: what became of them, and a chart for each promise.
pub fn hourly(findings: &Findings, together: &SlaReport) -> Sheet {
    let objectives = hourly_objectives(together);
    let mut grid = vec![32.0];
    grid.extend([13.0; 9]);
    if objectives.is_empty() {
        let mut sheet = Sheet::new(
            "Hourly",
            "No promise is judged by the hour in this period.",
            grid,
        );
        sheet.add(Content::Text(
            "Throughput and error rate are judged by the hour once such promises are set and measured.".to_owned(),
        ));
        return sheet;
    }
    let tallies: Vec<String> = objectives
        .iter()
        .map(|o| tally(o, "hour", "hours"))
        .collect();
    let mut sheet = Sheet::new("Hourly", tallies.join(". ") + ".", grid);
    sheet.add_table(worst_hours(findings, &objectives));
    sheet.add_charts(
        objectives
            .iter()
            .zip(tallies)
            .enumerate()
            .map(|(i, (o, title))| {
                slices_chart(o, ColumnRef::new("hourly", 0), 1 + i * 4, title, "d mmm")
            })
            .collect(),
    );
    sheet.add(Content::Remark(
        "Every hour stands on the sheet Hourly data, to be sorted and filtered.".to_owned(),
    ));
    sheet
}

/// The sheet with one row an hour; `None` where no hour was judged.
pub fn hourly_data(together: &SlaReport) -> Option<Sheet> {
    let objectives = hourly_objectives(together);
    let mut starts: Vec<_> = objectives
        .iter()
        .flat_map(|o| o.slice_list.iter().map(|s| s.range.start))
        .collect();
    starts.sort();
    starts.dedup();
    if starts.is_empty() {
        return None;
    }
    let mut columns = vec![Column::centre("Hour", 1)];
    let mut grid = vec![17.0];
    for objective in &objectives {
        columns.push(Column::number(
            format!("{}, {}", objective.name, objective.unit),
            1,
        ));
        columns.push(Column::number(format!("{}: target", objective.name), 1));
        columns.push(Column::number(format!("{}: samples", objective.name), 1));
        columns.push(Column::centre(format!("{}: verdict", objective.name), 1));
        grid.extend([16.0, 14.0, 14.0, 15.0]);
    }
    // Behind all others, because charts count the columns before them.
    let rates: Vec<bool> = objectives
        .iter()
        .map(|o| o.slice_list.iter().any(|s| s.low.is_some()))
        .collect();
    for (objective, _) in objectives.iter().zip(&rates).filter(|(_, rate)| **rate) {
        let name = &objective.name;
        columns.push(Column::number(format!("{name}: 95 % from"), 1));
        columns.push(Column::number(format!("{name}: 95 % to"), 1));
        columns.push(Column::centre(format!("{name}: sample"), 1));
        grid.extend([14.0, 14.0, 14.0]);
    }
    let indexes: Vec<BTreeMap<_, &Slice>> = objectives
        .iter()
        .map(|o| o.slice_list.iter().map(|s| (s.range.start, s)).collect())
        .collect();
    let rows: Vec<Vec<Cell>> = starts
        .iter()
        .map(|start| {
            let mut row = vec![Cell::Time(*start)];
            for (objective, index) in objectives.iter().zip(&indexes) {
                let slice = index.get(start).copied();
                row.push(slice.map_or(Cell::Empty, |s| slice_value(objective, s)));
                row.push(without_unit(target_cell(objective)));
                row.push(slice.map_or(Cell::Empty, |s| Cell::count(s.n)));
                row.push(slice.map_or(Cell::Empty, |s| Cell::Verdict(s.verdict)));
            }
            for (index, _) in indexes.iter().zip(&rates).filter(|(_, rate)| **rate) {
                let slice = index.get(start);
                let end = |value: Option<f64>| Cell::of(value, |v| Cell::number(v, 4));
                row.push(end(slice.and_then(|s| s.low)));
                row.push(end(slice.and_then(|s| s.high)));
                row.push(Cell::text(if slice.is_some_and(|s| s.low_sample) {
                    "low sample"
                } else {
                    ""
                }));
            }
            row
        })
        .collect();
    let mut sheet = Sheet::new(
        "Hourly data",
        "One row an hour, behind the charts of the sheet Hourly. The rows are left out when this sheet is printed.",
        grid,
    );
    sheet.unprinted = true;
    sheet.add_table(Table {
        id: "hourly".to_owned(),
        columns,
        rows,
        data: true,
        ..Table::default()
    });
    Some(sheet)
}

fn worst_hours(findings: &Findings, objectives: &[&ObjectiveResult]) -> Table {
    let rows = objectives
        .iter()
        .map(|o| {
            let worst = o
                .slice_list
                .iter()
                .filter(|s| s.achieved.is_some())
                .max_by(|a, b| {
                    let key = |s: &Slice| match o.direction {
                        units::Direction::AtMost => s.achieved.unwrap_or(f64::NEG_INFINITY),
                        units::Direction::AtLeast => -s.achieved.unwrap_or(f64::INFINITY),
                    };
                    key(a)
                        .total_cmp(&key(b))
                        .then(b.range.start.cmp(&a.range.start))
                });
            let of = |verdict: Verdict| {
                Cell::count(o.slice_list.iter().filter(|s| s.verdict == verdict).count() as u64)
            };
            vec![
                Cell::text(&o.name),
                of(Verdict::Met),
                of(Verdict::Breached),
                of(Verdict::NotProven),
                of(Verdict::NoData),
                Cell::of(o.not_demanded, |n| Cell::number(n, 0)),
                worst.map_or(Cell::Empty, |s| {
                    judged_cell(s.achieved, o.target, o.direction, s.verdict, &o.unit)
                }),
                Cell::text(worst.map_or_else(String::new, |s| {
                    s.range.start.format(&findings.zone, "%Y-%m-%d %H:%M")
                })),
            ]
        })
        .collect();
    Table {
        id: "worst_hours".to_owned(),
        title: "Hours counted".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Held", 1),
            Column::number("Broken", 1),
            Column::number("Not proven", 1),
            Column::number("Without data", 1),
            Column::number("Not demanded", 1),
            Column::number("Worst hour", 1),
            Column::centre("Began", 2),
        ],
        rows,
        ..Table::default()
    }
}
