//! k6's JSON output (`--out json=…`): one document a line, about a dozen lines for each request.
//!
//! Most lines are of no interest, so they are told apart by the metric's name at their beginning. Lines in k6's own
//! layout are cut where its parts stand; all others (older versions write the name last) are parsed as JSON.

use std::borrow::Cow;
use std::io::Read;

use memchr::memchr;
use serde::Deserialize;

use super::k6_points::{K6Points, Tags, stamp_ns};
use super::k6_series::Declared;
use crate::import::format::{Family, Format};
use crate::import::lines::{Line, Lines};
use crate::import::nesting::is_shallow;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// k6's JSON output.
pub static FORMAT: Format = Format {
    id: "k6-ndjson",
    title: "k6 results (JSON, one sample a line)",
    family: Family::LoadTest,
    recognised_by: "lines of JSON with \"metric\", \"type\": \"Metric\" or \"Point\", and \"data\"",
    traps: &[
        "The time of a sample is the END of its request: the duration is taken off to get the start.",
        "A request failed where its tag expected_response is false; without the tag http_req_failed decides, else the status.",
        "http_req_duration covers failed requests too; --outcome says which are meant.",
        "A label is the tag \"name\"; where one name is used with several methods, the method stands before it.",
        "Bytes are counted per iteration, not per request: they become series, as all other metrics do.",
    ],
    recognise: |head| recognise(head).into(),
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        !json.array
            && json.has_keys(&["type", "data", "metric"])
            && (json.has("\"type\":\"Metric\"") || json.has("\"type\":\"Point\""))
            && json.has("\"data\":{")
    })
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut lines = Lines::new(reader);
    let mut reading = Reading {
        points: K6Points::new(intake),
        last_time: Vec::new(),
        last_ns: 0,
    };
    while let Some(line) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        reading.line(&line);
    }
    reading.points.finish()
}

/// A sample as it stands in a line of k6's own layout.
struct Parts<'a> {
    metric: &'a [u8],
    time: &'a [u8],
    value: &'a [u8],
    tags: &'a [u8],
}

impl<'a> Parts<'a> {
    /// `{"metric":"…","type":"Point","data":{"time":"…","value":…,"tags":{…}}}`
    #[inline]
    fn of(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"metric\":\"")?;
        let (metric, rest) = rest.split_at_checked(memchr(b'"', rest)?)?;
        let rest = rest.strip_prefix(b"\",\"type\":\"Point\",\"data\":{\"time\":\"")?;
        let (time, rest) = rest.split_at_checked(memchr(b'"', rest)?)?;
        let rest = rest.strip_prefix(b"\",\"value\":")?;
        let (value, rest) = rest.split_at_checked(memchr(b',', rest)?)?;
        let tags = rest.strip_prefix(b",\"tags\":")?.strip_suffix(b"}}")?;
        let closed = tags.first() == Some(&b'{') && tags.last() == Some(&b'}');
        (closed && !metric.contains(&b'\\')).then_some(Self {
            metric,
            time,
            value,
            tags,
        })
    }
}

/// The tags that are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagSet<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    expected_response: Cow<'a, str>,
    #[serde(borrow)]
    error: Cow<'a, str>,
    #[serde(borrow)]
    error_code: Cow<'a, str>,
    #[serde(borrow)]
    check: Cow<'a, str>,
    #[serde(borrow)]
    group: Cow<'a, str>,
}

impl TagSet<'_> {
    fn tags(&self) -> Tags<'_> {
        Tags {
            name: self.name.as_bytes(),
            url: self.url.as_bytes(),
            method: self.method.as_bytes(),
            status: self.status.as_bytes(),
            expected: self.expected_response.as_bytes(),
            error: self.error.as_bytes(),
            error_code: self.error_code.as_bytes(),
            check: self.check.as_bytes(),
            group: self.group.as_bytes(),
        }
    }
}

/// A line of any layout.
#[derive(Debug, Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    metric: Cow<'a, str>,
    #[serde(borrow)]
    data: Data<'a>,
}

