//! Headroom from the command line: ceilings from metrics alone, nodes and failures, the date, the models side by side,
//! and what is refused.

use egui_kittest::kittest::Queryable as _;
use headroom::analysis::capacity::headroom::{Ceiling, CeilingBasis, HeadroomParams, headroom};
use headroom::analysis::capacity::nodes::NodeCurve;
use headroom::calendar::Instant;
use headroom::ui::results::{HeadroomOutcome, HeadroomRequest};
use headroom::ui::state::Screen;
use headroom::units::{Micros, Ppm};
use serde_json::Value;

use crate::cli_place::{Place, keys};
use crate::ui_fixture::{Desk, harness};

/// What the Capacity screen shows of headroom in the tests of screens.
pub fn left(wanted: &HeadroomRequest) -> HeadroomOutcome {
    let ceiling = |name: &str, throughput: f64, basis| Ceiling {
        name: name.to_owned(),
        throughput,
        ci95: Some((throughput * 0.95, throughput * 1.05)),
        basis,
        why: "R² 0.94".to_owned(),
        ..Ceiling::default()
    };
    let ceilings = [
        ceiling("P95 ≤ 200 ms", 333.0, CeilingBasis::Promise),
        ceiling("CPU of checkout", 350.0, CeilingBasis::Resource),
        ceiling("disk of checkout", 900.0, CeilingBasis::Resource),
    ];
    let params = HeadroomParams {
        demand: 210.0,
        demand_text: "P99 of requests per second".to_owned(),
        growth: f64::from(wanted.growth_percent) / 100.0,
        reserve: Ppm(i64::from(wanted.reserve_percent) * 10_000),
        nodes: Some(u64::from(wanted.nodes)),
        fail: u64::from(wanted.fail),
        curve: NodeCurve::Linear,
        promise: Some("P95 ≤ 200 ms".to_owned()),
        price: None,
        seed: 1,
    };
    HeadroomOutcome {
        headroom: headroom(&ceilings, &params),
        demands: vec![
            "requests per second".to_owned(),
            "orders per second".to_owned(),
        ],
        demand: "requests per second".to_owned(),
        ..HeadroomOutcome::default()
    }
}

#[test]
fn the_capacity_screen_says_what_is_left_and_what_runs_out_first() {
    let harness = harness(Desk::full(Screen::Capacity), [1_100.0, 2_400.0]);
    harness.get_by_label("Headroom");
    harness.get_by_label_contains(
        "Left are 123 requests/s at P95 ≤ 200 ms, bound by the promise itself",
    );
    harness.get_by_label("CPU of checkout");
    // 210 of 350.
    assert!(harness.query_all_by_label("60.0 %").count() > 0);
    harness.get_by_label("Runs out first");
    assert!(harness.query_all_by_label("History and limit").count() > 1);
    harness.get_by_label_contains("linear, assumed");
}

/// Sixty days by the hour: requests from 300 to 420 a second with a daily swing, a processor that is 5 % busy without
/// requests and 0.06 % more for each, a disk that has nothing to do with them.
fn metrics(place: &Place) {
    let mut text = String::from("time,requests_per_second,cpu_percent,disk_used_percent\n");
    let start = Instant::from_secs(1_777_593_600);
    for hour in 0..60 * 24_i64 {
        let at = start.plus(Micros(hour * 3_600_000_000));
        let swing = (hour % 24 - 12).abs() as f64 * 8.0;
        let wobble = (hour * 7_919 % 101) as f64 / 101.0;
        let rate = 250.0 + hour as f64 / 12.0 + swing + wobble * 5.0;
        let noise = (hour * 104_729 % 97) as f64 / 97.0 - 0.5;
        let cpu = 5.0 + 0.06 * rate + noise;
        let disk = 40.0 + (hour * 31 % 17) as f64 / 10.0;
        text.push_str(&format!("{at},{rate:.3},{cpu:.3},{disk:.2}\n"));
    }
    place.write("metrics.csv", &text);
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(value: &Value, expected: f64, within: f64) {
    let found = number(value);
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected}"
    );
}

