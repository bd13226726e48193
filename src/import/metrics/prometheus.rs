//! Prometheus answers to `query_range` and `query`, as its HTTP API, Thanos, Mimir and `promtool` give them: read as a
//! stream, so that memory holds the points and never the text.
//!
//! Prometheus documentation, "HTTP API: range queries, instant queries, native histograms". Counters become rates,
//! `_bucket` series and native histograms become counts of requests, `probe_success` becomes up and down.

use std::io::{BufReader, Read};

use serde::de::DeserializeSeed as _;
use serde_json::error::Category;

use super::answer_json::{AnswerSeed, Native};
use super::brought::{Brought, Labels};
use super::le_buckets::{bound_ns, le_unit_ns};
use super::names::meaning;
use super::probe::{are_probes, uptime_of};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::metric::usual_step_secs;
use crate::dataset::{SeriesKind, UptimeTable};
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `query_range` and `query`.
pub static FORMAT: Format = Format {
    id: "prometheus-json",
    title: "Prometheus answer (JSON of query_range or query)",
    family: Family::Metrics,
    recognised_by: "a JSON object with \"status\": \"success\" and \"resultType\": \"matrix\", \"vector\" or \"scalar\"",
    traps: &[
        "Counters (_total, _count, _sum) become rates; a counter that falls was restarted.",
        "_bucket series and native histograms become latency summaries whose percentiles are known to their bucket only.",
        "Gaps are simply absent, and one answer holds at most 11,000 points a series.",
        "An instant query holds one value a series: levels can be read, rates cannot.",
        "probe_success also gives up and down: each probe speaks for one step, and what no probe covers is unknown.",
        "A step longer than the scrape interval leaves scrapes out: a failed probe between two steps is not seen.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = &head.json else {
        return Seen::No;
    };
    let success = json.has("\"status\":\"success\"");
    let known = ["matrix", "vector", "scalar"]
        .iter()
        .any(|kind| json.has(&format!("\"resultType\":\"{kind}\"")));
    let bare = success
        && json.has("\"metric\":{")
        && (json.has("\"values\":[[") || json.has("\"value\":["));
    // Its reader passes on what Prometheus says about an error.
    let error = json.has("\"status\":\"error\"") && json.has("\"errorType\":");
    if known || bare || error {
        Seen::Yes
    } else if json.has("\"resultType\":") {
        Seen::Refused(
            "it is a query answer of another kind (text or log lines); ask Prometheus for numbers over time (query_range)"
                .to_owned(),
        )
    } else if success && json.has("\"activeTargets\":[") {
        Seen::Refused(
            "it is Prometheus' list of targets, not of values; ask for a range (query_range)"
                .to_owned(),
        )
    } else {
        Seen::No
    }
}

/// Reads one answer from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut sink = Sink {
        range: intake.options.range,
        brought: Brought::new(intake),
        answer: Answer::default(),
        probes: Vec::new(),
    };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(
        1 << 16,
        SkipBom::new(reader),
    ));
    let read = AnswerSeed(&mut sink).deserialize(&mut json);
    intake.progress.check()?;
    let warnings = &mut sink.brought.warnings;
    match read {
        Ok(()) if json.end().is_err() => warnings.add(
            WarningKind::NotRead,
            "something follows after the end of the answer and was not read",
        ),
        Ok(()) => {}
        Err(error) if error.classify() == Category::Io => {
            return Err(intake.read_failed(error.into()));
        }
        Err(error) if error.classify() == Category::Eof && sink.answer.series > 0 => warnings.add(
            WarningKind::TruncatedLastRow,
            "the file ends in the middle of the answer; the series that was cut off is left out",
        ),
        Err(error) if error.classify() == Category::Eof => {
            return Err(intake.unusable(
                "the file ends in the middle of the answer; export it again",
                Some(error.line() as u64),
            ));
        }
        Err(error) => {
            return Err(intake.unusable(
                format!("this is not valid JSON from Prometheus ({error}); export it again"),
                Some(error.line() as u64),
            ));
        }
    }
    if let Some(what) = sink.answer.refusal() {
        return Err(intake.unusable(what, None));
    }
    if sink.answer.instant_values > 0 {
        sink.brought.warnings.add(
            WarningKind::Note,
            "the answer is for one instant: it holds one value a series, gives no rate and no history; export a range with query_range",
        );
    }
    let mut brought = sink.brought;
    brought.uptime = joined(sink.probes);
    brought.finish("no series of the answer has a usable value; check the query and its time range")
}

/// Up and down of all probes: one alone speaks for everything, several each for what they look at.
fn joined(mut probes: Vec<(String, UptimeTable)>) -> Option<UptimeTable> {
    let several = probes.len() > 1;
    let mut all = UptimeTable::default();
    for (service, table) in &mut probes {
        for row in &mut table.rows {
            if several {
                row.service.clone_from(service);
            }
            row.note = format!("probe of {service}");
        }
        all.rows.append(&mut table.rows);
        let spacings = std::mem::take(&mut table.probe_micros);
        for micros in spacings.into_values() {
            let name = if several {
                service.clone()
            } else {
                String::new()
            };
            all.probe_micros.insert(name, micros);
        }
    }
    all.rows.sort_by_key(|row| row.start);
    (!all.rows.is_empty()).then_some(all)
}

/// Drops a byte order mark.
struct SkipBom<R> {
    inner: R,
    started: bool,
}

impl<R> SkipBom<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            started: false,
        }
    }
}

impl<R: Read> Read for SkipBom<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let first = !std::mem::replace(&mut self.started, true);
        if first
            && buffer
                .get(..read)
                .is_some_and(|b| b.starts_with(b"\xef\xbb\xbf"))
        {
            buffer.copy_within(3..read, 0);
            return if read == 3 {
                self.inner.read(buffer)
            } else {
                Ok(read - 3)
            };
        }
        Ok(read)
    }
}

