//! What the tests of promises share: small datasets whose numbers can be worked out by hand, and the judging of one
//! objective.

use std::sync::Arc;

use headroom::analysis::sla::{JudgeParams, ObjectiveResult, SlaFile, SlaReport, judge};
use headroom::calendar::{Instant, Period, Zone, parse_time};
use headroom::dataset::{
    Dataset, LabelInfo, MetricTable, OutageRow, Role, RunSummary, Scope, ScopeFilter, SeriesInfo,
    SeriesKind, Source, SourceInfo, State, UptimeTable,
};
use headroom::units::Micros;
use polars::prelude::{DataFrame, df};

pub fn at(text: &str) -> Instant {
    parse_time(text, &Zone::utc()).unwrap().at
}

/// Judging all of a period, with nothing taken out; "now" is what the data say.
pub fn params(period: &str, zone: &str) -> JudgeParams {
    JudgeParams {
        period: Period::parse(period).unwrap(),
        zone: Zone::named(zone).unwrap(),
        as_of: None,
        scope: ScopeFilter::default(),
        exclusions: Vec::new(),
        history: false,
    }
}

/// Judging a period in UTC at its end.
pub fn at_the_end_of(period: &str) -> JudgeParams {
    let params = params(period, "UTC");
    JudgeParams {
        as_of: Some(params.period.range(&params.zone).end),
        ..params
    }
}

pub fn report(dataset: &Dataset, yaml: &str, params: &JudgeParams) -> SlaReport {
    judge(dataset, &SlaFile::parse(yaml).unwrap(), params).unwrap()
}

/// The only objective of a file, with these lines below its name.
pub fn one(dataset: &Dataset, body: &str, params: &JudgeParams) -> ObjectiveResult {
    report(
        dataset,
        &format!("objectives:\n  - name: x\n{body}"),
        params,
    )
    .objectives
    .remove(0)
}

/// `count` requests of `ms` in one second, `errors` of them failed.
#[derive(Clone)]
pub struct Batch {
    pub at: Instant,
    pub label: u16,
    pub ms: i64,
    pub count: u64,
    pub errors: u64,
}

pub fn batch(at_text: &str, label: u16, ms: i64, count: u64, errors: u64) -> Batch {
    Batch {
        at: at(at_text),
        label,
        ms,
        count,
        errors,
    }
}

pub fn run(labels: &[&str], batches: &[Batch]) -> RunSummary {
    let mut rows: Vec<(i64, u16, u8, i64, u64)> = Vec::new();
    for b in batches {
        for (outcome, count) in [(0, b.count - b.errors), (1, b.errors)] {
            if count > 0 {
                rows.push((b.at.secs(), b.label, outcome, b.ms, count));
            }
        }
    }
    rows.sort_unstable();
    let seconds: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let labels_col: Vec<u32> = rows.iter().map(|r| u32::from(r.1)).collect();
    let outcomes: Vec<u32> = rows.iter().map(|r| u32::from(r.2)).collect();
    let values: Vec<i64> = rows.iter().map(|r| r.3).collect();
    let counts: Vec<u64> = rows.iter().map(|r| r.4).collect();
    let sums: Vec<i64> = rows.iter().map(|r| r.3 * r.4 as i64).collect();
    let zeros = vec![0_i64; rows.len()];
    let starts: Vec<i64> = seconds.iter().map(|s| s * 1_000_000).collect();
    let ends: Vec<i64> = rows.iter().map(|r| r.0 * 1_000_000 + r.3 * 1_000).collect();
    RunSummary {
        tick_ns: 1_000_000,
        bucket_secs: 1,
        labels: labels
            .iter()
            .map(|name| LabelInfo {
                name: (*name).to_owned(),
                controller: false,
            })
            .collect(),
        counters: df!(
            "second" => &seconds, "label" => &labels_col, "outcome" => &outcomes, "count" => &counts,
            "sum_ticks" => &sums, "min_ticks" => &values, "max_ticks" => &values, "received" => &zeros,
            "sent" => &zeros, "first_start" => &starts, "last_end" => &ends
        )
        .unwrap(),
        histogram: df!(
            "bucket" => &seconds, "label" => &labels_col, "outcome" => &outcomes, "value" => &values, "count" => &counts
        )
        .unwrap(),
        codes: DataFrame::default(),
        concurrency: DataFrame::default(),
        ..RunSummary::default()
    }
}

