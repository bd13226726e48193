//! k6's samples, one after another, to a run and series: what the readers of its CSV and JSON output share.
//!
//! A request is one `http_req_duration` (or `grpc_req_duration`) sample. k6 stamps samples with the END of a request
//! (`tracer.go`), so the duration is taken off to get its start. A request has failed where its tag
//! `expected_response` is `false`; without that tag the `http_req_failed` sample that follows decides, else the status.

use std::collections::BTreeMap;

use super::builder::{Request, RunBuilder, RunTraits};
use super::k6_series::{Declared, K6Series};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{RunSummary, Source, SourceInfo, Tool};
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Why k6 runs may hide slow spells, as it is told beside every run and summary.
pub(super) const CLOSED_LOOP: &str = "k6 with a fixed number of users (all executors but the arrival-rate ones) waits for \
    each response; while the system is slow, requests that users would have sent are missing";
/// Between name and method in the labels of a run that is being read.
const METHOD_MARK: char = '\0';
/// Longest part of an error text that is kept as a code.
const MAX_CODE: usize = 80;
const NS_PER_SEC: i64 = 1_000_000_000;

/// The tags that are looked at; empty where absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tags<'a> {
    /// Name of the request.
    pub name: &'a [u8],
    /// Its URL, for where there is no name.
    pub url: &'a [u8],
    /// HTTP method.
    pub method: &'a [u8],
    /// HTTP (or gRPC) status; `0` where no response came.
    pub status: &'a [u8],
    /// `true` or `false`.
    pub expected: &'a [u8],
    /// Error text.
    pub error: &'a [u8],
    /// k6's number for it.
    pub error_code: &'a [u8],
    /// Name of the check.
    pub check: &'a [u8],
    /// Group, such as `::buy`.
    pub group: &'a [u8],
}

/// A request of which it is not yet known whether it failed.
#[derive(Default)]
struct Pending {
    waiting: bool,
    line: u64,
    end_ns: i64,
    duration_ns: i64,
    label: Vec<u8>,
    code: Vec<u8>,
    status_failed: Option<bool>,
}

/// Samples of one file while it is being read.
pub struct K6Points<'a> {
    /// The run, for rejects and warnings.
    pub builder: RunBuilder<'a>,
    intake: &'a Intake<'a>,
    series: K6Series,
    pending: Pending,
    label: Vec<u8>,
    code: Vec<u8>,
    /// Samples of `http_reqs`, `http_req_duration` and `http_req_failed`: one each for every request.
    counted: [u64; 3],
    requests: u64,
    /// A request was seen after the last end of an iteration.
    in_iteration: bool,
    whole_seconds: bool,
    by_failed_sample: u64,
    by_status: u64,
    unjudged: u64,
    dropped_iterations: f64,
}

impl<'a> K6Points<'a> {
    /// Nothing yet.
    pub fn new(intake: &'a Intake<'a>) -> Self {
        let traits = RunTraits {
            tool: Tool::K6,
            tick_ns: 1,
            closed_loop: false,
            counts_only: false,
        };
        Self {
            builder: RunBuilder::new(intake, traits),
            intake,
            series: K6Series::new(intake.options.range),
            pending: Pending::default(),
            label: Vec::new(),
            code: Vec::new(),
            counted: [0; 3],
            requests: 0,
            in_iteration: false,
            whole_seconds: true,
            by_failed_sample: 0,
            by_status: 0,
            unjudged: 0,
            dropped_iterations: 0.0,
        }
    }

    /// Says of what type a metric is.
    pub fn declare(&mut self, metric: &[u8], declared: Declared) {
        self.series.declare(metric, declared);
    }

    /// Whether the time, value and tags of a sample of this metric are of no interest: it is counted, and that is all.
    pub fn passes_over(&mut self, metric: &[u8]) -> bool {
        match metric {
            b"http_reqs" => self.counted[0] += 1,
            b"http_req_failed" if !self.pending.waiting => self.counted[2] += 1,
            _ => return false,
        }
        self.in_iteration = true;
        true
    }

