//! The command line as a contract, from outside: keys, exit codes and what stands on which stream, per command.

use std::path::Path;

use serde_json::Value;

use crate::cli_place::{Place, keys};

#[test]
fn help_and_version_go_to_standard_output() {
    let place = Place::new();
    for (line, says) in [
        ("--help", "Exit codes: 0 done"),
        ("--version", "headroom "),
        ("sla --help", "--period"),
        ("forecast --help", "--batch"),
    ] {
        let ended = place.run(line);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{line}");
        assert!(ended.out.contains(says), "{line}\n{}", ended.out);
    }
}

/// With --json a failure is one document, whatever went wrong.
#[test]
fn failures_are_one_document() {
    let place = Place::new();
    place.write(
        "bad.yaml",
        "objectives:\n  - {name: x, kind: speed, target: 1s}\n",
    );
    place.write("empty.csv", "");
    std::fs::create_dir(place.path("nothing")).unwrap();
    for (line, kind, says) in [
        ("stats --json", "usage", "<FILE>"),
        ("sla run.jtl --json", "usage", "--period"),
        ("stats gone.jtl --json", "missing-file", "gone.jtl"),
        ("stats nothing --json", "folder", "folder"),
        ("stats run.jtl --tz Mars --json", "usage", "Mars"),
        ("stats run.jtl --every 0s --json", "usage", "--every"),
        ("stats run.jtl --apdex 9 --json", "usage", "--apdex"),
        (
            "stats run.jtl --from 2026-02-01 --to 2026-01-01 --json",
            "usage",
            "--from",
        ),
        ("stats run.jtl --estimator r5 --json", "usage", "r5"),
        ("import --json", "usage", "<FILE"),
        ("import run.jtl --json", "usage", "--project"),
        (
            "import gone.jtl --project p.headroom --json",
            "missing-file",
            "gone",
        ),
        ("sla run.jtl --period 2026-06 --json", "usage", "promises"),
        (
            "sla run.jtl --sla sla.yaml --period soon --json",
            "usage",
            "soon",
        ),
        (
            "sla run.jtl --sla gone.yaml --period 2026-06 --json",
            "missing-file",
            "gone",
        ),
        (
            "sla run.jtl --sla bad.yaml --period 2026-06 --json",
            "sla-file",
            "speed",
        ),
        (
            "sla run.jtl --sla sla.yaml --exclude outages.csv --period 2026-06 --as-of never --json",
            "usage",
            "never",
        ),
        (
            "sla run.jtl --sla sla.yaml --exclude metrics.csv --period 2026-06 --json",
            "exclusions",
            "start",
        ),
        ("forecast --json", "usage", "file"),
        ("forecast outages.csv --json", "nothing-usable", "series"),
        ("forecast metrics.csv --json", "usage", "--series"),
        ("forecast metrics.csv --series cpu --json", "usage", "cpu"),
        (
            "forecast metrics.csv --series load --capacity much --json",
            "usage",
            "--capacity",
        ),
        (
            "forecast metrics.csv --series load --sustain 8/7 --json",
            "usage",
            "--sustain",
        ),
        (
            "forecast metrics.csv --series load --model oracle --json",
            "usage",
            "oracle",
        ),
        (
            "forecast metrics.csv --series load --horizon 900d --json",
            "no-forecast",
            "900",
        ),
        (
            "forecast metrics.csv --batch out.csv --json",
            "unusable-file",
            "unique_id",
        ),
        ("report -o r.xlsx --json", "usage", "file"),
        (
            "report --project gone.headroom -o r.xlsx --json",
            "project",
            "gone",
        ),
        (
            "report outages.csv --sla sla.yaml --period 2026-06 -o r.pdf --json",
            "write-failed",
            ".xlsx",
        ),
        ("formats --no-such --json", "usage", "--no-such"),
    ] {
        let ended = place.run(line);
        let error = ended.error(kind);
        let all = format!("{} {}", error["message"], error["hint"]);
        assert!(all.contains(says), "{line}\n{all}");
        assert_eq!(ended.err, "", "{line}");
    }
    assert!(!place.path("p.headroom").exists());
    let error = place
        .run("sla run.jtl --sla bad.yaml --period 2026-06 --json")
        .error("sla-file");
    assert_eq!(
        (&error["file"], &error["line"]),
        (&"bad.yaml".into(), &2.into())
    );
    let plain = place.run("stats empty.csv");
    assert_eq!((plain.code, plain.out.as_str()), (2, ""));
    assert!(plain.err.contains("empty.csv"), "{}", plain.err);
}

