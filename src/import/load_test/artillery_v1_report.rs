//! Artillery 1's JSON report (`artillery run --output`): latencies, codes and errors for the whole run and for each
//! period, with times as text.
//!
//! The file does not say how its percentiles were taken. Stand-alone statistics, as serverless-artillery prints them,
//! are read as a report without periods.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::artillery_figures::{
    Counts, Lenient, PeriodFigures, limited_list, limited_map, parsed, series, sum, with_prefix,
};
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange, Zone, parse_time};
use crate::dataset::metric::usual_step_secs;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Reports of version 1.
pub static FORMAT: Format = Format {
    id: "artillery-v1-report",
    title: "Artillery 1 report (JSON)",
    family: Family::LoadTest,
    recognised_by: "a JSON object with \"scenariosCreated\", \"latency\" and \"rps\"",
    traps: &[
        "Requests that ended in an error have no latency: percentiles cover the responses only.",
        "requestsCompleted leaves those out; rps.count has all that were sent.",
        "Times are those at which a period was reported, so points stand at its end.",
        "Only median, P95 and P99 are in it, by a rule that the file does not say.",
    ],
    recognise,
    read,
};

fn recognise(head: &Head<'_>) -> Seen {
    let seen = head.json.as_ref().is_some_and(|json| {
        let framed = ["aggregate", "intermediate", "scenariosCreated"]
            .iter()
            .any(|key| json.has_keys(&[key]));
        !json.array
            && framed
            && json.has("\"scenariosCreated\":")
            && (json.has("\"latency\":{") || json.has("\"rps\":{"))
    });
    seen.into()
}

/// A summary of values.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spread {
    min: Lenient,
    max: Lenient,
    median: Lenient,
    p95: Lenient,
    p99: Lenient,
}

/// Requests sent, and how many a second.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Rate {
    count: Lenient,
    mean: Lenient,
}

/// The whole run, or one period.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    timestamp: Option<String>,
    scenarios_created: Lenient,
    requests_completed: Lenient,
    latency: Option<Spread>,
    rps: Option<Rate>,
    #[serde(deserialize_with = "limited_map")]
    codes: Counts,
    #[serde(deserialize_with = "limited_map")]
    errors: Counts,
    latencies: Samples,
}

/// How many entries a list has that is not kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Option<Vec<IgnoredAny>>")]
struct Samples(u64);

impl From<Option<Vec<IgnoredAny>>> for Samples {
    fn from(list: Option<Vec<IgnoredAny>>) -> Self {
        Self(list.map_or(0, |l| l.len() as u64))
    }
}

impl Part {
    fn at(&self) -> Option<Instant> {
        let text = self.timestamp.as_deref()?;
        parse_time(text, &Zone::utc()).ok().map(|t| t.at)
    }

    fn sent(&self) -> Option<u64> {
        let rate = self.rps.as_ref();
        rate.and_then(|r| r.count.count())
            .or_else(|| self.requests_completed.count())
    }
}

/// What is kept of a period.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Part")]
struct Period {
    samples: u64,
    figures: PeriodFigures,
}

impl From<Part> for Period {
    fn from(part: Part) -> Self {
        let latency = part.latency.clone().unwrap_or_default();
        let errors = with_prefix(&part.errors, "");
        let requests = part.sent().map(|n| n as f64);
        Self {
            samples: part.latencies.0,
            figures: PeriodFigures {
                at: part.at(),
                secs: 0.0,
                requests,
                errors: requests.map(|_| sum(&errors) as f64),
                users: part.scenarios_created.0,
                failed_users: None,
                mean_ms: None,
                p95_ms: latency.p95.0,
                p99_ms: latency.p99.0,
            },
        }
    }
}

/// A report; without an aggregate, it may itself be the statistics of a run.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    #[serde(default)]
    aggregate: Option<Part>,
    #[serde(default, deserialize_with = "limited_list")]
    intermediate: Vec<Period>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    requests_completed: Lenient,
    #[serde(default)]
    latency: Option<Spread>,
    #[serde(default)]
    rps: Option<Rate>,
    #[serde(default, deserialize_with = "limited_map")]
    codes: Counts,
    #[serde(default, deserialize_with = "limited_map")]
    errors: Counts,
}

