//! Asking a question that takes many runs: a button first, then the job with a way to stop it, then the answer, which
//! follows the scenario and stays dimmed until the newer one is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{note_ui, problem_ui};
use super::dragging;
use crate::scenario::Scenario;
use crate::ui::icons;
use crate::ui::questions::{Answer, Asked, Look, Question};
use crate::ui::results::{Request, Slot};
use crate::ui::theme::space;
use crate::ui::widgets::job_bar::JobBar;

/// What was asked: the places of answers, with how often each was asked anew after it had been stopped.
#[derive(Debug, Default)]
pub(super) struct AskedOnes(BTreeMap<String, u32>);

impl AskedOnes {
    /// Asks without a click.
    pub fn ask(&mut self, slot: String) {
        self.0.entry(slot).or_insert(0);
    }
}

/// A place on screen for a question to a scenario.
pub(super) struct Ask<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What is asked.
    pub question: Question,
    /// What it is about, for the button's accessible name.
    pub about: &'a str,
    /// Asked as soon as it is seen.
    pub at_once: bool,
    /// Not asked now: what it stands on is not there yet. The last answer stays.
    pub hold: bool,
    /// Where the answer is looked for.
    pub look: Look,
}

impl<'a> Ask<'a> {
    /// Asked on a click.
    pub fn new(scenario: &'a Scenario, question: Question, about: &'a str) -> Self {
        Self {
            scenario,
            question,
            about,
            at_once: false,
            hold: false,
            look: Look::default(),
        }
    }

    /// The place of the answer.
    pub fn slot(&self) -> String {
        self.asked(0).slot()
    }

    fn asked(&self, again: u32) -> Asked {
        Asked {
            scenario: Arc::new(self.scenario.clone()),
            question: self.question.clone(),
            look: self.look.clone(),
            again,
        }
    }

    /// Shows it; `show` draws the answer and is told whether it is that of the scenario as it stands.
    pub fn show(
        self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        ones: &mut AskedOnes,
        show: impl FnOnce(&mut Ui, &mut Cx<'_>, &Arc<Answer>, bool),
    ) {
        let mut asked = self.asked(0);
        let slot_name = asked.slot();
        if self.at_once {
            ones.ask(slot_name.clone());
        }
        let Some(again) = ones.0.get(&slot_name).copied() else {
            if find_ui(ui, "Find out", self.about) {
                ones.ask(slot_name);
                ui.request_repaint();
            }
            return;
        };
        asked.again = again;
        let request = Request::Ask(Arc::new(asked));
        let state = cx.state;
        let fingerprint = request.fingerprint(state);
        let asked_now = state.results.is_current(&request, fingerprint);
        if !asked_now && !self.hold && !dragging(ui) {
            cx.request(request.clone());
        }
        let slot: &Slot<Answer> = state.results.answers.get(&slot_name);
        let job_key = request.job_key();
        let job = state.jobs.iter().find(|j| j.key == job_key && j.shown);
        if let Some(job) = job {
            JobBar { job, width: 160.0 }.show(ui, cx.out);
            ui.add_space(space::XS);
        }
        let stopped = asked_now && !slot.running && (slot.stale || slot.value.is_none());
        if let Some(error) = &slot.error {
            problem_ui(ui, error);
        }
        match &slot.value {
            Some(answer) => {
                let current = asked_now && !slot.running && !slot.stale;
                if stopped {
                    note_ui(ui, "Stopped; this is the answer to an earlier state");
                }
                ui.scope(|ui| {
                    if !current {
                        ui.set_opacity(0.55);
                    }
                    show(ui, cx, answer, current);
                });
            }
            None if slot.running && job.is_none() => note_ui(ui, "Simulating…"),
            None => {}
        }
        if stopped && find_ui(ui, "Find out again", self.about) {
            ones.0.insert(slot_name, again + 1);
            ui.request_repaint();
        }
    }
}

fn find_ui(ui: &mut Ui, word: &str, about: &str) -> bool {
    let response = ui.button(format!("{}  {word}", icons::FIND));
    let says = format!("{word}: {about}");
    response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::Button, true, &says));
    response.clicked()
}
