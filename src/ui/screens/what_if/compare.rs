//! Up to six scenarios side by side: promises, response times, errors, instances, cost, what is different from the first
//! in words, and where a difference comes from, part by part.

use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui};

use super::super::Cx;
use super::super::parts::{
    answer_ui, capitalised, caution_ui, icon_button_ui, note_ui, problem_ui, section_ui,
};
use super::differences::difference;
use super::figures::{how_many, many, money, share, time_text};
use super::{WhatIfView, bar, pair};
use crate::analysis::sla::Verdict;
use crate::scenario::Scenario;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::Request;
use crate::ui::simulated::Simulated;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{DataTable, Status, StatusBadge, TableColumn};

/// Most scenarios that stand side by side.
const MOST: usize = 6;

/// What the tab remembers.
#[derive(Debug, Default)]
pub(super) struct CompareScenarios {
    /// By name, in the order they were ticked; the first is what the others are held against. `None` until somebody
    /// ticked one.
    chosen: Option<Vec<String>>,
    pair: pair::PairView,
}

impl CompareScenarios {
    /// The names that are compared now: those that are still there.
    fn names(&self, all: &[Scenario], plan: Option<&str>) -> Vec<String> {
        let Some(chosen) = &self.chosen else {
            let mut names: Vec<String> = all.iter().take(MOST).map(|s| s.name.clone()).collect();
            // What is planned is what the others are held against.
            names.sort_by_key(|name| Some(name.as_str()) != plan);
            return names;
        };
        let there = |name: &&String| all.iter().any(|s| s.name == **name);
        chosen.iter().filter(there).cloned().collect()
    }
}

/// One scenario of the table.
struct Row<'a> {
    scenario: &'a Scenario,
    title: String,
    found: Option<Arc<Simulated>>,
    error: Option<String>,
    /// Its run was cancelled, so that there are no figures for it as it stands.
    cancelled: bool,
    /// How it differs from the first; the first itself does not.
    against: Option<String>,
}

impl Row<'_> {
    fn figure(&self, of: impl Fn(&Simulated) -> String) -> String {
        self.found.as_ref().map_or_else(
            || {
                match (self.cancelled, &self.error) {
                    (true, _) => "not run",
                    (false, Some(_)) => "–",
                    (false, None) => "…",
                }
                .to_owned()
            },
            |found| of(found),
        )
    }

    fn value(&self, of: impl Fn(&Simulated) -> f64) -> Option<f64> {
        self.found.as_ref().map(|found| of(found))
    }
}

/// Shows the tab.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut WhatIfView) {
    let state = cx.state;
    let doc = &state.doc;
    let names = view.compare.names(&doc.scenarios, doc.committed.as_deref());
    let scenarios: Vec<&Scenario> = names.iter().filter_map(|n| doc.scenario(n)).collect();
    for scenario in &scenarios {
        cx.request(Request::Simulate(Arc::new((*scenario).clone())));
    }
    let base = scenarios.first().copied();
    // What an earlier state came to is not held against anything.
    let figures = |name: &str| {
        let slot = state.results.simulated(name);
        slot.value.clone().filter(|_| !slot.stale)
    };
    let base_found = base.and_then(|s| figures(&s.name));
    let rows: Vec<Row<'_>> = scenarios
        .iter()
        .map(|scenario| {
            let slot = state.results.simulated(&scenario.name);
            let found = figures(&scenario.name);
            let against = match (&base_found, &found) {
                (Some(first), Some(found)) if Some(*scenario) != base => {
                    Some(difference(first, found))
                }
                _ => None,
            };
            Row {
                scenario,
                title: bar::title(doc.committed.as_deref(), &scenario.name),
                found,
                error: slot.error.clone(),
                cancelled: slot.cancelled,
                against,
            }
        })
        .collect();
    ScrollArea::vertical()
        .id_salt("what-if-compare")
        .auto_shrink(false)
        .show(ui, |ui| {
            answer_ui(
                ui,
                &sentence(&rows),
                "Each scenario with its own promises, prices and length",
            );
            choice_ui(ui, &mut view.compare, &doc.scenarios, &names);
            ui.add_space(space::S);
            if let Some(clicked) = table_ui(ui, &rows) {
                view.pick(clicked);
            }
            for row in &rows {
                if row.cancelled {
                    cancelled_ui(ui, cx, row);
                } else if let Some(error) = &row.error {
                    problem_ui(ui, &format!("{}: {error}", row.title));
                }
            }
            ui.add_space(space::M);
            if let Some(base) = base {
                differences_ui(ui, &base.name, &rows);
                let pair = &mut view.compare.pair;
                pair::show_ui(ui, cx, pair, &mut view.asked, base, &scenarios);
            }
        });
}

