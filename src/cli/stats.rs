//! `headroom stats`: what load tests say, and in short what metric and uptime files hold.
//!
//! Filters (`--from`, `--to`) act while reading and are exact. The keys of the JSON document are a contract.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::mapping;
use super::stats_other::{Outages, SeriesStats, TotalsLine, outages, series_stats, totals};
use super::stats_summary::SummaryStats;
use super::stats_table::table;
use crate::analysis::latency::{
    CodeCount, Concurrency, LabelStats, LatencyParams, RunStats, TimelinePoint, run_stats,
};
use crate::calendar::{Instant, TimeRange, Zone, parse_time};
use crate::dataset::{Estimator, OutcomeFilter, RunSummary, Source, TraceSummary};
use crate::import::{Imported, import_paths};
use crate::progress::Progress;
use crate::units::{Micros, count, parse_duration};
use crate::warning::{WarningKind, Warnings};

/// Samples of a label that JMeter's own report takes its percentiles from.
const TOOL_WINDOW: u64 = 20_000;

/// Which rule percentiles follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EstimatorArg {
    /// Linear between closest ranks (numpy, k6)
    #[default]
    R7,
    /// Linear at p(n+1) (JMeter's HTML report)
    R6,
    /// Nearest rank
    Nearest,
    /// As the tool that wrote the file prints it
    Tool,
}

impl EstimatorArg {
    fn decided(self) -> Option<Estimator> {
        match self {
            Self::R7 => Some(Estimator::R7),
            Self::R6 => Some(Estimator::R6),
            Self::Nearest => Some(Estimator::Nearest),
            Self::Tool => None,
        }
    }
}

/// Which outcomes durations are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutcomeArg {
    /// Successes and failures
    All,
    /// Successful requests only
    Success,
}

/// Arguments of `headroom stats`.
#[derive(Clone, Debug, Default, Args)]
pub struct StatsArgs {
    /// Results of load tests, metric tables or outage tables
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only samples that start at or after this time
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only samples that start before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// A timeline in steps such as 10s or 1m
    #[arg(long, value_name = "STEP")]
    pub every: Option<String>,
    /// Which outcomes durations are taken over [default: all]
    #[arg(long, value_enum)]
    pub outcome: Option<OutcomeArg>,
    /// Which rule percentiles follow
    #[arg(long, value_enum, default_value_t)]
    pub estimator: EstimatorArg,
    /// Apdex limits in milliseconds: satisfied, tolerated
    #[arg(long, value_name = "MS,MS", default_value = "500,1500")]
    pub apdex: String,
    /// What the columns of the files are, whatever their format looks like
    #[arg(long, value_name = "M.yaml")]
    pub mapping: Option<PathBuf>,
    /// Print the mapping that the columns of the files probably have, to start from, and nothing else
    #[arg(long, conflicts_with_all = ["mapping", "json"])]
    pub guess_mapping: bool,
    /// Write the rows that could not be read to this file
    #[arg(long, value_name = "OUT.csv")]
    pub rejects: Option<PathBuf>,
    /// Compute the SHA-256 of each file
    #[arg(long)]
    pub hash: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// One file that was read.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FileLine {
    pub(super) path: String,
    pub(super) format: String,
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    pub(super) sha256: Option<String>,
}

/// The document that `--json` prints.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct StatsDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) estimator: Option<String>,
    pub(super) files: Vec<FileLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<LabelStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<Vec<LabelStats>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) codes: Option<Vec<CodeCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) concurrency: Option<Concurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeline: Option<Vec<TimelinePoint>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) summaries: Vec<SummaryStats>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) traces: Vec<TraceSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) series: Option<Vec<SeriesStats>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outages: Option<Outages>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) outage_totals: Vec<TotalsLine>,
    pub(super) warnings: Warnings,
}

/// What was asked for, as decided.
struct Question {
    range: TimeRange,
    every: Option<Micros>,
    outcomes: OutcomeFilter,
    estimator: Option<Estimator>,
    apdex: (Micros, Micros),
    as_of: Option<Instant>,
}

