//! Change points and outliers as switches: marked in the chart where a click turns them off and on, and listed below
//! for those who do not use the pointer. Every switch is one step of undo.

use eframe::egui::{self, Ui};

use super::Cx;
use super::parts::{date, note_ui, section_ui};
use crate::analysis::forecast::Forecast;
use crate::analysis::forecast::plan::{ForecastPlan, Ignored, Seen};
use crate::calendar::{Instant, Zone};
use crate::project::ProjectDoc;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::PlotSpan;
use crate::units::Micros;

/// Outliers listed one by one; more are only in the chart.
const LISTED: usize = 12;
/// The name of a step that was left out by its switch.
const OUTLIER: &str = "outlier";

/// Something that was found, and whether it counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// Level or trend changed here.
    Change(Instant, Seen),
    /// A step far outside the pattern; whether it takes part.
    Outlier(Ignored, bool),
    /// Another stretch that is left out.
    LeftOut(Ignored),
}

/// Everything that was found or struck, in order of time.
pub(super) fn marks(forecast: &Forecast, plan: &ForecastPlan) -> Vec<Mark> {
    let mut changes: Vec<Instant> = forecast.changepoints.clone();
    changes.extend(&plan.struck);
    changes.extend(plan.start_after);
    changes.sort_unstable();
    changes.dedup();
    let step = Micros((forecast.step_secs * 1e6) as i64);
    let outliers = forecast.outliers.iter().map(|at| Ignored {
        start: *at,
        end: at.plus(step),
        name: OUTLIER.to_owned(),
    });
    changes
        .into_iter()
        .map(|at| Mark::Change(at, plan.seen(at)))
        .chain(
            outliers
                .filter(|o| plan.ignored.iter().all(|i| i.start != o.start))
                .map(|o| Mark::Outlier(o, true)),
        )
        .chain(plan.ignored.iter().map(|i| {
            if i.name == OUTLIER {
                Mark::Outlier(i.clone(), false)
            } else {
                Mark::LeftOut(i.clone())
            }
        }))
        .collect()
}

impl Mark {
    fn what(&self, zone: &Zone) -> String {
        match self {
            Self::Change(at, _) => format!("Level or trend changed on {}", date(*at, zone)),
            Self::Outlier(step, _) => {
                format!(
                    "Outlier of {}",
                    step.start
                        .format(zone, "%-d %b %Y %H:%M")
                        .replace(" 00:00", "")
                )
            }
            Self::LeftOut(stretch) => {
                let name = if stretch.name.is_empty() {
                    "Left out"
                } else {
                    &stretch.name
                };
                format!("{name}, from {}", date(stretch.start, zone))
            }
        }
    }

    /// In the chart.
    pub(super) fn span(&self, zone: &Zone, tokens: &Tokens) -> PlotSpan {
        let (from, to) = match self {
            Self::Change(at, _) => (*at, *at),
            Self::Outlier(step, _) | Self::LeftOut(step) => (step.start, step.end),
        };
        let (state, color) = match self {
            Self::Change(_, Seen::Counts) => ("counts; click to ignore it", tokens.accent),
            Self::Change(_, Seen::Struck) => ("ignored; click to count it", tokens.muted),
            Self::Change(_, Seen::Begins) => ("the fit begins here; click to undo", tokens.accent),
            Self::Outlier(_, true) => ("weighted down; click to leave it out", tokens.caution),
            Self::Outlier(_, false) | Self::LeftOut(_) => {
                ("left out; click to count it", tokens.muted)
            }
        };
        PlotSpan {
            name: format!("{}: {state}", self.what(zone)),
            from: from.as_secs(),
            to: to.as_secs(),
            color,
        }
    }