/// What a metric is declared as, or one sample of it.
#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    contains: Cow<'a, str>,
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(default)]
    value: Option<f64>,
    #[serde(borrow, default)]
    tags: Option<TagSet<'a>>,
}

struct Reading<'a> {
    points: K6Points<'a>,
    /// Samples of one request share their time.
    last_time: Vec<u8>,
    last_ns: i64,
}

impl Reading<'_> {
    fn line(&mut self, line: &Line<'_>) {
        let text = line.bytes;
        if line.too_long {
            self.points.builder.warnings.add(
                WarningKind::RecordTooLong,
                "a line of more than 1 MiB was skipped",
            );
            self.reject(line, "longer than 1 MiB");
            return;
        }
        let taken = match Parts::of(text) {
            Some(parts) => self.parts(line.number, text, &parts),
            None if text.trim_ascii().is_empty() => Ok(()),
            None => self.document(line.number, text),
        };
        match taken {
            Ok(()) => {}
            Err(_) if !line.ended && !is_whole(text) => {
                self.points.truncated(line.number, text);
            }
            Err(reason) => self.reject(line, reason),
        }
    }

    fn reject(&mut self, line: &Line<'_>, reason: &str) {
        let text = String::from_utf8_lossy(line.bytes);
        self.points.builder.reject(line.number, "", reason, &text);
    }

    #[inline]
    fn parts(&mut self, line: u64, text: &[u8], parts: &Parts<'_>) -> Result<(), &'static str> {
        if self.points.passes_over(parts.metric) {
            return Ok(());
        }
        let value = std::str::from_utf8(parts.value).ok();
        let (Some(value), Some(end_ns)) = (
            value.and_then(|v| v.parse::<f64>().ok()),
            self.stamp(parts.time),
        ) else {
            return self.document(line, text);
        };
        let tagged = matches!(
            parts.metric,
            b"http_req_duration" | b"grpc_req_duration" | b"checks" | b"group_duration"
        );
        if !tagged {
            return self
                .points
                .add(line, parts.metric, end_ns, value, &Tags::default());
        }
        match parse::<TagSet<'_>>(parts.tags) {
            Some(tags) => self
                .points
                .add(line, parts.metric, end_ns, value, &tags.tags()),
            None => self.document(line, text),
        }
    }

    /// A line that is not in k6's own layout.
    fn document(&mut self, line: u64, text: &[u8]) -> Result<(), &'static str> {
        let document: Document<'_> =
            parse(text).ok_or("not a metric or a point in the layout of k6")?;
        let metric = document.metric.as_bytes();
        let data = &document.data;
        match document.r#type.as_ref() {
            "Metric" => {
                let declared = Declared::of(&data.r#type, &data.contains);
                self.points.declare(metric, declared);
                Ok(())
            }
            "Point" if self.points.passes_over(metric) => Ok(()),
            "Point" => {
                let end_ns = self
                    .stamp(data.time.as_bytes())
                    .ok_or("the time is not a time")?;
                let value = data.value.ok_or("there is no value")?;
                let none = TagSet::default();
                let tags = data.tags.as_ref().unwrap_or(&none);
                self.points.add(line, metric, end_ns, value, &tags.tags())
            }
            _ => Err("neither a metric nor a point"),
        }
    }

    #[inline]
    fn stamp(&mut self, text: &[u8]) -> Option<i64> {
        if text == self.last_time {
            return Some(self.last_ns);
        }
        self.last_ns = stamp_ns(std::str::from_utf8(text).ok()?)?;
        self.last_time.clear();
        self.last_time.extend_from_slice(text);
        Some(self.last_ns)
    }
}

/// Whether a line is JSON to its end, whatever it says.
fn is_whole(text: &[u8]) -> bool {
    parse::<serde::de::IgnoredAny>(text).is_some()
}

#[inline]
fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    if !is_shallow(text) {
        return None;
    }
    sonic_rs::from_slice(text).ok()
}

#[cfg(test)]
#[path = "k6_ndjson_tests.rs"]
mod tests;
