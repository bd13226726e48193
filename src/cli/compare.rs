//! `headroom compare`: did a release make it slower. Exit code 1 where a regression is found or a canary's criterion is
//! broken, 3 where that is not proven.

use std::path::{Path, PathBuf};

use clap::Args;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::stats::OutcomeArg;
use crate::analysis::compare::{
    CanaryVerdict, CompareError, CompareParams, CompareVerdict, ComparedRow, Comparison, Criterion,
    Metric, RunInput, compare_with_canary, junit, runs_of, sentence, trend,
};
use crate::dataset::{OutcomeFilter, Source, Tool};
use crate::import::import_paths;
use crate::progress::Progress;
use crate::report::files::replace;
use crate::units::{self, Ppm, parse_duration, parse_percent};

/// The command line as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct CompareArgs {
    /// Two load tests: files or folders; with --project, names of runs
    #[arg(value_name = "BASE CANDIDATE", num_args = 0..=2)]
    pub runs: Vec<PathBuf>,
    /// Runs to compare against, where there are several
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "runs", requires = "candidate")]
    pub base: Vec<PathBuf>,
    /// Runs to compare, where there are several
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "runs", requires = "base")]
    pub candidate: Vec<PathBuf>,
    /// Three or more releases in order of time: the last is compared with the one before it, and where levels changed is said
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["runs", "base", "candidate"])]
    pub trend: Vec<PathBuf>,
    /// The gate: a change for the worse by more than this is a regression
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    pub max_regression: String,
    /// A rise of the error rate that certainly is below this many points passes
    #[arg(long, value_name = "PERCENT", default_value = "0.5%")]
    pub error_tolerance: String,
    /// What is judged: p50, p90, p95, p99, mean, throughput, error_rate, or all
    #[arg(long, value_name = "LIST", default_value = "p95,throughput,error_rate")]
    pub metric: String,
    /// Confidence of the intervals
    #[arg(long, value_name = "PERCENT", default_value = "95%")]
    pub confidence: String,
    /// Time to leave out at the start of each run, such as 1m
    #[arg(long, value_name = "TIME")]
    pub skip: Option<String>,
    /// Which outcomes durations are taken over [default: success]
    #[arg(long, value_enum)]
    pub outcome: Option<OutcomeArg>,
    /// Criteria of a canary, such as max_error_rate=1%,max_p95=500ms,max_p95_increase=10%
    #[arg(long, value_name = "LIST")]
    pub canary: Option<String>,
    /// Seed of the draws behind the intervals
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write the result for a build server
    #[arg(long, value_name = "OUT.xml")]
    pub junit: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

fn percent(option: &str, text: &str, allowed: std::ops::Range<i64>) -> Result<Ppm, CliError> {
    let value = parse_percent(text).map_err(|e| CliError::usage(format!("{option}: {e}")))?;
    if allowed.contains(&value.0) {
        return Ok(value);
    }
    Err(CliError::usage(format!(
        "{option} takes {} % up to (but not) {} %, not {text}",
        Ppm(allowed.start).as_percent(),
        Ppm(allowed.end).as_percent()
    )))
}

fn metrics(text: &str) -> Result<Vec<Metric>, CliError> {
    if text.trim().eq_ignore_ascii_case("all") {
        return Ok(Metric::ALL.to_vec());
    }
    let mut found = Vec::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let metric = Metric::parse(part).ok_or_else(|| {
            let known = Metric::ALL.map(Metric::name).join(", ");
            CliError::usage(format!(
                "--metric: there is no \"{part}\" (known: {known}, all)"
            ))
        })?;
        if !found.contains(&metric) {
            found.push(metric);
        }
    }
    if found.is_empty() {
        return Err(CliError::usage("--metric names nothing"));
    }
    Ok(found)
}