/// The cheapest that keeps its promises, in words.
fn sentence(rows: &[Row<'_>]) -> String {
    let done: Vec<(&Row<'_>, &Arc<Simulated>)> = rows
        .iter()
        .filter_map(|row| Some((row, row.found.as_ref()?)))
        .collect();
    if rows.len() < 2 {
        return "Tick at least two scenarios.".to_owned();
    }
    if let Some(row) = rows.iter().find(|r| r.cancelled) {
        return format!("{} was cancelled and has no figures.", row.scenario.name);
    }
    if done.len() < rows.len() && rows.iter().all(|r| r.error.is_none()) {
        return "Simulating…".to_owned();
    }
    let kept: Vec<_> = done
        .iter()
        .filter(|(_, found)| found.verdict() == Verdict::Met)
        .collect();
    let cost = |found: &Simulated| found.outcome.summary.cost_per_month;
    let cheapest = kept
        .iter()
        .filter(|(_, found)| cost(found) > 0.0)
        .min_by(|a, b| cost(a.1).total_cmp(&cost(b.1)));
    let of = format!("{} of {}", kept.len(), rows.len());
    let every = if done.iter().all(|(_, f)| f.not_judged.is_empty()) {
        "every promise"
    } else {
        "every promise that can be judged"
    };
    match (kept.len(), cheapest) {
        (0, _) if done.iter().all(|(_, f)| f.promises.is_empty()) => {
            "No promise judges these scenarios; their figures stand side by side.".to_owned()
        }
        (0, _) => format!("None of these scenarios keeps {every}."),
        (_, Some((row, found))) if kept.len() > 1 => format!(
            "{of} scenarios keep {every}; {} does it for the least, {} a month.",
            row.scenario.name,
            money(cost(found), &row.scenario.cost.currency)
        ),
        (1, _) => kept.first().map_or_else(String::new, |(row, _)| {
            format!("Only {} keeps {every}.", row.scenario.name)
        }),
        _ => format!("{of} scenarios keep {every}."),
    }
}

/// Says that a run was cancelled, and offers it again.
fn cancelled_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row<'_>) {
    ui.horizontal_wrapped(|ui| {
        let text = format!("{}: cancelled, so that it has no figures", row.title);
        caution_ui(ui, &text);
        let again = format!("Run {} again", row.scenario.name);
        if icon_button_ui(ui, true, icons::RUN, &again).clicked() {
            let scenario = Arc::new(row.scenario.clone());
            cx.send(Command::Request(Request::Simulate(scenario)));
        }
    });
}

/// Which scenarios are compared.
fn choice_ui(ui: &mut Ui, view: &mut CompareScenarios, all: &[Scenario], names: &[String]) {
    ui.horizontal_wrapped(|ui| {
        for scenario in all {
            let mut on = names.contains(&scenario.name);
            let room = on || names.len() < MOST;
            let tick = ui.add_enabled(
                room,
                eframe::egui::Checkbox::new(&mut on, scenario.name.as_str()),
            );
            let tick = tick.on_disabled_hover_text("Six are the most; untick another one first");
            if tick.changed() {
                let mut chosen = names.to_vec();
                chosen.retain(|n| *n != scenario.name);
                if on {
                    chosen.push(scenario.name.clone());
                }
                view.chosen = Some(chosen);
            }
        }
    });
    let Some(base) = names.first() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label("Held against");
        let found = pair::pick_ui(
            ui,
            "what-if-base",
            "Scenario the others are held against",
            base,
            names,
        );
        if let Some(first) = found {
            let mut chosen = names.to_vec();
            chosen.sort_by_key(|name| *name != first);
            view.chosen = Some(chosen);
        }
    });
}

