//! Promises in all the forms they come in: presets of the documents, OpenSLO, alert rules, and every way to get them
//! wrong.

use std::collections::BTreeMap;

use headroom::analysis::sla::presets::{self, PRESETS};
use headroom::analysis::sla::{
    Conflict, ObjectiveKind, Quantity, SlaFile, Statistic, Verdict, conflicts, prometheus_rules,
    to_openslo,
};
use headroom::dataset::{Role, SeriesKind};
use headroom::units::{MicroRate, Micros, Ppm};

use crate::cli_place::Place;
use crate::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, incidents, one, report, run, series,
};

fn parsed(yaml: &str) -> SlaFile {
    SlaFile::parse(yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"))
}

fn preset(name: &str) -> SlaFile {
    parsed(presets::find(name).unwrap().yaml)
}

fn find<'a>(list: &'a [Conflict], words: &str) -> &'a Conflict {
    list.iter()
        .find(|c| c.what.contains(words))
        .unwrap_or_else(|| panic!("\"{words}\" not in {list:#?}"))
}

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
        words(include_str!("data/sla/performance_sla.yaml"))
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

/// SEMANTICS.md: the three places where the documents disagree with themselves.
#[test]
fn the_conflicts_of_the_documents_are_found() {
    let benchmarks = preset("benchmarks");
    let list = conflicts::written(&benchmarks);
    let execute = find(&list, "/api/v1/agents/execute");
    assert_eq!(
        execute.between,
        [
            "POST /api/v1/agents/execute throughput: target",
            "rate limit of /api/v1/agents/execute"
        ]
    );
    assert_eq!(
        execute.what,
        "Requests to /api/v1/agents/execute are limited to 50/s, and 60/s with a burst of 10, which is below the target of 500/s: it cannot be met while the limit holds."
    );
    let run = find(&list, "/api/v1/workflows/run");
    assert!(
        run.what.contains("limited to 30/s") && run.what.contains("100/s"),
        "{}",
        run.what
    );
    // The 1,000/s of GET /api/v1/agents has no limit of its own and fits the global one.
    assert_eq!(list.len(), 2, "{list:#?}");

    let sla = preset("performance-sla");
    assert_eq!(conflicts::written(&sla), []);
    let across = conflicts::across([("performance-sla", &sla), ("benchmarks", &benchmarks)]);
    let [burst] = across.as_slice() else {
        panic!("{across:#?}");
    };
    assert_eq!(burst.between, ["Throughput: burst", "global rate limit"]);
    assert_eq!(
        burst.what,
        "All requests together are limited to 10,000/s, and 11,000/s with a burst of 1,000, which is below the burst of 15,000/s: it cannot be met while the limit holds."
    );

    let list = conflicts::written(&preset("optimisation-report"));
    let [memory] = list.as_slice() else {
        panic!("{list:#?}");
    };
    assert_eq!(
        memory.what,
        "620MB is stated and graded \"A+ (Exceeds All Targets)\", but it misses the target of less than 100 MB: it is graded as good."
    );
    for name in [
        "strategy-targets",
        "strategy-operations",
        "federation",
        "team",
        "programme",
    ] {
        assert_eq!(conflicts::written(&preset(name)), [], "{name}");
    }
}