#[test]
fn metrics_alone_give_a_ceiling_with_its_interval() {
    let place = Place::new();
    metrics(&place);
    let ended = place.run(
        "capacity metrics.csv --demand requests_per_second --reserve 20% --nodes 4 --fail 1 --json",
    );
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    let document = ended.json();
    let headroom = &document["headroom"];
    keys(
        headroom,
        "value unit binding_resource demand_peak usable after_failure nodes_needed assumed",
    );
    // (80 − 5) / 0.06 = 1,250, of which a fifth stays unused.
    near(&headroom["usable"], 1_000.0, 10.0);
    near(&headroom["after_failure"], 750.0, 8.0);
    let first = &headroom["resources"][0];
    let (low, high) = (number(&first["ci95"][0]), number(&first["ci95"][1]));
    let found = number(&first["throughput"]);
    assert!(
        low < found && found < high && high - low < 25.0,
        "{low} {high}"
    );
    near(&first["throughput"], 1_250.0, 12.0);
    assert_eq!(headroom["binding_resource"], "CPU (cpu_percent)");
    assert_eq!(headroom["unit"], "requests/s");
    assert_eq!(number(&first["binds_first"]), 1.0);
    assert_eq!(headroom["resources"].as_array().unwrap().len(), 1);
    assert!(ended.err.contains("no ceiling from disk"), "{}", ended.err);
    // About 460 at the peak of the last days fit into three nodes of 250.
    assert_eq!(headroom["short"], false);
    assert_eq!(headroom["nodes_needed"], 3);
    let assumed = headroom["assumed"].to_string();
    assert!(assumed.contains("linear, assumed"), "{assumed}");
}

#[test]
fn ten_times_the_demand_is_short_and_says_by_how_many_nodes() {
    let place = Place::new();
    metrics(&place);
    let ended = place.run(
        "capacity metrics.csv --demand requests_per_second --growth 10x --by 2026-12 --nodes 4 --fail 1 --reserve 20% --node-hour 0.2 --currency EUR --json",
    );
    assert_eq!(ended.code, 1, "{}\n{}", ended.out, ended.err);
    let document = ended.json();
    let headroom = &document["headroom"];
    let demand = number(&headroom["demand_peak"]);
    assert!((number(&headroom["demand_now"]) * 10.0 - demand).abs() < 1e-6);
    let needed = headroom["nodes_needed"].as_u64().unwrap();
    let usable = number(&headroom["usable"]);
    assert_eq!(needed, (demand / (usable / 4.0)).ceil() as u64 + 1);
    near(
        &headroom["cost"]["monthly_needed"],
        needed as f64 * 146.0,
        1e-6,
    );
    assert_eq!(headroom["cost"]["currency"], "EUR");
    let chain = &document["chain"];
    let by = &chain["by"];
    assert_eq!(by["date"], "2026-12-01T00:00:00Z");
    assert_eq!(by["nodes"].as_u64(), Some(needed));
    assert_eq!(number(&by["probability"]), 1.0);
    // Even growth: from the end of the data on, ln(750 / now) / ln(10) of the way.
    let now = Instant::from_secs(1_777_593_600 + (60 * 24 - 1) * 3_600);
    let end = Instant::from_secs(1_796_083_200);
    let share = (usable * 0.75 / (demand / 10.0)).log10();
    let expected = now.plus(Micros((end.since(now).0 as f64 * share) as i64));
    let middle = chain["crossing"]["p50"].as_str().unwrap();
    let zone = headroom::calendar::Zone::utc();
    let found = headroom::calendar::parse_time(middle, &zone).unwrap().at;
    assert!(found.since(expected).as_days().abs() < 1.0, "{middle}");
    let text = place.run("capacity metrics.csv --demand requests_per_second --growth 10x");
    assert_eq!(text.code, 1);
    assert!(text.out.starts_with("Short by "), "{}", text.out);
    assert!(
        text.out.contains("bound by CPU (cpu_percent)"),
        "{}",
        text.out
    );
}

#[test]
fn a_forecast_demand_meets_the_capacity_on_a_date() {
    let place = Place::new();
    metrics(&place);
    // Two a day: 500 is reached by the daily P95 about ten weeks on; the horizon is as long as the history.
    let ended = place.run(
        "capacity metrics.csv --demand requests_per_second --reserve 62% --by 2026-07-20 --json",
    );
    let document = ended.json();
    let chain = &document["chain"];
    keys(
        chain,
        "capacity capacity_ci95 crossing probability_within_horizon horizon_end by order_by sentence",
    );
    near(&chain["capacity"], 475.0, 5.0);
    let date = |key: &str| chain["crossing"][key].as_str().map(str::to_owned);
    let (p10, p50) = (date("p10").unwrap(), date("p50").unwrap());
    assert!(p10 <= p50 && p50.starts_with("2026-07"), "{p10} {p50}");
    assert!(date("p90").is_none_or(|p90| p50 <= p90));
    let order = chain["order_by"].as_str().unwrap();
    assert!(order < p10.as_str());
    assert_eq!(ended.code, 1);
    let by = &chain["by"];
    assert!((0.0..=1.0).contains(&number(&by["probability"])));
    assert!(number(&by["demand_p90"]) >= number(&by["demand"]));
}

