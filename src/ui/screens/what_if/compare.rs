//! Up to six scenarios side by side: promises, response times, errors, instances, cost, what is different from the first
//! in words, and where a difference comes from, part by part.

use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui};

use super::super::Cx;
use super::super::parts::{answer_ui, note_ui, problem_ui, section_ui};
use super::figures::{instances, money, share, time_text};
use super::{WhatIfView, bar, pair};
use crate::analysis::sla::Verdict;
use crate::scenario::Scenario;
use crate::ui::results::Request;
use crate::ui::simulated::Simulated;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{DataTable, Status, StatusBadge, TableColumn};
use crate::units;

/// Most scenarios that stand side by side.
const MOST: usize = 6;
/// Differences below this share are none.
const SAME: f64 = 0.005;

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
    /// How it differs from the first; the first itself does not.
    against: Option<String>,
}

impl Row<'_> {
    fn figure(&self, of: impl Fn(&Simulated) -> String) -> String {
        self.found.as_ref().map_or_else(
            || if self.error.is_some() { "–" } else { "…" }.to_owned(),
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
    let base_found = base.and_then(|s| state.results.simulated(&s.name).value.clone());
    let rows: Vec<Row<'_>> = scenarios
        .iter()
        .map(|scenario| {
            let slot = state.results.simulated(&scenario.name);
            let against = match (&base_found, &slot.value) {
                (Some(first), Some(found)) if Some(*scenario) != base => {
                    Some(difference(first, found, &scenario.cost.currency))
                }
                _ => None,
            };
            Row {
                scenario,
                title: bar::title(doc.committed.as_deref(), &scenario.name),
                found: slot.value.clone(),
                error: slot.error.clone(),
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
                if let Some(error) = &row.error {
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
    match (kept.len(), cheapest) {
        (0, _) if done.iter().all(|(_, f)| f.promises.is_empty()) => {
            "No promise judges these scenarios; their figures stand side by side.".to_owned()
        }
        (0, _) => "None of these scenarios keeps every promise.".to_owned(),
        (_, Some((row, found))) if kept.len() > 1 => format!(
            "{of} scenarios keep every promise; {} does it for the least, {} a month.",
            row.scenario.name,
            money(cost(found), &row.scenario.cost.currency)
        ),
        (1, _) => kept.first().map_or_else(String::new, |(row, _)| {
            format!("Only {} keeps every promise.", row.scenario.name)
        }),
        _ => format!("{of} scenarios keep every promise."),
    }
}

/// How one run differs from another, in words.
fn difference(base: &Simulated, other: &Simulated, currency: &str) -> String {
    let (a, b) = (&base.outcome.summary, &other.outcome.summary);
    let differs = |x: f64, y: f64| (x - y).abs() > SAME * x.abs().max(y.abs());
    let more = |up: bool| if up { "more" } else { "less" };
    let mut parts = Vec::new();
    let (x, y) = (a.p95.value, b.p95.value);
    if differs(x, y) {
        let by = units::millis((x - y).abs() * 1_000.0);
        parts.push(format!(
            "P95 {by} {}",
            if y > x { "higher" } else { "lower" }
        ));
    }
    let (x, y) = (a.error_rate.value, b.error_rate.value);
    if (x - y).abs() > 0.000_5 {
        let by = units::number((x - y).abs() * 100.0);
        parts.push(format!("{by} points {} failing", more(y > x)));
    }
    if a.instances_max != b.instances_max {
        let by = a.instances_max.abs_diff(b.instances_max);
        let word = if b.instances_max > a.instances_max {
            "more"
        } else {
            "fewer"
        };
        let things = if by == 1 { "instance" } else { "instances" };
        parts.push(format!("{by} {word} {things} at the peak"));
    }
    let (x, y) = (a.cost_per_month, b.cost_per_month);
    if differs(x, y) {
        let by = money((x - y).abs(), currency);
        parts.push(format!("{by} a month {}", more(y > x)));
    }
    let (x, y) = (base.broken().count(), other.broken().count());
    if x != y {
        let by = x.abs_diff(y);
        let word = if y > x { "more" } else { "fewer" };
        let things = if by == 1 { "promise" } else { "promises" };
        parts.push(format!("{by} {word} {things} broken"));
    }
    if parts.is_empty() {
        "no difference".to_owned()
    } else {
        parts.join(", ")
    }
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
        let at = row
            .found
            .as_ref()
            .map_or(1, |f| Arc::as_ptr(f).addr() as u64);
        all.rotate_left(9) ^ at
    });
    let table = DataTable::new("what-if-compare", rows)
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
                        (Verdict::Met, _) => "all hold".to_owned(),
                        (Verdict::Breached, n) => format!("{n} of {} broken", found.promises.len()),
                        (verdict, _) => verdict.word().to_owned(),
                    };
                    StatusBadge::new(Status::from(found.verdict()), &word).show(ui);
                }
            })
            .width(116.0),
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
            TableColumn::text("Instances", |r: &Row<'_>| {
                r.figure(|f| {
                    let words = instances(&f.outcome.summary);
                    words
                        .trim_end_matches('s')
                        .trim_end_matches(" instance")
                        .to_owned()
                })
            })
            .sorted_by(|r| r.value(|f| f64::from(f.outcome.summary.instances_max)))
            .right()
            .width(84.0),
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
    use super::*;
    use crate::scenario::Outcome;
    use crate::scenario::outcome::Summary;
    use crate::ui::simulated::Promise;

    fn found(p95: f64, instances: u32, cost: f64, verdict: Verdict) -> Simulated {
        Simulated {
            outcome: Outcome {
                summary: Summary {
                    p95: p95.into(),
                    instances_min: 1,
                    instances_max: instances,
                    cost_per_month: cost,
                    ..Summary::default()
                },
                ..Outcome::default()
            },
            promises: vec![Promise {
                name: "P95".to_owned(),
                verdict,
                achieved: String::new(),
                target: String::new(),
                limit_secs: None,
                minutes_below: None,
                budget_left: None,
                reason: None,
                how_often: None,
            }],
            ..Simulated::default()
        }
    }

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
            against: None,
        }
    }

    #[test]
    fn differences_are_said_in_words() {
        use Verdict::{Breached, Met};
        let base = found(0.3, 12, 1_240.0, Breached);
        let other = found(0.12, 13, 1_400.0, Met);
        assert_eq!(
            difference(&base, &other, "USD"),
            "P95 180 ms lower, 1 more instance at the peak, 160 USD a month more, 1 fewer promise broken"
        );
        assert_eq!(difference(&base, &base, "USD"), "no difference");
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