pub fn source(role: Role, first: Instant, last: Instant) -> Source {
    Source {
        info: SourceInfo {
            source_id: format!("{role:?}"),
            file_name: "data.csv".to_owned(),
            scope: Scope {
                role,
                ..Scope::default()
            },
            first: Some(first),
            last: Some(last),
            ..SourceInfo::default()
        },
        ..Source::default()
    }
}

pub fn dataset_of(role: Role, run: RunSummary) -> Dataset {
    let span = run.span().unwrap().unwrap();
    Dataset {
        sources: vec![Arc::new(Source {
            run: Some(run),
            ..source(role, span.start, span.end)
        })],
    }
}

pub fn series(name: &str, unit: &str, kind: SeriesKind, points: &[(Instant, f64)]) -> Dataset {
    let info = SeriesInfo {
        name: name.to_owned(),
        unit: unit.to_owned(),
        kind,
        points: points.len() as u64,
        ..SeriesInfo::default()
    };
    let table = MetricTable {
        series: vec![info],
        points: df!(
            "series" => vec![0_u32; points.len()],
            "t" => points.iter().map(|p| p.0.0).collect::<Vec<i64>>(),
            "value" => points.iter().map(|p| p.1).collect::<Vec<f64>>()
        )
        .unwrap(),
    };
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    Dataset {
        sources: vec![Arc::new(Source {
            metrics: Some(table),
            ..source(Role::Production, first, last)
        })],
    }
}

pub fn row(start: Instant, secs: i64, state: State) -> OutageRow {
    OutageRow {
        start,
        end: Some(start.plus(Micros::from_secs(secs))),
        state,
        service: String::new(),
        note: String::new(),
    }
}

pub fn uptime(rows: Vec<OutageRow>, incident_list: bool) -> Arc<Source> {
    let first = rows.iter().map(|r| r.start).min();
    let last = rows.iter().filter_map(|r| r.end).max();
    Arc::new(Source {
        info: SourceInfo {
            source_id: "a".to_owned(),
            file_name: "outages.csv".to_owned(),
            first,
            last,
            ..SourceInfo::default()
        },
        uptime: Some(UptimeTable {
            rows,
            incident_list,
            ..UptimeTable::default()
        }),
        ..Source::default()
    })
}

pub fn incidents(rows: Vec<OutageRow>) -> Dataset {
    Dataset {
        sources: vec![uptime(rows, true)],
    }
}

/// One stretch of downtime in the middle of a day of the period.
pub fn down(day: &str, secs: f64) -> Dataset {
    let start = at(&format!("{day} 00:30"));
    let end = start.plus(Micros((secs * 1e6).round() as i64));
    let mut outage = row(start, 0, State::Down);
    outage.end = Some(end);
    incidents(if secs > 0.0 { vec![outage] } else { Vec::new() })
}

/// A file with one availability objective.
pub fn promise(body: &str) -> SlaFile {
    SlaFile::parse(&format!(
        "objectives:\n  - name: Availability\n    kind: availability\n{body}"
    ))
    .unwrap()
}

/// The availability of a dataset, under a promise with these lines.
pub fn availability(dataset: &Dataset, body: &str, params: &JudgeParams) -> ObjectiveResult {
    judge(dataset, &promise(body), params)
        .unwrap()
        .objectives
        .remove(0)
}

/// To six digits after the point.
pub fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 5e-7, "{actual} != {expected}");
}