    /// Takes one sample that [`K6Points::passes_over`] did not. `end_ns` counts from the epoch; the value of a duration
    /// is in ms. The answer says why it cannot be taken.
    pub fn add(
        &mut self,
        line: u64,
        metric: &[u8],
        end_ns: i64,
        value: f64,
        tags: &Tags<'_>,
    ) -> Result<(), &'static str> {
        if !value.is_finite() {
            return Err("the value is not a number");
        }
        self.whole_seconds &= end_ns % NS_PER_SEC == 0;
        let at = Instant(end_ns.div_euclid(1_000));
        match metric {
            b"http_req_duration" => {
                self.counted[1] += 1;
                self.in_iteration = true;
                self.request(line, end_ns, value, tags, false)
            }
            b"grpc_req_duration" => self.request(line, end_ns, value, tags, true),
            b"http_req_failed" => {
                self.counted[2] += 1;
                if self.pending.waiting && self.pending.end_ns == end_ns {
                    self.by_failed_sample += 1;
                    self.settle(Some(value != 0.0));
                }
                Ok(())
            }
            _ => {
                if metric == b"iteration_duration" {
                    self.in_iteration = false;
                } else if metric == b"vus" {
                    self.builder.active(at.0, value.clamp(0.0, 1e9) as i64, b"");
                } else if metric == b"dropped_iterations" {
                    self.dropped_iterations += value;
                }
                let tag = if metric == b"checks" {
                    ("check", tags.check)
                } else if metric == b"group_duration" {
                    ("group", tags.group)
                } else {
                    ("", &b""[..])
                };
                self.series.add(metric, tag, at, value);
                Ok(())
            }
        }
    }

    fn request(
        &mut self,
        line: u64,
        end_ns: i64,
        value: f64,
        tags: &Tags<'_>,
        grpc: bool,
    ) -> Result<(), &'static str> {
        self.settle(None);
        self.requests += 1;
        let duration_ns = (value * 1e6).round() as i64;
        set_label(&mut self.label, tags);
        set_code(&mut self.code, tags);
        let status = status_failed(tags.status, grpc);
        let failed = match tags.expected {
            b"true" => Some(false),
            b"false" => Some(true),
            _ if grpc => Some(status.unwrap_or(false)),
            _ => None,
        };
        if let Some(failed) = failed {
            let request = Request {
                start_micros: start_micros(end_ns, duration_ns),
                duration_ns,
                label: &self.label,
                failed,
                code: &self.code,
                ..Request::default()
            };
            return self.builder.add(&request);
        }
        let pending = &mut self.pending;
        pending.waiting = true;
        pending.line = line;
        pending.end_ns = end_ns;
        pending.duration_ns = duration_ns;
        pending.status_failed = status;
        std::mem::swap(&mut pending.label, &mut self.label);
        std::mem::swap(&mut pending.code, &mut self.code);
        Ok(())
    }

    /// Counts the request that waits for its verdict: as the sample that followed says, else by its status.
    fn settle(&mut self, failed: Option<bool>) {
        if !std::mem::take(&mut self.pending.waiting) {
            return;
        }
        if failed.is_none() {
            match self.pending.status_failed {
                Some(_) => self.by_status += 1,
                None => self.unjudged += 1,
            }
        }
        let pending = &self.pending;
        let request = Request {
            start_micros: start_micros(pending.end_ns, pending.duration_ns),
            duration_ns: pending.duration_ns,
            label: &pending.label,
            failed: failed.or(pending.status_failed).unwrap_or(false),
            code: &pending.code,
            ..Request::default()
        };
        if let Err(reason) = self.builder.add(&request) {
            self.builder.reject(pending.line, "", reason, "");
        }
    }

    /// Notes that the file ends inside a record.
    pub fn truncated(&mut self, line: u64, text: &[u8]) {
        let example = self
            .intake
            .example(line, "", &String::from_utf8_lossy(text));
        self.builder.warnings.add_at(
            WarningKind::TruncatedLastRow,
            "the file ends in the middle of a record; that one is left out",
            example,
        );
    }

    /// The run and the series beside it.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        self.settle(None);
        self.say();
        let dropped = self.dropped_iterations > 0.0;
        if self.requests == 0 && self.builder.rejected() == 0 && !self.series.is_empty() {
            return self.without_requests();
        }
        let mut imported = self.builder.finish(
            "there are no HTTP or gRPC requests in it; write the results of a test that sends some",
        )?;
        let info = &mut imported.source.info;
        if let Some(run) = &mut imported.source.run {
            name_labels(run);
            // Iterations are dropped by the arrival-rate executors, which do not wait for responses.
            run.closed_loop = !dropped;
            if run.closed_loop {
                info.warnings
                    .add(WarningKind::CoordinatedOmission, CLOSED_LOOP);
            }
        }
        imported.source.metrics = self.series.settle(&mut info.warnings)?;
        Ok(imported)
    }

    fn say(&mut self) {
        let [reqs, durations, failed] = self.counted;
        let warnings = &mut self.builder.warnings;
        let missing = reqs.max(failed).saturating_sub(durations);
        if missing > 0 {
            warnings.add_counted(
                WarningKind::TailMissing,
                "requests that are counted in the file have no http_req_duration there; a part of it is missing",
                missing,
                None,
            );
        }
        if failed > 0 && failed < durations {
            warnings.add_counted(
                WarningKind::TailMissing,
                "requests have no http_req_failed behind them as others have; the end of the run may be missing",
                durations - failed,
                None,
            );
        }
        if self.in_iteration && reqs + failed > 0 {
            warnings.add(
                WarningKind::TailMissing,
                "no iteration ends after the last request: the test was stopped there, or the end of the file is missing",
            );
        }
        if self.dropped_iterations > 0.0 {
            warnings.add(
                WarningKind::SaturatedGenerator,
                dropped(self.dropped_iterations),
            );
        }
        for (count, rule) in [
            (
                self.by_failed_sample,
                "http_req_failed says whether they failed",
            ),
            (
                self.by_status,
                "those with a status of 200 to 399 count as successful",
            ),
            (
                self.unjudged,
                "and no status either: all count as successful",
            ),
        ] {
            if count > 0 {
                warnings.add_counted(
                    WarningKind::Assumed,
                    format!("requests carry no expected_response; {rule}"),
                    count,
                    None,
                );
            }
        }
        if self.whole_seconds && self.requests > 1 {
            warnings.add(
                WarningKind::Note,
                "times are whole seconds, so starts are known to a second only; \
                 K6_CSV_TIME_FORMAT=unix_micro writes them exactly",
            );
        }
    }

    /// What is left of a file that measures other things than requests.
    fn without_requests(self) -> Result<Imported, ImportError> {
        let mut warnings: Warnings = self.builder.warnings;
        let rows = self.series.points();
        let table = self.series.settle(&mut warnings)?;
        warnings.add(
            WarningKind::Note,
            "there are no HTTP or gRPC requests in it; only its other metrics are read",
        );
        let span = table.iter().flat_map(|t| &t.series).fold(None, |span, s| {
            let own = TimeRange {
                start: s.first?,
                end: s.last?,
            };
            Some(span.map_or(own, |all: TimeRange| all.union(own)))
        });
        Ok(Imported {
            source: Source {
                info: SourceInfo {
                    rows,
                    first: span.map(|s| s.start),
                    last: span.map(|s| s.end),
                    warnings,
                    ..SourceInfo::default()
                },
                metrics: table,
                ..Source::default()
            },
            rejects: Rejects::default(),
        })
    }
}