#[test]
fn stats_of_each_kind_of_file() {
    let place = Place::new();
    let found = place.run("stats run.jtl --json --every 10s").json();
    keys(
        &found,
        "estimator files total labels codes concurrency timeline warnings",
    );
    keys(
        &found["files"][0],
        "path format rows rejected first last sha256",
    );
    keys(
        &found["total"],
        "label count errors error_rate mean_ms min_ms max_ms p50_ms p90_ms p95_ms p99_ms p99_9_ms \
         throughput_per_sec received_bytes_per_sec apdex few_samples",
    );
    keys(&found["codes"][0], "code count");
    keys(&found["concurrency"], "max mean");
    keys(
        &found["timeline"][0],
        "t label count errors p50_ms p95_ms p99_ms concurrency",
    );
    assert_eq!(
        (&found["total"]["count"], &found["total"]["errors"]),
        (&200.into(), &4.into())
    );
    for warning in found["warnings"].as_array().unwrap() {
        keys(warning, "kind count message examples");
    }

    let found = place.run("stats metrics.csv outages.csv --json").json();
    keys(
        &found["series"][0],
        "name unit kind points first last step_secs gaps min mean p95 max",
    );
    keys(
        &found["outages"],
        "up_secs down_secs unknown_secs maintenance_secs incidents longest_secs",
    );
    assert_eq!(found["outages"]["down_secs"], 3_600.0);
    assert_eq!(found["series"][0]["first"], "2026-05-01T00:00:00Z");
}

/// Warnings go to standard error, and nowhere with -q.
#[test]
fn the_streams_are_kept_apart() {
    let place = Place::new();
    place.write(
        "torn.jtl",
        "timeStamp,elapsed,label,responseCode,success\n1781000000000,5,a,200,true\n1781000000100,soon,a,200,true\n",
    );
    let loud = place.run("stats torn.jtl --json");
    assert!(loud.err.contains("torn.jtl:3"), "{}", loud.err);
    assert_eq!(loud.json()["files"][0]["rejected"], 1);
    let quiet = place.run("stats torn.jtl --json -q");
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    assert_eq!(quiet.json(), loud.json());
    let text = place.run("stats torn.jtl -q --rejects out.csv");
    assert!(text.out.contains("1 rejected"), "{}", text.out);
    assert!(
        std::fs::read_to_string(place.path("out.csv"))
            .unwrap()
            .contains("soon")
    );
}

#[test]
fn import_says_what_became_of_each_file() {
    let place = Place::new().project();
    let again = place.run("import outages.csv --project p.headroom --json");
    assert_eq!(again.code, 0);
    let found = again.json();
    keys(&found, "project sources warnings");
    keys(
        &found["sources"][0],
        "path format rows rejected first last action",
    );
    assert_eq!(found["sources"][0]["action"], "same");
}

const OBJECTIVE: &str = "name kind scope rule target achieved unit source assumed verdict \
    verdict_without_exclusions good bad excluded unknown not_demanded coverage best worst budget slices escalation periods alerts burn_alerts";