impl CompareArgs {
    fn decide(&self) -> Result<(CompareParams, Vec<Criterion>), CliError> {
        let skip = self.skip.as_deref().map(parse_duration).transpose();
        let skip = skip.map_err(|e| CliError::usage(format!("--skip: {e}")))?;
        if skip.is_some_and(|s| s.0 < 0) {
            return Err(CliError::usage("--skip cannot be negative"));
        }
        let criteria = self.canary.as_deref().map(Criterion::parse_list);
        let criteria = criteria
            .transpose()
            .map_err(|e| CliError::usage(format!("--canary: {e}")))?;
        let params = CompareParams {
            metrics: metrics(&self.metric)?,
            max_regression: percent("--max-regression", &self.max_regression, 0..1_000_000)?,
            error_tolerance: percent("--error-tolerance", &self.error_tolerance, 0..1_000_000)?,
            confidence: percent("--confidence", &self.confidence, 500_000..1_000_000)?,
            skip: skip.unwrap_or_default(),
            outcomes: match self.outcome {
                Some(OutcomeArg::All) => OutcomeFilter::All,
                Some(OutcomeArg::Success) | None => OutcomeFilter::Success,
            },
            seed: self.seed,
            ..CompareParams::default()
        };
        Ok((params, criteria.unwrap_or_default()))
    }

    /// What was named: base, candidate, and all releases of a trend.
    fn named(&self) -> [&[PathBuf]; 3] {
        match self.runs.as_slice() {
            [base, candidate] => [
                std::slice::from_ref(base),
                std::slice::from_ref(candidate),
                &[],
            ],
            _ => [&self.base, &self.candidate, &self.trend],
        }
    }
}

fn failed(error: &CompareError) -> CliError {
    let kind = match error {
        CompareError::Nothing(_) => "nothing-to-compare",
        CompareError::Dataset(_) => "internal",
        CompareError::Cancelled(_) => "cancelled",
    };
    CliError::new(kind, error.to_string())
}

/// The sources that a list of paths holds.
fn read(paths: &[PathBuf], common: &CommonArgs) -> Result<Vec<Source>, CliError> {
    let options = common.import_options()?;
    let mut sources = Vec::new();
    // One at a time: runs of different releases are not generators of one run.
    for path in paths {
        let gathered = import_paths(std::slice::from_ref(path), &options, &Progress::default())?;
        sources.extend(gathered.imported.into_iter().map(|one| one.source));
    }
    Ok(sources)
}

fn runs_in<'a>(sources: &'a [Source], paths: &[PathBuf]) -> Result<Vec<RunInput<'a>>, CliError> {
    let runs = runs_of(sources);
    if runs.is_empty()
        && let Some(path) = paths.first()
    {
        return Err(CliError::new(
            "nothing-to-compare",
            format!("there is no load test in it: {}", path.display()),
        )
        .about(path));
    }
    Ok(runs)
}

/// The run of a project with this name: its file, with or without the ending.
fn find<'r, 'a>(runs: &'r [RunInput<'a>], wanted: &Path) -> Result<&'r RunInput<'a>, CliError> {
    let text = wanted.to_string_lossy();
    let stem = wanted.file_stem().map(|s| s.to_string_lossy());
    let is = |run: &&RunInput<'a>| {
        run.source_id == text
            || run.name.eq_ignore_ascii_case(&text)
            || stem
                .as_ref()
                .is_some_and(|s| run.name.eq_ignore_ascii_case(s))
    };
    let exact = runs.iter().find(is);
    let mut parts = runs
        .iter()
        .filter(|r| r.name.to_lowercase().contains(&text.to_lowercase()));
    // A part of the name will do where only one run has it.
    exact
        .or_else(|| parts.next().filter(|_| parts.next().is_none()))
        .ok_or_else(|| {
            let names: Vec<&str> = runs.iter().map(|r| r.name.as_str()).collect();
            CliError::usage(format!(
                "no run, or more than one, is called \"{text}\" (runs of the project: {})",
                names.join(", ")
            ))
        })
}

/// Runs the command.
pub fn run(args: &CompareArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let (params, criteria) = args.decide()?;
    if args.runs.len() == 1 {
        return Err(CliError::usage(
            "name two load tests: headroom compare BASE CANDIDATE",
        ));
    }
    let comparison = if common.project.is_some() {
        of_project(args, common, &params, &criteria)?
    } else {
        of_files(args, common, &params, &criteria)?
    };
    if let Some(path) = &args.junit {
        replace(path, junit::junit(&comparison).as_bytes())
            .map_err(|e| CliError::new("write-failed", e.to_string()).about(path))?;
    }
    if !common.quiet {
        for warning in comparison.warnings.iter() {
            say(&format!("note: {}", warning.message));
        }
    }
    if args.json {
        print_json(&comparison)?;
    } else {
        print(&table(&comparison));
    }
    let canary = |verdict| comparison.canary.iter().any(|c| c.verdict == verdict);
    Ok(match comparison.verdict {
        CompareVerdict::Regression => Outcome::Finding,
        _ if canary(CanaryVerdict::Breached) => Outcome::Finding,
        CompareVerdict::NotProven => Outcome::NotProven,
        _ if canary(CanaryVerdict::NotProven) => Outcome::NotProven,
        CompareVerdict::Pass | CompareVerdict::Improvement => Outcome::Done,
    })
}

