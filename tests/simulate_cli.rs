//! `headroom simulate` from outside: the contract's keys, exit codes, files beside the scenario, and mistakes with their
//! file, line and key.

use serde_json::Value;

use crate::cli_place::{Place, keys};

const SCENARIO: &str = "name: Small shop
workload: {pattern: constant, rate: 20_rps, duration: 5min}
service: {time: {distribution: exponential, mean: 20ms}, workers: 2}
topology: {instances: 1}
autoscaling: {policy: hpa, target: 70%, cpu_per_request: 20ms, max: 5}
faults: [{at: 2min, kill: 1, for: 1min}]
cost: {instance_hour: 0.17, currency: EUR}
sla: promises/sla.yaml
run: {seed: 7, step: 5s}
";

const PROMISES: &str = "objectives:
  - {name: Fast, kind: latency, target: 200ms, percentile: 95, slice: 1h, min_samples: 10}
  - {name: Sound, kind: error_rate, target: 0.1%, slice: 1h}
";

/// A place with a scenario in a folder of its own.
fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path("plans/promises")).unwrap();
    place.write("plans/shop.yaml", SCENARIO);
    place.write("plans/promises/sla.yaml", PROMISES);
    place.write(
        "plans/double.yaml",
        &SCENARIO
            .replace("Small shop", "Twice the traffic")
            .replace("duration: 5min", "duration: 5min, growth: 2x"),
    );
    place
}

#[test]
fn the_document_has_the_keys_of_the_contract() {
    let ended = place().run("simulate plans/shop.yaml --json -q");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    let document = ended.json();
    keys(
        &document,
        "scenario engine seed duration_secs requests summary series events warnings",
    );
    keys(
        &document["summary"],
        "offered_per_sec served_per_sec error_rate mean_ms wait_mean_ms p50_ms p95_ms p99_ms utilisation_mean utilisation_peak queue_max instances_min instances_max instance_hours cost currency sla",
    );
    keys(
        &document["series"][0],
        "t offered served errors p95_ms instances utilisation queue",
    );
    keys(&document["events"][0], "t kind from to why");
    assert_eq!(document["scenario"], "Small shop");
    assert_eq!(document["seed"], 7);
    assert_eq!(document["duration_secs"], 300.0);
    assert_eq!(document["summary"]["currency"], "EUR");
    // An instance is lost for a minute: a promise is broken, and that is an answer, not a failure.
    let promises = document["summary"]["sla"].as_array().unwrap();
    let names: Vec<&Value> = promises.iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["Fast", "Sound"]);
    keys(&promises[0], "name verdict achieved target");
    assert_eq!(promises[1]["verdict"], "breached");
    let offered = document["summary"]["offered_per_sec"].as_f64().unwrap();
    assert!((offered - 20.0).abs() < 1.5, "{offered}");
    assert_eq!(document["series"].as_array().unwrap().len(), 60);
    assert_eq!(document["series"][1]["t"], "1970-01-01T00:00:05Z");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let place = place();
    let run = |line: &str| {
        let ended = place.run(line);
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out
    };
    let once = run("simulate plans/shop.yaml --json --engine request");
    assert_eq!(
        once,
        run("simulate plans/shop.yaml --json --engine request")
    );
    let other = run("simulate plans/shop.yaml --json --engine request --seed 8");
    assert_ne!(once, other);
    assert!(other.contains("\"seed\": 8"));
}

#[test]
fn the_page_says_what_was_asked_and_what_came_out() {
    let place = place();
    let ended = place.run("simulate plans/shop.yaml --csv steps.csv");
    assert_eq!(ended.code, 0, "{}", ended.err);
    for part in [
        "Small shop: 5 min",
        "20.0 requests/s",
        "HPA towards 70.0 % of the processor",
        "at 0:02:00: 1 instance is lost, for 1 min",
        "response time",
        "EUR a month of 730 hours",
        "Promises: breached",
        "✘  Sound",
        "What happened",
        "60 steps of 5 s in steps.csv",
    ] {
        assert!(ended.out.contains(part), "{part}\n{}", ended.out);
    }
    let table = std::fs::read_to_string(place.path("steps.csv")).unwrap();
    assert_eq!(table.lines().count(), 61);
    assert!(table.starts_with("at_secs,offered_per_sec,"));
}

#[test]
fn scenarios_stand_side_by_side() {
    let place = place();
    let page = place.run("simulate plans/shop.yaml --compare plans/double.yaml");
    assert_eq!(page.code, 0, "{}", page.err);
    for part in [
        "Small shop",
        "Twice the traffic",
        "answered well",
        "a month",
        "Sound",
    ] {
        assert!(page.out.contains(part), "{part}\n{}", page.out);
    }
    let document = place
        .run("simulate plans/shop.yaml --compare plans/double.yaml --json -q")
        .json();
    let other = &document["compared"][0];
    keys(other, "scenario engine seed summary warnings");
    let rate = |d: &Value| d["summary"]["offered_per_sec"].as_f64().unwrap();
    assert!((rate(other) / rate(&document) - 2.0).abs() < 0.2);
    let many = place
        .run("simulate plans/shop.yaml --json --compare a.yaml b.yaml c.yaml d.yaml e.yaml f.yaml");
    many.error("usage");
}

