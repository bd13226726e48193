//! Traces as Jaeger's query API and its UI give them: `{"data": [{"traceID", "spans", "processes"}]}`, times in µs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::gathered::{SpanRecord, Traces};
use super::otlp_traces::ended;
use crate::import::{Family, Format, Head, ImportError, Imported, Intake, Seen};
use crate::warning::WarningKind;

/// Traces in Jaeger's JSON.
pub static FORMAT: Format = Format {
    id: "jaeger-traces",
    title: "Jaeger traces (JSON)",
    family: Family::Traces,
    recognised_by: "a JSON object whose \"data\" are traces with \"traceID\", \"spans\" and \"processes\"",
    traps: &[
        "Only spans without a parent in the file are requests of their own; the others are kept by service and operation, and not counted in totals.",
        "The UI exports what it searched for, at most 1,500 traces: they are no measure of traffic.",
        "FOLLOWS_FROM references are not waited for, and stay off the critical path.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| {
            json.has_keys(&["data"])
                && json.has("\"traceID\":")
                && (json.has("\"spans\":[") || json.has("\"operationName\":"))
        })
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trace {
    spans: Vec<JaegerSpan>,
    processes: BTreeMap<String, Process>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Process {
    service_name: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct JaegerSpan {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
    #[serde(rename = "parentSpanID")]
    parent_span_id: String,
    operation_name: String,
    references: Vec<Reference>,
    start_time: i64,
    duration: i64,
    tags: Vec<Tag>,
    #[serde(rename = "processID")]
    process_id: String,
    process: Option<Process>,
    warnings: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reference {
    ref_type: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tag {
    key: String,
    value: Value,
}

fn tag(tags: &[Tag], keys: &[&str]) -> Option<String> {
    let tag = keys
        .iter()
        .find_map(|k| tags.iter().find(|t| t.key == *k))?;
    Some(match &tag.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn take(traces: &mut Traces<'_>, trace: &Trace) {
    let mut adjusted = 0;
    for span in &trace.spans {
        let parent = span
            .references
            .iter()
            .find(|r| r.ref_type != "FOLLOWS_FROM")
            .or(span.references.first());
        let service = span
            .process
            .as_ref()
            .or_else(|| trace.processes.get(&span.process_id))
            .map_or("(no service name)", |p| p.service_name.as_str());
        let status = tag(&span.tags, &["otel.status_code"]);
        let error = tag(&span.tags, &["error"]);
        let failed = error.is_some_and(|e| e != "false") || status.as_deref() == Some("ERROR");
        let code = tag(
            &span.tags,
            &[
                "http.response.status_code",
                "http.status_code",
                "rpc.grpc.status_code",
            ],
        )
        .unwrap_or_default();
        adjusted += u64::from(span.warnings.as_ref().is_some_and(|w| !w.is_null()));
        let record = SpanRecord {
            trace_id: &span.trace_id,
            span_id: &span.span_id,
            parent_id: parent.map_or(span.parent_span_id.as_str(), |r| r.span_id.as_str()),
            detached: parent.is_some_and(|r| r.ref_type == "FOLLOWS_FROM"),
            service,
            operation: &span.operation_name,
            start_ns: span.start_time.saturating_mul(1_000),
            length_ns: span.duration.saturating_mul(1_000),
            failed,
            code: &code,
        };
        if let Err(reason) = traces.add(&record) {
            let text = format!("{} {}", span.trace_id, span.operation_name);
            traces.reject(0, "", reason, &text);
        }
    }
    traces.warn(
        WarningKind::Note,
        "spans carry a warning of Jaeger's own, mostly about clocks that differ",
        adjusted,
    );
    traces.flush();
}

struct Answer<'t, 'a>(&'t mut Traces<'a>);

impl<'de> DeserializeSeed<'de> for Answer<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "data" {
                map.next_value_seed(Data(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Data<'t, 'a>(&'t mut Traces<'a>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of traces")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(trace) = seq.next_element::<Trace>()? {
            take(self.0, &trace);
        }
        Ok(())
    }
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut traces = Traces::new(intake);
    let buffered = BufReader::with_capacity(1 << 18, reader);
    let mut json = serde_json::Deserializer::from_reader(buffered);
    if let Err(error) = Answer(&mut traces).deserialize(&mut json) {
        ended(&mut traces, intake, error)?;
    }
    traces.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const TEXT: &str = r#"{"data":[{"traceID":"t1","spans":[
        {"traceID":"t1","spanID":"a","operationName":"GET /cart","references":[],"startTime":1764547200000000,"duration":90000,"tags":[{"key":"error","type":"bool","value":true},{"key":"http.status_code","value":500}],"processID":"p1","warnings":null},
        {"traceID":"t1","spanID":"b","operationName":"charge","references":[{"refType":"CHILD_OF","traceID":"t1","spanID":"a"}],"startTime":1764547200010000,"duration":50000,"tags":[],"processID":"p2"},
        {"traceID":"t1","spanID":"c","operationName":"mail","references":[{"refType":"FOLLOWS_FROM","traceID":"t1","spanID":"a"}],"startTime":1764547200060000,"duration":900000,"tags":[],"processID":"p2"}],
        "processes":{"p1":{"serviceName":"web"},"p2":{"serviceName":"pay"}}}],"total":0,"limit":0,"errors":null}"#;

    fn read_text(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "t.json", text)
    }

    #[test]
    fn what_follows_is_not_waited_for() {
        let imported = read_text(TEXT).unwrap();
        let traces = imported.source.traces.unwrap();
        assert_eq!((traces.traces, traces.spans), (1, 3));
        let critical: Vec<(&str, i64)> = traces
            .services
            .iter()
            .map(|s| (s.service.as_str(), (s.critical_secs * 1e3).round() as i64))
            .collect();
        assert_eq!(critical, [("pay", 50), ("web", 40)]);
        assert_eq!(traces.services[1].errors, 1);
        let run = imported.source.run.unwrap();
        assert_eq!(run.labels.iter().filter(|l| !l.controller).count(), 1);
    }

    #[test]
    fn an_empty_answer_and_a_cut_one_say_so() {
        let none = read_text("{\"data\":[]}").unwrap_err().to_string();
        assert!(none.contains("no spans"), "{none}");
        assert!(read_text(&TEXT[..300]).is_err());
    }
}