/// Artillery's periods, where their distance does not say otherwise.
const PERIOD_SECS: f64 = 10.0;

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let report: Report = parsed(stream, intake)?;
    let aggregate = match report.aggregate {
        Some(aggregate) => aggregate,
        None if report.rps.is_some() => Part {
            timestamp: report.timestamp,
            requests_completed: report.requests_completed,
            latency: report.latency,
            rps: report.rps,
            codes: report.codes,
            errors: report.errors,
            ..Part::default()
        },
        None => {
            return Err(intake.unusable(
                "the report has no \"aggregate\"; let the test run to its end with --output",
                None,
            ));
        }
    };
    let mut warnings = Warnings::default();
    let mut periods = report.intermediate;
    let codes = with_prefix(&aggregate.codes, "");
    let errors = with_prefix(&aggregate.errors, "");
    let latency = aggregate.latency.clone().unwrap_or_default();
    let rate = aggregate.rps.clone().unwrap_or_default();
    let count = aggregate.sent();
    let percentiles = [
        (500_000, latency.median.0),
        (950_000, latency.p95.0),
        (990_000, latency.p99.0),
    ];
    let duration_secs = count
        .zip(rate.mean.0.filter(|mean| *mean > 0.0))
        .map(|(n, mean)| n as f64 / mean);
    let total = SummaryLine {
        label: "Total".to_owned(),
        count,
        errors: Some(sum(&errors)),
        min_ms: latency.min.0,
        max_ms: latency.max.0,
        percentiles_ms: percentiles
            .iter()
            .filter_map(|(ppm, ms)| Some((*ppm, (*ms)?)))
            .collect(),
        throughput_per_sec: rate.mean.0,
        successes_only: true,
        ..SummaryLine::default()
    };
    let summary = ToolSummary {
        tool: Tool::Artillery,
        percentile_rule: "taken by Artillery 1, by a rule that the file does not say".to_owned(),
        total,
        duration_secs,
        codes,
        errors,
        ..ToolSummary::default()
    };
    let samples = aggregate.latencies.0 + periods.iter().map(|p| p.samples).sum::<u64>();
    say(&summary, &aggregate, samples, &mut warnings);
    let times: Vec<Instant> = periods.iter().filter_map(|p| p.figures.at).collect();
    let step = usual_step_secs(&times).unwrap_or(PERIOD_SECS);
    for period in &mut periods {
        period.figures.secs = step;
    }
    let figures: Vec<PeriodFigures> = periods.into_iter().map(|p| p.figures).collect();
    let table = series(&figures, intake.options.range, &mut warnings)?;
    let span = span(aggregate.at(), &times, duration_secs);
    warnings.add(
        WarningKind::Assumed,
        match span {
            Some(_) => {
                "the run is taken to end when it was reported; its length is reckoned from requests and their mean rate"
            }
            None => "it does not say when the test ran, so it stands at no time",
        },
    );
    let mut imported = summarised(intake, summary, span, warnings)?;
    imported.source.metrics = table;
    Ok(imported)
}

fn span(
    reported: Option<Instant>,
    times: &[Instant],
    duration_secs: Option<f64>,
) -> Option<TimeRange> {
    let end = reported.into_iter().chain(times.iter().copied()).max()?;
    let secs = duration_secs
        .filter(|s| (0.0..1e9).contains(s))
        .unwrap_or(0.0);
    let start = Instant(end.0.checked_sub((secs * 1e6) as i64)?);
    let first = times.iter().copied().chain([start]).min()?;
    Some(TimeRange { start: first, end })
}

