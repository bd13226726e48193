//! What to do: recommendations with their evidence, the resources that they rest on, and the rules.

use super::figures::counted;
use crate::analysis::sla::SlaReport;
use crate::analysis::story::recommend::RULES;
use crate::analysis::story::{Bottleneck, Recommendation, bottleneck, themes};
use crate::report::findings::Findings;
use crate::report::model::{Block, Cell, Column, Content, NumberFormat, Sheet, Table};

/// Recommendations on the summary.
const TOP: usize = 3;

/// The sheet.
pub fn sheet(findings: &Findings) -> Sheet {
    let list = &findings.story.recommendations;
    let lead = match list.len() {
        0 => "Nothing to recommend: no rule found its evidence.".to_owned(),
        n => format!(
            "{}, most urgent first. Each rests on the evidence beside it; the rules stand below.",
            counted(n as u64, "recommendation", "recommendations")
        ),
    };
    let mut sheet = Sheet::new(
        "Recommendations",
        lead,
        vec![
            18.0, 10.0, 34.0, 40.0, 32.0, 24.0, 14.0, 9.0, 9.0, 9.0, 11.0,
        ],
    );
    sheet.add_table(Table {
        id: "recommendations".to_owned(),
        columns: vec![
            Column::text("Horizon", 1),
            Column::centre("Priority", 1),
            Column::text("Decision", 1),
            Column::text("Evidence", 1),
            Column::text("Benefit", 1),
            Column::text("Confidence", 1),
            Column::text("Rule", 1),
        ],
        rows: list
            .iter()
            .map(|r| {
                vec![
                    Cell::text(r.term.words()),
                    Cell::text(r.priority.word()),
                    Cell::text(&r.decision),
                    Cell::text(&r.evidence),
                    Cell::text(&r.benefit),
                    Cell::text(&r.confidence),
                    Cell::text(&r.rule),
                ]
            })
            .collect(),
        empty: "No rule found its evidence in this period.".to_owned(),
        ..Table::default()
    });
    if !findings.story.bottlenecks.is_empty() {
        sheet.add_table(resources(&findings.story.bottlenecks));
        sheet.add(Content::Remark(bottleneck::METHOD.to_owned()));
    }
    sheet.add_table(Table {
        id: "recommendation_rules".to_owned(),
        title: "The rules".to_owned(),
        columns: vec![Column::text("Rule", 1), Column::text("When it fires", 3)],
        rows: RULES
            .iter()
            .map(|(id, when)| vec![Cell::text(*id), Cell::text(*when)])
            .collect(),
        ..Table::default()
    });
    sheet
}

fn resources(list: &[Bottleneck]) -> Table {
    let rows = list
        .iter()
        .map(|b| {
            vec![
                Cell::text(&b.load),
                Cell::text(&b.resource),
                Cell::text(&b.series),
                Cell::text(b.sentence()),
                Cell::text(if b.first {
                    "ends first"
                } else if b.saturation_per_sec.is_some() {
                    "proven, ends later"
                } else {
                    "not proven"
                }),
                Cell::Number(b.slope, NumberFormat::plain(4)),
                Cell::Number(b.slope_se, NumberFormat::plain(4)),
                Cell::number(b.r2, 2),
                Cell::count(b.n as u64),
                Cell::number(b.limit, 0),
                Cell::of(b.saturation_per_sec, |v| Cell::number(v, 0)),
            ]
        })
        .collect();
    Table {
        id: "bottlenecks".to_owned(),
        title: "Which resource ends first".to_owned(),
        columns: vec![
            Column::text("Load", 1),
            Column::text("Resource", 1),
            Column::text("Series", 1),
            Column::text("What it says", 1),
            Column::text("Finding", 1),
            Column::number("Percent points for each request/s", 1),
            Column::number("Standard error", 1),
            Column::number("R²", 1),
            Column::number("Steps", 1),
            Column::number("Limit, %", 1),
            Column::number("Reached at requests/s", 1),
        ],
        rows,
        ..Table::default()
    }
}

/// What stands on the summary: the first three, and how many breaches nobody explained. The summary has 20 grid columns.
pub fn on_summary(findings: &Findings, together: &SlaReport) -> Vec<Vec<Block>> {
    let block = |content: Content| {
        vec![Block {
            at: 0,
            span: 20,
            content,
        }]
    };
    let mut rows = Vec::new();
    if !findings.story.recommendations.is_empty() {
        rows.push(block(Content::Heading("What to do first".to_owned())));
        rows.push(block(Content::Table(Table {
            id: "do_first".to_owned(),
            columns: vec![
                Column::text("Decision", 9),
                Column::centre("Within", 2),
                Column::text("Evidence", 9),
            ],
            rows: findings
                .story
                .recommendations
                .iter()
                .take(TOP)
                .map(first)
                .collect(),
            ..Table::default()
        })));
    }
    let without = themes::without_cause(&together.breaches, &findings.decisions);
    if without > 0 {
        rows.push(block(Content::Remark(format!(
            "No cause is given for {} of {}.",
            crate::units::count(without as u64),
            counted(together.breaches.len() as u64, "breach", "breaches")
        ))));
    }
    rows
}

fn first(recommendation: &Recommendation) -> Vec<Cell> {
    vec![
        Cell::text(&recommendation.decision),
        Cell::text(format!("{} days", recommendation.term.days())),
        Cell::text(&recommendation.evidence),
    ]
}
