//! Overview: are we fine? The verdict in a sentence, the objectives, what runs out first, what changed, and the notes that go into the report.

use eframe::egui::{self, TextEdit, Ui, vec2};

use super::Cx;
use super::parts::{
    Draft, answer_ui, evidence, icon_button_ui, no_data_ui, note_ui, problem_ui, section_ui,
    slot_ui,
};
use crate::analysis::forecast::Forecast;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::project::CapacityLimit;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::{ForecastsOutcome, Request, SlaOutcome};
use crate::ui::state::Screen;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{BudgetBar, DataTable, Sparkline, StatusBadge, TableColumn, budget_bar};
use crate::units;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct OverviewView {
    notes: Draft,
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Overview,
        "Here stands whether the promises of the month were kept, what runs out first, and what changed. \
         Import load tests, metrics or outages to begin",
    ) {
        return;
    }
    cx.request(Request::Sla);
    cx.request(Request::Forecasts);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            head_ui(ui, cx);
            objectives_ui(ui, cx);
            ui.add_space(space::M);
            let width = ui.available_width();
            if width >= 640.0 {
                ui.columns_const(|[left, right]| {
                    runs_out_ui(left, cx);
                    changes_ui(right, cx);
                });
            } else {
                runs_out_ui(ui, cx);
                ui.add_space(space::M);
                changes_ui(ui, cx);
            }
            ui.add_space(space::M);
            super::advice::show_ui(ui, cx);
            notes_ui(ui, cx);
        });
}

fn head_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let slot = &state.results.sla;
    let sentence = match &slot.value {
        _ if state.doc.slas.is_empty() => "No promises have been written down yet.".to_owned(),
        Some(outcome) => outcome.report.sentence(&state.period.title()),
        None => format!("Judging {}…", state.period.title()),
    };
    let n = state.sources().count();
    let sources = if n == 1 {
        "1 source".to_owned()
    } else {
        format!("{n} sources")
    };
    let open = slot.value.as_ref().map(|o| &o.report.period);
    let open = open.filter(|period| period.open).map(|period| {
        let at = period.as_of.format(&state.zone, "%-d %B %Y %H:%M");
        format!(" (open, as of {at})")
    });
    let stands_on = format!(
        "{}{}, {}, from {sources}",
        state.period.title(),
        open.unwrap_or_default(),
        state.zone.name()
    );
    ui.horizontal_top(|ui| {
        let room = (ui.available_width() - 190.0).max(200.0);
        ui.allocate_ui(vec2(room, 0.0), |ui| {
            ui.set_width(room);
            ui.vertical(|ui| answer_ui(ui, &sentence, &stands_on));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            cx.button(ui, Command::MakeReport);
        });
    });
}

fn objectives_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    if state.doc.slas.is_empty() {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label("Write the promises you made (availability, latency, error rate, throughput), and this table says which of them were kept.");
            if icon_button_ui(ui, true, icons::EDIT, "Write promises").clicked() {
                cx.view.sla.open_editor();
                cx.send(Command::Go(Screen::Sla));
            }
        });
        return;
    }
    let mut opened = None;
    slot_ui(
        ui,
        &state.results.sla,
        "Judging promises…",
        |ui, outcome| {
            for (name, why) in &outcome.problems {
                problem_ui(ui, &format!("{name} could not be judged: {why}"));
            }
            super::closing::closed_ui(ui, state, &outcome.report);
            opened = table_ui(ui, &outcome.report, state.data_revision);
        },
    );
    if let Some(index) = opened {
        cx.view.sla.select(index);
        cx.send(Command::Go(Screen::Sla));
    }
}

