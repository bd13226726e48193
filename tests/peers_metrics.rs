//! Real metric and uptime files from elsewhere, read beside the project. Every expected figure was computed from the raw
//! rows by an independent script.

use headroom::dataset::{MetricTable, SeriesKind};
use headroom::import::{ImportError, Imported};
use headroom::warning::WarningKind;

use crate::shared_data::{self, shared};

fn try_import(path: &str) -> Result<Imported, ImportError> {
    shared_data::import(&shared(path))
}

fn import(path: &str) -> Imported {
    try_import(path).unwrap_or_else(|e| panic!("{e}"))
}

fn table(imported: &Imported) -> &MetricTable {
    imported.source.metrics.as_ref().unwrap()
}

fn count(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

/// Points, sum, minimum, maximum, first, last, step, gaps of a file with one series.
type Figures = (usize, f64, f64, f64, &'static str, &'static str, f64, u64);

fn assert_single(path: &str, figures: Figures) {
    let (points, sum, min, max, first, last, step, gaps) = figures;
    let imported = import(path);
    assert_eq!(imported.source.info.format, "metric-table");
    assert_eq!(imported.source.info.rejected, 0, "{path}");
    let table = table(&imported);
    assert_eq!(table.series.len(), 1, "{path}");
    let series = table.series(0).unwrap();
    assert_eq!(series.values.len(), points, "{path}");
    let total: f64 = series.values.iter().sum();
    assert!((total - sum).abs() <= 1e-9 * sum.abs(), "{path}: {total}");
    let lowest = series.values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = series
        .values
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    assert_eq!((lowest, highest), (min, max), "{path}");
    let info = &imported.source.info;
    assert_eq!(info.first.unwrap().to_string(), first, "{path}");
    assert_eq!(info.last.unwrap().to_string(), last, "{path}");
    assert_eq!(series.info.step_secs, Some(step), "{path}");
    assert_eq!(series.info.gaps, gaps, "{path}");
}

#[test]
#[ignore = "reads ../shared/data"]
fn cloudwatch_series_of_nab() {
    let folder = "metrics/cloudwatch-nab/realAWSCloudwatch";
    for (file, figures) in [
        (
            "ec2_cpu_utilization_24ae8d",
            (
                4_032,
                509.254,
                0.066,
                2.344,
                "2014-02-14T14:30:00Z",
                "2014-02-28T14:25:00Z",
                300.0,
                0,
            ),
        ),
        (
            "ec2_cpu_utilization_5f5533",
            (
                4_032,
                173_821.018_3,
                34.766,
                68.092,
                "2014-02-14T14:27:00Z",
                "2014-02-28T14:22:00Z",
                300.0,
                0,
            ),
        ),
        (
            "ec2_disk_write_bytes_1ef3de",
            (
                4_719,
                31_130_782_430.2,
                0.0,
                547_457_000.0,
                "2014-03-01T17:34:00Z",
                "2014-03-18T03:39:00Z",
                300.0,
                11,
            ),
        ),
        (
            "elb_request_count_8c0756",
            (
                4_032,
                249_327.0,
                1.0,
                656.0,
                "2014-04-10T00:04:00Z",
                "2014-04-24T00:39:00Z",
                300.0,
                8,
            ),
        ),
        (
            "grok_asg_anomaly",
            (
                4_621,
                127_931.107_01,
                0.0,
                45.6229,
                "2014-01-16T00:00:00Z",
                "2014-02-01T01:00:00Z",
                300.0,
                0,
            ),
        ),
        (
            "rds_cpu_utilization_cc0c53",
            (
                4_032,
                32_708.424_77,
                5.19,
                25.1033,
                "2014-02-14T14:30:00Z",
                "2014-02-28T14:30:00Z",
                300.0,
                1,
            ),
        ),
    ] {
        assert_single(&format!("{folder}/{file}.csv"), figures);
    }
    assert_single(
        "metrics/cloudwatch-nab/realKnownCause/nyc_taxi.csv",
        (
            10_320,
            156_219_716.0,
            8.0,
            39_197.0,
            "2014-07-01T00:00:00Z",
            "2015-01-31T23:30:00Z",
            1_800.0,
            0,
        ),
    );
    let disk = import(&format!("{folder}/ec2_disk_write_bytes_1ef3de.csv"));
    assert_eq!(disk.source.info.rows, 4_730);
    assert_eq!(count(&disk, WarningKind::DuplicatePoints), 11);
    assert_eq!(
        count(&disk, WarningKind::ZoneAssumed),
        disk.source.info.rows
    );
    assert_eq!(table(&disk).series[0].name, "ec2_disk_write_bytes_1ef3de");
    let cpu = import(&format!("{folder}/ec2_cpu_utilization_5f5533.csv"));
    assert_eq!(table(&cpu).series[0].unit, "%");
    assert_eq!(count(&cpu, WarningKind::Assumed), 1);
    let elb = import(&format!("{folder}/elb_request_count_8c0756.csv"));
    assert_eq!(table(&elb).series[0].kind, SeriesKind::Count);
}

#[test]
#[ignore = "reads ../shared/data"]
fn prometheus_ranges() {
    let cpu = import("metrics/prometheus/query_range_cpu.json");
    assert_eq!(cpu.source.info.format, "prometheus-json");
    assert_eq!(cpu.source.info.rows, 14 * 9);
    let series = &table(&cpu).series;
    assert_eq!(series.len(), 14);
    assert!(
        series
            .iter()
            .all(|s| s.points == 9 && s.step_secs == Some(5.0) && s.gaps == 0)
    );
    assert_eq!(
        series[6].display_name(),
        "query_range_cpu{cpu=0, instance=127.0.0.1:19100, job=node, mode=user}"
    );
    let user: f64 = table(&cpu).series(6).unwrap().values.iter().sum();
    assert!((user - 5.631_641_199_275_71).abs() < 1e-12);

    let up = import("metrics/prometheus/query_range_up.json");
    let sums: Vec<f64> = (0..3)
        .map(|i| table(&up).series(i).unwrap().values.iter().sum())
        .collect();
    assert_eq!(sums, [9.0, 9.0, 0.0]);
    assert_eq!(table(&up).series[2].name, "up");
    assert_eq!(up.source.info.first.unwrap().secs(), 1_795_225_390);
    assert_eq!(up.source.info.last.unwrap().secs(), 1_795_225_430);

    let p95 = import("metrics/prometheus/query_range_p95_with_NaN.json");
    let values = table(&p95).series(0).unwrap().values;
    assert_eq!(values.len(), 8);
    assert!(values.iter().all(|v| (v - 0.095).abs() < 1e-9));
}

#[test]
#[ignore = "reads ../shared/data"]
fn what_prometheus_did_not_answer() {
    let error = try_import("metrics/prometheus/error_response.json")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1:5: parse error: unclosed left parenthesis"),
        "{error}"
    );
}

