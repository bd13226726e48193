//! Locust's `_stats_history.csv`: users, rates and percentiles once a second, and the counts since the start.
//!
//! The rows become series; the last ones become the summary of the run.

use std::collections::BTreeMap;
use std::io::Read;

use super::locust_rows::{
    MAX_LABELS, PERCENTILE_RULE, Rows, closed_loop, distinct, figure, rounded, tail_missing,
};
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SeriesKind, Source, SourceInfo, SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen};
use crate::import::metrics::settle::Gathered;
use crate::import::table::records::Record;
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Locust's history.
pub static FORMAT: Format = Format {
    id: "locust-history",
    title: "Locust history (_stats_history.csv)",
    family: Family::LoadTest,
    recognised_by: "a header with Timestamp, Name, Requests/s and Total Request Count (or # requests)",
    traps: &[
        "Percentiles are those since the start of the run, or, with --csv-full-history, those of the last 10 s: only \
         rows of single requests tell which.",
        "Requests/s is a mean over about 10 s that ends 2 s ago; counts since the start become rates of their own.",
        "N/A and the zeros beside it stand for no requests yet.",
        "The file lacks the end of the run.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let has = |names: &[&str]| head.header_with(names).is_some();
    (has(&["Timestamp", "Name", "Requests/s", "Total Request Count"])
        || has(&["Timestamp", "Name", "Requests/s", "# requests"]))
    .into()
}

/// Reads one file.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut rows = Rows::open(reader, intake)?;
    let mut history = History {
        gathered: Gathered::new(intake.options.range),
        range: intake.options.range,
        full: false,
        cumulative: false,
        users_max: None,
        started: None,
        span: None,
        total: None,
        labels: BTreeMap::new(),
        order: Vec::new(),
        too_many: false,
    };
    let mut record = Record::default();
    while rows.next(&mut record)? {
        if let Err(reason) = history.take(&rows, &record) {
            rows.reject_record(&record, reason);
        }
    }
    let (read, rejects, warnings) = (rows.read, rows.rejects, rows.warnings);
    if read == 0 {
        let why = rejects.kept.first().map_or_else(String::new, |r| {
            format!(" that can be read (line {}: {})", r.line, r.reason)
        });
        return Err(intake.unusable(
            format!("the history has no row{why}; run the test again"),
            None,
        ));
    }
    let mut imported = history.finish(intake, warnings)?;
    imported.source.info.rows = read;
    imported.source.info.rejected = rejects.count;
    imported.rejects = rejects;
    Ok(imported)
}

struct History {
    gathered: Gathered,
    range: TimeRange,
    /// There are rows of single requests.
    full: bool,
    /// Percentiles are those since the start.
    cumulative: bool,
    users_max: Option<f64>,
    /// When the first requests had been counted.
    started: Option<f64>,
    span: Option<TimeRange>,
    total: Option<SummaryLine>,
    labels: BTreeMap<(String, String), SummaryLine>,
    order: Vec<(String, String)>,
    too_many: bool,
}

