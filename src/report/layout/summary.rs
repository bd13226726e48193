//! The one page a manager reads: the answer, the promises, two charts, the largest breaches, what runs out first.

use super::asked::{decisions, quality};
use super::figures::{
    ON_A_PAGE, achieved_cell, budget_left, counted, day_cell, held, judged_cell, long_day, order,
    order_cell,
};
use super::used_charts::charts;
use crate::analysis::forecast::CapacityCrossing;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::{Instant, Period};
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

/// Hidden failures that are named one by one.
const FLAGS: usize = 3;

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
    period: Period,
) -> Sheet {
    let mut sheet = Sheet::new("Summary", subtitle(findings), grid());
    title.clone_into(&mut sheet.title);
    sheet.one_page = true;
    sheet.add(Content::Answer(sentence.to_owned(), findings.verdict()));
    let flags = hidden_failures(together);
    let more = flags.len().saturating_sub(FLAGS);
    for flag in flags.into_iter().take(FLAGS) {
        sheet.add(Content::Text(flag));
    }
    if more > 0 {
        sheet.add(Content::Text(format!(
            "The same holds for {}; the columns of the months show which.",
            counted(more as u64, "other promise", "other promises")
        )));
    }
    super::closing::add(&mut sheet, findings);
    sheet.add_table(promises(findings, together, period));
    let hidden = together.objectives.len().saturating_sub(ON_A_PAGE);
    if hidden > 0 {
        sheet.add(Content::Remark(format!(
            "Of {} promises these need most attention; the other {} stand on the sheet Promises.",
            together.objectives.len(),
            units::count(hidden as u64)
        )));
    }
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
    let asked = decisions(findings, together, super::has_months(period));
    if !asked.rows.is_empty() {
        sheet.add(Content::Heading("Decisions asked".to_owned()));
        sheet.add(Content::Table(asked));
    }
    sheet
        .rows
        .extend(super::recommendations::on_summary(findings, together));
    if let Some(note) = findings
        .notes
        .get(&findings.period)
        .filter(|n| !n.trim().is_empty())
    {
        sheet.add(Content::Heading("Comment".to_owned()));
        sheet.add(Content::Text(note.trim().to_owned()));
    }
    sheet.add(Content::Remark(quality(findings, together)));
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
            let fine = super::figures::figure_used(objective).is_some_and(|used| {
                used < 1.0 || (used <= 1.0 && strict_sign(objective).is_none())
            });
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

fn promises(findings: &Findings, together: &SlaReport, period: Period) -> Table {
    let trend = super::has_trend(period);
    let months = if super::has_months(period) && findings.months.len() <= 3 {
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
    ];
    if trend {
        columns.push(Column::centre("13 months", 1));
    } else {
        columns.push(Column::text("Measured from", 1));
    }
    if !trend {
        columns.push(Column::number("Samples", 4));
    } else if months.is_empty() {
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
    let rows = order(together)
        .into_iter()
        .take(ON_A_PAGE)
        .filter_map(|index| Some((index, together.objectives.get(index)?)))
        .map(|(index, objective)| {
            let mut row = vec![
                Cell::Link(objective.name.clone(), "counts".to_owned()),
                target_cell(objective),
                achieved_cell(objective),
                Cell::text(held(objective)),
                budget_left(objective),
                if trend {
                    super::trend::trend_cell(together, index)
                } else {
                    Cell::text(&objective.source)
                },
            ];
            if !trend {
                row.push(Cell::count(objective.n));
            } else if months.is_empty() {
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

/// `<` or `>` where the target itself does not keep the promise.
fn strict_sign(objective: &ObjectiveResult) -> Option<&'static str> {
    let written = objective.target_text.trim();
    let sign = ["<", ">"].into_iter().find(|s| written.starts_with(*s))?;
    (!written.get(1..)?.starts_with('=')).then_some(sign)
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
                NumberFormat {
                    sign: strict_sign(objective).unwrap_or_default().to_owned(),
                    ..NumberFormat::with_unit(decimals as usize, &objective.unit)
                },
            )
        },
    )
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
                order_cell(crossing, &findings.zone),
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