fn of_files(
    args: &CompareArgs,
    common: &CommonArgs,
    params: &CompareParams,
    criteria: &[Criterion],
) -> Result<Comparison, CliError> {
    let [base, candidate, releases] = args.named();
    if !releases.is_empty() {
        let sources = read(releases, common)?;
        let runs = runs_in(&sources, releases)?;
        return with_trend(&runs, params, criteria);
    }
    if base.is_empty() || candidate.is_empty() {
        return Err(CliError::usage(
            "name two load tests: headroom compare BASE CANDIDATE",
        ));
    }
    let (a, b) = (read(base, common)?, read(candidate, common)?);
    let (base, candidate) = (runs_in(&a, base)?, runs_in(&b, candidate)?);
    compare_with_canary(&base, &candidate, params, criteria, &Progress::default())
        .map_err(|e| failed(&e))
}

fn of_project(
    args: &CompareArgs,
    common: &CommonArgs,
    params: &CompareParams,
    criteria: &[Criterion],
) -> Result<Comparison, CliError> {
    let loaded = common.load(&[])?;
    let tests = loaded
        .dataset
        .within(&loaded.doc.scope)
        .map(AsRef::as_ref)
        .filter(|s| {
            let log = |t: Tool| matches!(t, Tool::AccessLog | Tool::Traces);
            s.run.as_ref().is_none_or(|r| !log(r.tool))
        });
    let runs = runs_of(tests);
    let chosen = |names: &[PathBuf]| -> Result<Vec<RunInput<'_>>, CliError> {
        names.iter().map(|n| find(&runs, n).cloned()).collect()
    };
    let [base, candidate, releases] = args.named();
    if !releases.is_empty() {
        return with_trend(&chosen(releases)?, params, criteria);
    }
    if base.is_empty() && candidate.is_empty() {
        // Nobody says which: the latest against the one before it.
        return match runs.as_slice() {
            [] | [_] => Err(CliError::new(
                "nothing-to-compare",
                "the project has fewer than two load tests",
            )),
            [a, b] => compare_with_canary(
                std::slice::from_ref(a),
                std::slice::from_ref(b),
                params,
                criteria,
                &Progress::default(),
            )
            .map_err(|e| failed(&e)),
            all => with_trend(all, params, criteria),
        };
    }
    let (a, b) = (chosen(base)?, chosen(candidate)?);
    compare_with_canary(&a, &b, params, criteria, &Progress::default()).map_err(|e| failed(&e))
}

/// The last release against the one before it, and all of them as a trend.
fn with_trend(
    runs: &[RunInput<'_>],
    params: &CompareParams,
    criteria: &[Criterion],
) -> Result<Comparison, CliError> {
    let progress = Progress::default();
    let found = trend(runs, params, &progress).map_err(|e| failed(&e))?;
    let [.., before, last] = runs else {
        return Err(CliError::usage("a trend needs at least 3 runs"));
    };
    let mut comparison = compare_with_canary(
        std::slice::from_ref(before),
        std::slice::from_ref(last),
        params,
        criteria,
        &progress,
    )
    .map_err(|e| failed(&e))?;
    comparison.trend = Some(found);
    Ok(comparison)
}

const fn mark(verdict: CompareVerdict) -> &'static str {
    match verdict {
        CompareVerdict::Pass => "✔",
        CompareVerdict::Improvement => "▲",
        CompareVerdict::Regression => "✘",
        CompareVerdict::NotProven => "?",
    }
}