impl StatsArgs {
    fn decide(&self, common: &CommonArgs) -> Result<Question, CliError> {
        let zone = common.zone()?.unwrap_or_else(Zone::utc);
        let time = |text: &Option<String>, open: Instant| match text {
            Some(text) => Ok::<Instant, CliError>(parse_time(text, &zone)?.at),
            None => Ok(open),
        };
        let range = TimeRange {
            start: time(&self.from, TimeRange::ALL.start)?,
            end: time(&self.to, TimeRange::ALL.end)?,
        };
        if range.start >= range.end {
            return Err(CliError::usage("--from must be earlier than --to"));
        }
        let every = self
            .every
            .as_deref()
            .map(parse_duration)
            .transpose()
            .map_err(|e| CliError::usage(format!("--every: {e}")))?;
        if every.is_some_and(|step| step < Micros::SECOND) {
            return Err(CliError::usage("--every must be at least 1s"));
        }
        let estimator = self.estimator.decided();
        let outcomes = match (self.outcome, estimator) {
            (Some(OutcomeArg::Success), None) => {
                return Err(CliError::usage(
                    "the tool's own figures are over all outcomes; leave --outcome success or --estimator tool out",
                ));
            }
            (Some(OutcomeArg::Success), Some(_)) => OutcomeFilter::Success,
            (Some(OutcomeArg::All) | None, _) => OutcomeFilter::All,
        };
        Ok(Question {
            range,
            every,
            outcomes,
            estimator,
            apdex: parse_apdex(&self.apdex)?,
            as_of: common.as_of(&zone)?,
        })
    }
}

/// `500,1500`: satisfied and tolerated limits in milliseconds.
fn parse_apdex(text: &str) -> Result<(Micros, Micros), CliError> {
    let limits: Option<Vec<i64>> = text
        .split(',')
        .map(|part| part.trim().trim_end_matches("ms").parse::<i64>().ok())
        .collect();
    match limits.as_deref() {
        Some([satisfied, tolerated]) if 0 < *satisfied && satisfied <= tolerated => Ok((
            Micros::from_millis(*satisfied),
            Micros::from_millis(*tolerated),
        )),
        _ => Err(CliError::usage(
            "--apdex takes two limits in milliseconds, such as 500,1500",
        )),
    }
}

/// Reads the files and prints what they say.
pub fn run(args: &StatsArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let question = args.decide(common)?;
    let mut options = common.import_options()?;
    options.range = question.range;
    options.hash = args.hash;
    mapping::apply(
        &mut options,
        args.mapping.as_deref(),
        &[],
        &mut Warnings::default(),
    )?;
    if args.guess_mapping {
        mapping::print_guess(&args.files, &options)?;
        return Ok(Outcome::Done);
    }
    options.whole_run = question.every.is_none();
    if let Some(every) = question.every {
        options.bucket_secs = u32::try_from(every.0 / 1_000_000).unwrap_or(u32::MAX);
    }
    let gathered = import_paths(&args.files, &options, &Progress::default())?;
    let imported = gathered.imported;
    if let Some(path) = &args.rejects {
        write_rejects(path, &imported)?;
    }
    let mut document = document(&imported, &question)?;
    for member in gathered.left_out {
        document.warnings.add(
            WarningKind::NotRead,
            format!("{} was left out: {}", member.name, member.reason),
        );
    }
    if !common.quiet {
        for warning in document.warnings.iter() {
            let at = warning.examples.first().map_or(String::new(), |example| {
                let line = example.line.map_or(String::new(), |l| format!(":{l}"));
                let file = example.file.as_deref().unwrap_or_default();
                format!(" (first at {file}{line})")
            });
            let times = if warning.count > 1 {
                format!("{} × ", count(warning.count))
            } else {
                String::new()
            };
            say(&format!("warning: {times}{}{at}", warning.message));
        }
    }
    if args.json {
        print_json(&document)?;
    } else {
        let zone = common.zone()?.unwrap_or_else(Zone::utc);
        print(&table(&document, &zone));
    }
    Ok(Outcome::Done)
}

fn write_rejects(path: &PathBuf, imported: &[Imported]) -> Result<(), CliError> {
    let failed = |e: std::io::Error| {
        CliError::new(
            "write-failed",
            format!("the rejected rows could not be written ({e})"),
        )
        .about(path)
    };
    let mut text = Vec::new();
    for (index, one) in imported.iter().enumerate() {
        let mut part = Vec::new();
        one.rejects
            .write_csv(&one.source.info.file_name, &mut part)
            .map_err(failed)?;
        let header = part.iter().position(|b| *b == b'\n').map_or(0, |i| i + 1);
        text.extend_from_slice(
            part.get(if index == 0 { 0 } else { header }..)
                .unwrap_or_default(),
        );
    }
    File::create(path)
        .and_then(|mut file| file.write_all(&text))
        .map_err(failed)
}

fn internal(error: impl std::fmt::Display) -> CliError {
    CliError::new("internal", error.to_string())
}