fn say(summary: &ToolSummary, aggregate: &Part, samples: u64, warnings: &mut Warnings) {
    let responses = sum(&summary.codes);
    let sent = summary.total.count.unwrap_or(0);
    if responses < sent {
        warnings.add(
            WarningKind::Note,
            format!(
                "{} of {} requests got no response; latencies cover the {} responses only",
                units::count(sent - responses),
                units::count(sent),
                units::count(responses)
            ),
        );
    }
    if summary.total.percentiles_ms.is_empty() {
        warnings.add(
            WarningKind::Note,
            "there are no latencies in it, only counts",
        );
    } else {
        warnings.add(
            WarningKind::Approximate,
            "Artillery 1 rounds its percentiles to 0.1 ms and does not say how it takes them",
        );
    }
    if samples > 0 {
        warnings.add_counted(
            WarningKind::NotRead,
            "single latencies in the report are not read, only its percentiles",
            samples,
            None,
        );
    }
    if aggregate.timestamp.is_some() && aggregate.at().is_none() {
        warnings.add(
            WarningKind::NotRead,
            "the time of the report cannot be read",
        );
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::Source;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn read_text(text: &str) -> Result<Source, ImportError> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("r.json"), &options, &progress);
        read(Box::new(std::io::Cursor::new(text.to_owned())), &intake).map(|i| i.source)
    }

    const STATS: &str = r#""scenariosCreated":1000,"scenariosCompleted":886,"requestsCompleted":886,
        "latency":{"min":1367.2,"max":15243.1,"median":5653.4,"p95":6427.1,"p99":7052.4},
        "rps":{"count":1000,"mean":40},"errors":{"ETIMEDOUT":114},"codes":{"200":15,"403":871},"matches":0"#;

    #[test]
    fn aggregate_and_periods_are_read() {
        let text = format!(
            r#"{{"aggregate":{{"timestamp":"2020-06-22T03:05:52.000Z",{STATS}}},"intermediate":[
                {{"timestamp":"2020-06-22T03:05:36.000Z","rps":{{"count":700}},"errors":{{"ETIMEDOUT":100}},
                  "latency":{{"p95":9,"p99":10}},"scenariosCreated":5,"latencies":[[1,"a",5,200],[2,"b",6,200]]}},
                {{"timestamp":"2020-06-22T03:05:46.000Z","rps":{{"count":300}},"errors":{{}},"latency":{{"p95":null}}}}]}}"#
        );
        let source = read_text(&text).unwrap();
        let summary = source.summary.unwrap();
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(1_000), Some(114))
        );
        assert_eq!(summary.total.percentile_ms(950_000), Some(6_427.1));
        assert_eq!(
            summary.codes,
            [("403".to_owned(), 871), ("200".to_owned(), 15)]
        );
        assert_eq!(summary.duration_secs, Some(25.0));
        assert_eq!(
            source.info.first.unwrap().to_string(),
            "2020-06-22T03:05:27Z"
        );
        assert_eq!(
            source.info.last.unwrap().to_string(),
            "2020-06-22T03:05:52Z"
        );
        let table = source.metrics.unwrap();
        let requests = table.series(0).unwrap();
        assert_eq!(requests.values, [70.0, 30.0]);
        assert_eq!(table.series(1).unwrap().values, [10.0, 0.0]);
        let warnings = source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::NotRead), 2);
        assert!(
            warnings
                .iter()
                .any(|w| w.message.starts_with("114 of 1,000 requests"))
        );
    }

    #[test]
    fn stand_alone_statistics_are_read() {
        let source = read_text(&format!("{{{STATS}}}")).unwrap();
        assert_eq!(source.summary.unwrap().total.count, Some(1_000));
        assert_eq!(source.info.first, None);
        let seen = |text: &str| recognise(&Head::new(text.as_bytes(), true, Path::new("x")));
        assert_eq!(seen(&format!("{{{STATS}}}")), Seen::Yes);
        assert_eq!(seen("{\"scenariosCreated\":14}"), Seen::No);
    }

    #[test]
    fn nothing_in_it_is_an_error() {
        for (text, word) in [
            ("{\"intermediate\":[]}", "no \"aggregate\""),
            ("{\"aggregate\":{\"latency\":null}}", "without any request"),
            ("{\"aggregate\":{\"latency\":", "ends in the middle"),
        ] {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
