//! The one page a manager reads: the answer, the promises, two charts, the largest breaches, what runs out first.

use super::figures::{
    achieved_cell, budget_left, counted, day_cell, held, judged_cell, long_day, whole_percent,
};
use crate::analysis::forecast::CapacityCrossing;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::{Instant, Period};
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::{Findings, ForecastFinding};
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units;

/// Widths of the page's grid: names, ten narrow columns, trend lines (and the names of the right half), eight narrow ones.
fn grid() -> Vec<f64> {
    let mut grid = vec![32.0];
    grid.extend([5.4; 10]);
    grid.push(25.0);
    grid.extend([5.8; 8]);
    grid
}

/// Longer bars are cut here, and say so by their label.
pub const MOST_SHOWN: f64 = 3.0;

/// First grid column of the right half.
const RIGHT: usize = 11;

/// `1 June 2026 to 30 June 2026 · Europe/Berlin · checkout, production`.
pub fn subtitle(findings: &Findings) -> String {
    let last = Instant(findings.end.0.saturating_sub(1));
    let mut parts = vec![
        format!(
            "{} to {}",
            long_day(findings.start.date(&findings.zone)),
            long_day(last.date(&findings.zone))
        ),
        format!("time zone {}", findings.zone.name()),
        format!("scope: {}", findings.scope),
    ];
    if findings.open {
        parts.push(format!(
            "still open: as of {}",
            findings.as_of.format(&findings.zone, "%Y-%m-%d %H:%M")
        ));
    }
    parts.join("  ·  ")
}

/// The summary sheet.
pub fn sheet(
    findings: &Findings,
    together: &SlaReport,
    title: &str,
    sentence: &str,
    quarterly: bool,
) -> Sheet {
    let mut sheet = Sheet::new("Summary", subtitle(findings), grid());
    title.clone_into(&mut sheet.title);
    sheet.one_page = true;
    sheet.add(Content::Answer(sentence.to_owned(), findings.verdict()));
    for flag in hidden_failures(together) {
        sheet.add(Content::Text(flag));
    }
    sheet.add_table(promises(findings, together, quarterly));
    let charts = charts(together);
    if charts.len() == 2 {
        sheet.add_beside(
            charts
                .into_iter()
                .zip([(0, RIGHT), (RIGHT, 9)])
                .map(|(chart, (at, span))| (at, span, Content::Chart(chart)))
                .collect(),
        );
    } else {
        sheet.add_charts(charts);
    }
    let breaches = top_breaches(findings, together);
    let risks = runs_out(findings);
    sheet.add_beside(vec![
        (0, 10, Content::Heading("Largest breaches".to_owned())),
        (RIGHT, 9, Content::Heading("What runs out first".to_owned())),
    ]);
    sheet.add_beside(vec![
        (0, 10, or_sentence(breaches)),
        (RIGHT, 9, or_sentence(risks)),
    ]);
    sheet
        .rows
        .extend(super::recommendations::on_summary(findings, together));
    sheet.add(Content::Remark(quality(findings, together)));
    if let Some(note) = findings
        .notes
        .get(&findings.period)
        .filter(|n| !n.trim().is_empty())
    {
        sheet.add(Content::Heading("Notes".to_owned()));
        sheet.add(Content::Text(note.trim().to_owned()));
    }
    sheet
}

fn or_sentence(table: Table) -> Content {
    if table.rows.is_empty() {
        Content::Text(table.empty)
    } else {
        Content::Table(table)
    }
}

/// A quarter whose own figure is fine although one of its months broke the promise.
fn hidden_failures(together: &SlaReport) -> Vec<String> {
    together
        .objectives
        .iter()
        .filter_map(|objective| {
            let broken: Vec<String> = objective
                .periods
                .iter()
                .filter(|p| p.verdict == Verdict::Breached)
                .map(|p| Period::parse(&p.name).map_or_else(|_| p.name.clone(), Period::title))
                .collect();
            let fine = super::figures::figure_used(objective).is_some_and(|used| used <= 1.0);
            (!broken.is_empty() && fine).then(|| {
                format!(
                    "{}: the figure of the whole period keeps to the target, but {} did not; a promise by the month is broken by any month.",
                    objective.name,
                    broken.join(" and ")
                )
            })
        })
        .collect()
}

fn previous(objective: &ObjectiveResult) -> Cell {
    let Some(before) = objective.history.len().checked_sub(2) else {
        return Cell::Empty;
    };
    objective.history.get(before).map_or(Cell::Empty, |month| {
        judged_cell(
            month.achieved,
            None,
            objective.direction,
            month.verdict,
            &objective.unit,
        )
    })
}

