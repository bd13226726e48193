//! What the reader of k6's JSON output makes of small files, and of bad input.

use std::path::Path;

use super::*;
use crate::dataset::RunSummary;
use crate::import::testing::read_as;

fn try_read(text: &str) -> Result<Imported, ImportError> {
    read_as(&FORMAT, "k6.json", text)
}

fn duration(ms: f64, second: u32, tags: &str) -> String {
    format!(
        "{{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-11-21T01:47:{second:02}.5Z\",\
         \"value\":{ms},\"tags\":{{{tags}}}}}}}\n"
    )
}

const OK: &str =
    "\"expected_response\":\"true\",\"name\":\"home\",\"method\":\"GET\",\"status\":\"200\"";

fn counts(run: &RunSummary) -> Vec<(u8, u64)> {
    let outcome = run.counters.column("outcome").unwrap().u8().unwrap();
    let count = run.counters.column("count").unwrap().u64().unwrap();
    outcome
        .into_no_null_iter()
        .zip(count.into_no_null_iter())
        .collect()
}

#[test]
fn every_layout_is_read() {
    let own = duration(20.0, 10, OK);
    let older = "{\"type\":\"Point\",\"data\":{\"time\":\"2026-11-21T02:47:11+01:00\",\"value\":30,\
                 \"tags\":{\"name\":\"a\\u00e9\\\"\",\"expected_response\":\"false\"}},\"metric\":\"http_req_duration\"}\n";
    let spaced = "  { \"metric\" : \"http_req_duration\", \"type\" : \"Point\", \"data\" : { \"value\" : 1e1, \
                  \"time\" : \"2026-11-21T01:47:12Z\", \"tags\" : null } }\r\n\n";
    let declared = "{\"type\":\"Metric\",\"data\":{\"name\":\"orders\",\"type\":\"counter\",\"contains\":\"default\",\
                    \"thresholds\":[\"count>0\"],\"submetrics\":null},\"metric\":\"orders\"}\n";
    let orders = "{\"metric\":\"orders\",\"type\":\"Point\",\"data\":{\"time\":\"2026-11-21T01:47:12Z\",\"value\":4,\
                  \"tags\":{\"group\":\"\"},\"metadata\":{\"x\":\"1\"}}}\n";
    let imported = try_read(&format!("{own}{older}{spaced}{declared}{orders}")).unwrap();
    let info = &imported.source.info;
    assert_eq!((info.rows, info.rejected), (3, 0));
    let run = imported.source.run.unwrap();
    let names: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["home", "aé\"", "(no name)"]);
    assert_eq!(counts(&run), [(0, 1), (1, 1), (0, 1)]);
    let table = imported.source.metrics.unwrap();
    assert_eq!(table.series[0].name, "orders");
    assert_eq!(table.series(0).unwrap().values, [4.0]);
}

#[test]
fn bad_lines_are_rejected_and_located() {
    let good = duration(20.0, 10, OK);
    let long = "x".repeat(crate::import::lines::MAX_LINE + 10);
    let text = [
        good.as_str(),
        "not json\n",
        "{\"metric\":\"http_req_duration\",\"type\":\"Point\"}\n",
        &good.replace("20,", "\"many\","),
        &good.replace("20,", "1e999,"),
        &good.replace("20,", "-3,"),
        &good.replace("2026-11", "2026-99"),
        &good.replace("\"GET\"", "{\"a\":[]}"),
        &good.replace("Point", "Blob"),
        &long,
        "\n",
        &"[".repeat(5_000),
        "\n",
        &good,
    ]
    .concat();
    let imported = try_read(&text).unwrap();
    let info = &imported.source.info;
    assert_eq!((info.rows, info.rejected), (2, 10));
    assert_eq!(info.warnings.count_of(WarningKind::RecordTooLong), 1);
    let lines: Vec<u64> = imported.rejects.kept.iter().map(|r| r.line).collect();
    assert_eq!(lines, (2..=11).collect::<Vec<u64>>());
}

#[test]
fn a_cut_last_line_is_named() {
    let text = [duration(20.0, 10, OK), duration(30.0, 11, OK)].concat();
    for keep in [
        text.len() - 2,
        text.len() - 3,
        text.len() - 60,
        text.len() - 150,
    ] {
        let info = try_read(&text[..keep]).unwrap().source.info;
        assert_eq!(info.rows, 1, "{keep}");
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(info.rejected, 0);
    }
    let whole = try_read(text.trim_end()).unwrap().source.info;
    assert_eq!(whole.rows, 2);
    assert_eq!(whole.warnings.count_of(WarningKind::TruncatedLastRow), 0);
}

#[test]
fn nothing_readable_is_an_error() {
    for (text, word) in [
        ("", "no HTTP or gRPC requests"),
        ("{}\n{}\n", "none of its 2 records"),
        ("{\"metric\":\"http_reqs\"", "no HTTP or gRPC requests"),
    ] {
        let error = try_read(text).unwrap_err().to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn it_is_recognised_by_its_lines() {
    let seen = |text: &str| recognise(&Head::new(text.as_bytes(), false, Path::new("x")));
    assert!(seen(&duration(1.0, 1, OK)));
    assert!(seen(
        "{\"type\":\"Metric\",\"data\":{\"type\":\"gauge\"},\"metric\":\"vus\"}\n{"
    ));
    assert!(!seen(
        "{\"metric\":{\"__name__\":\"up\"},\"values\":[[1,\"2\"]]}"
    ));
    assert!(!seen(
        "{\"type\":\"FeatureCollection\",\"data\":{},\"metric\":\"x\"}"
    ));
}
