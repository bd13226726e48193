//! What becomes of references: figures that were put into synthetic runs come out again.

use std::sync::Arc;

use super::arrivals::at_quantile;
use super::{Inputs, ResolveError, Resolved, resolve};
use crate::analysis::forecast::{Forecast, ForecastPoint};
use crate::calendar::Instant;
use crate::dataset::counted::Counted;
use crate::dataset::{
    Dataset, MetricTable, RunSummary, Series, SeriesInfo, SeriesKind, Source, SourceInfo,
};
use crate::scenario::Scenario;
use crate::scenario::model::{Class, Dist, Interpolation, Pattern};

const START: i64 = 1_780_000_000;

/// Ten minutes: reads of 10 ms and writes of 30 ms, three to one; 20 requests a second for five minutes, then 200, with
/// five times the response time by waiting.
fn load_test(quiet: bool) -> RunSummary {
    let cells = (0..600).flat_map(|second| {
        let busy = second >= 300 || !quiet;
        let factor = if busy { 5 } else { 1 };
        let rate = if busy { 200 } else { 20 };
        [(0, 10_000, 3), (1, 30_000, 1)].map(|(label, micros, part)| Counted {
            second: START + second,
            secs: 1,
            label,
            failed: false,
            values: vec![(micros * factor, rate * part / 4)],
        })
    });
    let names = ["read".to_owned(), "write".to_owned()];
    RunSummary::from_counted(&names, 10, cells).unwrap()
}

/// 2 % idle, and 0.3 % for each request a second: 3 ms of one core.
fn processor() -> MetricTable {
    let times: Vec<Instant> = (0..60)
        .map(|i| Instant::from_secs(START + i * 10))
        .collect();
    let values = (0..60)
        .map(|i| 2.0 + if i >= 30 { 200.0 } else { 20.0 } * 0.3 + f64::from(i % 3) * 0.2)
        .collect();
    MetricTable::from_series(&[Series {
        info: SeriesInfo {
            name: "cpu_percent".to_owned(),
            unit: "%".to_owned(),
            step_secs: Some(10.0),
            ..SeriesInfo::default()
        },
        times,
        values,
    }])
    .unwrap()
}

fn dataset(run: RunSummary, metrics: Option<MetricTable>) -> Dataset {
    let named = |name: &str| SourceInfo {
        file_name: name.to_owned(),
        ..SourceInfo::default()
    };
    let mut sources = vec![Arc::new(Source {
        info: named("results.jtl"),
        run: Some(run),
        ..Source::default()
    })];
    sources.extend(metrics.map(|table| {
        Arc::new(Source {
            info: named("metrics.csv"),
            metrics: Some(table),
            ..Source::default()
        })
    }));
    Dataset { sources }
}

fn resolved(scenario: &Scenario, dataset: &Dataset) -> Result<Resolved, ResolveError> {
    resolve(
        scenario,
        &Inputs {
            dataset,
            forecasts: &[],
        },
    )
}

fn from_run() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.service.from_run = Some("tests/results.jtl".to_owned());
    scenario
}

fn near(a: f64, b: f64, by: f64) {
    assert!((a - b).abs() <= by, "{a} {b}");
}

/// 0.3 requests in flight while 10 workers are there: nobody waits, so these are service times.
#[test]
fn service_times_come_from_the_time_of_low_load() {
    let out = resolved(&from_run(), &dataset(load_test(true), None)).unwrap();
    let classes = &out.scenario.service.classes;
    let labels: Vec<(&str, f64)> = classes
        .iter()
        .map(|c| (c.label.as_str(), c.weight))
        .collect();
    assert_eq!(labels, [("read", 0.75), ("write", 0.25)]);
    near(classes[0].time.mean(), 0.01, 1e-9);
    near(classes[1].time.mean(), 0.03, 1e-9);
    assert!(out.warnings.is_empty(), "{:?}", out.warnings);
    assert!(out.scenario.assumptions[0].contains("at most 20.0 % of 10.0 workers"));
    assert!(out.scenario.pending().is_empty());
}

#[test]
fn response_times_under_load_are_said_not_to_be_service_times() {
    let out = resolved(&from_run(), &dataset(load_test(false), None)).unwrap();
    near(out.scenario.service.classes[0].time.mean(), 0.05, 1e-9);
    assert!(out.warnings[0].contains("They hold waiting"));
}

/// D = U/X: 0.3 % of one core a request a second is 3 ms, shared 1 : 3 between reads and writes of 10 and 30 ms.
#[test]
fn utilisation_over_throughput_beats_response_times() {
    let out = resolved(&from_run(), &dataset(load_test(false), None)).unwrap();
    assert_eq!(out.scenario.service.classes[0].cpu, None);
    let with = resolved(&from_run(), &dataset(load_test(true), Some(processor()))).unwrap();
    let scenario = &with.scenario;
    near(scenario.autoscaling.cpu.per_request, 0.003, 3e-5);
    near(scenario.autoscaling.cpu.idle, 0.022, 2e-3);
    let [read, write] = scenario.service.classes.as_slice() else {
        panic!("{:?}", scenario.service.classes);
    };
    near(read.time.mean(), 0.002, 2e-5);
    near(write.time.mean(), 0.006, 6e-5);
    near(write.cpu.unwrap(), 0.006, 6e-5);
    assert!(with.warnings.is_empty());
    assert!(scenario.assumptions[0].contains("cpu_percent"));
}