/// 20 a second of 50 to 89 ms in the test; the scenario takes its times and its labels.
#[test]
fn a_scenario_from_a_load_test_is_held_against_it() {
    let place = place();
    place.write(
        "plans/from_run.yaml",
        "workload: {rate: 10_rps, duration: 5min}\nservice: {from_run: ../run.jtl, workers: 10}\n",
    );
    let ended = place.run("simulate plans/from_run.yaml --against run.jtl --json -q");
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    let document = ended.json();
    assert_eq!(document["labels"][0]["label"], "GET /api");
    let mean = document["summary"]["mean_ms"].as_f64().unwrap();
    assert!((60.0..80.0).contains(&mean), "{mean}");
    let assumed = document["assumptions"].as_array().unwrap();
    assert!(
        assumed[0].as_str().unwrap().contains("run.jtl"),
        "{assumed:?}"
    );
    let rows = document["against"]["rows"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|r| r["label"] == "GET /api" && r["figure"] == "mean_ms")
        .unwrap();
    let (said, came) = (
        row["predicted"].as_f64().unwrap(),
        row["measured"].as_f64().unwrap(),
    );
    assert!((said / came - 1.0).abs() < 0.05, "{row}");
    assert!((row["difference"].as_f64().unwrap() - (said / came - 1.0)).abs() < 1e-9);
    let page = place.run("simulate plans/from_run.yaml --against run.jtl");
    assert!(
        page.out.contains("Predicted against measured"),
        "{}",
        page.out
    );
    // The arrivals of the same file, as they were.
    place.write(
        "plans/log.yaml",
        "workload: {log: ../run.jtl}\nservice: {time: 5ms}\n",
    );
    let log = place.run("simulate plans/log.yaml --json -q").json();
    assert_eq!(log["duration_secs"], 20.0);
    let offered = log["summary"]["offered_per_sec"].as_f64().unwrap();
    assert!((offered - 10.0).abs() < 3.0, "{offered}");
}

#[test]
fn mistakes_name_file_line_and_key() {
    let place = place();
    place.write("typo.yaml", &SCENARIO.replace("topology:", "topolgy:"));
    place.write(
        "impossible.yaml",
        &SCENARIO.replace("max: 5", "min: 9, max: 5"),
    );
    place.write(
        "plans/no_run.yaml",
        &SCENARIO.replace("service: {", "service: {from_run: gone.jtl, "),
    );
    place.write("no_sla.yaml", SCENARIO);
    place.write(
        "bad_sla.yaml",
        &SCENARIO.replace("promises/sla.yaml", "plans/bad.yaml"),
    );
    place.write(
        "plans/bad.yaml",
        "objectives:\n  - {name: x, kind: speed, target: 1s}\n",
    );
    place.write("plain.txt", "not a scenario");
    for (file, kind, line, says) in [
        ("typo.yaml", "scenario-file", Some(4), "did you mean"),
        (
            "impossible.yaml",
            "scenario",
            Some(5),
            "autoscaling.min: 9 is more than max, 5",
        ),
        ("plans/no_run.yaml", "scenario", Some(3), "service.from_run"),
        ("no_sla.yaml", "missing-file", None, "sla.yaml"),
        ("bad_sla.yaml", "sla-file", Some(2), "latency"),
        ("gone.yaml", "missing-file", None, "gone.yaml"),
        ("plain.txt", "scenario-file", Some(1), "scenario"),
    ] {
        let error = place.run(&format!("simulate {file} --json")).error(kind);
        let message = error.to_string();
        assert_eq!(error["line"].as_u64(), line, "{message}");
        assert!(message.contains(says), "{message}");
        assert!(!error["file"].is_null(), "{message}");
    }
    let plain = place.run("simulate typo.yaml");
    assert_eq!(plain.code, 2);
    assert!(plain.err.contains("topolgy"), "{}", plain.err);
}

/// Overload is an answer: it ends, with what could not be served.
#[test]
fn overload_is_a_result() {
    let place = place();
    place.write(
        "over.yaml",
        "workload: {rate: 500_rps, duration: 1min}\nservice: {time: 100ms, workers: 1, queue_limit: 20}\n",
    );
    let document = place.run("simulate over.yaml --json -q").json();
    let failed = document["summary"]["error_rate"].as_f64().unwrap();
    assert!(failed > 0.9, "{failed}");
}
