//! Access logs with one JSON object a line: nginx with `escape=json`, Caddy, Traefik. The keys are chosen by whoever
//! writes the log format, so the usual names are known.

use std::borrow::Cow;
use std::io::Read;

use sonic_rs::{JsonType, JsonValueTrait as _, LazyValue};

use super::clock::{self, Clock};
use super::layout::{Unit, nanos, number};
use super::requests::{Logged, Requests};
use crate::calendar::Zone;
use crate::import::format::{Family, Format, Seen};
use crate::import::intake::peek;
use crate::import::lines::Lines;
use crate::import::nesting::is_shallow;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Access logs as JSON lines.
pub static FORMAT: Format = Format {
    id: "nginx-json-log",
    title: "Access log as JSON lines (nginx, Caddy, Traefik)",
    family: Family::AccessLog,
    recognised_by: "one JSON object a line with a time (time_iso8601, time_local, msec, ts, …), a status, and a request \
                    (request, request_uri, uri, path)",
    traps: &[
        "request_time and duration are seconds, Traefik's Duration nanoseconds; other names must end in their unit, as in \
         duration_ms.",
        "The time is when the request ended (but Traefik's StartUTC): requests are kept by their start.",
        "Without a duration there are requests and errors, but no latency.",
        "upstream_response_time is the time of the server behind and is not read.",
        "Failed are answers from 500 on; 4xx are answers to what clients did, and are kept by their code.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    if head.json.as_ref().is_none_or(|json| json.array) {
        return Seen::No;
    }
    let line = head.first_line();
    Entry::of(line.as_bytes())
        .is_ok_and(|entry| {
            entry.has_request()
                && entry.status().is_some()
                && entry.time.as_ref().is_some_and(|(_, _, value)| {
                    time_of(value, &mut Clock::default(), &Zone::utc()).is_some()
                })
        })
        .into()
}

/// How a duration is written, by its key.
fn duration_unit(key: &str) -> Option<(u8, i64)> {
    const S: i64 = 1_000_000_000;
    Some(match key {
        "request_time" => (3, S),
        "Duration" => (3, 1),
        "duration" => (2, S),
        "request_time_ms" | "duration_ms" | "response_time_ms" | "latency_ms" | "elapsed_ms" => {
            (1, 1_000_000)
        }
        "request_time_us" | "duration_us" | "response_time_us" | "latency_us" => (1, 1_000),
        "duration_ns" | "latency_ns" => (1, 1),
        "duration_s" | "response_time_s" | "duration_seconds" => (1, S),
        _ => return None,
    })
}

/// How good a key is for the time, and whether it is when the request began.
fn time_rank(key: &str) -> Option<(u8, bool)> {
    Some(match key {
        "msec" => (4, false),
        "ts" => (3, false),
        "StartUTC" => (3, true),
        "start_time" => (2, true),
        "time_iso8601" => (2, false),
        "time_local" | "@timestamp" | "timestamp" | "time" | "datetime" => (1, false),
        _ => return None,
    })
}