/// The comparison as a person reads it on a terminal, worst first.
fn table(comparison: &Comparison) -> String {
    let mut rows: Vec<&ComparedRow> = comparison.labels.iter().collect();
    rows.sort_by(|a, b| b.badness().total_cmp(&a.badness()));
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let cells: Vec<[String; 8]> = rows
        .iter()
        .map(|r| {
            let value = |v: Option<f64>| or_dash(v.map(|v| sentence::value_text(r.metric, v)));
            let change = |v: f64| sentence::change_text(r.metric, v);
            [
                mark(r.verdict).to_owned(),
                r.label.clone(),
                r.metric.title().to_owned(),
                value(r.base),
                value(r.candidate),
                or_dash(r.change.map(change)),
                or_dash(r.ci.map(|(low, high)| format!("{} to {}", change(low), change(high)))),
                r.verdict.word().to_owned(),
            ]
        })
        .collect();
    let header = [
        "",
        "label",
        "figure",
        "base",
        "candidate",
        "change",
        "interval",
        "verdict",
    ]
    .map(str::to_owned);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            std::iter::once(&header)
                .chain(&cells)
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let mut text = format!("{}\n\n", comparison.sentence);
    for row in std::iter::once(&header).chain(&cells) {
        let padded: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text.push_str(&format!(
        "\nGate {}, intervals at {}",
        sentence::share_text(comparison.max_regression),
        sentence::share_text(comparison.confidence)
    ));
    let method = &comparison.method;
    if method.blocks > 0 {
        text.push_str(&format!(
            ", from {} blocks of {} s a side drawn {} times{}",
            method.blocks,
            units::number(method.block_secs),
            units::count(method.replicates as u64),
            if method.between_runs {
                " and from the spread between runs"
            } else {
                ""
            }
        ));
    }
    text.push('\n');
    for (labels, side) in [
        (&comparison.only_in_base, &comparison.base.name),
        (&comparison.only_in_candidate, &comparison.candidate.name),
    ] {
        if !labels.is_empty() {
            text.push_str(&format!("Only in {side}: {}\n", labels.join(", ")));
        }
    }
    for result in &comparison.canary {
        text.push_str(&format!(
            "Canary {}: {}\n",
            result.criterion.name, result.message
        ));
    }
    if let Some(trend) = &comparison.trend {
        text.push_str(&format!("\nTrend over {}\n", trend.runs.join(", ")));
        text.push_str(&trend.sentence);
        text.push('\n');
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut CompareArgs);

    fn args() -> CompareArgs {
        CompareArgs {
            max_regression: "5%".to_owned(),
            error_tolerance: "0.5%".to_owned(),
            metric: "p95,error_rate,p95".to_owned(),
            confidence: "95%".to_owned(),
            ..CompareArgs::default()
        }
    }

    #[test]
    fn options_are_decided_or_refused_with_what_is_known() {
        let (params, _) = args().decide().unwrap();
        assert_eq!(params.metrics, [Metric::P95, Metric::ErrorRate]);
        assert_eq!(params.max_regression, Ppm(50_000));
        let cases: [(Change, &str); 5] = [
            (|a| a.metric = "p96".to_owned(), "known: p50, p90"),
            (
                |a| a.max_regression = "100%".to_owned(),
                "up to (but not) 100 %",
            ),
            (|a| a.confidence = "20%".to_owned(), "50 % up to"),
            (|a| a.skip = Some("3".to_owned()), "--skip"),
            (|a| a.canary = Some("p95".to_owned()), "--canary"),
        ];
        for (change, says) in cases {
            let mut args = args();
            change(&mut args);
            let error = args.decide().unwrap_err().message;
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn runs_of_a_project_are_found_by_name() {
        let run = |name: &str| RunInput {
            name: name.to_owned(),
            ..RunInput::default()
        };
        let runs = [run("load-test-1.8"), run("load-test-1.9")];
        let name = |text: &str| find(&runs, Path::new(text)).map(|r| r.name.clone());
        assert_eq!(name("load-test-1.9").unwrap(), "load-test-1.9");
        assert_eq!(name("Load-Test-1.9.jtl").unwrap(), "load-test-1.9");
        assert_eq!(name("1.8").unwrap(), "load-test-1.8");
        let error = name("load").unwrap_err();
        assert!(error.message.contains("load-test-1.8, load-test-1.9"));
    }
}
