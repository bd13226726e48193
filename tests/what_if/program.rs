//! The whole program with a scenario: files, undo, results that are kept, and what is refused.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use headroom::calendar::Instant;
use headroom::jobs::Jobs;
use headroom::project::Project;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::{Command, DocEdit};
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::settings::Places;
use headroom::ui::state::Screen;
use headroom::units::Micros;

use super::fixture::scenario;
use crate::ui_fixture::shell_harness;

const NOW: Instant = Instant::from_secs(1_782_907_200);

struct Program {
    harness: Harness<'static, Shell>,
    folder: tempfile::TempDir,
}

impl Program {
    fn new(answers: impl FnOnce(&std::path::Path) -> Vec<Vec<PathBuf>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let answers = answers(folder.path());
        let parts = Parts {
            jobs: Jobs::inline(),
            dialogs: Box::new(PreparedDialogs::new(answers)),
            places: Places::within(folder.path()),
            clock: Arc::new(|| NOW),
            autosave_after: Micros(0),
        };
        let ctx = egui::Context::default();
        let shell = Shell::new(&ctx, parts, Vec::new(), None);
        let mut program = Self {
            harness: shell_harness(shell, 60),
            folder,
        };
        program.send(Command::NewProject);
        program
    }

    fn send(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().dispatch(&ctx, command);
        self.harness.run();
    }

    fn edit(
        &mut self,
        name: &str,
        apply: impl Fn(&mut headroom::project::ProjectDoc) + Send + Sync + 'static,
    ) {
        self.send(Command::Edit(DocEdit::new(name, apply)));
    }

    fn shell(&self) -> &Shell {
        self.harness.state()
    }

    fn messages(&self, level: Level) -> Vec<String> {
        let all = self.shell().state.notifications.iter();
        all.filter(|n| n.level == level)
            .map(|n| n.text.clone())
            .collect()
    }
}

const FILE: &str = "workload: {pattern: constant, rate: 40_rps, duration: 5min}\nservice: {time: {distribution: exponential, mean: 20ms}, workers: 2}\ntopology: {instances: 2}\n";

#[test]
fn a_file_is_opened_run_and_kept_with_the_project() {
    let mut program = Program::new(|folder| {
        let path = folder.join("evening peak.yaml");
        std::fs::write(&path, FILE).unwrap();
        vec![vec![path]]
    });
    program.send(Command::OpenScenario);
    assert_eq!(program.shell().state.screen, Screen::WhatIf);
    let state = &program.shell().state;
    assert_eq!(
        state.doc.scenarios.len(),
        1,
        "{:?}",
        program.messages(Level::Error)
    );
    assert_eq!(state.doc.scenarios[0].name, "evening peak");
    assert_eq!(
        state.history.undo_name(),
        Some("open the scenario evening peak")
    );
    let slot = state.results.simulated("evening peak");
    let found = slot.value.as_ref().unwrap_or_else(|| panic!("{slot:?}"));
    let served = found.outcome.summary.served_per_sec.value;
    assert!((served - 40.0).abs() < 4.0, "{served}");
    let path = state.project.as_ref().unwrap().path.clone();
    let kept = program.folder.path().join("kept.headroom");
    program.send(Command::SaveAsPath(kept.clone()));
    assert!(path != kept);
    let opened = Project::open(&kept).unwrap();
    assert_eq!(opened.doc.scenarios, program.shell().state.doc.scenarios);
}

#[test]
fn a_file_that_is_no_scenario_is_refused_with_its_line() {
    let mut program = Program::new(|folder| {
        let wrong = folder.join("wrong.yaml");
        std::fs::write(&wrong, "workload: {rate: fast}\nservice: {time: 1ms}\n").unwrap();
        vec![vec![wrong], vec![folder.join("gone.yaml")]]
    });
    program.send(Command::OpenScenario);
    program.send(Command::OpenScenario);
    // The latest one stands first.
    let mut errors = program.messages(Level::Error);
    errors.reverse();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].contains("rate") && errors[0].contains("wrong.yaml"),
        "{errors:?}"
    );
    assert!(errors[1].contains("could not be read") && errors[1].contains("gone.yaml"));
    assert!(program.shell().state.doc.scenarios.is_empty());
}

#[test]
fn undo_brings_the_kept_result_back_without_another_run() {
    let mut program = Program::new(|_| Vec::new());
    let mut small = scenario("Sale");
    small.run.duration = 120.0;
    small.faults.clear();
    small.workload.pattern = headroom::scenario::model::Pattern::Constant { level: 40.0 };
    program.edit("add", move |doc| doc.add_scenario(small.clone()));
    program.send(Command::Go(Screen::WhatIf));
    let value = |program: &Program| {
        let slot = program.shell().state.results.simulated("Sale");
        slot.value.clone().unwrap_or_else(|| panic!("{slot:?}"))
    };
    let before = value(&program);
    program.edit("grow", |doc| {
        if let Some(scenario) = doc.scenarios.first_mut() {
            scenario.workload.growth = 2.0;
        }
    });
    let grown = value(&program);
    assert!(grown.outcome.summary.offered > before.outcome.summary.offered * 1.5);
    program.send(Command::Undo);
    assert!(Arc::ptr_eq(&value(&program), &before));
    program.send(Command::Redo);
    assert!(Arc::ptr_eq(&value(&program), &grown));
    // Another name is no other scenario.
    program.edit("rename", |doc| doc.rename_scenario("Sale", "Autumn"));
    let slot = program.shell().state.results.simulated("Autumn");
    assert!(Arc::ptr_eq(slot.value.as_ref().unwrap(), &grown));
}

#[test]
fn an_impossible_scenario_names_the_key() {
    let mut program = Program::new(|_| Vec::new());
    let mut wrong = scenario("Wrong");
    wrong.service.workers = 0;
    program.edit("add", move |doc| doc.add_scenario(wrong.clone()));
    program.send(Command::Go(Screen::WhatIf));
    let slot = program.shell().state.results.simulated("Wrong");
    let error = slot.error.clone().unwrap_or_else(|| panic!("{slot:?}"));
    assert!(error.contains("workers"), "{error}");
}