/// What is known of one line.
#[derive(Default)]
struct Entry<'a> {
    /// Rank, whether it is the start, and the value.
    time: Option<(u8, bool, LazyValue<'a>)>,
    request: Option<LazyValue<'a>>,
    method: Option<LazyValue<'a>>,
    target: Option<LazyValue<'a>>,
    status: Option<LazyValue<'a>>,
    bytes: Option<LazyValue<'a>>,
    /// Rank, nanoseconds in its unit, and the value.
    duration: Option<(u8, i64, LazyValue<'a>)>,
}

impl<'a> Entry<'a> {
    /// The keys of one line; the first of several alike stands.
    fn of(line: &'a [u8]) -> Result<Self, &'static str> {
        let mut entry = Self::default();
        let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        if !is_shallow(line) {
            return Err("it is nested too deep");
        }
        for pair in sonic_rs::to_object_iter(text) {
            let (key, value) = pair.map_err(|_| "it is not a whole JSON object")?;
            entry.put(&key, value);
        }
        // A number at its end hides that the object is not closed.
        if !text.trim_end().ends_with('}') {
            return Err("it is not a whole JSON object");
        }
        Ok(entry)
    }

    fn put(&mut self, key: &str, value: LazyValue<'a>) {
        let slot = match key {
            "request" => &mut self.request,
            "request_method" | "method" | "RequestMethod" => &mut self.method,
            "request_uri" | "uri" | "RequestPath" | "path" | "url" => &mut self.target,
            "status" | "status_code" | "DownstreamStatus" => &mut self.status,
            "body_bytes_sent" | "bytes_sent" | "size" | "DownstreamContentSize" => &mut self.bytes,
            _ => {
                if let Some((rank, is_start)) = time_rank(key) {
                    if self.time.as_ref().is_none_or(|t| t.0 < rank) {
                        self.time = Some((rank, is_start, value));
                    }
                } else if let Some((rank, unit)) = duration_unit(key)
                    && self.duration.as_ref().is_none_or(|d| d.0 < rank)
                {
                    self.duration = Some((rank, unit, value));
                }
                return;
            }
        };
        if slot.is_none() {
            *slot = Some(value);
        }
    }

    fn has_request(&self) -> bool {
        self.request
            .as_ref()
            .is_some_and(|r| matches!(r.get_type(), JsonType::String | JsonType::Object))
            || self.target.is_some()
    }

    fn status(&self) -> Option<u16> {
        let text = text_of(self.status.as_ref()?);
        text.parse().ok().filter(|s| (100..1_000).contains(s))
    }

    /// Nanoseconds; a dash or an empty text is none.
    fn duration_ns(&self) -> Option<i64> {
        let (_, unit, value) = self.duration.as_ref()?;
        let text = text_of(value);
        let (billionths, _, rest) = number(text.as_bytes())
            .or_else(|| large(&text))
            .or_else(|| scientific(&text))?;
        if !rest.is_empty() {
            return nanos(text.as_bytes(), Unit::Secs).or_else(|| {
                let (billionths, ..) = scientific(&text)?;
                scaled(billionths, *unit)
            });
        }
        scaled(billionths, *unit)
    }
}

fn scaled(billionths: i64, unit: i64) -> Option<i64> {
    i64::try_from(i128::from(billionths) * i128::from(unit) / 1_000_000_000).ok()
}

/// Whole numbers of nanoseconds have more digits than durations in other units.
fn large(text: &str) -> Option<(i64, usize, &[u8])> {
    let value: i64 = text
        .parse()
        .ok()
        .filter(|n| (0..=9_000_000_000).contains(n))?;
    Some((value.checked_mul(1_000_000_000)?, 0, &[]))
}

/// `9.2e-05`, as JSON may write small numbers.
fn scientific(text: &str) -> Option<(i64, usize, &[u8])> {
    let value: f64 = text.parse().ok()?;
    let fits = text.contains(['e', 'E']) && (0.0..9e9).contains(&value);
    fits.then(|| ((value * 1e9).round() as i64, 9, &[][..]))
}

/// The text of a string, or a number as it stands.
fn text_of<'a>(value: &'a LazyValue<'_>) -> Cow<'a, str> {
    match value.as_str() {
        Some(text) => Cow::Borrowed(text.trim()),
        None => Cow::Borrowed(value.as_raw_str().trim()),
    }
}

fn time_of(value: &LazyValue<'_>, clock: &mut Clock, zone: &Zone) -> Option<clock::Read> {
    let text = text_of(value);
    if let Some(read) = clock.read(text.as_bytes(), zone) {
        return Some(read);
    }
    let form = match text.bytes().take_while(u8::is_ascii_digit).count() {
        9 | 10 => TimeForm::EpochSecs,
        12 | 13 => TimeForm::EpochMillis,
        15 | 16 => TimeForm::EpochMicros,
        18 | 19 => TimeForm::EpochNanos,
        _ => TimeForm::Text,
    };
    form.read(&text, zone).map(|(at, zoned)| (at.0, zoned))
}

/// Reads one log.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let (head, reader) = peek(reader).map_err(|e| intake.read_failed(e))?;
    let tick_ns = head
        .split(|b| *b == b'\n')
        .filter_map(|line| Entry::of(line).ok())
        .find_map(|entry| {
            entry.duration_ns()?;
            let (_, _, value) = entry.duration.as_ref()?;
            let decimals = number(text_of(value).as_bytes()).map_or(9, |n| n.1);
            let seconds = entry
                .duration
                .as_ref()
                .is_some_and(|d| d.1 == 1_000_000_000);
            Some(if seconds && decimals <= 3 {
                1_000_000
            } else {
                1_000
            })
        });
    let mut requests = Requests::new(intake, tick_ns);
    if tick_ns.is_some() {
        requests.builder.warnings.add(
            WarningKind::Assumed,
            "the time stamp is when a request ended, unless its key says that it is the start; each is kept by its start",
        );
    }
    let zone = &intake.options.source_zone;
    let mut clock = Clock::default();
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        if line.too_long {
            requests.reject(line.number, line.ended, "longer than 1 MiB", line.bytes);
            continue;
        }
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if let Err(reason) = take(text, &mut clock, zone, &mut requests) {
            // A whole object without a line end is whole.
            let ended = line.ended || text.ends_with(b"}");
            requests.reject(line.number, ended, reason, text);
        }
    }
    requests.finish()
}