/// σ = κ = 0.02 over nodes: the curve turns at seven, which do 3.571 times what one does.
#[test]
fn a_table_of_nodes_is_a_curve_over_nodes() {
    let place = Place::new();
    place.write(
        "nodes.csv",
        "nodes,throughput\n1,100\n2,188.68\n4,307.69\n6,352.94\n8,353.98\n10,335.57\n",
    );
    let run = |demand: &str| {
        let line = format!(
            "capacity nodes.csv --x nodes --y throughput --demand {demand} --nodes 4 --fail 1 --json"
        );
        let ended = place.run(&line);
        (ended.code, ended.json())
    };
    let (code, document) = run("290rps");
    let headroom = &document["headroom"];
    near(&headroom["usable"], 307.69, 0.1);
    near(&headroom["after_failure"], 258.62, 0.1);
    assert_eq!((code, headroom["short"].as_bool()), (1, Some(true)));
    assert_eq!(headroom["nodes_needed"], 5);
    assert!(
        !headroom["assumed"].to_string().contains("linear"),
        "{headroom}"
    );
    assert!(document["queueing"].is_null());
    let (_, document) = run("340rps");
    assert_eq!(document["headroom"]["nodes_needed"], 7);
    let (_, document) = run("360rps");
    assert!(document["headroom"]["nodes_needed"].is_null());
    let sentence = document["headroom"]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("No number of nodes carries it"),
        "{sentence}"
    );
}

#[test]
fn a_sweep_has_the_queueing_model_beside_it() {
    let place = Place::new();
    // One queue of 10 ms and 90 ms elsewhere, by exact mean-value analysis.
    place.write(
        "sweep.csv",
        "concurrency,throughput\n1,10\n2,19.802\n5,47.509\n10,83.204\n20,99.938\n40,100\n80,100\n",
    );
    let ended = place.run("capacity sweep.csv --json");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    let queueing = &document["queueing"];
    keys(
        queueing,
        "demand_ms servers delay_ms bound points agrees sentence",
    );
    assert_eq!(queueing["servers"], 1);
    near(&queueing["demand_ms"], 10.0, 0.01);
    near(&queueing["delay_ms"], 90.0, 0.01);
    near(&queueing["bound"], 100.0, 0.01);
    assert_eq!(queueing["points"].as_array().unwrap().len(), 7);
    let agrees = number(&queueing["largest_difference"]) <= 0.1;
    assert_eq!(queueing["agrees"].as_bool(), Some(agrees));
    assert!(document["headroom"].is_null() && document["chain"].is_null());
}

#[test]
fn what_cannot_be_answered_is_refused_with_what_is_accepted() {
    let place = Place::new();
    metrics(&place);
    let base = "capacity metrics.csv --json";
    for (options, says) in [
        ("--demand requests_per_second --growth ten", "such as 10x"),
        ("--demand requests_per_second --reserve 120%", "below 100 %"),
        (
            "--demand requests_per_second --nodes 4 --fail 4",
            "fewer nodes",
        ),
        ("--demand requests_per_second --nodes 0", "--nodes 0"),
        ("--demand requests_per_second --peak p200", "--peak"),
        (
            "--demand requests_per_second --contention 2",
            "below 1 such as 0.02",
        ),
        (
            "--demand requests_per_second --contention fitted",
            "no scalability curve",
        ),
        ("--demand requests_per_second --node-hour=-1", "at least 0"),
        (
            "--demand requests_per_second --growth 2x --by 2020-01",
            "lies before",
        ),
        (
            "--demand cpu_percent",
            "is in %; a demand is needed in requests per second",
        ),
        ("--demand orders", "there is no series \"orders\""),
        ("--demand 0rps", "above zero"),
        ("--demand 500parsecs", "--demand"),
        (
            "--demand 500rps --by 2026-12",
            "--by needs a demand that changes",
        ),
    ] {
        let ended = place.run(&format!("{base} {options}"));
        let error = ended.error("usage");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{options}: {message}");
    }
    place.write(
        "sweep.csv",
        "concurrency,throughput\n1,10\n2,19\n4,35\n8,60\n",
    );
    let lonely = place.run("capacity sweep.csv --growth 10x --json");
    assert!(
        lonely.error("usage")["message"]
            .as_str()
            .unwrap()
            .contains("--growth needs --demand")
    );
    let by_name = place.run("capacity sweep.csv --demand requests --json");
    assert!(
        by_name.error("usage")["message"]
            .as_str()
            .unwrap()
            .contains("a table has no series")
    );
}

#[test]
fn one_seed_gives_one_answer() {
    let place = Place::new();
    metrics(&place);
    let line = "capacity metrics.csv --demand requests_per_second --json";
    assert_eq!(place.run(line).out, place.run(line).out);
}
