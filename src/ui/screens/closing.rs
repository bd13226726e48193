//! Closed periods on screen: the line that says whether the period is closed, what reads differently since, and the
//! dialogs that close, restate and open it again.

use eframe::egui::{self, Grid, Id, Label, Modal, ScrollArea, Ui};

use super::Cx;
use super::parts::{caution_ui, field_ui, icon_button_ui, note_ui};
use crate::analysis::closing::ClosedView;
use crate::analysis::decisions::ClosedPeriod;
use crate::analysis::sla::{ObjectiveResult, SlaReport};
use crate::calendar::{Period, Zone};
use crate::report::Report;
use crate::report::closing::still_open;
use crate::ui::closing::ClosingDeed;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::StatusBadge;

/// Most promises that a dialog or a banner lists.
const SHOWN: usize = 8;

/// What the dialogs remember.
#[derive(Debug, Default)]
pub struct ClosingView {
    dialog: Option<Dialog>,
    by: String,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialog {
    Close,
    Restate,
    Reopen,
    List,
}

impl ClosingView {
    fn ask(&mut self, dialog: Dialog, state: &AppState) {
        self.dialog = Some(dialog);
        self.reason.clear();
        if self.by.is_empty()
            && let Some(last) = state.doc.decisions.closed.last()
        {
            self.by.clone_from(&last.by);
        }
    }
}

/// The closing of the period and scope that are shown.
fn shown(state: &AppState) -> Option<&ClosedPeriod> {
    let scope = crate::analysis::closing::scope_words(&state.doc.scope);
    let decisions = &state.doc.decisions;
    decisions.closed(&state.period.to_string(), &scope)
}

fn badge_ui(ui: &mut Ui, view: &ClosedView, zone: &Zone) {
    ui.label(theme::icon(icons::CALENDAR_CHECK).color(Tokens::of(ui).accent));
    ui.add(Label::new(theme::strong(view.sentence(zone))).wrap());
}

/// On the Reports screen: closed or not, with what can be done.
pub(super) fn line_ui(ui: &mut Ui, cx: &mut Cx<'_>, report: Option<&Report>) {
    let state = cx.state;
    let can_write = !state.read_only();
    let title = state.period.title();
    let now = report.and_then(|r| r.findings.own_closing());
    ui.horizontal_wrapped(|ui| {
        if let Some(closed) = shown(state) {
            let view = now.cloned().unwrap_or_else(|| ClosedView {
                closed: closed.clone(),
                differences: Vec::new(),
            });
            badge_ui(ui, &view, &state.zone);
            let differs = !view.differences.is_empty();
            if icon_button_ui(ui, can_write && differs, icons::EDIT, "Restate…")
                .on_disabled_hover_text("Every promise reads as it did when the period was closed")
                .clicked()
            {
                cx.view.reports.closing.ask(Dialog::Restate, state);
            }
            if icon_button_ui(ui, can_write, icons::REFRESH, "Open again…").clicked() {
                cx.view.reports.closing.ask(Dialog::Reopen, state);
            }
        } else if let Some(why) = still_open(state.period, &state.zone, state.now) {
            note_ui(ui, &why);
        } else if report.is_some() {
            let some = !state.doc.slas.is_empty();
            let word = format!("Close {title}…");
            if icon_button_ui(ui, can_write && some, icons::CALENDAR_CHECK, &word)
                .on_hover_text("Freeze the results and the hash of the workbook, with name and time")
                .on_disabled_hover_text("Closing freezes the results of promises: it needs some, and a project that can be changed")
                .clicked()
            {
                cx.view.reports.closing.ask(Dialog::Close, state);
            }
        }
        let n = state.doc.decisions.closed.len();
        if n > 0 && icon_button_ui(ui, true, icons::LIST, &format!("Closed periods ({n})")).clicked() {
            cx.view.reports.closing.ask(Dialog::List, state);
        }
    });
    if let Some(warning) = now.and_then(ClosedView::warning) {
        caution_ui(ui, &format!("{warning}."));
    }
    dialog_ui(ui, cx, report);
}

/// On the SLA screen: a closed period as [`closed_ui`] has it; else, while it is open, as of when it is judged.
pub(super) fn banner_ui(ui: &mut Ui, state: &AppState, report: &SlaReport) {
    closed_ui(ui, state, report);
    if report.period.open && shown(state).is_none() {
        let at = report.period.as_of.format(&state.zone, "%-d %B %Y %H:%M");
        note_ui(
            ui,
            &format!(
                "{} is open: as of {at}, {}",
                state.period.title(),
                state.zone.name()
            ),
        );
    }
}

/// On the screens that judge: who closed the period, and what reads differently now.
pub(super) fn closed_ui(ui: &mut Ui, state: &AppState, report: &SlaReport) {
    let Some(closed) = shown(state) else {
        return;
    };
    let view = ClosedView::of(closed, &report.objectives);
    ui.horizontal_wrapped(|ui| badge_ui(ui, &view, &state.zone));
    for difference in view.differences.iter().take(SHOWN) {
        caution_ui(ui, &format!("{}.", difference.sentence()));
    }
    let more = view.differences.len().saturating_sub(SHOWN);
    if more > 0 {
        note_ui(ui, &format!("and {more} more"));
    }
}

fn dialog_ui(ui: &mut Ui, cx: &mut Cx<'_>, report: Option<&Report>) {
    let state = cx.state;
    let view = &mut cx.view.reports.closing;
    let Some(dialog) = view.dialog else {
        return;
    };
    // The period was changed or closed meanwhile: the question is another one.
    let fits = match dialog {
        Dialog::Close => shown(state).is_none() && report.is_some(),
        Dialog::Restate | Dialog::Reopen => shown(state).is_some(),
        Dialog::List => true,
    };
    if !fits {
        view.dialog = None;
        return;
    }
    let out = &mut *cx.out;
    let modal = Modal::new(Id::unique("closing")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(if dialog == Dialog::List { 640.0 } else { 480.0 });
        match dialog {
            Dialog::List => list_ui(ui, state, out),
            _ => decide_ui(ui, state, report, dialog, view, out),
        }
    });
    if response.inner || response.should_close() {
        view.dialog = None;
    }
}

