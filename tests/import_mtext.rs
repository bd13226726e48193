//! Metric exports as text, Parquet and Excel: small files of each kind, whole, cut off and damaged.

use std::collections::BTreeMap;

use headroom::dataset::{MetricTable, SeriesKind};
use headroom::import::Imported;
use headroom::warning::WarningKind;

use crate::shared_data::{import, own};

fn read(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{e}"))
}

/// All points by the name of their series and their instant.
pub fn points(table: &MetricTable) -> BTreeMap<(String, i64), f64> {
    let mut points = BTreeMap::new();
    for index in 0..table.series.len() {
        let series = table.series(index).unwrap();
        let name = series.info.display_name();
        for (at, value) in series.times.iter().zip(&series.values) {
            points.insert((name.clone(), at.0), *value);
        }
    }
    points
}

fn table(imported: &Imported) -> &MetricTable {
    imported.source.metrics.as_ref().unwrap()
}

fn count(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

#[test]
fn the_outputs_of_sysstat_agree() {
    let csv = read("sysstat/sadf.csv");
    assert_eq!(csv.source.info.format, "sadf-csv");
    assert_eq!(csv.source.info.rejected, 0);
    let expected = points(table(&csv));
    for (file, format) in [
        ("sysstat/sadf_horizontal.csv", "sadf-csv"),
        ("sysstat/sadf.json", "sadf-json"),
        ("sysstat/sar.txt", "sar-text"),
    ] {
        let other = read(file);
        assert_eq!(other.source.info.format, format);
        assert_eq!(other.source.info.rejected, 0, "{file}");
        assert_eq!(points(table(&other)), expected, "{file}");
        assert_eq!(
            table(&other).series.iter().map(|s| s.unit.as_str()).max(),
            table(&csv).series.iter().map(|s| s.unit.as_str()).max()
        );
        assert_eq!(count(&other, WarningKind::TruncatedLastRow), 0, "{file}");
    }
    let local = read("sysstat/sadf_local.csv");
    assert_eq!(count(&local, WarningKind::ZoneAssumed), 7);
    let names: Vec<&str> = table(&local)
        .series
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["%user", "%nice", "%system", "%iowait", "%steal", "%idle"]
    );
    let iso = read("sysstat/sar_iso.txt");
    let cpu = points(table(&local));
    let iso = points(table(&iso));
    assert!(cpu.iter().all(|(key, value)| iso.get(key) == Some(value)));
    assert_eq!(iso.len(), cpu.len());
}

#[test]
fn collectd_names_its_metrics_in_folders() {
    let cpu = read("collectd/demo/cpu/percent-user-2026-11-21");
    assert_eq!(cpu.source.info.format, "collectd-csv");
    let series = &table(&cpu).series[0];
    assert_eq!(
        (series.display_name().as_str(), series.unit.as_str()),
        ("percent{host=demo, plugin=cpu, type=user}", "%")
    );
    let octets = read("collectd/demo/interface-lo/if_octets-2026-11-21");
    let series = table(&octets).series(0).unwrap();
    assert!(series.info.from_counter);
    assert_eq!(series.info.unit, "bytes/s");
    assert!(series.values.iter().sum::<f64>() > 10_000.0);
    let load = read("collectd/demo/load/load-2026-11-21");
    assert_eq!(table(&load).series[2].name, "load.longterm");
}

fn sum(imported: &Imported, series: usize) -> f64 {
    table(imported).series(series).unwrap().values.iter().sum()
}

/// Name and unit of each series.
fn names(imported: &Imported) -> Vec<String> {
    let series = &table(imported).series;
    series
        .iter()
        .map(|s| format!("{} [{}]", s.display_name(), s.unit))
        .collect()
}

#[test]
fn grafana_writes_values_for_people() {
    let formatted = read("grafana/formatted.csv");
    assert_eq!(formatted.source.info.format, "grafana-csv");
    assert_eq!(
        names(&formatted),
        [
            "requests [/s]",
            "heap [bytes]",
            "temperature [°C]",
            "cpu [%]",
            "P95{service=checkout} [s]"
        ]
    );
    let p95 = table(&formatted).series(4).unwrap().values;
    assert_eq!((p95.len(), p95[0], p95[54]), (55, 0.2, 1.36));
    let requests = table(&formatted).series(0).unwrap().values;
    assert_eq!((requests[0], requests[20]), (800.0, 1_000.0));
    assert_eq!(count(&formatted, WarningKind::Approximate), 1);
    assert_eq!(count(&formatted, WarningKind::ZoneAssumed), 60);
    let joined = read("grafana/joined.csv");
    assert_eq!(joined.source.info.format, "grafana-csv");
    assert_eq!(names(&joined)[0], "cpu{cpu=0, mode=user} []");
    assert_eq!(table(&joined).series[1].points, 59);
    assert_eq!(table(&joined).series[1].gaps, 1);
    let old = read("grafana/old_long.csv");
    assert_eq!(old.source.info.format, "grafana-csv");
    assert_eq!(names(&old), ["requests []", "errors []"]);
    assert_eq!(
        table(&old).series(0).unwrap().values[1],
        1_001_234.5,
        "commas are thousands"
    );
    assert_eq!(
        old.source.info.first.unwrap().to_string(),
        "2026-06-14T08:00:00Z"
    );
}

