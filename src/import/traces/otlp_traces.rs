//! OpenTelemetry traces as JSON (`resourceSpans`), one document or one a line as the collector's file exporter writes
//! them. OTLP 1.x JSON encoding: 64-bit integers may be strings, ids are hexadecimal, status code 2 is an error.

use std::fmt;
use std::io::{BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::gathered::{SpanRecord, Traces};
use crate::import::{Family, Format, Head, ImportError, Imported, Intake, Seen};
use crate::warning::WarningKind;

/// Traces in OpenTelemetry's JSON.
pub static FORMAT: Format = Format {
    id: "otlp-traces",
    title: "OpenTelemetry traces (OTLP JSON)",
    family: Family::Traces,
    recognised_by: "a JSON object with \"resourceSpans\", one document or one a line",
    traps: &[
        "Only spans without a parent in the file are requests of their own; the others are kept by service and operation, and not counted in totals.",
        "A trace may be spread over many lines; spans wait until 250,000 others came without one of the same trace.",
        "The caller waits for the critical path, not for the sum of all spans: shares of time are of critical paths.",
        "Sampled traces are no traffic: the number of requests is that of the sample.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| json.has_keys(&["resourceSpans"]) || json.has_keys(&["resource_spans"]))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceSpans {
    resource: Resource,
    #[serde(
        rename = "scopeSpans",
        alias = "scope_spans",
        alias = "instrumentationLibrarySpans",
        alias = "instrumentation_library_spans"
    )]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: Vec<Attribute>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    spans: Vec<OtlpSpan>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtlpSpan {
    #[serde(alias = "trace_id")]
    trace_id: String,
    #[serde(alias = "span_id")]
    span_id: String,
    #[serde(alias = "parent_span_id")]
    parent_span_id: String,
    name: String,
    kind: Value,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Value,
    #[serde(alias = "end_time_unix_nano")]
    end_time_unix_nano: Value,
    attributes: Vec<Attribute>,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attribute {
    key: String,
    value: Value,
}

/// A 64-bit integer, as a number or as text.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The text of an attribute's value, whatever its type.
fn text_of(value: &Value) -> Option<String> {
    let inner = match value {
        Value::Object(map) => map.values().next()?,
        other => other,
    };
    match inner {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn attribute(list: &[Attribute], keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| list.iter().find(|a| a.key == *key))
        .and_then(|a| text_of(&a.value))
}

fn is_kind(value: &Value, number: i64, name: &str) -> bool {
    integer(value) == Some(number) || value.as_str() == Some(name)
}

fn take(traces: &mut Traces<'_>, batch: &ResourceSpans) {
    let service = attribute(&batch.resource.attributes, &["service.name"])
        .unwrap_or_else(|| "(no service name)".to_owned());
    for span in batch.scope_spans.iter().flat_map(|scope| &scope.spans) {
        let times = integer(&span.start_time_unix_nano).zip(integer(&span.end_time_unix_nano));
        let Some((start, end)) = times else {
            let text = format!("{} {}", span.trace_id, span.name);
            traces.reject(0, "startTimeUnixNano", "the span says no times", &text);
            continue;
        };
        let code = attribute(
            &span.attributes,
            &[
                "http.response.status_code",
                "http.status_code",
                "rpc.grpc.status_code",
                "error.type",
            ],
        )
        .unwrap_or_default();
        // Some exporters write zeros where there is none.
        let none = span.parent_span_id.bytes().all(|b| b == b'0');
        let parent_id = if none {
            ""
        } else {
            span.parent_span_id.as_str()
        };
        let record = SpanRecord {
            trace_id: &span.trace_id,
            span_id: &span.span_id,
            parent_id,
            detached: is_kind(&span.kind, 5, "SPAN_KIND_CONSUMER"),
            service: &service,
            operation: &span.name,
            start_ns: start,
            length_ns: end.saturating_sub(start),
            failed: is_kind(&span.status.code, 2, "STATUS_CODE_ERROR"),
            code: &code,
        };
        if let Err(reason) = traces.add(&record) {
            let text = format!("{} {}", span.trace_id, span.name);
            traces.reject(0, "", reason, &text);
        }
    }
}

/// One document: its batches are taken as they come, so that a document may be as long as the file.
struct Document<'t, 'a>(&'t mut Traces<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with resourceSpans")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "resourceSpans" || key == "resource_spans" {
                map.next_value_seed(Batches(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Batches<'t, 'a>(&'t mut Traces<'a>);

impl<'de> DeserializeSeed<'de> for Batches<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Batches<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources with their spans")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(batch) = seq.next_element::<ResourceSpans>()? {
            take(self.0, &batch);
        }
        Ok(())
    }
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut traces = Traces::new(intake);
    let buffered = BufReader::with_capacity(1 << 18, reader);
    let mut json = serde_json::Deserializer::from_reader(buffered);
    loop {
        if json.end().is_ok() {
            break;
        }
        if let Err(error) = Document(&mut traces).deserialize(&mut json) {
            ended(&mut traces, intake, error)?;
            break;
        }
    }
    traces.finish()
}

/// What an error in the middle means: numbers with a warning where spans were read before, or none at all.
pub(super) fn ended(
    traces: &mut Traces<'_>,
    intake: &Intake<'_>,
    error: serde_json::Error,
) -> Result<(), ImportError> {
    intake.progress.check()?;
    if error.classify() == Category::Io {
        return Err(intake.read_failed(error.into()));
    }
    let cut = error.classify() == Category::Eof;
    if traces.spans() == 0 {
        let what = if cut {
            "the file ends in the middle of the first trace; export it again".to_owned()
        } else {
            format!("the traces cannot be read ({error}); export them again")
        };
        return Err(intake.unusable(what, Some(error.line() as u64)));
    }
    if cut {
        traces.warn(
            WarningKind::TruncatedLastRow,
            "the file ends in the middle of a record; what follows is missing",
            1,
        );
    } else {
        traces.reject(
            error.line() as u64,
            "",
            "the JSON is broken here; nothing after it was read",
            &error.to_string(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn read_text(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "t.json", text)
    }

    fn line(service: &str, spans: &str) -> String {
        format!(
            "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"{service}\"}}}}]}},\"scopeSpans\":[{{\"spans\":[{spans}]}}]}}]}}\n"
        )
    }

    const ROOT: &str = r#"{"traceId":"aa","spanId":"1","parentSpanId":"","name":"GET /","kind":2,"startTimeUnixNano":"1764547200000000000","endTimeUnixNano":"1764547200100000000","status":{"code":2},"attributes":[{"key":"http.response.status_code","value":{"intValue":"503"}}]}"#;
    const CHILD: &str = r#"{"traceId":"aa","spanId":"2","parentSpanId":"1","name":"query","kind":3,"startTimeUnixNano":1764547200020000000,"endTimeUnixNano":1764547200080000000,"status":{}}"#;

    #[test]
    fn spans_of_a_trace_come_together_over_lines() {
        let text = line("shop", ROOT) + &line("db", CHILD);
        let imported = read_text(&text).unwrap();
        let traces = imported.source.traces.unwrap();
        assert_eq!((traces.traces, traces.spans), (1, 2));
        let shares: Vec<(&str, f64)> = traces
            .services
            .iter()
            .map(|s| (s.service.as_str(), (s.share * 1e6).round() / 1e6))
            .collect();
        assert_eq!(shares, [("db", 0.6), ("shop", 0.4)]);
        let slow = &traces.slowest[0];
        assert_eq!(
            (slow.root.as_str(), slow.duration_ns),
            ("shop: GET /", 100_000_000)
        );
        let path: Vec<(&str, i64)> = slow
            .critical_path
            .iter()
            .map(|s| (s.operation.as_str(), s.length_ns / 1_000_000))
            .collect();
        assert_eq!(path, [("GET /", 20), ("query", 60), ("GET /", 20)]);
        let run = imported.source.run.unwrap();
        let labels: Vec<(&str, bool)> = run
            .labels
            .iter()
            .map(|l| (l.name.as_str(), l.controller))
            .collect();
        assert_eq!(labels, [("shop: GET /", false), ("db: query", true)]);
    }

    #[test]
    fn a_file_that_ends_early_says_so() {
        let text = line("shop", ROOT) + &line("db", CHILD);
        let cut = &text[..text.len() - 30];
        let warnings = read_text(cut).unwrap().source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert!(read_text(&text[..100]).is_err());
        let broken = line("shop", ROOT) + "{\"resourceSpans\": 7}\n";
        assert_eq!(read_text(&broken).unwrap().rejects.count, 1);
    }
}