#[test]
fn promises_that_contradict_each_other_are_found() {
    let of = |yaml: &str| conflicts::written(&parsed(yaml));
    let two = |a: &str, b: &str| {
        of(&format!(
            "objectives:\n  - {{name: A, {a}}}\n  - {{name: B, {b}}}\n"
        ))
    };
    let one = |body: &str| of(&format!("objectives:\n  - {{name: A, {body}}}\n"));
    let tighter = two(
        "kind: latency, target: 200ms",
        "kind: latency, target: 500ms",
    );
    assert!(
        tighter[0]
            .what
            .ends_with("Where \"A\" holds, \"B\" holds as well."),
        "{tighter:?}"
    );
    assert_eq!(tighter[0].between, ["A", "B"]);
    // Other percentiles, scopes, periods or services are other promises.
    for (a, b) in [
        (
            "kind: latency, target: 200ms",
            "kind: latency, target: 500ms, percentile: 99",
        ),
        (
            "kind: latency, target: 200ms",
            "kind: latency, target: 500ms, scope: {service: web}",
        ),
        (
            "kind: availability, target: 99.9%",
            "kind: availability, target: 99.5%, period: year",
        ),
        (
            "kind: error_rate, target: 1%",
            "kind: error_rate, target: 1%",
        ),
        (
            "kind: metric, series: q, target: 5",
            "kind: metric, series: q, target: \">=5\"",
        ),
        (
            "kind: metric, series: q, target: 5",
            "kind: metric, series: q, target: 6ms",
        ),
    ] {
        assert_eq!(two(a, b), [], "{a} {b}");
    }
    let impossible = two(
        "kind: metric, series: q, target: 5",
        "kind: metric, series: q, target: \">=6\"",
    );
    assert!(
        impossible[0].what.contains("both cannot hold"),
        "{impossible:?}"
    );
    assert!(
        one("kind: throughput, target: 100_rps, burst: 100_rps")[0]
            .what
            .contains("not above")
    );
    assert_eq!(one("kind: throughput, target: 100_rps, burst: 101_rps"), []);
    assert!(
        one("kind: error_rate, target: 1%, critical: 0.5%")[0]
            .what
            .contains("before the target")
    );
    assert_eq!(one("kind: error_rate, target: 1%, critical: 1%"), []);
    // 99.9 % of 28 to 31 days are 40.32 to 44.64 minutes.
    assert_eq!(
        one("kind: availability, target: 99.9%, allowance: 43.2min"),
        []
    );
    let never = one("kind: availability, target: 99.9%, allowance: 60min");
    assert!(
        never[0].what.contains("40 min 19 s to 44 min 38 s"),
        "{never:?}"
    );
    assert!(one("kind: availability, target: 99.9%, allowance: 86.4s, period: day").is_empty());
}

/// Conflicts reach the JSON of the command, with those between sets.
#[test]
fn conflicts_are_in_the_answer_of_the_command() {
    let place = Place::new();
    let ended = place
        .run("sla run.jtl --preset performance-sla --preset benchmarks --period 2026-06 --json");
    let list = ended.json()["conflicts"].clone();
    let all = list.to_string();
    assert!(
        all.contains("15,000/s") && all.contains("limited to 50/s"),
        "{all}"
    );
}

const FOREIGN: &str = include_str!("data/sla/openslo.yaml");

/// sla-and-reports.md, vector B17: 95 % over two weeks of 24,000 requests a day; 1,008 slices; 99.95 % of a week.
#[test]
fn openslo_budgets() {
    let file = parsed(FOREIGN);
    let names: Vec<&str> = file.objectives.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["Fast requests", "Good minutes", "Uptime", "Queue"]);
    let judged = |batches: &[Batch], period: &str, name: &str| {
        let data = dataset_of(Role::Production, run(&["GET /api"], batches));
        let result = report(&data, FOREIGN, &at_the_end_of(period));
        let found = result.objectives.into_iter().find(|o| o.name == name);
        found.unwrap()
    };
    let days: Vec<Batch> = (1..=14)
        .map(|day| batch(&format!("2026-06-{day:02} 12:00"), 0, 50, 24_000, 0))
        .collect();
    let budget = judged(&days, "2026-06", "Fast requests").budget.unwrap();
    assert_eq!((budget.unit.as_str(), budget.total), ("requests", 16_800.0));
    // 14 days have 20,160 minutes, of which 1,008 may fail: 16 h 48 min.
    let start = at("2026-06-01");
    let minutes: Vec<Batch> = (0..20_160)
        .map(|minute| Batch {
            at: start.plus(Micros(minute * Micros::MINUTE.0)),
            label: 0,
            ms: 50,
            count: 1,
            errors: 0,
        })
        .collect();
    let tally = judged(&minutes, "2026-06-14", "Good minutes")
        .slices
        .unwrap();
    assert_eq!((tally.met, tally.met - tally.required), (20_160, 1_008));
    let week = one(
        &incidents(Vec::new()),
        "    kind: availability\n    target: 99.95%\n    period: week\n",
        &at_the_end_of("2026-W25"),
    );
    // 5 min 2.4 s.
    assert_eq!(week.budget.unwrap().total, 302.4);
}