fn promises(findings: &Findings, together: &SlaReport, quarterly: bool) -> Table {
    let months = if quarterly && findings.months.len() <= 3 {
        findings.months.as_slice()
    } else {
        &[]
    };
    let mut columns = vec![
        Column::text("Promise", 1),
        Column::number("Target", 2),
        Column::number("Achieved", 2),
        Column::number("Held", 4),
        Column::number("Budget left", 2),
        Column::centre("13 months", 1),
    ];
    if months.is_empty() {
        columns.push(Column::number("Month before", 4));
    } else {
        columns.extend(
            months
                .iter()
                .map(|m| Column::centre(m.title.split(' ').next().unwrap_or_default(), 2)),
        );
    }
    columns.push(Column::centre(
        "Verdict",
        if months.is_empty() {
            4
        } else {
            8 - 2 * months.len()
        },
    ));
    let rows = together
        .objectives
        .iter()
        .enumerate()
        .map(|(index, objective)| {
            let mut row = vec![
                Cell::text(&objective.name),
                target_cell(objective),
                achieved_cell(objective),
                Cell::text(held(objective)),
                budget_left(objective),
                super::trend::trend_cell(together, index),
            ];
            if months.is_empty() {
                row.push(previous(objective));
            } else {
                row.extend(months.iter().map(|month| {
                    objective
                        .periods
                        .iter()
                        .find(|p| p.name == month.name)
                        .map_or(Cell::Empty, |p| Cell::Verdict(p.verdict))
                }));
            }
            row.push(Cell::Verdict(objective.verdict));
            row
        })
        .collect();
    Table {
        id: "promises".to_owned(),
        columns,
        rows,
        empty: "No promises have been set, so there is nothing to judge.".to_owned(),
        ..Table::default()
    }
}

/// The target as a number where it is one, else as it was written.
pub fn target_cell(objective: &ObjectiveResult) -> Cell {
    objective.target.map_or_else(
        || Cell::text(&objective.target_text),
        |target| {
            let decimals = (0..6)
                .find(|d| {
                    let power = 10_f64.powi(*d);
                    ((target * power).round() / power - target).abs() < 1e-9
                })
                .unwrap_or(6);
            Cell::Number(
                target,
                NumberFormat::with_unit(decimals as usize, &objective.unit),
            )
        },
    )
}

fn charts(together: &SlaReport) -> Vec<ChartSpec> {
    let judged: Vec<&ObjectiveResult> = together.objectives.iter().collect();
    if judged.is_empty() {
        return Vec::new();
    }
    let chart = |title: String,
                 alt: &str,
                 column: usize,
                 y_title: &str,
                 value: &dyn Fn(&ObjectiveResult) -> Option<f64>| {
        let top = judged
            .iter()
            .filter_map(|o| value(o))
            .fold(1.0_f64, f64::max);
        let mut spec = ChartSpec {
            title,
            alt: alt.to_owned(),
            kind: ChartKind::Column,
            x: ColumnRef::new("limits_used", 0),
            y_title: y_title.to_owned(),
            y_format: NumberFormat {
                decimals: 0,
                percent: true,
                ..NumberFormat::default()
            },
            y_min: Some(0.0),
            y_max: Some(if top > MOST_SHOWN {
                MOST_SHOWN + 0.5
            } else {
                (top * 5.0).ceil() / 5.0 + 0.2
            }),
            labels: true,
            height_rows: 13,
            ..ChartSpec::default()
        }
        .series("Used", column, Role::Subject)
        .series("100 %: all that is allowed", 3, Role::Limit);
        if let Some(series) = spec.series.first_mut() {
            series.verdicts = judged.iter().map(|o| o.verdict).collect();
            series.labels = judged
                .iter()
                .map(|o| {
                    value(o).map_or_else(String::new, |v| {
                        format!("{} %", crate::units::grouped(whole_percent(v) * 100.0, 0))
                    })
                })
                .collect();
        }
        spec
    };
    let used = |o: &ObjectiveResult| super::figures::worst_used(o);
    let over = judged
        .iter()
        .filter(|o| used(o).is_some_and(|u| u > 1.0))
        .count();
    let measured = judged.iter().filter(|o| used(o).is_some()).count();
    let mut charts = Vec::new();
    if measured > 0 {
        charts.push(chart(
            if over == 0 {
                "Even at its worst, every promise stayed within its limit".to_owned()
            } else {
                format!("{over} of {measured} promises went beyond their limit at least once")
            },
            "Bars: how much of what its target allows each promise used at its worst (worst day, hour or month). The line at 100 % is the target.",
            5,
            "Worst value against the limit",
            &used,
        ));
    }
    let budget = |o: &ObjectiveResult| super::figures::budget_used(o);
    let with_budget: Vec<&&ObjectiveResult> =
        judged.iter().filter(|o| budget(o).is_some()).collect();
    if !with_budget.is_empty() {
        let overdrawn = with_budget
            .iter()
            .filter(|o| budget(o).is_some_and(|u| u > 1.0))
            .count();
        charts.push(chart(
            if overdrawn == 0 {
                "No error budget is overdrawn".to_owned()
            } else {
                format!(
                    "{} of {} error budgets are overdrawn",
                    overdrawn,
                    with_budget.len()
                )
            },
            "Bars: used part of the error budget of each promise. The line at 100 % is the whole budget.",
            6,
            "Used part of the error budget",
            &budget,
        ));
    }
    charts
}

