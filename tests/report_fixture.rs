//! Findings of an invented service, built by hand: what a report is laid out from, without the engines.
//! Invented from a fixed recipe (sums of sines), not from a random source, so that bytes stay the same.

use std::collections::BTreeMap;

use headroom::analysis::capacity::{CapacityPoint, MeasuredCapacity};
use headroom::analysis::decisions::Decisions;
use headroom::analysis::forecast::plan::Known;
use headroom::analysis::forecast::{
    Backtest, CapacityCrossing, Forecast, ForecastPoint, Percentiles, Threshold,
};
use headroom::analysis::latency::{Concurrency, LabelStats, RunStats};
use headroom::analysis::sla::{SlaFile, SubPeriod, Verdict};
use headroom::calendar::{Instant, Period, TimeRange, Zone};
use headroom::dataset::{Role, Scope, ScopeFilter, SourceInfo};
use headroom::report::findings::{
    DailyLatency, Findings, ForecastFinding, JudgedMonth, JudgedSla, RunFinding,
};
use headroom::report::{ReportLimit, ReportParams};
use headroom::units::Micros;
use headroom::warning::{WarningKind, Warnings};

use crate::report_promises::judged;

pub const DAY: i64 = 86_400_000_000;

pub fn zone() -> Zone {
    Zone::named("Europe/Berlin").unwrap()
}

pub fn params(period: &str) -> ReportParams {
    ReportParams {
        project_name: "Checkout platform".to_owned(),
        period: Period::parse(period).unwrap(),
        zone: zone(),
        as_of: None,
        scope: ScopeFilter {
            service: Some("checkout".to_owned()),
            environment: Some("production".to_owned()),
        },
        slas: vec![("performance_sla.yaml".to_owned(), SlaFile::default())],
        limits: [
            "cpu{instance=web-1}",
            "disk_used{volume=orders}",
            "connections{pool=primary}",
        ]
        .map(|series| ReportLimit {
            series: series.to_owned(),
            threshold: Threshold::Percent(80.0),
            lead_time_days: 21,
            known: Known::default(),
        })
        .to_vec(),
        notes: BTreeMap::new(),
        decisions: Decisions::default(),
        committed: None,
    }
}

pub fn wave(n: i64, salt: f64) -> f64 {
    let n = n as f64;
    ((n * 0.9 + salt).sin() + (n * 0.37 + salt * 2.0).sin() + (n * 2.1 + salt).cos()) / 3.0
}

struct Growth<'a> {
    series: &'a str,
    unit: &'a str,
    limit: f64,
    text: &'a str,
    level: f64,
    per_day: f64,
    weekly: f64,
}

fn forecast(end: Instant, growth: &Growth) -> ForecastFinding {
    let day = |by: i64| Instant(end.0 + by * DAY);
    let at = |n: i64| {
        growth.level
            + growth.per_day * n as f64
            + growth.weekly * (n as f64 * std::f64::consts::TAU / 7.0).sin()
    };
    let history: Vec<(Instant, f64)> = (-300..0)
        .map(|n| (day(n), at(n) + growth.weekly * 0.4 * wave(n, 0.4)))
        .collect();
    let points: Vec<ForecastPoint> = (0..90)
        .map(|n| {
            let (mean, spread) = (at(n), growth.weekly * (0.5 + n as f64 * 0.02));
            ForecastPoint {
                t: day(n),
                mean,
                lo80: (mean - spread).max(0.0),
                hi80: mean + spread,
                lo95: (mean - 1.6 * spread).max(0.0),
                hi95: mean + 1.6 * spread,
            }
        })
        .collect();
    let first = |f: &dyn Fn(&ForecastPoint) -> f64| {
        points.iter().find(|p| f(p) >= growth.limit).map(|p| p.t)
    };
    let crossing = Percentiles {
        p10: first(&|p| p.hi80),
        p50: first(&|p| p.mean),
        p90: first(&|p| p.lo80),
    };
    let days = |t: Option<Instant>| t.map(|t| t.since(end).as_days());
    let mut warnings = Warnings::default();
    if growth.series.starts_with("disk") {
        warnings.add(WarningKind::ChangePoint, "the growth changed on 2026-03-11");
    }
    ForecastFinding {
        series: growth.series.to_owned(),
        lead_time_days: 21,
        forecast: Some(Forecast {
            series: growth.series.to_owned(),
            unit: growth.unit.to_owned(),
            aggregate: "daily P95".to_owned(),
            n: 300,
            step_secs: 86_400.0,
            model: "linear trend with weekdays".to_owned(),
            why: "lowest error over 8 backtests (MASE 0.71 against 1.02 of the seasonal naive)"
                .to_owned(),
            seasons: vec![7],
            growth_per_month: Some(growth.per_day * 30.0),
            history,
            points,
            backtest: Some(Backtest {
                folds: 8,
                horizon: 30,
                mase: Some(0.71),
                smape: Some(3.1),
                coverage80: Some(0.83),
                coverage95: Some(0.96),
                msis: Some(4.2),
                seasonal_naive_mase: Some(1.02),
                ..Backtest::default()
            }),
            capacity: Some(CapacityCrossing {
                threshold: growth.limit,
                threshold_text: growth.text.to_owned(),
                sustain: (3, 7),
                crossing,
                first_day_over: crossing,
                probability_within_horizon: if crossing.p50.is_some() { 0.86 } else { 0.04 },
                days_remaining: Percentiles {
                    p10: days(crossing.p10),
                    p50: days(crossing.p50),
                    p90: days(crossing.p90),
                },
                order_by: crossing.p10.map(|t| Instant(t.0 - 21 * DAY)),
                already_over: false,
                ..CapacityCrossing::default()
            }),
            warnings,
            ..Forecast::default()
        }),
        refused: None,
    }
}

