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

#[test]
fn a_scenario_that_is_dropped_on_the_window_opens_as_one() {
    let mut program = Program::new(|_| Vec::new());
    let path = program.folder.path().join("evening peak.yaml");
    std::fs::write(&path, FILE).unwrap();
    program.send(Command::OpenPaths(vec![path.clone()]));
    let state = &program.shell().state;
    assert_eq!(state.screen, Screen::WhatIf);
    assert_eq!(state.doc.scenarios.len(), 1);
    assert_eq!(state.doc.scenarios[0].name, "evening peak");
    assert_eq!(
        state.history.undo_name(),
        Some("open the scenario evening peak")
    );
    program.send(Command::OpenPaths(vec![path]));
    assert_eq!(program.shell().state.doc.scenarios.len(), 1);
    assert_eq!(
        program.messages(Level::Info)[0],
        "evening peak is in the project already"
    );
    // What is meant as a scenario is refused as one, with its line; promises stay promises.
    let wrong = program.folder.path().join("wrong.yaml");
    std::fs::write(&wrong, "workload: {rate: fast}\nservice: {time: 1ms}\n").unwrap();
    let promises = program.folder.path().join("promises.yaml");
    std::fs::write(&promises, crate::ui_fixture::PROMISES).unwrap();
    program.send(Command::OpenPaths(vec![wrong, promises]));
    let errors = program.messages(Level::Error);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].starts_with("The scenario could not be read: ")
            && errors[0].contains("rate")
            && errors[0].contains("(line 1)"),
        "{errors:?}"
    );
    let doc = &program.shell().state.doc;
    assert_eq!((doc.scenarios.len(), doc.slas.len()), (1, 1));
}

#[test]
fn a_scenario_as_an_argument_is_shown_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evening peak.yaml");
    std::fs::write(&path, FILE).unwrap();
    let parts = Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new(Vec::new())),
        places: Places::within(folder.path()),
        clock: Arc::new(|| NOW),
        autosave_after: Micros(0),
    };
    let shell = Shell::new(&egui::Context::default(), parts, vec![path], None);
    let mut harness = shell_harness(shell, 60);
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.screen, Screen::WhatIf);
    assert!(state.results.simulated("evening peak").value.is_some());
}

/// The solvers of the program answer by the promises of the project, with what a scenario refers to filled in.
#[test]
fn questions_are_answered_by_the_engines() {
    use headroom::scenario::solve::What;
    use headroom::ui::questions::{Answer, Asked, Look, Question};
    use headroom::ui::results::Request;

    let mut program = Program::new(|_| Vec::new());
    let sla = "objectives:\n  - {name: API P95, kind: latency, percentile: 95, target: 100ms}\n";
    let mut today = headroom::scenario::file::ScenarioFile::parse(
        "workload: {pattern: constant, rate: 400_rps, duration: 10min}\nservice: {time: {distribution: exponential, mean: 20ms}, workers: 4}\ntopology: {instances: 4}\ncost: {instance_hour: 0.17}\nrun: {engine: fluid, step: 5s, warm_up: 1m}\n",
    )
    .unwrap()
    .scenario;
    today.name = "today".to_owned();
    let kept = today.clone();
    program.edit("add", move |doc| {
        doc.slas.push(headroom::project::SlaEntry {
            name: "promises.yaml".to_owned(),
            yaml: sla.to_owned(),
            ..Default::default()
        });
        doc.add_scenario(kept.clone());
    });
    let asked = |again| Asked {
        scenario: Arc::new(today.clone()),
        question: Question::Solve(What::Instances),
        look: Look::default(),
        again,
    };
    program.send(Command::Request(Request::Ask(Arc::new(asked(0)))));
    let answers = &program.shell().state.results.answers;
    let slot = answers.get(&asked(0).slot());
    let Some(Answer::Solved(found)) = slot.value.as_deref() else {
        panic!("{slot:?}");
    };
    // Four workers of 20 ms carry 200 a second: two instances are full, three are enough.
    assert_eq!((found.value, found.next_failing), (Some(3.0), Some(2.0)));
    assert_eq!(found.binding.as_ref().unwrap().name, "API P95");
    let first = Arc::clone(slot.value.as_ref().unwrap());
    // Without promises there is nothing to keep; with them again the answer is still there.
    program.edit("no promises", |doc| doc.slas.clear());
    program.send(Command::Request(Request::Ask(Arc::new(asked(0)))));
    let slot = program.shell().state.results.answers.get(&asked(0).slot());
    let error = slot.error.clone().unwrap();
    assert!(error.contains("there is no promise to keep"), "{error}");
    program.send(Command::Undo);
    program.send(Command::Request(Request::Ask(Arc::new(asked(0)))));
    let slot = program.shell().state.results.answers.get(&asked(0).slot());
    assert!(Arc::ptr_eq(slot.value.as_ref().unwrap(), &first));
}
