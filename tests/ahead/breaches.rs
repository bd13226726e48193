//! `headroom anomalies` names the promises that were broken meanwhile.

use headroom::calendar::Instant;
use headroom::units::Micros;

use crate::cli_place::Place;

/// Thirty days of hours with 5 % used, and two hours of 95 % on 20 June; a promise of at most 80 %.
fn place(promise: &str) -> Place {
    let place = Place::new();
    let mut rows = String::from("time,cpu_percent\n");
    for hour in 0..720_i64 {
        let at = Instant::from_secs(1_780_272_000).plus(Micros(hour * 3_600_000_000));
        let value = match hour {
            466 | 467 => 95.0,
            _ => 5.0 + (hour * 7 % 5) as f64 / 10.0,
        };
        rows.push_str(&format!("{at},{value}\n"));
    }
    place.write("cpu.csv", &rows);
    place.write("promise.yaml", promise);
    let made = place.run("import cpu.csv --project c.headroom --sla promise.yaml");
    assert_eq!(made.code, 0, "{}", made.err);
    place
}

const CPU: &str = "objectives:\n  - {name: CPU, kind: utilisation, target: 80%, scope: {metric: cpu_percent}, slice: 1h}\n";

#[test]
fn a_breach_within_an_anomaly_is_named() {
    let place = place(CPU);
    let found = place.run("anomalies --project c.headroom --json -q");
    assert_eq!(found.code, 1, "{}", found.err);
    let anomalies = &found.json()["series"][0]["anomalies"];
    assert_eq!(anomalies.as_array().unwrap().len(), 1, "{anomalies}");
    let breach = &anomalies[0]["breaches"][0];
    assert_eq!(breach["objective"], "CPU");
    assert_eq!(breach["start"], "2026-06-20T10:00:00Z");
    assert_eq!(breach["end"], "2026-06-20T12:00:00Z");
    assert!(
        breach["worst"].as_str().unwrap().starts_with("95"),
        "{breach}"
    );
    let table = place.run("anomalies --project c.headroom").out;
    let (head, row) = (
        table.lines().find(|l| l.contains("deviations")).unwrap(),
        table.lines().last().unwrap(),
    );
    assert!(head.trim_end().ends_with("breaches"), "{table}");
    assert!(row.trim_end().ends_with("CPU"), "{table}");
}

#[test]
fn without_a_broken_promise_nothing_is_named() {
    let kept = place(&CPU.replace("80%", "96%"));
    let found = kept.run("anomalies --project c.headroom --json -q");
    assert_eq!(found.code, 1);
    let anomaly = found.json()["series"][0]["anomalies"][0].clone();
    assert_eq!(anomaly.get("breaches"), None, "{anomaly}");
    let table = kept.run("anomalies --project c.headroom").out;
    assert!(!table.contains("breaches"), "{table}");
    // Files alone have no promises.
    let bare = kept.run("anomalies cpu.csv --json -q");
    assert!(!bare.out.contains("\"breaches\""), "{}", bare.out);
}
