//! Scenario files from outside the reader: what is written by hand, what the strategy document has, and what the program
//! writes itself.

use std::path::Path;

use headroom::scenario::file::{ScenarioFile, to_yaml};
use headroom::scenario::{SimulateError, check};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenario")
}

/// Every file of the folder can be read, and what is written of it reads back as the same scenario.
#[test]
fn files_read_back_as_what_was_written() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let read = ScenarioFile::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let written = to_yaml(&read.scenario);
        let back = ScenarioFile::parse(&written).unwrap_or_else(|e| panic!("{e}\n{written}"));
        assert_eq!(back.scenario, read.scenario, "{written}");
        seen += 1;
    }
    assert!(seen > 0);
}

/// The strategy document limits paths that are no kind of request of the scenario: said, with the line.
#[test]
fn the_documents_limits_need_the_requests_they_are_for() {
    let text = std::fs::read_to_string(folder().join("strategy.yaml")).unwrap();
    let read = ScenarioFile::parse(&text).unwrap();
    let Err(SimulateError::Impossible { key, reason }) = check::check(&read.scenario) else {
        panic!("it passes");
    };
    assert_eq!(key, "rate_limits.per_endpoint./api/v1/agents/execute");
    assert!(reason.contains("accepted: requests"), "{reason}");
    let service = "service:\n  classes:\n    - {label: /api/v1/agents/execute, time: 20ms}\n    - {label: /api/v1/workflows/run, time: 50ms}\n";
    let named = text.replace(
        "service: {time: {distribution: exponential, mean: 20ms}, workers: 10}\n",
        service,
    );
    let read = ScenarioFile::parse(&named).unwrap();
    assert_eq!(check::problems(&read.scenario), []);
    assert!(read.notes[0].contains("infrastructure_optimization"));
}
