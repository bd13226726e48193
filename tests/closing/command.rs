//! Closing by the command line, and what scheduled runs rely on.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use headroom::project::Project;
use serde_json::Value;

use super::hash;
use crate::cli_place::Place;

const CLOSE: &str = "report --project p.headroom --period 2026-06 -o june.xlsx --close --by Ada --at 2026-07-03T09:00:00Z";
const JUNE: &str = "--project p.headroom --period 2026-06";

#[test]
fn the_command_closes_once_and_changes_nothing_the_second_time() {
    let place = Place::new().project();
    let first = place.run(CLOSE);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.contains("wrote june.xlsx"), "{}", first.err);
    let bytes = std::fs::read(place.path("june.xlsx")).unwrap();
    let list = place.run("close --project p.headroom --json").json();
    assert_eq!(list["closed"][0]["workbook_sha256"], hash(&bytes));
    assert_eq!(list["closed"][0]["by"], "Ada");
    assert_eq!(list["closed"][0]["at"], "2026-07-03T09:00:00Z");
    let past = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let file = std::fs::File::options()
        .write(true)
        .open(place.path("june.xlsx"))
        .unwrap();
    file.set_modified(past).unwrap();
    drop(file);
    let project = std::fs::read(place.path("p.headroom")).unwrap();
    // By hand, by a clock that closes each month, and by another person: the first closing stands.
    for line in [
        format!("report {JUNE} -o june.xlsx --json"),
        format!("{CLOSE} --json"),
        CLOSE.replace("Ada", "Bob") + " --json",
        CLOSE.replace("2026-06", "last-month") + " --as-of 2026-07-20 --json",
    ] {
        let again = place.run(&line);
        assert_eq!(again.code, 0, "{}", again.err);
        let json = again.json();
        assert_eq!(json["unchanged"], true, "{line}");
        assert_eq!(json["closed"]["by"], "Ada");
    }
    let modified = std::fs::metadata(place.path("june.xlsx"))
        .unwrap()
        .modified();
    assert_eq!(modified.unwrap(), past);
    assert!(std::fs::read(place.path("p.headroom")).unwrap() == project);
    let said = place.run(&format!("report {JUNE} -o june.xlsx"));
    assert!(said.err.contains("unchanged: june.xlsx"), "{}", said.err);
    let listed = place.run("close --project p.headroom");
    assert_eq!(
        listed.out.trim(),
        "2026-06  all services  Closed on 3 July 2026 by Ada"
    );
}

#[test]
fn later_data_are_told_by_sla_and_restated_with_a_reason() {
    let place = Place::new().project();
    place.write(
        "loose.yaml",
        "timezone: UTC\nobjectives:\n  - {name: Up, kind: availability, target: 99%}\n",
    );
    std::fs::rename(place.path("loose.yaml"), place.path("sla.yaml")).unwrap();
    let set = place.run("import --project p.headroom --sla sla.yaml");
    assert_eq!(set.code, 0, "{}", set.err);
    assert_eq!(place.run(CLOSE).code, 0);
    place.write(
        "late.csv",
        "start,end,state\n2026-06-20T00:00:00Z,2026-06-20T12:00:00Z,down\n",
    );
    let import = place.run("import late.csv --project p.headroom --on-overlap both");
    assert_eq!(import.code, 0, "{}", import.err);
    // 60 + 720 minutes of 43,200.
    let sla = place.run(&format!("sla {JUNE} --json"));
    assert_eq!(sla.code, 1, "the exit code is that of the figures of now");
    assert!(
        sla.err.contains("One promise reads differently now"),
        "{}",
        sla.err
    );
    let json = sla.json();
    assert_eq!(json["verdict"], "breached");
    assert_eq!(
        json["closed"]["differences"][0]["what"],
        "99.86 % (met) when closed, 98.19 % (breached) now"
    );
    let text = place.run(&format!("sla {JUNE}"));
    assert!(
        text.out
            .contains("Up: 99.86 % (met) when closed, 98.19 % (breached) now"),
        "{}",
        text.out
    );
    let restate = place.run(&format!(
        "close {JUNE} --restate --reason late --by Grace --at 2026-08-01 --json"
    ));
    assert_eq!(restate.code, 0, "{}", restate.err);
    let record = restate.json();
    assert_eq!(record["state"], "restated");
    assert_eq!(
        record["restatements"][0]["old"][0]["achieved_text"],
        "99.86 %"
    );
    assert_eq!(
        record["restatements"][0]["new"][0]["achieved_text"],
        "98.19 %"
    );
    assert_eq!(place.run(&format!("report {JUNE} -o june.xlsx")).code, 0);
    let bytes = std::fs::read(place.path("june.xlsx")).unwrap();
    assert_eq!(record["restatements"][0]["workbook_sha256"], hash(&bytes));
    let sla = place.run(&format!("sla {JUNE} --json"));
    assert_eq!(
        (sla.code, sla.json()["closed"]["differences"].clone()),
        (1, Value::Array(vec![]))
    );
    assert!(!sla.err.contains("warning"), "{}", sla.err);
    // What was before --as-of, or other promises, are not what was closed.
    let earlier = place.run(&format!("sla {JUNE} --as-of 2026-06-15 --json"));
    assert_eq!(earlier.json()["closed"], Value::Null);
    assert_eq!(earlier.json()["period"]["open"], true);
    assert_eq!(earlier.json()["period"]["as_of"], "2026-06-15T00:00:00Z");

    let reopen = format!("close {JUNE} --reopen --reason mistake --by Ada --at 2026-08-02");
    assert_eq!(place.run(&reopen).code, 0);
    assert_eq!(
        place.run(&format!("sla {JUNE} --json")).json()["closed"],
        Value::Null
    );
    let twice = place.run(&reopen);
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("June 2026 (all services) is not closed"));
    assert_eq!(place.run(&CLOSE.replace("07-03", "08-03")).code, 0);
    let listed = place.run("close --project p.headroom").out;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(
        lines[0].ends_with("opened again on 2 August 2026 by Ada: mistake"),
        "{listed}"
    );
    assert!(
        lines[1].ends_with("Closed on 3 August 2026 by Ada"),
        "{listed}"
    );
}