/// All four exit codes, and the keys.
#[test]
fn sla_keys_and_exit_codes() {
    let place = Place::new();
    place.write(
        "plain.yaml",
        "objectives:\n  - {name: Up, kind: availability, target: 99.9%}\n",
    );
    let broken = place.run("sla outages.csv --sla plain.yaml --period 2026-06 --json");
    assert_eq!(broken.code, 1, "{}", broken.err);
    let found = broken.json();
    keys(&found, "period objectives breaches conflicts verdict");
    keys(&found["period"], "name start end tz secs open");
    keys(&found["objectives"][0], &OBJECTIVE.replace("  ", " "));
    keys(
        &found["objectives"][0]["budget"],
        "unit total used remaining remaining_percent burn_rate exhausted_at projected runs_out_at",
    );
    keys(
        &found["breaches"][0],
        "objective start end secs worst severity budget_share escalation",
    );
    assert_eq!(found["verdict"], "breached");
    assert_eq!(found["period"]["secs"], 2_592_000);

    let zoned =
        place.run("sla outages.csv --sla plain.yaml --period 2026-06 --tz Europe/Berlin --json");
    assert_eq!(zoned.json()["period"]["start"], "2026-05-31T22:00:00Z");

    let excluded =
        place.run("sla outages.csv --sla plain.yaml --exclude windows.csv --period 2026-06 --json");
    assert_eq!(excluded.code, 0, "{}", excluded.err);
    let found = excluded.json();
    assert_eq!(found["objectives"][0]["excluded"], 3_600.0);
    assert_eq!(
        found["objectives"][0]["verdict_without_exclusions"],
        "breached"
    );

    let met = place.run("sla outages.csv --sla plain.yaml --period 2026-07 -q");
    assert_eq!((met.code, met.err.as_str()), (0, ""));

    let unproven = place.run("sla run.jtl --sla plain.yaml --period 2026-06 --json");
    assert_eq!(unproven.code, 3);
    assert_eq!(unproven.json()["verdict"], "not_proven");
}

/// A promise without data was passed over: one kept promise of two ended with 0, "promises met".
#[test]
fn a_promise_without_data_is_not_met() {
    let place = Place::new();
    let ended = place.run("sla outages.csv --sla sla.yaml --period 2026-06 --json");
    let found = ended.json();
    let verdicts = [0, 1].map(|i| found["objectives"][i]["verdict"].clone());
    assert_eq!(verdicts, ["met", "no_data"]);
    assert_eq!((ended.code, &found["verdict"]), (3, &"not_proven".into()));
    let text = place.run("sla outages.csv --sla sla.yaml --period 2026-06 -q");
    assert!(text.out.contains("one has no data"), "{}", text.out);
}

/// Months before and after everything in the data were kept with 100 %, because a list of incidents is silent there.
#[test]
fn a_month_outside_the_data_is_not_met() {
    let place = Place::new().project();
    for (period, says) in [
        ("2030-01", "The data end on"),
        ("2020-01", "The data begin on"),
    ] {
        let ended = place.run(&format!(
            "sla --project p.headroom --period {period} --json"
        ));
        assert_eq!(ended.code, 3, "{period}");
        let found = ended.json();
        assert_eq!(found["objectives"][0]["verdict"], "no_data");
        let reason = found["objectives"][0]["reason"].as_str().unwrap();
        assert!(reason.starts_with(says), "{reason}");
        let report = place.run(&format!(
            "report --project p.headroom --period {period} -o r.xlsx --json"
        ));
        report.error("nothing-to-report");
    }
    let vouched = place.run("sla --project p.headroom --period 2027-01 --as-of 2027-02-01 --json");
    assert_eq!(vouched.json()["objectives"][0]["verdict"], "met");
}

/// The windows that the promises of a project name were read from beside the file, and lost with it: the report and
/// the desktop judged without them.
#[test]
fn a_project_keeps_the_windows_of_its_promises() {
    let place = Place::new().project();
    for name in ["sla.yaml", "windows.csv", "outages.csv"] {
        std::fs::remove_file(place.path(name)).unwrap();
    }
    let found = place
        .run("sla --project p.headroom --period 2026-06 --json")
        .json();
    assert_eq!(found["objectives"][0]["verdict"], "met");
    assert_eq!(found["objectives"][0]["excluded"], 3_600.0);
    let written = place.run("report --project p.headroom --period 2026-06 -o r.json --json");
    assert_eq!(written.code, 0, "{}", written.out);
    keys(
        &written.json(),
        "output title period sentence verdict bytes",
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(place.path("r.json")).unwrap()).unwrap();
    let judged = &report["slas"][0]["report"]["objectives"][0];
    assert_eq!(
        (&judged["verdict"], &judged["excluded"]),
        (&"met".into(), &3_600.0.into())
    );
}