#[test]
fn monitoring_tools_write_tables_of_their_own() {
    let kibana = read("kibana/visualisation.csv");
    assert_eq!(kibana.source.info.format, "kibana-csv");
    assert_eq!(
        names(&kibana),
        ["Count []", "=Average bytes [kB]", "Median latency []"]
    );
    assert_eq!(sum(&kibana, 0), 60.0 * 1_000.0 + 17.0 * 1_770.0);
    let splunk = read("splunk/timechart.csv");
    assert_eq!(splunk.source.info.format, "splunk-csv");
    assert_eq!(names(&splunk), ["web-1 []", "web-2 []", "OTHER []"]);
    assert_eq!(splunk.source.info.zone, None);
    let console = read("cloudwatch/console.csv");
    assert_eq!(console.source.info.format, "cloudwatch-console-csv");
    assert_eq!(
        names(&console),
        [
            "CPUUtilization{statistic=Average} [%]",
            "RequestCount{statistic=Sum} []",
            "TargetResponseTime p95{statistic=p95} []"
        ]
    );
    assert_eq!(table(&console).series[2].gaps, 1);
    assert_eq!(table(&console).series[1].kind, SeriesKind::Count);
}

#[test]
fn lines_of_influx_and_nagios() {
    let influx = read("influx/telegraf.txt");
    assert_eq!(influx.source.info.format, "influx-line");
    assert_eq!(influx.source.info.rows, 80);
    assert_eq!(
        names(&influx),
        [
            "cpu.usage_user{cpu=cpu-total, host=web 1} [%]",
            "cpu.usage_idle{cpu=cpu-total, host=web 1} [%]",
            "mem.used{host=web 1} []",
            "mem.used_percent{host=web 1} [%]"
        ]
    );
    assert_eq!(count(&influx, WarningKind::NotRead), 40);
    let nagios = read("nagios/service-perfdata.out");
    assert_eq!(nagios.source.info.format, "nagios-perfdata");
    assert_eq!(
        names(&nagios),
        [
            "time{host=web-1, service=HTTP} [s]",
            "size{host=web-1, service=HTTP} [bytes]",
            "/var log{host=web-1, service=Disk} [MB]"
        ]
    );
    assert_eq!(sum(&nagios, 2), 40.0 * 5_000.0 + 780.0);
}

#[test]
fn tables_that_are_no_text() {
    for name in ["parquet/wide.parquet", "excel/wide.xlsx"] {
        let wide = read(name);
        assert_eq!(wide.source.info.rows, 240, "{name}");
        assert_eq!(names(&wide), ["cpu_percent [%]", "memory_bytes [bytes]"]);
        assert!((sum(&wide, 0) - 9_566.613).abs() < 1e-9, "{name}");
        assert_eq!(sum(&wide, 1), 971_153_014_074.0, "{name}");
        assert_eq!(table(&wide).series[0].gaps, 1, "{name}");
        assert_eq!(
            wide.source.info.last.unwrap().to_string(),
            "2026-06-14T13:59:00Z"
        );
    }
    for name in ["excel/wide.ods", "excel/wide.xls"] {
        let wide = read(name);
        assert_eq!(wide.source.info.format, "excel");
        assert_eq!(wide.source.info.rows, 60, "{name}");
        assert!((sum(&wide, 0) - 3_134.115).abs() < 1e-9, "{name}");
    }
    let long = read("parquet/long.parquet");
    assert_eq!(
        names(&long),
        ["load1{host=web-1} []", "load1{host=web-2} []"]
    );
    assert!((sum(&long, 0) - 119.52).abs() < 1e-9);
    assert_eq!(count(&long, WarningKind::NotRead), 1);
    assert_eq!(count(&long, WarningKind::ZoneAssumed), 120);
}
