//! The committed plan beside doing nothing: what each does to the promises, and what it costs in a month and in twelve.

use super::figures::counted;
use crate::analysis::sla::Verdict;
use crate::report::committed::{Choice, CommittedFinding, PlanOption};
use crate::report::findings::Findings;
use crate::report::input::Input;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// The plan, where there is one, in a sentence.
pub fn sentence(findings: &Findings) -> Option<String> {
    let plan = findings.committed.as_ref()?;
    let run = |choice: Choice| plan.options.iter().find(|o| o.choice == choice);
    let chosen = run(Choice::Plan)?;
    let holds = if chosen.run.holds() {
        "keeps every promise that a simulation can judge"
    } else {
        "does not keep every promise"
    };
    let beside = run(Choice::Nothing).map_or_else(String::new, |nothing| {
        let broken = nothing.run.broken().len();
        if broken == 0 {
            "; today's system would carry the same load with its promises kept".to_owned()
        } else {
            format!(
                "; doing nothing breaks {}",
                counted(broken as u64, "promise", "promises")
            )
        }
    });
    Some(format!("The plan “{}” {holds}{beside}.", plan.name))
}

/// Adds the tables of the plan.
pub fn add(sheet: &mut Sheet, findings: &Findings) {
    let Some(plan) = &findings.committed else {
        return;
    };
    if let Some(reason) = &plan.refused {
        sheet.add(Content::Remark(format!(
            "The plan “{}” could not be simulated: {reason}.",
            plan.name
        )));
        return;
    }
    if plan.options.len() > 1 {
        sheet.add_table(price());
    }
    sheet.add_table(options(plan));
    let mut words = vec![
        "Simulated, not measured: each row is one run of a scenario of this project, judged by the promises of this report. A month has 730 hours at the rate of the run.".to_owned(),
    ];
    if plan.today.is_empty() {
        words.push("Keep a scenario of today's system beside the plan, and the cost of doing nothing stands here too.".to_owned());
    } else {
        words.push(format!(
            "“Do nothing” is the system of the scenario “{}” under the load of the plan.",
            plan.today
        ));
    }
    words.extend(plan.assumptions.iter().cloned());
    sheet.add(Content::Remark(words.join(" ")));
}

fn price() -> Table {
    Table {
        id: "plan_inputs".to_owned(),
        title: "The cost of doing nothing".to_owned(),
        columns: vec![
            Column::text("Input", 1),
            Column::text("For", 1),
            Column::number("Value", 1),
            Column::text("Meaning", 4),
        ],
        rows: vec![vec![
            Cell::text("Cost of 1,000 failed requests"),
            Cell::text("the plan"),
            Cell::Input(Box::new(Input {
                name: "cost_of_failed_requests".to_owned(),
                value: None,
                format: NumberFormat::plain(2),
                low: 0.0,
                high: 1e9,
                prompt: "What a thousand requests without a good answer cost: lost sales, support, penalties.".to_owned(),
            })),
            Cell::text("money for a thousand requests without a good answer"),
        ]],
        ..Table::default()
    }
}

fn options(plan: &CommittedFinding) -> Table {
    let currency = &plan.currency;
    let priced = plan.options.len() > 1;
    Table {
        id: "plan".to_owned(),
        title: format!("The plan “{}” and what it is weighed against", plan.name),
        columns: vec![
            Column::text("Option", 1),
            Column::text("Promises", 1),
            Column::number("Requests a second", 1),
            Column::number("P95 ms", 1),
            Column::number("Errors", 1),
            Column::number("Instances at most", 1),
            Column::number(format!("{currency} a month"), 1),
            Column::number("Failed requests a month", 1),
            Column::number("Cost of these", 1),
            Column::number("Cost in 12 months", 1),
            Column::text("Broken promises", 3),
        ],
        rows: plan.options.iter().map(|o| row(o, priced)).collect(),
        ..Table::default()
    }
}

fn row(option: &PlanOption, priced: bool) -> Vec<Cell> {
    let run = &option.run;
    let failed = option.failed_per_month.round();
    let formula = |text: &str, result: Cell| Cell::Formula(text.to_owned(), Box::new(result));
    let lost = if priced {
        formula(
            "IF({7}=0,0,IF(ISNUMBER(cost_of_failed_requests),{7}/1000*cost_of_failed_requests,\"enter a cost\"))",
            if failed > 0.0 {
                Cell::text("enter a cost")
            } else {
                Cell::number(0.0, 2)
            },
        )
    } else {
        Cell::Empty
    };
    let year = if priced {
        formula(
            "IF(ISNUMBER({8}),12*({6}+{8}),\"inputs missing\")",
            if failed > 0.0 {
                Cell::text("inputs missing")
            } else {
                Cell::number(12.0 * run.cost_per_month, 2)
            },
        )
    } else {
        formula("12*{6}", Cell::number(12.0 * run.cost_per_month, 2))
    };
    let broken: Vec<String> = run.broken().iter().map(|p| p.name.clone()).collect();
    let verdict = if run.promises.iter().all(|p| p.verdict == Verdict::NoData) {
        Verdict::NoData
    } else if run.promises.iter().any(|p| p.verdict == Verdict::Breached) {
        Verdict::Breached
    } else if broken.is_empty() {
        Verdict::Met
    } else {
        Verdict::NotProven
    };
    vec![
        Cell::text(match option.choice {
            Choice::Today => "Today",
            Choice::Nothing => "Do nothing",
            Choice::Plan => "The plan",
        }),
        Cell::Verdict(verdict),
        Cell::number(run.offered_per_sec, 1),
        Cell::number(run.p95 * 1e3, 3),
        Cell::share(run.error_rate, 4),
        Cell::count(u64::from(run.instances_max)),
        Cell::number(run.cost_per_month, 2),
        Cell::number(failed, 0),
        lost,
        year,
        Cell::text(broken.join(", ")),
    ]
}
