//! Artillery 2's JSON report (`artillery run --output`): counters, rates and summaries for the whole run and for each
//! period of ten seconds.
//!
//! Percentiles come from DDSketch with a relative accuracy of 1 % (Masson, Rim, Lee, VLDB 2019) and are rounded to a
//! tenth of a millisecond. Requests that ended in an error have no response and so no response time.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::artillery_figures::{
    Counts, Lenient, PeriodFigures, limited_list, limited_map, parsed, series, sum, with_prefix,
};
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Reports of version 2.
pub static FORMAT: Format = Format {
    id: "artillery-report",
    title: "Artillery report (JSON)",
    family: Family::LoadTest,
    recognised_by: "a JSON object with \"aggregate\" or \"intermediate\" that hold \"counters\"",
    traps: &[
        "Requests that ended in an error have no response: response times cover the responses only.",
        "HTTP 500 is a response to Artillery, not an error; it stands among the codes.",
        "Percentiles are approximate (DDSketch, within 1 %) and rounded to 0.1 ms.",
        "http.request_rate is a mean of whole numbers per period, not requests over time.",
        "Endpoints are there only with the plug-in metrics-by-endpoint; their names may contain dots.",
    ],
    recognise,
    read,
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = &head.json else {
        return Seen::No;
    };
    if json.array {
        // What Artillery's workers send each other; each document holds a report as text.
        let messages = json.has_keys(&["event", "report"]) && json.has("\\\"counters\\\":");
        return if messages {
            Seen::Refused(
                "it holds messages between Artillery's workers; import the report that `artillery run --output` writes"
                    .to_owned(),
            )
        } else {
            Seen::No
        };
    }
    let framed = json.has_keys(&["aggregate"]) || json.has_keys(&["intermediate"]);
    let own = ["\"http.", "\"vusers.", "\"summaries\":", "\"histograms\":"]
        .iter()
        .any(|pattern| json.has(pattern));
    (framed && json.has("\"counters\":{") && own && !json.has("\"scenariosCreated\":")).into()
}

/// Prefix of what the plug-in metrics-by-endpoint counts.
const ENDPOINT: &str = "plugins.metrics-by-endpoint.";
const RESPONSE_TIME: &str = "response_time.";

/// A summary of values.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spread {
    min: Lenient,
    max: Lenient,
    mean: Lenient,
    count: Lenient,
    median: Lenient,
    p50: Lenient,
    p75: Lenient,
    p90: Lenient,
    p95: Lenient,
    p99: Lenient,
    p999: Lenient,
}

impl Spread {
    fn line(&self, label: &str) -> SummaryLine {
        let percentiles = [
            (500_000, self.p50.0.or(self.median.0)),
            (750_000, self.p75.0),
            (900_000, self.p90.0),
            (950_000, self.p95.0),
            (990_000, self.p99.0),
            (999_000, self.p999.0),
        ];
        SummaryLine {
            label: label.to_owned(),
            mean_ms: self.mean.0,
            min_ms: self.min.0,
            max_ms: self.max.0,
            percentiles_ms: percentiles
                .iter()
                .filter_map(|(ppm, ms)| Some((*ppm, (*ms)?)))
                .collect(),
            successes_only: true,
            ..SummaryLine::default()
        }
    }
}

/// The whole run, or one period.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    period: Lenient,
    #[serde(deserialize_with = "limited_map")]
    counters: Counts,
    #[serde(deserialize_with = "limited_map")]
    rates: Counts,
    #[serde(deserialize_with = "limited_map")]
    summaries: BTreeMap<String, Option<Spread>>,
    #[serde(deserialize_with = "limited_map")]
    histograms: BTreeMap<String, Option<Spread>>,
    first_metric_at: Lenient,
    last_metric_at: Lenient,
}

impl Part {
    fn counter(&self, name: &str) -> Lenient {
        self.counters.get(name).copied().unwrap_or_default()
    }

    fn counted(&self, prefix: &str) -> Vec<(String, u64)> {
        with_prefix(&self.counters, prefix)
    }

    /// `histograms` holds the same as `summaries`, which some versions leave out.
    fn spreads(&self) -> impl Iterator<Item = (&String, &Spread)> {
        let map = if self.summaries.is_empty() {
            &self.histograms
        } else {
            &self.summaries
        };
        map.iter()
            .filter_map(|(name, spread)| Some((name, spread.as_ref()?)))
    }

    fn spread(&self, name: &str) -> Option<&Spread> {
        self.spreads().find(|(n, _)| *n == name).map(|(_, s)| s)
    }
}

/// What is kept of a period, so that a long run does not fill memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Part")]
struct Period {
    start_ms: Option<f64>,
    span_ms: Option<(f64, f64)>,
    figures: PeriodFigures,
}