fn forecasts(end: Instant) -> Vec<ForecastFinding> {
    let mut list = vec![
        forecast(
            end,
            &Growth {
                series: "cpu{instance=web-1}",
                unit: "%",
                limit: 80.0,
                text: "80 %",
                level: 66.0,
                per_day: 0.11,
                weekly: 5.0,
            },
        ),
        forecast(
            end,
            &Growth {
                series: "disk_used{volume=orders}",
                unit: "GiB",
                limit: 1_600.0,
                text: "80 % of 2 TiB",
                level: 1_480.0,
                per_day: 2.6,
                weekly: 14.0,
            },
        ),
        forecast(
            end,
            &Growth {
                series: "connections{pool=primary}",
                unit: "",
                limit: 400.0,
                text: "400",
                level: 212.0,
                per_day: 0.2,
                weekly: 24.0,
            },
        ),
    ];
    list.push(ForecastFinding {
        series: "queue_depth{queue=mail}".to_owned(),
        lead_time_days: 7,
        forecast: None,
        refused: Some("3 days of data are too few for a forecast; it needs at least 4".to_owned()),
    });
    list
}

fn sources(range: TimeRange) -> Vec<SourceInfo> {
    let mut warnings = Warnings::default();
    warnings.add_counted(WarningKind::RejectedRow, "a row has no time", 37, None);
    let scope = |role: Role| Scope {
        service: "checkout".to_owned(),
        region: "eu-central".to_owned(),
        environment: "production".to_owned(),
        role,
    };
    let source = |name: &str, format: &str, rows: u64, role: Role, warnings: Warnings| SourceInfo {
        source_id: name.to_owned(),
        file_name: name.to_owned(),
        bytes: rows * 96,
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        format: format.to_owned(),
        scope: scope(role),
        rows,
        rejected: warnings.count_of(WarningKind::RejectedRow),
        first: Some(Instant(range.start.0 - 400 * DAY)),
        last: Some(range.end),
        warnings,
        ..SourceInfo::default()
    };
    vec![
        source(
            "outages.csv",
            "outage-table",
            118,
            Role::Production,
            Warnings::default(),
        ),
        source(
            "requests-2026.csv",
            "metric-csv",
            1_204_331,
            Role::Production,
            warnings,
        ),
        source(
            "node-metrics.json",
            "prometheus-json",
            2_880_004,
            Role::Production,
            Warnings::default(),
        ),
        source(
            "checkout-load-2026-06-18.jtl",
            "jmeter-csv",
            642_120,
            Role::Test,
            Warnings::default(),
        ),
    ]
}