/// The sentence about iterations that k6 could not start.
pub(super) fn dropped(count: f64) -> String {
    format!(
        "k6 dropped {} iterations for want of free users: less load was sent than planned",
        units::count(count.clamp(0.0, 1e18) as u64)
    )
}

fn start_micros(end_ns: i64, duration_ns: i64) -> i64 {
    end_ns.saturating_sub(duration_ns).div_euclid(1_000)
}

/// HTTP fails outside 200 to 399 (k6's default `expectedStatuses`), gRPC on anything but 0.
fn status_failed(status: &[u8], grpc: bool) -> Option<bool> {
    let status: i64 = std::str::from_utf8(status).ok()?.parse().ok()?;
    Some(if grpc {
        status != 0
    } else {
        !(200..400).contains(&status)
    })
}

fn set_label(label: &mut Vec<u8>, tags: &Tags<'_>) {
    label.clear();
    label.extend_from_slice(match (tags.name, tags.url) {
        (b"", b"") => b"(no name)",
        (b"", url) => url,
        (name, _) => name,
    });
    let mut mark = [0; 4];
    label.extend_from_slice(METHOD_MARK.encode_utf8(&mut mark).as_bytes());
    label.extend_from_slice(tags.method);
}

/// The status, or k6's error where no response came.
fn set_code(code: &mut Vec<u8>, tags: &Tags<'_>) {
    code.clear();
    if !matches!(tags.status, b"" | b"0") || (tags.error_code.is_empty() && tags.error.is_empty()) {
        code.extend_from_slice(tags.status);
        return;
    }
    code.extend_from_slice(tags.error_code);
    if !tags.error.is_empty() {
        if !code.is_empty() {
            code.push(b' ');
        }
        let text = String::from_utf8_lossy(tags.error);
        let end = text.floor_char_boundary(MAX_CODE);
        code.extend_from_slice(text.get(..end).unwrap_or_default().as_bytes());
    }
}

/// Labels are request names; where one name is used with several methods, the method stands before it.
fn name_labels(run: &mut RunSummary) {
    let mut methods: BTreeMap<&str, u32> = BTreeMap::new();
    for label in &run.labels {
        if let Some((name, _)) = label.name.rsplit_once(METHOD_MARK) {
            *methods.entry(name).or_default() += 1;
        }
    }
    let printed = |label: &str| match label.rsplit_once(METHOD_MARK) {
        None => label.to_owned(),
        Some((name, method)) if !method.is_empty() && methods.get(name).is_some_and(|n| *n > 1) => {
            format!("{method} {name}")
        }
        Some((name, _)) => name.to_owned(),
    };
    let labels: Vec<String> = run.labels.iter().map(|l| printed(&l.name)).collect();
    for figures in &mut run.tool_figures {
        figures.label = printed(&figures.label);
    }
    for (label, name) in run.labels.iter_mut().zip(labels) {
        label.name = name;
    }
    // The first line is the total.
    if let Some(by_label) = run.tool_figures.get_mut(1..) {
        by_label.sort_by(|a, b| a.label.cmp(&b.label));
    }
}

/// A time of k6 in ns since the epoch: RFC 3339, or a number in s, ms, µs or ns by its magnitude.
pub fn stamp_ns(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        let at: jiff::Timestamp = text.parse().ok()?;
        return i64::try_from(at.as_nanosecond()).ok();
    }
    let number: i64 = text.parse().ok()?;
    let ns_per_tick = if number < 100_000_000_000 {
        NS_PER_SEC
    } else if number < 100_000_000_000_000 {
        1_000_000
    } else if number < 100_000_000_000_000_000 {
        1_000
    } else {
        1
    };
    number.checked_mul(ns_per_tick)
}

#[cfg(test)]
#[path = "k6_points_tests.rs"]
mod tests;