fn top_breaches(findings: &Findings, together: &SlaReport) -> Table {
    let mut breaches: Vec<_> = together.breaches.iter().collect();
    breaches.sort_by(|a, b| {
        b.budget_share
            .unwrap_or(0.0)
            .total_cmp(&a.budget_share.unwrap_or(0.0))
            .then(b.secs.cmp(&a.secs))
            .then(a.start.cmp(&b.start))
    });
    let rows = breaches
        .iter()
        .take(3)
        .map(|b| {
            vec![
                Cell::text(&b.objective),
                Cell::Time(b.start),
                Cell::text(units::duration(units::Micros::from_secs(b.secs))),
                Cell::text(&b.worst_text),
            ]
        })
        .collect();
    let empty = if findings.slas.is_empty() {
        "No promises have been set."
    } else {
        "There was no breach in this period."
    };
    Table {
        id: "top_breaches".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Began", 4),
            Column::number("Lasted", 3),
            Column::number("Worst", 2),
        ],
        rows,
        empty: empty.to_owned(),
        ..Table::default()
    }
}

/// Forecasts with a crossing, soonest first.
pub fn by_urgency(findings: &Findings) -> Vec<(&ForecastFinding, &CapacityCrossing)> {
    let mut list: Vec<_> = findings
        .forecasts
        .iter()
        .filter_map(|f| Some((f, f.forecast.as_ref()?.capacity.as_ref()?)))
        .collect();
    let key = |c: &CapacityCrossing| {
        let at = |t: Option<Instant>| t.map_or(i64::MAX, |t| t.0);
        (
            !c.already_over,
            at(c.crossing.p50),
            at(c.crossing.p10),
            at(c.order_by),
        )
    };
    list.sort_by_key(|(f, c)| (key(c), f.series.clone()));
    list
}

fn runs_out(findings: &Findings) -> Table {
    let rows = by_urgency(findings)
        .into_iter()
        .filter(|(_, c)| c.already_over || c.crossing.p10.is_some())
        .take(3)
        .map(|(finding, crossing)| {
            let date = |at: Option<Instant>| {
                if crossing.already_over {
                    Cell::text("over now")
                } else {
                    at.map_or_else(|| Cell::text("later"), |_| day_cell(at, &findings.zone))
                }
            };
            vec![
                Cell::text(&finding.series),
                Cell::text(&crossing.threshold_text),
                date(crossing.crossing.p10),
                date(crossing.crossing.p50),
                day_cell(crossing.order_by, &findings.zone),
            ]
        })
        .collect();
    let empty = if findings.forecasts.is_empty() {
        "No capacity limits have been set, so no dates can be given.".to_owned()
    } else if findings.forecasts.iter().all(|f| f.forecast.is_none()) {
        "No limit could be forecast; the reasons stand on the sheet Capacity.".to_owned()
    } else {
        "No limit is likely to be crossed within the horizon of the forecasts.".to_owned()
    };
    Table {
        id: "runs_out".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::number("Limit", 2),
            Column::centre("Earliest", 2),
            Column::centre("Likely", 2),
            Column::centre("Order by", 2),
        ],
        rows,
        empty,
        ..Table::default()
    }
}

/// What the numbers stand on, in one paragraph.
fn quality(findings: &Findings, together: &SlaReport) -> String {
    let mut parts = vec![format!(
        "Data: {}",
        counted(findings.sources.len() as u64, "source", "sources")
    )];
    let rows: u64 = findings.sources.iter().map(|s| s.rows).sum();
    parts.push(format!("{} read", counted(rows, "record", "records")));
    parts.push(format!(
        "{} rejected",
        counted(findings.rejected(), "record", "records")
    ));
    let lowest = together
        .objectives
        .iter()
        .filter_map(|o| Some((o.coverage?, o.name.as_str())))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((coverage, name)) = lowest {
        parts.push(format!(
            "lowest coverage {} ({name})",
            units::judged_percent(
                coverage * 100.0,
                100.0,
                units::Direction::AtLeast,
                coverage >= 1.0
            )
        ));
    }
    let excluded = together
        .objectives
        .iter()
        .filter(|o| o.excluded.is_some_and(|e| e > 0.0))
        .count();
    if excluded > 0 {
        parts.push(format!(
            "{} with exclusions",
            counted(excluded as u64, "promise", "promises")
        ));
    }
    let assumed = together
        .objectives
        .iter()
        .filter(|o| !o.assumed.is_empty())
        .count();
    if assumed > 0 {
        parts.push(format!(
            "{} on assumptions",
            counted(assumed as u64, "promise rests", "promises rest")
        ));
    }
    if !together.conflicts.is_empty() {
        parts.push(counted(
            together.conflicts.len() as u64,
            "conflict between rules",
            "conflicts between rules",
        ));
    }
    parts.join("  ·  ") + ". Details on the sheets Promises and Provenance."
}