impl From<Part> for Period {
    fn from(part: Part) -> Self {
        let times = part
            .spread("http.response_time")
            .cloned()
            .unwrap_or_default();
        let errors = part.counted("errors.");
        let requests = part.counter("http.requests").0;
        Self {
            start_ms: part.period.0.or(part.first_metric_at.0),
            span_ms: part.first_metric_at.0.zip(part.last_metric_at.0),
            figures: PeriodFigures {
                at: None,
                secs: 0.0,
                requests,
                errors: requests.map(|_| sum(&errors) as f64),
                users: part.counter("vusers.created").0,
                failed_users: part.counter("vusers.failed").0,
                mean_ms: times.mean.0,
                p95_ms: times.p95.0,
                p99_ms: times.p99.0,
            },
        }
    }
}

#[derive(Debug, Deserialize)]
struct Report {
    #[serde(default)]
    aggregate: Option<Part>,
    #[serde(default, deserialize_with = "limited_list")]
    intermediate: Vec<Period>,
}

/// Artillery's periods, where two neighbours do not say otherwise.
const PERIOD_MS: f64 = 10_000.0;

/// Gives each period its time and the seconds of it in which the run took place: the first and the last are shorter.
fn placed(periods: Vec<Period>, run_ms: Option<(f64, f64)>) -> Vec<PeriodFigures> {
    let mut starts: Vec<f64> = periods.iter().filter_map(|p| p.start_ms).collect();
    starts.sort_by(f64::total_cmp);
    let distances = starts.windows(2).filter_map(|w| match w {
        [a, b] if b > a => Some(b - a),
        _ => None,
    });
    let length = distances.fold(PERIOD_MS, f64::min);
    periods
        .into_iter()
        .map(|period| {
            let mut figures = period.figures;
            if let Some(start) = period.start_ms {
                let (from, to) = run_ms.unwrap_or((start, start + length));
                let within = (start + length).min(to) - start.max(from);
                figures.secs = within.clamp(1_000.0, length.max(1_000.0)) / 1e3;
                figures.at = instant(start);
            }
            figures
        })
        .collect()
}

fn instant(ms: f64) -> Option<Instant> {
    (0.0..4_294_967_295_000.0)
        .contains(&ms)
        .then_some(Instant((ms * 1e3) as i64))
}

/// Codes and errors of one endpoint.
#[derive(Default)]
struct Endpoint {
    responses: u64,
    errors: u64,
}

/// The endpoint that a counter is about: the longest known name that fits, else what stands before the last part.
fn endpoint_of<'a>(counter: &'a str, known: &[&'a str]) -> Option<(&'a str, bool)> {
    let named = known
        .iter()
        .filter_map(|name| {
            let rest = counter.strip_prefix(*name)?;
            let error = rest.starts_with(".errors.");
            (error || rest.starts_with(".codes.")).then_some((*name, error))
        })
        .max_by_key(|(name, _)| name.len());
    named.or_else(|| {
        let code = counter
            .rsplit_once(".codes.")
            .map(|(name, _)| (name, false));
        code.or_else(|| counter.split_once(".errors.").map(|(name, _)| (name, true)))
    })
}

