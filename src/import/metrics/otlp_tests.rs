//! Tests of [`super`].

use super::*;
use crate::dataset::{BucketSummary, MetricTable, SeriesInfo};
use crate::import::testing::read_as;

fn try_read(json: &str) -> Result<Imported, ImportError> {
    read_as(&FORMAT, "otlp.json", json)
}

fn document(metrics: &str) -> String {
    format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"web"}}}},{{"key":"process.pid","value":{{"intValue":"7"}}}}]}},"scopeMetrics":[{{"scope":{{}},"metrics":[{metrics}]}}]}}]}}"#
    )
}

const T0: i64 = 1_793_491_200;

fn nanos(secs: i64) -> String {
    format!("\"{}\"", (T0 + secs) * 1_000_000_000)
}

fn series(table: &MetricTable) -> Vec<(String, String, Vec<f64>)> {
    (0..table.series.len())
        .map(|i| {
            let info = &table.series[i];
            (
                info.display_name(),
                info.unit.clone(),
                table.series(i).unwrap().values,
            )
        })
        .collect()
}

fn cells(summary: &BucketSummary) -> Vec<(i64, i64, u64)> {
    let of = |name| -> Vec<i64> {
        let column = summary.cells.column(name).unwrap();
        column.i64().unwrap().into_no_null_iter().collect()
    };
    let counts = summary.cells.column("count").unwrap().u64().unwrap();
    of("t")
        .iter()
        .zip(of("high_ns"))
        .zip(counts.into_no_null_iter())
        .map(|((t, high), n)| (t / 1_000_000 - T0, high, n))
        .collect()
}

fn sum(temporality: &str, monotonic: bool, points: &[(i64, i64, &str)]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(start, at, value)| {
            format!(
                r#"{{"startTimeUnixNano":{},"timeUnixNano":{},"asInt":"{value}","attributes":[{{"key":"code","value":{{"intValue":"200"}}}}]}}"#,
                nanos(*start),
                nanos(*at)
            )
        })
        .collect();
    document(&format!(
        r#"{{"name":"http.requests","unit":"{{request}}","sum":{{"aggregationTemporality":{temporality},"isMonotonic":{monotonic},"dataPoints":[{}]}}}}"#,
        points.join(",")
    ))
}

#[test]
fn sums_become_rates_whichever_way_they_count() {
    let name = "http.requests{code=200, service.name=web}".to_owned();
    for (json, expected) in [
        (
            sum("2", true, &[(0, 60, "60"), (0, 120, "240"), (0, 180, "30")]),
            vec![3.0, 0.5],
        ),
        (
            sum("1", true, &[(0, 60, "60"), (60, 120, "240")]),
            vec![1.0, 4.0],
        ),
    ] {
        let table = try_read(&json).unwrap().source.metrics.unwrap();
        assert_eq!(series(&table), [(name.clone(), "/s".to_owned(), expected)]);
        assert_eq!(table.series[0].kind, SeriesKind::Rate);
    }
    let level = try_read(&sum("2", false, &[(0, 60, "6"), (0, 120, "4")])).unwrap();
    let table = level.source.metrics.unwrap();
    assert_eq!(
        series(&table),
        [(name.clone(), String::new(), vec![6.0, 4.0])]
    );
    let amount = try_read(&sum("1", true, &[(60, 60, "6")])).unwrap();
    assert_eq!(
        amount.source.metrics.unwrap().series[0].kind,
        SeriesKind::Count
    );
    let unsaid = try_read(&sum("0", true, &[(0, 60, "6"), (0, 120, "66")])).unwrap();
    assert_eq!(
        unsaid.source.info.warnings.count_of(WarningKind::Assumed),
        1
    );
}

#[test]
fn lines_are_streamed_and_a_broken_one_is_rejected() {
    let line = |at: i64, value: &str| sum("2", true, &[(0, at, value)]);
    let text = [
        line(60, "60"),
        "{\"resourceMetrics\":[oops]}".to_owned(),
        line(120, "120"),
        line(180, "180"),
    ]
    .join("\n");
    let imported = try_read(&text).unwrap();
    assert_eq!(
        (imported.source.info.rows, imported.source.info.rejected),
        (3, 1)
    );
    assert_eq!(imported.rejects.kept[0].line, 2);
    assert_eq!(
        imported.source.metrics.unwrap().series(0).unwrap().values,
        [1.0, 1.0]
    );
    let cut = try_read(&text[..text.len() - 20]).unwrap();
    assert_eq!(
        cut.source
            .info
            .warnings
            .count_of(WarningKind::TruncatedLastRow),
        1
    );
    assert_eq!(cut.source.info.rows, 2);
}