fn document(imported: &[Imported], question: &Question) -> Result<StatsDocument, CliError> {
    let sources: Vec<&Source> = imported.iter().map(|i| &i.source).collect();
    let mut document = StatsDocument::default();
    for source in &sources {
        let info = &source.info;
        document.warnings.merge(&info.warnings);
        document.files.push(FileLine {
            path: info
                .path
                .as_ref()
                .map_or_else(|| info.file_name.clone(), |p| p.display().to_string()),
            format: info.format.clone(),
            rows: info.rows,
            rejected: info.rejected,
            first: info.first,
            last: info.last,
            sha256: info.sha256.clone(),
        });
    }
    let runs: Vec<&RunSummary> = sources.iter().filter_map(|s| s.run.as_ref()).collect();
    if !runs.is_empty() {
        add_runs(&mut document, &runs, question)?;
    }
    add_summaries(&mut document, &sources);
    document.traces = sources.iter().filter_map(|s| s.traces.clone()).collect();
    let mut series = Vec::new();
    for table in sources.iter().filter_map(|s| s.metrics.as_ref()) {
        series.extend(series_stats(table, question.range).map_err(internal)?);
    }
    document.series = sources
        .iter()
        .any(|s| s.metrics.is_some())
        .then_some(series);
    if sources.iter().any(|s| s.buckets.is_some()) {
        document.warnings.add(
            WarningKind::Note,
            "latency buckets are known to their bounds only and are judged by `headroom sla`, not listed here",
        );
    }
    document.outages = outages(&sources, question.range, question.as_of);
    document.outage_totals = totals(&sources);
    Ok(document)
}

/// Tools' own summaries, each by itself. The only one of a command stands in for the table of labels as well.
fn add_summaries(document: &mut StatsDocument, sources: &[&Source]) {
    document.summaries = sources
        .iter()
        .filter_map(|s| Some(SummaryStats::of(&s.info.file_name, s.summary.as_ref()?)))
        .collect();
    if let ([one], None) = (document.summaries.as_slice(), &document.total) {
        document.estimator = Some("tool".to_owned());
        document.total = Some(one.total.clone());
        document.labels = Some(one.labels.clone());
        document.codes = Some(one.codes.clone());
        document.concurrency = Some(Concurrency {
            max: one.concurrency_max,
            mean: None,
        });
    }
}

fn add_runs(
    document: &mut StatsDocument,
    runs: &[&RunSummary],
    question: &Question,
) -> Result<(), CliError> {
    let params = LatencyParams {
        // The files were filtered while they were read.
        range: TimeRange::ALL,
        outcomes: question.outcomes,
        estimator: question.estimator,
        apdex: question.apdex,
        every: question.every,
    };
    let stats: RunStats = run_stats(runs, &params).map_err(internal)?;
    if question.estimator.is_none() {
        if runs.len() > 1 {
            document.warnings.add(
                WarningKind::Note,
                "several files: percentiles follow the tool's rule, over all samples instead of its window",
            );
        } else if stats.total.count > TOOL_WINDOW
            && runs.iter().all(|r| r.tool == crate::dataset::Tool::JMeter)
        {
            document.warnings.add(
                WarningKind::ToolWindow,
                "as the tool does, percentiles are over the last 20,000 samples of each label, not over all of them",
            );
        }
    }
    if let Some(every) = question.every {
        let bucket = runs.iter().map(|r| r.bucket_secs).max().unwrap_or(1);
        if every.0 % (bucket.max(1) * 1_000_000) != 0 {
            document.warnings.add(
                WarningKind::SnappedRange,
                format!("the steps were widened to whole buckets of {bucket} s"),
            );
        }
    }
    document.estimator = Some(stats.estimator);
    document.total = Some(stats.total);
    document.labels = Some(stats.labels);
    document.codes = Some(stats.codes);
    document.concurrency = Some(stats.concurrency);
    document.timeline = question.every.map(|_| stats.timeline);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apdex_limits_are_two_rising_numbers() {
        assert_eq!(
            parse_apdex("500,1500").unwrap(),
            (Micros(500_000), Micros(1_500_000))
        );
        for bad in ["500", "1500,500", "a,b", "0,1", "1,2,3"] {
            assert!(parse_apdex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contradictions_are_refused() {
        let args = StatsArgs {
            apdex: "500,1500".to_owned(),
            estimator: EstimatorArg::Tool,
            outcome: Some(OutcomeArg::Success),
            ..StatsArgs::default()
        };
        assert!(args.decide(&CommonArgs::default()).is_err());
        let args = StatsArgs {
            apdex: "500,1500".to_owned(),
            from: Some("2026-02-01".to_owned()),
            to: Some("2026-01-01".to_owned()),
            ..StatsArgs::default()
        };
        assert!(args.decide(&CommonArgs::default()).is_err());
    }
}