#[test]
fn refusals_of_the_commands_say_what_to_do() {
    let place = Place::new().project();
    for (line, kind, says) in [
        (
            format!("close {JUNE} --by Ada --at 2026-06-20 --json"),
            "closing",
            "June 2026 is still open",
        ),
        (format!("close {JUNE} --json"), "usage", "--by"),
        (
            format!("close {JUNE} --by Ada --restate --json"),
            "usage",
            "--reason",
        ),
        (
            format!("close {JUNE} --by Ada --reopen --reason x --json"),
            "closing",
            "is not closed",
        ),
        (
            "close --project p.headroom --by Ada --json".to_owned(),
            "usage",
            "--period",
        ),
        (
            "close --period 2026-06 --by Ada --json".to_owned(),
            "usage",
            "--project",
        ),
        (
            format!("report {JUNE} -o june.xlsx --close --json"),
            "usage",
            "--by",
        ),
        (
            format!("{CLOSE} --sla sla.yaml --json"),
            "usage",
            "leave --sla out",
        ),
        (
            format!("report {JUNE} -o june.xlsx --format html --json"),
            "usage",
            "folder",
        ),
        (
            format!("report {JUNE} -o june.xlsx --scope-each service --json"),
            "usage",
            "folder",
        ),
        (
            format!("report {JUNE} -o gone/ --json"),
            "write-failed",
            "no such folder",
        ),
        (
            "report --project p.headroom --period next-month -o . --json".to_owned(),
            "usage",
            "last-month",
        ),
    ] {
        let error = place.run(&line).error(kind);
        let all = format!("{} {}", error["message"], error["hint"]);
        assert!(all.contains(says), "{line}\n{all}");
    }
    assert!(!place.path("june.xlsx").exists());
}

/// The desktop has the project open: reports are made, closing is refused before anything is written.
#[test]
fn a_project_that_is_open_elsewhere_is_read_and_not_closed() {
    let place = Place::new().project();
    let desktop = Project::open(&place.path("p.headroom")).unwrap();
    assert_eq!(desktop.read_only_because, None);
    let error = place.run(&format!("{CLOSE} --json")).error("read-only");
    assert!(
        error["message"].as_str().unwrap().contains("open on "),
        "{error}"
    );
    assert!(!place.path("june.xlsx").exists());
    let report = place.run(&format!("report {JUNE} -o june.xlsx"));
    assert_eq!(report.code, 0, "{}", report.err);
    assert!(place.path("june.xlsx").exists());
    drop(desktop);
    assert_eq!(place.run(CLOSE).code, 0);
}

/// The workbook cannot be written: the period is not closed, and nothing is left behind.
#[test]
fn a_workbook_that_cannot_be_written_closes_nothing() {
    let place = Place::new().project();
    for output in ["gone/june.xlsx", "june.pdf"] {
        let line = format!("{CLOSE} --json").replace("june.xlsx", output);
        place.run(&line).error("write-failed");
    }
    let list = place.run("close --project p.headroom --json").json();
    assert_eq!(list["closed"], Value::Array(vec![]));
    assert_eq!(parts(place.folder.path()), Vec::<String>::new());
}

fn parts(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".part"))
        .collect()
}

#[test]
fn scheduled_runs_have_stable_names_and_relative_periods() {
    let place = Place::new();
    for service in ["cart", "search"] {
        let made = place.run(&format!(
            "import outages.csv --project p.headroom --service {service} --sla sla.yaml --on-overlap both"
        ));
        assert_eq!(made.code, 0, "{}", made.err);
        // The same content is imported once; each service has its own file.
        place.write(
            "outages.csv",
            "start,end,state\n2026-06-11T08:00:00Z,2026-06-11T09:00:00Z,down\n",
        );
    }
    std::fs::create_dir(place.path("out")).unwrap();
    let line = "report --project p.headroom --period last-month --as-of 2026-07-02 -o out/ --json";
    let one = place.run(line);
    assert_eq!(one.code, 0, "{}", one.err);
    assert_eq!(one.json()["period"], "2026-06");
    let each = format!("{line} --scope-each service --format html");
    let many = place.run(&each).json();
    let outputs: Vec<&str> = many["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["output"].as_str().unwrap())
        .collect();
    assert_eq!(
        outputs,
        [
            "out/headroom_2026-06_cart.html",
            "out/headroom_2026-06_search.html"
        ]
    );
    assert_eq!(many["reports"][1]["scope"], "search");
    let again = place.run(&each).json();
    assert_eq!(again["reports"][0]["unchanged"], true);
    assert_eq!(again["reports"][1]["unchanged"], true);
    assert_eq!(std::fs::read_dir(place.path("out")).unwrap().count(), 3);
}
