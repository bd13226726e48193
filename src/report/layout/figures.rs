//! Figures of promises as cells: numbers that never read as their target when they failed it.

use jiff::civil::Date;

use crate::analysis::forecast::CapacityCrossing;
use crate::analysis::sla::{Escalation, ObjectiveKind, ObjectiveResult, SlaReport, Verdict};
use crate::calendar::{Instant, Zone};
use crate::report::model::{Cell, NumberFormat};
use crate::units::{Direction, judged};

/// Decimals a value of this unit and size starts from.
pub fn decimals_for(value: f64, unit: &str) -> usize {
    match (unit, value.abs()) {
        ("%", size) if size >= 1.0 || size == 0.0 => 2,
        (_, size) if size >= 100.0 || size == 0.0 => 0,
        (_, size) if size >= 10.0 => 1,
        (_, size) if size >= 1.0 => 2,
        _ => 3,
    }
}

/// A value that was judged, rounded to the worse side, as a number with its unit.
pub fn judged_cell(
    value: Option<f64>,
    target: Option<f64>,
    direction: Direction,
    verdict: Verdict,
    unit: &str,
) -> Cell {
    let Some(value) = value.filter(|v| v.is_finite()) else {
        return Cell::Empty;
    };
    let start = decimals_for(value, unit);
    let (Some(target), Verdict::Met | Verdict::Breached) = (target, verdict) else {
        return Cell::Number(value, NumberFormat::with_unit(start, unit));
    };
    let text = judged(value, target, direction, verdict == Verdict::Met, start);
    let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
    let plain = text.replace(',', "").replace('−', "-");
    let rounded = plain.parse().unwrap_or(value);
    Cell::Number(rounded, NumberFormat::with_unit(decimals.min(9), unit))
}

/// What an objective reached.
///
/// Where slices or months decide, the figure of the whole period is information: it may lie on the good side of a
/// broken promise, and is then rounded like one that held.
pub fn achieved_cell(objective: &ObjectiveResult) -> Cell {
    let holds = objective
        .achieved
        .zip(objective.target)
        .map(|(achieved, target)| match objective.direction {
            Direction::AtMost => achieved <= target,
            Direction::AtLeast => achieved >= target,
        });
    let decided_elsewhere = objective.slices.is_some() || !objective.periods.is_empty();
    let verdict = match (objective.verdict, holds) {
        (Verdict::Met | Verdict::Breached, Some(holds)) if decided_elsewhere => {
            if holds {
                Verdict::Met
            } else {
                Verdict::Breached
            }
        }
        (verdict, _) => verdict,
    };
    judged_cell(
        objective.achieved,
        objective.target,
        objective.direction,
        verdict,
        &objective.unit,
    )
}

/// Budget left in percent of the budget, rounded down, so that an overdrawn one shows.
pub fn budget_left(objective: &ObjectiveResult) -> Cell {
    objective
        .budget
        .as_ref()
        .map(|b| b.remaining_percent)
        .filter(|p| p.is_finite())
        .map_or(Cell::Empty, |percent| {
            Cell::Number(
                (percent * 10.0 + 1e-9).floor() / 10.0,
                NumberFormat::with_unit(1, "%"),
            )
        })
}

/// How much of what the target allows a value uses: 1 is exactly the target, more is beyond it.
fn used(objective: &ObjectiveResult, achieved: f64) -> Option<f64> {
    let target = objective.target?;
    let used = match (objective.kind, objective.direction) {
        (ObjectiveKind::Availability | ObjectiveKind::ShareUnder, Direction::AtLeast) => {
            (100.0 - achieved) / (100.0 - target)
        }
        (_, Direction::AtMost) => achieved / target,
        (_, Direction::AtLeast) => target / achieved,
    };
    Some(used).filter(|u| u.is_finite() && *u >= 0.0)
}

/// As [`used`], for the figure of the whole period.
pub fn figure_used(objective: &ObjectiveResult) -> Option<f64> {
    used(objective, objective.achieved?)
}