#[test]
#[ignore = "reads ../shared/data"]
fn azure_tables() {
    for (file, rows, first_series, sum, backwards) in [
        (
            "redis_get_rps_eastus_long_B8ms",
            6_942,
            1_718,
            2_372_086_418.31,
            65,
        ),
        (
            "redis_get_rps_eastus_long_D8s_v5",
            10_391,
            2_430,
            5_454_312_940.47,
            350,
        ),
    ] {
        let redis = import(&format!("metrics/azure/{file}.csv"));
        assert_eq!(redis.source.info.rows, rows);
        let table = table(&redis);
        assert_eq!(
            table.series.len(),
            6,
            "two values for each of three machines"
        );
        let points: u64 = table
            .series
            .iter()
            .filter(|s| s.name == file)
            .map(|s| s.points)
            .sum();
        assert_eq!(points, rows);
        let series = table.series(0).unwrap();
        assert_eq!(series.info.display_name(), format!("{file}{{VM_id=0}}"));
        assert_eq!(series.values.len(), first_series);
        assert!((series.values.iter().sum::<f64>() - sum).abs() < 1.0);
        assert!(count(&redis, WarningKind::OutOfOrderPoints) >= 2 * backwards);
    }
    for file in ["code", "conv"] {
        let error =
            try_import(&format!("metrics/azure/AzureLLMInferenceTrace_{file}.csv")).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("its rows look like single events, not like measurements"),
            "{text}"
        );
    }
}

#[test]
#[ignore = "reads ../shared/data"]
fn prophet_tables() {
    for (file, figures) in [
        (
            "air_passengers",
            (
                144,
                40_363.0,
                104.0,
                622.0,
                "1949-01-01T00:00:00Z",
                "1960-12-01T00:00:00Z",
                2_678_400.0,
                0,
            ),
        ),
        (
            "pedestrians_covid",
            (
                1_490,
                41_754_487.0,
                1_819.0,
                52_375.0,
                "2017-06-02T00:00:00Z",
                "2021-06-30T00:00:00Z",
                86_400.0,
                0,
            ),
        ),
        (
            "retail_sales",
            (
                293,
                90_528_594.0,
                146_376.0,
                518_253.0,
                "1992-01-01T00:00:00Z",
                "2016-05-01T00:00:00Z",
                2_678_400.0,
                0,
            ),
        ),
        (
            "wp_log_R",
            (
                2_863,
                20_365.433_348_582_945,
                4.077_537_443_905_72,
                9.057_538_781_718_22,
                "2008-01-01T00:00:00Z",
                "2015-12-31T00:00:00Z",
                86_400.0,
                59,
            ),
        ),
        (
            "wp_log_peyton_manning",
            (
                2_905,
                23_643.672_808_875_926,
                5.262_690_188_904_89,
                12.846_746_888_829,
                "2007-12-10T00:00:00Z",
                "2016-01-20T00:00:00Z",
                86_400.0,
                59,
            ),
        ),
        (
            "yosemite_temps",
            (
                18_709,
                345_170.0,
                -8.4,
                53.2,
                "2017-05-01T00:00:00Z",
                "2017-07-05T00:00:00Z",
                300.0,
                12,
            ),
        ),
    ] {
        assert_single(&format!("forecasting/prophet/example_{file}.csv"), figures);
    }
    let yosemite = import("forecasting/prophet/example_yosemite_temps.csv");
    assert_eq!(count(&yosemite, WarningKind::NotANumber), 12);
    let unsorted = import("forecasting/prophet/example_wp_log_R.csv");
    assert_eq!(count(&unsorted, WarningKind::OutOfOrderPoints), 1_396);
}

#[test]
#[ignore = "reads ../shared/data"]
fn tables_without_a_calendar_are_refused() {
    for (file, sentence) in [
        (
            "forecasting/gefcom2012_hourly.csv",
            "the column \"ds\" counts steps",
        ),
        (
            "forecasting/m3/M3_train.csv",
            "no column of the table holds times",
        ),
    ] {
        let error = try_import(file).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}