fn histogram(unit: &str, temporality: u8, points: &[(i64, i64, &str, &str)]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(start, at, bounds, counts)| {
            format!(
                r#"{{"startTimeUnixNano":{},"timeUnixNano":{},"count":"9","sum":1.5,"explicitBounds":{bounds},"bucketCounts":{counts}}}"#,
                nanos(*start),
                nanos(*at)
            )
        })
        .collect();
    document(&format!(
        r#"{{"name":"http.server.request.duration","unit":"{unit}","histogram":{{"aggregationTemporality":{temporality},"dataPoints":[{}]}}}}"#,
        points.join(",")
    ))
}

#[test]
fn histograms_become_counts_per_step() {
    let cumulative = histogram(
        "s",
        2,
        &[
            (0, 60, "[0.1,0.5]", "[\"4\",\"2\",\"0\"]"),
            (0, 120, "[0.1,0.5]", "[5,6,1]"),
        ],
    );
    let delta = histogram(
        "ms",
        1,
        &[
            (0, 60, "[100,500]", "[\"4\",\"2\",\"0\"]"),
            (60, 120, "[100,500]", "[1,4,1]"),
        ],
    );
    for json in [cumulative, delta] {
        let buckets = try_read(&json).unwrap().source.buckets.unwrap();
        assert_eq!(
            buckets.labels,
            ["http.server.request.duration{service.name=web}"]
        );
        assert_eq!(buckets.step_secs, 60.0);
        assert_eq!(
            cells(&buckets),
            [
                (60, 100_000_000, 4),
                (60, 500_000_000, 2),
                (120, 100_000_000, 1),
                (120, 500_000_000, 4),
                (120, i64::MAX, 1)
            ]
        );
    }
    let sizes = try_read(&histogram("By", 1, &[(0, 60, "[1]", "[1,1]")])).unwrap();
    assert!(sizes.source.buckets.is_none());
    assert_eq!(sizes.source.info.warnings.count_of(WarningKind::NotRead), 1);
    let table = sizes.source.metrics.unwrap();
    assert_eq!(table.series[0].unit, "/s");
    assert_eq!(table.series[1].unit, "bytes/s");
    let odd = try_read(&histogram("s", 1, &[(0, 60, "[1,2]", "[1,1]")])).unwrap();
    assert_eq!(odd.source.info.rejected, 1);
}

#[test]
fn exponential_histograms_and_summaries_are_read() {
    let json = document(&format!(
        r#"{{"name":"rpc.duration","unit":"ms","exponentialHistogram":{{"aggregationTemporality":1,"dataPoints":[
            {{"startTimeUnixNano":{a},"timeUnixNano":{b},"count":"6","sum":20,"scale":0,"zeroCount":"1","positive":{{"offset":1,"bucketCounts":["0","2","3"]}}}}]}}}},
          {{"name":"render","unit":"s","summary":{{"dataPoints":[
            {{"startTimeUnixNano":{a},"timeUnixNano":{b},"count":"6","sum":20,"quantileValues":[{{"quantile":0.5,"value":0.25}},{{"quantile":0.95,"value":0.5}}]}},
            {{"timeUnixNano":"0","count":"6"}},{{"timeUnixNano":{b},"flags":1}}]}}}}"#,
        a = nanos(0),
        b = nanos(60)
    ));
    let imported = try_read(&json).unwrap();
    assert_eq!(
        cells(imported.source.buckets.as_ref().unwrap()),
        [(60, 1, 1), (60, 8_000_000, 2), (60, 16_000_000, 3)]
    );
    assert_eq!(imported.source.info.rejected, 1);
    let table = imported.source.metrics.unwrap();
    let names: Vec<String> = table.series.iter().map(SeriesInfo::display_name).collect();
    assert!(
        names.contains(&"render{quantile=0.95, service.name=web}".to_owned()),
        "{names:?}"
    );
}

#[test]
fn units_of_ucum_are_printed_as_ours() {
    for (unit, expected) in [
        ("1", ""),
        ("{request}", ""),
        ("By", "bytes"),
        ("{request}/s", "/s"),
        ("ms", "ms"),
        ("By/s", "bytes/s"),
    ] {
        assert_eq!(unit_of(unit), expected);
    }
}

#[test]
fn a_single_cumulative_point_is_not_enough() {
    let error = try_read(&sum("2", true, &[(0, 60, "60")])).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no metric has a usable point")
    );
}

#[test]
fn documents_of_other_signals_are_said() {
    let text = format!(
        "{}\n{{\"resourceSpans\":[]}}\n",
        sum("1", true, &[(0, 60, "60")])
    );
    let imported = try_read(&text).unwrap();
    assert_eq!(
        imported.source.info.warnings.count_of(WarningKind::NotRead),
        1
    );
}

#[test]
fn a_point_without_a_time_is_located() {
    let text = format!(
        "{}\n{}\n",
        sum("1", true, &[(0, 60, "60")]),
        sum("1", true, &[(0, 120, "60")]).replace(&nanos(120), "\"0\"")
    );
    let imported = try_read(&text).unwrap();
    assert_eq!(imported.rejects.kept[0].line, 2);
}