/// As [`used`], for the worst of what is judged by itself: slices, else months, else the whole period.
pub fn worst_used(objective: &ObjectiveResult) -> Option<f64> {
    let sliced = objective.slices.is_some() && !objective.slice_list.is_empty();
    let slices = objective
        .slice_list
        .iter()
        .filter(|_| sliced)
        .filter(|s| matches!(s.verdict, Verdict::Met | Verdict::Breached))
        .filter_map(|s| used(objective, s.achieved?));
    let months = objective
        .periods
        .iter()
        .filter(|_| !sliced)
        .filter_map(|p| used(objective, p.achieved?));
    slices
        .chain(months)
        .reduce(f64::max)
        .or_else(|| figure_used(objective))
}

/// `27 of 30 days`; nothing where no slices are judged.
pub fn held(objective: &ObjectiveResult) -> String {
    let Some(slices) = objective.slices else {
        return String::new();
    };
    let judged = slices.met + slices.breached;
    let length = objective
        .slice_list
        .first()
        .map_or(0, |s| s.range.length().0 / 1_000_000);
    // A month has 28 to 31 days; where clocks change, an hour more or less.
    let noun = match length {
        82_800..=90_000 => "day",
        3_600 => "hour",
        601_200..=608_400 => "week",
        2_415_600..=2_682_000 => "month",
        _ => "slice",
    };
    let many = if judged == 1 { "" } else { "s" };
    format!("{} of {judged} {noun}{many}", slices.met)
}

/// A used share in whole percent, rounded away from 100 %: a broken promise never reads as exactly at its limit.
pub fn whole_percent(used: f64) -> f64 {
    let percent = used * 100.0;
    let rounded = if percent > 100.0 + 1e-9 {
        percent.ceil()
    } else {
        (percent + 1e-9).floor()
    };
    rounded / 100.0
}

/// Used share of the error budget.
pub fn budget_used(objective: &ObjectiveResult) -> Option<f64> {
    let budget = objective.budget.as_ref()?;
    Some(budget.used / budget.total).filter(|u| u.is_finite())
}

/// The civil day of an instant as a cell.
pub fn day_cell(at: Option<Instant>, zone: &Zone) -> Cell {
    at.map_or(Cell::Empty, |t| Cell::Day(t.date(zone)))
}

/// The day to order by, as a day, or in words where it lies before the end of the data.
pub fn order_cell(crossing: &CapacityCrossing, zone: &Zone) -> Cell {
    match crossing.order_by {
        Some(by) if crossing.order_overdue => {
            Cell::text(format!("overdue ({})", long_day(by.date(zone))))
        }
        by => day_cell(by, zone),
    }
}

/// `1 June 2026`.
pub fn long_day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A count with its noun: `1 record`, `2 records`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        crate::units::count(n),
        if n == 1 { one } else { many }
    )
}

/// A share 0..=1 as `86 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", crate::units::grouped(share * 100.0, 0))
}

/// More promises than this do not fit on one page.
pub const ON_A_PAGE: usize = 15;

/// Indexes of the promises in the order in which they are shown: as set, or, where they do not fit on a page, those
/// first that need attention.
pub fn order(together: &SlaReport) -> Vec<usize> {
    let mut order: Vec<usize> = (0..together.objectives.len()).collect();
    if order.len() > ON_A_PAGE {
        // Stable: equals stay as set.
        order.sort_by_key(|index| {
            std::cmp::Reverse(together.objectives.get(*index).map(|o| o.verdict))
        });
    }
    order
}

/// The promises in the order of [`order`].
pub fn ordered(together: &SlaReport) -> Vec<&ObjectiveResult> {
    order(together)
        .into_iter()
        .filter_map(|index| together.objectives.get(index))
        .collect()
}

/// The level that a breach reached, with its name: `level 2: engineering manager`.
pub fn level(escalation: &Escalation) -> String {
    format!(
        "level {}: {}",
        escalation.level,
        escalation.name.replace('_', " ")
    )
}
