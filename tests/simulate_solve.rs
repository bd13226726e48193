//! `headroom simulate` with its questions: keys, figures that agree with the run of the answer, and bad input.

use serde_json::Value;

use crate::cli_place::{Place, keys};

const SCENARIO: &str = "\
name: today
workload: {pattern: constant, rate: 400_rps, duration: 10min}
service: {time: {distribution: exponential, mean: 20ms}, workers: 4}
topology: {instances: 4}
cost: {instance_hour: 0.17, currency: USD}
sla:
  objectives:
    - {name: API P95, kind: latency, percentile: 95, target: 100ms}
run: {engine: fluid, step: 5s, seed: 1, warm_up: 1m}
";

fn place() -> Place {
    let place = Place::new();
    place.write("s.yaml", SCENARIO);
    let more = SCENARIO
        .replace("today", "more")
        .replace("400_rps", "800_rps")
        .replace("instances: 4", "instances: 9");
    place.write("more.yaml", &more);
    let bare = SCENARIO.split("sla:").next().unwrap().to_owned() + "run: {engine: fluid}\n";
    place.write("bare.yaml", &bare);
    place
}

fn asked(place: &Place, line: &str) -> Value {
    let ended = place.run(line);
    assert_eq!(ended.code, 0, "{line}\n{}{}", ended.out, ended.err);
    serde_json::from_str(&ended.out).unwrap()
}

/// Four workers of 20 ms carry 200/s, so that 400/s take three instances at the least.
#[test]
fn the_fewest_instances_and_the_run_of_the_answer_agree() {
    let place = place();
    let document = asked(
        &place,
        "simulate s.yaml --solve instances --solved out.yaml --json",
    );
    let solve = &document["solve"];
    keys(
        solve,
        "what value unit next_failing binding runs sentence notes tried",
    );
    assert_eq!(solve["what"], "instances");
    assert_eq!(
        (solve["value"].as_f64(), solve["next_failing"].as_f64()),
        (Some(3.0), Some(2.0))
    );
    assert_eq!(solve["binding"], "API P95");
    // 3 · 0.17 · 730.
    let cost = solve["at_value"]["cost_per_month"].as_f64().unwrap();
    assert!((cost - 372.3).abs() < 0.01, "{cost}");
    let again = asked(&place, "simulate out.yaml --json");
    assert_eq!(
        again["summary"]["p95_ms"], solve["at_value"]["p95_ms"],
        "the file that was written is the answer"
    );
    assert_eq!(again["summary"]["sla"][0]["verdict"], "met");
}

#[test]
fn tornado_waterfall_and_break_even_have_their_keys_and_sums() {
    let place = place();
    let line = "simulate s.yaml --tornado --waterfall more.yaml --break-even more.yaml --json";
    let document = asked(&place, line);
    let bars = document["tornado"].as_array().unwrap();
    assert!(bars.iter().any(|b| b["input"] == "service time"));
    assert!(bars[0]["swing_p95_ms"].as_f64() >= bars[1]["swing_p95_ms"].as_f64());
    let fall = &document["waterfall"];
    let steps = fall["steps"].as_array().unwrap();
    assert_eq!(
        steps.iter().map(|s| &s["step"]).collect::<Vec<_>>(),
        ["workload", "instances"]
    );
    for key in ["p95_micros", "error_ppm", "cost_cents"] {
        let sum: i64 = steps.iter().filter_map(|s| s[key].as_i64()).sum();
        assert_eq!(Some(sum), fall["total"][key].as_i64(), "{key}");
    }
    // Five instances more: 5 · 0.17 · 730.
    assert_eq!(fall["total"]["cost_cents"], 62_050);
    assert_eq!(document["break_even"]["cheaper_now"], "today");
    assert_eq!(document["break_even"]["growth"], Value::Null);
    let page = place.run("simulate s.yaml --tornado --waterfall more.yaml --break-even more.yaml");
    for says in [
        "Which input matters",
        "What turns “today” into “more”",
        "never cheaper within 50×",
    ] {
        assert!(page.out.contains(says), "{says}\n{}", page.out);
    }
}

#[test]
fn questions_that_cannot_be_answered_say_why() {
    let place = place();
    for (line, says) in [
        (
            "simulate bare.yaml --solve instances",
            "there is no promise to keep",
        ),
        (
            "simulate s.yaml --solve target",
            "no autoscaler with a utilisation target",
        ),
        ("simulate s.yaml --solve hit-ratio", "no cache"),
        ("simulate s.yaml --solve instances --within 5", "1..500"),
        (
            "simulate s.yaml --solve instances --within 9..5",
            "is no range",
        ),
        ("simulate s.yaml --within 1..5", "--solve"),
        (
            "simulate s.yaml --tornado --spread 200%",
            "a share between 0 and 1",
        ),
        ("simulate s.yaml --waterfall gone.yaml", "gone.yaml"),
    ] {
        let ended = place.run(line);
        assert_eq!(ended.code, 2, "{line}\n{}", ended.out);
        assert!(ended.err.contains(says), "{line}\n{}", ended.err);
    }
}