/// True when it is done or cancelled.
fn decide_ui(
    ui: &mut Ui,
    state: &AppState,
    report: Option<&Report>,
    dialog: Dialog,
    view: &mut ClosingView,
    out: &mut Vec<Command>,
) -> bool {
    let verb = match dialog {
        Dialog::Close => "Close",
        Dialog::Restate => "Restate",
        Dialog::Reopen | Dialog::List => "Open again:",
    };
    let title = format!("{verb} {}", state.period.title());
    ui.label(theme::title(&title));
    match dialog {
        Dialog::Close => {
            ui.label("These results and the hash of the workbook are kept with your name and the time. What changes later is shown beside them.");
            if let Some(report) = report {
                frozen_ui(ui, report);
            }
        }
        Dialog::Restate => {
            ui.label("Both figures are kept, with the reason; the new ones are frozen.");
            let now = report.and_then(|r| r.findings.own_closing());
            let differences = now.map(|v| v.differences.as_slice()).unwrap_or_default();
            for difference in differences.iter().take(SHOWN) {
                ui.add(Label::new(difference.sentence()).wrap());
            }
            let more = differences.len().saturating_sub(SHOWN);
            if more > 0 {
                note_ui(ui, &format!("and {more} more"));
            }
        }
        Dialog::Reopen | Dialog::List => {
            ui.label("The closing no longer binds. Its record stays in the list and in the project, with the reason.");
        }
    }
    ui.add_space(space::S);
    field_ui(ui, "Your name", "", &mut view.by);
    let reasoned = dialog != Dialog::Close;
    if reasoned {
        field_ui(ui, "Reason", "", &mut view.reason);
    }
    let ready = !view.by.trim().is_empty() && (!reasoned || !view.reason.trim().is_empty());
    ui.add_space(space::M);
    let mut done = false;
    ui.horizontal(|ui| {
        if ui
            .add_enabled(ready, egui::Button::new(&title))
            .on_disabled_hover_text(if reasoned {
                "It needs a name and a reason"
            } else {
                "It needs a name"
            })
            .clicked()
        {
            let (by, reason) = (view.by.trim().to_owned(), view.reason.trim().to_owned());
            out.push(Command::Closing(match dialog {
                Dialog::Close => ClosingDeed::Close { by },
                Dialog::Restate => ClosingDeed::Restate { by, reason },
                Dialog::Reopen | Dialog::List => ClosingDeed::Reopen { by, reason },
            }));
            done = true;
        }
        done |= ui.button("Cancel").clicked();
    });
    done
}

/// What will be frozen.
fn frozen_ui(ui: &mut Ui, report: &Report) {
    let findings = &report.findings;
    let objectives: Vec<&ObjectiveResult> = findings
        .slas
        .iter()
        .flat_map(|s| &s.report.objectives)
        .collect();
    ui.add_space(space::S);
    let grid = Grid::new("frozen").num_columns(3);
    let grid = grid.min_row_height(20.0).spacing([space::L, 0.0]);
    grid.show(ui, |ui| {
        for objective in objectives.iter().take(SHOWN) {
            ui.label(&objective.name);
            ui.label(&objective.achieved_text);
            StatusBadge::verdict(objective.verdict).show(ui);
            ui.end_row();
        }
    });
    let more = objectives.len().saturating_sub(SHOWN);
    if more > 0 {
        note_ui(ui, &format!("and {more} more"));
    }
    if findings.open {
        let end = findings.as_of.format(&findings.zone, "%-d %B %Y %H:%M");
        caution_ui(
            ui,
            &format!(
                "The data end on {end}. The rest of the period is judged as unknown, so these results can change as it is closed."
            ),
        );
    }
}

/// All closings; true when the dialog is to go.
fn list_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) -> bool {
    let mut done = false;
    ui.label(theme::title("Closed periods"));
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        for closed in state.doc.decisions.closed.iter().rev() {
            let view = ClosedView {
                closed: closed.clone(),
                differences: Vec::new(),
            };
            let period = Period::parse(&closed.period).ok();
            let title = period.map_or_else(|| closed.period.clone(), Period::title);
            ui.horizontal(|ui| {
                ui.label(theme::strong(format!("{title}, {}", closed.scope)));
                if let Some(period) = period
                    && ui.small_button(format!("Show {title}")).clicked()
                {
                    out.push(Command::SetPeriod(period));
                    done = true;
                }
            });
            let mut text = view.sentence(&state.zone);
            if let Some(again) = &closed.reopened {
                text.push_str(&format!(
                    "; opened again on {} by {}: {}",
                    again.at.format(&state.zone, "%-d %B %Y"),
                    again.by,
                    again.reason
                ));
            }
            ui.add(Label::new(text).wrap());
            if !closed.workbook_in_force().is_empty() {
                note_ui(ui, &format!("Workbook {}", closed.workbook_in_force()));
            }
            ui.add_space(space::S);
        }
    });
    done |= ui.button("Close the list").clicked();
    done
}
