//! The presets of the five documents, the benchmarks block, and the commented reference.

use std::collections::BTreeMap;

use headroom::analysis::sla::{
    ObjectiveKind, Quantity, SlaFile, Statistic, Verdict,
    presets::{self, PRESETS},
};
use headroom::dataset::{Role, SeriesKind};
use headroom::units::{MicroRate, Micros, Ppm};

use super::{parsed, preset};
use crate::sla_fixture::{at, at_the_end_of, batch, dataset_of, one, report, run, series};

/// Each preset is read, judges, and says above every target whose words it is.
#[test]
fn presets_are_judged_and_cite_their_words() {
    let requests = dataset_of(
        Role::Production,
        run(
            &["GET /api/v1/agents"],
            &[batch("2026-06-10 12:00", 0, 90, 1_000, 0)],
        ),
    );
    for preset in &PRESETS {
        let file = parsed(preset.yaml);
        let result = report(&requests, preset.yaml, &at_the_end_of("2026-06"));
        assert_eq!(result.objectives.len(), file.objectives.len());
        // A promise that nothing is known of says so, instead of nothing.
        for objective in &result.objectives {
            let silent = objective.verdict == Verdict::NoData && objective.reason.is_none();
            assert!(!silent, "{}: {}", preset.name, objective.name);
        }
        assert!(preset.yaml.contains(preset.document), "{}", preset.name);
        if !preset.yaml.contains("word for word") {
            let lines: Vec<&str> = preset.yaml.lines().map(str::trim).collect();
            for (index, line) in lines.iter().enumerate() {
                if line.starts_with("- ") {
                    let above = lines[index - 1];
                    assert!(
                        above.starts_with("# ") && above.contains('"'),
                        "{}: {line}",
                        preset.name
                    );
                }
            }
        }
    }
    let count: usize = PRESETS
        .iter()
        .map(|p| parsed(p.yaml).objectives.len())
        .sum();
    assert_eq!(count, 101);
    assert_eq!(presets::nearest("benchmark"), Some("benchmarks"));
}

/// The block of the strategy document is the preset, comments aside.
#[test]
fn the_performance_sla_is_word_for_word() {
    let words = |yaml: &str| -> Vec<String> {
        yaml.lines()
            .filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty())
            .map(|l| l.trim_end().to_owned())
            .collect()
    };
    let preset = presets::find("performance-sla").unwrap();
    assert_eq!(
        words(preset.yaml),
        words(include_str!("../data/sla/performance_sla.yaml"))
    );
}