/// Windows, methods, references and alert policies of someone else's file.
#[test]
fn openslo_of_others_is_read() {
    let file = parsed(FOREIGN);
    let fast = &file.objectives[0];
    assert_eq!(fast.kind, ObjectiveKind::ShareUnder);
    assert_eq!(
        fast.threshold.unwrap().value,
        Quantity::Duration(Micros(200_000))
    );
    assert_eq!(fast.target.value, Quantity::Share(Ppm(950_000)));
    assert_eq!(fast.scope.service.as_deref(), None);
    let uptime = &file.objectives[2];
    assert_eq!(uptime.kind, ObjectiveKind::Availability);
    assert_eq!(uptime.scope.service.as_deref(), Some("web"));
    assert_eq!(uptime.target.value, Quantity::Share(Ppm(999_500)));
    let queue = &file.objectives[3];
    assert_eq!(queue.kind, ObjectiveKind::Metric);
    assert_eq!(queue.scope.metric.as_deref(), Some("queue_depth*"));
    assert_eq!(queue.target.value, Quantity::Value(100_000_000));
    assert_eq!(file.timezone.as_deref(), Some("Europe/Berlin"));
    let kept = file.kept.join("\n");
    for part in [
        "rolling window of 1w",
        "Alert policy fast-burn",
        "burnrate gte 14.4 over 1h",
        "its alert policies",
    ] {
        assert!(kept.contains(part), "{part}\n{kept}");
    }
    // What is kept is said where it is judged.
    let result = report(&incidents(Vec::new()), FOREIGN, &at_the_end_of("2026-06"));
    assert!(
        result
            .warnings
            .iter()
            .any(|w| w.message.contains("fast-burn"))
    );
}

/// Whatever a preset says comes back from OpenSLO, and what OpenSLO cannot say is named.
#[test]
fn presets_survive_openslo() {
    let form = include_str!("data/sla/own_form.yaml");
    let all = PRESETS
        .iter()
        .map(|p| (p.name, p.yaml))
        .chain([("own", form)]);
    for (name, yaml) in all {
        let export = to_openslo(yaml).unwrap();
        let back = parsed(&export.text);
        let mut original = parsed(yaml);
        let tidy = |file: &mut SlaFile| {
            file.objectives.sort_by(|a, b| a.name.cmp(&b.name));
            for objective in &mut file.objectives {
                objective.line = None;
            }
            for limit in &mut file.limits {
                limit.line = 0;
            }
            for stated in &mut file.stated {
                stated.line = 0;
            }
        };
        let mut back = back;
        tidy(&mut original);
        tidy(&mut back);
        for (a, b) in original.objectives.iter().zip(&back.objectives) {
            assert_eq!(a, b, "{name}\n{}", export.text);
        }
        assert_eq!(back, original, "{name}\n{}", export.text);
        let improvements = original.objectives.iter().filter(|o| {
            matches!(
                o.kind,
                ObjectiveKind::Improvement | ObjectiveKind::Regression
            )
        });
        let said = export
            .unsaid
            .iter()
            .filter(|s| s.contains("baseline"))
            .count();
        assert_eq!(said, improvements.count(), "{:?}", export.unsaid);
    }
    let export = to_openslo(presets::find("optimisation-report").unwrap().yaml).unwrap();
    assert!(
        export
            .unsaid
            .iter()
            .any(|s| s.contains("no target of 100 %"))
    );
    assert!(to_openslo(&export.text).is_err());
}