/// The table of objectives; the index of the one that was clicked.
fn table_ui(ui: &mut Ui, report: &SlaReport, version: u64) -> Option<usize> {
    let room = ui.available_width();
    let wide = room > 700.0;
    let figure = (room * 0.14).clamp(96.0, 190.0);
    // "150 ms to 200 ms, 29 of 31 held" fits where there is room for it.
    let achieved = if room > 1_000.0 {
        (room * 0.23).min(280.0)
    } else {
        figure
    };
    let mut table = DataTable::new("overview-objectives", &report.objectives)
        .version(version)
        .row_height(32.0)
        .column(
            TableColumn::text("Objective", |o: &ObjectiveResult| o.name.clone())
                .strong()
                .rest()
                .width(130.0)
                .on_hover(|o| format!("{}\n{}", o.scope, o.rule)),
        )
        .column(
            TableColumn::text("Target", |o: &ObjectiveResult| target_text(o))
                .sorted_by(|o| o.target)
                .right()
                .width(figure),
        )
        .column(
            TableColumn::text("Achieved", |o: &ObjectiveResult| achieved_text(o))
                .sorted_by(|o| o.achieved)
                .right()
                .width(achieved)
                .on_hover(|o| format!("{}\n{} from {}", achieved_text(o), evidence(o), o.source)),
        )
        .column(
            TableColumn::text("Budget left", |o: &ObjectiveResult| {
                o.budget
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), budget_bar::left_text)
            })
            .sorted_by(|o| o.budget.as_ref().map(|b| b.remaining_percent))
            .painted(|ui, o| match &o.budget {
                Some(budget) => {
                    BudgetBar::new(budget).show(ui);
                }
                None => {
                    ui.add(egui::Label::new(theme::muted(ui, "–")).selectable(false));
                }
            })
            .width(118.0),
        );
    if wide {
        table = table.column(
            TableColumn::text("13 months", |o: &ObjectiveResult| {
                Sparkline::new(&o.history, &o.unit, o.direction).sentence()
            })
            .sorted_by(|o| {
                let broken = o.history.iter().filter(|p| p.verdict == Verdict::Breached);
                Some(broken.count() as f64)
            })
            .painted(|ui, o| {
                Sparkline::new(&o.history, &o.unit, o.direction).show(ui);
            })
            .width(112.0),
        );
    }
    table
        .column(
            TableColumn::text("Status", |o: &ObjectiveResult| o.verdict.word().to_owned())
                .sorted_by(|o| Some(f64::from(o.verdict as u8)))
                .painted(|ui, o| {
                    let badge = StatusBadge::verdict(o.verdict).show(ui);
                    if let Some(reason) = &o.reason {
                        badge.on_hover_text(reason);
                    }
                })
                .width(112.0),
        )
        .show(ui)
        .clicked
}

/// The target as it was written, spaced; or as a number.
pub(super) fn target_text(objective: &ObjectiveResult) -> String {
    if objective.target_text.is_empty() {
        objective
            .target
            .map_or_else(|| "–".to_owned(), |t| units::with_unit(t, &objective.unit))
    } else {
        units::target(&objective.target_text)
    }
}

/// The value reached, as it was judged.
pub(super) fn achieved_text(objective: &ObjectiveResult) -> String {
    if objective.achieved_text.is_empty() {
        objective
            .achieved
            .map_or_else(|| "–".to_owned(), |v| value_text(v, &objective.unit))
    } else {
        objective.achieved_text.clone()
    }
}

fn runs_out_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    section_ui(ui, "What runs out first");
    let state = cx.state;
    if state.doc.limits.is_empty() {
        note_ui(
            ui,
            "No limits are set. A limit on a series (a full disk, 80 % CPU) tells when it is reached",
        );
        let button = |ui: &mut Ui| icon_button_ui(ui, true, icons::TARGET, "Set a limit");
        if ui.horizontal(button).inner.clicked() {
            cx.send(Command::Go(Screen::Forecast));
        }
        return;
    }
    let mut opened = None;
    slot_ui(
        ui,
        &state.results.forecasts,
        "Forecasting…",
        |ui, outcome| {
            for (limit, forecast) in soonest(outcome) {
                match forecast {
                    Ok(forecast) => {
                        if forecast_line_ui(ui, forecast, cx) {
                            opened = Some(limit.series.clone());
                        }
                    }
                    Err(why) => note_ui(ui, &format!("{}: {why}", limit.series)),
                }
            }
        },
    );
    if let Some(series) = opened {
        cx.view.forecast.pick(series);
        cx.send(Command::Go(Screen::Forecast));
    }
}