impl History {
    fn take<R: Read>(&mut self, rows: &Rows<'_, R>, record: &Record) -> Result<(), &'static str> {
        let columns = &rows.columns;
        let secs = columns
            .number(record, &["timestamp"])
            .ok_or("the time is not a number")?;
        let at = Instant((secs * 1e6) as i64);
        if !is_plausible(at) {
            return Err("the time is not in seconds since 1970");
        }
        let mut line = columns.line(record);
        let count = line.count.ok_or("the number of requests is missing")?;
        if !self.range.contains(at) {
            return Ok(());
        }
        let point = TimeRange { start: at, end: at };
        self.span = Some(self.span.map_or(point, |span| span.union(point)));
        let is_total = columns.is_total(record);
        self.full |= !is_total;
        let labels: BTreeMap<String, String> = if is_total {
            BTreeMap::new()
        } else {
            [
                ("name", columns.name(record)),
                ("method", columns.method(record)),
            ]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect()
        };
        if let Some(users) = columns.number(record, &["user count"])
            && is_total
        {
            self.users_max = Some(self.users_max.map_or(users, |most| most.max(users)));
            self.add("users", &labels, at, users, "", SeriesKind::Gauge);
        }
        for (names, name) in [
            (&["requests/s"][..], "requests/s"),
            (&["failures/s", "requests failed/s"], "failures/s"),
        ] {
            if let Some(rate) = columns.number(record, names) {
                self.add(name, &labels, at, rate, "/s", SeriesKind::Rate);
            }
        }
        let counted = [("requests", Some(count)), ("failures", line.errors)];
        for (what, counter) in counted {
            if let Some(counter) = counter {
                let series = self.gathered.series(&format!("{what} counted"), &labels);
                self.gathered.describe(series, |meaning| {
                    "/s".clone_into(&mut meaning.unit);
                    meaning.kind = SeriesKind::Rate;
                    meaning.counter = true;
                });
                self.gathered.add(series, at, counter as f64);
            }
        }
        if count > 0 {
            self.percentiles(columns, record, &labels, at);
            if is_total && self.started.is_none() {
                self.started = Some(secs);
            }
        }
        if self.full && !self.cumulative {
            let median = columns.number(record, &["total median response time"]);
            line.percentiles_ms = median.map(|ms| (500_000, ms)).into_iter().collect();
        }
        self.keep(columns.method(record), line, is_total);
        Ok(())
    }

    fn add(
        &mut self,
        name: &str,
        labels: &BTreeMap<String, String>,
        at: Instant,
        value: f64,
        unit: &str,
        kind: SeriesKind,
    ) {
        let series = self.gathered.series(name, labels);
        self.gathered.describe(series, |meaning| {
            unit.clone_into(&mut meaning.unit);
            meaning.kind = kind;
            meaning.counter = false;
        });
        self.gathered.add(series, at, value);
    }

    /// Rows of single requests stand before the row of all: by then it is known which percentiles these are.
    fn percentiles(
        &mut self,
        columns: &super::locust_rows::Columns,
        record: &Record,
        labels: &BTreeMap<String, String>,
        at: Instant,
    ) {
        let window = if self.full {
            "of the last 10 s"
        } else {
            self.cumulative = true;
            "since the start"
        };
        for (column, ppm) in &columns.percentiles {
            // A window without requests holds zeros, which no duration is.
            let value = figure(&record.cell(*column)).filter(|v| *v > 0.0 || !self.full);
            if let Some(value) = value {
                let percent = *ppm as f64 / 10_000.0;
                let name = format!("response time {percent} % {window}");
                self.add(&name, labels, at, value, "ms", SeriesKind::Gauge);
            }
        }
    }

    /// The latest figures of each name, and of all.
    fn keep(&mut self, method: String, mut line: SummaryLine, is_total: bool) {
        // The rate of a row is of some seconds; that of the run follows from its count.
        line.throughput_per_sec = None;
        line.received_bytes_per_sec = None;
        if is_total {
            line.label = "Total".to_owned();
            self.total = Some(line);
            return;
        }
        let key = (method, line.label.clone());
        if !self.labels.contains_key(&key) {
            if self.labels.len() >= MAX_LABELS {
                self.too_many = true;
                return;
            }
            self.order.push(key.clone());
        }
        self.labels.insert(key, line);
    }

    fn finish(
        mut self,
        intake: &Intake<'_>,
        mut warnings: Warnings,
    ) -> Result<Imported, ImportError> {
        let Some(span) = self.span else {
            return Err(
                intake.unusable("no row lies within the range; widen --from and --to", None)
            );
        };
        if self.too_many {
            warnings.add(
                WarningKind::TooManyLabels,
                "more than 10,000 request names; the rest is only in the total",
            );
        }
        let full = self.full && !self.cumulative;
        let requests = self.total.as_ref().and_then(|t| t.count).unwrap_or(0);
        if requests > 0 {
            warnings.add(
                WarningKind::Note,
                if full {
                    "there are rows of single requests, so percentiles are those of the last 10 s of each row; only the \
                     median is of the whole run"
                } else {
                    "there are no rows of single requests, so percentiles are those since the start of the run"
                },
            );
            rounded(&mut warnings);
            closed_loop(&mut warnings);
            tail_missing(&mut warnings);
        }
        let total = self.total.take().unwrap_or_default();
        if total.count.is_none() {
            warnings.add(
                WarningKind::TruncatedLastRow,
                "there is no row of all requests (Aggregated); the file is cut off",
            );
        }
        let labels = self
            .order
            .iter()
            .filter_map(|key| {
                let line = self.labels.remove(key)?;
                Some((key.0.clone(), line))
            })
            .collect();
        let last = span.end.as_secs();
        let duration = self
            .started
            .map(|first| last - first)
            .filter(|secs| *secs > 0.0);
        let summary = ToolSummary {
            tool: Tool::Locust,
            percentile_rule: PERCENTILE_RULE.to_owned(),
            total,
            labels: distinct(labels),
            duration_secs: duration,
            concurrency_max: self.users_max,
            closed_loop: true,
            ..ToolSummary::default()
        };
        let metrics = self.gathered.settle(&mut warnings)?;
        let mut imported = if requests > 0 {
            summarised(intake, summary, Some(span), warnings)?
        } else {
            warnings.add(
                WarningKind::Note,
                "no request was counted: the file gives users and rates only",
            );
            Imported {
                source: Source {
                    info: SourceInfo {
                        first: Some(span.start),
                        last: Some(span.end),
                        warnings,
                        ..SourceInfo::default()
                    },
                    ..Source::default()
                },
                rejects: crate::import::Rejects::default(),
            }
        };
        imported.source.metrics = Some(metrics);
        Ok(imported)
    }
}