/// The table; answers with the scenario that was opened.
fn table_ui(ui: &mut Ui, rows: &[Row<'_>]) -> Option<String> {
    let version = rows.iter().fold(0_u64, |all, row| {
        let none = 1 + u64::from(row.cancelled);
        let at = row
            .found
            .as_ref()
            .map_or(none, |f| Arc::as_ptr(f).addr() as u64);
        all.rotate_left(9) ^ at
    });
    // One word in the header where all are of one kind, else one in each cell.
    let first = rows.first().map_or("instance", |r| r.scenario.unit());
    let kind = Some(first).filter(|one| rows.iter().all(|r| r.scenario.unit() == *one));
    let fleet = kind.map_or_else(
        || "At work".to_owned(),
        |one| format!("{}s", capitalised(one)),
    );
    let table = DataTable::new(("what-if-compare", kind), rows)
        .version(version)
        .column(
            TableColumn::text("Scenario", |r: &Row<'_>| r.title.clone())
                .strong()
                .rest()
                .width(150.0)
                .on_hover(|r| r.scenario.about.clone()),
        )
        .column(
            TableColumn::text("Promises", |r: &Row<'_>| {
                r.figure(|f| f.verdict().word().to_owned())
            })
            .painted(|ui, r| {
                if let Some(found) = &r.found {
                    let broken = found.broken().count();
                    let word = match (found.verdict(), broken) {
                        (Verdict::Met, _) if found.not_judged.is_empty() => "all hold".to_owned(),
                        (Verdict::Met, _) => "all judged hold".to_owned(),
                        (Verdict::Breached, n) => format!("{n} of {} broken", found.promises.len()),
                        (verdict, _) => verdict.word().to_owned(),
                    };
                    StatusBadge::new(Status::from(found.verdict()), &word).show(ui);
                }
            })
            .width(128.0),
        )
        .column(
            TableColumn::text("P95", |r: &Row<'_>| {
                r.figure(|f| time_text(f.outcome.summary.p95.value, f.budget_secs()))
            })
            .sorted_by(|r| r.value(|f| f.outcome.summary.p95.value))
            .right()
            .width(72.0),
        )
        .column(
            TableColumn::text("Failed", |r: &Row<'_>| {
                r.figure(|f| share(f.outcome.summary.error_rate.value))
            })
            .sorted_by(|r| r.value(|f| f.outcome.summary.error_rate.value))
            .right()
            .width(72.0),
        )
        .column(
            TableColumn::text(fleet, |r: &Row<'_>| {
                r.figure(|f| match kind {
                    Some(_) => how_many(&f.outcome.summary),
                    None => many(f.of.unit(), &f.outcome.summary),
                })
            })
            .sorted_by(|r| r.value(|f| f64::from(f.outcome.summary.instances_max)))
            .right()
            .width(if kind.is_some() { 118.0 } else { 160.0 })
            .on_hover(|r| r.figure(|f| many(f.of.unit(), &f.outcome.summary))),
        )
        .column(
            TableColumn::text("Cost a month", |r: &Row<'_>| {
                r.figure(|f| match f.outcome.summary.cost_per_month {
                    cost if cost > 0.0 => money(cost, &r.scenario.cost.currency),
                    _ => "no prices".to_owned(),
                })
            })
            .sorted_by(|r| r.value(|f| f.outcome.summary.cost_per_month))
            .right()
            .width(104.0),
        )
        .show(ui);
    note_ui(ui, "Double-click a scenario to open it");
    let row = table.opened.and_then(|index| rows.get(index))?;
    Some(row.scenario.name.clone())
}

/// How each differs from the first, a line each.
fn differences_ui(ui: &mut Ui, base: &str, rows: &[Row<'_>]) {
    if rows.iter().all(|row| row.against.is_none()) {
        return;
    }
    section_ui(ui, &format!("Against {base}"));
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing.x = space::S;
        for row in rows {
            if let Some(against) = &row.against {
                ui.horizontal_wrapped(|ui| {
                    ui.label(theme::strong(&row.scenario.name));
                    ui.label(against);
                });
            }
        }
    });
    ui.add_space(space::M);
}

#[cfg(test)]
mod tests {
    use super::super::differences::tests::found;
    use super::*;

    fn scenario(name: &str) -> Scenario {
        Scenario {
            name: name.to_owned(),
            ..Scenario::default()
        }
    }

    fn row(scenario: &Scenario, found: Simulated) -> Row<'_> {
        Row {
            scenario,
            title: scenario.name.clone(),
            found: Some(Arc::new(found)),
            error: None,
            cancelled: false,
            against: None,
        }
    }

    #[test]
    fn a_cancelled_run_is_named_and_compared_with_nothing() {
        let (a, b) = (scenario("as is"), scenario("bigger"));
        let mut rows = [
            row(&a, found(0.1, 4, 400.0, Verdict::Met)),
            row(&b, found(0.1, 4, 900.0, Verdict::Met)),
        ];
        rows[1].found = None;
        assert_eq!(sentence(&rows), "Simulating…");
        rows[1].cancelled = true;
        assert_eq!(sentence(&rows), "bigger was cancelled and has no figures.");
        assert_eq!(rows[1].figure(|_| String::new()), "not run");
    }

    #[test]
    fn the_cheapest_that_keeps_its_promises_is_named() {
        use Verdict::{Breached, Met};
        let (a, b, c) = (scenario("as is"), scenario("bigger"), scenario("more"));
        let rows = [
            row(&a, found(0.5, 4, 400.0, Breached)),
            row(&b, found(0.1, 4, 900.0, Met)),
            row(&c, found(0.1, 9, 800.0, Met)),
        ];
        assert_eq!(
            sentence(&rows),
            "2 of 3 scenarios keep every promise; more does it for the least, 800 USD a month."
        );
        assert_eq!(sentence(&rows[..2]), "Only bigger keeps every promise.");
        assert_eq!(sentence(&rows[..1]), "Tick at least two scenarios.");
    }

    #[test]
    fn the_plan_stands_first_until_somebody_chooses() {
        let all = [scenario("a"), scenario("b"), scenario("c")];
        let mut view = CompareScenarios::default();
        assert_eq!(view.names(&all, Some("b")), ["b", "a", "c"]);
        view.chosen = Some(vec!["c".to_owned(), "gone".to_owned(), "a".to_owned()]);
        assert_eq!(view.names(&all, Some("b")), ["c", "a"]);
    }
}