/// Forecasts by the date their limit is reached: over already, soonest, later, never, and those that failed.
pub(super) fn soonest(
    outcome: &ForecastsOutcome,
) -> Vec<(&CapacityLimit, Result<&Forecast, &String>)> {
    let rank = |forecast: &Result<Forecast, String>| match forecast {
        Ok(f) => match &f.capacity {
            Some(c) if c.already_over => (0, 0.0),
            Some(c) => match (c.crossing.p50, c.crossing.p10) {
                (Some(at), _) => (1, at.as_secs()),
                (None, Some(at)) => (2, at.as_secs()),
                (None, None) => (3, -c.probability_within_horizon),
            },
            None => (4, 0.0),
        },
        Err(_) => (5, 0.0),
    };
    let mut list: Vec<_> = outcome.forecasts.iter().collect();
    list.sort_by(|(_, a), (_, b)| {
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    list.into_iter().map(|(l, f)| (l, f.as_ref())).collect()
}

/// One forecast; true when it was clicked.
fn forecast_line_ui(ui: &mut Ui, forecast: &Forecast, cx: &Cx<'_>) -> bool {
    let tokens = Tokens::of(ui);
    let zone = &cx.state.zone;
    let capacity = forecast.capacity.as_ref();
    let soon =
        capacity.is_some_and(|c| c.already_over || c.order_by.is_some_and(|by| by <= cx.state.now));
    let (icon, color) = if soon {
        (icons::WARNING, tokens.caution)
    } else {
        (icons::FORECAST, tokens.muted)
    };
    let mut clicked = false;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(theme::icon(icon).color(color));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let sentence = format!("{}.", forecast.sentence(zone));
            clicked = ui
                .add(
                    egui::Label::new(sentence)
                        .wrap()
                        .sense(egui::Sense::click()),
                )
                .on_hover_cursor(egui::CursorIcon::PointingHand)
                .clicked();
        });
    });
    clicked
}

/// What one objective did between the period before and this one.
struct Change<'a> {
    objective: &'a ObjectiveResult,
    before: Verdict,
    was: Option<f64>,
}

fn changes(outcome: &SlaOutcome) -> Vec<Change<'_>> {
    let mut list: Vec<Change<'_>> = outcome
        .report
        .objectives
        .iter()
        .filter_map(|objective| {
            let index = objective.history.len().checked_sub(2)?;
            let before = objective.history.get(index)?;
            Some(Change {
                objective,
                before: before.verdict,
                was: before.achieved,
            })
        })
        .filter(|c| c.before != c.objective.verdict || c.was != c.objective.achieved)
        .collect();
    // Verdicts that changed come first, then the order of the file.
    list.sort_by_key(|c| c.before == c.objective.verdict);
    list
}

fn changes_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let before = state.period.step(-1).title();
    section_ui(ui, &format!("What changed since {before}"));
    slot_ui(ui, &state.results.sla, "", |ui, outcome| {
        let list = changes(outcome);
        if list.is_empty() {
            note_ui(ui, &format!("Nothing, or nothing is known about {before}"));
        }
        for change in list {
            change_ui(ui, &change);
        }
    });
}

fn change_ui(ui: &mut Ui, change: &Change<'_>) {
    let tokens = Tokens::of(ui);
    let objective = change.objective;
    let turned = change.before != objective.verdict;
    let color = if turned {
        tokens.verdict(objective.verdict)
    } else {
        tokens.muted
    };
    let icon = match (change.was, objective.achieved) {
        (Some(was), Some(is)) if is > was => icons::ARROW_UP,
        (Some(was), Some(is)) if is < was => icons::ARROW_DOWN,
        _ => icons::EQUAL,
    };
    let was = change
        .was
        .map_or_else(|| "no data".to_owned(), |v| value_text(v, &objective.unit));
    let mut text = format!("{}: {was} to {}", objective.name, achieved_text(objective));
    if turned {
        text.push_str(&format!(
            "; {}, was {}",
            objective.verdict.word(),
            change.before.word()
        ));
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(theme::icon(icon).color(color));
        ui.add(egui::Label::new(text).wrap());
    });
}

/// A value of an objective; percentages keep two decimals, because there the second nine counts.
pub(super) fn value_text(value: f64, unit: &str) -> String {
    if unit == "%" {
        format!("{} %", units::grouped(value, 2))
    } else {
        units::with_unit(value, unit)
    }
}

fn notes_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let period = cx.state.period;
    let key = period.to_string();
    section_ui(ui, &format!("Notes for the report of {}", period.title()));
    let empty = String::new();
    let text = cx.state.doc.notes.get(&key).unwrap_or(&empty);
    let draft = &mut cx.view.overview.notes;
    draft.follow(&key, text);
    let field = ui.add_enabled(
        !cx.state.read_only(),
        TextEdit::multiline(&mut draft.text)
            .desired_rows(3)
            .desired_width(f32::INFINITY)
            .hint_text(
                "What a reader should know about this period: incidents, causes, what was done",
            ),
    );
    if let Some(text) = draft.due(ui, &field) {
        cx.edit(format!("edit notes for {}", period.title()), move |doc| {
            if text.trim().is_empty() {
                doc.notes.remove(&key);
            } else {
                doc.notes.insert(key.clone(), text.clone());
            }
        });
    }
}