fn endpoints(aggregate: &Part) -> Vec<SummaryLine> {
    let spreads: Vec<(&str, &Spread)> = aggregate
        .spreads()
        .filter_map(|(name, spread)| {
            let rest = name.strip_prefix(ENDPOINT)?;
            Some((rest.strip_prefix(RESPONSE_TIME)?, spread))
        })
        .collect();
    let known: Vec<&str> = spreads.iter().map(|(name, _)| *name).collect();
    let counted = aggregate.counted(ENDPOINT);
    let mut found: BTreeMap<&str, Endpoint> = BTreeMap::new();
    for (counter, n) in &counted {
        if let Some((name, error)) = endpoint_of(counter, &known) {
            let endpoint = found.entry(name).or_default();
            let sum = if error {
                &mut endpoint.errors
            } else {
                &mut endpoint.responses
            };
            *sum = sum.saturating_add(*n);
        }
    }
    let mut lines: Vec<SummaryLine> = spreads
        .iter()
        .map(|(name, spread)| {
            let counts = found.remove(name);
            let responses = spread.count.count();
            let line = spread.line(name);
            match counts {
                Some(e) => SummaryLine {
                    count: Some(responses.unwrap_or(e.responses).saturating_add(e.errors)),
                    errors: Some(e.errors),
                    ..line
                },
                None => SummaryLine {
                    count: responses,
                    ..line
                },
            }
        })
        .collect();
    // Endpoints that never answered have no response times.
    lines.extend(found.into_iter().map(|(name, e)| SummaryLine {
        label: name.to_owned(),
        count: Some(e.responses.saturating_add(e.errors)),
        errors: Some(e.errors),
        successes_only: true,
        ..SummaryLine::default()
    }));
    lines
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let report: Report = parsed(stream, intake)?;
    let Some(aggregate) = report.aggregate else {
        return Err(intake.unusable(
            "the report has no \"aggregate\"; let the test run to its end with --output",
            None,
        ));
    };
    let mut warnings = Warnings::default();
    let periods = report.intermediate;
    let Some(requests) = aggregate.counter("http.requests").count() else {
        return Err(intake.unusable(
            "the report counts no HTTP requests; only Artillery's HTTP engine is read",
            None,
        ));
    };
    let codes = aggregate.counted("http.codes.");
    let errors = aggregate.counted("errors.");
    let responses = aggregate
        .counter("http.responses")
        .count()
        .unwrap_or_else(|| sum(&codes));
    let run_ms = run_span(&aggregate, &periods);
    let duration_secs = run_ms.map(|(from, to)| (to - from) / 1e3);
    let rate = aggregate.rates.get("http.request_rate").and_then(|r| r.0);
    let times = aggregate.spread("http.response_time");
    let downloaded = aggregate.counter("http.downloaded_bytes").0;
    let total = SummaryLine {
        count: Some(requests),
        errors: Some(sum(&errors)),
        throughput_per_sec: rate,
        received_bytes_per_sec: downloaded
            .zip(duration_secs.filter(|s| *s > 0.0))
            .map(|(bytes, secs)| bytes / secs),
        ..times.map_or_else(SummaryLine::default, |t| t.line("Total"))
    };
    let summary = ToolSummary {
        tool: Tool::Artillery,
        percentile_rule: "approximate (DDSketch, within 1 %), rounded to 0.1 ms".to_owned(),
        total: SummaryLine {
            label: "Total".to_owned(),
            successes_only: true,
            ..total
        },
        labels: endpoints(&aggregate),
        duration_secs,
        codes,
        errors,
        ..ToolSummary::default()
    };
    say(&summary, requests, responses, &aggregate, &mut warnings);
    check_periods(requests, &periods, &mut warnings);
    let table = series(
        &placed(periods, run_ms),
        intake.options.range,
        &mut warnings,
    )?;
    let span = run_ms.and_then(|(from, to)| {
        Some(TimeRange {
            start: instant(from)?,
            end: instant(to)?,
        })
    });
    if span.is_none() {
        warnings.add(
            WarningKind::Assumed,
            "it does not say when the test ran, so it stands at no time",
        );
    }
    let mut imported = summarised(intake, summary, span, warnings)?;
    imported.source.metrics = table;
    Ok(imported)
}

/// First and last metric of the run, in ms since the epoch.
fn run_span(aggregate: &Part, periods: &[Period]) -> Option<(f64, f64)> {
    let own = aggregate.first_metric_at.0.zip(aggregate.last_metric_at.0);
    own.or_else(|| {
        let spans = periods.iter().filter_map(|p| p.span_ms);
        spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    })
    .filter(|(from, to)| to >= from)
}

fn check_periods(requests: u64, periods: &[Period], warnings: &mut Warnings) {
    let counted: f64 = periods.iter().filter_map(|p| p.figures.requests).sum();
    if !periods.is_empty() && (counted - requests as f64).abs() > 0.5 {
        warnings.add(
            WarningKind::Note,
            format!(
                "the periods hold {} requests and the whole run {}: the series do not show all of it",
                units::count(counted.clamp(0.0, 1e18) as u64),
                units::count(requests)
            ),
        );
    }
}

fn say(
    summary: &ToolSummary,
    requests: u64,
    responses: u64,
    aggregate: &Part,
    warnings: &mut Warnings,
) {
    if responses < requests {
        warnings.add(
            WarningKind::Note,
            format!(
                "{} of {} requests got no response (errors); response times cover the {} responses only",
                units::count(requests - responses),
                units::count(requests),
                units::count(responses)
            ),
        );
    }
    if summary.total.percentiles_ms.is_empty() {
        warnings.add(
            WarningKind::Note,
            "there are no response times in it, only counts",
        );
    } else {
        warnings.add(
            WarningKind::Approximate,
            "Artillery's percentiles are approximate: within 1 % (DDSketch), rounded to 0.1 ms",
        );
    }
    if let (Some(rate), Some(secs)) = (
        summary.total.throughput_per_sec,
        summary.duration_secs.filter(|s| *s > 0.0),
    ) {
        let own = requests as f64 / secs;
        if (own - rate).abs() > 0.05 {
            warnings.add(
                WarningKind::Note,
                format!(
                    "Artillery's request rate ({rate}/s) is a mean of whole numbers per period; requests over time give {own:.1}/s"
                ),
            );
        }
    }
    if let Some(failed) = aggregate
        .counter("vusers.failed")
        .count()
        .filter(|n| *n > 0)
    {
        warnings.add(
            WarningKind::Note,
            format!(
                "{} of {} virtual users failed and did not finish their scenario",
                units::count(failed),
                units::count(
                    aggregate
                        .counter("vusers.created")
                        .count()
                        .unwrap_or(failed)
                )
            ),
        );
    }
}

#[cfg(test)]
#[path = "artillery_report_tests.rs"]
mod tests;
