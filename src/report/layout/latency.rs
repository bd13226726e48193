//! Latency day by day with the verdict on each day, and what daily and hourly slices share.

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
pub const MOST: usize = 4;
/// Seconds of a day without a change of the clock.
pub const DAY_SECS: i64 = 86_400;

/// Length of the slices of a promise in seconds.
pub fn slice_secs(objective: &ObjectiveResult) -> i64 {
    objective
        .slice_list
        .first()
        .map_or(0, |s| s.range.length().0 / 1_000_000)
}

/// A number whose unit stands in the header.
pub fn without_unit(cell: Cell) -> Cell {
    match cell {
        Cell::Number(value, format) => Cell::Number(value, NumberFormat::plain(format.decimals)),
        other => other,
    }
}

/// The value of a slice, rounded to the worse side.
pub fn slice_value(objective: &ObjectiveResult, slice: &Slice) -> Cell {
    without_unit(judged_cell(
        slice.achieved,
        objective.target,
        objective.direction,
        slice.verdict,
        &objective.unit,
    ))
}

/// `P95 of API endpoints missed its target on 3 of 30 days`, in words that fit any objective.
pub fn tally(objective: &ObjectiveResult, one: &str, many: &str) -> String {
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

/// The values of the slices with their target.
pub fn slices_chart(
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
        label_every: labels_every(objective),
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

/// Days between labels so that about a dozen fit below a chart of days.
pub fn days_between_labels(days: usize) -> Option<u16> {
    u16::try_from(days.div_ceil(12).max(1)).ok()
}

/// Labels below a chart of days or hours: for hours one a day for a week, every few days for longer.
fn labels_every(objective: &ObjectiveResult) -> Option<u16> {
    let slice = slice_secs(objective);
    if slice == 0 {
        return None;
    }
    if slice >= DAY_SECS - 7_200 {
        return days_between_labels(objective.slice_list.len());
    }
    let a_day = usize::try_from(DAY_SECS / slice).ok()?;
    let days = objective.slice_list.len() / a_day.max(1);
    u16::try_from(a_day * days.div_ceil(8).max(1)).ok()
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
    let left_out = trim_unmeasured(&mut dates, findings, &objectives);

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
        grid.extend([14.0, 13.0, 13.0, 14.0]);
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
    if left_out > 0 {
        sheet.add(Content::Remark(format!(
            "{} before the first or after the last that was measured {} left out.",
            counted(left_out as u64, "day", "days"),
            if left_out == 1 { "is" } else { "are" }
        )));
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

/// Takes away the days before the first and after the last that anything was measured on, and tells how many; where
/// nothing was measured at all, they stay.
fn trim_unmeasured(
    dates: &mut Vec<Date>,
    findings: &Findings,
    objectives: &[&ObjectiveResult],
) -> usize {
    let judged = objectives
        .iter()
        .flat_map(|o| &o.slice_list)
        .filter(|s| s.n > 0 || s.achieved.is_some())
        .map(|s| s.range.start.date(&findings.zone));
    let measured: Vec<Date> = judged
        .chain(findings.daily.iter().map(|d| d.date))
        .collect();
    let (Some(first), Some(last)) = (measured.iter().min(), measured.iter().max()) else {
        return 0;
    };
    let before = dates.len();
    dates.retain(|date| first <= date && date <= last);
    before - dates.len()
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
