//! Answers and exports of monitoring systems from our own files, whole, cut off and damaged. Expected figures were
//! computed from the files by an independent script.

use std::io::Cursor;
use std::path::Path;

use headroom::dataset::{BucketSummary, MetricTable, Series, SeriesInfo, State};
use headroom::import::{ImportError, ImportOptions, Imported, Intake, formats};
use headroom::progress::Progress;
use headroom::warning::WarningKind;

use crate::shared_data::{import, own};

/// Every file of this kind with its format.
const FILES: [(&str, &str); 20] = [
    ("appdynamics/metric_data.json", "appdynamics-json"),
    (
        "cloudwatch/metric_data_first_page.json",
        "cloudwatch-metric-data",
    ),
    (
        "cloudwatch/metric_data_pages.json",
        "cloudwatch-metric-data",
    ),
    (
        "cloudwatch/metric_statistics.json",
        "cloudwatch-metric-statistics",
    ),
    ("datadog/query_v1.json", "datadog-v1"),
    ("datadog/timeseries_v2.json", "datadog-v2"),
    ("newrelic/nerdgraph.json", "newrelic-nrql"),
    ("newrelic/query_api.json", "newrelic-nrql"),
    ("nginx/status.jsonl", "nginx-plus-status"),
    ("otlp/cumulative.jsonl", "otlp-metrics"),
    ("otlp/delta.jsonl", "otlp-metrics"),
    ("prometheus/query_range_p95.json", "prometheus-json"),
    ("prometheus/query_range_probe.json", "prometheus-json"),
    ("prometheus/query_range_web.json", "prometheus-json"),
    ("prometheus/query_scalar.json", "prometheus-json"),
    ("prometheus/query_vector_mixed.json", "prometheus-json"),
    ("prometheus/scrapes_node.txt", "prometheus-text"),
    ("prometheus/scrapes_openmetrics.txt", "prometheus-text"),
    ("splunk/export.jsonl", "splunk-json"),
    ("splunk/timechart.json", "splunk-json"),
];

