//! Day by hour: each promise that is judged by the hour as a table of numbers, shaded by how bad they are.

use std::collections::BTreeMap;

use jiff::civil::Weekday;

use super::figures::decimals_for;
use crate::analysis::sla::{ObjectiveKind, ObjectiveResult};
use crate::report::findings::Findings;
use crate::report::heat::Heat;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units::Direction;

/// More days than this are put together by weekday.
const MOST_DAYS: usize = 31;

/// What a row of a heat map stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Day(jiff::civil::Date),
    /// 1 is Monday.
    Weekday(i8),
}

/// The sheet; `None` where no promise was measured by the hour, or only on one day.
pub fn sheet(findings: &Findings, objectives: &[&ObjectiveResult]) -> Option<Sheet> {
    let measured: Vec<&ObjectiveResult> = objectives
        .iter()
        .copied()
        .filter(|o| o.slice_list.iter().any(|s| s.achieved.is_some()))
        .collect();
    let days = findings
        .end
        .date(&findings.zone)
        .since(findings.start.date(&findings.zone))
        .map_or(0, |span| span.get_days().unsigned_abs() as usize);
    if measured.is_empty() || days < 2 {
        return None;
    }
    let by_weekday = days > MOST_DAYS;
    let mut grid = vec![12.0];
    grid.extend([6.4; 24]);
    let lead = if by_weekday {
        "Each number is the worst one of all hours of that weekday and time, of throughput the busiest; the darker, the worse or busier."
    } else {
        "Each number is one hour of one day; the darker, the worse, of throughput the busier."
    };
    let mut sheet = Sheet::new("Day by hour", lead, grid);
    for (index, objective) in measured.iter().enumerate() {
        sheet.add_table(map(findings, objective, index, by_weekday));
    }
    sheet.add(Content::Remark(format!(
        "Hours are those of the clock in {}. Where it is set back an hour comes twice and the worse one is shown; where it is set forward an hour is missing.",
        findings.zone.name()
    )));
    Some(sheet)
}

fn map(findings: &Findings, objective: &ObjectiveResult, index: usize, by_weekday: bool) -> Table {
    // Hours that ask for less than a throughput target are not bad: what they show is when the load comes.
    let high_is_bad =
        objective.direction == Direction::AtMost || objective.kind == ObjectiveKind::Throughput;
    let worse = |a: f64, b: f64| if high_is_bad { a.max(b) } else { a.min(b) };
    let mut cells: BTreeMap<Row, [Option<f64>; 24]> = BTreeMap::new();
    for slice in &objective.slice_list {
        let civil = slice.range.start.civil(&findings.zone);
        let row = if by_weekday {
            Row::Weekday(civil.date().weekday().to_monday_one_offset())
        } else {
            Row::Day(civil.date())
        };
        let hours = cells.entry(row).or_insert([None; 24]);
        if let (Some(value), Some(slot)) = (
            slice.achieved.filter(|v| v.is_finite()),
            hours.get_mut(usize::from(civil.hour().unsigned_abs())),
        ) {
            *slot = Some(slot.map_or(value, |known| worse(known, value)));
        }
    }
    let typical = objective
        .slice_list
        .iter()
        .filter_map(|s| s.achieved)
        .fold(0.0_f64, |a, v| a.max(v.abs()));
    let format = NumberFormat::plain(decimals_for(typical, &objective.unit));
    let rows = cells
        .into_iter()
        .map(|(row, hours)| {
            let name = match row {
                Row::Day(date) => Cell::Day(date),
                Row::Weekday(day) => Cell::text(weekday(day)),
            };
            std::iter::once(name)
                .chain(
                    hours
                        .into_iter()
                        .map(|v| Cell::of(v, |v| Cell::Number(v, format.clone()))),
                )
                .collect()
        })
        .collect();
    let unit = match objective.unit.as_str() {
        "/s" => "requests per second",
        unit => unit,
    };
    let mut columns = vec![Column::text(if by_weekday { "Weekday" } else { "Day" }, 1)];
    columns.extend((0..24).map(|hour| Column::number(format!("{hour:02} h"), 1)));
    Table {
        id: format!("heat_{}", index + 1),
        title: format!(
            "{}, {unit} (target: {})",
            objective.name, objective.target_text
        ),
        columns,
        rows,
        empty: "No hour was measured.".to_owned(),
        heat: Some(Heat {
            from: 1,
            high_is_bad,
        }),
        ..Table::default()
    }
}

fn weekday(monday_one: i8) -> &'static str {
    match Weekday::from_monday_one_offset(monday_one) {
        Ok(Weekday::Monday) => "Monday",
        Ok(Weekday::Tuesday) => "Tuesday",
        Ok(Weekday::Wednesday) => "Wednesday",
        Ok(Weekday::Thursday) => "Thursday",
        Ok(Weekday::Friday) => "Friday",
        Ok(Weekday::Saturday) => "Saturday",
        _ => "Sunday",
    }
}