/// A target that someone changed in the exported file counts, and the rest stays.
#[test]
fn an_edit_in_the_export_comes_back() {
    let export = to_openslo(include_str!("data/sla/own_form.yaml")).unwrap();
    assert_eq!(
        export.text.matches("target: 0.999\n").count(),
        1,
        "{}",
        export.text
    );
    let edited = export
        .text
        .replace("target: 0.999\n", "target: 0.995\n")
        .replacen("value: 200\n", "value: 250\n", 1);
    let file = parsed(&edited);
    let first = file
        .objectives
        .iter()
        .find(|o| o.name == "API availability")
        .unwrap();
    assert_eq!(first.target.value, Quantity::Share(Ppm(995_000)));
    assert_eq!(first.allowance, Some(Micros(2_592_000_000)));
    let latency = file
        .objectives
        .iter()
        .find(|o| o.name == "API P95")
        .unwrap();
    assert_eq!(latency.target.value, Quantity::Duration(Micros(250_000)));
    assert!(latency.target.strict);
    assert_eq!(latency.min_samples, 1_000);
}

#[test]
fn alert_rules_become_hints() {
    let found = prometheus_rules::read(include_str!("data/sla/alert_rules.yaml")).unwrap();
    let suggested = parsed(&found.yaml);
    let by_name = |name: &str| {
        suggested
            .objectives
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("{name}\n{}", found.yaml))
    };
    let latency = by_name("P95 latency");
    assert_eq!(latency.target.value, Quantity::Duration(Micros(200_000)));
    assert_eq!(
        latency.critical.unwrap().value,
        Quantity::Duration(Micros(500_000))
    );
    let errors = by_name("Error rate");
    assert_eq!(
        (errors.kind, errors.target.value),
        (ObjectiveKind::ErrorRate, Quantity::Share(Ppm(50_000)))
    );
    let cpu = by_name("cpu");
    assert_eq!(
        (cpu.kind, cpu.target.value),
        (ObjectiveKind::Utilisation, Quantity::Share(Ppm(800_000)))
    );
    let disk = by_name("node filesystem avail bytes");
    assert_eq!(disk.target.value, Quantity::Share(Ppm(100_000)));
    assert_eq!(disk.target.direction, headroom::units::Direction::AtLeast);
    let queue = by_name("queue depth");
    assert_eq!(
        (queue.target.value, queue.target.strict),
        (Quantity::Value(100_000_000), true)
    );
    assert_eq!(suggested.objectives.len(), 5, "{}", found.yaml);
    let said: BTreeMap<&str, &str> = found
        .hints
        .iter()
        .map(|h| (h.rule.as_str(), h.what.as_str()))
        .collect();
    assert!(said["InstanceDown"].contains("equal"));
    assert!(said["Both"].contains("Several conditions"));
    assert!(said["NoData"].contains("missing"));
    assert_eq!(
        said["HighLatency"],
        "It fires when P95 latency is above 200ms."
    );
    let high = found
        .hints
        .iter()
        .find(|h| h.rule == "HighLatency")
        .unwrap();
    assert_eq!(
        (high.line, high.severity.as_str(), high.suggests.as_deref()),
        (6, "warning", Some("P95 latency"))
    );
    assert_eq!(
        prometheus_rules::hint_words(high),
        "HighLatency (warning, for 5 min): It fires when P95 latency is above 200ms."
    );
    assert!(prometheus_rules::read("objectives: []\n").is_err());
}