/// What the answer says about itself.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) error: Option<String>,
    pub(super) error_type: String,
    pub(super) result_type: String,
    pub(super) has_result: bool,
    series: u64,
    points: u64,
    pub(super) instant_values: u64,
    /// The time of a scalar, whose value comes after it.
    pub(super) scalar_at: Option<f64>,
}

impl Answer {
    /// Why there is nothing in it to read.
    fn refusal(&self) -> Option<String> {
        if self.status == "error" || self.error.is_some() {
            let kind = if self.error_type.is_empty() {
                String::new()
            } else {
                format!("{}: ", self.error_type)
            };
            let message = self.error.as_deref().unwrap_or("without saying why");
            return Some(format!(
                "Prometheus answered with an error ({kind}{message}); correct the query and export again"
            ));
        }
        if self.result_type == "string" {
            return Some(
                "the answer is a text and no number; export a range with query_range".to_owned(),
            );
        }
        if !self.has_result {
            return Some(
                "the answer has no \"result\"; export a range with query_range".to_owned(),
            );
        }
        (self.points == 0)
            .then(|| "the answer holds no points; check the query and its time range".to_owned())
    }
}

/// Where everything goes while the answer is read.
pub(super) struct Sink<'a> {
    range: TimeRange,
    pub(super) brought: Brought<'a>,
    pub(super) answer: Answer,
    /// Up and down by what was probed.
    probes: Vec<(String, UptimeTable)>,
}

impl Sink<'_> {
    /// One whole series.
    pub(super) fn take(
        &mut self,
        mut labels: Labels,
        values: &[(Instant, f64)],
        histograms: Vec<(Instant, Native)>,
    ) {
        self.answer.series += 1;
        self.answer.points += (values.len() + histograms.len()) as u64;
        let raw = labels.contains_key("__name__");
        let name = labels
            .remove("__name__")
            .unwrap_or_else(|| self.brought.stem());
        if !histograms.is_empty() {
            self.native(&name, &labels, raw, histograms);
        }
        if values.is_empty() || self.bucket(&name, &labels, values) {
            return;
        }
        if name == "probe_success" && are_probes(values) {
            self.probe(&labels, values);
        }
        let series = self.brought.gathered.series(&name, &labels);
        let part = ["_sum", "_count", "_bucket"]
            .iter()
            .find_map(|suffix| Some((*suffix, name.strip_suffix(suffix)?)));
        if let Some((suffix, base)) = part {
            let unit = if suffix == "_sum" {
                meaning(base).unit
            } else {
                String::new()
            };
            self.counter(series, &unit);
        }
        for (at, value) in values {
            self.brought.point(series, *at, Some(*value));
        }
    }

    fn counter(&mut self, series: usize, unit: &str) {
        self.brought.gathered.describe(series, |m| {
            m.counter = true;
            m.kind = SeriesKind::Rate;
            m.unit = format!("{unit}/s");
        });
    }

    /// Takes a series that is a bucket of a histogram of durations; false where it is none.
    fn bucket(&mut self, name: &str, labels: &Labels, values: &[(Instant, f64)]) -> bool {
        let (Some(base), Some(le)) = (name.strip_suffix("_bucket"), labels.get("le")) else {
            return false;
        };
        let Some(unit) = le_unit_ns(base) else {
            return false;
        };
        let Some(upper_ns) = bound_ns(le, unit) else {
            self.brought.warnings.add(
                WarningKind::Note,
                format!("a bucket of {base} has an upper bound that is not a number (\"{le}\"); it was left out"),
            );
            return true;
        };
        let mut labels = labels.clone();
        labels.remove("le");
        self.brought.rows += values.len() as u64;
        let finite = values.iter().copied().filter(|(_, v)| v.is_finite());
        self.brought.le_buckets.add(base, &labels, upper_ns, finite);
        true
    }

    fn probe(&mut self, labels: &Labels, values: &[(Instant, f64)]) {
        let inside: Vec<(Instant, f64)> = values
            .iter()
            .copied()
            .filter(|(at, _)| self.range.contains(*at))
            .collect();
        let times: Vec<Instant> = inside.iter().map(|(at, _)| *at).collect();
        let Some(step) = usual_step_secs(&times) else {
            return;
        };
        let service = ["instance", "target", "job"]
            .iter()
            .find_map(|key| labels.get(*key))
            .cloned()
            .unwrap_or_default();
        self.probes.push((service, uptime_of(&inside, step)));
    }

    /// Native histograms: as counters they give counts per bucket; after a function they are shares of something.
    fn native(
        &mut self,
        name: &str,
        labels: &Labels,
        raw: bool,
        histograms: Vec<(Instant, Native)>,
    ) {
        let Some(unit) = le_unit_ns(name).filter(|_| raw) else {
            self.brought.warnings.add_counted(
                WarningKind::NotRead,
                "native histograms after a function (or of sizes) are not read; export the metric itself, or histogram_quantile of it",
                histograms.len() as u64,
                None,
            );
            return;
        };
        let count = self
            .brought
            .gathered
            .series(&format!("{name}_count"), labels);
        self.counter(count, "");
        let sum = self.brought.gathered.series(&format!("{name}_sum"), labels);
        self.counter(sum, &meaning(name).unit);
        for (at, histogram) in histograms {
            self.brought.point(count, at, Some(histogram.count));
            self.brought.gathered.add(sum, at, histogram.sum);
            self.brought
                .buckets
                .cumulative(name, labels, None, at, histogram.ranges(unit));
        }
    }
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
mod tests;
