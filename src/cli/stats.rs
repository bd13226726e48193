//! `headroom stats`: what a load test says; for metric and uptime files, what their series and outages are.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use crate::analysis::latency::{
    CodeCount, Concurrency, LabelStats, LatencyParams, TimelinePoint, run_stats,
};
use crate::calendar::{Instant, TimeRange, Zone, parse_time};
use crate::dataset::uptime::{self, UptimeTable};
use crate::dataset::{
    Dataset, Estimator, OutcomeFilter, RunSummary, SeriesKind, SourceInfo, State,
};
use crate::import::{ImportError, import_file};
use crate::progress::Progress;
use crate::units::{self, Micros, parse_duration};
use crate::warning::{Warning, Warnings};

/// Which outcomes durations are taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutcomeArg {
    /// Successes and failures
    #[default]
    All,
    /// Successes only
    Success,
}

/// Percentile definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EstimatorArg {
    /// Hyndman-Fan type 7, as numpy and k6
    #[default]
    R7,
    /// Hyndman-Fan type 6
    R6,
    /// Nearest rank
    Nearest,
    /// The rule of the tool that wrote the file
    Tool,
}

/// Arguments as typed.
#[derive(Clone, Debug, Args)]
pub struct StatsArgs {
    /// Files to read
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only samples that start at or after this time
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only samples that start before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Step of the timeline, such as 1m
    #[arg(long, value_name = "SPAN")]
    pub every: Option<String>,
    /// Which outcomes the durations are taken over
    #[arg(long, value_enum, default_value_t)]
    pub outcome: OutcomeArg,
    /// Percentile definition
    #[arg(long, value_enum, default_value_t)]
    pub estimator: EstimatorArg,
    /// Satisfied and tolerated durations in milliseconds
    #[arg(long, value_name = "T,F", default_value = "500,1500")]
    pub apdex: String,
    /// Save the rows that could not be read
    #[arg(long, value_name = "OUT.csv")]
    pub rejects: Option<PathBuf>,
    /// Compute the SHA-256 of each file
    #[arg(long)]
    pub hash: bool,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The arguments, decided.
struct Decided {
    range: TimeRange,
    every: Option<Micros>,
    latency: LatencyParams,
    zone: Zone,
    as_of: Option<Instant>,
}

#[derive(Serialize)]
struct FileLine {
    path: String,
    format: String,
    rows: u64,
    rejected: u64,
    first: Option<Instant>,
    last: Option<Instant>,
    sha256: Option<String>,
}

#[derive(Serialize)]
struct SeriesLine {
    name: String,
    unit: String,
    kind: SeriesKind,
    points: u64,
    first: Option<Instant>,
    last: Option<Instant>,
    step_secs: Option<f64>,
    gaps: u64,
    min: Option<f64>,
    mean: Option<f64>,
    p95: Option<f64>,
    max: Option<f64>,
}

#[derive(Serialize)]
struct OutageSums {
    up_secs: f64,
    down_secs: f64,
    unknown_secs: f64,
    maintenance_secs: f64,
    degraded_secs: f64,
    incidents: usize,
    longest_secs: f64,
}

#[derive(Serialize)]
struct Document {
    #[serde(skip_serializing_if = "Option::is_none")]
    estimator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeFilter>,
    files: Vec<FileLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<LabelStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<LabelStats>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<Vec<CodeCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Concurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<TimelinePoint>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Vec<SeriesLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outages: Option<OutageSums>,
    warnings: Vec<Warning>,
}

fn decide(args: &StatsArgs, common: &CommonArgs) -> Result<Decided, CliError> {
    let zone = common.zone()?.unwrap_or_default();
    let time = |text: &Option<String>, default: Instant| -> Result<Instant, CliError> {
        text.as_deref()
            .map_or(Ok(default), |t| Ok(parse_time(t, &zone)?.at))
    };
    let range = TimeRange {
        start: time(&args.from, TimeRange::ALL.start)?,
        end: time(&args.to, TimeRange::ALL.end)?,
    };
    if range.start >= range.end {
        return Err(CliError::usage("--from must be before --to"));
    }
    let span =
        |text: &str| parse_duration(text).map_err(|e| CliError::usage(format!("--every: {e}")));
    let every = args.every.as_deref().map(span).transpose()?;
    if every.is_some_and(|e| e < Micros::SECOND) {
        return Err(CliError::usage("--every must be at least 1s"));
    }
    let limits: Vec<i64> = args
        .apdex
        .split(',')
        .filter_map(|t| t.trim().parse().ok())
        .collect();
    let [satisfied, tolerated] = limits[..] else {
        return Err(CliError::usage(
            "--apdex needs two whole numbers of milliseconds, such as 500,1500",
        ));
    };
    let estimator = match args.estimator {
        EstimatorArg::R7 => Some(Estimator::R7),
        EstimatorArg::R6 => Some(Estimator::R6),
        EstimatorArg::Nearest => Some(Estimator::Nearest),
        EstimatorArg::Tool => None,
    };
    Ok(Decided {
        range,
        every,
        latency: LatencyParams {
            // Filtering happened while reading, exactly; here everything that was read counts.
            range: TimeRange::ALL,
            outcomes: match args.outcome {
                OutcomeArg::All => OutcomeFilter::All,
                OutcomeArg::Success => OutcomeFilter::Success,
            },
            estimator,
            apdex: (
                Micros::from_millis(satisfied),
                Micros::from_millis(tolerated),
            ),
            every,
        },
        as_of: common.as_of(&zone)?,
        zone,
    })
}

/// Runs the command.
pub fn run(args: &StatsArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let decided = decide(args, common)?;
    let mut options = common.import_options()?;
    options.range = decided.range;
    options.hash = args.hash;
    options.whole_run = decided.every.is_none();
    let mut dataset = Dataset::default();
    let mut warnings = Warnings::default();
    let mut reject_file = args
        .rejects
        .as_ref()
        .map(|path| {
            std::fs::File::create(path).map_err(|e| CliError::from(ImportError::from_io(path, e)))
        })
        .transpose()?;
    let mut files = Vec::new();
    for path in &args.files {
        let imported = import_file(path, &options, &Progress::default())?;
        let info = &imported.source.info;
        warnings.merge(&info.warnings);
        files.push(file_line(path, info));
        if let (Some(out), Some(path)) = (&mut reject_file, &args.rejects) {
            imported
                .rejects
                .write_csv(&info.file_name, out)
                .map_err(|e| CliError::from(ImportError::from_io(path, e)))?;
        }
        dataset.sources.push(std::sync::Arc::new(imported.source));
    }
    let document = sum_up(&dataset, &decided, files, &warnings)?;
    if args.json {
        print_json(&document)?;
    } else {
        print_document(&document, &decided);
    }
    if !common.quiet && !args.json {
        say_warnings(&warnings);
    }
    Ok(Outcome::Done)
}

fn file_line(path: &std::path::Path, info: &SourceInfo) -> FileLine {
    FileLine {
        path: path.display().to_string(),
        format: info.format.clone(),
        rows: info.rows,
        rejected: info.rejected,
        first: info.first,
        last: info.last,
        sha256: info.sha256.clone(),
    }
}

fn internal(error: &impl std::fmt::Display) -> CliError {
    CliError::new("internal", error.to_string())
}

fn sum_up(
    dataset: &Dataset,
    decided: &Decided,
    files: Vec<FileLine>,
    warnings: &Warnings,
) -> Result<Document, CliError> {
    let mut document = Document {
        estimator: None,
        outcome: None,
        files,
        total: None,
        labels: None,
        codes: None,
        concurrency: None,
        timeline: None,
        series: None,
        outages: None,
        warnings: warnings.iter().cloned().collect(),
    };
    let runs: Vec<&RunSummary> = dataset
        .sources
        .iter()
        .filter_map(|s| s.run.as_ref())
        .collect();
    if !runs.is_empty() {
        let stats = run_stats(&runs, &decided.latency).map_err(|e| internal(&e))?;
        document.estimator = Some(stats.estimator);
        document.outcome = Some(decided.latency.outcomes);
        document.total = Some(stats.total);
        document.labels = Some(stats.labels);
        document.codes = Some(stats.codes);
        document.concurrency = Some(stats.concurrency);
        document.timeline = decided.every.map(|_| stats.timeline);
    }
    let mut series = Vec::new();
    for table in dataset.sources.iter().filter_map(|s| s.metrics.as_ref()) {
        for index in 0..table.series.len() {
            series.push(series_line(&table.series(index).map_err(|e| internal(&e))?));
        }
    }
    if dataset.sources.iter().any(|s| s.metrics.is_some()) {
        document.series = Some(series);
    }
    let tables: Vec<UptimeTable> = dataset
        .sources
        .iter()
        .filter_map(|s| s.uptime.clone())
        .collect();
    if !tables.is_empty() {
        document.outages = Some(outage_sums(&tables, decided));
    }
    Ok(document)
}

fn series_line(series: &crate::dataset::Series) -> SeriesLine {
    let info = &series.info;
    let mut sorted = series.values.clone();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    // Type 7, as everywhere by default.
    let p95 = (n > 0).then(|| {
        let position = 0.95 * (n - 1) as f64;
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let (below, above) = (at(position.floor() as usize), at(position.ceil() as usize));
        below + (above - below) * position.fract()
    });
    SeriesLine {
        name: info.display_name(),
        unit: info.unit.clone(),
        kind: info.kind,
        points: info.points,
        first: info.first,
        last: info.last,
        step_secs: info.step_secs,
        gaps: info.gaps,
        min: sorted.first().copied(),
        mean: (n > 0).then(|| sorted.iter().sum::<f64>() / n as f64),
        p95,
        max: sorted.last().copied(),
    }
}

fn outage_sums(tables: &[UptimeTable], decided: &Decided) -> OutageSums {
    let rows = || tables.iter().flat_map(|t| &t.rows);
    let last_known = rows()
        .map(|r| r.end.unwrap_or(r.start))
        .max()
        .unwrap_or_default();
    let now = decided.as_of.unwrap_or(last_known);
    let span = TimeRange {
        start: rows().map(|r| r.start).min().unwrap_or_default(),
        end: now.max(last_known),
    };
    let range = span.intersect(decided.range).unwrap_or(span);
    let intervals = uptime::resolve(tables, range, None, now);
    let secs = |state: State| -> f64 {
        intervals
            .iter()
            .filter(|i| i.state == state)
            .map(|i| i.range.length().as_secs())
            .sum()
    };
    let downs: Vec<f64> = intervals
        .iter()
        .filter(|i| i.state == State::Down)
        .map(|i| i.range.length().as_secs())
        .collect();
    OutageSums {
        up_secs: secs(State::Up),
        down_secs: secs(State::Down),
        unknown_secs: secs(State::Unknown),
        maintenance_secs: secs(State::Maintenance),
        degraded_secs: secs(State::Degraded),
        incidents: downs.len(),
        longest_secs: downs.iter().copied().fold(0.0, f64::max),
    }
}

fn print_document(document: &Document, decided: &Decided) {
    let when = |at: Option<Instant>| {
        at.map_or_else(
            || "–".to_owned(),
            |t| t.format(&decided.zone, "%Y-%m-%d %H:%M:%S"),
        )
    };
    for file in &document.files {
        print(&format!(
            "{}: {}, {} rows, {} rejected, {} to {} ({})",
            file.path,
            file.format,
            units::count(file.rows),
            units::count(file.rejected),
            when(file.first),
            when(file.last),
            decided.zone.name(),
        ));
    }
    if let (Some(total), Some(labels)) = (&document.total, &document.labels) {
        print("");
        print(&format!(
            "{:<32} {:>11} {:>9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}",
            "label",
            "count",
            "errors",
            "error %",
            "mean ms",
            "p50",
            "p90",
            "p95",
            "p99",
            "max",
            "per sec",
            "apdex"
        ));
        for line in std::iter::once(total).chain(labels) {
            print(&label_line(line));
        }
    }
    for series in document.series.iter().flatten() {
        let value = |v: Option<f64>| {
            v.map_or_else(|| "–".to_owned(), |v| units::with_unit(v, &series.unit))
        };
        print(&format!(
            "{}: {} points, {} gaps, mean {}, P95 {}, max {}",
            series.name,
            units::count(series.points),
            units::count(series.gaps),
            value(series.mean),
            value(series.p95),
            value(series.max),
        ));
    }
    if let Some(outages) = &document.outages {
        let span = |secs: f64| units::duration(Micros((secs * 1e6) as i64));
        print(&format!(
            "up {}, down {} in {} incidents (longest {}), maintenance {}, unknown {}",
            span(outages.up_secs),
            span(outages.down_secs),
            outages.incidents,
            span(outages.longest_secs),
            span(outages.maintenance_secs),
            span(outages.unknown_secs),
        ));
    }
    for point in document
        .timeline
        .iter()
        .flatten()
        .filter(|p| p.label == crate::analysis::latency::TOTAL)
    {
        print(&format!(
            "{}  {:>9} requests  {:>7} errors  P95 {:>9}",
            when(Some(point.t)),
            units::count(point.count),
            units::count(point.errors),
            point.p95_ms.map_or_else(|| "–".to_owned(), units::millis),
        ));
    }
}

fn label_line(line: &LabelStats) -> String {
    let ms = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), units::number);
    let label: String = line.label.chars().take(32).collect();
    format!(
        "{label:<32} {:>11} {:>9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}",
        units::count(line.count),
        units::count(line.errors),
        units::grouped(line.error_rate * 100.0, 3),
        ms(line.mean_ms),
        ms(line.p50_ms),
        ms(line.p90_ms),
        ms(line.p95_ms),
        ms(line.p99_ms),
        ms(line.max_ms),
        ms(line.throughput_per_sec),
        line.apdex
            .map_or_else(|| "–".to_owned(), |a| units::grouped(a, 3)),
    )
}

/// Prints warnings for a person on standard error, each with its first place.
pub fn say_warnings(warnings: &Warnings) {
    for warning in warnings.iter() {
        let place = warning.examples.first().map_or_else(String::new, |e| {
            let file = e.file.as_deref().unwrap_or_default();
            let line = e.line.map_or_else(String::new, |l| format!(":{l}"));
            format!(" ({file}{line})")
        });
        let times = if warning.count > 1 {
            format!(" ×{}", units::count(warning.count))
        } else {
            String::new()
        };
        say(&format!("warning: {}{times}{place}", warning.message));
    }
}