/// A mistake is answered with its line, its key and what may stand there.
#[test]
fn mistakes_name_line_key_and_what_is_accepted() {
    let one = |body: &str| format!("objectives:\n  - name: x\n{body}");
    let block = |body: &str| format!("performance_sla:\n{body}");
    let bench = |body: &str| format!("performance_benchmarks:\n{body}");
    let slo = |window: &str, rest: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: x}}\nspec:\n  indicator: {{spec: {{ratioMetric: {{counter: true}}}}}}\n  timeWindow: [{window}]\n{rest}"
        )
    };
    let rolling = "{duration: 30d, isRolling: true}";
    let table: Vec<(String, u64, &[&str])> = vec![
        (
            one("    kind: latency\n    targt: 200ms\n"),
            4,
            &[
                "unknown key \"targt\"",
                "did you mean \"target\"",
                "percentile",
            ],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    percentil: 95\n"),
            5,
            &["did you mean \"percentile\""],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    flavour: blue\n"),
            5,
            &["unknown key \"flavour\"", "known keys: name, kind"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    scope: {servce: api}\n"),
            5,
            &["in scope", "did you mean \"service\""],
        ),
        (
            one("    kind: latancy\n    target: 200ms\n"),
            3,
            &["kind \"latancy\"", "did you mean \"latency\"", "throughput"],
        ),
        (
            one("    kind: latency\n    target: 200_rps\n"),
            4,
            &["target", "unknown unit \"rps\"", "ms, s, min"],
        ),
        (
            one("    kind: latency\n    target: 200\n"),
            4,
            &["target", "200ms or 200s"],
        ),
        (
            one("    kind: throughput\n    target: 200ms\n"),
            4,
            &["target", "unknown unit \"ms\"", "10000_rps"],
        ),
        (
            one("    kind: availability\n    target: 100.1%\n"),
            4,
            &["target 100.1%", "between 0% and 100%", "99.9%"],
        ),
        (
            one("    kind: availability\n    target: 0.999\n"),
            4,
            &["target 0.999", "99.9%"],
        ),
        (
            one("    kind: error_rate\n    target: 101\n"),
            4,
            &["target 101", "between 0% and 100%"],
        ),
        (
            one("    kind: error_rate\n    target: -1%\n"),
            4,
            &["target -1%", "between 0% and 100%"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    percentile: 0\n"),
            5,
            &["percentile", "between 0 and 100", "95th"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    percentile: 100\n"),
            5,
            &["percentile", "between 0 and 100"],
        ),
        (
            one(
                "    kind: availability\n    target: 99.9%\n    exclusions: [a.csv, b.csv, a.csv]\n",
            ),
            5,
            &["exclusions", "a.csv", "once"],
        ),
        (
            one("    kind: availability\n    target: 99.9%\n    period: fortnight\n"),
            5,
            &["period \"fortnight\"", "week", "30d"],
        ),
        (
            one("    kind: availability\n    target: 99.9%\n    period: 2h\n"),
            5,
            &["one day", "30d"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    slice: 7h\n"),
            5,
            &["slice \"7h\"", "6h"],
        ),
        (
            one("    kind: availability\n    target: 99.9%\n    rule: strict\n"),
            5,
            &[
                "rule \"strict\"",
                "did you mean \"stricter\"",
                "percent, fixed",
            ],
        ),
        (
            one("    kind: availability\n    target: 99.9%\n    missing: maybe\n"),
            5,
            &["missing \"maybe\"", "unknown, up, down"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    slices_required: 0%\n"),
            5,
            &["slices_required", "more than zero"],
        ),
        (
            one("    kind: latency\n    target: 200ms\n    min_samples: many\n"),
            5,
            &["min_samples", "1000"],
        ),
        (
            one("    kind: share_under\n    target: 95%\n"),
            3,
            &["threshold", "200ms"],
        ),
        (
            one("    kind: metric\n    series: x\n    target: fast\n"),
            5,
            &["target \"fast\"", "100MB"],
        ),
        (one("    kind: metric\n    target: 5\n"), 3, &["series"]),
        (
            one("    kind: latency\n    target: 200ms\n    target: 300ms\n"),
            5,
            &["target"],
        ),
        (one("    kind: latency\n   target: 200ms\n"), 4, &["YAML"]),
        (
            "timezone: Europe/Berln\nobjectives: []\n".to_owned(),
            1,
            &["Europe/Berln", "zone"],
        ),
        (
            "objectves: []\n".to_owned(),
            1,
            &[
                "objectves",
                "did you mean \"objectives\"",
                "performance_sla",
            ],
        ),
        (
            "objectives: 3\n".to_owned(),
            1,
            &["objectives must be a list"],
        ),
        (
            block("  availability:\n    target: 99.9\n    downtime_alowance: 43min\n"),
            4,
            &["did you mean \"downtime_allowance\""],
        ),
        (
            block("  respons_time: {}\n"),
            2,
            &["did you mean \"response_time\"", "in performance_sla"],
        ),
        (
            block("  error_rate: {measurement_period: hourly}\n"),
            2,
            &["error_rate needs a target"],
        ),
        (
            bench("  api_endpoints:\n    - {endpoint: /a, target_respons_time: 1s}\n"),
            3,
            &["did you mean \"target_response_time\""],
        ),
        (
            bench("  api_endpoints:\n    - {method: GET, target_response_time: 1s}\n"),
            3,
            &["endpoint", "/api/v1/agents"],
        ),
        (
            bench("  system_resources:\n    cpu_utilization:\n      normal_lod: 70%\n"),
            4,
            &["did you mean \"normal_load\""],
        ),
        (
            bench("  system_resources:\n    cpu_utilization:\n      normal_load: 70ms\n"),
            4,
            &["normal_load", "70%"],
        ),
        (
            "limits:\n  global: {requests_per_secnd: 5}\n".to_owned(),
            2,
            &["did you mean \"requests_per_second\""],
        ),
        (
            "limits:\n  per_endpoint:\n    /a: {burst_capacity: 5}\n".to_owned(),
            3,
            &["/a needs requests_per_second"],
        ),
        (
            "stated:\n  - {objective: x, value: lots, grade: A}\n".to_owned(),
            2,
            &["value \"lots\"", "620MB"],
        ),
        (
            format!(
                "{}stated:\n  - {{objective: other, value: 1s, grade: A}}\n",
                one("    kind: latency\n    target: 1s\n")
            ),
            6,
            &["no objective", "\"other\""],
        ),
        (
            slo(rolling, "  objectives: [{target: 1}]\n"),
            7,
            &["target 1", "less than 1", "0.999"],
        ),
        (
            slo(rolling, "  objectives: [{targetPercent: 100}]\n"),
            7,
            &["targetPercent 100", "less than 100"],
        ),
        (
            slo(
                "{duration: 1M, isRolling: true}",
                "  objectives: [{target: 0.9}]\n",
            ),
            6,
            &["rolling window of 1M", "30d"],
        ),
        (
            slo(
                "{duration: 2M, isRolling: false}",
                "  objectives: [{target: 0.9}]\n",
            ),
            6,
            &["calendar window of 2M", "1M"],
        ),
        (
            slo(
                rolling,
                "  budgetingMethod: Occurences\n  objectives: [{target: 0.9}]\n",
            ),
            7,
            &["Occurences", "Occurrences, Timeslices"],
        ),
        (
            "apiVersion: openslo/v2\nkind: SLO\n".to_owned(),
            1,
            &["openslo/v2", "openslo/v1"],
        ),
        (
            "apiVersion: openslo/v1\nkind: SL0\n".to_owned(),
            2,
            &["kind \"SL0\"", "AlertPolicy"],
        ),
        (
            "groups:\n  - name: a\n    rules: [{alert: x, expr: up == 0}]\n".to_owned(),
            1,
            &["Prometheus alert rules", "--hints"],
        ),
    ];
    assert!(table.len() >= 25);
    for (yaml, line, says) in table {
        let error = SlaFile::parse(&yaml).expect_err(&yaml);
        assert_eq!(error.line, Some(line), "{yaml}\n{error}");
        for part in says {
            assert!(
                error.message.contains(part),
                "\"{part}\" not in \"{error}\"\n{yaml}"
            );
        }
        assert!(!error.message.contains('\n'), "{error}");
    }
}

/// A target of exactly 100 % works: the first lost second breaks it.
#[test]
fn a_target_of_all_works() {
    let day = at_the_end_of("2026-06-14");
    let body = "    kind: availability\n    target: 100%\n    period: day\n";
    let judged = |secs: f64| one(&crate::sla_fixture::down("2026-06-14", secs), body, &day).verdict;
    assert_eq!(judged(0.0), Verdict::Met);
    assert_eq!(judged(1.0), Verdict::Breached);
}

/// On the command line a mistake names the file and the line, in words and in JSON.
#[test]
fn the_command_names_file_and_line() {
    let place = Place::new();
    place.write(
        "bad.yaml",
        "objectives:\n  - {name: x, kind: latency, targt: 1s}\n",
    );
    let line = "sla run.jtl --sla bad.yaml --period 2026-06";
    let error = place.run(&format!("{line} --json")).error("sla-file");
    assert_eq!(error["line"], 2);
    assert!(error["file"].as_str().unwrap().ends_with("bad.yaml"));
    let words = place.run(line);
    assert!(words.err.contains("bad.yaml, line 2"), "{}", words.err);
    // A period without data is no mistake; it proves nothing, and says where the data are.
    let empty = place.run("sla metrics.csv --sla sla.yaml --period 2030-01 --json");
    assert_eq!(empty.code, 3);
    assert!(empty.out.contains("before January 2030"), "{}", empty.out);
}

#[test]
fn the_command_lists_prints_hints_and_writes() {
    let place = Place::new();
    let listed = place.run("sla --presets --json").json();
    assert_eq!(listed["presets"].as_array().unwrap().len(), PRESETS.len());
    assert!(
        place
            .run("sla --presets")
            .out
            .contains("federation-scalability-framework.md")
    );
    let printed = place.run("sla --print-preset team");
    assert_eq!(
        printed.out.trim_end(),
        presets::find("team").unwrap().yaml.trim_end()
    );
    let unknown = place.run("sla --print-preset teem --json").error("usage");
    assert!(
        unknown["message"]
            .as_str()
            .unwrap()
            .contains("did you mean \"team\"")
    );
    let judged = place
        .run("sla run.jtl --preset team --period 2026-06 --json")
        .json();
    assert_eq!(
        judged["objectives"].as_array().unwrap().len(),
        preset("team").objectives.len()
    );

    place.write("rules.yaml", include_str!("data/sla/alert_rules.yaml"));
    let hints = place.run("sla --hints rules.yaml");
    assert_eq!(hints.code, 0, "{}", hints.err);
    // What is printed can be used as it stands: the list of rules is comments.
    assert_eq!(parsed(&hints.out).objectives.len(), 5);
    let json = place.run("sla --hints rules.yaml --json").json();
    assert!(json["hints"][0]["rule"].is_string() && json["suggested"].is_string());

    let written = place.run("sla --preset performance-sla --write-openslo out.yaml");
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.err.contains("no place for"), "{}", written.err);
    let text = std::fs::read_to_string(place.path("out.yaml")).unwrap();
    assert_eq!(parsed(&text).objectives.len(), 5);
    // It is judged like any other file.
    let again = place
        .run("sla run.jtl --sla out.yaml --period 2026-06 --json")
        .json();
    assert_eq!(again["objectives"].as_array().unwrap().len(), 5);
    place
        .run("sla --write-openslo out.yaml --json")
        .error("usage");
}

/// The commented reference holds every key, and is itself a file of promises.
#[test]
fn the_reference_is_a_file_of_promises() {
    let text = include_str!("../sample-data/sla-reference.yaml");
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
