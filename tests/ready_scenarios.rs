//! The ready scenarios: each reads without a remark, reads back as itself, runs, and says which of its document's targets
//! hold under its assumptions.

use std::fs;

use headroom::analysis::sla::{SlaFile, Verdict};
use headroom::progress::Progress;
use headroom::scenario::check::check;
use headroom::scenario::file::{ScenarioFile, to_yaml};
use headroom::scenario::judge::{Judged, judge};
use headroom::scenario::{Outcome, Scenario, simulate};

const ALL: [&str; 5] = [
    "agent-platform",
    "voting-chain",
    "federation",
    "hive",
    "team-goals",
];

fn read(name: &str) -> Scenario {
    let path = format!("sample-data/scenarios/{name}.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let file = ScenarioFile::parse(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
    assert_eq!(file.notes, Vec::<String>::new(), "{path}");
    check(&file.scenario).unwrap_or_else(|e| panic!("{path}: {e}"));
    file.scenario
}

fn run(scenario: &Scenario) -> (Outcome, Judged) {
    let outcome = simulate(scenario, &Progress::default()).unwrap();
    let promises = SlaFile::parse(scenario.sla.as_deref().unwrap()).unwrap();
    let judged = judge(scenario, &outcome, &promises).unwrap();
    (outcome, judged)
}

/// The promises with what was achieved, for the message of a test that fails.
fn words(judged: &Judged) -> String {
    let line = |p: &headroom::scenario::judge::Promise| {
        format!(
            "{:?} {}: {} against {} ({})",
            p.verdict,
            p.name,
            p.achieved_text,
            p.target_text,
            p.reason.as_deref().unwrap_or_default()
        )
    };
    judged
        .promises
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The promises that are not kept; all others are.
fn broken(judged: &Judged) -> Vec<&str> {
    for promise in &judged.promises {
        assert!(
            matches!(promise.verdict, Verdict::Met | Verdict::Breached),
            "{}",
            words(judged)
        );
    }
    judged
        .promises
        .iter()
        .filter(|p| p.verdict != Verdict::Met)
        .map(|p| p.name.as_str())
        .collect()
}

#[test]
fn all_are_here_and_say_what_they_assume() {
    let mut files: Vec<String> = fs::read_dir("sample-data/scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut all: Vec<String> = ALL.iter().map(|name| format!("{name}.yaml")).collect();
    all.sort();
    assert_eq!(files, all);
    for name in ALL {
        let scenario = read(name);
        assert!(
            !scenario.name.is_empty() && scenario.about.ends_with('?'),
            "{name}"
        );
        let of = |word: &str| {
            scenario
                .assumptions
                .iter()
                .filter(|a| a.starts_with(word))
                .count()
        };
        assert!(
            of("From the document: ") == 1,
            "{name} says what it takes over"
        );
        assert!(
            of("Not in the document: ") >= 2,
            "{name} says what it does not"
        );
    }
}

#[test]
fn each_reads_back_as_itself() {
    for name in ALL {
        let scenario = read(name);
        let again = ScenarioFile::parse(&to_yaml(&scenario)).unwrap();
        assert_eq!(again.scenario, scenario, "{name}");
    }
}

#[test]
fn the_agent_platform() {
    let (outcome, judged) = run(&read("agent-platform"));
    assert_eq!(broken(&judged), Vec::<&str>::new(), "{}", words(&judged));
    assert!(
        outcome
            .events
            .iter()
            .any(|e| e.kind == "scale_out" && e.why.contains("CPU"))
    );
}

#[test]
fn the_voting_chain() {
    let (_, judged) = run(&read("voting-chain"));
    assert_eq!(broken(&judged), Vec::<&str>::new(), "{}", words(&judged));
}

#[test]
fn the_federation() {
    let (outcome, judged) = run(&read("federation"));
    assert_eq!(broken(&judged), Vec::<&str>::new(), "{}", words(&judged));
    assert_eq!(outcome.summary.instances_max, 11_000);
}

#[test]
fn the_hive() {
    let (_, judged) = run(&read("hive"));
    assert_eq!(broken(&judged), Vec::<&str>::new(), "{}", words(&judged));
}

#[test]
fn the_team_goals() {
    let (_, judged) = run(&read("team-goals"));
    assert_eq!(broken(&judged), Vec::<&str>::new(), "{}", words(&judged));
}

/// Overload is a result: what comes is answered as far as there is capacity, and the rest is counted as failed.
#[test]
fn every_ready_scenario_has_figures_at_any_load() {
    for name in ALL {
        let mut scenario = read(name);
        let usual = scenario.workload.growth;
        for growth in [0.01, 6.4, 50.0] {
            scenario.workload.growth = usual * growth;
            let (outcome, judged) = run(&scenario);
            let summary = &outcome.summary;
            let served = summary.served_per_sec.value;
            let offered = summary.offered_per_sec.value;
            assert!(
                0.0 < served && served <= offered * 1.001,
                "{name} × {growth}: {served} of {offered} a second"
            );
            for promise in &judged.promises {
                assert!(
                    promise.verdict != Verdict::Met || promise.achieved.is_some_and(f64::is_finite),
                    "{name} × {growth}: {promise:?}"
                );
            }
        }
    }
}