#[test]
fn forecast_keys_and_exit_codes() {
    let place = Place::new();
    let crossed = place.run("forecast metrics.csv --series disk_percent --horizon 30d --capacity 85% --lead-time 7d --json");
    assert_eq!(crossed.code, 1, "{}{}", crossed.out, crossed.err);
    let found = crossed.json();
    keys(
        &found,
        "series unit n step_secs model why seasons changepoints outliers points backtest capacity warnings",
    );
    keys(&found["points"][0], "t mean lo80 hi80 lo95 hi95");
    keys(
        &found["backtest"],
        "folds horizon mase smape coverage80 coverage95 msis seasonal_naive_mase",
    );
    let capacity = &found["capacity"];
    keys(
        capacity,
        "threshold crossing probability_within_horizon days_remaining order_by",
    );
    keys(&capacity["crossing"], "p10 p50 p90");
    let p10 = capacity["crossing"]["p10"].as_str().unwrap();
    assert!(capacity["order_by"].as_str().unwrap() < p10);
    // It grows by half a percent a day from 80 % on 30 June.
    let days = capacity["days_remaining"]["p50"].as_f64().unwrap();
    assert!((5.0..20.0).contains(&days), "{days}");

    let far = place.run("forecast metrics.csv --series load --horizon 30d --capacity 90 --json -q");
    assert_eq!((far.code, far.err.as_str()), (0, ""));
    assert!(far.json()["capacity"]["crossing"]["p50"].is_null());
}

/// A limit whose series is not in the data was passed over in silence.
#[test]
fn a_limit_without_its_series_is_named() {
    let place = Place::new().project();
    place.run("import --project p.headroom --limit gone_percent=70% -q");
    let found = place.run("forecast --project p.headroom --json").json();
    assert_eq!(found["forecasts"][0]["series"], "disk_percent");
    assert_eq!(found["refused"][0]["series"], "gone_percent");
    let text = place.run("forecast --project p.headroom");
    assert!(
        text.err.contains("gone_percent: there is no such series"),
        "{}",
        text.err
    );
}

#[test]
fn a_batch_has_the_columns_of_the_contract() {
    let place = Place::new();
    let mut rows = String::from("unique_id,ds,y\n");
    for id in ["a", "b"] {
        for step in 1..60 {
            rows.push_str(&format!("{id},{step},{}\n", 10 + step % 7));
        }
    }
    place.write("long.csv", &rows);
    let ended = place.run("forecast long.csv --batch out.csv --horizon 5 --json");
    assert_eq!(ended.code, 0, "{}", ended.out);
    keys(&ended.json(), "series refused output");
    let out = std::fs::read_to_string(place.path("out.csv")).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "unique_id,ds,model,mean,lo-80,hi-80,lo-95,hi-95");
    assert_eq!(lines.len(), 11);
    assert!(lines[1].starts_with("a,60,"), "{}", lines[1]);
}

#[test]
fn report_in_all_its_forms() {
    let place = Place::new().project();
    for (name, starts) in [
        ("r.xlsx", b"PK".as_slice()),
        ("r.html", b"<!".as_slice()),
        ("r.json", b"{".as_slice()),
        ("r.csv", b"".as_slice()),
    ] {
        let ended = place.run(&format!(
            "report --project p.headroom --period 2026-06 -o {name}"
        ));
        assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
        let bytes = std::fs::read(place.path(name)).unwrap();
        assert!(bytes.len() > 500 && bytes.starts_with(starts), "{name}");
    }
    let ended = place.run("report --project p.headroom --period 2026-06 -o no/r.xlsx --json");
    ended.error("write-failed");
}

#[test]
fn formats_and_the_desktops_own_options() {
    let place = Place::new();
    let found = place.run("formats --json").json();
    keys(&found["formats"][0], "id title recognised_by traps");
    for (line, says) in [
        ("--screen nowhere --screenshot s.png", "overview"),
        ("--size big --screenshot s.png", "1600x1000"),
        ("--scale 99 --screenshot s.png", "--scale"),
        ("--theme pink", "dark"),
        ("--renderer vulkan", "wgpu"),
        ("gone.headroom --screenshot s.png", "gone.headroom"),
    ] {
        let ended = place.run(line);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{line}");
        assert!(ended.err.contains(says), "{line}\n{}", ended.err);
    }
    assert!(!Path::new(&place.path("s.png")).exists());
}