    /// Turns it over in the document.
    fn toggle(&self, doc: &mut ProjectDoc, series: &str) {
        let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, series) else {
            return;
        };
        match self {
            Self::Change(at, Seen::Counts) => plan.struck.push(*at),
            Self::Change(at, Seen::Struck) => plan.struck.retain(|s| s != at),
            Self::Change(..) => plan.start_after = None,
            Self::Outlier(step, true) => plan.ignored.push(step.clone()),
            Self::Outlier(step, false) | Self::LeftOut(step) => {
                plan.ignored.retain(|i| i != step);
            }
        }
        doc.forecast_plans.retain(|p| !p.is_empty());
    }

    fn deed(&self, zone: &Zone) -> String {
        let verb = match self {
            Self::Change(_, Seen::Counts) => "ignore",
            Self::Change(_, Seen::Begins) => "do not begin the fit at",
            Self::Outlier(_, true) => "leave out",
            _ => "count",
        };
        let what = match self {
            Self::Change(at, _) => format!("the change of {}", date(*at, zone)),
            Self::Outlier(step, _) => format!("the outlier of {}", date(step.start, zone)),
            Self::LeftOut(stretch) => format!("the stretch from {}", date(stretch.start, zone)),
        };
        format!("{verb} {what}")
    }
}

/// Turns a mark over as one edit.
pub(super) fn toggle(cx: &mut Cx<'_>, series: &str, mark: &Mark) {
    if cx.state.read_only() {
        return;
    }
    let (series, mark) = (series.to_owned(), mark.clone());
    cx.edit(mark.deed(&cx.state.zone), move |doc| {
        mark.toggle(doc, &series);
    });
}

/// The list of switches.
pub(super) fn switches_ui(ui: &mut Ui, cx: &mut Cx<'_>, series: &str, marks: &[Mark]) {
    let found: Vec<&Mark> = marks
        .iter()
        .filter(|m| !matches!(m, Mark::LeftOut(_)))
        .collect();
    if found.is_empty() {
        return;
    }
    section_ui(ui, "What was found in the past");
    note_ui(
        ui,
        "Ticked things count as they were found; the forecast follows each switch, here or by a click on its mark in the chart",
    );
    let writable = !cx.state.read_only();
    let zone = cx.state.zone.clone();
    let changes = found.iter().filter(|m| matches!(m, Mark::Change(..)));
    let outliers = found.iter().filter(|m| matches!(m, Mark::Outlier(..)));
    let hidden = outliers.clone().count().saturating_sub(LISTED);
    for mark in changes.chain(outliers.take(LISTED)) {
        ui.horizontal_wrapped(|ui| {
            let mut counts = match mark {
                Mark::Change(_, seen) => *seen != Seen::Struck,
                Mark::Outlier(_, counts) => *counts,
                Mark::LeftOut(_) => false,
            };
            let tick = egui::Checkbox::new(&mut counts, mark.what(&zone));
            if ui.add_enabled(writable, tick).changed() {
                toggle(cx, series, mark);
            }
            if let Mark::Change(at, seen) = mark {
                begin_ui(ui, cx, series, *at, *seen);
            }
        });
    }
    if hidden > 0 {
        note_ui(
            ui,
            &format!("and {hidden} more outliers, marked in the chart"),
        );
    }
    ui.add_space(space::S);
}

fn begin_ui(ui: &mut Ui, cx: &mut Cx<'_>, series: &str, at: Instant, seen: Seen) {
    let writable = !cx.state.read_only();
    let begins = seen == Seen::Begins;
    let word = if begins {
        "Use what is older again"
    } else {
        "Begin the fit here"
    };
    let button = ui.add_enabled(writable, egui::Button::new(word).small());
    let name = format!("{word}: {}", date(at, &cx.state.zone));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, writable, &name));
    if button.clicked() {
        let series = series.to_owned();
        let verb = if begins {
            "do not begin the fit on"
        } else {
            "begin the fit on"
        };
        cx.edit(format!("{verb} {}", date(at, &cx.state.zone)), move |doc| {
            if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, &series) {
                plan.start_after = (!begins).then_some(at);
                plan.struck.retain(|s| *s != at);
            }
            doc.forecast_plans.retain(|p| !p.is_empty());
        });
    }
}
