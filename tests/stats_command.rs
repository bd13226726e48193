//! `headroom stats` and `headroom formats` from outside: keys, numbers, exit codes and sentences.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/jmeter")
        .join(name)
}

fn headroom(args: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_headroom"))
        .args(args)
        .arg(file)
        .output()
        .unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!("{e}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn the_document_has_the_keys_of_the_contract() {
    let file = data("two-labels.csv");
    let output = headroom(&["stats", "--json", "--every", "1m", "--hash"], &file);
    assert_eq!(output.status.code(), Some(0));
    let found = document(&output);
    assert_eq!(found["estimator"], "r7");
    assert_eq!(found["files"][0]["rows"], 5);
    assert_eq!(found["files"][0]["rejected"], 1);
    assert_eq!(found["files"][0]["format"], "jmeter-csv");
    assert_eq!(found["files"][0]["first"], "2025-12-01T00:00:00Z");
    assert_eq!(found["files"][0]["last"], "2025-12-01T00:01:02.4Z");
    assert_eq!(found["files"][0]["sha256"].as_str().unwrap().len(), 64);
    let total = &found["total"];
    assert_eq!(
        (&total["label"], &total["count"], &total["errors"]),
        (&json!("Total"), &json!(4), &json!(1))
    );
    assert_eq!(
        (&total["mean_ms"], &total["p50_ms"]),
        (&json!(250.0), &json!(250.0))
    );
    assert_eq!(total["throughput_per_sec"], json!(4.0 / 62.4));
    assert_eq!(total["apdex"], json!(0.75));
    assert_eq!(total["few_samples"].as_array().unwrap().len(), 5);
    for key in [
        "error_rate",
        "min_ms",
        "max_ms",
        "p90_ms",
        "p95_ms",
        "p99_ms",
        "p99_9_ms",
        "received_bytes_per_sec",
    ] {
        assert!(total[key].is_number(), "{key}");
    }
    let labels: Vec<&str> = found["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["buy", "home", "search, fast"]);
    assert_eq!(found["codes"][0], json!({"code": "200", "count": 4}));
    assert_eq!(found["concurrency"]["max"], 2.0);
    let first = &found["timeline"][0];
    assert_eq!(
        (&first["t"], &first["label"]),
        (&json!("2025-12-01T00:00:00Z"), &json!("Total"))
    );
    assert_eq!((&first["count"], &first["errors"]), (&json!(2), &json!(0)));
    let rejected = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|w| w["kind"] == "rejected-row")
        .unwrap();
    assert_eq!(
        rejected["examples"][0],
        json!({"file": "two-labels.csv", "line": 6, "column": "elapsed",
               "text": "1764547262000,soon,home,200,OK,Users 1-1,text,true,,1000,100,1,1,http://x/,90,0,5"})
    );
}

#[test]
fn filters_and_outcomes() {
    let file = data("two-labels.csv");
    let found = document(&headroom(
        &[
            "stats",
            "-q",
            "--json",
            "--from",
            "2025-12-01T00:01:00Z",
            "--to",
            "2025-12-01T00:01:02Z",
        ],
        &file,
    ));
    assert_eq!(found["total"]["count"], 1);
    assert!(found["files"][0]["sha256"].is_null() && found["timeline"].is_null());
    let found = document(&headroom(
        &["stats", "-q", "--json", "--outcome", "success"],
        &file,
    ));
    assert_eq!(
        (&found["total"]["count"], &found["total"]["max_ms"]),
        (&json!(4), &json!(400.0))
    );
    let mean = found["total"]["mean_ms"].as_f64().unwrap();
    assert!((mean - 700.0 / 3.0).abs() < 1e-9);
    let found = document(&headroom(
        &["stats", "-q", "--json", "--estimator", "tool"],
        &file,
    ));
    assert_eq!(
        (&found["estimator"], &found["total"]["p90_ms"]),
        (&json!("tool"), &json!(400.0))
    );
}

#[test]
fn a_table_for_people_and_warnings_beside_it() {
    let output = headroom(&["stats"], &data("headerless.jtl"));
    assert_eq!(output.status.code(), Some(0));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("Home page") && table.contains("Total"),
        "{table}"
    );
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(
        warnings.contains("no header") && warnings.contains("cut off"),
        "{warnings}"
    );
    let quiet = headroom(&["stats", "-q"], &data("headerless.jtl"));
    assert!(quiet.stderr.is_empty());
}

#[test]
fn rejected_rows_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rejects.csv");
    let output = headroom(
        &["stats", "-q", "--rejects", out.to_str().unwrap()],
        &data("two-labels.csv"),
    );
    assert_eq!(output.status.code(), Some(0));
    let saved = std::fs::read_to_string(out).unwrap();
    let lines: Vec<&str> = saved.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].starts_with("\"two-labels.csv\",6,\"elapsed\","),
        "{saved}"
    );
}

#[test]
fn bad_input_gets_one_sentence_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let header = std::fs::read_to_string(data("two-labels.csv")).unwrap();
    let header = header.lines().next().unwrap();
    let cases: [(&str, &[u8], &str); 5] = [
        ("empty.csv", b"", "empty-file"),
        ("binary.jtl", b"\x7fELF\0\0\0\0\x01\x02", "unknown-format"),
        ("header.jtl", header.as_bytes(), "unusable-file"),
        ("wide.jtl", b"\xff\xfet\0i\0m\0e\0", "unknown-format"),
        (
            "diary.txt",
            b"Dear diary,\nnothing happened.\n",
            "unknown-format",
        ),
    ];
    let mut files: Vec<(PathBuf, &str)> = vec![
        (folder.path().to_path_buf(), "folder"),
        (folder.path().join("missing.csv"), "missing-file"),
    ];
    for (name, content, kind) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        files.push((path, kind));
    }
    for (path, kind) in files {
        let output = headroom(&["stats", "--json"], &path);
        assert_eq!(output.status.code(), Some(2), "{}", path.display());
        let error = &document(&output)["error"];
        assert_eq!(error["kind"], kind, "{error}");
        assert_eq!(error["file"], path.display().to_string());
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .ends_with(&path.display().to_string())
        );
    }
}

#[test]
fn formats_lists_what_is_read() {
    let output = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .arg("formats")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for id in [
        "jmeter-csv",
        "prometheus-json",
        "outage-table",
        "metric-table",
    ] {
        assert!(text.contains(id), "{text}");
    }
}
