//! Tests of [`super`].

use std::path::Path;

use super::*;
use crate::dataset::SeriesKind;
use crate::import::ImportOptions;
use crate::progress::Progress;

fn try_read(json: &str) -> Result<Imported, ImportError> {
    read_under(&Progress::default(), json)
}

fn read_under(progress: &Progress, json: &str) -> Result<Imported, ImportError> {
    let options = ImportOptions::default();
    let intake = Intake::new(Path::new("up.json"), &options, progress);
    read(json.as_bytes(), &intake)
}

fn matrix(result: &str) -> Imported {
    try_read(&format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":{result}}}}}"#
    ))
    .unwrap()
}

fn refused(json: &str) -> String {
    try_read(json).unwrap_err().to_string()
}

#[test]
fn values_are_text_and_may_not_be_numbers() {
    let imported = matrix(
        r#"[{"metric":{"handler":"/a"},"values":[[10,"1.5"],[25.5,"NaN"],[40,"+Inf"],[55,"-Inf"],[70,"2"]]},
            {"values":[[10,"7"]],"metric":{"__name__":"up","job":"node"}}]"#,
    );
    let info = &imported.source.info;
    assert_eq!((info.rows, info.last.unwrap().secs()), (6, 70));
    assert_eq!(info.warnings.count_of(WarningKind::NotANumber), 3);
    let table = imported.source.metrics.unwrap();
    assert_eq!(
        table.series[0].display_name(),
        "up{handler=/a}",
        "named after the file"
    );
    assert_eq!(table.series(0).unwrap().values, [1.5, 2.0]);
    assert_eq!(table.series[1].display_name(), "up{job=node}");
}

#[test]
fn counters_become_rates() {
    let imported = matrix(
        r#"[{"metric":{"__name__":"http_requests_total"},"values":[[0,"10"],[15,"40"],[30,"5"],[45,"35"]]},
            {"metric":{"__name__":"rpc_duration_seconds_sum"},"values":[[0,"1"],[15,"4"]]},
            {"metric":{"__name__":"rpc_duration_seconds_count"},"values":[[0,"1"],[15,"31"]]},
            {"metric":{"__name__":"size_bytes_bucket","le":"10"},"values":[[0,"1"],[15,"31"]]}]"#,
    );
    assert_eq!(
        imported
            .source
            .info
            .warnings
            .count_of(WarningKind::CounterReset),
        1
    );
    let table = imported.source.metrics.unwrap();
    let rate = table.series(0).unwrap();
    assert_eq!(rate.values, [2.0, 5.0 / 15.0, 2.0]);
    assert!(rate.info.from_counter);
    assert_eq!(
        (rate.info.kind, rate.info.unit.as_str()),
        (SeriesKind::Rate, "/s")
    );
    assert_eq!(table.series[1].unit, "s/s");
    assert_eq!(table.series(2).unwrap().values, [2.0]);
    assert_eq!(
        table.series(3).unwrap().info.unit,
        "/s",
        "sizes are not durations"
    );
    assert!(imported.source.buckets.is_none());
}

#[test]
fn buckets_become_counts_of_requests() {
    let imported = matrix(
        r#"[{"metric":{"__name__":"d_seconds_bucket","le":"0.1","job":"a"},"values":[[0,"0"],[15,"8"]]},
            {"metric":{"__name__":"d_seconds_bucket","le":"+Inf","job":"a"},"values":[[0,"0"],[15,"10"]]}]"#,
    );
    assert!(imported.source.metrics.is_none());
    let buckets = imported.source.buckets.unwrap();
    assert_eq!(buckets.labels, ["d_seconds{job=a}"]);
    assert_eq!(buckets.cells.height(), 2);
    assert_eq!(
        buckets.cells.column("count").unwrap().u64().unwrap().get(1),
        Some(2)
    );
}

#[test]
fn what_prometheus_says_is_passed_on() {
    let imported = try_read(
        "\u{feff}{\"status\":\"success\",\"warnings\":[\"store a is down\"],\"infos\":null,\"data\":{\"result\":\
         [{\"metric\":{},\"values\":[[1,\"1\"]]}],\"resultType\":\"matrix\"}}",
    )
    .unwrap();
    let said: Vec<String> = imported
        .source
        .info
        .warnings
        .iter()
        .map(|w| w.message.clone())
        .collect();
    assert_eq!(said, ["Prometheus says: store a is down"]);
}