#[test]
fn listed_classes_keep_their_weights_and_unknown_ones_are_refused() {
    let mut scenario = from_run();
    let class = |label: &str| Class {
        label: label.to_owned(),
        weight: 9.0,
        writes: 1.0,
        ..Class::default()
    };
    scenario.service.classes = vec![class("write")];
    let data = dataset(load_test(true), None);
    let out = resolved(&scenario, &data).unwrap();
    let [only] = out.scenario.service.classes.as_slice() else {
        panic!();
    };
    assert_eq!((only.weight, only.writes), (9.0, 1.0));
    near(only.time.mean(), 0.03, 1e-9);
    scenario.service.classes.push(class("delete"));
    let error = resolved(&scenario, &data).unwrap_err().to_string();
    assert!(
        error.starts_with("service.from_run: the run has no label \"delete\""),
        "{error}"
    );
    assert!(error.contains("read, write"), "{error}");
    scenario.service.from_run = Some("other.jtl".to_owned());
    let error = resolved(&scenario, &data).unwrap_err().to_string();
    assert!(error.contains("there are results.jtl"), "{error}");
}

#[test]
fn a_log_becomes_its_counts() {
    let mut scenario = Scenario::default();
    scenario.workload.pattern = Pattern::Log {
        file: "results.jtl".to_owned(),
    };
    let out = resolved(&scenario, &dataset(load_test(true), None)).unwrap();
    let Pattern::Points {
        points,
        interpolation,
    } = &out.scenario.workload.pattern
    else {
        panic!();
    };
    assert_eq!((points.len(), *interpolation), (120, Interpolation::Step));
    assert_eq!((points[0].level, points[119].level), (20.0, 200.0));
    assert_eq!((points[1].at, out.scenario.run.duration), (5.0, 600.0));
    assert_eq!(out.scenario.run.start_micros, START * 1_000_000);
    assert!(out.warnings[0].contains("10 min"));
}

#[test]
fn a_series_of_a_minute_becomes_requests_a_second() {
    let mut scenario = Scenario::default();
    scenario.run.duration = 60.0;
    scenario.workload.pattern = Pattern::Series {
        series: "orders".to_owned(),
    };
    let table = MetricTable::from_series(&[Series {
        info: SeriesInfo {
            name: "orders".to_owned(),
            unit: "/min".to_owned(),
            kind: SeriesKind::Rate,
            step_secs: Some(60.0),
            ..SeriesInfo::default()
        },
        times: vec![Instant::from_secs(START), Instant::from_secs(START + 60)],
        values: vec![60.0, 120.0],
    }])
    .unwrap();
    let data = dataset(load_test(true), Some(table));
    let out = resolved(&scenario, &data).unwrap();
    let Pattern::Points { points, .. } = &out.scenario.workload.pattern else {
        panic!();
    };
    assert_eq!((points[0].level, points[1].level), (1.0, 2.0));
    scenario.workload.pattern = Pattern::Series {
        series: "nothing".to_owned(),
    };
    let error = resolved(&scenario, &data).unwrap_err().to_string();
    assert!(error.contains("no series is called"), "{error}");
}

fn step(day: i64) -> ForecastPoint {
    ForecastPoint {
        t: Instant::from_secs(START + day * 86_400),
        mean: 100.0,
        lo80: 80.0,
        hi80: 120.0,
        lo95: 70.0,
        hi95: 130.0,
    }
}

#[test]
fn a_forecast_is_taken_at_its_quantile() {
    let forecasts = [Forecast {
        series: "requests".to_owned(),
        unit: "/s".to_owned(),
        step_secs: 86_400.0,
        points: (0..3).map(step).collect(),
        ..Forecast::default()
    }];
    let mut scenario = Scenario::default();
    scenario.run.duration = 2.0 * 86_400.0;
    scenario.workload.pattern = Pattern::Forecast {
        series: "requests".to_owned(),
        quantile: 0.9,
    };
    let data = dataset(load_test(true), None);
    let inputs = Inputs {
        dataset: &data,
        forecasts: &forecasts,
    };
    let out = resolve(&scenario, &inputs).unwrap();
    let Pattern::Points { points, .. } = &out.scenario.workload.pattern else {
        panic!();
    };
    assert_eq!((points.len(), points[2].at), (3, 172_800.0));
    near(points[0].level, 120.0, 1e-6);
    assert!(out.scenario.assumptions[0].contains("P90"));
    // The ranges' own ends, between them, and beyond them.
    near(at_quantile(&step(0), 0.1), 80.0, 1e-6);
    near(at_quantile(&step(0), 0.5), 100.0, 1e-6);
    near(at_quantile(&step(0), 0.025), 70.0, 1e-6);
    let between = at_quantile(&step(0), 0.75);
    assert!((110.0..111.0).contains(&between), "{between}");
    assert!(at_quantile(&step(0), 0.99) > 130.0);
}

#[test]
fn measured_distributions_keep_their_mean() {
    let out = resolved(&from_run(), &dataset(load_test(true), None)).unwrap();
    for class in &out.scenario.service.classes {
        if let Dist::Empirical { quantiles } = &class.time {
            assert!(quantiles.windows(2).all(|w| w[0].1 <= w[1].1));
        }
    }
}