/// Every quotation in the presets stands in the document it names.
#[test]
#[ignore = "reads ../shared/data"]
fn peers_quotations_stand_in_the_documents() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|p| p.join("shared/requirements"))
        .find(|p| p.is_dir())
        .unwrap();
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !matches!(c, '*' | '✅'))
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut checked = 0;
    for preset in &PRESETS {
        let document = plain(&std::fs::read_to_string(folder.join(preset.document)).unwrap());
        if preset.yaml.contains("word for word") {
            let source = std::fs::read_to_string(folder.join(preset.document)).unwrap();
            let mut block: Vec<&str> = Vec::new();
            for line in preset.yaml.lines().filter(|l| !l.starts_with('#')) {
                block.push(line);
            }
            for line in block.iter().filter(|l| !l.trim().is_empty()) {
                assert!(source.lines().any(|s| s.trim_end() == *line), "{line}");
                checked += 1;
            }
            continue;
        }
        for line in preset
            .yaml
            .lines()
            .map(str::trim)
            .filter(|l| l.starts_with("# ") && l.contains(": "))
        {
            let Some((_, rest)) = line.split_once('"') else {
                continue;
            };
            let Some((quoted, _)) = rest.rsplit_once('"') else {
                continue;
            };
            for part in quoted
                .split("\", \"")
                .flat_map(|q| q.split("\", and of the whole: \""))
                .flat_map(|q| q.split("\": \""))
                .flat_map(|q| q.split('…'))
            {
                let part = plain(part);
                // Beginnings of a block are quoted by their keys.
                let keys: Vec<&str> = part.split([':', ',', '#']).collect();
                let found =
                    document.contains(&part) || keys.iter().all(|k| document.contains(k.trim()));
                assert!(found, "{}: {part}", preset.name);
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn the_benchmarks_are_read_as_objectives() {
    let file = preset("benchmarks");
    let by_name = |name: &str| {
        file.objectives
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| {
                panic!(
                    "{name} not in {:?}",
                    file.objectives.iter().map(|o| &o.name).collect::<Vec<_>>()
                )
            })
    };
    assert_eq!(file.objectives.len(), 20);
    let agents = by_name("GET /api/v1/agents response time");
    assert_eq!(agents.kind, ObjectiveKind::Latency);
    assert_eq!(agents.target.value, Quantity::Duration(Micros(100_000)));
    assert_eq!(agents.percentile, Ppm(950_000));
    let execute = by_name("POST /api/v1/agents/execute throughput");
    assert_eq!(
        execute.target.value,
        Quantity::Rate(MicroRate::per_sec(500))
    );
    let normal = by_name("CPU utilisation under normal load");
    assert_eq!(
        (normal.statistic, normal.target.strict),
        (Statistic::Mean, true)
    );
    assert_eq!(normal.target.value, Quantity::Share(Ppm(700_000)));
    let peak = by_name("Memory utilisation under peak load");
    assert_eq!(
        (peak.statistic, peak.kind),
        (Statistic::Max, ObjectiveKind::Utilisation)
    );
    assert_eq!(
        by_name("Disk I/O: read latency").target.value,
        Quantity::Duration(Micros(10_000))
    );
    assert_eq!(
        by_name("Network I/O: packet loss").target.value,
        Quantity::Share(Ppm(1_000))
    );
    assert_eq!(
        by_name("Workflow completion time: long workflows")
            .target
            .value,
        Quantity::Duration(Micros(300_000_000))
    );
    assert_eq!(
        by_name("User experience: page load time")
            .scope
            .class
            .as_deref(),
        Some("web_pages")
    );
    assert_eq!(file.limits.len(), 4);
}

/// Each endpoint is judged by its own requests: path and method, with or without a query.
#[test]
fn benchmarks_tell_endpoints_apart() {
    let data = dataset_of(
        Role::Production,
        run(
            &[
                "GET /api/v1/agents?page=2",
                "POST /api/v1/agents/execute",
                "POST /api/v1/agents",
            ],
            &[
                batch("2026-06-10 12:00", 0, 90, 100, 0),
                batch("2026-06-10 12:00", 1, 900, 100, 0),
                batch("2026-06-10 12:00", 2, 5_000, 100, 0),
            ],
        ),
    );
    let yaml = presets::find("benchmarks").unwrap().yaml;
    let result = report(&data, yaml, &at_the_end_of("2026-06"));
    let verdicts: BTreeMap<&str, (Verdict, u64)> = result
        .objectives
        .iter()
        .map(|o| (o.name.as_str(), (o.verdict, o.n)))
        .collect();
    assert_eq!(
        verdicts["GET /api/v1/agents response time"],
        (Verdict::Met, 100)
    );
    assert_eq!(
        verdicts["POST /api/v1/agents/execute response time"],
        (Verdict::Breached, 100)
    );
    assert_eq!(
        verdicts["POST /api/v1/workflows/run response time"].0,
        Verdict::NoData
    );
}

/// The rate of all requests proves nothing about those to one endpoint.
#[test]
fn a_total_does_not_speak_for_an_endpoint() {
    let judged = |series_name: &str| {
        let points: Vec<_> = (0..720)
            .map(|hour| {
                let start = at("2026-06-01");
                (start.plus(Micros(hour * Micros::HOUR.0)), 5_000.0)
            })
            .collect();
        let data = series(series_name, "/s", SeriesKind::Rate, &points);
        let body = "    kind: throughput\n    scope: {label: \"*/api/v1/agents*\"}\n    target: 1000_rps\n";
        one(&data, body, &at_the_end_of("2026-06")).verdict
    };
    assert_eq!(judged("requests_per_second"), Verdict::NoData);
    assert_eq!(
        judged("requests_per_second{path=/api/v1/agents}"),
        Verdict::Met
    );
}

/// Targets in megabytes are held against series in whatever unit of bytes these have.
#[test]
fn amounts_of_information_are_converted() {
    let judged = |unit: &str, value: f64, target: &str| {
        let data = series(
            "mem_used",
            unit,
            SeriesKind::Gauge,
            &[(at("2026-06-10 12:00"), value)],
        );
        let body = format!("    kind: metric\n    series: mem*\n    target: {target}\n");
        one(&data, &body, &at_the_end_of("2026-06"))
    };
    assert_eq!(
        judged("B", 499_999_999.0, "\"<500MB\"").verdict,
        Verdict::Met
    );
    let over = judged("B", 500_000_000.0, "\"<500MB\"");
    assert_eq!(
        (over.verdict, over.unit.as_str()),
        (Verdict::Breached, "MB")
    );
    assert_eq!(over.target, Some(500.0));
    // 476.84 MiB are 500 MB.
    assert_eq!(judged("MiB", 476.8, "500MB").verdict, Verdict::Met);
    assert_eq!(judged("MiB", 476.9, "500MB").verdict, Verdict::Breached);
    assert_eq!(judged("B/s", 125_000.0, "1Mbps").verdict, Verdict::Met);
    assert_eq!(
        judged("MB/s", 9.9, "\">=10MB/s\"").verdict,
        Verdict::Breached
    );
    // Another unit is no amount of information.
    let other = judged("ms", 3.0, "500MB");
    assert_eq!(other.verdict, Verdict::NoData);
    assert!(other.reason.unwrap().contains("\"ms\""));
}

/// The commented reference holds every key, and is itself a file of promises.
#[test]
fn the_reference_is_a_file_of_promises() {
    let text = include_str!("../../sample-data/sla-reference.yaml");
    let file = parsed(text);
    let kinds: std::collections::BTreeSet<_> = file.objectives.iter().map(|o| o.kind).collect();
    assert_eq!(kinds.len(), 9);
    let wrong =
        SlaFile::parse("objectives:\n  - {name: x, kind: latency, nonsense: 1}\n").unwrap_err();
    let keys = wrong.message.split("known keys: ").nth(1).unwrap();
    for key in keys.split(", ") {
        let stands = text.lines().any(|l| {
            l.trim_start_matches(['#', ' ', '-'])
                .starts_with(&format!("{key}:"))
        });
        assert!(stands, "{key} is not in sample-data/sla-reference.yaml");
    }
    let wrong = SlaFile::parse("nonsense: 1\n").unwrap_err();
    for key in wrong
        .message
        .split("known keys: ")
        .nth(1)
        .unwrap()
        .split(", ")
    {
        assert!(
            text.lines().any(|l| l.starts_with(&format!("{key}:"))),
            "{key}"
        );
    }
}
