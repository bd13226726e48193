//! Sources and documents made by hand for the tests of the project file.

use headroom::calendar::Instant;
use headroom::dataset::{LabelInfo, MetricTable, RunSummary, SeriesInfo, Source, SourceInfo, Tool};
use headroom::project::{ProjectDoc, SourceEntry};
use polars::prelude::*;

/// A load test and a series with numbers that depend on `seed`.
pub fn source(seed: i64) -> Source {
    let n = 50_usize;
    let seconds: Vec<i64> = (0..n as i64)
        .map(|s| 1_700_000_000 + seed * 1_000 + s)
        .collect();
    let micros: Vec<i64> = seconds.iter().map(|s| s * 1_000_000).collect();
    let ticks: Vec<i64> = (0..n as i64).map(|i| i * 7 + seed).collect();
    Source {
        info: SourceInfo {
            source_id: format!("{seed:032x}"),
            file_name: format!("run-{seed}.jtl"),
            format: "jmeter-csv".to_owned(),
            rows: n as u64,
            first: seconds.first().copied().map(Instant::from_secs),
            last: seconds.last().copied().map(Instant::from_secs),
            ..SourceInfo::default()
        },
        run: Some(RunSummary {
            tool: Tool::JMeter,
            tick_ns: 1_000_000,
            bucket_secs: 1,
            labels: vec![LabelInfo {
                name: "GET /".to_owned(),
                controller: false,
            }],
            generators: vec!["a".to_owned()],
            counters: df![
                "second" => &seconds, "label" => vec![0_u16; n], "outcome" => vec![0_u8; n], "count" => vec![1_u64; n],
                "sum_ticks" => &ticks, "min_ticks" => &ticks, "max_ticks" => &ticks, "received" => vec![100_i64; n],
                "sent" => vec![10_i64; n], "first_start" => &micros, "last_end" => &micros,
            ]
            .unwrap(),
            histogram: df![
                "bucket" => &seconds, "label" => vec![0_u16; n], "outcome" => vec![0_u8; n],
                "value" => &ticks, "count" => vec![1_u64; n],
            ]
            .unwrap(),
            codes: DataFrame::empty(),
            concurrency: DataFrame::empty(),
            tool_figures: Vec::new(),
            counts_only: false,
            outcomes_unknown: false,
            closed_loop: true,
        }),
        metrics: Some(MetricTable {
            series: vec![SeriesInfo {
                name: format!("cpu-{seed}"),
                ..SeriesInfo::default()
            }],
            points: df!["series" => vec![0_u32; n], "t" => &micros, "value" => vec![0.5; n]].unwrap(),
        }),
        ..Source::default()
    }
}

/// A document that lists these sources.
pub fn doc(name: &str, sources: &[&Source]) -> ProjectDoc {
    ProjectDoc {
        name: name.to_owned(),
        sources: sources
            .iter()
            .map(|s| SourceEntry {
                run_group: String::new(),
                source_id: s.info.source_id.clone(),
                scope: s.info.scope.clone(),
            })
            .collect(),
        ..ProjectDoc::default()
    }
}
