//! Real answers and scrapes from elsewhere, read beside the project. Every expected figure was computed from the files by
//! an independent script.

use headroom::dataset::{MetricTable, Series, SeriesInfo};
use headroom::import::Imported;
use headroom::warning::WarningKind;

use crate::shared_data::{import, shared};

fn imported(path: &str) -> Imported {
    import(&shared(path)).unwrap_or_else(|e| panic!("{e}"))
}

fn table(imported: &Imported) -> &MetricTable {
    imported.source.metrics.as_ref().unwrap()
}

fn series(imported: &Imported, name: &str) -> Series {
    let table = table(imported);
    let names: Vec<String> = table.series.iter().map(SeriesInfo::display_name).collect();
    let index = names.iter().position(|n| n == name);
    table
        .series(index.unwrap_or_else(|| panic!("{name} is not among {names:?}")))
        .unwrap()
}

fn count(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

#[test]
#[ignore = "reads ../shared/data"]
fn prometheus_answers() {
    let vector = imported("metrics/prometheus/query_instant_vector.json");
    assert_eq!(table(&vector).series.len(), 3);
    assert_eq!(
        series(&vector, "up{instance=127.0.0.1:19999, job=down-target}").values,
        [0.0]
    );
    assert_eq!(count(&vector, WarningKind::Note), 1);
    let up = imported("metrics/prometheus/query_range_up.json");
    assert_eq!((up.source.info.rows, table(&up).series.len()), (27, 3));
    let p95 = imported("metrics/prometheus/query_range_p95_with_NaN.json");
    assert_eq!(
        series(&p95, "query_range_p95_with_NaN{handler=/metrics}")
            .values
            .len(),
        8
    );
    let error = import(&shared("metrics/prometheus/error_response.json")).unwrap_err();
    assert!(error.to_string().contains("unclosed left parenthesis"));
}

#[test]
#[ignore = "reads ../shared/data"]
fn scrapes_as_text() {
    let node = imported("metrics/prometheus/node_exporter_metrics.txt");
    assert_eq!(node.source.info.format, "prometheus-text");
    assert_eq!(node.source.info.rejected, 0);
    // 507 samples: 144 and 2 counters have one reading only, 5 percentiles are levels.
    assert_eq!(node.source.info.rows, 507);
    assert_eq!(table(&node).series.len(), 310 + 47 + 5);
    assert_eq!(node.source.info.last.unwrap().secs(), 1_795_225_430);
    assert_eq!(series(&node, "node_load1").values, [5.35]);
    let memory = series(&node, "node_memory_MemTotal_bytes");
    assert_eq!(
        (memory.values, memory.info.unit.as_str()),
        (vec![25_276_514_304.0], "bytes")
    );
    let own = imported("metrics/prometheus/metrics_openmetrics.txt");
    assert_eq!(own.source.info.rejected, 0);
    assert_eq!(count(&own, WarningKind::Assumed), 1);
    assert_eq!(series(&own, "go_goroutines").values, [37.0]);
}

#[test]
#[ignore = "reads ../shared/data"]
fn the_example_of_opentelemetry() {
    let found = imported("metrics/otlp/metrics_example.json");
    assert_eq!(found.source.info.format, "otlp-metrics");
    assert_eq!(
        found.source.info.first.unwrap().to_string(),
        "2018-12-13T14:51:00.3Z"
    );
    let gauge = series(
        &found,
        "my.gauge{my.gauge.attr=some value, service.name=my.service}",
    );
    assert_eq!(gauge.values, [10.0]);
    let counter = series(
        &found,
        "my.counter{my.counter.attr=some value, service.name=my.service}",
    );
    assert_eq!(
        (counter.values, counter.info.unit.as_str()),
        (vec![5.0], "")
    );
    // Both histograms are of a bare number, not of durations.
    assert_eq!(count(&found, WarningKind::NotRead), 2);
    assert!(found.source.buckets.is_none());
    let counted = series(
        &found,
        "my.histogram_count{my.histogram.attr=some value, service.name=my.service}",
    );
    assert_eq!(counted.values, [2.0]);
}

#[test]
#[ignore = "reads ../shared/data"]
fn snapshots_of_nginx_plus() {
    let found = imported("metrics/nginx/nginxplus_json_logs");
    let info = &found.source.info;
    assert_eq!(
        (info.format.as_str(), info.rejected),
        ("nginx-plus-status", 0)
    );
    assert!(info.warnings.is_empty(), "{:?}", info.warnings);
    let requests = series(&found, "nginx_requests_total");
    assert_eq!(requests.values.len(), 499);
    assert!((requests.values[0] - 11.949_069_539_666_993).abs() < 1e-9);
    let sum: f64 = requests.values.iter().sum();
    assert!((sum - 5_544.607_701_760_848).abs() < 1e-6, "{sum}");
    let highest = requests.values.iter().copied().fold(0.0, f64::max);
    assert!((highest - 19.012_152_097_216_777).abs() < 1e-9);
    let active = series(&found, "nginx_connections_active");
    assert_eq!(active.values.iter().sum::<f64>(), 1_539.0);
    assert_eq!(
        series(&found, "nginx_ssl_handshakes{pid=64857}")
            .values
            .len(),
        120
    );
    let errors = series(
        &found,
        "nginx_zone_responses{class=5xx, zone=trac.nginx.org}",
    );
    assert_eq!(errors.values.iter().sum::<f64>(), 0.0);
}
