//! Every way to get promises wrong is answered with what to write.

use headroom::analysis::sla::{SlaFile, Verdict};

use crate::cli_place::Place;
use crate::sla_fixture::{at_the_end_of, one};

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

/// Two windows that overlap are one too many: the table says which lines.
#[test]
fn overlapping_windows_are_refused() {
    let utc = headroom::calendar::Zone::utc();
    let table = |second: &str| {
        let csv = format!("start,end,reason\n2026-06-10 08:00,2026-06-10 09:00,a\n{second},b\n");
        headroom::analysis::sla::parse_exclusions(&csv, &utc)
    };
    assert_eq!(table("2026-06-10 09:00,2026-06-10 10:00").unwrap().len(), 2);
    let error = table("2026-06-10 08:59,2026-06-10 10:00").unwrap_err();
    assert_eq!(error.line, Some(3));
    assert!(
        error.message.contains("overlap the window of line 2"),
        "{error}"
    );
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