fn run(range: TimeRange) -> RunFinding {
    let first = Instant(range.end.0 - 12 * DAY);
    RunFinding {
        as_the_tool: false,
        file_name: "checkout-load-2026-06-18.jtl".to_owned(),
        scope: "checkout, staging, test".to_owned(),
        first: Some(first),
        last: Some(first.plus(Micros(3_600_000_000))),
        closed_loop: true,
        stats: RunStats {
            estimator: "r7".to_owned(),
            total: LabelStats {
                label: "Total".to_owned(),
                count: 642_120,
                errors: 1_204,
                error_rate: Some(1_204.0 / 642_120.0),
                p50_ms: Some(41.0),
                p95_ms: Some(183.0),
                p99_ms: Some(412.0),
                max_ms: Some(4_112.0),
                throughput_per_sec: Some(178.4),
                ..LabelStats::default()
            },
            concurrency: Concurrency {
                max: Some(64.0),
                mean: Some(31.0),
            },
            ..RunStats::default()
        },
        max_passing: Some(312.0),
    }
}

fn measured() -> MeasuredCapacity {
    let points: Vec<CapacityPoint> = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0]
        .iter()
        .map(|n: &f64| CapacityPoint {
            concurrency: *n,
            throughput: 24.0 * n / (1.0 + 0.03 * (n - 1.0) + 0.000_4 * n * (n - 1.0)),
            p95_ms: Some(38.0 + 0.05 * n * n),
            error_rate: if *n > 40.0 { 0.004 } else { 0.0 },
            secs: 450.0,
            ..CapacityPoint::default()
        })
        .collect();
    MeasuredCapacity {
        max_passing: points.get(6).cloned(),
        next_failing: points.get(7).cloned(),
        points,
        budget: "P95 at most 200 ms".to_owned(),
    }
}

/// A month or quarter with everything in it.
pub fn findings(period: &str) -> Findings {
    let zone = zone();
    let parsed = Period::parse(period).unwrap();
    let range = parsed.range(&zone);
    let mut downs: Vec<f64> = vec![1_340.0, 486.0];
    let mut months = Vec::new();
    let mut report = judged(parsed, &downs, true);
    if parsed.months().len() > 1 {
        let monthly: [&[f64]; 3] = [&[1_340.0, 1_710.0], &[600.0], &[486.0]];
        downs = monthly.concat();
        report = judged(parsed, &downs, true);
        for (month, downs) in parsed.months().into_iter().zip(monthly) {
            let judged = judged(month, downs, false);
            for (whole, part) in report.objectives.iter_mut().zip(&judged.objectives) {
                whole.periods.push(SubPeriod {
                    name: month.to_string(),
                    verdict: part.verdict,
                    achieved: part.achieved,
                });
                if part.verdict == Verdict::Breached {
                    whole.verdict = Verdict::Breached;
                }
            }
            months.push(JudgedMonth {
                name: month.to_string(),
                title: month.title(),
                slas: vec![JudgedSla {
                    name: "performance_sla.yaml".to_owned(),
                    report: judged,
                }],
            });
        }
        report.verdict = Verdict::Breached;
    }
    let daily = zone
        .days(range)
        .iter()
        .enumerate()
        .map(|(i, (date, _))| {
            let w = wave(i as i64, 0.3);
            DailyLatency {
                date: *date,
                n: 498_000 + i as u64 * 311,
                errors: 301 + i as u64,
                p50_ms: Some(44.0 + 3.0 * w),
                p95_ms: Some(176.0 + 34.0 * w),
                p99_ms: Some(412.0 + 60.0 * w),
                max_ms: Some(4_100.0 + 900.0 * w),
                within: vec![Some(0.958 - 0.012 * w), Some(0.9994)],
                few_samples: vec![],
                hour: None,
            }
        })
        .collect();
    let mut notes = BTreeMap::new();
    notes.insert(
        period.to_owned(),
        "The move to the new database cluster is planned for the second week of next month. Finance has approved two more web nodes; the order waits for the sizing on the sheet Capacity.".to_owned(),
    );
    Findings {
        project: "Checkout platform".to_owned(),
        period: period.to_owned(),
        start: range.start,
        end: range.end,
        as_of: range.end,
        zone,
        scope: "checkout, production".to_owned(),
        open: false,
        slas: vec![JudgedSla {
            name: "performance_sla.yaml".to_owned(),
            report,
        }],
        months,
        latency_limits_ms: vec![200.0, 3_000.0],
        daily,
        daily_from_tests: false,
        forecasts: forecasts(range.end),
        runs: vec![run(range)],
        capacity: Some(measured()),
        capacity_refused: None,
        sources: sources(range),
        notes,
        decisions: Decisions::default(),
        version: "0.1.0".to_owned(),
        inputs_sha256: "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
            .to_owned(),
        scorecard: None,
        closings: vec![],
        ..Findings::default()
    }
}