fn imported(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{e}"))
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

fn kinds(imported: &Imported) -> Vec<(WarningKind, u64)> {
    let mut list: Vec<(WarningKind, u64)> = imported
        .source
        .info
        .warnings
        .iter()
        .map(|w| (w.kind, w.count))
        .collect();
    list.sort_unstable();
    list
}

/// What a rate comes to over all its steps.
fn grown(series: &Series, first_step_secs: f64) -> f64 {
    let steps = series.times.windows(2).map(|p| p[1].since(p[0]).as_secs());
    std::iter::once(first_step_secs)
        .chain(steps)
        .zip(&series.values)
        .map(|(secs, rate)| secs * rate)
        .sum()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{a} is not {b}");
}

fn total(buckets: &BucketSummary, label: &str) -> u64 {
    let index = buckets.labels.iter().position(|l| l == label);
    let index = index.unwrap_or_else(|| panic!("{label} is not among {:?}", buckets.labels));
    let labels = buckets.cells.column("label").unwrap().u16().unwrap();
    let counts = buckets.cells.column("count").unwrap().u64().unwrap();
    labels
        .into_no_null_iter()
        .zip(counts.into_no_null_iter())
        .filter(|(l, _)| usize::from(*l) == index)
        .map(|(_, count)| count)
        .sum()
}

#[test]
fn every_file_is_recognised_by_its_content() {
    for (name, format) in FILES {
        assert_eq!(imported(name).source.info.format, format, "{name}");
    }
    let error = import(&own("prometheus/query_error.json")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Prometheus answered with an error (bad_data: invalid parameter"),
        "{error}"
    );
}

#[test]
fn prometheus_counters_and_buckets_survive_a_restart_and_a_gap() {
    let found = imported("prometheus/query_range_web.json");
    let requests = series(
        &found,
        "http_requests_total{code=200, instance=127.0.0.1:29200, job=web}",
    );
    assert_eq!(
        (requests.info.step_secs, requests.info.gaps),
        (Some(5.0), 4)
    );
    close(grown(&requests, 5.0), 934.0);
    let buckets = found.source.buckets.as_ref().unwrap();
    assert_eq!(buckets.step_secs, 5.0);
    for (handler, count) in [("/api", 487), ("/checkout", 474)] {
        let label = format!(
            "http_request_duration_seconds{{handler={handler}, instance=127.0.0.1:29200, job=web}}"
        );
        assert_eq!(total(buckets, &label), count, "{handler}");
    }
    assert_eq!(
        found
            .source
            .info
            .warnings
            .count_of(WarningKind::CounterReset),
        7 + 1
    );
}

#[test]
fn prometheus_probes_are_up_down_and_unknown() {
    let found = imported("prometheus/query_range_probe.json");
    let uptime = found.source.uptime.as_ref().unwrap();
    let start = uptime.rows[0].start;
    let rows: Vec<(i64, i64, State)> = uptime
        .rows
        .iter()
        .map(|r| {
            (
                r.start.secs() - start.secs(),
                r.end.unwrap().secs() - start.secs(),
                r.state,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (0, 30, State::Up),
            (30, 55, State::Down),
            (55, 75, State::Up),
            (90, 105, State::Up)
        ]
    );
    assert_eq!(table(&found).series[0].gaps, 3);
    assert!(found.source.info.warnings.is_empty());
}

#[test]
fn prometheus_instants_and_percentiles_are_levels() {
    let vector = imported("prometheus/query_vector_mixed.json");
    assert_eq!(
        series(
            &vector,
            "query_vector_mixed{instance=127.0.0.1:29100, job=node}"
        )
        .values,
        [1.22]
    );
    assert_eq!(
        kinds(&vector),
        [(WarningKind::Note, 1), (WarningKind::Note, 2)]
    );
    assert_eq!(
        series(&imported("prometheus/query_scalar.json"), "query_scalar").values,
        [0.61]
    );
    let p95 = imported("prometheus/query_range_p95.json");
    assert_eq!(table(&p95).series.len(), 2);
    assert!(p95.source.buckets.is_none());
}

#[test]
fn scrapes_of_a_service_make_rates_and_latencies() {
    let found = imported("prometheus/scrapes_openmetrics.txt");
    let requests = series(&found, "http_requests_total{code=200}");
    assert_eq!(requests.values, [8.0, 9.0]);
    assert_eq!(series(&found, "queue_depth{path=C:\\tmp}").values.len(), 3);
    let buckets = found.source.buckets.as_ref().unwrap();
    assert_eq!(
        total(buckets, "http_request_duration_seconds{handler=/api}"),
        227 - 182
    );
    assert_eq!(buckets.step_secs, 5.0);
    assert_eq!(kinds(&found), [(WarningKind::NotRead, 15)]);

    let node = imported("prometheus/scrapes_node.txt");
    let switches = series(&node, "node_context_switches_total");
    close(switches.values[0], 11_694.0 / 5.008_215_4);
    assert_eq!(switches.info.unit, "/s");
    assert_eq!(series(&node, "node_load1").values.len(), 3);

    let one = imported("prometheus/scrape.txt");
    assert!(one.source.buckets.is_none());
    assert_eq!(series(&one, "probe_success").values, [1.0]);
    assert_eq!(one.source.info.warnings.count_of(WarningKind::Assumed), 1);
}

#[test]
fn cloudwatch_pages_join_and_missing_ones_are_said() {
    let found = imported("cloudwatch/metric_data_pages.json");
    assert!(found.source.info.warnings.is_empty());
    let cpu = series(&found, "CPUUtilization");
    assert_eq!(
        (cpu.values.len(), cpu.values[0], cpu.values[23]),
        (24, 37.6423, 48.5742)
    );
    close(cpu.values.iter().sum(), 1_068.521_9);
    assert_eq!(
        (cpu.info.unit.as_str(), cpu.info.step_secs),
        ("%", Some(300.0))
    );
    close(
        series(&found, "RequestCount").values.iter().sum(),
        163_215.0,
    );
    let p95 = series(&found, "TargetResponseTime p95");
    assert_eq!(
        (p95.info.points, p95.info.gaps, p95.info.unit.as_str()),
        (23, 1, "s")
    );
    let first = imported("cloudwatch/metric_data_first_page.json");
    assert_eq!(kinds(&first), [(WarningKind::TailMissing, 1)]);
    let statistics = imported("cloudwatch/metric_statistics.json");
    assert!(statistics.source.info.warnings.is_empty());
    assert_eq!(table(&statistics).series.len(), 5);
    let average = series(&statistics, "CPUUtilization{statistic=Average}");
    assert_eq!(average.values, cpu.values);
    assert_eq!(
        series(&statistics, "CPUUtilization{statistic=p99}")
            .info
            .unit,
        "%"
    );
}

#[test]
fn datadog_points_have_units_and_gaps() {
    let found = imported("datadog/query_v1.json");
    assert_eq!(kinds(&found), [(WarningKind::Approximate, 3)]);
    close(
        series(&found, "system.cpu.user{host=web-1}")
            .values
            .iter()
            .sum(),
        638.655,
    );
    let second = series(&found, "system.cpu.user{host=web-2}");
    close(second.values.iter().sum(), 671.519);
    assert_eq!(
        (
            second.info.points,
            second.info.gaps,
            second.info.unit.as_str()
        ),
        (18, 2, "%")
    );
    let hits = series(
        &found,
        "trace.http.request.hits{aggregate=sum, service=shop}",
    );
    assert_eq!(hits.info.unit, "/s");
    let found = imported("datadog/timeseries_v2.json");
    let latency = series(&found, "timeseries_v2{env=prod, query=0, resource=/pay}");
    close(latency.values.iter().sum(), 3_032_777_006.0);
    assert_eq!(
        (
            latency.info.points,
            latency.info.gaps,
            latency.info.unit.as_str()
        ),
        (14, 1, "ns")
    );
}

#[test]
fn newrelic_rows_become_series_in_seconds() {
    let found = imported("newrelic/nerdgraph.json");
    assert!(found.source.info.warnings.is_empty());
    assert_eq!(table(&found).series.len(), 8);
    let both: f64 = ["shop", "pay"]
        .iter()
        .flat_map(|app| series(&found, &format!("count{{appName={app}}}")).values)
        .sum();
    close(both, 1_092.0);
    let p95 = series(&found, "percentile.duration{appName=pay, percentile=95}");
    assert_eq!(
        (p95.values[11], p95.info.unit.as_str(), p95.info.step_secs),
        (0.626_991, "s", Some(60.0))
    );
    let older = imported("newrelic/query_api.json");
    assert_eq!(series(&older, "average.duration").values.len(), 10);
    assert_eq!(
        series(&older, "percentile.duration{percentile=99}")
            .info
            .unit,
        "s"
    );
}

#[test]
fn appdynamics_and_splunk_rows_become_series() {
    let found = imported("appdynamics/metric_data.json");
    let name = "Overall Application Performance|Average Response Time (ms)";
    close(series(&found, name).values.iter().sum(), 2_784.0);
    assert_eq!(table(&found).series.len(), 6);
    assert_eq!(kinds(&found), [(WarningKind::NotRead, 1)]);
    let found = imported("splunk/export.jsonl");
    assert!(found.source.info.warnings.is_empty());
    close(
        series(&found, "count{host=web-1, status=200}")
            .values
            .iter()
            .sum(),
        1_451.0,
    );
    let found = imported("splunk/timechart.json");
    assert_eq!(table(&found).series.len(), 2);
    assert_eq!(kinds(&found), [(WarningKind::Note, 1)]);
}

#[test]
fn otlp_counts_the_same_requests_whichever_way_they_are_counted() {
    for file in ["cumulative", "delta"] {
        let found = imported(&format!("otlp/{file}.jsonl"));
        assert_eq!(kinds(&found), [(WarningKind::NotRead, 4)], "{file}");
        let buckets = found.source.buckets.as_ref().unwrap();
        let totals: Vec<u64> = buckets.labels.iter().map(|l| total(buckets, l)).collect();
        assert_eq!(totals, [129, 129], "{file}: {:?}", buckets.labels);
        let table = table(&found);
        let requests = table
            .series
            .iter()
            .position(|s| s.name == "http.server.requests")
            .unwrap();
        let requests = table.series(requests).unwrap();
        assert_eq!(requests.info.unit, "/s");
        // The first reading of a cumulative counter only gives the start.
        let counted = if file == "delta" { 4 } else { 3 };
        assert_eq!(requests.values.len(), counted, "{file}");
        assert!((requests.values[counted - 1] - 38.0 / 2.0).abs() < 0.5);
        let queue = table.series.iter().position(|s| s.name == "queue.length");
        assert_eq!(
            table.series(queue.unwrap()).unwrap().values,
            [2.0, 1.0, 3.0, 4.0]
        );
    }
}

#[test]
fn nginx_counters_survive_a_restart() {
    let found = imported("nginx/status.jsonl");
    // Three SSL counters belong to one of two workers in turn.
    let each = table(&found).series.len() as u64 - 3;
    assert_eq!(each * 24, found.source.info.rows);
    let grown_by = grown(&series(&found, "nginx_requests_total"), 5.0);
    assert!((grown_by - 869.0).abs() < 2.0, "{grown_by}");
    let errors = series(&found, "nginx_zone_responses{class=5xx, zone=shop.example}");
    assert!((grown(&errors, 5.0) - 23.0).abs() < 0.1);
    let warnings = &found.source.info.warnings;
    assert!(warnings.count_of(WarningKind::CounterReset) >= 10);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

/// Reads bytes as a format without asking whether they look like it.
fn read_as(format: &str, name: &str, bytes: Vec<u8>) -> Result<Imported, ImportError> {
    let (options, progress) = (ImportOptions::default(), Progress::default());
    let path = Path::new(name);
    let intake = Intake::new(path, &options, &progress);
    (formats::by_id(format).unwrap().read)(Box::new(Cursor::new(bytes)), &intake)
}

#[test]
fn hostile_documents_end_in_a_sentence() {
    let deep = format!("{}{}", "{\"a\":[".repeat(50_000), "]}".repeat(50_000));
    let huge = "{\"MetricDataResults\":[{\"Id\":\"a\",\"Label\":\"b\",\"Timestamps\":[1e308,-1e308,1793491200],\"Values\":[1e308,2,-1e400]}]}";
    for (_, format) in FILES {
        for text in [
            "",
            "{}",
            "[]",
            "[[[[",
            "null",
            "\"",
            "{\"resourceMetrics\":null}",
            "\u{0}\u{1}",
            &deep,
            huge,
        ] {
            let _ = read_as(format, "x", text.as_bytes().to_vec());
        }
    }
}