fn take(
    text: &[u8],
    clock: &mut Clock,
    zone: &Zone,
    requests: &mut Requests<'_>,
) -> Result<(), &'static str> {
    let entry = Entry::of(text)?;
    let (_, is_start, time) = entry.time.as_ref().ok_or("it says no time")?;
    let (stamp_micros, zoned) = time_of(time, clock, zone).ok_or("its time is not one")?;
    let status = entry.status().ok_or("it says no status of three digits")?;
    let code = entry.status.as_ref().map(text_of).unwrap_or_default();
    let bytes = entry.bytes.as_ref().map(text_of).unwrap_or_default();
    let logged = Logged {
        stamp_micros,
        zoned,
        stamp_is_end: !is_start,
        duration_ns: entry.duration_ns(),
        status,
        code: code.as_bytes(),
        bytes: bytes.parse().unwrap_or(0).max(0),
    };
    match entry.request.as_ref().map(|r| (r, r.get_type())) {
        Some((request, JsonType::String)) => {
            requests.add_line(text_of(request).as_bytes(), &logged)
        }
        Some((request, JsonType::Object)) => {
            let inner = Entry::of(request.as_raw_str().as_bytes())?;
            requests.add_target(
                inner
                    .method
                    .as_ref()
                    .map(text_of)
                    .unwrap_or_default()
                    .as_bytes(),
                inner
                    .target
                    .as_ref()
                    .map(text_of)
                    .unwrap_or_default()
                    .as_bytes(),
                &logged,
            )
        }
        _ => {
            let method = entry.method.as_ref().map(text_of);
            requests.add_target(
                method.as_deref().unwrap_or("GET").as_bytes(),
                entry
                    .target
                    .as_ref()
                    .map(text_of)
                    .unwrap_or_default()
                    .as_bytes(),
                &logged,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn read_text(text: &str) -> Imported {
        read_as(&FORMAT, "access.json", text).unwrap()
    }

    fn facts(text: &str) -> (String, String, i64, bool) {
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes, "{text}");
        let imported = read_text(text);
        let run = imported.source.run.unwrap();
        let first = imported.source.info.first.unwrap().to_string();
        let ticks = run.counters.column("sum_ticks").unwrap().i64().unwrap();
        let sum: i64 = ticks.into_no_null_iter().sum();
        let nanos = sum * run.tick_ns;
        (first, run.labels[0].name.clone(), nanos, run.counts_only)
    }

    #[test]
    fn keys_have_many_names() {
        for (text, first, label, nanos, counts_only) in [
            (
                r#"{"msec":"1795247388.275","time_iso8601":"2026-11-21T07:49:48+00:00","request":"GET /a/7 HTTP/1.0","status":502,"request_time":0.200}"#,
                "2026-11-21T07:49:48.075Z",
                "GET /a/{id}",
                200_000_000,
                false,
            ),
            (
                r#"{"time_local":"21/Nov/2026:08:49:48 +0100","request_method":"POST","request_uri":"/x?y","status":"200","request_time":"0.2"}"#,
                "2026-11-21T07:49:47.8Z",
                "POST /x",
                200_000_000,
                false,
            ),
            (
                r#"{"level":"info","ts":1646861401.5241024,"request":{"method":"GET","uri":"/c"},"duration":0.000929675,"status":200,"size":10900}"#,
                "2022-03-09T21:30:01.523173Z",
                "GET /c",
                930_000,
                false,
            ),
            (
                r#"{"StartUTC":"2026-11-21T07:49:48.5Z","RequestMethod":"GET","RequestPath":"/t","DownstreamStatus":200,"Duration":250000000}"#,
                "2026-11-21T07:49:48.5Z",
                "GET /t",
                250_000_000,
                false,
            ),
            (
                r#"{"time":"2026-11-21T07:49:48Z","method":"GET","path":"/p","status":200,"duration_ms":12.5}"#,
                "2026-11-21T07:49:47.9875Z",
                "GET /p",
                12_500_000,
                false,
            ),
            (
                r#"{"time":"2026-11-21T07:49:48Z","method":"GET","path":"/p","status":200}"#,
                "2026-11-21T07:49:48Z",
                "GET /p",
                0,
                true,
            ),
        ] {
            let expected = (first.to_owned(), label.to_owned(), nanos, counts_only);
            assert_eq!(facts(text), expected, "{text}");
        }
    }

    #[test]
    fn other_json_is_not_taken() {
        for text in [
            r#"{"type":"Point","metric":"http_reqs","data":{"time":"2026-11-21T07:49:48Z","value":1}}"#,
            r#"{"attack":"","seq":1,"code":200,"timestamp":"2026-11-21T07:49:48Z","latency":1,"method":"GET","url":"/x"}"#,
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            r#"[{"time":"2026-11-21T07:49:48Z","path":"/p","status":200}]"#,
            r#"{"time":"2026-11-21T07:49:48Z","path":"/p","status":"up"}"#,
        ] {
            let head = Head::new(text.as_bytes(), true, Path::new("x"));
            assert_eq!(recognise(&head), Seen::No, "{text}");
        }
    }

    #[test]
    fn broken_lines_are_rejected_and_a_cut_end_is_said() {
        let good = r#"{"time":"2026-11-21T07:49:48Z","path":"/p","status":200,"request_time":0.1}"#;
        let text = format!("{good}\n{{\"a\":1}}\n{good}\n{}", &good[..good.len() - 1]);
        let imported = read_text(&text);
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (2, 1));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let lost = good.replace(",\"request_time\":0.1", "");
        let imported = read_text(&format!("{good}\n{lost}\n{good}"));
        assert_eq!(
            (imported.source.info.rows, imported.source.info.rejected),
            (2, 1)
        );
    }
}