#[test]
fn an_answer_without_data_is_refused_in_a_sentence() {
    for (json, expected) in [
        (
            r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error"}"#,
            "Prometheus answered with an error (bad_data: 1:5: parse error); correct the query and export again: up.json",
        ),
        (
            r#"{"status":"error","data":null,"error":"timeout"}"#,
            "Prometheus answered with an error (timeout); correct the query and export again: up.json",
        ),
        (
            r#"{"status":"success","data":{"resultType":"string","result":[1.5,"hello"]}}"#,
            "the answer is a text and no number; export a range with query_range: up.json",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            "the answer holds no points; check the query and its time range: up.json",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"]]}]}}"#,
            "no series of the answer has a usable value; check the query and its time range: up.json",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"val"#,
            "the file ends in the middle of the answer; export it again: up.json",
        ),
    ] {
        assert_eq!(refused(json), expected);
    }
    assert!(
        refused(r#"{"status":"success","data":["a"]}"#).contains("not valid JSON from Prometheus")
    );
    assert!(refused("{\"a\": oops}").contains("line 1"));
}

#[test]
fn a_cut_off_answer_keeps_its_whole_series() {
    let imported = try_read(
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"1"]]},{"metric":{"a":"2"},"values":[[1,"#,
    )
    .unwrap();
    assert_eq!(imported.source.metrics.unwrap().series.len(), 1);
    assert_eq!(
        imported
            .source
            .info
            .warnings
            .count_of(WarningKind::TruncatedLastRow),
        1
    );
}

#[test]
fn cancelling_ends_the_reading() {
    let progress = Progress::default();
    progress.cancel();
    let json = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]}]}}"#;
    let error = read_under(&progress, json).unwrap_err();
    assert_eq!(error.kind(), "cancelled");
}

#[test]
fn one_instant_holds_levels_but_no_rates() {
    let imported = try_read(
        r#"{"status":"success","data":{"resultType":"vector","result":[
          {"metric":{"__name__":"up","job":"a"},"value":[1795246822.604,"1"]},
          {"metric":{"__name__":"http_requests_total"},"value":[1795246822.604,"228"]}]}}"#,
    )
    .unwrap();
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Note), 2);
    let table = imported.source.metrics.unwrap();
    assert_eq!(table.series.len(), 1);
    assert_eq!(table.series(0).unwrap().values, [1.0]);
    let scalar = try_read(
        r#"{"data":{"result":[1795246822,"0.61"],"resultType":"scalar"},"status":"success"}"#,
    )
    .unwrap();
    let table = scalar.source.metrics.unwrap();
    assert_eq!(
        (
            table.series[0].name.as_str(),
            table.series(0).unwrap().values
        ),
        ("up", vec![0.61])
    );
}

#[test]
fn native_histograms_are_counts_per_bucket() {
    let imported = matrix(
        r#"[{"metric":{"__name__":"d_seconds","job":"a"},"histograms":[
          [0,{"count":"2","sum":"0.5","buckets":[[3,"-0.001","0.001","1"],[0,"0.25","0.5","1"]]}],
          [15,{"count":"7","sum":"2.5","buckets":[[3,"-0.001","0.001","1"],[0,"0.25","0.5","4"],[0,"0.5","1","2"]]}]]}]"#,
    );
    assert_eq!(imported.source.info.rows, 2);
    let buckets = imported.source.buckets.unwrap();
    assert_eq!((buckets.labels.len(), buckets.step_secs), (1, 15.0));
    let high = buckets.cells.column("high_ns").unwrap().i64().unwrap();
    assert_eq!(
        high.into_no_null_iter().collect::<Vec<_>>(),
        [500_000_000, 1_000_000_000]
    );
    let counts = buckets.cells.column("count").unwrap().u64().unwrap();
    assert_eq!(counts.into_no_null_iter().collect::<Vec<_>>(), [3, 2]);
    let table = imported.source.metrics.unwrap();
    assert_eq!(table.series[0].display_name(), "d_seconds_count{job=a}");
    assert_eq!(table.series(0).unwrap().values, [5.0 / 15.0]);
    let error = refused(
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[0,{"count":"2","sum":"0.5"}]]}]}}"#,
    );
    assert!(error.starts_with("no series of the answer has a usable value"));
}

#[test]
fn probes_are_a_series_and_up_and_down() {
    let probe = |instance: &str, values: &str| {
        format!(
            r#"{{"metric":{{"__name__":"probe_success","instance":"{instance}"}},"values":[{values}]}}"#
        )
    };
    let a = probe(
        "https://a",
        r#"[0,"1"],[15,"1"],[30,"0"],[45,"1"],[90,"1"]"#,
    );
    let one = matrix(&format!("[{a}]"));
    let table = one.source.uptime.unwrap();
    let rows: Vec<(i64, i64, &str, &str)> = table
        .rows
        .iter()
        .map(|r| {
            (
                r.start.secs(),
                r.end.unwrap().secs(),
                r.state.name(),
                r.service.as_str(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (0, 30, "up", ""),
            (30, 45, "down", ""),
            (45, 60, "up", ""),
            (90, 105, "up", "")
        ]
    );
    assert!(!table.incident_list);
    assert_eq!(one.source.metrics.unwrap().series[0].points, 5);
    let b = probe("https://b", r#"[0,"0"],[15,"0"]"#);
    let two = matrix(&format!("[{a},{b}]")).source.uptime.unwrap();
    assert_eq!(
        (two.rows.len(), two.rows[1].service.as_str()),
        (5, "https://b")
    );
    let shares = matrix(&format!("[{}]", probe("c", r#"[0,"0.5"],[15,"1"]"#)));
    assert!(shares.source.uptime.is_none());
}
